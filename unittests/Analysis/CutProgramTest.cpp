//===- CutProgramTest.cpp - Parts of programs as programs -----------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "qml/Analysis/CutProgram.h"

#include "../Interpreter/ProgramBuilder.h"
#include "qml/Program/Verify.h"

#include <gtest/gtest.h>

using namespace qml;

namespace {

/// x -> a -> b -> d, a -> c; each adds one to the last.
struct CutProgramTest : ::testing::Test {
  CutProgramTest() {
    x = builder.input(builder.tensor({2}), "x");
    a = add(x, 1);
    b = add(a, 10);
    c = add(a, 100);
    d = add(b, 1000);
    builder.output(c);
    builder.output(d);
  }

  int add(int input, float offset) {
    int output = builder.tensor({2});
    return builder.add(Rescaling{{1.0f}, {offset}}, {input}, output);
  }

  /// The outputs for inputs of one value each, in their order.
  std::vector<float> run(const CutProgram &cut, std::vector<float> values) {
    EXPECT_TRUE(verify(cut.program));
    std::vector<std::vector<float>> data;
    for (float value : values)
      data.push_back({value, value});
    std::vector<const void *> inputs;
    for (const std::vector<float> &each : data)
      inputs.push_back(each.data());
    auto interpreter = Interpreter::create(cut.program);
    EXPECT_TRUE(bool(interpreter));
    auto arrays = (*interpreter)->run(inputs, 1);
    EXPECT_TRUE(bool(arrays));
    std::vector<float> results;
    for (const TensorArray &array : *arrays)
      results.push_back(array.as<float>()[0]);
    return results;
  }

  test::ProgramBuilder builder;
  int x, a, b, c, d;
};

TEST_F(CutProgramTest, withoutCutsItIsTheWhole) {
  CutProgram cut = cutProgram(builder.program, {}, {c, d});
  EXPECT_EQ(cut.sources, std::vector<int>{x});
  EXPECT_EQ(cut.program.operations.size(), 4u);
  EXPECT_EQ(run(cut, {0}), (std::vector<float>{101, 1011}));
}

TEST_F(CutProgramTest, computesOnlyWhatIsWanted) {
  CutProgram cut = cutProgram(builder.program, {}, {c});
  EXPECT_EQ(cut.program.operations.size(), 2u);
  EXPECT_EQ(run(cut, {5}), std::vector<float>{106});
}

TEST_F(CutProgramTest, startsAtGivenTensors) {
  CutProgram cut = cutProgram(builder.program, {b}, {d});
  EXPECT_EQ(cut.sources, std::vector<int>{b});
  EXPECT_EQ(cut.program.operations.size(), 1u);
  EXPECT_EQ(run(cut, {3}), std::vector<float>{1003});
}

TEST_F(CutProgramTest, aTensorIsGivenAndComputed) {
  CutProgram cut = cutProgram(builder.program, {a, b}, {a, b, c, d});
  EXPECT_EQ(cut.sources, (std::vector<int>{x, a, b}));
  EXPECT_EQ(run(cut, {1, 2, 3}), (std::vector<float>{2, 12, 102, 1003}));
}

/// What a sample leaves for the next comes along with who reads it.
TEST_F(CutProgramTest, partsRemember) {
  test::ProgramBuilder steps;
  int input = steps.input(steps.tensor({2}), "x");
  int memory = steps.tensor({2});
  auto add = [&](std::vector<int> inputs) {
    return steps.add(Add{}, std::move(inputs), steps.tensor({2}));
  };
  int twice = add({input, input});
  int last = add({memory, twice});
  int other = add({twice, twice});
  int next = add({input, input});
  steps.program.states.push_back({memory, next});
  steps.output(last);
  steps.output(other);

  CutProgram without = cutProgram(steps.program, {}, {other});
  EXPECT_TRUE(without.program.states.empty());

  // What is read is computed later, and by an operation that nobody else needs.
  CutProgram cut = cutProgram(steps.program, {twice}, {last});
  EXPECT_EQ(cut.sources, (std::vector<int>{input, twice}));
  EXPECT_EQ(cut.program.states.size(), 1u);
  EXPECT_EQ(cut.program.operations.size(), 2u);
  ASSERT_TRUE(verify(cut.program));
  auto interpreter = Interpreter::create(cut.program);
  ASSERT_TRUE(bool(interpreter));
  std::vector<float> x = {1, 1, 2, 2, 3, 3}, y = {10, 10, 20, 20, 30, 30};
  auto arrays = (*interpreter)->run({x.data(), y.data()}, 3);
  ASSERT_TRUE(bool(arrays));
  const float *found = arrays->front().as<float>();
  EXPECT_EQ(std::vector<float>(found, found + 6),
            (std::vector<float>{10, 10, 22, 22, 34, 34}));
}

TEST_F(CutProgramTest, anInputIsReplaced) {
  CutProgram cut = cutProgram(builder.program, {x}, {a});
  EXPECT_EQ(cut.sources, std::vector<int>{x});
  EXPECT_EQ(run(cut, {4}), std::vector<float>{5});
}

} // namespace
