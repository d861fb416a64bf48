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

/// Whether `padding = same` adds exactly the rows and columns of `padding`.
template <typename ConvOp>
static bool addsSamePads(ConvOp conv, ZeroPadding2DOp padding) {
  ArrayRef<int64_t> image =
      cast<ShapedType>(padding.getInput().getType()).getShape();
  ArrayRef<int64_t> kernel =
      cast<ShapedType>(conv.getInputKernel().getType()).getShape();
  ArrayRef<int64_t> pads = padding.getPads();
  for (int axis = 0; axis != 2; ++axis) {
    Pads same =
        inferPads(image[axis + 1], kernel[axis], conv.getStrides()[axis],
                  conv.getDilations()[axis], Padding::Same);
    if (same.before != pads[2 * axis] || same.after != pads[2 * axis + 1])
      return false;
  }
  return true;
}

namespace {

/// zero_padding_2d -> conv {valid} to conv {same}.
template <typename ConvOp>
struct AbsorbZeroPaddingInto : OpRewritePattern<ConvOp> {
  using OpRewritePattern<ConvOp>::OpRewritePattern;

  LogicalResult matchAndRewrite(ConvOp conv,
                                PatternRewriter &rewriter) const override {
    auto padding = conv.getInput().template getDefiningOp<ZeroPadding2DOp>();
    if (!padding || !padding->hasOneUse())
      return rewriter.notifyMatchFailure(conv, "follows no padding alone");
    if (conv.getPadding() != Padding::Valid || !addsSamePads(conv, padding))
      return rewriter.notifyMatchFailure(conv, "would pad differently");
    rewriter.modifyOpInPlace(conv, [&] {
      conv.getInputMutable().assign(padding.getInput());
      conv.setPadding(Padding::Same);
    });
    rewriter.eraseOp(padding);
    return success();
  }
};

struct AbsorbZeroPaddingPass
    : qml::impl::AbsorbZeroPaddingBase<AbsorbZeroPaddingPass> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    populateAbsorbZeroPaddingPatterns(patterns);
    FailureOr<unsigned> count =
        rewriteNetworks(getOperation(), std::move(patterns));
    if (failed(count))
      return signalPassFailure();
    numAbsorbed += *count;
    for (func::FuncOp network : getNetworks(getOperation()))
      numOther += llvm::range_size(network.getOps<ZeroPadding2DOp>());
  }
};

} // namespace

void qml::populateAbsorbZeroPaddingPatterns(RewritePatternSet &patterns,
                                            PatternBenefit benefit) {
  patterns.add<AbsorbZeroPaddingInto<Conv2DOp>,
               AbsorbZeroPaddingInto<DepthwiseConv2DOp>,
               AbsorbZeroPaddingInto<SeparableConv2DOp>>(patterns.getContext(),
                                                         benefit);
}
