//===- Temporal.cpp - Layers that remember their last inputs --------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Layers.h"

using namespace mlir;

namespace qml {

template <bool IsDepthwise>
static ImportedLayer importBufferTempConv(LayerImport &layer) {
  int64_t filters = IsDepthwise ? 1 : layer.getInteger("filters");
  int64_t length = layer.getInteger("kernel_size");
  bool useBias = layer.getBool("use_bias", false);
  layer.expectOneCall();
  if (!layer.isReady())
    return failure();
  int64_t channels = layer.getInputShape().back();
  // Files have the entries of the queue side by side: (1, 1, T * in, out).
  ElementsAttr bias,
      kernel = IsDepthwise ? layer.getWeight(0, "kernel", {length, channels})
                           : layer.getWeight(0, "kernel",
                                             {1, 1, length * channels, filters},
                                             {length, channels, filters});
  if (useBias)
    bias = layer.getWeight(1, "bias", IsDepthwise ? channels : filters);
  if (layer.failed())
    return failure();
  if (IsDepthwise)
    return layer.make().makeDepthwiseBufferTempConv(layer.getInput(), kernel,
                                                    bias);
  return layer.make().makeBufferTempConv(layer.getInput(), kernel, bias);
}

ArrayRef<LayerClass> getTemporalClasses() {
  constexpr LayerForm images = LayerForm::Tensors;
  static const LayerClass classes[] = {
      {"BufferTempConv", importBufferTempConv<false>, images, 1, 4},
      {"DepthwiseBufferTempConv", importBufferTempConv<true>, images, 1, 4},
  };
  return classes;
}

} // namespace qml
