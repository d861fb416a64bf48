//===- OperatorImport.h - One node on its way in ----------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What the functions in Operators/ are given: attributes and inputs of a node,
// a builder for its layers, and a place for its results.
//
//===----------------------------------------------------------------------===//

#ifndef QML_LIB_TARGET_ONNX_OPERATORIMPORT_H
#define QML_LIB_TARGET_ONNX_OPERATORIMPORT_H

#include "Constants.h"
#include "Expression.h"
#include "Layout.h"
#include "qml/Dialect/QML/IR/LayerBuilder.h"

namespace qml {
class ONNXImporter;

/// Cells around an image, left to the windows that take it.
struct ONNXBorder {
  WindowPadding::Sides sides = {};
  double value = 0;
};

/// What integers of QuantizeLinear stand for: one scale and zero point, or one
/// for each channel.
struct ONNXCodes {
  std::vector<double> scales = {1.0}, zeros = {0.0};

  bool operator==(const ONNXCodes &other) const {
    return scales == other.scales && zeros == other.zeros;
  }
  bool areSingle() const { return scales.size() == 1 && zeros.size() == 1; }
};

/// What is known of a value of the file.
struct ONNXValue {
  enum class Kind : uint8_t { Unknown, Constant, Tensor };

  Kind kind = Kind::Unknown;
  ONNXConstant constant;
  /// A function of each element of `base`.
  mlir::Value base;
  Layout layout;
  ExpressionPtr expression;
  /// Of what all takers are windows that make it theirs.
  std::optional<ONNXBorder> border;
  /// Whether nothing else looks at `base`.
  bool isOnlyUse = false;
  /// Whether the file computes it with integers, as an input of the network
  /// that is of them, and what is only moved of it.
  bool isInteger = false;
  /// Set where the file has integers that QuantizeLinear made. The network has
  /// the floats that they stand for.
  std::shared_ptr<const ONNXCodes> codes;

  static ONNXValue makeConstant(ONNXConstant constant);
  static ONNXValue makeTensor(mlir::Value base, Layout layout);
};

/// A value as elements in memory.
struct ONNXArray {
  mlir::Value value;
  Layout layout;
};

/// An image or a sequence: (batch, height, width, channels) in memory.
struct ONNXImage {
  mlir::Value value;
  Layout layout;
  int64_t height = 1, width = 1, channels = 1;
  /// For each channel in memory, which one of the file's it is.
  std::vector<int64_t> order;

  bool isSequence() const { return layout.getRank() == 3; }
  bool hasOwnOrder() const;
};

/// A value whose innermost axis in memory is that of some axes of the file.
struct ONNXRows {
  mlir::Value value;
  Layout layout;
  std::vector<int64_t> order;
};

class OperatorImport {
public:
  OperatorImport(ONNXImporter &importer, size_t index);
  /// One of the steps that a node is made in: it has these inputs, and its
  /// result goes to `result`, which nothing but the next step takes. Layers are
  /// called after `part`; those of a step without one as the node is.
  OperatorImport(const OperatorImport &node, llvm::StringRef part,
                 std::vector<ONNXValue> inputs, ONNXValue &result);

  const ONNXNode &node() const { return source; }
  size_t index() const { return nodeIndex; }
  llvm::StringRef op() const { return {source.op.data(), source.op.size()}; }
  int64_t opset() const;
  /// How many samples the file computes together; none if it leaves it open.
  std::optional<int64_t> fileBatch() const;
  /// Whether a number of the file is an extent that has the batch.
  bool isWhole(const Extent &extent, int64_t number) const {
    return extent.hasBatch && fileBatch() &&
           number == extent.factor * *fileBatch();
  }
  const std::string &name() const { return ownName; }
  mlir::InFlightDiagnostic error();
  bool failed() const { return hasFailed; }

  //===--- Attributes ---===//
  bool has(llvm::StringRef attribute) const;
  int64_t getInt(llvm::StringRef attribute, int64_t byDefault);
  double getFloat(llvm::StringRef attribute, double byDefault);
  std::string getString(llvm::StringRef attribute, llvm::StringRef byDefault);
  std::vector<int64_t> getInts(llvm::StringRef attribute,
                               const std::vector<int64_t> &byDefault);
  /// Integers of an attribute, or of an input in newer versions; none if
  /// neither is there, or after a report.
  std::optional<std::vector<int64_t>> getIntsOrInput(llvm::StringRef attribute,
                                                     size_t input);
  /// Reports more axes than any tensor may have.
  bool checkRank(size_t rank);
  /// An axis counted from the front; reports one that there is not.
  std::optional<size_t> getAxis(int64_t axis, size_t rank);

