//===- Norms.cpp - Normalizations -----------------------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "NumberArray.h"

#include "qml/Dialect/QML/IR/Elements.h"

#include <cmath>

using namespace mlir;

namespace qml {

/// The shape, without the batch, of numbers for the axes that `axes` names: the
/// input's extents along these, 1 along others. None after a report.
static std::optional<Shape> findStatisticsShape(LayerImport &layer,
                                                ArrayRef<int64_t> axes) {
  SmallVector<int64_t> input = layer.getInputShape();
  auto rank = static_cast<int64_t>(input.size());
  Shape shape(rank - 1, 1);
  for (int64_t axis : axes) {
    int64_t index = axis < 0 ? axis + rank : axis;
    if (index < 1 || index >= rank) {
      layer.error() << "it normalizes along axis " << axis
                    << "; its input has the axes 1 to " << rank - 1
                    << " beside the batch";
      return std::nullopt;
    }
    shape[index - 1] = input[index];
  }
  return shape;
}

static ImportedLayer importBatchNorm(LayerImport &layer) {
  int64_t axis = layer.getAxis("axis", -1);
  bool hasGamma = layer.getBool("scale", true);
  bool hasBeta = layer.getBool("center", true);
  double epsilon = layer.getNumber("epsilon", 1e-3);
  if (!layer.isReady())
    return failure();
  std::optional<Shape> shape = findStatisticsShape(layer, axis);
  if (!shape)
    return failure();
  int64_t channels = numElements(*shape);
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
  if (shape->back() == layer.getInputShape().back() &&
      shape->back() == channels)
    return layer.make().makeBatchNorm(layer.getInput(), weights, epsilon);
  // Along another axis than the channels'.
  NumberArray scale(*shape, std::vector<double>(channels, 1.0));
  NumberArray offset(*shape, std::vector<double>(channels, 0.0));
  std::vector<float> mean = readFloats(weights.mean);
  std::vector<float> variance = readFloats(weights.variance);
  if (hasGamma)
    llvm::copy(readFloats(weights.gamma), scale.values.begin());
  if (hasBeta)
    llvm::copy(readFloats(weights.beta), offset.values.begin());
  for (size_t i = 0; i != mean.size(); ++i) {
    scale.values[i] /= std::sqrt(variance[i] + epsilon);
    offset.values[i] -= mean[i] * scale.values[i];
  }
  return makeRescaled(layer, layer.make(), layer.getInput(), std::move(scale),
                      std::move(offset));
}

/// Statistics of a Normalization: of its configuration, or of its weights.
static NumberArray getStatistics(LayerImport &layer, const char *key,
                                 size_t index) {
  if (layer.has(key)) {
    if (auto array = parseNumberArray(layer.layer().config[key]))
      return *array;
    layer.error() << "its " << key << " is no number, and no list of numbers";
    return 1.0;
  }
  const std::vector<KerasWeight> &weights = layer.layer().weights;
  if (index >= weights.size()) {
    layer.error() << "it has no " << key
                  << ", neither in its configuration nor among its weights";
    return 1.0;
  }
  const Shape &shape = weights[index].array.shape;
  ElementsAttr elements =
      layer.getWeight(index, key, shape, weights[index].array.size());
  if (!elements)
    return 1.0;
  std::vector<float> values = readFloats(elements);
  return {shape, {values.begin(), values.end()}};
}

static ImportedLayer importNormalization(LayerImport &layer) {
  bool isInverse = layer.getBool("invert", false);
  NumberArray scale = getStatistics(layer, "variance", 1);
  NumberArray offset = getStatistics(layer, "mean", 0);
  std::vector<int64_t> axes = {-1};
  if (layer.has("axis"))
    axes = layer.layer().config["axis"].is_array()
               ? layer.getIntegers("axis")
               : std::vector<int64_t>{layer.getAxis("axis", -1)};
  if (!layer.isReady())
    return failure();
  std::optional<Shape> shape = findStatisticsShape(layer, axes);
  if (!shape)
    return failure();
  // One axis for each that is normalized along; others have all of them.
  for (NumberArray *statistics : {&scale, &offset})
    if (size_t(numElements(*shape)) == statistics->values.size())
      statistics->shape = *shape;
  // Keras's least deviation.
  NumberArray deviation = scale.map(
      [](double variance) { return std::max(std::sqrt(variance), 1e-7); });
  if (isInverse)
    return makeRescaled(layer, layer.make(), layer.getInput(), deviation,
                        offset);
  // A single number beside several is the same for each.
  if (offset.values.size() == 1)
    offset = deviation.map([&](double) { return offset.values.front(); });
  if (deviation.values.size() == 1)
    deviation = offset.map([&](double) { return deviation.values.front(); });
  if (offset.shape != deviation.shape) {
    layer.error() << "its mean has the shape " << toString(offset.shape)
                  << ", its variance " << toString(deviation.shape)
                  << "; they must be equal";
    return failure();
  }
  for (auto [mean, d] : llvm::zip_equal(offset.values, deviation.values))
    mean /= -d;
  return makeRescaled(layer, layer.make(), layer.getInput(),
                      deviation.map([](double d) { return 1.0 / d; }), offset);
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
