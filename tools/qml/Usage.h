//===- Usage.h - What is wrong with a command line --------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QML_TOOLS_QML_USAGE_H
#define QML_TOOLS_QML_USAGE_H

#include "qml/Support/Result.h"

#include "llvm/Support/CommandLine.h"

#include <algorithm>

namespace qml {

/// Exit codes of the command.
enum ExitCode { Done = 0, Failed = 1, WrongUsage = 2 };

/// Prints "error: <message>" and returns `Failed`.
int fail(const llvm::Twine &message);

/// Checks of a command line. What is wrong is printed where it is found, so
/// that one run says all of it.
class Usage {
public:
  /// For options that are missing, or don't go together.
  void refuse(const llvm::Twine &problem) {
    llvm::errs() << "qml: " << problem << "\n";
    code = WrongUsage;
  }

  /// For values that an option doesn't take: errors, as those in files are.
  void wrong(const llvm::Twine &problem) {
    code = std::max(code, fail(problem));
  }
  void check(const Status &status) {
    if (!status)
      wrong(status.message());
  }

  /// Refuses a command line without -o.
  void require(const llvm::cl::Option &output) {
    if (!output.getNumOccurrences())
      refuse("-o is missing, the file to write; give -o " + output.ValueStr);
  }

  int exitCode() const { return code; }

private:
  int code = Done;
};

} // namespace qml

#endif // QML_TOOLS_QML_USAGE_H
