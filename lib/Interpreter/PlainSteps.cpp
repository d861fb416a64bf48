//===- PlainSteps.cpp - Integer operations, one value at a time -----------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The formulas as they are written in Program.h, on 64-bit integers, sums in
// 128 bits. Used where the fast kernels cannot hold the values, and to check
// them.
//
//===----------------------------------------------------------------------===//

#include "Model.h"

#include <algorithm>
#include <cmath>

namespace qml {
namespace interpreter {

namespace {

/// Computes one sample. `in` and `in2` are int64, or float for an input
/// quantizer; the result is int64, or float of a dequantizer.
struct Evaluator {
  const Program &program;
  const std::vector<TensorInfo> &tensors;
  const Operation &operation;
  const Product *product;
  const void *in;
  const void *in2;
  void *out;

  const TensorInfo &source() const { return tensors[operation.inputs[0]]; }
  const int64_t *x() const { return static_cast<const int64_t *>(in); }
  int64_t *y() const { return static_cast<int64_t *>(out); }
  int valueBits() const {
    return program.tensors[operation.output].fixed->valueBits;
  }
  IntegerRange rangeOf(int bits) const {
    return integerRange(bits, program.arithmetic);
  }

  /// One value for all channels, or one each.
  template <typename T>
  static T pick(const std::vector<T> &values, int64_t channel, T none = T()) {
    return values.empty()       ? none
           : values.size() == 1 ? values[0]
                                : values[size_t(channel)];
  }

  template <typename Function>
  void eachElement(Function function) const {
    for (int64_t i = 0; i < source().elements; ++i)
      function(i, i % source().channels);
  }

  void copy() const { std::copy(x(), x() + source().elements, y()); }

  void run(const Rescaling &) const { copy(); }

  void run(const InputQuantizer &quantizer) const {
    const Fixed &fixed = *program.tensors[operation.output].fixed;
    const float *values = static_cast<const float *>(in);
    if (program.arithmetic == Arithmetic::Akida) {
      IntegerRange range =
          outputRange(fixed.valueBits, quantizer.isUnsigned, Arithmetic::Akida);
      eachElement([&](int64_t i, int64_t c) {
        y()[i] = quantizeOnChip(values[i], pick(quantizer.scales, c, 1.0f),
                                pick(quantizer.zeroPoints, c), range);
      });
      return;
    }
    eachElement([&](int64_t i, int64_t c) {
      int64_t value =
          quantizeToFixed(values[i], fixed.valueBits, pick(fixed.fracBits, c),
                          program.arithmetic);
      y()[i] = saturate(value + pick(quantizer.zeroPoints, c), fixed.valueBits,
                        program.arithmetic);
    });
  }

  static int64_t saturateSum(Int128 sum, IntegerRange range) {
    return sum < range.lower   ? range.lower
           : sum > range.upper ? range.upper
                               : static_cast<int64_t>(sum);
  }

  void runProduct() const {
    const Product &p = *product;
    for (int64_t oh = 0; oh < p.outHeight; ++oh)
      for (int64_t ow = 0; ow < p.outWidth; ++ow)
        for (int64_t f = 0; f < p.outChannels; ++f)
          y()[(oh * p.outWidth + ow) * p.outChannels + f] = dot(p, oh, ow, f);
  }

  int64_t dot(const Product &p, int64_t oh, int64_t ow, int64_t f) const {
    const Window &window = p.window;
    int64_t first = p.depthwise ? f : 0;
    int64_t last = p.depthwise ? f + 1 : p.channels;
    Int128 sum = 0;
    for (int64_t i = 0; i < window.kernel[0]; ++i)
      for (int64_t j = 0; j < window.kernel[1]; ++j) {
        int64_t h = oh * window.strides[0] - window.padBegin[0] +
                    i * window.dilations[0];
        int64_t w = ow * window.strides[1] - window.padBegin[1] +
                    j * window.dilations[1];
        bool inside = h >= 0 && h < p.height && w >= 0 && w < p.width;
        for (int64_t c = first; c < last; ++c) {
          int64_t value =
              inside ? shiftLeft(x()[(h * p.width + w) * p.channels + c],
                                 p.shift[c], p.inputBounds)
                     : p.padding[c];
          int64_t tap = i * window.kernel[1] + j;
          int64_t weight = p.depthwise
                               ? tap * p.channels + c
                               : (tap * p.channels + c) * p.outChannels + f;
          sum += Int128(value) * p.weights[weight];
        }
      }
    return finish(p, sum, f);
  }

