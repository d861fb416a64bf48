//===- FixedPointTest.cpp - Fixed-point arithmetic ------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Properties of the one definition: against 128-bit integers where results are
// exact, against float32 steps, each through a volatile variable, where they
// are rounded.
//
//===----------------------------------------------------------------------===//

#include "qml/Quantization/FixedPoint.h"

#include "gtest/gtest.h"

#include <algorithm>
#include <limits>
#include <random>

using namespace qml;

__extension__ typedef __int128 Wide;

namespace {

constexpr Arithmetic both[] = {Arithmetic::QuantizeML, Arithmetic::Akida};

class FixedPointTest : public testing::Test {
protected:
  int64_t integer(int64_t lower, int64_t upper) {
    return std::uniform_int_distribution<int64_t>(lower, upper)(engine);
  }
  /// Of random size: small numbers as likely as large ones.
  int64_t ofBits(int64_t most) {
    int64_t limit = int64_t(1) << integer(0, most);
    return integer(-limit, limit);
  }
  /// A positive float with an exponent in the range.
  float real(int lower, int upper) {
    float mantissa = std::uniform_real_distribution<float>(1.0f, 2.0f)(engine);
    return std::ldexp(std::min(mantissa, 1.9999999f),
                      int(integer(lower, upper)));
  }

  std::mt19937_64 engine{7};
};

Wide power(int exponent) {
  Wide result = 1;
  for (int i = 0; i < exponent; ++i)
    result *= 2;
  return result;
}

Wide limit(Wide value, IntegerRange range) {
  return std::min(std::max<Wide>(value, range.lower), Wide(range.upper));
}

/// floor(numerator / denominator)
Wide floorDivide(Wide numerator, Wide denominator) {
  Wide quotient = numerator / denominator;
  return numerator % denominator < 0 ? quotient - 1 : quotient;
}

} // namespace

TEST_F(FixedPointTest, RangesAreThoseOfFloat32) {
  for (int bits = 1; bits <= 32; ++bits) {
    IntegerRange exact = integerRange(bits, Arithmetic::Akida);
    EXPECT_EQ(exact.lower, -(int64_t(1) << bits));
    EXPECT_EQ(exact.upper, (int64_t(1) << bits) - 1);
    IntegerRange rounded = integerRange(bits, Arithmetic::QuantizeML);
    volatile float upper = static_cast<float>(exact.upper);
    EXPECT_EQ(rounded.lower, exact.lower);
    EXPECT_EQ(rounded.upper, static_cast<int64_t>(upper));
    EXPECT_EQ(rounded.upper, exact.upper + (bits >= 25)) << bits;
  }
}

TEST_F(FixedPointTest, StorageHoldsBothBounds) {
  for (int bits = 1; bits <= 32; ++bits)
    for (Arithmetic arithmetic : both) {
      IntegerRange range = integerRange(bits, arithmetic);
      int width = storageBytes(bits) * 8;
      Wide most = power(width - 1) - 1;
      EXPECT_LE(range.upper, most) << bits;
      EXPECT_GE(range.lower, -most - 1) << bits;
      // The next narrower type would not do for both arithmetics.
      if (width > 8 && arithmetic == Arithmetic::QuantizeML) {
        EXPECT_GT(range.upper, power(width / 2 - 1) - 1) << bits;
      }
    }
}

TEST_F(FixedPointTest, SaturationKeepsWhatFits) {
  for (int i = 0; i < 20000; ++i) {
    int bits = int(integer(1, 32));
    Arithmetic arithmetic = both[integer(0, 1)];
    IntegerRange range = integerRange(bits, arithmetic);
    int64_t value = ofBits(40);
    EXPECT_EQ(saturate(value, bits, arithmetic), limit(value, range));
    EXPECT_EQ(saturate(range.upper, bits, arithmetic), range.upper);
    EXPECT_EQ(saturate(range.lower - 1, bits, arithmetic), range.lower);
  }
}

TEST_F(FixedPointTest, ShiftLeftIsMultiplication) {
  for (int i = 0; i < 100000; ++i) {
    int64_t value = ofBits(40);
    if (value == int64_t(1) << 40 || value == -(int64_t(1) << 40))
      value = 1;
    int shift = int(integer(0, 70));
    IntegerRange range = integerRange(int(integer(1, 32)), both[integer(0, 1)]);
    EXPECT_EQ(shiftLeft(value, shift, range),
              limit(Wide(value) * power(shift), range))
        << value << " << " << shift;
  }
}

