//===- ShapeNumbers.cpp - Numbers that come of shapes ---------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ShapeNumbers.h"

#include "KerasModelTree.h"
#include "Layers/Slices.h"

#include "llvm/ADT/STLExtras.h"

using Json = nlohmann::json;

namespace qml {

using detail::findMember;

/// What stands for the batch, whose size is not known.
static constexpr int64_t batch = -1;
/// Larger ones are of no shape.
static constexpr int64_t largest = int64_t(1) << 31;

static bool takesShape(llvm::StringRef className) {
  return className == "tf.compat.v1.shape" || className == "tf.shape";
}

static std::optional<int64_t> readNumber(const Json &value) {
  if (!value.is_number_integer())
    return std::nullopt;
  auto number = value.get<int64_t>();
  return number > -largest && number < largest ? std::optional(number)
                                               : std::nullopt;
}

bool ShapeNumbers::isNeededBy(const KerasLayer &layer) const {
  return llvm::any_of(layer.inputs,
                      [&](size_t input) { return known.contains(input); });
}

bool ShapeNumbers::isMissedBy(const KerasLayer &layer) const {
  return llvm::any_of(layer.inputs, [&](size_t input) {
    auto numbers = known.find(input);
    return numbers != known.end() && numbers->second.values.empty();
  });
}

bool ShapeNumbers::computes(const KerasLayer &layer,
                            llvm::StringRef className) const {
  return takesShape(className) ||
         (!layer.inputs.empty() &&
          llvm::all_of(layer.inputs,
                       [&](size_t input) { return known.contains(input); }));
}

std::vector<ShapeNumbers::Numbers>
ShapeNumbers::getOperands(const KerasLayer &layer) const {
  std::vector<Numbers> operands;
  for (const KerasArgument &argument : layer.arguments) {
    if (argument.input)
      operands.push_back(known.lookup(layer.inputs[*argument.input]));
    else if (auto number = readNumber(argument.value);
             number && argument.name != "axis")
      operands.push_back({{*number}, /*isScalar=*/true});
  }
  return operands;
}

/// Number `place` of a list, or those of a slice of it.
static std::optional<std::vector<int64_t>>
takeSlice(const std::vector<int64_t> &list, const Json &spec) {
  auto count = static_cast<int64_t>(list.size());
  if (std::optional<int64_t> place = readNumber(spec)) {
    int64_t at = *place < 0 ? *place + count : *place;
    if (at < 0 || at >= count)
      return std::nullopt;
    return std::vector<int64_t>{list[at]};
  }
  const Json *step = findMember(spec, "step");
  bool isWhole = !step || step->is_null() || readNumber(*step) == 1;
  if (!spec.is_object() || !isWhole)
    return std::nullopt;
  std::optional<Part> part = readSlice(spec, count);
  if (!part)
    return std::nullopt;
  auto first = list.begin() + part->start;
  return std::vector<int64_t>(first, first + part->count);
}

/// What a function makes of two numbers; none of the batch, but for products
/// with 1 and quotients by 1.
static std::optional<int64_t> combine(llvm::StringRef function, int64_t a,
                                      int64_t b) {
  bool isProduct = function == "tf.math.multiply";
  bool isQuotient = llvm::is_contained(
      {"tf.compat.v1.floor_div", "tf.math.floordiv", "tf.math.floor_div"},
      function);
  if (isProduct && (a == 1 || b == 1))
    return a == 1 ? b : a;
  if (isQuotient && b == 1)
    return a;
  if (a < 0 || b < 0)
    return std::nullopt;
  std::optional<int64_t> result;
  if (isProduct)
    result = a * b;
  else if (isQuotient && b != 0)
    result = a / b;
  else if (function == "tf.__operators__.add" || function == "tf.math.add")
    result = a + b;
  else if (function == "tf.math.subtract")
    result = a - b;
  return result && *result >= 0 && *result < largest ? result : std::nullopt;
}

std::optional<ShapeNumbers::Numbers>
ShapeNumbers::compute(const KerasLayer &layer, llvm::StringRef function,
                      llvm::ArrayRef<int64_t> shape) const {
  if (takesShape(function)) {
    if (shape.empty())
      return std::nullopt;
    Numbers numbers;
    numbers.values.assign(shape.begin(), shape.end());
    numbers.values.front() = batch;
    return numbers;
  }
  std::vector<Numbers> operands = getOperands(layer);
  if (operands.empty())
    return std::nullopt;
  if (function == "tf.cast" || function == "tf.identity")
    return operands.front();
  if (function == "tf.__operators__.getitem") {
    for (const KerasArgument &argument : layer.arguments) {
      if (argument.name != "slice_spec" || operands.front().isScalar)
        continue;
      const Json &spec = argument.value.is_array() && argument.value.size() == 1
                             ? argument.value.front()
                             : argument.value;
      if (auto taken = takeSlice(operands.front().values, spec))
        return Numbers{std::move(*taken), spec.is_number_integer()};
    }
    return std::nullopt;
  }
  bool areScalars = llvm::all_of(
      operands, [](const Numbers &operand) { return operand.isScalar; });
  if (function == "tf.concat" || (function == "tf.stack" && areScalars)) {
    Numbers joined;
    for (const Numbers &operand : operands)
      llvm::append_range(joined.values, operand.values);
    return joined;
  }
  if (!areScalars || operands.size() != 2)
    return std::nullopt;
  std::optional<int64_t> result =
      combine(function, operands[0].values.front(), operands[1].values.front());
  return result ? std::optional(Numbers{{*result}, /*isScalar=*/true})
                : std::nullopt;
}

bool ShapeNumbers::evaluate(const KerasLayer &layer, llvm::StringRef className,
                            size_t index, llvm::ArrayRef<int64_t> shape) {
  std::optional<Numbers> numbers;
  if (!isMissedBy(layer))
    numbers = compute(layer, className, shape);
  known[index] = numbers.value_or(Numbers());
  return numbers.has_value();
}

KerasLayer ShapeNumbers::substitute(const KerasLayer &layer) const {
  KerasLayer result = layer;
  result.inputs.clear();
  result.inputShapes.clear();
  result.arguments.clear();
  for (const KerasArgument &argument : layer.arguments) {
    KerasArgument copy = argument;
    if (argument.input) {
      size_t input = layer.inputs[*argument.input];
      auto numbers = known.find(input);
      if (numbers == known.end()) {
        copy.input = result.inputs.size();
        result.inputs.push_back(input);
        result.inputShapes.push_back(layer.inputShapes[*argument.input]);
      } else {
        copy.input = std::nullopt;
        copy.value = numbers->second.isScalar
                         ? Json(numbers->second.values.front())
                         : Json(numbers->second.values);
      }
    }
    // The numbers of a list, one by one.
    bool isMore = !copy.input && !copy.name.empty() &&
                  !result.arguments.empty() && copy.value.is_number() &&
                  result.arguments.back().name == copy.name;
    if (!isMore) {
      result.arguments.push_back(std::move(copy));
      continue;
    }
    Json &list = result.arguments.back().value;
    if (!list.is_array())
      list = Json::array({list});
    list.push_back(copy.value);
  }
  return result;
}

} // namespace qml
