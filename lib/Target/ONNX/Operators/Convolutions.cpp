//===- Convolutions.cpp - Convolutions of all kinds -----------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../Kernels.h"
#include "Windows.h"

#include "qml/Dialect/QML/IR/Elements.h"
#include "qml/Support/Quote.h"

#include <algorithm>
#include <memory>

using namespace mlir;

namespace qml {

/// Where an element of a kernel of the file, (a, b, height, width), goes.
struct KernelShape {
  int64_t height = 1, width = 1, inputs = 1, outputs = 1;
};

/// The kernel of a convolution as an array (height, width, in, out); `find`
/// says which of the file's (first, second) axes' indices an (in, out) is; a
/// first below 0 stands for a weight of 0.
template <typename Find>
static ElementsAttr makeKernel(OperatorImport &node,
                               const ONNXConstant &weights,
                               const KernelShape &shape, Find find) {
  const float *from = weights.getArray().as<float>();
  int64_t taps = shape.height * shape.width, second = weights.getShape()[1];
  std::vector<float> to(size_t(taps * shape.inputs * shape.outputs));
  size_t next = 0;
  for (int64_t tap = 0; tap != taps; ++tap)
    for (int64_t in = 0; in != shape.inputs; ++in)
      for (int64_t out = 0; out != shape.outputs; ++out) {
        auto [a, b] = find(in, out);
        to[next++] = a < 0 ? 0.0f : from[(a * second + b) * taps + tap];
      }
  auto type = RankedTensorType::get(
      {shape.height, shape.width, shape.inputs, shape.outputs},
      node.getFloatType());
  return makeResource(type, node.name() + "_kernel", std::move(to));
}

ElementsAttr makeVector(OperatorImport &node, StringRef what,
                        std::vector<float> values) {
  auto type =
      RankedTensorType::get(int64_t(values.size()), node.getFloatType());
  return makeElements(type, (node.name() + "_" + what).str(),
                      std::move(values));
}

/// Weights of a convolution over an input; null after a report.
static const ONNXConstant *getWeights(OperatorImport &node,
                                      const ONNXImage &image) {
  const ONNXConstant *weights = node.expectConstant(1, "kernel");
  if (!weights)
    return nullptr;
  if (weights->isInteger() ||
      weights->getShape().size() != image.layout.getRank() ||
      weights->size() == 0) {
    node.error() << "its kernel has shape " << toString(weights->getShape())
                 << "; floats with as many axes as its input are needed, "
                 << int64_t(image.layout.getRank());
    return nullptr;
  }
  return weights;
}

/// Strides and dilations together are a larger kernel, whose cells in between
/// are zeros: no layer has both. Changes `dilations` and the kernel's size;
/// null after a report.
static const ONNXConstant *spreadKernel(OperatorImport &node,
                                        const ONNXConstant &weights,
                                        KernelShape &kernel, bool isSequence,
                                        const std::array<int64_t, 2> &strides,
                                        std::array<int64_t, 2> &dilations,
                                        std::optional<ONNXConstant> &storage) {
  if ((strides[0] == 1 && strides[1] == 1) ||
      (dilations[0] == 1 && dilations[1] == 1))
    return &weights;
  int64_t height = (kernel.height - 1) * dilations[0] + 1,
          width = (kernel.width - 1) * dilations[1] + 1;
  Shape shape = weights.getShape();
  int64_t kernels = shape[0] * shape[1];
  // What a small file asks for may not take memory without end.
  double cells = double(kernels) * double(height) * double(width);
  if (cells > std::max(double(1 << 24), 16.0 * double(weights.size()))) {
    node.error() << "it has strides and dilations of " << dilations[0] << "x"
                 << dilations[1] << ", which need a kernel of " << height << "x"
                 << width << "; that is too large";
    return nullptr;
  }
  auto values =
      std::make_shared<std::vector<float>>(size_t(kernels * height * width));
  const float *from = weights.getArray().as<float>();
  for (int64_t i = 0; i != kernels; ++i)
    for (int64_t y = 0; y != kernel.height; ++y)
      for (int64_t x = 0; x != kernel.width; ++x)
        (*values)[size_t((i * height + y * dilations[0]) * width +
                         x * dilations[1])] =
            from[(i * kernel.height + y) * kernel.width + x];
  shape.resize(2);
  if (!isSequence)
    shape.push_back(height);
  shape.push_back(width);
  kernel.height = height;
  kernel.width = width;
  dilations = {1, 1};
  Array array;
  array.shape = shape;
  array.data = values->data();
  array.owner = values;
  return &storage.emplace(std::move(array));
}

static LogicalResult importConv(OperatorImport &node) {
  FailureOr<ONNXImage> image = node.getImage();
  if (failed(image))
    return failure();
  const ONNXConstant *weights = getWeights(node, *image);
  if (!weights)
    return failure();
  const Shape shape = weights->getShape();
  KernelShape kernelShape;
  kernelShape.width = shape.back();
  kernelShape.height = image->isSequence() ? 1 : shape[2];
  int64_t filters = shape[0], channels = image->channels;
  int64_t groups = node.getInt("group", 1);
  if (groups < 1 || channels % groups != 0 || shape[1] != channels / groups ||
      filters % groups != 0) {
    node.error() << "it has " << channels << " input channels, " << groups
                 << " groups and a kernel of shape " << toString(shape)
                 << ", which don't fit";
    return failure();
  }
  bool isDepthwise = groups == channels && filters == channels && groups > 1;
  if (groups > 1 && !isDepthwise && image->hasOwnOrder()) {
    image = node.getImage(0, /*inOrder=*/true);
    if (failed(image))
      return failure();
  }
  const std::optional<ONNXBorder> border = node.getInput().border;
  std::optional<WindowOptions> window =
      readWindow(node, *image, kernelShape.height, kernelShape.width,
                 border.value_or(ONNXBorder()));
  ElementsAttr bias;
  std::optional<std::vector<float>> biasValues;
  if (node.hasInput(2)) {
    biasValues = node.expectFloats(2, "bias", filters);
    if (!biasValues)
      return failure();
  }
  if (!window)
    return failure();
  std::optional<ONNXConstant> spread;
  weights = spreadKernel(node, *weights, kernelShape, image->isSequence(),
                         window->strides, window->dilations, spread);
  if (!weights)
    return failure();
  ConvOptions options;
  options.strides = window->strides;
  options.dilations = window->dilations;
  options.padding = window->padding;
  if (border && window->sides != WindowPadding::Sides{})
    options.paddingValue = {border->value};
  const std::vector<int64_t> &order = image->order;
  if (biasValues)
    bias = makeVector(node, "bias",
                      isDepthwise ? reorder(*biasValues, order) : *biasValues);
  if (isDepthwise) {
    kernelShape.inputs = channels;
    ElementsAttr kernel =
        makeKernel(node, *weights, kernelShape, [&](int64_t in, int64_t) {
          return std::make_pair(order[size_t(in)], int64_t(0));
        });
    FailureOr<Value> result =
        node.make().makeDepthwiseConv2D(image->value, kernel, bias, options);
    if (failed(result))
      return failure();
    node.setResult(*result, OperatorImport::keepChannels(*image, *result));
    return success();
  }
  kernelShape.inputs = shape[1];
  kernelShape.outputs = filters;
  options.groups = groups;
  // A row of the file has all inputs of a result, each with all its taps.
  int64_t taps = kernelShape.height * kernelShape.width;
  std::vector<int64_t> places(size_t(shape[1] * taps));
  for (int64_t in = 0; in != shape[1]; ++in)
    for (int64_t tap = 0; tap != taps; ++tap)
      places[size_t((groups == 1 ? order[size_t(in)] : in) * taps + tap)] =
          tap * shape[1] + in;
  auto type = RankedTensorType::get(
      {kernelShape.height, kernelShape.width, shape[1], filters},
      node.getFloatType());
  ElementsAttr kernel = makeTurnedKernel(type, node.name() + "_kernel",
                                         weights->getBytes(), places, 1.0f);
  FailureOr<Value> result =
      node.make().makeConv2D(image->value, kernel, bias, options);
  if (failed(result))
    return failure();
  node.setResult(*result,
                 OperatorImport::makeImageLayout(*image, filters, *result));
  return success();
}

static LogicalResult importConvTranspose(OperatorImport &node) {
  FailureOr<ONNXImage> image = node.getImage();
  if (failed(image))
    return failure();
  const ONNXConstant *weights = getWeights(node, *image);
  if (!weights)
    return failure();
  const Shape shape = weights->getShape();
  KernelShape kernelShape;
  kernelShape.width = shape.back();
  kernelShape.height = image->isSequence() ? 1 : shape[2];
  int64_t groups = node.getInt("group", 1), channels = image->channels;
  bool isDepthwise = groups > 1 && groups == channels && shape[1] == 1;
  if (groups < 1 || channels % groups != 0 || shape[0] != channels) {
    node.error() << "it has " << channels << " input channels, " << groups
                 << " groups and a kernel of shape " << toString(shape)
                 << ", which don't fit";
    return failure();
  }
  // No transposed layer has groups: all channels, with zeros between groups.
  double whole = double(groups) * double(weights->size());
  if (groups > 1 && !isDepthwise &&
      whole > std::max(double(1 << 24), 16.0 * double(weights->size()))) {
    node.error() << "it has " << groups << " groups and a kernel of shape "
                 << toString(shape)
                 << ", which would be too large with zeros between the groups";
    return failure();
  }
  int64_t filters = shape[1] * groups;
  std::optional<ConvTransposeOptions> options =
      readTransposedWindow(node, *image, kernelShape.height, kernelShape.width);
  std::optional<std::vector<float>> biasValues;
  if (node.hasInput(2)) {
    biasValues = node.expectFloats(2, "bias", filters);
    if (!biasValues)
      return failure();
  }
  if (!options)
    return failure();
  std::optional<ONNXConstant> spread;
  weights = spreadKernel(node, *weights, kernelShape, image->isSequence(),
                         options->strides, options->dilations, spread);
  if (!weights)
    return failure();
  const std::vector<int64_t> &order = image->order;
  ElementsAttr bias;
  if (biasValues)
    bias = makeVector(node, "bias",
                      isDepthwise ? reorder(*biasValues, order) : *biasValues);
  kernelShape.inputs = channels;
  kernelShape.outputs = isDepthwise ? 1 : filters;
  ElementsAttr kernel =
      makeKernel(node, *weights, kernelShape, [&](int64_t in, int64_t out) {
        int64_t row = order[size_t(in)];
        if (isDepthwise)
          return std::make_pair(row, out);
        bool isSameGroup = row / (channels / groups) == out / shape[1];
        return std::make_pair(isSameGroup ? row : int64_t(-1), out % shape[1]);
      });
  FailureOr<Value> result =
      isDepthwise ? node.make().makeDepthwiseConv2DTranspose(
                        image->value, kernel, bias, *options)
                  : node.make().makeConv2DTranspose(image->value, kernel, bias,
                                                    *options);
  if (failed(result))
    return failure();
  node.setResult(
      *result, isDepthwise
                   ? OperatorImport::keepChannels(*image, *result)
                   : OperatorImport::makeImageLayout(*image, filters, *result));
  return success();
}

ArrayRef<ONNXOperator> getConvolutionOperators() {
  static const ONNXOperator operators[] = {
      {"Conv", importConv, "auto_pad dilations group kernel_shape pads strides",
       "of images, and of sequences as images of height 1"},
      {"ConvTranspose", importConvTranspose,
       "auto_pad dilations group kernel_shape output_padding output_shape pads "
       "strides",
       "of images and sequences; groups, but one for each channel, have zeros "
       "between them"},
  };
  return operators;
}

} // namespace qml
