//===- Convolutions.cpp - Convolutions ------------------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../Verify.h"
#include "qml/Dialect/QML/IR/Flattening.h"
#include "qml/Dialect/QML/IR/IntegerLowering.h"

using namespace mlir;
using namespace qml;

//===----------------------------------------------------------------------===//
// What they share
//===----------------------------------------------------------------------===//

template <typename OpT>
static FailureOr<SmallVector<int64_t>> inferConvShape(OpT op, int64_t channels,
                                                      EmitError emitError) {
  return inferWindowShape(
      getShape(op.getInput()), getShape(op.getInputKernel()), op.getStrides(),
      op.getDilations(), op.getPadding(), channels, emitError);
}

/// What sums of products with kernels of these scales stand for.
static Meaning multiply(Meaning input, ElementsAttr kernelScales) {
  return input.scaledBy(readFloatChannels(kernelScales));
}

template <typename OpT>
static Window makeConvWindow(OpT op) {
  return makeWindow(op.getInput(), getShape(op.getInputKernel()),
                    op.getStrides(), op.getDilations(), op.getPadding());
}

//===----------------------------------------------------------------------===//
// Conv2DOp
//===----------------------------------------------------------------------===//

SmallVector<KernelInfo, 1> Conv2DOp::getKernels() {
  return {{"kernel", "", getKernel(), getOutputAxis(),
           /*hasExplicitAxis=*/false}};
}

std::string Conv2DOp::whyNotQuantizable() {
  if (getGroups() != 1)
    return std::to_string(getGroups()) + " groups; integer convolutions have 1";
  return whyNotWithActivation(getActivationAttr());
}

FailureOr<SmallVector<int64_t>> Conv2DOp::inferResultShape(EmitError error) {
  return inferConvShape(*this, getNumOutputChannels(), error);
}

LogicalResult Conv2DOp::verify() {
  // conv_2d_c2
  if (failed(verifyKernelShape(*this, getKernel(), 4,
                               "(height, width, in, out)")) ||
      failed(verifyWeights(*this)) || failed(verifyImage(*this)))
    return failure();
  ArrayRef<int64_t> kernel = getShape(getKernel());
  int64_t groups = getGroups();
  if (kernel[3] % groups != 0)
    return emitOpError() << "has " << kernel[3] << " output channels in "
                         << groups << " groups; they must divide evenly";
  // conv_2d_c1; the division first, since the product may overflow
  int64_t channels = getNumChannels(getInput());
  if (channels % groups != 0 || kernel[2] != channels / groups)
    return emitOpError() << "has a kernel for " << kernel[2] << " channels in "
                         << groups << " group(s); the input has " << channels
                         << " channels";
  // conv_2d_c3
  if (failed(verifySteps(*this, getStrides(), getDilations())))
    return failure();
  // conv_2d_c4
  if (std::optional<ArrayRef<double>> value = getPaddingValue()) {
    if (getPadding().getMode() == Padding::Valid)
      return emitOpError() << "has a padding value, and padding = valid; it "
                              "needs padding = same, or pads";
    if (value->size() != 1 && int64_t(value->size()) != channels)
      return emitOpError() << "has " << value->size()
                           << " padding values; one is allowed, or one for "
                              "each of "
                           << channels << " channels";
    if (failed(verifyFinite(*this, "padding_value", *value)))
      return failure();
  }
  if (failed(verifyVector(*this, "quantized_padding", getQuantizedPaddingAttr(),
                          channels)) ||
      failed(verifyShifts(*this, "padding_shift", getPaddingShiftAttr(),
                          channels)))
    return failure();
  // conv_2d_c6
  if (!isFloatTensor(getResult()) && groups != 1)
    return emitOpError() << "has " << groups
                         << " groups; integer convolutions have one";
  // conv_2d_c5
  return verifyResultShape(*this);
}

FailureOr<Meaning> Conv2DOp::inferMeaning() {
  Meaning sum =
      multiply(getMeaning(getInput())->aligned(), getKernelScalesAttr());
  sum.valueBits = getSumBits(*this);
  return sum;
}

