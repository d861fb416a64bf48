//===- LayerBuilderTest.cpp - Making layers -------------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "qml/Dialect/QML/IR/LayerBuilder.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"

#include <gtest/gtest.h>

using namespace mlir;
using namespace qml;

namespace {

class LayerBuilderTest : public ::testing::Test {
protected:
  LayerBuilderTest()
      : builder(&context), loc(builder.getUnknownLoc()),
        handler(&context, [this](Diagnostic &diagnostic) {
          message = diagnostic.str();
          return success();
        }) {
    context.loadDialect<QMLDialect, func::FuncDialect>();
    module = ModuleOp::create(loc);
    builder.setInsertionPointToStart(module->getBody());
    auto network = func::FuncOp::create(
        builder, loc, "main",
        builder.getFunctionType(typeOf({ShapedType::kDynamic, 8, 6, 2}), {}));
    block = network.addEntryBlock();
    builder.setInsertionPointToStart(block);
    image = block->getArgument(0);
  }

  RankedTensorType typeOf(ArrayRef<int64_t> shape) {
    return RankedTensorType::get(shape, builder.getF32Type());
  }
  ElementsAttr weights(ArrayRef<int64_t> shape) {
    return DenseElementsAttr::get(typeOf(shape), 0.5f);
  }
  LayerBuilder make(StringRef name = "x") { return {builder, loc, name}; }
  size_t count() { return block->getOperations().size(); }

  MLIRContext context;
  OpBuilder builder;
  Location loc;
  /// Of the last problem.
  std::string message;
  ScopedDiagnosticHandler handler;
  OwningOpRef<ModuleOp> module;
  Block *block;
  Value image;
};

} // namespace

static SmallVector<int64_t> shapeOf(FailureOr<Value> value) {
  if (failed(value))
    return {};
  return llvm::to_vector(
      cast<RankedTensorType>(value->getType()).getShape().drop_front());
}

using Extents = SmallVector<int64_t>;

TEST_F(LayerBuilderTest, InfersShapes) {
  ConvOptions options;
  options.strides = {2, 2};
  options.padding = Padding::Same;
  EXPECT_EQ(shapeOf(make().makeConv2D(image, weights({3, 3, 2, 5}), nullptr,
                                      options)),
            (Extents{4, 3, 5}));
  EXPECT_EQ(shapeOf(make().makeDepthwiseConv2D(image, weights({3, 3, 2, 1}),
                                               weights({2}), options)),
            (Extents{4, 3, 2}));
  EXPECT_EQ(shapeOf(make().makeSeparableConv2D(image, weights({3, 3, 2, 1}),
                                               weights({1, 1, 2, 7}), nullptr,
                                               options)),
            (Extents{4, 3, 7}));
  EXPECT_EQ(shapeOf(make().makeDense(image, weights({2, 3}), nullptr)),
            (Extents{8, 6, 3}));
  EXPECT_EQ(shapeOf(make().makeMaxPool2D(image, {{3, 2}, {3, 2}, {}})),
            (Extents{2, 3, 2}));
  EXPECT_EQ(shapeOf(make().makeAveragePool2D(image, {{3, 2}, {3, 2}, {}})),
            (Extents{2, 3, 2}));
  EXPECT_EQ(shapeOf(make().makeGlobalAveragePool2D(image, false)), Extents{2});
  EXPECT_EQ(shapeOf(make().makeGlobalAveragePool2D(image, true)),
            (Extents{1, 1, 2}));
  EXPECT_EQ(shapeOf(make().makeFlatten(image)), Extents{96});
  EXPECT_EQ(shapeOf(make().makeReshape(image, {48, 2})), (Extents{48, 2}));
  EXPECT_EQ(shapeOf(make().makeZeroPadding2D(image, {1, 0, 2, 1})),
            (Extents{9, 9, 2}));
  EXPECT_EQ(message, "");
}

TEST_F(LayerBuilderTest, ExplicitPadsBecomeARuleIfOneGivesThem) {
  ConvOptions options;
  auto makeWith = [&](WindowPadding::Sides sides) {
    options.padding = sides;
    auto result =
        make().makeConv2D(image, weights({3, 3, 2, 1}), nullptr, options);
    EXPECT_TRUE(succeeded(result));
    return result->getDefiningOp<Conv2DOp>().getPadding().getMode();
  };
  EXPECT_EQ(makeWith({0, 0, 0, 0}), Padding::Valid);
  EXPECT_EQ(makeWith({1, 1, 1, 1}), Padding::Same);
  EXPECT_EQ(makeWith({1, 0, 1, 1}), Padding::Explicit);
  // On even extents, with strides of 2, `same` pads one cell after.
  options.strides = {2, 2};
  EXPECT_EQ(makeWith({1, 1, 1, 1}), Padding::Explicit);
  EXPECT_EQ(makeWith({0, 1, 0, 1}), Padding::Same);
  EXPECT_TRUE(succeeded(make().makeMaxPool2D(
      image, {{2, 2}, {2, 2}, WindowPadding::Sides{1, 1, 0, 0}})));
  EXPECT_EQ(message, "");
  EXPECT_TRUE(failed(make().makeMaxPool2D(
      image, {{2, 2}, {2, 2}, WindowPadding::Sides{2, 1, 0, 0}})));
  EXPECT_EQ(message, "layer 'x': it has pads of 2x1x0x0 and a window of 2x2; "
                     "pads are less than the window");
}

