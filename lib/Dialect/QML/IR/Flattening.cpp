//===- Flattening.cpp - How layers become programs ------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "qml/Dialect/QML/IR/Flattening.h"

#include "qml/Dialect/QML/IR/SampleLayout.h"
#include "qml/Program/ChipParts.h"

#include <cmath>

using namespace mlir;

namespace qml {

//===----------------------------------------------------------------------===//
// Constants and tensors
//===----------------------------------------------------------------------===//

Constant viewConstant(ElementsAttr elements, ConstantStorage &storage) {
  Constant constant;
  if (!elements)
    return constant;
  auto type = cast<ShapedType>(elements.getType());
  constant.type = *getElementType(type.getElementType());
  constant.shape.assign(type.getShape().begin(), type.getShape().end());
  ArrayRef<char> raw = getRawData(elements);
  size_t size = sizeOf(constant.type);
  size_t bytes = type.getNumElements() * size;
  if (raw.size() == bytes) {
    constant.data = raw.data();
    return constant;
  }
  // A literal that repeats one value.
  ArrayRef<char> one =
      cast<DenseElementsAttr>(Attribute(elements)).getRawData();
  std::vector<char> &copy = storage.emplace_back(bytes);
  for (size_t i = 0; i != bytes; ++i)
    copy[i] = one[i % size];
  constant.data = copy.data();
  return constant;
}

template <typename T>
static const void *store(ArrayRef<int64_t> values, ConstantStorage &storage) {
  std::vector<char> &copy = storage.emplace_back(values.size() * sizeof(T));
  for (size_t i = 0; i != values.size(); ++i) {
    T value = static_cast<T>(values[i]);
    std::memcpy(copy.data() + i * sizeof(T), &value, sizeof(T));
  }
  return copy.data();
}

Constant storeIntegers(ArrayRef<int64_t> values, int valueBits,
                       ConstantStorage &storage) {
  Constant constant;
  constant.shape = {static_cast<int64_t>(values.size())};
  if (storageBytes(valueBits) == 8) {
    constant.type = ElementType::I64;
    constant.data = store<int64_t>(values, storage);
  } else {
    constant.type = ElementType::I32;
    constant.data = store<int32_t>(values, storage);
  }
  return constant;
}

std::vector<int32_t> readVector(ElementsAttr elements) {
  if (!elements)
    return {};
  std::vector<int64_t> values = readIntegers(elements);
  return std::vector<int32_t>(values.begin(), values.end());
}

Tensor makeTensor(Value value) {
  Tensor tensor;
  auto type = cast<RankedTensorType>(value.getType());
  tensor.shape.assign(type.getShape().begin() + 1, type.getShape().end());
  tensor.type = *getElementType(type.getElementType());
  if (FixedAttr encoding = getFixed(value)) {
    Fixed &fixed = tensor.fixed.emplace();
    fixed.valueBits = encoding.getValueBits();
    fixed.fracBits = readVector(encoding.getFracBits());
    if (encoding.getScale())
      fixed.scales = readFloats(encoding.getScale());
  }
  return tensor;
}

Window makeWindow(Value input, ArrayRef<int64_t> kernel,
                  ArrayRef<int64_t> strides, ArrayRef<int64_t> dilations,
                  PaddingAttr padding) {
  Window window;
  for (int axis = 0; axis != 2; ++axis) {
    window.kernel[axis] = kernel[axis];
    window.strides[axis] = strides[axis];
    window.dilations[axis] = dilations[axis];
    Pads pads = inferPads(axis, getShape(input)[axis + 1], kernel[axis],
                          strides[axis], dilations[axis], padding);
    window.padBegin[axis] = pads.before;
    window.padEnd[axis] = pads.after;
  }
  return window;
}

//===----------------------------------------------------------------------===//
// NetworkFlattener
//===----------------------------------------------------------------------===//

NetworkFlattener::NetworkFlattener(func::FuncOp network, Program &program,
                                   ConstantStorage &storage)
    : network(network), program(program), storage(storage) {
  program.arithmetic = getArithmetic(network);
}

int NetworkFlattener::addTensor(Value value) {
  program.tensors.push_back(makeTensor(value));
  int tensor = program.tensors.size() - 1;
  tensors[value] = tensor;
  return tensor;
}

int NetworkFlattener::addInput(Value value, std::string name) {
  int tensor = addTensor(value);
  program.inputs.push_back({tensor, std::move(name)});
  return tensor;
}

void NetworkFlattener::add(mlir::Operation *op, OperationKind kind) {
  std::vector<int> inputs;
  for (Value operand : op->getOperands())
    inputs.push_back(getTensor(operand));
  add(op, std::move(kind), std::move(inputs));
}

void NetworkFlattener::add(mlir::Operation *op, OperationKind kind,
                           std::vector<int> inputs) {
  Value result = op->getResult(0);
  tensors[result] =
      addInner(op, std::move(kind), std::move(inputs), makeTensor(result));
}

int NetworkFlattener::addInner(mlir::Operation *op, OperationKind kind,
                               std::vector<int> inputs, Tensor result) {
  program.tensors.push_back(std::move(result));
  int output = program.tensors.size() - 1;
  program.operations.push_back(
      {std::move(kind), getOwnerName(op).str(), std::move(inputs), output});
  return output;
}

void NetworkFlattener::forward(mlir::Operation *op) {
  tensors[op->getResult(0)] = getTensor(op->getOperand(0));
}

void NetworkFlattener::observe(mlir::Operation *quantizer, StringRef layer,
                               Granularity granularity, bool minMax) {
  RangeRequest request;
  request.tensor = getTensor(quantizer->getOperand(0));
  request.layer = layer.str();
  request.perAxis = granularity == Granularity::PerAxis;
  request.minMax = minMax;
  program.ranges.push_back(std::move(request));
  forward(quantizer);
}

void NetworkFlattener::noteObserved(Value value, Observed observed) {
  observed.tensor = getTensor(value);
  program.observed.push_back(std::move(observed));
}

std::vector<int64_t> NetworkFlattener::readConstants(mlir::Operation *op,
                                                     const char *name,
                                                     ElementsAttr values,
                                                     ElementsAttr shift,
                                                     int valueBits) {
  std::vector<int64_t> result =
      readAligned(values, shift, valueBits, program.arithmetic);
  if (!values || !shift)
    return result;
  std::vector<int64_t> stored = readIntegers(values),
                       shifts = readIntegers(shift);
  CutConstant constant;
  constant.layer = getOwnerName(op).str();
  constant.name = name;
  constant.ofChannels = int64_t(result.size());
  constant.bits = valueBits;
  for (size_t i = 0; i != result.size(); ++i) {
    double whole =
        std::ldexp(double(stored[stored.size() == 1 ? 0 : i]),
                   static_cast<int>(shifts[shifts.size() == 1 ? 0 : i]));
    if (whole == double(result[i]))
      continue;
    ++constant.channels;
    constant.factor = std::max(constant.factor, whole / double(result[i]));
  }
  // One more than the largest is no loss.
  if (constant.factor > 1.01)
    program.cutConstants.push_back(std::move(constant));
  return result;
}

Constant NetworkFlattener::makeBias(WeightedLayerOpInterface layer) {
  ElementsAttr bias = layer.getBiasAttr();
  if (!bias || bias.getElementType().isF32())
    return makeConstant(bias);
  int bits = getSumBits(layer);
  return storeIntegers(
      readConstants(layer, "bias", bias,
                    layer->getAttrOfType<ElementsAttr>("bias_shift"), bits),
      bits, storage);
}

AccumulatorRules NetworkFlattener::makeAccumulator(mlir::Operation *op) const {
  AccumulatorRules rules;
  if (FixedAttr fixed = getFixed(op->getResult(0)))
    rules.bufferBits = fixed.getValueBits();
  rules.inputShift = readVector(op->getAttrOfType<ElementsAttr>("input_shift"));
  return rules;
}

AccumulatorRules
NetworkFlattener::makeProductAccumulator(WeightedLayerOpInterface layer,
                                         bool wrapsAround) const {
  AccumulatorRules rules = makeAccumulator(layer);
  if (!isAkida() || isFloatTensor(layer->getResult(0)))
    return rules;
  // The chip's accumulators are narrower than what the bias is added in.
  AccumulatorRules chip = makeChipAccumulator(
      getSumBits(layer) + 1, rules.bufferBits + 1, wrapsAround);
  chip.inputShift = std::move(rules.inputShift);
  return chip;
}

LogicalResult NetworkFlattener::run() {
  auto module = network->getParentOfType<ModuleOp>();
  program.name = module.getSymName().value_or("model").str();
  for (BlockArgument argument : network.getArguments())
    addTensor(argument);

  for (mlir::Operation &op : network.front().without_terminator()) {
    if (auto layer = dyn_cast<WeightedLayerOpInterface>(op)) {
      auto conv = dyn_cast<Conv2DOp>(op);
      if (conv && conv.getGroups() != 1)
        return op.emitError()
               << "layer '" << layer.getLayerName() << "' can't be executed: "
               << "it has " << conv.getGroups() << " groups, which "
               << "--qml-convert-grouped-convs makes one kernel of";
      std::string reason = layer.whyNotQuantizable();
      if (!reason.empty())
        return op.emitError() << "layer '" << layer.getLayerName()
                              << "' can't be executed: it has " << reason;
    }
    cast<LowerableOpInterface>(op).flatten(*this);
  }

  llvm::SmallDenseSet<unsigned> stateArguments, stateResults;
  mlir::Operation *terminator = network.front().getTerminator();
  for (const StatePair &state : getStates(network)) {
    stateArguments.insert(state.argument);
    stateResults.insert(state.result);
    program.states.push_back({getTensor(network.getArgument(state.argument)),
                              getTensor(terminator->getOperand(state.result))});
  }
  for (unsigned i = 0; i != network.getNumArguments(); ++i)
    if (!stateArguments.contains(i)) {
      Attribute layout = network.getArgAttr(i, layoutAttrName);
      program.inputs.push_back({getTensor(network.getArgument(i)),
                                getInputName(network, i),
                                isLayout(layout, channelsFirstLayout),
                                isLayout(layout, framesLayout)});
    }
  for (OpOperand &output : terminator->getOpOperands()) {
    if (stateResults.contains(output.getOperandNumber()))
      continue;
    LayerOpInterface layer = getProducer(output.get());
    // Results are known by the layer that computes them.
    if (layer && isa<DequantizerOp>(*layer))
      layer = getProducer(layer->getOperand(0));
    std::string name = layer ? layer.getLayerName().str() : "input";
    if (auto own = network.getResultAttrOfType<StringAttr>(
            output.getOperandNumber(), nameAttrName))
      name = own.str();
    else if (!layer)
      if (auto argument = dyn_cast<BlockArgument>(output.get()))
        name = getInputName(network, argument.getArgNumber());
    program.outputs.push_back({getTensor(output.get()), std::move(name)});
  }
  return success();
}

} // namespace qml
