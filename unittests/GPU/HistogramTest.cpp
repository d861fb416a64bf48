//===- HistogramTest.cpp - Histograms on GPUs, on the host ----------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Counts.h"
#include "FloatExecutor.h"
#include "HostDevice.h"
#include "RandomNetwork.h"

#include "qml/Calibration/Calibration.h"

#include <cmath>
#include <limits>

using namespace qml;
using namespace qml::test;

//===----------------------------------------------------------------------===//
// The kernel
//===----------------------------------------------------------------------===//

namespace {

struct BinsCase {
  int channels;
  int64_t cells; ///< of one sample
  int samples;
  int realSamples;
  bool perAxis;
  bool magnitude;
  int rowBlocks;
  Order order;
};

} // namespace

static void checkBins(const BinsCase &test) {
  SCOPED_TRACE(testing::Message()
               << test.channels << " channels, " << test.cells << " cells, "
               << test.realSamples << " of " << test.samples << " samples, "
               << (test.perAxis ? "per axis, " : "")
               << (test.magnitude ? "magnitudes, " : "") << test.rowBlocks
               << " row blocks, order " << int(test.order));
  int64_t elements = test.cells * test.channels;
  std::mt19937 random(7);
  std::uniform_real_distribution<float> uniform(-3, 5);
  std::vector<float> data(size_t(test.samples * elements));
  for (float &x : data)
    x = uniform(random);
  // After the last sample there may be anything.
  std::fill(data.begin() + test.realSamples * elements, data.end(),
            std::numeric_limits<float>::quiet_NaN());

  size_t count = test.perAxis ? size_t(test.channels) : 1;
  std::vector<float> lower(count), scale(count);
  for (size_t i = 0; i < count; ++i) {
    // Values on both sides of the bins, too.
    lower[i] = test.magnitude ? 0 : -2.5f + .01f * float(i % 40);
    scale[i] = i % 5 == 4 ? 0 : float(histogramBins) / (3 + float(i % 7));
  }
  // Counts add to what is there; the bins on each side nobody may touch.
  std::vector<uint64_t> counts((count + 2) * histogramBins, 100);
  std::vector<uint64_t> expected = counts;
  for (int64_t i = 0; i < test.realSamples * elements; ++i) {
    size_t histogram = test.perAxis ? size_t(i % test.channels) : 0;
    float x = data[size_t(i)];
    int bin = histogramBin(test.magnitude ? std::fabs(x) : x, lower[histogram],
                           scale[histogram]);
    ++expected[(histogram + 1) * histogramBins + size_t(bin)];
  }

  gpu::ChunkInfo info = {test.realSamples, 0};
  gpu::CountBins kernel;
  kernel.info = &info;
  kernel.data = data.data();
  kernel.sampleElements = elements;
  kernel.channels = test.channels;
  kernel.count = int32_t(count);
  kernel.magnitude = test.magnitude;
  kernel.lower = lower.data();
  kernel.scale = scale.data();
  kernel.counts = counts.data() + histogramBins;
  kernel.rowBlocks = test.rowBlocks;
  ASSERT_EQ(runGrid(kernel, test.order), "");
  ASSERT_TRUE(counts == expected);
}

TEST(GPUHistograms, OddSizesInAnyOrder) {
  int number = 0;
  for (int channels : {1, 2, 3, 5, 7, 8, 9, 15, 16, 17, 31})
    for (int64_t cells : {1, 2, 33, 200})
      for (bool perAxis : {false, true})
        for (bool magnitude : {false, true}) {
          ++number;
          checkBins({channels, cells, 3, 1 + number % 3, perAxis, magnitude,
                     1 + number % 4, Order(number / 3 % 3)});
        }
}

TEST(GPUHistograms, NoSamples) {
  checkBins({5, 7, 2, 0, true, true, 2, Order::Forward});
  checkBins({5, 7, 2, 0, false, true, 2, Order::Forward});
}

TEST(GPUHistograms, ManyChannels) {
  checkBins({4096, 1, 3, 2, true, true, 1, Order::Backward});
  checkBins({4096, 3, 1, 1, false, false, 3, Order::Shuffled});
  checkBins({1001, 2, 2, 2, true, false, 2, Order::Forward});
}

TEST(GPUHistograms, ManyCells) {
  for (Order order : {Order::Forward, Order::Backward, Order::Shuffled}) {
    checkBins({1, 20011, 1, 1, true, false, 5, order});
    checkBins({11, 3001, 2, 2, true, true, 3, order});
  }
}

//===----------------------------------------------------------------------===//
// The executor
//===----------------------------------------------------------------------===//

