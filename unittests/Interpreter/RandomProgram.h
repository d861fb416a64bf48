//===- RandomProgram.h - Random programs ------------------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Makes well-formed integer programs out of random operations: shapes,
// bitwidths, shifts, pads, buffers that saturate.
//
//===----------------------------------------------------------------------===//

#ifndef QML_UNITTESTS_INTERPRETER_RANDOMPROGRAM_H
#define QML_UNITTESTS_INTERPRETER_RANDOMPROGRAM_H

#include "../Program/NaiveMove.h"
#include "ProgramBuilder.h"

#include <algorithm>

namespace qml {
namespace test {

struct RandomProgram : ProgramBuilder {
  Random random;

  explicit RandomProgram(unsigned seed) : random(seed) {
    program.name = "random" + std::to_string(seed);
    program.arithmetic =
        random.coin() ? Arithmetic::QuantizeML : Arithmetic::Akida;
  }

  const Shape &shapeOf(int index) const {
    return program.tensors[size_t(index)].shape;
  }

  int bitsOf(int index) const {
    const Tensor &tensor = program.tensors[size_t(index)];
    return tensor.fixed                     ? tensor.fixed->valueBits
           : tensor.type == ElementType::U8 ? 8
           : tensor.type == ElementType::I8 ? 7
                                            : 15;
  }

  /// An image or vector of integers, of a model's type now and then.
  int addInput(Shape shape, int maxBits = 16) {
    int64_t kind = random.integer(0, 5);
    if (kind < 3)
      return input(tensor(std::move(shape), kind == 0   ? ElementType::U8
                                            : kind == 1 ? ElementType::I8
                                                        : ElementType::I16));
    return input(
        fixedTensor(std::move(shape), int(random.integer(1, maxBits))));
  }

  Shape image() {
    return {random.integer(1, 9), random.integer(1, 9),
            random.coin() ? random.integer(1, 5) : random.integer(6, 40)};
  }

  Constant randomKernel(Shape shape) {
    static const size_t bytes[] = {1, 1, 1, 2, 2, 4};
    size_t size = bytes[random.integer(0, 5)];
    int64_t most = size == 1   ? random.integer(1, 127)
                   : size == 2 ? random.integer(1, 32767)
                               : random.integer(1, INT32_MAX);
    auto values = random.vector<int64_t>(numElements(shape), -most, most);
    return integers(size, std::move(shape), values);
  }

  Constant randomBias(int64_t count, int bufferBits) {
    if (random.integer(0, 3) == 0)
      return {};
    int64_t most = int64_t(1) << random.integer(0, bufferBits + 1);
    size_t size = most > INT32_MAX || random.coin() ? 8 : 4;
    return integers(size, {count}, random.vector<int64_t>(count, -most, most));
  }

  AccumulatorRules randomRules(int64_t channels, bool shifts) {
    AccumulatorRules rules;
    // Small buffers saturate, 25 and more have the odd upper bound.
    rules.bufferBits = int(random.integer(0, 3) == 0 ? random.integer(6, 20)
                                                     : random.integer(21, 32));
    if (shifts)
      rules.inputShift = random.channels<int32_t>(
          channels, 0, random.coin() ? 8 : random.integer(9, 70));
    return rules;
  }

  /// Of what multiplies with a kernel: now and then the chip's.
  AccumulatorRules randomProductRules(int64_t channels) {
    AccumulatorRules rules = randomRules(channels, random.coin());
    if (random.integer(0, 2) == 0) {
      rules.wrapsAround = random.coin();
      rules.saturatesOnce = random.coin();
      if (random.coin())
        rules.biasBits = int(random.integer(rules.bufferBits, 32));
    }
    return rules;
  }

  Window randomWindow(const Shape &in, bool pool) {
    Window window;
    for (int axis = 0; axis < 2; ++axis) {
      window.kernel[axis] = random.integer(1, 4);
      window.strides[axis] = random.integer(1, 3);
      if (random.integer(0, 3) == 0)
        window.dilations[axis] = random.integer(1, 3);
      if (random.coin() && !pool) {
        window.padBegin[axis] = random.integer(0, 3);
        window.padEnd[axis] = random.integer(0, 3);
      }
      if (pool && window.dilations[axis] == 1 && random.coin()) {
        int64_t most = std::min(window.kernel[axis] - 1, in[axis]);
        window.padBegin[axis] = random.integer(0, most);
        window.padEnd[axis] = random.integer(0, most);
      }
      int64_t room = in[axis] + window.padBegin[axis] + window.padEnd[axis];
      while ((window.kernel[axis] - 1) * window.dilations[axis] + 1 > room)
        --window.kernel[axis];
      if (pool && window.padBegin[axis] >= window.kernel[axis])
        window.padBegin[axis] = window.padEnd[axis] = 0;
    }
    if (random.integer(0, 3) == 0)
      window = Window();
    return window;
  }

