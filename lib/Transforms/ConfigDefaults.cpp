//===- ConfigDefaults.cpp - What configurations leave out -----------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// As in the reference, what a configuration says of a layer replaces all that
// the parameters would have said: a key that is not there has a default of its
// own. Users who only meant to change the bits have to hear it.
//
//===----------------------------------------------------------------------===//

#include "ConfigDefaults.h"

#include "qml/Dialect/QML/IR/Network.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;

namespace qml {

namespace {
/// Collects the keys that one quantizer leaves out.
class Omissions {
public:
  Omissions(const LayerConfig &entry, StringRef quantizer)
      : entry(entry), quantizer(quantizer.str()) {}

  /// A key, its default, and what the parameters give.
  void check(StringRef key, const std::string &byDefault,
             const std::string &byParameters) {
    if (byDefault == byParameters ||
        llvm::is_contained(entry.keys, quantizer + "." + key.str()))
      return;
    keys.push_back(key.str());
    defaults.push_back("\"" + key.str() + "\": " + byDefault);
    parameters.push_back(byParameters);
  }

  void report(LayerOpInterface layer) const {
    if (keys.empty())
      return;
    layer->emitWarning() << "layer '" << layer.getLayerName() << "': its "
                         << quantizer << " in the configuration leaves out "
                         << llvm::join(keys, ", ") << "; the defaults apply, "
                         << llvm::join(defaults, ", ")
                         << ", where parameters give "
                         << llvm::join(parameters, ", ")
                         << "; write out what it is to be";
  }

private:
  const LayerConfig &entry;
  std::string quantizer;
  SmallVector<std::string> keys, defaults, parameters;
};
} // namespace

static std::string show(bool value) { return value ? "true" : "false"; }

static std::string showAxis(bool perAxis) {
  return perAxis ? "\"per-axis\"" : "\"per-tensor\"";
}

void warnOfDefaults(LayerOpInterface layer, const LayerConfig &entry,
                    const OutputQuantizerConfig *byParameters, int weightBits) {
  if (entry.keys.empty())
    return;
  ConfigKeys keys = layer.getConfigurableKeys();
  if (byParameters && !entry.outputQuantizer &&
      !layer.getOutputQuantizerRule().ownBits &&
      llvm::is_contained(keys, "output_quantizer"))
    layer->emitWarning() << "layer '" << layer.getLayerName()
                         << "': the configuration leaves out its "
                            "output_quantizer, so its result is not "
                            "quantized; parameters give it one of "
                         << byParameters->bitwidth
                         << " bits; write out what it is to be";
  // Who knows the layer by its Keras name may mean the result of both.
  if (entry.outputQuantizer && !byParameters)
    if (auto next = dyn_cast_or_null<LayerOpInterface>(getOnlyUser(layer));
        next && next.getLayerName() == layer.getLayerName().str() + "_activ")
      layer->emitWarning()
          << "layer '" << layer.getLayerName()
          << "': the configuration quantizes its result before its activation, "
             "which is layer '"
          << next.getLayerName()
          << "'; give that layer the output_quantizer if the result of both is "
             "meant";
  if (entry.outputQuantizer && byParameters) {
    const OutputQuantizerConfig unsaid;
    // The sign that the parameters give to quantizers of these bits.
    bool isSigned = byParameters->isSigned;
    if (layer.getOutputQuantizerRule().isUnsignedBelow8Bits)
      isSigned = entry.outputQuantizer->bitwidth >= 8;
    Omissions omissions(entry, "output_quantizer");
    omissions.check("bitwidth", std::to_string(unsaid.bitwidth),
                    std::to_string(byParameters->bitwidth));
    omissions.check("signed", show(unsaid.isSigned), show(isSigned));
    omissions.check("axis", showAxis(unsaid.perAxis),
                    showAxis(byParameters->perAxis));
    omissions.check("buffer_bitwidth", std::to_string(unsaid.bufferBitwidth),
                    std::to_string(byParameters->bufferBitwidth));
    omissions.report(layer);
  }
  auto weighted = dyn_cast<WeightedLayerOpInterface>(*layer);
  if (!weighted)
    return;
  for (const KernelInfo &info : weighted.getKernels()) {
    if (!entry.findWeightQuantizer(info.getQuantizerName()))
      continue;
    Omissions omissions(entry, info.getQuantizerName());
    omissions.check("bitwidth",
                    std::to_string(WeightQuantizerConfig().bitwidth),
                    std::to_string(weightBits));
    omissions.report(layer);
  }
}

} // namespace qml
