//===- CalibrationTest.cpp - Tests of calibration as a whole --------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
#include "Networks.h"

#include <algorithm>
#include <cmath>
#include <limits>

using namespace qml;
using namespace qml::test;

/// What calibration has to find, by plain loops.
static Ranges calibrateNaively(const Network &network, const SampleSet &samples,
                               const Batching &batches, int64_t epochs) {
  const Program &program = network.program;
  ObserverLayout layout(program);
  MovingRanges ranges(layout, .9);
  for (int64_t epoch = 0; epoch < epochs; ++epoch)
    for (int64_t batch = 0; batch < batches.steps; ++batch) {
      ObserverState state = emptyState(layout);
      for (int64_t i = 0; i < batches.sizeOf(batch); ++i) {
        Values values =
            computeNaively(program, samples, batch * batches.batchSize + i);
        for (size_t r = 0; r < program.ranges.size(); ++r) {
          const RangeRequest &request = program.ranges[r];
          const auto &entry = layout.entries()[r];
          const std::vector<float> &tensor = values[size_t(request.tensor)];
          for (size_t j = 0; j < tensor.size(); ++j) {
            size_t at = entry.offset + j % entry.count;
            int32_t key = request.minMax ? maximumKey(tensor[j])
                                         : magnitudeKey(tensor[j]);
            state[at] = std::max(state[at], key);
            if (request.minMax)
              state[at + entry.count] =
                  std::max(state[at + entry.count], minimumKey(tensor[j]));
          }
        }
      }
      EXPECT_TRUE(bool(ranges.update(state, "it")));
    }
  return std::move(ranges).take();
}

static void expectNear(const std::vector<float> &found,
                       const std::vector<float> &expected,
                       const std::string &layer) {
  ASSERT_EQ(found.size(), expected.size()) << layer;
  float largest = 0;
  for (float value : expected)
    largest = std::max(largest, std::fabs(value));
  for (size_t i = 0; i < found.size(); ++i)
    EXPECT_NEAR(found[i], expected[i], largest * 5e-6f)
        << layer << ", channel " << i;
}

static void expectNear(const Ranges &found, const Ranges &expected) {
  ASSERT_EQ(found.size(), expected.size());
  for (const auto &[layer, range] : expected) {
    ASSERT_TRUE(found.count(layer)) << layer;
    EXPECT_EQ(found.at(layer).perAxis, range.perAxis);
    expectNear(found.at(layer).max, range.max, layer);
    expectNear(found.at(layer).min, range.min, layer);
  }
}

static bool areEqual(const Ranges &a, const Ranges &b) {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [](auto &x, auto &y) {
           return x.first == y.first && x.second.max == y.second.max &&
                  x.second.min == y.second.min &&
                  x.second.perAxis == y.second.perAxis;
         });
}

/// A network with ranges of all kinds, on all kinds of layouts.
static void build(Network &network, bool perAxis) {
  int input = network.program.inputs[0].tensor;
  if (network.program.tensors[size_t(input)].type == ElementType::F32)
    network.observe(input, perAxis, true);
  int x = network.rescaling(input, {1 / 255.f}, {0.f});
  network.observe(x, perAxis);
  x = network.conv(x, 24, sameWindow(network.shapeOf(x), 3, 2));
  x = network.relu(x, 6.f);
  network.observe(x, perAxis);
  int y = network.depthwise(x, sameWindow(network.shapeOf(x), 3, 1));
  network.observe(y, perAxis);
  y = network.conv(y, 24, validWindow(1, 1));
  y = network.sum(x, y);
  network.observe(y, perAxis);
  y = network.maxPool(y, sameWindow(network.shapeOf(y), 2, 2));
  y = network.relu(y);
  network.observe(y, perAxis);
  y = network.conv(y, 5, validWindow(3, 1), false);
  network.observe(y, perAxis, true);
  int64_t elements = numElements(network.shapeOf(y));
  y = network.view(y, {elements});
  y = network.dense(y, 33);
  network.observe(y, false);
  y = network.relu(y);
  network.observe(y, perAxis);
  network.dense(y, 3);
}

