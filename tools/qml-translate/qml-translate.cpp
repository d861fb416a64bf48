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

#include "../common/PendingOutput.h"

#include "mlir/Support/LogicalResult.h"
#include "mlir/Tools/mlir-translate/MlirTranslateMain.h"
#include "qml/InitAllTranslations.h"
#include "qml/InitTool.h"

/// The argument that names the output, "" if it is none; `value` is where the
/// name is.
static llvm::StringRef findOutput(llvm::ArrayRef<const char *> arguments,
                                  size_t &value) {
  for (size_t i = 1; i != arguments.size(); ++i) {
    llvm::StringRef argument = arguments[i];
    if (argument == "--")
      break;
    if (!argument.consume_front("--"))
      argument.consume_front("-");
    value = i;
    if (argument.consume_front("o="))
      return argument;
    if (argument == "o" && i + 1 != arguments.size())
      return arguments[value = i + 1];
  }
  return "";
}

int main(int argc, char **argv) {
  qml::prepareProcess();
  qml::initTool();
  qml::ignoreFailingWrites();
  qml::registerAllTranslations();
  llvm::SmallVector<const char *> arguments(argv, argv + argc);
  size_t value = 0;
  llvm::StringRef output = findOutput(arguments, value);
  qml::PendingOutput pending(output.empty() ? "-" : output.str());
  std::string replaced;
  if (!output.empty()) {
    std::optional<std::string> path = pending.open();
    if (!path)
      return 1;
    replaced =
        llvm::StringRef(arguments[value]) == output ? *path : "-o=" + *path;
    arguments[value] = replaced.c_str();
  }
  if (mlir::failed(
          mlir::mlirTranslateMain(argc, const_cast<char **>(arguments.data()),
                                  "QML translation driver\n")))
    return 1;
  return pending.commit() ? 0 : 1;
}
