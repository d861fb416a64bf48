//===- Check.h - Errors of CUDA and its libraries ---------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QML_LIB_GPU_CUDA_CHECK_H
#define QML_LIB_GPU_CUDA_CHECK_H

#include "qml/Support/Result.h"

#include <cublasLt.h>
#include <cuda_runtime_api.h>
#include <cudnn.h>

namespace qml {
namespace cuda {

inline Status check(cudaError_t error, const char *what) {
  if (error == cudaSuccess)
    return {};
  std::string message = std::string("the GPU fails to ") + what + ": " +
                        cudaGetErrorString(error);
  if (error == cudaErrorMemoryAllocation)
    message += "; end what else uses the GPU";
  return Error{message};
}

inline Status check(cublasStatus_t status, const char *what) {
  if (status == CUBLAS_STATUS_SUCCESS)
    return {};
  return Error{std::string("cuBLASLt fails to ") + what + ": " +
               cublasLtGetStatusString(status)};
}

inline Status check(cudnnStatus_t status, const char *what) {
  if (status == CUDNN_STATUS_SUCCESS)
    return {};
  return Error{std::string("cuDNN fails to ") + what + ": " +
               cudnnGetErrorString(status)};
}

/// Leaves the function with the error, if there is one.
#define QML_CUDA_TRY(call, what)                                               \
  do {                                                                         \
    if (::qml::Status status = ::qml::cuda::check((call), (what)); !status)    \
      return status.takeError();                                               \
  } while (false)

} // namespace cuda
} // namespace qml

#endif // QML_LIB_GPU_CUDA_CHECK_H
