//===- IntegerProductsTest.cpp - Products of integers on the host ---------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Each kernel by itself against sums in 128 bits: odd numbers of channels and
// rows, windows of all kinds, fewer samples than the chunk holds. What lies
// around the result has to stay as it is.
//
//===----------------------------------------------------------------------===//

#include "../../lib/GPU/IntegerWeights.h"
#include "Guarded.h"
#include "HostGrid.h"

#include "gtest/gtest.h"

#include <random>

using namespace qml;
using namespace qml::gpu;
using namespace qml::test;

namespace {

struct Case {
  int64_t channels = 1;
  int64_t outputs = 1;
  int64_t height = 1, width = 1;
  Window window = {};
  bool isTransposed = false;
  int samples = 2;     ///< of the chunk
  int realSamples = 2; ///< that there are
  int maxShift = 0;
  int64_t maxWeight = 127;
  int64_t maxPadding = 0;
  int64_t maxInput = INT16_MAX;
  Order order = Order::Forward;
  unsigned seed = 1;
};

class Generator {
public:
  explicit Generator(unsigned seed) : engine(seed) {}
  int64_t integer(int64_t lower, int64_t upper) {
    return std::uniform_int_distribution<int64_t>(lower, upper)(engine);
  }
  template <typename T>
  std::vector<T> vector(int64_t count, int64_t lower, int64_t upper) {
    std::vector<T> values;
    for (int64_t i = 0; i < count; ++i)
      values.push_back(T(integer(lower, upper)));
    return values;
  }

private:
  std::mt19937_64 engine;
};

/// A product, its inputs, and what it has to give.
template <typename T>
struct Problem {
  Problem(const Case &test, int64_t lower, int64_t upper)
      : test(test), random(test.seed) {
    const Window &window = product.window = test.window;
    product.channels = test.channels;
    product.outChannels = test.outputs;
    product.height = test.height;
    product.width = test.width;
    auto extent = [&](int axis, int64_t in) {
      return test.isTransposed
                 ? 2 * in
                 : (in + window.padBegin[axis] + window.padEnd[axis] -
                    (window.kernel[axis] - 1) * window.dilations[axis] - 1) /
                           window.strides[axis] +
                       1;
    };
    product.outHeight = extent(0, test.height);
    product.outWidth = extent(1, test.width);
    product.weights =
        random.vector<int32_t>(product.taps() * test.channels * test.outputs,
                               -test.maxWeight, test.maxWeight);
    product.bias = random.vector<int64_t>(test.outputs, -5000, 5000);
    product.shift = random.vector<int32_t>(test.channels, 0, test.maxShift);
    for (int64_t c = 0; c < test.channels; ++c)
      product.padding.push_back(
          random.integer(-test.maxPadding, test.maxPadding) *
          (int64_t(1) << product.shift[size_t(c)]));
    product.inputBounds = {-(int64_t(1) << 40), int64_t(1) << 40};
    product.bounds = {-1000000, 1000000};
    product.biasBounds = {-1000100, 1000050};
    int64_t elements = test.height * test.width * test.channels;
    inputs = random.vector<T>(elements * test.samples, lower, upper);
    info = {test.realSamples, 0};
  }

  /// The sum of a cell, without its bounds.
  Int128 sumOf(int64_t sample, int64_t oh, int64_t ow, int64_t f) const {
    const Window &w = product.window;
    Int128 sum = 0;
    for (int64_t i = 0; i < w.kernel[0]; ++i)
      for (int64_t j = 0; j < w.kernel[1]; ++j) {
        int64_t y = oh * w.strides[0] - w.padBegin[0] + i * w.dilations[0];
        int64_t x = ow * w.strides[1] - w.padBegin[1] + j * w.dilations[1];
        if (test.isTransposed) {
          y = oh + (w.kernel[0] - 2) / 2 - i;
          x = ow + (w.kernel[1] - 2) / 2 - j;
          if (y % 2 || x % 2)
            continue;
          y /= 2;
          x /= 2;
        }
        bool isInside = y >= 0 && y < test.height && x >= 0 && x < test.width;
        for (int64_t c = 0; c < test.channels; ++c) {
          int64_t value =
              isInside ? int64_t(inputs[size_t(
                             ((sample * test.height + y) * test.width + x) *
                                 test.channels +
                             c)]) *
                             (int64_t(1) << product.shift[size_t(c)])
              : test.isTransposed ? 0
                                  : product.padding[size_t(c)];
          sum +=
              Int128(value) *
              product.weights[size_t(
                  ((i * w.kernel[1] + j) * test.channels + c) * test.outputs +
                  f)];
        }
      }
    return sum;
  }

