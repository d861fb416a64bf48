//===- CheckConfig.cpp - Configurations that don't fit a network ----------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CheckConfig.h"
#include "qml/Dialect/QML/IR/Network.h"
#include "qml/Support/SimilarNames.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"

#include <algorithm>
#include <optional>
#include <string>

using namespace mlir;
using namespace qml;

/// Reports an axis that weights can't be quantized along.
static LogicalResult checkAxis(LayerOpInterface layer, const KernelInfo &info,
                               const WeightQuantizerConfig &weights) {
  if (!weights.hasAxis)
    return success();
  std::optional<int64_t> axis = weights.axis;
  std::string allowed = "null";
  bool isAllowed = !axis;
  if (info.axis) {
    int64_t front = *info.axis;
    int64_t back = front - cast<ShapedType>(info.kernel.getType()).getRank();
    bool canBePerTensor = !info.hasExplicitAxis;
    isAllowed = axis ? *axis == front || *axis == back : canBePerTensor;
    allowed = std::to_string(back) + ", " + std::to_string(front) +
              (canBePerTensor ? ", null" : "");
  }
  if (isAllowed)
    return success();
  return layer->emitError()
         << "the configuration quantizes the weights of layer '"
         << layer.getLayerName() << "' along axis "
         << (axis ? std::to_string(*axis) : "null")
         << (info.prefix.empty() ? "" : " in '" + info.getQuantizerName() + "'")
         << "; allowed: " << allowed;
}

/// The names that a wrong one could mean: all if they are few.
static std::string listNames(StringRef wrong, ArrayRef<StringRef> names) {
  constexpr size_t few = 10;
  if (names.size() <= few)
    return llvm::join(names, ", ");
  SimilarNames similar(wrong);
  for (StringRef name : names)
    similar.add(name);
  std::vector<std::string> listed = similar.quoted();
  if (listed.empty())
    listed.assign(names.begin(), names.begin() + few);
  return llvm::join(listed, ", ") + " and " +
         std::to_string(names.size() - listed.size()) + " more";
}

LogicalResult qml::checkConfig(func::FuncOp network,
                               ArrayRef<LayerOpInterface> layers,
                               const Config &config, StringRef quantizeUntil) {
  LogicalResult result = success();
  llvm::StringMap<LayerOpInterface> byName;
  for (LayerOpInterface layer : layers)
    byName[layer.getLayerName()] = layer;

  SmallVector<StringRef> configurable;
  for (LayerOpInterface layer : layers)
    if (!layer.getConfigurableKeys().empty())
      configurable.push_back(layer.getLayerName());

  // Of a configuration of another network it is enough to name some.
  constexpr size_t maxUnknown = 20;
  size_t unknown = 0;
  for (const LayerConfig &entry : config.layers) {
    auto found = byName.find(entry.layer);
    if (found == byName.end()) {
      if (++unknown > maxUnknown)
        continue;
      result = network.emitError()
               << "the configuration names the layer '" << entry.layer
               << "', which the network doesn't have; layers that can be "
                  "configured are "
               << listNames(entry.layer, configurable);
      continue;
    }
    LayerOpInterface layer = found->second;
    ConfigKeys allowed = layer.getConfigurableKeys();
    for (const std::string &key : entry.keys) {
      if (StringRef(key).contains('.') || llvm::is_contained(allowed, key))
        continue;
      result = layer->emitError()
               << "layer '" << entry.layer << "' of class "
               << layer.getClassName() << " has no '" << key
               << "' to configure; allowed: "
               << (allowed.empty() ? "nothing" : llvm::join(allowed, ", "));
    }
    if (entry.outputQuantizer && entry.outputQuantizer->perAxis &&
        getShape(layer->getResult(0)).size() < 3)
      result = layer->emitError()
               << "the configuration quantizes the result of layer '"
               << entry.layer
               << "' per axis, which takes a rank of 3 or more; use "
                  "\"per-tensor\"";
    // Parsers allow the widest buffer of any layer.
    int widest = std::max(32, layer.getMaxBufferBitwidth());
    if (entry.bufferBitwidth && *entry.bufferBitwidth > widest)
      result = layer->emitError()
               << "the configuration gives layer '" << entry.layer
               << "' a buffer_bitwidth of " << *entry.bufferBitwidth
               << "; allowed are 2 to " << widest;
    auto weighted = dyn_cast<WeightedLayerOpInterface>(*layer);
    if (!weighted)
      continue;
    for (const KernelInfo &info : weighted.getKernels())
      if (const WeightQuantizerConfig *weights =
              entry.findWeightQuantizer(info.getQuantizerName()))
        if (failed(checkAxis(layer, info, *weights)))
          result = failure();
  }

  unknown += config.numOmitted;
  if (unknown > maxUnknown)
    result = network.emitError()
             << "the configuration names " << unknown - maxUnknown
             << " more layers that the network doesn't have";
  if (!quantizeUntil.empty() && !byName.contains(quantizeUntil))
    result = network.emitError()
             << "the network has no layer '" << quantizeUntil
             << "' to quantize until; its layers are "
             << listNames(quantizeUntil, getLayerNames(network));
  return result;
}
