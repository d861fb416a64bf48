//===- AkidaVerify.cpp - Hardware layers within their limits --------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One verifier for all layers: what they have and what is about one of them
// alone they say themselves (LayerOpInterface), what is allowed is in the table
// of limits. Everything wrong with a layer is reported, not the first problem
// alone.
//
//===----------------------------------------------------------------------===//

#include "qml/Dialect/Akida/IR/LayerChecker.h"
#include "qml/Support/Quote.h"

#include <cmath>

using namespace mlir;

namespace qml {
namespace akida {

LayerChecker::LayerChecker(LayerOpInterface layer) : layer(layer) {
  if (auto model = layer->getParentOfType<ModelOp>())
    version = model.getVersion();
  else if (layer.getInfo().versions == V1Only)
    version = Version::V1;
}

InFlightDiagnostic LayerChecker::error() {
  failed = true;
  return layer->emitError() << "layer '" << layer.getLayerName() << "': ";
}

void LayerChecker::report(Quantity quantity, const Twine &found,
                          StringRef where) {
  error() << describeLimit(quantity, version, layer.getKind(), found, where);
}

void LayerChecker::limit(Quantity quantity, int64_t value, StringRef where) {
  if (!isAllowed(quantity, value))
    report(quantity, Twine(value), where);
}

std::string describe(IntegerFormat format) {
  return (format.isSigned ? "signed integers of " : "unsigned integers of ") +
         std::to_string(format.bits) + " bits";
}

//===----------------------------------------------------------------------===//
// Operands and parameters
//===----------------------------------------------------------------------===//

LogicalResult LayerChecker::checkOperands() {
  // The type of a memory follows from the rest.
  bool hasMemory = layer->getNumResults() == 2;
  for (Value operand : layer->getOperands().drop_back(hasMemory ? 1 : 0)) {
    auto type = cast<RankedTensorType>(operand.getType());
    bool isSound = type.getRank() == 4;
    int64_t elements = 1;
    for (int64_t axis = 1; isSound && axis != 4; ++axis) {
      int64_t extent = type.getDimSize(axis);
      isSound = extent >= 1 && extent <= (int64_t(1) << 28) &&
                elements <= (int64_t(1) << 40) / extent;
      elements *= extent;
    }
    if (isSound)
      continue;
    std::string text;
    llvm::raw_string_ostream(text) << type;
    report(Quantity::Extents, text);
    return failure();
  }
  return success();
}

/// Parameters that have a limit wherever there are any of the name.
static constexpr std::pair<llvm::StringLiteral, Quantity> limitedParameters[] =
    {
        {"weights_bits", Quantity::WeightBits},
        {"output_bits", Quantity::OutputBits},
        {"buffer_bits", Quantity::BufferBits},
        {"post_op_buffer_bits", Quantity::BufferBits},
        {"internal_state_bits", Quantity::StateBits},
        {"filters", Quantity::Filters},
        {"units", Quantity::Filters},
        {"output_channels", Quantity::Filters},
        {"stateful_channels", Quantity::Filters},
        {"kernel_size", Quantity::KernelSize},
        {"kernel_width", Quantity::KernelSize},
        {"kernel_height", Quantity::KernelSize},
        {"kernel_stride", Quantity::Stride},
        {"fifo_size", Quantity::QueueLength},
};

void LayerChecker::checkEachParameter() {
  for (auto [name, quantity] : limitedParameters)
    if (std::optional<int64_t> value = findParameter(layer, name))
      limit(quantity, *value, name == "output_bits" ? StringRef() : name);
}

//===----------------------------------------------------------------------===//
// Variables
//===----------------------------------------------------------------------===//

void LayerChecker::checkValues(const VariableInfo &variable,
                               ElementsAttr values) {
  auto findOutside = [&](int64_t lower,
                         int64_t upper) -> std::optional<int64_t> {
    for (int64_t value : readIntegers(values))
      if (value < lower || value > upper)
        return value;
    return std::nullopt;
  };
  StringRef name = variable.name;
  if (name.starts_with("weights")) {
    // The engine's 4-bit weights are symmetric in version 1.0.
    bool isV1 = layer.getInfo().versions == V1Only;
    int64_t bits = *findParameter(layer, "weights_bits");
    if (bits < 1 || bits > 8)
      return;
    int64_t upper = bits == 1 ? 1 : (int64_t(1) << (bits - 1)) - 1;
    int64_t lower = bits == 1 ? 0 : isV1 && bits != 8 ? -upper : -upper - 1;
    // All of 8 bits fits.
    if (bits == 8)
      return;
    if (std::optional<int64_t> value = findOutside(lower, upper))
      error() << "(A3) a value of '" << name << "' is " << *value
              << "; weights of " << showCount(bits, "bit") << " are " << lower
              << " to " << upper;
  } else if (name.ends_with("shift")) {
    Quantity quantity = variable.type == ElementType::U8
                            ? Quantity::Shift
                            : Quantity::SignedShift;
    const Allowed &allowed =
        findLimit(quantity, version, layer.getKind())->allowed;
    if (std::optional<int64_t> value =
            findOutside(allowed.lower, allowed.upper))
      report(quantity, Twine(*value), name);
  } else if (name == "act_step") {
    bool activates = *findParameter(layer, "activation") != 0;
    for (float step : readFloats(values))
      if (!(step >= 0.0625f) || std::isinf(step) ||
          (activates && step >= 16777216.0f))
        return report(Quantity::ActivationStep, showNumber(step));
  }
}

void LayerChecker::checkVariable(const VariableInfo &variable,
                                 ElementsAttr values) {
  SmallVector<int64_t> shape = variable.getShape(layer);
  auto needed = RankedTensorType::get(
      shape, makeElementType(layer->getContext(), variable.type));
  if (values.getType() != needed) {
    error() << "(A3) the variable '" << variable.name << "' is of type "
            << values.getType() << ", needed is " << needed;
    return;
  }
  auto emit = [&] {
    InFlightDiagnostic diagnostic = error();
    diagnostic << "it ";
    return diagnostic;
  };
  if (succeeded(verifyElements(values, emit)))
    checkValues(variable, values);
}

void LayerChecker::checkVariables() {
  for (const VariableInfo &variable : layer.getInfo().variables) {
    auto values = layer->getAttrOfType<ElementsAttr>(variable.name);
    if (!values)
      continue;
    if (hasVariable(layer, variable))
      checkVariable(variable, values);
    else
      error() << "(A3) has no variable '" << variable.name
              << "' with this activation; it belongs to activation = "
              << (variable.presence == Presence::WithReLU ? "relu" : "lut");
  }
}

//===----------------------------------------------------------------------===//
// Results
//===----------------------------------------------------------------------===//

LogicalResult LayerChecker::checkResults() {
  SmallVector<Type> types;
  if (mlir::failed(cast<InferTypeOpInterface>(*layer).inferReturnTypes(
          layer->getContext(), layer->getLoc(), layer->getOperands(),
          layer->getDiscardableAttrDictionary(), layer->getPropertiesStorage(),
          layer->getRegions(), types)))
    return failure();
  if (types.size() == 2) {
    Type memory = layer->getOperand(1).getType();
    if (memory != types[1] || layer->getResult(1).getType() != types[1])
      error() << "its memory is of type " << memory << ", needed is "
              << types[1];
  }
  if (types[0] != layer->getResult(0).getType())
    error() << "(A4) its result is of type " << layer->getResult(0).getType()
            << ", needed is " << types[0];
  return failure(failed);
}

LogicalResult LayerChecker::run() {
  if (layer.getLayerName().empty())
    error() << "(A1) layers have names";
  for (NamedAttribute attribute : layer->getDiscardableAttrs())
    if (!attribute.getName().strref().contains('.'))
      error() << "(A3) it has no parameter or variable '"
              << attribute.getName().strref() << "'";
  if (failed || mlir::failed(checkOperands()))
    return failure();
  checkEachParameter();
  layer.checkParameters(*this);
  // With extents that make no sense, shapes make none.
  if (failed)
    return failure();
  checkVariables();
  layer.checkInputs(*this);
  if (failed)
    return failure();
  return checkResults();
}

LogicalResult verifyLayer(LayerOpInterface layer) {
  return LayerChecker(layer).run();
}

} // namespace akida
} // namespace qml
