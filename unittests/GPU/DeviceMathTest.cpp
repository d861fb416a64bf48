//===- DeviceMathTest.cpp - Twins of a GPU's instructions -----------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What a GPU does by an instruction, the host does by a few lines of its own:
// held here against what CUDA's manuals say of the instruction, for all bytes
// or for random bits. Formulas that are made of these have one text for both.
//
//===----------------------------------------------------------------------===//

#include "ByteMath.h"

#include "qml/Calibration/RangeMath.h"
#include "qml/Quantization/FixedPoint.h"

#include "gtest/gtest.h"

#include <algorithm>
#include <cfloat>
#include <limits>
#include <random>
#include <vector>

using namespace qml;
using namespace qml::gpu;

namespace {

/// Any float: random bits, and often one at which something happens.
class Floats {
public:
  float next() {
    static const float special[] = {
        0.f,      -0.f,      1.f,        -1.f,      .5f,
        -.5f,     1.5f,      2.5f,       FLT_MIN,   -FLT_MIN,
        FLT_MAX,  -FLT_MAX,  8388607.5f, 8388608.f, 2147483648.f,
        INFINITY, -INFINITY, NAN,        1e-45f};
    uint32_t bits = uint32_t(random());
    if (bits % 8 == 0)
      return special[bits / 8 % std::size(special)];
    float x = fromBits(int32_t(random()));
    // A NaN that signals is treated differently, and is nobody's result.
    return std::isnan(x) ? NAN : x;
  }

private:
  std::mt19937 random{1};
};

bool isSame(float a, float b) {
  return (std::isnan(a) && std::isnan(b)) || bitsOf(a) == bitsOf(b);
}

constexpr int tries = 1 << 20;

} // namespace

/// "Returns the IEEE-rounded (to nearest even)" of the exact result: which two
/// floats have in double, or near enough to round to it.
TEST(DeviceMath, StepsAreRoundedOnce) {
  Floats floats;
  for (int i = 0; i < tries; ++i) {
    float a = floats.next(), b = floats.next();
    // 48 bits of a product fit into 53; rounding twice is innocuous for sums.
    ASSERT_TRUE(isSame(roundedProduct(a, b), float(double(a) * double(b))))
        << a << " " << b;
    ASSERT_TRUE(isSame(roundedSum(a, b), float(double(a) + double(b))))
        << a << " " << b;
    ASSERT_TRUE(isSame(roundedDifference(a, b), float(double(a) - double(b))))
        << a << " " << b;
  }
}

/// Nothing may be fused where steps follow each other.
TEST(DeviceMath, StepsAreNotFused) {
  Floats floats;
  int differing = 0;
  for (int i = 0; i < tries; ++i) {
    float value = floats.next(), batch = floats.next(), rate = .1f;
    volatile float delta = value - batch;
    volatile float step = delta * rate;
    volatile float expected = value - step;
    ASSERT_TRUE(isSame(movedRange(value, batch, rate), expected))
        << value << " " << batch;
    differing += !isSame(expected, std::fma(-delta, rate, value));
  }
  EXPECT_GT(differing, 1000);
}

/// fmaxf and fminf: of a number and NaN, the number.
TEST(DeviceMath, BoundsAreThoseOfMinimaAndMaxima) {
  Floats floats;
  for (int i = 0; i < tries; ++i) {
    float x = floats.next(), lower = floats.next(), upper = floats.next();
    if (std::isnan(lower) || std::isnan(upper))
      continue;
    if (lower > upper)
      std::swap(lower, upper);
    // Of zeros of two signs CUDA's instructions take the positive one.
    lower += 0.f;
    upper += 0.f;
    float expected = std::fmin(std::fmax(x, lower), upper);
    ASSERT_TRUE(bounded(x, lower, upper) == expected)
        << x << " " << lower << " " << upper;
  }
}

/// rintf: the nearest integer, halfway cases to the even one.
TEST(DeviceMath, RoundsToTheEvenInteger) {
  Floats floats;
  for (int i = 0; i < tries; ++i) {
    float x = floats.next();
    float expected = x;
    if (std::fabs(x) < 8388608.f) {
      double below = std::floor(double(x)), rest = double(x) - below;
      bool isUp = rest > .5 || (rest == .5 && std::fmod(below, 2) != 0);
      expected = std::copysign(float(below + isUp), x);
    }
    ASSERT_TRUE(isSame(nearestEven(x), expected)) << x;
  }
}

