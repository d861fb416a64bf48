//===- IntegerExecutorTest.cpp - Chunks, results and refusals -------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../../lib/GPU/IntegerPlan.h"
#include "IntegerExecution.h"

#include <cmath>

using namespace qml;
using namespace qml::test;

namespace {

using gpu::createIntegerExecutor;

std::unique_ptr<HostDeviceGroup>
makeDevice(const HostDeviceOptions &options = {}) {
  return std::make_unique<HostDeviceGroup>(1, options);
}

/// uint8 image -> convolution -> ReLU -> quantizer -> view -> dense ->
/// dequantizer.
struct SmallNetwork : ProgramBuilder {
  int in, conv, relu, image, view, dense, out;

  explicit SmallNetwork(Shape shape = {4, 4, 3}) {
    Random random(3);
    int64_t cells = shape[0] * shape[1], channels = shape[2];
    program.name = "small";
    in = input(tensor(shape, ElementType::U8));
    Conv2D layer;
    layer.kernel = integers(1, {1, 1, channels, 6},
                            random.vector<int64_t>(6 * channels, -127, 127));
    layer.accumulator.bufferBits = 31;
    shape.back() = 6;
    conv = add(layer, {in}, fixedTensor(shape, 31));
    relu = add(ReLU(), {conv}, fixedTensor(shape, 31));
    OutputQuantizer quantizer;
    quantizer.bufferBits = 31;
    quantizer.scales = {100};
    quantizer.shift = {-14};
    image = add(quantizer, {relu}, fixedTensor(shape, 7));
    view = add(AlignedReshape(), {image}, fixedTensor({cells * 6}, 7));
    Dense last;
    last.kernel = integers(1, {cells * 6, 3},
                           random.vector<int64_t>(cells * 18, -127, 127));
    last.accumulator.bufferBits = 31;
    dense = add(last, {view}, fixedTensor({3}, 31, {4}));
    out = add(Dequantizer(), {dense}, tensor({3}));
    output(out);
  }

  MemorySamples samples(int64_t count, std::vector<char> &data) {
    Random random(7);
    data = randomInputs(program, count, random);
    return MemorySamples(program.tensors[size_t(in)], count, data, true);
  }
};

/// Of the chains that a program becomes.
std::unique_ptr<gpu::IntegerPlan>
planOf(const Program &program, const std::vector<int> &keep, bool fuse = true) {
  auto plan = gpu::IntegerPlan::create(program, keep, fuse);
  if (!plan) {
    ADD_FAILURE() << plan.message();
    return nullptr;
  }
  return std::move(*plan);
}

std::string messageOf(const Program &program) {
  Status status = canRunOnGPU(program);
  auto executor = createIntegerExecutor(makeDevice(), program, {});
  EXPECT_EQ(bool(status), bool(executor));
  if (status || executor)
    return "";
  EXPECT_EQ(status.message(), executor.message());
  return status.message();
}

} // namespace

//===----------------------------------------------------------------------===//
// Plans
//===----------------------------------------------------------------------===//

/// What nobody else reads is computed where its input was made.
TEST(IntegerPlanTest, Fuses) {
  SmallNetwork n;
  EXPECT_EQ(planOf(n.program, {n.out})->chains.size(), 2u);
  // Views take no launch.
  EXPECT_EQ(planOf(n.program, {n.out}, false)->chains.size(), 5u);
  EXPECT_EQ(planOf(n.program, {n.out, n.relu})->chains.size(), 3u);
  EXPECT_EQ(planOf(n.program, {n.out, n.conv, n.image, n.view})->chains.size(),
            3u);
  // A second reader.
  OutputQuantizer other;
  other.shift = {-9};
  n.output(n.add(other, {n.conv}, n.fixedTensor({4, 4, 6}, 15)));
  EXPECT_EQ(planOf(n.program, {n.out})->chains.size(), 4u);
}

/// The branch that is computed last adds the other one.
TEST(IntegerPlanTest, FusesSums) {
  SmallNetwork n;
  OutputQuantizer quantizer;
  quantizer.shift = {-1};
  int branch = n.add(quantizer, {n.image}, n.fixedTensor({4, 4, 6}, 7));
  Add add;
  add.bufferBits = 12;
  add.aShift = add.bShift = {1};
  int sum = n.add(add, {branch, n.image}, n.fixedTensor({4, 4, 6}, 12));
  int last = n.add(quantizer, {sum}, n.fixedTensor({4, 4, 6}, 12));
  auto plan = planOf(n.program, {last});
  ASSERT_EQ(plan->chains.size(), 3u);
  EXPECT_EQ(plan->chains[2].output, last);
  EXPECT_EQ(plan->chains[2].stages.size(), 3u);
  EXPECT_EQ(planOf(n.program, {last, branch})->chains.size(), 4u);
}

