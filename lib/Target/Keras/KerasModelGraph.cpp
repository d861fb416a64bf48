//===- KerasModelGraph.cpp - Flattening and ordering a Keras model --------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KerasModelTree.h"
#include "qml/Support/LayerOrder.h"
#include "qml/Support/Quote.h"

#include <algorithm>
#include <map>
#include <unordered_map>
#include <unordered_set>

using namespace qml;
using namespace qml::detail;
using json = nlohmann::json;

namespace {
constexpr size_t nowhere = ~size_t(0);

/// Models that are called several times, in models that are, grow without end.
constexpr size_t maxLayers = size_t(1) << 20;

/// So do their names: each call has that of all models around it.
constexpr size_t maxPrefixBytes = size_t(128) << 20;

/// A call of a model of the tree.
struct Instance {
  KerasTree *tree = nullptr;
  /// Index of the model around it, of the layer there that it is, and of the
  /// call of that layer.
  size_t parent = nowhere;
  size_t layer = nowhere;
  size_t call = 0;
  /// Whether it, or a model around it, is not the first call.
  bool isAgain = false;
  /// "outer/inner/", empty for the outermost model.
  std::string prefix;
  /// Of each layer, for each call: its index in the flat list, or the instance
  /// of the model that it is.
  std::vector<std::vector<size_t>> members;
  /// Of each layer: which argument of the model it is, or nowhere.
  std::vector<size_t> arguments;
};

/// A call of a layer that is no model and no input of a nested model; of those
/// with several outputs, one of them.
struct FlatLayer {
  KerasNode *node = nullptr;
  size_t instance = 0;
  size_t call = 0;
  std::vector<size_t> inputs;
  size_t output = 0;
};

/// Calls after the first one are numbered.
std::string nameOf(const KerasNode &node, size_t call) {
  return call == 0 ? node.name : node.name + "_" + std::to_string(call);
}

/// So are outputs after the first one.
std::string nameOf(const FlatLayer &layer) {
  std::string name = nameOf(*layer.node, layer.call);
  return layer.output == 0 ? name
                           : name + "_output_" + std::to_string(layer.output);
}

/// Whether each of several outputs can be computed by itself.
bool hasParts(const KerasNode &node) {
  return node.className == "keras.ops.Split" ||
         (node.className == "TFOpLambda" &&
          findString(node.config, "function") == "split");
}

class Flattener {
public:
  Flattener(KerasTree &root, const InputShapes &shapes)
      : root(root), shapes(shapes) {}

  Result<KerasModel> run();

private:
  Status collect(KerasTree &tree, size_t parent, size_t layer, size_t call);
  /// A flat layer, and which of its outputs.
  struct Source {
    size_t layer = nowhere;
    size_t output = 0;
  };
  Result<Source> resolve(size_t instance, KerasRef ref) const;
  size_t findPart(Source source);
  Status connect();
  Status order();
  Status nameLayers();
  /// Their layers are indices into `flat`.
  Status readInputs(KerasModel &model);

  std::string pathOf(const FlatLayer &layer) const {
    return instances[layer.instance].prefix + nameOf(layer);
  }
  std::string nearPathOf(const FlatLayer &layer) const;
  bool isAgain(const FlatLayer &layer) const {
    return layer.call > 0 || instances[layer.instance].isAgain;
  }

  KerasTree &root;
  const InputShapes &shapes;
  std::vector<Instance> instances;
  /// Of all their prefixes.
  size_t prefixBytes = 0;
  std::vector<FlatLayer> flat;
  /// Layers of outputs after the first one.
  std::map<std::pair<size_t, size_t>, size_t> parts;
  std::vector<size_t> outputs;
  /// Indices into `flat`, in Keras's order.
  std::vector<size_t> sorted;
  /// Of the sorted layers.
  std::vector<std::string> names;
};
} // namespace

/// Lists the models and layers. The depth of the tree is limited by its reader.
Status Flattener::collect(KerasTree &tree, size_t parent, size_t layer,
                          size_t call) {
  size_t self = instances.size();
  instances.push_back({&tree, parent, layer, call, call > 0, {}, {}, {}});
  instances[self].arguments.assign(tree.layers.size(), nowhere);
  for (size_t i = 0; i < tree.inputs.size(); ++i)
    instances[self].arguments[tree.inputs[i]] = i;
  if (parent != nowhere) {
    const Instance &around = instances[parent];
    instances[self].prefix =
        around.prefix + nameOf(around.tree->layers[layer], call) + "/";
    instances[self].isAgain |= around.isAgain;
    prefixBytes += instances[self].prefix.size();
    if (prefixBytes > maxPrefixBytes)
      return Error{"the names of its nested models take more than " +
                   std::to_string(maxPrefixBytes >> 20) +
                   " MB, that of each counted for all models in it"};
  }
  instances[self].members.resize(tree.layers.size());
  for (size_t i = 0; i < tree.layers.size(); ++i) {
    KerasNode &node = tree.layers[i];
    for (size_t k = 0; k < node.calls.size(); ++k) {
      if (flat.size() + instances.size() > maxLayers)
        return Error{"it has more than " + std::to_string(maxLayers) +
                     " layers, each call of a model and of a layer counted"};
      instances[self].members[i].push_back(node.nested ? instances.size()
                                                       : flat.size());
      if (!node.nested)
        flat.push_back({&node, self, k, {}, 0});
      else if (Status status = collect(*node.nested, self, i, k); !status)
        return status;
    }
  }
  return {};
}

