//===- NamesTest.cpp - Names of layers as names of files ------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "qml/Support/Names.h"
#include "TempFolder.h"
#include "qml/Support/Npz.h"

#include <gtest/gtest.h>

using namespace qml;
using namespace qml::testing;

TEST(Names, OrdinaryOnesStay) {
  for (const char *key :
       {"prediction", "out/conv", "out/block_1/conv", "out/a.b", "out/...",
        "out/..a", "out/a b", "out/層", "out/a/", ""})
    EXPECT_EQ(escapeKey(key), key);
}

TEST(Names, NoneLeavesTheFolder) {
  EXPECT_EQ(escapeKey("out/../../evil"), "out/%2E%2E/%2E%2E/evil");
  EXPECT_EQ(escapeKey("out/."), "out/%2E");
  EXPECT_EQ(escapeKey("/etc/passwd"), "%2Fetc/passwd");
  EXPECT_EQ(escapeKey("out//etc"), "out/%2Fetc");
  EXPECT_EQ(escapeKey("out/..\\C:x"), "out/..%5CC:x");
  EXPECT_EQ(escapeKey("a\n\x1b"), "a%0A%1B");
  EXPECT_EQ(escapeKey("100%2E"), "100%252E");
}

TEST(Names, EscapesAreUndone) {
  for (const char *key :
       {"out/../../evil", "/", "//", "a//b///c", ".", "..", "./..", "a/./b",
        "%", "%2E", "50%25", "a\\b:c", "\x7f\r\n", "out/conv", "a/", "a//"})
    EXPECT_EQ(unescapeKey(escapeKey(key)), key);
  // Names that others have written.
  EXPECT_EQ(unescapeKey("100%"), "100%");
  EXPECT_EQ(unescapeKey("%zz%4"), "%zz%4");
}

TEST(Names, EmptyOnesAreRefused) {
  EXPECT_TRUE(bool(checkLayerName("a")));
  Status status = checkLayerName("");
  ASSERT_FALSE(bool(status));
  EXPECT_EQ(status.message(),
            "has an empty name; names have one character or more");
}

TEST(Names, ArraysKeepThem) {
  TempFolder folder;
  std::string path = folder.path("a.npz");
  std::vector<std::string> keys = {"out/../../evil", "out//abs", "out/conv",
                                   "out/" + std::string(240, 'n'), "out/50%25"};
  Result<NpzWriter> writer = NpzWriter::create(path);
  ASSERT_TRUE(bool(writer));
  int32_t value = 0;
  for (const std::string &key : keys) {
    ++value;
    ASSERT_TRUE(bool(writer->add(key, ElementType::I32, {}, &value)));
  }
  ASSERT_TRUE(bool(writer->finish()));

  Result<ZipReader> zip = ZipReader::open(path);
  ASSERT_TRUE(bool(zip));
  EXPECT_EQ(zip->entries()[0].name, "out/%2E%2E/%2E%2E/evil.npy");
  Result<NpzFile> file = NpzFile::open(path);
  ASSERT_TRUE(bool(file));
  EXPECT_EQ(file->keys(), keys);
  for (size_t i = 0; i != keys.size(); ++i) {
    Result<NpyArray> array = file->get(keys[i]);
    ASSERT_TRUE(bool(array));
    EXPECT_EQ(*array->as<int32_t>(), int32_t(i + 1));
  }
}
