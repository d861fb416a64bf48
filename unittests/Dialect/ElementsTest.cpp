//===- ElementsTest.cpp - Reading and making constant arrays --------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "qml/Dialect/QML/IR/Elements.h"

#include "mlir/AsmParser/AsmParser.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/AsmState.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/Parser/Parser.h"
#include "qml/Dialect/QML/IR/QMLOps.h"

#include <gtest/gtest.h>
#include <numeric>

using namespace mlir;
using namespace qml;

namespace {

class ElementsTest : public ::testing::Test {
protected:
  ElementsTest() : builder(&context) {
    context.loadDialect<QMLDialect, func::FuncDialect>();
  }

  RankedTensorType tensorOf(ArrayRef<int64_t> shape, Type elementType) {
    return RankedTensorType::get(shape, elementType);
  }

  /// The message of verifyElements, empty if it succeeds.
  std::string messageFor(ElementsAttr elements) {
    std::string message;
    ScopedDiagnosticHandler handler(&context, [&](Diagnostic &diagnostic) {
      message = diagnostic.str();
      return success();
    });
    LogicalResult result = verifyElements(
        elements, [&] { return emitError(UnknownLoc::get(&context)); });
    EXPECT_EQ(succeeded(result), message.empty());
    return message;
  }

  /// A resource of `bytes` bytes at `data`, as the caller says.
  ElementsAttr resourceAt(RankedTensorType type, const char *data,
                          size_t bytes) {
    return DenseResourceElementsAttr::get(
        type, "r",
        AsmResourceBlob(ArrayRef<char>(data, bytes), /*dataAlignment=*/1,
                        /*deleter=*/{}, /*dataIsMutable=*/false));
  }

