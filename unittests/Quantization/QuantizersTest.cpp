//===- QuantizersTest.cpp - Formulas of quantizers ------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

//
// Expected numbers are worked out by hand from the formulas, or are results of
// the reference where the test says so.
//
//===----------------------------------------------------------------------===//

#include "qml/Quantization/Quantizers.h"

#include <gtest/gtest.h>

using namespace qml;

TEST(Quantizers, KernelAlongAnAxis) {
  float weights[24] = {};
  KernelView view = KernelView::along(weights, {2, 3, 4}, 1);
  EXPECT_EQ(view.outer, 2);
  EXPECT_EQ(view.channels, 3);
  EXPECT_EQ(view.inner, 4);
  KernelView whole = KernelView::along(weights, {2, 3, 4}, std::nullopt);
  EXPECT_EQ(whole.inner, 24);
  EXPECT_EQ(whole.channels, 1);
  EXPECT_EQ(whole.outer, 1);
}

TEST(Quantizers, VisitsInOrder) {
  for (Shape shape : {Shape{2, 3, 4}, Shape{2, 12, 1}, Shape{1, 1, 24}}) {
    KernelView view = KernelView::along(nullptr, shape, 1);
    int64_t next = 0;
    view.visit([&](int64_t channel, int64_t element) {
      EXPECT_EQ(element, next++);
      EXPECT_EQ(channel, element / shape[2] % shape[1]);
    });
    EXPECT_EQ(next, 24);
  }
}

TEST(Quantizers, WeightsOfAnyBitsAreRoundedHalfToEven) {
  // Weights of more bits than roundSmall takes are rounded by the library.
  const float weights[] = {0.5f,  1.5f,     -2.5f,      2.5000002f,
                           -0.5f, 1000.25f, 4194303.5f, -1e30f};
  KernelView view = KernelView::along(weights, {8}, std::nullopt);
  int32_t small[8], large[8];
  quantizeWeights(view, {1.0f}, 22, small);
  quantizeWeights(view, {1.0f}, 24, large);
  const int32_t expected[] = {0, 2, -2, 3, 0, 1000, 4194303, -4194304};
  for (int i = 0; i != 8; ++i)
    EXPECT_EQ(small[i], expected[i]) << i;
  EXPECT_EQ(large[6], 4194304);
  EXPECT_EQ(large[7], -(1 << 24));
  for (int i = 0; i != 6; ++i)
    EXPECT_EQ(large[i], expected[i]) << i;
}

TEST(Quantizers, WeightsPerChannel) {
  // Two channels, the second silent.
  const float weights[] = {1.0f, 0.0f, -0.5f, 0.0f, 0.25f, 0.0f};
  KernelView view = KernelView::along(weights, {3, 2}, 1);
  std::vector<float> scales = weightScales(view, 3);
  ASSERT_EQ(scales.size(), 2u);
  EXPECT_EQ(scales[0], 1.0f * (1.0f / 7.0f));
  EXPECT_EQ(scales[1], 1e-6f);
  int8_t integers[6];
  quantizeWeights(view, scales, 3, integers);
  // The float nearest to 1/7 is a little larger, so that -0.5 / (1/7) is above
  // -3.5; 1.75 rounds to 2.
  const int8_t expected[] = {7, 0, -3, 0, 2, 0};
  for (int i = 0; i != 6; ++i)
    EXPECT_EQ(integers[i], expected[i]) << i;
}

TEST(Quantizers, WeightsOfOneBitAndSign) {
  const float weights[] = {3.0f, -3.0f, 1.4f, -1.6f};
  KernelView view = KernelView::along(weights, {4}, std::nullopt);
  std::vector<float> scales = weightScales(view, 1);
  int8_t integers[4];
  quantizeWeights(view, scales, 1, integers);
  EXPECT_EQ(integers[0], 1);
  EXPECT_EQ(integers[1], -1);
  EXPECT_EQ(integers[2], 0);
  EXPECT_EQ(integers[3], -1);
}

TEST(Quantizers, BiasAtTheAccumulatorsPoint) {
  // Scale 1/2, no fractional bits: 100 is 200 units, which 7 bits hold as 100
  // times two.
  Accumulator accumulator{27, Channels<int32_t>::scalar(0),
                          Channels<float>::scalar(0.5f)};
  Channels<float> bias{{100.0f, -1.0f, 0.0f}, false};
  auto aligned = alignValues(bias, 8, 7, accumulator, Arithmetic::QuantizeML);
  ASSERT_TRUE(aligned);
  EXPECT_EQ(aligned->values.values, (std::vector<int64_t>{100, -2, 0}));
  EXPECT_EQ(aligned->shift.values, (std::vector<int32_t>{1, 0, 0}));
  EXPECT_FALSE(aligned->values.isScalar);
}

