//===- FloatExecutor.cpp - What executors share ---------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// States and ranges in the host's memory, for executors without one of their
// own.
//
//===----------------------------------------------------------------------===//

#include "qml/Calibration/FloatExecutor.h"

namespace qml {

Status FloatExecutor::startRanges(double momentum) {
  moving.emplace(observers, momentum);
  rangesStatus = {};
  return {};
}

Status FloatExecutor::moveRanges(const Batching &batches) {
  if (!moving)
    return Error{"ranges are to be moved before they were started"};
  if (held.size() != size_t(heldSpan.count) * observers.size())
    return Error{"there are " + std::to_string(held.size()) + " keys for " +
                 std::to_string(heldSpan.count) + " batches of " +
                 std::to_string(observers.size()) + " keys each"};
  for (int64_t i = 0; i < heldSpan.count && rangesStatus; ++i) {
    auto state = held.begin() + ptrdiff_t(size_t(i) * observers.size());
    rangesStatus = moving->update(
        ObserverState(state, state + ptrdiff_t(observers.size())),
        batches.nameOf(heldSpan.first + i));
  }
  return rangesStatus;
}

Result<Ranges> FloatExecutor::ranges() {
  if (!moving)
    return Error{"ranges are asked for before they were started"};
  if (!rangesStatus)
    return Error{rangesStatus.message()};
  return MovingRanges(*moving).take();
}

} // namespace qml
