//===- KerasModelWeights.cpp - The weights of a Keras model ---------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Two layouts. A legacy .h5 file has a group for each layer of the outermost
// model; a nested model's group lists the weights of all layers in it, first
// those that can be trained. A .keras archive mirrors the nesting, with the
// layers named by their classes: layers/sequential/layers/conv2d_1/vars/0.
//
//===----------------------------------------------------------------------===//

#include "KerasModelTree.h"

#include <algorithm>
#include <optional>
#include <unordered_map>

using namespace qml;
using namespace qml::detail;
using json = nlohmann::json;

//===----------------------------------------------------------------------===//
// What Keras's own layers have
//===----------------------------------------------------------------------===//

namespace {
struct WeightNames {
  std::vector<std::string> names;
  /// How many of them are not for training; those come last.
  size_t fixed = 0;
};
} // namespace

/// The weights of a layer whose class is known.
static std::optional<WeightNames> expectedWeights(const KerasNode &node) {
  static const std::unordered_map<std::string, std::vector<std::string>>
      kernels = {{"Dense", {"kernel"}},
                 {"Conv1D", {"kernel"}},
                 {"Conv2D", {"kernel"}},
                 {"Conv3D", {"kernel"}},
                 {"Conv1DTranspose", {"kernel"}},
                 {"Conv2DTranspose", {"kernel"}},
                 {"DepthwiseConv2DTranspose", {"depthwise_kernel"}},
                 {"DepthwiseConv1D", {"depthwise_kernel"}},
                 {"DepthwiseConv2D", {"depthwise_kernel"}},
                 {"SeparableConv1D", {"depthwise_kernel", "pointwise_kernel"}},
                 {"SeparableConv2D", {"depthwise_kernel", "pointwise_kernel"}}};
  // Layers for augmentation are not: they have seeds, with state.
  static const char *const weightless[] = {"InputLayer",
                                           "ReLU",
                                           "LeakyReLU",
                                           "ELU",
                                           "Activation",
                                           "Softmax",
                                           "Add",
                                           "Average",
                                           "Concatenate",
                                           "Maximum",
                                           "Minimum",
                                           "Multiply",
                                           "Subtract",
                                           "Flatten",
                                           "Reshape",
                                           "Permute",
                                           "Identity",
                                           "ActivityRegularization",
                                           "Cropping1D",
                                           "Cropping2D",
                                           "UpSampling1D",
                                           "UpSampling2D",
                                           "ZeroPadding1D",
                                           "ZeroPadding2D",
                                           "ZeroPadding3D",
                                           "Rescaling",
                                           "Resizing",
                                           "CenterCrop",
                                           "MaxPooling1D",
                                           "MaxPooling2D",
                                           "MaxPooling3D",
                                           "AveragePooling1D",
                                           "AveragePooling2D",
                                           "AveragePooling3D",
                                           "GlobalAveragePooling1D",
                                           "GlobalAveragePooling2D",
                                           "GlobalMaxPooling1D",
                                           "GlobalMaxPooling2D",
                                           "Dropout",
                                           "AlphaDropout",
                                           "GaussianDropout",
                                           "GaussianNoise",
                                           "SpatialDropout1D",
                                           "SpatialDropout2D",
                                           "SpatialDropout3D",
                                           "TFOpLambda",
                                           "SlicingOpLambda"};
  WeightNames expected;
  auto kernel = kernels.find(node.className);
  if (kernel != kernels.end()) {
    expected.names = kernel->second;
    if (findBool(node.config, "use_bias", true))
      expected.names.push_back("bias");
    return expected;
  }
  if (node.className == "PReLU") {
    expected.names = {"alpha"};
    return expected;
  }
  if (node.className == "BatchNormalization") {
    if (findBool(node.config, "scale", true))
      expected.names.push_back("gamma");
    if (findBool(node.config, "center", true))
      expected.names.push_back("beta");
    expected.names.push_back("moving_mean");
    expected.names.push_back("moving_variance");
    expected.fixed = 2;
    return expected;
  }
  if (node.className == "Normalization") {
    if (!findMember(node.config, "mean") ||
        findMember(node.config, "mean")->is_null())
      expected.names = {"mean", "variance", "count"};
    expected.fixed = expected.names.size();
    return expected;
  }
  if (std::find(std::begin(weightless), std::end(weightless), node.className) !=
      std::end(weightless))
    return expected;
  return std::nullopt;
}

static std::string list(const std::vector<std::string> &names) {
  std::string text;
  for (const std::string &name : names)
    text += (text.empty() ? "" : ", ") + name;
  return text.empty() ? "none" : text;
}

