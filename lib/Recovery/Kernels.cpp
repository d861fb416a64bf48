//===- Kernels.cpp - Vectorized loops of the recovery ---------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Compiles Kernels.inc for each instruction set, as FloatKernels.cpp of the CPU
// executor does its own.
//
//===----------------------------------------------------------------------===//

#include "Kernels.h"

#include "qml/Support/InstructionSet.h"

#if QML_HAS_X86_KERNELS
#include <immintrin.h>
#endif

#include <vector>

#define QML_SIMD_NAME baseline
#define QML_SIMD_TARGET
#define QML_SIMD_PAIR_LANES 4
#if QML_HAS_X86_KERNELS
#define QML_SIMD_INTEGERS __m128i
#define QML_SIMD_MULTIPLY_PAIRS _mm_madd_epi16
#endif
#include "Kernels.inc"
#undef QML_SIMD_NAME
#undef QML_SIMD_TARGET
#undef QML_SIMD_PAIR_LANES
#undef QML_SIMD_INTEGERS
#undef QML_SIMD_MULTIPLY_PAIRS

#if QML_HAS_X86_KERNELS

#define QML_SIMD_NAME avx2
#define QML_SIMD_TARGET __attribute__((target(QML_TARGET_AVX2)))
#define QML_SIMD_PAIR_LANES 8
#define QML_SIMD_INTEGERS __m256i
#define QML_SIMD_MULTIPLY_PAIRS _mm256_madd_epi16
#include "Kernels.inc"
#undef QML_SIMD_NAME
#undef QML_SIMD_TARGET
#undef QML_SIMD_PAIR_LANES
#undef QML_SIMD_INTEGERS
#undef QML_SIMD_MULTIPLY_PAIRS

#define QML_SIMD_NAME avx512
#define QML_SIMD_TARGET __attribute__((target(QML_TARGET_AVX512)))
#define QML_SIMD_PAIR_LANES 16
#define QML_SIMD_INTEGERS __m512i
#define QML_SIMD_MULTIPLY_PAIRS _mm512_madd_epi16
#include "Kernels.inc"
#undef QML_SIMD_NAME
#undef QML_SIMD_TARGET
#undef QML_SIMD_PAIR_LANES
#undef QML_SIMD_INTEGERS
#undef QML_SIMD_MULTIPLY_PAIRS

#endif // QML_HAS_X86_KERNELS

namespace qml {
namespace recovery {

static const KernelTable &choose() {
#if QML_HAS_X86_KERNELS
  InstructionSet set = chooseInstructionSet();
  if (set == InstructionSet::AVX512)
    return avx512::table;
  if (set == InstructionSet::AVX2)
    return avx2::table;
#endif
  return baseline::table;
}

const KernelTable &kernels() {
  static const KernelTable &table = choose();
  return table;
}

} // namespace recovery
} // namespace qml
