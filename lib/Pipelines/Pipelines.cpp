//===- Pipelines.cpp - Passes in their order ------------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "qml/Pipelines/Pipelines.h"

#include "mlir/Pass/PassRegistry.h"

using namespace mlir;

namespace qml {

void buildSanitizePipeline(OpPassManager &pm) {
  pm.addPass(createSplitActivations());
  pm.addPass(createConvertGroupedConvs());
  pm.addPass(createRemoveReshapes());
  pm.addPass(createAlignRescaling());
  pm.addPass(createSwapReLUMaxPool());
  pm.addPass(createSwapPoolBatchNorm());
  pm.addPass(createFoldBatchNorms());
  pm.addPass(createAbsorbZeroPadding());
  pm.addPass(createMakeKernelsOdd());
  pm.addPass(createSplitStridedDepthwise());
  pm.addPass(createInsertIdentityConvs());
}

void buildLowerPipeline(OpPassManager &pm, const LowerOptions &options) {
  if (options.keepFloat)
    pm.addPass(createKeepCalibrated());
  pm.addPass(createFoldZeroPoints());
  pm.addPass(createEqualize());
  pm.addPass(createToInteger());
  if (options.foldRescaling)
    pm.addPass(createFoldRescaling());
}

void registerQMLPipelines() {
  PassPipelineRegistration<>(
      "qml-sanitize",
      "Give a float network a shape that can be quantized: norms folded, "
      "activations split off, pools before ReLUs, and more",
      buildSanitizePipeline);
  PassPipelineRegistration<LowerOptions>(
      "qml-lower", "Make integers of a calibrated network", buildLowerPipeline);
}

} // namespace qml
