//===- HDF5Test.cpp - The HDF5 reader -------------------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "qml/Support/HDF5Reader.h"

#include "Mutations.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

using namespace qml;
using namespace qml::testing;

static const std::string inputs = QML_TEST_INPUTS "/";

static Result<HDF5Object> openInput(const std::string &name) {
  return HDF5Object::parse(copyOf(contentsOf(inputs + name)), name);
}

static Result<Array> readFrom(const std::string &file,
                              const std::string &path) {
  Result<HDF5Object> root = openInput(file);
  if (!root)
    return root.takeError();
  Result<HDF5Object> object = root->open(path);
  if (!object)
    return object.takeError();
  EXPECT_TRUE(object->isDataset());
  return object->read();
}

template <typename T>
static void expectRamp(const Result<Array> &array, ElementType type,
                       const Shape &shape) {
  ASSERT_TRUE(bool(array)) << array.message();
  EXPECT_EQ(array->type, type);
  EXPECT_EQ(array->shape, shape);
  for (int64_t i = 0; i < array->size(); ++i)
    ASSERT_EQ(array->as<T>()[i], T(i)) << "element " << i;
}

TEST(HDF5, ReadsAllTypes) {
  auto read = [](const char *type) {
    return readFrom("datasets.h5", std::string("/contiguous/") + type);
  };
  Shape shape = {3, 4};
  expectRamp<float>(read("f4"), ElementType::F32, shape);
  expectRamp<double>(read("f8"), ElementType::F64, shape);
  expectRamp<int8_t>(read("i1"), ElementType::I8, shape);
  expectRamp<int16_t>(read("i2"), ElementType::I16, shape);
  expectRamp<int32_t>(read("i4"), ElementType::I32, shape);
  expectRamp<int64_t>(read("i8"), ElementType::I64, shape);
  expectRamp<uint8_t>(read("u1"), ElementType::U8, shape);
  expectRamp<uint16_t>(read("u2"), ElementType::U16, shape);
  expectRamp<uint32_t>(read("u4"), ElementType::U32, shape);
  expectRamp<uint64_t>(read("u8"), ElementType::U64, shape);
  Result<Array> half = read("f2");
  ASSERT_TRUE(bool(half)) << half.message();
  EXPECT_EQ(half->type, ElementType::F16);
  EXPECT_EQ(half->as<uint16_t>()[1], 0x3c00);
}

TEST(HDF5, DataIsAView) {
  Result<Bytes> bytes = readFile(inputs + "datasets.h5");
  ASSERT_TRUE(bool(bytes));
  Result<HDF5Object> root = HDF5Object::parse(*bytes, "x");
  ASSERT_TRUE(bool(root));
  Result<HDF5Object> object = root->open("contiguous/f4");
  ASSERT_TRUE(bool(object));
  Result<Array> array = object->read();
  ASSERT_TRUE(bool(array));
  const uint8_t *data = array->as<uint8_t>();
  EXPECT_TRUE(data >= bytes->data && data < bytes->data + bytes->size);
}

TEST(HDF5, ReadsAllLayouts) {
  Result<Array> scalar = readFrom("datasets.h5", "scalar");
  ASSERT_TRUE(bool(scalar)) << scalar.message();
  EXPECT_EQ(scalar->shape, Shape{});
  EXPECT_EQ(*scalar->as<float>(), 1.5f);
  expectRamp<float>(readFrom("datasets.h5", "empty"), ElementType::F32, {0, 3});
  expectRamp<int32_t>(readFrom("datasets.h5", "compact"), ElementType::I32,
                      {4});
  expectRamp<float>(readFrom("datasets.h5", "chunked/plain"), ElementType::F32,
                    {5, 7});
  expectRamp<int16_t>(readFrom("datasets.h5", "chunked/gzip"), ElementType::I16,
                      {40, 30});
  expectRamp<double>(readFrom("datasets.h5", "chunked/shuffle"),
                     ElementType::F64, {11});
  Result<Array> deep = readFrom("datasets.h5", "chunked/deep");
  expectRamp<uint8_t>(deep, ElementType::U8, {300});
}

