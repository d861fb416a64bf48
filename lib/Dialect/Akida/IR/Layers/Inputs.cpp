//===- Inputs.cpp - Layers at the ends of models --------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LayerParts.h"

using namespace mlir;

namespace qml {
namespace akida {

//===----------------------------------------------------------------------===//
// InputData
//===----------------------------------------------------------------------===//

static EngineParameters describeInputData(mlir::Operation *layer) {
  EngineParameters parameters = describeInput(layer);
  int bits = cast<InputDataOp>(layer).getInputBits();
  parameters.emplace_back("input_signed", formatOf(bits).isSigned);
  return parameters;
}

const LayerInfo &InputDataOp::getInfo() {
  static const Limit limits[] = {
      {Quantity::InputBits, V2Only, 0, "inputs of {} bits", "networks run on",
       Allowed::range(1, 8), "", "use int8 or uint8 inputs", "engine"},
      {Quantity::InputBits, V1Only, 0, "inputs of {} bits", "networks run on",
       Allowed::range(1, 4), "", "", "engine"},
  };
  static const LayerInfo info = {kind,
                                 BothVersions,
                                 engineType,
                                 engineType,
                                 LayerClass::NoFirstLayer,
                                 {},
                                 limits,
                                 describeInputData};
  return info;
}

LogicalResult InputDataOp::inferReturnTypes(MLIRContext *,
                                            std::optional<Location>,
                                            Adaptor adaptor,
                                            SmallVectorImpl<Type> &types) {
  types.push_back(adaptor.getInput().getType());
  return success();
}

std::optional<IntegerFormat> InputDataOp::getResultFormat() {
  return formatOf(getInputBits());
}

void InputDataOp::checkParameters(LayerChecker &) {}

void InputDataOp::checkInputs(LayerChecker &checker) {
  Type type = getInput().getType().getElementType();
  int64_t bits = getInputBits();
  Type expected = getResultElementType(getContext(), bits);
  if (type != expected)
    checker.error() << "inputs of " << bits << " bits are of type " << expected
                    << ", found " << type;
  // Recurrences alone read 16 bits.
  bool isWide = bits == 16 && llvm::all_of((*this)->getUsers(), [](auto *user) {
                  return isa<StatefulRecurrentOp, PicoPostProcessingOp>(user);
                });
  if (!isWide)
    checker.limit(Quantity::InputBits, bits);
}

int InputDataOp::flatten(LayerFlattener &to) {
  int input = to.lookup(getInput());
  // Values of fewer bits than their type holds are checked.
  Tensor &tensor = to.getTensor(input);
  if (!tensor.fixed)
    tensor.fixed = Fixed{formatOf(getInputBits()).valueBits(), {0}, {}};
  return input;
}

int InputDataOp::flattenPrediction(LayerFlattener &, int tensor) {
  return tensor;
}

//===----------------------------------------------------------------------===//
// Quantizer
//===----------------------------------------------------------------------===//

static constexpr VariableInfo quantizerScales{"scales", ElementType::F32,
                                              perInput};
static constexpr VariableInfo zeroPoints{"zero_points", ElementType::U8,
                                         perInput};

static EngineParameters describeQuantizer(mlir::Operation *layer) {
  EngineParameters parameters = describeInput(layer);
  // Tensors here have their channels last.
  parameters.emplace_back("channels_first", 0);
  return parameters;
}

const LayerInfo &QuantizerOp::getInfo() {
  static const VariableInfo variables[] = {quantizerScales, zeroPoints};
  static const Limit limits[] = {
      {Quantity::QuantizerBits, BothVersions, 0, "output bits",
       "quantizers take", Allowed::oneOf({4, 8}), "",
       "use an input type of 8 bits", "engine"},
  };
  static const LayerInfo info = {
      kind, BothVersions, engineType, engineType,
      0,    variables,    limits,     describeQuantizer};
  return info;
}

LogicalResult QuantizerOp::inferReturnTypes(MLIRContext *context,
                                            std::optional<Location>,
                                            Adaptor adaptor,
                                            SmallVectorImpl<Type> &types) {
  auto input = cast<RankedTensorType>(adaptor.getInput().getType());
  types.push_back(input.clone(IntegerType::get(context, 8,
                                               adaptor.getOutputSigned()
                                                   ? IntegerType::Signless
                                                   : IntegerType::Unsigned)));
  return success();
}

std::optional<IntegerFormat> QuantizerOp::getResultFormat() {
  return IntegerFormat{getOutputBits(), getOutputSigned()};
}

void QuantizerOp::checkParameters(LayerChecker &checker) {
  checker.limit(Quantity::QuantizerBits, getOutputBits());
}

void QuantizerOp::checkInputs(LayerChecker &) {}

int QuantizerOp::flatten(LayerFlattener &to) {
  InputQuantizer quantizer;
  quantizer.zeroPoints = readInts(*this, zeroPoints);
  quantizer.scales = readFloatVariable(*this, quantizerScales);
  quantizer.isUnsigned = !getOutputSigned();
  return to.addResult(*this, quantizer, {to.lookup(getInput())});
}

int QuantizerOp::flattenPrediction(LayerFlattener &, int tensor) {
  return tensor;
}

//===----------------------------------------------------------------------===//
// Dequantizer
//===----------------------------------------------------------------------===//

static constexpr VariableInfo dequantizerScales{"scales", ElementType::F32,
                                                perInput, 1};

const LayerInfo &DequantizerOp::getInfo() {
  static const VariableInfo variables[] = {dequantizerScales};
  static const LayerInfo info = {kind, BothVersions, engineType, engineType,
                                 0,    variables,    {}};
  return info;
}

LogicalResult DequantizerOp::inferReturnTypes(MLIRContext *context,
                                              std::optional<Location>,
                                              Adaptor adaptor,
                                              SmallVectorImpl<Type> &types) {
  auto input = cast<RankedTensorType>(adaptor.getInput().getType());
  types.push_back(input.clone(Float32Type::get(context)));
  return success();
}

std::optional<IntegerFormat> DequantizerOp::getResultFormat() {
  return IntegerFormat{32, true};
}

void DequantizerOp::checkParameters(LayerChecker &) {}
void DequantizerOp::checkInputs(LayerChecker &) {}

int DequantizerOp::flatten(LayerFlattener &to) {
  return to.add(Dequantizer{readFloatVariable(*this, dequantizerScales)},
                {to.lookup(getInput())}, getShapeOf(getResult()),
                ElementType::F32, std::nullopt);
}

int DequantizerOp::flattenPrediction(LayerFlattener &, int tensor) {
  return tensor;
}

} // namespace akida
} // namespace qml
