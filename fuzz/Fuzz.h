//===- Fuzz.h - What the fuzzers share --------------------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Each fuzzer hands what libFuzzer makes to one reader, and uses what comes
// out. The reader has to survive; sanitizers see what it does.
//
//===----------------------------------------------------------------------===//

#ifndef QML_FUZZ_FUZZ_H
#define QML_FUZZ_FUZZ_H

#include "qml/Support/Bytes.h"

#include <cstdlib>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

namespace qml::fuzz {

/// The input; it lives as long as the call.
inline Bytes viewOf(const uint8_t *data, size_t size) {
  Bytes bytes;
  bytes.data = data;
  bytes.size = size;
  return bytes;
}

inline std::string textOf(const uint8_t *data, size_t size) {
  return std::string(viewOf(data, size).text());
}

/// Reads an array from end to end, so that a view that is too long is noticed;
/// of a large one not every byte, which would take the fuzzer's time.
inline unsigned touch(const Array &array) {
  unsigned sum = 0;
  const auto *data = array.as<uint8_t>();
  size_t size = array.numBytes();
  size_t step = size < (1 << 16) ? 1 : 1021;
  for (size_t i = 0; i < size; i += step)
    sum += data[i];
  return size == 0 ? sum : sum + data[size - 1];
}

/// Ends the process if something is not as it always is.
inline void require(bool condition) {
  if (!condition)
    std::abort();
}

/// An error has a message of one line.
template <typename R>
bool check(const R &result) {
  if (result)
    return true;
  const std::string &message = result.message();
  require(!message.empty() && message.find('\n') == std::string::npos &&
          message.find('\x1b') == std::string::npos);
  return false;
}

} // namespace qml::fuzz

#endif // QML_FUZZ_FUZZ_H
