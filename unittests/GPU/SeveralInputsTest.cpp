//===- SeveralInputsTest.cpp - Several inputs on a device -----------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FloatExecutor.h"
#include "HostDevice.h"
#include "IntegerExecution.h"
#include "IntegerExecutor.h"
#include "IntegerPrograms.h"
#include "Networks.h"

namespace qml {
namespace test {
namespace {

std::unique_ptr<FloatExecutor> makeFloatExecutor(const Program &program,
                                                 FloatExecutorOptions options) {
  auto made = gpu::createExecutor(std::make_unique<HostDeviceGroup>(1), program,
                                  options);
  EXPECT_TRUE(bool(made)) << made.message();
  return made ? std::move(*made) : nullptr;
}

/// Runs on the host's device, and compares with the formulas.
void expectOnDevice(const Network &network, const SampleSources &samples,
                    int64_t count, const std::vector<int> &tensors,
                    int64_t chunk) {
  FloatExecutorOptions options;
  options.observe = false;
  options.keep = tensors;
  options.chunk = chunk;
  auto executor = makeFloatExecutor(network.program, options);
  ASSERT_TRUE(executor);
  std::vector<std::vector<float>> values;
  std::vector<float *> results;
  for (int tensor : tensors) {
    values.emplace_back(size_t(count * numElements(network.shapeOf(tensor))));
    results.push_back(values.back().data());
  }
  Status status = executor->run(samples, 0, count, results);
  ASSERT_TRUE(bool(status)) << status.message();
  for (int64_t n = 0; n < count; ++n) {
    Values expected = computeNaively(network.program, samples, n);
    for (size_t i = 0; i < tensors.size(); ++i) {
      const std::vector<float> &wanted = expected[size_t(tensors[i])];
      float largest = 0;
      for (float value : wanted)
        largest = std::max(largest, std::fabs(value));
      for (size_t j = 0; j < wanted.size(); ++j)
        ASSERT_NEAR(values[i][size_t(n) * wanted.size() + j], wanted[j],
                    largest * 1e-5f)
            << "tensor " << tensors[i] << ", sample " << n << ", element " << j;
    }
  }
}

} // namespace

/// Packs of elements where all channels allow them, and single ones.
TEST(GPUSeveralInputs, Floats) {
  for (int64_t channels : {7, 8}) {
    Network network({6, 4, 4}, ElementType::U8);
    int a = network.rescaling(network.program.inputs[0].tensor, {1 / 128.f},
                              {-1.f});
    int b = network.addInput({6, 4, channels}, ElementType::I16);
    int x = network.conv(a, 12, sameWindow({6, 4}, 3, 1));
    int joined = network.concatenate({x, b, a, b});
    int first = network.relu(network.conv(joined, 5, validWindow(1, 1)));
    int second = network.dense(network.mean(joined), 3);
    SampleSources samples = network.allSamples(7);
    for (int64_t chunk : {3, 128})
      expectOnDevice(network, samples, 7, {joined, first, second, b}, chunk);
  }
}

/// More than a kernel takes, which become one after the other.
TEST(GPUSeveralInputs, ManyFloats) {
  Network network({2, 2, 4});
  int b = network.addInput({2, 2, 1});
  std::vector<int> parts;
  for (int i = 0; i < 70; ++i)
    parts.push_back(i % 3 ? network.program.inputs[0].tensor : b);
  int joined = network.concatenate(parts);
  expectOnDevice(network, network.allSamples(3), 3, {joined}, 128);
}

/// What is observed of a concatenation is the same as on the CPU: its values
/// are those of the inputs.
TEST(GPUSeveralInputs, Observers) {
  Network network({3, 3, 4});
  int b = network.addInput({3, 3, 8});
  int joined = network.concatenate({b, network.program.inputs[0].tensor});
  network.observe(joined, true, true);
  SampleSources samples = network.allSamples(9);
  auto batches = planBatches(9, 9, 4);
  ASSERT_TRUE(bool(batches));
  BatchSpan span = {0, batches->steps};
  auto statesOf = [&](FloatExecutor &executor) {
    auto seen = executor.observe(samples, *batches, span,
                                 {0, executor.numPieces(*batches, span)}, {});
    EXPECT_TRUE(bool(seen)) << seen.message();
    auto states = executor.states();
    return states ? *states : std::vector<int32_t>();
  };
  auto gpu = makeFloatExecutor(network.program, {});
  auto cpu = createCPUExecutor(network.program, {});
  ASSERT_TRUE(gpu && cpu);
  std::vector<int32_t> wanted = statesOf(**cpu);
  EXPECT_EQ(wanted.size(), size_t(batches->steps) * 24);
  EXPECT_EQ(statesOf(*gpu), wanted);
}

/// Inputs of their own types, delivered ones among them, in any chunks.
TEST(GPUSeveralInputs, Integers) {
  for (unsigned seed = 0; seed < 20; ++seed) {
    RandomProgram p(seed);
    Program &program = p.program;
    int a = p.input(p.fixedTensor({3, 2, 4}, 7, {3}));
    int b =
        p.input(p.fixedTensor({3, 2, 4}, int(p.random.integer(8, 20)), {2}));
    int sum = p.addOutputQuantizer(p.addAdd(a, b));
    int joined = p.addConcatenate({a, sum, b, a});
    int out = p.addOutputQuantizer(joined);
    int real = p.addDequantizer(joined);
    p.output(out);
    p.output(real);
    constexpr int64_t count = 5;
    std::vector<std::vector<char>> data;
    SampleSources samples;
    std::vector<const void *> inputs;
    for (const Input &input : program.inputs) {
      const Tensor &tensor = program.tensors[size_t(input.tensor)];
      int bits = tensor.fixed->valueBits;
      data.push_back(encode(tensor.type, p.random.vector<int64_t>(
                                             count * numElements(tensor.shape),
                                             -(int64_t(1) << bits),
                                             (int64_t(1) << bits) - 1)));
      samples.push_back(std::make_unique<MemorySamples>(tensor, count,
                                                        data.back(), seed % 2));
    }
    for (const std::vector<char> &each : data)
      inputs.push_back(each.data());
    IntegerExecutorOptions options;
    options.keep = {out, real, b, joined, a};
    options.chunk = seed % 4;
    options.fuse = seed % 3;
    InterpreterOptions plain;
    plain.plain = true;
    plain.keep = options.keep;
    auto actual = runOnDevice(program, samples, 0, count, options);
    auto expected = runOrFail(program, inputs, count, plain);
    for (size_t i = 0; i < actual.size(); ++i)
      for (const TensorArray &array : expected)
        if (array.tensor == options.keep[i])
          expectSame(actual[i], array.data,
                     program.tensors[size_t(array.tensor)],
                     "seed " + std::to_string(seed) + ", tensor " +
                         std::to_string(array.tensor));
    if (HasFatalFailure())
      return;
  }
}

TEST(GPUSeveralInputs, RefusesMoreTensorsThanAKernelTakes) {
  ProgramBuilder p;
  int in = p.input(p.fixedTensor({1}, 7));
  p.output(
      p.add(Concatenate(), std::vector<int>(33, in), p.fixedTensor({33}, 7)));
  Status status = canRunOnGPU(p.program);
  ASSERT_FALSE(bool(status));
  EXPECT_EQ(status.message(),
            "layer 'layer0': joins more than 32 tensors of integers, which is "
            "not done on GPUs; use the CPU");
}

} // namespace test
} // namespace qml
