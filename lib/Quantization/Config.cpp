//===- Config.cpp - The quantization configuration ------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "qml/Quantization/Config.h"

#include "qml/Support/Json.h"
#include "qml/Support/Quote.h"

#include <nlohmann/json.hpp>

#include <functional>
#include <unordered_set>

namespace {
/// The entries of an object in their order, also those whose key is there
/// already: nothing is searched while a file is read, and a key that is there
/// twice is found.
template <typename Key, typename T, typename Less = std::less<Key>,
          typename Allocator = std::allocator<std::pair<const Key, T>>>
struct EntryList : nlohmann::ordered_map<Key, T, Less, Allocator> {
  using Map = nlohmann::ordered_map<Key, T, Less, Allocator>;
  using Map::Map;

  T &operator[](const Key &key) {
    this->emplace_back(key, T());
    return this->back().second;
  }
};
} // namespace

using Json = nlohmann::basic_json<EntryList>;

namespace qml {

/// More layers than any network has; bounds the memory for a file of 64 MB.
static constexpr size_t maxLayers = size_t(1) << 20;
/// More than these are counted.
static constexpr size_t maxProblems = 100;

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
  using Field = std::function<void(const Json &)>;

  void problem(const std::string &where, const std::string &what) {
    problems.add("layer " + quote(config.layer) + ": " + where + " " + what);
  }

  /// Calls the reader of each key of an object; names keys that have none.
  void readObject(const std::string &where, const Json &object,
                  const std::vector<std::pair<std::string, Field>> &fields);

  void readInteger(const std::string &where, const Json &value, int lower,
                   int upper, int &result);
  void readBool(const std::string &where, const Json &value, bool &result);