  //===--- Inputs ---===//
  size_t getNumInputs() const {
    return stepResult ? stepInputs.size() : source.inputs.size();
  }
  bool hasInput(size_t index) const {
    return index < getNumInputs() &&
           (stepResult || !source.inputs[index].empty());
  }
  const ONNXValue &getInput(size_t index = 0) const;
  /// Null if it is none.
  const ONNXConstant *getConstant(size_t index) const;
  /// The type that an input has in the file, of one that stands there.
  std::optional<ElementType> getStoredType(size_t index) const;
  /// Reports an input that is none.
  const ONNXConstant *expectConstant(size_t index, llvm::StringRef what);
  /// Floats of a constant of that shape.
  std::optional<std::vector<float>> expectFloats(size_t index,
                                                 llvm::StringRef what,
                                                 llvm::ArrayRef<int64_t> shape);
  bool isTensor(size_t index) const;
  /// The operator that makes an input; empty for inputs of the network.
  llvm::StringRef getMaker(size_t index) const;
  /// An input as a message names it, with its shape.
  std::string describeInput(size_t index) const;
  /// Reports an input that is a constant.
  bool expectTensor(size_t index = 0);

  /// The elements; layers are made for what was put off.
  mlir::FailureOr<ONNXArray> getArray(size_t index = 0);
  mlir::FailureOr<ONNXArray> makeArray(const ONNXValue &value);
  /// Reports other ranks than 3 and 4. Channels are in the file's order if
  /// `inOrder`.
  mlir::FailureOr<ONNXImage> getImage(size_t index = 0, bool inOrder = false);
  mlir::FailureOr<ONNXImage> makeImage(const ONNXArray &array, bool inOrder);
  mlir::FailureOr<ONNXRows>
  getRows(size_t index, const std::vector<size_t> &axes, bool inOrder = false);
  mlir::FailureOr<ONNXRows> makeRows(const ONNXArray &array,
                                     const std::vector<size_t> &axes,
                                     bool inOrder = false);
  /// Moves elements, which is counted, unless they are stored so already.
  mlir::FailureOr<mlir::Value> move(const ONNXArray &array,
                                    const Layout &target);
  /// The elements in the order of the file, but for the batch, which stays
  /// first; any axes can be split and joined then.
  mlir::FailureOr<ONNXArray> moveInOrder(const ONNXArray &array);
  /// The same elements under another shape, without the batch.
  mlir::FailureOr<mlir::Value> reshape(mlir::Value value,
                                       llvm::ArrayRef<int64_t> shape);

  //===--- Results ---===//
  LayerBuilder make();
  LayerBuilder make(llvm::StringRef part);
  mlir::Type getFloatType() const;
  /// Whether result `index` is used.
  bool isUsed(size_t index) const;
  /// The nodes that take its result; none if the network returns it, or if it
  /// is a step's.
  std::optional<llvm::SmallVector<const ONNXNode *>> findTakers() const;
  /// Whether it feeds operators on images, maybe after some that act on each
  /// element.
  bool feedsImages() const;
  void setResult(const ONNXValue &value, size_t index = 0);
  void setResult(mlir::Value value, const Layout &layout, size_t index = 0) {
    setResult(ONNXValue::makeTensor(value, layout), index);
  }
  /// Whether a rescaling was made for arithmetic with vectors, or makes it one.
  bool isOwnRescaling(mlir::Operation *op) const;
  void noteOwnRescaling(mlir::Value value);
  /// Its result is floats that the file has as these integers.
  void noteCodes(ONNXCodes codes) {
    made = std::make_shared<const ONNXCodes>(std::move(codes));
  }
  std::shared_ptr<const ONNXCodes> getCodes() const { return made; }
  /// The file says that its result lies within these bounds.
  void noteRange(double lower, double upper);
  /// The layout of an image of that many channels, in the file's order.
  static Layout makeImageLayout(const ONNXImage &like, int64_t channels,
                                mlir::Value image);
  /// The same with the channels of `like`, in its order.
  static Layout keepChannels(const ONNXImage &like, mlir::Value image);

private:
  /// Reports more channels than can be listed.
  bool checkChannels(const Layout &layout, const std::vector<size_t> &axes);
  /// A result that is no larger than any is, and no deeper; none after a
  /// report.
  std::optional<ONNXValue> checkResult(const ONNXValue &value);

  ONNXImporter &importer;
  size_t nodeIndex;
  const ONNXNode &source;
  std::string ownName;
  std::vector<ONNXValue> stepInputs;
  /// Null if it is no step.
  ONNXValue *stepResult = nullptr;
  std::shared_ptr<const ONNXCodes> made;
  bool hasFailed = false;
};

/// The elements of `values` in that order.
template <typename T>
std::vector<T> reorder(const std::vector<T> &values,
                       const std::vector<int64_t> &order) {
  std::vector<T> result;
  result.reserve(order.size());
  for (int64_t index : order)
    result.push_back(values[size_t(index)]);
  return result;
}

} // namespace qml

#endif // QML_LIB_TARGET_ONNX_OPERATORIMPORT_H
