//===- Convolutions.cpp - Layers of 2.0 with windows ----------------------===//
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

template <typename OpT>
static constexpr bool isDepthwise =
    std::is_same_v<OpT, DepthwiseConv2DOp> ||
    std::is_same_v<OpT, DepthwiseConv2DTransposeOp>;

template <typename OpT>
static VariableShape kernelShape(mlir::Operation *layer) {
  auto conv = cast<OpT>(layer);
  int64_t size = conv.getKernelSize();
  int64_t channels = getImage(conv.getInput()).channels;
  if constexpr (isDepthwise<OpT>)
    return {size, size, channels, 1};
  else
    return {size, size, channels, conv.getFilters()};
}

/// `channels` of the result.
template <typename OpT, typename AdaptorT>
static LogicalResult
inferConv(MLIRContext *context, std::optional<Location> location,
          AdaptorT adaptor, int64_t channels, SmallVectorImpl<Type> &types) {
  return inferResult<OpT>(
      adaptor, inferWindows(getSquareWindows(adaptor), adaptor.getInput()),
      channels, getResultElementType(context, adaptor.getOutputBits()),
      location, types);
}

template <typename OpT>
static void checkWindows(OpT op, LayerChecker &checker) {
  int64_t kernel = op.getKernelSize(), stride = op.getKernelStride();
  PoolType pool = op.getPoolType();
  if (stride == 2 && !checker.isAllowed(Quantity::StrideWithKernel, kernel))
    checker.report(Quantity::StrideWithKernel, Twine(kernel));
  checkPool(checker, pool, {op.getPoolSize(), op.getPoolSize()},
            {op.getPoolStride(), op.getPoolStride()});
  if (op.getPadding() == Padding::SameUpper &&
      (stride != 2 || pool == PoolType::Max))
    checker.report(Quantity::UpperPadding,
                   "stride " + Twine(stride) +
                       (pool == PoolType::Max ? " and maximum pooling" : ""));
}

template <typename OpT>
static int addConv(LayerFlattener &to, OpT op, Conv2D conv) {
  int input = to.lookup(op.getInput());
  const Shape image = to.shapeOf(input);
  Windows windows = getSquareWindows(op);
  conv.window =
      makeWindow(windows.kernelOver({image[0], image[1]}), windows.padding);
  conv.kernel = to.makeConstant(op.getWeights());
  conv.bias = makeBias(to, op, op.getPostOpBufferBits());
  int bits = conv.accumulator.getBiasBits();
  Shape shape = applyWindow(conv.window, image, op.getNumOutputs());
  return finish(to, op, to.add(std::move(conv), {input}, shape, bits));
}

//===----------------------------------------------------------------------===//
// InputConv2D
//===----------------------------------------------------------------------===//

static constexpr VariableInfo paddingValue{"padding_value", ElementType::U8,
                                           perInput};

static EngineParameters describeImage(mlir::Operation *layer) {
  Image image = getImage(layer->getOperand(0));
  return {{"input_x", image.height},
          {"input_y", image.width},
          {"input_channels", image.channels}};
}

const LayerInfo &InputConv2DOp::getInfo() {
  static const std::vector<VariableInfo> variables = makeProductVariables(
      makeWeights(kernelShape<InputConv2DOp>), paddingValue);
  static const Limit limits[] = {
      {Quantity::KernelSize, V2Only, 0, "kernel", "input convolutions take",
       Allowed::oneOf({1, 3, 4, 5, 7}), "", "", "engine"},
      {Quantity::Stride, V2Only, 0, "stride", "input convolutions take",
       Allowed::range(1, 6), "", "", "engine"},
      {Quantity::PoolType, V2Only, 0, "pooling", "input convolutions take",
       Allowed(), "maximum pooling or none", "", "engine"},
  };
  static const LayerInfo info = {kind,
                                 V2Only,
                                 engineType,
                                 engineType,
                                 LayerClass::Weighted | LayerClass::Scaled |
                                     LayerClass::Rescaled | LayerClass::Window |
                                     LayerClass::ImageInput,
                                 variables,
                                 limits,
                                 describeImage};
  return info;
}

LogicalResult InputConv2DOp::inferReturnTypes(MLIRContext *context,
                                              std::optional<Location> location,
                                              Adaptor adaptor,
                                              SmallVectorImpl<Type> &types) {
  return inferConv<InputConv2DOp>(context, location, adaptor,
                                  adaptor.getFilters(), types);
}

