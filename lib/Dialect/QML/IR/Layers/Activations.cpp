//===- Activations.cpp - Functions of single values -----------------------===//
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
// ReLUOp
//===----------------------------------------------------------------------===//

std::string ReLUOp::whyNotQuantizable() { return {}; }

FailureOr<SmallVector<int64_t>> ReLUOp::inferResultShape(EmitError) {
  return getOperandShape(*this);
}

LogicalResult ReLUOp::verify() {
  if (failed(verifyTensors(*this)) || failed(verifyStage(*this)))
    return failure();
  // relu_c1
  if (FloatAttr max = getMaxValueAttr()) {
    float value = max.getValue().convertToFloat();
    if (!(value > 0.0f) || std::isinf(value))
      return emitOpError() << "has a maximum of " << showNumber(value)
                           << "; it must be positive and finite";
  }
  // relu_c3
  if (!isFloatTensor(getResult()) && getMaxValueAttr() &&
      !getQuantizedMaxValueAttr())
    return emitOpError()
           << "computes integers up to a maximum without 'quantized_max_value'";
  int64_t channels = getNumChannels(getInput());
  if (failed(verifyVector(*this, "quantized_max_value",
                          getQuantizedMaxValueAttr(), channels)) ||
      failed(verifyShifts(*this, "max_value_shift", getMaxValueShiftAttr(),
                          channels)))
    return failure();
  // relu_c2
  return verifyResultShape(*this);
}

FailureOr<Meaning> ReLUOp::inferMeaning() {
  Meaning result = *getMeaning(getInput());
  result.scales = result.scalesOr1();
  result.valueBits = getBufferBitwidth().value_or(32);
  return result;
}

/// Value bits of a ReLU's buffer. The reference gives it one of its own,
/// without a sign; to the chip it is a part of the layer whose sums it
/// rectifies, and all buffers have a sign.
static int getBufferValueBits(ReLUOp relu, bool isAkida) {
  Meaning input = *getMeaning(relu.getInput());
  int bits = static_cast<int>(relu.getBufferBitwidth().value_or(32));
  if (!isAkida)
    return bits;
  return input.scales ? input.valueBits : bits - 1;
}

int ReLUOp::toInteger(IntegerLowering &lowering) {
  Meaning input = *getMeaning(getInput());
  int bits = getBufferValueBits(*this, lowering.isAkida());
  lowering.checkPromotion(*this, input, bits);
  if (FloatAttr max = getMaxValueAttr()) {
    AlignedQuantizerAttr quantizer = getMaxValueQuantizerAttr();
    if (!quantizer)
      quantizer = AlignedQuantizerAttr::get(getContext(), 8, false);
    lowering.setAligned(
        *this, "quantized_max_value", "max_value_shift", "maximum",
        Channels<float>::scalar(max.getValue().convertToFloat()), quantizer,
        {bits, input.fracBits, input.scalesOr1()});
  }
  return bits;
}

void ReLUOp::flatten(NetworkFlattener &flattener) {
  ReLU relu;
  if (getMaxValueAttr())
    relu.maxValue = getMaxValueAttr().getValue().convertToFloat();
  if (!isFloatTensor(getResult())) {
    relu.integerMaxValue = readAligned(
        getQuantizedMaxValueAttr(), getMaxValueShiftAttr(),
        getBufferValueBits(*this, flattener.isAkida()), flattener.getRules());
  }
  flattener.add(*this, std::move(relu));
}

OpFoldResult ReLUOp::fold(FoldAdaptor) {
  // A second ReLU after one with the same or a lower maximum, in float.
  auto first = getInput().getDefiningOp<ReLUOp>();
  if (!first || !isFloatTensor(getResult()) || getBufferBitwidthAttr())
    return {};
  FloatAttr max = getMaxValueAttr(), firstMax = first.getMaxValueAttr();
  if (!max || (firstMax && firstMax.getValue() <= max.getValue()))
    return getInput();
  return {};
}

//===----------------------------------------------------------------------===//
// SoftmaxOp
//===----------------------------------------------------------------------===//

std::string SoftmaxOp::whyNotQuantizable() {
  return "exponentials, which have no integer form";
}

FailureOr<SmallVector<int64_t>> SoftmaxOp::inferResultShape(EmitError) {
  return getOperandShape(*this);
}

LogicalResult SoftmaxOp::verify() {
  // softmax_c1
  return failure(failed(verifyTensors(*this)) ||
                 failed(verifyResultShape(*this)));
}

FailureOr<Meaning> SoftmaxOp::inferMeaning() { return failure(); }

int SoftmaxOp::toInteger(IntegerLowering &lowering) {
  lowering.error(*this) << "it has " << whyNotQuantizable();
  return 0;
}

void SoftmaxOp::flatten(NetworkFlattener &flattener) {
  flattener.add(*this, Softmax());
}

//===----------------------------------------------------------------------===//
// LogSoftmaxOp
//===----------------------------------------------------------------------===//

std::string LogSoftmaxOp::whyNotQuantizable() {
  return "logarithms of sums of exponentials, which have no integer form";
}

FailureOr<SmallVector<int64_t>> LogSoftmaxOp::inferResultShape(EmitError) {
  return getOperandShape(*this);
}

LogicalResult LogSoftmaxOp::verify() {
  // log_softmax_c1
  return failure(failed(verifyTensors(*this)) ||
                 failed(verifyResultShape(*this)));
}

FailureOr<Meaning> LogSoftmaxOp::inferMeaning() { return failure(); }

int LogSoftmaxOp::toInteger(IntegerLowering &lowering) {
  lowering.error(*this) << "it has " << whyNotQuantizable();
  return 0;
}

void LogSoftmaxOp::flatten(NetworkFlattener &flattener) {
  flattener.add(*this, Softmax{/*isLogarithm=*/true});
}
