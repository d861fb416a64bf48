//===- Kernels.h - Kernels with their results innermost ---------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Most of a large file are kernels that have to be turned. They are read once,
// from where they lie, and the pages of the file are given back on the way:
// what is needed is memory for the kernels that are made.
//
//===----------------------------------------------------------------------===//

#ifndef QML_LIB_TARGET_ONNX_KERNELS_H
#define QML_LIB_TARGET_ONNX_KERNELS_H

#include "qml/Support/Bytes.h"

#include "mlir/IR/BuiltinAttributeInterfaces.h"
#include "mlir/IR/BuiltinTypes.h"

namespace qml {

/// The kernel of `type`, whose innermost axis has the results, of one that has
/// a row of numbers for each result; `places` says for each number of a row in
/// which row of the kernel it goes.
mlir::ElementsAttr makeTurnedKernel(mlir::RankedTensorType type,
                                    llvm::StringRef name, const Bytes &floats,
                                    llvm::ArrayRef<int64_t> places,
                                    float factor);

/// The kernel of `type` that has the rows of another one in that order.
mlir::ElementsAttr makeOrderedKernel(mlir::RankedTensorType type,
                                     llvm::StringRef name, const Bytes &floats,
                                     llvm::ArrayRef<int64_t> order,
                                     float factor);

} // namespace qml

#endif // QML_LIB_TARGET_ONNX_KERNELS_H
