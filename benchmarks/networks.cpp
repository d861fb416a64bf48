//===- networks.cpp - Networks to measure with ----------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "networks.h"

#include <algorithm>
#include <cmath>

namespace qml {
namespace benchmark {

int Network::tensor(Shape shape, ElementType type) {
  program.tensors.push_back({std::move(shape), type, {}});
  return int(program.tensors.size()) - 1;
}

int Network::add(const std::string &layer, OperationKind kind,
                 std::vector<int> inputs, Shape shape) {
  int output = tensor(std::move(shape));
  program.operations.push_back(
      {std::move(kind), layer, std::move(inputs), output});
  return output;
}

Constant Network::constant(Shape shape, float deviation) {
  std::normal_distribution<float> normal(0, deviation);
  weights.emplace_back(size_t(numElements(shape)));
  for (float &value : weights.back())
    value = normal(random);
  return {ElementType::F32, std::move(shape), weights.back().data()};
}

void Network::observe(int tensor, const std::string &layer, bool perAxis,
                      bool minMax) {
  program.ranges.push_back({tensor, layer, perAxis, minMax});
}

int Network::image(const NetworkOptions &options) {
  int input = tensor({options.size, options.size, 3}, ElementType::U8);
  program.inputs = {{input, "image"}};
  int x =
      add("rescale", Rescaling{{1 / 127.5f}, {-1.f}}, {input}, shapeOf(input));
  if (options.observeEnds)
    observe(x, "rescale", true, true);
  return x;
}

int Network::convolution(const std::string &layer, bool depthwise,
                         int64_t kernel, int64_t filters, int64_t strides,
                         int64_t padding, int input, float gain) {
  Shape in = shapeOf(input), out = {1, 1, filters};
  Conv2D conv;
  conv.depthwise = depthwise;
  // He's initialization.
  int64_t fan = kernel * kernel * (depthwise ? 1 : in[2]);
  float deviation = gain * std::sqrt(2.f / float(fan));
  conv.kernel = constant(depthwise ? Shape{kernel, kernel, filters, 1}
                                   : Shape{kernel, kernel, in[2], filters},
                         deviation);
  conv.bias = constant({filters}, 0.14f);
  for (int axis = 0; axis < 2; ++axis) {
    int64_t extent = in[size_t(axis)];
    int64_t before = padding, after = padding;
    if (padding < 0) {
      int64_t same = (extent + strides - 1) / strides;
      int64_t total =
          std::max<int64_t>((same - 1) * strides + kernel - extent, 0);
      before = total / 2;
      after = total - before;
    }
    conv.window.kernel[axis] = kernel;
    conv.window.strides[axis] = strides;
    conv.window.padBegin[axis] = before;
    conv.window.padEnd[axis] = after;
    out[size_t(axis)] = (extent + before + after - kernel) / strides + 1;
  }
  return add(layer, conv, {input}, out);
}

int Network::relu(const std::string &layer, std::optional<float> maxValue,
                  int input) {
  ReLU relu;
  relu.maxValue = maxValue;
  int x = add(layer, relu, {input}, shapeOf(input));
  observe(x, layer, true);
  return x;
}

void Network::classify(const NetworkOptions &options, int input) {
  int64_t channels = shapeOf(input)[2];
  int x = add("gap", GlobalAveragePool2D{}, {input}, {channels});
  observe(x, "gap", false);
  Dense dense;
  dense.kernel = constant({channels, 1000}, std::sqrt(2.f / float(channels)));
  dense.bias = constant({1000}, 0.14f);
  logits = add("logits", dense, {x}, {1000});
  if (options.observeEnds)
    observe(logits, "logits", false);
  program.outputs.push_back({logits, "logits"});
}

std::unique_ptr<Network> makeMobileNet(const NetworkOptions &options) {
  auto network = std::make_unique<Network>();
  auto block = [&](const std::string &layer, bool depthwise, int64_t kernel,
                   int64_t filters, int64_t strides, int x) {
    x = network->convolution(layer, depthwise, kernel, filters, strides, -1, x);
    return network->relu(layer + "_relu", 6.f, x);
  };
  int x = block("conv_0", false, 3, 32, 2, network->image(options));
  static constexpr int64_t filters[13] = {64,  128, 128, 256, 256,  512, 512,
                                          512, 512, 512, 512, 1024, 1024};
  for (int i = 0; i < 13; ++i) {
    // Where the number of filters grows, but for the first time.
    int64_t strides = i == 1 || i == 3 || i == 5 || i == 11 ? 2 : 1;
    std::string number = std::to_string(i + 1);
    x = block("dw_" + number, true, 3, network->shapeOf(x)[2], strides, x);
    x = block("pw_" + number, false, 1, filters[i], 1, x);
  }
  network->classify(options, x);
  return network;
}

std::unique_ptr<Network> makeResNet50(const NetworkOptions &options) {
  auto network = std::make_unique<Network>();
  int x = network->convolution("conv1", false, 7, 64, 2, 3,
                               network->image(options));
  x = network->relu("conv1_relu", {}, x);
  MaxPool2D pool;
  Shape pooled = network->shapeOf(x);
  for (int axis = 0; axis < 2; ++axis) {
    pool.window.kernel[axis] = 3;
    pool.window.strides[axis] = 2;
    pool.window.padBegin[axis] = pool.window.padEnd[axis] = 1;
    pooled[size_t(axis)] = (pooled[size_t(axis)] - 1) / 2 + 1;
  }
  x = network->add("pool1", pool, {x}, pooled);

  static constexpr int blocks[4] = {3, 4, 6, 3};
  for (int stage = 0; stage < 4; ++stage)
    for (int i = 0; i < blocks[stage]; ++i) {
      std::string name = "conv" + std::to_string(stage + 2) + "_block" +
                         std::to_string(i + 1) + "_";
      int64_t filters = int64_t(64) << stage;
      int64_t strides = stage > 0 && i == 0 ? 2 : 1;
      // Both ends of an addition have quantizers, the addition itself has none:
      // its ReLU has.
      int shortcut = x;
      if (i == 0) {
        shortcut = network->convolution(name + "0_conv", false, 1, 4 * filters,
                                        strides, 0, x, 0.7f);
        network->observe(shortcut, name + "0_conv", true);
      }
      x = network->convolution(name + "1_conv", false, 1, filters, strides, 0,
                               x);
      x = network->relu(name + "1_relu", {}, x);
      x = network->convolution(name + "2_conv", false, 3, filters, 1, 1, x);
      x = network->relu(name + "2_relu", {}, x);
      // Small, or sums would grow from block to block.
      x = network->convolution(name + "3_conv", false, 1, 4 * filters, 1, 0, x,
                               0.25f);
      network->observe(x, name + "3_conv", true);
      x = network->add(name + "add", Add{}, {shortcut, x}, network->shapeOf(x));
      x = network->relu(name + "out", {}, x);
    }
  network->classify(options, x);
  return network;
}

std::unique_ptr<Network> makeNetwork(const std::string &name,
                                     const NetworkOptions &options) {
  return name == "mobilenet"  ? makeMobileNet(options)
         : name == "resnet50" ? makeResNet50(options)
                              : nullptr;
}

} // namespace benchmark
} // namespace qml
