//===- Activations.cpp - Activations as layers ----------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Layers.h"
#include "qml/Support/Quote.h"

using namespace mlir;

namespace qml {

static ImportedLayer importSoftmax(LayerImport &layer) {
  layer.expectLastAxis("its softmax is along", layer.getAxis("axis", -1));
  if (!layer.isReady())
    return failure();
  return layer.make().makeSoftmax(layer.getInput());
}

static ImportedLayer importActivation(LayerImport &layer) {
  LayerActivation activation = layer.getOwnActivation();
  if (!layer.isReady())
    return failure();
  if (!activation.function)
    return layer.getInput();
  switch (*activation.function) {
  case Activation::ReLU:
    return layer.make().makeReLU(layer.getInput(), activation.maxValue);
  case Activation::Softmax:
    return layer.make().makeSoftmax(layer.getInput());
  }
  return failure();
}

static ImportedLayer importReLU(LayerImport &layer) {
  for (const char *key : {"negative_slope", "threshold"})
    if (double value = layer.getNumber(key, 0.0))
      layer.error() << "its " << key << " is " << showNumber(value)
                    << "; only 0 is supported";
  std::optional<double> max;
  if (layer.has("max_value")) {
    max = layer.getNumber("max_value", 1.0);
    if (!(*max > 0.0))
      layer.error() << "its max_value is " << showNumber(*max)
                    << "; it must be positive";
  }
  if (!layer.isReady())
    return failure();
  return layer.make().makeReLU(layer.getInput(), max);
}

ArrayRef<LayerClass> getActivationClasses() {
  static const LayerClass classes[] = {
      {"Activation", importActivation, LayerForm::Cells},
      {"ReLU", importReLU, LayerForm::Cells},
      {"Softmax", importSoftmax, LayerForm::Cells},
  };
  return classes;
}

} // namespace qml
