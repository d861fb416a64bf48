//===- QMLDialect.h - The qml dialect ---------------------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QML_DIALECT_QML_IR_QMLDIALECT_H
#define QML_DIALECT_QML_IR_QMLDIALECT_H

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/TensorEncoding.h"

#include <optional>

#include "qml/Dialect/QML/IR/QMLDialect.h.inc"
#include "qml/Dialect/QML/IR/QMLEnums.h.inc"
#define GET_ATTRDEF_CLASSES
#include "qml/Dialect/QML/IR/QMLAttributes.h.inc"

namespace qml {

/// Module attribute that names the rules of the integers: "quantizeml" (also
/// if absent) or "akida".
constexpr llvm::StringLiteral arithmeticAttrName = "qml.arithmetic";
/// Of modules that are made for a chip: which one.
constexpr llvm::StringLiteral targetAttrName = "qml.target";
/// Module attribute that names the limit of quantizers' fractional bits:
/// "value-bits" (also if absent, but with a target) or "widest-channel".
constexpr llvm::StringLiteral fracBitsLimitAttrName = "qml.frac_bits_limit";
/// Module attribute that names what samples chose anew in the making of the
/// integers: "bias" or "full"; nothing if absent.
constexpr llvm::StringLiteral recoveryAttrName = "qml.recovery";

/// Attribute with the name of an input of the network, on its argument; or of
/// an output, on its result, where that is not the name of the last layer.
constexpr llvm::StringLiteral nameAttrName = "qml.name";

/// Attribute with the name of a state, of the argument that holds it and of the
/// result that the next step finds there.
constexpr llvm::StringLiteral stateAttrName = "qml.state";

} // namespace qml

#endif // QML_DIALECT_QML_IR_QMLDIALECT_H
