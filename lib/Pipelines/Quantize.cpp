//===- Quantize.cpp - From float to integers in one pipeline --------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "qml/Pipelines/Quantize.h"

#include "qml/Quantization/Parameters.h"

using namespace mlir;

namespace qml {

InsertQuantizersOptions getInsertQuantizersOptions(const QuantizeOptions &all) {
  InsertQuantizersOptions options;
  options.inputWeightBits = all.inputWeightBits;
  options.weightBits = all.weightBits;
  options.activationBits = all.activationBits;
  options.outputBits = all.outputBits;
  options.bufferBits = all.bufferBits;
  options.perTensorActivations = all.perTensorActivations;
  options.inputDtype = all.inputDtype;
  options.lastOutputBits = all.lastOutputBits;
  options.config = all.config;
  options.quantizeUntil = all.quantizeUntil;
  options.strict = all.strict;
  return options;
}

CalibratePassOptions getCalibrateOptions(const QuantizeOptions &all) {
  CalibratePassOptions options;
  options.samples = all.samples;
  options.numSamples = all.numSamples;
  options.batchSize = all.batchSize;
  options.epochs = all.epochs;
  options.momentum = all.momentum;
  options.calibrator = all.calibrator;
  options.percentile = all.percentile;
  options.seed = all.seed;
  options.randomRule = all.randomRule;
  // Unknown names were reported by the pass before.
  options.inputType = parseInputType(all.inputDtype).value_or(ElementType::U8);
  options.threads = all.threads;
  options.device = all.device;
  options.tf32 = all.tf32;
  return options;
}

void buildQuantizePipeline(OpPassManager &pm, const QuantizeOptions &options) {
  buildSanitizePipeline(pm);
  addQuantizers(pm, getInsertQuantizersOptions(options));
  if (options.ranges.empty()) {
    pm.addPass(createCalibratePass(getCalibrateOptions(options)));
  } else {
    ApplyRangesOptions ranges;
    ranges.ranges = options.ranges;
    nestNetworks(pm).addPass(createApplyRanges(ranges));
  }
  buildLowerPipeline(pm, options);
}

void registerQMLQuantizePipeline() {
  PassPipelineRegistration<QuantizeOptions>(
      "qml-quantize", "From a float network to an integer one",
      buildQuantizePipeline);
}

} // namespace qml
