//===- PaddingsTest.cpp - Tests of what the hardware calls paddings -------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "qml/Dialect/Akida/IR/Paddings.h"

#include <gtest/gtest.h>

using namespace qml::akida;

namespace {

WindowExtents square(int64_t extent, int64_t kernel, int64_t stride) {
  return {{extent, extent}, {kernel, kernel}, {stride, stride}};
}

TEST(PaddingsTest, SameIsTensorFlows) {
  EXPECT_EQ(getPads(Padding::Same, square(8, 3, 1)), (ImagePads{1, 1, 1, 1}));
  EXPECT_EQ(getPads(Padding::Same, square(8, 3, 2)), (ImagePads{0, 1, 0, 1}));
  EXPECT_EQ(getPads(Padding::Same, square(9, 3, 2)), (ImagePads{1, 1, 1, 1}));
  EXPECT_EQ(findPadding(square(8, 3, 2), {0, 1, 0, 1}), Padding::Same);
}

TEST(PaddingsTest, UpperIsTheMirrorImage) {
  EXPECT_EQ(getPads(Padding::SameUpper, square(8, 3, 2)),
            (ImagePads{1, 0, 1, 0}));
  EXPECT_EQ(findPadding(square(8, 3, 2), {1, 0, 1, 0}), Padding::SameUpper);
  EXPECT_EQ(findPadding(square(8, 7, 2), {3, 2, 3, 2}), Padding::SameUpper);
  EXPECT_EQ(findPadding(square(9, 3, 2), {1, 1, 1, 1}), Padding::Same);
  // An odd and an even axis.
  EXPECT_EQ(findPadding({{9, 8}, {3, 3}, {2, 2}}, {1, 1, 1, 0}),
            Padding::SameUpper);
}

// PyTorch pads (k - 1) / 2 on both sides: at stride 2 of an odd image that is
// Same; of an even one it is SameUpper, with a last row and column that no
// window sees.
TEST(PaddingsTest, CellsThatNoWindowSeesDoNotCount) {
  EXPECT_EQ(findPadding(square(8, 3, 2), {1, 1, 1, 1}), Padding::SameUpper);
  EXPECT_EQ(findPadding(square(8, 7, 2), {3, 3, 3, 3}), Padding::SameUpper);
}

TEST(PaddingsTest, WithoutMissingCellsSameIsSaid) {
  EXPECT_EQ(findPadding(square(8, 1, 1), {0, 0, 0, 0}), Padding::Same);
  EXPECT_EQ(findPadding(square(8, 2, 2), {0, 0, 0, 0}), Padding::Same);
  EXPECT_EQ(findPadding(square(8, 3, 1), {0, 0, 0, 0}), Padding::Valid);
  EXPECT_EQ(findPadding(square(9, 2, 2), {0, 0, 0, 0}), Padding::Valid);
  // A kernel of one cell never misses any.
  EXPECT_EQ(findPadding(square(8, 1, 2), {0, 0, 0, 0}), Padding::Same);
}

TEST(PaddingsTest, OtherPadsHaveNoName) {
  EXPECT_EQ(findPadding(square(8, 3, 1), {2, 2, 2, 2}), std::nullopt);
  EXPECT_EQ(findPadding(square(8, 3, 1), {1, 1, 0, 0}), std::nullopt);
  EXPECT_EQ(describePads({1, 2, 3, 4}),
            "[1, 2, 3, 4] (top, bottom, left, right)");
}

TEST(PaddingsTest, Positions) {
  EXPECT_EQ(getNumPositions(Padding::Same, 9, 3, 2), 5);
  EXPECT_EQ(getNumPositions(Padding::Valid, 9, 3, 2), 4);
  EXPECT_EQ(getNumPositions(Padding::SameUpper, 8, 3, 2), 4);
  EXPECT_EQ(getNumPositions(Padding::Valid, 2, 3, 1), 0);
}

} // namespace
