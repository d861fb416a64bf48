//===- Component.cpp - What the GPU component offers ----------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "qml/GPU/Component.h"

#include "../FloatExecutor.h"
#include "../IntegerExecutor.h"
#include "CudaDevice.h"

#include <cuda_runtime_api.h>

using namespace qml;

/// The devices of this process: its own, or all.
static Result<std::unique_ptr<gpu::DeviceGroup>>
open(const DeviceChoice &choice) {
  if (choice.localRank < 0)
    return cuda::openDevices(0, 0);
  int available = 0;
  // What goes wrong here does so again below, where it is reported.
  if (cudaGetDeviceCount(&available) != cudaSuccess || available == 0)
    return cuda::openDevices(0, 1);
  return cuda::openDevices(choice.localRank % available, 1);
}

int qmlGPUComponentVersion() { return gpuComponentVersion; }

bool qmlFindGPU(std::string &name, std::string &error) {
  auto group = cuda::openDevices(0, 1);
  if (group)
    name = (*group)->devices.front()->name();
  else
    error = group.message();
  return bool(group);
}

/// What crosses the border: the executor, or null and the message.
template <typename T>
static T *release(Result<std::unique_ptr<T>> made, std::string &error) {
  if (made)
    return made->release();
  error = made.message();
  return nullptr;
}

FloatExecutor *qmlCreateGPUFloatExecutor(const Program &program,
                                         const FloatExecutorOptions &options,
                                         const DeviceChoice &choice,
                                         std::string &error) {
  auto group = open(choice);
  if (!group) {
    error = group.message();
    return nullptr;
  }
  return release(gpu::createExecutor(std::move(*group), program, options),
                 error);
}

IntegerExecutor *
qmlCreateGPUIntegerExecutor(const Program &program,
                            const IntegerExecutorOptions &options,
                            std::string &error) {
  auto group = cuda::openDevices(0, 1);
  if (!group) {
    error = group.message();
    return nullptr;
  }
  return release(
      gpu::createIntegerExecutor(std::move(*group), program, options), error);
}
