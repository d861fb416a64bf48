//===- Verify.h - Checks that verifiers of layers share ---------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Each looks at one operation, its operands' types and its result's: what is
// about a network as a whole is in Network.h. Labels such as (L1) and
// conv_2d_c1 are those of the constraints in the descriptions of the dialect
// and of its operations.
//
//===----------------------------------------------------------------------===//

#ifndef QML_LIB_DIALECT_QML_IR_VERIFY_H
#define QML_LIB_DIALECT_QML_IR_VERIFY_H

#include "qml/Dialect/QML/IR/QMLOps.h"
#include "qml/Dialect/QML/IR/ShapeInference.h"
#include "qml/Support/Quote.h"

#include <cmath>

namespace qml {

/// Strides, dilations, windows and pads beyond this mean a damaged file; below
/// it no computation of a shape overflows.
constexpr int64_t maxWindow = int64_t(1) << 20;

/// Shifts of stored values beyond this mean a damaged file.
constexpr int64_t maxStoredShift = 40;

/// 8x8x3, with ? for what is not known.
std::string toString(llvm::ArrayRef<int64_t> shape);

/// (L2), (L4): tensors are of known shapes, and all arrays can be read.
mlir::LogicalResult verifyTensors(mlir::Operation *op);

/// (L3): the integers of the result stand for what was inferred.
mlir::LogicalResult verifyMeaning(mlir::Operation *op);

/// (L1), (L3) of an operation in any stage: operands and result are all float,
/// or all integers, and these stand for what was inferred. Inputs of the
/// network may be integers where the result is float, if the operation takes
/// them. Comes after verifyTensors.
mlir::LogicalResult verifyStage(mlir::Operation *op,
                                bool takesIntegerInput = false);

/// Integer operands have no scale; `verb` is what the layer does with them.
mlir::LogicalResult verifyNoScales(mlir::Operation *op, llvm::StringRef verb);

/// The result has the shape that the layer infers.
mlir::LogicalResult verifyResultShape(LayerOpInterface layer);

/// The input has rank 4.
mlir::LogicalResult verifyImage(mlir::Operation *op);

/// (L4): `elements`, if any, holds one value, or one for each of `channels`.
mlir::LogicalResult verifyVector(mlir::Operation *op, llvm::StringRef name,
                                 mlir::ElementsAttr elements, int64_t channels);

/// The same for shifts of stored values, which are 0 to 40.
mlir::LogicalResult verifyShifts(mlir::Operation *op, llvm::StringRef name,
                                 mlir::ElementsAttr elements, int64_t channels);

/// The same for 'input_shift', which brings the channels of an integer layer's
/// input to one binary point: its values are those that do. Without it there is
/// nothing to shift. After `verifyStage`.
mlir::LogicalResult verifyInputShift(mlir::Operation *op);

/// The same for shifts of scale-outs, which are -128 to 127: negative ones go
/// to the right.
mlir::LogicalResult verifyScaleOutShifts(mlir::Operation *op,
                                         llvm::StringRef name,
                                         mlir::ElementsAttr elements,
                                         int64_t channels);

/// Strides and dilations of a window.
mlir::LogicalResult verifySteps(mlir::Operation *op,
                                llvm::ArrayRef<int64_t> strides,
                                llvm::ArrayRef<int64_t> dilations);

/// Values are 1 to 2^20.
mlir::LogicalResult verifyPositive(mlir::Operation *op, llvm::StringRef name,
                                   llvm::ArrayRef<int64_t> values);

template <typename T>
mlir::LogicalResult verifyFinite(mlir::Operation *op, llvm::StringRef name,
                                 llvm::ArrayRef<T> values) {
  for (T value : values)
    if (!std::isfinite(value))
      return op->emitOpError() << "has the value " << showNumber(value)
                               << " in '" << name << "'; it must be finite";
  return mlir::success();
}

/// (W1) to (W4). See verifyStage for `takesIntegerInput`.
mlir::LogicalResult verifyWeights(WeightedLayerOpInterface layer,
                                  bool takesIntegerInput = false);

/// A kernel has a rank, and no extent of zero. `axes` names them.
mlir::LogicalResult verifyKernelShape(mlir::Operation *op,
                                      mlir::ElementsAttr kernel, int64_t rank,
                                      llvm::StringRef axes);

/// Trainable parameters of a layer with weights.
int64_t countWeights(WeightedLayerOpInterface layer);

/// Keys of configurations for a layer with weights.
ConfigKeys getWeightedKeys(WeightedLayerOpInterface layer);

/// Why an activation of its own keeps a layer from integers; empty without.
std::string whyNotWithActivation(ActivationAttr activation);

/// The shape of the first operand: layers that keep it.
llvm::SmallVector<int64_t> getOperandShape(mlir::Operation *op);

} // namespace qml

#endif // QML_LIB_DIALECT_QML_IR_VERIFY_H
