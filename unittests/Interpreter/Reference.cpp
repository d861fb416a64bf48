//===- Reference.cpp - The formulas again, written for tests --------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Sums are 128-bit, each float step goes through a volatile variable, padded
// images are really padded.
//
//===----------------------------------------------------------------------===//

#include "Reference.h"

#include "../Program/NaiveMove.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace qml {
namespace test {

__extension__ typedef __int128 Wide;

static Wide powerOfTwo(int exponent) {
  Wide power = 1;
  while (exponent-- > 0)
    power *= 2;
  return power;
}

static Wide lowest(int bits) { return -powerOfTwo(bits); }

/// 2^n - 1; in float32 it is 2^n from 25 bits on.
static Wide highest(int bits, Arithmetic arithmetic) {
  if (arithmetic == Arithmetic::QuantizeML) {
    volatile float rounded = float(std::ldexp(1.0, bits) - 1.0);
    return static_cast<Wide>(rounded);
  }
  return powerOfTwo(bits) - 1;
}

static Wide limit(Wide value, int bits, Arithmetic arithmetic) {
  return std::min(std::max(value, lowest(bits)), highest(bits, arithmetic));
}

/// Shifts in steps, since 2^126 times anything overflows.
static Wide shifted(Wide value, int shift, int bits, Arithmetic arithmetic) {
  for (int i = 0; i < shift; ++i)
    value = limit(value * 2, 60, Arithmetic::Akida);
  return limit(value, bits, arithmetic);
}

template <typename T>
static T at(const std::vector<T> &values, int64_t channel, T none) {
  if (values.empty())
    return none;
  return values[values.size() > 1 ? size_t(channel) : 0];
}

static int64_t element(const Constant &constant, int64_t index) {
  switch (constant.type) {
  case ElementType::I8:
    return constant.as<int8_t>()[index];
  case ElementType::I16:
    return constant.as<int16_t>()[index];
  case ElementType::I32:
    return constant.as<int32_t>()[index];
  default:
    return constant.as<int64_t>()[index];
  }
}

static int64_t scaleOut(int64_t value, int64_t scale, int shift, int bufferBits,
                        int bits, Arithmetic arithmetic) {
  if (arithmetic == Arithmetic::Akida) {
    Wide product = limit(Wide(value) * scale, bufferBits, arithmetic);
    if (shift >= 0)
      return int64_t(shifted(product, shift, bits, arithmetic));
    // floor(p / 2^r + 1/2)
    Wide divisor = powerOfTwo(std::min(-shift, 100));
    Wide numerator = 2 * product + divisor, denominator = 2 * divisor;
    Wide quotient = numerator / denominator;
    if (numerator % denominator < 0)
      --quotient;
    return int64_t(limit(quotient, bits, arithmetic));
  }
  volatile float v = float(value), s = float(scale);
  volatile float product = v * s;
  volatile float low = float(lowest(bufferBits));
  volatile float high = float(highest(bufferBits, arithmetic));
  product = std::max(float(low), std::min(float(product), float(high)));
  volatile float power = float(std::ldexp(1.0, shift));
  volatile float scaled = product * power;
  volatile float sum = scaled + 0.5f;
  double whole = std::floor(double(sum));
  whole = std::max(whole, double(lowest(bits)));
  return int64_t(std::min(whole, double(highest(bits, arithmetic))));
}

namespace {

struct Evaluation {
  const Program &program;
  const Operation &operation;
  std::map<int, Value> &values;

  const std::vector<int64_t> &in(size_t index = 0) const {
    return values[operation.inputs[size_t(index)]].integers;
  }
  const Tensor &from() const {
    return program.tensors[size_t(operation.inputs[0])];
  }
  const Tensor &to() const { return program.tensors[size_t(operation.output)]; }
  int64_t channels() const {
    return from().shape.empty() ? 1 : from().shape.back();
  }
  int bits() const { return to().fixed->valueBits; }
  Arithmetic rules() const { return program.arithmetic; }

  template <typename F>
  std::vector<int64_t> each(F function) const {
    std::vector<int64_t> result;
    for (size_t i = 0; i < in().size(); ++i)
      result.push_back(
          int64_t(function(in()[i], int64_t(i) % channels(), int64_t(i))));
    return result;
  }

  Value operator()(const Rescaling &) const { return {in(), {}}; }

  /// Half away from zero, within 32 bits, then one clamp.
  int64_t onChip(const InputQuantizer &op, float x, int64_t c) const {
    volatile float scaled = x * at(op.scales, c, 1.0f);
    double rounded = double(scaled) < 0 ? -std::floor(0.5 - double(scaled))
                                        : std::floor(double(scaled) + 0.5);
    bool fits = rounded >= -2147483648.0 && rounded < 2147483648.0;
    int64_t value = fits ? int64_t(rounded) : INT32_MIN;
    value = int32_t(uint32_t(value + at(op.zeroPoints, c, 0)));
    int64_t lower = op.isUnsigned ? 0 : -(int64_t(1) << bits());
    int64_t upper = (int64_t(1) << bits()) - 1;
    return std::min(std::max(value, lower), upper);
  }

