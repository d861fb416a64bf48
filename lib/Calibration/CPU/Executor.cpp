//===- Executor.cpp - Float networks on the CPU ---------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Cuts samples into micro-batches, hands them to threads, and puts together
// what these observe.
//
//===----------------------------------------------------------------------===//

#include "Plan.h"

#include "qml/Program/Verify.h"
#include "qml/Support/Threads.h"

#include <algorithm>
#include <atomic>
#include <dlfcn.h>
#include <mutex>
#include <numeric>
#include <system_error>
#include <thread>

namespace qml {
namespace cpu {
namespace {

/// While it lives, this thread's calls of oneDNN stay on this thread. The
/// OpenMP runtime that counts is the one that oneDNN brings along, which need
/// not be the compiler's: it is looked up among the loaded libraries.
class SingleThreaded {
public:
  SingleThreaded() {
    if (auto get = find<int (*)()>("omp_get_max_threads"))
      threads = get();
    set(1);
  }
  ~SingleThreaded() { set(threads); }
  SingleThreaded(const SingleThreaded &) = delete;
  SingleThreaded &operator=(const SingleThreaded &) = delete;

private:
  template <typename F>
  static F find(const char *name) {
    return reinterpret_cast<F>(dlsym(RTLD_DEFAULT, name));
  }
  static void set(int count) {
    if (auto function = find<void (*)(int)>("omp_set_num_threads"))
      function(count);
  }

  int threads = 1;
};

/// The first failure in the order of the samples, whoever hits it first.
class FirstError {
public:
  void set(int64_t index, Error found) {
    std::lock_guard<std::mutex> lock(mutex);
    if (index >= first)
      return;
    first = index;
    error = std::move(found);
  }
  int64_t index() const { return first; }
  Status take() {
    if (first == INT64_MAX)
      return {};
    return std::move(error);
  }

private:
  std::mutex mutex;
  std::atomic<int64_t> first{INT64_MAX};
  Error error;
};

class Executor final : public FloatExecutor {
public:
  Executor(const Program &program, FloatExecutorOptions options)
      : FloatExecutor(program, std::move(options)) {}

  Status prepare();
  std::string arithmetic() const override;
  int64_t numPieces(const Batching &batches, BatchSpan span) const override;
  int64_t spanGranularity(const Batching &batches) const override;
  Result<int64_t> observe(const SampleSet &samples, const Batching &batches,
                          BatchSpan span, PieceSpan pieces,
                          const Progress &progress) override;
  bool takesSteps() const override { return true; }
  Result<int64_t> count(const SampleSet &samples, const Batching &batches,
                        BatchSpan span, PieceSpan pieces,
                        const BinScales &scales, std::vector<uint64_t> &counts,
                        const Progress &progress) override;
  Status run(const SampleSet &samples, int64_t first, int64_t count,
             const std::vector<float *> &results) override;
  bool gathers() const override { return true; }
  Status countGathered(const std::vector<size_t> &requests,
                       const BinScales &scales,
                       std::vector<uint64_t> &counts) override;

private:
  /// What happens around each micro-batch: `first` counts from the first sample
  /// of the run.
  struct Client {
    virtual ~Client() = default;
    virtual void before(Worker &worker, int64_t first, int64_t count) = 0;
    virtual Status after(Worker &worker, int64_t first, int64_t count) = 0;
    /// Whether values are gathered, if they are at all.
    virtual bool gathers() const { return true; }
  };
  class Observing;
  class Counting;
  class Delivering;
  class Remembering;

  /// The samples of pieces.
  struct Share {
    int64_t first = 0;
    int64_t count = 0;
  };
  Result<Share> shareOf(const Batching &batches, BatchSpan span,
                        PieceSpan pieces) const;

  Status drive(const SampleSet &samples, int64_t first, int64_t count,
               Client &client);
  /// The same for samples that are steps in time, each after the one before in
  /// its sequence.
  Status driveSteps(const SampleSet &samples, int64_t first, int64_t count,
                    Client &client);
  /// The same for steps of one sequence, which begins with sample `start`; to
  /// the client the first of them is `clientFirst`.
  Status driveSequence(const SampleSet &samples, int64_t start, int64_t first,
                       int64_t count, Client &client, int64_t clientFirst);
  void work(const SampleSet &samples, int64_t first, int64_t count,
            Client &client, std::unique_ptr<Worker> &worker,
            std::atomic<int64_t> &next, FirstError &errors,
            int64_t clientFirst = 0);
  void addSums(Worker &worker);

