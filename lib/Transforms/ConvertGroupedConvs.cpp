//===- ConvertGroupedConvs.cpp - Convolutions in groups -------------------===//
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
#define GEN_PASS_DEF_CONVERTGROUPEDCONVS
#include "qml/Transforms/Passes.h.inc"
} // namespace qml

using namespace qml;

namespace {

/// conv_2d {groups = in = out} -> depthwise_conv_2d.
struct ConvertGroupedConv : OpRewritePattern<Conv2DOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(Conv2DOp conv,
                                PatternRewriter &rewriter) const override {
    int64_t channels = getShape(conv.getInput())[3];
    ArrayRef<int64_t> kernel = getShape(conv.getKernel());
    int64_t groups = conv.getGroups();
    if (groups != channels || groups != kernel[3])
      return rewriter.notifyMatchFailure(conv, "has no group per channel");
    if (conv.getPaddingValue() || !isFloatTensor(conv.getResult()) ||
        conv.getWeightQuantizerAttr())
      return rewriter.notifyMatchFailure(conv, "is quantized or padded");

    // (h, w, 1, channels) and (h, w, channels, 1) are the same bytes.
    auto type = RankedTensorType::get({kernel[0], kernel[1], channels, 1},
                                      rewriter.getF32Type());
    ElementsAttr reshaped =
        makeElements(type, (conv.getLayerName() + "_kernel").str(),
                     readFloats(conv.getKernel()));
    FailureOr<Value> depthwise =
        LayerBuilder(rewriter, conv.getLoc(), conv.getLayerName())
            .makeDepthwiseConv2D(conv.getInput(), reshaped, conv.getBiasAttr(),
                                 getConvOptions(conv));
    if (failed(depthwise))
      return failure();
    if (conv.getSourceClassAttr())
      setSourceClass(depthwise->getDefiningOp(), conv.getClassName());
    rewriter.replaceOp(conv, *depthwise);
    return success();
  }
};

/// A kernel of 1 GiB.
constexpr int64_t maxJoined = int64_t(1) << 28;

/// conv_2d {groups = g} -> conv_2d of all channels, whose kernel is zero where
/// a group doesn't look.
struct JoinGroups : OpRewritePattern<Conv2DOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(Conv2DOp conv,
                                PatternRewriter &rewriter) const override {
    int64_t groups = conv.getGroups();
    if (groups == 1)
      return rewriter.notifyMatchFailure(conv, "has no groups");
    if (!isFloatTensor(conv.getResult()) || conv.getWeightQuantizerAttr())
      return rewriter.notifyMatchFailure(conv, "is quantized");
    ArrayRef<int64_t> shape = getShape(conv.getKernel());
    int64_t inputs = shape[2], outputs = shape[3];
    int64_t outputsOfGroup = outputs / groups;
    int64_t taps = shape[0] * shape[1];
    if (taps * inputs * outputs > maxJoined / groups)
      return rewriter.notifyMatchFailure(conv, "would get a huge kernel");
    std::vector<float> kernel = readFloats(conv.getKernel());
    std::vector<float> joined(size_t(taps * inputs * groups * outputs));
    for (int64_t tap = 0; tap != taps; ++tap)
      for (int64_t input = 0; input != inputs; ++input)
        for (int64_t output = 0; output != outputs; ++output) {
          int64_t channel = output / outputsOfGroup * inputs + input;
          joined[(tap * inputs * groups + channel) * outputs + output] =
              kernel[(tap * inputs + input) * outputs + output];
        }
    auto type = RankedTensorType::get(
        {shape[0], shape[1], inputs * groups, outputs}, rewriter.getF32Type());
    ElementsAttr elements = makeElements(
        type, (conv.getLayerName() + "_kernel").str(), std::move(joined));
    rewriter.modifyOpInPlace(conv, [&] {
      conv.setKernelAttr(elements);
      conv.setGroups(1);
    });
    return success();
  }
};

struct ConvertGroupedConvsPass
    : qml::impl::ConvertGroupedConvsBase<ConvertGroupedConvsPass> {
  void runOnOperation() override {
    func::FuncOp network = getOperation();
    if (!isNetwork(network))
      return markAllAnalysesPreserved();
    RewritePatternSet patterns(&getContext());
    populateConvertGroupedConvPatterns(patterns);
    FailureOr<unsigned> count = rewriteNetwork(network, std::move(patterns));
    if (failed(count))
      return signalPassFailure();
    numConverted += *count;
    for (auto conv : network.getOps<Conv2DOp>())
      numLeft += conv.getGroups() != 1;
  }
};

} // namespace

void qml::populateConvertGroupedConvPatterns(RewritePatternSet &patterns,
                                             PatternBenefit benefit) {
  // What can be depthwise is.
  patterns.add<ConvertGroupedConv>(patterns.getContext(),
                                   PatternBenefit(benefit.getBenefit() + 1));
  patterns.add<JoinGroups>(patterns.getContext(), benefit);
}
