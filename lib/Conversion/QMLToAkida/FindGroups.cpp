//===- FindGroups.cpp - A network as hardware layers to be ----------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What no group takes is reported.
//
//===----------------------------------------------------------------------===//

#include "Groups.h"

#include "qml/Dialect/Akida/IR/Limits.h"

#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using qml::akida::LayerKind;
using qml::akida::Version;

namespace qml {
namespace conversion {

InFlightDiagnostic reportLayer(Operation *layer) {
  // A quantizer is part of its layer.
  if (auto quantizer = dyn_cast<OutputQuantizerOp>(layer))
    layer = quantizer.getOwner();
  return layer->emitError()
         << "layer '" << cast<LayerOpInterface>(layer).getLayerName() << "': ";
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

class GroupFinder {
public:
  GroupFinder(func::FuncOp network, Version version)
      : network(network), version(version), used(findUsedLayers(network)),
        after(getLayersAfterDequantizers(network)) {}

  HardwareGroups run();

private:
  LayerOpInterface findEnd();
  std::optional<LayerKind> getKind(LayerOpInterface layer, bool isEnd) const;
  void start(LayerOpInterface layer, LayerKind kind);
  void reportStray(LayerOpInterface layer);
  static bool readsImage(HardwareGroup &group);

  func::FuncOp network;
  Version version;
  /// Layers that the network's results depend on, and those after dequantizers:
  /// hardware has one network of integers, and those that begin again after
  /// float layers are not part of it.
  llvm::DenseSet<Operation *> used, after;
  HardwareGroups result;
  llvm::DenseSet<Operation *> taken, stray;
};

} // namespace

void GroupFinder::start(LayerOpInterface layer, LayerKind kind) {
  HardwareGroup group;
  static_cast<LayerGroup &>(group) = findGroup(
      layer, version == Version::V1 ? ChipVersion::V1 : ChipVersion::V2);
  group.kind = kind;
  if (readsImage(group))
    group.kind = version == Version::V1 ? akida::InputConvolutionalOp::kind
                                        : akida::InputConv2DOp::kind;
  taken.insert(layer);
  taken.insert(group.members.begin(), group.members.end());
  result.groups.push_back(std::move(group));
}

void GroupFinder::reportStray(LayerOpInterface layer) {
  result.areComplete = false;
  // What follows a layer that fits nowhere is no problem of its own.
  LayerOpInterface before = getProducer(skipTransparent(layer->getOperand(0)));
  stray.insert(layer);
  if (before && stray.contains(before) &&
      isa<ReLUOp, MaxPool2DOp, GlobalAveragePool2DOp, ActivationOp>(*layer))
    return;
  InFlightDiagnostic diagnostic = reportLayer(layer);
  StringRef name = akida::getVersionName(version);
  StringRef sourceClass = layer.getClassName();
  diagnostic << "Akida " << name << " has no layer for "
             << (StringRef("AEIOU").contains(sourceClass.front()) ? "an "
                                                                  : "a ")
             << sourceClass;
  if (isa<MaxPool2DOp>(*layer))
    diagnostic << " by itself; it takes maximum pools between a convolution "
                  "and its ReLU, without a quantizer between";
  else if (isa<ReLUOp>(*layer))
    diagnostic << " by itself; it takes ReLU after a convolution (and its "
                  "pool) or a dense layer, without a quantizer between; put a "
                  "1x1 convolution before it";
  else if (isa<GlobalAveragePool2DOp>(*layer))
    diagnostic << " by itself; it takes global averages after a convolution "
               << (version == Version::V1 ? "(and before its ReLU)"
                                          : "and its ReLU")
               << ", without a maximum pool or a quantizer between";
  else if (isa<ActivationOp>(*layer) && version == Version::V1)
    diagnostic << "; its only activation is ReLU: use ReLU6";
  else if (isa<ActivationOp>(*layer))
    diagnostic << " by itself; it looks activations up after a convolution or "
                  "depthwise convolution (and its pool), whose result nothing "
                  "else uses; put a 1x1 convolution before it";
  else if (isa<MultiplyOp>(*layer))
    diagnostic << "; it multiplies with weights alone";
  else if (version == Version::V2 &&
           isa<StatefulProjectionOp, StatefulRecurrentOp, ExtractTokenOp>(
               *layer))
    diagnostic
        << " by itself; it takes a StatefulProjection, a "
           "StatefulRecurrent, an ExtractToken of its real parts (token "
           "0 of the last axis) and another StatefulProjection one after "
           "the other, whose results nothing else uses";
  else if (isa<FlattenOp, ReshapeOp>(*layer))
    diagnostic << " but before a dense layer";
  else if (isa<DepthwiseConv2DOp>(*layer))
    diagnostic << "; use Conv2D or SeparableConv2D";
  else if (isa<SeparableConv2DOp>(*layer))
    diagnostic << "; make two layers of it (qml quantize "
                  "--split-separable-convs; --target=akida-2.0 does)";
  else if (isa<AddOp, ConcatenateOp>(*layer))
    diagnostic << "; networks for it are chains";
}

/// What a layer becomes that a group can begin with.
std::optional<LayerKind> GroupFinder::getKind(LayerOpInterface layer,
                                              bool isEnd) const {
  bool isV1 = version == Version::V1;
  auto of = [](LayerKind kind) { return std::optional<LayerKind>(kind); };
  return llvm::TypeSwitch<Operation *, std::optional<LayerKind>>(layer)
      .Case<Conv2DOp>([&](auto) {
        return of(isV1 ? akida::ConvolutionalOp::kind : akida::Conv2DOp::kind);
      })
      .Case<DenseOp>([&](auto) {
        return of(isV1 ? akida::FullyConnectedOp::kind
                       : akida::Dense1DOp::kind);
      })
      .Case<SeparableConv2DOp>([&](auto) {
        return isV1 ? of(akida::SeparableConvolutionalOp::kind) : std::nullopt;
      })
      .Case<DepthwiseConv2DOp>([&](auto) {
        return isV1 ? std::nullopt : of(akida::DepthwiseConv2DOp::kind);
      })
      .Case<Conv2DTransposeOp>([&](auto) {
        return isV1 ? std::nullopt : of(akida::Conv2DTransposeOp::kind);
      })
      .Case<DepthwiseConv2DTransposeOp>([&](auto) {
        return isV1 ? std::nullopt
                    : of(akida::DepthwiseConv2DTransposeOp::kind);
      })
      .Case<BufferTempConvOp>([&](auto) {
        return isV1 ? std::nullopt : of(akida::BufferTempConvOp::kind);
      })
      .Case<DepthwiseBufferTempConvOp>([&](auto) {
        return isV1 ? std::nullopt : of(akida::DepthwiseBufferTempConvOp::kind);
      })
      .Case<StatefulProjectionOp>([&](auto projection) {
        return !isV1 && followsRecurrence(projection)
                   ? of(akida::StatefulRecurrentOp::kind)
                   : std::nullopt;
      })
      .Case<PicoPostProcessingOp>([&](auto) {
        return isV1 ? std::nullopt : of(akida::PicoPostProcessingOp::kind);
      })
      .Case<AddOp>(
          [&](auto) { return isV1 ? std::nullopt : of(akida::AddOp::kind); })
      .Case<ConcatenateOp>([&](auto) {
        return isV1 ? std::nullopt : of(akida::ConcatenateOp::kind);
      })
      .Case<InputQuantizerOp>(
          [&](auto) { return of(akida::QuantizerOp::kind); })
      .Case<DequantizerOp>([&](auto) {
        return isEnd ? of(akida::DequantizerOp::kind) : std::nullopt;
      })
      .Default([](auto) { return std::optional<LayerKind>(); });
}

/// Whether the group can be a convolution of bytes.
bool GroupFinder::readsImage(HardwareGroup &group) {
  auto conv = dyn_cast<Conv2DOp>(*group.main);
  if (!conv || (!group.relu && !group.activation) || group.average)
    return false;
  int64_t channels = getNumChannels(conv.getInput());
  return readsBytes(conv) && (channels == 1 || channels == 3);
}

/// Where integers end, once: at a dequantizer, or at what is returned.
LayerOpInterface GroupFinder::findEnd() {
  SmallVector<DequantizerOp> dequantizers;
  for (auto dequantizer : network.getOps<DequantizerOp>())
    if (used.contains(dequantizer) && !after.contains(dequantizer))
      dequantizers.push_back(dequantizer);
  int64_t ends = dequantizers.size();
  for (OpOperand *returned : getOutputs(network)) {
    Operation *op = returned->get().getDefiningOp();
    ends += !op || (!isa<DequantizerOp>(op) && !after.contains(op));
  }
  if (ends != 1) {
    result.areComplete = false;
    network.emitError() << describeLimit(
        akida::Quantity::Outputs, version, akida::InputDataOp::kind,
        "that leave the integers " + Twine(ends));
  }
  if (dequantizers.empty())
    return {};
  return cast<LayerOpInterface>(dequantizers.front().getOperation());
}

HardwareGroups GroupFinder::run() {
  if (size_t inputs = getInputs(network).size(); inputs != 1) {
    result.areComplete = false;
    network.emitError() << describeLimit(akida::Quantity::Inputs, version,
                                         akida::InputDataOp::kind,
                                         Twine(inputs));
  }
  LayerOpInterface end = findEnd();
  SmallVector<LayerOpInterface> layers;
  for (LayerOpInterface layer : getLayersInOrder(network)) {
    if (!used.contains(layer))
      continue;
    if (after.contains(layer))
      result.left.push_back(layer);
    else
      layers.push_back(layer);
  }

  for (LayerOpInterface layer : layers) {
    bool isEnd = end && layer.getOperation() == end.getOperation();
    if (std::optional<LayerKind> kind = getKind(layer, isEnd))
      start(layer, *kind);
  }
  for (LayerOpInterface layer : layers)
    if (!taken.contains(layer) && !isTransparent(layer) &&
        !isa<DequantizerOp>(*layer))
      reportStray(layer);
  bool hasLayers = llvm::any_of(result.groups, [](HardwareGroup &group) {
    return !isa<InputQuantizerOp, DequantizerOp>(*group.main);
  });
  if (!hasLayers && stray.empty()) {
    result.areComplete = false;
    network.emitError()
        << "the network has no layer for the hardware: there is no "
           "convolution, dense layer or addition in integers";
  }

  // The hardware's layers are in the order of the groups' last layers.
  DenseMap<Operation *, unsigned> order;
  for (LayerOpInterface layer : layers)
    order.try_emplace(layer, order.size());
  llvm::stable_sort(result.groups,
                    [&](const HardwareGroup &a, const HardwareGroup &b) {
                      return order.lookup(getProducer(a.result)) <
                             order.lookup(getProducer(b.result));
                    });

  // Hardware layers read other groups' results: the last one is not read.
  llvm::DenseSet<Value> read;
  for (HardwareGroup &group : result.groups)
    if (!isa<DequantizerOp>(*group.main))
      read.insert(group.inputs.begin(), group.inputs.end());
  for (HardwareGroup &group : result.groups)
    group.isLast = !read.contains(group.result);
  if (end)
    result.result = end->getResult(0);
  else if (SmallVector<OpOperand *> outputs = getOutputs(network);
           outputs.size() == 1)
    result.result = skipTransparent(outputs.front()->get());
  return std::move(result);
}

HardwareGroups findGroups(func::FuncOp network, Version version) {
  return GroupFinder(network, version).run();
}

} // namespace conversion
} // namespace qml
