//===- Launch.h - Starts kernels --------------------------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One function for each group of kernels, each compiled by itself.
//
//===----------------------------------------------------------------------===//

#ifndef QML_LIB_GPU_CUDA_LAUNCH_H
#define QML_LIB_GPU_CUDA_LAUNCH_H

#include "../KernelVariants.h"

#include <cuda_runtime_api.h>

namespace qml {
namespace cuda {

cudaError_t launch(const gpu::ElementPasses<4> &kernel, cudaStream_t stream);
cudaError_t launch(const gpu::ElementPasses<1> &kernel, cudaStream_t stream);
cudaError_t launch(const gpu::SmallKernels &kernel, cudaStream_t stream);
cudaError_t launch(const gpu::IntegerMaps<int32_t, 4> &kernel,
                   cudaStream_t stream);
cudaError_t launch(const gpu::IntegerMaps<int32_t, 1> &kernel,
                   cudaStream_t stream);
cudaError_t launch(const gpu::IntegerMaps<int64_t, 1> &kernel,
                   cudaStream_t stream);
cudaError_t launch(const gpu::SmallIntegers &kernel, cudaStream_t stream);
cudaError_t launch(const gpu::ByteProducts &kernel, cudaStream_t stream);
cudaError_t launch(const gpu::WideProducts &kernel, cudaStream_t stream);

} // namespace cuda
} // namespace qml

#endif // QML_LIB_GPU_CUDA_LAUNCH_H
