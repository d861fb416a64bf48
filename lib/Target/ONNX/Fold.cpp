//===- Fold.cpp - Operators on constants ----------------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A small evaluator for what exporters compute of shapes, and for what they do
// to weights. Results are no larger than what a network's constants are.
//
//===----------------------------------------------------------------------===//

#include "Fold.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace qml {

const std::vector<Folder::Entry> &Folder::getTable() {
  static const std::vector<Entry> table = {
      {"Abs", &Folder::unary},
      {"Add", &Folder::arithmetic},
      {"And", &Folder::compare},
      {"BatchNormalization", &Folder::batchNorm},
      {"Cast", &Folder::cast},
      {"Ceil", &Folder::unary},
      {"Clip", &Folder::clip},
      {"Concat", &Folder::concat},
      {"ConstantOfShape", &Folder::constantOfShape},
      {"DequantizeLinear", &Folder::dequantize},
      {"Div", &Folder::arithmetic},
      {"Equal", &Folder::compare},
      {"Erf", &Folder::unary},
      {"Exp", &Folder::unary},
      {"Expand", &Folder::expand},
      {"Floor", &Folder::unary},
      {"Gather", &Folder::gather},
      {"GatherND", &Folder::gatherND},
      {"Greater", &Folder::compare},
      {"GreaterOrEqual", &Folder::compare},
      {"Identity", &Folder::unary},
      {"Less", &Folder::compare},
      {"LessOrEqual", &Folder::compare},
      {"Log", &Folder::unary},
      {"MatMul", &Folder::matMul},
      {"Max", &Folder::arithmetic},
      {"Mean", &Folder::mean},
      {"Min", &Folder::arithmetic},
      {"Mod", &Folder::arithmetic},
      {"Mul", &Folder::arithmetic},
      {"Neg", &Folder::unary},
      {"Not", &Folder::unary},
      {"Or", &Folder::compare},
      {"Pow", &Folder::arithmetic},
      {"Range", &Folder::range},
      {"Reciprocal", &Folder::unary},
      {"ReduceL1", &Folder::reduceAll},
      {"ReduceL2", &Folder::reduceAll},
      {"ReduceMax", &Folder::reduceAll},
      {"ReduceMean", &Folder::reduceAll},
      {"ReduceMin", &Folder::reduceAll},
      {"ReduceProd", &Folder::reduceAll},
      {"ReduceSum", &Folder::reduceAll},
      {"ReduceSumSquare", &Folder::reduceAll},
      {"Relu", &Folder::unary},
      {"Reshape", &Folder::reshape},
      {"Sigmoid", &Folder::unary},
      {"Sign", &Folder::unary},
      {"Slice", &Folder::slice},
      {"Softplus", &Folder::unary},
      {"Sqrt", &Folder::unary},
      {"Squeeze", &Folder::squeeze},
      {"Sub", &Folder::arithmetic},
      {"Sum", &Folder::arithmetic},
      {"Tanh", &Folder::unary},
      {"Tile", &Folder::tile},
      {"Transpose", &Folder::transpose},
      {"Trilu", &Folder::triangle},
      {"Unsqueeze", &Folder::unsqueeze},
      {"Where", &Folder::where},
  };
  return table;
}

bool Folder::isKnown(std::string_view op) {
  return std::any_of(getTable().begin(), getTable().end(),
                     [&](const Entry &entry) { return entry.op == op; });
}

Result<Numbers> Folder::fold() {
  if (!has(0) && node.op != "Range")
    return error("it has no input");
  for (const Entry &entry : getTable()) {
    if (entry.op != node.op)
      continue;
    Result<Numbers> result = (this->*entry.handler)();
    if (!result)
      return result;
    if (result->shape.size() > maxRank)
      return error(describeRank(result->shape.size()));
    // What reads them goes by the shape.
    if (checkedNumBytes(ElementType::U8, result->shape) !=
        static_cast<int64_t>(result->values.size()))
      return error("its result of shape " + toString(result->shape) + " has " +
                   std::to_string(result->values.size()) + " elements");
    return result;
  }
  return error("it is not evaluated");
}

std::optional<std::vector<int64_t>> Folder::getIntegers(std::string_view name,
                                                        size_t index) const {
  if (const ONNXAttribute *attribute = node.find(name))
    return attribute->integers;
  if (!has(index))
    return std::nullopt;
  std::vector<int64_t> result;
  for (double value : in(index).values)
    result.push_back(toInteger(value));
  return result;
}

//===----------------------------------------------------------------------===//
// Element by element
//===----------------------------------------------------------------------===//

