//===- CheckTest.cpp - Programs that have to be refused -------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Damaged programs: each rule once, then thousands of random changes to good
// programs, which may be refused or run, but not crash (the sanitizers watch).
//
//===----------------------------------------------------------------------===//

#include "RandomProgram.h"

#include <functional>

using namespace qml;
using namespace qml::test;

using Integers = std::vector<int64_t>;

namespace {

/// conv (0 -> 1), relu (1 -> 2), quantizer (2 -> 3), view (3 -> 4), dense
/// (4 -> 5), dequantizer (5 -> 6).
ProgramBuilder makeProgram() {
  ProgramBuilder b;
  b.input(b.tensor({4, 4, 3}, ElementType::U8));
  Conv2D conv;
  conv.window.kernel[0] = conv.window.kernel[1] = 3;
  conv.kernel = b.integers(1, {3, 3, 3, 2}, Integers(54, 1));
  conv.bias = b.integers(4, {2}, {1, 2});
  conv.accumulator.bufferBits = 27;
  b.add(conv, {0}, b.fixedTensor({2, 2, 2}, 27));
  b.add(ReLU(), {1}, b.fixedTensor({2, 2, 2}, 32));
  OutputQuantizer quantizer;
  quantizer.bufferBits = 32;
  quantizer.scales = {200, 100};
  quantizer.shift = {-12, -13};
  b.add(quantizer, {2}, b.fixedTensor({2, 2, 2}, 7, {3, 4}));
  AlignedReshape view;
  view.inputShift = {1, 0};
  b.add(view, {3}, b.fixedTensor({8}, 7));
  Dense dense;
  dense.kernel = b.integers(2, {8, 3}, Integers(24, -7));
  dense.accumulator.bufferBits = 27;
  b.add(dense, {4}, b.fixedTensor({3}, 27, {4}, {0.5f}));
  b.add(Dequantizer(), {5}, b.tensor({3}));
  b.output(6);
  return b;
}

} // namespace

/// Applies one change, and expects an error that contains `words`.
static void expectError(const char *words,
                        const std::function<void(Program &)> &change) {
  ProgramBuilder b = makeProgram();
  change(b.program);
  auto interpreter = Interpreter::create(b.program);
  ASSERT_FALSE(bool(interpreter)) << words;
  EXPECT_NE(interpreter.message().find(words), std::string::npos)
      << interpreter.message() << "\nlacks: " << words;
}

template <typename T>
static T &kindOf(Program &program, size_t index) {
  return std::get<T>(program.operations[index].kind);
}

TEST(InterpreterCheckTest, TheProgramItself) {
  ProgramBuilder b = makeProgram();
  auto interpreter = Interpreter::create(b.program);
  EXPECT_TRUE(bool(interpreter)) << interpreter.message();
}

TEST(InterpreterCheckTest, Structure) {
  expectError("the program's input is tensor -1",
              [](Program &p) { p.inputs[0].tensor = -1; });
  expectError("the program's input is tensor 7",
              [](Program &p) { p.inputs[0].tensor = 7; });
  expectError("'layer1': has 2 inputs instead of 1",
              [](Program &p) { p.operations[1].inputs = {1, 1}; });
  expectError("'layer1': has 0 inputs",
              [](Program &p) { p.operations[1].inputs.clear(); });
  expectError("'layer1': reads tensor 3, which is not computed before",
              [](Program &p) { p.operations[1].inputs = {3}; });
  expectError("'layer1': reads tensor 99",
              [](Program &p) { p.operations[1].inputs = {99}; });
  expectError("'layer1': writes tensor 1",
              [](Program &p) { p.operations[1].output = 1; });
  expectError("'layer1': writes tensor -5",
              [](Program &p) { p.operations[1].output = -5; });
  expectError("which no operation computes",
              [](Program &p) { p.outputs[0].tensor = 44; });
}

