//===- Choices.cpp - Comparisons, and what they choose --------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Exporters write functions in pieces by them, Softplus for one. Ones and zeros
// never become a tensor: only the function that comes out of a choice does.
//
//===----------------------------------------------------------------------===//

#include "Parts.h"

#include <cmath>

using namespace mlir;

namespace qml {

namespace {
/// A number, or a function of each element of a tensor.
struct Operand {
  std::optional<double> number;
  ExpressionPtr expression;
};
} // namespace

/// An input, if it is a number or a function of the elements of `like`'s
/// tensor; reports others.
static std::optional<Operand> findOperand(OperatorImport &node, size_t input,
                                          const ONNXValue &like) {
  if (const ONNXConstant *constant = node.getConstant(input)) {
    std::optional<double> number = constant->getScalar();
    if (number && constant->getShape().size() <= like.layout.getRank())
      return Operand{number, nullptr};
  } else if (node.isTensor(input)) {
    const ONNXValue &value = node.getInput(input);
    Layout a = like.layout, b = value.layout;
    if (value.base == like.base && Layout::refine(a, b) && a.isStoredLike(b))
      return Operand{std::nullopt, value.expression};
  }
  node.error() << "it compares or chooses between different tensors; "
                  "supported are functions of the same tensor, and numbers";
  return std::nullopt;
}

/// `function` of two operands, one of which is no number.
static ExpressionPtr
combine(OperatorImport &node, const std::string &name, const Operand &lhs,
        const Operand &rhs,
        const std::function<double(double, double)> &function) {
  if (lhs.number)
    return makeFunction(
        node.index(), name, rhs.expression,
        [function, x = *lhs.number](double y) { return function(x, y); });
  if (rhs.number)
    return makeFunction(
        node.index(), name, lhs.expression,
        [function, y = *rhs.number](double x) { return function(x, y); });
  return makeExpression(node.index(), name, Expression::Kind::Other,
                        lhs.expression, rhs.expression, function);
}

/// The first input that is a tensor, whose elements all others are functions
/// of; null after a report.
static const ONNXValue *findTensor(OperatorImport &node) {
  for (size_t i = 0; i != node.getNumInputs(); ++i)
    if (node.isTensor(i))
      return &node.getInput(i);
  node.error() << "none of its inputs is computed by the network";
  return nullptr;
}

static void setExpression(OperatorImport &node, const ONNXValue &like,
                          ExpressionPtr expression) {
  ONNXValue result = like;
  result.expression = std::move(expression);
  result.isOnlyUse = false;
  node.setResult(result);
}

template <typename Compare>
static LogicalResult importComparison(OperatorImport &node) {
  const ONNXValue *tensor = findTensor(node);
  if (!tensor)
    return failure();
  std::optional<Operand> lhs = findOperand(node, 0, *tensor), rhs;
  if (lhs)
    rhs = findOperand(node, 1, *tensor);
  if (!lhs || !rhs)
    return failure();
  setExpression(node, *tensor,
                combine(node, node.name(), *lhs, *rhs, [](double x, double y) {
                  return Compare()(x, y) ? 1.0 : 0.0;
                }));
  return success();
}

/// A choice of places with zero in the others: a product with ones and zeros.
/// (Other numbers would be biases of filters that are zero, whose scales are
/// too small for them.)
static LogicalResult importMask(OperatorImport &node) {
  size_t tensor = node.isTensor(1) ? 1 : 2;
  const ONNXConstant &condition = *node.getConstant(0);
  const ONNXConstant *other = node.getConstant(3 - tensor);
  bool isZero = other && other->getScalar() == 0.0 &&
                other->getShape().size() <= condition.getShape().size();
  if (!node.isTensor(tensor) || !isZero || condition.dependsOnBatch()) {
    node.error() << "its condition is a constant, which chooses places; "
                    "supported is the number 0 in the others";
    return failure();
  }
  Numbers mask = condition.getNumbers();
  mask.isInteger = false;
  for (double &value : mask.values)
    value = (value != 0) == (tensor == 1) ? 1 : 0;
  ONNXValue result;
  OperatorImport product(node, "",
                         {node.getInput(tensor),
                          ONNXValue::makeConstant(ONNXConstant(mask, mask))},
                         result);
  if (failed(importMultiply(product)) || product.failed())
    return failure();
  node.setResult(result);
  return success();
}

static LogicalResult importWhere(OperatorImport &node) {
  if (node.getConstant(0))
    return importMask(node);
  if (!node.isTensor(0)) {
    node.error() << "it has no condition";
    return failure();
  }
  const ONNXValue tensor = node.getInput(0);
  std::optional<Operand> chosen = findOperand(node, 1, tensor), other;
  if (chosen)
    other = findOperand(node, 2, tensor);
  if (!chosen || !other)
    return failure();
  // In two steps, for an expression has two operands: what is not chosen is no
  // number in between, which a product with zero would not make of infinity.
  ExpressionPtr part = combine(
      node, node.name() + "_chosen", {std::nullopt, tensor.expression}, *chosen,
      [](double condition, double x) { return condition != 0 ? x : NAN; });
  setExpression(node, tensor,
                combine(node, node.name(), {std::nullopt, part}, *other,
                        [](double x, double otherwise) {
                          return std::isnan(x) ? otherwise : x;
                        }));
  return success();
}

/// One whose condition is not known: others are not nodes any more.
static LogicalResult importIf(OperatorImport &node) {
  node.error() << "what it computes is chosen while the network runs; "
                  "supported are conditions on shapes and constants; end the "
                  "network before with --outputs";
  return failure();
}

ArrayRef<ONNXOperator> getChoiceOperators() {
  constexpr StringRef part = "as part of a known function";
  static const ONNXOperator operators[] = {
      {"Greater", importComparison<std::greater<double>>, "", part},
      {"GreaterOrEqual", importComparison<std::greater_equal<double>>, "",
       part},
      {"If", importIf, "else_branch then_branch",
       "with a condition on shapes and constants"},
      {"Less", importComparison<std::less<double>>, "", part},
      {"LessOrEqual", importComparison<std::less_equal<double>>, "", part},
      {"Where", importWhere, "",
       "as part of a known function, and by a constant between a tensor and 0"},
  };
  return operators;
}

} // namespace qml
