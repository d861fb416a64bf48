//===- Edge.cpp - The edge dialect ----------------------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Edge.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "qml/Dialect/QML/IR/Flattening.h"
#include "qml/Dialect/QML/IR/IntegerLowering.h"

using namespace edge;

#include "EdgeDialect.cpp.inc"

#define GET_OP_CLASSES
#include "EdgeOps.cpp.inc"

void EdgeDialect::initialize() {
  addOperations<
#define GET_OP_LIST
#include "EdgeOps.cpp.inc"
      >();
}

//===----------------------------------------------------------------------===//
// What qml's passes, reports and executors ask of a layer
//===----------------------------------------------------------------------===//

mlir::FailureOr<llvm::SmallVector<int64_t>> PoolReLUOp::inferResultShape(
    llvm::function_ref<mlir::InFlightDiagnostic()> emitError) {
  return qml::inferWindowShape(qml::getShape(getInput()), getPoolSize(),
                               getStrides(), {1, 1}, getPadding(),
                               qml::getNumChannels(getInput()), emitError);
}

std::string PoolReLUOp::whyNotQuantizable() { return {}; }

// The integers of the result are those of the input.
mlir::FailureOr<qml::Meaning> PoolReLUOp::inferMeaning() {
  return *qml::getMeaning(getInput());
}

int PoolReLUOp::toInteger(qml::IntegerLowering &) {
  return qml::getMeaning(getInput())->valueBits;
}

// Executors compute it as two operations.
void PoolReLUOp::flatten(qml::NetworkFlattener &flattener) {
  qml::MaxPool2D pool{qml::makeWindow(getInput(), getPoolSize(), getStrides(),
                                      {1, 1}, getPadding())};
  int pooled = flattener.addInner(*this, std::move(pool),
                                  {flattener.getTensor(getInput())},
                                  qml::makeTensor(getResult()));
  qml::ReLU relu;
  if (getMaxValueAttr())
    relu.maxValue = getMaxValueAttr().getValue().convertToFloat();
  flattener.add(*this, std::move(relu), {pooled});
}
