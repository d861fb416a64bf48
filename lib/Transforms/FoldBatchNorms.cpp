//===- FoldBatchNorms.cpp - Norms as weights ------------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RewriteUtils.h"
#include "qml/Transforms/Passes.h"
#include "qml/Transforms/Patterns.h"

#include <cmath>

using namespace mlir;

namespace qml {
#define GEN_PASS_DEF_FOLDBATCHNORMS
#include "qml/Transforms/Passes.h.inc"
} // namespace qml

using namespace qml;

/// The layer with weights that a norm alone follows, or null.
static WeightedLayerOpInterface getFoldTarget(BatchNormOp norm) {
  auto layer = norm.getInput().getDefiningOp<WeightedLayerOpInterface>();
  if (!layer || !norm.getInput().hasOneUse() ||
      !isFloatTensor(norm.getInput()) || layer->hasAttr("activation"))
    return {};
  return layer;
}

static bool hasZeroGamma(BatchNormOp norm) {
  return llvm::is_contained(readFloats(norm.getGamma()), 0.0f);
}

namespace {

/// conv or dense -> batch_norm to conv or dense. Float32 throughout, in the
/// order of the formula, so that weights are the reference's to the bit.
struct FoldBatchNorm : OpRewritePattern<BatchNormOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(BatchNormOp norm,
                                PatternRewriter &rewriter) const override {
    WeightedLayerOpInterface layer = getFoldTarget(norm);
    if (!layer)
      return rewriter.notifyMatchFailure(norm, "follows no weights alone");
    if (hasZeroGamma(norm))
      return rewriter.notifyMatchFailure(norm, "has a gamma of zero");

    std::vector<float> gain = readFloats(norm.getGamma());
    std::vector<float> variance = readFloats(norm.getVariance());
    float epsilon = norm.getEpsilon().convertToFloat();
    for (auto [g, v] : llvm::zip(gain, variance))
      g = g / std::sqrt(v + epsilon);

    std::vector<float> kernel = readFloats(layer.getKernel());
    size_t inner = 1;
    for (int64_t extent : cast<ShapedType>(layer.getKernel().getType())
                              .getShape()
                              .drop_front(layer.getOutputAxis() + 1))
      inner *= extent;
    for (size_t i = 0; i != kernel.size(); ++i)
      kernel[i] *= gain[i / inner % gain.size()];

    std::vector<float> bias = getBiasOrZeros(layer);
    ElementsView<float> mean(norm.getMean()), beta(norm.getBeta());
    for (size_t c = 0; c != bias.size(); ++c) {
      float centered = (bias[c] - mean[c]) * gain[c];
      bias[c] = beta[c] + centered;
    }

    rewriter.modifyOpInPlace(layer, [&] {
      setKernel(layer, std::move(kernel));
      setBias(layer, bias);
    });
    rewriter.replaceOp(norm, layer->getResult(0));
    return success();
  }
};

struct FoldBatchNormsPass : qml::impl::FoldBatchNormsBase<FoldBatchNormsPass> {
  void runOnOperation() override {
    func::FuncOp network = getOperation();
    if (!isNetwork(network))
      return markAllAnalysesPreserved();
    RewritePatternSet patterns(&getContext());
    populateFoldBatchNormPatterns(patterns);
    FailureOr<unsigned> count = rewriteNetwork(network, std::move(patterns));
    if (failed(count))
      return signalPassFailure();
    numFolded += *count;
    for (auto norm : network.getOps<BatchNormOp>())
      ++(getFoldTarget(norm) ? numGamma : numOtherLayer);
  }
};

} // namespace

void qml::populateFoldBatchNormPatterns(RewritePatternSet &patterns,
                                        PatternBenefit benefit) {
  patterns.add<FoldBatchNorm>(patterns.getContext(), benefit);
}
