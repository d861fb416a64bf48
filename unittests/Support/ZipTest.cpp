//===- ZipTest.cpp - Zip archives and .npz files --------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "qml/Support/Npz.h"

#include "Mutations.h"
#include "TempFolder.h"

#include <gtest/gtest.h>

using namespace qml;
using namespace qml::testing;

static const std::string inputs = QML_TEST_INPUTS "/";

TEST(Npz, ReadsStored) {
  Result<NpzFile> file = NpzFile::open(inputs + "stored.npz");
  ASSERT_TRUE(bool(file)) << file.message();
  EXPECT_EQ(file->keys(), (std::vector<std::string>{"x", "y"}));
  EXPECT_TRUE(file->contains("x"));
  EXPECT_FALSE(file->contains("z"));
  Result<NpyArray> y = file->get("y");
  ASSERT_TRUE(bool(y)) << y.message();
  EXPECT_EQ(y->type, ElementType::I64);
  EXPECT_EQ(y->shape, (Shape{5}));
  EXPECT_EQ(y->as<int64_t>()[4], 4);
  Result<NpyArray> z = file->get("z");
  ASSERT_FALSE(bool(z));
  EXPECT_EQ(z.message(), "'" + inputs +
                             "stored.npz' holds no array 'z'; its "
                             "arrays are 'x', 'y'");
}

TEST(Npz, ReadsDeflated) {
  Result<NpzFile> file = NpzFile::open(inputs + "deflated.npz");
  ASSERT_TRUE(bool(file)) << file.message();
  Result<NpyArray> array = file->get("out/conv/1");
  ASSERT_TRUE(bool(array)) << array.message();
  EXPECT_EQ(array->shape, (Shape{16, 16}));
  for (int i = 0; i < 256; ++i)
    ASSERT_EQ(array->as<int32_t>()[i], i);
  Result<NpyArray> scalar = file->get("scalar");
  ASSERT_TRUE(bool(scalar)) << scalar.message();
  EXPECT_EQ(*scalar->as<double>(), 2.5);
}

TEST(Npz, RoundTrips) {
  TempFolder folder;
  std::vector<int32_t> ramp(1000);
  for (int i = 0; i < 1000; ++i)
    ramp[i] = i;
  for (bool compress : {false, true}) {
    for (bool forceZip64 : {false, true}) {
      std::string path = folder.path("a.npz");
      std::string first;
      for (int run = 0; run < 2; ++run) {
        Result<NpzWriter> writer =
            NpzWriter::create(path, {compress, forceZip64});
        ASSERT_TRUE(bool(writer)) << writer.message();
        ASSERT_TRUE(bool(
            writer->add("out/a", ElementType::I32, {10, 100}, ramp.data())));
        ASSERT_TRUE(bool(writer->add("b", ElementType::U8, {3}, ramp.data())));
        ASSERT_TRUE(bool(writer->add("none", ElementType::F32, {0}, nullptr)));
        Status again = writer->add("b", ElementType::U8, {3}, ramp.data());
        ASSERT_FALSE(bool(again));
        EXPECT_EQ(again.message(), "cannot write two members named 'b.npy'");
        ASSERT_TRUE(bool(writer->finish()));
        if (run == 0)
          first = contentsOf(path);
        else
          EXPECT_EQ(contentsOf(path), first);
      }
      Result<Bytes> bytes = readFile(path);
      ASSERT_TRUE(bool(bytes));
      Result<NpzFile> file = NpzFile::parse(*bytes, path);
      ASSERT_TRUE(bool(file)) << file.message();
      EXPECT_EQ(file->keys(), (std::vector<std::string>{"out/a", "b", "none"}));
      Result<NpyArray> a = file->get("out/a");
      ASSERT_TRUE(bool(a)) << a.message();
      EXPECT_EQ(std::memcmp(a->data, ramp.data(), 4000), 0);
      // What is stored is a view, and aligned.
      const uint8_t *data = a->as<uint8_t>();
      bool isView = data >= bytes->data && data < bytes->data + bytes->size;
      EXPECT_EQ(isView, !compress);
      if (isView) {
        EXPECT_EQ(reinterpret_cast<uintptr_t>(data) % 64, 0u);
      }
    }
  }
}

TEST(Npz, SplitsPaths) {
  auto split = [](const char *text) {
    Result<NpzPath> path = splitNpzPath(text);
    if (!path)
      return path.message();
    std::string joined = path->path;
    for (const std::string &key : path->keys)
      joined += "|" + key;
    return joined;
  };
  EXPECT_EQ(split("S.npy"), "S.npy");
  EXPECT_EQ(split("S.npz"), "S.npz");
  EXPECT_EQ(split("-"), "-");
  EXPECT_EQ(split("a/S.npz:key"), "a/S.npz|key");
  EXPECT_EQ(split("DATA.npz:x,y"), "DATA.npz|x|y");
  EXPECT_EQ(split("S.npz:out/a:b"), "S.npz|out/a:b");
  EXPECT_EQ(split("S.npz:"),
            "'S.npz:' names an array without a name; allowed is FILE.npz, "
            "FILE.npz:key or FILE.npz:key,key");
  EXPECT_NE(split("S.npz:a,").find("without a name"), std::string::npos);
}

