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

#include "qml/Dialect/Akida/IR/MapperLimits.h"

#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

#include <cassert>

namespace qml {
namespace akida {

using Classes = LayerClass;

constexpr Allowed none = Allowed();

/// Whether a row that layers share is one of the layer's.
static bool has(const Limit &limit, const LayerInfo &info) {
  return limit.classes == allLayers || limit.classes & info.classes;
}

/// The rows that are common to several families of layers.
static llvm::ArrayRef<Limit> getSharedLimits() {
  static const Limit limits[] = {
      // Bits.
      {Quantity::WeightBits, V2Only, Classes::Weighted, "weights of {} bits",
       "layers take", Allowed::oneOf({4, 8}), "", "", "engine, converter"},
      {Quantity::WeightBits, V1Only, Classes::V1Inner, "weights of {} bits",
       "layers take", Allowed::oneOf({1, 2, 4}), "", "", "converter"},
      {Quantity::WeightValues, V1Only, allLayers, "a weight", "layers take",
       none, "weights of n bits, up to 7, of at most 2^(n-1) - 1 in magnitude",
       "quantize the float model with --target=akida-1.0", "engine"},
      {Quantity::AlignedBits, V2Only, allLayers, "biases and maxima of {} bits",
       "layers take", Allowed::range(1, 8), "", "", "engine"},
      {Quantity::OutputBits, V2Only, Classes::Rescaled, "output bits",
       "layers take", Allowed::range(1, 32), "", "", "engine"},
      {Quantity::ActivationBits, V2Only, Classes::Rescaled,
       "results of {} bits", "layers give the next layer", Allowed::range(1, 8),
       "", "quantize the result to 8 bits or fewer", "converter"},
      {Quantity::ActivationBits, V1Only, Classes::V1Layer,
       "activations of {} bits", "layers give", Allowed::oneOf({1, 2, 4}), "",
       "use activation-bits of 1, 2 or 4", "engine"},
      {Quantity::BufferBits, V2Only, Classes::Rescaled, "buffers of {} bits",
       "layers have", Allowed::range(1, 32), "", "", "engine"},
      // Windows.
      {Quantity::KernelSize, V2Only, Classes::Window, "kernel",
       "convolutions take", Allowed::oneOf({1, 3, 5, 7}), "", "", "engine"},
      {Quantity::KernelSize, V2Only, Classes::Transposed, "kernel",
       "transposed convolutions take", Allowed::oneOf({3, 4}), "", "",
       "converter"},
      {Quantity::KernelSize, V1Only, Classes::V1Window, "kernel",
       "convolutions take", Allowed::oneOf({1, 3, 5, 7}), "", "", "engine"},
      {Quantity::KernelShape, V2Only, Classes::Window | Classes::Transposed,
       "kernel", "convolutions take", none, "square kernels", "", "converter"},
      {Quantity::Stride, V2Only, Classes::InnerWindow, "stride",
       "convolutions take", Allowed::oneOf({1, 2}), "", "", "engine"},
      {Quantity::StrideShape, V2Only, Classes::Window, "strides",
       "convolutions take", none, "the same stride for both axes", "",
       "converter"},
      {Quantity::StrideOfKernel, V1Only, Classes::InnerWindow, "stride",
       "convolutions take", none,
       "strides of 1 up to the extents of the kernel", "", "engine"},
      {Quantity::Dilation, BothVersions,
       Classes::Window | Classes::Transposed | Classes::V1Window, "dilation",
       "convolutions take", Allowed::oneOf({1}), "", "", "converter"},
      {Quantity::UpperPadding, V2Only, Classes::Window,
       "padding same_upper with", "convolutions take it with", none,
       "stride 2 and no maximum pooling", "", "converter"},
      {Quantity::PaddingValue, BothVersions, Classes::ImageInput,
       "padding value", "input convolutions take", Allowed::range(0, 255), "",
       "scale inputs so that zero lies within them", "converter"},
      {Quantity::InnerPaddingValue, BothVersions, Classes::InnerWindow,
       "padding value", "convolutions after the first pad with",
       Allowed::range(0, 0), "", "", "converter"},
      // Pools.
      {Quantity::PoolSize, BothVersions, Classes::Window | Classes::V1Window,
       "pool", "convolutions take", none,
       "pools of an extent of 1 and more with maximum pooling, and of -1 "
       "without",
       "", "engine"},
      {Quantity::PoolShape, V2Only, Classes::Window, "pool",
       "convolutions take", none,
       "square pools with the same stride for both axes", "", "converter"},
      {Quantity::PoolStride, BothVersions, Classes::Window | Classes::V1Window,
       "pool stride", "convolutions take", none,
       "strides of 1 up to the extent of the pool", "", "engine"},
      {Quantity::ConvPadding, BothVersions, Classes::Window | Classes::V1Window,
       "pads", "convolutions take", none,
       "pads of same, valid or (2.0, stride 2) same_upper padding",
       "pad with a layer that is folded into the convolution, or change its "
       "padding",
       "converter, engine"},
      {Quantity::PoolPadding, BothVersions, Classes::Window | Classes::V1Window,
       "pool pads", "convolutions take", none,
       "pools whose pads are those of the convolution's padding", "",
       "converter"},
      {Quantity::AverageSize, V1Only, Classes::V1Window, "average over",
       "layers average over", Allowed::range(1, 256), "", "", "converter"},
      // Extents.
      {Quantity::Filters, BothVersions, allLayers, "channels", "layers have",
       Allowed::range(1, int64_t(1) << 28), "", "", "engine"},
      {Quantity::ImageChannels, BothVersions, Classes::ImageInput, "channels",
       "input convolutions take", Allowed::oneOf({1, 3}), "",
       "take int8 inputs: any number of channels in 2.0, integers of 0 to 15 "
       "in 1.0",
       "engine"},
      {Quantity::OutputSize, BothVersions, allLayers, "result", "layers make",
       none, "images with at least one cell", "", "engine"},
      {Quantity::InputRank, BothVersions, allLayers, "input of rank",
       "networks take", none, "vectors (rank 2) and images (rank 4)",
       "give sequences as images (1, steps, channels), with 2D layers, and "
       "images without channels as (height, width, 1)",
       "converter"},
      // What meets.
      {Quantity::ImageShift, BothVersions, Classes::ImageInput,
       "binary points of the input's channels", "input convolutions take", none,
       "one binary point for all channels",
       "quantize the input per tensor, with --per-tensor-activations",
       "converter"},
      {Quantity::UnsignedInput, V1Only, Classes::V1Inner, "input",
       "layers take", none, "unsigned integers of up to 4 bits", "", "engine"},
      {Quantity::SignedInput, V2Only, Classes::NoFirstLayer,
       "first layer of unsigned 8-bit inputs",
       "networks on unsigned inputs of 8 bits begin with", none,
       "a convolution of an image of 1 or 3 channels with an activation "
       "(InputConv2D)",
       "put a ReLU after the convolution, or take int8 inputs "
       "(--input-dtype=int8 for float ones)",
       "converter, engine"},
      {Quantity::SignedInput, V1Only, Classes::V1Inner,
       "first layer of unsigned 8-bit inputs",
       "networks on unsigned inputs of 8 bits begin with", none,
       "a convolution of an image of 1 or 3 channels with ReLU "
       "(InputConvolutional)",
       "put a ReLU after the convolution, or take int8 inputs of 0 to 15",
       "converter, engine"},
      {Quantity::ImageLayers, BothVersions, Classes::ImageInput,
       "input convolution", "networks have", none, "one input convolution",
       "let further layers read its result", "engine"},
      {Quantity::DenseInput, BothVersions, Classes::Matrix, "input",
       "dense layers take", none, "flattened inputs",
       "put a Flatten layer before it or, where it is a product of the "
       "channels of each cell, a 1x1 convolution in its place",
       "converter"},
      {Quantity::TimeImage, V2Only, Classes::OverTime, "input of {} rows",
       "layers over time take", none, "images of one row (1, time, channels)",
       "", "engine"},
      {Quantity::Extents, BothVersions, allLayers, "operand of type",
       "layers take", none,
       "images (batch, height, width, channels) of extents from 1 to 2^28 and "
       "2^40 values",
       "", "engine"},
      // Variables.
      {Quantity::Shift, BothVersions, allLayers, "shift", "layers shift by",
       Allowed::range(0, 31), "", "", "engine"},
      {Quantity::SignedShift, BothVersions, allLayers, "shift",
       "layers shift by", Allowed::range(-31, 31), "", "", "engine"},
      {Quantity::Threshold, V1Only, Classes::V1Layer, "threshold",
       "layers have", Allowed::range(INT32_MIN, INT32_MAX), "", "", "engine"},
      {Quantity::ActivationStep, V1Only, Classes::V1Layer, "activation step",
       "layers take", none,
       "steps of 1/16 and more, below 2^24 with an activation", "", "engine"},
      {Quantity::ScaleBits, V2Only, Classes::Scaled, "output scales of {} bits",
       "layers take", Allowed::range(1, 8), "",
       "use scales of 8 bits (last-output-bits below 16)", "converter"},
      // Activations.
      {Quantity::BoundedActivation, V1Only, Classes::V1Layer, "maximum of ReLU",
       "layers take", none, "ReLU with a maximum, as ReLU6", "", "converter"},
      {Quantity::QuantizedActivation, V1Only, Classes::V1Layer,
       "quantized result of", "layers give", none,
       "quantized results of ReLU alone", "", "converter"},
      {Quantity::ActivationAxis, V1Only, Classes::V1Layer, "results per axis",
       "layers take", none, "results quantized per tensor",
       "use --per-tensor-activations", "arithmetic"},
      {Quantity::LookUpBits, V2Only, Classes::Scaled,
       "codes of {} bits before a table", "layers look up codes of",
       Allowed::oneOf({11}), "",
       "quantize the layer before the activation to 11 bits", "converter"},
      {Quantity::LookUpBuffer, V2Only, Classes::Scaled,
       "buffers before and after a table of", "layers have", none,
       "one buffer for all of their products",
       "give both quantizers the same buffer_bitwidth", "engine"},
      {Quantity::NegativeResults, V2Only, Classes::Scaled,
       "signed results of {} bits", "layers give negative results of",
       Allowed::range(5, 32), "", "use more output bits", "engine"},
      {Quantity::UnsignedBits, V2Only, Classes::Scaled,
       "unsigned results of {} bits", "layers give unsigned results of",
       Allowed::range(1, 4), "",
       "quantize with --arithmetic=akida, which keeps the sign bit free",
       "engine"},
      // Networks.
      {Quantity::Branches, V1Only, allLayers, "users", "layers have", none,
       "one user and one input", "", "converter"},
      {Quantity::Inputs, BothVersions, allLayers, "inputs", "networks have",
       none, "one input", "put the channels of its inputs side by side in one",
       "engine"},
      {Quantity::Outputs, BothVersions, allLayers, "results", "networks have",
       none, "one result", "end it with one dequantizer", "converter"},
  };
  return limits;
}

const Limit *findLimit(Quantity quantity, Version version, LayerKind kind) {
  const LayerInfo &info = getLayerInfo(kind);
  auto isMeant = [&](const Limit &limit) {
    return limit.quantity == quantity &&
           limit.versions & static_cast<uint8_t>(version);
  };
  for (const Limit &limit : info.limits)
    if (isMeant(limit))
      return &limit;
  for (const Limit &limit : getSharedLimits())
    if (isMeant(limit) && has(limit, info))
      return &limit;
  return nullptr;
}

bool isAllowed(Quantity quantity, Version version, LayerKind kind,
               int64_t value) {
  const Limit *limit = findLimit(quantity, version, kind);
  return !limit || limit->allowed.contains(value);
}

std::string listValues(uint64_t bits,
                       llvm::function_ref<std::string(int64_t)> name) {
  std::string text;
  for (int value = 0; bits; ++value) {
    if (!(bits >> value & 1))
      continue;
    bits &= ~(uint64_t(1) << value);
    if (!text.empty())
      text += bits ? ", " : " or ";
    text += name(value);
  }
  return text;
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
  return listValues(allowed.some,
                    [](int64_t value) { return std::to_string(value); });
}

llvm::StringRef getVersionName(Version version) {
  return version == Version::V1 ? "1.0" : "2.0";
}

std::string describeLimit(Quantity quantity, Version version, LayerKind kind,
                          const llvm::Twine &found, llvm::StringRef where) {
  const Limit *limit = findLimit(quantity, version, kind);
  std::string value = found.str(), text;
  // A layer that a check does not know is refused, too.
  if (!limit)
    return (value + ": nothing is known of it for layers of type " +
            getLayerInfo(kind).type + "; this is a defect of QML")
        .str();
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

using Infos = llvm::SmallVector<const LayerInfo *>;

static std::string describeLayers(const Infos &infos) {
  if (infos.size() == getLayerInfos().size())
    return "all";
  return llvm::join(
      llvm::map_range(infos, [](const LayerInfo *info) { return info->type; }),
      ", ");
}

/// "weights of n bits".
static std::string describeSubject(llvm::StringRef subject) {
  auto [before, after] = subject.split("{}");
  return before.size() == subject.size() ? subject.str()
                                         : (before + "n" + after).str();
}

static void printLimit(llvm::raw_ostream &os, const Limit &limit,
                       const Infos &infos) {
  os << "| "
     << (limit.versions == V1Only   ? "1.0"
         : limit.versions == V2Only ? "2.0"
                                    : "both")
     << " | " << describeLayers(infos) << " | "
     << describeSubject(limit.subject) << " | " << describeAllowed(limit)
     << " | " << limit.source << " |\n";
}

void printLimits(llvm::raw_ostream &os) {
  os << "| version | layers | limited | allowed | source |\n"
     << "| --- | --- | --- | --- | --- |\n";
  for (const Limit &limit : getSharedLimits()) {
    Infos infos;
    llvm::copy_if(
        getLayerInfos(), std::back_inserter(infos), [&](const LayerInfo *info) {
          // Layers of the other version have no such row.
          return has(limit, *info) && (limit.classes == allLayers ||
                                       info->versions & limit.versions);
        });
    printLimit(os, limit, infos);
  }
  // Families list theirs once, for all of their layers.
  llvm::DenseSet<const Limit *> seen;
  for (const LayerInfo *info : getLayerInfos()) {
    if (info->limits.empty() || !seen.insert(info->limits.data()).second)
      continue;
    Infos family;
    llvm::copy_if(getLayerInfos(), std::back_inserter(family),
                  [&](const LayerInfo *other) {
                    return other->limits.data() == info->limits.data();
                  });
    for (const Limit &limit : info->limits)
      printLimit(os, limit, family);
  }
  printMapperLimits(os);
}

} // namespace akida
} // namespace qml
