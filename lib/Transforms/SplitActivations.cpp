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
struct SplitActivation
    : NamingPattern<OpInterfaceRewritePattern<WeightedLayerOpInterface>> {
  using NamingPattern::NamingPattern;

  LogicalResult matchAndRewrite(WeightedLayerOpInterface layer,
                                PatternRewriter &rewriter) const override {
    constexpr StringLiteral name = "activation";
    auto activation = layer->getAttrOfType<ActivationAttr>(name);
    if (!activation)
      return rewriter.notifyMatchFailure(layer, "has no activation");
    rewriter.setInsertionPointAfter(layer);
    std::string splitName = names.make(layer.getLayerName() + "_activ");
    Value result = layer->getResult(0);
    LayerBuilder builder(rewriter, layer.getLoc(), splitName);
    FailureOr<Value> split =
        builder.makeActivation(result, activation.getValue());
    if (failed(split))
      return failure();
    rewriter.modifyOpInPlace(layer, [&] { layer->removeAttr(name); });
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
    LayerNames names(network);
    RewritePatternSet patterns(&getContext());
    populateSplitActivationPatterns(patterns, names);
    FailureOr<unsigned> count = rewriteNetwork(network, std::move(patterns));
    if (failed(count))
      return signalPassFailure();
    numSplit += *count;
  }
};

} // namespace

void qml::populateSplitActivationPatterns(RewritePatternSet &patterns,
                                          LayerNames &names,
                                          PatternBenefit benefit) {
  patterns.add<SplitActivation>(patterns.getContext(), names, benefit);
}
