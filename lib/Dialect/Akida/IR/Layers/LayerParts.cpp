//===- LayerParts.cpp - What families of layers share ---------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LayerParts.h"

using namespace mlir;

namespace qml {
namespace akida {

//===----------------------------------------------------------------------===//
// Variables
//===----------------------------------------------------------------------===//

VariableShape perOutput(mlir::Operation *layer) {
  return {cast<LayerOpInterface>(layer).getNumOutputs()};
}

VariableShape perInput(mlir::Operation *layer) {
  return {getImage(layer->getOperand(0)).channels};
}

VariableShape perInputElement(mlir::Operation *layer) {
  return {getImage(layer->getOperand(0)).elements()};
}

VariableShape perTableEntry(mlir::Operation *) { return {2048}; }

EngineParameters describeInput(mlir::Operation *layer) {
  Image image = getImage(layer->getOperand(0));
  return {{"input_width", image.height},
          {"input_height", image.width},
          {"input_channels", image.channels}};
}

std::vector<VariableInfo> makeProductVariables(const VariableInfo &weights,
                                               const VariableInfo &input) {
  using namespace variables;
  return {weights,   bias,          biasShift,        input,
          maxValue,  maxValueShift, activationScales, activationShift,
          lutValues, outputScales,  outputShift};
}

std::vector<int32_t> readInts(mlir::Operation *layer,
                              const VariableInfo &variable) {
  std::vector<int64_t> values = readVariable(layer, variable);
  return std::vector<int32_t>(values.begin(), values.end());
}

std::vector<int64_t> readShifted(mlir::Operation *layer,
                                 const VariableInfo &base,
                                 const VariableInfo &shift, int bits) {
  std::vector<int64_t> values = readVariable(layer, base);
  std::vector<int64_t> shifts = readVariable(layer, shift);
  IntegerRange range = integerRange(bits - 1, Arithmetic::Akida);
  for (size_t i = 0; i != values.size(); ++i)
    values[i] = shiftLeft(values[i], shifts[i], range);
  return values;
}

//===----------------------------------------------------------------------===//
// Types of results
//===----------------------------------------------------------------------===//

FailureOr<RankedTensorType> inferImage(const LayerInfo &info, StringRef name,
                                       Value input,
                                       std::array<int64_t, 2> extents,
                                       int64_t channels, Type element,
                                       std::optional<Location> location) {
  if (extents[0] < 1 || extents[1] < 1 || channels < 1) {
    Version version = info.versions == V1Only ? Version::V1 : Version::V2;
    Image image = getImage(input);
    return emitOptionalError(
        location, "layer '", name, "': ",
        describeLimit(Quantity::OutputSize, version, info.kind,
                      "of an image of " + Twine(image.height) + "x" +
                          Twine(image.width)));
  }
  int64_t batch = cast<RankedTensorType>(input.getType()).getShape().front();
  return RankedTensorType::get({batch, extents[0], extents[1], channels},
                               element);
}

//===----------------------------------------------------------------------===//
// Windows
//===----------------------------------------------------------------------===//

std::array<int64_t, 2> inferWindows(const Windows &windows, Value input) {
  Image image = getImage(input);
  std::array<int64_t, 2> extents = getNumPositions(
      windows.padding, windows.kernelOver({image.height, image.width}));
  if (extents[0] < 1 || extents[1] < 1)
    return {0, 0};
  switch (windows.poolType) {
  case PoolType::NoPooling:
    return extents;
  case PoolType::Max:
    return getNumPositions(windows.padding, windows.poolOver(extents));
  case PoolType::Average:
    return {1, 1};
  }
  llvm_unreachable("all types of pools are handled");
}

void checkPool(LayerChecker &checker, PoolType type,
               std::array<int64_t, 2> size, std::array<int64_t, 2> strides) {
  auto cross = [](int64_t a, int64_t b) {
    return std::to_string(a) + "x" + std::to_string(b);
  };
  bool isMax = type == PoolType::Max;
  if (isMax ? size[0] < 1 || size[1] < 1 : size[0] != -1 || size[1] != -1)
    return checker.report(Quantity::PoolSize, cross(size[0], size[1]));
  if (!isMax)
    return;
  bool fits = true;
  for (int axis = 0; axis != 2; ++axis) {
    if (strides[axis] == -1)
      strides[axis] = size[axis];
    fits &= strides[axis] >= 1 && strides[axis] <= size[axis];
  }
  if (!fits)
    checker.report(Quantity::PoolStride, cross(strides[0], strides[1]) +
                                             " of a pool of " +
                                             cross(size[0], size[1]));
}

void checkImageInput(LayerChecker &checker, Value input) {
  checker.limit(Quantity::ImageChannels, getImage(input).channels);
  IntegerFormat format = getFormat(input);
  if (isa_and_nonnull<QuantizerOp>(getLayerOf(input)) && format.bits != 8)
    checker.error() << "its quantizer makes " << describe(format)
                    << "; input convolutions take unsigned ones of 8";
}

qml::Window makeWindow(const WindowExtents &extents, Padding padding) {
  qml::Window window;
  ImagePads pads = getPads(padding, extents);
  for (int axis = 0; axis != 2; ++axis) {
    window.kernel[axis] = extents.kernel[axis];
    window.strides[axis] = extents.strides[axis];
    window.padBegin[axis] = pads[2 * axis];
    window.padEnd[axis] = pads[2 * axis + 1];
  }
  return window;
}

Shape applyWindow(const qml::Window &window, const Shape &image,
                  int64_t channels) {
  Shape shape = {0, 0, channels};
  for (int axis = 0; axis != 2; ++axis)
    shape[axis] = inferWindowExtent(
        image[axis], {window.padBegin[axis], window.padEnd[axis]},
        window.kernel[axis], window.strides[axis], /*dilation=*/1);
  return shape;
}

int addMaxPool(LayerFlattener &to, const Windows &windows, int input) {
  const Shape image = to.shapeOf(input);
  qml::Window window =
      makeWindow(windows.poolOver({image[0], image[1]}), windows.padding);
  return to.add(MaxPool2D{window}, {input},
                applyWindow(window, image, image[2]), to.bitsOf(input));
}

//===----------------------------------------------------------------------===//
// What follows the sums of 2.0's layers
//===----------------------------------------------------------------------===//

/// To 11 bits, which the table is looked up with.
static int addLookUp(LayerFlattener &to, mlir::Operation *layer, int postBits,
                     int input) {
  OutputQuantizer quantizer;
  quantizer.bufferBits = postBits - 1;
  quantizer.scales = readInts(layer, variables::activationScales);
  quantizer.shift = readInts(layer, variables::activationShift);
  int codes = to.add(quantizer, {input}, to.shapeOf(input), 10);
  return to.add(LookUp{readInts(layer, variables::lutValues), -1024}, {codes},
                to.shapeOf(codes), 31);
}

int addScaleOut(LayerFlattener &to, mlir::Operation *layer,
                const ScaleOut &parts, int sums) {
  int bits = parts.postBits;
  int tensor = sums;
  PoolType pool = parts.windows ? parts.windows->poolType : PoolType::NoPooling;
  if (pool == PoolType::Max)
    tensor = addMaxPool(to, *parts.windows, tensor);
  switch (parts.activation) {
  case Activation::NoActivation:
    break;
  case Activation::ReLU: {
    ReLU relu;
    relu.integerMaxValue =
        readShifted(layer, variables::maxValue, variables::maxValueShift, bits);
    tensor = to.add(relu, {tensor}, to.shapeOf(tensor),
                    std::max(to.bitsOf(tensor), bits - 1));
    break;
  }
  case Activation::LUT:
    tensor = addLookUp(to, layer, bits, tensor);
    break;
  }
  if (pool == PoolType::Average) {
    AccumulatorRules rules;
    rules.bufferBits = bits - 1;
    rules.boundsInput = false;
    tensor = to.add(GlobalAveragePool2D{rules}, {tensor},
                    {1, 1, to.shapeOf(tensor)[2]}, bits - 1);
  }
  OutputQuantizer quantizer;
  quantizer.bufferBits = bits - 1;
  quantizer.scales = readInts(layer, variables::outputScales);
  quantizer.shift = readInts(layer, variables::outputShift);
  quantizer.isUnsigned = !formatOf(parts.outputBits).isSigned;
  return to.addResult(layer, quantizer, {tensor});
}

Constant makeBias(LayerFlattener &to, mlir::Operation *layer, int bits) {
  if (!layer->hasAttr(variables::bias.name))
    return {};
  return to.makeConstant(
      readShifted(layer, variables::bias, variables::biasShift, bits));
}

} // namespace akida
} // namespace qml