  static int64_t bounded(Int128 value, IntegerRange range) {
    return value < range.lower   ? range.lower
           : value > range.upper ? range.upper
                                 : int64_t(value);
  }

  std::vector<int32_t> expected() const {
    std::vector<int32_t> values;
    for (int64_t n = 0; n < test.realSamples; ++n)
      for (int64_t oh = 0; oh < product.outHeight; ++oh)
        for (int64_t ow = 0; ow < product.outWidth; ++ow)
          for (int64_t f = 0; f < test.outputs; ++f) {
            Int128 sum = sumOf(n, oh, ow, f);
            values.push_back(int32_t(bounded(
                Int128(bounded(sum, product.bounds)) + product.bias[size_t(f)],
                product.biasBounds)));
          }
    return values;
  }

  /// What all kernels have in common; the result is 32-bit.
  TileRows tile(StorageType type, Guarded<T> &in, Guarded<int32_t> &out) {
    TileRows tile;
    tile.info = &info;
    tile.samples = test.samples;
    tile.sampleRows = int32_t(product.outHeight * product.outWidth);
    IntegerWindow &window = tile.window;
    window.in[0] = int32_t(test.height);
    window.in[1] = int32_t(test.width);
    window.out[0] = int32_t(product.outHeight);
    window.out[1] = int32_t(product.outWidth);
    for (int axis = 0; axis < 2; ++axis) {
      window.kernel[axis] = int32_t(test.window.kernel[axis]);
      window.strides[axis] =
          int32_t(test.isTransposed ? 2 : test.window.strides[axis]);
      window.dilations[axis] = int32_t(test.window.dilations[axis]);
      window.padBegin[axis] =
          int32_t(test.isTransposed ? (test.window.kernel[axis] - 2) / 2
                                    : test.window.padBegin[axis]);
    }
    window.isTransposed = test.isTransposed;
    tile.in = {in.data(), type};
    tile.channels = int32_t(test.channels);
    tile.sums.bounds = product.bounds;
    tile.sums.biasBounds = product.biasBounds;
    tile.sums.bias = product.bias.data();
    tile.epilogue.channels = int32_t(test.outputs);
    tile.epilogue.type = StorageType::I32;
    tile.epilogue.out = out.data();
    return tile;
  }

  size_t results() const {
    return size_t(test.samples * product.outHeight * product.outWidth *
                  test.outputs);
  }

  void check(Guarded<int32_t> &out) {
    std::vector<int32_t> values = expected(), found = out.values();
    EXPECT_TRUE(out.isUntouchedAfter(values.size()));
    found.resize(values.size());
    for (size_t i = 0; i < values.size(); ++i)
      ASSERT_EQ(found[i], values[i]) << "element " << i;
  }

