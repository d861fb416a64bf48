//===- Pools.cpp - Pools --------------------------------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../Verify.h"
#include "qml/Dialect/QML/IR/Flattening.h"
#include "qml/Dialect/QML/IR/IntegerLowering.h"

using namespace mlir;
using namespace qml;

//===----------------------------------------------------------------------===//
// MaxPool2DOp
//===----------------------------------------------------------------------===//

std::string MaxPool2DOp::whyNotQuantizable() { return {}; }

FailureOr<SmallVector<int64_t>> MaxPool2DOp::inferResultShape(EmitError error) {
  return inferWindowShape(getShape(getInput()), getPoolSize(), getStrides(),
                          {1, 1}, getPadding(), getNumChannels(getInput()),
                          error);
}

LogicalResult MaxPool2DOp::verify() {
  // max_pool_2d_c1
  if (failed(verifyTensors(*this)) || failed(verifyStage(*this)) ||
      failed(verifyImage(*this)))
    return failure();
  // max_pool_2d_c2
  if (failed(verifyPositive(*this, "pool_size", getPoolSize())) ||
      failed(verifyPositive(*this, "strides", getStrides())))
    return failure();
  // max_pool_2d_c4
  if (!arePadsBelowWindow(getPadding(), getPoolSize()))
    return emitOpError() << "has pads of " << toString(getPadding().getPads())
                         << " and a window of " << toString(getPoolSize())
                         << "; pads are less than the window";
  // max_pool_2d_c3
  return verifyResultShape(*this);
}

FailureOr<Meaning> MaxPool2DOp::inferMeaning() {
  return *getMeaning(getInput());
}

int MaxPool2DOp::toInteger(IntegerLowering &) {
  return getMeaning(getInput())->valueBits;
}

void MaxPool2DOp::flatten(NetworkFlattener &flattener) {
  flattener.add(*this,
                MaxPool2D{makeWindow(getInput(), getPoolSize(), getStrides(),
                                     {1, 1}, getPadding())});
}

//===----------------------------------------------------------------------===//
// GlobalAveragePool2DOp
//===----------------------------------------------------------------------===//

std::string GlobalAveragePool2DOp::whyNotQuantizable() { return {}; }

FailureOr<SmallVector<int64_t>>
GlobalAveragePool2DOp::inferResultShape(EmitError) {
  return inferGlobalPoolShape(getShape(getInput()), getKeepDims());
}

LogicalResult GlobalAveragePool2DOp::verify() {
  // global_average_pool_2d_c1
  if (failed(verifyTensors(*this)) || failed(verifyImage(*this)) ||
      failed(verifyStage(*this)) ||
      failed(verifyShifts(*this, "input_shift", getInputShiftAttr(),
                          getNumChannels(getInput()))))
    return failure();
  // global_average_pool_2d_c2
  return verifyResultShape(*this);
}

FailureOr<Meaning> GlobalAveragePool2DOp::inferMeaning() {
  ArrayRef<int64_t> image = getShape(getInput());
  // The mean divides by a constant, which the reference's graph makes a
  // multiplication.
  float divisor =
      static_cast<float>(1.0 / static_cast<double>(image[1] * image[2]));
  Meaning sum = getMeaning(getInput())
                    ->aligned()
                    .scaledBy(Channels<float>::scalar(divisor));
  sum.valueBits = getBufferBitwidth().value_or(32);
  return sum;
}

int GlobalAveragePool2DOp::toInteger(IntegerLowering &lowering) {
  int bits = lowering.isAkida() ? getGroupProductBits(*this)
                                : getBufferBitwidth().value_or(32);
  lowering.align(*this, *getMeaning(getInput()), bits);
  return bits;
}

void GlobalAveragePool2DOp::flatten(NetworkFlattener &flattener) {
  flattener.add(*this, GlobalAveragePool2D{flattener.makeAccumulator(*this)});
}
