//===- RandomNetwork.cpp - Networks of random operations ------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RandomNetwork.h"

#include "../Program/NaiveMove.h"

#include <algorithm>
#include <cmath>

namespace qml {
namespace test {

namespace {

/// Makes one network.
class Generator {
public:
  Generator(Network &network, unsigned seed) : network(network), random(seed) {}

  int64_t pick(int64_t lower, int64_t upper) {
    return std::uniform_int_distribution<int64_t>(lower, upper)(random);
  }

  void grow(int64_t operations) {
    for (int64_t i = 0; i < operations; ++i) {
      int count = int(network.program.tensors.size());
      // Mostly the last tensor: long chains, some branches.
      int from = pick(0, 3) ? count - 1 : int(pick(0, count - 1));
      append(from);
    }
  }

private:
  const Shape &shapeOf(int tensor) const { return network.shapeOf(tensor); }
  bool isImage(int tensor) const { return shapeOf(tensor).size() == 3; }

  Window window(const Shape &image) {
    int64_t kernel = pick(1, 3), strides = pick(1, 4) == 1 ? 2 : 1;
    bool fits = image[0] >= kernel && image[1] >= kernel;
    return pick(0, 1) || !fits ? sameWindow(image, kernel, strides)
                               : validWindow(kernel, strides);
  }

  int64_t filters() {
    static constexpr int64_t usual[] = {1, 3, 8, 16, 17, 24, 32};
    return usual[pick(0, 6)];
  }

  std::vector<float> padding(int64_t channels) {
    int64_t kind = pick(0, 5);
    return kind > 1 ? std::vector<float>()
                    : network.values(kind ? 1 : channels);
  }

  /// Another tensor of the same shape, or the same one.
  int partner(int tensor) {
    std::vector<int> partners;
    for (int i = 0; i < int(network.program.tensors.size()); ++i)
      if (shapeOf(i) == shapeOf(tensor))
        partners.push_back(i);
    return partners[size_t(pick(0, int64_t(partners.size()) - 1))];
  }

  /// Factors of at most one for `x`, one for each value or for each channel.
  int gate(int x) {
    const Shape shape = shapeOf(x);
    int from = isImage(x) && shape[0] * shape[1] < 30 && pick(0, 1)
                   ? network.mean(x)
                   : partner(x);
    return network.activation(from, ScalarFunction::Sigmoid);
  }

  void makePool(int x, Window window) {
    if (pick(0, 1))
      network.maxPool(x, window);
    else
      network.averagePool(x, window);
  }

  void append(int x) {
    int64_t kind = pick(0, 17);
    if (isImage(x) && kind < 9) {
      const Shape shape = shapeOf(x);
      if (kind < 3)
        network.conv(x, filters(), window(shape), pick(0, 1),
                     padding(shape[2]));
      else if (kind < 5)
        network.depthwise(x, window(shape), pick(0, 1), padding(shape[2]));
      else if (kind == 5)
        // So that sums find equal shapes.
        network.conv(x, shape[2], sameWindow(shape, 3, 1));
      else if (kind == 6)
        makePool(x, sameWindow(shape, pick(1, 3), pick(1, 2)));
      else if (kind == 7 && pick(0, 1))
        network.zeroPadding(x, pick(0, 2), pick(0, 2), pick(0, 2), pick(0, 2));
      else if (kind == 7) {
        auto [move, moved] = test::drawMove(random, shape, pick(0, 2) == 0);
        network.move(x, move, moved);
      } else if (shape[0] * shape[1] < 30)
        network.mean(x);
      return;
    }
    if (kind < 11)
      network.sum(x, partner(x));
    else if (kind < 13)
      network.relu(x, pick(0, 1) ? std::optional<float>(2.f) : std::nullopt);
    else if (kind == 13)
      network.batchNorm(x);
    else if (kind == 14 && numElements(shapeOf(x)) < 3000)
      network.dense(isImage(x) && pick(0, 1)
                        ? network.view(x, {numElements(shapeOf(x))})
                        : x,
                    filters());
    else if (kind == 16)
      // The last one, the exponential, would leave what numbers hold.
      network.activation(
          x, ScalarFunction(pick(0, int64_t(ScalarFunction::Exponential) - 1)),
          .25f);
    else if (kind == 17)
      network.product(x, gate(x));
    else if (shapeOf(x).size() == 1)
      network.softmax(x, /*isLogarithm=*/pick(0, 1) != 0);
    else
      network.rescaling(x, {.5f}, {.25f});
  }

