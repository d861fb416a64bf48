//===- IntegerRandomTest.cpp - Random integer programs as on a GPU --------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Random programs of each kind of operation, and networks of them, in chunks
// that leave tails, with and without fusing: the same bits as the interpreter's
// plain loops.
//
//===----------------------------------------------------------------------===//

#include "../Interpreter/RandomProgram.h"
#include "IntegerExecution.h"

#include <cmath>

using namespace qml;
using namespace qml::test;

namespace {

struct Shapes {
  int64_t samples;
  int64_t chunk;
};

/// Single samples, tails of several sizes, and less than one chunk.
constexpr Shapes shapes[] = {{3, 1}, {5, 2}, {7, 3}, {2, 8}, {4, 4}, {11, 4}};

} // namespace

/// Compares the last tensor, with and without fusing, and then all tensors.
static void check(RandomProgram &p, unsigned seed) {
  Program &program = p.program;
  p.output(program.operations.back().output);
  Shapes shape = shapes[seed % 6];
  std::vector<char> inputs = randomInputs(program, shape.samples, p.random);
  std::vector<int> all;
  for (int i = 0; i < int(program.tensors.size()); ++i)
    all.push_back(i);
  std::vector<std::vector<char>> expected =
      runPlain(program, inputs, shape.samples, all);
  MemorySamples samples(program.tensors[size_t(program.input)], shape.samples,
                        inputs, seed % 2);
  HostDeviceOptions host;
  host.order = Order(seed % 3);
  for (int variant = 0; variant < 3; ++variant) {
    IntegerExecutorOptions options;
    options.chunk = shape.chunk;
    options.fuse = variant != 1;
    options.keep = {program.operations.back().output};
    if (variant == 2)
      options.keep = all;
    auto actual =
        runOnDevice(program, samples, 0, shape.samples, options, host);
    ASSERT_EQ(actual.size(), options.keep.size());
    for (size_t i = 0; i < actual.size(); ++i) {
      int tensor = options.keep[i];
      expectSame(actual[i], expected[size_t(tensor)],
                 program.tensors[size_t(tensor)],
                 program.name + ", tensor " + std::to_string(tensor) +
                     ", variant " + std::to_string(variant));
      if (::testing::Test::HasFatalFailure())
        return;
    }
  }
}

/// Makes programs with `make`, and checks them.
template <typename Function>
static void checkMany(unsigned first, unsigned count, Function make) {
  for (unsigned seed = first; seed < first + count; ++seed) {
    RandomProgram p(seed);
    make(p);
    check(p, seed);
    if (::testing::Test::HasFatalFailure())
      return;
  }
}

/// Products of bytes: what converted networks have, without what needs more.
static Conv2D smallConv(RandomProgram &p, const Shape &in, int64_t outputs) {
  Conv2D conv;
  conv.window = p.randomWindow(in, false);
  conv.buffer.bufferBits = 31;
  int64_t spread = p.random.integer(0, 10);
  conv.buffer.inputShift = p.random.channels<int32_t>(in[2], 0, spread);
  int64_t most = p.random.coin() ? 7 : 127;
  Shape shape = {conv.window.kernel[0], conv.window.kernel[1], in[2], outputs};
  conv.kernel =
      p.integers(p.random.coin() ? 1 : 2, shape,
                 p.random.vector<int64_t>(numElements(shape), -most - 1, most));
  conv.bias = p.randomBias(outputs, 20);
  if (p.random.coin())
    conv.integerPadding = {p.random.integer(-3, 3) * (int64_t(1) << spread)};
  return conv;
}

TEST(IntegerRandomTest, BytesOfConvolutions) {
  checkMany(100, 60, [](RandomProgram &p) {
    int64_t channels[] = {1, 3, 4, 8, 30, 32, 64, 65};
    Shape in = {p.random.integer(1, 9), p.random.integer(1, 9),
                channels[p.random.integer(0, 7)]};
    int x = p.addInput(in, 12);
    int64_t outputs = p.random.integer(1, 70);
    Conv2D conv = smallConv(p, in, outputs);
    int out = p.fixedTensor(
        RandomProgram::windowResult(in, conv.window, outputs), 31);
    x = p.add(std::move(conv), {x}, out);
    p.addOutputQuantizer(p.random.coin() ? p.addReLU(x) : x);
  });
}

