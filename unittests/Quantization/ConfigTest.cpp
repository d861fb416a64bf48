//===- ConfigTest.cpp - The configuration's JSON, whole and damaged -------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "qml/Quantization/Config.h"

#include "../Support/Mutations.h"

#include <gtest/gtest.h>

using namespace qml;

static const char *const text = R"({
    "conv": {
        "output_quantizer": {
            "bitwidth": 4,
            "signed": false,
            "axis": "per-axis",
            "scale_bits": 16,
            "buffer_bitwidth": 24
        },
        "weight_quantizer": {"bitwidth": 2, "axis": null},
        "bias_quantizer": {"bitwidth": 6, "signed": true},
        "buffer_bitwidth": 28
    },
    "separable": {
        "dw_weight_quantizer": {"bitwidth": 3},
        "pw_weight_quantizer": {"bitwidth": 5, "axis": -1}
    },
    "relu": {"max_value_quantizer": {"bitwidth": 5}},
    "add": {}
})";

static std::vector<std::string> problemsOf(const std::string &json) {
  std::vector<std::string> problems;
  parseConfig(json, problems);
  return problems;
}

TEST(Config, ReadsAllKeys) {
  std::vector<std::string> problems;
  Config config = parseConfig(text, problems);
  EXPECT_TRUE(problems.empty());
  ASSERT_EQ(config.layers.size(), 4u);
  const LayerConfig *conv = config.find("conv");
  ASSERT_TRUE(conv && conv->outputQuantizer && conv->weightQuantizer &&
              conv->biasQuantizer && conv->bufferBitwidth);
  EXPECT_EQ(conv->outputQuantizer->bitwidth, 4);
  EXPECT_FALSE(conv->outputQuantizer->isSigned);
  EXPECT_TRUE(conv->outputQuantizer->perAxis);
  EXPECT_EQ(conv->outputQuantizer->scaleBits, 16);
  EXPECT_EQ(conv->outputQuantizer->bufferBitwidth, 24);
  EXPECT_EQ(conv->weightQuantizer->bitwidth, 2);
  EXPECT_TRUE(conv->weightQuantizer->hasAxis);
  EXPECT_FALSE(conv->weightQuantizer->axis);
  EXPECT_EQ(conv->biasQuantizer->bitwidth, 6);
  EXPECT_EQ(*conv->bufferBitwidth, 28);
  EXPECT_EQ(conv->keys.front(), "output_quantizer");
  EXPECT_EQ(conv->keys.back(), "buffer_bitwidth");
  EXPECT_EQ(conv->findWeightQuantizer("weight_quantizer"),
            &*conv->weightQuantizer);
  EXPECT_EQ(conv->findWeightQuantizer("dw_weight_quantizer"), nullptr);
  EXPECT_EQ(conv->findWeightQuantizer("bias_quantizer"), nullptr);
  const LayerConfig *separable = config.find("separable");
  ASSERT_TRUE(separable && separable->depthwiseQuantizer &&
              separable->pointwiseQuantizer);
  EXPECT_EQ(separable->findWeightQuantizer("dw_weight_quantizer")->bitwidth, 3);
  EXPECT_EQ(separable->findWeightQuantizer("pw_weight_quantizer")->bitwidth, 5);
  EXPECT_EQ(separable->pointwiseQuantizer->axis, -1);
  const LayerConfig *relu = config.find("relu");
  ASSERT_TRUE(relu && relu->maxValueQuantizer);
  EXPECT_FALSE(relu->maxValueQuantizer->isSigned);
  EXPECT_TRUE(config.find("add")->keys.empty());
  EXPECT_EQ(config.find("other"), nullptr);
}

TEST(Config, MissingKeysHaveTheReferencesDefaults) {
  std::vector<std::string> problems;
  Config config = parseConfig(
      R"({"a": {"output_quantizer": {}, "weight_quantizer": {}}})", problems);
  EXPECT_TRUE(problems.empty());
  const LayerConfig &layer = config.layers.front();
  EXPECT_EQ(layer.outputQuantizer->bitwidth, 8);
  EXPECT_TRUE(layer.outputQuantizer->isSigned);
  EXPECT_FALSE(layer.outputQuantizer->perAxis);
  EXPECT_EQ(layer.weightQuantizer->bitwidth, 4);
}

