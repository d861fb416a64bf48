//===- LayerGroup.cpp - Layers that the hardware computes as one ----------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LayerGroup.h"

using namespace mlir;

namespace qml {

//===----------------------------------------------------------------------===//
// Along a group
//===----------------------------------------------------------------------===//

/// Takes the next operation into a group, if it is of the kind, the only user,
/// and after nothing but transparent layers.
template <typename OpT>
static OpT takeNext(LayerGroup &group) {
  auto op = dyn_cast_or_null<OpT>(getUserInHardware(group.result));
  if (!op)
    return {};
  group.members.push_back(op);
  group.result = op->getResult(0);
  return op;
}

static bool takeQuantizer(LayerGroup &group) {
  group.quantizer = takeNext<OutputQuantizerOp>(group);
  return static_cast<bool>(group.quantizer);
}

/// A quantizer of codes and the function that is looked up with them, perhaps
/// with a maximum pool between: the hardware pools first, which gives the same.
static bool takeLookUp(LayerGroup &group) {
  auto code =
      dyn_cast_or_null<OutputQuantizerOp>(getUserInHardware(group.result));
  if (!code)
    return false;
  Operation *next = getUserInHardware(code.getResult());
  if (auto pool = dyn_cast_or_null<MaxPool2DOp>(next))
    next = getUserInHardware(pool.getResult());
  if (!isa_and_nonnull<ActivationOp>(next))
    return false;
  group.code = takeNext<OutputQuantizerOp>(group);
  group.maxPool = takeNext<MaxPool2DOp>(group);
  group.activation = takeNext<ActivationOp>(group);
  return true;
}

/// Pools, activation and quantizer of a layer with weights.
static void takeWeighted(LayerGroup &group, ChipVersion version) {
  bool isConv = isa<Conv2DOp, SeparableConv2DOp>(*group.main);
  bool isDepthwise = isa<DepthwiseConv2DOp>(*group.main);
  // Tables belong to 2.0's convolutions.
  bool hasTables = version == ChipVersion::V2 && (isConv || isDepthwise);
  if (hasTables && takeLookUp(group)) {
    if (isConv && !group.maxPool)
      group.average = takeNext<GlobalAveragePool2DOp>(group);
    takeQuantizer(group);
    return;
  }
  if (takeQuantizer(group))
    return;
  Value before = group.result;
  if (isConv || isDepthwise)
    group.maxPool = takeNext<MaxPool2DOp>(group);
  // 1.0 averages before the activation, 2.0 after it.
  bool averagesFirst = isConv && version == ChipVersion::V1 && !group.maxPool;
  if (averagesFirst)
    group.average = takeNext<GlobalAveragePool2DOp>(group);
  if (group.average && takeQuantizer(group))
    return;
  group.relu = takeNext<ReLUOp>(group);
  // A pool without an activation after it is no part of any layer.
  if (group.maxPool && !group.relu) {
    group.members.pop_back();
    group.maxPool = {};
    group.result = before;
  }
  if (takeQuantizer(group))
    return;
  if (isConv && !group.maxPool && !group.average)
    group.average = takeNext<GlobalAveragePool2DOp>(group);
  if (group.average)
    takeQuantizer(group);
}

/// The hardware's dense layers flatten their inputs themselves.
static void takeFlattenings(LayerGroup &group, DenseOp dense) {
  Value input = dense.getInput();
  while (Operation *op = input.getDefiningOp()) {
    bool flattens = isa<FlattenOp, ReshapeOp>(op) && op->hasOneUse();
    if (!flattens && !isTransparent(op))
      break;
    if (auto flatten = dyn_cast<FlattenOp>(op))
      group.flatten = flatten;
    group.members.push_back(op);
    input = op->getOperand(0);
  }
  group.inputs.front() = input;
}

/// The only producer of a value that nothing else reads.
template <typename OpT>
static OpT getBefore(Value value) {
  Value source = skipTransparent(value);
  auto op = source.getDefiningOp<OpT>();
  return op && op->hasOneUse() && value.hasOneUse() ? op : OpT();
}

/// The real parts of a recurrence's states, quantized, of a projection that the
/// hardware's layer computes, too.
static bool takeRecurrence(LayerGroup &group, StatefulProjectionOp output) {
  auto token = getBefore<ExtractTokenOp>(output.getInput());
  if (!token || token.getToken() != 0 || token.getAxis() != 3)
    return false;
  auto states = getBefore<OutputQuantizerOp>(token.getInput());
  auto recurrent = states ? getBefore<StatefulRecurrentOp>(states.getInput())
                          : StatefulRecurrentOp();
  auto input = recurrent ? getBefore<StatefulProjectionOp>(recurrent.getInput())
                         : StatefulProjectionOp();
  if (!input)
    return false;
  group.input = input;
  group.recurrent = recurrent;
  group.states = states;
  for (Operation *member : {input.getOperation(), recurrent.getOperation(),
                            states.getOperation(), token.getOperation()})
    group.members.push_back(member);
  group.inputs.front() = skipTransparent(input.getInput());
  return true;
}

bool followsRecurrence(StatefulProjectionOp projection) {
  LayerGroup group;
  group.inputs.resize(1);
  return takeRecurrence(group, projection);
}

LayerGroup findGroup(LayerOpInterface main, ChipVersion version) {
  LayerGroup group;
  group.main = main;
  group.result = main->getResult(0);
  for (Value operand : main->getOperands())
    if (!isState(operand))
      group.inputs.push_back(skipTransparent(operand));
  if (auto projection = dyn_cast<StatefulProjectionOp>(*main))
    takeRecurrence(group, projection);
  if (isa<WeightedLayerOpInterface>(*main))
    takeWeighted(group, version);
  else if (isa<AddOp>(*main))
    takeQuantizer(group);
  if (auto dense = dyn_cast<DenseOp>(*main))
    takeFlattenings(group, dense);
  return group;
}

} // namespace qml
