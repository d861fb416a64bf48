//===- Temporal.cpp - Layers of the hardware that know time ---------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Kind.h"
#include "qml/Program/Sequences.h"

#include <algorithm>

namespace qml {

static int64_t numRows(const Shape &shape) {
  return shape.empty() ? 1 : numElements(shape) / shape.back();
}

template <>
struct Answers<Push> : Binary {
  static constexpr const char *name = "a push into a queue";
  static constexpr Form form = Form::Any;
  static constexpr bool keepsModelIntegers = false;
  static constexpr None weights = {};
  static constexpr None makeProduct = {};

  static Status check(const Checker &checker, const Operation &operation,
                      const Push &) {
    const Shape &in = checker.input(operation).shape;
    const Shape &queue = checker.input(operation, 1).shape;
    Shape entry = queue;
    if (entry.size() >= 2)
      entry.erase(entry.end() - 2);
    if (queue.size() < 2 || entry != in ||
        queue != checker.output(operation).shape)
      return failure(operation, "can't push " + textOf(in) + " into a queue " +
                                    textOf(queue));
    return {};
  }

  static IntegerRange valueRange(const RangeQuery &query, const Push &) {
    return uniteInputs(query);
  }

  static Reach reach(ReachQuery &query, const Push &) {
    Reach result = reachOfInput(query);
    // Queues are empty at first.
    for (Bounds &channel : result.channels) {
      channel.lower = std::min(channel.lower, 0.0);
      channel.upper = std::max(channel.upper, 0.0);
    }
    return result;
  }

  static void addTo(ProgramHash &, const Push &) {}

  static void evaluateIntegers(const IntegerOperands &of, const Push &) {
    int64_t length =
        numElements(of.tensorOf(of.operation.inputs[1]).shape) / of.elements;
    push(of.x(), of.x(1), of.elements, of.channels, length, of.y());
  }

  static void evaluateFloats(const FloatOperands &of, const Push &) {
    int64_t elements = numElements(of.inShape);
    push(of.in, of.inputs[1], elements, of.channels, of.elements / elements,
         of.out);
  }

private:
  /// A cell's entries after the other: all but the oldest, and the new one.
  template <typename T>
  static void push(const T *in, const T *queue, int64_t elements, int64_t entry,
                   int64_t length, T *to) {
    for (int64_t i = 0; i < elements; i += entry) {
      const T *cell = queue + i * length;
      to = std::copy(cell + entry, cell + length * entry, to);
      to = std::copy_n(in + i, entry, to);
    }
  }
};

template const KindInfo &kindInfo<Push>();

template <>
struct Answers<TemporalSum> : Unary {
  static constexpr const char *name = "a sum over time";
  static constexpr Form form = Form::Integers;
  static constexpr bool keepsModelIntegers = false;
  static constexpr None valueRange = {};
  static constexpr None evaluateFloats = {};

  static Status check(const Checker &checker, const Operation &operation,
                      const TemporalSum &sum) {
    Shape expected = checker.input(operation).shape;
    if (expected.size() < 2)
      return failure(operation, "needs inputs with an axis of time");
    Shape kernel = {expected[expected.size() - 2], expected.back()};
    expected.erase(expected.end() - 2);
    const Shape &result = checker.output(operation).shape;
    if (result != expected)
      return failure(operation, "result " + textOf(result) +
                                    " has to have the shape " +
                                    textOf(expected));
    if (Status status = checker.checkWeights(operation, sum.kernel, kernel,
                                             sum.bias, expected.back());
        !status)
      return status;
    return checker.checkAccumulator(operation, sum.accumulator,
                                    expected.back());
  }

  static Weights weights(const TemporalSum &sum) {
    return {&sum.kernel, &sum.bias};
  }

  /// The taps are the entries.
  static Product makeProduct(const Program &program, const Operation &operation,
                             const TemporalSum &sum) {
    Product product =
        startProduct(program, operation, weights(sum), sum.accumulator);
    product.depthwise = true;
    product.window.kernel[0] = sum.kernel.shape[0];
    return product;
  }

  static Reach reach(ReachQuery &query, const TemporalSum &sum) {
    return reachOfProduct(query, sum.accumulator);
  }

