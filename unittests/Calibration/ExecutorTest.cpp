//===- ExecutorTest.cpp - Tests of the CPU's float executor ---------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
#include "Networks.h"

#include <cmath>

using namespace qml;
using namespace qml::test;

/// Keeps the last tensor alone, so that all that can be is fused, and then all
/// tensors, so that nothing is.
static void checkNetwork(const Network &network, int64_t samples = 5) {
  auto source = network.samples(samples);
  int last = int(network.program.tensors.size()) - 1;
  expectValues(network, *source, samples, {last});
  std::vector<int> all;
  for (int i = 0; i <= last; ++i)
    all.push_back(i);
  expectValues(network, *source, samples, all);
  expectValues(network, *source, samples, {last}, 1, 1);
}

/// Makes inputs from 0 to 255 handy.
static int scaled(Network &network) {
  return network.rescaling(network.program.inputs[0].tensor, {1 / 128.f},
                           {-1.f});
}

TEST(Executor, convolutions) {
  for (int64_t channels : {1, 3, 5, 8, 16, 19, 32})
    for (int64_t filters : {1, 7, 16, 33})
      for (int64_t kernel : {1, 3}) {
        Network network({9, 11, channels}, ElementType::U8);
        int x = scaled(network);
        Window window = sameWindow(network.shapeOf(x), kernel, 1);
        x = network.conv(x, filters, window, channels % 2);
        network.relu(x);
        SCOPED_TRACE(testing::Message()
                     << channels << " " << filters << " " << kernel);
        checkNetwork(network);
      }
}

TEST(Executor, stridesAndPads) {
  for (int64_t strides : {1, 2, 3})
    for (int64_t kernel : {2, 3, 5, 7}) {
      Network network({13, 10, 3}, ElementType::I8);
      int x = network.conv(network.program.inputs[0].tensor, 20,
                           sameWindow({13, 10}, kernel, strides));
      x = network.relu(x, 6.f);
      network.conv(x, 17, sameWindow(network.shapeOf(x), kernel, 1));
      SCOPED_TRACE(testing::Message() << strides << " " << kernel);
      checkNetwork(network);
    }
  // Not the same on all sides, and wider than the kernel.
  Network network({8, 9, 4});
  Window window = validWindow(3, 2);
  window.padBegin[0] = 1;
  window.padEnd[0] = 5;
  window.padBegin[1] = 4;
  int x = network.conv(scaled(network), 8, window);
  window = {{1, 5}, {1, 2}, {1, 1}, {0, 2}, {0, 1}};
  network.conv(x, 6, window);
  checkNetwork(network);
}

TEST(Executor, dilations) {
  Network network({15, 14, 6});
  int x = network.conv(scaled(network), 8, sameWindow({15, 14}, 3, 1, 2));
  x = network.depthwise(x, sameWindow({15, 14}, 3, 1, 3));
  network.averagePool(x, sameWindow(network.shapeOf(x), 3, 2));
  network.maxPool(x, validWindow(2, 2, 3));
  checkNetwork(network);
}

TEST(Executor, depthwise) {
  for (int64_t channels : {1, 2, 3, 8, 12, 16, 24, 35, 64})
    for (int64_t strides : {1, 2})
      for (int64_t kernel : {3, 5}) {
        Network network({12, 9, channels}, ElementType::U8);
        int x = scaled(network);
        x = network.depthwise(
            x, sameWindow(network.shapeOf(x), kernel, strides), channels % 3);
        x = network.relu(x, 6.f);
        network.conv(x, 10, validWindow(1, 1));
        SCOPED_TRACE(testing::Message()
                     << channels << " " << strides << " " << kernel);
        checkNetwork(network);
      }
}

TEST(Executor, paddingValues) {
  for (bool perChannel : {false, true}) {
    Network network({7, 6, 3}, ElementType::U8);
    std::vector<float> values = {-1.5f};
    if (perChannel)
      values = {-1.5f, .25f, 3.f};
    int x = network.conv(network.program.inputs[0].tensor, 18,
                         sameWindow({7, 6}, 3, 2), true, values);
    if (perChannel)
      values = network.values(18);
    network.depthwise(x, sameWindow(network.shapeOf(x), 3, 1), false, values);
    checkNetwork(network);
  }
}

TEST(Executor, dense) {
  Network network({6, 5, 3}, ElementType::I16);
  int x =
      network.rescaling(network.program.inputs[0].tensor, {1 / 32768.f}, {0.f});
  x = network.conv(x, 20, validWindow(3, 1));
  x = network.view(x, {4 * 3 * 20});
  x = network.dense(x, 31);
  x = network.relu(x);
  x = network.dense(x, 10, false);
  network.softmax(x);
  checkNetwork(network);
}

