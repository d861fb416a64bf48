//===- Layers.cpp - The engine's layers and their variables ---------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "qml/Dialect/Akida/IR/Layers.h"

#include "qml/Dialect/Akida/IR/AkidaOps.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/TypeSwitch.h"

#include <numeric>

using namespace mlir;

namespace qml {
namespace akida {

//===----------------------------------------------------------------------===//
// Types of layers
//===----------------------------------------------------------------------===//

namespace {
/// The layers among operations.
template <typename... OpTs>
std::vector<const LayerInfo *> collectInfos() {
  std::vector<const LayerInfo *> infos;
  auto add = [&](auto *op) {
    using OpT = std::remove_pointer_t<decltype(op)>;
    if constexpr (OpT::template hasTrait<LayerOpInterface::Trait>())
      infos.push_back(&OpT::getInfo());
  };
  (add(static_cast<OpTs *>(nullptr)), ...);
  llvm::sort(infos, [](const LayerInfo *a, const LayerInfo *b) {
    return a->kind < b->kind;
  });
  return infos;
}
} // namespace

ArrayRef<const LayerInfo *> getLayerInfos() {
  static const std::vector<const LayerInfo *> infos = collectInfos<
#define GET_OP_LIST
#include "qml/Dialect/Akida/IR/AkidaOps.cpp.inc"
      >();
  return infos;
}

const LayerInfo &getLayerInfo(LayerKind kind) {
  return **llvm::find_if(getLayerInfos(), [&](const LayerInfo *info) {
    return info->kind == kind;
  });
}

//===----------------------------------------------------------------------===//
// Parameters and variables
//===----------------------------------------------------------------------===//

/// Enumerations are stored as their numbers.
static int64_t toInteger(Attribute attribute) {
  return llvm::TypeSwitch<Attribute, int64_t>(attribute)
      .Case<BoolAttr>([](auto flag) { return flag.getValue() ? 1 : 0; })
      .Case<IntegerAttr>([](auto integer) { return integer.getInt(); })
      .Case<PaddingAttr, PoolTypeAttr, ActivationAttr>(
          [](auto name) { return static_cast<int64_t>(name.getValue()); });
}

EngineParameters getParameters(Operation *layer) {
  EngineParameters parameters;
  NamedAttrList attributes;
  layer->getName().populateInherentAttrs(layer, attributes);
  for (NamedAttribute attribute : attributes)
    if (!isa<ElementsAttr, StringAttr>(attribute.getValue()))
      parameters.emplace_back(attribute.getName().strref(),
                              toInteger(attribute.getValue()));
  return parameters;
}

std::optional<int64_t> findParameter(Operation *layer, StringRef name) {
  Attribute value = layer->getInherentAttr(name).value_or(Attribute());
  if (!value || isa<ElementsAttr, StringAttr>(value))
    return std::nullopt;
  return toInteger(value);
}

/// What a layer does after its sums. 1.0's layers have a flag of that name, and
/// no variables that hang on it.
static Activation getActivation(Operation *layer) {
  auto activation = dyn_cast_or_null<ActivationAttr>(
      layer->getInherentAttr("activation").value_or(Attribute()));
  return activation ? activation.getValue() : Activation::NoActivation;
}

bool hasVariable(Operation *layer, const VariableInfo &variable) {
  switch (variable.presence) {
  case Presence::Always:
    return true;
  case Presence::WithReLU:
    return getActivation(layer) == Activation::ReLU;
  case Presence::WithLUT:
    return getActivation(layer) == Activation::LUT;
  }
  llvm_unreachable("all presences are handled");
}

/// How many values a variable has.
static int64_t getNumValues(Operation *layer, const VariableInfo &variable) {
  int64_t count = 1;
  for (int64_t extent : variable.getShape(layer))
    count *= extent;
  return count;
}

std::vector<int64_t> readVariable(Operation *layer,
                                  const VariableInfo &variable) {
  if (auto values = layer->getAttrOfType<ElementsAttr>(variable.name))
    return readIntegers(values);
  std::vector<int64_t> values(getNumValues(layer, variable), variable.initial);
  if (variable.countsUp)
    std::iota(values.begin(), values.end(), variable.initial);
  return values;
}

std::vector<float> readFloatVariable(Operation *layer,
                                     const VariableInfo &variable) {
  if (auto values = layer->getAttrOfType<ElementsAttr>(variable.name))
    return readFloats(values);
  return std::vector<float>(getNumValues(layer, variable),
                            static_cast<float>(variable.initial));
}

Image getImage(Value value) {
  ArrayRef<int64_t> shape = cast<RankedTensorType>(value.getType()).getShape();
  return {shape[1], shape[2], shape[3]};
}

//===----------------------------------------------------------------------===//
// Values
//===----------------------------------------------------------------------===//

/// Verifiers see operations before anything is known of what they read: it may
/// be malformed, or read them in turn.
constexpr int maxSteps = 1024;

Operation *getLayerOf(Value value) {
  for (int step = 0; step != maxSteps; ++step) {
    auto sequence = value.getDefiningOp<SequenceOp>();
    if (!sequence)
      return value.getDefiningOp();
    unsigned index = cast<OpResult>(value).getResultNumber();
    YieldOp yield;
    if (!sequence.getBody().empty() && !sequence.getBody().front().empty())
      yield = dyn_cast<YieldOp>(sequence.getBody().front().back());
    if (!yield || index >= yield->getNumOperands())
      return nullptr;
    value = yield->getOperand(index);
  }
  return nullptr;
}

IntegerFormat getFormat(Value value) {
  for (int step = 0; step != maxSteps; ++step) {
    auto layer = dyn_cast_or_null<LayerOpInterface>(getLayerOf(value));
    if (!layer)
      break;
    if (std::optional<IntegerFormat> format = layer.getResultFormat())
      return *format;
    value = layer->getOperand(0);
  }
  Type type = cast<RankedTensorType>(value.getType()).getElementType();
  return {static_cast<int>(type.getIntOrFloatBitWidth()),
          !type.isUnsignedInteger()};
}

} // namespace akida
} // namespace qml
