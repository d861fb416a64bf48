//===- CPUComponent.h - The CPU's executor by itself ------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What libQMLCPU.so offers. Tools of this project hold the executor, and
// oneDNN, themselves; the plugin and other compilers load the component when a
// network is run: beside the plugin, as components are found, or what
// QML_CPU_LIBRARY names.
//
//===----------------------------------------------------------------------===//

#ifndef QML_CALIBRATION_CPUCOMPONENT_H
#define QML_CALIBRATION_CPUCOMPONENT_H

#include "qml/Calibration/FloatExecutor.h"

namespace qml {

/// Changes with whatever crosses the border.
constexpr int cpuComponentVersion = 2;

} // namespace qml

extern "C" {

int qmlCPUComponentVersion();

/// Null after an error. The caller deletes the executor.
qml::FloatExecutor *
qmlCreateCPUFloatExecutor(const qml::Program &program,
                          const qml::FloatExecutorOptions &options,
                          std::string &error);

} // extern "C"

#endif // QML_CALIBRATION_CPUCOMPONENT_H
