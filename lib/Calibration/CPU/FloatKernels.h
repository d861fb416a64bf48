//===- FloatKernels.h - Vectorized loops of the float executor --*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Everything but convolutions and dense layers. All instruction sets give the
// same bits: no sum depends on the width of vectors, no product is contracted.
//
// Where an argument is per channel and channels are innermost, the loop takes
// the channels' vector `period` elements long and starts over after it: a short
// vector is repeated beforehand until it is long enough for wide registers.
//
//===----------------------------------------------------------------------===//

#ifndef QML_LIB_CALIBRATION_CPU_FLOATKERNELS_H
#define QML_LIB_CALIBRATION_CPU_FLOATKERNELS_H

#include "qml/Program/Program.h"

#include <cstdint>

namespace qml {
namespace cpu {

struct Clamp {
  float lower;
  float upper;
};

/// One image of `inner` channels that lie together at each cell.
struct Plane {
  int64_t height, width, inner;
};

struct KernelTable {
  /// y = clamp(x), element by element.
  void (*clamp)(const float *x, float *y, int64_t count, Clamp bounds);
  /// y = clamp(a + b).
  void (*add)(const float *a, const float *b, float *y, int64_t count,
              Clamp bounds);
  /// y = clamp(x * scale + shift).
  void (*affine)(const float *x, float *y, int64_t count, int64_t period,
                 const float *scale, const float *shift, Clamp bounds);
  /// y = x * scale + shift.
  void (*loadU8)(const uint8_t *x, float *y, int64_t count, int64_t period,
                 const float *scale, const float *shift);
  void (*loadI8)(const int8_t *x, float *y, int64_t count, int64_t period,
                 const float *scale, const float *shift);
  void (*loadI16)(const int16_t *x, float *y, int64_t count, int64_t period,
                  const float *scale, const float *shift);
  /// Takes `channels` interleaved channels apart: y[c * stride + i].
  void (*deinterleave)(const float *x, float *y, int64_t count,
                       int64_t channels, int64_t stride);
  /// y = clamp(maximum over the window), for one plane.
  void (*maxPool)(const float *x, float *y, Plane in, Plane out,
                  const Window &window, Clamp bounds);
  /// y = clamp(mean over the window's cells in the image), for one plane.
  void (*averagePool)(const float *x, float *y, Plane in, Plane out,
                      const Window &window, Clamp bounds);
  /// The mean over height and width of each of the inner channels.
  void (*mean)(const float *x, float *y, Plane in);
  /// sums[c] += x[cell * stride + c] for one cell after the other.
  void (*sumCells)(const float *x, int64_t cells, int64_t stride,
                   int64_t channels, double *sums);
  /// keys[i % period] = max(keys[i % period], magnitudeKey(x[i])).
  void (*observeMagnitude)(const float *x, int64_t count, int64_t period,
                           int32_t *keys);
  /// The same for maximumKey and minimumKey.
  void (*observeMinMax)(const float *x, int64_t count, int64_t period,
                        int32_t *maxima, int32_t *minima);
  /// bins[i] = first[i] + histogramBin(x[i], lower[i], scale[i]), or of |x[i]|.
  void (*findBins)(const float *x, int64_t count, const float *lower,
                   const float *scale, const int32_t *first, bool ofMagnitudes,
                   int32_t *bins);
  /// The same for sixteen values of each cell; cells are `stride` apart.
  void (*findBinsOfCells)(const float *x, int64_t cells, int64_t stride,
                          const float *lower, const float *scale,
                          const int32_t *first, bool ofMagnitudes,
                          int32_t *bins);
};

/// For the best instructions of this machine.
const KernelTable &kernels();

} // namespace cpu
} // namespace qml

#endif // QML_LIB_CALIBRATION_CPU_FLOATKERNELS_H
