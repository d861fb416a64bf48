//===- Search.cpp - Mixed precision by the result's noise -----------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "qml/Analysis/Search.h"

#include "Measure.h"

#include "qml/Pipelines/ReleaseWeights.h"
#include "qml/Support/Quote.h"
#include "qml/Target/Report/Report.h"

#include "mlir/IR/Diagnostics.h"
#include "llvm/ADT/ScopeExit.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

using namespace mlir;

namespace qml {

/// Changes that are measured again after each step: the head of the order.
constexpr size_t maxMeasured = 12;
/// Of these, changes of weights and of results that are prepared as the result
/// will be, where that is more work.
constexpr int maxPrepared = 2;
/// What a step has to give, in decibels, without a target.
constexpr double leastStep = 0.05;

//===----------------------------------------------------------------------===//
// Bits
//===----------------------------------------------------------------------===//

namespace {
/// Something that has bits: a kernel or a result.
struct Place {
  LayerOpInterface layer;
  Change::Kind kind = Change::WeightBits;
  std::string key;
  int bits = 0;
  double count = 0;
};
} // namespace

static std::vector<Place> findPlaces(func::FuncOp network) {
  std::vector<Place> places;
  llvm::DenseSet<mlir::Operation *> floats = getFloatLayers(network);
  for (auto layer : network.getOps<LayerOpInterface>()) {
    if (floats.contains(layer))
      continue;
    if (auto weighted = dyn_cast<WeightedLayerOpInterface>(*layer))
      for (const KernelInfo &info : weighted.getKernels())
        if (auto quantizer = layer->getAttrOfType<WeightQuantizerAttr>(
                info.getQuantizerName()))
          places.push_back({layer, Change::WeightBits, info.getQuantizerName(),
                            int(quantizer.getBitwidth()),
                            double(getNumElements(info.kernel))});
    if (OutputQuantizerOp quantizer = getOutputQuantizer(layer)) {
      double count = 1;
      for (int64_t extent : getShape(quantizer.getInput()).drop_front())
        count *= double(extent);
      places.push_back({layer, Change::ResultBits, "output_quantizer",
                        int(quantizer.getBitwidth()), count});
    }
  }
  return places;
}

/// Of all weights, or of all results.
static double sumBits(const std::vector<Place> &places, Change::Kind kind,
                      double *count = nullptr) {
  double bits = 0;
  for (const Place &place : places)
    if (place.kind == kind) {
      bits += place.bits * place.count;
      if (count)
        *count += place.count;
    }
  return bits;
}

NetworkBits countBits(func::FuncOp network) {
  NetworkBits found;
  std::vector<Place> places = findPlaces(network);
  double weights = 0, results = 0;
  found.weights = sumBits(places, Change::WeightBits, &weights);
  found.weights /= std::max(1.0, weights);
  found.results = sumBits(places, Change::ResultBits, &results);
  found.results /= std::max(1.0, results);
  for (const LayerSummary &layer : summarize(network))
    found.weightBytes += layer.weightBytes;
  return found;
}

//===----------------------------------------------------------------------===//
// The search
//===----------------------------------------------------------------------===//

namespace {

/// A network with some of its bits raised, as it would become the result.
struct Mixed {
  std::vector<Change> changes;
  /// Calibrated, with all that comes before lowering.
  OwningOpRef<ModuleOp> prepared;
  Variant variant;
  NetworkBits bits;
  Noise noise;

  func::FuncOp network() { return *prepared->getOps<func::FuncOp>().begin(); }
};

struct Candidate {
  Change change;
  NetworkBits bits;
  /// The bits that it adds, as a share of all of their kind.
  double cost = 0;
  /// What it gives, in decibels; none if it was not measured in this step.
  std::optional<double> gain;
};

class BitSearch {
public:
  BitSearch(func::FuncOp calibrated, const FlatNetwork &right,
            const SearchOptions &options)
      : calibrated(calibrated), right(right), options(options) {}

  FailureOr<SearchResult> run(const std::vector<SampleArray> &samples);

private:
  using Key = std::tuple<int, std::string, std::string, int>;
  static Key keyOf(const Change &change) {
    return {int(change.kind), change.layer, change.key, change.bits};
  }

