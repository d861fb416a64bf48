//===- Execution.cpp - Networks run over arrays ---------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Execution.h"

#include "qml/GPU/Devices.h"
#include "qml/Pipelines/Pipelines.h"

#include "mlir/Pass/PassManager.h"

#include <algorithm>
#include <unistd.h>

using namespace mlir;

namespace qml {

FailureOr<LoadedNetwork> loadNetwork(const std::string &path,
                                     MLIRContext &context) {
  LoadedNetwork loaded;
  loaded.module = readModule(path, context);
  if (!loaded.module)
    return failure();
  if (akida::ModelOp hardware = akida::getModel(*loaded.module)) {
    loaded.hardware = hardware;
    loaded.flat = flattenModel(hardware);
    return loaded;
  }
  // Executors take activations as layers; nothing else is rewritten.
  PassManager pm(&context);
  nestNetworks(pm).addPass(createSplitActivations());
  nestNetworks(pm).addPass(createConvertGroupedConvs());
  if (failed(pm.run(*loaded.module)))
    return failure();
  FailureOr<func::FuncOp> network = getNetwork(*loaded.module);
  if (failed(network))
    return failure();
  loaded.network = *network;
  FailureOr<FlatNetwork> flat = flattenNetwork(*network);
  if (failed(flat))
    return failure();
  loaded.flat = std::move(*flat);
  return loaded;
}

static bool isFloatProgram(const Program &program) {
  return std::none_of(
      program.tensors.begin(), program.tensors.end(),
      [](const Tensor &tensor) { return tensor.fixed.has_value(); });
}

/// Arrays for `count` samples of each tensor.
static std::vector<TensorArray> allocate(const Program &program,
                                         const std::vector<int> &tensors,
                                         int64_t count) {
  std::vector<TensorArray> arrays;
  for (int index : tensors) {
    const Tensor &tensor = program.tensors[index];
    TensorArray &array = arrays.emplace_back();
    array.tensor = index;
    array.type = tensor.type;
    array.shape = tensor.shape;
    array.shape.insert(array.shape.begin(), count);
    array.data.resize(numElements(array.shape) * sizeOf(tensor.type));
  }
  return arrays;
}

static Status executeFloat(const Program &program, const SampleSet &samples,
                           std::vector<TensorArray> &arrays,
                           const ExecutionOptions &execution,
                           std::string *whyCPU) {
  FloatExecutorOptions options;
  options.threads = execution.threads;
  options.tf32 = execution.tf32;
  options.observe = false;
  options.batches = Batching{samples.size(), 1, samples.size()};
  std::vector<float *> results;
  for (TensorArray &array : arrays) {
    options.keep.push_back(array.tensor);
    results.push_back(reinterpret_cast<float *>(array.data.data()));
  }
  DeviceChoice device;
  device.name = execution.device;
  auto executor = createFloatExecutor(program, options, device, whyCPU);
  if (!executor)
    return executor.takeError();
  return (*executor)->run(samples, 0, samples.size(), results);
}

static Status executeOnGPU(IntegerExecutor &executor, const SampleSet &samples,
                           std::vector<TensorArray> &arrays) {
  std::vector<void *> results;
  for (TensorArray &array : arrays)
    results.push_back(array.data.data());
  return executor.run(samples, 0, samples.size(), results);
}

static Status executeIntegers(const Program &program, const SampleSet &samples,
                              std::vector<TensorArray> &arrays,
                              const ExecutionOptions &execution,
                              std::string *whyCPU) {
  if (Status status = checkDeviceName(execution.device); !status)
    return status;
  if (execution.device != "cpu") {
    IntegerExecutorOptions options;
    for (const TensorArray &array : arrays)
      options.keep.push_back(array.tensor);
    auto executor = createGPUIntegerExecutor(program, options);
    if (executor)
      return executeOnGPU(**executor, samples, arrays);
    if (execution.device == "cuda")
      return Error{executor.message() + "; use --device=cpu"};
    if (whyCPU)
      *whyCPU = executor.message();
  }
  InterpreterOptions options;
  options.threads = execution.threads;
  for (const TensorArray &array : arrays)
    options.keep.push_back(array.tensor);
  auto interpreter = Interpreter::create(program, options);
  if (!interpreter)
    return interpreter.takeError();
  // What is delivered has an order of its own, outputs first.
  std::vector<TensorArray *> targets;
  for (int tensor : (*interpreter)->delivered()) {
    auto found = std::find_if(
        arrays.begin(), arrays.end(),
        [&](const TensorArray &array) { return array.tensor == tensor; });
    targets.push_back(found == arrays.end() ? nullptr : &*found);
  }
  // Inputs are converted in blocks, so that memory does not grow with them.
  constexpr int64_t block = 256;
  SampleBuffer buffer(samples, std::min(block, samples.size()));
  Memory memory;
  memory.sequenceLength = samples.sequenceLength();
  for (int64_t first = 0; first < samples.size(); first += block) {
    int64_t count = std::min(block, samples.size() - first);
    Result<std::vector<const void *>> inputs =
        buffer.get(samples, first, count);
    if (!inputs)
      return inputs.takeError();
    std::vector<void *> results;
    for (TensorArray *target : targets) {
      size_t bytes = target ? target->data.size() / samples.size() : 0;
      results.push_back(target ? target->data.data() + first * bytes : nullptr);
    }
    if (Status status =
            (*interpreter)->run(*inputs, count, results.data(), &memory);
        !status)
      return status;
  }
  return {};
}

Result<std::vector<TensorArray>> execute(const Program &program,
                                         const std::vector<SampleArray> &inputs,
                                         const std::vector<int> &tensors,
                                         const ExecutionOptions &options,
                                         std::string *whyCPU) {
  Result<SampleSources> sources = samplesOf(inputs, program);
  if (!sources)
    return sources.takeError();
  SampleSet samples = *sources;
  const std::string &inputsName = inputs.front().name;
  if (options.threads < 0)
    return Error{"the number of threads is " + std::to_string(options.threads) +
                 "; allowed are 0 (all) and more"};
  if (samples.size() == 0)
    return Error{inputsName + ": holds no samples"};
  std::vector<int> unique;
  for (int tensor : tensors)
    if (std::find(unique.begin(), unique.end(), tensor) == unique.end())
      unique.push_back(tensor);
  double bytes = 0;
  for (int tensor : unique)
    bytes += double(samples.size()) *
             double(numElements(program.tensors[tensor].shape)) *
             double(sizeOf(program.tensors[tensor].type));
  double memory =
      double(sysconf(_SC_PHYS_PAGES)) * double(sysconf(_SC_PAGE_SIZE));
  if (bytes > memory)
    return Error{inputsName + ": results of " +
                 std::to_string(int64_t(bytes / (1 << 20))) +
                 " MiB are more than this machine's memory; ask for fewer "
                 "layers, or split the inputs"};
  std::vector<TensorArray> arrays = allocate(program, unique, samples.size());
  Status status =
      isFloatProgram(program)
          ? executeFloat(program, samples, arrays, options, whyCPU)
          : executeIntegers(program, samples, arrays, options, whyCPU);
  if (!status)
    return status.takeError();
  if (int64_t length = samples.sequenceLength())
    for (TensorArray &array : arrays) {
      array.shape.front() /= length;
      array.shape.insert(array.shape.begin() + 1, length);
    }
  return arrays;
}

void noteDevice(const std::string &whyCPU) {
  if (!whyCPU.empty())
    llvm::errs() << "device 'auto' is the CPU: " << whyCPU << "\n";
}

} // namespace qml
