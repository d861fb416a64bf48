//===- Kernels.cpp - Vectorized inner loops -------------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Compiles Kernels.inc for each instruction set, by function attributes rather
// than file by file: so inline functions of headers that are not inlined stay
// free of instructions that a machine may lack.
//
//===----------------------------------------------------------------------===//

#include "Kernels.h"
#include "Model.h"

#include "qml/Quantization/FixedPoint.h"

#include <cmath>
#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#define QML_HAS_X86_KERNELS 1
#else
#define QML_HAS_X86_KERNELS 0
#endif

#define QML_SIMD_NAME baseline
#define QML_SIMD_TARGET
#define QML_SIMD_LANES 4
#include "Kernels.inc"
#undef QML_SIMD_NAME
#undef QML_SIMD_TARGET
#undef QML_SIMD_LANES

#if QML_HAS_X86_KERNELS

#define QML_SIMD_NAME avx2
#define QML_SIMD_TARGET __attribute__((target("avx2")))
#define QML_SIMD_LANES 8
#include "Kernels.inc"
#undef QML_SIMD_NAME
#undef QML_SIMD_TARGET
#undef QML_SIMD_LANES

#define QML_SIMD_NAME avx512
#define QML_SIMD_TARGET                                                        \
  __attribute__((target("avx2,avx512f,avx512bw,avx512dq,avx512vl")))
#define QML_SIMD_LANES 16
#include "Kernels.inc"
#undef QML_SIMD_NAME
#undef QML_SIMD_TARGET
#undef QML_SIMD_LANES

#endif // QML_HAS_X86_KERNELS

namespace qml {
namespace interpreter {

const KernelTable &kernelsFor(InstructionSet limit) {
#if QML_HAS_X86_KERNELS
  __builtin_cpu_init();
  bool hasAVX2 = __builtin_cpu_supports("avx2");
  bool hasAVX512 = hasAVX2 && __builtin_cpu_supports("avx512f") &&
                   __builtin_cpu_supports("avx512bw") &&
                   __builtin_cpu_supports("avx512dq") &&
                   __builtin_cpu_supports("avx512vl");
  if (hasAVX512 &&
      (limit == InstructionSet::Best || limit == InstructionSet::AVX512))
    return avx512::table;
  if (hasAVX2 && limit != InstructionSet::Baseline)
    return avx2::table;
#endif
  return baseline::table;
}

} // namespace interpreter
} // namespace qml
