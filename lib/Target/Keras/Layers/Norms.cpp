//===- Norms.cpp - Normalizations -----------------------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Layers.h"

using namespace mlir;

namespace qml {

static ImportedLayer importBatchNorm(LayerImport &layer) {
  layer.expectLastAxis("it normalizes along", layer.getAxis("axis", -1));
  bool hasGamma = layer.getBool("scale", true);
  bool hasBeta = layer.getBool("center", true);
  double epsilon = layer.getNumber("epsilon", 1e-3);
  if (!layer.isReady())
    return failure();
  int64_t channels = layer.getInputShape().back();
  size_t next = 0;
  BatchNormWeights weights;
  if (hasGamma)
    weights.gamma = layer.getWeight(next++, "gamma", channels);
  if (hasBeta)
    weights.beta = layer.getWeight(next++, "beta", channels);
  weights.mean = layer.getWeight(next++, "mean", channels);
  weights.variance = layer.getWeight(next++, "variance", channels);
  if (layer.failed())
    return failure();
  return layer.make().makeBatchNorm(layer.getInput(), weights, epsilon);
}

ArrayRef<LayerClass> getNormClasses() {
  static const LayerClass classes[] = {
      {"BatchNormalization", importBatchNorm, LayerForm::Cells},
  };
  return classes;
}

} // namespace qml
