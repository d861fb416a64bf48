//===- Libraries.h - Calls of cuDNN and cuBLASLt ----------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Each call is prepared once: the library chooses an implementation by its
// heuristics, never by timing, and only one that gives the same bits each time,
// so that ranges are the same in each run.
//
//===----------------------------------------------------------------------===//

#ifndef QML_LIB_GPU_CUDA_LIBRARIES_H
#define QML_LIB_GPU_CUDA_LIBRARIES_H

#include "../Device.h"
#include "Check.h"

namespace qml {
namespace cuda {

/// Of one device, and of the stream that all calls are enqueued on.
struct Handles {
  cudnnHandle_t cudnn = nullptr;
  cublasLtHandle_t cublas = nullptr;
  cudaStream_t stream = nullptr;
};

/// Most bytes of workspace that an implementation may ask for.
constexpr size_t maxWorkspaceBytes = size_t(512) << 20;

/// Fail with ErrorKind::Unsupported if the library has none.
Result<gpu::LibraryCallPtr> makeProduct(const Handles &handles,
                                        const gpu::ProductProblem &problem);

Result<gpu::LibraryCallPtr>
makeConvolution(const Handles &handles, const gpu::ConvolutionProblem &problem);

} // namespace cuda
} // namespace qml

#endif // QML_LIB_GPU_CUDA_LIBRARIES_H
