//===- NpyTest.cpp - NumPy's .npy files -----------------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "qml/Support/Npy.h"

#include "Mutations.h"
#include "TempFolder.h"

#include <gtest/gtest.h>
#include <numeric>

using namespace qml;
using namespace qml::testing;

static const std::string inputs = QML_TEST_INPUTS "/";

/// A file of version 1.0 with the given dictionary.
static Bytes npy(const std::string &dictionary, size_t dataBytes) {
  std::string text("\x93NUMPY\1\0", 8);
  text += char(dictionary.size() & 0xff);
  text += char(dictionary.size() >> 8);
  return copyOf(text + dictionary + std::string(dataBytes, '\0'));
}

static std::string messageFor(const std::string &dictionary,
                              size_t dataBytes = 0) {
  Result<NpyArray> array = NpyArray::parse(npy(dictionary, dataBytes), "x");
  return array ? "no error" : array.message();
}

TEST(Npy, ReadsWhatNumPyWrites) {
  Result<NpyArray> array = NpyArray::open(inputs + "float32.npy");
  ASSERT_TRUE(bool(array)) << array.message();
  EXPECT_EQ(array->type, ElementType::F32);
  EXPECT_EQ(array->shape, (Shape{2, 3, 4}));
  for (int i = 0; i < 24; ++i)
    EXPECT_EQ(array->as<float>()[i], float(i));
}

TEST(Npy, DataIsAView) {
  Result<Bytes> bytes = readFile(inputs + "float32.npy");
  ASSERT_TRUE(bool(bytes));
  Result<NpyArray> array = NpyArray::parse(*bytes, "x");
  ASSERT_TRUE(bool(array));
  EXPECT_EQ(array->data, bytes->data + bytes->size - 96);
}

TEST(Npy, MisalignedDataIsCopied) {
  std::string contents = " " + contentsOf(inputs + "float32.npy");
  Bytes bytes = copyOf(contents);
  Result<NpyArray> array = NpyArray::parse(bytes.slice(1, bytes.size - 1), "x");
  ASSERT_TRUE(bool(array));
  EXPECT_EQ(reinterpret_cast<uintptr_t>(array->data) % 4, 0u);
  EXPECT_EQ(array->as<float>()[23], 23.f);
}

TEST(Npy, RoundTripsAllTypes) {
  TempFolder folder;
  std::string path = folder.path("a.npy");
  std::vector<uint8_t> data(8 * 6);
  std::iota(data.begin(), data.end(), uint8_t(0));
  for (int type = 0; type <= int(ElementType::F64); ++type) {
    for (const Shape &shape : {Shape{}, Shape{6}, Shape{2, 3}, Shape{0, 5}}) {
      ASSERT_TRUE(bool(writeNpy(path, ElementType(type), shape, data.data())));
      Result<NpyArray> array = NpyArray::open(path);
      ASSERT_TRUE(bool(array)) << array.message();
      EXPECT_EQ(array->type, ElementType(type));
      EXPECT_EQ(array->shape, shape);
      EXPECT_EQ(std::memcmp(array->data, data.data(), array->numBytes()), 0);
    }
  }
}

TEST(Npy, WritesWhatNumPyWrites) {
  std::string expected = contentsOf(inputs + "float32.npy");
  EXPECT_EQ(npyHeader(ElementType::F32, {2, 3, 4}), expected.substr(0, 128));
}

TEST(Npy, ReadsOtherVersionsAndForms) {
  std::string dictionary =
      "{\"shape\": (3L,), 'descr':'<f4', 'fortran_order':True}";
  std::string text("\x93NUMPY\2\0", 8);
  text += char(dictionary.size());
  text += std::string(3, '\0');
  Result<NpyArray> array =
      NpyArray::parse(copyOf(text + dictionary + std::string(12, '\0')), "x");
  ASSERT_TRUE(bool(array)) << array.message();
  EXPECT_EQ(array->shape, (Shape{3}));
  EXPECT_EQ(messageFor("{'descr': '<f4', 'fortran_order': True, "
                       "'shape': (1, 3, 1), }",
                       12),
            "no error");
}

TEST(Npy, RefusesWithReasons) {
  const std::string types =
      "; allowed are little-endian bool, int8 to int64, uint8 to uint64, and "
      "float16 to float64: convert the array with .astype(...) and save it "
      "again";
  auto messageOf = [&](const char *file) {
    Result<NpyArray> array = NpyArray::open(inputs + file);
    std::string text = array ? "no error" : array.message();
    size_t at = text.find(inputs);
    return at == std::string::npos ? text : text.replace(at, inputs.size(), "");
  };
  EXPECT_EQ(messageOf("fortran.npy"),
            "cannot read array 'fortran.npy': the array is in Fortran order; "
            "save it again after numpy.ascontiguousarray(...)");
  EXPECT_EQ(messageOf("big_endian.npy"),
            "cannot read array 'big_endian.npy': the elements are big-endian "
            "('>f4')" +
                types);
  EXPECT_EQ(messageOf("object.npy"), "cannot read array 'object.npy': the "
                                     "elements are Python objects" +
                                         types);
  EXPECT_EQ(messageOf("stored.npz"),
            "cannot read array 'stored.npz': it is no .npy file: it does not "
            "begin with NumPy's magic bytes");
  EXPECT_EQ(messageFor("{'descr': '<c8', 'fortran_order': False, "
                       "'shape': (3,), }"),
            "cannot read array 'x': the elements are of type '<c8'" + types);
  EXPECT_EQ(messageFor("{'descr': [('a', '<f4')], 'fortran_order': False, "
                       "'shape': (3,), }"),
            "cannot read array 'x': the elements are records" + types);
  EXPECT_EQ(messageFor("{'descr': '<f4', 'fortran_order': False, "
                       "'shape': (3, 4), }",
                       20),
            "cannot read array 'x': the data is cut off: shape (3, 4) of "
            "float32 needs 48 bytes, there are 20");
  EXPECT_EQ(messageFor("{'descr': '<f4', 'fortran_order': False, 'shape': "
                       "(4611686018427387904, 4611686018427387904, 0), }"),
            "cannot read array 'x': the shape (4611686018427387904, "
            "4611686018427387904, 0) overflows");
  EXPECT_EQ(messageFor("{'descr': '<f4', 'fortran_order': False, "
                       "'shape': (99999999999999999999,), }"),
            "cannot read array 'x': the shape has an extent that does not fit "
            "64 bits");
  EXPECT_EQ(messageFor("{'descr': '<f4', 'shape': (3,), }"),
            "cannot read array 'x': the header is damaged: 'descr', "
            "'fortran_order' or 'shape' is missing");
}