int Conv2DOp::toInteger(IntegerLowering &lowering) {
  int bits = getSumBits(*this);
  Meaning input = lowering.align(*this, *getMeaning(getInput()), bits);
  lowering.expectOneScale(*this, input);
  std::optional<ArrayRef<double>> padding = getPaddingValue();
  if (WeightQuantizerAttr weights = getWeightQuantizerAttr();
      padding && weights) {
    Channels<float> values{std::vector<float>(padding->begin(), padding->end()),
                           padding->size() == 1};
    auto quantizer = AlignedQuantizerAttr::get(
        getContext(), weights.getBitwidth(), /*isSigned=*/true);
    lowering.setAligned(*this, "quantized_padding", "padding_shift",
                        "padding value", values, quantizer,
                        {bits, input.fracBits, input.scalesOr1()});
  }
  return lowering.lowerWeights(*this, input);
}

void Conv2DOp::flatten(NetworkFlattener &flattener) {
  Conv2D conv;
  conv.kernel = flattener.makeConstant(getKernel());
  conv.bias = flattener.makeBias(*this);
  conv.window = makeConvWindow(*this);
  conv.accumulator =
      flattener.makeProductAccumulator(*this, /*wrapsAround=*/true);
  if (!isFloatTensor(getResult())) {
    conv.integerPadding = flattener.readConstants(
        *this, "padding value", getQuantizedPaddingAttr(),
        getPaddingShiftAttr(), getSumBits(*this));
  } else if (getPaddingValue()) {
    conv.paddingValue.assign(getPaddingValue()->begin(),
                             getPaddingValue()->end());
  }
  conv.accumulator.saturatesOnce = flattener.isAkida() && readsBytes(*this);
  conv.accumulator.boundsInput = !conv.accumulator.saturatesOnce;
  flattener.add(*this, std::move(conv));
}

//===----------------------------------------------------------------------===//
// DepthwiseConv2DOp
//===----------------------------------------------------------------------===//

SmallVector<KernelInfo, 1> DepthwiseConv2DOp::getKernels() {
  return {{"kernel", "", getKernel(), getOutputAxis(),
           /*hasExplicitAxis=*/true}};
}

std::string DepthwiseConv2DOp::whyNotQuantizable() {
  return whyNotWithActivation(getActivationAttr());
}

FailureOr<SmallVector<int64_t>>
DepthwiseConv2DOp::inferResultShape(EmitError error) {
  return inferConvShape(*this, getNumOutputChannels(), error);
}

LogicalResult DepthwiseConv2DOp::verify() {
  // depthwise_conv_2d_c2
  if (failed(verifyKernelShape(*this, getKernel(), 4,
                               "(height, width, channels, 1)")) ||
      failed(verifyWeights(*this)) || failed(verifyImage(*this)))
    return failure();
  ArrayRef<int64_t> kernel = getShape(getKernel());
  if (kernel[3] != 1)
    return emitOpError() << "has a kernel with a last axis of " << kernel[3]
                         << "; one result per channel is supported";
  // depthwise_conv_2d_c1
  int64_t channels = getNumChannels(getInput());
  if (kernel[2] != channels)
    return emitOpError() << "has a kernel for " << kernel[2]
                         << " channels; the input has " << channels
                         << " channels";
  // depthwise_conv_2d_c3, depthwise_conv_2d_c4
  if (failed(verifySteps(*this, getStrides(), getDilations())))
    return failure();
  return verifyResultShape(*this);
}

FailureOr<Meaning> DepthwiseConv2DOp::inferMeaning() {
  Meaning sum = multiply(*getMeaning(getInput()), getKernelScalesAttr());
  // To the reference the scale of a single channel is one for all: what comes
  // after is per tensor, and aligns nothing.
  if (sum.scales->size() == 1)
    sum.scales = Channels<float>::scalar((*sum.scales)[0]);
  sum.valueBits = getSumBits(*this);
  return sum;
}

int DepthwiseConv2DOp::toInteger(IntegerLowering &lowering) {
  Meaning input = lowering.expectFixedPoint(*this, getInput());
  lowering.checkPromotion(*this, input, getSumBits(*this));
  return lowering.lowerWeights(*this, input);
}

void DepthwiseConv2DOp::flatten(NetworkFlattener &flattener) {
  Conv2D conv;
  conv.depthwise = true;
  conv.kernel = flattener.makeConstant(getKernel());
  conv.bias = flattener.makeBias(*this);
  conv.window = makeConvWindow(*this);
  conv.accumulator =
      flattener.makeProductAccumulator(*this, /*wrapsAround=*/true);
  flattener.add(*this, std::move(conv));
}

