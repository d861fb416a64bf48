//===- Expression.cpp - Functions of each element, put together -----------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Expression.h"

#include "qml/Quantization/ScalarFunctions.h"

#include <algorithm>
#include <cmath>
#include <map>

namespace qml {

/// The largest point: bounds of clips may lie anywhere below.
constexpr double farthest = 1e9;

const std::vector<double> &getPoints() {
  static const std::vector<double> points = [] {
    std::vector<double> result = {-farthest, -1000.0};
    for (int i = -163; i <= 163; ++i)
      result.push_back(i / 8.0 + (i % 2) * 0.03);
    result.push_back(1000.0);
    result.push_back(farthest);
    return result;
  }();
  return points;
}

Samples sample(const std::function<double(double)> &function) {
  Samples samples;
  for (double point : getPoints())
    samples.push_back(function(point));
  return samples;
}

/// Whether a function has these values, but for the rounding of constants to
/// float32. What overflows on the way proves nothing.
static bool isSame(const Samples &samples,
                   const std::function<double(double)> &function) {
  const std::vector<double> &points = getPoints();
  auto isFarPoint = [](double point) { return std::abs(point) >= 1000.0; };
  // Small functions differ by little.
  double largest = 0.0;
  for (size_t i = 0; i != points.size(); ++i)
    if (!isFarPoint(points[i]))
      largest = std::max(largest, std::abs(samples[i]));
  double unit = std::min(largest, 1.0);
  for (size_t i = 0; i != points.size(); ++i) {
    double expected = function(points[i]), found = samples[i];
    bool isFar = isFarPoint(points[i]);
    if (isFar && (!std::isfinite(found) || !std::isfinite(expected)))
      continue;
    if (!(std::abs(found - expected) <=
          4e-6 * std::max(unit, std::abs(expected))))
      return false;
  }
  return true;
}

static double at(const Samples &samples, double point) {
  const std::vector<double> &points = getPoints();
  return samples[size_t(std::find(points.begin(), points.end(), point) -
                        points.begin())];
}

static double clip(double x, double lower, double upper) {
  return std::min(std::max(x, lower), upper);
}

static std::optional<KnownFunction> identifyClip(const Samples &samples) {
  // A bound that is beyond the points is none.
  double lower = samples.front(), upper = samples.back();
  if (lower == -farthest)
    lower = -INFINITY;
  if (upper == farthest)
    upper = INFINITY;
  if (!(lower < upper) ||
      !isSame(samples, [&](double x) { return clip(x, lower, upper); }))
    return std::nullopt;
  if (lower == 0.0 && std::isinf(upper))
    return KnownFunction{KnownFunction::Kind::Activation, 0, 0,
                         Activation::ReLU, std::nullopt};
  return KnownFunction{KnownFunction::Kind::Clip, lower, upper, {}, {}};
}

std::optional<KnownFunction> identify(const Samples &samples) {
  using Kind = KnownFunction::Kind;
  double offset = at(samples, 0.0), factor = at(samples, 1000.0) - offset;
  factor /= 1000.0;
  if (isSame(samples, [&](double x) { return x; }))
    return KnownFunction{};
  if (isSame(samples, [&](double x) { return factor * x + offset; })) {
    // The points nearby have the digits.
    double unit = at(samples, 4.0) - offset;
    return KnownFunction{Kind::Affine, unit / 4.0, offset, {}, {}};
  }
  if (std::optional<KnownFunction> found = identifyClip(samples))
    return found;
  static const std::pair<ScalarFunction, Activation> functions[] = {
      {ScalarFunction::Gelu, Activation::Gelu},
      {ScalarFunction::GeluTanh, Activation::GeluTanh},
      {ScalarFunction::Swish, Activation::Swish},
      {ScalarFunction::HardSilu, Activation::HardSilu},
      {ScalarFunction::Sigmoid, Activation::Sigmoid},
      {ScalarFunction::HardSigmoid, Activation::HardSigmoid},
      {ScalarFunction::HardSigmoid6, Activation::HardSigmoid6},
      {ScalarFunction::Tanh, Activation::Tanh},
      {ScalarFunction::SELU, Activation::SELU},
      {ScalarFunction::Softplus, Activation::Softplus},
      {ScalarFunction::Softsign, Activation::Softsign},
      {ScalarFunction::Mish, Activation::Mish},
      {ScalarFunction::Exponential, Activation::Exponential},
  };
  auto known = [&](ScalarFunction function, double alpha) {
    return isSame(samples,
                  [&](double x) { return applyFunction(function, x, alpha); });
  };
  for (auto [function, activation] : functions)
    if (known(function, 0))
      return KnownFunction{Kind::Activation, 0, 0, activation, std::nullopt};
  double slope = at(samples, -4.0) / -4.0;
  if (known(ScalarFunction::LeakyReLU, slope))
    return KnownFunction{Kind::Activation, 0, 0, Activation::LeakyReLU, slope};
  double alpha = -at(samples, -1000.0);
  if (known(ScalarFunction::ELU, alpha))
    return KnownFunction{Kind::Activation, 0, 0, Activation::ELU, alpha};
  return std::nullopt;
}

static unsigned getDepth(const ExpressionPtr &expression) {
  return expression ? expression->depth : 0;
}

const Samples &getSamples(const ExpressionPtr &expression) {
  return expression ? expression->samples : getPoints();
}

ExpressionPtr makeFunction(size_t node, std::string name, ExpressionPtr operand,
                           const std::function<double(double)> &function) {
  auto result = std::make_shared<Expression>();
  result->node = node;
  result->name = std::move(name);
  result->function = [function](double x, double) { return function(x); };
  for (double value : getSamples(operand))
    result->samples.push_back(function(value));
  result->depth = getDepth(operand) + 1;
  result->operands = {std::move(operand)};
  return result;
}

ExpressionPtr
makeExpression(size_t node, std::string name, Expression::Kind kind,
               ExpressionPtr lhs, ExpressionPtr rhs,
               const std::function<double(double, double)> &function) {
  auto result = std::make_shared<Expression>();
  result->node = node;
  result->name = std::move(name);
  result->kind = kind;
  result->function = function;
  const Samples &first = getSamples(lhs), &second = getSamples(rhs);
  for (size_t i = 0; i != first.size(); ++i)
    result->samples.push_back(function(first[i], second[i]));
  result->depth = std::max(getDepth(lhs), getDepth(rhs)) + 1;
  result->operands = {std::move(lhs), std::move(rhs)};
  return result;
}

/// Parts that are tried.
constexpr size_t maxParts = 24;

/// An expression as a function of one of its parts; empty if it is none.
static Samples sampleOf(const ExpressionPtr &expression,
                        const ExpressionPtr &part,
                        std::map<const Expression *, Samples> &known) {
  if (expression == part)
    return getPoints();
  if (!expression)
    return {};
  auto [entry, isNew] = known.try_emplace(expression.get());
  if (!isNew)
    return entry->second;
  Samples first = sampleOf(expression->operands.front(), part, known);
  Samples second = sampleOf(expression->operands.back(), part, known);
  if (first.empty() || second.empty())
    return {};
  Samples result;
  for (size_t i = 0; i != first.size(); ++i)
    result.push_back(expression->function(first[i], second[i]));
  known[expression.get()] = result;
  return result;
}

std::vector<KnownPart> findKnownParts(const ExpressionPtr &expression) {
  if (std::optional<KnownFunction> function = identify(expression->samples))
    return {KnownPart{nullptr, *function}};
  std::vector<KnownPart> found;
  std::vector<ExpressionPtr> parts = expression->operands;
  for (size_t i = 0; i != parts.size() && parts.size() < maxParts; ++i)
    if (parts[i])
      for (const ExpressionPtr &operand : parts[i]->operands)
        if (operand &&
            std::find(parts.begin(), parts.end(), operand) == parts.end())
          parts.push_back(operand);
  for (auto part = parts.rbegin(); part != parts.rend(); ++part) {
    if (!*part)
      continue;
    std::map<const Expression *, Samples> known;
    Samples samples = sampleOf(expression, *part, known);
    if (samples.empty())
      continue;
    if (std::optional<KnownFunction> function = identify(samples))
      found.push_back({*part, *function});
  }
  return found;
}

} // namespace qml