TEST_F(LayerBuilderTest, ReLUsWithAMaximumAreLayersOfTheirOwn) {
  auto result = make().makeDense(image, weights({2, 3}), nullptr,
                                 {Activation::ReLU, 6.0});
  ASSERT_TRUE(succeeded(result));
  auto relu = result->getDefiningOp<ReLUOp>();
  ASSERT_TRUE(relu);
  EXPECT_EQ(relu.getLayerName(), "x_activ");
  EXPECT_EQ(relu.getMaxValue()->convertToFloat(), 6.0f);
  EXPECT_FALSE(relu.getInput().getDefiningOp<DenseOp>().getActivation());
  result = make().makeDense(image, weights({2, 3}), nullptr,
                            {Activation::ReLU, std::nullopt});
  EXPECT_EQ(result->getDefiningOp<DenseOp>().getActivation(), Activation::ReLU);
}

TEST_F(LayerBuilderTest, SourceClassesAreKeptWhereTheyDiffer) {
  auto makeOf = [&](StringRef name) {
    return LayerBuilder(builder, loc, "x", name, [&] { return emitError(loc); })
        .makeDropout(image, 0.0)
        ->getDefiningOp()
        ->getAttrOfType<StringAttr>("source_class");
  };
  EXPECT_FALSE(makeOf("Dropout"));
  EXPECT_FALSE(makeOf(""));
  EXPECT_EQ(makeOf("GaussianNoise"), "GaussianNoise");
}

TEST_F(LayerBuilderTest, ProblemsNameTheLayerAndInsertNothing) {
  ConvOptions options;
  ElementsAttr kernel = weights({3, 3, 2, 5});
  auto fails = [&](FailureOr<Value> result) {
    EXPECT_TRUE(failed(result));
    EXPECT_EQ(count(), 0u);
    return std::exchange(message, "");
  };
  Value vector = block->addArgument(typeOf({ShapedType::kDynamic, 4}), loc);
  EXPECT_EQ(
      fails(make().makeConv2D(vector, kernel, nullptr, options)),
      "layer 'x': it takes images (batch, height, width, channels); found "
      "shape ?x4");
  EXPECT_EQ(
      fails(make().makeConv2D(image, weights({9, 3, 2, 5}), nullptr, options)),
      "layer 'x': window of 9x3 (dilated 1x1) doesn't fit into an image "
      "of 8x6 without padding");
  options.strides = options.dilations = {2, 2};
  EXPECT_EQ(
      fails(make().makeConv2D(image, kernel, nullptr, options)),
      "layer 'x': it has strides of 2x2 and dilations of 2x2; only one of "
      "them may be above 1");
  options = {};
  options.groups = 0;
  EXPECT_EQ(fails(make().makeConv2D(image, kernel, nullptr, options)),
            "layer 'x': its attribute 'groups' failed to satisfy constraint: "
            "64-bit signless integer attribute whose value is positive");
  EXPECT_EQ(
      fails(make().makeDense(vector, weights({3, 2}), nullptr)),
      "layer 'x': it has a kernel for 3 inputs; the input's last axis has "
      "4");
  EXPECT_EQ(
      fails(make().makeAdd(image, vector)),
      "layer 'x': it has operands of shapes ?x8x6x2 and ?x4; they must be "
      "equal");
  EXPECT_EQ(fails(make().makeReshape(image, {5})),
            "layer 'x': it makes a shape of ?x5 from one of ?x8x6x2; a sample "
            "must keep its number of elements");
  EXPECT_EQ(fails(make().makeDropout(image, 1.0)),
            "layer 'x': it has a rate of 1; it must be at least 0 and "
            "below 1");
}

TEST_F(LayerBuilderTest, NormsWithoutGammaAndBetaHaveOnesAndZeros) {
  auto result = make().makeBatchNorm(
      image, {nullptr, nullptr, weights({2}), weights({2})}, 1e-3);
  ASSERT_TRUE(succeeded(result));
  auto norm = result->getDefiningOp<BatchNormOp>();
  EXPECT_FALSE(norm.getHasGamma());
  EXPECT_FALSE(norm.getHasBeta());
  EXPECT_EQ(readFloats(norm.getGamma()), (std::vector<float>{1.0f, 1.0f}));
  EXPECT_EQ(readFloats(norm.getBeta()), (std::vector<float>{0.0f, 0.0f}));
}
