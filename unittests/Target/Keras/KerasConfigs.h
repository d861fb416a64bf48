//===- KerasConfigs.h - Configurations of Keras models, written -*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QML_UNITTESTS_TARGET_KERAS_KERASCONFIGS_H
#define QML_UNITTESTS_TARGET_KERAS_KERASCONFIGS_H

#include "qml/Support/MappedFile.h"
#include "qml/Support/Zip.h"

#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace qml::testing {

/// Writes a model of layers that have no weights, as a .keras archive.
inline void writeConfig(const std::string &path, const std::string &config) {
  Result<ZipReader> sample =
      ZipReader::open(QML_TEST_INPUTS "/keras3_deferred.keras");
  ASSERT_TRUE(bool(sample));
  Result<Bytes> weights = sample->read(*sample->find("model.weights.h5"));
  ASSERT_TRUE(bool(weights));
  Result<ZipWriter> writer = ZipWriter::create(path);
  ASSERT_TRUE(bool(writer->add("config.json", {config})));
  ASSERT_TRUE(bool(writer->add("model.weights.h5", {weights->text()})));
  ASSERT_TRUE(bool(writer->finish()));
}

/// A layer as tf_keras writes it; `calls` is its inbound_nodes.
inline std::string layer(const std::string &name, const std::string &className,
                         const std::string &calls,
                         const std::string &config = "{}") {
  return "{\"name\": \"" + name + "\", \"class_name\": \"" + className +
         "\", \"config\": " + config + ", \"inbound_nodes\": " + calls + "}";
}

inline std::string input(const std::string &name,
                         const std::string &shape = "[null, 4, 4, 1]",
                         const std::string &type = "\"float32\"") {
  return layer(name, "InputLayer", "[]",
               "{\"batch_input_shape\": " + shape + ", \"dtype\": " + type +
                   "}");
}

inline std::string functional(const std::vector<std::string> &layers,
                              const std::string &inputLayers,
                              const std::string &outputLayers) {
  std::string text;
  for (const std::string &one : layers)
    text += (text.empty() ? "" : ", ") + one;
  return "{\"class_name\": \"Functional\", \"config\": {\"name\": \"m\", "
         "\"layers\": [" +
         text + "], \"input_layers\": " + inputLayers +
         ", \"output_layers\": " + outputLayers + "}}";
}

} // namespace qml::testing

#endif // QML_UNITTESTS_TARGET_KERAS_KERASCONFIGS_H
