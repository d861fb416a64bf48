//===- OperatorParameters.h - Parameters of operations ----------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QML_LIB_TARGET_KERAS_LAYERS_OPERATORPARAMETERS_H
#define QML_LIB_TARGET_KERAS_LAYERS_OPERATORPARAMETERS_H

#include "Layers.h"

namespace qml {

/// A parameter of an operation: an argument, or a value of the configuration;
/// null if there is none.
const nlohmann::json *findParameter(LayerImport &layer, size_t position,
                                    const char *name);
/// The first that there is, of the names that the Kerases give it.
const nlohmann::json *findParameter(LayerImport &layer, size_t position,
                                    std::initializer_list<const char *> names);

/// The position of what always has a name.
constexpr size_t byNameAlone = ~size_t(0);

/// Reports images whose channels are not the last axis.
void expectChannelsLast(LayerImport &layer);

/// A class that reads constants among its arguments.
constexpr LayerClass makeOperatorClass(llvm::StringRef name,
                                       ImportedLayer (*import)(LayerImport &),
                                       LayerForm form, unsigned inputs,
                                       unsigned rank = 0) {
  return {name,
          import,
          form,
          inputs,
          rank,
          /*takesIntegers=*/false,
          /*takesConstants=*/true};
}

} // namespace qml

#endif // QML_LIB_TARGET_KERAS_LAYERS_OPERATORPARAMETERS_H
