//===- Calibration.h - Ranges of a float network ----------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Calibration as a whole: samples through the network, observers, moving
// ranges.
//
//===----------------------------------------------------------------------===//

#ifndef QML_CALIBRATION_CALIBRATION_H
#define QML_CALIBRATION_CALIBRATION_H

#include "qml/Calibration/FloatExecutor.h"
#include "qml/Calibration/Histograms.h"
#include "qml/Calibration/Workers.h"

namespace qml {

struct CalibrationOptions {
  int64_t numSamples = 1024;
  /// 0: the reference's rule for no batch size, see planBatches.
  int64_t batchSize = 100;
  int64_t epochs = 2;
  /// Share of a range that stays when a batch comes.
  double momentum = 0.9;
  /// Most threads to use; 0 for one per core. Ranges do not depend on it. For
  /// the executors that are made on the way: others have their own.
  int threads = 0;
  /// Called with the numbers of samples that are done and that there are.
  std::function<void(int64_t done, int64_t total)> progress;
  /// The processes that share the samples; null for this one alone. All have
  /// the same program, samples and options, which is checked.
  Workers *workers = nullptr;
  /// If set: gets the number of samples that each process saw, by rank.
  std::vector<int64_t> *samplesSeen = nullptr;
  /// If set: gets the histograms of all samples, for which the network runs
  /// once more, when ranges are known.
  Histograms *histograms = nullptr;
  /// Count fewer cells of large images, where the executor can: enough for the
  /// choice of ranges.
  bool sparseHistograms = false;
  /// Count them by what the executor gathers while ranges are observed, with
  /// these of its requests, one for each range; none runs the network again.
  std::vector<size_t> rangeRequests;
  /// If set: gets what the executor gathered, of the first epoch.
  Gathering *gathering = nullptr;
  /// Most bytes of the states of batches that are held at the same time.
  size_t maxStateBytes = size_t(256) << 20;
};

/// The ranges that Program::ranges ask for, on the executor's device with the
/// executor's threads. Fails if NaN or infinity is observed, and names the
/// layer. CPU.h has the same without an executor.
///
/// The network does not change between epochs, nor do the samples: what the
/// first epoch observes is kept, and later epochs move the ranges by it without
/// running the network again, unless that takes more than
/// CalibrationOptions::maxStateBytes.
///
/// Several workers get the same ranges and histograms as one, to the bit, or
/// all of them an error.
Result<Ranges> calibrate(FloatExecutor &executor, const SampleSet &samples,
                         const CalibrationOptions &options = {});

/// One line on the terminal that says how far a job is, its speed, and how long
/// it will take; nothing if the standard error is no terminal.
class ProgressLine {
public:
  /// `what` is the job: "Calibrating"; `unit` is what it counts.
  explicit ProgressLine(std::string what, std::string unit = "samples");
  /// Removes the line.
  ~ProgressLine();
  ProgressLine(const ProgressLine &) = delete;
  ProgressLine &operator=(const ProgressLine &) = delete;

  void update(int64_t done, int64_t total);

  /// The line's text. Seconds are those since the start.
  static std::string text(const std::string &what, int64_t done, int64_t total,
                          double seconds, const std::string &unit = "samples");

private:
  std::string what, unit;
  bool isTerminal;
  double start;
  double last = -1;
  size_t width = 0;
};

} // namespace qml

#endif // QML_CALIBRATION_CALIBRATION_H
