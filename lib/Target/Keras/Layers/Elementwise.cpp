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

ImportedLayer importAdd(LayerImport &layer) {
  if (!layer.isReady())
    return failure();
  if (layer.getInputShape(0) != layer.getInputShape(1)) {
    layer.error() << "it adds tensors of types " << layer.getInput(0).getType()
                  << " and " << layer.getInput(1).getType()
                  << "; only equal shapes are supported";
    return failure();
  }
  return layer.make().makeAdd(layer.getInput(0), layer.getInput(1));
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
  static const LayerClass classes[] = {
      {"Add", importAdd, LayerForm::Cells, 2},
      {"Concatenate", importConcatenate, LayerForm::Cells, 0},
      {"Multiply", importMultiply, LayerForm::Cells, 2},
      {"Rescaling", importRescaling, LayerForm::Cells, 1, 0,
       /*takesIntegers=*/true},
  };
  return classes;
}

} // namespace qml
