//===- Checker.h - Checks of programs ---------------------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Shared by Verify.cpp, which checks what all programs have, and the files of
// single kinds.
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
constexpr int maxInputShift = 255;
constexpr int64_t maxScale = int64_t(1) << 24;
constexpr int64_t maxInteger = int64_t(1) << 33;

/// The checks of a whole program, and those that kinds of operations share.
class Checker {
public:
  explicit Checker(const Program &program) : program(program) {}

  Status run() const;

  // For kinds.

  const Tensor &input(const Operation &operation, size_t index = 0) const {
    return program.tensors[operation.inputs[index]];
  }
  const Tensor &output(const Operation &operation) const {
    return program.tensors[operation.output];
  }
  Status checkWindow(const Operation &operation, const Window &window) const;
  Status checkSameShape(const Operation &operation) const;
  Status checkImages(const Operation &operation) const;
  Status checkWeights(const Operation &operation, const Constant &kernel,
                      const Shape &expected, const Constant &bias,
                      int64_t outputs) const;
  Status checkBits(const Operation &operation, int bits) const;
  /// `channels` are those of the input.
  Status checkAccumulator(const Operation &operation,
                          const AccumulatorRules &rules,
                          int64_t channels) const;

private:
  /// These mark what has a value before any operation.
  Status checkInputs(std::vector<char> &computed) const;
  Status checkStates(std::vector<char> &computed) const;
  Status checkTensor(size_t index) const;
  Status checkOperation(const Operation &operation,
                        const std::vector<char> &computed) const;
  Status checkTypes(const Operation &operation) const;
  Status checkResults(const std::vector<char> &computed) const;
  Status checkRanges(const std::vector<char> &computed) const;

  bool isTensor(int index) const {
    return index >= 0 && size_t(index) < program.tensors.size();
  }
  bool takesIntegers(int tensor) const;

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
Status checkCount(const Operation &operation, const char *what,
                  const std::vector<T> &values, int64_t channels,
                  bool mayBeEmpty) {
  if (values.size() == 1 || int64_t(values.size()) == channels ||
      (values.empty() && mayBeEmpty))
    return {};
  return failure(operation, "has " + std::to_string(values.size()) + " " +
                                what + ", needed is one, or one for each of " +
                                std::to_string(channels) + " channels");
}

/// Of a layer's input.
inline Status checkShifts(const Operation &operation,
                          const std::vector<int32_t> &shifts,
                          int64_t channels) {
  for (int32_t shift : shifts)
    if (shift < 0 || shift > maxInputShift)
      return failure(operation, "an input is shifted by " +
                                    std::to_string(shift) +
                                    " bits, allowed are 0 to 255");
  return checkCount(operation, "input shifts", shifts, channels, true);
}

/// What products of wide integers are multiplied with.
inline Status checkScales(const Operation &operation,
                          const std::vector<int32_t> &scales) {
  for (int32_t scale : scales)
    if (scale < -maxScale || scale > maxScale)
      return failure(operation,
                     "scale " + std::to_string(scale) + " exceeds 24 bits");
  return {};
}

/// Shifts that are variables of the hardware.
inline Status checkVariables(const Operation &operation, const char *what,
                             const std::vector<int32_t> &shifts) {
  for (int32_t shift : shifts)
    if (clamp(shift, scaleOutShifts) != shift)
      return failure(operation, std::string(what) + " " +
                                    std::to_string(shift) +
                                    ", allowed are -128 to 127");
  return {};
}

} // namespace qml

#endif // QML_LIB_PROGRAM_CHECKER_H
