//===- LayerParts.h - What families of layers share -------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QML_LIB_DIALECT_AKIDA_IR_LAYERS_LAYERPARTS_H
#define QML_LIB_DIALECT_AKIDA_IR_LAYERS_LAYERPARTS_H

#include "qml/Dialect/Akida/IR/LayerChecker.h"
#include "qml/Dialect/Akida/IR/LayerFlattener.h"
#include "qml/Dialect/Akida/IR/Paddings.h"
#include "qml/Program/ChipParts.h"

namespace qml {
namespace akida {

//===----------------------------------------------------------------------===//
// Variables
//===----------------------------------------------------------------------===//

using VariableShape = llvm::SmallVector<int64_t>;
VariableShape perOutput(mlir::Operation *layer);
VariableShape perInput(mlir::Operation *layer);
VariableShape perInputElement(mlir::Operation *layer);
/// Tables of look-ups have an entry for each of 11 bits.
VariableShape perTableEntry(mlir::Operation *layer);

namespace variables {
constexpr VariableInfo bias{"bias", ElementType::I8, perOutput};
constexpr VariableInfo biasShift{"bias_shift", ElementType::U8, perOutput};
constexpr VariableInfo inputShift{"input_shift", ElementType::U8, perInput};
constexpr VariableInfo maxValue{"max_value", ElementType::U8, perOutput, 127,
                                Presence::WithReLU};
constexpr VariableInfo maxValueShift{"max_value_shift", ElementType::U8,
                                     perOutput, 31, Presence::WithReLU};
constexpr VariableInfo activationScales{"activation_scales", ElementType::U8,
                                        perOutput, 1, Presence::WithLUT};
constexpr VariableInfo activationShift{"activation_shift", ElementType::I8,
                                       perOutput, 0, Presence::WithLUT};
constexpr VariableInfo lutValues{
    "lut_values",      ElementType::I32,   perTableEntry,    -1024,
    Presence::WithLUT, EngineLayout::Same, /*summaryRow=*/0, /*countsUp=*/true};
constexpr VariableInfo outputScales{"output_scales", ElementType::U8, perOutput,
                                    1};
constexpr VariableInfo outputShift{"output_shift", ElementType::I8, perOutput};
} // namespace variables

/// Extents of the input that the engine wants to be told: it calls the first
/// axis the width.
EngineParameters describeInput(mlir::Operation *layer);

/// A variable that multiplies inputs, as the engine's summary shows it.
constexpr VariableInfo makeWeights(VariableShape (*shape)(mlir::Operation *),
                                   EngineLayout layout = EngineLayout::Same,
                                   llvm::StringLiteral name = "weights") {
  return {name,   ElementType::I8, shape, 0, Presence::Always,
          layout, /*summaryRow=*/1};
}

/// Of 2.0's layers that multiply with weights; `input` is the variable that the
/// input has.
std::vector<VariableInfo> makeProductVariables(const VariableInfo &weights,
                                               const VariableInfo &input);

/// A variable's values as programs hold them.
std::vector<int32_t> readInts(mlir::Operation *layer,
                              const VariableInfo &variable);

/// Values `base << shift`, saturated to `bits` bits with a sign.
std::vector<int64_t> readShifted(mlir::Operation *layer,
                                 const VariableInfo &base,
                                 const VariableInfo &shift, int bits);

//===----------------------------------------------------------------------===//
// Types of results
//===----------------------------------------------------------------------===//

/// The type of an image that a layer makes of its operand 0; an error if it has
/// no cell.
mlir::FailureOr<mlir::RankedTensorType>
inferImage(const LayerInfo &info, llvm::StringRef name, mlir::Value input,
           std::array<int64_t, 2> extents, int64_t channels, mlir::Type element,
           std::optional<mlir::Location> location);

/// The same as a layer's inference of types; of 2.0's layers with output bits.
template <typename OpT, typename AdaptorT>
mlir::LogicalResult
inferResult(AdaptorT adaptor, std::array<int64_t, 2> extents, int64_t channels,
            mlir::Type element, std::optional<mlir::Location> location,
            llvm::SmallVectorImpl<mlir::Type> &types) {
  mlir::FailureOr<mlir::RankedTensorType> type = inferImage(
      OpT::getInfo(), adaptor.getLayerName(), adaptor.getOperands().front(),
      extents, channels, element, location);
  if (failed(type))
    return mlir::failure();
  types.push_back(*type);
  return mlir::success();
}

//===----------------------------------------------------------------------===//
// Windows
//===----------------------------------------------------------------------===//

/// The kernel and the pool of a convolution.
struct Windows {
  std::array<int64_t, 2> kernel, strides, pool, poolStrides;
  Padding padding;
  PoolType poolType;

