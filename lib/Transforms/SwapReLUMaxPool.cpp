//===- SwapReLUMaxPool.cpp - Pooling before rectifying --------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RewriteUtils.h"
#include "qml/Transforms/Passes.h"
#include "qml/Transforms/Patterns.h"

using namespace mlir;

namespace qml {
#define GEN_PASS_DEF_SWAPRELUMAXPOOL
#include "qml/Transforms/Passes.h.inc"
} // namespace qml

using namespace qml;

namespace {

/// Whether the largest of several results of a layer is the result for the
/// largest input.
static bool keepsOrder(Operation *layer) {
  if (auto activation = dyn_cast<ActivationOp>(layer))
    return isMonotonic(*activation.getScalarFunction(),
                       activation.getAlphaOrDefault());
  return isa<ReLUOp>(layer);
}

/// relu -> max_pool_2d to max_pool_2d -> relu; other activations alike.
struct SwapReLUMaxPoolPair : OpRewritePattern<MaxPool2DOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(MaxPool2DOp pool,
                                PatternRewriter &rewriter) const override {
    Operation *activation = pool.getInput().getDefiningOp();
    if (!activation || !keepsOrder(activation) || !activation->hasOneUse())
      return rewriter.notifyMatchFailure(pool, "follows no ReLU alone");
    if (!isFloatTensor(activation->getResult(0)))
      return rewriter.notifyMatchFailure(pool, "is integer");
    swapLayers(rewriter, activation, pool, pool.getType());
    return success();
  }
};

struct SwapReLUMaxPoolPass
    : qml::impl::SwapReLUMaxPoolBase<SwapReLUMaxPoolPass> {
  void runOnOperation() override {
    func::FuncOp network = getOperation();
    if (!isNetwork(network))
      return markAllAnalysesPreserved();
    RewritePatternSet patterns(&getContext());
    populateSwapReLUMaxPoolPatterns(patterns);
    FailureOr<unsigned> count = rewriteNetwork(network, std::move(patterns));
    if (failed(count))
      return signalPassFailure();
    numSwapped += *count;
    for (auto pool : network.getOps<MaxPool2DOp>()) {
      Operation *activation = pool.getInput().getDefiningOp();
      if (!isa_and_nonnull<ReLUOp, ActivationOp>(activation))
        continue;
      if (!keepsOrder(activation))
        ++numFalls;
      else
        numUsed += !activation->hasOneUse();
    }
  }
};

} // namespace

void qml::populateSwapReLUMaxPoolPatterns(RewritePatternSet &patterns,
                                          PatternBenefit benefit) {
  patterns.add<SwapReLUMaxPoolPair>(patterns.getContext(), benefit);
}
