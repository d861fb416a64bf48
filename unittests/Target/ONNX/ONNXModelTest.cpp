//===- ONNXModelTest.cpp - Reading ONNX models ----------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "qml/Target/ONNX/ONNXModel.h"

#include "Mutations.h"
#include "TempFolder.h"
#include "WriteONNX.h"

#include <fstream>
#include <gtest/gtest.h>
#include <unistd.h>

using namespace qml;
using namespace qml::testing;

static const std::string inputs = QML_TEST_INPUTS "/";

//===----------------------------------------------------------------------===//
// Messages, written by hand
//===----------------------------------------------------------------------===//

/// A model with one initializer.
static std::string modelOf(const std::string &tensor, uint64_t opset = 17) {
  return field(1, 8) + field(8, field(1, std::string()) + field(2, opset)) +
         field(7, field(5, tensor));
}

static Result<ONNXModel> parse(const std::string &contents) {
  return parseONNXModel(copyOf(contents), "m.onnx");
}

static std::string messageOf(const std::string &contents) {
  Result<ONNXModel> model = parse(contents);
  return model ? "" : model.message();
}

static std::vector<float> readFloats(const ONNXTensor &tensor) {
  Result<Array> array = tensor.read();
  if (!array || array->type != ElementType::F32)
    return {};
  return std::vector<float>(array->as<float>(),
                            array->as<float>() + array->size());
}

static std::string bytesOf(std::vector<float> values) {
  return {reinterpret_cast<const char *>(values.data()),
          values.size() * sizeof(float)};
}

TEST(ONNXModel, File) {
  Result<ONNXModel> model = readONNXModel(inputs + "onnx_channels_last.onnx");
  ASSERT_TRUE(bool(model)) << model.message();
  EXPECT_EQ(model->opset, 12);
  EXPECT_EQ(model->name, "channels_last");
  ASSERT_EQ(model->inputs.size(), 1u);
  EXPECT_EQ(model->inputs[0].name, "x");
  EXPECT_EQ(nameOfONNXType(model->inputs[0].type), "float");
  using Extents = std::vector<std::optional<int64_t>>;
  EXPECT_EQ(model->inputs[0].shape, (Extents{std::nullopt, 8, 8, 3}));
  ASSERT_FALSE(model->nodes.empty());
  EXPECT_EQ(model->nodes[0].op, "Mul");
  EXPECT_EQ(model->nodes[0].inputs.size(), 2u);
  const ONNXAttribute *perm = model->nodes[2].find("perm");
  ASSERT_NE(perm, nullptr);
  EXPECT_EQ(perm->integers, (std::vector<int64_t>{0, 3, 1, 2}));
  EXPECT_EQ(model->nodes[2].find("axis"), nullptr);
}

TEST(ONNXModel, FloatsInAllForms) {
  std::vector<float> values = {1.5f, -2.0f};
  std::string bytes = bytesOf(values), one = bytes.substr(0, 4),
              two = bytes.substr(4);
  std::string head = field(1, 2) + field(2, 1);
  auto fixed = [](const std::string &number) {
    return varint(4 << 3 | 5) + number;
  };
  for (const std::string &data :
       {field(9, bytes), field(4, bytes), fixed(one) + fixed(two),
        field(4, one) + field(4, two), fixed(one) + field(4, two)}) {
    // Fields come in any order.
    for (const std::string &tensor : {head + data, data + head}) {
      Result<ONNXModel> model = parse(modelOf(tensor));
      ASSERT_TRUE(bool(model)) << model.message();
      EXPECT_EQ(readFloats(model->initializers[0]), values);
    }
  }
}

