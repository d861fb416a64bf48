//===- Equalize.cpp - Cross-layer equalization ----------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RewriteUtils.h"
#include "qml/Dialect/QML/IR/ShapeInference.h"
#include "qml/Transforms/Equalization.h"
#include "qml/Transforms/Passes.h"

using namespace mlir;

namespace qml {
#define GEN_PASS_DEF_EQUALIZE
#include "qml/Transforms/Passes.h.inc"
} // namespace qml

using namespace qml;

WeightedLayerOpInterface qml::findEqualizedLayer(OutputQuantizerOp quantizer) {
  bool perTensor = quantizer.getGranularity() == Granularity::PerTensor;
  Operation *reshape = nullptr;
  Operation *layer = quantizer.getOwner();
  while ((layer = getOnlyUser(layer))) {
    if (auto target = dyn_cast<WeightedLayerOpInterface>(layer)) {
      if (auto conv = dyn_cast<Conv2DOp>(layer))
        if (conv.getGroups() != 1)
          return {};
      // As the reference.
      if (isa<MemoryLayerOpInterface>(layer) && !perTensor)
        return {};
      // Channels must be found again in what a reshape made of them.
      if (reshape && !perTensor) {
        int64_t channels = getNumChannels(reshape->getOperand(0));
        ArrayRef<int64_t> kernel = getShape(target.getInputKernel());
        bool keepsChannels = getNumChannels(reshape->getResult(0)) == channels;
        bool isWhole =
            kernel[target.getInputAxis()] ==
            getNumElementsPerSample(getShape(reshape->getOperand(0)));
        if (!keepsChannels && !isWhole)
          return {};
      }
      return target;
    }
    if (layer->hasTrait<qml::OpTrait::ReshapesOnly>()) {
      if (reshape && !perTensor)
        return {};
      reshape = layer;
    } else if (!layer->hasTrait<qml::OpTrait::ScalesWithInput>()) {
      return {};
    }
  }
  return {};
}

/// Scales that are given for a kernel whose input channels are its output
/// channels.
static void divideScales(WeightedLayerOpInterface layer,
                         const std::vector<float> &rate) {
  KernelInfo info = layer.getKernels().front();
  auto attribute = layer->getAttrOfType<ElementsAttr>(info.getScalesName());
  if (!attribute || info.axis != layer.getInputAxis())
    return;
  Channels<float> scales = readFloatChannels(attribute);
  if (scales.isScalar)
    return;
  for (size_t c = 0; c != scales.size(); ++c)
    scales.values[c] /= rate[c % rate.size()];
  layer->setAttr(
      info.getScalesName(),
      makeFloatAttr(layer.getContext(),
                    layer.getLayerName() + "_" + info.name + "_scales",
                    scales));
}

/// Divides a kernel by the rate of its input channels.
static void divideKernel(WeightedLayerOpInterface layer,
                         const std::vector<float> &rate) {
  divideScales(layer, rate);
  ArrayRef<int64_t> shape = getShape(layer.getInputKernel());
  int64_t inner = 1;
  for (int64_t extent : shape.drop_front(layer.getInputAxis() + 1))
    inner *= extent;
  std::vector<float> kernel = readFloats(layer.getInputKernel());
  // After a flattened image, input i is of channel i modulo the channels.
  for (size_t start = 0, input = 0; start != kernel.size();
       start += inner, ++input) {
    float divisor = rate[input % rate.size()];
    for (int64_t i = 0; i != inner; ++i)
      kernel[start + i] /= divisor;
  }
  setInputKernel(layer, std::move(kernel));
}

/// Multiplies what padded cells hold by the rate of their channel: inputs are
/// multiplied by it, too.
static void multiplyPadding(WeightedLayerOpInterface layer,
                            const std::vector<float> &rate) {
  auto conv = dyn_cast<Conv2DOp>(*layer);
  if (!conv || !conv.getPaddingValue() ||
      llvm::all_of(*conv.getPaddingValue(), [](double v) { return v == 0.0; }))
    return;
  ArrayRef<double> padding = *conv.getPaddingValue();
  Channels<double> values{{padding.begin(), padding.end()}, false};
  auto multiply = [](double value, float factor) { return value * factor; };
  conv.setPaddingValue(
      mapChannels(multiply, values, Channels<float>{rate, false}).values);
}

namespace {
struct EqualizePass : qml::impl::EqualizeBase<EqualizePass> {
  void runOnOperation() override {
    func::FuncOp network = getOperation();
    if (!isNetwork(network))
      return markAllAnalysesPreserved();
    LogicalResult result = success();
    for (auto quantizer : network.getOps<OutputQuantizerOp>())
      if (failed(equalize(quantizer)))
        result = failure();
    if (failed(result))
      signalPassFailure();
  }

  LogicalResult equalize(OutputQuantizerOp quantizer) {
    LayerOpInterface owner = quantizer.getOwner();
    if (!isFloatTensor(quantizer.getResult()) ||
        quantizer.getRescalingRateAttr())
      return quantizer.emitError()
             << "the quantizer of layer '" << owner.getLayerName()
             << "' is equalized already; a network is equalized once";
    if (!quantizer.getRangeMaxAttr())
      return quantizer.emitError()
             << "the quantizer of layer '" << owner.getLayerName()
             << "' has no range; calibrate the network first";
    Channels<float> range = readFloatChannels(quantizer.getRangeMaxAttr());
    Channels<float> rate{std::vector<float>(range.size(), 1.0f),
                         range.isScalar};
    if (owner->hasTrait<qml::OpTrait::StaysInFixedPoint>()) {
      ++numNoScale;
    } else if (WeightedLayerOpInterface target =
                   findEqualizedLayer(quantizer)) {
      int bitwidth = quantizer.getBitwidth();
      auto idealOf = [&](float r) { return idealRange(r, bitwidth); };
      Channels<float> ideal = mapChannels(idealOf, range);
      if (ideal.values == range.values) {
        ++numIdeal;
      } else {
        auto ratio = [](float i, float r) { return i == 0.0f ? 1.0f : i / r; };
        rate = mapChannels(ratio, ideal, range);
        quantizer.setRangeMaxAttr(makeFloatAttr(
            &getContext(), owner.getLayerName() + "_range_max", ideal));
        divideKernel(target, rate.values);
        multiplyPadding(target, rate.values);
        ++numEqualized;
      }
    } else {
      ++numNoTarget;
    }
    quantizer.setRescalingRateAttr(makeFloatAttr(
        &getContext(), owner.getLayerName() + "_rescaling_rate", rate));
    return success();
  }
};
} // namespace
