//===- Reference.h - The formulas again, written for tests ------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Evaluates integer programs in 128-bit integers, one value after the other,
// sharing no code with the interpreter or with qml/Quantization.
//
//===----------------------------------------------------------------------===//

#ifndef QML_UNITTESTS_INTERPRETER_REFERENCE_H
#define QML_UNITTESTS_INTERPRETER_REFERENCE_H

#include "qml/Program/Program.h"

#include <map>
#include <vector>

namespace qml {
namespace test {

/// One sample of a tensor: integers, or floats of a dequantizer or an input.
struct Value {
  std::vector<int64_t> integers;
  std::vector<float> floats;
};

/// All tensors of a program for one sample.
std::map<int, Value> evaluate(const Program &program,
                              const std::vector<Value> &inputs);

} // namespace test
} // namespace qml

#endif // QML_UNITTESTS_INTERPRETER_REFERENCE_H
