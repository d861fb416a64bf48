//===- Conv2DTranspose.cpp - Convolutions that spread an image ------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Kind.h"

namespace qml {

template <>
struct Answers<Conv2DTranspose> : Unary {
  static constexpr const char *name = "a transposed convolution";
  static constexpr Form form = Form::Any;
  static constexpr bool keepsModelIntegers = false;
  static constexpr None valueRange = {};

  static Status check(const Checker &checker, const Operation &operation,
                      const Conv2DTranspose &conv) {
    if (Status status = checker.checkImages(operation); !status)
      return status;
    const Shape &in = checker.input(operation).shape;
    const Shape &out = checker.output(operation).shape;
    if (conv.depthwise && in[2] != out[2])
      return failure(operation, "depthwise, but has " + std::to_string(in[2]) +
                                    " input and " + std::to_string(out[2]) +
                                    " output channels");
    const Window &window = conv.window;
    for (int axis = 0; axis < 2; ++axis) {
      auto isSize = [](int64_t size) { return size >= 1 && size <= maxWindow; };
      if (!isSize(window.kernel[axis]) || !isSize(window.strides[axis]) ||
          !isSize(window.dilations[axis]) || window.padBegin[axis] < 0 ||
          window.padBegin[axis] > maxWindow)
        return failure(operation,
                       "kernel extents, strides and dilations have to be at "
                       "least 1, what is cut off at least 0, all at most " +
                           std::to_string(maxWindow));
      // Zeros after the last cell that a tap reaches are less than a stride.
      int64_t most = in[axis] * window.strides[axis] +
                     (window.kernel[axis] - 1) * window.dilations[axis] -
                     window.padBegin[axis];
      if (out[axis] > most)
        return failure(operation, "makes " + textOf(out) + " of " + textOf(in) +
                                      ", its taps reach " +
                                      std::to_string(most) + " cells along " +
                                      (axis ? "the width" : "the height"));
    }
    if (Status status =
            checker.checkWeights(operation, conv.kernel,
                                 {window.kernel[0], window.kernel[1], in[2],
                                  conv.depthwise ? 1 : out[2]},
                                 conv.bias, out[2]);
        !status)
      return status;
    if (!checker.output(operation).fixed)
      return {};
    return checker.checkAccumulator(operation, conv.accumulator, in[2]);
  }

  static Weights weights(const Conv2DTranspose &conv) {
    return {&conv.kernel, &conv.bias};
  }

  static Product makeProduct(const Program &program, const Operation &operation,
                             const Conv2DTranspose &conv) {
    Product product = startImageProduct(program, operation, weights(conv),
                                        conv.accumulator, conv.depthwise);
    product.window = conv.window;
    product.transposed = true;
    return product;
  }

  static Reach reach(ReachQuery &query, const Conv2DTranspose &conv) {
    return reachOfProduct(query, conv.accumulator);
  }

  static void addTo(ProgramHash &hash, const Conv2DTranspose &conv) {
    hash.addForm(conv.depthwise);
    hash.add(conv.kernel);
    hash.add(conv.bias);
    hash.add(conv.window);
    hash.add(conv.accumulator);
  }

  static void evaluateIntegers(const IntegerOperands &of,
                               const Conv2DTranspose &) {
    const Product &p = *of.product;
    // Floats are exact as far as no sum leaves their digits, and are added
    // several at a time.
    Int128 largest = largestOf(of), taps = p.taps() * p.channels;
    if (largest * taps < (1 << 24))
      return evaluateAs<float>(of);
    if (largest * taps < (int64_t(1) << 53))
      return evaluateAs<double>(of);
    for (int64_t oh = 0; oh < p.outHeight; ++oh)
      for (int64_t ow = 0; ow < p.outWidth; ++ow)
        for (int64_t f = 0; f < p.outChannels; ++f)
          of.y()[(oh * p.outWidth + ow) * p.outChannels + f] =
              finishSum(p, sum(p, of.x(), oh, ow, f), f);
  }

