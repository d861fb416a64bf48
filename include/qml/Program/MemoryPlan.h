//===- MemoryPlan.h - Where tensors lie in one arena ------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Buffers that are not alive at the same time share memory: executors give
// each thread one arena of the planned size.
//
//===----------------------------------------------------------------------===//

#ifndef QML_PROGRAM_MEMORYPLAN_H
#define QML_PROGRAM_MEMORYPLAN_H

#include "qml/Support/Result.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace qml {

/// A buffer and when it is needed.
struct Lifetime {
  /// The step that writes it first, and the last step that touches it; both
  /// count. A buffer with last < first takes no memory.
  int64_t first = 0;
  int64_t last = -1;
  size_t bytes = 0;
};

struct MemoryPlan {
  /// One for each buffer, in bytes from the start of the arena.
  std::vector<size_t> offsets;
  /// Bytes of the arena.
  size_t size = 0;
};

/// Offsets at multiples of `alignment` (a power of two), such that buffers that
/// are alive at the same step do not overlap: largest buffers first, each into
/// the smallest gap that holds it. The same lifetimes give the same plan. Fails
/// if the arena would exceed `limit` bytes.
Result<MemoryPlan> planMemory(const std::vector<Lifetime> &buffers,
                              size_t alignment = 64, size_t limit = SIZE_MAX);

} // namespace qml

#endif // QML_PROGRAM_MEMORYPLAN_H
