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

/// Most bytes of results that wait on the host, in each of two buffers.
constexpr size_t mostResultBytes = size_t(256) << 20;

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
  /// The same for `run`.
  ChunkShape shapeForRun(int64_t count) const;
  size_t resultBytes() const;
  Piece pieceOf(const Batching &batches, BatchSpan span, int64_t index) const;

  Status makePlan(Worker &worker, ChunkShape chunk, Watch watch,
                  const HistogramMemory &histograms = {});
  Status makePlans(ChunkShape chunk, Watch watch);
  /// After an error nobody may see what was left half done.
  void dropPlans();
  Status makeStates(Worker &worker, int64_t batches);
  Status fill(Worker &worker, const SampleSet &samples, const Piece &piece);
  Status send(Worker &worker, int64_t count);
  Status start(Worker &worker);
  SampleLayout layoutOf(const Worker &worker) const {
    return FloatPlan::layoutOf(network, worker.plan->chunk());
  }
  Status waitForAll();
  Status runChunks(const SampleSet &samples, int64_t first, int64_t count,
                   const std::vector<float *> &results);
  Status deliver(Worker &worker, int buffer, const Piece &piece, int64_t done,
                 const std::vector<float *> &results);
  Status profileSteps(const SampleSet &samples, const Batching &batches,
                      const std::function<void(const std::string &step,
                                               double seconds)> &report);
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
  /// Whether ranges were started, and the states of `heldSpan` are there.
  bool isStarted = false, isHolding = false;
  /// Samples of a chunk that did not fit into memory, 0 if all did.
  int64_t refusedChunk = 0;
  /// Most samples of a chunk of `run`.
  int64_t runLimit = INT64_MAX;
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
  if (watch == Watch::Nothing)
    if (Status status =
            device.makeResults(size_t(chunk.samples()) * resultBytes());
        !status)
      return status;
  FloatPlanOptions options;
  options.chunk = chunk;
  options.watch = watch;
  if (watch == Watch::Nothing)
    options.keep = settings.keep;
  options.tf32 = settings.tf32;
  options.histograms = histograms;
  auto plan = FloatPlan::create(device, network, observers, options);
  if (!plan)
    return plan.takeError();
  worker.plan = std::move(*plan);
  worker.watch = watch;
  worker.nextBuffer = 0;
  return {};
}

Status Executor::makePlans(ChunkShape chunk, Watch watch) {
  for (Worker &worker : workers)
    if (Status status = makePlan(worker, chunk, watch); !status) {
      dropPlans();
      return status;
    }
  return {};
}

void Executor::dropPlans() {
  for (Worker &worker : workers) {
    worker.commit.reset();
    worker.plan.reset();
  }
}

size_t Executor::resultBytes() const {
  size_t bytes = 0;
  for (int tensor : settings.keep)
    bytes += size_t(numElements(network.tensors[size_t(tensor)].shape)) *
             sizeof(float);
  return bytes;
}

/// Finds out how many samples go through the network together. That is a matter
/// of the network and its batches alone, since it decides what libraries choose
/// and so the last bits; only if the device has not enough memory it is half as
/// many, and half of that.
Status Executor::prepare() {
  int64_t largest = 1;
  for (const Tensor &tensor : network.tensors)
    largest = std::max(largest, numElements(tensor.shape));
  settings.chunk =
      std::min(settings.chunk, std::max<int64_t>(INT32_MAX / largest, 1));
  for (;;) {
    const std::optional<Batching> &batches = settings.batches;
    ChunkShape shape = {1, int32_t(settings.chunk)};
    if (!settings.observe)
      shape = shapeForRun(batches ? batches->samples : settings.chunk);
    else if (batches)
      shape = shapeFor(*batches);
    Status status =
        makePlans(shape, settings.observe ? Watch::Ranges : Watch::Nothing);
    if (status || status.kind() != ErrorKind::OutOfMemory)
      return status;
    if (shape.samples() == 1)
      return Error{"a single sample is too large for the GPU: " +
                       status.message(),
                   ErrorKind::OutOfMemory};
    if (!refusedChunk)
      refusedChunk = shape.samples();
    settings.chunk = shape.samples() / 2;
  }
}

