//===- SplitConcatenations.cpp - Two inputs at a time ---------------------===//
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
#define GEN_PASS_DEF_SPLITCONCATENATIONS
#include "qml/Transforms/Passes.h.inc"
} // namespace qml

using namespace qml;

/// The name of what makes a value.
static std::string getSourceName(func::FuncOp network, Value value) {
  if (auto argument = dyn_cast<BlockArgument>(value))
    return getInputName(network, argument.getArgNumber());
  return getOwnerName(value.getDefiningOp()).str();
}

namespace {

/// concatenate of three or more to a chain of concatenations of two.
struct SplitConcatenation : NamingPattern<OpRewritePattern<ConcatenateOp>> {
  using NamingPattern::NamingPattern;

  LogicalResult matchAndRewrite(ConcatenateOp concatenate,
                                PatternRewriter &rewriter) const override {
    SmallVector<Value> inputs(concatenate.getInputs());
    if (inputs.size() < 3)
      return rewriter.notifyMatchFailure(concatenate, "has two inputs or one");
    if (!isFloatTensor(concatenate.getResult()))
      return rewriter.notifyMatchFailure(concatenate, "has integers");
    auto network = concatenate->getParentOfType<func::FuncOp>();
    Value joined = inputs.front();
    SmallVector<Operation *> made;
    for (Value next : ArrayRef(inputs).drop_front().drop_back()) {
      std::string name = names.make(concatenate.getLayerName() + "_" +
                                    getSourceName(network, next));
      FailureOr<Value> part = LayerBuilder(rewriter, concatenate.getLoc(), name)
                                  .makeConcatenate({joined, next});
      if (failed(part)) {
        for (Operation *layer : llvm::reverse(made))
          rewriter.eraseOp(layer);
        return failure();
      }
      made.push_back(part->getDefiningOp());
      joined = *part;
    }
    rewriter.modifyOpInPlace(concatenate, [&] {
      concatenate.getInputsMutable().assign({joined, inputs.back()});
    });
    return success();
  }
};

struct SplitConcatenationsPass
    : qml::impl::SplitConcatenationsBase<SplitConcatenationsPass> {
  void runOnOperation() override {
    func::FuncOp network = getOperation();
    if (!isNetwork(network))
      return markAllAnalysesPreserved();
    LayerNames names(network);
    RewritePatternSet patterns(&getContext());
    populateSplitConcatenationPatterns(patterns, names);
    FailureOr<unsigned> count = rewriteNetwork(network, std::move(patterns));
    if (failed(count))
      return signalPassFailure();
    numSplit += *count;
  }
};

} // namespace

void qml::populateSplitConcatenationPatterns(RewritePatternSet &patterns,
                                             LayerNames &names,
                                             PatternBenefit benefit) {
  patterns.add<SplitConcatenation>(patterns.getContext(), names, benefit);
}