TEST(IntegerRandomTest, Conv2D) {
  checkMany(1000, 60, [](RandomProgram &p) {
    int conv = p.addConv(p.addInput(p.image()), false);
    p.addDequantizer(p.addOutputQuantizer(p.addReLU(conv)));
  });
}

TEST(IntegerRandomTest, DepthwiseConv2D) {
  checkMany(2000, 60, [](RandomProgram &p) {
    int conv = p.addConv(p.addInput(p.image()), true);
    p.addDequantizer(p.addOutputQuantizer(conv));
  });
}

/// Of the hardware alone.
TEST(IntegerRandomTest, Conv2DTranspose) {
  checkMany(3000, 40, [](RandomProgram &p) {
    p.program.arithmetic = Arithmetic::Akida;
    Shape in = p.image();
    int x = p.addInput(in);
    Conv2DTranspose conv;
    conv.depthwise = p.random.coin();
    conv.buffer = p.randomBuffer(in[2], p.random.coin());
    int64_t outputs = conv.depthwise ? in[2] : p.random.integer(1, 40);
    int64_t size = p.random.integer(2, 5);
    conv.kernel =
        p.randomKernel({size, size, in[2], conv.depthwise ? 1 : outputs});
    conv.bias = p.randomBias(outputs, conv.buffer.bufferBits);
    int out =
        p.fixedTensor({2 * in[0], 2 * in[1], outputs}, conv.buffer.bufferBits);
    p.addOutputQuantizer(p.add(std::move(conv), {x}, out));
  });
}

TEST(IntegerRandomTest, Dense) {
  checkMany(4000, 60, [](RandomProgram &p) {
    Shape shape = p.random.vector<int64_t>(p.random.integer(0, 2), 1, 5);
    shape.push_back(p.random.integer(1, 70));
    p.addOutputQuantizer(p.addDense(p.addInput(shape)));
  });
}

/// Buffers as the hardware has them.
TEST(IntegerRandomTest, HardwareBuffers) {
  checkMany(5000, 60, [](RandomProgram &p) {
    p.program.arithmetic = Arithmetic::Akida;
    int conv = p.addConv(p.addInput(p.image()), p.random.integer(0, 3) == 0);
    Buffer &buffer =
        std::get_if<Conv2D>(&p.program.operations.back().kind)->buffer;
    buffer.wrapsAround = p.random.coin();
    buffer.saturatesOnce = p.random.coin();
    buffer.boundsInput = buffer.inputShift.empty() || p.random.coin();
    int bits = buffer.bufferBits;
    if (p.random.coin())
      buffer.biasBits = int(p.random.integer(bits, 32));
    Tensor &result = p.program.tensors[size_t(conv)];
    result.fixed->valueBits = buffer.getBiasBits();
    result.type = typeFor(buffer.getBiasBits());
    p.addOutputQuantizer(conv);
    std::get_if<OutputQuantizer>(&p.program.operations.back().kind)
        ->isUnsigned = p.random.coin();
  });
}

TEST(IntegerRandomTest, Pools) {
  checkMany(6000, 60, [](RandomProgram &p) {
    int pool = p.addPool(p.addInput(p.image()));
    p.addOutputQuantizer(p.addGlobalPool(pool));
  });
}

TEST(IntegerRandomTest, AddAndView) {
  checkMany(7000, 60, [](RandomProgram &p) {
    int in = p.addInput(p.image());
    int other = p.random.coin() ? in : p.addOutputQuantizer(in);
    int sum = p.addAdd(in, other);
    p.addView(p.addOutputQuantizer(p.addReLU(sum)));
  });
}

TEST(IntegerRandomTest, Quantizers) {
  checkMany(8000, 60, [](RandomProgram &p) {
    Shape shape = p.image();
    ElementType types[] = {ElementType::F32, ElementType::F32, ElementType::U8,
                           ElementType::I16};
    int in = p.input(p.tensor(shape, types[p.random.integer(0, 3)]));
    int64_t channels = shape.back();
    if (p.random.coin()) {
      Rescaling rescaling;
      rescaling.scale = {1.0f / 3};
      rescaling.offset = {float(p.random.integer(-9, 9)) / 7};
      in = p.add(std::move(rescaling), {in}, p.tensor(shape));
    }
    int bits = int(p.random.integer(1, 30));
    InputQuantizer quantizer;
    quantizer.zeroPoints =
        p.random.channels<int32_t>(channels, -(1 << bits), 1 << bits);
    quantizer.isUnsigned = p.random.coin();
    quantizer.scales = {std::ldexp(1.5f, int(p.random.integer(-6, bits)))};
    int fixed = p.fixedTensor(
        shape, bits,
        p.random.vector<int32_t>(p.random.coin() ? 1 : channels, -6, bits));
    p.add(std::move(quantizer), {in}, fixed);
    int scaled = p.fixedTensor(shape, bits, {0}, {0.5f});
    p.add(Rescaling(), {fixed}, scaled);
    p.addDequantizer(scaled);
  });
}

