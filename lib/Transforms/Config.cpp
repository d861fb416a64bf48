//===- Config.cpp - The configuration of a quantized network --------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "qml/Transforms/Config.h"

#include "llvm/ADT/StringSwitch.h"

#include <nlohmann/json.hpp>

using namespace mlir;
using Json = nlohmann::ordered_json;

namespace qml {

std::vector<std::string> getUsualConfigKeys(LayerOpInterface layer) {
  std::vector<std::string> keys;
  auto add = [&](std::initializer_list<const char *> names) {
    keys.insert(keys.end(), names.begin(), names.end());
  };
  if (getOutputQuantizer(layer)) {
    add({"output_quantizer", "output_quantizer.bitwidth"});
    if (layer.getOutputQuantizerRule().isUnsignedBelow8Bits)
      add({"output_quantizer.signed"});
    add({"output_quantizer.axis", "output_quantizer.buffer_bitwidth"});
  }
  if (auto weighted = dyn_cast<WeightedLayerOpInterface>(*layer)) {
    for (const KernelInfo &info : weighted.getKernels()) {
      std::string name = info.getQuantizerName();
      if (!layer->hasAttr(name))
        continue;
      keys.insert(keys.end(), {name, name + ".bitwidth"});
      if (info.hasExplicitAxis)
        keys.push_back(name + ".axis");
    }
  }
  if (layer->hasAttr("a_quantizer"))
    add({"a_quantizer", "a_quantizer.bitwidth", "a_quantizer.axis",
         "a_quantizer.fp_quantizer"});
  for (const char *bits : {"buffer_bitwidth", "lut_bitwidth"})
    if (layer->hasAttr(bits))
      add({bits});
  return keys;
}

void splitSeparableEntries(func::FuncOp network, Config &config) {
  for (auto conv : network.getOps<Conv2DOp>()) {
    LayerOpInterface layer = conv;
    auto found = config.indices.find(layer.getLayerName().str());
    auto inner = conv.getInput().getDefiningOp<DepthwiseConv2DOp>();
    if (found == config.indices.end() || !inner ||
        !layer.getClassName().starts_with("Separable"))
      continue;
    LayerConfig &entry = config.layers[found->second];
    bool isOfParts = !entry.depthwiseQuantizer && !entry.pointwiseQuantizer;
    std::string innerName = inner.getLayerName().str();
    if (isOfParts || entry.weightQuantizer || config.find(innerName))
      continue;
    // Without keys: all but its weights follows the parameters, also the
    // quantizer between the two, of which the configuration knows nothing.
    LayerConfig part;
    part.layer = innerName;
    std::vector<std::string> keys;
    for (const std::string &key : entry.keys) {
      auto [quantizer, field] = StringRef(key).split('.');
      if (quantizer == "pw_weight_quantizer")
        keys.push_back(field.empty() ? "weight_quantizer"
                                     : "weight_quantizer." + field.str());
      else if (quantizer != "dw_weight_quantizer")
        keys.push_back(key);
    }
    entry.keys = std::move(keys);
    std::swap(entry.weightQuantizer, entry.pointwiseQuantizer);
    std::swap(part.weightQuantizer, entry.depthwiseQuantizer);
    if (!part.weightQuantizer)
      continue;
    // A depthwise layer has the axis of its channels.
    part.weightQuantizer->hasAxis = false;
    config.indices.emplace(innerName, config.layers.size());
    config.layers.push_back(std::move(part));
  }
}

static Json getOutputQuantizerValue(OutputQuantizerOp quantizer,
                                    StringRef key) {
  if (key == "bitwidth")
    return quantizer.getBitwidth();
  if (key == "signed")
    return !quantizer.getIsUnsigned();
  if (key == "axis")
    return quantizer.getGranularity() == Granularity::PerAxis ? "per-axis"
                                                              : "per-tensor";
  if (key == "calibrator")
    return quantizer.getCalibrator().value_or("").str();
  if (key == "scale_bits")
    return quantizer.getScaleBits();
  return quantizer.getBufferBitwidth();
}

static Json getWeightQuantizerValue(WeightQuantizerAttr quantizer,
                                    StringRef key) {
  if (key == "bitwidth")
    return quantizer.getBitwidth();
  if (key == "signed")
    return quantizer.getIsSigned();
  // Of factors, which have no scale.
  if (key == "fp_quantizer")
    return true;
  if (quantizer.getAxis())
    return *quantizer.getAxis();
  return nullptr;
}

static Json getAlignedQuantizerValue(AlignedQuantizerAttr quantizer,
                                     StringRef key) {
  if (key == "bitwidth")
    return quantizer.getBitwidth();
  return quantizer.getIsSigned();
}

/// The value of `quantizer.key`; null where the layer has no such quantizer.
static Json getValue(LayerOpInterface layer, StringRef quantizer,
                     StringRef key) {
  if (quantizer == "output_quantizer") {
    if (OutputQuantizerOp op = getOutputQuantizer(layer))
      return getOutputQuantizerValue(op, key);
    return nullptr;
  }
  Attribute attribute = layer->getAttr(quantizer);
  if (auto weight = dyn_cast_or_null<WeightQuantizerAttr>(attribute))
    return getWeightQuantizerValue(weight, key);
  if (auto aligned = dyn_cast_or_null<AlignedQuantizerAttr>(attribute))
    return getAlignedQuantizerValue(aligned, key);
  return nullptr;
}

static Json dumpLayer(LayerOpInterface layer) {
  std::vector<std::string> keys = getUsualConfigKeys(layer);
  if (auto attribute = layer->getAttrOfType<StringAttr>(configKeysAttrName)) {
    keys.clear();
    SmallVector<StringRef> parts;
    attribute.getValue().split(parts, ',');
    for (StringRef part : parts)
      keys.push_back(part.str());
  }
  Json result = Json::object();
  for (StringRef path : keys) {
    auto [top, key] = path.split('.');
    if (!key.empty())
      result[top.str()][key.str()] = getValue(layer, top, key);
    else if (auto bits = layer->getAttrOfType<IntegerAttr>(top))
      result[top.str()] = bits.getInt();
    else
      result[top.str()] = Json::object();
  }
  return result;
}

std::string dumpConfig(func::FuncOp network) {
  Json config = Json::object();
  llvm::DenseSet<Operation *> floats = getFloatLayers(network);
  for (LayerOpInterface layer : getLayersInOrder(network)) {
    if (floats.contains(layer) || layer.getConfigurableKeys().empty())
      continue;
    Json entry = dumpLayer(layer);
    if (!entry.empty())
      config[layer.getLayerName().str()] = std::move(entry);
  }
  return config.dump(/*indent=*/4, ' ', /*ensure_ascii=*/true,
                     Json::error_handler_t::replace);
}

} // namespace qml
