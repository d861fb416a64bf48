//===- ConvertFirstLayers.cpp - First layers that take zero points --------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RewriteUtils.h"
#include "qml/Dialect/QML/IR/LayerBuilder.h"
#include "qml/Quantization/Parameters.h"
#include "qml/Transforms/Passes.h"

using namespace mlir;

namespace qml {
#define GEN_PASS_DEF_CONVERTFIRSTLAYERS
#include "qml/Transforms/Passes.h.inc"
} // namespace qml

using namespace qml;

/// The kernel (h, w, c, c) of a convolution that does what a depthwise one does
/// with (h, w, c, 1).
static ElementsAttr spreadKernel(ElementsAttr depthwise, StringRef name) {
  ArrayRef<int64_t> shape = getShape(depthwise);
  int64_t channels = shape[2];
  ElementsView<float> from(depthwise);
  std::vector<float> kernel(from.size() * size_t(channels), 0.0f);
  for (size_t i = 0; i != from.size(); ++i)
    kernel[i * size_t(channels) + i % size_t(channels)] = from[i];
  auto type = RankedTensorType::get({shape[0], shape[1], channels, channels},
                                    Float32Type::get(depthwise.getContext()));
  return makeElements(type, (name + "_kernel").str(), std::move(kernel));
}

/// Whether a rescaling stands between an input and a value.
static bool isScaled(Value value) {
  for (Operation *op = value.getDefiningOp(); op && keepsChannels(op);
       op = op->getOperand(0).getDefiningOp())
    if (isa<RescalingOp>(op))
      return true;
  return false;
}

