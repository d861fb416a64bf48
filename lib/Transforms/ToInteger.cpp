//===- ToInteger.cpp - A calibrated network in integers -------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Walks the network once, from the input on: what each layer computes follows
// from what the integers before it stand for.
//
//===----------------------------------------------------------------------===//

#include "qml/Dialect/QML/IR/IntegerLowering.h"
#include "qml/Transforms/Passes.h"

#include "mlir/IR/Builders.h"

using namespace mlir;

namespace qml {
#define GEN_PASS_DEF_TOINTEGER
#include "qml/Transforms/Passes.h.inc"
} // namespace qml

using namespace qml;

/// Inputs that are integers stand for themselves; reports those that are wider
/// than the arithmetic.
static LogicalResult checkInputs(func::FuncOp network) {
  LogicalResult result = success();
  for (BlockArgument input : network.getArguments())
    if (std::optional<Meaning> meaning = getMeaning(input);
        meaning && meaning->valueBits > 32)
      result = network.emitError()
               << "input '" << getInputName(network, input.getArgNumber())
               << "' is of type " << input.getType()
               << "; integer inputs have up to 32 bits";
  return result;
}

namespace {
struct ToIntegerPass : qml::impl::ToIntegerBase<ToIntegerPass> {
  void runOnOperation() override {
    func::FuncOp network = getOperation();
    if (!isNetwork(network))
      return markAllAnalysesPreserved();
    if (failed(lower(network)))
      signalPassFailure();
  }

  LogicalResult lower(func::FuncOp network) {
    if (isInteger(network))
      return network.emitError() << "the network is integer already";
    if (failed(verifyNetwork(network)) || failed(checkInputs(network)))
      return failure();

    IntegerLowering lowering(network);
    llvm::DenseSet<Operation *> floats = getFloatLayers(network);
    for (Operation &op : network.front().without_terminator()) {
      if (floats.contains(&op) || isa<DequantizerOp>(op))
        continue;
      if (!isa<InputQuantizerOp>(op) &&
          // The layer itself gives its memory the type of its input.
          llvm::any_of(op.getOperands(), [](Value operand) {
            return isFloatTensor(operand) && !isState(operand);
          })) {
        if (!lowering.hasFailed())
          lowering.error(&op)
              << "its input is float; run --qml-insert-quantizers";
        continue;
      }
      if (auto layer = dyn_cast<LayerOpInterface>(op)) {
        std::string reason = layer.whyNotQuantizable();
        if (!reason.empty()) {
          lowering.error(&op) << "it can't run in integers, and no dequantizer "
                                 "is before it: it has "
                              << reason;
          continue;
        }
      }
      lowering.lower(cast<LowerableOpInterface>(op));
      ++numLayers;
    }
    updateFunctionType(network);
    return success(!lowering.hasFailed());
  }
};
} // namespace
