//===- FloatExecutor.h - Float networks on GPUs -----------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QML_LIB_GPU_FLOATEXECUTOR_H
#define QML_LIB_GPU_FLOATEXECUTOR_H

#include "Device.h"

#include "qml/Calibration/FloatExecutor.h"

namespace qml {
namespace gpu {

/// Makes `program` ready to run on the devices of a group, which share the
/// samples. It has to outlive the executor, as have its weights. Fails as
/// createCPUExecutor does, and if a device lacks the memory for one sample.
Result<std::unique_ptr<FloatExecutor>>
createExecutor(std::unique_ptr<DeviceGroup> group, const Program &program,
               FloatExecutorOptions options);

} // namespace gpu
} // namespace qml

#endif // QML_LIB_GPU_FLOATEXECUTOR_H
