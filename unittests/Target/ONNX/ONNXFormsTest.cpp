//===- ONNXFormsTest.cpp - Forms of operators that are refused ------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Beside each form that has layers are those that have none, and numbers that
// no exporter writes.
//
//===----------------------------------------------------------------------===//

#include "ImportNodes.h"

#include <cmath>

using namespace qml;
using namespace qml::testing;

static std::string textAttribute(const std::string &name,
                                 const std::string &text) {
  return field(5, field(1, name) + field(4, text) + field(20, uint64_t(3)));
}

static std::string graphAttribute(const std::string &name,
                                  const std::string &graph) {
  return field(5, field(1, name) + field(6, graph) + field(20, uint64_t(5)));
}

/// An image x to `nodes`, which make y of it.
static std::string imageOf(const std::string &nodes,
                           const Integers &extents = {4, 5, 5}) {
  return value(11, "x", Float, extents) + nodes +
         value(12, "y", Float, extents);
}

//===----------------------------------------------------------------------===//
// Lists, and reductions
//===----------------------------------------------------------------------===//

TEST(ONNXForms, Lists) {
  std::string column = tensor<float>("c", Float, {4, 1, 1}, {1, 2, 3, 4});
  std::string narrow = node("Slice", {"x", "from", "to", "axis"}, {"n"}) +
                       integers("from", {0}) + integers("to", {3}) +
                       integers("axis", {3});
  for (const char *op : {"Sum", "Mean", "Max", "Min"}) {
    expectRefused(imageOf(node("Relu", {"x"}, {"y"})) + node(op, {}, {"z"}) +
                      value(12, "z"),
                  "of constants: it has no input");
    expectRefused(imageOf(narrow + node(op, {"x", "n", "x"}, {"y"})),
                  "its inputs have the shapes (N, 4, 5, 5) and (N, 4, 5, 3)");
    expectRefused(imageOf(node(op, {"x", "", "x"}, {"y"})),
                  "an input is missing");
  }
  // The last layer has the node's name.
  for (const char *op : {"Sum", "Mean", "Max"})
    expectMade(imageOf(node("Relu", {"x"}, {"r"}) +
                       node(op, {"x", "r", "x"}, {"y"}, "", "list")),
               "\"list\"");
  expectRefused(imageOf(column + node("Max", {"x", "c", "x"}, {"y"})),
                "it has a constant with several values; for this operator one "
                "number is supported");
}

TEST(ONNXForms, ManyInputs) {
  // What they make together is one function until it gets too deep.
  Imported imported(
      model(imageOf(node("Sum", Names(20000, "x"), {"y"}, "", "sum"))));
  EXPECT_EQ(imported.messages, "");
  EXPECT_NE(imported.text.find("\"sum\""), std::string::npos);
}

TEST(ONNXForms, Reductions) {
  auto graph = [](const std::string &op, const Integers &axes,
                  const std::string &attributes = "") {
    return imageOf(integers("axes", axes) +
                   node(op, {"x", "axes"}, {"y"}, attributes));
  };
  for (const char *op : {"ReduceMin", "ReduceL1", "ReduceSumSquare"}) {
    expectRefused(graph(op, {0}), "it reduces the axis of the batch");
    expectRefused(graph(op, {4}), "it has the axis 4, its input has 4 axes");
    expectRefused(graph(op, {INT64_MIN}),
                  "it has the axis -9223372036854775808");
    expectRefused(imageOf(node(op, {"x"}, {"y"})), "it reduces all axes");
  }
  expectRefused(imageOf(node("ReduceL1", {"x"}, {"y"},
                             attribute("noop_with_empty_axes", 1))),
                "it reduces all axes");
}

//===----------------------------------------------------------------------===//
// Images
//===----------------------------------------------------------------------===//

/// A border of one row before and `value`, and what takes it.
static std::string padded(float value, const std::string &takers,
                          const Integers &pads = {0, 0, 1, 0, 0, 0, 0, 0}) {
  return imageOf(integers("pads", pads) +
                 tensor<float>("value", Float, {}, {value}) +
                 node("Pad", {"x", "pads", "value"}, {"p"}) + takers);
}

