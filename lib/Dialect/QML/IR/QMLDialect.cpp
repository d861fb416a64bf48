//===- QMLDialect.cpp - The qml dialect -----------------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "qml/Dialect/QML/IR/QMLDialect.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "qml/Dialect/QML/IR/QMLOps.h"

using namespace mlir;
using namespace qml;

#include "qml/Dialect/QML/IR/QMLDialect.cpp.inc"

void QMLDialect::initialize() {
  registerAttributes();
  registerBytecode();
  addOperations<
#define GET_OP_LIST
#include "qml/Dialect/QML/IR/QMLOps.cpp.inc"
      >();
}

LogicalResult QMLDialect::verifyOperationAttribute(Operation *op,
                                                   NamedAttribute attribute) {
  if (attribute.getName() == arithmeticAttrName) {
    auto value = dyn_cast<StringAttr>(attribute.getValue());
    if (!isa<ModuleOp>(op) || !value ||
        (value != "quantizeml" && value != "akida"))
      return op->emitError() << "'" << arithmeticAttrName
                             << "' is an attribute of modules, \"quantizeml\" "
                                "or \"akida\"; found "
                             << attribute.getValue();
    return success();
  }
  return op->emitError() << "unknown attribute '"
                         << attribute.getName().strref()
                         << "'; the dialect has '" << arithmeticAttrName
                         << "' on modules and '" << inputNameAttrName
                         << "' on arguments";
}

LogicalResult QMLDialect::verifyRegionArgAttribute(Operation *op, unsigned,
                                                   unsigned argument,
                                                   NamedAttribute attribute) {
  if (attribute.getName() != inputNameAttrName)
    return op->emitError() << "unknown attribute '"
                           << attribute.getName().strref() << "' of argument "
                           << argument << "; the dialect has '"
                           << inputNameAttrName << "'";
  if (!isa<StringAttr>(attribute.getValue()))
    return op->emitError() << "'" << inputNameAttrName << "' of argument "
                           << argument << " must be a string; found "
                           << attribute.getValue();
  return success();
}
