//===- edge-translate.cpp - Networks from files of others -----------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/Support/LogicalResult.h"
#include "mlir/Tools/mlir-translate/MlirTranslateMain.h"
#include "qml/InitAllTranslations.h"

int main(int argc, char **argv) {
  qml::registerAllTranslations();
  return mlir::failed(mlir::mlirTranslateMain(argc, argv, "Edge importer\n"));
}
