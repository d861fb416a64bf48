//===- Kernels.h - Vectorized loops of the recovery -------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QML_LIB_RECOVERY_KERNELS_H
#define QML_LIB_RECOVERY_KERNELS_H

#include <cstdint>

namespace qml {
namespace recovery {

/// Rows and columns of the tiles below.
constexpr int64_t tileRows = 4;
/// Doubles that are summed up side by side: the order of all sums.
constexpr int64_t lanes = 8;
/// Floats of a tile of outputs, and channels of a depthwise one.
constexpr int64_t tileOutputs = 16;

/// Each gives the same bits whatever the instruction set.
struct KernelTable {
  /// sums[i][j] = sum over p of a[i][p] * b[j][p], for 4 x 4 rows; exact while
  /// `count` * |a| * |b| < 2^31.
  void (*multiplyRows)(const int16_t *const *a, const int16_t *const *b,
                       int64_t count, int32_t *sums);
  /// sums[i][j] = sum over p of x[i][p] * z[p][j], for 4 rows and 16 columns of
  /// pairs of numbers next to each other: `z` is (pairs, stride, 2); exact
  /// while twice `pairs` * |x| * |z| < 2^31, as below.
  void (*multiplyOutputs)(const int16_t *const *x, const int16_t *z,
                          int64_t stride, int64_t pairs, int32_t *sums);
  /// For 16 channels, (taps, `size` pairs of cells, channels, 2) in `x`:
  /// products[i * (i + 1) / 2 + j] = sum over p of x[i][p] * x[j][p] for j <=
  /// i, exact while twice `pairs` * |x|^2 < 2^31; sums[i] = sum of x[i][p]; and
  /// cross[i] = sum over p of x[i][p] * z[p], (pairs, stride, 2). Each is 16
  /// numbers.
  void (*multiplyTaps)(const int16_t *x, int64_t taps, int64_t size,
                       int64_t pairs, int32_t *products, int32_t *sums);
  void (*multiplyTargets)(const int16_t *x, int64_t taps, int64_t size,
                          int64_t pairs, const int16_t *z, int64_t stride,
                          int32_t *cross);
  /// to[p][f] = z[p][f] * factors[f], a power of two, to the nearest integer of
  /// 16 bits, ties to even: (cells, outputs) to (pairs, stride, 2), zero where
  /// there is nothing.
  void (*roundTargets)(const float *z, int64_t cells, int64_t outputs,
                       const float *factors, int64_t stride, int16_t *to);
  /// keys[c] = the largest magnitudeKey of values[cell * channels + c] and
  /// itself.
  void (*findLargest)(const float *values, int64_t cells, int64_t channels,
                      int32_t *keys);
  /// y[i][0..8) = sum over j of matrix[i * size + j] * x[j][0..8).
  void (*multiplyPanel)(const double *matrix, int64_t size, const double *x,
                        double *y);
  /// sums[0..8) = x^T matrix x for each of eight vectors, whose element i is
  /// x[i][0..8). The matrix is symmetric: only its lower half is read.
  void (*multiplyForms)(const double *matrix, int64_t size, const double *x,
                        double *sums);
  /// y[i] -= factor * x[i].
  void (*subtract)(double factor, const double *x, double *y, int64_t count);
  /// sum over i of x[i] * y[i], in eight partial sums.
  double (*dot)(const double *x, const double *y, int64_t count);
  /// sums[c] += sum over p of x[p * stride + c], for so many channels.
  void (*sumU8)(const uint8_t *x, int64_t count, int64_t stride,
                int64_t channels, int64_t *sums);
  void (*sumI8)(const int8_t *x, int64_t count, int64_t stride,
                int64_t channels, int64_t *sums);
  void (*sumI16)(const int16_t *x, int64_t count, int64_t stride,
                 int64_t channels, int64_t *sums);
  /// y[0..8) -= sum over j of row[j] * x[j][0..8).
  void (*subtractRow)(const double *row, const double *x, int64_t count,
                      double *y);
};

const KernelTable &kernels();

} // namespace recovery
} // namespace qml

#endif // QML_LIB_RECOVERY_KERNELS_H
