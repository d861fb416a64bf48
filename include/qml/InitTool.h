//===- InitTool.h - What every tool says about itself -----------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QML_INITTOOL_H
#define QML_INITTOOL_H

#include "qml/Support/Process.h"
#include "qml/Version.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/PrettyStackTrace.h"
#include "llvm/Support/Signals.h"
#include "llvm/Support/raw_ostream.h"

namespace qml {

/// LLVM ends a process for lack of memory or threads, and for bugs; only these
/// are to leave a trace of its calls.
inline void onFatalError(void *, const char *reason, bool isBug) {
  if (!isBug)
    dieOf(reason);
}
inline void onNoMemory(void *, const char *, bool) {
  dieOf("there is not enough memory (or ulimit -v is too low); free some, or "
        "take a smaller file");
}

/// Called in a tool's main after `prepareProcess`: `--version` names the
/// project, a crash asks for a report to it, not to LLVM, and leaves no
/// temporary file.
inline void initTool() {
  llvm::install_fatal_error_handler(onFatalError);
  llvm::install_bad_alloc_error_handler(onNoMemory);
  llvm::sys::AddSignalHandler([](void *) { removeTemporaries(); }, nullptr);
  llvm::setBugReportMsg(
      "This is a bug in QML " QML_VERSION_STRING
      ". Please report it to the QML project with the command, its input and "
      "the lines below.\n");
  llvm::cl::AddExtraVersionPrinter([](llvm::raw_ostream &os) {
    os << "QML version " QML_VERSION_STRING "\n";
  });
}

/// The options that LLVM's library brings, of code generators and the like, do
/// nothing in our tools. What registers later is shown.
inline void hideOptionsOfLibraries() {
  // The parser keeps its address.
  static llvm::cl::OptionCategory none("None");
  llvm::cl::HideUnrelatedOptions(none);
}

/// Called in the end of a tool's main: messages that could not be told are no
/// failure of what was done.
inline void forgetLostMessages() {
  llvm::errs().flush();
  llvm::errs().clear_error();
}

} // namespace qml

#endif // QML_INITTOOL_H
