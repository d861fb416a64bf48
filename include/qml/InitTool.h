//===- InitTool.h - What every tool says about itself -----------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QML_INITTOOL_H
#define QML_INITTOOL_H

#include "qml/Version.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/PrettyStackTrace.h"
#include "llvm/Support/raw_ostream.h"

namespace qml {

/// The first call of a tool's main: `--version` names the project, and a crash
/// asks for a report to it, not to LLVM.
inline void initTool() {
  llvm::setBugReportMsg(
      "This is a bug in QML " QML_VERSION_STRING
      ". Please report it to the QML project with the command, its input and "
      "the lines below.\n");
  llvm::cl::AddExtraVersionPrinter([](llvm::raw_ostream &os) {
    os << "QML version " QML_VERSION_STRING "\n";
  });
}

} // namespace qml

#endif // QML_INITTOOL_H