TEST(IntegerPlanTest, NarrowestTypes) {
  SmallNetwork n;
  auto plan = planOf(n.program, {n.out});
  EXPECT_EQ(plan->tensors[size_t(n.in)].type, gpu::StorageType::U8);
  EXPECT_EQ(plan->tensors[size_t(n.image)].type, gpu::StorageType::I8);
  EXPECT_EQ(plan->tensors[size_t(n.view)].root, n.image);
  EXPECT_EQ(plan->tensors[size_t(n.conv)].type, gpu::StorageType::I32);
  // As the caller gets it.
  plan = planOf(n.program, {n.conv, n.view});
  EXPECT_EQ(plan->tensors[size_t(n.conv)].type, gpu::StorageType::I64);
  EXPECT_FALSE(plan->deliveries[0].isConverted);
}

//===----------------------------------------------------------------------===//
// Runs
//===----------------------------------------------------------------------===//

TEST(IntegerExecutorTest, AnyChunksAnyOrder) {
  SmallNetwork n;
  std::vector<char> data;
  MemorySamples samples = n.samples(23, data);
  std::vector<int> keep = {n.out, n.in, n.image};
  auto expected = runPlain(n.program, data, 23, keep);
  for (Order order : {Order::Forward, Order::Backward, Order::Shuffled})
    for (int64_t chunk : {0, 1, 2, 3, 8, 22, 23, 24}) {
      IntegerExecutorOptions options;
      options.keep = keep;
      options.chunk = chunk;
      HostDeviceOptions host;
      host.order = order;
      auto actual = runOnDevice(n.program, samples, 0, 23, options, host);
      EXPECT_EQ(actual, expected) << "chunks of " << chunk;
    }
}

/// Parts of a set, one after the other, by the same executor.
TEST(IntegerExecutorTest, Parts) {
  SmallNetwork n;
  std::vector<char> data;
  MemorySamples samples = n.samples(10, data);
  std::vector<char> expected = runPlain(n.program, data, 10, {n.dense})[0];
  IntegerExecutorOptions options;
  options.keep = {n.dense, n.out};
  options.chunk = 3;
  auto executor = createIntegerExecutor(makeDevice(), n.program, options);
  ASSERT_TRUE(bool(executor)) << executor.message();
  EXPECT_EQ((*executor)->chunk(), 3);
  size_t bytes = expected.size() / 10;
  std::vector<char> actual(expected.size());
  for (auto [first, count] :
       {std::pair<int64_t, int64_t>{4, 6}, {0, 4}, {2, 0}, {9, 1}}) {
    Status status =
        (*executor)->run(samples, first, count,
                         {actual.data() + size_t(first) * bytes, nullptr});
    ASSERT_TRUE(bool(status)) << status.message();
  }
  EXPECT_EQ(actual, expected);
}

TEST(IntegerExecutorTest, WrongCalls) {
  SmallNetwork n;
  std::vector<char> data;
  MemorySamples samples = n.samples(4, data);
  IntegerExecutorOptions options;
  options.keep = {n.out};
  auto executor = createIntegerExecutor(makeDevice(), n.program, options);
  ASSERT_TRUE(bool(executor));
  float out[12];
  auto message = [&](const SampleSet &source, int64_t first, int64_t count,
                     const std::vector<void *> &results) {
    Status status = (*executor)->run(source, first, count, results);
    return status ? "" : status.message();
  };
  EXPECT_EQ(message(samples, 2, 3, {out}), "cannot run samples 2 to 4 of 4");
  EXPECT_EQ(message(samples, -1, 1, {out}), "cannot run samples -1 to -1 of 4");
  EXPECT_EQ(message(samples, 0, 4, {}),
            "there are places for 0 results, 1 are kept");
  SmallNetwork larger({5, 5, 3});
  MemorySamples others = larger.samples(4, data);
  EXPECT_EQ(
      message(others, 0, 1, {out}),
      "the samples were made for another model: uint8 (5, 5, 3) instead of "
      "uint8 (4, 4, 3)");
}

