//===- Shapes.cpp - Layers that move elements -----------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Layers.h"

#include "ReshapeTarget.h"
#include "qml/Dialect/QML/IR/ShapeInference.h"

using namespace mlir;

namespace qml {

static ImportedLayer importFlatten(LayerImport &layer) {
  layer.expectChannelsLast();
  if (!layer.isReady())
    return failure();
  return layer.make().makeFlatten(layer.getInput());
}

ImportedLayer importReshapeTo(LayerImport &layer, std::vector<int64_t> target,
                              StringRef what) {
  if (!layer.isReady())
    return failure();
  std::vector<int64_t> asked = target;
  int64_t total = getNumElementsPerSample(layer.getInputShape()), known = 1;
  int64_t *unknown = nullptr;
  bool valid = !target.empty();
  for (int64_t &extent : target) {
    if (extent == -1 && !unknown) {
      unknown = &extent;
      continue;
    }
    valid &= extent > 0 && extent <= total / known;
    if (!valid)
      break;
    known *= extent;
  }
  if (valid && unknown)
    *unknown = total / known;
  if (!valid || total % known != 0 || (!unknown && known != total)) {
    layer.error() << "its " << what << " " << toString(asked)
                  << " doesn't fit its input of " << total << " elements";
    return failure();
  }
  return layer.make().makeReshape(layer.getInput(), target);
}

static ImportedLayer importReshape(LayerImport &layer) {
  return importReshapeTo(layer, layer.getIntegers("target_shape"),
                         "target_shape");
}

template <bool IsSequence>
static ImportedLayer importZeroPadding(LayerImport &layer) {
  WindowPadding::Sides pads = {};
  if (IsSequence) {
    std::array<int64_t, 2> steps = layer.getStepPads("padding");
    pads = {0, 0, steps[0], steps[1]};
  } else {
    pads = layer.getPads("padding");
  }
  layer.expectChannelsLast();
  if (!layer.isReady())
    return failure();
  return layer.make().makeZeroPadding2D(layer.getInput(), pads);
}

ArrayRef<LayerClass> getShapeClasses() {
  static const LayerClass classes[] = {
      {"Flatten", importFlatten},
      {"Reshape", importReshape},
      {"ZeroPadding1D", importZeroPadding<true>, LayerForm::Sequences, 1, 3},
      {"ZeroPadding2D", importZeroPadding<false>, LayerForm::Tensors, 1, 4},
  };
  return classes;
}

} // namespace qml
