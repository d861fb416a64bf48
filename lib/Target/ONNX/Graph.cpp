//===- Graph.cpp - Which nodes are imported, and their names --------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ONNXImporter.h"
#include "qml/Support/Quote.h"
#include "qml/Support/SimilarNames.h"

#include "llvm/ADT/StringExtras.h"

#include <set>

using namespace mlir;

namespace qml {

/// A few names of values that are most like this one, the nearest first.
static std::vector<std::string> findSimilar(const ONNXModel &model,
                                            StringRef name) {
  SimilarNames similar(name);
  for (const ONNXNode &node : model.nodes)
    for (StringRef output : node.outputs)
      similar.add(output);
  return similar.quoted();
}

bool ONNXImporter::findNodes() {
  Location loc = FileLineColLoc::get(builder.getContext(), path, 0, 0);
  for (const ONNXTensor &tensor : model.initializers)
    initializers.emplace(tensor.name, &tensor);
  inputs = options.inputs;
  if (inputs.empty())
    for (const ONNXValueInfo &input : model.inputs)
      if (!initializers.count(input.name))
        inputs.emplace_back(input.name);
  outputs = options.outputs;
  if (outputs.empty())
    for (const ONNXValueInfo &output : model.outputs)
      outputs.emplace_back(output.name);
  for (const std::string &output : outputs)
    ++outputCounts[output];
  for (const auto *list : {&model.inputs, &model.values, &model.outputs})
    for (const ONNXValueInfo &info : *list)
      infos.emplace(info.name, &info);
  for (size_t i = 0; i != model.nodes.size(); ++i)
    for (std::string_view output : model.nodes[i].outputs)
      if (!output.empty() && !producers.emplace(output, i).second) {
        emitError(loc) << "the value " << quote(output)
                       << " is the output of two nodes";
        return false;
      }
  if (outputs.empty()) {
    emitError(loc) << "the model has no outputs";
    return false;
  }

  // From the outputs back to the inputs.
  std::vector<bool> isLive(model.nodes.size(), false);
  std::vector<std::string_view> open(outputs.begin(), outputs.end());
  std::set<std::string_view> ends(inputs.begin(), inputs.end());
  bool areKnown = true;
  for (const std::string &output : outputs) {
    if (producers.count(output))
      continue;
    areKnown = false;
    InFlightDiagnostic error = emitError(loc);
    error << "the model has no node that makes " << quote(output)
          << "; values are called as the nodes' outputs are";
    if (std::vector<std::string> similar = findSimilar(model, output);
        !similar.empty())
      error << ", for example " << llvm::join(similar, ", ");
  }
  if (!areKnown)
    return false;
  while (!open.empty()) {
    std::string_view name = open.back();
    open.pop_back();
    if (name.empty() || ends.count(name) || initializers.count(name))
      continue;
    auto producer = producers.find(name);
    if (producer == producers.end()) {
      bool isInput = llvm::any_of(model.inputs, [&](const ONNXValueInfo &info) {
        return info.name == name;
      });
      emitError(loc) << "the value " << quote(name)
                     << (isInput ? " is needed, but it is not among the inputs "
                                   "that were asked for"
                                 : " is needed, but nothing makes it");
      return false;
    }
    if (isLive[producer->second])
      continue;
    isLive[producer->second] = true;
    const ONNXNode &node = model.nodes[producer->second];
    open.insert(open.end(), node.inputs.begin(), node.inputs.end());
  }
  return sortNodes(isLive);
}

/// In the file's order, as far as each node comes after those that it takes
/// values of.
bool ONNXImporter::sortNodes(const std::vector<bool> &isLive) {
  std::set<std::string_view> ends(inputs.begin(), inputs.end());
  std::vector<size_t> missing(model.nodes.size(), 0);
  std::set<size_t> ready;
  size_t count = 0;
  for (size_t i = 0; i != model.nodes.size(); ++i) {
    if (!isLive[i])
      continue;
    ++count;
    for (std::string_view input : model.nodes[i].inputs) {
      if (input.empty())
        continue;
      consumers[input].push_back(i);
      missing[i] += !ends.count(input) && !initializers.count(input);
    }
    if (missing[i] == 0)
      ready.insert(i);
  }
  while (!ready.empty()) {
    size_t next = *ready.begin();
    ready.erase(ready.begin());
    order.push_back(next);
    for (std::string_view output : model.nodes[next].outputs) {
      if (output.empty() || ends.count(output) || initializers.count(output))
        continue;
      auto found = consumers.find(output);
      if (found == consumers.end())
        continue;
      for (size_t user : found->second)
        if (--missing[user] == 0)
          ready.insert(user);
    }
  }
  if (order.size() == count)
    return true;
  for (size_t i = 0; i != model.nodes.size(); ++i)
    if (isLive[i] && missing[i] != 0) {
      emitError(FileLineColLoc::get(builder.getContext(), path, 0, 0))
          << "its nodes are connected in a circle through "
          << quote(model.nodes[i].outputs.front());
      break;
    }
  return false;
}

/// The last two of Python's list of strings: a module's path, and the name of
/// an operation in it.
static std::pair<std::string, std::string> readScopes(StringRef list) {
  SmallVector<std::string> scopes;
  while (!list.empty()) {
    size_t start = list.find_first_of("'\"");
    if (start == StringRef::npos)
      break;
    size_t end = list.find(list[start], start + 1);
    if (end == StringRef::npos)
      break;
    scopes.push_back(list.slice(start + 1, end).str());
    list = list.drop_front(end + 1);
  }
  if (scopes.size() < 2)
    return {};
  return {scopes[scopes.size() - 2], scopes.back()};
}

static bool hasWeights(const ONNXNode &node) {
  return node.op == "Conv" || node.op == "ConvTranspose" || node.op == "Gemm" ||
         node.op == "MatMul" || node.op == "BatchNormalization";
}

std::string ONNXImporter::getNodeName(const ONNXNode &node,
                                      bool isOnlyOne) const {
  // The weights of a convolution that a norm was folded into keep their name,
  // while the node comes from the norm.
  if (hasWeights(node) && node.inputs.size() > 1) {
    StringRef weights = text(node.inputs[1]);
    if (weights.consume_back(".weight") && !weights.empty())
      return weights.str();
  }
  auto [module, operation] = readScopes(text(node.scopes));
  if (!module.empty())
    return isOnlyOne ? module : module + "." + operation;
  if (!operation.empty())
    return operation;
  StringRef name = text(node.name);
  name = name.ltrim('/');
  if (!name.empty())
    return name.str();
  return text(node.op).lower();
}

void ONNXImporter::nameNodes() {
  // A module's path is the name of its only node, or of the only one that has
  // weights.
  llvm::StringMap<std::pair<unsigned, unsigned>> counts;
  for (size_t index : order) {
    const ONNXNode &node = model.nodes[index];
    std::string path = readScopes(text(node.scopes)).first;
    ++counts[path].first;
    counts[path].second += hasWeights(node);
  }
  names.resize(model.nodes.size());
  for (size_t index : order) {
    const ONNXNode &node = model.nodes[index];
    auto [all, weighted] = counts[readScopes(text(node.scopes)).first];
    names[index] = claimName(
        getNodeName(node, all == 1 || (weighted == 1 && hasWeights(node))));
  }
}

std::string ONNXImporter::claimName(StringRef name) {
  std::string unique = name.str();
  if (taken.insert(unique).second)
    return unique;
  unsigned &next = nextNumbers.try_emplace(name, 1).first->second;
  do
    unique = (name + "_" + Twine(next++)).str();
  while (!taken.insert(unique).second);
  return unique;
}

/// Operators that act on each element.
static bool actsOnElements(StringRef op) {
  static const llvm::StringSet<> ops = {"Add",
                                        "Cast",
                                        "Clip",
                                        "Div",
                                        "Identity",
                                        "LeakyRelu",
                                        "Max",
                                        "Min",
                                        "Mul",
                                        "Relu",
                                        "Sigmoid",
                                        "Sub",
                                        "Tanh",
                                        "HardSigmoid",
                                        "Dropout",
                                        "Elu",
                                        "HardSwish",
                                        "Gelu",
                                        "DequantizeLinear",
                                        "QuantizeLinear"};
  return ops.contains(op);
}

bool ONNXImporter::takesChannelsLast(StringRef input) const {
  // All of its uses are transpositions to NCHW, maybe after a normalization.
  SmallVector<std::string_view> open = {{input.data(), input.size()}};
  std::set<std::string_view> seen(open.begin(), open.end());
  bool found = false;
  while (!open.empty()) {
    auto users = consumers.find(open.pop_back_val());
    if (users == consumers.end())
      continue;
    for (size_t user : users->second) {
      const ONNXNode &node = model.nodes[user];
      if (node.op == "Shape")
        continue;
      if (node.op == "Transpose") {
        const ONNXAttribute *perm = node.find("perm");
        std::vector<int64_t> last = {0, 3, 1, 2}, sequence = {0, 2, 1};
        if (!perm || (perm->integers != last && perm->integers != sequence))
          return false;
        found = true;
      } else if (actsOnElements(text(node.op))) {
        for (std::string_view output : node.outputs)
          if (seen.insert(output).second)
            open.push_back(output);
      } else {
        return false;
      }
    }
  }
  return found;
}

} // namespace qml
