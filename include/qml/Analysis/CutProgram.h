//===- CutProgram.h - Parts of programs as programs -------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Layers are looked at one by one by giving each its own inputs: a program in
// which some tensors are read from outside, whatever computes them. It runs on
// the executors as any other.
//
//===----------------------------------------------------------------------===//

#ifndef QML_ANALYSIS_CUTPROGRAM_H
#define QML_ANALYSIS_CUTPROGRAM_H

#include "qml/Program/Program.h"

namespace qml {

struct CutProgram {
  Program program;
  /// For each of its inputs, the tensor of the whole program that it is.
  std::vector<int> sources;
};

/// The operations of `whole` that compute the tensors of `wanted`, which become
/// the outputs, in that order. Who reads a tensor of `given` reads an input;
/// a tensor may be both, given to some operations and computed by others.
/// Each wanted one has to be computed by an operation. Weights are shared.
CutProgram cutProgram(const Program &whole, const std::vector<int> &given,
                      const std::vector<int> &wanted);

} // namespace qml

#endif // QML_ANALYSIS_CUTPROGRAM_H
