//===- Analysis.cpp - Which layer loses accuracy, and why -----------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "qml/Analysis/Analysis.h"

#include "Measure.h"

#include "qml/Pipelines/ReleaseWeights.h"

#include "mlir/IR/Diagnostics.h"
#include "llvm/ADT/ScopeExit.h"

#include <algorithm>
#include <map>
#include <set>

using namespace mlir;

namespace qml {

/// How many changes are put together, and how many are tried for that.
constexpr size_t maxChanges = 8;
constexpr size_t maxTried = 12;

namespace {

/// Variants of one calibrated network, held against its float results.
class Search {
public:
  Search(func::FuncOp calibrated, const std::vector<ResultGroup> &groups,
         const Variant &base, Measurement &measurement,
         const AnalysisOptions &options)
      : calibrated(calibrated), groups(groups), base(base),
        measurement(measurement), options(options) {}

  /// The noise of the network's result after changes; none if they can't be
  /// made.
  std::optional<Noise> measure(ArrayRef<Change> changes);

  /// Tries each change of each layer alone. `start` is the noise without any.
  void tryAll(NetworkAnalysis &analysis, const Noise &start);

  /// Puts the best together, one by one, as long as they give something.
  Suggestion combine(const NetworkAnalysis &analysis, const Noise &start);

private:
  std::vector<char> findAffected(ArrayRef<Change> changes);

