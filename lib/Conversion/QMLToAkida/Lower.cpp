//===- Lower.cpp - Hardware layers made of groups -------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Many layers become one, so that there are no patterns for them (see
// docs/Rationale.md). Makes the model of both versions; parameters and
// variables are those that cnn2snn 2.19.3 sets for the same integers. Where the
// reference's are wrong, see docs/Rationale.md.
//
//===----------------------------------------------------------------------===//

#include "Lower.h"

#include "qml/Dialect/QML/IR/SampleLayout.h"
#include "qml/Program/ChipParts.h"

#include "llvm/ADT/TypeSwitch.h"

#include <cmath>

using namespace mlir;
using qml::akida::Version;

namespace qml {
namespace conversion {

//===----------------------------------------------------------------------===//
// Attributes
//===----------------------------------------------------------------------===//

template <typename T>
static std::vector<T> spread(ArrayRef<T> values, int64_t count) {
  if (static_cast<int64_t>(values.size()) == count)
    return values.vec();
  return std::vector<T>(count, values.front());
}

ElementsAttr AttributeMaker::integers(StringRef key, ElementType type,
                                      int64_t count, ArrayRef<int64_t> values) {
  auto tensor = RankedTensorType::get(
      {count}, makeElementType(builder.getContext(), type));
  return makeNumbers(tensor, name + "_" + key.str(), spread(values, count));
}

ElementsAttr AttributeMaker::floats(StringRef key, int64_t count,
                                    ArrayRef<float> values) {
  auto tensor = RankedTensorType::get({count}, builder.getF32Type());
  return makeFloatNumbers(tensor, name + "_" + key.str(),
                          spread(values, count));
}

ElementsAttr AttributeMaker::reshaped(StringRef key, ElementsAttr elements,
                                      ArrayRef<int64_t> shape) {
  auto type = RankedTensorType::get(
      shape, cast<ShapedType>(elements.getType()).getElementType());
  return makeNumbers(type, name + "_" + key.str(), readIntegers(elements));
}

akida::PoolType getPoolType(const HardwareGroup &group) {
  return group.maxPool   ? akida::PoolType::Max
         : group.average ? akida::PoolType::Average
                         : akida::PoolType::NoPooling;
}

std::vector<float> getDequantizerScales(DequantizerOp dequantizer) {
  FixedAttr fixed = getFixed(dequantizer.getInput());
  // Integers of the network's input stand for themselves.
  if (!fixed)
    return {1.0f};
  std::vector<int64_t> fracBits = readIntegers(fixed.getFracBits());
  std::vector<float> scales =
      fixed.getScale() ? readFloats(fixed.getScale()) : std::vector<float>{1};
  std::vector<float> result(std::max(fracBits.size(), scales.size()));
  for (size_t i = 0; i != result.size(); ++i)
    result[i] = scales[scales.size() == 1 ? 0 : i] *
                std::ldexp(1.0f, -fracBits[fracBits.size() == 1 ? 0 : i]);
  return result;
}

//===----------------------------------------------------------------------===//
// Layers of 2.0
//===----------------------------------------------------------------------===//

/// Under the reference's rules products have
/// as many value bits as the quantizer's buffer says, and a sign: one bit more,
/// which the reference's converter forgets. The hardware has 32 at most.
int64_t getPostBits(const HardwareGroup &group) {
  OutputQuantizerOp quantizer = group.quantizer;
  if (!quantizer)
    quantizer = group.code;
  if (!quantizer)
    return 32;
  int64_t bits = quantizer.getBufferBitwidth();
  bool isExact = getArithmetic(quantizer) == Arithmetic::Akida;
  return isExact ? bits : std::min<int64_t>(bits + 1, 32);
}

namespace {

/// Makes the properties of one layer.
class PropertyMaker {
public:
  explicit PropertyMaker(HardwareGroup &group)
      : group(group), main(group.main), context(main->getContext()),
        make(context, main.getLayerName()) {}

