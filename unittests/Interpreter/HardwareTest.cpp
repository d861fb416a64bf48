//===- HardwareTest.cpp - What only hardware layers do --------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Cases worked out by hand for the kinds of operations that hardware layers are
// made of; test/Akida compares whole layers with the engine.
//
//===----------------------------------------------------------------------===//

#include "ProgramBuilder.h"

#include <cmath>
#include <limits>

using namespace qml;
using namespace qml::test;

namespace {

using Integers = std::vector<int64_t>;

/// A program of one operation on integers of the hardware.
struct OneOperation : ProgramBuilder {
  OneOperation() { program.arithmetic = Arithmetic::Akida; }

  /// Runs on one sample, by plain loops and by fast kernels.
  Integers run(const std::vector<int32_t> &inputs) {
    Integers first;
    for (bool plain : {true, false}) {
      InterpreterOptions options;
      options.plain = plain;
      auto arrays = runOrFail(program, inputs.data(), 1, options);
      if (arrays.empty())
        return {};
      Integers values = toIntegers(arrays[0]);
      if (!plain) {
        EXPECT_EQ(values, first);
      }
      first = std::move(values);
    }
    return first;
  }

  int inputOf(Shape shape, int valueBits = 30) {
    int tensor = fixedTensor(std::move(shape), valueBits);
    program.tensors[tensor].type = ElementType::I32;
    return input(tensor);
  }
};

AccumulatorRules makeRules(int bits) {
  AccumulatorRules rules;
  rules.bufferBits = bits;
  return rules;
}

} // namespace

//===----------------------------------------------------------------------===//
// Accumulators
//===----------------------------------------------------------------------===//

/// The bias is added in a buffer of its own width.
TEST(HardwareTest, BiasInWiderBuffer) {
  for (bool once : {false, true}) {
    OneOperation b;
    int in = b.inputOf({1});
    Dense dense;
    dense.kernel = b.integers(4, {1, 1}, {2});
    dense.bias = b.integers(4, {1}, {-100});
    dense.accumulator = makeRules(7);
    dense.accumulator.biasBits = 9;
    dense.accumulator.saturatesOnce = once;
    b.output(b.add(dense, {in}, b.fixedTensor({1}, 9)));
    // The input is shifted into the same bits: 127 at most, the sum 254.
    EXPECT_EQ(b.run({100}), Integers({once ? 100 : 27}));
    EXPECT_EQ(b.run({-100}), Integers({once ? -300 : -228}));
  }
}

/// Sums of convolutions wrap around to 32 bits before anything bounds them.
TEST(HardwareTest, SumsWrapAround) {
  for (bool wraps : {false, true}) {
    OneOperation b;
    int in = b.inputOf({1, 1, 2});
    Conv2D conv;
    conv.kernel = b.integers(4, {1, 1, 2, 1}, {4, 4});
    conv.accumulator = makeRules(31);
    conv.accumulator.wrapsAround = wraps;
    b.output(b.add(conv, {in}, b.fixedTensor({1, 1, 1}, 31)));
    EXPECT_EQ(b.run({1 << 28, (1 << 28) + 1}),
              Integers({wraps ? INT32_MIN + 4 : INT32_MAX}));
    EXPECT_EQ(b.run({1 << 28, -3}), Integers({(1 << 30) - 12}));
  }
}

/// What follows a reshape has channels of its own, in the second row, too.
TEST(HardwareTest, ChannelsAfterAReshape) {
  OneOperation b;
  int in = b.inputOf({2, 2});
  Dense dense;
  dense.kernel = b.integers(4, {2, 2}, {8, 0, 0, 8});
  dense.accumulator = makeRules(30);
  int sums = b.add(dense, {in}, b.fixedTensor({2, 2}, 30));
  int flat = b.add(AlignedReshape(), {sums}, b.fixedTensor({4}, 30));
  OutputQuantizer quantizer;
  quantizer.bufferBits = 30;
  quantizer.shift = {0, -1, -2, -3};
  b.output(b.add(quantizer, {flat}, b.fixedTensor({4}, 7, {3, 2, 1, 0})));
  EXPECT_EQ(b.run({1, 2, 3, 4}), Integers({8, 8, 6, 4}));
}

