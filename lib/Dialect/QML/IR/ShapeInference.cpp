//===- ShapeInference.cpp - Result shapes of layers -----------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "qml/Dialect/QML/IR/ShapeInference.h"

#include "mlir/IR/BuiltinTypes.h"
#include "qml/Quantization/FixedPoint.h"

using namespace mlir;

namespace qml {

static int64_t ceilDiv(int64_t a, int64_t b) { return (a + b - 1) / b; }

Pads inferPads(int64_t extent, int64_t kernel, int64_t stride, int64_t dilation,
               Padding padding) {
  if (padding == Padding::Valid)
    return {};
  int64_t positions = ceilDiv(extent, stride);
  int64_t covered = (positions - 1) * stride + (kernel - 1) * dilation + 1;
  int64_t missing = std::max<int64_t>(covered - extent, 0);
  return {missing / 2, missing - missing / 2};
}

int64_t inferWindowExtent(int64_t extent, int64_t kernel, int64_t stride,
                          int64_t dilation, Padding padding) {
  if (padding == Padding::Same)
    return ceilDiv(extent, stride);
  int64_t span = (kernel - 1) * dilation + 1;
  return extent < span ? 0 : (extent - span) / stride + 1;
}

FailureOr<SmallVector<int64_t>>
inferWindowShape(ArrayRef<int64_t> input, ArrayRef<int64_t> kernel,
                 ArrayRef<int64_t> strides, ArrayRef<int64_t> dilations,
                 Padding padding, int64_t channels, EmitError emitError) {
  SmallVector<int64_t> result = {input[0]};
  for (int axis = 0; axis != 2; ++axis) {
    int64_t extent = inferWindowExtent(input[axis + 1], kernel[axis],
                                       strides[axis], dilations[axis], padding);
    if (extent < 1) {
      if (emitError)
        emitError() << "window of " << kernel[0] << "x" << kernel[1]
                    << " (dilated " << dilations[0] << "x" << dilations[1]
                    << ") doesn't fit into an image of " << input[1] << "x"
                    << input[2] << " without padding";
      return failure();
    }
    result.push_back(extent);
  }
  result.push_back(channels);
  return result;
}

SmallVector<int64_t> inferDenseShape(ArrayRef<int64_t> input, int64_t units) {
  SmallVector<int64_t> result(input.begin(), input.end());
  result.back() = units;
  return result;
}

SmallVector<int64_t> inferGlobalPoolShape(ArrayRef<int64_t> input,
                                          bool keepDims) {
  if (keepDims)
    return {input[0], 1, 1, input[3]};
  return {input[0], input[3]};
}

int64_t getNumElementsPerSample(ArrayRef<int64_t> shape) {
  int64_t count = 1;
  for (int64_t extent : shape.drop_front())
    count *= extent;
  return count;
}

SmallVector<int64_t> inferFlattenShape(ArrayRef<int64_t> input) {
  return {input[0], getNumElementsPerSample(input)};
}

Type getStorageType(MLIRContext *context, int valueBits) {
  return IntegerType::get(context, storageBytes(valueBits) * 8);
}

} // namespace qml