  akida::QuantizerOp::Properties makeQuantizer();
  akida::DequantizerOp::Properties makeDequantizer(Value input);
  akida::AddOp::Properties makeAdd();
  akida::Dense1DOp::Properties makeDense(Value input);
  akida::StatefulRecurrentOp::Properties makeRecurrent();
  akida::PicoPostProcessingOp::Properties makePico();
  /// Of input convolutions, convolutions and depthwise ones.
  template <typename OpT>
  typename OpT::Properties makeConv();
  /// Of transposed convolutions.
  template <typename OpT, typename LayerT>
  typename OpT::Properties makeTransposed();
  /// Of convolutions over time.
  template <typename OpT, typename LayerT>
  typename OpT::Properties makeTemporal();

private:
  template <typename PropertiesT>
  void setOutput(PropertiesT &properties, int64_t bufferBits, int64_t outputs);
  template <typename PropertiesT>
  void setActivation(PropertiesT &properties, int64_t bufferBits,
                     int64_t outputs);
  template <typename PropertiesT>
  void setLookUp(PropertiesT &properties, int64_t bufferBits, int64_t outputs);
  template <typename PropertiesT, typename OpT>
  void setInputShift(PropertiesT &properties, OpT op);
  template <typename PropertiesT, typename OpT>
  void setWeights(PropertiesT &properties, OpT op);
  template <typename PropertiesT, typename OpT>
  void setConv(PropertiesT &properties, OpT op);

