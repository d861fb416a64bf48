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

#include "llvm/ADT/MapVector.h"
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

/// Weights are made a few times at most; what comes from nothing is small.
static FoldBudget findBudget(const ONNXModel &model) {
  constexpr int64_t fromNothing = int64_t(1) << 24, copies = 4;
  int64_t elements = 0;
  auto add = [&](const ONNXTensor &tensor) {
    elements += int64_t(tensor.bytes.size / sizeOf(tensor.type));
  };
  llvm::for_each(model.initializers, add);
  for (const ONNXNode &node : model.nodes)
    for (const ONNXAttribute &attribute : node.attributes)
      llvm::for_each(attribute.tensor, add);
  return {fromNothing + copies * elements};
}

bool ONNXImporter::checkNames() {
  Location loc = FileLineColLoc::get(builder.getContext(), path, 0, 0);
  bool areOnce = true;
  for (auto &[names, what] : {std::pair(&options.inputs, "--inputs"),
                              std::pair(&options.outputs, "--outputs")}) {
    std::set<std::string_view> seen;
    for (const std::string &name : *names)
      if (!seen.insert(name).second) {
        emitError(loc) << what << " names " << quote(name)
                       << " twice; name each value once";
        areOnce = false;
      }
  }
  return areOnce;
}

/// Which nodes values depend on, as far as `ends`.
static std::vector<bool>
findLive(const ONNXModel &model,
         const std::map<std::string_view, size_t> &producers,
         std::vector<std::string_view> open,
         const std::set<std::string_view> &ends) {
  std::vector<bool> isLive(model.nodes.size(), false);
  while (!open.empty()) {
    std::string_view name = open.back();
    open.pop_back();
    auto producer = producers.find(name);
    if (ends.count(name) || producer == producers.end() ||
        isLive[producer->second])
      continue;
    isLive[producer->second] = true;
    const ONNXNode &node = model.nodes[producer->second];
    open.insert(open.end(), node.inputs.begin(), node.inputs.end());
  }
  return isLive;
}

void ONNXImporter::reportCuts() {
  if (options.inputs.empty() && options.outputs.empty())
    return;
  std::vector<std::string_view> open;
  for (const ONNXValueInfo &output : model.outputs)
    open.push_back(output.name);
  std::vector<bool> isLeft = findLive(model, producers, std::move(open), {});
  for (size_t index : order)
    isLeft[index] = false;
  // By operator, in the order of the file.
  llvm::MapVector<StringRef, SmallVector<size_t>> groups;
  size_t count = 0;
  for (size_t i = 0; i != model.nodes.size(); ++i)
    if (isLeft[i]) {
      groups[text(model.nodes[i].op)].push_back(i);
      ++count;
    }
  if (count == 0)
    return;
  constexpr size_t maxNames = 4;
  InFlightDiagnostic remark =
      emitRemark(FileLineColLoc::get(builder.getContext(), path, 0, 0));
  remark << showCount(int64_t(count), "operator") << " of the file "
         << (count == 1 ? "is" : "are") << " left out: ";
  llvm::interleave(
      groups,
      [&](const auto &group) {
        ArrayRef<size_t> nodes = group.second;
        remark << int64_t(nodes.size()) << " " << group.first << " (";
        llvm::interleave(
            nodes.take_front(maxNames),
            [&](size_t i) { remark << getNodeName(model.nodes[i], false); },
            [&] { remark << ", "; });
        remark << (nodes.size() > maxNames ? ", ...)" : ")");
      },
      [&] { remark << ", "; });
}

bool ONNXImporter::findNodes() {
  Location loc = FileLineColLoc::get(builder.getContext(), path, 0, 0);
  if (!checkNames())
    return false;
  budget = findBudget(model);
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

  bool isSound = true;
  for (const std::string &output : outputs) {
    if (producers.count(output))
      continue;
    isSound = false;
    InFlightDiagnostic error = emitError(loc);
    error << "the model has no node that makes " << quote(output)
          << "; values are called as the nodes' outputs are";
    if (std::vector<std::string> similar = findSimilar(model, output);
        !similar.empty())
      error << ", for example " << llvm::join(similar, ", ");
  }
  std::set<std::string_view> ends(inputs.begin(), inputs.end());
  for (const auto &initializer : initializers)
    ends.insert(initializer.first);
  std::vector<bool> isLive =
      findLive(model, producers, {outputs.begin(), outputs.end()}, ends);
  std::set<std::string_view> reported;
  for (size_t i = 0; i != model.nodes.size(); ++i) {
    if (!isLive[i])
      continue;
    for (std::string_view name : model.nodes[i].inputs) {
      if (name.empty() || ends.count(name) || producers.count(name) ||
          !reported.insert(name).second)
        continue;
      isSound = false;
      bool isInput = llvm::any_of(model.inputs, [&](const ONNXValueInfo &info) {
        return info.name == name;
      });
      emitError(loc) << "the value " << quote(name)
                     << (isInput ? " is needed, but it is not among the inputs "
                                   "that were asked for"
                                 : " is needed, but nothing makes it");
    }
  }
  if (!isSound || !sortNodes(isLive))
    return false;
  reportCuts();
  return true;
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

bool ONNXImporter::turnsToChannelsFirst(const ONNXNode &node,
                                        bool hasOneChannel) {
  if (node.op == "Transpose") {
    const ONNXAttribute *perm = node.find("perm");
    std::vector<int64_t> image = {0, 3, 1, 2}, sequence = {0, 2, 1};
    return perm && (perm->integers == image || perm->integers == sequence);
  }
  // Of one channel it is a reshape.
  if (node.op != "Reshape" || !hasOneChannel || node.inputs.size() != 2)
    return false;
  auto shape = initializers.find(node.inputs[1]);
  if (shape == initializers.end())
    return false;
  Result<ONNXConstant> constant = ONNXConstant::read(*shape->second);
  auto target = constant ? constant->getIntegers() : std::nullopt;
  return target && target->size() == 4 && (*target)[1] == 1;
}

InputLayout ONNXImporter::findLayout(StringRef input, bool hasOneChannel) {
  // What the first operators say that know.
  static const llvm::StringSet<> ofImages = {
      "AveragePool",   "BatchNormalization",    "Conv",
      "ConvTranspose", "DepthToSpace",          "GlobalAveragePool",
      "GlobalMaxPool", "InstanceNormalization", "MaxPool",
      "SpaceToDepth"};
  SmallVector<std::string_view> open = {{input.data(), input.size()}};
  std::set<std::string_view> seen(open.begin(), open.end());
  bool isFirst = false, isLast = false, isOpen = false;
  while (!open.empty()) {
    auto users = consumers.find(open.pop_back_val());
    if (users == consumers.end())
      continue;
    for (size_t user : users->second) {
      const ONNXNode &node = model.nodes[user];
      StringRef op = text(node.op);
      if (op == "Shape")
        continue;
      if (turnsToChannelsFirst(node, hasOneChannel)) {
        isLast = true;
      } else if (ofImages.contains(op)) {
        isFirst = true;
      } else if (op == "Pad" || actsOnElements(op)) {
        for (std::string_view output : node.outputs)
          if (seen.insert(output).second)
            open.push_back(output);
      } else {
        isOpen = true;
      }
    }
  }
  if (isFirst)
    return InputLayout::ChannelsFirst;
  return isLast && !isOpen ? InputLayout::ChannelsLast : InputLayout::FromFile;
}

} // namespace qml
