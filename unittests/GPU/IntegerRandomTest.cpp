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

#include "IntegerExecution.h"
#include "IntegerPrograms.h"

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
  MemorySamples samples(program.tensors[size_t(program.inputs[0].tensor)],
                        shape.samples, inputs, seed % 2);
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

/// Checks the programs of that name.
static void checkMany(const std::string &name) {
  for (const IntegerPrograms &programs : allIntegerPrograms()) {
    if (programs.name != name)
      continue;
    for (unsigned i = 0; i < programs.count; ++i) {
      RandomProgram p(programs.first + i);
      programs.make(p);
      check(p, programs.first + i);
      if (::testing::Test::HasFatalFailure())
        return;
    }
    return;
  }
  FAIL() << "there are no programs called " << name;
}

TEST(IntegerRandomTest, BytesOfConvolutions) {
  checkMany("BytesOfConvolutions");
}

TEST(IntegerRandomTest, Conv2D) { checkMany("Conv2D"); }

TEST(IntegerRandomTest, DepthwiseConv2D) { checkMany("DepthwiseConv2D"); }

TEST(IntegerRandomTest, Conv2DTranspose) { checkMany("Conv2DTranspose"); }

TEST(IntegerRandomTest, Dense) { checkMany("Dense"); }

TEST(IntegerRandomTest, HardwareBuffers) { checkMany("HardwareBuffers"); }

TEST(IntegerRandomTest, Pools) { checkMany("Pools"); }

TEST(IntegerRandomTest, AveragePools) { checkMany("AveragePools"); }

TEST(IntegerRandomTest, Products) { checkMany("Products"); }

TEST(IntegerRandomTest, AddAndReshape) { checkMany("AddAndReshape"); }

TEST(IntegerRandomTest, Quantizers) { checkMany("Quantizers"); }

TEST(IntegerRandomTest, HardwareLayers) { checkMany("HardwareLayers"); }

TEST(IntegerRandomTest, Networks) { checkMany("Networks"); }
