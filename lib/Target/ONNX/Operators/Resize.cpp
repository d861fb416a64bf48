//===- Resize.cpp - Images of other sizes ---------------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Operators.h"

#include "../../Import/Resize.h"
#include "qml/Support/Quote.h"

#include "llvm/ADT/StringSwitch.h"

#include <cmath>

using namespace mlir;

namespace qml {

namespace {
/// Which place of the input a cell of the result has, counted in cells.
enum class Centers { Halves, TorchHalves, Places, Corners, Origins };
enum class Rounding { PreferFloor, PreferCeil, Floor, Ceil };

/// What the operator's attributes say of both axes.
struct Mapping {
  ResizeFilter filter;
  Centers centers = Centers::Origins;
  Rounding rounding = Rounding::Floor;
  bool hasAntialias = false;
};

/// How one axis changes: `numerator` cells of the input are `denominator` cells
/// of the result.
struct AxisScale {
  int64_t extent = 1, result = 1;
  double numerator = 1, denominator = 1;
};
} // namespace

static double findPlace(const AxisScale &axis, const Mapping &mapping,
                        int64_t i) {
  double cell = double(i);
  // ONNX Runtime's places are floats, which says where ties are rounded to.
  bool isRounded = mapping.filter.kind == ResizeFilter::Kind::Nearest;
  auto scaled = [&](double at) {
    double place = at * axis.numerator / axis.denominator;
    return isRounded ? double(float(place)) : place;
  };
  switch (mapping.centers) {
  case Centers::TorchHalves:
    if (axis.result == 1)
      return 0;
    [[fallthrough]];
  case Centers::Halves:
    return scaled(cell + 0.5) - 0.5;
  case Centers::Places:
    return scaled(cell + 0.5);
  case Centers::Corners:
    return axis.result == 1
               ? 0
               : cell * double(axis.extent - 1) / double(axis.result - 1);
  case Centers::Origins:
    return scaled(cell);
  }
  return 0;
}

static double roundPlace(double place, Rounding rounding) {
  switch (rounding) {
  case Rounding::PreferFloor:
    return std::ceil(place - 0.5);
  case Rounding::PreferCeil:
    return std::floor(place + 0.5);
  case Rounding::Floor:
    return std::floor(place);
  case Rounding::Ceil:
    return std::ceil(place);
  }
  return place;
}

static ResizedAxis placeCells(const AxisScale &axis, const Mapping &mapping) {
  ResizedAxis result;
  result.extent = axis.extent;
  result.filter = mapping.filter;
  double stretch = axis.numerator / axis.denominator;
  if (mapping.hasAntialias)
    result.filter.stretch = std::max(stretch, 1.0);
  for (int64_t i = 0; i != axis.result; ++i) {
    double place = findPlace(axis, mapping, i);
    if (mapping.filter.kind == ResizeFilter::Kind::Nearest)
      place = roundPlace(place, mapping.rounding);
    result.places.push_back(place);
  }
  return result;
}

/// An axis by a factor of the file; none if no result is as large.
static std::optional<AxisScale> scaleAxis(int64_t extent, double scale) {
  AxisScale axis;
  axis.extent = extent;
  // Fractions of which the file has a rounded number.
  double steps = std::round(1 / scale);
  if (scale < 1 && std::abs(scale * steps - 1) < 1e-6) {
    axis.numerator = steps;
    axis.result = int64_t(double(extent) / steps);
  } else {
    axis.denominator = scale;
    double result = std::floor(double(extent) * scale);
    if (!(result <= double(maxResizedExtent)))
      return std::nullopt;
    axis.result = int64_t(result);
  }
  return axis.result >= 1 && axis.result <= maxResizedExtent
             ? std::optional(axis)
             : std::nullopt;
}

/// Factors of all axes, or extents; those that the file leaves out are 1, or
/// stay.
static LogicalResult resize(OperatorImport &node, const ONNXConstant *scales,
                            const ONNXConstant *sizes, const Mapping &mapping,
                            const std::vector<int64_t> *named = nullptr) {
  FailureOr<ONNXImage> image = node.getImage();
  if (failed(image))
    return failure();
  size_t rank = image->layout.getRank();
  std::vector<size_t> order;
  for (size_t axis = 0; axis != (named ? named->size() : rank); ++axis) {
    std::optional<size_t> found = axis;
    if (named)
      found = node.getAxis((*named)[axis], rank);
    if (!found)
      return failure();
    if (llvm::is_contained(order, *found)) {
      node.error() << "its axes name " << int64_t(*found) << " twice";
      return failure();
    }
    order.push_back(*found);
  }
  std::optional<std::vector<Extent>> target;
  std::vector<double> factors;
  if (sizes && sizes->size() != 0)
    target = sizes->getExtents();
  else if (scales)
    factors = scales->getValues();
  if ((target ? target->size() : factors.size()) != order.size()) {
    node.error() << "it has " << (target ? target->size() : factors.size())
                 << " scales or sizes that are known, for " << order.size()
                 << " axes";
    return failure();
  }
  std::array<ResizedAxis, 2> axes = {
      placeCells({image->height, image->height}, mapping),
      placeCells({image->width, image->width}, mapping)};
  for (size_t i = 0; i != order.size(); ++i) {
    size_t axis = order[i];
    Extent own = image->layout.getExtent(axis);
    auto refuse = [&](const Twine &what) {
      node.error() << "it makes " << what << " of axis " << int64_t(axis)
                   << " with its " << own.factor
                   << " cells; supported are images with another height and "
                      "width, of 1 to "
                   << maxResizedExtent << " cells";
      return failure();
    };
    std::optional<AxisScale> resized;
    if (target) {
      AxisScale whole;
      whole.extent = own.factor;
      whole.result = (*target)[i].factor;
      whole.numerator = double(whole.extent);
      whole.denominator = double(whole.result);
      if (whole.result >= 1 && whole.result <= maxResizedExtent &&
          (axis == 0 || !(*target)[i].hasBatch))
        resized = whole;
    } else if (factors[i] > 0) {
      resized = scaleAxis(own.factor, factors[i]);
    }
    std::string text = target ? toString(std::vector<Extent>{(*target)[i]})
                              : showNumber(factors[i]) + " times as much";
    if (target && !(*target)[i].hasBatch)
      text = std::to_string((*target)[i].factor) + " cells";
    if (axis < 2) {
      bool stays = target ? axis == 0 || (*target)[i] == own : factors[i] == 1;
      if (!stays)
        return refuse(text);
      continue;
    }
    size_t side = image->isSequence() ? 1 : axis - 2;
    if (!resized)
      return refuse(text);
    axes[side] = placeCells(*resized, mapping);
  }
  auto makePart = [&](StringRef part) {
    return part.empty() ? node.make() : node.make(part);
  };
  FailureOr<Value> result = makeResized(makePart, node.name(), image->value,
                                        axes, [&] { return node.error(); });
  if (failed(result))
    return failure();
  node.setResult(*result, OperatorImport::keepChannels(*image, *result));
  return success();
}

static std::optional<Mapping> readMapping(OperatorImport &node) {
  std::string mode = node.getString("mode", "nearest");
  std::string centers =
      node.getString("coordinate_transformation_mode", "half_pixel");
  std::string rounding = node.getString("nearest_mode", "round_prefer_floor");
  if (node.opset() < 11) {
    centers = "asymmetric";
    rounding = "floor";
  }
  if (node.failed())
    return std::nullopt;
  auto knownCenters = llvm::StringSwitch<std::optional<Centers>>(centers)
                          .Case("half_pixel", Centers::Halves)
                          .Case("pytorch_half_pixel", Centers::TorchHalves)
                          .Case("tf_half_pixel_for_nn", Centers::Places)
                          .Case("align_corners", Centers::Corners)
                          .Case("asymmetric", Centers::Origins)
                          .Default(std::nullopt);
  auto knownRounding = llvm::StringSwitch<std::optional<Rounding>>(rounding)
                           .Case("round_prefer_floor", Rounding::PreferFloor)
                           .Case("round_prefer_ceil", Rounding::PreferCeil)
                           .Case("floor", Rounding::Floor)
                           .Case("ceil", Rounding::Ceil)
                           .Default(std::nullopt);
  auto kind = llvm::StringSwitch<std::optional<ResizeFilter::Kind>>(mode)
                  .Case("nearest", ResizeFilter::Kind::Nearest)
                  .Case("linear", ResizeFilter::Kind::Linear)
                  .Case("cubic", ResizeFilter::Kind::Cubic)
                  .Default(std::nullopt);
  bool isNearest = kind == ResizeFilter::Kind::Nearest;
  if (!kind)
    node.error() << "its mode is " << quote(mode)
                 << "; supported are nearest, linear and cubic";
  else if (!knownCenters || (!isNearest && *knownCenters == Centers::Places))
    node.error() << "its coordinate_transformation_mode is " << quote(centers)
                 << "; supported are half_pixel, pytorch_half_pixel, "
                    "align_corners and asymmetric, and of nearest "
                    "tf_half_pixel_for_nn";
  else if (!knownRounding)
    node.error() << "its nearest_mode is " << quote(rounding)
                 << "; allowed are round_prefer_floor, round_prefer_ceil, "
                    "floor and ceil";
  if (node.failed())
    return std::nullopt;
  Mapping mapping;
  mapping.filter.kind = *kind;
  mapping.filter.slope = node.getFloat("cubic_coeff_a", -0.75);
  mapping.filter.leavesOut =
      !isNearest && node.getInt("exclude_outside", 0) != 0;
  mapping.centers = *knownCenters;
  mapping.rounding = *knownRounding;
  mapping.hasAntialias = !isNearest && node.getInt("antialias", 0) != 0;
  return mapping;
}

static LogicalResult importResize(OperatorImport &node) {
  std::optional<Mapping> mapping = readMapping(node);
  std::string policy = node.getString("keep_aspect_ratio_policy", "stretch");
  bool isOld = node.opset() < 11, hasSizes = node.hasInput(3) && !isOld;
  if (hasSizes && policy != "stretch")
    node.error() << "its keep_aspect_ratio_policy is " << quote(policy)
                 << "; stretch is supported";
  std::vector<int64_t> axes = node.getInts("axes", {});
  const ONNXConstant *scales = nullptr, *sizes = nullptr;
  if (hasSizes)
    sizes = node.expectConstant(3, "sizes");
  else
    scales = node.expectConstant(isOld ? 1 : 2, "scales");
  if (!mapping || node.failed())
    return failure();
  return resize(node, scales, sizes, *mapping,
                node.has("axes") ? &axes : nullptr);
}

static LogicalResult importUpsample(OperatorImport &node) {
  std::string mode = node.getString("mode", "nearest");
  Mapping mapping;
  if (mode == "linear")
    mapping.filter.kind = ResizeFilter::Kind::Linear;
  else if (mode != "nearest")
    node.error() << "its mode is " << quote(mode)
                 << "; supported are nearest and linear";
  if (const ONNXAttribute *scales = node.node().find("scales")) {
    Numbers numbers;
    numbers.values.assign(scales->numbers.begin(), scales->numbers.end());
    numbers.shape = {int64_t(numbers.values.size())};
    ONNXConstant constant(numbers, numbers);
    return node.failed() ? failure()
                         : resize(node, &constant, nullptr, mapping);
  }
  const ONNXConstant *scales = node.expectConstant(1, "scales");
  if (node.failed())
    return failure();
  return resize(node, scales, nullptr, mapping);
}

ArrayRef<ONNXOperator> getResizeOperators() {
  static const ONNXOperator operators[] = {
      {"Resize", importResize,
       "antialias axes coordinate_transformation_mode cubic_coeff_a "
       "exclude_outside extrapolation_value keep_aspect_ratio_policy mode "
       "nearest_mode",
       "nearest, linear and cubic; tf_crop_and_resize is refused"},
      {"Upsample", importUpsample, "mode scales", "nearest and linear"},
  };
  return operators;
}

} // namespace qml
