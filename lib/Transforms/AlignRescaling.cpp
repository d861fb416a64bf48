//===- AlignRescaling.cpp - Rescaling that integers can do ----------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RewriteUtils.h"
#include "qml/Transforms/Passes.h"
#include "qml/Transforms/Patterns.h"

using namespace mlir;

namespace qml {
#define GEN_PASS_DEF_ALIGNRESCALING
#include "qml/Transforms/Passes.h.inc"
} // namespace qml

using namespace qml;

/// The layer that can take over what a rescaling does, or null.
static WeightedLayerOpInterface getFoldTarget(RescalingOp rescaling) {
  Operation *user = getOnlyUser(rescaling);
  if (!user || !user->hasTrait<qml::OpTrait::FoldsOffsets>())
    return {};
  // A convolution in groups reads only some of the channels for each output.
  if (auto conv = dyn_cast<Conv2DOp>(user))
    if (conv.getGroups() != 1)
      return {};
  return cast<WeightedLayerOpInterface>(user);
}

static std::vector<float> toFloats(ArrayRef<double> values) {
  return std::vector<float>(values.begin(), values.end());
}

/// What a padded cell holds once the offset is gone and the scale is one. In
/// the order and precision of the reference, which keeps doubles.
static std::vector<double> rescalePadding(ArrayRef<double> padding,
                                          ArrayRef<double> offset,
                                          ArrayRef<double> scale) {
  std::vector<double> result = shiftPadding(padding, offset);
  if (scale.size() == 1)
    return result;
  std::vector<double> scaled(scale.size());
  // Of a channel whose scale is 0 nothing is left.
  for (size_t i = 0; i != scaled.size(); ++i)
    if (scale[i] != 0)
      scaled[i] =
          static_cast<float>(result[result.size() == 1 ? 0 : i]) / scale[i];
  return scaled;
}

static void foldInto(WeightedLayerOpInterface layer, RescalingOp rescaling) {
  ArrayRef<double> scale = rescaling.getScale();
  ArrayRef<double> offset = rescaling.getOffset();
  if (auto conv = dyn_cast<Conv2DOp>(*layer))
    if (conv.getPadding().getMode() != Padding::Valid)
      conv.setPaddingValue(
          rescalePadding(conv.getPaddingValue().value_or(ArrayRef<double>{0.0}),
                         offset, scale));

  addOffsetToBias(layer, toFloats(offset));
  if (scale.size() > 1) {
    std::vector<float> kernel = readFloats(layer.getKernel());
    std::vector<float> factors = toFloats(scale);
    int64_t outputs = layer.getNumOutputChannels();
    for (size_t i = 0; i != kernel.size(); ++i)
      kernel[i] *= factors[i / outputs % factors.size()];
    setKernel(layer, std::move(kernel));
    rescaling.setScale({1.0});
  }
  rescaling.setOffset({0.0});
}

namespace {
struct AlignRescalingPass : qml::impl::AlignRescalingBase<AlignRescalingPass> {
  void runOnOperation() override {
    func::FuncOp network = getOperation();
    if (!isNetwork(network))
      return markAllAnalysesPreserved();
    bool isFirst = true;
    for (LayerOpInterface layer : getLayersInOrder(network)) {
      auto rescaling = dyn_cast<RescalingOp>(*layer);
      if (!rescaling)
        continue;
      // The first, whether or not it needs it, and those of other inputs.
      if (!std::exchange(isFirst, false) &&
          !isa<BlockArgument>(rescaling.getInput()))
        continue;
      if (isFloatTensor(rescaling.getResult()) &&
          !rescaling.whyNotQuantizable().empty()) {
        if (WeightedLayerOpInterface target = getFoldTarget(rescaling)) {
          foldInto(target, rescaling);
          ++numAligned;
        } else {
          ++numOtherLayer;
        }
      }
    }
  }
};
} // namespace
