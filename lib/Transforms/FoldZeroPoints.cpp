//===- FoldZeroPoints.cpp - Zero points as biases -------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RewriteUtils.h"
#include "qml/Transforms/Passes.h"

using namespace mlir;

namespace qml {
#define GEN_PASS_DEF_FOLDZEROPOINTS
#include "qml/Transforms/Passes.h.inc"
} // namespace qml

using namespace qml;

namespace {
struct FoldZeroPointsPass : qml::impl::FoldZeroPointsBase<FoldZeroPointsPass> {
  void runOnOperation() override {
    func::FuncOp network = getOperation();
    if (!isNetwork(network))
      return markAllAnalysesPreserved();
    LogicalResult result = success();
    for (auto quantizer : network.getOps<InputQuantizerOp>())
      if (failed(fold(quantizer)))
        result = failure();
    if (failed(result))
      signalPassFailure();
  }

  LogicalResult fold(InputQuantizerOp quantizer) {
    if (!quantizer.getIsUnsigned() || !isFloatTensor(quantizer.getResult()))
      return success();
    if (!quantizer.getRangeMinAttr())
      return quantizer.emitError()
             << "the quantizer '" << quantizer.getLayerName()
             << "' has no range; calibrate the network first";
    Channels<float> zero = readFloatChannels(quantizer.getRangeMinAttr());
    // Ranges above zero are extended to it: the hardware's zero points are not
    // negative.
    bool isZero = true;
    for (float &min : zero.values) {
      min = min > 0.0f ? 0.0f : min;
      isZero &= min == 0.0f;
    }
    quantizer.setRangeMinAttr(makeFloatAttr(
        &getContext(), quantizer.getLayerName() + "_range_min", zero));
    if (isZero)
      return success();

    Operation *layer = getOnlyUser(quantizer);
    while (layer && keepsChannels(layer)) {
      if (auto rescaling = dyn_cast<RescalingOp>(layer)) {
        if (!rescaling.whyNotQuantizable().empty())
          break;
        float scale = static_cast<float>(rescaling.getScale().front());
        for (float &value : zero.values)
          value *= scale;
      }
      layer = getOnlyUser(layer);
    }
    auto target = dyn_cast_or_null<WeightedLayerOpInterface>(layer);
    if (!target || !layer->hasTrait<qml::OpTrait::FoldsOffsets>())
      return quantizer.emitError()
             << "the zero point of '" << quantizer.getLayerName()
             << "' can't be folded: no convolution or dense layer alone "
                "follows; use a signed input type";

    if (auto conv = dyn_cast<Conv2DOp>(layer))
      if (conv.getPaddingValue()) {
        std::vector<double> offset(zero.values.begin(), zero.values.end());
        // Reshaped channels are side by side, over and over.
        size_t channels = size_t(getNumChannels(conv.getInput()));
        for (size_t i = offset.size(); offset.size() > 1 && i < channels; ++i)
          offset.push_back(offset[i - zero.values.size()]);
        conv.setPaddingValue(shiftPadding(*conv.getPaddingValue(), offset));
      }
    addOffsetToBias(target, zero.values);
    ++numFolded;
    return success();
  }
};
} // namespace