namespace {
struct ConvertFirstLayersPass
    : qml::impl::ConvertFirstLayersBase<ConvertFirstLayersPass> {
  using ConvertFirstLayersBase::ConvertFirstLayersBase;

  void runOnOperation() override {
    func::FuncOp network = getOperation();
    if (!isNetwork(network) || isAnnotated(network))
      return markAllAnalysesPreserved();
    for (BlockArgument input : getInputs(network)) {
      auto type = cast<RankedTensorType>(input.getType()).getElementType();
      std::optional<ElementType> dtype = parseInputType(inputDtype);
      bool isUnsigned = type.isF32() && dtype && !isSigned(*dtype);
      if (failed(reshapeFlattenings(input, isUnsigned)))
        return signalPassFailure();
      Operation *layer = getFirstUser(input);
      FailureOr<bool> converted = false;
      // A scale is not taken either.
      bool isConv =
          isa_and_nonnull<DepthwiseConv2DOp, SeparableConv2DOp>(layer);
      if (isConv && (isUnsigned || isScaled(layer->getOperand(0)))) {
        auto depthwise = dyn_cast<DepthwiseConv2DOp>(layer);
        converted = depthwise ? convert(depthwise)
                              : convert(cast<SeparableConv2DOp>(layer));
      } else if (!isConv && isUnsigned && !input.use_empty() &&
                 !(layer && layer->hasTrait<qml::OpTrait::FoldsOffsets>())) {
        converted = insertIdentity(input);
      } else {
        continue;
      }
      if (failed(converted))
        return signalPassFailure();
      ++(*converted ? numConverted : numChannels);
    }
  }

  /// Makes reshapes of flattenings that would read a scale or a zero point:
  /// those take both, since they shift nothing.
  LogicalResult reshapeFlattenings(Value value, bool isUnsigned) {
    while (value.hasOneUse() && keepsChannels(*value.user_begin())) {
      Operation *user = *value.user_begin();
      value = user->getResult(0);
      auto flatten = dyn_cast<FlattenOp>(user);
      if (!flatten || (!isUnsigned && !isScaled(flatten.getInput())))
        continue;
      IRRewriter rewriter(flatten);
      FailureOr<Value> reshaped =
          LayerBuilder(rewriter, flatten.getLoc(), flatten.getLayerName())
              .makeReshape(flatten.getInput(), getShape(value).drop_front());
      if (failed(reshaped))
        return failure();
      setSourceClass(reshaped->getDefiningOp(), flatten.getClassName());
      rewriter.replaceOp(flatten, *reshaped);
      value = *reshaped;
      ++numConverted;
    }
    return success();
  }

  /// A convolution of 1x1, or a matrix, that changes nothing.
  FailureOr<bool> insertIdentity(BlockArgument input) {
    SmallVector<int64_t> shape(getShape(input));
    int64_t channels = shape.back();
    if (channels > maxFullChannels)
      return false;
    std::string name = makeUniqueName(
        getOperation(),
        getInputName(getOperation(), input.getArgNumber()) + "_identity_conv");
    OpBuilder builder(&getContext());
    builder.setInsertionPointToStart(input.getOwner());
    LayerBuilder make(builder, getOperation().getLoc(), name);
    SmallVector<OpOperand *> uses;
    for (OpOperand &use : input.getUses())
      uses.push_back(&use);
    bool isVector = shape.size() == 2, isImage = shape.size() == 4;
    std::vector<float> identity(size_t(channels * channels), 0.0f);
    for (int64_t c = 0; c != channels; ++c)
      identity[size_t(c * channels + c)] = 1.0f;
    SmallVector<int64_t> kernelShape = {1, 1, channels, channels};
    ElementsAttr kernel = makeElements(
        RankedTensorType::get(
            ArrayRef<int64_t>(kernelShape).take_back(isVector ? 2 : 4),
            builder.getF32Type()),
        name + "_kernel", std::move(identity));
    FailureOr<Value> value = Value(input);
    if (isVector) {
      value = make.makeDense(*value, kernel, /*bias=*/nullptr);
    } else {
      SmallVector<int64_t> image = {1, 1, channels};
      for (int64_t extent : ArrayRef<int64_t>(shape).drop_front().drop_back())
        image[1] *= extent;
      if (!isImage)
        value = make.makePart("image").makeReshape(*value, image);
      if (succeeded(value))
        value =
            make.makeConv2D(*value, kernel, /*bias=*/nullptr, ConvOptions());
      if (succeeded(value) && !isImage)
        value = make.makePart("shape").makeReshape(
            *value, ArrayRef<int64_t>(shape).drop_front());
    }
    if (failed(value))
      return failure();
    for (OpOperand *use : uses)
      use->set(*value);
    return true;
  }

  FailureOr<bool> convert(DepthwiseConv2DOp conv) {
    if (getNumChannels(conv.getInput()) > maxFullChannels)
      return false;
    IRRewriter rewriter(conv);
    FailureOr<Value> full =
        LayerBuilder(rewriter, conv.getLoc(), conv.getLayerName())
            .makeConv2D(conv.getInput(),
                        spreadKernel(conv.getKernel(), conv.getLayerName()),
                        conv.getBiasAttr(), getConvOptions(conv));
    if (failed(full))
      return failure();
    setSourceClass(full->getDefiningOp(), conv.getClassName());
    rewriter.replaceOp(conv, *full);
    return true;
  }

  FailureOr<bool> convert(SeparableConv2DOp conv) {
    if (getNumChannels(conv.getInput()) > maxFullChannels)
      return false;
    IRRewriter rewriter(conv);
    ConvOptions options = getConvOptions(conv), pointwise;
    std::swap(options.activation, pointwise.activation);
    std::string name = makeUniqueName(
        getOperation(), (conv.getLayerName() + "_depthwise").str());
    FailureOr<Value> full =
        LayerBuilder(rewriter, conv.getLoc(), name)
            .makeConv2D(conv.getInput(),
                        spreadKernel(conv.getDepthwiseKernel(), name),
                        /*bias=*/nullptr, options);
    if (failed(full))
      return failure();
    FailureOr<Value> result =
        LayerBuilder(rewriter, conv.getLoc(), conv.getLayerName())
            .makeConv2D(*full, conv.getPointwiseKernel(), conv.getBiasAttr(),
                        pointwise);
    if (failed(result))
      return failure();
    setSourceClass(result->getDefiningOp(), conv.getClassName());
    rewriter.replaceOp(conv, *result);
    return true;
  }
};
} // namespace
