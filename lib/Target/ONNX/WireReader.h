//===- WireReader.h - Fields of protobuf messages ---------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The wire format: fields in any order, each with its number and one of four
// ways to find its end. Numbers may stand one by one or packed.
//
//===----------------------------------------------------------------------===//

#ifndef QML_LIB_TARGET_ONNX_WIREREADER_H
#define QML_LIB_TARGET_ONNX_WIREREADER_H

#include "qml/Support/Bytes.h"

#include <cstring>
#include <string_view>

namespace qml {

/// Goes over the fields of one message.
class WireReader {
public:
  explicit WireReader(std::string_view message) : rest(message) {}

  /// Reads a field; false at the end, and where the message is damaged.
  bool next();
  bool isDamaged() const { return damaged; }

  uint32_t field() const { return number; }
  bool isText() const { return wire == Length; }
  bool isInteger() const { return wire == Varint; }
  /// Of a field that has a length: a text, a message or packed numbers.
  std::string_view text() const { return content; }
  int64_t integer() const { return static_cast<int64_t>(value); }
  float number32() const {
    auto bits = static_cast<uint32_t>(value);
    float result;
    std::memcpy(&result, &bits, sizeof result);
    return result;
  }

  /// Calls `add` for each integer of a repeated field, be it one or packed.
  template <typename Add>
  void forEachInteger(Add add) {
    if (wire == Varint)
      return add(integer());
    if (wire != Length) {
      damaged = true;
      return;
    }
    std::string_view packed = content;
    while (!packed.empty()) {
      uint64_t element;
      if (!readVarint(packed, element)) {
        damaged = true;
        return;
      }
      add(static_cast<int64_t>(element));
    }
  }
  /// Bytes of numbers of `size` bytes each, one or packed.
  std::string_view numbers(size_t size);

private:
  enum Wire : uint8_t { Varint = 0, Fixed64 = 1, Length = 2, Fixed32 = 5 };

  static bool readVarint(std::string_view &from, uint64_t &value);

  std::string_view rest;
  uint32_t number = 0;
  uint8_t wire = Varint;
  uint64_t value = 0;
  std::string_view content;
  bool damaged = false;
};

inline bool WireReader::readVarint(std::string_view &from, uint64_t &value) {
  value = 0;
  for (size_t i = 0; i != 10 && i != from.size(); ++i) {
    auto byte = static_cast<uint8_t>(from[i]);
    value |= static_cast<uint64_t>(byte & 0x7f) << (7 * i);
    if (byte < 0x80) {
      from.remove_prefix(i + 1);
      return true;
    }
  }
  return false;
}

inline bool WireReader::next() {
  if (rest.empty() || damaged)
    return false;
  damaged = true;
  uint64_t tag;
  if (!readVarint(rest, tag) || tag >> 32 != 0 || tag >> 3 == 0)
    return false;
  number = static_cast<uint32_t>(tag >> 3);
  wire = tag & 7;
  size_t size = 0;
  switch (wire) {
  case Varint:
    if (!readVarint(rest, value))
      return false;
    break;
  case Fixed64:
    size = 8;
    break;
  case Fixed32:
    size = 4;
    break;
  case Length: {
    uint64_t length;
    if (!readVarint(rest, length) || length > rest.size())
      return false;
    size = static_cast<size_t>(length);
    break;
  }
  default:
    return false;
  }
  if (size > rest.size())
    return false;
  content = rest.substr(0, size);
  rest.remove_prefix(size);
  if (wire == Fixed32 || wire == Fixed64) {
    value = 0;
    std::memcpy(&value, content.data(), size);
  }
  damaged = false;
  return true;
}

inline std::string_view WireReader::numbers(size_t size) {
  bool fits = (wire == Fixed32 && size == 4) || (wire == Fixed64 && size == 8);
  if (!fits && (wire != Length || content.size() % size != 0)) {
    damaged = true;
    return {};
  }
  return content;
}

} // namespace qml

#endif // QML_LIB_TARGET_ONNX_WIREREADER_H
