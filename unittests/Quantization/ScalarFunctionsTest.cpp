//===- ScalarFunctionsTest.cpp - Tests of functions of single values ------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "qml/Quantization/ScalarFunctions.h"

#include "gtest/gtest.h"

using namespace qml;

namespace {

/// What Keras 2.19 and Keras 3 give for -1.5 and 2.
TEST(ScalarFunctions, AreThoseOfKeras) {
  struct {
    ScalarFunction function;
    double below, above;
  } expected[] = {
      {ScalarFunction::Gelu, -0.10021080, 1.95449974},
      {ScalarFunction::GeluTanh, -0.10042842, 1.95459769},
      {ScalarFunction::Swish, -0.27363829, 1.76159416},
      {ScalarFunction::HardSilu, -0.375, 1.66666667},
      {ScalarFunction::LeakyReLU, -0.375, 2},
      {ScalarFunction::Sigmoid, 0.18242552, 0.88079708},
      {ScalarFunction::HardSigmoid, 0.2, 0.9},
      {ScalarFunction::HardSigmoid6, 0.25, 0.83333333},
      {ScalarFunction::Tanh, -0.90514825, 0.96402758},
      {ScalarFunction::ELU, -0.19421746, 2},
      {ScalarFunction::SELU, -1.36581432, 2.10140197},
      {ScalarFunction::Softplus, 0.20141328, 2.12692801},
      {ScalarFunction::Softsign, -0.6, 0.66666667},
      {ScalarFunction::Mish, -0.29809974, 1.94395896},
      {ScalarFunction::Exponential, 0.22313016, 7.38905610},
  };
  for (const auto &[function, below, above] : expected) {
    EXPECT_NEAR(applyFunction(function, -1.5, 0.25), below, 1e-7)
        << int(function);
    EXPECT_NEAR(applyFunction(function, 2.0, 0.25), above, 1e-7)
        << int(function);
    EXPECT_NEAR(applyFunction(function, -1.5f, 0.25f), below, 1e-6);
    EXPECT_NEAR(applyFunction(function, 2.0f, 0.25f), above, 1e-6);
  }
}

TEST(ScalarFunctions, GoToTheirLimits) {
  EXPECT_EQ(applyFunction(ScalarFunction::Sigmoid, -1e4f, 0.0f), 0);
  EXPECT_EQ(applyFunction(ScalarFunction::Sigmoid, 1e4f, 0.0f), 1);
  EXPECT_EQ(applyFunction(ScalarFunction::Softplus, -1e4f, 0.0f), 0);
  EXPECT_EQ(applyFunction(ScalarFunction::Softplus, 1e4f, 0.0f), 1e4f);
  EXPECT_EQ(applyFunction(ScalarFunction::HardSilu, -4.0f, 0.0f), 0);
  EXPECT_EQ(applyFunction(ScalarFunction::HardSilu, 4.0f, 0.0f), 4);
  EXPECT_TRUE(std::isnan(
      applyFunction(ScalarFunction::HardSigmoid, std::nanf(""), 0.0f)));
}

TEST(ScalarFunctions, AreMonotonicWhereTheySay) {
  for (int f = 0; f <= int(ScalarFunction::Exponential); ++f)
    for (float alpha : {-0.5f, 0.25f}) {
      bool rises = true;
      double last = -INFINITY;
      for (double x = -8; x <= 8; x += 1 / 64.0) {
        double y = applyFunction(ScalarFunction(f), x, double(alpha));
        rises &= y >= last;
        last = y;
      }
      EXPECT_EQ(rises, isMonotonic(ScalarFunction(f), alpha)) << f;
    }
}

TEST(LookUpTable, HoldsEachCode) {
  auto table = makeLookUpTable(ScalarFunction::LeakyReLU, 0.25f,
                               /*valueBits=*/2, /*fracBits=*/1,
                               /*tableBits=*/7);
  ASSERT_TRUE(bool(table));
  // The largest is 1.5, which is 127 of them.
  EXPECT_FLOAT_EQ(table->scale, 1.5f / 127);
  EXPECT_EQ(table->values,
            std::vector<int32_t>({-42, -32, -21, -11, 0, 42, 85, 127}));
}

TEST(LookUpTable, RefusesWhatIsNotFinite) {
  auto table = makeLookUpTable(ScalarFunction::Exponential, 0, 10, 0, 13);
  ASSERT_FALSE(bool(table));
  EXPECT_EQ(table.message(),
            "its function gives inf for 89, which its input can come to; "
            "tables hold finite results");
}

TEST(LookUpTable, SaturatesBeyondItsLimit) {
  auto table = makeLookUpTable(ScalarFunction::Exponential, 0, 10, 0, 7, 1.0f);
  ASSERT_TRUE(bool(table));
  EXPECT_FLOAT_EQ(table->scale, 1.0f / 127);
  ASSERT_EQ(table->values.size(), 2048u);
  EXPECT_EQ(table->values[1023], 47); // exp(-1)
  EXPECT_EQ(table->values[1024], 127);
  EXPECT_EQ(table->values[2047], 127);
}

} // namespace
