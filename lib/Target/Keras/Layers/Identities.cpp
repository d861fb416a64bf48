//===- Identities.cpp - Layers that act in training alone -----------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Layers.h"
#include "qml/Support/Quote.h"

using namespace mlir;

namespace qml {

static ImportedLayer importDropout(LayerImport &layer) {
  double rate = layer.getNumber("rate", 0.5);
  if (!(rate >= 0.0 && rate < 1.0))
    layer.error() << "its rate is " << showNumber(rate)
                  << "; it must be at least 0 and below 1";
  if (!layer.isReady())
    return failure();
  return layer.make().makeDropout(layer.getInput(), rate);
}

/// In inference no configuration changes what these layers do: nothing.
static ImportedLayer importIdentity(LayerImport &layer) {
  if (!layer.isReady())
    return failure();
  return layer.make().makeDropout(layer.getInput(), 0.0);
}

ArrayRef<LayerClass> getIdentityClasses() {
  static const LayerClass classes[] = {
      {"ActivityRegularization", importIdentity, LayerForm::Cells},
      {"AlphaDropout", importIdentity, LayerForm::Cells},
      {"AugMix", importIdentity, LayerForm::Cells},
      {"CutMix", importIdentity, LayerForm::Cells},
      {"Dropout", importDropout, LayerForm::Cells},
      {"GaussianDropout", importIdentity, LayerForm::Cells},
      {"GaussianNoise", importIdentity, LayerForm::Cells},
      {"Identity", importIdentity, LayerForm::Cells},
      {"MixUp", importIdentity, LayerForm::Cells},
      {"RandAugment", importIdentity, LayerForm::Cells},
      {"RandomBrightness", importIdentity, LayerForm::Cells},
      {"RandomColorDegeneration", importIdentity, LayerForm::Cells},
      {"RandomColorJitter", importIdentity, LayerForm::Cells},
      {"RandomContrast", importIdentity, LayerForm::Cells},
      {"RandomElasticTransform", importIdentity, LayerForm::Cells},
      {"RandomErasing", importIdentity, LayerForm::Cells},
      {"RandomFlip", importIdentity, LayerForm::Cells},
      {"RandomGaussianBlur", importIdentity, LayerForm::Cells},
      {"RandomGrayscale", importIdentity, LayerForm::Cells},
      {"RandomHue", importIdentity, LayerForm::Cells},
      {"RandomInvert", importIdentity, LayerForm::Cells},
      {"RandomPerspective", importIdentity, LayerForm::Cells},
      {"RandomPosterization", importIdentity, LayerForm::Cells},
      {"RandomRotation", importIdentity, LayerForm::Cells},
      {"RandomSaturation", importIdentity, LayerForm::Cells},
      {"RandomSharpness", importIdentity, LayerForm::Cells},
      {"RandomShear", importIdentity, LayerForm::Cells},
      {"RandomTranslation", importIdentity, LayerForm::Cells},
      {"RandomZoom", importIdentity, LayerForm::Cells},
      {"SpatialDropout1D", importIdentity, LayerForm::Cells, 1, 3},
      {"SpatialDropout2D", importIdentity, LayerForm::Cells, 1, 4},
      {"SpatialDropout3D", importIdentity, LayerForm::Cells, 1, 5},
  };
  return classes;
}

} // namespace qml
