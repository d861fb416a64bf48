//===- BytecodeTest.cpp - Attributes of the qml dialect in bytecode -------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The dialect's side of reading bytecode, with numbers that no writer makes. It
// is called through a reader that hands out a list of numbers and attributes.
//
//===----------------------------------------------------------------------===//

#include "mlir/Bytecode/BytecodeImplementation.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/MLIRContext.h"
#include "qml/Dialect/QML/IR/Elements.h"
#include "qml/Dialect/QML/IR/QMLDialect.h"

#include <gtest/gtest.h>

using namespace mlir;
using namespace qml;

namespace {

class ListReader : public DialectBytecodeReader {
public:
  ListReader(MLIRContext *context, ArrayRef<uint64_t> numbers,
             ArrayRef<Attribute> attributes = {})
      : context(context), numbers(numbers), attributes(attributes) {
    // Read from the back.
    std::reverse(this->numbers.begin(), this->numbers.end());
    std::reverse(this->attributes.begin(), this->attributes.end());
  }

  InFlightDiagnostic emitError(const Twine &message = {}) const override {
    return mlir::emitError(UnknownLoc::get(context)) << message;
  }
  FailureOr<const DialectVersion *>
  getDialectVersion(StringRef) const override {
    return failure();
  }
  MLIRContext *getContext() const override { return context; }
  uint64_t getBytecodeVersion() const override { return 6; }
  LogicalResult readVarInt(uint64_t &result) override {
    if (numbers.empty())
      return failure();
    result = numbers.back();
    numbers.pop_back();
    return success();
  }
  LogicalResult readSignedVarInt(int64_t &result) override {
    uint64_t number = 0;
    LogicalResult read = readVarInt(number);
    result = static_cast<int64_t>(number);
    return read;
  }
  LogicalResult readAttribute(Attribute &result) override {
    if (attributes.empty())
      return failure();
    result = attributes.back();
    attributes.pop_back();
    return success();
  }
  LogicalResult readOptionalAttribute(Attribute &result) override {
    return attributes.empty() ? success() : readAttribute(result);
  }
  LogicalResult readType(Type &result) override {
    result = type;
    return success(type != nullptr);
  }
  FailureOr<AsmDialectResourceHandle> readResourceHandle() override {
    return failure();
  }
  FailureOr<APInt> readAPIntWithKnownWidth(unsigned) override {
    return failure();
  }
  FailureOr<APFloat>
  readAPFloatWithKnownSemantics(const llvm::fltSemantics &) override {
    return failure();
  }
  LogicalResult readString(StringRef &result) override {
    result = "weights";
    return success();
  }
  LogicalResult readBlob(ArrayRef<char> &result) override {
    result = blob;
    return success();
  }
  LogicalResult readBool(bool &) override { return failure(); }

  /// Handed out as often as asked for; no type is a failure.
  Type type;
  std::vector<char> blob;

private:
  MLIRContext *context;
  std::vector<uint64_t> numbers;
  std::vector<Attribute> attributes;
};

class BytecodeTest : public ::testing::Test {
protected:
  BytecodeTest()
      : bytecode(context.getOrLoadDialect<QMLDialect>()
                     ->getRegisteredInterface<BytecodeDialectInterface>()),
        handler(&context, [&](Diagnostic &diagnostic) {
          message = diagnostic.str();
          return success();
        }) {}

  /// The attribute as text, "" if there is none.
  std::string read(ArrayRef<uint64_t> numbers,
                   ArrayRef<Attribute> attributes = {}) {
    message.clear();
    ListReader reader(&context, numbers, attributes);
    Attribute attribute = bytecode->readAttribute(reader);
    std::string text;
    llvm::raw_string_ostream os(text);
    if (attribute)
      os << attribute;
    return text;
  }

