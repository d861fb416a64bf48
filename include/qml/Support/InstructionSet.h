//===- InstructionSet.h - Which vector instructions there are ---*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// For kernels that are compiled once for each set, by function attributes.
//
//===----------------------------------------------------------------------===//

#ifndef QML_SUPPORT_INSTRUCTIONSET_H
#define QML_SUPPORT_INSTRUCTIONSET_H

#include <cstdint>

#if defined(__x86_64__)
#define QML_HAS_X86_KERNELS 1
/// What a kernel of each set may use, for __attribute__((target(...))).
#define QML_TARGET_AVX2 "avx2"
#define QML_TARGET_AVX512 "avx2,avx512f,avx512bw,avx512dq,avx512vl"
#define QML_TARGET_AVX512_VNNI QML_TARGET_AVX512 ",avx512vnni"
#else
#define QML_HAS_X86_KERNELS 0
#endif

namespace qml {

/// Which vector instructions to use. All give the same integers.
enum class InstructionSet : uint8_t { Best, Baseline, AVX2, AVX512 };

/// The best set of this machine up to `limit`; never `Best`.
inline InstructionSet
chooseInstructionSet(InstructionSet limit = InstructionSet::Best) {
#if QML_HAS_X86_KERNELS
  __builtin_cpu_init();
  bool hasAVX2 = __builtin_cpu_supports("avx2");
  bool hasAVX512 = hasAVX2 && __builtin_cpu_supports("avx512f") &&
                   __builtin_cpu_supports("avx512bw") &&
                   __builtin_cpu_supports("avx512dq") &&
                   __builtin_cpu_supports("avx512vl");
  if (hasAVX512 &&
      (limit == InstructionSet::Best || limit == InstructionSet::AVX512))
    return InstructionSet::AVX512;
  if (hasAVX2 && limit != InstructionSet::Baseline)
    return InstructionSet::AVX2;
#endif
  return InstructionSet::Baseline;
}

/// Whether a machine with AVX-512 multiplies and adds integers in one step.
inline bool hasVNNI() {
#if QML_HAS_X86_KERNELS
  __builtin_cpu_init();
  return __builtin_cpu_supports("avx512vnni");
#else
  return false;
#endif
}

} // namespace qml

#endif // QML_SUPPORT_INSTRUCTIONSET_H
