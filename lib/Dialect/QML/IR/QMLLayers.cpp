//===- QMLLayers.cpp - What quantization asks of layers -------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "qml/Dialect/QML/IR/QMLOps.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/OpImplementation.h"

using namespace mlir;
using namespace qml;

#include "qml/Dialect/QML/IR/QMLInterfaces.cpp.inc"

//===----------------------------------------------------------------------===//
// Syntax
//===----------------------------------------------------------------------===//

// [0.5, 2.0], exactly: MLIR's own syntax for arrays prints six digits.
static ParseResult parseDoubles(OpAsmParser &parser, DenseF64ArrayAttr &array) {
  SmallVector<double> values;
  if (parser.parseCommaSeparatedList(AsmParser::Delimiter::Square, [&] {
        return parser.parseFloat(values.emplace_back());
      }))
    return failure();
  array = parser.getBuilder().getDenseF64ArrayAttr(values);
  return success();
}

static void printDoubles(OpAsmPrinter &printer, Operation *,
                         DenseF64ArrayAttr array) {
  printer << '[';
  llvm::interleaveComma(array.asArrayRef(), printer, [&](double value) {
    printer.printFloat(APFloat(value));
  });
  printer << ']';
}

#define GET_OP_CLASSES
#include "qml/Dialect/QML/IR/QMLOps.cpp.inc"

//===----------------------------------------------------------------------===//
// Layers with weights
//===----------------------------------------------------------------------===//

template <typename OpT>
static int64_t countWeights(OpT op) {
  int64_t count = 0;
  for (const KernelInfo &info : op.getKernels())
    count += qml::getNumElements(info.kernel);
  if (op.getBiasAttr())
    count += qml::getNumElements(op.getBiasAttr());
  return count;
}

int64_t Conv2DOp::getNumTrainableParameters() { return countWeights(*this); }
int64_t DepthwiseConv2DOp::getNumTrainableParameters() {
  return countWeights(*this);
}
int64_t SeparableConv2DOp::getNumTrainableParameters() {
  return countWeights(*this);
}
int64_t DenseOp::getNumTrainableParameters() { return countWeights(*this); }

SmallVector<KernelInfo, 1> SeparableConv2DOp::getKernels() {
  return {{"depthwise_kernel", "dw_", getDepthwiseKernel(), std::nullopt, true},
          {"pointwise_kernel", "pw_", getPointwiseKernel(), getOutputAxis(),
           false}};
}

template <typename OpT>
static std::string whyNotQuantizableLayer(OpT op) {
  if (op.getActivation())
    return "an activation of its own (" +
           stringifyActivation(*op.getActivation()).str() +
           "); --qml-split-activations makes it a layer";
  return {};
}

std::string Conv2DOp::whyNotQuantizable() {
  if (getGroups() != 1)
    return std::to_string(getGroups()) + " groups; integer convolutions have 1";
  return whyNotQuantizableLayer(*this);
}
std::string DepthwiseConv2DOp::whyNotQuantizable() {
  return whyNotQuantizableLayer(*this);
}
std::string SeparableConv2DOp::whyNotQuantizable() {
  return whyNotQuantizableLayer(*this);
}
std::string DenseOp::whyNotQuantizable() {
  return whyNotQuantizableLayer(*this);
}

//===----------------------------------------------------------------------===//
// Other layers
//===----------------------------------------------------------------------===//

std::string RescalingOp::whyNotQuantizable() {
  if (getScale().size() > 1)
    return "a scale per channel; integer rescaling has one";
  if (llvm::any_of(getOffset(), [](double value) { return value != 0.0; }))
    return "an offset; integer rescaling has none";
  return {};
}

int64_t BatchNormOp::getNumTrainableParameters() {
  return (getHasGamma() ? qml::getNumElements(getGamma()) : 0) +
         (getHasBeta() ? qml::getNumElements(getBeta()) : 0);
}
int64_t BatchNormOp::getNumNonTrainableParameters() {
  return 2 * qml::getNumElements(getMean());
}
std::string BatchNormOp::whyNotQuantizable() {
  return "statistics that were not folded into the layer before";
}

std::string SoftmaxOp::whyNotQuantizable() {
  return "exponentials, which run in float";
}

std::string ZeroPadding2DOp::whyNotQuantizable() {
  return "padding that was not absorbed by the layer behind";
}

LayerOpInterface OutputQuantizerOp::getOwner() {
  return getInput().getDefiningOp<LayerOpInterface>();
}
