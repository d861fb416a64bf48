//===- IntegerExecutor.cpp - Integer networks on a device -----------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// While the device works on a chunk, the host fills the buffer of the next.
//
//===----------------------------------------------------------------------===//

#include "IntegerExecutor.h"

#include "IntegerPlan.h"

#include <algorithm>
#include <cstring>

namespace qml {
namespace gpu {

namespace {

/// Elements of the largest tensor of a chunk, which fill any device.
constexpr int64_t usefulElements = int64_t(1) << 26;
constexpr int64_t mostSamples = 1024;

class DeviceIntegerExecutor final : public IntegerExecutor {
public:
  DeviceIntegerExecutor(std::unique_ptr<DeviceGroup> devices,
                        std::unique_ptr<IntegerPlan> plan,
                        IntegerExecutorOptions options)
      : devices(std::move(devices)), device(*this->devices->devices.front()),
        plan(std::move(plan)), program(this->plan->program),
        options(std::move(options)) {}

  ~DeviceIntegerExecutor() override {
    // Nothing may be freed that still runs.
    (void)bool(device.wait());
  }

  Status prepare();
  Status run(const SampleSet &samples, int64_t first, int64_t count,
             const std::vector<void *> &results) override;
  int64_t chunk() const override { return chunkSamples; }

private:
  Status chooseChunk();
  Status fillBuffer(char *to, const SampleSet &samples, int64_t first,
                    int64_t count) const;
  Status deliver(const std::vector<void *> &results, int64_t done,
                 int64_t count);
  void deliverInputs(const std::vector<void *> &results, int64_t done,
                     const char *buffer, int64_t count) const;

  size_t resultBytes(size_t index) const {
    int tensor = options.keep[index];
    return size_t(plan->tensors[tensor].elements) *
           sizeOf(program.tensors[tensor].type);
  }

