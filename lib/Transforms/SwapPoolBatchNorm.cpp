//===- SwapPoolBatchNorm.cpp - Normalizing before pooling -----------------===//
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
#define GEN_PASS_DEF_SWAPPOOLBATCHNORM
#include "qml/Transforms/Passes.h.inc"
} // namespace qml

using namespace qml;

/// The pool that a norm follows, or null.
static Operation *getPoolBefore(BatchNormOp norm) {
  Operation *pool = norm.getInput().getDefiningOp();
  return isa_and_nonnull<MaxPool2DOp, GlobalAveragePool2DOp>(pool) ? pool
                                                                   : nullptr;
}

/// Whether a norm keeps the order of values, so that the maximum stays one.
static bool isIncreasing(BatchNormOp norm) {
  return llvm::all_of(readFloats(norm.getGamma()),
                      [](float gamma) { return gamma > 0.0f; });
}

namespace {

/// pool -> batch_norm to batch_norm -> pool.
struct SwapPoolBatchNormPair : OpRewritePattern<BatchNormOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(BatchNormOp norm,
                                PatternRewriter &rewriter) const override {
    Operation *pool = getPoolBefore(norm);
    if (!pool || !pool->hasOneUse())
      return rewriter.notifyMatchFailure(norm, "follows no pool alone");
    if (isa<MaxPool2DOp>(pool) && !isIncreasing(norm))
      return rewriter.notifyMatchFailure(norm, "has a gamma not above zero");
    swapLayers(rewriter, pool, norm, pool->getOperand(0).getType());
    return success();
  }
};

struct SwapPoolBatchNormPass
    : qml::impl::SwapPoolBatchNormBase<SwapPoolBatchNormPass> {
  void runOnOperation() override {
    func::FuncOp network = getOperation();
    if (!isNetwork(network))
      return markAllAnalysesPreserved();
    RewritePatternSet patterns(&getContext());
    populateSwapPoolBatchNormPatterns(patterns);
    FailureOr<unsigned> count = rewriteNetwork(network, std::move(patterns));
    if (failed(count))
      return signalPassFailure();
    numSwapped += *count;
    for (auto norm : network.getOps<BatchNormOp>())
      if (Operation *pool = getPoolBefore(norm))
        ++(pool->hasOneUse() ? numGamma : numUsed);
  }
};

} // namespace

void qml::populateSwapPoolBatchNormPatterns(RewritePatternSet &patterns,
                                            PatternBenefit benefit) {
  patterns.add<SwapPoolBatchNormPair>(patterns.getContext(), benefit);
}