  Case test;
  Generator random;
  Product product;
  std::vector<T> inputs;
  ChunkInfo info;
};

std::string textOf(const Case &test) {
  return std::to_string(test.channels) + " to " + std::to_string(test.outputs) +
         " channels, " + std::to_string(test.height) + " x " +
         std::to_string(test.width) + ", order " +
         std::to_string(int(test.order)) + ", seed " +
         std::to_string(test.seed);
}

/// `T` is what the kernel calls it; bytes without a sign are int8_t there.
template <typename T, typename Element, int Columns>
void checkBytes(const Case &test, StorageType type, size_t passes) {
  Problem<Element> problem(
      test,
      std::max<int64_t>(std::numeric_limits<Element>::min(), -test.maxInput),
      std::min<int64_t>(std::numeric_limits<Element>::max(), test.maxInput));
  if (type == StorageType::U8)
    for (int64_t &value : problem.product.padding)
      value = value < 0 ? -value : value;
  std::optional<BytePlan> plan =
      planBytes(problem.product, ProductRanges(), type);
  ASSERT_TRUE(plan);
  if (passes) {
    EXPECT_EQ(plan->passes.size(), passes);
  }
  ByteProduct<T, Columns> kernel;
  Guarded<Element> in(problem.inputs);
  Guarded<int32_t> out(problem.results());
  kernel.tile = problem.tile(type, in, out);
  std::copy(plan->passes.begin(), plan->passes.end(), kernel.passes);
  kernel.numPasses = int32_t(plan->passes.size());
  kernel.lastShift = plan->lastShift;
  int64_t words = (problem.product.taps() * test.channels + 31) / 32 * 8;
  kernel.words = int32_t(words);
  Guarded<uint32_t> weights(
      packWeights(problem.product, *plan, words, kernel.tileColumns));
  kernel.weights = weights.data();
  Guarded<T> padding(
      std::vector<T>(plan->padding.begin(), plan->padding.end()));
  if (!plan->padding.empty())
    kernel.padding = padding.data();
  ASSERT_EQ(runGrid(kernel, test.order), "");
  problem.check(out);
}

void checkBytes(const Case &test, size_t passes = 0) {
  SCOPED_TRACE(textOf(test));
  checkBytes<int8_t, int8_t, 4>(test, StorageType::I8, passes);
  checkBytes<int8_t, int8_t, 8>(test, StorageType::I8, passes);
  checkBytes<int8_t, uint8_t, 8>(test, StorageType::U8, passes);
  checkBytes<int16_t, int16_t, 4>(test, StorageType::I16, 2 * passes);
}

template <typename Operand, typename Sum, typename Value, typename Element>
void checkWide(const Case &test, StorageType type, int64_t limit) {
  SCOPED_TRACE(textOf(test));
  Problem<Element> problem(test, -limit, limit);
  WideProduct<Operand, Sum, Value> kernel;
  Guarded<Element> in(problem.inputs);
  Guarded<int32_t> out(problem.results());
  kernel.tile = problem.tile(type, in, out);
  kernel.terms = int32_t(problem.product.taps() * test.channels);
  Guarded<int32_t> weights(problem.product.weights);
  kernel.weights = weights.data();
  kernel.shift = problem.product.shift.data();
  kernel.inputBounds = problem.product.inputBounds;
  if (test.maxPadding)
    kernel.padding = problem.product.padding.data();
  ASSERT_EQ(runGrid(kernel, test.order), "");
  problem.check(out);
}

/// All of them, with sums that need as many bits as they have.
void checkWide(const Case &test) {
  checkWide<int32_t, int32_t, int32_t, int8_t>(test, StorageType::I8, 127);
  Case large = test;
  large.maxWeight = INT32_MAX;
  large.maxPadding = test.maxPadding ? 1000000 : 0;
  checkWide<int32_t, int64_t, int64_t, int32_t>(large, StorageType::I32,
                                                500000);
  large.maxShift += 8;
  checkWide<int64_t, Int128, int64_t, int64_t>(large, StorageType::I64,
                                               int64_t(1) << 26);
}

Window makeWindow(int64_t kernel, int64_t stride, int64_t dilation,
                  int64_t pad) {
  Window window;
  for (int axis = 0; axis < 2; ++axis) {
    window.kernel[axis] = kernel;
    window.strides[axis] = stride + axis;
    window.dilations[axis] = dilation;
    window.padBegin[axis] = pad;
    window.padEnd[axis] = pad + axis;
  }
  return window;
}

/// Windows with and without padding, and values that stand there.
std::vector<Case> windows(int64_t channels, int64_t outputs) {
  std::vector<Case> cases;
  for (int kind = 0; kind < 5; ++kind) {
    Case test;
    test.channels = channels;
    test.outputs = outputs;
    test.height = 5;
    test.width = 4;
    test.seed = unsigned(kind + 1);
    test.order = Order(kind % 3);
    test.window = kind == 0   ? makeWindow(1, 1, 1, 0)
                  : kind == 1 ? makeWindow(3, 1, 1, 1)
                  : kind == 2 ? makeWindow(2, 2, 2, 2)
                  : kind == 3 ? makeWindow(3, 3, 1, 0)
                              : makeWindow(4, 1, 1, 0);
    test.isTransposed = kind == 4;
    test.maxPadding = kind == 1 ? 100 : 0;
    test.maxShift = kind == 2 ? 5 : 0;
    cases.push_back(test);
  }
  return cases;
}

} // namespace

