//===- Component.h - What the GPU component offers --------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// libQMLCUDA.so has these functions; Devices.h calls them. Both sides are built
// from the same sources by the same compiler, which the version stands for.
//
//===----------------------------------------------------------------------===//

#ifndef QML_GPU_COMPONENT_H
#define QML_GPU_COMPONENT_H

#include "qml/Calibration/FloatExecutor.h"
#include "qml/GPU/Devices.h"

namespace qml {

/// Changes with whatever crosses the border.
constexpr int gpuComponentVersion = 3;

} // namespace qml

extern "C" {

int qmlGPUComponentVersion();

/// The name of the first GPU. False after an error.
bool qmlFindGPU(std::string &name, std::string &error);

/// Null after an error. The caller deletes the executor.
qml::FloatExecutor *
qmlCreateGPUFloatExecutor(const qml::Program &program,
                          const qml::FloatExecutorOptions &options,
                          const qml::DeviceChoice &choice, std::string &error);

qml::IntegerExecutor *
qmlCreateGPUIntegerExecutor(const qml::Program &program,
                            const qml::IntegerExecutorOptions &options,
                            std::string &error);

} // extern "C"

#endif // QML_GPU_COMPONENT_H
