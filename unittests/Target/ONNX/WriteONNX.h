//===- WriteONNX.h - ONNX messages, written by hand -------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Protobuf's wire format, so that tests can have files that no exporter writes.
//
//===----------------------------------------------------------------------===//

#ifndef QML_UNITTESTS_TARGET_ONNX_WRITEONNX_H
#define QML_UNITTESTS_TARGET_ONNX_WRITEONNX_H

#include <cstdint>
#include <string>

namespace qml::testing {

inline std::string varint(uint64_t value) {
  std::string text;
  for (; value >= 0x80; value >>= 7)
    text += char(value | 0x80);
  return text + char(value);
}

/// All of a text or message but its content.
inline std::string head(unsigned number, uint64_t size) {
  return varint(number << 3 | 2) + varint(size);
}

inline std::string field(unsigned number, const std::string &content) {
  return head(number, content.size()) + content;
}

inline std::string field(unsigned number, uint64_t value) {
  return varint(number << 3) + varint(value);
}

} // namespace qml::testing

#endif // QML_UNITTESTS_TARGET_ONNX_WRITEONNX_H