/// Inputs with value bits are checked; afterwards the executor goes on.
TEST(IntegerExecutorTest, InputsExceedTheirBits) {
  ProgramBuilder b;
  b.program.name = "bits";
  int in = b.input(b.fixedTensor({2}, 4));
  int out = b.add(ReLU(), {in}, b.fixedTensor({2}, 4));
  IntegerExecutorOptions options;
  options.keep = {out};
  options.chunk = 1;
  auto executor = createIntegerExecutor(makeDevice(), b.program, options);
  ASSERT_TRUE(bool(executor)) << executor.message();
  const Tensor &tensor = b.program.tensors[size_t(in)];
  for (int64_t bad : {16, -17}) {
    MemorySamples samples(tensor, 2, encode(ElementType::I8, {15, -16, 3, bad}),
                          true);
    int8_t result[4] = {};
    Status status = (*executor)->run(samples, 0, 2, {result});
    ASSERT_FALSE(bool(status));
    EXPECT_EQ(
        status.message(),
        "the samples of input 'input0' hold an integer outside of -16 to 15, "
        "which is what the network takes there");
    status = (*executor)->run(samples, 0, 1, {result});
    ASSERT_TRUE(bool(status)) << status.message();
    EXPECT_EQ(result[0], 15);
    EXPECT_EQ(result[1], 0);
  }
}

/// Results in a declared type that does not hold them are cut as the
/// interpreter's are, and inputs as results are handed back.
TEST(IntegerExecutorTest, DeclaredTypes) {
  ProgramBuilder b;
  b.program.arithmetic = Arithmetic::Akida;
  int in = b.input(b.tensor({1, 1, 5}, ElementType::I8));
  int copy = b.fixedTensor({1, 1, 5}, 8);
  b.program.tensors[size_t(copy)].type = ElementType::U8;
  b.add(Rescaling(), {in}, copy);
  int wide = b.fixedTensor({5}, 20);
  AlignedReshape view;
  b.add(view, {in}, wide);
  std::vector<int> keep = {copy, wide, in};
  auto data = encode(ElementType::I8, {-128, -1, 0, 1, 127, 5, 6, 7, 8, 9});
  MemorySamples samples(b.program.tensors[size_t(in)], 2, data, false);
  IntegerExecutorOptions options;
  options.keep = keep;
  options.chunk = 1;
  EXPECT_EQ(runOnDevice(b.program, samples, 0, 2, options),
            runPlain(b.program, data, 2, keep));
}

/// A softmax is no integer: close to the CPU's.
static void checkSoftmax(bool isLogarithm) {
  SmallNetwork n;
  int soft = n.add(Softmax{isLogarithm}, {n.out}, n.tensor({3}));
  std::vector<char> data;
  // Small sums, so that not all is 0 and 1.
  n.program.tensors[size_t(n.dense)].fixed->fracBits = {18};
  MemorySamples samples = n.samples(5, data);
  IntegerExecutorOptions options;
  options.keep = {soft};
  options.chunk = 2;
  auto actual = runOnDevice(n.program, samples, 0, 5, options);
  auto expected = runPlain(n.program, data, 5, {soft});
  ASSERT_EQ(actual[0].size(), expected[0].size());
  bool isInteresting = false;
  for (size_t i = 0; i < 15; ++i) {
    float a, b;
    std::memcpy(&a, &actual[0][4 * i], 4);
    std::memcpy(&b, &expected[0][4 * i], 4);
    EXPECT_NEAR(a, b, 1e-6f);
    float share = isLogarithm ? std::exp(a) : a;
    isInteresting |= share > 0.1f && share < 0.9f;
  }
  EXPECT_TRUE(isInteresting);
}

TEST(IntegerExecutorTest, Softmax) { checkSoftmax(false); }

TEST(IntegerExecutorTest, LogSoftmax) { checkSoftmax(true); }

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

