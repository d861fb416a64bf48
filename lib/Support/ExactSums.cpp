//===- ExactSums.cpp - Sums of floats in any order ------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "qml/Support/ExactSums.h"

#include <cmath>
#include <cstring>
#include <limits>

namespace qml {

__extension__ typedef unsigned __int128 UInt128;

void ExactSums::add(const double *values) {
  if (list.empty())
    return;
  uint64_t *to = list.data();
  for (size_t i = 0, sums = size(); i != sums; ++i, to += wordsPerSum) {
    uint64_t bits;
    std::memcpy(&bits, values + i, sizeof bits);
    int exponent = int(bits >> 52 & 0x7ff);
    // Denormal doubles are far below the lowest bit, and so is zero.
    if (!exponent)
      continue;
    uint64_t digits = (bits & ((uint64_t(1) << 52) - 1)) | uint64_t(1) << 52;
    // Of the last of the digits, seen from the lowest bit of a sum.
    int shift = exponent - 1075 - lowest;
    if (shift < 0) {
      digits = shift > -64 ? digits >> -shift : 0;
      shift = 0;
    }
    size_t piece = size_t(shift) / 32;
    if (exponent - 1023 >= 170) {
      ++to[numPieces];
      continue;
    }
    UInt128 wide = UInt128(digits) << (shift % 32);
    bool isNegative = bits >> 63;
    for (size_t k = 0; k != 3; ++k, wide >>= 32) {
      uint64_t part = uint64_t(wide) & 0xffffffff;
      to[piece + k] += isNegative ? 0 - part : part;
    }
  }
  ++list.back();
}

void ExactSums::merge(const ExactSums &other) {
  for (size_t i = 0; i != list.size(); ++i)
    list[i] += other.list[i];
}

double ExactSums::get(size_t sum) const {
  const uint64_t *from = list.data() + sum * wordsPerSum;
  if (from[numPieces])
    return std::numeric_limits<double>::quiet_NaN();
  // Carries, once as it is and once negated: one of them ends without a sign.
  uint64_t pieces[numPieces];
  bool isNegative = false;
  for (int pass = 0; pass != 2; ++pass) {
    int64_t carry = 0;
    for (size_t k = 0; k != numPieces; ++k) {
      int64_t value = int64_t(pass ? 0 - from[k] : from[k]) + carry;
      pieces[k] = uint64_t(value) & 0xffffffff;
      carry = value >> 32;
    }
    isNegative = pass == 1;
    if (carry >= 0)
      break;
  }
  size_t top = numPieces - 1;
  while (top > 2 && !pieces[top])
    --top;
  // Three pieces have 65 bits or more; of the others it matters whether they
  // are zero.
  UInt128 digits =
      UInt128(pieces[top]) << 64 | pieces[top - 1] << 32 | pieces[top - 2];
  digits <<= 1;
  for (size_t k = 0; k + 2 < top; ++k)
    if (pieces[k])
      digits |= 1;
  double value = std::ldexp(double(digits), lowest - 1 + int(32 * (top - 2)));
  return isNegative ? -value : value;
}

} // namespace qml
