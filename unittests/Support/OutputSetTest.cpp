//===- OutputSetTest.cpp - Files that are written together ----------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Mutations.h"
#include "TempFolder.h"
#include "qml/Support/AtomicFile.h"
#include "qml/Support/Process.h"

#include <csignal>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace qml;
using namespace qml::testing;

TEST(OutputSet, GivesAllNamesAtOnce) {
  TempFolder folder;
  std::string a = folder.path("a"), b = folder.path("b");
  ASSERT_TRUE(writeFile(a, "old"));
  OutputSet outputs;
  ASSERT_TRUE(writeFile(a, "new"));
  ASSERT_TRUE(writeFile(b, "more"));
  EXPECT_EQ(contentsOf(a), "old");
  EXPECT_NE(::access(b.c_str(), F_OK), 0);
  ASSERT_TRUE(outputs.commit());
  EXPECT_EQ(contentsOf(a), "new");
  EXPECT_EQ(contentsOf(b), "more");
  EXPECT_EQ(folder.countFiles(), 2u);
}

TEST(OutputSet, LeavesNothingWithoutCommit) {
  TempFolder folder;
  std::string a = folder.path("a");
  ASSERT_TRUE(writeFile(a, "old"));
  {
    OutputSet outputs;
    ASSERT_TRUE(writeFile(a, "new"));
    ASSERT_TRUE(writeFile(folder.path("b"), "more"));
    EXPECT_FALSE(bool(writeFile(folder.path("nowhere/c"), "last")));
  }
  EXPECT_EQ(contentsOf(a), "old");
  EXPECT_EQ(folder.countFiles(), 1u);
}

TEST(OutputSet, TakesNamesBackIfOneCannotBeGiven) {
  TempFolder folder;
  std::string a = folder.path("a"), b = folder.path("b"), c = folder.path("c");
  ASSERT_TRUE(writeFile(a, "old"));
  OutputSet outputs;
  ASSERT_TRUE(writeFile(a, "new"));
  ASSERT_TRUE(writeFile(b, "new"));
  ASSERT_TRUE(writeFile(c, "new"));
  // A folder takes the last one's place meanwhile.
  ASSERT_EQ(::mkdir(c.c_str(), 0700), 0);
  Status status = outputs.commit();
  ASSERT_FALSE(bool(status));
  EXPECT_EQ(status.message(), "cannot write '" + c + "': Is a directory");
  EXPECT_EQ(contentsOf(a), "old");
  EXPECT_NE(::access(b.c_str(), F_OK), 0);
  EXPECT_EQ(folder.countFiles(), 2u);
}

TEST(OutputSet, FindsOutputsThatAreOneFile) {
  TempFolder folder;
  std::string a = folder.path("a"), link = folder.path("link");
  ASSERT_EQ(::symlink("a", link.c_str()), 0);
  ASSERT_EQ(::symlink(".", folder.path("here").c_str()), 0);
  EXPECT_TRUE(bool(checkOutputsDiffer({a, folder.path("b"), "", ""})));
  EXPECT_TRUE(bool(checkOutputsDiffer({"/dev/null", "/dev/null"})));
  for (const std::string &other :
       {a, folder.path("./a"), folder.path("here/a"), link}) {
    Status status = checkOutputsDiffer({a, folder.path("b"), other});
    ASSERT_FALSE(bool(status));
    EXPECT_EQ(status.message(), "outputs '" + a + "' and '" + other +
                                    "' are the same file; give each output a "
                                    "path of its own");
  }
  // Also when the file is there.
  ASSERT_TRUE(writeFile(a, "old"));
  EXPECT_FALSE(bool(checkOutputsDiffer({link, a})));
  EXPECT_FALSE(bool(checkOutputsDiffer({"-", "/dev/stdout"})));
}

TEST(AtomicFile, WritesNamesAsLongAsTheSystemAllows) {
  TempFolder folder;
  std::string path = folder.path(std::string(255, 'n'));
  ASSERT_TRUE(writeFile(path, "text"));
  EXPECT_EQ(contentsOf(path), "text");
}

/// Runs `body` in another process and returns how that ended.
template <typename Body>
static int inChild(Body body) {
  pid_t child = ::fork();
  if (child == 0) {
    body();
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return status;
}

TEST(AtomicFile, SignalsLeaveNoTemporaryFile) {
  for (int signal : {SIGTERM, SIGINT, SIGHUP}) {
    TempFolder folder;
    int status = inChild([&] {
      // What ignores signals may have started the test.
      ::signal(signal, SIG_DFL);
      prepareProcess();
      Result<AtomicFile> file = AtomicFile::create(folder.path("a"));
      ::raise(signal);
    });
    EXPECT_TRUE(WIFSIGNALED(status));
    EXPECT_EQ(WTERMSIG(status), signal);
    EXPECT_EQ(folder.countFiles(), 0u);
  }
}

TEST(AtomicFile, WhatKilledProcessesLeaveIsCollected) {
  TempFolder folder;
  int status = inChild([&] {
    Result<AtomicFile> file = AtomicFile::create(folder.path("a"));
    ::raise(SIGKILL);
  });
  EXPECT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(folder.countFiles(), 1u);
  // A file that is being written stays.
  inChild([&] {
    Result<AtomicFile> file = AtomicFile::create(folder.path("b"));
    EXPECT_EQ(folder.countFiles(), 1u);
    inChild([&] { (void)bool(writeFile(folder.path("c"), "text")); });
    EXPECT_TRUE(bool(file->commit()));
    if (folder.countFiles() != 2)
      ::raise(SIGKILL);
  });
  EXPECT_EQ(folder.countFiles(), 2u);
  EXPECT_EQ(contentsOf(folder.path("c")), "text");
}

TEST(Process, MemoryThatIsShortEndsItWithAMessage) {
  TempFolder folder;
  std::string said = folder.path("said");
  int status = inChild([&] {
    prepareProcess();
    (void)std::freopen(said.c_str(), "w", stderr);
    Result<AtomicFile> file = AtomicFile::create(folder.path("a"));
    std::get_new_handler()();
  });
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 1);
  EXPECT_EQ(contentsOf(said).substr(0, 34),
            "error: there is not enough memory ");
  EXPECT_EQ(folder.countFiles(), 1u);
}
