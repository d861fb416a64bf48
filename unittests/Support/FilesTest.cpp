//===- FilesTest.cpp - Files in and out -----------------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Mutations.h"
#include "TempFolder.h"
#include "qml/Support/AtomicFile.h"
#include "qml/Support/MappedFile.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

using namespace qml;
using namespace qml::testing;

TEST(ReadFile, MapsRegularFiles) {
  TempFolder folder;
  std::string path = folder.path("a");
  ASSERT_TRUE(writeFile(path, "contents"));
  Result<Bytes> bytes = readFile(path);
  ASSERT_TRUE(bool(bytes));
  ASSERT_EQ(::unlink(path.c_str()), 0);
  Bytes copy = *bytes;
  bytes = Bytes();
  EXPECT_EQ(copy.text(), "contents");
}

TEST(ReadFile, ReadsEmptyFiles) {
  TempFolder folder;
  ASSERT_TRUE(writeFile(folder.path("a"), ""));
  Result<Bytes> bytes = readFile(folder.path("a"));
  ASSERT_TRUE(bool(bytes));
  EXPECT_EQ(bytes->size, 0u);
}

TEST(ReadFile, ReadsPipes) {
  TempFolder folder;
  std::string path = folder.path("pipe");
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  std::string sent(300000, 'x');
  std::thread writer([&] { EXPECT_TRUE(bool(writeFile(path, sent))); });
  Result<Bytes> bytes = readFile(path);
  writer.join();
  ASSERT_TRUE(bool(bytes));
  EXPECT_EQ(bytes->text(), sent);
  // Nobody writes it again.
  Result<Bytes> again = readFile(path);
  ASSERT_TRUE(bool(again));
  EXPECT_EQ(again->text(), sent);
  Result<Bytes> less = readFile(path, sent.size() - 1);
  ASSERT_FALSE(bool(less));
  EXPECT_NE(less.message().find("holds more than 299999 bytes"),
            std::string::npos);
}

TEST(ReadFile, LimitsStreams) {
  Result<Bytes> bytes = readFile("/dev/zero", 100000);
  ASSERT_FALSE(bool(bytes));
  EXPECT_EQ(bytes.message(),
            "'/dev/zero' is no regular file and holds more than 100000 bytes; "
            "save it to a regular file first");
}

TEST(ReadFile, NamesPathAndReason) {
  Result<Bytes> missing = readFile("/nowhere/model.h5");
  ASSERT_FALSE(bool(missing));
  EXPECT_EQ(missing.message(),
            "cannot read '/nowhere/model.h5': No such file or directory");
  Result<Bytes> folder = readFile("/");
  ASSERT_FALSE(bool(folder));
  EXPECT_EQ(folder.message(), "cannot read '/': Is a directory");
}

TEST(AtomicFile, ReplacesOnCommitOnly) {
  TempFolder folder;
  std::string path = folder.path("out");
  ASSERT_TRUE(writeFile(path, "old"));
  {
    Result<AtomicFile> file = AtomicFile::create(path);
    ASSERT_TRUE(bool(file));
    EXPECT_TRUE(bool(file->write("half")));
    EXPECT_EQ(contentsOf(path), "old");
    EXPECT_EQ(folder.countFiles(), 2u);
  }
  EXPECT_EQ(contentsOf(path), "old");
  EXPECT_EQ(folder.countFiles(), 1u);

  Result<AtomicFile> file = AtomicFile::create(path);
  ASSERT_TRUE(bool(file));
  std::string big(1 << 20, 'b');
  EXPECT_TRUE(bool(file->write("new")));
  EXPECT_TRUE(bool(file->write(big)));
  EXPECT_TRUE(bool(file->write("end")));
  EXPECT_EQ(file->position(), 6u + big.size());
  EXPECT_TRUE(bool(file->commit()));
  EXPECT_EQ(contentsOf(path), "new" + big + "end");
  EXPECT_EQ(folder.countFiles(), 1u);
}

TEST(AtomicFile, KeepsPermissions) {
  TempFolder folder;
  std::string path = folder.path("out");
  ASSERT_TRUE(writeFile(path, "old"));
  ASSERT_EQ(::chmod(path.c_str(), 0640), 0);
  ASSERT_TRUE(writeFile(path, "new"));
  struct stat status;
  ASSERT_EQ(::stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0640u);
}