  static void addTo(ProgramHash &hash, const TemporalSum &sum) {
    hash.add(sum.kernel);
    hash.add(sum.bias);
    hash.add(sum.accumulator);
  }

  static void evaluateIntegers(const IntegerOperands &of, const TemporalSum &) {
    const Product &p = *of.product;
    int64_t entries = p.taps(), channels = p.channels;
    int64_t cells = of.elements / (entries * channels);
    for (int64_t cell = 0; cell < cells; ++cell)
      for (int64_t c = 0; c < channels; ++c) {
        int64_t sum = 0;
        for (int64_t t = 0; t < entries; ++t) {
          int64_t value = shiftLeft(of.x()[(cell * entries + t) * channels + c],
                                    p.shift[size_t(c)], p.inputBounds);
          sum = clampWide(Int128(value) * p.weights[size_t(t * channels + c)] +
                              sum,
                          p.bounds);
        }
        of.y()[cell * channels + c] = finishSum(p, sum, c);
      }
  }
};

template const KindInfo &kindInfo<TemporalSum>();

template <>
struct Answers<Recurrence> {
  static constexpr size_t minInputs = 1, maxInputs = 2;
  static constexpr const char *name = "a recurrence";
  static constexpr Form form = Form::Any;
  static constexpr bool keepsModelIntegers = false;
  static constexpr None weights = {};
  static constexpr None makeProduct = {};
  static constexpr None reach = {};

  static Status check(const Checker &checker, const Operation &operation,
                      const Recurrence &recurrence) {
    const Tensor &input = checker.input(operation);
    const Shape &in = input.shape;
    const Shape &out = checker.output(operation).shape;
    int64_t channels = numChannels(input);
    Shape state = {2, channels};
    Shape expected = {2, numRows(in), channels};
    bool hasState = operation.inputs.size() > 1;
    if ((hasState && checker.input(operation, 1).shape != state) ||
        out != expected)
      return failure(operation, "makes " + textOf(out) + " of " + textOf(in) +
                                    ", needed are states " + textOf(state) +
                                    " and results " + textOf(expected));
    auto checkFactors = [&](const auto &values) {
      return checkCount(operation, "factors", values, channels, false);
    };
    if (!checker.output(operation).fixed) {
      Status status = checkFactors(recurrence.floatReal);
      return status ? checkFactors(recurrence.floatImaginary) : status;
    }
    for (int bits : {recurrence.bufferBits, recurrence.stateBits})
      if (Status status = checker.checkBits(operation, bits); !status)
        return status;
    if (Status status =
            checkVariables(operation, "state shift", recurrence.shift);
        !status)
      return status;
    for (const std::vector<int32_t> *values :
         {&recurrence.real, &recurrence.imaginary})
      if (Status status = checkScales(operation, *values); !status)
        return status;
    for (const std::vector<int32_t> *values :
         {&recurrence.real, &recurrence.imaginary, &recurrence.shift})
      if (Status status = checkFactors(*values); !status)
        return status;
    return {};
  }

  static IntegerRange valueRange(const RangeQuery &query,
                                 const Recurrence &recurrence) {
    return rangeOf(query, recurrence.keepsSums ? recurrence.bufferBits
                                               : recurrence.stateBits);
  }

  static void addTo(ProgramHash &hash, const Recurrence &recurrence) {
    hash.addForm(recurrence.bufferBits, recurrence.stateBits, recurrence.shift,
                 recurrence.keepsSums);
    hash.addValues(recurrence.real, recurrence.imaginary);
    hash.addValues(recurrence.floatReal, recurrence.floatImaginary);
  }

  static void evaluateIntegers(const IntegerOperands &of,
                               const Recurrence &recurrence) {
    if (of.program.arithmetic == Arithmetic::Akida)
      run(of, recurrence, ExactSteps(of, recurrence));
    else
      run(of, recurrence, FloatSteps(of, recurrence));
  }

  static void evaluateFloats(const FloatOperands &of,
                             const Recurrence &recurrence) {
    recur(of.in, of.inputs.size() > 1 ? of.inputs[1] : nullptr,
          of.elements / 2 / of.channels, of.channels, recurrence, of.out);
  }

private:
  /// The chip's steps: nothing rounds but the shift.
  struct ExactSteps {
    using Value = int64_t;

