//===- InputDtype.cpp - What float inputs become for a chip ---------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "qml/Conversion/InputDtype.h"

#include "Groups.h"

#include "qml/Pipelines/ReleaseWeights.h"

#include <limits>

using namespace mlir;
using namespace qml;
using namespace qml::conversion;

/// How many problems the chip has with a network that is quantized by options.
static size_t countProblems(ModuleOp sanitized, akida::Version version,
                            const InsertQuantizersOptions &options) {
  size_t count = 0;
  ScopedDiagnosticHandler counter(
      sanitized.getContext(), [&](Diagnostic &diagnostic) {
        count += diagnostic.getSeverity() == DiagnosticSeverity::Error;
        return success();
      });
  OwningOpRef<ModuleOp> trial = sanitized.clone();
  LogicalResult result = runPasses(*trial, {sanitized}, [&](OpPassManager &pm) {
    addQuantizers(pm, options);
  });
  FailureOr<func::FuncOp> network = failure();
  if (succeeded(result))
    network = getNetwork(*trial);
  if (succeeded(network)) {
    HardwareGroups groups = findGroups(*network, version);
    // Each problem was counted.
    (void)checkGroups(*network, groups, version);
  } else {
    count = std::numeric_limits<size_t>::max();
  }
  releaseWeights(*trial, {sanitized});
  return count;
}

std::string qml::chooseInputDtype(ModuleOp sanitized, const Target &target,
                                  const InsertQuantizersOptions &options) {
  FailureOr<func::FuncOp> network = getNetwork(sanitized);
  auto isFloat = [](BlockArgument input) {
    return cast<RankedTensorType>(input.getType()).getElementType().isF32();
  };
  InsertQuantizersOptions bytes = options;
  bytes.inputDtype = "uint8";
  // Layers' bits make no difference, and a pipe can be read once.
  bytes.config = "";
  bytes.strict = false;
  InsertQuantizersOptions integers = bytes;
  integers.inputDtype = "int8";
  if (failed(network) || isAnnotated(*network) || isInteger(*network) ||
      llvm::none_of(getInputs(*network), isFloat))
    return bytes.inputDtype;
  auto version = static_cast<akida::Version>(target.version);
  if (countProblems(sanitized, version, integers) >=
      countProblems(sanitized, version, bytes))
    return bytes.inputDtype;
  network->emitRemark()
      << "inputs are quantized to int8: the chip takes bytes only into a "
         "convolution of an image of 1 or 3 channels that has an activation; "
         "give --input-dtype=uint8 to have bytes all the same";
  return integers.inputDtype;
}
