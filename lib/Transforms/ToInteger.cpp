//===- ToInteger.cpp - A calibrated network in integers -------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Walks the network once, from the input on: what each layer computes follows
// from what the integers before it stand for.
//
//===----------------------------------------------------------------------===//

#include "ChannelsAttr.h"
#include "qml/Dialect/QML/IR/Network.h"
#include "qml/Dialect/QML/IR/ShapeInference.h"
#include "qml/Transforms/Passes.h"

#include "mlir/IR/Builders.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace qml {
#define GEN_PASS_DEF_TOINTEGER
#include "qml/Transforms/Passes.h.inc"
} // namespace qml

using namespace qml;

namespace {

/// What the integers of a value stand for.
struct ValueInfo {
  int valueBits = 0;
  Channels<int32_t> fracBits;
  /// Absent for values in fixed point.
  std::optional<Channels<float>> scales;

  bool isPerTensor() const {
    return fracBits.size() == 1 && (!scales || scales->isScalar);
  }
  Channels<float> scalesOr1() const {
    return scales ? *scales : Channels<float>::scalar(1.0f);
  }
};

/// Lowers one network.
class IntegerLowering {
public:
  IntegerLowering(func::FuncOp network, WeightReplacer &replacer)
      : network(network), replacer(replacer), builder(network.getContext()),
        arithmetic(getArithmetic(network)) {}

  /// Reports all problems.
  LogicalResult run();

  unsigned numLayers = 0;

private:
  /// Each makes its operation integer, and returns what the result stands for.
  ValueInfo lower(RescalingOp op);
  ValueInfo lower(InputQuantizerOp op);
  ValueInfo lower(Conv2DOp op);
  ValueInfo lower(DepthwiseConv2DOp op);
  ValueInfo lower(SeparableConv2DOp op);
  ValueInfo lower(DenseOp op);
  ValueInfo lower(ReLUOp op);
  ValueInfo lower(GlobalAveragePool2DOp op);
  ValueInfo lower(AddOp op);
  ValueInfo lower(FlattenOp op);
  ValueInfo lower(ReshapeOp op);
  ValueInfo lower(OutputQuantizerOp op);

  /// What `op` makes of the input with its kernels and its bias.
  ValueInfo lowerWeights(WeightedLayerOpInterface op, const ValueInfo &input);
  /// The sums of products of the input with one kernel.
  ValueInfo lowerKernel(WeightedLayerOpInterface op, const KernelInfo &info,
                        const ValueInfo &input, int bits);
  void lowerBias(WeightedLayerOpInterface op, const ValueInfo &sum);
  void lowerPadding(Conv2DOp op, const ValueInfo &input);

  bool isAkida() const { return arithmetic == Arithmetic::Akida; }
  const ValueInfo &getInfo(Value value) { return infos[value]; }
  void setInfo(Operation *op, ValueInfo info);

  InFlightDiagnostic error(Operation *op);
  /// Brings inputs with a binary point per channel to one, within `bits`.
  template <typename OpT>
  ValueInfo align(OpT op, ValueInfo input, int bits);
  void checkPromotion(Operation *op, const ValueInfo &input, int bits);
  bool checkFixedPoint(Operation *op, Value operand);

  ElementsAttr makeAlignedAttr(Operation *op, StringRef suffix,
                               const Channels<int64_t> &values, int valueBits);

  func::FuncOp network;
  WeightReplacer &replacer;
  Builder builder;
  Arithmetic arithmetic;
  DenseMap<Value, ValueInfo> infos;
  bool failed = false;
};

} // namespace

static ArrayRef<int64_t> getShape(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape();
}

static std::string getName(Operation *op) {
  if (auto quantizer = dyn_cast<OutputQuantizerOp>(op))
    return quantizer.getOwner().getLayerName().str();
  if (auto layer = dyn_cast<LayerOpInterface>(op))
    return layer.getLayerName().str();
  return op->getName().getStringRef().str();
}