TEST(Executor, denseOverMoreAxes) {
  Network network({4, 6});
  int x = network.dense(scaled(network), 5);
  x = network.relu(x);
  x = network.batchNorm(x);
  x = network.view(x, {2, 2, 5});
  x = network.dense(x, 17);
  network.softmax(x);
  network.softmax(x, /*isLogarithm=*/true);
  checkNetwork(network);
}

TEST(Executor, batchNorms) {
  for (int64_t channels : {3, 16, 20}) {
    Network network({6, 7, channels}, ElementType::U8);
    int x = scaled(network);
    x = network.batchNorm(x);
    x = network.conv(x, channels + 1, sameWindow({6, 7}, 3, 1));
    x = network.batchNorm(x);
    x = network.relu(x, 1.f);
    x = network.depthwise(x, sameWindow({6, 7}, 3, 1));
    x = network.batchNorm(x);
    network.rescaling(x, network.values(channels + 1), {.5f});
    checkNetwork(network);
  }
}

TEST(Executor, pools) {
  for (int64_t channels : {1, 3, 8, 16, 21, 80}) {
    Network network({11, 10, 2}, ElementType::U8);
    int x = network.conv(scaled(network), channels, sameWindow({11, 10}, 3, 1));
    x = network.maxPool(x, sameWindow({11, 10}, 3, 2));
    x = network.relu(x);
    x = network.maxPool(x, validWindow(2, 2));
    x = network.mean(x);
    network.dense(x, 4);
    checkNetwork(network);
  }
}

TEST(Executor, zeroPadding) {
  Network network({5, 5, 3}, ElementType::U8);
  int x = network.zeroPadding(network.program.inputs[0].tensor, 1, 2, 3, 0);
  x = network.conv(x, 20, validWindow(3, 2));
  x = network.relu(x);
  network.zeroPadding(x, 0, 1, 1, 0);
  checkNetwork(network);
}

TEST(Executor, sums) {
  for (int64_t channels : {3, 16, 24}) {
    Network network({8, 8, 3}, ElementType::U8);
    network.weightScale = 1 / 8.f;
    Window window = sameWindow({8, 8}, 3, 1);
    int x = network.conv(scaled(network), channels, window);
    x = network.relu(x);
    for (int block = 0; block < 3; ++block) {
      int y = network.conv(x, channels, window);
      y = network.relu(y);
      y = network.conv(y, channels, window);
      x = block == 1 ? network.sum(x, y) : network.sum(y, x);
      if (block != 2)
        x = network.relu(x, 4.f);
    }
    int twice = network.sum(x, x);
    network.sum(twice, x);
    checkNetwork(network);
  }
}

/// In layouts of blocks that are not full, and of vectors.
TEST(Executor, activationsAndProducts) {
  for (int64_t channels : {3, 16, 20}) {
    Network network({6, 5, 3}, ElementType::U8);
    network.weightScale = 1 / 16.f;
    Window window = sameWindow({6, 5}, 3, 1);
    int x = network.conv(scaled(network), channels, window);
    for (int function = 0; function <= int(ScalarFunction::Exponential);
         ++function) {
      int y = network.activation(x, ScalarFunction(function), .25f);
      y = network.conv(y, channels, window);
      y = network.activation(y, ScalarFunction::Tanh);
      int gate = network.activation(network.mean(y), ScalarFunction::Sigmoid);
      x = network.product(network.product(x, y), gate);
      x = network.conv(x, channels, window);
    }
    checkNetwork(network);
  }
}

TEST(Executor, sumsOfValuesThatAreStillNeeded) {
  Network network({6, 6, 4}, ElementType::U8);
  Window window = sameWindow({6, 6}, 3, 1);
  int a = network.conv(scaled(network), 16, window);
  int b = network.conv(a, 16, window);
  int c = network.conv(b, 16, window);
  int s = network.sum(a, b);
  int t = network.sum(s, c);
  int u = network.conv(a, 16, window);
  int v = network.sum(t, u);
  int w = network.view(v, {36, 16});
  int r = network.relu(w);
  int z = network.view(v, {6, 6, 16});
  network.sum(network.view(r, {6, 6, 16}), z);
  checkNetwork(network);
}

/// A view shares the memory of what it is a view of: a convolution of that
/// can't add its sums up there.
TEST(Executor, sumsOfViewsOfInputs) {
  for (bool isFirst : {false, true}) {
    Network network({6, 6, 4}, ElementType::U8);
    Window window = sameWindow({6, 6}, 3, 1);
    int a = network.conv(scaled(network), 16, window);
    int view = network.view(a, {6, 6, 16});
    int b = network.conv(a, 16, window);
    network.sum(isFirst ? view : b, isFirst ? b : view);
    checkNetwork(network);
  }
}

