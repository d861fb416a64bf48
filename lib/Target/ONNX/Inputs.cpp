//===- Inputs.cpp - The inputs of an ONNX model ---------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ONNXImporter.h"
#include "qml/Support/InputShapes.h"
#include "qml/Support/Quote.h"

#include <numeric>

using namespace mlir;

namespace qml {

/// The type of an input's elements; null if it can't be one.
static Type getInputType(int32_t type, Builder &builder) {
  std::string name = nameOfONNXType(type);
  if (name == "float" || name == "float16" || name == "double" ||
      name == "bfloat16")
    return builder.getF32Type();
  if (name == "uint8")
    return builder.getIntegerType(8, /*isSigned=*/false);
  if (name == "int8")
    return builder.getI8Type();
  if (name == "int16")
    return builder.getI16Type();
  return {};
}

/// "(?, 3, ?, ?)".
static std::string showShape(ArrayRef<std::optional<int64_t>> shape) {
  std::string text;
  for (const std::optional<int64_t> &extent : shape)
    text += (text.empty() ? "(" : ", ") +
            (extent ? std::to_string(*extent) : std::string("?"));
  return text + ")";
}

std::optional<std::vector<std::optional<int64_t>>>
ONNXImporter::findInputShape(const std::string &name,
                             const ONNXValueInfo *info) {
  std::vector<std::optional<int64_t>> shape;
  if (info && info->hasShape)
    shape = info->shape;
  const Shape *given = qml::findInputShape(options.inputShapes, inputs, name);
  if (!given) {
    if (info && info->hasShape)
      return shape;
    emitError(getLocation(name))
        << "the model's input " << quote(name)
        << " has no shape in the file; give it by --input-shape";
    return std::nullopt;
  }
  std::vector<std::optional<int64_t>> whole = {shape.empty() ? std::nullopt
                                                             : shape.front()};
  whole.insert(whole.end(), given->begin(), given->end());
  if (shape.empty())
    return whole;
  bool fits = whole.size() == shape.size();
  for (size_t axis = 1; axis < shape.size() && fits; ++axis) {
    // Some write -1 for what they leave open.
    bool isOpen = !shape[axis] || *shape[axis] < 1;
    fits = isOpen || *shape[axis] == *whole[axis];
  }
  if (fits)
    return whole;
  emitError(getLocation(name))
      << "the model's input " << quote(name) << " has the shape "
      << showShape(shape) << " in the file; --input-shape says "
      << showShape(whole)
      << " with the batch, but may only set what the file leaves open";
  return std::nullopt;
}

bool ONNXImporter::addInputs(SmallVectorImpl<Type> &types) {
  bool valid = true;
  if (Status status = checkInputShapes(options.inputShapes, inputs, "network");
      !status) {
    emitError(FileLineColLoc::get(builder.getContext(), path, 0, 0))
        << status.message();
    return false;
  }
  std::vector<std::string> used;
  std::vector<std::optional<int64_t>> batches;
  for (const std::string &name : inputs) {
    Location loc = getLocation(name);
    if (!consumers.count(name)) {
      if (options.inputs.empty())
        continue;
      emitError(loc) << "nothing that leads to the outputs takes the input "
                     << quote(name) << "; leave it out of --inputs";
      valid = false;
      continue;
    }
    used.push_back(name);
    auto known = infos.find(name);
    const ONNXValueInfo *info = known == infos.end() ? nullptr : known->second;
    auto refuse = [&](const Twine &why) {
      emitError(loc) << "the model's input " << quote(name) << " " << why;
      valid = false;
    };
    if (info && info->shape.size() > maxRank) {
      refuse("has " + Twine(info->shape.size()) + " axes in the file; up to " +
             Twine(maxRank) + " are supported");
      continue;
    }
    std::optional<std::vector<std::optional<int64_t>>> extents =
        findInputShape(name, info);
    if (!extents) {
      valid = false;
      continue;
    }
    // What lies within a network is of floats.
    Type element =
        info ? getInputType(info->type, builder) : Type(builder.getF32Type());
    if (!element) {
      refuse("is of type " + nameOfONNXType(info->type) +
             "; supported are float, float16, bfloat16, double, uint8, int8 "
             "and int16");
      continue;
    }
    batches.push_back(extents->empty() || extents->front().value_or(0) < 1
                          ? std::nullopt
                          : extents->front());
    std::vector<Extent> shape;
    for (const std::optional<int64_t> &extent : *extents)
      shape.push_back({extent.value_or(0), false});
    if (shape.size() < 2 ||
        llvm::any_of(ArrayRef(shape).drop_front(), [](const Extent &extent) {
          return extent.factor < 1 || extent.factor > (int64_t(1) << 31);
        })) {
      refuse("has the shape " + showShape(*extents) +
             "; the batch and one axis or more are needed, all but the batch "
             "of a fixed size: say which by --input-shape");
      continue;
    }
    double elements = 1;
    for (const Extent &extent : ArrayRef(shape).drop_front())
      elements *= double(extent.factor);
    if (elements > 1e12) {
      refuse("has more than 10^12 elements");
      continue;
    }
    shape[0] = {1, true};
    std::vector<size_t> order(shape.size());
    std::iota(order.begin(), order.end(), 0);
    bool isImage = shape.size() >= 3 && shape.size() <= 5;
    // Where the file leaves it open, samples are as the caller says.
    InputLayout inFile = findLayout(name, shape.back().factor == 1),
                ofSamples = options.inputLayout;
    if (inFile == InputLayout::FromFile)
      inFile = ofSamples == InputLayout::FromFile ? InputLayout::ChannelsFirst
                                                  : ofSamples;
    if (ofSamples == InputLayout::FromFile)
      ofSamples = inFile;
    if (isImage && inFile == InputLayout::ChannelsFirst)
      std::rotate(order.begin() + 1, order.begin() + 2, order.end());
    SmallVector<int64_t> stored;
    for (size_t axis : order)
      stored.push_back(axis == 0 ? ShapedType::kDynamic : shape[axis].factor);
    types.push_back(RankedTensorType::get(stored, element));
    // One channel is last wherever it is, if the others are no different then.
    if (isImage && ofSamples == InputLayout::ChannelsFirst &&
        (stored.back() != 1 || stored[stored.size() - 2] != 1))
      channelsFirst.insert(name);
    // Names live as long as the model.
    auto taken = consumers.find(name);
    ONNXValue &value = values[info ? info->name : taken->first];
    value = ONNXValue::makeTensor(nullptr, Layout(shape, order));
    value.isInteger = element.isInteger();
  }
  inputs = used;
  if (!batches.empty() && llvm::all_equal(batches))
    fileBatch = batches.front();
  if (valid && inputs.empty()) {
    emitError(FileLineColLoc::get(builder.getContext(), path, 0, 0))
        << "the model's outputs depend on none of its inputs";
    return false;
  }
  return valid;
}

} // namespace qml
