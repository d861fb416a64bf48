//===- MomentsTest.cpp - What layers multiply, summed up ------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "qml/Recovery/Moments.h"

#include "gtest/gtest.h"

#include <random>

using namespace qml;

namespace {

struct Data {
  ProductGeometry geometry;
  int64_t samples = 3;
  std::vector<int16_t> codes;
  std::vector<float> targets;

  Data(ProductGeometry layer, int most, unsigned seed)
      : geometry(std::move(layer)) {
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

  Moments collect(bool withProducts, int threads, int64_t block,
                  int64_t step = 1) const {
    MomentCollector collector(geometry, withProducts, threads, step);
    int64_t image = geometry.height * geometry.width * geometry.channels;
    int64_t result = geometry.cells() * geometry.outputs;
    for (int64_t first = 0; first < samples; first += block) {
      int64_t size = std::min(block, samples - first);
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
    ASSERT_EQ(moments.count, (cells + step - 1) / step);
    for (int64_t b = 0; b != moments.blocks; ++b)
      for (int64_t i = 0; i != moments.inputs; ++i) {
        double sum = 0;
        for (int64_t cell = 0; cell < cells; cell += step)
          sum += input(cell, b, i);
        EXPECT_EQ(moments.inputSums[b * moments.inputs + i], sum);
        if (moments.products.empty())
          continue;
        for (int64_t j = 0; j <= i; ++j) {
          double product = 0;
          for (int64_t cell = 0; cell < cells; cell += step)
            product += input(cell, b, i) * input(cell, b, j);
          EXPECT_EQ(
              moments.products[(b * moments.inputs + i) * moments.inputs + j],
              product);
        }
        for (int64_t f = 0; f != moments.outputs; ++f) {
          double product = 0, size = 1e-30;
          for (int64_t cell = 0; cell < cells; cell += step) {
            double term =
                input(cell, b, i) *
                targets[cell * geometry.outputs + (geometry.depthwise ? b : f)];
            product += term;
            size += std::fabs(term);
          }
          EXPECT_NEAR(
              moments.cross[(b * moments.inputs + i) * moments.outputs + f],
              product, 1e-5 * size);
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
      MomentCollector collector(geometry, true, 1);
      ASSERT_TRUE(collector.add(bytes.data(), ElementType::I8,
                                data.targets.data(), data.samples));
      EXPECT_EQ(collector.get().inputSums, wide.inputSums);
      EXPECT_EQ(collector.get().products, wide.products);
      EXPECT_EQ(collector.get().cross, wide.cross);
      EXPECT_EQ(collector.get().outputSums, wide.outputSums);
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
  EXPECT_TRUE(means.products.empty());
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
            EXPECT_EQ(ofBytes.get().inputSums, means.inputSums);
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
  EXPECT_EQ(one.cross, four.cross);
  EXPECT_EQ(one.products, four.products);
  EXPECT_EQ(one.outputSums, four.outputSums);
}

} // namespace