TEST(Executor, largeImagesThenLargeWeights) {
  // The first steps run sample by sample, the others do not, and some values
  // are needed in both.
  Network network({48, 44, 3}, ElementType::U8);
  network.weightScale = 1 / 4.f;
  int x = network.conv(scaled(network), 16, sameWindow({48, 44}, 3, 1));
  x = network.relu(x);
  int y = network.conv(x, 16, sameWindow({48, 44}, 3, 1));
  y = network.sum(x, y);
  int small = network.maxPool(y, validWindow(4, 4));
  int z = network.conv(small, 16, sameWindow({12, 11}, 3, 1));
  z = network.sum(z, small);
  z = network.view(z, {12 * 11 * 16});
  z = network.dense(z, 200);
  z = network.relu(z);
  network.observe(network.view(z, {10, 20}));
  int mean = network.mean(y);
  network.dense(mean, 16);
  checkNetwork(network);
}

TEST(Executor, inputsThatAreUsedTwice) {
  Network network({6, 6, 3}, ElementType::U8);
  int a = network.conv(network.program.inputs[0].tensor, 8,
                       sameWindow({6, 6}, 3, 1));
  int x = scaled(network);
  int b = network.conv(x, 8, sameWindow({6, 6}, 3, 1));
  int s = network.sum(a, b);
  int m = network.dense(x, 8);
  int y = network.relu(x);
  s = network.sum(s, m);
  network.sum(s, network.dense(y, 8));
  checkNetwork(network);
}

TEST(Executor, scalarsAndVectors) {
  Network network({12});
  int x = network.dense(scaled(network), 7);
  x = network.batchNorm(x);
  x = network.relu(x);
  network.dense(x, 1);
  checkNetwork(network);
  Network nothing({3, 2}, ElementType::U8);
  auto source = nothing.samples(3);
  expectValues(nothing, *source, 3, {nothing.program.inputs[0].tensor});
}

TEST(Executor, operationsThatNobodyNeedsAreLeftOut) {
  Network network({4, 4, 1});
  int x = network.conv(network.program.inputs[0].tensor, 2, validWindow(3, 1));
  // Its weights and its result would need more than all memory.
  float weight = 0;
  Dense dense;
  dense.kernel = {ElementType::F32, {2, 1 << 28}, &weight};
  network.add(dense, {x}, {2, 2, 1 << 28});
  auto source = network.samples(2);
  auto values = runFloat(network.program, *source, 0, 2, {x});
  ASSERT_TRUE(bool(values)) << values.message();
  EXPECT_EQ((*values)[0].size(), 16u);
}

TEST(Executor, samplesAreIndependent) {
  Network network({9, 9, 3}, ElementType::U8);
  int x = network.conv(scaled(network), 24, sameWindow({9, 9}, 3, 2));
  x = network.relu(x, 6.f);
  x = network.depthwise(x, sameWindow({5, 5}, 3, 1));
  x = network.conv(x, 40, validWindow(1, 1));
  x = network.mean(x);
  int last = network.dense(x, 9);
  auto source = network.samples(23);
  auto all = runFloat(network.program, *source, 0, 23, {last}, 3);
  ASSERT_TRUE(bool(all)) << all.message();
  // To the bit, wherever a sample lies in its micro-batch.
  for (int64_t first = 0; first < 23; ++first) {
    auto one = runFloat(network.program, *source, first, 1, {last}, 1);
    ASSERT_TRUE(bool(one)) << one.message();
    for (size_t i = 0; i < 9; ++i)
      EXPECT_EQ((*one)[0][i], (*all)[0][size_t(first) * 9 + i]);
  }
}

TEST(Executor, refusals) {
  Network network({4, 4, 1});
  network.conv(network.program.inputs[0].tensor, 2, validWindow(3, 1));
  auto source = network.samples(2);
  auto message = [&](FloatExecutorOptions options) -> std::string {
    auto executor = createCPUExecutor(network.program, std::move(options));
    return executor ? "" : executor.message();
  };
  FloatExecutorOptions options;
  options.keep = {17};
  EXPECT_NE(message(options).find("tensor 17"), std::string::npos);
  options = {};
  options.threads = -1;
  EXPECT_NE(message(options).find("threads"), std::string::npos);
  options = {};
  options.microBatch = 0;
  EXPECT_NE(message(options).find("micro-batch"), std::string::npos);
  options = {};
  options.memoryLimit = 64;
  options.keep = {1};
  EXPECT_NE(message(options).find("memory"), std::string::npos);

  EXPECT_FALSE(runFloat(network.program, *source, 1, 2, {1}));
  EXPECT_FALSE(runFloat(network.program, *source, -1, 1, {1}));
  Network other({4, 4, 2});
  EXPECT_FALSE(runFloat(network.program, *other.samples(1), 0, 1, {1}));

  network.program.operations[0].inputs[0] = 5;
  EXPECT_NE(message({}).find("reads tensor 5"), std::string::npos);
}

TEST(Executor, saysHowItComputes) {
  Network network({4, 4, 1});
  auto executor = createCPUExecutor(network.program);
  ASSERT_TRUE(bool(executor));
  EXPECT_EQ((*executor)->arithmetic().find("oneDNN "), 0u);
}