    ExactSteps(const IntegerOperands &of, const Recurrence &recurrence)
        : bounds(of.rangeOf(recurrence.bufferBits)),
          states(of.rangeOf(recurrence.stateBits)) {}

    Value product(Value a, Value b) const { return clamp(a * b, bounds); }
    Value sum(Value a, Value b) const { return clamp(a + b, bounds); }
    Value difference(Value a, Value b) const { return clamp(a - b, bounds); }
    Value cut(Value sum, int shift) const {
      return requantizeExact(sum, 1, shift, bounds, states);
    }

    IntegerRange bounds, states;
  };

  /// The reference's: each rounded to float32.
  struct FloatSteps {
    using Value = float;

    FloatSteps(const IntegerOperands &of, const Recurrence &recurrence)
        : bounds(of.rangeOf(recurrence.bufferBits)),
          states(of.rangeOf(recurrence.stateBits)) {}

    Value bound(Value value) const {
      return bounded(value, float(bounds.lower), float(bounds.upper));
    }
    Value product(Value a, Value b) const {
      return bound(roundedProduct(a, b));
    }
    Value sum(Value a, Value b) const { return bound(roundedSum(a, b)); }
    Value difference(Value a, Value b) const {
      return bound(roundedDifference(a, b));
    }
    Value cut(Value sum, int shift) const {
      return requantizeFloat32(sum, 1.0f, std::ldexp(1.0f, shift),
                               float(bounds.lower), float(bounds.upper),
                               float(states.lower), float(states.upper));
    }

    IntegerRange bounds, states;
  };

  template <typename Steps>
  static void run(const IntegerOperands &of, const Recurrence &recurrence,
                  const Steps &steps) {
    using Value = typename Steps::Value;
    const int64_t *start = of.inputs.size() > 1 ? of.x(1) : nullptr;
    int64_t channels = of.channels, count = of.elements / of.channels;
    for (int64_t c = 0; c < channels; ++c) {
      Value real = start ? Value(start[c]) : Value(0);
      Value imaginary = start ? Value(start[channels + c]) : Value(0);
      Value re = Value(pick(recurrence.real, c));
      Value im = Value(pick(recurrence.imaginary, c));
      int shift = pick(recurrence.shift, c);
      for (int64_t t = 0; t < count; ++t) {
        Value r = steps.difference(steps.product(real, re),
                                   steps.product(imaginary, im));
        r = steps.sum(r, Value(of.x()[t * channels + c]));
        Value i =
            steps.sum(steps.product(real, im), steps.product(imaginary, re));
        real = steps.cut(r, shift);
        imaginary = steps.cut(i, shift);
        of.y()[t * channels + c] = int64_t(recurrence.keepsSums ? r : real);
        of.y()[(count + t) * channels + c] =
            int64_t(recurrence.keepsSums ? i : imaginary);
      }
    }
  }
};

template const KindInfo &kindInfo<Recurrence>();

template <>
struct Answers<DifferenceTest> : Binary {
  static constexpr const char *name = "a test of predictions";
  static constexpr Form form = Form::Any;
  static constexpr bool keepsModelIntegers = false;
  static constexpr None weights = {};
  static constexpr None makeProduct = {};
  static constexpr None reach = {};

  static Status check(const Checker &checker, const Operation &operation,
                      const DifferenceTest &test) {
    const Shape &in = checker.input(operation).shape;
    const Shape &truth = checker.input(operation, 1).shape;
    int64_t channels = numChannels(checker.input(operation));
    if (truth != in || numElements(checker.output(operation).shape) != channels)
      return failure(operation,
                     "can't compare " + textOf(in) + " and " + textOf(truth));
    if (!checker.output(operation).fixed)
      return {};
    if (test.bufferBits < 0 || test.bufferBits > 44)
      return failure(operation, std::to_string(test.bufferBits) +
                                    " buffer bits, allowed are 0 to 44");
    if (Status status = checkVariables(operation, "shift", test.shift); !status)
      return status;
    if (Status status =
            checkCount(operation, "scales", test.scales, channels, true);
        !status)
      return status;
    if (Status status = checkScales(operation, test.scales); !status)
      return status;
    for (const std::vector<int32_t> *values : {&test.shift, &test.threshold})
      if (Status status =
              checkCount(operation, "variables", *values, channels, false);
          !status)
        return status;
    return {};
  }

