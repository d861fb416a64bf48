//===- UntrustedTest.cpp - Tests of reading modules of anyone -------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A reader that misbehaves in each way: what the other process makes of it.
//
//===----------------------------------------------------------------------===//

#include "Untrusted.h"

#include "mlir/IR/MLIRContext.h"
#include "qml/Support/Process.h"

#include "gtest/gtest.h"

#include <csignal>
#include <new>
#include <sys/resource.h>
#include <unistd.h>

using namespace mlir;
using namespace qml;

namespace {

const char *const harm =
    "error: m.mlirbc: the file is damaged, or made to harm: MLIR's reader ";

OwningOpRef<ModuleOp> makeModule() {
  // Not destroyed in the other process.
  auto *context = new MLIRContext(MLIRContext::Threading::DISABLED);
  return ModuleOp::create(UnknownLoc::get(context));
}

} // namespace

TEST(Untrusted, SoundFilesHaveNoProblems) {
  EXPECT_EQ(
      findProblems("m.mlirbc", 100, [](std::string &) { return makeModule(); }),
      "");
}

TEST(Untrusted, RefusedWithoutAWord) {
  EXPECT_EQ(findProblems("m.mlirbc", 100,
                         [](std::string &) { return OwningOpRef<ModuleOp>(); }),
            "error: m.mlirbc: the file is damaged; make it again from the "
            "model\n");
}

TEST(Untrusted, ProblemsAreTold) {
  EXPECT_EQ(findProblems("m.mlirbc", 100,
                         [](std::string &problems) {
                           problems = "error: a\nerror: \x1b[31mb\n";
                           return OwningOpRef<ModuleOp>();
                         }),
            "error: a\nerror: \\x1b[31mb\n");
}

TEST(Untrusted, Crashes) {
  for (int signal : {SIGSEGV, SIGABRT, SIGBUS, SIGILL})
    EXPECT_EQ(findProblems("m.mlirbc", 100,
                           [&](std::string &) {
                             ::signal(signal, SIG_DFL);
                             ::raise(signal);
                             return makeModule();
                           }),
              std::string(harm) + "crashes on it; make it again from the "
                                  "model\n");
}

TEST(Untrusted, TakesTooLong) {
  for (int signal : {SIGXCPU, SIGALRM})
    EXPECT_EQ(findProblems("m.mlirbc", 100,
                           [&](std::string &) {
                             ::raise(signal);
                             return makeModule();
                           }),
              std::string(harm) + "takes too long on it; make it again from "
                                  "the model\n");
  // Both signals come by themselves.
  EXPECT_EQ(findProblems("m.mlirbc", 100,
                         [](std::string &) {
                           struct rlimit limit;
                           ::getrlimit(RLIMIT_CPU, &limit);
                           bool isLimited = ::alarm(0) != 0 &&
                                            limit.rlim_cur != RLIM_INFINITY;
                           return isLimited ? makeModule()
                                            : OwningOpRef<ModuleOp>();
                         }),
            "");
}

TEST(Untrusted, TakesTooMuchMemory) {
  EXPECT_EQ(findProblems("m.mlirbc", 100,
                         [](std::string &) {
                           dieOf("out of memory");
                           return makeModule();
                         }),
            std::string(harm) + "takes too much memory on it; make it again "
                                "from the model\n");
}
