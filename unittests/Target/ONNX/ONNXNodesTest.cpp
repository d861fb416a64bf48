//===- ONNXNodesTest.cpp - Models of a few nodes --------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What no exporter writes, but a file can say.
//
//===----------------------------------------------------------------------===//

#include "ImportNodes.h"

#include <cmath>

using namespace qml;
using namespace qml::testing;

//===----------------------------------------------------------------------===//
// Integers of the network
//===----------------------------------------------------------------------===//

/// Integers x to `nodes`, which make h of x, and a cast of h.
static std::string castOf(const std::string &nodes) {
  return value(11, "x", UInt8) + nodes +
         node("Cast", {"h"}, {"y"}, attribute("to", 1)) + value(12, "y");
}

TEST(ONNXNodes, CastOfArithmeticOnIntegers) {
  std::string two = tensor<uint8_t>("two", UInt8, {}, {2});
  std::string list = tensor<uint8_t>("list", UInt8, {4}, {1, 2, 3, 4});
  std::string why = "it computes with the integers of 'x', where ONNX rounds "
                    "and wraps around; cast 'x' to float before";
  expectRefused(castOf(node("Relu", {"x"}, {"h"})), why);
  expectRefused(castOf(node("Neg", {"x"}, {"h"})), why);
  expectRefused(castOf(two + node("Mul", {"x", "two"}, {"h"})), why);
  expectRefused(castOf(two + node("Sub", {"x", "two"}, {"h"})), why);
  expectRefused(castOf(two + node("Greater", {"x", "two"}, {"h"})), why);
  expectRefused(castOf(list + node("Add", {"x", "list"}, {"h"})), why);
  expectRefused(castOf(node("Add", {"x", "x"}, {"h"})), why);
}

TEST(ONNXNodes, CastOfMovedIntegers) {
  std::string shape = integers("shape", {-1, 2, 2});
  std::string moved = shape + node("Reshape", {"x", "shape"}, {"m"});
  expectMade(castOf(node("Identity", {"x"}, {"h"})), "qml.rescaling");
  expectMade(castOf(moved + node("Identity", {"m"}, {"h"})), "qml.rescaling");
  expectRefused(castOf(moved + node("Neg", {"m"}, {"h"})),
                "it computes with the integers of 'm'");
  // What is computed after the cast is computed with floats.
  expectMade(value(11, "x", UInt8) +
                 node("Cast", {"x"}, {"h"}, attribute("to", 1)) +
                 node("Relu", {"h"}, {"y"}) + value(12, "y"),
             "qml.relu");
}

TEST(ONNXNodes, DequantizedInput) {
  std::string scales = tensor<float>("one", Float, {}, {0.5f}) +
                       floats("many", {1, 2, 3, 4}) +
                       tensor<uint8_t>("zero", UInt8, {}, {128});
  auto graph = [&](const std::string &scale) {
    return value(11, "x", UInt8) + scales +
           node("DequantizeLinear", {"x", scale, "zero"}, {"y"}) +
           value(12, "y");
  };
  expectMade(graph("one"), "-6.400000e+01");
  expectRefused(graph("many"), "it has 4 scales for an input of the network");
}

//===----------------------------------------------------------------------===//
// Constants
//===----------------------------------------------------------------------===//

/// The sum of x and c, which `nodes` make of constants.
static std::string sumWith(const std::string &nodes) {
  return value(11, "x") + nodes + node("Add", {"x", "c"}, {"y"}) +
         value(12, "y");
}