  std::unique_ptr<Plan> plan;
  std::vector<std::unique_ptr<Worker>> workers;
  /// Of networks with memory: the samples that the memories of the first worker
  /// have seen, from the start of the last one's sequence, and whose samples
  /// these are.
  int64_t seen = 0;
  uint64_t seenOf = 0;
  std::mutex sumsMutex;
};

} // namespace

static Error errorOf(const dnnl::error &error) {
  return Error{std::string("oneDNN cannot run this network: ") + error.what()};
}

static Error outOfMemory() {
  return Error{"there is not enough memory for the activations: use fewer "
               "threads"};
}

Status Executor::prepare() {
  SingleThreaded here;
  try {
    for (;;) {
      auto made = makePlan(network, settings, observers);
      if (made) {
        plan = std::move(*made);
        return {};
      }
      if (settings.microBatch == 1)
        return made.takeError();
      settings.microBatch = 1;
    }
  } catch (const dnnl::error &error) {
    return errorOf(error);
  } catch (const std::bad_alloc &) {
    return outOfMemory();
  }
}

std::string Executor::arithmetic() const {
  const dnnl_version_t *version = dnnl::version();
  std::string text = "oneDNN " + std::to_string(version->major) + "." +
                     std::to_string(version->minor) + "." +
                     std::to_string(version->patch) + ", ";
  switch (dnnl::get_effective_cpu_isa()) {
  case dnnl::cpu_isa::sse41:
    return text + "sse41";
  case dnnl::cpu_isa::avx:
    return text + "avx";
  case dnnl::cpu_isa::avx2:
    return text + "avx2";
  case dnnl::cpu_isa::avx2_vnni:
    return text + "avx2_vnni";
  case dnnl::cpu_isa::avx512_core:
    return text + "avx512_core";
  case dnnl::cpu_isa::avx512_core_vnni:
    return text + "avx512_core_vnni";
  case dnnl::cpu_isa::avx512_core_bf16:
    return text + "avx512_core_bf16";
  case dnnl::cpu_isa::avx512_core_amx:
    return text + "avx512_core_amx";
  default:
    return text + "isa " + std::to_string(int(dnnl::get_effective_cpu_isa()));
  }
}

//===----------------------------------------------------------------------===//
// Threads
//===----------------------------------------------------------------------===//

void Executor::work(const SampleSet &samples, int64_t first, int64_t count,
                    Client &client, std::unique_ptr<Worker> &worker,
                    std::atomic<int64_t> &next, FirstError &errors,
                    int64_t clientFirst) {
  SingleThreaded here;
  int64_t index = 0;
  try {
    if (!worker)
      worker = std::make_unique<Worker>(*plan);
    for (;;) {
      index = next.fetch_add(plan->microBatch);
      if (index >= count || index > errors.index())
        return;
      int64_t size = std::min(plan->microBatch, count - index);
      if (!worker->samples)
        worker->samples.emplace(samples, plan->microBatch);
      auto data = worker->samples->get(samples, first + index, size);
      if (!data)
        return errors.set(index, data.takeError());
      worker->job.samples = std::move(*data);
      worker->job.count = size;
      // What another client wanted is not wanted any more.
      worker->job.segments.clear();
      worker->job.results.clear();
      worker->job.counts = nullptr;
      bool gathers = gathering && client.gathers();
      worker->job.gathering = gathers ? &*gathering : nullptr;
      worker->job.sample = first + index;
      if (gathers)
        worker->job.sums.assign(size_t(size) * plan->numSums, 0.0);
      client.before(*worker, clientFirst + index, size);
      plan->run(*worker);
      if (Status status = client.after(*worker, clientFirst + index, size);
          !status)
        return errors.set(index, status.takeError());
      if (gathers)
        addSums(*worker);
    }
  } catch (const dnnl::error &error) {
    errors.set(index, errorOf(error));
  } catch (const std::bad_alloc &) {
    errors.set(index, outOfMemory());
  }
}

/// Adds the sums of a micro-batch to those of all samples.
void Executor::addSums(Worker &worker) {
  std::lock_guard<std::mutex> lock(sumsMutex);
  std::fill_n(gathering->seen.begin() + worker.job.sample, worker.job.count, 1);
  if (!plan->numSums)
    return;
  const double *from = worker.job.sums.data();
  for (int64_t i = 0; i < worker.job.count; ++i)
    for (Gathered &tensor : gathering->tensors) {
      tensor.sums.add(from);
      from += tensor.sums.size();
    }
}

Status Executor::drive(const SampleSet &samples, int64_t first, int64_t count,
                       Client &client) {
  if (gathering && first + count > int64_t(gathering->seen.size()))
    return Error{"samples " + std::to_string(first) + " to " +
                 std::to_string(first + count - 1) +
                 " run, values are gathered of " +
                 std::to_string(gathering->seen.size())};
  if (Status status = checkSamples(samples, first, count); !status)
    return status;
  if (!network.states.empty())
    return driveSteps(samples, first, count, client);
  int64_t jobs = (count + plan->microBatch - 1) / plan->microBatch;
  int64_t wanted = settings.threads
                       ? settings.threads
                       : int64_t(std::thread::hardware_concurrency());
  size_t threads = size_t(std::min(std::max<int64_t>(wanted, 1), jobs));
  if (workers.size() < threads)
    workers.resize(threads);
  std::atomic<int64_t> next{0};
  FirstError errors;
  std::vector<std::thread> running;
  for (size_t i = 0; i < threads; ++i) {
    try {
      running.emplace_back([&, i] {
        work(samples, first, count, client, workers[i], next, errors);
      });
    } catch (const std::system_error &) {
      break; // as many as the system gives
    }
  }
  if (running.empty() && jobs)
    work(samples, first, count, client, workers[0], next, errors);
  for (std::thread &thread : running)
    thread.join();
  return errors.take();
}

/// Wants nothing but what the samples leave in the memories.
class Executor::Remembering final : public Executor::Client {
public:
  void before(Worker &, int64_t, int64_t) override {}
  Status after(Worker &, int64_t, int64_t) override { return {}; }
  bool gathers() const override { return false; }
};

Status Executor::driveSteps(const SampleSet &samples, int64_t first,
                            int64_t count, Client &client) {
  if (workers.empty())
    workers.resize(1);
  int64_t length = samples.sequenceLength();
  for (int64_t done = 0; done < count;) {
    int64_t next = first + done;
    int64_t start = length ? next / length * length : 0;
    int64_t steps = count - done;
    if (length)
      steps = std::min(steps, start + length - next);
    if (Status status =
            driveSequence(samples, start, next, steps, client, done);
        !status)
      return status;
    done += steps;
  }
  return {};
}

Status Executor::driveSequence(const SampleSet &samples, int64_t start,
                               int64_t first, int64_t count, Client &client,
                               int64_t clientFirst) {
  // What comes before the samples that are asked for is part of them.
  if (seenOf != samples.id() || seen > first || seen <= start) {
    if (workers[0])
      for (std::vector<float> &memory : workers[0]->memories)
        std::fill(memory.begin(), memory.end(), 0.f);
    seen = start;
  }
  int64_t begin = seen;
  seenOf = 0; // until all went well
  Remembering before;
  FirstError errors;
  std::atomic<int64_t> next{0};
  work(samples, begin, first - begin, before, workers[0], next, errors);
  next = 0;
  if (errors.index() == INT64_MAX)
    work(samples, first, count, client, workers[0], next, errors, clientFirst);
  Status status = errors.take();
  if (status) {
    seen = first + count;
    seenOf = samples.id();
  }
  return status;
}

//===----------------------------------------------------------------------===//
// Observing
//===----------------------------------------------------------------------===//

/// Puts the states of batches together. That is a maximum, so that it does not
/// matter which thread comes when.
class Executor::Observing final : public Executor::Client {
public:
  /// Sample 0 of the run is sample `offset` of the set.
  Observing(const ObserverLayout &layout, const Batching &batches,
            BatchSpan span, int64_t offset, std::vector<int32_t> &held,
            const Progress &progress)
      : layout(layout), batches(batches), span(span), offset(offset),
        held(held), progress(progress) {}

