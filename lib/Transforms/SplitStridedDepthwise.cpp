//===- SplitStridedDepthwise.cpp - Large strided depthwise kernels --------===//
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

#include "qml/Dialect/QML/IR/ShapeInference.h"

using namespace mlir;

namespace qml {
#define GEN_PASS_DEF_SPLITSTRIDEDDEPTHWISE
#include "qml/Transforms/Passes.h.inc"
} // namespace qml

using namespace qml;

namespace {

/// Whether the cells of a convolution with stride 1 that the 3x3 identity picks
/// are what stride 2 gives: along an axis of `extent` cells, their windows must
/// begin where those do.
static bool isPicked(int64_t extent, int64_t kernel) {
  auto before = [&](int64_t size, int64_t stride) {
    return inferSamePads(extent, size, stride, /*dilation=*/1).before;
  };
  // The first one picked is the centre of the identity's first window.
  return before(kernel, 2) == before(kernel, 1) - (1 - before(3, 2));
}

/// Whether the hardware wants it split. The reference goes by the first extent
/// of the kernel.
static bool isLargeAndStrided(DepthwiseConv2DOp conv) {
  int64_t height = getShape(conv.getKernel()).front();
  return llvm::all_of(conv.getStrides(),
                      [](int64_t stride) { return stride == 2; }) &&
         conv.getPadding().getMode() == Padding::Same &&
         (height == 5 || height == 7);
}

static bool isPicked(DepthwiseConv2DOp conv) {
  ArrayRef<int64_t> kernel = getShape(conv.getKernel());
  ArrayRef<int64_t> image = getShape(conv.getInput());
  return isPicked(image[1], kernel[0]) && isPicked(image[2], kernel[1]);
}

/// depthwise 5xN or 7xN of stride 2 to one of stride 1 and a 3x3 identity of
/// stride 2.
struct SplitStridedDepthwiseConv
    : NamingPattern<OpRewritePattern<DepthwiseConv2DOp>> {
  using NamingPattern::NamingPattern;

  LogicalResult matchAndRewrite(DepthwiseConv2DOp conv,
                                PatternRewriter &rewriter) const override {
    if (!isLargeAndStrided(conv))
      return rewriter.notifyMatchFailure(conv, "isn't large and strided");
    if (!isPicked(conv))
      return rewriter.notifyMatchFailure(
          conv, "begins its windows where those of stride 1 don't");
    if (conv.getActivation() || !isFloatTensor(conv.getResult()))
      return rewriter.notifyMatchFailure(conv, "has an activation or integers");

    // The same with stride 1, of which a second one takes every other pixel.
    auto strided = cast<RankedTensorType>(conv.getType());
    auto dense = cast<DepthwiseConv2DOp>(
        cloneOnto(rewriter, conv, conv.getInput(),
                  RankedTensorType::get(getShape(conv.getInput()),
                                        strided.getElementType())));
    rewriter.modifyOpInPlace(dense, [&] { dense.setStrides({1, 1}); });
    int64_t channels = getNumChannels(conv.getInput());
    std::vector<float> identity(9 * channels, 0.0f);
    std::fill_n(identity.begin() + 4 * channels, channels, 1.0f);
    std::string name = names.make(conv.getLayerName() + "_identity_dw_conv");
    ConvOptions options;
    options.strides = {2, 2};
    options.padding = Padding::Same;
    FailureOr<Value> pick =
        LayerBuilder(rewriter, conv.getLoc(), name)
            .makeDepthwiseConv2D(
                dense.getResult(),
                makeElements(RankedTensorType::get({3, 3, channels, 1},
                                                   rewriter.getF32Type()),
                             name + "_kernel", std::move(identity)),
                /*bias=*/nullptr, options);
    if (failed(pick)) {
      rewriter.eraseOp(dense);
      return failure();
    }
    rewriter.replaceOp(conv, *pick);
    return success();
  }
};

struct SplitStridedDepthwisePass
    : qml::impl::SplitStridedDepthwiseBase<SplitStridedDepthwisePass> {
  void runOnOperation() override {
    func::FuncOp network = getOperation();
    if (!isNetwork(network))
      return markAllAnalysesPreserved();
    LayerNames names(network);
    RewritePatternSet patterns(&getContext());
    populateSplitStridedDepthwisePatterns(patterns, names);
    FailureOr<unsigned> count = rewriteNetwork(network, std::move(patterns));
    if (failed(count))
      return signalPassFailure();
    numSplit += *count;
    for (auto conv : network.getOps<DepthwiseConv2DOp>())
      if (isLargeAndStrided(conv) && isFloatTensor(conv.getResult()))
        ++(isPicked(conv) ? numActivation : numShift);
  }
};

} // namespace

void qml::populateSplitStridedDepthwisePatterns(RewritePatternSet &patterns,
                                                LayerNames &names,
                                                PatternBenefit benefit) {
  patterns.add<SplitStridedDepthwiseConv>(patterns.getContext(), names,
                                          benefit);
}
