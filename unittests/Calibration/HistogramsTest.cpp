//===- HistogramsTest.cpp - Tests of histograms ---------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Counts.h"
#include "RandomNetwork.h"

#include <cmath>
#include <limits>

using namespace qml;
using namespace qml::test;

constexpr float infinity = std::numeric_limits<float>::infinity();
constexpr float least = std::numeric_limits<float>::denorm_min();

//===----------------------------------------------------------------------===//
// Bins
//===----------------------------------------------------------------------===//

static BinScales scaleFor(float lower, float upper) {
  Program program;
  program.tensors.push_back({{1}, ElementType::F32, {}});
  program.inputs = {{0, "input"}};
  program.ranges = {{0, "x", false, true}};
  return binScales(ObserverLayout(program),
                   {maximumKey(upper), minimumKey(lower)});
}

TEST(Histograms, binsHaveEqualWidth) {
  struct Bounds {
    float lower, upper;
  };
  for (const Bounds &bounds :
       {Bounds{0, 1}, Bounds{0, 255}, Bounds{-1, 1}, Bounds{-128, 127},
        Bounds{.1f, .3f}, Bounds{-7e-20f, 3e-19f}, Bounds{1e30f, 3e38f},
        Bounds{1000, 1000.5f}, Bounds{-1.7e38f, 1.7e38f}}) {
    BinScales scales = scaleFor(bounds.lower, bounds.upper);
    float lower = scales.lower[0], scale = scales.scale[0];
    EXPECT_EQ(lower, bounds.lower);
    EXPECT_EQ(scales.upper[0], bounds.upper);
    EXPECT_EQ(histogramBin(bounds.lower, lower, scale), 0);
    EXPECT_EQ(histogramBin(bounds.upper, lower, scale), histogramBins - 1);
    int last = 0;
    double width = double(bounds.upper) - bounds.lower;
    for (int i = 0; i <= 10000; ++i) {
      float x = float(bounds.lower + width * i / 10000);
      double position = (double(x) - bounds.lower) / width * histogramBins;
      int bin = histogramBin(x, lower, scale);
      EXPECT_GE(bin, last);
      last = bin;
      // Only next to an edge may rounding choose the neighbour.
      EXPECT_LE(bin, std::floor(position + .01));
      if (bin != histogramBins - 1) {
        EXPECT_GE(bin, std::floor(position - .01));
      }
    }
    EXPECT_EQ(last, histogramBins - 1);
  }
}

TEST(Histograms, edgesOfBins) {
  // Of 0 to 2048, each bin is as wide as 1.
  for (int i = 0; i < histogramBins; ++i) {
    EXPECT_EQ(histogramBin(float(i), 0, 1), i);
    EXPECT_EQ(histogramBin(std::nextafter(float(i + 1), 0.f), 0, 1), i);
  }
  EXPECT_EQ(histogramBin(histogramBins, 0, 1), histogramBins - 1);
}

TEST(Histograms, valuesOutside) {
  for (float scale : {1.f, 1e30f, 1e-30f}) {
    EXPECT_EQ(histogramBin(-1, 0, scale), 0);
    EXPECT_EQ(histogramBin(-infinity, 0, scale), 0);
    EXPECT_EQ(histogramBin(-0.f, 0, scale), 0);
    EXPECT_EQ(histogramBin(infinity, 0, scale), histogramBins - 1);
    EXPECT_EQ(histogramBin(std::nanf(""), 0, scale), histogramBins - 1);
    EXPECT_EQ(histogramBin(-std::nanf(""), 0, scale), histogramBins - 1);
    EXPECT_EQ(histogramBin(least, 0, scale), 0);
    EXPECT_EQ(histogramBin(-least, 0, scale), 0);
  }
  EXPECT_EQ(histogramBin(3e38f, 0, 1), histogramBins - 1);
  EXPECT_EQ(histogramBin(-3e38f, 3e38f, 1), 0);
  EXPECT_EQ(histogramBin(3e38f, -3e38f, 1), histogramBins - 1);
}

