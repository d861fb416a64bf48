//===- Constants.cpp - What is known before the network runs --------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Constants.h"

#include "qml/Support/Half.h"
#include "qml/Support/Quote.h"

#include <cmath>
#include <cstring>

namespace qml {

/// An array over values of its own.
template <typename T>
static Array makeArray(ElementType type, const Shape &shape,
                       std::vector<T> values) {
  auto owner = std::make_shared<const std::vector<T>>(std::move(values));
  Array array;
  array.type = type;
  array.shape = shape;
  array.data = owner->data();
  array.owner = owner;
  return array;
}

int64_t toInteger(double value) {
  constexpr double limit = 9223372036854775808.0;
  if (value >= limit)
    return INT64_MAX;
  if (!(value > -limit))
    return INT64_MIN;
  return static_cast<int64_t>(value);
}

static Array makeArray(const Numbers &numbers) {
  if (!numbers.isInteger)
    return makeArray(
        ElementType::F32, numbers.shape,
        std::vector<float>(numbers.values.begin(), numbers.values.end()));
  std::vector<int64_t> integers;
  integers.reserve(numbers.values.size());
  for (double value : numbers.values)
    integers.push_back(toInteger(value));
  return makeArray(ElementType::I64, numbers.shape, std::move(integers));
}

ONNXConstant::ONNXConstant(const Numbers &first, const Numbers &second)
    : array(makeArray(first)) {
  // By their bits: what is no number equals nothing.
  if (&first != &second &&
      (first.shape != second.shape ||
       first.values.size() != second.values.size() ||
       std::memcmp(first.values.data(), second.values.data(),
                   first.values.size() * sizeof(double)) != 0))
    other = makeArray(second);
}

template <typename To, typename From>
static Array convert(const Array &array, ElementType type) {
  const From *from = array.as<From>();
  std::vector<To> values;
  values.reserve(static_cast<size_t>(array.size()));
  for (int64_t i = 0; i != array.size(); ++i)
    values.push_back(static_cast<To>(from[i]));
  return makeArray(type, array.shape, std::move(values));
}

const Array &ONNXConstant::getArray() const {
  if (array.data || array.size() == 0)
    return array;
  std::vector<float> values(unaligned.size / sizeof(float));
  std::memcpy(values.data(), unaligned.data, unaligned.size);
  array = makeArray(ElementType::F32, array.shape, std::move(values));
  return array;
}

Bytes ONNXConstant::getBytes() const {
  if (!array.data)
    return unaligned;
  return {static_cast<const uint8_t *>(array.data), array.numBytes(),
          array.owner};
}

Result<ONNXConstant> ONNXConstant::read(const ONNXTensor &tensor) {
  // Kernels are read from the file itself.
  bool isLarge = tensor.bytes.size > 4096 && tensor.problem.empty() &&
                 tensor.type == ElementType::F32 && !tensor.isBFloat16;
  if (isLarge &&
      reinterpret_cast<uintptr_t>(tensor.bytes.data) % alignof(float) != 0) {
    ONNXConstant constant;
    constant.array.shape = tensor.shape;
    constant.unaligned = tensor.bytes;
    return constant;
  }
  Result<Array> array = tensor.read();
  if (!array)
    return array.takeError();
  constexpr ElementType wide = ElementType::I64;
  switch (array->type) {
  case ElementType::F32:
  case ElementType::I64:
    return ONNXConstant(*array);
  case ElementType::F64:
    return ONNXConstant(convert<float, double>(*array, ElementType::F32));
  case ElementType::F16: {
    std::vector<float> values;
    for (int64_t i = 0; i != array->size(); ++i)
      values.push_back(halfToFloat(array->as<uint16_t>()[i]));
    return ONNXConstant(
        makeArray(ElementType::F32, array->shape, std::move(values)));
  }
  case ElementType::Bool:
  case ElementType::U8:
    return ONNXConstant(convert<int64_t, uint8_t>(*array, wide));
  case ElementType::U16:
    return ONNXConstant(convert<int64_t, uint16_t>(*array, wide));
  case ElementType::U32:
    return ONNXConstant(convert<int64_t, uint32_t>(*array, wide));
  case ElementType::U64:
    return ONNXConstant(convert<int64_t, uint64_t>(*array, wide));
  case ElementType::I8:
    return ONNXConstant(convert<int64_t, int8_t>(*array, wide));
  case ElementType::I16:
    return ONNXConstant(convert<int64_t, int16_t>(*array, wide));
  case ElementType::I32:
    return ONNXConstant(convert<int64_t, int32_t>(*array, wide));
  }
  return Error{"tensor " + quote(tensor.name) + " is of an unknown type"};
}

ONNXConstant ONNXConstant::withShape(const Shape &shape) const {
  ONNXConstant result = *this;
  result.array.shape = shape;
  if (result.other)
    result.other->shape = shape;
  return result;
}

Numbers ONNXConstant::getNumbers(int which) const {
  const Array &from = which == 1 && other ? *other : getArray();
  Numbers numbers;
  numbers.shape = from.shape;
  numbers.isInteger = isInteger();
  size_t count = static_cast<size_t>(from.size());
  if (isInteger())
    numbers.values.assign(from.as<int64_t>(), from.as<int64_t>() + count);
  else
    numbers.values.assign(from.as<float>(), from.as<float>() + count);
  return numbers;
}

std::optional<Numbers>
ONNXConstant::getPerSample(std::optional<int64_t> fileBatch) const {
  Numbers result = getNumbers();
  if (result.shape.empty() || result.shape[0] < 1)
    return std::nullopt;
  Shape shape(result.shape.begin() + 1, result.shape.end());
  size_t each = result.values.size() / size_t(result.shape[0]);
  for (int which : {0, 1}) {
    Numbers all = getNumbers(which);
    int64_t samples = all.shape.empty() ? 0 : all.shape[0];
    bool isForEach = dependsOnBatch() ? samples == which + 2
                                      : samples == 1 || samples == fileBatch;
    if (!isForEach || Shape(all.shape.begin() + 1, all.shape.end()) != shape)
      return std::nullopt;
    for (size_t i = 0; i != all.values.size(); ++i) {
      double one = all.values[i], other = result.values[i % each];
      if (one != other && !(std::isnan(one) && std::isnan(other)))
        return std::nullopt;
    }
  }
  result.shape = shape;
  result.values.resize(each);
  return result;
}

std::optional<double> ONNXConstant::getScalar() const {
  if (other || array.size() != 1)
    return std::nullopt;
  return isInteger() ? static_cast<double>(*array.as<int64_t>())
                     : static_cast<double>(*getArray().as<float>());
}

std::optional<std::vector<int64_t>> ONNXConstant::getIntegers() const {
  if (other || !isInteger())
    return std::nullopt;
  return std::vector<int64_t>(array.as<int64_t>(),
                              array.as<int64_t>() + array.size());
}

std::optional<std::vector<Extent>> ONNXConstant::getExtents() const {
  if (!isInteger() || (other && other->shape != array.shape))
    return std::nullopt;
  std::vector<Extent> extents;
  for (int64_t i = 0; i != array.size(); ++i) {
    int64_t first = array.as<int64_t>()[i];
    int64_t second = other ? other->as<int64_t>()[i] : first;
    if (first == second)
      extents.push_back({first, false});
    else if (first > 0 && first % 2 == 0 && second % 3 == 0 &&
             first / 2 == second / 3)
      extents.push_back({first / 2, true});
    else
      return std::nullopt;
  }
  return extents;
}

ONNXConstant makeShape(const std::vector<Extent> &shape) {
  Numbers numbers[2];
  for (int which = 0; which != 2; ++which) {
    numbers[which].shape = {static_cast<int64_t>(shape.size())};
    numbers[which].isInteger = true;
    for (const Extent &extent : shape)
      numbers[which].values.push_back(static_cast<double>(extent.factor) *
                                      (extent.hasBatch ? 2.0 + which : 1.0));
  }
  return ONNXConstant(numbers[0], numbers[1]);
}

} // namespace qml