  WindowExtents kernelOver(std::array<int64_t, 2> image) const {
    return {image, kernel, strides};
  }
  WindowExtents poolOver(std::array<int64_t, 2> image) const {
    return {image, pool, poolStrides};
  }
};

/// Of 2.0's convolutions, or their adaptors.
template <typename T>
Windows getSquareWindows(T op) {
  int64_t kernel = op.getKernelSize(), stride = op.getKernelStride();
  int64_t pool = op.getPoolSize(), poolStride = op.getPoolStride();
  if (poolStride == -1)
    poolStride = pool;
  return {{kernel, kernel},         {stride, stride}, {pool, pool},
          {poolStride, poolStride}, op.getPadding(),  op.getPoolType()};
}

/// Height and width after a convolution and its pool.
std::array<int64_t, 2> inferWindows(const Windows &windows, mlir::Value input);

/// Reports pools whose extents or strides fit neither them nor the type.
void checkPool(LayerChecker &checker, PoolType type,
               std::array<int64_t, 2> size, std::array<int64_t, 2> strides);

/// Reports images that no convolution of bytes takes.
void checkImageInput(LayerChecker &checker, mlir::Value input);

/// The window of a program, and the shape that it makes of an image.
qml::Window makeWindow(const WindowExtents &window, Padding padding);
Shape applyWindow(const qml::Window &window, const Shape &image,
                  int64_t channels);

int addMaxPool(LayerFlattener &to, const Windows &windows, int input);

//===----------------------------------------------------------------------===//
// What follows the sums of 2.0's layers
//===----------------------------------------------------------------------===//

/// The pool of a layer that has none, which transposed ones, dense ones and
/// those with memory are.
template <typename OpT, typename = void>
struct PoolOf {
  static std::optional<Windows> get(OpT) { return std::nullopt; }
};
template <typename OpT>
struct PoolOf<OpT, std::void_t<decltype(std::declval<OpT &>().getPoolSize())>> {
  static std::optional<Windows> get(OpT op) { return getSquareWindows(op); }
};

/// The parameters of the parts that such layers end with.
struct ScaleOut {
  Activation activation;
  int outputBits, postBits;
  std::optional<Windows> windows;
};
int addScaleOut(LayerFlattener &to, mlir::Operation *layer,
                const ScaleOut &parts, int sums);

/// Pool, activation and output.
template <typename OpT>
int finish(LayerFlattener &to, OpT op, int sums) {
  return addScaleOut(to, op,
                     {op.getActivation(), op.getOutputBits(),
                      op.getPostOpBufferBits(), PoolOf<OpT>::get(op)},
                     sums);
}

/// The bias with its shift, saturated to `bits` bits; none if there is none.
Constant makeBias(LayerFlattener &to, mlir::Operation *layer, int bits);

/// What bounds the sums of a layer, and shifts its inputs.
template <typename OpT>
AccumulatorRules makeAccumulator(OpT op, bool isConvolution = true) {
  AccumulatorRules rules = makeChipAccumulator(
      op.getBufferBits(), op.getPostOpBufferBits(), isConvolution);
  if (op.getInputShiftAttr())
    rules.inputShift = readInts(op, variables::inputShift);
  return rules;
}

} // namespace akida
} // namespace qml

#endif // QML_LIB_DIALECT_AKIDA_IR_LAYERS_LAYERPARTS_H