  std::unique_ptr<DeviceGroup> devices;
  Device &device;
  std::unique_ptr<IntegerPlan> plan;
  const Program &program;
  IntegerExecutorOptions options;
  int64_t chunkSamples = 1;
  SampleLayout layout;
  MemoryPlan memory;
  MemoryPtr arena;
  IntegerJobs jobs;
  std::unique_ptr<Recording> recordings[Device::numBuffers];
  /// Where the host may fill buffers that it has acquired.
  char *held[Device::numBuffers] = {};
};

} // namespace

/// The largest chunk that is useful and fits.
Status DeviceIntegerExecutor::chooseChunk() {
  int64_t largest = plan->largest();
  chunkSamples =
      options.chunk > 0
          ? options.chunk
          : std::clamp<int64_t>(usefulElements / largest, 1, mostSamples);
  // A kernel counts in 32 bits, up to a block after the last element.
  chunkSamples = std::min(chunkSamples, (INT32_MAX - 4096) / largest);
  size_t limit = options.memoryLimit;
  if (!limit)
    limit = device.freeMemory() / 10 * 9;
  for (; chunkSamples >= 1; chunkSamples /= 2) {
    size_t buffers =
        Device::numBuffers * SampleLayout(program, chunkSamples).bytes();
    if (buffers > limit)
      continue;
    Result<MemoryPlan> planned =
        plan->planMemory(chunkSamples, limit - buffers);
    if (!planned)
      continue;
    memory = std::move(*planned);
    return {};
  }
  return Error{"program '" + program.name + "' needs more than the " +
               std::to_string(limit >> 20) +
               " MiB of device memory that it may use for one sample"};
}

Status DeviceIntegerExecutor::prepare() {
  if (Status status = chooseChunk(); !status)
    return status;
  layout = SampleLayout(program, chunkSamples);
  if (Status status = device.makeBuffers(layout.bytes()); !status)
    return status;
  Result<MemoryPtr> allocated = device.allocate(memory.size);
  if (!allocated)
    return allocated.takeError();
  arena = std::move(*allocated);
  Result<IntegerJobs> made =
      makeIntegerJobs(*plan, device, chunkSamples, memory, arena->at(0));
  if (!made)
    return made.takeError();
  jobs = std::move(*made);
  // The products have become constants.
  for (Chain &chain : plan->chains)
    chain.product.reset();
  for (int i = 0; i < Device::numBuffers; ++i) {
    std::vector<Job *> list;
    for (const JobPtr &job : jobs.jobs[i])
      list.push_back(job.get());
    Result<std::unique_ptr<Recording>> recording = device.record(list);
    if (!recording)
      return recording.takeError();
    recordings[i] = std::move(*recording);
  }
  return {};
}

template <typename T>
static bool isInside(const char *data, int64_t count, IntegerRange range) {
  const T *values = reinterpret_cast<const T *>(data);
  return std::all_of(values, values + count, [&](T value) {
    return value >= range.lower && value <= range.upper;
  });
}

static bool isInside(StorageType type, const char *data, int64_t count,
                     IntegerRange range) {
  switch (type) {
  case StorageType::I8:
    return isInside<int8_t>(data, count, range);
  case StorageType::U8:
    return isInside<uint8_t>(data, count, range);
  case StorageType::I16:
    return isInside<int16_t>(data, count, range);
  case StorageType::I32:
    return isInside<int32_t>(data, count, range);
  case StorageType::I64:
    return isInside<int64_t>(data, count, range);
  case StorageType::F32:
    return true;
  }
  return true;
}

Status DeviceIntegerExecutor::fillBuffer(char *to, const SampleSet &samples,
                                         int64_t first, int64_t count) const {
  ChunkInfo info = {int32_t(count), 0};
  if (Status status = layout.fill(to, info, samples, first); !status)
    return status;
  for (size_t i = 0; i < program.inputs.size(); ++i) {
    int tensor = program.inputs[i].tensor;
    const PlannedTensor &input = plan->tensors[tensor];
    if (program.tensors[tensor].fixed &&
        !isInside(input.type, to + layout.offsetOf(i), count * input.elements,
                  input.range))
      return Error{"an input of program '" + program.name +
                   "' exceeds its value bits"};
  }
  return {};
}

void DeviceIntegerExecutor::deliverInputs(const std::vector<void *> &results,
                                          int64_t done, const char *buffer,
                                          int64_t count) const {
  for (size_t i = 0; i < results.size(); ++i)
    if (int input = plan->deliveries[i].input; results[i] && input >= 0) {
      size_t bytes = layout.sampleBytes(size_t(input));
      std::memcpy(static_cast<char *>(results[i]) + size_t(done) * bytes,
                  buffer + layout.offsetOf(size_t(input)),
                  size_t(count) * bytes);
    }
}

/// The results of the last chunk, which go after `done` others.
Status DeviceIntegerExecutor::deliver(const std::vector<void *> &results,
                                      int64_t done, int64_t count) {
  for (size_t i = 0; i < results.size(); ++i) {
    const Delivery &delivery = plan->deliveries[i];
    if (!results[i] || delivery.input >= 0)
      continue;
    int root = plan->tensors[delivery.tensor].root;
    size_t place =
        delivery.isConverted ? plan->tensors.size() + i : size_t(root);
    size_t bytes = resultBytes(i);
    if (Status status = device.download(
            static_cast<char *>(results[i]) + size_t(done) * bytes,
            arena->at(memory.offsets[place]), size_t(count) * bytes);
        !status)
      return status;
  }
  return {};
}

Status DeviceIntegerExecutor::run(const SampleSet &samples, int64_t first,
                                  int64_t count,
                                  const std::vector<void *> &results) {
  if (Status status = checkSampleSet(samples, program); !status)
    return status;
  if (results.size() != options.keep.size())
    return Error{"there are places for " + std::to_string(results.size()) +
                 " results, " + std::to_string(options.keep.size()) +
                 " are kept"};
  if (first < 0 || count < 0 || first > samples.size() - count)
    return Error{"cannot run samples " + std::to_string(first) + " to " +
                 std::to_string(first + count - 1) + " of " +
                 std::to_string(samples.size())};
  int64_t running = 0, done = 0;
  int buffer = 0;
  for (int64_t next = 0; next < count; next += chunkSamples) {
    int64_t here = std::min(chunkSamples, count - next);
    // Still held if samples could not be read the last time.
    if (!held[buffer]) {
      Result<char *> host = device.acquire(buffer);
      if (!host)
        return host.takeError();
      held[buffer] = *host;
    }
    if (Status status = fillBuffer(held[buffer], samples, first + next, here);
        !status)
      return status;
    deliverInputs(results, next, held[buffer], here);
    held[buffer] = nullptr;
    if (Status status = device.send(buffer, layout.bytesOf(here)); !status)
      return status;
    // The one before may have gone on until now.
    if (Status status = deliver(results, done, running); !status)
      return status;
    done += running;
    running = here;
    if (Status status = device.start(buffer, *recordings[buffer]); !status)
      return status;
    buffer = (buffer + 1) % Device::numBuffers;
  }
  return deliver(results, done, running);
}

Result<std::unique_ptr<IntegerExecutor>>
createIntegerExecutor(std::unique_ptr<DeviceGroup> devices,
                      const Program &program, IntegerExecutorOptions options) {
  if (!devices || devices->devices.empty())
    return Error{"there is no device to run program '" + program.name + "' on"};
  auto plan = IntegerPlan::create(program, options.keep, options.fuse);
  if (!plan)
    return plan.takeError();
  auto executor = std::make_unique<DeviceIntegerExecutor>(
      std::move(devices), std::move(*plan), std::move(options));
  if (Status status = executor->prepare(); !status)
    return status.takeError();
  return std::unique_ptr<IntegerExecutor>(std::move(executor));
}

} // namespace gpu
} // namespace qml
