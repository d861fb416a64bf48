//===- Products.cpp - Products of tensors ---------------------------------===//
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

/// Whether a tensor is a vector of `channels` values for each sample.
static bool isVectorOf(ArrayRef<int64_t> shape, int64_t channels) {
  return shape.size() >= 2 && shape.back() == channels &&
         llvm::all_of(shape.drop_front().drop_back(),
                      [](int64_t extent) { return extent == 1; });
}

std::string MultiplyOp::whyNotQuantizable() { return {}; }

FailureOr<SmallVector<int64_t>>
MultiplyOp::inferResultShape(EmitError emitError) {
  ArrayRef<int64_t> lhs = getShape(getLhs()), rhs = getShape(getRhs());
  // The batch is the same, and either may know it.
  bool haveOneBatch =
      succeeded(verifyCompatibleShape(lhs.take_front(), rhs.take_front()));
  int64_t batch =
      ShapedType::isDynamic(lhs.front()) ? rhs.front() : lhs.front();
  SmallVector<int64_t> result;
  if (lhs.drop_front() == rhs.drop_front() || isVectorOf(rhs, lhs.back()))
    result.assign(lhs.begin(), lhs.end());
  else if (isVectorOf(lhs, rhs.back()))
    result.assign(rhs.begin(), rhs.end());
  // multiply_c1
  if (result.empty() || !haveOneBatch) {
    emitError() << "has operands of shapes " << toString(lhs) << " and "
                << toString(rhs)
                << "; they must be equal, or one a vector of the other's "
                   "channels";
    return failure();
  }
  result.front() = batch;
  return result;
}

LogicalResult MultiplyOp::verify() {
  // multiply_c2, multiply_c3
  return failure(failed(verifyTensors(*this)) ||
                 failed(verifyNoScales(*this, "multiplies")) ||
                 failed(verifyResultShape(*this)) ||
                 failed(verifyStage(*this)));
}

FailureOr<Meaning> MultiplyOp::inferMeaning() {
  auto add = [](int32_t a, int32_t b) { return a + b; };
  Meaning product;
  product.fracBits = mapChannels(add, getMeaning(getLhs())->fracBits,
                                 getMeaning(getRhs())->fracBits);
  product.valueBits = static_cast<int>(getBufferBitwidth().value_or(32)) - 1;
  return product;
}

int MultiplyOp::toInteger(IntegerLowering &lowering) {
  int bits = static_cast<int>(getBufferBitwidth().value_or(32)) - 1;
  for (Value operand : getOperands())
    lowering.checkPromotion(*this, lowering.expectFixedPoint(*this, operand),
                            bits);
  return bits;
}

void MultiplyOp::flatten(NetworkFlattener &flattener) {
  Multiply multiply;
  if (std::optional<Meaning> meaning = getMeaning(getResult()))
    multiply.bufferBits = meaning->valueBits;
  // The vector comes second.
  int lhs = flattener.getTensor(getLhs()), rhs = flattener.getTensor(getRhs());
  if (getShape(getLhs()).drop_front() != getShape(getResult()).drop_front())
    std::swap(lhs, rhs);
  flattener.add(*this, multiply, {lhs, rhs});
}