  func::FuncOp calibrated;
  const std::vector<ResultGroup> &groups;
  const Variant &base;
  Measurement &measurement;
  const AnalysisOptions &options;
};

} // namespace

std::vector<char> Search::findAffected(ArrayRef<Change> changes) {
  std::vector<char> affected(groups.size());
  for (size_t i = 0; i != groups.size(); ++i) {
    for (unsigned before : groups[i].before)
      affected[i] |= affected[before];
    for (LayerOpInterface layer : groups[i].members)
      affected[i] |= llvm::any_of(changes, [&](const Change &change) {
        return layer.getLayerName() == change.layer;
      });
  }
  return affected;
}

std::optional<Noise> Search::measure(ArrayRef<Change> changes) {
  // What can't be made is no problem of the user's network.
  ScopedDiagnosticHandler silence(calibrated.getContext(),
                                  [](Diagnostic &) { return success(); });
  FailureOr<Variant> variant =
      makeVariant(calibrated, changes, options.bindRanges);
  if (failed(variant))
    return std::nullopt;
  Result<Noise> noise = measurement.measure(*variant, findAffected(changes));
  releaseWeights(*variant->module,
                 {calibrated->getParentOfType<ModuleOp>(), *base.module});
  if (!noise)
    return std::nullopt;
  return *noise;
}

void Search::tryAll(NetworkAnalysis &analysis, const Noise &start) {
  double now = start.decibels();
  for (size_t i = 0; i != groups.size(); ++i) {
    std::vector<TriedChange> &tried = analysis.layers[i].changes;
    std::vector<Change> changes = listChanges(groups[i]);
    // Fewer bits leave room.
    if (analysis.layers[i].products.count || analysis.layers[i].sums.count)
      for (const KernelAnalysis &kernel : analysis.layers[i].kernels)
        if (kernel.bits > 4)
          changes.push_back(
              {Change::WeightBits, kernel.layer, kernel.key, kernel.bits - 1});
    for (Change &change : changes)
      if (std::optional<Noise> noise = measure(change)) {
        // Where nothing differs there is nothing to gain.
        double gain = noise->decibels() - now;
        tried.push_back({std::move(change), std::isnan(gain) ? 0.0 : gain});
      }
    std::stable_sort(tried.begin(), tried.end(),
                     [](const TriedChange &a, const TriedChange &b) {
                       return a.gain > b.gain;
                     });
  }
}

Suggestion Search::combine(const NetworkAnalysis &analysis,
                           const Noise &start) {
  bool isChip = getArithmetic(calibrated) == Arithmetic::Akida;
  std::vector<TriedChange> candidates;
  for (const LayerAnalysis &layer : analysis.layers)
    for (const TriedChange &tried : layer.changes)
      // The chip has no more than 8 bits.
      if (tried.gain >= leastGain && !(isChip && tried.change.bits > 8))
        candidates.push_back(tried);
  std::stable_sort(candidates.begin(), candidates.end(),
                   [](const TriedChange &a, const TriedChange &b) {
                     return a.gain > b.gain;
                   });
  if (candidates.size() > maxTried)
    candidates.resize(maxTried);

  Suggestion best;
  best.result = start;
  for (const TriedChange &candidate : candidates) {
    bool isSet = llvm::any_of(best.changes, [&](const Change &change) {
      return change.kind == candidate.change.kind &&
             change.layer == candidate.change.layer &&
             change.key == candidate.change.key;
    });
    if (isSet)
      continue;
    std::vector<Change> together = best.changes;
    together.push_back(candidate.change);
    std::optional<Noise> noise = measure(together);
    if (!noise || noise->decibels() < best.result.decibels() + leastGain)
      continue;
    best.changes = std::move(together);
    best.result = *noise;
    if (best.changes.size() == maxChanges)
      break;
  }
  best.config = dumpConfig(calibrated, best.changes);
  return best;
}

/// Who aligns channels that are far apart is hurt by it, not who made them.
static void findHarm(std::vector<LayerAnalysis> &layers) {
  std::map<std::string, double> perTensor;
  for (const LayerAnalysis &layer : layers)
    for (const TriedChange &tried : layer.changes)
      if (tried.change.kind == Change::PerTensor)
        perTensor[tried.change.layer] = tried.gain;
  std::set<std::string> aligned;
  for (LayerAnalysis &layer : layers)
    if (layer.alignment) {
      aligned.insert(layer.alignedLayer);
      layer.harm = std::max(layer.harm, perTensor[layer.alignedLayer]);
    }
  for (LayerAnalysis &layer : layers)
    for (const TriedChange &tried : layer.changes)
      if (tried.change.kind != Change::PerTensor ||
          !aligned.count(tried.change.layer))
        layer.harm = std::max(layer.harm, tried.gain);
}

static void sortByHarm(std::vector<LayerAnalysis> &layers) {
  std::stable_sort(layers.begin(), layers.end(),
                   [](const LayerAnalysis &a, const LayerAnalysis &b) {
                     // What gives less than is worth it says nothing.
                     double harmA = a.harm < leastGain ? 0 : a.harm;
                     double harmB = b.harm < leastGain ? 0 : b.harm;
                     if (harmA != harmB)
                       return harmA > harmB;
                     return a.own.decibels() < b.own.decibels();
                   });
}

/// Fills in what changes give to a network that is measured as `base` is, and
/// has the noise `start` so.
static LogicalResult tryChanges(func::FuncOp calibrated,
                                const std::vector<ResultGroup> &groups,
                                const Variant &base, Measurement &measurement,
                                const AnalysisOptions &options,
                                const Noise &start, NetworkAnalysis &analysis) {
  Search search(calibrated, groups, base, measurement, options);
  search.tryAll(analysis, start);
  analysis.suggestion = search.combine(analysis, start);
  return success();
}

/// The noise of a variant whose layers may all be others than the base's.
static FailureOr<Noise> measureWhole(const Variant &variant, size_t numGroups,
                                     Measurement &measurement) {
  Result<Noise> noise =
      measurement.measure(variant, std::vector<char>(numGroups, true));
  if (!noise)
    return variant.network->emitError() << noise.message();
  return *noise;
}

/// The same as tryChanges for a network that was recovered.
static LogicalResult tryUnrecovered(const std::vector<ResultGroup> &groups,
                                    Measurement &measurement,
                                    const AnalysisOptions &options,
                                    NetworkAnalysis &analysis) {
  func::FuncOp original = options.reference;
  SmallVector<ModuleOp> others = {original->getParentOfType<ModuleOp>()};
  FailureOr<Variant> plain = makeVariant(original);
  if (failed(plain))
    return failure();
  llvm::scope_exit releasePlain(
      [&] { releaseWeights(*plain->module, others); });
  if (Status status = measurement.rebase(*plain); !status)
    return original->emitError() << status.message();
  FailureOr<Noise> start = measureWhole(*plain, groups.size(), measurement);
  if (failed(start) || failed(tryChanges(original, groups, *plain, measurement,
                                         options, *start, analysis)))
    return failure();
  Suggestion &suggestion = analysis.suggestion;
  if (suggestion.changes.empty()) {
    suggestion.result = analysis.result;
    return success();
  }

  FailureOr<Variant> variant =
      makeVariant(original, suggestion.changes, [&](func::FuncOp changed) {
        if (options.bindRanges && failed(options.bindRanges(changed)))
          return failure();
        return options.recover(changed->getParentOfType<ModuleOp>());
      });
  if (failed(variant))
    return failure();
  FailureOr<Noise> noise = measureWhole(*variant, groups.size(), measurement);
  releaseWeights(*variant->module, others);
  if (failed(noise))
    return failure();
  suggestion.result = *noise;
  // The recovery may have given as much.
  if (noise->decibels() < analysis.result.decibels() + leastGain) {
    suggestion = Suggestion();
    suggestion.result = analysis.result;
    suggestion.config = dumpConfig(original, {});
  }
  return success();
}

FailureOr<NetworkAnalysis>
analyzeNetwork(func::FuncOp calibrated, const std::vector<SampleArray> &samples,
               const AnalysisOptions &options) {
  FailureOr<FlatNetwork> right =
      flattenNetwork(options.reference ? options.reference : calibrated);
  if (failed(right))
    return failure();
  FailureOr<Variant> base = makeVariant(calibrated);
  if (failed(base))
    return failure();
  std::vector<ResultGroup> groups = findGroups(calibrated);
  std::vector<ResultGroup> integerGroups = findGroups(base->network);
  NetworkAnalysis analysis;
  for (size_t i = 0; i != groups.size(); ++i)
    analysis.layers.emplace_back(describeGroup(groups[i], integerGroups[i]))
        .position = i;

  Measurement measurement(*right, *base, integerGroups, options);
  if (Status status = measurement.run(samples, &analysis.layers); !status)
    return calibrated.emitError() << status.message();
  analysis.samples = measurement.numSamples();
  Result<Noise> noise = measurement.measureBase();
  if (!noise)
    return calibrated.emitError() << noise.message();
  analysis.result = *noise;

  if (options.depth == AnalysisDepth::Changes &&
      failed(options.recover
                 ? tryUnrecovered(groups, measurement, options, analysis)
                 : tryChanges(calibrated, groups, *base, measurement, options,
                              analysis.result, analysis)))
    return failure();
  releaseWeights(*base->module, {calibrated->getParentOfType<ModuleOp>()});
  if (options.depth >= AnalysisDepth::Causes)
    for (LayerAnalysis &layer : analysis.layers)
      findCauses(layer);
  findHarm(analysis.layers);
  sortByHarm(analysis.layers);
  return analysis;
}

FailureOr<Noise> measureNoise(func::FuncOp calibrated, func::FuncOp integer,
                              const std::vector<SampleArray> &samples,
                              const AnalysisOptions &options,
                              std::vector<LayerAnalysis> *layers) {
  FailureOr<FlatNetwork> right = flattenNetwork(calibrated);
  Variant variant;
  variant.network = integer;
  FailureOr<FlatNetwork> flat = flattenNetwork(integer);
  if (failed(right) || failed(flat))
    return failure();
  variant.flat = std::move(*flat);
  std::vector<ResultGroup> groups;
  if (layers) {
    groups = findGroups(integer);
    layers->clear();
    for (const ResultGroup &group : groups)
      layers->push_back(nameGroup(group));
  }
  AnalysisOptions quick = options;
  quick.depth = AnalysisDepth::Cuts;
  Measurement measurement(*right, variant, groups, quick);
  if (Status status = measurement.run(samples, layers); !status)
    return integer.emitError() << status.message();
  Result<Noise> noise = measurement.measureBase();
  if (!noise)
    return integer.emitError() << noise.message();
  return *noise;
}

} // namespace qml