  /// What bounds a complete sum, and the bias.
  static int64_t finish(const Product &p, Int128 sum, int64_t f) {
    if (p.wrapsAround)
      sum = static_cast<int32_t>(static_cast<uint32_t>(sum));
    if (!p.saturatesOnce)
      sum = saturateSum(sum, p.bounds);
    return saturateSum(sum + p.bias[size_t(f)], p.biasBounds);
  }

  void run(const Conv2D &) const { runProduct(); }
  void run(const Dense &) const { runProduct(); }

  void run(const ReLU &relu) const {
    eachElement([&](int64_t i, int64_t c) {
      int64_t value = std::max<int64_t>(x()[i], 0);
      y()[i] = std::min(value, pick(relu.integerMaxValue, c, INT64_MAX));
    });
  }

  void run(const MaxPool2D &pool) const {
    const Shape &in = program.tensors[operation.inputs[0]].shape;
    const Shape &out = program.tensors[operation.output].shape;
    const Window &window = pool.window;
    for (int64_t oh = 0; oh < out[0]; ++oh)
      for (int64_t ow = 0; ow < out[1]; ++ow) {
        int64_t top = oh * window.strides[0] - window.padBegin[0];
        int64_t left = ow * window.strides[1] - window.padBegin[1];
        TapSpan rows =
            tapsInside(top, window.dilations[0], window.kernel[0], in[0]);
        TapSpan columns =
            tapsInside(left, window.dilations[1], window.kernel[1], in[1]);
        for (int64_t c = 0; c < in[2]; ++c) {
          int64_t best = INT64_MIN;
          for (int64_t i = rows.first; i < rows.last; ++i)
            for (int64_t j = columns.first; j < columns.last; ++j) {
              int64_t h = top + i * window.dilations[0];
              int64_t w = left + j * window.dilations[1];
              best = std::max(best, x()[(h * in[1] + w) * in[2] + c]);
            }
          y()[(oh * out[1] + ow) * in[2] + c] = best;
        }
      }
  }

  void run(const GlobalAveragePool2D &pool) const {
    IntegerRange bounds = rangeOf(pool.buffer.bufferBits);
    IntegerRange inputBounds = inputBoundsOf(pool.buffer, program.arithmetic);
    bool always = program.arithmetic == Arithmetic::Akida;
    for (int64_t c = 0; c < source().channels; ++c) {
      Int128 sum = 0;
      for (int64_t i = c; i < source().elements; i += source().channels) {
        sum += shiftLeft(x()[i], pick(pool.buffer.inputShift, c), inputBounds);
        if (always)
          sum = saturateSum(sum, bounds);
      }
      y()[c] = saturateSum(sum, bounds);
    }
  }

  void run(const Add &add) const {
    IntegerRange bounds = rangeOf(add.bufferBits);
    const int64_t *x2 = static_cast<const int64_t *>(in2);
    eachElement([&](int64_t i, int64_t c) {
      y()[i] = clamp(shiftLeft(x()[i], pick(add.aShift, c), bounds) +
                         shiftLeft(x2[i], pick(add.bShift, c), bounds),
                     bounds);
    });
  }

  void run(const View &view) const {
    if (view.inputShift.empty())
      return copy();
    IntegerRange bounds = rangeOf(valueBits());
    eachElement([&](int64_t i, int64_t c) {
      y()[i] = shiftLeft(x()[i], pick(view.inputShift, c), bounds);
    });
  }

