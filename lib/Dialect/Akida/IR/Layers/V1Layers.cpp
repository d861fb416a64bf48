//===- V1Layers.cpp - Layers of 1.0 ---------------------------------------===//
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
// What they share
//===----------------------------------------------------------------------===//

static constexpr VariableInfo threshold{"threshold", ElementType::I32,
                                        perOutput};
static constexpr VariableInfo actStep{"act_step", ElementType::F32, perOutput,
                                      1};

static constexpr LayerClasses innerClasses =
    LayerClass::V1Layer | LayerClass::V1Inner;
static constexpr LayerClasses innerWindowClasses =
    innerClasses | LayerClass::V1Window | LayerClass::InnerWindow;

/// `channels` is 1 for kernels of one channel each.
template <typename OpT>
static VariableShape kernelShape(mlir::Operation *layer) {
  auto conv = cast<OpT>(layer);
  return {conv.getKernelWidth(), conv.getKernelHeight(),
          getImage(conv.getInput()).channels,
          std::is_same_v<OpT, SeparableConvolutionalOp> ? 1
                                                        : conv.getFilters()};
}

/// The engine calls the first axis of an image its width. Works for adaptors,
/// too.
template <typename T>
static Windows getWindows(T op) {
  Windows windows = {{op.getKernelWidth(), op.getKernelHeight()},
                     {op.getStrideX(), op.getStrideY()},
                     {op.getPoolingWidth(), op.getPoolingHeight()},
                     {op.getPoolingStrideX(), op.getPoolingStrideY()},
                     op.getPadding(),
                     op.getPoolType()};
  for (int axis = 0; axis != 2; ++axis)
    if (windows.poolStrides[axis] == -1)
      windows.poolStrides[axis] = windows.pool[axis];
  return windows;
}

template <typename T>
static IntegerFormat getV1Format(T op) {
  return op.getActivation() ? IntegerFormat{op.getActBits(), false}
                            : IntegerFormat{32, true};
}

template <typename OpT, typename AdaptorT>
static LogicalResult inferV1(MLIRContext *context,
                             std::optional<Location> location, AdaptorT adaptor,
                             std::array<int64_t, 2> extents, int64_t channels,
                             SmallVectorImpl<Type> &types) {
  return inferResult<OpT>(
      adaptor, extents, channels,
      getResultElementType(context, getV1Format(adaptor).bits), location,
      types);
}

template <typename OpT, typename AdaptorT>
static LogicalResult
inferV1Conv(MLIRContext *context, std::optional<Location> location,
            AdaptorT adaptor, SmallVectorImpl<Type> &types) {
  return inferV1<OpT>(context, location, adaptor,
                      inferWindows(getWindows(adaptor), adaptor.getInput()),
                      adaptor.getFilters(), types);
}

template <typename OpT>
static void checkActBits(OpT op, LayerChecker &checker) {
  if (op.getActivation())
    checker.limit(Quantity::ActivationBits, op.getActBits());
}

template <typename OpT>
static void checkWindows(OpT op, LayerChecker &checker) {
  checkActBits(op, checker);
  int64_t width = op.getKernelWidth(), height = op.getKernelHeight();
  int64_t strideX = op.getStrideX(), strideY = op.getStrideY();
  bool isInput = std::is_same_v<OpT, InputConvolutionalOp>;
  if (strideX < 1 || strideY < 1 ||
      (!isInput && (strideX > width || strideY > height)))
    checker.report(Quantity::StrideOfKernel,
                   Twine(strideX) + "x" + Twine(strideY) + " of a kernel of " +
                       Twine(width) + "x" + Twine(height));
  checkPool(checker, op.getPoolType(),
            {op.getPoolingWidth(), op.getPoolingHeight()},
            {op.getPoolingStrideX(), op.getPoolingStrideY()});
  if (op.getPadding() == Padding::SameUpper)
    checker.error()
        << "padding same_upper: Akida 1.0 convolutions take same or valid";
}

