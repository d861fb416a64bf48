//===- Translations.cpp - Reports as translations -------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "qml/Target/Report/Report.h"
#include "qml/Transforms/Config.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Tools/mlir-translate/Translation.h"

using namespace mlir;

namespace qml {

static void registerDialects(DialectRegistry &registry) {
  registry.insert<QMLDialect, func::FuncDialect>();
}

void registerReportTranslations() {
  TranslateFromMLIRRegistration config(
      "qml-to-config", "The quantization configuration of a network, as JSON",
      [](ModuleOp module, llvm::raw_ostream &os) -> LogicalResult {
        FailureOr<func::FuncOp> network = getNetwork(module);
        if (failed(network))
          return failure();
        os << dumpConfig(*network) << "\n";
        return success();
      },
      registerDialects);
  TranslateFromMLIRRegistration summary(
      "qml-summary", "The table of the layers of a network",
      [](ModuleOp module, llvm::raw_ostream &os) -> LogicalResult {
        FailureOr<func::FuncOp> network = getNetwork(module);
        if (failed(network))
          return failure();
        printSummary(*network, os);
        return success();
      },
      registerDialects);
}

} // namespace qml
