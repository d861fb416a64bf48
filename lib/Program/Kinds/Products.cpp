//===- Products.cpp - What operations with a kernel share -----------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Kind.h"

#include <cstring>

namespace qml {

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

Product startProduct(const Program &program, const Operation &operation,
                     const Weights &weights, const AccumulatorRules &rules) {
  Product product;
  product.channels = program.tensors[operation.inputs[0]].shape.back();
  product.outChannels = program.tensors[operation.output].shape.back();
  product.weights = integersOf<int32_t>(*weights.kernel);
  product.bias = *weights.bias
                     ? integersOf<int64_t>(*weights.bias)
                     : std::vector<int64_t>(size_t(product.outChannels), 0);
  product.shift = spread(rules.inputShift, product.channels);
  product.padding.assign(size_t(product.channels), 0);
  product.inputBounds = inputBoundsOf(rules, program.arithmetic);
  product.bounds = integerRange(rules.bufferBits, program.arithmetic);
  product.biasBounds = integerRange(rules.getBiasBits(), program.arithmetic);
  product.saturatesOnce = rules.saturatesOnce;
  product.wrapsAround = rules.wrapsAround;
  return product;
}

Product startImageProduct(const Program &program, const Operation &operation,
                          const Weights &weights, const AccumulatorRules &rules,
                          bool depthwise) {
  const Shape &in = program.tensors[operation.inputs[0]].shape;
  const Shape &out = program.tensors[operation.output].shape;
  Product product = startProduct(program, operation, weights, rules);
  product.depthwise = depthwise;
  product.height = in[0];
  product.width = in[1];
  product.outHeight = out[0];
  product.outWidth = out[1];
  return product;
}

/// What the sums of each output channel can't leave, without the bias.
static Reach sumReach(const Product &product, const Reach &inputs) {
  Reach sums;
  sums.channels.resize(size_t(product.outChannels));
  const int32_t *weight = product.weights.data();
  auto add = [&](int64_t channel, const Bounds &input) {
    double low = *weight * input.lower, high = *weight * input.upper;
    ++weight;
    sums.channels[size_t(channel)].lower += std::min(low, high);
    sums.channels[size_t(channel)].upper += std::max(low, high);
  };
  for (int64_t tap = 0; tap < product.taps(); ++tap)
    for (int64_t c = 0; c < product.channels; ++c) {
      const Bounds &input = inputs.channels[size_t(c)];
      for (int64_t f = 0; f < (product.depthwise ? 1 : product.outChannels);
           ++f)
        add(product.depthwise ? c : f, input);
    }
  return sums;
}

Reach reachOfProduct(ReachQuery &query, const AccumulatorRules &rules) {
  Product product = makeProduct(query.program, query.operation);
  Reach inputs = query.align(*query.inputs[0], rules.inputShift,
                             product.inputBounds, rules.bufferBits);
  if (product.isPadded())
    for (size_t c = 0; c != inputs.channels.size(); ++c) {
      double padding = double(product.padding[c]);
      Bounds &channel = inputs.channels[c];
      channel.lower = std::min(channel.lower, padding);
      channel.upper = std::max(channel.upper, padding);
    }
  auto addBias = [&](Reach &values, int sign) {
    for (size_t c = 0; c != values.channels.size(); ++c) {
      values.channels[c].lower += sign * double(product.bias[c]);
      values.channels[c].upper += sign * double(product.bias[c]);
    }
  };
  Reach sums = sumReach(product, inputs);
  addBias(sums, 1);
  if (query.seen)
    sums = query.recall(sums);
  if (!product.saturatesOnce) {
    addBias(sums, -1);
    sums = query.cut(LossKind::Sum, std::move(sums), product.bounds,
                     rules.bufferBits);
    addBias(sums, 1);
  }
  return query.cut(LossKind::Sum, std::move(sums), product.biasBounds,
                   rules.getBiasBits());
}

int64_t finishSum(const Product &product, Int128 sum, int64_t channel) {
  if (product.wrapsAround)
    sum = static_cast<int32_t>(static_cast<uint32_t>(sum));
  if (!product.saturatesOnce)
    sum = clampWide(sum, product.bounds);
  return clampWide(sum + product.bias[size_t(channel)], product.biasBounds);
}

static int64_t dot(const Product &p, const int64_t *x, int64_t oh, int64_t ow,
                   int64_t f) {
  const Window &window = p.window;
  int64_t first = p.depthwise ? f : 0;
  int64_t last = p.depthwise ? f + 1 : p.channels;
  Int128 sum = 0;
  for (int64_t i = 0; i < window.kernel[0]; ++i)
    for (int64_t j = 0; j < window.kernel[1]; ++j) {
      int64_t h =
          oh * window.strides[0] - window.padBegin[0] + i * window.dilations[0];
      int64_t w =
          ow * window.strides[1] - window.padBegin[1] + j * window.dilations[1];
      bool inside = h >= 0 && h < p.height && w >= 0 && w < p.width;
      for (int64_t c = first; c < last; ++c) {
        int64_t value = inside
                            ? shiftLeft(x[(h * p.width + w) * p.channels + c],
                                        p.shift[c], p.inputBounds)
                            : p.padding[c];
        int64_t tap = i * window.kernel[1] + j;
        int64_t weight = p.depthwise
                             ? tap * p.channels + c
                             : (tap * p.channels + c) * p.outChannels + f;
        sum += Int128(value) * p.weights[weight];
      }
    }
  return finishSum(p, sum, f);
}

void evaluateProduct(const IntegerOperands &of) {
  const Product &p = *of.product;
  for (int64_t oh = 0; oh < p.outHeight; ++oh)
    for (int64_t ow = 0; ow < p.outWidth; ++ow)
      for (int64_t f = 0; f < p.outChannels; ++f)
        of.y()[(oh * p.outWidth + ow) * p.outChannels + f] =
            dot(p, of.x(), oh, ow, f);
}

} // namespace qml