InFlightDiagnostic IntegerLowering::error(Operation *op) {
  failed = true;
  return op->emitError() << "layer '" << getName(op) << "': ";
}

void IntegerLowering::setInfo(Operation *op, ValueInfo info) {
  std::string name = getName(op);
  if (isa<OutputQuantizerOp>(op))
    name += "_output";
  ElementsAttr fracBits =
      makeIntAttr(network.getContext(), name + "_frac_bits", info.fracBits);
  ElementsAttr scale =
      info.scales
          ? makeFloatAttr(network.getContext(), name + "_scale", *info.scales)
          : ElementsAttr();
  op->setAttr("fixed", FixedAttr::get(network.getContext(), info.valueBits,
                                      fracBits, scale));
  Value result = op->getResult(0);
  result.setType(
      cast<RankedTensorType>(result.getType())
          .clone(getStorageType(network.getContext(), info.valueBits)));
  infos[result] = std::move(info);
}

//===----------------------------------------------------------------------===//
// Inputs of layers
//===----------------------------------------------------------------------===//

void IntegerLowering::checkPromotion(Operation *op, const ValueInfo &input,
                                     int bits) {
  if (bits < input.valueBits)
    error(op) << "its input has " << input.valueBits
              << " value bits, its buffer " << bits
              << "; use a larger buffer bitwidth, or fewer bits before it";
}

template <typename OpT>
ValueInfo IntegerLowering::align(OpT op, ValueInfo input, int bits) {
  checkPromotion(op, input, bits);
  if (!input.isPerTensor()) {
    Channels<int32_t> shift{alignmentShift(input.fracBits),
                            input.fracBits.isScalar};
    for (int32_t value : shift.values)
      if (value >= bits) {
        error(op) << "the binary points of its input's channels are " << value
                  << " bits apart; its buffer has " << bits
                  << " value bits; quantize the input per tensor";
        break;
      }
    op.setInputShiftAttr(
        makeIntAttr(op.getContext(), getName(op) + "_input_shift", shift));
    input.fracBits = Channels<int32_t>::scalar(maxOf(input.fracBits));
  }
  return input;
}

bool IntegerLowering::checkFixedPoint(Operation *op, Value operand) {
  if (!getInfo(operand).scales)
    return true;
  LayerOpInterface producer = getProducer(operand);
  error(op) << "layers of class " << cast<LayerOpInterface>(op).getSourceClass()
            << " take inputs in fixed point; the result of layer '"
            << (producer ? producer.getLayerName() : "input")
            << "' has a scale: give that layer an output quantizer, or put a "
               "Conv2D layer between";
  return false;
}

//===----------------------------------------------------------------------===//
// Layers with weights
//===----------------------------------------------------------------------===//

ElementsAttr IntegerLowering::makeAlignedAttr(Operation *op, StringRef suffix,
                                              const Channels<int64_t> &values,
                                              int valueBits) {
  SmallVector<int64_t, 1> shape;
  if (!values.isScalar)
    shape.push_back(values.size());
  return makeIntegers(op->getContext(), shape, getName(op) + suffix.str(),
                      values.values, storageBytes(valueBits) * 8);
}

template <typename T>
static ElementsAttr
quantizeTo(MLIRContext *context, StringRef name, const KernelView &kernel,
           ArrayRef<int64_t> shape, const std::vector<float> &scales,
           int valueBits) {
  std::vector<T> integers(kernel.outer * kernel.channels * kernel.inner);
  quantizeWeights(kernel, scales, valueBits, integers.data());
  auto type =
      RankedTensorType::get(shape, IntegerType::get(context, sizeof(T) * 8));
  return makeResource(type, name, std::move(integers));
}

