//===- IntegerKernels.cpp - Vectorized inner loops ------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Compiles IntegerKernels.inc for each instruction set, by function attributes
// rather than file by file: so inline functions of headers that are not inlined
// stay free of instructions that a machine may lack.
//
//===----------------------------------------------------------------------===//

#include "IntegerKernels.h"
#include "Model.h"

#include "qml/Quantization/FixedPoint.h"

#include <cmath>
#include <cstring>

#if QML_HAS_X86_KERNELS
#include <immintrin.h>
#endif

#define QML_SIMD_NAME baseline
#define QML_SIMD_TARGET
#define QML_SIMD_LANES 4
#include "IntegerKernels.inc"
#undef QML_SIMD_NAME
#undef QML_SIMD_TARGET
#undef QML_SIMD_LANES

#if QML_HAS_X86_KERNELS

#define QML_SIMD_NAME avx2
#define QML_SIMD_TARGET __attribute__((target(QML_TARGET_AVX2)))
#define QML_SIMD_LANES 8
#include "IntegerKernels.inc"
#undef QML_SIMD_NAME
#undef QML_SIMD_TARGET
#undef QML_SIMD_LANES

#define QML_SIMD_NAME avx512
#define QML_SIMD_TARGET __attribute__((target(QML_TARGET_AVX512)))
#define QML_SIMD_LANES 16
#include "IntegerKernels.inc"
#undef QML_SIMD_NAME
#undef QML_SIMD_TARGET
#undef QML_SIMD_LANES

#define QML_SIMD_NAME avx512vnni
#define QML_SIMD_TARGET __attribute__((target(QML_TARGET_AVX512_VNNI)))
#define QML_SIMD_LANES 16
#define QML_SIMD_VNNI 1
#include "IntegerKernels.inc"
#undef QML_SIMD_NAME
#undef QML_SIMD_TARGET
#undef QML_SIMD_LANES
#undef QML_SIMD_VNNI

#endif // QML_HAS_X86_KERNELS

namespace qml {
namespace interpreter {

const KernelTable &kernelsFor(InstructionSet limit) {
#if QML_HAS_X86_KERNELS
  InstructionSet set = chooseInstructionSet(limit);
  if (set == InstructionSet::AVX512)
    return limit == InstructionSet::Best && hasVNNI() ? avx512vnni::table
                                                      : avx512::table;
  if (set == InstructionSet::AVX2)
    return avx2::table;
#endif
  return baseline::table;
}

} // namespace interpreter
} // namespace qml
