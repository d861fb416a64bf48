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

/// The taps of a linear interpolation between cells `size` apart.
static std::vector<float> getLinearTaps(int64_t size) {
  int64_t count = 2 * size - size % 2;
  std::vector<float> taps;
  for (int64_t i = 0; i != count; ++i) {
    double distance = std::abs(double(2 * i - (count - 1)) / 2);
    taps.push_back(static_cast<float>(1 - distance / double(size)));
  }
  return taps;
}

FailureOr<Value> makeBilinear(LayerBuilder edges, LayerBuilder make,
                              StringRef name, Value image,
                              const std::array<int64_t, 2> &size) {
  FailureOr<Value> padded = edges.makeEdgePadding2D(image, {1, 1, 1, 1});
  if (failed(padded))
    return failure();
  int64_t channels = getShape(image).back();
  std::vector<float> rows = getLinearTaps(size[0]),
                     columns = getLinearTaps(size[1]), kernel;
  for (float row : rows)
    for (float column : columns)
      kernel.insert(kernel.end(), size_t(channels), row * column);
  MLIRContext *context = padded->getContext();
  auto type = RankedTensorType::get(
      {int64_t(rows.size()), int64_t(columns.size()), channels, 1},
      Float32Type::get(context));
  ConvTransposeOptions options;
  options.strides = size;
  int64_t top = 3 * size[0] / 2, left = 3 * size[1] / 2;
  options.padding = WindowPadding::Sides{top, top, left, left};
  return make.makeDepthwiseConv2DTranspose(
      *padded, makeResource(type, (name + "_kernel").str(), std::move(kernel)),
      {}, options);
}

} // namespace qml
