//===- Recover.cpp - The step of quantize that recovers accuracy ----------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Recover.h"

#include "qml/Analysis/Analysis.h"
#include "qml/Calibration/Calibration.h"
#include "qml/Support/Quote.h"
#include "qml/Target/Program/Flatten.h"

#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/Format.h"

using namespace mlir;

namespace qml {

/// With fewer, weights fit the samples rather than what samples stand for.
constexpr int64_t fewSamples = 64;

std::optional<RecoveryLevel> parseRecoveryLevel(StringRef name) {
  return llvm::StringSwitch<std::optional<RecoveryLevel>>(name)
      .Case("none", RecoveryLevel::None)
      .Case("bias", RecoveryLevel::Bias)
      .Case("full", RecoveryLevel::Full)
      .Default(std::nullopt);
}

/// How far each layer's integers are from the float network's values.
static FailureOr<NetworkAnalysis>
measure(func::FuncOp calibrated, func::FuncOp original,
        const std::vector<SampleArray> &samples,
        const QuantizeOptions &options) {
  AnalysisOptions settings;
  settings.numSamples = 32;
  settings.threads = options.threads;
  settings.tryChanges = false;
  settings.reference = original;
  return analyzeNetwork(calibrated, samples, settings);
}

static std::string showDecibels(double value) {
  if (std::isnan(value))
    return "-";
  if (std::isinf(value))
    return "exact";
  std::string text;
  llvm::raw_string_ostream(text) << llvm::format("%.1f", value);
  return text;
}

static void printReport(func::FuncOp network, const RecoveryReport &report,
                        const NetworkAnalysis &before,
                        const NetworkAnalysis &after) {
  llvm::StringMap<const LayerAnalysis *> old, now;
  for (const LayerAnalysis &layer : before.layers)
    old[layer.layer] = &layer;
  for (const LayerAnalysis &layer : after.layers)
    now[layer.layer] = &layer;
  llvm::errs() << llvm::format("  recovered on %lld samples, dB against the "
                               "float network\n",
                               static_cast<long long>(report.samples));
  llvm::errs() << llvm::format("  %-28s %8s %8s\n", "layer", "before", "after");
  auto print = [](StringRef name, double was, double is) {
    llvm::errs() << llvm::format("  %-28s %8s %8s\n", printable(name).c_str(),
                                 showDecibels(was).c_str(),
                                 showDecibels(is).c_str());
  };
  for (auto layer : network.getOps<LayerOpInterface>()) {
    StringRef name = layer.getLayerName();
    const LayerAnalysis *was = old.lookup(name), *is = now.lookup(name);
    if (was && is)
      print(name, was->accumulated.decibels(), is->accumulated.decibels());
  }
  print("result", before.result.decibels(), after.result.decibels());
  for (const RecoveredLayer &layer : report.layers)
    if (!layer.whyNot.empty())
      llvm::errs() << "  weights of " << quote(layer.layer)
                   << " stay: " << layer.whyNot << "\n";
}

LogicalResult recover(ModuleOp module, ModuleOp original, RecoveryLevel level,
                      const QuantizeOptions &options, bool quiet) {
  FailureOr<func::FuncOp> network = getNetwork(module),
                          floats = getNetwork(original);
  if (failed(network) || failed(floats))
    return failure();
  FailureOr<FlatNetwork> flat = flattenNetwork(*network);
  if (failed(flat))
    return failure();
  Result<std::vector<SampleArray>> samples =
      openSamples(options.samples, flat->program);
  if (!samples)
    return network->emitError() << samples.message();
  RecoveryOptions settings;
  settings.correctBiases = true;
  settings.refit = settings.round = level == RecoveryLevel::Full;
  settings.numSamples = options.numSamples;
  settings.threads = options.threads;
  std::optional<ProgressLine> line;
  if (!quiet) {
    line.emplace("Recovering");
    settings.progress = [&](int64_t done, int64_t total) {
      line->update(done, total);
    };
  }
  FailureOr<NetworkAnalysis> before = failure();
  if (!quiet)
    before = measure(*network, *floats, *samples, options);
  FailureOr<RecoveryReport> report =
      recoverAccuracy(*network, *samples, settings);
  line.reset();
  if (failed(report))
    return failure();
  if (report->samples < fewSamples)
    network->emitWarning()
        << "accuracy is recovered on " << report->samples
        << " samples: weights and biases may fit these alone; give "
        << fewSamples << " or more";
  if (quiet || failed(before))
    return success();
  FailureOr<NetworkAnalysis> after =
      measure(*network, *floats, *samples, options);
  if (succeeded(after))
    printReport(*network, *report, *before, *after);
  return success();
}

} // namespace qml
