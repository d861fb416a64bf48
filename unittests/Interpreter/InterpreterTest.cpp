//===- InterpreterTest.cpp - Running programs -----------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Cases worked out by hand, float operations, and how values get in and out.
//
//===----------------------------------------------------------------------===//

#include "RandomProgram.h"

#include <cmath>
#include <limits>
#include <thread>

using namespace qml;
using namespace qml::test;

namespace {

/// Runs `program` on floats in each way; all have to agree.
std::vector<float> runFloats(const Program &program,
                             const std::vector<float> &inputs,
                             int64_t samples = 1) {
  std::vector<float> first;
  for (bool plain : {true, false}) {
    InterpreterOptions options;
    options.plain = plain;
    auto arrays = runOrFail(program, inputs.data(), samples, options);
    if (arrays.empty())
      return {};
    std::vector<float> values = toFloats(arrays[0]);
    if (!plain) {
      EXPECT_EQ(values, first);
    }
    first = std::move(values);
  }
  return first;
}

using Floats = std::vector<float>;
using Integers = std::vector<int64_t>;

} // namespace

//===----------------------------------------------------------------------===//
// Rules of the two arithmetics
//===----------------------------------------------------------------------===//

/// The largest value of n bits is 2^n in float32 for n >= 25.
TEST(InterpreterTest, UpperBoundOfWideBuffers) {
  for (int bits : {8, 24, 25, 27, 30, 31, 32})
    for (Arithmetic arithmetic : {Arithmetic::QuantizeML, Arithmetic::Akida})
      for (bool plain : {false, true}) {
        ProgramBuilder b;
        b.program.arithmetic = arithmetic;
        int in = b.input(b.tensor({1}, ElementType::I16));
        Dense dense;
        dense.kernel = b.integers(4, {1, 1}, {INT32_MAX});
        dense.accumulator.bufferBits = bits;
        b.output(b.add(dense, {in}, b.fixedTensor({1}, bits)));
        int16_t inputs[] = {INT16_MAX, INT16_MIN};
        InterpreterOptions options;
        options.plain = plain;
        auto arrays = runOrFail(b.program, inputs, 2, options);
        ASSERT_EQ(arrays.size(), 1u);
        bool odd = bits >= 25 && arithmetic == Arithmetic::QuantizeML;
        int64_t power = int64_t(1) << bits;
        EXPECT_EQ(toIntegers(arrays[0]),
                  (Integers{odd ? power : power - 1, -power}))
            << bits;
      }
}

/// 20,316,159 / 2^18 = 77.4999962 is 77 exactly, but needs 25 bits: in float32
/// it is 77.5, which rounds up.
TEST(InterpreterTest, ScaleOutRoundsTo24Bits) {
  for (Arithmetic arithmetic : {Arithmetic::QuantizeML, Arithmetic::Akida})
    for (bool plain : {false, true}) {
      ProgramBuilder b;
      b.program.arithmetic = arithmetic;
      int in = b.input(b.fixedTensor({1}, 27));
      OutputQuantizer quantizer;
      quantizer.bufferBits = 32;
      quantizer.scales = {3};
      quantizer.shift = {-18};
      b.output(b.add(quantizer, {in}, b.fixedTensor({1}, 7)));
      int32_t inputs[] = {6772053};
      InterpreterOptions options;
      options.plain = plain;
      auto arrays = runOrFail(b.program, inputs, 1, options);
      ASSERT_EQ(arrays.size(), 1u);
      EXPECT_EQ(toIntegers(arrays[0]),
                Integers{arithmetic == Arithmetic::Akida ? 77 : 78});
    }
}

/// Rounding is half up, also below zero; the product saturates to the buffer
/// before the shift.
TEST(InterpreterTest, ScaleOutRoundsHalfUp) {
  ProgramBuilder b;
  int in = b.input(b.fixedTensor({6}, 12));
  OutputQuantizer quantizer;
  quantizer.bufferBits = 10;
  quantizer.scales = {2};
  quantizer.shift = {-2};
  b.output(b.add(quantizer, {in}, b.fixedTensor({6}, 8)));
  int16_t inputs[] = {1, -1, 3, -3, 4000, -4000};
  auto arrays = runOrFail(b.program, inputs, 1);
  ASSERT_EQ(arrays.size(), 1u);
  // 1023 / 4 = 255.75 and -1024 / 4 = -256.
  EXPECT_EQ(toIntegers(arrays[0]), (Integers{1, 0, 2, -1, 255, -256}));
}

