//===- FloatExecutorTest.cpp - The GPU's float executor, on the host ------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Plans, kernels and streaming on a device made of the host, against plain
// loops and the CPU's executor.
//
//===----------------------------------------------------------------------===//

#include "FloatExecutor.h"
#include "HostDevice.h"
#include "RandomNetwork.h"

#include "qml/Calibration/Calibration.h"

#include <cmath>

using namespace qml;
using namespace qml::test;

namespace {

std::unique_ptr<FloatExecutor> makeExecutor(const Program &program,
                                            FloatExecutorOptions options,
                                            int devices = 1,
                                            HostDeviceOptions device = {}) {
  auto executor = gpu::createExecutor(
      std::make_unique<HostDeviceGroup>(devices, device), program, options);
  EXPECT_TRUE(bool(executor)) << executor.message();
  return executor ? std::move(*executor) : nullptr;
}

} // namespace

TEST(GPUFloatExecutor, RandomNetworksEqualPlainLoops) {
  for (unsigned seed = 0; seed < 80; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    constexpr int64_t samples = 7;
    RandomCase test(seed, samples);
    HostDeviceOptions device;
    device.convolutions = int(seed % 4);
    device.order = Order(seed % 3);
    FloatExecutorOptions options;
    options.keep = test.kept;
    options.chunk = 1 + seed % 4;
    auto executor =
        makeExecutor(test.program(), options, 1 + int(seed % 2), device);
    ASSERT_TRUE(executor);
    test.expectValues(*executor);

    // Everything fused that can be, and batches smaller and larger than chunks.
    options.keep.clear();
    auto observer =
        makeExecutor(test.program(), options, 1 + int(seed % 2), device);
    ASSERT_TRUE(observer);
    int64_t batchSize = 1 + seed % 7;
    auto batches = planBatches(samples, samples, batchSize);
    ASSERT_TRUE(bool(batches));
    std::vector<int32_t> states = observeAll(*observer, *test.source, *batches);
    size_t size = observer->layout().size();
    ASSERT_EQ(states.size(), size * size_t(batches->steps));
    for (int64_t batch = 0; batch < batches->steps; ++batch)
      test.expectState(observer->layout(), states.data() + size_t(batch) * size,
                       batches->firstOf(batch), batches->sizeOf(batch));
    if (testing::Test::HasFailure())
      return;
  }
}

//===----------------------------------------------------------------------===//
// Chunks, devices and workers
//===----------------------------------------------------------------------===//

namespace {

/// A network with a bit of everything, and samples enough for some batches.
struct TestSetup {
  Network network{{9, 8, 3}, ElementType::U8};
  std::unique_ptr<SampleSource> samples;

  explicit TestSetup(int64_t count) {
    int x = network.rescaling(network.program.inputs[0].tensor, {1 / 128.f},
                              {-1.f});
    network.observe(x, true, true);
    x = network.conv(x, 8, sameWindow({9, 8, 3}, 3, 2));
    x = network.relu(x, 6.f);
    network.observe(x);
    x = network.depthwise(x, sameWindow(network.shapeOf(x), 3, 1));
    x = network.relu(x);
    network.observe(x);
    x = network.conv(x, 5, validWindow(1, 1));
    network.observe(x);
    x = network.mean(x);
    network.observe(x, false);
    x = network.dense(x, 7);
    network.observe(x, false);
    samples = network.samples(count);
  }

  const Program &program() const { return network.program; }
};

FloatExecutorOptions withChunk(int64_t chunk) {
  FloatExecutorOptions options;
  options.chunk = chunk;
  return options;
}

} // namespace