TEST(ONNXModel, OtherTypes) {
  // bfloat16 1.5 and float16 in int32_data; negative integers have ten bytes.
  Result<ONNXModel> bfloat =
      parse(modelOf(field(1, 1) + field(2, 16) + field(5, varint(0x3fc0))));
  ASSERT_TRUE(bool(bfloat)) << bfloat.message();
  EXPECT_EQ(readFloats(bfloat->initializers[0]), std::vector<float>{1.5f});
  Result<ONNXModel> half =
      parse(modelOf(field(1, 1) + field(2, 10) + field(5, 0x3e00)));
  ASSERT_TRUE(bool(half)) << half.message();
  EXPECT_EQ(half->initializers[0].read()->as<uint16_t>()[0], 0x3e00);
  Result<ONNXModel> integer =
      parse(modelOf(field(2, 7) + field(7, uint64_t(-5))));
  ASSERT_TRUE(bool(integer)) << integer.message();
  EXPECT_EQ(integer->initializers[0].read()->as<int64_t>()[0], -5);
  Result<ONNXModel> text =
      parse(modelOf(field(2, 8) + field(8, std::string("t"))));
  ASSERT_TRUE(bool(text)) << text.message();
  EXPECT_EQ(text->initializers[0].read().message(),
            "tensor 't' is of type string, which is not supported");
}

TEST(ONNXModel, LastFieldWins) {
  Result<ONNXModel> model = parse(modelOf(
      field(8, std::string("a")) + field(8, std::string("b")) + field(2, 1) +
      field(1, 1) + field(9, bytesOf({1})) + field(9, bytesOf({2}))));
  ASSERT_TRUE(bool(model)) << model.message();
  EXPECT_EQ(model->initializers[0].name, "b");
  EXPECT_EQ(readFloats(model->initializers[0]), std::vector<float>{2});
}

TEST(ONNXModel, Refused) {
  EXPECT_EQ(messageOf(""), "'m.onnx' is no ONNX model");
  EXPECT_EQ(messageOf("PK\3\4 something else"), "'m.onnx' is no ONNX model");
  EXPECT_EQ(messageOf(modelOf("", 6)),
            "'m.onnx' uses version 6 of ai.onnx's operators; versions from 7 "
            "on are supported: export it again, or convert it with "
            "onnx.version_converter");
  EXPECT_EQ(messageOf(field(1, 8) + field(7, std::string())),
            "'m.onnx' does not say which version of ai.onnx's operators it "
            "uses");
  std::string whole = modelOf(field(2, 1) + field(9, bytesOf({1})));
  EXPECT_EQ(messageOf(whole.substr(0, whole.size() - 1)),
            "'m.onnx' is damaged: it ends too early or has a bad field");
}

TEST(ONNXModel, HostileShapes) {
  std::string huge = varint(uint64_t(1) << 40);
  EXPECT_EQ(messageOf(modelOf(field(1, huge + huge) + field(2, 1))),
            "'m.onnx' tensor '' has the shape (1099511627776, 1099511627776), "
            "which is not sound");
  EXPECT_EQ(messageOf(modelOf(field(1, huge) + field(2, 1))),
            "'m.onnx' tensor '' has the shape (1099511627776,), so "
            "4398046511104 bytes; found are 0");
  EXPECT_EQ(messageOf(modelOf(field(1, uint64_t(-1)) + field(2, 1))),
            "'m.onnx' tensor '' has the shape (-1,), which is not sound");
}

TEST(ONNXModel, ManyNodes) {
  std::string graph;
  for (size_t i = 0; i != (size_t(1) << 19) + 1; ++i)
    graph += std::string("\x0a\x00", 2);
  EXPECT_EQ(messageOf(field(1, 8) + field(7, graph)),
            "'m.onnx' has more than 2097152 entries; this is no network");
  std::string attributes;
  for (size_t i = 0; i != size_t(1) << 19; ++i)
    attributes += std::string("\x2a\x00", 2);
  EXPECT_EQ(messageOf(field(1, 8) + field(7, field(1, attributes))),
            "'m.onnx' has more than 2097152 entries; this is no network");
}

TEST(ONNXModel, ListsOfIntegers) {
  // In two packed lists and one by one, of one and of two bytes in the file.
  auto tensor = [](uint64_t count) {
    return modelOf(field(1, count) + field(2, uint64_t(6)) +
                   field(5, varint(1) + varint(300)) + field(5, uint64_t(3)) +
                   field(5, varint(uint64_t(-4))));
  };
  Result<ONNXModel> model = parse(tensor(4));
  ASSERT_TRUE(bool(model)) << model.message();
  Result<Array> array = model->initializers[0].read();
  ASSERT_TRUE(bool(array)) << array.message();
  ASSERT_EQ(array->type, ElementType::I32);
  EXPECT_EQ(std::vector<int32_t>(array->as<int32_t>(),
                                 array->as<int32_t>() + array->size()),
            (std::vector<int32_t>{1, 300, 3, -4}));
  EXPECT_EQ(messageOf(tensor(5)),
            "'m.onnx' tensor '' has the shape (5,), so 20 bytes; found are 16");
}

