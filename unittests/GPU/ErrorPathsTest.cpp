//===- ErrorPathsTest.cpp - What devices fail at --------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Each call of a device fails once, at each place where executors make it: the
// error is told, once; nothing is lost or used afterwards; what runs later
// gives what it always gives.
//
//===----------------------------------------------------------------------===//

#include "FloatExecutor.h"
#include "IntegerExecution.h"
#include "RandomNetwork.h"
#include "Wait.h"

#include "qml/Calibration/Calibration.h"

#include <map>

using namespace qml;
using namespace qml::test;

namespace {

/// Of 1 to `total`: the first, the last, and some between.
std::vector<int64_t> someOf(int64_t total) {
#if defined(__SANITIZE_ADDRESS__)
  // Grids run ten times as long.
  constexpr int64_t first = 3, last = 2, between = 3;
#else
  constexpr int64_t first = 5, last = 4, between = 10;
#endif
  std::vector<int64_t> numbers;
  int64_t step = std::max<int64_t>(total / between, 1);
  for (int64_t i = 1; i <= total; ++i)
    if (i <= first || i > total - last || i % step == 0)
      numbers.push_back(i);
  return numbers;
}

int timesIn(const std::string &text, const std::string &part) {
  int times = 0;
  for (size_t at = 0; (at = text.find(part, at)) != std::string::npos;
       at += part.size())
    ++times;
  return times;
}

void expectTold(const std::string &message) {
  EXPECT_EQ(timesIn(message, HostLog::message), 1) << message;
}

//===----------------------------------------------------------------------===//
// Float networks
//===----------------------------------------------------------------------===//

/// Products and convolutions of the library, kernels of ours, ranges, results.
struct FloatCase {
  static constexpr int64_t count = 5;
  Network network{{4, 4, 3}, ElementType::U8};
  std::unique_ptr<SampleSource> samples;
  FloatExecutorOptions options;

  FloatCase() {
    int x = network.rescaling(network.program.inputs[0].tensor, {1 / 128.f},
                              {-1.f});
    network.observe(x, true, true);
    x = network.relu(network.conv(x, 4, sameWindow({4, 4, 3}, 3, 2)), 6.f);
    network.observe(x, false);
    x = network.depthwise(x, sameWindow(network.shapeOf(x), 3, 1));
    x = network.dense(network.mean(x), 3);
    network.observe(x, false);
    samples = network.samples(count);
    options.keep = {x};
    options.chunk = 2;
    options.batches = batches();
  }

  static Batching batches() { return *planBatches(count, count, 2); }

  Result<std::unique_ptr<FloatExecutor>>
  make(std::shared_ptr<HostLog> log = nullptr, int devices = 2) const {
    HostDeviceOptions device;
    device.log = std::move(log);
    return gpu::createExecutor(
        std::make_unique<HostDeviceGroup>(devices, device), network.program,
        options);
  }
};

/// All that an executor has to say of the samples.
struct FloatOutcome {
  std::vector<float> results;
  std::vector<int32_t> states;
  std::map<std::string, std::vector<float>> ranges;
  std::vector<uint64_t> counts;

