//===- CheckPassesTest.cpp - Tests of what judges passes ------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "qml/Analysis/CheckPasses.h"

#include "../Support/TempFolder.h"
#include "qml/Dialect/QML/IR/Elements.h"
#include "qml/Dialect/QML/IR/Network.h"
#include "qml/Support/Npy.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/Pass.h"

#include <gtest/gtest.h>

using namespace mlir;
using namespace qml;

namespace {

const char *const text = R"(
func.func @main(%x: tensor<?x2xf32>) -> tensor<?x1xf32> {
  %0 = qml.dense "dense" (%x) kernel = dense<[[0.5], [0.25]]> : tensor<2x1xf32>
      : tensor<?x2xf32> -> tensor<?x1xf32>
  return %0 : tensor<?x1xf32>
}
)";

/// Makes 0.25 a bit or much more, and is called as another pass.
struct Change : PassWrapper<Change, OperationPass<func::FuncOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(Change)
  Change(StringRef argument, float value) : argument(argument), value(value) {}

  StringRef getArgument() const override { return argument; }
  void runOnOperation() override {
    getOperation().walk([&](DenseOp dense) {
      dense.setKernelAttr(makeResource(
          RankedTensorType::get({2, 1}, Float32Type::get(&getContext())),
          "kernel", std::vector<float>{0.5f, value}));
    });
  }

  StringRef argument;
  float value;
};

struct CheckPassesTest : ::testing::Test {
  CheckPassesTest() {
    context.loadDialect<QMLDialect, func::FuncDialect>();
    std::vector<float> samples = {1, 2, 3, 4};
    EXPECT_TRUE(bool(writeNpy(folder.path("samples.npy"), ElementType::F32,
                              {2, 2}, samples.data())));
  }

  /// What is reported of a pass, and what is written.
  void run(StringRef argument, float value, bool isStrict = true) {
    auto module = parseSourceString<ModuleOp>(text, &context);
    ASSERT_TRUE(module);
    ScopedDiagnosticHandler handler(&context, [&](Diagnostic &diagnostic) {
      message = diagnostic.str();
      return success();
    });
    PassManager passes(&context);
    passes.addNestedPass<func::FuncOp>(
        std::make_unique<Change>(argument, value));
    passes.addInstrumentation(
        createPassChecker(folder.path("samples.npy"), isStrict));
    message.clear();
    ::testing::internal::CaptureStderr();
    EXPECT_TRUE(succeeded(passes.run(*module)));
    written = ::testing::internal::GetCapturedStderr();
  }

  qml::testing::TempFolder folder;
  MLIRContext context;
  std::string message, written;
};

} // namespace

TEST_F(CheckPassesTest, exactPassesKeepAllBits) {
  run("canonicalize", 0.25f);
  EXPECT_EQ(message, "");
  EXPECT_EQ(written, "check-passes: canonicalize on 'main': same results\n");
  run("canonicalize", 0.250001f);
  EXPECT_EQ(message, "--qml-check-passes: the pass 'canonicalize' changes "
                     "results, and claims to be exact");
  EXPECT_TRUE(haveCheckedPassesFailed());
}

TEST_F(CheckPassesTest, othersKeepResultsButForRounding) {
  run("qml-fold-batch-norms", 0.250001f);
  EXPECT_EQ(message, "");
  run("qml-fold-batch-norms", 0.26f);
  EXPECT_EQ(message,
            "--qml-check-passes: the pass 'qml-fold-batch-norms' changes "
            "results by more than rounding does, and claims to keep them");
  // 1 and 2.5 became 1.02 and 2.54.
  EXPECT_EQ(written, "check-passes: qml-fold-batch-norms on 'main': results "
                     "differ: largest difference 0.04, 35.6 dB\n"
                     "  'dense': largest difference 0.04, 35.6 dB\n");
}

TEST_F(CheckPassesTest, onlyStrictOnesFail) {
  run("canonicalize", 0.5f, /*isStrict=*/false);
  EXPECT_EQ(message, "");
  run("qml-to-integer", 0.5f);
  EXPECT_EQ(message, "");
}
