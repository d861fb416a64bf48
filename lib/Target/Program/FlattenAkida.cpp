//===- FlattenAkida.cpp - A hardware model as a plain program -------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A hardware layer becomes the plain operations that its formula is made of
// (the akida dialect's descriptions), under Arithmetic::Akida: executors know
// no hardware layers, and their kernels serve both forms of a network.
//
//===----------------------------------------------------------------------===//

#include "qml/Target/Program/Flatten.h"

#include "qml/Dialect/Akida/IR/AkidaOps.h"
#include "qml/Dialect/QML/IR/ShapeInference.h"

#include "llvm/ADT/TypeSwitch.h"

#include <cstring>

using namespace mlir;
using namespace qml::akida;

namespace qml {

namespace {

class ModelFlattener {
public:
  explicit ModelFlattener(ModelOp model) : model(model) {}

  FlatNetwork run();

private:
  void flattenBlock(Block &block);
  /// Adds the operations of a layer; the tensor of its result.
  int flatten(mlir::Operation *layer);
  int flattenProduct(mlir::Operation *layer);
  int flattenV1(mlir::Operation *layer);
  int flattenQuantizer(QuantizerOp op);
  int flattenAdd(akida::AddOp op);
  int flattenRecurrent(StatefulRecurrentOp op);
  int flattenPico(PicoPostProcessingOp op);

  int addTensor(Shape shape, ElementType type, std::optional<int> valueBits);
  /// An operation of the current layer; the tensor of its result.
  int add(OperationKind kind, std::vector<int> inputs, Shape shape,
          ElementType type, std::optional<int> valueBits);
  /// The same with a result of 64 bits.
  int add(OperationKind kind, std::vector<int> inputs, Shape shape,
          int valueBits) {
    return add(std::move(kind), std::move(inputs), std::move(shape),
               ElementType::I64, valueBits);
  }
  /// The same with the type of the layer's own result.
  int addResult(mlir::Operation *layer, OperationKind kind,
                std::vector<int> inputs);

  int addMaxPool(const Windows &windows, int input);
  int finish(mlir::Operation *layer, int sums);
  int scaleOut(mlir::Operation *layer, int input, StringRef prefix, int bits);

  Constant makeConstant(ElementsAttr elements);
  /// Integers that are not stored as such.
  Constant makeInt32s(const std::vector<int64_t> &values);
  Constant makeBias(mlir::Operation *layer, int bits);
  /// The kernel turned by half a turn.
  Constant makeTurned(ElementsAttr elements);
  Constant makeV1Matrix(FullyConnectedOp op);

  const Shape &shapeOf(int tensor) const {
    return flat.program.tensors[tensor].shape;
  }
  int bitsOf(int tensor) const {
    return flat.program.tensors[tensor].fixed->valueBits;
  }

