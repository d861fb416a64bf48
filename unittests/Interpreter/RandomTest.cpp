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

/// Random values of an input, which `data` gets, too.
static Value makeInput(RandomProgram &p, int tensor, std::vector<char> &data) {
  Random &random = p.random;
  const Tensor &in = p.program.tensors[size_t(tensor)];
  int64_t elements = numElements(in.shape);
  Value value;
  if (in.type == ElementType::F32) {
    for (int64_t i = 0; i < elements; ++i)
      value.floats.push_back(float(random.integer(-4000, 4000)) / 16.0f);
    const char *bytes = reinterpret_cast<const char *>(value.floats.data());
    data.insert(data.end(), bytes, bytes + value.floats.size() * 4);
    return value;
  }
  int bits = p.bitsOf(tensor);
  int64_t lower = -(int64_t(1) << bits), upper = (int64_t(1) << bits) - 1;
  if (in.type == ElementType::U8)
    lower = 0;
  value.integers = random.vector<int64_t>(elements, lower, upper);
  // Bounds themselves are where mistakes are.
  value.integers.front() = random.coin() ? lower : upper;
  std::vector<char> encoded = encode(in.type, value.integers);
  data.insert(data.end(), encoded.begin(), encoded.end());
  return value;
}

/// Compares all tensors under all ways to compute them.
static void check(RandomProgram &p) {
  Program &program = p.program;
  p.output(program.operations.back().output);
  std::vector<std::map<int, Value>> expected;
  std::vector<std::vector<char>> data(program.inputs.size());
  for (int64_t sample = 0; sample < samples; ++sample) {
    std::vector<Value> values;
    for (size_t i = 0; i < data.size(); ++i)
      values.push_back(makeInput(p, program.inputs[i].tensor, data[i]));
    expected.push_back(evaluate(program, values));
  }
  std::vector<const void *> inputs;
  for (const std::vector<char> &each : data)
    inputs.push_back(each.data());

  std::vector<int> all;
  for (int i = 0; i < int(program.tensors.size()); ++i)
    all.push_back(i);
  constexpr int ways = 5;
  for (int variant = 0; variant < 2 * ways; ++variant) {
    int way = variant % ways;
    InterpreterOptions options;
    // What nobody looks at may never be there as a whole.
    if (variant < ways)
      options.keep = all;
    options.plain = way == 0;
    options.instructionSet =
        way == 4 ? InstructionSet::Best : InstructionSet(way);
    options.threads = way == 4 ? 2 : 1;
    for (const TensorArray &array :
         runOrFail(program, inputs, samples, options)) {
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

/// Bytes times bytes, of which machines do four at once.
TEST(InterpreterRandomTest, ProductsOfBytes) {
  for (unsigned seed = 8000; seed < 8000 + repetitions; ++seed) {
    RandomProgram p(seed);
    int64_t channels = p.random.integer(1, 20) * (p.random.coin() ? 4 : 1);
    int64_t outputs = p.random.integer(1, 70);
    int in = p.input(
        p.tensor({p.random.integer(1, 12), p.random.integer(1, 12), channels},
                 p.random.coin() ? ElementType::U8 : ElementType::I8));
    Conv2D conv;
    conv.accumulator.bufferBits = int(p.random.integer(12, 32));
    int64_t most = p.random.integer(1, 127);
    conv.kernel = p.integers(
        1, {1, 1, channels, outputs},
        p.random.vector<int64_t>(channels * outputs, -most - 1, most));
    conv.bias = p.randomBias(outputs, conv.accumulator.bufferBits);
    Shape shape = p.shapeOf(in);
    shape.back() = outputs;
    int x = p.add(std::move(conv), {in},
                  p.fixedTensor(shape, conv.accumulator.bufferBits));
    if (p.random.coin())
      x = p.addReLU(x);
    if (p.random.coin())
      p.addOutputQuantizer(x);
    check(p);
    if (HasFatalFailure())
      return;
  }
}

/// Layers of more pixels than are computed at a time.
TEST(InterpreterRandomTest, ManyPixels) {
  for (unsigned seed = 9000; seed < 9000 + 20; ++seed) {
    RandomProgram p(seed);
    Shape shape = {p.random.integer(1, 3), p.random.integer(60, 300),
                   p.random.integer(1, 20)};
    int conv = p.addConv(p.addInput(shape), p.random.coin());
    p.addOutputQuantizer(p.addReLU(conv));
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

TEST(InterpreterRandomTest, AddAndReshape) {
  for (unsigned seed = 4000; seed < 4000 + repetitions; ++seed) {
    RandomProgram p(seed);
    int in = p.addInput(p.image());
    int other = p.random.coin() ? in : p.addOutputQuantizer(in);
    int sum = p.addAdd(in, other);
    p.addReshape(p.addOutputQuantizer(p.addReLU(sum)));
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

/// Inputs of their own widths, so that each is kept in a storage of its own.
TEST(InterpreterRandomTest, ConcatenateInputs) {
  for (unsigned seed = 7000; seed < 7000 + repetitions; ++seed) {
    RandomProgram p(seed);
    Shape shape = p.image();
    std::vector<int> parts;
    for (int64_t i = p.random.integer(1, 4); i > 0; --i) {
      shape.back() = p.random.integer(1, 20);
      auto fracBits =
          p.random.vector<int32_t>(p.random.coin() ? 1 : shape.back(), -8, 20);
      parts.push_back(p.input(p.fixedTensor(shape, int(p.random.integer(1, 32)),
                                            std::move(fracBits))));
    }
    // One of them twice, and one as it comes out of a layer.
    parts.push_back(parts.front());
    parts.push_back(p.addReLU(parts.front()));
    int joined = p.addConcatenate(parts);
    p.output(parts.back());
    p.addDequantizer(joined);
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
