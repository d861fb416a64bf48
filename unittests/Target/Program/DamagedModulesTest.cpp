//===- DamagedModulesTest.cpp - Damaged text of networks ------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

//
// Whatever the parser and the verifiers accept must flatten to a program that
// the executors accept, or end in a message.
//
//===----------------------------------------------------------------------===//

#include "../../Support/Mutations.h"
#include "qml/Pipelines/Pipelines.h"
#include "qml/Program/Verify.h"
#include "qml/Target/Program/Flatten.h"

#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"

#include <gtest/gtest.h>

using namespace mlir;

static const std::string inputs = QML_TEST_INPUTS;

namespace {
struct Outcome {
  bool parsed = false;
  unsigned messages = 0;
};
} // namespace

/// Parses, lowers if it is a calibrated network, flattens.
static Outcome process(const std::string &text) {
  MLIRContext context;
  context.loadDialect<qml::QMLDialect, func::FuncDialect>();
  Outcome outcome;
  context.getDiagEngine().registerHandler([&](Diagnostic &diagnostic) {
    outcome.messages += diagnostic.getSeverity() == DiagnosticSeverity::Error;
    return success();
  });
  OwningOpRef<ModuleOp> module =
      parseSourceString<ModuleOp>(text, ParserConfig(&context));
  if (!module)
    return outcome;
  outcome.parsed = true;
  FailureOr<func::FuncOp> network = qml::getNetwork(*module);
  if (failed(network))
    return outcome;
  if (qml::isAnnotated(*network) && !qml::isInteger(*network)) {
    PassManager pm(&context);
    qml::LowerOptions options;
    qml::buildLowerPipeline(pm, options);
    if (failed(pm.run(*module)))
      return outcome;
  }
  FailureOr<qml::FlatNetwork> flat = qml::flattenNetwork(*network);
  if (succeeded(flat)) {
    qml::Status status = qml::verify(flat->program);
    (void)status;
  }
  return outcome;
}

static void survive(const std::string &file) {
  std::string text = qml::testing::contentsOf(inputs + "/" + file);
  ASSERT_FALSE(text.empty()) << file;
  ASSERT_TRUE(process(text).parsed) << file;
  qml::testing::Mutator mutator(text);
  unsigned refused = 0;
  for (int i = 0; i != 1000; ++i) {
    Outcome outcome = process(mutator.next());
    EXPECT_TRUE(outcome.parsed || outcome.messages) << "no message";
    refused += !outcome.parsed;
  }
  EXPECT_GT(refused, 300u);
}

TEST(DamagedModules, Calibrated) { survive("calibrated.mlir"); }

TEST(DamagedModules, Integer) { survive("integer.mlir"); }

TEST(DamagedModules, Separable) {
  survive("separable_calibrated.mlir");
  survive("separable_integer.mlir");
}