TEST(ONNXForms, Pads) {
  auto pool = [](const Integers &size, const std::string &attributes = "") {
    return node("MaxPool", {"p"}, {"y"},
                listAttribute("kernel_shape", size) + attributes);
  };
  std::string taker = node("Relu", {"p"}, {"y"});
  std::string why = "its value is -inf; that is supported before MaxPools "
                    "alone, whose windows are larger than the pads";
  expectMade(padded(-INFINITY, pool({2, 2})), "pads = [1, 0, 0, 0]");
  expectRefused(padded(-INFINITY, taker), why);
  expectRefused(padded(-INFINITY, pool({1, 1})), why);
  expectRefused(padded(-INFINITY, pool({2, 2}, attribute("ceil_mode", 1))),
                why);
  expectRefused(padded(-INFINITY, pool({2, 2}) + node("Relu", {"p"}, {"z"}) +
                                      value(12, "z")),
                why);
  expectRefused(
      padded(-INFINITY, pool({2, 2}, listAttribute("pads", {1, 0, 0, 0}))),
      why);
  expectRefused(
      padded(-INFINITY, pool({2, 2}, textAttribute("auto_pad", "SAME_UPPER"))),
      why);
  expectRefused(padded(-INFINITY, pool({2})), why);
  expectRefused(padded(INFINITY, taker), "its value inf");
  expectRefused(padded(NAN, taker), "its value nan");
  expectRefused(padded(0.5f, taker, {0, 1, 0, 0, 0, 0, 0, 0}),
                "its value is 0.5; channels can be padded by 0 alone");
  expectRefused(padded(0.5f, taker, {0, 0, 1, 0, 0, 0, -1, 0}),
                "pads below 0 don't go with other values");
  expectRefused(padded(0.5f, taker, {1, 0, 1, 0, 0, 0, 0, 0}),
                "it pads the batch");
}

TEST(ONNXForms, Resizes) {
  auto scaled = [](const std::vector<float> &scales,
                   const std::string &attributes) {
    return imageOf(floats("scales", scales) +
                   node("Resize", {"x", "", "scales"}, {"y"}, attributes));
  };
  auto sized = [](const Integers &sizes, const std::string &attributes) {
    return imageOf(integers("sizes", sizes) +
                   node("Resize", {"x", "", "", "sizes"}, {"y"}, attributes));
  };
  std::string linear = textAttribute("mode", "linear"),
              corners = textAttribute("coordinate_transformation_mode",
                                      "align_corners");
  std::string why = "supported are images with another height and width, of 1 "
                    "to 1048576 cells";
  for (float scale : {0.0f, -1.0f, NAN, INFINITY, 1e30f, 1e-30f, 3e5f})
    for (const std::string &mode : {std::string(), linear})
      expectRefused(scaled({1, 1, scale, 1}, mode), why);
  expectRefused(scaled({1, 2, 1, 1}, ""), "it makes 2 times as much of axis 1");
  expectRefused(scaled({2, 1, 1, 1}, ""), "it makes 2 times as much of axis 0");
  expectRefused(scaled({1, 1, 2}, ""),
                "it has 3 scales or sizes that are known, for 4 axes");
  for (const std::string &graph :
       {scaled({1, 1, 1.5f, 0.7f}, linear),
        scaled({1, 1, 2, 2}, linear + corners), scaled({1, 1, 3, 3}, corners),
        scaled({1, 1, 1025, 1}, "")}) {
    Imported imported(model(graph));
    EXPECT_NE(imported.text.find("qml.permute"), std::string::npos);
    EXPECT_NE(imported.messages.find("layers move elements in memory"),
              std::string::npos)
        << imported.messages;
  }
  // At the centres of cells a cubic is the cell.
  Imported columns(model(scaled({1, 1, 1, 2}, textAttribute("mode", "cubic"))));
  EXPECT_NE(columns.text.find("_by_columns"), std::string::npos);
  EXPECT_EQ(columns.text.find("_by_rows"), std::string::npos);
  for (int64_t extent : {INT64_MAX, INT64_MIN, int64_t(0)})
    expectRefused(sized({1, 4, extent, 5}, linear), why);
  expectRefused(sized({1, 4, 10, 15},
                      textAttribute("keep_aspect_ratio_policy", "not_larger")),
                "its keep_aspect_ratio_policy is 'not_larger'; stretch is "
                "supported");
  expectRefused(scaled({2, 2}, listAttribute("axes", {2, 4})),
                "it has the axis 4, its input has 4 axes");
  expectRefused(scaled({2, 2}, listAttribute("axes", {2, -2})),
                "its axes name 2 twice");
  expectRefused(scaled({1, 1, 2, 2}, textAttribute("mode", "bicubic")),
                "its mode is 'bicubic'; supported are nearest, linear and "
                "cubic");
  expectRefused(scaled({1, 1, 2, 2},
                       linear + textAttribute("coordinate_transformation_mode",
                                              "tf_crop_and_resize")),
                "its coordinate_transformation_mode is 'tf_crop_and_resize'");
  expectRefused(scaled({1, 1, 2, 2}, textAttribute("nearest_mode", "up")),
                "its nearest_mode is 'up'");
}

