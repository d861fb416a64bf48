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
        return Error{
            "layer '" + entry.layer + "' reaches " +
            (keys[j] == firstNonFiniteKey ? "infinity" : "NaN") + " in " + batch +
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
