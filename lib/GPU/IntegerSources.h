//===- IntegerSources.h - Where integers of maps come from ------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What a plan says of the sources of IntegerMaps.h, but for memory.
//
//===----------------------------------------------------------------------===//

#ifndef QML_LIB_GPU_INTEGERSOURCES_H
#define QML_LIB_GPU_INTEGERSOURCES_H

#include "IntegerPlan.h"
#include "Integers.h"

namespace qml {
namespace gpu {

/// Whether values of a tensor, shifted by these, or not at all if there are
/// none, stay within bounds.
bool staysInside(const PlannedTensor &tensor,
                 const std::vector<int32_t> &shifts, IntegerRange bounds);

IntegerWindow windowOf(const Window &window, const Shape &in, const Shape &out);

/// The product of two tensors.
IntegerProduct productOf(const IntegerPlan &plan, const Operation &operation,
                         const Multiply &multiply, Elements a, Elements b);

/// The mean of windows, without its factors.
IntegerAveragePool averageOf(const IntegerPlan &plan,
                             const Operation &operation,
                             const AveragePool2D &pool, Elements in);

/// By the number of cells that a window has; that of none is 0.
std::vector<int64_t> factorsOf(const IntegerPlan &plan,
                               const Operation &operation,
                               const AveragePool2D &pool);

} // namespace gpu
} // namespace qml

#endif // QML_LIB_GPU_INTEGERSOURCES_H
