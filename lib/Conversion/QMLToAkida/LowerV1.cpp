//===- LowerV1.cpp - Hardware layers of Akida 1.0 -------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Layers of 1.0 subtract a threshold, the negative bias, and divide by a step:
// y = x / step, where an output quantizer computes y = x * scale * 2^shift. All
// floats are float32, each step rounded, in the order of cnn2snn 2.19.3.
//
//===----------------------------------------------------------------------===//

#include "Lower.h"

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/DialectResourceBlobManager.h"

#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/FormatVariadic.h"

#include <cmath>

using namespace mlir;

namespace qml {
namespace conversion {

//===----------------------------------------------------------------------===//
// Parameters and variables
//===----------------------------------------------------------------------===//

Steps getSteps(HardwareGroup &group, int64_t outputs) {
  Steps steps;
  steps.threshold.assign(outputs, 0);
  steps.step.assign(outputs, 1.0f);
  if (group.main->hasAttr("bias")) {
    std::vector<int64_t> values = readAligned(group.main, "bias", "bias_shift");
    for (int64_t f = 0; f != outputs; ++f)
      steps.threshold[f] = -values[values.size() == 1 ? 0 : f];
  }
  // Sums over an image hold its biases that often.
  if (GlobalAveragePool2DOp average = group.average) {
    ArrayRef<int64_t> image = getShape(average.getInput());
    for (int64_t &value : steps.threshold)
      value *= image[1] * image[2];
  }
  OutputQuantizerOp quantizer = group.quantizer;
  if (!quantizer)
    return steps;
  std::vector<int64_t> scales = readOr(quantizer.getScalesAttr(), 1);
  std::vector<int64_t> shifts = readIntegers(quantizer.getShiftAttr());
  int bits = quantizer.getBitwidth();
  for (int64_t f = 0; f != outputs; ++f) {
    int64_t shift = shifts[shifts.size() == 1 ? 0 : f];
    float step = std::ldexp(1.0f, -shift) /
                 static_cast<float>(scales[scales.size() == 1 ? 0 : f]);
    steps.step[f] = step;
    if (!group.relu)
      continue;
    // Half a step makes the hardware's rounding up one to the nearest.
    steps.threshold[f] += static_cast<int64_t>(std::nearbyintf(0.5f * step));
    steps.step[f] = step * std::ldexp(1.0f, bits - 4);
  }
  return steps;
}

/// The parameters of kernels and pools.
template <typename PropertiesT>
static void setWindows(HardwareGroup &group, AttributeMaker &make,
                       PropertiesT &properties) {
  akida::WindowExtents window = getWindow(group.main);
  properties.kernel_width = make.integer(window.kernel[0]);
  properties.kernel_height = make.integer(window.kernel[1]);
  properties.stride_x = make.integer(window.strides[0]);
  properties.stride_y = make.integer(window.strides[1]);
  setPaddingAndPoolType(group, properties);
  if (MaxPool2DOp maxPool = group.maxPool) {
    properties.pooling_width = make.integer(maxPool.getPoolSize()[0]);
    properties.pooling_height = make.integer(maxPool.getPoolSize()[1]);
    properties.pooling_stride_x = make.integer(maxPool.getStrides()[0]);
    properties.pooling_stride_y = make.integer(maxPool.getStrides()[1]);
  }
}

/// What all of them have.
template <typename PropertiesT>
static void setCommon(HardwareGroup &group, AttributeMaker &make,
                      WeightQuantizerAttr quantizer, int64_t outputs,
                      PropertiesT &properties) {
  properties.layer_name = make.string(group.main.getLayerName());
  properties.weights_bits = make.integer(quantizer.getBitwidth());
  bool activates = static_cast<bool>(group.relu);
  properties.activation = make.flag(activates);
  // Without an activation they are the engine's default.
  properties.act_bits =
      make.integer(activates ? group.quantizer.getBitwidth() : 1);
  Steps steps = getSteps(group, outputs);
  properties.threshold =
      make.integers("threshold", ElementType::I32, outputs, steps.threshold);
  properties.act_step = make.floats("act_step", outputs, steps.step);
}

template <typename OpT>
static typename OpT::Properties makeConv(HardwareGroup &group, Conv2DOp conv,
                                         AttributeMaker &make) {
  typename OpT::Properties properties;
  int64_t outputs = conv.getNumOutputChannels();
  properties.filters = make.integer(outputs);
  properties.weights = conv.getKernel();
  setWindows(group, make, properties);
  if constexpr (std::is_same_v<OpT, akida::InputConvolutionalOp>)
    properties.padding_value = make.integer(
        conv.getQuantizedPaddingAttr()
            ? readAligned(conv, "quantized_padding", "padding_shift")[0]
            : 0);
  setCommon(group, make, conv.getWeightQuantizerAttr(), outputs, properties);
  return properties;
}

static akida::SeparableConvolutionalOp::Properties
makeSeparable(HardwareGroup &group, SeparableConv2DOp separable,
              AttributeMaker &make) {
  akida::SeparableConvolutionalOp::Properties properties;
  int64_t outputs = separable.getNumOutputChannels();
  properties.filters = make.integer(outputs);
  properties.weights = separable.getDepthwiseKernel();
  properties.weights_pw = separable.getPointwiseKernel();
  setWindows(group, make, properties);
  setCommon(group, make, separable.getDwWeightQuantizerAttr(), outputs,
            properties);
  return properties;
}

/// The same values under another shape, without a copy.
static ElementsAttr reshape(ElementsAttr elements, ArrayRef<int64_t> shape) {
  auto type = RankedTensorType::get(
      shape, cast<ShapedType>(elements.getType()).getElementType());
  if (auto literal = dyn_cast<DenseElementsAttr>(Attribute(elements)))
    return literal.reshape(type);
  auto resource = cast<DenseResourceElementsAttr>(Attribute(elements));
  return DenseResourceElementsAttr::get(type, resource.getRawHandle());
}

static akida::FullyConnectedOp::Properties
makeDense(HardwareGroup &group, DenseOp dense, AttributeMaker &make) {
  akida::FullyConnectedOp::Properties properties;
  int64_t outputs = dense.getNumOutputChannels();
  properties.units = make.integer(outputs);
  ElementsAttr kernel = dense.getKernel();
  properties.weights =
      reshape(kernel, {1, 1, getNumElements(kernel) / outputs, outputs});
  setCommon(group, make, dense.getWeightQuantizerAttr(), outputs, properties);
  return properties;
}

Value lowerV1Group(HardwareGroup &group, LayerMaker &maker, Value input) {
  AttributeMaker attributes(group.main->getContext(),
                            group.main.getLayerName());
  auto make = [&](auto typed, const auto &properties) {
    return maker.make<decltype(typed)>(group.main->getLoc(), input, properties);
  };
  return llvm::TypeSwitch<Operation *, Value>(group.main)
      .Case<Conv2DOp>([&](auto conv) {
        if (group.isImageInput())
          return make(
              akida::InputConvolutionalOp(),
              makeConv<akida::InputConvolutionalOp>(group, conv, attributes));
        return make(akida::ConvolutionalOp(),
                    makeConv<akida::ConvolutionalOp>(group, conv, attributes));
      })
      .Case<SeparableConv2DOp>([&](auto separable) {
        return make(akida::SeparableConvolutionalOp(),
                    makeSeparable(group, separable, attributes));
      })
      .Case<DenseOp>([&](auto dense) {
        return make(akida::FullyConnectedOp(),
                    makeDense(group, dense, attributes));
      });
}

/// Calls `fn` with the layer, if it is one of 1.0's own.
template <typename Fn>
static void visitV1Layer(Operation *layer, Fn fn) {
  llvm::TypeSwitch<Operation *>(layer)
      .Case<akida::InputConvolutionalOp, akida::ConvolutionalOp,
            akida::SeparableConvolutionalOp, akida::FullyConnectedOp>(fn)
      .Default([](Operation *) {});
}

template <typename OpT>
static void setSteps(OpT layer, ArrayRef<float> values) {
  AttributeMaker make(layer.getContext(), layer.getLayerName());
  layer.setActStepAttr(make.floats("act_step", values.size(), values));
}

template <typename OpT>
static void setThreshold(OpT layer, ArrayRef<int64_t> values) {
  AttributeMaker make(layer.getContext(), layer.getLayerName());
  layer.setThresholdAttr(
      make.integers("threshold", ElementType::I32, values.size(), values));
}

void foldDequantizer(DequantizerOp dequantizer, Operation *last) {
  visitV1Layer(last, [&](auto layer) {
    if (layer.getActivation()) {
      dequantizer->emitWarning()
          << "layer '" << dequantizer.getLayerName()
          << "': the last layer of Akida 1.0 gives its activation's integers; "
             "the scale is left out";
      return;
    }
    std::vector<float> scales = getDequantizerScales(dequantizer);
    std::vector<float> steps = readFloats(layer.getActStepAttr());
    for (size_t f = 0; f != steps.size(); ++f)
      steps[f] = steps[f] / scales[scales.size() == 1 ? 0 : f];
    setSteps(layer, steps);
  });
}

//===----------------------------------------------------------------------===//
// What the hardware holds
//===----------------------------------------------------------------------===//

/// Divides the weights that read a channel by how much its step was cut,
/// rounded down.
static void divideWeights(Operation *next, ArrayRef<float> ratios) {
  visitV1Layer(next, [&](auto layer) {
    ElementsAttr attribute = layer.getWeights();
    auto type = cast<RankedTensorType>(attribute.getType());
    // Rows of a dense layer's matrix have channels last, too.
    int64_t inner = type.getDimSize(3), channels = ratios.size();
    ElementsView<int8_t> old(attribute);
    std::vector<int8_t> weights(old.begin(), old.end());
    for (size_t i = 0; i != weights.size(); ++i) {
      float ratio = ratios[static_cast<int64_t>(i) / inner % channels];
      weights[i] = static_cast<int8_t>(
          std::floor(static_cast<float>(weights[i]) / ratio));
    }
    layer.setWeightsAttr(makeResource(
        type, (layer.getLayerName() + "_weights").str(), std::move(weights)));
  });
}

template <typename OpT>
static void limitStep(OpT layer, Operation *next, float limit) {
  std::vector<float> steps = readFloats(layer.getActStepAttr());
  std::vector<int64_t> threshold = readIntegers(layer.getThresholdAttr());
  std::vector<float> ratios(steps.size(), 1.0f);
  bool isCut = false;
  int bits = layer.getActBits();
  for (size_t f = 0; f != steps.size(); ++f) {
    if (steps[f] <= limit)
      continue;
    isCut = true;
    ratios[f] = steps[f] / limit;
    // What the old step had added to the threshold, and the new one would.
    float effect = std::nearbyintf(0.5f * (limit - steps[f]));
    threshold[f] += static_cast<int64_t>(effect / std::ldexp(1.0f, bits - 4));
    steps[f] = limit;
  }
  if (!isCut)
    return;
  setSteps(layer, steps);
  setThreshold(layer, threshold);
  divideWeights(next, ratios);
  layer->emitWarning()
      << "layer '" << layer.getLayerName()
      << "': steps of its activation above " << int64_t(limit)
      << ", the most that the hardware holds, are cut there, and the "
      << "next layer's weights divided by as much, up to "
      << llvm::formatv("{0:F1}", *llvm::max_element(ratios)).str()
      << " times: channels of small weights lose bits; calibrate with samples "
         "of the network's usual range";
}

template <typename OpT>
static void limitThreshold(OpT layer, int64_t most) {
  std::vector<int64_t> threshold = readIntegers(layer.getThresholdAttr());
  bool isCut = false;
  for (int64_t &value : threshold) {
    isCut |= value > most;
    value = std::min(value, most);
  }
  if (!isCut)
    return;
  setThreshold(layer, threshold);
  layer->emitWarning() << "layer '" << layer.getLayerName()
                       << "': thresholds above " << most
                       << ", the most that the hardware holds, are cut there";
}

void limitSteps(akida::ModelOp model) {
  SmallVector<akida::LayerOpInterface> layers = model.getLayers();
  for (size_t i = 0; i + 1 < layers.size(); ++i)
    visitV1Layer(layers[i], [&](auto layer) {
      bool isInput = isa<akida::InputConvolutionalOp>(*layer);
      limitStep(layer, layers[i + 1],
                static_cast<float>((isInput ? 1 << 20 : 1 << 16) - 1));
      limitThreshold(layer, (isInput ? 1 << 23 : 1 << 19) - 1);
    });
}

} // namespace conversion
} // namespace qml
