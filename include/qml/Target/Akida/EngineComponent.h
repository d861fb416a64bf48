//===- EngineComponent.h - What the engine's component exports ----*- C -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The interface of libQMLAkida.so, which is built against BrainChip's engine by
// scripts/akida and loaded when it is used. In C: the engine's headers need
// C++20, and the compiler may be another one.
//
//===----------------------------------------------------------------------===//

#ifndef QML_TARGET_AKIDA_ENGINECOMPONENT_H
#define QML_TARGET_AKIDA_ENGINECOMPONENT_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// Raised with every change below; the component's must be the program's.
#define QML_ENGINE_COMPONENT_VERSION 1

enum QMLEngineType {
  QMLEngineInt8,
  QMLEngineUInt8,
  QMLEngineInt16,
  QMLEngineUInt16,
  QMLEngineInt32,
  QMLEngineFloat32
};

struct QMLEngineParameter {
  const char *name;
  int32_t value;
};

struct QMLEngineVariable {
  const char *name;
  enum QMLEngineType type;
  const uint32_t *shape;
  size_t rank;
  const void *data;
  size_t bytes;
};

struct QMLEngineLayer {
  // The engine's LayerType.
  int32_t type;
  const char *name;
  const struct QMLEngineParameter *parameters;
  size_t numParameters;
  const struct QMLEngineVariable *variables;
  size_t numVariables;
  // Indices of layers before it.
  const uint32_t *inbounds;
  size_t numInbounds;
};

// Takes bytes, or words of an error; may be called several times.
typedef void (*QMLEngineSink)(void *context, const char *data, size_t size);

// QML_ENGINE_COMPONENT_VERSION of the component.
int qmlEngineComponentVersion(void);

// Builds the model in the engine and gives `file` the bytes of an .fbz file.
// Returns 0, or 1 after giving `error` what the engine said. Throws nothing.
int qmlEngineSerialize(const struct QMLEngineLayer *layers, size_t numLayers,
                       QMLEngineSink file, QMLEngineSink error, void *context);

#ifdef __cplusplus
}
#endif

#endif // QML_TARGET_AKIDA_ENGINECOMPONENT_H