/// Partial sums do not saturate, the complete sum and the biased sum do.
TEST(InterpreterTest, SumsSaturateOnceBeforeAndAfterTheBias) {
  ProgramBuilder b;
  int in = b.input(b.tensor({3}, ElementType::I8));
  Dense dense;
  dense.kernel = b.integers(1, {3, 1}, {100, 100, 100});
  dense.bias = b.integers(4, {1}, {-100});
  dense.accumulator.bufferBits = 10;
  b.output(b.add(dense, {in}, b.fixedTensor({1}, 10)));
  int8_t inputs[] = {100, 100, -100, 100, 100, 100, -100, -100, -100};
  auto arrays = runOrFail(b.program, inputs, 3);
  ASSERT_EQ(arrays.size(), 1u);
  EXPECT_EQ(toIntegers(arrays[0]), (Integers{923, 923, -1024}));
}

/// Windows of 4 and of 2 cells: sums are of quarters.
TEST(InterpreterTest, MeansOverBordersHaveOneDenominator) {
  ProgramBuilder b;
  int in = b.input(b.fixedTensor({2, 3, 1}, 7));
  AveragePool2D pool;
  pool.window.kernel[0] = pool.window.kernel[1] = 2;
  pool.window.strides[0] = pool.window.strides[1] = 2;
  pool.window.padEnd[1] = 1;
  EXPECT_EQ(chooseDenominator(pool, {2, 3, 1}, {1, 2, 1}), 4);
  pool.denominator = 4;
  pool.bufferBits = 5;
  b.output(b.add(pool, {in}, b.fixedTensor({1, 2, 1}, 5, {0}, {0.25f})));
  // 1 2 3   -1 -2 -3
  // 5 8 9   -5 -8 -9
  int8_t inputs[] = {1, 2, 3, 5, 8, 9, -1, -2, -3, -5, -8, -9};
  auto arrays = runOrFail(b.program, inputs, 2);
  ASSERT_EQ(arrays.size(), 1u);
  EXPECT_EQ(toIntegers(arrays[0]), (Integers{16, 24, -16, -24}));
  // Beyond the buffer.
  int8_t large[] = {10, 10, 10, 10, 10, 10};
  arrays = runOrFail(b.program, large, 1);
  EXPECT_EQ(toIntegers(arrays[0]), (Integers{31, 31}));
}

/// A common multiple, unless that is large.
TEST(InterpreterTest, DenominatorsStaySmall) {
  AveragePool2D pool;
  pool.window = {{3, 3}, {1, 1}, {1, 1}, {1, 1}, {1, 1}};
  EXPECT_EQ(chooseDenominator(pool, {8, 8, 1}, {8, 8, 1}), 36);
  pool.window = {{21, 21}, {1, 1}, {1, 1}, {10, 10}, {10, 10}};
  EXPECT_EQ(chooseDenominator(pool, {32, 32, 1}, {32, 32, 1}), 441 << 8);
}

TEST(InterpreterTest, InputQuantizerRoundsHalfToEven) {
  ProgramBuilder b;
  int in = b.input(b.tensor({9}));
  InputQuantizer quantizer;
  quantizer.zeroPoints = {1};
  b.output(b.add(quantizer, {in}, b.fixedTensor({9}, 3, {1})));
  float nan = std::numeric_limits<float>::quiet_NaN();
  // Twice the value, to even; -8 to 7; one more; again -8 to 7.
  Floats inputs = {0.25f, 0.75f,  1.25f, -0.25f,   -0.75f,
                   100.f, -100.f, nan,   -INFINITY};
  for (bool plain : {false, true}) {
    InterpreterOptions options;
    options.plain = plain;
    auto arrays = runOrFail(b.program, inputs.data(), 1, options);
    ASSERT_EQ(arrays.size(), 1u);
    EXPECT_EQ(toIntegers(arrays[0]), (Integers{1, 3, 3, 1, -1, 7, -7, -7, -7}));
  }
}

//===----------------------------------------------------------------------===//
// Values in and out
//===----------------------------------------------------------------------===//

