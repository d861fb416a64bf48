//===- ONNXModel.cpp - ONNX model files, read -----------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Messages from the outside in. Of the graphs inside of attributes only those
// of If are read: no other operator that has one is imported.
//
//===----------------------------------------------------------------------===//

#include "qml/Target/ONNX/ONNXModel.h"

#include "ReadTensor.h"
#include "WireReader.h"
#include "qml/Support/MappedFile.h"
#include "qml/Support/Quote.h"

#include <algorithm>
#include <filesystem>
#include <set>

namespace qml {

const ONNXAttribute *ONNXNode::find(std::string_view name) const {
  const ONNXAttribute *found = nullptr;
  for (const ONNXAttribute &attribute : attributes)
    if (attribute.name == name)
      found = &attribute;
  return found;
}

namespace {
/// Reads one file.
class ModelReader {
public:
  ModelReader(const Bytes &bytes, const std::string &folder)
      : files(model.file, folder) {
    model.file = bytes;
  }

  Result<ONNXModel> read();

private:
  bool readGraph(std::string_view message);
  bool readBranch(std::string_view message, ONNXGraph &graph);
  bool readNode(std::string_view message, std::vector<ONNXNode> &nodes);
  bool readAttribute(std::string_view message, ONNXAttribute &attribute);
  bool readValueInfo(std::string_view message, ONNXValueInfo &info);
  bool readTensorType(std::string_view message, ONNXValueInfo &info);
  bool readOpset(std::string_view message);
  bool addTensor(std::string_view message, std::vector<ONNXTensor> &tensors);

  bool fail(std::string message) {
    if (problem.empty())
      problem = std::move(message);
    return false;
  }
  bool count(size_t entries = 1) {
    return files.countEntries(entries) ||
           fail("has more than " + std::to_string(ONNXFiles::maxEntries) +
                " entries; this is no network");
  }
  /// The end of reading a message that `wire` goes over.
  bool finish(const WireReader &wire, const char *what) {
    return !wire.isDamaged() || fail(std::string("is damaged: ") + what +
                                     " ends too early or has a bad field");
  }

