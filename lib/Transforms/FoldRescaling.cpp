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
      // Layers with weights have the product of all scales in their own.
      bool canFold =
          !isFloatTensor(rescaling.getResult()) &&
          llvm::all_of(rescaling->getUsers(), [](Operation *user) {
            return user->hasTrait<qml::OpTrait::FoldsOffsets>();
          });
      if (!canFold)
        continue;
      rescaling.getResult().replaceAllUsesWith(rescaling.getInput());
      rescaling.erase();
      ++numFolded;
    }
  }
};
} // namespace
