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

/// Integers of an attribute; `none` if it isn't there.
std::vector<int64_t> readOr(mlir::ElementsAttr elements, int64_t none);

/// The values of the attribute `name` of a layer (a bias, maximum or padding
/// value) at the binary point of its accumulator: shifted by `shift`,
/// saturated.
std::vector<int64_t> readAligned(mlir::Operation *layer, llvm::StringRef name,
                                 llvm::StringRef shift);

/// The same without the shift: what the reference's converter makes of them.
std::vector<int64_t> readUnshifted(mlir::Operation *layer, llvm::StringRef name,
                                   llvm::StringRef shift);

/// The window of a convolution or a maximum pool over its image.
akida::WindowExtents getWindow(mlir::Operation *op);

/// Cells around the image of a convolution or a maximum pool.
akida::ImagePads getPads(mlir::Operation *op);

} // namespace conversion
} // namespace qml

#endif // QML_LIB_CONVERSION_QMLTOAKIDA_MEANING_H
