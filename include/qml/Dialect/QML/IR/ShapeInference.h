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

#include <optional>

namespace qml {

/// Reports a problem; null where nobody wants to read it.
using EmitError = llvm::function_ref<mlir::InFlightDiagnostic()>;

/// Cells before and after one axis of an image.
struct Pads {
  int64_t before = 0;
  int64_t after = 0;
};

/// The rule of TensorFlow for `same`: half of the missing cells, rounded down,
/// before.
Pads inferSamePads(int64_t extent, int64_t kernel, int64_t stride,
                   int64_t dilation);

/// Pads of a window along an axis (0 for the height, 1 for the width) of
/// `extent` cells.
Pads inferPads(int axis, int64_t extent, int64_t kernel, int64_t stride,
               int64_t dilation, PaddingAttr padding);

/// Number of positions of a window on an extent with its pads. Not positive if
/// the window doesn't fit.
int64_t inferWindowExtent(int64_t extent, Pads pads, int64_t kernel,
                          int64_t stride, int64_t dilation);

/// Whether explicit pads are less than the window on their side, so that every
/// window covers some of the image; true of named padding.
bool arePadsBelowWindow(PaddingAttr padding, llvm::ArrayRef<int64_t> window);

/// (batch, h, w, in) to (batch, h', w', channels).
mlir::FailureOr<llvm::SmallVector<int64_t>>
inferWindowShape(llvm::ArrayRef<int64_t> input, llvm::ArrayRef<int64_t> kernel,
                 llvm::ArrayRef<int64_t> strides,
                 llvm::ArrayRef<int64_t> dilations, PaddingAttr padding,
                 int64_t channels, EmitError emitError);

/// Where a transposed window leaves an image along an axis.
struct TransposedExtent {
  int64_t extent; ///< not positive if nothing is left
  int64_t crop;   ///< cells that are cut off before
};
TransposedExtent inferTransposedExtent(int axis, int64_t extent, int64_t kernel,
                                       int64_t stride, int64_t dilation,
                                       PaddingAttr padding,
                                       std::optional<int64_t> outputPadding);

/// The same padding under a name, if it has one: `same` or `valid` if that pads
/// as many cells on each side.
PaddingAttr nameIfSame(PaddingAttr padding, llvm::ArrayRef<int64_t> input,
                       llvm::ArrayRef<int64_t> kernel,
                       llvm::ArrayRef<int64_t> strides,
                       llvm::ArrayRef<int64_t> dilations);

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
