//===- IntegerExecutor.h - Integer networks on a device ---------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QML_LIB_GPU_INTEGEREXECUTOR_H
#define QML_LIB_GPU_INTEGEREXECUTOR_H

#include "Device.h"

#include "qml/GPU/IntegerExecutor.h"

namespace qml {
namespace gpu {

/// Makes `program` ready to run on the first device of the group. The program
/// and its weights have to outlive the executor. Fails if `verify` or
/// canRunOnGPU refuse it, or memory does not suffice for one sample.
Result<std::unique_ptr<IntegerExecutor>>
createIntegerExecutor(std::unique_ptr<DeviceGroup> devices,
                      const Program &program, IntegerExecutorOptions options);

} // namespace gpu
} // namespace qml

#endif // QML_LIB_GPU_INTEGEREXECUTOR_H
