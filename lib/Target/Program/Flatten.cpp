//===- Flatten.cpp - A network as a plain program -------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "qml/Target/Program/Flatten.h"

using namespace mlir;

namespace qml {

FailureOr<FlatNetwork> flattenNetwork(func::FuncOp network) {
  FlatNetwork flat;
  NetworkFlattener flattener(network, flat.program, flat.storage);
  if (failed(flattener.run()))
    return failure();
  for (LayerOpInterface layer : getLayersInOrder(network))
    flat.layers.push_back({layer, layer.getLayerName().str(),
                           flattener.getTensor(getOutput(layer))});
  return flat;
}

} // namespace qml