  HardwareGroup &group;
  LayerOpInterface main;
  MLIRContext *context;
  AttributeMaker make;
};

} // namespace

/// A quantizer's shifts. What is shifted further is zero, or minus one.
static std::vector<int64_t> readShifts(OutputQuantizerOp quantizer,
                                       int64_t bufferBits) {
  std::vector<int64_t> shifts = readIntegers(quantizer.getShiftAttr());
  for (int64_t &shift : shifts)
    shift = std::max(shift, 1 - bufferBits);
  return shifts;
}

template <typename PropertiesT>
void PropertyMaker::setOutput(PropertiesT &properties, int64_t bufferBits,
                              int64_t outputs) {
  OutputQuantizerOp quantizer = group.quantizer;
  properties.layer_name = make.string(main.getLayerName());
  properties.buffer_bits = make.integer(bufferBits);
  properties.post_op_buffer_bits = make.integer(getPostBits(group));
  properties.output_bits =
      make.integer(quantizer ? quantizer.getBitwidth() : bufferBits);
  if (!quantizer)
    return;
  // Sums are shifted alone.
  if constexpr (!std::is_same_v<PropertiesT, akida::AddOp::Properties>)
    if (quantizer.getScalesAttr())
      properties.output_scales =
          make.integers("output_scales", ElementType::U8, outputs,
                        readIntegers(quantizer.getScalesAttr()));
  properties.output_shift =
      make.integers("output_shift", ElementType::I8, outputs,
                    readShifts(quantizer, bufferBits));
}

template <typename PropertiesT>
void PropertyMaker::setLookUp(PropertiesT &properties, int64_t bufferBits,
                              int64_t outputs) {
  properties.activation =
      akida::ActivationAttr::get(context, akida::Activation::LUT);
  if (group.code.getScalesAttr())
    properties.activation_scales =
        make.integers("activation_scales", ElementType::U8, outputs,
                      readIntegers(group.code.getScalesAttr()));
  properties.activation_shift =
      make.integers("activation_shift", ElementType::I8, outputs,
                    readShifts(group.code, bufferBits));
  std::vector<int64_t> table = readIntegers(group.activation.getTableAttr());
  properties.lut_values = make.integers("lut_values", ElementType::I32,
                                        int64_t(table.size()), table);
}

template <typename PropertiesT>
void PropertyMaker::setActivation(PropertiesT &properties, int64_t bufferBits,
                                  int64_t outputs) {
  if (group.activation)
    setLookUp(properties, bufferBits, outputs);
  ReLUOp relu = group.relu;
  if (!relu)
    return;
  properties.activation =
      akida::ActivationAttr::get(context, akida::Activation::ReLU);
  if (!relu.getQuantizedMaxValueAttr())
    return;
  properties.max_value = make.integers(
      "max_value", ElementType::U8, outputs,
      readUnshifted(relu, "quantized_max_value", "max_value_shift"));
  properties.max_value_shift =
      make.integers("max_value_shift", ElementType::U8, outputs,
                    readOr(relu.getMaxValueShiftAttr(), 0));
}

template <typename PropertiesT, typename OpT>
void PropertyMaker::setInputShift(PropertiesT &properties, OpT op) {
  if (op.getInputShiftAttr())
    properties.input_shift = make.integers(
        "input_shift", ElementType::U8, getNumChannels(op.getInput()),
        readIntegers(op.getInputShiftAttr()));
}

template <typename PropertiesT, typename OpT>
void PropertyMaker::setWeights(PropertiesT &properties, OpT op) {
  int64_t outputs = op.getNumOutputChannels();
  properties.weights_bits =
      make.integer(op.getWeightQuantizerAttr().getBitwidth());
  properties.weights = op.getKernel();
  if (op.getBiasAttr()) {
    properties.bias = make.integers("bias", ElementType::I8, outputs,
                                    readUnshifted(op, "bias", "bias_shift"));
    properties.bias_shift =
        make.integers("bias_shift", ElementType::U8, outputs,
                      readOr(op.getBiasShiftAttr(), 0));
  }
  int64_t bufferBits = op.getBufferBitwidth().value_or(32);
  setActivation(properties, bufferBits, outputs);
  setOutput(properties, bufferBits, outputs);
}

template <typename PropertiesT, typename OpT>
void PropertyMaker::setConv(PropertiesT &properties, OpT op) {
  akida::WindowExtents window = getWindow(op);
  properties.kernel_size = make.integer(window.kernel[0]);
  properties.kernel_stride = make.integer(window.strides[0]);
  setPaddingAndPoolType(group, properties);
  if (MaxPool2DOp maxPool = group.maxPool) {
    properties.pool_size = make.integer(maxPool.getPoolSize().front());
    properties.pool_stride = make.integer(maxPool.getStrides().front());
  }
  setWeights(properties, op);
}

template <typename OpT>
typename OpT::Properties PropertyMaker::makeConv() {
  using LayerT =
      std::conditional_t<std::is_same_v<OpT, akida::DepthwiseConv2DOp>,
                         DepthwiseConv2DOp, Conv2DOp>;
  typename OpT::Properties properties;
  auto conv = cast<LayerT>(*main);
  if constexpr (std::is_same_v<LayerT, Conv2DOp>)
    properties.filters = make.integer(conv.getNumOutputChannels());
  setConv(properties, conv);
  if constexpr (std::is_same_v<OpT, akida::InputConv2DOp>) {
    if (conv.getQuantizedPaddingAttr())
      properties.padding_value = make.integers(
          "padding_value", ElementType::U8, getNumChannels(conv.getInput()),
          readAligned(conv, "quantized_padding", "padding_shift"));
  } else {
    setInputShift(properties, conv);
  }
  return properties;
}

template <typename OpT, typename LayerT>
typename OpT::Properties PropertyMaker::makeTransposed() {
  typename OpT::Properties properties;
  auto conv = cast<LayerT>(*main);
  if constexpr (std::is_same_v<OpT, akida::Conv2DTransposeOp>)
    properties.filters = make.integer(conv.getNumOutputChannels());
  properties.kernel_size = make.integer(getShape(conv.getKernel()).front());
  setInputShift(properties, conv);
  setWeights(properties, conv);
  return properties;
}

template <typename OpT, typename LayerT>
typename OpT::Properties PropertyMaker::makeTemporal() {
  typename OpT::Properties properties;
  auto conv = cast<LayerT>(*main);
  SmallVector<int64_t> shape(getShape(conv.getKernel()));
  properties.fifo_size = make.integer(shape.front());
  setInputShift(properties, conv);
  setWeights(properties, conv);
  // Entries of the queue are side by side, as the kernel has them.
  if constexpr (std::is_same_v<OpT, akida::BufferTempConvOp>) {
    properties.filters = make.integer(conv.getNumOutputChannels());
    shape = {1, 1, shape[0] * shape[1], shape[2]};
  } else {
    shape = {1, 1, shape[0], shape[1]};
  }
  properties.weights = make.reshaped("weights", conv.getKernel(), shape);
  return properties;
}

akida::Dense1DOp::Properties PropertyMaker::makeDense(Value input) {
  auto dense = cast<DenseOp>(*main);
  akida::Dense1DOp::Properties properties;
  properties.units = make.integer(dense.getNumOutputChannels());
  // The hardware flattens by itself, and shifts element by element.
  FlattenOp flatten = group.flatten;
  ElementsAttr shiftAttr =
      flatten ? flatten.getInputShiftAttr() : ElementsAttr();
  if (!shiftAttr)
    shiftAttr = dense.getInputShiftAttr();
  if (shiftAttr) {
    std::vector<int64_t> shift = readIntegers(shiftAttr), all;
    int64_t elements = akida::getImage(input).elements();
    for (int64_t i = 0; i != elements; ++i)
      all.push_back(shift[i % shift.size()]);
    properties.input_shift =
        make.integers("input_shift", ElementType::U8, elements, all);
  }
  setWeights(properties, dense);
  return properties;
}

akida::StatefulRecurrentOp::Properties PropertyMaker::makeRecurrent() {
  auto output = cast<StatefulProjectionOp>(*main);
  StatefulProjectionOp input = group.input;
  StatefulRecurrentOp recurrent = group.recurrent;
  akida::StatefulRecurrentOp::Properties properties;
  int64_t states = input.getNumOutputChannels(),
          outputs = output.getNumOutputChannels();
  int64_t bufferBits = output.getBufferBitwidth().value_or(28);
  properties.stateful_channels = make.integer(states);
  properties.output_channels = make.integer(outputs);
  properties.subsample = make.integer(output.getSubsample());
  properties.internal_state_bits = make.integer(group.states.getBitwidth());
  setInputShift(properties, input);
  properties.in_proj = input.getKernel();
  if (recurrent.getNewStateScaleAttr())
    properties.new_state_scale =
        make.integers("new_state_scale", ElementType::U8, states,
                      readIntegers(recurrent.getNewStateScaleAttr()));
  properties.new_state_shift =
      make.integers("new_state_shift", ElementType::I8, states,
                    readIntegers(recurrent.getNewStateShiftAttr()));
  properties.A_real = recurrent.getAReal();
  properties.A_imag = recurrent.getAImag();
  properties.internal_state_outputs_shift =
      make.integers("internal_state_outputs_shift", ElementType::I8, states,
                    -static_cast<int64_t>(*recurrent.getAFracBits()));
  properties.out_proj = output.getKernel();
  if (output.getBiasAttr()) {
    properties.bias =
        make.integers("bias", ElementType::I8, outputs,
                      readUnshifted(output, "bias", "bias_shift"));
    properties.bias_shift =
        make.integers("bias_shift", ElementType::U8, outputs,
                      readOr(output.getBiasShiftAttr(), 0));
  }
  setActivation(properties, bufferBits, outputs);
  setOutput(properties, bufferBits, outputs);
  // What is added to the sums leaves in the wider buffer.
  if (!group.quantizer && (group.relu || output.getBiasAttr()))
    properties.output_bits = properties.post_op_buffer_bits;
  return properties;
}

/// Thresholds of the chip are to be exceeded, those of the network are to be
/// reached.
akida::PicoPostProcessingOp::Properties PropertyMaker::makePico() {
  auto pico = cast<PicoPostProcessingOp>(*main);
  akida::PicoPostProcessingOp::Properties properties;
  int64_t channels = getNumChannels(pico.getResult());
  properties.layer_name = make.string(main.getLayerName());
  properties.buffer_bits =
      make.integer(static_cast<int64_t>(*pico.getBufferBitwidth()));
  properties.input_scales =
      make.integers("input_scales", ElementType::U16, channels,
                    readOr(pico.getScalesAttr(), 1));
  properties.input_shift =
      make.integers("input_shift", ElementType::I8, channels,
                    readIntegers(pico.getShiftAttr()));
  properties.threshold = make.integers(
      "threshold", ElementType::U16, channels,
      static_cast<int64_t>(std::ceil(pico.getThreshold().convertToDouble())) -
          1);
  return properties;
}

akida::AddOp::Properties PropertyMaker::makeAdd() {
  auto add = cast<AddOp>(*main);
  akida::AddOp::Properties properties;
  int64_t channels = getNumChannels(add.getResult());
  properties.a_shift = make.integers("a_shift", ElementType::U8, channels,
                                     readOr(add.getAShiftAttr(), 0));
  properties.b_shift = make.integers("b_shift", ElementType::U8, channels,
                                     readOr(add.getBShiftAttr(), 0));
  setOutput(properties, add.getBufferBitwidth().value_or(32), channels);
  return properties;
}

akida::QuantizerOp::Properties PropertyMaker::makeQuantizer() {
  auto quantizer = cast<InputQuantizerOp>(*main);
  akida::QuantizerOp::Properties properties;
  int64_t channels = getNumChannels(quantizer.getResult());
  properties.layer_name = make.string(main.getLayerName());
  properties.output_bits = make.integer(quantizer.getBitwidth());
  properties.output_signed = make.flag(!quantizer.getIsUnsigned());
  properties.scales =
      make.floats("scales", channels,
                  makeInputScales(readIntegers(
                      getFixed(quantizer.getResult()).getFracBits())));
  if (quantizer.getZeroPointsAttr())
    properties.zero_points =
        make.integers("zero_points", ElementType::U8, channels,
                      readIntegers(quantizer.getZeroPointsAttr()));
  return properties;
}

akida::DequantizerOp::Properties PropertyMaker::makeDequantizer(Value input) {
  akida::DequantizerOp::Properties properties;
  properties.layer_name = make.string(main.getLayerName());
  properties.scales =
      make.floats("scales", akida::getImage(input).channels,
                  getDequantizerScales(cast<DequantizerOp>(*main)));
  return properties;
}

//===----------------------------------------------------------------------===//
// The model
//===----------------------------------------------------------------------===//

namespace {

/// Makes the model of one network.
class ModelMaker {
public:
  ModelMaker(func::FuncOp network, Version version)
      : network(network), version(version), maker(network.getContext()) {}

