//===- WeightsTest.cpp - Weights chosen by moments ------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "qml/Recovery/Weights.h"

#include "gtest/gtest.h"

#include <cmath>
#include <random>

using namespace qml;

namespace {

/// A dense layer of inputs that go together, with noise.
struct Layer {
  static constexpr int64_t inputs = 24, outputs = 5, samples = 400;
  ProductGeometry geometry;
  Moments moments;
  WeightProblem problem;
  std::vector<int16_t> codes;
  std::vector<float> targets;

  explicit Layer(int valueBits, bool depthwise = false) {
    geometry.channels = depthwise ? outputs : inputs;
    geometry.outputs = outputs;
    geometry.depthwise = depthwise;
    std::mt19937 random(11);
    std::normal_distribution<double> normal;
    int64_t channels = geometry.channels;
    problem.units.assign(geometry.numBlocks() * geometry.numInputs(), 0.25);
    problem.weights.resize(geometry.numBlocks() * geometry.numInputs() *
                           geometry.blockOutputs());
    for (double &weight : problem.weights)
      weight = normal(random);
    for (int64_t i = 0; i != samples; ++i) {
      double common = 20 * normal(random);
      for (int64_t c = 0; c != channels; ++c)
        codes.push_back(int16_t(std::lrint(30 + common + 6 * normal(random))));
      for (int64_t f = 0; f != outputs; ++f) {
        double sum = 0.5 * double(f);
        for (int64_t k = 0; k != geometry.numInputs(); ++k)
          sum += 0.25 * codes[i * channels + (depthwise ? f : k)] *
                 problem.weights[depthwise ? f : k * outputs + f];
        targets.push_back(float(sum));
      }
    }
    collect();
    problem.moments = &moments;
    problem.valueBits = valueBits;
  }

  void collect() {
    std::vector<int32_t> largest(outputs, 0);
    findLargest(targets.data(), samples, outputs, largest.data());
    std::vector<int> exponents;
    for (int32_t key : largest)
      exponents.push_back(findExponent(key));
    MomentCollector collector(geometry, true, 1, 1, exponents);
    collector.add(codes.data(), targets.data(), samples);
    moments = collector.get();
  }

  /// The mean square of what the integers are off by, biases corrected.
  double errorOf(const ChosenWeights &chosen) const {
    std::vector<double> weights(chosen.integers.begin(), chosen.integers.end());
    for (size_t i = 0; i != weights.size(); ++i) {
      size_t channel = geometry.depthwise ? i : i % size_t(geometry.outputs);
      weights[i] *= chosen.scales[chosen.scales.size() == 1 ? 0 : channel];
    }
    std::vector<double> bias =
        meanBias(moments, moments.outputSums(), problem.units, weights);
    double error = 0;
    for (int64_t i = 0; i != samples; ++i)
      for (int64_t f = 0; f != outputs; ++f) {
        double sum = bias[f];
        for (int64_t k = 0; k != geometry.numInputs(); ++k)
          sum += 0.25 *
                 codes[i * geometry.channels + (geometry.depthwise ? f : k)] *
                 weights[geometry.depthwise ? f : k * outputs + f];
        error += std::pow(sum - targets[i * outputs + f], 2);
      }
    return error / double(samples * outputs);
  }

  ChosenWeights choose(bool refit, bool round, int threads = 1) const {
    WeightSteps steps;
    steps.refit = refit;
    steps.round = round;
    Result<ChosenWeights> chosen = chooseWeights(problem, steps, threads);
    EXPECT_TRUE(chosen);
    return std::move(*chosen);
  }
};

TEST(WeightsTest, EachStepHelps) {
  for (int bits : {1, 3}) {
    Layer layer(bits);
    double nearest = layer.errorOf(layer.choose(false, false));
    double rounded = layer.errorOf(layer.choose(false, true));
    double all = layer.errorOf(layer.choose(true, true));
    EXPECT_LT(rounded, nearest * 0.5) << bits;
    EXPECT_LE(all, rounded * 1.05) << bits;
  }
}

TEST(WeightsTest, IntegersFitTheirBits) {
  for (int bits : {1, 3, 7}) {
    ChosenWeights chosen = Layer(bits).choose(true, true);
    for (int32_t code : chosen.integers) {
      EXPECT_GE(code, -(1 << bits));
      EXPECT_LT(code, 1 << bits);
    }
    EXPECT_LE(chosen.errorAfter, chosen.errorBefore * 1.1) << bits;
  }
}

/// The lowest integer is one that Akida 1.0 has not.
TEST(WeightsTest, IntegersOfOneMagnitude) {
  for (int bits : {1, 3}) {
    Layer layer(bits);
    layer.problem.isSymmetric = true;
    for (bool rounds : {false, true})
      for (int32_t code : layer.choose(true, rounds).integers)
        EXPECT_LT(std::abs(code), 1 << bits);
  }
}

TEST(WeightsTest, DepthwiseBlocksAreAlone) {
  Layer layer(3, /*depthwise=*/true);
  ChosenWeights chosen = layer.choose(true, true);
  ASSERT_EQ(chosen.scales.size(), size_t(Layer::outputs));
  // One weight for each channel can be met exactly by its scale.
  EXPECT_LT(layer.errorOf(chosen), 1e-3);
}

TEST(WeightsTest, OneScaleForAll) {
  Layer layer(3);
  layer.problem.hasOneScale = true;
  ChosenWeights chosen = layer.choose(true, true);
  ASSERT_EQ(chosen.scales.size(), 1u);
  layer.problem.hasOneScale = false;
  EXPECT_LE(layer.errorOf(layer.choose(true, true)), layer.errorOf(chosen));
}

TEST(WeightsTest, ScalesAreTheHardwares) {
  Layer layer(3);
  layer.problem.adjustScales = [](std::vector<float> &scales) {
    for (float &scale : scales)
      scale = std::exp2(std::ceil(std::log2(scale)));
  };
  ChosenWeights chosen = layer.choose(true, true);
  for (float scale : chosen.scales)
    EXPECT_EQ(scale, std::exp2(std::round(std::log2(scale))));
  // Integers are those of these scales.
  EXPECT_LT(layer.errorOf(chosen), layer.errorOf(layer.choose(false, false)));
}

TEST(WeightsTest, DeadInputsKeepTheirWeights) {
  Layer layer(7);
  std::fill(layer.codes.begin(), layer.codes.end(), int16_t(0));
  layer.collect();
  ChosenWeights chosen = layer.choose(true, true);
  for (size_t i = 0; i != chosen.integers.size(); ++i)
    EXPECT_NEAR(double(chosen.integers[i]) *
                    chosen.scales[i % size_t(Layer::outputs)],
                layer.problem.weights[i], 0.05);
}

TEST(WeightsTest, ThreadsChangeNoBit) {
  Layer layer(3);
  ChosenWeights one = layer.choose(true, true, 1);
  ChosenWeights four = layer.choose(true, true, 4);
  EXPECT_EQ(one.integers, four.integers);
  EXPECT_EQ(one.scales, four.scales);
}

TEST(WeightsTest, BiasesTakeMeansBack) {
  Layer layer(3);
  std::vector<double> bias =
      meanBias(layer.moments, layer.moments.outputSums(), layer.problem.units,
               layer.problem.weights);
  for (int64_t f = 0; f != Layer::outputs; ++f)
    EXPECT_NEAR(bias[f], 0.5 * double(f), 1e-3);
}

} // namespace
