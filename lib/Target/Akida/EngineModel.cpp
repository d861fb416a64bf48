//===- EngineModel.cpp - A model as the engine builds it ------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "qml/Target/Akida/EngineModel.h"

#include <algorithm>
#include <cstring>

using namespace mlir;
using namespace qml::akida;

namespace qml {

namespace {
class Describer {
public:
  explicit Describer(ModelOp model) : model(model) {
    result.version = model.getVersion();
  }

  EngineModel run() {
    for (akida::LayerOpInterface layer : model.getLayers())
      add(layer);
    return std::move(result);
  }

private:
  void add(akida::LayerOpInterface layer);
  void addParameters(akida::LayerOpInterface layer, EngineLayer &description);
  Constant getVariable(mlir::Operation *layer, const VariableInfo &variable);

  ModelOp model;
  EngineModel result;
  DenseMap<mlir::Operation *, unsigned> indices;
};
} // namespace

static Shape toShape(Value value) {
  Image image = getImage(value);
  return {image.height, image.width, image.channels};
}

void Describer::addParameters(akida::LayerOpInterface layer,
                              EngineLayer &description) {
  auto add = [&](const EngineParameters &parameters) {
    for (auto [name, value] : parameters)
      description.parameters.emplace_back(name.str(),
                                          static_cast<int32_t>(value));
  };
  add(getParameters(layer));
  if (auto getMore = layer.getInfo().getTypeParameters)
    add(getMore(layer));
  std::sort(description.parameters.begin(), description.parameters.end());
}

/// From the order of Keras to the engine's, which rotates kernels by 180
/// degrees and has rows of matrices in the order of channels, columns and rows
/// of the image.
static void reorder(EngineLayout layout, const Constant &values,
                    const Image &image, char *to) {
  const char *from = values.as<char>();
  if (layout == EngineLayout::Rotated) {
    int64_t taps = values.shape[0] * values.shape[1];
    int64_t bytes = numElements(values.shape) * sizeOf(values.type) / taps;
    for (int64_t tap = 0; tap != taps; ++tap)
      std::memcpy(to + tap * bytes, from + (taps - 1 - tap) * bytes, bytes);
    return;
  }
  int64_t bytes = values.shape.back() * sizeOf(values.type);
  for (int64_t h = 0; h != image.height; ++h)
    for (int64_t w = 0; w != image.width; ++w)
      for (int64_t c = 0; c != image.channels; ++c) {
        int64_t row = (c * image.width + w) * image.height + h;
        std::memcpy(to + row * bytes, from, bytes);
        from += bytes;
      }
}

Constant Describer::getVariable(mlir::Operation *layer,
                                const VariableInfo &variable) {
  SmallVector<int64_t> extents = variable.getShape(layer);
  Constant constant;
  constant.type = variable.type;
  constant.shape.assign(extents.begin(), extents.end());
  auto elements = layer->getAttrOfType<ElementsAttr>(variable.name);
  size_t bytes = numElements(constant.shape) * sizeOf(constant.type);
  if (elements) {
    ArrayRef<char> raw = getRawData(elements);
    if (raw.size() == bytes) {
      constant.data = raw.data();
      if (variable.layout == EngineLayout::Same)
        return constant;
      std::vector<char> &storage = result.storage.emplace_back(bytes);
      reorder(variable.layout, constant, getImage(layer->getOperand(0)),
              storage.data());
      constant.data = storage.data();
      return constant;
    }
  }
  // Repeated or initial values, which no order changes.
  std::vector<char> &storage = result.storage.emplace_back(bytes);
  constant.data = storage.data();
  if (variable.type == ElementType::F32) {
    std::vector<float> values = readFloatVariable(layer, variable);
    std::memcpy(storage.data(), values.data(), bytes);
    return constant;
  }
  size_t size = sizeOf(variable.type);
  std::vector<int64_t> values = readVariable(layer, variable);
  // Integers are little-endian: the first bytes are the narrower integer.
  for (size_t i = 0; i != values.size(); ++i)
    std::memcpy(storage.data() + i * size, &values[i], size);
  return constant;
}

void Describer::add(akida::LayerOpInterface layer) {
  EngineLayer description;
  description.kind = layer.getKind();
  description.name = layer.getLayerName().str();
  description.inputShape = toShape(layer->getOperand(0));
  description.outputShape = toShape(layer->getResult(0));
  addParameters(layer, description);
  for (const VariableInfo &variable : layer.getInfo().variables)
    if (hasVariable(layer, variable))
      description.variables.push_back(
          {variable.name.str(), getVariable(layer, variable)});
  for (Value operand : layer->getOperands())
    if (mlir::Operation *inbound = getLayerOf(operand))
      description.inbounds.push_back(indices.lookup(inbound));
  indices[layer] = result.layers.size();
  result.layers.push_back(std::move(description));
}

EngineModel describeModel(ModelOp model) { return Describer(model).run(); }

} // namespace qml