  bool operator==(const FloatOutcome &other) const {
    return results == other.results && states == other.states &&
           ranges == other.ranges && counts == other.counts;
  }
};

Result<FloatOutcome> runAll(FloatExecutor &executor, const FloatCase &test) {
  FloatOutcome outcome;
  const SampleSet samples = *test.samples;
  Batching batches = test.batches();
  BatchSpan span{0, batches.steps};
  PieceSpan pieces{0, executor.numPieces(batches, span)};
  if (Status status = executor.startRanges(.9); !status)
    return status.takeError();
  auto seen = executor.observe(samples, batches, span, pieces, {});
  if (!seen)
    return seen.takeError();
  auto states = executor.states();
  if (!states)
    return states.takeError();
  outcome.states = *states;
  if (Status status = executor.setStates(*states); !status)
    return status.takeError();
  if (Status status = executor.moveRanges(batches); !status)
    return status.takeError();
  auto ranges = executor.ranges();
  if (!ranges)
    return ranges.takeError();
  for (auto &[layer, range] : *ranges) {
    outcome.ranges[layer] = range.max;
    outcome.ranges[layer + " min"] = range.min;
  }
  BinScales scales;
  size_t histograms = executor.layout().numHistograms();
  scales.lower.assign(histograms, -2.f);
  scales.scale.assign(histograms, 100.f);
  outcome.counts.assign(histograms * histogramBins, 0);
  auto counted = executor.count(samples, batches, span, pieces, scales,
                                outcome.counts, {});
  if (!counted)
    return counted.takeError();
  outcome.results.assign(3 * FloatCase::count, -1.f);
  if (Status status =
          executor.run(samples, 0, FloatCase::count, {outcome.results.data()});
      !status)
    return status.takeError();
  if (Status status = executor.profile(samples, batches,
                                       [](const std::string &, double) {});
      !status)
    return status.takeError();
  return outcome;
}

} // namespace

TEST(GPUErrorPaths, EachCallOfFloatNetworksFailsOnce) {
  FloatCase test;
  auto log = std::make_shared<HostLog>();
  FloatOutcome expected;
  {
    auto executor = test.make(log);
    ASSERT_TRUE(bool(executor)) << executor.message();
    auto outcome = runAll(**executor, test);
    ASSERT_TRUE(bool(outcome)) << outcome.message();
    expected = *outcome;
    // As it is when nothing has failed before.
    auto again = runAll(**executor, test);
    ASSERT_TRUE(bool(again)) << again.message();
    EXPECT_TRUE(*again == expected);
  }
  EXPECT_EQ(log->liveObjects, 0);
  auto counted = std::make_shared<HostLog>();
  {
    auto executor = test.make(counted);
    ASSERT_TRUE(executor && runAll(**executor, test));
  }

  int shortages = 0;
  for (ErrorKind kind : {ErrorKind::Other, ErrorKind::OutOfMemory})
    for (Call call : allCalls) {
      EXPECT_GT((*counted)[call], 0) << int(call);
      // Nothing else is made smaller by what follows from it.
      if (kind == ErrorKind::OutOfMemory && call != Call::Allocate &&
          call != Call::Prepare && call != Call::Record)
        continue;
      for (int64_t at : someOf((*counted)[call])) {
        SCOPED_TRACE(testing::Message() << "call " << int(call) << ", number "
                                        << at << ", kind " << int(kind));
        log->failAt(call, at, kind);
        auto executor = test.make(log);
        if (!executor) {
          expectTold(executor.message());
          // Memory that is short once is enough for half as many samples.
          EXPECT_EQ(int(kind), int(ErrorKind::Other));
          EXPECT_EQ(log->liveObjects, 0);
          continue;
        }
        bool isShort = (*executor)->arithmetic().find("memory is short") !=
                       std::string::npos;
        shortages += isShort;
        auto outcome = runAll(**executor, test);
        if (outcome) {
          EXPECT_EQ(int(kind), int(ErrorKind::OutOfMemory));
          EXPECT_TRUE(*outcome == expected);
        } else {
          expectTold(outcome.message());
          EXPECT_FALSE(isShort);
          // Whatever is asked for now: an answer, or that there is none.
          log->failNowhere();
          Batching batches = test.batches();
          (void)bool((*executor)->states());
          (void)bool((*executor)->moveRanges(batches));
          (void)bool((*executor)->ranges());
        }
        log->failNowhere();
        auto again = runAll(**executor, test);
        ASSERT_TRUE(bool(again)) << again.message();
        EXPECT_TRUE(*again == expected);
        executor = Error{"gone"};
        EXPECT_EQ(log->liveObjects, 0);
        EXPECT_EQ(log->liveBytes, 0u);
      }
    }
  EXPECT_GT(shortages, 3);
}