ChunkShape Executor::shapeForRun(int64_t count) const {
  int64_t fitting =
      int64_t(mostResultBytes / std::max<size_t>(resultBytes(), 1));
  ChunkShape shape;
  shape.segmentSamples = int32_t(std::max<int64_t>(
      std::min({settings.chunk, count, fitting, runLimit}), 1));
  return shape;
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
  Status result;
  for (Worker &worker : workers)
    if (Status status = worker.device.wait(); result && !status)
      result = std::move(status);
  return result;
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
  if (!status) {
    // Keys of a chunk that did not come to the states of its batches.
    dropPlans();
    return status.takeError();
  }
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
  isHolding = false;
  if (Status status = makePlans(shapeFor(batches), Watch::Ranges); !status)
    return status.takeError();
  std::vector<int32_t *> keys;
  for (Worker &worker : workers) {
    if (Status status = makeStates(worker, span.count); !status) {
      dropPlans();
      return status.takeError();
    }
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
  }
  isHolding = true;
  return done;
}

static Error noStates() {
  return Error{"there are no states: nothing was observed, or that has failed"};
}

Result<std::vector<int32_t>> Executor::states() {
  if (!isHolding)
    return noStates();
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
  if (!isHolding)
    return noStates();
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
  isStarted = false;
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
  if (Status status = make(failure, &none, sizeof none); !status)
    return status;
  isStarted = true;
  return {};
}

Status Executor::moveRanges(const Batching &batches) {
  if (!isStarted)
    return Error{"ranges are to be moved before they were started"};
  if (!isHolding)
    return noStates();
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
  Status status = workers[0].device.makeLaunch(SmallKernels(move))->enqueue();
  // A step is missing that none after it makes good.
  isStarted = bool(status);
  return status;
}

Result<Ranges> Executor::ranges() {
  if (!isStarted)
    return Error{"ranges are asked for before they were started, or after that "
                 "has failed"};
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
    auto make = [&](MemoryPtr &to, const void *from, size_t bytes) {
      Status status = keep(device, to, from, bytes);
      if (!status)
        dropPlans();
      return status;
    };
    if (Status status = make(memory[i].lower, scales.lower.data(), bytes);
        !status)
      return status.takeError();
    if (Status status = make(memory[i].scale, scales.scale.data(), bytes);
        !status)
      return status.takeError();
    // Memory comes as zeros.
    if (Status status =
            make(memory[i].counts, nullptr, counts.size() * sizeof(uint64_t));
        !status)
      return status.takeError();
    HistogramMemory bins = {memory[i].lower->as<float>(),
                            memory[i].scale->as<float>(),
                            memory[i].counts->as<uint64_t>()};
    all.push_back(bins.counts);
    if (Status status =
            makePlan(workers[i], shapeFor(batches), Watch::Histograms, bins);
        !status) {
      dropPlans();
      return status.takeError();
    }
  }
  auto done = drive(samples, batches, span, pieces, progress);
  // The plans count into memory that goes away.
  dropPlans();
  if (!done)
    return done;
  if (workers.size() > 1)
    if (Status status = group->sum(all, int64_t(counts.size())); !status)
      return status.takeError();
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
  text += ", chunks of " + std::to_string(settings.chunk);
  if (refusedChunk)
    text += " (memory is short for " + std::to_string(refusedChunk) + ")";
  return text;
}

Status Executor::run(const SampleSet &samples, int64_t first, int64_t count,
                     const std::vector<float *> &results) {
  if (Status status = checkResults(results); !status)
    return status;
  if (Status status = checkSamples(samples, first, count); !status)
    return status;
  if (count == 0)
    return {};
  for (;;) {
    ChunkShape shape = shapeForRun(count);
    Status status = makePlans(shape, Watch::Nothing);
    if (status)
      break;
    if (status.kind() != ErrorKind::OutOfMemory || shape.samples() == 1)
      return status;
    runLimit = shape.samples() / 2;
  }
  Status status = runChunks(samples, first, count, results);
  if (Status waited = waitForAll(); status && !waited)
    return waited;
  return status;
}

