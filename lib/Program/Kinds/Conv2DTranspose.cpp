//===- Conv2DTranspose.cpp - Convolutions that double an image ------------===//
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
  static constexpr Form form = Form::Integers;
  static constexpr bool keepsModelIntegers = false;
  static constexpr None valueRange = {};
  static constexpr None evaluateFloats = {};

  static Status check(const Checker &checker, const Operation &operation,
                      const Conv2DTranspose &conv) {
    if (Status status = checker.checkImages(operation); !status)
      return status;
    const Shape &in = checker.input(operation).shape;
    const Shape &out = checker.output(operation).shape;
    int64_t size = conv.kernel.shape.empty() ? 0 : conv.kernel.shape[0];
    if (size < 2 || size > maxWindow)
      return failure(operation,
                     "a transposed kernel has extents of 2 and more");
    if (out[0] != 2 * in[0] || out[1] != 2 * in[1] ||
        (conv.depthwise && in[2] != out[2]))
      return failure(operation, "makes " + textOf(out) + " of " + textOf(in) +
                                    ", needed is an image of twice the "
                                    "extents");
    if (Status status = checker.checkWeights(
            operation, conv.kernel,
            {size, size, in[2], conv.depthwise ? 1 : out[2]}, conv.bias,
            out[2]);
        !status)
      return status;
    return checker.checkAccumulator(operation, conv.accumulator, in[2]);
  }

  static Weights weights(const Conv2DTranspose &conv) {
    return {&conv.kernel, &conv.bias};
  }

  static Product makeProduct(const Program &program, const Operation &operation,
                             const Conv2DTranspose &conv) {
    Product product = startImageProduct(program, operation, weights(conv),
                                        conv.accumulator, conv.depthwise);
    product.window.kernel[0] = conv.kernel.shape[0];
    product.window.kernel[1] = conv.kernel.shape[1];
    return product;
  }

  static Reach reach(ReachQuery &query, const Conv2DTranspose &conv) {
    return reachOfProduct(query, conv.accumulator);
  }

  static void addTo(ProgramHash &hash, const Conv2DTranspose &conv) {
    hash.addForm(conv.depthwise);
    hash.add(conv.kernel);
    hash.add(conv.bias);
    hash.add(conv.accumulator);
  }

  static void evaluateIntegers(const IntegerOperands &of,
                               const Conv2DTranspose &) {
    const Product &p = *of.product;
    for (int64_t oh = 0; oh < p.outHeight; ++oh)
      for (int64_t ow = 0; ow < p.outWidth; ++ow)
        for (int64_t f = 0; f < p.outChannels; ++f)
          of.y()[(oh * p.outWidth + ow) * p.outChannels + f] =
              finishSum(p, sum(p, of.x(), oh, ow, f), f);
  }

private:
  static Int128 sum(const Product &p, const int64_t *x, int64_t oh, int64_t ow,
                    int64_t f) {
    int64_t size = p.window.kernel[0];
    int64_t crop = (size - 2) / 2;
    Int128 sum = 0;
    // The taps that reach this cell have its parity.
    for (int64_t u = (oh + crop) % 2; u < size; u += 2)
      for (int64_t v = (ow + crop) % 2; v < size; v += 2) {
        int64_t h = (oh + crop - u) / 2, w = (ow + crop - v) / 2;
        if (oh + crop < u || ow + crop < v || h >= p.height || w >= p.width)
          continue;
        const int64_t *cell = x + (h * p.width + w) * p.channels;
        int64_t tap = (u * size + v) * p.channels;
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
