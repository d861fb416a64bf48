//===- ShapeInferenceTest.cpp - Result shapes of layers -------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "qml/Dialect/QML/IR/ShapeInference.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/MLIRContext.h"

#include <gtest/gtest.h>

using namespace qml;
using mlir::FailureOr;
using mlir::ShapedType;
using Extents = llvm::SmallVector<int64_t>;

static constexpr int64_t dynamic = ShapedType::kDynamic;

class ShapeInference : public testing::Test {
protected:
  ShapeInference() { context.loadDialect<QMLDialect>(); }

  PaddingAttr named(Padding padding) {
    return PaddingAttr::get(&context, padding);
  }

  mlir::MLIRContext context;
};

/// A window on one axis, and what TensorFlow 2.19 makes of it: the number of
/// positions (0 where it refuses), and the cells that it adds, which show in
/// the results for images with one cell set.
struct Window {
  int64_t extent, kernel, stride, dilation;
  Padding padding;
  int64_t positions;
  Pads pads;
};

static const Window tensorFlow[] = {
    // clang-format off
    {1, 1, 1, 1, Padding::Same, 1, {0, 0}},
    {1, 1, 1, 1, Padding::Valid, 1, {0, 0}},
    {8, 1, 1, 1, Padding::Same, 8, {0, 0}},
    {8, 1, 1, 1, Padding::Valid, 8, {0, 0}},
    {8, 3, 1, 1, Padding::Same, 8, {1, 1}},
    {8, 3, 1, 1, Padding::Valid, 6, {0, 0}},
    {8, 3, 2, 1, Padding::Same, 4, {0, 1}},
    {8, 3, 2, 1, Padding::Valid, 3, {0, 0}},
    {7, 3, 2, 1, Padding::Same, 4, {1, 1}},
    {7, 3, 2, 1, Padding::Valid, 3, {0, 0}},
    {9, 3, 2, 1, Padding::Same, 5, {1, 1}},
    {9, 3, 2, 1, Padding::Valid, 4, {0, 0}},
    {8, 2, 1, 1, Padding::Same, 8, {0, 1}},
    {8, 2, 1, 1, Padding::Valid, 7, {0, 0}},
    {8, 2, 2, 1, Padding::Same, 4, {0, 0}},
    {8, 2, 2, 1, Padding::Valid, 4, {0, 0}},
    {7, 2, 2, 1, Padding::Same, 4, {0, 1}},
    {7, 2, 2, 1, Padding::Valid, 3, {0, 0}},
    {8, 5, 2, 1, Padding::Same, 4, {1, 2}},
    {8, 5, 2, 1, Padding::Valid, 2, {0, 0}},
    {8, 5, 3, 1, Padding::Same, 3, {1, 2}},
    {8, 5, 3, 1, Padding::Valid, 2, {0, 0}},
    {10, 3, 3, 1, Padding::Same, 4, {1, 1}},
    {10, 3, 3, 1, Padding::Valid, 3, {0, 0}},
    {11, 3, 3, 1, Padding::Same, 4, {0, 1}},
    {11, 3, 3, 1, Padding::Valid, 3, {0, 0}},
    {3, 3, 1, 1, Padding::Same, 3, {1, 1}},
    {3, 3, 1, 1, Padding::Valid, 1, {0, 0}},
    {2, 3, 1, 1, Padding::Same, 2, {1, 1}},
    {2, 3, 1, 1, Padding::Valid, 0, {0, 0}},
    {1, 3, 2, 1, Padding::Same, 1, {1, 1}},
    {1, 3, 2, 1, Padding::Valid, 0, {0, 0}},
    {8, 1, 2, 1, Padding::Same, 4, {0, 0}},
    {8, 1, 2, 1, Padding::Valid, 4, {0, 0}},
    {7, 1, 3, 1, Padding::Same, 3, {0, 0}},
    {7, 1, 3, 1, Padding::Valid, 3, {0, 0}},
    {8, 2, 5, 1, Padding::Same, 2, {0, 0}},
    {8, 2, 5, 1, Padding::Valid, 2, {0, 0}},
    {224, 7, 2, 1, Padding::Same, 112, {2, 3}},
    {224, 7, 2, 1, Padding::Valid, 109, {0, 0}},
    {225, 3, 2, 1, Padding::Same, 113, {1, 1}},
    {225, 3, 2, 1, Padding::Valid, 112, {0, 0}},
    {28, 5, 4, 1, Padding::Same, 7, {0, 1}},
    {28, 5, 4, 1, Padding::Valid, 6, {0, 0}},
    {8, 3, 1, 2, Padding::Same, 8, {2, 2}},
    {8, 3, 1, 2, Padding::Valid, 4, {0, 0}},
    {8, 2, 1, 3, Padding::Same, 8, {1, 2}},
    {8, 2, 1, 3, Padding::Valid, 5, {0, 0}},
    {9, 3, 1, 4, Padding::Same, 9, {4, 4}},
    {9, 3, 1, 4, Padding::Valid, 1, {0, 0}},
    {5, 3, 1, 2, Padding::Same, 5, {2, 2}},
    {5, 3, 1, 2, Padding::Valid, 1, {0, 0}},
    {4, 3, 1, 2, Padding::Same, 4, {2, 2}},
    {4, 3, 1, 2, Padding::Valid, 0, {0, 0}},
    // clang-format on
};

