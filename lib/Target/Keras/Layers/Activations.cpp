//===- Activations.cpp - Activations as layers ----------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "NumberArray.h"
#include "qml/Dialect/QML/IR/Elements.h"
#include "qml/Dialect/QML/IR/ShapeInference.h"
#include "qml/Support/Quote.h"

#include "mlir/IR/TypeUtilities.h"

using namespace mlir;

namespace qml {

static ImportedLayer importSoftmax(LayerImport &layer) {
  layer.expectLastAxis("its softmax is along", layer.getAxis("axis", -1));
  if (!layer.isReady())
    return failure();
  return layer.make().makeSoftmax(layer.getInput());
}

/// A function by its name; the reference's own layer has an alpha, too.
static ImportedLayer importActivation(LayerImport &layer) {
  LayerActivation activation = layer.getOwnActivation();
  if (layer.has("alpha") && activation.function == Activation::LeakyReLU)
    activation.alpha = layer.getNumber("alpha", 0.2);
  if (!layer.isReady())
    return failure();
  if (!activation.function)
    return layer.getInput();
  return layer.make().makeActivation(layer.getInput(), activation);
}

static ImportedLayer importReLU(LayerImport &layer) {
  double slope = layer.getNumber("negative_slope", 0.0);
  double threshold = layer.getNumber("threshold", 0.0);
  if (threshold != 0.0)
    layer.error() << "its threshold is " << showNumber(threshold)
                  << "; only 0 is supported";
  std::optional<double> max;
  if (layer.has("max_value")) {
    max = layer.getNumber("max_value", 1.0);
    if (!(*max > 0.0))
      layer.error() << "its max_value is " << showNumber(*max)
                    << "; it must be positive";
    else if (slope != 0.0)
      layer.error() << "it has a negative_slope and a max_value; one of them "
                       "is supported";
  }
  if (!layer.isReady())
    return failure();
  if (slope != 0.0)
    return layer.make().makeActivation(layer.getInput(), Activation::LeakyReLU,
                                       slope);
  return layer.make().makeReLU(layer.getInput(), max);
}

static ImportedLayer importLeakyReLU(LayerImport &layer) {
  // Keras 3 calls it by another name.
  const char *key = layer.has("alpha") ? "alpha" : "negative_slope";
  double slope = layer.getNumber(key, 0.3);
  if (!layer.isReady())
    return failure();
  return layer.make().makeActivation(layer.getInput(), Activation::LeakyReLU,
                                     slope);
}

/// A slope for each channel, or for each element of the last axes, which are
/// channels then. As depthwise convolutions of one cell:
/// slope * x + (1 - slope) * max(x, 0).
static ImportedLayer makePReLU(LayerImport &layer, std::vector<float> slopes) {
  int64_t channels = int64_t(slopes.size());
  LayerBuilder make = layer.make();
  ArrayRef<int64_t> shape = getShape(layer.getInput());
  ImportedLayer input = layer.getInput();
  bool isImage = shape.size() == 4 && shape.back() == channels;
  if (!isImage)
    input = make.makePart("image").makeReshape(
        *input, {1, getNumElementsPerSample(shape) / channels, channels});
  if (failed(input))
    return failure();
  auto scale = [&](StringRef part, Value value, std::vector<float> factors) {
    auto type = RankedTensorType::get({1, 1, channels, 1},
                                      getElementTypeOrSelf(value.getType()));
    return make.makePart(part).makeDepthwiseConv2D(
        value,
        makeElements(type, (layer.name() + "_" + part + "_kernel").str(),
                     std::move(factors)),
        /*bias=*/nullptr, ConvOptions());
  };
  std::vector<float> rest;
  for (float slope : slopes)
    rest.push_back(1.0f - slope);
  ImportedLayer all = scale("slope", *input, std::move(slopes));
  ImportedLayer relu = make.makePart("relu").makeReLU(*input);
  if (failed(all) || failed(relu))
    return failure();
  ImportedLayer positive = scale("above", *relu, std::move(rest));
  if (failed(positive))
    return failure();
  if (isImage)
    return make.makeAdd(*all, *positive);
  ImportedLayer sum = make.makePart("sum").makeAdd(*all, *positive);
  if (failed(sum))
    return failure();
  return make.makeReshape(*sum, shape.drop_front());
}

static ImportedLayer importPReLU(LayerImport &layer) {
  std::vector<int64_t> shared;
  if (layer.has("shared_axes"))
    shared = layer.getIntegers("shared_axes");
  if (!layer.isReady())
    return failure();
  SmallVector<int64_t> whole = layer.getInputShape();
  whole.erase(whole.begin());
  SmallVector<int64_t> shape = whole;
  for (int64_t axis : shared)
    if (axis >= 1 && axis <= int64_t(shape.size()))
      shape[axis - 1] = 1;
  ElementsAttr weight = layer.getWeight(0, "alpha", shape);
  if (!weight)
    return failure();
  std::vector<float> values = readFloats(weight);
  if (llvm::all_equal(values))
    return layer.make().makeActivation(layer.getInput(), Activation::LeakyReLU,
                                       values.front());
  NumberArray slopes =
      NumberArray({shape.begin(), shape.end()}, {values.begin(), values.end()})
          .withoutRepeats();
  // Frames of a volume are samples.
  ArrayRef<int64_t> sample = ArrayRef(whole).drop_front(layer.getFrames() != 0);
  std::optional<ChannelView> view = findChannelView(sample, slopes);
  if (!view) {
    layer.error()
        << "its slopes differ from frame to frame; slopes that are "
           "the same for each are supported, as shared_axes=[1] gives";
    return failure();
  }
  std::vector<double> channels = getChannels(slopes, sample, *view);
  return makePReLU(layer, {channels.begin(), channels.end()});
}

static ImportedLayer importELU(LayerImport &layer) {
  double alpha = layer.getNumber("alpha", 1.0);
  if (!layer.isReady())
    return failure();
  return layer.make().makeActivation(layer.getInput(), Activation::ELU, alpha);
}

ArrayRef<LayerClass> getActivationClasses() {
  static const LayerClass classes[] = {
      {"Activation", importActivation, LayerForm::Cells},
      {"ELU", importELU, LayerForm::Cells},
      {"LeakyReLU", importLeakyReLU, LayerForm::Cells},
      {"PReLU", importPReLU, LayerForm::Cells},
      {"ReLU", importReLU, LayerForm::Cells},
      {"Softmax", importSoftmax, LayerForm::Cells},
  };
  return classes;
}

} // namespace qml