  void readOutputQuantizer(const Json &object);
  void readWeightQuantizer(const std::string &where, const Json &object,
                           std::optional<WeightQuantizerConfig> &result);
  void readAlignedQuantizer(const std::string &where, const Json &object,
                            bool isSigned,
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

void LayerReader::readObject(
    const std::string &where, const Json &object,
    const std::vector<std::pair<std::string, Field>> &fields) {
  if (!object.is_object())
    return problem(where, "must be an object; found " + show(object));
  std::unordered_set<std::string> seen;
  for (const auto &[key, value] : object.items()) {
    std::string path = where.empty() ? key : where + "." + key;
    if (!seen.insert(key).second) {
      problem(quote(path), "is there twice; keep one of them");
      continue;
    }
    bool known = false;
    for (const auto &[name, reader] : fields) {
      if (name != key)
        continue;
      config.keys.push_back(path);
      reader(value);
      known = true;
    }
    if (known)
      continue;
    std::string allowed;
    for (const auto &[name, reader] : fields)
      allowed += (allowed.empty() ? "" : ", ") + name;
    problem(quote(path), "is no key; allowed are " + allowed);
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

void LayerReader::readOutputQuantizer(const Json &object) {
  const std::string where = "output_quantizer";
  OutputQuantizerConfig &quantizer = config.outputQuantizer.emplace();
  auto axis = [&](const Json &value) {
    if (value == "per-axis")
      quantizer.perAxis = true;
    else if (value != "per-tensor")
      problem(where + ".axis", "is " + show(value) +
                                   "; allowed are \"per-tensor\" and "
                                   "\"per-axis\"");
  };
  auto integer = [&](const char *name, int lower, int upper, int &result) {
    return [=, &result](const Json &value) {
      readInteger(where + "." + name, value, lower, upper, result);
    };
  };
  readObject(where, object,
             {{"bitwidth", integer("bitwidth", 1, 31, quantizer.bitwidth)},
              {"signed",
               [&](const Json &value) {
                 readBool(where + ".signed", value, quantizer.isSigned);
               }},
              {"axis", axis},
              {"scale_bits", integer("scale_bits", 2, 16, quantizer.scaleBits)},
              {"buffer_bitwidth",
               integer("buffer_bitwidth", 2, 32, quantizer.bufferBitwidth)}});
  checkBitwidth(where, quantizer.bitwidth, quantizer.isSigned);
}

void LayerReader::readWeightQuantizer(
    const std::string &where, const Json &object,
    std::optional<WeightQuantizerConfig> &result) {
  WeightQuantizerConfig &quantizer = result.emplace();
  auto axis = [&](const Json &value) {
    quantizer.hasAxis = true;
    if (value.is_null())
      return;
    int number = 0;
    readInteger(where + ".axis", value, -4, 3, number);
    quantizer.axis = number;
  };
  auto bitwidth = [&](const Json &value) {
    readInteger(where + ".bitwidth", value, 1, 16, quantizer.bitwidth);
  };
  readObject(where, object,
             {{"bitwidth", bitwidth},
              {"signed",
               [&](const Json &value) {
                 readBool(where + ".signed", value, quantizer.isSigned);
               }},
              {"axis", axis}});
  checkBitwidth(where, quantizer.bitwidth, quantizer.isSigned);
}

void LayerReader::readAlignedQuantizer(
    const std::string &where, const Json &object, bool isSigned,
    std::optional<AlignedQuantizerConfig> &result) {
  AlignedQuantizerConfig &quantizer = result.emplace();
  quantizer.isSigned = isSigned;
  std::vector<std::pair<std::string, Field>> fields = {
      {"bitwidth", [&](const Json &value) {
         readInteger(where + ".bitwidth", value, 1, 24, quantizer.bitwidth);
       }}};
  // The reference takes the sign of a bias as an argument, that of a maximum
  // not at all.
  if (isSigned)
    fields.push_back({"signed", [&](const Json &value) {
                        readBool(where + ".signed", value, quantizer.isSigned);
                      }});
  readObject(where, object, fields);
  checkBitwidth(where, quantizer.bitwidth, quantizer.isSigned);
}

void LayerReader::read(const Json &object) {
  auto bufferBitwidth = [&](const Json &value) {
    int result = 32;
    readInteger("buffer_bitwidth", value, 2, 32, result);
    config.bufferBitwidth = result;
  };
  auto weights = [&](const char *name,
                     std::optional<WeightQuantizerConfig> &result) {
    auto reader = [=, &result](const Json &value) {
      readWeightQuantizer(name, value, result);
    };
    return std::pair<std::string, Field>(name, reader);
  };
  readObject("", object,
             {{"output_quantizer",
               [&](const Json &value) { readOutputQuantizer(value); }},
              weights("weight_quantizer", config.weightQuantizer),
              weights("dw_weight_quantizer", config.depthwiseQuantizer),
              weights("pw_weight_quantizer", config.pointwiseQuantizer),
              {"bias_quantizer",
               [&](const Json &value) {
                 readAlignedQuantizer("bias_quantizer", value, true,
                                      config.biasQuantizer);
               }},
              {"max_value_quantizer",
               [&](const Json &value) {
                 readAlignedQuantizer("max_value_quantizer", value, false,
                                      config.maxValueQuantizer);
               }},
              {"buffer_bitwidth", bufferBitwidth}});
}

/// How deep arrays and objects nest: a bound on the parser's recursion.
static bool isTooDeep(const std::string &text) {
  int depth = 0;
  for (char c : text) {
    depth += (c == '{' || c == '[') - (c == '}' || c == ']');
    if (depth > 64)
      return true;
  }
  return false;
}

Config parseConfig(const std::string &text,
                   std::vector<std::string> &problems) {
  Config result;
  if (isTooDeep(text)) {
    problems.push_back("the configuration nests deeper than 64 levels");
    return result;
  }
  Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded()) {
    problems.push_back("the configuration is no valid JSON: " +
                       findJsonProblem(text));
    return result;
  }
  if (!json.is_object()) {
    problems.push_back("the configuration must be an object with the names of "
                       "layers as keys");
    return result;
  }
  if (json.size() > maxLayers) {
    problems.push_back("the configuration has " + std::to_string(json.size()) +
                       " layers; at most " + std::to_string(maxLayers) +
                       " are read");
    return result;
  }
  ProblemList list(problems);
  for (const auto &[layer, object] : json.items()) {
    if (!result.indices.emplace(layer, result.layers.size()).second) {
      list.add("layer " + quote(layer) +
               " is there twice; keep one of its entries");
      continue;
    }
    LayerConfig &config = result.layers.emplace_back();
    config.layer = layer;
    LayerReader(config, list).read(object);
  }
  return result;
}

} // namespace qml