/// The integers of a kernel, and its scales: one, or one for each channel along
/// `axis`.
static ElementsAttr quantizeKernel(StringRef name, ElementsAttr old, int bits,
                                   std::optional<int64_t> axis,
                                   std::vector<float> &scales) {
  ArrayRef<int64_t> shape = cast<ShapedType>(old.getType()).getShape();
  ElementsView<float> weights(old);
  KernelView kernel = KernelView::along(
      weights.data(), Shape(shape.begin(), shape.end()), axis);
  scales = weightScales(kernel, bits);
  MLIRContext *context = old.getContext();
  switch (storageBytes(bits)) {
  case 1:
    return quantizeTo<int8_t>(context, name, kernel, shape, scales, bits);
  case 2:
    return quantizeTo<int16_t>(context, name, kernel, shape, scales, bits);
  case 4:
    return quantizeTo<int32_t>(context, name, kernel, shape, scales, bits);
  default:
    return quantizeTo<int64_t>(context, name, kernel, shape, scales, bits);
  }
}

ValueInfo IntegerLowering::lowerKernel(WeightedLayerOpInterface op,
                                       const KernelInfo &info,
                                       const ValueInfo &input, int bits) {
  auto quantizer =
      op->getAttrOfType<WeightQuantizerAttr>(info.getQuantizerName());
  std::optional<int64_t> axis;
  if (quantizer.getAxis())
    axis = info.axis;
  std::string name = (op.getLayerName() + "_" + info.name).str();
  std::vector<float> kernelScales;
  ElementsAttr kernel = quantizeKernel(
      name, info.kernel, quantizer.getValueBits(), axis, kernelScales);
  op->setAttr(info.name, kernel);
  replacer.release(info.kernel);
  Channels<float> scales{std::move(kernelScales), !axis};
  op->setAttr(info.getScalesName(),
              makeFloatAttr(op.getContext(), name + "_scales", scales));
  auto multiply = [](float a, float b) { return a * b; };
  ValueInfo result;
  result.valueBits = bits;
  result.fracBits = input.fracBits;
  result.scales =
      input.scales ? mapChannels(multiply, *input.scales, scales) : scales;
  return result;
}

void IntegerLowering::lowerBias(WeightedLayerOpInterface op,
                                const ValueInfo &sum) {
  ElementsAttr bias = op.getBiasAttr();
  if (!bias)
    return;
  AlignedQuantizerAttr quantizer = op.getBiasQuantizerAttr();
  if (!quantizer)
    quantizer = AlignedQuantizerAttr::get(op.getContext(), 8, true);
  Accumulator accumulator{sum.valueBits, sum.fracBits, *sum.scales};
  Result<AlignedValues> aligned =
      alignValues(readFloatChannels(bias), quantizer.getBitwidth(),
                  quantizer.getValueBits(), accumulator, arithmetic);
  if (!aligned) {
    error(op) << "its bias can't be quantized: " << aligned.message();
    return;
  }
  op.setBiasAttr(makeAlignedAttr(op, "_bias", aligned->values, sum.valueBits));
  op->setAttr("bias_shift",
              makeIntAttr(op.getContext(), op.getLayerName() + "_bias_shift",
                          aligned->shift));
  replacer.release(bias);
}

/// Value bits of the products that the quantizer behind a layer bounds: the
/// chip's layer has them for all that follows its sums.
static int getProductBits(Operation *layer) {
  Operation *op = layer;
  while (op->getResult(0).hasOneUse()) {
    Operation *next = *op->getResult(0).user_begin();
    if (auto quantizer = dyn_cast<OutputQuantizerOp>(next))
      return static_cast<int>(quantizer.getBufferBitwidth()) - 1;
    if (!isa<MaxPool2DOp, ReLUOp, GlobalAveragePool2DOp>(next))
      break;
    op = next;
  }
  return 31;
}

