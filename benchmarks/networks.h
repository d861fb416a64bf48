//===- networks.h - Networks to measure with --------------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Well-known networks as they are calibrated: batch normalizations folded, and
// ranges asked for where quantizers would stand. Weights are random, always the
// same, and such that activations keep their size from layer to layer.
//
//===----------------------------------------------------------------------===//

#ifndef QML_BENCHMARKS_NETWORKS_H
#define QML_BENCHMARKS_NETWORKS_H

#include "qml/Program/Program.h"

#include <list>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace qml {
namespace benchmark {

struct NetworkOptions {
  /// Height and width of the images, which are uint8 with 3 channels.
  int64_t size = 224;
  /// Ask also for minima and maxima of the input after its rescaling, by
  /// channel, and for the range of the logits, as input quantizers and output
  /// quantizers of last layers want them.
  bool observeEnds = false;
};

/// A program together with its weights.
class Network {
public:
  Network() = default;
  Network(const Network &) = delete;

  Program program;
  int logits = -1;

  const Shape &shapeOf(int tensor) const {
    return program.tensors[size_t(tensor)].shape;
  }

  /// An image, made floats from -1 to 1.
  int image(const NetworkOptions &options);
  int add(const std::string &layer, OperationKind kind, std::vector<int> inputs,
          Shape shape);
  /// A convolution; as many pads as `padding` on each side, or as Keras' 'same'
  /// has them if it is negative. The result has about `gain` times the size of
  /// the input's values.
  int convolution(const std::string &layer, bool depthwise, int64_t kernel,
                  int64_t filters, int64_t strides, int64_t padding, int input,
                  float gain = 1);
  int relu(const std::string &layer, std::optional<float> maxValue, int input);
  /// The mean of each channel, and the logits.
  void classify(const NetworkOptions &options, int input);
  void observe(int tensor, const std::string &layer, bool perAxis,
               bool minMax = false);

private:
  int tensor(Shape shape, ElementType type = ElementType::F32);
  Constant constant(Shape shape, float deviation);

  std::list<std::vector<float>> weights;
  std::mt19937 random{1};
};

/// MobileNet 1.0 (version 1).
std::unique_ptr<Network> makeMobileNet(const NetworkOptions &options);

/// ResNet50 (version 1), with strides in the first convolution of a block.
std::unique_ptr<Network> makeResNet50(const NetworkOptions &options);

/// "mobilenet" or "resnet50"; null for other names.
std::unique_ptr<Network> makeNetwork(const std::string &name,
                                     const NetworkOptions &options);

} // namespace benchmark
} // namespace qml

#endif // QML_BENCHMARKS_NETWORKS_H
