//===- Config.cpp - The quantization configuration ------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "qml/Quantization/Config.h"

#include "qml/Quantization/Parameters.h"
#include "qml/Support/Json.h"
#include "qml/Support/Quote.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <string_view>
#include <unordered_set>

/// The entries of an object in their order. It is a list that can be appended
/// to without a search, and so holds a key that is there twice.
using Json = nlohmann::ordered_json;

namespace qml {

/// More layers than any network has; bounds the time.
static constexpr size_t maxLayers = size_t(1) << 20;
/// Values of one layer; bounds the memory.
static constexpr size_t maxLayerValues = 10000;
/// An entry is an object with an object for each quantizer.
static constexpr size_t maxDepth = 64;
/// More problems than these are counted.
static constexpr size_t maxProblems = 100;
/// More layers than these that the network does not have are counted.
static constexpr size_t maxStrangers = 100;

const LayerConfig *Config::find(const std::string &layer) const {
  auto found = indices.find(layer);
  return found == indices.end() ? nullptr : &layers[found->second];
}

static std::string show(const Json &value) { return printable(value.dump()); }

namespace {
/// Collects problems, and counts those that are too many to tell.
class ProblemList {
public:
  explicit ProblemList(std::vector<std::string> &problems)
      : problems(problems) {}
  ~ProblemList() {
    if (more != 0)
      problems.push_back("and " + std::to_string(more) + " more problems");
  }
  void add(std::string problem) {
    if (problems.size() < maxProblems)
      problems.push_back(std::move(problem));
    else
      ++more;
  }

private:
  std::vector<std::string> &problems;
  size_t more = 0;
};
} // namespace

const WeightQuantizerConfig *
LayerConfig::findWeightQuantizer(const std::string &key) const {
  const std::optional<WeightQuantizerConfig> *found = nullptr;
  if (key == "weight_quantizer")
    found = &weightQuantizer;
  else if (key == "dw_weight_quantizer")
    found = &depthwiseQuantizer;
  else if (key == "pw_weight_quantizer")
    found = &pointwiseQuantizer;
  else if (key == "a_quantizer")
    found = &transitionQuantizer;
  return found && *found ? &**found : nullptr;
}

namespace {

/// Reads the object of one layer, and notes what is wrong with it.
class LayerReader {
public:
  LayerReader(LayerConfig &config, ProblemList &problems)
      : config(config), problems(problems) {}

  void read(const Json &object);

private:
  void problem(const std::string &where, const std::string &what) {
    problems.add("layer " + quote(config.layer) + ": " + where +
                 (where.empty() ? "" : " ") + what);
  }

  /// Calls `readField` with each key of an object that is allowed, and its
  /// value; names the others.
  template <typename Function>
  void readObject(const char *where, const Json &object,
                  std::initializer_list<std::string_view> allowed,
                  Function readField);

  void readInteger(const std::string &where, const Json &value, int lower,
                   int upper, int &result);
  void readBool(const std::string &where, const Json &value, bool &result);

  void readCalibrator(const std::string &where, const Json &value,
                      std::string &result);

  void readOutputQuantizer(const Json &object);
  void readWeightQuantizer(const char *name, const Json &object,
                           std::optional<WeightQuantizerConfig> &result);
  void readTransitionQuantizer(const Json &object);
  void readAlignedQuantizer(const char *name, const Json &object, bool isSigned,
                            std::optional<AlignedQuantizerConfig> &result);

  /// The smallest bitwidth depends on the sign, which may come later.
  void checkBitwidth(const std::string &where, int bitwidth, bool isSigned) {
    if (bitwidth < 2 && isSigned)
      problem(where + ".bitwidth", "is " + std::to_string(bitwidth) +
                                       "; signed quantizers take 2 or more");
  }