TEST(Config, CalibratorsOfSingleLayers) {
  std::vector<std::string> problems;
  Config config = parseConfig(
      R"({"a": {"output_quantizer": {"calibrator": "mse"}},
          "b": {"output_quantizer": {"bitwidth": 4}}})",
      problems);
  EXPECT_TRUE(problems.empty());
  EXPECT_EQ(config.find("a")->outputQuantizer->calibrator, "mse");
  EXPECT_EQ(config.find("b")->outputQuantizer->calibrator, "");
  problems = problemsOf(R"({"a": {"output_quantizer": {"calibrator": "kl"}},
                            "b": {"output_quantizer": {"calibrator": 1}}})");
  ASSERT_EQ(problems.size(), 2u);
  EXPECT_EQ(problems[0], "layer 'a': output_quantizer.calibrator is \"kl\"; "
                         "allowed are moving-max, max, percentile and mse");
  EXPECT_EQ(problems[1], "layer 'b': output_quantizer.calibrator is 1; allowed "
                         "are moving-max, max, percentile and mse");
}

TEST(Config, EachProblemIsNamed) {
  std::vector<std::string> problems = problemsOf(R"({
      "a": {"output_quantizer": {"bitwidth": 0, "axis": "rows", "bits": 3}},
      "b": {"weight_quantizer": {"bitwidth": 1}, "buffer_bitwidth": "32"},
      "c": []})");
  ASSERT_EQ(problems.size(), 6u);
  EXPECT_EQ(problems[0], "layer 'a': output_quantizer.bitwidth is 0; allowed "
                         "are 1 to 31");
  EXPECT_EQ(problems[1],
            "layer 'a': output_quantizer.axis is \"rows\"; allowed "
            "are \"per-tensor\" and \"per-axis\"");
  EXPECT_EQ(problems[2],
            "layer 'a': 'output_quantizer.bits' is no key; allowed are "
            "bitwidth, signed, axis, scale_bits, buffer_bitwidth, calibrator");
  EXPECT_EQ(problems[3], "layer 'b': weight_quantizer.bitwidth is 1; signed "
                         "quantizers take 2 or more");
  EXPECT_EQ(problems[4], "layer 'b': buffer_bitwidth is \"32\"; allowed are 2 "
                         "to 44");
  EXPECT_EQ(problems[5], "layer 'c': must be an object; found []");
}

TEST(Config, WhatIsNoObject) {
  EXPECT_EQ(problemsOf("{\n \"a\": {},\n}").front(),
            "the configuration is no valid JSON: line 3, column 1: unexpected "
            "'}'; expected string literal");
  EXPECT_EQ(problemsOf("{\"a\": ").front(),
            "the configuration is no valid JSON: line 1, column 6: unexpected "
            "end of input; expected '[', '{', or a literal");
  EXPECT_EQ(problemsOf("").front().find("the configuration is no valid JSON: "
                                        "line 1, column 1: "),
            0u);
  EXPECT_EQ(problemsOf("[1]").front(),
            "the configuration must be an object with the names of layers as "
            "keys");
  EXPECT_EQ(problemsOf("{\"a\": " + std::string(100000, '[')).front(),
            "the configuration nests deeper than 64 levels");
  EXPECT_EQ(problemsOf(R"({"a": {"buffer_bitwidth": 1e400}})").size(), 1u);
  EXPECT_EQ(
      problemsOf(R"({"a": {"buffer_bitwidth": 18446744073709551615}})").size(),
      1u);
}

