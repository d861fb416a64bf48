//===- Pipelines.h - Passes in their order ----------------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The pipelines that tools register and `qml` runs. Those here need no
// executor: a plugin has them. The one with calibration is in
// qml/Pipelines/Quantize.h.
//
//===----------------------------------------------------------------------===//

#ifndef QML_PIPELINES_PIPELINES_H
#define QML_PIPELINES_PIPELINES_H

#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassOptions.h"
#include "qml/Transforms/Passes.h"

namespace qml {

/// The pass manager for passes on networks in `pm`, which is one of modules or
/// of functions.
mlir::OpPassManager &nestNetworks(mlir::OpPassManager &pm);

struct SanitizeOptions : mlir::PassPipelineOptions<SanitizeOptions> {
  Option<bool> splitSeparableConvs{
      *this, "split-separable-convs",
      llvm::cl::desc("Make two layers of separable convolutions, with a scale "
                     "for each depthwise kernel"),
      llvm::cl::init(false)};
};

/// --qml-sanitize: the rewrites that give a float network a shape that can be
/// quantized, in the order of the reference.
void buildSanitizePipeline(mlir::OpPassManager &pm,
                           const SanitizeOptions &options = {});

/// Inserts quantizers into a sanitized network, after first layers that take
/// its inputs' zero points.
void addQuantizers(mlir::OpPassManager &pm,
                   const InsertQuantizersOptions &options);

/// What --qml-lower does after calibration.
struct LowerOptions : mlir::PassPipelineOptions<LowerOptions> {
  Option<bool> foldRescaling{
      *this, "fold-rescaling",
      llvm::cl::desc("Remove rescalings, whose scale is known after them"),
      llvm::cl::init(false)};
  Option<bool> strict{
      *this, "strict",
      llvm::cl::desc("A layer left in float, or values that are known to be "
                     "cut, are an error"),
      llvm::cl::init(false)};
  Option<bool> reportLosses{
      *this, "report-losses",
      llvm::cl::desc("Say where values are known to be cut"),
      llvm::cl::init(true)};
  Option<bool> keepFloat{
      *this, "keep-float",
      llvm::cl::desc(
          "Carry the calibrated network along, to quantize it again"),
      llvm::cl::init(false)};
};

/// --qml-lower: from a calibrated network to an integer one: zero points
/// folded, ranges equalized, everything made integer.
void buildLowerPipeline(mlir::OpPassManager &pm, const LowerOptions &options);

/// Registers them.
void registerQMLPipelines();

} // namespace qml

#endif // QML_PIPELINES_PIPELINES_H
