//===- Elementwise.cpp - Arithmetic on each element -----------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Parts.h"
#include "Windows.h"

#include "../../Import/Extremes.h"
#include "qml/Dialect/QML/IR/Elements.h"
#include "qml/Dialect/QML/IR/ShapeInference.h"

#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace qml {

namespace {
enum class Arithmetic2 { Add, Sub, Mul, Div, Min, Max };
} // namespace

static double apply(Arithmetic2 op, double a, double b) {
  switch (op) {
  case Arithmetic2::Add:
    return a + b;
  case Arithmetic2::Sub:
    return a - b;
  case Arithmetic2::Mul:
    return a * b;
  case Arithmetic2::Div:
    return a / b;
  case Arithmetic2::Min:
    return std::min(a, b);
  case Arithmetic2::Max:
    return std::max(a, b);
  }
  return a;
}

/// The axes along which a constant has several values, if it can be repeated to
/// the tensor's shape.
static std::optional<std::vector<size_t>>
findAxes(const Layout &layout, const ONNXConstant &constant) {
  Shape shape = constant.getShape();
  size_t rank = layout.getRank();
  if (shape.size() > rank)
    return std::nullopt;
  shape.insert(shape.begin(), rank - shape.size(), 1);
  std::vector<size_t> axes;
  for (size_t axis = 0; axis != rank; ++axis) {
    if (shape[axis] == 1)
      continue;
    if (layout.getExtent(axis) != Extent{shape[axis], false})
      return std::nullopt;
    axes.push_back(axis);
  }
  return axes;
}

bool addToBias(OperatorImport &node, Value value,
               const std::vector<double> &offset) {
  auto add = [&](auto op) {
    if (op.getActivation() ||
        getShape(op.getResult()).back() != int64_t(offset.size()))
      return false;
    std::vector<float> bias(offset.begin(), offset.end());
    if (ElementsAttr own = op.getBiasAttr())
      for (auto [sum, part] : llvm::zip_equal(bias, readFloats(own)))
        sum += part;
    op.setBiasAttr(makeVector(node, "bias", std::move(bias)));
    return true;
  };
  Operation *op = value.getDefiningOp();
  return op && llvm::TypeSwitch<Operation *, bool>(op)
                   .Case<Conv2DOp, DepthwiseConv2DOp, DenseOp,
                         Conv2DTransposeOp, DepthwiseConv2DTransposeOp>(add)
                   .Default(false);
}

/// x * scale + offset, with a number for each channel; those of one that was
/// made here before, and that nothing else sees, are changed instead. Others
/// may be shared: equal functions of a value are one layer.
static FailureOr<Value> rescale(OperatorImport &node, Value value,
                                bool isOnlyUse, std::vector<double> scale,
                                std::vector<double> offset) {
  auto before = value.getDefiningOp<RescalingOp>();
  if (!isOnlyUse || !before || !value.use_empty() ||
      !node.isOwnRescaling(before)) {
    FailureOr<Value> result = node.make().makeRescaling(value, scale, offset);
    if (succeeded(result))
      node.noteOwnRescaling(*result);
    return result;
  }
  auto at = [](ArrayRef<double> values, size_t i) {
    return values[values.size() == 1 ? 0 : i];
  };
  for (size_t i = 0; i != scale.size(); ++i) {
    offset[i] += at(before.getOffset(), i) * scale[i];
    scale[i] *= at(before.getScale(), i);
  }
  before.setScale(scale);
  before.setOffset(offset);
  return value;
}