static void checkUnsignedInput(LayerChecker &checker, Value input) {
  IntegerFormat format = getFormat(input);
  if (format.isSigned || format.bits > 4)
    checker.report(Quantity::UnsignedInput, "of " + describe(format));
}

//===----------------------------------------------------------------------===//
// Formulas
//===----------------------------------------------------------------------===//

static constexpr int sumBits = 31, poolBits = 19;

static AccumulatorRules makeSumAccumulator() {
  return makeChipAccumulator(sumBits + 1, sumBits + 1, /*isConvolution=*/true);
}

/// What follows the sums: a threshold and a step, or nothing.
template <typename OpT>
static int addActivation(LayerFlattener &to, OpT op, int sums) {
  if (!op.getActivation())
    return to.addResult(op, AlignedReshape(), {sums});
  StepActivation activation;
  activation.bits = op.getActBits();
  activation.threshold = readInts(op, threshold);
  for (float step : readFloatVariable(op, actStep))
    activation.sixteenths.push_back(static_cast<int64_t>(16.0f * step));
  return to.addResult(op, activation, {sums});
}

template <typename OpT>
static int addStepDequantizer(LayerFlattener &to, OpT op, int sums) {
  if (op.getActivation())
    return sums;
  return to.add(
      StepDequantizer{readInts(op, threshold), readFloatVariable(op, actStep)},
      {sums}, to.shapeOf(sums), ElementType::F32, std::nullopt);
}

/// `sums` are bounded before they are pooled.
template <typename OpT>
static bool saturatesSums(OpT, const Windows &windows) {
  switch (windows.poolType) {
  case PoolType::NoPooling:
    return false;
  case PoolType::Max:
    return windows.pool[0] != 1 || windows.pool[1] != 1;
  case PoolType::Average:
    return std::is_same_v<OpT, ConvolutionalOp>;
  }
  llvm_unreachable("all types of pools are handled");
}

/// The first convolution of a layer, without what bounds it.
template <typename OpT>
static Conv2D makeConv(LayerFlattener &to, OpT op, const Windows &windows) {
  Image image = getImage(op.getInput());
  Conv2D conv;
  conv.window = makeWindow(windows.kernelOver({image.height, image.width}),
                           windows.padding);
  conv.kernel = to.makeConstant(op.getWeights());
  conv.accumulator = makeSumAccumulator();
  return conv;
}

template <typename OpT>
static int finishV1(LayerFlattener &to, OpT op, const Windows &windows,
                    Conv2D conv, int input) {
  if (saturatesSums(op, windows))
    conv.accumulator.biasBits = poolBits;
  int bits = conv.accumulator.getBiasBits();
  Shape shape = applyWindow(conv.window, to.shapeOf(input), op.getFilters());
  int tensor = to.add(std::move(conv), {input}, shape, bits);
  if (windows.poolType == PoolType::Max) {
    tensor = addMaxPool(to, windows, tensor);
  } else if (windows.poolType == PoolType::Average) {
    AccumulatorRules sum;
    sum.bufferBits = poolBits;
    sum.boundsInput = false;
    tensor = to.add(GlobalAveragePool2D{sum}, {tensor}, {1, 1, op.getFilters()},
                    poolBits);
  }
  return addActivation(to, op, tensor);
}

//===----------------------------------------------------------------------===//
// InputConvolutional
//===----------------------------------------------------------------------===//

const LayerInfo &InputConvolutionalOp::getInfo() {
  static const VariableInfo variables[] = {
      makeWeights(kernelShape<InputConvolutionalOp>), threshold, actStep};
  static const Limit limits[] = {
      {Quantity::WeightBits, V1Only, 0, "weights of {} bits",
       "input convolutions take", Allowed::oneOf({4, 8}), "", "", "converter"},
      {Quantity::StrideOfKernel, V1Only, 0, "stride", "input convolutions take",
       Allowed(), "strides of 1 and more", "", "engine"},
      {Quantity::PaddingValuePerChannel, V1Only, 0,
       "padding values per channel", "input convolutions take", Allowed(),
       "one padding value for all channels",
       "quantize the input per tensor, with --per-tensor-activations",
       "converter"},
  };
  static const LayerInfo info = {kind,
                                 V1Only,
                                 engineType,
                                 "InputConv.",
                                 LayerClass::V1Layer | LayerClass::V1Window |
                                     LayerClass::ImageInput,
                                 variables,
                                 limits,
                                 describeInput};
  return info;
}