ValueInfo IntegerLowering::lowerWeights(WeightedLayerOpInterface op,
                                        const ValueInfo &input) {
  IntegerAttr buffer = op.getBufferBitwidthAttr();
  int bits = static_cast<int>(buffer ? buffer.getInt() : 32) - 1;
  SmallVector<KernelInfo, 1> kernels = op.getKernels();
  for (const KernelInfo &info : kernels)
    if (!op->hasAttr(info.getQuantizerName())) {
      error(op) << "its weights have no quantizer; run --qml-insert-quantizers";
      return {bits, input.fracBits, Channels<float>::scalar(1.0f)};
    }
  ValueInfo sum = input;
  for (const KernelInfo &info : kernels)
    sum = lowerKernel(op, info, sum, bits);
  lowerBias(op, sum);
  // The chip adds biases in the buffer of products; input convolutions alone
  // keep to their accumulator's bits.
  if (isAkida() && !(isa<Conv2DOp>(*op) && readsBytes(op)))
    sum.valueBits = getProductBits(op);
  return sum;
}

/// Convolutions and dense layers add up channels: these need one scale.
static bool hasScalePerChannel(const ValueInfo &input) {
  return input.scales && input.scales->size() != 1;
}

void IntegerLowering::lowerPadding(Conv2DOp op, const ValueInfo &input) {
  std::optional<ArrayRef<double>> padding = op.getPaddingValue();
  if (!padding || !op.getWeightQuantizerAttr())
    return;
  Channels<float> values{std::vector<float>(padding->begin(), padding->end()),
                         padding->size() == 1};
  int bits = op.getBufferBitwidth().value_or(32) - 1;
  int bitwidth = op.getWeightQuantizerAttr().getBitwidth();
  Accumulator accumulator{bits, input.fracBits, input.scalesOr1()};
  Result<AlignedValues> aligned =
      alignValues(values, bitwidth, bitwidth - 1, accumulator, arithmetic);
  if (!aligned) {
    error(op) << "its padding value can't be quantized: " << aligned.message();
    return;
  }
  op.setQuantizedPaddingAttr(
      makeAlignedAttr(op, "_padding", aligned->values, bits));
  op.setPaddingShiftAttr(makeIntAttr(
      op.getContext(), getName(op) + "_padding_shift", aligned->shift));
}

ValueInfo IntegerLowering::lower(Conv2DOp op) {
  ValueInfo input = align(op, getInfo(op.getInput()),
                          op.getBufferBitwidth().value_or(32) - 1);
  if (hasScalePerChannel(input))
    error(op) << "its input has a scale per channel; an output quantizer must "
                 "go between";
  lowerPadding(op, input);
  return lowerWeights(op, input);
}

ValueInfo IntegerLowering::lower(DenseOp op) {
  ValueInfo input = align(op, getInfo(op.getInput()),
                          op.getBufferBitwidth().value_or(32) - 1);
  if (hasScalePerChannel(input))
    error(op) << "its input has a scale per channel; an output quantizer must "
                 "go between";
  return lowerWeights(op, input);
}

ValueInfo IntegerLowering::lower(DepthwiseConv2DOp op) {
  ValueInfo input = getInfo(op.getInput());
  if (!checkFixedPoint(op, op.getInput()))
    input.scales.reset();
  checkPromotion(op, input, op.getBufferBitwidth().value_or(32) - 1);
  return lowerWeights(op, input);
}

ValueInfo IntegerLowering::lower(SeparableConv2DOp op) {
  ValueInfo input = getInfo(op.getInput());
  if (!checkFixedPoint(op, op.getInput()))
    input.scales.reset();
  input = align(op, input, op.getBufferBitwidth().value_or(32) - 1);
  return lowerWeights(op, input);
}

//===----------------------------------------------------------------------===//
// Other layers
//===----------------------------------------------------------------------===//

