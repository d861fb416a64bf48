//===- Products.h - Products with kernels that importers make ---*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QML_LIB_TARGET_IMPORT_PRODUCTS_H
#define QML_LIB_TARGET_IMPORT_PRODUCTS_H

#include "qml/Dialect/QML/IR/LayerBuilder.h"

#include "llvm/ADT/STLFunctionalExtras.h"

namespace qml {

/// Multiplies the last axis of `input` with a kernel of `out` columns, called
/// `resource`: a 1x1 convolution of an image, a dense layer of anything else.
/// `weight` says what is in a row and a column. A kernel that would be too
/// large is reported by `error`.
mlir::FailureOr<mlir::Value>
makeProduct(LayerBuilder make, mlir::Value input, int64_t out,
            llvm::function_ref<float(int64_t in, int64_t out)> weight,
            const llvm::Twine &resource,
            llvm::function_ref<mlir::InFlightDiagnostic()> error);

} // namespace qml

#endif // QML_LIB_TARGET_IMPORT_PRODUCTS_H
