//===- MomentsTest.cpp - What layers multiply, summed up ------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "qml/Recovery/Moments.h"

#include "gtest/gtest.h"

#include <cfloat>
#include <cmath>
#include <random>

using namespace qml;

namespace {

struct Data {
  ProductGeometry geometry;
  int64_t samples;
  std::vector<int16_t> codes;
  std::vector<float> targets;

  Data(ProductGeometry layer, int most, unsigned seed, int64_t count = 3)
      : geometry(std::move(layer)), samples(count) {
    std::mt19937 random(seed);
    std::uniform_int_distribution<int> code(-most, most);
    std::uniform_real_distribution<float> value(-2.0f, 2.0f);
    codes.resize(samples * geometry.height * geometry.width *
                 geometry.channels);
    for (int16_t &c : codes)
      c = int16_t(code(random));
    targets.resize(samples * geometry.cells() * geometry.outputs);
    for (float &t : targets)
      t = value(random);
  }

  /// Of the targets of all samples.
  std::vector<int> exponents() const {
    std::vector<int32_t> largest(geometry.outputs, 0);
    findLargest(targets.data(), samples * geometry.cells(), geometry.outputs,
                largest.data());
    std::vector<int> found;
    for (int32_t key : largest)
      found.push_back(findExponent(key));
    return found;
  }

  Moments collect(bool withProducts, int threads, int64_t block,
                  int64_t step = 1) const {
    return collectSome(withProducts, threads, block, step, 0, samples);
  }

  Moments collectSome(bool withProducts, int threads, int64_t block,
                      int64_t step, int64_t begin, int64_t end) const {
    MomentCollector collector(geometry, withProducts, threads, step,
                              exponents());
    int64_t image = geometry.height * geometry.width * geometry.channels;
    int64_t result = geometry.cells() * geometry.outputs;
    for (int64_t first = begin; first < end; first += block) {
      int64_t size = std::min(block, end - first);
      std::vector<float> taken;
      for (int64_t cell = 0; cell < size * geometry.cells(); cell += step) {
        const float *from =
            targets.data() + first * result + cell * geometry.outputs;
        taken.insert(taken.end(), from, from + geometry.outputs);
      }
      collector.add(codes.data() + first * image, taken.data(), size);
    }
    return collector.get();
  }

  /// Input k of a block for a cell.
  double input(int64_t cell, int64_t block, int64_t k) const {
    const ProductGeometry &g = geometry;
    int64_t sample = cell / g.cells(), place = cell % g.cells();
    int64_t tap = g.depthwise ? k : k / g.channels;
    int64_t channel = g.depthwise ? block : k % g.channels;
    int64_t row = place / g.outWidth * g.window.strides[0] -
                  g.window.padBegin[0] +
                  tap / g.window.kernel[1] * g.window.dilations[0];
    int64_t column = place % g.outWidth * g.window.strides[1] -
                     g.window.padBegin[1] +
                     tap % g.window.kernel[1] * g.window.dilations[1];
    if (row < 0 || row >= g.height || column < 0 || column >= g.width)
      return g.padding.empty() ? 0
                               : g.padding[g.padding.size() == 1 ? 0 : channel];
    return codes[((sample * g.height + row) * g.width + column) * g.channels +
                 channel];
  }