ValueInfo IntegerLowering::lower(RescalingOp op) {
  ValueInfo info = getInfo(op.getInput());
  float scale = static_cast<float>(op.getScale().front());
  auto multiply = [](float a, float b) { return a * b; };
  Channels<float> factor = Channels<float>::scalar(scale);
  info.scales =
      info.scales ? mapChannels(multiply, *info.scales, factor) : factor;
  if (!(scale > 0.0f))
    error(op) << "its scale is " << std::to_string(scale)
              << "; integer scales are positive";
  return info;
}

ValueInfo IntegerLowering::lower(InputQuantizerOp op) {
  ValueInfo info;
  info.valueBits = op.getValueBits();
  info.fracBits = Channels<int32_t>::scalar(0);
  if (!op.getRangeMaxAttr()) {
    error(op) << "it has no range; calibrate the network first";
    return info;
  }
  InputScale scale =
      inputScale(readFloatChannels(op.getRangeMinAttr()),
                 readFloatChannels(op.getRangeMaxAttr()), info.valueBits,
                 !op.getIsUnsigned(), arithmetic);
  info.fracBits = scale.fracBits;
  if (op.getIsUnsigned()) {
    op.setZeroPointsAttr(makeIntAttr(
        op.getContext(), getName(op) + "_zero_points", scale.zeroPoints));
    info.scales = Channels<float>::scalar(1.0f);
  }
  return info;
}

ValueInfo IntegerLowering::lower(ReLUOp op) {
  ValueInfo info = getInfo(op.getInput());
  int bits = op.getBufferBitwidth().value_or(32);
  checkPromotion(op, info, bits);
  // The reference gives it a buffer of its own.
  if (!isAkida())
    info.valueBits = bits;
  info.scales = info.scalesOr1();
  if (FloatAttr max = op.getMaxValueAttr()) {
    AlignedQuantizerAttr quantizer = op.getMaxValueQuantizerAttr();
    if (!quantizer)
      quantizer = AlignedQuantizerAttr::get(op.getContext(), 8, false);
    Accumulator accumulator{bits, info.fracBits, *info.scales};
    Result<AlignedValues> aligned =
        alignValues(Channels<float>::scalar(max.getValue().convertToFloat()),
                    quantizer.getBitwidth(), quantizer.getValueBits(),
                    accumulator, arithmetic);
    if (!aligned) {
      error(op) << "its maximum can't be quantized: " << aligned.message();
      return info;
    }
    op.setQuantizedMaxValueAttr(
        makeAlignedAttr(op, "_max_value", aligned->values, bits));
    op.setMaxValueShiftAttr(makeIntAttr(
        op.getContext(), getName(op) + "_max_value_shift", aligned->shift));
  }
  return info;
}

ValueInfo IntegerLowering::lower(GlobalAveragePool2DOp op) {
  int bits = op.getBufferBitwidth().value_or(32);
  if (isAkida())
    bits = getProductBits(op);
  ValueInfo info = align(op, getInfo(op.getInput()), bits);
  ArrayRef<int64_t> image = getShape(op.getInput());
  // The mean divides by a constant, which the reference's graph makes a
  // multiplication.
  float divisor =
      static_cast<float>(1.0 / static_cast<double>(image[1] * image[2]));
  auto divide = [&](float scale) { return scale * divisor; };
  info.scales = info.scales ? mapChannels(divide, *info.scales)
                            : Channels<float>::scalar(divisor);
  info.valueBits = bits;
  return info;
}

