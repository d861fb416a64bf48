//===- Pipelines.cpp - Passes in their order ------------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "qml/Pipelines/Pipelines.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/PassRegistry.h"

using namespace mlir;

namespace qml {

OpPassManager &nestNetworks(OpPassManager &pm) {
  if (pm.getOpName() == func::FuncOp::getOperationName())
    return pm;
  return pm.nest<func::FuncOp>();
}

void buildSanitizePipeline(OpPassManager &pm, const SanitizeOptions &options) {
  OpPassManager &networks = nestNetworks(pm);
  networks.addPass(createSplitActivations());
  networks.addPass(createReconstructHardSilu());
  if (options.splitSeparableConvs)
    networks.addPass(createSplitSeparableConvs());
  networks.addPass(createConvertGroupedConvs());
  networks.addPass(createConvertAveragePools());
  networks.addPass(createRemoveReshapes());
  networks.addPass(createMergeRescalings());
  networks.addPass(createAbsorbZeroPadding());
  networks.addPass(createFoldPermutations());
  networks.addPass(createAlignRescaling());
  networks.addPass(createSwapReLUMaxPool());
  networks.addPass(createSwapPoolBatchNorm());
  networks.addPass(createFoldBatchNorms());
  networks.addPass(createConvertScalings());
  networks.addPass(createSplitConcatenations());
  networks.addPass(createMakeKernelsOdd());
  networks.addPass(createSplitStridedDepthwise());
  networks.addPass(createInsertIdentityConvs());
}

void addQuantizers(OpPassManager &pm, const InsertQuantizersOptions &options) {
  ConvertFirstLayersOptions first;
  first.inputDtype = options.inputDtype;
  OpPassManager &networks = nestNetworks(pm);
  networks.addPass(createConvertFirstLayers(first));
  networks.addPass(createInsertQuantizers(options));
}

void buildLowerPipeline(OpPassManager &pm, const LowerOptions &options) {
  if (options.keepFloat)
    pm.addPass(createKeepCalibrated());
  OpPassManager &networks = nestNetworks(pm);
  networks.addPass(createFoldZeroPoints());
  networks.addPass(createEqualize());
  networks.addPass(createToInteger());
  if (options.reportLosses) {
    ReportLossesOptions report;
    report.strict = options.strict;
    networks.addPass(createReportLosses(report));
  }
  if (options.foldRescaling)
    networks.addPass(createFoldRescaling());
}

void registerQMLPipelines() {
  PassPipelineRegistration<SanitizeOptions>(
      "qml-sanitize",
      "Give a float network a shape that can be quantized: norms folded, "
      "activations split off, pools before ReLUs, and more",
      buildSanitizePipeline);
  PassPipelineRegistration<LowerOptions>(
      "qml-lower", "Make integers of a calibrated network", buildLowerPipeline);
}

} // namespace qml
