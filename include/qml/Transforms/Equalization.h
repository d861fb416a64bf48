//===- Equalization.h - Whose kernel takes a rate back ----------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QML_TRANSFORMS_EQUALIZATION_H
#define QML_TRANSFORMS_EQUALIZATION_H

#include "qml/Dialect/QML/IR/Network.h"

namespace qml {

/// The layer whose kernel --qml-equalize divides by the rate of a quantizer:
/// the only one after it that multiplies; null if there is none, and the range
/// of the quantizer stays as it is.
WeightedLayerOpInterface findEqualizedLayer(OutputQuantizerOp quantizer);

} // namespace qml

#endif // QML_TRANSFORMS_EQUALIZATION_H
