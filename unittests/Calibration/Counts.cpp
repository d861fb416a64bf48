//===- Counts.cpp - Histograms by plain loops -----------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Counts.h"
#include "RandomNetwork.h"

#include <algorithm>
#include <cmath>

namespace qml {
namespace test {

std::vector<int> observedTensors(const Program &program) {
  std::vector<int> tensors;
  for (const RangeRequest &request : program.ranges)
    tensors.push_back(request.tensor);
  return tensors;
}

PlainCounts::PlainCounts(FloatExecutor &executor, const SampleSet &samples,
                         int64_t numSamples)
    : layout(executor.layout()), values(layout.numHistograms()) {
  const Program &program = executor.program();
  std::vector<std::vector<float>> tensors;
  std::vector<float *> results;
  for (int tensor : observedTensors(program)) {
    tensors.emplace_back(size_t(
        numSamples * numElements(program.tensors[size_t(tensor)].shape)));
    results.push_back(tensors.back().data());
  }
  Status status = executor.run(samples, 0, numSamples, results);
  EXPECT_TRUE(bool(status)) << status.message();
  size_t histogram = 0;
  for (size_t r = 0; r < tensors.size(); ++r) {
    const auto &entry = layout.entries()[r];
    EXPECT_EQ(entry.histogram, histogram);
    for (size_t i = 0; i < tensors[r].size(); ++i) {
      float x = tensors[r][i];
      values[histogram + i % entry.count].push_back(
          entry.minMax ? x : std::fabs(x));
    }
    const Tensor &tensor = program.tensors[size_t(program.ranges[r].tensor)];
    size_t channels = size_t(numChannels(tensor));
    for (size_t i = 0; i < entry.count; ++i, ++histogram) {
      cells.push_back(size_t(numElements(tensor.shape)) / channels);
      valuesOfCell.push_back(channels / entry.count);
      auto [least, most] = std::minmax_element(values[histogram].begin(),
                                               values[histogram].end());
      lower.push_back(entry.minMax ? *least : 0.f);
      upper.push_back(*most);
    }
  }
}

std::vector<uint64_t> PlainCounts::counts(const BinScales &scales) const {
  std::vector<uint64_t> result(values.size() * histogramBins);
  for (size_t i = 0; i < values.size(); ++i)
    for (size_t k = 0; k < values[i].size(); ++k) {
      size_t cell = k / valuesOfCell[i] % cells[i];
      if (!scales.steps.empty() && cell % size_t(scales.steps[i]))
        continue;
      ++result[i * histogramBins +
               size_t(histogramBin(values[i][k], scales.lower[i],
                                   scales.scale[i]))];
    }
  return result;
}

void expectCounts(FloatExecutor &executor, const SampleSet &samples,
                  int64_t numSamples, int64_t batchSize) {
  auto batches = planBatches(numSamples, numSamples, batchSize);
  ASSERT_TRUE(bool(batches));
  ObserverState all = emptyState(executor.layout());
  std::vector<int32_t> states = observeAll(executor, samples, *batches);
  ASSERT_EQ(states.size(), all.size() * size_t(batches->steps));
  for (size_t i = 0; i < states.size(); ++i)
    all[i % all.size()] = std::max(all[i % all.size()], states[i]);
  BinScales scales = binScales(executor.layout(), all);
  PlainCounts plain(executor, samples, numSamples);
  EXPECT_EQ(scales.lower, plain.lower);
  EXPECT_EQ(scales.upper, plain.upper);

  std::vector<uint64_t> expected = plain.counts(scales);
  BatchSpan span{0, batches->steps};
  int64_t pieces = executor.numPieces(*batches, span);
  for (int64_t first : {int64_t(0), (pieces + 1) / 3}) {
    std::vector<uint64_t> counts(expected.size(), 0);
    int64_t seen = 0, reported = 0;
    for (PieceSpan share :
         {PieceSpan{0, first}, PieceSpan{first, pieces - first}}) {
      reported = 0;
      auto counted = executor.count(samples, *batches, span, share, scales,
                                    counts, [&](int64_t done) {
                                      EXPECT_GT(done, reported);
                                      reported = done;
                                    });
      ASSERT_TRUE(bool(counted)) << counted.message();
      EXPECT_EQ(reported, *counted);
      seen += *counted;
    }
    EXPECT_EQ(seen, numSamples);
    ASSERT_EQ(counts.size(), expected.size());
    for (size_t i = 0; i < counts.size(); ++i)
      ASSERT_EQ(counts[i], expected[i])
          << "histogram " << i / histogramBins << ", bin " << i % histogramBins;
  }
  if (!executor.takesSteps())
    return;
  scales.steps.assign(scales.lower.size(), 3);
  std::vector<uint64_t> counts(expected.size(), 0);
  auto counted =
      executor.count(samples, *batches, span, {0, pieces}, scales, counts, {});
  ASSERT_TRUE(bool(counted)) << counted.message();
  EXPECT_EQ(counts, plain.counts(scales));
}

} // namespace test
} // namespace qml
