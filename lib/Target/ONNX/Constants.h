//===- Constants.h - What is known before the network runs ------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Weights, and the shapes that exporters compute. What depends on the size of
// the batch is evaluated for a batch of 2 and for one of 3: that tells numbers
// from multiples of the batch.
//
//===----------------------------------------------------------------------===//

#ifndef QML_LIB_TARGET_ONNX_CONSTANTS_H
#define QML_LIB_TARGET_ONNX_CONSTANTS_H

#include "Layout.h"
#include "qml/Target/ONNX/ONNXModel.h"

namespace qml {

/// Values of float32 or int64 for one size of the batch.
struct Numbers {
  Shape shape;
  std::vector<double> values;
  bool isInteger = false;
};

/// The integer that a number has, at int64's bounds for larger ones; that of
/// NaN is the lowest.
int64_t toInteger(double value);

class ONNXConstant {
public:
  ONNXConstant() = default;
  /// Weights, of float32 or int64.
  explicit ONNXConstant(Array array) : array(std::move(array)) {}
  ONNXConstant(const Numbers &first, const Numbers &second);

  static Result<ONNXConstant> read(const ONNXTensor &tensor);

  /// That of a batch of 2, if it depends on the batch.
  const Shape &getShape() const { return array.shape; }
  bool isInteger() const { return array.type == ElementType::I64; }
  bool dependsOnBatch() const { return other.has_value(); }
  int64_t size() const { return array.size(); }
  /// Float weights that don't depend on the batch.
  const Array &getArray() const;
  /// The same, of any alignment, where the file has them.
  Bytes getBytes() const;
  /// The same elements under another shape.
  ONNXConstant withShape(const Shape &shape) const;

  /// Values for a batch of 2 (`which` 0) or 3.
  Numbers getNumbers(int which = 0) const;
  /// Values of one sample, without the first axis, where the file has the same
  /// ones for each of its batch, or for a single one; none if they differ.
  std::optional<Numbers> getPerSample(std::optional<int64_t> fileBatch) const;
  /// A number that doesn't depend on the batch, if it is one.
  std::optional<double> getScalar() const;
  std::vector<double> getValues() const { return getNumbers().values; }
  /// Integers, those too large for int64 at its bounds. None if there are
  /// others, or if they depend on the batch.
  std::optional<std::vector<int64_t>> getIntegers() const;
  /// Integers as extents; none if any is neither a number nor a multiple of the
  /// batch.
  std::optional<std::vector<Extent>> getExtents() const;

private:
  /// Without data as long as nobody needs that of `unaligned` aligned.
  mutable Array array;
  /// Weights that lie badly in the file.
  Bytes unaligned;
  std::optional<Array> other;
};

/// A shape as a constant.
ONNXConstant makeShape(const std::vector<Extent> &shape);

/// What a Shape or Size of this shape gives.
ONNXConstant foldShape(const ONNXNode &node, const std::vector<Extent> &shape);

/// How many elements operators on constants may still make, of one file.
struct FoldBudget {
  int64_t left = 0;
};

/// Evaluates a node whose inputs are constants; null for one that is left out.
/// None if the operator is not evaluated.
std::optional<Result<ONNXConstant>>
foldNode(const ONNXNode &node, const std::vector<const ONNXConstant *> &inputs,
         FoldBudget &budget);

/// Whether constants of this operator are evaluated.
bool isFoldedONNXOperator(std::string_view op);

} // namespace qml

#endif // QML_LIB_TARGET_ONNX_CONSTANTS_H