  static Shape windowResult(const Shape &in, const Window &w,
                            int64_t channels) {
    Shape out = {0, 0, channels};
    for (int axis = 0; axis < 2; ++axis)
      out[size_t(axis)] =
          (in[size_t(axis)] + w.padBegin[axis] + w.padEnd[axis] -
           (w.kernel[axis] - 1) * w.dilations[axis] - 1) /
              w.strides[axis] +
          1;
    return out;
  }

  int addConv(int from, bool depthwise) {
    const Shape in = shapeOf(from);
    Conv2D conv;
    conv.depthwise = depthwise;
    conv.window = randomWindow(in, false);
    conv.accumulator = randomProductRules(in[2]);
    int64_t outputs = depthwise       ? in[2]
                      : random.coin() ? random.integer(1, 8)
                                      : random.integer(9, 50);
    conv.kernel = randomKernel({conv.window.kernel[0], conv.window.kernel[1],
                                in[2], depthwise ? 1 : outputs});
    conv.bias = randomBias(outputs, conv.accumulator.bufferBits);
    int64_t most = int64_t(1) << random.integer(0, 12);
    conv.integerPadding = random.channels<int64_t>(in[2], -most, most);
    int bits = conv.accumulator.getBiasBits();
    int out = fixedTensor(windowResult(in, conv.window, outputs), bits);
    return add(std::move(conv), {from}, out);
  }

  int addDense(int from) {
    Shape shape = shapeOf(from);
    int64_t inputs = shape.back();
    Dense dense;
    dense.accumulator = randomProductRules(inputs);
    shape.back() = random.integer(1, 40);
    dense.kernel = randomKernel({inputs, shape.back()});
    dense.bias = randomBias(shape.back(), dense.accumulator.bufferBits);
    int out = fixedTensor(shape, dense.accumulator.getBiasBits());
    return add(std::move(dense), {from}, out);
  }

  int addReLU(int from) {
    ReLU relu;
    int bits = std::max(bitsOf(from), int(random.integer(20, 32)));
    relu.integerMaxValue = random.channels<int64_t>(
        shapeOf(from).back(), 0, int64_t(1) << random.integer(0, 31));
    return add(std::move(relu), {from}, fixedTensor(shapeOf(from), bits));
  }

  int addOutputQuantizer(int from) {
    OutputQuantizer quantizer;
    quantizer.bufferBits = int(random.integer(16, 32));
    int64_t channels = shapeOf(from).back();
    int bits = int(random.coin() ? 8 : random.integer(1, 32));
    int scaleBits = int(random.coin() ? 8 : random.integer(1, 23));
    quantizer.scales = random.channels<int32_t>(channels, 0, 1 << scaleBits);
    if (quantizer.scales.empty() && random.coin())
      quantizer.bufferBits = 0;
    int shift = bits - bitsOf(from) - (quantizer.scales.empty() ? 0 : 8);
    quantizer.shift = random.vector<int32_t>(random.coin() ? 1 : channels,
                                             shift - 4, shift + 4);
    if (random.integer(0, 9) == 0)
      quantizer.shift[0] = int32_t(random.integer(-126, 126));
    return add(std::move(quantizer), {from},
               fixedTensor(shapeOf(from), bits,
                           random.vector<int32_t>(channels, -8, 20)));
  }

  int addDequantizer(int from) {
    return add(Dequantizer(), {from}, tensor(shapeOf(from)));
  }

  int addPool(int from) {
    MaxPool2D pool;
    const Shape in = shapeOf(from);
    pool.window = randomWindow(in, true);
    Tensor result = program.tensors[size_t(from)];
    result.shape = windowResult(in, pool.window, in[2]);
    if (!result.fixed && random.coin()) {
      result.fixed = Fixed{bitsOf(from), {0}, {}};
      result.type = typeFor(bitsOf(from));
    }
    program.tensors.push_back(std::move(result));
    return add(std::move(pool), {from}, int(program.tensors.size()) - 1);
  }

  int addAveragePool(int from) {
    AveragePool2D pool;
    const Shape in = shapeOf(from);
    pool.window = randomWindow(in, true);
    pool.bufferBits = int(random.integer(6, 32));
    Shape out = windowResult(in, pool.window, in[2]);
    pool.denominator = random.coin() ? chooseDenominator(pool, in, out)
                                     : random.integer(1, 1000);
    int bits = pool.bufferBits;
    return add(pool, {from}, fixedTensor(out, bits));
  }

