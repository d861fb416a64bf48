//===- Bytes.cpp - Views of memory that keep it alive ---------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Checks on untrusted shapes, and memory whose allocation may fail.
//
//===----------------------------------------------------------------------===//

#include "qml/Support/Bytes.h"

#include <cstdlib>
#include <cstring>

using namespace qml;

int64_t qml::checkedNumBytes(ElementType type, const Shape &shape) {
  constexpr int64_t limit = int64_t(1) << 62;
  int64_t product = sizeOf(type);
  bool empty = false;
  for (int64_t extent : shape) {
    if (extent < 0)
      return -1;
    if (extent == 0) {
      empty = true;
      continue;
    }
    if (product > limit / extent)
      return -1;
    product *= extent;
  }
  return empty ? 0 : product;
}

Status qml::setData(Array &array, const Bytes &bytes, size_t offset) {
  size_t size = array.numBytes();
  if (!bytes.contains(offset, size))
    return Error{"the data ends before the array does"};
  const uint8_t *data = bytes.data + offset;
  if (reinterpret_cast<uintptr_t>(data) % sizeOf(array.type) == 0) {
    array.data = data;
    array.owner = bytes.owner;
    return {};
  }
  ByteBuffer copy;
  if (!copy.resize(size))
    return Error{"not enough memory for an array of " + std::to_string(size) +
                 " bytes"};
  if (size != 0)
    std::memcpy(copy.data(), data, size);
  Bytes moved = std::move(copy).take();
  array.data = moved.data;
  array.owner = moved.owner;
  return {};
}

std::string qml::toString(const Shape &shape) {
  std::string text = "(";
  for (size_t i = 0; i < shape.size(); ++i) {
    if (i != 0)
      text += ", ";
    text += std::to_string(shape[i]);
  }
  if (shape.size() == 1)
    text += ",";
  return text + ")";
}

//===----------------------------------------------------------------------===//
// ByteBuffer
//===----------------------------------------------------------------------===//

ByteBuffer::ByteBuffer(ByteBuffer &&other) noexcept
    : memory(std::exchange(other.memory, nullptr)),
      length(std::exchange(other.length, 0)),
      allocated(std::exchange(other.allocated, 0)) {}

ByteBuffer &ByteBuffer::operator=(ByteBuffer &&other) noexcept {
  std::swap(memory, other.memory);
  std::swap(length, other.length);
  std::swap(allocated, other.allocated);
  return *this;
}

ByteBuffer::~ByteBuffer() { std::free(memory); }

bool ByteBuffer::reserve(size_t size) {
  if (size <= allocated)
    return true;
  void *moved = std::realloc(memory, size);
  if (!moved)
    return false;
  memory = static_cast<uint8_t *>(moved);
  allocated = size;
  return true;
}

bool ByteBuffer::resize(size_t size) {
  if (!reserve(size))
    return false;
  length = size;
  return true;
}

Bytes ByteBuffer::take() && {
  Bytes bytes;
  bytes.size = length;
  bytes.data = memory;
  bytes.owner = std::shared_ptr<const void>(
      static_cast<const void *>(memory),
      [start = memory](const void *) { std::free(start); });
  memory = nullptr;
  length = allocated = 0;
  return bytes;
}
