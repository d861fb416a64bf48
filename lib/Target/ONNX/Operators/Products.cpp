//===- Products.cpp - Matrix products and norms ---------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../Kernels.h"
#include "Windows.h"

#include "qml/Dialect/QML/IR/Elements.h"

#include "llvm/Support/Alignment.h"

using namespace mlir;

namespace qml {

/// A product of the innermost axis with a kernel of the file, (in, out) or, if
/// `isTransposed`, (out, in).
static LogicalResult makeDense(OperatorImport &node, bool isTransposed,
                               double factor,
                               std::optional<std::vector<float>> bias) {
  const Constant *weights = node.expectConstant(1, "kernel");
  if (!weights || !node.expectTensor())
    return failure();
  size_t rank = node.getInput().layout.getRank();
  const Shape &shape = weights->getShape();
  if (weights->isInteger() || shape.size() != 2 || weights->size() == 0 ||
      rank < 2) {
    node.error() << "its kernel has shape " << toString(shape)
                 << " and its input " << int64_t(rank)
                 << " axes; a matrix of floats and two axes or more are needed";
    return failure();
  }
  FailureOr<ONNXRows> rows = node.getRows(0, {rank - 1});
  if (failed(rows))
    return failure();
  int64_t in = shape[isTransposed], out = shape[!isTransposed];
  if (int64_t(rows->order.size()) != in) {
    node.error() << "its kernel has shape " << toString(shape) << ", its input "
                 << toString(rows->layout.getShape())
                 << "; the numbers of features differ";
    return failure();
  }
  if (bias && int64_t(bias->size()) != out) {
    node.error() << "its bias has " << int64_t(bias->size())
                 << " values; its kernel has " << out << " results";
    return failure();
  }
  auto type = RankedTensorType::get({in, out}, node.getFloatType());
  Bytes bytes = weights->getBytes();
  bool isSame = !isTransposed && factor == 1.0;
  for (size_t i = 0; i != rows->order.size() && isSame; ++i)
    isSame = rows->order[i] == int64_t(i);
  bool isAligned = llvm::isAddrAligned(llvm::Align(alignof(float)), bytes.data);
  ElementsAttr kernel;
  std::string resource = node.name() + "_kernel";
  if (isSame && isAligned) {
    kernel = makeResource(type, resource, bytes.data, bytes.size, bytes.owner);
  } else if (isTransposed) {
    std::vector<int64_t> places(rows->order.size());
    for (size_t i = 0; i != places.size(); ++i)
      places[size_t(rows->order[i])] = int64_t(i);
    kernel = makeTurnedKernel(type, resource, bytes, places, float(factor));
  } else {
    kernel =
        makeOrderedKernel(type, resource, bytes, rows->order, float(factor));
  }
  ElementsAttr biasElements =
      bias ? makeVector(node, "bias", std::move(*bias)) : ElementsAttr();
  FailureOr<Value> result =
      node.make().makeDense(rows->value, kernel, biasElements);
  if (failed(result))
    return failure();
  node.setResult(*result, rows->layout.withExtent(rank - 1, out));
  return success();
}

static LogicalResult importGemm(OperatorImport &node) {
  double alpha = node.getFloat("alpha", 1.0), beta = node.getFloat("beta", 1.0);
  bool isTransposed = node.getInt("transB", 0) != 0;
  if (node.getInt("transA", 0) != 0)
    node.error() << "it transposes its input (transA), the batch included";
  if (node.failed() || !node.expectTensor())
    return failure();
  if (node.getInput().layout.getRank() != 2) {
    node.error() << "its input has the shape "
                 << toString(node.getInput().layout.getShape())
                 << "; two axes are needed";
    return failure();
  }
  std::optional<std::vector<float>> bias;
  if (node.hasInput(2)) {
    const Constant *constant = node.expectConstant(2, "bias");
    const Constant *weights = node.getConstant(1);
    if (!constant)
      return failure();
    // What is wrong with the kernel is said there.
    if (!weights || weights->getShape().size() != 2)
      return makeDense(node, isTransposed, alpha, bias);
    int64_t out = weights->getShape()[!isTransposed];
    const Shape &shape = constant->getShape();
    bool isVector = constant->size() == 1 ||
                    (constant->size() == out && shape.back() == out);
    if (!isVector || constant->isInteger()) {
      node.error() << "its bias has shape " << toString(shape)
                   << "; one number is needed, or one for each of its " << out
                   << " results";
      return failure();
    }
    bias.emplace();
    for (int64_t i = 0; i != out; ++i)
      bias->push_back(
          float(beta) *
          constant->getArray().as<float>()[constant->size() == 1 ? 0 : i]);
  }
  return makeDense(node, isTransposed, alpha, std::move(bias));
}

static LogicalResult importMatMul(OperatorImport &node) {
  if (node.getConstant(0) || node.isTensor(1)) {
    node.error() << (node.isTensor(1)
                         ? "it multiplies what the network computes with what "
                           "it computes"
                         : "its first input is a constant")
                 << "; products with a constant kernel are supported";
    return failure();
  }
  return makeDense(node, /*isTransposed=*/false, 1.0, std::nullopt);
}

static LogicalResult importBatchNorm(OperatorImport &node) {
  if (node.getInt("training_mode", 0) != 0)
    node.error() << "it normalizes by statistics of the batch (training_mode); "
                    "export the model in its mode for inference";
  double epsilon = node.getFloat("epsilon", 1e-5);
  if (node.failed() || !node.expectTensor())
    return failure();
  const Layout &layout = node.getInput().layout;
  if (layout.getRank() < 2) {
    node.error() << "its input has no channels";
    return failure();
  }
  FailureOr<ONNXRows> rows = node.getRows(0, {1});
  if (failed(rows))
    return failure();
  auto channels = int64_t(rows->order.size());
  ElementsAttr vectors[4];
  const char *const whats[] = {"gamma", "beta", "mean", "variance"};
  for (size_t i = 0; i != 4; ++i) {
    std::optional<std::vector<float>> values =
        node.expectFloats(i + 1, whats[i], channels);
    if (!values)
      return failure();
    vectors[i] = makeVector(node, whats[i], reorder(*values, rows->order));
  }
  FailureOr<Value> result = node.make().makeBatchNorm(
      rows->value, {vectors[0], vectors[1], vectors[2], vectors[3]}, epsilon);
  if (failed(result))
    return failure();
  node.setResult(*result, rows->layout);
  return success();
}

static LogicalResult importSoftmax(OperatorImport &node) {
  if (!node.expectTensor())
    return failure();
  size_t rank = node.getInput().layout.getRank();
  bool isOld = node.opset() < 13;
  std::optional<size_t> axis =
      node.getAxis(node.getInt("axis", isOld ? 1 : -1), rank);
  if (!axis || node.failed())
    return failure();
  // Older versions take all axes from this one on for one.
  std::vector<size_t> axes;
  for (size_t i = *axis; i != (isOld ? rank : *axis + 1); ++i)
    axes.push_back(i);
  FailureOr<ONNXRows> rows = node.getRows(0, axes);
  if (failed(rows))
    return failure();
  FailureOr<Value> result = node.make().makeSoftmax(rows->value);
  if (failed(result))
    return failure();
  node.setResult(*result, rows->layout);
  return success();
}

ArrayRef<ONNXOperator> getProductOperators() {
  static const ONNXOperator operators[] = {
      {"BatchNormalization", importBatchNorm,
       "consumed_inputs epsilon is_test momentum spatial training_mode",
       "with fixed statistics"},
      {"Gemm", importGemm, "alpha beta transA transB",
       "with constant weights, without transA"},
      {"MatMul", importMatMul, "", "with a constant matrix on the right"},
      {"Softmax", importSoftmax, "axis", ""},
  };
  return operators;
}

} // namespace qml
