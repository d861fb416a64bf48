//===- KerasModelConfig.cpp - The configuration of a Keras model ----------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Reads what tf_keras and Keras 3 write about layers and their connections. The
// two differ in how a call of a layer is written:
//
//   tf_keras  [["conv", 0, 0, {}], ["add", 0, 0, {}]]
//   Keras 3   {"args": [{"class_name": "__keras_tensor__",
//                        "config": {"keras_history": ["conv", 0, 0]}}],
//              "kwargs": {}}
//
//===----------------------------------------------------------------------===//

#include "KerasModelTree.h"
#include "qml/Support/Json.h"

#include "qml/Support/Names.h"
#include "qml/Support/Quote.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

using namespace qml;
using namespace qml::detail;
using json = nlohmann::json;

/// JSON is copied and destroyed recursively.
static constexpr int maxDepth = 200;
/// Models in models.
static constexpr int maxNesting = 32;
static constexpr size_t maxConfigBytes = size_t(1) << 28;

/// Checks what would make JSON dangerous to parse.
static Status checkText(std::string_view text) {
  if (text.size() > maxConfigBytes)
    return Error{"its configuration has " + std::to_string(text.size()) +
                 " bytes, more than the " + std::to_string(maxConfigBytes) +
                 " allowed"};
  int depth = 0;
  bool inString = false;
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (inString) {
      if (c == '\\')
        ++i;
      else if (c == '"')
        inString = false;
      continue;
    }
    if (c == '"')
      inString = true;
    else if (c == '[' || c == '{')
      ++depth;
    else if (c == ']' || c == '}')
      --depth;
    if (depth > maxDepth)
      return Error{"its configuration is nested deeper than " +
                   std::to_string(maxDepth) + " levels"};
  }
  return {};
}

namespace {
/// Looks for keys that an object has twice, of which the parser would keep one.
class DuplicateFinder final : public nlohmann::json_sax<json> {
public:
  /// A sentence about the first one, and the layer that it is in.
  std::string problem;

  // What the parser calls.
  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(int64_t) override { return true; }
  bool number_unsigned(uint64_t) override { return true; }
  bool number_float(double, const std::string &) override { return true; }
  bool binary(binary_t &) override { return true; }
  bool string(std::string &value) override {
    if (!open.empty() && open.back().lastKey == "name")
      open.back().name = std::move(value);
    return true;
  }
  bool key(std::string &name) override {
    Object &object = open.back();
    if (!object.keys.insert(name).second && object.twice.empty())
      object.twice = quote(name);
    object.lastKey = std::move(name);
    return true;
  }
  bool start_object(size_t) override {
    open.emplace_back();
    return true;
  }
  bool end_object() override;
  bool start_array(size_t) override {
    if (!open.empty())
      open.back().lastKey.clear();
    return true;
  }
  bool end_array() override { return true; }
  bool parse_error(size_t, const std::string &,
                   const nlohmann::detail::exception &) override {
    return false;
  }

private:
  struct Object {
    std::unordered_set<std::string> keys;
    std::string lastKey;
    std::string name;
    /// A key that is there twice, in quotes.
    std::string twice;
  };
  std::vector<Object> open;
};
} // namespace

bool DuplicateFinder::end_object() {
  Object object = std::move(open.back());
  open.pop_back();
  // What has no name belongs to what it is in.
  if (!object.twice.empty() && problem.empty() &&
      (open.empty() || !object.name.empty()))
    problem = (object.name.empty() ? "its configuration"
                                   : "layer " + quote(object.name)) +
              " has the key " + object.twice + " twice; the file is damaged";
  if (open.empty())
    return true;
  Object &parent = open.back();
  // The configuration of a layer names it.
  if (parent.lastKey == "config" && parent.name.empty())
    parent.name = object.name;
  if (parent.twice.empty() && object.name.empty())
    parent.twice = object.twice;
  return true;
}

static bool isModelClass(const std::string &className, const json &config) {
  const json *layers = findMember(config, "layers");
  if (!layers || !layers->is_array())
    return false;
  return className == "Sequential" || className == "Functional" ||
         className == "Model" || findMember(config, "output_layers");
}

