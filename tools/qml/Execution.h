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
#include "qml/Calibration/Samples.h"
#include "qml/Interpreter/Interpreter.h"
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

/// How a program is run.
struct ExecutionOptions {
  int threads = 0; ///< 0 for one per core
  /// See qml/GPU/Devices.h.
  std::string device = "auto";
  bool tf32 = false;
};

/// Runs a program over all samples of `inputs`, an array for each input, and
/// delivers `tensors`, each once. Float programs run on the float executor, all
/// others on the interpreter, or on a GPU. Of sequences, steps are the second
/// axis. `whyCPU`, if it is set, gets the reason for which device "auto" took
/// the CPU.
Result<std::vector<TensorArray>> execute(const Program &program,
                                         const std::vector<SampleArray> &inputs,
                                         const std::vector<int> &tensors,
                                         const ExecutionOptions &options,
                                         std::string *whyCPU = nullptr);

/// Says that device "auto" is the CPU, if `whyCPU` says why.
void noteDevice(const std::string &whyCPU);

} // namespace qml

#endif // QML_TOOLS_QML_EXECUTION_H