  Value operator()(const InputQuantizer &op) const {
    Value result;
    const Value &input = values[operation.inputs[0]];
    size_t count = std::max(input.floats.size(), input.integers.size());
    for (size_t i = 0; i < count; ++i) {
      int64_t c = int64_t(i) % channels();
      volatile float x =
          input.floats.empty() ? float(input.integers[i]) : input.floats[i];
      if (rules() == Arithmetic::Akida) {
        result.integers.push_back(onChip(op, x, c));
        continue;
      }
      volatile float scaled =
          x * std::ldexp(1.0f, at(to().fixed->fracBits, c, 0));
      double rounded = std::nearbyint(double(scaled));
      rounded = std::max(rounded, double(lowest(bits())));
      Wide value = rounded >= double(highest(bits(), rules()))
                       ? highest(bits(), rules())
                       : Wide(rounded);
      value = limit(value + at(op.zeroPoints, c, 0), bits(), rules());
      result.integers.push_back(int64_t(value));
    }
    return result;
  }

  /// A sum of products, bounded, with its bias.
  int64_t finish(Wide sum, const AccumulatorRules &accumulator,
                 const Constant &bias, int64_t channel) const {
    if (accumulator.wrapsAround) {
      Wide period = powerOfTwo(32);
      sum = ((sum - lowest(31)) % period + period) % period + lowest(31);
    }
    if (!accumulator.saturatesOnce)
      sum = limit(sum, accumulator.bufferBits, rules());
    sum += bias ? element(bias, channel) : 0;
    return int64_t(limit(
        sum, accumulator.biasBits.value_or(accumulator.bufferBits), rules()));
  }

  Value operator()(const Conv2D &op) const {
    const Window &w = op.window;
    int64_t height = from().shape[0] + w.padBegin[0] + w.padEnd[0];
    int64_t width = from().shape[1] + w.padBegin[1] + w.padEnd[1];
    int64_t depth = channels(), outputs = to().shape[2];
    int buffer = op.accumulator.bufferBits;
    std::vector<Wide> image;
    for (int64_t h = 0; h < height; ++h)
      for (int64_t v = 0; v < width; ++v)
        for (int64_t c = 0; c < depth; ++c) {
          int64_t row = h - w.padBegin[0], column = v - w.padBegin[1];
          bool real = row >= 0 && column >= 0 && row < from().shape[0] &&
                      column < from().shape[1];
          int64_t index = (row * from().shape[1] + column) * depth + c;
          image.push_back(real ? shifted(in()[size_t(index)],
                                         at(op.accumulator.inputShift, c, 0),
                                         buffer, rules())
                               : Wide(at(op.integerPadding, c, int64_t(0))));
        }
    Value result;
    for (int64_t h = 0; h < to().shape[0]; ++h)
      for (int64_t v = 0; v < to().shape[1]; ++v)
        for (int64_t f = 0; f < outputs; ++f) {
          Wide sum = 0;
          for (int64_t k = 0; k < numElements(op.kernel.shape); ++k) {
            // Row-major (kh, kw, in, out).
            int64_t last = op.depthwise ? 1 : outputs;
            if (!op.depthwise && k % last != f)
              continue;
            int64_t c = k / last % depth;
            if (op.depthwise && c != f)
              continue;
            int64_t j = k / last / depth % w.kernel[1];
            int64_t i = k / last / depth / w.kernel[1];
            int64_t y = h * w.strides[0] + i * w.dilations[0];
            int64_t x = v * w.strides[1] + j * w.dilations[1];
            sum += image[size_t((y * width + x) * depth + c)] *
                   element(op.kernel, k);
          }
          result.integers.push_back(finish(sum, op.accumulator, op.bias, f));
        }
    return result;
  }

  Value operator()(const Dense &op) const {
    int64_t outputs = to().shape.back();
    int buffer = op.accumulator.bufferBits;
    Value result;
    for (size_t row = 0; row < in().size(); row += size_t(channels()))
      for (int64_t f = 0; f < outputs; ++f) {
        Wide sum = 0;
        for (int64_t c = 0; c < channels(); ++c)
          sum += shifted(in()[row + size_t(c)],
                         at(op.accumulator.inputShift, c, 0), buffer, rules()) *
                 element(op.kernel, c * outputs + f);
        result.integers.push_back(finish(sum, op.accumulator, op.bias, f));
      }
    return result;
  }

  Value operator()(const ReLU &op) const {
    return {each([&](int64_t x, int64_t c, int64_t) {
              x = x < 0 ? 0 : x;
              return op.integerMaxValue.empty()
                         ? x
                         : std::min(x, at(op.integerMaxValue, c, int64_t(0)));
            }),
            {}};
  }

