//===- component.cpp - A component without an engine ----------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Writes down what it was given instead of an .fbz file; refuses models with a
// layer named "refuse". With VERSION it says to be another one.
//
//===----------------------------------------------------------------------===//

#include "qml/Target/Akida/EngineComponent.h"

#include <cstring>
#include <string>

#ifndef VERSION
#define VERSION QML_ENGINE_COMPONENT_VERSION
#endif

extern "C" int qmlEngineComponentVersion() { return VERSION; }

static void write(const QMLEngineVariable &variable, std::string &text) {
  text += std::string(" ") + variable.name + ":" +
          std::to_string(variable.type) + "(";
  for (size_t i = 0; i != variable.rank; ++i)
    text += (i ? "," : "") + std::to_string(variable.shape[i]);
  text += ")=";
  const auto *bytes = static_cast<const unsigned char *>(variable.data);
  for (size_t i = 0; i != variable.bytes; ++i)
    text += (i ? "," : "") + std::to_string(bytes[i]);
}

extern "C" int qmlEngineSerialize(const QMLEngineLayer *layers, size_t count,
                                  QMLEngineSink file, QMLEngineSink error,
                                  void *context) {
  for (size_t i = 0; i != count; ++i) {
    const QMLEngineLayer &layer = layers[i];
    if (std::strcmp(layer.name, "refuse") == 0) {
      error(context, "the engine ", 11);
      error(context, "refuses", 7);
      return 1;
    }
    std::string text = std::to_string(layer.type) + " " + layer.name;
    for (size_t p = 0; p != layer.numParameters; ++p)
      text += std::string(" ") + layer.parameters[p].name + "=" +
              std::to_string(layer.parameters[p].value);
    for (size_t v = 0; v != layer.numVariables; ++v)
      write(layer.variables[v], text);
    text += " <";
    for (size_t b = 0; b != layer.numInbounds; ++b)
      text += " " + std::to_string(layer.inbounds[b]);
    text += "\n";
    file(context, text.data(), text.size());
  }
  return 0;
}