namespace {
/// Reads one model, and by recursion the models in it.
class TreeReader {
public:
  explicit TreeReader(int nesting) : nesting(nesting) {}

  Status read(const std::string &className, const json &entry);
  KerasTree tree;

private:
  Status readLayer(const json &entry);
  Status connectSequential(const json &entry);
  Status connectFunctional(const json &config, const json &layers);

  void addInput(const json &entry);
  Status readCall(const json &call, KerasNode &node);
  Status readOldCall(const json &call, KerasNode &node);
  Status readOldEntry(const json &entry, KerasNode &node, bool withKeywords);
  Status readNewArgument(const json &argument, KerasNode &node,
                         const std::string &name);
  Status addTensor(const json &ref, KerasNode &node, const std::string &name,
                   bool isHistory = false, const json *shape = nullptr);
  Status countCalls();
  Result<KerasRef> readRef(const json &ref, const std::string &user);
  Status readRefs(const json *refs, const char *what,
                  std::vector<KerasRef> &result);

  Error inLayer(const KerasNode &node, const std::string &problem) {
    return Error{"layer " + inQuotes(node.name) + " " + problem};
  }

  int nesting;
  std::unordered_map<std::string, size_t> indices;
};
} // namespace

//===----------------------------------------------------------------------===//
// Connections
//===----------------------------------------------------------------------===//

/// Whether this is ["name", node, tensor] or ["name", node, tensor, {...}].
static bool looksLikeRef(const json &value) {
  return value.is_array() && value.size() >= 3 && value[0].is_string() &&
         value[1].is_number_integer() && value[2].is_number_integer();
}

Result<KerasRef> TreeReader::readRef(const json &ref, const std::string &user) {
  if (!looksLikeRef(ref))
    return Error{user + " has a connection that is damaged"};
  const std::string &name = *ref[0].get_ptr<const std::string *>();
  auto found = indices.find(name);
  if (found == indices.end())
    return Error{user + " takes the output of layer " + inQuotes(name) +
                 ", which the model does not have"};
  int64_t output = ref[2].get<int64_t>();
  if (output < 0)
    return Error{user + " has a connection that is damaged"};
  int64_t call = ref[1].get<int64_t>();
  return KerasRef{found->second, size_t(output), size_t(call < 0 ? 0 : call)};
}

Status TreeReader::readRefs(const json *refs, const char *what,
                            std::vector<KerasRef> &result) {
  std::string user = std::string("the model's list ") + what;
  if (!refs || !(refs->is_array() || refs->is_object()))
    return Error{user + " is missing"};
  auto add = [&](const json &entry) -> Status {
    Result<KerasRef> ref = readRef(entry, user);
    if (!ref)
      return ref.takeError();
    result.push_back(*ref);
    return {};
  };
  // One alone stands without a list around it.
  if (looksLikeRef(*refs))
    return add(*refs);
  for (const json &entry : *refs)
    if (Status status = add(entry); !status)
      return status;
  return {};
}

/// A shape without its batch; none if another extent is unknown.
static std::optional<Shape> parseShape(const json *value) {
  if (!value || !value->is_array() || value->empty())
    return std::nullopt;
  Shape shape;
  for (const json &extent : *value) {
    bool isBatch = &extent == &value->front();
    bool isKnown = extent.is_number_integer() && extent.get<int64_t>() > 0 &&
                   extent.get<int64_t>() <= int64_t(1) << 31;
    if (!isKnown && !(isBatch && (extent.is_null() || extent.is_number())))
      return std::nullopt;
    if (!isBatch)
      shape.push_back(extent.get<int64_t>());
  }
  return shape;
}