//===----------------------------------------------------------------------===//
// Tensors in other files
//===----------------------------------------------------------------------===//

static std::string external(const std::string &location,
                            const std::string &offset = "",
                            const std::string &length = "") {
  auto entry = [](const std::string &key, const std::string &value) {
    return field(13, field(1, key) + field(2, value));
  };
  std::string text = field(1, 2) + field(2, 1) + field(8, std::string("w")) +
                     field(14, 1) + entry("location", location);
  if (!offset.empty())
    text += entry("offset", offset);
  if (!length.empty())
    text += entry("length", length);
  return modelOf(text);
}

static void write(const std::string &path, const std::string &text) {
  std::ofstream(path, std::ios::binary) << text;
}

TEST(ONNXModel, ExternalData) {
  TempFolder folder;
  write(folder.path("m.onnx"), external("m.data", "4", "8"));
  write(folder.path("m.data"), bytesOf({9, 1.5f, 2.5f}));
  Result<ONNXModel> model = readONNXModel(folder.path("m.onnx"));
  ASSERT_TRUE(bool(model)) << model.message();
  EXPECT_EQ(readFloats(model->initializers[0]),
            (std::vector<float>{1.5f, 2.5f}));
}

TEST(ONNXModel, ExternalDataThatIsTooShort) {
  TempFolder folder;
  write(folder.path("m.data"), bytesOf({9, 1.5f, 2.5f}));
  for (auto [offset, length] :
       {std::pair("8", "8"), std::pair("4", "4"),
        std::pair("18446744073709551612", "8"), std::pair("x", "8")}) {
    write(folder.path("m.onnx"), external("m.data", offset, length));
    Result<ONNXModel> model = readONNXModel(folder.path("m.onnx"));
    ASSERT_FALSE(bool(model));
    EXPECT_NE(model.message().find("tensor 'w' has 8 bytes, but takes "),
              std::string::npos)
        << model.message();
  }
}

TEST(ONNXModel, ExternalDataElsewhere) {
  TempFolder folder, other;
  write(other.path("secret"), bytesOf({1, 2}));
  ASSERT_EQ(
      ::symlink(other.path("secret").c_str(), folder.path("link").c_str()), 0);
  for (const std::string &location :
       {other.path("secret"), std::string("../secret"), std::string("link"),
        std::string("a/../../secret"), std::string(".")}) {
    write(folder.path("m.onnx"), external(location));
    Result<ONNXModel> model = readONNXModel(folder.path("m.onnx"));
    ASSERT_TRUE(bool(model)) << model.message();
    Result<Array> array = model->initializers[0].read();
    ASSERT_FALSE(bool(array));
    EXPECT_NE(array.message().find("such files are not read"),
              std::string::npos)
        << array.message();
  }
}

//===----------------------------------------------------------------------===//
// Damaged files
//===----------------------------------------------------------------------===//

TEST(ONNXModel, Damaged) {
  constexpr int copiesPerFile = 500;
  for (const char *file :
       {"onnx_shapes.onnx", "onnx_fixed.onnx", "onnx_windows.onnx"}) {
    Mutator mutator(contentsOf(inputs + file));
    int refused = 0;
    unsigned sum = 0;
    for (int i = 0; i != copiesPerFile; ++i) {
      Result<ONNXModel> model = parse(mutator.next());
      if (!model) {
        EXPECT_FALSE(model.message().empty());
        ++refused;
        continue;
      }
      for (const ONNXTensor &tensor : model->initializers)
        if (Result<Array> array = tensor.read())
          for (size_t b = 0; b != array->numBytes(); ++b)
            sum += array->as<uint8_t>()[b];
      for (const ONNXNode &node : model->nodes)
        for (std::string_view input : node.inputs)
          sum += unsigned(input.size());
    }
    EXPECT_GT(refused, 0);
    EXPECT_LT(refused, copiesPerFile);
    ::testing::Test::RecordProperty("sum", int(sum & 0xffff));
  }
}
