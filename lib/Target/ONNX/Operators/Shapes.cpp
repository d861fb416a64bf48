//===- Shapes.cpp - Operators that only rename elements -------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// They change the axes and move nothing.
//
//===----------------------------------------------------------------------===//

#include "Operators.h"

#include "qml/Support/Quote.h"

#include <algorithm>
#include <numeric>

using namespace mlir;

namespace qml {

static LogicalResult importIdentity(OperatorImport &node) {
  if (!node.expectTensor())
    return failure();
  node.setResult(node.getInput());
  return success();
}

static LogicalResult importDropout(OperatorImport &node) {
  if (node.isUsed(1))
    node.error() << "its second result, the mask, is used";
  if (node.hasInput(2)) {
    const ONNXConstant *mode = node.getConstant(2);
    std::optional<double> value = mode ? mode->getScalar() : std::nullopt;
    if (!value || *value != 0)
      node.error() << "it drops elements (training_mode); export the model in "
                      "its mode for inference";
  }
  if (node.failed())
    return failure();
  return importIdentity(node);
}

static LogicalResult importCastTo(OperatorImport &node, bool toFloats) {
  if (!toFloats) {
    StringRef maker = node.getMaker(0);
    if (maker.starts_with("Greater") || maker.starts_with("Less"))
      node.error() << "it takes the ones and zeros of a comparison (" << maker
                   << "), which no layer computes; they are supported as the "
                      "condition of a Where; use another function, or end the "
                      "network before with --outputs";
    else
      node.error() << "it makes integers of what the network computes; casts "
                      "to floats are supported; leave it out, or end the "
                      "network before with --outputs";
    return failure();
  }
  if (!node.expectTensor())
    return failure();
  ONNXValue value = node.getInput();
  if (!cast<RankedTensorType>(value.base.getType()).getElementType().isF32()) {
    FailureOr<Value> floats =
        node.make().makeRescaling(value.base, {1.0}, {0.0});
    if (failed(floats))
      return failure();
    value = ONNXValue::makeTensor(*floats, value.layout);
  }
  value.isInteger = false;
  node.setResult(value);
  return success();
}

static LogicalResult importCast(OperatorImport &node) {
  int64_t to = node.getInt("to", 1);
  // float, float16, double, bfloat16 of TensorProto.
  return importCastTo(node, to == 1 || to == 10 || to == 11 || to == 16);
}

/// What the network computes is float, whatever its precision in the file.
static LogicalResult importCastLike(OperatorImport &node) {
  const ONNXConstant *like = node.getConstant(1);
  bool toFloats = !(like ? like->isInteger() : node.getInput(1).isInteger);
  // Of weights, whose type is that of what the network computes.
  if (toFloats && node.getConstant(0)) {
    node.setResult(node.getInput());
    return success();
  }
  return importCastTo(node, toFloats);
}

static LogicalResult importTranspose(OperatorImport &node) {
  if (!node.expectTensor())
    return failure();
  ONNXValue value = node.getInput();
  size_t rank = value.layout.getRank();
  std::vector<int64_t> reversed(rank);
  std::iota(reversed.rbegin(), reversed.rend(), 0);
  std::vector<int64_t> perm = node.getInts("perm", reversed);
  std::vector<int64_t> sorted = perm;
  llvm::sort(sorted);
  bool isGood = perm.size() == rank;
  for (size_t i = 0; i != sorted.size(); ++i)
    isGood &= sorted[i] == int64_t(i);
  if (!isGood) {
    node.error() << "its perm " << toString(Shape(perm.begin(), perm.end()))
                 << " is no permutation of its input's " << int64_t(rank)
                 << " axes";
    return failure();
  }
  value.layout =
      value.layout.permuted(std::vector<size_t>(perm.begin(), perm.end()));
  node.setResult(value);
  return success();
}

/// The value under another shape; elements are moved if its parts are not
/// stored so that axes can be split or joined.
static LogicalResult setReshaped(OperatorImport &node,
                                 const std::vector<Extent> &shape) {
  ONNXValue value = node.getInput();
  if (std::optional<Layout> layout = value.layout.reshaped(shape)) {
    value.layout = *layout;
    node.setResult(value);
    return success();
  }
  Layout ordered = value.layout.inOrder();
  std::optional<Layout> layout = ordered.reshaped(shape);
  if (!layout) {
    node.error() << "it makes " << toString(shape) << " of "
                 << toString(value.layout.getShape())
                 << "; the batch can't be taken apart";
    return failure();
  }
  FailureOr<ONNXArray> array = node.getArray();
  if (failed(array))
    return failure();
  FailureOr<Value> moved = node.move(*array, ordered);
  if (failed(moved))
    return failure();
  node.setResult(*moved, *layout);
  return success();
}

static Extent getSize(const Layout &layout) {
  Extent size;
  for (const Extent &extent : layout.getShape()) {
    size.factor *= extent.factor;
    size.hasBatch |= extent.hasBatch;
  }
  return size;
}

/// Constant extents, in which a file of one fixed size of the batch has that
/// size where the batch stands.
static void findFixedBatch(std::vector<Extent> &shape, const Extent &size) {
  int64_t product = 1;
  for (const Extent &extent : shape) {
    if (extent.hasBatch || extent.factor < 1 || extent.factor > (1 << 30))
      return;
    product *= extent.factor;
    if (product > int64_t(1) << 40)
      return;
  }
  if (!size.hasBatch || shape.empty() || product % size.factor != 0)
    return;
  int64_t batch = product / size.factor;
  if (shape[0].factor % batch == 0)
    shape[0] = {shape[0].factor / batch, true};
}

static LogicalResult importReshape(OperatorImport &node) {
  if (!node.expectTensor())
    return failure();
  std::vector<Extent> shape;
  if (node.has("shape")) {
    for (int64_t extent : node.getInts("shape", {}))
      shape.push_back({extent, false});
    if (node.failed())
      return failure();
  } else {
    const ONNXConstant *target = node.expectConstant(1, "shape");
    if (!target)
      return failure();
    std::optional<std::vector<Extent>> extents = target->getExtents();
    if (!extents) {
      node.error()
          << "its shape depends on the size of the batch in a way that "
             "is not supported";
      return failure();
    }
    shape = *extents;
  }
  if (!node.checkRank(shape.size()))
    return failure();
  const Layout &layout = node.getInput().layout;
  bool keepsZeros = node.getInt("allowzero", 0) != 0;
  Extent size = getSize(layout);
  Extent *open = nullptr;
  Extent known;
  for (size_t i = 0; i != shape.size(); ++i) {
    Extent &extent = shape[i];
    if (extent.factor == 0 && !keepsZeros && i < layout.getRank())
      extent = layout.getExtent(i);
    if (extent.factor == -1 && !open) {
      open = &extent;
      continue;
    }
    if (extent.factor < 1 ||
        extent.factor > (int64_t(1) << 50) / known.factor) {
      node.error() << "its shape has the extent " << extent.factor;
      return failure();
    }
    known.factor *= extent.factor;
    known.hasBatch |= extent.hasBatch;
  }
  if (open && size.factor % known.factor == 0) {
    *open = {size.factor / known.factor, size.hasBatch && !known.hasBatch};
    // (1, -1) of a file for a batch of 1: the batch comes first.
    if (open != shape.data() && open->hasBatch && shape[0] == Extent()) {
      open->hasBatch = false;
      shape[0].hasBatch = true;
    }
  } else if (!open) {
    findFixedBatch(shape, size);
  }
  Extent total;
  for (const Extent &extent : shape) {
    total.factor *= extent.factor;
    total.hasBatch |= extent.hasBatch;
  }
  if (total != size) {
    node.error() << "its shape " << toString(shape) << " doesn't fit its input "
                 << toString(layout.getShape());
    return failure();
  }
  return setReshaped(node, shape);
}

static LogicalResult importFlatten(OperatorImport &node) {
  if (!node.expectTensor())
    return failure();
  const Layout &layout = node.getInput().layout;
  auto rank = int64_t(layout.getRank());
  int64_t axis = node.getInt("axis", 1);
  axis = axis < 0 ? axis + rank : axis;
  if (axis < 0 || axis > rank) {
    node.error() << "it has the axis " << axis << ", its input has " << rank
                 << " axes";
    return failure();
  }
  std::vector<Extent> shape(2);
  for (int64_t i = 0; i != rank; ++i) {
    Extent extent = layout.getExtent(size_t(i));
    Extent &part = shape[i >= axis];
    part.factor *= extent.factor;
    part.hasBatch |= extent.hasBatch;
  }
  return setReshaped(node, shape);
}

static LogicalResult importSqueeze(OperatorImport &node) {
  if (!node.expectTensor())
    return failure();
  ONNXValue value = node.getInput();
  size_t rank = value.layout.getRank();
  std::optional<std::vector<int64_t>> axes = node.getIntsOrInput("axes", 1);
  if (node.failed())
    return failure();
  std::vector<bool> leaves(rank, false);
  for (size_t axis = 0; axis != rank && !axes; ++axis)
    leaves[axis] = value.layout.getExtent(axis) == Extent();
  for (int64_t asked : axes.value_or(std::vector<int64_t>())) {
    std::optional<size_t> axis = node.getAxis(asked, rank);
    if (!axis)
      return failure();
    if (value.layout.getExtent(*axis) != Extent()) {
      node.error() << "it leaves out axis " << asked << " of "
                   << toString(value.layout.getShape())
                   << ", whose extent is not 1";
      return failure();
    }
    leaves[*axis] = true;
  }
  for (size_t axis = rank; axis-- != 0;)
    if (leaves[axis])
      value.layout = value.layout.withoutAxis(axis);
  node.setResult(value);
  return success();
}

static LogicalResult importUnsqueeze(OperatorImport &node) {
  if (!node.expectTensor())
    return failure();
  ONNXValue value = node.getInput();
  std::optional<std::vector<int64_t>> axes = node.getIntsOrInput("axes", 1);
  if (!axes) {
    if (!node.failed())
      node.error() << "it has no axes";
    return failure();
  }
  size_t rank = value.layout.getRank() + axes->size();
  if (!node.checkRank(rank))
    return failure();
  std::vector<size_t> sorted;
  for (int64_t asked : *axes) {
    std::optional<size_t> axis = node.getAxis(asked, rank);
    if (!axis)
      return failure();
    sorted.push_back(*axis);
  }
  llvm::sort(sorted);
  if (auto twice = std::adjacent_find(sorted.begin(), sorted.end());
      twice != sorted.end()) {
    node.error() << "its axes name " << *twice << " twice";
    return failure();
  }
  for (size_t axis : sorted)
    value.layout = value.layout.withAxis(axis);
  node.setResult(value);
  return success();
}

ArrayRef<ONNXOperator> getShapeOperators() {
  static const ONNXOperator operators[] = {
      {"Cast", importCast, "saturate to", "to floats"},
      {"CastLike", importCastLike, "saturate", "to floats"},
      {"Dropout", importDropout, "is_test ratio seed", "as in inference"},
      {"Flatten", importFlatten, "axis", ""},
      {"Identity", importIdentity, "", ""},
      {"Reshape", importReshape, "allowzero shape", "keeping the batch apart"},
      {"Squeeze", importSqueeze, "axes", ""},
      {"Transpose", importTranspose, "perm", ""},
      {"Unsqueeze", importUnsqueeze, "axes", ""},
  };
  return operators;
}

} // namespace qml