LogicalResult InputConvolutionalOp::inferReturnTypes(
    MLIRContext *context, std::optional<Location> location, Adaptor adaptor,
    SmallVectorImpl<Type> &types) {
  return inferV1Conv<InputConvolutionalOp>(context, location, adaptor, types);
}

std::optional<IntegerFormat> InputConvolutionalOp::getResultFormat() {
  return getV1Format(*this);
}

void InputConvolutionalOp::checkParameters(LayerChecker &checker) {
  checker.limit(Quantity::PaddingValue, getPaddingValue(), "padding_value");
  checkWindows(*this, checker);
}

void InputConvolutionalOp::checkInputs(LayerChecker &checker) {
  checkImageInput(checker, getInput());
}

int InputConvolutionalOp::flatten(LayerFlattener &to) {
  Windows windows = getWindows(*this);
  Conv2D conv = makeConv(to, *this, windows);
  conv.integerPadding = {getPaddingValue()};
  return finishV1(to, *this, windows, std::move(conv), to.lookup(getInput()));
}

int InputConvolutionalOp::flattenPrediction(LayerFlattener &to, int tensor) {
  return addStepDequantizer(to, *this, tensor);
}

//===----------------------------------------------------------------------===//
// Convolutional
//===----------------------------------------------------------------------===//

const LayerInfo &ConvolutionalOp::getInfo() {
  static const VariableInfo variables[] = {
      makeWeights(kernelShape<ConvolutionalOp>, EngineLayout::Rotated),
      threshold, actStep};
  static const LayerInfo info = {
      kind, V1Only, engineType, "Conv.", innerWindowClasses, variables, {}};
  return info;
}

LogicalResult ConvolutionalOp::inferReturnTypes(
    MLIRContext *context, std::optional<Location> location, Adaptor adaptor,
    SmallVectorImpl<Type> &types) {
  return inferV1Conv<ConvolutionalOp>(context, location, adaptor, types);
}

std::optional<IntegerFormat> ConvolutionalOp::getResultFormat() {
  return getV1Format(*this);
}

void ConvolutionalOp::checkParameters(LayerChecker &checker) {
  checkWindows(*this, checker);
}

void ConvolutionalOp::checkInputs(LayerChecker &checker) {
  checkUnsignedInput(checker, getInput());
}

int ConvolutionalOp::flatten(LayerFlattener &to) {
  Windows windows = getWindows(*this);
  return finishV1(to, *this, windows, makeConv(to, *this, windows),
                  to.lookup(getInput()));
}

int ConvolutionalOp::flattenPrediction(LayerFlattener &to, int tensor) {
  return addStepDequantizer(to, *this, tensor);
}

//===----------------------------------------------------------------------===//
// SeparableConvolutional
//===----------------------------------------------------------------------===//

static VariableShape pointwiseShape(mlir::Operation *layer) {
  return {1, 1, getImage(layer->getOperand(0)).channels,
          perOutput(layer).front()};
}

const LayerInfo &SeparableConvolutionalOp::getInfo() {
  static const VariableInfo variables[] = {
      makeWeights(kernelShape<SeparableConvolutionalOp>, EngineLayout::Rotated),
      {"weights_pw", ElementType::I8, pointwiseShape, 0, Presence::Always,
       EngineLayout::Same, /*summaryRow=*/2},
      threshold,
      actStep};
  static const Limit limits[] = {
      {Quantity::PairedWeightBits, V1Only, 0, "weights of {} bits",
       "separable convolutions take", Allowed(),
       "the same bits for both kernels", "", "converter"},
  };
  static const LayerInfo info = {
      kind,      V1Only, engineType, "Sep.Conv.", innerWindowClasses,
      variables, limits};
  return info;
}