  static IntegerRange valueRange(const RangeQuery &, const DifferenceTest &) {
    return {0, 1};
  }

  static void addTo(ProgramHash &hash, const DifferenceTest &test) {
    hash.addForm(test.bufferBits, test.shift);
    hash.addValues(test.scales, test.threshold);
    hash.addValues(std::vector<float>{float(test.floatThreshold)});
  }

  static void evaluateIntegers(const IntegerOperands &of,
                               const DifferenceTest &test) {
    const int64_t *truth = of.x(1);
    int64_t channels = of.channels, steps = of.elements / of.channels;
    IntegerRange bounds = of.rangeOf(test.bufferBits);
    // The reference bounds the difference to the bits of what is compared.
    bool isBounded = of.program.arithmetic == Arithmetic::QuantizeML;
    for (int64_t c = 0; c < channels; ++c) {
      Int128 sum = 0;
      for (int64_t i = c; i < of.elements; i += channels) {
        int64_t value =
            requantize(of.x()[i], pick(test.scales, c, 1), pick(test.shift, c),
                       test.bufferBits, int16Range, of.program.arithmetic);
        int64_t difference =
            value - (isBounded ? clamp(truth[i], int16Range) : truth[i]);
        if (isBounded)
          difference = clamp(difference, int16Range);
        difference = difference < 0 ? -difference : difference;
        sum += isBounded ? clamp(difference, int16Range) : difference;
      }
      of.y()[c] = clampWide(sum, bounds) / steps > pick(test.threshold, c);
    }
  }

  static void evaluateFloats(const FloatOperands &of,
                             const DifferenceTest &test) {
    testDifferences(of.in, of.inputs[1], numElements(of.inShape) / of.channels,
                    of.channels, test, of.out);
  }
};

template const KindInfo &kindInfo<DifferenceTest>();

template <>
struct Answers<Rows> : Unary {
  static constexpr const char *name = "a choice of rows";
  static constexpr Form form = Form::Integers;
  static constexpr bool keepsModelIntegers = false;
  static constexpr None weights = {};
  static constexpr None makeProduct = {};
  static constexpr None evaluateFloats = {};

  static Status check(const Checker &checker, const Operation &operation,
                      const Rows &rows) {
    const Tensor &in = checker.input(operation);
    const Tensor &out = checker.output(operation);
    int64_t available = numRows(in.shape), count = numRows(out.shape);
    bool fits = numChannels(in) == numChannels(out) && rows.first >= 0 &&
                rows.stride >= 1 && rows.first < available &&
                count - 1 <= (available - 1 - rows.first) / rows.stride;
    if (fits)
      return {};
    return failure(operation, "can't take rows " + textOf(out.shape) + " of " +
                                  textOf(in.shape));
  }

  static IntegerRange valueRange(const RangeQuery &query, const Rows &) {
    return inputRangeOf(query);
  }

  static Reach reach(ReachQuery &query, const Rows &) {
    Reach result = reachOfInput(query);
    // What was seen may be among what is left out.
    const Shape &in = query.tensorOf(query.operation.inputs[0]).shape;
    if (numElements(query.result().shape) < numElements(in))
      for (Bounds &channel : result.channels)
        channel.reached = Bounds::None;
    return result;
  }

  static void addTo(ProgramHash &hash, const Rows &rows) {
    hash.addForm(rows.first, rows.stride);
  }

  static void evaluateIntegers(const IntegerOperands &of, const Rows &rows) {
    int64_t channels = of.channels;
    for (int64_t r = 0; r < numRows(of.result.shape); ++r)
      std::copy_n(of.x() + (rows.first + r * rows.stride) * channels, channels,
                  of.y() + r * channels);
  }
};

template const KindInfo &kindInfo<Rows>();

} // namespace qml
