//===- Parts.cpp - Operators that take tensors apart ----------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Parts.h"

#include "../../Import/Products.h"
#include "qml/Dialect/QML/IR/Elements.h"
#include "qml/Dialect/QML/IR/ShapeInference.h"
#include "qml/Support/Quote.h"

#include <numeric>

using namespace mlir;

namespace qml {

/// A product of the innermost axis with a kernel that says of each of its
/// elements, and of each of the result's, the weight.
static FailureOr<Value>
multiplyRows(OperatorImport &node, LayerBuilder make, const ONNXRows &rows,
             size_t out, const std::function<float(int64_t, size_t)> &getWeight,
             StringRef resource) {
  return makeProduct(
      std::move(make), rows.value, int64_t(out),
      [&](int64_t i, int64_t o) { return getWeight(rows.order[i], size_t(o)); },
      node.name() + "_" + resource, [&] { return node.error(); });
}

/// Channels of the innermost axis by a product with ones and zeros, which keeps
/// integers as they are.
static FailureOr<Value> pickChannels(OperatorImport &node, LayerBuilder make,
                                     const ONNXRows &rows,
                                     const std::vector<int64_t> &wanted,
                                     StringRef resource) {
  FailureOr<Value> result = multiplyRows(
      node, make, rows, wanted.size(),
      [&](int64_t i, size_t o) { return i == wanted[o] ? 1.0f : 0.0f; },
      resource);
  // It was no convolution: passes may fold it.
  if (succeeded(result) && result->getDefiningOp())
    setSourceClass(result->getDefiningOp(), node.op());
  return result;
}

FailureOr<ONNXArray> sumAlong(OperatorImport &node, LayerBuilder make,
                              const ONNXArray &array, size_t axis,
                              double factor) {
  // With the axis that is stored innermost: nothing has to be moved then, if
  // the one summed up is next to it.
  size_t inner = array.layout.getStoredAxes().back();
  std::vector<size_t> axes = {axis};
  int64_t width = 1;
  if (inner != axis && array.layout.getExtent(inner).isNumber()) {
    axes.push_back(inner);
    width = array.layout.getExtent(inner).factor;
  }
  FailureOr<ONNXRows> rows = node.makeRows(array, axes);
  if (failed(rows))
    return failure();
  Layout layout = rows->layout.withExtent(axis, 1);
  std::vector<int64_t> left = {0};
  if (axes.size() == 2)
    left = layout.getOrder({inner});
  FailureOr<Value> value = multiplyRows(
      node, make, *rows, left.size(),
      [&](int64_t i, size_t o) {
        return i % width == left[o] ? float(factor) : 0.0f;
      },
      "kernel");
  if (failed(value))
    return failure();
  return ONNXArray{*value, layout};
}

FailureOr<ONNXArray> pick(OperatorImport &node, LayerBuilder make,
                          const ONNXArray &array, size_t axis,
                          const std::vector<int64_t> &wanted,
                          StringRef resource) {
  FailureOr<ONNXRows> rows = node.makeRows(array, {axis});
  if (failed(rows))
    return failure();
  FailureOr<Value> value = pickChannels(node, make, *rows, wanted, resource);
  if (failed(value))
    return failure();
  return ONNXArray{*value,
                   rows->layout.withExtent(axis, int64_t(wanted.size()))};
}

/// An image's rows or columns from `start` on, each `step`th.
static FailureOr<ONNXArray> cutImage(OperatorImport &node, LayerBuilder make,
                                     const ONNXArray &array, size_t axis,
                                     int64_t start, int64_t count,
                                     int64_t step) {
  FailureOr<ONNXImage> image = node.makeImage(array, /*inOrder=*/false);
  if (failed(image))
    return failure();
  bool isRow = axis == 2 && !image->isSequence();
  int64_t extent = isRow ? image->height : image->width;
  int64_t end = start + (count - 1) * step + 1;
  WindowPadding::Sides crops = {};
  crops[isRow ? 0 : 2] = start;
  crops[isRow ? 1 : 3] = extent - end;
  FailureOr<Value> value = image->value;
  bool isCut = start != 0 || end != extent;
  if (isCut)
    value = (step == 1 ? make : node.make("crop"))
                .makeCropping2D(image->value, crops);
  if (step != 1 && succeeded(value)) {
    // Windows of one cell: the largest of it is the cell itself.
    PoolOptions options;
    options.size = {1, 1};
    options.strides = {isRow ? step : 1, isRow ? 1 : step};
    value = make.makeMaxPool2D(*value, options);
  }
  if (failed(value))
    return failure();
  return ONNXArray{*value, OperatorImport::keepChannels(*image, *value)};
}

FailureOr<ONNXArray> take(OperatorImport &node, LayerBuilder make,
                          const ONNXArray &array, size_t axis, int64_t start,
                          int64_t count, int64_t step, StringRef resource) {
  Extent extent = array.layout.getExtent(axis);
  if (start == 0 && step == 1 && extent == Extent{count, false})
    return array;
  if (extent.hasBatch) {
    node.error() << "it takes a part of the batch";
    return failure();
  }
  size_t rank = array.layout.getRank();
  bool isImage = (rank == 3 || rank == 4) && array.layout.isBatchFirst();
  if (isImage && axis >= 2 && step >= 1 && !array.layout.isTail({axis}))
    return cutImage(node, make, array, axis, start, count, step);
  std::vector<int64_t> wanted;
  constexpr int64_t most = 1 << 26;
  for (int64_t i = 0; i != std::min(count, most); ++i)
    wanted.push_back(start + i * step);
  return pick(node, make, array, axis, wanted, resource);
}

static LogicalResult importSlice(OperatorImport &node) {
  FailureOr<ONNXArray> array = node.getArray();
  if (failed(array))
    return failure();
  std::optional<std::vector<int64_t>> starts = node.getIntsOrInput("starts", 1);
  std::optional<std::vector<int64_t>> ends = node.getIntsOrInput("ends", 2);
  std::optional<std::vector<int64_t>> axes = node.getIntsOrInput("axes", 3);
  std::optional<std::vector<int64_t>> steps = node.getIntsOrInput("steps", 4);
  if (!starts || !ends || node.failed())
    return failure();
  if (!axes) {
    axes.emplace(starts->size());
    std::iota(axes->begin(), axes->end(), 0);
  }
  if (!steps)
    steps.emplace(starts->size(), 1);
  if (ends->size() != starts->size() || axes->size() != starts->size() ||
      steps->size() != starts->size()) {
    node.error() << "its starts, ends, axes and steps are not as many";
    return failure();
  }
  struct Cut {
    size_t input, axis;
    int64_t start, count, step;
  };
  std::vector<Cut> cuts;
  for (size_t i = 0; i != starts->size(); ++i) {
    std::optional<size_t> axis =
        node.getAxis((*axes)[i], array->layout.getRank());
    if (!axis)
      return failure();
    Extent extent = array->layout.getExtent(*axis);
    int64_t size = extent.factor, step = (*steps)[i];
    int64_t start = (*starts)[i], end = (*ends)[i];
    if (extent.hasBatch && start == 0 && step == 1 &&
        (end >= INT32_MAX || node.isWhole(extent, end)))
      continue;
    if (step == 0 || step < -size) {
      node.error() << "its step is " << step;
      return failure();
    }
    auto bound = [&](int64_t at) {
      at = at < 0 ? at + size : at;
      return step > 0 ? std::clamp<int64_t>(at, 0, size)
                      : std::clamp<int64_t>(at, -1, size - 1);
    };
    start = bound(start);
    end = bound(end);
    int64_t taken = step > 0 ? (end - start + std::min(step, size) - 1) /
                                   std::min(step, size)
                             : (start - end - step - 1) / -step;
    if (taken < 1) {
      node.error() << "it takes nothing along axis " << (*axes)[i];
      return failure();
    }
    if (llvm::any_of(cuts, [&](const Cut &cut) { return cut.axis == *axis; })) {
      node.error() << "its axes name " << *axis << " twice";
      return failure();
    }
    step = std::min(step, std::max<int64_t>(size, 1));
    if (start != 0 || step != 1 || extent != Extent{taken, false})
      cuts.push_back({i, *axis, start, taken, step});
  }
  for (const Cut &cut : cuts) {
    bool isLast = &cut == &cuts.back();
    LayerBuilder make =
        isLast ? node.make()
               : node.make("part_" + std::to_string(&cut - cuts.data()));
    array = take(node, make, *array, cut.axis, cut.start, cut.count, cut.step,
                 "kernel_" + std::to_string(cut.input));
    if (failed(array))
      return failure();
  }
  node.setResult(array->value, array->layout);
  return success();
}

static LogicalResult importSplit(OperatorImport &node) {
  FailureOr<ONNXArray> array = node.getArray();
  if (failed(array))
    return failure();
  std::optional<size_t> axis =
      node.getAxis(node.getInt("axis", 0), array->layout.getRank());
  std::optional<std::vector<int64_t>> sizes = node.getIntsOrInput("split", 1);
  if (!axis || node.failed())
    return failure();
  int64_t extent = array->layout.getExtent(*axis).factor;
  auto outputs = int64_t(node.node().outputs.size());
  if (!sizes) {
    // The last one may be smaller.
    int64_t parts = node.getInt("num_outputs", outputs);
    if (parts != outputs) {
      node.error() << "its num_outputs is " << parts << ", it has " << outputs
                   << " results";
      return failure();
    }
    int64_t each =
        parts > 0 ? extent / parts + int64_t(extent % parts != 0) : 0;
    sizes.emplace();
    for (int64_t i = 0; i != parts; ++i)
      sizes->push_back(std::min(each, extent - i * each));
  }
  int64_t total = 0;
  for (int64_t size : *sizes)
    total = size < 1 || size > extent - total ? extent + 1 : total + size;
  if (total != extent || int64_t(sizes->size()) != outputs) {
    node.error() << "its parts are "
                 << toString(Shape(sizes->begin(), sizes->end())) << " of "
                 << extent << ", for " << outputs << " results";
    return failure();
  }
  int64_t start = 0;
  for (size_t i = 0; i != sizes->size(); ++i) {
    if (node.isUsed(i)) {
      std::string suffix = std::to_string(i);
      FailureOr<ONNXArray> part =
          take(node, node.make(suffix), *array, *axis, start, (*sizes)[i], 1,
               "kernel_" + suffix);
      if (failed(part))
        return failure();
      node.setResult(part->value, part->layout, i);
    }
    start += (*sizes)[i];
  }
  return success();
}

/// The same elements with blocks of cells as channels, or the other way round:
/// axes are split, exchanged and joined. None if they are stored in an order
/// that has no such axes.
template <bool IsToSpace>
static std::optional<Layout> arrangeBlocks(const Layout &layout, int64_t size,
                                           bool isCRD) {
  std::vector<Extent> shape = layout.getShape();
  auto number = [](int64_t factor) { return Extent{factor, false}; };
  Extent block = number(size);
  int64_t square = size * size;
  if constexpr (IsToSpace) {
    Extent channels = number(shape[1].factor / square);
    std::optional<Layout> result =
        isCRD ? layout.reshaped(
                    {shape[0], channels, block, block, shape[2], shape[3]})
              : layout.reshaped(
                    {shape[0], block, block, channels, shape[2], shape[3]});
    if (result)
      result = isCRD ? result->permuted({0, 1, 4, 2, 5, 3})
                     : result->permuted({0, 3, 4, 1, 5, 2});
    if (result)
      result =
          result->reshaped({shape[0], channels, number(shape[2].factor * size),
                            number(shape[3].factor * size)});
    return result;
  }
  std::optional<Layout> result =
      layout.reshaped({shape[0], shape[1], number(shape[2].factor / size),
                       block, number(shape[3].factor / size), block});
  if (result)
    result = result->permuted({0, 3, 5, 1, 2, 4})
                 .reshaped({shape[0], number(shape[1].factor * square),
                            number(shape[2].factor / size),
                            number(shape[3].factor / size)});
  return result;
}

template <bool IsToSpace>
static LogicalResult importBlocks(OperatorImport &node) {
  int64_t size = node.getInt("blocksize", 0);
  bool isCRD = node.getString("mode", "DCR") == "CRD";
  if (node.failed() || !node.expectTensor())
    return failure();
  ONNXValue value = node.getInput();
  std::vector<Extent> shape = value.layout.getShape();
  bool isGood = shape.size() == 4 && size >= 1 && size <= 1 << 10;
  if (isGood)
    isGood = IsToSpace
                 ? shape[1].factor % (size * size) == 0
                 : shape[2].factor % size == 0 && shape[3].factor % size == 0;
  if (!isGood) {
    node.error() << "its input has the shape " << toString(shape)
                 << ", which has no blocks of " << size << " by " << size;
    return failure();
  }
  std::optional<Layout> result =
      arrangeBlocks<IsToSpace>(value.layout, size, isCRD);
  if (!result) {
    FailureOr<ONNXArray> array = node.getArray();
    if (succeeded(array))
      array = node.moveInOrder(*array);
    if (failed(array))
      return failure();
    result = arrangeBlocks<IsToSpace>(array->layout, size, isCRD);
    value = ONNXValue::makeTensor(array->value, array->layout);
  }
  value.layout = *result;
  node.setResult(value);
  return success();
}

ArrayRef<ONNXOperator> getPartOperators() {
  static const ONNXOperator operators[] = {
      {"DepthToSpace", importBlocks<true>, "blocksize mode", "of images"},
      {"Slice", importSlice, "axes ends starts", "with constant bounds"},
      {"SpaceToDepth", importBlocks<false>, "blocksize", "of images"},
      {"Split", importSplit, "axis num_outputs split", "with constant sizes"},
  };
  return operators;
}

} // namespace qml
