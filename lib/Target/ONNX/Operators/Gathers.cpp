//===- Gathers.cpp - Elements at constant places --------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Parts.h"

using namespace mlir;

namespace qml {

/// Whether the indices are 0, 1, 2, ... for any size of the batch: a reshape,
/// as torch.onnx writes for images whose channels are stored last.
static std::optional<std::vector<Extent>>
findIdentity(const OperatorImport &node, const ONNXConstant &indices,
             const Extent &size) {
  for (int which : {0, 1}) {
    Numbers numbers = indices.getNumbers(which);
    for (size_t i = 0; i != numbers.values.size(); ++i)
      if (numbers.values[i] != double(i))
        return std::nullopt;
  }
  std::vector<Extent> shape;
  Shape first = indices.getNumbers(0).shape,
        second = indices.getNumbers(1).shape;
  if (first.size() != second.size() || first.empty())
    return std::nullopt;
  Extent total;
  for (size_t i = 0; i != first.size(); ++i) {
    Extent extent = {first[i], false};
    if (first[i] != second[i])
      extent = {first[i] / 2, true};
    shape.push_back(extent);
    total.factor *= extent.factor;
    total.hasBatch |= extent.hasBatch;
  }
  if (!total.hasBatch && node.isWhole(size, total.factor) &&
      node.isWhole({1, true}, shape[0].factor)) {
    shape[0] = {1, true};
    total = size;
  }
  if (total != size)
    return std::nullopt;
  return shape;
}

/// What is at these places of an axis, which becomes axes of that shape.
static LogicalResult gather(OperatorImport &node, const ONNXValue &from,
                            size_t axis, const std::vector<int64_t> &wanted,
                            const Shape &shape) {
  FailureOr<ONNXArray> array = node.makeArray(from);
  if (failed(array))
    return failure();
  int64_t step = wanted.size() > 1 ? wanted[1] - wanted[0] : 1;
  bool isRange = step >= 1;
  for (size_t i = 0; i != wanted.size(); ++i)
    isRange &= wanted[i] == wanted[0] + int64_t(i) * step;
  std::vector<Extent> target = array->layout.getShape();
  auto place = target.erase(target.begin() + ptrdiff_t(axis));
  for (auto extent = shape.rbegin(); extent != shape.rend(); ++extent)
    place = target.insert(place, Extent{*extent, false});
  std::optional<Layout> layout;
  FailureOr<ONNXArray> result = failure();
  if (isRange) {
    result = take(node, node.make(), *array, axis, wanted.front(),
                  int64_t(wanted.size()), step, "kernel");
    if (failed(result))
      return failure();
    layout = result->layout.reshaped(target);
  }
  // What is picked is stored in its own order, which can be split.
  if (!layout) {
    result = pick(node, node.make(), *array, axis, wanted, "kernel");
    if (failed(result))
      return failure();
    layout = result->layout.reshaped(target);
  }
  if (!layout || !node.checkRank(target.size())) {
    if (!node.failed())
      node.error() << "its result of shape " << toString(target)
                   << " is stored in another order";
    return failure();
  }
  node.setResult(result->value, *layout);
  return success();
}

/// Indices from the front; false if there are none, or if any is out of range.
static bool countFromFront(std::vector<int64_t> &indices, int64_t extent) {
  for (int64_t &index : indices) {
    index = index < 0 ? index + extent : index;
    if (index < 0 || index >= extent)
      return false;
  }
  return !indices.empty();
}

static LogicalResult importGather(OperatorImport &node) {
  const ONNXConstant *indices = node.expectConstant(1, "list of indices");
  if (!indices || !node.expectTensor())
    return failure();
  const Layout &layout = node.getInput().layout;
  std::optional<size_t> axis =
      node.getAxis(node.getInt("axis", 0), layout.getRank());
  if (!axis || node.failed())
    return failure();
  Extent extent = layout.getExtent(*axis);
  if (extent.hasBatch) {
    if (layout.getRank() == 1)
      if (auto shape = findIdentity(node, *indices, extent))
        if (std::optional<Layout> reshaped = layout.reshaped(*shape)) {
          ONNXValue value = node.getInput();
          value.layout = *reshaped;
          node.setResult(value);
          return success();
        }
    node.error() << "it takes a part of the batch";
    return failure();
  }
  std::optional<std::vector<int64_t>> wanted = indices->getIntegers();
  if (!wanted || !countFromFront(*wanted, extent.factor)) {
    node.error() << "its indices are no places along an axis of "
                 << extent.factor;
    return failure();
  }
  if (!node.checkRank(layout.getRank() + indices->getShape().size()))
    return failure();
  return gather(node, node.getInput(), *axis, *wanted, indices->getShape());
}

/// Places along one axis, or along several that are one then. PyTorch writes
/// indexing by lists so, of the axes that it has moved to the front.
static LogicalResult importGatherND(OperatorImport &node) {
  const ONNXConstant *indices = node.expectConstant(1, "list of indices");
  if (!indices || !node.expectTensor())
    return failure();
  ONNXValue from = node.getInput();
  size_t rank = from.layout.getRank();
  int64_t batches = node.getInt("batch_dims", 0);
  if (node.failed())
    return failure();
  if (batches != 0 && (batches != 1 || !from.layout.isBatchFirst())) {
    node.error() << "its batch_dims are " << batches
                 << "; supported are 0, and 1 where the first axis is the "
                    "batch";
    return failure();
  }
  auto first = size_t(batches);
  std::optional<Numbers> places;
  if (first == 1)
    places = indices->getPerSample(node.fileBatch());
  else if (!indices->dependsOnBatch())
    places = indices->getNumbers();
  if (!places || !places->isInteger || places->shape.empty()) {
    node.error() << "its indices are no integers that are the same for each "
                    "sample";
    return failure();
  }
  int64_t depth = places->shape.back();
  if (depth < 1 || depth > int64_t(rank - first)) {
    node.error() << "its indices name " << depth << " axes, its input has "
                 << rank - first << " for them";
    return failure();
  }
  std::vector<Extent> shape = from.layout.getShape(), merged;
  merged.assign(shape.begin(), shape.begin() + ptrdiff_t(first));
  Extent whole;
  std::vector<int64_t> wanted(places->values.size() / size_t(depth), 0);
  for (int64_t i = 0; i != depth; ++i) {
    Extent extent = shape[first + size_t(i)];
    if (extent.hasBatch) {
      node.error() << "it takes a part of the batch";
      return failure();
    }
    std::vector<int64_t> column;
    for (size_t j = 0; j != wanted.size(); ++j)
      column.push_back(
          toInteger(places->values[j * size_t(depth) + size_t(i)]));
    if (!countFromFront(column, extent.factor)) {
      node.error() << "its indices are no places along an axis of "
                   << extent.factor;
      return failure();
    }
    for (size_t j = 0; j != wanted.size(); ++j)
      wanted[j] = wanted[j] * extent.factor + column[j];
    whole.factor *= extent.factor;
  }
  merged.push_back(whole);
  merged.insert(merged.end(), shape.begin() + ptrdiff_t(first) + depth,
                shape.end());
  std::optional<Layout> layout = from.layout.reshaped(merged);
  if (!layout) {
    FailureOr<ONNXArray> array = node.makeArray(from);
    if (succeeded(array))
      array = node.moveInOrder(*array);
    if (failed(array))
      return failure();
    from = ONNXValue::makeTensor(array->value, array->layout);
    layout = from.layout.reshaped(merged);
  }
  from.layout = *layout;
  places->shape.pop_back();
  if (!node.checkRank(rank + places->shape.size()))
    return failure();
  return gather(node, from, first, wanted, places->shape);
}

ArrayRef<ONNXOperator> getGatherOperators() {
  static const ONNXOperator operators[] = {
      {"Gather", importGather, "axis", "with constant indices"},
      {"GatherND", importGatherND, "batch_dims",
       "with constant indices, the same for each sample"},
  };
  return operators;
}

} // namespace qml
