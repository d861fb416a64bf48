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

namespace qml {

/// Keys from here on are infinity and NaN, in each of the three orders.
constexpr int32_t firstNonFinite = 0x7f800000;

ObserverLayout::ObserverLayout(const Program &program) {
  for (const RangeRequest &range : program.ranges) {
    Entry entry;
    entry.offset = total;
    entry.perAxis = range.perAxis;
    entry.minMax = range.minMax;
    entry.layer = range.layer;
    entry.count =
        range.perAxis ? size_t(numChannels(program.tensors[range.tensor])) : 1;
    total += entry.count * (range.minMax ? 2 : 1);
    list.push_back(std::move(entry));
  }
}

void merge(ObserverState &state, const ObserverState &other) {
  for (size_t i = 0; i < state.size(); ++i)
    state[i] = std::max(state[i], other[i]);
}

void moveRange(std::vector<float> &values, const std::vector<float> &batch,
               float rate) {
  bool isFresh = std::all_of(values.begin(), values.end(),
                             [](float value) { return value == 1.f; });
  if (isFresh) {
    values = batch;
    return;
  }
  for (size_t i = 0; i < values.size(); ++i) {
    float delta = values[i] - batch[i];
    float step = delta * rate;
    values[i] = values[i] - step;
  }
}

MovingRanges::MovingRanges(const ObserverLayout &layout, double momentum)
    : layout(layout), rate(float(1 - momentum)) {
  for (const ObserverLayout::Entry &entry : layout.entries()) {
    Range range;
    range.perAxis = entry.perAxis;
    range.max.assign(entry.count, 1.f);
    if (entry.minMax)
      range.min.assign(entry.count, 1.f);
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
      if (keys[j] >= firstNonFinite)
        return Error{
            "layer '" + entry.layer + "' reaches " +
            (keys[j] == firstNonFinite ? "infinity" : "NaN") + " in " + batch +
            (entry.perAxis ? ", channel " + std::to_string(j % entry.count)
                           : "") +
            "; its range cannot be calibrated: check the weights and "
            "the samples"};
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
