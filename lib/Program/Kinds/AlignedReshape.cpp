//===- AlignedReshape.cpp - The same elements under another shape ---------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Kind.h"

namespace qml {

template <>
struct Answers<AlignedReshape> : Unary {
  static constexpr const char *name = "a reshape";
  static constexpr Form form = Form::Any;
  static constexpr bool keepsModelIntegers = true;
  static constexpr None weights = {};
  static constexpr None makeProduct = {};

  static Status check(const Checker &checker, const Operation &operation,
                      const AlignedReshape &reshape) {
    const Tensor &in = checker.input(operation);
    const Tensor &out = checker.output(operation);
    if (numElements(in.shape) != numElements(out.shape))
      return failure(operation, "makes " + textOf(out.shape) + " of " +
                                    textOf(in.shape) +
                                    ", the number of elements has to stay");
    if (!out.fixed && out.type != ElementType::F32 &&
        !reshape.inputShift.empty())
      return failure(operation, "shifts integers without a fixed point");
    return checkShifts(operation, reshape.inputShift, numChannels(in));
  }

  static IntegerRange valueRange(const RangeQuery &query,
                                 const AlignedReshape &reshape) {
    if (reshape.inputShift.empty())
      return inputRangeOf(query);
    IntegerRange bounds = rangeOf(query, valueBitsOf(query));
    return overChannels(query, [&](int64_t value, int64_t c) {
      return shiftLeft(value, pick(reshape.inputShift, c), bounds);
    });
  }

  static Reach reach(ReachQuery &query, const AlignedReshape &reshape) {
    const Reach &input = *query.inputs[0];
    size_t channels = size_t(numChannels(query.result()));
    if (!query.result().fixed)
      return {std::vector<Bounds>(channels, input.channels.front()), true};
    int bits = query.result().fixed->valueBits;
    Reach aligned =
        query.align(input, reshape.inputShift, query.rangeOf(bits), bits);
    size_t before = aligned.channels.size();
    if (before == channels)
      return aligned;
    // Element i of a flattened image is of channel i modulo the channels; other
    // reshapes mix them.
    Reach result;
    result.isOneOf = true;
    Bounds all = uniteChannels(aligned);
    for (size_t i = 0; i != channels; ++i)
      result.channels.push_back(
          channels % before == 0 ? aligned.channels[i % before] : all);
    return result;
  }

  static void addTo(ProgramHash &hash, const AlignedReshape &reshape) {
    hash.addForm(reshape.inputShift);
  }

  static void evaluateIntegers(const IntegerOperands &of,
                               const AlignedReshape &reshape) {
    if (reshape.inputShift.empty())
      return of.copy();
    IntegerRange bounds = of.rangeOf(of.valueBits());
    of.eachElement([&](int64_t i, int64_t c) {
      of.y()[i] = shiftLeft(of.x()[i], pick(reshape.inputShift, c), bounds);
    });
  }

  static void evaluateFloats(const FloatOperands &of, const AlignedReshape &) {
    std::copy(of.in, of.in + of.elements, of.out);
  }
};

template const KindInfo &kindInfo<AlignedReshape>();

} // namespace qml
