//===- QMLOps.h - Operations of the qml dialect -----------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QML_DIALECT_QML_IR_QMLOPS_H
#define QML_DIALECT_QML_IR_QMLOPS_H

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "qml/Dialect/QML/IR/Elements.h"
#include "qml/Dialect/QML/IR/QMLDialect.h"

#include <string>

#include "qml/Dialect/QML/IR/QMLInterfaces.h.inc"

#define GET_OP_CLASSES
#include "qml/Dialect/QML/IR/QMLOps.h.inc"

#endif // QML_DIALECT_QML_IR_QMLOPS_H
