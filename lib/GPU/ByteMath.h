//===- ByteMath.h - Four bytes at once --------------------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Instructions on words of four bytes, and their twins on the host, which do
// what CUDA says of the instructions (unittests/GPU/DeviceMathTest.cpp).
//
//===----------------------------------------------------------------------===//

#ifndef QML_LIB_GPU_BYTEMATH_H
#define QML_LIB_GPU_BYTEMATH_H

#include "Thread.h"

#include <cstring>

namespace qml {
namespace gpu {

/// sum + the product of four pairs of bytes, modulo 2^32. Those of `b` are
/// signed.
template <bool IsUnsigned>
QML_DEVICE int32_t dot4(uint32_t a, uint32_t b, int32_t sum) {
#ifdef __CUDA_ARCH__
  if constexpr (IsUnsigned) {
    int32_t result;
    asm("dp4a.u32.s32 %0, %1, %2, %3;"
        : "=r"(result)
        : "r"(a), "r"(b), "r"(sum));
    return result;
  } else {
    return __dp4a(int32_t(a), int32_t(b), sum);
  }
#else
  for (int i = 0; i < 32; i += 8) {
    int32_t x = IsUnsigned ? int32_t(uint8_t(a >> i)) : int8_t(a >> i);
    sum = int32_t(uint32_t(sum) + uint32_t(x * int8_t(b >> i)));
  }
  return sum;
#endif
}

/// Byte i of the result is byte s of the eight in b and a, those of `a` being
/// the low ones; s is hexadecimal digit i of `selector`, from 0 to 7.
QML_DEVICE uint32_t permuteBytes(uint32_t a, uint32_t b, uint32_t selector) {
#ifdef __CUDA_ARCH__
  return __byte_perm(a, b, selector);
#else
  uint64_t both = uint64_t(b) << 32 | a;
  uint32_t word = 0;
  for (int i = 0; i < 4; ++i)
    word |= uint32_t(uint8_t(both >> (8 * (selector >> (4 * i) & 7))))
            << (8 * i);
  return word;
#endif
}

/// The low or the high bytes of four 16-bit integers, the first one in the low
/// half of `a`.
QML_DEVICE uint32_t bytesOf(uint32_t a, uint32_t b, int plane) {
  return permuteBytes(a, b, plane ? 0x7531 : 0x6420);
}

/// Words of four bytes as they lie in memory, aligned to all of them.
template <int Words>
QML_DEVICE Pack<uint32_t, Words> loadWords(const void *from) {
#ifdef __CUDA_ARCH__
  return load<Words>(static_cast<const uint32_t *>(from));
#else
  Pack<uint32_t, Words> words;
  memcpy(&words, from, sizeof words);
  return words;
#endif
}

} // namespace gpu
} // namespace qml

#endif // QML_LIB_GPU_BYTEMATH_H
