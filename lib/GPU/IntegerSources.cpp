//===- IntegerSources.cpp - Where integers of maps come from --------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "IntegerSources.h"

#include "qml/Program/Averages.h"

#include <algorithm>

namespace qml {
namespace gpu {

bool staysInside(const PlannedTensor &tensor,
                 const std::vector<int32_t> &shifts, IntegerRange bounds) {
  if (shifts.empty())
    return contains(bounds, tensor.range);
  return std::all_of(shifts.begin(), shifts.end(), [&](int32_t shift) {
    return shift <= 31 &&
           contains(bounds, {shiftLeft(tensor.range.lower, shift, unbounded),
                             shiftLeft(tensor.range.upper, shift, unbounded)});
  });
}

IntegerWindow windowOf(const Window &window, const Shape &in,
                       const Shape &out) {
  IntegerWindow result;
  for (int axis = 0; axis < 2; ++axis) {
    result.in[axis] = int32_t(in[size_t(axis)]);
    result.out[axis] = int32_t(out[size_t(axis)]);
    result.kernel[axis] = int32_t(window.kernel[axis]);
    result.strides[axis] = int32_t(window.strides[axis]);
    result.dilations[axis] = int32_t(window.dilations[axis]);
    result.padBegin[axis] = int32_t(window.padBegin[axis]);
  }
  return result;
}

IntegerProduct productOf(const IntegerPlan &plan, const Operation &operation,
                         const Multiply &multiply, Elements a, Elements b) {
  const PlannedTensor &result = plan.tensors[operation.output];
  IntegerProduct product;
  product.a = a;
  product.b = b;
  product.sampleElements = int32_t(result.elements);
  product.channels = int32_t(result.channels);
  product.isVector =
      plan.tensors[operation.inputs[1]].elements != result.elements;
  product.bounds = integerRange(multiply.bufferBits, plan.program.arithmetic);
  return product;
}

IntegerAveragePool averageOf(const IntegerPlan &plan,
                             const Operation &operation,
                             const AveragePool2D &pool, Elements in) {
  const Shape &shape = plan.program.tensors[operation.inputs[0]].shape;
  IntegerAveragePool average;
  average.in = in;
  average.window = windowOf(pool.window, shape,
                            plan.program.tensors[operation.output].shape);
  average.channels = int32_t(shape[2]);
  average.bounds = integerRange(pool.bufferBits, plan.program.arithmetic);
  return average;
}

std::vector<int64_t> factorsOf(const IntegerPlan &plan,
                               const Operation &operation,
                               const AveragePool2D &pool) {
  const Shape &in = plan.program.tensors[operation.inputs[0]].shape;
  int64_t most = std::min(pool.window.kernel[0], in[0]) *
                 std::min(pool.window.kernel[1], in[1]);
  std::vector<int64_t> factors = {0};
  for (int64_t count = 1; count <= most; ++count)
    factors.push_back(getAverageFactor(pool, count));
  return factors;
}

} // namespace gpu
} // namespace qml
