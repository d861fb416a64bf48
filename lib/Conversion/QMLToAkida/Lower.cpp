//===- Lower.cpp - Hardware layers made of blocks -------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Makes the model of both versions; parameters and variables are those that
// cnn2snn 2.19.3 sets for the same integers. Where the reference's are wrong,
// see docs/Rationale.md.
//
//===----------------------------------------------------------------------===//

#include "Lower.h"

#include "llvm/ADT/TypeSwitch.h"

#include <cmath>

using namespace mlir;
using qml::akida::LayerKind;
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

void LayerAttributes::setVariable(StringRef key, ElementType type,
                                  int64_t count, ArrayRef<int64_t> values) {
  auto tensor = RankedTensorType::get(
      {count}, makeElementType(builder.getContext(), type));
  attributes.set(
      key, makeNumbers(tensor, name + "_" + key.str(), spread(values, count)));
}

void LayerAttributes::setFloats(StringRef key, int64_t count,
                                ArrayRef<float> values) {
  auto tensor = RankedTensorType::get({count}, builder.getF32Type());
  attributes.set(key, makeFloatNumbers(tensor, name + "_" + key.str(),
                                       spread(values, count)));
}

void setPaddingAndPoolType(Block &block, LayerAttributes &attributes) {
  MLIRContext *context = block.main->getContext();
  auto padding = getHardwarePadding(block.main) == Padding::Same
                     ? akida::Padding::Same
                     : akida::Padding::Valid;
  auto pool = block.maxPool   ? akida::PoolType::Max
              : block.average ? akida::PoolType::Average
                              : akida::PoolType::NoPooling;
  attributes.set("padding", akida::PaddingAttr::get(context, padding));
  attributes.set("pool_type", akida::PoolTypeAttr::get(context, pool));
}

std::vector<int64_t> readOr(ElementsAttr elements, int64_t none) {
  return elements ? readIntegers(elements) : std::vector<int64_t>{none};
}

ElementsAttr turnKernel(ElementsAttr kernel, StringRef name,
                        WeightReplacer &replacer) {
  auto type = cast<RankedTensorType>(kernel.getType());
  int64_t taps = type.getDimSize(0) * type.getDimSize(1);
  ArrayRef<char> raw = getRawData(kernel);
  // A splat, or one cell.
  if (taps == 1 || raw.empty())
    return kernel;
  std::vector<char> turned(raw.size());
  akida::turnTaps(raw.data(), taps, raw.size() / taps, turned.data());
  ElementsAttr result =
      makeResource(type, (name + "_weights").str(), std::move(turned));
  replacer.release(kernel);
  return result;
}

