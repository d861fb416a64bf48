//===- SeveralInputsTest.cpp - Networks with several inputs ---------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../Support/TempFolder.h"
#include "Networks.h"

#include "qml/Calibration/CPU.h"
#include "qml/Support/Npz.h"

namespace qml {
namespace test {
namespace {

/// An image of bytes and one of floats -> two results; the branches meet in a
/// concatenation.
struct TwoInputs : Network {
  int b, joined, first, second;

  TwoInputs() : Network({6, 5, 3}, ElementType::U8) {
    b = addInput({3, 3, 7});
    int x = rescaling(program.inputs[0].tensor, {1 / 128.f}, {-1.f});
    x = relu(conv(x, 20, sameWindow({6, 5}, 3, 2)));
    int y = conv(b, 5, sameWindow({3, 3}, 3, 1));
    joined = concatenate({x, y, b, x});
    first = relu(conv(joined, 6, validWindow(3, 1)));
    second = dense(mean(joined), 4);
    observe(joined);
    observe(b, true, true);
    observe(second, false);
    program.outputs = {{first, "first"}, {second, "second"}};
  }
};

/// A network whose inputs are called a and b, of one and of two bytes.
Program named() {
  Program program;
  program.tensors = {{{2}, ElementType::U8, {}}, {{1}, ElementType::I8, {}}};
  program.inputs = {{0, "a"}, {1, "b"}};
  return program;
}

/// A file of arrays of bytes, each with as many samples of one value.
class Arrays {
public:
  explicit Arrays(const std::vector<std::pair<std::string, int64_t>> &arrays,
                  int64_t width = 2)
      : path(folder.path("s.npz")) {
    auto writer = NpzWriter::create(path);
    EXPECT_TRUE(bool(writer)) << writer.message();
    for (auto &[name, count] : arrays) {
      Shape shape = {count, name == "b" ? 1 : width};
      std::vector<uint8_t> data(size_t(numElements(shape)), 7);
      EXPECT_TRUE(bool(writer->add(name, ElementType::U8, shape, data.data())));
    }
    EXPECT_TRUE(bool(writer->finish()));
  }

