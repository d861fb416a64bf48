//===- Blocks.cpp - Layers that the hardware computes as one --------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A block starts at a layer with a kernel, an addition or a quantizer, and goes
// on along single users as long as the hardware's layer does. What no block
// takes is reported.
//
//===----------------------------------------------------------------------===//

#include "Blocks.h"

#include "qml/Dialect/Akida/IR/Limits.h"

#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using qml::akida::LayerKind;
using qml::akida::Version;

namespace qml {
namespace conversion {

InFlightDiagnostic violate(Operation *layer) {
  // A quantizer is part of its layer.
  if (auto quantizer = dyn_cast<OutputQuantizerOp>(layer))
    layer = quantizer.getOwner();
  return layer->emitError()
         << "layer '" << cast<LayerOpInterface>(layer).getLayerName() << "': ";
}

/// Whether two values are the same image to the hardware, which takes vectors
/// as images of one cell.
static bool areSameImages(Value a, Value b) {
  auto getImage = [](Value value) {
    ArrayRef<int64_t> shape =
        cast<RankedTensorType>(value.getType()).getShape().drop_front();
    SmallVector<int64_t> image(shape.size() < 3 ? 3 - shape.size() : 0, 1);
    llvm::append_range(image, shape);
    return image;
  };
  return getImage(a) == getImage(b);
}

/// Whether the hardware has no need of a layer.
static bool isTransparent(Operation *op) {
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

/// The layers that the network's results depend on.
static llvm::DenseSet<Operation *> findUsedLayers(func::FuncOp network) {
  llvm::DenseSet<Operation *> used;
  for (Operation &op : llvm::reverse(network.front())) {
    if (&op != network.front().getTerminator() && !used.contains(&op))
      continue;
    for (Value operand : op.getOperands())
      if (Operation *producer = operand.getDefiningOp())
        used.insert(producer);
  }
  return used;
}

namespace {

class BlockFinder {
public:
  BlockFinder(func::FuncOp network, Version version)
      : network(network), version(version), used(findUsedLayers(network)),
        floats(getFloatLayers(network)) {}

  Blocks run();

private:
  LayerOpInterface findEnd();
  void startBlock(LayerOpInterface layer, LayerKind kind);
  void startDense(DenseOp dense);
  /// Takes what follows the block's main layer.
  void extend(Block &block);
  template <typename OpT>
  OpT takeNext(Value &value);
  void reportStray(LayerOpInterface layer);
  bool readsImage(Block &block);

  func::FuncOp network;
  Version version;
  /// Layers that the network's results depend on, and those that run in float.
  llvm::DenseSet<Operation *> used, floats;
  Blocks result;
  llvm::DenseSet<Operation *> taken, stray;
};

} // namespace

/// The next operation, if it is of the kind, the only user, and behind nothing
/// but transparent layers.
template <typename OpT>
OpT BlockFinder::takeNext(Value &value) {
  Value end = value;
  while (end.hasOneUse() && isTransparent(*end.user_begin()))
    end = (*end.user_begin())->getResult(0);
  if (!end.hasOneUse())
    return {};
  auto op = dyn_cast<OpT>(*end.user_begin());
  if (!op)
    return {};
  taken.insert(op);
  value = op->getResult(0);
  return op;
}

void BlockFinder::extend(Block &block) {
  Value value = block.main->getResult(0);
  auto takeQuantizer = [&] {
    block.quantizer = takeNext<OutputQuantizerOp>(value);
    return static_cast<bool>(block.quantizer);
  };
  bool isV1 = version == Version::V1;
  bool isConv = isa<Conv2DOp, SeparableConv2DOp>(*block.main);
  bool isDepthwise = isa<DepthwiseConv2DOp>(*block.main);
  if (isConv || isDepthwise || isa<DenseOp>(*block.main)) {
    if (!takeQuantizer()) {
      // A pool without activation behind is no part of any layer.
      Value before = value;
      if (isConv || isDepthwise)
        block.maxPool = takeNext<MaxPool2DOp>(value);
      if (isConv && isV1 && !block.maxPool)
        block.average = takeNext<GlobalAveragePool2DOp>(value);
      bool quantized = block.average && takeQuantizer();
      if (!quantized)
        block.relu = takeNext<ReLUOp>(value);
      if (block.maxPool && !block.relu) {
        taken.erase(block.maxPool);
        block.maxPool = {};
        value = before;
      }
      quantized = quantized || takeQuantizer();
      if (!quantized && isConv && !block.maxPool && !block.average)
        block.average = takeNext<GlobalAveragePool2DOp>(value);
      if (!quantized && block.average && !block.quantizer)
        takeQuantizer();
    }
  } else if (isa<AddOp>(*block.main)) {
    takeQuantizer();
  }
  block.result = value;
}

void BlockFinder::startBlock(LayerOpInterface layer, LayerKind kind) {
  Block block;
  block.main = layer;
  block.kind = kind;
  taken.insert(layer);
  for (Value operand : layer->getOperands())
    block.inputs.push_back(skipTransparent(operand));
  extend(block);
  result.blocks.push_back(block);
}

void BlockFinder::startDense(DenseOp dense) {
  LayerKind kind =
      version == Version::V1 ? LayerKind::FullyConnected : LayerKind::Dense1D;
  startBlock(dense, kind);
  // The layer flattens its input itself.
  Block &block = result.blocks.back();
  Value input = dense.getInput();
  while (Operation *op = input.getDefiningOp()) {
    bool flattens = isa<FlattenOp, ReshapeOp>(op) && op->hasOneUse();
    if (!flattens && !isTransparent(op))
      break;
    if (auto flatten = dyn_cast<FlattenOp>(op))
      block.flatten = flatten;
    taken.insert(op);
    input = op->getOperand(0);
  }
  block.inputs.front() = input;
}

void BlockFinder::reportStray(LayerOpInterface layer) {
  result.areComplete = false;
  // What follows a layer that fits nowhere is no problem of its own.
  LayerOpInterface before = getProducer(skipTransparent(layer->getOperand(0)));
  stray.insert(layer);
  if (before && stray.contains(before) &&
      isa<ReLUOp, MaxPool2DOp, GlobalAveragePool2DOp>(*layer))
    return;
  InFlightDiagnostic diagnostic = violate(layer);
  StringRef name = akida::getVersionName(version);
  StringRef sourceClass = layer.getSourceClass();
  diagnostic << "Akida " << name << " has no layer for "
             << (StringRef("AEIOU").contains(sourceClass.front()) ? "an "
                                                                  : "a ")
             << sourceClass;
  if (isa<MaxPool2DOp>(*layer))
    diagnostic << " by itself; it takes maximum pools between a convolution "
                  "and its ReLU, without a quantizer between";
  else if (isa<ReLUOp>(*layer))
    diagnostic << " by itself; it takes ReLU behind a convolution (and its "
                  "pool) or a dense layer, without a quantizer between; put a "
                  "1x1 convolution before it";
  else if (isa<GlobalAveragePool2DOp>(*layer))
    diagnostic << " by itself; it takes global averages behind a convolution "
               << (version == Version::V1 ? "(and before its ReLU)"
                                          : "and its ReLU")
               << ", without a maximum pool or a quantizer between";
  else if (isa<FlattenOp, ReshapeOp>(*layer))
    diagnostic << " but before a dense layer";
  else if (isa<DepthwiseConv2DOp>(*layer))
    diagnostic << "; use Conv2D or SeparableConv2D";
  else if (isa<SeparableConv2DOp>(*layer))
    diagnostic << "; use DepthwiseConv2D and a 1x1 Conv2D";
  else if (isa<AddOp>(*layer))
    diagnostic << "; networks for it are chains";
}

/// Whether the block can be a convolution of bytes.
bool BlockFinder::readsImage(Block &block) {
  auto conv = dyn_cast<Conv2DOp>(*block.main);
  if (!conv || !block.relu || block.average)
    return false;
  int64_t channels =
      cast<RankedTensorType>(conv.getInput().getType()).getShape().back();
  return readsBytes(conv) && (channels == 1 || channels == 3);
}

/// Where integers end, once: at a dequantizer, or at what is returned.
LayerOpInterface BlockFinder::findEnd() {
  SmallVector<DequantizerOp> dequantizers;
  for (auto dequantizer : network.getOps<DequantizerOp>())
    if (used.contains(dequantizer))
      dequantizers.push_back(dequantizer);
  OperandRange returned = network.front().getTerminator()->getOperands();
  int64_t ends = dequantizers.size();
  for (Value value : returned) {
    Operation *op = value.getDefiningOp();
    ends += !op || (!isa<DequantizerOp>(op) && !floats.contains(op));
  }
  if (ends != 1) {
    result.areComplete = false;
    network.emitError() << describeViolation(
        akida::Quantity::Outputs, version, LayerKind::InputData,
        "that leave the integers " + Twine(ends));
  }
  if (dequantizers.empty())
    return {};
  return cast<LayerOpInterface>(dequantizers.front().getOperation());
}

Blocks BlockFinder::run() {
  LayerOpInterface end = findEnd();
  SmallVector<LayerOpInterface> layers;
  for (LayerOpInterface layer : getLayersInOrder(network)) {
    if (!used.contains(layer))
      continue;
    if (floats.contains(layer))
      result.left.push_back(layer);
    else
      layers.push_back(layer);
  }

  bool isV1 = version == Version::V1;
  for (LayerOpInterface layer : layers) {
    if (isa<Conv2DOp>(*layer))
      startBlock(layer, isV1 ? LayerKind::Convolutional : LayerKind::Conv2D);
    else if (isa<SeparableConv2DOp>(*layer) && isV1)
      startBlock(layer, LayerKind::SeparableConvolutional);
    else if (isa<DepthwiseConv2DOp>(*layer) && !isV1)
      startBlock(layer, LayerKind::DepthwiseConv2D);
    else if (auto dense = dyn_cast<DenseOp>(*layer))
      startDense(dense);
    else if (isa<AddOp>(*layer) && !isV1)
      startBlock(layer, LayerKind::Add);
    else if (isa<InputQuantizerOp>(*layer))
      startBlock(layer, LayerKind::Quantizer);
    else if (end && layer.getOperation() == end.getOperation())
      startBlock(layer, LayerKind::Dequantizer);
    else
      continue;
    if (readsImage(result.blocks.back()))
      result.blocks.back().kind =
          isV1 ? LayerKind::InputConvolutional : LayerKind::InputConv2D;
  }
  for (LayerOpInterface layer : layers)
    if (!taken.contains(layer) && !isTransparent(layer) &&
        !isa<DequantizerOp>(*layer))
      reportStray(layer);
  bool hasLayers = llvm::any_of(result.blocks, [](Block &block) {
    return !isa<InputQuantizerOp, DequantizerOp>(*block.main);
  });
  if (!hasLayers && stray.empty()) {
    result.areComplete = false;
    network.emitError()
        << "the network has no layer for the hardware: there is no "
           "convolution, dense layer or addition in integers";
  }

  // The hardware's layers are in the order of the blocks' last layers.
  DenseMap<Operation *, unsigned> order;
  for (LayerOpInterface layer : layers)
    order.try_emplace(layer, order.size());
  llvm::stable_sort(result.blocks, [&](const Block &a, const Block &b) {
    return order.lookup(getProducer(a.result)) <
           order.lookup(getProducer(b.result));
  });

  // Hardware layers read other blocks' results: the last one is not read.
  for (Block &block : result.blocks)
    block.isLast = llvm::none_of(result.blocks, [&](Block &other) {
      return !isa<DequantizerOp>(*other.main) &&
             llvm::is_contained(other.inputs, block.result);
    });
  if (end)
    result.result = end->getResult(0);
  else if (network.front().getTerminator()->getNumOperands() == 1)
    result.result =
        skipTransparent(network.front().getTerminator()->getOperand(0));
  return std::move(result);
}

Blocks findBlocks(func::FuncOp network, Version version) {
  return BlockFinder(network, version).run();
}

} // namespace conversion
} // namespace qml
