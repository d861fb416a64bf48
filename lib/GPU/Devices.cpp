//===- Devices.cpp - Where networks run -----------------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Chooses a device, and loads the component for GPUs once for each process.
//
//===----------------------------------------------------------------------===//

#include "qml/GPU/Devices.h"

#include "qml/Calibration/CPUComponent.h"
#include "qml/GPU/Component.h"
#include "qml/Support/Component.h"

#include <dlfcn.h>

namespace qml {

namespace {

struct Functions {
  decltype(&qmlFindGPU) find = nullptr;
  decltype(&qmlCreateGPUFloatExecutor) createFloat = nullptr;
  decltype(&qmlCreateGPUIntegerExecutor) createInteger = nullptr;
};

} // namespace

static Result<Functions> loadFunctions() {
  // The component brings large libraries along, which are of no use without a
  // driver.
  if (!dlopen("libcuda.so.1", RTLD_LAZY | RTLD_LOCAL))
    return Error{"there is no NVIDIA driver on this machine"};
  std::string path = Component::findPath("libQMLCUDA", "QML_CUDA_LIBRARY");
  auto component = Component::load(path);
  if (!component)
    return Error{"there is no component for GPUs: " + component.message() +
                 "; build it with nvcc 13 and cuDNN 9 (QML_ENABLE_CUDA=ON)"};
  auto *version = component->find<decltype(qmlGPUComponentVersion)>(
      "qmlGPUComponentVersion");
  Functions functions;
  functions.find = component->find<decltype(qmlFindGPU)>("qmlFindGPU");
  functions.createFloat = component->find<decltype(qmlCreateGPUFloatExecutor)>(
      "qmlCreateGPUFloatExecutor");
  functions.createInteger =
      component->find<decltype(qmlCreateGPUIntegerExecutor)>(
          "qmlCreateGPUIntegerExecutor");
  if (!version || version() != gpuComponentVersion || !functions.find ||
      !functions.createFloat || !functions.createInteger)
    return Error{path + " was built for another version of QML; build it "
                        "again"};
  return functions;
}

static const Result<Functions> &getFunctions() {
  static const Result<Functions> functions = loadFunctions();
  return functions;
}

Status checkDeviceName(const std::string &name) {
  if (name == "auto" || name == "cpu" || name == "cuda")
    return {};
  return Error{"there is no device '" + name +
               "'; allowed are auto, cpu and cuda"};
}

Result<std::string> findGPU() {
  const Result<Functions> &functions = getFunctions();
  if (!functions)
    return Error{functions.message()};
  std::string name, error;
  if (!(*functions).find(name, error))
    return Error{error};
  return name;
}

static CreateExecutor *linkedExecutor = nullptr;

void setCPUExecutor(CreateExecutor *create) { linkedExecutor = create; }

static Result<decltype(&qmlCreateCPUFloatExecutor)> loadCPUComponent() {
  std::string path = Component::findPath("libQMLCPU", "QML_CPU_LIBRARY");
  auto component = Component::load(path);
  if (!component)
    return Error{
        "there is no component to run float networks: " + component.message() +
        "; set QML_CPU_LIBRARY to libQMLCPU.so of a build of QML"};
  auto *version = component->find<decltype(qmlCPUComponentVersion)>(
      "qmlCPUComponentVersion");
  auto *create = component->find<decltype(qmlCreateCPUFloatExecutor)>(
      "qmlCreateCPUFloatExecutor");
  if (!version || !create || version() != cpuComponentVersion)
    return Error{path + " was built for another version of QML; build it "
                        "again"};
  return create;
}

static Result<std::unique_ptr<FloatExecutor>>
loadCPUExecutor(const Program &program, const FloatExecutorOptions &options) {
  static const auto create = loadCPUComponent();
  if (!create)
    return Error{create.message()};
  std::string error;
  std::unique_ptr<FloatExecutor> executor((*create)(program, options, error));
  if (!executor)
    return Error{error};
  return executor;
}

static Result<std::unique_ptr<FloatExecutor>>
createGPUExecutor(const Program &program, const FloatExecutorOptions &options,
                  const DeviceChoice &choice) {
  const Result<Functions> &functions = getFunctions();
  if (!functions)
    return Error{functions.message()};
  std::string error;
  std::unique_ptr<FloatExecutor> executor(
      (*functions).createFloat(program, options, choice, error));
  if (!executor)
    return Error{error};
  return executor;
}

Result<std::unique_ptr<IntegerExecutor>>
createGPUIntegerExecutor(const Program &program,
                         const IntegerExecutorOptions &options) {
  const Result<Functions> &functions = getFunctions();
  if (!functions)
    return Error{functions.message()};
  std::string error;
  std::unique_ptr<IntegerExecutor> executor(
      (*functions).createInteger(program, options, error));
  if (!executor)
    return Error{error};
  return executor;
}

Result<std::unique_ptr<FloatExecutor>>
createFloatExecutor(const Program &program, const FloatExecutorOptions &options,
                    const DeviceChoice &device, std::string *whyCPU) {
  if (Status status = checkDeviceName(device.name); !status)
    return status.takeError();
  if (device.name != "cpu") {
    auto executor = createGPUExecutor(program, options, device);
    if (executor)
      return executor;
    if (device.name == "cuda")
      return Error{executor.message() + "; use --device=cpu"};
    if (whyCPU)
      *whyCPU = executor.message();
  }
  return linkedExecutor ? linkedExecutor(program, options)
                        : loadCPUExecutor(program, options);
}

} // namespace qml
