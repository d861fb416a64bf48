//===- Volumes.cpp - Layers on (frames, height, width, channels) ----------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Frames are samples, one after the other: what a layer does to each frame by
// itself is a layer on images, and a convolution over frames before the current
// one remembers them.
//
//===----------------------------------------------------------------------===//

#include "Layers.h"
#include "ReshapeTarget.h"

using namespace mlir;

namespace qml {

/// The last two of three numbers, for images.
static std::array<int64_t, 2> ofImage(const std::array<int64_t, 3> &triple) {
  return {triple[1], triple[2]};
}

static ImportedLayer importZeroPadding(LayerImport &layer) {
  auto pads = layer.getVolumePads("padding");
  layer.expectChannelsLast();
  if (!layer.isReady())
    return failure();
  if (pads[0][1] != 0) {
    layer.error() << "it adds " << pads[0][1]
                  << " frames after the last one; only frames before the first "
                     "one are supported";
    return failure();
  }
  layer.setPast(pads[0][0]);
  WindowPadding::Sides sides = {pads[1][0], pads[1][1], pads[2][0], pads[2][1]};
  if (sides == WindowPadding::Sides())
    return layer.getInput();
  if (pads[0][0] != 0) {
    layer.error() << "it adds frames, and cells around them; use two layers";
    return failure();
  }
  return layer.make().makeZeroPadding2D(layer.getInput(), sides);
}

/// A convolution of each frame.
static ImportedLayer importImageConv(LayerImport &layer, ConvOptions options,
                                     std::array<int64_t, 2> size,
                                     int64_t filters, bool useBias) {
  int64_t channels = layer.getInputShape().back(), groups = options.groups;
  ElementsAttr bias;
  // Each frame has as many channels, one in each group: the order of a
  // depthwise kernel's values is the same.
  bool isDepthwise = groups != 1 && groups == channels && filters == channels;
  auto [height, width] = size;
  ElementsAttr kernel = layer.getWeight(
      0, "kernel", {1, height, width, channels / groups, filters},
      {height, width, isDepthwise ? channels : channels / groups,
       isDepthwise ? 1 : filters});
  if (useBias)
    bias = layer.getWeight(1, "bias", filters);
  if (layer.failed())
    return failure();
  if (!isDepthwise)
    return layer.make().makeConv2D(layer.getInput(), kernel, bias, options);
  options.groups = 1;
  return layer.make().makeDepthwiseConv2D(layer.getInput(), kernel, bias,
                                          options);
}

/// A convolution of each cell over the frames before.
static ImportedLayer importFrameConv(LayerImport &layer, int64_t length,
                                     int64_t groups, int64_t filters,
                                     bool useBias,
                                     const LayerActivation &activation) {
  int64_t channels = layer.getInputShape().back();
  ElementsAttr bias;
  bool isDepthwise = groups != 1;
  if (isDepthwise && (groups != channels || filters != channels)) {
    layer.error() << "it has " << channels << " input channels and " << filters
                  << " filters in " << groups
                  << " groups; over frames there is one group, or one of each "
                     "channel";
    return failure();
  }
  ElementsAttr kernel =
      isDepthwise
          ? layer.getWeight(0, "kernel", {length, 1, 1, 1, channels},
                            {length, channels})
          : layer.getWeight(0, "kernel", {length, 1, 1, channels, filters},
                            {length, channels, filters});
  if (useBias)
    bias = layer.getWeight(1, "bias", filters);
  if (layer.failed())
    return failure();
  LayerBuilder make = layer.make();
  Value input = layer.getInput();
  ImportedLayer result =
      isDepthwise ? make.makeDepthwiseBufferTempConv(input, kernel, bias)
                  : make.makeBufferTempConv(input, kernel, bias);
  if (failed(result) || !activation.function)
    return result;
  if (activation.maxValue || activation.function == Activation::ReLU)
    return make.makePart("activ").makeReLU(*result, activation.maxValue);
  return make.makePart("activ").makeActivation(*result, *activation.function);
}

static ImportedLayer importConv3D(LayerImport &layer) {
  int64_t filters = layer.getInteger("filters");
  std::array<int64_t, 3> size = layer.getTriple("kernel_size");
  std::array<int64_t, 3> strides = layer.getTriple("strides", 1);
  std::array<int64_t, 3> dilations = layer.getTriple("dilation_rate", 1);
  ConvOptions options;
  options.groups = layer.getInteger("groups", 1);
  options.strides = ofImage(strides);
  options.dilations = ofImage(dilations);
  Padding padding = layer.getPadding();
  options.padding = padding;
  options.activation = layer.getOwnActivation();
  bool useBias = layer.getBool("use_bias", true);
  layer.expectChannelsLast();
  if (strides[0] != 1 || dilations[0] != 1)
    layer.error() << "along frames its strides are " << strides[0]
                  << " and its dilation rate is " << dilations[0]
                  << "; only 1 is supported: each frame makes a result";
  if (!layer.isReady())
    return failure();
  int64_t channels = layer.getInputShape().back(), groups = options.groups;
  if (channels % groups != 0 || filters % groups != 0) {
    layer.error() << "it has " << channels << " input channels and " << filters
                  << " filters in " << groups
                  << " groups; both must divide evenly";
    return failure();
  }
  if (size[0] - 1 != layer.getPast() ||
      (size[0] != 1 && padding != Padding::Valid)) {
    layer.error() << "its kernel covers " << size[0]
                  << " frames, with padding '" << stringifyPadding(padding)
                  << "' and " << layer.getPast()
                  << " frames of zeros before the first one; a network that "
                     "takes frame by frame needs padding 'valid' and a "
                     "ZeroPadding3D of (("
                  << size[0] - 1 << ", 0), (0, 0), (0, 0)) before it";
    return failure();
  }
  if (size[0] == 1)
    return importImageConv(layer, options, ofImage(size), filters, useBias);
  if (ofImage(size) == std::array<int64_t, 2>{1, 1} &&
      options.strides == std::array<int64_t, 2>{1, 1})
    return importFrameConv(layer, size[0], groups, filters, useBias,
                           options.activation);
  layer.error()
      << "its kernel is " << size[0] << "x" << size[1] << "x" << size[2]
      << " with strides " << strides[1] << "x" << strides[2]
      << "; kernels are 1xHxW, or Tx1x1 with strides of 1: use one of "
         "each";
  return failure();
}

template <bool IsMax>
static ImportedLayer importPool(LayerImport &layer) {
  std::array<int64_t, 3> size = layer.getTriple("pool_size", 2);
  std::array<int64_t, 3> strides =
      layer.has("strides") ? layer.getTriple("strides") : size;
  PoolOptions options;
  options.size = ofImage(size);
  options.strides = ofImage(strides);
  Padding padding = layer.getPadding();
  options.padding = padding;
  layer.expectChannelsLast();
  if (size[0] != 1 || strides[0] != 1)
    layer.error() << "it pools " << size[0] << " frames with a stride of "
                  << strides[0]
                  << "; only pools of each frame by itself are supported";
  if (!layer.isReady())
    return failure();
  LayerBuilder make = layer.make();
  ArrayRef<int64_t> image = getShape(layer.getInput()).slice(1, 2);
  if (IsMax)
    return make.makeMaxPool2D(layer.getInput(), options);
  bool isGlobal =
      image == ArrayRef<int64_t>(options.size) && padding == Padding::Valid;
  return isGlobal ? make.makeGlobalAveragePool2D(layer.getInput(),
                                                 /*keepDims=*/false)
                  : make.makeAveragePool2D(layer.getInput(), options);
}

/// Reports a change of the axis of frames, the first of `extents`.
static bool keepsFrames(LayerImport &layer, ArrayRef<int64_t> extents,
                        int64_t frames, StringRef what) {
  if (extents.size() > 1 && extents.front() == frames)
    return true;
  layer.error() << "its " << what << " "
                << toString(Shape(extents.begin(), extents.end()))
                << " doesn't keep the axis of frames; it must begin with "
                << frames;
  return false;
}

static ImportedLayer importReshape(LayerImport &layer) {
  std::vector<int64_t> target = layer.getIntegers("target_shape");
  if (!layer.isReady() ||
      !keepsFrames(layer, target, layer.getFrames(), "target_shape"))
    return failure();
  target.erase(target.begin());
  return importReshapeTo(layer, std::move(target), "target_shape");
}

static ImportedLayer importPermute(LayerImport &layer) {
  std::vector<int64_t> axes = layer.getIntegers("dims");
  if (!layer.isReady() || !keepsFrames(layer, axes, 1, "dims"))
    return failure();
  // What is left counts from 1 as well.
  axes.erase(axes.begin());
  for (int64_t &axis : axes)
    --axis;
  return importPermuteTo(layer, std::move(axes),
                         layer.getInputShape().size() - 2);
}

ArrayRef<LayerClass> getVolumeClasses() {
  constexpr LayerForm volumes = LayerForm::Tensors;
  static const LayerClass classes[] = {
      {"AveragePooling3D", importPool<false>, volumes, 1, 5},
      {"Conv3D", importConv3D, volumes, 1, 5},
      {"MaxPooling3D", importPool<true>, volumes, 1, 5},
      {"Permute", importPermute},
      {"Reshape", importReshape},
      {"ZeroPadding3D", importZeroPadding, volumes, 1, 5},
  };
  return classes;
}

} // namespace qml