/// Arithmetic with a constant that has several values.
static LogicalResult importWithVector(OperatorImport &node, Arithmetic2 op,
                                      size_t tensor) {
  const ONNXConstant &constant = *node.getConstant(1 - tensor);
  const ONNXValue input = node.getInput(tensor);
  std::optional<std::vector<size_t>> axes = findAxes(input.layout, constant);
  if (!axes) {
    node.error() << "its constant has shape " << toString(constant.getShape())
                 << ", its other input " << toString(input.layout.getShape())
                 << "; the constant must have one value, or as many as the "
                    "input along each of its axes";
    return failure();
  }
  std::vector<double> values = constant.getValues();
  if (llvm::all_equal(values)) {
    double value = values.front();
    ONNXValue result = input;
    result.expression = makeFunction(
        node.index(), node.name(), result.expression, [=](double x) {
          return tensor == 0 ? apply(op, x, value) : apply(op, value, x);
        });
    node.setResult(result);
    return success();
  }
  bool isDivision = op == Arithmetic2::Div;
  if (op == Arithmetic2::Min || op == Arithmetic2::Max ||
      (isDivision && tensor == 1)) {
    node.error() << "it has a constant with several values; for this operator "
                    "one number is supported";
    return failure();
  }
  FailureOr<ONNXRows> rows = node.getRows(tensor, *axes);
  if (failed(rows))
    return failure();
  values = reorder(values, rows->order);
  std::vector<double> scale(values.size(), 1.0), offset(values.size(), 0.0);
  for (size_t i = 0; i != values.size(); ++i) {
    switch (op) {
    case Arithmetic2::Sub:
      scale[i] = tensor == 0 ? 1.0 : -1.0;
      offset[i] = tensor == 0 ? -values[i] : values[i];
      break;
    case Arithmetic2::Mul:
      scale[i] = values[i];
      break;
    case Arithmetic2::Div:
      scale[i] = 1.0 / values[i];
      break;
    default:
      offset[i] = values[i];
    }
  }
  bool isOnlyUse = input.isOnlyUse && !input.expression;
  bool isSum =
      op == Arithmetic2::Add || (op == Arithmetic2::Sub && tensor == 0);
  FailureOr<Value> result = rows->value;
  if (!isSum || !isOnlyUse || !rows->value.use_empty() ||
      !addToBias(node, rows->value, offset))
    result = rescale(node, rows->value, isOnlyUse, std::move(scale),
                     std::move(offset));
  if (failed(result))
    return failure();
  node.setResult(*result, rows->layout);
  return success();
}

/// Stores the second like the first.
static FailureOr<Value> align(OperatorImport &node, ONNXArray &first,
                              const ONNXArray &second) {
  Layout a = first.layout, b = second.layout;
  FailureOr<Value> value = second.value;
  if (Layout::refine(a, b)) {
    if (!a.isStoredLike(b))
      value = node.move(second, a);
  } else {
    Layout target = first.layout.inOrder();
    FailureOr<Value> moved = node.move(first, target);
    if (failed(moved))
      return failure();
    first = {*moved, target};
    value = node.move(second, target);
  }
  if (failed(value) || getShape(*value) == getShape(first.value))
    return value;
  return node.reshape(*value, getShape(first.value).drop_front());
}

/// Sums and products with a tensor that has one value for each channel.
static LogicalResult importWithChannels(OperatorImport &node, Arithmetic2 op,
                                        size_t large,
                                        const std::vector<size_t> &axes) {
  FailureOr<ONNXRows> rows = node.getRows(large, axes);
  size_t small = 1 - large;
  FailureOr<ONNXRows> channels = node.getRows(small, axes);
  if (failed(rows) || failed(channels))
    return failure();
  if (rows->order != channels->order) {
    rows = node.getRows(large, axes, /*inOrder=*/true);
    channels = node.getRows(small, axes, /*inOrder=*/true);
    if (failed(rows) || failed(channels))
      return failure();
  }
  ArrayRef<int64_t> shape = getShape(rows->value);
  FailureOr<Value> vector = channels->value;
  FailureOr<Value> result = failure();
  if (op == Arithmetic2::Mul) {
    result = node.make().makeMultiply(rows->value, *vector);
  } else {
    FailureOr<Value> image = rows->value;
    int64_t width = shape.back();
    if (shape.size() != 4)
      image = node.reshape(*image,
                           {1, getNumElementsPerSample(shape) / width, width});
    vector = node.reshape(*vector, {1, 1, width});
    if (failed(image) || failed(vector))
      return failure();
    ArrayRef<int64_t> cells = getShape(*image).slice(1, 2);
    vector = node.make("repeated").makeUpSampling2D(*vector, cells);
    if (succeeded(vector) && op == Arithmetic2::Sub)
      vector = node.make("negative").makeRescaling(*vector, {-1.0}, {0.0});
    if (succeeded(vector))
      result = node.make().makeAdd(*image, *vector);
  }
  if (failed(result))
    return failure();
  node.setResult(*result, rows->layout);
  return success();
}

/// The axes of channels, where one tensor has one value for each channel of
/// another: all its other axes have an extent of 1. None if there is a choice
/// of axes that would have to be moved, or if it isn't so.
static std::optional<std::vector<size_t>> findChannelAxes(const Layout &large,
                                                          const Layout &small) {
  if (small.getRank() != large.getRank() || !large.isBatchFirst() ||
      !small.isBatchFirst())
    return std::nullopt;
  std::vector<size_t> found;
  for (size_t axis = 1; axis != large.getRank(); ++axis) {
    Extent extent = small.getExtent(axis);
    if (extent == Extent())
      continue;
    if (extent != large.getExtent(axis))
      return std::nullopt;
    found.push_back(axis);
  }
  if (found.empty() || (found.size() > 1 && !large.isTail(found)))
    return std::nullopt;
  return found;
}