TEST(GPUFloatExecutor, StatesAreTheSameForAnyDevicesAndPieces) {
  constexpr int64_t count = 23;
  TestSetup setup(count);
  for (int64_t batchSize : {1, 3, 7, 10, 23, 100}) {
    SCOPED_TRACE(batchSize);
    auto batches = planBatches(count, count, batchSize);
    ASSERT_TRUE(bool(batches));
    auto reference = makeExecutor(setup.program(), withChunk(4));
    std::vector<int32_t> expected =
        observeAll(*reference, *setup.samples, *batches);
    for (int devices : {1, 2, 3}) {
      auto executor = makeExecutor(setup.program(), withChunk(4), devices);
      EXPECT_EQ(observeAll(*executor, *setup.samples, *batches), expected);
      // Shared by workers, and put together as these do it.
      BatchSpan span{0, batches->steps};
      int64_t pieces = executor->numPieces(*batches, span);
      std::vector<int32_t> merged(expected.size(), emptyKey);
      int64_t seen = 0;
      for (int64_t worker = 0; worker < 3; ++worker) {
        PieceSpan mine{pieces * worker / 3, 0};
        mine.count = pieces * (worker + 1) / 3 - mine.first;
        auto done = executor->observe(*setup.samples, *batches, span, mine, {});
        ASSERT_TRUE(bool(done)) << done.message();
        seen += *done;
        auto states = executor->states();
        ASSERT_TRUE(bool(states));
        for (size_t i = 0; i < merged.size(); ++i)
          merged[i] = std::max(merged[i], (*states)[i]);
      }
      EXPECT_EQ(seen, batches->samples);
      EXPECT_EQ(merged, expected);
    }
  }
}

TEST(GPUFloatExecutor, RangesAreThoseOfTheHostsUpdate) {
  constexpr int64_t count = 23;
  TestSetup setup(count);
  for (int64_t batchSize : {1, 5, 10}) {
    CalibrationOptions options;
    options.numSamples = count;
    options.batchSize = batchSize;
    options.epochs = 3;
    auto executor = makeExecutor(setup.program(), withChunk(4), 2);
    auto batches = planBatches(count, count, batchSize);
    ASSERT_TRUE(bool(batches));
    std::vector<int32_t> states =
        observeAll(*executor, *setup.samples, *batches);
    size_t size = executor->layout().size();
    MovingRanges moving(executor->layout(), options.momentum);
    for (int64_t epoch = 0; epoch < options.epochs; ++epoch)
      for (int64_t batch = 0; batch < batches->steps; ++batch)
        ASSERT_TRUE(bool(moving.update(
            ObserverState(states.begin() + batch * int64_t(size),
                          states.begin() + (batch + 1) * int64_t(size)),
            "batch")));
    Ranges expected = std::move(moving).take();
    // In one span, and in spans of the least size.
    for (size_t bytes : {size_t(1) << 20, size_t(1)}) {
      options.maxStateBytes = bytes;
      auto ranges = calibrate(*executor, *setup.samples, options);
      ASSERT_TRUE(bool(ranges)) << ranges.message();
      ASSERT_EQ(ranges->size(), expected.size());
      for (auto &[layer, range] : expected) {
        EXPECT_EQ((*ranges)[layer].max, range.max) << layer;
        EXPECT_EQ((*ranges)[layer].min, range.min) << layer;
        EXPECT_EQ((*ranges)[layer].perAxis, range.perAxis) << layer;
      }
    }
  }
}

TEST(GPUFloatExecutor, AgreesWithTheCPU) {
  constexpr int64_t count = 20;
  TestSetup setup(count);
  CalibrationOptions options;
  options.numSamples = count;
  options.batchSize = 8;
  auto executor = makeExecutor(setup.program(), withChunk(8));
  auto found = calibrate(*executor, *setup.samples, options);
  auto expected = calibrate(setup.program(), *setup.samples, options);
  ASSERT_TRUE(found && expected);
  for (auto &[layer, range] : *expected)
    for (size_t i = 0; i < range.max.size(); ++i)
      EXPECT_NEAR((*found)[layer].max[i], range.max[i],
                  1e-5f * std::fabs(range.max[i]))
          << layer;
}

//===----------------------------------------------------------------------===//
// What goes wrong
//===----------------------------------------------------------------------===//

TEST(GPUFloatExecutor, NamesWhereNumbersEnd) {
  for (float poison : {NAN, INFINITY}) {
    Network network({2, 2, 3});
    int x =
        network.conv(network.program.inputs[0].tensor, 4, validWindow(1, 1));
    network.observe(network.relu(x));
    std::vector<float> values(5 * 12, .5f);
    // Finite samples, with which a sum overflows or is undefined.
    values[2 * 12 + 5] = 3e38f;
    for (float &weight : network.weights.front())
      weight = std::isnan(poison) ? 0.f : 2.f;
    if (std::isnan(poison)) {
      network.weights.front()[4 * 2] = INFINITY;
      values[2 * 12 + 5] = 0;
      for (size_t i = 2; i < values.size(); i += 3)
        values[i] = i == 2 * 12 + 5 ? 0.f : 1e-30f;
    }
    Array array;
    array.type = ElementType::F32;
    array.shape = {5, 2, 2, 3};
    array.data = values.data();
    auto samples = samplesOf(
        array,
        network.program.tensors[size_t(network.program.inputs[0].tensor)], "x");
    ASSERT_TRUE(bool(samples)) << samples.message();
    CalibrationOptions options;
    options.numSamples = 5;
    options.batchSize = 2;
    auto gpu = makeExecutor(network.program, withChunk(2));
    auto found = calibrate(*gpu, **samples, options);
    auto expected = calibrate(network.program, **samples, options);
    ASSERT_FALSE(found);
    ASSERT_FALSE(expected);
    EXPECT_EQ(found.message(), expected.message());
  }
}