  FailureOr<akida::ModelOp> run(HardwareGroups &groups);

private:
  Value makeLayer(HardwareGroup &group);
  Value makeInputData(Value input, StringRef name, int64_t bits, Location loc);
  Value makeConcatenations(LayerOpInterface layer, ValueRange operands);
  SmallVector<Value> getOperands(HardwareGroup &group);
  Value addMemory(HardwareGroup &group);
  Value addStates(HardwareGroup &group);
  void makeSequence(akida::ModelOp model, Value result);

  func::FuncOp network;
  Version version;
  LayerMaker maker;
  /// What stands for values of the network.
  DenseMap<Value, Value> values;
  /// The arguments of the model, and its layers with memory, in their order.
  Block *body = nullptr;
  SmallVector<mlir::Operation *> queues;
};

} // namespace

/// A tensor as an image: extents of 1 are put before those of vectors.
static RankedTensorType toImage(RankedTensorType type, Type element) {
  SmallVector<int64_t> shape(4, 1);
  ArrayRef<int64_t> extents = type.getShape();
  shape[0] = extents.front();
  for (size_t i = 1; i < extents.size(); ++i)
    shape[4 - i] = extents[extents.size() - i];
  return RankedTensorType::get(shape, element);
}

Value ModelMaker::makeInputData(Value input, StringRef name, int64_t bits,
                                Location loc) {
  AttributeMaker make(network.getContext(), name);
  akida::InputDataOp::Properties properties;
  properties.layer_name = make.string(name);
  properties.input_bits = make.integer(bits);
  return maker.make<akida::InputDataOp>(loc, input, properties);
}

SmallVector<Value> ModelMaker::getOperands(HardwareGroup &group) {
  bool isInput = group.kind == akida::QuantizerOp::kind || group.isImageInput();
  SmallVector<Value> operands;
  for (Value input : group.inputs) {
    Value value = values.lookup(input);
    // Other layers read an input layer: the model's, which all share, or one of
    // their own after a quantizer.
    auto argument = dyn_cast<BlockArgument>(input);
    if (!isInput && argument && isa<BlockArgument>(value)) {
      int64_t bits = version == Version::V1 ? 4 : 8;
      if (cast<RankedTensorType>(input.getType())
              .getElementType()
              .isSignlessInteger(16))
        bits = 16;
      value = makeInputData(
          value,
          makeUniqueName(network,
                         getInputName(network, argument.getArgNumber())),
          bits, network.getLoc());
      values[input] = value;
    } else if (auto quantizer = value.getDefiningOp<akida::QuantizerOp>();
               quantizer && !isInput && group.inputs.size() == 1) {
      value = makeInputData(value,
                            "InputData_" + std::to_string(maker.numLayers + 1),
                            quantizer.getOutputBits(), quantizer.getLoc());
    }
    operands.push_back(value);
  }
  return operands;
}

/// Another argument of the model: what the hardware keeps of the last inputs.
/// It has no batch, and the type of what is read.
Value ModelMaker::addMemory(HardwareGroup &group) {
  Value input = values.lookup(group.inputs.front());
  auto layer = cast<MemoryLayerOpInterface>(*group.main);
  return body->addArgument(
      RankedTensorType::get(
          getShape(layer.getMemory()).drop_front(),
          cast<RankedTensorType>(input.getType()).getElementType()),
      layer->getLoc());
}

/// The same for the states of a recurrence, real parts first.
Value ModelMaker::addStates(HardwareGroup &group) {
  MLIRContext *context = network.getContext();
  unsigned width = group.states.getBitwidth() <= 16 ? 16 : 32;
  return body->addArgument(
      RankedTensorType::get({2, group.input.getNumOutputChannels()},
                            IntegerType::get(context, width)),
      group.recurrent.getLoc());
}

/// The hardware joins two images at a time. The last one that is made has the
/// layer's name.
Value ModelMaker::makeConcatenations(LayerOpInterface layer,
                                     ValueRange operands) {
  Value joined = operands.front();
  for (size_t i = 1; i != operands.size() && joined; ++i) {
    std::string name = layer.getLayerName().str();
    if (i + 1 != operands.size())
      name = makeUniqueName(network, name + "_" + std::to_string(i));
    akida::ConcatenateOp::Properties properties;
    properties.layer_name = maker.builder.getStringAttr(name);
    joined = maker.make<akida::ConcatenateOp>(
        layer.getLoc(), {joined, operands[i]}, properties);
  }
  return joined;
}

Value ModelMaker::makeLayer(HardwareGroup &group) {
  SmallVector<Value> operands = getOperands(group);
  LayerOpInterface main = group.main;
  PropertyMaker properties(group);
  auto make = [&](auto typed, const auto &values) {
    return maker.make<decltype(typed)>(main->getLoc(), operands, values);
  };
  bool isV1 = version == Version::V1;
  return llvm::TypeSwitch<mlir::Operation *, Value>(main)
      .Case<InputQuantizerOp>([&](auto) {
        return make(akida::QuantizerOp(), properties.makeQuantizer());
      })
      .Case<DequantizerOp>([&](auto dequantizer) {
        // Tests of predictions end a model.
        if (operands.front().getDefiningOp<akida::PicoPostProcessingOp>())
          return operands.front();
        if (!isV1)
          return make(akida::DequantizerOp(),
                      properties.makeDequantizer(operands.front()));
        foldDequantizer(dequantizer, maker.last);
        return operands.front();
      })
      .Case<AddOp>(
          [&](auto) { return make(akida::AddOp(), properties.makeAdd()); })
      .Case<ConcatenateOp>([&](auto concatenate) {
        return makeConcatenations(concatenate, operands);
      })
      .Case<Conv2DOp>([&](auto) {
        if (isV1)
          return lowerV1Group(group, maker, operands.front());
        if (group.isImageInput())
          return make(akida::InputConv2DOp(),
                      properties.makeConv<akida::InputConv2DOp>());
        return make(akida::Conv2DOp(), properties.makeConv<akida::Conv2DOp>());
      })
      .Case<DepthwiseConv2DOp>([&](auto) {
        return make(akida::DepthwiseConv2DOp(),
                    properties.makeConv<akida::DepthwiseConv2DOp>());
      })
      .Case<Conv2DTransposeOp>([&](auto) {
        return make(
            akida::Conv2DTransposeOp(),
            properties
                .makeTransposed<akida::Conv2DTransposeOp, Conv2DTransposeOp>());
      })
      .Case<DepthwiseConv2DTransposeOp>([&](auto) {
        return make(akida::DepthwiseConv2DTransposeOp(),
                    properties.makeTransposed<akida::DepthwiseConv2DTransposeOp,
                                              DepthwiseConv2DTransposeOp>());
      })
      .Case<BufferTempConvOp>([&](auto) {
        operands.push_back(addMemory(group));
        return make(
            akida::BufferTempConvOp(),
            properties
                .makeTemporal<akida::BufferTempConvOp, BufferTempConvOp>());
      })
      .Case<DepthwiseBufferTempConvOp>([&](auto) {
        operands.push_back(addMemory(group));
        return make(akida::DepthwiseBufferTempConvOp(),
                    properties.makeTemporal<akida::DepthwiseBufferTempConvOp,
                                            DepthwiseBufferTempConvOp>());
      })
      .Case<StatefulProjectionOp>([&](auto) {
        operands.push_back(addStates(group));
        return make(akida::StatefulRecurrentOp(), properties.makeRecurrent());
      })
      .Case<PicoPostProcessingOp>([&](auto) {
        return make(akida::PicoPostProcessingOp(), properties.makePico());
      })
      .Case<SeparableConv2DOp>(
          [&](auto) { return lowerV1Group(group, maker, operands.front()); })
      .Case<DenseOp>([&](auto) {
        return isV1 ? lowerV1Group(group, maker, operands.front())
                    : make(akida::Dense1DOp(),
                           properties.makeDense(operands.front()));
      })
      .Default([&](auto) {
        reportLayer(main) << "no " << akida::getLayerInfo(group.kind).type
                          << " is made of it; this is a defect of QML";
        maker.failed = true;
        return Value();
      });
}

void ModelMaker::makeSequence(akida::ModelOp model, Value result) {
  Block &body = model.getBody().front();
  auto first = body.begin();
  if (isa<akida::InputDataOp>(*first) && std::next(first) != body.end())
    ++first;
  auto nameOf = [](mlir::Operation &op) {
    return cast<akida::LayerOpInterface>(op).getLayerName().str();
  };
  std::string name = "SW/" + nameOf(*first);
  if (&*first != &body.back())
    name += "-" + nameOf(body.back());
  maker.builder.setInsertionPointToEnd(&body);
  SmallVector<Value> results = {result};
  for (mlir::Operation *queue : queues)
    results.push_back(queue->getResult(1));
  auto sequence = akida::SequenceOp::create(maker.builder, network.getLoc(),
                                            ValueRange(results).getTypes(),
                                            name, "Software");
  Block *inner = maker.builder.createBlock(&sequence.getBody());
  inner->getOperations().splice(inner->end(), body.getOperations(), first,
                                sequence->getIterator());
  maker.builder.setInsertionPointToEnd(inner);
  akida::YieldOp::create(maker.builder, network.getLoc(), results);
  maker.builder.setInsertionPointToEnd(&body);
  akida::ReturnOp::create(maker.builder, network.getLoc(),
                          sequence.getResults());
}

FailureOr<akida::ModelOp> ModelMaker::run(HardwareGroups &groups) {
  auto module = network->getParentOfType<ModuleOp>();
  BlockArgument input = getInputs(network).front();
  maker.builder.setInsertionPointAfter(network);
  auto model = akida::ModelOp::create(
      maker.builder, network.getLoc(), module.getSymName().value_or("model"),
      version, getInputName(network, input.getArgNumber()));
  if (Attribute layout =
          network.getArgAttr(input.getArgNumber(), layoutAttrName))
    model->setAttr(layoutAttrName, layout);
  auto inputType = cast<RankedTensorType>(input.getType());
  Type element = inputType.getElementType();
  // 1.0 reads unsigned integers of 4 bits where no image is read.
  if (version == Version::V1 && element.isSignlessInteger())
    element =
        IntegerType::get(maker.builder.getContext(), 8, IntegerType::Unsigned);
  body = maker.builder.createBlock(
      &model.getBody(), {}, toImage(inputType, element), network.getLoc());
  values[input] = body->getArgument(0);

  for (HardwareGroup &group : groups.groups) {
    values[group.result] = makeLayer(group);
    if (maker.failed)
      return failure();
    if (isa<MemoryLayerOpInterface>(*group.main) || group.recurrent)
      queues.push_back(maker.last);
  }
  Value result = values.lookup(groups.result);
  if (version == Version::V1)
    limitSteps(model);
  makeSequence(model, result);
  return model;
}

FailureOr<akida::ModelOp> lowerGroups(func::FuncOp network,
                                      HardwareGroups &groups, Version version) {
  return ModelMaker(network, version).run(groups);
}

} // namespace conversion
} // namespace qml
