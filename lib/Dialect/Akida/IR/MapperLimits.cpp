//===- MapperLimits.cpp - What fits onto a chip ---------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Found by mapping models with akida 2.19.3 to its virtual devices, with layers
// in hardware alone. A row is broken if no device of the version takes a layer.
// How many layers a device has room for at a time is no part of this.
//
//===----------------------------------------------------------------------===//

#include "qml/Dialect/Akida/IR/MapperLimits.h"

#include "qml/Dialect/Akida/IR/AkidaOps.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

namespace qml {
namespace akida {

//===----------------------------------------------------------------------===//
// Measures
//===----------------------------------------------------------------------===//

static std::string spellOut(int64_t value) { return std::to_string(value); }

static std::string namePadding(int64_t value) {
  return stringifyPadding(static_cast<Padding>(value)).str();
}

static std::string namePool(int64_t value) {
  return stringifyPoolType(static_cast<PoolType>(value)).str();
}

static std::string nameActivation(int64_t value) {
  return stringifyActivation(static_cast<Activation>(value)).str();
}

static std::string namePosition(int64_t value) {
  return static_cast<Position>(value) == Position::Last ? "last" : "inner";
}

static std::string nameType(int64_t value) {
  return value == noLayer
             ? "none"
             : getLayerInfo(static_cast<LayerKind>(value)).type.str();
}

namespace {
struct MeasureInfo {
  Measure measure;
  /// With {} for the value.
  llvm::StringLiteral subject;
  std::string (*name)(int64_t) = spellOut;
};
} // namespace

static const MeasureInfo &getInfo(Measure measure) {
  static const MeasureInfo infos[] = {
      {Measure::Kernel, "kernel {}"},
      {Measure::KernelDifference, "extents of the kernel that differ by {}"},
      {Measure::Stride, "stride {}"},
      {Measure::StrideDifference, "strides that differ by {}"},
      {Measure::Padding, "padding {}", namePadding},
      {Measure::Pool, "pooling {}", namePool},
      {Measure::PoolSize, "pool {}"},
      {Measure::PoolStride, "pool stride {}"},
      {Measure::PoolOverlap, "pools that overlap by {}"},
      {Measure::PoolDifference, "extents of the pool that differ by {}"},
      {Measure::PooledExtent, "{} cells along an axis before the pool"},
      {Measure::AveragedCells, "average over {} cells"},
      {Measure::AveragedHeight, "average over a height of {}"},
      {Measure::AveragedWidth, "average over a width of {}"},
      {Measure::AveragedBytes, "buffer of {} bytes before an average"},
      {Measure::Activation, "activation {}", nameActivation},
      {Measure::InputBits, "inputs of {} bits"},
      {Measure::WeightBits, "weights of {} bits"},
      {Measure::OutputBits, "results of {} bits"},
      {Measure::Height, "height {}"},
      {Measure::Width, "width {}"},
      {Measure::Channels, "{} channels"},
      {Measure::Filters, "{} filters"},
      {Measure::Inputs, "{} inputs"},
      {Measure::QueuedValues, "queue and input with {} values of a cell"},
      {Measure::SplitRest, "parts of a queue with channels over 4: {}"},
      {Measure::ResultWidth, "result of width {}"},
      {Measure::RowValues, "rows of {} values"},
      {Measure::Position, "position {}", namePosition},
      {Measure::Users, "{} users"},
      {Measure::NextLayer, "next layer {}", nameType},
      {Measure::InputLayer, "input from {}", nameType},
      {Measure::DistinctInputs, "different inputs: {}"},
      {Measure::ConvolutionUsers, "convolutions that read it: {}"},
      {Measure::LoneBranches,
       "branches of this layer alone between merges: {}"},
      {Measure::MergesInModel, "model with {} merges"},
      {Measure::InputShift, "input shift {}"},
      {Measure::OutputScale, "output scale {}"},
      {Measure::OutputShift, "output shift {}"},
      {Measure::SumShift, "larger input shift plus output shift {}"},
      {Measure::TableEntry, "table entry {}"},
      {Measure::LargestWeight, "largest weight {}"},
      {Measure::Threshold, "threshold {}"},
      {Measure::ActivationStep, "activation step {}"},
  };
  return *llvm::find_if(
      infos, [&](const MeasureInfo &info) { return info.measure == measure; });
}

static std::string describe(Measure measure, llvm::StringRef value) {
  auto [before, after] = getInfo(measure).subject.split("{}");
  if (value == "1")
    after.consume_back("s");
  return (before + value + after).str();
}

/// "1, 3 or 5", "3 or more", "valid or same".
static std::string describeAllowed(Measure measure, const Allowed &allowed) {
  if (allowed.some)
    return listValues(allowed.some, getInfo(measure).name);
  if (allowed.upper < allowed.lower)
    return "none";
  if (allowed.upper == INT64_MAX)
    return std::to_string(allowed.lower) + " or more";
  if (allowed.lower == allowed.upper)
    return std::to_string(allowed.lower);
  if (allowed.lower == 0)
    return "up to " + std::to_string(allowed.upper);
  return std::to_string(allowed.lower) + " to " + std::to_string(allowed.upper);
}

std::optional<int64_t> Measures::find(Measure measure) const {
  for (auto [key, value] : values)
    if (key == measure)
      return value;
  return std::nullopt;
}

std::optional<int64_t> Measures::findOutside(const MapperLimit &limit) const {
  for (const Condition &condition : limit.conditions) {
    if (condition.measure == Measure::None)
      break;
    std::optional<int64_t> value = find(condition.measure);
    if (!value || !condition.allowed.contains(*value))
      return std::nullopt;
  }
  for (auto [key, value] : values)
    if (key == limit.measure && !limit.allowed.contains(value))
      return value;
  return std::nullopt;
}

std::string describeMapperLimit(const MapperLimit &limit,
                                const Measures &measures, int64_t found) {
  auto show = [&](Measure measure, int64_t value) {
    return describe(measure, getInfo(measure).name(value));
  };
  std::string text = show(limit.measure, found);
  llvm::StringRef link = " with ";
  for (const Condition &condition : limit.conditions) {
    if (condition.measure == Measure::None)
      break;
    text +=
        link.str() + show(condition.measure, *measures.find(condition.measure));
    link = " and ";
  }
  return text + "; the mapper takes " +
         describeAllowed(limit.measure, limit.allowed);
}

//===----------------------------------------------------------------------===//
// The table
//===----------------------------------------------------------------------===//

namespace {

constexpr uint32_t only(LayerKind kind) {
  return uint32_t(1) << static_cast<uint8_t>(kind);
}

constexpr uint32_t inputConv = only(InputConv2DOp::kind);
constexpr uint32_t conv = only(Conv2DOp::kind);
constexpr uint32_t depthwise = only(DepthwiseConv2DOp::kind);
constexpr uint32_t convs = conv | depthwise;
constexpr uint32_t transposed = only(Conv2DTransposeOp::kind);
constexpr uint32_t depthwiseTransposed = only(DepthwiseConv2DTransposeOp::kind);
constexpr uint32_t bothTransposed = transposed | depthwiseTransposed;
constexpr uint32_t dense = only(Dense1DOp::kind);
constexpr uint32_t queue = only(BufferTempConvOp::kind);
constexpr uint32_t depthwiseQueue = only(DepthwiseBufferTempConvOp::kind);
constexpr uint32_t queues = queue | depthwiseQueue;
constexpr uint32_t add = only(AddOp::kind);
constexpr uint32_t merges = add | only(ConcatenateOp::kind);
constexpr uint32_t products = convs | bothTransposed | dense;
constexpr uint32_t inputData = only(InputDataOp::kind);
constexpr uint32_t quantizer = only(QuantizerOp::kind);

constexpr uint32_t v1Input = only(InputConvolutionalOp::kind);
constexpr uint32_t v1Conv = only(ConvolutionalOp::kind);
constexpr uint32_t v1Separable = only(SeparableConvolutionalOp::kind);
constexpr uint32_t v1Convs = v1Conv | v1Separable;
constexpr uint32_t v1Dense = only(FullyConnectedOp::kind);

constexpr Allowed oneOf(std::initializer_list<int> values) {
  return Allowed::oneOf(values);
}
constexpr Allowed exactly(int64_t value) {
  return Allowed::range(value, value);
}
constexpr Allowed atLeast(int64_t value) {
  return Allowed::range(value, INT64_MAX);
}
constexpr Allowed atMost(int64_t value) { return Allowed::range(0, value); }
/// Nothing at all is allowed.
constexpr Allowed nothing = Allowed();

template <typename EnumT>
constexpr Allowed is(EnumT value) {
  return oneOf({static_cast<int>(value)});
}
template <typename EnumT>
constexpr Allowed isEither(EnumT one, EnumT other) {
  return oneOf({static_cast<int>(one), static_cast<int>(other)});
}

/// The layers of a set.
constexpr Allowed among(uint32_t kinds) { return {0, -1, kinds}; }

constexpr Condition withMaxPool = {Measure::Pool, is(PoolType::Max)};
constexpr Condition withAverage = {Measure::Pool, is(PoolType::Average)};
constexpr Condition withUpperPadding = {Measure::Padding,
                                        is(Padding::SameUpper)};
constexpr Condition asLast = {Measure::Position, is(Position::Last)};
constexpr Condition asInner = {Measure::Position, is(Position::Inner)};
constexpr Condition plain = {Measure::Activation, is(Activation::NoActivation)};
constexpr Condition withReLU = {Measure::Activation, is(Activation::ReLU)};
constexpr Condition withLUT = {Measure::Activation, is(Activation::LUT)};
constexpr Condition weightsOf(int bits) {
  return {Measure::WeightBits, exactly(bits)};
}
constexpr Condition kernelOf(int extent) {
  return {Measure::Kernel, exactly(extent)};
}

} // namespace

static constexpr llvm::StringLiteral
    identityAdvice = "put a convolution that is the identity between them",
    embedAdvice = "put the kernel into a larger one, with zeros around it",
    bitsAdvice = "choose other bits for weights or results";

llvm::ArrayRef<MapperLimit> getMapperLimits() {
  using M = Measure;
  static constexpr MapperLimit limits[] = {
      // 2.0: windows.
      {V2Only, inputConv, M::Kernel, oneOf({3, 4, 5, 7}), embedAdvice},
      {V2Only, conv, M::Kernel, oneOf({1, 3, 5, 7}), embedAdvice},
      {V2Only, depthwise, M::Kernel, oneOf({3, 5, 7}), embedAdvice},
      {V2Only, inputConv, M::Stride, oneOf({1, 2, 3}), "", {kernelOf(3)}},
      {V2Only, inputConv, M::Stride, oneOf({1, 2, 3, 4}), "", {kernelOf(4)}},
      {V2Only, inputConv, M::Stride, oneOf({1, 2, 3, 4, 5}), "", {kernelOf(5)}},
      {V2Only, inputConv, M::Kernel, oneOf({3, 5, 7}), "", {withUpperPadding}},
      {V2Only, convs, M::Padding, isEither(Padding::Same, Padding::SameUpper),
       "use padding same"},
      {V2Only,
       convs,
       M::WeightBits,
       exactly(8),
       bitsAdvice,
       {withUpperPadding}},
      {V2Only,
       inputConv | convs,
       M::OutputBits,
       oneOf({8, 28}),
       bitsAdvice,
       {withUpperPadding}},
      // 2.0: pools.
      {V2Only, inputConv, M::PoolSize, oneOf({2, 3}), "", {withMaxPool}},
      {V2Only, inputConv, M::PoolStride, exactly(2), "", {withMaxPool}},
      {V2Only, convs, M::PoolSize, oneOf({1, 2}), "", {withMaxPool}},
      {V2Only,
       convs,
       M::PooledExtent,
       atLeast(2),
       "",
       {withMaxPool, {M::PoolSize, exactly(2)}}},
      {V2Only,
       convs,
       M::Stride,
       exactly(1),
       "give the pool a convolution of its own",
       {{M::Pool, isEither(PoolType::Max, PoolType::Average)}}},
      {V2Only,
       inputConv | convs,
       M::Pool,
       isEither(PoolType::NoPooling, PoolType::Average),
       "give the pool a convolution of its own",
       {withLUT}},
      {V2Only,
       convs,
       M::NextLayer,
       among(convs | bothTransposed | queues),
       "put a convolution after the pool",
       {withMaxPool}},
      {V2Only,
       inputConv,
       M::NextLayer,
       among(convs | bothTransposed | queues | dense),
       "put a convolution after the pool",
       {withMaxPool}},
      {V2Only, convs, M::AveragedCells, atMost(144),
       "make the image smaller before it"},
      {V2Only, convs, M::AveragedHeight, atMost(64),
       "make the image smaller before it"},
      {V2Only, convs, M::AveragedBytes, atMost(65536),
       "make the image smaller before it"},
      // 2.0: bits.
      {V2Only, inputData, M::OutputBits, oneOf({4, 8})},
      {V2Only,
       products,
       M::WeightBits,
       exactly(4),
       "weights have no more bits than inputs",
       {{M::InputBits, exactly(4)}}},
      {V2Only, inputConv | bothTransposed | queues, M::WeightBits, exactly(8)},
      {V2Only, bothTransposed | queues, M::InputBits, exactly(8)},
      {V2Only, inputConv, M::Activation,
       isEither(Activation::ReLU, Activation::LUT),
       "put an activation after the convolution"},
      {V2Only, dense | queues, M::Activation,
       isEither(Activation::NoActivation, Activation::ReLU)},
      {V2Only,
       depthwise,
       M::Activation,
       isEither(Activation::NoActivation, Activation::ReLU),
       bitsAdvice,
       {weightsOf(4)}},
      {V2Only,
       inputConv | convs | bothTransposed,
       M::OutputBits,
       exactly(8),
       bitsAdvice,
       {withLUT}},
      {V2Only,
       inputConv | conv,
       M::OutputBits,
       oneOf({4, 8}),
       bitsAdvice,
       {withReLU}},
      {V2Only,
       depthwise | dense,
       M::OutputBits,
       oneOf({4, 8}),
       bitsAdvice,
       {withReLU, weightsOf(8)}},
      {V2Only,
       depthwise | dense,
       M::OutputBits,
       exactly(4),
       bitsAdvice,
       {withReLU, weightsOf(4)}},
      {V2Only,
       bothTransposed | queues,
       M::OutputBits,
       exactly(8),
       bitsAdvice,
       {withReLU}},
      {V2Only,
       conv,
       M::OutputBits,
       exactly(8),
       bitsAdvice,
       {plain, weightsOf(8), asInner}},
      {V2Only,
       conv,
       M::OutputBits,
       nothing,
       "put a ReLU after it, or give it weights of 8 bits",
       {plain, weightsOf(4), asInner}},
      {V2Only,
       conv,
       M::OutputBits,
       oneOf({8, 28}),
       bitsAdvice,
       {plain, weightsOf(8), asLast}},
      {V2Only,
       conv,
       M::OutputBits,
       exactly(28),
       bitsAdvice,
       {plain, weightsOf(4), asLast}},
      {V2Only,
       convs,
       M::OutputBits,
       exactly(8),
       bitsAdvice,
       {plain, withAverage}},
      {V2Only,
       depthwise | bothTransposed,
       M::OutputBits,
       exactly(8),
       bitsAdvice,
       {plain, asInner}},
      {V2Only,
       depthwise | bothTransposed,
       M::OutputBits,
       oneOf({8, 28}),
       bitsAdvice,
       {plain, asLast}},
      {V2Only,
       dense,
       M::OutputBits,
       exactly(8),
       bitsAdvice,
       {plain, weightsOf(8), asInner}},
      {V2Only,
       dense,
       M::OutputBits,
       nothing,
       "put a ReLU after it, or give it weights of 8 bits",
       {plain, weightsOf(4), asInner}},
      {V2Only,
       dense,
       M::OutputBits,
       oneOf({8, 28, 32}),
       bitsAdvice,
       {plain, weightsOf(8), asLast}},
      {V2Only,
       dense,
       M::OutputBits,
       oneOf({28, 32}),
       bitsAdvice,
       {plain, weightsOf(4), asLast}},
      {V2Only, queues, M::OutputBits, exactly(8), bitsAdvice, {plain}},
      {V2Only, add, M::OutputBits, exactly(8), bitsAdvice},
      {V2Only, merges, M::InputBits, oneOf({4, 8}), bitsAdvice},
      // 2.0: sizes.
      {V2Only, inputConv, M::Height, atLeast(5)},
      {V2Only, inputConv, M::Width, Allowed::range(5, 384),
       "turn or cut the images"},
      {V2Only, convs, M::Width, Allowed::range(1, 4096),
       "turn or cut the images"},
      {V2Only, bothTransposed, M::Width, Allowed::range(1, 128),
       "turn or cut the images"},
      {V2Only, inputConv, M::Filters, Allowed::range(1, 512)},
      {V2Only, conv | transposed, M::Filters, Allowed::range(1, 2048)},
      {V2Only, depthwise | depthwiseTransposed, M::Channels,
       Allowed::range(1, 2048)},
      {V2Only, conv, M::Channels, Allowed::range(1, 2048), "", {kernelOf(1)}},
      {V2Only,
       conv,
       M::Channels,
       Allowed::range(1, 682),
       "",
       {kernelOf(3), weightsOf(8)}},
      {V2Only,
       conv,
       M::Channels,
       Allowed::range(1, 1365),
       "",
       {kernelOf(3), weightsOf(4)}},
      {V2Only,
       conv,
       M::Channels,
       Allowed::range(1, 204),
       "",
       {kernelOf(5), weightsOf(8)}},
      {V2Only,
       conv,
       M::Channels,
       Allowed::range(1, 512),
       "",
       {kernelOf(5), weightsOf(4)}},
      {V2Only,
       conv,
       M::Channels,
       Allowed::range(1, 73),
       "",
       {kernelOf(7), weightsOf(8)}},
      {V2Only,
       conv,
       M::Channels,
       Allowed::range(1, 195),
       "",
       {kernelOf(7), weightsOf(4)}},
      {V2Only,
       transposed,
       M::Channels,
       Allowed::range(1, 682),
       "",
       {kernelOf(3)}},
      {V2Only,
       transposed,
       M::Channels,
       Allowed::range(1, 341),
       "",
       {kernelOf(4)}},
      {V2Only, transposed, M::RowValues, Allowed::range(1, 16384)},
      {V2Only, dense, M::Inputs, Allowed::range(1, 2048),
       "make the image smaller before it, or use a convolution"},
      {V2Only, dense, M::Filters, Allowed::range(1, 65535)},
      {V2Only, queues, M::Width, Allowed::range(1, 4096),
       "turn or cut the images"},
      {V2Only, queue, M::Filters, Allowed::range(1, 2048)},
      {V2Only, queue, M::QueuedValues, Allowed::range(1, 2048),
       "use fewer channels or a shorter queue"},
      {V2Only, depthwiseQueue, M::Channels, Allowed::range(1, 2048)},
      {V2Only, depthwiseQueue, M::SplitRest, exactly(0),
       "use channels of a multiple of 4"},
      // 2.0: values.
      {V2Only, products | queues, M::InputShift, atMost(7),
       "quantize what it reads per tensor, with --per-tensor-activations"},
      {V2Only, add, M::InputShift, atMost(15),
       "quantize what it reads per tensor, with --per-tensor-activations"},
      {V2Only, add, M::SumShift, Allowed::range(-4, 3),
       "quantize its result and inputs to ranges that are closer"},
      {V2Only,
       inputConv | convs | bothTransposed,
       M::TableEntry,
       Allowed::range(-8192, 8191),
       "",
       {withLUT}},
      {V2Only,
       products,
       M::OutputScale,
       exactly(1),
       "end the network without an output quantizer",
       {plain, {M::OutputBits, oneOf({28, 32})}}},
      {V2Only,
       products,
       M::OutputShift,
       exactly(0),
       "end the network without an output quantizer",
       {plain, {M::OutputBits, oneOf({28, 32})}}},
      {V2Only, inputConv, M::LargestWeight, atLeast(1)},
      // 2.0: what meets.
      {V2Only, inputConv, M::Users, atMost(1), identityAdvice},
      {V2Only, inputData | quantizer, M::Users, atMost(1), identityAdvice},
      {V2Only, products | queues | merges, M::Users, atMost(2), identityAdvice},
      {V2Only,
       dense,
       M::NextLayer,
       {0, -1, dense | 1 << noLayer},
       "make it a convolution with kernel 1 of an image of 1x1"},
      {V2Only, merges, M::ConvolutionUsers, atLeast(1), identityAdvice},
      {V2Only, merges, M::InputLayer, among(convs | bothTransposed | merges),
       identityAdvice},
      {V2Only, queues, M::MergesInModel, exactly(0),
       "networks have queues or merges"},
      {V2Only, merges, M::DistinctInputs, exactly(2), identityAdvice},
      {V2Only, convs | bothTransposed, M::LoneBranches, exactly(0),
       "put another convolution after it"},
      // 1.0: windows.
      {V1Only, v1Input | v1Separable, M::Kernel, oneOf({3, 5, 7}), embedAdvice},
      {V1Only, v1Conv, M::Kernel, oneOf({1, 3, 5, 7}), embedAdvice},
      {V1Only, v1Input | v1Convs, M::KernelDifference, exactly(0), embedAdvice},
      {V1Only, v1Input, M::Stride, oneOf({1, 2, 3})},
      {V1Only, v1Convs, M::Stride, oneOf({1, 2}), "", {kernelOf(3)}},
      {V1Only,
       v1Convs,
       M::Stride,
       exactly(1),
       "",
       {{M::Kernel, oneOf({1, 5, 7})}}},
      {V1Only, v1Convs, M::StrideDifference, exactly(0)},
      {V1Only, v1Convs, M::Padding, is(Padding::Same), "use padding same"},
      {V1Only,
       v1Input,
       M::ResultWidth,
       atLeast(2),
       "",
       {{M::Padding, is(Padding::Valid)}}},
      // 1.0: pools.
      {V1Only, v1Input, M::ResultWidth, atLeast(2), "", {withMaxPool}},
      {V1Only, v1Input, M::Pool, isEither(PoolType::NoPooling, PoolType::Max),
       "give the pool a convolution of its own"},
      {V1Only, v1Input, M::PoolSize, oneOf({1, 2}), "", {withMaxPool}},
      {V1Only, v1Input, M::PoolOverlap, exactly(0), "", {withMaxPool}},
      {V1Only, v1Convs, M::PoolSize, oneOf({1, 2, 3}), "", {withMaxPool}},
      {V1Only, v1Convs, M::PoolDifference, exactly(0), "", {withMaxPool}},
      {V1Only,
       v1Convs,
       M::PooledExtent,
       atLeast(2),
       "",
       {withMaxPool, {M::PoolSize, exactly(2)}}},
      {V1Only,
       v1Convs,
       M::PooledExtent,
       atLeast(3),
       "",
       {withMaxPool, {M::PoolSize, exactly(3)}}},
      {V1Only,
       v1Convs,
       M::NextLayer,
       among(v1Convs),
       "put a convolution after the pool",
       {withMaxPool}},
      {V1Only, v1Convs, M::AveragedHeight, atMost(32),
       "make the image smaller before it"},
      {V1Only, v1Convs, M::AveragedWidth, atLeast(3),
       "turn or enlarge the image"},
      // 1.0: bits, sizes and values.
      {V1Only, v1Separable, M::WeightBits, oneOf({2, 4})},
      {V1Only, v1Input, M::Activation, is(Activation::ReLU),
       "put a ReLU after the convolution"},
      {V1Only, v1Input, M::Height, atLeast(5)},
      {V1Only, v1Input, M::Height, atLeast(7), "", {kernelOf(7)}},
      {V1Only, v1Input, M::Width, Allowed::range(5, 256),
       "turn or cut the images"},
      {V1Only, v1Convs, M::Width, Allowed::range(1, 4096),
       "turn or cut the images"},
      {V1Only,
       v1Input,
       M::Filters,
       Allowed::range(1, 512),
       "",
       {kernelOf(3), {M::Channels, exactly(1)}}},
      {V1Only,
       v1Input,
       M::Filters,
       Allowed::range(1, 192),
       "",
       {kernelOf(5), {M::Channels, exactly(1)}}},
      {V1Only,
       v1Input,
       M::Filters,
       Allowed::range(1, 96),
       "",
       {kernelOf(7), {M::Channels, exactly(1)}}},
      {V1Only,
       v1Input,
       M::Filters,
       Allowed::range(1, 192),
       "",
       {kernelOf(3), {M::Channels, exactly(3)}}},
      {V1Only,
       v1Input,
       M::Filters,
       Allowed::range(1, 64),
       "",
       {kernelOf(5), {M::Channels, exactly(3)}}},
      {V1Only,
       v1Input,
       M::Filters,
       Allowed::range(1, 32),
       "",
       {kernelOf(7), {M::Channels, exactly(3)}}},
      {V1Only, v1Convs, M::Filters, Allowed::range(1, 2048)},
      {V1Only,
       v1Conv,
       M::Channels,
       Allowed::range(1, 896),
       "",
       {{M::WeightBits, oneOf({1, 2})}}},
      {V1Only, v1Conv, M::Channels, Allowed::range(1, 448), "", {weightsOf(4)}},
      {V1Only,
       v1Conv,
       M::Channels,
       Allowed::range(1, 448),
       "",
       {kernelOf(7), weightsOf(2)}},
      {V1Only,
       v1Conv,
       M::Channels,
       Allowed::range(1, 149),
       "",
       {kernelOf(7), weightsOf(4)}},
      {V1Only, v1Separable, M::Channels, Allowed::range(1, 2048)},
      {V1Only,
       v1Separable,
       M::Channels,
       Allowed::range(1, 1792),
       "",
       {kernelOf(5), weightsOf(4)}},
      {V1Only,
       v1Separable,
       M::Channels,
       Allowed::range(1, 1792),
       "",
       {kernelOf(7), weightsOf(2)}},
      {V1Only,
       v1Separable,
       M::Channels,
       Allowed::range(1, 896),
       "",
       {kernelOf(7), weightsOf(4)}},
      {V1Only, v1Dense, M::Inputs, Allowed::range(1, 81920),
       "make the image smaller before it"},
      {V1Only, v1Input | v1Separable, M::LargestWeight, atLeast(1)},
      {V1Only,
       v1Input,
       M::Threshold,
       Allowed::range(-(1 << 23), (1 << 23) - 1),
       "",
       {withReLU}},
      {V1Only,
       v1Convs | v1Dense,
       M::Threshold,
       Allowed::range(-(1 << 19), (1 << 19) - 1),
       "",
       {withReLU}},
      {V1Only,
       v1Input,
       M::ActivationStep,
       atMost((1 << 20) - 1),
       "",
       {withReLU}},
      {V1Only, v1Convs, M::ActivationStep, atMost(65535)},
      {V1Only, v1Dense, M::ActivationStep, atMost(65535), "", {withReLU}},
  };
  return limits;
}

//===----------------------------------------------------------------------===//
// The table as text
//===----------------------------------------------------------------------===//

void printMapperLimits(llvm::raw_ostream &os) {
  for (const MapperLimit &limit : getMapperLimits()) {
    llvm::SmallVector<llvm::StringRef> types;
    for (const LayerInfo *info : getLayerInfos())
      if (limit.kinds >> static_cast<uint8_t>(info->kind) & 1)
        types.push_back(info->type);
    os << "| " << (limit.versions == V1Only ? "1.0" : "2.0") << " | "
       << llvm::join(types, ", ") << " | " << describe(limit.measure, "n");
    llvm::StringRef link = " with ";
    for (const Condition &condition : limit.conditions) {
      if (condition.measure == Measure::None)
        break;
      os << link
         << describe(condition.measure,
                     describeAllowed(condition.measure, condition.allowed));
      link = " and ";
    }
    os << " | " << describeAllowed(limit.measure, limit.allowed) << " | "
       << mapperSource << " |\n";
  }
}

} // namespace akida
} // namespace qml
