//===- Layers.cpp - Groups of layers, and their facts ---------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Layers.h"

#include <algorithm>
#include <cmath>

using namespace mlir;

namespace qml {

//===----------------------------------------------------------------------===//
// Groups
//===----------------------------------------------------------------------===//

namespace {
class GroupFinder {
public:
  explicit GroupFinder(func::FuncOp network) : floats(getFloatLayers(network)) {
    for (auto layer : network.getOps<LayerOpInterface>()) {
      if (floats.contains(layer) || isa<DequantizerOp>(*layer))
        continue;
      if (hasCodes(layer))
        add(layer);
    }
  }

  std::vector<ResultGroup> groups;

private:
  static bool hasCodes(LayerOpInterface layer) {
    if (isa<InputQuantizerOp>(*layer) || getOutputQuantizer(layer))
      return true;
    // What leaves the integers.
    return llvm::any_of(getOutput(layer).getUsers(), [](mlir::Operation *user) {
      return isa<DequantizerOp>(user);
    });
  }

  void add(LayerOpInterface layer) {
    ResultGroup group;
    group.last = layer;
    llvm::DenseSet<mlir::Operation *> seen;
    collect(layer, group, seen);
    numbers[layer] = groups.size();
    groups.push_back(std::move(group));
  }

  void collect(LayerOpInterface layer, ResultGroup &group,
               llvm::DenseSet<mlir::Operation *> &seen) {
    if (!seen.insert(layer).second)
      return;
    for (Value operand : layer->getOperands()) {
      LayerOpInterface producer = getProducer(operand);
      if (!producer)
        continue;
      auto number = numbers.find(producer);
      if (number == numbers.end())
        collect(producer, group, seen);
      else if (!llvm::is_contained(group.before, number->second))
        group.before.push_back(number->second);
    }
    group.members.push_back(layer);
  }

  llvm::DenseSet<mlir::Operation *> floats;
  llvm::DenseMap<mlir::Operation *, unsigned> numbers;
};
} // namespace

std::vector<ResultGroup> findGroups(func::FuncOp network) {
  return std::move(GroupFinder(network).groups);
}

std::vector<Change> listChanges(const ResultGroup &calibrated) {
  std::vector<Change> changes;
  for (LayerOpInterface layer : calibrated.members)
    for (Change &change : listChanges(layer))
      changes.push_back(std::move(change));
  return changes;
}

//===----------------------------------------------------------------------===//
// Facts
//===----------------------------------------------------------------------===//

double spreadOf(std::vector<double> values) {
  values.erase(std::remove(values.begin(), values.end(), 0.0), values.end());
  if (values.empty())
    return 1;
  auto middle = values.begin() + values.size() / 2;
  std::nth_element(values.begin(), middle, values.end());
  double median = *middle;
  return *std::max_element(values.begin(), values.end()) / median;
}

static KernelAnalysis describeKernel(LayerOpInterface layer,
                                     const KernelInfo &info,
                                     WeightQuantizerAttr quantizer) {
  KernelAnalysis kernel;
  kernel.layer = layer.getLayerName().str();
  kernel.key = info.getQuantizerName();
  kernel.bits = quantizer.getBitwidth();
  kernel.hasOneScale = !quantizer.getAxis();
  ArrayRef<int64_t> shape = getShape(info.kernel);
  // (height, width, channels, 1)
  kernel.isDepthwise = isa<DepthwiseConv2DOp>(*layer) ||
                       info.getQuantizerName().compare(0, 3, "dw_") == 0;
  int64_t axis = shape.size() - (kernel.isDepthwise ? 2 : 1);
  kernel.channels = shape[axis];
  ElementsView<float> weights(info.kernel);
  KernelView view = KernelView::along(weights.data(),
                                      Shape(shape.begin(), shape.end()), axis);
  std::vector<double> largest(view.channels, 0.0);
  view.visit([&](int64_t channel, int64_t element) {
    largest[channel] =
        std::max(largest[channel], double(std::fabs(view.data[element])));
  });
  kernel.spread = spreadOf(std::move(largest));

  std::optional<int64_t> scaleAxis;
  if (quantizer.getAxis())
    scaleAxis = info.axis;
  view = KernelView::along(weights.data(), Shape(shape.begin(), shape.end()),
                           scaleAxis);
  int bits = quantizer.getValueBits();
  std::vector<float> scales = weightScales(view, bits);
  IntegerRange range = integerRange(bits, Arithmetic::Akida);
  view.visit([&](int64_t channel, int64_t element) {
    double scale = scales[channel];
    int64_t code = clamp(std::llrint(weights[element] / scale), range);
    kernel.noise.add(weights[element], code * scale);
  });
  return kernel;
}

/// Biases of an integer layer that their accumulator saturates.
static Saturation countClippedBiases(WeightedLayerOpInterface layer) {
  Saturation biases;
  ElementsAttr bias = layer.getBiasAttr();
  auto shift = layer->getAttrOfType<ElementsAttr>("bias_shift");
  if (!bias || !shift)
    return biases;
  IntegerRange range = integerRange(getSumBits(layer), getArithmetic(layer));
  Channels<int32_t> shifts = readIntChannels(shift);
  std::vector<int64_t> values = readIntegers(bias);
  for (size_t c = 0; c != values.size(); ++c) {
    double aligned = std::ldexp(double(values[c]), shifts[c]);
    biases.count += aligned < range.lower || aligned > range.upper;
    ++biases.total;
  }
  return biases;
}

LayerAnalysis nameGroup(const ResultGroup &group) {
  LayerAnalysis facts;
  LayerOpInterface last = group.last;
  facts.layer = last.getLayerName().str();
  for (LayerOpInterface layer : group.members)
    facts.members.push_back(layer.getLayerName().str());
  return facts;
}

LayerAnalysis describeGroup(const ResultGroup &calibrated,
                            const ResultGroup &integer) {
  LayerAnalysis facts = nameGroup(calibrated);
  LayerOpInterface last = calibrated.last;
  facts.className = last.getClassName().str();
  if (auto quantizer = dyn_cast<InputQuantizerOp>(*last)) {
    facts.bits = quantizer.getBitwidth();
    facts.isPerAxis = quantizer.getGranularity() == Granularity::PerAxis;
  } else if (OutputQuantizerOp quantizer = getOutputQuantizer(last)) {
    facts.bits = quantizer.getBitwidth();
    facts.isPerAxis = quantizer.getGranularity() == Granularity::PerAxis;
  }
  for (LayerOpInterface layer : calibrated.members)
    if (auto weighted = dyn_cast<WeightedLayerOpInterface>(*layer))
      for (const KernelInfo &info : weighted.getKernels())
        if (auto quantizer = layer->getAttrOfType<WeightQuantizerAttr>(
                info.getQuantizerName()))
          facts.kernels.push_back(describeKernel(layer, info, quantizer));
  for (LayerOpInterface layer : integer.members)
    if (auto weighted = dyn_cast<WeightedLayerOpInterface>(*layer)) {
      Saturation biases = countClippedBiases(weighted);
      facts.biases.count += biases.count;
      facts.biases.total += biases.total;
    }
  return facts;
}

std::optional<double> LayerAnalysis::gainOf(bool ofWeights) const {
  for (const TriedChange &tried : changes)
    if (tried.change.ofWeights() == ofWeights &&
        tried.change.kind != Change::PerTensor)
      return tried.gain;
  return std::nullopt;
}

} // namespace qml
