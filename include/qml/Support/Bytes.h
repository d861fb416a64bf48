//===- Bytes.h - Views of memory that keep it alive -------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What file readers hand out: bytes and arrays inside a mapped file or in
// memory of their own, together with a share in the owner, so that weights are
// never copied and never dangle.
//
//===----------------------------------------------------------------------===//

#ifndef QML_SUPPORT_BYTES_H
#define QML_SUPPORT_BYTES_H

#include "qml/Support/ElementType.h"
#include "qml/Support/Result.h"

#include <memory>
#include <string>
#include <string_view>

namespace qml {

/// A range of read-only bytes and a share in whatever holds them.
struct Bytes {
  const uint8_t *data = nullptr;
  size_t size = 0;
  std::shared_ptr<const void> owner;

  /// The part of `length` bytes from `offset`, which the caller has checked to
  /// lie inside.
  Bytes slice(size_t offset, size_t length) const {
    return {data + offset, length, owner};
  }
  /// Whether `length` bytes from `offset` lie inside; never overflows.
  bool contains(uint64_t offset, uint64_t length) const {
    return offset <= size && length <= size - offset;
  }
  std::string_view text() const {
    return {static_cast<const char *>(static_cast<const void *>(data)), size};
  }
};

/// A dense array in C order, little-endian, its data aligned to its element.
/// Elements of type Bool are bytes of any value: read them as uint8_t.
struct Array {
  ElementType type = ElementType::F32;
  Shape shape;
  const void *data = nullptr;
  std::shared_ptr<const void> owner;

  template <typename T>
  const T *as() const {
    return static_cast<const T *>(data);
  }
  int64_t size() const { return numElements(shape); }
  size_t numBytes() const { return size_t(size()) * sizeOf(type); }
};

/// The number of bytes of such an array; -1 if an extent is
/// negative or the product of the extents (zeros left out) times the element
/// size does not fit. After that check `numElements` cannot overflow.
int64_t checkedNumBytes(ElementType type, const Shape &shape);

/// `bytes` from `offset` as the data of `array`, whose type and shape are set
/// and checked: a view if it is aligned for the element type, else a copy.
Status setData(Array &array, const Bytes &bytes, size_t offset);

/// "(2, 3)", as NumPy prints it.
std::string toString(const Shape &shape);

/// Memory that grows, as a base for `Bytes`. Allocation that fails is an error
/// to report, not an exception: sizes come from untrusted files.
class ByteBuffer {
public:
  ByteBuffer() = default;
  ByteBuffer(ByteBuffer &&other) noexcept;
  ByteBuffer &operator=(ByteBuffer &&other) noexcept;
  ByteBuffer(const ByteBuffer &) = delete;
  ByteBuffer &operator=(const ByteBuffer &) = delete;
  ~ByteBuffer();

  uint8_t *data() { return memory; }
  size_t size() const { return length; }
  size_t capacity() const { return allocated; }

  /// False if there is no memory. Contents are kept, new bytes are undefined.
  [[nodiscard]] bool resize(size_t size);
  [[nodiscard]] bool reserve(size_t size);

  /// Gives the contents away.
  Bytes take() &&;

private:
  uint8_t *memory = nullptr;
  size_t length = 0;
  size_t allocated = 0;
};

} // namespace qml

#endif // QML_SUPPORT_BYTES_H