  void run(const OutputQuantizer &quantizer) const {
    int bufferBits = quantizer.getBufferBits();
    IntegerRange range =
        outputRange(valueBits(), quantizer.isUnsigned, program.arithmetic);
    eachElement([&](int64_t i, int64_t c) {
      y()[i] = requantize(x()[i], pick(quantizer.scales, c, 1),
                          pick(quantizer.shift, c), bufferBits, range,
                          program.arithmetic);
    });
  }

  void run(const Dequantizer &dequantizer) const {
    const Tensor &tensor = program.tensors[operation.inputs[0]];
    float *values = static_cast<float *>(out);
    if (!dequantizer.scales.empty()) {
      eachElement([&](int64_t i, int64_t c) {
        values[i] = static_cast<float>(x()[i]) * pick(dequantizer.scales, c);
      });
      return;
    }
    eachElement([&](int64_t i, int64_t c) {
      values[i] = tensor.fixed
                      ? dequantize(x()[i], pick(tensor.fixed->fracBits, c),
                                   pick(tensor.fixed->scales, c, 1.0f))
                      : static_cast<float>(x()[i]);
    });
  }

  //===--------------------------------------------------------------------===//
  // Hardware layers
  //===--------------------------------------------------------------------===//

  void run(const Conv2DTranspose &conv) const {
    const Product &p = *product;
    int64_t size = p.window.kernel[0];
    int64_t crop = (size - 2) / 2;
    for (int64_t oh = 0; oh < p.outHeight; ++oh)
      for (int64_t ow = 0; ow < p.outWidth; ++ow)
        for (int64_t f = 0; f < p.outChannels; ++f) {
          Int128 sum = 0;
          // The taps that reach this cell have its parity.
          for (int64_t u = (oh + crop) % 2; u < size; u += 2)
            for (int64_t v = (ow + crop) % 2; v < size; v += 2) {
              int64_t h = (oh + crop - u) / 2, w = (ow + crop - v) / 2;
              if (oh + crop < u || ow + crop < v || h >= p.height ||
                  w >= p.width)
                continue;
              const int64_t *cell = x() + (h * p.width + w) * p.channels;
              int64_t tap = u * size + v;
              if (p.depthwise) {
                sum += Int128(shiftLeft(cell[f], p.shift[size_t(f)],
                                        p.inputBounds)) *
                       p.weights[size_t(tap * p.channels + f)];
                continue;
              }
              for (int64_t c = 0; c < p.channels; ++c)
                sum += Int128(shiftLeft(cell[c], p.shift[size_t(c)],
                                        p.inputBounds)) *
                       p.weights[size_t((tap * p.channels + c) * p.outChannels +
                                        f)];
            }
          y()[(oh * p.outWidth + ow) * p.outChannels + f] = finish(p, sum, f);
        }
  }

  void run(const LookUp &lookUp) const {
    int64_t last = int64_t(lookUp.table.size()) - 1;
    for (int64_t i = 0; i < source().elements; ++i)
      y()[i] = lookUp.table[size_t(clamp(x()[i] - lookUp.first, {0, last}))];
  }

  void run(const Concatenate &) const {
    const int64_t *x2 = static_cast<const int64_t *>(in2);
    int64_t a = source().channels, b = tensors[operation.inputs[1]].channels;
    int64_t *to = y();
    for (int64_t row = 0; row < source().elements / a; ++row) {
      to = std::copy_n(x() + row * a, a, to);
      to = std::copy_n(x2 + row * b, b, to);
    }
  }

  void run(const Push &) const {
    const int64_t *queue = static_cast<const int64_t *>(in2);
    int64_t entry = source().channels;
    int64_t length = tensors[operation.inputs[1]].elements / source().elements;
    int64_t *to = y();
    for (int64_t i = 0; i < source().elements; i += entry) {
      const int64_t *cell = queue + i * length;
      to = std::copy(cell + entry, cell + length * entry, to);
      to = std::copy_n(x() + i, entry, to);
    }
  }

