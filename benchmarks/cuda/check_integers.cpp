//===- check_integers.cpp - Integer programs on a GPU ---------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Random programs of each kind of operation, and networks of them: all tensors
// on a mirrored device, and the results of recordings, are those of the
// interpreter's plain loops, bit by bit.
//
//===----------------------------------------------------------------------===//

#include "check.h"

#include "IntegerExecutor.h"
#include "IntegerPrograms.h"

namespace qml {
namespace benchmark {

using test::RandomProgram;

namespace {

/// Samples in memory.
class MemorySamples final : public SampleSource {
public:
  MemorySamples(const Tensor &input, int64_t count, std::vector<char> data)
      : SampleSource(input.type, input.shape, count), data(std::move(data)) {}

  Result<const void *> get(int64_t first, int64_t number,
                           void *buffer) const override {
    std::memcpy(buffer, data.data() + size_t(first) * bytesPerSample(),
                size_t(number) * bytesPerSample());
    return static_cast<const void *>(buffer);
  }
  const std::vector<char> &bytes() const { return data; }

private:
  std::vector<char> data;
};

/// Random inputs of a program, its bounds among them.
std::vector<char> randomInputs(const Tensor &input, int64_t samples,
                               test::Random &random) {
  int64_t elements = numElements(input.shape) * samples;
  int bits = input.fixed                     ? input.fixed->valueBits
             : input.type == ElementType::U8 ? 8
             : input.type == ElementType::I8 ? 7
                                             : 15;
  int64_t lower = -(int64_t(1) << bits), upper = (int64_t(1) << bits) - 1;
  if (input.type == ElementType::U8)
    lower = 0;
  if (input.type == ElementType::F32) {
    lower = -4000;
    upper = 4000;
  }
  auto values = random.vector<int64_t>(elements, lower, upper);
  for (size_t i = 0; i < values.size(); i += size_t(random.integer(1, 30)))
    values[i] = random.coin() ? lower : upper;
  return test::encode(input.type, values);
}

/// What is delivered of each tensor.
using Arrays = std::vector<std::vector<char>>;

Arrays runOn(Check &check, Result<std::unique_ptr<gpu::DeviceGroup>> group,
             const Program &program, const MemorySamples &samples,
             const IntegerExecutorOptions &options) {
  if (!check.succeeded(group) || !*group)
    return {};
  auto executor =
      gpu::createIntegerExecutor(std::move(*group), program, options);
  if (!check.succeeded(executor))
    return {};
  Arrays arrays;
  std::vector<void *> results;
  for (int index : options.keep) {
    const Tensor &tensor = program.tensors[size_t(index)];
    size_t count = size_t(samples.size() * numElements(tensor.shape));
    arrays.emplace_back(count * sizeOf(tensor.type), '\x77');
  }
  for (std::vector<char> &array : arrays)
    results.push_back(array.data());
  if (!check.succeeded((*executor)->run(samples, 0, samples.size(), results)))
    return {};
  return arrays;
}

void compare(const Program &program, const std::vector<int> &keep,
             const Arrays &found, const Arrays &expected, const char *what) {
  if (found.empty())
    return;
  for (size_t i = 0; i < keep.size(); ++i) {
    const Tensor &tensor = program.tensors[size_t(keep[i])];
    const std::vector<char> &wanted = expected[size_t(keep[i])];
    if (found[i] == wanted)
      continue;
    size_t size = sizeOf(tensor.type), at = 0;
    while (at + size < wanted.size() &&
           !std::memcmp(&found[i][at], &wanted[at], size))
      at += size;
    ADD_FAILURE() << what << ": tensor " << keep[i] << " differs from element "
                  << at / size << " of " << wanted.size() / size << " on";
    return;
  }
}

void checkProgram(Check &check, RandomProgram &p, unsigned seed) {
  const Program &program = p.program;
  ++check.cases;
  static constexpr int64_t shapes[][2] = {{3, 1}, {5, 2}, {7, 3},
                                          {2, 8}, {4, 4}, {11, 4}};
  auto [count, chunk] = shapes[seed % 6];
  int last = program.operations.back().output;
  p.output(last);
  const Tensor &input = program.tensors[size_t(program.inputs[0].tensor)];
  MemorySamples samples(input, count, randomInputs(input, count, p.random));
  std::vector<int> all;
  for (int i = 0; i < int(program.tensors.size()); ++i)
    all.push_back(i);
  InterpreterOptions plain;
  plain.plain = true;
  plain.threads = 1;
  plain.keep = all;
  Arrays expected(all.size());
  for (TensorArray &array :
       test::runOrFail(program, samples.bytes().data(), count, plain))
    expected[size_t(array.tensor)] = std::move(array.data);

  IntegerExecutorOptions options;
  options.chunk = chunk;
  options.keep = all;
  compare(program, all,
          runOn(check, check.openMirrored(), program, samples, options),
          expected, "mirrored, all tensors");
  options.keep = {last};
  for (bool fuse : {true, false}) {
    options.fuse = fuse;
    if (seed % 4 == 0)
      compare(program, options.keep,
              runOn(check, check.openMirrored(), program, samples, options),
              expected, fuse ? "mirrored, fused" : "mirrored, single steps");
    if (fuse || seed % 4 == 1)
      compare(program, options.keep,
              runOn(check, check.open(), program, samples, options), expected,
              fuse ? "recorded, fused" : "recorded, single steps");
  }
}

} // namespace

void checkIntegers(Check &check) {
  for (const test::IntegerPrograms &programs : test::allIntegerPrograms())
    for (unsigned i = 0; i < check.count(programs.count); ++i) {
      if (!check.isMine())
        continue;
      unsigned seed = programs.first + i;
      RandomProgram p(seed);
      programs.make(p);
      testing::Record::get().context =
          std::string(programs.name) + " " + std::to_string(seed);
      checkProgram(check, p, seed);
    }
}

} // namespace benchmark
} // namespace qml
