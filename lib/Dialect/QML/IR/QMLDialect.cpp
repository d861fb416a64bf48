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
#include "qml/Dialect/QML/IR/SampleLayout.h"

using namespace mlir;
using namespace qml;

#include "qml/Dialect/QML/IR/QMLDialect.cpp.inc"

void QMLDialect::initialize() {
  registerAttributes();
  registerBytecode();
  registerAliases();
  addOperations<
#define GET_OP_LIST
#include "qml/Dialect/QML/IR/QMLOps.cpp.inc"
      >();
}

/// An attribute of modules whose value is one of two names.
static LogicalResult verifyModuleAttribute(Operation *op,
                                           NamedAttribute attribute,
                                           StringRef first, StringRef second) {
  auto value = dyn_cast<StringAttr>(attribute.getValue());
  if (isa<ModuleOp>(op) && value && (value == first || value == second))
    return success();
  return op->emitError() << "'" << attribute.getName().strref()
                         << "' is an attribute of modules, \"" << first
                         << "\" or \"" << second << "\"; found "
                         << attribute.getValue();
}

static LogicalResult verifyLayout(Operation *op, const Twine &where,
                                  NamedAttribute attribute) {
  Attribute layout = attribute.getValue();
  if (isLayout(layout, channelsFirstLayout) || isLayout(layout, framesLayout))
    return success();
  return op->emitError() << "'" << layoutAttrName << "' of " << where
                         << " must be \"channels_first\" or \"frames\"; found "
                         << attribute.getValue();
}

LogicalResult QMLDialect::verifyOperationAttribute(Operation *op,
                                                   NamedAttribute attribute) {
  if (attribute.getName() == arithmeticAttrName)
    return verifyModuleAttribute(op, attribute, "quantizeml", "akida");
  if (attribute.getName() == targetAttrName)
    return verifyModuleAttribute(op, attribute, "akida-2.0", "akida-1.0");
  if (attribute.getName() == fracBitsLimitAttrName)
    return verifyModuleAttribute(op, attribute, "value-bits", "widest-channel");
  if (attribute.getName() == recoveryAttrName)
    return verifyModuleAttribute(op, attribute, "bias", "full");
  // Of the function that it was, a model for the hardware keeps it itself.
  if (attribute.getName() == layoutAttrName &&
      op->getName().getStringRef() == "akida.model")
    return verifyLayout(op, "the model", attribute);
  return op->emitError() << "unknown attribute '"
                         << attribute.getName().strref()
                         << "'; the dialect has '" << arithmeticAttrName
                         << "', '" << targetAttrName << "', '"
                         << fracBitsLimitAttrName << "' and '"
                         << recoveryAttrName << "' on modules, '"
                         << layoutAttrName << "' on arguments and '"
                         << nameAttrName << "' and '" << stateAttrName
                         << "' on arguments and results";
}

/// An attribute of an argument or a result that must be a string.
static LogicalResult verifyString(Operation *op, const Twine &where,
                                  NamedAttribute attribute) {
  if (isa<StringAttr>(attribute.getValue()))
    return success();
  return op->emitError() << "'" << attribute.getName().strref() << "' of "
                         << where << " must be a string; found "
                         << attribute.getValue();
}

LogicalResult QMLDialect::verifyRegionArgAttribute(Operation *op, unsigned,
                                                   unsigned argument,
                                                   NamedAttribute attribute) {
  if (attribute.getName() == layoutAttrName)
    return verifyLayout(op, "argument " + Twine(argument), attribute);
  if (attribute.getName() != nameAttrName &&
      attribute.getName() != stateAttrName)
    return op->emitError() << "unknown attribute '"
                           << attribute.getName().strref() << "' of argument "
                           << argument << "; the dialect has '" << nameAttrName
                           << "', '" << layoutAttrName << "' and '"
                           << stateAttrName << "'";
  return verifyString(op, "argument " + Twine(argument), attribute);
}

LogicalResult QMLDialect::verifyRegionResultAttribute(
    Operation *op, unsigned, unsigned result, NamedAttribute attribute) {
  if (attribute.getName() != nameAttrName &&
      attribute.getName() != stateAttrName)
    return op->emitError() << "unknown attribute '"
                           << attribute.getName().strref() << "' of result "
                           << result << "; the dialect has '" << nameAttrName
                           << "' and '" << stateAttrName << "'";
  return verifyString(op, "result " + Twine(result), attribute);
}

//===----------------------------------------------------------------------===//
// Text
//===----------------------------------------------------------------------===//

namespace {
/// Encodings of tensors are printed once, at the top of the file.
struct QMLAsmInterface : OpAsmDialectInterface {
  using OpAsmDialectInterface::OpAsmDialectInterface;

  AliasResult getAlias(Attribute attribute, raw_ostream &os) const override {
    if (!isa<FixedAttr>(attribute))
      return AliasResult::NoAlias;
    os << "fixed";
    return AliasResult::OverridableAlias;
  }
};
} // namespace

void QMLDialect::registerAliases() { addInterfaces<QMLAsmInterface>(); }