  MLIRContext context;
  Builder builder;
};

bool isResource(ElementsAttr elements) {
  return isa<DenseResourceElementsAttr>(Attribute(elements));
}

//===----------------------------------------------------------------------===//
// Kinds and types
//===----------------------------------------------------------------------===//

TEST_F(ElementsTest, ElementTypes) {
  EXPECT_EQ(qml::getElementType(builder.getF32Type()), ElementType::F32);
  EXPECT_EQ(qml::getElementType(builder.getI8Type()), ElementType::I8);
  EXPECT_EQ(qml::getElementType(builder.getIntegerType(16, false)),
            ElementType::U16);
  EXPECT_EQ(qml::getElementType(builder.getIntegerType(64, true)),
            ElementType::I64);
  EXPECT_EQ(qml::getElementType(builder.getF64Type()), std::nullopt);
  EXPECT_EQ(qml::getElementType(builder.getI1Type()), std::nullopt);
  EXPECT_EQ(qml::getElementType(builder.getIntegerType(12)), std::nullopt);
  EXPECT_EQ(qml::getElementType(builder.getIndexType()), std::nullopt);
}

TEST_F(ElementsTest, Kinds) {
  auto parse = [&](StringRef text) {
    return cast<ElementsAttr>(parseAttribute(text, &context));
  };
  EXPECT_TRUE(isElementsOfFloat(parse("dense<1.0> : tensor<2xf32>")));
  EXPECT_FALSE(isElementsOfInteger(parse("dense<1.0> : tensor<2xf32>")));
  EXPECT_TRUE(isElementsOfInteger(parse("dense<1> : tensor<i64>")));
  EXPECT_TRUE(isElementsOfWeights(parse("dense<[]> : tensor<0xi8>")));
  EXPECT_FALSE(isElementsOfInteger(parse("dense<1> : tensor<ui8>")));
  for (StringRef other :
       {"dense<1.0> : tensor<2xf64>", "dense<true> : tensor<2xi1>",
        "dense<1.0> : vector<2xf32>", "dense<\"a\"> : tensor<1x!qml.none>",
        "sparse<0, 1.0> : tensor<2xf32>", "array<i64: 1, 2>"}) {
    // Unknown types are an error of the parser.
    ScopedDiagnosticHandler silent(&context,
                                   [](Diagnostic &) { return success(); });
    auto elements =
        dyn_cast_or_null<ElementsAttr>(parseAttribute(other, &context));
    if (elements) {
      EXPECT_FALSE(isElementsOfWeights(elements)) << other.str();
    }
  }
}

//===----------------------------------------------------------------------===//
// Reading
//===----------------------------------------------------------------------===//

TEST_F(ElementsTest, ReadsLiterals) {
  auto type = tensorOf({2, 2}, builder.getF32Type());
  auto elements = cast<ElementsAttr>(Attribute(
      DenseElementsAttr::get(type, ArrayRef<float>{1.0f, 2.0f, 3.0f, 4.0f})));
  EXPECT_EQ(messageFor(elements), "");
  EXPECT_EQ(readFloats(elements), (std::vector<float>{1.0f, 2.0f, 3.0f, 4.0f}));
  EXPECT_EQ(qml::getNumElements(elements), 4);
  EXPECT_FALSE(isScalar(elements));

  // What memory holds once is copied as often as it stands for.
  auto repeated = cast<ElementsAttr>(
      Attribute(DenseElementsAttr::get(type, ArrayRef<float>{0.5f})));
  EXPECT_TRUE(getRawData(repeated).empty());
  ElementsView<float> view(repeated);
  EXPECT_EQ(view.size(), 4u);
  EXPECT_EQ(view[3], 0.5f);

  auto scalar = makeIntVector(&context, "s", {-7}, /*scalar=*/true);
  EXPECT_TRUE(isScalar(scalar));
  EXPECT_EQ(readIntegers(scalar), std::vector<int64_t>{-7});

  auto empty = cast<ElementsAttr>(Attribute(DenseElementsAttr::get(
      tensorOf({0, 3}, builder.getF32Type()), ArrayRef<float>{})));
  EXPECT_EQ(messageFor(empty), "");
  EXPECT_TRUE(readFloats(empty).empty());
}

TEST_F(ElementsTest, ReadsIntegersOfEachWidth) {
  for (unsigned width : {8, 16, 32, 64}) {
    for (size_t count : {3, 40}) {
      std::vector<int64_t> values(count);
      std::iota(values.begin(), values.end(), -2);
      values.front() = INT64_MIN >> (64 - width);
      ElementsAttr elements = makeIntegers(&context, count, "i", values, width);
      EXPECT_EQ(elements.getElementType(), builder.getIntegerType(width));
      EXPECT_EQ(isResource(elements), count == 40);
      EXPECT_EQ(messageFor(elements), "");
      EXPECT_EQ(readIntegers(elements), values) << width << " bits";
    }
  }
}

TEST_F(ElementsTest, ViewsAreNoCopies) {
  std::vector<float> values(100);
  std::iota(values.begin(), values.end(), 0.0f);
  const float *memory = values.data();
  ElementsAttr elements = makeElements(tensorOf({4, 25}, builder.getF32Type()),
                                       "w", std::move(values));
  ASSERT_TRUE(isResource(elements));
  EXPECT_EQ(messageFor(elements), "");
  EXPECT_EQ(ElementsView<float>(elements).data(), memory);
  EXPECT_EQ(static_cast<const void *>(getRawData(elements).data()), memory);
  EXPECT_EQ(readFloats(elements)[99], 99.0f);
}

//===----------------------------------------------------------------------===//
// Resources over the memory of others
//===----------------------------------------------------------------------===//

TEST_F(ElementsTest, ResourceKeepsItsOwner) {
  auto owner = std::make_shared<std::vector<float>>(64, 1.5f);
  std::weak_ptr<std::vector<float>> watch = owner;
  const float *memory = owner->data();
  {
    MLIRContext inner;
    inner.loadDialect<QMLDialect>();
    ElementsAttr elements =
        makeResource(tensorOf(64, Float32Type::get(&inner)), "w", memory,
                     64 * sizeof(float), std::move(owner));
    EXPECT_FALSE(watch.expired());
    EXPECT_EQ(ElementsView<float>(elements).data(), memory);
  }
  EXPECT_TRUE(watch.expired());
}

TEST_F(ElementsTest, MisalignedResourceIsCopied) {
  auto owner = std::make_shared<std::vector<char>>(64 * sizeof(float) + 1);
  std::weak_ptr<std::vector<char>> watch = owner;
  float value = 2.5f;
  for (int i = 0; i != 64; ++i)
    std::memcpy(owner->data() + 1 + i * sizeof(float), &value, sizeof(float));
  const char *memory = owner->data() + 1;
  ElementsAttr elements =
      makeResource(tensorOf(64, builder.getF32Type()), "w", memory,
                   64 * sizeof(float), std::move(owner));
  EXPECT_TRUE(watch.expired());
  EXPECT_EQ(messageFor(elements), "");
  EXPECT_EQ(readFloats(elements), std::vector<float>(64, 2.5f));
}

TEST_F(ElementsTest, DamagedResources) {
  alignas(8) static const char memory[64] = {};
  auto type = tensorOf({2, 3}, builder.getF32Type());
  EXPECT_EQ(messageFor(resourceAt(type, memory, 24)), "");
  EXPECT_EQ(messageFor(resourceAt(type, memory, 20)),
            "uses the resource 'r_1' of type 'tensor<2x3xf32>', which needs 24 "
            "bytes and has 20");
  EXPECT_EQ(messageFor(resourceAt(type, memory + 2, 24)),
            "uses the resource 'r_2' of type 'tensor<2x3xf32>', whose data is "
            "not aligned to 4 bytes");
  ElementsAttr freed = resourceAt(type, memory, 24);
  cast<DenseResourceElementsAttr>(Attribute(freed))
      .getRawHandle()
      .getResource()
      ->setBlob(AsmResourceBlob());
  EXPECT_NE(messageFor(freed), "");
}

TEST_F(ElementsTest, AbsurdTypes) {
  static const char memory[8] = {};
  // 2^62 elements of 4 bytes are 0 bytes in 64 bits.
  EXPECT_NE(messageFor(resourceAt(
                tensorOf(int64_t(1) << 62, builder.getF32Type()), memory, 0)),
            "");
  EXPECT_NE(messageFor(resourceAt(tensorOf({int64_t(1) << 32, int64_t(1) << 32},
                                           builder.getF32Type()),
                                  memory, 0)),
            "");
  EXPECT_EQ(
      messageFor(resourceAt(
          tensorOf({int64_t(1) << 62, 0}, builder.getF32Type()), memory, 0)),
      "");
  auto repeated = [&](int64_t count) {
    return cast<ElementsAttr>(Attribute(DenseElementsAttr::get(
        tensorOf(count, builder.getF32Type()), ArrayRef<float>{1.0f})));
  };
  EXPECT_EQ(messageFor(repeated(1 << 28)), "");
  EXPECT_NE(messageFor(repeated((1 << 28) + 1)), "");
}

//===----------------------------------------------------------------------===//
// Vectors
//===----------------------------------------------------------------------===//

TEST_F(ElementsTest, ShortVectorsAreLiterals) {
  std::vector<float> values(17, 1.0f);
  EXPECT_TRUE(
      isResource(makeFloatVector(&context, "v", values, /*scalar=*/false)));
  values.pop_back();
  EXPECT_FALSE(
      isResource(makeFloatVector(&context, "v", values, /*scalar=*/false)));
}

TEST_F(ElementsTest, NamesOfResourcesAreMadeUnique) {
  std::vector<float> values(17, 1.0f);
  auto key = [&] {
    Attribute elements =
        makeFloatVector(&context, "v", values, /*scalar=*/false);
    return cast<DenseResourceElementsAttr>(elements)
        .getRawHandle()
        .getKey()
        .str();
  };
  EXPECT_NE(key(), key());
}

} // namespace
