//===- RealValues.h - What integers are in the float network ----*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Equalization gives results other scales than the float network has, zero
// points move them, and the next layer takes both back. Whoever holds a layer
// against its float one has to know them.
//
//===----------------------------------------------------------------------===//

#ifndef QML_TARGET_PROGRAM_REALVALUES_H
#define QML_TARGET_PROGRAM_REALVALUES_H

#include "qml/Dialect/QML/IR/Network.h"

#include "llvm/ADT/DenseMap.h"

namespace qml {

/// An integer v of channel c of the last axis stands for
/// (v - zero[c]) * factor[c] in the float network.
struct RealValues {
  std::vector<double> factor; ///< one, or one per channel
  std::vector<double> zero;   ///< one, or one per channel

  double of(double integer, size_t channel) const {
    return (integer - zero[channel % zero.size()]) *
           factor[channel % factor.size()];
  }
};

/// Of each layer whose result, after its output quantizer, is of integers with
/// a binary point.
llvm::DenseMap<mlir::Operation *, RealValues>
findRealValues(mlir::func::FuncOp network);

} // namespace qml

#endif // QML_TARGET_PROGRAM_REALVALUES_H
