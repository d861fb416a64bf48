//===- PackedBitsTest.cpp - Integers of a few bits in bytes ---------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "qml/Support/PackedBits.h"

#include <gtest/gtest.h>

using namespace qml;

namespace {

TEST(PackedBitsTest, FewestBits) {
  auto bits = [](std::vector<int8_t> values) {
    return countPackedBits(values.data(), values.size());
  };
  EXPECT_EQ(bits({}), 1);
  EXPECT_EQ(bits({0, -1}), 1);
  EXPECT_EQ(bits({0, 1}), 2);
  EXPECT_EQ(bits({-2}), 2);
  EXPECT_EQ(bits({-2, 7}), 4);
  EXPECT_EQ(bits({-8}), 4);
  EXPECT_EQ(bits({-9}), 5);
  EXPECT_EQ(bits({127}), 8);
  EXPECT_EQ(bits({-128}), 8);
}

// The layout is a format of files.
TEST(PackedBitsTest, Layout) {
  std::vector<int8_t> values = {1, -1, 3, -4, 0};
  std::vector<char> packed = packBits(values.data(), values.size(), 3);
  // 001, 111, 011, 100, 000 from the lowest bit up.
  EXPECT_EQ(packed, (std::vector<char>{char(0b11111001), char(0b00001000)}));
}

TEST(PackedBitsTest, RoundTrip) {
  for (int bits = 1; bits <= 8; ++bits)
    for (size_t count : {0, 1, 2, 3, 7, 8, 9, 64, 101}) {
      std::vector<int8_t> values;
      int extent = 1 << bits;
      for (size_t i = 0; i != count; ++i)
        values.push_back(int8_t(int(i * 37) % extent - extent / 2));
      std::vector<char> packed = packBits(values.data(), count, bits);
      EXPECT_EQ(packed.size(), (count * size_t(bits) + 7) / 8);
      EXPECT_EQ(unpackBits(packed.data(), count, bits), values);
    }
}

} // namespace
