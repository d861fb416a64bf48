//===- MaxPool2D.cpp - Maxima over windows --------------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Kind.h"

#include <cmath>

namespace qml {

template <typename T>
static bool isNaN(T value) {
  if constexpr (std::is_floating_point_v<T>)
    return std::isnan(value);
  return false;
}

/// Maxima over windows of an image; padded cells do not take part.
template <typename T>
static void computeMaxima(const Window &window, const Shape &in,
                          const Shape &out, const T *x, T lowest, T *y) {
  const int64_t channels = in[2];
  forWindows(window, in, out, [&](int64_t at, int64_t, auto forCells) {
    T *best = y + at;
    std::fill(best, best + channels, lowest);
    forCells([&](int64_t cell) {
      for (int64_t c = 0; c < channels; ++c)
        // What is no number stays, so that it is seen.
        best[c] =
            best[c] >= x[cell + c] || isNaN(best[c]) ? best[c] : x[cell + c];
    });
  });
}

Status checkPool(const Checker &checker, const Operation &operation,
                 const Window &window) {
  if (Status status = checker.checkWindow(operation, window); !status)
    return status;
  const Shape &in = checker.input(operation).shape;
  const Shape &out = checker.output(operation).shape;
  if (in[2] != out[2])
    return failure(operation, "has " + std::to_string(in[2]) + " input and " +
                                  std::to_string(out[2]) + " output channels");
  for (int axis = 0; axis < 2; ++axis)
    for (int64_t o = 0; o < out[axis]; ++o) {
      TapSpan taps =
          tapsInside(o * window.strides[axis] - window.padBegin[axis],
                     window.dilations[axis], window.kernel[axis], in[axis]);
      if (taps.first == taps.last)
        return failure(operation, "some windows lie in the padding alone");
    }
  return {};
}

template <>
struct Answers<MaxPool2D> : Unary {
  static constexpr const char *name = "a max pool";
  static constexpr Form form = Form::Any;
  static constexpr bool keepsModelIntegers = true;
  static constexpr None weights = {};
  static constexpr None makeProduct = {};

  static Status check(const Checker &checker, const Operation &operation,
                      const MaxPool2D &pool) {
    return checkPool(checker, operation, pool.window);
  }

  static IntegerRange valueRange(const RangeQuery &query, const MaxPool2D &) {
    return inputRangeOf(query);
  }

  static Reach reach(ReachQuery &query, const MaxPool2D &) {
    return reachOfInput(query);
  }

  static void addTo(ProgramHash &hash, const MaxPool2D &pool) {
    hash.add(pool.window);
  }

  static void evaluateIntegers(const IntegerOperands &of,
                               const MaxPool2D &pool) {
    computeMaxima(pool.window, of.in.shape, of.result.shape, of.x(), INT64_MIN,
                  of.y());
  }

  static void evaluateFloats(const FloatOperands &of, const MaxPool2D &pool) {
    computeMaxima(pool.window, of.inShape, of.outShape, of.in, -INFINITY,
                  of.out);
  }
};

template const KindInfo &kindInfo<MaxPool2D>();

} // namespace qml
