//===- FoldRescaling.cpp - Integer rescalings away ------------------------===//
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
#define GEN_PASS_DEF_FOLDRESCALING
#include "qml/Transforms/Passes.h.inc"
} // namespace qml

using namespace qml;

namespace {
struct FoldRescalingPass : qml::impl::FoldRescalingBase<FoldRescalingPass> {
  void runOnOperation() override {
    func::FuncOp network = getOperation();
    if (!isNetwork(network))
      return markAllAnalysesPreserved();
    for (auto rescaling :
         llvm::make_early_inc_range(network.getOps<RescalingOp>())) {
      if (!canFold(rescaling))
        continue;
      Channels<float> factor =
          Channels<float>::scalar(static_cast<float>(rescaling.getScale()[0]));
      for (Operation *user : rescaling->getUsers())
        scaleKernel(cast<WeightedLayerOpInterface>(user), factor);
      rescaling.getResult().replaceAllUsesWith(rescaling.getInput());
      rescaling.erase();
      ++numFolded;
    }
  }

  /// Layers with weights have the product of all scales in their own; that is
  /// exact for inputs that have none, or 1.
  bool canFold(RescalingOp rescaling) {
    if (isFloatTensor(rescaling.getResult()))
      return false;
    FixedAttr input = getFixed(rescaling.getInput());
    bool isScaled = input && input.getScale() &&
                    llvm::any_of(readFloats(input.getScale()),
                                 [](float scale) { return scale != 1.0f; });
    bool haveWeights = llvm::all_of(rescaling->getUsers(), [](Operation *user) {
      return user->hasTrait<qml::OpTrait::FoldsOffsets>();
    });
    numScaled += isScaled;
    numOtherLayer += !isScaled && !haveWeights;
    return !isScaled && haveWeights;
  }

  static void scaleKernel(WeightedLayerOpInterface layer,
                          const Channels<float> &factor) {
    std::string name = layer.getKernels().front().getScalesName();
    auto multiply = [](float a, float b) { return a * b; };
    Channels<float> scales = mapChannels(
        multiply, readFloatChannels(layer->getAttrOfType<ElementsAttr>(name)),
        factor);
    layer->setAttr(name,
                   makeFloatAttr(layer->getContext(),
                                 layer.getLayerName() + "_" + name, scales));
  }
};
} // namespace
