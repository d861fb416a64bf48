//===- Softmax.cpp - Softmax over the last axis ---------------------------===//
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
struct Answers<Softmax> : Unary {
  static constexpr const char *name = "a softmax";
  static constexpr Form form = Form::Floats;
  static constexpr bool keepsModelIntegers = false;
  static constexpr None weights = {};
  static constexpr None makeProduct = {};
  static constexpr None reach = {};
  static constexpr None valueRange = {};
  static constexpr None evaluateIntegers = {};

  static Status check(const Checker &checker, const Operation &operation,
                      const Softmax &) {
    return checker.checkSameShape(operation);
  }

  static void addTo(ProgramHash &hash, const Softmax &softmax) {
    hash.addForm(softmax.isLogarithm);
  }

  static void evaluateFloats(const FloatOperands &of, const Softmax &softmax) {
    for (int64_t i = 0; i < of.elements; i += of.channels) {
      const float *x = of.in + i;
      float most = *std::max_element(x, x + of.channels), sum = 0.0f;
      for (int64_t c = 0; c < of.channels; ++c) {
        float power = std::exp(x[c] - most);
        of.out[i + c] = softmax.isLogarithm ? x[c] - most : power;
        sum += power;
      }
      float logarithm = std::log(sum);
      for (int64_t c = 0; c < of.channels; ++c)
        if (softmax.isLogarithm)
          of.out[i + c] -= logarithm;
        else
          of.out[i + c] /= sum;
    }
  }
};

template const KindInfo &kindInfo<Softmax>();

} // namespace qml