TEST(Histograms, oneBinWhereTheScaleIsNoNumber) {
  for (float x : {0.f, 1.f, -3e38f, least}) {
    BinScales scales = scaleFor(x, x);
    EXPECT_EQ(scales.scale[0], 0) << x;
    EXPECT_EQ(histogramBin(x, x, 0), 0);
  }
  EXPECT_EQ(scaleFor(0, least).scale[0], 0);
  EXPECT_EQ(scaleFor(0, 1e-36f).scale[0], 0);
  EXPECT_EQ(scaleFor(-3e38f, 3e38f).scale[0], 0);
  BinScales small = scaleFor(0, 1e-35f);
  EXPECT_EQ(histogramBin(0, 0, small.scale[0]), 0);
  EXPECT_EQ(histogramBin(1e-35f, 0, small.scale[0]), histogramBins - 1);
}

//===----------------------------------------------------------------------===//
// The CPU's executor
//===----------------------------------------------------------------------===//

static std::unique_ptr<FloatExecutor>
makeExecutor(const Program &program, int threads, int64_t microBatch = 4) {
  FloatExecutorOptions options;
  options.threads = threads;
  options.microBatch = microBatch;
  options.keep = observedTensors(program);
  auto executor = createCPUExecutor(program, options);
  EXPECT_TRUE(bool(executor)) << executor.message();
  return executor ? std::move(*executor) : nullptr;
}

TEST(Histograms, randomNetworksEqualPlainLoops) {
  for (unsigned seed = 0; seed < 60; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    RandomCase test(seed, 7);
    auto executor =
        makeExecutor(test.program(), 1 + int(seed % 3), 1 + seed % 5);
    ASSERT_TRUE(executor);
    expectCounts(*executor, *test.source, 7, 1 + seed % 7);
    if (testing::Test::HasFailure())
      return;
  }
}

/// Many values for each histogram, and few; blocks that are filled up, blocks
/// of one channel, more channels than are counted at a time.
static void build(Network &network, int64_t channels, bool perAxis,
                  bool minMax) {
  network.weightScale = 1 / 4.f;
  int input = network.program.inputs[0].tensor;
  int x = network.rescaling(input, {1 / 128.f}, {-1.f});
  network.observe(x, perAxis, minMax);
  Shape image = network.shapeOf(input);
  x = network.conv(x, channels, sameWindow(image, 3, 1));
  network.observe(x, perAxis, minMax);
  x = network.relu(x);
  network.observe(x, perAxis, !minMax);
  x = network.maxPool(x, validWindow(3, 3));
  x = network.depthwise(x, sameWindow(network.shapeOf(x), 3, 1));
  network.observe(x, !perAxis, minMax);
  int64_t cells = network.shapeOf(x)[0] * network.shapeOf(x)[1];
  // A plain layout.
  x = network.view(x, {cells, channels});
  network.observe(x, perAxis, minMax);
  x = network.view(x, {cells * channels});
  x = network.dense(x, 300);
  network.observe(x, perAxis, minMax);
  network.observe(network.dense(x, 1), perAxis, minMax);
}

TEST(Histograms, layoutsAndSizesEqualPlainLoops) {
  for (int64_t channels : {1, 3, 8, 16, 19, 33, 70})
    for (int64_t inputs : {1, 3})
      for (bool perAxis : {false, true})
        for (bool minMax : {false, true}) {
          SCOPED_TRACE(testing::Message() << channels << " " << inputs << " "
                                          << perAxis << " " << minMax);
          Network network({26, 27, inputs}, ElementType::U8);
          build(network, channels, perAxis, minMax);
          auto source = network.samples(6);
          auto executor = makeExecutor(network.program, 2);
          ASSERT_TRUE(executor);
          expectCounts(*executor, *source, 6, 5);
          if (testing::Test::HasFailure())
            return;
        }
}

TEST(Histograms, manyCellsWithManyChannels) {
  // A plain layout with more channels than are counted at a time, and as many
  // values for each as make a step count by itself.
  for (int64_t channels : {17, 40, 257})
    for (int64_t cells : {127, 128, 600})
      for (bool perAxis : {false, true}) {
        SCOPED_TRACE(testing::Message()
                     << channels << " " << cells << " " << perAxis);
        Network network({cells, 3});
        int x = network.dense(network.program.inputs[0].tensor, channels);
        network.observe(x, perAxis);
        network.observe(network.relu(x), perAxis, true);
        auto source = network.samples(5);
        auto executor = makeExecutor(network.program, 2);
        ASSERT_TRUE(executor);
        expectCounts(*executor, *source, 5, 5);
        if (testing::Test::HasFailure())
          return;
      }
}

