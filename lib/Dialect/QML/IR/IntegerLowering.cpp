//===- IntegerLowering.cpp - How layers become integers -------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "qml/Dialect/QML/IR/IntegerLowering.h"

#include "ChipScales.h"

#include <cmath>
#include <utility>

using namespace mlir;

namespace qml {

InFlightDiagnostic IntegerLowering::error(Operation *op) {
  failed = true;
  InFlightDiagnostic diagnostic = op->emitError()
                                  << "layer '" << getOwnerName(op) << "': ";
  // The first problem of a layer; what is wrong later may follow from it. What
  // is abandoned still takes the text that callers append.
  if (!reported.insert(getOwnerName(op)).second)
    diagnostic.abandon();
  return diagnostic;
}

//===----------------------------------------------------------------------===//
// Results
//===----------------------------------------------------------------------===//

void IntegerLowering::setMeaning(Operation *op, const Meaning &meaning) {
  std::string name = getOwnerName(op).str();
  if (isa<OutputQuantizerOp>(op))
    name += "_output";
  Value result = op->getResult(0);
  result.setType(getIntegerType(cast<RankedTensorType>(result.getType()),
                                makeFixed(op->getContext(), name, meaning)));
}

/// Whether all that the meaning of the result follows from is there.
static bool canInfer(LowerableOpInterface op) {
  if (isa<InputQuantizerOp, OutputQuantizerOp>(op))
    return false;
  auto layer = dyn_cast<WeightedLayerOpInterface>(*op);
  if (!layer)
    return true;
  return llvm::all_of(layer.getKernels(), [&](const KernelInfo &info) {
    return layer->hasAttr(info.getScalesName());
  });
}

/// One value for all channels, if the values are not one for each of them.
template <typename T>
static void fitTo(int64_t numChannels, Channels<T> &channels) {
  if (!channels.isScalar && int64_t(channels.size()) != numChannels)
    channels = Channels<T>::scalar(channels[0]);
}

/// What can follow a layer that has a problem: usable numbers.
static void makeUsable(Meaning &meaning, Value result) {
  int64_t numChannels = getShape(result).back();
  fitTo(numChannels, meaning.fracBits);
  if (!meaning.scales)
    return;
  fitTo(numChannels, *meaning.scales);
  for (float &scale : meaning.scales->values)
    if (!(scale > 0.0f) || std::isinf(scale))
      scale = 1.0f;
}

void IntegerLowering::lower(LowerableOpInterface op) {
  bool hadFailed = std::exchange(failed, false);
  int valueBits = op.toInteger(*this);
  bool fails = std::exchange(failed, failed || hadFailed);
  // Quantizers said what they make.
  if (getFixed(op->getResult(0)))
    return;
  // Layers after one that has a problem are looked at, too: they find a result
  // of the right bits, and of the right scales where these are known.
  Meaning meaning;
  if (canInfer(op))
    if (FailureOr<Meaning> inferred = op.inferMeaning(); succeeded(inferred))
      meaning = *inferred;
  meaning.valueBits = std::clamp(valueBits, 1, 32);
  if (fails)
    makeUsable(meaning, op->getResult(0));
  setMeaning(op, meaning);
}

//===----------------------------------------------------------------------===//
// Inputs
//===----------------------------------------------------------------------===//

void IntegerLowering::checkPromotion(Operation *op, const Meaning &input,
                                     int bits) {
  if (bits < input.valueBits)
    error(op) << "its input has " << input.valueBits
              << " value bits, its buffer " << bits
              << "; use a larger buffer bitwidth, or fewer bits before it";
}

void IntegerLowering::expectOneScale(Operation *op, const Meaning &input) {
  if (input.hasScalePerChannel())
    error(op) << "its input has a scale per channel; an output quantizer must "
                 "go between";
}

void IntegerLowering::expectKeptChannels(Operation *op, StringRef verb) {
  if (movesChannels(op) && getMeaning(op->getOperand(0))->isPerChannel())
    error(op) << "it " << verb
              << " the last axis of a tensor that is quantized per axis; "
                 "quantize the layer before it per tensor "
                 "(--per-tensor-activations)";
}

Meaning IntegerLowering::align(Operation *op, const Meaning &input, int bits) {
  checkPromotion(op, input, bits);
  if (input.isPerTensor())
    return input;
  Channels<int32_t> shift{alignmentShift(input.fracBits),
                          input.fracBits.isScalar};
  for (int32_t value : shift.values)
    if (value >= bits) {
      error(op) << "the binary points of its input's channels are " << value
                << " bits apart; its buffer has " << bits
                << " value bits; quantize the input per tensor "
                   "(--per-tensor-activations)";
      break;
    }
  op->setAttr(
      "input_shift",
      makeIntAttr(op->getContext(), getOwnerName(op) + "_input_shift", shift));
  return input.aligned();
}

Meaning IntegerLowering::expectFixedPoint(Operation *op, Value operand) {
  Meaning meaning = *getMeaning(operand);
  if (!meaning.scales)
    return meaning;
  LayerOpInterface producer = getProducer(operand);
  error(op) << "layers of class " << cast<LayerOpInterface>(op).getClassName()
            << " take inputs in fixed point; the result of layer '"
            << (producer ? producer.getLayerName() : "input")
            << "' has a scale: give that layer an output quantizer, or put a "
               "Conv2D layer between";
  meaning.scales.reset();
  return meaning;
}

//===----------------------------------------------------------------------===//
// Weights
//===----------------------------------------------------------------------===//

void IntegerLowering::setAligned(Operation *op, StringRef name,
                                 StringRef shiftName, StringRef what,
                                 const Channels<float> &values,
                                 AlignedQuantizerAttr quantizer,
                                 const Accumulator &accumulator) {
  Result<AlignedValues> aligned =
      alignValues(values, quantizer.getBitwidth(), quantizer.getValueBits(),
                  accumulator, arithmetic);
  if (!aligned) {
    error(op) << "its " << what << " can't be quantized: " << aligned.message();
    return;
  }
  MLIRContext *context = op->getContext();
  std::string prefix = (getOwnerName(op) + "_").str();
  SmallVector<int64_t, 1> shape;
  if (!aligned->values.isScalar)
    shape.push_back(aligned->values.size());
  op->setAttr(name, makeIntegers(context, shape, prefix + name.str(),
                                 aligned->values.values,
                                 storageBytes(quantizer.getValueBits()) * 8));
  op->setAttr(shiftName,
              makeIntAttr(context, prefix + shiftName.str(), aligned->shift));
}

template <typename T>
static ElementsAttr
quantizeTo(MLIRContext *context, StringRef name, const KernelView &kernel,
           ArrayRef<int64_t> shape, const std::vector<float> &scales,
           int valueBits) {
  std::vector<T> integers(kernel.outer * kernel.channels * kernel.inner);
  quantizeWeights(kernel, scales, valueBits, integers.data());
  auto type =
      RankedTensorType::get(shape, IntegerType::get(context, sizeof(T) * 8));
  return makeResource(type, name, std::move(integers));
}

/// The integers of a kernel, and its scales: one, or one for each channel along
/// `axis`; those that are given, or by the largest weights. `adjust` may
/// enlarge the smallest ones.
static ElementsAttr
quantizeKernel(StringRef name, ElementsAttr old, int bits,
               std::optional<int64_t> axis, std::vector<float> &scales,
               llvm::function_ref<void(std::vector<float> &)> adjust) {
  ArrayRef<int64_t> shape = getShape(old);
  ElementsView<float> weights(old);
  KernelView kernel = KernelView::along(
      weights.data(), Shape(shape.begin(), shape.end()), axis);
  // One that is given is that of all channels.
  if (scales.size() == 1)
    scales.assign(size_t(kernel.channels), scales.front());
  if (scales.size() != size_t(kernel.channels))
    scales = weightScales(kernel, bits);
  adjust(scales);
  MLIRContext *context = old.getContext();
  switch (storageBytes(bits)) {
  case 1:
    return quantizeTo<int8_t>(context, name, kernel, shape, scales, bits);
  case 2:
    return quantizeTo<int16_t>(context, name, kernel, shape, scales, bits);
  case 4:
    return quantizeTo<int32_t>(context, name, kernel, shape, scales, bits);
  default:
    return quantizeTo<int64_t>(context, name, kernel, shape, scales, bits);
  }
}

void IntegerLowering::fitScales(WeightedLayerOpInterface layer,
                                const Meaning &input,
                                std::vector<float> &scales) const {
  if (isAkida() && layer.getKernels().size() == 1)
    fitScalesToChip(layer, input, scales);
}

Meaning IntegerLowering::lowerKernel(WeightedLayerOpInterface layer,
                                     const KernelInfo &info,
                                     const Meaning &input) {
  auto quantizer =
      layer->getAttrOfType<WeightQuantizerAttr>(info.getQuantizerName());
  std::optional<int64_t> axis;
  if (quantizer.getAxis())
    axis = info.axis;
  std::string name = (layer.getLayerName() + "_" + info.name).str();
  std::vector<float> kernelScales;
  if (auto given = layer->getAttrOfType<ElementsAttr>(info.getScalesName()))
    kernelScales = readFloats(given);
  auto adjust = [&](std::vector<float> &scales) {
    fitScales(layer, input, scales);
  };
  layer->setAttr(info.name,
                 quantizeKernel(name, info.kernel, quantizer.getValueBits(),
                                axis, kernelScales, adjust));
  Channels<float> scales{std::move(kernelScales), !axis};
  layer->setAttr(info.getScalesName(),
                 makeFloatAttr(layer->getContext(), name + "_scales", scales));
  return input.scaledBy(scales);
}

int IntegerLowering::lowerWeights(WeightedLayerOpInterface layer,
                                  const Meaning &input) {
  int bits = getSumBits(layer);
  SmallVector<KernelInfo, 1> kernels = layer.getKernels();
  for (const KernelInfo &info : kernels)
    if (!layer->hasAttr(info.getQuantizerName())) {
      error(layer)
          << "its weights have no quantizer; run --qml-insert-quantizers";
      return bits;
    }
  Meaning sum = input;
  for (const KernelInfo &info : kernels)
    sum = lowerKernel(layer, info, sum);
  if (ElementsAttr bias = layer.getBiasAttr()) {
    AlignedQuantizerAttr quantizer = layer.getBiasQuantizerAttr();
    if (!quantizer)
      quantizer = AlignedQuantizerAttr::get(layer.getContext(), 8, true);
    setAligned(layer, "bias", "bias_shift", "bias", readFloatChannels(bias),
               quantizer, {bits, sum.fracBits, *sum.scales});
  }
  // The chip adds biases in the buffer of products; input convolutions alone
  // keep to their accumulator's bits.
  if (isAkida() && !isInputConvolution(layer))
    return getGroupProductBits(layer);
  return bits;
}

} // namespace qml
