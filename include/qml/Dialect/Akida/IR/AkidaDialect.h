//===- AkidaDialect.h - The akida dialect -----------------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QML_DIALECT_AKIDA_IR_AKIDADIALECT_H
#define QML_DIALECT_AKIDA_IR_AKIDADIALECT_H

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Dialect.h"

#include "qml/Dialect/Akida/IR/AkidaDialect.h.inc"
#include "qml/Dialect/Akida/IR/AkidaEnums.h.inc"
#define GET_ATTRDEF_CLASSES
#include "qml/Dialect/Akida/IR/AkidaAttributes.h.inc"

#endif // QML_DIALECT_AKIDA_IR_AKIDADIALECT_H
