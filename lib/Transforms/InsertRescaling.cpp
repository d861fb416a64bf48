//===- InsertRescaling.cpp - Inputs of another scale ----------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "qml/Dialect/QML/IR/LayerBuilder.h"
#include "qml/Dialect/QML/IR/Network.h"
#include "qml/Transforms/Passes.h"

using namespace mlir;

namespace qml {
#define GEN_PASS_DEF_INSERTRESCALING
#include "qml/Transforms/Passes.h.inc"
} // namespace qml

using namespace qml;

namespace {
struct InsertRescalingPass
    : qml::impl::InsertRescalingBase<InsertRescalingPass> {
  using InsertRescalingBase::InsertRescalingBase;

  void runOnOperation() override {
    func::FuncOp network = getOperation();
    if (!isNetwork(network))
      return markAllAnalysesPreserved();
    if (failed(insert(network)))
      signalPassFailure();
  }

  LogicalResult insert(func::FuncOp network) {
    if (isAnnotated(network) || isInteger(network))
      return network.emitError()
             << "the network has quantizers; rescale its inputs before it is "
                "quantized";
    SmallVector<double> factors(scale.begin(), scale.end());
    SmallVector<double> offsets(offset.begin(), offset.end());
    if (factors.empty())
      factors.push_back(1.0);
    if (offsets.empty())
      offsets.push_back(0.0);
    OpBuilder builder = OpBuilder::atBlockBegin(&network.front());
    for (BlockArgument input : getInputs(network)) {
      std::string name = makeUniqueName(network, "rescaling");
      FailureOr<Value> result =
          LayerBuilder(builder, NameLoc::get(builder.getStringAttr(name)), name)
              .makeRescaling(input, factors, offsets);
      if (failed(result))
        return failure();
      input.replaceAllUsesExcept(*result, result->getDefiningOp());
      ++numInserted;
    }
    return success();
  }
};
} // namespace
