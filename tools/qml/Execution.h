//===- Execution.h - Networks run over arrays -------------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QML_TOOLS_QML_EXECUTION_H
#define QML_TOOLS_QML_EXECUTION_H

#include "ModuleIO.h"
#include "qml/Interpreter/Interpreter.h"
#include "qml/Support/Bytes.h"
#include "qml/Target/Program/Flatten.h"

namespace qml {

/// A model read from a file, ready to run.
struct LoadedNetwork {
  mlir::OwningOpRef<mlir::ModuleOp> module;
  /// A network, or a model for the hardware.
  mlir::func::FuncOp network;
  akida::ModelOp hardware;
  FlatNetwork flat;
};

/// Reads and flattens a model, sanitized first if it is a float one as
/// imported; reports what is wrong.
mlir::FailureOr<LoadedNetwork> loadNetwork(const std::string &path,
                                           mlir::MLIRContext &context);

/// Runs a program over all samples of `inputs` and delivers `tensors`, each
/// once. Float programs run on the float executor, all others on the
/// interpreter.
Result<std::vector<TensorArray>> execute(const Program &program,
                                         const Array &inputs,
                                         const std::string &inputsName,
                                         const std::vector<int> &tensors,
                                         int threads);

} // namespace qml

#endif // QML_TOOLS_QML_EXECUTION_H
