//===- FoldShapes.cpp - Parts and shapes of constants ---------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Fold.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace qml {

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
  if (!canMake(total) ||
      total > std::max<int64_t>(maxMade, int64_t(data.values.size())))
    return error(tooLarge);
  std::vector<int64_t> places;
  for (double number : indices.values) {
    int64_t index = toInteger(number);
    index = index < 0 ? index + count : index;
    if (index < 0 || index >= count)
      return error("an index is out of range");
    places.push_back(index);
  }
  for (int64_t o = 0; total != 0 && o != outer; ++o)
    for (int64_t place : places) {
      auto from = data.values.begin() + (o * count + place) * inner;
      result.values.insert(result.values.end(), from, from + inner);
    }
  return result;
}

Result<Numbers> Folder::gatherND() {
  if (!has(1) || getInt("batch_dims", 0) != 0)
    return error("it has no indices, or batch_dims, which are not evaluated");
  const Numbers &data = in(0), &indices = in(1);
  size_t rank = data.shape.size();
  int64_t depth = indices.shape.empty() ? 0 : indices.shape.back();
  if (depth < 1 || depth > int64_t(rank))
    return error("its indices name " + std::to_string(depth) + " axes of " +
                 std::to_string(rank));
  Numbers result;
  result.isInteger = data.isInteger;
  result.shape.assign(indices.shape.begin(), indices.shape.end() - 1);
  int64_t inner = 1;
  for (size_t i = size_t(depth); i != rank; ++i) {
    result.shape.push_back(data.shape[i]);
    inner *= data.shape[i];
  }
  int64_t total = checkedNumBytes(ElementType::U8, result.shape);
  if (!canMake(total) ||
      total > std::max<int64_t>(maxMade, int64_t(data.values.size())))
    return error(tooLarge);
  for (size_t i = 0; total != 0 && i != indices.values.size();
       i += size_t(depth)) {
    int64_t place = 0;
    for (size_t axis = 0; axis != size_t(depth); ++axis) {
      int64_t index = toInteger(indices.values[i + axis]),
              count = data.shape[axis];
      index = index < 0 ? index + count : index;
      if (index < 0 || index >= count)
        return error("an index is out of range");
      place = place * count + index;
    }
    auto from = data.values.begin() + place * inner;
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
  if (!canMake(checkedNumBytes(ElementType::U8, result.shape)))
    return error(tooLarge);
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
  if (!(count < double(maxMade)) || !canMake(int64_t(std::max(count, 0.0))))
    return error(tooLarge);
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
    Result<ONNXConstant> constant =
        ONNXConstant::read(attribute->tensor.front());
    if (!constant || constant->size() != 1)
      return error("its value is no single number");
    value = constant->getNumbers();
  }
  value.shape.clear();
  Shape shape;
  for (double extent : in(0).values)
    shape.push_back(toInteger(extent));
  return repeat(value, shape);
}

Result<Numbers> Folder::expand() {
  if (!has(1))
    return error("it has no shape");
  std::optional<std::vector<int64_t>> target = getIntegers("", 1);
  Shape shape(target->begin(), target->end());
  if (shape.size() > maxRank)
    return error(describeRank(shape.size()));
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
  if (!in(1).isInteger)
    return error("its repeats are no integers");
  Numbers result = in(0);
  for (size_t axis = result.shape.size(); axis-- != 0;) {
    double repeats = in(1).values[axis];
    if (!(repeats >= 0 && repeats <= maxMade &&
          repeats * double(result.values.size()) <= maxMade) ||
        !canMake(int64_t(repeats) * int64_t(result.values.size())))
      return error(tooLarge);
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
  if (node.op == "ReduceMean") {
    Result<Numbers> result =
        reduce(0, [](double a, double b) { return a + b; });
    if (result)
      for (double &value : result->values)
        value = static_cast<float>(value * double(result->values.size()) /
                                   double(in(0).values.size()));
    return result;
  }
  if (node.op == "ReduceL1")
    return reduce(0, [](double a, double b) { return a + std::fabs(b); });
  if (node.op == "ReduceSumSquare" || node.op == "ReduceL2") {
    Result<Numbers> result =
        reduce(0, [](double a, double b) { return a + b * b; });
    if (result && node.op == "ReduceL2")
      for (double &value : result->values)
        value = std::sqrt(value);
    return result;
  }
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
    return error("its shape " +
                 (shape.size() > maxRank
                      ? "of " + std::to_string(shape.size()) + " axes"
                      : toString(shape)) +
                 " doesn't fit " + std::to_string(total) + " elements");
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
  if (rank > maxRank)
    return error(describeRank(rank));
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

ONNXConstant foldShape(const ONNXNode &node, const std::vector<Extent> &shape) {
  if (node.op == "Size") {
    Extent size;
    for (const Extent &extent : shape) {
      size.factor *= extent.factor;
      size.hasBatch |= extent.hasBatch;
    }
    return makeShape({size}).withShape({});
  }
  auto bound = [&](const char *name, int64_t byDefault) {
    const ONNXAttribute *attribute = node.find(name);
    auto rank = int64_t(shape.size());
    int64_t at = attribute ? attribute->integer : byDefault;
    return std::clamp<int64_t>(at < 0 ? at + rank : at, 0, rank);
  };
  int64_t start = bound("start", 0), end = bound("end", INT64_MAX);
  return makeShape(
      {shape.begin() + start, shape.begin() + std::max(start, end)});
}

} // namespace qml
