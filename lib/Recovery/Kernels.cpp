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

#define QML_SIMD_NAME baseline
#define QML_SIMD_TARGET
#include "Kernels.inc"
#undef QML_SIMD_NAME
#undef QML_SIMD_TARGET

#if QML_HAS_X86_KERNELS

#define QML_SIMD_NAME avx2
#define QML_SIMD_TARGET __attribute__((target(QML_TARGET_AVX2)))
#include "Kernels.inc"
#undef QML_SIMD_NAME
#undef QML_SIMD_TARGET

#define QML_SIMD_NAME avx512
#define QML_SIMD_TARGET __attribute__((target(QML_TARGET_AVX512)))
#define QML_SIMD_MULTIPLIES_PAIRS 1
#include "Kernels.inc"
#undef QML_SIMD_NAME
#undef QML_SIMD_TARGET
#undef QML_SIMD_MULTIPLIES_PAIRS

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
