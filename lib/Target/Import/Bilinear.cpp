//===- Bilinear.cpp - Linear interpolation of images ----------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Bilinear.h"

#include "qml/Dialect/QML/IR/Elements.h"
#include "qml/Dialect/QML/IR/ShapeInference.h"

#include <cmath>

using namespace mlir;

namespace qml {

namespace {
/// One axis of a transposed convolution that interpolates.
struct LinearAxis {
  std::vector<float> taps;
  /// Cells more at either end, and those of the result that are cut off.
  int64_t edgeBefore = 0, edgeAfter = 0, cutBefore = 0, cutAfter = 0;
};
} // namespace

/// An interpolation between cells `size` apart.
static LinearAxis getLinearAxis(int64_t size, LinearGrid grid) {
  LinearAxis axis;
  bool areHalves = grid == LinearGrid::Halves;
  int64_t count = areHalves ? 2 * size - size % 2 : 2 * size - 1;
  for (int64_t i = 0; i != count; ++i) {
    double distance = std::abs(double(2 * i - (count - 1)) / 2);
    axis.taps.push_back(static_cast<float>(1 - distance / double(size)));
  }
  if (areHalves) {
    axis.edgeBefore = axis.edgeAfter = 1;
    axis.cutBefore = axis.cutAfter = 3 * size / 2;
  } else {
    axis.cutBefore = axis.cutAfter = size - 1;
    // An axis that stays has no cells beyond the last.
    if (grid == LinearGrid::Origins && size != 1) {
      axis.edgeAfter = 1;
      axis.cutAfter = size;
    }
  }
  return axis;
}

FailureOr<Value> makeBilinear(LayerBuilder edges, LayerBuilder make,
                              StringRef name, Value image,
                              const std::array<int64_t, 2> &size,
                              LinearGrid grid) {
  LinearAxis rows = getLinearAxis(size[0], grid),
             columns = getLinearAxis(size[1], grid);
  WindowPadding::Sides around = {rows.edgeBefore, rows.edgeAfter,
                                 columns.edgeBefore, columns.edgeAfter};
  FailureOr<Value> padded = image;
  if (around != WindowPadding::Sides{})
    padded = edges.makeEdgePadding2D(image, around);
  if (failed(padded))
    return failure();
  int64_t channels = getShape(image).back();
  std::vector<float> kernel;
  for (float row : rows.taps)
    for (float column : columns.taps)
      kernel.insert(kernel.end(), size_t(channels), row * column);
  MLIRContext *context = padded->getContext();
  auto type = RankedTensorType::get(
      {int64_t(rows.taps.size()), int64_t(columns.taps.size()), channels, 1},
      Float32Type::get(context));
  ConvTransposeOptions options;
  options.strides = size;
  options.padding = WindowPadding::Sides{rows.cutBefore, rows.cutAfter,
                                         columns.cutBefore, columns.cutAfter};
  return make.makeDepthwiseConv2DTranspose(
      *padded, makeResource(type, (name + "_kernel").str(), std::move(kernel)),
      {}, options);
}

} // namespace qml
