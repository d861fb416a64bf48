//===- Values.cpp - Values that enter and leave programs ------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Callers give and take values in the element types of tensors; inside, they
// are as narrow as their ranges allow.
//
//===----------------------------------------------------------------------===//

#include "Model.h"

#include <algorithm>
#include <cstring>
#include <limits>

namespace qml {
namespace interpreter {

template <typename From, typename To>
static void convertTo(const char *from, int64_t count, To *to) {
  for (int64_t i = 0; i < count; ++i) {
    From value;
    std::memcpy(&value, from + size_t(i) * sizeof(From), sizeof(From));
    to[i] = static_cast<To>(value);
  }
}

template <typename To>
static void convertFrom(ElementType type, const char *from, int64_t count,
                        To *to) {
  switch (type) {
  case ElementType::Bool:
  case ElementType::U8:
    return convertTo<uint8_t>(from, count, to);
  case ElementType::U16:
    return convertTo<uint16_t>(from, count, to);
  case ElementType::U32:
    return convertTo<uint32_t>(from, count, to);
  case ElementType::U64:
    return convertTo<uint64_t>(from, count, to);
  case ElementType::I8:
    return convertTo<int8_t>(from, count, to);
  case ElementType::I16:
    return convertTo<int16_t>(from, count, to);
  case ElementType::I32:
    return convertTo<int32_t>(from, count, to);
  case ElementType::I64:
    return convertTo<int64_t>(from, count, to);
  case ElementType::F32:
    return convertTo<float>(from, count, to);
  case ElementType::F64:
    return convertTo<double>(from, count, to);
  case ElementType::F16:
    return; // Refused when the interpreter was made.
  }
}

template <typename From, typename To>
static void convertElements(const From *from, int64_t count, char *to) {
  for (int64_t i = 0; i < count; ++i) {
    To value = static_cast<To>(from[i]);
    std::memcpy(to + size_t(i) * sizeof(To), &value, sizeof(To));
  }
}

template <typename From>
static void deliverAs(ElementType type, const From *from, int64_t count,
                      char *to) {
  switch (type) {
  case ElementType::U8:
    return convertElements<From, uint8_t>(from, count, to);
  case ElementType::I8:
    return convertElements<From, int8_t>(from, count, to);
  case ElementType::I16:
    return convertElements<From, int16_t>(from, count, to);
  case ElementType::I32:
    return convertElements<From, int32_t>(from, count, to);
  case ElementType::I64:
    return convertElements<From, int64_t>(from, count, to);
  default:
    return; // No tensor of another type is computed: the program was checked.
  }
}

/// Whether all values lie within a range.
template <typename T>
static bool allInRange(const T *values, int64_t count, IntegerRange range) {
  using Limits = std::numeric_limits<T>;
  if (range.lower <= Limits::min() && range.upper >= Limits::max())
    return true;
  if (range.lower > Limits::max() || range.upper < Limits::min())
    return count == 0;
  T lower = T(std::max<int64_t>(range.lower, Limits::min()));
  T upper = T(std::min<int64_t>(range.upper, Limits::max()));
  // Without a way out, which would keep the loop from being vectorized.
  T smallest = upper, largest = lower;
  for (int64_t i = 0; i < count; ++i) {
    smallest = std::min(smallest, values[i]);
    largest = std::max(largest, values[i]);
  }
  return smallest >= lower && largest <= upper;
}

bool holdsAll(IntegerRange range, ElementType type) {
  return (type == ElementType::U8 && contains(range, {0, UINT8_MAX})) ||
         (type == ElementType::I8 && contains(range, {INT8_MIN, INT8_MAX}));
}

bool readInput(const Tensor &tensor, const TensorInfo &info, const char *from,
               int64_t count, char *to) {
  auto inRange = [&](const auto *values) {
    return holdsAll(info.range, tensor.type) ||
           allInRange(values, count, info.range);
  };
  switch (info.storage) {
  case Storage::F32:
    convertFrom(tensor.type, from, count, reinterpret_cast<float *>(to));
    return true;
  case Storage::I16: {
    auto *values = reinterpret_cast<int16_t *>(to);
    // Wider integers must not be cut before they are compared.
    bool good = true;
    if (tensor.type == ElementType::I32 || tensor.type == ElementType::I64)
      for (int64_t i = 0; i < count && good; ++i) {
        int64_t value;
        size_t size = sizeOf(tensor.type);
        convertFrom(tensor.type, from + size_t(i) * size, 1, &value);
        good = contains(info.range, {value, value});
      }
    convertFrom(tensor.type, from, count, values);
    return good && inRange(values);
  }
  case Storage::I32: {
    auto *values = reinterpret_cast<int32_t *>(to);
    bool good = true;
    if (tensor.type == ElementType::I64)
      for (int64_t i = 0; i < count && good; ++i) {
        int64_t value;
        convertFrom(tensor.type, from + size_t(i) * 8, 1, &value);
        good = contains(info.range, {value, value});
      }
    convertFrom(tensor.type, from, count, values);
    return good && inRange(values);
  }
  case Storage::I64: {
    auto *values = reinterpret_cast<int64_t *>(to);
    convertFrom(tensor.type, from, count, values);
    return inRange(values);
  }
  }
  return false;
}

void deliver(const Tensor &tensor, const TensorInfo &info, const char *from,
             int64_t count, char *to) {
  switch (info.storage) {
  case Storage::F32:
    std::memcpy(to, from, size_t(count) * sizeof(float));
    return;
  case Storage::I16:
    return deliverAs(tensor.type, reinterpret_cast<const int16_t *>(from),
                     count, to);
  case Storage::I32:
    return deliverAs(tensor.type, reinterpret_cast<const int32_t *>(from),
                     count, to);
  case Storage::I64:
    return deliverAs(tensor.type, reinterpret_cast<const int64_t *>(from),
                     count, to);
  }
}

} // namespace interpreter
} // namespace qml
