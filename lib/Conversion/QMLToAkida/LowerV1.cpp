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

#include <cmath>
#include <cstring>

using namespace mlir;
using qml::akida::LayerKind;

namespace qml {
namespace conversion {

//===----------------------------------------------------------------------===//
// Parameters and variables
//===----------------------------------------------------------------------===//

Steps getSteps(Block &block, int64_t outputs) {
  Steps steps;
  steps.threshold.assign(outputs, 0);
  steps.step.assign(outputs, 1.0f);
  if (auto bias = block.main->getAttrOfType<ElementsAttr>("bias")) {
    std::vector<int64_t> values = readIntegers(bias);
    for (int64_t f = 0; f != outputs; ++f)
      steps.threshold[f] = -values[values.size() == 1 ? 0 : f];
  }
  // Sums over an image hold its biases that often.
  if (GlobalAveragePool2DOp average = block.average) {
    ArrayRef<int64_t> image =
        cast<RankedTensorType>(average.getInput().getType()).getShape();
    for (int64_t &value : steps.threshold)
      value *= image[1] * image[2];
  }
  OutputQuantizerOp quantizer = block.quantizer;
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
    if (!block.relu)
      continue;
    // Half a step makes the hardware's rounding up one to the nearest.
    steps.threshold[f] += static_cast<int64_t>(std::nearbyintf(0.5f * step));
    steps.step[f] = step * std::ldexp(1.0f, bits - 4);
  }
  return steps;
}

static void setWindow(Block &block, ElementsAttr kernel,
                      ArrayRef<int64_t> strides, LayerAttributes &attributes) {
  auto shape = cast<ShapedType>(kernel.getType()).getShape();
  attributes.setParameter("kernel_width", shape[0]);
  attributes.setParameter("kernel_height", shape[1]);
  attributes.setParameter("stride_x", strides[0]);
  attributes.setParameter("stride_y", strides[1]);
  setPaddingAndPoolType(block, attributes);
  if (MaxPool2DOp maxPool = block.maxPool) {
    attributes.setParameter("pooling_width", maxPool.getPoolSize()[0]);
    attributes.setParameter("pooling_height", maxPool.getPoolSize()[1]);
    attributes.setParameter("pooling_stride_x", maxPool.getStrides()[0]);
    attributes.setParameter("pooling_stride_y", maxPool.getStrides()[1]);
  }
}

/// Rows in the order of channels, columns and rows of the image, as the
/// hardware sees it.
static ElementsAttr reorderRows(DenseOp dense, FlattenOp flatten,
                                WeightReplacer &replacer) {
  ElementsAttr kernel = dense.getKernel();
  ArrayRef<int64_t> shape = cast<ShapedType>(kernel.getType()).getShape();
  int64_t units = shape[1];
  auto type = RankedTensorType::get(
      {1, 1, shape[0], units},
      cast<ShapedType>(kernel.getType()).getElementType());
  ElementsView<int8_t> weights(kernel);
  akida::Image image = {1, 1, shape[0]};
  if (flatten) {
    auto from = cast<RankedTensorType>(flatten.getInput().getType());
    if (from.getRank() == 4)
      image = akida::getImage(flatten.getInput());
  }
  std::vector<int8_t> rows(weights.size());
  akida::forEachV1Row(image, [&](int64_t element, int64_t row) {
    std::memcpy(rows.data() + row * units, weights.data() + element * units,
                units);
  });
  ElementsAttr result = makeResource(
      type, (dense.getLayerName() + "_weights").str(), std::move(rows));
  replacer.release(kernel);
  return result;
}

void setV1Attributes(Block &block, LayerAttributes &attributes,
                     WeightReplacer &replacer) {
  StringRef name = LayerOpInterface(block.main).getLayerName();
  WeightQuantizerAttr quantizer;
  int64_t outputs = 0;
  if (auto conv = dyn_cast<Conv2DOp>(*block.main)) {
    outputs = conv.getNumOutputChannels();
    quantizer = conv.getWeightQuantizerAttr();
    attributes.setParameter("filters", outputs);
    setWindow(block, conv.getKernel(), conv.getStrides(), attributes);
    if (block.kind == LayerKind::InputConvolutional) {
      attributes.set("weights", conv.getKernel());
      attributes.setParameter("padding_value",
                              readOr(conv.getQuantizedPaddingAttr(), 0)[0]);
    } else {
      attributes.set("weights", turnKernel(conv.getKernel(), name, replacer));
    }
  } else if (auto separable = dyn_cast<SeparableConv2DOp>(*block.main)) {
    outputs = separable.getNumOutputChannels();
    quantizer = separable.getDwWeightQuantizerAttr();
    attributes.setParameter("filters", outputs);
    setWindow(block, separable.getDepthwiseKernel(), separable.getStrides(),
              attributes);
    attributes.set("weights",
                   turnKernel(separable.getDepthwiseKernel(), name, replacer));
    attributes.set("weights_pw", separable.getPointwiseKernel());
  } else {
    auto dense = cast<DenseOp>(*block.main);
    outputs = dense.getNumOutputChannels();
    quantizer = dense.getWeightQuantizerAttr();
    attributes.setParameter("units", outputs);
    attributes.set("weights", reorderRows(dense, block.flatten, replacer));
  }
  attributes.setParameter("weights_bits", quantizer.getBitwidth());
  bool activates = static_cast<bool>(block.relu);
  attributes.set("activation",
                 BoolAttr::get(block.main->getContext(), activates));
  // Without an activation they are the engine's default.
  attributes.setParameter("act_bits",
                          activates ? block.quantizer.getBitwidth() : 1);
  Steps steps = getSteps(block, outputs);
  attributes.setVariable("threshold", ElementType::I32, outputs,
                         steps.threshold);
  attributes.setFloats("act_step", outputs, steps.step);
}

/// Sets variables of a layer that was made.
template <typename Fn>
static void update(Operation *layer, Fn set) {
  LayerAttributes attributes(
      Builder(layer->getContext()),
      cast<akida::LayerOpInterface>(layer).getLayerName());
  set(attributes);
  for (NamedAttribute attribute : attributes.attributes)
    layer->setAttr(attribute.getName(), attribute.getValue());
}

static void setSteps(Operation *layer, ArrayRef<float> values) {
  update(layer, [&](LayerAttributes &attributes) {
    attributes.setFloats("act_step", values.size(), values);
  });
}

static void setThreshold(Operation *layer, ArrayRef<int64_t> values) {
  update(layer, [&](LayerAttributes &attributes) {
    attributes.setVariable("threshold", ElementType::I32, values.size(),
                           values);
  });
}

void foldDequantizer(DequantizerOp dequantizer, Operation *last) {
  if (akida::getParameter(last, "activation")) {
    dequantizer->emitWarning()
        << "layer '" << dequantizer.getLayerName()
        << "': the last layer of Akida 1.0 gives its activation's integers; "
           "the scale is left out";
    return;
  }
  std::vector<float> scales = getDequantizerScales(dequantizer);
  std::vector<float> steps = akida::readFloatVariable(last, "act_step");
  for (size_t f = 0; f != steps.size(); ++f)
    steps[f] = steps[f] / scales[scales.size() == 1 ? 0 : f];
  setSteps(last, steps);
}

//===----------------------------------------------------------------------===//
// What the hardware holds
//===----------------------------------------------------------------------===//

/// Divides the weights that read a channel by how much its step was cut,
/// rounded down.
static void divideWeights(Operation *next, ArrayRef<float> ratios) {
  auto attribute = next->getAttrOfType<ElementsAttr>("weights");
  auto type = cast<RankedTensorType>(attribute.getType());
  int64_t inner = type.getDimSize(3), channels = type.getDimSize(2);
  // Rows of a dense layer are C * W * H.
  int64_t cells = channels / static_cast<int64_t>(ratios.size());
  ElementsView<int8_t> old(attribute);
  std::vector<int8_t> weights(old.begin(), old.end());
  for (size_t i = 0; i != weights.size(); ++i) {
    float ratio = ratios[static_cast<int64_t>(i) / inner % channels / cells];
    weights[i] =
        static_cast<int8_t>(std::floor(static_cast<float>(weights[i]) / ratio));
  }
  StringRef name = cast<akida::LayerOpInterface>(next).getLayerName();
  next->setAttr("weights", makeResource(type, (name + "_weights").str(),
                                        std::move(weights)));
}

static void limitStep(Operation *layer, Operation *next, float limit) {
  std::vector<float> steps = akida::readFloatVariable(layer, "act_step");
  std::vector<int64_t> threshold = akida::readVariable(layer, "threshold");
  std::vector<float> ratios(steps.size(), 1.0f);
  bool isCut = false;
  int bits = akida::getParameter(layer, "act_bits");
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
}

void limitSteps(akida::ModelOp model) {
  SmallVector<akida::LayerOpInterface> layers = model.getLayers();
  for (size_t i = 0; i + 1 < layers.size(); ++i) {
    Operation *layer = layers[i];
    if (!layer->hasAttr("act_step"))
      continue;
    bool isInput = layers[i].getKind() == LayerKind::InputConvolutional;
    limitStep(layer, layers[i + 1],
              static_cast<float>((isInput ? 1 << 20 : 1 << 16) - 1));
    int64_t most = (isInput ? 1 << 23 : 1 << 19) - 1;
    std::vector<int64_t> threshold = akida::readVariable(layer, "threshold");
    bool isCut = false;
    for (int64_t &value : threshold) {
      isCut |= value > most;
      value = std::min(value, most);
    }
    if (!isCut)
      continue;
    setThreshold(layer, threshold);
    layer->emitWarning() << "layer '" << layers[i].getLayerName()
                         << "': thresholds above " << most
                         << ", the most that the hardware holds, are cut there";
  }
}

} // namespace conversion
} // namespace qml
