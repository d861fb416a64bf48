//===- AbsorbZeroPadding.cpp - Padding as part of convolutions ------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RewriteUtils.h"
#include "qml/Transforms/Passes.h"
#include "qml/Transforms/Patterns.h"

#include "qml/Dialect/QML/IR/ShapeInference.h"

using namespace mlir;

namespace qml {
#define GEN_PASS_DEF_ABSORBZEROPADDING
#include "qml/Transforms/Passes.h.inc"
} // namespace qml

using namespace qml;

/// The pads of a window on `image` and those of a layer of zeros before it;
/// null if they are more than a window can have.
static PaddingAttr addPads(ArrayRef<int64_t> padded, ArrayRef<int64_t> image,
                           ArrayRef<int64_t> kernel, ArrayRef<int64_t> strides,
                           ArrayRef<int64_t> dilations, PaddingAttr own,
                           ArrayRef<int64_t> zeros) {
  SmallVector<int64_t, 4> sum;
  for (int axis = 0; axis != 2; ++axis) {
    Pads pads = inferPads(axis, padded[axis + 1], kernel[axis], strides[axis],
                          dilations[axis], own);
    sum.push_back(pads.before + zeros[2 * axis]);
    sum.push_back(pads.after + zeros[2 * axis + 1]);
  }
  auto pads =
      PaddingAttr::getChecked([&]() -> InFlightDiagnostic { return {}; },
                              own.getContext(), ArrayRef<int64_t>(sum));
  if (!pads)
    return {};
  return nameIfSame(pads, image, kernel, strides, dilations);
}

/// Whether no value is negative: a result of a ReLU, or zeros around one.
static bool isNotNegative(Value value) {
  while (auto padding = value.getDefiningOp<ZeroPadding2DOp>())
    value = padding.getInput();
  return value.getDefiningOp<ReLUOp>() != nullptr;
}

namespace {

/// zero_padding_2d -> conv to conv with more pads.
template <typename ConvOp>
struct AbsorbZeroPaddingInto : OpRewritePattern<ConvOp> {
  using OpRewritePattern<ConvOp>::OpRewritePattern;

  LogicalResult matchAndRewrite(ConvOp conv,
                                PatternRewriter &rewriter) const override {
    auto padding = conv.getInput().template getDefiningOp<ZeroPadding2DOp>();
    if (!padding || !padding->hasOneUse())
      return rewriter.notifyMatchFailure(conv, "follows no padding alone");
    if (conv->hasAttr("padding_value"))
      return rewriter.notifyMatchFailure(conv, "pads with other values");
    PaddingAttr pads =
        addPads(getShape(conv.getInput()), getShape(padding.getInput()),
                getShape(conv.getInputKernel()), conv.getStrides(),
                conv.getDilations(), conv.getPadding(), padding.getPads());
    if (!pads)
      return rewriter.notifyMatchFailure(conv, "has too many pads");
    rewriter.modifyOpInPlace(conv, [&] {
      conv.getInputMutable().assign(padding.getInput());
      conv.setPaddingAttr(pads);
    });
    rewriter.eraseOp(padding);
    return success();
  }
};

/// relu -> zero_padding_2d -> max_pool_2d to relu -> max_pool_2d.
struct AbsorbZeroPaddingIntoMaxPool : OpRewritePattern<MaxPool2DOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(MaxPool2DOp pool,
                                PatternRewriter &rewriter) const override {
    auto padding = pool.getInput().getDefiningOp<ZeroPadding2DOp>();
    if (!padding || !padding->hasOneUse())
      return rewriter.notifyMatchFailure(pool, "follows no padding alone");
    if (!isNotNegative(padding.getInput()))
      return rewriter.notifyMatchFailure(pool, "takes negative values");
    PaddingAttr pads =
        addPads(getShape(pool.getInput()), getShape(padding.getInput()),
                pool.getPoolSize(), pool.getStrides(), {1, 1},
                pool.getPadding(), padding.getPads());
    if (!pads)
      return rewriter.notifyMatchFailure(pool, "has too many pads");
    if (!arePadsBelowWindow(pads, pool.getPoolSize()))
      return rewriter.notifyMatchFailure(pool, "has windows of zeros");
    rewriter.modifyOpInPlace(pool, [&] {
      pool.getInputMutable().assign(padding.getInput());
      pool.setPaddingAttr(pads);
    });
    rewriter.eraseOp(padding);
    return success();
  }
};

struct AbsorbZeroPaddingPass
    : qml::impl::AbsorbZeroPaddingBase<AbsorbZeroPaddingPass> {
  void runOnOperation() override {
    func::FuncOp network = getOperation();
    if (!isNetwork(network))
      return markAllAnalysesPreserved();
    RewritePatternSet patterns(&getContext());
    populateAbsorbZeroPaddingPatterns(patterns);
    FailureOr<unsigned> count = rewriteNetwork(network, std::move(patterns));
    if (failed(count))
      return signalPassFailure();
    numAbsorbed += *count;
    numOther += llvm::range_size(network.getOps<ZeroPadding2DOp>());
  }
};

} // namespace

void qml::populateAbsorbZeroPaddingPatterns(RewritePatternSet &patterns,
                                            PatternBenefit benefit) {
  patterns.add<
      AbsorbZeroPaddingInto<Conv2DOp>, AbsorbZeroPaddingInto<DepthwiseConv2DOp>,
      AbsorbZeroPaddingInto<SeparableConv2DOp>, AbsorbZeroPaddingIntoMaxPool>(
      patterns.getContext(), benefit);
}
