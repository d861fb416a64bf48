//===- Rows.h - Kernels on whole rows ---------------------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QML_LIB_GPU_ROWS_H
#define QML_LIB_GPU_ROWS_H

#include "Walk.h"

#include <cmath>

namespace qml {
namespace gpu {

/// exp(x - max) / sum over the channels, or its logarithm, x - max - log(sum):
/// one block for each row.
struct SoftmaxRows {
  static constexpr const char *name = "softmax";
  static constexpr int threads = 128;
  static constexpr bool cooperates = true;

  const float *in = nullptr;
  float *out = nullptr; ///< may be `in`
  int32_t rows = 0;
  int32_t channels = 1;
  int32_t isLogarithm = 0;

  Grid grid() const { return {unsigned(rows)}; }
  size_t sharedBytes() const { return sizeof(float) * threads / 32; }

  template <typename Thread>
  QML_DEVICE void run(Thread &thread) const {
    const float *x = in + int64_t(thread.block().x) * channels;
    float *y = out + int64_t(thread.block().x) * channels;
    float most = -__builtin_inff();
    for (int32_t i = thread.index(); i < channels; i += threads)
      most = x[i] > most ? x[i] : most;
    most = reduce(thread, most, [](float a, float b) { return a > b ? a : b; });
    float sum = 0;
    for (int32_t i = thread.index(); i < channels; i += threads) {
      float power = expf(x[i] - most);
      y[i] = isLogarithm ? x[i] - most : power;
      sum += power;
    }
    sum = reduce(thread, sum, [](float a, float b) { return a + b; });
    float logarithm = logf(sum);
    for (int32_t i = thread.index(); i < channels; i += threads)
      y[i] = isLogarithm ? y[i] - logarithm : y[i] / sum;
  }

private:
  /// Over the values of all threads, always in the same tree.
  template <typename Thread, typename Function>
  QML_DEVICE float reduce(Thread &thread, float value,
                          Function function) const {
    float *shared = thread.template shared<float>();
    QML_UNROLL
    for (int mask = 16; mask > 0; mask /= 2)
      value = function(value, thread.shuffleXor(value, mask));
    if (thread.index() % 32 == 0)
      shared[thread.index() / 32] = value;
    thread.sync();
    value = shared[0];
    for (int warp = 1; warp < threads / 32; ++warp)
      value = function(value, shared[warp]);
    thread.sync();
    return value;
  }
};

} // namespace gpu
} // namespace qml

#endif // QML_LIB_GPU_ROWS_H