/// Notes the shapes of inputs that a layer was built with, as Keras 2 says
/// them, and Keras 3 of layers: one shape, or one for each.
static void readBuildShapes(const json &entry, KerasNode &node) {
  const json *build = findMember(entry, "build_config");
  const json *shape = build ? findMember(*build, "input_shape") : nullptr;
  // Which call it was built by is not known.
  if (!shape || !shape->is_array() || node.calls.size() != 1)
    return;
  KerasCall &call = node.calls.front();
  size_t count = call.inputs.size();
  call.inputShapes.resize(count);
  bool isList = !shape->empty() && shape->front().is_array();
  if (isList && shape->size() != count)
    return;
  for (size_t i = 0; i != (isList ? count : 1); ++i)
    if (!call.inputShapes[i])
      call.inputShapes[i] = parseShape(isList ? &(*shape)[i] : shape);
}

/// Adds an input to the call of a layer.
Status TreeReader::addTensor(const json &ref, KerasNode &node,
                             const std::string &name, bool isHistory,
                             const json *shape) {
  Result<KerasRef> source = readRef(ref, "layer " + inQuotes(node.name));
  if (!source)
    return source.takeError();
  source->countsModels = !isHistory;
  KerasCall &call = node.calls.back();
  call.arguments.push_back({name, call.inputs.size(), json()});
  call.inputs.push_back(*source);
  call.inputShapes.push_back(parseShape(shape));
  return {};
}

/// An entry of a call: ["conv", 0, 0, {...}], or with a constant in place of a
/// tensor ["_CONSTANT_VALUE", -1, 2.0, {...}], or a list of such.
Status TreeReader::readOldEntry(const json &entry, KerasNode &node,
                                bool withKeywords) {
  if (entry.is_array() && !entry.empty() && entry[0].is_array()) {
    for (const json &part : entry)
      if (Status status = readOldEntry(part, node, /*withKeywords=*/false);
          !status)
        return status;
    return {};
  }
  if (entry.is_array() && entry.size() >= 3 && entry[0] == "_CONSTANT_VALUE")
    node.calls.back().arguments.push_back({"", std::nullopt, entry[2]});
  else if (Status status = addTensor(entry, node, ""); !status)
    return status;
  if (!withKeywords || entry.size() <= 3)
    return {};
  const json &keywords = entry[3];
  if (!keywords.is_object())
    return inLayer(node, "has a connection that is damaged");
  auto add = [&](const std::string &name, const json &value) -> Status {
    if (looksLikeRef(value))
      return addTensor(value, node, name);
    node.calls.back().arguments.push_back({name, std::nullopt, value});
    return {};
  };
  for (const auto &[name, value] : keywords.items()) {
    // A list of which some are tensors is taken apart.
    bool isList = !looksLikeRef(value) && value.is_array() &&
                  std::any_of(value.begin(), value.end(), looksLikeRef);
    if (!isList) {
      if (Status status = add(name, value); !status)
        return status;
      continue;
    }
    for (const json &part : value)
      if (Status status = add(name, part); !status)
        return status;
  }
  return {};
}

Status TreeReader::readOldCall(const json &call, KerasNode &node) {
  // One entry alone stands without a list around it.
  if (!call.empty() && call[0].is_string())
    return readOldEntry(call, node, /*withKeywords=*/true);
  // All entries of a list carry the same keywords.
  for (const json &entry : call)
    if (Status status = readOldEntry(entry, node, &entry == &call[0]); !status)
      return status;
  return {};
}

static bool isNewTensor(const json &argument) {
  return findString(argument, "class_name") == "__keras_tensor__";
}

Status TreeReader::readNewArgument(const json &argument, KerasNode &node,
                                   const std::string &name) {
  if (isNewTensor(argument)) {
    const json *config = findMember(argument, "config");
    const json *history =
        config ? findMember(*config, "keras_history") : nullptr;
    if (!history)
      return inLayer(node, "has a connection that is damaged");
    return addTensor(*history, node, name, /*isHistory=*/true,
                     findMember(*config, "shape"));
  }
  bool isList =
      argument.is_array() &&
      std::any_of(argument.begin(), argument.end(), [](const json &element) {
        return element.is_array() || isNewTensor(element);
      });
  if (!isList) {
    node.calls.back().arguments.push_back({name, std::nullopt, argument});
    return {};
  }
  for (const json &element : argument)
    if (Status status = readNewArgument(element, node, name); !status)
      return status;
  return {};
}