TEST(InterpreterTest, FloatProgramsTakeAnyNumbers) {
  auto test = [](ElementType type, const void *inputs, Floats expected) {
    ProgramBuilder b;
    int in = b.input(b.tensor({3}, type));
    b.output(b.add(Rescaling{{0.5f}, {1.0f}}, {in}, b.tensor({3})));
    for (bool plain : {false, true}) {
      InterpreterOptions options;
      options.plain = plain;
      auto arrays = runOrFail(b.program, inputs, 1, options);
      ASSERT_EQ(arrays.size(), 1u);
      EXPECT_EQ(toFloats(arrays[0]), expected) << nameOf(type);
    }
  };
  Floats expected = {1.0f, 1.5f, 51.0f};
  Floats negative = {1.0f, 0.5f, 51.0f};
  test(ElementType::U8, std::vector<uint8_t>{0, 1, 100}.data(), expected);
  test(ElementType::U16, std::vector<uint16_t>{0, 1, 100}.data(), expected);
  test(ElementType::U32, std::vector<uint32_t>{0, 1, 100}.data(), expected);
  test(ElementType::U64, std::vector<uint64_t>{0, 1, 100}.data(), expected);
  test(ElementType::I8, std::vector<int8_t>{0, -1, 100}.data(), negative);
  test(ElementType::I16, std::vector<int16_t>{0, -1, 100}.data(), negative);
  test(ElementType::I32, std::vector<int32_t>{0, -1, 100}.data(), negative);
  test(ElementType::I64, std::vector<int64_t>{0, -1, 100}.data(), negative);
  test(ElementType::F32, Floats{0, -1, 100}.data(), negative);
  test(ElementType::F64, std::vector<double>{0, -1, 100}.data(), negative);
}

TEST(InterpreterTest, DeliversOutputsThenKeptTensorsOnce) {
  ProgramBuilder b;
  int in = b.input(b.tensor({2}, ElementType::U8));
  int scaled = b.add(Rescaling{{0.5f}, {0.0f}}, {in},
                     b.fixedTensor({2}, 8, {0}, {0.5f}));
  int real = b.add(Dequantizer(), {scaled}, b.tensor({2}));
  b.output(real);
  b.output(real);
  InterpreterOptions options;
  options.keep = {scaled, in, real};
  auto interpreter = Interpreter::create(b.program, options);
  ASSERT_TRUE(bool(interpreter)) << interpreter.message();
  EXPECT_EQ((*interpreter)->delivered(), (std::vector<int>{real, scaled, in}));

  uint8_t inputs[] = {0, 255, 7, 8};
  auto arrays = (*interpreter)->run(inputs, 2);
  ASSERT_TRUE(bool(arrays));
  EXPECT_EQ((*arrays)[0].shape, (Shape{2, 2}));
  EXPECT_EQ(toFloats((*arrays)[0]), (Floats{0.0f, 127.5f, 3.5f, 4.0f}));
  EXPECT_EQ((*arrays)[1].type, ElementType::I16);
  EXPECT_EQ(toIntegers((*arrays)[1]), (Integers{0, 255, 7, 8}));
  EXPECT_EQ((*arrays)[2].type, ElementType::U8);
  EXPECT_EQ(toIntegers((*arrays)[2]), (Integers{0, 255, 7, 8}));

  // Nobody has to take anything, and there may be nothing to do.
  void *results[] = {nullptr, nullptr, nullptr};
  EXPECT_TRUE(bool((*interpreter)->run(inputs, 2, results)));
  auto none = (*interpreter)->run(nullptr, 0);
  ASSERT_TRUE(bool(none));
  EXPECT_EQ((*none)[0].shape, (Shape{0, 2}));
  EXPECT_FALSE(bool((*interpreter)->run(inputs, -1)));
  EXPECT_FALSE(bool((*interpreter)->run(nullptr, 1)));
}

TEST(InterpreterTest, UnquantizedIntegersPassViewsAndPools) {
  ProgramBuilder b;
  int in = b.input(b.tensor({2, 2, 1}, ElementType::U8));
  MaxPool2D pool;
  pool.window.kernel[0] = 2;
  int best = b.add(pool, {in}, b.tensor({1, 2, 1}, ElementType::U8));
  int flat = b.add(AlignedReshape(), {best}, b.tensor({2}, ElementType::U8));
  int real = b.add(AlignedReshape(), {flat}, b.tensor({1, 2}));
  b.output(flat);
  b.output(real);
  uint8_t inputs[] = {1, 200, 3, 4};
  for (bool plain : {false, true}) {
    InterpreterOptions options;
    options.plain = plain;
    auto arrays = runOrFail(b.program, inputs, 1, options);
    ASSERT_EQ(arrays.size(), 2u);
    EXPECT_EQ(toIntegers(arrays[0]), (Integers{3, 200}));
    EXPECT_EQ(toFloats(arrays[1]), (Floats{3.0f, 200.0f}));
  }
}