TEST(ONNXNodes, Constants) {
  std::string list = floats("a", {1, 2}), nan = floats("b", {NAN}),
              huge = floats("b", {1e30f}),
              row = tensor<float>("a", Float, {1, 2}, {1, 2});
  auto binary = [](const std::string &op) {
    return node(op, {"a", "b"}, {"c"});
  };
  expectRefused(sumWith(row + floats("b", {1, 2.5f}) + binary("Tile")),
                "Tile of constants: its repeats are no integers");
  expectMade(sumWith(row + integers("b", {1, 2}) + binary("Tile")),
             "qml.rescaling");
  expectRefused(sumWith(list + nan + binary("Gather")),
                "Gather of constants: an index is out of range");
  expectRefused(sumWith(list + huge + binary("Gather")),
                "Gather of constants: an index is out of range");
  expectRefused(sumWith(nan + node("ConstantOfShape", {"b"}, {"c"})),
                "ConstantOfShape of constants: its result would be too large");
  expectRefused(sumWith(huge + node("ConstantOfShape", {"b"}, {"c"})),
                "ConstantOfShape of constants: its result would be too large");
  expectRefused(sumWith(list + nan + binary("Reshape")),
                "Reshape of constants: its shape doesn't fit");
}

//===----------------------------------------------------------------------===//
// Ranks
//===----------------------------------------------------------------------===//

TEST(ONNXNodes, Ranks) {
  Integers many(100000), ones(200000, 1);
  for (size_t i = 0; i != many.size(); ++i)
    many[i] = int64_t(i) + 1;
  ones[0] = -1;
  auto graph = [](const std::string &op, const Integers &axes) {
    return value(11, "x") + integers("axes", axes) +
           node(op, {"x", "axes"}, {"y"}) + value(12, "y");
  };
  expectRefused(graph("Unsqueeze", many),
                "its result would have 100002 axes; up to 64 are supported");
  expectRefused(graph("Reshape", ones),
                "its result would have 200000 axes; up to 64 are supported");
  expectRefused(graph("Unsqueeze", {3, 3}), "its axes name 3 twice");
  expectRefused(sumWith(floats("a", {1}) + integers("axes", many) +
                        node("Unsqueeze", {"a", "axes"}, {"c"})),
                "its result would have 100001 axes; up to 64 are supported");
  for (const char *op : {"Reshape", "Expand"})
    expectRefused(sumWith(floats("a", {1}) +
                          integers("axes", Integers(200000, 1)) +
                          node(op, {"a", "axes"}, {"c"})),
                  "its result would have 200000 axes; up to 64 are supported");
  expectRefused(value(11, "x", Float, Integers(100, 1)) +
                    node("Relu", {"x"}, {"y"}) + value(12, "y"),
                "has 101 axes in the file; up to 64 are supported");
}

//===----------------------------------------------------------------------===//
// Numbers at the ends of int64
//===----------------------------------------------------------------------===//

TEST(ONNXNodes, HugeNumbers) {
  expectRefused(
      value(11, "x") +
          node("Split", {"x"}, {"a", "b"},
               attribute("axis", 1) + attribute("num_outputs", INT64_MAX)) +
          node("Add", {"a", "b"}, {"y"}) + value(12, "y"),
      "its num_outputs is 9223372036854775807, it has 2 results");
  expectRefused(
      value(11, "x") + integers("parts", {INT64_MAX, 2}) +
          node("Split", {"x", "parts"}, {"a", "b"}, attribute("axis", 1)) +
          node("Add", {"a", "b"}, {"y"}) + value(12, "y"),
      "its parts are (9223372036854775807, 2) of 4, for 2 results");
  // Times the kernel's 4 channels that is 4 in 64 bits.
  constexpr int64_t groups = (int64_t(1) << 62) + 1;
  for (const char *op : {"Conv", "ConvTranspose"})
    expectRefused(
        value(11, "x", Float, {4, 5, 5}) +
            tensor<float>("k", Float, {4, 4, 1, 1}, std::vector<float>(16)) +
            node(op, {"x", "k"}, {"y"}, attribute("group", groups)) +
            value(12, "y", Float, {4, 5, 5}),
        "it has 4 input channels, 4611686018427387905 groups");
}

TEST(ONNXNodes, ResultThatTheOperatorHasNot) {
  expectRefused(value(11, "x") + node("Relu", {"x"}, {"h", "y"}) +
                    value(12, "y"),
                "its result 'y' is used, which the operator has not");
}