TEST(Quantizers, BiasOfFewBitsSharesItsRange) {
  Accumulator accumulator{27, Channels<int32_t>::scalar(0),
                          Channels<float>::scalar(1.0f)};
  Channels<float> bias{{100.0f, 1.0f}, false};
  auto aligned = alignValues(bias, 4, 3, accumulator, Arithmetic::QuantizeML);
  ASSERT_TRUE(aligned);
  // ceil(log2(100)) = 7: four bits are shifted out of both.
  EXPECT_EQ(aligned->shift.values, (std::vector<int32_t>{4}));
  EXPECT_EQ(aligned->values.values, (std::vector<int64_t>{6, 0}));
}

TEST(Quantizers, BiasTooLargeForTheAccumulator) {
  Accumulator accumulator{8, Channels<int32_t>::scalar(0),
                          Channels<float>::scalar(1e-6f)};
  Channels<float> bias{{1000.0f}, false};
  auto aligned = alignValues(bias, 8, 7, accumulator, Arithmetic::QuantizeML);
  ASSERT_FALSE(aligned);
  EXPECT_NE(aligned.message().find("takes a shift of 23 bits"),
            std::string::npos)
      << aligned.message();
}

TEST(Quantizers, ScaleOut) {
  Channels<float> range = Channels<float>::scalar(6.0f);
  Channels<float> rate = Channels<float>::scalar(1.0f);
  Channels<int32_t> fracBits = Channels<int32_t>::scalar(0);
  Channels<float> scales{{0.01f, 1.0f}, false};
  auto out = scaleOut(range, rate, 7, 8, fracBits, &scales);
  ASSERT_TRUE(out);
  // 7 - ceil(log2(6)); 8 - ceil(log2(0.01)) and 0.01 * 2^14.
  EXPECT_EQ(out->fracBits.values, (std::vector<int32_t>{4}));
  EXPECT_TRUE(out->fracBits.isScalar);
  EXPECT_EQ(out->scalesFracBits.values, (std::vector<int32_t>{14, 8}));
  // A power of two saturates: 256 becomes 255.
  EXPECT_EQ(out->scales.values, (std::vector<int32_t>{164, 255}));
  EXPECT_EQ(out->shift.values, (std::vector<int32_t>{-10, -4}));
}

TEST(Quantizers, ScaleOutOfFixedPointShiftsAlone) {
  auto out =
      scaleOut(Channels<float>::scalar(1.0f), Channels<float>::scalar(1.0f), 7,
               8, Channels<int32_t>{{3, 9}, false}, nullptr);
  ASSERT_TRUE(out);
  EXPECT_TRUE(out->scales.values.empty());
  EXPECT_EQ(out->shift.values, (std::vector<int32_t>{4, -2}));
}

TEST(Quantizers, ScaleOutRefusesWhatSaturates) {
  Channels<float> one = Channels<float>::scalar(1.0f);
  auto left = scaleOut(one, one, 7, 8, Channels<int32_t>::scalar(-1), nullptr);
  ASSERT_FALSE(left);
  EXPECT_NE(left.message().find("left shift of 8 bits"), std::string::npos);
  Channels<float> zero = Channels<float>::scalar(0.0f);
  auto none = scaleOut(one, one, 7, 8, Channels<int32_t>::scalar(0), &zero);
  ASSERT_FALSE(none);
  EXPECT_NE(none.message().find("positive numbers"), std::string::npos);
}

TEST(Quantizers, InputsUnsigned) {
  InputScale scale = inputScale(Channels<float>{{0.0f, -20.0f}, false},
                                Channels<float>{{255.0f, 235.0f}, false}, 8,
                                false, Arithmetic::QuantizeML);
  EXPECT_EQ(scale.fracBits.values, (std::vector<int32_t>{0, 0}));
  EXPECT_EQ(scale.zeroPoints.values, (std::vector<int32_t>{0, 20}));
}

TEST(Quantizers, InputsSigned) {
  InputScale scale =
      inputScale(Channels<float>::scalar(-1.0f), Channels<float>::scalar(0.9f),
                 7, true, Arithmetic::QuantizeML);
  EXPECT_EQ(scale.fracBits.values, (std::vector<int32_t>{7}));
  EXPECT_TRUE(scale.zeroPoints.values.empty());
}

TEST(Quantizers, IdealRange) {
  EXPECT_EQ(idealRange(0.0f, 8), 0.0f);
  EXPECT_EQ(idealRange(1.0f, 8), 255.0f / 256.0f);
  EXPECT_EQ(idealRange(1.5f, 8), 255.0f / 256.0f);
  EXPECT_EQ(idealRange(5.0f, 4), 15.0f / 4.0f);
  EXPECT_EQ(idealRange(0.3f, 8), 255.0f / 1024.0f);
}

TEST(Quantizers, Alignment) {
  Channels<int32_t> fracBits{{3, 5, -1}, false};
  EXPECT_EQ(maxOf(fracBits), 5);
  EXPECT_EQ(alignmentShift(fracBits), (std::vector<int32_t>{2, 0, 6}));
}
