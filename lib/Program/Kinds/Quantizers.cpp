//===- Quantizers.cpp - Into integers, between them, and out of them ------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Kind.h"

#include <cmath>

namespace qml {

template <>
struct Answers<InputQuantizer> : Unary {
  static constexpr const char *name = "an input quantizer";
  static constexpr Form form = Form::Quantizer;
  static constexpr bool keepsModelIntegers = false;
  static constexpr None weights = {};
  static constexpr None makeProduct = {};
  static constexpr None evaluateFloats = {};

  static Status check(const Checker &checker, const Operation &operation,
                      const InputQuantizer &quantizer) {
    if (Status status = checker.checkSameShape(operation); !status)
      return status;
    for (int32_t zeroPoint : quantizer.zeroPoints)
      if (zeroPoint < -(1 << 30) || zeroPoint > 1 << 30)
        return failure(operation, "zero point " + std::to_string(zeroPoint) +
                                      " exceeds 30 bits");
    return checkCount(operation, "zero points", quantizer.zeroPoints,
                      numChannels(checker.output(operation)), true);
  }

  static IntegerRange valueRange(const RangeQuery &query,
                                 const InputQuantizer &quantizer) {
    return outputRange(valueBitsOf(query), quantizer.isUnsigned,
                       query.program.arithmetic);
  }

  static Reach reach(ReachQuery &query, const InputQuantizer &quantizer) {
    const Fixed &fixed = *query.result().fixed;
    Reach codes = *query.inputs[0];
    for (size_t c = 0; c != codes.channels.size(); ++c) {
      Bounds &channel = codes.channels[c];
      double zeroPoint = pick(quantizer.zeroPoints, int64_t(c));
      int bits = pick(fixed.fracBits, int64_t(c));
      // Models for the hardware have scales of their own.
      double scale = quantizer.scales.empty()
                         ? std::ldexp(1.0, bits)
                         : double(pick(quantizer.scales, int64_t(c)));
      channel.lower = channel.lower * scale + zeroPoint;
      channel.upper = channel.upper * scale + zeroPoint;
    }
    query.checkPrecision(codes, fixed.valueBits);
    return query.cut(LossKind::Input, std::move(codes),
                     outputRange(fixed.valueBits, quantizer.isUnsigned,
                                 query.program.arithmetic),
                     fixed.valueBits);
  }

  static void addTo(ProgramHash &hash, const InputQuantizer &quantizer) {
    hash.addForm(quantizer.isUnsigned);
    hash.addValues(quantizer.zeroPoints, quantizer.scales);
  }

  static void evaluateIntegers(const IntegerOperands &of,
                               const InputQuantizer &quantizer) {
    const Fixed &fixed = *of.result.fixed;
    const float *values = static_cast<const float *>(of.inputs[0]);
    Arithmetic arithmetic = of.program.arithmetic;
    if (arithmetic == Arithmetic::Akida) {
      IntegerRange range =
          outputRange(fixed.valueBits, quantizer.isUnsigned, arithmetic);
      of.eachElement([&](int64_t i, int64_t c) {
        of.y()[i] = quantizeOnChip(values[i], pick(quantizer.scales, c, 1.0f),
                                   pick(quantizer.zeroPoints, c), range);
      });
      return;
    }
    of.eachElement([&](int64_t i, int64_t c) {
      int64_t value = quantizeToFixed(values[i], fixed.valueBits,
                                      pick(fixed.fracBits, c), arithmetic);
      of.y()[i] = saturate(value + pick(quantizer.zeroPoints, c),
                           fixed.valueBits, arithmetic);
    });
  }
};

template const KindInfo &kindInfo<InputQuantizer>();

template <>
struct Answers<OutputQuantizer> : Unary {
  static constexpr const char *name = "an output quantizer";
  static constexpr Form form = Form::Integers;
  static constexpr bool keepsModelIntegers = false;
  static constexpr None weights = {};
  static constexpr None makeProduct = {};
  static constexpr None evaluateFloats = {};

  static Status check(const Checker &checker, const Operation &operation,
                      const OutputQuantizer &quantizer) {
    if (Status status = checker.checkSameShape(operation); !status)
      return status;
    // Without a scale nothing can exceed the buffer, and 0 says just that.
    if (!quantizer.scales.empty() || quantizer.bufferBits != 0)
      if (Status status = checker.checkBits(operation, quantizer.bufferBits);
          !status)
        return status;
    if (Status status = checkScales(operation, quantizer.scales); !status)
      return status;
    if (Status status =
            checkVariables(operation, "output shift", quantizer.shift);
        !status)
      return status;
    int64_t channels = numChannels(checker.output(operation));
    if (Status status = checkCount(operation, "output scales", quantizer.scales,
                                   channels, true);
        !status)
      return status;
    return checkCount(operation, "output shifts", quantizer.shift, channels,
                      false);
  }

