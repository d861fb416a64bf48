//===- Layers.cpp - The table of all classes ------------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Layers.h"

#include "qml/Target/Keras/ImportKeras.h"

#include "llvm/ADT/STLExtras.h"

using namespace mlir;

namespace qml {

static ArrayRef<LayerClass> (*const families[])() = {
    getActivationClasses,     getConvolutionClasses,  getDenseClasses,
    getElementwiseClasses,    getIdentityClasses,     getNormClasses,
    getOperatorClasses,       getPoolClasses,         getRecurrentClasses,
    getResizingClasses,       getShapeClasses,        getTemporalClasses,
    getTensorOperatorClasses, getImageOperatorClasses};

const LayerClass *findLayerClass(StringRef name) {
  for (auto *getClasses : families)
    for (const LayerClass &layerClass : getClasses())
      if (layerClass.name == name)
        return &layerClass;
  return nullptr;
}

const LayerClass *findVolumeClass(StringRef name) {
  for (const LayerClass &layerClass : getVolumeClasses())
    if (layerClass.name == name)
      return &layerClass;
  const LayerClass *layerClass = findLayerClass(name);
  return layerClass && layerClass->form == LayerForm::Cells &&
                 layerClass->inputs == 1
             ? layerClass
             : nullptr;
}

SmallVector<StringRef> getSupportedKerasClasses() {
  SmallVector<StringRef> names;
  for (const LayerClass &layerClass : getVolumeClasses())
    if (!findLayerClass(layerClass.name))
      names.push_back(layerClass.name);
  for (auto *getClasses : families)
    for (const LayerClass &layerClass : getClasses())
      names.push_back(layerClass.name);
  llvm::sort(names);
  return names;
}

} // namespace qml