TEST(Histograms, countRefusesWhatDoesNotFit) {
  Network network({2, 2, 3});
  network.observe(network.relu(network.program.inputs[0].tensor));
  auto source = network.samples(4);
  auto batches = planBatches(4, 4, 4);
  BinScales scales = {{0, 0, 0}, {1, 1, 1}, {1, 1, 1}, {}};
  std::vector<uint64_t> counts(3 * histogramBins);
  auto message = [&](FloatExecutorOptions options, const BinScales &scales,
                     PieceSpan pieces) -> std::string {
    auto executor = createCPUExecutor(network.program, std::move(options));
    EXPECT_TRUE(bool(executor));
    auto counted = (*executor)->count(*source, *batches, {0, 1}, pieces, scales,
                                      counts, {});
    return counted ? "" : counted.message();
  };
  EXPECT_EQ(message({}, scales, {0, 1}), "");
  EXPECT_EQ(message({}, {{0}, {1}, {1}, {}}, {0, 1}),
            "there are scales for 1 histograms and 6144 bins, the network has "
            "3 histograms of 2048 bins");
  EXPECT_NE(message({}, scales, {0, 2}), "");
  EXPECT_NE(message({}, scales, {-1, 1}), "");
  FloatExecutorOptions blind;
  blind.observe = false;
  EXPECT_EQ(message(blind, scales, {0, 1}),
            "this executor was made without observers");
  counts.pop_back();
  EXPECT_NE(message({}, scales, {0, 1}), "");
}

//===----------------------------------------------------------------------===//
// Calibration
//===----------------------------------------------------------------------===//

/// Of a network that hands on what it gets, in samples of these elements.
static Histograms histogramsOf(std::vector<float> values, int64_t elements,
                               bool perAxis, bool minMax) {
  Network network({elements});
  network.observe(network.view(network.program.inputs[0].tensor, {elements}),
                  perAxis, minMax);
  Array array;
  array.shape = {int64_t(values.size()) / elements, elements};
  array.data = values.data();
  auto samples = samplesOf(array, network.program.tensors[0], "s.npy");
  EXPECT_TRUE(bool(samples)) << samples.message();
  Histograms histograms;
  CalibrationOptions options;
  options.batchSize = 3;
  options.histograms = &histograms;
  auto ranges = calibrate(network.program, **samples, options);
  EXPECT_TRUE(bool(ranges)) << ranges.message();
  return histograms;
}

TEST(Histograms, byHand) {
  std::vector<float> values;
  for (int i = -histogramBins; i <= histogramBins; ++i)
    values.push_back(float(i));
  Histograms found = histogramsOf(values, int64_t(values.size()), false, false);
  ASSERT_EQ(found.layers.size(), 1u);
  Histograms::Layer layer = found.layers.at("t1");
  EXPECT_EQ(layer.first, 0u);
  EXPECT_EQ(layer.count, 1u);
  EXPECT_FALSE(layer.perAxis);
  EXPECT_TRUE(layer.ofMagnitudes);
  EXPECT_EQ(found.lower, std::vector<float>{0});
  EXPECT_EQ(found.upper, std::vector<float>{float(histogramBins)});
  std::vector<uint64_t> expected(histogramBins, 2);
  expected.front() = 1;
  expected.back() = 4;
  EXPECT_EQ(found.counts, expected);

  found = histogramsOf(values, int64_t(values.size()), false, true);
  EXPECT_FALSE(found.layers.at("t1").ofMagnitudes);
  EXPECT_EQ(found.lower, std::vector<float>{-float(histogramBins)});
  EXPECT_EQ(found.upper, std::vector<float>{float(histogramBins)});
  expected.assign(histogramBins, 2);
  expected.back() = 3;
  EXPECT_EQ(found.counts, expected);

  // Two channels of four samples.
  found = histogramsOf({0, 5, -2, 5, 4, 5, 3, 6}, 2, true, true);
  layer = found.layers.at("t1");
  EXPECT_EQ(layer.count, 2u);
  EXPECT_TRUE(layer.perAxis);
  EXPECT_EQ(found.lower, (std::vector<float>{-2, 5}));
  EXPECT_EQ(found.upper, (std::vector<float>{4, 6}));
  expected.assign(2 * histogramBins, 0);
  expected[0] = 1;                     // -2
  expected[histogramBins / 3] = 1;     // 0 of -2 to 4: 682.67
  expected[histogramBins * 5 / 6] = 1; // 3: 1706.67
  expected[histogramBins - 1] = 1;     // 4
  expected[histogramBins] = 3;         // 5 of 5 to 6
  expected[2 * histogramBins - 1] = 1; // 6
  EXPECT_EQ(found.counts, expected);
}

