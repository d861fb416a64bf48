//===- MemoryBudget.h - Memory in proportion to a file ----------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Packed data can hold a thousand times its size. What one file unpacks to has
// one limit, however many members, data sets and files in files it has.
//
//===----------------------------------------------------------------------===//

#ifndef QML_SUPPORT_MEMORYBUDGET_H
#define QML_SUPPORT_MEMORYBUDGET_H

#include <atomic>
#include <cstdint>

namespace qml {

/// What may still be unpacked from a file. Weights pack to a third or less, but
/// not to a hundredth; small files may hold many zeros.
class MemoryBudget {
public:
  explicit MemoryBudget(uint64_t fileBytes)
      : left(int64_t(256) * (1 << 20) +
             64 * int64_t(fileBytes < largest ? fileBytes : largest)) {}

  /// False, with nothing spent, if there is too little left.
  bool spend(uint64_t bytes) {
    int64_t before = left;
    do {
      if (bytes > uint64_t(before))
        return false;
    } while (!left.compare_exchange_weak(before, before - int64_t(bytes)));
    return true;
  }

private:
  static constexpr uint64_t largest = uint64_t(1) << 50;
  std::atomic<int64_t> left;
};

/// For the end of an error's sentence.
constexpr char beyondBudget[] =
    "it unpacks to more than 256 MiB and 64 times the size of its file; save "
    "it uncompressed";

} // namespace qml

#endif // QML_SUPPORT_MEMORYBUDGET_H
