//===- MemoryPlan.cpp - Where tensors lie in one arena --------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Greedy by size, best fit.
//
//===----------------------------------------------------------------------===//

#include "qml/Program/MemoryPlan.h"

#include <algorithm>
#include <numeric>
#include <string>

namespace qml {

static bool takesMemory(const Lifetime &buffer) {
  return buffer.bytes != 0 && buffer.first <= buffer.last;
}

static bool areAliveTogether(const Lifetime &a, const Lifetime &b) {
  return a.first <= b.last && b.first <= a.last;
}

Result<MemoryPlan> planMemory(const std::vector<Lifetime> &buffers,
                              size_t alignment, size_t limit) {
  MemoryPlan plan;
  plan.offsets.assign(buffers.size(), 0);

  std::vector<size_t> order;
  for (size_t i = 0; i < buffers.size(); ++i)
    if (takesMemory(buffers[i]))
      order.push_back(i);
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return buffers[a].bytes > buffers[b].bytes;
  });

  auto failure = [&] {
    return Error{"activations need more than the allowed " +
                     std::to_string(limit >> 20) + " MiB of memory",
                 ErrorKind::OutOfMemory};
  };
  // Buffers that have a place, by offset.
  std::vector<size_t> placed;
  for (size_t index : order) {
    const Lifetime &buffer = buffers[index];
    if (buffer.bytes > limit || limit - buffer.bytes < alignment - 1)
      return failure();
    size_t bytes = (buffer.bytes + alignment - 1) & ~(alignment - 1);
    size_t end = 0; // of the memory below that is taken
    size_t best = 0, bestGap = SIZE_MAX;
    for (size_t other : placed) {
      if (!areAliveTogether(buffer, buffers[other]))
        continue;
      size_t start = plan.offsets[other];
      if (start > end && start - end >= bytes && start - end < bestGap) {
        best = end;
        bestGap = start - end;
      }
      end = std::max(end, start + ((buffers[other].bytes + alignment - 1) &
                                   ~(alignment - 1)));
    }
    if (bestGap == SIZE_MAX)
      best = end;
    if (best > limit - bytes)
      return failure();
    plan.offsets[index] = best;
    plan.size = std::max(plan.size, best + bytes);
    placed.insert(std::upper_bound(placed.begin(), placed.end(), index,
                                   [&](size_t a, size_t b) {
                                     return plan.offsets[a] < plan.offsets[b];
                                   }),
                  index);
  }
  return plan;
}

} // namespace qml
