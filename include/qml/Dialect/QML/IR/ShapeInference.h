//===- ShapeInference.h - Result shapes of layers ---------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Shapes of results and pads of windows, as free functions that verifiers,
// importers, rewrites and executors share. Shapes are whole: the batch first,
// ShapedType::kDynamic where it is not known.
//
//===----------------------------------------------------------------------===//

#ifndef QML_DIALECT_QML_IR_SHAPEINFERENCE_H
#define QML_DIALECT_QML_IR_SHAPEINFERENCE_H

#include "mlir/IR/Diagnostics.h"
#include "qml/Dialect/QML/IR/QMLDialect.h"

namespace qml {

/// Reports a problem; null where nobody wants to read it.
using EmitError = llvm::function_ref<mlir::InFlightDiagnostic()>;

/// Cells before and after one axis of an image.
struct Pads {
  int64_t before = 0;
  int64_t after = 0;
};

/// Pads of a window over `extent` cells: none for `Valid`; for `Same` the rule
/// of TensorFlow, half of the missing cells, rounded down, before.
Pads inferPads(int64_t extent, int64_t kernel, int64_t stride, int64_t dilation,
               Padding padding);

/// Number of positions of a window: ceil(n / stride) for `Same`, else those
/// that lie within the image. Not positive if the window doesn't fit.
int64_t inferWindowExtent(int64_t extent, int64_t kernel, int64_t stride,
                          int64_t dilation, Padding padding);

/// (batch, h, w, in) to (batch, h', w', channels).
mlir::FailureOr<llvm::SmallVector<int64_t>>
inferWindowShape(llvm::ArrayRef<int64_t> input, llvm::ArrayRef<int64_t> kernel,
                 llvm::ArrayRef<int64_t> strides,
                 llvm::ArrayRef<int64_t> dilations, Padding padding,
                 int64_t channels, EmitError emitError);

/// (batch, ..., in) to (batch, ..., out).
llvm::SmallVector<int64_t> inferDenseShape(llvm::ArrayRef<int64_t> input,
                                           int64_t units);

/// (batch, h, w, c) to (batch, c) or (batch, 1, 1, c).
llvm::SmallVector<int64_t> inferGlobalPoolShape(llvm::ArrayRef<int64_t> input,
                                                bool keepDims);

/// (batch, ...) to (batch, product).
llvm::SmallVector<int64_t> inferFlattenShape(llvm::ArrayRef<int64_t> input);

/// Product of all extents but the batch.
int64_t getNumElementsPerSample(llvm::ArrayRef<int64_t> shape);

/// The narrowest signless integer type for `valueBits` bits and a sign.
mlir::Type getStorageType(mlir::MLIRContext *context, int valueBits);

} // namespace qml

#endif // QML_DIALECT_QML_IR_SHAPEINFERENCE_H