/// The flat layer that computes a value: goes into models from their outputs,
/// and out of them from their inputs.
Result<Flattener::Source> Flattener::resolve(size_t instance,
                                             KerasRef ref) const {
  // Each step goes through a border of a model; more steps than borders mean a
  // circle.
  for (size_t step = 0; step <= 2 * (instances.size() + flat.size()); ++step) {
    const Instance &here = instances[instance];
    const KerasNode &node = here.tree->layers[ref.layer];
    if (node.nested) {
      instance = here.members[ref.layer][ref.call];
      ref = node.nested->outputs[ref.output];
      continue;
    }
    size_t argument = here.arguments[ref.layer];
    if (here.parent == nowhere || !node.isInput() || argument == nowhere)
      return Source{here.members[ref.layer][ref.call], ref.output};
    if (node.isImplied)
      argument = ref.output;
    const Instance &around = instances[here.parent];
    ref = around.tree->layers[here.layer].calls[here.call].inputs[argument];
    instance = here.parent;
  }
  return Error{"its layers are connected in a circle"};
}

/// The layer of an output, which is made if it is used for the first time.
size_t Flattener::findPart(Source source) {
  if (source.output == 0)
    return source.layer;
  auto [entry, isNew] =
      parts.try_emplace({source.layer, source.output}, flat.size());
  if (isNew) {
    FlatLayer part = flat[source.layer];
    part.inputs.clear();
    part.output = source.output;
    flat.push_back(std::move(part));
  }
  return entry->second;
}

Status Flattener::connect() {
  auto refuse = [&](Source source) {
    return "takes output " + std::to_string(source.output) + " of layer " +
           inQuotes(pathOf(flat[source.layer])) +
           "; layers with several outputs are not supported, but for those "
           "that split a tensor";
  };
  auto isGood = [&](Source source) {
    return source.output == 0 || hasParts(*flat[source.layer].node);
  };
  for (KerasRef ref : root.outputs) {
    Result<Source> source = resolve(0, ref);
    if (!source)
      return source.takeError();
    if (!isGood(*source))
      return Error{"the model's list output_layers " + refuse(*source)};
    outputs.push_back(findPart(*source));
  }
  // Parts are added at the end, and have inputs, too.
  for (size_t i = 0; i < flat.size(); ++i)
    for (KerasRef ref : flat[i].node->calls[flat[i].call].inputs) {
      Result<Source> source = resolve(flat[i].instance, ref);
      if (!source)
        return source.takeError();
      // Reported with other problems of layers: it is no damage.
      if (!isGood(*source)) {
        flat[i].node->problem = refuse(*source);
        source->output = 0;
      }
      size_t input = findPart(*source);
      flat[i].inputs.push_back(input);
    }
  return {};
}

Status Flattener::order() {
  LayerOrder order =
      orderLayers(flat.size(), outputs, [&](size_t layer) -> const auto & {
        return flat[layer].inputs;
      });
  if (order.circle)
    return Error{"its layers are connected in a circle through " +
                 inQuotes(pathOf(flat[*order.circle]))};
  sorted = std::move(order.layers);
  return {};
}

std::string Flattener::nearPathOf(const FlatLayer &layer) const {
  const Instance &instance = instances[layer.instance];
  std::string name = nameOf(layer);
  if (instance.parent == nowhere)
    return name;
  const KerasNode &model =
      instances[instance.parent].tree->layers[instance.layer];
  return nameOf(model, instance.call) + "/" + name;
}