TEST(GPUErrorPaths, NoStatesAfterAnErrorAreUsed) {
  FloatCase test;
  auto log = std::make_shared<HostLog>();
  auto made = test.make(log, 1);
  ASSERT_TRUE(bool(made)) << made.message();
  FloatExecutor &executor = **made;
  Batching batches = test.batches();
  BatchSpan span{0, batches.steps};
  PieceSpan pieces{0, executor.numPieces(batches, span)};
  // Before anything was observed.
  EXPECT_EQ(executor.states().message(),
            "there are no states: nothing was observed, or that has failed");
  EXPECT_FALSE(executor.setStates({1}));
  EXPECT_EQ(executor.moveRanges(batches).message(),
            "ranges are to be moved before they were started");
  EXPECT_FALSE(executor.ranges());
  ASSERT_TRUE(bool(executor.startRanges(.9)));
  EXPECT_FALSE(executor.moveRanges(batches));
  // After it has failed.
  ASSERT_TRUE(bool(executor.observe(*test.samples, batches, span, pieces, {})));
  log->failAt(Call::Launch, 5, ErrorKind::Other);
  EXPECT_FALSE(executor.observe(*test.samples, batches, span, pieces, {}));
  EXPECT_FALSE(executor.states());
  EXPECT_FALSE(executor.moveRanges(batches));
}

//===----------------------------------------------------------------------===//
// Chunks and memory
//===----------------------------------------------------------------------===//

TEST(GPUErrorPaths, PlansOnceForWhatWillRun) {
  FloatCase test;
  auto log = std::make_shared<HostLog>();
  auto executor = test.make(log, 1);
  ASSERT_TRUE(bool(executor)) << executor.message();
  int64_t prepared = (*log)[Call::Prepare], recorded = (*log)[Call::Record];
  // One convolution and one product.
  EXPECT_EQ(prepared, 2);
  Batching batches = test.batches();
  observeAll(**executor, *test.samples, batches);
  EXPECT_EQ((*log)[Call::Prepare], prepared);
  EXPECT_EQ((*log)[Call::Record], recorded);
  // The same to run, where nothing is observed.
  test.options.observe = false;
  auto runner = test.make(log, 1);
  ASSERT_TRUE(bool(runner)) << runner.message();
  recorded = (*log)[Call::Record];
  std::vector<float> results(3 * FloatCase::count);
  ASSERT_TRUE(bool(
      (*runner)->run(*test.samples, 0, FloatCase::count, {results.data()})));
  EXPECT_EQ((*log)[Call::Record], recorded);
}

TEST(GPUErrorPaths, ChunksDependOnMemoryByHalves) {
  FloatCase test;
  test.options.batches.reset();
  test.options.chunk = 100;
  auto arithmeticWith = [&](size_t memory) {
    HostDeviceOptions device;
    device.memory = memory;
    auto executor =
        gpu::createExecutor(std::make_unique<HostDeviceGroup>(1, device),
                            test.network.program, test.options);
    return executor ? (*executor)->arithmetic() : executor.message();
  };
  // Enough is enough, however much there is.
  for (int shift = 20; shift < 30; ++shift)
    EXPECT_EQ(arithmeticWith(size_t(1) << shift), "host, chunks of 100");
  std::vector<std::string> found;
  for (size_t memory = 160000; memory > 1000; memory -= 1000) {
    std::string text = arithmeticWith(memory);
    if (found.empty() || found.back() != text)
      found.push_back(text);
  }
  std::vector<std::string> expected = {"host, chunks of 100"};
  for (int chunk : {50, 25, 12, 6, 3, 1})
    expected.push_back("host, chunks of " + std::to_string(chunk) +
                       " (memory is short for 100)");
  expected.push_back("a single sample is too large for the GPU: there is not "
                     "enough memory on the device");
  EXPECT_EQ(found, expected);
}

