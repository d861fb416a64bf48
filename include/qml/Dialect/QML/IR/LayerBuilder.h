//===- LayerBuilder.h - Making layers ---------------------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The few functions by which importers and passes make float layers. Each
// infers the type of the result, has the operation verified before it is
// inserted, and tells what is wrong in words that name the layer.
//
//===----------------------------------------------------------------------===//

#ifndef QML_DIALECT_QML_IR_LAYERBUILDER_H
#define QML_DIALECT_QML_IR_LAYERBUILDER_H

#include "mlir/IR/Builders.h"
#include "mlir/IR/Diagnostics.h"
#include "qml/Dialect/QML/IR/QMLOps.h"

#include <array>
#include <functional>
#include <optional>
#include <string>

namespace qml {

/// Cells around an image that windows may cover: those of a rule, or so many on
/// each side.
class WindowPadding {
public:
  /// Top, bottom, left, right.
  using Sides = std::array<int64_t, 4>;

  WindowPadding(Padding rule = Padding::Valid) : rule(rule) {}
  WindowPadding(const Sides &sides) : rule(Padding::Explicit), sides(sides) {}
  WindowPadding(PaddingAttr padding);

  /// The attribute; without a name of its own for what a rule gives.
  PaddingAttr getAttr(mlir::MLIRContext *context) const;

private:
  Padding rule;
  Sides sides = {};
};

/// What a layer applies to its result.
struct LayerActivation {
  std::optional<Activation> function;
  /// Of a ReLU, and of a leaky one. With either it becomes a layer of its own,
  /// "<layer>_activ".
  std::optional<double> maxValue;
  std::optional<double> alpha = std::nullopt;

  bool isOwnLayer() const { return maxValue || alpha; }
};

/// How a convolution goes over its image.
struct ConvOptions {
  std::array<int64_t, 2> strides = {1, 1};
  std::array<int64_t, 2> dilations = {1, 1};
  int64_t groups = 1;
  WindowPadding padding;
  /// What padded cells hold, one value or one per channel; empty for zeros.
  /// Full convolutions alone have it.
  std::vector<double> paddingValue;
  LayerActivation activation;
};

/// The options of a convolution that is there.
ConvOptions getConvOptions(Conv2DOp conv);
ConvOptions getConvOptions(DepthwiseConv2DOp conv);
ConvOptions getConvOptions(SeparableConv2DOp conv);

/// How a transposed convolution spreads its image.
struct ConvTransposeOptions {
  std::array<int64_t, 2> strides = {1, 1};
  std::array<int64_t, 2> dilations = {1, 1};
  WindowPadding padding;
  std::optional<std::array<int64_t, 2>> outputPadding;
  LayerActivation activation;
};

struct PoolOptions {
  std::array<int64_t, 2> size = {2, 2};
  std::array<int64_t, 2> strides = {2, 2};
  WindowPadding padding;
};

/// One value per channel each; null for a gamma of one and a beta of zero.
struct BatchNormWeights {
  mlir::ElementsAttr gamma;
  mlir::ElementsAttr beta;
  mlir::ElementsAttr mean;
  mlir::ElementsAttr variance;
};

/// Marks an operation with the class that its layer has in the source model, if
/// that differs from the operation's own.
void setSourceClass(mlir::Operation *layer, llvm::StringRef name);

/// Makes the operations of one layer.
class LayerBuilder {
public:
  /// Starts the report of a problem with the layer.
  using Report = std::function<mlir::InFlightDiagnostic()>;

  /// Problems are reported at `loc`, as "layer 'name': ...".
  LayerBuilder(mlir::OpBuilder &builder, mlir::Location loc,
               const llvm::Twine &name);
  /// `sourceClass` is the layer's class in the source model.
  LayerBuilder(mlir::OpBuilder &builder, mlir::Location loc,
               const llvm::Twine &name, llvm::StringRef sourceClass,
               Report report);

  /// Makes a layer that the source model does not have, "<layer>_<suffix>".
  LayerBuilder makePart(llvm::StringRef suffix) const;

