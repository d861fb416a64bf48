//===- AdaptivePools.cpp - Means of uneven windows ------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// torch.onnx writes an AdaptiveAvgPool2d whose windows don't divide the image
// as one operator for each step of its definition: cells are gathered, masked,
// added one by one and divided by how many they are. These are linear, and of
// images. What they make of an image of arbitrary numbers tells what they are,
// in whatever order they are written.
//
//===----------------------------------------------------------------------===//

#include "../Import/Resize.h"
#include "ONNXImporter.h"
#include "OperatorImport.h"
#include "qml/Dialect/QML/IR/ShapeInference.h"

#include "llvm/ADT/StringSwitch.h"

#include <cmath>
#include <deque>

using namespace mlir;

namespace qml {

/// Of the image of arbitrary numbers: operators that are linear don't ask for
/// more channels.
static constexpr int64_t probeChannels = 2;

/// Most nodes of a pool, and most cells of its image.
static constexpr size_t maxNodes = 1 << 10;
static constexpr int64_t maxCells = 1 << 16;

/// Numbers without a pattern, as floats.
static double probe(int64_t index) {
  auto hash = uint32_t(index) * 2654435761U;
  hash = (hash ^ (hash >> 15)) * 2246822519U;
  return double(float(hash >> 8) / 8388608.0F - 1.0F);
}

/// Whether it is linear in what it gets of the network, if all else are
/// constants. Shapes are left alone, which may ask for other channels.
static bool isLinear(const ONNXNode &node) {
  return node.domain.empty() &&
         llvm::StringSwitch<bool>(StringRef(node.op.data(), node.op.size()))
             .Cases({"Transpose", "Gather", "GatherND", "Where", "Add", "Div"},
                    true)
             .Cases({"Mul", "Squeeze", "Unsqueeze", "Identity", "ReduceSum"},
                    true)
             .Default(false);
}

namespace {
/// The windows of one axis.
struct Windows {
  int64_t extent, result;

