//===- Add.cpp - Sums of two tensors --------------------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Kind.h"

namespace qml {

template <>
struct Answers<Add> : Binary {
  static constexpr const char *name = "an addition";
  static constexpr Form form = Form::Any;
  static constexpr bool keepsModelIntegers = false;
  static constexpr None weights = {};
  static constexpr None makeProduct = {};

  static Status check(const Checker &checker, const Operation &operation,
                      const Add &add) {
    if (Status status = checker.checkSameShape(operation); !status)
      return status;
    if (!checker.output(operation).fixed)
      return {};
    if (Status status = checker.checkBits(operation, add.bufferBits); !status)
      return status;
    int64_t channels = numChannels(checker.output(operation));
    if (Status status = checkShifts(operation, add.aShift, channels); !status)
      return status;
    return checkShifts(operation, add.bShift, channels);
  }

  static IntegerRange valueRange(const RangeQuery &query, const Add &add) {
    IntegerRange bounds = rangeOf(query, add.bufferBits);
    IntegerRange a = inputOf(query, 0).range, b = inputOf(query, 1).range;
    IntegerRange range = {0, 0};
    for (int64_t c = 0; c < inputOf(query).channels; ++c) {
      auto sum = [&](int64_t x, int64_t y) {
        return clamp(shiftLeft(x, pick(add.aShift, c), bounds) +
                         shiftLeft(y, pick(add.bShift, c), bounds),
                     bounds);
      };
      IntegerRange sums = {sum(a.lower, b.lower), sum(a.upper, b.upper)};
      range = c ? unite(range, sums) : sums;
    }
    return range;
  }

  static Reach reach(ReachQuery &query, const Add &add) {
    IntegerRange bounds = query.rangeOf(add.bufferBits);
    Reach sum =
        query.align(*query.inputs[0], add.aShift, bounds, add.bufferBits);
    Reach b = query.align(*query.inputs[1], add.bShift, bounds, add.bufferBits);
    for (size_t c = 0; c != sum.channels.size(); ++c)
      sum.channels[c] = {sum.channels[c].lower + b.channels[c].lower,
                         sum.channels[c].upper + b.channels[c].upper,
                         Bounds::None};
    return query.accumulate(sum, bounds, add.bufferBits);
  }

  static void addTo(ProgramHash &hash, const Add &add) {
    hash.addForm(add.bufferBits, add.aShift, add.bShift);
  }

  static void evaluateIntegers(const IntegerOperands &of, const Add &add) {
    IntegerRange bounds = of.rangeOf(add.bufferBits);
    const int64_t *a = of.x(0), *b = of.x(1);
    of.eachElement([&](int64_t i, int64_t c) {
      of.y()[i] = clamp(shiftLeft(a[i], pick(add.aShift, c), bounds) +
                            shiftLeft(b[i], pick(add.bShift, c), bounds),
                        bounds);
    });
  }

  static void evaluateFloats(const FloatOperands &of, const Add &) {
    for (int64_t i = 0; i < of.elements; ++i)
      of.out[i] = of.inputs[0][i] + of.inputs[1][i];
  }
};

template const KindInfo &kindInfo<Add>();

} // namespace qml
