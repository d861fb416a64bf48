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
#include "Polynomials.h"
#include "ReshapeTarget.h"
#include "qml/Dialect/QML/IR/Elements.h"
#include "qml/Dialect/QML/IR/ShapeInference.h"
#include "qml/Support/Quote.h"

#include <cmath>

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

namespace {
/// A layer's kernel (frames, height, width, channels of a group, filters) and
/// bias.
class VolumeWeights {
public:
  /// `polynomials` is true of a PleiadesLayer, whose kernel is made of them.
  VolumeWeights(LayerImport &layer, bool polynomials);

  /// The kernel, which has `shape` in Keras, as an array of `type`.
  ElementsAttr getKernel(ArrayRef<int64_t> shape, ArrayRef<int64_t> type) const;
  /// Null without a bias.
  ElementsAttr getBias(int64_t filters) const;

private:
  LayerImport &layer;
  bool useBias;
  std::optional<JacobiPolynomials> basis;
};
} // namespace

VolumeWeights::VolumeWeights(LayerImport &layer, bool polynomials)
    : layer(layer), useBias(layer.getBool("use_bias", true)) {
  if (polynomials)
    basis = {layer.getIndex("degrees"), layer.getNumber("alpha"),
             layer.getNumber("beta")};
  if (!basis || layer.failed())
    return;
  auto isGood = [](double number) {
    return number > -1 && std::isfinite(number);
  };
  if (basis->degrees > maxJacobiDegree || !isGood(basis->alpha) ||
      !isGood(basis->beta))
    layer.error() << "its degrees are " << basis->degrees
                  << ", its alpha and beta " << showNumber(basis->alpha)
                  << " and " << showNumber(basis->beta)
                  << "; allowed are degrees of 0 to " << maxJacobiDegree
                  << ", and numbers above -1";
}

ElementsAttr VolumeWeights::getKernel(ArrayRef<int64_t> shape,
                                      ArrayRef<int64_t> type) const {
  if (!basis)
    return layer.getWeight(0, "kernel", shape, type);
  int64_t frames = shape[0], height = shape[1], width = shape[2],
          channels = shape[3], filters = shape[4], terms = basis->degrees + 1;
  // In files the bias comes first.
  ElementsAttr factors = layer.getWeight(
      useBias ? 1 : 0, "kernel", {channels, filters, height, width, terms});
  if (!factors)
    return {};
  constexpr int64_t maxWeights = int64_t(1) << 26;
  if (frames > maxWeights * terms /
                   ShapedType::getNumElements(
                       {channels, filters, height, width, terms})) {
    layer.error() << "its kernel of " << toString(shape)
                  << " would have too many weights";
    return {};
  }
  std::vector<float> transform = makeJacobiTransform(
      *basis, frames, /*channels=*/layer.getInputShape().back());
  ElementsView<float> values(factors);
  std::vector<float> kernel;
  kernel.reserve(size_t(ShapedType::getNumElements(shape)));
  for (int64_t t = 0; t != frames; ++t)
    for (int64_t cell = 0; cell != height * width; ++cell)
      for (int64_t c = 0; c != channels; ++c)
        for (int64_t f = 0; f != filters; ++f) {
          int64_t first = ((c * filters + f) * height * width + cell) * terms;
          float sum = 0;
          for (int64_t d = 0; d != terms; ++d)
            sum = std::fma(values[size_t(first + d)],
                           transform[size_t(d * frames + t)], sum);
          kernel.push_back(sum);
        }
  return makeResource(
      RankedTensorType::get(type, Float32Type::get(factors.getContext())),
      (layer.name() + "_kernel").str(), std::move(kernel));
}

ElementsAttr VolumeWeights::getBias(int64_t filters) const {
  return useBias ? layer.getWeight(basis ? 0 : 1, "bias", filters)
                 : ElementsAttr();
}

/// A convolution of each frame.
static ImportedLayer importImageConv(LayerImport &layer, ConvOptions options,
                                     std::array<int64_t, 2> size,
                                     int64_t filters,
                                     const VolumeWeights &weights) {
  int64_t channels = layer.getInputShape().back(), groups = options.groups;
  // Each frame has as many channels, one in each group: the order of a
  // depthwise kernel's values is the same.
  bool isDepthwise = groups != 1 && groups == channels && filters == channels;
  auto [height, width] = size;
  ElementsAttr kernel = weights.getKernel(
      {1, height, width, channels / groups, filters},
      {height, width, isDepthwise ? channels : channels / groups,
       isDepthwise ? 1 : filters});
  ElementsAttr bias = weights.getBias(filters);
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
                                     const VolumeWeights &weights,
                                     const LayerActivation &activation) {
  int64_t channels = layer.getInputShape().back();
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
          ? weights.getKernel({length, 1, 1, 1, channels}, {length, channels})
          : weights.getKernel({length, 1, 1, channels, filters},
                              {length, channels, filters});
  ElementsAttr bias = weights.getBias(filters);
  if (layer.failed())
    return failure();
  LayerBuilder make = layer.make();
  Value input = layer.getInput();
  ImportedLayer result =
      isDepthwise ? make.makeDepthwiseBufferTempConv(input, kernel, bias)
                  : make.makeBufferTempConv(input, kernel, bias);
  if (failed(result) || !activation.function)
    return result;
  return make.makePart("activ").makeActivation(*result, activation);
}

template <bool HasPolynomials>
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
  // A PleiadesLayer computes none, whatever its configuration says.
  if (!HasPolynomials)
    options.activation = layer.getOwnActivation();
  VolumeWeights weights(layer, HasPolynomials);
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
    return importImageConv(layer, options, ofImage(size), filters, weights);
  if (ofImage(size) == std::array<int64_t, 2>{1, 1} &&
      options.strides == std::array<int64_t, 2>{1, 1})
    return importFrameConv(layer, size[0], groups, filters, weights,
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
  // Keras counts what -1 stands for; the frames, if all else is a frame's.
  if (layer.isReady() && target.size() > 1 && target.front() == -1) {
    Shape rest(target.begin() + 1, target.end());
    ArrayRef<int64_t> frame = getShape(layer.getInput()).drop_front();
    int64_t elements = 1;
    bool isKnown = llvm::all_of(rest, [&](int64_t extent) {
      return extent > 0 && !llvm::MulOverflow(elements, extent, elements);
    });
    if (isKnown && elements == ShapedType::getNumElements(frame))
      target.front() = layer.getFrames();
  }
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

/// A class of convolutions over frames.
static constexpr LayerClass
makeFrameConvClass(StringRef name, ImportedLayer (*import)(LayerImport &)) {
  return {name,
          import,
          LayerForm::Tensors,
          /*inputs=*/1,
          /*rank=*/5,
          /*takesIntegers=*/false,
          /*takesConstants=*/false,
          /*takesPast=*/true};
}

ArrayRef<LayerClass> getVolumeClasses() {
  constexpr LayerForm volumes = LayerForm::Tensors;
  static const LayerClass classes[] = {
      {"AveragePooling3D", importPool<false>, volumes, 1, 5},
      makeFrameConvClass("Conv3D", importConv3D<false>),
      {"MaxPooling3D", importPool<true>, volumes, 1, 5},
      {"Permute", importPermute},
      makeFrameConvClass("PleiadesLayer", importConv3D<true>),
      {"Reshape", importReshape},
      {"ZeroPadding3D", importZeroPadding, volumes, 1, 5},
  };
  return classes;
}

} // namespace qml
