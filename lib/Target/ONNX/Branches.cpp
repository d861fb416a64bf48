//===- Branches.cpp - Branches of an If -----------------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Exporters write an If where Python asked for a shape. Once shapes are known,
// the nodes of the one branch stand in its place.
//
//===----------------------------------------------------------------------===//

#include "ONNXImporter.h"
#include "qml/Support/Quote.h"

#include <set>

using namespace mlir;

namespace qml {

// Values and graphs are looked at while nodes are added.
static_assert(std::is_nothrow_move_constructible_v<ONNXNode>);

bool ONNXImporter::addBranch(const ONNXGraph &branch,
                             std::vector<size_t> &added) {
  auto isNew = [&](std::string_view name) {
    bool isNew = !producers.count(name) && !initializers.count(name) &&
                 !llvm::is_contained(inputs, name);
    if (!isNew)
      emitError(getLocation(names[current]))
          << "its branch makes the value " << quote(name)
          << ", which is made elsewhere, too; give it another name";
    return isNew;
  };
  for (const ONNXTensor &tensor : branch.initializers) {
    if (!isNew(tensor.name))
      return false;
    initializers.emplace(tensor.name, &tensor);
  }
  // From the outputs back to what they need.
  std::set<std::string_view> needed(branch.outputs.begin(),
                                    branch.outputs.end());
  std::vector<const ONNXNode *> taken;
  for (const ONNXNode &node : llvm::reverse(branch.nodes))
    if (llvm::any_of(node.outputs, [&](std::string_view output) {
          return !output.empty() && needed.count(output) != 0;
        })) {
      taken.push_back(&node);
      needed.insert(node.inputs.begin(), node.inputs.end());
    }
  for (const ONNXNode *node : llvm::reverse(taken)) {
    size_t index = model.nodes.size();
    for (std::string_view output : node->outputs) {
      if (output.empty())
        continue;
      if (!isNew(output))
        return false;
      producers.emplace(output, index);
    }
    for (std::string_view input : node->inputs)
      if (!input.empty())
        consumers[input].push_back(index);
    model.nodes.push_back(*node);
    names.push_back(claimName(getNodeName(*node, /*isOnlyOne=*/false)));
    added.push_back(index);
  }
  return true;
}

bool ONNXImporter::takeBranch(size_t index) {
  if (model.nodes[index].op != "If" || model.nodes[index].inputs.empty())
    return false;
  const ONNXValue &value = *findValue(model.nodes[index].inputs.front());
  if (value.kind != ONNXValue::Kind::Constant)
    return false;
  std::optional<double> condition = value.constant.getScalar();
  if (!condition)
    return false;
  std::vector<std::string_view> results = model.nodes[index].outputs;
  for (std::string_view result : results)
    values.emplace(result, ONNXValue());
  const char *which = *condition != 0 ? "then_branch" : "else_branch";
  const ONNXAttribute *attribute = model.nodes[index].find(which);
  if (!attribute || attribute->graph.empty() ||
      attribute->graph.front().outputs.size() < results.size()) {
    emitError(getLocation(names[index]))
        << "it has no " << which << " that makes "
        << showCount(int64_t(results.size()), "value");
    return true;
  }
  const ONNXGraph &branch = attribute->graph.front();
  for (std::string_view output : branch.outputs)
    consumers[output].push_back(index);
  std::vector<size_t> added;
  if (!addBranch(branch, added))
    return true;
  for (size_t node : added) {
    enter(node);
    importNode(node);
  }
  enter(index);
  for (auto [result, output] : llvm::zip(results, branch.outputs)) {
    if (result.empty())
      continue;
    ONNXValue made = *findValue(output);
    auto users = consumers.find(result);
    size_t count = outputCounts.count(result) != 0 ? outputCounts[result] : 0;
    count += users == consumers.end() ? 0 : users->second.size();
    made.isOnlyUse &= count == 1;
    values[result] = std::move(made);
  }
  return true;
}

} // namespace qml