  void run(const TemporalSum &) const {
    const Product &p = *product;
    int64_t entries = p.taps(), channels = p.channels;
    for (int64_t cell = 0; cell < source().elements / (entries * channels);
         ++cell)
      for (int64_t c = 0; c < channels; ++c) {
        int64_t sum = 0;
        for (int64_t t = 0; t < entries; ++t) {
          int64_t value = shiftLeft(x()[(cell * entries + t) * channels + c],
                                    p.shift[size_t(c)], p.inputBounds);
          sum = saturateSum(
              Int128(value) * p.weights[size_t(t * channels + c)] + sum,
              p.bounds);
        }
        y()[cell * channels + c] = finish(p, sum, c);
      }
  }

  void run(const Recurrence &recurrence) const {
    const int64_t *start = static_cast<const int64_t *>(in2);
    int64_t channels = source().channels;
    int64_t steps = source().elements / channels;
    IntegerRange bounds = rangeOf(recurrence.bufferBits);
    IntegerRange states = rangeOf(recurrence.stateBits);
    auto product = [&](int64_t a, int64_t b) { return clamp(a * b, bounds); };
    for (int64_t c = 0; c < channels; ++c) {
      int64_t real = start[c], imaginary = start[channels + c];
      int64_t re = pick(recurrence.real, c), im = pick(recurrence.imaginary, c);
      for (int64_t t = 0; t < steps; ++t) {
        int64_t r = clamp(product(real, re) - product(imaginary, im), bounds);
        r = clamp(r + x()[t * channels + c], bounds);
        int64_t i = clamp(product(real, im) + product(imaginary, re), bounds);
        int shift = pick(recurrence.shift, c);
        real = requantizeExact(r, 1, shift, bounds, states);
        imaginary = requantizeExact(i, 1, shift, bounds, states);
        y()[t * channels + c] = real;
        y()[(steps + t) * channels + c] = imaginary;
      }
    }
  }

  void run(const DifferenceTest &test) const {
    const int64_t *truth = static_cast<const int64_t *>(in2);
    int64_t channels = source().channels;
    int64_t steps = source().elements / channels;
    IntegerRange bounds = rangeOf(test.bufferBits);
    for (int64_t c = 0; c < channels; ++c) {
      Int128 sum = 0;
      for (int64_t i = c; i < source().elements; i += channels) {
        int64_t value =
            requantizeExact(x()[i], pick(test.scales, c), pick(test.shift, c),
                            bounds, int16Range);
        sum += value > truth[i] ? value - truth[i] : truth[i] - value;
      }
      y()[c] = saturateSum(sum, bounds) / steps > pick(test.threshold, c);
    }
  }

  void run(const Rows &rows) const {
    int64_t channels = source().channels;
    int64_t count = tensors[operation.output].elements / channels;
    for (int64_t r = 0; r < count; ++r)
      std::copy_n(x() + (rows.first + r * rows.stride) * channels, channels,
                  y() + r * channels);
  }

  void run(const StepActivation &activation) const {
    eachElement([&](int64_t i, int64_t c) {
      y()[i] = activateByStep(x()[i], pick(activation.threshold, c),
                              pick(activation.sixteenths, c), activation.bits);
    });
  }

  void run(const StepDequantizer &dequantizer) const {
    float *values = static_cast<float *>(out);
    eachElement([&](int64_t i, int64_t c) {
      values[i] = static_cast<float>(subtractModulo32(
                      x()[i], pick(dequantizer.threshold, c))) /
                  pick(dequantizer.step, c);
    });
  }

  /// The rest has no integer form; the program was checked.
  template <typename Kind>
  void run(const Kind &) const {}
};

class PlainStep : public Step {
public:
  PlainStep(const Planner &planner, const Operation &operation,
            std::unique_ptr<Product> product)
      : program(planner.program), operation(operation),
        product(std::move(product)), tensors(planner.tensors) {
    for (int tensor : operation.inputs)
      if (needsCopy(tensor))
        widened += roundUp(size_t(tensors[tensor].elements));
    if (needsCopy(operation.output))
      widened += roundUp(size_t(tensors[operation.output].elements));
  }

