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

#include "llvm/ADT/StringSwitch.h"

#include <cmath>

using namespace mlir;

namespace qml {

namespace {
/// Which place of the input a cell of the result has, counted in cells.
enum class Centers { Halves, TorchHalves, Places, Corners, Origins };
enum class Rounding { PreferFloor, PreferCeil, Floor, Ceil };

struct Mapping {
  bool isLinear = false;
  Centers centers = Centers::Origins;
  Rounding rounding = Rounding::Floor;
};

/// How one axis changes: `step` cells of the input are `result` / `extent`
/// cells of the result, as a fraction.
struct ResizedAxis {
  int64_t extent = 1, result = 1;
  double numerator = 1, denominator = 1;
};

/// What layers make of an axis.
struct AxisPlan {
  enum class Kind { Repeat, Cut, Mean, Linear };
  Kind kind = Kind::Repeat;
  /// How often each cell is there.
  int64_t factor = 1;
  /// The first cell that is taken, and how far the next one is.
  int64_t start = 0, step = 1;
};
} // namespace

/// Most cells along an axis of a result.
constexpr int64_t maxCells = 1 << 24;
/// Most times that an axis grows.
constexpr int64_t maxFactor = 1 << 10;

static double findPlace(const ResizedAxis &axis, Centers centers, int64_t i) {
  double cell = double(i);
  auto scaled = [&](double at) {
    return at * axis.numerator / axis.denominator;
  };
  switch (centers) {
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

/// Layers of an axis, from the place that each cell comes from; none if there
/// are none that are exact.
static std::optional<AxisPlan> planAxis(const ResizedAxis &axis,
                                        const Mapping &mapping) {
  auto getPlace = [&](int64_t i) {
    double place = findPlace(axis, mapping.centers, i);
    if (!mapping.isLinear)
      place = roundPlace(place, mapping.rounding);
    return std::clamp(place, 0.0, double(axis.extent - 1));
  };
  auto isEach = [&](double start, double step) {
    for (int64_t i = 0; i != axis.result; ++i)
      if (std::abs(getPlace(i) - (start + double(i) * step)) > 1e-9)
        return false;
    return true;
  };
  int64_t factor = std::max<int64_t>(axis.result / axis.extent, 1);
  bool repeats = axis.result == factor * axis.extent;
  for (int64_t i = 0; i != axis.result && repeats; ++i)
    repeats = std::abs(getPlace(i) - double(i / factor)) < 1e-9;
  AxisPlan plan;
  if (repeats) {
    plan.factor = factor;
    return plan;
  }
  double first = getPlace(0);
  double step = axis.result == 1 ? 1 : getPlace(1) - first;
  bool isHalf = std::abs(first - std::floor(first) - 0.5) < 1e-9;
  double start = isHalf ? first - 0.5 : std::round(first);
  step = std::round(step);
  if (step >= 1 && isEach(isHalf ? start + 0.5 : start, step)) {
    plan.kind = isHalf ? AxisPlan::Kind::Mean : AxisPlan::Kind::Cut;
    plan.start = int64_t(start);
    plan.step = int64_t(step);
    return plan;
  }
  if (!mapping.isLinear)
    return std::nullopt;
  plan.kind = AxisPlan::Kind::Linear;
  if (mapping.centers == Centers::Corners) {
    plan.factor = (axis.result - 1) / (axis.extent - 1);
    if (axis.result - 1 != plan.factor * (axis.extent - 1))
      return std::nullopt;
  } else {
    plan.factor = factor;
    if (axis.result != factor * axis.extent ||
        axis.denominator != double(factor) * axis.numerator)
      return std::nullopt;
  }
  return plan;
}

/// Takes cells of an image, or means of two, as both axes say.
static FailureOr<Value> takeCells(OperatorImport &node, bool isLast,
                                  Value image,
                                  const std::array<AxisPlan, 2> &plans,
                                  const std::array<ResizedAxis, 2> &axes) {
  PoolOptions options;
  WindowPadding::Sides crops = {};
  bool isMean = false;
  for (size_t i : {0, 1}) {
    const AxisPlan &plan = plans[i];
    bool isTaken =
        plan.kind == AxisPlan::Kind::Cut || plan.kind == AxisPlan::Kind::Mean;
    options.size[i] = plan.kind == AxisPlan::Kind::Mean ? 2 : 1;
    options.strides[i] = isTaken ? plan.step : 1;
    if (!isTaken)
      continue;
    isMean |= options.size[i] == 2;
    crops[2 * i] = plan.start;
    int64_t rest = axes[i].extent - plan.start - options.size[i];
    // Cells that no window reaches need no crop.
    if (rest / plan.step + 1 != axes[i].result)
      crops[2 * i + 1] = rest - (axes[i].result - 1) * plan.step;
  }
  bool needsPool = isMean || options.strides != std::array<int64_t, 2>{1, 1};
  FailureOr<Value> result = image;
  if (crops != WindowPadding::Sides{})
    result = (isLast && !needsPool ? node.make() : node.make("crop"))
                 .makeCropping2D(image, crops);
  if (failed(result) || !needsPool)
    return result;
  LayerBuilder make = isLast ? node.make() : node.make("taken");
  // Windows of one cell: the largest of it is the cell itself.
  return isMean ? make.makeAveragePool2D(*result, options)
                : make.makeMaxPool2D(*result, options);
}

static FailureOr<Value> resizeImage(OperatorImport &node, Value image,
                                    Centers centers,
                                    const std::array<AxisPlan, 2> &plans,
                                    const std::array<ResizedAxis, 2> &axes) {
  std::array<int64_t, 2> repeated = {1, 1}, linear = {1, 1};
  for (size_t i : {0, 1}) {
    if (plans[i].kind == AxisPlan::Kind::Repeat)
      repeated[i] = plans[i].factor;
    if (plans[i].kind == AxisPlan::Kind::Linear)
      linear[i] = plans[i].factor;
  }
  constexpr std::array<int64_t, 2> once = {1, 1};
  bool repeats = repeated != once, isLinear = linear != once;
  FailureOr<Value> result =
      takeCells(node, !repeats && !isLinear, image, plans, axes);
  if (succeeded(result) && repeats)
    result = (isLinear ? node.make("repeated") : node.make())
                 .makeUpSampling2D(*result, repeated);
  if (failed(result) || !isLinear)
    return result;
  LinearGrid grid = centers == Centers::Corners   ? LinearGrid::Corners
                    : centers == Centers::Origins ? LinearGrid::Origins
                                                  : LinearGrid::Halves;
  return makeBilinear(node.make("edges"), node.make(), node.name(), *result,
                      linear, grid);
}

/// An axis by a factor of the file; none if no result is as large.
static std::optional<ResizedAxis> scaleAxis(int64_t extent, double scale) {
  ResizedAxis axis;
  axis.extent = extent;
  // Fractions of which the file has a rounded number.
  double steps = std::round(1 / scale);
  if (scale < 1 && std::abs(scale * steps - 1) < 1e-6) {
    axis.numerator = steps;
    axis.result = int64_t(double(extent) / steps);
  } else {
    axis.denominator = scale;
    double result = std::floor(double(extent) * scale);
    if (!(result <= double(maxCells)))
      return std::nullopt;
    axis.result = int64_t(result);
  }
  return axis.result >= 1 && axis.result <= maxCells ? std::optional(axis)
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
  std::array<AxisPlan, 2> plans;
  std::array<ResizedAxis, 2> axes;
  axes[0].extent = axes[0].result = image->height;
  axes[1].extent = axes[1].result = image->width;
  for (size_t i = 0; i != order.size(); ++i) {
    size_t axis = order[i];
    Extent own = image->layout.getExtent(axis);
    auto refuse = [&](const Twine &what) {
      node.error() << "it makes " << what << " of axis " << int64_t(axis)
                   << " with its " << own.factor
                   << " cells; supported are images whose height and width "
                      "grow or shrink by whole factors, and what takes each "
                      "nth cell";
      return failure();
    };
    std::optional<ResizedAxis> resized;
    if (target) {
      ResizedAxis whole;
      whole.extent = own.factor;
      whole.result = (*target)[i].factor;
      whole.numerator = double(whole.extent);
      whole.denominator = double(whole.result);
      if (whole.result >= 1 && whole.result <= maxCells &&
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
    std::optional<AxisPlan> plan;
    if (resized)
      plan = planAxis(*resized, mapping);
    if (!plan || plan->factor > maxFactor)
      return refuse(text);
    plans[side] = *plan;
    axes[side] = *resized;
  }
  FailureOr<Value> result =
      resizeImage(node, image->value, mapping.centers, plans, axes);
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
  bool isLinear = mode == "linear";
  if (!isLinear && mode != "nearest")
    node.error() << "its mode is " << quote(mode)
                 << "; supported are nearest and linear";
  else if (!knownCenters || (isLinear && *knownCenters == Centers::Places))
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
  return Mapping{isLinear, *knownCenters, *knownRounding};
}

static LogicalResult importResize(OperatorImport &node) {
  std::optional<Mapping> mapping = readMapping(node);
  if (mapping && mapping->isLinear && node.getInt("antialias", 0) != 0)
    node.error() << "it has antialias; only without is supported";
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
  if (mode != "nearest")
    node.error() << "its mode is " << quote(mode)
                 << "; supported is nearest: export the model for opset 11 or "
                    "newer";
  if (const ONNXAttribute *scales = node.node().find("scales")) {
    Numbers numbers;
    numbers.values.assign(scales->numbers.begin(), scales->numbers.end());
    numbers.shape = {int64_t(numbers.values.size())};
    ONNXConstant constant(numbers, numbers);
    return node.failed() ? failure()
                         : resize(node, &constant, nullptr, Mapping());
  }
  const ONNXConstant *scales = node.expectConstant(1, "scales");
  if (node.failed())
    return failure();
  return resize(node, scales, nullptr, Mapping());
}

ArrayRef<ONNXOperator> getResizeOperators() {
  static const ONNXOperator operators[] = {
      {"Resize", importResize,
       "antialias axes coordinate_transformation_mode cubic_coeff_a "
       "exclude_outside extrapolation_value keep_aspect_ratio_policy mode "
       "nearest_mode",
       "up and down by whole factors, nearest and linear"},
      {"Upsample", importUpsample, "mode scales", "by whole factors, nearest"},
  };
  return operators;
}

} // namespace qml