Status TreeReader::readCall(const json &call, KerasNode &node) {
  if (call.is_array())
    return readOldCall(call, node);
  const json *arguments = findMember(call, "args");
  const json *keywords = findMember(call, "kwargs");
  if (!arguments || !arguments->is_array())
    return inLayer(node, "has a connection that is damaged");
  for (const json &argument : *arguments)
    if (Status status = readNewArgument(argument, node, ""); !status)
      return status;
  if (!keywords || !keywords->is_object())
    return {};
  for (const auto &[name, value] : keywords->items())
    if (Status status = readNewArgument(value, node, name); !status)
      return status;
  return {};
}

//===----------------------------------------------------------------------===//
// Layers
//===----------------------------------------------------------------------===//

/// Whether Keras 3 wrote this for an operation on tensors (x + y) instead of a
/// layer: in .keras files its module says so, in .h5 files it lacks what every
/// layer has.
static bool isOperation(const json &entry, const json &config) {
  std::string module = findString(entry, "module");
  if (!module.empty())
    return module.rfind("keras.src.ops", 0) == 0 ||
           module.rfind("keras.ops", 0) == 0;
  const json *calls = findMember(entry, "inbound_nodes");
  bool isNew =
      calls && calls->is_array() && !calls->empty() && (*calls)[0].is_object();
  return isNew && !findMember(config, "dtype") &&
         !findMember(config, "trainable");
}

Status TreeReader::readLayer(const json &entry) {
  KerasNode node;
  node.className = findString(entry, "class_name");
  const json *config = findMember(entry, "config");
  if (node.className.empty() || !config || !config->is_object())
    return Error{"its layer number " + std::to_string(tree.layers.size()) +
                 " has no class name or no configuration"};
  node.name = findString(entry, "name");
  if (node.name.empty())
    node.name = findString(*config, "name");
  if (Status status = checkLayerName(node.name); !status)
    return Error{"its layer number " + std::to_string(tree.layers.size()) +
                 " (class " + node.className + ") " + status.message()};
  if (!indices.emplace(node.name, tree.layers.size()).second)
    return Error{"two layers are called " + inQuotes(node.name)};

  if (isModelClass(node.className, *config)) {
    if (nesting == maxNesting)
      return Error{"models are nested deeper than " +
                   std::to_string(maxNesting) + " levels"};
    TreeReader reader(nesting + 1);
    if (Status status = reader.read(node.className, entry); !status)
      return Error{"nested model " + inQuotes(node.name) + ": " +
                   status.message()};
    node.nested = std::make_unique<KerasTree>(std::move(reader.tree));
  } else {
    node.config = *config;
    if (isOperation(entry, *config))
      node.className = "keras.ops." + node.className;
  }
  tree.layers.push_back(std::move(node));
  return {};
}

/// The shape that a sequential model without an InputLayer says of its input,
/// or null.
static const json *findInputShape(const json &entry, const json &config,
                                  const json &layers, const json *&type) {
  // The first layer may be a model, whose first layer may be a model ...
  const json *first = &layers[0];
  for (int depth = 0; depth <= maxNesting && first; ++depth) {
    const json *firstConfig = findMember(*first, "config");
    if (!firstConfig)
      break;
    for (const char *key : {"batch_input_shape", "batch_shape"})
      if (const json *shape = findMember(*firstConfig, key)) {
        if (findString(*first, "class_name") == "InputLayer")
          type = findMember(*firstConfig, "dtype");
        return shape;
      }
    const json *inner = findMember(*firstConfig, "layers");
    first =
        inner && inner->is_array() && !inner->empty() ? &(*inner)[0] : nullptr;
  }
  if (const json *shape = findMember(config, "build_input_shape"))
    return shape;
  for (const json *built : {&entry, &layers[0]})
    if (const json *buildConfig = findMember(*built, "build_config"))
      if (const json *shape = findMember(*buildConfig, "input_shape"))
        return shape;
  return nullptr;
}