  size_t scratchBytes(int64_t) const override {
    return widened * sizeof(int64_t);
  }

  void run(const Frame &frame) const override {
    for (int64_t sample = 0; sample < frame.samples; ++sample) {
      int64_t *scratch = reinterpret_cast<int64_t *>(frame.scratch);
      const void *inputs[2] = {nullptr, nullptr};
      for (size_t i = 0; i < operation.inputs.size(); ++i)
        inputs[i] = read(frame, operation.inputs[i], sample, scratch);
      char *result = element(frame, operation.output, sample);
      bool narrow = needsCopy(operation.output);
      Evaluator evaluator = {program,
                             tensors,
                             operation,
                             product.get(),
                             inputs[0],
                             inputs[1],
                             narrow ? static_cast<void *>(scratch) : result};
      std::visit([&](const auto &kind) { evaluator.run(kind); },
                 operation.kind);
      if (!narrow)
        continue;
      const TensorInfo &info = tensors[operation.output];
      if (info.storage == Storage::I16)
        std::transform(scratch, scratch + info.elements,
                       reinterpret_cast<int16_t *>(result),
                       [](int64_t value) { return int16_t(value); });
      else
        std::transform(scratch, scratch + info.elements,
                       reinterpret_cast<int32_t *>(result),
                       [](int64_t value) { return int32_t(value); });
    }
  }

private:
  /// Keeps what follows in scratch memory aligned.
  static size_t roundUp(size_t elements) { return (elements + 7) / 8 * 8; }

  bool needsCopy(int tensor) const {
    Storage storage = tensors[tensor].storage;
    return storage == Storage::I16 || storage == Storage::I32 ||
           isFloatCopy(tensor);
  }

  /// Integers that an input quantizer reads as floats.
  bool isFloatCopy(int tensor) const {
    return operation.as<InputQuantizer>() && tensor != operation.output &&
           tensors[tensor].storage != Storage::F32;
  }

  static char *element(const Frame &frame, int tensor, int64_t sample) {
    return frame.data<char>(tensor) +
           size_t(sample) * frame.tensors[tensor].bytes();
  }

  template <typename From, typename To>
  static void convert(const char *from, int64_t count, int64_t *to) {
    const From *values = reinterpret_cast<const From *>(from);
    std::transform(values, values + count, reinterpret_cast<To *>(to),
                   [](From value) { return static_cast<To>(value); });
  }

  template <typename To>
  static void convert(Storage storage, const char *from, int64_t count,
                      int64_t *to) {
    if (storage == Storage::I16)
      convert<int16_t, To>(from, count, to);
    else if (storage == Storage::I32)
      convert<int32_t, To>(from, count, to);
    else
      convert<int64_t, To>(from, count, to);
  }

  const void *read(const Frame &frame, int tensor, int64_t sample,
                   int64_t *&scratch) const {
    const TensorInfo &info = tensors[tensor];
    const char *values = element(frame, tensor, sample);
    if (!needsCopy(tensor))
      return values;
    int64_t *copy = scratch;
    scratch += roundUp(size_t(info.elements));
    if (isFloatCopy(tensor))
      convert<float>(info.storage, values, info.elements, copy);
    else
      convert<int64_t>(info.storage, values, info.elements, copy);
    return copy;
  }

  const Program &program;
  const Operation &operation;
  std::unique_ptr<Product> product;
  const std::vector<TensorInfo> &tensors;
  /// 64-bit elements of scratch memory.
  size_t widened = 0;
};

} // namespace

StepPtr makePlainStep(const Planner &planner, const Operation &operation,
                      std::unique_ptr<Product> product) {
  return std::make_unique<PlainStep>(planner, operation, std::move(product));
}

} // namespace interpreter
} // namespace qml
