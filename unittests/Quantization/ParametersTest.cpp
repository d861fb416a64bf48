//===- ParametersTest.cpp - Parameters of quantization --------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "qml/Quantization/Parameters.h"

#include <gtest/gtest.h>

using namespace qml;

TEST(Parameters, DefaultsAreAllowed) {
  EXPECT_TRUE(QuantizationParameters().check().empty());
}

TEST(Parameters, EachImpossibleValueIsNamed) {
  QuantizationParameters parameters;
  parameters.inputWeightBits = 17;
  parameters.weightBits = 1;
  parameters.activationBits = 0;
  parameters.outputBits = 40;
  parameters.bufferBits = 8;
  parameters.lastOutputBits = 99;
  std::vector<std::string> problems = parameters.check();
  ASSERT_EQ(problems.size(), 6u);
  EXPECT_EQ(problems[0], "input-weight-bits is 17; allowed are 2 to 16");
  EXPECT_EQ(problems[1], "weight-bits is 1; allowed are 2 to 16");
  EXPECT_EQ(problems[2], "activation-bits is 0; allowed are 1 to 16");
  EXPECT_EQ(problems[3], "output-bits is 40; allowed are 2 to 16");
  EXPECT_EQ(problems[4], "buffer-bits is 8; allowed are 16 to 32");
  EXPECT_EQ(problems[5], "last-output-bits is 99; allowed are 2 to 31");
}

TEST(Parameters, InputTypes) {
  EXPECT_EQ(parseInputType("uint8"), ElementType::U8);
  EXPECT_EQ(parseInputType("int8"), ElementType::I8);
  EXPECT_EQ(parseInputType("int16"), ElementType::I16);
  EXPECT_EQ(parseInputType("float32"), std::nullopt);
  EXPECT_EQ(parseInputType(""), std::nullopt);
}
