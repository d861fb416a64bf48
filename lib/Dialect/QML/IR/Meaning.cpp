//===- Meaning.cpp - What the integers of a tensor stand for --------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "qml/Dialect/QML/IR/Meaning.h"

#include "qml/Dialect/QML/IR/ShapeInference.h"

using namespace mlir;

namespace qml {

Meaning Meaning::aligned() const {
  Meaning result = *this;
  if (!isPerTensor())
    result.fracBits = Channels<int32_t>::scalar(maxOf(fracBits));
  return result;
}

Meaning Meaning::scaledBy(const Channels<float> &factor) const {
  Meaning result = *this;
  auto multiply = [](float a, float b) { return a * b; };
  result.scales = scales ? mapChannels(multiply, *scales, factor) : factor;
  return result;
}

bool areSameButForBits(const Meaning &a, const Meaning &b) {
  auto areEqual = [](const auto &x, const auto &y) {
    if (x.size() != y.size() && x.size() != 1 && y.size() != 1)
      return false;
    size_t count = std::max(x.size(), y.size());
    for (size_t c = 0; c != count; ++c)
      if (x[c] != y[c])
        return false;
    return true;
  };
  return areEqual(a.fracBits, b.fracBits) &&
         areEqual(a.scalesOr1(), b.scalesOr1());
}

FixedAttr getFixed(Value value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  return type ? dyn_cast_or_null<FixedAttr>(type.getEncoding()) : FixedAttr();
}

std::optional<Meaning> getMeaning(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  auto integer =
      tensor ? dyn_cast<IntegerType>(tensor.getElementType()) : IntegerType();
  if (!integer)
    return std::nullopt;
  Meaning meaning;
  auto fixed = dyn_cast_or_null<FixedAttr>(tensor.getEncoding());
  if (!fixed) {
    meaning.valueBits = integer.getWidth() - (integer.isUnsigned() ? 0 : 1);
    return meaning;
  }
  meaning.valueBits = fixed.getValueBits();
  meaning.fracBits = readIntChannels(fixed.getFracBits());
  if (fixed.getScale())
    meaning.scales = readFloatChannels(fixed.getScale());
  return meaning;
}

std::optional<Meaning> getMeaning(Value value) {
  return getMeaning(value.getType());
}

FixedAttr makeFixed(MLIRContext *context, const Twine &name,
                    const Meaning &meaning) {
  ElementsAttr fracBits =
      makeIntAttr(context, name + "_frac_bits", meaning.fracBits);
  ElementsAttr scale;
  if (meaning.scales)
    scale = makeFloatAttr(context, name + "_scale", *meaning.scales);
  return FixedAttr::get(context, meaning.valueBits, fracBits, scale);
}

RankedTensorType getIntegerType(RankedTensorType like, FixedAttr fixed) {
  return RankedTensorType::get(
      like.getShape(), getStorageType(like.getContext(), fixed.getValueBits()),
      fixed);
}

RankedTensorType getFloatType(RankedTensorType like) {
  return RankedTensorType::get(like.getShape(),
                               Float32Type::get(like.getContext()));
}

bool isFloatTensor(Value value) {
  return cast<RankedTensorType>(value.getType()).getElementType().isF32();
}

ArrayRef<int64_t> getShape(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape();
}

int64_t getNumChannels(Value value) { return getShape(value).back(); }

std::vector<int64_t> readAligned(ElementsAttr values, ElementsAttr shift,
                                 int valueBits, Arithmetic arithmetic) {
  if (!values)
    return {};
  std::vector<int64_t> result = readIntegers(values);
  if (!shift)
    return result;
  std::vector<int64_t> shifts = readIntegers(shift);
  IntegerRange range = integerRange(valueBits, arithmetic);
  if (result.size() == 1)
    result.resize(shifts.size(), result.front());
  for (size_t i = 0; i != result.size(); ++i)
    result[i] = shiftLeft(result[i], shifts[shifts.size() == 1 ? 0 : i], range);
  return result;
}

} // namespace qml
