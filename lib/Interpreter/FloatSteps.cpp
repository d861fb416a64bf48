//===- FloatSteps.cpp - Operations in float32 -----------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Plain loops over NHWC images, for float programs and for what follows a
// dequantizer. Each step of a formula is rounded, sums run in the order of the
// weights, so that results are the same on each machine and for any number of
// threads.
//
//===----------------------------------------------------------------------===//

#include "Model.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace qml {
namespace interpreter {

namespace {

/// Float weights: in place, unless they are not aligned.
class FloatWeights {
public:
  explicit FloatWeights(const Constant &constant) {
    if (!constant)
      return;
    values = constant.as<float>();
    if (reinterpret_cast<uintptr_t>(constant.data) % alignof(float) == 0)
      return;
    copy.resize(size_t(numElements(constant.shape)));
    std::memcpy(copy.data(), constant.data, copy.size() * sizeof(float));
    values = copy.data();
  }
  FloatWeights(const FloatWeights &) = delete;

  explicit operator bool() const { return values; }
  const float *data() const { return values; }

private:
  const float *values = nullptr;
  std::vector<float> copy;
};

const Constant *kernelOf(const Operation &operation) {
  if (const auto *conv = operation.as<Conv2D>())
    return &conv->kernel;
  const auto *dense = operation.as<Dense>();
  return dense ? &dense->kernel : nullptr;
}

const Constant *biasOf(const Operation &operation) {
  if (const auto *conv = operation.as<Conv2D>())
    return &conv->bias;
  const auto *dense = operation.as<Dense>();
  return dense ? &dense->bias : nullptr;
}

/// Computes one sample.
struct FloatEvaluator {
  const Shape &inShape;
  const Shape &outShape;
  const TensorInfo &info;
  const float *kernel;
  const float *bias;
  const float *in;
  const float *in2;
  float *out;

  static float pick(const std::vector<float> &values, int64_t channel) {
    return values[values.size() == 1 ? 0 : size_t(channel)];
  }

  template <typename Function>
  void eachElement(Function function) const {
    for (int64_t i = 0; i < info.elements; i += info.channels)
      for (int64_t c = 0; c < info.channels; ++c)
        out[i + c] = function(in[i + c], c);
  }

  void run(const Rescaling &rescaling) const {
    eachElement([&](float x, int64_t c) {
      return x * pick(rescaling.scale, c) + pick(rescaling.offset, c);
    });
  }

  void run(const BatchNorm &norm) const {
    eachElement([&](float x, int64_t c) {
      return x * pick(norm.scale, c) + pick(norm.shift, c);
    });
  }

  void run(const ReLU &relu) const {
    float most = relu.maxValue ? *relu.maxValue : INFINITY;
    eachElement([&](float x, int64_t) {
      float positive = x < 0.0f ? 0.0f : x;
      return positive > most ? most : positive;
    });
  }

  void run(const Add &) const {
    for (int64_t i = 0; i < info.elements; ++i)
      out[i] = in[i] + in2[i];
  }

  void run(const View &) const { std::copy(in, in + info.elements, out); }

  /// sums[n] += x * weights[n]
  static void addScaled(float *sums, const float *weights, float x,
                        int64_t count) {
    for (int64_t n = 0; n < count; ++n)
      sums[n] += x * weights[n];
  }

  void addBias(float *sums, int64_t count) const {
    if (bias)
      for (int64_t n = 0; n < count; ++n)
        sums[n] += bias[n];
  }

  void run(const Conv2D &conv) const {
    const Window &window = conv.window;
    const int64_t inputs = inShape[2], outputs = outShape[2];
    const int64_t fan = conv.depthwise ? 1 : outputs;
    std::fill(out, out + outShape[0] * outShape[1] * outputs, 0.0f);
    for (int64_t oh = 0; oh < outShape[0]; ++oh)
      for (int64_t ow = 0; ow < outShape[1]; ++ow) {
        float *sums = out + (oh * outShape[1] + ow) * outputs;
        for (int64_t i = 0; i < window.kernel[0]; ++i)
          for (int64_t j = 0; j < window.kernel[1]; ++j) {
            int64_t h = oh * window.strides[0] - window.padBegin[0] +
                        i * window.dilations[0];
            int64_t w = ow * window.strides[1] - window.padBegin[1] +
                        j * window.dilations[1];
            bool inside = h >= 0 && h < inShape[0] && w >= 0 && w < inShape[1];
            if (!inside && conv.paddingValue.empty())
              continue;
            const float *cell = in + (h * inShape[1] + w) * inputs;
            const float *weights =
                kernel + (i * window.kernel[1] + j) * inputs * fan;
            for (int64_t c = 0; c < inputs; ++c) {
              float x = inside ? cell[c] : pick(conv.paddingValue, c);
              if (conv.depthwise)
                sums[c] += x * weights[c];
              else
                addScaled(sums, weights + c * fan, x, outputs);
            }
          }
        addBias(sums, outputs);
      }
  }

  void run(const Dense &) const {
    const int64_t inputs = inShape.back(), outputs = outShape.back();
    std::fill(out, out + info.elements, 0.0f);
    for (int64_t row = 0; row < info.elements / outputs; ++row) {
      for (int64_t c = 0; c < inputs; ++c)
        addScaled(out + row * outputs, kernel + c * outputs,
                  in[row * inputs + c], outputs);
      addBias(out + row * outputs, outputs);
    }
  }