TEST(Npz, OpensOneArray) {
  Result<NpyArray> npy = openArray(inputs + "float32.npy");
  ASSERT_TRUE(bool(npy)) << npy.message();
  Result<NpyArray> member = openArray(inputs + "stored.npz:y");
  ASSERT_TRUE(bool(member)) << member.message();
  EXPECT_EQ(member->type, ElementType::I64);
  Result<NpyArray> any = openArray(inputs + "stored.npz");
  ASSERT_FALSE(bool(any));
  EXPECT_EQ(any.message(), "'" + inputs +
                               "stored.npz' holds 2 arrays; name "
                               "one as '" +
                               inputs + "stored.npz:key', of 'x', 'y'");
  EXPECT_FALSE(bool(openArray(inputs + "stored.npz:x,y")));
}

/// An archive of one member of 100,000 zeros, with the size in its directory
/// replaced.
static Result<Bytes> readWithSize(uint32_t size) {
  TempFolder folder;
  std::string path = folder.path("a.zip");
  Result<ZipWriter> writer = ZipWriter::create(path);
  EXPECT_TRUE(bool(writer->add("a", {std::string(100000, '\0')})));
  EXPECT_TRUE(bool(writer->finish()));
  std::string contents = contentsOf(path);
  size_t directory = contents.find("PK\1\2");
  for (int i = 0; i < 4; ++i)
    contents[directory + 24 + i] = char(size >> (8 * i));
  Result<ZipReader> zip = ZipReader::parse(copyOf(contents), "a.zip");
  EXPECT_TRUE(bool(zip));
  return zip->read(zip->entries()[0]);
}

TEST(Zip, SizesMustFit) {
  EXPECT_TRUE(bool(readWithSize(100000)));
  EXPECT_EQ(readWithSize(99999).message(),
            "cannot read member 'a' of 'a.zip': the packed data holds more "
            "than the 99999 bytes that the directory promises");
  EXPECT_EQ(readWithSize(100001).message(),
            "cannot read member 'a' of 'a.zip': the packed data holds 100000 "
            "bytes instead of 100001");
  EXPECT_NE(readWithSize(0xfffffff0).message().find("cannot hold"),
            std::string::npos);
}

TEST(Zip, LimitsWhatIsUnpacked) {
  Result<ZipReader> zip = ZipReader::open(inputs + "deflated.npz");
  ASSERT_TRUE(bool(zip));
  Result<Bytes> bytes = zip->read(zip->entries()[0], 100);
  ASSERT_FALSE(bool(bytes));
  EXPECT_NE(bytes.message().find("more than the 100 allowed"),
            std::string::npos);
}

TEST(Zip, ChecksumMustFit) {
  std::string contents = contentsOf(inputs + "stored.npz");
  size_t data = contents.find("\x93NUMPY");
  contents[data + 128] ^= 1;
  Result<ZipReader> zip = ZipReader::parse(copyOf(contents), "a.zip");
  ASSERT_TRUE(bool(zip));
  Result<Bytes> bytes = zip->read(zip->entries()[0]);
  ASSERT_FALSE(bool(bytes));
  EXPECT_EQ(bytes.message(), "cannot read member 'x.npy' of 'a.zip': its "
                             "checksum is wrong, the file is damaged");
}

TEST(Zip, WhatIsUnpackedHasABudget) {
  TempFolder folder;
  std::string path = folder.path("zeros.zip");
  std::string zeros(size_t(1) << 26, '\0');
  Result<ZipWriter> writer = ZipWriter::create(path);
  ASSERT_TRUE(bool(writer));
  for (int i = 0; i < 5; ++i)
    ASSERT_TRUE(bool(writer->add(std::to_string(i), {zeros})));
  ASSERT_TRUE(bool(writer->finish()));
  Result<ZipReader> zip = ZipReader::open(path);
  ASSERT_TRUE(bool(zip));
  for (int i = 0; i < 4; ++i)
    EXPECT_TRUE(bool(zip->read(zip->entries()[i])));
  // What was read before may be read again.
  EXPECT_TRUE(bool(zip->read(zip->entries()[0])));
  Result<Bytes> last = zip->read(zip->entries()[4]);
  ASSERT_FALSE(bool(last));
  EXPECT_EQ(last.message(),
            "cannot read member '4' of '" + path +
                "': it unpacks to more than 256 MiB and 64 times the size of "
                "its file; save it uncompressed");
}

TEST(Zip, ErrorsQuoteNames) {
  TempFolder folder;
  std::string path = folder.path("a.zip");
  Result<ZipWriter> writer = ZipWriter::create(path);
  ASSERT_TRUE(bool(writer));
  ASSERT_TRUE(bool(writer->add("a\nerror: \x1b[31m", {"text"})));
  EXPECT_EQ(writer->add("a\nerror: \x1b[31m", {"text"}).message(),
            "cannot write two members named 'a\\nerror: \\x1b[31m'");
}