TEST_F(FixedPointTest, RequantizeExactRoundsHalfUp) {
  for (int i = 0; i < 200000; ++i) {
    int64_t value = ofBits(33);
    int64_t scale = ofBits(28);
    int shift = int(integer(-70, 40));
    IntegerRange buffer = integerRange(int(integer(8, 32)), both[i % 2]);
    IntegerRange output = integerRange(int(integer(1, 32)), both[i % 2]);
    Wide product = limit(Wide(value) * scale, buffer);
    // floor(p * 2^shift + 1/2)
    Wide expected =
        shift >= 0 ? product * power(shift)
                   : floorDivide(2 * product + power(-shift), power(1 - shift));
    EXPECT_EQ(requantizeExact(value, scale, shift, buffer, output),
              limit(expected, output))
        << value << " * " << scale << " << " << shift;
  }
}

TEST_F(FixedPointTest, RequantizeFloat32RoundsEachStep) {
  for (int i = 0; i < 200000; ++i) {
    int64_t value = ofBits(32);
    int64_t scale = integer(0, 1) ? integer(128, 255) : integer(0, 65535);
    int shift = int(integer(-40, 10));
    int bufferBits = int(integer(16, 32)), valueBits = int(integer(1, 32));
    IntegerRange buffer = integerRange(bufferBits, Arithmetic::QuantizeML);
    IntegerRange output = integerRange(valueBits, Arithmetic::QuantizeML);
    volatile float v = static_cast<float>(value);
    volatile float s = static_cast<float>(scale);
    volatile float product = v * s;
    product =
        std::clamp(float(product), float(buffer.lower), float(buffer.upper));
    volatile float factor = std::ldexp(1.0f, shift);
    volatile float scaled = product * factor;
    volatile float sum = scaled + 0.5f;
    volatile float floored = std::floor(float(sum));
    int64_t expected = static_cast<int64_t>(
        std::clamp(float(floored), float(output.lower), float(output.upper)));
    EXPECT_EQ(requantize(value, scale, shift, bufferBits, valueBits,
                         Arithmetic::QuantizeML),
              expected)
        << value << " * " << scale << " << " << shift;
  }
}

/// Where all fits into 24 bits, the rules agree.
TEST_F(FixedPointTest, ArithmeticsAgreeOnSmallNumbers) {
  for (int i = 0; i < 200000; ++i) {
    int64_t scale = integer(0, 255);
    int64_t value = ofBits(15);
    int shift = int(integer(-23, 0));
    int bits = int(integer(1, 16));
    // With the half the shifted product has no more than 24 bits.
    EXPECT_EQ(requantize(value, scale, shift, 32, bits, Arithmetic::QuantizeML),
              requantize(value, scale, shift, 32, bits, Arithmetic::Akida))
        << value << " * " << scale << " << " << shift;
  }
}

TEST_F(FixedPointTest, RequantizeKnownCorners) {
  // 20,316,159 needs 25 bits; / 2^18 is 77.4999962, in float32 77.5.
  EXPECT_EQ(requantize(6772053, 3, -18, 32, 7, Arithmetic::Akida), 77);
  EXPECT_EQ(requantize(6772053, 3, -18, 32, 7, Arithmetic::QuantizeML), 78);
  // The largest float below a half, and a half, are 1 together.
  EXPECT_EQ(requantize(16777215, 1, -25, 32, 7, Arithmetic::Akida), 0);
  EXPECT_EQ(requantize(16777215, 1, -25, 32, 7, Arithmetic::QuantizeML), 1);
  for (Arithmetic arithmetic : both) {
    EXPECT_EQ(requantize(1, 1, -1, 32, 7, arithmetic), 1);
    EXPECT_EQ(requantize(-1, 1, -1, 32, 7, arithmetic), 0);
    EXPECT_EQ(requantize(-3, 1, -1, 32, 7, arithmetic), -1);
    EXPECT_EQ(requantize(0, 255, 100, 32, 7, arithmetic), 0);
    EXPECT_EQ(requantize(1, 255, 100, 32, 7, arithmetic), 127);
    EXPECT_EQ(requantize(-1, 255, 100, 32, 7, arithmetic), -128);
    EXPECT_EQ(requantize(1000, 255, -100, 32, 7, arithmetic), 0);
    EXPECT_EQ(requantize(-1000, 255, -100, 32, 7, arithmetic), 0);
    // The buffer saturates before the shift.
    EXPECT_EQ(requantize(1 << 20, 200, -20, 24, 8, arithmetic), 16);
    EXPECT_EQ(requantize(-(1 << 20), 200, -20, 24, 8, arithmetic), -16);
  }
}