/// A name that several layers have stays with the one of the outermost model;
/// the others carry the names of the models around them, as few as will do.
/// Calls after the first one leave all these names as they are.
Status Flattener::nameLayers() {
  std::unordered_map<std::string, size_t> counts, nearCounts;
  for (size_t index : sorted)
    if (!isAgain(flat[index]))
      ++counts[nameOf(flat[index])];
  for (size_t index : sorted)
    if (!isAgain(flat[index]) && counts[nameOf(flat[index])] > 1)
      ++nearCounts[nearPathOf(flat[index])];
  std::unordered_set<std::string> used;
  names.resize(sorted.size());
  for (size_t i = 0; i < sorted.size(); ++i) {
    const FlatLayer &layer = flat[sorted[i]];
    if (isAgain(layer))
      continue;
    std::string name = nameOf(layer);
    if (counts[name] > 1) {
      name = nearPathOf(layer);
      if (nearCounts[name] > 1 || counts.count(name))
        name = pathOf(layer);
    }
    if (!used.insert(name).second)
      return Error{"two layers would be called " + inQuotes(name) +
                   "; rename one of them"};
    names[i] = std::move(name);
  }
  for (size_t i = 0; i < sorted.size(); ++i) {
    const FlatLayer &layer = flat[sorted[i]];
    if (!isAgain(layer))
      continue;
    std::string name = nearPathOf(layer);
    if (used.count(name))
      name = pathOf(layer);
    while (!used.insert(name).second)
      name += "_1";
    names[i] = std::move(name);
  }
  // Keras calls an operator after its function; the reference goes by what the
  // user called the result, where nothing else is called so.
  for (size_t i = 0; i < sorted.size(); ++i) {
    const FlatLayer &layer = flat[sorted[i]];
    if (layer.node->className != "TFOpLambda" || isAgain(layer) ||
        layer.output != 0)
      continue;
    for (const KerasArgument &argument :
         layer.node->calls[layer.call].arguments) {
      if (argument.name != "name" || !argument.value.is_string())
        continue;
      auto name = argument.value.get<std::string>();
      // What TensorFlow calls transposes by itself is no name of the user's.
      if (!name.empty() && name != "transpose" && used.insert(name).second)
        names[i] = std::move(name);
    }
  }
  return {};
}

//===----------------------------------------------------------------------===//
// The inputs
//===----------------------------------------------------------------------===//

static const char *const typeNames[] = {"float32", "uint8",   "int8",   "int16",
                                        "uint16",  "int32",   "uint32", "int64",
                                        "uint64",  "float16", "float64"};
static constexpr ElementType types[] = {
    ElementType::F32, ElementType::U8,  ElementType::I8,  ElementType::I16,
    ElementType::U16, ElementType::I32, ElementType::U32, ElementType::I64,
    ElementType::U64, ElementType::F16, ElementType::F64};

static std::string listTypes() {
  std::string list;
  for (const char *name : typeNames)
    list += (list.empty() ? "" : ", ") + std::string(name);
  return list;
}

/// Other names of types, and those of policies.
static const char *const otherTypeNames[] = {
    "bfloat16", "half",          "float",         "double",
    "bool",     "mixed_float16", "mixed_bfloat16"};

static Error refuseType(const json &type) {
  return Error{
      "has the dtype " +
      printable(type.dump(-1, ' ', false, json::error_handler_t::replace)) +
      "; allowed are " + listTypes() +
      ", bfloat16, and the policies mixed_float16 and mixed_bfloat16"};
}

/// The type or the policy that a configuration names; "" if it names none.
static Result<std::string> readTypeName(const json &config) {
  const json *type = findMember(config, "dtype");
  if (!type || type->is_null())
    return std::string();
  if (type->is_string())
    return type->get<std::string>();
  const json *policyConfig = findMember(*type, "config");
  std::string name = policyConfig ? findString(*policyConfig, "name") : "";
  if (name.empty())
    return refuseType(*type);
  return name;
}

Status qml::checkType(const json &config) {
  Result<std::string> name = readTypeName(config);
  if (!name)
    return name.takeError();
  auto isName = [&](const char *known) { return *name == known; };
  if (name->empty() ||
      std::any_of(std::begin(typeNames), std::end(typeNames), isName) ||
      std::any_of(std::begin(otherTypeNames), std::end(otherTypeNames), isName))
    return {};
  return refuseType(*findMember(config, "dtype"));
}

static Result<ElementType> parseInputType(const json &config) {
  Result<std::string> name = readTypeName(config);
  if (!name)
    return name.takeError();
  if (name->empty())
    return ElementType::F32;
  for (size_t i = 0; i < std::size(types); ++i)
    if (*name == typeNames[i])
      return types[i];
  // Those that can be read, but that no network takes, the importer refuses.
  return Error{"is of type " + inQuotes(*name) +
               "; allowed are float32, uint8, int8 and int16, and float16 and "
               "float64, which become float32"};
}