TEST(InterpreterCheckTest, Tensors) {
  expectError("tensor 1 (2, 0, 2): extents have to be",
              [](Program &p) { p.tensors[1].shape[1] = 0; });
  expectError("extents have to be",
              [](Program &p) { p.tensors[1].shape[1] = INT64_MAX; });
  expectError("too many elements", [](Program &p) {
    p.tensors[0].shape = {1 << 27, 1 << 27, 1 << 27};
  });
  expectError("more than 8 axes",
              [](Program &p) { p.tensors[0].shape = Shape(9, 1); });
  expectError("0 value bits",
              [](Program &p) { p.tensors[1].fixed->valueBits = 0; });
  expectError("33 value bits",
              [](Program &p) { p.tensors[1].fixed->valueBits = 33; });
  expectError("27 value bits do not fit int16",
              [](Program &p) { p.tensors[1].type = ElementType::I16; });
  expectError("27 value bits do not fit uint64",
              [](Program &p) { p.tensors[1].type = ElementType::U64; });
  expectError("3 numbers of fractional bits",
              [](Program &p) { p.tensors[1].fixed->fracBits = {1, 2, 3}; });
  expectError("0 numbers of fractional bits",
              [](Program &p) { p.tensors[1].fixed->fracBits = {}; });
  expectError("200 fractional bits",
              [](Program &p) { p.tensors[1].fixed->fracBits = {200}; });
  expectError("has 3 scales",
              [](Program &p) { p.tensors[1].fixed->scales = {1, 2, 3}; });
}

TEST(InterpreterCheckTest, Types) {
  auto makeFloat = [](Program &p, size_t tensor) {
    p.tensors[tensor].fixed.reset();
    p.tensors[tensor].type = ElementType::F32;
  };
  expectError("a dequantizer is missing", [&](Program &p) { makeFloat(p, 2); });
  expectError("float32 without a fixed point",
              [&](Program &p) { p.tensors[0].type = ElementType::F32; });
  expectError("uint16 without a fixed point",
              [&](Program &p) { p.tensors[0].type = ElementType::U16; });
  expectError("int32 without a fixed point",
              [&](Program &p) { p.tensors[1].fixed.reset(); });
  expectError("an output quantizer makes integers", [&](Program &p) {
    makeFloat(p, 3);
    p.tensors[0].type = ElementType::F32;
    p.operations = {{OutputQuantizer{0, {}, {0}}, "q", {0}, 3}};
    p.tensors[0].shape = p.tensors[3].shape;
    p.outputs.clear();
  });
  expectError("a dequantizer makes float32",
              [&](Program &p) { p.tensors[6].type = ElementType::F64; });
  expectError("this kind of layer has no integer form",
              [&](Program &p) { p.operations[1].kind = Softmax(); });
  expectError("an input quantizer makes integers",
              [&](Program &p) { p.operations[1].kind = InputQuantizer(); });
  expectError("float16", [&](Program &p) {
    p.tensors[0].type = ElementType::F16;
    p.operations = {{Rescaling{{1}, {0}}, "r", {0}, 6}};
    p.tensors[0].shape = p.tensors[6].shape;
  });
  expectError("weights of type int8 and float32", [&](Program &p) {
    kindOf<Conv2D>(p, 0).bias.type = ElementType::F32;
  });
  expectError("weights of type float32", [&](Program &p) {
    kindOf<Dense>(p, 4).kernel.type = ElementType::F32;
  });
}