  Value operator()(const MaxPool2D &op) const {
    const Window &w = op.window;
    Value result;
    for (int64_t h = 0; h < to().shape[0]; ++h)
      for (int64_t v = 0; v < to().shape[1]; ++v)
        for (int64_t c = 0; c < channels(); ++c) {
          int64_t best = INT64_MIN;
          for (int64_t i = 0; i < w.kernel[0]; ++i)
            for (int64_t j = 0; j < w.kernel[1]; ++j) {
              int64_t y = h * w.strides[0] + i * w.dilations[0] - w.padBegin[0];
              int64_t x = v * w.strides[1] + j * w.dilations[1] - w.padBegin[1];
              if (y >= 0 && x >= 0 && y < from().shape[0] &&
                  x < from().shape[1])
                best = std::max(
                    best,
                    in()[size_t((y * from().shape[1] + x) * channels() + c)]);
            }
          result.integers.push_back(best);
        }
    return result;
  }

  Value operator()(const GlobalAveragePool2D &op) const {
    std::vector<Wide> sums(size_t(channels()), 0);
    int buffer = op.accumulator.bufferBits;
    each([&](int64_t x, int64_t c, int64_t) {
      Wide &sum = sums[size_t(c)];
      sum += shifted(x, at(op.accumulator.inputShift, c, 0), buffer, rules());
      if (rules() == Arithmetic::Akida)
        sum = limit(sum, buffer, rules());
      return x;
    });
    Value result;
    for (Wide sum : sums)
      result.integers.push_back(int64_t(limit(sum, buffer, rules())));
    return result;
  }

  Value operator()(const Add &op) const {
    return {each([&](int64_t x, int64_t c, int64_t i) {
              Wide a = shifted(x, at(op.aShift, c, 0), op.bufferBits, rules());
              Wide b = shifted(in(1)[size_t(i)], at(op.bShift, c, 0),
                               op.bufferBits, rules());
              return limit(a + b, op.bufferBits, rules());
            }),
            {}};
  }

  Value operator()(const LookUp &op) const {
    return {each([&](int64_t x, int64_t, int64_t) -> Wide {
              int64_t last = int64_t(op.table.size()) - 1;
              int64_t index = std::max<int64_t>(x - op.first, 0);
              return op.table[size_t(std::min(index, last))];
            }),
            {}};
  }

  Value operator()(const Multiply &op) const {
    return {each([&](int64_t x, int64_t, int64_t i) {
              int64_t other = in(1)[size_t(i) % in(1).size()];
              return limit(Wide(x) * other, op.bufferBits, rules());
            }),
            {}};
  }

  Value operator()(const Move &op) const {
    const Tensor &result = program.tensors[size_t(operation.output)];
    return {moveNaively(op, in(), from().shape, result.shape), {}};
  }

  Value operator()(const Concatenate &) const {
    Value result;
    int64_t cells = numElements(from().shape) / from().shape.back();
    for (int64_t cell = 0; cell < cells; ++cell)
      for (size_t i = 0; i < operation.inputs.size(); ++i) {
        int tensor = operation.inputs[i];
        int64_t channels = program.tensors[size_t(tensor)].shape.back();
        for (int64_t c = 0; c < channels; ++c)
          result.integers.push_back(in(i)[size_t(cell * channels + c)]);
      }
    return result;
  }

  Value operator()(const AlignedReshape &op) const {
    if (op.inputShift.empty())
      return {in(), {}};
    return {each([&](int64_t x, int64_t c, int64_t) {
              return shifted(x, at(op.inputShift, c, 0), bits(), rules());
            }),
            {}};
  }

  Value operator()(const OutputQuantizer &op) const {
    return {each([&](int64_t x, int64_t c, int64_t) {
              return scaleOut(x, at(op.scales, c, 1), at(op.shift, c, 0),
                              op.bufferBits ? op.bufferBits : 32, bits(),
                              rules());
            }),
            {}};
  }

  Value operator()(const Dequantizer &) const {
    Value result;
    each([&](int64_t x, int64_t c, int64_t) {
      volatile float real = float(x);
      if (from().fixed) {
        real = real / std::ldexp(1.0f, at(from().fixed->fracBits, c, 0));
        real = real * at(from().fixed->scales, c, 1.0f);
      }
      result.floats.push_back(float(real));
      return x;
    });
    return result;
  }

  template <typename Kind>
  Value operator()(const Kind &) const {
    return {};
  }
};

} // namespace

std::map<int, Value> evaluate(const Program &program,
                              const std::vector<Value> &inputs) {
  std::map<int, Value> values;
  for (size_t i = 0; i < inputs.size(); ++i)
    values[program.inputs[i].tensor] = inputs[i];
  for (const Operation &operation : program.operations)
    values[operation.output] =
        std::visit(Evaluation{program, operation, values}, operation.kind);
  return values;
}

} // namespace test
} // namespace qml