/// Operations of the hardware that work on single values, or move them.
TEST(IntegerRandomTest, HardwareLayers) {
  checkMany(9000, 60, [](RandomProgram &p) {
    p.program.arithmetic = Arithmetic::Akida;
    Shape shape = p.image();
    int x = p.addInput(shape);
    if (p.random.coin()) {
      int y = p.addOutputQuantizer(x);
      shape.back() *= 2;
      int bits = std::max(p.bitsOf(x), p.bitsOf(y));
      x = p.add(Concatenate(), {x, y}, p.fixedTensor(shape, bits));
    }
    if (p.random.coin()) {
      Rows rows;
      int64_t all = shape[0] * shape[1];
      rows.first = p.random.integer(0, all - 1);
      rows.stride = p.random.integer(1, 3);
      int64_t count =
          p.random.integer(1, (all - 1 - rows.first) / rows.stride + 1);
      shape = {count, shape.back()};
      x = p.add(rows, {x}, p.fixedTensor(shape, p.bitsOf(x)));
    }
    int64_t channels = shape.back();
    if (p.random.coin()) {
      StepActivation activation;
      activation.bits = int(p.random.integer(1, 4));
      activation.threshold = p.random.vector<int32_t>(
          p.random.coin() ? 1 : channels, INT32_MIN, INT32_MAX);
      activation.sixteenths = p.random.vector<int64_t>(
          p.random.coin() ? 1 : channels, 1, p.random.coin() ? 400 : 1 << 27);
      x = p.add(std::move(activation), {x}, p.fixedTensor(shape, 4));
    }
    if (p.random.coin()) {
      LookUp lookUp;
      lookUp.first = p.random.integer(-40, 10);
      lookUp.table = p.random.vector<int32_t>(p.random.integer(1, 60), -9, 999);
      x = p.add(std::move(lookUp), {x}, p.fixedTensor(shape, 12));
    }
    StepDequantizer dequantizer;
    dequantizer.threshold =
        p.random.vector<int32_t>(p.random.coin() ? 1 : channels, -99, 99);
    for (size_t i = 0; i < dequantizer.threshold.size(); ++i)
      dequantizer.step = {0.3f};
    p.add(std::move(dequantizer), {x}, p.tensor(shape));
  });
}

/// A sum of two branches, whichever of them comes last, or of one branch and
/// what it started from.
TEST(IntegerRandomTest, Residuals) {
  checkMany(11000, 80, [](RandomProgram &p) {
    Shape in = p.image();
    int x = p.addInput(in, 12);
    auto branch = [&] {
      Conv2D conv = smallConv(p, in, in[2]);
      if (p.random.coin()) {
        conv.depthwise = true;
        conv.kernel = p.integers(1, {1, 1, in[2], 1},
                                 p.random.vector<int64_t>(in[2], -127, 127));
      } else {
        Shape shape = {1, 1, in[2], in[2]};
        conv.kernel = p.integers(
            1, shape, p.random.vector<int64_t>(in[2] * in[2], -127, 127));
      }
      conv.window = Window();
      int y = p.add(std::move(conv), {x}, p.fixedTensor(in, 31));
      return p.random.coin() ? y : p.addOutputQuantizer(y);
    };
    int a = branch();
    int b = p.random.coin() ? branch() : x;
    int sum = p.random.coin() ? p.addAdd(a, b) : p.addAdd(b, a);
    sum = p.addOutputQuantizer(p.addReLU(sum));
    p.addAdd(sum, p.random.coin() ? x : sum);
  });
}

TEST(IntegerRandomTest, Networks) {
  checkMany(10000, 100, [](RandomProgram &p) { p.addNetwork(); });
}
