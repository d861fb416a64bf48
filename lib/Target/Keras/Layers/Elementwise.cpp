//===- Elementwise.cpp - Layers that act on each cell ---------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Layers.h"

using namespace mlir;

namespace qml {

/// Reports inputs of different shapes, or that there is one alone.
static bool haveEqualShapes(LayerImport &layer, StringRef verb) {
  if (layer.getNumInputs() < 2) {
    layer.error() << "it has " << layer.getNumInputs()
                  << " inputs; layers of this class have 2 or more";
    return false;
  }
  for (size_t i = 1; i != layer.getNumInputs(); ++i)
    if (layer.getInputShape(0) != layer.getInputShape(i)) {
      layer.error() << "it " << verb << " tensors of types "
                    << layer.getInput(0).getType() << " and "
                    << layer.getInput(i).getType()
                    << "; only equal shapes are supported";
      return false;
    }
  return true;
}

/// The sum of all inputs, of two at a time: the last addition has the layer's
/// name.
static ImportedLayer makeSum(LayerImport &layer, const LayerBuilder &last) {
  FailureOr<Value> sum = layer.getInput(0);
  for (size_t i = 1; i != layer.getNumInputs(); ++i) {
    LayerBuilder make = i + 1 == layer.getNumInputs()
                            ? last
                            : layer.make().makePart("sum_" + std::to_string(i));
    sum = make.makeAdd(*sum, layer.getInput(i));
    if (failed(sum))
      return failure();
  }
  return sum;
}

ImportedLayer importAdd(LayerImport &layer) {
  if (!layer.isReady() || !haveEqualShapes(layer, "adds"))
    return failure();
  return makeSum(layer, layer.make());
}

static ImportedLayer importAverage(LayerImport &layer) {
  if (!layer.isReady() || !haveEqualShapes(layer, "averages"))
    return failure();
  ImportedLayer sum = makeSum(layer, layer.make().makePart("sum"));
  if (failed(sum))
    return failure();
  return layer.make().makeRescaling(
      *sum, {1.0 / static_cast<double>(layer.getNumInputs())}, {0.0});
}

ImportedLayer importSubtract(LayerImport &layer) {
  if (!layer.isReady() || !haveEqualShapes(layer, "subtracts"))
    return failure();
  ImportedLayer negative = layer.make()
                               .makePart("negative")
                               .makeRescaling(layer.getInput(1), {-1.0}, {0.0});
  if (failed(negative))
    return failure();
  return layer.make().makeAdd(layer.getInput(0), *negative);
}

/// The residual sums of InceptionResNetV2: the second input times `scale`.
static ImportedLayer importScaledSum(LayerImport &layer) {
  double scale = layer.getNumber("scale", 1.0);
  if (!layer.isReady() || !haveEqualShapes(layer, "adds"))
    return failure();
  ImportedLayer scaled = layer.make().makePart("scaled").makeRescaling(
      layer.getInput(1), {scale}, {0.0});
  if (failed(scaled))
    return failure();
  return layer.make().makeAdd(layer.getInput(0), *scaled);
}

ImportedLayer importMultiply(LayerImport &layer) {
  if (!layer.isReady())
    return failure();
  return layer.make().makeMultiply(layer.getInput(0), layer.getInput(1));
}

static ImportedLayer importConcatenate(LayerImport &layer) {
  layer.expectLastAxis("it joins tensors along", layer.getAxis("axis", -1));
  if (!layer.isReady())
    return failure();
  SmallVector<Value> inputs;
  for (size_t i = 0; i != layer.getNumInputs(); ++i)
    inputs.push_back(layer.getInput(i));
  return layer.make().makeConcatenate(inputs);
}

static ImportedLayer importRescaling(LayerImport &layer) {
  std::vector<double> scale = layer.getNumbers("scale", {1.0});
  std::vector<double> offset = layer.getNumbers("offset", {0.0});
  if (!layer.isReady())
    return failure();
  return layer.make().makeRescaling(layer.getInput(), scale, offset);
}

ArrayRef<LayerClass> getElementwiseClasses() {
  constexpr unsigned anyNumber = 0;
  static const LayerClass classes[] = {
      {"Add", importAdd, LayerForm::Cells, anyNumber},
      {"Average", importAverage, LayerForm::Cells, anyNumber},
      {"Concatenate", importConcatenate, LayerForm::Cells, anyNumber},
      {"CustomScaleLayer", importScaledSum, LayerForm::Cells, 2},
      {"Multiply", importMultiply, LayerForm::Cells, 2},
      {"Rescaling", importRescaling, LayerForm::Cells, 1, 0,
       /*takesIntegers=*/true},
      {"Subtract", importSubtract, LayerForm::Cells, 2},
  };
  return classes;
}

} // namespace qml
