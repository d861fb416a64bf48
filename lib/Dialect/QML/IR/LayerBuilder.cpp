//===- LayerBuilder.cpp - Making layers -----------------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What is wrong with a layer is found by its verifier alone: a shape that can't
// be inferred is replaced by the input's, for the verifier to say why.
//
//===----------------------------------------------------------------------===//

#include "qml/Dialect/QML/IR/LayerBuilder.h"

#include "qml/Dialect/QML/IR/ShapeInference.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Verifier.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Threading.h"

using namespace mlir;

namespace qml {

static bool arePositive(ArrayRef<int64_t> values) {
  return llvm::all_of(values, [](int64_t value) { return value > 0; });
}

/// Whether the result of a window over an image can be inferred.
static bool isWindow(ArrayRef<int64_t> image, ArrayRef<int64_t> kernel,
                     ArrayRef<int64_t> strides, ArrayRef<int64_t> dilations) {
  return image.size() == 4 && kernel.size() >= 2 && arePositive(kernel) &&
         arePositive(strides) && arePositive(dilations) &&
         arePositive(image.drop_front());
}

/// The shape of a window's result; the image's if there is none.
static SmallVector<int64_t>
getWindowShape(ArrayRef<int64_t> image, ArrayRef<int64_t> kernel,
               ArrayRef<int64_t> strides, ArrayRef<int64_t> dilations,
               PaddingAttr padding, int64_t channels) {
  if (isWindow(image, kernel, strides, dilations)) {
    auto shape = inferWindowShape(image, kernel, strides, dilations, padding,
                                  channels, /*emitError=*/nullptr);
    if (succeeded(shape))
      return *shape;
  }
  return llvm::to_vector(image);
}

/// The padding of a window, by its name if it has one.
static PaddingAttr getPadding(MLIRContext *context,
                              const WindowPadding &padding,
                              ArrayRef<int64_t> image, ArrayRef<int64_t> kernel,
                              ArrayRef<int64_t> strides,
                              ArrayRef<int64_t> dilations) {
  PaddingAttr attribute = padding.getAttr(context);
  if (!isWindow(image, kernel, strides, dilations))
    return attribute;
  return nameIfSame(attribute, image, kernel, strides, dilations);
}

WindowPadding::WindowPadding(PaddingAttr padding) : rule(padding.getMode()) {
  if (rule == Padding::Explicit)
    llvm::copy(padding.getPads(), sides.begin());
}

PaddingAttr WindowPadding::getAttr(MLIRContext *context) const {
  if (rule == Padding::Explicit)
    return PaddingAttr::get(context, sides);
  return PaddingAttr::get(context, rule);
}

template <typename OpT>
static ConvOptions getOptions(OpT conv) {
  ConvOptions options;
  llvm::copy(conv.getStrides(), options.strides.begin());
  llvm::copy(conv.getDilations(), options.dilations.begin());
  options.padding = conv.getPadding();
  options.activation.function = conv.getActivation();
  return options;
}

ConvOptions getConvOptions(Conv2DOp conv) {
  ConvOptions options = getOptions(conv);
  options.groups = conv.getGroups();
  if (std::optional<llvm::ArrayRef<double>> value = conv.getPaddingValue())
    options.paddingValue.assign(value->begin(), value->end());
  return options;
}

ConvOptions getConvOptions(DepthwiseConv2DOp conv) { return getOptions(conv); }

ConvOptions getConvOptions(SeparableConv2DOp conv) { return getOptions(conv); }

void setSourceClass(Operation *layer, StringRef name) {
  auto op = cast<LayerOpInterface>(layer);
  if (!name.empty() && op.getClassName() != name)
    layer->setAttr("source_class", StringAttr::get(layer->getContext(), name));
}

//===----------------------------------------------------------------------===//
// The builder
//===----------------------------------------------------------------------===//

LayerBuilder::LayerBuilder(OpBuilder &builder, Location loc, const Twine &name)
    : builder(builder), loc(loc), name(name.str()),
      report([loc, layer = name.str()] {
        return emitError(loc) << "layer '" << layer << "': ";
      }) {}

LayerBuilder::LayerBuilder(OpBuilder &builder, Location loc, const Twine &name,
                           StringRef sourceClass, Report report)
    : builder(builder), loc(loc), name(name.str()), sourceClass(sourceClass),
      report(std::move(report)) {}

LayerBuilder LayerBuilder::makePart(StringRef suffix) const {
  return LayerBuilder(builder, loc, name + "_" + suffix, /*sourceClass=*/"",
                      report);
}

/// "has no bias" becomes "it has no bias", "operand #0 must be ..." becomes
/// "its operand #0 must be ...".
static StringRef findSubject(StringRef predicate) {
  StringRef word = predicate.split(' ').first;
  if (word.ends_with("s") || word.ends_with("n't"))
    return "it ";
  if (word == "operand" || word == "attribute" || word == "result")
    return "its ";
  return "";
}

LogicalResult LayerBuilder::check(Operation *layer) const {
  std::string problem;
  {
    // Other threads may report problems of their own meanwhile.
    uint64_t thread = llvm::get_threadid();
    ScopedDiagnosticHandler handler(
        layer->getContext(), [&](Diagnostic &diagnostic) {
          if (llvm::get_threadid() != thread)
            return failure();
          if (problem.empty() &&
              diagnostic.getSeverity() == DiagnosticSeverity::Error)
            problem = diagnostic.str();
          return success();
        });
    if (succeeded(verify(layer, /*verifyRecursively=*/false)))
      return success();
  }
  StringRef text = problem;
  text.consume_front(("'" + layer->getName().getStringRef() + "' op ").str());
  report() << findSubject(text) << text;
  return failure();
}

template <typename OpT>
FailureOr<Value>
LayerBuilder::make(ArrayRef<int64_t> shape, ValueRange operands,
                   function_ref<void(OpT)> fill, TypeRange moreResults) {
  OperationState state(loc, OpT::getOperationName());
  state.addOperands(operands);
  state.addTypes(RankedTensorType::get(shape, builder.getF32Type()));
  state.addTypes(moreResults);
  // Not inserted before it is known to be sound, so that nothing has to be
  // taken out again that a rewriter has heard of.
  Operation *layer = Operation::create(state);
  auto op = cast<OpT>(layer);
  op.setLayerName(name);
  fill(op);
  setSourceClass(layer, sourceClass);
  if (failed(check(layer))) {
    layer->destroy();
    return failure();
  }
  builder.insert(layer);
  return layer->getResult(0);
}

ActivationAttr
LayerBuilder::getOwnActivation(const LayerActivation &activation) {
  if (!activation.function || activation.isOwnLayer())
    return {};
  return ActivationAttr::get(builder.getContext(), *activation.function);
}

FailureOr<Value>
LayerBuilder::finishActivation(FailureOr<Value> result,
                               const LayerActivation &activation) {
  if (failed(result) || !activation.isOwnLayer())
    return result;
  return makePart("activ").makeActivation(*result, activation);
}

FailureOr<Value>
LayerBuilder::makeActivation(Value input, const LayerActivation &activation) {
  if (activation.function == Activation::ReLU)
    return makeReLU(input, activation.maxValue);
  return makeActivation(input, *activation.function, activation.alpha);
}

//===----------------------------------------------------------------------===//
// Layers with weights
//===----------------------------------------------------------------------===//

template <typename OpT>
FailureOr<Value> LayerBuilder::makeConv(Value input, ElementsAttr windowKernel,
                                        int64_t channels, ElementsAttr bias,
                                        const ConvOptions &options,
                                        function_ref<void(OpT)> fill) {
  ArrayRef<int64_t> image = getShape(input), kernel = getShape(windowKernel);
  PaddingAttr padding = getPadding(builder.getContext(), options.padding, image,
                                   kernel, options.strides, options.dilations);
  auto result =
      make<OpT>(getWindowShape(image, kernel, options.strides,
                               options.dilations, padding, channels),
                input, [&](OpT op) {
                  op.setBiasAttr(bias);
                  op.setStrides(options.strides);
                  op.setDilations(options.dilations);
                  op.setPaddingAttr(padding);
                  op.setActivationAttr(getOwnActivation(options.activation));
                  fill(op);
                });
  return finishActivation(result, options.activation);
}

FailureOr<Value> LayerBuilder::makeConv2D(Value input, ElementsAttr kernel,
                                          ElementsAttr bias,
                                          const ConvOptions &options) {
  return makeConv<Conv2DOp>(input, kernel, getShape(kernel).back(), bias,
                            options, [&](Conv2DOp op) {
                              op.setKernelAttr(kernel);
                              op.setGroups(options.groups);
                              if (!options.paddingValue.empty())
                                op.setPaddingValue(options.paddingValue);
                            });
}

FailureOr<Value> LayerBuilder::makeDepthwiseConv2D(Value input,
                                                   ElementsAttr kernel,
                                                   ElementsAttr bias,
                                                   const ConvOptions &options) {
  return makeConv<DepthwiseConv2DOp>(
      input, kernel, getNumChannels(input), bias, options,
      [&](DepthwiseConv2DOp op) { op.setKernelAttr(kernel); });
}

FailureOr<Value> LayerBuilder::makeSeparableConv2D(Value input,
                                                   ElementsAttr depthwiseKernel,
                                                   ElementsAttr pointwiseKernel,
                                                   ElementsAttr bias,
                                                   const ConvOptions &options) {
  return makeConv<SeparableConv2DOp>(
      input, depthwiseKernel, getShape(pointwiseKernel).back(), bias, options,
      [&](SeparableConv2DOp op) {
        op.setDepthwiseKernelAttr(depthwiseKernel);
        op.setPointwiseKernelAttr(pointwiseKernel);
      });
}

template <typename OpT>
FailureOr<Value>
LayerBuilder::makeTransposed(Value input, ElementsAttr kernel, int64_t channels,
                             ElementsAttr bias,
                             const ConvTransposeOptions &options) {
  ArrayRef<int64_t> image = getShape(input), window = getShape(kernel);
  PaddingAttr padding = options.padding.getAttr(builder.getContext());
  SmallVector<int64_t> shape(image);
  if (isWindow(image, window, options.strides, options.dilations)) {
    shape.back() = channels;
    for (int axis = 0; axis != 2; ++axis) {
      std::optional<int64_t> extra;
      if (options.outputPadding)
        extra = (*options.outputPadding)[axis];
      // Of one that is cut off the operation says what is wrong.
      int64_t extent =
          inferTransposedExtent(axis, image[axis + 1], window[axis],
                                options.strides[axis], options.dilations[axis],
                                padding, extra)
              .extent;
      shape[axis + 1] = std::max<int64_t>(extent, 1);
    }
  }
  auto result = make<OpT>(shape, input, [&](OpT op) {
    op.setKernelAttr(kernel);
    op.setBiasAttr(bias);
    op.setStrides(options.strides);
    op.setDilations(options.dilations);
    op.setPaddingAttr(padding);
    if (options.outputPadding)
      op.setOutputPadding(*options.outputPadding);
    op.setActivationAttr(getOwnActivation(options.activation));
  });
  return finishActivation(result, options.activation);
}

FailureOr<Value>
LayerBuilder::makeConv2DTranspose(Value input, ElementsAttr kernel,
                                  ElementsAttr bias,
                                  const ConvTransposeOptions &options) {
  return makeTransposed<Conv2DTransposeOp>(
      input, kernel, getShape(kernel).back(), bias, options);
}

FailureOr<Value> LayerBuilder::makeDepthwiseConv2DTranspose(
    Value input, ElementsAttr kernel, ElementsAttr bias,
    const ConvTransposeOptions &options) {
  return makeTransposed<DepthwiseConv2DTransposeOp>(
      input, kernel, getNumChannels(input), bias, options);
}

template <typename OpT>
FailureOr<Value> LayerBuilder::makeTemporal(Value input, ElementsAttr kernel,
                                            int64_t channels,
                                            ElementsAttr bias) {
  ArrayRef<int64_t> image = getShape(input);
  auto network = cast<func::FuncOp>(builder.getInsertionBlock()->getParentOp());
  // Other shapes than an image are for the verifier to tell.
  SmallVector<int64_t> memory(image), shape(image);
  memory.front() = 1;
  memory.insert(memory.end() - 1, getShape(kernel).front());
  shape.back() = channels;
  auto type = RankedTensorType::get(memory, builder.getF32Type());
  unsigned argument = network.getNumArguments();
  if (failed(network.insertArgument(
          argument, type,
          builder.getDictionaryAttr(
              builder.getNamedAttr(stateAttrName, builder.getStringAttr(name))),
          loc)))
    return failure();
  auto result = make<OpT>(
      shape, {input, network.getArgument(argument)},
      [&](OpT op) {
        op.setKernelAttr(kernel);
        op.setBiasAttr(bias);
      },
      type);
  if (failed(result))
    (void)network.eraseArgument(argument);
  return result;
}

FailureOr<Value> LayerBuilder::makeBufferTempConv(Value input,
                                                  ElementsAttr kernel,
                                                  ElementsAttr bias) {
  return makeTemporal<BufferTempConvOp>(input, kernel, getShape(kernel).back(),
                                        bias);
}

FailureOr<Value> LayerBuilder::makeDepthwiseBufferTempConv(Value input,
                                                           ElementsAttr kernel,
                                                           ElementsAttr bias) {
  return makeTemporal<DepthwiseBufferTempConvOp>(input, kernel,
                                                 getNumChannels(input), bias);
}

FailureOr<Value> LayerBuilder::makeDense(Value input, ElementsAttr kernel,
                                         ElementsAttr bias,
                                         const LayerActivation &activation) {
  auto result =
      make<DenseOp>(inferDenseShape(getShape(input), getShape(kernel).back()),
                    input, [&](DenseOp op) {
                      op.setKernelAttr(kernel);
                      op.setBiasAttr(bias);
                      op.setActivationAttr(getOwnActivation(activation));
                    });
  return finishActivation(result, activation);
}

FailureOr<Value>
LayerBuilder::makeStatefulProjection(Value input, ElementsAttr kernel,
                                     ElementsAttr bias, int64_t subsample,
                                     const LayerActivation &activation) {
  SmallVector<int64_t> shape =
      inferDenseShape(getShape(input), getShape(kernel).back());
  // Others are for the verifier to tell.
  if (shape.size() == 3 && subsample > 0 && shape[1] % subsample == 0)
    shape[1] /= subsample;
  auto result =
      make<StatefulProjectionOp>(shape, input, [&](StatefulProjectionOp op) {
        op.setKernelAttr(kernel);
        op.setBiasAttr(bias);
        op.setSubsample(subsample);
        op.setActivationAttr(getOwnActivation(activation));
      });
  return finishActivation(result, activation);
}

FailureOr<Value> LayerBuilder::makeStatefulRecurrent(Value input,
                                                     ElementsAttr real,
                                                     ElementsAttr imag) {
  SmallVector<int64_t> shape(getShape(input));
  shape.push_back(2);
  return make<StatefulRecurrentOp>(shape, input, [&](StatefulRecurrentOp op) {
    op.setARealAttr(real);
    op.setAImagAttr(imag);
  });
}

FailureOr<Value> LayerBuilder::makePicoPostProcessing(Value prediction,
                                                      Value truth,
                                                      double threshold) {
  SmallVector<int64_t> shape(getShape(prediction));
  if (shape.size() > 1)
    shape.erase(shape.begin() + 1);
  return make<PicoPostProcessingOp>(
      shape, {prediction, truth}, [&](PicoPostProcessingOp op) {
        op.setThresholdAttr(builder.getF64FloatAttr(threshold));
      });
}

FailureOr<Value> LayerBuilder::makeBatchNorm(Value input,
                                             const BatchNormWeights &weights,
                                             double epsilon) {
  int64_t channels = getNumChannels(input);
  auto orConstant = [&](ElementsAttr values, StringRef what, float constant) {
    if (values)
      return values;
    return makeElements(RankedTensorType::get(channels, builder.getF32Type()),
                        (name + "_" + what).str(),
                        std::vector<float>(size_t(channels), constant));
  };
  ElementsAttr gamma = orConstant(weights.gamma, "gamma", 1.0f);
  ElementsAttr beta = orConstant(weights.beta, "beta", 0.0f);
  return make<BatchNormOp>(getShape(input), input, [&](BatchNormOp op) {
    op.setGammaAttr(gamma);
    op.setBetaAttr(beta);
    op.setMeanAttr(weights.mean);
    op.setVarianceAttr(weights.variance);
    op.setEpsilonAttr(builder.getF32FloatAttr(float(epsilon)));
    op.setHasGamma(bool(weights.gamma));
    op.setHasBeta(bool(weights.beta));
  });
}

//===----------------------------------------------------------------------===//
// Layers without weights
//===----------------------------------------------------------------------===//

FailureOr<Value> LayerBuilder::makeRescaling(Value input,
                                             ArrayRef<double> scale,
                                             ArrayRef<double> offset) {
  return make<RescalingOp>(getShape(input), input, [&](RescalingOp op) {
    op.setScale(scale);
    op.setOffset(offset);
  });
}

FailureOr<Value> LayerBuilder::makeReLU(Value input,
                                        std::optional<double> maxValue) {
  return make<ReLUOp>(getShape(input), input, [&](ReLUOp op) {
    if (maxValue)
      op.setMaxValueAttr(builder.getF32FloatAttr(float(*maxValue)));
  });
}

FailureOr<Value> LayerBuilder::makeSoftmax(Value input) {
  return make<SoftmaxOp>(getShape(input), input, [](SoftmaxOp) {});
}

FailureOr<Value> LayerBuilder::makeLogSoftmax(Value input) {
  return make<LogSoftmaxOp>(getShape(input), input, [](LogSoftmaxOp) {});
}

FailureOr<Value> LayerBuilder::makeActivation(Value input, Activation function,
                                              std::optional<double> alpha) {
  if (function == Activation::ReLU)
    return makeReLU(input);
  if (function == Activation::Softmax)
    return makeSoftmax(input);
  if (function == Activation::LogSoftmax)
    return makeLogSoftmax(input);
  return make<ActivationOp>(getShape(input), input, [&](ActivationOp op) {
    op.setFunction(function);
    if (alpha)
      op.setAlphaAttr(builder.getF32FloatAttr(float(*alpha)));
  });
}

FailureOr<Value> LayerBuilder::makeAdd(Value lhs, Value rhs, bool average) {
  return make<AddOp>(getShape(lhs), {lhs, rhs},
                     [&](AddOp op) { op.setAverage(average); });
}

FailureOr<Value> LayerBuilder::makeMultiply(Value lhs, Value rhs) {
  // The vector of the two has one channel for each of the other's.
  bool isLarger = getNumElementsPerSample(getShape(rhs)) >
                  getNumElementsPerSample(getShape(lhs));
  return make<MultiplyOp>(getShape(isLarger ? rhs : lhs), {lhs, rhs},
                          [](MultiplyOp) {});
}

FailureOr<Value> LayerBuilder::makeConcatenate(ValueRange inputs) {
  SmallVector<int64_t> shape(getShape(inputs.front()));
  for (Value input : inputs.drop_front())
    shape.back() += getNumChannels(input);
  return make<ConcatenateOp>(shape, inputs, [](ConcatenateOp) {});
}

template <typename OpT>
FailureOr<Value> LayerBuilder::makePool(Value input,
                                        const PoolOptions &options) {
  ArrayRef<int64_t> image = getShape(input);
  PaddingAttr padding = getPadding(builder.getContext(), options.padding, image,
                                   options.size, options.strides, {1, 1});
  return make<OpT>(getWindowShape(image, options.size, options.strides, {1, 1},
                                  padding, getNumChannels(input)),
                   input, [&](OpT op) {
                     op.setPoolSize(options.size);
                     op.setStrides(options.strides);
                     op.setPaddingAttr(padding);
                   });
}

FailureOr<Value> LayerBuilder::makeMaxPool2D(Value input,
                                             const PoolOptions &options) {
  return makePool<MaxPool2DOp>(input, options);
}

FailureOr<Value> LayerBuilder::makeAveragePool2D(Value input,
                                                 const PoolOptions &options) {
  return makePool<AveragePool2DOp>(input, options);
}

FailureOr<Value> LayerBuilder::makeGlobalAveragePool2D(Value input,
                                                       bool keepDims) {
  ArrayRef<int64_t> image = getShape(input);
  return make<GlobalAveragePool2DOp>(
      image.size() == 4 ? inferGlobalPoolShape(image, keepDims)
                        : llvm::to_vector(image),
      input, [&](GlobalAveragePool2DOp op) { op.setKeepDims(keepDims); });
}

FailureOr<Value> LayerBuilder::makeFlatten(Value input) {
  return make<FlattenOp>(inferFlattenShape(getShape(input)), input,
                         [](FlattenOp) {});
}

FailureOr<Value> LayerBuilder::makeReshape(Value input,
                                           ArrayRef<int64_t> shape) {
  SmallVector<int64_t> whole = {getShape(input).front()};
  whole.append(shape.begin(), shape.end());
  return make<ReshapeOp>(whole, input, [](ReshapeOp) {});
}

FailureOr<Value> LayerBuilder::makePermute(Value input,
                                           ArrayRef<int64_t> axes) {
  ArrayRef<int64_t> image = getShape(input);
  SmallVector<int64_t> all = {0}, shape = {image.front()};
  for (int64_t axis : axes) {
    all.push_back(axis + 1);
    // What is wrong with axes is said by the operation.
    bool isAxis = axis >= 0 && axis + 1 < static_cast<int64_t>(image.size());
    shape.push_back(isAxis ? image[axis + 1] : 1);
  }
  return make<PermuteOp>(shape, input, [&](PermuteOp op) { op.setAxes(all); });
}

template <typename OpT>
FailureOr<Value> LayerBuilder::makePadding(Value input,
                                           const WindowPadding::Sides &pads) {
  SmallVector<int64_t> shape(getShape(input));
  if (shape.size() == 4) {
    shape[1] = std::max<int64_t>(shape[1] + pads[0] + pads[1], 1);
    shape[2] = std::max<int64_t>(shape[2] + pads[2] + pads[3], 1);
  }
  return make<OpT>(shape, input, [&](OpT op) { op.setPads(pads); });
}

FailureOr<Value>
LayerBuilder::makeZeroPadding2D(Value input, const WindowPadding::Sides &pads) {
  return makePadding<ZeroPadding2DOp>(input, pads);
}

FailureOr<Value>
LayerBuilder::makeEdgePadding2D(Value input, const WindowPadding::Sides &pads) {
  return makePadding<EdgePadding2DOp>(input, pads);
}

FailureOr<Value>
LayerBuilder::makeCropping2D(Value input, const WindowPadding::Sides &crops) {
  SmallVector<int64_t> shape(getShape(input));
  if (shape.size() == 4) {
    shape[1] = std::max<int64_t>(shape[1] - crops[0] - crops[1], 1);
    shape[2] = std::max<int64_t>(shape[2] - crops[2] - crops[3], 1);
  }
  return make<Cropping2DOp>(shape, input,
                            [&](Cropping2DOp op) { op.setCrops(crops); });
}

FailureOr<Value> LayerBuilder::makeUpSampling2D(Value input,
                                                ArrayRef<int64_t> size) {
  SmallVector<int64_t> shape(getShape(input));
  if (shape.size() == 4) {
    shape[1] *= std::max<int64_t>(size[0], 1);
    shape[2] *= std::max<int64_t>(size[1], 1);
  }
  return make<UpSampling2DOp>(shape, input,
                              [&](UpSampling2DOp op) { op.setSize(size); });
}

FailureOr<Value> LayerBuilder::makeExtractToken(Value input, int64_t token,
                                                int64_t axis) {
  SmallVector<int64_t> shape(getShape(input));
  if (axis > 0 && axis < int64_t(shape.size()))
    shape.erase(shape.begin() + axis);
  return make<ExtractTokenOp>(shape, input, [&](ExtractTokenOp op) {
    op.setToken(token);
    op.setAxis(axis);
  });
}

FailureOr<Value> LayerBuilder::makeDropout(Value input, double rate) {
  return make<DropoutOp>(getShape(input), input, [&](DropoutOp op) {
    op.setRateAttr(builder.getF32FloatAttr(float(rate)));
  });
}

} // namespace qml