//===----------------------------------------------------------------------===//
// Names
//===----------------------------------------------------------------------===//

TEST(ONNXNodes, SliceThatCutsLessThanItSays) {
  auto graph = [](const Integers &starts, const Integers &axes) {
    return value(11, "x", Float, {4, 5, 5}) + integers("starts", starts) +
           integers("ends", {3, INT64_MAX}) + integers("axes", axes) +
           node("Slice", {"x", "starts", "ends", "axes"}, {"y"}, "", "cut") +
           value(12, "y", Float, {4, 5, 5});
  };
  // The only layer has the node's name, whichever axis is left as it is.
  expectMade(graph({1, 0}, {2, 3}), "\"cut\"");
  expectMade(graph({1, 2}, {2, 3}), "\"cut_part_0\"");
  expectRefused(graph({1, 2}, {2, 2}), "its axes name 2 twice");
}

/// All values of a small function are near to those of any other one.
TEST(ONNXNodes, SmallFunctionsAreNoClips) {
  expectMade(value(11, "x") + value(12, "y") + floats("small", {1e-6F}) +
                 node("Sigmoid", {"x"}, {"s"}) +
                 node("Mul", {"s", "small"}, {"y"}),
             "function = sigmoid");
}

/// Bounds that are attributes of another version, and borders of a value that
/// is computed.
TEST(ONNXNodes, MeaningIsNotIgnored) {
  std::string x = value(11, "x", Float, {3, 4, 4}), y = value(12, "y");
  // A float's kind is 1, its field 2.
  std::string bound =
      field(5, field(1, std::string("max")) +
                   std::string("\x15\0\0\x80\x3f", 5) + field(20, uint64_t(1)));
  expectRefused(x + node("Clip", {"x"}, {"y"}, bound) + y,
                "its bounds are attributes, which Clip has up to opset 10; "
                "opset 18 takes them as inputs");
  expectRefused(x + integers("pads", {0, 0, 1, 1, 0, 0, 1, 1}) +
                    value(11, "v", Float, {1}) +
                    node("Pad", {"x", "pads", "v"}, {"y"}) + y,
                "value");
}

/// Constants that grow when they are computed take no memory without end.
TEST(ONNXNodes, ConstantsThatGrow) {
  std::string grown = value(11, "x") + value(12, "y") + floats("c0", {1, 2}),
              wide = grown;
  for (int i = 0; i != 40; ++i) {
    std::string from = "c" + std::to_string(i);
    grown += node("Concat", {from, from}, {"c" + std::to_string(i + 1)},
                  attribute("axis", 0));
  }
  expectRefused(grown + node("Add", {"x", "c40"}, {"y"}),
                "Concat of constants: they are too large");
  // Many that are small.
  std::string many =
      value(11, "x") + value(12, "y") + integers("shape", {1 << 20});
  Names names = {"x"};
  for (int i = 0; i != 20; ++i) {
    names.push_back("k" + std::to_string(i));
    many += node("ConstantOfShape", {"shape"}, {names.back()});
  }
  expectRefused(many + node("Sum", names, {"y"}),
                "ConstantOfShape of constants: its result would be too large");
}

/// A vector that is added to a value changes nothing that others read, although
/// the value is the same after an operator that does nothing.
TEST(ONNXNodes, VectorsAddedToSharedValues) {
  std::string twice = floats("two", {2}) + integers("from", {0}) +
                      integers("to", {4}) + integers("axis", {1}) +
                      floats("c", {1, 2, 3, 4}) +
                      node("Mul", {"x", "two"}, {"y"}) +
                      node("Slice", {"y", "from", "to", "axis"}, {"s"}) +
                      node("Add", {"s", "c"}, {"z"});
  const std::string own = "scale = [2.000000e+00] : ";
  expectMade(value(11, "x") + twice + node("Relu", {"y"}, {"w"}) +
                 value(12, "z") + value(12, "w"),
             own);
  // Equal functions are one layer.
  expectMade(value(11, "x") + twice + node("Mul", {"x", "two"}, {"again"}) +
                 node("Relu", {"again"}, {"w"}) + value(12, "z") +
                 value(12, "w"),
             own);
}

