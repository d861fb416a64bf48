//===- LookUp.cpp - Tables of results -------------------------------------===//
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
struct Answers<LookUp> : Unary {
  static constexpr const char *name = "a look-up table";
  static constexpr Form form = Form::Integers;
  static constexpr bool keepsModelIntegers = false;
  static constexpr None weights = {};
  static constexpr None makeProduct = {};
  static constexpr None evaluateFloats = {};

  static Status check(const Checker &checker, const Operation &operation,
                      const LookUp &lookUp) {
    if (lookUp.table.empty())
      return failure(operation, "the table is empty");
    return checker.checkSameShape(operation);
  }

  static IntegerRange valueRange(const RangeQuery &, const LookUp &lookUp) {
    auto [least, most] =
        std::minmax_element(lookUp.table.begin(), lookUp.table.end());
    return {*least, *most};
  }

  /// What the table has for codes that can occur.
  static Reach reach(ReachQuery &query, const LookUp &lookUp) {
    auto last = double(lookUp.table.size() - 1);
    auto indexOf = [&](double code) {
      double index = code - double(lookUp.first);
      // Nothing is known of some inputs.
      return std::isnan(index) ? ptrdiff_t(0)
                               : ptrdiff_t(std::clamp(index, 0.0, last));
    };
    Reach result = *query.inputs[0];
    for (Bounds &channel : result.channels) {
      auto first = lookUp.table.begin() + indexOf(std::floor(channel.lower));
      auto end = lookUp.table.begin() + indexOf(std::ceil(channel.upper)) + 1;
      auto [least, most] = std::minmax_element(first, std::max(end, first + 1));
      channel = {double(*least), double(*most), Bounds::None};
    }
    return query.seen ? query.recall(result) : result;
  }

  static void addTo(ProgramHash &hash, const LookUp &lookUp) {
    hash.addForm(lookUp.first);
    hash.addValues(lookUp.table);
  }

  static void evaluateIntegers(const IntegerOperands &of,
                               const LookUp &lookUp) {
    int64_t last = int64_t(lookUp.table.size()) - 1;
    for (int64_t i = 0; i < of.elements; ++i)
      of.y()[i] =
          lookUp.table[size_t(clamp(of.x()[i] - lookUp.first, {0, last}))];
  }
};

template const KindInfo &kindInfo<LookUp>();

} // namespace qml
