//===- Parts.h - Parts, sums and repetitions along an axis ------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// As layers that have integer forms.
//
//===----------------------------------------------------------------------===//

#ifndef QML_LIB_TARGET_ONNX_OPERATORS_PARTS_H
#define QML_LIB_TARGET_ONNX_OPERATORS_PARTS_H

#include "Operators.h"

namespace qml {

/// The sum along one axis, times `factor`; an extent of 1 is left of it.
mlir::FailureOr<ONNXArray> sumAlong(OperatorImport &node, LayerBuilder make,
                                    const ONNXArray &array, size_t axis,
                                    double factor);

/// Elements repeated along the axes that have an extent of 1, and another one
/// in `shape`, which has as many.
mlir::FailureOr<ONNXArray> repeat(OperatorImport &node, const ONNXArray &array,
                                  const std::vector<Extent> &shape);

} // namespace qml

#endif // QML_LIB_TARGET_ONNX_OPERATORS_PARTS_H