TEST(HDF5, ReadsAttributes) {
  Result<HDF5Object> root = openInput("datasets.h5");
  ASSERT_TRUE(bool(root)) << root.message();
  using Strings = std::vector<std::string>;
  auto one = [&](const char *name) {
    Result<std::string> text = root->string(name);
    return text ? *text : "error: " + text.message();
  };
  auto many = [&](const char *name) {
    Result<Strings> texts = root->strings(name);
    return texts ? *texts : Strings{"error: " + texts.message()};
  };
  EXPECT_EQ(one("vlen"), "text of any length");
  EXPECT_EQ(one("fixed"), "fixed");
  EXPECT_EQ(one("long"), std::string(3000, 'x'));
  EXPECT_EQ(many("vlens"), (Strings{"one", "three", ""}));
  EXPECT_EQ(many("fixeds"), (Strings{"a", "bcd"}));
  EXPECT_EQ(many("none"), Strings{});
  EXPECT_TRUE(root->hasAttribute("vlen"));
  EXPECT_FALSE(root->hasAttribute("vle"));
  EXPECT_EQ(one("number"),
            "error: cannot read attribute 'number' of '/' of 'datasets.h5': it "
            "holds numbers of type int64 instead of strings");
  EXPECT_EQ(one("vle"), "error: cannot read attribute 'vle' of '/' of "
                        "'datasets.h5': there is none");
  EXPECT_EQ(one("vlens"), "error: attribute 'vlens' of '/' of 'datasets.h5' "
                          "holds 3 strings instead of one");
}

TEST(HDF5, ReadsGroupsOfSeveralLevels) {
  Result<HDF5Object> root = openInput("groups.h5");
  ASSERT_TRUE(bool(root)) << root.message();
  EXPECT_EQ(root->names().size(), 300u);
  EXPECT_FALSE(root->isDataset());
  for (int i = 0; i < 300; ++i) {
    EXPECT_TRUE(root->contains(std::to_string(i)));
    Result<HDF5Object> object = root->open(std::to_string(i));
    ASSERT_TRUE(bool(object)) << object.message();
    Result<Array> array = object->read();
    ASSERT_TRUE(bool(array)) << array.message();
    EXPECT_EQ(*array->as<float>(), 7.f);
  }
}

TEST(HDF5, ReadsTheNewerForm) {
  expectRamp<float>(readFrom("latest.h5", "group/data"), ElementType::F32,
                    {2, 3});
  Result<HDF5Object> root = openInput("latest.h5");
  ASSERT_TRUE(bool(root)) << root.message();
  Result<HDF5Object> group = root->open("group");
  ASSERT_TRUE(bool(group)) << group.message();
  Result<std::string> text = group->string("text");
  ASSERT_TRUE(bool(text)) << text.message();
  EXPECT_EQ(*text, "latest");
  EXPECT_TRUE(bool(group->strings("more")));
}

TEST(HDF5, ReadsAfterAUserBlock) {
  expectRamp<float>(readFrom("userblock.h5", "data"), ElementType::F32, {4});
}

static std::string messageFor(const std::string &file,
                              const std::string &path) {
  Result<Array> array = readFrom(file, path);
  return array ? "no error" : array.message();
}

