//===- ScalarActivation.cpp - Functions of single values ------------------===//
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
struct Answers<ScalarActivation> : Unary {
  static constexpr const char *name = "an activation";
  static constexpr Form form = Form::Floats;
  static constexpr bool keepsModelIntegers = false;
  static constexpr None weights = {};
  static constexpr None makeProduct = {};
  static constexpr None reach = {};
  static constexpr None valueRange = {};
  static constexpr None evaluateIntegers = {};

  static Status check(const Checker &checker, const Operation &operation,
                      const ScalarActivation &activation) {
    if (!std::isfinite(activation.alpha))
      return failure(operation, "the alpha of an activation is " +
                                    showNumber(activation.alpha) +
                                    ", it must be finite");
    return checker.checkSameShape(operation);
  }

  static void addTo(ProgramHash &hash, const ScalarActivation &activation) {
    hash.addForm(int(activation.function));
    hash.addForm(activation.alpha);
  }

  static void evaluateFloats(const FloatOperands &of,
                             const ScalarActivation &activation) {
    for (int64_t i = 0; i < of.elements; ++i)
      of.out[i] =
          applyFunction(activation.function, of.in[i], activation.alpha);
  }
};

template const KindInfo &kindInfo<ScalarActivation>();

} // namespace qml
