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

Pads inferSamePads(int64_t extent, int64_t kernel, int64_t stride,
                   int64_t dilation) {
  int64_t positions = ceilDiv(extent, stride);
  int64_t covered = (positions - 1) * stride + (kernel - 1) * dilation + 1;
  int64_t missing = std::max<int64_t>(covered - extent, 0);
  return {missing / 2, missing - missing / 2};
}

Pads inferPads(int axis, int64_t extent, int64_t kernel, int64_t stride,
               int64_t dilation, PaddingAttr padding) {
  switch (padding.getMode()) {
  case Padding::Valid:
    return {};
  case Padding::Explicit:
    return {padding.getPads()[2 * axis], padding.getPads()[2 * axis + 1]};
  case Padding::Same:
    return inferSamePads(extent, kernel, stride, dilation);
  }
  llvm_unreachable("unknown padding");
}

int64_t inferWindowExtent(int64_t extent, Pads pads, int64_t kernel,
                          int64_t stride, int64_t dilation) {
  int64_t padded = extent + pads.before + pads.after;
  int64_t span = (kernel - 1) * dilation + 1;
  return padded < span ? 0 : (padded - span) / stride + 1;
}

bool arePadsBelowWindow(PaddingAttr padding, ArrayRef<int64_t> window) {
  for (auto [side, pad] : llvm::enumerate(padding.getPads()))
    if (pad >= window[side / 2])
      return false;
  return true;
}

FailureOr<SmallVector<int64_t>>
inferWindowShape(ArrayRef<int64_t> input, ArrayRef<int64_t> kernel,
                 ArrayRef<int64_t> strides, ArrayRef<int64_t> dilations,
                 PaddingAttr padding, int64_t channels, EmitError emitError) {
  SmallVector<int64_t> result = {input[0]};
  int64_t padded[2];
  bool fits = true;
  for (int axis = 0; axis != 2; ++axis) {
    int64_t extent = input[axis + 1];
    Pads pads = inferPads(axis, extent, kernel[axis], strides[axis],
                          dilations[axis], padding);
    padded[axis] = extent + pads.before + pads.after;
    result.push_back(inferWindowExtent(extent, pads, kernel[axis],
                                       strides[axis], dilations[axis]));
    fits &= result.back() >= 1;
  }
  if (!fits) {
    if (emitError) {
      InFlightDiagnostic error = emitError();
      error << "window of " << kernel[0] << "x" << kernel[1] << " (dilated "
            << dilations[0] << "x" << dilations[1]
            << ") doesn't fit into an image of " << input[1] << "x" << input[2];
      if (padding.getMode() == Padding::Explicit)
        error << ", " << padded[0] << "x" << padded[1] << " with its pads";
      else
        error << " without padding";
    }
    return failure();
  }
  result.push_back(channels);
  return result;
}

TransposedExtent inferTransposedExtent(int axis, int64_t extent, int64_t kernel,
                                       int64_t stride, int64_t dilation,
                                       PaddingAttr padding,
                                       std::optional<int64_t> outputPadding) {
  int64_t span = (kernel - 1) * dilation + 1;
  int64_t whole = (extent - 1) * stride + span;
  if (padding.getMode() == Padding::Explicit) {
    int64_t before = padding.getPads()[2 * axis];
    return {whole - before - padding.getPads()[2 * axis + 1] +
                outputPadding.value_or(0),
            before};
  }
  bool isSame = padding.getMode() == Padding::Same;
  int64_t result =
      outputPadding ? whole + *outputPadding - (isSame ? span / 2 * 2 : 0)
      : isSame      ? extent * stride
                    : extent * stride + std::max<int64_t>(span - stride, 0);
  return {result, isSame ? std::max<int64_t>(whole - result, 0) / 2 : 0};
}

PaddingAttr nameIfSame(PaddingAttr padding, ArrayRef<int64_t> input,
                       ArrayRef<int64_t> kernel, ArrayRef<int64_t> strides,
                       ArrayRef<int64_t> dilations) {
  if (padding.getMode() != Padding::Explicit)
    return padding;
  for (Padding mode : {Padding::Valid, Padding::Same}) {
    auto named = PaddingAttr::get(padding.getContext(), mode);
    bool isSame = true;
    for (int axis = 0; axis != 2; ++axis) {
      Pads a = inferPads(axis, input[axis + 1], kernel[axis], strides[axis],
                         dilations[axis], named);
      Pads b = inferPads(axis, input[axis + 1], kernel[axis], strides[axis],
                         dilations[axis], padding);
      isSame &= a.before == b.before && a.after == b.after;
    }
    if (isSame)
      return named;
  }
  return padding;
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
