//===- AnalysisTest.cpp - Which layer loses accuracy, and why -------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "qml/Analysis/Analysis.h"

#include "TwoLayers.h"
#include "qml/Analysis/Changes.h"

using namespace mlir;
using namespace qml;

namespace {

struct AnalysisTest : test::TwoLayers {
  AnalysisTest() : TwoLayers(/*weightBits=*/8, /*resultBits=*/8) {}
};

TEST_F(AnalysisTest, namesTheLayerWithFewBits) {
  FailureOr<NetworkAnalysis> analysis = analyzeNetwork(network, samples);
  ASSERT_TRUE(succeeded(analysis));
  EXPECT_EQ(analysis->samples, 20);
  ASSERT_EQ(analysis->layers.size(), 3u);
  const LayerAnalysis &worst = analysis->layers.front();
  EXPECT_EQ(worst.layer, "second");
  EXPECT_EQ(worst.bits, 0);
  EXPECT_EQ(worst.causes,
            std::vector<std::string>{"few bits: its weights have 2"});
  ASSERT_FALSE(worst.changes.empty());
  EXPECT_EQ(worst.changes.front().change.bits, 8);
  EXPECT_GT(worst.changes.front().gain, 10);
  // The network's result is the last layer's.
  EXPECT_NEAR(worst.accumulated.decibels(), analysis->result.decibels(), 1e-3);

  ASSERT_EQ(analysis->suggestion.changes.size(), 1u);
  EXPECT_EQ(analysis->suggestion.changes[0].text(),
            "weights of 'second' in 8 bits");
  EXPECT_DOUBLE_EQ(analysis->suggestion.result.decibels(),
                   analysis->result.decibels() + worst.changes.front().gain);
}

TEST_F(AnalysisTest, variantsFromTheInputsOnAreTheSame) {
  FailureOr<NetworkAnalysis> quick = analyzeNetwork(network, samples);
  AnalysisOptions options;
  options.codesMemory = 0;
  // One sample at a time.
  options.memory = 1;
  FailureOr<NetworkAnalysis> slow = analyzeNetwork(network, samples, options);
  ASSERT_TRUE(succeeded(quick) && succeeded(slow));
  ASSERT_EQ(quick->layers.size(), slow->layers.size());
  for (size_t i = 0; i != quick->layers.size(); ++i) {
    const LayerAnalysis &a = quick->layers[i], &b = slow->layers[i];
    EXPECT_EQ(a.layer, b.layer);
    EXPECT_DOUBLE_EQ(a.own.noise, b.own.noise);
    EXPECT_EQ(a.usedCodes, b.usedCodes);
    ASSERT_EQ(a.changes.size(), b.changes.size());
    for (size_t k = 0; k != a.changes.size(); ++k)
      EXPECT_NEAR(a.changes[k].gain, b.changes[k].gain, 1e-9);
  }
}

TEST_F(AnalysisTest, aQuickCheckFindsTheSameNoise) {
  AnalysisOptions options;
  options.depth = AnalysisDepth::Causes;
  FailureOr<NetworkAnalysis> analysis =
      analyzeNetwork(network, samples, options);
  FailureOr<Variant> variant = makeVariant(network);
  ASSERT_TRUE(succeeded(analysis) && succeeded(variant));
  EXPECT_TRUE(analysis->suggestion.changes.empty());
  FailureOr<Noise> noise = measureNoise(network, variant->network, samples);
  ASSERT_TRUE(succeeded(noise));
  EXPECT_DOUBLE_EQ(noise->noise, analysis->result.noise);
  EXPECT_GT(noise->noise, 0);
}

TEST_F(AnalysisTest, takesSamplesEvenly) {
  AnalysisOptions options;
  options.numSamples = 7;
  FailureOr<NetworkAnalysis> analysis =
      analyzeNetwork(network, samples, options);
  ASSERT_TRUE(succeeded(analysis));
  EXPECT_EQ(analysis->samples, 7);
}

TEST_F(AnalysisTest, changesSpellOutTheirKeys) {
  Change change{Change::WeightBits, "second", "weight_quantizer", 8};
  auto layer = *std::next(network.getOps<DenseOp>().begin());
  layer->setAttr("config_keys", StringAttr::get(&context, "buffer_bitwidth"));
  std::string config = dumpConfig(network, change);
  EXPECT_NE(config.find("\"bitwidth\": 8"), std::string::npos);
  EXPECT_NE(config.find("weight_quantizer", config.find("second")),
            std::string::npos);
  // The network stays as it is.
  EXPECT_EQ(layer.getWeightQuantizerAttr().getBitwidth(), 2u);
}

} // namespace