TEST(Calibration, equalsPlainLoops) {
  for (ElementType type : {ElementType::F32, ElementType::U8})
    for (int64_t channels : {1, 3})
      for (bool perAxis : {false, true}) {
        Network network({14, 13, channels}, type);
        build(network, perAxis);
        auto samples = network.samples(11);
        CalibrationOptions options;
        options.numSamples = 11;
        options.batchSize = 4;
        options.threads = 2;
        auto ranges = calibrate(network.program, *samples, options);
        ASSERT_TRUE(bool(ranges)) << ranges.message();
        auto batches = planBatches(11, 11, 4);
        ASSERT_TRUE(bool(batches));
        expectNear(*ranges, calibrateNaively(network, *samples, *batches, 2));
      }
}

TEST(Calibration, threadsMakeNoDifference) {
  Network network({14, 13, 3}, ElementType::U8);
  build(network, true);
  auto samples = network.samples(61);
  for (int64_t batchSize : {0, 1, 3, 7, 16, 61}) {
    CalibrationOptions options;
    options.numSamples = 61;
    options.batchSize = batchSize;
    options.threads = 1;
    auto one = calibrate(network.program, *samples, options);
    ASSERT_TRUE(bool(one)) << one.message();
    for (int threads : {2, 3, 5}) {
      options.threads = threads;
      auto many = calibrate(network.program, *samples, options);
      ASSERT_TRUE(bool(many)) << many.message();
      EXPECT_TRUE(areEqual(*one, *many)) << batchSize << " " << threads;
    }
  }
}

TEST(Calibration, laterEpochsAreTheSameAsRunningAgain) {
  Network network({9, 9, 1}, ElementType::U8);
  build(network, true);
  auto samples = network.samples(10);
  auto batches = planBatches(10, 10, 3);
  ASSERT_TRUE(bool(batches));
  auto executor = createCPUExecutor(network.program);
  ASSERT_TRUE(bool(executor)) << executor.message();
  ASSERT_TRUE((*executor)->startRanges(.9));
  BatchSpan span{0, batches->steps};
  PieceSpan pieces{0, (*executor)->numPieces(*batches, span)};
  for (int epoch = 0; epoch < 3; ++epoch) {
    auto seen = (*executor)->observe(*samples, *batches, span, pieces, {});
    ASSERT_TRUE(bool(seen)) << seen.message();
    EXPECT_EQ(*seen, 10);
    ASSERT_TRUE((*executor)->moveRanges(*batches));
  }
  auto expected = (*executor)->ranges();
  ASSERT_TRUE(bool(expected)) << expected.message();
  CalibrationOptions options;
  options.numSamples = 10;
  options.batchSize = 3;
  options.epochs = 3;
  auto ranges = calibrate(**executor, *samples, options);
  ASSERT_TRUE(bool(ranges)) << ranges.message();
  EXPECT_TRUE(areEqual(*ranges, *expected));
}

TEST(Calibration, progress) {
  Network network({5, 5, 1});
  network.observe(
      network.conv(network.program.inputs[0].tensor, 2, validWindow(3, 1)));
  auto samples = network.samples(50);
  CalibrationOptions options;
  options.numSamples = 50;
  options.threads = 3;
  int64_t last = 0;
  options.progress = [&](int64_t done, int64_t total) {
    EXPECT_EQ(total, 50);
    EXPECT_GT(done, last);
    last = done;
  };
  ASSERT_TRUE(bool(calibrate(network.program, *samples, options)));
  EXPECT_EQ(last, 50);
}

