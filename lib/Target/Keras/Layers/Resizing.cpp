//===- Resizing.cpp - Images of other sizes -------------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// As tf.image.resize computes them, which all of Keras calls.
//
//===----------------------------------------------------------------------===//

#include "Layers.h"

#include "../../Import/Resize.h"

#include "llvm/ADT/StringSwitch.h"

#include <cmath>

using namespace mlir;

namespace qml {

/// TensorFlow looks cubics up in a table of so many places between two cells.
constexpr double cubicPlaces = 1024;

static ResizedAxis placeCells(int64_t extent, int64_t result,
                              ResizeFilter filter, bool hasAntialias) {
  using Kind = ResizeFilter::Kind;
  ResizedAxis axis;
  axis.extent = extent;
  axis.filter = filter;
  double scale = double(extent) / double(result);
  bool isArea = filter.kind == Kind::Area;
  if (isArea || (hasAntialias && scale > 1))
    axis.filter.stretch = scale;
  for (int64_t i = 0; i != result; ++i) {
    double place = (double(i) + 0.5) * scale - 0.5;
    // Its scale is a float, which matters where places are rounded down.
    if (filter.kind == Kind::Nearest)
      place = std::floor((float(i) + 0.5f) * (float(extent) / float(result)));
    if (filter.kind == Kind::Cubic && !hasAntialias)
      place =
          std::floor(place) +
          std::rint((place - std::floor(place)) * cubicPlaces) / cubicPlaces;
    axis.places.push_back(place);
  }
  return axis;
}

ImportedLayer importResizedTo(LayerImport &layer,
                              const std::array<int64_t, 2> &size,
                              StringRef method, bool hasAntialias) {
  using Kind = ResizeFilter::Kind;
  auto kind = llvm::StringSwitch<std::optional<Kind>>(method)
                  .Case("nearest", Kind::Nearest)
                  .Case("bilinear", Kind::Linear)
                  .Case("bicubic", Kind::Cubic)
                  .Case("area", Kind::Area)
                  .Default(std::nullopt);
  if (!kind)
    layer.error() << "its interpolation is '" << method
                  << "'; allowed: nearest, bilinear, bicubic, area";
  for (int64_t extent : size)
    if (extent < 1 || extent > maxResizedExtent)
      layer.error() << "it makes images of " << size[0] << " by " << size[1]
                    << "; sides have 1 to " << maxResizedExtent << " cells";
  if (!layer.isReady())
    return failure();
  ResizeFilter filter;
  filter.kind = *kind;
  filter.slope = -0.5;
  filter.leavesOut = *kind == Kind::Cubic || hasAntialias;
  hasAntialias &= *kind == Kind::Linear || *kind == Kind::Cubic;
  ArrayRef<int64_t> image = getShape(layer.getInput());
  auto makePart = [&](StringRef part) {
    return part.empty() ? layer.make() : layer.make().makePart(part);
  };
  return makeResized(makePart, layer.name(), layer.getInput(),
                     {placeCells(image[1], size[0], filter, hasAntialias),
                      placeCells(image[2], size[1], filter, hasAntialias)},
                     [&] { return layer.error(); });
}

static ImportedLayer importResizing(LayerImport &layer) {
  std::array<int64_t, 2> size = {layer.getInteger("height"),
                                 layer.getInteger("width")};
  std::string method = layer.getString("interpolation", "bilinear");
  for (const char *name : {"crop_to_aspect_ratio", "pad_to_aspect_ratio"})
    if (layer.getBool(name, false))
      layer.error() << "it has " << name
                    << "; only images that fill the size are supported";
  bool hasAntialias = layer.getBool("antialias", false);
  layer.expectChannelsLast();
  return importResizedTo(layer, size, StringRef(method).lower(), hasAntialias);
}

/// The middle of an image. Keras resizes images that are smaller.
static ImportedLayer importCenterCrop(LayerImport &layer) {
  std::array<int64_t, 2> size = {layer.getInteger("height"),
                                 layer.getInteger("width")};
  layer.expectChannelsLast();
  if (!layer.isReady())
    return failure();
  ArrayRef<int64_t> image = getShape(layer.getInput());
  if (size[0] < 1 || size[1] < 1 || size[0] > image[1] || size[1] > image[2]) {
    layer.error() << "it takes " << size[0] << " by " << size[1]
                  << " cells of images of " << image[1] << " by " << image[2]
                  << "; only parts of images are supported";
    return failure();
  }
  WindowPadding::Sides crops;
  for (size_t i : {0, 1}) {
    int64_t rest = image[i + 1] - size[i];
    crops[2 * i] = rest / 2;
    crops[2 * i + 1] = rest - rest / 2;
  }
  return layer.make().makeCropping2D(layer.getInput(), crops);
}

ArrayRef<LayerClass> getResizingClasses() {
  constexpr LayerForm images = LayerForm::Tensors;
  static const LayerClass classes[] = {
      {"CenterCrop", importCenterCrop, images, 1, 4},
      {"Resizing", importResizing, images, 1, 4},
  };
  return classes;
}

} // namespace qml
