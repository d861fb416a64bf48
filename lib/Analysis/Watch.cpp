//===- Watch.cpp - Where integers are cut ---------------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Watch.h"

#include "qml/Program/Kinds.h"
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
    switch (bias.type) {
    case ElementType::I8:
      values.push_back(bias.as<int8_t>()[c]);
      break;
    case ElementType::I16:
      values.push_back(bias.as<int16_t>()[c]);
      break;
    case ElementType::I64:
      values.push_back(bias.as<int64_t>()[c]);
      break;
    default:
      values.push_back(bias.as<int32_t>()[c]);
    }
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

  void addQuantizer(const Operation &operation,
                    const OutputQuantizer &quantizer) {
    if (quantizer.scales.empty())
      return;
    Watch &watch = watches.emplace_back();
    watch.operation = &operation;
    watch.tensor = operation.inputs.front();
    watch.scales = quantizer.scales;
    watch.bounds = integerRange(quantizer.getBufferBits(), program.arithmetic);
  }

  const Program &program;
};
} // namespace

void WatchFinder::add(const Operation &operation) {
  const std::optional<Fixed> &fixed = program.tensors[operation.output].fixed;
  if (!fixed)
    return;
  std::visit(
      [&](const auto &kind) {
        using Kind = std::decay_t<decltype(kind)>;
        if constexpr (isOneOf<Kind, Conv2D, Conv2DTranspose, Dense,
                              TemporalSum>) {
          addProduct(operation, kind.accumulator, kind.bias);
        } else if constexpr (isOneOf<Kind, OutputQuantizer>) {
          addQuantizer(operation, kind);
        } else if constexpr (isOneOf<Kind, GlobalAveragePool2D>) {
          int bits = kind.accumulator.bufferBits;
          addInput(operation, 0, kind.accumulator.inputShift,
                   integerRange(bits, program.arithmetic));
          addSum(operation, bits);
        } else if constexpr (isOneOf<Kind, Add>) {
          IntegerRange bounds =
              integerRange(kind.bufferBits, program.arithmetic);
          addInput(operation, 0, kind.aShift, bounds);
          addInput(operation, 1, kind.bShift, bounds);
          addSum(operation, kind.bufferBits);
        } else if constexpr (isOneOf<Kind, AveragePool2D, Multiply>) {
          addSum(operation, kind.bufferBits);
        } else if constexpr (isOneOf<Kind, AlignedReshape>) {
          addInput(operation, 0, kind.inputShift,
                   integerRange(fixed->valueBits, program.arithmetic));
        } else {
          // These cut nothing, are meant to, or keep what they cut to
          // themselves.
          static_assert(
              isOneOf<Kind, Rescaling, InputQuantizer, BatchNorm, ReLU,
                      MaxPool2D, Concatenate, Dequantizer, Move, Softmax,
                      ScalarActivation, LookUp, Push, Recurrence,
                      DifferenceTest, Rows, StepActivation, StepDequantizer>);
        }
      },
      operation.kind);
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
