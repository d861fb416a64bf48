//===- Network.cpp - A function of layers as a graph ----------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "qml/Dialect/QML/IR/Network.h"

#include "qml/Support/LayerOrder.h"

#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;

namespace qml {

bool isNetwork(func::FuncOp function) {
  return !function.isExternal() && function.getBody().hasOneBlock() &&
         llvm::any_of(function.front(),
                      [](Operation &op) { return isa<LayerOpInterface>(op); });
}

SmallVector<func::FuncOp> getNetworks(ModuleOp module) {
  SmallVector<func::FuncOp> networks;
  for (auto function : module.getOps<func::FuncOp>())
    if (isNetwork(function))
      networks.push_back(function);
  return networks;
}

FailureOr<func::FuncOp> getNetwork(ModuleOp module) {
  SmallVector<func::FuncOp> networks = getNetworks(module);
  if (networks.size() != 1) {
    module.emitError() << "a network is one function of one block with qml "
                          "layers; found "
                       << networks.size() << " of them";
    return failure();
  }
  if (failed(verifyNetwork(networks.front())))
    return failure();
  return networks.front();
}

std::string getInputName(func::FuncOp network, unsigned argument) {
  auto name = network.getArgAttrOfType<StringAttr>(argument, nameAttrName);
  if (name)
    return name.str();
  return argument == 0 ? "input" : "input_" + std::to_string(argument);
}

SmallVector<StatePair> getStates(func::FuncOp network) {
  llvm::StringMap<unsigned> results;
  for (unsigned i = 0; i != network.getNumResults(); ++i)
    if (auto name = network.getResultAttrOfType<StringAttr>(i, stateAttrName))
      results.try_emplace(name, i);
  SmallVector<StatePair> states;
  for (unsigned i = 0; i != network.getNumArguments(); ++i)
    if (auto name = network.getArgAttrOfType<StringAttr>(i, stateAttrName))
      if (auto found = results.find(name); found != results.end())
        states.push_back({i, found->second});
  return states;
}

bool isState(Value value) {
  auto argument = dyn_cast<BlockArgument>(value);
  if (!argument)
    return false;
  auto network = dyn_cast<func::FuncOp>(argument.getOwner()->getParentOp());
  return network && network.getArgAttr(argument.getArgNumber(), stateAttrName);
}

SmallVector<BlockArgument> getInputs(func::FuncOp network) {
  SmallVector<BlockArgument> inputs;
  for (BlockArgument argument : network.getArguments())
    if (!isState(argument))
      inputs.push_back(argument);
  return inputs;
}

bool hasMemory(func::FuncOp network) {
  return llvm::any_of(network.getArguments(),
                      [](BlockArgument argument) { return isState(argument); });
}

SmallVector<OpOperand *> getOutputs(func::FuncOp network) {
  SmallVector<OpOperand *> outputs;
  for (OpOperand &operand : network.front().getTerminator()->getOpOperands())
    if (!network.getResultAttr(operand.getOperandNumber(), stateAttrName))
      outputs.push_back(&operand);
  return outputs;
}

void updateFunctionType(func::FuncOp network) {
  Block &block = network.front();
  network.setFunctionType(
      FunctionType::get(network.getContext(), block.getArgumentTypes(),
                        block.getTerminator()->getOperandTypes()));
}

void returnStates(func::FuncOp network) {
  Operation *terminator = network.front().getTerminator();
  SmallVector<Value> memories;
  SmallVector<Attribute> names;
  for (auto layer : network.getOps<MemoryLayerOpInterface>()) {
    unsigned argument = cast<BlockArgument>(layer.getMemory()).getArgNumber();
    memories.push_back(layer.getNewMemory());
    names.push_back(network.getArgAttr(argument, stateAttrName));
  }
  unsigned first = terminator->getNumOperands();
  terminator->insertOperands(first, memories);
  updateFunctionType(network);
  for (auto [i, name] : llvm::enumerate(names))
    network.setResultAttr(first + i, stateAttrName, name);
}

/// Arguments are tensors, and at least one of them is an input; their names
/// differ.
static LogicalResult verifyInputs(func::FuncOp network) {
  LogicalResult result = success();
  llvm::StringSet<> names;
  unsigned numInputs = 0;
  for (unsigned i = 0; i != network.getNumArguments(); ++i) {
    Type type = network.getArgument(i).getType();
    if (!isa<RankedTensorType>(type))
      result = network.emitError()
               << "a network's inputs are tensors of known rank; found " << type
               << " for argument " << i;
    if (network.getArgAttr(i, stateAttrName))
      continue;
    ++numInputs;
    std::string name = getInputName(network, i);
    if (!names.insert(name).second)
      result = network.emitError() << "two inputs of the network are called '"
                                   << name << "'; names must be unique";
  }
  if (numInputs == 0)
    result = network.emitError() << "a network has at least one input; found "
                                    "none";
  return result;
}

/// Each state is an argument and a result of one type.
static LogicalResult verifyStates(func::FuncOp network) {
  LogicalResult result = success();
  llvm::StringMap<SmallVector<Type, 2>> arguments, results;
  for (unsigned i = 0; i != network.getNumArguments(); ++i)
    if (auto name = network.getArgAttrOfType<StringAttr>(i, stateAttrName))
      arguments[name].push_back(network.getArgumentTypes()[i]);
  for (unsigned i = 0; i != network.getNumResults(); ++i)
    if (auto name = network.getResultAttrOfType<StringAttr>(i, stateAttrName))
      results[name].push_back(network.getResultTypes()[i]);
  auto check = [&](StringRef name) {
    SmallVector<Type, 2> before = arguments.lookup(name),
                         after = results.lookup(name);
    if (before.size() != 1 || after.size() != 1)
      result = network.emitError()
               << "state '" << name << "' is " << before.size()
               << " arguments and " << after.size()
               << " results; a state is one of each";
    else if (before.front() != after.front())
      result = network.emitError()
               << "state '" << name << "' is an argument of type "
               << before.front() << " and a result of type " << after.front()
               << "; they must be equal";
  };
  for (const auto &entry : arguments)
    check(entry.first());
  for (const auto &entry : results)
    if (!arguments.contains(entry.first()))
      check(entry.first());
  return result;
}

/// Operations are of this dialect.
static LogicalResult verifyLayers(func::FuncOp network) {
  LogicalResult result = success();
  for (Operation &op : network.front().without_terminator())
    if (!isa_and_nonnull<QMLDialect>(op.getDialect()))
      result = op.emitError()
               << "'" << op.getName()
               << "' is no layer; a network holds qml operations alone";
  return result;
}

/// No two layers share a name.
static LogicalResult verifyLayerNames(func::FuncOp network) {
  llvm::StringMap<Operation *> names;
  LogicalResult result = success();
  for (auto layer : network.getOps<LayerOpInterface>()) {
    auto [entry, isNew] = names.try_emplace(layer.getLayerName(), layer);
    if (isNew)
      continue;
    InFlightDiagnostic diagnostic = layer->emitError()
                                    << "layer name '" << layer.getLayerName()
                                    << "' is used twice; names must be unique";
    diagnostic.attachNote(entry->second->getLoc()) << "first used here";
    result = failure();
  }
  return result;
}

LogicalResult verifyNetwork(func::FuncOp network) {
  bool valid = succeeded(verifyInputs(network));
  valid &= succeeded(verifyStates(network));
  valid &= succeeded(verifyLayers(network));
  valid &= succeeded(verifyLayerNames(network));
  return success(valid);
}

LayerOpInterface getProducer(Value value) {
  if (auto quantizer = value.getDefiningOp<OutputQuantizerOp>())
    value = quantizer.getInput();
  return value.getDefiningOp<LayerOpInterface>();
}

StringRef getOwnerName(Operation *op) {
  if (auto quantizer = dyn_cast<OutputQuantizerOp>(op))
    return quantizer.getOwner().getLayerName();
  if (auto layer = dyn_cast<LayerOpInterface>(op))
    return layer.getLayerName();
  return op->getName().getStringRef();
}

OutputQuantizerOp getOutputQuantizer(Operation *layer) {
  Value result = layer->getResult(0);
  if (!result.hasOneUse())
    return {};
  return dyn_cast<OutputQuantizerOp>(*result.user_begin());
}

Value getOutput(Operation *layer) {
  if (OutputQuantizerOp quantizer = getOutputQuantizer(layer))
    return quantizer.getResult();
  return layer->getResult(0);
}

Operation *getOnlyUser(Operation *layer) {
  Value output = getOutput(layer);
  return output.hasOneUse() ? *output.user_begin() : nullptr;
}

SmallVector<LayerOpInterface> getLayersInOrder(func::FuncOp network) {
  SmallVector<LayerOpInterface> layers(network.getOps<LayerOpInterface>());
  DenseMap<Operation *, size_t> indices;
  for (auto [index, layer] : llvm::enumerate(layers))
    indices[layer] = index;
  auto findProducers = [&](ArrayRef<Value> values) {
    SmallVector<size_t> producers;
    for (Value value : values)
      if (LayerOpInterface producer = getProducer(value))
        producers.push_back(indices.lookup(producer));
    return producers;
  };
  std::vector<SmallVector<size_t>> inputs;
  for (LayerOpInterface layer : layers)
    inputs.push_back(findProducers(SmallVector<Value>(layer->getOperands())));
  SmallVector<Value> outputs;
  for (OpOperand *output : getOutputs(network))
    outputs.push_back(output->get());
  LayerOrder order =
      orderLayers(layers.size(), findProducers(outputs),
                  [&](size_t layer) -> const SmallVector<size_t> & {
                    return inputs[layer];
                  });

  SmallVector<LayerOpInterface> sorted;
  llvm::DenseSet<Operation *> used;
  for (size_t index : order.layers) {
    sorted.push_back(layers[index]);
    used.insert(layers[index]);
  }
  // Those that no output depends on come last.
  for (LayerOpInterface layer : layers)
    if (!used.contains(layer))
      sorted.push_back(layer);
  return sorted;
}

/// Operations after a dequantizer: all of them, or those before the next
/// quantizer or dequantizer.
static llvm::DenseSet<Operation *> findAfterDequantizers(func::FuncOp network,
                                                         bool onlyFloat) {
  llvm::DenseSet<Operation *> after;
  for (Operation &op : network.front().without_terminator()) {
    if (onlyFloat && isa<DequantizerOp, InputQuantizerOp>(op))
      continue;
    if (llvm::any_of(op.getOperands(), [&](Value operand) {
          Operation *producer = operand.getDefiningOp();
          return producer &&
                 (isa<DequantizerOp>(producer) || after.contains(producer));
        }))
      after.insert(&op);
  }
  return after;
}

llvm::DenseSet<Operation *> getFloatLayers(func::FuncOp network) {
  return findAfterDequantizers(network, /*onlyFloat=*/true);
}

llvm::DenseSet<Operation *> getLayersAfterDequantizers(func::FuncOp network) {
  return findAfterDequantizers(network, /*onlyFloat=*/false);
}

bool isAnnotated(func::FuncOp network) {
  return llvm::any_of(network.front(), [](Operation &op) {
    return isa<InputQuantizerOp, OutputQuantizerOp, DequantizerOp>(op);
  });
}

bool isInteger(func::FuncOp network) {
  return llvm::any_of(network.getOps<LayerOpInterface>(),
                      [](LayerOpInterface layer) {
                        return static_cast<bool>(getFixed(layer->getResult(0)));
                      });
}

SmallVector<StringRef> getLayerNames(func::FuncOp network) {
  SmallVector<StringRef> names;
  for (auto layer : network.getOps<LayerOpInterface>())
    names.push_back(layer.getLayerName());
  return names;
}

LayerNames::LayerNames(func::FuncOp network) {
  for (StringRef name : getLayerNames(network))
    taken.insert(name);
}

std::string LayerNames::make(const Twine &base) {
  std::string name = base.str();
  if (taken.insert(name).second)
    return name;
  unsigned &number = next.try_emplace(name, 1).first->second;
  std::string numbered;
  do
    numbered = name + "_" + std::to_string(number++);
  while (!taken.insert(numbered).second);
  return numbered;
}

std::string makeUniqueName(func::FuncOp network, StringRef base) {
  return LayerNames(network).make(base);
}

/// An attribute of the operation, or of one around it.
static StringAttr findAttr(Operation *op, StringRef name) {
  for (; op; op = op->getParentOp())
    if (auto value = op->getAttrOfType<StringAttr>(name))
      return value;
  return {};
}

Arithmetic getArithmetic(Operation *op) {
  StringAttr name = findAttr(op, arithmeticAttrName);
  return name && name == "akida" ? Arithmetic::Akida : Arithmetic::QuantizeML;
}

bool hasTarget(Operation *op) { return bool(findAttr(op, targetAttrName)); }

FracBitsLimit getFracBitsLimit(Operation *op) {
  StringAttr name = findAttr(op, fracBitsLimitAttrName);
  bool isWide = name ? name == "widest-channel" : hasTarget(op);
  return isWide ? FracBitsLimit::WidestChannel : FracBitsLimit::ValueBits;
}

constexpr StringLiteral ruleAttrNames[] = {arithmeticAttrName, targetAttrName,
                                           fracBitsLimitAttrName,
                                           recoveryAttrName};

void copyRules(ModuleOp from, ModuleOp to) {
  for (StringRef name : ruleAttrNames)
    if (Attribute value = from->getAttr(name))
      to->setAttr(name, value);
}

void removeRules(ModuleOp module) {
  for (StringRef name : ruleAttrNames)
    module->removeAttr(name);
}

bool keepsChannels(Operation *layer) {
  if (layer->hasTrait<OpTrait::ReshapesOnly>())
    // Vectors have one range for all of their elements.
    return getShape(layer->getOperand(0)).size() == 2 ||
           getNumChannels(layer->getResult(0)) %
                   getNumChannels(layer->getOperand(0)) ==
               0;
  return isa<RescalingOp>(layer) || layer->hasTrait<OpTrait::CopiesElements>();
}

bool movesChannels(Operation *layer) {
  bool moves = false;
  if (auto permute = dyn_cast<PermuteOp>(layer))
    moves = permute.getAxes().back() + 1 !=
            static_cast<int64_t>(permute.getAxes().size());
  else if (auto token = dyn_cast<ExtractTokenOp>(layer))
    moves = token.getAxis() + 1 == getShape(token.getInput()).size();
  else if (isa<ReshapeOp>(layer))
    moves = getNumChannels(layer->getOperand(0)) !=
            getNumChannels(layer->getResult(0));
  // What a single channel has is one range for all of them.
  return moves && getNumChannels(layer->getOperand(0)) != 1;
}

Value skipRescalings(Value value) {
  for (Operation *op = value.getDefiningOp(); op && keepsChannels(op);
       op = value.getDefiningOp())
    value = op->getOperand(0);
  return value;
}

Operation *getFirstUser(Value value) {
  while (value.hasOneUse()) {
    Operation *user = *value.user_begin();
    if (!keepsChannels(user))
      return user;
    value = user->getResult(0);
  }
  return nullptr;
}

bool readsBytes(Operation *layer) {
  Value value = skipRescalings(layer->getOperand(0));
  if (auto quantizer = value.getDefiningOp<InputQuantizerOp>())
    return quantizer.getIsUnsigned() && quantizer.getBitwidth() == 8;
  return isa<BlockArgument>(value) && cast<RankedTensorType>(value.getType())
                                          .getElementType()
                                          .isUnsignedInteger(8);
}

bool isInputConvolution(Operation *layer) {
  return isa<Conv2DOp>(layer) && readsBytes(layer);
}

std::vector<float> getBiasOrZeros(WeightedLayerOpInterface layer) {
  if (ElementsAttr bias = layer.getBiasAttr())
    return readFloats(bias);
  return std::vector<float>(layer.getNumOutputChannels(), 0.0f);
}

void setBias(WeightedLayerOpInterface layer, ArrayRef<float> bias) {
  layer.setBiasAttr(makeFloatVector(layer.getContext(),
                                    (layer.getLayerName() + "_bias").str(),
                                    bias, /*scalar=*/false));
}

//===----------------------------------------------------------------------===//
// Groups that the hardware computes as one
//===----------------------------------------------------------------------===//

int getSumBits(WeightedLayerOpInterface layer) {
  IntegerAttr buffer = layer.getBufferBitwidthAttr();
  return static_cast<int>(buffer ? buffer.getInt() : 32) - 1;
}

/// Whether two values are the same image to the hardware, which takes vectors
/// as images of one cell.
static bool areSameImages(Value a, Value b) {
  auto getImage = [](Value value) {
    ArrayRef<int64_t> shape = getShape(value).drop_front();
    SmallVector<int64_t> image(shape.size() < 3 ? 3 - shape.size() : 0, 1);
    llvm::append_range(image, shape);
    return image;
  };
  return getImage(a) == getImage(b);
}

bool isTransparent(Operation *op) {
  if (isa<RescalingOp, DropoutOp>(op))
    return true;
  return isa<ReshapeOp, FlattenOp>(op) &&
         areSameImages(op->getOperand(0), op->getResult(0));
}

Value skipTransparent(Value value) {
  while (Operation *op = value.getDefiningOp()) {
    if (!isTransparent(op))
      break;
    value = op->getOperand(0);
  }
  return value;
}

Operation *getUserInHardware(Value value) {
  while (value.hasOneUse()) {
    Operation *user = *value.user_begin();
    if (!isTransparent(user))
      return user;
    value = user->getResult(0);
  }
  return nullptr;
}

int getGroupProductBits(Operation *layer) {
  while (Operation *next = getUserInHardware(layer->getResult(0))) {
    if (auto quantizer = dyn_cast<OutputQuantizerOp>(next))
      return static_cast<int>(quantizer.getBufferBitwidth()) - 1;
    if (!next->hasTrait<qml::OpTrait::ContinuesGroup>())
      break;
    layer = next;
  }
  return 31;
}

Operation *getGroupMain(Operation *layer) {
  while (layer->hasTrait<qml::OpTrait::ContinuesGroup>()) {
    Operation *before = skipTransparent(layer->getOperand(0)).getDefiningOp();
    // Within the group, the code that a table is looked up with.
    if (layer->hasTrait<qml::OpTrait::LooksUp>())
      if (auto code = dyn_cast_or_null<OutputQuantizerOp>(before))
        before = code.getOwner();
    if (!before)
      break;
    layer = before;
  }
  return layer;
}

int getGroupAccumulatorBits(OutputQuantizerOp quantizer) {
  Operation *layer = getGroupMain(quantizer.getOwner());
  auto bits = layer->getAttrOfType<IntegerAttr>("buffer_bitwidth");
  return bits ? static_cast<int>(bits.getInt()) : 32;
}

} // namespace qml
