//===- Expression.h - Functions of each element, put together ---*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Exporters write SiLU, GELU, hard-swish and others as several operators on
// each element, in any order. What they compute together is evaluated at some
// points; that tells which function it is, whatever it is made of.
//
//===----------------------------------------------------------------------===//

#ifndef QML_LIB_TARGET_ONNX_EXPRESSION_H
#define QML_LIB_TARGET_ONNX_EXPRESSION_H

#include "qml/Dialect/QML/IR/QMLOps.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace qml {

/// Values of a function at the points of `getPoints`.
using Samples = std::vector<double>;
const std::vector<double> &getPoints();
Samples sample(const std::function<double(double)> &function);

/// A function that a layer computes.
struct KnownFunction {
  enum class Kind : uint8_t { Identity, Affine, Clip, Activation };
  Kind kind = Kind::Identity;
  /// Affine: factor and offset. Clip: lower and upper bound, maybe infinite.
  double first = 0, second = 0;
  qml::Activation function = qml::Activation::ReLU;
  std::optional<double> alpha;
};

/// The function that has these values, if a layer computes it.
std::optional<KnownFunction> identify(const Samples &samples);

/// A function of each element of a tensor. A null pointer to one is the tensor
/// itself.
struct Expression;
using ExpressionPtr = std::shared_ptr<const Expression>;

struct Expression {
  enum class Kind : uint8_t { Function, Sum, Difference, Product, Other };

  Kind kind = Kind::Function;
  /// Index of the node that computes it.
  size_t node = 0;
  /// Of the layer that computes it, if there is one.
  std::string name;
  /// Of the deepest operand, and one more.
  unsigned depth = 1;
  /// One of a function, else two.
  std::vector<ExpressionPtr> operands;
  /// Of the operands; the second is of two alone.
  std::function<double(double, double)> function;
  /// Of the tensor.
  Samples samples;
};

/// A part of an expression, and what the whole is a function of it.
struct KnownPart {
  ExpressionPtr part;
  KnownFunction function;
};

/// The parts that the expression is a known function of, those that are nearest
/// to the tensor first; the tensor itself alone if it is one.
std::vector<KnownPart> findKnownParts(const ExpressionPtr &expression);

const Samples &getSamples(const ExpressionPtr &expression);

/// `function` of an expression.
ExpressionPtr makeFunction(size_t node, std::string name, ExpressionPtr operand,
                           const std::function<double(double)> &function);
/// Two expressions of the same tensor together.
ExpressionPtr
makeExpression(size_t node, std::string name, Expression::Kind kind,
               ExpressionPtr lhs, ExpressionPtr rhs,
               const std::function<double(double, double)> &function);

} // namespace qml

#endif // QML_LIB_TARGET_ONNX_EXPRESSION_H
