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
    std::vector<int64_t> cells(of.x(), of.x() + of.elements);
    int64_t largest = 0, heaviest = 0;
    for (size_t i = 0; i < cells.size(); ++i) {
      cells[i] =
          shiftLeft(cells[i], p.shift[i % size_t(p.channels)], p.inputBounds);
      largest = std::max(largest, std::abs(cells[i]));
    }
    for (int32_t weight : p.weights)
      heaviest = std::max(heaviest, std::abs(int64_t(weight)));
    // Floats are exact as far as no sum leaves their digits, and are added
    // several at a time.
    Int128 worst = Int128(largest) * heaviest * p.taps() * p.channels;
    if (worst < (1 << 24))
      evaluateAs<float>(of, cells);
    else if (worst < (int64_t(1) << 53))
      evaluateAs<double>(of, cells);
    else
      evaluateAs<Int128>(of, cells);
  }

  static void evaluateFloats(const FloatOperands &of,
                             const Conv2DTranspose &conv) {
    const Shape &in = of.inShape, &out = of.outShape;
    std::fill(of.out, of.out + of.elements, 0.0f);
    for (int64_t oh = 0; oh < out[0]; ++oh)
      for (int64_t ow = 0; ow < out[1]; ++ow) {
        float *sums = of.out + (oh * out[1] + ow) * out[2];
        addTaps(conv.window, conv.depthwise, in, out[2], oh, ow, of.in,
                of.kernel, sums);
        addBias(sums, of.bias, out[2]);
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

  /// Adds to the sums of all channels of one cell of the result what the taps
  /// that reach it give. `in` is (height, width, channels).
  template <typename T>
  static void addTaps(const Window &window, bool depthwise, const Shape &in,
                      int64_t outputs, int64_t oh, int64_t ow, const T *cells,
                      const T *kernel, T *sums) {
    const int64_t inputs = in[2], fan = depthwise ? 1 : outputs;
    for (int64_t u = 0; u < window.kernel[0]; ++u)
      for (int64_t v = 0; v < window.kernel[1]; ++v) {
        int64_t h = cellOf(window, 0, oh, u, in[0]);
        int64_t w = cellOf(window, 1, ow, v, in[1]);
        if (h < 0 || w < 0)
          continue;
        const T *cell = cells + (h * in[1] + w) * inputs;
        const T *weights = kernel + (u * window.kernel[1] + v) * inputs * fan;
        for (int64_t c = 0; c < inputs; ++c)
          if (depthwise)
            sums[c] += cell[c] * weights[c];
          else
            addScaled(sums, weights + c * fan, cell[c], outputs);
      }
  }

  /// `T` holds all sums exactly.
  template <typename T>
  static void evaluateAs(const IntegerOperands &of,
                         const std::vector<int64_t> &shifted) {
    const Product &p = *of.product;
    const std::vector<T> cells(shifted.begin(), shifted.end());
    const std::vector<T> weights(p.weights.begin(), p.weights.end());
    std::vector<T> sums(size_t(p.outChannels));
    int64_t *y = of.y();
    for (int64_t oh = 0; oh < p.outHeight; ++oh)
      for (int64_t ow = 0; ow < p.outWidth; ++ow, y += p.outChannels) {
        std::fill(sums.begin(), sums.end(), T(0));
        addTaps(p.window, p.depthwise, of.in.shape, p.outChannels, oh, ow,
                cells.data(), weights.data(), sums.data());
        for (int64_t f = 0; f < p.outChannels; ++f)
          y[f] = finishSum(p, static_cast<Int128>(sums[size_t(f)]), f);
      }
  }
};

template const KindInfo &kindInfo<Conv2DTranspose>();

} // namespace qml
