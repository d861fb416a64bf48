//===- GatherTest.cpp - Values that are kept while a network runs ---------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Networks.h"

#include "qml/Calibration/Calibration.h"
#include "qml/Calibration/Histograms.h"

using namespace qml;
using namespace qml::test;

namespace {

constexpr int64_t numSamples = 23;

/// Convolutions, whose results lie in blocks of channels, and a vector.
struct GatherNetwork : Network {
  int product, activation, vector;

  GatherNetwork() : Network({9, 7, 3}, ElementType::U8) {
    int x = rescaling(program.inputs[0].tensor, {1.f / 255}, {0.f});
    product = conv(x, 37, sameWindow({9, 7}, 3, 1));
    activation = relu(product, 6.f);
    x = depthwise(activation, sameWindow({9, 7}, 3, 2));
    vector = dense(mean(x), 11);
    observe(activation);
    observe(vector, false);
  }
};

} // namespace

TEST(Gather, sumsAndCells) {
  GatherNetwork network;
  auto source = network.samples(numSamples);
  const std::vector<GatherRequest> requests = {
      {network.product, true, 5, 6},
      {network.activation, false, 4, 1},
      {network.vector, true, 0, 1},
      {network.vector, true, 3, 7}};
  for (int threads : {1, 4})
    for (int64_t microBatch : {1, 4}) {
      SCOPED_TRACE(testing::Message() << threads << " " << microBatch);
      FloatExecutorOptions options;
      options.threads = threads;
      options.microBatch = microBatch;
      options.gather = requests;
      for (const GatherRequest &request : requests)
        options.keep.push_back(request.tensor);
      auto executor = createCPUExecutor(network.program, options);
      ASSERT_TRUE(bool(executor)) << executor.message();
      ASSERT_TRUE((*executor)->gathers());
      std::vector<std::vector<float>> values;
      std::vector<float *> results;
      for (const GatherRequest &request : requests)
        values.emplace_back(numSamples *
                            numElements(network.shapeOf(request.tensor)));
      for (std::vector<float> &value : values)
        results.push_back(value.data());
      ASSERT_TRUE(bool((*executor)->startGathering(numSamples)));
      Status status = (*executor)->run(*source, 0, numSamples, results);
      ASSERT_TRUE(bool(status)) << status.message();
      Gathering gathered = (*executor)->takeGathering();
      EXPECT_EQ(gathered.seen, std::vector<char>(numSamples, 1));
      ASSERT_EQ(gathered.tensors.size(), requests.size());
      for (size_t i = 0; i < requests.size(); ++i) {
        const GatherRequest &request = requests[i];
        int64_t channels = network.shapeOf(request.tensor).back();
        int64_t cells = numElements(network.shapeOf(request.tensor)) / channels;
        ExactSums sums(request.sums ? size_t(channels) : 0);
        std::vector<float> taken;
        for (int64_t n = 0; n < numSamples; ++n) {
          const float *sample = values[i].data() + n * cells * channels;
          std::vector<double> own(sums.size());
          for (int64_t cell = 0; cell < cells; ++cell) {
            const float *at = sample + cell * channels;
            for (size_t c = 0; c < sums.size(); ++c)
              own[c] += double(at[c]);
            int64_t place = n % request.turn * cells + cell;
            if (request.step && place % request.step == 0)
              taken.insert(taken.end(), at, at + channels);
          }
          sums.add(own.data());
        }
        // To the bit, whoever comes first.
        EXPECT_EQ(gathered.tensors[i].sums.words(), sums.words());
        EXPECT_EQ(gathered.tensors[i].cells, taken);
      }
      // Without, nothing is gathered.
      status = (*executor)->run(*source, 0, numSamples, results);
      EXPECT_TRUE(bool(status));
      EXPECT_TRUE((*executor)->takeGathering().tensors.empty());
    }
}

/// Histograms of what was gathered are those of another pass.
TEST(Gather, histograms) {
  GatherNetwork network;
  auto source = network.samples(numSamples);
  std::vector<uint64_t> counts[2];
  for (bool isGathered : {false, true}) {
    ObserverLayout layout(network.program);
    std::vector<int64_t> steps =
        findCellSteps(network.program, layout, numSamples);
    FloatExecutorOptions options;
    options.threads = 3;
    options.gather = {{network.product, true, 0, 1},
                      {network.activation, false, steps.front(), 1},
                      {network.vector, false, steps.back(), 1}};
    auto executor = createCPUExecutor(network.program, options);
    ASSERT_TRUE(bool(executor)) << executor.message();
    CalibrationOptions settings;
    Histograms histograms;
    Gathering gathered;
    settings.batchSize = 10;
    settings.histograms = &histograms;
    settings.sparseHistograms = true;
    if (isGathered) {
      settings.rangeRequests = {1, 2};
      settings.gathering = &gathered;
    }
    int64_t done = 0, all = 0;
    settings.progress = [&](int64_t now, int64_t total) {
      done = now;
      all = total;
    };
    auto ranges = calibrate(**executor, *source, settings);
    ASSERT_TRUE(bool(ranges)) << ranges.message();
    EXPECT_EQ(done, isGathered ? numSamples : 2 * numSamples);
    EXPECT_EQ(all, done);
    EXPECT_EQ(gathered.tensors.size(), isGathered ? 3u : 0u);
    counts[isGathered] = histograms.counts;
  }
  EXPECT_EQ(counts[0], counts[1]);
}

TEST(Gather, refusals) {
  GatherNetwork network;
  FloatExecutorOptions options;
  options.gather = {{99, true, 0, 1}};
  auto executor = createCPUExecutor(network.program, options);
  ASSERT_FALSE(bool(executor));
  EXPECT_NE(executor.message().find("tensor 99"), std::string::npos);
  options.gather = {{network.product, true, 1, 0}};
  EXPECT_FALSE(bool(createCPUExecutor(network.program, options)));
  // More samples than memory was made for.
  options.gather = {{network.product, true, 1, 1}};
  executor = createCPUExecutor(network.program, options);
  ASSERT_TRUE(bool(executor)) << executor.message();
  auto source = network.samples(numSamples);
  ASSERT_TRUE(bool((*executor)->startGathering(2)));
  EXPECT_FALSE(bool((*executor)->run(*source, 0, 3, {})));
}

/// Another pass for histograms adds nothing to what was gathered.
TEST(Gather, histogramsCountedAnew) {
  GatherNetwork network;
  auto source = network.samples(numSamples);
  std::vector<uint64_t> sums[2];
  for (bool counts : {false, true}) {
    FloatExecutorOptions options;
    options.threads = 2;
    options.gather = {{network.product, true, 5, 1}};
    auto executor = createCPUExecutor(network.program, options);
    ASSERT_TRUE(bool(executor)) << executor.message();
    CalibrationOptions settings;
    Histograms histograms;
    Gathering gathered;
    settings.gathering = &gathered;
    if (counts)
      settings.histograms = &histograms;
    auto ranges = calibrate(**executor, *source, settings);
    ASSERT_TRUE(bool(ranges)) << ranges.message();
    ASSERT_EQ(gathered.tensors.size(), 1u);
    EXPECT_EQ(gathered.seen, std::vector<char>(numSamples, 1));
    sums[counts] = gathered.tensors[0].sums.words();
  }
  EXPECT_EQ(sums[0], sums[1]);
}
