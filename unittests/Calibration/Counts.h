//===- Counts.h - Histograms by plain loops ---------------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QML_UNITTESTS_CALIBRATION_COUNTS_H
#define QML_UNITTESTS_CALIBRATION_COUNTS_H

#include "Networks.h"

namespace qml {
namespace test {

/// The tensors of all ranges, for FloatExecutorOptions::keep.
std::vector<int> observedTensors(const Program &program);

/// The extremes and the counts of what an executor delivers, by plain loops.
struct PlainCounts {
  /// `executor` keeps the observedTensors.
  PlainCounts(FloatExecutor &executor, const SampleSet &samples,
              int64_t numSamples);

  /// By histogram.
  std::vector<float> lower, upper;
  std::vector<uint64_t> counts(const BinScales &scales) const;

private:
  const ObserverLayout &layout;
  /// By histogram: all values, or their magnitudes.
  std::vector<std::vector<float>> values;
  /// By histogram: the cells of a sample, and the values of each.
  std::vector<size_t> cells, valuesOfCell;
};

/// The executor, which keeps the observedTensors, has to count what plain loops
/// count; also in two shares of the pieces.
void expectCounts(FloatExecutor &executor, const SampleSet &samples,
                  int64_t numSamples, int64_t batchSize);

} // namespace test
} // namespace qml

#endif // QML_UNITTESTS_CALIBRATION_COUNTS_H