TEST_F(ShapeInference, WindowsAreThoseOfTensorFlow) {
  for (const Window &window : tensorFlow) {
    SCOPED_TRACE(testing::Message()
                 << "extent " << window.extent << ", kernel " << window.kernel
                 << ", stride " << window.stride << ", dilation "
                 << window.dilation << ", "
                 << stringifyPadding(window.padding).str());
    auto padding = PaddingAttr::get(&context, window.padding);
    Pads pads = inferPads(/*axis=*/0, window.extent, window.kernel,
                          window.stride, window.dilation, padding);
    int64_t positions = inferWindowExtent(window.extent, pads, window.kernel,
                                          window.stride, window.dilation);
    // What doesn't fit is not positive.
    EXPECT_EQ(std::max<int64_t>(positions, 0), window.positions);
    EXPECT_EQ(pads.before, window.pads.before);
    EXPECT_EQ(pads.after, window.pads.after);
  }
}

// The pads of `same` are just what the last window needs.
TEST_F(ShapeInference, PadsCoverAllPositions) {
  for (int64_t extent = 1; extent != 12; ++extent)
    for (int64_t kernel = 1; kernel != 6; ++kernel)
      for (int64_t stride = 1; stride != 5; ++stride)
        for (int64_t dilation = 1; dilation != 4; ++dilation) {
          Pads pads = inferSamePads(extent, kernel, stride, dilation);
          int64_t positions =
              inferWindowExtent(extent, pads, kernel, stride, dilation);
          int64_t reach =
              (positions - 1) * stride + (kernel - 1) * dilation + 1;
          EXPECT_EQ(pads.before + pads.after,
                    std::max<int64_t>(reach - extent, 0));
          EXPECT_TRUE(pads.after == pads.before ||
                      pads.after == pads.before + 1);
          EXPECT_EQ(positions, (extent + stride - 1) / stride);
        }
}

TEST_F(ShapeInference, WindowShape) {
  FailureOr<Extents> shape =
      inferWindowShape({dynamic, 8, 9, 3}, {3, 2, 3, 5}, {2, 1}, {1, 1},
                       named(Padding::Valid), 5, /*emitError=*/nullptr);
  ASSERT_TRUE(succeeded(shape));
  EXPECT_EQ(*shape, Extents({dynamic, 3, 8, 5}));
  shape = inferWindowShape({4, 8, 9, 3}, {3, 2, 3, 5}, {2, 1}, {1, 1},
                           named(Padding::Same), 5, /*emitError=*/nullptr);
  ASSERT_TRUE(succeeded(shape));
  EXPECT_EQ(*shape, Extents({4, 4, 9, 5}));
  shape = inferWindowShape({4, 8, 9, 3}, {3, 2, 3, 5}, {2, 1}, {1, 1},
                           PaddingAttr::get(&context, {1, 0, 2, 3}), 5,
                           /*emitError=*/nullptr);
  ASSERT_TRUE(succeeded(shape));
  EXPECT_EQ(*shape, Extents({4, 4, 13, 5}));
}

