//===- CheckTest.cpp - Errors of CUDA -------------------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What an error is called, and, on a machine with a GPU, that it is told once.
//
//===----------------------------------------------------------------------===//

#include "CUDA/Check.h"

#include "gtest/gtest.h"

using namespace qml;

TEST(GPUCheck, ErrorsAreToldOnce) {
  int devices = 0;
  if (cudaGetDeviceCount(&devices) != cudaSuccess || devices == 0)
    GTEST_SKIP() << "without a device each call has the same error";
  void *data = nullptr;
  // More than any device has.
  cudaError_t error = cudaMalloc(&data, SIZE_MAX / 2);
  ASSERT_NE(error, cudaSuccess);
  EXPECT_EQ(cudaPeekAtLastError(), error);
  Status status = cuda::check(error, "allocate memory");
  ASSERT_FALSE(bool(status));
  EXPECT_EQ(status.message().find("the GPU fails to allocate memory: "), 0u);
  EXPECT_EQ(cudaPeekAtLastError(), cudaSuccess);
}

TEST(GPUCheck, ErrorsHaveKinds) {
  EXPECT_TRUE(bool(cuda::check(cudaSuccess, "work")));
  EXPECT_EQ(cuda::check(cudaErrorMemoryAllocation, "work").kind(),
            ErrorKind::OutOfMemory);
  EXPECT_EQ(cuda::check(cudaErrorLaunchFailure, "work").kind(),
            ErrorKind::Other);
  EXPECT_EQ(cuda::kindOf(CUBLAS_STATUS_ALLOC_FAILED), ErrorKind::OutOfMemory);
  EXPECT_EQ(cuda::kindOf(CUBLAS_STATUS_NOT_SUPPORTED), ErrorKind::Unsupported);
  EXPECT_EQ(cuda::kindOf(CUBLAS_STATUS_EXECUTION_FAILED), ErrorKind::Other);
  EXPECT_EQ(cuda::kindOf(CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED),
            ErrorKind::OutOfMemory);
  EXPECT_EQ(cuda::kindOf(CUDNN_STATUS_INTERNAL_ERROR_HOST_ALLOCATION_FAILED),
            ErrorKind::OutOfMemory);
  EXPECT_EQ(cuda::kindOf(CUDNN_STATUS_NOT_SUPPORTED_SHAPE),
            ErrorKind::Unsupported);
  EXPECT_EQ(cuda::kindOf(CUDNN_STATUS_INTERNAL_ERROR), ErrorKind::Other);
  EXPECT_EQ(cuda::kindOf(CUDNN_STATUS_EXECUTION_FAILED), ErrorKind::Other);
}
