//===- KerasModel.h - Keras model files, read -------------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Reads .h5 and .keras files of Keras 2 (tf_keras) and Keras 3 into one flat
// list of layers with their weights, without knowing what any layer computes.
// Free of MLIR, so that a fuzzer can drive it alone.
//
//===----------------------------------------------------------------------===//

#ifndef QML_TARGET_KERAS_KERASMODEL_H
#define QML_TARGET_KERAS_KERASMODEL_H

#include "qml/Support/Bytes.h"
#include "qml/Support/InputShapes.h"

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace qml {

/// One array of a layer. `data` is a view of the model's file where that stores
/// it in one piece.
struct KerasWeight {
  /// "kernel", "gamma", ...: tf_keras's name for the layers that Keras has;
  /// else what the file says, or the index.
  std::string name;
  Array array;
};

/// An argument of the call of a layer.
struct KerasArgument {
  /// Empty if it has a position instead.
  std::string name;
  /// Which of the layer's inputs it is; none for a constant.
  std::optional<size_t> input;
  nlohmann::json value;
};

struct KerasLayer {
  /// Unique in the model. A layer of a nested model whose name occurs elsewhere
  /// too is called "nested/layer". A layer that is called several times stands
  /// in the list for each call, with a number after the first one: "layer",
  /// "layer_1", or "nested_1/layer" if it is the model that is called again.
  std::string name;
  /// Which of several outputs it stands for: each that is used is a layer of
  /// its own in the list, with the output's number after the first one:
  /// "layer_output_1".
  size_t output = 0;
  /// How often the model calls the layer that it stands for.
  size_t calls = 1;
  /// "Conv2D", "InputLayer", ... An operation of keras.ops that is no layer is
  /// called "keras.ops.<Name>".
  std::string className;
  /// The layer's `get_config()`, an object.
  nlohmann::json config;
  /// The layers whose outputs it takes, as indices, in the order of the call.
  std::vector<size_t> inputs;
  /// Their shapes without the batch, as the file says them; it need not.
  std::vector<std::optional<Shape>> inputShapes;
  /// What it is called with, its inputs included, in the order of the call;
  /// lists of tensors are taken apart.
  std::vector<KerasArgument> arguments;
  /// What is wrong with its connections, as the predicate of a sentence; empty
  /// if nothing is.
  std::string problem;
  /// In the layer's own order, that of `get_weights()`.
  std::vector<KerasWeight> weights;

  /// Null if there is none of that name.
  const Array *weight(std::string_view name) const;
};

struct KerasInput {
  /// Index of the InputLayer.
  size_t layer = 0;
  /// Without the batch.
  Shape shape;
  ElementType type = ElementType::F32;
};

/// Nested models are flattened: their layers stand in the list, the nested
/// model and its inputs do not.
struct KerasModel {
  std::string name;
  /// Whether the outermost model is Sequential; else it is Functional.
  bool isSequential = false;
  /// Of Keras, that wrote the file; may be empty.
  std::string kerasVersion;
  /// In Keras's order (qml/Support/LayerOrder.h). There is an InputLayer for
  /// each input, also where the file leaves it out. Layers that no output
  /// depends on are left out.
  std::vector<KerasLayer> layers;
  /// The layers whose outputs the model returns.
  std::vector<size_t> outputs;
  /// In the order of the model's arguments.
  std::vector<KerasInput> inputs;
};

/// Whether the type of a layer's configuration, or its policy for types, is one
/// that tf_keras or Keras 3 writes, or none. The message is the predicate of a
/// sentence about the layer.
Status checkType(const nlohmann::json &config);

/// Reads the model at `path`. Fails on unknown extents and damaged files.
Result<KerasModel> readKerasModel(const std::string &path,
                                  const InputShapes &shapes = {});

/// The same for the contents of a file; errors call it `name`.
Result<KerasModel> parseKerasModel(const Bytes &bytes, const std::string &name,
                                   const InputShapes &shapes = {});

} // namespace qml

#endif // QML_TARGET_KERAS_KERASMODEL_H
