//===- PackedBits.h - Integers of a few bits in bytes -----------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Value i is two's complement in bits [i * bits, (i + 1) * bits) of the bytes,
// of which the lowest come first. What is left of the last byte is zero.
//
//===----------------------------------------------------------------------===//

#ifndef QML_SUPPORT_PACKEDBITS_H
#define QML_SUPPORT_PACKEDBITS_H

#include <cstddef>
#include <cstdint>
#include <vector>

namespace qml {

/// The fewest bits, sign included, that hold each of the values: 1 to 8.
inline int countPackedBits(const int8_t *values, size_t count) {
  // The sign bit of x ^ (x >> 7) is 0; its highest other bit is the highest
  // that differs from the sign.
  unsigned used = 0;
  for (size_t i = 0; i != count; ++i)
    used |= unsigned(values[i] ^ (values[i] >> 7)) & 0x7f;
  int bits = 1;
  for (; used != 0; used >>= 1)
    ++bits;
  return bits;
}

inline size_t countPackedBytes(size_t count, int bits) {
  return count / 8 * size_t(bits) + (count % 8 * size_t(bits) + 7) / 8;
}

/// `bits` of 1 to 8, wide enough for each of the values.
inline std::vector<char> packBits(const int8_t *values, size_t count,
                                  int bits) {
  std::vector<char> packed(countPackedBytes(count, bits));
  unsigned waiting = 0, numWaiting = 0;
  char *next = packed.data();
  for (size_t i = 0; i != count; ++i) {
    waiting |= (uint8_t(values[i]) & ((1u << bits) - 1)) << numWaiting;
    numWaiting += unsigned(bits);
    for (; numWaiting >= 8; numWaiting -= 8, waiting >>= 8)
      *next++ = char(waiting & 0xff);
  }
  if (numWaiting != 0)
    *next = char(waiting);
  return packed;
}

/// The counterpart: `packed` has countPackedBytes(count, bits) bytes.
inline std::vector<int8_t> unpackBits(const char *packed, size_t count,
                                      int bits) {
  std::vector<int8_t> values(count);
  unsigned waiting = 0, numWaiting = 0;
  int unused = 8 - bits;
  for (int8_t &value : values) {
    if (numWaiting < unsigned(bits)) {
      waiting |= unsigned(uint8_t(*packed++)) << numWaiting;
      numWaiting += 8;
    }
    value = int8_t(int8_t(uint8_t(waiting << unused)) >> unused);
    waiting >>= bits;
    numWaiting -= unsigned(bits);
  }
  return values;
}

} // namespace qml

#endif // QML_SUPPORT_PACKEDBITS_H
