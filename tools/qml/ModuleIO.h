//===- ModuleIO.h - Files in and out of qml ---------------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QML_TOOLS_QML_MODULEIO_H
#define QML_TOOLS_QML_MODULEIO_H

#include "Usage.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "qml/Quantization/ObservedRanges.h"
#include "qml/Support/Result.h"

#include "llvm/Support/CommandLine.h"

namespace qml {

/// Prints MLIR's diagnostics as "error: <message>" while it lives, with the
/// layer's or the file's location where the message doesn't name them; if
/// `quiet`, errors and warnings alone. What is said of layers without a
/// location is of `model`.
class DiagnosticPrinter {
public:
  explicit DiagnosticPrinter(mlir::MLIRContext &context, bool quiet = false,
                             std::string model = "");
  ~DiagnosticPrinter();

private:
  mlir::MLIRContext &context;
  mlir::DiagnosticEngine::HandlerID id;
};

/// Reads a model by its extension: .h5, .keras and .onnx are imported, all else
/// is parsed as MLIR, text or bytecode. Null if problems were reported.
/// `ranges`, if it is given, are those that a quantized ONNX file has.
mlir::OwningOpRef<mlir::ModuleOp> readModule(const std::string &path,
                                             mlir::MLIRContext &context,
                                             ObservedRanges *ranges = nullptr);

/// Writes a module: bytecode for .mlirbc, else text. Whole, or not at all.
Status writeModule(mlir::ModuleOp module, const std::string &path);

/// A file that a command is to write; none if the path is empty.
struct PlannedOutput {
  std::string path;
  /// What it is to hold goes by its extension. Anything goes for `-`, devices
  /// and pipes.
  llvm::ArrayRef<llvm::StringRef> extensions;
};

/// Whether all of these can be written, each to a file of its own: asked before
/// any work is done for them.
Status checkOutputs(const std::vector<PlannedOutput> &outputs);

/// The extensions of networks, arrays and reports.
inline constexpr llvm::StringRef moduleExtensions[] = {".mlir", ".mlirbc"};
inline constexpr llvm::StringRef arrayExtensions[] = {".npz"};
inline constexpr llvm::StringRef jsonExtensions[] = {".json"};

/// An error for a number of threads that no command takes.
Status checkThreads(int threads);

/// Makes the options of commands that read models; called before options are
/// parsed.
void addModelOptions();

/// A context with the dialects that files hold.
void loadDialects(mlir::MLIRContext &context);

} // namespace qml

#endif // QML_TOOLS_QML_MODULEIO_H
