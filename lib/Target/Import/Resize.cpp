//===- Resize.cpp - Images of other sizes ---------------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Resize.h"

#include "Bilinear.h"
#include "Products.h"

#include "qml/Dialect/QML/IR/ShapeInference.h"

#include <algorithm>
#include <cmath>
#include <optional>

using namespace mlir;

namespace qml {

using Kind = ResizeFilter::Kind;
using MakePart = llvm::function_ref<LayerBuilder(StringRef part)>;

namespace {

/// What layers make of an axis.
struct AxisPlan {
  enum class Form { Repeat, Cut, Mean, Linear, Matrix };
  Form form = Form::Repeat;
  /// How often each cell is there, or is followed by cells between.
  int64_t factor = 1;
  /// The first cell that is taken, and how far the next one is.
  int64_t start = 0, step = 1;
  LinearGrid grid = LinearGrid::Halves;
};

/// What the cells of a result are sums of: few neighbours.
class AxisMatrix {
public:
  explicit AxisMatrix(const ResizedAxis &axis);

  float getWeight(int64_t in, int64_t out) const {
    const Column &column = columns[size_t(out)];
    auto place = size_t(in - column.first);
    return in >= column.first && place < column.weights.size()
               ? column.weights[place]
               : 0.0f;
  }

private:
  struct Column {
    int64_t first = 0;
    std::vector<float> weights;
  };
  std::vector<Column> columns;
};

} // namespace

/// Most times that an axis grows by cells that are repeated.
constexpr int64_t maxFactor = 1 << 10;

static bool isClose(double a, double b) { return std::abs(a - b) < 1e-9; }

/// Whether the places lie in steps of `numerator` / `denominator`.
static bool areSteps(llvm::ArrayRef<double> places, double start,
                     double numerator, int64_t denominator = 1) {
  for (size_t i = 0; i != places.size(); ++i)
    if (!isClose(places[i],
                 start + double(i) * numerator / double(denominator)))
      return false;
  return true;
}

//===----------------------------------------------------------------------===//
// Windows that are the same everywhere
//===----------------------------------------------------------------------===//

/// The grid on which a transposed convolution has these places.
static std::optional<LinearGrid> findGrid(const ResizedAxis &axis,
                                          int64_t &factor) {
  int64_t result = axis.result();
  factor = result / axis.extent;
  if (factor >= 1 && result == factor * axis.extent) {
    if (areSteps(axis.places, 0.5 / double(factor) - 0.5, 1, factor))
      return LinearGrid::Halves;
    if (areSteps(axis.places, 0, 1, factor))
      return LinearGrid::Origins;
  }
  if (axis.extent > 1 && result > 1 && (result - 1) % (axis.extent - 1) == 0) {
    factor = (result - 1) / (axis.extent - 1);
    if (areSteps(axis.places, 0, 1, factor))
      return LinearGrid::Corners;
  }
  return std::nullopt;
}

static AxisPlan planAxis(const ResizedAxis &axis) {
  AxisPlan plan;
  plan.form = AxisPlan::Form::Matrix;
  if (axis.filter.stretch != 1 || !axis.stretches.empty())
    return plan;
  std::vector<double> places = axis.places;
  for (double &place : places)
    place = std::clamp(place, 0.0, double(axis.extent - 1));
  int64_t result = axis.result();
  int64_t factor = std::max<int64_t>(result / axis.extent, 1);
  bool repeats = result == factor * axis.extent && factor <= maxFactor;
  for (int64_t i = 0; i != result && repeats; ++i) {
    int64_t cell = i / factor;
    repeats = isClose(places[size_t(i)], double(cell));
  }
  bool isLinear = axis.filter.kind == Kind::Linear;
  // At a cell's centre all filters give the cell.
  bool isSame = repeats && factor == 1;
  if (!isSame && axis.filter.kind != Kind::Nearest && !isLinear)
    return plan;
  if (repeats) {
    plan.form = AxisPlan::Form::Repeat;
    plan.factor = factor;
    return plan;
  }
  double first = places.front();
  double step = std::round(result == 1 ? 1 : places[1] - first);
  bool isHalf = isClose(first - std::floor(first), 0.5);
  double start = isHalf ? first - 0.5 : std::round(first);
  if (step >= 1 && areSteps(places, isHalf ? start + 0.5 : start, step)) {
    plan.form = isHalf ? AxisPlan::Form::Mean : AxisPlan::Form::Cut;
    plan.start = int64_t(start);
    plan.step = int64_t(step);
    return plan;
  }
  std::optional<LinearGrid> grid;
  if (isLinear)
    grid = findGrid(axis, factor);
  if (grid && factor <= maxFactor) {
    plan.form = AxisPlan::Form::Linear;
    plan.factor = factor;
    plan.grid = *grid;
  }
  return plan;
}

/// Takes cells of an image, or means of two, as both axes say.
static FailureOr<Value> takeCells(MakePart makePart, bool isLast, Value image,
                                  const std::array<AxisPlan, 2> &plans,
                                  const std::array<ResizedAxis, 2> &axes) {
  PoolOptions options;
  WindowPadding::Sides crops = {};
  bool isMean = false;
  for (size_t i : {0, 1}) {
    const AxisPlan &plan = plans[i];
    bool isTaken =
        plan.form == AxisPlan::Form::Cut || plan.form == AxisPlan::Form::Mean;
    options.size[i] = plan.form == AxisPlan::Form::Mean ? 2 : 1;
    options.strides[i] = isTaken ? plan.step : 1;
    if (!isTaken)
      continue;
    isMean |= options.size[i] == 2;
    crops[2 * i] = plan.start;
    int64_t rest = axes[i].extent - plan.start - options.size[i];
    // Cells that no window reaches need no crop.
    if (rest / plan.step + 1 != axes[i].result())
      crops[2 * i + 1] = rest - (axes[i].result() - 1) * plan.step;
  }
  bool needsPool = isMean || options.strides != std::array<int64_t, 2>{1, 1};
  FailureOr<Value> result = image;
  if (crops != WindowPadding::Sides{})
    result = makePart(isLast && !needsPool ? "" : "crop")
                 .makeCropping2D(image, crops);
  if (failed(result) || !needsPool)
    return result;
  LayerBuilder make = makePart(isLast ? "" : "taken");
  // Windows of one cell: the largest of it is the cell itself.
  return isMean ? make.makeAveragePool2D(*result, options)
                : make.makeMaxPool2D(*result, options);
}

static FailureOr<Value> makeOfWindows(MakePart makePart, StringRef name,
                                      Value image,
                                      const std::array<AxisPlan, 2> &plans,
                                      const std::array<ResizedAxis, 2> &axes) {
  std::array<int64_t, 2> repeated = {1, 1}, linear = {1, 1};
  LinearGrid grid = LinearGrid::Halves;
  for (size_t i : {0, 1}) {
    if (plans[i].form == AxisPlan::Form::Repeat)
      repeated[i] = plans[i].factor;
    if (plans[i].form != AxisPlan::Form::Linear)
      continue;
    linear[i] = plans[i].factor;
    grid = plans[i].grid;
  }
  constexpr std::array<int64_t, 2> once = {1, 1};
  bool repeats = repeated != once, isLinear = linear != once;
  FailureOr<Value> result =
      takeCells(makePart, !repeats && !isLinear, image, plans, axes);
  if (succeeded(result) && repeats)
    result = makePart(isLinear ? "repeated" : "")
                 .makeUpSampling2D(*result, repeated);
  if (failed(result) || !isLinear)
    return result;
  return makeBilinear(makePart("edges"), makePart(""), name, *result, linear,
                      grid);
}

//===----------------------------------------------------------------------===//
// Matrices
//===----------------------------------------------------------------------===//

/// How far a filter reaches to either side, at most.
static double radiusOf(const ResizeFilter &filter) {
  return (filter.kind == Kind::Cubic ? 2 : 1) * std::max(filter.stretch, 1.0);
}

/// What a cell so far from the place counts, before all are divided by their
/// sum.
static double weigh(const ResizeFilter &filter, double distance) {
  double far = std::abs(distance), x = far / filter.stretch, a = filter.slope;
  switch (filter.kind) {
  case Kind::Nearest:
    return far < 0.5 ? 1 : 0;
  case Kind::Linear:
    return std::max(1 - x, 0.0);
  case Kind::Cubic:
    if (x < 1)
      return ((a + 2) * x - (a + 3)) * x * x + 1;
    return x < 2 ? a * (((x - 5) * x + 8) * x - 4) : 0;
  case Kind::Area:
    // What a cell and one as wide as the filter have in common.
    return std::clamp((filter.stretch + 1) / 2 - far, 0.0,
                      std::min(1.0, filter.stretch));
  }
  return 0;
}

AxisMatrix::AxisMatrix(const ResizedAxis &axis) {
  ResizeFilter filter = axis.filter;
  std::vector<double> column;
  for (auto [i, place] : llvm::enumerate(axis.places)) {
    if (!axis.stretches.empty())
      filter.stretch = axis.stretches[i];
    double radius = radiusOf(filter);
    auto first = int64_t(std::floor(place - radius));
    auto last = int64_t(std::ceil(place + radius));
    auto clamp = [&](int64_t i) {
      return std::clamp<int64_t>(i, 0, axis.extent - 1);
    };
    Column &made = columns.emplace_back();
    made.first = clamp(first);
    column.assign(size_t(clamp(last) - made.first + 1), 0.0);
    double sum = 0;
    for (int64_t i = first; i <= last; ++i) {
      if (filter.leavesOut && i != clamp(i))
        continue;
      double weight = weigh(filter, double(i) - place);
      column[size_t(clamp(i) - made.first)] += weight;
      sum += weight;
    }
    for (double weight : column)
      made.weights.push_back(sum == 0 ? 0.0f
                                      : static_cast<float>(weight / sum));
  }
}

static bool stays(const AxisPlan &plan) {
  return plan.form == AxisPlan::Form::Repeat && plan.factor == 1;
}

static FailureOr<Value>
makeOfMatrices(MakePart makePart, StringRef name, Value image,
               const std::array<AxisPlan, 2> &plans,
               const std::array<ResizedAxis, 2> &axes,
               llvm::function_ref<InFlightDiagnostic()> error) {
  using Order = std::array<int64_t, 3>;
  // What is stored along each axis: height is 0, width 1, channels 2.
  Order order = {0, 1, 2};
  FailureOr<Value> value = image;
  auto permute = [&](const Order &target, StringRef part) {
    SmallVector<int64_t, 3> taken;
    for (int64_t axis : target)
      taken.push_back(llvm::find(order, axis) - order.begin());
    order = target;
    value = makePart(part).makePermute(*value, taken);
    return succeeded(value);
  };
  for (size_t i : {0, 1}) {
    const ResizedAxis &axis = axes[i];
    if (stays(plans[i]))
      continue;
    bool isHeight = i == 0;
    if (!permute(isHeight ? Order{1, 2, 0} : Order{0, 2, 1},
                 isHeight ? "by_rows" : "by_columns"))
      return failure();
    StringRef part = isHeight ? "rows" : "columns";
    AxisMatrix matrix(axis);
    value = makeProduct(
        makePart(part), *value, axis.result(),
        [&](int64_t in, int64_t out) { return matrix.getWeight(in, out); },
        name + "_" + part, error);
    if (failed(value))
      return failure();
  }
  if (!permute({0, 1, 2}, ""))
    return failure();
  return value;
}

FailureOr<Value> makeResized(MakePart makePart, StringRef name, Value image,
                             const std::array<ResizedAxis, 2> &axes,
                             llvm::function_ref<InFlightDiagnostic()> error) {
  std::array<AxisPlan, 2> plans = {planAxis(axes[0]), planAxis(axes[1])};
  auto has = [&](AxisPlan::Form form) {
    return plans[0].form == form || plans[1].form == form;
  };
  bool areLinear = plans[0].form == AxisPlan::Form::Linear &&
                   plans[1].form == AxisPlan::Form::Linear;
  if (has(AxisPlan::Form::Matrix) ||
      (areLinear && plans[0].grid != plans[1].grid))
    return makeOfMatrices(makePart, name, image, plans, axes, error);
  return makeOfWindows(makePart, name, image, plans, axes);
}

} // namespace qml
