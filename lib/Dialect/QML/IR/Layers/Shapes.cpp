//===- Shapes.cpp - Layers that compute nothing ---------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../Verify.h"
#include "qml/Dialect/QML/IR/Flattening.h"
#include "qml/Dialect/QML/IR/IntegerLowering.h"
#include "qml/Support/Quote.h"

using namespace mlir;
using namespace qml;

//===----------------------------------------------------------------------===//
// FlattenOp
//===----------------------------------------------------------------------===//

std::string FlattenOp::whyNotQuantizable() { return {}; }

FailureOr<SmallVector<int64_t>> FlattenOp::inferResultShape(EmitError) {
  return inferFlattenShape(getShape(getInput()));
}

LogicalResult FlattenOp::verify() {
  if (failed(verifyTensors(*this)) || failed(verifyStage(*this)) ||
      failed(verifyInputShift(*this)))
    return failure();
  // flatten_c1
  return verifyResultShape(*this);
}

FailureOr<Meaning> FlattenOp::inferMeaning() {
  return getMeaning(getInput())->aligned();
}

int FlattenOp::toInteger(IntegerLowering &lowering) {
  Meaning input = lowering.expectFixedPoint(*this, getInput());
  int bits = input.valueBits;
  // The reference saturates at the bits of the input; the chip shifts within
  // the accumulator of the dense layer after it.
  if (lowering.isAkida() && !input.isPerTensor()) {
    auto next = dyn_cast_or_null<WeightedLayerOpInterface>(getOnlyUser(*this));
    IntegerAttr buffer = next ? next.getBufferBitwidthAttr() : IntegerAttr();
    bits = static_cast<int>(buffer ? buffer.getInt() : 28) - 1;
  }
  lowering.align(*this, input, bits);
  return bits;
}

void FlattenOp::flatten(NetworkFlattener &flattener) {
  flattener.add(*this, AlignedReshape{readVector(getInputShiftAttr())});
}

OpFoldResult FlattenOp::fold(FoldAdaptor) {
  if (getInput().getType() == getType() && !getInputShiftAttr())
    return getInput();
  return {};
}

//===----------------------------------------------------------------------===//
// ReshapeOp
//===----------------------------------------------------------------------===//

std::string ReshapeOp::whyNotQuantizable() { return {}; }

FailureOr<SmallVector<int64_t>> ReshapeOp::inferResultShape(EmitError error) {
  ArrayRef<int64_t> input = getShape(getInput()),
                    result = getShape(getResult());
  // reshape_c1
  if (getNumElementsPerSample(input) != getNumElementsPerSample(result) ||
      (!ShapedType::isDynamic(input[0]) && !ShapedType::isDynamic(result[0]) &&
       input[0] != result[0])) {
    error() << "makes a shape of " << toString(result) << " from one of "
            << toString(input) << "; a sample must keep its number of elements";
    return failure();
  }
  return llvm::to_vector(result);
}

LogicalResult ReshapeOp::verify() {
  if (failed(verifyTensors(*this)))
    return failure();
  // reshape_c2
  if (std::optional<Meaning> input = getMeaning(getInput());
      input && input->isPerChannel() && movesChannels(*this))
    return emitOpError() << "changes the last axis of integers that have a "
                            "binary point or a scale per channel";
  return failure(failed(verifyStage(*this)) ||
                 failed(verifyResultShape(*this)));
}

FailureOr<Meaning> ReshapeOp::inferMeaning() { return *getMeaning(getInput()); }

int ReshapeOp::toInteger(IntegerLowering &lowering) {
  lowering.expectKeptChannels(*this, "changes");
  return getMeaning(getInput())->valueBits;
}

void ReshapeOp::flatten(NetworkFlattener &flattener) {
  flattener.add(*this, AlignedReshape());
}

OpFoldResult ReshapeOp::fold(FoldAdaptor) {
  if (getInput().getType() == getType())
    return getInput();
  return {};
}

//===----------------------------------------------------------------------===//
// DropoutOp
//===----------------------------------------------------------------------===//

std::string DropoutOp::whyNotQuantizable() { return {}; }

FailureOr<SmallVector<int64_t>> DropoutOp::inferResultShape(EmitError) {
  return getOperandShape(*this);
}

LogicalResult DropoutOp::verify() {
  if (failed(verifyTensors(*this)) || failed(verifyStage(*this)))
    return failure();
  // dropout_c2
  float rate = getRate().convertToFloat();
  if (!(rate >= 0.0f && rate < 1.0f))
    return emitOpError() << "has a rate of " << showNumber(rate)
                         << "; it must be at least 0 and below 1";
  // dropout_c1
  return verifyResultShape(*this);
}

FailureOr<Meaning> DropoutOp::inferMeaning() { return *getMeaning(getInput()); }

int DropoutOp::toInteger(IntegerLowering &) {
  return getMeaning(getInput())->valueBits;
}

void DropoutOp::flatten(NetworkFlattener &flattener) {
  flattener.add(*this, AlignedReshape());
}
