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

#include "Constants.h"
#include "qml/Support/Quote.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

namespace qml {

namespace {
/// Most elements of what is made from nothing, and of what comes from weights.
constexpr int64_t maxMade = 1 << 20, maxElements = int64_t(1) << 28;

/// Evaluates one node for one size of the batch.
class Folder {
public:
  Folder(const ONNXNode &node, std::vector<std::optional<Numbers>> inputs)
      : node(node), inputs(std::move(inputs)) {}

  /// Whether the operator is evaluated.
  static bool isKnown(std::string_view op);
  Result<Numbers> fold();

private:
  using Handler = Result<Numbers> (Folder::*)();
  struct Entry {
    std::string_view op;
    Handler handler;
  };
  static const std::vector<Entry> &getTable();

  bool has(size_t index) const {
    return index < inputs.size() && inputs[index].has_value();
  }
  const Numbers &in(size_t index = 0) const { return *inputs[index]; }
  int64_t getInt(std::string_view name, int64_t byDefault) const {
    const ONNXAttribute *attribute = node.find(name);
    return attribute ? attribute->integer : byDefault;
  }
  /// Integers of an attribute, or of an input where that is newer.
  std::optional<std::vector<int64_t>> getIntegers(std::string_view name,
                                                  size_t index) const;
  Error error(const std::string &what) const {
    return Error{std::string(node.op) + " of constants: " + what};
  }
  Result<size_t> axisOf(int64_t axis, size_t rank) const {
    auto count = static_cast<int64_t>(rank);
    if (axis < -count || axis >= count)
      return error("axis " + std::to_string(axis) + " of " +
                   std::to_string(rank));
    return static_cast<size_t>(axis < 0 ? axis + count : axis);
  }
  /// The shape to which all inputs are repeated.
  Result<Shape> broadcast() const;
  Result<Numbers> repeat(const Numbers &numbers, const Shape &shape) const;
  Result<Numbers> apply(const std::function<double(double, double)> &function,
                        bool isInteger);
  Result<Numbers> map(const std::function<double(double)> &function);
  Result<Numbers> reduce(double first,
                         const std::function<double(double, double)> &function);

  Result<Numbers> cast();
  Result<Numbers> arithmetic();
  Result<Numbers> compare();
  Result<Numbers> unary();
  Result<Numbers> where();
  Result<Numbers> gather();
  Result<Numbers> concat();
  Result<Numbers> slice();
  Result<Numbers> transpose();
  Result<Numbers> range();
  Result<Numbers> constantOfShape();
  Result<Numbers> expand();
  Result<Numbers> tile();
  Result<Numbers> reduceAll();
  Result<Numbers> reshape();
  Result<Numbers> squeeze();
  Result<Numbers> unsqueeze();
  Result<Numbers> dequantize();

