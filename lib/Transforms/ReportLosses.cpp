//===- ReportLosses.cpp - What an integer network loses, in words ---------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "qml/Dialect/QML/IR/Flattening.h"
#include "qml/Support/Quote.h"
#include "qml/Transforms/Losses.h"
#include "qml/Transforms/Passes.h"

#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;

namespace qml {
#define GEN_PASS_DEF_REPORTLOSSES
#include "qml/Transforms/Passes.h.inc"

//===----------------------------------------------------------------------===//
// Words
//===----------------------------------------------------------------------===//

static std::string countChannels(const Loss &loss) {
  if (loss.ofChannels == 1)
    return "the only channel";
  return (loss.channels == loss.ofChannels
              ? "all " + Twine(loss.channels) + " channels"
              : Twine(loss.channels) + " of " + Twine(loss.ofChannels) +
                    " channels")
      .str();
}

static std::string countTimes(double factor) {
  return llvm::formatv(factor < 10 ? "{0:F1}" : "{0:F0}", factor).str() +
         " times";
}

std::string describe(const Loss &loss) {
  std::string who = countChannels(loss), times = countTimes(loss.factor),
              bits = std::to_string(loss.bits);
  std::string saturate = loss.channels == 1 ? " saturates" : " saturate";
  switch (loss.kind) {
  case LossKind::Input:
    return who + " of the input" + saturate + ": values come to " + times +
           " what the " + bits + " value bits of its quantizer hold";
  case LossKind::Alignment:
    return who + saturate + ": brought to one binary point, codes come to " +
           times + " what " + bits +
           " value bits hold; binary points are up "
           "to " +
           showCount(loss.spread, "bit") + " apart";
  case LossKind::Sum:
    return who + saturate + ": sums come to " + times + " what the " + bits +
           " value bits of the accumulator hold";
  case LossKind::Product:
    return who + saturate + ": sums times the output scale come to " + times +
           " what the " + bits +
           " value bits of the output quantizer's buffer "
           "hold";
  case LossKind::Output:
    return who + saturate + ": results come to " + times + " what the " + bits +
           " value bits of the output quantizer hold";
  case LossKind::Sign:
    return "negative values of " + who + " are clipped to 0: its results of " +
           bits + " bits have no sign";
  case LossKind::Precision:
    return "its values are so small that they use " +
           std::to_string(static_cast<int64_t>(loss.factor)) + " of the " +
           std::to_string((int64_t(1) << loss.bits) - 1) +
           " codes of its quantizer, whose steps are no finer than 1/" +
           std::to_string(int64_t(1) << loss.bits) +
           ": what is smaller is clipped to 0";
  case LossKind::Constant:
    return "the " + std::string(loss.constant) + " of " + who +
           " is clipped: it is up to " + times + " what the " + bits +
           " value bits of the accumulator hold, since the scale of its "
           "weights "
           "is so small";
  }
  llvm_unreachable("unknown kind of loss");
}

/// What to change: `before` are those whose quantizers an alignment depends on;
/// networks without a target are told of it.
static std::string getRemedy(const Loss &loss, mlir::Operation *layer,
                             ArrayRef<StringRef> before) {
  std::string target =
      hasTarget(layer) ? ""
                       : "; or quantize for the chip with --target=akida-2.0";
  switch (loss.kind) {
  case LossKind::Input:
    return "give samples that show the range of the input (--samples), or "
           "another --input-dtype";
  case LossKind::Alignment: {
    if (before.empty())
      return "use a larger --buffer-bits" + target;
    std::string names;
    for (StringRef name : before)
      names += (names.empty() ? "'" : ", '") + name.str() + "'";
    return "use --per-tensor-activations, or give the output quantizer of "
           "layer " +
           names + " the axis \"per-tensor\" (--config)" + target;
  }
  case LossKind::Sum:
    return "use a larger --buffer-bits, or fewer bits of weights" + target;
  case LossKind::Product:
    if (isa<SeparableConv2DOp>(getGroupMain(layer)))
      return "make two layers of '" + getOwnerName(getGroupMain(layer)).str() +
             "' (--split-separable-convs), or use fewer bits of its weights" +
             target;
    return "use fewer bits of weights, or of its output quantizer's scales "
           "(scale_bits in --config), or --per-tensor-activations before it" +
           target;
  case LossKind::Output:
    return "use more bits for its result (--output-bits, --activation-bits)" +
           target;
  case LossKind::Sign:
    return "use 5 bits or more for its result (--output-bits), or put a ReLU "
           "after it";
  case LossKind::Precision:
    if (getFracBitsLimit(layer) == FracBitsLimit::ValueBits)
      return "use --recover=bias, or quantize for the chip with "
             "--target=akida-2.0: their steps are as fine as values need";
    return "scale its weights up and those of the next layer down";
  case LossKind::Constant:
    return "make its weights larger, or remove filters that are zero" + target;
  }
  llvm_unreachable("unknown kind of loss");
}

//===----------------------------------------------------------------------===//
// Networks
//===----------------------------------------------------------------------===//

FailureOr<std::vector<Loss>> findLosses(func::FuncOp network) {
  Program program;
  ConstantStorage storage;
  if (failed(NetworkFlattener(network, program, storage).run()))
    return failure();
  return findLosses(program);
}

SmallVector<OutputQuantizerOp> getAlignedQuantizers(mlir::Operation *layer) {
  SmallVector<OutputQuantizerOp> found;
  SmallVector<mlir::Operation *> work = {layer};
  llvm::SmallPtrSet<mlir::Operation *, 8> seen;
  while (!work.empty()) {
    mlir::Operation *op = work.pop_back_val();
    for (Value operand : op->getOperands()) {
      mlir::Operation *producer = operand.getDefiningOp();
      if (!producer || !seen.insert(producer).second)
        continue;
      if (auto quantizer = dyn_cast<OutputQuantizerOp>(producer)) {
        if (quantizer.getGranularity() == Granularity::PerAxis)
          found.push_back(quantizer);
      } else if (isa<ConcatenateOp>(producer) ||
                 producer->hasTrait<qml::OpTrait::ReshapesOnly>() ||
                 producer->hasTrait<qml::OpTrait::ScalesWithInput>()) {
        work.push_back(producer);
      }
    }
  }
  return found;
}

/// Quantizers whose whole range is zero: they hold next to nothing of other
/// values.
static void findZeroRanges(
    func::FuncOp network,
    llvm::function_ref<InFlightDiagnostic(mlir::Operation *)> diagnose) {
  for (auto quantizer : network.getOps<OutputQuantizerOp>()) {
    ElementsAttr range = quantizer.getRangeMaxAttr();
    if (range &&
        llvm::all_of(readFloats(range), [](float r) { return r == 0.0f; }))
      diagnose(quantizer) << "its result was 0 in the whole calibration; "
                             "values above 1 will be clipped: give samples "
                             "that reach it (--samples)";
  }
}

FailureOr<unsigned> reportLosses(func::FuncOp network, bool strict) {
  FailureOr<std::vector<Loss>> losses = findLosses(network);
  if (failed(losses))
    return failure();
  unsigned count = 0;
  auto diagnose = [&](mlir::Operation *op) {
    ++count;
    InFlightDiagnostic diagnostic =
        strict ? op->emitError() : op->emitWarning();
    diagnostic << "layer '" << getOwnerName(op) << "': ";
    return diagnostic;
  };
  llvm::StringMap<mlir::Operation *> layers;
  for (auto layer : network.getOps<LayerOpInterface>())
    layers[layer.getLayerName()] = layer;
  llvm::StringSet<> told;
  for (const Loss &loss : *losses) {
    if (!told.insert(loss.layer).second)
      continue;
    mlir::Operation *layer = layers.lookup(loss.layer);
    SmallVector<StringRef> before;
    for (OutputQuantizerOp quantizer : getAlignedQuantizers(layer))
      before.push_back(getOwnerName(quantizer));
    diagnose(layer) << describe(loss) << "; " << getRemedy(loss, layer, before);
  }
  findZeroRanges(network, diagnose);
  return count;
}

namespace {
struct ReportLossesPass : impl::ReportLossesBase<ReportLossesPass> {
  using ReportLossesBase::ReportLossesBase;

  void runOnOperation() override {
    markAllAnalysesPreserved();
    func::FuncOp network = getOperation();
    if (!isNetwork(network) || !isInteger(network))
      return;
    FailureOr<unsigned> count = reportLosses(network, strict);
    if (failed(count) || (strict && *count != 0))
      return signalPassFailure();
    numLosses += *count;
  }
};
} // namespace

} // namespace qml
