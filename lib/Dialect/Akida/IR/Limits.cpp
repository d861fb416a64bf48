//===- Limits.cpp - What the hardware can do ------------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Sources: "engine" is akida 2.19.3 by experiment with its documented interface
// (construction, Model.add, variables, forward); "converter" is cnn2snn 2.19.3;
// "arithmetic" is what follows from the formulas of the dialect.
//
//===----------------------------------------------------------------------===//

#include "qml/Dialect/Akida/IR/Limits.h"

#include "llvm/ADT/STLExtras.h"

#include <cassert>

namespace qml {
namespace akida {

using Kind = LayerKind;

constexpr Kinds conv2D = kindsOf({Kind::Conv2D, Kind::DepthwiseConv2D});
constexpr Kinds allConv2D =
    kindsOf({Kind::InputConv2D, Kind::Conv2D, Kind::DepthwiseConv2D});
constexpr Kinds transposes =
    kindsOf({Kind::Conv2DTranspose, Kind::DepthwiseConv2DTranspose});
constexpr Kinds queues =
    kindsOf({Kind::BufferTempConv, Kind::DepthwiseBufferTempConv});
constexpr Kinds v1Convs =
    kindsOf({Kind::Convolutional, Kind::SeparableConvolutional});
constexpr Kinds v1Windows = v1Convs | kindsOf({Kind::InputConvolutional});
constexpr Kinds v1Layers = v1Windows | kindsOf({Kind::FullyConnected});
constexpr Kinds v1Inner = v1Convs | kindsOf({Kind::FullyConnected});
constexpr Kinds weighted2 =
    allConv2D | transposes | queues | kindsOf({Kind::Dense1D});
constexpr Kinds output2 = weighted2 | kindsOf({Kind::StatefulRecurrent});
constexpr Kinds input1 = kindsOf({Kind::InputConvolutional});
constexpr Kinds inputConv = kindsOf({Kind::InputConv2D});

constexpr Allowed none = Allowed();

llvm::ArrayRef<Limit> getLimits() {
  static const Limit limits[] = {
      // Bits.
      {Quantity::WeightBits, V2Only, weighted2, "weights of {} bits",
       "layers take", Allowed::oneOf({4, 8}), "", "", "engine, converter"},
      {Quantity::WeightBits, V1Only, input1, "weights of {} bits",
       "input convolutions take", Allowed::oneOf({4, 8}), "", "", "converter"},
      {Quantity::WeightBits, V1Only, v1Inner, "weights of {} bits",
       "layers take", Allowed::oneOf({1, 2, 4}), "", "", "converter"},
      {Quantity::PairedWeightBits, V1Only,
       kindsOf({Kind::SeparableConvolutional}), "weights of {} bits",
       "separable convolutions take", none, "the same bits for both kernels",
       "", "converter"},
      {Quantity::AlignedBits, V2Only, allKinds, "biases and maxima of {} bits",
       "layers take", Allowed::range(1, 8), "", "", "engine"},
      {Quantity::OutputBits, V2Only, output2 | kindsOf({Kind::Add}),
       "output bits", "layers take", Allowed::range(1, 32), "", "", "engine"},
      {Quantity::QuantizerBits, BothVersions, kindsOf({Kind::Quantizer}),
       "output bits", "quantizers take", Allowed::oneOf({4, 8}), "",
       "use an input type of 8 bits", "engine"},
      {Quantity::ActivationBits, V2Only, output2 | kindsOf({Kind::Add}),
       "results of {} bits", "layers give the next layer", Allowed::range(1, 8),
       "", "quantize the result to 8 bits or fewer", "converter"},
      {Quantity::ActivationBits, V1Only, v1Layers, "activations of {} bits",
       "layers give", Allowed::oneOf({1, 2, 4}), "",
       "use activation-bits of 1, 2 or 4", "engine"},
      {Quantity::BufferBits, V2Only, output2 | kindsOf({Kind::Add}),
       "buffers of {} bits", "layers have", Allowed::range(1, 32), "", "",
       "engine"},
      {Quantity::BufferBits, V2Only, kindsOf({Kind::PicoPostProcessing}),
       "buffers of {} bits", "post-processing has", Allowed::range(1, 44), "",
       "", "engine"},
      {Quantity::InputBits, V2Only, kindsOf({Kind::InputData}),
       "inputs of {} bits", "networks run on", Allowed::range(1, 8), "",
       "use int8 or uint8 inputs", "engine"},
      {Quantity::InputBits, V1Only, kindsOf({Kind::InputData}),
       "inputs of {} bits", "networks run on", Allowed::range(1, 4), "", "",
       "engine"},
      {Quantity::StateBits, V2Only, kindsOf({Kind::StatefulRecurrent}),
       "states of {} bits", "recurrences have", Allowed::range(9, 32), "", "",
       "engine"},
      // Windows.
      {Quantity::KernelSize, V2Only, allConv2D, "kernel", "convolutions take",
       Allowed::oneOf({1, 3, 5, 7}), "", "", "engine"},
      {Quantity::KernelSize, V2Only, transposes, "kernel",
       "transposed convolutions take", Allowed::oneOf({3, 4}), "", "",
       "converter"},
      {Quantity::KernelSize, V1Only, v1Windows, "kernel", "convolutions take",
       Allowed::oneOf({1, 3, 5, 7}), "", "", "engine"},
      {Quantity::KernelShape, V2Only, allConv2D | transposes, "kernel",
       "convolutions take", none, "square kernels", "", "converter"},
      {Quantity::Stride, V2Only, conv2D, "stride", "convolutions take",
       Allowed::oneOf({1, 2}), "", "", "engine"},
      {Quantity::Stride, V2Only, inputConv, "stride", "input convolutions take",
       Allowed::oneOf({1, 2, 3}), "", "", "engine"},
      {Quantity::StrideShape, V2Only, allConv2D, "strides", "convolutions take",
       none, "the same stride for both axes", "", "converter"},
      {Quantity::StrideWithKernel, V2Only, kindsOf({Kind::Conv2D}),
       "stride 2 with kernel", "convolutions take stride 2 with kernels of",
       Allowed::oneOf({1, 3}), "", "", "engine"},
      {Quantity::StrideWithKernel, V2Only, kindsOf({Kind::DepthwiseConv2D}),
       "stride 2 with kernel",
       "depthwise convolutions take stride 2 with kernels of",
       Allowed::oneOf({3}), "", "", "engine"},
      {Quantity::StrideOfKernel, V1Only, input1, "stride",
       "input convolutions take", none, "strides of 1 and more", "", "engine"},
      {Quantity::StrideOfKernel, V1Only, v1Convs, "stride", "convolutions take",
       none, "strides of 1 up to the extents of the kernel", "", "engine"},
      {Quantity::Dilation, BothVersions, allConv2D | transposes | v1Windows,
       "dilation", "convolutions take", Allowed::oneOf({1}), "", "",
       "converter"},
      {Quantity::UpperPadding, V2Only, conv2D | inputConv,
       "padding same_upper with", "convolutions take it with", none,
       "stride 2 and no pooling", "", "engine"},
      {Quantity::PaddingValue, BothVersions, inputConv | input1,
       "padding value", "input convolutions take", Allowed::range(0, 255), "",
       "scale inputs so that zero lies within them", "converter"},
      {Quantity::InnerPaddingValue, BothVersions, conv2D | v1Convs,
       "padding value", "convolutions behind the first pad with",
       Allowed::range(0, 0), "", "", "converter"},
      {Quantity::PaddingValuePerChannel, V1Only, input1,
       "padding values per channel", "input convolutions take", none,
       "one padding value for all channels", "quantize the input per tensor",
       "converter"},
      // Pools.
      {Quantity::PoolType, V2Only, inputConv, "pooling",
       "input convolutions take", none, "maximum pooling or none", "",
       "engine"},
      {Quantity::PoolSize, BothVersions, allConv2D | v1Windows, "pool",
       "convolutions take", none,
       "pools of an extent of 1 and more with maximum pooling, and of -1 "
       "without",
       "", "engine"},
      {Quantity::PoolShape, V2Only, allConv2D, "pool", "convolutions take",
       none, "square pools with the same stride for both axes", "",
       "converter"},
      {Quantity::PoolStride, BothVersions, allConv2D | v1Windows, "pool stride",
       "convolutions take", none, "strides of 1 up to the extent of the pool",
       "", "engine"},
      {Quantity::PoolPadding, BothVersions, allConv2D | v1Windows,
       "pool padding", "convolutions take", none,
       "pools with the padding of the convolution (same, if its kernel is 1x1 "
       "or it has a padding value)",
       "", "converter"},
      {Quantity::AverageSize, V1Only, v1Windows, "average over",
       "layers average over", Allowed::range(1, 256), "", "", "converter"},
      // Extents.
      {Quantity::Filters, BothVersions, allKinds, "channels", "layers have",
       Allowed::range(1, int64_t(1) << 28), "", "", "engine"},
      {Quantity::ImageChannels, BothVersions, inputConv | input1, "channels",
       "input convolutions take", Allowed::oneOf({1, 3}), "",
       "take int8 inputs: any number of channels in 2.0, integers of 0 to 15 "
       "in "
       "1.0",
       "engine"},
      {Quantity::OutputSize, BothVersions, allKinds, "result", "layers make",
       none, "images with at least one cell", "", "engine"},
      {Quantity::QueueLength, V2Only, queues, "queue of {} inputs",
       "queues hold", Allowed::range(2, 10), "", "", "engine"},
      {Quantity::Subsample, V2Only, kindsOf({Kind::StatefulRecurrent}),
       "subsampling", "recurrences take", none,
       "one of at least 1 that divides the steps of time", "", "engine"},
      {Quantity::InputRank, BothVersions, allKinds, "input of rank",
       "networks take", none, "vectors (rank 2) and images (rank 4)", "",
       "converter"},
      // What meets.
      {Quantity::ImageShift, BothVersions, inputConv | input1,
       "binary points of the input's channels", "input convolutions take", none,
       "one binary point for all channels",
       "quantize the input per tensor, with --per-tensor-activations",
       "converter"},
      {Quantity::UnsignedInput, V1Only, v1Inner, "input", "layers take", none,
       "unsigned integers of up to 4 bits", "", "engine"},
      {Quantity::SignedInput, V2Only,
       kindsOf({Kind::InputData, Kind::Conv2D, Kind::DepthwiseConv2D,
                Kind::Dense1D, Kind::Add}),
       "first layer of unsigned 8-bit inputs",
       "networks on unsigned inputs of 8 bits begin with", none,
       "a convolution of an image of 1 or 3 channels with an activation "
       "(InputConv2D)",
       "put a ReLU behind the convolution, or take int8 inputs "
       "(--input-dtype=int8 for float ones)",
       "converter, engine"},
      {Quantity::QueueInputBits, V2Only, queues, "input of {} bits",
       "queues take", Allowed::range(1, 8), "", "", "engine"},
      {Quantity::SignedInput, V1Only, v1Inner,
       "first layer of unsigned 8-bit inputs",
       "networks on unsigned inputs of 8 bits begin with", none,
       "a convolution of an image of 1 or 3 channels with ReLU "
       "(InputConvolutional)",
       "put a ReLU behind the convolution, or take int8 inputs of 0 to 15",
       "converter, engine"},
      {Quantity::ImageLayers, BothVersions, inputConv | input1,
       "input convolution", "networks have", none, "one input convolution",
       "let further layers read its result", "engine"},
      {Quantity::AddInputBits, V2Only, kindsOf({Kind::Add}), "input of {} bits",
       "additions take", Allowed::range(1, 8), "", "", "engine"},
      {Quantity::AddOutputBits, V2Only, kindsOf({Kind::Add}),
       "sum of two unsigned inputs in {} bits", "additions take",
       Allowed::range(1, 31), "", "", "engine"},
      {Quantity::EqualInputs, V2Only, kindsOf({Kind::Add}), "inputs",
       "additions take", none, "two images of the same extents", "", "engine"},
      {Quantity::JoinedInputs, V2Only, kindsOf({Kind::Concatenate}), "inputs",
       "concatenations take", none,
       "images of the same height, width, bits and sign", "", "engine"},
      {Quantity::DenseInput, BothVersions,
       kindsOf({Kind::Dense1D, Kind::FullyConnected}), "input",
       "dense layers take", none, "flattened inputs",
       "put a Flatten layer before it", "converter"},
      {Quantity::TimeImage, V2Only,
       kindsOf({Kind::StatefulRecurrent, Kind::PicoPostProcessing}),
       "input of {} rows", "layers over time take", none,
       "images of one row (1, time, channels)", "", "engine"},
      {Quantity::Extents, BothVersions, allKinds, "operand of type",
       "layers take", none,
       "images (batch, height, width, channels) of extents from 1 to 2^28 and "
       "2^40 values",
       "", "engine"},
      {Quantity::PicoInputs, V2Only, kindsOf({Kind::PicoPostProcessing}),
       "inputs", "post-processing takes", none,
       "a recurrence's result of more than 16 bits and the model's input of 16",
       "", "engine"},
      // Variables.
      {Quantity::Shift, BothVersions, allKinds, "shift", "layers shift by",
       Allowed::range(0, 31), "", "", "engine"},
      {Quantity::SignedShift, BothVersions, allKinds, "shift",
       "layers shift by", Allowed::range(-31, 31), "", "", "engine"},
      {Quantity::Threshold, V1Only, v1Layers, "threshold", "layers have",
       Allowed::range(INT32_MIN, INT32_MAX), "", "", "engine"},
      {Quantity::ActivationStep, V1Only, v1Layers, "activation step",
       "layers take", none,
       "steps of 1/16 and more, below 2^24 with an activation", "", "engine"},
      {Quantity::ScaleBits, V2Only, output2, "output scales of {} bits",
       "layers take", Allowed::range(1, 8), "",
       "use scales of 8 bits (last-output-bits below 16)", "converter"},
      // Activations.
      {Quantity::BoundedActivation, V1Only, v1Layers, "maximum of ReLU",
       "layers take", none, "ReLU with a maximum, as ReLU6", "", "converter"},
      {Quantity::QuantizedActivation, V1Only, v1Layers, "quantized result of",
       "layers give", none, "quantized results of ReLU alone", "", "converter"},
      {Quantity::ActivationAxis, V1Only, v1Layers, "results per axis",
       "layers take", none, "results quantized per tensor",
       "use --per-tensor-activations", "arithmetic"},
      {Quantity::NegativeResults, V2Only, output2, "signed results of {} bits",
       "layers give negative results of", Allowed::range(5, 32), "",
       "use more output bits", "engine"},
      {Quantity::UnsignedBits, V2Only, output2, "unsigned results of {} bits",
       "layers give unsigned results of", Allowed::range(1, 4), "",
       "quantize with --arithmetic=akida, which keeps the sign bit free",
       "engine"},
      // Networks.
      {Quantity::Branches, V1Only, allKinds, "users", "layers have", none,
       "one user and one input", "", "converter"},
      {Quantity::Outputs, BothVersions, allKinds, "results", "networks have",
       none, "one result", "end it with one dequantizer", "converter"},
  };
  return limits;
}

const Limit *findLimit(Quantity quantity, Version version, LayerKind kind) {
  for (const Limit &limit : getLimits())
    if (limit.quantity == quantity &&
        limit.versions & static_cast<uint8_t>(version) &&
        limit.kinds >> static_cast<unsigned>(kind) & 1)
      return &limit;
  return nullptr;
}

bool isAllowed(Quantity quantity, Version version, LayerKind kind,
               int64_t value) {
  const Limit *limit = findLimit(quantity, version, kind);
  return !limit || limit->allowed.contains(value);
}

std::string describeAllowed(const Limit &limit) {
  const Allowed &allowed = limit.allowed;
  if (allowed.isRule())
    return limit.rule.str();
  if (!allowed.some)
    return allowed.lower == allowed.upper
               ? std::to_string(allowed.lower)
               : std::to_string(allowed.lower) + " to " +
                     std::to_string(allowed.upper);
  std::string text;
  uint64_t left = allowed.some;
  for (int value = 0; left; ++value) {
    if (!(left >> value & 1))
      continue;
    left &= ~(uint64_t(1) << value);
    if (!text.empty())
      text += left ? ", " : " or ";
    text += std::to_string(value);
  }
  return text;
}

llvm::StringRef getVersionName(Version version) {
  return version == Version::V1 ? "1.0" : "2.0";
}

std::string describeViolation(Quantity quantity, Version version,
                              LayerKind kind, const llvm::Twine &found,
                              llvm::StringRef where) {
  const Limit *limit = findLimit(quantity, version, kind);
  assert(limit && "only what is limited can be violated");
  std::string value = found.str(), text;
  auto [before, after] = limit->subject.split("{}");
  if (before.size() == limit->subject.size())
    text = (before + " " + value).str();
  else if (value == "1" && after.consume_back("s"))
    text = (before + "1" + after).str();
  else
    text = (before + value + after).str();
  if (!where.empty())
    text += (" (" + where + ")").str();
  text += (": Akida " + getVersionName(version) + " " + limit->owner + " " +
           describeAllowed(*limit))
              .str();
  if (!limit->advice.empty())
    text += ("; " + limit->advice).str();
  return text;
}

//===----------------------------------------------------------------------===//
// The table as text
//===----------------------------------------------------------------------===//

static std::string describeKinds(const Limit &limit) {
  std::string text;
  if (limit.kinds == allKinds)
    return "all";
  for (const LayerInfo &info : getLayerInfos()) {
    if (!(limit.kinds >> static_cast<unsigned>(info.kind) & 1))
      continue;
    if (!text.empty())
      text += ", ";
    text += info.type;
  }
  return text;
}

/// "weights of n bits".
static std::string describeSubject(llvm::StringRef subject) {
  auto [before, after] = subject.split("{}");
  return before.size() == subject.size() ? subject.str()
                                         : (before + "n" + after).str();
}

void printLimits(llvm::raw_ostream &os) {
  os << "| version | layers | limited | allowed | source |\n"
     << "| --- | --- | --- | --- | --- |\n";
  for (const Limit &limit : getLimits()) {
    os << "| "
       << (limit.versions == V1Only   ? "1.0"
           : limit.versions == V2Only ? "2.0"
                                      : "both")
       << " | " << describeKinds(limit) << " | "
       << describeSubject(limit.subject) << " | " << describeAllowed(limit)
       << " | " << limit.source << " |\n";
  }
}

} // namespace akida
} // namespace qml
