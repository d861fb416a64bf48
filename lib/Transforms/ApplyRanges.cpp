//===- ApplyRanges.cpp - Ranges from a file -------------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "qml/Transforms/ObservedRanges.h"
#include "qml/Transforms/Passes.h"

using namespace mlir;

namespace qml {
#define GEN_PASS_DEF_APPLYRANGES
#include "qml/Transforms/Passes.h.inc"
} // namespace qml

using namespace qml;

namespace {
struct ApplyRangesPass : qml::impl::ApplyRangesBase<ApplyRangesPass> {
  using ApplyRangesBase::ApplyRangesBase;

  void runOnOperation() override {
    func::FuncOp network = getOperation();
    if (!isNetwork(network))
      return markAllAnalysesPreserved();
    if (failed(verifyNetwork(network)))
      return signalPassFailure();
    if (ranges.empty()) {
      network.emitError() << "no file of ranges was given";
      return signalPassFailure();
    }
    Result<ObservedRanges> observed = readRanges(ranges);
    if (!observed) {
      network.emitError() << observed.message();
      return signalPassFailure();
    }
    FailureOr<unsigned> count = applyRanges(network, *observed, ranges);
    if (failed(count))
      return signalPassFailure();
    numApplied += *count;
  }
};
} // namespace
