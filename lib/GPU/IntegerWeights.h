//===- IntegerWeights.h - Weights as bytes ----------------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What ByteProduct multiplies: inputs as they lie in memory, byte by byte, with
// weights that contain the shifts of the inputs.
//
//===----------------------------------------------------------------------===//

#ifndef QML_LIB_GPU_INTEGERWEIGHTS_H
#define QML_LIB_GPU_INTEGERWEIGHTS_H

#include "IntegerProducts.h"
#include "qml/Program/ValueRanges.h"

#include <optional>
#include <vector>

namespace qml {
namespace gpu {

struct BytePlan {
  std::vector<BytePass> passes;
  /// For each pass: which byte of the weights, 0 the low one.
  std::vector<int> weightPlanes;
  /// Of the sums at the end: what all inputs are shifted by.
  int lastShift = 0;
  /// In the type of the input's elements; empty for zeros.
  std::vector<int64_t> padding;
};

/// How a product whose complete sums fit into 32 bits is made of bytes; nothing
/// if it cannot be, or not in few passes.
std::optional<BytePlan> planBytes(const Product &product,
                                  const ProductRanges &ranges,
                                  StorageType input);

/// Words for ByteProduct::weights: (pass, word, column), `words` of them for
/// each pass, the columns padded to a multiple of `tileColumns`.
std::vector<uint32_t> packWeights(const Product &product, const BytePlan &plan,
                                  int64_t words, int64_t tileColumns);

} // namespace gpu
} // namespace qml

#endif // QML_LIB_GPU_INTEGERWEIGHTS_H