/// Half of what did not fit, not half of what was allowed.
TEST(GPUErrorPaths, HalvesTheChunkThatDidNotFit) {
  FloatCase test;
  test.options.chunk = 128;
  test.options.batches = *planBatches(1000, 1000, 100);
  auto log = std::make_shared<HostLog>();
  log->failAt(Call::Record, 1, ErrorKind::OutOfMemory);
  auto executor = test.make(log, 1);
  ASSERT_TRUE(bool(executor)) << executor.message();
  EXPECT_EQ((*executor)->arithmetic(),
            "host, chunks of 50 (memory is short for 100)");
  EXPECT_EQ((*executor)->numPieces(*test.options.batches, {0, 10}), 20);
  // Twice two products and convolutions, no more.
  EXPECT_EQ((*log)[Call::Prepare], 4);
}

TEST(GPUErrorPaths, OtherErrorsAreNotTriedAgain) {
  FloatCase test;
  test.options.chunk = 128;
  for (Call call : {Call::Record, Call::Prepare, Call::Launch}) {
    auto log = std::make_shared<HostLog>();
    log->failAt(call, 1, ErrorKind::Other);
    auto executor = test.make(log, 1);
    ASSERT_FALSE(bool(executor));
    EXPECT_EQ(executor.message(), HostLog::message);
    EXPECT_EQ((*log)[call], 1);
  }
}

TEST(GPUErrorPaths, WeightsAreThereBeforeTheArena) {
  FloatCase test;
  test.options.chunk = 64;
  test.options.batches.reset();
  auto log = std::make_shared<HostLog>();
  ASSERT_TRUE(bool(test.make(log, 1)));
  // Kernels of 27 x 4, 9 x 4 and 4 x 3 floats and as many biases take 256 bytes
  // and more each; the arena is the largest, and the last.
  ASSERT_GE(log->allocations.size(), 2u);
  EXPECT_GE(log->allocations[log->allocations.size() - 2], 6 * 256u);
  EXPECT_EQ(log->allocations.back(), *std::max_element(log->allocations.begin(),
                                                       log->allocations.end()));
}

//===----------------------------------------------------------------------===//
// What the library lacks
//===----------------------------------------------------------------------===//

TEST(GPUErrorPaths, ProductsHaveAlternatives) {
  Network network({6});
  int x = network.relu(network.dense(network.program.inputs[0].tensor, 5), 1.f);
  x = network.relu(network.dense(x, 4));
  auto samples = network.samples(3);
  FloatExecutorOptions options;
  options.observe = false;
  options.keep = {x};
  std::vector<float> expected;
  for (int products = 3; products >= 1; --products) {
    HostDeviceOptions device;
    device.products = products;
    device.log = std::make_shared<HostLog>();
    auto executor = gpu::createExecutor(
        std::make_unique<HostDeviceGroup>(1, device), network.program, options);
    ASSERT_TRUE(bool(executor)) << executor.message();
    // Each is asked for once, with less of what follows it each time.
    EXPECT_EQ((*device.log)[Call::Prepare], 2 * (4 - products));
    std::vector<float> found(12);
    ASSERT_TRUE(bool((*executor)->run(*samples, 0, 3, {found.data()})));
    if (expected.empty())
      expected = found;
    EXPECT_EQ(found, expected);
  }
  HostDeviceOptions none;
  none.products = 0;
  none.log = std::make_shared<HostLog>();
  auto executor = gpu::createExecutor(
      std::make_unique<HostDeviceGroup>(1, none), network.program, options);
  ASSERT_FALSE(bool(executor));
  EXPECT_EQ(executor.kind(), ErrorKind::Unsupported);
  EXPECT_NE(executor.message().find(
                "host has no implementation of a product of 128 x 6 and 6 x 5 "
                "elements"),
            std::string::npos)
      << executor.message();
  EXPECT_EQ((*none.log)[Call::Prepare], 3);
}

//===----------------------------------------------------------------------===//
// Integer networks
//===----------------------------------------------------------------------===//

namespace {

/// A product, stages after it, a result in another type than it is kept in.
struct IntegerCase : ProgramBuilder {
  static constexpr int64_t count = 5;
  std::vector<char> data;
  IntegerExecutorOptions options;