/// Weights of networks that were trained with quantization, or that are
/// computed of others.
TEST(ONNXNodes, ComputedWeights) {
  std::string x = value(11, "x"), y = value(12, "y");
  std::string bytes = tensor<int8_t>("zero", Type(3), {}, {0});
  // Ties go to even integers, and what is too large to the last one.
  expectMade(x + tensor<float>("w", Float, {4, 1}, {0.5, 1.5, -1.25, 1000}) +
                 floats("step", {1}) + bytes +
                 node("QuantizeLinear", {"w", "step", "zero"}, {"q"}) +
                 node("DequantizeLinear", {"q", "step", "zero"}, {"k"}) +
                 node("MatMul", {"x", "k"}, {"y"}) + y,
             "[[0.000000e+00], [2.000000e+00], [-1.000000e+00], "
             "[1.270000e+02]]");
  // A scale for each output.
  expectMade(x + tensor<float>("w", Float, {4, 2}, {1, 1, 2, 2, 3, 3, 4, 4}) +
                 floats("steps", {1, 4}) +
                 tensor<int8_t>("zeros", Type(3), {2}, {0, 0}) +
                 node("QuantizeLinear", {"w", "steps", "zeros"}, {"q"},
                      attribute("axis", 1)) +
                 node("DequantizeLinear", {"q", "steps", "zeros"}, {"k"},
                      attribute("axis", 1)) +
                 node("MatMul", {"x", "k"}, {"y"}) + y,
             "[[1.000000e+00, 0.000000e+00], [2.000000e+00, 0.000000e+00], "
             "[3.000000e+00, 4.000000e+00], [4.000000e+00, 4.000000e+00]]");
  expectRefused(
      x + tensor<float>("w", Float, {4, 1}, {1, 2, 3, 4}) +
          floats("steps", {1, 2, 3}) + bytes +
          node("QuantizeLinear", {"w", "steps", "zero"}, {"q"}) +
          node("MatMul", {"x", "q"}, {"y"}) + y,
      "it makes int8 of weights (4, 1) with 3 scales and 1 zero points");
  std::string square =
      tensor<float>("w", Float, {4, 4},
                    {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16});
  expectMade(x + square + node("Trilu", {"w"}, {"k"}, attribute("upper", 0)) +
                 node("MatMul", {"x", "k"}, {"y"}) + y,
             "[5.000000e+00, 6.000000e+00, 0.000000e+00, 0.000000e+00]");
  // 2 * (1 + 2 + 3 + 4) in the first column.
  expectMade(x + tensor<float>("a", Float, {4, 2}, {1, 1, 1, 1, 1, 1, 1, 1}) +
                 tensor<float>("b", Float, {2, 1}, {3, 4}) +
                 node("MatMul", {"a", "b"}, {"k"}) +
                 node("MatMul", {"x", "k"}, {"y"}) + y,
             "dense<7.000000e+00> : tensor<4x1xf32>");
  expectRefused(x + square + floats("b", {1, 2}) +
                    node("MatMul", {"w", "b"}, {"k"}) +
                    node("Add", {"x", "k"}, {"y"}) + y,
                "shapes (4, 4) and (2,); two matrices are supported");
  // A part of the shape of a weight.
  expectMade(x + tensor<float>("w", Float, {4, 2}, {1, 2, 3, 4, 5, 6, 7, 8}) +
                 node("Shape", {"w"}, {"n"},
                      attribute("start", 1) + attribute("end", 2)) +
                 node("ConstantOfShape", {"n"}, {"zeros"}) +
                 node("Gemm", {"x", "w", "zeros"}, {"y"}) + y,
             "bias = dense<0.000000e+00> : tensor<2xf32>");
  // A weight as precise as what the network computes.
  expectMade(x + tensor<float>("w", Float, {4, 1}, {1, 2, 3, 4}) +
                 node("CastLike", {"w", "x"}, {"k"}) +
                 node("MatMul", {"x", "k"}, {"m"}) +
                 node("CastLike", {"m", "w"}, {"y"}) + y,
             "[[1.000000e+00], [2.000000e+00]");
  expectRefused(x + integers("i", {1}) + node("CastLike", {"x", "i"}, {"y"}) +
                    y,
                "it makes integers of what the network computes");
}

