//===- ONNXBatchTest.cpp - Files of so many samples -----------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Exporters that are given no dynamic axes write the batch that they traced
// into shapes, indices and constants. The network takes any.
//
//===----------------------------------------------------------------------===//

#include "ImportNodes.h"

using namespace qml::testing;

static std::string fixedValue(unsigned number, const std::string &name,
                              const Integers &extents) {
  std::string shape;
  for (int64_t extent : extents)
    shape += field(1, field(1, uint64_t(extent)));
  return field(number,
               field(1, name) + field(2, field(1, field(1, uint64_t(Float)) +
                                                      field(2, shape))));
}

/// A network of x, (batch, 2, 2, 2).
static std::string network(int64_t batch, const std::string &nodes) {
  return fixedValue(11, "x", {batch, 2, 2, 2}) +
         fixedValue(12, "y", {batch, 1}) + nodes;
}

static std::string slice(int64_t end) {
  return integers("from", {0}) + integers("to", {end}) + integers("axis", {0}) +
         node("Relu", {"x"}, {"r"}) +
         node("Slice", {"r", "from", "to", "axis"}, {"s"}) +
         node("GlobalAveragePool", {"s"}, {"y"});
}

/// Also where the shape is said again.
TEST(ONNXBatch, ShapeIsGiven) {
  TempFolder folder;
  std::string path = folder.path("m.onnx");
  std::ofstream(path, std::ios::binary) << model(network(2, slice(2)));
  mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  qml::ImportONNXOptions options;
  options.inputShapes = {{"", {2, 2, 2}}};
  EXPECT_TRUE(qml::importONNX(path, &context, options));
}

TEST(ONNXBatch, WholeSlices) {
  for (int64_t batch : {1, 2, 5}) {
    expectMade(network(batch, slice(batch)), "qml.global_average_pool");
    expectRefused(network(batch, slice(batch + 1)), "batch");
  }
  // Of any number of samples it takes the first.
  expectRefused(value(11, "x", Float, {2, 2, 2}) +
                    value(12, "y", Float, {2, 1, 1}) + slice(1),
                "batch");
}

TEST(ONNXBatch, ExpandedToItself) {
  for (int64_t batch : {1, 3}) {
    auto expand = [&](const Integers &shape) {
      return network(batch, integers("shape", shape) +
                                node("Expand", {"x", "shape"}, {"e"}) +
                                node("Relu", {"e"}, {"y"}));
    };
    expectMade(expand({batch, 2, 2, 2}), "qml.relu");
    expectRefused(expand({batch * 2, 2, 2, 2}), "the batch can't be repeated");
  }
}

/// Channels that are stored last are flattened by a list of all places.
TEST(ONNXBatch, GathersOfAllPlaces) {
  for (int64_t batch : {1, 2, 3}) {
    auto gather = [&](int64_t first) {
      Integers places;
      for (int64_t i = 0; i != batch * 2; ++i)
        places.push_back(first + i);
      return network(batch, node("GlobalAveragePool", {"x"}, {"p"}) +
                                integers("flat", {-1}) +
                                node("Reshape", {"p", "flat"}, {"f"}) +
                                tensor("places", Int64, {batch, 2}, places) +
                                node("Gather", {"f", "places"}, {"y"}));
    };
    expectMade(gather(0), "return %globalaveragepool");
    expectRefused(gather(-1), "it takes a part of the batch");
  }
}

TEST(ONNXBatch, ConstantsOfEachSample) {
  for (int64_t batch : {1, 2, 3}) {
    auto add = [&](float last) {
      std::vector<float> values;
      for (int64_t i = 0; i != batch; ++i)
        values.insert(values.end(), {1, 2, 3, 4, 5, 6, 7, 8});
      values.back() = last;
      return network(
          batch, tensor("c", Float, {batch, 2, 2, 2}, values) +
                     node("Add", {"c", "x"}, {"s"}) +
                     node("Concat", {"s", "c"}, {"y"}, attribute("axis", 1)));
    };
    expectMade(add(8), "qml.concatenate");
    if (batch != 1)
      expectRefused(add(9), "its constant has shape");
  }
}
