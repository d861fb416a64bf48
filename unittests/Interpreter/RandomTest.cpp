//===- RandomTest.cpp - Integer operations against their formulas ---------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Random programs of each kind of operation: shapes, bitwidths, shifts, pads,
// buffers that saturate. Every tensor has to be equal in the reference of the
// tests, the plain loops, and the kernels of each instruction set.
//
//===----------------------------------------------------------------------===//

#include "RandomProgram.h"
#include "Reference.h"

using namespace qml;
using namespace qml::test;

namespace {

constexpr int64_t samples = 3;

} // namespace

/// Compares all tensors under all ways to compute them.
static void check(RandomProgram &p) {
  Program &program = p.program;
  Random &random = p.random;
  p.output(program.operations.back().output);
  const Tensor &in = program.tensors[size_t(program.input)];
  int64_t elements = numElements(in.shape);
  bool isFloat = in.type == ElementType::F32;
  int bits = isFloat ? 0 : p.bitsOf(program.input);
  int64_t lower = -(int64_t(1) << bits), upper = (int64_t(1) << bits) - 1;
  if (in.type == ElementType::U8)
    lower = 0;
  std::vector<std::map<int, Value>> expected;
  std::vector<char> data;
  for (int64_t sample = 0; sample < samples; ++sample) {
    Value value;
    if (isFloat) {
      for (int64_t i = 0; i < elements; ++i)
        value.floats.push_back(float(random.integer(-4000, 4000)) / 16.0f);
      const char *bytes = reinterpret_cast<const char *>(value.floats.data());
      data.insert(data.end(), bytes, bytes + value.floats.size() * 4);
    } else {
      value.integers = random.vector<int64_t>(elements, lower, upper);
      // Bounds themselves are where mistakes are.
      value.integers.front() = random.coin() ? lower : upper;
      std::vector<char> encoded = encode(in.type, value.integers);
      data.insert(data.end(), encoded.begin(), encoded.end());
    }
    expected.push_back(evaluate(program, value));
  }

  InterpreterOptions options;
  for (int i = 0; i < int(program.tensors.size()); ++i)
    options.keep.push_back(i);
  for (int variant = 0; variant < 5; ++variant) {
    options.plain = variant == 0;
    options.instructionSet =
        variant == 4 ? InstructionSet::Best : InstructionSet(variant);
    options.threads = variant == 4 ? 2 : 1;
    for (const TensorArray &array :
         runOrFail(program, data.data(), samples, options)) {
      for (int64_t sample = 0; sample < samples; ++sample) {
        const Value &value = expected[size_t(sample)][array.tensor];
        size_t count = std::max(value.integers.size(), value.floats.size());
        ASSERT_EQ(array.data.size(),
                  size_t(samples) * count * sizeOf(array.type));
        std::string where = program.name + ", tensor " +
                            std::to_string(array.tensor) + ", variant " +
                            std::to_string(variant) + ", sample " +
                            std::to_string(sample) + ", element ";
        size_t first = size_t(sample) * count;
        if (array.type == ElementType::F32) {
          std::vector<float> actual = toFloats(array);
          for (size_t i = 0; i < count; ++i)
            ASSERT_EQ(actual[first + i], value.floats[i]) << where << i;
          continue;
        }
        std::vector<int64_t> actual = toIntegers(array);
        for (size_t i = 0; i < count; ++i)
          ASSERT_EQ(actual[first + i], value.integers[i]) << where << i;
      }
    }
  }
}

constexpr unsigned repetitions = 150;

TEST(InterpreterRandomTest, Conv2D) {
  for (unsigned seed = 0; seed < repetitions; ++seed) {
    RandomProgram p(seed);
    int conv = p.addConv(p.addInput(p.image()), false);
    p.addDequantizer(p.addOutputQuantizer(p.addReLU(conv)));
    check(p);
    if (HasFatalFailure())
      return;
  }
}

TEST(InterpreterRandomTest, DepthwiseConv2D) {
  for (unsigned seed = 1000; seed < 1000 + repetitions; ++seed) {
    RandomProgram p(seed);
    int conv = p.addConv(p.addInput(p.image()), true);
    p.addDequantizer(p.addOutputQuantizer(conv));
    check(p);
    if (HasFatalFailure())
      return;
  }
}

TEST(InterpreterRandomTest, Dense) {
  for (unsigned seed = 2000; seed < 2000 + repetitions; ++seed) {
    RandomProgram p(seed);
    Shape shape = p.random.vector<int64_t>(p.random.integer(0, 2), 1, 5);
    shape.push_back(p.random.integer(1, 70));
    p.addOutputQuantizer(p.addDense(p.addInput(shape)));
    check(p);
    if (HasFatalFailure())
      return;
  }
}

TEST(InterpreterRandomTest, Pools) {
  for (unsigned seed = 3000; seed < 3000 + repetitions; ++seed) {
    RandomProgram p(seed);
    int pool = p.addPool(p.addInput(p.image()));
    p.addOutputQuantizer(p.addGlobalPool(pool));
    check(p);
    if (HasFatalFailure())
      return;
  }
}

TEST(InterpreterRandomTest, AddAndView) {
  for (unsigned seed = 4000; seed < 4000 + repetitions; ++seed) {
    RandomProgram p(seed);
    int in = p.addInput(p.image());
    int other = p.random.coin() ? in : p.addOutputQuantizer(in);
    int sum = p.addAdd(in, other);
    p.addView(p.addOutputQuantizer(p.addReLU(sum)));
    check(p);
    if (HasFatalFailure())
      return;
  }
}

TEST(InterpreterRandomTest, Quantizers) {
  for (unsigned seed = 5000; seed < 5000 + repetitions; ++seed) {
    RandomProgram p(seed);
    Shape shape = p.image();
    ElementType types[] = {ElementType::F32, ElementType::F32, ElementType::U8,
                           ElementType::I16};
    int in = p.input(p.tensor(shape, types[p.random.integer(0, 3)]));
    int64_t channels = shape.back();
    int bits = int(p.random.integer(1, 30));
    InputQuantizer quantizer;
    quantizer.zeroPoints =
        p.random.channels<int32_t>(channels, -(1 << bits), 1 << bits);
    // The reference's rules take neither.
    quantizer.isUnsigned = p.random.coin();
    quantizer.scales = {std::ldexp(1.5f, int(p.random.integer(-6, bits)))};
    int fixed = p.fixedTensor(
        shape, bits,
        p.random.vector<int32_t>(p.random.coin() ? 1 : channels, -6, bits));
    p.add(std::move(quantizer), {in}, fixed);
    Rescaling rescaling;
    int scaled = p.fixedTensor(shape, bits, {0}, {0.5f});
    p.add(std::move(rescaling), {fixed}, scaled);
    p.addDequantizer(scaled);
    check(p);
    if (HasFatalFailure())
      return;
  }
}

TEST(InterpreterRandomTest, Networks) {
  for (unsigned seed = 6000; seed < 6000 + repetitions; ++seed) {
    RandomProgram p(seed);
    p.addNetwork();
    check(p);
    if (HasFatalFailure())
      return;
  }
}
