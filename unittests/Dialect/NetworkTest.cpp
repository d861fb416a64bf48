//===- NetworkTest.cpp - Networks as graphs -------------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "qml/Dialect/QML/IR/Network.h"

#include "mlir/Parser/Parser.h"

#include <gtest/gtest.h>

using namespace mlir;
using namespace qml;

TEST(Network, NamesThatAreFree) {
  MLIRContext context;
  context.loadDialect<QMLDialect, func::FuncDialect>();
  auto module = parseSourceString<ModuleOp>(R"(
    func.func @main(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
      %0 = qml.relu "a" (%x) : tensor<?x2xf32> -> tensor<?x2xf32>
      %1 = qml.relu "a_2" (%0) : tensor<?x2xf32> -> tensor<?x2xf32>
      return %1 : tensor<?x2xf32>
    })",
                                            &context);
  ASSERT_TRUE(module);
  func::FuncOp network = *module->getOps<func::FuncOp>().begin();
  LayerNames names(network);
  EXPECT_EQ(names.make("b"), "b");
  EXPECT_EQ(names.make("b"), "b_1");
  EXPECT_EQ(names.make("a"), "a_1");
  EXPECT_EQ(names.make("a"), "a_3");
  EXPECT_EQ(names.make("a_1"), "a_1_1");
  // One name by itself is not taken.
  EXPECT_EQ(makeUniqueName(network, "a"), "a_1");
  EXPECT_EQ(makeUniqueName(network, "a"), "a_1");
}