std::optional<IntegerFormat> InputConv2DOp::getResultFormat() {
  return formatOf(getOutputBits());
}

void InputConv2DOp::checkParameters(LayerChecker &checker) {
  checkWindows(*this, checker);
  if (getPoolType() == PoolType::Average)
    checker.report(Quantity::PoolType, "average");
}

void InputConv2DOp::checkInputs(LayerChecker &checker) {
  checkImageInput(checker, getInput());
}

int InputConv2DOp::flatten(LayerFlattener &to) {
  Conv2D conv;
  if (getPaddingValueAttr())
    conv.integerPadding = readVariable(*this, paddingValue);
  conv.accumulator = makeChipAccumulator(getBufferBits(), getBufferBits(),
                                         /*isConvolution=*/true);
  conv.accumulator.saturatesOnce = true;
  conv.accumulator.boundsInput = false;
  return addConv(to, *this, std::move(conv));
}

int InputConv2DOp::flattenPrediction(LayerFlattener &, int tensor) {
  return tensor;
}

//===----------------------------------------------------------------------===//
// Conv2D
//===----------------------------------------------------------------------===//

static constexpr LayerClasses innerConvClasses =
    LayerClass::Weighted | LayerClass::Scaled | LayerClass::Rescaled |
    LayerClass::Window | LayerClass::InnerWindow | LayerClass::NoFirstLayer;

const LayerInfo &Conv2DOp::getInfo() {
  static const std::vector<VariableInfo> variables = makeProductVariables(
      makeWeights(kernelShape<Conv2DOp>, EngineLayout::Rotated),
      variables::inputShift);
  static const Limit limits[] = {
      {Quantity::StrideWithKernel, V2Only, 0, "stride 2 with kernel",
       "convolutions take stride 2 with kernels of", Allowed::oneOf({1, 3}), "",
       "", "engine"},
  };
  static const LayerInfo info = {kind,       V2Only,           engineType,
                                 engineType, innerConvClasses, variables,
                                 limits};
  return info;
}

LogicalResult Conv2DOp::inferReturnTypes(MLIRContext *context,
                                         std::optional<Location> location,
                                         Adaptor adaptor,
                                         SmallVectorImpl<Type> &types) {
  return inferConv<Conv2DOp>(context, location, adaptor, adaptor.getFilters(),
                             types);
}

std::optional<IntegerFormat> Conv2DOp::getResultFormat() {
  return formatOf(getOutputBits());
}

void Conv2DOp::checkParameters(LayerChecker &checker) {
  checkWindows(*this, checker);
}

void Conv2DOp::checkInputs(LayerChecker &) {}

int Conv2DOp::flatten(LayerFlattener &to) {
  Conv2D conv;
  conv.accumulator = makeAccumulator(*this);
  return addConv(to, *this, std::move(conv));
}

int Conv2DOp::flattenPrediction(LayerFlattener &, int tensor) { return tensor; }

//===----------------------------------------------------------------------===//
// DepthwiseConv2D
//===----------------------------------------------------------------------===//

const LayerInfo &DepthwiseConv2DOp::getInfo() {
  static const std::vector<VariableInfo> variables = makeProductVariables(
      makeWeights(kernelShape<DepthwiseConv2DOp>, EngineLayout::Rotated),
      variables::inputShift);
  static const Limit limits[] = {
      {Quantity::StrideWithKernel, V2Only, 0, "stride 2 with kernel",
       "depthwise convolutions take stride 2 with kernels of",
       Allowed::oneOf({3}), "", "", "engine"},
  };
  static const LayerInfo info = {kind,       V2Only,           engineType,
                                 engineType, innerConvClasses, variables,
                                 limits};
  return info;
}

LogicalResult DepthwiseConv2DOp::inferReturnTypes(
    MLIRContext *context, std::optional<Location> location, Adaptor adaptor,
    SmallVectorImpl<Type> &types) {
  return inferConv<DepthwiseConv2DOp>(
      context, location, adaptor, getImage(adaptor.getInput()).channels, types);
}

std::optional<IntegerFormat> DepthwiseConv2DOp::getResultFormat() {
  return formatOf(getOutputBits());
}

void DepthwiseConv2DOp::checkParameters(LayerChecker &checker) {
  checkWindows(*this, checker);
}

void DepthwiseConv2DOp::checkInputs(LayerChecker &) {}