  ONNXModel model;
  ONNXFiles files;
  std::string problem;
  /// Branches that the message is in.
  unsigned depth = 0;
};
} // namespace

bool ModelReader::addTensor(std::string_view message,
                            std::vector<ONNXTensor> &tensors) {
  if (!count())
    return false;
  Result<ONNXTensor> tensor = readONNXTensor(message, files);
  if (!tensor)
    return fail(tensor.message());
  tensors.push_back(std::move(*tensor));
  return true;
}

bool ModelReader::readAttribute(std::string_view message,
                                ONNXAttribute &attribute) {
  using Kind = ONNXAttribute::Kind;
  // By number in AttributeProto; the fields that were set, if there is none.
  int64_t type = 0;
  Kind seen = Kind::None;
  std::string_view graph;
  WireReader wire(message);
  while (wire.next()) {
    switch (wire.field()) {
    case 1:
      if (wire.isText())
        attribute.name = wire.text();
      break;
    case 2:
      attribute.number = wire.number32();
      seen = Kind::Float;
      break;
    case 3:
      attribute.integer = wire.integer();
      seen = Kind::Int;
      break;
    case 4:
      if (wire.isText())
        attribute.text = wire.text();
      seen = Kind::String;
      break;
    case 5:
      attribute.tensor.clear();
      if (!wire.isText() || !addTensor(wire.text(), attribute.tensor))
        return fail("is damaged");
      seen = Kind::Tensor;
      break;
    case 6:
      if (wire.isText())
        graph = wire.text();
      seen = Kind::Graph;
      break;
    case 7: {
      std::string_view bytes = wire.numbers(4);
      if (!count(bytes.size() / 4))
        return false;
      size_t before = attribute.numbers.size();
      attribute.numbers.resize(before + bytes.size() / 4);
      if (!bytes.empty())
        std::memcpy(attribute.numbers.data() + before, bytes.data(),
                    bytes.size());
      seen = Kind::Floats;
      break;
    }
    case 8: {
      wire.forEachInteger([&](int64_t value) {
        if (count())
          attribute.integers.push_back(value);
      });
      if (!problem.empty())
        return false;
      seen = Kind::Ints;
      break;
    }
    case 9:
      if (!count())
        return false;
      if (wire.isText())
        attribute.texts.push_back(wire.text());
      seen = Kind::Strings;
      break;
    case 20:
      type = wire.integer();
      break;
    default:
      break;
    }
  }
  if (!finish(wire, "an attribute"))
    return false;
  static const Kind kinds[] = {Kind::None,   Kind::Float,  Kind::Int,
                               Kind::String, Kind::Tensor, Kind::Graph,
                               Kind::Floats, Kind::Ints,   Kind::Strings};
  bool isKnown = type >= 0 && type < int64_t(std::size(kinds));
  attribute.kind = type == 0 ? seen : isKnown ? kinds[type] : Kind::Other;
  if (attribute.kind == Kind::Tensor && attribute.tensor.empty())
    attribute.kind = Kind::Other;
  bool isBranch =
      attribute.name == "then_branch" || attribute.name == "else_branch";
  return attribute.kind != Kind::Graph || !isBranch ||
         readBranch(graph, attribute.graph.emplace_back());
}

/// What the branches of an If take from outside.
static std::vector<std::string_view> findTaken(const ONNXNode &node) {
  std::vector<std::string_view> taken;
  for (const ONNXAttribute &attribute : node.attributes)
    for (const ONNXGraph &graph : attribute.graph) {
      std::set<std::string_view> own;
      auto take = [&](std::string_view name) {
        if (!name.empty() && own.count(name) == 0)
          taken.push_back(name);
      };
      for (const ONNXTensor &tensor : graph.initializers)
        own.insert(tensor.name);
      for (const ONNXNode &inner : graph.nodes) {
        std::for_each(inner.inputs.begin(), inner.inputs.end(), take);
        own.insert(inner.outputs.begin(), inner.outputs.end());
      }
      std::for_each(graph.outputs.begin(), graph.outputs.end(), take);
    }
  return taken;
}

bool ModelReader::readBranch(std::string_view message, ONNXGraph &graph) {
  constexpr unsigned maxDepth = 16;
  if (depth == maxDepth)
    return fail("has branches in branches, deeper than " +
                std::to_string(maxDepth));
  ++depth;
  WireReader wire(message);
  while (wire.next()) {
    if (!wire.isText())
      continue;
    if (wire.field() == 1 && !readNode(wire.text(), graph.nodes))
      return false;
    if (wire.field() == 5 && !addTensor(wire.text(), graph.initializers))
      return false;
    if (wire.field() != 12)
      continue;
    ONNXValueInfo output;
    if (!count() || !readValueInfo(wire.text(), output))
      return false;
    graph.outputs.push_back(output.name);
  }
  --depth;
  return finish(wire, "a branch");
}

/// Nodes and attributes take the memory of several names.
constexpr size_t entriesOfMessage = 4;

bool ModelReader::readNode(std::string_view message,
                           std::vector<ONNXNode> &nodes) {
  if (!count(entriesOfMessage))
    return false;
  ONNXNode &node = nodes.emplace_back();
  WireReader wire(message);
  while (wire.next()) {
    if (!wire.isText())
      continue;
    switch (wire.field()) {
    case 1:
    case 2: {
      if (!count())
        return false;
      auto &names = wire.field() == 1 ? node.inputs : node.outputs;
      names.push_back(wire.text());
      break;
    }
    case 3:
      node.name = wire.text();
      break;
    case 4:
      node.op = wire.text();
      break;
    case 5:
      if (!count(entriesOfMessage) ||
          !readAttribute(wire.text(), node.attributes.emplace_back()))
        return false;
      break;
    case 7:
      node.domain = wire.text() == "ai.onnx" ? "" : wire.text();
      break;
    case 9: {
      std::string_view key, value;
      WireReader entry(wire.text());
      while (entry.next())
        if (entry.isText())
          (entry.field() == 1 ? key : value) = entry.text();
      if (key == "pkg.torch.onnx.name_scopes")
        node.scopes = value;
      break;
    }
    default:
      break;
    }
  }
  if (node.op == "If" && node.domain.empty()) {
    std::vector<std::string_view> taken = findTaken(node);
    if (!count(taken.size()))
      return false;
    node.inputs.insert(node.inputs.end(), taken.begin(), taken.end());
  }
  return finish(wire, "a node");
}

bool ModelReader::readTensorType(std::string_view message,
                                 ONNXValueInfo &info) {
  WireReader wire(message);
  while (wire.next()) {
    if (wire.field() == 1)
      info.type = static_cast<int32_t>(wire.integer());
    if (wire.field() != 2 || !wire.isText())
      continue;
    info.hasShape = true;
    info.shape.clear();
    WireReader dims(wire.text());
    while (dims.next()) {
      if (dims.field() != 1 || !dims.isText())
        continue;
      if (!count())
        return false;
      std::optional<int64_t> &extent = info.shape.emplace_back();
      WireReader dim(dims.text());
      while (dim.next())
        if (dim.field() == 1)
          // Paddle writes -1 for what it does not know.
          extent =
              dim.integer() > 0 ? std::optional(dim.integer()) : std::nullopt;
      if (!finish(dim, "a shape"))
        return false;
    }
    if (!finish(dims, "a shape"))
      return false;
  }
  return finish(wire, "a type");
}

bool ModelReader::readValueInfo(std::string_view message, ONNXValueInfo &info) {
  WireReader wire(message);
  while (wire.next()) {
    if (!wire.isText())
      continue;
    if (wire.field() == 1)
      info.name = wire.text();
    if (wire.field() != 2)
      continue;
    WireReader type(wire.text());
    while (type.next())
      if (type.field() == 1 && type.isText() &&
          !readTensorType(type.text(), info))
        return false;
    if (!finish(type, "a type"))
      return false;
  }
  return finish(wire, "an input or output");
}

bool ModelReader::readGraph(std::string_view message) {
  WireReader wire(message);
  while (wire.next()) {
    if (!wire.isText())
      continue;
    switch (wire.field()) {
    case 1:
      if (!readNode(wire.text(), model.nodes))
        return false;
      break;
    case 2:
      model.name = wire.text();
      break;
    case 5:
      if (!addTensor(wire.text(), model.initializers))
        return false;
      break;
    case 11:
    case 12:
    case 13: {
      auto &list = wire.field() == 11   ? model.inputs
                   : wire.field() == 12 ? model.outputs
                                        : model.values;
      if (!count() || !readValueInfo(wire.text(), list.emplace_back()))
        return false;
      break;
    }
    default:
      break;
    }
  }
  return finish(wire, "its graph");
}

bool ModelReader::readOpset(std::string_view message) {
  std::string_view domain;
  int64_t version = 0;
  WireReader wire(message);
  while (wire.next()) {
    if (wire.field() == 1 && wire.isText())
      domain = wire.text();
    if (wire.field() == 2)
      version = wire.integer();
  }
  if (domain.empty() || domain == "ai.onnx")
    model.opset = version;
  return finish(wire, "its list of domains");
}

Result<ONNXModel> ModelReader::read() {
  bool hasGraph = false, isModel = false;
  WireReader wire(model.file.text());
  while (wire.next()) {
    if (wire.field() == 1 && wire.isInteger())
      isModel = true;
    if (!wire.isText())
      continue;
    bool good = true;
    if (wire.field() == 2)
      model.producer = wire.text();
    if (wire.field() == 7) {
      good = readGraph(wire.text());
      hasGraph = true;
    }
    if (wire.field() == 8)
      good = readOpset(wire.text());
    if (!good)
      return Error{problem};
  }
  if (wire.isDamaged() || !hasGraph)
    return Error{isModel && wire.isDamaged()
                     ? "is damaged: it ends too early or has a bad field"
                     : "is no ONNX model"};
  if (model.opset < oldestOpset)
    return Error{model.opset == 0
                     ? "does not say which version of ai.onnx's operators it "
                       "uses"
                     : "uses version " + std::to_string(model.opset) +
                           " of ai.onnx's operators; versions from " +
                           std::to_string(oldestOpset) +
                           " on are supported: export it again, or convert it "
                           "with onnx.version_converter"};
  return std::move(model);
}

Result<ONNXModel> parseONNXModel(const Bytes &bytes, const std::string &name,
                                 const std::string &folder) {
  Result<ONNXModel> model = ModelReader(bytes, folder).read();
  if (!model)
    return Error{quotePath(name) + " " + model.message()};
  return model;
}

Result<ONNXModel> readONNXModel(const std::string &path) {
  Result<Bytes> bytes = readFile(path);
  if (!bytes)
    return bytes.takeError();
  std::string folder = std::filesystem::path(path).parent_path().string();
  return parseONNXModel(*bytes, path,
                        path == "-"      ? ""
                        : folder.empty() ? "."
                                         : folder);
}

} // namespace qml
