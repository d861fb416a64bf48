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

FailureOr<DenseParts> readDense(LayerImport &layer) {
  int64_t units = layer.getInteger("units");
  bool useBias = layer.getBool("use_bias", true);
  DenseParts parts;
  parts.activation = layer.getOwnActivation();
  if (!layer.isReady())
    return failure();
  parts.kernel =
      layer.getWeight(0, "kernel", {layer.getInputShape().back(), units});
  if (useBias)
    parts.bias = layer.getWeight(1, "bias", units);
  if (layer.failed())
    return failure();
  return parts;
}

static ImportedLayer importDense(LayerImport &layer) {
  FailureOr<DenseParts> parts = readDense(layer);
  if (failed(parts))
    return failure();
  return layer.make().makeDense(layer.getInput(), parts->kernel, parts->bias,
                                parts->activation);
}

ArrayRef<LayerClass> getDenseClasses() {
  static const LayerClass classes[] = {
      {"Dense", importDense, LayerForm::Cells},
  };
  return classes;
}

} // namespace qml
