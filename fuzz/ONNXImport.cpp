//===- ONNXImport.cpp - Fuzzes the importer of ONNX models ----------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// All operators, and the evaluation of constants, for any model that the reader
// takes. Tensors in other files are not read.
//
//===----------------------------------------------------------------------===//

#include "Fuzz.h"
#include "lib/Target/ONNX/ONNXImporter.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/MLIRContext.h"

#include <memory>

using namespace mlir;
using namespace qml;
using namespace qml::fuzz;

/// Attributes and kernels stay as long as their context does.
static MLIRContext &getContext() {
  static std::unique_ptr<MLIRContext> context;
  static unsigned uses = 0;
  if (!context || ++uses == 100) {
    uses = 0;
    context = std::make_unique<MLIRContext>(MLIRContext::Threading::DISABLED);
    context->loadDialect<QMLDialect, func::FuncDialect>();
  }
  return *context;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  Result<ONNXModel> model = parseONNXModel(viewOf(data, size), "fuzzed.onnx");
  if (!model)
    return 0;
  MLIRContext &context = getContext();
  bool hasErrors = false;
  ScopedDiagnosticHandler handler(&context, [&](Diagnostic &diagnostic) {
    hasErrors |= diagnostic.getSeverity() == DiagnosticSeverity::Error;
    // Names are in it as they are; who prints it makes them printable.
    require(!diagnostic.str().empty());
    return success();
  });
  OwningOpRef<ModuleOp> module =
      ONNXImporter(*model, "fuzzed.onnx", &context, {}).run();
  require(bool(module) != hasErrors);
  return 0;
}