TEST(InterpreterCheckTest, Operations) {
  expectError(
      "'layer0': kernel (3, 3, 3, 1) has to have the shape (3, 3, 3, 2)",
      [](Program &p) { kindOf<Conv2D>(p, 0).kernel.shape[3] = 1; });
  expectError("kernel (3, 3, 3, 2) has to have the shape",
              [](Program &p) { kindOf<Conv2D>(p, 0).kernel.data = nullptr; });
  expectError("bias (3) has to have the shape (2)",
              [](Program &p) { kindOf<Conv2D>(p, 0).bias.shape = {3}; });
  expectError("width of the result is 2, the window makes 1",
              [](Program &p) { kindOf<Conv2D>(p, 0).window.strides[1] = 2; });
  expectError("height of the result is 2, the window makes 0",
              [](Program &p) { kindOf<Conv2D>(p, 0).window.dilations[0] = 9; });
  expectError("strides and dilations have to be",
              [](Program &p) { kindOf<Conv2D>(p, 0).window.strides[1] = 0; });
  expectError("pads at least 0",
              [](Program &p) { kindOf<Conv2D>(p, 0).window.padEnd[1] = -1; });
  expectError("all at most", [](Program &p) {
    kindOf<Conv2D>(p, 0).window.kernel[1] = INT64_MAX;
  });
  expectError("depthwise, but has 3 input and 2 output",
              [](Program &p) { kindOf<Conv2D>(p, 0).depthwise = true; });
  expectError("2 input shifts", [](Program &p) {
    kindOf<Conv2D>(p, 0).accumulator.inputShift = {1, 2};
  });
  expectError("shifted by -1 bits", [](Program &p) {
    kindOf<Conv2D>(p, 0).accumulator.inputShift = {-1};
  });
  expectError("0 buffer bits", [](Program &p) {
    kindOf<Conv2D>(p, 0).accumulator.bufferBits = 0;
  });
  expectError("44 buffer bits", [](Program &p) {
    kindOf<Dense>(p, 4).accumulator.bufferBits = 44;
  });
  expectError("2 padding values",
              [](Program &p) { kindOf<Conv2D>(p, 0).integerPadding = {1, 2}; });
  expectError("exceeds 33 bits", [](Program &p) {
    kindOf<Conv2D>(p, 0).integerPadding = {INT64_MIN};
  });
  expectError("exceed the 12 value bits of the result",
              [](Program &p) { p.tensors[1].fixed->valueBits = 12; });
  expectError("3 maxima", [](Program &p) {
    kindOf<ReLU>(p, 1).integerMaxValue = {1, 2, 3};
  });
  expectError("the maximum of a ReLU is -1, allowed are 0 to",
              [](Program &p) { kindOf<ReLU>(p, 1).integerMaxValue = {-1}; });
  expectError("scale -2147483648 exceeds 24 bits", [](Program &p) {
    kindOf<OutputQuantizer>(p, 2).scales = {INT32_MIN};
  });
  expectError("output shift 128",
              [](Program &p) { kindOf<OutputQuantizer>(p, 2).shift = {128}; });
  expectError("0 output shifts",
              [](Program &p) { kindOf<OutputQuantizer>(p, 2).shift = {}; });
  expectError("the number of elements has to stay", [](Program &p) {
    p.tensors[4].shape = {9};
    kindOf<Dense>(p, 4).kernel.shape = {9, 3};
  });
  expectError("result (2, 3) has to have the shape (3)",
              [](Program &p) { p.tensors[5].shape = {2, 3}; });
  expectError("at least one axis", [](Program &p) { p.tensors[5].shape = {}; });
  expectError("have to have the same shape",
              [](Program &p) { p.tensors[6].shape = {1, 3}; });
  expectError("have to be images",
              [](Program &p) { p.tensors[0].shape = {16, 3}; });
}

TEST(InterpreterCheckTest, PoolsNeedACellInEachWindow) {
  ProgramBuilder b;
  int in = b.input(b.tensor({1, 1, 1}));
  MaxPool2D pool;
  pool.window.padBegin[0] = 1;
  b.output(b.add(pool, {in}, b.tensor({2, 1, 1})));
  auto interpreter = Interpreter::create(b.program);
  ASSERT_FALSE(bool(interpreter));
  EXPECT_NE(interpreter.message().find("in the padding alone"),
            std::string::npos);
}

TEST(InterpreterCheckTest, KeptTensorsHaveToExist) {
  ProgramBuilder b = makeProgram();
  b.tensor({1});
  for (int tensor : {-1, 7, 99}) {
    InterpreterOptions options;
    options.keep = {tensor};
    EXPECT_FALSE(bool(Interpreter::create(b.program, options)));
  }
}

TEST(InterpreterCheckTest, MemoryLimit) {
  ProgramBuilder b;
  Shape huge = {1 << 20, 1 << 19};
  int in = b.input(b.tensor(huge));
  b.output(b.add(ReLU(), {in}, b.tensor(huge)));
  auto interpreter = Interpreter::create(b.program);
  ASSERT_FALSE(bool(interpreter));
  EXPECT_NE(interpreter.message().find("MiB of memory"), std::string::npos);
}

//===----------------------------------------------------------------------===//
// Random damage
//===----------------------------------------------------------------------===//

namespace {

struct Damage {
  Program &program;
  Random &random;

  int64_t number() {
    static const int64_t numbers[] = {
        0,         1,         2,       3,       7,         15,
        31,        32,        63,      64,      126,       127,
        255,       4096,      1 << 20, 1 << 28, INT32_MAX, int64_t(1) << 33,
        INT64_MAX, INT64_MIN, -1,      -2,      -126,      -1000,
        INT32_MIN};
    return numbers[random.integer(0, int64_t(std::size(numbers)) - 1)];
  }