TEST(GPUFloatExecutor, TakesSmallerChunksWhereMemoryIsShort) {
  TestSetup setup(10);
  std::string large =
      makeExecutor(setup.program(), withChunk(64))->arithmetic();
  EXPECT_NE(large.find("chunks of 64"), std::string::npos) << large;
  HostDeviceOptions device;
  device.memory = 100000;
  auto small = makeExecutor(setup.program(), withChunk(64), 1, device);
  ASSERT_TRUE(small);
  EXPECT_EQ(small->arithmetic().find("chunks of 64"), std::string::npos);
  auto batches = planBatches(10, 10, 10);
  ASSERT_TRUE(bool(batches));
  EXPECT_EQ(observeAll(*small, *setup.samples, *batches),
            observeAll(*makeExecutor(setup.program(), withChunk(64)),
                       *setup.samples, *batches));

  device.memory = 100;
  auto none = gpu::createExecutor(std::make_unique<HostDeviceGroup>(1, device),
                                  setup.program(), {});
  ASSERT_FALSE(none);
  EXPECT_NE(none.message().find("memory"), std::string::npos);
}

TEST(GPUFloatExecutor, RefusesWhatItCannotDo) {
  TestSetup setup(4);
  auto refused = [&](FloatExecutorOptions options) {
    auto executor = gpu::createExecutor(std::make_unique<HostDeviceGroup>(1),
                                        setup.program(), options);
    return executor ? std::string() : executor.message();
  };
  EXPECT_EQ(refused(withChunk(0)),
            "the chunk has 0 samples, allowed are 1 to 4096");
  FloatExecutorOptions options;
  options.keep = {1000};
  EXPECT_EQ(refused(options),
            "tensor 1000 is asked for, which no operation computes");
  EXPECT_FALSE(gpu::createExecutor(std::make_unique<HostDeviceGroup>(0),
                                   setup.program(), {}));
  auto executor = makeExecutor(setup.program(), {});
  Network other({2, 2, 1}, ElementType::U8);
  auto wrong = other.samples(4);
  EXPECT_FALSE(executor->run(*wrong, 0, 1, {}));
  EXPECT_FALSE(executor->run(*setup.samples, 2, 3, {}));
  std::vector<float> result(100);
  EXPECT_FALSE(executor->run(*setup.samples, 0, 1, {result.data()}));
}

/// Kernels that read what libraries have made do the rest on the way: no passes
/// over memory for bounds and ranges alone.
TEST(GPUFloatExecutor, WastesNoPass) {
  Network network({8, 8, 4});
  int x = network.conv(network.program.inputs[0].tensor, 8, validWindow(1, 1));
  x = network.relu(x, 6.f);
  network.observe(x);
  x = network.depthwise(x, sameWindow(network.shapeOf(x), 3, 1));
  x = network.relu(x, 6.f);
  network.observe(x);
  x = network.conv(x, 8, validWindow(1, 1));
  x = network.relu(x, 6.f);
  network.observe(x);
  network.observe(network.mean(x), false);
  auto group = std::make_unique<HostDeviceGroup>(1);
  auto &device = static_cast<HostDevice &>(*group->devices.front());
  auto executor =
      gpu::createExecutor(std::move(group), network.program, withChunk(4));
  ASSERT_TRUE(bool(executor)) << executor.message();
  auto source = network.samples(4);
  auto batches = planBatches(4, 4, 4);
  ASSERT_TRUE(bool(batches));
  BatchSpan span{0, 1};
  device.launches = 0;
  ASSERT_TRUE(bool((*executor)->observe(*source, *batches, span, {0, 1}, {})));
  // Clear, header, samples, depthwise, mean, commit; products are libraries'.
  EXPECT_EQ(device.launches, 6);
}