  LayerConfig &config;
  ProblemList &problems;
};

} // namespace

template <typename Function>
void LayerReader::readObject(const char *where, const Json &object,
                             std::initializer_list<std::string_view> allowed,
                             Function readField) {
  if (!object.is_object())
    return problem(where, "must be an object; found " + show(object));
  // Which of the allowed ones were met, as bits; others are few.
  unsigned seen = 0;
  std::unordered_set<std::string_view> unknown;
  for (const auto &[key, value] : object.items()) {
    std::string path = *where ? std::string(where) + "." + key : key;
    const auto *name = std::find(allowed.begin(), allowed.end(), key);
    unsigned bit = 1u << (name - allowed.begin());
    bool isKnown = name != allowed.end();
    bool isNew = isKnown ? (seen & bit) == 0 : unknown.insert(key).second;
    if (!isNew) {
      problem(quote(path), "is there twice; keep one of them");
    } else if (isKnown) {
      seen |= bit;
      config.keys.push_back(std::move(path));
      readField(*name, value);
    } else {
      std::string names;
      for (std::string_view other : allowed)
        names.append(names.empty() ? "" : ", ").append(other);
      problem(quote(path), "is no key; allowed are " + names);
    }
  }
}

void LayerReader::readInteger(const std::string &where, const Json &value,
                              int lower, int upper, int &result) {
  bool valid = value.is_number_integer() &&
               (!value.is_number_unsigned() ||
                value.get<uint64_t>() <= uint64_t(upper)) &&
               value.get<int64_t>() >= lower && value.get<int64_t>() <= upper;
  if (!valid)
    return problem(where, "is " + show(value) + "; allowed are " +
                              std::to_string(lower) + " to " +
                              std::to_string(upper));
  result = value.get<int>();
}

void LayerReader::readBool(const std::string &where, const Json &value,
                           bool &result) {
  if (!value.is_boolean())
    return problem(where, "is " + show(value) + "; allowed are true and false");
  result = value.get<bool>();
}

void LayerReader::readCalibrator(const std::string &where, const Json &value,
                                 std::string &result) {
  if (!value.is_string() || !isCalibrator(value.get_ref<const std::string &>()))
    return problem(where,
                   "is " + show(value) + "; allowed are " + calibratorNames);
  result = value.get<std::string>();
}

void LayerReader::readOutputQuantizer(const Json &object) {
  const std::string where = "output_quantizer";
  OutputQuantizerConfig &quantizer = config.outputQuantizer.emplace();
  readObject(
      "output_quantizer", object,
      {"bitwidth", "signed", "axis", "scale_bits", "buffer_bitwidth",
       "calibrator"},
      [&](std::string_view key, const Json &value) {
        if (key == "bitwidth")
          readInteger(where + ".bitwidth", value, 1, 31, quantizer.bitwidth);
        else if (key == "signed")
          readBool(where + ".signed", value, quantizer.isSigned);
        else if (key == "scale_bits")
          readInteger(where + ".scale_bits", value, 2, 16, quantizer.scaleBits);
        else if (key == "buffer_bitwidth")
          readInteger(where + ".buffer_bitwidth", value, 2, 32,
                      quantizer.bufferBitwidth);
        else if (key == "calibrator")
          readCalibrator(where + ".calibrator", value, quantizer.calibrator);
        else if (value == "per-axis")
          quantizer.perAxis = true;
        else if (value != "per-tensor")
          problem(where + ".axis", "is " + show(value) +
                                       "; allowed are \"per-tensor\" and "
                                       "\"per-axis\"");
      });
  checkBitwidth(where, quantizer.bitwidth, quantizer.isSigned);
}

void LayerReader::readWeightQuantizer(
    const char *name, const Json &object,
    std::optional<WeightQuantizerConfig> &result) {
  const std::string where = name;
  WeightQuantizerConfig &quantizer = result.emplace();
  auto readAxis = [&](const Json &value) {
    quantizer.hasAxis = true;
    if (value.is_null())
      return;
    int number = 0;
    readInteger(where + ".axis", value, -4, 3, number);
    quantizer.axis = number;
  };
  readObject(name, object, {"bitwidth", "signed", "axis"},
             [&](std::string_view key, const Json &value) {
               if (key == "bitwidth")
                 readInteger(where + ".bitwidth", value, 1, 16,
                             quantizer.bitwidth);
               else if (key == "signed")
                 readBool(where + ".signed", value, quantizer.isSigned);
               else
                 readAxis(value);
             });
  checkBitwidth(where, quantizer.bitwidth, quantizer.isSigned);
}

/// The factors of recurrences have no scale, and one binary point.
void LayerReader::readTransitionQuantizer(const Json &object) {
  WeightQuantizerConfig &quantizer = config.transitionQuantizer.emplace();
  bool isFixedPoint = false;
  readObject(
      "a_quantizer", object, {"bitwidth", "signed", "axis", "fp_quantizer"},
      [&](std::string_view key, const Json &value) {
        if (key == "bitwidth")
          readInteger("a_quantizer.bitwidth", value, 2, 16, quantizer.bitwidth);
        else if (key == "signed")
          readBool("a_quantizer.signed", value, quantizer.isSigned);
        else if (key == "fp_quantizer")
          readBool("a_quantizer.fp_quantizer", value, isFixedPoint);
        else if (!value.is_null())
          problem("a_quantizer.axis",
                  "is " + show(value) + "; allowed is null");
      });
  if (!isFixedPoint || !quantizer.isSigned)
    problem("a_quantizer", "must have \"fp_quantizer\": true, and a sign: "
                           "factors of recurrences have no scale");
}

void LayerReader::readAlignedQuantizer(
    const char *name, const Json &object, bool isSigned,
    std::optional<AlignedQuantizerConfig> &result) {
  const std::string where = name;
  AlignedQuantizerConfig &quantizer = result.emplace();
  quantizer.isSigned = isSigned;
  auto readField = [&](std::string_view key, const Json &value) {
    if (key == "bitwidth")
      readInteger(where + ".bitwidth", value, 1, 24, quantizer.bitwidth);
    else
      readBool(where + ".signed", value, quantizer.isSigned);
  };
  // The reference takes the sign of a bias as an argument, that of a maximum
  // not at all.
  if (isSigned)
    readObject(name, object, {"bitwidth", "signed"}, readField);
  else
    readObject(name, object, {"bitwidth"}, readField);
  checkBitwidth(where, quantizer.bitwidth, quantizer.isSigned);
}

void LayerReader::read(const Json &object) {
  readObject("", object,
             {"output_quantizer", "weight_quantizer", "dw_weight_quantizer",
              "pw_weight_quantizer", "a_quantizer", "bias_quantizer",
              "max_value_quantizer", "buffer_bitwidth", "lut_bitwidth"},
             [&](std::string_view key, const Json &value) {
               if (key == "output_quantizer")
                 readOutputQuantizer(value);
               else if (key == "weight_quantizer")
                 readWeightQuantizer("weight_quantizer", value,
                                     config.weightQuantizer);
               else if (key == "dw_weight_quantizer")
                 readWeightQuantizer("dw_weight_quantizer", value,
                                     config.depthwiseQuantizer);
               else if (key == "pw_weight_quantizer")
                 readWeightQuantizer("pw_weight_quantizer", value,
                                     config.pointwiseQuantizer);
               else if (key == "a_quantizer")
                 readTransitionQuantizer(value);
               else if (key == "bias_quantizer")
                 readAlignedQuantizer("bias_quantizer", value, true,
                                      config.biasQuantizer);
               else if (key == "max_value_quantizer")
                 readAlignedQuantizer("max_value_quantizer", value, false,
                                      config.maxValueQuantizer);
               else if (key == "lut_bitwidth")
                 readInteger("lut_bitwidth", value, 2, 16,
                             config.lutBitwidth.emplace(14));
               else
                 readInteger("buffer_bitwidth", value, 2, 44,
                             config.bufferBitwidth.emplace(32));
             });
}

namespace {
/// Takes what the parser finds, and holds the values of one layer at a time.
class ConfigReader final : public nlohmann::json_sax<Json> {
public:
  ConfigReader(std::string_view text, Config &config, const IsLayer &isLayer,
               ProblemList &problems)
      : text(text), config(config), isLayer(isLayer), problems(problems) {}