  ModelOp model;
  FlatNetwork flat;
  DenseMap<Value, int> tensors;
  std::string layerName;
};

} // namespace

static int64_t parameter(mlir::Operation *layer, StringRef name) {
  return getParameter(layer, name);
}

static std::vector<int32_t> readInts(mlir::Operation *layer, StringRef name) {
  std::vector<int64_t> values = readVariable(layer, name);
  return std::vector<int32_t>(values.begin(), values.end());
}

/// Values `base << shift`, saturated to `bits` bits with a sign.
static std::vector<int64_t> readShifted(mlir::Operation *layer, StringRef base,
                                        StringRef shift, int bits) {
  std::vector<int64_t> values = readVariable(layer, base);
  std::vector<int64_t> shifts = readVariable(layer, shift);
  IntegerRange range = integerRange(bits - 1, Arithmetic::Akida);
  for (size_t i = 0; i != values.size(); ++i)
    values[i] = shiftLeft(values[i], shifts[i], range);
  return values;
}

static Shape shapeOfValue(Value value) {
  ArrayRef<int64_t> shape = cast<RankedTensorType>(value.getType()).getShape();
  return Shape(shape.begin() + 1, shape.end());
}

//===----------------------------------------------------------------------===//
// Tensors, operations, constants
//===----------------------------------------------------------------------===//

int ModelFlattener::addTensor(Shape shape, ElementType type,
                              std::optional<int> valueBits) {
  Tensor tensor;
  tensor.shape = std::move(shape);
  tensor.type = type;
  if (valueBits)
    tensor.fixed = Fixed{*valueBits, {0}, {}};
  flat.program.tensors.push_back(std::move(tensor));
  return flat.program.tensors.size() - 1;
}

int ModelFlattener::add(OperationKind kind, std::vector<int> inputs,
                        Shape shape, ElementType type,
                        std::optional<int> valueBits) {
  int output = addTensor(std::move(shape), type, valueBits);
  flat.program.operations.push_back(
      {std::move(kind), layerName, std::move(inputs), output});
  return output;
}

int ModelFlattener::addResult(mlir::Operation *layer, OperationKind kind,
                              std::vector<int> inputs) {
  Value result = layer->getResult(0);
  Type type = cast<RankedTensorType>(result.getType()).getElementType();
  return add(std::move(kind), std::move(inputs), shapeOfValue(result),
             *getElementType(type), getFormat(result).valueBits());
}

Constant ModelFlattener::makeConstant(ElementsAttr elements) {
  return viewConstant(elements, flat.storage);
}

Constant ModelFlattener::makeInt32s(const std::vector<int64_t> &values) {
  std::vector<char> &storage = flat.storage.emplace_back(values.size() * 4);
  for (size_t i = 0; i != values.size(); ++i) {
    int32_t value = static_cast<int32_t>(values[i]);
    std::memcpy(storage.data() + i * 4, &value, 4);
  }
  return {
      ElementType::I32, {static_cast<int64_t>(values.size())}, storage.data()};
}

Constant ModelFlattener::makeBias(mlir::Operation *layer, int bits) {
  if (!layer->hasAttr("bias"))
    return {};
  return makeInt32s(readShifted(layer, "bias", "bias_shift", bits));
}

Constant ModelFlattener::makeTurned(ElementsAttr elements) {
  Constant constant = makeConstant(elements);
  int64_t taps = constant.shape[0] * constant.shape[1];
  if (taps == 1)
    return constant;
  int64_t bytes = constant.shape[2] * constant.shape[3];
  std::vector<char> &storage = flat.storage.emplace_back(taps * bytes);
  turnTaps(constant.as<char>(), taps, bytes, storage.data());
  constant.data = storage.data();
  return constant;
}

Constant ModelFlattener::makeV1Matrix(FullyConnectedOp op) {
  Constant constant = makeConstant(op.getWeights());
  Image image = getImage(op.getInput());
  int64_t units = op.getUnits();
  std::vector<char> &storage =
      flat.storage.emplace_back(image.elements() * units);
  forEachV1Row(image, [&](int64_t element, int64_t row) {
    std::memcpy(storage.data() + element * units,
                constant.as<char>() + row * units, units);
  });
  return {ElementType::I8, {image.elements(), units}, storage.data()};
}

//===----------------------------------------------------------------------===//
// Parts of layers
//===----------------------------------------------------------------------===//

/// Extents before and after along one axis, and of the result.
static void placeWindow(Window &window, int axis, int64_t extent,
                        int64_t kernel, int64_t stride,
                        akida::Padding padding) {
  window.kernel[axis] = kernel;
  window.strides[axis] = stride;
  if (padding == akida::Padding::Valid)
    return;
  Pads pads = inferSamePads(extent, kernel, stride, /*dilation=*/1);
  bool isUpper = padding == akida::Padding::SameUpper;
  window.padBegin[axis] = isUpper ? pads.after : pads.before;
  window.padEnd[axis] = isUpper ? pads.before : pads.after;
}

static Window makeWindow(const Shape &image, const int64_t (&kernel)[2],
                         const int64_t (&strides)[2], akida::Padding padding) {
  Window window;
  for (int axis = 0; axis != 2; ++axis)
    placeWindow(window, axis, image[axis], kernel[axis], strides[axis],
                padding);
  return window;
}

static Shape applyWindow(const Window &window, const Shape &image,
                         int64_t channels) {
  Shape shape = {0, 0, channels};
  for (int axis = 0; axis != 2; ++axis)
    shape[axis] = (image[axis] + window.padBegin[axis] + window.padEnd[axis] -
                   window.kernel[axis]) /
                      window.strides[axis] +
                  1;
  return shape;
}

int ModelFlattener::scaleOut(mlir::Operation *layer, int input,
                             StringRef prefix, int bits) {
  OutputQuantizer quantizer;
  quantizer.bufferBits = parameter(layer, "post_op_buffer_bits") - 1;
  quantizer.scales = readInts(layer, (prefix + "_scales").str());
  quantizer.shift = readInts(layer, (prefix + "_shift").str());
  if (prefix == "activation")
    return add(quantizer, {input}, shapeOf(input), bits - 1);
  quantizer.isUnsigned = bits <= 4;
  return addResult(layer, quantizer, {input});
}

int ModelFlattener::addMaxPool(const Windows &windows, int input) {
  const Shape image = shapeOf(input);
  Window window =
      makeWindow(image, windows.pool, windows.poolStrides, windows.padding);
  return add(MaxPool2D{window}, {input}, applyWindow(window, image, image[2]),
             bitsOf(input));
}

/// Pool, activation and output of 2.0's layers.
int ModelFlattener::finish(mlir::Operation *layer, int sums) {
  int bits = parameter(layer, "post_op_buffer_bits");
  auto pool = PoolType::NoPooling;
  int tensor = sums;
  if (hasParameter(layer, "pool_type")) {
    Windows windows = getWindows(layer);
    pool = windows.poolType;
    if (pool == PoolType::Max)
      tensor = addMaxPool(windows, tensor);
  }
  switch (static_cast<akida::Activation>(parameter(layer, "activation"))) {
  case akida::Activation::NoActivation:
    break;
  case akida::Activation::ReLU: {
    ReLU relu;
    relu.integerMaxValue =
        readShifted(layer, "max_value", "max_value_shift", bits);
    tensor = add(relu, {tensor}, shapeOf(tensor),
                 std::max(bitsOf(tensor), bits - 1));
    break;
  }
  case akida::Activation::LUT:
    tensor = scaleOut(layer, tensor, "activation", 11);
    tensor = add(LookUp{readInts(layer, "lut_values"), -1024}, {tensor},
                 shapeOf(tensor), 31);
    break;
  }
  if (pool == PoolType::Average) {
    AccumulatorRules rules;
    rules.bufferBits = bits - 1;
    rules.boundsInput = false;
    tensor = add(GlobalAveragePool2D{rules}, {tensor},
                 {1, 1, shapeOf(tensor)[2]}, bits - 1);
  }
  return scaleOut(layer, tensor, "output", parameter(layer, "output_bits"));
}

//===----------------------------------------------------------------------===//
// Layers
//===----------------------------------------------------------------------===//

int ModelFlattener::flattenProduct(mlir::Operation *layer) {
  int input = tensors.lookup(layer->getOperand(0));
  Shape image = shapeOf(input);
  int64_t outputs = getNumOutputs(layer);
  int bias = parameter(layer, "post_op_buffer_bits");
  auto weights = layer->getAttrOfType<ElementsAttr>("weights");
  AccumulatorRules rules;
  rules.bufferBits = parameter(layer, "buffer_bits") - 1;
  rules.biasBits = bias - 1;
  rules.wrapsAround = !isa<Dense1DOp, DepthwiseBufferTempConvOp>(layer);
  if (layer->hasAttr("input_shift"))
    rules.inputShift = readInts(layer, "input_shift");

  if (isa<InputConv2DOp, akida::Conv2DOp, akida::DepthwiseConv2DOp>(layer)) {
    Conv2D conv;
    conv.depthwise = isa<akida::DepthwiseConv2DOp>(layer);
    Windows windows = getWindows(layer);
    conv.window =
        makeWindow(image, windows.kernel, windows.strides, windows.padding);
    if (isa<InputConv2DOp>(layer)) {
      rules.saturatesOnce = true;
      rules.boundsInput = false;
      rules.biasBits = rules.bufferBits;
      conv.kernel = makeConstant(weights);
      if (layer->hasAttr("padding_value"))
        conv.integerPadding = readVariable(layer, "padding_value");
    } else {
      conv.kernel = makeTurned(weights);
    }
    conv.bias = makeBias(layer, bias);
    conv.accumulator = rules;
    return finish(layer,
                  add(conv, {input}, applyWindow(conv.window, image, outputs),
                      rules.getBiasBits()));
  }
  if (isa<Conv2DTransposeOp, DepthwiseConv2DTransposeOp>(layer)) {
    Conv2DTranspose conv;
    conv.depthwise = isa<DepthwiseConv2DTransposeOp>(layer);
    conv.kernel = makeConstant(weights);
    conv.bias = makeBias(layer, bias);
    conv.accumulator = rules;
    return finish(layer, add(conv, {input},
                             {2 * image[0], 2 * image[1], outputs}, bias - 1));
  }
  if (isa<Dense1DOp>(layer)) {
    Dense dense;
    dense.kernel = makeConstant(weights);
    dense.bias = makeBias(layer, bias);
    dense.accumulator = rules;
    input = add(AlignedReshape(), {input}, {1, 1, numElements(image)},
                bitsOf(input));
    return finish(layer, add(dense, {input}, {1, 1, outputs}, bias - 1));
  }

  // Layers that remember their last inputs.
  int64_t length = parameter(layer, "fifo_size");
  int memory = tensors.lookup(layer->getOperand(1));
  int queue = add(Push(), {input, memory}, shapeOf(memory), bitsOf(memory));
  tensors[layer->getResult(1)] = queue;
  if (isa<DepthwiseBufferTempConvOp>(layer)) {
    TemporalSum sum;
    sum.kernel = makeConstant(weights);
    sum.kernel.shape = {length, image[2]};
    sum.bias = makeBias(layer, bias);
    sum.accumulator = rules;
    return finish(layer, add(sum, {queue}, image, bias - 1));
  }
  Conv2D conv;
  conv.kernel = makeConstant(weights);
  conv.bias = makeBias(layer, bias);
  std::vector<int32_t> once = rules.inputShift;
  for (int64_t t = 1; t < length && !once.empty(); ++t)
    rules.inputShift.insert(rules.inputShift.end(), once.begin(), once.end());
  conv.accumulator = rules;
  queue = add(AlignedReshape(), {queue},
              {image[0], image[1], length * image[2]}, bitsOf(queue));
  return finish(layer,
                add(conv, {queue}, {image[0], image[1], outputs}, bias - 1));
}

int ModelFlattener::flattenQuantizer(QuantizerOp op) {
  InputQuantizer quantizer;
  quantizer.zeroPoints = readInts(op, "zero_points");
  quantizer.scales = readFloatVariable(op, "scales");
  quantizer.isUnsigned = !op.getOutputSigned();
  return addResult(op, quantizer, {tensors.lookup(op.getInput())});
}

int ModelFlattener::flattenAdd(akida::AddOp op) {
  int bits = op.getBufferBits() - 1;
  int a = tensors.lookup(op.getA()), b = tensors.lookup(op.getB());
  Add sum{bits, readInts(op, "a_shift"), readInts(op, "b_shift")};
  int tensor = add(sum, {a, b}, shapeOf(a), bits);
  OutputQuantizer quantizer;
  quantizer.bufferBits = bits;
  quantizer.shift = readInts(op, "output_shift");
  return addResult(op, quantizer, {tensor});
}

int ModelFlattener::flattenRecurrent(StatefulRecurrentOp op) {
  int input = tensors.lookup(op.getInput());
  int memory = tensors.lookup(op.getMemory());
  int64_t states = op.getStatefulChannels(), outputs = op.getOutputChannels();
  int bufferBits = op.getBufferBits() - 1;
  int postBits = op.getPostOpBufferBits();
  Shape image = shapeOf(input);
  int64_t steps = image[1];
  auto project = [&](StringRef name, int from, int64_t channels,
                     std::vector<int32_t> shift, Constant bias) {
    Dense dense;
    dense.kernel = op->hasAttr(name)
                       ? makeConstant(op->getAttrOfType<ElementsAttr>(name))
                       : makeInt32s(readVariable(op, name));
    dense.kernel.shape = {shapeOf(from).back(), channels};
    dense.bias = bias;
    dense.accumulator.bufferBits = bufferBits;
    dense.accumulator.boundsInput = name == "in_proj";
    dense.accumulator.inputShift = std::move(shift);
    Shape shape = shapeOf(from);
    shape.back() = channels;
    return add(dense, {from}, shape, bufferBits);
  };
  int tensor =
      project("in_proj", input, states, readInts(op, "input_shift"), {});
  OutputQuantizer scale;
  scale.bufferBits = postBits - 1;
  scale.scales = readInts(op, "new_state_scale");
  scale.shift = readInts(op, "new_state_shift");
  scale.isUnsigned = postBits <= 4;
  tensor = add(scale, {tensor}, shapeOf(tensor),
               scale.isUnsigned ? postBits : postBits - 1);

  Recurrence recurrence;
  recurrence.real = readInts(op, "A_real");
  recurrence.imaginary = readInts(op, "A_imag");
  recurrence.shift = readInts(op, "internal_state_outputs_shift");
  recurrence.bufferBits = postBits - 1;
  recurrence.stateBits = op.getInternalStateBits() - 1;
  int all = add(recurrence, {tensor, memory}, {2, steps, states},
                recurrence.stateBits);
  tensors[op.getNewMemory()] =
      add(Rows{steps - 1, steps}, {all}, {2, states}, recurrence.stateBits);
  int64_t subsample = op.getSubsample();
  tensor = add(Rows{subsample - 1, subsample}, {all},
               {1, steps / subsample, states}, recurrence.stateBits);
  return finish(op, project("out_proj", tensor, outputs, {},
                            makeBias(op, bufferBits + 1)));
}

int ModelFlattener::flattenPico(PicoPostProcessingOp op) {
  DifferenceTest test;
  test.bufferBits = op.getBufferBits() - 1;
  test.scales = readInts(op, "input_scales");
  test.shift = readInts(op, "input_shift");
  test.threshold = readInts(op, "threshold");
  return add(
      test, {tensors.lookup(op.getPrediction()), tensors.lookup(op.getTruth())},
      shapeOfValue(op.getResult()), ElementType::I8, 7);
}

int ModelFlattener::flattenV1(mlir::Operation *layer) {
  constexpr int sumBits = 31, poolBits = 19;
  int input = tensors.lookup(layer->getOperand(0));
  Shape image = shapeOf(input);
  int64_t outputs = getNumOutputs(layer);
  auto weights = layer->getAttrOfType<ElementsAttr>("weights");
  AccumulatorRules rules;
  rules.bufferBits = sumBits;
  rules.wrapsAround = true;
  int tensor;
  if (auto dense = dyn_cast<FullyConnectedOp>(layer)) {
    Dense product;
    product.kernel = makeV1Matrix(dense);
    product.accumulator = rules;
    product.accumulator.biasBits = poolBits;
    tensor = add(AlignedReshape(), {input}, {1, 1, numElements(image)},
                 bitsOf(input));
    tensor = add(product, {tensor}, {1, 1, outputs}, poolBits);
  } else {
    Windows windows = getWindows(layer);
    PoolType pool = windows.poolType;
    bool isInput = isa<InputConvolutionalOp>(layer);
    bool saturates = (pool == PoolType::Max &&
                      (windows.pool[0] != 1 || windows.pool[1] != 1)) ||
                     (pool == PoolType::Average && isa<ConvolutionalOp>(layer));
    Conv2D conv;
    conv.window =
        makeWindow(image, windows.kernel, windows.strides, windows.padding);
    conv.kernel = isInput ? makeConstant(weights) : makeTurned(weights);
    conv.accumulator = rules;
    if (isInput)
      conv.integerPadding = {parameter(layer, "padding_value")};
    Shape shape = applyWindow(conv.window, image, outputs);
    if (auto separable = dyn_cast<SeparableConvolutionalOp>(layer)) {
      conv.depthwise = true;
      Shape middle = shape;
      middle.back() = image[2];
      tensor = add(conv, {input}, middle, sumBits);
      conv = Conv2D();
      conv.kernel = makeConstant(separable.getWeightsPw());
      conv.accumulator = rules;
    } else {
      tensor = input;
    }
    if (saturates)
      conv.accumulator.biasBits = poolBits;
    tensor = add(conv, {tensor}, shape, conv.accumulator.getBiasBits());
    if (pool == PoolType::Max) {
      tensor = addMaxPool(windows, tensor);
    } else if (pool == PoolType::Average) {
      AccumulatorRules sum;
      sum.bufferBits = poolBits;
      sum.boundsInput = false;
      tensor =
          add(GlobalAveragePool2D{sum}, {tensor}, {1, 1, outputs}, poolBits);
    }
  }
  if (!parameter(layer, "activation"))
    return addResult(layer, AlignedReshape(), {tensor});
  StepActivation activation;
  activation.bits = parameter(layer, "act_bits");
  activation.threshold = readInts(layer, "threshold");
  for (float step : readFloatVariable(layer, "act_step"))
    activation.sixteenths.push_back(static_cast<int64_t>(16.0f * step));
  return addResult(layer, activation, {tensor});
}

int ModelFlattener::flatten(mlir::Operation *layer) {
  int input = tensors.lookup(layer->getOperand(0));
  return llvm::TypeSwitch<mlir::Operation *, int>(layer)
      .Case<InputDataOp>([&](auto op) {
        // Values of fewer bits than their type holds are checked.
        Tensor &tensor = flat.program.tensors[input];
        if (!tensor.fixed)
          tensor.fixed = Fixed{getFormat(op.getResult()).valueBits(), {0}, {}};
        return input;
      })
      .Case<QuantizerOp>([&](auto op) { return flattenQuantizer(op); })
      .Case<akida::DequantizerOp>([&](auto op) {
        return add(Dequantizer{readFloatVariable(op, "scales")}, {input},
                   shapeOfValue(op.getResult()), ElementType::F32,
                   std::nullopt);
      })
      .Case<akida::AddOp>([&](auto op) { return flattenAdd(op); })
      .Case<ConcatenateOp>([&](auto op) {
        return addResult(op, Concatenate(), {input, tensors.lookup(op.getB())});
      })
      .Case<StatefulRecurrentOp>([&](auto op) { return flattenRecurrent(op); })
      .Case<PicoPostProcessingOp>([&](auto op) { return flattenPico(op); })
      .Case<InputConvolutionalOp, ConvolutionalOp, SeparableConvolutionalOp,
            FullyConnectedOp>([&](auto op) { return flattenV1(op); })
      .Default([&](auto op) { return flattenProduct(op); });
}

//===----------------------------------------------------------------------===//
// The walk
//===----------------------------------------------------------------------===//

void ModelFlattener::flattenBlock(Block &block) {
  for (mlir::Operation &op : block.without_terminator()) {
    if (auto sequence = dyn_cast<SequenceOp>(op)) {
      Block &body = sequence.getBody().front();
      flattenBlock(body);
      for (auto [result, value] : llvm::zip(
               sequence.getResults(), body.getTerminator()->getOperands()))
        tensors[result] = tensors.lookup(value);
      continue;
    }
    layerName = cast<akida::LayerOpInterface>(op).getLayerName().str();
    int result = flatten(&op);
    tensors[op.getResult(0)] = result;
    flat.layers.push_back({&op, layerName, result});
  }
}

FlatNetwork ModelFlattener::run() {
  Program &program = flat.program;
  program.name = model.getSymName().str();
  program.arithmetic = Arithmetic::Akida;
  Block &body = model.getBody().front();
  for (BlockArgument argument : body.getArguments()) {
    auto type = cast<RankedTensorType>(argument.getType());
    ElementType element = *getElementType(type.getElementType());
    if (argument.getArgNumber() == 0) {
      tensors[argument] =
          addTensor(shapeOfValue(argument), element, std::nullopt);
      continue;
    }
    // A memory has no batch.
    Shape shape(type.getShape().begin(), type.getShape().end());
    int bits = sizeOf(element) * 8 - (element == ElementType::U8 ? 0 : 1);
    tensors[argument] = addTensor(shape, element, bits);
  }
  program.inputs = {
      {tensors.lookup(model.getInput()), model.getInputName().str()}};

  flattenBlock(body);
  OperandRange results = body.getTerminator()->getOperands();
  for (unsigned i = 1; i != results.size(); ++i)
    program.states.push_back(
        {tensors.lookup(body.getArgument(i)), tensors.lookup(results[i])});

  // What the model predicts: the last layer of 1.0 rescales its sums itself.
  int result = tensors.lookup(results.front());
  mlir::Operation *last = getLayerOf(results.front());
  std::string name = cast<akida::LayerOpInterface>(last).getLayerName().str();
  bool isV1Sum = isa<InputConvolutionalOp, ConvolutionalOp,
                     SeparableConvolutionalOp, FullyConnectedOp>(last) &&
                 !parameter(last, "activation");
  if (isV1Sum) {
    layerName = name;
    result = add(StepDequantizer{readInts(last, "threshold"),
                                 readFloatVariable(last, "act_step")},
                 {result}, shapeOf(result), ElementType::F32, std::nullopt);
  }
  if (auto dequantizer = dyn_cast<akida::DequantizerOp>(last))
    if (auto before = dyn_cast_or_null<akida::LayerOpInterface>(
            getLayerOf(dequantizer.getInput())))
      name = before.getLayerName().str();
  program.outputs.push_back({result, name});
  return std::move(flat);
}

FlatNetwork flattenModel(ModelOp model) { return ModelFlattener(model).run(); }

} // namespace qml
