//===- Recover.h - The step of quantize that recovers accuracy --*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QML_TOOLS_QML_RECOVER_H
#define QML_TOOLS_QML_RECOVER_H

#include "qml/Pipelines/Quantize.h"
#include "qml/Recovery/Recovery.h"

#include "mlir/IR/BuiltinOps.h"

namespace qml {

enum class RecoveryLevel : uint8_t { None, Bias, Full };

/// The level that "none", "bias" or "full" names.
std::optional<RecoveryLevel> parseRecoveryLevel(llvm::StringRef name);

/// Chooses weights and biases of the calibrated network of a module anew, by
/// the samples of the options; says per layer what that gave unless `quiet`.
/// `original` is a copy of the module.
mlir::LogicalResult recover(mlir::ModuleOp calibrated, mlir::ModuleOp original,
                            RecoveryLevel level, const QuantizeOptions &options,
                            bool quiet);

} // namespace qml

#endif // QML_TOOLS_QML_RECOVER_H
