//===- Half.h - Numbers of 16 bits ------------------------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QML_SUPPORT_HALF_H
#define QML_SUPPORT_HALF_H

#include <cmath>
#include <cstdint>

namespace qml {

/// What a float16 of these bits stands for.
inline float halfToFloat(uint16_t half) {
  int sign = half >> 15, exponent = half >> 10 & 31, fraction = half & 1023;
  float magnitude =
      exponent == 31 ? (fraction ? std::nanf("") : INFINITY)
                     : std::ldexp(static_cast<float>(exponent ? fraction + 1024
                                                              : fraction),
                                  exponent ? exponent - 25 : -24);
  return sign ? -magnitude : magnitude;
}

} // namespace qml

#endif // QML_SUPPORT_HALF_H
