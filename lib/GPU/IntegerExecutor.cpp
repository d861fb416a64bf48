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

#include "qml/Program/ValueRanges.h"

#include <algorithm>
#include <cstring>

namespace qml {
namespace gpu {

namespace {

/// Elements of the largest tensor of a chunk, which fill any device.
constexpr int64_t usefulElements = int64_t(1) << 26;
constexpr int64_t mostSamples = 1024;
/// Most bytes of results that wait on the host, in each of two buffers.
constexpr size_t mostResultBytes = size_t(256) << 20;

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
  int64_t usefulChunk() const;
  Status prepareChunks();
  Status runChunks(const SampleSet &samples, int64_t first, int64_t count,
                   const std::vector<void *> &results);
  Status fillBuffer(char *to, const SampleSet &samples, int64_t first,
                    int64_t count) const;
  /// Enqueues that the results of `count` samples go to a result buffer.
  Status fetch(const std::vector<void *> &results, int buffer, int64_t count);
  Status deliver(const std::vector<void *> &results, int buffer, int64_t done,
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
  IntegerConstants constants;
  MemoryPlan memory;
  MemoryPtr arena;
  IntegerJobs jobs;
  std::unique_ptr<Recording> recordings[Device::numBuffers];
  /// Where the host may fill buffers that it has acquired.
  char *held[Device::numBuffers] = {};
};

} // namespace

/// A matter of the program alone.
int64_t DeviceIntegerExecutor::usefulChunk() const {
  int64_t largest = plan->largest();
  int64_t samples =
      options.chunk > 0
          ? options.chunk
          : std::clamp<int64_t>(usefulElements / largest, 1, mostSamples);
  size_t bytes = 1;
  for (size_t i = 0; i < options.keep.size(); ++i)
    bytes += resultBytes(i);
  samples = std::min(samples, int64_t(mostResultBytes / bytes));
  // A kernel counts in 32 bits, up to a block after the last element.
  samples = std::min(samples, (INT32_MAX - 4096) / largest);
  return std::max<int64_t>(samples, 1);
}

/// Half as many samples, and half of that, where memory is short. What has a
/// fixed size comes first.
Status DeviceIntegerExecutor::prepare() {
  Result<IntegerConstants> made = makeIntegerConstants(*plan, device);
  if (!made)
    return made.takeError();
  constants = std::move(*made);
  for (chunkSamples = usefulChunk();; chunkSamples /= 2) {
    Status status = prepareChunks();
    if (!status && status.kind() != ErrorKind::OutOfMemory)
      return status;
    if (status)
      break;
    if (chunkSamples == 1)
      return Error{"program '" + program.name +
                       "' does not fit into the device's memory with a single "
                       "sample: " +
                       status.message(),
                   ErrorKind::OutOfMemory};
  }
  // The products have become constants.
  for (Chain &chain : plan->chains)
    chain.product.reset();
  return {};
}

Status DeviceIntegerExecutor::prepareChunks() {
  // The memory of an attempt with more samples.
  for (std::unique_ptr<Recording> &recording : recordings)
    recording.reset();
  jobs = IntegerJobs();
  arena.reset();
  layout = SampleLayout(program, chunkSamples);
  size_t limit = options.memoryLimit ? options.memoryLimit : SIZE_MAX;
  size_t buffers = Device::numBuffers * layout.bytes();
  Result<MemoryPlan> planned =
      plan->planMemory(chunkSamples, limit > buffers ? limit - buffers : 0);
  if (!planned || buffers > limit)
    return Error{"it needs more than the " + std::to_string(limit >> 10) +
                     " KiB that it may use",
                 ErrorKind::OutOfMemory};
  memory = std::move(*planned);
  if (Status status = device.makeBuffers(layout.bytes()); !status)
    return status;
  size_t results = 0;
  for (size_t i = 0; i < options.keep.size(); ++i)
    results += resultBytes(i) * size_t(chunkSamples);
  if (Status status = device.makeResults(results); !status)
    return status;
  Result<MemoryPtr> allocated = device.allocate(memory.size);
  if (!allocated)
    return allocated.takeError();
  arena = std::move(*allocated);
  Result<IntegerJobs> made = makeIntegerJobs(
      *plan, device, constants, chunkSamples, memory, arena->at(0));
  if (!made)
    return made.takeError();
  jobs = std::move(*made);
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
      return outsideInput(program.inputs[i], input.range);
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

Status DeviceIntegerExecutor::fetch(const std::vector<void *> &results,
                                    int buffer, int64_t count) {
  size_t offset = 0;
  for (size_t i = 0; i < results.size(); ++i) {
    const Delivery &delivery = plan->deliveries[i];
    if (!results[i] || delivery.input >= 0)
      continue;
    int root = plan->tensors[delivery.tensor].root;
    size_t place =
        delivery.isConverted ? plan->tensors.size() + i : size_t(root);
    size_t bytes = size_t(count) * resultBytes(i);
    if (Status status = device.fetch(buffer, offset,
                                     arena->at(memory.offsets[place]), bytes);
        !status)
      return status;
    offset += bytes;
  }
  return {};
}

/// What was fetched, which goes after the results of `done` samples.
Status DeviceIntegerExecutor::deliver(const std::vector<void *> &results,
                                      int buffer, int64_t done, int64_t count) {
  Result<const char *> fetched = device.fetched(buffer);
  if (!fetched)
    return fetched.takeError();
  size_t offset = 0;
  for (size_t i = 0; i < results.size(); ++i) {
    if (!results[i] || plan->deliveries[i].input >= 0)
      continue;
    size_t bytes = size_t(count) * resultBytes(i);
    std::memcpy(static_cast<char *>(results[i]) + size_t(done) * resultBytes(i),
                *fetched + offset, bytes);
    offset += bytes;
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
  Status status = runChunks(samples, first, count, results);
  // Also after an error nothing may be left that writes into buffers.
  if (Status waited = device.wait(); status && !waited)
    return waited;
  return status;
}

Status DeviceIntegerExecutor::runChunks(const SampleSet &samples, int64_t first,
                                        int64_t count,
                                        const std::vector<void *> &results) {
  int64_t running = 0, done = 0;
  int buffer = 0, other = 0;
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
    if (Status status = device.start(buffer, *recordings[buffer]); !status)
      return status;
    if (Status status = fetch(results, buffer, here); !status)
      return status;
    // The device goes on while the host takes what came before.
    if (running)
      if (Status status = deliver(results, other, done, running); !status)
        return status;
    done += running;
    running = here;
    other = buffer;
    buffer = (buffer + 1) % Device::numBuffers;
  }
  return running ? deliver(results, other, done, running) : Status();
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