  /// What is wrong, with FILE for the path.
  std::string read(const Program &program, const std::string &more = "",
                   const std::vector<std::string> &except = {}) const {
    auto arrays = openSamples(path + more, program, except);
    auto sources = arrays ? samplesOf(*arrays, program)
                          : Result<SampleSources>(arrays.takeError());
    if (sources)
      return "";
    std::string text = sources.message();
    for (size_t at; (at = text.find(path)) != std::string::npos;)
      text.replace(at, path.size(), "FILE");
    return text;
  }

private:
  qml::testing::TempFolder folder;

public:
  std::string path;
};

} // namespace

/// Any number of threads and size of micro-batches.
TEST(SeveralInputs, CPUExecutorComputesWhatFormulasSay) {
  TwoInputs network;
  SampleSources samples = network.allSamples(11);
  std::vector<int> tensors = {network.joined, network.first, network.second,
                              network.b, network.program.inputs[0].tensor};
  for (int64_t microBatch : {1, 4})
    expectValues(network, samples, 11, tensors, 3, microBatch);
}

TEST(SeveralInputs, ConcatenationsOfVectorsAndOfOneTensor) {
  Network network({5});
  int b = network.addInput({3});
  int joined = network.concatenate({b, network.program.inputs[0].tensor, b});
  int alone = network.concatenate({b});
  int all = network.concatenate({network.dense(joined, 4), alone});
  expectValues(network, network.allSamples(6), 6, {joined, alone, all});
}

/// The ranges are those of the values, on a concatenation, too.
TEST(SeveralInputs, Calibration) {
  TwoInputs network;
  SampleSources samples = network.allSamples(10);
  CalibrationOptions options;
  options.numSamples = 10;
  options.batchSize = 10;
  options.epochs = 1;
  options.threads = 1;
  auto ranges = calibrate(network.program, samples, options);
  ASSERT_TRUE(bool(ranges)) << ranges.message();
  const Range &range = (*ranges)["t" + std::to_string(network.joined)];
  ASSERT_EQ(range.max.size(), 52u);
  std::vector<float> wanted(52);
  for (int64_t n = 0; n < 10; ++n) {
    Values values = computeNaively(network.program, samples, n);
    const std::vector<float> &joined = values[size_t(network.joined)];
    for (size_t i = 0; i < joined.size(); ++i)
      wanted[i % 52] = std::max(wanted[i % 52], std::fabs(joined[i]));
  }
  for (size_t c = 0; c < 52; ++c)
    EXPECT_NEAR(range.max[c], wanted[c], wanted[c] * 1e-5f) << c;
  options.threads = 3;
  auto again = calibrate(network.program, samples, options);
  ASSERT_TRUE(bool(again)) << again.message();
  for (auto &[layer, found] : *ranges) {
    EXPECT_EQ((*again)[layer].max, found.max) << layer;
    EXPECT_EQ((*again)[layer].min, found.min) << layer;
  }
}

TEST(SeveralInputs, RefusesOtherSamples) {
  TwoInputs network;
  FloatExecutorOptions options;
  auto executor = createCPUExecutor(network.program, options);
  ASSERT_TRUE(bool(executor)) << executor.message();
  auto message = [&](const SampleSet &samples) {
    return (*executor)->run(samples, 0, 1, {}).message();
  };
  SampleSources samples = network.allSamples(3);
  EXPECT_EQ(message(*samples[0]),
            "there are samples for 1 inputs, the network has 2");
  std::swap(samples[0], samples[1]);
  EXPECT_EQ(message(samples), "the samples were made for another model: "
                              "float32 (3, 3, 7) instead of uint8 (6, 5, 3)");
  std::swap(samples[0], samples[1]);
  samples[1] = std::move(network.allSamples(2)[1]);
  EXPECT_EQ(message(samples),
            "there are 2 samples for input 'input1' and 3 for 'input', each "
            "input needs as many");
}

/// A memory other than a queue.
TEST(SeveralInputs, RefusesMemory) {
  Network network({4});
  int before = network.tensor({4});
  network.program.states = {
      {before, network.sum(network.program.inputs[0].tensor, before)}};
  auto executor = createCPUExecutor(network.program, {});
  ASSERT_FALSE(bool(executor));
  EXPECT_NE(
      executor.message().find("the network has a memory that is no queue"),
      std::string::npos);
}

/// The first input's are those that it has alone.
TEST(SeveralInputs, RandomSamples) {
  Network one({4}), three({4});
  three.addInput({4});
  three.addInput({4});
  SampleSources all = three.allSamples(5);
  std::vector<float> alone = sampleOf(*one.samples(5), 3);
  EXPECT_EQ(sampleOf(*all[0], 3), alone);
  EXPECT_NE(sampleOf(*all[1], 3), alone);
  EXPECT_NE(sampleOf(*all[2], 3), alone);
  EXPECT_NE(sampleOf(*all[2], 3), sampleOf(*all[1], 3));
}

TEST(SeveralInputs, ArraysByName) {
  Arrays arrays({{"b", 4}, {"a", 4}});
  EXPECT_EQ(arrays.read(named()), "");
  auto opened = openSamples(arrays.path, named());
  ASSERT_TRUE(bool(opened)) << opened.message();
  ASSERT_EQ(opened->size(), 2u);
  EXPECT_EQ((*opened)[0].array.shape, Shape({4, 2}));
  EXPECT_EQ((*opened)[1].array.shape, Shape({4, 1}));
  // Labels are of no input.
  EXPECT_EQ(Arrays({{"b", 4}, {"a", 4}, {"y", 4}}).read(named(), "", {"y"}),
            "");
}

TEST(SeveralInputs, RefusesOtherArrays) {
  const std::string needed =
      "; the network has the inputs 'a' and 'b', and needs a .npz file with an "
      "array for each, called by its name";
  EXPECT_EQ(Arrays({{"a", 4}}).read(named()),
            "FILE: has no array 'b'" + needed);
  EXPECT_EQ(Arrays({{"x", 4}, {"y", 4}}).read(named()),
            "FILE: has no array 'a' and 'b', but holds 'x' and 'y'" + needed);
  EXPECT_EQ(Arrays({{"a", 4}, {"b", 4}, {"c", 4}}).read(named()),
            "FILE: holds 'c'" + needed);
  EXPECT_EQ(Arrays({{"a", 4}, {"b", 3}}).read(named()),
            "FILE:b: has 3 samples, FILE:a has 4; each input needs as many");
  EXPECT_EQ(Arrays({{"a", 4}, {"b", 4}}, 3).read(named()),
            "FILE:a: samples have the shape (3,), the model's input has (2,)");
  EXPECT_EQ(Arrays({{"a", 4}, {"b", 4}}).read(named(), ":a"),
            "FILE:a: names single arrays, but" + needed.substr(1));
  auto none = openSamples("s.npy", named());
  ASSERT_FALSE(bool(none));
  EXPECT_EQ(none.message(), "s.npy:" + needed.substr(1));
}

/// One input is read as ever: an array of any name.
TEST(SeveralInputs, OneInputNeedsNoName) {
  Program program = named();
  program.inputs.pop_back();
  EXPECT_EQ(Arrays({{"x", 4}}).read(program), "");
  EXPECT_EQ(Arrays({{"x", 4}, {"y", 4}}).read(program, ":y"), "");
  EXPECT_NE(Arrays({{"x", 4}, {"y", 4}}).read(program), "");
}

} // namespace test
} // namespace qml
