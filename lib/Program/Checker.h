//===- Checker.h - Checks of programs ---------------------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Shared by the files that check programs: Verify.cpp, and VerifyHardware.cpp
// for what only hardware layers do.
//
//===----------------------------------------------------------------------===//

#ifndef QML_LIB_PROGRAM_CHECKER_H
#define QML_LIB_PROGRAM_CHECKER_H

#include "qml/Program/Verify.h"

#include <string>

namespace qml {

/// Extents, kernels and pads beyond these mean a damaged file; below them no
/// index of an element overflows.
constexpr int64_t maxExtent = int64_t(1) << 28;
constexpr int64_t maxElements = int64_t(1) << 40;
constexpr int64_t maxWindow = int64_t(1) << 20;
constexpr int maxValueBits = 32;
/// Powers of two that float32 holds.
constexpr int maxExponent = 126;
/// What variables of the hardware hold.
constexpr int minShift = -128;
constexpr int maxShift = 127;
constexpr int maxInputShift = 255;
constexpr int64_t maxScale = int64_t(1) << 24;
constexpr int64_t maxInteger = int64_t(1) << 33;

/// One check for each kind of operation, and a few that they share.
class Checker {
public:
  explicit Checker(const Program &program) : program(program) {}

  Status run();

private:
  Status checkTensor(size_t index) const;
  /// Marks states as computed.
  Status checkStates(std::vector<char> &computed) const;
  Status checkOperation(const Operation &operation) const;
  Status checkTypes(const Operation &operation) const;
  bool takesIntegers(int tensor) const;

  const Tensor &input(const Operation &operation) const {
    return program.tensors[operation.inputs[0]];
  }
  const Tensor &output(const Operation &operation) const {
    return program.tensors[operation.output];
  }

  Status check(const Operation &operation, const Rescaling &rescaling) const;
  Status check(const Operation &operation, const InputQuantizer &) const;
  Status check(const Operation &operation, const Conv2D &conv) const;
  Status check(const Operation &operation, const Dense &dense) const;
  Status check(const Operation &operation, const BatchNorm &norm) const;
  Status check(const Operation &operation, const ReLU &relu) const;
  Status check(const Operation &operation, const MaxPool2D &pool) const;
  Status check(const Operation &operation,
               const GlobalAveragePool2D &pool) const;
  Status check(const Operation &operation, const Add &add) const;
  Status check(const Operation &operation, const View &view) const;
  Status check(const Operation &operation, const OutputQuantizer &) const;
  Status check(const Operation &operation, const Dequantizer &) const;
  Status check(const Operation &operation, const ZeroPadding2D &pad) const;
  Status check(const Operation &operation, const Softmax &) const;
  // Hardware layers: VerifyHardware.cpp.
  Status check(const Operation &operation, const Conv2DTranspose &conv) const;
  Status check(const Operation &operation, const LookUp &lookUp) const;
  Status check(const Operation &operation, const Concatenate &) const;
  Status check(const Operation &operation, const Push &) const;
  Status check(const Operation &operation, const TemporalSum &sum) const;
  Status check(const Operation &operation, const Recurrence &) const;
  Status check(const Operation &operation, const DifferenceTest &test) const;
  Status check(const Operation &operation, const Rows &rows) const;
  Status check(const Operation &operation, const StepActivation &) const;
  Status check(const Operation &operation, const StepDequantizer &) const;

  Status checkWindow(const Operation &operation, const Window &window) const;
  Status checkSameShape(const Operation &operation) const;
  Status checkImages(const Operation &operation) const;
  Status checkWeights(const Operation &operation, const Constant &kernel,
                      const Shape &expected, const Constant &bias,
                      int64_t outputs) const;
  Status checkBits(const Operation &operation, int bits) const;
  Status checkShifts(const Operation &operation,
                     const std::vector<int32_t> &shifts,
                     int64_t channels) const;
  template <typename T>
  Status checkCount(const Operation &operation, const char *what,
                    const std::vector<T> &values, int64_t channels,
                    bool mayBeEmpty) const;

  const Program &program;
};

inline Error failure(const Operation &operation, const std::string &what) {
  return Error{"layer '" + operation.layer + "': " + what};
}

inline std::string textOf(const Shape &shape) {
  std::string text = "(";
  for (size_t i = 0; i < shape.size(); ++i)
    text += (i ? ", " : "") + std::to_string(shape[i]);
  return text + ")";
}

template <typename T>
Status Checker::checkCount(const Operation &operation, const char *what,
                           const std::vector<T> &values, int64_t channels,
                           bool mayBeEmpty) const {
  if (values.size() == 1 || int64_t(values.size()) == channels ||
      (values.empty() && mayBeEmpty))
    return {};
  return failure(operation, "has " + std::to_string(values.size()) + " " +
                                what + ", needed is one, or one for each of " +
                                std::to_string(channels) + " channels");
}

} // namespace qml

#endif // QML_LIB_PROGRAM_CHECKER_H
