//===- ApplyRanges.cpp - Ranges from a file -------------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "qml/Transforms/Passes.h"
#include "qml/Transforms/Ranges.h"

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
    FailureOr<func::FuncOp> network = getNetwork(getOperation());
    if (failed(network))
      return signalPassFailure();
    if (ranges.empty()) {
      getOperation().emitError() << "no file of ranges was given";
      return signalPassFailure();
    }
    Result<ObservedRanges> observed = readRanges(ranges);
    if (!observed) {
      getOperation().emitError() << observed.message();
      return signalPassFailure();
    }
    FailureOr<unsigned> count = applyRanges(*network, *observed, ranges);
    if (failed(count))
      return signalPassFailure();
    numApplied += *count;
  }
};
} // namespace
