//===- MergeRescalings.cpp - One rescaling of several ---------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RewriteUtils.h"
#include "qml/Dialect/QML/IR/LayerBuilder.h"
#include "qml/Transforms/Passes.h"
#include "qml/Transforms/Patterns.h"

using namespace mlir;

namespace qml {
#define GEN_PASS_DEF_MERGERESCALINGS
#include "qml/Transforms/Passes.h.inc"
} // namespace qml

using namespace qml;

/// Value number `i` of one for all channels, or one for each.
static double at(ArrayRef<double> values, size_t i) {
  return values[values.size() == 1 ? 0 : i];
}

namespace {

/// rescaling -> rescaling to one, if integers can't do them.
struct MergeRescalingPair : OpRewritePattern<RescalingOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(RescalingOp second,
                                PatternRewriter &rewriter) const override {
    auto first = second.getInput().getDefiningOp<RescalingOp>();
    if (!first || !first->hasOneUse() || !isFloatTensor(first.getResult()))
      return rewriter.notifyMatchFailure(second, "follows no rescaling alone");
    if (first.whyNotQuantizable().empty() && second.whyNotQuantizable().empty())
      return rewriter.notifyMatchFailure(second, "has integers");
    size_t count =
        std::max({first.getScale().size(), first.getOffset().size(),
                  second.getScale().size(), second.getOffset().size()});
    std::vector<double> scale(count), offset(count);
    for (size_t i = 0; i != count; ++i) {
      double factor = at(second.getScale(), i);
      scale[i] = at(first.getScale(), i) * factor;
      offset[i] = at(first.getOffset(), i) * factor + at(second.getOffset(), i);
    }
    for (std::vector<double> *values : {&scale, &offset})
      if (llvm::all_equal(*values))
        values->resize(1);
    rewriter.modifyOpInPlace(second, [&] {
      second.setScale(scale);
      second.setOffset(offset);
      second.getInputMutable().assign(first.getInput());
    });
    rewriter.eraseOp(first);
    return success();
  }
};

/// rescaling -> reshape to reshape -> rescaling, if integers can't do it and
/// channels stay: so that a layer with weights may follow.
struct SwapRescalingReshape : OpRewritePattern<ReshapeOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(ReshapeOp reshape,
                                PatternRewriter &rewriter) const override {
    auto rescaling = reshape.getInput().getDefiningOp<RescalingOp>();
    if (!rescaling || !rescaling->hasOneUse() ||
        getNumChannels(reshape.getInput()) !=
            getNumChannels(reshape.getResult()) ||
        !isFloatTensor(rescaling.getInput()) ||
        rescaling.whyNotQuantizable().empty())
      return rewriter.notifyMatchFailure(reshape, "follows no such rescaling");
    swapLayers(rewriter, rescaling, reshape, reshape.getType());
    return success();
  }
};

struct MergeRescalingsPass
    : qml::impl::MergeRescalingsBase<MergeRescalingsPass> {
  void runOnOperation() override {
    func::FuncOp network = getOperation();
    if (!isNetwork(network))
      return markAllAnalysesPreserved();
    int64_t before = llvm::range_size(network.getOps<RescalingOp>());
    RewritePatternSet patterns(&getContext());
    populateMergeRescalingPatterns(patterns);
    if (failed(rewriteNetwork(network, std::move(patterns))))
      return signalPassFailure();
    numMerged += before - llvm::range_size(network.getOps<RescalingOp>());
    for (auto second : network.getOps<RescalingOp>())
      if (auto first = second.getInput().getDefiningOp<RescalingOp>())
        ++(first->hasOneUse() ? numIntegers : numUsed);
  }
};

} // namespace

void qml::populateMergeRescalingPatterns(RewritePatternSet &patterns,
                                         PatternBenefit benefit) {
  patterns.add<MergeRescalingPair, SwapRescalingReshape>(patterns.getContext(),
                                                         benefit);
}