TEST(Histograms, degenerateRanges) {
  auto countsOf = [](size_t bin, uint64_t count) {
    std::vector<uint64_t> counts(histogramBins, 0);
    counts[bin] = count;
    return counts;
  };
  std::vector<float> same(30, 5.f), zeros(30, 0.f), negative(30, -5.f);
  EXPECT_EQ(histogramsOf(same, 3, false, true).counts, countsOf(0, 30));
  EXPECT_EQ(histogramsOf(negative, 3, false, true).counts, countsOf(0, 30));
  EXPECT_EQ(histogramsOf(zeros, 3, false, true).counts, countsOf(0, 30));
  EXPECT_EQ(histogramsOf(zeros, 3, false, false).counts, countsOf(0, 30));
  // Magnitudes begin at 0.
  EXPECT_EQ(histogramsOf(same, 3, false, false).counts,
            countsOf(histogramBins - 1, 30));
  EXPECT_EQ(histogramsOf(negative, 3, false, false).counts,
            countsOf(histogramBins - 1, 30));
  // A single value, and ones that are hardly there.
  EXPECT_EQ(histogramsOf({7}, 1, true, true).counts, countsOf(0, 1));
  EXPECT_EQ(histogramsOf({7}, 1, true, false).counts,
            countsOf(histogramBins - 1, 1));
  EXPECT_EQ(histogramsOf({0, least, 1e-40f, 1e-37f}, 2, false, false).counts,
            countsOf(0, 4));
  EXPECT_EQ(histogramsOf({0, -0.f}, 1, true, true).counts, countsOf(0, 2));
}

TEST(Histograms, nothingToCount) {
  Network network({2, 3});
  network.relu(network.program.inputs[0].tensor);
  auto samples = network.samples(5);
  Histograms histograms;
  CalibrationOptions options;
  options.histograms = &histograms;
  auto ranges = calibrate(network.program, *samples, options);
  ASSERT_TRUE(bool(ranges)) << ranges.message();
  EXPECT_TRUE(histograms.layers.empty());
  EXPECT_TRUE(histograms.counts.empty());
}

TEST(Histograms, threadsMakeNoDifference) {
  Network network({26, 27, 3}, ElementType::U8);
  build(network, 19, true, false);
  auto samples = network.samples(41);
  Histograms one;
  CalibrationOptions options;
  options.numSamples = 41;
  options.batchSize = 7;
  options.threads = 1;
  options.histograms = &one;
  ASSERT_TRUE(bool(calibrate(network.program, *samples, options)));

  auto executor = makeExecutor(network.program, 2);
  ASSERT_TRUE(executor);
  PlainCounts plain(*executor, *samples, 41);
  EXPECT_EQ(one.lower, plain.lower);
  EXPECT_EQ(one.upper, plain.upper);
  for (int threads : {2, 3, 4})
    // All states at once, or few: those of all batches make the bins.
    for (size_t states : {size_t(1) << 28, size_t(0)}) {
      Histograms many;
      options.threads = threads;
      options.maxStateBytes = states;
      options.histograms = &many;
      ASSERT_TRUE(bool(calibrate(network.program, *samples, options)));
      EXPECT_EQ(many.lower, one.lower);
      EXPECT_EQ(many.upper, one.upper);
      EXPECT_TRUE(many.counts == one.counts) << threads << " " << states;
    }
}

