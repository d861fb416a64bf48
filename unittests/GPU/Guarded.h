//===- Guarded.h - Arrays of kernels' tests ---------------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QML_UNITTESTS_GPU_GUARDED_H
#define QML_UNITTESTS_GPU_GUARDED_H

#include <algorithm>
#include <cstdint>
#include <vector>

namespace qml {
namespace test {

/// Memory aligned as a device's, with something in front of and after it that
/// nobody may touch.
template <typename T>
class Guarded {
public:
  explicit Guarded(size_t count)
      : count(count), storage(count * sizeof(T) + 1024, '\x3c') {}
  explicit Guarded(const std::vector<T> &values) : Guarded(values.size()) {
    std::copy(values.begin(), values.end(), data());
  }

  T *data() {
    uintptr_t address = reinterpret_cast<uintptr_t>(storage.data());
    return reinterpret_cast<T *>(storage.data() + 512 - address % 256);
  }
  std::vector<T> values() { return {data(), data() + count}; }

  /// Whether all but the first `used` elements are as they were.
  bool isUntouchedAfter(size_t used) {
    size_t begin = size_t(reinterpret_cast<char *>(data()) - storage.data());
    size_t end = begin + used * sizeof(T);
    for (size_t i = 0; i < storage.size(); ++i)
      if ((i < begin || i >= end) && storage[i] != '\x3c')
        return false;
    return true;
  }

private:
  size_t count;
  std::vector<char> storage;
};

} // namespace test
} // namespace qml

#endif // QML_UNITTESTS_GPU_GUARDED_H
