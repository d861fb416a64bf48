//===- ValueRanges.cpp - Bounds of the integers that can occur ------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Interval arithmetic over the program. Narrow storage and 32-bit sums are used
// only where these bounds, made of the actual weights, prove that they hold
// every value. All operations but products are monotonic in each input, so
// their bounds are the results of the inputs' bounds: see the kinds' files.
//
//===----------------------------------------------------------------------===//

#include "qml/Program/ValueRanges.h"

#include "qml/Program/Kinds.h"

#include <algorithm>

namespace qml {

bool isProduct(const Operation &operation) {
  return kindOf(operation).makeProduct;
}

Product makeProduct(const Program &program, const Operation &operation) {
  return kindOf(operation).makeProduct(program, operation);
}

namespace {

/// Bounds of the complete sums of each output channel.
template <typename T>
struct Sums {
  std::vector<T> lower, upper;
};

} // namespace

template <typename T>
static Sums<T> sumRanges(const Product &product,
                         const std::vector<IntegerRange> &inputs) {
  Sums<T> sums;
  sums.lower.assign(size_t(product.outChannels), 0);
  sums.upper.assign(size_t(product.outChannels), 0);
  const int32_t *weight = product.weights.data();
  T *lower = sums.lower.data(), *upper = sums.upper.data();
  auto add = [&](int64_t channel, IntegerRange input) {
    T low = T(*weight) * T(input.lower), high = T(*weight) * T(input.upper);
    ++weight;
    lower[channel] += std::min(low, high);
    upper[channel] += std::max(low, high);
  };
  for (int64_t tap = 0; tap < product.taps(); ++tap)
    for (int64_t c = 0; c < product.channels; ++c) {
      if (product.depthwise) {
        add(c, inputs[c]);
        continue;
      }
      for (int64_t f = 0; f < product.outChannels; ++f)
        add(f, inputs[c]);
    }
  return sums;
}

template <typename T>
static void finishRanges(const Product &product, const Sums<T> &sums,
                         ProductRanges &ranges) {
  ranges.sumsFit32 = ranges.fits32 = ranges.fits64 = true;
  bool first = true;
  for (int64_t f = 0; f < product.outChannels; ++f) {
    Int128 lower = static_cast<Int128>(sums.lower[f]);
    Int128 upper = static_cast<Int128>(sums.upper[f]);
    auto fits = [](Int128 lower, Int128 upper) {
      return lower >= INT32_MIN && upper <= INT32_MAX;
    };
    auto check = [&](Int128 lower, Int128 upper) {
      ranges.fits32 &= fits(lower, upper);
      ranges.fits64 &= lower >= INT64_MIN && upper <= INT64_MAX;
    };
    check(lower, upper);
    check(product.bias[f], product.bias[f]);
    ranges.sumsFit32 &= fits(product.bias[f], product.bias[f]) &&
                        (product.wrapsAround || fits(lower, upper));
    if (product.wrapsAround && (lower < INT32_MIN || upper > INT32_MAX)) {
      ranges.sumsWrap = true;
      lower = INT32_MIN;
      upper = INT32_MAX;
    }
    if (!product.saturatesOnce) {
      lower = clampWide(lower, product.bounds);
      upper = clampWide(upper, product.bounds);
    }
    lower += product.bias[f];
    upper += product.bias[f];
    check(lower, upper);
    IntegerRange result = {clampWide(lower, product.biasBounds),
                           clampWide(upper, product.biasBounds)};
    ranges.result = first ? result : unite(ranges.result, result);
    first = false;
  }
}

ProductRanges rangesOf(const Product &product, IntegerRange input) {
  ProductRanges ranges;
  std::vector<IntegerRange> inputs(size_t(product.channels));
  Int128 largest = 1;
  for (int64_t c = 0; c < product.channels; ++c) {
    int shift = product.shift[c];
    ranges.shiftSaturates |= !contains(
        product.inputBounds, {shiftLeft(input.lower, shift, unbounded),
                              shiftLeft(input.upper, shift, unbounded)});
    inputs[c] = {shiftLeft(input.lower, shift, product.inputBounds),
                 shiftLeft(input.upper, shift, product.inputBounds)};
    if (product.isPadded())
      inputs[c] = unite(inputs[c], {product.padding[c], product.padding[c]});
    ranges.input = c ? unite(ranges.input, inputs[c]) : inputs[c];
  }
  largest = std::max(-Int128(ranges.input.lower), Int128(ranges.input.upper));
  int32_t least = 0, most = 0;
  for (int32_t weight : product.weights) {
    least = std::min(least, weight);
    most = std::max(most, weight);
  }
  int64_t heaviest = std::max(-int64_t(least), int64_t(most));
  // No sum is larger than this; 128 bits are slow, and floats are exact, and
  // done several at a time, as far as they go.
  Int128 worst = largest * heaviest * product.taps() * product.channels;
  ranges.fits53 = worst < int64_t(1) << 53;
  if (ranges.fits53)
    finishRanges(product, sumRanges<double>(product, inputs), ranges);
  else if (worst < INT64_MAX)
    finishRanges(product, sumRanges<int64_t>(product, inputs), ranges);
  else
    finishRanges(product, sumRanges<Int128>(product, inputs), ranges);
  return ranges;
}

IntegerRange resultRange(const Program &program, const Operation &operation,
                         const std::vector<const ValueInfo *> &inputs) {
  return kindOf(operation).valueRange({program, operation, inputs});
}

Status checkResultRange(const Program &program, const Operation &operation,
                        IntegerRange range) {
  const Tensor &tensor = program.tensors[operation.output];
  if (!tensor.fixed)
    return {};
  int bits = tensor.fixed->valueBits;
  if (contains(integerRange(bits, program.arithmetic), range))
    return {};
  return Error{"layer '" + operation.layer + "': values from " +
               std::to_string(range.lower) + " to " +
               std::to_string(range.upper) + " can occur, which exceed the " +
               std::to_string(bits) + " value bits of the result"};
}

std::optional<IntegerRange> inputRange(const Program &program, int index) {
  const Tensor &tensor = program.tensors[index];
  if (tensor.fixed)
    return integerRange(tensor.fixed->valueBits, program.arithmetic);
  if (tensor.type == ElementType::U8)
    return IntegerRange{0, UINT8_MAX};
  if (tensor.type == ElementType::I8)
    return IntegerRange{INT8_MIN, INT8_MAX};
  if (tensor.type == ElementType::I16)
    return int16Range;
  return std::nullopt;
}

Error outsideInput(const Input &input, IntegerRange range) {
  return Error{"the samples of input '" + input.name +
               "' hold an integer outside of " + std::to_string(range.lower) +
               " to " + std::to_string(range.upper) +
               ", which is what the network takes there"};
}

} // namespace qml