TEST(AtomicFile, FollowsLinks) {
  TempFolder folder;
  std::string path = folder.path("link");
  ASSERT_EQ(::symlink("target", path.c_str()), 0);
  ASSERT_TRUE(writeFile(path, "one"));
  ASSERT_TRUE(writeFile(path, "two"));
  struct stat status;
  ASSERT_EQ(::lstat(path.c_str(), &status), 0);
  EXPECT_TRUE(S_ISLNK(status.st_mode));
  EXPECT_EQ(contentsOf(folder.path("target")), "two");
}

TEST(AtomicFile, ReportsLinksInACircle) {
  TempFolder folder;
  std::string path = folder.path("link");
  ASSERT_EQ(::symlink("link", path.c_str()), 0);
  EXPECT_FALSE(bool(writeFile(path, "text")));
}

TEST(AtomicFile, ReportsFullDisk) {
  Status status = writeFile("/dev/full", "text");
  ASSERT_FALSE(bool(status));
  EXPECT_EQ(status.message(),
            "cannot write '/dev/full': No space left on device");
  // Also where the write itself fails, and not the flush at the end.
  EXPECT_FALSE(bool(writeFile("/dev/full", std::string(1 << 20, 'x'))));
}

TEST(AtomicFile, WritesDevicesDirectly) {
  EXPECT_TRUE(bool(writeFile("/dev/null", "text")));
  struct stat status;
  ASSERT_EQ(::stat("/dev/null", &status), 0);
  EXPECT_TRUE(S_ISCHR(status.st_mode));
}

TEST(AtomicFile, WritesRedirectedStreamsDirectly) {
  TempFolder folder;
  std::string path = folder.path("log");
  int file = ::open(path.c_str(), O_WRONLY | O_CREAT, 0600);
  ASSERT_GE(file, 0);
  ASSERT_EQ(::write(file, "before ", 7), 7);
  EXPECT_TRUE(bool(writeFile("/dev/fd/" + std::to_string(file), "text")));
  ASSERT_EQ(::write(file, " after", 6), 6);
  ::close(file);
  EXPECT_EQ(contentsOf(path), "before text after");
}

TEST(AtomicFile, NamesPathAndReason) {
  Status missing = writeFile("/nowhere/out", "text");
  ASSERT_FALSE(bool(missing));
  EXPECT_EQ(missing.message(),
            "cannot write '/nowhere/out': No such file or directory");
  Status folder = writeFile("/", "text");
  ASSERT_FALSE(bool(folder));
  EXPECT_EQ(folder.message(), "cannot write '/': Is a directory");
  EXPECT_FALSE(bool(writeFile("", "text")));
}

TEST(AtomicFile, KeepsItsFirstFailure) {
  Result<AtomicFile> file = AtomicFile::create("/dev/full");
  ASSERT_TRUE(bool(file));
  std::string big(1 << 20, 'x');
  Status first = file->write(big);
  ASSERT_FALSE(bool(first));
  EXPECT_EQ(file->write("more").message(), first.message());
  EXPECT_EQ(file->commit().message(), first.message());
}

TEST(Shapes, OverflowIsFound) {
  int64_t huge = int64_t(1) << 62;
  EXPECT_EQ(checkedNumBytes(ElementType::F32, {2, 3}), 24);
  EXPECT_EQ(checkedNumBytes(ElementType::F32, {}), 4);
  EXPECT_EQ(checkedNumBytes(ElementType::F32, {0, 3}), 0);
  EXPECT_EQ(checkedNumBytes(ElementType::F32, {huge, huge}), -1);
  EXPECT_EQ(checkedNumBytes(ElementType::U8, {0, huge, huge}), -1);
  EXPECT_EQ(checkedNumBytes(ElementType::U8, {-1}), -1);
  EXPECT_EQ(toString(Shape{}), "()");
  EXPECT_EQ(toString(Shape{3}), "(3,)");
  EXPECT_EQ(toString(Shape{3, 4}), "(3, 4)");
}
