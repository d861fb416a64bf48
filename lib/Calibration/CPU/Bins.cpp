//===- Bins.cpp - Histograms of the float executor ------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Threads share one array of counts: histograms of all channels are far too
// large for one copy each. Where a step has many values for a histogram, it
// counts them by itself first, a few histograms at a time that stay in the
// cache, and adds up what it has found. Where it has few, most bins would be
// visited for nothing: then each value is added at once.
//
//===----------------------------------------------------------------------===//

#include "Plan.h"

#include <algorithm>

namespace qml {
namespace cpu {
namespace {

/// Elements whose bins are found together, at most.
constexpr int64_t mostLanes = 256;

/// From so many values for each histogram on, a step counts by itself.
constexpr int64_t manyValues = histogramBins / 4;

/// Histograms that a step counts by itself at a time.
constexpr int64_t ownHistograms = int64_t(binsOfWorker) / histogramBins;

/// Parts that a single histogram is counted in: an increment need not wait for
/// the one before it, which often is of the same bin.
constexpr int64_t parts = 4;

class BinCounter {
public:
  BinCounter(Worker &worker, const Operand &in,
             const ObserverLayout::Entry &entry)
      : worker(worker), data(worker.data(in)), layout(in.layout), entry(entry),
        samples(worker.real()), isSingle(entry.count == 1) {
    int64_t values = samples * layout.rows() * (isSingle ? layout.channels : 1);
    countsAlone = values >= manyValues;
  }

  void run();

private:
  void countChannels(int64_t block, int64_t offset, int64_t width);
  void fillLanes(int64_t channel, int64_t period, int64_t inner);
  void countElements(const float *x, int64_t count);
  void flush(int64_t width);

  Worker &worker;
  const float *data;
  const Layout &layout;
  const ObserverLayout::Entry &entry;
  int64_t samples;
  /// One histogram takes all channels.
  bool isSingle;
  bool countsAlone;
  /// Where values are added at once: the first channel's.
  uint64_t *target = nullptr;
  /// Of elements side by side.
  float lower[mostLanes];
  float scale[mostLanes];
  int32_t first[mostLanes];
  int32_t bins[mostLanes];
};

} // namespace

/// Counts are exact, whoever adds: integers, one atomic addition each. Nothing
/// is read before all threads are done.
static void addTo(uint64_t &count, uint64_t number) {
  __atomic_fetch_add(&count, number, __ATOMIC_RELAXED);
}

void BinCounter::run() {
  int64_t most = countsAlone && !isSingle ? ownHistograms : mostLanes;
  for (int64_t block = 0; block < layout.blocks(); ++block) {
    // The last block may have channels that are not there.
    int64_t real =
        std::min(layout.inner, layout.channels - block * layout.inner);
    if (isSingle && real == layout.inner)
      countChannels(block, 0, real);
    else
      for (int64_t offset = 0; offset < real; offset += most)
        countChannels(block, offset, std::min(most, real - offset));
  }
  if (countsAlone && isSingle)
    flush(1);
}

/// `width` channels of a block, from `offset` on: all of them if there are more
/// than lanes.
void BinCounter::countChannels(int64_t block, int64_t offset, int64_t width) {
  int64_t channel = block * layout.inner + offset;
  int64_t cells = layout.rows() * layout.inner;
  if (!isSingle || !target)
    target = worker.job.counts +
             (entry.histogram + (isSingle ? 0 : size_t(channel))) *
                 size_t(histogramBins);
  if (width == layout.inner) {
    // The block is one run of elements, which need not be cut at cells if all
    // go into one histogram.
    int64_t period =
        isSingle ? mostLanes : std::min(mostLanes / width * width, cells);
    fillLanes(channel, period, isSingle ? 1 : width);
    for (int64_t n = 0; n < samples; ++n) {
      const float *x = data + n * layout.elements() + block * cells;
      for (int64_t i = 0; i < cells; i += period)
        countElements(x + i, std::min(period, cells - i));
    }
  } else {
    fillLanes(channel, width, width);
    for (int64_t n = 0; n < samples; ++n) {
      const float *x = data + n * layout.elements() + block * cells + offset;
      for (int64_t row = 0; row < layout.rows(); ++row, x += layout.inner)
        countElements(x, width);
    }
  }
  if (countsAlone && !isSingle)
    flush(width);
}

/// Lanes are channels from `channel` on, repeated behind `inner` of them.
void BinCounter::fillLanes(int64_t channel, int64_t period, int64_t inner) {
  const BinScales &scales = *worker.job.scales;
  for (int64_t i = 0; i < period; ++i) {
    size_t histogram =
        entry.histogram + (isSingle ? 0 : size_t(channel + i % inner));
    int64_t place = !isSingle ? i % inner : countsAlone ? i % parts : 0;
    lower[i] = scales.lower[histogram];
    scale[i] = scales.scale[histogram];
    first[i] = int32_t(place * histogramBins);
  }
}

void BinCounter::countElements(const float *x, int64_t count) {
  kernels().findBins(x, count, lower, scale, first, !entry.minMax, bins);
  if (countsAlone) {
    uint32_t *own = worker.bins.data();
    for (int64_t i = 0; i < count; ++i)
      ++own[bins[i]];
    return;
  }
  for (int64_t i = 0; i < count; ++i)
    addTo(target[bins[i]], 1);
}

/// Adds what was counted of `width` channels, and clears it.
void BinCounter::flush(int64_t width) {
  uint32_t *own = worker.bins.data();
  for (int64_t part = 0; part < (isSingle ? parts : width); ++part) {
    uint64_t *to = target + (isSingle ? 0 : part * histogramBins);
    for (int64_t i = 0; i < histogramBins; ++i, ++own)
      if (*own) {
        addTo(to[i], *own);
        *own = 0;
      }
  }
}

void countBins(Worker &worker, const Operand &in,
               const ObserverLayout::Entry &entry) {
  if (worker.real() > 0)
    BinCounter(worker, in, entry).run();
}

} // namespace cpu
} // namespace qml