ValueInfo IntegerLowering::lower(AddOp op) {
  ValueInfo lhs = getInfo(op.getLhs()), rhs = getInfo(op.getRhs());
  checkFixedPoint(op, op.getLhs());
  checkFixedPoint(op, op.getRhs());
  int bits = op.getBufferBitwidth().value_or(32) - 1;
  auto larger = [](int32_t a, int32_t b) { return std::max(a, b); };
  auto subtract = [](int32_t a, int32_t b) { return a - b; };
  ValueInfo info;
  info.valueBits = bits;
  info.fracBits = mapChannels(larger, lhs.fracBits, rhs.fracBits);
  Channels<int32_t> aShift = mapChannels(subtract, info.fracBits, lhs.fracBits);
  Channels<int32_t> bShift = mapChannels(subtract, info.fracBits, rhs.fracBits);
  for (const Channels<int32_t> *shift : {&aShift, &bShift})
    for (int32_t value : shift->values)
      if (value >= bits) {
        error(op) << "the binary points of its inputs are " << value
                  << " bits apart; its buffer has " << bits << " value bits";
        return info;
      }
  std::string name = getName(op);
  op.setAShiftAttr(makeIntAttr(op.getContext(), name + "_a_shift", aShift));
  op.setBShiftAttr(makeIntAttr(op.getContext(), name + "_b_shift", bShift));
  return info;
}

ValueInfo IntegerLowering::lower(FlattenOp op) {
  if (!checkFixedPoint(op, op.getInput()))
    infos[op.getInput()].scales.reset();
  ValueInfo info = getInfo(op.getInput());
  // The reference saturates at the bits of the input; the chip shifts within
  // the accumulator of the dense layer behind.
  if (isAkida() && !info.isPerTensor()) {
    auto dense = dyn_cast_or_null<DenseOp>(getOnlyUser(op));
    info.valueBits = (dense ? dense.getBufferBitwidth().value_or(28) : 28) - 1;
  }
  return align(op, info, info.valueBits);
}

ValueInfo IntegerLowering::lower(ReshapeOp op) {
  const ValueInfo &info = getInfo(op.getInput());
  bool hasVectors =
      info.fracBits.size() != 1 || (info.scales && info.scales->size() != 1);
  if (hasVectors &&
      getShape(op.getInput()).back() != getShape(op.getResult()).back())
    error(op) << "it changes the last axis of a tensor that is quantized per "
                 "axis; quantize the layer before it per tensor";
  return info;
}

/// Bits of the accumulator whose layer a quantizer ends, with the sign.
static int getAccumulatorBits(OutputQuantizerOp quantizer) {
  Operation *op = quantizer.getOwner();
  while (isa<MaxPool2DOp, ReLUOp, GlobalAveragePool2DOp>(op) &&
         op->getOperand(0).getDefiningOp())
    op = op->getOperand(0).getDefiningOp();
  auto bits = op->getAttrOfType<IntegerAttr>("buffer_bitwidth");
  return bits ? static_cast<int>(bits.getInt()) : 32;
}

ValueInfo IntegerLowering::lower(OutputQuantizerOp op) {
  const ValueInfo &input = getInfo(op.getInput());
  // The chip's results from 5 bits on, and sums, are signed.
  bool isSum = isa<AddOp>(*op.getOwner());
  if (isAkida() && (op.getBitwidth() >= 5 || isSum))
    op.removeIsUnsignedAttr();
  ValueInfo info;
  info.valueBits = op.getValueBits();
  info.fracBits = Channels<int32_t>::scalar(0);
  if (!op.getRangeMaxAttr()) {
    error(op) << "its quantizer has no range; calibrate the network first";
    return info;
  }
  if (input.valueBits <= info.valueBits) {
    error(op) << "quantizing " << input.valueBits << " value bits to "
              << info.valueBits << " is pointless; use fewer output bits";
    return info;
  }
  if (input.scales)
    checkPromotion(op, input, op.getBufferBitwidth() - (isAkida() ? 1 : 0));
  Channels<float> range = readFloatChannels(op.getRangeMaxAttr());
  Channels<float> rate = op.getRescalingRateAttr()
                             ? readFloatChannels(op.getRescalingRateAttr())
                             : Channels<float>::scalar(1.0f);
  Result<ScaleOut> out =
      scaleOut(range, rate, info.valueBits, op.getScaleBits(), input.fracBits,
               input.scales ? &*input.scales : nullptr);
  if (!out) {
    error(op) << out.message();
    return info;
  }
  // The chip shifts by no more than the bits of the layer's accumulator.
  if (isAkida())
    for (int32_t &shift : out->shift.values)
      shift = std::max(shift, 1 - getAccumulatorBits(op));
  std::string name = getName(op);
  MLIRContext *context = op.getContext();
  op.setShiftAttr(makeIntAttr(context, name + "_output_shift", out->shift));
  if (input.scales) {
    op.setScalesAttr(
        makeIntAttr(context, name + "_output_scales", out->scales));
    op.setScalesFracBitsAttr(makeIntAttr(
        context, name + "_output_scales_frac_bits", out->scalesFracBits));
  }
  info.fracBits = out->fracBits;
  // Up to 4 bits they are unsigned, at the scale that the quantizer was given
  // with its sign: what lies above its range has room, what is negative has
  // none.
  if (isAkida() && op.getBitwidth() <= 4 && !isSum) {
    op.setIsUnsigned(true);
    info.valueBits = op.getValueBits();
  }
  return info;
}

