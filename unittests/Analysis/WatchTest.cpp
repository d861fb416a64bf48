//===- WatchTest.cpp - Where integers are cut -----------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../../lib/Analysis/Watch.h"

#include "../../lib/Analysis/Layers.h"
#include "../Interpreter/ProgramBuilder.h"

#include <gtest/gtest.h>

using namespace qml;

namespace {

TEST(Noise, isARatioInDecibels) {
  Noise noise;
  EXPECT_TRUE(std::isinf(noise.decibels()));
  noise.add(10, 11);
  EXPECT_DOUBLE_EQ(noise.decibels(), 20);
  Noise other;
  other.add(-30, -28);
  noise.add(other);
  EXPECT_DOUBLE_EQ(noise.signal, 1000);
  EXPECT_DOUBLE_EQ(noise.noise, 5);
  EXPECT_DOUBLE_EQ(noise.largest, 2);
  EXPECT_DOUBLE_EQ(noise.decibels(), 10 * std::log10(200));
}

TEST(Spread, isTheLargestOverTheMiddle) {
  EXPECT_DOUBLE_EQ(spreadOf({}), 1);
  EXPECT_DOUBLE_EQ(spreadOf({0, 0}), 1);
  // Channels of zeros have no weights to lose.
  EXPECT_DOUBLE_EQ(spreadOf({0, 2, 1, 8, 0}), 4);
}

/// 7 value bits in, a dense layer with 10 bits of sums, a quantizer with 12.
struct WatchTest : ::testing::Test {
  WatchTest() {
    int x = builder.input(builder.fixedTensor({2}, 7));
    int sum = builder.fixedTensor({2}, 10);
    Dense dense;
    dense.kernel = builder.integers(1, {2, 2}, {1, 1, 1, 1});
    dense.bias = builder.integers(4, {2}, {0, 100});
    dense.accumulator.bufferBits = 10;
    dense.accumulator.inputShift = {0, 4};
    builder.add(dense, {x}, sum);
    int result = builder.fixedTensor({2}, 7);
    OutputQuantizer quantizer;
    quantizer.bufferBits = 12;
    quantizer.scales = {1, 8};
    quantizer.shift = {-3};
    builder.add(quantizer, {sum}, result);
    builder.output(result);
    watches = findWatches(builder.program);
  }

  test::ProgramBuilder builder;
  std::vector<Watch> watches;
};

TEST_F(WatchTest, findsWhatMayBeCut) {
  ASSERT_EQ(watches.size(), 3u);
  EXPECT_TRUE(watches[0].ofInput);
  EXPECT_EQ(watches[1].operation, watches[0].operation);
  EXPECT_EQ(watches[2].tensor, watches[1].tensor);
  EXPECT_EQ(
      findQuantizedLayer(builder.program, builder.program.outputs[0].tensor),
      "layer1");
}

TEST_F(WatchTest, countsInputsThatAShiftMovesOut) {
  // 64 * 16 is one too many, -64 * 16 just fits; without a shift nothing is.
  Saturation cut = watches[0].count({127, 63, 127, 64, -128, -64, 0, -65}, 2);
  EXPECT_EQ(cut.count, 2);
  EXPECT_EQ(cut.total, 8);
  EXPECT_DOUBLE_EQ(cut.percent(), 25);
}

TEST_F(WatchTest, countsSumsAtTheirBounds) {
  // The second channel was at a bound before its bias of 100.
  Saturation cut =
      watches[1].count({1023, -924, -1024, 1022, 1022, 1023, 0, 0}, 2);
  EXPECT_EQ(cut.count, 4);
}

TEST_F(WatchTest, countsProductsThatLeaveTheBuffer) {
  Saturation cut = watches[2].count({1023, 511, 0, 512, 0, -512, 0, -513}, 2);
  EXPECT_EQ(cut.count, 2);
}

} // namespace