static std::string show(const json &value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

/// What the file says, with what it leaves open from `given`, if that is known.
static Result<Shape> parseInputShape(const json &config, const Shape *given) {
  const json *shape = nullptr;
  for (const char *key : {"batch_input_shape", "batch_shape"})
    if (!shape)
      shape = findMember(config, key);
  // A list with one shape in it, as of models with named inputs.
  if (shape && shape->is_array() && shape->size() == 1 &&
      (*shape)[0].is_array())
    shape = &(*shape)[0];
  if (!shape || !shape->is_array() || shape->empty()) {
    if (given)
      return *given;
    return Error{"has no shape; give it by --input-shape, or give the model an "
                 "Input, or call model.build((None, height, width, channels)) "
                 "before saving"};
  }
  Shape result;
  bool fits = !given || given->size() + 1 == shape->size();
  for (size_t i = 1; i < shape->size() && fits; ++i) {
    const json &extent = (*shape)[i];
    if (extent.is_null() && !given)
      return Error{"has an unknown extent in its shape " + show(*shape) +
                   "; give the shape by --input-shape, or save the model with "
                   "a fixed one (only the batch, which is the first, may be "
                   "None)"};
    if (!extent.is_null() &&
        (!extent.is_number_integer() || extent.get<int64_t>() <= 0))
      return Error{"has a shape that is damaged"};
    result.push_back(extent.is_null() ? (*given)[i - 1]
                                      : extent.get<int64_t>());
    fits = !given || result.back() == (*given)[i - 1];
  }
  if (!fits)
    return Error{"has the shape " + show(*shape) +
                 " in the file; --input-shape says " + toString(*given) +
                 " without the batch, but may only set what the file leaves "
                 "open"};
  if (checkedNumBytes(ElementType::F64, result) < 0)
    return Error{"has the shape " + toString(result) + ", which overflows"};
  return result;
}

Status Flattener::readInputs(KerasModel &model) {
  std::unordered_set<size_t> used(sorted.begin(), sorted.end());
  std::unordered_set<size_t> inputs;
  std::vector<std::string> names;
  for (size_t layer : root.inputs)
    names.push_back(root.layers[layer].name);
  if (Status status = checkInputShapes(shapes, names, "model"); !status)
    return status;
  for (size_t layer : root.inputs) {
    size_t index = instances[0].members[layer][0];
    const KerasNode &node = *flat[index].node;
    std::string prefix = "its input " + inQuotes(node.name) + " ";
    if (!inputs.insert(index).second)
      return Error{prefix + "is in its list of inputs twice"};
    if (!used.count(index))
      return Error{prefix + "is not used: no output depends on it"};
    Result<Shape> shape =
        parseInputShape(node.config, findInputShape(shapes, names, node.name));
    if (!shape)
      return Error{prefix + shape.message()};
    Result<ElementType> type = parseInputType(node.config);
    if (!type)
      return Error{prefix + type.message()};
    model.inputs.push_back({index, *shape, *type});
  }
  for (size_t index : sorted)
    if (flat[index].inputs.empty() && !inputs.count(index))
      return Error{"layer " + inQuotes(pathOf(flat[index])) +
                   " gets no data from an input of the model"};
  return {};
}

Result<KerasModel> Flattener::run() {
  if (Status status = collect(root, nowhere, nowhere, 0); !status)
    return status.takeError();
  if (Status status = connect(); !status)
    return status.takeError();
  if (Status status = order(); !status)
    return status.takeError();
  KerasModel model;
  model.name = root.name;
  model.isSequential = root.isSequential;
  if (Status status = readInputs(model); !status)
    return status.takeError();
  if (Status status = nameLayers(); !status)
    return status.takeError();

  std::vector<size_t> positions(flat.size(), nowhere);
  for (size_t i = 0; i < sorted.size(); ++i)
    positions[sorted[i]] = i;
  model.layers.resize(sorted.size());
  std::map<std::pair<const KerasNode *, size_t>, size_t> calls;
  for (size_t layer : sorted)
    ++calls[{flat[layer].node, flat[layer].output}];
  for (size_t i = 0; i < sorted.size(); ++i) {
    FlatLayer &from = flat[sorted[i]];
    KerasLayer &to = model.layers[i];
    to.name = std::move(names[i]);
    // Other calls of the layer have the same.
    to.output = from.output;
    to.calls = calls[{from.node, from.output}];
    to.className = from.node->className;
    to.config = from.node->config;
    to.weights = from.node->weights;
    to.arguments = from.node->calls[from.call].arguments;
    to.inputShapes = from.node->calls[from.call].inputShapes;
    to.inputShapes.resize(from.inputs.size());
    to.problem = from.node->problem;
    for (size_t input : from.inputs)
      to.inputs.push_back(positions[input]);
  }
  for (KerasInput &input : model.inputs)
    input.layer = positions[input.layer];
  for (size_t output : outputs)
    model.outputs.push_back(positions[output]);
  return model;
}

Result<KerasModel> detail::flattenKerasTree(KerasTree tree,
                                            const InputShapes &shapes) {
  return Flattener(tree, shapes).run();
}
