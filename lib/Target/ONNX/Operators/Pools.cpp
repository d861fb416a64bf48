//===- Pools.cpp - Pools and means ----------------------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Parts.h"
#include "Windows.h"

#include "qml/Dialect/QML/IR/ShapeInference.h"

#include <cmath>

using namespace mlir;

namespace qml {

namespace {
enum class PoolKind { Average, Max, Sum };
/// A function of each element before it is reduced; the negation is one of the
/// result as well.
enum class Before { Nothing, Negation, Size, Square };
} // namespace

template <PoolKind Kind>
static LogicalResult importPool(OperatorImport &node) {
  FailureOr<ONNXImage> image = node.getImage();
  if (failed(image))
    return failure();
  if (node.isUsed(1))
    node.error() << "its second result, the indices, is used; only the first "
                    "is supported";
  if (!node.has("kernel_shape"))
    node.error() << "it has no kernel_shape";
  auto size = readPair(node, "kernel_shape", image->isSequence(), 1, 1);
  if (!size || node.failed())
    return failure();
  std::optional<WindowOptions> window =
      readWindow(node, *image, (*size)[0], (*size)[1],
                 node.getInput().border.value_or(ONNXBorder()));
  if (!window)
    return failure();
  if (window->dilations != std::array<int64_t, 2>{1, 1}) {
    node.error() << "it has dilations; pools without are supported";
    return failure();
  }
  PoolOptions options;
  options.size = window->size;
  options.strides = window->strides;
  options.padding = window->padding;
  Value input = image->value;
  const WindowPadding::Sides &declared = window->declared;
  // Zeros that are counted are part of the image.
  if (Kind == PoolKind::Average && node.getInt("count_include_pad", 0) != 0 &&
      declared != WindowPadding::Sides{}) {
    FailureOr<Value> padded =
        node.make("pad").makeZeroPadding2D(input, declared);
    if (failed(padded))
      return failure();
    input = *padded;
    WindowPadding::Sides rest = window->sides;
    for (size_t side = 0; side != 4; ++side)
      rest[side] = std::max<int64_t>(rest[side] - declared[side], 0);
    options.padding = rest == WindowPadding::Sides{}
                          ? WindowPadding(Padding::Valid)
                          : WindowPadding(rest);
  }
  FailureOr<Value> result = Kind == PoolKind::Max
                                ? node.make().makeMaxPool2D(input, options)
                                : node.make().makeAveragePool2D(input, options);
  if (failed(result))
    return failure();
  node.setResult(*result, OperatorImport::keepChannels(*image, *result));
  return success();
}

/// One window over whole axes of an image, which need not be moved.
static FailureOr<ONNXArray> poolImage(OperatorImport &node, PoolKind kind,
                                      const ONNXArray &array,
                                      const std::vector<size_t> &axes) {
  FailureOr<ONNXImage> image = node.makeImage(array, /*inOrder=*/false);
  if (failed(image))
    return failure();
  size_t rank = image->layout.getRank();
  PoolOptions options;
  options.size = {1, 1};
  for (size_t axis : axes)
    options.size[axis == 2 && rank == 4 ? 0 : 1] =
        image->layout.getExtent(axis).factor;
  options.strides = options.size;
  FailureOr<Value> result =
      kind == PoolKind::Max
          ? node.make().makeMaxPool2D(image->value, options)
          : node.make().makeAveragePool2D(image->value, options);
  if (failed(result))
    return failure();
  return ONNXArray{*result, OperatorImport::keepChannels(*image, *result)};
}

/// All cells along some axes, which the others, stored innermost, are left of.
static FailureOr<ONNXArray> poolCells(OperatorImport &node, PoolKind kind,
                                      const ONNXArray &array,
                                      const std::vector<size_t> &axes) {
  size_t rank = array.layout.getRank();
  std::vector<size_t> left;
  for (size_t axis = 1; axis != rank; ++axis)
    if (!llvm::is_contained(axes, axis))
      left.push_back(axis);
  FailureOr<ONNXRows> rows = node.makeRows(array, left);
  if (failed(rows))
    return failure();
  auto channels = int64_t(rows->order.size());
  ArrayRef<int64_t> shape = getShape(rows->value);
  int64_t cells = getNumElementsPerSample(shape) / channels;
  FailureOr<Value> image = rows->value;
  if (shape.size() != 4)
    image = node.reshape(rows->value, {1, cells, channels});
  if (failed(image))
    return failure();
  FailureOr<Value> result = failure();
  if (kind == PoolKind::Max) {
    ArrayRef<int64_t> extents = getShape(*image);
    PoolOptions options;
    options.size = options.strides = {extents[1], extents[2]};
    result = node.make().makeMaxPool2D(*image, options);
  } else {
    result = (kind == PoolKind::Sum ? node.make("mean") : node.make())
                 .makeGlobalAveragePool2D(*image, node.feedsImages());
    if (kind == PoolKind::Sum && succeeded(result))
      result = node.make().makeRescaling(*result, {double(cells)}, {0.0});
  }
  if (failed(result))
    return failure();
  Layout reduced = rows->layout;
  for (size_t axis : axes)
    reduced = reduced.withExtent(axis, 1);
  return ONNXArray{*result, reduced};
}

/// The mean, the sum or the largest along some axes of a tensor whose batch is
/// first.
static LogicalResult reduceSamples(OperatorImport &node, PoolKind kind,
                                   std::vector<size_t> axes, bool keepDims) {
  FailureOr<ONNXArray> array = node.getArray();
  if (failed(array))
    return failure();
  size_t rank = array->layout.getRank();
  llvm::sort(axes);
  axes.erase(llvm::unique(axes), axes.end());
  size_t kept = 0;
  for (size_t axis = 1; axis != rank; ++axis)
    kept += !llvm::is_contained(axes, axis) &&
            array->layout.getExtent(axis).factor > 1;
  // What channels are left of: their cells are pooled. Of images also where
  // rows or columns are left; else sums are products with ones.
  bool isImage = (rank == 3 || rank == 4) && axes.front() >= 2;
  FailureOr<ONNXArray> result = array;
  bool areCells = kept <= 1 && axes.size() + 1 < rank;
  if (areCells || (isImage && axes.size() + 2 == rank)) {
    result = poolCells(node, kind, *array, axes);
  } else if (isImage && kind != PoolKind::Sum) {
    result = poolImage(node, kind, *array, axes);
  } else if (kind == PoolKind::Max) {
    result = poolCells(node, kind, *array, axes);
  } else {
    for (size_t i = 0; i != axes.size() && succeeded(result); ++i) {
      double factor =
          kind == PoolKind::Sum
              ? 1.0
              : 1.0 / double(array->layout.getExtent(axes[i]).factor);
      LayerBuilder make = i + 1 == axes.size()
                              ? node.make()
                              : node.make("part_" + std::to_string(i));
      result = sumAlong(node, make, *result, axes[i], factor);
    }
  }
  if (failed(result))
    return failure();
  Layout layout = result->layout;
  for (size_t i = axes.size(); i-- != 0 && !keepDims;)
    layout = layout.withoutAxis(axes[i]);
  node.setResult(result->value, layout);
  return success();
}

/// The same of any tensor: tensors that are stacked before the batch, too.
static LogicalResult reduce(OperatorImport &node, PoolKind kind,
                            const std::vector<size_t> &axes, bool keepDims) {
  ONNXValue input = node.getInput(), result;
  if (input.layout.isBatchFirst())
    return reduceSamples(node, kind, axes, keepDims);
  std::vector<size_t> order, left, back, moved;
  for (size_t axis = 0; axis != input.layout.getRank(); ++axis)
    order.insert(input.layout.getExtent(axis).hasBatch ? order.begin()
                                                       : order.end(),
                 axis);
  for (size_t axis : order)
    if (keepDims || !llvm::is_contained(axes, axis))
      left.push_back(axis);
  for (size_t axis = 0; axis != order.size(); ++axis)
    if (auto place = llvm::find(left, axis); place != left.end())
      back.push_back(size_t(place - left.begin()));
  for (size_t axis : axes)
    moved.push_back(size_t(llvm::find(order, axis) - order.begin()));
  input.layout = input.layout.permuted(order);
  OperatorImport step(node, "", {input}, result);
  if (failed(reduceSamples(step, kind, moved, keepDims)) || step.failed())
    return failure();
  result.layout = result.layout.permuted(back);
  node.setResult(result);
  return success();
}

template <PoolKind Kind>
static LogicalResult importGlobalPool(OperatorImport &node) {
  if (!node.expectTensor())
    return failure();
  std::vector<size_t> axes;
  for (size_t axis = 2; axis < node.getInput().layout.getRank(); ++axis)
    axes.push_back(axis);
  if (axes.empty()) {
    node.error() << "its input has no height, width or steps";
    return failure();
  }
  return reduce(node, Kind, axes, /*keepDims=*/true);
}

/// The input with that function of its elements.
static ONNXValue applyBefore(OperatorImport &node, Before before) {
  ONNXValue input = node.getInput();
  auto apply = [&](StringRef part, double (*function)(double)) {
    input.expression = makeFunction(
        node.index(), (node.name() + "_" + part).str(), input.expression,
        [function](double x) { return function(x); });
  };
  switch (before) {
  case Before::Nothing:
    break;
  case Before::Negation:
    apply("negative", [](double x) { return -x; });
    break;
  case Before::Size:
    apply("size", [](double x) { return std::abs(x); });
    break;
  case Before::Square:
    input.expression = makeExpression(node.index(), node.name() + "_square",
                                      Expression::Kind::Product,
                                      input.expression, input.expression,
                                      [](double x, double y) { return x * y; });
  }
  return input;
}

template <PoolKind Kind, Before First = Before::Nothing>
static LogicalResult importReduce(OperatorImport &node) {
  if (!node.expectTensor())
    return failure();
  const Layout &layout = node.getInput().layout;
  size_t rank = layout.getRank();
  std::optional<std::vector<int64_t>> asked = node.getIntsOrInput("axes", 1);
  bool keepDims = node.getInt("keepdims", 1) != 0;
  bool isNothing = node.getInt("noop_with_empty_axes", 0) != 0;
  if (node.failed())
    return failure();
  if (!asked || asked->empty()) {
    // Versions differ in whether the function is left out, too.
    bool isClear = First == Before::Nothing || First == Before::Negation;
    if (isNothing && isClear) {
      node.setResult(node.getInput());
      return success();
    }
    node.error() << "it reduces all axes, the batch among them; name the axes "
                    "of the image";
    return failure();
  }
  std::vector<size_t> axes;
  for (int64_t axis : *asked) {
    std::optional<size_t> index = node.getAxis(axis, rank);
    if (!index)
      return failure();
    axes.push_back(*index);
  }
  size_t batch = 0;
  while (batch != rank && !layout.getExtent(batch).hasBatch)
    ++batch;
  if (batch == rank || llvm::is_contained(axes, batch) ||
      layout.getExtent(batch).factor != 1) {
    node.error() << "it reduces the axis of the batch, or one that holds it";
    return failure();
  }
  for (size_t axis : axes)
    if (layout.getExtent(axis).factor < 1) {
      node.error() << "it reduces an axis of no elements";
      return failure();
    }
  if (First == Before::Nothing)
    return reduce(node, Kind, axes, keepDims);
  bool isNegative = First == Before::Negation;
  ONNXValue result;
  OperatorImport step(node, isNegative ? "largest" : "",
                      {applyBefore(node, First)}, result);
  if (failed(reduce(step, Kind, axes, keepDims)) || step.failed())
    return failure();
  if (isNegative)
    result.expression = makeFunction(node.index(), node.name(), nullptr,
                                     [](double x) { return -x; });
  node.setResult(result);
  return success();
}

ArrayRef<ONNXOperator> getPoolOperators() {
  constexpr PoolKind average = PoolKind::Average, max = PoolKind::Max,
                     sum = PoolKind::Sum;
  constexpr StringRef reduceAttributes = "axes keepdims noop_with_empty_axes";
  constexpr StringRef reduced = "along any axes but the batch";
  static const ONNXOperator operators[] = {
      {"AveragePool", importPool<average>,
       "auto_pad ceil_mode count_include_pad dilations kernel_shape pads "
       "strides",
       "of images and sequences, without dilations"},
      {"GlobalAveragePool", importGlobalPool<average>, "", ""},
      {"GlobalMaxPool", importGlobalPool<max>, "", ""},
      {"MaxPool", importPool<max>,
       "auto_pad ceil_mode dilations kernel_shape pads storage_order strides",
       "of images and sequences, without dilations and indices"},
      {"ReduceL1", importReduce<sum, Before::Size>, reduceAttributes, reduced},
      {"ReduceMax", importReduce<max>, reduceAttributes, reduced},
      {"ReduceMean", importReduce<average>, reduceAttributes, reduced},
      {"ReduceMin", importReduce<max, Before::Negation>, reduceAttributes,
       reduced},
      {"ReduceSum", importReduce<sum>, reduceAttributes, reduced},
      {"ReduceSumSquare", importReduce<sum, Before::Square>, reduceAttributes,
       reduced},
  };
  return operators;
}

} // namespace qml
