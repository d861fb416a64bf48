//===- Norms.cpp - Norms and rescalings -----------------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../Verify.h"
#include "qml/Dialect/QML/IR/Flattening.h"
#include "qml/Dialect/QML/IR/IntegerLowering.h"
#include "qml/Support/Quote.h"

using namespace mlir;
using namespace qml;

//===----------------------------------------------------------------------===//
// RescalingOp
//===----------------------------------------------------------------------===//

std::string RescalingOp::whyNotQuantizable() {
  if (getScale().size() > 1)
    return "a scale per channel; integer rescaling has one";
  if (llvm::any_of(getOffset(), [](double value) { return value != 0.0; }))
    return "an offset; integer rescaling has none";
  return {};
}

FailureOr<SmallVector<int64_t>> RescalingOp::inferResultShape(EmitError) {
  return getOperandShape(*this);
}

LogicalResult RescalingOp::verify() {
  if (failed(verifyTensors(*this)))
    return failure();
  // rescaling_c1
  int64_t channels = getNumChannels(getInput());
  for (auto [name, values] :
       {std::pair("scale", getScale()), std::pair("offset", getOffset())}) {
    if (values.size() != 1 && int64_t(values.size()) != channels)
      return emitOpError() << "has " << values.size() << " values of " << name
                           << "; one is allowed, or one for each of "
                           << channels << " channels";
    if (failed(verifyFinite(*this, name, values)))
      return failure();
  }
  // rescaling_c3
  if (!isFloatTensor(getResult()) && !whyNotQuantizable().empty())
    return emitOpError() << "computes integers, but has "
                         << whyNotQuantizable();
  // rescaling_c2
  return failure(failed(verifyStage(*this, /*takesIntegerInput=*/true)) ||
                 failed(verifyResultShape(*this)));
}

FailureOr<Meaning> RescalingOp::inferMeaning() {
  float scale = static_cast<float>(getScale().front());
  return getMeaning(getInput())->scaledBy(Channels<float>::scalar(scale));
}

int RescalingOp::toInteger(IntegerLowering &lowering) {
  float scale = static_cast<float>(getScale().front());
  if (!(scale > 0.0f))
    lowering.error(*this) << "its scale is " << showNumber(scale)
                          << "; integer scales are positive";
  return getMeaning(getInput())->valueBits;
}

void RescalingOp::flatten(NetworkFlattener &flattener) {
  auto toFloats = [](ArrayRef<double> values) {
    return std::vector<float>(values.begin(), values.end());
  };
  flattener.add(*this, Rescaling{toFloats(getScale()), toFloats(getOffset())});
}

OpFoldResult RescalingOp::fold(FoldAdaptor) {
  // Multiplication with one, addition of zero; types that differ convert.
  if (getInput().getType() == getType() && isFloatTensor(getResult()) &&
      llvm::all_of(getScale(), [](double value) { return value == 1.0; }) &&
      llvm::all_of(getOffset(), [](double value) { return value == 0.0; }))
    return getInput();
  return {};
}

//===----------------------------------------------------------------------===//
// BatchNormOp
//===----------------------------------------------------------------------===//

int64_t BatchNormOp::getNumTrainableParameters() {
  return (getHasGamma() ? qml::getNumElements(getGamma()) : 0) +
         (getHasBeta() ? qml::getNumElements(getBeta()) : 0);
}

int64_t BatchNormOp::getNumNonTrainableParameters() {
  return 2 * qml::getNumElements(getMean());
}

std::string BatchNormOp::whyNotQuantizable() {
  return "statistics that are not weights yet: run --qml-fold-batch-norms and "
         "--qml-convert-scalings";
}

FailureOr<SmallVector<int64_t>> BatchNormOp::inferResultShape(EmitError) {
  return getOperandShape(*this);
}

LogicalResult BatchNormOp::verify() {
  if (failed(verifyTensors(*this)))
    return failure();
  // batch_norm_c1
  int64_t channels = getNumChannels(getInput());
  for (auto [name, values] :
       {std::pair("gamma", getGamma()), std::pair("beta", getBeta()),
        std::pair("mean", getMean()), std::pair("variance", getVariance())}) {
    auto type = cast<ShapedType>(values.getType());
    if (type.getRank() != 1 || type.getNumElements() != channels)
      return emitOpError() << "has '" << name << "' of type " << type
                           << "; one value is needed for each of " << channels
                           << " channels";
  }
  // batch_norm_c2
  float epsilon = getEpsilon().convertToFloat();
  if (!(epsilon >= 0.0f) || std::isinf(epsilon))
    return emitOpError() << "has an epsilon of " << showNumber(epsilon)
                         << "; it must be finite and not negative";
  // batch_norm_c3
  return verifyResultShape(*this);
}

FailureOr<Meaning> BatchNormOp::inferMeaning() { return failure(); }

int BatchNormOp::toInteger(IntegerLowering &lowering) {
  lowering.error(*this) << "it has " << whyNotQuantizable();
  return 0;
}

void BatchNormOp::flatten(NetworkFlattener &flattener) {
  BatchNorm norm;
  norm.scale = readFloats(getGamma());
  norm.shift = readFloats(getBeta());
  ElementsView<float> mean(getMean()), variance(getVariance());
  float epsilon = getEpsilon().convertToFloat();
  for (size_t c = 0; c != norm.scale.size(); ++c) {
    norm.scale[c] = norm.scale[c] / std::sqrt(variance[c] + epsilon);
    norm.shift[c] = norm.shift[c] - mean[c] * norm.scale[c];
  }
  flattener.add(*this, std::move(norm));
}
