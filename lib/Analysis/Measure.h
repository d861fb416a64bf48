//===- Measure.h - Integers held against floats -----------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One pass of samples through the float network and the integer one, block by
// block: noise and counts of each group, and what variants are compared with.
//
//===----------------------------------------------------------------------===//

#ifndef QML_LIB_ANALYSIS_MEASURE_H
#define QML_LIB_ANALYSIS_MEASURE_H

#include "Layers.h"
#include "Watch.h"
#include "qml/Analysis/Execution.h"
#include "qml/Target/Program/RealValues.h"

#include "llvm/ADT/STLFunctionalExtras.h"

#include <map>

namespace qml {

class Measurement {
public:
  /// Both forms of one network; `groups` of the integer one.
  Measurement(const FlatNetwork &right, const Variant &base,
              std::vector<ResultGroup> groups, const AnalysisOptions &options)
      : right(right), base(&base), groups(std::move(groups)), options(options) {
  }

  /// Takes samples, runs everything, and fills in what is measured of each
  /// group. Without `layers` the float network alone runs.
  Status run(const std::vector<SampleArray> &samples,
             std::vector<LayerAnalysis> *layers);

  int64_t numSamples() const { return count; }

  /// Makes another variant the base, and runs it for its codes. Samples were
  /// taken by `run`.
  Status rebase(const Variant &variant);

  /// The noise of the base's results; it was measured by `run` where nothing is
  /// computed twice for it.
  Result<Noise> measureBase();

  /// The noise of a variant's results. Its layers outside of `affected`, by
  /// group, compute the base's codes.
  Result<Noise> measure(const Variant &variant,
                        const std::vector<char> &affected);

private:
  /// The result of a group in both programs.
  struct Point {
    int right = -1;
    int codes = -1;
    RealValues real;
    /// Of the codes of a quantizer; others have none.
    std::optional<IntegerRange> range;
    bool isInput = false;
    /// Whether the group alone can be run.
    bool isSplit = false;
    std::string layer;
  };
  /// What is gathered of a group, block by block.
  struct Counts {
    std::vector<double> largest; ///< by channel
    std::vector<char> hasCodes;  ///< by channel, other than zero
    std::vector<int64_t> histogram;
  };

  bool looksFor(AnalysisDepth depth) const { return options.depth >= depth; }
  Status findPoints();
  Status makeRunners();
  Status runBlock(int64_t first, int64_t size);
  /// Runs all samples, block by block, through a variant's program, or a part
  /// of it that reads the codes of some tensors; calls `look` after each block.
  Status runSamples(IntegerRunner &runner, const Program &program,
                    const std::map<int, const std::vector<char> *> &known,
                    llvm::function_ref<void(int64_t first, int64_t size)> look);
  /// Adds the noise of a program's results from sample `first` on.
  void addResults(const IntegerRunner &runner, const Program &program,
                  int64_t first, int64_t size, Noise &noise) const;
  Status checkResults(const Program &program) const;
  void addAccumulated(size_t group);
  void lookAtCodes(size_t group, int64_t size);
  void lookAtSums();
  Status runParts(const Values &floats, int64_t size);
  void finish();
  std::vector<char> encode(const Point &point, const std::vector<float> &values,
                           std::vector<float> &decoded) const;
  int64_t blockSize(double bytesPerSample) const;

  const FlatNetwork &right;
  const Variant *base;
  std::vector<ResultGroup> groups;
  const AnalysisOptions &options;
  std::vector<LayerAnalysis> *layers = nullptr;

  /// The samples that were taken, for each input.
  std::vector<SampleArray> inputs;
  SampleSources sources;
  int64_t count = 0;
  /// Of networks with memory; 0 if all samples are one sequence.
  int64_t sequenceLength = 0;
  int64_t block = 1;

  std::vector<Point> points;
  std::vector<Counts> counts;
  std::vector<Watch> watches;
  std::optional<FloatRunner> floats, floatParts;
  std::optional<IntegerRunner> integers, integerParts;
  /// What the float network returns, for all samples.
  std::vector<std::vector<float>> results;
  /// Of the base's results, if `run` kept them.
  std::optional<Noise> baseNoise;
  /// The base's codes of each group, for all samples; empty if they are too
  /// many, or not of use.
  std::vector<std::vector<char>> codes;
};

} // namespace qml

#endif // QML_LIB_ANALYSIS_MEASURE_H