/// Makes the InputLayer that a sequential model's file may leave out.
void TreeReader::addInput(const json &entry) {
  const json &config = *findMember(entry, "config");
  const json *type = nullptr;
  const json *shape =
      findInputShape(entry, config, *findMember(config, "layers"), type);
  KerasNode node;
  node.className = "InputLayer";
  node.isImplied = true;
  node.name = tree.layers[0].name + "_input";
  while (indices.count(node.name))
    node.name += "_1";
  node.config = json::object();
  if (shape)
    node.config["batch_input_shape"] = *shape;
  if (type)
    node.config["dtype"] = *type;
  node.config["name"] = node.name;
  tree.layers.insert(tree.layers.begin(), std::move(node));
}

Status TreeReader::connectSequential(const json &entry) {
  // Where the file's first layer stands in the tree.
  size_t first = tree.layers[0].isInput() ? 0 : 1;
  if (first != 0)
    addInput(entry);
  const json &layers = *findMember(*findMember(entry, "config"), "layers");
  for (size_t i = 1; i < tree.layers.size(); ++i) {
    if (tree.layers[i].isInput())
      return inLayer(tree.layers[i], "is an input after the first layer of a "
                                     "sequential model");
    tree.layers[i].calls[0].inputs.push_back({i - 1});
    if (i >= first)
      readBuildShapes(layers[i - first], tree.layers[i]);
  }
  tree.inputs.push_back(0);
  tree.outputs.push_back({tree.layers.size() - 1});
  return {};
}

Status TreeReader::connectFunctional(const json &config, const json &layers) {
  for (size_t i = 0; i < tree.layers.size(); ++i) {
    KerasNode &node = tree.layers[i];
    const json *calls = findMember(layers[i], "inbound_nodes");
    if (!calls || !calls->is_array())
      return inLayer(node, "has no list inbound_nodes");
    // Some versions write the call of an input, with no arguments.
    if (node.isInput())
      continue;
    if (calls->empty())
      return inLayer(node, "is never called");
    node.calls.clear();
    for (const json &call : *calls) {
      node.calls.emplace_back();
      if (Status status = readCall(call, node); !status)
        return status;
      // As files of tf_keras have tf.einsum, whose first argument is a text.
      // The layer before stands for what is missing, so that all that leads
      // there is checked, too.
      KerasCall &last = node.calls.back();
      if (last.inputs.empty() && i == 0)
        return inLayer(node, "takes no output of another layer");
      if (last.inputs.empty()) {
        last.inputs.push_back({i - 1});
        if (node.problem.empty())
          node.problem = "takes no output of another layer in the file, which "
                         "holds functions of tensors by their first argument";
      }
    }
    readBuildShapes(layers[i], node);
    // A nested model dissolves, and can't be reported later.
    if (node.nested && !node.problem.empty())
      return inLayer(node, node.problem);
  }
  std::vector<KerasRef> inputs;
  if (Status status =
          readRefs(findMember(config, "input_layers"), "input_layers", inputs);
      !status)
    return status;
  for (KerasRef ref : inputs) {
    if (!tree.layers[ref.layer].isInput())
      return inLayer(tree.layers[ref.layer],
                     "is an input of the model, but no InputLayer");
    tree.inputs.push_back(ref.layer);
  }
  return readRefs(findMember(config, "output_layers"), "output_layers",
                  tree.outputs);
}

