//===- RealValuesTest.cpp - What integers are in the float network --------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "qml/Target/Program/RealValues.h"

#include "mlir/Parser/Parser.h"

#include <gtest/gtest.h>

using namespace mlir;

namespace {
class RealValuesTest : public ::testing::Test {
protected:
  RealValuesTest() {
    context.loadDialect<qml::QMLDialect, func::FuncDialect>();
  }

  qml::RealValues find(const char *text, llvm::StringRef layer) {
    module = parseSourceString<ModuleOp>(text, ParserConfig(&context));
    EXPECT_TRUE(module);
    func::FuncOp network = *qml::getNetwork(*module);
    for (auto &[op, values] : qml::findRealValues(network))
      if (cast<qml::LayerOpInterface>(op).getLayerName() == layer)
        return values;
    return {};
  }

  MLIRContext context;
  OwningOpRef<ModuleOp> module;
};

constexpr const char *network = R"mlir(
  func.func @main(%x: tensor<?x2x2x2xf32>) -> tensor<?x8xf32> {
    %0 = qml.input_quantizer "q" (%x) bitwidth = 8 unsigned per_axis
        {range_min = dense<[-1.0, 0.0]> : tensor<2xf32>,
         range_max = dense<[1.0, 2.0]> : tensor<2xf32>,
         zero_points = dense<[128, 0]> : tensor<2xi32>}
        : tensor<?x2x2x2xf32> -> tensor<?x2x2x2xi16, #qml.fixed<value_bits = 8, frac_bits = dense<7> : tensor<2xi32>>>
    %1 = qml.relu "r" (%0)
        : tensor<?x2x2x2xi16, #qml.fixed<value_bits = 8, frac_bits = dense<7> : tensor<2xi32>>>
       -> tensor<?x2x2x2xi16, #qml.fixed<value_bits = 8, frac_bits = dense<7> : tensor<2xi32>>>
    %2 = qml.output_quantizer (%1) bitwidth = 4 per_axis
        {range_max = dense<[1.0, 2.0]> : tensor<2xf32>,
         rescaling_rate = dense<[0.5, 0.25]> : tensor<2xf32>,
         shift = dense<[-4, -5]> : tensor<2xi32>}
        : tensor<?x2x2x2xi16, #qml.fixed<value_bits = 8, frac_bits = dense<7> : tensor<2xi32>>>
       -> tensor<?x2x2x2xi8, #qml.fixed<value_bits = 3, frac_bits = dense<[3, 2]> : tensor<2xi32>>>
    %3 = qml.dropout "d" (%2) rate = 0.5
        : tensor<?x2x2x2xi8, #qml.fixed<value_bits = 3, frac_bits = dense<[3, 2]> : tensor<2xi32>>>
       -> tensor<?x2x2x2xi8, #qml.fixed<value_bits = 3, frac_bits = dense<[3, 2]> : tensor<2xi32>>>
    %4 = qml.dequantizer "f" (%3)
        : tensor<?x2x2x2xi8, #qml.fixed<value_bits = 3, frac_bits = dense<[3, 2]> : tensor<2xi32>>> -> tensor<?x2x2x2xf32>
    %5 = qml.flatten "l" (%4) : tensor<?x2x2x2xf32> -> tensor<?x8xf32>
    return %5 : tensor<?x8xf32>
  }
)mlir";
} // namespace

TEST_F(RealValuesTest, ZeroPointsAreTakenOff) {
  qml::RealValues values = find(network, "q");
  EXPECT_EQ(values.of(128, 0), 0.0);
  EXPECT_EQ(values.of(256, 0), 1.0);
  EXPECT_EQ(values.of(128, 1), 1.0);
}

TEST_F(RealValuesTest, RatesAreDividedOut) {
  qml::RealValues values = find(network, "r");
  EXPECT_EQ(values.of(4, 0), 1.0);
  EXPECT_EQ(values.of(4, 1), 4.0);
}

TEST_F(RealValuesTest, RatesGoOnUntilTheNextKernel) {
  qml::RealValues values = find(network, "d");
  EXPECT_EQ(values.of(4, 0), 1.0);
  EXPECT_EQ(values.of(4, 1), 4.0);
}

TEST_F(RealValuesTest, FloatsHaveNone) {
  EXPECT_TRUE(find(network, "f").factor.empty());
  EXPECT_TRUE(find(network, "l").factor.empty());
}
