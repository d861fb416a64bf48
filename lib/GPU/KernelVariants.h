//===- KernelVariants.h - All kernels ---------------------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The kernels as one type, so that plans can be made without knowing what runs
// them.
//
//===----------------------------------------------------------------------===//

#ifndef QML_LIB_GPU_KERNELVARIANTS_H
#define QML_LIB_GPU_KERNELVARIANTS_H

#include "Integers.h"
#include "Rows.h"
#include "States.h"
#include "Windows.h"

#include <variant>

namespace qml {
namespace gpu {

template <int Width>
using ElementPasses = std::variant<
    ElementPass<Samples<uint8_t>, Width>, ElementPass<Samples<int8_t>, Width>,
    ElementPass<Samples<int16_t>, Width>, ElementPass<Samples<float>, Width>,
    ElementPass<Look, Width>, ElementPass<Combine, Width>,
    ElementPass<Pad, Width>, ElementPass<Patches, Width>,
    ElementPass<Depthwise, Width>, ElementPass<MaxPool, Width>,
    ElementPass<AveragePool, Width>, ElementPass<Mean, Width>,
    ElementPass<Concatenation, Width>, ElementPass<TensorProduct, Width>,
    ElementPass<Apply, Width>, ElementPass<MovedElements, Width>>;

using SmallKernels = std::variant<TakeInfo, ClearKeys, CommitKeys, MoveRanges,
                                  CountBins, SoftmaxRows>;

using Kernel = std::variant<ElementPasses<4>, ElementPasses<1>, SmallKernels,
                            IntegerMaps<int32_t, 4>, IntegerMaps<int32_t, 1>,
                            IntegerMaps<int64_t, 1>, SmallIntegers,
                            ByteProducts, WideProducts>;

/// Calls `function` with the kernel itself.
template <typename Function>
auto visitKernel(const Kernel &kernel, Function function) {
  return std::visit(
      [&](const auto &group) { return std::visit(function, group); }, kernel);
}

} // namespace gpu
} // namespace qml

#endif // QML_LIB_GPU_KERNELVARIANTS_H
