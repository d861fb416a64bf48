//===- Quantizers.cpp - From ranges and floats to integers ----------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "qml/Quantization/Quantizers.h"
#include "qml/Support/Quote.h"

#include <string>

namespace qml {

KernelView KernelView::along(const float *data, const Shape &shape,
                             std::optional<int64_t> axis) {
  KernelView view;
  view.data = data;
  if (!axis) {
    view.inner = numElements(shape);
    return view;
  }
  for (int64_t i = 0, e = shape.size(); i != e; ++i)
    (i < *axis    ? view.outer
     : i == *axis ? view.channels
                  : view.inner) *= shape[i];
  return view;
}

std::vector<float> weightScales(const KernelView &kernel, int valueBits) {
  std::vector<float> range(kernel.channels, 0.0f);
  kernel.visit([weights = kernel.data, range = range.data()](int64_t channel,
                                                             int64_t element) {
    range[channel] = std::max(range[channel], std::fabs(weights[element]));
  });
  float largest = static_cast<float>((int64_t(1) << valueBits) - 1);
  float reciprocal = 1.0f / largest;
  for (float &value : range)
    value = std::max(value * reciprocal, 1e-6f);
  return range;
}

template <typename T>
void quantizeWeights(const KernelView &kernel, const std::vector<float> &scales,
                     int valueBits, T *result) {
  float lower = -static_cast<float>(int64_t(1) << valueBits);
  float upper = static_cast<float>((int64_t(1) << valueBits) - 1);
  std::vector<float> divisors = scales;
  if (scales.size() == 1)
    divisors.resize(size_t(kernel.channels), scales.front());
  auto write = [&](auto round) {
    kernel.visit([=, weights = kernel.data, divisors = divisors.data()](
                     int64_t channel, int64_t element) {
      float value = bounded(weights[element] / divisors[channel], lower, upper);
      result[element] = static_cast<T>(round(value));
    });
  };
  if (valueBits <= mostSmallBits)
    write([](float value) { return roundSmall(value); });
  else
    write([](float value) { return std::nearbyint(value); });
}

template void quantizeWeights(const KernelView &, const std::vector<float> &,
                              int, int8_t *);
template void quantizeWeights(const KernelView &, const std::vector<float> &,
                              int, int16_t *);
template void quantizeWeights(const KernelView &, const std::vector<float> &,
                              int, int32_t *);
template void quantizeWeights(const KernelView &, const std::vector<float> &,
                              int, int64_t *);

Result<AlignedValues> alignValues(const Channels<float> &values, int bitwidth,
                                  int valueBits, const Accumulator &accumulator,
                                  Arithmetic arithmetic) {
  for (float value : values.values)
    if (!std::isfinite(value))
      return Error{"the value " + showNumber(value) + " is not finite"};
  auto magnitude = [](float value) { return std::fabs(value); };
  Channels<float> range = mapChannels(magnitude, values);
  if (bitwidth <= 4)
    range = Channels<float>::scalar(
        *std::max_element(range.values.begin(), range.values.end()));

  auto fracBitsOf = [&](float r, float scale, int32_t limit) {
    return std::min<int32_t>(maxFracBits(valueBits, r / scale), limit);
  };
  Channels<int32_t> fracBits =
      mapChannels(fracBitsOf, range, accumulator.scales, accumulator.fracBits);

  auto quantize = [&](float value, float scale, int32_t bits) {
    return quantizeToFixed(value / scale, valueBits, bits, arithmetic);
  };
  AlignedValues result;
  result.values = mapChannels(quantize, values, accumulator.scales, fracBits);
  auto subtract = [](int32_t a, int32_t b) { return a - b; };
  result.shift = mapChannels(subtract, accumulator.fracBits, fracBits);
  for (int32_t shift : result.shift.values)
    if (shift >= accumulator.valueBits)
      return Error{"values are so much larger than the accumulator's unit that "
                   "aligning them takes a shift of " +
                   std::to_string(shift) + " bits; the accumulator has " +
                   std::to_string(accumulator.valueBits)};
  return result;
}

Channels<int32_t> fracBitsOf(const Channels<float> &range, int valueBits,
                             FracBitsLimit limit) {
  if (limit == FracBitsLimit::ValueBits)
    return mapChannels(
        [&](float r) -> int32_t { return maxFracBits(valueBits, r); }, range);
  Channels<int32_t> bits = mapChannels(
      [&](float r) -> int32_t {
        bool isOrdinary = r > 0.0f && !std::isinf(r);
        return isOrdinary ? valueBits - ceilLog2(r) : maxFracBits(valueBits, r);
      },
      range);
  int32_t least = *std::min_element(bits.values.begin(), bits.values.end());
  int32_t most = valueBits + std::max(least, 0);
  for (int32_t &value : bits.values)
    value = std::min(value, most);
  return bits;
}

Result<ScaleOut> scaleOut(const Channels<float> &rangeMax,
                          const Channels<float> &rescalingRate, int valueBits,
                          int scaleBits, const Channels<int32_t> &fracBits,
                          const Channels<float> *scales, FracBitsLimit limit) {
  return scaleOutTo(fracBitsOf(rangeMax, valueBits, limit), rescalingRate,
                    valueBits, scaleBits, fracBits, scales);
}

Result<ScaleOut> scaleOutTo(const Channels<int32_t> &resultFracBits,
                            const Channels<float> &rescalingRate, int valueBits,
                            int scaleBits, const Channels<int32_t> &fracBits,
                            const Channels<float> *scales) {
  ScaleOut result;
  result.fracBits = resultFracBits;

  Channels<int32_t> inputFracBits = fracBits;
  if (scales) {
    auto multiply = [](float a, float b) { return a * b; };
    Channels<float> total = mapChannels(multiply, *scales, rescalingRate);
    for (float scale : total.values)
      if (!(scale > 0.0f) || std::isinf(scale))
        return Error{"a scale of " + showNumber(scale) +
                     " can't be quantized; scales are positive numbers"};
    auto scaleFracBits = [&](float scale) -> int32_t {
      return scaleBits - ceilLog2(scale);
    };
    result.scalesFracBits = mapChannels(scaleFracBits, total);
    auto quantize = [&](float scale, int32_t bits) {
      return static_cast<int32_t>(
          quantizeToFixed(scale, scaleBits, bits, Arithmetic::QuantizeML));
    };
    result.scales = mapChannels(quantize, total, result.scalesFracBits);
    auto add = [](int32_t a, int32_t b) { return a + b; };
    inputFracBits = mapChannels(add, fracBits, result.scalesFracBits);
  }
  auto subtract = [](int32_t a, int32_t b) { return a - b; };
  result.shift = mapChannels(subtract, result.fracBits, inputFracBits);
  for (int32_t shift : result.shift.values)
    if (shift >= valueBits)
      return Error{"the output needs a left shift of " + std::to_string(shift) +
                   " bits, which saturates all of its " +
                   std::to_string(valueBits) + " value bits"};
  return result;
}

InputScale inputScale(const Channels<float> &rangeMin,
                      const Channels<float> &rangeMax, int valueBits,
                      bool isSigned, Arithmetic arithmetic,
                      FracBitsLimit limit) {
  InputScale result;
  auto rangeOf = [&](float min, float max) {
    return isSigned ? std::max(std::fabs(min), std::fabs(max)) : max - min;
  };
  result.fracBits =
      fracBitsOf(mapChannels(rangeOf, rangeMin, rangeMax), valueBits, limit);
  if (!isSigned) {
    auto zeroPoint = [&](float min, int32_t bits) {
      return static_cast<int32_t>(
          quantizeToFixed(-min, valueBits, bits, arithmetic));
    };
    result.zeroPoints = mapChannels(zeroPoint, rangeMin, result.fracBits);
  }
  return result;
}

float idealRange(float range, int bitwidth) {
  if (range == 0.0f)
    return 0.0f;
  float largest = static_cast<float>((int64_t(1) << bitwidth) - 1);
  return largest / std::ldexp(1.0f, bitwidth - floorLog2(range));
}

std::vector<int32_t> alignmentShift(const Channels<int32_t> &fracBits) {
  int32_t largest = maxOf(fracBits);
  std::vector<int32_t> shift;
  shift.reserve(fracBits.size());
  for (int32_t bits : fracBits.values)
    shift.push_back(largest - bits);
  return shift;
}

int32_t maxOf(const Channels<int32_t> &fracBits) {
  return *std::max_element(fracBits.values.begin(), fracBits.values.end());
}

} // namespace qml
