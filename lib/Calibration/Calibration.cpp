//===- Calibration.cpp - Ranges of a float network ------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Calibration as a whole, and the line that shows how far it is.
//
//===----------------------------------------------------------------------===//

#include "qml/Calibration/Calibration.h"
#include "qml/Calibration/Fingerprint.h"
#include "qml/Support/Quote.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <unistd.h>

namespace qml {

namespace {

/// One calibration: spans of batches, in as many epochs as were asked for.
class Calibration {
public:
  Calibration(FloatExecutor &executor, const SampleSet &samples,
              const CalibrationOptions &options)
      : executor(executor), samples(samples), options(options),
        count(options.workers ? options.workers->count() : 1),
        rank(options.workers ? options.workers->rank() : 0) {}

  Result<Ranges> run();

private:
  Status prepare();
  Status checkInputs();
  Status observe(int64_t epoch, BatchSpan span);
  Status exchangeStates();
  Status countHistograms();
  /// Hands on what was gathered; runs after it gather nothing.
  void takeGathering();
  Status checkShares(BatchSpan span, PieceSpan mine, int64_t seen,
                     bool isFirstTime);
  void report(int64_t done);

  /// Nothing is done together that was not agreed on before: a process that
  /// left would be waited for.
  Status agree(Status mine, const std::string &step) {
    if (!options.workers)
      return mine;
    return options.workers->agree(std::move(mine), step);
  }
  /// The same, unless all know already that the job is over.
  Status settle(Status mine) {
    if (options.workers && options.workers->isOver())
      return mine;
    return agree(std::move(mine), "ranges");
  }
  /// The pieces that this process takes.
  PieceSpan shareOf(BatchSpan span) const {
    int64_t pieces = executor.numPieces(batches, span);
    PieceSpan mine;
    mine.first = pieces * rank / count;
    mine.count = pieces * (rank + 1) / count - mine.first;
    return mine;
  }
  FloatExecutor::Progress progressOf(BatchSpan span, int64_t before);
  int64_t samplesIn(BatchSpan span) const {
    int64_t end = batches.firstOf(span.first + span.count);
    return std::min(end, batches.samples) - batches.firstOf(span.first);
  }
  int64_t numSpans() const {
    return (batches.steps + batchesPerSpan - 1) / batchesPerSpan;
  }
  /// Whether histograms take the samples through the network once more.
  bool countsAnew() const {
    return options.histograms &&
           !(isGathering && !options.rangeRequests.empty());
  }
  /// How often ranges take all samples through the network.
  int64_t numRuns() const { return numSpans() == 1 ? 1 : options.epochs; }