/// Results of a chunk, which go after those of `done` samples.
Status Executor::deliver(Worker &worker, int buffer, const Piece &piece,
                         int64_t done, const std::vector<float *> &results) {
  auto fetched = worker.device.fetched(buffer);
  if (!fetched)
    return fetched.takeError();
  size_t offset = 0;
  for (size_t i = 0; i < results.size(); ++i) {
    int64_t elements =
        numElements(network.tensors[size_t(settings.keep[i])].shape);
    size_t bytes = size_t(piece.count * elements) * sizeof(float);
    if (bytes)
      std::memcpy(results[i] + done * elements, *fetched + offset, bytes);
    offset += bytes;
  }
  return {};
}

/// Each device computes a chunk, and copies its results, while the host reads
/// the one after it and takes the results of the one before it.
Status Executor::runChunks(const SampleSet &samples, int64_t first,
                           int64_t count, const std::vector<float *> &results) {
  int64_t size = workers[0].plan->chunk().samples();
  int64_t chunks = (count + size - 1) / size;
  int64_t devices = int64_t(workers.size());
  auto pieceAt = [&](int64_t chunk) {
    Piece piece;
    piece.first = first + chunk * size;
    piece.count = std::min(size, count - chunk * size);
    return piece;
  };
  auto fetch = [&](Worker &worker, int buffer, const Piece &piece) -> Status {
    size_t offset = 0;
    for (size_t i = 0; i < results.size(); ++i) {
      int64_t elements =
          numElements(network.tensors[size_t(settings.keep[i])].shape);
      size_t bytes = size_t(piece.count * elements) * sizeof(float);
      if (Status status =
              worker.device.fetch(buffer, offset, worker.plan->kept(i), bytes);
          !status)
        return status;
      offset += bytes;
    }
    return {};
  };
  for (int64_t chunk = 0; chunk < chunks + devices; ++chunk) {
    Worker &worker = workers[size_t(chunk % devices)];
    int buffer = worker.nextBuffer;
    if (chunk < chunks) {
      Piece piece = pieceAt(chunk);
      if (Status status = fill(worker, samples, piece); !status)
        return status;
      if (Status status = send(worker, piece.count); !status)
        return status;
      if (Status status = start(worker); !status)
        return status;
      if (Status status = fetch(worker, buffer, piece); !status)
        return status;
    }
    int64_t before = chunk - devices;
    if (before >= 0) {
      int other = (buffer + Device::numBuffers - 1) % Device::numBuffers;
      if (Status status =
              deliver(worker, other, pieceAt(before), before * size, results);
          !status)
        return status;
    }
  }
  return {};
}

Status Executor::profile(const SampleSet &samples, const Batching &batches,
                         const std::function<void(const std::string &step,
                                                  double seconds)> &report) {
  Status status = profileSteps(samples, batches, report);
  if (Status waited = waitForAll(); status && !waited)
    status = std::move(waited);
  // What jobs that were repeated have left is nobody's to see.
  dropPlans();
  return status;
}

Status Executor::profileSteps(
    const SampleSet &samples, const Batching &batches,
    const std::function<void(const std::string &step, double seconds)>
        &report) {
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
  return worker.device.measure(worker.plan->jobs(buffer), report);
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
  if (!program.states.empty())
    return Error{"the network has a memory, so that its samples run one after "
                 "the other, which is not done on GPUs; use the CPU"};
  if (options.batches &&
      (options.batches->batchSize < 1 || options.batches->samples < 1))
    options.batches.reset();
  auto executor =
      std::make_unique<Executor>(std::move(group), program, std::move(options));
  if (Status status = executor->prepare(); !status)
    return status.takeError();
  return std::unique_ptr<FloatExecutor>(std::move(executor));
}

} // namespace gpu
} // namespace qml
