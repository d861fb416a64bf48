//===- TemporalConvolutions.cpp - Convolutions over the last inputs -------===//
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
static FailureOr<SmallVector<int64_t>> inferShape(OpT op) {
  SmallVector<int64_t> shape = getOperandShape(op);
  shape.back() = op.getNumOutputChannels();
  return shape;
}

/// One entry of the input's shape for each of the kernel's, and integers that
/// stand for the same.
template <typename OpT>
static LogicalResult verifyMemory(OpT op) {
  ArrayRef<int64_t> input = getShape(op.getInput());
  SmallVector<int64_t> expected = {1, input[1], input[2],
                                   getShape(op.getKernel()).front(), input[3]};
  ArrayRef<int64_t> found = getShape(op.getMemory());
  if (found != ArrayRef<int64_t>(expected))
    return op.emitOpError()
           << "has a memory of shape " << toString(found)
           << "; its input and kernel give " << toString(expected);
  if (isFloatTensor(op.getMemory()))
    return success();
  if (!getFixed(op.getMemory()))
    return op.emitOpError()
           << "has an integer memory of type " << op.getMemory().getType()
           << "; its type must say what the integers stand for, by the "
              "encoding #qml.fixed";
  std::optional<Meaning> inputs = getMeaning(op.getInput());
  std::optional<Meaning> memory = getMeaning(op.getMemory());
  if (!areSameButForBits(*inputs, *memory) ||
      memory->valueBits < inputs->valueBits)
    return op.emitOpError() << "has a memory of " << getFixed(op.getMemory())
                            << " for inputs of " << op.getInput().getType()
                            << "; both must stand for the same";
  return success();
}