/// Makes numbers of calls count from 0, and checks them.
Status TreeReader::countCalls() {
  std::vector<KerasRef *> refs;
  for (KerasNode &node : tree.layers)
    for (KerasCall &call : node.calls)
      for (KerasRef &ref : call.inputs)
        refs.push_back(&ref);
  for (KerasRef &ref : tree.outputs)
    refs.push_back(&ref);
  // Functional models have a call of their own, the first one, and so have some
  // sequential ones, which shows where the number of a call is too large.
  std::vector<bool> hasOwnCall(tree.layers.size());
  for (KerasRef *ref : refs) {
    const KerasNode &source = tree.layers[ref->layer];
    if (ref->countsModels && source.nested &&
        (!source.nested->isSequential || ref->call >= source.calls.size()))
      hasOwnCall[ref->layer] = true;
  }
  for (KerasRef *ref : refs) {
    const KerasNode &source = tree.layers[ref->layer];
    if (ref->countsModels && ref->call > 0 && hasOwnCall[ref->layer])
      --ref->call;
    // The number of a single one depends on what else it was called for.
    if (source.calls.size() == 1)
      ref->call = 0;
    if (ref->call >= source.calls.size())
      return inLayer(source, "is called " +
                                 std::to_string(source.calls.size()) +
                                 " times, the result of call " +
                                 std::to_string(ref->call + 1) + " is used");
  }
  return {};
}

/// Whether a nested model can be called with `count` arguments. A sequential
/// model that was built without an InputLayer hands all of them to its first
/// layer, an Add for example.
static bool takesInputs(KerasTree &tree, size_t count) {
  if (!tree.layers[0].isImplied)
    return tree.inputs.size() == count;
  KerasNode &first = tree.layers[1];
  first.calls.assign(1, KerasCall());
  for (size_t i = 0; i < count; ++i)
    first.calls[0].inputs.push_back({0, i});
  return !first.nested || takesInputs(*first.nested, count);
}

Status TreeReader::read(const std::string &className, const json &entry) {
  const json *config = findMember(entry, "config");
  const json *layers = config ? findMember(*config, "layers") : nullptr;
  if (!layers || !layers->is_array() || layers->empty())
    return Error{"it has no layers"};
  tree.name = findString(*config, "name");
  tree.isSequential =
      className == "Sequential" || !findMember(*config, "output_layers");
  for (const json &layer : *layers)
    if (Status status = readLayer(layer); !status)
      return status;
  Status status = tree.isSequential ? connectSequential(entry)
                                    : connectFunctional(*config, *layers);
  if (!status)
    return status;
  if (tree.outputs.empty())
    return Error{"it has no outputs"};
  if (Status counted = countCalls(); !counted)
    return counted;
  // Outputs of nested models are known only now.
  auto check = [&](const std::vector<KerasRef> &refs) -> Status {
    for (KerasRef ref : refs) {
      const KerasNode &source = tree.layers[ref.layer];
      if (source.nested && ref.output >= source.nested->outputs.size())
        return inLayer(source,
                       "has only " +
                           std::to_string(source.nested->outputs.size()) +
                           " outputs, another one is used");
    }
    return {};
  };
  for (KerasNode &node : tree.layers)
    for (KerasCall &call : node.calls) {
      if (Status status = check(call.inputs); !status)
        return status;
      size_t count = call.inputs.size();
      if (node.nested && (count != node.calls[0].inputs.size() ||
                          !takesInputs(*node.nested, count)))
        return inLayer(node, "is a model of " +
                                 std::to_string(node.nested->inputs.size()) +
                                 " inputs that is called with " +
                                 std::to_string(count));
    }
  return check(tree.outputs);
}

Result<KerasTree> detail::parseKerasConfig(std::string_view text) {
  if (Status status = checkText(text); !status)
    return status.takeError();
  DuplicateFinder duplicates;
  json root;
  if (json::sax_parse(text, &duplicates))
    root = json::parse(text, nullptr, /*allow_exceptions=*/false);
  else
    return Error{"its configuration is no valid JSON, the file is damaged: " +
                 findJsonProblem(std::string(text))};
  if (!duplicates.problem.empty())
    return Error{duplicates.problem};
  std::string className = findString(root, "class_name");
  const json *config = findMember(root, "config");
  if (className.empty() || !config)
    return Error{"its configuration names no class"};
  if (!isModelClass(className, *config))
    return Error{"its class is " + className +
                 "; Sequential and Functional models are supported"};
  TreeReader reader(0);
  if (Status status = reader.read(className, root); !status)
    return status.takeError();
  return std::move(reader.tree);
}
