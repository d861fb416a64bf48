//===- FloatExecutor.cpp - Float networks on GPUs -------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Cuts samples into chunks and deals them out to devices. The host reads the
// next chunk while the devices compute; states and ranges stay there until the
// end.
//
//===----------------------------------------------------------------------===//

#include "FloatExecutor.h"
#include "FloatPlan.h"

#include "qml/Program/Verify.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace qml {
namespace gpu {

namespace {

/// One device with what it needs for the network.
struct Worker {
  explicit Worker(Device &device) : device(device) {}

  Device &device;
  std::unique_ptr<FloatPlan> plan;
  /// What the plan was made for.
  Watch watch = Watch::Nothing;
  /// Of the batches of the span.
  MemoryPtr states;
  size_t stateBytes = 0;
  /// Of the chunk, into the states of the span.
  JobPtr commit;
  int nextBuffer = 0;
};

/// Samples that go through the network together.
struct Piece {
  int64_t first = 0;
  int64_t count = 0;
  int64_t firstBatch = 0; ///< in the span
};

class Executor final : public FloatExecutor {
public:
  Executor(std::unique_ptr<DeviceGroup> devices, const Program &program,
           FloatExecutorOptions options)
      : FloatExecutor(program, std::move(options)), group(std::move(devices)) {
    for (const auto &device : group->devices)
      workers.emplace_back(*device);
  }

  Status prepare();

  std::string arithmetic() const override;
  Status run(const SampleSet &samples, int64_t first, int64_t count,
             const std::vector<float *> &results) override;

  int64_t numPieces(const Batching &batches, BatchSpan span) const override;
  int64_t spanGranularity(const Batching &batches) const override;
  Result<int64_t> observe(const SampleSet &samples, const Batching &batches,
                          BatchSpan span, PieceSpan pieces,
                          const Progress &progress) override;
  Result<std::vector<int32_t>> states() override;
  Status setStates(std::vector<int32_t> states) override;
  Status startRanges(double momentum) override;
  Status moveRanges(const Batching &batches) override;
  Result<Ranges> ranges() override;
  Result<int64_t> count(const SampleSet &samples, const Batching &batches,
                        BatchSpan span, PieceSpan pieces,
                        const BinScales &scales, std::vector<uint64_t> &counts,
                        const Progress &progress) override;
  Status profile(const SampleSet &samples, const Batching &batches,
                 const std::function<void(const std::string &step,
                                          double seconds)> &report) override;

private:
  ChunkShape shapeFor(const Batching &batches) const;
  Piece pieceOf(const Batching &batches, BatchSpan span, int64_t index) const;

  Status makePlan(Worker &worker, ChunkShape chunk, Watch watch,
                  const HistogramMemory &histograms = {});
  Status makeStates(Worker &worker, int64_t batches);
  Status fill(Worker &worker, const SampleSet &samples, const Piece &piece);
  Status send(Worker &worker, int64_t count);
  Status start(Worker &worker);
  SampleLayout layoutOf(const Worker &worker) const {
    return FloatPlan::layoutOf(network, worker.plan->chunk());
  }
  Status waitForAll();
  /// Takes pieces through the network; a worker's `commit`, if it has one, is
  /// enqueued after each.
  Result<int64_t> drive(const SampleSet &samples, const Batching &batches,
                        BatchSpan span, PieceSpan pieces,
                        const Progress &progress);