  mlir::FailureOr<mlir::Value> makeConv2D(mlir::Value input,
                                          mlir::ElementsAttr kernel,
                                          mlir::ElementsAttr bias,
                                          const ConvOptions &options);
  mlir::FailureOr<mlir::Value> makeDepthwiseConv2D(mlir::Value input,
                                                   mlir::ElementsAttr kernel,
                                                   mlir::ElementsAttr bias,
                                                   const ConvOptions &options);
  mlir::FailureOr<mlir::Value>
  makeSeparableConv2D(mlir::Value input, mlir::ElementsAttr depthwiseKernel,
                      mlir::ElementsAttr pointwiseKernel,
                      mlir::ElementsAttr bias, const ConvOptions &options);
  /// Kernel (h, w, in, out), or (h, w, channels, 1) of a depthwise one.
  mlir::FailureOr<mlir::Value>
  makeConv2DTranspose(mlir::Value input, mlir::ElementsAttr kernel,
                      mlir::ElementsAttr bias,
                      const ConvTransposeOptions &options);
  mlir::FailureOr<mlir::Value>
  makeDepthwiseConv2DTranspose(mlir::Value input, mlir::ElementsAttr kernel,
                               mlir::ElementsAttr bias,
                               const ConvTransposeOptions &options);
  mlir::FailureOr<mlir::Value>
  makeDense(mlir::Value input, mlir::ElementsAttr kernel,
            mlir::ElementsAttr bias, const LayerActivation &activation = {});

  /// Kernel (T, in, out), or (T, channels) of a depthwise one. The memory
  /// becomes an argument of the network; `returnStates` has to be called in the
  /// end.
  mlir::FailureOr<mlir::Value> makeBufferTempConv(mlir::Value input,
                                                  mlir::ElementsAttr kernel,
                                                  mlir::ElementsAttr bias);
  mlir::FailureOr<mlir::Value>
  makeDepthwiseBufferTempConv(mlir::Value input, mlir::ElementsAttr kernel,
                              mlir::ElementsAttr bias);

  /// A dense layer of each `subsample`-th step.
  mlir::FailureOr<mlir::Value>
  makeStatefulProjection(mlir::Value input, mlir::ElementsAttr kernel,
                         mlir::ElementsAttr bias, int64_t subsample,
                         const LayerActivation &activation = {});
  mlir::FailureOr<mlir::Value> makeStatefulRecurrent(mlir::Value input,
                                                     mlir::ElementsAttr real,
                                                     mlir::ElementsAttr imag);
  mlir::FailureOr<mlir::Value> makePicoPostProcessing(mlir::Value prediction,
                                                      mlir::Value truth,
                                                      double threshold);

  mlir::FailureOr<mlir::Value> makeBatchNorm(mlir::Value input,
                                             const BatchNormWeights &weights,
                                             double epsilon);
  mlir::FailureOr<mlir::Value> makeRescaling(mlir::Value input,
                                             llvm::ArrayRef<double> scale,
                                             llvm::ArrayRef<double> offset);

  mlir::FailureOr<mlir::Value>
  makeReLU(mlir::Value input, std::optional<double> maxValue = std::nullopt);
  mlir::FailureOr<mlir::Value> makeSoftmax(mlir::Value input);
  mlir::FailureOr<mlir::Value> makeLogSoftmax(mlir::Value input);
  /// The layer of a function, of which there is one.
  mlir::FailureOr<mlir::Value>
  makeActivation(mlir::Value input, const LayerActivation &activation);
  /// Any function; `alpha` is of those that have one.
  mlir::FailureOr<mlir::Value>
  makeActivation(mlir::Value input, Activation function,
                 std::optional<double> alpha = std::nullopt);
  /// With `average` the mean.
  mlir::FailureOr<mlir::Value> makeAdd(mlir::Value lhs, mlir::Value rhs,
                                       bool average = false);
  mlir::FailureOr<mlir::Value> makeMultiply(mlir::Value lhs, mlir::Value rhs);
  /// Along the last axis; there is at least one input.
  mlir::FailureOr<mlir::Value> makeConcatenate(mlir::ValueRange inputs);

