//===- Resize.cpp - Images of other sizes ---------------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Operators.h"

#include "../../Import/Bilinear.h"
#include "qml/Support/Quote.h"

#include <cmath>

using namespace mlir;

namespace qml {

/// How often each row and column of the image is there in the result; none
/// after a report.
static std::optional<std::array<int64_t, 2>> findSize(OperatorImport &node,
                                                      const ONNXImage &image,
                                                      const Constant *scales,
                                                      const Constant *sizes) {
  size_t rank = image.layout.getRank();
  std::vector<double> factors;
  if (sizes && sizes->size() != 0) {
    std::optional<std::vector<Extent>> target = sizes->getExtents();
    if (target && target->size() == rank)
      for (size_t axis = 0; axis != rank; ++axis)
        factors.push_back(
            axis == 0 ? 1.0
                      : double((*target)[axis].factor) /
                            double(image.layout.getExtent(axis).factor));
  } else if (scales) {
    factors = scales->getValues();
  }
  bool isGood =
      factors.size() == rank && factors[0] == 1.0 && factors[1] == 1.0;
  for (double factor : factors)
    isGood &=
        factor >= 1.0 && factor <= 1 << 10 && factor == std::floor(factor);
  if (!isGood) {
    std::string text;
    for (double factor : factors)
      text += (text.empty() ? "" : ", ") + showNumber(factor);
    node.error() << "it makes its input (" << text
                 << ") times as large; whole factors of height and width are "
                    "supported";
    return std::nullopt;
  }
  if (image.isSequence())
    return std::array<int64_t, 2>{1, int64_t(factors[2])};
  return std::array<int64_t, 2>{int64_t(factors[2]), int64_t(factors[3])};
}

static LogicalResult resize(OperatorImport &node, const Constant *scales,
                            const Constant *sizes, bool isLinear) {
  FailureOr<ONNXImage> image = node.getImage();
  if (failed(image))
    return failure();
  std::optional<std::array<int64_t, 2>> size =
      findSize(node, *image, scales, sizes);
  if (!size)
    return failure();
  FailureOr<Value> result =
      isLinear ? makeBilinear(node.make("edges"), node.make(), node.name(),
                              image->value, *size)
               : node.make().makeUpSampling2D(image->value, *size);
  if (failed(result))
    return failure();
  node.setResult(*result, OperatorImport::keepChannels(*image, *result));
  return success();
}

static LogicalResult importResize(OperatorImport &node) {
  std::string mode = node.getString("mode", "nearest");
  std::string centers =
      node.getString("coordinate_transformation_mode", "half_pixel");
  std::string rounding = node.getString("nearest_mode", "round_prefer_floor");
  bool isOld = node.opset() < 11;
  if (isOld)
    centers = "asymmetric";
  bool isLinear = mode == "linear";
  bool areHalves = centers == "half_pixel" || centers == "pytorch_half_pixel";
  // What repeats each cell.
  bool repeats = isOld || (centers == "asymmetric" && rounding == "floor") ||
                 (areHalves && (rounding == "round_prefer_floor" ||
                                rounding == "round_prefer_ceil")) ||
                 (centers == "tf_half_pixel_for_nn" && rounding == "floor");
  if (!isLinear && mode != "nearest")
    node.error() << "its mode is " << quote(mode)
                 << "; supported are nearest and linear";
  else if (isLinear ? !areHalves : !repeats)
    node.error() << "its coordinate_transformation_mode is " << quote(centers)
                 << (isLinear ? std::string()
                              : " and its nearest_mode " + quote(rounding))
                 << "; supported is what repeats cells, or interpolates "
                    "between the centers of pixels (half_pixel)";
  if (isLinear && node.getInt("antialias", 0) != 0)
    node.error() << "it has antialias; only without is supported";
  if (node.has("axes"))
    node.error() << "it has axes; factors for all axes are supported";
  const Constant *scales = nullptr, *sizes = nullptr;
  size_t first = isOld ? 1 : 2;
  if (node.hasInput(3) && !isOld)
    sizes = node.expectConstant(3, "sizes");
  else
    scales = node.expectConstant(first, "scales");
  if (node.failed())
    return failure();
  return resize(node, scales, sizes, isLinear);
}

static LogicalResult importUpsample(OperatorImport &node) {
  std::string mode = node.getString("mode", "nearest");
  if (mode != "nearest")
    node.error() << "its mode is " << quote(mode)
                 << "; supported is nearest: export the model for opset 11 or "
                    "newer";
  if (const ONNXAttribute *scales = node.node().find("scales")) {
    Numbers numbers;
    numbers.values.assign(scales->numbers.begin(), scales->numbers.end());
    numbers.shape = {int64_t(numbers.values.size())};
    Constant constant(numbers, numbers);
    return node.failed() ? failure() : resize(node, &constant, nullptr, false);
  }
  const Constant *scales = node.expectConstant(1, "scales");
  if (node.failed())
    return failure();
  return resize(node, scales, nullptr, false);
}

ArrayRef<ONNXOperator> getResizeOperators() {
  static const ONNXOperator operators[] = {
      {"Resize", importResize,
       "antialias axes coordinate_transformation_mode cubic_coeff_a "
       "exclude_outside extrapolation_value keep_aspect_ratio_policy mode "
       "nearest_mode",
       "by whole factors, repeating cells or linear with half_pixel"},
      {"Upsample", importUpsample, "mode scales", "by whole factors, nearest"},
  };
  return operators;
}

} // namespace qml
