//===- QMLOps.td - Operations of the qml dialect -----------*- tablegen -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QML_DIALECT_QML_IR_QMLOPS_TD
#define QML_DIALECT_QML_IR_QMLOPS_TD

include "qml/Dialect/QML/IR/QMLWeightedOps.td"
include "qml/Dialect/QML/IR/QMLLayerOps.td"
include "qml/Dialect/QML/IR/QMLShapeOps.td"
include "qml/Dialect/QML/IR/QMLQuantizerOps.td"
include "qml/Dialect/QML/IR/QMLTemporalOps.td"

#endif // QML_DIALECT_QML_IR_QMLOPS_TD
