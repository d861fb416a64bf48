//===- edge-opt.cpp - The example compiler --------------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Edge.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"
#include "qml/InitAllDialects.h"
#include "qml/InitAllPasses.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  registry.insert<edge::EdgeDialect, mlir::func::FuncDialect>();
  qml::registerAllDialects(registry);

  qml::registerAllPasses();
  edge::registerEdgePasses();
  mlir::PassPipelineRegistration<> compile(
      "edge-compile", "From a float network of qml to blocks of the hardware",
      edge::buildCompilePipeline);

  return mlir::asMainReturnCode(
      mlir::MlirOptMain(argc, argv, "Edge compiler\n", registry));
}
