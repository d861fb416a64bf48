//===- KerasModelTree.h - A Keras model as its file nests it ----*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Between the configuration in the file and the flat `KerasModel`: models that
// hold layers and models. Weights are attached to it before it is flattened,
// because files name them by where a layer is nested.
//
//===----------------------------------------------------------------------===//

#ifndef QML_LIB_TARGET_KERAS_KERASMODELTREE_H
#define QML_LIB_TARGET_KERAS_KERASMODELTREE_H

#include "qml/Support/HDF5Reader.h"
#include "qml/Target/Keras/KerasModel.h"

#include <memory>

namespace qml::detail {

struct KerasTree;

/// An output of a layer.
struct KerasRef {
  /// Index into the layers of the same model.
  size_t layer = 0;
  /// Which of its outputs. Which of the arguments of the call, for an implied
  /// input.
  size_t output = 0;
  /// Which of its calls.
  size_t call = 0;
  /// Whether the file counts that one from 1 if the layer is a functional
  /// model: it does so but for histories of tensors.
  bool countsModels = true;
};

/// A call of a layer.
struct KerasCall {
  std::vector<KerasRef> inputs;
  /// Of each input, without the batch, where the file says it.
  std::vector<std::optional<Shape>> inputShapes;
  std::vector<KerasArgument> arguments;
};

/// A layer, or a nested model that is used as one.
struct KerasNode {
  std::string name;
  std::string className;
  nlohmann::json config;
  /// Of several, each is a layer of its own in the flat model, with the same
  /// weights.
  std::vector<KerasCall> calls = std::vector<KerasCall>(1);
  std::string problem;
  std::vector<KerasWeight> weights;
  /// Set if it is a model.
  std::unique_ptr<KerasTree> nested;
  /// An InputLayer that the file does not mention, the first layer of a
  /// sequential model. It stands for all arguments of a call.
  bool isImplied = false;

  bool isInput() const { return className == "InputLayer"; }
};

struct KerasTree {
  std::string name;
  bool isSequential = false;
  /// In the order of the file. Names are unique within the model.
  std::vector<KerasNode> layers;
  /// Indices of the InputLayers in the order of the arguments.
  std::vector<size_t> inputs;
  std::vector<KerasRef> outputs;
};

/// A model's JSON: an object with "class_name" and "config".
Result<KerasTree> parseKerasConfig(std::string_view text);

/// Attaches the weights of a `model.save("x.h5")`.
Status attachLegacyWeights(KerasTree &tree, const HDF5Object &weights);
/// Attaches the weights of the model.weights.h5 of a .keras archive.
Status attachArchiveWeights(KerasTree &tree, const HDF5Object &root);

/// Flattens the tree and orders its layers. `shapes` are of inputs, as the user
/// gives them.
Result<KerasModel> flattenKerasTree(KerasTree tree, const InputShapes &shapes);

inline std::string inQuotes(const std::string &text) {
  return "'" + text + "'";
}

/// An object's member, or null if it is none or has none.
inline const nlohmann::json *findMember(const nlohmann::json &object,
                                        const char *key) {
  if (!object.is_object())
    return nullptr;
  auto found = object.find(key);
  return found == object.end() ? nullptr : &*found;
}

/// An object's member if it is a string, else "".
inline std::string findString(const nlohmann::json &object, const char *key) {
  const nlohmann::json *member = findMember(object, key);
  const std::string *text =
      member ? member->get_ptr<const std::string *>() : nullptr;
  return text ? *text : std::string();
}

/// An object's member if it is a boolean.
inline bool findBool(const nlohmann::json &object, const char *key,
                     bool otherwise) {
  const nlohmann::json *member = findMember(object, key);
  return member && member->is_boolean() ? member->get<bool>() : otherwise;
}

} // namespace qml::detail

#endif // QML_LIB_TARGET_KERAS_KERASMODELTREE_H
