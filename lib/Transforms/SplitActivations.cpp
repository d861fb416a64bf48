//===- SplitActivations.cpp - Activations as layers -----------------------===//
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
#define GEN_PASS_DEF_SPLITACTIVATIONS
#include "qml/Transforms/Passes.h.inc"
} // namespace qml

using namespace qml;

namespace {

/// layer {activation = f} -> layer, f named `<layer>_activ`.
template <typename OpT>
struct SplitActivation : OpRewritePattern<OpT> {
  using OpRewritePattern<OpT>::OpRewritePattern;

  LogicalResult matchAndRewrite(OpT layer,
                                PatternRewriter &rewriter) const override {
    std::optional<Activation> activation = layer.getActivation();
    if (!activation)
      return rewriter.notifyMatchFailure(layer, "has no activation");
    rewriter.modifyOpInPlace(layer, [&] { layer.removeActivationAttr(); });

    rewriter.setInsertionPointAfter(layer);
    auto network = layer->template getParentOfType<func::FuncOp>();
    std::string name =
        makeUniqueName(network, (layer.getLayerName() + "_activ").str());
    Value result = layer.getResult();
    LayerBuilder builder(rewriter, layer.getLoc(), name);
    FailureOr<Value> split = builder.makeActivation(result, *activation);
    if (failed(split))
      return failure();
    rewriter.replaceAllUsesExcept(result, *split, split->getDefiningOp());
    return success();
  }
};

struct SplitActivationsPass
    : qml::impl::SplitActivationsBase<SplitActivationsPass> {
  void runOnOperation() override {
    func::FuncOp network = getOperation();
    if (!isNetwork(network))
      return markAllAnalysesPreserved();
    RewritePatternSet patterns(&getContext());
    populateSplitActivationPatterns(patterns);
    FailureOr<unsigned> count = rewriteNetwork(network, std::move(patterns));
    if (failed(count))
      return signalPassFailure();
    numSplit += *count;
  }
};

} // namespace

void qml::populateSplitActivationPatterns(RewritePatternSet &patterns,
                                          PatternBenefit benefit) {
  patterns.add<SplitActivation<Conv2DOp>, SplitActivation<DepthwiseConv2DOp>,
               SplitActivation<SeparableConv2DOp>, SplitActivation<DenseOp>>(
      patterns.getContext(), benefit);
}
