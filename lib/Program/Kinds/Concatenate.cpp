//===- Concatenate.cpp - Tensors side by side -----------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Kind.h"
#include "qml/Support/Quote.h"

namespace qml {

/// Copies `count` channels of each cell to where they belong in the result.
template <typename T>
static void joinInput(const T *in, int64_t count, int64_t first,
                      int64_t outChannels, int64_t cells, T *out) {
  for (int64_t cell = 0; cell < cells; ++cell)
    std::copy_n(in + cell * count, count, out + cell * outChannels + first);
}

template <>
struct Answers<Concatenate> {
  static constexpr const char *name = "a concatenation";
  static constexpr Form form = Form::Any;
  static constexpr bool keepsModelIntegers = false;
  static constexpr size_t minInputs = 1, maxInputs = SIZE_MAX;
  static constexpr None weights = {};
  static constexpr None makeProduct = {};

  static Status check(const Checker &checker, const Operation &operation,
                      const Concatenate &) {
    const Shape &result = checker.output(operation).shape;
    Shape joined = checker.input(operation).shape;
    bool fits = !joined.empty();
    for (size_t i = 1; i < operation.inputs.size() && fits; ++i) {
      Shape next = checker.input(operation, i).shape;
      if (next.size() != joined.size()) {
        fits = false;
        break;
      }
      next.back() += joined.back();
      joined.back() = next.back();
      fits = next == joined;
    }
    if (!fits || joined != result) {
      std::string text;
      for (size_t i = 0; i < operation.inputs.size(); ++i)
        text += (i == 0                             ? ""
                 : i + 1 == operation.inputs.size() ? " and "
                                                    : ", ") +
                textOf(checker.input(operation, i).shape);
      return failure(operation, "can't join " + text + " to " + textOf(result) +
                                    ": all axes but the last have to be the "
                                    "same, and the last ones add up");
    }
    return result.empty() || !checker.output(operation).fixed
               ? Status()
               : checkMeaning(checker, operation);
  }

  static IntegerRange valueRange(const RangeQuery &query, const Concatenate &) {
    return uniteInputs(query);
  }

  static Reach reach(ReachQuery &query, const Concatenate &) {
    Reach result;
    for (const Reach *input : query.inputs) {
      result.isOneOf |= input->isOneOf;
      result.channels.insert(result.channels.end(), input->channels.begin(),
                             input->channels.end());
    }
    return result;
  }

  static void addTo(ProgramHash &, const Concatenate &) {}

  static void evaluateIntegers(const IntegerOperands &of, const Concatenate &) {
    int64_t channels = numChannels(of.result), first = 0;
    for (size_t i = 0; i < of.inputs.size(); ++i) {
      int64_t count = numChannels(of.tensorOf(of.operation.inputs[i]));
      joinInput(of.x(i), count, first, channels, of.elements / of.channels,
                of.y());
      first += count;
    }
  }

  static void evaluateFloats(const FloatOperands &of, const Concatenate &) {
    int64_t first = 0;
    for (size_t i = 0; i < of.inputs.size(); ++i) {
      int64_t count = of.shapeOf(of.operation.inputs[i]).back();
      joinInput(of.inputs[i], count, first, of.channels,
                of.elements / of.channels, of.out);
      first += count;
    }
  }

private:
  /// Integers that move mean what they did.
  static Status checkMeaning(const Checker &checker,
                             const Operation &operation) {
    const Fixed &result = *checker.output(operation).fixed;
    int64_t channel = 0;
    for (size_t i = 0; i < operation.inputs.size(); ++i) {
      const Tensor &input = checker.input(operation, i);
      for (int64_t c = 0; c < numChannels(input); ++c, ++channel) {
        // Integers of a model's input have no binary point.
        if (!input.fixed)
          continue;
        int32_t before = pick(input.fixed->fracBits, c);
        int32_t after = pick(result.fracBits, channel);
        auto fail = [&](const std::string &what, const std::string &now,
                        const std::string &then) {
          return failure(operation, "channel " + std::to_string(channel) +
                                        " of the result has " + now + " " +
                                        what + ", input " + std::to_string(i) +
                                        ", where it comes from, has " + then +
                                        ": the integers stay as they are, and "
                                        "so has their meaning");
        };
        if (before != after)
          return fail("fractional bits", std::to_string(after),
                      std::to_string(before));
        float scale = pick(input.fixed->scales, c, 1.0f);
        float resultScale = pick(result.scales, channel, 1.0f);
        if (scale != resultScale)
          return fail("as its scale", showNumber(resultScale),
                      showNumber(scale));
      }
    }
    return {};
  }
};

template const KindInfo &kindInfo<Concatenate>();

} // namespace qml
