//===- Process.h - How a process begins and ends ----------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Whatever ends a tool, no temporary file stays, and a message says why: for
// signals, for memory that is short, and for threads that can't start.
//
//===----------------------------------------------------------------------===//

#ifndef QML_SUPPORT_PROCESS_H
#define QML_SUPPORT_PROCESS_H

namespace qml {

/// Called before libraries initialize themselves, which they can't do without
/// memory: an abort or a crash is said to be that until `prepareProcess`.
void prepareLoading();

/// The first call of a tool's main: SIGTERM, SIGINT and SIGHUP remove temporary
/// files before they end the process, or wait until files that belong together
/// all have their names. Without memory or threads the process ends with a
/// message and exit code 1. Standard streams that are closed are opened, so
/// that no file takes their place.
void prepareProcess();

/// Writes that fail because of a closed pipe or a limit on files' sizes are
/// errors that are reported, instead of signals. Libraries that set handlers of
/// their own come first.
void ignoreFailingWrites();

/// Removes the temporary files of this process. Handlers of signals may call
/// it.
void removeTemporaries();

/// Removes temporary files, says "error: <reason>" and ends the process. Needs
/// no memory.
[[noreturn]] void dieOf(const char *reason);

/// The exit code of a process that ends by `dieOf`: 1 if nobody says.
void setOutOfMemoryCode(int exitCode);

} // namespace qml

#endif // QML_SUPPORT_PROCESS_H
