//===- IntegerWeights.cpp - Weights as bytes ------------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A weight is a sum of signed bytes times powers of 256. All is exact modulo
// 2^32, so that shifted weights may lose what lies above that.
//
//===----------------------------------------------------------------------===//

#include "IntegerWeights.h"

#include <algorithm>

namespace qml {
namespace gpu {

constexpr int maxPlanes = 4;
/// More passes would be slower than 32-bit products.
constexpr size_t maxPasses = 4;

/// A weight, shifted as its input is, less what all are.
static int32_t shiftedWeight(const Product &product, size_t index,
                             int lastShift) {
  size_t channel =
      index / size_t(product.outChannels) % size_t(product.channels);
  int shift = product.shift[channel] - lastShift;
  return int32_t(uint32_t(product.weights[index]) << shift);
}

/// Byte `plane` of a weight, each from -128 to 127.
static int8_t byteOf(int32_t weight, int plane) {
  uint32_t rest = uint32_t(weight);
  for (int i = 0;; ++i) {
    int8_t byte = int8_t(rest);
    if (i == plane)
      return byte;
    // The rest is a multiple of 256 now, with the sign of what it stands for.
    rest = uint32_t(int32_t(rest - uint32_t(int32_t(byte))) >> 8);
  }
}

static int numPlanes(const Product &product, int lastShift) {
  int planes = 1;
  for (size_t i = 0; i < product.weights.size(); ++i) {
    int32_t weight = shiftedWeight(product, i, lastShift);
    while (planes < maxPlanes) {
      // Largest number of so many bytes, and the least one.
      int64_t upper = 0, lower = 0;
      for (int p = 0; p < planes; ++p) {
        upper = upper * 256 + INT8_MAX;
        lower = lower * 256 + INT8_MIN;
      }
      if (weight >= lower && weight <= upper)
        break;
      ++planes;
    }
  }
  return planes;
}

/// Padding in front of the shift, if it can stand there.
static bool unshiftPadding(const Product &product, StorageType input,
                           std::vector<int64_t> &padding) {
  bool isPadded = product.isPadded() &&
                  std::any_of(product.padding.begin(), product.padding.end(),
                              [](int64_t value) { return value != 0; });
  if (!isPadded)
    return true;
  IntegerRange range = input == StorageType::I8
                           ? IntegerRange{INT8_MIN, INT8_MAX}
                       : input == StorageType::U8 ? IntegerRange{0, UINT8_MAX}
                                                  : int16Range;
  for (size_t c = 0; c < product.padding.size(); ++c) {
    int64_t value = product.padding[c];
    int64_t unshifted = value >> product.shift[c];
    if (unshifted * (int64_t(1) << product.shift[c]) != value ||
        !contains(range, {unshifted, unshifted}))
      return false;
    padding.push_back(unshifted);
  }
  return true;
}

std::optional<BytePlan> planBytes(const Product &product,
                                  const ProductRanges &ranges,
                                  StorageType input) {
  bool isByte = input == StorageType::I8 || input == StorageType::U8;
  if ((!isByte && input != StorageType::I16) || ranges.shiftSaturates)
    return std::nullopt;
  auto [least, most] =
      std::minmax_element(product.shift.begin(), product.shift.end());
  if (*most > 31)
    return std::nullopt;
  BytePlan plan;
  plan.lastShift = *least;
  if (!unshiftPadding(product, input, plan.padding))
    return std::nullopt;
  int inputPlanes = isByte ? 1 : 2;
  int weightPlanes = numPlanes(product, plan.lastShift);
  if (size_t(inputPlanes) * size_t(weightPlanes) > maxPasses)
    return std::nullopt;
  int last = inputPlanes + weightPlanes - 2;
  for (int power = last; power >= 0; --power)
    for (int plane = 0; plane < inputPlanes; ++plane) {
      int weightPlane = power - plane;
      if (weightPlane < 0 || weightPlane >= weightPlanes)
        continue;
      BytePass pass;
      pass.shift = 8 * (last - power);
      last = power;
      pass.plane = plane;
      pass.isUnsigned = input == StorageType::U8 || (!isByte && plane == 0);
      plan.passes.push_back(pass);
      plan.weightPlanes.push_back(weightPlane);
    }
  return plan;
}

std::vector<uint32_t> packWeights(const Product &product, const BytePlan &plan,
                                  int64_t words, int64_t tileColumns) {
  int64_t outputs = product.outChannels;
  int64_t columns = (outputs + tileColumns - 1) / tileColumns * tileColumns;
  int64_t terms = product.taps() * product.channels;
  std::vector<uint32_t> packed(plan.passes.size() * size_t(words * columns), 0);
  for (size_t pass = 0; pass < plan.passes.size(); ++pass)
    for (int64_t term = 0; term < terms; ++term)
      for (int64_t f = 0; f < outputs; ++f) {
        int32_t weight =
            shiftedWeight(product, size_t(term * outputs + f), plan.lastShift);
        uint32_t byte = uint8_t(byteOf(weight, plan.weightPlanes[pass]));
        packed[(pass * size_t(words) + size_t(term / 4)) * size_t(columns) +
               size_t(f)] |= byte << (8 * (term % 4));
      }
  return packed;
}

} // namespace gpu
} // namespace qml
