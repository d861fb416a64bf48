//===- PendingOutput.h - The output file of MLIR's drivers ------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// MLIR's drivers open their output before they know whether they succeed, and
// remove it if they don't: an older file, or the input itself, is gone. So they
// are given a temporary file, which gets the name afterwards.
//
//===----------------------------------------------------------------------===//

#ifndef QML_TOOLS_COMMON_PENDINGOUTPUT_H
#define QML_TOOLS_COMMON_PENDINGOUTPUT_H

#include "qml/Support/AtomicFile.h"
#include "llvm/Support/raw_ostream.h"

#include <optional>

namespace qml {

class PendingOutput {
public:
  explicit PendingOutput(std::string path) : path(std::move(path)) {}

  /// What the driver is to write instead of the output; nothing after a
  /// message.
  std::optional<std::string> open() {
    if (path == "-")
      return path;
    Result<AtomicFile> created = AtomicFile::create(path);
    if (!created)
      return fail(created);
    file.emplace(std::move(*created));
    // What is no regular file is written directly, by the driver.
    return file->getTemporary().empty() ? path : file->getTemporary();
  }

  /// Gives the file its name; false after a message.
  bool commit() {
    if (!file || file->getTemporary().empty())
      return true;
    Status status = file->commit();
    if (!status)
      fail(status);
    return bool(status);
  }

private:
  template <typename FailureT>
  std::nullopt_t fail(const FailureT &problem) {
    llvm::errs() << "error: " << problem.message() << "\n";
    return std::nullopt;
  }

  std::string path;
  std::optional<AtomicFile> file;
};

} // namespace qml

#endif // QML_TOOLS_COMMON_PENDINGOUTPUT_H
