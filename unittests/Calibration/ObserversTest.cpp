//===- ObserversTest.cpp - Tests of states and ranges ---------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
#include "qml/Calibration/Observers.h"

#include "gtest/gtest.h"

#include <algorithm>
#include <cmath>
#include <limits>

using namespace qml;

constexpr float infinity = std::numeric_limits<float>::infinity();

TEST(Observers, keysOrderNumbers) {
  std::vector<float> values = {-infinity, -3e38f, -1.5f, -1e-40f, 0.f,
                               1e-40f,    2.f,    3e38f, infinity};
  for (size_t i = 0; i < values.size(); ++i) {
    EXPECT_EQ(fromMaximumKey(maximumKey(values[i])), values[i]);
    EXPECT_EQ(fromMinimumKey(minimumKey(values[i])), values[i]);
    EXPECT_EQ(fromMagnitudeKey(magnitudeKey(values[i])), std::fabs(values[i]));
    EXPECT_GT(maximumKey(values[i]), emptyKey);
    EXPECT_GT(minimumKey(values[i]), emptyKey);
    EXPECT_GT(magnitudeKey(values[i]), emptyKey);
    for (size_t j = 0; j < i; ++j) {
      EXPECT_GT(maximumKey(values[i]), maximumKey(values[j]));
      EXPECT_LT(minimumKey(values[i]), minimumKey(values[j]));
    }
  }
  for (float nan : {std::nanf(""), -std::nanf("")}) {
    EXPECT_GT(magnitudeKey(nan), magnitudeKey(infinity));
    EXPECT_GT(std::max(maximumKey(nan), minimumKey(nan)), maximumKey(infinity));
  }
}

namespace {

/// A per-axis maximum, a per-tensor maximum, and a per-axis range.
struct Requests {
  Program program;
  ObserverLayout layout;

  static Program make() {
    Program program;
    program.tensors.push_back({{4, 4, 3}, ElementType::F32, {}});
    program.inputs = {{0, "input"}};
    program.ranges = {{0, "axis", true, false},
                      {0, "tensor", false, false},
                      {0, "input", true, true}};
    return program;
  }
  Requests() : program(make()), layout(program) {}

  /// The state after values (a, b, c) in the three channels.
  ObserverState state(float a, float b, float c) const {
    ObserverState state = emptyState(layout);
    float values[] = {a, b, c};
    for (size_t i = 0; i < 3; ++i) {
      state[i] = magnitudeKey(values[i]);
      state[3] = std::max(state[3], state[i]);
      state[4 + i] = maximumKey(values[i]);
      state[7 + i] = minimumKey(values[i]);
    }
    return state;
  }
};

} // namespace

TEST(Observers, layout) {
  Requests requests;
  ASSERT_EQ(requests.layout.size(), 10u);
  const auto &entries = requests.layout.entries();
  ASSERT_EQ(entries.size(), 3u);
  EXPECT_EQ(entries[1].offset, 3u);
  EXPECT_EQ(entries[1].count, 1u);
  EXPECT_EQ(entries[2].offset, 4u);
  EXPECT_EQ(entries[2].count, 3u);
}

TEST(Observers, mergeIsTheRangeOfAll) {
  Requests requests;
  ObserverState a = requests.state(1, -2, 3), b = requests.state(-4, 1, 2);
  ObserverState c = requests.state(0, 0, -9);
  ObserverState left = a, right = c;
  merge(left, b);
  merge(left, c);
  merge(right, a);
  merge(right, b);
  EXPECT_EQ(left, right);
  ObserverState empty = emptyState(requests.layout);
  merge(empty, left);
  EXPECT_EQ(empty, left);

  MovingRanges ranges(requests.layout, .9);
  ASSERT_TRUE(ranges.update(left, "it"));
  Ranges result = std::move(ranges).take();
  EXPECT_EQ(result["axis"].max, (std::vector<float>{4, 2, 9}));
  EXPECT_TRUE(result["axis"].perAxis);
  EXPECT_TRUE(result["axis"].min.empty());
  EXPECT_EQ(result["tensor"].max, std::vector<float>{9});
  EXPECT_FALSE(result["tensor"].perAxis);
  EXPECT_EQ(result["input"].max, (std::vector<float>{1, 1, 3}));
  EXPECT_EQ(result["input"].min, (std::vector<float>{-4, -2, -9}));
}

TEST(Observers, movingUpdate) {
  float rate = float(1 - .9);
  EXPECT_EQ(rate, .1f);
  std::vector<float> values = {1, 1};
  moveRange(values, {5, 7}, rate);
  EXPECT_EQ(values, (std::vector<float>{5, 7}));
  moveRange(values, {6, 3}, rate);
  EXPECT_EQ(values[0], 5.f - (5.f - 6.f) * .1f);
  EXPECT_EQ(values[1], 7.f - (7.f - 3.f) * .1f);
  // All ones are taken for the start, some ones are not.
  values = {1, 1};
  moveRange(values, {1, 1}, rate);
  moveRange(values, {3, 4}, rate);
  EXPECT_EQ(values, (std::vector<float>{3, 4}));
  values = {1, 2};
  moveRange(values, {11, 2}, rate);
  EXPECT_EQ(values, (std::vector<float>{2, 2}));
}

TEST(Observers, nonFiniteNumbersAreErrors) {
  struct Case {
    float values[3];
    const char *message;
  };
  for (const Case &one :
       {Case{{1, infinity, 2},
             "layer 'axis' reaches infinity in batch 7, "
             "channel 1"},
        Case{{1, 2, -infinity}, "infinity in batch 7, channel 2"},
        Case{{std::nanf(""), 2, 3}, "NaN in batch 7, channel 0"}}) {
    Requests requests;
    ObserverState state =
        requests.state(one.values[0], one.values[1], one.values[2]);
    merge(state, requests.state(100, 100, 100));
    MovingRanges ranges(requests.layout, .9);
    Status status = ranges.update(state, "batch 7");
    ASSERT_FALSE(status);
    EXPECT_NE(status.message().find(one.message), std::string::npos)
        << status.message();
  }
  // Through minima and maxima alone.
  Requests requests;
  for (float value : {infinity, -infinity, std::nanf(""), -std::nanf("")}) {
    ObserverState state = requests.state(1, 2, 3);
    state[5] = std::max(state[5], maximumKey(value));
    state[8] = std::max(state[8], minimumKey(value));
    MovingRanges ranges(requests.layout, .9);
    Status status = ranges.update(state, "it");
    ASSERT_FALSE(status);
    EXPECT_NE(status.message().find("layer 'input'"), std::string::npos);
    EXPECT_NE(status.message().find("channel 1"), std::string::npos);
  }
}
