//===- Convolutions.cpp - Convolutions of all kinds -----------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Layers.h"

using namespace mlir;

namespace qml {

namespace {
enum class ConvKind { Full, Depthwise, Separable };

/// What the configuration says of a convolution.
struct ConvConfig {
  ConvOptions options;
  std::array<int64_t, 2> size = {1, 1};
  /// Output channels; those of the input for a depthwise one.
  int64_t filters = 1;
  /// Results for each channel of a depthwise kernel.
  int64_t multiplier = 1;
  bool useBias = true;
};
} // namespace

static ConvConfig readConfig(LayerImport &layer, ConvKind kind,
                             bool isSequence) {
  ConvConfig config;
  ConvOptions &options = config.options;
  if (kind != ConvKind::Depthwise)
    config.filters = layer.getInteger("filters");
  config.size = layer.getWindow("kernel_size", isSequence);
  options.strides = layer.getWindow("strides", isSequence, 1);
  options.dilations = layer.getWindow("dilation_rate", isSequence, 1);
  if (kind == ConvKind::Full)
    options.groups = layer.getInteger("groups", 1);
  // Keras knows the padding of what must not see the future for these alone.
  if (kind != ConvKind::Depthwise && isSequence &&
      layer.getString("padding", "valid") == "causal")
    options.padding = WindowPadding::Sides{
        0, 0, (config.size[1] - 1) * options.dilations[1], 0};
  else
    options.padding = layer.getPadding();
  // The reference's own PaddedConv2D, whose padding is then always 'same'.
  if (kind == ConvKind::Full && layer.has("padding_value")) {
    options.paddingValue = layer.getNumbers("padding_value", {});
    options.padding = Padding::Same;
  }
  config.useBias = layer.getBool("use_bias", true);
  options.activation = layer.getOwnActivation();
  if (kind != ConvKind::Full)
    config.multiplier = layer.getInteger("depth_multiplier", 1);
  layer.expectChannelsLast();
  return config;
}

/// A kernel, which files of layers on sequences hold without its height.
static ElementsAttr getKernel(LayerImport &layer, size_t index, StringRef what,
                              ArrayRef<int64_t> shape, bool isSequence) {
  return layer.getWeight(index, what, shape.drop_front(isSequence), shape);
}

template <ConvKind Kind, bool IsSequence>
static ImportedLayer importConvolution(LayerImport &layer) {
  ConvConfig config = readConfig(layer, Kind, IsSequence);
  if (!layer.isReady())
    return failure();
  int64_t channels = layer.getInputShape().back();
  int64_t groups = config.options.groups;
  if (channels % groups != 0 || config.filters % groups != 0) {
    layer.error() << "it has " << channels << " input channels and "
                  << config.filters << " filters in " << groups
                  << " groups; both must divide evenly";
    return failure();
  }
  size_t next = 0;
  auto [height, width] = config.size;
  int64_t multiplier = config.multiplier, multiplied = channels * multiplier;
  ElementsAttr kernel, depthwise, bias;
  // With several results for each channel it is a kernel of groups, whose
  // values lie in the same order.
  if (Kind != ConvKind::Full)
    depthwise = layer.getWeight(
        next++, Kind == ConvKind::Separable ? "depthwise_kernel" : "kernel",
        ArrayRef<int64_t>({height, width, channels, multiplier})
            .drop_front(IsSequence),
        multiplier == 1 ? ArrayRef<int64_t>({height, width, channels, 1})
                        : ArrayRef<int64_t>({height, width, 1, multiplied}));
  if (Kind == ConvKind::Full)
    kernel = getKernel(layer, next++, "kernel",
                       {height, width, channels / groups, config.filters},
                       IsSequence);
  if (Kind == ConvKind::Separable)
    kernel = getKernel(layer, next++, "pointwise_kernel",
                       {1, 1, multiplied, config.filters}, IsSequence);
  if (Kind == ConvKind::Depthwise)
    config.filters = multiplied;
  if (config.useBias)
    bias = layer.getWeight(next, "bias", config.filters);
  if (layer.failed())
    return failure();
  LayerBuilder make = layer.make();
  Value input = layer.getInput();
  if (Kind == ConvKind::Full)
    return make.makeConv2D(input, kernel, bias, config.options);
  if (multiplier != 1)
    config.options.groups = channels;
  if (Kind == ConvKind::Depthwise)
    return multiplier == 1
               ? make.makeDepthwiseConv2D(input, depthwise, bias,
                                          config.options)
               : make.makeConv2D(input, depthwise, bias, config.options);
  if (multiplier == 1)
    return make.makeSeparableConv2D(input, depthwise, kernel, bias,
                                    config.options);
  ConvOptions pointwise;
  std::swap(pointwise.activation, config.options.activation);
  FailureOr<Value> middle = make.makePart("depthwise")
                                .makeConv2D(input, depthwise,
                                            /*bias=*/nullptr, config.options);
  if (failed(middle))
    return failure();
  return make.makeConv2D(*middle, kernel, bias, pointwise);
}

/// Keras has the kernels of transposed convolutions as (h, w, out, in).
static ElementsAttr swapLastAxes(ElementsAttr kernel, StringRef name) {
  ArrayRef<int64_t> shape = getShape(kernel);
  ElementsView<float> from(kernel);
  std::vector<float> to(from.get().size());
  int64_t outputs = shape[2], inputs = shape[3], taps = shape[0] * shape[1];
  for (int64_t tap = 0; tap != taps; ++tap)
    for (int64_t f = 0; f != outputs; ++f)
      for (int64_t c = 0; c != inputs; ++c)
        to[(tap * inputs + c) * outputs + f] =
            from.get()[(tap * outputs + f) * inputs + c];
  return makeElements(
      RankedTensorType::get({shape[0], shape[1], inputs, outputs},
                            kernel.getElementType()),
      (name + "_kernel").str(), std::move(to));
}

template <bool IsDepthwise, bool IsSequence>
static ImportedLayer importTransposed(LayerImport &layer) {
  ConvTransposeOptions options;
  int64_t filters = IsDepthwise ? 1 : layer.getInteger("filters");
  std::array<int64_t, 2> size = layer.getWindow("kernel_size", IsSequence);
  options.strides = layer.getWindow("strides", IsSequence, 1);
  options.dilations = layer.getWindow("dilation_rate", IsSequence, 1);
  options.padding = layer.getPadding();
  if (layer.has("output_padding")) {
    std::vector<int64_t> extra;
    for (double value : layer.getNumbers("output_padding", {}))
      extra.push_back(value >= 0 && value < 1e6 ? int64_t(value) : -1);
    if (extra.size() == 1)
      extra.insert(extra.begin(), IsSequence ? 0 : extra.front());
    if (extra.size() == 2)
      options.outputPadding = {extra[0], extra[1]};
    else
      layer.error() << "its output_padding has " << extra.size()
                    << " numbers; it is one, or two";
  }
  bool useBias = layer.getBool("use_bias", true);
  options.activation = layer.getOwnActivation();
  if (IsDepthwise)
    if (int64_t multiplier = layer.getInteger("depth_multiplier", 1);
        multiplier != 1)
      layer.error() << "its depth_multiplier is " << multiplier
                    << "; only 1 is supported";
  layer.expectChannelsLast();
  if (!layer.isReady())
    return failure();
  int64_t channels = layer.getInputShape().back();
  int64_t out = IsDepthwise ? channels : filters;
  ElementsAttr bias,
      kernel = getKernel(layer, 0, "kernel",
                         {size[0], size[1], out, IsDepthwise ? 1 : channels},
                         IsSequence);
  if (useBias)
    bias = layer.getWeight(1, "bias", out);
  if (layer.failed())
    return failure();
  if (IsDepthwise)
    return layer.make().makeDepthwiseConv2DTranspose(layer.getInput(), kernel,
                                                     bias, options);
  return layer.make().makeConv2DTranspose(
      layer.getInput(), swapLastAxes(kernel, layer.name()), bias, options);
}

ArrayRef<LayerClass> getConvolutionClasses() {
  constexpr LayerForm images = LayerForm::Tensors;
  constexpr LayerForm sequences = LayerForm::Sequences;
  static const LayerClass classes[] = {
      {"Conv1D", importConvolution<ConvKind::Full, true>, sequences, 1, 3},
      {"Conv2D", importConvolution<ConvKind::Full, false>, images, 1, 4},
      {"Conv1DTranspose", importTransposed<false, true>, sequences, 1, 3},
      {"Conv2DTranspose", importTransposed<false, false>, images, 1, 4},
      {"DepthwiseConv1D", importConvolution<ConvKind::Depthwise, true>,
       sequences, 1, 3},
      {"DepthwiseConv2D", importConvolution<ConvKind::Depthwise, false>, images,
       1, 4},
      {"DepthwiseConv2DTranspose", importTransposed<true, false>, images, 1, 4},
      {"PaddedConv2D", importConvolution<ConvKind::Full, false>, images, 1, 4},
      {"SeparableConv1D", importConvolution<ConvKind::Separable, true>,
       sequences, 1, 3},
      {"SeparableConv2D", importConvolution<ConvKind::Separable, false>, images,
       1, 4},
  };
  return classes;
}

} // namespace qml
