//===- ElementType.h - Types of array elements ------------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The types that files, programs and executors exchange. Plain C++: the CUDA
// library uses it too.
//
//===----------------------------------------------------------------------===//

#ifndef QML_SUPPORT_ELEMENTTYPE_H
#define QML_SUPPORT_ELEMENTTYPE_H

#include <cstddef>
#include <cstdint>
#include <vector>

namespace qml {

enum class ElementType : uint8_t {
  Bool,
  U8,
  U16,
  U32,
  U64,
  I8,
  I16,
  I32,
  I64,
  F16,
  F32,
  F64
};

/// Bytes of one element.
constexpr size_t sizeOf(ElementType type) {
  switch (type) {
  case ElementType::Bool:
  case ElementType::U8:
  case ElementType::I8:
    return 1;
  case ElementType::U16:
  case ElementType::I16:
  case ElementType::F16:
    return 2;
  case ElementType::U32:
  case ElementType::I32:
  case ElementType::F32:
    return 4;
  case ElementType::U64:
  case ElementType::I64:
  case ElementType::F64:
    return 8;
  }
  return 0;
}

/// NumPy's name of the type: "uint8", "float32", ...
constexpr const char *nameOf(ElementType type) {
  switch (type) {
  case ElementType::Bool:
    return "bool";
  case ElementType::U8:
    return "uint8";
  case ElementType::U16:
    return "uint16";
  case ElementType::U32:
    return "uint32";
  case ElementType::U64:
    return "uint64";
  case ElementType::I8:
    return "int8";
  case ElementType::I16:
    return "int16";
  case ElementType::I32:
    return "int32";
  case ElementType::I64:
    return "int64";
  case ElementType::F16:
    return "float16";
  case ElementType::F32:
    return "float32";
  case ElementType::F64:
    return "float64";
  }
  return "?";
}

constexpr bool isFloat(ElementType type) { return type >= ElementType::F16; }

/// Whether the type holds negative values.
constexpr bool isSigned(ElementType type) { return type >= ElementType::I8; }

/// Extents, outermost first. Empty: a scalar.
using Shape = std::vector<int64_t>;

/// Product of the extents, which the caller has checked to fit.
inline int64_t numElements(const Shape &shape) {
  int64_t count = 1;
  for (int64_t extent : shape)
    count *= extent;
  return count;
}

} // namespace qml

#endif // QML_SUPPORT_ELEMENTTYPE_H
