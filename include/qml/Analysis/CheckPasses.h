//===- CheckPasses.h - What passes change, by execution ---------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// --qml-check-passes=INPUTS.npy[,strict]: runs each network of a module before
// and after every pass, and says how far the results of the network and of its
// layers went apart.
//
//===----------------------------------------------------------------------===//

#ifndef QML_ANALYSIS_CHECKPASSES_H
#define QML_ANALYSIS_CHECKPASSES_H

#include "mlir/Pass/PassInstrumentation.h"
#include "mlir/Pass/PassManager.h"

namespace qml {

/// Registers the option.
void registerCheckPassesOption();

/// Whether the option was given.
bool arePassesChecked();

/// Writes what each pass changed to stderr. If strict, it reports as an error a
/// pass that claims to be exact and changes a bit of the network's results, and
/// one that claims to keep the float network and changes its results by more
/// than 1e-4 of them.
std::unique_ptr<mlir::PassInstrumentation> createPassChecker(std::string inputs,
                                                             bool isStrict);

/// Adds one, as the option asks.
void checkPasses(mlir::PassManager &passes);

/// Whether such an error was reported, or the inputs could not be run.
bool haveCheckedPassesFailed();

} // namespace qml

#endif // QML_ANALYSIS_CHECKPASSES_H