  template <typename T>
  void change(T &value) {
    value = static_cast<T>(
        random.coin() ? number() : int64_t(value) + random.integer(-2, 2));
  }

  template <typename T>
  void change(std::vector<T> &values) {
    if (values.empty() || random.integer(0, 3) == 0)
      values.resize(size_t(random.integer(0, 5)), T(1));
    else
      change(values[size_t(random.integer(0, int64_t(values.size()) - 1))]);
  }

  void change(Window &window) {
    int64_t axis = random.integer(0, 1);
    int64_t *fields[] = {window.kernel, window.strides, window.dilations,
                         window.padBegin, window.padEnd};
    change(fields[random.integer(0, 4)][axis]);
  }

  /// Never the type: the memory after it stays what it is.
  void change(Constant &constant) {
    if (random.coin())
      change(constant.shape);
    else
      constant.data = nullptr;
  }

  void change(AccumulatorRules &rules) {
    random.coin() ? change(rules.bufferBits) : change(rules.inputShift);
  }

  void operator()(Rescaling &op) { change(op.scale); }
  void operator()(InputQuantizer &op) { change(op.zeroPoints); }
  void operator()(Conv2D &op) {
    switch (random.integer(0, 4)) {
    case 0:
      return change(op.window);
    case 1:
      return change(op.kernel);
    case 2:
      return change(op.bias);
    case 3:
      return change(op.integerPadding);
    default:
      return change(op.accumulator);
    }
  }
  void operator()(Dense &op) {
    random.coin() ? change(op.kernel) : change(op.accumulator);
  }
  void operator()(ReLU &op) { change(op.integerMaxValue); }
  void operator()(MaxPool2D &op) { change(op.window); }
  void operator()(GlobalAveragePool2D &op) { change(op.accumulator); }
  void operator()(Add &op) {
    random.coin() ? change(op.bufferBits) : change(op.aShift);
  }
  void operator()(AlignedReshape &op) { change(op.inputShift); }
  void operator()(OutputQuantizer &op) {
    random.coin()   ? change(op.shift)
    : random.coin() ? change(op.scales)
                    : change(op.bufferBits);
  }
  template <typename Kind>
  void operator()(Kind &) {}

  void operator()() {
    Tensor &tensor = program.tensors[size_t(
        random.integer(0, int64_t(program.tensors.size()) - 1))];
    Operation &operation = program.operations[size_t(
        random.integer(0, int64_t(program.operations.size()) - 1))];
    switch (random.integer(0, 9)) {
    case 0:
      return change(tensor.shape);
    case 1:
      tensor.type = ElementType(random.integer(0, int(ElementType::F64)));
      return;
    case 2:
      if (tensor.fixed)
        return random.coin() ? change(tensor.fixed->fracBits)
                             : change(tensor.fixed->valueBits);
      tensor.fixed = Fixed{7, {0}, {}};
      return;
    case 3:
      return random.coin() ? change(operation.inputs)
                           : change(operation.output);
    case 4:
      return change(program.inputs[0].tensor);
    default:
      return std::visit(*this, operation.kind);
    }
  }
};

} // namespace

TEST(InterpreterCheckTest, RandomDamage) {
  int good = 0, bad = 0;
  for (unsigned seed = 0; seed < 6000; ++seed) {
    RandomProgram p(seed);
    p.addNetwork();
    p.output(p.program.operations.back().output);
    Damage damage = {p.program, p.random};
    for (int64_t i = p.random.integer(1, 2); i > 0; --i)
      damage();
    InterpreterOptions options;
    options.threads = 1;
    options.plain = p.random.integer(0, 3) == 0;
    options.memoryLimit = 1 << 22;
    auto interpreter = Interpreter::create(p.program, options);
    if (!interpreter) {
      EXPECT_FALSE(interpreter.message().empty());
      ++bad;
      continue;
    }
    ++good;
    const Tensor &in = p.program.tensors[size_t(p.program.inputs[0].tensor)];
    std::vector<char> inputs = encode(
        in.type, p.random.vector<int64_t>(2 * numElements(in.shape), 0, 1));
    (void)(*interpreter)->run(inputs.data(), 2);
  }
  // Both must happen, or the test tests nothing.
  EXPECT_GT(good, 500);
  EXPECT_GT(bad, 500);
}
