//===- RemoveReshapes.cpp - Consecutive reshapes --------------------------===//
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
#define GEN_PASS_DEF_REMOVERESHAPES
#include "qml/Transforms/Passes.h.inc"
} // namespace qml

using namespace qml;

namespace {

/// reshape or flatten, then another -> the second alone.
struct RemoveReshape : RewritePattern {
  RemoveReshape(MLIRContext *context, PatternBenefit benefit)
      : RewritePattern(MatchAnyOpTypeTag(), benefit, context) {}

  LogicalResult matchAndRewrite(Operation *second,
                                PatternRewriter &rewriter) const override {
    if (!second->hasTrait<qml::OpTrait::ReshapesOnly>())
      return failure();
    // Integers may be shifted by a reshape.
    if (!isFloatTensor(second->getResult(0)))
      return rewriter.notifyMatchFailure(second, "computes integers");
    Operation *first = second->getOperand(0).getDefiningOp();
    if (!first || !first->hasTrait<qml::OpTrait::ReshapesOnly>() ||
        !first->hasOneUse())
      return rewriter.notifyMatchFailure(second, "follows no reshape alone");
    rewriter.modifyOpInPlace(
        second, [&] { second->setOperand(0, first->getOperand(0)); });
    rewriter.eraseOp(first);
    return success();
  }
};

struct RemoveReshapesPass : qml::impl::RemoveReshapesBase<RemoveReshapesPass> {
  void runOnOperation() override {
    func::FuncOp network = getOperation();
    if (!isNetwork(network))
      return markAllAnalysesPreserved();
    RewritePatternSet patterns(&getContext());
    populateRemoveReshapePatterns(patterns);
    FailureOr<unsigned> count = rewriteNetwork(network, std::move(patterns));
    if (failed(count))
      return signalPassFailure();
    numRemoved += *count;
    for (Operation &second : network.front())
      if (second.hasTrait<qml::OpTrait::ReshapesOnly>())
        if (Operation *first = second.getOperand(0).getDefiningOp())
          numUsed += first->hasTrait<qml::OpTrait::ReshapesOnly>() &&
                     !first->hasOneUse();
  }
};

} // namespace

void qml::populateRemoveReshapePatterns(RewritePatternSet &patterns,
                                        PatternBenefit benefit) {
  patterns.add<RemoveReshape>(patterns.getContext(), benefit);
}
