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
#include "qml/Support/Quote.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Alignment.h"

using namespace mlir;

namespace qml {

namespace {
/// A matrix of the file, and what it is multiplied with.
struct MatrixProduct {
  /// Which inputs of the node they are.
  size_t weights = 1, input = 0;
  /// The axis that is summed over.
  size_t axis = 0;
  int64_t in = 1, out = 1;
  /// Whether the file has (out, in).
  bool isTransposed = false;
  double factor = 1.0;
  std::optional<std::vector<float>> bias;
};
} // namespace

/// A product of one axis with a kernel of the file, whose shape is checked.
static FailureOr<ONNXArray> makeDense(OperatorImport &node,
                                      MatrixProduct product) {
  FailureOr<ONNXRows> rows = node.getRows(product.input, {product.axis});
  if (failed(rows))
    return failure();
  int64_t in = product.in, out = product.out;
  const ONNXConstant &weights = *node.getConstant(product.weights);
  if (int64_t(rows->order.size()) != in) {
    node.error() << "its kernel has shape " << toString(weights.getShape())
                 << ", its input " << toString(rows->layout.getShape())
                 << "; the numbers of features differ";
    return failure();
  }
  if (product.bias && int64_t(product.bias->size()) != out) {
    node.error() << "its bias has " << int64_t(product.bias->size())
                 << " values; its kernel has " << out << " results";
    return failure();
  }
  auto type = RankedTensorType::get({in, out}, node.getFloatType());
  Bytes bytes = weights.getBytes();
  auto factor = float(product.factor);
  bool isSame = !product.isTransposed && factor == 1.0f;
  for (size_t i = 0; i != rows->order.size() && isSame; ++i)
    isSame = rows->order[i] == int64_t(i);
  bool isAligned = llvm::isAddrAligned(llvm::Align(alignof(float)), bytes.data);
  ElementsAttr kernel;
  std::string resource = node.name() + "_kernel";
  if (isSame && isAligned) {
    kernel = makeResource(type, resource, bytes.data, bytes.size, bytes.owner);
  } else if (product.isTransposed) {
    std::vector<int64_t> places(rows->order.size());
    for (size_t i = 0; i != places.size(); ++i)
      places[size_t(rows->order[i])] = int64_t(i);
    kernel = makeTurnedKernel(type, resource, bytes, places, factor);
  } else {
    kernel = makeOrderedKernel(type, resource, bytes, rows->order, factor);
  }
  ElementsAttr bias = product.bias
                          ? makeVector(node, "bias", std::move(*product.bias))
                          : ElementsAttr();
  FailureOr<Value> result = node.make().makeDense(rows->value, kernel, bias);
  if (failed(result))
    return failure();
  return ONNXArray{*result, rows->layout.withExtent(product.axis, out)};
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
  const ONNXConstant *weights = node.expectConstant(1, "kernel");
  if (!weights)
    return failure();
  if (weights->isInteger() || weights->getShape().size() != 2 ||
      weights->size() == 0) {
    node.error() << "its kernel has shape " << toString(weights->getShape())
                 << "; a matrix of floats is needed";
    return failure();
  }
  MatrixProduct product;
  product.axis = 1;
  product.in = weights->getShape()[isTransposed];
  product.out = weights->getShape()[!isTransposed];
  product.isTransposed = isTransposed;
  product.factor = alpha;
  if (node.hasInput(2)) {
    const ONNXConstant *constant = node.expectConstant(2, "bias");
    if (!constant)
      return failure();
    int64_t out = product.out;
    const Shape &shape = constant->getShape();
    bool isVector = constant->size() == 1 ||
                    (constant->size() == out && shape.back() == out);
    if (!isVector || constant->isInteger()) {
      node.error() << "its bias has shape " << toString(shape)
                   << "; one number is needed, or one for each of its " << out
                   << " results";
      return failure();
    }
    product.bias.emplace();
    for (int64_t i = 0; i != out; ++i)
      product.bias->push_back(
          float(beta) *
          constant->getArray().as<float>()[constant->size() == 1 ? 0 : i]);
  }
  FailureOr<ONNXArray> result = makeDense(node, std::move(product));
  if (failed(result))
    return failure();
  node.setResult(result->value, result->layout);
  return success();
}

/// Products with a matrix for each index along some axes, as a convolution with
/// as many groups; `shape` is that of the matrices, right-aligned with the
/// axes of the input.
static FailureOr<ONNXArray> makeGroupedDense(OperatorImport &node,
                                             const MatrixProduct &product,
                                             const Shape &shape) {
  Layout layout = node.getInput(product.input).layout;
  size_t rank = layout.getRank(), first = rank - shape.size();
  std::vector<size_t> axes;
  int64_t groups = 1;
  for (size_t i = 0; i + 2 != shape.size(); ++i) {
    if (shape[i] == 1)
      continue;
    Extent extent = layout.getExtent(first + i);
    if (extent != Extent{shape[i], false}) {
      node.error() << "its kernel has shape " << toString(shape)
                   << ", its input " << toString(layout.getShape())
                   << "; extents before the last two have to be those of the "
                      "input, or 1";
      return failure();
    }
    groups *= shape[i];
    axes.push_back(first + i);
  }
  axes.push_back(product.axis);
  FailureOr<ONNXRows> rows =
      node.getRows(product.input, axes, /*inOrder=*/true);
  if (failed(rows))
    return failure();
  int64_t in = product.in, out = product.out;
  auto channels = int64_t(rows->order.size());
  if (channels != groups * in) {
    node.error() << "its kernel has shape " << toString(shape) << ", its input "
                 << toString(layout.getShape())
                 << "; the numbers of features differ";
    return failure();
  }
  int64_t cells = 1;
  for (int64_t extent : getShape(rows->value).drop_front().drop_back())
    cells *= extent;
  FailureOr<Value> image = node.reshape(rows->value, {1, cells, channels});
  if (failed(image))
    return failure();
  // (groups, in, out), or (groups, out, in), as (in, groups, out).
  const float *from = node.getConstant(product.weights)->getArray().as<float>();
  std::vector<float> kernel(size_t(in * groups * out));
  for (int64_t group = 0; group != groups; ++group)
    for (int64_t i = 0; i != in; ++i)
      for (int64_t o = 0; o != out; ++o)
        kernel[size_t((i * groups + group) * out + o)] =
            from[group * in * out +
                 (product.isTransposed ? o * in + i : i * out + o)];
  auto type =
      RankedTensorType::get({1, 1, in, groups * out}, node.getFloatType());
  ConvOptions options;
  options.groups = groups;
  FailureOr<Value> result = node.make().makeConv2D(
      *image, makeResource(type, node.name() + "_kernel", std::move(kernel)),
      {}, options);
  if (failed(result))
    return failure();
  return ONNXArray{*result, rows->layout.withExtent(product.axis, out)};
}

static LogicalResult importMatMul(OperatorImport &node) {
  if (node.isTensor(0) && node.isTensor(1)) {
    node.error() << "it multiplies what the network computes with what it "
                    "computes, as attention does, which has no integer form; "
                    "products with constants are supported; end the network "
                    "before with --outputs";
    return failure();
  }
  MatrixProduct product;
  if (node.isTensor(1))
    std::swap(product.weights, product.input);
  bool isLeft = product.weights == 0;
  const ONNXConstant *weights = node.expectConstant(product.weights, "kernel");
  if (!weights || !node.expectTensor(product.input))
    return failure();
  size_t rank = node.getInput(product.input).layout.getRank();
  Shape shape = weights->getShape();
  bool isVector = shape.size() == 1;
  if (weights->isInteger() || weights->size() == 0 || shape.empty() ||
      shape.size() > rank || rank < 2) {
    node.error() << "its kernel has shape " << toString(weights->getShape())
                 << " and its input " << int64_t(rank)
                 << " axes; floats of as many axes or less are needed, and two "
                    "axes or more of the input";
    return failure();
  }
  if (isVector)
    shape.insert(isLeft ? shape.begin() : shape.end(), 1);
  int64_t rows = shape[shape.size() - 2], columns = shape.back();
  product.axis = isLeft ? rank - 2 : rank - 1;
  product.in = isLeft ? columns : rows;
  product.out = isLeft ? rows : columns;
  product.isTransposed = isLeft;
  bool isOne = product.in * product.out == weights->size();
  FailureOr<ONNXArray> result =
      isOne ? makeDense(node, product) : makeGroupedDense(node, product, shape);
  if (failed(result))
    return failure();
  if (isVector)
    result->layout = result->layout.withoutAxis(product.axis);
  node.setResult(result->value, result->layout);
  return success();
}

namespace {
/// "bchw,cd->bdhw": a letter for each axis.
struct Equation {
  SmallVector<StringRef> operands;
  StringRef result;