  int addGlobalPool(int from) {
    GlobalAveragePool2D pool;
    int64_t channels = shapeOf(from)[2];
    pool.accumulator = randomRules(channels, random.coin());
    Shape shape = random.coin() ? Shape{channels} : Shape{1, 1, channels};
    int bits = pool.accumulator.bufferBits;
    return add(std::move(pool), {from}, fixedTensor(shape, bits));
  }

  /// With the binary points of the inputs, one after the other.
  int addConcatenate(const std::vector<int> &from) {
    Shape shape = shapeOf(from.front());
    int64_t channels = 0;
    int bits = 1;
    std::vector<int32_t> fracBits;
    for (int tensor : from) {
      int64_t count = shapeOf(tensor).back();
      channels += count;
      bits = std::max(bits, bitsOf(tensor));
      const std::optional<Fixed> &fixed = program.tensors[size_t(tensor)].fixed;
      std::vector<int32_t> own =
          fixed ? fixed->fracBits : std::vector<int32_t>{0};
      for (int64_t c = 0; c < count; ++c)
        fracBits.push_back(own[own.size() == 1 ? 0 : size_t(c)]);
    }
    shape.back() = channels;
    return add(Concatenate(), from,
               fixedTensor(shape, bits, std::move(fracBits)));
  }

  int addReshape(int from) {
    AlignedReshape reshape;
    int64_t elements = numElements(shapeOf(from));
    int bits = std::max(bitsOf(from), int(random.integer(1, 20)));
    reshape.inputShift = random.channels<int32_t>(
        shapeOf(from).back(), 0, random.coin() ? 4 : random.integer(5, 60));
    return add(std::move(reshape), {from}, fixedTensor({elements}, bits));
  }

  int addAdd(int a, int b) {
    Add sum;
    sum.bufferBits = int(random.integer(6, 32));
    int64_t channels = shapeOf(a).back();
    int64_t most = random.coin() ? 3 : random.integer(4, 40);
    sum.aShift = random.channels<int32_t>(channels, 0, most);
    sum.bShift = random.channels<int32_t>(channels, 0, most);
    int bits = sum.bufferBits;
    return add(std::move(sum), {a, b}, fixedTensor(shapeOf(a), bits));
  }

  int addLookUp(int from) {
    LookUp lookUp;
    int bits = int(random.integer(1, 30));
    int64_t most = int64_t(1) << bits;
    lookUp.table =
        random.vector<int32_t>(random.integer(1, 300), -most, most - 1);
    lookUp.first = -random.integer(0, int64_t(lookUp.table.size()));
    return add(std::move(lookUp), {from}, fixedTensor(shapeOf(from), bits));
  }

  /// Integers that stay as they are; channels move if they mean the same.
  int addMove(int from) {
    const Fixed fixed = *program.tensors[size_t(from)].fixed;
    bool permutes =
        fixed.fracBits.size() == 1 && fixed.scales.size() <= 1 && random.coin();
    auto [move, shape] = drawMove(random.engine, shapeOf(from), permutes);
    Tensor result = program.tensors[size_t(from)];
    result.shape = shape;
    program.tensors.push_back(std::move(result));
    return add(std::move(move), {from}, int(program.tensors.size()) - 1);
  }

  int addMultiply(int a, int b) {
    Multiply product;
    product.bufferBits = int(random.integer(6, 32));
    return add(product, {a, b}, fixedTensor(shapeOf(a), product.bufferBits));
  }

  /// Some layers from an image to a vector.
  void addNetwork() {
    int x = addInput(image(), 8);
    for (int64_t layers = random.integer(1, 5); layers > 0; --layers) {
      x = addConv(x, random.coin());
      if (random.coin())
        x = addReLU(x);
      x = addOutputQuantizer(x);
      if (random.integer(0, 2) == 0)
        x = addPool(x);
      if (random.integer(0, 2) == 0)
        x = addOutputQuantizer(addAdd(x, x));
      if (random.integer(0, 3) == 0)
        x = addOutputQuantizer(addLookUp(x));
      if (random.integer(0, 3) == 0)
        x = addOutputQuantizer(addMultiply(
            x, random.coin() ? x : addOutputQuantizer(addGlobalPool(x))));
      if (random.integer(0, 3) == 0)
        x = addConcatenate({x, addOutputQuantizer(x), addReLU(x)});
      if (random.integer(0, 3) == 0)
        x = addMove(x);
    }
    x = random.coin() ? addReshape(x) : addOutputQuantizer(addGlobalPool(x));
    addDequantizer(addDense(x));
  }
};

} // namespace test
} // namespace qml

#endif // QML_UNITTESTS_INTERPRETER_RANDOMPROGRAM_H
