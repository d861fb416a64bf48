//===- Recover.h - The step of quantize that recovers accuracy --*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QML_TOOLS_QML_RECOVER_H
#define QML_TOOLS_QML_RECOVER_H

#include "JsonReport.h"
#include "qml/Analysis/Analysis.h"
#include "qml/Pipelines/Quantize.h"
#include "qml/Recovery/Recovery.h"

#include "mlir/IR/BuiltinOps.h"

namespace qml {

enum class RecoveryLevel : uint8_t { None, Bias, Full };

/// The level that "none", "bias" or "full" names.
std::optional<RecoveryLevel> parseRecoveryLevel(llvm::StringRef name);

/// "none", "bias" or "full".
llvm::StringRef nameOf(RecoveryLevel level);

/// What a recovery did, and what that gave.
struct Recovered {
  RecoveryReport report;
  /// Against the float network; none if that was not asked for, or can't be
  /// measured.
  std::optional<NetworkAnalysis> before, after;
};

struct RecoverySettings {
  RecoveryLevel level = RecoveryLevel::None;
  bool showsProgress = false;
  /// Whether to measure the noise of each layer, before and after.
  bool measures = false;
  /// See RecoveryOptions.
  FloatFacts *facts = nullptr;
};

RecoveryOptions getRecoveryOptions(RecoveryLevel level,
                                   const QuantizeOptions &options);

/// Chooses weights and biases of the calibrated network of a module anew, by
/// the samples of the options. `original` is a copy of the module.
mlir::FailureOr<Recovered> recover(mlir::ModuleOp calibrated,
                                   mlir::ModuleOp original,
                                   const RecoverySettings &settings,
                                   const QuantizeOptions &options);

/// The table of layers, before and after.
void printRecovered(const Recovered &recovered);

/// The same, for programs.
Json jsonRecovered(const Recovered &recovered);

} // namespace qml

#endif // QML_TOOLS_QML_RECOVER_H
