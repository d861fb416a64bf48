//===- Dense.cpp - Dense layers -------------------------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Kind.h"

namespace qml {

template <>
struct Answers<Dense> : Unary {
  static constexpr const char *name = "a dense layer";
  static constexpr Form form = Form::Any;
  static constexpr bool keepsModelIntegers = false;
  static constexpr None valueRange = {};

  static Status check(const Checker &checker, const Operation &operation,
                      const Dense &dense) {
    Shape expected = checker.input(operation).shape;
    const Shape &result = checker.output(operation).shape;
    if (expected.empty() || result.empty())
      return failure(operation, "needs inputs and results with at least one "
                                "axis");
    int64_t inputs = expected.back();
    int64_t outputs = result.back();
    expected.back() = outputs;
    if (result != expected)
      return failure(operation, "result " + textOf(result) +
                                    " has to have the shape " +
                                    textOf(expected));
    if (Status status = checker.checkWeights(
            operation, dense.kernel, {inputs, outputs}, dense.bias, outputs);
        !status)
      return status;
    if (!checker.output(operation).fixed)
      return {};
    return checker.checkAccumulator(operation, dense.accumulator, inputs);
  }

  static Weights weights(const Dense &dense) {
    return {&dense.kernel, &dense.bias};
  }

  static Product makeProduct(const Program &program, const Operation &operation,
                             const Dense &dense) {
    const Shape &in = program.tensors[operation.inputs[0]].shape;
    Product product =
        startProduct(program, operation, weights(dense), dense.accumulator);
    product.width = product.outWidth = numElements(in) / in.back();
    return product;
  }

  static Reach reach(ReachQuery &query, const Dense &dense) {
    return reachOfProduct(query, dense.accumulator);
  }

  static void addTo(ProgramHash &hash, const Dense &dense) {
    hash.add(dense.kernel);
    hash.add(dense.bias);
    hash.add(dense.accumulator);
  }

  static void evaluateIntegers(const IntegerOperands &of, const Dense &) {
    evaluateProduct(of);
  }

  static void evaluateFloats(const FloatOperands &of, const Dense &) {
    const int64_t inputs = of.inShape.back(), outputs = of.channels;
    std::fill(of.out, of.out + of.elements, 0.0f);
    for (int64_t row = 0; row < of.elements / outputs; ++row) {
      float *sums = of.out + row * outputs;
      for (int64_t c = 0; c < inputs; ++c)
        addScaled(sums, of.kernel + c * outputs, of.in[row * inputs + c],
                  outputs);
      addBias(sums, of.bias, outputs);
    }
  }
};

template const KindInfo &kindInfo<Dense>();

} // namespace qml