TEST(IntegerProductsTest, BytesOfOddChannels) {
  for (int64_t channels : {1, 3, 4, 5, 12, 31, 32, 33, 64})
    for (Case test : windows(channels, 7)) {
      checkBytes(test);
      if (HasFatalFailure())
        return;
    }
}

TEST(IntegerProductsTest, BytesOfOddOutputs) {
  for (int64_t outputs : {1, 4, 31, 32, 33, 63, 64, 65, 130})
    for (Case test : windows(8, outputs)) {
      checkBytes(test);
      if (HasFatalFailure())
        return;
    }
}

TEST(IntegerProductsTest, BytesOfManyChannels) {
  for (int64_t channels : {4093, 4096}) {
    Case test;
    test.channels = channels;
    test.outputs = 10;
    test.samples = 3;
    test.realSamples = 3;
    test.maxWeight = 3;
    test.order = Order::Shuffled;
    checkBytes(test, 1);
  }
}

/// Several blocks of rows, the last one with a tail.
TEST(IntegerProductsTest, BytesOfManyRows) {
  for (Order order : {Order::Forward, Order::Backward, Order::Shuffled})
    for (int samples : {0, 1, 4, 5}) {
      Case test;
      test.channels = 36;
      test.outputs = 40;
      test.height = 9;
      test.width = 9;
      test.samples = 5;
      test.realSamples = samples;
      test.window = makeWindow(3, 1, 1, 1);
      test.order = order;
      checkBytes(test);
    }
}

/// Weights of several bytes, and inputs whose shifts make them so.
TEST(IntegerProductsTest, BytesInPasses) {
  Case test;
  test.channels = 12;
  test.outputs = 33;
  test.height = test.width = 3;
  test.window = makeWindow(2, 1, 1, 1);
  test.maxWeight = 7;
  test.maxShift = 4;
  checkBytes(test, 1);
  test.maxWeight = 100;
  test.maxPadding = 9;
  test.maxInput = 1000;
  checkBytes(test, 2);
  test.maxWeight = 32767;
  test.maxShift = 0;
  test.maxPadding = 0;
  checkBytes<int8_t, int8_t, 4>(test, StorageType::I8, 3);
  test.maxWeight = 32600;
  checkBytes(test, 2);
}

/// What all inputs are shifted by is done at the end.
TEST(IntegerProductsTest, CommonShift) {
  Case test;
  test.channels = 5;
  Problem<int8_t> problem(test, -1, 1);
  problem.product.shift = {9, 9, 10, 9, 9};
  std::optional<BytePlan> plan =
      planBytes(problem.product, ProductRanges(), StorageType::I8);
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->lastShift, 9);
  problem.product.shift = {2, 2, 2, 2, 2};
  plan = planBytes(problem.product, ProductRanges(), StorageType::I8);
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->lastShift, 2);
  EXPECT_EQ(plan->passes.size(), 1u);
}

