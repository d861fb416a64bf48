//===- Queues.cpp - Layers that remember their last inputs ----------------===//
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

static const Limit queueLimits[] = {
    {Quantity::QueueLength, V2Only, 0, "queue of {} inputs", "queues hold",
     Allowed::range(2, 10), "", "", "engine"},
    {Quantity::QueueInputBits, V2Only, 0, "input of {} bits", "queues take",
     Allowed::range(1, 8), "", "", "engine"},
};

static constexpr LayerClasses queueClasses =
    LayerClass::Weighted | LayerClass::Scaled | LayerClass::Rescaled;

static VariableShape weightsShape(mlir::Operation *layer) {
  auto conv = cast<BufferTempConvOp>(layer);
  int64_t channels = getImage(conv.getInput()).channels;
  return {1, 1, conv.getFifoSize() * channels, conv.getFilters()};
}

static VariableShape channelWeightsShape(mlir::Operation *layer) {
  auto conv = cast<DepthwiseBufferTempConvOp>(layer);
  return {1, 1, conv.getFifoSize(), getImage(conv.getInput()).channels};
}

/// The result, and the memory: (H, W, T, C).
template <typename OpT, typename AdaptorT>
static LogicalResult
inferQueue(MLIRContext *context, std::optional<Location> location,
           AdaptorT adaptor, int64_t channels, SmallVectorImpl<Type> &types) {
  Image image = getImage(adaptor.getInput());
  if (failed(inferResult<OpT>(
          adaptor, {image.height, image.width}, channels,
          getResultElementType(context, adaptor.getOutputBits()), location,
          types)))
    return failure();
  auto input = cast<RankedTensorType>(adaptor.getInput().getType());
  types.push_back(RankedTensorType::get(
      {image.height, image.width, adaptor.getFifoSize(), image.channels},
      input.getElementType()));
  return success();
}

/// The memory with the new input.
template <typename OpT>
static int addPush(LayerFlattener &to, OpT op) {
  int memory = to.lookup(op.getMemory());
  int queue = to.add(Push(), {to.lookup(op.getInput()), memory},
                     to.shapeOf(memory), to.bitsOf(memory));
  to.bind(op.getNewMemory(), queue);
  return queue;
}

//===----------------------------------------------------------------------===//
// BufferTempConv
//===----------------------------------------------------------------------===//

const LayerInfo &BufferTempConvOp::getInfo() {
  static const std::vector<VariableInfo> variables =
      makeProductVariables(makeWeights(weightsShape), variables::inputShift);
  static const LayerInfo info = {kind,       V2Only,       engineType,
                                 engineType, queueClasses, variables,
                                 queueLimits};
  return info;
}

LogicalResult BufferTempConvOp::inferReturnTypes(
    MLIRContext *context, std::optional<Location> location, Adaptor adaptor,
    SmallVectorImpl<Type> &types) {
  return inferQueue<BufferTempConvOp>(context, location, adaptor,
                                      adaptor.getFilters(), types);
}

std::optional<IntegerFormat> BufferTempConvOp::getResultFormat() {
  return formatOf(getOutputBits());
}

void BufferTempConvOp::checkParameters(LayerChecker &) {}

void BufferTempConvOp::checkInputs(LayerChecker &checker) {
  checker.limit(Quantity::QueueInputBits, getFormat(getInput()).bits);
}

int BufferTempConvOp::flatten(LayerFlattener &to) {
  const Shape image = to.shapeOf(to.lookup(getInput()));
  int64_t length = getFifoSize();
  Conv2D conv;
  conv.kernel = to.makeConstant(getWeights());
  conv.bias = makeBias(to, *this, getPostOpBufferBits());
  conv.accumulator = makeAccumulator(*this);
  std::vector<int32_t> &shift = conv.accumulator.inputShift;
  const std::vector<int32_t> once = shift;
  for (int64_t t = 1; t < length; ++t)
    shift.insert(shift.end(), once.begin(), once.end());
  int bits = conv.accumulator.getBiasBits();
  int queue = addPush(to, *this);
  queue = to.add(AlignedReshape(), {queue},
                 {image[0], image[1], length * image[2]}, to.bitsOf(queue));
  return finish(to, *this,
                to.add(std::move(conv), {queue},
                       {image[0], image[1], getFilters()}, bits));
}

int BufferTempConvOp::flattenPrediction(LayerFlattener &, int tensor) {
  return tensor;
}

//===----------------------------------------------------------------------===//
// DepthwiseBufferTempConv
//===----------------------------------------------------------------------===//

const LayerInfo &DepthwiseBufferTempConvOp::getInfo() {
  static const std::vector<VariableInfo> variables = makeProductVariables(
      makeWeights(channelWeightsShape), variables::inputShift);
  static const LayerInfo info = {kind,       V2Only,       engineType,
                                 engineType, queueClasses, variables,
                                 queueLimits};
  return info;
}

LogicalResult DepthwiseBufferTempConvOp::inferReturnTypes(
    MLIRContext *context, std::optional<Location> location, Adaptor adaptor,
    SmallVectorImpl<Type> &types) {
  return inferQueue<DepthwiseBufferTempConvOp>(
      context, location, adaptor, getImage(adaptor.getInput()).channels, types);
}

std::optional<IntegerFormat> DepthwiseBufferTempConvOp::getResultFormat() {
  return formatOf(getOutputBits());
}

void DepthwiseBufferTempConvOp::checkParameters(LayerChecker &) {}

void DepthwiseBufferTempConvOp::checkInputs(LayerChecker &checker) {
  checker.limit(Quantity::QueueInputBits, getFormat(getInput()).bits);
}

int DepthwiseBufferTempConvOp::flatten(LayerFlattener &to) {
  const Shape image = to.shapeOf(to.lookup(getInput()));
  TemporalSum sum;
  sum.kernel = to.makeConstant(getWeights());
  sum.kernel.shape = {getFifoSize(), image[2]};
  sum.bias = makeBias(to, *this, getPostOpBufferBits());
  sum.accumulator = makeAccumulator(*this, /*isConvolution=*/false);
  int bits = sum.accumulator.getBiasBits();
  int queue = addPush(to, *this);
  return finish(to, *this, to.add(std::move(sum), {queue}, image, bits));
}

int DepthwiseBufferTempConvOp::flattenPrediction(LayerFlattener &, int tensor) {
  return tensor;
}

} // namespace akida
} // namespace qml