TEST(IntegerExecutorTest, ChunksFitIntoMemory) {
  SmallNetwork n({32, 32, 3});
  IntegerExecutorOptions options;
  options.keep = {n.out};
  auto chunkOf = [&](const HostDeviceOptions &host) -> int64_t {
    auto executor = createIntegerExecutor(makeDevice(host), n.program, options);
    return executor ? (*executor)->chunk() : 0;
  };
  EXPECT_EQ(chunkOf({}), 1024);
  HostDeviceOptions host;
  host.memory = size_t(1) << 20;
  int64_t fewer = chunkOf(host);
  EXPECT_GT(fewer, 10);
  EXPECT_LT(fewer, 100);
  options.memoryLimit = 100000;
  EXPECT_LT(chunkOf({}), fewer);
  options.memoryLimit = 5000;
  auto executor = createIntegerExecutor(makeDevice(), n.program, options);
  ASSERT_FALSE(bool(executor));
  EXPECT_EQ(
      executor.message(),
      "program 'small' does not fit into the device's memory with a single "
      "sample: it needs more than the 4 KiB that it may use");
  executor = createIntegerExecutor(std::make_unique<HostDeviceGroup>(0),
                                   n.program, options);
  ASSERT_FALSE(bool(executor));
  EXPECT_EQ(executor.message(), "there is no device to run program 'small' on");
}

//===----------------------------------------------------------------------===//
// Refusals
//===----------------------------------------------------------------------===//

TEST(IntegerExecutorTest, RefusesWhatIsNotComputed) {
  SmallNetwork n;
  for (int tensor : {-1, 1000}) {
    IntegerExecutorOptions options;
    options.keep = {tensor};
    auto executor = createIntegerExecutor(makeDevice(), n.program, options);
    ASSERT_FALSE(bool(executor));
    EXPECT_EQ(executor.message(),
              "tensor " + std::to_string(tensor) +
                  " is to be kept, but the program does not compute it");
  }
}

TEST(IntegerExecutorTest, RefusesMemory) {
  ProgramBuilder b;
  b.program.name = "queue";
  b.program.arithmetic = Arithmetic::Akida;
  int before = b.fixedTensor({3, 2}, 7);
  int in = b.input(b.fixedTensor({2}, 7));
  int after = b.add(Push(), {in, before}, b.fixedTensor({3, 2}, 7));
  b.output(after);
  b.program.states.push_back({before, after});
  EXPECT_EQ(messageOf(b.program),
            "program 'queue' has a memory, so that samples run one by one, "
            "which is not done on GPUs; use the CPU");
}

TEST(IntegerExecutorTest, RefusesLayersByName) {
  ProgramBuilder b;
  b.program.arithmetic = Arithmetic::Akida;
  int in = b.input(b.fixedTensor({3, 2}, 7));
  TemporalSum sum;
  sum.kernel = b.integers(1, {3, 2}, {1, 2, 3, 4, 5, 6});
  sum.accumulator.bufferBits = 20;
  b.output(b.add(sum, {in}, b.fixedTensor({2}, 20)));
  EXPECT_EQ(
      messageOf(b.program),
      "layer 'layer0': sums over time, which is not done on GPUs; use the "
      "CPU");

  SmallNetwork n;
  Dense dense;
  dense.kernel = n.floats({3, 1}, {1, 2, 3});
  n.add(dense, {n.out}, n.tensor({1}));
  EXPECT_EQ(messageOf(n.program),
            "layer 'layer6': computes windows or products in float32 in an "
            "integer network, which is not done on GPUs; use the CPU");
}

TEST(IntegerExecutorTest, RefusesInputTypes) {
  ProgramBuilder b;
  b.program.name = "doubles";
  int in = b.input(b.tensor({2}, ElementType::F64), "x");
  b.output(b.add(InputQuantizer(), {in}, b.fixedTensor({2}, 7)));
  EXPECT_EQ(messageOf(b.program),
            "input 'x' of program 'doubles' has the type float64, GPUs take "
            "uint8, int8, int16, int32, int64 and float32; use the CPU");
}

/// What the interpreter refuses, too.
TEST(IntegerExecutorTest, RefusesWrongPrograms) {
  SmallNetwork n;
  n.program.tensors[size_t(n.relu)].fixed->valueBits = 5;
  auto interpreter = Interpreter::create(n.program);
  ASSERT_FALSE(bool(interpreter));
  EXPECT_EQ(messageOf(n.program), interpreter.message());
  n.program.operations[1].inputs = {n.view};
  interpreter = Interpreter::create(n.program);
  ASSERT_FALSE(bool(interpreter));
  EXPECT_EQ(messageOf(n.program), interpreter.message());
}
