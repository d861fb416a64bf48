//===- Dense.cpp - Matrix products ----------------------------------------===//
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

SmallVector<KernelInfo, 1> DenseOp::getKernels() {
  return {{"kernel", "", getKernel(), getOutputAxis(),
           /*hasExplicitAxis=*/false}};
}

std::string DenseOp::whyNotQuantizable() {
  return whyNotWithActivation(getActivationAttr());
}

FailureOr<SmallVector<int64_t>> DenseOp::inferResultShape(EmitError) {
  return inferDenseShape(getShape(getInput()), getNumOutputChannels());
}

LogicalResult DenseOp::verify() {
  // dense_c2
  if (failed(verifyKernelShape(*this, getKernel(), 2, "(in, out)")) ||
      failed(verifyWeights(*this)))
    return failure();
  // dense_c1
  int64_t inputs = cast<ShapedType>(getKernel().getType()).getDimSize(0);
  if (inputs != getNumChannels(getInput()))
    return emitOpError() << "has a kernel for " << inputs
                         << " inputs; the input's last axis has "
                         << getNumChannels(getInput());
  // dense_c3
  return verifyResultShape(*this);
}

FailureOr<Meaning> DenseOp::inferMeaning() {
  Meaning sum = getMeaning(getInput())
                    ->aligned()
                    .scaledBy(readFloatChannels(getKernelScalesAttr()));
  sum.valueBits = getSumBits(*this);
  return sum;
}

int DenseOp::toInteger(IntegerLowering &lowering) {
  Meaning input =
      lowering.align(*this, *getMeaning(getInput()), getSumBits(*this));
  lowering.expectOneScale(*this, input);
  return lowering.lowerWeights(*this, input);
}

void DenseOp::flatten(NetworkFlattener &flattener) {
  Dense dense;
  dense.kernel = flattener.makeConstant(getKernel());
  dense.bias = flattener.makeBias(*this);
  dense.accumulator =
      flattener.makeProductAccumulator(*this, /*wrapsAround=*/false);
  flattener.add(*this, std::move(dense));
}