TEST(InterpreterTest, InputsHaveToFitTheirValueBits) {
  for (ElementType type :
       {ElementType::I8, ElementType::I16, ElementType::I32, ElementType::I64})
    for (int bits : {4, 20, 31})
      for (bool plain : {false, true}) {
        if (size_t(storageBytes(bits)) > sizeOf(type))
          continue;
        ProgramBuilder b;
        b.program.arithmetic = Arithmetic::Akida;
        int in = b.input(b.fixedTensor({2}, bits));
        b.program.tensors[size_t(in)].type = type;
        b.output(b.add(AlignedReshape(), {in}, b.fixedTensor({2, 1}, bits)));
        InterpreterOptions options;
        options.plain = plain;
        auto interpreter = Interpreter::create(b.program, options);
        ASSERT_TRUE(bool(interpreter)) << interpreter.message();
        int64_t upper = (int64_t(1) << bits) - 1;
        auto runWith = [&](int64_t value) {
          return (*interpreter)->run(encode(type, {0, value}).data(), 1);
        };
        auto good = runWith(upper);
        ASSERT_TRUE(bool(good));
        EXPECT_EQ(toIntegers((*good)[0]), (Integers{0, upper}));
        EXPECT_TRUE(bool(runWith(-upper - 1)));
        if (size_t(bits) < sizeOf(type) * 8 - 1) {
          EXPECT_FALSE(bool(runWith(upper + 1)));
          EXPECT_FALSE(bool(runWith(-upper - 2)));
        }
        if (type == ElementType::I64) {
          EXPECT_FALSE(bool(runWith(int64_t(1) << 32)));
        }
      }
}

TEST(InterpreterTest, WeightsMayLieAtAnyAddress) {
  alignas(8) char memory[64] = {};
  int16_t kernel[] = {300, -2};
  int64_t bias[] = {5};
  float real[] = {0.5f, 2.0f};
  std::memcpy(memory + 1, kernel, sizeof(kernel));
  std::memcpy(memory + 11, bias, sizeof(bias));
  std::memcpy(memory + 33, real, sizeof(real));
  ProgramBuilder b;
  int in = b.input(b.tensor({2}, ElementType::I8));
  Dense dense;
  dense.kernel = {ElementType::I16, {2, 1}, memory + 1};
  dense.bias = {ElementType::I64, {1}, memory + 11};
  dense.accumulator.bufferBits = 27;
  int sum = b.add(dense, {in}, b.fixedTensor({1}, 27));
  int value = b.add(Dequantizer(), {sum}, b.tensor({1}));
  Dense last;
  last.kernel = {ElementType::F32, {1, 2}, memory + 33};
  b.output(b.add(last, {value}, b.tensor({2})));
  int8_t inputs[] = {1, 2};
  auto arrays = runOrFail(b.program, inputs, 1);
  ASSERT_EQ(arrays.size(), 1u);
  EXPECT_EQ(toFloats(arrays[0]), (Floats{150.5f, 602.0f}));
}

TEST(InterpreterTest, ResultsDoNotDependOnThreadsOrBatches) {
  RandomProgram p(42);
  p.addNetwork();
  p.output(p.program.operations.back().output);
  constexpr int64_t samples = 100;
  const Tensor &in = p.program.tensors[size_t(p.program.inputs[0].tensor)];
  int64_t elements = numElements(in.shape);
  std::vector<char> inputs =
      encode(in.type, p.random.vector<int64_t>(samples * elements, 0, 1));
  size_t sampleBytes = inputs.size() / samples;

  InterpreterOptions options;
  options.threads = 1;
  auto single = Interpreter::create(p.program, options);
  ASSERT_TRUE(bool(single)) << single.message();
  auto expected = (*single)->run(inputs.data(), samples);
  ASSERT_TRUE(bool(expected));
  size_t resultBytes = (*expected)[0].data.size() / samples;
  for (int threads : {2, 3, 7}) {
    options.threads = threads;
    auto arrays = runOrFail(p.program, inputs.data(), samples, options);
    ASSERT_EQ(arrays.size(), 1u);
    EXPECT_EQ(arrays[0].data, (*expected)[0].data);
  }
  // One at a time, from two threads that share the interpreter.
  auto half = [&](int64_t begin) {
    for (int64_t i = begin; i < samples; i += 2) {
      auto one = (*single)->run(inputs.data() + size_t(i) * sampleBytes, 1);
      ASSERT_TRUE(bool(one));
      EXPECT_EQ(
          0, std::memcmp((*one)[0].data.data(),
                         (*expected)[0].data.data() + size_t(i) * resultBytes,
                         resultBytes));
    }
  };
  std::thread other(half, 1);
  half(0);
  other.join();
}

