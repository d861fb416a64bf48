//===- Networks.h - Float programs made by hand -----------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Short ways to write the networks of the tests, and the values of all their
// tensors by the plainest loops there are.
//
//===----------------------------------------------------------------------===//

#ifndef QML_UNITTESTS_CALIBRATION_NETWORKS_H
#define QML_UNITTESTS_CALIBRATION_NETWORKS_H

#include "qml/Calibration/CPU.h"

#include "gtest/gtest.h"

#include <list>
#include <random>

namespace qml {
namespace test {

/// A float program, its weights, and a source of random numbers.
struct Network {
  explicit Network(Shape input, ElementType type = ElementType::F32,
                   unsigned seed = 1)
      : random(seed) {
    program.inputs.push_back({tensor(std::move(input), type), "input"});
  }
  Network(const Network &) = delete;

  Program program;
  std::list<std::vector<float>> weights;
  std::mt19937 random;
  /// Weights are smaller than this, so that deep networks stay small, too.
  float weightScale = 1;

  /// One more input.
  int addInput(Shape shape, ElementType type = ElementType::F32) {
    int index = tensor(std::move(shape), type);
    program.inputs.push_back(
        {index, "input" + std::to_string(program.inputs.size())});
    return index;
  }

  int tensor(Shape shape, ElementType type = ElementType::F32) {
    program.tensors.push_back({std::move(shape), type, {}});
    return int(program.tensors.size()) - 1;
  }

  /// Appends an operation with a new result of that shape.
  int add(OperationKind kind, std::vector<int> inputs, Shape shape);

  /// Multiples of 1/256 from -1 to 1, times `weightScale`.
  std::vector<float> values(int64_t count);
  Constant constant(Shape shape);

  const Shape &shapeOf(int tensor) const {
    return program.tensors[size_t(tensor)].shape;
  }

  // Operations with random weights. The result's shape follows.
  int conv(int in, int64_t filters, Window window, bool bias = true,
           std::vector<float> padding = {});
  int depthwise(int in, Window window, bool bias = true,
                std::vector<float> padding = {});
  int dense(int in, int64_t units, bool bias = true);
  int batchNorm(int in);
  int relu(int in, std::optional<float> maxValue = {});
  int maxPool(int in, Window window);
  int averagePool(int in, Window window);
  int mean(int in);
  int sum(int a, int b);
  /// `b` may be a vector of the channels of `a`.
  int product(int a, int b);
  int activation(int in, ScalarFunction function, float alpha = 0);
  int concatenate(std::vector<int> inputs);
  int view(int in, Shape shape);
  int rescaling(int in, std::vector<float> scale, std::vector<float> offset);
  int move(int in, Move move, const Shape &shape);
  int zeroPadding(int in, int64_t top, int64_t left, int64_t bottom,
                  int64_t right);
  int softmax(int in, bool isLogarithm = false);

  void observe(int tensor, bool perAxis = true, bool minMax = false) {
    program.ranges.push_back(
        {tensor, "t" + std::to_string(tensor), perAxis, minMax});
  }

  /// Random samples of the only input's type.
  std::unique_ptr<SampleSource> samples(int64_t count, uint64_t seed = 7) const;
  /// The same for each input.
  SampleSources allSamples(int64_t count, uint64_t seed = 7) const;
};

/// The window with 'same' padding as Keras has it.
Window sameWindow(const Shape &image, int64_t kernel, int64_t strides,
                  int64_t dilation = 1);
/// Any window without padding.
Window validWindow(int64_t kernel, int64_t strides, int64_t dilation = 1);

/// The values of all tensors for one sample.
using Values = std::vector<std::vector<float>>;
Values computeNaively(const Program &program, const SampleSet &samples,
                      int64_t index);

/// Sample `index` as floats.
std::vector<float> sampleOf(const SampleSource &samples, int64_t index);

/// Runs the network with all `tensors` kept and compares their values with the
/// naive ones. `more` changes the options.
void expectValues(const Network &network, const SampleSet &samples,
                  int64_t count, const std::vector<int> &tensors,
                  int threads = 2, int64_t microBatch = 4);

} // namespace test
} // namespace qml

#endif // QML_UNITTESTS_CALIBRATION_NETWORKS_H
