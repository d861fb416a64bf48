//===- AnalysisTest.cpp - Which layer loses accuracy, and why -------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "qml/Analysis/Analysis.h"

#include "qml/Analysis/Changes.h"

#include "mlir/Parser/Parser.h"

#include <gtest/gtest.h>

using namespace mlir;
using namespace qml;

namespace {

/// Two dense layers; the second one has weights of 2 bits.
const char *const text = R"(
func.func @f(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %q = qml.input_quantizer "input_quantizer" (%x) bitwidth = 8 per_tensor
      {range_max = dense<1.0> : tensor<f32>, range_min = dense<-1.0> : tensor<f32>}
      : tensor<?x2xf32> -> tensor<?x2xf32>
  %0 = qml.dense "first" (%q) kernel = dense<[[0.9, 0.1, 0.3], [-0.4, 0.7, 0.2]]> : tensor<2x3xf32>
      {weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -1>, buffer_bitwidth = 32 : i64}
      : tensor<?x2xf32> -> tensor<?x3xf32>
  %1 = qml.output_quantizer(%0) bitwidth = 8 per_tensor {range_max = dense<1.3> : tensor<f32>}
      : tensor<?x3xf32> -> tensor<?x3xf32>
  %2 = qml.dense "second" (%1) kernel = dense<[[0.9, 0.3], [-0.35, 0.7], [0.2, 0.1]]> : tensor<3x2xf32>
      {weight_quantizer = #qml.weight_quantizer<bitwidth = 2, axis = -1>, buffer_bitwidth = 32 : i64}
      : tensor<?x3xf32> -> tensor<?x2xf32>
  %3 = qml.dequantizer "dequantizer" (%2) : tensor<?x2xf32> -> tensor<?x2xf32>
  return %3 : tensor<?x2xf32>
}
)";

struct AnalysisTest : ::testing::Test {
  AnalysisTest() {
    context.loadDialect<QMLDialect, func::FuncDialect>();
    module = parseSourceString<ModuleOp>(text, &context);
    EXPECT_TRUE(module);
    network = *module->getOps<func::FuncOp>().begin();
    auto values = std::make_shared<std::vector<float>>();
    for (int i = 0; i != 40; ++i)
      values->push_back(float(i * 37 % 41) / 20.5f - 1.0f);
    Array array;
    array.type = ElementType::F32;
    array.shape = {20, 2};
    array.data = values->data();
    array.owner = values;
    samples = {{array, "samples"}};
  }

  MLIRContext context;
  OwningOpRef<ModuleOp> module;
  func::FuncOp network;
  std::vector<SampleArray> samples;
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
