//===- Observers.cpp - Ranges of tensors, seen sample by sample -----------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// States and the moving update.
//
//===----------------------------------------------------------------------===//

#include "qml/Calibration/Observers.h"

#include "qml/Program/Verify.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

namespace qml {

ObserverLayout::ObserverLayout(const Program &program) {
  for (const RangeRequest &range : program.ranges) {
    Entry entry;
    entry.offset = total;
    entry.perAxis = range.perAxis;
    entry.minMax = range.minMax;
    entry.layer = range.layer;
    entry.count =
        range.perAxis ? size_t(numChannels(program.tensors[range.tensor])) : 1;
    entry.histogram = histograms;
    total += entry.count * (range.minMax ? 2 : 1);
    histograms += entry.count;
    list.push_back(std::move(entry));
  }
}

void merge(ObserverState &state, const ObserverState &other) {
  for (size_t i = 0; i < state.size(); ++i)
    state[i] = larger(state[i], other[i]);
}

void moveRange(std::vector<float> &values, const std::vector<float> &batch,
               float rate) {
  bool isFresh = std::all_of(values.begin(), values.end(),
                             [](float value) { return value == freshRange; });
  if (isFresh) {
    values = batch;
    return;
  }
  for (size_t i = 0; i < values.size(); ++i)
    values[i] = movedRange(values[i], batch[i], rate);
}

Error describeNonFinite(const ObserverLayout &layout, size_t index, bool isNaN,
                        const std::string &batch) {
  size_t i = 0;
  while (i + 1 < layout.entries().size() &&
         layout.entries()[i + 1].offset <= index)
    ++i;
  const ObserverLayout::Entry &entry = layout.entries()[i];
  size_t channel = (index - entry.offset) % entry.count;
  return Error{"layer '" + entry.layer + "' reaches " +
               (isNaN ? "NaN" : "infinity") + " in " + batch +
               (entry.perAxis ? ", channel " + std::to_string(channel) : "") +
               "; its range cannot be calibrated: check the weights and "
               "the samples"};
}

BinScales binScales(const ObserverLayout &layout, const ObserverState &state) {
  BinScales scales;
  for (const ObserverLayout::Entry &entry : layout.entries())
    for (size_t i = 0; i < entry.count; ++i) {
      int32_t maximum = state[entry.offset + i];
      float upper =
          entry.minMax ? fromMaximumKey(maximum) : fromMagnitudeKey(maximum);
      float lower = entry.minMax
                        ? fromMinimumKey(state[entry.offset + entry.count + i])
                        : 0;
      float scale = float(histogramBins) / (upper - lower);
      scales.lower.push_back(lower);
      scales.upper.push_back(upper);
      // An infinite scale would make NaN of the smallest value's position.
      scales.scale.push_back(std::isfinite(scale) ? scale : 0);
    }
  return scales;
}

/// Steps with which `enough` values are left for each histogram, and so many
/// cells of each sample; and how many values that are in all.
static std::pair<std::vector<int64_t>, double>
findCellSteps(const Program &program, const ObserverLayout &layout,
              int64_t samples, int64_t enough, int64_t fewestCells) {
  std::vector<int64_t> steps;
  double total = 0;
  for (size_t i = 0; i != layout.entries().size(); ++i) {
    const ObserverLayout::Entry &entry = layout.entries()[i];
    const Tensor &tensor = program.tensors[program.ranges[i].tensor];
    int64_t elements = numElements(tensor.shape);
    int64_t cells = elements / numChannels(tensor);
    int64_t values = samples * elements / int64_t(entry.count);
    // All parts of an image: borders and corners have values of their own.
    int64_t step =
        std::max<int64_t>(std::min(values / enough, cells / fewestCells), 1);
    // No step of whole rows, which would look at the same columns.
    int64_t width =
        tensor.shape.size() > 1 ? tensor.shape[tensor.shape.size() - 2] : 1;
    while (step > 1 && width > 1 && std::gcd(step, width) != 1)
      --step;
    steps.insert(steps.end(), entry.count, step);
    total += double(samples) * double(elements) / double(step);
  }
  return {std::move(steps), total};
}

std::vector<int64_t> findCellSteps(const Program &program,
                                   const ObserverLayout &layout,
                                   int64_t samples) {
  // Eight for each bin, if they were even; half of that in large networks,
  // where they take time and memory.
  constexpr int64_t enough = 1 << 14, fewestCells = 64;
  constexpr double many = 1 << 27;
  auto [steps, total] =
      findCellSteps(program, layout, samples, enough, fewestCells);
  if (total > many)
    steps = findCellSteps(program, layout, samples, enough / 2, fewestCells / 2)
                .first;
  return std::move(steps);
}

MovingRanges::MovingRanges(const ObserverLayout &layout, double momentum)
    : layout(layout), rate(float(1 - momentum)) {
  for (const ObserverLayout::Entry &entry : layout.entries()) {
    Range range;
    range.perAxis = entry.perAxis;
    range.max.assign(entry.count, freshRange);
    if (entry.minMax)
      range.min.assign(entry.count, freshRange);
    ranges.push_back(std::move(range));
  }
}

Status MovingRanges::update(const ObserverState &state,
                            const std::string &batch) {
  for (size_t i = 0; i < ranges.size(); ++i) {
    const ObserverLayout::Entry &entry = layout.entries()[i];
    const int32_t *keys = state.data() + entry.offset;
    size_t keyCount = entry.count * (entry.minMax ? 2 : 1);
    for (size_t j = 0; j < keyCount; ++j)
      if (keys[j] >= firstNonFiniteKey)
        return describeNonFinite(layout, entry.offset + j,
                                 keys[j] > firstNonFiniteKey, batch);
    std::vector<float> values(entry.count);
    for (size_t j = 0; j < entry.count; ++j)
      values[j] =
          entry.minMax ? fromMaximumKey(keys[j]) : fromMagnitudeKey(keys[j]);
    moveRange(ranges[i].max, values, rate);
    if (!entry.minMax)
      continue;
    for (size_t j = 0; j < entry.count; ++j)
      values[j] = fromMinimumKey(keys[entry.count + j]);
    moveRange(ranges[i].min, values, rate);
  }
  return {};
}

Ranges MovingRanges::take() && {
  Ranges result;
  for (size_t i = 0; i < ranges.size(); ++i)
    result[layout.entries()[i].layer] = std::move(ranges[i]);
  return result;
}

} // namespace qml
