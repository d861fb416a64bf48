//===- GlobalAveragePool2D.cpp - Means and sums over images ---------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Kind.h"

namespace qml {

template <>
struct Answers<GlobalAveragePool2D> : Unary {
  static constexpr const char *name = "a global average pool";
  static constexpr Form form = Form::Any;
  static constexpr bool keepsModelIntegers = false;
  static constexpr None weights = {};
  static constexpr None makeProduct = {};

  static Status check(const Checker &checker, const Operation &operation,
                      const GlobalAveragePool2D &pool) {
    const Shape &in = checker.input(operation).shape;
    const Shape &out = checker.output(operation).shape;
    if (in.size() != 3 || out.empty() || out.back() != in[2] ||
        numElements(out) != in[2])
      return failure(operation, "makes " + textOf(out) + " of " + textOf(in) +
                                    ", needed is one value per channel of an "
                                    "image");
    if (!checker.output(operation).fixed)
      return {};
    return checker.checkAccumulator(operation, pool.accumulator, in[2]);
  }

  static IntegerRange valueRange(const RangeQuery &query,
                                 const GlobalAveragePool2D &pool) {
    IntegerRange bounds = rangeOf(query, pool.accumulator.bufferBits);
    IntegerRange inputBounds =
        inputBoundsOf(pool.accumulator, query.program.arithmetic);
    int64_t count = inputOf(query).elements / inputOf(query).channels;
    return overChannels(query, [&](int64_t value, int64_t c) {
      int32_t shift = pick(pool.accumulator.inputShift, c);
      return clampWide(Int128(shiftLeft(value, shift, inputBounds)) * count,
                       bounds);
    });
  }

  static Reach reach(ReachQuery &query, const GlobalAveragePool2D &pool) {
    const AccumulatorRules &rules = pool.accumulator;
    Reach sums = query.align(*query.inputs[0], rules.inputShift,
                             inputBoundsOf(rules, query.program.arithmetic),
                             rules.bufferBits);
    const Tensor &in = query.tensorOf(query.operation.inputs[0]);
    double count = double(numElements(in.shape)) / double(numChannels(in));
    for (Bounds &channel : sums.channels)
      channel = {channel.lower * count, channel.upper * count, Bounds::None};
    return query.accumulate(sums, query.rangeOf(rules.bufferBits),
                            rules.bufferBits);
  }

  static void addTo(ProgramHash &hash, const GlobalAveragePool2D &pool) {
    hash.add(pool.accumulator);
  }

  static void evaluateIntegers(const IntegerOperands &of,
                               const GlobalAveragePool2D &pool) {
    const AccumulatorRules &rules = pool.accumulator;
    IntegerRange bounds = of.rangeOf(rules.bufferBits);
    IntegerRange inputBounds = inputBoundsOf(rules, of.program.arithmetic);
    bool always = of.program.arithmetic == Arithmetic::Akida;
    for (int64_t c = 0; c < of.channels; ++c) {
      Int128 sum = 0;
      for (int64_t i = c; i < of.elements; i += of.channels) {
        sum += shiftLeft(of.x()[i], pick(rules.inputShift, c), inputBounds);
        if (always)
          sum = clampWide(sum, bounds);
      }
      of.y()[c] = clampWide(sum, bounds);
    }
  }

  static void evaluateFloats(const FloatOperands &of,
                             const GlobalAveragePool2D &) {
    const int64_t channels = of.inShape[2];
    const int64_t count = of.inShape[0] * of.inShape[1];
    std::fill(of.out, of.out + channels, 0.0f);
    for (int64_t i = 0; i < count; ++i)
      for (int64_t c = 0; c < channels; ++c)
        of.out[c] += of.in[i * channels + c];
    for (int64_t c = 0; c < channels; ++c)
      of.out[c] /= static_cast<float>(count);
  }
};

template const KindInfo &kindInfo<GlobalAveragePool2D>();

} // namespace qml
