//===- FusePools.cpp - Blocks of pools and ReLUs --------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Edge.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "qml/Pipelines/Pipelines.h"
#include "qml/Transforms/Patterns.h"

using namespace mlir;

namespace edge {
#define GEN_PASS_DEF_FUSEPOOLS
#include "EdgePasses.h.inc"
} // namespace edge

namespace {

/// max_pool_2d -> relu to pool_relu.
struct FusePoolReLU : OpRewritePattern<qml::ReLUOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(qml::ReLUOp relu,
                                PatternRewriter &rewriter) const override {
    auto pool = relu.getInput().getDefiningOp<qml::MaxPool2DOp>();
    if (!pool || !pool->hasOneUse())
      return rewriter.notifyMatchFailure(relu, "follows no pool alone");
    rewriter.replaceOpWithNewOp<edge::PoolReLUOp>(
        relu, relu.getType(), relu.getLayerNameAttr(), pool.getInput(),
        pool.getPoolSizeAttr(), pool.getStridesAttr(), pool.getPaddingAttr(),
        relu.getMaxValueAttr());
    rewriter.eraseOp(pool);
    return success();
  }
};

struct FusePoolsPass : edge::impl::FusePoolsBase<FusePoolsPass> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    qml::populateSwapReLUMaxPoolPatterns(patterns);
    patterns.add<FusePoolReLU>(&getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace

void edge::buildCompilePipeline(OpPassManager &pm) {
  qml::buildSanitizePipeline(pm);
  qml::nestNetworks(pm).addPass(edge::createFusePools());
}
