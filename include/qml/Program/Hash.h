//===- Hash.h - Tells programs and their weights apart ----------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QML_PROGRAM_HASH_H
#define QML_PROGRAM_HASH_H

#include "qml/Program/Program.h"

#include <cstring>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

namespace qml {

/// Tells different inputs apart; nobody forges them.
class Hash {
public:
  void add(const void *data, size_t size) {
    const char *bytes = static_cast<const char *>(data);
    for (; size >= sizeof(uint64_t); size -= sizeof(uint64_t)) {
      uint64_t word;
      std::memcpy(&word, bytes, sizeof word);
      mix(word);
      bytes += sizeof word;
    }
    uint64_t rest = size;
    for (size_t i = 0; i < size; ++i)
      rest = rest << 8 | uint8_t(bytes[i]);
    mix(rest);
  }
  template <typename T, typename = std::enable_if_t<std::is_integral_v<T> ||
                                                    std::is_enum_v<T>>>
  void add(T value) {
    mix(uint64_t(value));
  }
  void add(float value) { add(&value, sizeof value); }
  void add(const std::string &text) { add(text.data(), text.size()); }
  template <typename T>
  void add(const std::optional<T> &value) {
    add(value.has_value());
    if (value)
      add(*value);
  }
  template <typename T>
  void add(const std::vector<T> &values) {
    add(values.size());
    for (const T &value : values)
      add(value);
  }
  template <typename T, size_t N>
  void add(const T (&values)[N]) {
    for (const T &value : values)
      add(value);
  }

  std::string text() const {
    static constexpr char digits[] = "0123456789abcdef";
    std::string result;
    for (int shift = 60; shift >= 0; shift -= 4)
      result += digits[state >> shift & 15];
    return result;
  }

private:
  void mix(uint64_t word) {
    state = (state ^ word) * 0x9e3779b97f4a7c15;
    state ^= state >> 29;
  }

  uint64_t state = 0x243f6a8885a308d3;
};

/// Of a program: its form and its values, each by itself, since it helps to
/// know which of them differ.
class ProgramHash {
public:
  explicit ProgramHash(const Program &program);

  const Hash &form() const { return formHash; }
  const Hash &weights() const { return weightHash; }

  // For the kinds of operations.

  /// What a program's steps depend on: sizes, numbers of bits, shifts.
  template <typename... Ts>
  void addForm(const Ts &...values) {
    (formHash.add(values), ...);
  }
  /// What was trained, or follows from that.
  template <typename... Ts>
  void addValues(const Ts &...values) {
    (weightHash.add(values), ...);
  }
  void add(const Constant &constant);
  void add(const Window &window);
  void add(const AccumulatorRules &rules);

private:
  Hash formHash;
  Hash weightHash;
};

} // namespace qml

#endif // QML_PROGRAM_HASH_H