  /// None if letters stand for several axes, or for several of one operand.
  static std::optional<Equation> parse(StringRef text) {
    auto isPlain = [](StringRef letters) {
      return llvm::all_of(letters, [&](char letter) {
        return llvm::isAlpha(letter) && letters.count(letter) == 1;
      });
    };
    Equation equation;
    auto [operands, result] = text.split("->");
    operands.split(equation.operands, ',');
    equation.result = result;
    if (!text.contains("->") || !isPlain(result) ||
        !llvm::all_of(equation.operands, isPlain))
      return std::nullopt;
    return equation;
  }
};
} // namespace

/// Which of the letters is not among others; none if it isn't one alone.
static std::optional<char> findOnly(StringRef letters, StringRef others) {
  std::optional<char> only;
  for (char letter : letters)
    if (!others.contains(letter)) {
      if (only)
        return std::nullopt;
      only = letter;
    }
  return only;
}

/// The axes of `from` in the order of `to`; none if the letters differ.
static std::optional<std::vector<size_t>> findOrder(StringRef from,
                                                    StringRef to) {
  std::vector<size_t> order;
  for (char letter : to)
    order.push_back(from.find(letter));
  if (from.size() != to.size() || llvm::is_contained(order, StringRef::npos))
    return std::nullopt;
  return order;
}

/// Permutations, and products with a matrix along one axis.
static LogicalResult importEinsum(OperatorImport &node) {
  std::string text = node.getString("equation", "");
  llvm::erase(text, ' ');
  std::optional<Equation> equation = Equation::parse(text);
  auto refuse = [&] {
    node.error() << "its equation is " << quote(text)
                 << "; permutations of one operand's axes are supported, and "
                    "products of what the network computes with a constant "
                    "matrix, over one axis that the result has not "
                    "(\"bchw,cd->bdhw\")";
    return failure();
  };
  if (!equation || node.getNumInputs() != equation->operands.size() ||
      node.getNumInputs() > 2)
    return refuse();
  bool isProduct = node.getNumInputs() == 2;
  if (isProduct && node.isTensor(0) && node.isTensor(1)) {
    node.error() << "it multiplies what the network computes with what it "
                    "computes, which has no integer form; products with "
                    "constants are supported; end the network before with "
                    "--outputs";
    return failure();
  }
  MatrixProduct product;
  if (isProduct && node.isTensor(1))
    std::swap(product.weights, product.input);
  StringRef axes = equation->operands[product.input];
  if (!node.expectTensor(product.input))
    return failure();
  if (node.getInput(product.input).layout.getRank() != axes.size())
    return refuse();
  std::string made = axes.str();
  ONNXValue value = node.getInput(product.input);
  if (isProduct) {
    const ONNXConstant *weights =
        node.expectConstant(product.weights, "matrix");
    StringRef letters = equation->operands[product.weights];
    std::optional<char> out = findOnly(letters, axes),
                        in = findOnly(axes, equation->result);
    if (!weights || !in || !out || letters.size() != 2 ||
        weights->getShape().size() != 2 || weights->isInteger() ||
        !letters.contains(*in))
      return weights ? refuse() : failure();
    product.isTransposed = letters.front() == *out;
    product.axis = axes.find(*in);
    product.in = weights->getShape()[product.isTransposed ? 1 : 0];
    product.out = weights->getShape()[product.isTransposed ? 0 : 1];
    made[product.axis] = *out;
  }
  std::optional<std::vector<size_t>> order = findOrder(made, equation->result);
  if (!order)
    return refuse();
  if (isProduct) {
    FailureOr<ONNXArray> result = makeDense(node, product);
    if (failed(result))
      return failure();
    value = ONNXValue::makeTensor(result->value, result->layout);
  }
  value.layout = value.layout.permuted(*order);
  node.setResult(value);
  return success();
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

template <bool IsLogarithm>
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
  LayerBuilder make = node.make();
  FailureOr<Value> result = IsLogarithm ? make.makeLogSoftmax(rows->value)
                                        : make.makeSoftmax(rows->value);
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
      {"Einsum", importEinsum, "equation",
       "of one operand, or with a constant matrix over one axis"},
      {"Gemm", importGemm, "alpha beta transA transB",
       "with constant weights, without transA"},
      {"LogSoftmax", importSoftmax<true>, "axis", ""},
      {"MatMul", importMatMul, "", "with a constant on either side"},
      {"Softmax", importSoftmax<false>, "axis", ""},
  };
  return operators;
}

} // namespace qml
