//===- Sums.cpp - Sums of tensors -----------------------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../Verify.h"
#include "qml/Dialect/QML/IR/Flattening.h"
#include "qml/Dialect/QML/IR/IntegerLowering.h"

#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace qml;

std::string AddOp::whyNotQuantizable() { return {}; }

FailureOr<SmallVector<int64_t>> AddOp::inferResultShape(EmitError emitError) {
  ArrayRef<int64_t> lhs = getShape(getLhs()), rhs = getShape(getRhs());
  // add_c1
  if (failed(verifyCompatibleShape(lhs, rhs))) {
    emitError() << "has operands of shapes " << toString(lhs) << " and "
                << toString(rhs) << "; they must be equal";
    return failure();
  }
  // Either may know the batch.
  return llvm::to_vector(ShapedType::isDynamic(lhs.front()) ? rhs : lhs);
}

LogicalResult AddOp::verify() {
  if (failed(verifyTensors(*this)))
    return failure();
  // add_c2
  int64_t channels = getNumChannels(getResult());
  if (failed(verifyNoScales(*this, "adds")) ||
      failed(verifyResultShape(*this)) || failed(verifyStage(*this)) ||
      failed(verifyShifts(*this, "a_shift", getAShiftAttr(), channels)) ||
      failed(verifyShifts(*this, "b_shift", getBShiftAttr(), channels)))
    return failure();
  return success();
}

static Channels<int32_t> getCommonFracBits(const Meaning &lhs,
                                           const Meaning &rhs) {
  auto larger = [](int32_t a, int32_t b) { return std::max(a, b); };
  return mapChannels(larger, lhs.fracBits, rhs.fracBits);
}

FailureOr<Meaning> AddOp::inferMeaning() {
  Meaning sum;
  sum.fracBits =
      getCommonFracBits(*getMeaning(getLhs()), *getMeaning(getRhs()));
  // Half of a number has its integer, and one fractional bit more.
  if (getAverage())
    for (int32_t &bits : sum.fracBits.values)
      ++bits;
  sum.valueBits = static_cast<int>(getBufferBitwidth().value_or(32)) - 1;
  return sum;
}

int AddOp::toInteger(IntegerLowering &lowering) {
  Meaning lhs = lowering.expectFixedPoint(*this, getLhs());
  Meaning rhs = lowering.expectFixedPoint(*this, getRhs());
  int bits = static_cast<int>(getBufferBitwidth().value_or(32)) - 1;
  auto subtract = [](int32_t a, int32_t b) { return a - b; };
  Channels<int32_t> common = getCommonFracBits(lhs, rhs);
  Channels<int32_t> aShift = mapChannels(subtract, common, lhs.fracBits);
  Channels<int32_t> bShift = mapChannels(subtract, common, rhs.fracBits);
  for (const Channels<int32_t> *shift : {&aShift, &bShift})
    for (int32_t value : shift->values)
      if (value >= bits) {
        lowering.error(*this)
            << "the binary points of its inputs are " << value
            << " bits apart; its buffer has " << bits << " value bits";
        return bits;
      }
  StringRef name = getLayerName();
  setAShiftAttr(makeIntAttr(getContext(), name + "_a_shift", aShift));
  setBShiftAttr(makeIntAttr(getContext(), name + "_b_shift", bShift));
  return bits;
}

void AddOp::flatten(NetworkFlattener &flattener) {
  Add add;
  if (std::optional<Meaning> meaning = getMeaning(getResult()))
    add.bufferBits = meaning->valueBits;
  add.aShift = readVector(getAShiftAttr());
  add.bShift = readVector(getBShiftAttr());
  if (!getAverage() || !isFloatTensor(getResult()))
    return flattener.add(*this, std::move(add));
  int sum = flattener.addInner(
      *this, std::move(add),
      {flattener.getTensor(getLhs()), flattener.getTensor(getRhs())},
      makeTensor(getResult()));
  flattener.add(*this, Rescaling{{0.5f}, {0.0f}}, {sum});
}
