//===- SplitSeparableConvs.cpp - A scale for each depthwise kernel --------===//
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
#define GEN_PASS_DEF_SPLITSEPARABLECONVS
#include "qml/Transforms/Passes.h.inc"
} // namespace qml

using namespace qml;

namespace {

struct SplitSeparableConv : NamingPattern<OpRewritePattern<SeparableConv2DOp>> {
  using NamingPattern::NamingPattern;

  LogicalResult matchAndRewrite(SeparableConv2DOp conv,
                                PatternRewriter &rewriter) const override {
    if (!isFloatTensor(conv.getResult()))
      return rewriter.notifyMatchFailure(conv, "is in integers");
    std::string inner = names.make(conv.getLayerName() + "_depthwise");
    ConvOptions options = getConvOptions(conv), pointwise;
    std::swap(options.activation, pointwise.activation);
    FailureOr<Value> middle =
        LayerBuilder(rewriter, conv.getLoc(), inner)
            .makeDepthwiseConv2D(conv.getInput(), conv.getDepthwiseKernel(),
                                 /*bias=*/nullptr, options);
    if (failed(middle))
      return failure();
    FailureOr<Value> result =
        LayerBuilder(rewriter, conv.getLoc(), conv.getLayerName())
            .makeConv2D(*middle, conv.getPointwiseKernel(), conv.getBiasAttr(),
                        pointwise);
    if (failed(result)) {
      rewriter.eraseOp(middle->getDefiningOp());
      return failure();
    }
    setSourceClass(result->getDefiningOp(), conv.getClassName());
    rewriter.replaceOp(conv, *result);
    return success();
  }
};

struct SplitSeparableConvsPass
    : qml::impl::SplitSeparableConvsBase<SplitSeparableConvsPass> {
  void runOnOperation() override {
    func::FuncOp network = getOperation();
    if (!isNetwork(network))
      return markAllAnalysesPreserved();
    LayerNames names(network);
    RewritePatternSet patterns(&getContext());
    populateSplitSeparableConvsPatterns(patterns, names);
    FailureOr<unsigned> count = rewriteNetwork(network, std::move(patterns));
    if (failed(count))
      return signalPassFailure();
    numSplit += *count;
  }
};

} // namespace

void qml::populateSplitSeparableConvsPatterns(RewritePatternSet &patterns,
                                              LayerNames &names,
                                              PatternBenefit benefit) {
  patterns.add<SplitSeparableConv>(patterns.getContext(), names, benefit);
}
