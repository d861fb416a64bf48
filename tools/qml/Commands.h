//===- Commands.h - What the qml command does -------------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One pair for each subcommand: the subcommand that the command line names, and
// the function that runs it and returns the exit code.
//
//===----------------------------------------------------------------------===//

#ifndef QML_TOOLS_QML_COMMANDS_H
#define QML_TOOLS_QML_COMMANDS_H

#include "llvm/Support/CommandLine.h"

namespace qml {

extern llvm::cl::SubCommand importCommand;
extern llvm::cl::SubCommand summaryCommand;

extern llvm::cl::SubCommand quantizeCommand;
int runQuantize();

llvm::cl::SubCommand &getAnalyzeCommand();
int runAnalyze();

llvm::cl::SubCommand &getSearchCommand();
int runSearch();

extern llvm::cl::SubCommand runCommand;
int runRun();

extern llvm::cl::SubCommand evaluateCommand;
int runEvaluate();

extern llvm::cl::SubCommand convertCommand;
int runConvert();

extern llvm::cl::SubCommand compareCommand;
int runCompare();

} // namespace qml

#endif // QML_TOOLS_QML_COMMANDS_H
