//===- Norms.cpp - Normalizations -----------------------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Layers.h"

#include "qml/Dialect/QML/IR/Elements.h"

#include <cmath>

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

/// Statistics of a Normalization: of its configuration, or of its weights.
static std::vector<double> getStatistics(LayerImport &layer, const char *key,
                                         size_t index) {
  if (layer.has(key))
    return layer.getNumbers(key, {0.0});
  const std::vector<KerasWeight> &weights = layer.layer().weights;
  if (index >= weights.size()) {
    layer.error() << "it has no " << key
                  << ", neither in its configuration nor among its weights";
    return {0.0};
  }
  // Axes that are not normalized along have extent 1.
  int64_t count = weights[index].array.size();
  ElementsAttr elements =
      layer.getWeight(index, key, weights[index].array.shape, count);
  if (!elements)
    return {0.0};
  std::vector<float> values = readFloats(elements);
  return std::vector<double>(values.begin(), values.end());
}

static ImportedLayer importNormalization(LayerImport &layer) {
  bool isInverse = layer.getBool("invert", false);
  std::vector<double> scale = getStatistics(layer, "variance", 1);
  std::vector<double> offset = getStatistics(layer, "mean", 0);
  if (!layer.isReady())
    return failure();
  size_t channels = size_t(layer.getInputShape().back());
  for (const std::vector<double> *values : {&scale, &offset})
    if (values->size() != 1 && values->size() != channels) {
      layer.error() << "it normalizes along axes with " << values->size()
                    << " values; only the last axis is supported, of "
                    << channels << ", or none";
      return failure();
    }
  size_t count = std::max(scale.size(), offset.size());
  scale.resize(count, scale.front());
  offset.resize(count, offset.front());
  for (auto [factor, mean] : llvm::zip_equal(scale, offset)) {
    // Keras's least deviation.
    double deviation = std::max(std::sqrt(factor), 1e-7);
    factor = isInverse ? deviation : 1.0 / deviation;
    mean = isInverse ? mean : -mean * factor;
  }
  return layer.make().makeRescaling(layer.getInput(), scale, offset);
}

ArrayRef<LayerClass> getNormClasses() {
  static const LayerClass classes[] = {
      {"BatchNormalization", importBatchNorm, LayerForm::Cells},
      {"Normalization", importNormalization, LayerForm::Cells, 1, 0,
       /*takesIntegers=*/true},
  };
  return classes;
}

} // namespace qml
