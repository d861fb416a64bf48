//===- LossesTest.cpp - Tests of known losses -----------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "qml/Program/Losses.h"

#include "gtest/gtest.h"

using namespace qml;

namespace {

/// A dense layer of two channels on two inputs of 8 value bits, a ReLU, and a
/// quantizer; each test makes one thing too large.
struct Network {
  std::vector<int8_t> kernel = {100, 0, 0, 100};
  std::vector<int32_t> bias = {0, 0};
  Program program;

  Network() {
    tensor(7);
    tensor(15);
    tensor(15);
    tensor(7);
    Dense dense;
    dense.kernel = {ElementType::I8, {2, 2}, kernel.data()};
    dense.bias = {ElementType::I32, {2}, bias.data()};
    dense.accumulator.bufferBits = 15;
    operation(dense, "dense", 0, 1);
    operation(ReLU{}, "relu", 1, 2);
    OutputQuantizer quantizer;
    quantizer.bufferBits = 23;
    quantizer.scales = {200, 200};
    quantizer.shift = {-15, -15};
    operation(quantizer, "relu", 2, 3);
    program.inputs = {{0, "input"}};
    program.outputs.push_back({3, "relu"});
  }

  void tensor(int bits) {
    Tensor tensor;
    tensor.shape = {2};
    tensor.type = ElementType::I32;
    tensor.fixed = Fixed{bits, {0}, {}};
    program.tensors.push_back(tensor);
  }
  void operation(OperationKind kind, std::string layer, int input, int output) {
    program.operations.push_back(
        {std::move(kind), std::move(layer), {input}, output});
  }
  template <typename T>
  T &get(size_t index) {
    return std::get<T>(program.operations[index].kind);
  }
  /// Magnitudes before the quantizer.
  void see(double first, double second, bool perAxis = true) {
    Observed seen;
    seen.tensor = 2;
    seen.lower = {-first, -second};
    seen.upper = {first, second};
    seen.perAxis = perAxis;
    seen.isMagnitude = true;
    program.observed = {seen};
  }
};

TEST(LossesTest, NothingIsSeenNothingIsLost) {
  Network network;
  EXPECT_TRUE(findLosses(network.program).empty());
}

TEST(LossesTest, WhatFitsIsNotReported) {
  Network network;
  network.see(12700, 12700);
  EXPECT_TRUE(findLosses(network.program).empty());
}

TEST(LossesTest, SumsThatWereSeenAndDoNotFit) {
  Network network;
  network.get<Dense>(0).accumulator.bufferBits = 12;
  network.program.tensors[1].fixed->valueBits = 12;
  network.see(8190, 1000);
  std::vector<Loss> losses = findLosses(network.program);
  ASSERT_EQ(losses.size(), 1u);
  EXPECT_EQ(losses[0].layer, "dense");
  EXPECT_EQ(losses[0].kind, LossKind::Sum);
  EXPECT_EQ(losses[0].channels, 1);
  EXPECT_EQ(losses[0].ofChannels, 2);
  EXPECT_EQ(losses[0].bits, 12);
  EXPECT_NEAR(losses[0].factor, 2, 0.01);
}

// Interval arithmetic alone proves no loss.
TEST(LossesTest, SumsThatOnlyCouldBeTooLarge) {
  Network network;
  network.get<Dense>(0).accumulator.bufferBits = 12;
  network.see(4000, 1000);
  EXPECT_TRUE(findLosses(network.program).empty());
}

// More was seen in float than the integers can come to: an earlier loss.
TEST(LossesTest, WhatIntegersCannotReachIsNotHeldAgainstThem) {
  Network network;
  network.kernel = {1, 0, 0, 1};
  network.see(1e9, 1e9);
  EXPECT_TRUE(findLosses(network.program).empty());
}

// One of the channels came so far; the other has room for it.
TEST(LossesTest, OneRangeForAllChannels) {
  Network network;
  network.get<OutputQuantizer>(2).scales = {2000, 200};
  network.see(12000, 12000, /*perAxis=*/false);
  EXPECT_TRUE(findLosses(network.program).empty());
  network.get<OutputQuantizer>(2).scales = {2000, 2000};
  std::vector<Loss> losses = findLosses(network.program);
  ASSERT_FALSE(losses.empty());
  EXPECT_EQ(losses[0].kind, LossKind::Product);
  // Of what one channel can't reach the other one has to be.
  network.get<OutputQuantizer>(2).scales = {2000, 200};
  network.kernel = {100, 0, 0, 1};
  losses = findLosses(network.program);
  ASSERT_FALSE(losses.empty());
  EXPECT_EQ(losses[0].kind, LossKind::Product);
  EXPECT_EQ(losses[0].channels, 1);
}

TEST(LossesTest, ProductsAndResults) {
  Network network;
  network.get<OutputQuantizer>(2).bufferBits = 20;
  network.see(12000, 100);
  std::vector<Loss> losses = findLosses(network.program);
  ASSERT_EQ(losses.size(), 1u);
  EXPECT_EQ(losses[0].kind, LossKind::Product);
  EXPECT_NEAR(losses[0].factor, 12000. * 200 / (1 << 20), 0.01);

  network.get<OutputQuantizer>(2).bufferBits = 23;
  network.get<OutputQuantizer>(2).shift = {-13, -15};
  losses = findLosses(network.program);
  ASSERT_EQ(losses.size(), 1u);
  EXPECT_EQ(losses[0].kind, LossKind::Output);
  EXPECT_NEAR(losses[0].factor, 12000. * 200 / 8192 / 128, 0.01);
}

TEST(LossesTest, AlignedInputs) {
  Network network;
  network.program.operations.insert(
      network.program.operations.begin(),
      {AlignedReshape{{0, 3}}, "flatten", {4}, 0});
  network.tensor(7);
  Tensor image;
  image.shape = {2};
  image.type = ElementType::F32;
  network.program.tensors.push_back(image);
  network.program.operations.insert(network.program.operations.begin(),
                                    {InputQuantizer{}, "input", {5}, 4});
  network.program.inputs = {{5, "input"}};
  auto see = [&](double first, double second) {
    Observed seen;
    seen.tensor = 5;
    seen.lower = {-first, 0};
    seen.upper = {first, second};
    seen.perAxis = true;
    network.program.observed = {seen};
    return findLosses(network.program);
  };
  EXPECT_TRUE(see(127, 15).empty());
  // A channel that is always 0 may be shifted by anything.
  EXPECT_TRUE(see(127, 0).empty());
  std::vector<Loss> losses = see(127, 32);
  ASSERT_EQ(losses.size(), 1u);
  EXPECT_EQ(losses[0].kind, LossKind::Alignment);
  EXPECT_EQ(losses[0].layer, "flatten");
  EXPECT_EQ(losses[0].channels, 1);
  EXPECT_EQ(losses[0].spread, 3);
  EXPECT_NEAR(losses[0].factor, 256. / 128, 0.01);
  // What leaves the quantizer is its loss, not that of the alignment.
  losses = see(1270, 15);
  ASSERT_EQ(losses.size(), 1u);
  EXPECT_EQ(losses[0].kind, LossKind::Input);
}

TEST(LossesTest, SignsAndPrecision) {
  Network network;
  network.program.operations[1] = {AlignedReshape{}, "reshape", {1}, 2};
  network.get<OutputQuantizer>(2).isUnsigned = true;
  network.program.arithmetic = Arithmetic::Akida;
  network.see(12000, 12000);
  std::vector<Loss> losses = findLosses(network.program);
  ASSERT_EQ(losses.size(), 1u);
  EXPECT_EQ(losses[0].kind, LossKind::Sign);
  EXPECT_EQ(losses[0].channels, 2);

  Network small;
  small.see(1200, 120);
  losses = findLosses(small.program);
  ASSERT_EQ(losses.size(), 1u);
  EXPECT_EQ(losses[0].kind, LossKind::Precision);
  EXPECT_EQ(int(losses[0].factor), 1200 * 200 / 32768);
}

TEST(LossesTest, ConstantsThatWereCut) {
  Network network;
  network.program.cutConstants.push_back({"dense", "bias", 1, 2, 3.5, 15});
  std::vector<Loss> losses = findLosses(network.program);
  ASSERT_EQ(losses.size(), 1u);
  EXPECT_EQ(losses[0].kind, LossKind::Constant);
  EXPECT_EQ(losses[0].factor, 3.5);
}

} // namespace