//===----------------------------------------------------------------------===//
// Float operations
//===----------------------------------------------------------------------===//

TEST(InterpreterFloatTest, ElementByElement) {
  ProgramBuilder b;
  int in = b.input(b.tensor({2, 2}));
  int x = b.add(BatchNorm{{2.0f, 0.5f}, {1.0f, -1.0f}}, {in}, b.tensor({2, 2}));
  int y = b.add(ReLU{2.5f, {}}, {x}, b.tensor({2, 2}));
  int z = b.add(Rescaling{{3.0f, 1.0f}, {0.0f, 1.0f}}, {y}, b.tensor({2, 2}));
  int w = b.add(Add(), {z, in}, b.tensor({2, 2}));
  b.output(b.add(AlignedReshape(), {w}, b.tensor({4})));
  // 1, 2, -3, 8: 3, 0, -5, 3: 2.5, 0, 0, 2.5: 7.5, 1, 0, 3.5
  EXPECT_EQ(runFloats(b.program, {1, 2, -3, 8}), (Floats{8.5f, 3, -3, 11.5f}));
}

TEST(InterpreterFloatTest, ReLUWithoutMaximum) {
  ProgramBuilder b;
  int in = b.input(b.tensor({3}));
  b.output(b.add(ReLU(), {in}, b.tensor({3})));
  EXPECT_EQ(runFloats(b.program, {-1, 0, 1e30f}), (Floats{0, 0, 1e30f}));
}

/// Against the integer form: sums of small integers are exact in float32.
TEST(InterpreterFloatTest, ConvolutionsEqualIntegerOnes) {
  for (unsigned seed = 0; seed < 200; ++seed) {
    RandomProgram p(seed);
    p.program.arithmetic = Arithmetic::Akida;
    int in = p.input(p.fixedTensor(p.image(), 4));
    int out = p.random.coin() ? p.addConv(in, p.random.coin()) : p.addDense(in);
    Operation &operation = p.program.operations[0];
    auto shrink = [&](AccumulatorRules &rules, Constant &kernel,
                      Constant &bias) {
      rules = {30, {}};
      kernel = p.integers(
          1, kernel.shape,
          p.random.vector<int64_t>(numElements(kernel.shape), -9, 9));
      if (bias)
        bias = p.integers(4, bias.shape,
                          p.random.vector<int64_t>(bias.shape[0], -500, 500));
    };
    auto toReal = [&](Constant &constant) {
      Floats values;
      for (int64_t i = 0; constant && i < numElements(constant.shape); ++i)
        values.push_back(constant.type == ElementType::I8
                             ? float(constant.as<int8_t>()[i])
                             : float(constant.as<int32_t>()[i]));
      if (constant)
        constant = p.floats(constant.shape, values);
    };
    ProgramBuilder real;
    if (auto *conv = std::get_if<Conv2D>(&operation.kind)) {
      shrink(conv->accumulator, conv->kernel, conv->bias);
      Conv2D floats = *conv;
      toReal(floats.kernel);
      toReal(floats.bias);
      floats.paddingValue.assign(conv->integerPadding.begin(),
                                 conv->integerPadding.end());
      real.program.operations = {{floats, "conv", {0}, 1}};
    } else {
      auto *dense = std::get_if<Dense>(&operation.kind);
      shrink(dense->accumulator, dense->kernel, dense->bias);
      Dense floats = *dense;
      toReal(floats.kernel);
      toReal(floats.bias);
      real.program.operations = {{floats, "dense", {0}, 1}};
    }
    Tensor &result = p.program.tensors[size_t(out)];
    result.type = ElementType::I32;
    result.fixed = Fixed{30, {0}, {}};
    p.output(p.addDequantizer(out));
    real.input(real.tensor(p.shapeOf(in)));
    real.output(real.tensor(p.shapeOf(out)));

    Integers inputs =
        p.random.vector<int64_t>(numElements(p.shapeOf(in)), -16, 15);
    auto exact =
        runOrFail(p.program, encode(ElementType::I8, inputs).data(), 1);
    ASSERT_EQ(exact.size(), 1u);
    Floats expected = toFloats(exact[0]);
    Floats actual =
        runFloats(real.program, Floats(inputs.begin(), inputs.end()));
    // Padding values of 12 bits leave 24 bits now and then.
    ASSERT_EQ(actual.size(), expected.size());
    for (size_t i = 0; i < actual.size(); ++i)
      ASSERT_NEAR(actual[i], expected[i], std::abs(expected[i]) * 1e-6f)
          << seed;
  }
}

