//===- Conv2D.cpp - Convolutions ------------------------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Kind.h"

namespace qml {

template <>
struct Answers<Conv2D> : Unary {
  static constexpr const char *name = "a convolution";
  static constexpr Form form = Form::Any;
  static constexpr bool keepsModelIntegers = false;
  static constexpr None valueRange = {};

  static Status check(const Checker &checker, const Operation &operation,
                      const Conv2D &conv) {
    if (Status status = checker.checkWindow(operation, conv.window); !status)
      return status;
    int64_t inputs = checker.input(operation).shape[2];
    int64_t outputs = checker.output(operation).shape[2];
    if (conv.depthwise && inputs != outputs)
      return failure(operation, "depthwise, but has " + std::to_string(inputs) +
                                    " input and " + std::to_string(outputs) +
                                    " output channels");
    Shape expected = {conv.window.kernel[0], conv.window.kernel[1], inputs,
                      conv.depthwise ? 1 : outputs};
    if (Status status = checker.checkWeights(operation, conv.kernel, expected,
                                             conv.bias, outputs);
        !status)
      return status;
    if (!checker.output(operation).fixed)
      return checkCount(operation, "padding values", conv.paddingValue, inputs,
                        true);
    for (int64_t value : conv.integerPadding)
      if (value < -maxInteger || value > maxInteger)
        return failure(operation, "padding value " + std::to_string(value) +
                                      " exceeds 33 bits");
    if (Status status = checkCount(operation, "padding values",
                                   conv.integerPadding, inputs, true);
        !status)
      return status;
    return checker.checkAccumulator(operation, conv.accumulator, inputs);
  }

  static Weights weights(const Conv2D &conv) {
    return {&conv.kernel, &conv.bias};
  }

  static Product makeProduct(const Program &program, const Operation &operation,
                             const Conv2D &conv) {
    Product product = startImageProduct(program, operation, weights(conv),
                                        conv.accumulator, conv.depthwise);
    product.window = conv.window;
    product.padding = spread(conv.integerPadding, product.channels);
    return product;
  }

  static Reach reach(ReachQuery &query, const Conv2D &conv) {
    return reachOfProduct(query, conv.accumulator);
  }

  static void addTo(ProgramHash &hash, const Conv2D &conv) {
    hash.addForm(conv.depthwise);
    hash.add(conv.kernel);
    hash.add(conv.bias);
    hash.add(conv.window);
    hash.addValues(conv.paddingValue, conv.integerPadding);
    hash.add(conv.accumulator);
  }

  static void evaluateIntegers(const IntegerOperands &of, const Conv2D &) {
    evaluateProduct(of);
  }

  static void evaluateFloats(const FloatOperands &of, const Conv2D &conv) {
    const Window &window = conv.window;
    const Shape &in = of.inShape, &out = of.outShape;
    const int64_t inputs = in[2], outputs = out[2];
    const int64_t fan = conv.depthwise ? 1 : outputs;
    std::fill(of.out, of.out + of.elements, 0.0f);
    for (int64_t oh = 0; oh < out[0]; ++oh)
      for (int64_t ow = 0; ow < out[1]; ++ow) {
        float *sums = of.out + (oh * out[1] + ow) * outputs;
        for (int64_t i = 0; i < window.kernel[0]; ++i)
          for (int64_t j = 0; j < window.kernel[1]; ++j) {
            int64_t h = oh * window.strides[0] - window.padBegin[0] +
                        i * window.dilations[0];
            int64_t w = ow * window.strides[1] - window.padBegin[1] +
                        j * window.dilations[1];
            bool inside = h >= 0 && h < in[0] && w >= 0 && w < in[1];
            if (!inside && conv.paddingValue.empty())
              continue;
            const float *cell = of.in + (h * in[1] + w) * inputs;
            const float *weights =
                of.kernel + (i * window.kernel[1] + j) * inputs * fan;
            for (int64_t c = 0; c < inputs; ++c) {
              float x = inside ? cell[c] : pick(conv.paddingValue, c);
              if (conv.depthwise)
                sums[c] += x * weights[c];
              else
                addScaled(sums, weights + c * fan, x, outputs);
            }
          }
        addBias(sums, of.bias, outputs);
      }
  }
};

template const KindInfo &kindInfo<Conv2D>();

} // namespace qml