static std::unique_ptr<FloatExecutor>
makeExecutor(const Program &program, int64_t chunk, int devices,
             HostDeviceOptions device = {}) {
  FloatExecutorOptions options;
  options.keep = observedTensors(program);
  options.chunk = chunk;
  auto executor = gpu::createExecutor(
      std::make_unique<HostDeviceGroup>(devices, device), program, options);
  EXPECT_TRUE(bool(executor)) << executor.message();
  return executor ? std::move(*executor) : nullptr;
}

TEST(GPUHistograms, RandomNetworksEqualPlainLoops) {
  for (unsigned seed = 0; seed < 40; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    RandomCase test(seed, 7);
    HostDeviceOptions device;
    device.convolutions = 1 + int(seed % 3);
    device.order = Order(seed % 3);
    // Batches smaller and larger than chunks, chunks of one batch and several.
    auto executor =
        makeExecutor(test.program(), 1 + seed % 6, 1 + int(seed % 3), device);
    ASSERT_TRUE(executor);
    expectCounts(*executor, *test.source, 7, 1 + seed % 7);
    if (testing::Test::HasFailure())
      return;
  }
}

TEST(GPUHistograms, ChunksAndDevicesMakeNoDifference) {
  Network network({9, 8, 3}, ElementType::U8);
  int x =
      network.rescaling(network.program.inputs[0].tensor, {1 / 128.f}, {-1.f});
  network.observe(x, true, true);
  x = network.conv(x, 20, sameWindow({9, 8}, 3, 2));
  network.observe(x);
  network.observe(network.relu(x), false);
  auto source = network.samples(23);
  CalibrationOptions options;
  options.numSamples = 23;
  options.batchSize = 5;
  Histograms expected;
  for (int64_t chunk : {1, 2, 5, 7, 128})
    for (int devices : {1, 2, 4}) {
      auto executor = makeExecutor(network.program, chunk, devices);
      ASSERT_TRUE(executor);
      Histograms found;
      options.histograms = &found;
      auto ranges = calibrate(*executor, *source, options);
      ASSERT_TRUE(bool(ranges)) << ranges.message();
      if (expected.counts.empty()) {
        expected = found;
        PlainCounts plain(*executor, *source, 23);
        EXPECT_EQ(found.lower, plain.lower);
        EXPECT_EQ(found.upper, plain.upper);
      }
      EXPECT_EQ(found.lower, expected.lower);
      EXPECT_EQ(found.upper, expected.upper);
      EXPECT_TRUE(found.counts == expected.counts) << chunk << " " << devices;

      // What runs next does not depend on plans that are gone.
      options.histograms = nullptr;
      auto again = calibrate(*executor, *source, options);
      ASSERT_TRUE(bool(again)) << again.message();
      for (const auto &[layer, range] : *ranges)
        EXPECT_EQ(again->at(layer).max, range.max);
    }
}

TEST(GPUHistograms, DegenerateRanges) {
  Network network({2, 3});
  int x = network.relu(network.program.inputs[0].tensor, 0.f);
  network.observe(x, true, true);
  network.observe(network.view(x, {6}), false);
  auto source = network.samples(1);
  auto executor = makeExecutor(network.program, 4, 2);
  ASSERT_TRUE(executor);
  Histograms found;
  CalibrationOptions options;
  options.histograms = &found;
  auto ranges = calibrate(*executor, *source, options);
  ASSERT_TRUE(bool(ranges)) << ranges.message();
  std::vector<uint64_t> expected(4 * histogramBins, 0);
  for (size_t i = 0; i < 3; ++i)
    expected[i * histogramBins] = 2;
  expected[3 * histogramBins] = 6;
  EXPECT_EQ(found.counts, expected);
}

TEST(GPUHistograms, NothingToCount) {
  Network network({2, 3});
  network.relu(network.program.inputs[0].tensor);
  auto source = network.samples(5);
  auto executor = makeExecutor(network.program, 4, 2);
  ASSERT_TRUE(executor);
  Histograms found;
  CalibrationOptions options;
  options.histograms = &found;
  auto ranges = calibrate(*executor, *source, options);
  ASSERT_TRUE(bool(ranges)) << ranges.message();
  EXPECT_TRUE(found.counts.empty());
}

TEST(GPUHistograms, CountRefusesWhatDoesNotFit) {
  Network network({2, 2, 3});
  network.observe(network.relu(network.program.inputs[0].tensor));
  auto source = network.samples(4);
  auto batches = planBatches(4, 4, 4);
  auto executor = makeExecutor(network.program, 4, 1);
  ASSERT_TRUE(executor);
  std::vector<uint64_t> counts(3 * histogramBins);
  auto counted = executor->count(*source, *batches, {0, 1}, {0, 1},
                                 {{0}, {1}, {1}, {}}, counts, {});
  ASSERT_FALSE(bool(counted));
  EXPECT_NE(counted.message().find("there are scales for 1 histograms"),
            std::string::npos)
      << counted.message();
}
