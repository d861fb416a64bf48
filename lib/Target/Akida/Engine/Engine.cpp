//===- Engine.cpp - Models built and stored by BrainChip's engine ---------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The only file that includes the engine's headers, in C++20. It goes through
// the public interface of akida 2.19; exceptions end here.
//
// An .fbz file is the engine's buffer as one block of Snappy.
//
//===----------------------------------------------------------------------===//

#include "qml/Target/Akida/EngineComponent.h"

#include "akida/dense.h"
#include "akida/layer.h"
#include "akida/layer_params.h"
#include "akida/model.h"

#include <exception>
#include <snappy.h>
#include <stdexcept>
#include <string>
#include <vector>

#define QML_EXPORT extern "C" __attribute__((visibility("default")))

static akida::TensorType toTensorType(QMLEngineType type) {
  switch (type) {
  case QMLEngineInt8:
    return akida::TensorType::int8;
  case QMLEngineUInt8:
    return akida::TensorType::uint8;
  case QMLEngineInt16:
    return akida::TensorType::int16;
  case QMLEngineUInt16:
    return akida::TensorType::uint16;
  case QMLEngineInt32:
    return akida::TensorType::int32;
  case QMLEngineFloat32:
    return akida::TensorType::float32;
  }
  throw std::invalid_argument("unknown type of a variable");
}

static void setVariables(akida::Layer &layer,
                         const QMLEngineLayer &description) {
  for (size_t i = 0; i != description.numVariables; ++i) {
    const QMLEngineVariable &variable = description.variables[i];
    std::vector<akida::Index> shape(variable.shape,
                                    variable.shape + variable.rank);
    layer.variables()->set(
        variable.name,
        akida::Dense::copy(static_cast<const char *>(variable.data),
                           variable.bytes, toTensorType(variable.type),
                           akida::Shape(shape),
                           akida::Dense::Layout::RowMajor));
  }
}

static std::vector<char> serialize(const QMLEngineLayer *layers,
                                   size_t numLayers) {
  akida::ModelPtr model = akida::Model::create();
  std::vector<akida::LayerPtr> added;
  for (size_t i = 0; i != numLayers; ++i) {
    const QMLEngineLayer &description = layers[i];
    try {
      akida::LayerParams::Dict parameters;
      for (size_t p = 0; p != description.numParameters; ++p)
        parameters.emplace(description.parameters[p].name,
                           description.parameters[p].value);
      auto params = akida::LayerParams::create(
          static_cast<akida::LayerType>(description.type), parameters);
      akida::LayerPtr layer =
          akida::Layer::create(params.get(), description.name);
      std::vector<akida::LayerPtr> inbounds;
      for (size_t n = 0; n != description.numInbounds; ++n)
        inbounds.push_back(added.at(description.inbounds[n]));
      model->add(layer, inbounds);
      setVariables(*layer, description);
      added.push_back(layer);
    } catch (const std::exception &error) {
      throw std::runtime_error("layer '" + std::string(description.name) +
                               "': the engine refuses it: " + error.what());
    }
  }
  return model->to_buffer();
}

QML_EXPORT int qmlEngineComponentVersion(void) {
  return QML_ENGINE_COMPONENT_VERSION;
}

QML_EXPORT int qmlEngineSerialize(const QMLEngineLayer *layers,
                                  size_t numLayers, QMLEngineSink file,
                                  QMLEngineSink error, void *context) {
  std::string message;
  try {
    std::vector<char> buffer = serialize(layers, numLayers);
    std::string compressed;
    snappy::Compress(buffer.data(), buffer.size(), &compressed);
    file(context, compressed.data(), compressed.size());
    return 0;
  } catch (const std::exception &exception) {
    message = exception.what();
  } catch (...) {
    message = "the engine failed without a word";
  }
  error(context, message.data(), message.size());
  return 1;
}
