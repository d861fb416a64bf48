//===- Multiply.cpp - Products of two tensors -----------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Kind.h"

namespace qml {

/// The smallest and the largest product of two values of two ranges.
template <typename T>
static std::pair<T, T> productsOf(T aLower, T aUpper, T bLower, T bUpper) {
  // Of zero and what nothing bounds it is zero.
  auto product = [](T x, T y) { return x == T(0) || y == T(0) ? T(0) : x * y; };
  return std::minmax({product(aLower, bLower), product(aLower, bUpper),
                      product(aUpper, bLower), product(aUpper, bUpper)});
}

template <>
struct Answers<Multiply> : Binary {
  static constexpr const char *name = "a product of two tensors";
  static constexpr Form form = Form::Any;
  static constexpr bool keepsModelIntegers = false;
  static constexpr None weights = {};
  static constexpr None makeProduct = {};

  static Status check(const Checker &checker, const Operation &operation,
                      const Multiply &multiply) {
    const Tensor &result = checker.output(operation);
    const Tensor &a = checker.input(operation, 0);
    const Tensor &b = checker.input(operation, 1);
    bool isVector = numElements(b.shape) == numChannels(b) &&
                    numChannels(b) == numChannels(a);
    if (a.shape != result.shape || (b.shape != a.shape && !isVector))
      return failure(operation,
                     "inputs " + textOf(a.shape) + " and " + textOf(b.shape) +
                         " and result " + textOf(result.shape) +
                         " have to have the same shape, but for a "
                         "second input that is a vector of channels");
    if (!result.fixed)
      return {};
    return checker.checkBits(operation, multiply.bufferBits);
  }

  static IntegerRange valueRange(const RangeQuery &query,
                                 const Multiply &multiply) {
    IntegerRange a = inputOf(query, 0).range, b = inputOf(query, 1).range;
    // Of values of 33 bits products have more than 64.
    auto [least, most] = productsOf<Int128>(a.lower, a.upper, b.lower, b.upper);
    IntegerRange bounds = rangeOf(query, multiply.bufferBits);
    return {clampWide(least, bounds), clampWide(most, bounds)};
  }

  static Reach reach(ReachQuery &query, const Multiply &multiply) {
    Reach result = *query.inputs[0];
    const Reach &b = *query.inputs[1];
    for (size_t c = 0; c != result.channels.size(); ++c) {
      Bounds &x = result.channels[c];
      auto [least, most] = productsOf(x.lower, x.upper, b.channels[c].lower,
                                      b.channels[c].upper);
      x = {least, most, Bounds::None};
    }
    result.isOneOf = false;
    return query.accumulate(result, query.rangeOf(multiply.bufferBits),
                            multiply.bufferBits);
  }

  static void addTo(ProgramHash &hash, const Multiply &multiply) {
    hash.addForm(multiply.bufferBits);
  }

  /// Calls `function` with the places of an element in both inputs.
  template <typename Operands, typename Function>
  static void eachPair(const Operands &of, int64_t elements,
                       Function function) {
    int64_t others =
        numElements(of.program.tensors[of.operation.inputs[1]].shape);
    for (int64_t i = 0; i < elements; i += others)
      for (int64_t j = 0; j < others; ++j)
        function(i + j, j);
  }

  static void evaluateIntegers(const IntegerOperands &of,
                               const Multiply &multiply) {
    IntegerRange bounds = of.rangeOf(multiply.bufferBits);
    const int64_t *a = of.x(0), *b = of.x(1);
    eachPair(of, of.elements, [&](int64_t i, int64_t j) {
      of.y()[i] = clampWide(Int128(a[i]) * b[j], bounds);
    });
  }

  static void evaluateFloats(const FloatOperands &of, const Multiply &) {
    eachPair(of, of.elements, [&](int64_t i, int64_t j) {
      of.out[i] = of.inputs[0][i] * of.inputs[1][j];
    });
  }
};

template const KindInfo &kindInfo<Multiply>();

} // namespace qml
