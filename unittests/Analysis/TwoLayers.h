//===- TwoLayers.h - A small calibrated network and its samples -*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QML_UNITTESTS_ANALYSIS_TWOLAYERS_H
#define QML_UNITTESTS_ANALYSIS_TWOLAYERS_H

#include "qml/Calibration/Samples.h"
#include "qml/Dialect/QML/IR/QMLOps.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "mlir/Parser/Parser.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace qml::test {

/// Two dense layers, 'first' and 'second', and 20 samples for them. The second
/// one has weights of 2 bits.
struct TwoLayers : ::testing::Test {
  TwoLayers(int weightBits, int resultBits) {
    context.loadDialect<QMLDialect, mlir::func::FuncDialect>();
    std::string text = R"(
func.func @f(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %q = qml.input_quantizer "input_quantizer" (%x) bitwidth = 8 per_tensor
      {range_max = dense<1.0> : tensor<f32>, range_min = dense<-1.0> : tensor<f32>}
      : tensor<?x2xf32> -> tensor<?x2xf32>
  %0 = qml.dense "first" (%q) kernel = dense<[[0.9, 0.1, 0.3], [-0.4, 0.7, 0.2]]> : tensor<2x3xf32>
      {weight_quantizer = #qml.weight_quantizer<bitwidth = )" +
                       std::to_string(weightBits) +
                       R"(, axis = -1>, buffer_bitwidth = 32 : i64}
      : tensor<?x2xf32> -> tensor<?x3xf32>
  %1 = qml.output_quantizer(%0) bitwidth = )" +
                       std::to_string(resultBits) +
                       R"( per_tensor {range_max = dense<1.3> : tensor<f32>}
      : tensor<?x3xf32> -> tensor<?x3xf32>
  %2 = qml.dense "second" (%1) kernel = dense<[[0.9, 0.3], [-0.35, 0.7], [0.2, 0.1]]> : tensor<3x2xf32>
      {weight_quantizer = #qml.weight_quantizer<bitwidth = 2, axis = -1>, buffer_bitwidth = 32 : i64}
      : tensor<?x3xf32> -> tensor<?x2xf32>
  %3 = qml.dequantizer "dequantizer" (%2) : tensor<?x2xf32> -> tensor<?x2xf32>
  return %3 : tensor<?x2xf32>
}
)";
    module = mlir::parseSourceString<mlir::ModuleOp>(text, &context);
    EXPECT_TRUE(module);
    network = *module->getOps<mlir::func::FuncOp>().begin();
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

  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  mlir::func::FuncOp network;
  std::vector<SampleArray> samples;
};

} // namespace qml::test

#endif // QML_UNITTESTS_ANALYSIS_TWOLAYERS_H
