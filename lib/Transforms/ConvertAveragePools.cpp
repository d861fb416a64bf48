//===- ConvertAveragePools.cpp - Means as layers with integers ------------===//
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
#define GEN_PASS_DEF_CONVERTAVERAGEPOOLS
#include "qml/Transforms/Passes.h.inc"
} // namespace qml

using namespace qml;

namespace {

/// Replaces a pool by a layer of its name; marks that as one of its class.
LogicalResult replacePool(PatternRewriter &rewriter, AveragePool2DOp pool,
                          FailureOr<Value> layer) {
  if (failed(layer))
    return failure();
  setSourceClass(layer->getDefiningOp(), pool.getClassName());
  rewriter.replaceOp(pool, *layer);
  return success();
}

/// average_pool_2d of the whole image -> global_average_pool_2d.
struct PoolWholeImage : OpRewritePattern<AveragePool2DOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(AveragePool2DOp pool,
                                PatternRewriter &rewriter) const override {
    if (!isFloatTensor(pool.getResult()))
      return rewriter.notifyMatchFailure(pool, "computes integers");
    if (!pool.isGlobal())
      return rewriter.notifyMatchFailure(pool, "has other windows");
    return replacePool(
        rewriter, pool,
        LayerBuilder(rewriter, pool.getLoc(), pool.getLayerName())
            .makeGlobalAveragePool2D(pool.getInput(), /*keepDims=*/true));
  }
};

/// average_pool_2d -> depthwise_conv_2d.
struct PoolByConvolution : OpRewritePattern<AveragePool2DOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(AveragePool2DOp pool,
                                PatternRewriter &rewriter) const override {
    if (!isFloatTensor(pool.getResult()))
      return rewriter.notifyMatchFailure(pool, "computes integers");
    if (!pool.hasEqualWindows())
      return rewriter.notifyMatchFailure(pool, "has smaller windows");
    int64_t channels = getNumChannels(pool.getInput());
    int64_t height = pool.getPoolSize()[0], width = pool.getPoolSize()[1];
    std::vector<float> kernel(
        size_t(height * width * channels),
        static_cast<float>(1.0 / static_cast<double>(height * width)));
    ElementsAttr elements = makeElements(
        RankedTensorType::get({height, width, channels, 1},
                              rewriter.getF32Type()),
        (pool.getLayerName() + "_kernel").str(), std::move(kernel));
    ConvOptions options;
    llvm::copy(pool.getStrides(), options.strides.begin());
    return replacePool(
        rewriter, pool,
        LayerBuilder(rewriter, pool.getLoc(), pool.getLayerName())
            .makeDepthwiseConv2D(pool.getInput(), elements, /*bias=*/nullptr,
                                 options));
  }
};

struct ConvertAveragePoolsPass
    : qml::impl::ConvertAveragePoolsBase<ConvertAveragePoolsPass> {
  void runOnOperation() override {
    func::FuncOp network = getOperation();
    if (!isNetwork(network))
      return markAllAnalysesPreserved();
    for (auto pool : network.getOps<AveragePool2DOp>())
      ++(pool.isGlobal()          ? numGlobal
         : pool.hasEqualWindows() ? numDepthwise
                                  : numBorder);
    RewritePatternSet patterns(&getContext());
    populateConvertAveragePoolPatterns(patterns);
    if (failed(rewriteNetwork(network, std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace

void qml::populateConvertAveragePoolPatterns(RewritePatternSet &patterns,
                                             PatternBenefit benefit) {
  patterns.add<PoolWholeImage>(patterns.getContext(),
                               PatternBenefit(benefit.getBenefit() + 1));
  patterns.add<PoolByConvolution>(patterns.getContext(), benefit);
}