/// Averages saturate after each cell, not at the end.
TEST(HardwareTest, AverageSaturatesEachAddition) {
  OneOperation b;
  int in = b.inputOf({1, 3, 1});
  b.output(b.add(GlobalAveragePool2D{makeRules(7)}, {in},
                 b.fixedTensor({1, 1, 1}, 7)));
  EXPECT_EQ(b.run({100, 100, -50}), Integers({77}));
  b.program.arithmetic = Arithmetic::QuantizeML;
  EXPECT_EQ(b.run({100, 100, -50}), Integers({127}));
}

TEST(HardwareTest, UnsignedResults) {
  OneOperation b;
  int in = b.inputOf({3});
  OutputQuantizer quantizer;
  quantizer.bufferBits = 31;
  quantizer.scales = {3};
  quantizer.shift = {-1};
  quantizer.isUnsigned = true;
  b.output(b.add(quantizer, {in}, b.fixedTensor({3}, 4)));
  EXPECT_EQ(b.run({-5, 3, 50}), Integers({0, 5, 15}));
}

//===----------------------------------------------------------------------===//
// Layers
//===----------------------------------------------------------------------===//

/// The window of a transposed convolution that doubles an image.
static Window doubling(int64_t size) {
  Window window;
  for (int axis = 0; axis < 2; ++axis) {
    window.kernel[axis] = size;
    window.strides[axis] = 2;
    window.padBegin[axis] = (size - 2) / 2;
  }
  return window;
}

/// Cell (i, j) adds the kernel at (2 i, 2 j); one row and column are cut off
/// for four taps, none for three.
TEST(HardwareTest, TransposedConvolution) {
  auto make = [](int64_t size, std::vector<int64_t> kernel) {
    OneOperation b;
    int in = b.inputOf({2, 1, 1});
    Conv2DTranspose conv;
    conv.window = doubling(size);
    conv.kernel = b.integers(4, {size, size, 1, 1}, kernel);
    conv.accumulator = makeRules(27);
    b.output(b.add(conv, {in}, b.fixedTensor({4, 2, 1}, 27)));
    return b.run({1, 10});
  };
  EXPECT_EQ(make(3, {1, 2, 3, 4, 5, 6, 7, 8, 9}),
            Integers({1, 2, 4, 5, 17, 28, 40, 50}));
  Integers counting;
  for (int64_t i = 1; i <= 16; ++i)
    counting.push_back(i);
  EXPECT_EQ(make(4, counting),
            Integers({6, 7, 10 + 20, 11 + 30, 14 + 60, 15 + 70, 100, 110}));
}

TEST(HardwareTest, DepthwiseTransposedConvolution) {
  OneOperation b;
  int in = b.inputOf({1, 1, 2});
  Conv2DTranspose conv;
  conv.depthwise = true;
  conv.window = doubling(2);
  conv.kernel = b.integers(4, {2, 2, 2, 1}, {1, 5, 2, 6, 3, 7, 4, 8});
  conv.accumulator = makeRules(27);
  b.output(b.add(conv, {in}, b.fixedTensor({2, 2, 2}, 27)));
  EXPECT_EQ(b.run({1, 10}), Integers({1, 50, 2, 60, 3, 70, 4, 80}));
}

TEST(HardwareTest, LookUp) {
  OneOperation b;
  int in = b.inputOf({4});
  b.output(b.add(qml::LookUp{{7, 8, 9}, -1}, {in}, b.fixedTensor({4}, 31)));
  EXPECT_EQ(b.run({-1, 0, 1, 50}), Integers({7, 8, 9, 9}));
}

/// With a vector of channels for all cells; saturated at once.
TEST(HardwareTest, Multiply) {
  OneOperation b;
  int in = b.inputOf({2, 1, 2});
  int sum = b.add(Add{30, {1}, {0}}, {in, in}, b.fixedTensor({2, 1, 2}, 30));
  b.output(b.add(qml::Multiply{7}, {in, sum}, b.fixedTensor({2, 1, 2}, 7)));
  EXPECT_EQ(b.run({1, 2, -3, 100}), Integers({3, 12, 27, 127}));
}

TEST(HardwareTest, Concatenate) {
  OneOperation b;
  int in = b.inputOf({2, 2});
  int doubled = b.add(Add{30, {0}, {0}}, {in, in}, b.fixedTensor({2, 2}, 30));
  b.output(b.add(qml::Concatenate(), {in, doubled}, b.fixedTensor({2, 4}, 30)));
  EXPECT_EQ(b.run({1, 2, 3, 4}), Integers({1, 2, 2, 4, 3, 4, 6, 8}));
}