int DepthwiseConv2DOp::flatten(LayerFlattener &to) {
  Conv2D conv;
  conv.depthwise = isDepthwise<DepthwiseConv2DOp>;
  conv.accumulator = makeAccumulator(*this);
  return addConv(to, *this, std::move(conv));
}

int DepthwiseConv2DOp::flattenPrediction(LayerFlattener &, int tensor) {
  return tensor;
}

//===----------------------------------------------------------------------===//
// Transposed convolutions
//===----------------------------------------------------------------------===//

template <typename OpT>
static int addTransposed(LayerFlattener &to, OpT op) {
  int input = to.lookup(op.getInput());
  const Shape image = to.shapeOf(input);
  Conv2DTranspose conv;
  conv.depthwise = isDepthwise<OpT>;
  conv.kernel = to.makeConstant(op.getWeights());
  conv.bias = makeBias(to, op, op.getPostOpBufferBits());
  for (int axis = 0; axis != 2; ++axis) {
    conv.window.kernel[axis] = op.getKernelSize();
    conv.window.strides[axis] = 2;
    conv.window.padBegin[axis] =
        std::max<int64_t>((op.getKernelSize() - 2) / 2, 0);
  }
  conv.accumulator = makeAccumulator(op);
  int bits = conv.accumulator.getBiasBits();
  return finish(to, op,
                to.add(std::move(conv), {input},
                       {2 * image[0], 2 * image[1], op.getNumOutputs()}, bits));
}

static constexpr LayerClasses transposedClasses =
    LayerClass::Weighted | LayerClass::Scaled | LayerClass::Rescaled |
    LayerClass::Transposed;

const LayerInfo &Conv2DTransposeOp::getInfo() {
  static const std::vector<VariableInfo> variables = makeProductVariables(
      makeWeights(kernelShape<Conv2DTransposeOp>), variables::inputShift);
  static const LayerInfo info = {
      kind, V2Only, engineType, engineType, transposedClasses, variables, {}};
  return info;
}

LogicalResult Conv2DTransposeOp::inferReturnTypes(
    MLIRContext *context, std::optional<Location> location, Adaptor adaptor,
    SmallVectorImpl<Type> &types) {
  Image image = getImage(adaptor.getInput());
  return inferResult<Conv2DTransposeOp>(
      adaptor, {2 * image.height, 2 * image.width}, adaptor.getFilters(),
      getResultElementType(context, adaptor.getOutputBits()), location, types);
}

std::optional<IntegerFormat> Conv2DTransposeOp::getResultFormat() {
  return formatOf(getOutputBits());
}

void Conv2DTransposeOp::checkParameters(LayerChecker &) {}
void Conv2DTransposeOp::checkInputs(LayerChecker &) {}

int Conv2DTransposeOp::flatten(LayerFlattener &to) {
  return addTransposed(to, *this);
}

int Conv2DTransposeOp::flattenPrediction(LayerFlattener &, int tensor) {
  return tensor;
}

const LayerInfo &DepthwiseConv2DTransposeOp::getInfo() {
  static const std::vector<VariableInfo> variables =
      makeProductVariables(makeWeights(kernelShape<DepthwiseConv2DTransposeOp>),
                           variables::inputShift);
  static const LayerInfo info = {
      kind, V2Only, engineType, engineType, transposedClasses, variables, {}};
  return info;
}

LogicalResult DepthwiseConv2DTransposeOp::inferReturnTypes(
    MLIRContext *context, std::optional<Location> location, Adaptor adaptor,
    SmallVectorImpl<Type> &types) {
  Image image = getImage(adaptor.getInput());
  return inferResult<DepthwiseConv2DTransposeOp>(
      adaptor, {2 * image.height, 2 * image.width}, image.channels,
      getResultElementType(context, adaptor.getOutputBits()), location, types);
}

std::optional<IntegerFormat> DepthwiseConv2DTransposeOp::getResultFormat() {
  return formatOf(getOutputBits());
}

void DepthwiseConv2DTransposeOp::checkParameters(LayerChecker &) {}
void DepthwiseConv2DTransposeOp::checkInputs(LayerChecker &) {}

int DepthwiseConv2DTransposeOp::flatten(LayerFlattener &to) {
  return addTransposed(to, *this);
}

int DepthwiseConv2DTransposeOp::flattenPrediction(LayerFlattener &,
                                                  int tensor) {
  return tensor;
}

} // namespace akida
} // namespace qml