TEST(ONNXNodes, EquationsThatArePermutationsAndProducts) {
  auto einsum = [](const Names &inputs, const std::string &equation,
                   const Integers &extents) {
    return value(11, "x", Float, {4, 2, 3}) +
           tensor<float>("w", Float, {4, 5}, std::vector<float>(20, 1)) +
           node("Einsum", inputs, {"y"},
                field(5, field(1, std::string("equation")) +
                             field(4, equation) + field(20, uint64_t(3)))) +
           value(12, "y", Float, extents);
  };
  Imported turned(model(einsum({"x"}, "b c h w -> b w h c", {3, 2, 4})));
  EXPECT_NE(turned.text.find("permute"), std::string::npos) << turned.messages;
  expectMade(einsum({"x", "w"}, "bchw,cd->bdhw", {5, 2, 3}),
             "-> tensor<?x2x3x5xf32>");
  expectMade(einsum({"w", "x"}, "cd,bchw->bhwd", {2, 3, 5}),
             "-> tensor<?x2x3x5xf32>");
  const std::string supported = "permutations of one operand's axes are "
                                "supported, and products";
  for (const char *equation :
       {"bchw,cd->bdh", "bchw,cc->bchw", "...c,cd->...d", "bchw,cd",
        "bchw,de->bcde", "bch,cd->bdh", "bchw,cd,d->bdhw"})
    expectRefused(einsum({"x", "w"}, equation, {5, 2, 3}), supported);
  expectRefused(einsum({"x", "x"}, "bchw,bchw->bc", {4}),
                "it multiplies what the network computes with what it");
}

TEST(ONNXNodes, CeluIsAnElu) {
  std::string x = value(11, "x"), y = value(12, "y");
  expectMade(x + node("Celu", {"x"}, {"y"}) + y, "elu");
  const float alpha = 0.5f;
  std::string bytes(reinterpret_cast<const char *>(&alpha), sizeof(alpha));
  // A number of four bytes, field 2.
  std::string half =
      field(5, field(1, std::string("alpha")) + varint(2 << 3 | 5) + bytes +
                   field(20, uint64_t(1)));
  expectMade(x + node("Celu", {"x"}, {"y"}, half) + y,
             "scale = [5.000000e-01]");
}

TEST(ONNXNodes, ManyNodesWithoutNames) {
  constexpr int count = 60000;
  std::string nodes = value(11, "x");
  auto name = [](int i) { return "v" + std::to_string(i); };
  for (int i = 0; i != count; ++i)
    nodes += node("Identity", {i == 0 ? "x" : name(i - 1)}, {name(i)});
  nodes += node("Relu", {name(count - 1)}, {"y"}) + value(12, "y");
  Imported imported(model(nodes));
  EXPECT_EQ(imported.messages, "");
  EXPECT_NE(imported.text.find("\"relu\""), std::string::npos);
  EXPECT_LE(imported.seconds, mostSeconds);
}

TEST(ONNXNodes, ManyInputsAndOutputs) {
  constexpr int count = 20000;
  std::string graph;
  for (int i = 0; i != count; ++i) {
    std::string number = std::to_string(i);
    graph += value(11, "x" + number) + value(12, "y" + number) +
             node("Relu", {"x" + number}, {"y" + number});
  }
  Imported imported(model(graph));
  EXPECT_EQ(imported.messages, "");
  EXPECT_LE(imported.seconds, mostSeconds);
}