/// Compares the weights of a layer with what its class has, and gives them that
/// class's names.
static Status checkWeights(KerasNode &node) {
  std::optional<WeightNames> expected = expectedWeights(node);
  if (!expected)
    return {};
  if (expected->names.size() != node.weights.size())
    return Error{"layer " + inQuotes(node.name) + " (" + node.className +
                 ") has " + std::to_string(node.weights.size()) +
                 " weights in the file instead of " +
                 std::to_string(expected->names.size()) + " (" +
                 list(expected->names) +
                 "); the file is damaged or was saved without its weights"};
  for (size_t i = 0; i < node.weights.size(); ++i)
    node.weights[i].name = expected->names[i];
  return {};
}

//===----------------------------------------------------------------------===//
// Legacy files
//===----------------------------------------------------------------------===//

namespace {
struct StoredWeight {
  /// "conv/kernel:0", "body/conv/kernel".
  std::string path;
  Array array;
};
} // namespace

static std::vector<std::string_view> splitPath(std::string_view path) {
  std::vector<std::string_view> parts;
  while (!path.empty()) {
    size_t slash = path.find('/');
    if (slash != 0)
      parts.push_back(path.substr(0, slash));
    path.remove_prefix(slash == std::string_view::npos ? path.size()
                                                       : slash + 1);
  }
  return parts;
}

/// "kernel" of "conv/kernel:0".
static std::string lastName(const std::string &path) {
  std::string name = path.substr(path.rfind('/') + 1);
  return name.substr(0, name.find(':'));
}

/// A list of names that Keras cuts into several attributes if it is too long
/// for one.
static Result<std::vector<std::string>> readNames(const HDF5Object &group,
                                                  const std::string &key) {
  if (group.hasAttribute(key) || !group.hasAttribute(key + "0"))
    return group.strings(key);
  std::vector<std::string> names;
  for (size_t i = 0; group.hasAttribute(key + std::to_string(i)); ++i) {
    Result<std::vector<std::string>> part =
        group.strings(key + std::to_string(i));
    if (!part)
      return part;
    names.insert(names.end(), part->begin(), part->end());
  }
  return names;
}

/// A group by a path whose parts may be missing.
static Result<std::optional<HDF5Object>> findGroup(const HDF5Object &from,
                                                   std::string_view path) {
  HDF5Object object = from;
  for (std::string_view part : splitPath(path)) {
    if (!object.contains(part))
      return std::optional<HDF5Object>();
    Result<HDF5Object> next = object.open(part);
    if (!next)
      return next.takeError();
    object = std::move(*next);
  }
  return std::optional<HDF5Object>(std::move(object));
}

static Result<std::vector<StoredWeight>> readGroup(const HDF5Object &weights,
                                                   const std::string &layer) {
  std::vector<StoredWeight> stored;
  Result<std::optional<HDF5Object>> group = findGroup(weights, layer);
  if (!group)
    return group.takeError();
  if (!*group)
    return stored;
  Result<std::vector<std::string>> names = readNames(**group, "weight_names");
  if (!names)
    return names.takeError();
  for (std::string &name : *names) {
    Result<HDF5Object> dataset = (*group)->open(name);
    if (!dataset)
      return dataset.takeError();
    Result<Array> array = dataset->read();
    if (!array)
      return array.takeError();
    stored.push_back({std::move(name), std::move(*array)});
  }
  return stored;
}

/// The layers of a model and of the models in it, in Keras's order.
static void collectLeaves(KerasTree &tree, std::vector<KerasNode *> &leaves) {
  for (KerasNode &node : tree.layers) {
    if (node.nested)
      collectLeaves(*node.nested, leaves);
    else
      leaves.push_back(&node);
  }
}

/// Gives each weight to the layer that its path names. False, with nothing
/// given, if a path names no layer or several.
static bool assignByName(std::vector<StoredWeight> &stored,
                         const std::vector<KerasNode *> &leaves) {
  std::unordered_map<std::string_view, KerasNode *> byName;
  for (KerasNode *leaf : leaves)
    if (!byName.emplace(leaf->name, leaf).second)
      return false;
  std::vector<KerasNode *> owners;
  for (const StoredWeight &weight : stored) {
    std::vector<std::string_view> parts = splitPath(weight.path);
    auto owner =
        parts.size() < 2 ? byName.end() : byName.find(parts[parts.size() - 2]);
    if (owner == byName.end())
      return false;
    owners.push_back(owner->second);
  }
  for (size_t i = 0; i < stored.size(); ++i)
    owners[i]->weights.push_back(
        {lastName(stored[i].path), std::move(stored[i].array)});
  return true;
}

