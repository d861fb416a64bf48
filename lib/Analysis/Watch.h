//===- Watch.h - Where integers are cut -------------------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Operations of programs bound sums by their accumulators, and inputs after an
// alignment of binary points. What reaches the bounds is counted.
//
//===----------------------------------------------------------------------===//

#ifndef QML_LIB_ANALYSIS_WATCH_H
#define QML_LIB_ANALYSIS_WATCH_H

#include "qml/Analysis/Analysis.h"
#include "qml/Program/Program.h"

namespace qml {

/// A tensor that an operation may cut.
struct Watch {
  const Operation *operation = nullptr;
  int tensor = -1;
  /// The values that are not cut are inside; after the shift, for inputs.
  IntegerRange bounds = {0, 0};
  /// Of inputs: none, one or one per channel.
  bool ofInput = false;
  std::vector<int32_t> shift;
  /// Of quantizers: what sums are multiplied with; one, or one per channel.
  std::vector<int32_t> scales;
  /// Of sums: of those without the bias.
  IntegerRange innerBounds = {0, 0};
  std::vector<int64_t> bias;

  /// How many values of the tensor are cut.
  Saturation count(const std::vector<int64_t> &values, int64_t channels) const;
};

/// What the integer operations of a program may cut.
std::vector<Watch> findWatches(const Program &program);

/// The layer whose quantizer made the codes of a tensor.
std::string findQuantizedLayer(const Program &program, int tensor);

} // namespace qml

#endif // QML_LIB_ANALYSIS_WATCH_H