TEST_F(ShapeInference, PadsThatHaveAName) {
  auto nameOf = [&](llvm::ArrayRef<int64_t> pads) {
    return nameIfSame(PaddingAttr::get(&context, pads), {1, 8, 7, 1}, {3, 3},
                      {2, 2}, {1, 1})
        .getMode();
  };
  EXPECT_EQ(nameOf({0, 0, 0, 0}), Padding::Valid);
  // An even extent has the cell that is missing after it.
  EXPECT_EQ(nameOf({0, 1, 1, 1}), Padding::Same);
  EXPECT_EQ(nameOf({1, 0, 1, 1}), Padding::Explicit);
  EXPECT_EQ(nameOf({1, 1, 1, 1}), Padding::Explicit);
}

TEST_F(ShapeInference, WindowThatDoesNotFit) {
  EXPECT_TRUE(failed(inferWindowShape({1, 4, 8, 1}, {3, 3, 1, 1}, {1, 1},
                                      {2, 2}, named(Padding::Valid), 1,
                                      /*emitError=*/nullptr)));
  std::string message;
  mlir::ScopedDiagnosticHandler handler(&context,
                                        [&](mlir::Diagnostic &diagnostic) {
                                          message = diagnostic.str();
                                          return mlir::success();
                                        });
  EXPECT_TRUE(failed(inferWindowShape(
      {1, 4, 8, 1}, {3, 3, 1, 1}, {1, 1}, {2, 2}, named(Padding::Valid), 1,
      [&] { return mlir::emitError(mlir::UnknownLoc::get(&context)); })));
  EXPECT_EQ(message, "window of 3x3 (dilated 2x2) doesn't fit into an image of "
                     "4x8 without padding");
  EXPECT_TRUE(failed(inferWindowShape(
      {1, 4, 8, 1}, {7, 3, 1, 1}, {1, 1}, {1, 1},
      PaddingAttr::get(&context, {1, 1, 0, 0}), 1,
      [&] { return mlir::emitError(mlir::UnknownLoc::get(&context)); })));
  EXPECT_EQ(message, "window of 7x3 (dilated 1x1) doesn't fit into an image of "
                     "4x8, 6x8 with its pads");
}

TEST_F(ShapeInference, OtherLayers) {
  EXPECT_EQ(inferDenseShape({dynamic, 7, 3}, 5), Extents({dynamic, 7, 5}));
  EXPECT_EQ(inferGlobalPoolShape({dynamic, 7, 5, 3}, /*keepDims=*/false),
            Extents({dynamic, 3}));
  EXPECT_EQ(inferGlobalPoolShape({2, 7, 5, 3}, /*keepDims=*/true),
            Extents({2, 1, 1, 3}));
  EXPECT_EQ(inferFlattenShape({dynamic, 7, 5, 3}), Extents({dynamic, 105}));
  EXPECT_EQ(getNumElementsPerSample({dynamic, 7, 5, 3}), 105);
}

TEST_F(ShapeInference, StorageTypes) {
  mlir::Builder builder(&context);
  for (auto [valueBits, width] :
       {std::pair(1, 8), std::pair(7, 8), std::pair(8, 16), std::pair(15, 16),
        std::pair(16, 32), std::pair(30, 32), std::pair(31, 64),
        std::pair(32, 64)})
    EXPECT_EQ(getStorageType(&context, valueBits),
              builder.getIntegerType(width))
        << valueBits << " value bits";
}
