//===- FixedPoint.h - Fixed-point arithmetic, host and device ---*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The one definition of the arithmetic on integers with a fixed binary point:
// a value `v` with `fracBits` fractional bits stands for v / 2^fracBits, and
// fits into `valueBits` bits and a sign. Folders, interpreter, kernels and
// tests all call these functions.
//
// Two sets of rules exist (see docs/Rationale.md, "Two arithmetics"), as data:
// `quantizeml` follows the reference, which keeps its integers in float32, so
// that its upper saturation bounds and its scale-out round to 24 bits; `akida`
// follows the chip, where nothing rounds but the final shift.
//
// Formulas: `rne` rounds half to even, `rhu(x) = floor(x + 1/2)`.
//
//===----------------------------------------------------------------------===//

#ifndef QML_QUANTIZATION_FIXEDPOINT_H
#define QML_QUANTIZATION_FIXEDPOINT_H

#include "qml/Support/DeviceMath.h"

#include <cmath>
#include <cstdint>

namespace qml {

/// Whose integers a model computes.
enum class Arithmetic : uint8_t {
  /// The reference's Keras form: float32 keeps 24 significant bits.
  QuantizeML,
  /// The chip's: exact.
  Akida
};

/// An integer range, both ends included.
struct IntegerRange {
  int64_t lower;
  int64_t upper;
};

/// Fractional bits of tensors, by magnitude: powers of two that float32 holds.
constexpr int maxExponent = 126;

/// Shifts of a scale-out: what variables of the hardware hold.
constexpr IntegerRange scaleOutShifts = {-128, 127};

/// Range of integers of `valueBits` bits and a sign: [-2^n, 2^n - 1]. The
/// reference computes the upper bound in float32, where 2^n - 1 is 2^n for
/// n >= 25.
QML_HOST_DEVICE constexpr IntegerRange integerRange(int valueBits,
                                                    Arithmetic arithmetic) {
  int64_t power = int64_t(1) << valueBits;
  bool rounded = arithmetic == Arithmetic::QuantizeML && valueBits >= 25;
  return {-power, rounded ? power : power - 1};
}

/// Range of the results of a quantizer: from zero on if it is unsigned and the
/// hardware cuts what is negative. The reference's unsigned quantizers don't.
QML_HOST_DEVICE constexpr IntegerRange
outputRange(int valueBits, bool isUnsigned, Arithmetic arithmetic) {
  IntegerRange range = integerRange(valueBits, arithmetic);
  if (isUnsigned && arithmetic == Arithmetic::Akida)
    range.lower = 0;
  return range;
}

QML_HOST_DEVICE constexpr int64_t clamp(int64_t value, IntegerRange range) {
  return value < range.lower   ? range.lower
         : value > range.upper ? range.upper
                               : value;
}

QML_HOST_DEVICE constexpr int64_t saturate(int64_t value, int valueBits,
                                           Arithmetic arithmetic) {
  return clamp(value, integerRange(valueBits, arithmetic));
}

/// value * 2^shift, saturated to `range`, for shift >= 0 and |value| < 2^40.
QML_HOST_DEVICE constexpr int64_t shiftLeft(int64_t value, int shift,
                                            IntegerRange range) {
  // Any nonzero value leaves every range of at most 2^33 by then.
  if (shift > 40)
    return value == 0 ? 0 : value < 0 ? range.lower : range.upper;
  // 2^40 * 2^22 still fits; what is larger saturates in two steps.
  int first = shift > 20 ? 20 : shift;
  int64_t partial = value * (int64_t(1) << first);
  int64_t limit = int64_t(1) << 40;
  partial = clamp(partial, {-limit, limit});
  return clamp(partial * (int64_t(1) << (shift - first)), range);
}

/// The scale-out of an output quantizer under the rules of the chip:
/// p = clamp(value * scale, buffer), then rhu(p * 2^shift) clamped to `output`.
/// `scale` is 1 for inputs without a scale. Exact for |value * scale| < 2^62.
QML_HOST_DEVICE constexpr int64_t requantizeExact(int64_t value, int64_t scale,
                                                  int shift,
                                                  IntegerRange buffer,
                                                  IntegerRange output) {
  int64_t product = clamp(value * scale, buffer);
  if (shift >= 0)
    return shiftLeft(product, shift, output);
  int right = -shift;
  if (right > 62)
    return 0;
  return clamp((product + (int64_t(1) << (right - 1))) >> right, output);
}

/// The same under the rules of the reference: each step rounded to float32.
/// `power` is 2^shift. The bounds are integers that float32 holds: the caller
/// takes them from `integerRange(..., QuantizeML)`, where all are.
QML_HOST_DEVICE inline float
requantizeFloat32(float value, float scale, float power, float bufferLower,
                  float bufferUpper, float outputLower, float outputUpper) {
  float product =
      bounded(roundedProduct(value, scale), bufferLower, bufferUpper);
  float shifted = floorf(roundedSum(roundedProduct(product, power), 0.5f));
  return bounded(shifted, outputLower, outputUpper);
}

/// Scale-out by either set of rules, one value at a time, clamped to `output`.
QML_HOST_DEVICE inline int64_t requantize(int64_t value, int64_t scale,
                                          int shift, int bufferBits,
                                          IntegerRange output,
                                          Arithmetic arithmetic) {
  IntegerRange buffer = integerRange(bufferBits, arithmetic);
  if (arithmetic == Arithmetic::Akida)
    return requantizeExact(value, scale, shift, buffer, output);
  return static_cast<int64_t>(requantizeFloat32(
      static_cast<float>(value), static_cast<float>(scale), ldexpf(1.0f, shift),
      static_cast<float>(buffer.lower), static_cast<float>(buffer.upper),
      static_cast<float>(output.lower), static_cast<float>(output.upper)));
}

/// The same, for results of `valueBits` value bits and a sign.
QML_HOST_DEVICE inline int64_t requantize(int64_t value, int64_t scale,
                                          int shift, int bufferBits,
                                          int valueBits,
                                          Arithmetic arithmetic) {
  return requantize(value, scale, shift, bufferBits,
                    integerRange(valueBits, arithmetic), arithmetic);
}

/// Bits of the largest magnitude that roundSmall takes, 2^22.
constexpr int mostSmallBits = 22;

/// rne(x) for |x| <= 2^22: float32 has no fraction from 2^23 on. Loops over it
/// become vectors, where a call of nearbyintf stays one.
inline float roundSmall(float x) {
  constexpr float shift = 0x1.8p23f;
  return (x + shift) - shift;
}

/// Smallest e with 2^e >= x, as the reference finds it where it quantizes: the
/// natural logarithm in float32, times the float32 reciprocal of ln 2 (its
/// graph mode). Values some ulps above a power of two may give that power.
/// `x` must be positive and finite.
inline int ceilLog2(float x) {
  float log = static_cast<float>(std::log(static_cast<double>(x)));
  return static_cast<int>(std::ceil(log * 1.442695f));
}

/// Largest e with 2^e <= x, as the reference finds it where it equalizes: the
/// same logarithm, divided by ln 2 in float32 (its eager mode). `x` must be
/// positive and finite.
inline int floorLog2(float x) {
  float log = static_cast<float>(std::log(static_cast<double>(x)));
  return static_cast<int>(std::floor(log / 0.6931472f));
}

/// Most fractional bits with which values up to `range` fit into `valueBits`:
/// valueBits - ceil(log2(range)), at most valueBits. Zero gives valueBits; what
/// overflowed counts as 2^128. `range` is not negative and not NaN.
inline int maxFracBits(int valueBits, float range) {
  if (range == 0.0f)
    return valueBits;
  if (std::isinf(range))
    return valueBits - 128;
  int bits = valueBits - ceilLog2(range);
  return bits < valueBits ? bits : valueBits;
}

/// rne(value * 2^fracBits), saturated to `valueBits`, each step in float32.
QML_HOST_DEVICE inline int64_t quantizeToFixed(float value, int valueBits,
                                               int fracBits,
                                               Arithmetic arithmetic) {
  IntegerRange range = integerRange(valueBits, arithmetic);
  float scaled = nearestEven(roundedProduct(value, ldexpf(1.0f, fracBits)));
  if (!(scaled > static_cast<float>(range.lower)))
    return range.lower;
  if (scaled >= static_cast<float>(range.upper))
    return range.upper;
  return static_cast<int64_t>(scaled);
}

/// The chip's quantizer of inputs: the product in float32, rounded half away
/// from zero, becomes an int32 (what leaves it is the smallest one); the zero
/// point is added modulo 2^32, and the sum clamped to `output`.
QML_HOST_DEVICE inline int64_t quantizeOnChip(float value, float scale,
                                              int32_t zeroPoint,
                                              IntegerRange output) {
  float rounded = roundf(roundedProduct(value, scale));
  bool fits = rounded >= -2147483648.0f && rounded < 2147483648.0f;
  uint32_t integer =
      static_cast<uint32_t>(fits ? static_cast<int32_t>(rounded) : INT32_MIN);
  uint32_t sum = integer + static_cast<uint32_t>(zeroPoint);
  return clamp(static_cast<int32_t>(sum), output);
}

/// The difference of two integers modulo 2^32.
QML_HOST_DEVICE constexpr int32_t subtractModulo32(int64_t a, int64_t b) {
  return static_cast<int32_t>(static_cast<uint32_t>(a) -
                              static_cast<uint32_t>(b));
}

/// The step-wise activation of the chip's first version to `bits` bits, for a
/// threshold t and a step of q sixteenths, 1 <= q < 2^28: ceil(16 (v - t) / (q
/// 2^(4 - bits))), from zero on. The difference is taken modulo 2^32, and the
/// numerator has 28 bits.
QML_HOST_DEVICE constexpr int64_t
activateByStep(int64_t value, int64_t threshold, int64_t sixteenths, int bits) {
  int64_t difference = subtractModulo32(value, threshold);
  if (difference <= 0)
    return 0;
  int64_t numerator =
      ((16 * difference - 1) >> (4 - bits)) & ((int64_t(1) << 28) - 1);
  int64_t level = numerator / sixteenths + 1;
  int64_t most = (int64_t(1) << bits) - 1;
  return level < most ? level : most;
}

/// v / 2^fracBits * scale, each step in float32.
QML_HOST_DEVICE inline float dequantize(int64_t value, int fracBits,
                                        float scale) {
  return static_cast<float>(value) * ldexpf(1.0f, -fracBits) * scale;
}

/// Bytes of the narrowest integer that holds `valueBits` bits and a sign,
/// including the upper bound of either arithmetic: 1, 2, 4 or 8.
constexpr int storageBytes(int valueBits) {
  return valueBits <= 7 ? 1 : valueBits <= 15 ? 2 : valueBits <= 30 ? 4 : 8;
}

} // namespace qml

#endif // QML_QUANTIZATION_FIXEDPOINT_H
