//===- SeveralInputsTest.cpp - Inputs, outputs, joined tensors ------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ProgramBuilder.h"

namespace qml {
namespace test {
namespace {

using Integers = std::vector<int64_t>;

/// a (int8) and b (int16) -> a + (b << 1), and a and b side by side.
struct TwoInputs : ProgramBuilder {
  TwoInputs() {
    int a = input(fixedTensor({2}, 7, {3}), "a");
    int b = input(fixedTensor({2}, 15, {2}), "b");
    output(add(Add{20, {0}, {1}}, {a, b}, fixedTensor({2}, 20, {3})));
    output(add(Concatenate(), {b, a, b}, fixedTensor({6}, 15, fracBits())));
  }
  static std::vector<int32_t> fracBits() { return {2, 2, 3, 3, 2, 2}; }

  Operation &join() { return program.operations[1]; }
  Fixed &joined() { return *program.tensors[size_t(join().output)].fixed; }
  std::string message() const {
    auto interpreter = Interpreter::create(program);
    return interpreter ? "" : interpreter.message();
  }
};

} // namespace

TEST(SeveralInputsTest, RunsIntegers) {
  TwoInputs p;
  std::vector<int8_t> a = {1, 2, 3, -4, 5, 6};
  std::vector<int16_t> b = {100, 200, 300, -400, 500, 600};
  for (bool plain : {false, true}) {
    InterpreterOptions options;
    options.plain = plain;
    auto arrays = runOrFail(p.program, {a.data(), b.data()}, 3, options);
    ASSERT_EQ(arrays.size(), 2u);
    EXPECT_EQ(arrays[0].shape, Shape({3, 2}));
    EXPECT_EQ(toIntegers(arrays[0]),
              Integers({201, 402, 603, -804, 1005, 1206}));
    EXPECT_EQ(arrays[1].shape, Shape({3, 6}));
    EXPECT_EQ(toIntegers(arrays[1]),
              Integers({100, 200, 1, 2, 100, 200, 300, -400, 3, -4, 300, -400,
                        500, 600, 5, 6, 500, 600}));
  }
}

/// Inputs are delivered like other tensors, in their own types.
TEST(SeveralInputsTest, DeliversInputs) {
  TwoInputs p;
  InterpreterOptions options;
  options.keep = {p.program.inputs[1].tensor, p.program.inputs[0].tensor};
  std::vector<int8_t> a = {1, 2};
  std::vector<int16_t> b = {3, 4};
  auto arrays = runOrFail(p.program, {a.data(), b.data()}, 1, options);
  ASSERT_EQ(arrays.size(), 4u);
  EXPECT_EQ(arrays[2].type, ElementType::I16);
  EXPECT_EQ(toIntegers(arrays[2]), Integers({3, 4}));
  EXPECT_EQ(arrays[3].type, ElementType::I8);
  EXPECT_EQ(toIntegers(arrays[3]), Integers({1, 2}));
}

TEST(SeveralInputsTest, RefusesOtherNumbersOfInputs) {
  TwoInputs p;
  p.program.name = "two";
  auto interpreter = Interpreter::create(p.program);
  ASSERT_TRUE(bool(interpreter)) << interpreter.message();
  int8_t a[2] = {};
  int16_t b[2] = {};
  auto one = (*interpreter)->run(a, 1);
  ASSERT_FALSE(bool(one));
  EXPECT_EQ(one.message(),
            "there are values for 1 inputs, program 'two' has 2");
  auto three = (*interpreter)->run({a, b, b}, 1);
  ASSERT_FALSE(bool(three));
  EXPECT_EQ(three.message(),
            "there are values for 3 inputs, program 'two' has 2");
  EXPECT_FALSE(bool((*interpreter)->run({a, nullptr}, 1)));
  EXPECT_TRUE(bool((*interpreter)->run({a, b}, 1)));
}

/// Floats of several inputs, integers of a model's among them.
TEST(SeveralInputsTest, RunsFloats) {
  ProgramBuilder p;
  int a = p.input(p.tensor({1, 2, 1}, ElementType::U8));
  int b = p.input(p.tensor({1, 2, 2}));
  int joined = p.add(Concatenate(), {a, b, a}, p.tensor({1, 2, 4}));
  p.output(p.add(ReLU(), {joined}, p.tensor({1, 2, 4})));
  p.output(p.add(Add(), {b, b}, p.tensor({1, 2, 2})));
  std::vector<uint8_t> bytes = {7, 255};
  std::vector<float> reals = {-1.5f, 2.5f, 3.25f, 4};
  auto arrays = runOrFail(p.program, {bytes.data(), reals.data()}, 1);
  ASSERT_EQ(arrays.size(), 2u);
  EXPECT_EQ(toFloats(arrays[0]),
            std::vector<float>({7, 0, 2.5f, 7, 255, 3.25f, 4, 255}));
  EXPECT_EQ(toFloats(arrays[1]), std::vector<float>({-3, 5, 6.5f, 8}));
}

/// Floats are remembered as integers are.
TEST(SeveralInputsTest, RemembersFloats) {
  ProgramBuilder p;
  int in = p.input(p.tensor({2}));
  int before = p.tensor({2});
  int sum = p.add(Add(), {in, before}, p.tensor({2}));
  p.output(sum);
  p.program.states.push_back({before, sum});
  std::vector<float> inputs = {1, 2, 0.5f, 0.25f, 4, 8};
  auto arrays = runOrFail(p.program, inputs.data(), 3);
  ASSERT_EQ(arrays.size(), 1u);
  EXPECT_EQ(toFloats(arrays[0]),
            std::vector<float>({1, 2, 1.5f, 2.25f, 5.5f, 10.25f}));
}

TEST(ConcatenateTest, KeepsTheMeaningOfIntegers) {
  TwoInputs p;
  EXPECT_EQ(p.message(), "");
  p.joined().fracBits[3] = 5;
  EXPECT_EQ(p.message(),
            "layer 'layer1': channel 3 of the result has 5 fractional bits, "
            "input 1, where it comes from, has 3: the integers stay as they "
            "are, and so has their meaning");
  p.joined().fracBits[3] = 3;
  p.joined().scales = {1, 1, 1, 1, 1, 0.5f};
  EXPECT_EQ(p.message(),
            "layer 'layer1': channel 5 of the result has 0.5 as its "
            "scale, input 2, where it comes from, has 1: the integers "
            "stay as they are, and so has their meaning");
  p.joined().scales.clear();
  p.joined().valueBits = 7;
  EXPECT_NE(p.message().find("which exceed the 7 value bits of the result"),
            std::string::npos);
}

TEST(ConcatenateTest, RefusesOtherShapes) {
  TwoInputs p;
  p.join().inputs.clear();
  EXPECT_EQ(p.message(), "layer 'layer1': has 0 inputs instead of 1 or more");
  p.join().inputs = {0, 0};
  EXPECT_EQ(p.message(),
            "layer 'layer1': can't join (2) and (2) to (6): all axes but the "
            "last have to be the same, and the last ones add up");
  ProgramBuilder b;
  int image = b.input(b.tensor({2, 3, 4})), row = b.input(b.tensor({3, 4}));
  b.output(b.add(Concatenate(), {image, image, row}, b.tensor({2, 3, 12})));
  auto interpreter = Interpreter::create(b.program);
  ASSERT_FALSE(bool(interpreter));
  EXPECT_EQ(interpreter.message(),
            "layer 'layer0': can't join (2, 3, 4), (2, 3, 4) and (3, 4) to (2, "
            "3, 12): all axes but the last have to be the same, and the last "
            "ones add up");
}

} // namespace test
} // namespace qml