TEST(Calibration, infinityIsAnError) {
  Network network({4, 4, 1});
  int x = network.conv(network.program.inputs[0].tensor, 3, validWindow(3, 1));
  network.observe(x);
  network.weights.front()[1] = 3e38f; // for the second channel
  auto samples = network.samples(20);
  CalibrationOptions options;
  options.numSamples = 20;
  options.batchSize = 5;
  for (int threads : {1, 4}) {
    options.threads = threads;
    auto ranges = calibrate(network.program, *samples, options);
    ASSERT_FALSE(bool(ranges));
    EXPECT_NE(ranges.message().find(
                  "layer 't1' reaches infinity in samples 0 to 4, channel 1"),
              std::string::npos)
        << ranges.message();
  }
  network.weights.front()[1] = std::numeric_limits<float>::quiet_NaN();
  auto ranges = calibrate(network.program, *samples, options);
  ASSERT_FALSE(bool(ranges));
  EXPECT_NE(ranges.message().find("NaN"), std::string::npos);
}

/// A maximum of values that are no numbers is none.
TEST(Calibration, poolsKeepWhatIsNoNumber) {
  for (int64_t filters : {3, 16}) {
    Network network({6, 6, 1});
    int x = network.conv(network.program.inputs[0].tensor, filters,
                         validWindow(3, 1));
    x = network.relu(network.maxPool(x, validWindow(2, 2)));
    network.observe(x);
    network.weights.front()[1] = std::numeric_limits<float>::quiet_NaN();
    auto samples = network.samples(4);
    CalibrationOptions options;
    options.numSamples = 4;
    auto ranges = calibrate(network.program, *samples, options);
    ASSERT_FALSE(bool(ranges));
    EXPECT_NE(ranges.message().find("NaN"), std::string::npos)
        << ranges.message();
  }
}

TEST(Calibration, badSamplesAreErrors) {
  Network network({2, 2, 1});
  network.observe(network.relu(network.program.inputs[0].tensor));
  std::vector<float> data(4 * 40, 1.f);
  data[4 * 30 + 1] = std::nanf("");
  data[4 * 21 + 3] = std::nanf("");
  Array array;
  array.shape = {40, 2, 2, 1};
  array.data = data.data();
  auto samples = samplesOf(array, network.program.tensors[0], "s.npy");
  ASSERT_TRUE(bool(samples)) << samples.message();
  CalibrationOptions options;
  for (int threads : {1, 2, 5}) {
    options.threads = threads;
    options.batchSize = threads;
    auto ranges = calibrate(network.program, **samples, options);
    ASSERT_FALSE(bool(ranges));
    EXPECT_NE(ranges.message().find("sample 21 holds nan at (1, 1, 0)"),
              std::string::npos)
        << ranges.message();
  }
}

TEST(Calibration, badOptionsAreErrors) {
  Network network({2, 2, 1});
  network.observe(network.relu(network.program.inputs[0].tensor));
  auto samples = network.samples(4);
  CalibrationOptions options;
  options.epochs = 0;
  EXPECT_FALSE(calibrate(network.program, *samples, options));
  options = {};
  options.momentum = 1.5;
  EXPECT_FALSE(calibrate(network.program, *samples, options));
  options = {};
  options.numSamples = 0;
  EXPECT_FALSE(calibrate(network.program, *samples, options));
  options = {};
  options.batchSize = -5;
  EXPECT_FALSE(calibrate(network.program, *samples, options));
  options = {};
  options.threads = -5;
  EXPECT_FALSE(calibrate(network.program, *samples, options));
}

TEST(Calibration, progressLine) {
  EXPECT_EQ(ProgressLine::text("Calibrating", 0, 100, 0),
            "Calibrating: 0 of 100 samples");
  EXPECT_EQ(ProgressLine::text("Calibrating", 10, 100, 2),
            "Calibrating: 10 of 100 samples, 5.0/s, 18 s left");
  EXPECT_EQ(ProgressLine::text("Calibrating", 100, 20000, 1),
            "Calibrating: 100 of 20000 samples, 100/s, 3:19 min left");
  EXPECT_EQ(ProgressLine::text("Calibrating", 1, 5000, 1),
            "Calibrating: 1 of 5000 samples, 1.0/s, 1:23:19 h left");
  EXPECT_EQ(ProgressLine::text("Searching", 10, 100, 2, "networks"),
            "Searching: 10 of 100 networks, 5.0/s, 18 s left");
  ProgressLine line("Testing");
  line.update(1, 2);
}
