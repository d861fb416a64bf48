//===- Resize.h - Images of other sizes -------------------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QML_LIB_TARGET_IMPORT_RESIZE_H
#define QML_LIB_TARGET_IMPORT_RESIZE_H

#include "qml/Dialect/QML/IR/LayerBuilder.h"

#include "llvm/ADT/STLFunctionalExtras.h"

#include <array>
#include <vector>

namespace qml {

/// What a cell of the result is of the cells around its place.
struct ResizeFilter {
  enum class Kind {
    Nearest, ///< the cell at its place, which is a whole number
    Linear,  ///< of two cells
    Cubic,   ///< of four, by R. Keys's piecewise cubics
    Area,    ///< the mean of as much as `stretch` cells
  };
  Kind kind = Kind::Nearest;
  /// Of cubics, at a distance of 1.
  double slope = -0.75;
  /// How much wider it is: an image that shrinks then takes something of each
  /// cell.
  double stretch = 1;
  /// Cells beyond the border are left out; otherwise they are as the ones at
  /// the border.
  bool leavesOut = false;
};

/// An axis that is resized.
struct ResizedAxis {
  int64_t extent = 1; ///< cells of the input
  /// Of each cell of the result, counted in cells of the input: 0 is the first
  /// one's centre.
  std::vector<double> places;
  ResizeFilter filter;
  /// The filter's stretch at each place, if it is not the same at all.
  std::vector<double> stretches;

  int64_t result() const { return int64_t(places.size()); }
};

/// Most cells along an axis of a result.
constexpr int64_t maxResizedExtent = 1 << 20;

/// Resizes height and width. Where windows that are the same everywhere say it,
/// these are layers of images: cells repeated or left out, means of two, a
/// transposed convolution. All else is a product with a matrix for each axis,
/// which becomes the last one for that; `error` reports those that would be too
/// large. `makePart` gives the builder of a layer by what it is called; "" is
/// the last one.
mlir::FailureOr<mlir::Value>
makeResized(llvm::function_ref<LayerBuilder(llvm::StringRef part)> makePart,
            llvm::StringRef name, mlir::Value image,
            const std::array<ResizedAxis, 2> &axes,
            llvm::function_ref<mlir::InFlightDiagnostic()> error);

} // namespace qml

#endif // QML_LIB_TARGET_IMPORT_RESIZE_H
