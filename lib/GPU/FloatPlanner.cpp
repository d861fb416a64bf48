//===- FloatPlanner.cpp - Makes a plan of a program -----------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Values, memory and jobs. What single operations become is in FloatLayers.cpp.
//
//===----------------------------------------------------------------------===//

#include "FloatPlanner.h"

#include "qml/Program/Verify.h"

#include <algorithm>
#include <cstring>

namespace qml {
namespace gpu {

/// Memory is laid out in such steps.
constexpr size_t alignment = 256;

FloatPlanner::FloatPlanner(Device &device, const Program &program,
                           const ObserverLayout &layout,
                           FloatPlanOptions options)
    : device(device), program(program), layout(layout),
      options(std::move(options)),
      samples(FloatPlan::layoutOf(program, this->options.chunk)),
      values(program.tensors.size()), users(program.tensors.size()),
      ranges(program.tensors.size()), isKept(program.tensors.size(), false),
      isDone(program.operations.size(), false) {}

Result<std::unique_ptr<FloatPlan>> FloatPlanner::run() {
  plan.reset(new FloatPlan(options));
  size_t stateBytes =
      size_t(options.chunk.segments) * layout.size() * sizeof(int32_t);
  auto states = device.allocate(stateBytes);
  if (!states)
    return states.takeError();
  plan->stateMemory = std::move(*states);
  auto info = device.allocate(sizeof(ChunkInfo));
  if (!info)
    return info.takeError();
  plan->infoMemory = std::move(*info);

  findUsers();
  emitHeader();
  // Each input as floats, unless only rescalings read it: those load it.
  auto isRescaling = [&](int index) {
    return operation(index).as<Rescaling>() != nullptr;
  };
  for (size_t i = 0; i < program.inputs.size(); ++i) {
    int input = program.inputs[i].tensor;
    const std::vector<int> &readers = users[size_t(input)];
    if (isWanted(input) || !ranges[size_t(input)].empty() ||
        !std::all_of(readers.begin(), readers.end(), isRescaling))
      emitInput(i, input, nullptr);
  }
  for (size_t i = 0; i < program.operations.size(); ++i) {
    if (isDone[i])
      continue;
    Status status =
        std::visit([&](const auto &kind) { return emitKind(int(i), kind); },
                   program.operations[i].kind);
    if (!status)
      return status.takeError();
  }
  // What is kept lives to the end.
  for (int tensor : options.keep)
    touch(complete(tensor));
  for (int tensor : options.keep)
    buffers[size_t(values[size_t(tensor)]->buffer)].last =
        int64_t(emitted.size());

  // What has a fixed size first, then what smaller chunks make smaller.
  if (Status status = uploadConstants(); !status)
    return status.takeError();
  if (Status status = layOut(); !status)
    return status.takeError();
  if (Status status = makeJobs(); !status)
    return status.takeError();
  return std::move(plan);
}

void FloatPlanner::findUsers() {
  for (int tensor : options.keep)
    isKept[size_t(tensor)] = true;
  if (options.watch != Watch::Nothing)
    for (size_t i = 0; i < program.ranges.size(); ++i)
      ranges[size_t(program.ranges[i].tensor)].push_back(int(i));
  for (size_t i = program.operations.size(); i-- > 0;) {
    const Operation &op = program.operations[i];
    size_t output = size_t(op.output);
    if (!isKept[output] && ranges[output].empty() && users[output].empty()) {
      isDone[i] = true;
      continue;
    }
    for (int input : op.inputs)
      users[size_t(input)].push_back(int(i));
  }
}

//===----------------------------------------------------------------------===//
// Values
//===----------------------------------------------------------------------===//

int FloatPlanner::newBuffer(int64_t sampleElements, int64_t samples) {
  Lifetime lifetime;
  lifetime.first = INT64_MAX;
  lifetime.bytes = size_t(sampleElements) * size_t(samples) * sizeof(float);
  buffers.push_back(lifetime);
  tensorsIn.emplace_back();
  return int(buffers.size()) - 1;
}

void FloatPlanner::touch(int buffer) {
  Lifetime &lifetime = buffers[size_t(buffer)];
  int64_t now = int64_t(emitted.size());
  lifetime.first = std::min(lifetime.first, now);
  lifetime.last = std::max(lifetime.last, now);
}

void FloatPlanner::emit(const std::vector<int> &used, MakeJob make,
                        bool readsSamples) {
  for (int buffer : used)
    if (buffer >= 0)
      touch(buffer);
  emitted.push_back({std::move(make), readsSamples});
}

int FloatPlanner::soleUser(int tensor) const {
  return !isWanted(tensor) && users[size_t(tensor)].size() == 1
             ? users[size_t(tensor)].front()
             : -1;
}

int FloatPlanner::reluAfter(int tensor) const {
  int user = soleUser(tensor);
  if (user < 0 || !ranges[size_t(tensor)].empty())
    return -1;
  return operation(user).as<ReLU>() ? user : -1;
}

Bounds FloatPlanner::boundsOf(const ReLU &relu) {
  Bounds bounds;
  bounds.lower = 0;
  if (relu.maxValue)
    bounds.upper = *relu.maxValue;
  return bounds;
}

Bounds FloatPlanner::boundsAfter(int tensor) const {
  int relu = reluAfter(tensor);
  return relu < 0 ? Bounds() : boundsOf(*operation(relu).as<ReLU>());
}

bool FloatPlanner::isObservedAfter(int tensor) const {
  int relu = reluAfter(tensor);
  return !ranges[size_t(relu < 0 ? tensor : operation(relu).output)].empty();
}

Bounds FloatPlanner::absorbReLU(int &tensor) {
  Bounds bounds = boundsAfter(tensor);
  if (int relu = reluAfter(tensor); relu >= 0) {
    isDone[size_t(relu)] = true;
    tensor = operation(relu).output;
  }
  return bounds;
}

int FloatPlanner::rangeOf(int tensor) const {
  if (options.watch != Watch::Ranges || ranges[size_t(tensor)].empty())
    return -1;
  return ranges[size_t(tensor)].front();
}

Observer FloatPlanner::observerOf(int range) const {
  Observer observer;
  if (range < 0)
    return observer;
  const ObserverLayout::Entry &entry = layout.entries()[size_t(range)];
  observer.state = plan->states() + entry.offset;
  observer.segmentStride = int64_t(layout.size());
  observer.count = int32_t(entry.count);
  observer.kind = entry.minMax ? ObserverKind::MinMax : ObserverKind::Magnitude;
  return observer;
}

void FloatPlanner::define(int tensor, int buffer, int range) {
  Value value;
  value.buffer = buffer;
  values[size_t(tensor)] = value;
  tensorsIn[size_t(buffer)].push_back(tensor);
  observe(tensor, range);
}

void FloatPlanner::defer(int tensor, Value value) {
  const std::vector<int> &wanted = ranges[size_t(tensor)];
  int user = soleUser(tensor);
  bool isSimple =
      wanted.empty() || (options.watch == Watch::Ranges && wanted.size() == 1 &&
                         !layout.entries()[size_t(wanted.front())].minMax);
  value.range = rangeOf(tensor);
  if (value.isComplete()) {
    define(tensor, value.buffer, -1);
    return;
  }
  values[size_t(tensor)] = value;
  tensorsIn[size_t(value.buffer)].push_back(tensor);
  if (isSimple && user >= 0 && canFinish(user))
    return;
  complete(tensor);
  observe(tensor, value.range);
}

int FloatPlanner::complete(int tensor) {
  Value value = *values[size_t(tensor)];
  if (value.isComplete())
    return value.buffer;
  if (!value.bias && value.bounds.isNone())
    emitLook(tensor, value.buffer, value.range);
  else
    emitFinish(tensor, value);
  Value &result = *values[size_t(tensor)];
  result = Value();
  result.buffer = value.buffer;
  return value.buffer;
}

Value FloatPlanner::take(int tensor, int index) {
  Value &value = *values[size_t(tensor)];
  if (!value.isComplete() && !(soleUser(tensor) == index && canFinish(index)))
    complete(tensor);
  Value taken = value;
  Value rest;
  rest.buffer = value.buffer;
  value = rest;
  return taken;
}

void FloatPlanner::observe(int tensor, int exceptRange) {
  for (int range : ranges[size_t(tensor)]) {
    if (range == exceptRange)
      continue;
    int buffer = values[size_t(tensor)]->buffer;
    if (options.watch == Watch::Histograms)
      emitCount(size_t(range), buffer, tensor);
    else
      emitLook(tensor, buffer, range);
  }
}

bool FloatPlanner::isDeadAfter(int buffer, int index) const {
  for (int tensor : tensorsIn[size_t(buffer)]) {
    if (isWanted(tensor))
      return false;
    for (int user : users[size_t(tensor)])
      if (user > index)
        return false;
  }
  return true;
}

int FloatPlanner::inPlace(const std::vector<int> &inputs, int tensor,
                          int index) {
  for (int input : inputs) {
    int buffer = values[size_t(input)]->buffer;
    if (isDeadAfter(buffer, index))
      return buffer;
  }
  return bufferFor(tensor);
}

//===----------------------------------------------------------------------===//
// Constants
//===----------------------------------------------------------------------===//

ConstantRef FloatPlanner::reserve(int64_t count,
                                  std::function<void(float *)> fill) {
  constexpr int64_t step = alignment / sizeof(float);
  ConstantRef constant{constantFloats, int32_t(count)};
  constantFloats += (count + step - 1) / step * step;
  uploads.push_back({constant, std::move(fill)});
  return constant;
}

ConstantRef FloatPlanner::addVector(const std::vector<float> &vector) {
  if (vector.empty())
    return {};
  return reserve(int64_t(vector.size()), [vector](float *to) {
    std::copy(vector.begin(), vector.end(), to);
  });
}

ConstantRef FloatPlanner::addConstant(const Constant &constant) {
  if (!constant)
    return {};
  // The weights outlive the plan; they need not be aligned.
  const void *data = constant.data;
  int64_t count = numElements(constant.shape);
  return reserve(count, [data, count](float *to) {
    std::memcpy(to, data, size_t(count) * sizeof(float));
  });
}

ConstantRef FloatPlanner::addConvKernel(const Constant &constant) {
  const char *data = static_cast<const char *>(constant.data);
  int64_t outputs = constant.shape[3];
  int64_t fan = constant.shape[0] * constant.shape[1] * constant.shape[2];
  return reserve(outputs * fan, [=](float *to) {
    for (int64_t i = 0; i < fan; ++i)
      for (int64_t f = 0; f < outputs; ++f)
        std::memcpy(to + f * fan + i,
                    data + (i * outputs + f) * int64_t(sizeof(float)),
                    sizeof(float));
  });
}

Status FloatPlanner::uploadConstants() {
  size_t bytes = size_t(constantFloats) * sizeof(float);
  auto memory = device.allocate(bytes);
  if (!memory)
    return memory.takeError();
  plan->constants = std::move(*memory);
  plan->totalBytes += bytes;
  std::vector<float> staged;
  for (const Upload &upload : uploads) {
    staged.resize(size_t(upload.where.count));
    upload.fill(staged.data());
    float *to = plan->constants->as<float>() + upload.where.offset;
    if (Status status =
            device.upload(to, staged.data(), staged.size() * sizeof(float));
        !status)
      return status;
  }
  return {};
}

//===----------------------------------------------------------------------===//
// Memory and jobs
//===----------------------------------------------------------------------===//

Status FloatPlanner::layOut() {
  std::vector<Lifetime> lifetimes = buffers;
  lifetimes.push_back({0, int64_t(emitted.size()), workspaceBytes});
  auto memory = planMemory(lifetimes, alignment);
  if (!memory)
    return memory.takeError();
  offsets = memory->offsets;
  workspaceOffset = offsets.back();
  auto arena = device.allocate(memory->size);
  if (!arena)
    return arena.takeError();
  plan->arena = std::move(*arena);
  plan->totalBytes += memory->size;
  return {};
}

Status FloatPlanner::makeJobs() {
  for (const Emitted &each : emitted) {
    FloatPlan::Entry &entry = plan->entries.emplace_back();
    for (int i = 0; i < (each.readsSamples ? Device::numBuffers : 1); ++i) {
      Places places{plan->arena->as<char>(), offsets,
                    plan->constants->as<float>(), device.buffer(i)};
      entry.jobs[i] = each.make(places);
    }
  }
  for (int tensor : options.keep) {
    size_t offset = offsets[size_t(values[size_t(tensor)]->buffer)];
    plan->keptData.push_back(
        reinterpret_cast<const float *>(plan->arena->at(offset)));
  }
  // The first states are empty, as all later ones are.
  ClearKeys clear;
  clear.keys = plan->states();
  clear.count = int64_t(options.chunk.segments) * int64_t(layout.size());
  if (clear.count)
    if (Status status = device.makeLaunch(clear)->enqueue(); !status)
      return status;
  for (int i = 0; i < Device::numBuffers; ++i) {
    auto recording = device.record(plan->jobs(i));
    if (!recording)
      return recording.takeError();
    plan->recordings[i] = std::move(*recording);
  }
  return {};
}

std::vector<Job *> FloatPlan::jobs(int i) const {
  std::vector<Job *> list;
  for (const Entry &entry : entries)
    list.push_back((entry.jobs[i] ? entry.jobs[i] : entry.jobs[0]).get());
  return list;
}

Result<std::unique_ptr<FloatPlan>>
FloatPlan::create(Device &device, const Program &program,
                  const ObserverLayout &layout, FloatPlanOptions options) {
  return FloatPlanner(device, program, layout, std::move(options)).run();
}

} // namespace gpu
} // namespace qml
