//===- ONNXModel.h - ONNX model files, read ---------------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Reads the wire format of .onnx files, without knowing what any operator
// computes. Text and data are views of the mapped file. Free of MLIR, so that a
// fuzzer can drive it alone.
//
//===----------------------------------------------------------------------===//

#ifndef QML_TARGET_ONNX_ONNXMODEL_H
#define QML_TARGET_ONNX_ONNXMODEL_H

#include "qml/Support/Bytes.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace qml {

/// Constant data. bfloat16 is read as float32.
struct ONNXTensor {
  std::string_view name;
  Shape shape;
  ElementType type = ElementType::F32;
  bool isBFloat16 = false;
  /// Elements, little-endian, of any alignment: as many as the shape says.
  Bytes bytes;
  /// Why it can't be read, as the predicate of a sentence; empty if it can.
  std::string problem;

  /// The elements, copied only if they lie badly.
  Result<Array> read() const;
};

struct ONNXGraph;

struct ONNXAttribute {
  /// Those of AttributeProto that are read.
  enum class Kind : uint8_t {
    None,
    Float,
    Int,
    String,
    Tensor,
    Floats,
    Ints,
    Strings,
    Graph,
    Other
  };

  std::string_view name;
  Kind kind = Kind::None;
  float number = 0;
  int64_t integer = 0;
  std::string_view text;
  std::vector<float> numbers;
  std::vector<int64_t> integers;
  std::vector<std::string_view> texts;
  /// One, if it holds a tensor.
  std::vector<ONNXTensor> tensor;
  /// One, if it holds a branch of an If; other graphs are not read.
  std::vector<ONNXGraph> graph;
};

struct ONNXNode {
  std::string_view op;
  std::string_view name;
  /// Empty for ai.onnx.
  std::string_view domain;
  /// An empty name stands for one that is left out. An If has after its
  /// condition what its branches take from outside, once for each use.
  std::vector<std::string_view> inputs;
  std::vector<std::string_view> outputs;
  std::vector<ONNXAttribute> attributes;
  /// What torch.onnx writes of the modules that a node comes from: a list in
  /// Python's text, from the outermost to the operation itself. May be empty.
  std::string_view scopes;

  /// Null if there is none of that name.
  const ONNXAttribute *find(std::string_view name) const;
};

/// A branch of an If.
struct ONNXGraph {
  std::vector<ONNXNode> nodes;
  std::vector<ONNXTensor> initializers;
  std::vector<std::string_view> outputs;
};

/// A graph's input or output, or a value in between.
struct ONNXValueInfo {
  std::string_view name;
  /// Number of the type in TensorProto; 0 if it is no tensor.
  int32_t type = 0;
  bool hasShape = false;
  /// Extents that are known and positive.
  std::vector<std::optional<int64_t>> shape;
};

struct ONNXModel {
  std::string_view producer;
  std::string_view name;
  /// Of ai.onnx.
  int64_t opset = 0;
  std::vector<ONNXNode> nodes;
  std::vector<ONNXTensor> initializers;
  std::vector<ONNXValueInfo> inputs;
  std::vector<ONNXValueInfo> outputs;
  /// What the file says of values in between; it need not say anything.
  std::vector<ONNXValueInfo> values;
  /// What all views look at.
  Bytes file;
};

/// Oldest version of ai.onnx whose operators mean what they do today.
constexpr int64_t oldestOpset = 7;

/// ONNX's name of a type of tensors: "float", "int64", ...
std::string nameOfONNXType(int32_t type);

/// Reads the model at `path`, and the files beside it that hold its tensors.
Result<ONNXModel> readONNXModel(const std::string &path);

/// The same for the contents of a file; errors call it `name`. Tensors in other
/// files are looked for in `folder`; without one they can't be read.
Result<ONNXModel> parseONNXModel(const Bytes &bytes, const std::string &name,
                                 const std::string &folder = "");

} // namespace qml

#endif // QML_TARGET_ONNX_ONNXMODEL_H