  int64_t getStart(int64_t i) const { return i * extent / result; }
  int64_t getEnd(int64_t i) const {
    return ((i + 1) * extent + result - 1) / result;
  }
  ResizedAxis makeAxis() const {
    ResizedAxis axis;
    axis.extent = extent;
    if (result == extent) {
      for (int64_t i = 0; i != extent; ++i)
        axis.places.push_back(double(i));
      return axis;
    }
    axis.filter.kind = ResizeFilter::Kind::Area;
    axis.filter.leavesOut = true;
    for (int64_t i = 0; i != result; ++i) {
      axis.places.push_back(double(getStart(i) + getEnd(i) - 1) / 2);
      axis.stretches.push_back(double(getEnd(i) - getStart(i)));
    }
    return axis;
  }
};
} // namespace

/// An image of that many samples.
static Numbers makeProbe(int64_t samples, int64_t height, int64_t width) {
  Numbers numbers;
  numbers.shape = {samples, probeChannels, height, width};
  for (int64_t i = 0; i != samples * probeChannels * height * width; ++i)
    numbers.values.push_back(probe(i));
  return numbers;
}

/// Whether this is the mean of the windows of that image.
static bool isPooled(const Numbers &image, const Numbers &result) {
  if (result.shape.size() != 4 || result.shape[0] != image.shape[0] ||
      result.shape[1] != image.shape[1] || result.values.empty())
    return false;
  Windows rows = {image.shape[2], result.shape[2]},
          columns = {image.shape[3], result.shape[3]};
  size_t at = 0;
  for (int64_t plane = 0; plane != image.shape[0] * image.shape[1]; ++plane)
    for (int64_t y = 0; y != rows.result; ++y)
      for (int64_t x = 0; x != columns.result; ++x) {
        double sum = 0;
        for (int64_t row = rows.getStart(y); row != rows.getEnd(y); ++row)
          for (int64_t column = columns.getStart(x);
               column != columns.getEnd(x); ++column)
            sum += image.values[size_t(
                (plane * rows.extent + row) * columns.extent + column)];
        auto count = double((rows.getEnd(y) - rows.getStart(y)) *
                            (columns.getEnd(x) - columns.getStart(x)));
        // As float32 computes it.
        if (!(std::abs(sum / count - result.values[at++]) < 1e-4))
          return false;
      }
  return true;
}

bool ONNXImporter::takeAdaptivePool(size_t index) {
  if (pooled.contains(index))
    return true;
  const ONNXNode &first = model.nodes[index];
  if (first.op != "GatherND" || first.inputs.empty())
    return false;
  // Images whose rows and columns were moved to the front.
  std::string_view name = first.inputs.front();
  auto maker = producers.find(name);
  bool isMoved = maker != producers.end() &&
                 model.nodes[maker->second].op == "Transpose" &&
                 model.nodes[maker->second].inputs.size() == 1;
  if (isMoved)
    name = model.nodes[maker->second].inputs.front();
  auto source = values.find(name);
  if (source == values.end() ||
      source->second.kind != ONNXValue::Kind::Tensor ||
      source->second.layout.getRank() != 4 ||
      !source->second.layout.isBatchFirst() || source->second.isInteger)
    return false;
  std::vector<Extent> shape = source->second.layout.getShape();
  int64_t height = shape[2].factor, width = shape[3].factor;
  if (height < 1 || width < 1 || height > maxCells / width)
    return false;

  // What comes after it, by constants alone, and whether that chooses.
  std::vector<size_t> found;
  llvm::DenseSet<size_t> seen;
  auto add = [&](size_t node) {
    if (isLinear(model.nodes[node]) && seen.insert(node).second)
      found.push_back(node);
  };
  bool chooses = false;
  add(index);
  for (size_t i = 0; i != found.size() && found.size() <= maxNodes; ++i) {
    chooses |= model.nodes[found[i]].op == "Where";
    for (std::string_view output : model.nodes[found[i]].outputs)
      if (auto users = consumers.find(output); users != consumers.end())
        llvm::for_each(users->second, add);
  }
  if (!chooses || found.size() > maxNodes)
    return false;

  std::array<Numbers, 2> probes = {makeProbe(2, height, width),
                                   makeProbe(3, height, width)};
  std::map<std::string_view, ONNXConstant> made;
  made.emplace(name, ONNXConstant(probes[0], probes[1]));
  // The value of a constant that may come later in the file.
  std::function<const ONNXConstant *(std::string_view, unsigned)> getConstant =
      [&](std::string_view input, unsigned depth) -> const ONNXConstant * {
    auto known = values.find(input);
    if (known == values.end() && producers.count(input)) {
      size_t producer = producers[input];
      if (depth == 0 || !model.nodes[producer].domain.empty())
        return nullptr;
      for (std::string_view before : model.nodes[producer].inputs)
        if (!before.empty() && !getConstant(before, depth - 1))
          return nullptr;
      if (!fold(producer))
        return nullptr;
    }
    const ONNXValue *value = findValue(input);
    return value->kind == ONNXValue::Kind::Constant ? &value->constant
                                                    : nullptr;
  };
  /// The nodes of each value, sorted.
  std::vector<size_t> done;
  auto evaluate = [&](size_t node) {
    std::vector<const ONNXConstant *> inputs;
    unsigned count = 0;
    for (auto [i, input] : llvm::enumerate(model.nodes[node].inputs)) {
      const ONNXConstant *constant = nullptr;
      if (auto value = made.find(input); value != made.end()) {
        constant = &value->second;
        ++count;
        // A condition or a divisor that is computed is not linear.
        if ((model.nodes[node].op == "Where" && i == 0) ||
            (model.nodes[node].op == "Div" && i == 1))
          return false;
      } else if (!input.empty()) {
        constant = getConstant(input, 8);
        if (!constant)
          return false;
      }
      inputs.push_back(constant);
    }
    if (count == 0 || (count == 2 && model.nodes[node].op == "Mul"))
      return false;
    // Of its own: it may be none.
    FoldBudget ofProbe = {int64_t(1) << 20};
    auto folded = foldNode(model.nodes[node], inputs, ofProbe);
    if (!folded || !*folded || model.nodes[node].outputs.empty())
      return false;
    made[model.nodes[node].outputs.front()] = std::move(**folded);
    done.push_back(node);
    return true;
  };
  if (isMoved && !evaluate(maker->second))
    return false;
  std::deque<size_t> open = {index};
  std::optional<size_t> last;
  while (!open.empty() && !last) {
    size_t node = open.front();
    open.pop_front();
    std::string_view output = model.nodes[node].outputs.empty()
                                  ? std::string_view()
                                  : model.nodes[node].outputs.front();
    if (!seen.contains(node) || made.count(output) || !evaluate(node))
      continue;
    const ONNXConstant &result = made[output];
    if (isPooled(probes[0], result.getNumbers(0)) &&
        isPooled(probes[1], result.getNumbers(1)))
      last = node;
    else if (auto users = consumers.find(output); users != consumers.end())
      open.insert(open.end(), users->second.begin(), users->second.end());
  }
  if (!last)
    return false;

  // All that it is made of, which nothing else may take.
  llvm::DenseSet<size_t> parts = {*last};
  for (size_t node : llvm::reverse(done))
    if (parts.contains(node))
      for (std::string_view input : model.nodes[node].inputs)
        if (made.count(input) && input != name)
          parts.insert(producers[input]);
  for (size_t node : parts) {
    std::string_view output = model.nodes[node].outputs.front();
    if (node == *last || (isMoved && node == maker->second))
      continue;
    if (outputCounts.count(output) ||
        llvm::any_of(consumers[output],
                     [&](size_t user) { return !parts.contains(user); }))
      return false;
  }
  Shape result = made[model.nodes[*last].outputs.front()].getShape();
  made.clear();
  enter(*last);
  OperatorImport node(*this, *last);
  FailureOr<ONNXArray> array = node.makeArray(source->second);
  FailureOr<ONNXImage> image = failure();
  if (succeeded(array))
    image = node.makeImage(*array, /*inOrder=*/false);
  if (succeeded(image)) {
    std::array<ResizedAxis, 2> axes = {Windows{height, result[2]}.makeAxis(),
                                       Windows{width, result[3]}.makeAxis()};
    FailureOr<Value> pool = makeResized(
        [&](StringRef part) {
          return part.empty() ? node.make() : node.make(part);
        },
        node.name(), image->value, axes, [&] { return node.error(); });
    if (succeeded(pool))
      node.setResult(*pool, OperatorImport::keepChannels(*image, *pool));
  }
  pooled.insert(parts.begin(), parts.end());
  enter(index);
  return true;
}

} // namespace qml