/// Whether all extents of one tensor that are not another's are 1.
static bool canRepeat(const Layout &large, const Layout &small) {
  if (small.getRank() != large.getRank())
    return false;
  for (size_t axis = 0; axis != large.getRank(); ++axis)
    if (small.getExtent(axis) != large.getExtent(axis) &&
        (small.getExtent(axis) != Extent() || large.getExtent(axis).hasBatch))
      return false;
  return true;
}

static LogicalResult importWithTensor(OperatorImport &node, Arithmetic2 op) {
  const ONNXValue &lhs = node.getInput(0), &rhs = node.getInput(1);
  Layout a = lhs.layout, b = rhs.layout;
  bool areEqual = a.getShape() == b.getShape();
  if (lhs.base == rhs.base && areEqual && Layout::refine(a, b) &&
      a.isStoredLike(b)) {
    Expression::Kind kind = op == Arithmetic2::Add ? Expression::Kind::Sum
                            : op == Arithmetic2::Sub
                                ? Expression::Kind::Difference
                            : op == Arithmetic2::Mul ? Expression::Kind::Product
                                                     : Expression::Kind::Other;
    ONNXValue result = lhs;
    result.expression = makeExpression(
        node.index(), node.name(), kind, lhs.expression, rhs.expression,
        [=](double x, double y) { return apply(op, x, y); });
    result.isOnlyUse = false;
    node.setResult(result);
    return success();
  }
  if (op == Arithmetic2::Div) {
    node.error() << "it divides by what the network computes, which has no "
                    "integer form: integers have fixed scales; in place of a "
                    "norm of each sample use BatchNormalization, else "
                    "multiply by a constant, or end the network before with "
                    "--outputs";
    return failure();
  }
  if (!areEqual) {
    for (size_t large : {size_t(0), size_t(1)}) {
      // A difference is taken from the larger tensor.
      if ((op == Arithmetic2::Sub && large == 1) || op == Arithmetic2::Max ||
          op == Arithmetic2::Min)
        continue;
      if (auto axes = findChannelAxes(node.getInput(large).layout,
                                      node.getInput(1 - large).layout))
        return importWithChannels(node, op, large, *axes);
    }
    if (!canRepeat(a, b) && !canRepeat(b, a)) {
      node.error() << "its inputs have the shapes " << toString(a.getShape())
                   << " and " << toString(b.getShape())
                   << "; equal ones are supported, or one whose extents are "
                      "those of the other or 1";
      return failure();
    }
  }
  FailureOr<ONNXArray> first = node.getArray(0), second = node.getArray(1);
  if (failed(first) || failed(second))
    return failure();
  if (!areEqual) {
    bool isFirst = canRepeat(b, a);
    FailureOr<ONNXArray> repeated =
        repeat(node, isFirst ? *first : *second, (isFirst ? b : a).getShape());
    if (failed(repeated))
      return failure();
    (isFirst ? first : second) = repeated;
  }
  FailureOr<Value> other = align(node, *first, *second);
  if (failed(other))
    return failure();
  if (op == Arithmetic2::Sub)
    other = node.make("negative").makeRescaling(*other, {-1.0}, {0.0});
  if (failed(other))
    return failure();
  auto makeResult = [&]() -> FailureOr<Value> {
    switch (op) {
    case Arithmetic2::Mul:
      return node.make().makeMultiply(first->value, *other);
    case Arithmetic2::Max:
      return makeMaximum(node.make(), first->value, *other);
    case Arithmetic2::Min:
      return makeMinimum(node.make(), first->value, *other);
    default:
      return node.make().makeAdd(first->value, *other);
    }
  };
  FailureOr<Value> result = makeResult();
  if (failed(result))
    return failure();
  node.setResult(*result, first->layout);
  return success();
}

/// A constant of several samples that has the same values for each, as one that
/// has them once.
static std::optional<ONNXConstant> shareValues(const OperatorImport &node,
                                               const ONNXConstant &constant,
                                               const Layout &layout) {
  const Shape &shape = constant.getShape();
  if (shape.size() != layout.getRank() || shape[0] == 1 ||
      layout.getExtent(0) != Extent{1, true})
    return std::nullopt;
  std::optional<Numbers> numbers = constant.getPerSample(node.fileBatch());
  if (!numbers)
    return std::nullopt;
  numbers->shape.insert(numbers->shape.begin(), 1);
  return ONNXConstant(*numbers, *numbers);
}

