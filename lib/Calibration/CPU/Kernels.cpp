//===- Kernels.cpp - Vectorized loops of the float executor ---------------===//
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

#include "qml/Calibration/Observers.h"

#include <algorithm>
#include <limits>

#define QML_SIMD_NAME baseline
#define QML_SIMD_TARGET
#define QML_SIMD_LANES 4
#include "Kernels.inc"
#undef QML_SIMD_NAME
#undef QML_SIMD_TARGET
#undef QML_SIMD_LANES

#if defined(__x86_64__)

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

#endif // defined(__x86_64__)

namespace qml {
namespace cpu {

static const KernelTable &choose() {
#if defined(__x86_64__)
  __builtin_cpu_init();
  bool hasAVX2 = __builtin_cpu_supports("avx2");
  if (hasAVX2 && __builtin_cpu_supports("avx512f") &&
      __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
    return avx512::table;
  if (hasAVX2)
    return avx2::table;
#endif
  return baseline::table;
}

const KernelTable &kernels() {
  static const KernelTable &table = choose();
  return table;
}

} // namespace cpu
} // namespace qml
