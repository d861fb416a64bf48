//===- Sequences.h - Float formulas of layers over time ---------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One sample of a recurrence and of a test of predictions in float32: the plain
// evaluation and the executor on CPUs compute the same.
//
//===----------------------------------------------------------------------===//

#ifndef QML_PROGRAM_SEQUENCES_H
#define QML_PROGRAM_SEQUENCES_H

#include "qml/Program/Program.h"

#include <cmath>

namespace qml {

/// All states (2, steps, channels) for the inputs `in` (steps, channels);
/// `start` is the state before them, or null for zero.
inline void recur(const float *in, const float *start, int64_t steps,
                  int64_t channels, const Recurrence &recurrence, float *out) {
  auto at = [](const std::vector<float> &values, int64_t c) {
    return values[values.size() == 1 ? 0 : size_t(c)];
  };
  for (int64_t c = 0; c < channels; ++c) {
    float re = at(recurrence.floatReal, c);
    float im = at(recurrence.floatImaginary, c);
    float real = start ? start[c] : 0.0f;
    float imaginary = start ? start[channels + c] : 0.0f;
    for (int64_t t = 0; t < steps; ++t) {
      float rest = roundedDifference(roundedProduct(real, re),
                                     roundedProduct(imaginary, im));
      float next = roundedSum(rest, in[t * channels + c]);
      imaginary =
          roundedSum(roundedProduct(im, real), roundedProduct(re, imaginary));
      real = next;
      out[t * channels + c] = real;
      out[(steps + t) * channels + c] = imaginary;
    }
  }
}

/// 1 or 0 for each channel of `prediction` and `truth` (steps, channels).
inline void testDifferences(const float *prediction, const float *truth,
                            int64_t steps, int64_t channels,
                            const DifferenceTest &test, float *out) {
  for (int64_t c = 0; c < channels; ++c) {
    float sum = 0;
    for (int64_t i = c; i < steps * channels; i += channels)
      sum = roundedSum(sum, std::fabs(prediction[i] - truth[i]));
    out[c] = sum / float(steps) >= float(test.floatThreshold) ? 1.0f : 0.0f;
  }
}

} // namespace qml

#endif // QML_PROGRAM_SEQUENCES_H
