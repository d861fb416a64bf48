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

/// Elements of one axis, by index; `resource` is a name for the ones and zeros.
mlir::FailureOr<ONNXArray> pick(OperatorImport &node, LayerBuilder make,
                                const ONNXArray &array, size_t axis,
                                const std::vector<int64_t> &wanted,
                                llvm::StringRef resource);

/// So many elements of one axis, each `step`th from `start` on.
mlir::FailureOr<ONNXArray> take(OperatorImport &node, LayerBuilder make,
                                const ONNXArray &array, size_t axis,
                                int64_t start, int64_t count, int64_t step,
                                llvm::StringRef resource);

/// Most channels of an image with a border of what is not zero.
constexpr int64_t maxBorderChannels = 1 << 12;

/// An image with a border that holds `values`, one or one for each channel: a
/// convolution that does nothing else. `resource` is a name for its kernel.
mlir::FailureOr<mlir::Value> makeBorder(OperatorImport &node, LayerBuilder make,
                                        const ONNXImage &image,
                                        const WindowPadding::Sides &sides,
                                        std::vector<double> values,
                                        llvm::StringRef resource);

/// Adds a vector to the layer's own bias, which is right where nothing else
/// sees its result; false if it can't have one.
bool addToBias(OperatorImport &node, mlir::Value value,
               const std::vector<double> &offset);

/// Imports a Mul or an Add; of a step, too.
mlir::LogicalResult importMultiply(OperatorImport &node);
mlir::LogicalResult importAdd(OperatorImport &node);

/// Images side by side, along axis 2 or 3: the sum of all, each with zeros
/// where the others are. `last` makes the last layer.
mlir::FailureOr<mlir::Value> joinImages(OperatorImport &node, LayerBuilder last,
                                        llvm::ArrayRef<ONNXImage> images,
                                        size_t axis);

} // namespace qml

#endif // QML_LIB_TARGET_ONNX_OPERATORS_PARTS_H
