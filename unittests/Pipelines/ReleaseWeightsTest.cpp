//===- ReleaseWeightsTest.cpp - Memory of weights that were replaced ------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "qml/Pipelines/ReleaseWeights.h"

#include "mlir/IR/AsmState.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "qml/Dialect/QML/IR/Network.h"
#include "qml/Pipelines/Pipelines.h"

#include <gtest/gtest.h>

using namespace mlir;
using namespace qml;

namespace {

/// Two layers that share a kernel; a norm changes the first one's. The scale of
/// an integer type is a resource, too.
const char *const network = R"(
func.func @f(%x: tensor<?x2xf32>,
             %y: tensor<?x2xi8, #qml.fixed<value_bits = 7, frac_bits = 0, scale = dense_resource<inner> : tensor<2xf32>>>)
    -> tensor<?x2xf32> {
  %0 = qml.dense "a" (%x) kernel = dense_resource<shared> : tensor<2x2xf32>
      bias = dense_resource<own> : tensor<2xf32> : tensor<?x2xf32> -> tensor<?x2xf32>
  %1 = qml.batch_norm "d" (%0) gamma = dense_resource<inner> : tensor<2xf32>
      beta = dense<0.0> : tensor<2xf32> mean = dense<0.0> : tensor<2xf32>
      variance = dense<1.0> : tensor<2xf32> epsilon = 0.0
      : tensor<?x2xf32> -> tensor<?x2xf32>
  %2 = qml.dense "b" (%1) kernel = dense_resource<shared> : tensor<2x2xf32>
      : tensor<?x2xf32> -> tensor<?x2xf32>
  return %2 : tensor<?x2xf32>
}
{-# dialect_resources: { builtin: {
  shared: "0x040000000000803F000000400000803F00000040",
  own: "0x040000000000803F00000040",
  inner: "0x040000000000803F00000040"
} } #-}
)";

class ReleaseWeights : public ::testing::Test {
protected:
  ReleaseWeights() {
    context.loadDialect<QMLDialect, func::FuncDialect>();
    module = parseSourceString<ModuleOp>(network, &context);
    EXPECT_TRUE(module);
    module->walk([&](DenseOp op) { layers.push_back(op); });
    module->walk([&](BatchNormOp op) { inner = op.getGamma(); });
    shared = layers[0].getKernel();
    own = layers[0].getBiasAttr();
  }

  static void sanitize(OpPassManager &pm) { buildSanitizePipeline(pm); }

  static bool isFreed(ElementsAttr elements) {
    return cast<DenseResourceElementsAttr>(Attribute(elements))
        .getRawHandle()
        .getBlob()
        ->getData()
        .empty();
  }

  MLIRContext context;
  OwningOpRef<ModuleOp> module;
  SmallVector<DenseOp> layers;
  ElementsAttr shared, own, inner;
};

TEST_F(ReleaseWeights, FreesWhatNothingUsesAnyMore) {
  ASSERT_TRUE(succeeded(runPasses(*module, {}, sanitize)));
  EXPECT_FALSE(isFreed(shared)) << "the other layer uses it";
  EXPECT_TRUE(isFreed(own)) << "the norm changed the bias";
  EXPECT_FALSE(isFreed(inner)) << "the type of an argument holds it";
  EXPECT_TRUE(succeeded(verify(*module)));
}

TEST_F(ReleaseWeights, PassesAloneFreeNothing) {
  PassManager pm(&context);
  buildSanitizePipeline(pm);
  ASSERT_TRUE(succeeded(pm.run(*module)));
  EXPECT_FALSE(isFreed(own));
}

TEST_F(ReleaseWeights, KeepsWhatOthersUse) {
  OwningOpRef<ModuleOp> clone = module->clone();
  ASSERT_TRUE(succeeded(runPasses(*clone, *module, sanitize)));
  EXPECT_FALSE(isFreed(own));
  EXPECT_FALSE(isFreed(shared));
}

TEST_F(ReleaseWeights, ReplacedOnesAreFreedLater) {
  ReplacedWeights replaced;
  replaced.add(layers[0]);
  layers[0].removeBiasAttr();
  EXPECT_FALSE(isFreed(own));
  replaced.release(*module);
  EXPECT_TRUE(isFreed(own));
  EXPECT_FALSE(isFreed(shared)) << "both layers have it still";
}

// Where a pass makes nothing, the end of them all is soon enough.
TEST_F(ReleaseWeights, FreesWhatWasDropped) {
  struct Drop : PassWrapper<Drop, OperationPass<func::FuncOp>> {
    MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(Drop)
    void runOnOperation() override {
      getOperation().walk([](DenseOp op) { op.removeBiasAttr(); });
    }
  };
  ASSERT_TRUE(succeeded(runPasses(*module, {}, [](OpPassManager &pm) {
    nestNetworks(pm).addPass(std::make_unique<Drop>());
  })));
  EXPECT_TRUE(isFreed(own));
  EXPECT_FALSE(isFreed(shared));
}

// There is no verifier after each pass, but one after the last.
TEST_F(ReleaseWeights, VerifiesTheResult) {
  struct Spoil : PassWrapper<Spoil, OperationPass<func::FuncOp>> {
    MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(Spoil)
    void runOnOperation() override {
      getOperation().walk([](DenseOp op) { op->removeAttr("kernel"); });
    }
  };
  std::string told;
  ScopedDiagnosticHandler handler(&context, [&](Diagnostic &diagnostic) {
    told += diagnostic.str();
    return success();
  });
  EXPECT_TRUE(failed(runPasses(*module, {}, [](OpPassManager &pm) {
    nestNetworks(pm).addPass(std::make_unique<Spoil>());
  })));
  EXPECT_NE(told.find("kernel"), std::string::npos) << told;
}

} // namespace