  /// Of one value; bounds are computed once for all.
  class Scaler {
  public:
    Scaler(const OutputQuantizer &quantizer, int valueBits,
           Arithmetic arithmetic)
        : quantizer(quantizer), bufferBits(quantizer.getBufferBits()),
          range(outputRange(valueBits, quantizer.isUnsigned, arithmetic)),
          arithmetic(arithmetic) {}

    int64_t operator()(int64_t value, int64_t channel) const {
      return requantize(value, pick(quantizer.scales, channel, 1),
                        pick(quantizer.shift, channel), bufferBits, range,
                        arithmetic);
    }

  private:
    const OutputQuantizer &quantizer;
    int bufferBits;
    IntegerRange range;
    Arithmetic arithmetic;
  };

  static IntegerRange valueRange(const RangeQuery &query,
                                 const OutputQuantizer &quantizer) {
    return overChannels(
        query, Scaler(quantizer, valueBitsOf(query), query.program.arithmetic));
  }

  static Reach reach(ReachQuery &query, const OutputQuantizer &quantizer) {
    int bits = query.result().fixed->valueBits;
    IntegerRange bounds =
        outputRange(bits, quantizer.isUnsigned, query.program.arithmetic);
    Reach values = *query.inputs[0];
    if (quantizer.isUnsigned && bounds.lower == 0)
      reportSigns(query, values, bits);
    if (!quantizer.scales.empty()) {
      for (size_t c = 0; c != values.channels.size(); ++c)
        scaleBounds(values.channels[c], pick(quantizer.scales, int64_t(c)));
      values = query.cut(LossKind::Product, std::move(values),
                         query.rangeOf(quantizer.getBufferBits()),
                         quantizer.getBufferBits());
    }
    for (size_t c = 0; c != values.channels.size(); ++c)
      scaleBounds(values.channels[c],
                  std::ldexp(1.0, pick(quantizer.shift, int64_t(c))));
    query.checkPrecision(values, bits);
    return query.cut(LossKind::Output, std::move(values), bounds, bits);
  }

  static void addTo(ProgramHash &hash, const OutputQuantizer &quantizer) {
    hash.addForm(quantizer.bufferBits, quantizer.isUnsigned);
    hash.addValues(quantizer.scales, quantizer.shift);
  }

  static void evaluateIntegers(const IntegerOperands &of,
                               const OutputQuantizer &quantizer) {
    Scaler scale(quantizer, of.valueBits(), of.program.arithmetic);
    of.eachElement(
        [&](int64_t i, int64_t c) { of.y()[i] = scale(of.x()[i], c); });
  }

private:
  static void scaleBounds(Bounds &bounds, double factor) {
    bounds.lower *= factor;
    bounds.upper *= factor;
  }

  /// Negative values of which an unsigned result keeps nothing.
  static void reportSigns(ReachQuery &query, Reach &values, int bits) {
    Loss loss;
    loss.kind = LossKind::Sign;
    loss.bits = bits;
    loss.ofChannels = int64_t(values.channels.size());
    for (Bounds &channel : values.channels) {
      loss.channels += channel.lower < 0;
      channel.lower = std::max(channel.lower, 0.0);
    }
    if (loss.channels)
      query.report(std::move(loss));
  }
};

template const KindInfo &kindInfo<OutputQuantizer>();

template <>
struct Answers<Dequantizer> : Unary {
  static constexpr const char *name = "a dequantizer";
  static constexpr Form form = Form::Dequantizer;
  static constexpr bool keepsModelIntegers = false;
  static constexpr None weights = {};
  static constexpr None makeProduct = {};
  static constexpr None reach = {};
  static constexpr None valueRange = {};
  static constexpr None evaluateFloats = {};

  static Status check(const Checker &checker, const Operation &operation,
                      const Dequantizer &dequantizer) {
    if (Status status = checker.checkSameShape(operation); !status)
      return status;
    return checkCount(operation, "scales", dequantizer.scales,
                      numChannels(checker.output(operation)), true);
  }

  static void addTo(ProgramHash &hash, const Dequantizer &dequantizer) {
    hash.addValues(dequantizer.scales);
  }

  static void evaluateIntegers(const IntegerOperands &of,
                               const Dequantizer &dequantizer) {
    float *values = static_cast<float *>(of.out);
    const std::optional<Fixed> &fixed = of.in.fixed;
    of.eachElement([&](int64_t i, int64_t c) {
      int64_t x = of.x()[i];
      if (!dequantizer.scales.empty())
        values[i] = static_cast<float>(x) * pick(dequantizer.scales, c);
      else
        values[i] = fixed ? dequantize(x, pick(fixed->fracBits, c),
                                       pick(fixed->scales, c, 1.0f))
                          : static_cast<float>(x);
    });
  }
};

template const KindInfo &kindInfo<Dequantizer>();

} // namespace qml
