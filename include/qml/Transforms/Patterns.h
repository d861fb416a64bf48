//===- Patterns.h - Rewrites of qml networks --------------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The rewrites of the sanitizing passes that look at a few neighbouring
// layers, for compilers that mix them with their own. Rewrites that need the
// whole network (its first layer, its order) are passes alone.
//
//===----------------------------------------------------------------------===//

#ifndef QML_TRANSFORMS_PATTERNS_H
#define QML_TRANSFORMS_PATTERNS_H

#include "mlir/IR/PatternMatch.h"
#include "qml/Dialect/QML/IR/Network.h"
#include "qml/Dialect/QML/IR/QMLOps.h"

namespace qml {

// Patterns that make layers take `names`, those of the network that they are
// applied to; it has to outlive them. Of a failure to make a layer an error
// tells, which the caller has to look for (--qml-... passes do).

/// `layer {activation = f}` to `layer -> f`.
void populateSplitActivationPatterns(mlir::RewritePatternSet &patterns,
                                     LayerNames &names,
                                     mlir::PatternBenefit benefit = 1);

/// `relu6(x + 3) / 6`, and its product with `x`, to one `activation`.
void populateReconstructHardSiluPatterns(mlir::RewritePatternSet &patterns,
                                         mlir::PatternBenefit benefit = 1);

/// `conv_2d {groups = channels}` to `depthwise_conv_2d`.
void populateConvertGroupedConvPatterns(mlir::RewritePatternSet &patterns,
                                        mlir::PatternBenefit benefit = 1);

/// `average_pool_2d` to `global_average_pool_2d` or `depthwise_conv_2d`.
void populateConvertAveragePoolPatterns(mlir::RewritePatternSet &patterns,
                                        mlir::PatternBenefit benefit = 1);

/// `rescaling -> rescaling` to one, where integers can't do them.
void populateMergeRescalingPatterns(mlir::RewritePatternSet &patterns,
                                    mlir::PatternBenefit benefit = 1);

/// `reshape -> reshape` to `reshape`, flattening included.
void populateRemoveReshapePatterns(mlir::RewritePatternSet &patterns,
                                   mlir::PatternBenefit benefit = 1);

/// `relu -> max_pool_2d` to `max_pool_2d -> relu`.
void populateSwapReLUMaxPoolPatterns(mlir::RewritePatternSet &patterns,
                                     mlir::PatternBenefit benefit = 1);

/// `pool -> batch_norm` to `batch_norm -> pool`.
void populateSwapPoolBatchNormPatterns(mlir::RewritePatternSet &patterns,
                                       mlir::PatternBenefit benefit = 1);

/// `layer with weights -> batch_norm` to the layer alone.
void populateFoldBatchNormPatterns(mlir::RewritePatternSet &patterns,
                                   mlir::PatternBenefit benefit = 1);

/// `zero_padding_2d -> conv` or `relu -> zero_padding_2d -> max_pool_2d` to the
/// layer alone, with its pads.
void populateAbsorbZeroPaddingPatterns(mlir::RewritePatternSet &patterns,
                                       mlir::PatternBenefit benefit = 1);

/// A 1x1 `conv_2d` that reorders channels, then another `conv_2d`, to the
/// second alone.
void populateFoldPermutationPatterns(mlir::RewritePatternSet &patterns,
                                     mlir::PatternBenefit benefit = 1);

/// `concatenate` of three or more to a chain of concatenations of two.
void populateSplitConcatenationPatterns(mlir::RewritePatternSet &patterns,
                                        LayerNames &names,
                                        mlir::PatternBenefit benefit = 1);

/// `separable_conv_2d` to `depthwise_conv_2d -> conv_2d`.
void populateSplitSeparableConvsPatterns(mlir::RewritePatternSet &patterns,
                                         LayerNames &names,
                                         mlir::PatternBenefit benefit = 1);

/// A strided 5x5 or 7x7 depthwise convolution to two convolutions.
void populateSplitStridedDepthwisePatterns(mlir::RewritePatternSet &patterns,
                                           LayerNames &names,
                                           mlir::PatternBenefit benefit = 1);

} // namespace qml

#endif // QML_TRANSFORMS_PATTERNS_H
