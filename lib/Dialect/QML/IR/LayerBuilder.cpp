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

#include "mlir/IR/Verifier.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Threading.h"

using namespace mlir;

namespace qml {

static ArrayRef<int64_t> getShape(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape();
}

static ArrayRef<int64_t> getShape(ElementsAttr elements) {
  return cast<ShapedType>(elements.getType()).getShape();
}

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
static SmallVector<int64_t> getWindowShape(ArrayRef<int64_t> image,
                                           ArrayRef<int64_t> kernel,
                                           ArrayRef<int64_t> strides,
                                           ArrayRef<int64_t> dilations,
                                           Padding padding, int64_t channels) {
  if (isWindow(image, kernel, strides, dilations)) {
    auto shape = inferWindowShape(image, kernel, strides, dilations, padding,
                                  channels, /*emitError=*/nullptr);
    if (succeeded(shape))
      return *shape;
  }
  return llvm::to_vector(image);
}

std::optional<Padding>
WindowPadding::findRule(ArrayRef<int64_t> image, ArrayRef<int64_t> kernel,
                        ArrayRef<int64_t> strides,
                        ArrayRef<int64_t> dilations) const {
  if (rule)
    return rule;
  if (sides == Sides{})
    return Padding::Valid;
  if (!isWindow(image, kernel, strides, dilations))
    return std::nullopt;
  for (int axis = 0; axis != 2; ++axis) {
    Pads same = inferPads(image[axis + 1], kernel[axis], strides[axis],
                          dilations[axis], Padding::Same);
    if (same.before != sides[2 * axis] || same.after != sides[2 * axis + 1])
      return std::nullopt;
  }
  return Padding::Same;
}

void setSourceClass(Operation *layer, StringRef name) {
  if (!name.empty() && cast<LayerOpInterface>(layer).getSourceClass() != name)
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

RankedTensorType LayerBuilder::makeType(ArrayRef<int64_t> shape) const {
  return RankedTensorType::get(shape, builder.getF32Type());
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

FailureOr<Value>
LayerBuilder::insert(function_ref<Operation *(OpBuilder &)> build) {
  // Not inserted before it is known to be sound, so that nothing has to be
  // taken out again that a rewriter has heard of.
  OpBuilder detached(builder.getContext());
  Operation *layer = build(detached);
  setSourceClass(layer, sourceClass);
  if (failed(check(layer))) {
    layer->destroy();
    return failure();
  }
  builder.insert(layer);
  return layer->getResult(0);
}

ActivationAttr LayerBuilder::makeActivation(const LayerActivation &activation) {
  if (!activation.function || activation.maxValue)
    return {};
  return ActivationAttr::get(builder.getContext(), *activation.function);
}

FailureOr<Value>
LayerBuilder::finishActivation(FailureOr<Value> result,
                               const LayerActivation &activation) {
  if (failed(result) || !activation.maxValue)
    return result;
  return makePart("activ").makeReLU(*result, activation.maxValue);
}

FailureOr<Padding> LayerBuilder::resolvePadding(Value &input,
                                                ElementsAttr kernel,
                                                const ConvOptions &options) {
  std::optional<Padding> rule = options.padding.findRule(
      getShape(input), getShape(kernel), options.strides, options.dilations);
  if (rule)
    return *rule;
  FailureOr<Value> padded =
      makePart("pad").makeZeroPadding2D(input, options.padding.getSides());
  if (failed(padded))
    return failure();
  input = *padded;
  return Padding::Valid;
}

//===----------------------------------------------------------------------===//
// Layers with weights
//===----------------------------------------------------------------------===//

FailureOr<Value> LayerBuilder::makeConv2D(Value input, ElementsAttr kernel,
                                          ElementsAttr bias,
                                          const ConvOptions &options) {
  FailureOr<Padding> padding = resolvePadding(input, kernel, options);
  if (failed(padding))
    return failure();
  RankedTensorType type = makeType(
      getWindowShape(getShape(input), getShape(kernel), options.strides,
                     options.dilations, *padding, getShape(kernel).back()));
  auto result = insert([&](OpBuilder &ops) -> Operation * {
    return Conv2DOp::create(
        ops, loc, type, getName(), input, kernel, bias,
        ops.getDenseI64ArrayAttr(options.strides),
        ops.getDenseI64ArrayAttr(options.dilations),
        ops.getI64IntegerAttr(options.groups), makePadding(*padding),
        /*padding_value=*/nullptr, /*quantized_padding=*/nullptr,
        /*padding_shift=*/nullptr, makeActivation(options.activation),
        /*weight_quantizer=*/nullptr, /*bias_quantizer=*/nullptr,
        /*buffer_bitwidth=*/nullptr, /*kernel_scales=*/nullptr,
        /*bias_shift=*/nullptr, /*input_shift=*/nullptr,
        /*config_keys=*/nullptr, /*fixed=*/nullptr);
  });
  return finishActivation(result, options.activation);
}

FailureOr<Value> LayerBuilder::makeDepthwiseConv2D(Value input,
                                                   ElementsAttr kernel,
                                                   ElementsAttr bias,
                                                   const ConvOptions &options) {
  FailureOr<Padding> padding = resolvePadding(input, kernel, options);
  if (failed(padding))
    return failure();
  RankedTensorType type = makeType(
      getWindowShape(getShape(input), getShape(kernel), options.strides,
                     options.dilations, *padding, getShape(input).back()));
  auto result = insert([&](OpBuilder &ops) -> Operation * {
    return DepthwiseConv2DOp::create(
        ops, loc, type, getName(), input, kernel, bias,
        ops.getDenseI64ArrayAttr(options.strides),
        ops.getDenseI64ArrayAttr(options.dilations), makePadding(*padding),
        makeActivation(options.activation), /*weight_quantizer=*/nullptr,
        /*bias_quantizer=*/nullptr, /*buffer_bitwidth=*/nullptr,
        /*kernel_scales=*/nullptr, /*bias_shift=*/nullptr,
        /*input_shift=*/nullptr, /*config_keys=*/nullptr, /*fixed=*/nullptr);
  });
  return finishActivation(result, options.activation);
}

FailureOr<Value> LayerBuilder::makeSeparableConv2D(Value input,
                                                   ElementsAttr depthwiseKernel,
                                                   ElementsAttr pointwiseKernel,
                                                   ElementsAttr bias,
                                                   const ConvOptions &options) {
  FailureOr<Padding> padding = resolvePadding(input, depthwiseKernel, options);
  if (failed(padding))
    return failure();
  RankedTensorType type = makeType(getWindowShape(
      getShape(input), getShape(depthwiseKernel), options.strides,
      options.dilations, *padding, getShape(pointwiseKernel).back()));
  auto result = insert([&](OpBuilder &ops) -> Operation * {
    return SeparableConv2DOp::create(
        ops, loc, type, getName(), input, depthwiseKernel, pointwiseKernel,
        bias, ops.getDenseI64ArrayAttr(options.strides),
        ops.getDenseI64ArrayAttr(options.dilations), makePadding(*padding),
        makeActivation(options.activation), /*dw_weight_quantizer=*/nullptr,
        /*pw_weight_quantizer=*/nullptr, /*bias_quantizer=*/nullptr,
        /*buffer_bitwidth=*/nullptr, /*dw_kernel_scales=*/nullptr,
        /*pw_kernel_scales=*/nullptr, /*bias_shift=*/nullptr,
        /*input_shift=*/nullptr, /*config_keys=*/nullptr, /*fixed=*/nullptr);
  });
  return finishActivation(result, options.activation);
}

FailureOr<Value> LayerBuilder::makeDense(Value input, ElementsAttr kernel,
                                         ElementsAttr bias,
                                         const LayerActivation &activation) {
  RankedTensorType type =
      makeType(inferDenseShape(getShape(input), getShape(kernel).back()));
  auto result = insert([&](OpBuilder &ops) -> Operation * {
    return DenseOp::create(
        ops, loc, type, getName(), input, kernel, bias,
        makeActivation(activation), /*weight_quantizer=*/nullptr,
        /*bias_quantizer=*/nullptr, /*buffer_bitwidth=*/nullptr,
        /*kernel_scales=*/nullptr, /*bias_shift=*/nullptr,
        /*input_shift=*/nullptr, /*config_keys=*/nullptr, /*fixed=*/nullptr);
  });
  return finishActivation(result, activation);
}

FailureOr<Value> LayerBuilder::makeBatchNorm(Value input,
                                             const BatchNormWeights &weights,
                                             double epsilon) {
  int64_t channels = getShape(input).back();
  auto orConstant = [&](ElementsAttr values, StringRef what, float constant) {
    if (values)
      return values;
    return makeElements(makeType(channels), (name + "_" + what).str(),
                        std::vector<float>(size_t(channels), constant));
  };
  ElementsAttr gamma = orConstant(weights.gamma, "gamma", 1.0f);
  ElementsAttr beta = orConstant(weights.beta, "beta", 0.0f);
  return insert([&](OpBuilder &ops) -> Operation * {
    return BatchNormOp::create(ops, loc, input.getType(), getName(), input,
                               gamma, beta, weights.mean, weights.variance,
                               ops.getF32FloatAttr(float(epsilon)),
                               ops.getBoolAttr(bool(weights.gamma)),
                               ops.getBoolAttr(bool(weights.beta)));
  });
}

//===----------------------------------------------------------------------===//
// Layers without weights
//===----------------------------------------------------------------------===//

FailureOr<Value> LayerBuilder::makeRescaling(Value input,
                                             ArrayRef<double> scale,
                                             ArrayRef<double> offset) {
  return insert([&](OpBuilder &ops) -> Operation * {
    return RescalingOp::create(ops, loc, makeType(getShape(input)), getName(),
                               input, ops.getDenseF64ArrayAttr(scale),
                               ops.getDenseF64ArrayAttr(offset),
                               /*fixed=*/nullptr);
  });
}

FailureOr<Value> LayerBuilder::makeReLU(Value input,
                                        std::optional<double> maxValue) {
  return insert([&](OpBuilder &ops) -> Operation * {
    FloatAttr max = maxValue ? ops.getF32FloatAttr(float(*maxValue)) : nullptr;
    return ReLUOp::create(ops, loc, input.getType(), getName(), input, max,
                          /*max_value_quantizer=*/nullptr,
                          /*buffer_bitwidth=*/nullptr,
                          /*quantized_max_value=*/nullptr,
                          /*max_value_shift=*/nullptr, /*config_keys=*/nullptr,
                          /*fixed=*/nullptr);
  });
}

FailureOr<Value> LayerBuilder::makeSoftmax(Value input) {
  return insert([&](OpBuilder &ops) -> Operation * {
    return SoftmaxOp::create(ops, loc, input.getType(), getName(), input);
  });
}

FailureOr<Value> LayerBuilder::makeAdd(Value lhs, Value rhs) {
  return insert([&](OpBuilder &ops) -> Operation * {
    return AddOp::create(ops, loc, lhs.getType(), getName(), lhs, rhs,
                         /*buffer_bitwidth=*/nullptr, /*a_shift=*/nullptr,
                         /*b_shift=*/nullptr, /*config_keys=*/nullptr,
                         /*fixed=*/nullptr);
  });
}

FailureOr<Value> LayerBuilder::makeMaxPool2D(Value input,
                                             const PoolOptions &options) {
  std::optional<Padding> padding = options.padding.findRule(
      getShape(input), options.size, options.strides, {1, 1});
  if (!padding) {
    report() << "it pads its image by "
             << llvm::join(llvm::map_range(
                               options.padding.getSides(),
                               [](int64_t pad) { return std::to_string(pad); }),
                           ", ")
             << " cells (top, bottom, left, right); pools take none, or those "
                "of 'same'";
    return failure();
  }
  RankedTensorType type =
      makeType(getWindowShape(getShape(input), options.size, options.strides,
                              {1, 1}, *padding, getShape(input).back()));
  return insert([&](OpBuilder &ops) -> Operation * {
    return MaxPool2DOp::create(ops, loc, type, getName(), input,
                               ops.getDenseI64ArrayAttr(options.size),
                               ops.getDenseI64ArrayAttr(options.strides),
                               makePadding(*padding), /*fixed=*/nullptr);
  });
}

FailureOr<Value> LayerBuilder::makeGlobalAveragePool2D(Value input,
                                                       bool keepDims) {
  ArrayRef<int64_t> image = getShape(input);
  RankedTensorType type =
      makeType(image.size() == 4 ? inferGlobalPoolShape(image, keepDims)
                                 : llvm::to_vector(image));
  return insert([&](OpBuilder &ops) -> Operation * {
    return GlobalAveragePool2DOp::create(
        ops, loc, type, getName(), input,
        keepDims ? ops.getUnitAttr() : nullptr, /*buffer_bitwidth=*/nullptr,
        /*input_shift=*/nullptr, /*config_keys=*/nullptr, /*fixed=*/nullptr);
  });
}

FailureOr<Value> LayerBuilder::makeFlatten(Value input) {
  return insert([&](OpBuilder &ops) -> Operation * {
    return FlattenOp::create(ops, loc,
                             makeType(inferFlattenShape(getShape(input))),
                             getName(), input, /*input_shift=*/nullptr,
                             /*fixed=*/nullptr);
  });
}

FailureOr<Value> LayerBuilder::makeReshape(Value input,
                                           ArrayRef<int64_t> shape) {
  SmallVector<int64_t> whole = {getShape(input).front()};
  whole.append(shape.begin(), shape.end());
  return insert([&](OpBuilder &ops) -> Operation * {
    return ReshapeOp::create(ops, loc, makeType(whole), getName(), input,
                             /*fixed=*/nullptr);
  });
}

FailureOr<Value>
LayerBuilder::makeZeroPadding2D(Value input, const WindowPadding::Sides &pads) {
  SmallVector<int64_t> shape(getShape(input));
  if (shape.size() == 4) {
    shape[1] += pads[0] + pads[1];
    shape[2] += pads[2] + pads[3];
  }
  return insert([&](OpBuilder &ops) -> Operation * {
    return ZeroPadding2DOp::create(ops, loc, makeType(shape), getName(), input,
                                   ops.getDenseI64ArrayAttr(pads));
  });
}

FailureOr<Value> LayerBuilder::makeDropout(Value input, double rate) {
  return insert([&](OpBuilder &ops) -> Operation * {
    return DropoutOp::create(ops, loc, input.getType(), getName(), input,
                             ops.getF32FloatAttr(float(rate)),
                             /*fixed=*/nullptr);
  });
}

} // namespace qml
