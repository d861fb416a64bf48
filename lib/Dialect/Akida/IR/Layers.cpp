//===- Layers.cpp - The engine's layers and their variables ---------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "qml/Dialect/Akida/IR/Layers.h"

#include "qml/Dialect/Akida/IR/AkidaOps.h"

#include "llvm/ADT/STLExtras.h"

#include <array>
#include <cstring>
#include <numeric>

using namespace mlir;

namespace qml {
namespace akida {

using llvm::StringLiteral;

//===----------------------------------------------------------------------===//
// The table
//===----------------------------------------------------------------------===//

constexpr VariableInfo weights{"weights", ElementType::I8, Extents::Kernel};
constexpr VariableInfo channelWeights{"weights", ElementType::I8,
                                      Extents::ChannelKernel};
constexpr VariableInfo bias{"bias", ElementType::I8, Extents::Outputs};
constexpr VariableInfo biasShift{"bias_shift", ElementType::U8,
                                 Extents::Outputs};
constexpr VariableInfo inputShift{"input_shift", ElementType::U8,
                                  Extents::Inputs};
constexpr VariableInfo maxValue{"max_value", ElementType::U8, Extents::Outputs,
                                127, Presence::WithReLU};
constexpr VariableInfo maxValueShift{"max_value_shift", ElementType::U8,
                                     Extents::Outputs, 31, Presence::WithReLU};
constexpr VariableInfo activationScales{"activation_scales", ElementType::U8,
                                        Extents::Outputs, 1, Presence::WithLUT};
constexpr VariableInfo activationShift{"activation_shift", ElementType::I8,
                                       Extents::Outputs, 0, Presence::WithLUT};
constexpr VariableInfo lutValues{"lut_values", ElementType::I32, Extents::Table,
                                 0, Presence::WithLUT};
constexpr VariableInfo outputScales{"output_scales", ElementType::U8,
                                    Extents::Outputs, 1};
constexpr VariableInfo outputShift{"output_shift", ElementType::I8,
                                   Extents::Outputs};
constexpr VariableInfo threshold{"threshold", ElementType::I32,
                                 Extents::Outputs};
constexpr VariableInfo actStep{"act_step", ElementType::F32, Extents::Outputs,
                               1};

/// Of 2.0's layers that multiply with weights; `input` is the variable that
/// the input has.
static constexpr std::array<VariableInfo, 11> weighted(VariableInfo weights,
                                                       VariableInfo input) {
  return {{weights, bias, biasShift, input, maxValue, maxValueShift,
           activationScales, activationShift, lutValues, outputScales,
           outputShift}};
}
constexpr std::array inputConvVariables =
    weighted(weights, {"padding_value", ElementType::U8, Extents::Inputs});
constexpr std::array convVariables = weighted(weights, inputShift);
constexpr std::array depthwiseVariables = weighted(channelWeights, inputShift);
constexpr std::array denseVariables =
    weighted({"weights", ElementType::I8, Extents::Matrix},
             {"input_shift", ElementType::U8, Extents::InputElements});
constexpr std::array temporalVariables =
    weighted({"weights", ElementType::I8, Extents::Temporal}, inputShift);
constexpr std::array channelTemporalVariables = weighted(
    {"weights", ElementType::I8, Extents::ChannelTemporal}, inputShift);
constexpr VariableInfo recurrentVariables[] = {
    {"in_proj", ElementType::I8, Extents::InputToStates},
    inputShift,
    {"new_state_scale", ElementType::U8, Extents::States, 1},
    {"new_state_shift", ElementType::I8, Extents::States},
    {"A_real", ElementType::I16, Extents::States},
    {"A_imag", ElementType::I16, Extents::States},
    {"internal_state_outputs_shift", ElementType::I8, Extents::States},
    {"out_proj", ElementType::I8, Extents::StatesToOutput},
    bias,
    biasShift,
    maxValue,
    maxValueShift,
    activationScales,
    activationShift,
    lutValues,
    outputScales,
    outputShift};
constexpr VariableInfo addVariables[] = {
    {"a_shift", ElementType::U8, Extents::Inputs},
    {"b_shift", ElementType::U8, Extents::Inputs},
    outputShift};
constexpr VariableInfo quantizerVariables[] = {
    {"scales", ElementType::F32, Extents::Inputs},
    {"zero_points", ElementType::U8, Extents::Inputs}};
constexpr VariableInfo dequantizerVariables[] = {
    {"scales", ElementType::F32, Extents::Inputs, 1}};
constexpr VariableInfo picoVariables[] = {
    {"input_scales", ElementType::U16, Extents::Inputs},
    {"input_shift", ElementType::I8, Extents::Inputs},
    {"threshold", ElementType::U16, Extents::Inputs}};
constexpr VariableInfo v1ConvVariables[] = {weights, threshold, actStep};
constexpr VariableInfo separableVariables[] = {
    channelWeights,
    {"weights_pw", ElementType::I8, Extents::CellKernel},
    threshold,
    actStep};
constexpr VariableInfo v1DenseVariables[] = {
    {"weights", ElementType::I8, Extents::V1Matrix}, threshold, actStep};

constexpr StringLiteral inputParameters[] = {"input_bits"};
constexpr StringLiteral quantizerParameters[] = {"output_bits",
                                                 "output_signed"};
constexpr StringLiteral convParameters[] = {
    "filters",     "kernel_size", "kernel_stride",       "padding",
    "pool_type",   "pool_size",   "pool_stride",         "activation",
    "output_bits", "buffer_bits", "post_op_buffer_bits", "weights_bits"};
constexpr StringLiteral depthwiseParameters[] = {
    "kernel_size", "kernel_stride",       "padding",     "pool_type",
    "pool_size",   "pool_stride",         "activation",  "output_bits",
    "buffer_bits", "post_op_buffer_bits", "weights_bits"};
constexpr StringLiteral transposeParameters[] = {
    "filters",     "kernel_size",         "activation",  "output_bits",
    "buffer_bits", "post_op_buffer_bits", "weights_bits"};
constexpr StringLiteral depthwiseTransposeParameters[] = {
    "kernel_size", "activation",          "output_bits",
    "buffer_bits", "post_op_buffer_bits", "weights_bits"};
constexpr StringLiteral denseParameters[] = {
    "units",       "activation",          "output_bits",
    "buffer_bits", "post_op_buffer_bits", "weights_bits"};
constexpr StringLiteral addParameters[] = {"output_bits", "buffer_bits",
                                           "post_op_buffer_bits"};
constexpr StringLiteral temporalParameters[] = {
    "filters",     "fifo_size",           "activation",  "output_bits",
    "buffer_bits", "post_op_buffer_bits", "weights_bits"};
constexpr StringLiteral channelTemporalParameters[] = {
    "fifo_size",   "activation",          "output_bits",
    "buffer_bits", "post_op_buffer_bits", "weights_bits"};
constexpr StringLiteral recurrentParameters[] = {
    "stateful_channels",   "output_channels",    "subsample",
    "activation",          "output_bits",        "buffer_bits",
    "post_op_buffer_bits", "internal_state_bits"};
constexpr StringLiteral picoParameters[] = {"buffer_bits"};
constexpr StringLiteral v1InputConvParameters[] = {
    "filters",        "kernel_width",     "kernel_height",    "stride_x",
    "stride_y",       "padding",          "pool_type",        "pooling_width",
    "pooling_height", "pooling_stride_x", "pooling_stride_y", "padding_value",
    "activation",     "act_bits",         "weights_bits"};
constexpr StringLiteral v1ConvParameters[] = {
    "filters",        "kernel_width",     "kernel_height",    "stride_x",
    "stride_y",       "padding",          "pool_type",        "pooling_width",
    "pooling_height", "pooling_stride_x", "pooling_stride_y", "activation",
    "act_bits",       "weights_bits"};
constexpr StringLiteral v1DenseParameters[] = {"units", "activation",
                                               "act_bits", "weights_bits"};

ArrayRef<LayerInfo> getLayerInfos() {
  static const LayerInfo infos[] = {
      {LayerKind::InputData,
       BothVersions,
       "InputData",
       "InputData",
       inputParameters,
       {}},
      {LayerKind::InputConvolutional, V1Only, "InputConvolutional",
       "InputConv.", v1InputConvParameters, v1ConvVariables},
      {LayerKind::FullyConnected, V1Only, "FullyConnected", "Fully.",
       v1DenseParameters, v1DenseVariables},
      {LayerKind::Convolutional, V1Only, "Convolutional", "Conv.",
       v1ConvParameters, v1ConvVariables},
      {LayerKind::SeparableConvolutional, V1Only, "SeparableConvolutional",
       "Sep.Conv.", v1ConvParameters, separableVariables},
      {LayerKind::Add, V2Only, "Add", "Add", addParameters, addVariables},
      {LayerKind::Concatenate, V2Only, "Concatenate", "Concatenate", {}, {}},
      {LayerKind::Conv2D, V2Only, "Conv2D", "Conv2D", convParameters,
       convVariables},
      {LayerKind::InputConv2D, V2Only, "InputConv2D", "InputConv2D",
       convParameters, inputConvVariables},
      {LayerKind::DepthwiseConv2D, V2Only, "DepthwiseConv2D", "DepthwiseConv2D",
       depthwiseParameters, depthwiseVariables},
      {LayerKind::Conv2DTranspose, V2Only, "Conv2DTranspose", "Conv2DTranspose",
       transposeParameters, convVariables},
      {LayerKind::Dequantizer,
       BothVersions,
       "Dequantizer",
       "Dequantizer",
       {},
       dequantizerVariables},
      {LayerKind::DepthwiseConv2DTranspose, V2Only, "DepthwiseConv2DTranspose",
       "DepthwiseConv2DTranspose", depthwiseTransposeParameters,
       depthwiseVariables},
      {LayerKind::BufferTempConv, V2Only, "BufferTempConv", "BufferTempConv",
       temporalParameters, temporalVariables},
      {LayerKind::DepthwiseBufferTempConv, V2Only, "DepthwiseBufferTempConv",
       "DepthwiseBufferTempConv", channelTemporalParameters,
       channelTemporalVariables},
      {LayerKind::Dense1D, V2Only, "Dense1D", "Dense1D", denseParameters,
       denseVariables},
      {LayerKind::StatefulRecurrent, V2Only, "StatefulRecurrent",
       "StatefulRecurrent", recurrentParameters, recurrentVariables},
      {LayerKind::Quantizer, BothVersions, "Quantizer", "Quantizer",
       quantizerParameters, quantizerVariables},
      {LayerKind::PicoPostProcessing, V2Only, "PicoPostProcessing",
       "PicoPostProcessing", picoParameters, picoVariables},
  };
  return infos;
}

const LayerInfo &getLayerInfo(LayerKind kind) {
  return *llvm::find_if(getLayerInfos(), [&](const LayerInfo &info) {
    return info.kind == kind;
  });
}

//===----------------------------------------------------------------------===//
// Parameters and variables
//===----------------------------------------------------------------------===//

/// What the operation declares; discardable attributes of that name are none.
static Attribute getInherent(Operation *layer, StringRef name) {
  return layer->getInherentAttr(name).value_or(Attribute());
}

bool hasParameter(Operation *layer, StringRef name) {
  return static_cast<bool>(getInherent(layer, name));
}

int64_t getParameter(Operation *layer, StringRef name) {
  Attribute attribute = getInherent(layer, name);
  if (auto integer = dyn_cast_or_null<IntegerAttr>(attribute))
    return integer.getType().isInteger(1)
               ? static_cast<int64_t>(integer.getValue().getBoolValue())
               : integer.getInt();
  if (auto padding = dyn_cast_or_null<PaddingAttr>(attribute))
    return static_cast<int64_t>(padding.getValue());
  if (auto pool = dyn_cast_or_null<PoolTypeAttr>(attribute))
    return static_cast<int64_t>(pool.getValue());
  return static_cast<int64_t>(cast<ActivationAttr>(attribute).getValue());
}

bool hasVariable(Operation *layer, const VariableInfo &variable) {
  if (variable.presence == Presence::Always)
    return true;
  int64_t activation = getParameter(layer, "activation");
  return activation ==
         static_cast<int64_t>(variable.presence == Presence::WithReLU
                                  ? Activation::ReLU
                                  : Activation::LUT);
}

Image getImage(Value value) {
  ArrayRef<int64_t> shape = cast<RankedTensorType>(value.getType()).getShape();
  return {shape[1], shape[2], shape[3]};
}

void turnTaps(const char *from, int64_t taps, int64_t bytes, char *to) {
  for (int64_t tap = 0; tap != taps; ++tap)
    std::memcpy(to + tap * bytes, from + (taps - 1 - tap) * bytes, bytes);
}

int64_t getNumOutputs(Operation *layer) {
  for (StringRef name : {"filters", "units", "output_channels"})
    if (hasParameter(layer, name))
      return getParameter(layer, name);
  return getImage(layer->getOperand(0)).channels;
}

SmallVector<int64_t> getVariableShape(Operation *layer,
                                      const VariableInfo &variable) {
  Image image = getImage(layer->getOperand(0));
  int64_t outputs = getNumOutputs(layer);
  auto kernel = [&](int64_t inputs, int64_t outputs) {
    bool isV1 = hasParameter(layer, "kernel_width");
    int64_t rows = getParameter(layer, isV1 ? "kernel_width" : "kernel_size");
    int64_t columns =
        getParameter(layer, isV1 ? "kernel_height" : "kernel_size");
    return SmallVector<int64_t>{rows, columns, inputs, outputs};
  };
  switch (variable.extents) {
  case Extents::Outputs:
    return {outputs};
  case Extents::Inputs:
    return {image.channels};
  case Extents::InputElements:
    return {image.elements()};
  case Extents::Kernel:
    return kernel(image.channels, outputs);
  case Extents::ChannelKernel:
    return kernel(image.channels, 1);
  case Extents::CellKernel:
    return {1, 1, image.channels, outputs};
  case Extents::Matrix:
    return {image.elements(), outputs};
  case Extents::V1Matrix:
    return {1, 1, image.elements(), outputs};
  case Extents::Temporal:
    return {1, 1, getParameter(layer, "fifo_size") * image.channels, outputs};
  case Extents::ChannelTemporal:
    return {1, 1, getParameter(layer, "fifo_size"), image.channels};
  case Extents::Table:
    return {2048};
  case Extents::States:
    return {getParameter(layer, "stateful_channels")};
  case Extents::InputToStates:
    return {image.channels, getParameter(layer, "stateful_channels")};
  case Extents::StatesToOutput:
    return {getParameter(layer, "stateful_channels"), outputs};
  }
  llvm_unreachable("all extents are handled");
}

static const VariableInfo &findVariable(Operation *layer, StringRef name) {
  LayerKind kind = cast<LayerOpInterface>(layer).getKind();
  return *llvm::find_if(
      getLayerInfo(kind).variables,
      [&](const VariableInfo &variable) { return variable.name == name; });
}

std::vector<int64_t> readVariable(Operation *layer, StringRef name) {
  if (auto values = layer->getAttrOfType<ElementsAttr>(name))
    return readIntegers(values);
  const VariableInfo &variable = findVariable(layer, name);
  SmallVector<int64_t> shape = getVariableShape(layer, variable);
  std::vector<int64_t> values(std::accumulate(shape.begin(), shape.end(),
                                              int64_t(1),
                                              std::multiplies<int64_t>()),
                              variable.initial);
  if (variable.extents == Extents::Table)
    std::iota(values.begin(), values.end(), -1024);
  return values;
}

std::vector<float> readFloatVariable(Operation *layer, StringRef name) {
  if (auto values = layer->getAttrOfType<ElementsAttr>(name))
    return readFloats(values);
  const VariableInfo &variable = findVariable(layer, name);
  return std::vector<float>(getVariableShape(layer, variable).front(),
                            static_cast<float>(variable.initial));
}

//===----------------------------------------------------------------------===//
// Values
//===----------------------------------------------------------------------===//

/// Verifiers see operations before anything is known of what they read: it may
/// be malformed, or read them in turn.
constexpr int maxSteps = 1024;

Operation *getLayerOf(Value value) {
  for (int step = 0; step != maxSteps; ++step) {
    auto sequence = value.getDefiningOp<SequenceOp>();
    if (!sequence)
      return value.getDefiningOp();
    unsigned index = cast<OpResult>(value).getResultNumber();
    YieldOp yield;
    if (!sequence.getBody().empty() && !sequence.getBody().front().empty())
      yield = dyn_cast<YieldOp>(sequence.getBody().front().back());
    if (!yield || index >= yield->getNumOperands())
      return nullptr;
    value = yield->getOperand(index);
  }
  return nullptr;
}

IntegerFormat getFormat(Value value) {
  auto fromType = [&]() -> IntegerFormat {
    Type type = cast<RankedTensorType>(value.getType()).getElementType();
    return {static_cast<int>(type.getIntOrFloatBitWidth()),
            !type.isUnsignedInteger()};
  };
  Operation *layer = getLayerOf(value);
  for (int step = 0; isa_and_nonnull<ConcatenateOp>(layer); ++step)
    layer = step == maxSteps ? nullptr : getLayerOf(layer->getOperand(0));
  if (!layer || !isa<LayerOpInterface>(layer))
    return fromType();
  if (isa<InputDataOp>(layer)) {
    int bits = getParameter(layer, "input_bits");
    return {bits, bits > 4};
  }
  if (auto quantizer = dyn_cast<QuantizerOp>(layer))
    return {static_cast<int>(quantizer.getOutputBits()),
            quantizer.getOutputSigned()};
  if (hasParameter(layer, "act_bits")) {
    bool activates = getParameter(layer, "activation") != 0;
    return activates ? IntegerFormat{static_cast<int>(
                                         getParameter(layer, "act_bits")),
                                     false}
                     : IntegerFormat{32, true};
  }
  if (isa<DequantizerOp, PicoPostProcessingOp>(layer))
    return fromType();
  int bits = getParameter(layer, "output_bits");
  return {bits, bits > 4 || isa<AddOp>(layer)};
}

} // namespace akida
} // namespace qml