TEST_F(FixedPointTest, QuantizeRoundsHalfToEven) {
  auto quantize = [](float value, int bits, int fracBits) {
    return quantizeToFixed(value, bits, fracBits, Arithmetic::QuantizeML);
  };
  EXPECT_EQ(quantize(0.5f, 7, 0), 0);
  EXPECT_EQ(quantize(1.5f, 7, 0), 2);
  EXPECT_EQ(quantize(2.5f, 7, 0), 2);
  EXPECT_EQ(quantize(-0.5f, 7, 0), 0);
  EXPECT_EQ(quantize(-1.5f, 7, 0), -2);
  EXPECT_EQ(quantize(1e30f, 7, 0), 127);
  EXPECT_EQ(quantize(-1e30f, 7, 0), -128);
  float infinity = std::numeric_limits<float>::infinity();
  EXPECT_EQ(quantize(infinity, 15, 3), 32767);
  EXPECT_EQ(quantize(-infinity, 15, 3), -32768);
  EXPECT_EQ(quantize(std::numeric_limits<float>::quiet_NaN(), 15, 3), -32768);
  EXPECT_EQ(quantize(1e30f, 27, 0), 1 << 27);
  EXPECT_EQ(quantizeToFixed(1e30f, 27, 0, Arithmetic::Akida), (1 << 27) - 1);

  for (int i = 0; i < 100000; ++i) {
    float value = real(-12, 12) * (integer(0, 1) ? 1.0f : -1.0f);
    int bits = int(integer(1, 24)), fracBits = int(integer(-8, 24));
    volatile float scaled = value * std::ldexp(1.0f, fracBits);
    double rounded = std::nearbyint(double(scaled));
    IntegerRange range = integerRange(bits, Arithmetic::QuantizeML);
    EXPECT_EQ(
        quantize(value, bits, fracBits),
        int64_t(std::clamp(rounded, double(range.lower), double(range.upper))))
        << value;
  }
}

TEST_F(FixedPointTest, DequantizeUndoesQuantize) {
  for (int i = 0; i < 100000; ++i) {
    int64_t value = ofBits(32);
    int fracBits = int(integer(-20, 40));
    float scale = real(-20, 20);
    volatile float first = static_cast<float>(value);
    volatile float second = first / std::ldexp(1.0f, fracBits);
    volatile float third = second * scale;
    EXPECT_EQ(dequantize(value, fracBits, scale), float(third));
    // Values of 24 bits come back.
    int64_t small = value % (1 << 24);
    EXPECT_EQ(quantizeToFixed(dequantize(small, fracBits, 1.0f), 24, fracBits,
                              Arithmetic::QuantizeML),
              small);
  }
}

TEST_F(FixedPointTest, LogarithmsAreExactAwayFromPowersOfTwo) {
  for (int i = 0; i < 100000; ++i) {
    float x = real(-30, 30);
    int exponent;
    float mantissa = std::frexp(x, &exponent);
    // Within some ulps of a power of two the reference errs, too.
    if (mantissa < 0.50001f || mantissa > 0.99999f)
      continue;
    EXPECT_EQ(ceilLog2(x), exponent) << x;
    EXPECT_EQ(floorLog2(x), exponent - 1) << x;
  }
}

TEST_F(FixedPointTest, LogarithmsOfSmallPowersOfTwoAreExact) {
  for (int e = -12; e <= 12; ++e) {
    EXPECT_EQ(ceilLog2(std::ldexp(1.0f, e)), e);
    EXPECT_EQ(floorLog2(std::ldexp(1.0f, e)), e);
  }
}

