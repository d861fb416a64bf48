//===- Endian.h - Little-endian numbers in bytes ----------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// For formats that are read byte by byte, wherever the bytes lie.
//
//===----------------------------------------------------------------------===//

#ifndef QML_LIB_SUPPORT_ENDIAN_H
#define QML_LIB_SUPPORT_ENDIAN_H

#include "qml/Support/Bytes.h"

namespace qml::detail {

/// The unsigned number in the `count` bytes at `data`, of which there are
/// enough.
inline uint64_t loadLittle(const uint8_t *data, size_t count) {
  uint64_t value = 0;
  for (size_t i = 0; i < count; ++i)
    value |= uint64_t(data[i]) << (8 * i);
  return value;
}

inline void appendLittle(std::string &out, uint64_t value, size_t count) {
  for (size_t i = 0; i < count; ++i)
    out += char(value >> (8 * i) & 0xff);
}

/// Reads fields one after the other. Reading past the end gives zeros and is
/// remembered: check `ok()` after a group of fields.
class FieldReader {
public:
  explicit FieldReader(const Bytes &bytes)
      : data(bytes.data), end(bytes.size) {}

  uint8_t u8() { return uint8_t(number(1)); }
  uint16_t u16() { return uint16_t(number(2)); }
  uint32_t u32() { return uint32_t(number(4)); }
  uint64_t u64() { return number(8); }
  /// An unsigned number of up to 8 bytes.
  uint64_t number(size_t count) {
    if (!take(count))
      return 0;
    return loadLittle(data + offset - count, count);
  }
  std::string_view text(uint64_t count) {
    if (!take(count))
      return {};
    const void *start = data + offset - count;
    return {static_cast<const char *>(start), size_t(count)};
  }
  void skip(uint64_t count) { take(count); }

  bool ok() const { return good; }
  size_t position() const { return offset; }
  size_t left() const { return end - offset; }

private:
  bool take(uint64_t count) {
    if (!good || count > end - offset) {
      good = false;
      return false;
    }
    offset += size_t(count);
    return true;
  }

  const uint8_t *data;
  size_t end;
  size_t offset = 0;
  bool good = true;
};

} // namespace qml::detail

#endif // QML_LIB_SUPPORT_ENDIAN_H
