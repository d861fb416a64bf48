//===- AkidaOps.h - Operations of the akida dialect -------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QML_DIALECT_AKIDA_IR_AKIDAOPS_H
#define QML_DIALECT_AKIDA_IR_AKIDAOPS_H

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "qml/Dialect/Akida/IR/AkidaDialect.h"
#include "qml/Dialect/Akida/IR/Layers.h"
#include "qml/Dialect/QML/IR/Elements.h"

#include <optional>

#include "qml/Dialect/Akida/IR/AkidaInterfaces.h.inc"

#define GET_OP_CLASSES
#include "qml/Dialect/Akida/IR/AkidaOps.h.inc"

namespace qml {
namespace akida {

/// The element type of a layer's results of `bits` bits.
mlir::Type getResultElementType(mlir::MLIRContext *context, int bits);

/// Everything that the hardware can't do, and what doesn't fit together, is
/// reported at the layer.
mlir::LogicalResult verifyLayer(LayerOpInterface layer);

/// The model of a module, or null: a module holds a network or one model.
ModelOp getModel(mlir::ModuleOp module);

} // namespace akida
} // namespace qml

#endif // QML_DIALECT_AKIDA_IR_AKIDAOPS_H