TEST(Config, KeysThatAreThereTwice) {
  std::vector<std::string> problems = problemsOf(
      R"({"a": {"buffer_bitwidth": 32, "buffer_bitwidth": 24},
          "b": {"output_quantizer": {"bitwidth": 8, "bitwidth": 8}},
          "a": {}})");
  ASSERT_EQ(problems.size(), 3u);
  EXPECT_EQ(problems[0], "layer 'a': 'buffer_bitwidth' is there twice; keep "
                         "one of them");
  EXPECT_EQ(problems[1], "layer 'b': 'output_quantizer.bitwidth' is there "
                         "twice; keep one of them");
  EXPECT_EQ(problems[2], "layer 'a' is there twice; keep one of its entries");
}

TEST(Config, ManyLayersAndProblems) {
  // Were it quadratic, this would take minutes.
  std::string text = "{\"last\": 1";
  for (int i = 0; i < 300000; ++i)
    text += ", \"" + std::to_string(i) + "\": {\"bits\": 8}";
  text += "}";
  std::vector<std::string> problems;
  Config config = parseConfig(text, problems);
  EXPECT_EQ(config.layers.size(), 300001u);
  EXPECT_EQ(config.find("299999"), &config.layers.back());
  EXPECT_EQ(config.find("300000"), nullptr);
  ASSERT_EQ(problems.size(), 101u);
  EXPECT_EQ(problems.back(), "and 299901 more problems");
}

TEST(Config, LayersOfAnotherNetwork) {
  std::string text = "{\"last\": 1";
  for (int i = 0; i < 300; ++i)
    text += ", \"" + std::to_string(i) + "\": {\"buffer_bitwidth\": 24}";
  text += ", \"mine\": {\"buffer_bitwidth\": 28}}";
  std::vector<std::string> problems;
  Config config = parseConfig(text, problems, [](const std::string &layer) {
    return layer == "mine" || layer == "last";
  });
  // 100 of them are kept, and what the network has.
  EXPECT_EQ(config.layers.size(), 102u);
  EXPECT_EQ(config.numOmitted, 200u);
  EXPECT_EQ(config.find("99")->bufferBitwidth, 24);
  EXPECT_EQ(config.find("100"), nullptr);
  EXPECT_EQ(config.find("mine")->bufferBitwidth, 28);
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_EQ(problems[0], "layer 'last': must be an object; found 1");
}

TEST(Config, Limits) {
  std::string text = "{\"a\": {";
  for (int i = 0; i < 10001; ++i)
    text += "\"k" + std::to_string(i) + "\": 1,";
  EXPECT_EQ(problemsOf(text + "\"k\": 1}}"),
            std::vector<std::string>{"layer 'a' has more than 10000 values"});
  text = "{";
  for (int i = 0; i <= 1 << 20; ++i)
    text += "\"" + std::to_string(i) + "\": {},";
  EXPECT_EQ(problemsOf(text + "\"k\": 1}"),
            std::vector<std::string>{"the configuration has more than 1048576 "
                                     "layers; no network has so many"});
  // Brackets in names are no nesting.
  EXPECT_TRUE(problemsOf("{\"" + std::string(100, '{') + "\": {}}").empty());
}

TEST(Config, ProblemsAreShort) {
  std::vector<std::string> problems =
      problemsOf("{\"a\\nerror: b\": \"" + std::string(100000, 'x') + "\"}");
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_LT(problems[0].size(), 400u);
  EXPECT_EQ(problems[0].find('\n'), std::string::npos);
}

TEST(Config, SurvivesDamage) {
  qml::testing::Mutator mutator(text);
  unsigned damaged = 0;
  for (int i = 0; i != 4000; ++i) {
    std::vector<std::string> problems;
    Config config = parseConfig(mutator.next(), problems);
    for (const LayerConfig &layer : config.layers)
      if (problems.empty() && layer.outputQuantizer) {
        EXPECT_GE(layer.outputQuantizer->bitwidth, 1);
        EXPECT_LE(layer.outputQuantizer->bitwidth, 31);
      }
    damaged += !problems.empty();
  }
  EXPECT_GT(damaged, 2000u);
}
