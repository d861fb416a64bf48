//===- LayerConfigReader.cpp - The configuration of a Keras layer ---------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LayerConfigReader.h"

#include <cmath>

using namespace mlir;
using Json = nlohmann::json;

namespace qml {

/// Extents and counts above this are mistakes; their products fit 64 bits.
constexpr int64_t maxExtent = int64_t(1) << 24;

static std::optional<int64_t> toInteger(const Json &value, int64_t lower) {
  if (value.is_number_float()) {
    double number = value.get<double>();
    if (number == std::floor(number) && number >= double(lower) &&
        number <= double(maxExtent))
      return static_cast<int64_t>(number);
    return std::nullopt;
  }
  if (!value.is_number_integer())
    return std::nullopt;
  if (value.is_number_unsigned() && value.get<uint64_t>() > uint64_t(maxExtent))
    return std::nullopt;
  int64_t number = value.get<int64_t>();
  if (number < lower || number > maxExtent)
    return std::nullopt;
  return number;
}

InFlightDiagnostic LayerConfigReader::error() {
  hasFailed = true;
  return emitError(loc);
}

const Json *LayerConfigReader::find(const char *key) const {
  if (!keras.config.is_object())
    return nullptr;
  auto found = keras.config.find(key);
  if (found == keras.config.end() || found->is_null())
    return nullptr;
  return &*found;
}

bool LayerConfigReader::has(const char *key) const { return find(key); }

void LayerConfigReader::wrongValue(const char *key, const Json *value,
                                   const char *allowed) {
  std::string found =
      value ? value->dump(-1, ' ', true, Json::error_handler_t::replace)
            : "missing";
  if (found.size() > 60)
    found = found.substr(0, 57) + "...";
  error() << "its " << key << " is " << found << "; allowed is " << allowed;
}

int64_t LayerConfigReader::getInteger(const char *key,
                                      std::optional<int64_t> byDefault) {
  const Json *value = find(key);
  if (!value && byDefault)
    return *byDefault;
  if (value)
    if (std::optional<int64_t> integer = toInteger(*value, 1))
      return *integer;
  wrongValue(key, value, "a positive integer");
  return 1;
}

int64_t LayerConfigReader::getIndex(const char *key) {
  const Json *value = find(key);
  if (value)
    if (std::optional<int64_t> integer = toInteger(*value, 0))
      return *integer;
  wrongValue(key, value, "an integer from 0 on");
  return 0;
}

double LayerConfigReader::getNumber(const char *key) {
  if (!find(key))
    wrongValue(key, nullptr, "a number");
  return getNumber(key, 0.0);
}

double LayerConfigReader::getNumber(const char *key, double byDefault) {
  const Json *value = find(key);
  if (!value)
    return byDefault;
  if (value->is_number() && std::isfinite(value->get<double>()))
    return value->get<double>();
  wrongValue(key, value, "a number");
  return byDefault;
}

bool LayerConfigReader::getBool(const char *key, bool byDefault) {
  const Json *value = find(key);
  if (!value)
    return byDefault;
  if (value->is_boolean())
    return value->get<bool>();
  wrongValue(key, value, "true or false");
  return byDefault;
}

std::string LayerConfigReader::getString(const char *key,
                                         const char *byDefault) {
  const Json *value = find(key);
  if (!value)
    return byDefault;
  if (value->is_string())
    return value->get<std::string>();
  wrongValue(key, value, "a name");
  return byDefault;
}

std::array<int64_t, 2>
LayerConfigReader::getPair(const char *key, std::optional<int64_t> byDefault) {
  const Json *value = find(key);
  if (!value && byDefault)
    return {*byDefault, *byDefault};
  if (value && value->is_array() && value->size() == 2) {
    std::optional<int64_t> first = toInteger((*value)[0], 1);
    std::optional<int64_t> second = toInteger((*value)[1], 1);
    if (first && second)
      return {*first, *second};
  } else if (value) {
    if (std::optional<int64_t> both = toInteger(*value, 1))
      return {*both, *both};
  }
  wrongValue(key, value, "one positive integer, or two");
  return {1, 1};
}

std::array<int64_t, 2>
LayerConfigReader::getWindow(const char *key, bool isSequence,
                             std::optional<int64_t> byDefault) {
  if (!isSequence)
    return getPair(key, byDefault);
  const Json *value = find(key);
  if (!value && byDefault)
    return {1, *byDefault};
  if (value) {
    bool isList = value->is_array() && value->size() == 1;
    if (auto steps = toInteger(isList ? (*value)[0] : *value, 1))
      return {1, *steps};
  }
  wrongValue(key, value, "a positive integer");
  return {1, 1};
}

const Json &getConstantValue(const Json &constant) {
  if (!constant.is_object())
    return constant;
  auto config = constant.find("config");
  bool hasValue = config != constant.end() && config->is_object() &&
                  config->contains("value");
  return hasValue ? (*config)["value"] : constant;
}

std::optional<std::vector<double>> parseNumbers(const Json &json) {
  const Json *value = &getConstantValue(json);
  // Arrays whose axes before the last are 1, as constants have.
  while (value->is_array() && value->size() == 1 && (*value)[0].is_array())
    value = &(*value)[0];
  std::vector<double> numbers;
  auto add = [&](const Json &number) {
    if (!number.is_number() || !std::isfinite(number.get<double>()))
      return false;
    numbers.push_back(number.get<double>());
    return true;
  };
  bool valid = value->is_array() ? !value->empty() && llvm::all_of(*value, add)
                                 : add(*value);
  if (!valid)
    return std::nullopt;
  return numbers;
}

std::vector<double>
LayerConfigReader::getNumbers(const char *key, std::vector<double> byDefault) {
  const Json *value = find(key);
  if (!value)
    return byDefault;
  if (std::optional<std::vector<double>> numbers = parseNumbers(*value))
    return std::move(*numbers);
  wrongValue(key, value, "a number, or a list of numbers");
  return byDefault;
}

std::vector<int64_t> LayerConfigReader::getIntegers(const char *key) {
  const Json *value = find(key);
  std::vector<int64_t> integers;
  bool valid = value && value->is_array();
  if (valid)
    for (const Json &element : *value) {
      std::optional<int64_t> integer = toInteger(element, -1);
      valid &= integer.has_value();
      integers.push_back(integer.value_or(1));
    }
  if (!valid)
    wrongValue(key, value, "a list of integers");
  return integers;
}

int64_t LayerConfigReader::getAxis(const char *key, int64_t byDefault) {
  const Json *value = find(key);
  if (!value)
    return byDefault;
  const Json *element =
      value->is_array() && value->size() == 1 ? &(*value)[0] : value;
  if (std::optional<int64_t> axis = toInteger(*element, -8))
    return *axis;
  wrongValue(key, value, "an integer");
  return byDefault;
}

/// One number for both sides, or one each.
static std::optional<std::array<int64_t, 2>> toPads(const Json &value) {
  bool isList = value.is_array() && value.size() == 2;
  std::optional<int64_t> first = toInteger(isList ? value[0] : value, 0);
  std::optional<int64_t> second = toInteger(isList ? value[1] : value, 0);
  if (!first || !second)
    return std::nullopt;
  return std::array<int64_t, 2>{*first, *second};
}

std::array<int64_t, 4> LayerConfigReader::getPads(const char *key) {
  const Json *value = find(key);
  if (value) {
    bool isList = value->is_array() && value->size() == 2;
    auto rows = toPads(isList ? (*value)[0] : *value);
    auto columns = toPads(isList ? (*value)[1] : *value);
    if (rows && columns)
      return {(*rows)[0], (*rows)[1], (*columns)[0], (*columns)[1]};
  }
  wrongValue(key, value, "one number of cells, two, or two pairs");
  return {0, 0, 0, 0};
}

std::array<int64_t, 2> LayerConfigReader::getStepPads(const char *key) {
  const Json *value = find(key);
  if (value)
    if (auto pads = toPads(*value))
      return *pads;
  wrongValue(key, value, "one number of steps, or two");
  return {0, 0};
}

std::array<int64_t, 3>
LayerConfigReader::getTriple(const char *key,
                             std::optional<int64_t> byDefault) {
  const Json *value = find(key);
  if (!value && byDefault)
    return {*byDefault, *byDefault, *byDefault};
  if (value) {
    bool isList = value->is_array() && value->size() == 3;
    auto element = [&](size_t i) {
      return toInteger(isList ? (*value)[i] : *value, 1);
    };
    if (element(0) && element(1) && element(2))
      return {*element(0), *element(1), *element(2)};
  }
  wrongValue(key, value, "a positive integer, or three");
  return {1, 1, 1};
}

std::array<std::array<int64_t, 2>, 3>
LayerConfigReader::getVolumePads(const char *key) {
  const Json *value = find(key);
  if (value) {
    bool isList = value->is_array() && value->size() == 3;
    auto frames = toPads(isList ? (*value)[0] : *value);
    auto rows = toPads(isList ? (*value)[1] : *value);
    auto columns = toPads(isList ? (*value)[2] : *value);
    if (frames && rows && columns)
      return {*frames, *rows, *columns};
  }
  wrongValue(key, value, "one number of cells, three, or three pairs");
  return {};
}

Padding LayerConfigReader::getPadding() {
  std::string name = getString("padding", "valid");
  if (std::optional<Padding> padding = symbolizePadding(name))
    return *padding;
  error() << "its padding is '" << name << "'; supported are same and valid";
  return Padding::Valid;
}

void LayerConfigReader::expectChannelsLast() {
  std::string format = getString("data_format", "channels_last");
  if (format != "channels_last")
    error() << "its data_format is '" << format
            << "'; only channels_last is supported";
}

} // namespace qml
