//===- Bins.cpp - Histograms of the float executor ------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Threads share one array of counts: histograms of all channels are far too
// large for one copy each. A step takes a few channels at a time, so that their
// histograms stay in the cache, and locks these. Where it has many values for a
// histogram it counts them by itself first, and locks only to add them up;
// where it has few, most bins would be visited for nothing.
//
// Locks and plain additions, since atomic ones wait for each other: almost each
// of them is of another line of memory.
//
//===----------------------------------------------------------------------===//

#include "Plan.h"

#include <algorithm>

namespace qml {
namespace cpu {
namespace {

/// Elements whose bins are found together, at most.
constexpr int64_t mostLanes = 256;

/// Histograms that are counted together, at most.
constexpr int64_t mostHistograms = int64_t(binsOfWorker) / histogramBins;

/// From so many values for each histogram on, a step counts by itself.
constexpr int64_t manyValues = histogramBins;

/// How many elements before it is added to, a shared bin is asked for.
constexpr int64_t ahead = 48;

/// Parts that a single histogram is counted in: an increment need not wait for
/// the one before it, which often is of the same bin.
constexpr int64_t parts = 4;

/// Counts what one tensor holds.
class BinCounter {
public:
  BinCounter(Worker &worker, const Operand &in,
             const ObserverLayout::Entry &entry)
      : worker(worker), shared(*worker.job.counts), data(worker.data(in)),
        layout(in.layout), entry(entry), samples(worker.real()),
        isSingle(entry.count == 1),
        step(shared.scales.steps.empty()
                 ? 1
                 : shared.scales.steps[entry.histogram]) {
    int64_t values = samples * ((layout.rows() + step - 1) / step) *
                     (isSingle ? layout.channels : 1);
    countsAlone = values >= manyValues;
  }

  void run();

private:
  void countChannels(int64_t block, int64_t offset, int64_t width);
  void fillLanes(size_t histogram, int64_t count, int64_t inner);
  template <typename T>
  void countBlock(int64_t block, int64_t offset, int64_t width, T *counts);
  template <typename T>
  void countElements(const float *x, int64_t count, T *counts);
  void flush(size_t histogram, int64_t width);

  Worker &worker;
  SharedCounts &shared;
  const float *data;
  const Layout &layout;
  const ObserverLayout::Entry &entry;
  int64_t samples;
  /// One histogram takes all channels.
  bool isSingle;
  /// Each how manyth cell is counted.
  int64_t step;
  bool countsAlone;
  /// Of elements side by side.
  float lower[mostLanes];
  float scale[mostLanes];
  int32_t first[mostLanes];
  int32_t bins[mostLanes];
};

} // namespace

void BinCounter::run() {
  for (int64_t block = 0; block < layout.blocks(); ++block) {
    // The last block may have channels that are not there.
    int64_t real =
        std::min(layout.inner, layout.channels - block * layout.inner);
    if (isSingle && real == layout.inner)
      countChannels(block, 0, real);
    else
      for (int64_t offset = 0; offset < real; offset += mostHistograms)
        countChannels(block, offset, std::min(mostHistograms, real - offset));
  }
  if (isSingle && countsAlone)
    flush(entry.histogram, parts);
}

/// `width` channels of a block, from `offset` on.
void BinCounter::countChannels(int64_t block, int64_t offset, int64_t width) {
  size_t histogram =
      entry.histogram + (isSingle ? 0 : size_t(block * layout.inner + offset));
  if (countsAlone) {
    countBlock(block, offset, width, worker.bins.data());
    if (!isSingle)
      flush(histogram, width);
    return;
  }
  std::lock_guard<std::mutex> lock(shared.lockOf(histogram));
  countBlock(block, offset, width, shared.of(histogram));
}

template <typename T>
void BinCounter::countBlock(int64_t block, int64_t offset, int64_t width,
                            T *counts) {
  size_t histogram =
      entry.histogram + (isSingle ? 0 : size_t(block * layout.inner + offset));
  int64_t cells = layout.rows() * layout.inner;
  const float *x = data + block * cells + offset;
  if (width < layout.inner || step > 1) {
    fillLanes(histogram, std::min(width, mostLanes), width);
    for (int64_t n = 0; n < samples; ++n, x += layout.elements())
      for (int64_t row = 0; row < layout.rows(); row += step)
        for (int64_t i = 0; i < width; i += mostLanes)
          countElements(x + row * layout.inner + i,
                        std::min(mostLanes, width - i), counts);
    return;
  }
  // The block is one run of elements, which need not be cut between cells if
  // all go into one histogram.
  int64_t period = isSingle ? mostLanes : mostLanes / width * width;
  fillLanes(histogram, std::min(period, cells), width);
  for (int64_t n = 0; n < samples; ++n, x += layout.elements())
    for (int64_t i = 0; i < cells; i += period)
      countElements(x + i, std::min(period, cells - i), counts);
}

/// Lanes are channels from that of `histogram` on, repeated after `inner`.
void BinCounter::fillLanes(size_t histogram, int64_t count, int64_t inner) {
  for (int64_t i = 0; i < count; ++i) {
    int64_t channel = isSingle ? 0 : i % inner;
    int64_t place = !isSingle ? channel : countsAlone ? i % parts : 0;
    lower[i] = shared.scales.lower[histogram + size_t(channel)];
    scale[i] = shared.scales.scale[histogram + size_t(channel)];
    first[i] = int32_t(place * histogramBins);
  }
}

template <typename T>
void BinCounter::countElements(const float *x, int64_t count, T *counts) {
  kernels().findBins(x, count, lower, scale, first, !entry.minMax, bins);
  int64_t i = 0;
  // Shared ones are far away, each in a line of memory of its own.
  if (!countsAlone)
    for (; i < count - ahead; ++i) {
      __builtin_prefetch(counts + bins[i + ahead], 1);
      ++counts[bins[i]];
    }
  for (; i < count; ++i)
    ++counts[bins[i]];
}

/// Adds up what was counted in `width` places, and clears it.
void BinCounter::flush(size_t histogram, int64_t width) {
  std::lock_guard<std::mutex> lock(shared.lockOf(histogram));
  uint32_t *own = worker.bins.data();
  uint64_t *to = shared.of(histogram);
  for (int64_t place = 0; place < width; ++place, own += histogramBins) {
    for (int64_t i = 0; i < histogramBins; ++i)
      to[i] += own[i];
    std::fill_n(own, histogramBins, 0);
    if (!isSingle)
      to += histogramBins;
  }
}

void countBins(Worker &worker, const Operand &in,
               const ObserverLayout::Entry &entry) {
  if (worker.real() > 0)
    BinCounter(worker, in, entry).run();
}

} // namespace cpu
} // namespace qml
