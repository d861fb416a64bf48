//===- Meaning.h - What attributes of networks say --------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The only place of the conversion that knows how a network stores what its
// integers mean, values that were shifted to be aligned, and paddings.
//
//===----------------------------------------------------------------------===//

#ifndef QML_LIB_CONVERSION_QMLTOAKIDA_MEANING_H
#define QML_LIB_CONVERSION_QMLTOAKIDA_MEANING_H

#include "qml/Dialect/Akida/IR/Paddings.h"
#include "qml/Dialect/QML/IR/Network.h"

#include <vector>

namespace qml {
namespace conversion {

/// What the integers of a value stand for; null where they stand for
/// themselves, and in float.
FixedAttr getFixed(mlir::Value value);

/// Integers of an attribute; `none` if it isn't there.
std::vector<int64_t> readOr(mlir::ElementsAttr elements, int64_t none);

/// Values without the shift that aligned them; `shifts` may be null.
std::vector<int64_t> readUnshifted(mlir::ElementsAttr values,
                                   mlir::ElementsAttr shifts);

/// The window of a convolution or a maximum pool over its image.
akida::WindowExtents getWindow(mlir::Operation *op);

/// Cells around the image of a convolution or a maximum pool.
akida::ImagePads getPads(mlir::Operation *op);

} // namespace conversion
} // namespace qml

#endif // QML_LIB_CONVERSION_QMLTOAKIDA_MEANING_H
