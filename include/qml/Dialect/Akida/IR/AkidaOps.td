//===- AkidaOps.td - Operations of the akida dialect -------*- tablegen -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QML_DIALECT_AKIDA_IR_AKIDAOPS_TD
#define QML_DIALECT_AKIDA_IR_AKIDAOPS_TD

include "qml/Dialect/Akida/IR/AkidaModelOps.td"
include "qml/Dialect/Akida/IR/AkidaLayerOps.td"
include "qml/Dialect/Akida/IR/AkidaTemporalOps.td"
include "qml/Dialect/Akida/IR/AkidaV1LayerOps.td"

#endif // QML_DIALECT_AKIDA_IR_AKIDAOPS_TD
