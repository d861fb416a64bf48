//===- MemoryPlanTest.cpp - Tests of memory plans -------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "qml/Program/MemoryPlan.h"

#include "gtest/gtest.h"

#include <random>

using namespace qml;

/// Fails if two buffers overlap, or one lies outside the arena or unaligned.
static void expectSound(const std::vector<Lifetime> &buffers,
                        const MemoryPlan &plan, size_t alignment) {
  ASSERT_EQ(plan.offsets.size(), buffers.size());
  for (size_t i = 0; i < buffers.size(); ++i) {
    if (buffers[i].first > buffers[i].last)
      continue;
    EXPECT_EQ(plan.offsets[i] % alignment, 0u);
    EXPECT_LE(plan.offsets[i] + buffers[i].bytes, plan.size);
    for (size_t j = 0; j < i; ++j) {
      if (buffers[i].first > buffers[j].last ||
          buffers[j].first > buffers[i].last ||
          buffers[j].first > buffers[j].last)
        continue;
      EXPECT_TRUE(plan.offsets[i] + buffers[i].bytes <= plan.offsets[j] ||
                  plan.offsets[j] + buffers[j].bytes <= plan.offsets[i])
          << i << " and " << j << " overlap";
    }
  }
}

TEST(MemoryPlan, chainNeedsTwoBuffers) {
  // Each step reads the buffer before and writes the next.
  std::vector<Lifetime> buffers;
  for (int64_t i = 0; i < 10; ++i)
    buffers.push_back({i, i + 1, 640});
  auto plan = planMemory(buffers);
  ASSERT_TRUE(plan);
  expectSound(buffers, *plan, 64);
  EXPECT_EQ(plan->size, 1280u);
}

TEST(MemoryPlan, bestGapIsTaken) {
  std::vector<Lifetime> buffers = {
      {0, 9, 1024}, {0, 1, 512}, {0, 9, 448}, {0, 1, 256},
      {0, 9, 192},  {2, 9, 128}, // fits the gap of 512 and the one of 256
  };
  auto plan = planMemory(buffers);
  ASSERT_TRUE(plan);
  expectSound(buffers, *plan, 64);
  EXPECT_EQ(plan->offsets[5], plan->offsets[3]);
}

TEST(MemoryPlan, unusedBuffersTakeNothing) {
  auto plan = planMemory({{0, -1, 1000}, {3, 3, 0}, {2, 2, 1}});
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->size, 64u);
  auto empty = planMemory({});
  ASSERT_TRUE(empty);
  EXPECT_EQ(empty->size, 0u);
}

TEST(MemoryPlan, limits) {
  EXPECT_TRUE(planMemory({{0, 1, 128}, {1, 1, 128}}, 64, 256));
  EXPECT_FALSE(planMemory({{0, 1, 128}, {1, 1, 129}}, 64, 256));
  EXPECT_FALSE(planMemory({{0, 1, SIZE_MAX}}));
  EXPECT_FALSE(planMemory({{0, 1, SIZE_MAX - 200}, {0, 1, 4096}}));
}

TEST(MemoryPlan, randomPlansAreSoundAndTight) {
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    std::vector<Lifetime> buffers(random() % 60);
    for (Lifetime &buffer : buffers) {
      buffer.first = int64_t(random() % 50);
      buffer.last = buffer.first + int64_t(random() % 6);
      buffer.bytes = random() % 5000;
    }
    size_t alignment = size_t(1) << (random() % 8);
    auto plan = planMemory(buffers, alignment);
    ASSERT_TRUE(plan);
    expectSound(buffers, *plan, alignment);
    auto again = planMemory(buffers, alignment);
    ASSERT_TRUE(again);
    EXPECT_EQ(plan->offsets, again->offsets);

    size_t needed = 0;
    for (int64_t step = 0; step < 60; ++step) {
      size_t alive = 0;
      for (const Lifetime &buffer : buffers)
        if (buffer.first <= step && step <= buffer.last)
          alive += buffer.bytes;
      needed = std::max(needed, alive);
    }
    EXPECT_GE(plan->size, needed);
    EXPECT_LE(plan->size, 2 * needed + 60 * alignment);
  }
}
