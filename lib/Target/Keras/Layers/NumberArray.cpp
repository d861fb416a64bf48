//===- NumberArray.cpp - Numbers for the elements of a sample -------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "NumberArray.h"

#include "qml/Dialect/QML/IR/ShapeInference.h"

#include "mlir/IR/TypeUtilities.h"

#include <cmath>

using namespace mlir;
using Json = nlohmann::json;

namespace qml {

NumberArray
NumberArray::map(llvm::function_ref<double(double)> function) const {
  NumberArray result = *this;
  for (double &value : result.values)
    value = function(value);
  return result;
}

NumberArray NumberArray::withoutRepeats() const {
  NumberArray result = *this;
  while (!result.shape.empty()) {
    size_t count = result.values.size() / size_t(result.shape.front());
    for (size_t i = count; i != result.values.size(); ++i)
      if (result.values[i] != result.values[i - count])
        return result;
    result.shape.erase(result.shape.begin());
    result.values.resize(count);
  }
  return result;
}

/// Appends the numbers of nested lists, the extents of which are `shape` from
/// `axis` on.
static bool readLists(const Json &value, const Shape &shape, size_t axis,
                      std::vector<double> &numbers) {
  if (axis == shape.size()) {
    if (!value.is_number() || !std::isfinite(value.get<double>()))
      return false;
    numbers.push_back(value.get<double>());
    return true;
  }
  return value.is_array() && int64_t(value.size()) == shape[axis] &&
         llvm::all_of(value, [&](const Json &part) {
           return readLists(part, shape, axis + 1, numbers);
         });
}

std::optional<NumberArray> parseNumberArray(const Json &json) {
  const Json &value = getConstantValue(json);
  NumberArray array;
  for (const Json *list = &value; list->is_array() && !list->empty();
       list = &list->front())
    array.shape.push_back(int64_t(list->size()));
  if (!readLists(value, array.shape, 0, array.values))
    return std::nullopt;
  return array;
}

/// The extents of an array along the axes of a sample of so many axes; none if
/// it has more, but for axes of one element in front.
static std::optional<Shape> alignShape(const Shape &shape, size_t rank) {
  Shape aligned = shape;
  while (aligned.size() > rank && aligned.front() == 1)
    aligned.erase(aligned.begin());
  if (aligned.size() > rank)
    return std::nullopt;
  aligned.insert(aligned.begin(), rank - aligned.size(), 1);
  return aligned;
}

std::optional<ChannelView> findChannelView(ArrayRef<int64_t> shape,
                                           ArrayRef<NumberArray> arrays) {
  ChannelView view;
  for (const NumberArray &array : arrays) {
    std::optional<Shape> extents = alignShape(array.shape, shape.size());
    if (!extents)
      return std::nullopt;
    for (auto [axis, extent] : llvm::enumerate(*extents)) {
      if (extent == 1)
        continue;
      if (extent != shape[axis])
        return std::nullopt;
      view.axes = std::max(view.axes, shape.size() - axis);
    }
  }
  for (int64_t extent : shape.take_back(view.axes))
    view.channels *= extent;
  return view;
}

std::vector<double> getChannels(const NumberArray &array,
                                ArrayRef<int64_t> shape,
                                const ChannelView &view) {
  Shape extents = *alignShape(array.shape, shape.size());
  std::vector<double> channels = array.values;
  // From the last axis on, what stands after an axis of one element is
  // repeated along it.
  int64_t inner = 1;
  for (size_t back = 1; back <= view.axes; ++back) {
    size_t axis = shape.size() - back;
    if (extents[axis] == 1 && shape[axis] != 1) {
      std::vector<double> repeated;
      repeated.reserve(channels.size() * shape[axis]);
      for (size_t first = 0; first != channels.size(); first += inner)
        for (int64_t i = 0; i != shape[axis]; ++i)
          repeated.insert(repeated.end(), channels.begin() + first,
                          channels.begin() + first + inner);
      channels = std::move(repeated);
    }
    inner *= shape[axis];
  }
  return channels;
}

ImportedLayer makeRescaled(LayerImport &layer, LayerBuilder make, Value value,
                           NumberArray scale, NumberArray offset) {
  // Frames of a volume are samples.
  SmallVector<int64_t> shape = layer.getInputShape();
  shape.erase(shape.begin(), shape.begin() + (layer.getFrames() ? 2 : 1));
  int64_t channels = 1;
  for (const NumberArray *array : {&scale, &offset})
    if (!array->shape.empty())
      channels = std::max(channels, array->shape.back());
  bool isRepeated = shape.back() == 1 && channels != 1;
  if (isRepeated)
    shape.back() = channels;
  std::optional<ChannelView> view = findChannelView(shape, {scale, offset});
  if (!view) {
    const NumberArray &larger =
        scale.values.size() > offset.values.size() ? scale : offset;
    layer.error() << "its numbers have the shape " << toString(larger.shape)
                  << ", its input "
                  << toString(Shape(shape.begin(), shape.end()))
                  << " without the batch; an array must have, from the last "
                     "axis on, the input's extents or 1";
    return failure();
  }
  scale = scale.withoutRepeats();
  offset = offset.withoutRepeats();
  view = findChannelView(shape, {scale, offset});
  std::vector<double> scales = getChannels(scale, shape, *view);
  std::vector<double> offsets = getChannels(offset, shape, *view);
  if (view->axes > 1 || isRepeated) {
    ImportedLayer real = value;
    // Of an input of integers.
    if (!getElementTypeOrSelf(value.getType()).isF32())
      real = make.makePart("real").makeRescaling(value, {1.0}, {0.0});
    if (succeeded(real) && isRepeated)
      real = repeatChannel(make.makePart("repeated"), *real, channels);
    if (failed(real))
      return failure();
    value = *real;
  }
  if (view->axes <= 1)
    return make.makeRescaling(value, scales, offsets);
  SmallVector<int64_t> whole(getShape(value).drop_front());
  FailureOr<Value> cells = make.makePart("cells").makeReshape(
      value, {1, getNumElementsPerSample(getShape(value)) / view->channels,
              view->channels});
  if (succeeded(cells))
    cells = make.makePart("rescaled").makeRescaling(*cells, scales, offsets);
  if (failed(cells))
    return failure();
  return make.makeReshape(*cells, whole);
}

} // namespace qml
