//===- Mutations.h - Damaged copies of files --------------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// For tests of readers: whatever is in a file, they return a value or an error.
//
//===----------------------------------------------------------------------===//

#ifndef QML_UNITTESTS_SUPPORT_MUTATIONS_H
#define QML_UNITTESTS_SUPPORT_MUTATIONS_H

#include "qml/Support/MappedFile.h"

#include <algorithm>
#include <cstring>
#include <random>
#include <string>

namespace qml::testing {

/// The contents of a file that has to be there.
inline std::string contentsOf(const std::string &path) {
  Result<Bytes> bytes = readFile(path);
  return bytes ? std::string(bytes->text()) : std::string();
}

/// A copy in memory of exactly this size, so that a sanitizer sees every byte
/// read beyond.
inline Bytes copyOf(const std::string &contents) {
  ByteBuffer buffer;
  if (!buffer.resize(std::max<size_t>(contents.size(), 1)))
    return {};
  std::memcpy(buffer.data(), contents.data(), contents.size());
  bool resized = buffer.resize(contents.size());
  (void)resized;
  return std::move(buffer).take();
}

/// Makes damaged copies of one file, the same ones in every run.
class Mutator {
public:
  explicit Mutator(std::string contents) : original(std::move(contents)) {}

  /// Damages the file in one to four ways. Every other copy is damaged only in
  /// its first `headBytes`, where structures are.
  std::string next(size_t headBytes = 4096) {
    std::string copy = original;
    bool onlyHead = random() % 2;
    for (size_t count = 1 + random() % 4; count > 0 && !copy.empty(); --count)
      damage(copy, onlyHead ? std::min(copy.size(), headBytes) : copy.size());
    return copy;
  }

private:
  void damage(std::string &copy, size_t limit) {
    size_t at = random() % limit;
    size_t length = std::min<size_t>(1 + random() % 32, copy.size() - at);
    switch (random() % 8) {
    case 0:
      copy.resize(random() % copy.size());
      break;
    case 1:
      copy[at] = char(copy[at] ^ (1 << random() % 8));
      break;
    case 2:
      copy[at] = char(random());
      break;
    case 3:
      std::fill_n(copy.begin() + long(at), length, '\0');
      break;
    case 4:
      std::fill_n(copy.begin() + long(at), length, '\xff');
      break;
    case 5: {
      // One part of the file over another: addresses and counts that are sound
      // where they come from.
      size_t from = random() % copy.size();
      size_t count = std::min(length, copy.size() - from);
      std::string part = copy.substr(from, count);
      copy.replace(at, count, part);
      break;
    }
    case 6:
      copy.erase(at, length);
      break;
    case 7:
      copy.insert(at, copy.substr(random() % copy.size(), length));
      break;
    }
  }

  std::string original;
  std::mt19937 random{20240229};
};

} // namespace qml::testing

#endif // QML_UNITTESTS_SUPPORT_MUTATIONS_H
