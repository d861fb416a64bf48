//===- ConvertGroupedConvs.cpp - Convolutions with a group per channel ----===//
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
#define GEN_PASS_DEF_CONVERTGROUPEDCONVS
#include "qml/Transforms/Passes.h.inc"
} // namespace qml

using namespace qml;

namespace {

/// conv_2d {groups = in = out} -> depthwise_conv_2d.
struct ConvertGroupedConv : OpRewritePattern<Conv2DOp> {
  ConvertGroupedConv(MLIRContext *context, WeightReplacer *replacer,
                     PatternBenefit benefit)
      : OpRewritePattern(context, benefit), replacer(replacer) {}

  LogicalResult matchAndRewrite(Conv2DOp conv,
                                PatternRewriter &rewriter) const override {
    int64_t channels =
        cast<ShapedType>(conv.getInput().getType()).getShape()[3];
    ArrayRef<int64_t> kernel =
        cast<ShapedType>(conv.getKernel().getType()).getShape();
    int64_t groups = conv.getGroups();
    if (groups != channels || groups != kernel[3])
      return rewriter.notifyMatchFailure(conv, "has no group per channel");
    if (conv.getPaddingValue() || conv.getFixedAttr() ||
        conv.getWeightQuantizerAttr())
      return rewriter.notifyMatchFailure(conv, "is quantized or padded");

    // (h, w, 1, channels) and (h, w, channels, 1) are the same bytes.
    ElementsAttr old = conv.getKernel();
    auto type = RankedTensorType::get({kernel[0], kernel[1], channels, 1},
                                      rewriter.getF32Type());
    ElementsAttr reshaped = makeElements(
        type, (conv.getLayerName() + "_kernel").str(), readFloats(old));
    auto depthwise = DepthwiseConv2DOp::create(
        rewriter, conv.getLoc(), conv.getType(), conv.getLayerNameAttr(),
        conv.getInput(), reshaped, conv.getBiasAttr(), conv.getStridesAttr(),
        conv.getDilationsAttr(), conv.getPaddingAttr(),
        conv.getActivationAttr(), /*weight_quantizer=*/nullptr,
        /*bias_quantizer=*/nullptr, /*buffer_bitwidth=*/nullptr,
        /*kernel_scales=*/nullptr, /*bias_shift=*/nullptr,
        /*input_shift=*/nullptr, /*config_keys=*/nullptr, /*fixed=*/nullptr);
    rewriter.replaceOp(conv, depthwise.getResult());
    if (replacer)
      replacer->release(old);
    return success();
  }

  WeightReplacer *replacer;
};

struct ConvertGroupedConvsPass
    : qml::impl::ConvertGroupedConvsBase<ConvertGroupedConvsPass> {
  void runOnOperation() override {
    WeightReplacer replacer(getOperation());
    RewritePatternSet patterns(&getContext());
    populateConvertGroupedConvPatterns(patterns, &replacer);
    FailureOr<unsigned> count =
        rewriteNetworks(getOperation(), std::move(patterns));
    if (failed(count))
      return signalPassFailure();
    numConverted += *count;
    for (func::FuncOp network : getNetworks(getOperation()))
      for (auto conv : network.getOps<Conv2DOp>())
        numLeft += conv.getGroups() != 1;
  }
};

} // namespace

void qml::populateConvertGroupedConvPatterns(RewritePatternSet &patterns,
                                             WeightReplacer *replacer,
                                             PatternBenefit benefit) {
  patterns.add<ConvertGroupedConv>(patterns.getContext(), replacer, benefit);
}