Result<Shape> Folder::broadcast() const {
  Shape shape;
  for (const std::optional<Numbers> &input : inputs) {
    if (!input)
      return error("an input is left out");
    while (shape.size() < input->shape.size())
      shape.insert(shape.begin(), 1);
    size_t ahead = shape.size() - input->shape.size();
    for (size_t i = 0; i != input->shape.size(); ++i) {
      int64_t extent = input->shape[i], &whole = shape[ahead + i];
      if (whole != extent && whole != 1 && extent != 1)
        return error("shapes don't fit");
      whole = whole == 1 ? extent : whole;
    }
  }
  return shape;
}

Result<Numbers> Folder::repeat(const Numbers &numbers,
                               const Shape &shape) const {
  if (numbers.shape == shape)
    return numbers;
  if (shape.size() > maxRank)
    return error(describeRank(shape.size()));
  int64_t bytes = checkedNumBytes(ElementType::U8, shape);
  auto limit = std::max<int64_t>(maxMade, int64_t(numbers.values.size()) * 16);
  if (!canMake(bytes) || bytes > limit)
    return error(tooLarge);
  Numbers result;
  result.shape = shape;
  result.isInteger = numbers.isInteger;
  size_t ahead = shape.size() - numbers.shape.size();
  Shape at(shape.size(), 0);
  for (int64_t i = 0; i != bytes; ++i) {
    size_t index = 0;
    for (size_t axis = 0; axis != numbers.shape.size(); ++axis)
      index = index * size_t(numbers.shape[axis]) +
              size_t(numbers.shape[axis] == 1 ? 0 : at[ahead + axis]);
    result.values.push_back(numbers.values[index]);
    advance(at, shape);
  }
  return result;
}

Result<Numbers>
Folder::apply(const std::function<double(double, double)> &function,
              bool isInteger) {
  Result<Shape> shape = broadcast();
  if (!shape)
    return shape.takeError();
  Result<Numbers> result = repeat(in(0), *shape);
  for (size_t i = 1; i < inputs.size() && result; ++i) {
    Result<Numbers> next = repeat(in(i), *shape);
    if (!next)
      return next;
    for (size_t j = 0; j != result->values.size(); ++j)
      result->values[j] = function(result->values[j], next->values[j]);
  }
  if (result) {
    result->isInteger = isInteger;
    // As float32 computes it.
    if (!isInteger)
      for (double &value : result->values)
        value = static_cast<float>(value);
  }
  return result;
}

Result<Numbers> Folder::map(const std::function<double(double)> &function) {
  Numbers result = in(0);
  for (double &value : result.values)
    value = function(value);
  return result;
}

Result<Numbers> Folder::arithmetic() {
  std::string_view op = node.op;
  bool isInteger = in(0).isInteger;
  if (isInteger && (op == "Div" || op == "Mod") && has(1))
    for (double value : in(1).values)
      if (value == 0)
        return error("division by zero");
  bool isFloatMod = getInt("fmod", 0) != 0;
  return apply(
      [&](double a, double b) -> double {
        if (op == "Add" || op == "Sum")
          return a + b;
        if (op == "Sub")
          return a - b;
        if (op == "Mul")
          return a * b;
        if (op == "Div")
          return isInteger ? std::trunc(a / b) : a / b;
        if (op == "Mod")
          return isFloatMod ? std::fmod(a, b) : a - b * std::floor(a / b);
        if (op == "Pow")
          return std::pow(a, b);
        return op == "Min" ? std::min(a, b) : std::max(a, b);
      },
      isInteger);
}

Result<Numbers> Folder::mean() {
  Result<Numbers> sum =
      apply([](double a, double b) { return a + b; }, /*isInteger=*/false);
  if (sum)
    for (double &value : sum->values)
      value = static_cast<float>(value / double(inputs.size()));
  return sum;
}

Result<Numbers> Folder::compare() {
  std::string_view op = node.op;
  return apply(
      [&](double a, double b) -> double {
        if (op == "Equal")
          return a == b;
        if (op == "Greater")
          return a > b;
        if (op == "GreaterOrEqual")
          return a >= b;
        if (op == "Less")
          return a < b;
        if (op == "LessOrEqual")
          return a <= b;
        return op == "And" ? a != 0 && b != 0 : a != 0 || b != 0;
      },
      true);
}

