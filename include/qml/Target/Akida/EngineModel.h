//===- EngineModel.h - A model as the engine builds it ----------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Layers with the engine's parameters, variables and inbound layers, spelled
// out: what both exporters write, and the summary prints.
//
//===----------------------------------------------------------------------===//

#ifndef QML_TARGET_AKIDA_ENGINEMODEL_H
#define QML_TARGET_AKIDA_ENGINEMODEL_H

#include "qml/Dialect/Akida/IR/AkidaOps.h"
#include "qml/Program/Program.h"

#include <deque>
#include <string>
#include <utility>
#include <vector>

namespace qml {

struct EngineVariable {
  std::string name;
  /// I8, U8, I16, U16, I32 or F32.
  Constant values;
};

struct EngineLayer {
  akida::LayerKind kind;
  std::string name;
  std::vector<std::pair<std::string, int32_t>> parameters;
  /// All that the layer has, those with initial values included.
  std::vector<EngineVariable> variables;
  /// Indices into EngineModel::layers.
  std::vector<unsigned> inbounds;
  /// Height, width, channels.
  Shape inputShape, outputShape;
};

struct EngineModel {
  akida::Version version = akida::Version::V2;
  /// In the order in which the engine adds them.
  std::vector<EngineLayer> layers;
  /// Values that had to be spelled out.
  std::deque<std::vector<char>> storage;
};

/// `model` must outlive the result, whose variables are views of its arrays.
EngineModel describeModel(akida::ModelOp model);

} // namespace qml

#endif // QML_TARGET_AKIDA_ENGINEMODEL_H