TEST(HardwareTest, Rows) {
  OneOperation b;
  int in = b.inputOf({5, 2});
  b.output(b.add(qml::Rows{1, 2}, {in}, b.fixedTensor({2, 2}, 30)));
  EXPECT_EQ(b.run({0, 1, 2, 3, 4, 5, 6, 7, 8, 9}), Integers({2, 3, 6, 7}));
}

/// Sums over time are bounded from entry to entry.
TEST(HardwareTest, TemporalSum) {
  OneOperation b;
  int in = b.inputOf({1, 3, 1});
  TemporalSum sum;
  sum.kernel = b.integers(4, {3, 1}, {2, 2, 1});
  sum.bias = b.integers(4, {1}, {5});
  sum.accumulator = makeRules(7);
  b.output(b.add(sum, {in}, b.fixedTensor({1, 1}, 7)));
  EXPECT_EQ(b.run({50, 50, -27}), Integers({105}));
}

TEST(HardwareTest, StepActivation) {
  OneOperation b;
  int in = b.inputOf({5});
  // Steps of 2.5 for 4 bits: ties go down, and 15 is the most.
  StepActivation activation;
  activation.threshold = {10};
  activation.sixteenths = {40};
  activation.bits = 4;
  b.output(b.add(activation, {in}, b.fixedTensor({5}, 4)));
  EXPECT_EQ(b.run({9, 10, 11, 15, 1000}), Integers({0, 0, 1, 2, 15}));
}

TEST(HardwareTest, StepDequantizer) {
  OneOperation b;
  int in = b.inputOf({2});
  b.output(b.add(StepDequantizer{{10, -5}, {4.0f, 0.5f}}, {in},
                 b.tensor({2}, ElementType::F32)));
  std::vector<int32_t> inputs = {20, 1};
  auto arrays = runOrFail(b.program, inputs.data(), 1, {});
  ASSERT_EQ(arrays.size(), 1u);
  EXPECT_EQ(toFloats(arrays[0]), std::vector<float>({2.5f, 12.0f}));
}

/// Half away from zero, one zero point, one clamp; what is no number is the
/// smallest integer.
TEST(HardwareTest, Quantizer) {
  OneOperation b;
  int in = b.input(b.tensor({6}, ElementType::F32));
  InputQuantizer quantizer;
  quantizer.scales = {2.0f};
  quantizer.zeroPoints = {10};
  quantizer.isUnsigned = true;
  b.output(b.add(quantizer, {in}, b.fixedTensor({6}, 8)));
  std::vector<float> inputs = {0.25f, -0.25f,   0.2f,
                               1e30f, -1000.0f, std::nanf("")};
  for (bool plain : {true, false}) {
    InterpreterOptions options;
    options.plain = plain;
    auto arrays = runOrFail(b.program, inputs.data(), 1, options);
    ASSERT_EQ(arrays.size(), 1u);
    EXPECT_EQ(toIntegers(arrays[0]), Integers({11, 9, 10, 0, 0, 0}));
  }
}

/// floor(mean |q - truth|) > threshold.
TEST(HardwareTest, DifferenceTest) {
  for (int threshold : {4, 5}) {
    OneOperation b;
    int in = b.inputOf({2, 1});
    int truth = b.add(Add{30, {0}, {0}}, {in, in}, b.fixedTensor({2, 1}, 30));
    qml::DifferenceTest test;
    test.scales = {3};
    test.shift = {0};
    test.threshold = {threshold};
    test.bufferBits = 40;
    b.output(b.add(test, {in, truth}, b.fixedTensor({1}, 7)));
    // |3 x - 2 x| is 4 and 7: the mean, 5.5, counts as 5.
    EXPECT_EQ(b.run({4, -7}), Integers({threshold == 4}));
  }
}

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

namespace {

/// y = the sum of the last three inputs.
struct MovingSum : OneOperation {
  MovingSum() {
    int in = inputOf({1, 1});
    int before = fixedTensor({1, 3, 1}, 30);
    int queue = add(Push(), {in, before}, fixedTensor({1, 3, 1}, 30));
    TemporalSum sum;
    sum.kernel = integers(4, {3, 1}, {1, 1, 1});
    sum.accumulator = makeRules(30);
    output(add(sum, {queue}, fixedTensor({1, 1}, 30)));
    program.states.push_back({before, queue});
  }
};

} // namespace

