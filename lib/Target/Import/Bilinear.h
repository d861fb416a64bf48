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

/// Where the cells of the result lie.
enum class LinearGrid {
  /// With half-pixel centres; cells beyond the border are as those next to it.
  Halves,
  /// The first on the first cell, the last on the last one.
  Corners,
  /// The first on the first cell; those beyond the last are as that one.
  Origins,
};

/// An image `size` times as large, but for the corners' grid, which has as many
/// cells between each two: a transposed convolution of the image with its edges
/// repeated once, which `edges` makes where the grid reaches beyond.
mlir::FailureOr<mlir::Value> makeBilinear(LayerBuilder edges, LayerBuilder make,
                                          llvm::StringRef name,
                                          mlir::Value image,
                                          const std::array<int64_t, 2> &size,
                                          LinearGrid grid = LinearGrid::Halves);

} // namespace qml

#endif // QML_LIB_TARGET_IMPORT_BILINEAR_H
