//===- KeepCalibrated.cpp - The calibrated network carried along ----------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "qml/Dialect/QML/IR/Network.h"
#include "qml/Transforms/Passes.h"

#include "mlir/IR/Builders.h"

using namespace mlir;

namespace qml {
#define GEN_PASS_DEF_KEEPCALIBRATED
#define GEN_PASS_DEF_RESTORECALIBRATED
#include "qml/Transforms/Passes.h.inc"
} // namespace qml

using namespace qml;

constexpr llvm::StringLiteral calibratedName = "calibrated";

/// The nested module with the calibrated network, or null.
static ModuleOp findCalibrated(ModuleOp module) {
  for (auto nested : module.getOps<ModuleOp>())
    if (nested.getSymName() == calibratedName)
      return nested;
  return {};
}

namespace {

struct KeepCalibratedPass : qml::impl::KeepCalibratedBase<KeepCalibratedPass> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    FailureOr<func::FuncOp> network = getNetwork(module);
    if (failed(network))
      return signalPassFailure();
    if (ModuleOp old = findCalibrated(module))
      old.erase();
    OpBuilder builder(module.getBodyRegion());
    builder.setInsertionPointToEnd(module.getBody());
    auto nested = ModuleOp::create(builder, module.getLoc(), calibratedName);
    builder.setInsertionPointToEnd(nested.getBody());
    builder.clone(**network);
  }
};

struct RestoreCalibratedPass
    : qml::impl::RestoreCalibratedBase<RestoreCalibratedPass> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    FailureOr<func::FuncOp> network = getNetwork(module);
    if (failed(network))
      return signalPassFailure();
    ModuleOp calibrated = findCalibrated(module);
    if (!calibrated) {
      module.emitError()
          << "the network is quantized, and the file carries no calibrated "
             "form to quantize again; quantize the float network with "
             "--keep-float to have one";
      return signalPassFailure();
    }
    FailureOr<func::FuncOp> kept = getNetwork(calibrated);
    if (failed(kept))
      return signalPassFailure();
    OpBuilder(*network).clone(**kept);
    network->erase();
  }
};

} // namespace
