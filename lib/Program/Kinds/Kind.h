//===- Kind.h - For the files of single kinds -------------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A kind's file specializes `Answers` and instantiates kindInfo:
//
//   template <> struct Answers<Softmax> : Unary {
//     static constexpr const char *name = "a softmax";
//     static constexpr Form form = Form::Floats;
//     static Status check(const Checker &, const Operation &, const Softmax &);
//     ...
//   };
//   template const KindInfo &kindInfo<Softmax>();
//
// An answer that a kind has no use for is `None`, never left out.
//
//===----------------------------------------------------------------------===//

#ifndef QML_LIB_PROGRAM_KINDS_KIND_H
#define QML_LIB_PROGRAM_KINDS_KIND_H

#include "../Checker.h"

#include "qml/Program/Kinds.h"

#include <algorithm>
#include <type_traits>

namespace qml {

template <typename Kind>
struct Answers;

/// The answer of kinds that a question does not concern.
struct None {};

/// The usual numbers of inputs.
struct Unary {
  static constexpr size_t minInputs = 1, maxInputs = 1;
};
struct Binary {
  static constexpr size_t minInputs = 2, maxInputs = 2;
};

//===----------------------------------------------------------------------===//
// Values
//===----------------------------------------------------------------------===//

/// One value for all channels, or one each.
template <typename T>
T pick(const std::vector<T> &values, int64_t channel, T none = T()) {
  return values.empty()       ? none
         : values.size() == 1 ? values[0]
                              : values[size_t(channel)];
}

/// An evaluation of integers, as kinds read it.
struct IntegerOperands {
  explicit IntegerOperands(const IntegerEvaluation &evaluation)
      : program(evaluation.program), operation(evaluation.operation),
        product(evaluation.product), inputs(evaluation.inputs),
        out(evaluation.out), in(tensorOf(operation.inputs[0])),
        result(tensorOf(operation.output)), elements(numElements(in.shape)),
        channels(numChannels(in)) {}

  const Tensor &tensorOf(int index) const { return program.tensors[index]; }
  const int64_t *x(size_t index = 0) const {
    return static_cast<const int64_t *>(inputs[index]);
  }
  int64_t *y() const { return static_cast<int64_t *>(out); }
  int valueBits() const { return result.fixed->valueBits; }
  IntegerRange rangeOf(int bits) const {
    return integerRange(bits, program.arithmetic);
  }
  template <typename Function>
  void eachElement(Function function) const {
    for (int64_t i = 0; i < elements; ++i)
      function(i, i % channels);
  }
  void copy() const { std::copy(x(), x() + elements, y()); }

  const Program &program;
  const Operation &operation;
  const Product *product;
  const std::vector<const void *> &inputs;
  void *out;
  /// The first input, its elements and channels.
  const Tensor &in;
  const Tensor &result;
  int64_t elements;
  int64_t channels;
};

/// An evaluation of floats, as kinds read it.
struct FloatOperands {
  explicit FloatOperands(const FloatEvaluation &evaluation)
      : program(evaluation.program), operation(evaluation.operation),
        kernel(evaluation.kernel), bias(evaluation.bias),
        inputs(evaluation.inputs), in(inputs[0]), out(evaluation.out),
        inShape(shapeOf(operation.inputs[0])),
        outShape(shapeOf(operation.output)), elements(numElements(outShape)),
        channels(outShape.empty() ? 1 : outShape.back()) {}

  const Shape &shapeOf(int tensor) const {
    return program.tensors[tensor].shape;
  }
  /// For operations whose result has the input's shape.
  template <typename Function>
  void eachElement(Function function) const {
    for (int64_t i = 0; i < elements; i += channels)
      for (int64_t c = 0; c < channels; ++c)
        out[i + c] = function(in[i + c], c);
  }

