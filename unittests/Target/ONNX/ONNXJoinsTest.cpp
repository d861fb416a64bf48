//===- ONNXJoinsTest.cpp - Constants beside what is computed --------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What is computed of them is compared with ONNX Runtime by
// test/Tools/onnx.test.
//
//===----------------------------------------------------------------------===//

#include "ImportNodes.h"

#include <cmath>

using namespace qml;
using namespace qml::testing;

/// A graph from an image (N, 2, 2, 3) to `y`, with what a Concat along an axis
/// takes beside it as `c`.
static std::string joined(const std::string &constant, int64_t axis,
                          const Names &inputs = {"x", "c"}) {
  return value(11, "x", Float, {2, 2, 3}) + value(12, "y", Float, {2, 2, 3}) +
         constant +
         node("Concat", inputs, {"y"}, attribute("axis", axis), "joined");
}

static std::string ofShape(const Integers &shape,
                           const std::vector<float> &values) {
  return tensor<float>("c", Float, shape, values);
}

TEST(ONNXJoins, ChannelsThatAreTheSameEverywhere) {
  // Zeros are filters of zeros; others are their bias.
  std::string zeros = joined(ofShape({1, 1, 2, 3}, {0, 0, 0, 0, 0, 0}), 1);
  expectMade(zeros, "qml.conv_2d \"joined\"");
  expectMade(zeros, "tensor<1x1x2x3xf32>");
  EXPECT_EQ(Imported(model(zeros)).text.find("bias"), std::string::npos);
  expectMade(joined(ofShape({1, 1, 2, 3}, {4, 4, 4, 4, 4, 4}), 1, {"c", "x"}),
             "bias = dense<[4.000000e+00, 0.000000e+00, 0.000000e+00]>");
  // Constants in a row are one, also around two tensors.
  std::string around = joined(ofShape({1, 1, 2, 3}, {4, 4, 4, 4, 4, 4}) +
                                  node("Relu", {"x"}, {"r"}),
                              1, {"c", "c", "x", "c", "r"});
  expectMade(around, "bias = dense<[4.000000e+00, 4.000000e+00, "
                     "0.000000e+00, 0.000000e+00, 4.000000e+00]>");
  expectMade(around, "qml.concatenate \"joined\"");
}

TEST(ONNXJoins, PlanesOfPlaces) {
  std::string plane = joined(ofShape({1, 1, 2, 3}, {-1, 0, 1, -1, 0, 1}), 1);
  expectMade(plane, "qml.conv_2d \"joined_numbers_1\"");
  // The number that all cells have is taken off again.
  expectMade(plane, "offset = [-1.250000e+00, -2.500000e-01, 7.500000e-01, "
                    "-1.250000e+00");
  expectMade(plane, "qml.concatenate \"joined\"");
}

TEST(ONNXJoins, Cells) {
  // The same cell is the padding of an image, others are added to zeros.
  std::string cell = joined(ofShape({1, 2, 1, 3}, {1, 1, 1, 2, 2, 2}), 2);
  expectMade(cell, "padding_value = [1.000000e+00, 2.000000e+00]");
  expectMade(cell, "pads = [0, 1, 0, 0]");
  std::string row = joined(ofShape({1, 2, 1, 3}, {1, 2, 3, 4, 5, 6}), 2);
  expectMade(row, "qml.zero_padding_2d \"joined_cells\"");
  expectMade(row, "qml.rescaling \"joined\"");
  std::string zeros = joined(ofShape({1, 2, 2, 1}, {0, 0, 0, 0}), 3);
  expectMade(zeros, "qml.zero_padding_2d \"joined\"");
}

TEST(ONNXJoins, Tokens) {
  // Tokens have their channels last: nothing moves.
  std::string tokens = joined(
      ofShape({1, 1, 2}, {3, 4}) + integers("shape", {0, 2, 6}) +
          node("Conv", {"x", "k"}, {"i"}) +
          tensor<float>("k", Float, {2, 2, 1, 1}, {1, 2, 3, 4}) +
          node("Reshape", {"i", "shape"}, {"s"}) +
          node("Transpose", {"s"}, {"t"}, listAttribute("perm", {0, 2, 1})),
      1, {"c", "t"});
  expectMade(tokens, "padding_value = [3.000000e+00, 4.000000e+00]");
  EXPECT_EQ(Imported(model(tokens)).text.find("qml.permute"),
            std::string::npos);
}

TEST(ONNXJoins, Refused) {
  expectRefused(joined(ofShape({1, 1, 2, 2}, {0, 0, 0, 0}), 1),
                "it joins 'x' of shape (N, 2, 2, 3) and 'c' of shape (1, 1, 2, "
                "2) along axis 1; all other axes must be the same");
  expectRefused(joined(ofShape({1, 1, 3}, {0, 0, 0}), 1),
                "it joins 'x' of shape (N, 2, 2, 3) and 'c'");
  expectRefused(joined(ofShape({1, 2, 2, 3}, std::vector<float>(12)), 0),
                "along the batch, which stays as it is");
  for (float value : {NAN, INFINITY})
    expectRefused(joined(ofShape({1, 1, 2, 3}, {0, 0, value, 0, 0, 0}), 1),
                  "its input 'c' has NaN or infinity");
  // A constant of two samples.
  std::string two = "its input 'c' is a constant that is not the same for each "
                    "sample; constants can be joined along any axis but the "
                    "batch, which is the first one";
  expectRefused(joined(ofShape({2, 1, 2, 3}, std::vector<float>(12)), 1), two);
}

/// Constants side by side are put together once, however many.
TEST(ONNXJoins, ManyConstants) {
  Names names = {"x"};
  std::string graph = value(11, "x", Float, {2, 2, 3}) +
                      value(12, "y", Float, {4002, 2, 3}) +
                      ofShape({1, 1, 2, 3}, {1, 2, 3, 4, 5, 6});
  names.insert(names.end(), 4000, "c");
  Imported imported(
      model(graph + node("Concat", names, {"y"}, attribute("axis", 1))));
  EXPECT_NE(imported.text.find("tensor<?x2x3x4002xf32>"), std::string::npos)
      << imported.messages;
  EXPECT_LT(imported.seconds, mostSeconds);
}

TEST(ONNXJoins, NothingInIt) {
  // Tensors without elements have no network, whatever takes them.
  for (const std::string &nodes :
       {node("Concat", {"x", "c"}, {"y"}, attribute("axis", 2)),
        node("GatherND", {"x", "c"}, {"w"}) +
            node("Where", {"c", "w", "c"}, {"y"})}) {
    Imported imported(model(value(11, "x", Float, {2, 0, 3}) + value(12, "y") +
                            ofShape({1, 2, 1, 3}, std::vector<float>(6)) +
                            nodes));
    EXPECT_EQ(imported.text, "");
    EXPECT_NE(imported.messages, "");
  }
}
