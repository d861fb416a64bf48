//===- Paddings.h - What the hardware calls paddings ------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The hardware has three names for how many cells are around an image; networks
// have numbers.
//
//===----------------------------------------------------------------------===//

#ifndef QML_DIALECT_AKIDA_IR_PADDINGS_H
#define QML_DIALECT_AKIDA_IR_PADDINGS_H

#include "qml/Dialect/Akida/IR/AkidaDialect.h"
#include "qml/Dialect/QML/IR/ShapeInference.h"

#include "llvm/ADT/ArrayRef.h"

#include <array>
#include <optional>
#include <string>

namespace qml {
namespace akida {

/// Cells around an image: top, bottom, left, right.
using ImagePads = std::array<int64_t, 4>;

/// A kernel's or a pool's window over an image: vertical first, then
/// horizontal.
struct WindowExtents {
  std::array<int64_t, 2> image, kernel, strides;
};

/// Cells before and after an axis of `extent` cells.
Pads getPads(Padding padding, int64_t extent, int64_t kernel, int64_t stride);
ImagePads getPads(Padding padding, const WindowExtents &window);

/// Positions of a window along an axis; not positive if it doesn't fit.
int64_t getNumPositions(Padding padding, int64_t extent, int64_t kernel,
                        int64_t stride);
/// The same for both axes.
std::array<int64_t, 2> getNumPositions(Padding padding,
                                       const WindowExtents &window);

/// The name for pads: `Same` if they are those of TensorFlow's rule for the
/// image, `Valid` for none, `SameUpper` for those of the rule with the odd cell
/// in front (PyTorch's symmetric padding at stride 2); nothing if there is no
/// name. Cells after the last window, which no window sees, don't count. Where
/// no cell is missing at all, `Same` and `Valid` are the same thing, and `Same`
/// is said.
std::optional<Padding> findPadding(const WindowExtents &window,
                                   const ImagePads &pads);

/// Whether windows see the same cells with the pads as with the padding.
bool arePadsOf(Padding padding, const WindowExtents &window,
               const ImagePads &pads);

/// "[1, 1, 1, 1] (top, bottom, left, right)".
std::string describePads(const ImagePads &pads);

} // namespace akida
} // namespace qml

#endif // QML_DIALECT_AKIDA_IR_PADDINGS_H
