//===- Pools.cpp - Pools --------------------------------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Layers.h"

using namespace mlir;

namespace qml {

enum class PoolKind { Average, Max };

template <PoolKind Kind, bool IsSequence>
static ImportedLayer importPool(LayerImport &layer) {
  PoolOptions options;
  options.size = layer.getWindow("pool_size", IsSequence, 2);
  options.strides = layer.has("strides")
                        ? layer.getWindow("strides", IsSequence)
                        : options.size;
  options.padding = layer.getPadding();
  layer.expectChannelsLast();
  if (!layer.isReady())
    return failure();
  LayerBuilder make = layer.make();
  return Kind == PoolKind::Max
             ? make.makeMaxPool2D(layer.getInput(), options)
             : make.makeAveragePool2D(layer.getInput(), options);
}

static ImportedLayer importGlobalAveragePool(LayerImport &layer) {
  bool keepDims = layer.getBool("keepdims", false);
  layer.expectChannelsLast();
  if (!layer.isReady())
    return failure();
  return layer.make().makeGlobalAveragePool2D(layer.getInput(), keepDims);
}

/// The maximum over one window, as large as the image.
static ImportedLayer importGlobalMaxPool(LayerImport &layer) {
  bool keepDims = layer.getBool("keepdims", false);
  layer.expectChannelsLast();
  if (!layer.isReady())
    return failure();
  auto image = getShape(layer.getInput());
  PoolOptions options;
  options.size = options.strides = {image[1], image[2]};
  ImportedLayer pool = layer.make().makeMaxPool2D(layer.getInput(), options);
  if (failed(pool) || keepDims)
    return pool;
  return layer.make().makePart("vector").makeReshape(*pool, image.back());
}

ArrayRef<LayerClass> getPoolClasses() {
  constexpr LayerForm images = LayerForm::Tensors;
  constexpr LayerForm sequences = LayerForm::Sequences;
  constexpr PoolKind average = PoolKind::Average, max = PoolKind::Max;
  static const LayerClass classes[] = {
      {"AveragePooling1D", importPool<average, true>, sequences, 1, 3},
      {"AveragePooling2D", importPool<average, false>, images, 1, 4},
      {"GlobalAveragePooling1D", importGlobalAveragePool, sequences, 1, 3},
      {"GlobalAveragePooling2D", importGlobalAveragePool, images, 1, 4},
      {"GlobalMaxPooling1D", importGlobalMaxPool, sequences, 1, 3},
      {"GlobalMaxPooling2D", importGlobalMaxPool, images, 1, 4},
      {"MaxPooling1D", importPool<max, true>, sequences, 1, 3},
      {"MaxPooling2D", importPool<max, false>, images, 1, 4},
  };
  return classes;
}

} // namespace qml
