//===- LookUp.cpp - Tables of results -------------------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Kind.h"

namespace qml {

template <>
struct Answers<LookUp> : Unary {
  static constexpr const char *name = "a look-up table";
  static constexpr Form form = Form::Integers;
  static constexpr bool keepsModelIntegers = false;
  static constexpr None weights = {};
  static constexpr None makeProduct = {};
  static constexpr None reach = {};
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
