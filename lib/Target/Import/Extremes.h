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

/// Whether bounds are on both sides of zero, and one is so far from it that
/// values will hardly reach it: between two shifts, quantizers would spend
/// their codes on what never occurs.
bool isWideClip(double lower, double upper);

/// min(max(x, lower), upper) of such bounds, which may be infinite, as
/// relu(x, upper) - relu(-x, -lower). `part` makes the layers before the last.
mlir::FailureOr<mlir::Value>
makeWideClip(LayerBuilder make,
             llvm::function_ref<LayerBuilder(llvm::StringRef)> part,
             mlir::Value value, double lower, double upper);

} // namespace qml

#endif // QML_LIB_TARGET_IMPORT_EXTREMES_H