TEST(HDF5, NamesWhatIsNotSupported) {
  const std::string resave =
      " is not supported; load the model in Keras and save it again as .h5 or "
      ".keras (with h5py: the default libver, gzip or no compression)";
  EXPECT_EQ(messageFor("datasets.h5", "big_endian"),
            "cannot read '/big_endian' of 'datasets.h5': data of a big-endian "
            "number" +
                resave);
  EXPECT_EQ(messageFor("datasets.h5", "bool"),
            "cannot read '/bool' of 'datasets.h5': data of an enumeration (or "
            "boolean)" +
                resave);
  EXPECT_EQ(messageFor("datasets.h5", "chunked/lzf"),
            "cannot read '/chunked/lzf' of 'datasets.h5': a dataset with "
            "filter 32000 (lzf)" +
                resave);
  EXPECT_EQ(messageFor("datasets.h5", "link"),
            "cannot read '/' of 'datasets.h5': member 'link', a symbolic or "
            "external link," +
                resave);
  EXPECT_EQ(messageFor("latest.h5", "dense"),
            "cannot read '/dense' of 'latest.h5': a group with dense storage "
            "of links" +
                resave);
}

TEST(HDF5, NamesWhatIsMissing) {
  EXPECT_EQ(messageFor("datasets.h5", "contiguous/f3"),
            "cannot read '/contiguous' of 'datasets.h5': it has no member "
            "'f3'");
  EXPECT_EQ(messageFor("datasets.h5", "chunked/missing"),
            "cannot read '/chunked/missing' of 'datasets.h5': its data was "
            "never written");
  EXPECT_EQ(messageFor("float32.npy", "x"),
            "cannot read 'float32.npy': it is no HDF5 file");
}

TEST(HDF5, NoticesACutFile) {
  std::string contents = contentsOf(inputs + "datasets.h5");
  size_t size = contents.size();
  contents.resize(size - 10);
  Result<HDF5Object> root = HDF5Object::parse(copyOf(contents), "x.h5");
  ASSERT_FALSE(bool(root));
  EXPECT_EQ(root.message(), "cannot read 'x.h5': the file is cut off: it "
                            "should have " +
                                std::to_string(size) + " bytes and has " +
                                std::to_string(size - 10));
}

/// The most memory that this process has had, in bytes.
static int64_t peakMemory() {
  struct rusage usage;
  ::getrusage(RUSAGE_SELF, &usage);
  return int64_t(usage.ru_maxrss) * 1024;
}

TEST(HDF5, ChunksBeyondTheDatasetTakeNoMemory) {
  int64_t before = peakMemory();
  expectRamp<float>(readFrom("expanding.h5", "/wide"), ElementType::F32, {6});
  expectRamp<float>(readFrom("expanding.h5", "/shuffled"), ElementType::F32,
                    {2, 3});
  // Each chunk has 16 MB.
  EXPECT_LT(peakMemory() - before, 8 << 20);
}

TEST(HDF5, LinksShareTheirData) {
  Result<HDF5Object> root = openInput("expanding.h5");
  ASSERT_TRUE(bool(root));
  std::vector<Array> arrays;
  for (int i = 0; i < 64; ++i) {
    Result<HDF5Object> object = root->open(std::to_string(i));
    ASSERT_TRUE(bool(object));
    Result<Array> array = object->read();
    ASSERT_TRUE(bool(array)) << array.message();
    arrays.push_back(*array);
    EXPECT_EQ(array->data, arrays[0].data);
  }
  // Read again when nobody has it any more.
  arrays.clear();
  Result<Array> again = root->open("7")->read();
  ASSERT_TRUE(bool(again));
  EXPECT_EQ(again->size(), 1 << 22);
}

TEST(HDF5, WhatIsUnpackedHasABudget) {
  auto budget = std::make_shared<MemoryBudget>(0);
  ASSERT_TRUE(budget->spend(250 << 20));
  Result<HDF5Object> root = HDF5Object::parse(
      copyOf(contentsOf(inputs + "expanding.h5")), "expanding.h5", budget);
  ASSERT_TRUE(bool(root));
  EXPECT_TRUE(bool(root->open("wide")->read()));
  Result<Array> array = root->open("0")->read();
  ASSERT_FALSE(bool(array));
  EXPECT_EQ(array.message(),
            "cannot read '/0' of 'expanding.h5': it unpacks to more than 256 "
            "MiB and 64 times the size of its file; save it uncompressed");
}
