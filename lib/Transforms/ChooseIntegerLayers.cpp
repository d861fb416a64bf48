//===- ChooseIntegerLayers.cpp - What runs in integers --------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ChooseIntegerLayers.h"
#include "RewriteUtils.h"
#include "qml/Dialect/QML/IR/Network.h"

#include "llvm/ADT/DenseMap.h"

#include <string>

using namespace mlir;
using namespace qml;

namespace {
class Chooser {
public:
  Chooser(func::FuncOp network, ArrayRef<LayerOpInterface> layers,
          StringRef quantizeUntil)
      : network(network), layers(layers), quantizeUntil(quantizeUntil) {}

  FailureOr<IntegerLayers> run(bool strict);

private:
  bool readsJoinedChannels(LayerOpInterface layer) const;
  std::string findReason(LayerOpInterface layer) const;
  void findReasons();
  void findWorthwhile();
  void choose();
  LogicalResult report(bool strict);
  bool isInteger(Value operand) const;

  func::FuncOp network;
  ArrayRef<LayerOpInterface> layers;
  StringRef quantizeUntil;
  /// Why layers can't run in integers; and those after the user's last one.
  DenseMap<Operation *, std::string> reasons;
  llvm::DenseSet<Operation *> stopped;
  /// Layers for which integers begin again.
  llvm::DenseSet<Operation *> worthwhile;
  IntegerLayers chosen;
};
} // namespace

/// Whether a layer reads channels that were put side by side, each part with
/// binary points of its own; after a float layer all have new ones.
bool Chooser::readsJoinedChannels(LayerOpInterface layer) const {
  bool isJoined = false;
  visitBefore(layer, [&](LayerOpInterface producer) {
    if (reasons.contains(producer) ||
        producer->hasTrait<qml::OpTrait::RescalesResult>())
      return false;
    isJoined |= isa<ConcatenateOp>(*producer);
    return !isJoined;
  });
  return isJoined;
}

/// As what "it has"; empty if a layer can run in integers.
std::string Chooser::findReason(LayerOpInterface layer) const {
  if (std::string reason = layer.whyNotQuantizable(); !reason.empty())
    return reason;
  if (movesChannels(layer) && readsJoinedChannels(layer))
    return "an input whose channels were concatenated, with binary points of "
           "their own, and moves them";
  return {};
}

void Chooser::findReasons() {
  for (LayerOpInterface layer : layers) {
    bool isAfter = llvm::any_of(layer->getOperands(), [&](Value operand) {
      LayerOpInterface producer = getProducer(operand);
      return producer && (stopped.contains(producer) ||
                          producer.getLayerName() == quantizeUntil);
    });
    if (isAfter)
      stopped.insert(layer);
    else if (std::string reason = findReason(layer); !reason.empty())
      reasons[layer] = std::move(reason);
  }
}

void Chooser::findWorthwhile() {
  for (LayerOpInterface layer : llvm::reverse(layers)) {
    if (stopped.contains(layer) || reasons.contains(layer))
      continue;
    // To quantize costs a pass over the values; products repay it.
    if (isa<WeightedLayerOpInterface, StatefulRecurrentOp>(*layer) ||
        llvm::any_of(getOutput(layer).getUsers(), [&](Operation *user) {
          return worthwhile.contains(user);
        }))
      worthwhile.insert(layer);
  }
}

bool Chooser::isInteger(Value operand) const {
  LayerOpInterface producer = getProducer(operand);
  return !producer || chosen.layers.contains(producer);
}

void Chooser::choose() {
  for (LayerOpInterface layer : layers) {
    if (stopped.contains(layer) || reasons.contains(layer))
      continue;
    SmallVector<Value> floats;
    for (Value operand : layer->getOperands())
      if (!isInteger(operand))
        floats.push_back(operand);
    if (!floats.empty() && !worthwhile.contains(layer))
      continue;
    chosen.layers.insert(layer);
    chosen.beginnings.insert_range(floats);
  }
}

LogicalResult Chooser::report(bool strict) {
  LogicalResult result = success();
  // Of float layers, the layers where integers begin again.
  DenseMap<Operation *, StringRef> nextInteger;
  for (LayerOpInterface layer : llvm::reverse(layers))
    for (Operation *user : getOutput(layer).getUsers()) {
      auto next = dyn_cast<LayerOpInterface>(user);
      if (!next)
        continue;
      if (chosen.layers.contains(next))
        nextInteger[layer] = next.getLayerName();
      else if (auto found = nextInteger.find(next); found != nextInteger.end())
        nextInteger.try_emplace(layer, found->second);
    }
  for (LayerOpInterface layer : layers) {
    auto reason = reasons.find(layer);
    if (reason == reasons.end())
      continue;
    if (strict) {
      result = layer->emitError()
               << "layer '" << layer.getLayerName() << "' of class "
               << layer.getClassName() << " can't be quantized: it has "
               << reason->second;
      continue;
    }
    if (!quantizeUntil.empty())
      continue;
    InFlightDiagnostic warning = layer->emitWarning();
    warning << "layer '" << layer.getLayerName() << "' of class "
            << layer.getClassName();
    auto next = nextInteger.find(layer);
    if (next == nextInteger.end())
      warning << " and what follows run in float";
    else
      warning << " runs in float; integers begin again at '" << next->second
              << "'";
    warning << ": it has " << reason->second;
  }
  if (succeeded(result) && chosen.layers.empty())
    return network.emitError()
           << "none of the network's layers can be quantized";
  return result;
}

FailureOr<IntegerLayers> Chooser::run(bool strict) {
  findReasons();
  findWorthwhile();
  choose();
  if (failed(report(strict)))
    return failure();
  return std::move(chosen);
}

FailureOr<IntegerLayers>
qml::chooseIntegerLayers(func::FuncOp network,
                         ArrayRef<LayerOpInterface> layers,
                         StringRef quantizeUntil, bool strict) {
  return Chooser(network, layers, quantizeUntil).run(strict);
}
