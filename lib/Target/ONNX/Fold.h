//===- Fold.h - Operators on constants --------------------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Within Fold.cpp and FoldShapes.cpp.
//
//===----------------------------------------------------------------------===//

#ifndef QML_LIB_TARGET_ONNX_FOLD_H
#define QML_LIB_TARGET_ONNX_FOLD_H

#include "Constants.h"

#include <functional>

namespace qml {

/// Most elements of what is made from nothing, and of what comes from weights.
constexpr int64_t maxMade = 1 << 20, maxElements = int64_t(1) << 28;

/// Evaluates one node for one size of the batch.
class Folder {
public:
  /// Results have at most `most` elements.
  Folder(const ONNXNode &node, std::vector<std::optional<Numbers>> inputs,
         int64_t most)
      : node(node), inputs(std::move(inputs)), most(most) {}

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
  bool canMake(int64_t elements) const {
    return elements >= 0 && elements <= most;
  }
  static constexpr const char *tooLarge = "its result would be too large";
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
  Result<Numbers> clip();
  Result<Numbers> arithmetic();
  Result<Numbers> compare();
  Result<Numbers> mean();
  Result<Numbers> unary();
  Result<Numbers> where();
  Result<Numbers> gather();
  Result<Numbers> gatherND();
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
  Result<Numbers> matMul();
  Result<Numbers> triangle();
  Result<Numbers> batchNorm();

  const ONNXNode &node;
  std::vector<std::optional<Numbers>> inputs;
  int64_t most;
};

/// The next position in an array of `shape`, the last axis first.
inline void advance(Shape &at, const Shape &shape) {
  for (size_t axis = shape.size(); axis != 0; --axis) {
    ++at[axis - 1];
    if (at[axis - 1] != shape[axis - 1])
      return;
    at[axis - 1] = 0;
  }
}

} // namespace qml

#endif // QML_LIB_TARGET_ONNX_FOLD_H