TEST(Histograms, changeNoRanges) {
  Network network({9, 9, 3}, ElementType::U8);
  build(network, 5, true, true);
  auto samples = network.samples(20);
  CalibrationOptions options;
  options.numSamples = 20;
  options.batchSize = 6;
  auto without = calibrate(network.program, *samples, options);
  ASSERT_TRUE(bool(without)) << without.message();
  Histograms histograms;
  options.histograms = &histograms;
  int64_t last = 0;
  options.progress = [&](int64_t done, int64_t total) {
    EXPECT_EQ(total, 40);
    EXPECT_GT(done, last);
    last = done;
  };
  auto with = calibrate(network.program, *samples, options);
  ASSERT_TRUE(bool(with)) << with.message();
  EXPECT_EQ(last, 40);
  ASSERT_EQ(with->size(), without->size());
  for (const auto &[layer, range] : *without) {
    EXPECT_EQ(with->at(layer).max, range.max);
    EXPECT_EQ(with->at(layer).min, range.min);
    EXPECT_EQ(histograms.layers.at(layer).perAxis, range.perAxis);
    EXPECT_EQ(histograms.layers.at(layer).ofMagnitudes, range.min.empty());
  }
}

TEST(Histograms, notANumberIsFoundBeforeCounting) {
  Network network({4, 4, 1});
  network.observe(
      network.conv(network.program.inputs[0].tensor, 3, validWindow(3, 1)));
  network.weights.front()[1] = 3e38f;
  auto samples = network.samples(20);
  CalibrationOptions options;
  options.numSamples = 20;
  options.batchSize = 5;
  Histograms histograms;
  options.histograms = &histograms;
  auto ranges = calibrate(network.program, *samples, options);
  ASSERT_FALSE(bool(ranges));
  EXPECT_NE(ranges.message().find(
                "layer 't1' reaches infinity in samples 0 to 4, channel 1"),
            std::string::npos)
      << ranges.message();
  EXPECT_TRUE(histograms.counts.empty());
}

TEST(Histograms, stepsLeaveEnoughCells) {
  Network network({112, 112, 4});
  network.observe(network.program.inputs[0].tensor);
  network.observe(network.relu(network.program.inputs[0].tensor), false);
  ObserverLayout layout(network.program);
  EXPECT_EQ(findCellSteps(network.program, layout, 1),
            (std::vector<int64_t>{1, 1, 1, 1, 3}));
  std::vector<int64_t> steps = findCellSteps(network.program, layout, 256);
  ASSERT_EQ(steps.size(), 5u);
  for (int64_t step : steps) {
    EXPECT_GT(step, 128);
    // Parts of an image, and of its rows, are all looked at.
    EXPECT_LE(step, 112 * 112 / 64);
    EXPECT_NE(step % 2, 0);
    EXPECT_NE(step % 7, 0);
  }

  Histograms histograms;
  BinScales scales = binScales(layout, emptyState(layout));
  scales.steps = steps;
  ASSERT_TRUE(histograms.start(layout, scales));
  uint64_t cells = uint64_t((112 * 112 + steps[0] - 1) / steps[0]);
  for (size_t i = 0; i < 4; ++i)
    histograms.counts[i * histogramBins + i] = 2 * cells;
  histograms.counts[4 * histogramBins] =
      uint64_t((112 * 112 + steps[4] - 1) / steps[4]) * 2 * 4;
  EXPECT_TRUE(histograms.check(network.program, 2));
  EXPECT_FALSE(histograms.check(network.program, 3));
}

TEST(Histograms, wrongTotalsAreAnError) {
  Network network({2, 3});
  network.observe(network.relu(network.program.inputs[0].tensor));
  network.observe(network.program.inputs[0].tensor, false);
  ObserverLayout layout(network.program);
  Histograms histograms;
  ASSERT_TRUE(histograms.start(layout, binScales(layout, emptyState(layout))));
  ASSERT_EQ(histograms.counts.size(), 4u * histogramBins);
  // Five samples: ten values of each channel, thirty of the input.
  for (size_t i = 0; i < 3; ++i)
    histograms.counts[i * histogramBins + 17] = 10;
  histograms.counts[3 * histogramBins] = 13;
  histograms.counts[4 * histogramBins - 1] = 17;
  EXPECT_TRUE(histograms.check(network.program, 5));
  Status status = histograms.check(network.program, 4);
  EXPECT_EQ(status.message(), "of 8 values of layer 't1', channel 0, 10 were "
                              "counted: the result would be wrong");
  --histograms.counts[4 * histogramBins - 1];
  status = histograms.check(network.program, 5);
  EXPECT_EQ(status.message(), "of 30 values of layer 't0' 29 were counted: the "
                              "result would be wrong");
}