  void run(const MaxPool2D &pool) const {
    const Window &window = pool.window;
    const int64_t channels = inShape[2];
    for (int64_t oh = 0; oh < outShape[0]; ++oh)
      for (int64_t ow = 0; ow < outShape[1]; ++ow) {
        float *best = out + (oh * outShape[1] + ow) * channels;
        std::fill(best, best + channels, -INFINITY);
        int64_t top = oh * window.strides[0] - window.padBegin[0];
        int64_t left = ow * window.strides[1] - window.padBegin[1];
        TapSpan rows =
            tapsInside(top, window.dilations[0], window.kernel[0], inShape[0]);
        TapSpan columns =
            tapsInside(left, window.dilations[1], window.kernel[1], inShape[1]);
        for (int64_t i = rows.first; i < rows.last; ++i)
          for (int64_t j = columns.first; j < columns.last; ++j) {
            const float *cell =
                in + ((top + i * window.dilations[0]) * inShape[1] + left +
                      j * window.dilations[1]) *
                         channels;
            for (int64_t c = 0; c < channels; ++c)
              best[c] = cell[c] > best[c] ? cell[c] : best[c];
          }
      }
  }

  void run(const GlobalAveragePool2D &) const {
    const int64_t channels = inShape[2], count = inShape[0] * inShape[1];
    std::fill(out, out + channels, 0.0f);
    for (int64_t i = 0; i < count; ++i)
      for (int64_t c = 0; c < channels; ++c)
        out[c] += in[i * channels + c];
    for (int64_t c = 0; c < channels; ++c)
      out[c] /= static_cast<float>(count);
  }

  void run(const ZeroPadding2D &pad) const {
    const int64_t row = inShape[1] * inShape[2];
    std::fill(out, out + info.elements, 0.0f);
    for (int64_t h = 0; h < inShape[0]; ++h)
      std::copy(in + h * row, in + (h + 1) * row,
                out + ((h + pad.padBegin[0]) * outShape[1] + pad.padBegin[1]) *
                          inShape[2]);
  }

  void run(const Softmax &) const {
    for (int64_t i = 0; i < info.elements; i += info.channels) {
      const float *x = in + i;
      float most = *std::max_element(x, x + info.channels), sum = 0.0f;
      for (int64_t c = 0; c < info.channels; ++c) {
        out[i + c] = std::exp(x[c] - most);
        sum += out[i + c];
      }
      for (int64_t c = 0; c < info.channels; ++c)
        out[i + c] /= sum;
    }
  }

  /// The rest has no float result, or steps of its own; the program was
  /// checked.
  template <typename Kind>
  void run(const Kind &) const {}
};

class FloatStep : public Step {
public:
  FloatStep(const Planner &planner, const Operation &operation,
            const Constant &kernel, const Constant &bias)
      : program(planner.program), operation(operation),
        tensors(planner.tensors), kernel(kernel), bias(bias) {}

  size_t scratchBytes(int64_t) const override {
    size_t bytes = 0;
    for (int tensor : operation.inputs)
      if (tensors[tensor].storage != Storage::F32)
        bytes += roundUp(tensors[tensor].elements) * sizeof(float);
    return bytes;
  }

  void run(const Frame &frame) const override {
    const TensorInfo &info = tensors[operation.output];
    for (int64_t sample = 0; sample < frame.samples; ++sample) {
      float *scratch = reinterpret_cast<float *>(frame.scratch);
      const float *inputs[2] = {nullptr, nullptr};
      for (size_t i = 0; i < operation.inputs.size(); ++i)
        inputs[i] = read(frame, operation.inputs[i], sample, scratch);
      FloatEvaluator evaluator = {program.tensors[operation.inputs[0]].shape,
                                  program.tensors[operation.output].shape,
                                  info,
                                  kernel.data(),
                                  bias.data(),
                                  inputs[0],
                                  inputs[1],
                                  frame.data<float>(operation.output) +
                                      sample * info.elements};
      std::visit([&](const auto &kind) { evaluator.run(kind); },
                 operation.kind);
    }
  }

private:
  static size_t roundUp(int64_t elements) {
    return (size_t(elements) + 15) / 16 * 16;
  }

  /// Integers of a model's input become floats here; they have 16 bits.
  const float *read(const Frame &frame, int tensor, int64_t sample,
                    float *&scratch) const {
    const TensorInfo &info = tensors[tensor];
    if (info.storage == Storage::F32)
      return frame.data<float>(tensor) + sample * info.elements;
    float *copy = scratch;
    scratch += roundUp(info.elements);
    auto convert = [&](const auto *values) {
      for (int64_t i = 0; i < info.elements; ++i)
        copy[i] = static_cast<float>(values[sample * info.elements + i]);
    };
    if (info.storage == Storage::I16)
      convert(frame.data<int16_t>(tensor));
    else
      convert(frame.data<int64_t>(tensor));
    return copy;
  }

  const Program &program;
  const Operation &operation;
  const std::vector<TensorInfo> &tensors;
  FloatWeights kernel, bias;
};

} // namespace

StepPtr makeFloatStep(const Planner &planner, const Operation &operation) {
  const Constant none;
  const Constant *kernel = kernelOf(operation), *bias = biasOf(operation);
  return std::make_unique<FloatStep>(
      planner, operation, kernel ? *kernel : none, bias ? *bias : none);
}

} // namespace interpreter
} // namespace qml
