//===- ChipScales.h - Scales of weights that suit the chip ------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QML_LIB_DIALECT_QML_IR_CHIPSCALES_H
#define QML_LIB_DIALECT_QML_IR_CHIPSCALES_H

#include "qml/Dialect/QML/IR/Network.h"

namespace qml {

/// Enlarges the scales of a layer's only kernel, one or one per output channel,
/// until all that the chip computes with it fits. Given are the smallest, with
/// which weights use all of their bits.
///
/// - A bias, and the largest sum that the calibration saw, fit into the
///   accumulator. So a filter of zeros, exact at any scale, keeps its bias.
/// - The sum times the output scale fits into the buffer of products. Where it
///   doesn't, the output quantizer gets fewer bits for its scale, and the
///   kernel a scale with which these are exact; that costs the weights less.
///
/// `input` is what the kernel is multiplied with.
void fitScalesToChip(WeightedLayerOpInterface layer, const Meaning &input,
                     std::vector<float> &scales);

} // namespace qml

#endif // QML_LIB_DIALECT_QML_IR_CHIPSCALES_H