Result<Numbers> Folder::unary() {
  std::string_view op = node.op;
  return map([&](double x) -> double {
    if (op == "Abs")
      return std::abs(x);
    if (op == "Ceil")
      return std::ceil(x);
    if (op == "Floor")
      return std::floor(x);
    if (op == "Erf")
      return std::erf(x);
    if (op == "Exp")
      return std::exp(x);
    if (op == "Log")
      return std::log(x);
    if (op == "Neg")
      return -x;
    if (op == "Not")
      return x == 0;
    if (op == "Relu")
      return std::max(x, 0.0);
    if (op == "Sigmoid")
      return 1 / (1 + std::exp(-x));
    if (op == "Sign")
      return (x > 0) - (x < 0);
    if (op == "Softplus")
      return std::log1p(std::exp(x));
    if (op == "Sqrt")
      return std::sqrt(x);
    if (op == "Tanh")
      return std::tanh(x);
    return op == "Reciprocal" ? 1 / x : x;
  });
}

Result<Numbers> Folder::clip() {
  double bounds[2] = {-INFINITY, INFINITY};
  for (size_t i : {0, 1}) {
    if (const ONNXAttribute *attribute = node.find(i == 0 ? "min" : "max"))
      bounds[i] = double(attribute->number);
    if (!has(i + 1))
      continue;
    if (in(i + 1).values.size() != 1)
      return error("its bound is no single number");
    bounds[i] = in(i + 1).values.front();
  }
  return map(
      [&](double x) { return std::min(std::max(x, bounds[0]), bounds[1]); });
}

Result<Numbers> Folder::cast() {
  // Types of TensorProto: float, float16, double, bfloat16; bool.
  int64_t to = getInt("to", 1);
  bool isFloat = to == 1 || to == 10 || to == 11 || to == 16;
  Numbers result = in(0);
  result.isInteger = !isFloat;
  if (!isFloat)
    for (double &value : result.values)
      value = to == 9 ? value != 0 : std::trunc(value);
  return result;
}

Result<Numbers> Folder::where() {
  if (inputs.size() != 3)
    return error("it needs 3 inputs");
  Result<Shape> shape = broadcast();
  if (!shape)
    return shape.takeError();
  Result<Numbers> condition = repeat(in(0), *shape),
                  yes = repeat(in(1), *shape), no = repeat(in(2), *shape);
  if (!condition || !yes || !no)
    return error(tooLarge);
  for (size_t i = 0; i != yes->values.size(); ++i)
    if (condition->values[i] == 0)
      yes->values[i] = no->values[i];
  return yes;
}

Result<Numbers> Folder::dequantize() {
  if (!has(1))
    return error("it has no scale");
  Numbers result = in(0);
  result.isInteger = false;
  size_t count = in(1).values.size();
  if (has(2) && in(2).values.size() != count)
    return error("its zero points don't fit its scales");
  size_t inner = result.values.size();
  if (count != 1) {
    Result<size_t> axis = axisOf(getInt("axis", 1), result.shape.size());
    if (!axis || result.shape[*axis] != int64_t(count))
      return error("its scales don't fit its axis");
    inner = 1;
    for (size_t i = *axis + 1; i < result.shape.size(); ++i)
      inner *= size_t(result.shape[i]);
  }
  for (size_t i = 0; i != result.values.size(); ++i) {
    size_t index = inner == 0 ? 0 : i / inner % count;
    double zero = has(2) ? in(2).values[index] : 0;
    result.values[i] = (result.values[i] - zero) * in(1).values[index];
  }
  return result;
}

/// Of two matrices or vectors, as the norms of spectral normalization.
Result<Numbers> Folder::matMul() {
  if (!has(1))
    return error("it needs 2 inputs");
  Numbers a = in(0), b = in(1);
  bool isRow = a.shape.size() == 1, isColumn = b.shape.size() == 1;
  if (isRow)
    a.shape.insert(a.shape.begin(), 1);
  if (isColumn)
    b.shape.push_back(1);
  if (a.shape.size() != 2 || b.shape.size() != 2 || a.shape[1] != b.shape[0])
    return error("shapes " + toString(in(0).shape) + " and " +
                 toString(in(1).shape) + "; two matrices are supported");
  int64_t rows = a.shape[0], inner = a.shape[1], columns = b.shape[1];
  if (rows * columns > maxElements / std::max<int64_t>(inner, 1))
    return error("they are too large");
  Numbers result;
  result.isInteger = a.isInteger && b.isInteger;
  result.values.assign(size_t(rows * columns), 0.0);
  for (int64_t i = 0; i != rows; ++i)
    for (int64_t k = 0; k != inner; ++k)
      for (int64_t j = 0; j != columns; ++j)
        result.values[size_t(i * columns + j)] +=
            a.values[size_t(i * inner + k)] * b.values[size_t(k * columns + j)];
  if (!isRow)
    result.shape.push_back(rows);
  if (!isColumn)
    result.shape.push_back(columns);
  return result;
}

