//===- RewriteUtils.h - Helpers of rewrites ---------------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QML_LIB_TRANSFORMS_REWRITEUTILS_H
#define QML_LIB_TRANSFORMS_REWRITEUTILS_H

#include "mlir/IR/PatternMatch.h"
#include "qml/Dialect/QML/IR/Network.h"

namespace qml {

/// Most channels of which first layers take all, to take over zero points and
/// scales: kernels grow by as many times.
constexpr int64_t maxFullChannels = 64;

/// Applies patterns to a network until none matches, without folding or
/// removing anything by itself. Returns how often a pattern was applied.
mlir::FailureOr<unsigned> rewriteNetwork(mlir::func::FuncOp network,
                                         mlir::RewritePatternSet patterns);

/// A pattern that makes layers, whose names are free.
template <typename Base>
struct NamingPattern : Base {
  NamingPattern(mlir::MLIRContext *context, LayerNames &names,
                mlir::PatternBenefit benefit)
      : Base(context, benefit), names(names) {}

  LayerNames &names;
};

/// Whether any layer that takes a value before another one rescales it is such.
bool isTakenBy(mlir::Value value,
               llvm::function_ref<bool(mlir::Operation *)> isSuch);

/// Calls `goesOn` with each layer, once, whose result a layer reads, those of
/// the first operand first; and with the layers before those for which it is
/// true.
void visitBefore(LayerOpInterface layer,
                 llvm::function_ref<bool(LayerOpInterface)> goesOn);

/// A copy of a layer of one operand that reads `input` and returns `type`.
mlir::Operation *cloneOnto(mlir::RewriterBase &rewriter, mlir::Operation *layer,
                           mlir::Value input, mlir::Type type);

/// `first -> second` to `second -> first`, for layers that keep the kind of
/// tensor they get; `middle` is the type between them afterwards.
void swapLayers(mlir::RewriterBase &rewriter, mlir::Operation *first,
                mlir::Operation *second, mlir::Type middle);

/// Replaces the kernel, or the kernel that multiplies the input (mostly the
/// same), of a float layer.
void setKernel(WeightedLayerOpInterface layer, std::vector<float> kernel);
void setInputKernel(WeightedLayerOpInterface layer, std::vector<float> kernel);

/// sum over all axes but the last of kernel[..., c, f] * offset[c], f by f, in
/// float32 and NumPy's order; `offset` has one value, or one per input channel.
std::vector<float> sumOverInputs(llvm::ArrayRef<float> kernel,
                                 llvm::ArrayRef<float> offset, int64_t outputs);

/// What padded cells hold when `offset` is folded into the layer: padding minus
/// offset, each one value or one per channel. Doubles, as in the reference,
/// which rounds once at the end.
std::vector<double> shiftPadding(llvm::ArrayRef<double> padding,
                                 llvm::ArrayRef<double> offset);

/// Adds to the bias of a layer what an offset of its inputs gives.
void addOffsetToBias(WeightedLayerOpInterface layer,
                     llvm::ArrayRef<float> offset);

} // namespace qml

#endif // QML_LIB_TRANSFORMS_REWRITEUTILS_H
