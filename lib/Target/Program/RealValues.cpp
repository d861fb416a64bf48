//===- RealValues.cpp - What integers are in the float network ------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "qml/Target/Program/RealValues.h"

#include "qml/Dialect/QML/IR/Elements.h"
#include "qml/Dialect/QML/IR/Meaning.h"

#include <cmath>

using namespace mlir;

namespace qml {

namespace {
/// How a result differs from the float network's, besides its `Fixed`. One
/// value, or one per channel; what a reshape makes of an image has the channels
/// again and again.
struct Change {
  std::vector<double> rate = {1.0};
  std::vector<double> zero = {0.0};
};
} // namespace

static double at(const std::vector<double> &values, size_t channel) {
  return values[channel % values.size()];
}

/// What a layer hands on of its input's change.
static Change passOn(LayerOpInterface layer, const Change &input) {
  if (isa<RescalingOp>(layer) ||
      layer->hasTrait<qml::OpTrait::ScalesWithInput>() ||
      layer->hasTrait<qml::OpTrait::ReshapesOnly>())
    return input;
  // All others computed with kernels that took it back.
  return {};
}

llvm::DenseMap<Operation *, RealValues> findRealValues(func::FuncOp network) {
  llvm::DenseMap<Operation *, RealValues> found;
  llvm::DenseMap<Value, Change> changes;
  for (auto layer : network.getOps<LayerOpInterface>()) {
    Change change;
    if (auto known = changes.find(layer->getOperand(0)); known != changes.end())
      change = passOn(layer, known->second);
    if (auto quantizer = dyn_cast<InputQuantizerOp>(*layer)) {
      if (ElementsAttr zeros = quantizer.getZeroPointsAttr()) {
        std::vector<int64_t> values = readIntegers(zeros);
        change.zero.assign(values.begin(), values.end());
      }
    }
    if (OutputQuantizerOp quantizer = getOutputQuantizer(layer)) {
      if (ElementsAttr rates = quantizer.getRescalingRateAttr()) {
        std::vector<float> own = readFloats(rates);
        std::vector<double> before = std::move(change.rate);
        change.rate.resize(std::max(own.size(), before.size()));
        for (size_t c = 0; c != change.rate.size(); ++c)
          change.rate[c] = at(before, c) * own[c % own.size()];
      }
    }
    Value result = getOutput(layer);
    changes[result] = change;
    FixedAttr fixed = getFixed(result);
    if (!fixed)
      continue;
    std::vector<int64_t> fracBits = readIntegers(fixed.getFracBits());
    std::vector<float> scales = {1.0f};
    if (ElementsAttr own = fixed.getScale())
      scales = readFloats(own);
    RealValues &real = found[layer];
    real.zero = change.zero;
    real.factor.resize(
        std::max({fracBits.size(), scales.size(), change.rate.size()}));
    for (size_t c = 0; c != real.factor.size(); ++c)
      real.factor[c] = std::ldexp(double(scales[c % scales.size()]),
                                  -int(fracBits[c % fracBits.size()])) /
                       at(change.rate, c);
  }
  return found;
}

} // namespace qml
