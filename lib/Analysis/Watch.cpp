//===- Watch.cpp - Where integers are cut ---------------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Watch.h"

#include "qml/Program/ValueRanges.h"

#include <algorithm>

namespace qml {

Saturation Watch::count(const std::vector<int64_t> &values,
                        int64_t channels) const {
  Saturation found;
  found.total = values.size();
  auto atBound = [](int64_t value, IntegerRange range) {
    return value <= range.lower || value >= range.upper;
  };
  for (size_t i = 0; i != values.size(); ++i) {
    size_t channel = i % channels;
    int64_t value = values[i];
    if (ofInput) {
      int by = shift[shift.size() == 1 ? 0 : channel];
      // Clamped to one beyond the bounds, it tells whether it is.
      found.count +=
          by && shiftLeft(value, by, {bounds.lower - 1, bounds.upper + 1}) !=
                    shiftLeft(value, by, bounds);
      continue;
    }
    if (!scales.empty()) {
      Int128 product = value;
      product *= scales[scales.size() == 1 ? 0 : channel];
      found.count += product < bounds.lower || product > bounds.upper;
      continue;
    }
    found.count +=
        atBound(value, bounds) ||
        (!bias.empty() && atBound(value - bias[channel], innerBounds));
  }
  return found;
}

static std::vector<int64_t> readBias(const Constant &bias, int64_t channels) {
  std::vector<int64_t> values;
  for (int64_t c = 0; bias && c != channels; ++c)
    values.push_back(bias.type == ElementType::I64 ? bias.as<int64_t>()[c]
                                                   : bias.as<int32_t>()[c]);
  return values;
}

namespace {
class WatchFinder {
public:
  explicit WatchFinder(const Program &program) : program(program) {}

  void add(const Operation &operation);

  std::vector<Watch> watches;

private:
  void addInput(const Operation &operation, int input,
                const std::vector<int32_t> &shift, IntegerRange bounds) {
    bool shifts = std::any_of(shift.begin(), shift.end(),
                              [](int32_t value) { return value != 0; });
    if (!shifts)
      return;
    Watch &watch = watches.emplace_back();
    watch.operation = &operation;
    watch.tensor = operation.inputs[input];
    watch.ofInput = true;
    watch.shift = shift;
    watch.bounds = bounds;
  }
  Watch &addSum(const Operation &operation, int valueBits) {
    Watch &watch = watches.emplace_back();
    watch.operation = &operation;
    watch.tensor = operation.output;
    watch.bounds = integerRange(valueBits, program.arithmetic);
    return watch;
  }
  void addProduct(const Operation &operation, const AccumulatorRules &rules,
                  const Constant &bias) {
    addInput(operation, 0, rules.inputShift,
             inputBoundsOf(rules, program.arithmetic));
    Watch &watch = addSum(operation, rules.getBiasBits());
    if (rules.saturatesOnce || !bias)
      return;
    watch.innerBounds = integerRange(rules.bufferBits, program.arithmetic);
    watch.bias = readBias(bias, numChannels(program.tensors[watch.tensor]));
  }

  const Program &program;
};
} // namespace

void WatchFinder::add(const Operation &operation) {
  const std::optional<Fixed> &fixed = program.tensors[operation.output].fixed;
  if (!fixed)
    return;
  if (auto *conv = operation.as<Conv2D>())
    return addProduct(operation, conv->accumulator, conv->bias);
  if (auto *dense = operation.as<Dense>())
    return addProduct(operation, dense->accumulator, dense->bias);
  if (auto *quantizer = operation.as<OutputQuantizer>()) {
    if (quantizer->scales.empty())
      return;
    Watch &watch = watches.emplace_back();
    watch.operation = &operation;
    watch.tensor = operation.inputs.front();
    watch.scales = quantizer->scales;
    watch.bounds = integerRange(quantizer->getBufferBits(), program.arithmetic);
    return;
  }
  if (auto *pool = operation.as<GlobalAveragePool2D>()) {
    addInput(operation, 0, pool->accumulator.inputShift,
             integerRange(pool->accumulator.bufferBits, program.arithmetic));
    addSum(operation, pool->accumulator.bufferBits);
  } else if (auto *add = operation.as<Add>()) {
    IntegerRange bounds = integerRange(add->bufferBits, program.arithmetic);
    addInput(operation, 0, add->aShift, bounds);
    addInput(operation, 1, add->bShift, bounds);
    addSum(operation, add->bufferBits);
  } else if (auto *reshape = operation.as<AlignedReshape>()) {
    addInput(operation, 0, reshape->inputShift,
             integerRange(fixed->valueBits, program.arithmetic));
  }
}

std::vector<Watch> findWatches(const Program &program) {
  WatchFinder finder(program);
  for (const Operation &operation : program.operations)
    finder.add(operation);
  return std::move(finder.watches);
}

std::string findQuantizedLayer(const Program &program, int tensor) {
  std::string layer;
  for (auto op = program.operations.rbegin(); op != program.operations.rend();
       ++op) {
    if (op->output != tensor)
      continue;
    layer = op->layer;
    if (op->as<OutputQuantizer>() || op->as<InputQuantizer>())
      break;
    tensor = op->inputs.front();
  }
  return layer;
}

} // namespace qml
