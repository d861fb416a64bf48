//===- Ranges.cpp - Bounds of the integers that can occur -----------------===//
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
// their bounds are the results of the inputs' bounds.
//
//===----------------------------------------------------------------------===//

#include "Ranges.h"

#include <algorithm>
#include <cstring>

namespace qml {
namespace interpreter {

/// Elements may lie at any address: files are mapped as they are.
template <typename T, typename To>
static void copyElements(const Constant &constant, std::vector<To> &values) {
  const char *data = static_cast<const char *>(constant.data);
  for (size_t i = 0; i < values.size(); ++i) {
    T value;
    std::memcpy(&value, data + i * sizeof(T), sizeof(T));
    values[i] = static_cast<To>(value);
  }
}

/// Signed integers of at most the target's width.
template <typename To>
static std::vector<To> integersOf(const Constant &constant) {
  std::vector<To> values(size_t(numElements(constant.shape)));
  if (constant.type == ElementType::I8)
    copyElements<int8_t>(constant, values);
  else if (constant.type == ElementType::I16)
    copyElements<int16_t>(constant, values);
  else if (constant.type == ElementType::I32)
    copyElements<int32_t>(constant, values);
  else
    copyElements<int64_t>(constant, values);
  return values;
}

bool isProduct(const Operation &operation) {
  return operation.as<Conv2D>() || operation.as<Dense>() ||
         operation.as<Conv2DTranspose>() || operation.as<TemporalSum>();
}

Product makeProduct(const Program &program, const Operation &operation) {
  const Shape &in = program.tensors[operation.inputs[0]].shape;
  const Shape &out = program.tensors[operation.output].shape;
  Product product;
  product.channels = in.back();
  product.outChannels = out.back();
  const Constant *kernel, *bias;
  const Buffer *buffer;
  std::vector<int64_t> padding;
  if (const auto *conv = operation.as<Conv2D>()) {
    product.depthwise = conv->depthwise;
    product.height = in[0];
    product.width = in[1];
    product.outHeight = out[0];
    product.outWidth = out[1];
    product.window = conv->window;
    kernel = &conv->kernel;
    bias = &conv->bias;
    buffer = &conv->buffer;
    padding = conv->integerPadding;
  } else if (const auto *conv = operation.as<Conv2DTranspose>()) {
    product.depthwise = conv->depthwise;
    product.height = in[0];
    product.width = in[1];
    product.outHeight = out[0];
    product.outWidth = out[1];
    product.window.kernel[0] = conv->kernel.shape[0];
    product.window.kernel[1] = conv->kernel.shape[1];
    kernel = &conv->kernel;
    bias = &conv->bias;
    buffer = &conv->buffer;
  } else if (const auto *sum = operation.as<TemporalSum>()) {
    product.depthwise = true;
    product.window.kernel[0] = sum->kernel.shape[0];
    kernel = &sum->kernel;
    bias = &sum->bias;
    buffer = &sum->buffer;
  } else {
    const auto *dense = operation.as<Dense>();
    product.width = product.outWidth = numElements(in) / in.back();
    kernel = &dense->kernel;
    bias = &dense->bias;
    buffer = &dense->buffer;
  }
  product.weights = integersOf<int32_t>(*kernel);
  product.bias = *bias ? integersOf<int64_t>(*bias)
                       : std::vector<int64_t>(size_t(product.outChannels), 0);
  product.shift = spread(buffer->inputShift, product.channels);
  product.padding = spread(padding, product.channels);
  product.inputBounds = inputBoundsOf(*buffer, program.arithmetic);
  product.bounds = integerRange(buffer->bufferBits, program.arithmetic);
  product.biasBounds = integerRange(buffer->getBiasBits(), program.arithmetic);
  product.saturatesOnce = buffer->saturatesOnce;
  product.wrapsAround = buffer->wrapsAround;
  return product;
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
  auto add = [&](int64_t channel, IntegerRange input) {
    T low = T(*weight) * input.lower, high = T(*weight) * input.upper;
    ++weight;
    sums.lower[channel] += std::min(low, high);
    sums.upper[channel] += std::max(low, high);
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
  ranges.fits32 = ranges.fits64 = ranges.hasOneBound = true;
  bool first = true;
  for (int64_t f = 0; f < product.outChannels; ++f) {
    auto check = [&](Int128 lower, Int128 upper) {
      ranges.fits32 &= lower >= INT32_MIN && upper <= INT32_MAX;
      ranges.fits64 &= lower >= INT64_MIN && upper <= INT64_MAX;
    };
    auto saturated = [](Int128 value, IntegerRange bounds) {
      return value < bounds.lower   ? Int128(bounds.lower)
             : value > bounds.upper ? Int128(bounds.upper)
                                    : value;
    };
    auto isInside = [&](IntegerRange bounds) {
      return sums.lower[f] >= bounds.lower && sums.upper[f] <= bounds.upper;
    };
    check(sums.lower[f], sums.upper[f]);
    check(product.bias[f], product.bias[f]);
    ranges.hasOneBound &= (!product.saturatesOnce &&
                           product.bounds.lower == product.biasBounds.lower &&
                           product.bounds.upper == product.biasBounds.upper) ||
                          (isInside(product.biasBounds) &&
                           (product.saturatesOnce || isInside(product.bounds)));
    Int128 lower = sums.lower[f], upper = sums.upper[f];
    if (product.wrapsAround && (lower < INT32_MIN || upper > INT32_MAX)) {
      ranges.hasOneBound = false;
      lower = INT32_MIN;
      upper = INT32_MAX;
    }
    if (!product.saturatesOnce) {
      lower = saturated(lower, product.bounds);
      upper = saturated(upper, product.bounds);
    }
    lower += product.bias[f];
    upper += product.bias[f];
    check(lower, upper);
    IntegerRange result = {
        static_cast<int64_t>(saturated(lower, product.biasBounds)),
        static_cast<int64_t>(saturated(upper, product.biasBounds))};
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
  int64_t heaviest = 0;
  for (int32_t weight : product.weights)
    heaviest = std::max(heaviest, std::abs(int64_t(weight)));
  // No sum is larger than this; 128 bits are slow.
  Int128 worst = largest * heaviest * product.taps() * product.channels;
  if (worst < INT64_MAX)
    finishRanges(product, sumRanges<int64_t>(product, inputs), ranges);
  else
    finishRanges(product, sumRanges<Int128>(product, inputs), ranges);
  return ranges;
}

namespace {

/// The bounds of a result, channel by channel, for each kind of operation.
struct RangeFinder {
  const Program &program;
  const Operation &operation;
  const std::vector<const ValueInfo *> &inputs;

  const ValueInfo &input(int index = 0) const { return *inputs[index]; }
  /// Only of results with a fixed point.
  IntegerRange valueRange() const {
    return integerRange(program.tensors[operation.output].fixed->valueBits,
                        program.arithmetic);
  }

  /// `compute(value, channel)` is monotonic in the value.
  template <typename Function>
  IntegerRange overChannels(int64_t channels, Function compute) const {
    IntegerRange range = {0, 0};
    for (int64_t c = 0; c < channels; ++c) {
      int64_t a = compute(input().range.lower, c);
      int64_t b = compute(input().range.upper, c);
      IntegerRange both = {std::min(a, b), std::max(a, b)};
      range = c ? unite(range, both) : both;
    }
    return range;
  }

  IntegerRange find(const InputQuantizer &quantizer) const {
    return outputRange(program.tensors[operation.output].fixed->valueBits,
                       quantizer.isUnsigned, program.arithmetic);
  }

  IntegerRange find(const ReLU &relu) const {
    std::vector<int64_t> maxima =
        spread(relu.integerMaxValue, input().channels, INT64_MAX);
    return overChannels(input().channels, [&](int64_t value, int64_t c) {
      return std::min(std::max<int64_t>(value, 0), maxima[c]);
    });
  }

  IntegerRange find(const GlobalAveragePool2D &pool) const {
    IntegerRange bounds =
        integerRange(pool.buffer.bufferBits, program.arithmetic);
    IntegerRange inputBounds = inputBoundsOf(pool.buffer, program.arithmetic);
    int64_t count = input().elements / input().channels;
    std::vector<int32_t> shift =
        spread(pool.buffer.inputShift, input().channels);
    return overChannels(input().channels, [&](int64_t value, int64_t c) {
      Int128 sum = Int128(shiftLeft(value, shift[c], inputBounds)) * count;
      return sum < bounds.lower   ? bounds.lower
             : sum > bounds.upper ? bounds.upper
                                  : static_cast<int64_t>(sum);
    });
  }

  IntegerRange find(const Add &add) const {
    IntegerRange bounds = integerRange(add.bufferBits, program.arithmetic);
    int64_t channels = input().channels;
    std::vector<int32_t> aShift = spread(add.aShift, channels);
    std::vector<int32_t> bShift = spread(add.bShift, channels);
    IntegerRange a = input(0).range, b = input(1).range, range = {0, 0};
    for (int64_t c = 0; c < channels; ++c) {
      IntegerRange sum = {clamp(shiftLeft(a.lower, aShift[c], bounds) +
                                    shiftLeft(b.lower, bShift[c], bounds),
                                bounds),
                          clamp(shiftLeft(a.upper, aShift[c], bounds) +
                                    shiftLeft(b.upper, bShift[c], bounds),
                                bounds)};
      range = c ? unite(range, sum) : sum;
    }
    return range;
  }

  IntegerRange find(const View &view) const {
    if (view.inputShift.empty())
      return input().range;
    IntegerRange bounds = valueRange();
    std::vector<int32_t> shift = spread(view.inputShift, input().channels);
    return overChannels(input().channels, [&](int64_t value, int64_t c) {
      return shiftLeft(value, shift[c], bounds);
    });
  }

  IntegerRange find(const OutputQuantizer &quantizer) const {
    int valueBits = program.tensors[operation.output].fixed->valueBits;
    int bufferBits = quantizer.getBufferBits();
    int64_t channels = input().channels;
    std::vector<int32_t> scales = spread(quantizer.scales, channels, 1);
    std::vector<int32_t> shift = spread(quantizer.shift, channels);
    return overChannels(channels, [&](int64_t value, int64_t c) {
      return requantize(
          value, scales[c], shift[c], bufferBits,
          outputRange(valueBits, quantizer.isUnsigned, program.arithmetic),
          program.arithmetic);
    });
  }

  IntegerRange find(const LookUp &lookUp) const {
    auto [least, most] =
        std::minmax_element(lookUp.table.begin(), lookUp.table.end());
    return {*least, *most};
  }

  IntegerRange find(const Concatenate &) const {
    return unite(input(0).range, input(1).range);
  }

  IntegerRange find(const Push &) const {
    return unite(input(0).range, input(1).range);
  }

  IntegerRange find(const Recurrence &recurrence) const {
    return integerRange(recurrence.stateBits, program.arithmetic);
  }

  /// Differences may wrap around.
  IntegerRange find(const StepActivation &activation) const {
    return {0, (int64_t(1) << activation.bits) - 1};
  }

  IntegerRange find(const DifferenceTest &) const { return {0, 1}; }

  /// Rescaling, MaxPool2D and Rows keep the integers; the rest computes none.
  template <typename Kind>
  IntegerRange find(const Kind &) const {
    return input().range;
  }
};

} // namespace

IntegerRange resultRange(const Program &program, const Operation &operation,
                         const std::vector<const ValueInfo *> &inputs) {
  RangeFinder finder = {program, operation, inputs};
  return std::visit([&](const auto &kind) { return finder.find(kind); },
                    operation.kind);
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

std::optional<IntegerRange> inputRange(const Program &program) {
  const Tensor &tensor = program.tensors[program.input];
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

} // namespace interpreter
} // namespace qml
