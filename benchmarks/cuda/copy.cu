//===- copy.cu - Kernels to compare with ----------------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "copy.h"

namespace qml {
namespace benchmark {

constexpr int threads = 256;

static __global__ void copyPacks(float4 *to, const float4 *from,
                                 int64_t count) {
  int64_t i = int64_t(blockIdx.x) * threads + threadIdx.x;
  if (i < count)
    to[i] = from[i];
}

static __global__ void fill(float *to, int64_t count) {
  int64_t i = int64_t(blockIdx.x) * threads + threadIdx.x;
  if (i >= count)
    return;
  uint32_t hash = uint32_t(i) * 2654435761u;
  hash ^= hash >> 15;
  hash *= 2246822519u;
  hash ^= hash >> 13;
  to[i] = float(hash) * (2.0f / 4294967296.0f) - 1.0f;
}

static unsigned blocksFor(int64_t count) {
  return unsigned((count + threads - 1) / threads);
}

cudaError_t copyFloats(float *to, const float *from, int64_t count,
                       cudaStream_t stream) {
  copyPacks<<<blocksFor(count / 4), threads, 0, stream>>>(
      reinterpret_cast<float4 *>(to), reinterpret_cast<const float4 *>(from),
      count / 4);
  return cudaGetLastError();
}

cudaError_t fillFloats(float *to, int64_t count, cudaStream_t stream) {
  fill<<<blocksFor(count), threads, 0, stream>>>(to, count);
  return cudaGetLastError();
}

} // namespace benchmark
} // namespace qml
