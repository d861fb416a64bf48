//===- Component.cpp - The CPU's executor as a component ------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "qml/Calibration/CPUComponent.h"

using namespace qml;

int qmlCPUComponentVersion() { return cpuComponentVersion; }

FloatExecutor *qmlCreateCPUFloatExecutor(const Program &program,
                                         const FloatExecutorOptions &options,
                                         std::string &error) {
  Result<std::unique_ptr<FloatExecutor>> executor =
      createCPUExecutor(program, options);
  if (executor)
    return executor->release();
  error = executor.message();
  return nullptr;
}