//===----------------------------------------------------------------------===//
// The walk
//===----------------------------------------------------------------------===//

LogicalResult IntegerLowering::run() {
  BlockArgument input = network.getArgument(0);
  Type inputType = cast<RankedTensorType>(input.getType()).getElementType();
  if (auto integer = dyn_cast<IntegerType>(inputType)) {
    ValueInfo info;
    info.valueBits = integer.getWidth() - (integer.isUnsigned() ? 0 : 1);
    info.fracBits = Channels<int32_t>::scalar(0);
    infos[input] = info;
  }

  llvm::DenseSet<Operation *> floats = getFloatLayers(network);
  for (Operation &op :
       llvm::make_early_inc_range(network.front().without_terminator())) {
    if (floats.contains(&op) || isa<DequantizerOp>(op))
      continue;
    if (!isa<InputQuantizerOp>(op) &&
        llvm::any_of(op.getOperands(),
                     [&](Value operand) { return !infos.contains(operand); })) {
      if (!failed)
        error(&op) << "its input is float; run --qml-insert-quantizers";
      continue;
    }
    bool isLowered =
        llvm::TypeSwitch<Operation *, bool>(&op)
            .Case<RescalingOp, InputQuantizerOp, Conv2DOp, DepthwiseConv2DOp,
                  SeparableConv2DOp, DenseOp, ReLUOp, GlobalAveragePool2DOp,
                  AddOp, FlattenOp, ReshapeOp, OutputQuantizerOp>(
                [&](auto typed) {
                  setInfo(typed, lower(typed));
                  return true;
                })
            .Case<MaxPool2DOp, DropoutOp>([&](auto typed) {
              setInfo(typed, getInfo(typed.getInput()));
              return true;
            })
            .Default([](Operation *) { return false; });
    if (!isLowered) {
      error(&op) << "it can't run in integers, and no dequantizer is before it";
      continue;
    }
    ++numLayers;
  }
  network.setFunctionType(builder.getFunctionType(
      network.getArgumentTypes(),
      network.front().getTerminator()->getOperandTypes()));
  return success(!failed);
}

namespace {
struct ToIntegerPass : qml::impl::ToIntegerBase<ToIntegerPass> {
  void runOnOperation() override {
    WeightReplacer replacer(getOperation());
    bool valid = true;
    for (func::FuncOp network : getNetworks(getOperation())) {
      if (isInteger(network)) {
        network.emitError() << "the network is integer already";
        valid = false;
        continue;
      }
      if (network.getNumArguments() != 1) {
        network.emitError()
            << "a network has one input; found " << network.getNumArguments();
        valid = false;
        continue;
      }
      if (failed(verifyLayers(network))) {
        valid = false;
        continue;
      }
      IntegerLowering lowering(network, replacer);
      valid &= succeeded(lowering.run());
      numLayers += lowering.numLayers;
    }
    if (!valid)
      signalPassFailure();
  }
};
} // namespace