  IntegerCase() {
    Random random(3);
    program.name = "small";
    Shape shape = {3, 3, 2};
    int x = input(tensor(shape, ElementType::U8));
    Conv2D layer;
    layer.kernel =
        integers(1, {1, 1, 2, 4}, random.vector<int64_t>(8, -127, 127));
    layer.accumulator.bufferBits = 31;
    shape.back() = 4;
    x = add(layer, {x}, fixedTensor(shape, 31));
    x = add(ReLU(), {x}, fixedTensor(shape, 31));
    OutputQuantizer quantizer;
    quantizer.bufferBits = 31;
    quantizer.scales = {100};
    quantizer.shift = {-14};
    int image = add(quantizer, {x}, fixedTensor(shape, 7));
    x = add(AlignedReshape(), {image}, fixedTensor({36}, 7));
    Dense last;
    last.kernel =
        integers(1, {36, 3}, random.vector<int64_t>(36 * 3, -127, 127));
    last.accumulator.bufferBits = 31;
    x = add(last, {x}, fixedTensor({3}, 31, {4}));
    x = add(Dequantizer(), {x}, tensor({3}));
    output(x);
    options.keep = {x, image};
    options.chunk = 2;
    data = randomInputs(program, count, random);
  }

  MemorySamples samples() const {
    return {program.tensors[0], count, data, false};
  }
  Result<std::unique_ptr<IntegerExecutor>>
  make(HostDeviceOptions device) const {
    return gpu::createIntegerExecutor(
        std::make_unique<HostDeviceGroup>(1, device), program, options);
  }
  using Outcome = std::vector<std::vector<char>>;
  Result<Outcome> run(IntegerExecutor &executor) const {
    Outcome outcome;
    std::vector<void *> places;
    for (int index : options.keep) {
      const Tensor &kept = program.tensors[size_t(index)];
      outcome.emplace_back(
          size_t(count * numElements(kept.shape)) * sizeOf(kept.type), '\x77');
    }
    for (std::vector<char> &array : outcome)
      places.push_back(array.data());
    MemorySamples source = samples();
    if (Status status = executor.run(source, 0, count, places); !status)
      return status.takeError();
    return outcome;
  }
};

} // namespace

TEST(GPUErrorPaths, EachCallOfIntegerNetworksFailsOnce) {
  IntegerCase test;
  HostDeviceOptions device;
  device.log = std::make_shared<HostLog>();
  HostLog &log = *device.log;
  IntegerCase::Outcome expected =
      runPlain(test.program, test.data, IntegerCase::count, test.options.keep);
  HostLog counted;
  {
    auto executor = test.make(device);
    ASSERT_TRUE(bool(executor)) << executor.message();
    auto outcome = test.run(**executor);
    ASSERT_TRUE(bool(outcome)) << outcome.message();
    EXPECT_EQ(*outcome, expected);
    // What is left is that the executor waits once more when it goes away.
    counted = log;
  }
  EXPECT_EQ(log.liveObjects, 0);
  int smaller = 0;
  for (ErrorKind kind : {ErrorKind::Other, ErrorKind::OutOfMemory})
    for (Call call :
         {Call::Allocate, Call::Copy, Call::Launch, Call::Record, Call::Wait}) {
      EXPECT_GT(counted[call], 0) << int(call);
      for (int64_t at = 1; at <= counted[call]; ++at) {
        SCOPED_TRACE(testing::Message() << "call " << int(call) << ", number "
                                        << at << ", kind " << int(kind));
        log.failAt(call, at, kind);
        auto executor = test.make(device);
        if (!executor) {
          expectTold(executor.message());
          EXPECT_EQ(log.liveObjects, 0);
          continue;
        }
        auto outcome = test.run(**executor);
        if (outcome) {
          // Only in pieces of half the size.
          EXPECT_EQ((*executor)->chunk(), 1);
          EXPECT_EQ(*outcome, expected);
          ++smaller;
        } else {
          expectTold(outcome.message());
          EXPECT_EQ((*executor)->chunk(), 2);
        }
        log.failNowhere();
        auto again = test.run(**executor);
        ASSERT_TRUE(bool(again)) << again.message();
        EXPECT_EQ(*again, expected);
        executor = Error{"gone"};
        EXPECT_EQ(log.liveObjects, 0);
        EXPECT_EQ(log.liveBytes, 0u);
      }
    }
  EXPECT_GT(smaller, 5);
}

