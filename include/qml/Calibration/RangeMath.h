//===- RangeMath.h - Reductions and moving ranges, anywhere -----*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What observers do with a value, for the CPU and for GPUs: keys by which a
// maximum is found, the update of a moving range, the bin of a histogram.
//
// A key is a float32 as an integer whose order is that of the values, so that
// merging is a maximum of integers: in any order, with atomics, between
// processes. NaN and infinity are the largest keys.
//
//===----------------------------------------------------------------------===//

#ifndef QML_CALIBRATION_RANGEMATH_H
#define QML_CALIBRATION_RANGEMATH_H

#include "qml/Support/DeviceMath.h"

#include <cstdint>
#include <cstring>

namespace qml {

//===----------------------------------------------------------------------===//
// Keys
//===----------------------------------------------------------------------===//

QML_HOST_DEVICE inline int32_t bitsOf(float x) {
  int32_t bits;
  memcpy(&bits, &x, sizeof bits);
  return bits;
}

QML_HOST_DEVICE inline float fromBits(int32_t bits) {
  float x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

/// The key of x by magnitude: |x| in order, then infinity, then NaN.
QML_HOST_DEVICE inline int32_t magnitudeKey(float x) {
  return bitsOf(x) & 0x7fffffff;
}

/// The key of x by value; infinities and NaN lie outside of the finite ones.
QML_HOST_DEVICE inline int32_t maximumKey(float x) {
  int32_t bits = bitsOf(x);
  return bits ^ ((bits >> 31) & 0x7fffffff);
}

/// The same in the opposite order, so that the key of a minimum is the maximum
/// of the keys.
QML_HOST_DEVICE inline int32_t minimumKey(float x) { return ~maximumKey(x); }

QML_HOST_DEVICE inline float fromMagnitudeKey(int32_t key) {
  return fromBits(key);
}

QML_HOST_DEVICE inline float fromMaximumKey(int32_t key) {
  return fromBits(key ^ ((key >> 31) & 0x7fffffff));
}

QML_HOST_DEVICE inline float fromMinimumKey(int32_t key) {
  return fromMaximumKey(~key);
}

QML_HOST_DEVICE constexpr int32_t larger(int32_t a, int32_t b) {
  return a > b ? a : b;
}

/// Below every key of a number: the state before the first sample.
constexpr int32_t emptyKey = INT32_MIN;

/// Keys from here on are infinity and NaN, in each of the three orders.
constexpr int32_t firstNonFiniteKey = 0x7f800000;

//===----------------------------------------------------------------------===//
// Moving ranges
//===----------------------------------------------------------------------===//

/// Ranges start at exactly 1; while all values of a range are, it takes the
/// next batch's as they are.
constexpr float freshRange = 1.0f;

/// One value of a range after one more batch, each step in float32:
/// value - (value - batch) * rate.
QML_HOST_DEVICE inline float movedRange(float value, float batch, float rate) {
  float delta = roundedDifference(value, batch);
  return roundedDifference(value, roundedProduct(delta, rate));
}

//===----------------------------------------------------------------------===//
// Histograms
//===----------------------------------------------------------------------===//

constexpr int histogramBins = 2048;

/// The bin of x among bins of equal width from `lower` on; `scale` is the
/// number of bins over the width of them all. What lies outside falls into the
/// first or the last bin, NaN into the last.
QML_HOST_DEVICE inline int histogramBin(float x, float lower, float scale) {
  float position = roundedProduct(roundedDifference(x, lower), scale);
  // Selections, not branches, so that loops over it become vectors.
  constexpr float last = float(histogramBins - 1);
  position = position < last ? position : last;
  position = position > 0 ? position : 0;
  return int(position);
}

} // namespace qml

#endif // QML_CALIBRATION_RANGEMATH_H
