//===- Noise.h - How far values are from the right ones ---------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QML_ANALYSIS_NOISE_H
#define QML_ANALYSIS_NOISE_H

#include <algorithm>
#include <cmath>
#include <limits>

namespace qml {

/// The noise of values against the right ones: sums of squares, so that parts
/// can be added.
struct Noise {
  double signal = 0;  ///< of the right values
  double noise = 0;   ///< of the differences
  double largest = 0; ///< difference

  void add(double right, double found) {
    double difference = found - right;
    signal += right * right;
    noise += difference * difference;
    largest = std::max(largest, std::fabs(difference));
  }

  void add(const Noise &other) {
    signal += other.signal;
    noise += other.noise;
    largest = std::max(largest, other.largest);
  }

  /// 10 log10(signal / noise); infinite where nothing differs.
  double decibels() const {
    if (noise == 0)
      return std::numeric_limits<double>::infinity();
    return 10 * std::log10(signal / noise);
  }
};

} // namespace qml

#endif // QML_ANALYSIS_NOISE_H