  const ONNXNode &node;
  std::vector<std::optional<Numbers>> inputs;
};
} // namespace

const std::vector<Folder::Entry> &Folder::getTable() {
  static const std::vector<Entry> table = {
      {"Abs", &Folder::unary},
      {"Add", &Folder::arithmetic},
      {"And", &Folder::compare},
      {"Cast", &Folder::cast},
      {"Ceil", &Folder::unary},
      {"Concat", &Folder::concat},
      {"ConstantOfShape", &Folder::constantOfShape},
      {"DequantizeLinear", &Folder::dequantize},
      {"Div", &Folder::arithmetic},
      {"Equal", &Folder::compare},
      {"Exp", &Folder::unary},
      {"Expand", &Folder::expand},
      {"Floor", &Folder::unary},
      {"Gather", &Folder::gather},
      {"Greater", &Folder::compare},
      {"GreaterOrEqual", &Folder::compare},
      {"Identity", &Folder::unary},
      {"Less", &Folder::compare},
      {"LessOrEqual", &Folder::compare},
      {"Log", &Folder::unary},
      {"Max", &Folder::arithmetic},
      {"Min", &Folder::arithmetic},
      {"Mod", &Folder::arithmetic},
      {"Mul", &Folder::arithmetic},
      {"Neg", &Folder::unary},
      {"Not", &Folder::unary},
      {"Or", &Folder::compare},
      {"Pow", &Folder::arithmetic},
      {"Range", &Folder::range},
      {"Reciprocal", &Folder::unary},
      {"ReduceMax", &Folder::reduceAll},
      {"ReduceMin", &Folder::reduceAll},
      {"ReduceProd", &Folder::reduceAll},
      {"ReduceSum", &Folder::reduceAll},
      {"Reshape", &Folder::reshape},
      {"Slice", &Folder::slice},
      {"Sqrt", &Folder::unary},
      {"Squeeze", &Folder::squeeze},
      {"Sub", &Folder::arithmetic},
      {"Tile", &Folder::tile},
      {"Transpose", &Folder::transpose},
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
  for (const Entry &entry : getTable())
    if (entry.op == node.op)
      return (this->*entry.handler)();
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
    result.push_back(value >= 9e18    ? INT64_MAX
                     : value <= -9e18 ? INT64_MIN
                                      : static_cast<int64_t>(value));
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

/// The next position in an array of `shape`, the last axis first.
static void advance(Shape &at, const Shape &shape) {
  for (size_t axis = shape.size(); axis != 0; --axis) {
    ++at[axis - 1];
    if (at[axis - 1] != shape[axis - 1])
      return;
    at[axis - 1] = 0;
  }
}

Result<Numbers> Folder::repeat(const Numbers &numbers,
                               const Shape &shape) const {
  if (numbers.shape == shape)
    return numbers;
  int64_t bytes = checkedNumBytes(ElementType::U8, shape);
  auto limit = std::max<int64_t>(maxMade, int64_t(numbers.values.size()) * 16);
  if (bytes < 0 || bytes > limit)
    return error("its result would be too large");
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
        if (op == "Add")
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
    if (op == "Exp")
      return std::exp(x);
    if (op == "Log")
      return std::log(x);
    if (op == "Neg")
      return -x;
    if (op == "Not")
      return x == 0;
    if (op == "Sqrt")
      return std::sqrt(x);
    return op == "Reciprocal" ? 1 / x : x;
  });
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
    return error("its result would be too large");
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

//===----------------------------------------------------------------------===//
// Shapes
//===----------------------------------------------------------------------===//

Result<Numbers> Folder::gather() {
  if (!has(1))
    return error("it has no indices");
  const Numbers &data = in(0), &indices = in(1);
  Result<size_t> axis = axisOf(getInt("axis", 0), data.shape.size());
  if (!axis)
    return axis.takeError();
  Numbers result;
  result.isInteger = data.isInteger;
  result.shape.assign(data.shape.begin(),
                      data.shape.begin() + ptrdiff_t(*axis));
  result.shape.insert(result.shape.end(), indices.shape.begin(),
                      indices.shape.end());
  result.shape.insert(result.shape.end(),
                      data.shape.begin() + ptrdiff_t(*axis) + 1,
                      data.shape.end());
  int64_t count = data.shape[*axis], outer = 1, inner = 1;
  for (size_t i = 0; i != *axis; ++i)
    outer *= data.shape[i];
  for (size_t i = *axis + 1; i < data.shape.size(); ++i)
    inner *= data.shape[i];
  int64_t total = checkedNumBytes(ElementType::U8, result.shape);
  if (total < 0 || total > std::max<int64_t>(maxMade, data.values.size()))
    return error("its result would be too large");
  for (int64_t o = 0; o != outer; ++o)
    for (double number : indices.values) {
      auto index = static_cast<int64_t>(std::clamp(number, -9e18, 9e18));
      index = index < 0 ? index + count : index;
      if (index < 0 || index >= count)
        return error("an index is out of range");
      auto from = data.values.begin() + (o * count + index) * inner;
      result.values.insert(result.values.end(), from, from + inner);
    }
  return result;
}

Result<Numbers> Folder::concat() {
  for (size_t i = 0; i != inputs.size(); ++i)
    if (!has(i) || in(i).shape.size() != in(0).shape.size())
      return error("shapes don't fit");
  Result<size_t> axis = axisOf(getInt("axis", 0), in(0).shape.size());
  if (!axis)
    return axis.takeError();
  Numbers result;
  result.isInteger = in(0).isInteger;
  result.shape = in(0).shape;
  int64_t outer = 1;
  for (size_t i = 0; i != *axis; ++i)
    outer *= result.shape[i];
  for (size_t i = 1; i != inputs.size(); ++i) {
    Shape expected = in(i).shape;
    expected[*axis] = result.shape[*axis];
    if (expected != result.shape)
      return error("shapes don't fit");
    result.shape[*axis] += in(i).shape[*axis];
  }
  for (int64_t o = 0; o != outer; ++o)
    for (const std::optional<Numbers> &input : inputs) {
      auto each = int64_t(input->values.size()) / outer;
      auto from = input->values.begin() + o * each;
      result.values.insert(result.values.end(), from, from + each);
    }
  return result;
}

Result<Numbers> Folder::slice() {
  const Numbers &data = in(0);
  std::vector<int64_t> none;
  std::vector<int64_t> starts = getIntegers("starts", 1).value_or(none);
  std::vector<int64_t> ends = getIntegers("ends", 2).value_or(none);
  std::vector<int64_t> axes = getIntegers("axes", 3).value_or(none);
  std::vector<int64_t> steps = getIntegers("steps", 4).value_or(none);
  if (axes.empty())
    for (size_t i = 0; i != starts.size(); ++i)
      axes.push_back(int64_t(i));
  if (steps.empty())
    steps.assign(starts.size(), 1);
  if (starts.size() != ends.size() || axes.size() != starts.size() ||
      steps.size() != starts.size())
    return error("its inputs don't fit");
  std::vector<std::vector<int64_t>> picks;
  for (int64_t extent : data.shape) {
    picks.emplace_back(size_t(extent));
    std::iota(picks.back().begin(), picks.back().end(), 0);
  }
  for (size_t i = 0; i != starts.size(); ++i) {
    Result<size_t> axis = axisOf(axes[i], data.shape.size());
    if (!axis || steps[i] == 0)
      return error("its inputs don't fit");
    int64_t extent = data.shape[*axis], step = steps[i];
    auto bound = [&](int64_t at) {
      at = at < 0 ? at + extent : at;
      return step > 0 ? std::clamp<int64_t>(at, 0, extent)
                      : std::clamp<int64_t>(at, -1, extent - 1);
    };
    picks[*axis].clear();
    int64_t end = bound(ends[i]);
    for (int64_t at = bound(starts[i]); step > 0 ? at < end : at > end;) {
      picks[*axis].push_back(at);
      if (step > extent || step < -extent)
        break;
      at += step;
    }
  }
  Numbers result;
  result.isInteger = data.isInteger;
  size_t total = 1;
  for (const std::vector<int64_t> &pick : picks) {
    result.shape.push_back(int64_t(pick.size()));
    total *= pick.size();
  }
  Shape at(picks.size(), 0);
  for (size_t i = 0; i != total; ++i) {
    size_t index = 0;
    for (size_t axis = 0; axis != picks.size(); ++axis)
      index = index * size_t(data.shape[axis]) +
              size_t(picks[axis][size_t(at[axis])]);
    result.values.push_back(data.values[index]);
    advance(at, result.shape);
  }
  return result;
}

Result<Numbers> Folder::transpose() {
  const Numbers &data = in(0);
  size_t rank = data.shape.size();
  std::vector<int64_t> axes;
  if (const ONNXAttribute *perm = node.find("perm"))
    axes = perm->integers;
  else
    for (size_t i = rank; i-- != 0;)
      axes.push_back(int64_t(i));
  std::vector<int64_t> sorted = axes;
  std::sort(sorted.begin(), sorted.end());
  for (size_t i = 0; i != sorted.size(); ++i)
    if (sorted[i] != int64_t(i))
      return error("its perm is no permutation");
  if (axes.size() != rank)
    return error("its perm doesn't fit");
  std::vector<size_t> steps(rank, 1), moved;
  for (size_t i = rank; i-- > 1;)
    steps[i - 1] = steps[i] * size_t(data.shape[i]);
  Numbers result;
  result.isInteger = data.isInteger;
  for (int64_t axis : axes) {
    result.shape.push_back(data.shape[size_t(axis)]);
    moved.push_back(steps[size_t(axis)]);
  }
  result.values.reserve(data.values.size());
  Shape at(rank, 0);
  for (size_t i = 0; i != data.values.size(); ++i) {
    size_t index = 0;
    for (size_t axis = 0; axis != rank; ++axis)
      index += size_t(at[axis]) * moved[axis];
    result.values.push_back(data.values[index]);
    advance(at, result.shape);
  }
  return result;
}

Result<Numbers> Folder::range() {
  if (inputs.size() != 3 || !has(0) || !has(1) || !has(2) ||
      in(0).values.size() != 1 || in(1).values.size() != 1 ||
      in(2).values.size() != 1)
    return error("it needs 3 numbers");
  double start = in(0).values[0], step = in(2).values[0];
  double count = std::ceil((in(1).values[0] - start) / step);
  if (!(count < double(maxMade)))
    return error("its result would be too large");
  Numbers result;
  result.isInteger = in(0).isInteger;
  for (int64_t i = 0; double(i) < count; ++i)
    result.values.push_back(start + double(i) * step);
  result.shape = {int64_t(result.values.size())};
  return result;
}

Result<Numbers> Folder::constantOfShape() {
  Numbers value;
  value.values = {0};
  const ONNXAttribute *attribute = node.find("value");
  if (attribute && !attribute->tensor.empty()) {
    Result<Constant> constant = Constant::read(attribute->tensor.front());
    if (!constant || constant->size() != 1)
      return error("its value is no single number");
    value = constant->getNumbers();
  }
  value.shape.clear();
  Shape shape;
  for (double extent : in(0).values)
    shape.push_back(static_cast<int64_t>(extent));
  return repeat(value, shape);
}

Result<Numbers> Folder::expand() {
  if (!has(1))
    return error("it has no shape");
  std::optional<std::vector<int64_t>> target = getIntegers("", 1);
  Shape shape(target->begin(), target->end());
  while (shape.size() < in(0).shape.size())
    shape.insert(shape.begin(), 1);
  size_t ahead = shape.size() - in(0).shape.size();
  for (size_t i = 0; i != in(0).shape.size(); ++i) {
    int64_t extent = in(0).shape[i];
    if (shape[ahead + i] == 1)
      shape[ahead + i] = extent;
    if (extent != 1 && extent != shape[ahead + i])
      return error("its shape doesn't fit");
  }
  return repeat(in(0), shape);
}

Result<Numbers> Folder::tile() {
  if (!has(1) || in(1).values.size() != in(0).shape.size())
    return error("its repeats don't fit");
  Numbers result = in(0);
  for (size_t axis = result.shape.size(); axis-- != 0;) {
    double repeats = in(1).values[axis];
    if (!(repeats >= 0 && repeats * double(result.values.size()) <= maxMade))
      return error("its result would be too large");
    size_t each = 1;
    for (size_t i = axis; i < result.shape.size(); ++i)
      each *= size_t(result.shape[i]);
    std::vector<double> values;
    for (size_t start = 0; each && start != result.values.size(); start += each)
      for (int64_t i = 0; double(i) < repeats; ++i)
        values.insert(values.end(), result.values.begin() + ptrdiff_t(start),
                      result.values.begin() + ptrdiff_t(start + each));
    result.values = std::move(values);
    result.shape[axis] *= int64_t(repeats);
  }
  return result;
}

Result<Numbers>
Folder::reduce(double first,
               const std::function<double(double, double)> &function) {
  const Numbers &data = in(0);
  std::vector<bool> isReduced(data.shape.size(), false);
  std::optional<std::vector<int64_t>> axes = getIntegers("axes", 1);
  if ((!axes || axes->empty()) && getInt("noop_with_empty_axes", 0) == 0)
    isReduced.assign(data.shape.size(), true);
  for (int64_t axis : axes.value_or(std::vector<int64_t>())) {
    Result<size_t> index = axisOf(axis, data.shape.size());
    if (!index)
      return index.takeError();
    isReduced[*index] = true;
  }
  Shape kept = data.shape;
  for (size_t i = 0; i != kept.size(); ++i)
    kept[i] = isReduced[i] ? 1 : kept[i];
  Numbers result;
  result.isInteger = data.isInteger;
  result.values.assign(size_t(numElements(kept)), first);
  Shape at(data.shape.size(), 0);
  for (double value : data.values) {
    size_t index = 0;
    for (size_t axis = 0; axis != at.size(); ++axis)
      index =
          index * size_t(kept[axis]) + size_t(isReduced[axis] ? 0 : at[axis]);
    result.values[index] = function(result.values[index], value);
    advance(at, data.shape);
  }
  bool keep = getInt("keepdims", 1) != 0;
  for (size_t i = 0; i != kept.size(); ++i)
    if (keep || !isReduced[i])
      result.shape.push_back(kept[i]);
  return result;
}

Result<Numbers> Folder::reduceAll() {
  if (in(0).values.empty())
    return error("its input is empty");
  if (node.op == "ReduceSum")
    return reduce(0, [](double a, double b) { return a + b; });
  if (node.op == "ReduceProd")
    return reduce(1, [](double a, double b) { return a * b; });
  if (node.op == "ReduceMax")
    return reduce(-INFINITY, [](double a, double b) { return std::max(a, b); });
  return reduce(INFINITY, [](double a, double b) { return std::min(a, b); });
}

Result<Numbers> Folder::reshape() {
  std::optional<std::vector<int64_t>> target = getIntegers("", 1);
  if (!target)
    return error("it has no shape");
  Numbers result = in(0);
  Shape shape(target->begin(), target->end());
  auto total = int64_t(result.values.size());
  int64_t known = 1;
  std::optional<size_t> open;
  bool keepsZeros = getInt("allowzero", 0) != 0;
  for (size_t i = 0; i != shape.size(); ++i) {
    if (shape[i] == 0 && !keepsZeros && i < result.shape.size())
      shape[i] = result.shape[i];
    if (shape[i] == -1 && !open) {
      open = i;
      continue;
    }
    if (shape[i] < 0 || (shape[i] != 0 && known > maxElements / shape[i]))
      return error("its shape doesn't fit");
    known *= shape[i];
  }
  if (open)
    shape[*open] = known == 0 ? 0 : total / known;
  if (checkedNumBytes(ElementType::U8, shape) != total)
    return error("its shape " + toString(shape) + " doesn't fit " +
                 std::to_string(total) + " elements");
  result.shape = shape;
  return result;
}

Result<Numbers> Folder::squeeze() {
  Numbers result = in(0);
  std::optional<std::vector<int64_t>> axes = getIntegers("axes", 1);
  std::vector<bool> leaves(result.shape.size(), false);
  for (size_t i = 0; i != leaves.size() && !axes; ++i)
    leaves[i] = result.shape[i] == 1;
  for (int64_t axis : axes.value_or(std::vector<int64_t>())) {
    Result<size_t> index = axisOf(axis, result.shape.size());
    if (!index || result.shape[*index] != 1)
      return error("its axes don't fit");
    leaves[*index] = true;
  }
  Shape shape;
  for (size_t i = 0; i != leaves.size(); ++i)
    if (!leaves[i])
      shape.push_back(result.shape[i]);
  result.shape = shape;
  return result;
}

Result<Numbers> Folder::unsqueeze() {
  Numbers result = in(0);
  std::optional<std::vector<int64_t>> axes = getIntegers("axes", 1);
  if (!axes)
    return error("it has no axes");
  size_t rank = result.shape.size() + axes->size();
  std::vector<bool> isNew(rank, false);
  for (int64_t axis : *axes) {
    Result<size_t> index = axisOf(axis, rank);
    if (!index || isNew[*index])
      return error("its axes don't fit");
    isNew[*index] = true;
  }
  Shape shape;
  size_t next = 0;
  for (size_t i = 0; i != rank; ++i)
    shape.push_back(isNew[i] ? 1 : result.shape[next++]);
  result.shape = shape;
  return result;
}

bool isFoldedONNXOperator(std::string_view op) {
  return op == "Shape" || op == "Size" || Folder::isKnown(op);
}

std::optional<Result<Constant>>
foldNode(const ONNXNode &node, const std::vector<const Constant *> &inputs) {
  if (!Folder::isKnown(node.op))
    return std::nullopt;
  bool varies = false;
  int64_t total = 0;
  bool isSound = true;
  for (const Constant *input : inputs) {
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
  }
  if (total > maxElements || !isSound)
    return Result<Constant>(
        Error{std::string(node.op) + " of constants: they are too large"});
  // Most of what is done to weights is nothing.
  bool isFloat = !inputs.empty() && inputs[0] && !inputs[0]->isInteger();
  const ONNXAttribute *to = node.find("to");
  bool isFloatCast = node.op == "Cast" && to &&
                     (to->integer == 1 || to->integer == 10 ||
                      to->integer == 11 || to->integer == 16);
  if (isFloat && (node.op == "Identity" || isFloatCast))
    return Result<Constant>(*inputs[0]);
  std::optional<Numbers> results[2];
  for (int which = 0; which != (varies ? 2 : 1); ++which) {
    std::vector<std::optional<Numbers>> numbers;
    for (const Constant *input : inputs)
      numbers.push_back(input ? std::optional(input->getNumbers(which))
                              : std::nullopt);
    Result<Numbers> result = Folder(node, std::move(numbers)).fold();
    if (!result)
      return Result<Constant>(result.takeError());
    results[which] = std::move(*result);
  }
  if (!varies)
    results[1] = results[0];
  return Result<Constant>(Constant(*results[0], *results[1]));
}

} // namespace qml
