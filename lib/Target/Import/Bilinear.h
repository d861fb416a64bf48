//===- Bilinear.h - Linear interpolation of images --------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QML_LIB_TARGET_IMPORT_BILINEAR_H
#define QML_LIB_TARGET_IMPORT_BILINEAR_H

#include "qml/Dialect/QML/IR/LayerBuilder.h"

namespace qml {

/// An image `size` times as large, with half-pixel centres and cells beyond the
/// border as those next to it: a transposed convolution of the image with its
/// edges repeated once, which `edges` makes.
mlir::FailureOr<mlir::Value> makeBilinear(LayerBuilder edges, LayerBuilder make,
                                          llvm::StringRef name,
                                          mlir::Value image,
                                          const std::array<int64_t, 2> &size);

} // namespace qml

#endif // QML_LIB_TARGET_IMPORT_BILINEAR_H
