//===- Recover.cpp - The step of quantize that recovers accuracy ----------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Recover.h"

#include "qml/Calibration/Calibration.h"
#include "qml/Calibration/Job.h"
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

StringRef nameOf(RecoveryLevel level) {
  switch (level) {
  case RecoveryLevel::None:
    return "none";
  case RecoveryLevel::Bias:
    return "bias";
  case RecoveryLevel::Full:
    return "full";
  }
  return {};
}

/// How far each layer's integers are from the float network's values.
static FailureOr<NetworkAnalysis>
measure(func::FuncOp calibrated, func::FuncOp original,
        const std::vector<SampleArray> &samples,
        const QuantizeOptions &options) {
  AnalysisOptions settings;
  settings.numSamples = 32;
  settings.threads = options.threads;
  settings.depth = AnalysisDepth::Noise;
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

namespace {
/// The noise of a layer, before and after; null where there is none.
struct Pair {
  const LayerAnalysis *before, *after;
};
} // namespace

/// Layers in the order of the network.
static std::vector<Pair> pairLayers(const Recovered &recovered) {
  llvm::StringMap<const LayerAnalysis *> now;
  for (const LayerAnalysis &layer : recovered.after->layers)
    now[layer.layer] = &layer;
  std::vector<Pair> pairs;
  for (const LayerAnalysis &layer : recovered.before->layers)
    if (const LayerAnalysis *after = now.lookup(layer.layer))
      pairs.push_back({&layer, after});
  llvm::stable_sort(pairs, [](const Pair &a, const Pair &b) {
    return a.before->position < b.before->position;
  });
  return pairs;
}

void printRecovered(const Recovered &recovered) {
  if (!recovered.before || !recovered.after)
    return;
  llvm::errs() << llvm::format(
      "  recovered on %s, dB against the float network\n",
      showCount(recovered.report.samples, "sample").c_str());
  llvm::errs() << llvm::format("  %-28s %8s %8s\n", "layer", "before", "after");
  auto print = [](StringRef name, const Noise &was, const Noise &is) {
    llvm::errs() << llvm::format("  %-28s %8s %8s\n",
                                 printable(name.str()).c_str(),
                                 showDecibels(was.decibels()).c_str(),
                                 showDecibels(is.decibels()).c_str());
  };
  for (const Pair &pair : pairLayers(recovered))
    print(pair.before->layer, pair.before->accumulated,
          pair.after->accumulated);
  print("result", recovered.before->result, recovered.after->result);
  for (const RecoveredLayer &layer : recovered.report.layers)
    if (!layer.whyNot.empty())
      llvm::errs() << "  weights of " << quote(layer.layer)
                   << " stay: " << layer.whyNot << "\n";
}

Json jsonRecovered(const Recovered &recovered) {
  Json json;
  json["samples"] = recovered.report.samples;
  bool isMeasured = recovered.before && recovered.after;
  json["noise_samples"] = isMeasured ? Json(recovered.before->samples) : Json();
  json["before"] = isMeasured ? jsonNoise(recovered.before->result) : Json();
  json["after"] = isMeasured ? jsonNoise(recovered.after->result) : Json();
  json["layers"] = Json::array();
  if (isMeasured)
    for (const Pair &pair : pairLayers(recovered))
      json["layers"].push_back({{"name", jsonName(pair.before->layer)},
                                {"before", jsonNoise(pair.before->accumulated)},
                                {"after", jsonNoise(pair.after->accumulated)}});
  json["weights"] = Json::array();
  for (const RecoveredLayer &layer : recovered.report.layers)
    json["weights"].push_back(
        {{"layer", jsonName(layer.layer)},
         {"new_weights", layer.hasNewWeights},
         {"why_not", layer.whyNot.empty() ? Json() : jsonName(layer.whyNot)},
         {"error_before", jsonNumber(layer.errorBefore)},
         {"error_after", jsonNumber(layer.errorAfter)},
         {"bias_change", jsonNumber(layer.biasChange)}});
  return json;
}

RecoveryOptions getRecoveryOptions(RecoveryLevel level,
                                   const QuantizeOptions &options) {
  RecoveryOptions settings;
  settings.correctBiases = true;
  settings.refit = settings.round = level == RecoveryLevel::Full;
  settings.numSamples = options.numSamples;
  settings.threads = options.threads;
  return settings;
}

FailureOr<Recovered> recover(ModuleOp module, ModuleOp original,
                             const RecoverySettings &how,
                             const QuantizeOptions &options) {
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
  RecoveryOptions settings = getRecoveryOptions(how.level, options);
  settings.facts = how.facts;
  settings.workers = getWorkers();
  std::optional<ProgressLine> line;
  if (how.showsProgress) {
    line.emplace("Recovering", "layers");
    settings.progress = [&](int64_t done, int64_t total) {
      line->update(done, total);
    };
  }
  Recovered recovered;
  auto measureInto = [&](std::optional<NetworkAnalysis> &analysis) {
    if (!how.measures)
      return;
    FailureOr<NetworkAnalysis> found =
        measure(*network, *floats, *samples, options);
    if (succeeded(found))
      analysis = std::move(*found);
  };
  measureInto(recovered.before);
  FailureOr<RecoveryReport> report =
      recoverAccuracy(*network, *samples, settings);
  line.reset();
  if (failed(report))
    return failure();
  recovered.report = std::move(*report);
  if (recovered.report.samples < fewSamples)
    network->emitWarning() << "accuracy is recovered on "
                           << showCount(recovered.report.samples, "sample")
                           << ": weights and biases may fit these alone; give "
                           << fewSamples << " or more";
  measureInto(recovered.after);
  return recovered;
}

} // namespace qml
