//===- Merges.cpp - Layers of two inputs ----------------------------------===//
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
// Add
//===----------------------------------------------------------------------===//

static constexpr VariableInfo aShift{"a_shift", ElementType::U8, perInput};
static constexpr VariableInfo bShift{"b_shift", ElementType::U8, perInput};

const LayerInfo &AddOp::getInfo() {
  static const VariableInfo variables[] = {aShift, bShift,
                                           variables::outputShift};
  static const Limit limits[] = {
      {Quantity::AddInputBits, V2Only, 0, "input of {} bits", "additions take",
       Allowed::range(1, 8), "", "", "engine"},
      {Quantity::AddOutputBits, V2Only, 0,
       "sum of two unsigned inputs in {} bits", "additions take",
       Allowed::range(1, 31), "", "", "engine"},
      {Quantity::EqualInputs, V2Only, 0, "inputs", "additions take", Allowed(),
       "two images of the same extents", "", "engine"},
  };
  static const LayerInfo info = {kind,
                                 V2Only,
                                 engineType,
                                 engineType,
                                 LayerClass::Rescaled |
                                     LayerClass::NoFirstLayer,
                                 variables,
                                 limits};
  return info;
}

LogicalResult AddOp::inferReturnTypes(MLIRContext *context,
                                      std::optional<Location> location,
                                      Adaptor adaptor,
                                      SmallVectorImpl<Type> &types) {
  Image image = getImage(adaptor.getA());
  return inferResult<AddOp>(
      adaptor, {image.height, image.width}, image.channels,
      IntegerType::get(context, adaptor.getOutputBits() <= 8 ? 8 : 32),
      location, types);
}

std::optional<IntegerFormat> AddOp::getResultFormat() {
  return IntegerFormat{getOutputBits(), true};
}

void AddOp::checkParameters(LayerChecker &) {}

void AddOp::checkInputs(LayerChecker &checker) {
  IntegerFormat a = getFormat(getA()), b = getFormat(getB());
  for (IntegerFormat format : {a, b})
    checker.limit(Quantity::AddInputBits, format.bits);
  if (!a.isSigned && !b.isSigned)
    checker.limit(Quantity::AddOutputBits, getOutputBits());
  Image first = getImage(getA()), second = getImage(getB());
  if (first.height != second.height || first.width != second.width ||
      first.channels != second.channels)
    checker.report(Quantity::EqualInputs,
                   Twine(first.height) + "x" + Twine(first.width) + "x" +
                       Twine(first.channels) + " and " + Twine(second.height) +
                       "x" + Twine(second.width) + "x" +
                       Twine(second.channels));
}

int AddOp::flatten(LayerFlattener &to) {
  int bits = getBufferBits() - 1;
  int a = to.lookup(getA()), b = to.lookup(getB());
  Add sum{bits, readInts(*this, aShift), readInts(*this, bShift)};
  int tensor = to.add(sum, {a, b}, to.shapeOf(a), bits);
  OutputQuantizer quantizer;
  quantizer.bufferBits = bits;
  quantizer.shift = readInts(*this, variables::outputShift);
  return to.addResult(*this, quantizer, {tensor});
}

int AddOp::flattenPrediction(LayerFlattener &, int tensor) { return tensor; }

//===----------------------------------------------------------------------===//
// Concatenate
//===----------------------------------------------------------------------===//

const LayerInfo &ConcatenateOp::getInfo() {
  static const Limit limits[] = {
      {Quantity::JoinedInputs, V2Only, 0, "inputs", "concatenations take",
       Allowed(), "images of the same height, width, bits and sign",
       "give the layers before it the same output bits", "engine"},
  };
  static const LayerInfo info = {kind, V2Only, engineType, engineType,
                                 0,    {},     limits};
  return info;
}

LogicalResult ConcatenateOp::inferReturnTypes(MLIRContext *,
                                              std::optional<Location> location,
                                              Adaptor adaptor,
                                              SmallVectorImpl<Type> &types) {
  Image a = getImage(adaptor.getA()), b = getImage(adaptor.getB());
  return inferResult<ConcatenateOp>(
      adaptor, {a.height, a.width}, a.channels + b.channels,
      cast<RankedTensorType>(adaptor.getA().getType()).getElementType(),
      location, types);
}

std::optional<IntegerFormat> ConcatenateOp::getResultFormat() {
  return std::nullopt;
}

void ConcatenateOp::checkParameters(LayerChecker &) {}

void ConcatenateOp::checkInputs(LayerChecker &checker) {
  IntegerFormat a = getFormat(getA()), b = getFormat(getB());
  Image first = getImage(getA()), second = getImage(getB());
  if (first.height != second.height || first.width != second.width ||
      a.bits != b.bits || a.isSigned != b.isSigned)
    checker.report(Quantity::JoinedInputs,
                   Twine(first.height) + "x" + Twine(first.width) + " of " +
                       describe(a) + " and " + Twine(second.height) + "x" +
                       Twine(second.width) + " of " + describe(b));
}

int ConcatenateOp::flatten(LayerFlattener &to) {
  return to.addResult(*this, Concatenate(),
                      {to.lookup(getA()), to.lookup(getB())});
}

int ConcatenateOp::flattenPrediction(LayerFlattener &, int tensor) {
  return tensor;
}

} // namespace akida
} // namespace qml
