//===- IntegerExecution.h - Integer programs on both executors --*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Runs a program by the GPU's plan on the host, and compares with the plain
// loops of the interpreter.
//
//===----------------------------------------------------------------------===//

#ifndef QML_UNITTESTS_GPU_INTEGEREXECUTION_H
#define QML_UNITTESTS_GPU_INTEGEREXECUTION_H

#include "../../lib/GPU/IntegerExecutor.h"
#include "../Interpreter/ProgramBuilder.h"
#include "HostDevice.h"

namespace qml {
namespace test {

/// Samples in memory. Handed out where they lie, or in the caller's buffer.
class MemorySamples final : public SampleSource {
public:
  MemorySamples(const Tensor &input, int64_t count, std::vector<char> data,
                bool isCopied)
      : SampleSource(input.type, input.shape, count), data(std::move(data)),
        isCopied(isCopied) {}

  Result<const void *> get(int64_t first, int64_t number,
                           void *buffer) const override {
    const char *from = data.data() + size_t(first) * bytesPerSample();
    if (!isCopied)
      return static_cast<const void *>(from);
    std::memcpy(buffer, from, size_t(number) * bytesPerSample());
    return static_cast<const void *>(buffer);
  }

private:
  std::vector<char> data;
  bool isCopied;
};

/// Random inputs of a program, its bounds among them.
inline std::vector<char> randomInputs(const Program &program, int64_t samples,
                                      Random &random) {
  const Tensor &in = program.tensors[size_t(program.inputs[0].tensor)];
  int64_t elements = numElements(in.shape) * samples;
  if (in.type == ElementType::F32) {
    std::vector<float> values;
    for (int64_t i = 0; i < elements; ++i)
      values.push_back(float(random.integer(-4000, 4000)) / 16.0f);
    const char *bytes = reinterpret_cast<const char *>(values.data());
    return {bytes, bytes + values.size() * sizeof(float)};
  }
  int bits = in.fixed                     ? in.fixed->valueBits
             : in.type == ElementType::U8 ? 8
             : in.type == ElementType::I8 ? 7
                                          : 15;
  int64_t lower = -(int64_t(1) << bits), upper = (int64_t(1) << bits) - 1;
  if (in.type == ElementType::U8)
    lower = 0;
  auto values = random.vector<int64_t>(elements, lower, upper);
  for (size_t i = 0; i < values.size(); i += size_t(random.integer(1, 30)))
    values[i] = random.coin() ? lower : upper;
  return encode(in.type, values);
}

/// What a run on the host's device gives: one array for each of options.keep.
inline std::vector<std::vector<char>>
runOnDevice(const Program &program, const SampleSet &samples, int64_t first,
            int64_t count, const IntegerExecutorOptions &options,
            const HostDeviceOptions &host = {}) {
  auto executor = gpu::createIntegerExecutor(
      std::make_unique<HostDeviceGroup>(1, host), program, options);
  if (!executor) {
    ADD_FAILURE() << executor.message();
    return {};
  }
  std::vector<std::vector<char>> arrays;
  std::vector<void *> results;
  for (int index : options.keep) {
    const Tensor &tensor = program.tensors[size_t(index)];
    arrays.emplace_back(size_t(count * numElements(tensor.shape)) *
                            sizeOf(tensor.type),
                        '\x77');
  }
  for (std::vector<char> &array : arrays)
    results.push_back(array.data());
  if (Status status = (*executor)->run(samples, first, count, results); !status)
    ADD_FAILURE() << status.message();
  return arrays;
}

/// What the interpreter's plain loops give for the same.
inline std::vector<std::vector<char>> runPlain(const Program &program,
                                               const std::vector<char> &inputs,
                                               int64_t samples,
                                               const std::vector<int> &keep) {
  InterpreterOptions options;
  options.plain = true;
  options.threads = 1;
  options.keep = keep;
  std::vector<std::vector<char>> arrays(keep.size());
  for (TensorArray &array : runOrFail(program, inputs.data(), samples, options))
    for (size_t i = 0; i < keep.size(); ++i)
      if (keep[i] == array.tensor)
        arrays[i] = array.data;
  return arrays;
}

/// Elements `tensor` of two arrays that have to be the same bytes.
inline void expectSame(const std::vector<char> &actual,
                       const std::vector<char> &expected, const Tensor &tensor,
                       const std::string &where) {
  ASSERT_EQ(actual.size(), expected.size()) << where;
  if (actual == expected)
    return;
  size_t size = sizeOf(tensor.type);
  for (size_t i = 0; i < actual.size(); i += size)
    if (std::memcmp(&actual[i], &expected[i], size) != 0) {
      int64_t values[2] = {0, 0};
      std::memcpy(&values[0], &actual[i], size);
      std::memcpy(&values[1], &expected[i], size);
      FAIL() << where << ", element " << i / size << " of "
             << actual.size() / size << ": bits " << std::hex << values[0]
             << " instead of " << values[1];
    }
}

} // namespace test
} // namespace qml

#endif // QML_UNITTESTS_GPU_INTEGEREXECUTION_H
