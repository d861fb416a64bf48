//===- ONNXQuantizedTest.cpp - Quantizers in ONNX files -------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ImportNodes.h"

using namespace qml::testing;

static std::string byte(const std::string &name, uint8_t value) {
  return tensor<uint8_t>(name, UInt8, {}, {value});
}

/// What a file makes of x by a quantizer, what stands between, and what reads
/// the integers.
static std::string pair(const std::string &constants,
                        const std::string &quantizer,
                        const Names &dequantizer) {
  return value(11, "x") + value(12, "z") + constants + quantizer +
         node("DequantizeLinear", dequantizer, {"y"}) +
         node("Neg", {"y"}, {"z"});
}

/// A remark tells the ranges of quantized files.
static void expectScaled(const std::string &graph, const std::string &part) {
  Imported imported(model(graph));
  EXPECT_EQ(imported.messages.find("error"), std::string::npos);
  EXPECT_NE(imported.text.find(part), std::string::npos)
      << "expected: " << part << "\nfound: " << imported.text
      << imported.messages;
}

TEST(ONNXQuantized, IntegersAreReadAsTheyWereMade) {
  std::string quantizer = node("QuantizeLinear", {"x", "s", "m"}, {"q"});
  std::string constants =
      floats("s", {0.5}) + floats("t", {1}) + byte("m", 128) + byte("n", 130);
  expectScaled(pair(constants, quantizer, {"q", "s", "m"}),
               "\"neg\"(%arg0) scale = [-1.000000e+00] :");
  // (x / 0.5 + 128 - 128) * 1.
  expectScaled(pair(constants, quantizer, {"q", "t", "m"}),
               "scale = [-2.000000e+00] :");
  // (x / 0.5 + 128 - 130) * 0.5.
  expectScaled(pair(constants, quantizer, {"q", "s", "n"}),
               "scale = [-1.000000e+00] offset = [1.000000e+00] :");
  // What only moves integers stands between.
  expectScaled(pair(constants,
                    quantizer + node("Identity", {"q"}, {"r"}) +
                        node("Identity", {"r"}, {"p"}),
                    {"p", "t", "m"}),
               "scale = [-2.000000e+00] :");
  const char *why = "its scales or zero points are not those of the "
                    "QuantizeLinear that made its integers";
  // Four equal scales are one.
  std::string list =
      constants + floats("u", {1, 1, 1, 1}) + floats("v", {1, 2, 1, 1});
  expectScaled(pair(list, quantizer, {"q", "u", "m"}),
               "scale = [-2.000000e+00] :");
  expectRefused(pair(list, quantizer, {"q", "v", "m"}), why);
}

/// Constants and integers of another scale beside them stand for other floats.
TEST(ONNXQuantized, IntegersSideBySide) {
  std::string graph = value(11, "x", Float, {1, 2, 2}) +
                      value(12, "y", Float, {2, 4, 4}) + floats("s", {0.5}) +
                      floats("t", {1}) + byte("m", 128) +
                      node("QuantizeLinear", {"x", "s", "m"}, {"q"}) +
                      node("QuantizeLinear", {"x", "t", "m"}, {"r"});
  auto joined = [&](const std::string &other) {
    return graph + tensor<uint8_t>("c", UInt8, {1, 1, 2, 2}, {0, 1, 2, 3}) +
           node("Concat", {"q", other}, {"j"}, attribute("axis", 1)) +
           node("DequantizeLinear", {"j", "s", "m"}, {"y"});
  };
  expectScaled(joined("q"), "qml.concatenate");
  expectRefused(joined("r"), "it takes integers of QuantizeLinear together "
                             "with those of another scale");
  expectRefused(joined("c"), "it takes integers of QuantizeLinear together "
                             "with constants");
  // Borders are floats, too: (130 - 128) * 0.5, and zero.
  auto padded = [&](uint8_t border) {
    return graph + integers("pads", {0, 0, 1, 1, 0, 0, 1, 1}) +
           byte("v", border) + node("Pad", {"q", "pads", "v"}, {"j"}) +
           node("DequantizeLinear", {"j", "s", "m"}, {"y"});
  };
  expectScaled(padded(130), "padding_value = [1.000000e+00]");
  expectScaled(padded(128), "qml.zero_padding_2d");
}

/// Without a zero point an attribute says the type of integers: those of int8
/// have a sign, and hide no ReLU.
TEST(ONNXQuantized, TypesByAttribute) {
  for (auto [type, hasSign] :
       {std::pair(0, false), std::pair(2, false), std::pair(3, true),
        std::pair(4, false), std::pair(5, true)}) {
    std::string quantizer =
        node("QuantizeLinear", {"x", "s"}, {"q"},
             type ? attribute("output_dtype", type) : std::string());
    Imported imported(
        model(pair(floats("s", {0.5}), quantizer, {"q", "s"}), 21));
    EXPECT_EQ(imported.text.find("qml.relu") == std::string::npos, hasSign)
        << type << imported.text << imported.messages;
  }
  expectRefused(pair(floats("s", {0.5}),
                     node("QuantizeLinear", {"x", "s"}, {"q"},
                          attribute("output_dtype", 17)),
                     {"q", "s"}),
                "integers of 8 or 16 bits are supported");
}
