//===- Target.cpp - Everything decided for one chip -----------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "qml/Pipelines/Target.h"

#include "qml/Pipelines/ReleaseWeights.h"
#include "qml/Transforms/Losses.h"
#include "qml/Transforms/ObservedRanges.h"

#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;

namespace qml {

std::optional<Target> parseTarget(StringRef name) {
  if (name == "akida-2.0")
    return Target{2};
  if (name == "akida-1.0")
    return Target{1};
  return std::nullopt;
}

void setDefaults(const Target &target, SanitizeOptions &options) {
  // 1.0 has a layer for them, and none for depthwise convolutions.
  options.splitSeparableConvs = target.version == 2;
}

void setDefaults(const Target &target, InsertQuantizersOptions &options) {
  if (target.version != 1)
    return;
  options.inputWeightBits = options.weightBits = options.activationBits = 4;
  options.perTensorActivations = true;
}

/// The owners of quantizers per axis that losses of a lowered network go back
/// to.
static FailureOr<llvm::StringSet<>> findCulprits(func::FuncOp network) {
  FailureOr<std::vector<Loss>> losses = findLosses(network);
  if (failed(losses))
    return failure();
  llvm::StringMap<mlir::Operation *> layers;
  for (auto layer : network.getOps<LayerOpInterface>())
    layers[layer.getLayerName()] = layer;
  llvm::StringSet<> owners;
  for (const Loss &loss : *losses)
    if (loss.kind == LossKind::Alignment || loss.kind == LossKind::Sum ||
        loss.kind == LossKind::Product)
      for (OutputQuantizerOp quantizer :
           getAlignedQuantizers(getGroupMain(layers.lookup(loss.layer))))
        owners.insert(getOwnerName(quantizer));
  return owners;
}

/// Gives the quantizers of `owners` one range for all channels; whether any had
/// one for each.
static bool mergeRanges(func::FuncOp network, const llvm::StringSet<> &owners) {
  bool changed = false;
  for (auto quantizer : network.getOps<OutputQuantizerOp>()) {
    if (!owners.contains(getOwnerName(quantizer)) ||
        quantizer.getGranularity() == Granularity::PerTensor)
      continue;
    mergeRanges(quantizer);
    changed = true;
  }
  return changed;
}

/// Gives the channels of images of bytes one binary point where they have
/// several: the chip's first convolutions take no others. Those of small spans
/// lose a bit, and keep their zero points.
static void alignInputRanges(func::FuncOp network) {
  for (auto quantizer : network.getOps<InputQuantizerOp>()) {
    mlir::Operation *user = getFirstUser(quantizer.getResult());
    if (quantizer.getGranularity() == Granularity::PerTensor ||
        !quantizer.getRangeMaxAttr() || !user || !isInputConvolution(user))
      continue;
    Channels<float> min = readFloatChannels(quantizer.getRangeMinAttr());
    Channels<float> max = readFloatChannels(quantizer.getRangeMaxAttr());
    auto areAligned = [&] {
      return llvm::all_equal(inputScale(min, max, quantizer.getValueBits(),
                                        /*isSigned=*/false,
                                        getArithmetic(network),
                                        getFracBitsLimit(network))
                                 .fracBits.values);
    };
    if (areAligned())
      continue;
    float widest = 0;
    for (size_t c = 0; c != max.size(); ++c)
      widest = std::max(widest, max[c] - min[c]);
    for (size_t c = 0; c != max.size(); ++c)
      max.values[c] = min[c] + widest;
    // A sum may be rounded beyond a power of two.
    if (!areAligned()) {
      quantizer.setGranularity(Granularity::PerTensor);
      min = Channels<float>::scalar(*llvm::min_element(min.values));
      max = Channels<float>::scalar(*llvm::max_element(max.values));
    }
    StringRef name = quantizer.getLayerName();
    quantizer.setRangeMinAttr(
        makeFloatAttr(quantizer.getContext(), name + "_range_min", min));
    quantizer.setRangeMaxAttr(
        makeFloatAttr(quantizer.getContext(), name + "_range_max", max));
  }
}

LogicalResult chooseGranularity(ModuleOp calibrated) {
  FailureOr<func::FuncOp> network = getNetwork(calibrated);
  if (failed(network))
    return failure();
  MLIRContext *context = calibrated.getContext();
  if (hasTarget(*network))
    alignInputRanges(*network);
  // Each round makes a quantizer per tensor that was per axis.
  while (true) {
    OwningOpRef<ModuleOp> trial = calibrated.clone();
    // What is said of a trial is said again of the network itself.
    ScopedDiagnosticHandler handler(context,
                                    [](Diagnostic &) { return success(); });
    LowerOptions options;
    options.reportLosses = false;
    FailureOr<func::FuncOp> lowered = failure();
    // Trials share the network's weights; what passes make of these goes.
    if (succeeded(runPasses(*trial, {calibrated}, [&](OpPassManager &pm) {
          buildLowerPipeline(pm, options);
        })))
      lowered = getNetwork(*trial);
    FailureOr<llvm::StringSet<>> culprits = failure();
    if (succeeded(lowered))
      culprits = findCulprits(*lowered);
    releaseWeights(*trial, {calibrated});
    if (failed(culprits) || !mergeRanges(*network, *culprits))
      return success();
  }
}

} // namespace qml