  void before(Worker &worker, int64_t first, int64_t count) override {
    // A micro-batch may hold the end of one batch and all or part of others.
    int64_t firstBatch = batches.batchOf(offset + first);
    int64_t lastBatch = batches.batchOf(offset + first + count - 1);
    std::vector<ObserverState> &states = worker.job.states;
    states.assign(size_t(lastBatch - firstBatch + 1), emptyState(layout));
    for (int64_t batch = firstBatch; batch <= lastBatch; ++batch) {
      int64_t begin = batches.firstOf(batch) - offset - first;
      Segment segment;
      segment.begin = std::max(begin, int64_t(0));
      segment.end = std::min(begin + batches.batchSize, count);
      segment.state = states[size_t(batch - firstBatch)].data();
      worker.job.segments.push_back(segment);
    }
  }

  Status after(Worker &worker, int64_t first, int64_t count) override {
    std::lock_guard<std::mutex> lock(mutex);
    int64_t batch = batches.batchOf(offset + first) - span.first;
    for (const ObserverState &state : worker.job.states) {
      int32_t *keys = held.data() + size_t(batch++) * layout.size();
      for (size_t i = 0; i < state.size(); ++i)
        keys[i] = std::max(keys[i], state[i]);
    }
    done += count;
    if (progress)
      progress(done);
    return {};
  }

private:
  const ObserverLayout &layout;
  const Batching &batches;
  BatchSpan span;
  int64_t offset;
  std::vector<int32_t> &held;
  const Progress &progress;
  std::mutex mutex;
  int64_t done = 0;
};

/// Samples of all batches of a span.
static int64_t samplesIn(const Batching &batches, BatchSpan span) {
  int64_t end = batches.firstOf(span.first + span.count);
  return std::min(end, batches.samples) - batches.firstOf(span.first);
}

int64_t Executor::numPieces(const Batching &batches, BatchSpan span) const {
  int64_t size = plan->microBatch;
  return (samplesIn(batches, span) + size - 1) / size;
}

int64_t Executor::spanGranularity(const Batching &batches) const {
  return plan->microBatch / std::gcd(plan->microBatch, batches.batchSize);
}

Result<Executor::Share> Executor::shareOf(const Batching &batches,
                                          BatchSpan span,
                                          PieceSpan pieces) const {
  if (!settings.observe)
    return Error{"this executor was made without observers"};
  if (span.first < 0 || span.count < 0 ||
      span.first > batches.steps - span.count || pieces.first < 0 ||
      pieces.count < 0 ||
      pieces.first > numPieces(batches, span) - pieces.count)
    return Error{"pieces " + std::to_string(pieces.first) + " to " +
                 std::to_string(pieces.first + pieces.count - 1) +
                 " are asked for, which the batches don't have"};
  int64_t before = pieces.first * plan->microBatch;
  int64_t count = std::min(pieces.count * plan->microBatch,
                           samplesIn(batches, span) - before);
  return Share{batches.firstOf(span.first) + before,
               std::max(count, int64_t(0))};
}

Result<int64_t> Executor::observe(const SampleSet &samples,
                                  const Batching &batches, BatchSpan span,
                                  PieceSpan pieces, const Progress &progress) {
  auto share = shareOf(batches, span, pieces);
  if (!share)
    return share.takeError();
  try {
    held.assign(size_t(span.count) * observers.size(), emptyKey);
  } catch (const std::bad_alloc &) {
    return outOfMemory();
  }
  heldSpan = span;
  Observing client(observers, batches, span, share->first, held, progress);
  if (Status status = drive(samples, share->first, share->count, client);
      !status)
    return status.takeError();
  return share->count;
}

//===----------------------------------------------------------------------===//
// Counting
//===----------------------------------------------------------------------===//

/// Lets steps count. Sums of integers don't depend on which thread comes when.
class Executor::Counting final : public Executor::Client {
public:
  Counting(const BinScales &scales, std::vector<uint64_t> &counts,
           const Progress &progress)
      : shared(scales, counts), progress(progress) {}

