//===- ONNXMessagesTest.cpp - What to do about what is not supported ------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ImportNodes.h"

using namespace qml;
using namespace qml::testing;

/// A graph from `x`, an image (N, 2, 2, 3), to `y`.
static std::string imageOf(const std::string &nodes) {
  return value(11, "x", Float, {2, 2, 3}) + value(12, "y", Float, {2, 2, 3}) +
         nodes;
}

TEST(ONNXMessages, QuotientsOfResults) {
  expectRefused(
      imageOf(node("ReduceSum", {"x"}, {"s"}, listAttribute("axes", {2, 3})) +
              node("Div", {"x", "s"}, {"y"})),
      "it divides by what the network computes, which has no integer "
      "form: integers have fixed scales; in place of a norm of each "
      "sample use BatchNormalization, else multiply by a constant");
}

TEST(ONNXMessages, CastsOfComparisons) {
  std::string compared = node("Relu", {"x"}, {"r"}) +
                         node("Greater", {"r", "c"}, {"g"}) + floats("c", {1});
  expectRefused(
      imageOf(compared + node("Cast", {"g"}, {"y"}, attribute("to", 9))),
      "it takes the ones and zeros of a comparison (Greater), which "
      "no layer computes");
  expectRefused(imageOf(node("Relu", {"x"}, {"r"}) +
                        node("Cast", {"r"}, {"y"}, attribute("to", 7))),
                "it makes integers of what the network computes; casts to "
                "floats are supported; leave it out");
}

TEST(ONNXMessages, WhereTheBatchIs) {
  std::string kernel = tensor<float>("k", Float, {2, 2, 1, 1}, {1, 2, 3, 4});
  // Frames in the batch.
  expectRefused(value(11, "x", Float, {4, 2, 2, 3}) + value(12, "y") + kernel +
                    integers("shape", {-1, 2, 2, 3}) +
                    node("Reshape", {"x", "shape"}, {"r"}) +
                    node("Conv", {"r", "k"}, {"y"}),
                "its input has the shape (N * 4, 2, 2, 3), whose first axis is "
                "not the batch; take frames one by one (x[:, i]), or as "
                "channels, in place of folding them into the batch");
  std::string turned =
      node("Transpose", {"x"}, {"t"}, listAttribute("perm", {1, 0, 2, 3}));
  expectRefused(imageOf(turned + kernel + node("Conv", {"t", "k"}, {"y"})),
                "its input has the shape (2, N, 2, 3), whose first axis is not "
                "the batch; put the batch first by a Transpose before it");
  // Of an output.
  expectRefused(imageOf(turned + node("Relu", {"t"}, {"y"})),
                "the batch comes first: leave out the Transpose that moves it, "
                "or end the network before with --outputs");
}

TEST(ONNXMessages, StacksBeforeTheBatch) {
  std::string stack = integers("zero", {0}) + node("Relu", {"x"}, {"r"}) +
                      node("Unsqueeze", {"x", "zero"}, {"a"}) +
                      node("Unsqueeze", {"r", "zero"}, {"b"}) +
                      node("Concat", {"a", "b"}, {"s"}, attribute("axis", 0));
  auto reduced = [&](int64_t axis) {
    return imageOf(
        stack + integers("axes", {axis}) +
        node("ReduceSum", {"s", "axes"}, {"y"}, attribute("keepdims", 0)));
  };
  expectMade(reduced(0), "-> (tensor<?x2x3x2xf32>");
  expectRefused(reduced(1), "it reduces the axis of the batch");
}

TEST(ONNXMessages, ChoicesByConstants) {
  auto where = [](const Names &inputs, float number) {
    return imageOf(tensor<uint8_t>("m", Type(9), {2, 2, 3},
                                   {1, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0}) +
                   node("Relu", {"x"}, {"r"}) + floats("n", {number}) +
                   node("Where", inputs, {"y"}));
  };
  expectMade(where({"m", "x", "n"}, 0), "scale = [1.000000e+00, 0.000000e+00");
  expectMade(where({"m", "n", "x"}, 0), "scale = [0.000000e+00, 1.000000e+00");
  std::string why = "its condition is a constant, which chooses places; "
                    "supported is the number 0 in the others";
  expectRefused(where({"m", "x", "n"}, -INFINITY), why);
  expectRefused(where({"m", "n", "x"}, 5), why);
  expectRefused(where({"m", "x", "r"}, 0), why);
  expectRefused(where({"", "x", "n"}, 0), "it has no condition");
}

TEST(ONNXMessages, ThousandsOfInputs) {
  Names inputs((size_t(1) << 16) + 1, "x");
  expectRefused(imageOf(node("Sum", inputs, {"y"})),
                "(Sum): it has 65537 inputs; at most 65536 are supported");
}

TEST(ONNXMessages, OperatorsOfONNXRuntime) {
  std::string graph = imageOf(
      field(1, field(4, std::string("FusedConv")) + field(1, std::string("x")) +
                   field(2, std::string("y")) +
                   field(7, std::string("com.microsoft"))));
  expectRefused(graph, "it is ONNX Runtime's own (com.microsoft), of a graph "
                       "that it has optimized; save that with "
                       "ORT_ENABLE_BASIC, or give the file that it was made "
                       "of");
}

/// Graphs that are none: all that is wrong is said.
TEST(ONNXMessages, GraphsThatAreNone) {
  std::string x = value(11, "x"), y = value(12, "y");
  expectRefused(x + y + node("Add", {"x", "b"}, {"a"}) +
                    node("Relu", {"a"}, {"b"}) + node("Relu", {"b"}, {"y"}),
                "its nodes are connected in a circle through 'a'");
  expectRefused(x + y + node("Relu", {"x"}, {"y"}) + node("Neg", {"x"}, {"y"}),
                "the value 'y' is the output of two nodes");
  expectRefused(x + node("Relu", {"x"}, {"y"}), "the model has no outputs");
  std::string holes = x + y + node("Add", {"x", "one"}, {"a"}) +
                      node("Add", {"a", "two"}, {"y"});
  for (const char *name : {"one", "two"})
    expectRefused(holes, "the value '" + std::string(name) +
                             "' is needed, but nothing makes it");
  expectRefused(x + y + value(12, "z") + node("Relu", {"x"}, {"a"}),
                "the model has no node that makes 'y'");
}
