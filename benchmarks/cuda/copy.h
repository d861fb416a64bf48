//===- copy.h - Kernels to compare with -------------------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QML_BENCHMARKS_CUDA_COPY_H
#define QML_BENCHMARKS_CUDA_COPY_H

#include <cstdint>
#include <cuda_runtime_api.h>

namespace qml {
namespace benchmark {

/// `count` floats, a multiple of 4, in packs of 4: the plainest kernel there
/// is.
cudaError_t copyFloats(float *to, const float *from, int64_t count,
                       cudaStream_t stream);

/// Values from -1 to 1 without order, so that no bit is always the same.
cudaError_t fillFloats(float *to, int64_t count, cudaStream_t stream);

} // namespace benchmark
} // namespace qml

#endif // QML_BENCHMARKS_CUDA_COPY_H
