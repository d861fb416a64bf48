//===- QMLFolds.cpp - Folders of qml operations ---------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Only what is exact is folded: layers that compute nothing in any stage.
//
//===----------------------------------------------------------------------===//

#include "qml/Dialect/QML/IR/QMLOps.h"

using namespace mlir;
using namespace qml;

OpFoldResult RescalingOp::fold(FoldAdaptor) {
  // Multiplication with one, addition of zero; types that differ convert.
  if (getInput().getType() == getType() && !getFixedAttr() &&
      llvm::all_of(getScale(), [](double value) { return value == 1.0; }) &&
      llvm::all_of(getOffset(), [](double value) { return value == 0.0; }))
    return getInput();
  return {};
}

OpFoldResult ReLUOp::fold(FoldAdaptor) {
  // A second ReLU behind one with the same or a lower maximum, in float.
  auto first = getInput().getDefiningOp<ReLUOp>();
  if (!first || getFixedAttr() || first.getFixedAttr() ||
      getBufferBitwidthAttr())
    return {};
  FloatAttr max = getMaxValueAttr(), firstMax = first.getMaxValueAttr();
  if (!max || (firstMax && firstMax.getValue() <= max.getValue()))
    return getInput();
  return {};
}

OpFoldResult FlattenOp::fold(FoldAdaptor) {
  if (getInput().getType() == getType() && !getInputShiftAttr())
    return getInput();
  return {};
}

OpFoldResult ReshapeOp::fold(FoldAdaptor) {
  if (getInput().getType() == getType())
    return getInput();
  return {};
}
