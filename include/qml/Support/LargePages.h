//===- LargePages.h - Memory in large pages ---------------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QML_SUPPORT_LARGEPAGES_H
#define QML_SUPPORT_LARGEPAGES_H

#include <cstddef>
#include <cstdint>
#include <sys/mman.h>

namespace qml {

/// Asks for large pages in memory that nothing was written to: giving out each
/// usual one takes the system longer than filling it, and what is visited in
/// jumps takes a walk through the page table each time. Only a wish.
inline void wantLargePages(void *memory, size_t bytes) {
#ifdef MADV_HUGEPAGE
  constexpr size_t pageSize = size_t(2) << 20;
  // Whole pages alone.
  size_t before = -reinterpret_cast<uintptr_t>(memory) & (pageSize - 1);
  if (bytes >= before + pageSize)
    madvise(static_cast<char *>(memory) + before,
            (bytes - before) & ~(pageSize - 1), MADV_HUGEPAGE);
#endif
}

} // namespace qml

#endif // QML_SUPPORT_LARGEPAGES_H
