//===- ReconstructHardSilu.cpp - Activations written as parts -------------===//
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

#include <cmath>

using namespace mlir;

namespace qml {
#define GEN_PASS_DEF_RECONSTRUCTHARDSILU
#include "qml/Transforms/Passes.h.inc"
} // namespace qml

using namespace qml;

//===----------------------------------------------------------------------===//
// Parts
//===----------------------------------------------------------------------===//

/// Whether all channels are scaled by about a sixth, and nothing is added.
static bool isSixth(RescalingOp rescaling) {
  auto isScale = [](double scale) { return std::fabs(scale * 6 - 1) < 1e-6; };
  return llvm::all_of(rescaling.getScale(), isScale) &&
         llvm::all_of(rescaling.getOffset(),
                      [](double offset) { return offset == 0; });
}

static bool addsThree(RescalingOp rescaling) {
  return llvm::all_of(rescaling.getScale(),
                      [](double scale) { return scale == 1; }) &&
         llvm::all_of(rescaling.getOffset(),
                      [](double offset) { return offset == 3; });
}

/// The x of relu6(x + 3); null for anything else.
static Value findClampedInput(Value value) {
  auto relu = value.getDefiningOp<ReLUOp>();
  if (!relu || !relu.getMaxValueAttr() ||
      !relu.getMaxValueAttr().getValue().isExactlyValue(6.0))
    return {};
  auto sum = relu.getInput().getDefiningOp<RescalingOp>();
  if (!sum || !addsThree(sum) || !isFloatTensor(sum.getInput()))
    return {};
  return sum.getInput();
}

/// Whether relu6(x + 3) has no other user than the one that asks.
static bool isUsedOnce(Value clamped) {
  return clamped.hasOneUse() &&
         clamped.getDefiningOp()->getOperand(0).hasOneUse();
}

/// Erases the layers that make `values`, as far as nothing uses them.
static void eraseUnused(PatternRewriter &rewriter, SmallVector<Value> values) {
  while (!values.empty()) {
    Operation *op = values.pop_back_val().getDefiningOp();
    if (!op || !op->use_empty())
      continue;
    // A layer may read a value twice.
    for (Value operand : op->getOperands())
      if (!llvm::is_contained(values, operand))
        values.push_back(operand);
    rewriter.eraseOp(op);
  }
}

/// Puts a function of `x` in the place of `last`, whose operands nothing else
/// needs.
static LogicalResult replaceBy(PatternRewriter &rewriter, LayerOpInterface last,
                               Activation function, Value x) {
  FailureOr<Value> result =
      LayerBuilder(rewriter, last->getLoc(), last.getLayerName())
          .makeActivation(x, function);
  if (failed(result))
    return failure();
  SmallVector<Value> parts(last->getOperands());
  rewriter.replaceOp(last, *result);
  eraseUnused(rewriter, std::move(parts));
  return success();
}

/// The product's other factor; null if `factor` is none of its two.
static Value findOther(MultiplyOp product, Value factor) {
  if (product.getLhs() == factor)
    return product.getRhs();
  return product.getRhs() == factor ? product.getLhs() : Value();
}

//===----------------------------------------------------------------------===//
// Patterns
//===----------------------------------------------------------------------===//

namespace {

/// relu6(x + 3) / 6, and x * relu6(x + 3) / 6.
struct ReconstructFromSixth : OpRewritePattern<RescalingOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(RescalingOp sixth,
                                PatternRewriter &rewriter) const override {
    if (!isSixth(sixth) || !isFloatTensor(sixth.getResult()))
      return rewriter.notifyMatchFailure(sixth, "is no division by six");
    if (Value x = findClampedInput(sixth.getInput())) {
      if (!isUsedOnce(sixth.getInput()))
        return rewriter.notifyMatchFailure(sixth, "a part has other users");
      return replaceBy(rewriter, sixth, Activation::HardSigmoid6, x);
    }
    auto product = sixth.getInput().getDefiningOp<MultiplyOp>();
    if (!product || !product->hasOneUse())
      return rewriter.notifyMatchFailure(sixth, "divides something else");
    for (Value factor : product.getOperands()) {
      Value x = findClampedInput(factor);
      if (x && findOther(product, factor) == x && isUsedOnce(factor))
        return replaceBy(rewriter, sixth, Activation::HardSilu, x);
    }
    return rewriter.notifyMatchFailure(sixth, "divides another product");
  }
};

/// x * hard_sigmoid(x), and (x / 6) * relu6(x + 3).
struct ReconstructFromProduct : OpRewritePattern<MultiplyOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(MultiplyOp product,
                                PatternRewriter &rewriter) const override {
    if (!isFloatTensor(product.getResult()))
      return rewriter.notifyMatchFailure(product, "is integer");
    for (Value factor : product.getOperands()) {
      Value other = findOther(product, factor);
      auto sigmoid = factor.getDefiningOp<ActivationOp>();
      if (sigmoid && sigmoid.getFunction() == Activation::HardSigmoid6 &&
          sigmoid.getInput() == other && factor.hasOneUse())
        return replaceBy(rewriter, product, Activation::HardSilu, other);
      Value x = findClampedInput(factor);
      auto sixth = other.getDefiningOp<RescalingOp>();
      if (x && sixth && isSixth(sixth) && sixth.getInput() == x &&
          sixth->hasOneUse() && isUsedOnce(factor))
        return replaceBy(rewriter, product, Activation::HardSilu, x);
    }
    return rewriter.notifyMatchFailure(product, "has other factors");
  }
};

struct ReconstructHardSiluPass
    : qml::impl::ReconstructHardSiluBase<ReconstructHardSiluPass> {
  void runOnOperation() override {
    func::FuncOp network = getOperation();
    if (!isNetwork(network))
      return markAllAnalysesPreserved();
    auto countOf = [&](Activation function) {
      return llvm::count_if(network.getOps<ActivationOp>(), [&](auto op) {
        return op.getFunction() == function;
      });
    };
    auto silus = countOf(Activation::HardSilu);
    auto sigmoids = countOf(Activation::HardSigmoid6);
    RewritePatternSet patterns(&getContext());
    populateReconstructHardSiluPatterns(patterns);
    if (failed(rewriteNetwork(network, std::move(patterns))))
      return signalPassFailure();
    numSilus += countOf(Activation::HardSilu) - silus;
    // A sigmoid that was there may have become part of one.
    numSigmoids +=
        std::max<int64_t>(countOf(Activation::HardSigmoid6) - sigmoids, 0);
    for (auto sixth : network.getOps<RescalingOp>())
      numUsed += isSixth(sixth) && findClampedInput(sixth.getInput());
  }
};

} // namespace

void qml::populateReconstructHardSiluPatterns(RewritePatternSet &patterns,
                                              PatternBenefit benefit) {
  patterns.add<ReconstructFromSixth, ReconstructFromProduct>(
      patterns.getContext(), benefit);
}