TEST(GPUErrorPaths, IntegerNetworksTryAgainForMemoryAlone) {
  IntegerCase test;
  test.options.chunk = 64;
  HostDeviceOptions device;
  for (ErrorKind kind : {ErrorKind::Other, ErrorKind::Unsupported}) {
    device.log = std::make_shared<HostLog>();
    device.log->failAt(Call::Record, 1, kind);
    auto executor = test.make(device);
    ASSERT_FALSE(bool(executor));
    EXPECT_EQ(executor.message(), HostLog::message);
    EXPECT_EQ((*device.log)[Call::Record], 1);
  }
  // Constants come first, and once.
  device.log = std::make_shared<HostLog>();
  ASSERT_TRUE(bool(test.make(device)));
  std::vector<size_t> once = device.log->allocations;
  device.log = std::make_shared<HostLog>();
  device.log->failAt(Call::Record, 1, ErrorKind::OutOfMemory);
  auto executor = test.make(device);
  ASSERT_TRUE(bool(executor)) << executor.message();
  EXPECT_EQ((*executor)->chunk(), 32);
  const std::vector<size_t> &twice = device.log->allocations;
  // Two buffers and the arena, once more, after all that one attempt has.
  ASSERT_EQ(twice.size(), once.size() + 3);
  EXPECT_TRUE(std::equal(once.begin(), once.end(), twice.begin()));
  EXPECT_EQ(once.back(), *std::max_element(once.begin(), once.end()));

  device.log = nullptr;
  device.memory = 3000;
  auto none = test.make(device);
  ASSERT_FALSE(bool(none));
  EXPECT_EQ(none.kind(), ErrorKind::OutOfMemory);
  EXPECT_NE(none.message().find("there is not enough memory on the device"),
            std::string::npos)
      << none.message();
}

//===----------------------------------------------------------------------===//
// Waiting
//===----------------------------------------------------------------------===//

namespace {

/// Nobody has to wait for it.
struct TestClock {
  double time = 0;
  int pauses = 0;
  double now() const { return time; }
  void pause(double seconds) {
    EXPECT_GE(seconds, 0);
    time += seconds + 1e-9;
    ++pauses;
  }
};

} // namespace

TEST(GPUWait, EndsWhenItIsDone) {
  TestClock clock;
  int asked = 0;
  auto done =
      gpu::waitFor([&]() -> Result<bool> { return ++asked == 5; }, 60, clock);
  ASSERT_TRUE(bool(done));
  EXPECT_TRUE(*done);
  EXPECT_EQ(asked, 5);
  EXPECT_EQ(clock.pauses, 4);
  EXPECT_LT(clock.time, 1e-3);
}

TEST(GPUWait, EndsWhenTimeIsUp) {
  TestClock clock;
  int asked = 0;
  auto done = gpu::waitFor(
      [&]() -> Result<bool> {
        ++asked;
        return false;
      },
      60, clock);
  ASSERT_TRUE(bool(done));
  EXPECT_FALSE(*done);
  EXPECT_GE(clock.time, 60);
  EXPECT_LT(clock.time, 60.1);
  EXPECT_EQ(asked, clock.pauses + 1);
  // Without time it is asked once.
  asked = 0;
  TestClock none;
  auto now =
      gpu::waitFor([&]() -> Result<bool> { return ++asked == 1; }, 0, none);
  ASSERT_TRUE(bool(now));
  EXPECT_TRUE(*now);
}

TEST(GPUWait, EndsWithTheError) {
  TestClock clock;
  int asked = 0;
  auto done = gpu::waitFor(
      [&]() -> Result<bool> {
        if (++asked == 3)
          return Error{"a device is lost"};
        return false;
      },
      60, clock);
  ASSERT_FALSE(bool(done));
  EXPECT_EQ(done.message(), "a device is lost");
  EXPECT_EQ(asked, 3);
}