  FloatExecutor &executor;
  const SampleSet &samples;
  const CalibrationOptions &options;
  int64_t count;
  int64_t rank;
  Batching batches;
  int64_t batchesPerSpan = 1;
  bool isGathering = false;
  /// By process, in one epoch.
  std::vector<int64_t> samplesSeen;
  /// Of all batches together, for histograms.
  ObserverState overall;
  int64_t reported = 0;
};

} // namespace

Status Calibration::prepare() {
  if (options.epochs < 1)
    return Error{"the number of epochs is " + std::to_string(options.epochs) +
                 ", it has to be at least 1"};
  if (!(options.momentum >= 0 && options.momentum <= 1))
    return Error{"the momentum is " + showNumber(options.momentum) +
                 ", it has to be between 0 and 1"};
  auto planned =
      planBatches(samples.size(), options.numSamples, options.batchSize);
  if (!planned)
    return planned.takeError();
  batches = *planned;
  size_t stateBytes =
      std::max(executor.layout().size() * sizeof(int32_t), sizeof(int32_t));
  int64_t fitting = int64_t(options.maxStateBytes / stateBytes);
  int64_t unit = executor.spanGranularity(batches);
  batchesPerSpan = batches.steps <= fitting
                       ? batches.steps
                       : std::max(fitting / unit * unit, unit);
  samplesSeen.assign(size_t(count), 0);
  if (options.histograms)
    overall = emptyState(executor.layout());
  // Each sample runs once if its states are kept.
  isGathering =
      numSpans() == 1 && (options.gathering || !options.rangeRequests.empty());
  if (isGathering)
    if (Status status = executor.startGathering(batches.samples); !status)
      return status;
  return executor.startRanges(options.momentum);
}

/// Whether all processes work on the same.
Status Calibration::checkInputs() {
  if (!options.workers)
    return {};
  auto descriptions = options.workers->gather(
      describeCalibration(executor, samples, batches, options));
  if (!descriptions)
    return descriptions.takeError();
  return compareDescriptions(*descriptions, *options.workers);
}

void Calibration::report(int64_t done) {
  if (!options.progress || done <= reported)
    return;
  reported = done;
  int64_t runs = numRuns() + (countsAnew() ? 1 : 0);
  options.progress(done, runs * batches.samples);
}

/// Reports what this process does of the span, `before` samples having been
/// done. The others are taken to be as far.
FloatExecutor::Progress Calibration::progressOf(BatchSpan span,
                                                int64_t before) {
  double share =
      double(shareOf(span).count) / double(executor.numPieces(batches, span));
  int64_t total = samplesIn(span);
  return [=](int64_t done) {
    int64_t all = count == 1 ? done : int64_t(double(done) / share);
    report(before + std::min(all, total));
  };
}

/// Observes a span together with the other processes, which all hold its states
/// afterwards.
Status Calibration::observe(int64_t epoch, BatchSpan span) {
  PieceSpan mine = shareOf(span);
  int64_t before = epoch * batches.samples + batches.firstOf(span.first);
  auto seen =
      executor.observe(samples, batches, span, mine, progressOf(span, before));
  std::string step = "epoch " + std::to_string(epoch) + ", batch " +
                     std::to_string(span.first);
  Status status = seen ? Status() : Status(seen.takeError());
  if (status = agree(std::move(status), step); !status)
    return status;
  if (status = checkShares(span, mine, *seen, epoch == 0); !status)
    return status;
  report(before + samplesIn(span));
  return exchangeStates();
}

/// Fails unless each sample of the span was seen by exactly one process.
Status Calibration::checkShares(BatchSpan span, PieceSpan mine, int64_t seen,
                                bool isFirstTime) {
  std::vector<uint64_t> shares(size_t(3 * count));
  shares[size_t(3 * rank)] = uint64_t(mine.first);
  shares[size_t(3 * rank) + 1] = uint64_t(mine.count);
  shares[size_t(3 * rank) + 2] = uint64_t(seen);
  if (options.workers)
    if (Status status = options.workers->sum(shares); !status)
      return status;
  uint64_t nextPiece = 0, all = 0;
  bool isExact = true;
  for (int64_t i = 0; i < count; ++i) {
    const uint64_t *share = shares.data() + 3 * i;
    isExact &= share[0] == nextPiece;
    nextPiece += share[1];
    all += share[2];
    if (isFirstTime)
      samplesSeen[size_t(i)] += int64_t(share[2]);
  }
  isExact &= nextPiece == uint64_t(executor.numPieces(batches, span)) &&
             all == uint64_t(samplesIn(span));
  if (isExact)
    return {};
  return Error{"of " + std::to_string(samplesIn(span)) + " samples " +
               std::to_string(all) + " were seen, in " +
               std::to_string(nextPiece) +
               " pieces: the result would be wrong"};
}

/// Puts together what each process observed.
Status Calibration::exchangeStates() {
  if (!options.workers && !options.histograms)
    return {};
  auto states = executor.states();
  Status status = states ? Status() : Status(states.takeError());
  if (status = agree(std::move(status), "states"); !status)
    return status;
  if (options.workers)
    if (status = options.workers->maximum(*states); !status)
      return status;
  for (size_t i = 0; options.histograms && i < states->size(); ++i)
    overall[i % overall.size()] =
        larger(overall[i % overall.size()], (*states)[i]);
  return options.workers ? executor.setStates(std::move(*states)) : Status();
}

/// All processes get the same bins, and then the sums of their counts.
Status Calibration::countHistograms() {
  Histograms &result = *options.histograms;
  BatchSpan span{0, batches.steps};
  PieceSpan mine = shareOf(span);
  int64_t before = numRuns() * batches.samples;
  BinScales scales = binScales(executor.layout(), overall);
  if (options.sparseHistograms && executor.takesSteps())
    scales.steps =
        findCellSteps(executor.program(), executor.layout(), batches.samples);
  Status status = result.start(executor.layout(), scales);
  int64_t seen = 0;
  if (status && !countsAnew()) {
    status =
        executor.countGathered(options.rangeRequests, scales, result.counts);
  } else if (status) {
    auto counted = executor.count(samples, batches, span, mine, scales,
                                  result.counts, progressOf(span, before));
    if (counted)
      seen = *counted;
    else
      status = counted.takeError();
  }
  if (status = agree(std::move(status), "histograms"); !status)
    return status;
  if (countsAnew())
    if (status = checkShares(span, mine, seen, false); !status)
      return status;
  if (options.workers)
    if (status = options.workers->sum(result.counts); !status)
      return status;
  if (countsAnew())
    report(before + batches.samples);
  return result.check(executor.program(), batches.samples);
}

void Calibration::takeGathering() {
  Gathering gathered = executor.takeGathering();
  if (options.gathering)
    *options.gathering = std::move(gathered);
}

Result<Ranges> Calibration::run() {
  if (Status status = agree(prepare(), "start"); !status)
    return status.takeError();
  if (Status status = agree(checkInputs(), "inputs"); !status)
    return status.takeError();
  for (int64_t epoch = 0; epoch < options.epochs; ++epoch)
    for (int64_t first = 0; first < batches.steps; first += batchesPerSpan) {
      // A single span is still held when the next epoch begins.
      BatchSpan span{first, std::min(batchesPerSpan, batches.steps - first)};
      Status status;
      if (epoch == 0 || numSpans() > 1)
        status = observe(epoch, span);
      if (status)
        status = executor.moveRanges(batches);
      if (status = settle(std::move(status)); !status)
        return status.takeError();
    }
  Result<Ranges> ranges = executor.ranges();
  Status status = ranges ? Status() : Status(Error{ranges.message()});
  if (status = agree(std::move(status), "end"); !status)
    return status.takeError();
  // What counts anew runs the network again, and would gather all of it twice.
  bool isGathered = isGathering && countsAnew();
  if (isGathered)
    takeGathering();
  if (options.histograms)
    if (status = countHistograms(); !status)
      return status.takeError();
  if (options.samplesSeen)
    *options.samplesSeen = samplesSeen;
  if (isGathering && !isGathered)
    takeGathering();
  return ranges;
}

Result<Ranges> calibrate(FloatExecutor &executor, const SampleSet &samples,
                         const CalibrationOptions &options) {
  return Calibration(executor, samples, options).run();
}

//===----------------------------------------------------------------------===//
// ProgressLine
//===----------------------------------------------------------------------===//

static double secondsNow() {
  return std::chrono::duration<double>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

ProgressLine::ProgressLine(std::string what, std::string unit)
    : what(std::move(what)), unit(std::move(unit)),
      isTerminal(isatty(STDERR_FILENO)), start(secondsNow()) {}

ProgressLine::~ProgressLine() {
  if (width)
    std::fprintf(stderr, "\r%*s\r", int(width), "");
}

std::string ProgressLine::text(const std::string &what, int64_t done,
                               int64_t total, double seconds,
                               const std::string &unit) {
  std::string line = what + ": " + std::to_string(done) + " of " +
                     std::to_string(total) + " " + unit;
  if (done <= 0 || seconds <= 0)
    return line;
  double rate = double(done) / seconds;
  char text[96];
  int64_t left = int64_t(std::ceil(double(total - done) / rate));
  std::snprintf(text, sizeof text, rate < 10 ? ", %.1f/s" : ", %.0f/s", rate);
  line += text;
  if (left >= 3600)
    std::snprintf(text, sizeof text, ", %lld:%02d:%02d h left",
                  static_cast<long long>(left / 3600), int(left / 60 % 60),
                  int(left % 60));
  else if (left >= 60)
    std::snprintf(text, sizeof text, ", %d:%02d min left", int(left / 60),
                  int(left % 60));
  else
    std::snprintf(text, sizeof text, ", %d s left", int(left));
  return line + text;
}

void ProgressLine::update(int64_t done, int64_t total) {
  if (!isTerminal)
    return;
  double seconds = secondsNow() - start;
  // Often enough for the eye.
  if (last >= 0 && seconds - last < .1 && done < total)
    return;
  last = seconds;
  std::string line = text(what, done, total, seconds, unit);
  int padding = int(width > line.size() ? width - line.size() : 0);
  width = line.size();
  std::fprintf(stderr, "\r%s%*s", line.c_str(), padding, "");
}

} // namespace qml
