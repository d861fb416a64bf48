//===- Elementwise.cpp - Float formulas, element by element ---------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Kind.h"
#include "qml/Support/Quote.h"

#include <cmath>

namespace qml {

template <>
struct Answers<Rescaling> : Unary {
  static constexpr const char *name = "a rescaling";
  static constexpr Form form = Form::Any;
  static constexpr bool keepsModelIntegers = false;
  static constexpr None weights = {};
  static constexpr None makeProduct = {};

  static Status check(const Checker &checker, const Operation &operation,
                      const Rescaling &rescaling) {
    if (Status status = checker.checkSameShape(operation); !status)
      return status;
    if (checker.output(operation).fixed)
      return {};
    int64_t channels = numChannels(checker.output(operation));
    if (Status status =
            checkCount(operation, "scales", rescaling.scale, channels, false);
        !status)
      return status;
    return checkCount(operation, "offsets", rescaling.offset, channels, false);
  }

  /// The scale is in the meaning of the integers.
  static IntegerRange valueRange(const RangeQuery &query, const Rescaling &) {
    return inputRangeOf(query);
  }

  static Reach reach(ReachQuery &query, const Rescaling &) {
    return reachOfInput(query);
  }

  static void addTo(ProgramHash &hash, const Rescaling &rescaling) {
    hash.addValues(rescaling.scale, rescaling.offset);
  }

  static void evaluateIntegers(const IntegerOperands &of, const Rescaling &) {
    of.copy();
  }

  static void evaluateFloats(const FloatOperands &of,
                             const Rescaling &rescaling) {
    of.eachElement([&](float x, int64_t c) {
      return x * pick(rescaling.scale, c) + pick(rescaling.offset, c);
    });
  }
};

template const KindInfo &kindInfo<Rescaling>();

template <>
struct Answers<BatchNorm> : Unary {
  static constexpr const char *name = "a batch normalization";
  static constexpr Form form = Form::Floats;
  static constexpr bool keepsModelIntegers = false;
  static constexpr None weights = {};
  static constexpr None makeProduct = {};
  static constexpr None reach = {};
  static constexpr None valueRange = {};
  static constexpr None evaluateIntegers = {};

  static Status check(const Checker &checker, const Operation &operation,
                      const BatchNorm &norm) {
    if (Status status = checker.checkSameShape(operation); !status)
      return status;
    int64_t channels = numChannels(checker.output(operation));
    if (Status status =
            checkCount(operation, "scales", norm.scale, channels, false);
        !status)
      return status;
    return checkCount(operation, "shifts", norm.shift, channels, false);
  }

  static void addTo(ProgramHash &hash, const BatchNorm &norm) {
    hash.addValues(norm.scale, norm.shift);
  }

  static void evaluateFloats(const FloatOperands &of, const BatchNorm &norm) {
    of.eachElement([&](float x, int64_t c) {
      return x * pick(norm.scale, c) + pick(norm.shift, c);
    });
  }
};

template const KindInfo &kindInfo<BatchNorm>();

template <>
struct Answers<ReLU> : Unary {
  static constexpr const char *name = "a ReLU";
  static constexpr Form form = Form::Any;
  static constexpr bool keepsModelIntegers = false;
  static constexpr None weights = {};
  static constexpr None makeProduct = {};

  static Status check(const Checker &checker, const Operation &operation,
                      const ReLU &relu) {
    if (Status status = checker.checkSameShape(operation); !status)
      return status;
    if (!checker.output(operation).fixed) {
      if (relu.maxValue && !(*relu.maxValue >= 0))
        return failure(operation, "the maximum of a ReLU is " +
                                      showNumber(*relu.maxValue) +
                                      ", it must not be below 0");
      return {};
    }
    for (int64_t value : relu.integerMaxValue)
      if (value < 0 || value > maxInteger)
        return failure(operation,
                       "the maximum of a ReLU is " + std::to_string(value) +
                           ", allowed are 0 to " + std::to_string(maxInteger));
    return checkCount(operation, "maxima", relu.integerMaxValue,
                      numChannels(checker.output(operation)), true);
  }

  static int64_t apply(const ReLU &relu, int64_t value, int64_t channel) {
    return std::min(std::max<int64_t>(value, 0),
                    pick(relu.integerMaxValue, channel, INT64_MAX));
  }

  static IntegerRange valueRange(const RangeQuery &query, const ReLU &relu) {
    return overChannels(
        query, [&](int64_t value, int64_t c) { return apply(relu, value, c); });
  }

  static Reach reach(ReachQuery &query, const ReLU &relu) {
    Reach result = reachOfInput(query);
    for (size_t c = 0; c != result.channels.size(); ++c) {
      Bounds &channel = result.channels[c];
      double most = double(pick(relu.integerMaxValue, int64_t(c), INT64_MAX));
      channel.lower = std::clamp(channel.lower, 0.0, most);
      channel.upper = std::clamp(channel.upper, 0.0, most);
    }
    // What was seen lies after the ReLU.
    return query.seen ? query.recall(result) : result;
  }

  static void addTo(ProgramHash &hash, const ReLU &relu) {
    hash.addForm(relu.maxValue.has_value());
    hash.addValues(relu.maxValue, relu.integerMaxValue);
  }

  static void evaluateIntegers(const IntegerOperands &of, const ReLU &relu) {
    of.eachElement(
        [&](int64_t i, int64_t c) { of.y()[i] = apply(relu, of.x()[i], c); });
  }

  static void evaluateFloats(const FloatOperands &of, const ReLU &relu) {
    float most = relu.maxValue ? *relu.maxValue : INFINITY;
    of.eachElement([&](float x, int64_t) {
      float positive = x < 0.0f ? 0.0f : x;
      return positive > most ? most : positive;
    });
  }
};

template const KindInfo &kindInfo<ReLU>();

} // namespace qml