template <Arithmetic2 Op>
static LogicalResult importPair(OperatorImport &node) {
  if (node.getNumInputs() != 2) {
    node.error() << "it has " << int64_t(node.getNumInputs())
                 << " inputs; 2 are supported";
    return failure();
  }
  if (node.isTensor(0) && node.isTensor(1))
    return importWithTensor(node, Op);
  size_t tensor = node.isTensor(0) ? 0 : 1;
  const ONNXConstant *constant = node.getConstant(1 - tensor);
  if (!constant || !node.isTensor(tensor)) {
    node.error() << "an input is missing, or both are constants";
    return failure();
  }
  if (auto shared =
          shareValues(node, *constant, node.getInput(tensor).layout)) {
    std::vector<ONNXValue> pair(2);
    pair[tensor] = node.getInput(tensor);
    pair[1 - tensor] = ONNXValue::makeConstant(std::move(*shared));
    ONNXValue result;
    OperatorImport step(node, "", std::move(pair), result);
    if (failed(importPair<Op>(step)) || step.failed())
      return failure();
    node.setResult(result);
    return success();
  }
  if (constant->dependsOnBatch()) {
    node.error() << "its constant depends on the size of the batch";
    return failure();
  }
  std::optional<double> number = constant->getScalar();
  if (!number ||
      constant->getShape().size() > node.getInput(tensor).layout.getRank())
    return importWithVector(node, Op, tensor);
  ONNXValue result = node.getInput(tensor);
  double value = *number;
  result.expression =
      makeFunction(node.index(), node.name(), result.expression, [=](double x) {
        return tensor == 0 ? apply(Op, x, value) : apply(Op, value, x);
      });
  node.setResult(result);
  return success();
}

LogicalResult importMultiply(OperatorImport &node) {
  return importPair<Arithmetic2::Mul>(node);
}

LogicalResult importAdd(OperatorImport &node) {
  return importPair<Arithmetic2::Add>(node);
}

/// One input or more, two by two; constants last, where they are functions of
/// what the others make.
template <Arithmetic2 Op, bool IsMean = false>
static LogicalResult importList(OperatorImport &node) {
  size_t count = node.getNumInputs();
  if (count == 2 && !IsMean)
    return importPair<Op>(node);
  std::vector<size_t> order;
  for (bool tensors : {true, false})
    for (size_t i = 0; i != count; ++i)
      if (node.isTensor(i) == tensors)
        order.push_back(i);
  if (count == 0)
    return success(node.expectTensor());
  ONNXValue whole = node.getInput(order.front());
  for (size_t i = 1; i != count; ++i) {
    bool isLast = i + 1 == count;
    std::string part = IsMean ? "sum" : "";
    if (!isLast)
      part = "part_" + std::to_string(i - 1);
    ONNXValue result;
    OperatorImport step(node, part, {whole, node.getInput(order[i])}, result);
    if (failed(importPair<Op>(step)) || step.failed())
      return failure();
    whole = result;
  }
  if (IsMean && count != 1)
    whole.expression = makeFunction(
        node.index(), node.name(), whole.expression,
        [divisor = double(count)](double x) { return x / divisor; });
  node.setResult(whole);
  return success();
}

ArrayRef<ONNXOperator> getElementwiseOperators() {
  constexpr StringRef tensors =
      "of tensors of which one may be repeated, and with constants";
  constexpr StringRef list = "of one tensor or more, of which some may be "
                             "repeated, and with constants";
  constexpr StringRef constants = "with constants";
  static const ONNXOperator operators[] = {
      {"Add", importPair<Arithmetic2::Add>, "", tensors},
      {"Div", importPair<Arithmetic2::Div>, "", constants},
      {"Max", importList<Arithmetic2::Max>, "", list},
      {"Mean", importList<Arithmetic2::Add, /*IsMean=*/true>, "", list},
      {"Min", importList<Arithmetic2::Min>, "", list},
      {"Mul", importPair<Arithmetic2::Mul>, "", tensors},
      {"Sub", importPair<Arithmetic2::Sub>, "", tensors},
      {"Sum", importList<Arithmetic2::Add>, "", list},
  };
  return operators;
}

} // namespace qml
