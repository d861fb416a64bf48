//===- Execution.cpp - Programs and parts of them over samples ------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "qml/Analysis/Execution.h"

#include <algorithm>
#include <cstring>

namespace qml {

/// The shape of an array of samples: (samples, ...), or (sequences, steps,
/// ...).
static Shape arrayShape(const Shape &sample, int64_t count,
                        int64_t sequenceLength) {
  Shape shape = {count};
  if (sequenceLength)
    shape = {count / sequenceLength, sequenceLength};
  shape.insert(shape.end(), sample.begin(), sample.end());
  return shape;
}

Result<TakenSamples> takeSamples(const SampleSet &samples,
                                 const Program &program, int64_t count) {
  if (count < 1)
    return Error{"the number of samples is " + std::to_string(count) +
                 ", it has to be at least 1"};
  TakenSamples taken;
  taken.count = std::min(count, samples.size());
  bool isInOrder = !program.states.empty();
  if (int64_t length = samples.sequenceLength(); length && isInOrder)
    if (taken.count >= length) {
      taken.sequenceLength = length;
      taken.count -= taken.count % length;
    }
  count = taken.count;
  for (size_t input = 0; input != samples.numInputs(); ++input) {
    const SampleSource &source = samples[input];
    size_t bytes = source.bytesPerSample();
    auto memory =
        std::make_shared<std::vector<int64_t>>((size_t(count) * bytes + 7) / 8);
    char *target = reinterpret_cast<char *>(memory->data());
    std::vector<int64_t> buffer((bytes + 7) / 8);
    for (int64_t i = 0; i != count; ++i) {
      int64_t from = isInOrder ? i : i * samples.size() / count;
      Result<const void *> sample = source.get(from, 1, buffer.data());
      if (!sample)
        return sample.takeError();
      std::memcpy(target + i * bytes, *sample, bytes);
    }
    SampleArray &array = taken.arrays.emplace_back();
    array.name = program.inputs[input].name;
    array.isStored = true;
    array.array.type = source.type();
    array.array.shape = arrayShape(source.shape(), count, taken.sequenceLength);
    array.array.data = memory->data();
    array.array.owner = memory;
  }
  return taken;
}

template <typename T>
static std::vector<int64_t> widenAs(const TensorArray &array) {
  const T *data = array.as<T>();
  return std::vector<int64_t>(data, data + numElements(array.shape));
}

std::vector<int64_t> widen(const TensorArray &array) {
  switch (array.type) {
  case ElementType::U8:
    return widenAs<uint8_t>(array);
  case ElementType::I8:
    return widenAs<int8_t>(array);
  case ElementType::U16:
    return widenAs<uint16_t>(array);
  case ElementType::I16:
    return widenAs<int16_t>(array);
  case ElementType::U32:
    return widenAs<uint32_t>(array);
  case ElementType::I32:
    return widenAs<int32_t>(array);
  default:
    return widenAs<int64_t>(array);
  }
}

//===----------------------------------------------------------------------===//
// Integers
//===----------------------------------------------------------------------===//

Result<IntegerRunner> IntegerRunner::create(const Program &whole,
                                            std::vector<int> keep,
                                            int threads) {
  InterpreterOptions options;
  options.threads = threads;
  options.keep = std::move(keep);
  auto interpreter = Interpreter::create(whole, options);
  if (!interpreter)
    return interpreter.takeError();
  IntegerRunner runner;
  runner.interpreter = std::move(*interpreter);
  for (const Input &input : whole.inputs)
    runner.sources.push_back(input.tensor);
  return runner;
}

Result<IntegerRunner> IntegerRunner::create(CutProgram part, int threads) {
  IntegerRunner runner;
  runner.part = std::make_unique<CutProgram>(std::move(part));
  InterpreterOptions options;
  options.threads = threads;
  auto interpreter = Interpreter::create(runner.part->program, options);
  if (!interpreter)
    return interpreter.takeError();
  runner.interpreter = std::move(*interpreter);
  runner.sources = runner.part->sources;
  return runner;
}

Status IntegerRunner::run(const Values &values, int64_t count,
                          int64_t sequenceLength) {
  std::vector<const void *> inputs;
  for (int tensor : sources)
    inputs.push_back(values(tensor));
  Memory memory;
  memory.sequenceLength = sequenceLength;
  Result<std::vector<TensorArray>> arrays =
      interpreter->run(inputs, count, &memory);
  if (!arrays)
    return arrays.takeError();
  results = std::move(*arrays);
  found.clear();
  for (const TensorArray &array : results)
    found[array.tensor] = &array;
  if (!part)
    return {};
  // Outputs are called by the tensors that they are.
  std::map<int, const TensorArray *> ofPart = std::move(found);
  found.clear();
  for (const Output &output : part->program.outputs)
    found[std::stoi(output.layer)] = ofPart.at(output.tensor);
  return {};
}

//===----------------------------------------------------------------------===//
// Floats
//===----------------------------------------------------------------------===//

Status FloatRunner::prepare(const Program &toRun, int threads) {
  program = &toRun;
  FloatExecutorOptions options;
  options.threads = threads;
  options.observe = false;
  options.keep = keep;
  auto made = createCPUExecutor(toRun, options);
  if (!made)
    return made.takeError();
  executor = std::move(*made);
  return {};
}

Result<FloatRunner> FloatRunner::create(const Program &whole,
                                        std::vector<int> keep, int threads) {
  FloatRunner runner;
  runner.keep = std::move(keep);
  for (const Input &input : whole.inputs)
    runner.sources.push_back(input.tensor);
  if (Status status = runner.prepare(whole, threads); !status)
    return status.takeError();
  return runner;
}

Result<FloatRunner> FloatRunner::create(CutProgram part, int threads) {
  FloatRunner runner;
  runner.part = std::make_unique<CutProgram>(std::move(part));
  runner.sources = runner.part->sources;
  for (const Output &output : runner.part->program.outputs)
    runner.keep.push_back(output.tensor);
  if (Status status = runner.prepare(runner.part->program, threads); !status)
    return status.takeError();
  return runner;
}

Status FloatRunner::run(const Values &values, int64_t count,
                        int64_t sequenceLength) {
  std::vector<SampleArray> arrays;
  for (size_t i = 0; i != sources.size(); ++i) {
    const Tensor &tensor = program->tensors[program->inputs[i].tensor];
    SampleArray &array = arrays.emplace_back();
    array.name = program->inputs[i].name;
    array.isStored = true;
    array.array.type = tensor.type;
    array.array.shape = arrayShape(
        tensor.shape, count, program->states.empty() ? 0 : sequenceLength);
    array.array.data = values(sources[i]);
  }
  Result<SampleSources> samples = samplesOf(arrays, *program);
  if (!samples)
    return samples.takeError();
  std::vector<float *> targets;
  for (size_t i = 0; i != keep.size(); ++i) {
    int tensor =
        part ? std::stoi(part->program.outputs[i].layer) : int(keep[i]);
    std::vector<float> &result = results[tensor];
    result.resize(count * numElements(program->tensors[keep[i]].shape));
    targets.push_back(result.data());
  }
  return executor->run(*samples, 0, count, targets);
}

} // namespace qml