  Network &network;
  std::mt19937 random;
};

} // namespace

std::unique_ptr<Network> makeRandomNetwork(unsigned seed) {
  std::mt19937 random(seed);
  static const ElementType types[] = {ElementType::U8, ElementType::F32,
                                      ElementType::I8};
  int64_t size = seed % 8 == 0 ? 50 : 5 + int64_t(random() % 8);
  Shape shape = {size, size + int64_t(random() % 3), 1 + int64_t(random() % 4)};
  auto network = std::make_unique<Network>(shape, types[random() % 3], seed);
  network->weightScale = .25f;
  network->rescaling(network->program.inputs[0].tensor, {1 / 128.f}, {0.f});
  Generator generator(*network, seed);
  generator.grow(1 + int64_t(random() % 14));
  return network;
}

static float largestOf(const std::vector<float> &values) {
  float largest = 0;
  for (float value : values)
    largest = std::max(largest, std::fabs(value));
  return largest;
}

RandomCase::RandomCase(unsigned seed, int64_t samples)
    : network(makeRandomNetwork(seed)) {
  const Program &program = network->program;
  int count = int(program.tensors.size());
  std::mt19937 random(seed + 1000);
  unsigned rarity = 1 + random() % 6;
  kept = {count - 1};
  for (int i = 0; i < count - 1; ++i) {
    if (random() % rarity == 0)
      kept.push_back(i);
    if (random() % rarity == 0 &&
        program.tensors[size_t(i)].type == ElementType::F32)
      network->observe(i, random() % 2, random() % 4 == 0);
  }
  network->observe(count - 1);

  source = network->samples(samples);
  largest.assign(size_t(count), 0.f);
  for (int64_t n = 0; n < samples; ++n) {
    all.push_back(computeNaively(program, *source, n));
    for (int i = 0; i < count; ++i) {
      float here = largestOf(all.back()[size_t(i)]);
      largest[size_t(i)] = std::max(largest[size_t(i)], here);
      // Samples are up to 255, and soon scaled.
      if (i != program.inputs[0].tensor)
        largestOfAll = std::max(largestOfAll, here);
    }
  }
}

void RandomCase::expectValues(FloatExecutor &executor) const {
  size_t samples = all.size();
  std::vector<std::vector<float>> values;
  std::vector<float *> results;
  for (int tensor : kept) {
    values.emplace_back(samples *
                        size_t(numElements(network->shapeOf(tensor))));
    results.push_back(values.back().data());
  }
  Status status = executor.run(*source, 0, int64_t(samples), results);
  ASSERT_TRUE(bool(status)) << status.message();
  for (size_t i = 0; i < kept.size(); ++i) {
    size_t elements = values[i].size() / samples;
    for (size_t j = 0; j < values[i].size(); ++j)
      ASSERT_NEAR(values[i][j],
                  all[j / elements][size_t(kept[i])][j % elements],
                  tolerance(kept[i]))
          << "tensor " << kept[i] << ", sample " << j / elements << ", element "
          << j % elements;
  }
}

void RandomCase::expectState(const ObserverLayout &layout, const int32_t *state,
                             int64_t first, int64_t count) const {
  for (size_t r = 0; r < program().ranges.size(); ++r) {
    const auto &entry = layout.entries()[r];
    int tensor = program().ranges[r].tensor;
    for (size_t c = 0; c < entry.count; ++c) {
      float highest = -INFINITY, lowest = INFINITY, magnitude = 0;
      for (int64_t n = first; n < first + count; ++n) {
        const std::vector<float> &sample = all[size_t(n)][size_t(tensor)];
        for (size_t j = c; j < sample.size(); j += entry.count) {
          highest = std::max(highest, sample[j]);
          lowest = std::min(lowest, sample[j]);
          magnitude = std::max(magnitude, std::fabs(sample[j]));
        }
      }
      int32_t key = state[entry.offset + c];
      if (entry.minMax) {
        EXPECT_NEAR(fromMaximumKey(key), highest, tolerance(tensor));
        EXPECT_NEAR(fromMinimumKey(state[entry.offset + entry.count + c]),
                    lowest, tolerance(tensor));
      } else {
        EXPECT_NEAR(fromMagnitudeKey(key), magnitude, tolerance(tensor))
            << "tensor " << tensor << ", channel " << c;
      }
    }
  }
}

std::vector<int32_t> observeAll(FloatExecutor &executor,
                                const SampleSet &samples,
                                const Batching &batches) {
  BatchSpan span{0, batches.steps};
  PieceSpan pieces{0, executor.numPieces(batches, span)};
  auto seen = executor.observe(samples, batches, span, pieces, {});
  EXPECT_TRUE(bool(seen)) << seen.message();
  if (!seen)
    return {};
  EXPECT_EQ(*seen, batches.samples);
  auto states = executor.states();
  EXPECT_TRUE(bool(states));
  return *states;
}

} // namespace test
} // namespace qml
