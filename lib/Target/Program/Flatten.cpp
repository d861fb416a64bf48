//===- Flatten.cpp - A network as a plain program -------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "qml/Target/Program/Flatten.h"

#include "qml/Dialect/QML/IR/ShapeInference.h"

#include "llvm/ADT/TypeSwitch.h"

#include <cmath>

using namespace mlir;

namespace qml {

namespace {

/// Flattens one network.
class Flattener {
public:
  explicit Flattener(func::FuncOp network)
      : network(network), isAkida(getArithmetic(network) == Arithmetic::Akida) {
  }

  FailureOr<FlatNetwork> run();

private:
  OperationKind flatten(RescalingOp op);
  OperationKind flatten(InputQuantizerOp op);
  OperationKind flatten(Conv2DOp op);
  OperationKind flatten(DepthwiseConv2DOp op);
  OperationKind flatten(SeparableConv2DOp op);
  OperationKind flatten(DenseOp op);
  OperationKind flatten(BatchNormOp op);
  OperationKind flatten(ReLUOp op);
  OperationKind flatten(SoftmaxOp) { return Softmax(); }
  OperationKind flatten(ZeroPadding2DOp op);
  OperationKind flatten(MaxPool2DOp op);
  OperationKind flatten(GlobalAveragePool2DOp op);
  OperationKind flatten(AddOp op);
  OperationKind flatten(FlattenOp op);
  OperationKind flatten(ReshapeOp) { return AlignedReshape(); }
  OperationKind flatten(DropoutOp) { return AlignedReshape(); }
  OperationKind flatten(OutputQuantizerOp op);
  OperationKind flatten(DequantizerOp) { return Dequantizer(); }

  int addTensor(Value value, FixedAttr fixed);
  /// Adds the depthwise half of a separable convolution; returns its result.
  int addDepthwise(SeparableConv2DOp op);
  Constant makeConstant(ElementsAttr elements) {
    return viewConstant(elements, flat);
  }
  /// Whether a float operation only asks for a range, or does nothing.
  bool flattenToNothing(mlir::Operation *op);

  template <typename OpT>
  AccumulatorRules makeBuffer(OpT op);
  template <typename OpT>
  AccumulatorRules makeProductBuffer(OpT op);

