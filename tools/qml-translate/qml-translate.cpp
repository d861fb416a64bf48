//===- qml-translate.cpp - Import and export of networks ------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The usual driver of MLIR with our translations.
//
//===----------------------------------------------------------------------===//

#include "mlir/Support/LogicalResult.h"
#include "mlir/Tools/mlir-translate/MlirTranslateMain.h"
#include "qml/InitAllTranslations.h"
#include "qml/InitTool.h"

int main(int argc, char **argv) {
  qml::prepareProcess();
  qml::initTool();
  qml::registerAllTranslations();
  return mlir::failed(
      mlir::mlirTranslateMain(argc, argv, "QML translation driver\n"));
}
