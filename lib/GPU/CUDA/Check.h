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
  // CUDA keeps it, and would tell it once more after a launch that is all
  // right.
  (void)cudaGetLastError();
  std::string message = std::string("the GPU fails to ") + what + ": " +
                        cudaGetErrorString(error);
  if (error != cudaErrorMemoryAllocation)
    return Error{message};
  return Error{message + "; end what else uses the GPU",
               ErrorKind::OutOfMemory};
}

inline ErrorKind kindOf(cublasStatus_t status) {
  switch (status) {
  case CUBLAS_STATUS_ALLOC_FAILED:
    return ErrorKind::OutOfMemory;
  case CUBLAS_STATUS_NOT_SUPPORTED:
    return ErrorKind::Unsupported;
  default:
    return ErrorKind::Other;
  }
}

inline ErrorKind kindOf(cudnnStatus_t status) {
  if (status == CUDNN_STATUS_INTERNAL_ERROR_HOST_ALLOCATION_FAILED ||
      status == CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED)
    return ErrorKind::OutOfMemory;
  return CUDNN_STATUS_CATEGORY(int(status)) == int(CUDNN_STATUS_NOT_SUPPORTED)
             ? ErrorKind::Unsupported
             : ErrorKind::Other;
}

inline Status check(cublasStatus_t status, const char *what) {
  if (status == CUBLAS_STATUS_SUCCESS)
    return {};
  return Error{std::string("cuBLASLt fails to ") + what + ": " +
                   cublasLtGetStatusString(status),
               kindOf(status)};
}

inline Status check(cudnnStatus_t status, const char *what) {
  if (status == CUDNN_STATUS_SUCCESS)
    return {};
  return Error{std::string("cuDNN fails to ") + what + ": " +
                   cudnnGetErrorString(status),
               kindOf(status)};
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