  func::FuncOp network;
  bool isAkida;
  FlatNetwork flat;
  DenseMap<Value, int> tensors;
};

} // namespace

static ArrayRef<int64_t> getShape(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape();
}

static std::vector<int32_t> readVector(ElementsAttr elements) {
  if (!elements)
    return {};
  std::vector<int64_t> values = readIntegers(elements);
  return std::vector<int32_t>(values.begin(), values.end());
}

static std::vector<float> toFloats(ArrayRef<double> values) {
  return std::vector<float>(values.begin(), values.end());
}

int Flattener::addTensor(Value value, FixedAttr fixed) {
  Tensor tensor;
  auto type = cast<RankedTensorType>(value.getType());
  tensor.shape.assign(type.getShape().begin() + 1, type.getShape().end());
  tensor.type = *getElementType(type.getElementType());
  if (fixed) {
    Fixed &meaning = tensor.fixed.emplace();
    meaning.valueBits = fixed.getValueBits();
    meaning.fracBits = readVector(fixed.getFracBits());
    if (fixed.getScale())
      meaning.scales = readFloats(fixed.getScale());
  }
  flat.program.tensors.push_back(std::move(tensor));
  int index = flat.program.tensors.size() - 1;
  tensors[value] = index;
  return index;
}

Constant viewConstant(ElementsAttr elements, FlatNetwork &flat) {
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
  std::vector<char> &storage = flat.storage.emplace_back(bytes);
  for (size_t i = 0; i != bytes; ++i)
    storage[i] = one[i % size];
  constant.data = storage.data();
  return constant;
}

//===----------------------------------------------------------------------===//
// Layers with weights
//===----------------------------------------------------------------------===//

static Window makeWindow(ArrayRef<int64_t> image, ArrayRef<int64_t> kernel,
                         ArrayRef<int64_t> strides, ArrayRef<int64_t> dilations,
                         Padding padding) {
  Window window;
  for (int axis = 0; axis != 2; ++axis) {
    window.kernel[axis] = kernel[axis];
    window.strides[axis] = strides[axis];
    window.dilations[axis] = dilations[axis];
    Pads pads = inferPads(image[axis + 1], kernel[axis], strides[axis],
                          dilations[axis], padding);
    window.padBegin[axis] = pads.before;
    window.padEnd[axis] = pads.after;
  }
  return window;
}

template <typename OpT>
AccumulatorRules Flattener::makeBuffer(OpT op) {
  AccumulatorRules rules;
  if (op.getFixedAttr())
    rules.bufferBits = op.getFixedAttr().getValueBits();
  rules.inputShift = readVector(op.getInputShiftAttr());
  return rules;
}

/// The chip's accumulators are narrower than what the bias is added in.
template <typename OpT>
AccumulatorRules Flattener::makeProductBuffer(OpT op) {
  AccumulatorRules rules = makeBuffer(op);
  if (!isAkida || !op.getFixedAttr())
    return rules;
  rules.biasBits = rules.bufferBits;
  rules.bufferBits = op.getBufferBitwidth().value_or(32) - 1;
  rules.wrapsAround = !std::is_same_v<OpT, DenseOp>;
  return rules;
}

OperationKind Flattener::flatten(Conv2DOp op) {
  Conv2D conv;
  conv.kernel = makeConstant(op.getKernel());
  conv.bias = makeConstant(op.getBiasAttr());
  conv.window =
      makeWindow(getShape(op.getInput()),
                 cast<ShapedType>(op.getKernel().getType()).getShape(),
                 op.getStrides(), op.getDilations(), op.getPadding());
  if (op.getFixedAttr()) {
    if (op.getQuantizedPaddingAttr())
      conv.integerPadding = readIntegers(op.getQuantizedPaddingAttr());
  } else if (op.getPaddingValue()) {
    conv.paddingValue = toFloats(*op.getPaddingValue());
  }
  conv.accumulator = makeProductBuffer(op);
  conv.accumulator.saturatesOnce = isAkida && readsBytes(op);
  conv.accumulator.boundsInput = !conv.accumulator.saturatesOnce;
  return conv;
}

OperationKind Flattener::flatten(DepthwiseConv2DOp op) {
  Conv2D conv;
  conv.depthwise = true;
  conv.kernel = makeConstant(op.getKernel());
  conv.bias = makeConstant(op.getBiasAttr());
  conv.window =
      makeWindow(getShape(op.getInput()),
                 cast<ShapedType>(op.getKernel().getType()).getShape(),
                 op.getStrides(), op.getDilations(), op.getPadding());
  conv.accumulator = makeProductBuffer(op);
  return conv;
}

/// Executors know no separable convolutions: they are two others.
int Flattener::addDepthwise(SeparableConv2DOp op) {
  Conv2D conv;
  conv.depthwise = true;
  conv.kernel = makeConstant(op.getDepthwiseKernel());
  ArrayRef<int64_t> kernel =
      cast<ShapedType>(op.getDepthwiseKernel().getType()).getShape();
  conv.window = makeWindow(getShape(op.getInput()), kernel, op.getStrides(),
                           op.getDilations(), op.getPadding());
  conv.accumulator = makeBuffer(op);

  // The layer's result but for the number of channels, and for the scale, which
  // the pointwise kernel has no part in yet.
  int input = tensors.lookup(op.getInput());
  Tensor tensor;
  ArrayRef<int64_t> shape = getShape(op.getResult());
  tensor.shape = {shape[1], shape[2], kernel[2]};
  if (FixedAttr fixed = op.getFixedAttr()) {
    Fixed &meaning = tensor.fixed.emplace();
    meaning.valueBits = fixed.getValueBits();
    meaning.fracBits = readVector(fixed.getFracBits());
    meaning.scales = readFloats(op.getDwKernelScalesAttr());
    tensor.type =
        *getElementType(getStorageType(op.getContext(), fixed.getValueBits()));
  }
  flat.program.tensors.push_back(std::move(tensor));
  int output = flat.program.tensors.size() - 1;
  flat.program.operations.push_back(
      {std::move(conv), op.getLayerName().str(), {input}, output});
  return output;
}

OperationKind Flattener::flatten(SeparableConv2DOp op) {
  Conv2D conv;
  conv.kernel = makeConstant(op.getPointwiseKernel());
  conv.bias = makeConstant(op.getBiasAttr());
  if (op.getFixedAttr())
    conv.accumulator.bufferBits = op.getFixedAttr().getValueBits();
  return conv;
}

OperationKind Flattener::flatten(DenseOp op) {
  Dense dense;
  dense.kernel = makeConstant(op.getKernel());
  dense.bias = makeConstant(op.getBiasAttr());
  dense.accumulator = makeProductBuffer(op);
  return dense;
}

//===----------------------------------------------------------------------===//
// Other layers
//===----------------------------------------------------------------------===//

OperationKind Flattener::flatten(RescalingOp op) {
  return Rescaling{toFloats(op.getScale()), toFloats(op.getOffset())};
}

OperationKind Flattener::flatten(InputQuantizerOp op) {
  InputQuantizer quantizer;
  quantizer.zeroPoints = readVector(op.getZeroPointsAttr());
  quantizer.isUnsigned = op.getIsUnsigned();
  if (isAkida)
    for (int32_t bits : readVector(op.getFixedAttr().getFracBits()))
      quantizer.scales.push_back(std::ldexp(1.0f, bits));
  return quantizer;
}

OperationKind Flattener::flatten(BatchNormOp op) {
  BatchNorm norm;
  norm.scale = readFloats(op.getGamma());
  norm.shift = readFloats(op.getBeta());
  ElementsView<float> mean(op.getMean()), variance(op.getVariance());
  float epsilon = op.getEpsilon().convertToFloat();
  for (size_t c = 0; c != norm.scale.size(); ++c) {
    norm.scale[c] = norm.scale[c] / std::sqrt(variance[c] + epsilon);
    norm.shift[c] = norm.shift[c] - mean[c] * norm.scale[c];
  }
  return norm;
}

OperationKind Flattener::flatten(ReLUOp op) {
  ReLU relu;
  if (op.getMaxValueAttr())
    relu.maxValue = op.getMaxValueAttr().getValue().convertToFloat();
  if (op.getFixedAttr() && op.getQuantizedMaxValueAttr())
    relu.integerMaxValue = readIntegers(op.getQuantizedMaxValueAttr());
  return relu;
}

OperationKind Flattener::flatten(ZeroPadding2DOp op) {
  ArrayRef<int64_t> pads = op.getPads();
  return ZeroPadding2D{{pads[0], pads[2]}, {pads[1], pads[3]}};
}

OperationKind Flattener::flatten(MaxPool2DOp op) {
  return MaxPool2D{makeWindow(getShape(op.getInput()), op.getPoolSize(),
                              op.getStrides(), {1, 1}, op.getPadding())};
}

OperationKind Flattener::flatten(GlobalAveragePool2DOp op) {
  return GlobalAveragePool2D{makeBuffer(op)};
}

OperationKind Flattener::flatten(AddOp op) {
  Add add;
  if (op.getFixedAttr())
    add.bufferBits = op.getFixedAttr().getValueBits();
  add.aShift = readVector(op.getAShiftAttr());
  add.bShift = readVector(op.getBShiftAttr());
  return add;
}

OperationKind Flattener::flatten(FlattenOp op) {
  return AlignedReshape{readVector(op.getInputShiftAttr())};
}

OperationKind Flattener::flatten(OutputQuantizerOp op) {
  OutputQuantizer quantizer;
  quantizer.bufferBits = op.getBufferBitwidth() - (isAkida ? 1 : 0);
  quantizer.scales = readVector(op.getScalesAttr());
  quantizer.shift = readVector(op.getShiftAttr());
  quantizer.isUnsigned = op.getIsUnsigned();
  // The chip bounds products alone.
  if (isAkida && quantizer.scales.empty())
    quantizer.bufferBits = 31;
  return quantizer;
}

bool Flattener::flattenToNothing(mlir::Operation *op) {
  Value input = op->getOperand(0);
  RangeRequest request;
  request.tensor = tensors.lookup(input);
  if (auto quantizer = dyn_cast<InputQuantizerOp>(op)) {
    if (quantizer.getFixedAttr())
      return false;
    request.layer = quantizer.getLayerName().str();
    request.perAxis = quantizer.getAxis() == Granularity::PerAxis;
    request.minMax = true;
    flat.program.ranges.push_back(request);
  } else if (auto quantizer = dyn_cast<OutputQuantizerOp>(op)) {
    if (quantizer.getFixedAttr())
      return false;
    request.layer = quantizer.getOwner().getLayerName().str();
    request.perAxis = quantizer.getAxis() == Granularity::PerAxis;
    flat.program.ranges.push_back(request);
  } else if (!isa<DequantizerOp>(op) || !cast<RankedTensorType>(input.getType())
                                             .getElementType()
                                             .isF32()) {
    return false;
  }
  tensors[op->getResult(0)] = request.tensor;
  return true;
}

FailureOr<FlatNetwork> Flattener::run() {
  Program &program = flat.program;
  auto module = network->getParentOfType<ModuleOp>();
  program.name = module.getSymName().value_or("model").str();
  program.arithmetic = getArithmetic(network);
  for (BlockArgument argument : network.getArguments()) {
    auto name = network.getArgAttrOfType<StringAttr>(argument.getArgNumber(),
                                                     inputNameAttrName);
    program.inputs.push_back(
        {addTensor(argument, {}), name ? name.str() : "input"});
  }

  for (mlir::Operation &op : network.front().without_terminator()) {
    if (flattenToNothing(&op))
      continue;
    if (auto weighted = dyn_cast<WeightedLayerOpInterface>(op)) {
      std::string reason = weighted.whyNotQuantizable();
      if (!reason.empty())
        return op.emitError() << "layer '" << weighted.getLayerName()
                              << "' can't be executed: it has " << reason;
    }
    FixedAttr fixed = op.getAttrOfType<FixedAttr>("fixed");
    mlir::Operation *owner = &op;
    if (auto quantizer = dyn_cast<OutputQuantizerOp>(op))
      owner = quantizer.getOwner();
    Operation step{
        llvm::TypeSwitch<mlir::Operation *, OperationKind>(&op)
            .Case<RescalingOp, InputQuantizerOp, Conv2DOp, DepthwiseConv2DOp,
                  SeparableConv2DOp, DenseOp, BatchNormOp, ReLUOp, SoftmaxOp,
                  ZeroPadding2DOp, MaxPool2DOp, GlobalAveragePool2DOp, AddOp,
                  FlattenOp, ReshapeOp, DropoutOp, OutputQuantizerOp,
                  DequantizerOp>([&](auto typed) { return flatten(typed); }),
        cast<LayerOpInterface>(owner).getLayerName().str(),
        {},
        -1};
    if (auto separable = dyn_cast<SeparableConv2DOp>(op))
      step.inputs.push_back(addDepthwise(separable));
    else
      for (Value operand : op.getOperands())
        step.inputs.push_back(tensors.lookup(operand));
    step.output = addTensor(op.getResult(0), fixed);
    program.operations.push_back(std::move(step));
  }

  for (LayerOpInterface layer : getLayersInOrder(network))
    flat.layers.push_back(
        {layer, layer.getLayerName().str(), tensors.lookup(getOutput(layer))});
  for (Value output : network.front().getTerminator()->getOperands()) {
    LayerOpInterface layer = getProducer(output);
    // Results are known by the layer that computes them.
    if (layer && isa<DequantizerOp>(*layer))
      layer = getProducer(layer->getOperand(0));
    int tensor = tensors.lookup(output);
    int input = inputIndexOf(program, tensor);
    program.outputs.push_back({tensor, layer        ? layer.getLayerName().str()
                                       : input >= 0 ? program.inputs[input].name
                                                    : "input"});
  }
  return std::move(flat);
}

FailureOr<FlatNetwork> flattenNetwork(func::FuncOp network) {
  return Flattener(network).run();
}

} // namespace qml