TEST(ONNXForms, TransposedGroups) {
  auto graph = [](int64_t channels, int64_t groups, int64_t size) {
    std::vector<float> kernel(size_t(channels * size * size), 1.0f);
    return imageOf(
        tensor<float>("k", Float, {channels, 1, size, size}, kernel) +
            node("ConvTranspose", {"x", "k"}, {"y"},
                 attribute("group", groups)),
        {channels, 5, 5});
  };
  expectMade(graph(4, 2, 2), "qml.conv_2d_transpose");
  for (int64_t groups : {int64_t(3), int64_t(0), int64_t(-2), INT64_MIN})
    expectRefused(graph(4, groups, 2), "which don't fit");
  // Zeros for 4096 groups would take two gigabytes.
  expectRefused(graph(8192, 4096, 4),
                "which would be too large with zeros between the groups");
}

//===----------------------------------------------------------------------===//
// Places
//===----------------------------------------------------------------------===//

TEST(ONNXForms, Gathers) {
  auto graph = [](const Integers &shape, const Integers &indices,
                  const std::string &attributes = "",
                  const std::string &op = "GatherND",
                  const std::string &front = "t") {
    return imageOf(
        node("Transpose", {"x"}, {"t"}, listAttribute("perm", {1, 0, 2, 3})) +
        tensor<int64_t>("i", Int64, shape, indices) +
        node(op, {front, "i"}, {"g"}, attributes) +
        node("Transpose", {"g"}, {"y"}, listAttribute("perm", {1, 0, 2, 3})));
  };
  expectMade(graph({2, 1}, {3, -4}), "qml.conv_2d");
  expectRefused(graph({2, 1}, {3, 4}),
                "its indices are no places along an axis of 4");
  expectRefused(graph({2, 1}, {INT64_MIN, INT64_MAX}),
                "its indices are no places along an axis of 4");
  expectRefused(graph({1, 2}, {3, 0}), "it takes a part of the batch");
  expectRefused(graph({2, 1}, {1, 0}, "", "GatherND", "x"),
                "it takes a part of the batch");
  expectRefused(graph({1, 5}, {0, 0, 0, 0, 0}),
                "its indices name 5 axes, its input has 4 for them");
  expectRefused(graph({}, {0}),
                "its indices are no integers that are the same for each");
  expectRefused(graph({0, 1}, {}), "its indices are no places");
  expectRefused(graph({2, 0}, {}), "its indices name 0 axes");
  for (int64_t batches : {int64_t(2), int64_t(-1), INT64_MAX})
    expectRefused(graph({2, 1}, {1, 0}, attribute("batch_dims", batches)),
                  "its batch_dims are " + std::to_string(batches));
  expectRefused(graph({2, 1, 1}, {1, 0}, attribute("batch_dims", 1)),
                "its batch_dims are 1");
  expectRefused(
      graph({2, 1, 1}, {1, 0}, attribute("batch_dims", 1), "GatherND", "x"),
      "its indices are no integers that are the same for each");
  expectRefused(graph({2, 2}, {1, 0, 5, 2}, attribute("axis", 2), "Gather"),
                "its indices are no places along an axis of 5");
  Integers ones(62, 1);
  expectRefused(graph(ones, {0}, attribute("axis", 2), "Gather"),
                "its result would have");
}

TEST(ONNXForms, Tiles) {
  auto graph = [](const Integers &times) {
    return imageOf(integers("times", times) +
                   node("Tile", {"x", "times"}, {"y"}));
  };
  std::string why = "supported are a number of 1 to 2^16 for each axis, and 1 "
                    "for the batch";
  expectRefused(graph({2, 1, 1, 1}), why);
  expectRefused(graph({1, 0, 1, 1}), why);
  expectRefused(graph({1, INT64_MAX, 1, 1}), why);
  expectRefused(graph({1, 1, INT64_MIN, 1}), why);
  expectRefused(graph({1, 1}), why);
  expectRefused(graph({1, (1 << 16) + 1, 1, 1}), why);
}

