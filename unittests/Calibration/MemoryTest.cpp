//===- MemoryTest.cpp - Networks whose samples are steps in time ----------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Networks.h"

#include "qml/Calibration/CPU.h"
#include "qml/Calibration/Calibration.h"

#include "gtest/gtest.h"

#include <algorithm>
#include <cmath>

using namespace qml;
using namespace qml::test;

namespace {

constexpr int64_t steps = 11, length = 3;

/// Two queues after each other, and what is computed of them.
struct Queues : Network {
  int first, second, result;

  Queues() : Network({2, 3, 4}) {
    first =
        push(relu(conv(program.inputs[0].tensor, 5, sameWindow({2, 3}, 3, 1))));
    int sums = conv(view(first, {2, 3, length * 5}), 6, validWindow(1, 1));
    second = push(sums);
    result = dense(view(second, {2 * 3 * length * 6}), 4);
    observe(sums);
    observe(result, false);
  }

  int push(int in) {
    Shape queue = shapeOf(in);
    queue.insert(queue.end() - 1, length);
    int before = tensor(queue);
    int after = add(Push(), {in, before}, queue);
    program.states.push_back({before, after});
    return after;
  }

  /// A network without memory that is given the queues: its inputs are what
  /// they were before.
  std::vector<Values> unrolled(const SampleSource &samples) const {
    Program open = program;
    open.states.clear();
    open.ranges.clear();
    for (const State &state : program.states)
      open.inputs.push_back({state.before, "q" + std::to_string(state.before)});
    std::vector<std::vector<float>> queues;
    for (const State &state : program.states)
      queues.emplace_back(size_t(numElements(shapeOf(state.before))), 0.f);
    std::vector<Values> all;
    for (int64_t n = 0; n < steps; ++n) {
      std::vector<std::unique_ptr<SampleSource>> sources;
      std::vector<float> sample = sampleOf(samples, n);
      auto addSource = [&](std::vector<float> &values, int tensor) {
        Array array;
        array.type = ElementType::F32;
        array.shape = shapeOf(tensor);
        array.shape.insert(array.shape.begin(), 1);
        array.data = values.data();
        auto source = samplesOf(array, open.tensors[size_t(tensor)], "x");
        EXPECT_TRUE(bool(source)) << source.message();
        sources.push_back(std::move(*source));
      };
      addSource(sample, program.inputs[0].tensor);
      for (size_t i = 0; i < queues.size(); ++i)
        addSource(queues[i], program.states[i].before);
      all.push_back(computeNaively(open, SampleSet(sources), 0));
      for (size_t i = 0; i < queues.size(); ++i)
        queues[i] = all.back()[size_t(program.states[i].after)];
    }
    return all;
  }
};

std::unique_ptr<FloatExecutor> makeExecutor(const Queues &network,
                                            int64_t microBatch, bool observes) {
  FloatExecutorOptions options;
  options.threads = 3;
  options.microBatch = microBatch;
  options.observe = observes;
  options.keep = {network.first, network.second, network.result};
  auto executor = createCPUExecutor(network.program, options);
  EXPECT_TRUE(bool(executor)) << executor.message();
  return std::move(*executor);
}

} // namespace

/// Each sample continues where the one before it ended, whatever is asked for
/// in whichever order.
TEST(Memory, RunsStepByStep) {
  Queues network;
  auto samples = network.samples(steps);
  std::vector<Values> expected = network.unrolled(*samples);
  SampleSet set(*samples);
  for (int64_t microBatch : {1, 4}) {
    auto executor = makeExecutor(network, microBatch, false);
    std::vector<int> kept = executor->options().keep;
    // From the start, further on, again, and in the middle.
    for (auto [first, count] : {std::pair<int64_t, int64_t>(0, 5),
                                {5, 6},
                                {0, 11},
                                {3, 2},
                                {5, 1},
                                {9, 2}}) {
      std::vector<std::vector<float>> values;
      std::vector<float *> results;
      for (int tensor : kept)
        results.push_back(values
                              .emplace_back(size_t(
                                  count * numElements(network.shapeOf(tensor))))
                              .data());
      Status status = executor->run(set, first, count, results);
      ASSERT_TRUE(bool(status)) << status.message();
      for (size_t i = 0; i < kept.size(); ++i) {
        size_t size = size_t(numElements(network.shapeOf(kept[i])));
        for (int64_t n = 0; n < count; ++n) {
          const std::vector<float> &wanted =
              expected[size_t(first + n)][size_t(kept[i])];
          float largest = 0;
          for (float value : wanted)
            largest = std::max(largest, std::fabs(value));
          for (size_t k = 0; k < size; ++k)
            EXPECT_NEAR(values[i][size_t(n) * size + k], wanted[k],
                        largest * 1e-5f)
                << "tensor " << kept[i] << ", step " << first + n;
        }
      }
    }
  }
}

/// Ranges are those of one sequence of all samples.
TEST(Memory, Calibrates) {
  Queues network;
  auto samples = network.samples(steps);
  std::vector<Values> expected = network.unrolled(*samples);
  CalibrationOptions options;
  options.numSamples = steps;
  options.batchSize = steps;
  options.epochs = 1;
  auto ranges = calibrate(network.program, *samples, options);
  ASSERT_TRUE(bool(ranges)) << ranges.message();
  float largest = 0;
  for (const Values &values : expected)
    for (float value : values[size_t(network.result)])
      largest = std::max(largest, std::fabs(value));
  const Range &range = (*ranges)["t" + std::to_string(network.result)];
  ASSERT_EQ(range.max.size(), 1u);
  EXPECT_NEAR(range.max[0], largest, largest * 1e-5f);
}

/// Queues that no state feeds, and states that are no queues.
TEST(Memory, RefusesOthers) {
  Queues network;
  Program program = network.program;
  program.inputs.push_back({program.states[1].before, "queue"});
  program.states.pop_back();
  auto executor = createCPUExecutor(program, {});
  ASSERT_FALSE(bool(executor));
  EXPECT_NE(executor.message().find("is no memory of the network"),
            std::string::npos)
      << executor.message();
}