  /// Why the parser was stopped; empty if it was not.
  std::string failure;

  // What the parser calls; false stops it.
  bool null() override { return add(Json(nullptr)); }
  bool boolean(bool value) override { return add(Json(value)); }
  bool number_integer(int64_t value) override { return add(Json(value)); }
  bool number_unsigned(uint64_t value) override { return add(Json(value)); }
  bool number_float(double value, const std::string &) override {
    return add(Json(value));
  }
  bool string(std::string &value) override {
    return add(Json(std::move(value)));
  }
  bool binary(binary_t &) override { return false; }
  bool key(std::string &name) override;
  bool start_object(size_t) override { return start(Json::object()); }
  bool end_object() override { return end(); }
  bool start_array(size_t) override { return start(Json::array()); }
  bool end_array() override { return end(); }
  bool parse_error(size_t, const std::string &,
                   const nlohmann::detail::exception &) override {
    return stop("the configuration is no valid JSON: " +
                findJsonProblem(std::string(text)));
  }

private:
  bool stop(const std::string &why) {
    failure = why;
    return false;
  }
  bool add(Json value);
  bool start(Json value);
  bool end();
  bool finishLayer();

  std::string_view text;
  Config &config;
  const IsLayer &isLayer;
  ProblemList &problems;
  bool isOpen = false;
  size_t numLayers = 0;
  size_t numStrangers = 0;
  /// The layer that is being read, its entry, and how many values that has.
  std::string layer;
  Json entry;
  size_t numValues = 0;
  /// The key of the value that follows, if it is in an object.
  std::string nextKey;
  /// Objects and arrays that are open within the entry, and it. Only the last
  /// one grows, so that the others stay where they are.
  std::vector<Json *> open;
};
} // namespace

bool ConfigReader::key(std::string &name) {
  if (!open.empty()) {
    nextKey = std::move(name);
    return true;
  }
  if (++numLayers > maxLayers)
    return stop("the configuration has more than " + std::to_string(maxLayers) +
                " layers; no network has so many");
  layer = std::move(name);
  numValues = 0;
  return true;
}

bool ConfigReader::add(Json value) {
  if (!isOpen)
    return stop("the configuration must be an object with the names of "
                "layers as keys");
  if (++numValues > maxLayerValues)
    return stop("layer " + quote(layer) + " has more than " +
                std::to_string(maxLayerValues) + " values");
  if (open.empty()) {
    entry = std::move(value);
    return entry.is_structured() || finishLayer();
  }
  Json &parent = *open.back();
  if (parent.is_array())
    parent.push_back(std::move(value));
  else
    parent.get_ref<Json::object_t &>().emplace_back(std::move(nextKey),
                                                    std::move(value));
  return true;
}

bool ConfigReader::start(Json value) {
  if (!isOpen && value.is_object()) {
    isOpen = true;
    return true;
  }
  if (open.size() + 1 >= maxDepth)
    return stop("the configuration nests deeper than " +
                std::to_string(maxDepth) + " levels");
  if (!add(std::move(value)))
    return false;
  if (open.empty()) {
    open.push_back(&entry);
  } else {
    Json &parent = *open.back();
    open.push_back(&*std::prev(parent.end()));
  }
  return true;
}

bool ConfigReader::end() {
  // The configuration itself may end here.
  if (open.empty())
    return true;
  open.pop_back();
  return !open.empty() || finishLayer();
}

bool ConfigReader::finishLayer() {
  LayerConfig found;
  found.layer = layer;
  // What the network does not have is checked, but not kept.
  bool isKept = !isLayer || isLayer(layer) || ++numStrangers <= maxStrangers;
  if (!isKept) {
    ++config.numOmitted;
  } else if (!config.indices.emplace(layer, config.layers.size()).second) {
    problems.add("layer " + quote(layer) +
                 " is there twice; keep one of its entries");
    return true;
  }
  LayerReader(found, problems).read(entry);
  if (isKept)
    config.layers.push_back(std::move(found));
  return true;
}

Config parseConfig(std::string_view text, std::vector<std::string> &problems,
                   const IsLayer &isLayer) {
  Config result;
  std::vector<std::string> found;
  std::string failure;
  {
    ProblemList list(found);
    ConfigReader reader(text, result, isLayer, list);
    Json::sax_parse(text, &reader);
    failure = reader.failure;
  }
  // Of a file that can't be read, nothing else is of interest.
  if (!failure.empty())
    found = {failure};
  for (std::string &problem : found)
    problems.push_back(std::move(problem));
  return result;
}

} // namespace qml
