//===- ConvertFirstLayers.cpp - First layers that take zero points ------===//
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

/// Kernels of all channels grow by as many times.
constexpr int64_t maxChannels = 64;

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

template <typename ConvOp>
static ConvOptions getOptions(ConvOp conv) {
  ConvOptions options;
  llvm::copy(conv.getStrides(), options.strides.begin());
  llvm::copy(conv.getDilations(), options.dilations.begin());
  options.padding = conv.getPadding();
  options.activation.function = conv.getActivation();
  return options;
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
    for (BlockArgument input : network.getArguments()) {
      auto type = cast<RankedTensorType>(input.getType()).getElementType();
      std::optional<ElementType> dtype = parseInputType(inputDtype);
      bool isUnsigned = type.isF32() && dtype && !isSigned(*dtype);
      Operation *layer = getFirstUser(input);
      // A scale is not taken either.
      if (!layer || (!isUnsigned && !isScaled(layer->getOperand(0))))
        continue;
      FailureOr<bool> converted = false;
      if (auto depthwise = dyn_cast<DepthwiseConv2DOp>(layer))
        converted = convert(depthwise);
      else if (auto separable = dyn_cast<SeparableConv2DOp>(layer))
        converted = convert(separable);
      else
        continue;
      if (failed(converted))
        return signalPassFailure();
      ++(*converted ? numConverted : numChannels);
    }
  }

  FailureOr<bool> convert(DepthwiseConv2DOp conv) {
    if (getNumChannels(conv.getInput()) > maxChannels)
      return false;
    IRRewriter rewriter(conv);
    FailureOr<Value> full =
        LayerBuilder(rewriter, conv.getLoc(), conv.getLayerName())
            .makeConv2D(conv.getInput(),
                        spreadKernel(conv.getKernel(), conv.getLayerName()),
                        conv.getBiasAttr(), getOptions(conv));
    if (failed(full))
      return failure();
    setSourceClass(full->getDefiningOp(), conv.getClassName());
    rewriter.replaceOp(conv, *full);
    return true;
  }

  FailureOr<bool> convert(SeparableConv2DOp conv) {
    if (getNumChannels(conv.getInput()) > maxChannels)
      return false;
    IRRewriter rewriter(conv);
    ConvOptions options = getOptions(conv), pointwise;
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
