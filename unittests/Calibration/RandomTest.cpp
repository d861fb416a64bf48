//===- RandomTest.cpp - Random networks on the float executor -------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Networks of random operations against plain loops, and the same networks
// damaged.
//
//===----------------------------------------------------------------------===//

#include "RandomNetwork.h"

#include "qml/Program/Verify.h"

#include <algorithm>
#include <cmath>

using namespace qml;
using namespace qml::test;

TEST(RandomNetworks, equalPlainLoops) {
  for (unsigned seed = 0; seed < 100; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    constexpr int64_t samples = 6;
    RandomCase test(seed, samples);
    FloatExecutorOptions options;
    options.threads = 2;
    options.keep = test.kept;
    auto executor = createCPUExecutor(test.program(), options);
    ASSERT_TRUE(bool(executor)) << executor.message();
    test.expectValues(**executor);

    // Without memory for results, and everything fused that can be.
    options.keep.clear();
    auto observer = createCPUExecutor(test.program(), options);
    ASSERT_TRUE(bool(observer)) << observer.message();
    auto batches = planBatches(samples, samples, samples);
    ASSERT_TRUE(bool(batches));
    std::vector<int32_t> state = observeAll(**observer, *test.source, *batches);
    test.expectState((*observer)->layout(), state.data(), 0, samples);
    if (testing::Test::HasFailure())
      return;
  }
}

/// Some number that a damaged file may hold.
static int64_t anyNumber(std::mt19937 &random) {
  switch (random() % 6) {
  case 0:
    return -int64_t(random() % 4);
  case 1:
    return int64_t(1) << (random() % 62);
  default:
    return int64_t(random() % 20);
  }
}

static void damage(Program &program, std::mt19937 &random) {
  size_t op = random() % program.operations.size();
  Operation &operation = program.operations[op];
  auto damageWindow = [&](Window &window) {
    int64_t *const fields[] = {window.kernel, window.strides, window.dilations,
                               window.padBegin, window.padEnd};
    fields[random() % 5][random() % 2] = anyNumber(random);
  };
  switch (random() % 8) {
  case 0:
    operation.inputs[0] = int(anyNumber(random));
    break;
  case 1:
    operation.output = int(anyNumber(random));
    break;
  case 2: {
    Shape &shape = program.tensors[random() % program.tensors.size()].shape;
    if (!shape.empty())
      shape[random() % shape.size()] = anyNumber(random);
    break;
  }
  case 3:
    program.tensors[random() % program.tensors.size()].type =
        ElementType(random() % 12);
    break;
  case 4:
    operation.kind =
        program.operations[random() % program.operations.size()].kind;
    break;
  case 5:
    program.inputs[0].tensor = int(anyNumber(random));
    break;
  case 6:
    if (!program.ranges.empty())
      program.ranges[0].tensor = int(anyNumber(random));
    break;
  default:
    if (auto *conv = std::get_if<Conv2D>(&operation.kind))
      damageWindow(conv->window);
    else if (auto *pool = std::get_if<MaxPool2D>(&operation.kind))
      damageWindow(pool->window);
    else if (auto *mean = std::get_if<AveragePool2D>(&operation.kind))
      damageWindow(mean->window);
    else if (auto *move = std::get_if<Move>(&operation.kind))
      move->axes[random() % move->axes.size()].begin = anyNumber(random);
    else if (auto *norm = std::get_if<BatchNorm>(&operation.kind))
      norm->scale.resize(random() % 40);
    break;
  }
}

TEST(RandomNetworks, damagedOnesAreRefusedOrRun) {
  int accepted = 0;
  for (unsigned seed = 0; seed < 1000; ++seed) {
    auto network = makeRandomNetwork(seed % 40 + 1);
    std::mt19937 random(seed);
    network->observe(int(network->program.tensors.size()) - 1);
    damage(network->program, random);
    FloatExecutorOptions options;
    options.threads = 1;
    options.memoryLimit = size_t(8) << 20;
    auto executor = createCPUExecutor(network->program, options);
    if (!executor) {
      EXPECT_FALSE(executor.message().empty());
      continue;
    }
    ++accepted;
    auto source = network->samples(2);
    auto batches = planBatches(2, 2, 2);
    ASSERT_TRUE(bool(batches));
    observeAll(**executor, *source, *batches);
  }
  EXPECT_GT(accepted, 100);
}