  FailureOr<Mixed> make(std::vector<Change> changes);
  FailureOr<Mixed> tryMake(std::vector<Change> changes);
  LogicalResult move(Mixed next, std::optional<Change> change,
                     bool isTakenBack = false);
  void release(ModuleOp module);

  /// What can be raised by one step; with `all`, whatever the budget.
  std::vector<Candidate> listCandidates(bool all = false);
  std::optional<Noise> measure(const Change &change);
  void measureAll(std::vector<Candidate> &candidates, size_t most);
  double scoreOf(const Candidate &candidate) const;
  std::optional<std::pair<Mixed, Change>>
  choose(std::vector<Candidate> candidates);

  bool isReached() const {
    return options.target && now->noise.decibels() >= *options.target;
  }
  bool fits(const NetworkBits &bits) const {
    return !(options.mostBytes && bits.weightBytes > *options.mostBytes) &&
           !(options.mostBits && bits.weights > *options.mostBits);
  }
  LogicalResult checkCeiling();
  LogicalResult climb();
  LogicalResult takeBack();
  void step() {
    ++done;
    if (options.progress)
      options.progress(done, std::max(done, total));
  }

  func::FuncOp calibrated;
  const FlatNetwork &right;
  const SearchOptions &options;
  std::unique_ptr<Measurement> measurement;
  std::optional<Mixed> now;
  SearchResult result;
  /// What was measured last, in decibels, of each change.
  std::map<Key, double> known;
  /// What can't be made, or not for the hardware.
  std::set<Key> refused;
  bool isRestricted = false;
  int64_t done = 0, total = 0;
};

} // namespace

static std::vector<Change> withChange(std::vector<Change> changes,
                                      const Change &change) {
  for (Change &old : changes)
    if (old.kind == change.kind && old.layer == change.layer &&
        old.key == change.key) {
      old.bits = change.bits;
      return changes;
    }
  changes.push_back(change);
  return changes;
}

void BitSearch::release(ModuleOp module) {
  SmallVector<ModuleOp> others = {calibrated->getParentOfType<ModuleOp>()};
  if (now) {
    others.push_back(*now->prepared);
    others.push_back(*now->variant.module);
  }
  releaseWeights(module, others);
}

FailureOr<Mixed> BitSearch::make(std::vector<Change> changes) {
  Mixed made;
  made.prepared = copyNetwork(calibrated);
  llvm::scope_exit releaseFailed([&] {
    release(*made.prepared);
    if (made.variant.module)
      release(*made.variant.module);
  });
  applyChanges(made.network(), changes);
  made.changes = std::move(changes);
  if (options.bindRanges && failed(options.bindRanges(made.network())))
    return failure();
  if (options.prepare && failed(options.prepare(*made.prepared)))
    return failure();
  made.bits = countBits(made.network());
  FailureOr<Variant> variant = makeVariant(made.network());
  if (failed(variant))
    return failure();
  made.variant = std::move(*variant);
  // The start is measured when samples were taken.
  if (!measurement) {
    releaseFailed.release();
    return made;
  }
  size_t groups = findGroups(made.variant.network).size();
  Result<Noise> noise =
      measurement->measure(made.variant, std::vector<char>(groups, true));
  if (!noise)
    return calibrated.emitError() << noise.message();
  made.noise = *noise;
  releaseFailed.release();
  return made;
}

/// None if it can't be made, or must not be, which is no problem of the user's.
FailureOr<Mixed> BitSearch::tryMake(std::vector<Change> changes) {
  ScopedDiagnosticHandler silence(calibrated.getContext(),
                                  [](Diagnostic &) { return success(); });
  FailureOr<Mixed> made = make(std::move(changes));
  step();
  if (failed(made))
    return failure();
  if (isRestricted && !options.isAllowed(*made->variant.module)) {
    release(*made->prepared);
    release(*made->variant.module);
    return failure();
  }
  return made;
}

/// Goes on from another network.
LogicalResult BitSearch::move(Mixed next, std::optional<Change> change,
                              bool isTakenBack) {
  std::optional<Mixed> last = std::move(now);
  now = std::move(next);
  if (last) {
    release(*last->prepared);
    release(*last->variant.module);
  }
  result.steps.push_back(
      {std::move(change), isTakenBack, now->bits, now->noise});
  if (Status status = measurement->rebase(now->variant); !status)
    return calibrated.emitError() << status.message();
  return success();
}

//===----------------------------------------------------------------------===//
// Candidates
//===----------------------------------------------------------------------===//

std::vector<Candidate> BitSearch::listCandidates(bool all) {
  std::vector<Candidate> candidates;
  std::vector<Place> places = findPlaces(now->network());
  double weights = 0;
  const double weightBits = sumBits(places, Change::WeightBits, &weights);
  const double resultBits = sumBits(places, Change::ResultBits);
  for (Place &place : places) {
    if (place.kind == Change::WeightBits ? !options.raiseWeights
                                         : !options.raiseResults)
      continue;
    auto next =
        std::upper_bound(options.bits.begin(), options.bits.end(), place.bits);
    if (next == options.bits.end())
      continue;
    Candidate candidate;
    candidate.change = {place.kind, place.layer.getLayerName().str(), place.key,
                        *next, getArithmetic(calibrated) != Arithmetic::Akida};
    if (refused.count(keyOf(candidate.change)))
      continue;
    double more = (*next - place.bits) * place.count;
    candidate.cost =
        more / (place.kind == Change::WeightBits ? weightBits : resultBits);
    candidate.bits = now->bits;
    if (place.kind == Change::WeightBits) {
      candidate.bits.weights += more / weights;
      auto bytes = [&](int bits) {
        return (int64_t(place.count) * bits + 7) / 8;
      };
      candidate.bits.weightBytes += bytes(*next) - bytes(place.bits);
    }
    if (all || fits(candidate.bits))
      candidates.push_back(std::move(candidate));
  }
  return candidates;
}

/// The layer with weights of that name; null if there is none.
static WeightedLayerOpInterface findWeighted(func::FuncOp network,
                                             StringRef name) {
  for (auto layer : network.getOps<WeightedLayerOpInterface>())
    if (layer.getLayerName() == name)
      return layer;
  return {};
}

/// The noise after one more change, where all else stays as it is.
std::optional<Noise> BitSearch::measure(const Change &change) {
  ScopedDiagnosticHandler silence(calibrated.getContext(),
                                  [](Diagnostic &) { return success(); });
  OwningOpRef<ModuleOp> module = copyNetwork(now->network());
  func::FuncOp network = *module->getOps<func::FuncOp>().begin();
  // Weights that were chosen for few bits are of no use with more: those of the
  // model are near to what would be chosen then.
  if (options.prepare && change.ofWeights()) {
    WeightedLayerOpInterface from = findWeighted(calibrated, change.layer);
    WeightedLayerOpInterface to = findWeighted(network, change.layer);
    if (from && to) {
      for (const KernelInfo &info : from.getKernels())
        if (info.getQuantizerName() == change.key)
          to->setAttr(info.name, info.kernel);
      if (ElementsAttr bias = from.getBiasAttr())
        to.setBiasAttr(bias);
    }
  }
  applyChanges(network, change);
  std::optional<Noise> found;
  if (!options.bindRanges || change.ofWeights() ||
      succeeded(options.bindRanges(network))) {
    FailureOr<Variant> variant = makeVariant(network);
    if (succeeded(variant)) {
      std::vector<ResultGroup> groups = findGroups(network);
      std::vector<char> affected(groups.size());
      for (size_t i = 0; i != groups.size(); ++i) {
        for (unsigned before : groups[i].before)
          affected[i] |= affected[before];
        for (LayerOpInterface layer : groups[i].members)
          affected[i] |= layer.getLayerName() == change.layer;
      }
      Result<Noise> noise = measurement->measure(*variant, affected);
      if (noise)
        found = *noise;
      release(*variant->module);
    }
  }
  release(*module);
  step();
  return found;
}

/// The best first where there is no budget; else what gives most for its bits.
double BitSearch::scoreOf(const Candidate &candidate) const {
  bool hasBudget = options.mostBytes || options.mostBits;
  if (!hasBudget || *candidate.gain <= 0)
    return *candidate.gain;
  return *candidate.gain / candidate.cost;
}

/// Measures those that gave most when they were measured last, and what was
/// never measured.
void BitSearch::measureAll(std::vector<Candidate> &candidates, size_t most) {
  std::vector<std::pair<double, Candidate *>> order;
  for (Candidate &candidate : candidates) {
    auto last = known.find(keyOf(candidate.change));
    candidate.gain = last == known.end()
                         ? std::numeric_limits<double>::infinity()
                         : last->second;
    order.push_back({scoreOf(candidate), &candidate});
    candidate.gain.reset();
  }
  std::stable_sort(
      order.begin(), order.end(),
      [](const auto &a, const auto &b) { return a.first > b.first; });
  double decibels = now->noise.decibels();
  for (auto [score, candidate] : order) {
    if (most == 0)
      return;
    // All that is unknown is of interest.
    most -= !std::isinf(score);
    if (std::optional<Noise> noise = measure(candidate->change)) {
      double gain = noise->decibels() - decibels;
      candidate->gain = std::isnan(gain) ? 0.0 : gain;
      known[keyOf(candidate->change)] = *candidate->gain;
    } else {
      refused.insert(keyOf(candidate->change));
    }
  }
}

/// The best of the candidates that were measured, as it will be.
std::optional<std::pair<Mixed, Change>>
BitSearch::choose(std::vector<Candidate> candidates) {
  llvm::erase_if(candidates,
                 [](const Candidate &candidate) { return !candidate.gain; });
  std::stable_sort(candidates.begin(), candidates.end(),
                   [&](const Candidate &a, const Candidate &b) {
                     return scoreOf(a) > scoreOf(b);
                   });
  std::optional<std::pair<Mixed, Change>> best;
  double bestScore = 0;
  int prepared[2] = {0, 0};
  for (Candidate &candidate : candidates) {
    int &number = prepared[candidate.change.ofWeights()];
    if (number == maxPrepared || (!options.prepare && best))
      continue;
    FailureOr<Mixed> made = tryMake(withChange(now->changes, candidate.change));
    if (failed(made)) {
      refused.insert(keyOf(candidate.change));
      continue;
    }
    ++number;
    double gain = made->noise.decibels() - now->noise.decibels();
    candidate.gain = std::isnan(gain) ? 0.0 : gain;
    known[keyOf(candidate.change)] = *candidate.gain;
    double score = scoreOf(candidate);
    if (best && score <= bestScore) {
      release(*made->prepared);
      release(*made->variant.module);
      continue;
    }
    if (best) {
      release(*best->first.prepared);
      release(*best->first.variant.module);
    }
    bestScore = score;
    best.emplace(std::move(*made), candidate.change);
  }
  return best;
}

//===----------------------------------------------------------------------===//
// Steps
//===----------------------------------------------------------------------===//

/// Whether all bits at their most are enough: no step has to be taken to learn
/// that they are not.
LogicalResult BitSearch::checkCeiling() {
  std::vector<Change> all;
  for (const Candidate &candidate : listCandidates(/*all=*/true)) {
    all.push_back(candidate.change);
    all.back().bits = options.bits.back();
  }
  if (all.empty())
    return success();
  FailureOr<Mixed> ceiling = tryMake(all);
  if (failed(ceiling))
    return success();
  double most = ceiling->noise.decibels();
  release(*ceiling->prepared);
  release(*ceiling->variant.module);
  if (most >= *options.target)
    return success();
  result.isReached = false;
  if (most > now->noise.decibels())
    result.best = ceiling->noise;
  return failure();
}

LogicalResult BitSearch::climb() {
  size_t places = listCandidates().size();
  for (const Candidate &candidate : listCandidates())
    total += options.bits.end() - std::lower_bound(options.bits.begin(),
                                                   options.bits.end(),
                                                   candidate.change.bits);
  // The head of each step, and those that are prepared.
  total *=
      std::min(places, maxMeasured) + (options.prepare ? 2 * maxPrepared : 1);
  total += int64_t(places) + done;
  while (!isReached()) {
    std::vector<Candidate> candidates = listCandidates();
    if (candidates.empty())
      return success();
    measureAll(candidates, known.empty() ? candidates.size() : maxMeasured);
    auto best = choose(candidates);
    auto gives = [&] {
      return best &&
             best->first.noise.decibels() >= now->noise.decibels() + leastStep;
    };
    if (!gives() && candidates.size() > maxMeasured) {
      // What gave less before may give more by now.
      measureAll(candidates, candidates.size());
      auto other = choose(candidates);
      if (other && (!best || other->first.noise.decibels() >
                                 best->first.noise.decibels()))
        std::swap(best, other);
      if (other) {
        release(*other->first.prepared);
        release(*other->first.variant.module);
      }
    }
    // With a target, two changes may give together what none gives alone.
    if (!best || (!options.target && !gives())) {
      if (best) {
        release(*best->first.prepared);
        release(*best->first.variant.module);
      }
      return success();
    }
    if (failed(move(std::move(best->first), best->second)))
      return failure();
  }
  return success();
}

/// Steps that later ones made needless.
LogicalResult BitSearch::takeBack() {
  std::vector<Change> order;
  double last = result.steps.front().noise.decibels();
  std::vector<std::pair<double, Change>> gains;
  for (const SearchStep &step : result.steps) {
    double decibels = step.noise.decibels();
    if (step.change)
      gains.push_back({decibels - last, *step.change});
    last = decibels;
  }
  // The last one was needed.
  if (!gains.empty())
    gains.pop_back();
  std::stable_sort(
      gains.begin(), gains.end(),
      [](const auto &a, const auto &b) { return a.first < b.first; });
  for (const auto &gain : gains) {
    const Change &change = gain.second;
    std::vector<Change> others = now->changes;
    llvm::erase_if(others, [&](const Change &other) {
      return other.kind == change.kind && other.layer == change.layer &&
             other.key == change.key && other.bits == change.bits;
    });
    if (others.size() == now->changes.size())
      continue;
    FailureOr<Mixed> made = tryMake(others);
    if (failed(made))
      continue;
    if (made->noise.decibels() < *options.target) {
      release(*made->prepared);
      release(*made->variant.module);
      continue;
    }
    if (failed(move(std::move(*made), change, /*isTakenBack=*/true)))
      return failure();
  }
  return success();
}

FailureOr<SearchResult>
BitSearch::run(const std::vector<SampleArray> &samples) {
  FailureOr<Mixed> start = make({});
  if (failed(start))
    return failure();
  measurement = std::make_unique<Measurement>(
      right, start->variant, std::vector<ResultGroup>(), options.analysis);
  if (Status status = measurement->run(samples, nullptr); !status)
    return calibrated.emitError() << status.message();
  result.samples = measurement->numSamples();
  size_t groups = findGroups(start->variant.network).size();
  Result<Noise> noise =
      measurement->measure(start->variant, std::vector<char>(groups, true));
  if (!noise)
    return calibrated.emitError() << noise.message();
  start->noise = *noise;
  isRestricted = options.isAllowed && options.isAllowed(*start->variant.module);
  step();
  if (!fits(start->bits))
    return calibrated.emitError()
           << "the weights have " << start->bits.weightBytes << " bytes and "
           << showNumber(float(start->bits.weights))
           << " bits on average at the start, more than the budget; start with "
              "fewer bits, or raise it";
  if (failed(move(std::move(*start), std::nullopt)))
    return failure();
  result.best = now->noise;
  if (!options.target || isReached() || succeeded(checkCeiling())) {
    if (failed(climb()))
      return failure();
    result.isReached = !options.target || isReached();
    if (options.target && result.isReached && failed(takeBack()))
      return failure();
    for (const SearchStep &step : result.steps)
      if (step.noise.decibels() > result.best.decibels())
        result.best = step.noise;
  }
  result.changes = now->changes;
  result.noise = now->noise;
  result.config = dumpConfig(calibrated, result.changes);
  std::optional<Mixed> last = std::move(now);
  now.reset();
  release(*last->prepared);
  release(*last->variant.module);
  return std::move(result);
}

FailureOr<SearchResult> searchBits(func::FuncOp calibrated,
                                   const std::vector<SampleArray> &samples,
                                   const SearchOptions &options) {
  FailureOr<FlatNetwork> right = flattenNetwork(calibrated);
  if (failed(right))
    return failure();
  return BitSearch(calibrated, *right, options).run(samples);
}

} // namespace qml
