//===- TransposedConvolutions.cpp - Convolutions that spread an image -----===//
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
static TransposedExtent inferExtent(OpT op, int axis) {
  std::optional<int64_t> extra;
  if (std::optional<ArrayRef<int64_t>> pair = op.getOutputPadding())
    extra = (*pair)[axis];
  return inferTransposedExtent(
      axis, getShape(op.getInput())[axis + 1], getShape(op.getKernel())[axis],
      op.getStrides()[axis], op.getDilations()[axis], op.getPadding(), extra);
}

template <typename OpT>
static FailureOr<SmallVector<int64_t>> inferShape(OpT op, EmitError emitError) {
  SmallVector<int64_t> shape = {getShape(op.getInput()).front()};
  for (int axis = 0; axis != 2; ++axis)
    shape.push_back(inferExtent(op, axis).extent);
  if (shape[1] < 1 || shape[2] < 1) {
    emitError() << "cuts off all of its result; smaller pads are needed";
    return failure();
  }
  shape.push_back(op.getNumOutputChannels());
  return shape;
}

template <typename OpT>
static LogicalResult verifyTransposed(OpT op) {
  if (failed(verifySteps(op, op.getStrides(), op.getDilations())))
    return failure();
  if (std::optional<ArrayRef<int64_t>> extra = op.getOutputPadding())
    for (int axis = 0; axis != 2; ++axis)
      if ((*extra)[axis] < 0 || (*extra)[axis] >= op.getStrides()[axis])
        return op.emitOpError()
               << "has an output_padding of " << toString(*extra)
               << " with strides of " << toString(op.getStrides())
               << "; it must be at least 0 and below the stride";
  return verifyResultShape(op);
}

/// What sums of products with the kernel stand for.
template <typename OpT>
static Meaning inferSum(OpT op) {
  Meaning sum = getMeaning(op.getInput())
                    ->aligned()
                    .scaledBy(readFloatChannels(op.getKernelScalesAttr()));
  sum.valueBits = getSumBits(op);
  return sum;
}

template <typename OpT>
static int lowerTransposed(OpT op, IntegerLowering &lowering) {
  Meaning input = lowering.expectFixedPoint(op, op.getInput());
  input = lowering.align(op, input, getSumBits(op));
  return lowering.lowerWeights(op, input);
}

template <typename OpT>
static void flattenTransposed(OpT op, bool depthwise,
                              NetworkFlattener &flattener) {
  Conv2DTranspose conv;
  conv.depthwise = depthwise;
  conv.kernel = flattener.makeConstant(op.getKernel());
  conv.bias = flattener.makeBias(op);
  for (int axis = 0; axis != 2; ++axis) {
    conv.window.kernel[axis] = getShape(op.getKernel())[axis];
    conv.window.strides[axis] = op.getStrides()[axis];
    conv.window.dilations[axis] = op.getDilations()[axis];
    conv.window.padBegin[axis] = inferExtent(op, axis).crop;
  }
  conv.accumulator = flattener.makeProductAccumulator(op, /*wrapsAround=*/true);
  flattener.add(op, std::move(conv));
}

//===----------------------------------------------------------------------===//
// Conv2DTransposeOp
//===----------------------------------------------------------------------===//

SmallVector<KernelInfo, 1> Conv2DTransposeOp::getKernels() {
  return {{"kernel", "", getKernel(), getOutputAxis(),
           /*hasExplicitAxis=*/false}};
}

std::string Conv2DTransposeOp::whyNotQuantizable() {
  return whyNotWithActivation(getActivationAttr());
}

FailureOr<SmallVector<int64_t>>
Conv2DTransposeOp::inferResultShape(EmitError error) {
  return inferShape(*this, error);
}

LogicalResult Conv2DTransposeOp::verify() {
  // conv_2d_transpose_c2
  if (failed(verifyKernelShape(*this, getKernel(), 4,
                               "(height, width, in, out)")) ||
      failed(verifyWeights(*this)) || failed(verifyImage(*this)))
    return failure();
  // conv_2d_transpose_c1
  ArrayRef<int64_t> kernel = getShape(getKernel());
  int64_t channels = getNumChannels(getInput());
  if (kernel[2] != channels)
    return emitOpError() << "has a kernel for " << kernel[2]
                         << " channels; the input has " << channels
                         << " channels";
  // conv_2d_transpose_c3, conv_2d_transpose_c4, conv_2d_transpose_c5
  return verifyTransposed(*this);
}

FailureOr<Meaning> Conv2DTransposeOp::inferMeaning() { return inferSum(*this); }

int Conv2DTransposeOp::toInteger(IntegerLowering &lowering) {
  return lowerTransposed(*this, lowering);
}

void Conv2DTransposeOp::flatten(NetworkFlattener &flattener) {
  flattenTransposed(*this, /*depthwise=*/false, flattener);
}

//===----------------------------------------------------------------------===//
// DepthwiseConv2DTransposeOp
//===----------------------------------------------------------------------===//

SmallVector<KernelInfo, 1> DepthwiseConv2DTransposeOp::getKernels() {
  return {{"kernel", "", getKernel(), std::nullopt, /*hasExplicitAxis=*/true}};
}

std::string DepthwiseConv2DTransposeOp::whyNotQuantizable() {
  return whyNotWithActivation(getActivationAttr());
}

FailureOr<SmallVector<int64_t>>
DepthwiseConv2DTransposeOp::inferResultShape(EmitError error) {
  return inferShape(*this, error);
}

LogicalResult DepthwiseConv2DTransposeOp::verify() {
  // depthwise_conv_2d_transpose_c2, depthwise_conv_2d_transpose_c6
  if (failed(verifyKernelShape(*this, getKernel(), 4,
                               "(height, width, channels, 1)")) ||
      failed(verifyWeights(*this)) || failed(verifyImage(*this)))
    return failure();
  ArrayRef<int64_t> kernel = getShape(getKernel());
  if (kernel[3] != 1)
    return emitOpError() << "has a kernel with a last axis of " << kernel[3]
                         << "; one result per channel is supported";
  // depthwise_conv_2d_transpose_c1
  int64_t channels = getNumChannels(getInput());
  if (kernel[2] != channels)
    return emitOpError() << "has a kernel for " << kernel[2]
                         << " channels; the input has " << channels
                         << " channels";
  // depthwise_conv_2d_transpose_c3, depthwise_conv_2d_transpose_c4,
  // depthwise_conv_2d_transpose_c5
  return verifyTransposed(*this);
}

FailureOr<Meaning> DepthwiseConv2DTransposeOp::inferMeaning() {
  return inferSum(*this);
}

int DepthwiseConv2DTransposeOp::toInteger(IntegerLowering &lowering) {
  return lowerTransposed(*this, lowering);
}

void DepthwiseConv2DTransposeOp::flatten(NetworkFlattener &flattener) {
  flattenTransposed(*this, /*depthwise=*/true, flattener);
}
