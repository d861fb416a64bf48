//===- Pass.cpp - Passes of the recovery ----------------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "qml/Recovery/Pass.h"

#include "qml/Calibration/Job.h"
#include "qml/Recovery/Recovery.h"
#include "qml/Support/Quote.h"
#include "qml/Target/Program/Flatten.h"

#include <cmath>

using namespace mlir;

namespace qml {
#define GEN_PASS_DEF_CORRECTBIASES
#define GEN_PASS_DEF_REFITWEIGHTS
#define GEN_PASS_DEF_ROUNDWEIGHTS
#define GEN_PASS_DEF_RECOVERACCURACY
#include "qml/Recovery/Passes.h.inc"

/// Runs the steps that are asked for; counts layers.
static LogicalResult recoverNetwork(Pass &pass, ModuleOp module,
                                    const std::string &samples,
                                    RecoveryOptions options,
                                    Pass::Statistic &numLayers,
                                    Pass::Statistic &numWeights) {
  FailureOr<func::FuncOp> network = getNetwork(module);
  if (failed(network))
    return failure();
  if (isInteger(*network) || !isAnnotated(*network))
    return network->emitError()
           << "--" << pass.getArgument()
           << " takes a calibrated network: a float one with quantizers that "
              "know their ranges";
  if (samples.empty())
    return network->emitError() << "--" << pass.getArgument()
                                << " needs real samples; give samples=FILE.npy";
  if (!(options.ridge >= 0) || std::isinf(options.ridge))
    return network->emitError()
           << "ridge is " << showNumber(options.ridge)
           << "; it must be above 0, or 0 for the best on the samples";
  FailureOr<FlatNetwork> flat = flattenNetwork(*network);
  if (failed(flat))
    return failure();
  Result<std::vector<SampleArray>> arrays = openSamples(samples, flat->program);
  if (!arrays)
    return network->emitError() << arrays.message();
  options.workers = getWorkers();
  FailureOr<RecoveryReport> report =
      recoverAccuracy(*network, *arrays, options);
  if (failed(report))
    return failure();
  for (const RecoveredLayer &layer : report->layers) {
    ++numLayers;
    numWeights += layer.hasNewWeights;
  }
  return success();
}

namespace {

struct CorrectBiasesPass : impl::CorrectBiasesBase<CorrectBiasesPass> {
  using CorrectBiasesBase::CorrectBiasesBase;

  void runOnOperation() override {
    RecoveryOptions options;
    options.correctBiases = true;
    options.numSamples = numSamples;
    options.threads = threads;
    if (failed(recoverNetwork(*this, getOperation(), samples, options,
                              numLayers, numWeights)))
      signalPassFailure();
  }
};

struct RefitWeightsPass : impl::RefitWeightsBase<RefitWeightsPass> {
  using RefitWeightsBase::RefitWeightsBase;

  void runOnOperation() override {
    RecoveryOptions options;
    options.refit = true;
    options.ridge = ridge;
    options.numSamples = numSamples;
    options.threads = threads;
    if (failed(recoverNetwork(*this, getOperation(), samples, options,
                              numLayers, numWeights)))
      signalPassFailure();
  }
};

struct RoundWeightsPass : impl::RoundWeightsBase<RoundWeightsPass> {
  using RoundWeightsBase::RoundWeightsBase;

  void runOnOperation() override {
    RecoveryOptions options;
    options.round = true;
    options.numSamples = numSamples;
    options.threads = threads;
    if (failed(recoverNetwork(*this, getOperation(), samples, options,
                              numLayers, numWeights)))
      signalPassFailure();
  }
};

struct RecoverAccuracyPass : impl::RecoverAccuracyBase<RecoverAccuracyPass> {
  using RecoverAccuracyBase::RecoverAccuracyBase;

  void runOnOperation() override {
    RecoveryOptions options;
    if (level != "bias" && level != "full") {
      getOperation().emitError()
          << "level is '" << level << "'; allowed are bias and full";
      return signalPassFailure();
    }
    options.correctBiases = true;
    options.refit = options.round = level == "full";
    options.ridge = ridge;
    options.numSamples = numSamples;
    options.threads = threads;
    if (failed(recoverNetwork(*this, getOperation(), samples, options,
                              numLayers, numWeights)))
      signalPassFailure();
  }
};

} // namespace

} // namespace qml
