//===- Pools.cpp - Pools and means ----------------------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Windows.h"

#include "qml/Dialect/QML/IR/ShapeInference.h"

using namespace mlir;

namespace qml {

enum class PoolKind { Average, Max };

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
      readWindow(node, *image, (*size)[0], (*size)[1]);
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

/// The mean or the largest of all cells along some axes, which one axis is left
/// of besides the batch.
static LogicalResult reduce(OperatorImport &node, PoolKind kind,
                            const std::vector<size_t> &axes, bool keepDims) {
  FailureOr<ONNXArray> array = node.getArray();
  if (failed(array))
    return failure();
  Layout layout = array->layout;
  size_t rank = layout.getRank();
  std::vector<size_t> left;
  for (size_t axis = 1; axis != rank; ++axis)
    if (!llvm::is_contained(axes, axis))
      left.push_back(axis);
  FailureOr<ONNXRows> rows = node.makeRows(*array, left);
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
  if (kind == PoolKind::Average) {
    result = node.make().makeGlobalAveragePool2D(*image, node.feedsImages());
  } else {
    ArrayRef<int64_t> extents = getShape(*image);
    PoolOptions options;
    options.size = options.strides = {extents[1], extents[2]};
    result = node.make().makeMaxPool2D(*image, options);
  }
  if (failed(result))
    return failure();
  Layout reduced = rows->layout;
  for (size_t axis = rank; axis-- != 1;) {
    if (!llvm::is_contained(axes, axis))
      continue;
    reduced = reduced.withExtent(axis, 1);
    if (!keepDims)
      reduced = reduced.withoutAxis(axis);
  }
  node.setResult(*result, reduced);
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

template <PoolKind Kind>
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
    if (isNothing) {
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
  if (llvm::is_contained(axes, size_t(0)) || !layout.isBatchFirst()) {
    node.error() << "it reduces the axis of the batch";
    return failure();
  }
  // Of images the channels have to be left; of anything else the innermost.
  size_t kept = 0;
  for (size_t axis = 1; axis != rank; ++axis)
    kept +=
        !llvm::is_contained(axes, axis) && layout.getExtent(axis).factor > 1;
  if (kept > 1 || (rank >= 3 && axes.size() + 1 == rank)) {
    node.error() << "it reduces the axes "
                 << toString(Shape(asked->begin(), asked->end())) << " of "
                 << toString(layout.getShape())
                 << "; supported is what leaves one axis, the channels";
    return failure();
  }
  return reduce(node, Kind, axes, keepDims);
}

ArrayRef<ONNXOperator> getPoolOperators() {
  constexpr PoolKind average = PoolKind::Average, max = PoolKind::Max;
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
      {"ReduceMax", importReduce<max>, "axes keepdims noop_with_empty_axes",
       "along all axes but the batch and one"},
      {"ReduceMean", importReduce<average>,
       "axes keepdims noop_with_empty_axes",
       "along all axes but the batch and one"},
  };
  return operators;
}

} // namespace qml
