//===- Half.h - Numbers of 16 bits ------------------------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QML_SUPPORT_HALF_H
#define QML_SUPPORT_HALF_H

#include <cstdint>
#include <cstring>

namespace qml {

/// What a float16 of these bits stands for.
inline float halfToFloat(uint16_t half) {
  uint32_t sign = uint32_t(half & 0x8000) << 16;
  uint32_t exponent = (half >> 10) & 31;
  uint32_t fraction = half & 0x3ff;
  if (exponent == 0) { // zero and subnormal numbers
    float magnitude = float(fraction) * 0x1p-24f;
    return sign ? -magnitude : magnitude;
  }
  uint32_t bits =
      sign | (exponent == 31 ? 255u : exponent + 112) << 23 | fraction << 13;
  float value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

} // namespace qml

#endif // QML_SUPPORT_HALF_H
