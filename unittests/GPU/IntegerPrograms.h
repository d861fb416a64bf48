//===- IntegerPrograms.h - Random programs of each kind ---------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What integer executors of GPUs are tested with: on the host in unit tests, on
// a GPU by benchmarks/cuda/check.
//
//===----------------------------------------------------------------------===//

#ifndef QML_UNITTESTS_GPU_INTEGERPROGRAMS_H
#define QML_UNITTESTS_GPU_INTEGERPROGRAMS_H

#include "../Interpreter/RandomProgram.h"

#include <cmath>

namespace qml {
namespace test {

/// Products of bytes: what converted networks have, without what needs more.
inline Conv2D smallConv(RandomProgram &p, const Shape &in, int64_t outputs) {
  Conv2D conv;
  conv.window = p.randomWindow(in, false);
  conv.accumulator.bufferBits = 31;
  int64_t spread = p.random.integer(0, 10);
  conv.accumulator.inputShift = p.random.channels<int32_t>(in[2], 0, spread);
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

inline void addByteConv(RandomProgram &p) {
  int64_t channels[] = {1, 3, 4, 8, 30, 32, 64, 65};
  Shape in = {p.random.integer(1, 9), p.random.integer(1, 9),
              channels[p.random.integer(0, 7)]};
  int x = p.addInput(in, 12);
  int64_t outputs = p.random.integer(1, 70);
  Conv2D conv = smallConv(p, in, outputs);
  int out =
      p.fixedTensor(RandomProgram::windowResult(in, conv.window, outputs), 31);
  x = p.add(std::move(conv), {x}, out);
  p.addOutputQuantizer(p.random.coin() ? p.addReLU(x) : x);
}

inline void addConvAndReLU(RandomProgram &p) {
  int conv = p.addConv(p.addInput(p.image()), false);
  p.addDequantizer(p.addOutputQuantizer(p.addReLU(conv)));
}

inline void addDepthwise(RandomProgram &p) {
  int conv = p.addConv(p.addInput(p.image()), true);
  p.addDequantizer(p.addOutputQuantizer(conv));
}

inline void addTransposedConv(RandomProgram &p) {
  if (p.random.coin())
    p.program.arithmetic = Arithmetic::Akida;
  Shape in = p.image();
  int x = p.addInput(in);
  Conv2DTranspose conv;
  conv.depthwise = p.random.coin();
  conv.accumulator = p.randomRules(in[2], p.random.coin());
  int64_t outputs = conv.depthwise ? in[2] : p.random.integer(1, 40);
  Shape shape = {1, 1, outputs};
  for (size_t axis = 0; axis < 2; ++axis) {
    Window &window = conv.window;
    window.kernel[axis] = p.random.integer(1, 5);
    window.strides[axis] = p.random.integer(1, 3);
    window.dilations[axis] = p.random.integer(1, 2);
    int64_t whole = in[axis] * window.strides[axis] +
                    (window.kernel[axis] - 1) * window.dilations[axis];
    window.padBegin[axis] =
        p.random.integer(0, std::min<int64_t>(whole - 1, 4));
    shape[axis] = p.random.integer(1, whole - window.padBegin[axis]);
  }
  conv.kernel = p.randomKernel({conv.window.kernel[0], conv.window.kernel[1],
                                in[2], conv.depthwise ? 1 : outputs});
  conv.bias = p.randomBias(outputs, conv.accumulator.bufferBits);
  int out = p.fixedTensor(shape, conv.accumulator.bufferBits);
  p.addOutputQuantizer(p.add(std::move(conv), {x}, out));
}

inline void addDenseLayer(RandomProgram &p) {
  Shape shape = p.random.vector<int64_t>(p.random.integer(0, 2), 1, 5);
  shape.push_back(p.random.integer(1, 70));
  p.addOutputQuantizer(p.addDense(p.addInput(shape)));
}

/// Buffers as the hardware has them.
inline void addHardwareConv(RandomProgram &p) {
  p.program.arithmetic = Arithmetic::Akida;
  int conv = p.addConv(p.addInput(p.image()), p.random.integer(0, 3) == 0);
  AccumulatorRules &rules =
      std::get_if<Conv2D>(&p.program.operations.back().kind)->accumulator;
  rules.wrapsAround = p.random.coin();
  rules.saturatesOnce = p.random.coin();
  rules.boundsInput = rules.inputShift.empty() || p.random.coin();
  int bits = rules.bufferBits;
  if (p.random.coin())
    rules.biasBits = int(p.random.integer(bits, 32));
  Tensor &result = p.program.tensors[size_t(conv)];
  result.fixed->valueBits = rules.getBiasBits();
  result.type = typeFor(rules.getBiasBits());
  p.addOutputQuantizer(conv);
  std::get_if<OutputQuantizer>(&p.program.operations.back().kind)->isUnsigned =
      p.random.coin();
}

inline void addPools(RandomProgram &p) {
  int pool = p.addPool(p.addInput(p.image()));
  p.addOutputQuantizer(p.addGlobalPool(pool));
}

inline void addAveragePools(RandomProgram &p) {
  p.addOutputQuantizer(p.addAveragePool(p.addInput(p.image())));
}

/// With itself, with another image, and with a vector.
inline void addProducts(RandomProgram &p) {
  int in = p.addInput(p.image());
  int other = p.random.coin() ? in : p.addOutputQuantizer(in);
  int product = p.addMultiply(in, other);
  p.addMultiply(p.addOutputQuantizer(product),
                p.addOutputQuantizer(p.addGlobalPool(in)));
}

inline void addSums(RandomProgram &p) {
  int in = p.addInput(p.image());
  int other = p.random.coin() ? in : p.addOutputQuantizer(in);
  int sum = p.addAdd(in, other);
  p.addReshape(p.addOutputQuantizer(p.addReLU(sum)));
}

inline void addQuantizers(RandomProgram &p) {
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
}

/// Operations of the hardware that work on single values, or move them.
inline void addHardwareLayers(RandomProgram &p) {
  p.program.arithmetic = Arithmetic::Akida;
  Shape shape = p.image();
  int x = p.addInput(shape);
  if (p.random.coin()) {
    int y = p.addOutputQuantizer(x);
    shape.back() *= 2;
    x = p.addConcatenate({x, y});
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
}

/// All of them, with the first seed and the number of programs that suffice.
struct IntegerPrograms {
  const char *name;
  unsigned first;
  unsigned count;
  void (*make)(RandomProgram &p);
};

inline const std::vector<IntegerPrograms> &allIntegerPrograms() {
  static const std::vector<IntegerPrograms> all = {
      {"BytesOfConvolutions", 100, 60, addByteConv},
      {"Conv2D", 1000, 60, addConvAndReLU},
      {"DepthwiseConv2D", 2000, 60, addDepthwise},
      {"Conv2DTranspose", 3000, 40, addTransposedConv},
      {"Dense", 4000, 60, addDenseLayer},
      {"HardwareBuffers", 5000, 60, addHardwareConv},
      {"Pools", 6000, 60, addPools},
      {"AddAndReshape", 7000, 60, addSums},
      {"Quantizers", 8000, 60, addQuantizers},
      {"HardwareLayers", 9000, 60, addHardwareLayers},
      {"Networks", 10000, 100, [](RandomProgram &p) { p.addNetwork(); }},
      {"AveragePools", 11000, 60, addAveragePools},
      {"Products", 12000, 60, addProducts},
  };
  return all;
}

} // namespace test
} // namespace qml

#endif // QML_UNITTESTS_GPU_INTEGERPROGRAMS_H
