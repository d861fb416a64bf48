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

SmallVector<func::FuncOp> getNetworks(ModuleOp module) {
  SmallVector<func::FuncOp> networks;
  for (auto function : module.getOps<func::FuncOp>())
    if (!function.isExternal() && function.getBody().hasOneBlock() &&
        llvm::any_of(function.front(),
                     [](Operation &op) { return isa<LayerOpInterface>(op); }))
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
  func::FuncOp network = networks.front();
  if (network.getNumArguments() != 1 ||
      !isa<RankedTensorType>(network.getArgument(0).getType())) {
    network.emitError() << "a network has one input, a tensor of known rank; "
                           "found arguments of types "
                        << network.getArgumentTypes();
    return failure();
  }
  if (failed(verifyLayers(network)))
    return failure();
  if (failed(verifyLayerNames(network)))
    return failure();
  return network;
}

LayerOpInterface getProducer(Value value) {
  if (auto quantizer = value.getDefiningOp<OutputQuantizerOp>())
    value = quantizer.getInput();
  return value.getDefiningOp<LayerOpInterface>();
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
  auto findProducers = [&](Operation *op) {
    SmallVector<size_t> producers;
    for (Value operand : op->getOperands())
      if (LayerOpInterface producer = getProducer(operand))
        producers.push_back(indices.lookup(producer));
    return producers;
  };
  std::vector<SmallVector<size_t>> inputs;
  for (LayerOpInterface layer : layers)
    inputs.push_back(findProducers(layer));
  LayerOrder order =
      orderLayers(layers.size(), findProducers(network.front().getTerminator()),
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

llvm::DenseSet<Operation *> getFloatLayers(func::FuncOp network) {
  llvm::DenseSet<Operation *> layers;
  for (Operation &op : network.front().without_terminator()) {
    if (isa<DequantizerOp>(op))
      continue;
    bool isFloat = llvm::any_of(op.getOperands(), [&](Value operand) {
      Operation *producer = operand.getDefiningOp();
      return producer &&
             (isa<DequantizerOp>(producer) || layers.contains(producer));
    });
    if (isFloat)
      layers.insert(&op);
  }
  return layers;
}

bool isAnnotated(func::FuncOp network) {
  return llvm::any_of(network.front(), [](Operation &op) {
    return isa<InputQuantizerOp, OutputQuantizerOp, DequantizerOp>(op);
  });
}

bool isInteger(func::FuncOp network) {
  return llvm::any_of(network.getOps<LayerOpInterface>(),
                      [](LayerOpInterface layer) {
                        return static_cast<bool>(layer.getResultFixed());
                      });
}

SmallVector<StringRef> getLayerNames(func::FuncOp network) {
  SmallVector<StringRef> names;
  for (auto layer : network.getOps<LayerOpInterface>())
    names.push_back(layer.getLayerName());
  return names;
}

std::string makeUniqueName(func::FuncOp network, StringRef base) {
  llvm::StringSet<> names;
  for (StringRef name : getLayerNames(network))
    names.insert(name);
  std::string name = base.str();
  for (unsigned i = 1; names.contains(name); ++i)
    name = (base + "_" + Twine(i)).str();
  return name;
}

Arithmetic getArithmetic(Operation *op) {
  for (; op; op = op->getParentOp())
    if (auto name = op->getAttrOfType<StringAttr>(arithmeticAttrName))
      return name == "akida" ? Arithmetic::Akida : Arithmetic::QuantizeML;
  return Arithmetic::QuantizeML;
}

LogicalResult verifyLayers(func::FuncOp network) {
  LogicalResult result = success();
  for (Operation &op : network.front().without_terminator())
    if (!isa_and_nonnull<QMLDialect>(op.getDialect()))
      result = op.emitError()
               << "'" << op.getName()
               << "' is no layer; a network holds qml operations alone";
  return result;
}

LogicalResult verifyLayerNames(func::FuncOp network) {
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

bool readsBytes(Operation *layer) {
  Value value = layer->getOperand(0);
  while (auto rescaling = value.getDefiningOp<RescalingOp>())
    value = rescaling.getInput();
  if (auto quantizer = value.getDefiningOp<InputQuantizerOp>())
    return quantizer.getIsUnsigned() && quantizer.getBitwidth() == 8;
  return isa<BlockArgument>(value) && cast<RankedTensorType>(value.getType())
                                          .getElementType()
                                          .isUnsignedInteger(8);
}

} // namespace qml