LogicalResult SeparableConvolutionalOp::inferReturnTypes(
    MLIRContext *context, std::optional<Location> location, Adaptor adaptor,
    SmallVectorImpl<Type> &types) {
  return inferV1Conv<SeparableConvolutionalOp>(context, location, adaptor,
                                               types);
}

std::optional<IntegerFormat> SeparableConvolutionalOp::getResultFormat() {
  return getV1Format(*this);
}

void SeparableConvolutionalOp::checkParameters(LayerChecker &checker) {
  checkWindows(*this, checker);
}

void SeparableConvolutionalOp::checkInputs(LayerChecker &checker) {
  checkUnsignedInput(checker, getInput());
}

int SeparableConvolutionalOp::flatten(LayerFlattener &to) {
  int input = to.lookup(getInput());
  Windows windows = getWindows(*this);
  Conv2D depthwise = makeConv(to, *this, windows);
  depthwise.depthwise = true;
  const Shape image = to.shapeOf(input);
  Shape middle = applyWindow(depthwise.window, image, image[2]);
  int tensor = to.add(std::move(depthwise), {input}, middle, sumBits);
  Conv2D pointwise;
  pointwise.kernel = to.makeConstant(getWeightsPw());
  pointwise.accumulator = makeSumAccumulator();
  return finishV1(to, *this, windows, std::move(pointwise), tensor);
}

int SeparableConvolutionalOp::flattenPrediction(LayerFlattener &to,
                                                int tensor) {
  return addStepDequantizer(to, *this, tensor);
}

//===----------------------------------------------------------------------===//
// FullyConnected
//===----------------------------------------------------------------------===//

static VariableShape matrixShape(mlir::Operation *layer) {
  auto dense = cast<FullyConnectedOp>(layer);
  return {1, 1, getImage(dense.getInput()).elements(), dense.getUnits()};
}

const LayerInfo &FullyConnectedOp::getInfo() {
  static const VariableInfo variables[] = {
      makeWeights(matrixShape, EngineLayout::ChannelsFirst), threshold,
      actStep};
  static const LayerInfo info = {kind,
                                 V1Only,
                                 engineType,
                                 "Fully.",
                                 innerClasses | LayerClass::Matrix,
                                 variables,
                                 {}};
  return info;
}

LogicalResult FullyConnectedOp::inferReturnTypes(
    MLIRContext *context, std::optional<Location> location, Adaptor adaptor,
    SmallVectorImpl<Type> &types) {
  return inferV1<FullyConnectedOp>(context, location, adaptor, {1, 1},
                                   adaptor.getUnits(), types);
}

std::optional<IntegerFormat> FullyConnectedOp::getResultFormat() {
  return getV1Format(*this);
}

void FullyConnectedOp::checkParameters(LayerChecker &checker) {
  checkActBits(*this, checker);
}

void FullyConnectedOp::checkInputs(LayerChecker &checker) {
  checkUnsignedInput(checker, getInput());
}

int FullyConnectedOp::flatten(LayerFlattener &to) {
  int input = to.lookup(getInput());
  int64_t elements = getImage(getInput()).elements();
  Dense product;
  product.kernel = to.makeConstant(getWeights());
  product.kernel.shape = {elements, getUnits()};
  product.accumulator = makeSumAccumulator();
  product.accumulator.biasBits = poolBits;
  int tensor =
      to.add(AlignedReshape(), {input}, {1, 1, elements}, to.bitsOf(input));
  tensor = to.add(std::move(product), {tensor}, {1, 1, getUnits()}, poolBits);
  return addActivation(to, *this, tensor);
}

int FullyConnectedOp::flattenPrediction(LayerFlattener &to, int tensor) {
  return addStepDequantizer(to, *this, tensor);
}

} // namespace akida
} // namespace qml
