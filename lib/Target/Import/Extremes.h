//===- Extremes.h - The larger and the smaller of results -------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QML_LIB_TARGET_IMPORT_EXTREMES_H
#define QML_LIB_TARGET_IMPORT_EXTREMES_H

#include "qml/Dialect/QML/IR/LayerBuilder.h"

namespace qml {

/// max(a, b) = a + relu(b - a), min(a, b) = a - relu(a - b) of tensors of one
/// shape: sums and ReLUs, which have integers.
mlir::FailureOr<mlir::Value> makeMaximum(const LayerBuilder &make,
                                         mlir::Value lhs, mlir::Value rhs);
mlir::FailureOr<mlir::Value> makeMinimum(const LayerBuilder &make,
                                         mlir::Value lhs, mlir::Value rhs);

} // namespace qml

#endif // QML_LIB_TARGET_IMPORT_EXTREMES_H