  std::unique_ptr<DeviceGroup> group;
  std::vector<Worker> workers;
  /// Of the ranges and what moves them, on the first device.
  MemoryPtr entries, rangeMemory, failure;
  float rate = 0;
  /// Name the batch at which a range failed.
  Batching heldBatches;
};

} // namespace

//===----------------------------------------------------------------------===//
// Plans
//===----------------------------------------------------------------------===//

Status Executor::makePlan(Worker &worker, ChunkShape chunk, Watch watch,
                          const HistogramMemory &histograms) {
  if (worker.plan && worker.plan->chunk() == chunk && worker.watch == watch &&
      watch != Watch::Histograms)
    return {};
  // Its memory first: there may not be enough for two.
  worker.commit.reset();
  worker.plan.reset();
  Device &device = worker.device;
  if (Status status =
          device.makeBuffers(FloatPlan::layoutOf(network, chunk).bytes());
      !status)
    return status;
  FloatPlanOptions options;
  options.chunk = chunk;
  options.watch = watch;
  if (watch == Watch::Nothing)
    options.keep = settings.keep;
  options.tf32 = settings.tf32;
  options.memoryLimit = device.freeMemory();
  options.histograms = histograms;
  auto plan = FloatPlan::create(device, network, observers, options);
  if (!plan)
    return plan.takeError();
  worker.plan = std::move(*plan);
  worker.watch = watch;
  worker.nextBuffer = 0;
  return {};
}

/// Finds out how many samples go through the network together: fewer than asked
/// for if memory, or 32 bits for a cell of all images, do not suffice.
Status Executor::prepare() {
  int64_t largest = 1;
  for (const Tensor &tensor : network.tensors)
    largest = std::max(largest, numElements(tensor.shape));
  settings.chunk =
      std::min(settings.chunk, std::max<int64_t>(INT32_MAX / largest, 1));
  Watch watch = settings.observe ? Watch::Ranges : Watch::Nothing;
  for (Worker &worker : workers)
    for (;;) {
      Status status = makePlan(worker, {1, int32_t(settings.chunk)}, watch);
      if (status)
        break;
      if (settings.chunk == 1)
        return status;
      settings.chunk /= 2;
    }
  return {};
}

ChunkShape Executor::shapeFor(const Batching &batches) const {
  int64_t size =
      std::max<int64_t>(std::min(batches.batchSize, batches.samples), 1);
  ChunkShape shape;
  if (size >= settings.chunk) {
    int64_t parts = (size + settings.chunk - 1) / settings.chunk;
    shape.segmentSamples = int32_t((size + parts - 1) / parts);
    return shape;
  }
  shape.segmentSamples = int32_t(size);
  shape.segments = int32_t(std::min(settings.chunk / size, batches.steps));
  return shape;
}

int64_t Executor::spanGranularity(const Batching &batches) const {
  return shapeFor(batches).segments;
}

int64_t Executor::numPieces(const Batching &batches, BatchSpan span) const {
  ChunkShape shape = shapeFor(batches);
  if (shape.segments > 1)
    return (span.count + shape.segments - 1) / shape.segments;
  auto partsOf = [&](int64_t batch) {
    return (batches.sizeOf(batch) + shape.segmentSamples - 1) /
           shape.segmentSamples;
  };
  // Only the last batch may be smaller than others.
  return span.count == 0 ? 0
                         : (span.count - 1) * partsOf(span.first) +
                               partsOf(span.first + span.count - 1);
}

Piece Executor::pieceOf(const Batching &batches, BatchSpan span,
                        int64_t index) const {
  ChunkShape shape = shapeFor(batches);
  Piece piece;
  if (shape.segments > 1) {
    piece.firstBatch = index * shape.segments;
    int64_t first = span.first + piece.firstBatch;
    int64_t last = std::min(first + shape.segments, span.first + span.count);
    piece.first = batches.firstOf(first);
    piece.count =
        std::min(batches.firstOf(last), batches.samples) - piece.first;
    return piece;
  }
  int64_t parts = (batches.sizeOf(span.first) + shape.segmentSamples - 1) /
                  shape.segmentSamples;
  piece.firstBatch = index / parts;
  int64_t batch = span.first + piece.firstBatch;
  int64_t offset = index % parts * shape.segmentSamples;
  piece.first = batches.firstOf(batch) + offset;
  piece.count =
      std::min<int64_t>(shape.segmentSamples, batches.sizeOf(batch) - offset);
  return piece;
}

//===----------------------------------------------------------------------===//
// Streaming
//===----------------------------------------------------------------------===//

Status Executor::fill(Worker &worker, const SampleSet &samples,
                      const Piece &piece) {
  auto buffer = worker.device.acquire(worker.nextBuffer);
  if (!buffer)
    return buffer.takeError();
  ChunkInfo info = {int32_t(piece.count), int32_t(piece.firstBatch)};
  return layoutOf(worker).fill(*buffer, info, samples, piece.first);
}

Status Executor::send(Worker &worker, int64_t count) {
  return worker.device.send(worker.nextBuffer, layoutOf(worker).bytesOf(count));
}

Status Executor::start(Worker &worker) {
  int buffer = worker.nextBuffer;
  worker.nextBuffer = (buffer + 1) % Device::numBuffers;
  return worker.device.start(buffer, worker.plan->recording(buffer));
}

Status Executor::waitForAll() {
  for (Worker &worker : workers)
    if (Status status = worker.device.wait(); !status)
      return status;
  return {};
}

Result<int64_t> Executor::drive(const SampleSet &samples,
                                const Batching &batches, BatchSpan span,
                                PieceSpan pieces, const Progress &progress) {
  int64_t done = 0;
  auto dealOut = [&]() -> Status {
    for (int64_t i = 0; i < pieces.count; ++i) {
      Worker &worker = workers[size_t(i) % workers.size()];
      Piece piece = pieceOf(batches, span, pieces.first + i);
      if (Status status = fill(worker, samples, piece); !status)
        return status;
      if (Status status = send(worker, piece.count); !status)
        return status;
      if (Status status = start(worker); !status)
        return status;
      if (worker.commit)
        if (Status status = worker.commit->enqueue(); !status)
          return status;
      done += piece.count;
      if (progress)
        progress(done);
    }
    return {};
  };
  Status status = dealOut();
  // Also after an error nothing may be left that uses this run's memory.
  if (Status waited = waitForAll(); status && !waited)
    status = std::move(waited);
  if (!status)
    return status.takeError();
  return done;
}

//===----------------------------------------------------------------------===//
// Observing
//===----------------------------------------------------------------------===//

Status Executor::makeStates(Worker &worker, int64_t batches) {
  size_t bytes = size_t(batches) * observers.size() * sizeof(int32_t);
  Device &device = worker.device;
  if (bytes > worker.stateBytes || !worker.states) {
    worker.states.reset();
    auto memory = device.allocate(bytes);
    if (!memory)
      return memory.takeError();
    worker.states = std::move(*memory);
    worker.stateBytes = bytes;
  }
  if (observers.size() == 0)
    return {};
  ClearKeys clear;
  clear.keys = worker.states->as<int32_t>();
  clear.count = batches * int64_t(observers.size());
  CommitKeys commit;
  commit.info = worker.plan->info();
  commit.chunk = worker.plan->states();
  commit.states = clear.keys;
  commit.size = int64_t(observers.size());
  commit.segments = worker.plan->chunk().segments;
  commit.segmentSamples = worker.plan->chunk().segmentSamples;
  worker.commit = device.makeLaunch(SmallKernels(commit));
  return device.makeLaunch(SmallKernels(clear))->enqueue();
}

Result<int64_t> Executor::observe(const SampleSet &samples,
                                  const Batching &batches, BatchSpan span,
                                  PieceSpan pieces, const Progress &progress) {
  if (!settings.observe)
    return Error{"this executor was made without observers"};
  if (Status status = checkSamples(samples, 0, batches.samples); !status)
    return status.takeError();
  heldSpan = span;
  std::vector<int32_t *> keys;
  for (Worker &worker : workers) {
    if (Status status = makePlan(worker, shapeFor(batches), Watch::Ranges);
        !status)
      return status.takeError();
    if (Status status = makeStates(worker, span.count); !status)
      return status.takeError();
    keys.push_back(worker.states->as<int32_t>());
  }
  auto done = drive(samples, batches, span, pieces, progress);
  for (Worker &worker : workers)
    worker.commit.reset();
  if (!done)
    return done;
  if (workers.size() > 1) {
    int64_t count = span.count * int64_t(observers.size());
    if (Status status = group->maximum(keys, count); !status)
      return status.takeError();
    if (Status status = waitForAll(); !status)
      return status.takeError();
  }
  return done;
}

Result<std::vector<int32_t>> Executor::states() {
  std::vector<int32_t> result(size_t(heldSpan.count) * observers.size());
  if (result.empty())
    return result;
  if (Status status = workers[0].device.download(
          result.data(), workers[0].states->as<int32_t>(),
          result.size() * sizeof(int32_t));
      !status)
    return status.takeError();
  return result;
}

Status Executor::setStates(std::vector<int32_t> states) {
  if (states.size() != size_t(heldSpan.count) * observers.size())
    return Error{"there are " + std::to_string(states.size()) +
                 " keys for the states of " + std::to_string(heldSpan.count) +
                 " batches"};
  if (states.empty())
    return {};
  return workers[0].device.upload(workers[0].states->as<int32_t>(),
                                  states.data(),
                                  states.size() * sizeof(int32_t));
}

/// Makes memory, unless there is some, and puts bytes there; without `from` new
/// memory is zero.
static Status keep(Device &device, MemoryPtr &memory, const void *from,
                   size_t bytes) {
  if (!memory) {
    auto made = device.allocate(bytes);
    if (!made)
      return made.takeError();
    memory = std::move(*made);
  }
  return from && bytes ? device.upload(memory->as<char>(), from, bytes)
                       : Status();
}

Status Executor::startRanges(double momentum) {
  rate = float(1 - momentum);
  Device &device = workers[0].device;
  std::vector<StateEntry> list;
  for (const ObserverLayout::Entry &entry : observers.entries())
    list.push_back({int64_t(entry.offset), int32_t(entry.count), entry.minMax});
  std::vector<float> fresh(observers.size(), freshRange);
  uint64_t none = UINT64_MAX;
  auto make = [&](MemoryPtr &memory, const void *from, size_t bytes) {
    return keep(device, memory, from, bytes);
  };
  if (Status status =
          make(entries, list.data(), list.size() * sizeof(StateEntry));
      !status)
    return status;
  if (Status status =
          make(rangeMemory, fresh.data(), fresh.size() * sizeof(float));
      !status)
    return status;
  return make(failure, &none, sizeof none);
}

Status Executor::moveRanges(const Batching &batches) {
  heldBatches = batches;
  if (observers.size() == 0)
    return {};
  MoveRanges move;
  move.entries = entries->as<StateEntry>();
  move.numEntries = int32_t(observers.entries().size());
  move.states = workers[0].states->as<int32_t>();
  move.size = int64_t(observers.size());
  move.batches = int32_t(heldSpan.count);
  move.firstBatch = heldSpan.first;
  move.rate = rate;
  move.ranges = rangeMemory->as<float>();
  move.failure = failure->as<uint64_t>();
  return workers[0].device.makeLaunch(SmallKernels(move))->enqueue();
}

Result<Ranges> Executor::ranges() {
  Ranges result;
  if (observers.size() == 0)
    return result;
  Device &device = workers[0].device;
  uint64_t failed = 0;
  std::vector<float> values(observers.size());
  if (Status status =
          device.download(&failed, failure->as<uint64_t>(), sizeof failed);
      !status)
    return status.takeError();
  if (failed != UINT64_MAX) {
    uint64_t key = failed / 2;
    return describeNonFinite(
        observers, size_t(key % observers.size()), failed % 2,
        heldBatches.nameOf(int64_t(key / observers.size())));
  }
  if (Status status = device.download(values.data(), rangeMemory->as<float>(),
                                      values.size() * sizeof(float));
      !status)
    return status.takeError();
  for (const ObserverLayout::Entry &entry : observers.entries()) {
    Range range;
    range.perAxis = entry.perAxis;
    auto begin = values.begin() + int64_t(entry.offset);
    auto middle = begin + int64_t(entry.count);
    range.max.assign(begin, middle);
    if (entry.minMax)
      range.min.assign(middle, middle + int64_t(entry.count));
    result[entry.layer] = std::move(range);
  }
  return result;
}

//===----------------------------------------------------------------------===//
// Histograms
//===----------------------------------------------------------------------===//

Result<int64_t> Executor::count(const SampleSet &samples,
                                const Batching &batches, BatchSpan span,
                                PieceSpan pieces, const BinScales &scales,
                                std::vector<uint64_t> &counts,
                                const Progress &progress) {
  size_t histograms = observers.numHistograms();
  if (scales.lower.size() != histograms || scales.scale.size() != histograms ||
      counts.size() != histograms * histogramBins)
    return Error{"there are scales for " + std::to_string(scales.lower.size()) +
                 " histograms, the network has " + std::to_string(histograms)};
  if (Status status = checkSamples(samples, 0, batches.samples); !status)
    return status.takeError();
  struct Bins {
    MemoryPtr lower, scale, counts;
  };
  std::vector<Bins> memory(workers.size());
  std::vector<uint64_t *> all;
  for (size_t i = 0; i < workers.size(); ++i) {
    Device &device = workers[i].device;
    size_t bytes = histograms * sizeof(float);
    // Memory comes as zeros.
    for (Status status :
         {keep(device, memory[i].lower, scales.lower.data(), bytes),
          keep(device, memory[i].scale, scales.scale.data(), bytes),
          keep(device, memory[i].counts, nullptr,
               counts.size() * sizeof(uint64_t))})
      if (!status)
        return status.takeError();
    HistogramMemory bins = {memory[i].lower->as<float>(),
                            memory[i].scale->as<float>(),
                            memory[i].counts->as<uint64_t>()};
    all.push_back(bins.counts);
    if (Status status =
            makePlan(workers[i], shapeFor(batches), Watch::Histograms, bins);
        !status)
      return status.takeError();
  }
  auto done = drive(samples, batches, span, pieces, progress);
  // The plans count into memory that goes away.
  for (Worker &worker : workers)
    worker.plan.reset();
  if (!done)
    return done;
  if (workers.size() > 1) {
    // The other devices' memory goes away, too.
    Status status = group->sum(all, int64_t(counts.size()));
    if (Status waited = waitForAll(); status && !waited)
      status = std::move(waited);
    if (!status)
      return status.takeError();
  }
  std::vector<uint64_t> found(counts.size());
  if (Status status = workers[0].device.download(
          found.data(), all[0], found.size() * sizeof(uint64_t));
      !status)
    return status.takeError();
  for (size_t i = 0; i < counts.size(); ++i)
    counts[i] += found[i];
  return done;
}

//===----------------------------------------------------------------------===//
// Results
//===----------------------------------------------------------------------===//

std::string Executor::arithmetic() const {
  std::string text = workers[0].device.name();
  if (settings.tf32)
    text += ", TF32";
  return text + ", chunks of " + std::to_string(settings.chunk);
}

Status Executor::run(const SampleSet &samples, int64_t first, int64_t count,
                     const std::vector<float *> &results) {
  if (Status status = checkResults(results); !status)
    return status;
  if (Status status = checkSamples(samples, first, count); !status)
    return status;
  if (count == 0)
    return {};
  ChunkShape shape;
  shape.segmentSamples = int32_t(std::min(settings.chunk, count));
  for (Worker &worker : workers)
    if (Status status = makePlan(worker, shape, Watch::Nothing); !status)
      return status;

  int64_t size = shape.segmentSamples;
  int64_t chunks = (count + size - 1) / size;
  auto pieceAt = [&](int64_t chunk) {
    Piece piece;
    piece.first = first + chunk * size;
    piece.count = std::min(size, count - chunk * size);
    return piece;
  };
  auto deliver = [&](int64_t chunk) -> Status {
    Worker &worker = workers[size_t(chunk) % workers.size()];
    for (size_t i = 0; i < results.size(); ++i) {
      int64_t elements =
          numElements(network.tensors[size_t(settings.keep[i])].shape);
      if (Status status = worker.device.download(
              results[i] + chunk * size * elements, worker.plan->kept(i),
              size_t(pieceAt(chunk).count * elements) * sizeof(float));
          !status)
        return status;
    }
    return {};
  };
  // The next chunk is read and sent before the results of the one before it on
  // the same device are waited for.
  int64_t devices = int64_t(workers.size());
  auto runAll = [&]() -> Status {
    for (int64_t chunk = 0; chunk < chunks + devices; ++chunk) {
      Worker &worker = workers[size_t(chunk % devices)];
      if (chunk < chunks) {
        if (Status status = fill(worker, samples, pieceAt(chunk)); !status)
          return status;
        if (Status status = send(worker, pieceAt(chunk).count); !status)
          return status;
      }
      if (chunk >= devices)
        if (Status status = deliver(chunk - devices); !status)
          return status;
      if (chunk < chunks)
        if (Status status = start(worker); !status)
          return status;
    }
    return {};
  };
  Status status = runAll();
  if (Status waited = waitForAll(); status && !waited)
    return waited;
  return status;
}

Status Executor::profile(const SampleSet &samples, const Batching &batches,
                         const std::function<void(const std::string &step,
                                                  double seconds)> &report) {
  Worker &worker = workers[0];
  Watch watch = settings.observe ? Watch::Ranges : Watch::Nothing;
  if (Status status = makePlan(worker, shapeFor(batches), watch); !status)
    return status;
  BatchSpan span = {
      0, std::min<int64_t>(batches.steps, worker.plan->chunk().segments)};
  Piece piece = pieceOf(batches, span, 0);
  int buffer = worker.nextBuffer;
  if (Status status = fill(worker, samples, piece); !status)
    return status;
  if (Status status = send(worker, piece.count); !status)
    return status;
  // Once as always, which also warms up what measures itself.
  if (Status status = start(worker); !status)
    return status;
  Status status = worker.device.measure(worker.plan->jobs(buffer), report);
  // What jobs that were repeated have left is nobody's to see.
  worker.plan.reset();
  return status;
}

Result<std::unique_ptr<FloatExecutor>>
createExecutor(std::unique_ptr<DeviceGroup> group, const Program &program,
               FloatExecutorOptions options) {
  if (group->devices.empty())
    return Error{"there is no device to run on"};
  if (options.chunk < 1 || options.chunk > 4096)
    return Error{"the chunk has " + std::to_string(options.chunk) +
                 " samples, allowed are 1 to 4096"};
  if (Status status = checkFloatProgram(program, options); !status)
    return status.takeError();
  auto executor =
      std::make_unique<Executor>(std::move(group), program, std::move(options));
  if (Status status = executor->prepare(); !status)
    return status.takeError();
  return std::unique_ptr<FloatExecutor>(std::move(executor));
}

} // namespace gpu
} // namespace qml
