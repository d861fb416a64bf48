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

#include "llvm/ADT/Sequence.h"

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
  int64_t total = getNumElementsPerSample(getShape(layer.getInput())),
          known = 1;
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

/// Rows and columns, or steps, at the sides of the input.
template <bool IsSequence>
static WindowPadding::Sides getSides(LayerImport &layer, const char *key) {
  if (!IsSequence)
    return layer.getPads(key);
  std::array<int64_t, 2> steps = layer.getStepPads(key);
  return {0, 0, steps[0], steps[1]};
}

template <bool IsSequence>
static ImportedLayer importZeroPadding(LayerImport &layer) {
  WindowPadding::Sides pads = getSides<IsSequence>(layer, "padding");
  layer.expectChannelsLast();
  if (!layer.isReady())
    return failure();
  return layer.make().makeZeroPadding2D(layer.getInput(), pads);
}

template <bool IsSequence>
static ImportedLayer importCropping(LayerImport &layer) {
  WindowPadding::Sides crops = getSides<IsSequence>(layer, "cropping");
  layer.expectChannelsLast();
  if (!layer.isReady())
    return failure();
  return layer.make().makeCropping2D(layer.getInput(), crops);
}

ImportedLayer importPermuteTo(LayerImport &layer, std::vector<int64_t> axes,
                              size_t rank) {
  std::vector<int64_t> sorted = axes;
  llvm::sort(sorted);
  if (!llvm::equal(sorted, llvm::seq<int64_t>(1, int64_t(rank) + 1))) {
    layer.error() << "its dims " << toString(axes)
                  << " don't fit its input, which has " << rank
                  << " axes; they are 1 to " << rank << ", each once";
    return failure();
  }
  for (int64_t &axis : axes)
    --axis;
  return layer.make().makePermute(layer.getInput(), axes);
}

static ImportedLayer importPermute(LayerImport &layer) {
  std::vector<int64_t> axes = layer.getIntegers("dims");
  if (!layer.isReady())
    return failure();
  return importPermuteTo(layer, std::move(axes),
                         layer.getInputShape().size() - 1);
}

template <bool IsSequence>
static ImportedLayer importUpSampling(LayerImport &layer) {
  std::array<int64_t, 2> size = layer.getWindow("size", IsSequence, 2);
  std::string interpolation = layer.getString("interpolation", "nearest");
  layer.expectChannelsLast();
  if (!layer.isReady())
    return failure();
  ArrayRef<int64_t> image = getShape(layer.getInput());
  return importResizedTo(layer, {image[1] * size[0], image[2] * size[1]},
                         interpolation, /*hasAntialias=*/false);
}

ArrayRef<LayerClass> getShapeClasses() {
  constexpr LayerForm images = LayerForm::Tensors;
  constexpr LayerForm sequences = LayerForm::Sequences;
  static const LayerClass classes[] = {
      {"Cropping1D", importCropping<true>, sequences, 1, 3},
      {"Cropping2D", importCropping<false>, images, 1, 4},
      {"Flatten", importFlatten},
      {"Permute", importPermute, LayerForm::Steps},
      {"Reshape", importReshape},
      {"UpSampling1D", importUpSampling<true>, sequences, 1, 3},
      {"UpSampling2D", importUpSampling<false>, images, 1, 4},
      {"ZeroPadding1D", importZeroPadding<true>, sequences, 1, 3},
      {"ZeroPadding2D", importZeroPadding<false>, images, 1, 4},
  };
  return classes;
}

} // namespace qml