  mlir::FailureOr<mlir::Value> makeMaxPool2D(mlir::Value input,
                                             const PoolOptions &options);
  mlir::FailureOr<mlir::Value> makeAveragePool2D(mlir::Value input,
                                                 const PoolOptions &options);
  mlir::FailureOr<mlir::Value> makeGlobalAveragePool2D(mlir::Value input,
                                                       bool keepDims);

  mlir::FailureOr<mlir::Value> makeFlatten(mlir::Value input);
  /// `shape` is without the batch.
  mlir::FailureOr<mlir::Value> makeReshape(mlir::Value input,
                                           llvm::ArrayRef<int64_t> shape);
  /// `axes` of the result are axes of the input, both without the batch.
  mlir::FailureOr<mlir::Value> makePermute(mlir::Value input,
                                           llvm::ArrayRef<int64_t> axes);
  /// `axis` is one of the input's, with the batch.
  mlir::FailureOr<mlir::Value> makeExtractToken(mlir::Value input,
                                                int64_t token, int64_t axis);
  mlir::FailureOr<mlir::Value>
  makeZeroPadding2D(mlir::Value input, const WindowPadding::Sides &pads);
  mlir::FailureOr<mlir::Value>
  makeEdgePadding2D(mlir::Value input, const WindowPadding::Sides &pads);
  mlir::FailureOr<mlir::Value>
  makeCropping2D(mlir::Value input, const WindowPadding::Sides &crops);
  /// Each row `size[0]` times, each column `size[1]` times.
  mlir::FailureOr<mlir::Value> makeUpSampling2D(mlir::Value input,
                                                llvm::ArrayRef<int64_t> size);
  /// A layer that does nothing in inference.
  mlir::FailureOr<mlir::Value> makeDropout(mlir::Value input, double rate);

private:
  /// An operation of the layer's name with the attributes that `fill` sets,
  /// verified and inserted.
  template <typename OpT>
  mlir::FailureOr<mlir::Value>
  make(llvm::ArrayRef<int64_t> shape, mlir::ValueRange operands,
       llvm::function_ref<void(OpT)> fill, mlir::TypeRange moreResults = {});
  mlir::LogicalResult check(mlir::Operation *layer) const;

  /// A layer that computes nothing else.
  template <typename OpT>
  mlir::FailureOr<mlir::Value> makePadding(mlir::Value input,
                                           const WindowPadding::Sides &pads);

  template <typename OpT>
  mlir::FailureOr<mlir::Value> makePool(mlir::Value input,
                                        const PoolOptions &options);

  /// A convolution.
  template <typename OpT>
  mlir::FailureOr<mlir::Value>
  makeConv(mlir::Value input, mlir::ElementsAttr windowKernel, int64_t channels,
           mlir::ElementsAttr bias, const ConvOptions &options,
           llvm::function_ref<void(OpT)> fill);

  template <typename OpT>
  mlir::FailureOr<mlir::Value>
  makeTemporal(mlir::Value input, mlir::ElementsAttr kernel, int64_t channels,
               mlir::ElementsAttr bias);

  /// A transposed convolution.
  template <typename OpT>
  mlir::FailureOr<mlir::Value>
  makeTransposed(mlir::Value input, mlir::ElementsAttr kernel, int64_t channels,
                 mlir::ElementsAttr bias, const ConvTransposeOptions &options);

  /// The attribute for what the operation itself can apply.
  ActivationAttr getOwnActivation(const LayerActivation &activation);
  /// Adds the layer for what it can't.
  mlir::FailureOr<mlir::Value>
  finishActivation(mlir::FailureOr<mlir::Value> result,
                   const LayerActivation &activation);

  mlir::OpBuilder &builder;
  mlir::Location loc;
  std::string name;
  std::string sourceClass;
  Report report;
};

} // namespace qml

#endif // QML_DIALECT_QML_IR_LAYERBUILDER_H
