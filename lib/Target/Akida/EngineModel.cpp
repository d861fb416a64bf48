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
  void addParameters(mlir::Operation *layer, EngineLayer &description);
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

void Describer::addParameters(mlir::Operation *layer,
                              EngineLayer &description) {
  auto add = [&](StringRef name, int64_t value) {
    description.parameters.emplace_back(name.str(),
                                        static_cast<int32_t>(value));
  };
  for (StringRef name : getLayerInfo(description.kind).parameters)
    add(name, getParameter(layer, name));
  // What types say here.
  const Shape &in = description.inputShape;
  switch (description.kind) {
  case LayerKind::InputData:
    add("input_signed", getParameter(layer, "input_bits") > 4);
    [[fallthrough]];
  case LayerKind::InputConvolutional:
    add("input_width", in[0]);
    add("input_height", in[1]);
    add("input_channels", in[2]);
    break;
  case LayerKind::Quantizer:
    add("input_width", in[0]);
    add("input_height", in[1]);
    add("input_channels", in[2]);
    add("channels_first", 0);
    break;
  case LayerKind::InputConv2D:
    add("input_x", in[0]);
    add("input_y", in[1]);
    add("input_channels", in[2]);
    break;
  default:
    break;
  }
  std::sort(description.parameters.begin(), description.parameters.end());
}

Constant Describer::getVariable(mlir::Operation *layer,
                                const VariableInfo &variable) {
  SmallVector<int64_t> extents = getVariableShape(layer, variable);
  Constant constant;
  constant.type = variable.type;
  constant.shape.assign(extents.begin(), extents.end());
  auto elements = layer->getAttrOfType<ElementsAttr>(variable.name);
  size_t bytes = numElements(constant.shape) * sizeOf(constant.type);
  if (elements) {
    ArrayRef<char> raw = getRawData(elements);
    if (raw.size() == bytes) {
      constant.data = raw.data();
      return constant;
    }
  }
  // Repeated or initial values.
  std::vector<char> &storage = result.storage.emplace_back(bytes);
  constant.data = storage.data();
  if (variable.type == ElementType::F32) {
    std::vector<float> values = readFloatVariable(layer, variable.name);
    std::memcpy(storage.data(), values.data(), bytes);
    return constant;
  }
  size_t size = sizeOf(variable.type);
  std::vector<int64_t> values = readVariable(layer, variable.name);
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
  for (const VariableInfo &variable : getLayerInfo(layer.getKind()).variables)
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
