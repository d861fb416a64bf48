//===- Paddings.cpp - What the hardware calls paddings --------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "qml/Dialect/Akida/IR/Paddings.h"

namespace qml {
namespace akida {

Pads getPads(Padding padding, int64_t extent, int64_t kernel, int64_t stride) {
  if (padding == Padding::Valid)
    return {};
  Pads pads = inferSamePads(extent, kernel, stride, /*dilation=*/1);
  if (padding == Padding::SameUpper)
    std::swap(pads.before, pads.after);
  return pads;
}

ImagePads getPads(Padding padding, const WindowExtents &window) {
  ImagePads result;
  for (int axis = 0; axis != 2; ++axis) {
    Pads pads = getPads(padding, window.image[axis], window.kernel[axis],
                        window.strides[axis]);
    result[2 * axis] = pads.before;
    result[2 * axis + 1] = pads.after;
  }
  return result;
}

int64_t getNumPositions(Padding padding, int64_t extent, int64_t kernel,
                        int64_t stride) {
  Pads pads = getPads(padding, extent, kernel, stride);
  return inferWindowExtent(extent, pads, kernel, stride, /*dilation=*/1);
}

std::array<int64_t, 2> getNumPositions(Padding padding,
                                       const WindowExtents &window) {
  std::array<int64_t, 2> result;
  for (int axis = 0; axis != 2; ++axis)
    result[axis] = getNumPositions(padding, window.image[axis],
                                   window.kernel[axis], window.strides[axis]);
  return result;
}

/// Symmetric pads have cells after the last window, which no window sees: they
/// are as good as none.
static bool areSeenAlike(const Pads &a, const Pads &b, int64_t extent,
                         int64_t kernel, int64_t stride) {
  auto seen = [&](const Pads &pads) {
    return inferWindowExtent(extent, pads, kernel, stride, /*dilation=*/1);
  };
  return a.before == b.before && seen(a) == seen(b);
}

bool arePadsOf(Padding padding, const WindowExtents &window,
               const ImagePads &pads) {
  for (int axis = 0; axis != 2; ++axis) {
    int64_t extent = window.image[axis], kernel = window.kernel[axis],
            stride = window.strides[axis];
    if (!areSeenAlike({pads[2 * axis], pads[2 * axis + 1]},
                      getPads(padding, extent, kernel, stride), extent, kernel,
                      stride))
      return false;
  }
  return true;
}

std::optional<Padding> findPadding(const WindowExtents &window,
                                   const ImagePads &pads) {
  for (Padding padding : {Padding::Same, Padding::Valid, Padding::SameUpper})
    if (arePadsOf(padding, window, pads))
      return padding;
  return std::nullopt;
}

std::string describePads(const ImagePads &pads) {
  std::string text = "[";
  for (int64_t cells : pads)
    text += (text.size() == 1 ? "" : ", ") + std::to_string(cells);
  return text + "] (top, bottom, left, right)";
}

} // namespace akida
} // namespace qml
