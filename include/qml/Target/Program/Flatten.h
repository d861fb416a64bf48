//===- Flatten.h - A network as a plain program -----------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QML_TARGET_PROGRAM_FLATTEN_H
#define QML_TARGET_PROGRAM_FLATTEN_H

#include "qml/Dialect/QML/IR/Network.h"
#include "qml/Program/Program.h"

#include <deque>

namespace qml {

/// A program, and what ties it to the network that it was made from. The
/// network must outlive it: weights are views.
struct FlatNetwork {
  Program program;

  /// The tensor that leaves each layer, behind its output quantizer, in the
  /// order of Keras.
  struct Layer {
    LayerOpInterface op;
    int tensor = -1;
  };
  std::vector<Layer> layers;

  /// Constants that had to be spelled out.
  std::deque<std::vector<char>> storage;
};

/// Flattens a network, float or integer or both. Quantizers of float networks
/// become range requests.
mlir::FailureOr<FlatNetwork> flattenNetwork(mlir::func::FuncOp network);

} // namespace qml

#endif // QML_TARGET_PROGRAM_FLATTEN_H
