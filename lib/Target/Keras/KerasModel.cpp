//===- KerasModel.cpp - Keras model files, read ---------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "qml/Target/Keras/KerasModel.h"

#include "KerasModelTree.h"
#include "qml/Support/MappedFile.h"
#include "qml/Support/Zip.h"

using namespace qml;
using namespace qml::detail;
using json = nlohmann::json;

/// Most bytes that configurations in an archive may unpack to: ten times those
/// of large networks. As JSON values they take 20 times the memory.
static constexpr uint64_t maxTextBytes = uint64_t(1) << 24;

const Array *KerasLayer::weight(std::string_view name) const {
  for (const KerasWeight &weight : weights)
    if (weight.name == name)
      return &weight.array;
  return nullptr;
}

/// A model saved as one HDF5 file.
static Result<KerasModel> readLegacy(const Bytes &bytes,
                                     const std::string &name,
                                     const InputShapes &shapes) {
  Result<HDF5Object> root = HDF5Object::parse(bytes, name);
  if (!root)
    return root.takeError();
  if (!root->hasAttribute("model_config"))
    return Error{"it holds no model, only weights or other data (attribute "
                 "'model_config' is missing); save the whole model with "
                 "model.save(...)"};
  Result<std::string> config = root->string("model_config");
  if (!config)
    return config.takeError();
  Result<KerasTree> tree = parseKerasConfig(*config);
  if (!tree)
    return tree.takeError();
  Result<HDF5Object> weights = root->open("model_weights");
  if (!weights)
    return weights.takeError();
  if (Status status = attachLegacyWeights(*tree, *weights); !status)
    return status.takeError();
  Result<KerasModel> model = flattenKerasTree(std::move(*tree), shapes);
  if (!model)
    return model;
  if (root->hasAttribute("keras_version"))
    if (Result<std::string> version = root->string("keras_version"))
      model->kerasVersion = *version;
  return model;
}

/// The text of an archive's member.
static Result<std::string> readText(const ZipReader &zip, const char *name) {
  const ZipEntry *entry = zip.find(name);
  if (!entry)
    return Error{std::string("it has no member '") + name +
                 "'; save the model with model.save(\"x.keras\")"};
  Result<Bytes> bytes = zip.read(*entry, maxTextBytes);
  if (!bytes)
    return bytes.takeError();
  return std::string(bytes->text());
}

/// A .keras archive.
static Result<KerasModel> readArchive(const Bytes &bytes,
                                      const std::string &name,
                                      const InputShapes &shapes) {
  Result<ZipReader> zip = ZipReader::parse(bytes, name);
  if (!zip)
    return zip.takeError();
  Result<std::string> config = readText(*zip, "config.json");
  if (!config)
    return config.takeError();
  Result<KerasTree> tree = parseKerasConfig(*config);
  if (!tree)
    return tree.takeError();
  const ZipEntry *entry = zip->find("model.weights.h5");
  if (!entry)
    return Error{"it has no member 'model.weights.h5' (weights in several "
                 "files are not supported); save the model with "
                 "model.save(\"x.keras\")"};
  Result<Bytes> contents = zip->read(*entry);
  if (!contents)
    return contents.takeError();
  Result<HDF5Object> root =
      HDF5Object::parse(*contents, name + ":model.weights.h5", zip->budget());
  if (!root)
    return root.takeError();
  if (Status status = attachArchiveWeights(*tree, *root); !status)
    return status.takeError();
  Result<KerasModel> model = flattenKerasTree(std::move(*tree), shapes);
  if (!model || !zip->find("metadata.json"))
    return model;
  Result<std::string> metadata = readText(*zip, "metadata.json");
  if (!metadata)
    return metadata.takeError();
  json parsed = json::parse(*metadata, nullptr, /*allow_exceptions=*/false);
  model->kerasVersion = findString(parsed, "keras_version");
  return model;
}

Result<KerasModel> qml::parseKerasModel(const Bytes &bytes,
                                        const std::string &name,
                                        const InputShapes &shapes) {
  bool isArchive = bytes.text().substr(0, 2) == "PK";
  Result<KerasModel> model = isArchive ? readArchive(bytes, name, shapes)
                                       : readLegacy(bytes, name, shapes);
  if (!model)
    return Error{"cannot read Keras model '" + name + "': " + model.message()};
  return model;
}

Result<KerasModel> qml::readKerasModel(const std::string &path,
                                       const InputShapes &shapes) {
  Result<Bytes> bytes = readFile(path);
  if (!bytes)
    return bytes.takeError();
  return parseKerasModel(*bytes, path, shapes);
}