TEST_F(FixedPointTest, FractionalBitsAreTheMostThatFit) {
  EXPECT_EQ(maxFracBits(7, 0.0f), 7);
  EXPECT_EQ(maxFracBits(8, 255.0f), 0);
  EXPECT_EQ(maxFracBits(7, 1.0f), 7);
  EXPECT_EQ(maxFracBits(7, 0.01f), 7);
  EXPECT_EQ(maxFracBits(7, 1000.0f), -3);
  for (int i = 0; i < 20000; ++i) {
    int bits = int(integer(1, 27));
    float range = real(-10, 20);
    int fracBits = maxFracBits(bits, range);
    EXPECT_LE(fracBits, bits);
    float largest = std::ldexp(1.0f, bits);
    EXPECT_LE(std::ldexp(range, fracBits), largest * 1.00001f);
    if (fracBits < bits) {
      EXPECT_GT(std::ldexp(range, fracBits + 1), largest * 0.99999f);
    }
  }
}

//===----------------------------------------------------------------------===//
// What only the chip computes
//===----------------------------------------------------------------------===//

TEST_F(FixedPointTest, UnsignedResultsOfTheChip) {
  EXPECT_EQ(outputRange(4, true, Arithmetic::Akida).lower, 0);
  EXPECT_EQ(outputRange(4, true, Arithmetic::Akida).upper, 15);
  EXPECT_EQ(outputRange(4, false, Arithmetic::Akida).lower, -16);
  // The reference's unsigned quantizers keep what is negative.
  EXPECT_EQ(outputRange(4, true, Arithmetic::QuantizeML).lower, -16);
}

TEST_F(FixedPointTest, QuantizerOfTheChip) {
  IntegerRange bytes = {0, 255};
  EXPECT_EQ(quantizeOnChip(2.5f, 1.0f, 0, bytes), 3);
  EXPECT_EQ(quantizeOnChip(-2.5f, 1.0f, 10, bytes), 7);
  EXPECT_EQ(quantizeOnChip(1000.0f, 1.0f, 0, bytes), 255);
  EXPECT_EQ(quantizeOnChip(INFINITY, 1.0f, 0, bytes), 0);
  EXPECT_EQ(quantizeOnChip(NAN, 1.0f, 0, {-128, 127}), -128);
  // The zero point is added modulo 2^32.
  EXPECT_EQ(quantizeOnChip(2147483520.0f, 1.0f, 255, bytes), 0);
  for (int i = 0; i < 20000; ++i) {
    float x = real(-10, 6), scale = real(-3, 6);
    int zeroPoint = int(integer(0, 255));
    double product = double(float(x * scale));
    int64_t rounded =
        product < 0 ? -int64_t(0.5 - product) : int64_t(product + 0.5);
    EXPECT_EQ(quantizeOnChip(x, scale, zeroPoint, bytes),
              std::min<int64_t>(std::max<int64_t>(rounded + zeroPoint, 0), 255))
        << x << " * " << scale;
  }
}

TEST_F(FixedPointTest, StepsOfTheChip) {
  // Exact multiples of the step belong to the level below.
  EXPECT_EQ(activateByStep(0, 0, 16, 4), 0);
  EXPECT_EQ(activateByStep(1, 0, 16, 4), 1);
  EXPECT_EQ(activateByStep(100, 0, 16, 4), 15);
  for (int i = 0; i < 20000; ++i) {
    int bits = 1 << integer(0, 2);
    int64_t value = integer(-(1 << 20), 1 << 20);
    int64_t threshold = integer(-(1 << 18), 1 << 18);
    int64_t sixteenths = integer(1, 1 << 16);
    double level = std::ceil(16.0 * double(value - threshold) /
                             double(sixteenths << (4 - bits)));
    double most = double((1 << bits) - 1);
    EXPECT_EQ(double(activateByStep(value, threshold, sixteenths, bits)),
              std::min(std::max(level, 0.0), most))
        << value << " " << threshold << " " << sixteenths << " " << bits;
  }
}

TEST_F(FixedPointTest, DifferencesModulo32) {
  EXPECT_EQ(subtractModulo32(INT32_MIN, 1), INT32_MAX);
  EXPECT_EQ(subtractModulo32(5, 7), -2);
}
