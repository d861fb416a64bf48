//===- Devices.h - Where networks run ---------------------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Executors by the name of the device that users give: on the CPU, or on GPUs
// by the component libQMLCUDA.so, which is loaded when one is asked for:
// lib/libQMLCUDA.so beside the folder of the executable, or what
// QML_CUDA_LIBRARY names.
//
//===----------------------------------------------------------------------===//

#ifndef QML_GPU_DEVICES_H
#define QML_GPU_DEVICES_H

#include "qml/Calibration/FloatExecutor.h"
#include "qml/GPU/IntegerExecutor.h"

namespace qml {

/// "auto": GPUs if there are any that can run the network, else the CPU.
/// "cpu", "cuda": that, or an error that says why not.
struct DeviceChoice {
  std::string name = "auto";
  /// One process of several on a machine takes one of its GPUs, by its number
  /// among them; alone (-1) it takes all.
  int localRank = -1;
};

/// Whether there is such a device to choose; the message names those there are.
Status checkDeviceName(const std::string &name);

/// The name of the first GPU. Fails, and says why, if there is none that can be
/// used: no component, no driver, no device.
Result<std::string> findGPU();

/// Makes `create` (createCPUExecutor) the executor of the CPU: for tools that
/// link it. Others load it: see qml/Calibration/CPUComponent.h.
using CreateExecutor = Result<std::unique_ptr<FloatExecutor>>(
    const Program &program, FloatExecutorOptions options);
void setCPUExecutor(CreateExecutor *create);

/// See createCPUExecutor. `whyCPU`, if it is set, gets the reason for which
/// "auto" took the CPU, as part of a sentence.
Result<std::unique_ptr<FloatExecutor>>
createFloatExecutor(const Program &program, const FloatExecutorOptions &options,
                    const DeviceChoice &device, std::string *whyCPU = nullptr);

/// An executor of integers on a GPU, which must be there: "auto" is the
/// caller's to decide, whose other choice is the interpreter.
Result<std::unique_ptr<IntegerExecutor>>
createGPUIntegerExecutor(const Program &program,
                         const IntegerExecutorOptions &options);

} // namespace qml

#endif // QML_GPU_DEVICES_H
