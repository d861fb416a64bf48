//===- Changes.cpp - Calibrated networks with other bitwidths -------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "qml/Analysis/Changes.h"

#include "qml/Pipelines/Pipelines.h"
#include "qml/Pipelines/ReleaseWeights.h"
#include "qml/Support/Quote.h"
#include "qml/Transforms/Config.h"
#include "qml/Transforms/ObservedRanges.h"

#include "mlir/IR/Builders.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;

namespace qml {

constexpr llvm::StringLiteral outputKey = "output_quantizer";

std::string Change::text() const {
  std::string name = quote(layer);
  switch (kind) {
  case WeightBits: {
    StringRef which = key;
    std::string weights = which.starts_with("dw_")   ? "depthwise weights"
                          : which.starts_with("pw_") ? "pointwise weights"
                                                     : "weights";
    return weights + " of " + name + " in " + std::to_string(bits) + " bits";
  }
  case ResultBits:
    return "results of " + name + " in " + std::to_string(bits) + " bits";
  case PerTensor:
    return "results of " + name + " per tensor";
  }
  return {};
}

std::vector<Change> listChanges(LayerOpInterface layer) {
  std::vector<Change> changes;
  std::string name = layer.getLayerName().str();
  auto more = [](int bits) { return bits < 8 ? 8 : 16; };
  if (auto weighted = dyn_cast<WeightedLayerOpInterface>(*layer))
    for (const KernelInfo &info : weighted.getKernels()) {
      auto quantizer =
          layer->getAttrOfType<WeightQuantizerAttr>(info.getQuantizerName());
      if (quantizer && quantizer.getBitwidth() < 16)
        changes.push_back({Change::WeightBits, name, info.getQuantizerName(),
                           more(quantizer.getBitwidth())});
    }
  if (OutputQuantizerOp quantizer = getOutputQuantizer(layer)) {
    if (quantizer.getBitwidth() < 16)
      changes.push_back({Change::ResultBits, name, outputKey.str(),
                         more(quantizer.getBitwidth())});
    if (quantizer.getGranularity() == Granularity::PerAxis)
      changes.push_back({Change::PerTensor, name, outputKey.str(), 0});
  }
  return changes;
}

/// Sees that a configuration spells out a key of a layer. Without the attribute
/// it has the usual ones, all that changes touch among them.
static void spellOut(LayerOpInterface layer, const std::string &key) {
  auto attribute = layer->getAttrOfType<StringAttr>(configKeysAttrName);
  if (!attribute)
    return;
  SmallVector<StringRef> keys;
  attribute.getValue().split(keys, ',');
  if (llvm::is_contained(keys, key))
    return;
  // Keys of one quantizer stay together.
  auto last = std::find_if(keys.rbegin(), keys.rend(), [&](StringRef other) {
    return other.split('.').first == StringRef(key).split('.').first;
  });
  keys.insert(last.base() == keys.begin() ? keys.end() : last.base(), key);
  layer->setAttr(configKeysAttrName,
                 StringAttr::get(layer->getContext(), llvm::join(keys, ",")));
}

static void applyChange(LayerOpInterface layer, const Change &change) {
  MLIRContext *context = layer->getContext();
  if (change.kind == Change::WeightBits) {
    auto old = layer->getAttrOfType<WeightQuantizerAttr>(change.key);
    layer->setAttr(change.key,
                   WeightQuantizerAttr::get(context, change.bits,
                                            old.getIsSigned(), old.getAxis()));
    // Scales that were chosen for the bits before.
    for (const KernelInfo &info :
         cast<WeightedLayerOpInterface>(*layer).getKernels())
      if (info.getQuantizerName() == change.key)
        layer->removeAttr(info.getScalesName());
    return spellOut(layer, change.key + ".bitwidth");
  }
  OutputQuantizerOp quantizer = getOutputQuantizer(layer);
  if (change.kind == Change::ResultBits) {
    quantizer.setBitwidth(change.bits);
    // Below 8 bits signs are as they were.
    if (change.bits >= 8 && !change.keepsSign)
      quantizer.removeIsUnsignedAttr();
    spellOut(layer, change.key + ".bitwidth");
    if (layer.getOutputQuantizerRule().isUnsignedBelow8Bits)
      spellOut(layer, change.key + ".signed");
    return;
  }
  mergeRanges(quantizer);
  spellOut(layer, change.key + ".axis");
}

void applyChanges(func::FuncOp calibrated, ArrayRef<Change> changes) {
  for (auto layer : calibrated.getOps<LayerOpInterface>())
    for (const Change &change : changes)
      if (layer.getLayerName() == change.layer)
        applyChange(layer, change);
}

OwningOpRef<ModuleOp> copyNetwork(func::FuncOp calibrated) {
  OwningOpRef<ModuleOp> module(ModuleOp::create(calibrated.getLoc()));
  auto original = calibrated->getParentOfType<ModuleOp>();
  copyRules(original, *module);
  OpBuilder::atBlockEnd(module->getBody()).clone(*calibrated);
  return module;
}

FailureOr<Variant>
makeVariant(func::FuncOp calibrated, ArrayRef<Change> changes,
            const std::function<LogicalResult(func::FuncOp)> &prepare) {
  Variant variant;
  variant.module = copyNetwork(calibrated);
  auto original = calibrated->getParentOfType<ModuleOp>();
  // Variants are many: what passes replace must not stay, nor what is left of
  // those that can't be made.
  llvm::scope_exit releaseFailed(
      [&] { releaseWeights(*variant.module, {original}); });
  variant.network = *variant.module->getOps<func::FuncOp>().begin();
  applyChanges(variant.network, changes);
  if (prepare && failed(prepare(variant.network)))
    return failure();
  LowerOptions options;
  options.reportLosses = false;
  if (failed(runPasses(*variant.module, {original}, [&](OpPassManager &pm) {
        buildLowerPipeline(pm, options);
      })))
    return failure();
  FailureOr<FlatNetwork> flat = flattenNetwork(variant.network);
  if (failed(flat))
    return failure();
  variant.flat = std::move(*flat);
  releaseFailed.release();
  return variant;
}

std::string dumpConfig(func::FuncOp calibrated, ArrayRef<Change> changes) {
  OwningOpRef<ModuleOp> module = copyNetwork(calibrated);
  func::FuncOp network = *module->getOps<func::FuncOp>().begin();
  applyChanges(network, changes);
  return dumpConfig(network);
}

} // namespace qml