  const Program &program;
  const Operation &operation;
  const float *kernel;
  const float *bias;
  const std::vector<const float *> &inputs;
  const float *in;
  float *out;
  const Shape &inShape;
  const Shape &outShape;
  /// Of the result.
  int64_t elements;
  int64_t channels;
};

//===----------------------------------------------------------------------===//
// Ranges
//===----------------------------------------------------------------------===//

inline const ValueInfo &inputOf(const RangeQuery &query, size_t index = 0) {
  return *query.inputs[index];
}

inline IntegerRange rangeOf(const RangeQuery &query, int bits) {
  return integerRange(bits, query.program.arithmetic);
}

/// Only of results with a fixed point.
inline int valueBitsOf(const RangeQuery &query) {
  return query.program.tensors[query.operation.output].fixed->valueBits;
}

/// Of integers that stay as they are.
inline IntegerRange inputRangeOf(const RangeQuery &query) {
  return inputOf(query).range;
}

/// Of all inputs together.
inline IntegerRange uniteInputs(const RangeQuery &query) {
  IntegerRange range = inputOf(query).range;
  for (const ValueInfo *input : query.inputs)
    range = unite(range, input->range);
  return range;
}

/// `compute(value, channel)` is monotonic in the value.
template <typename Function>
IntegerRange overChannels(const RangeQuery &query, Function compute) {
  const ValueInfo &input = inputOf(query);
  IntegerRange range = {0, 0};
  for (int64_t c = 0; c < input.channels; ++c) {
    int64_t a = compute(input.range.lower, c);
    int64_t b = compute(input.range.upper, c);
    IntegerRange both = {std::min(a, b), std::max(a, b)};
    range = c ? unite(range, both) : both;
  }
  return range;
}

//===----------------------------------------------------------------------===//
// Reach
//===----------------------------------------------------------------------===//

/// Of integers that stay as they are.
inline Reach reachOfInput(const ReachQuery &query) { return *query.inputs[0]; }

/// Of a channel in which those of another tensor are mixed.
inline Bounds uniteChannels(const Reach &reach) {
  Bounds all = reach.channels.front();
  for (const Bounds &channel : reach.channels) {
    all.lower = std::min(all.lower, channel.lower);
    all.upper = std::max(all.upper, channel.upper);
    all.reached = std::max(all.reached, channel.reached);
  }
  return all;
}

/// The sums of a product.
Reach reachOfProduct(ReachQuery &query, const AccumulatorRules &rules);

//===----------------------------------------------------------------------===//
// Products
//===----------------------------------------------------------------------===//

/// A product with all but its geometry.
Product startProduct(const Program &program, const Operation &operation,
                     const Weights &weights, const AccumulatorRules &rules);

/// A product over images, with all but its window.
Product startImageProduct(const Program &program, const Operation &operation,
                          const Weights &weights, const AccumulatorRules &rules,
                          bool depthwise);

/// Integer sums over windows.
void evaluateProduct(const IntegerOperands &of);

/// What bounds a complete sum, and the bias of output channel `channel`.
int64_t finishSum(const Product &product, Int128 sum, int64_t channel);

/// sums[n] += x * weights[n]
template <typename T>
void addScaled(T *sums, const T *weights, T x, int64_t count) {
  for (int64_t n = 0; n < count; ++n)
    sums[n] += x * weights[n];
}

inline void addBias(float *sums, const float *bias, int64_t count) {
  if (bias)
    for (int64_t n = 0; n < count; ++n)
      sums[n] += bias[n];
}

//===----------------------------------------------------------------------===//
// Pools
//===----------------------------------------------------------------------===//

/// Whether a pool fits its images, and each of its windows has a cell of them.
Status checkPool(const Checker &checker, const Operation &operation,
                 const Window &window);

/// Calls `function(at, count, forCells)` for each window: where its result
/// lies, how many cells it has in the image, and what calls a function with
/// where each of them lies.
template <typename Function>
void forWindows(const Window &window, const Shape &in, const Shape &out,
                Function function) {
  int64_t at = 0;
  for (int64_t oh = 0; oh < out[0]; ++oh)
    for (int64_t ow = 0; ow < out[1]; ++ow, at += out[2]) {
      int64_t top = oh * window.strides[0] - window.padBegin[0];
      int64_t left = ow * window.strides[1] - window.padBegin[1];
      TapSpan rows =
          tapsInside(top, window.dilations[0], window.kernel[0], in[0]);
      TapSpan columns =
          tapsInside(left, window.dilations[1], window.kernel[1], in[1]);
      function(at, (rows.last - rows.first) * (columns.last - columns.first),
               [&](auto cell) {
                 for (int64_t i = rows.first; i < rows.last; ++i)
                   for (int64_t j = columns.first; j < columns.last; ++j)
                     cell(((top + i * window.dilations[0]) * in[1] + left +
                           j * window.dilations[1]) *
                          in[2]);
               });
    }
}

//===----------------------------------------------------------------------===//
// The answers of a kind as functions of any operation
//===----------------------------------------------------------------------===//

template <typename Answer>
constexpr bool isNone = std::is_same_v<std::remove_cv_t<Answer>, None>;

template <typename Kind>
const KindInfo &kindInfo() {
  using A = Answers<Kind>;
  static const KindInfo info = [] {
    KindInfo answers = {};
    answers.name = A::name;
    answers.form = A::form;
    answers.keepsModelIntegers = A::keepsModelIntegers;
    answers.minInputs = A::minInputs;
    answers.maxInputs = A::maxInputs;
    answers.check = [](const Checker &checker, const Operation &operation) {
      return A::check(checker, operation, *operation.as<Kind>());
    };
    answers.weights = [](const Operation &operation) -> Weights {
      if constexpr (isNone<decltype(A::weights)>)
        return {};
      else
        return A::weights(*operation.as<Kind>());
    };
    if constexpr (!isNone<decltype(A::makeProduct)>)
      answers.makeProduct = [](const Program &program,
                               const Operation &operation) {
        return A::makeProduct(program, operation, *operation.as<Kind>());
      };
    if constexpr (!isNone<decltype(A::valueRange)>)
      answers.valueRange = [](const RangeQuery &query) {
        return A::valueRange(query, *query.operation.as<Kind>());
      };
    if constexpr (!isNone<decltype(A::reach)>)
      answers.reach = [](ReachQuery &query) {
        return A::reach(query, *query.operation.as<Kind>());
      };
    answers.addTo = [](ProgramHash &hash, const Operation &operation) {
      A::addTo(hash, *operation.as<Kind>());
    };
    if constexpr (!isNone<decltype(A::evaluateIntegers)>)
      answers.evaluateIntegers = [](const IntegerEvaluation &evaluation) {
        A::evaluateIntegers(IntegerOperands(evaluation),
                            *evaluation.operation.as<Kind>());
      };
    if constexpr (!isNone<decltype(A::evaluateFloats)>)
      answers.evaluateFloats = [](const FloatEvaluation &evaluation) {
        A::evaluateFloats(FloatOperands(evaluation),
                          *evaluation.operation.as<Kind>());
      };
    return answers;
  }();
  return info;
}

} // namespace qml

#endif // QML_LIB_PROGRAM_KINDS_KIND_H
