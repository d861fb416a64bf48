//===- CudaDevice.h - GPUs through CUDA -------------------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QML_LIB_GPU_CUDA_CUDADEVICE_H
#define QML_LIB_GPU_CUDA_CUDADEVICE_H

#include "../Device.h"

namespace qml {
namespace cuda {

/// Devices `first` to `first + count - 1` of those that this process may use;
/// all from `first` on if `count` is 0. Fails in words for a person if there
/// are none, or the driver is missing or too old.
Result<std::unique_ptr<gpu::DeviceGroup>> openDevices(int first, int count);

} // namespace cuda
} // namespace qml

#endif // QML_LIB_GPU_CUDA_CUDADEVICE_H