/// Trilu: the upper or the lower half of matrices.
Result<Numbers> Folder::triangle() {
  Numbers result = in(0);
  size_t rank = result.shape.size();
  if (rank < 2)
    return error("it takes matrices");
  bool isUpper = getInt("upper", 1) != 0;
  double offset = has(1) && !in(1).values.empty() ? in(1).values.front() : 0;
  int64_t rows = result.shape[rank - 2], columns = result.shape[rank - 1];
  for (size_t i = 0; i != result.values.size(); ++i) {
    double column = double(int64_t(i) % columns);
    double from = double(int64_t(i) / columns % rows) + offset;
    if (isUpper ? column < from : column > from)
      result.values[i] = 0;
  }
  return result;
}

/// Kernels that are standardized filter by filter, as NFNets have them: the
/// statistics are theirs, also where the node says that they are the batch's.
Result<Numbers> Folder::batchNorm() {
  Numbers result = in(0);
  if (result.shape.size() < 2)
    return error("its input has no channels");
  auto channels = size_t(result.shape[1]);
  for (size_t i = 1; i != 5; ++i)
    if (!has(i) || in(i).values.size() != channels)
      return error("its statistics don't fit its channels");
  std::vector<double> means = in(3).values, variances = in(4).values;
  size_t count = result.values.size();
  size_t perChannel = channels == 0 ? 0 : count / channels;
  size_t inner = perChannel;
  if (inner != 0)
    inner /= size_t(result.shape[0]);
  auto channelOf = [&](size_t i) { return i / inner % channels; };
  if (getInt("training_mode", 0) != 0) {
    means.assign(channels, 0.0);
    variances.assign(channels, 0.0);
    for (size_t i = 0; i != count; ++i)
      means[channelOf(i)] += result.values[i] / double(perChannel);
    for (size_t i = 0; i != count; ++i) {
      double distance = result.values[i] - means[channelOf(i)];
      variances[channelOf(i)] += distance * distance / double(perChannel);
    }
  }
  const ONNXAttribute *epsilon = node.find("epsilon");
  double least = epsilon ? double(epsilon->number) : 1e-5;
  for (size_t i = 0; i != count; ++i) {
    size_t c = channelOf(i);
    result.values[i] = (result.values[i] - means[c]) /
                           std::sqrt(variances[c] + least) * in(1).values[c] +
                       in(2).values[c];
  }
  return result;
}

bool isFoldedONNXOperator(std::string_view op) {
  return op == "Shape" || op == "Size" || Folder::isKnown(op);
}

std::optional<Result<ONNXConstant>>
foldNode(const ONNXNode &node, const std::vector<const ONNXConstant *> &inputs,
         FoldBudget &budget) {
  if (!Folder::isKnown(node.op))
    return std::nullopt;
  bool varies = false;
  int64_t total = 0;
  bool isSound = true;
  for (const ONNXConstant *input : inputs) {
    if (!input)
      continue;
    varies |= input->dependsOnBatch();
    total += input->size();
    // Extents of an empty tensor can be anything.
    int64_t product = 1;
    for (int64_t extent : input->getShape()) {
      isSound &= extent <= maxElements / product;
      product *= isSound ? std::max<int64_t>(extent, 1) : 1;
    }
    isSound &= input->size() != 0 || product <= maxMade;
  }
  if (total > std::min(maxElements, budget.left) || !isSound)
    return Result<ONNXConstant>(
        Error{std::string(node.op) + " of constants: they are too large"});
  // Most of what is done to weights is nothing.
  bool isFloat = !inputs.empty() && inputs[0] && !inputs[0]->isInteger();
  const ONNXAttribute *to = node.find("to");
  bool isFloatCast = node.op == "Cast" && to &&
                     (to->integer == 1 || to->integer == 10 ||
                      to->integer == 11 || to->integer == 16);
  if (isFloat && (node.op == "Identity" || isFloatCast))
    return Result<ONNXConstant>(*inputs[0]);
  std::optional<Numbers> results[2];
  for (int which = 0; which != (varies ? 2 : 1); ++which) {
    std::vector<std::optional<Numbers>> numbers;
    for (const ONNXConstant *input : inputs)
      numbers.push_back(input ? std::optional(input->getNumbers(which))
                              : std::nullopt);
    Result<Numbers> result =
        Folder(node, std::move(numbers), budget.left).fold();
    if (!result)
      return Result<ONNXConstant>(result.takeError());
    budget.left -= int64_t(result->values.size());
    results[which] = std::move(*result);
  }
  return Result<ONNXConstant>(
      ONNXConstant(*results[0], *results[varies ? 1 : 0]));
}

} // namespace qml
