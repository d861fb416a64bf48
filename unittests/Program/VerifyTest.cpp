//===- VerifyTest.cpp - Tests of the program verifier ---------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "qml/Program/Verify.h"

#include "gtest/gtest.h"

#include <cmath>
#include <functional>

using namespace qml;

namespace {

/// A convolution of (8, 8, 3) to (4, 4, 2), a ReLU, a pool, and a dense layer.
struct Network {
  std::vector<float> kernel = std::vector<float>(3 * 3 * 3 * 2, .5f);
  std::vector<float> bias = {1, 2};
  std::vector<float> weights = std::vector<float>(8 * 5, .5f);
  Program program;

  Network() {
    auto tensor = [&](Shape shape) {
      program.tensors.push_back({std::move(shape), ElementType::F32, {}});
    };
    auto operation = [&](OperationKind kind, std::string layer, int input) {
      program.operations.push_back(
          {std::move(kind), std::move(layer), {input}, input + 1});
    };
    tensor({8, 8, 3});
    tensor({4, 4, 2});
    tensor({4, 4, 2});
    tensor({2, 2, 2});
    tensor({8});
    tensor({5});
    Conv2D conv;
    conv.kernel = {ElementType::F32, {3, 3, 3, 2}, kernel.data()};
    conv.bias = {ElementType::F32, {2}, bias.data()};
    conv.window = {{3, 3}, {2, 2}, {1, 1}, {0, 0}, {1, 1}};
    operation(conv, "conv", 0);
    ReLU relu;
    relu.maxValue = 6.f;
    operation(relu, "relu", 1);
    operation(MaxPool2D{{{2, 2}, {2, 2}, {1, 1}, {0, 0}, {0, 0}}}, "pool", 2);
    operation(AlignedReshape{}, "flatten", 3);
    Dense dense;
    dense.kernel = {ElementType::F32, {8, 5}, weights.data()};
    operation(dense, "dense", 4);
    program.inputs = {{0, "input"}};
    program.outputs.push_back({5, "dense"});
    program.ranges.push_back({2, "relu", true, false});
    program.ranges.push_back({0, "input", true, true});
  }

  template <typename T>
  T &op(size_t index) {
    return std::get<T>(program.operations[index].kind);
  }
};

} // namespace

TEST(Verify, acceptsSoundPrograms) {
  Network network;
  Status status = verify(network.program);
  EXPECT_TRUE(status) << status.message();
  EXPECT_TRUE(verifyFloat(network.program));
}

TEST(Verify, namesWhatIsWrong) {
  struct Case {
    const char *message; // a part of it
    std::function<void(Network &)> damage;
  };
  const Case cases[] = {
      {"input is tensor 6",
       [](Network &n) { n.program.inputs = {{6, "input"}}; }},
      {"has no input", [](Network &n) { n.program.inputs.clear(); }},
      {"input 'again' is tensor 0, which is another input, too",
       [](Network &n) { n.program.inputs.push_back({0, "again"}); }},
      {"two inputs are called 'input'",
       [](Network &n) {
         n.program.tensors.emplace_back();
         n.program.inputs.push_back(
             {int(n.program.tensors.size()) - 1, "input"});
       }},
      {"input is tensor -1",
       [](Network &n) { n.program.inputs[0].tensor = -1; }},
      {"layer 'relu': has 0 inputs",
       [](Network &n) { n.program.operations[1].inputs.clear(); }},
      {"layer 'conv': reads tensor 3",
       [](Network &n) { n.program.operations[0].inputs[0] = 3; }},
      {"layer 'pool': writes tensor 99",
       [](Network &n) { n.program.operations[2].output = 99; }},
      {"layer 'relu': writes tensor 1",
       [](Network &n) { n.program.operations[1].output = 1; }},
      {"output 'dense' is tensor 7",
       [](Network &n) { n.program.outputs[0].tensor = 7; }},
      {"tensor 3 (2, 0, 2): extents",
       [](Network &n) { n.program.tensors[3].shape[1] = 0; }},
      {"too many elements",
       [](Network &n) {
         n.program.tensors[0].shape = {1 << 28, 1 << 28, 1 << 28};
       }},
      {"layer 'conv': kernel (3, 3, 3, 1) has to have the shape (3, 3, 3, 2)",
       [](Network &n) { n.op<Conv2D>(0).kernel.shape[3] = 1; }},
      {"layer 'conv': kernel",
       [](Network &n) { n.op<Conv2D>(0).kernel.data = nullptr; }},
      {"layer 'conv': bias (3)",
       [](Network &n) { n.op<Conv2D>(0).bias.shape = {3}; }},
      {"weights of type int8",
       [](Network &n) { n.op<Conv2D>(0).kernel.type = ElementType::I8; }},
      {"layer 'conv': height of the result is 4, the window makes 5",
       [](Network &n) { n.op<Conv2D>(0).window.padBegin[0] = 2; }},
      {"strides and dilations have to be at least 1",
       [](Network &n) { n.op<Conv2D>(0).window.strides[1] = 0; }},
      {"depthwise, but has 3 input and 2 output channels",
       [](Network &n) { n.op<Conv2D>(0).depthwise = true; }},
      {"2 padding values",
       [](Network &n) { n.op<Conv2D>(0).paddingValue = {1, 2}; }},
      {"maximum of a ReLU", [](Network &n) { n.op<ReLU>(1).maxValue = -1.f; }},
      {"maximum of a ReLU",
       [](Network &n) { n.op<ReLU>(1).maxValue = std::nanf(""); }},
      {"layer 'relu': input (4, 4, 2) and result (4, 2, 4)",
       [](Network &n) { n.program.tensors[2].shape = {4, 2, 4}; }},
      {"some windows lie in the padding alone",
       [](Network &n) {
         n.op<MaxPool2D>(2).window = {{1, 1}, {4, 4}, {1, 1}, {2, 0}, {1, 1}};
         n.program.tensors[3].shape = {2, 2, 2};
       }},
      {"the number of elements has to stay",
       [](Network &n) { n.program.tensors[4].shape = {9}; }},
      {"result (2, 5) has to have the shape (5)",
       [](Network &n) { n.program.tensors[5].shape = {2, 5}; }},
      {"range of layer 'relu' is that of tensor 17",
       [](Network &n) { n.program.ranges[0].tensor = 17; }},
      {"range of layer 'relu' is asked for twice",
       [](Network &n) { n.program.ranges[1].layer = "relu"; }},
      {"only float32 has one",
       [](Network &n) { n.program.tensors[0].type = ElementType::U8; }},
  };
  for (const Case &one : cases) {
    Network network;
    one.damage(network);
    Status status = verify(network.program);
    ASSERT_FALSE(status) << one.message;
    EXPECT_NE(status.message().find(one.message), std::string::npos)
        << status.message();
  }
}

TEST(Verify, integerProgramsAreNoFloatPrograms) {
  Network network;
  Program &program = network.program;
  program.ranges.clear();
  program.outputs.clear();
  program.operations.resize(1);
  program.operations[0].kind = InputQuantizer{};
  program.tensors[1] = {{8, 8, 3}, ElementType::I8, Fixed{7, {0}, {}}};
  Status status = verify(program);
  ASSERT_TRUE(status) << status.message();
  status = verifyFloat(program);
  ASSERT_FALSE(status);
  EXPECT_NE(status.message().find("layer 'conv'"), std::string::npos);
}
