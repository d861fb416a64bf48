//===- AveragePool2D.cpp - Means over windows -----------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Kind.h"

#include "qml/Program/Averages.h"

#include <numeric>
#include <set>

namespace qml {

/// The numbers of cells that windows have along an axis.
static std::set<int64_t> countTaps(const Window &window, int axis,
                                   const Shape &in, const Shape &out) {
  std::set<int64_t> counts;
  for (int64_t o = 0; o < out[axis]; ++o) {
    TapSpan taps =
        tapsInside(o * window.strides[axis] - window.padBegin[axis],
                   window.dilations[axis], window.kernel[axis], in[axis]);
    counts.insert(taps.last - taps.first);
  }
  return counts;
}

/// The numbers of cells that windows have.
static std::set<int64_t> countCells(const Window &window, const Shape &in,
                                    const Shape &out) {
  std::set<int64_t> counts;
  for (int64_t rows : countTaps(window, 0, in, out))
    for (int64_t columns : countTaps(window, 1, in, out))
      counts.insert(rows * columns);
  return counts;
}

int64_t chooseDenominator(const AveragePool2D &pool, const Shape &in,
                          const Shape &out) {
  int64_t common = 1;
  std::set<int64_t> counts = countCells(pool.window, in, out);
  for (int64_t count : counts) {
    common = std::lcm(common, count);
    if (common > 1 << 16)
      return *counts.rbegin() << 8;
  }
  return common;
}

int64_t getAverageFactor(const AveragePool2D &pool, int64_t count) {
  return (2 * pool.denominator + count) / (2 * count);
}

/// The largest number of values that a result is the sum of.
static int64_t mostValues(const AveragePool2D &pool, const Shape &in,
                          const Shape &out) {
  int64_t most = 1;
  for (int64_t count : countCells(pool.window, in, out))
    most = std::max(most, count * getAverageFactor(pool, count));
  return most;
}

template <>
struct Answers<AveragePool2D> : Unary {
  static constexpr const char *name = "an average pool";
  static constexpr Form form = Form::Any;
  static constexpr bool keepsModelIntegers = false;
  static constexpr None weights = {};
  static constexpr None makeProduct = {};

  static Status check(const Checker &checker, const Operation &operation,
                      const AveragePool2D &pool) {
    if (Status status = checkPool(checker, operation, pool.window);
        !status || !checker.output(operation).fixed)
      return status;
    if (pool.denominator < 1 || pool.denominator > int64_t(1) << 50)
      return failure(operation, "has a denominator of " +
                                    std::to_string(pool.denominator) +
                                    "; it is 1 to 2^50");
    return checker.checkBits(operation, pool.bufferBits);
  }

  static IntegerRange valueRange(const RangeQuery &query,
                                 const AveragePool2D &pool) {
    const Operation &operation = query.operation;
    const std::vector<Tensor> &tensors = query.program.tensors;
    int64_t most = mostValues(pool, tensors[operation.inputs[0]].shape,
                              tensors[operation.output].shape);
    return overChannels(query, [&](int64_t value, int64_t) {
      return clampWide(Int128(value) * most, rangeOf(query, pool.bufferBits));
    });
  }

  static Reach reach(ReachQuery &query, const AveragePool2D &pool) {
    Reach sums = *query.inputs[0];
    auto most =
        double(mostValues(pool, query.tensorOf(query.operation.inputs[0]).shape,
                          query.result().shape));
    for (Bounds &channel : sums.channels)
      channel = {channel.lower * most, channel.upper * most, Bounds::None};
    return query.accumulate(sums, query.rangeOf(pool.bufferBits),
                            pool.bufferBits);
  }

  static void addTo(ProgramHash &hash, const AveragePool2D &pool) {
    hash.add(pool.window);
    hash.addForm(pool.denominator, pool.bufferBits);
  }

  static void evaluateIntegers(const IntegerOperands &of,
                               const AveragePool2D &pool) {
    IntegerRange bounds = of.rangeOf(pool.bufferBits);
    std::vector<Int128> sums(size_t(of.channels));
    forWindows(pool.window, of.in.shape, of.result.shape,
               [&](int64_t at, int64_t count, auto forCells) {
                 std::fill(sums.begin(), sums.end(), 0);
                 forCells([&](int64_t cell) {
                   for (int64_t c = 0; c < of.channels; ++c)
                     sums[size_t(c)] += of.x()[cell + c];
                 });
                 for (int64_t c = 0; c < of.channels; ++c)
                   of.y()[at + c] = clampWide(
                       sums[size_t(c)] * getAverageFactor(pool, count), bounds);
               });
  }

  static void evaluateFloats(const FloatOperands &of,
                             const AveragePool2D &pool) {
    forWindows(pool.window, of.inShape, of.outShape,
               [&](int64_t at, int64_t count, auto forCells) {
                 float *mean = of.out + at;
                 std::fill(mean, mean + of.channels, 0.0f);
                 forCells([&](int64_t cell) {
                   for (int64_t c = 0; c < of.channels; ++c)
                     mean[c] += of.in[cell + c];
                 });
                 for (int64_t c = 0; c < of.channels; ++c)
                   mean[c] /= static_cast<float>(count);
               });
  }
};

template const KindInfo &kindInfo<AveragePool2D>();

} // namespace qml