  MLIRContext context;
  const BytecodeDialectInterface *bytecode;
  std::string message;
  ScopedDiagnosticHandler handler;
};

// The numbers are the format of files: they never change.
TEST_F(BytecodeTest, Format) {
  Attribute fracBits = makeIntVector(&context, "", {5}, /*scalar=*/true);
  Attribute scale = makeFloatVector(&context, "", {0.5f}, /*scalar=*/true);
  EXPECT_EQ(read({0, 7}, {fracBits}),
            "#qml.fixed<value_bits = 7, frac_bits = 5>");
  EXPECT_EQ(read({0, 32}, {fracBits, scale}),
            "#qml.fixed<value_bits = 32, frac_bits = 5, scale = "
            "dense<5.000000e-01> : tensor<f32>>");
  EXPECT_EQ(read({1, 4, 3, uint64_t(-1)}),
            "#qml.weight_quantizer<bitwidth = 4, axis = -1>");
  EXPECT_EQ(read({1, 8, 0, 0}),
            "#qml.weight_quantizer<bitwidth = 8, signed = false, per_tensor>");
  EXPECT_EQ(read({2, 8, 1}),
            "#qml.aligned_quantizer<bitwidth = 8, signed = true>");
  EXPECT_EQ(read({4, 0}), "#qml<activation relu>");
  EXPECT_EQ(read({4, 1}), "#qml<activation softmax>");
  EXPECT_EQ(read({4, 2}), "#qml<activation gelu>");
  EXPECT_EQ(read({4, 16}), "#qml<activation exponential>");
  EXPECT_EQ(read({4, 17}), "#qml<activation log_softmax>");
  EXPECT_EQ(read({5, 0}), "#qml<granularity per_tensor>");
  EXPECT_EQ(read({5, 1}), "#qml<granularity per_axis>");
  EXPECT_EQ(read({6, 0}), "#qml.padding<valid>");
  EXPECT_EQ(read({6, 1}), "#qml.padding<same>");
  EXPECT_EQ(read({6, 2, 1, 0, 2, 3}), "#qml.padding<1, 0, 2, 3>");
  EXPECT_EQ(message, "");
}

TEST_F(BytecodeTest, EndsEarly) {
  for (const auto &numbers : {std::vector<uint64_t>{},
                              {0},
                              {1},
                              {1, 4},
                              {1, 4, 1},
                              {2, 8},
                              {4},
                              {6},
                              {6, 2, 1, 1}})
    EXPECT_EQ(read(numbers), "");
  EXPECT_EQ(read({0, 7}), "") << "no fractional bits";
}

TEST_F(BytecodeTest, WrongValues) {
  EXPECT_EQ(read({3}), "");
  EXPECT_EQ(message, "unknown attribute 3 of the qml dialect");
  EXPECT_EQ(read({8}), "");
  EXPECT_EQ(message, "unknown attribute 8 of the qml dialect");
  EXPECT_EQ(read({UINT64_MAX}), "");
  EXPECT_EQ(read({4, 1000}), "");
  EXPECT_EQ(message, "unknown value 1000 of an enumeration");
  // Not the value that the lower 32 bits have.
  EXPECT_EQ(read({4, (uint64_t(1) << 32) + 1}), "");
  EXPECT_EQ(message, "unknown value 4294967297 of an enumeration");
  EXPECT_EQ(read({6, 2, uint64_t(-1), 0, 0, 0}), "");
  EXPECT_EQ(message, "padding has a number of -1; pads are 0 to 1048576");
  EXPECT_EQ(read({1, (uint64_t(1) << 32) + 8, 1, 0}), "");
  EXPECT_NE(message, "");
  EXPECT_EQ(read({2, 0, 1}), "");
  EXPECT_EQ(message, "bitwidth is 0; signed quantizers take 2 to 32");
}

TEST_F(BytecodeTest, WrongKindsOfAttributes) {
  Builder builder(&context);
  Attribute fracBits = makeIntVector(&context, "", {5}, /*scalar=*/true);
  EXPECT_EQ(read({0, 7}, {builder.getUnitAttr()}), "");
  EXPECT_EQ(read({0, 7}, {fracBits, builder.getStringAttr("scale")}), "");
  EXPECT_EQ(read({0, 7}, {fracBits, fracBits}), "");
  EXPECT_EQ(message,
            "scale is of type 'tensor<i32>'; it must be an f32, or a vector of "
            "f32");
  EXPECT_EQ(read({0, 7}, {builder.getDenseI32ArrayAttr({1})}), "");
}

// Three bits each; see PackedBitsTest for the layout.
TEST_F(BytecodeTest, PackedWeights) {
  Builder builder(&context);
  auto bytes = [&](ArrayRef<int64_t> shape) {
    return RankedTensorType::get(shape, builder.getI8Type());
  };
  auto readAs = [&](uint64_t bits, Type type, std::vector<char> blob) {
    message.clear();
    ListReader reader(&context, {7, bits});
    reader.type = type;
    reader.blob = std::move(blob);
    return dyn_cast_or_null<ElementsAttr>(bytecode->readAttribute(reader));
  };
  // 001, 111, 011, 100, 000 from the lowest bit up, and so on.
  std::vector<char> blob = {char(0b11111001), char(0b00001000), 0, 0, 0, 0, 0};
  ElementsAttr weights = readAs(3, bytes({2, 9}), blob);
  ASSERT_TRUE(weights) << message;
  EXPECT_EQ(weights.getType(), bytes({2, 9}));
  std::vector<int64_t> values = readIntegers(weights);
  values.resize(5);
  EXPECT_EQ(values, (std::vector<int64_t>{1, -1, 3, -4, 0}));

  EXPECT_FALSE(readAs(0, bytes({18}), blob));
  EXPECT_EQ(message, "packed weights have 0 bits; allowed are 1 to 7");
  EXPECT_FALSE(readAs(8, bytes({7}), blob));
  EXPECT_FALSE(readAs(3, bytes({21}), blob));
  EXPECT_EQ(message, "packed weights of type 'tensor<21xi8>' with 3 bits each "
                     "don't fill 7 bytes");
  EXPECT_FALSE(readAs(3, bytes({15}), blob)) << "it leaves a byte";
  int64_t huge = int64_t(1) << 62;
  EXPECT_FALSE(readAs(3, bytes({huge, huge, 18}), blob));
  EXPECT_FALSE(readAs(3, bytes({huge, 4, 0}), blob));
  EXPECT_FALSE(readAs(3, bytes({ShapedType::kDynamic}), blob));
  EXPECT_EQ(message, "packed weights are of type 'tensor<?xi8>'; they must be "
                     "a tensor of i8");
  EXPECT_FALSE(
      readAs(3, RankedTensorType::get({18}, builder.getI16Type()), blob));
  EXPECT_FALSE(readAs(3, builder.getI8Type(), blob));
  EXPECT_FALSE(readAs(3, Type(), blob));
}

TEST_F(BytecodeTest, OtherVersions) {
  for (uint64_t version : {2, 3}) {
    ListReader readable(&context, {version});
    EXPECT_TRUE(bytecode->readVersion(readable));
  }
  for (uint64_t version : {1, 4}) {
    ListReader other(&context, {version});
    EXPECT_FALSE(bytecode->readVersion(other));
    EXPECT_EQ(message, "holds version " + std::to_string(version) +
                           " of the qml dialect; this tool reads versions 2 to "
                           "3");
  }
  ListReader nothing(&context, {});
  EXPECT_FALSE(bytecode->readVersion(nothing));
}

} // namespace