std::vector<float> getDequantizerScales(DequantizerOp dequantizer) {
  Operation *producer = dequantizer.getInput().getDefiningOp();
  auto fixed =
      producer ? producer->getAttrOfType<FixedAttr>("fixed") : FixedAttr();
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

std::vector<int64_t> shiftBack(ElementsAttr values, ElementsAttr shifts) {
  std::vector<int64_t> result = readIntegers(values);
  std::vector<int64_t> shift = readOr(shifts, 0);
  for (size_t i = 0; i != result.size(); ++i)
    result[i] >>= shift[shift.size() == 1 ? 0 : i];
  return result;
}

/// `post_op_buffer_bits` of a block. Under the reference's rules products have
/// as many value bits as the quantizer's buffer says, and a sign: one bit more,
/// which the reference's converter forgets. The hardware has 32 at most.
static int64_t getPostBits(Block &block) {
  if (!block.quantizer)
    return 32;
  int64_t bits = block.quantizer.getBufferBitwidth();
  bool isExact = getArithmetic(block.main) == Arithmetic::Akida;
  return isExact ? bits : std::min<int64_t>(bits + 1, 32);
}

static void setOutput(Block &block, LayerAttributes &attributes,
                      int64_t bufferBits, int64_t outputs) {
  attributes.setParameter("buffer_bits", bufferBits);
  attributes.setParameter("post_op_buffer_bits", getPostBits(block));
  OutputQuantizerOp quantizer = block.quantizer;
  attributes.setParameter("output_bits",
                          quantizer ? quantizer.getBitwidth() : bufferBits);
  if (!quantizer)
    return;
  if (quantizer.getScalesAttr())
    attributes.setVariable("output_scales", ElementType::U8, outputs,
                           readIntegers(quantizer.getScalesAttr()));
  // What is shifted further is zero, or minus one.
  std::vector<int64_t> shifts = readIntegers(quantizer.getShiftAttr());
  for (int64_t &shift : shifts)
    shift = std::max(shift, 1 - bufferBits);
  attributes.setVariable("output_shift", ElementType::I8, outputs, shifts);
}

static void setActivation(Block &block, LayerAttributes &attributes,
                          int64_t outputs) {
  MLIRContext *context = block.main->getContext();
  auto activation = akida::Activation::NoActivation;
  if (ReLUOp relu = block.relu) {
    activation = akida::Activation::ReLU;
    if (relu.getQuantizedMaxValueAttr()) {
      attributes.setVariable("max_value", ElementType::U8, outputs,
                             shiftBack(relu.getQuantizedMaxValueAttr(),
                                       relu.getMaxValueShiftAttr()));
      attributes.setVariable("max_value_shift", ElementType::U8, outputs,
                             readOr(relu.getMaxValueShiftAttr(), 0));
    }
  }
  attributes.set("activation", akida::ActivationAttr::get(context, activation));
}

template <typename OpT>
static void setWeights(Block &block, OpT op, LayerAttributes &attributes,
                       WeightReplacer &replacer) {
  int64_t outputs = op.getNumOutputChannels();
  attributes.setParameter("weights_bits",
                          op.getWeightQuantizerAttr().getBitwidth());
  bool turns = block.kind == LayerKind::Conv2D ||
               block.kind == LayerKind::DepthwiseConv2D;
  attributes.set("weights",
                 turns ? turnKernel(op.getKernel(), op.getLayerName(), replacer)
                       : op.getKernel());
  if (op.getBiasAttr()) {
    attributes.setVariable("bias", ElementType::I8, outputs,
                           shiftBack(op.getBiasAttr(), op.getBiasShiftAttr()));
    attributes.setVariable("bias_shift", ElementType::U8, outputs,
                           readOr(op.getBiasShiftAttr(), 0));
  }
  setActivation(block, attributes, outputs);
  setOutput(block, attributes, op.getBufferBitwidth().value_or(32), outputs);
}

template <typename OpT>
static void setConv(Block &block, OpT op, LayerAttributes &attributes,
                    WeightReplacer &replacer) {
  auto kernel = cast<ShapedType>(op.getKernel().getType());
  attributes.setParameter("kernel_size", kernel.getDimSize(0));
  attributes.setParameter("kernel_stride", op.getStrides().front());
  setPaddingAndPoolType(block, attributes);
  if (MaxPool2DOp maxPool = block.maxPool) {
    attributes.setParameter("pool_size", maxPool.getPoolSize().front());
    attributes.setParameter("pool_stride", maxPool.getStrides().front());
  }
  int64_t channels =
      cast<RankedTensorType>(op.getInput().getType()).getShape().back();
  if (block.kind == LayerKind::InputConv2D) {
    if (auto conv = dyn_cast<Conv2DOp>(*block.main);
        conv && conv.getQuantizedPaddingAttr())
      attributes.setVariable("padding_value", ElementType::U8, channels,
                             readIntegers(conv.getQuantizedPaddingAttr()));
  } else if (op.getInputShiftAttr()) {
    attributes.setVariable("input_shift", ElementType::U8, channels,
                           readIntegers(op.getInputShiftAttr()));
  }
  setWeights(block, op, attributes, replacer);
}

static void setDense(Block &block, DenseOp dense, Value input,
                     LayerAttributes &attributes, WeightReplacer &replacer) {
  attributes.setParameter("units", dense.getNumOutputChannels());
  // The hardware flattens by itself, and shifts element by element.
  FlattenOp flatten = block.flatten;
  ElementsAttr shiftAttr =
      flatten ? flatten.getInputShiftAttr() : ElementsAttr();
  if (!shiftAttr)
    shiftAttr = dense.getInputShiftAttr();
  if (shiftAttr) {
    std::vector<int64_t> shift = readIntegers(shiftAttr), all;
    int64_t elements = akida::getImage(input).elements();
    for (int64_t i = 0; i != elements; ++i)
      all.push_back(shift[i % shift.size()]);
    attributes.setVariable("input_shift", ElementType::U8, elements, all);
  }
  setWeights(block, dense, attributes, replacer);
}

static void setAdd(Block &block, AddOp add, LayerAttributes &attributes) {
  int64_t channels =
      cast<RankedTensorType>(add.getResult().getType()).getShape().back();
  attributes.setVariable("a_shift", ElementType::U8, channels,
                         readOr(add.getAShiftAttr(), 0));
  attributes.setVariable("b_shift", ElementType::U8, channels,
                         readOr(add.getBShiftAttr(), 0));
  setOutput(block, attributes, add.getBufferBitwidth().value_or(32), channels);
}

static void setQuantizer(InputQuantizerOp quantizer,
                         LayerAttributes &attributes) {
  int64_t channels =
      cast<RankedTensorType>(quantizer.getResult().getType()).getShape().back();
  attributes.setParameter("output_bits", quantizer.getBitwidth());
  attributes.set("output_signed", BoolAttr::get(quantizer.getContext(),
                                                !quantizer.getIsUnsigned()));
  std::vector<float> scales;
  for (int64_t bits : readIntegers(quantizer.getFixedAttr().getFracBits()))
    scales.push_back(std::ldexp(1.0f, bits));
  attributes.setFloats("scales", channels, scales);
  if (quantizer.getZeroPointsAttr())
    attributes.setVariable("zero_points", ElementType::U8, channels,
                           readIntegers(quantizer.getZeroPointsAttr()));
}

//===----------------------------------------------------------------------===//
// The model
//===----------------------------------------------------------------------===//

namespace {

/// Makes the model of one network.
class ModelMaker {
public:
  ModelMaker(func::FuncOp network, Version version)
      : network(network), version(version), builder(network.getContext()),
        replacer(network->getParentOp()) {}

  FailureOr<akida::ModelOp> run(Blocks &blocks);

private:
  Value makeLayer(Block &block);
  Value makeInputData(Value input, StringRef name, int64_t bits, Location loc);
  Operation *make(StringRef type, Location loc, ValueRange operands,
                  const LayerAttributes &attributes);
  SmallVector<Value> getOperands(Block &block);
  void makeSequence(akida::ModelOp model, Value result);

  func::FuncOp network;
  Version version;
  OpBuilder builder;
  WeightReplacer replacer;
  /// What stands for values of the network.
  DenseMap<Value, Value> values;
  Operation *last = nullptr;
  unsigned numLayers = 0;
  bool failed = false;
};

} // namespace

static StringRef getMnemonic(LayerKind kind) {
  switch (kind) {
  case LayerKind::Quantizer:
    return "akida.quantizer";
  case LayerKind::Dequantizer:
    return "akida.dequantizer";
  case LayerKind::InputConv2D:
    return "akida.input_conv2d";
  case LayerKind::Conv2D:
    return "akida.conv2d";
  case LayerKind::DepthwiseConv2D:
    return "akida.depthwise_conv2d";
  case LayerKind::Dense1D:
    return "akida.dense1d";
  case LayerKind::Add:
    return "akida.add";
  case LayerKind::InputConvolutional:
    return "akida.input_convolutional";
  case LayerKind::Convolutional:
    return "akida.convolutional";
  case LayerKind::SeparableConvolutional:
    return "akida.separable_convolutional";
  case LayerKind::FullyConnected:
    return "akida.fully_connected";
  default:
    llvm_unreachable("no block becomes such a layer");
  }
}

/// A tensor as an image: extents of 1 are put before those of vectors.
static RankedTensorType toImage(RankedTensorType type, Type element) {
  SmallVector<int64_t> shape(4, 1);
  ArrayRef<int64_t> extents = type.getShape();
  shape[0] = extents.front();
  for (size_t i = 1; i < extents.size(); ++i)
    shape[4 - i] = extents[extents.size() - i];
  return RankedTensorType::get(shape, element);
}

Operation *ModelMaker::make(StringRef type, Location loc, ValueRange operands,
                            const LayerAttributes &attributes) {
  OperationState state(loc, type);
  state.addOperands(operands);
  state.addAttributes(attributes.attributes);
  // The type follows from the parameters, once there is an operation.
  state.addTypes(operands.front().getType());
  Operation *layer = builder.create(state);
  ++numLayers;
  FailureOr<RankedTensorType> result = akida::inferResultType(layer);
  if (mlir::failed(result))
    failed = true;
  else
    layer->getResult(0).setType(*result);
  last = layer;
  return layer;
}

Value ModelMaker::makeInputData(Value input, StringRef name, int64_t bits,
                                Location loc) {
  LayerAttributes attributes(Builder(network.getContext()), name);
  attributes.setParameter("input_bits", bits);
  return make("akida.input_data", loc, input, attributes)->getResult(0);
}

SmallVector<Value> ModelMaker::getOperands(Block &block) {
  bool isInput = block.kind == LayerKind::Quantizer || block.isImageInput();
  SmallVector<Value> operands;
  for (Value input : block.inputs) {
    Value value = values.lookup(input);
    // Other layers read an input layer: the model's, which all share, or one of
    // their own behind a quantizer.
    if (!isInput && isa<BlockArgument>(input) && isa<BlockArgument>(value)) {
      int64_t bits = version == Version::V1 ? 4 : 8;
      auto name = network.getArgAttrOfType<StringAttr>(0, inputNameAttrName);
      value = makeInputData(
          value, makeUniqueName(network, name ? name.getValue() : "input"),
          bits, network.getLoc());
      values[input] = value;
    } else if (auto quantizer = value.getDefiningOp<akida::QuantizerOp>();
               quantizer && !isInput && block.inputs.size() == 1) {
      value = makeInputData(value, "InputData_" + std::to_string(numLayers + 1),
                            quantizer.getOutputBits(), quantizer.getLoc());
    }
    operands.push_back(value);
  }
  return operands;
}

Value ModelMaker::makeLayer(Block &block) {
  SmallVector<Value> operands = getOperands(block);
  LayerOpInterface main = block.main;
  LayerAttributes attributes(Builder(network.getContext()),
                             main.getLayerName());
  if (version == Version::V1 && isa<DequantizerOp>(*main)) {
    foldDequantizer(cast<DequantizerOp>(*main), last);
    return operands.front();
  }
  llvm::TypeSwitch<Operation *>(main)
      .Case<InputQuantizerOp>([&](auto op) { setQuantizer(op, attributes); })
      .Case<DequantizerOp>([&](auto op) {
        attributes.setFloats("scales",
                             akida::getImage(operands.front()).channels,
                             getDequantizerScales(op));
      })
      .Case<AddOp>([&](auto op) { setAdd(block, op, attributes); })
      .Default([&](Operation *op) {
        if (version == Version::V1)
          return setV1Attributes(block, attributes, replacer);
        if (auto conv = dyn_cast<Conv2DOp>(op)) {
          attributes.setParameter("filters", conv.getNumOutputChannels());
          setConv(block, conv, attributes, replacer);
        } else if (auto conv = dyn_cast<DepthwiseConv2DOp>(op)) {
          setConv(block, conv, attributes, replacer);
        } else {
          setDense(block, cast<DenseOp>(op), operands.front(), attributes,
                   replacer);
        }
      });
  return make(getMnemonic(block.kind), main->getLoc(), operands, attributes)
      ->getResult(0);
}

void ModelMaker::makeSequence(akida::ModelOp model, Value result) {
  mlir::Block &body = model.getBody().front();
  auto first = body.begin();
  if (isa<akida::InputDataOp>(*first) && std::next(first) != body.end())
    ++first;
  auto nameOf = [](Operation &op) {
    return cast<akida::LayerOpInterface>(op).getLayerName().str();
  };
  std::string name = "SW/" + nameOf(*first);
  if (&*first != &body.back())
    name += "-" + nameOf(body.back());
  builder.setInsertionPointToEnd(&body);
  auto sequence = akida::SequenceOp::create(
      builder, network.getLoc(), TypeRange(result.getType()), name, "Software");
  mlir::Block *inner = builder.createBlock(&sequence.getBody());
  inner->getOperations().splice(inner->end(), body.getOperations(), first,
                                sequence->getIterator());
  builder.setInsertionPointToEnd(inner);
  akida::YieldOp::create(builder, network.getLoc(), result);
  builder.setInsertionPointToEnd(&body);
  akida::ReturnOp::create(builder, network.getLoc(), sequence.getResults());
}

FailureOr<akida::ModelOp> ModelMaker::run(Blocks &blocks) {
  auto module = network->getParentOfType<ModuleOp>();
  auto inputName = network.getArgAttrOfType<StringAttr>(0, inputNameAttrName);
  builder.setInsertionPointAfter(network);
  auto model = akida::ModelOp::create(
      builder, network.getLoc(), module.getSymName().value_or("model"), version,
      inputName ? inputName.getValue() : StringRef("input"));
  auto inputType = cast<RankedTensorType>(network.getArgument(0).getType());
  Type element = inputType.getElementType();
  // 1.0 reads unsigned integers of 4 bits where no image is read.
  if (version == Version::V1 && element.isSignlessInteger())
    element = IntegerType::get(builder.getContext(), 8, IntegerType::Unsigned);
  mlir::Block *body = builder.createBlock(
      &model.getBody(), {}, toImage(inputType, element), network.getLoc());
  values[network.getArgument(0)] = body->getArgument(0);

  for (Block &block : blocks.blocks) {
    values[block.result] = makeLayer(block);
    if (failed)
      return failure();
  }
  Value result = values.lookup(blocks.result);
  if (version == Version::V1)
    limitSteps(model);
  makeSequence(model, result);
  return model;
}

FailureOr<akida::ModelOp> lowerBlocks(func::FuncOp network, Blocks &blocks,
                                      Version version) {
  return ModelMaker(network, version).run(blocks);
}

} // namespace conversion
} // namespace qml