/// Samples are steps in time, and memory goes on from run to run if kept.
TEST(HardwareTest, MemoryAcrossSamples) {
  MovingSum b;
  auto interpreter = Interpreter::create(b.program);
  ASSERT_TRUE(interpreter) << interpreter.message();
  std::vector<int32_t> inputs = {1, 10, 100, 1000};
  Memory memory;
  std::vector<int32_t> result(4);
  void *results[] = {result.data()};
  ASSERT_TRUE((*interpreter)->run(inputs.data(), 4, results, &memory));
  EXPECT_EQ(result, std::vector<int32_t>({1, 11, 111, 1110}));
  ASSERT_TRUE((*interpreter)->run(inputs.data(), 2, results, &memory));
  EXPECT_EQ(result[0], 1101);
  EXPECT_EQ(result[1], 1011);
  // Without it, each run starts from zeros.
  ASSERT_TRUE((*interpreter)->run(inputs.data(), 1, results));
  EXPECT_EQ(result[0], 1);
  Memory sequences;
  sequences.sequenceLength = 3;
  ASSERT_TRUE((*interpreter)->run(inputs.data(), 4, results, &sequences));
  EXPECT_EQ(result, std::vector<int32_t>({1, 11, 111, 1000}));
  ASSERT_TRUE((*interpreter)->run(inputs.data(), 3, results, &sequences));
  EXPECT_EQ(result, std::vector<int32_t>({1001, 1011, 100, 1000}));
  Memory wrong;
  wrong.values.resize(2);
  EXPECT_FALSE((*interpreter)->run(inputs.data(), 1, results, &wrong));
}

/// (r, i) turns by a quarter with each step: r' = x - i, i' = r.
TEST(HardwareTest, Recurrence) {
  OneOperation b;
  int in = b.inputOf({3, 1}, 15);
  int before = b.fixedTensor({2, 1}, 15);
  qml::Recurrence recurrence;
  recurrence.real = {0};
  recurrence.imaginary = {1};
  recurrence.shift = {0};
  recurrence.bufferBits = 31;
  recurrence.stateBits = 15;
  int all = b.add(recurrence, {in, before}, b.fixedTensor({2, 3, 1}, 15));
  int after = b.add(qml::Rows{2, 3}, {all}, b.fixedTensor({2, 1}, 15));
  b.output(all);
  b.program.states.push_back({before, after});
  auto interpreter = Interpreter::create(b.program);
  ASSERT_TRUE(interpreter) << interpreter.message();
  std::vector<int32_t> inputs = {5, 0, 0, 0, 0, 0};
  auto arrays = (*interpreter)->run(inputs.data(), 2);
  ASSERT_TRUE(arrays) << arrays.message();
  EXPECT_EQ(toIntegers((*arrays)[0]),
            Integers({5, 0, -5, 0, 5, 0, 0, 5, 0, -5, 0, 5}));
}

/// Without a state each sample starts from zero; by the reference's rules each
/// step is rounded to float32, and the result may be what is cut to the states.
TEST(HardwareTest, RecurrenceOfSequences) {
  for (bool keepsSums : {false, true}) {
    OneOperation b;
    b.program.arithmetic = Arithmetic::QuantizeML;
    int in = b.inputOf({3, 1}, 25);
    qml::Recurrence recurrence;
    recurrence.real = {3};
    recurrence.imaginary = {1};
    recurrence.shift = {-1};
    recurrence.bufferBits = 31;
    recurrence.stateBits = 15;
    recurrence.keepsSums = keepsSums;
    b.output(
        b.add(recurrence, {in}, b.fixedTensor({2, 3, 1}, keepsSums ? 31 : 15)));
    auto interpreter = Interpreter::create(b.program);
    ASSERT_TRUE(interpreter) << interpreter.message();
    // 2^24 + 1 is none of float32; its half exceeds the states.
    std::vector<int32_t> inputs = {5, 0, 0, (1 << 24) + 1, 0, 0};
    auto arrays = (*interpreter)->run(inputs.data(), 2);
    ASSERT_TRUE(arrays) << arrays.message();
    // Sums 5, 9 + 3i and 13 + 11i, and their rounded halves.
    if (keepsSums)
      EXPECT_EQ(toIntegers((*arrays)[0]),
                Integers({5, 9, 13, 0, 3, 11, 1 << 24, 98301, 81917, 0, 32767,
                          81919}));
    else
      EXPECT_EQ(
          toIntegers((*arrays)[0]),
          Integers({3, 5, 7, 0, 2, 6, 32767, 32767, 32767, 0, 16384, 32767}));
  }
}