template <typename OpT>
static LogicalResult verifyTemporal(OpT op, int64_t rank, StringRef form) {
  if (failed(verifyKernelShape(op, op.getKernel(), rank, form)) ||
      failed(verifyWeights(op)) || failed(verifyImage(op)))
    return failure();
  int64_t channels = getNumChannels(op.getInput());
  if (int64_t inputs = getShape(op.getKernel())[1]; inputs != channels)
    return op.emitOpError()
           << "has a kernel for " << inputs << " channels; the input has "
           << channels << " channels";
  if (failed(verifyMemory(op)))
    return failure();
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
static int lowerTemporal(OpT op, IntegerLowering &lowering) {
  Meaning input = lowering.expectFixedPoint(op, op.getInput());
  // It holds the inputs as they came.
  FixedAttr fixed =
      makeFixed(op.getContext(), op.getLayerName() + "_memory", input);
  RankedTensorType type =
      getIntegerType(cast<RankedTensorType>(op.getMemory().getType()), fixed);
  op.getMemory().setType(type);
  op.getNewMemory().setType(type);
  input = lowering.align(op, input, getSumBits(op));
  // The reference records shifts of queues in any case.
  if (!op.getInputShiftAttr())
    op.setInputShiftAttr(makeIntAttr(op.getContext(),
                                     op.getLayerName() + "_input_shift",
                                     Channels<int32_t>::scalar(0)));
  return lowering.lowerWeights(op, input);
}

/// The memory with the new input.
template <typename OpT>
static int addPush(OpT op, NetworkFlattener &flattener) {
  int queue = flattener.addInner(
      op, Push(),
      {flattener.getTensor(op.getInput()), flattener.getTensor(op.getMemory())},
      makeTensor(op.getNewMemory()));
  flattener.bind(op.getNewMemory(), queue);
  return queue;
}

/// The elements of a queue under another shape, whose last axis has its
/// channels `repeat` times.
template <typename OpT>
static int addReshape(OpT op, NetworkFlattener &flattener, int queue,
                      Shape shape, int64_t repeat) {
  Tensor result = makeTensor(op.getNewMemory());
  result.shape = std::move(shape);
  if (result.fixed && result.fixed->fracBits.size() > 1) {
    const std::vector<int32_t> once = result.fixed->fracBits;
    for (int64_t i = 1; i < repeat; ++i)
      result.fixed->fracBits.insert(result.fixed->fracBits.end(), once.begin(),
                                    once.end());
  }
  return flattener.addInner(op, AlignedReshape(), {queue}, std::move(result));
}

//===----------------------------------------------------------------------===//
// BufferTempConvOp
//===----------------------------------------------------------------------===//

SmallVector<KernelInfo, 1> BufferTempConvOp::getKernels() {
  return {{"kernel", "", getKernel(), getOutputAxis(),
           /*hasExplicitAxis=*/false}};
}

std::string BufferTempConvOp::whyNotQuantizable() {
  return whyNotWithActivation(getActivationAttr());
}

FailureOr<SmallVector<int64_t>> BufferTempConvOp::inferResultShape(EmitError) {
  return inferShape(*this);
}

LogicalResult BufferTempConvOp::verify() {
  // buffer_temp_conv_c1 to buffer_temp_conv_c4
  return verifyTemporal(*this, 3, "(T, in, out)");
}

FailureOr<Meaning> BufferTempConvOp::inferMeaning() { return inferSum(*this); }

int BufferTempConvOp::toInteger(IntegerLowering &lowering) {
  return lowerTemporal(*this, lowering);
}

void BufferTempConvOp::flatten(NetworkFlattener &flattener) {
  ArrayRef<int64_t> image = getShape(getInput()),
                    kernel = getShape(getKernel());
  int64_t length = kernel[0], channels = kernel[1];
  int queue = addReshape(*this, flattener, addPush(*this, flattener),
                         {image[1], image[2], length * channels}, length);
  Conv2D conv;
  conv.kernel = flattener.makeConstant(getKernel());
  conv.kernel.shape = {1, 1, length * channels, kernel[2]};
  conv.bias = flattener.makeBias(*this);
  conv.accumulator =
      flattener.makeProductAccumulator(*this, /*wrapsAround=*/true);
  std::vector<int32_t> &shift = conv.accumulator.inputShift;
  if (const std::vector<int32_t> once = shift; once.size() > 1)
    for (int64_t t = 1; t < length; ++t)
      shift.insert(shift.end(), once.begin(), once.end());
  flattener.add(*this, std::move(conv), {queue});
}

//===----------------------------------------------------------------------===//
// DepthwiseBufferTempConvOp
//===----------------------------------------------------------------------===//

SmallVector<KernelInfo, 1> DepthwiseBufferTempConvOp::getKernels() {
  return {{"kernel", "", getKernel(), getOutputAxis(),
           /*hasExplicitAxis=*/false}};
}

std::string DepthwiseBufferTempConvOp::whyNotQuantizable() {
  return whyNotWithActivation(getActivationAttr());
}

FailureOr<SmallVector<int64_t>>
DepthwiseBufferTempConvOp::inferResultShape(EmitError) {
  return inferShape(*this);
}

LogicalResult DepthwiseBufferTempConvOp::verify() {
  // depthwise_buffer_temp_conv_c1 to depthwise_buffer_temp_conv_c4
  return verifyTemporal(*this, 2, "(T, channels)");
}

FailureOr<Meaning> DepthwiseBufferTempConvOp::inferMeaning() {
  return inferSum(*this);
}

int DepthwiseBufferTempConvOp::toInteger(IntegerLowering &lowering) {
  return lowerTemporal(*this, lowering);
}

void DepthwiseBufferTempConvOp::flatten(NetworkFlattener &flattener) {
  ArrayRef<int64_t> image = getShape(getInput()),
                    kernel = getShape(getKernel());
  int64_t cells = image[1] * image[2], length = kernel[0], channels = kernel[1];
  int queue = addPush(*this, flattener);
  if (flattener.isAkida() && !isFloatTensor(getResult())) {
    TemporalSum sum;
    sum.kernel = flattener.makeConstant(getKernel());
    sum.bias = flattener.makeBias(*this);
    sum.accumulator =
        flattener.makeProductAccumulator(*this, /*wrapsAround=*/false);
    flattener.add(*this, std::move(sum), {queue});
    return;
  }
  // A row of each cell's inputs, one above the other.
  queue = addReshape(*this, flattener, queue, {cells, length, channels}, 1);
  Conv2D conv;
  conv.depthwise = true;
  conv.kernel = flattener.makeConstant(getKernel());
  conv.kernel.shape = {1, length, channels, 1};
  conv.window.kernel[1] = length;
  conv.bias = flattener.makeBias(*this);
  conv.accumulator = flattener.makeAccumulator(*this);
  Tensor sums = makeTensor(getResult());
  sums.shape = {cells, 1, channels};
  int rows =
      flattener.addInner(*this, std::move(conv), {queue}, std::move(sums));
  flattener.add(*this, AlignedReshape(), {rows});
}
