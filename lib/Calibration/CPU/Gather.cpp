//===- Gather.cpp - Values that are kept while a network runs -------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Each value has a place of its own by its sample and cell, and the sums of a
// sample are taken by one thread, then added up exactly: threads change no bit.
//
//===----------------------------------------------------------------------===//

#include "Plan.h"

#include <algorithm>

namespace qml {
namespace cpu {
namespace {

class Gather final : public Step {
public:
  Gather(Operand in, const GatherRequest &asked, size_t request,
         size_t firstSum)
      : in(in), asked(asked), request(request), firstSum(firstSum) {}

  void run(Worker &worker) const override {
    if (!worker.job.gathering)
      return;
    const Layout &layout = in.layout;
    const float *x = worker.data(in);
    for (int64_t n = 0; n < worker.real(); ++n, x += layout.elements()) {
      if (asked.sums)
        addUp(x, worker.job.sums.data() +
                     size_t(worker.first + n) * worker.plan.numSums + firstSum);
      if (asked.step)
        takeCells(x, worker.job.sample + worker.first + n,
                  worker.job.gathering->tensors[request]);
    }
  }

  std::string describe() const override { return "gather"; }

private:
  void addUp(const float *x, double *sums) const {
    const Layout &layout = in.layout;
    for (int64_t block = 0; block < layout.blocks(); ++block) {
      int64_t first = block * layout.inner;
      kernels().sumCells(
          x + block * layout.rows() * layout.inner, layout.rows(), layout.inner,
          std::min(layout.inner, layout.channels - first), sums + first);
    }
  }

  void takeCells(const float *x, int64_t sample, Gathered &to) const {
    const Layout &layout = in.layout;
    int64_t rows = layout.rows(), begin = sample % asked.turn * rows;
    int64_t i = (begin + asked.step - 1) / asked.step;
    float *target =
        to.cells.data() +
        (sample / asked.turn * to.cellsPerTurn + i) * layout.channels;
    for (; i * asked.step < begin + rows; ++i, target += layout.channels) {
      const float *cell = x + (i * asked.step - begin) * layout.inner;
      for (int64_t first = 0; first < layout.channels;
           first += layout.inner, cell += rows * layout.inner)
        std::copy_n(cell, std::min(layout.inner, layout.channels - first),
                    target + first);
    }
  }

  Operand in;
  GatherRequest asked;
  size_t request, firstSum;
};

/// Channels whose histograms are counted together: these stay in the cache.
constexpr int64_t together = 16; // see findBinsOfCells

} // namespace

StepPtr makeGather(Operand in, const GatherRequest &asked, size_t request,
                   size_t firstSum) {
  return std::make_unique<Gather>(in, asked, request, firstSum);
}

int64_t GatheredBins::numParts() const {
  return entry.perAxis ? (channels + together - 1) / together : 1;
}

void GatheredBins::count(int64_t part) const {
  // All of them go into one histogram where there is one for all channels.
  int64_t first = entry.perAxis ? part * together : 0;
  int64_t width =
      entry.perAxis ? std::min(together, channels - first) : channels;
  std::vector<float> lower, scale;
  std::vector<int32_t> offsets;
  // Of some cells, so that calls cost little.
  constexpr int64_t most = 64;
  std::vector<int32_t> bins(size_t(width == together ? most : 1) *
                            size_t(width));
  for (int64_t c = 0; c < width; ++c) {
    size_t histogram =
        entry.histogram + (entry.perAxis ? size_t(first + c) : 0);
    lower.push_back(scales.lower[histogram]);
    scale.push_back(scales.scale[histogram]);
    offsets.push_back(entry.perAxis ? int32_t(c * histogramBins) : 0);
  }
  uint64_t *to =
      counts.data() + (entry.histogram + size_t(first)) * size_t(histogramBins);
  const float *x = values.cells.data() + first;
  for (char isSeen : seen) {
    int64_t size = 0;
    for (int64_t i = 0; i < values.cellsPerTurn;
         i += size, x += size * channels) {
      size = width == together ? std::min(most, values.cellsPerTurn - i) : 1;
      if (!isSeen)
        continue;
      if (width == together)
        kernels().findBinsOfCells(x, size, channels, lower.data(), scale.data(),
                                  offsets.data(), !entry.minMax, bins.data());
      else
        kernels().findBins(x, width, lower.data(), scale.data(), offsets.data(),
                           !entry.minMax, bins.data());
      for (int64_t j = 0; j < size * width; ++j)
        ++to[bins[size_t(j)]];
    }
  }
}

} // namespace cpu
} // namespace qml