  void before(Worker &worker, int64_t first, int64_t count) override {
    worker.job.counts = &shared;
    worker.bins.resize(binsOfWorker);
  }

  Status after(Worker &worker, int64_t first, int64_t count) override {
    std::lock_guard<std::mutex> lock(mutex);
    done += count;
    if (progress)
      progress(done);
    return {};
  }

private:
  SharedCounts shared;
  const Progress &progress;
  std::mutex mutex;
  int64_t done = 0;
};

Result<int64_t> Executor::count(const SampleSet &samples,
                                const Batching &batches, BatchSpan span,
                                PieceSpan pieces, const BinScales &scales,
                                std::vector<uint64_t> &counts,
                                const Progress &progress) {
  auto share = shareOf(batches, span, pieces);
  if (!share)
    return share.takeError();
  size_t histograms = observers.numHistograms();
  if (scales.lower.size() != histograms || scales.scale.size() != histograms ||
      counts.size() != histograms * histogramBins ||
      (!scales.steps.empty() && scales.steps.size() != histograms))
    return Error{"there are scales for " + std::to_string(scales.lower.size()) +
                 " histograms and " + std::to_string(counts.size()) +
                 " bins, the network has " + std::to_string(histograms) +
                 " histograms of " + std::to_string(histogramBins) + " bins"};
  Counting client(scales, counts, progress);
  if (Status status = drive(samples, share->first, share->count, client);
      !status)
    return status.takeError();
  return share->count;
}

Status Executor::countGathered(const std::vector<size_t> &requests,
                               const BinScales &scales,
                               std::vector<uint64_t> &counts) {
  if (!gathering || requests.size() != observers.entries().size())
    return Error{"values of " + std::to_string(requests.size()) +
                 " tensors are to be counted, which were not gathered"};
  std::vector<GatheredBins> all;
  std::vector<std::pair<size_t, int64_t>> parts;
  for (size_t i = 0; i < requests.size(); ++i) {
    const Tensor &tensor = network.tensors[network.ranges[i].tensor];
    all.push_back({gathering->tensors[requests[i]], gathering->seen,
                   observers.entries()[i], numChannels(tensor), scales,
                   counts});
    for (int64_t part = 0; part < all.back().numParts(); ++part)
      parts.emplace_back(i, part);
  }
  shareWork(int64_t(parts.size()), settings.threads, [&](int64_t part) {
    all[parts[part].first].count(parts[part].second);
  });
  return {};
}

//===----------------------------------------------------------------------===//
// Delivering
//===----------------------------------------------------------------------===//

class Executor::Delivering final : public Executor::Client {
public:
  Delivering(const Program &program, const std::vector<int> &tensors,
             const std::vector<float *> &results)
      : results(results) {
    for (int tensor : tensors)
      elements.push_back(numElements(program.tensors[tensor].shape));
  }

  void before(Worker &worker, int64_t first, int64_t count) override {
    for (size_t i = 0; i < results.size(); ++i)
      worker.job.results.push_back(results[i] + first * elements[i]);
  }

  Status after(Worker &worker, int64_t first, int64_t count) override {
    return {};
  }

private:
  const std::vector<float *> &results;
  std::vector<int64_t> elements;
};

Status Executor::run(const SampleSet &samples, int64_t first, int64_t count,
                     const std::vector<float *> &results) {
  if (Status status = checkResults(results); !status)
    return status;
  Delivering client(network, settings.keep, results);
  return drive(samples, first, count, client);
}

} // namespace cpu

//===----------------------------------------------------------------------===//
// Making one
//===----------------------------------------------------------------------===//

Result<std::unique_ptr<FloatExecutor>>
createCPUExecutor(const Program &program, FloatExecutorOptions options) {
  if (Status status = checkFloatProgram(program, options); !status)
    return status.takeError();
  auto executor = std::make_unique<cpu::Executor>(program, std::move(options));
  if (Status status = executor->prepare(); !status)
    return status.takeError();
  return std::unique_ptr<FloatExecutor>(std::move(executor));
}

} // namespace qml
