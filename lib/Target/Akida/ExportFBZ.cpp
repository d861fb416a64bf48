//===- ExportFBZ.cpp - Files that the engine stores -----------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Hands a model to the component that talks to the engine, if there is one.
//
//===----------------------------------------------------------------------===//

#include "qml/Support/Component.h"
#include "qml/Target/Akida/EngineComponent.h"
#include "qml/Target/Akida/EngineModel.h"
#include "qml/Target/Akida/ExportAkida.h"

using namespace mlir;
using namespace qml::akida;

namespace qml {

namespace {
struct Engine {
  decltype(&qmlEngineSerialize) serialize;
};

/// What a component gives back.
struct Answer {
  std::string file, error;
};

/// A layer in the component's terms, and what its pointers point to.
struct LayerView {
  std::vector<QMLEngineParameter> parameters;
  std::vector<QMLEngineVariable> variables;
  std::vector<std::vector<uint32_t>> shapes;
  std::vector<uint32_t> inbounds;
};
} // namespace

static Result<Engine> loadEngine() {
  std::string path = Component::findPath("libQMLAkida", "QML_AKIDA_LIBRARY");
  auto explain = [&](const std::string &problem) {
    return Error{problem +
                 "; .fbz files are stored by BrainChip's engine: build the "
                 "component that talks to it with scripts/akida [PYTHON], or "
                 "set QML_AKIDA_LIBRARY to its libQMLAkida.so; or write .json, "
                 "which akida.Model.from_json reads and needs none of it"};
  };
  Result<Component> component = Component::load(path);
  if (!component)
    return explain(component.message());
  auto *version = component->find<decltype(qmlEngineComponentVersion)>(
      "qmlEngineComponentVersion");
  Engine engine = {
      component->find<decltype(qmlEngineSerialize)>("qmlEngineSerialize")};
  if (!version || !engine.serialize ||
      version() != QML_ENGINE_COMPONENT_VERSION)
    return explain(path + " was built for another version of QML");
  return engine;
}

static QMLEngineType toEngineType(ElementType type) {
  switch (type) {
  case ElementType::I8:
    return QMLEngineInt8;
  case ElementType::U8:
    return QMLEngineUInt8;
  case ElementType::I16:
    return QMLEngineInt16;
  case ElementType::U16:
    return QMLEngineUInt16;
  case ElementType::I32:
    return QMLEngineInt32;
  default:
    return QMLEngineFloat32;
  }
}

Result<std::string> exportFBZ(ModelOp op) {
  Result<Engine> engine = loadEngine();
  if (!engine)
    return engine.takeError();
  EngineModel model = describeModel(op);
  std::vector<LayerView> views(model.layers.size());
  std::vector<QMLEngineLayer> layers;
  for (size_t i = 0; i != model.layers.size(); ++i) {
    const EngineLayer &layer = model.layers[i];
    LayerView &view = views[i];
    for (const auto &[name, value] : layer.parameters)
      view.parameters.push_back({name.c_str(), value});
    for (const EngineVariable &variable : layer.variables)
      view.shapes.emplace_back(variable.values.shape.begin(),
                               variable.values.shape.end());
    for (size_t v = 0; v != layer.variables.size(); ++v) {
      const Constant &values = layer.variables[v].values;
      view.variables.push_back(
          {layer.variables[v].name.c_str(), toEngineType(values.type),
           view.shapes[v].data(), view.shapes[v].size(), values.data,
           static_cast<size_t>(numElements(values.shape)) *
               sizeOf(values.type)});
    }
    view.inbounds.assign(layer.inbounds.begin(), layer.inbounds.end());
    layers.push_back({static_cast<int32_t>(layer.kind), layer.name.c_str(),
                      view.parameters.data(), view.parameters.size(),
                      view.variables.data(), view.variables.size(),
                      view.inbounds.data(), view.inbounds.size()});
  }
  Answer answer;
  int failed = engine->serialize(
      layers.data(), layers.size(),
      [](void *context, const char *data, size_t size) {
        static_cast<Answer *>(context)->file.append(data, size);
      },
      [](void *context, const char *data, size_t size) {
        static_cast<Answer *>(context)->error.append(data, size);
      },
      &answer);
  if (failed)
    return Error{answer.error};
  return std::move(answer.file);
}

} // namespace qml