TEST(InterpreterFloatTest, PoolsAndPads) {
  ProgramBuilder b;
  int in = b.input(b.tensor({2, 2, 2}));
  Move zeros;
  zeros.axes = {{0, -1, 1}, {1, 0, 1}, {2, 0, 1}};
  int padded = b.add(zeros, {in}, b.tensor({3, 3, 2}));
  MaxPool2D pool;
  pool.window.kernel[0] = pool.window.kernel[1] = 2;
  pool.window.strides[0] = pool.window.strides[1] = 2;
  pool.window.padEnd[0] = pool.window.padEnd[1] = 1;
  int best = b.add(pool, {padded}, b.tensor({2, 2, 2}));
  int mean = b.add(GlobalAveragePool2D(), {best}, b.tensor({2}));
  b.output(best);
  b.output(mean);
  //  0  0  0     0  0  0
  // -1 -2  0     5  6  0
  // -3 -4  0     7  8  0
  Floats inputs = {-1, 5, -2, 6, -3, 7, -4, 8};
  auto arrays = runOrFail(b.program, inputs.data(), 1);
  ASSERT_EQ(arrays.size(), 2u);
  EXPECT_EQ(toFloats(arrays[0]), (Floats{0, 6, 0, 0, -3, 8, 0, 0}));
  EXPECT_EQ(toFloats(arrays[1]), (Floats{-0.75f, 3.5f}));
}

TEST(InterpreterFloatTest, PaddedCellsAreNotCounted) {
  ProgramBuilder b;
  int in = b.input(b.tensor({2, 3, 1}));
  AveragePool2D pool;
  pool.window.kernel[0] = pool.window.kernel[1] = 2;
  pool.window.strides[0] = pool.window.strides[1] = 2;
  pool.window.padEnd[1] = 1;
  b.output(b.add(pool, {in}, b.tensor({1, 2, 1})));
  // 1 2 3
  // 5 8 9
  EXPECT_EQ(runFloats(b.program, {1, 2, 3, 5, 8, 9}), (Floats{4, 6}));
}

TEST(InterpreterFloatTest, Softmax) {
  ProgramBuilder b;
  int in = b.input(b.tensor({2, 3}));
  b.output(b.add(Softmax(), {in}, b.tensor({2, 3})));
  Floats values = runFloats(b.program, {1000, 1000, 1000, 0, 1, 2});
  ASSERT_EQ(values.size(), 6u);
  double total = 1 + std::exp(1.0) + std::exp(2.0);
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_FLOAT_EQ(values[i], 1.0f / 3.0f);
    EXPECT_FLOAT_EQ(values[3 + i], float(std::exp(double(i)) / total));
  }
}

/// Far from the largest value too, where the softmax is zero.
TEST(InterpreterFloatTest, LogSoftmax) {
  ProgramBuilder b;
  int in = b.input(b.tensor({2, 3}));
  b.output(b.add(Softmax{/*isLogarithm=*/true}, {in}, b.tensor({2, 3})));
  Floats values = runFloats(b.program, {1000, 0, -1000, 0, 1, 2});
  ASSERT_EQ(values.size(), 6u);
  double total = 1 + std::exp(1.0) + std::exp(2.0);
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_FLOAT_EQ(values[i], -1000.0f * float(i));
    EXPECT_FLOAT_EQ(values[3 + i], float(double(i) - std::log(total)));
  }
}

/// Integers up to a dequantizer, floats after it.
TEST(InterpreterFloatTest, MixedProgram) {
  ProgramBuilder b;
  int in = b.input(b.tensor({2}));
  int fixed = b.add(InputQuantizer(), {in}, b.fixedTensor({2}, 7, {4, 2}));
  int real = b.add(Dequantizer(), {fixed}, b.tensor({2}));
  Dense dense;
  dense.kernel = b.floats({2, 1}, {1.0f, 10.0f});
  dense.bias = b.floats({1}, {0.25f});
  b.output(b.add(dense, {real}, b.tensor({1})));
  // 1.03 is 16/16, 0.8 is 3/4.
  EXPECT_EQ(runFloats(b.program, {1.03f, 0.8f}), Floats{8.75f});
}