/// requantizeFloat32 as GPUs spelled it out before: by minima, maxima and
/// floor.
TEST(DeviceMath, ScalesOutByMinimaAndMaxima) {
  std::mt19937 random(2);
  auto integer = [&](int bits) {
    return float(int32_t(random()) >> (32 - bits));
  };
  for (int i = 0; i < tries; ++i) {
    float value = integer(1 + int(random() % 31)), scale = integer(9);
    int shift = int(random() % 40) - 30;
    float buffer = std::ldexp(1.f, 15 + int(random() % 16));
    float most = std::ldexp(1.f, 3 + int(random() % 5)) - 1;
    volatile float product = value * scale;
    volatile float kept = std::fmin(std::fmax(product, -buffer), buffer);
    volatile float shifted = kept * std::ldexp(1.f, shift);
    volatile float moved = shifted + .5f;
    float expected = std::fmin(std::fmax(std::floor(moved), -most - 1), most);
    ASSERT_EQ(requantizeFloat32(value, scale, std::ldexp(1.f, shift), -buffer,
                                buffer, -most - 1, most),
              expected)
        << value << " " << scale << " " << shift;
  }
}

/// dp4a: each pair of bytes for all their values, in each of the four places.
TEST(DeviceMath, MultipliesAllBytes) {
  std::mt19937 random(3);
  for (uint32_t a = 0; a < 256; ++a)
    for (uint32_t b = 0; b < 256; ++b)
      for (int place = 0; place < 32; place += 8) {
        int64_t sum = int32_t(random());
        int64_t isSigned = sum + int64_t(int8_t(a)) * int8_t(b);
        int64_t isUnsigned = sum + int64_t(a) * int8_t(b);
        ASSERT_EQ(dot4<false>(a << place, b << place, int32_t(sum)),
                  int32_t(uint32_t(isSigned)));
        ASSERT_EQ(dot4<true>(a << place, b << place, int32_t(sum)),
                  int32_t(uint32_t(isUnsigned)));
      }
  for (int i = 0; i < tries; ++i) {
    uint32_t a = uint32_t(random()), b = uint32_t(random());
    uint32_t sum = uint32_t(random());
    int64_t expected[2] = {int32_t(sum), int32_t(sum)};
    for (int k = 0; k < 4; ++k) {
      expected[0] += int64_t(int8_t(a >> (8 * k))) * int8_t(b >> (8 * k));
      expected[1] += int64_t(uint8_t(a >> (8 * k))) * int8_t(b >> (8 * k));
    }
    ASSERT_EQ(dot4<false>(a, b, int32_t(sum)), int32_t(uint32_t(expected[0])));
    ASSERT_EQ(dot4<true>(a, b, int32_t(sum)), int32_t(uint32_t(expected[1])));
  }
}

/// __byte_perm, for all selectors.
TEST(DeviceMath, PermutesBytes) {
  std::mt19937 random(4);
  for (uint32_t selector = 0; selector < 0x10000; ++selector) {
    // The fourth bit of a digit has a meaning of its own, and is not used.
    if (selector & 0x8888)
      continue;
    uint32_t words[2] = {uint32_t(random()), uint32_t(random())};
    uint8_t bytes[8];
    std::memcpy(bytes, words, sizeof bytes);
    uint32_t found = permuteBytes(words[0], words[1], selector);
    for (int i = 0; i < 4; ++i)
      ASSERT_EQ(uint8_t(found >> (8 * i)), bytes[selector >> (4 * i) & 7])
          << std::hex << selector;
  }
}

TEST(DeviceMath, TakesIntegersApart) {
  std::mt19937 random(5);
  for (int i = 0; i < 1000; ++i) {
    alignas(8) uint16_t values[4];
    for (uint16_t &value : values)
      value = uint16_t(random());
    Pack<uint32_t, 2> words = loadWords<2>(values);
    for (int k = 0; k < 4; ++k)
      for (int plane = 0; plane < 2; ++plane)
        ASSERT_EQ(uint8_t(bytesOf(words[0], words[1], plane) >> (8 * k)),
                  uint8_t(values[k] >> (8 * plane)));
  }
}