  void check(const Moments &moments, int64_t step = 1) const {
    int64_t cells = samples * geometry.cells();
    ASSERT_EQ(moments.count(), (cells + step - 1) / step);
    std::vector<int> steps = exponents();
    for (int64_t b = 0; b != moments.blocks; ++b)
      for (int64_t i = 0; i != moments.inputs; ++i) {
        double sum = 0;
        for (int64_t cell = 0; cell < cells; cell += step)
          sum += input(cell, b, i);
        EXPECT_EQ(moments.inputSum(b, i), sum);
        if (!moments.hasProducts)
          continue;
        for (int64_t j = 0; j <= i; ++j) {
          double product = 0;
          for (int64_t cell = 0; cell < cells; cell += step)
            product += input(cell, b, i) * input(cell, b, j);
          EXPECT_EQ(moments.product(b, i, j), product);
        }
        for (int64_t f = 0; f != moments.outputs; ++f) {
          // Integers of 16 bits in place of floats, no other difference.
          double product = 0, sum = 0;
          int64_t output = geometry.depthwise ? b : f;
          for (int64_t cell = 0; cell < cells; cell += step) {
            float target = targets[cell * geometry.outputs + output];
            double code =
                std::nearbyint(std::ldexp(double(target), -steps[output]));
            ASSERT_LE(std::fabs(code), 32767);
            product += input(cell, b, i) * code;
            sum += code;
          }
          EXPECT_EQ(moments.cross(b, i, f), std::ldexp(product, steps[output]));
          EXPECT_EQ(moments.outputSum(b, f), std::ldexp(sum, steps[output]));
        }
      }
  }
};

ProductGeometry makeConvolution(bool depthwise) {
  ProductGeometry geometry;
  geometry.window.kernel[0] = 3;
  geometry.window.kernel[1] = 2;
  geometry.window.strides[0] = 2;
  geometry.window.padBegin[0] = 1;
  geometry.window.padEnd[0] = 1;
  geometry.window.padEnd[1] = 1;
  geometry.height = 9;
  geometry.width = 7;
  geometry.channels = depthwise ? 5 : 3;
  geometry.outHeight = 5;
  geometry.outWidth = 7;
  geometry.outputs = depthwise ? 5 : 18;
  geometry.depthwise = depthwise;
  return geometry;
}

TEST(MomentsTest, Convolution) {
  Data data(makeConvolution(false), 127, 1);
  data.check(data.collect(true, 1, 3));
}

TEST(MomentsTest, Depthwise) {
  Data data(makeConvolution(true), 127, 2);
  data.check(data.collect(true, 1, 3));
}

TEST(MomentsTest, PaddingWithValues) {
  ProductGeometry geometry = makeConvolution(false);
  geometry.padding = {7, -100, 12};
  Data data(geometry, 255, 3);
  data.check(data.collect(true, 2, 3));
}

/// Codes of a byte are read as they are, what surrounds them may be wider.
TEST(MomentsTest, CodesOfBytes) {
  for (bool depthwise : {false, true})
    for (int32_t padding : {-100, 1000}) {
      ProductGeometry geometry = makeConvolution(depthwise);
      geometry.padding = {padding};
      if (depthwise)
        geometry.channels = geometry.outputs = 37;
      Data data(geometry, 127, 10);
      Moments wide = data.collect(true, 2, 3);
      data.check(wide);
      std::vector<int8_t> bytes(data.codes.begin(), data.codes.end());
      MomentCollector collector(geometry, true, 1, 1, data.exponents());
      ASSERT_TRUE(collector.add(bytes.data(), ElementType::I8,
                                data.targets.data(), data.samples));
      EXPECT_EQ(collector.get().words(), wide.words());
    }
}

TEST(MomentsTest, CodesOf16Bits) {
  Data data(makeConvolution(false), 32767, 4);
  data.check(data.collect(true, 2, 3));
  Data depthwise(makeConvolution(true), 32767, 4);
  depthwise.check(depthwise.collect(true, 2, 3));
}

TEST(MomentsTest, MeansAlone) {
  Data data(makeConvolution(true), 127, 5);
  Moments means = data.collect(false, 2, 2);
  EXPECT_FALSE(means.hasProducts);
  data.check(means);
}

/// Rows and columns are summed up once for all taps that meet them.
TEST(MomentsTest, MeansOfAnyWindow) {
  for (bool depthwise : {false, true})
    for (int64_t stride : {1, 2, 3})
      for (int64_t dilation : {1, 2})
        for (int64_t pad : {0, 1, 5})
          for (int64_t kernel : {1, 2, 3}) {
            ProductGeometry geometry;
            geometry.depthwise = depthwise;
            geometry.height = 7;
            geometry.width = 9;
            geometry.channels = depthwise ? 83 : 5;
            geometry.outputs = depthwise ? 83 : 2;
            geometry.padding = {3};
            auto extent = [&](int64_t size) {
              return (size + 2 * pad - (kernel - 1) * dilation - 1) / stride +
                     1;
            };
            for (int axis : {0, 1}) {
              geometry.window.kernel[axis] = kernel;
              geometry.window.strides[axis] = stride;
              geometry.window.dilations[axis] = dilation;
              geometry.window.padBegin[axis] = pad;
              geometry.window.padEnd[axis] = pad;
            }
            geometry.outHeight = extent(7);
            geometry.outWidth = extent(9);
            Data data(geometry, 127, 9);
            Moments means = data.collect(false, 2, 3);
            data.check(means);
            // The same in a byte each.
            std::vector<int8_t> bytes(data.codes.begin(), data.codes.end());
            MomentCollector ofBytes(geometry, false, 1);
            ASSERT_TRUE(ofBytes.add(bytes.data(), ElementType::I8, nullptr, 3));
            EXPECT_EQ(ofBytes.get().words(), means.words());
          }
}

TEST(MomentsTest, StepsOverCells) {
  Data data(makeConvolution(false), 127, 8);
  data.check(data.collect(true, 2, 3, 4), 4);
  Data depthwise(makeConvolution(true), 127, 8);
  depthwise.check(depthwise.collect(true, 2, 3, 4), 4);
}

TEST(MomentsTest, StepsLeaveEnoughCells) {
  ProductGeometry geometry = makeConvolution(false);
  EXPECT_EQ(MomentCollector::stepFor(geometry, 100), 1);
  geometry.outHeight = geometry.outWidth = 112;
  int64_t step = MomentCollector::stepFor(geometry, 256);
  EXPECT_GT(step, 32);
  EXPECT_GE(256 * 112 * 112 / step, 1 << 15);
  // Not the same columns again and again.
  EXPECT_NE(step % 2, 0);
  EXPECT_NE(step % 7, 0);
}

TEST(MomentsTest, DenseOfManyCells) {
  ProductGeometry geometry;
  geometry.height = geometry.outHeight = 300;
  geometry.channels = 6;
  geometry.outputs = 2;
  Data data(geometry, 127, 6);
  data.check(data.collect(true, 2, 3));
}

TEST(MomentsTest, ThreadsChangeNoBit) {
  Data data(makeConvolution(false), 127, 7);
  Moments one = data.collect(true, 1, 3), four = data.collect(true, 4, 3);
  EXPECT_EQ(one.words(), four.words());
}

/// Whoever takes which samples, in whichever pieces, and however they meet: by
/// `merge`, or as words that are added up.
TEST(MomentsTest, SplitsChangeNoBit) {
  for (bool depthwise : {false, true})
    for (int most : {127, 4000, 32767}) {
      Data data(makeConvolution(depthwise), most, 20, 11);
      for (bool withProducts : {false, true}) {
        Moments all = data.collect(withProducts, 3, 11);
        data.check(all);
        EXPECT_EQ(data.collect(withProducts, 1, 1).words(), all.words());
        EXPECT_EQ(data.collect(withProducts, 2, 4).words(), all.words());
        Moments parts[3] = {data.collectSome(withProducts, 1, 2, 1, 0, 3),
                            data.collectSome(withProducts, 2, 3, 1, 3, 4),
                            data.collectSome(withProducts, 1, 5, 1, 4, 11)};
        Moments forth = parts[0], back = parts[2], inner = parts[1];
        ASSERT_TRUE(bool(forth.merge(parts[1])));
        ASSERT_TRUE(bool(forth.merge(parts[2])));
        ASSERT_TRUE(bool(back.merge(parts[1])));
        ASSERT_TRUE(bool(back.merge(parts[0])));
        // (0 + (1 + 2)) as well as ((0 + 1) + 2).
        ASSERT_TRUE(bool(inner.merge(parts[2])));
        ASSERT_TRUE(bool(inner.merge(parts[0])));
        EXPECT_EQ(forth.words(), all.words());
        EXPECT_EQ(back.words(), all.words());
        EXPECT_EQ(inner.words(), all.words());
        // As communicators do it: words are all of a state.
        Moments received(data.geometry, withProducts, data.exponents());
        for (const Moments &part : parts)
          for (size_t i = 0; i != received.words().size(); ++i)
            received.words()[i] += part.words()[i];
        data.check(received);
      }
    }
}

/// Of a turn of samples each, with a step over cells: as processes take them.
TEST(MomentsTest, TurnsOfSteps) {
  for (bool depthwise : {false, true}) {
    Data data(makeConvolution(depthwise), 127, 21, 10);
    Moments all = data.collect(true, 2, 4, 3);
    Moments first = data.collectSome(true, 1, 4, 3, 0, 4);
    ASSERT_TRUE(bool(first.merge(data.collectSome(true, 3, 4, 3, 4, 10))));
    EXPECT_EQ(first.words(), all.words());
  }
}

/// Sums of as many cells as are allowed fit, and one more is refused.
TEST(MomentsTest, MostCells) {
  ProductGeometry geometry;
  geometry.height = geometry.outHeight = 128;
  geometry.channels = geometry.outputs = 3;
  for (bool depthwise : {false, true})
    for (bool withProducts : {false, true})
      for (int sign : {1, -1}) {
        geometry.depthwise = depthwise;
        Data data(geometry, 1, 1, 1);
        // The most extreme codes, and targets that are all the largest.
        std::fill(data.codes.begin(), data.codes.end(), int16_t(-32768));
        std::fill(data.targets.begin(), data.targets.end(),
                  float(sign) * 32767.0f);
        Moments sums = data.collect(withProducts, 1, 1);
        ASSERT_EQ(sums.count(), 128);
        while (sums.count() != sums.mostCells())
          ASSERT_TRUE(bool(sums.merge(Moments(sums))));
        double cells = double(sums.mostCells());
        EXPECT_EQ(double(sums.inputSum(0, 0)), -32768.0 * cells);
        if (withProducts) {
          EXPECT_EQ(double(sums.product(0, 0, 0)), 32768.0 * 32768 * cells);
          EXPECT_EQ(sums.cross(0, 0, 0), -32768.0 * 32767 * sign * cells);
          EXPECT_EQ(sums.outputSum(0, 0), 32767.0 * sign * cells);
        }
        Status status = sums.merge(data.collect(withProducts, 1, 1));
        ASSERT_FALSE(bool(status));
        EXPECT_NE(status.message().find("do not fit into 64 bits"),
                  std::string::npos);
      }
}

TEST(MomentsTest, StepsOfTargets) {
  auto exponentOf = [](float largest) {
    int32_t key = 0;
    findLargest(&largest, 1, 1, &key);
    return findExponent(key);
  };
  EXPECT_EQ(exponentOf(0), 0);
  EXPECT_EQ(exponentOf(32767), 0);
  // Would round to 32768.
  EXPECT_EQ(exponentOf(32767.75f), 1);
  EXPECT_EQ(exponentOf(-1), -14);
  EXPECT_EQ(exponentOf(FLT_MAX), 114);
  EXPECT_EQ(exponentOf(FLT_TRUE_MIN), -126);
  // Keys merge by maximum, and what is no number outlasts it.
  const float values[] = {1, -3, 2, INFINITY, NAN, 0};
  std::vector<int32_t> keys(2, 0);
  findLargest(values, 3, 2, keys.data());
  EXPECT_GT(keys[0], 0x7f800000);
  EXPECT_EQ(keys[1], 0x7f800000);
  keys.assign(2, 0);
  findLargest(values, 1, 2, keys.data());
  const float more[] = {2, 0};
  findLargest(more, 1, 2, keys.data());
  EXPECT_EQ(keys, (std::vector<int32_t>{0x40000000, 0x40400000}));
}

} // namespace
