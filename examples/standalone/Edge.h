//===- Edge.h - The edge dialect and its passes -----------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EDGE_H
#define EDGE_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"
#include "mlir/Pass/PassManager.h"
#include "qml/Dialect/QML/IR/QMLOps.h"

#include "EdgeDialect.h.inc"

#define GET_OP_CLASSES
#include "EdgeOps.h.inc"

namespace edge {

#define GEN_PASS_DECL
#include "EdgePasses.h.inc"

#define GEN_PASS_REGISTRATION
#include "EdgePasses.h.inc"

/// From a float network of qml to blocks of the hardware.
void buildCompilePipeline(mlir::OpPassManager &pm);

} // namespace edge

#endif // EDGE_H
