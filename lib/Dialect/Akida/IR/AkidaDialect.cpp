//===- AkidaDialect.cpp - The akida dialect -------------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "qml/Dialect/Akida/IR/AkidaDialect.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "qml/Dialect/Akida/IR/AkidaOps.h"

#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace qml::akida;

#include "qml/Dialect/Akida/IR/AkidaDialect.cpp.inc"
#include "qml/Dialect/Akida/IR/AkidaEnums.cpp.inc"
#define GET_ATTRDEF_CLASSES
#include "qml/Dialect/Akida/IR/AkidaAttributes.cpp.inc"

void AkidaDialect::registerAttributes() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "qml/Dialect/Akida/IR/AkidaAttributes.cpp.inc"
      >();
}

void AkidaDialect::initialize() {
  registerAttributes();
  addOperations<
#define GET_OP_LIST
#include "qml/Dialect/Akida/IR/AkidaOps.cpp.inc"
      >();
}
