//===- Metrics.h - How results compare with what is right -------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QML_TOOLS_QML_METRICS_H
#define QML_TOOLS_QML_METRICS_H

#include <cstdint>
#include <optional>
#include <vector>

namespace qml {

/// How often the class that a row of results says is that of its label.
struct Accuracy {
  int64_t total = 0;
  int64_t top1 = 0;
  /// Of more than five classes.
  std::optional<int64_t> top5;
  /// The intersection of the places where results, and where labels, say a
  /// class, over their union; the mean over all classes that occur.
  double meanIoU = 0;
};

/// `results` has a row of `classes` values for each label. A single value says
/// class 1 above `threshold`, else 0. What is no number says no class.
Accuracy measureAccuracy(const float *results,
                         const std::vector<int64_t> &labels, int64_t classes,
                         double threshold);

/// How far numbers are from those that are right.
struct Deviation {
  double meanAbsolute = 0;
  double rootMeanSquare = 0;
  double largest = 0;
};

Deviation measureDeviation(const float *results,
                           const std::vector<double> &truth);

} // namespace qml

#endif // QML_TOOLS_QML_METRICS_H