  static void evaluateFloats(const FloatOperands &of,
                             const Conv2DTranspose &conv) {
    const Window &window = conv.window;
    const Shape &in = of.inShape, &out = of.outShape;
    const int64_t inputs = in[2], outputs = out[2];
    const int64_t fan = conv.depthwise ? 1 : outputs;
    std::fill(of.out, of.out + of.elements, 0.0f);
    for (int64_t oh = 0; oh < out[0]; ++oh)
      for (int64_t ow = 0; ow < out[1]; ++ow) {
        float *sums = of.out + (oh * out[1] + ow) * outputs;
        for (int64_t u = 0; u < window.kernel[0]; ++u)
          for (int64_t v = 0; v < window.kernel[1]; ++v) {
            int64_t h = cellOf(window, 0, oh, u, in[0]);
            int64_t w = cellOf(window, 1, ow, v, in[1]);
            if (h < 0 || w < 0)
              continue;
            const float *cell = of.in + (h * in[1] + w) * inputs;
            const float *weights =
                of.kernel + (u * window.kernel[1] + v) * inputs * fan;
            for (int64_t c = 0; c < inputs; ++c)
              if (conv.depthwise)
                sums[c] += cell[c] * weights[c];
              else
                addScaled(sums, weights + c * fan, cell[c], outputs);
          }
        addBias(sums, of.bias, outputs);
      }
  }

private:
  /// The cell along an axis whose tap `tap` reaches cell `at` of the result; -1
  /// if there is none.
  static int64_t cellOf(const Window &window, int axis, int64_t at, int64_t tap,
                        int64_t extent) {
    int64_t spread = at + window.padBegin[axis] - tap * window.dilations[axis];
    if (spread < 0 || spread % window.strides[axis] != 0)
      return -1;
    int64_t cell = spread / window.strides[axis];
    return cell < extent ? cell : -1;
  }

  static int64_t shifted(const Product &p, const int64_t *x, size_t i) {
    return shiftLeft(x[i], p.shift[i % size_t(p.channels)], p.inputBounds);
  }

  /// No product of a shifted input and a weight is larger.
  static Int128 largestOf(const IntegerOperands &of) {
    Int128 input = 0;
    int64_t weight = 0;
    for (size_t i = 0; i < size_t(of.elements); ++i)
      input =
          std::max(input, Int128(std::abs(shifted(*of.product, of.x(), i))));
    for (int32_t value : of.product->weights)
      weight = std::max(weight, std::abs(int64_t(value)));
    return input * weight;
  }

  template <typename T>
  static void evaluateAs(const IntegerOperands &of) {
    const Product &p = *of.product;
    const int64_t fan = p.depthwise ? 1 : p.outChannels;
    std::vector<T> cells(size_t(of.elements), 0);
    for (size_t i = 0; i < cells.size(); ++i)
      cells[i] = static_cast<T>(shifted(p, of.x(), i));
    const std::vector<T> weights(p.weights.begin(), p.weights.end());
    std::vector<T> sums(size_t(p.outChannels), 0);
    int64_t *y = of.y();
    for (int64_t oh = 0; oh < p.outHeight; ++oh)
      for (int64_t ow = 0; ow < p.outWidth; ++ow, y += p.outChannels) {
        std::fill(sums.begin(), sums.end(), T(0));
        for (int64_t u = 0; u < p.window.kernel[0]; ++u) {
          int64_t h = cellOf(p.window, 0, oh, u, p.height);
          if (h < 0)
            continue;
          for (int64_t v = 0; v < p.window.kernel[1]; ++v) {
            int64_t w = cellOf(p.window, 1, ow, v, p.width);
            if (w < 0)
              continue;
            const T *cell = &cells[size_t((h * p.width + w) * p.channels)];
            const T *kernel = &weights[size_t((u * p.window.kernel[1] + v) *
                                              p.channels * fan)];
            for (int64_t c = 0; c < p.channels; ++c)
              if (p.depthwise)
                sums[size_t(c)] += cell[c] * kernel[c];
              else
                addScaled(sums.data(), kernel + c * fan, cell[c], fan);
          }
        }
        for (int64_t f = 0; f < p.outChannels; ++f)
          y[f] = finishSum(p, static_cast<Int128>(sums[size_t(f)]), f);
      }
  }

  static Int128 sum(const Product &p, const int64_t *x, int64_t oh, int64_t ow,
                    int64_t f) {
    Int128 sum = 0;
    for (int64_t u = 0; u < p.window.kernel[0]; ++u)
      for (int64_t v = 0; v < p.window.kernel[1]; ++v) {
        int64_t h = cellOf(p.window, 0, oh, u, p.height);
        int64_t w = cellOf(p.window, 1, ow, v, p.width);
        if (h < 0 || w < 0)
          continue;
        const int64_t *cell = x + (h * p.width + w) * p.channels;
        int64_t tap = (u * p.window.kernel[1] + v) * p.channels;
        int64_t first = p.depthwise ? f : 0;
        int64_t last = p.depthwise ? f + 1 : p.channels;
        for (int64_t c = first; c < last; ++c) {
          int64_t weight =
              p.depthwise ? tap + c : (tap + c) * p.outChannels + f;
          sum += Int128(shiftLeft(cell[c], p.shift[size_t(c)], p.inputBounds)) *
                 p.weights[size_t(weight)];
        }
      }
    return sum;
  }
};

template const KindInfo &kindInfo<Conv2DTranspose>();

} // namespace qml
