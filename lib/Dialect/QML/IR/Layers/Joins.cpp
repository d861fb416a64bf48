//===- Joins.cpp - Tensors side by side -----------------------------------===//
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

std::string ConcatenateOp::whyNotQuantizable() { return {}; }

FailureOr<SmallVector<int64_t>>
ConcatenateOp::inferResultShape(EmitError emitError) {
  SmallVector<int64_t> result(getShape(getInputs().front()));
  for (Value input : getInputs().drop_front()) {
    ArrayRef<int64_t> shape = getShape(input);
    // concatenate_c2
    if (shape.size() != result.size() ||
        failed(verifyCompatibleShape(shape.drop_back(),
                                     ArrayRef(result).drop_back()))) {
      emitError() << "joins tensors of shapes "
                  << toString(getShape(getInputs().front())) << " and "
                  << toString(shape) << "; all axes but the last must be equal";
      return failure();
    }
    // Any of them may know the batch.
    if (ShapedType::isDynamic(result.front()))
      result.front() = shape.front();
    result.back() += shape.back();
  }
  return result;
}

LogicalResult ConcatenateOp::verify() {
  // concatenate_c1
  if (getInputs().empty())
    return emitOpError() << "has no inputs; it joins one or more";
  if (failed(verifyTensors(*this)))
    return failure();
  // concatenate_c3
  if (failed(verifyNoScales(*this, "joins")) ||
      failed(verifyResultShape(*this)) || failed(verifyStage(*this)))
    return failure();
  // concatenate_c4
  if (FixedAttr fixed = getFixed(getResult()))
    if (int found = fixed.getValueBits(), bits = inferMeaning()->valueBits;
        found != bits)
      return emitOpError() << "has a result of " << found
                           << " value bits; its inputs give " << bits;
  return success();
}

FailureOr<Meaning> ConcatenateOp::inferMeaning() {
  if (getInputs().size() == 1)
    return *getMeaning(getInputs().front());
  // One for each channel, also where all are equal, as in the reference.
  Meaning result;
  result.fracBits = {};
  for (Value input : getInputs()) {
    Meaning meaning = *getMeaning(input);
    result.valueBits = std::max(result.valueBits, meaning.valueBits);
    for (int64_t c = 0, count = getNumChannels(input); c != count; ++c)
      result.fracBits.values.push_back(meaning.fracBits[c]);
  }
  return result;
}

int ConcatenateOp::toInteger(IntegerLowering &lowering) {
  int bits = 0;
  for (Value input : getInputs())
    bits = std::max(bits, lowering.expectFixedPoint(*this, input).valueBits);
  return bits;
}

void ConcatenateOp::flatten(NetworkFlattener &flattener) {
  flattener.add(*this, Concatenate());
}

OpFoldResult ConcatenateOp::fold(FoldAdaptor) {
  if (getInputs().size() == 1 && getInputs().front().getType() == getType())
    return getInputs().front();
  return {};
}
