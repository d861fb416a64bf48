//===- FoldPermutations.cpp - Reordered channels as part of kernels -------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RewriteUtils.h"
#include "qml/Transforms/Passes.h"
#include "qml/Transforms/Patterns.h"

#include "qml/Dialect/QML/IR/Elements.h"
#include "qml/Dialect/QML/IR/ShapeInference.h"

using namespace mlir;

namespace qml {
#define GEN_PASS_DEF_FOLDPERMUTATIONS
#include "qml/Transforms/Passes.h.inc"
} // namespace qml

using namespace qml;

/// For each channel of the result of a layer that does nothing but reorder
/// them: which one of the input it is. Empty if the layer does anything else,
/// or leaves all where they are. What was a convolution in the source model is
/// no such layer: the reference quantizes it as one.
static SmallVector<int64_t> findOrder(Conv2DOp conv) {
  ArrayRef<int64_t> shape = getShape(conv.getKernel());
  if (conv.getClassName().contains("Conv") ||
      !isFloatTensor(conv.getResult()) || conv.getBiasAttr() ||
      conv.getActivation() || conv.getGroups() != 1 || shape[0] != 1 ||
      shape[1] != 1 || shape[2] != shape[3] ||
      !llvm::all_equal(conv.getStrides()) || conv.getStrides()[0] != 1 ||
      getShape(conv.getResult()) != getShape(conv.getInput()))
    return {};
  int64_t channels = shape[2];
  ElementsView<float> kernel(conv.getKernel());
  SmallVector<int64_t> order(channels, -1);
  SmallVector<bool> isTaken(channels, false);
  bool isIdentity = true;
  for (int64_t in = 0; in != channels; ++in)
    for (int64_t out = 0; out != channels; ++out) {
      float weight = kernel[in * channels + out];
      if (weight == 0)
        continue;
      if (weight != 1 || isTaken[in] || order[out] != -1)
        return {};
      isTaken[in] = true;
      order[out] = in;
      isIdentity &= in == out;
    }
  if (isIdentity || llvm::is_contained(order, -1))
    return {};
  return order;
}

namespace {

/// conv_2d that reorders channels -> conv_2d to the second alone.
struct FoldPermutation : OpRewritePattern<Conv2DOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(Conv2DOp conv,
                                PatternRewriter &rewriter) const override {
    auto before = conv.getInput().getDefiningOp<Conv2DOp>();
    if (!before || !before->hasOneUse())
      return rewriter.notifyMatchFailure(conv, "follows no convolution alone");
    if (!isFloatTensor(conv.getResult()) || conv.getGroups() != 1)
      return rewriter.notifyMatchFailure(conv, "has groups or integers");
    SmallVector<int64_t> order = findOrder(before);
    if (order.empty())
      return rewriter.notifyMatchFailure(conv, "follows no reordering");
    ArrayRef<int64_t> shape = getShape(conv.getKernel());
    int64_t channels = shape[2], outputs = shape[3];
    std::vector<float> kernel = readFloats(conv.getKernel()), folded = kernel;
    for (int64_t cell = 0; cell != shape[0] * shape[1]; ++cell)
      for (int64_t channel = 0; channel != channels; ++channel)
        std::copy_n(
            kernel.begin() + (cell * channels + channel) * outputs, outputs,
            folded.begin() + (cell * channels + order[channel]) * outputs);
    rewriter.modifyOpInPlace(conv, [&] {
      setKernel(conv, std::move(folded));
      if (auto padding = conv.getPaddingValue();
          padding && padding->size() > 1) {
        SmallVector<double> values(*padding);
        for (int64_t channel = 0; channel != channels; ++channel)
          values[order[channel]] = (*padding)[channel];
        conv.setPaddingValue(values);
      }
      conv.getInputMutable().assign(before.getInput());
    });
    rewriter.eraseOp(before);
    return success();
  }
};

struct FoldPermutationsPass
    : qml::impl::FoldPermutationsBase<FoldPermutationsPass> {
  void runOnOperation() override {
    func::FuncOp network = getOperation();
    if (!isNetwork(network))
      return markAllAnalysesPreserved();
    RewritePatternSet patterns(&getContext());
    populateFoldPermutationPatterns(patterns);
    FailureOr<unsigned> count = rewriteNetwork(network, std::move(patterns));
    if (failed(count))
      return signalPassFailure();
    numFolded += *count;
    for (Conv2DOp conv : network.getOps<Conv2DOp>())
      numOther += !findOrder(conv).empty();
  }
};

} // namespace

void qml::populateFoldPermutationPatterns(RewritePatternSet &patterns,
                                          PatternBenefit benefit) {
  patterns.add<FoldPermutation>(patterns.getContext(), benefit);
}