//===----------------------------------------------------------------------===//
// Programs that are refused
//===----------------------------------------------------------------------===//

TEST(HardwareTest, RefusesUnsoundPrograms) {
  auto refuse = [](OneOperation &b, const std::string &words) {
    auto interpreter = Interpreter::create(b.program);
    ASSERT_FALSE(interpreter);
    EXPECT_NE(interpreter.message().find(words), std::string::npos)
        << interpreter.message();
  };
  {
    OneOperation b;
    int in = b.inputOf({2, 2, 1});
    Conv2DTranspose conv;
    conv.window = doubling(3);
    conv.kernel = b.integers(4, {3, 3, 1, 1}, Integers(9, 1));
    conv.accumulator = makeRules(27);
    b.output(b.add(conv, {in}, b.fixedTensor({7, 4, 1}, 27)));
    refuse(b, "its taps reach 6 cells along the height");
  }
  {
    OneOperation b;
    int in = b.inputOf({2});
    b.output(b.add(qml::LookUp{{}, 0}, {in}, b.fixedTensor({2}, 31)));
    refuse(b, "the table is empty");
  }
  {
    OneOperation b;
    int in = b.inputOf({2, 2});
    b.output(b.add(qml::Concatenate(), {in, in}, b.fixedTensor({2, 5}, 30)));
    refuse(b, "can't join (2, 2) and (2, 2) to (2, 5): all axes but the last");
  }
  {
    OneOperation b;
    int in = b.inputOf({2, 2});
    b.output(b.add(Push(), {in, in}, b.fixedTensor({2, 2}, 30)));
    refuse(b, "can't push (2, 2) into a queue (2, 2)");
  }
  {
    OneOperation b;
    int in = b.inputOf({3});
    StepActivation activation;
    activation.threshold = {0};
    activation.sixteenths = {0};
    activation.bits = 4;
    b.output(b.add(activation, {in}, b.fixedTensor({3}, 4)));
    refuse(b, "a step of 0 sixteenths");
  }
  {
    OneOperation b;
    int in = b.inputOf({5, 2});
    b.output(b.add(qml::Rows{1, 2}, {in}, b.fixedTensor({3, 2}, 30)));
    refuse(b, "can't take rows (3, 2) of (5, 2)");
  }
  {
    MovingSum b;
    b.program.states[0].after = b.program.inputs[0].tensor;
    refuse(b, "a state becomes tensor");
  }
  {
    MovingSum b;
    b.program.states[0].before = b.program.inputs[0].tensor;
    refuse(b, "which does not exist, has a value, or is an integer "
              "without a fixed point");
  }
  {
    OneOperation b;
    int in = b.inputOf({2, 1});
    qml::DifferenceTest test;
    test.scales = test.shift = test.threshold = {0};
    test.bufferBits = 60;
    b.output(b.add(test, {in, in}, b.fixedTensor({1}, 7)));
    refuse(b, "60 buffer bits, allowed are 0 to 44");
  }
  // Factors of more would leave 64 bits.
  {
    OneOperation b;
    int in = b.inputOf({2, 1});
    qml::DifferenceTest test;
    test.scales = {(1 << 24) + 1};
    test.shift = test.threshold = {0};
    test.bufferBits = 40;
    b.output(b.add(test, {in, in}, b.fixedTensor({1}, 7)));
    refuse(b, "scale 16777217 exceeds 24 bits");
  }
  {
    OneOperation b;
    int in = b.inputOf({3, 1}, 15);
    qml::Recurrence recurrence;
    recurrence.real = {1};
    recurrence.imaginary = {INT32_MIN};
    recurrence.shift = {0};
    recurrence.bufferBits = 31;
    recurrence.stateBits = 15;
    b.output(b.add(recurrence, {in}, b.fixedTensor({2, 3, 1}, 15)));
    refuse(b, "scale -2147483648 exceeds 24 bits");
  }
}