//===----------------------------------------------------------------------===//
// Branches
//===----------------------------------------------------------------------===//

static std::string branch(const std::string &nodes, const std::string &output) {
  return nodes + field(12, field(1, output));
}

/// A branch that is taken, beside one that can't be.
static std::string choose(const std::string &then,
                          const std::string &condition = "yes") {
  return imageOf(
      tensor<int64_t>("yes", Int64, {}, {1}) +
      node("If", {condition}, {"y"},
           graphAttribute("then_branch", then) +
               graphAttribute("else_branch",
                              branch(node("Own", {"x"}, {"z"}), "z"))));
}

TEST(ONNXForms, Branches) {
  std::string relu = branch(node("Relu", {"x"}, {"r"}), "r");
  expectMade(choose(relu), "qml.relu");
  // A result that comes from outside.
  expectMade(choose(branch(node("Own", {"x"}, {"r"}), "x"), "yes") +
                 node("Relu", {"x"}, {"w"}) + value(12, "w"),
             "qml.relu");
  expectRefused(choose(relu, "x"),
                "what it computes is chosen while the network runs; supported "
                "are conditions on shapes and constants");
  expectRefused(choose(branch(node("Own", {"x"}, {"r"}), "r")),
                "there is no layer for it");
  expectRefused(choose(branch(node("Relu", {"none"}, {"r"}), "r")),
                "the value 'none' is needed, but nothing makes it");
  expectRefused(choose(branch(node("Relu", {"x"}, {"yes"}), "yes")),
                "its branch makes the value 'yes', which is made elsewhere");
  expectRefused(choose(node("Relu", {"x"}, {"r"})),
                "it has no then_branch that makes 1 value");
  expectRefused(imageOf(tensor<int64_t>("yes", Int64, {}, {1}) +
                        node("If", {"yes", "x"}, {"y"})),
                "it has no then_branch that makes 1 value");
}

TEST(ONNXForms, BranchesInBranches) {
  auto nest = [](unsigned depth) {
    std::string inner = branch(node("Relu", {"x"}, {"r0"}), "r0");
    for (unsigned i = 1; i != depth; ++i) {
      std::string name = "r" + std::to_string(i);
      inner = branch(
          node("If", {"yes"}, {name}, graphAttribute("then_branch", inner)),
          name);
    }
    return choose(inner);
  };
  expectMade(nest(16), "qml.relu");
  for (unsigned depth : {17, 3000})
    expectRefused(nest(depth), "has branches in branches, deeper than 16");
}

//===----------------------------------------------------------------------===//
// Functions of each element
//===----------------------------------------------------------------------===//

TEST(ONNXForms, FunctionsWithoutLayers) {
  // The operators that make it are named, once, and not those that take it.
  std::string graph =
      imageOf(node("Sqrt", {"x"}, {"s"}, "", "root") +
              node("Exp", {"s"}, {"e"}, "", "grown") +
              node("GlobalAveragePool", {"e"}, {"y"}, "", "pool") +
              node("GlobalMaxPool", {"e"}, {"z"}, "", "other")) +
      value(12, "z");
  expectRefused(graph, "layer 'grown' (Exp): the function that it computes of "
                       "each element together with 'root' (Sqrt) has no layer; "
                       "use another, or end the network before with "
                       "--outputs");
  Imported imported(model(graph));
  EXPECT_EQ(imported.messages.find("pool"), std::string::npos);
  EXPECT_EQ(imported.messages.find("layers:"), std::string::npos);
}

/// Images of one channel, which tf2onnx reshapes where others are transposed,
/// after pads of rows and columns.
TEST(ONNXForms, ImagesOfOneChannelLast) {
  std::string graph =
      value(11, "x", Float, {4, 5, 1}) + value(12, "y", Float, {2, 4, 5}) +
      integers("pads", {0, 1, 1, 0, 0, 1, 1, 0}) +
      integers("image", {-1, 1, 6, 7}) +
      tensor<float>("w", Float, {2, 1, 3, 3}, std::vector<float>(18, 1)) +
      node("Pad", {"x", "pads"}, {"p"}) +
      node("Reshape", {"p", "image"}, {"r"}) + node("Conv", {"r", "w"}, {"y"});
  expectMade(graph, "@main(%arg0: tensor<?x4x5x1xf32> {qml.name = \"x\"})");
  expectMade(graph, "\"pad\"(%arg0) pads = [1, 1, 1, 1]");
}
