//===- MemoryPlan.cpp - Where tensors lie in one arena --------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Greedy by size, best fit. Buffers with a place are kept by when they are
// alive, so that each new one meets only those that it must not overlap.
//
//===----------------------------------------------------------------------===//

#include "qml/Program/MemoryPlan.h"

#include <algorithm>
#include <numeric>
#include <string>
#include <utility>

namespace qml {

static bool takesMemory(const Lifetime &buffer) {
  return buffer.bytes != 0 && buffer.first <= buffer.last;
}

namespace {

/// Buffers that have a place, found by when they are alive. Steps count as the
/// ranks of those where a buffer begins: only there can two come together.
class Timeline {
public:
  explicit Timeline(const std::vector<Lifetime> &buffers) : buffers(buffers) {
    for (const Lifetime &buffer : buffers)
      if (takesMemory(buffer))
        steps.push_back(buffer.first);
    std::sort(steps.begin(), steps.end());
    steps.erase(std::unique(steps.begin(), steps.end()), steps.end());
    starting.resize(steps.size());
    covering.resize(2 * steps.size());
  }

  void insert(size_t index) {
    auto [first, last] = ranksOf(buffers[index]);
    starting[first].push_back(index);
    // The fewest nodes of a segment tree that cover the ranks.
    size_t leaves = steps.size();
    for (size_t low = first + leaves, high = last + leaves + 1; low < high;
         low /= 2, high /= 2) {
      if (low % 2 == 1)
        covering[low++].push_back(index);
      if (high % 2 == 1)
        covering[--high].push_back(index);
    }
  }

  /// Fills `found` with those that are alive together with a buffer: all that
  /// are alive when it begins, and all that begin while it is alive.
  void collect(const Lifetime &buffer, std::vector<size_t> &found) const {
    found.clear();
    auto append = [&](const std::vector<size_t> &indices) {
      found.insert(found.end(), indices.begin(), indices.end());
    };
    auto [first, last] = ranksOf(buffer);
    for (size_t node = first + steps.size(); node >= 1; node /= 2)
      append(covering[node]);
    for (size_t rank = first + 1; rank <= last; ++rank)
      append(starting[rank]);
  }

private:
  /// Where a buffer begins, and the last step of a beginning while it is alive.
  std::pair<size_t, size_t> ranksOf(const Lifetime &buffer) const {
    auto rankOf = [&](int64_t step) {
      return std::upper_bound(steps.begin(), steps.end(), step) -
             steps.begin() - 1;
    };
    return {rankOf(buffer.first), rankOf(buffer.last)};
  }

  const std::vector<Lifetime> &buffers;
  std::vector<int64_t> steps;
  /// The buffers that begin at each step.
  std::vector<std::vector<size_t>> starting;
  /// The buffers that are alive at all steps below a node: node i has the
  /// children 2i and 2i + 1, and the last half of the nodes are the steps.
  std::vector<std::vector<size_t>> covering;
};

} // namespace

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
  Timeline placed(buffers);
  std::vector<size_t> neighbors; // alive together with the buffer
  for (size_t index : order) {
    const Lifetime &buffer = buffers[index];
    if (buffer.bytes > limit || limit - buffer.bytes < alignment - 1)
      return failure();
    size_t bytes = (buffer.bytes + alignment - 1) & ~(alignment - 1);
    size_t end = 0; // of the memory below that is taken
    size_t best = 0, bestGap = SIZE_MAX;
    placed.collect(buffer, neighbors);
    std::sort(neighbors.begin(), neighbors.end(), [&](size_t a, size_t b) {
      return plan.offsets[a] < plan.offsets[b];
    });
    for (size_t other : neighbors) {
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
    placed.insert(index);
  }
  return plan;
}

} // namespace qml