/// Gives the weights to the layers in order: first, of each layer, those for
/// training, then the others. Needed where layers were renamed after they were
/// made, or share names. False if a layer's weights are not known.
static bool assignByOrder(std::vector<StoredWeight> &stored,
                          const std::vector<KerasNode *> &leaves) {
  size_t total = 0;
  for (const KerasNode *leaf : leaves) {
    std::optional<WeightNames> expected = expectedWeights(*leaf);
    if (!expected)
      return false;
    total += expected->names.size();
  }
  if (total != stored.size())
    return false;
  size_t next = 0;
  for (bool forTraining : {true, false}) {
    for (KerasNode *leaf : leaves) {
      WeightNames expected = *expectedWeights(*leaf);
      size_t count = expected.names.size();
      if (!findBool(leaf->config, "trainable", true))
        expected.fixed = count;
      size_t taken = forTraining ? count - expected.fixed : expected.fixed;
      for (size_t i = 0; i < taken; ++i, ++next)
        leaf->weights.push_back(
            {lastName(stored[next].path), std::move(stored[next].array)});
    }
  }
  return true;
}

Status detail::attachLegacyWeights(KerasTree &tree, const HDF5Object &weights) {
  for (KerasNode &node : tree.layers) {
    if (node.isImplied)
      continue;
    Result<std::vector<StoredWeight>> stored = readGroup(weights, node.name);
    if (!stored)
      return stored.takeError();
    std::vector<KerasNode *> leaves;
    if (node.nested)
      collectLeaves(*node.nested, leaves);
    else
      leaves.push_back(&node);
    if (!node.nested) {
      for (StoredWeight &weight : *stored)
        node.weights.push_back(
            {lastName(weight.path), std::move(weight.array)});
    } else if (!assignByName(*stored, leaves) &&
               !assignByOrder(*stored, leaves)) {
      return Error{"the weights of nested model " + inQuotes(node.name) +
                   " cannot be told apart, or are not all there; give all its "
                   "layers different names and save it again, as .keras"};
    }
    for (KerasNode *leaf : leaves)
      if (Status status = checkWeights(*leaf); !status)
        return status;
  }
  return {};
}

//===----------------------------------------------------------------------===//
// Archives
//===----------------------------------------------------------------------===//

static bool isUpper(char c) { return c >= 'A' && c <= 'Z'; }
static bool isLower(char c) { return c >= 'a' && c <= 'z'; }

/// How archives write a class: "MaxPooling2D" is max_pooling2d, "ReLU" re_lu.
static std::string snakeCase(std::string name) {
  // Registered classes carry their package: "package>Class".
  name.erase(0, name.rfind('>') + 1);
  std::string words;
  for (size_t i = 0; i < name.size(); ++i) {
    char c = name[i];
    bool isWord = isUpper(c) || isLower(c) || c == '_' ||
                  (c >= '0' && c <= '9') || uint8_t(c) >= 0x80;
    if (isWord)
      words += c;
  }
  // A word begins at a capital with a small letter after or before it.
  std::string result;
  for (size_t i = 0; i < words.size(); ++i) {
    bool begins = i > 0 && isUpper(words[i]) &&
                  ((i + 1 < words.size() && isLower(words[i + 1])) ||
                   isLower(words[i - 1]));
    if (begins)
      result += '_';
    result += isUpper(words[i]) ? char(words[i] - 'A' + 'a') : words[i];
  }
  return result;
}

/// Reads the weights "0", "1", ... of a layer.
static Status readVariables(KerasNode &node, const HDF5Object &group) {
  Result<std::optional<HDF5Object>> variables = findGroup(group, "vars");
  if (!variables)
    return variables.takeError();
  if (!*variables)
    return {};
  for (size_t i = 0;; ++i) {
    std::string name = std::to_string(i);
    if (!(*variables)->contains(name))
      return {};
    Result<HDF5Object> dataset = (*variables)->open(name);
    if (!dataset)
      return dataset.takeError();
    Result<Array> array = dataset->read();
    if (!array)
      return array.takeError();
    node.weights.push_back({std::move(name), std::move(*array)});
  }
}

/// Attaches the weights below the group of a model, if it has one.
static Status attachNested(KerasTree &tree,
                           const std::optional<HDF5Object> &model) {
  std::optional<HDF5Object> layers;
  if (model) {
    Result<std::optional<HDF5Object>> found = findGroup(*model, "layers");
    if (!found)
      return found.takeError();
    layers = std::move(*found);
  }
  std::unordered_map<std::string, size_t> counts;
  for (KerasNode &node : tree.layers) {
    if (node.isImplied)
      continue;
    std::string key = snakeCase(node.className);
    size_t count = counts[key]++;
    if (count > 0)
      key += "_" + std::to_string(count);
    std::optional<HDF5Object> group;
    if (layers) {
      Result<std::optional<HDF5Object>> found = findGroup(*layers, key);
      if (!found)
        return found.takeError();
      group = std::move(*found);
    }
    if (node.nested) {
      if (Status status = attachNested(*node.nested, group); !status)
        return status;
      continue;
    }
    if (group)
      if (Status status = readVariables(node, *group); !status)
        return status;
    if (Status status = checkWeights(node); !status)
      return status;
  }
  return {};
}

Status detail::attachArchiveWeights(KerasTree &tree, const HDF5Object &root) {
  return attachNested(tree, root);
}
