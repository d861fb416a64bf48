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

#include "../../unittests/Interpreter/RandomProgram.h"
#include "IntegerExecutor.h"

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
  const Tensor &input = program.tensors[size_t(program.input)];
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
    compare(program, options.keep,
            runOn(check, check.open(), program, samples, options), expected,
            fuse ? "recorded, fused" : "recorded, single steps");
  }
}

/// Kernels of bytes, as converted networks have them.
void addByteConv(RandomProgram &p) {
  static constexpr int64_t channels[] = {1, 3, 4, 8, 30, 32, 64, 65};
  Shape in = {p.random.integer(1, 9), p.random.integer(1, 9),
              channels[p.random.integer(0, 7)]};
  int x = p.addInput(in, 12);
  int64_t outputs = p.random.integer(1, 70);
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
    conv.integerPadding = {p.random.integer(-3, 3) << spread};
  int out =
      p.fixedTensor(RandomProgram::windowResult(in, conv.window, outputs), 31);
  x = p.add(std::move(conv), {x}, out);
  p.addOutputQuantizer(p.random.coin() ? p.addReLU(x) : x);
}

void addInputQuantizer(RandomProgram &p) {
  Shape shape = p.image();
  int in = p.input(p.tensor(shape, ElementType::F32));
  int64_t channels = shape.back();
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
  p.addDequantizer(fixed);
}

/// Buffers as the hardware has them.
void addHardwareConv(RandomProgram &p) {
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
  result.type = test::typeFor(buffer.getBiasBits());
  p.addOutputQuantizer(conv);
}

} // namespace

void checkIntegers(Check &check) {
  const struct {
    const char *name;
    void (*make)(RandomProgram &);
  } kinds[] = {
      {"byte convolution", addByteConv},
      {"convolution",
       [](RandomProgram &p) {
         int conv = p.addConv(p.addInput(p.image()), false);
         p.addDequantizer(p.addOutputQuantizer(p.addReLU(conv)));
       }},
      {"depthwise convolution",
       [](RandomProgram &p) {
         int conv = p.addConv(p.addInput(p.image()), true);
         p.addDequantizer(p.addOutputQuantizer(conv));
       }},
      {"dense",
       [](RandomProgram &p) {
         Shape shape = p.random.vector<int64_t>(p.random.integer(0, 2), 1, 5);
         shape.push_back(p.random.integer(1, 70));
         p.addOutputQuantizer(p.addDense(p.addInput(shape)));
       }},
      {"hardware convolution", addHardwareConv},
      {"pools",
       [](RandomProgram &p) {
         p.addOutputQuantizer(
             p.addGlobalPool(p.addPool(p.addInput(p.image()))));
       }},
      {"add and view",
       [](RandomProgram &p) {
         int in = p.addInput(p.image());
         int other = p.random.coin() ? in : p.addOutputQuantizer(in);
         int sum = p.addAdd(in, other);
         p.addView(p.addOutputQuantizer(p.addReLU(sum)));
       }},
      {"input quantizer", addInputQuantizer},
      {"network", [](RandomProgram &p) { p.addNetwork(); }},
  };
  unsigned first = 0;
  for (const auto &kind : kinds) {
    for (unsigned seed = first; seed < first + check.count(24); ++seed) {
      if (!check.isMine())
        continue;
      RandomProgram p(seed);
      kind.make(p);
      testing::Record::get().context =
          std::string(kind.name) + " " + std::to_string(seed);
      checkProgram(check, p, seed);
    }
    first += 1000;
  }
}

} // namespace benchmark
} // namespace qml