/// Where bytes would not be exact.
TEST(IntegerProductsTest, NoBytes) {
  Case test;
  test.channels = 2;
  test.window = makeWindow(2, 1, 1, 1);
  test.height = test.width = 3;
  Problem<int8_t> problem(test, -1, 1);
  ProductRanges ranges;
  Product &product = problem.product;
  EXPECT_TRUE(planBytes(product, ranges, StorageType::I8));
  EXPECT_FALSE(planBytes(product, ranges, StorageType::I32));
  ranges.shiftSaturates = true;
  EXPECT_FALSE(planBytes(product, ranges, StorageType::I8));
  ranges.shiftSaturates = false;
  product.shift = {3, 3};
  product.padding = {8, -1024};
  EXPECT_TRUE(planBytes(product, ranges, StorageType::I8));
  EXPECT_FALSE(planBytes(product, ranges, StorageType::U8));
  product.padding = {4, 8};
  EXPECT_FALSE(planBytes(product, ranges, StorageType::I8));
  product.padding = {1024, 8};
  EXPECT_FALSE(planBytes(product, ranges, StorageType::I8));
  EXPECT_TRUE(planBytes(product, ranges, StorageType::I16));
  product.padding = {0, 0};
  product.shift = {32, 0};
  EXPECT_FALSE(planBytes(product, ranges, StorageType::I8));
}

TEST(IntegerProductsTest, WideOddChannels) {
  for (int64_t channels : {1, 3, 8, 9, 33})
    for (Case test : windows(channels, 7)) {
      checkWide(test);
      if (HasFatalFailure())
        return;
    }
}

TEST(IntegerProductsTest, WideOddOutputs) {
  for (int64_t outputs : {1, 4, 63, 64, 65, 130})
    for (Case test : windows(3, outputs)) {
      checkWide(test);
      if (HasFatalFailure())
        return;
    }
}

TEST(IntegerProductsTest, WideManyChannelsAndRows) {
  for (Order order : {Order::Forward, Order::Backward, Order::Shuffled}) {
    Case test;
    test.channels = 4096;
    test.outputs = 3;
    test.samples = 3;
    test.order = order;
    checkWide(test);
    test.channels = 5;
    test.height = test.width = 6;
    test.realSamples = 2;
    test.window = makeWindow(3, 1, 1, 1);
    checkWide(test);
    test.realSamples = 0;
    checkWide(test);
  }
}

/// Sums wrap around, are bounded once, or in a wider buffer.
TEST(IntegerProductsTest, Bounds) {
  int64_t bias[] = {10, -10};
  SumBounds bounds;
  bounds.bounds = {-100, 99};
  bounds.biasBounds = {-105, 105};
  bounds.bias = bias;
  EXPECT_EQ((finishSum<int32_t>(bounds, int32_t(500), 0)), 105);
  EXPECT_EQ((finishSum<int32_t>(bounds, int32_t(500), 1)), 89);
  EXPECT_EQ((finishSum<int32_t>(bounds, int32_t(-500), 0)), -90);
  EXPECT_EQ((finishSum<int32_t>(bounds, int32_t(-500), 1)), -105);
  bounds.saturatesOnce = true;
  EXPECT_EQ((finishSum<int32_t>(bounds, int32_t(102), 1)), 92);
  bounds.wrapsAround = true;
  int64_t wrapping = (int64_t(5) << 32) + 7;
  EXPECT_EQ((finishSum<int64_t>(bounds, wrapping, 0)), 17);
  EXPECT_EQ((finishSum<int64_t>(bounds, Int128(wrapping), 1)), -3);
  EXPECT_EQ((finishSum<int64_t>(bounds, int64_t(1) << 31, 0)), -105);
  bounds.wrapsAround = false;
  EXPECT_EQ((finishSum<int64_t>(bounds, Int128(wrapping) << 60, 0)), 105);
}
