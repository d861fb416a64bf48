//===- Repeats.cpp - Elements that are there several times ----------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Parts.h"

#include "qml/Dialect/QML/IR/ShapeInference.h"

#include <array>

using namespace mlir;

namespace qml {

/// Most times that an axis is repeated.
constexpr int64_t maxTimes = 1 << 16;

/// Axes of 1 behind the rows and the columns of an image, which are split so
/// that each cell is there several times: an upsampling. None if it isn't so.
static std::optional<FailureOr<ONNXArray>>
repeatCells(OperatorImport &node, const ONNXArray &from,
            const std::vector<Extent> &shape) {
  ArrayRef<int64_t> image = getShape(from.value);
  if (image.size() != 4 || shape.size() < 5)
    return std::nullopt;
  std::vector<size_t> owners = from.layout.getStoredAxes();
  std::vector<int64_t> extents = from.layout.getStoredExtents();
  struct Repeated {
    size_t axis, place;
  };
  std::array<std::optional<Repeated>, 2> found;
  std::array<int64_t, 2> size = {1, 1};
  for (size_t axis = 1; axis != shape.size(); ++axis) {
    if (from.layout.getExtent(axis) == shape[axis])
      continue;
    // Behind the atoms of the axis before.
    auto last = std::find(owners.rbegin(), owners.rend(), axis - 1);
    auto place = size_t(owners.rend() - last);
    int64_t cells = 1;
    for (size_t i = 1; i < place; ++i)
      cells *= extents[i];
    bool isRow = cells == image[1];
    if (last == owners.rend() || (!isRow && cells != image[1] * image[2]) ||
        found[isRow ? 0 : 1] || shape[axis].factor > maxTimes)
      return std::nullopt;
    found[isRow ? 0 : 1] = {axis, place};
    size[isRow ? 0 : 1] = shape[axis].factor;
  }
  FailureOr<Value> value = node.make().makeUpSampling2D(from.value, size);
  if (failed(value))
    return failure();
  Layout layout = from.layout;
  for (size_t i : {1, 0})
    if (found[i])
      layout = layout.withStored(found[i]->axis, size[i], found[i]->place);
  return ONNXArray{*value, layout};
}

FailureOr<ONNXArray> repeat(OperatorImport &node, const ONNXArray &from,
                            const std::vector<Extent> &shape) {
  if (std::optional<FailureOr<ONNXArray>> result =
          repeatCells(node, from, shape))
    return *result;
  ONNXArray array = from;
  size_t rank = shape.size(), parts = 0;
  bool isImage = (rank == 3 || rank == 4) && array.layout.isBatchFirst();
  for (size_t axis = 0; axis != rank; ++axis) {
    if (array.layout.getExtent(axis) == shape[axis])
      continue;
    std::string part = "repeated_" + std::to_string(parts++);
    if (isImage && axis >= 2) {
      FailureOr<ONNXImage> image = node.makeImage(array, /*inOrder=*/false);
      if (failed(image))
        return failure();
      std::array<int64_t, 2> size = {1, 1};
      size[axis == 2 && rank == 4 ? 0 : 1] = shape[axis].factor;
      FailureOr<Value> value =
          node.make(part).makeUpSampling2D(image->value, size);
      if (failed(value))
        return failure();
      array = {*value, OperatorImport::keepChannels(*image, *value)};
      continue;
    }
    constexpr int64_t most = 1 << 26;
    FailureOr<ONNXArray> repeated = pick(
        node, node.make(part), array, axis,
        std::vector<int64_t>(size_t(std::min(shape[axis].factor, most))), part);
    if (failed(repeated))
      return failure();
    array = *repeated;
  }
  return array;
}

static LogicalResult importExpand(OperatorImport &node) {
  const ONNXConstant *target = node.expectConstant(1, "shape");
  if (!target || !node.expectTensor())
    return failure();
  std::optional<std::vector<Extent>> shape = target->getExtents();
  std::vector<Extent> own = node.getInput().layout.getShape();
  bool fits = shape && shape->size() <= own.size();
  if (fits) {
    shape->insert(shape->begin(), own.size() - shape->size(), Extent());
    for (size_t i = 0; i != own.size(); ++i) {
      Extent &extent = (*shape)[i];
      if (extent == Extent() ||
          (extent.isNumber() && node.isWhole(own[i], extent.factor)))
        extent = own[i];
      fits &= extent == own[i] ||
              (own[i] == Extent() && extent.isNumber() && extent.factor >= 1);
    }
  }
  if (!fits) {
    node.error() << "it repeats elements of " << toString(own) << " as "
                 << (shape ? toString(*shape) : std::string("what varies"))
                 << "; the batch can't be repeated";
    return failure();
  }
  if (*shape == own) {
    node.setResult(node.getInput());
    return success();
  }
  FailureOr<ONNXArray> array = node.getArray();
  if (failed(array))
    return failure();
  FailureOr<ONNXArray> result = repeat(node, *array, *shape);
  if (failed(result))
    return failure();
  node.setResult(result->value, result->layout);
  return success();
}

/// The whole again and again along an axis.
static FailureOr<ONNXArray> tile(OperatorImport &node, const ONNXArray &array,
                                 size_t axis, int64_t times, bool isLast) {
  std::string part = "tiled_" + std::to_string(axis);
  LayerBuilder make = isLast ? node.make() : node.make(part);
  const Layout &layout = array.layout;
  size_t rank = layout.getRank();
  bool isImage = (rank == 3 || rank == 4) && layout.isBatchFirst();
  constexpr int64_t mostImages = 16;
  if (isImage && axis >= 2 && !layout.isTail({axis}) && times <= mostImages) {
    FailureOr<ONNXImage> image = node.makeImage(array, /*inOrder=*/false);
    if (failed(image))
      return failure();
    std::vector<ONNXImage> images(size_t(times), *image);
    FailureOr<Value> joined = joinImages(node, std::move(make), images, axis);
    if (failed(joined))
      return failure();
    return ONNXArray{*joined, OperatorImport::keepChannels(*image, *joined)};
  }
  int64_t extent = layout.getExtent(axis).factor;
  constexpr int64_t most = 1 << 26;
  if (extent > most / times) {
    node.error() << "it repeats the " << extent << " elements of axis "
                 << int64_t(axis) << " " << times << " times, which are too "
                 << "many";
    return failure();
  }
  std::vector<int64_t> wanted;
  for (int64_t i = 0; i != extent * times; ++i)
    wanted.push_back(i % extent);
  return pick(node, std::move(make), array, axis, wanted, part);
}

static LogicalResult importTile(OperatorImport &node) {
  const ONNXConstant *repeats = node.expectConstant(1, "repeats");
  if (!repeats || !node.expectTensor())
    return failure();
  const ONNXValue &input = node.getInput();
  std::vector<Extent> own = input.layout.getShape(), ones = own;
  std::optional<std::vector<int64_t>> times = repeats->getIntegers();
  bool isGood = times && times->size() == own.size();
  for (size_t axis = 0; axis != own.size() && isGood; ++axis)
    isGood = (*times)[axis] >= 1 && (*times)[axis] <= maxTimes &&
             ((*times)[axis] == 1 || !own[axis].hasBatch);
  if (!isGood) {
    node.error() << "it repeats elements of " << toString(own) << " "
                 << (times ? toString(Shape(times->begin(), times->end()))
                           : std::string("some"))
                 << " times; supported are a number of 1 to 2^16 for each "
                    "axis, and 1 for the batch";
    return failure();
  }
  std::vector<size_t> tiled;
  for (size_t axis = 0; axis != own.size(); ++axis) {
    if (own[axis] == Extent())
      ones[axis].factor = (*times)[axis];
    else if ((*times)[axis] != 1)
      tiled.push_back(axis);
  }
  if (tiled.empty() && ones == own) {
    node.setResult(input);
    return success();
  }
  FailureOr<ONNXArray> array = node.getArray();
  for (size_t axis : tiled)
    if (succeeded(array))
      array = tile(node, *array, axis, (*times)[axis],
                   axis == tiled.back() && ones == own);
  if (succeeded(array) && ones != own)
    array = repeat(node, *array, [&] {
      std::vector<Extent> target = array->layout.getShape();
      for (size_t axis = 0; axis != own.size(); ++axis)
        if (own[axis] == Extent())
          target[axis] = ones[axis];
      return target;
    }());
  if (failed(array))
    return failure();
  node.setResult(array->value, array->layout);
  return success();
}

ArrayRef<ONNXOperator> getRepeatOperators() {
  static const ONNXOperator operators[] = {
      {"Expand", importExpand, "", "repeating all but the batch"},
      {"Tile", importTile, "", "repeating all but the batch"},
  };
  return operators;
}

} // namespace qml