//===----------------------------------------------------------------------===//
// SeparableConv2DOp
//===----------------------------------------------------------------------===//

SmallVector<KernelInfo, 1> SeparableConv2DOp::getKernels() {
  return {{"depthwise_kernel", "dw_", getDepthwiseKernel(), std::nullopt,
           /*hasExplicitAxis=*/true},
          {"pointwise_kernel", "pw_", getPointwiseKernel(), getOutputAxis(),
           /*hasExplicitAxis=*/false}};
}

std::string SeparableConv2DOp::whyNotQuantizable() {
  return whyNotWithActivation(getActivationAttr());
}

FailureOr<SmallVector<int64_t>>
SeparableConv2DOp::inferResultShape(EmitError error) {
  return inferConvShape(*this, getNumOutputChannels(), error);
}

LogicalResult SeparableConv2DOp::verify() {
  // separable_conv_2d_c2, separable_conv_2d_c4
  if (failed(verifyKernelShape(*this, getDepthwiseKernel(), 4,
                               "(height, width, channels, 1)")) ||
      failed(verifyKernelShape(*this, getPointwiseKernel(), 4,
                               "(1, 1, channels, out)")) ||
      failed(verifyWeights(*this)) || failed(verifyImage(*this)))
    return failure();
  ArrayRef<int64_t> depthwise = getShape(getDepthwiseKernel());
  ArrayRef<int64_t> pointwise = getShape(getPointwiseKernel());
  if (depthwise[3] != 1)
    return emitOpError() << "has a depthwise kernel with a last axis of "
                         << depthwise[3]
                         << "; one result per channel is supported";
  if (pointwise[0] != 1 || pointwise[1] != 1 || pointwise[2] != depthwise[2])
    return emitOpError() << "has a pointwise kernel of shape "
                         << toString(pointwise) << " after " << depthwise[2]
                         << " channels; it must be 1x1x" << depthwise[2]
                         << "xout";
  // separable_conv_2d_c1
  int64_t channels = getNumChannels(getInput());
  if (depthwise[2] != channels)
    return emitOpError() << "has kernels for " << depthwise[2]
                         << " channels; the input has " << channels
                         << " channels";
  // separable_conv_2d_c3, separable_conv_2d_c5
  if (failed(verifySteps(*this, getStrides(), getDilations())))
    return failure();
  return verifyResultShape(*this);
}

FailureOr<Meaning> SeparableConv2DOp::inferMeaning() {
  Meaning sum = multiply(
      multiply(getMeaning(getInput())->aligned(), getDwKernelScalesAttr()),
      getPwKernelScalesAttr());
  sum.valueBits = getSumBits(*this);
  return sum;
}

int SeparableConv2DOp::toInteger(IntegerLowering &lowering) {
  Meaning input = lowering.expectFixedPoint(*this, getInput());
  input = lowering.align(*this, input, getSumBits(*this));
  return lowering.lowerWeights(*this, input);
}

void SeparableConv2DOp::flatten(NetworkFlattener &flattener) {
  // Executors know no separable convolutions: they are two others.
  Conv2D depthwise;
  depthwise.depthwise = true;
  depthwise.kernel = flattener.makeConstant(getDepthwiseKernel());
  depthwise.window = makeConvWindow(*this);
  depthwise.accumulator = flattener.makeAccumulator(*this);

  // The layer's result but for the number of channels, and for the scale, which
  // the pointwise kernel has no part in yet.
  Tensor inner = makeTensor(getResult());
  inner.shape.back() = getNumChannels(getInput());
  if (inner.fixed) {
    Meaning meaning = *getMeaning(getInput());
    inner.fixed->scales =
        multiply(meaning, getDwKernelScalesAttr()).scales->values;
  }
  int between =
      flattener.addInner(*this, std::move(depthwise),
                         {flattener.getTensor(getInput())}, std::move(inner));

  Conv2D pointwise;
  pointwise.kernel = flattener.makeConstant(getPointwiseKernel());
  pointwise.bias = flattener.makeBias(*this);
  pointwise.accumulator.bufferBits =
      flattener.makeAccumulator(*this).bufferBits;
  flattener.add(*this, std::move(pointwise), {between});
}
