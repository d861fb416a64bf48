//===- Dense.cpp - Matrix products ----------------------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Layers.h"

using namespace mlir;

namespace qml {

static ImportedLayer importDense(LayerImport &layer) {
  int64_t units = layer.getInteger("units");
  bool useBias = layer.getBool("use_bias", true);
  LayerActivation activation = layer.getOwnActivation();
  if (!layer.isReady())
    return failure();
  ElementsAttr kernel =
      layer.getWeight(0, "kernel", {layer.getInputShape().back(), units});
  ElementsAttr bias =
      useBias ? layer.getWeight(1, "bias", units) : ElementsAttr();
  if (layer.failed())
    return failure();
  return layer.make().makeDense(layer.getInput(), kernel, bias, activation);
}

ArrayRef<LayerClass> getDenseClasses() {
  static const LayerClass classes[] = {
      {"Dense", importDense, LayerForm::Cells},
  };
  return classes;
}

} // namespace qml
