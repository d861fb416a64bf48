//===- Quantizers.cpp - Where integers begin and end ----------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../Verify.h"
#include "qml/Dialect/QML/IR/Flattening.h"
#include "qml/Dialect/QML/IR/IntegerLowering.h"
#include "qml/Quantization/Parameters.h"
#include "qml/Support/Quote.h"

#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace qml;

//===----------------------------------------------------------------------===//
// What quantizers share
//===----------------------------------------------------------------------===//

/// Scales are floats: none is beyond 2^128 or below 2^-149, times their bits.
static constexpr int64_t maxScaleFracBits = 256;

template <typename OpT>
static LogicalResult verifyQuantizerBits(OpT op, int64_t maximum) {
  int64_t minimum = op.getIsUnsigned() ? 1 : 2;
  int64_t bitwidth = op.getBitwidth();
  if (bitwidth >= minimum && bitwidth <= maximum)
    return success();
  return op.emitOpError() << "has a bitwidth of " << bitwidth << "; "
                          << (op.getIsUnsigned() ? "unsigned" : "signed")
                          << " quantizers take " << minimum << " to "
                          << maximum;
}

/// Whether `elements` is a literal of one value, once or repeated. Checks look
/// at it once.
static bool isRepeated(ElementsAttr elements) {
  auto dense = dyn_cast<DenseElementsAttr>(Attribute(elements));
  return dense && dense.isSplat();
}

/// All values of an array that differ.
static std::vector<float> readDistinct(ElementsAttr elements) {
  if (isRepeated(elements))
    return {
        cast<DenseElementsAttr>(Attribute(elements)).getSplatValue<float>()};
  return readFloats(elements);
}

/// A range or rate: one value, or one per channel.
template <typename OpT>
static LogicalResult verifyRange(OpT op, StringRef name,
                                 ElementsAttr elements) {
  if (!elements)
    return success();
  auto type = cast<ShapedType>(elements.getType());
  int64_t channels = getNumChannels(op.getInput());
  bool perAxis = op.getGranularity() == Granularity::PerAxis;
  if (perAxis ? type.getRank() != 1 || type.getNumElements() != channels
              : type.getRank() != 0)
    return op.emitOpError()
           << "has '" << name << "' of type " << type << "; "
           << (perAxis ? "per_axis quantizers have one value for each of "
                       : "per_tensor quantizers have one value for all of ")
           << channels << " channels";
  return verifyFinite(op, name, ArrayRef<float>(readDistinct(elements)));
}

template <typename OpT>
static LogicalResult verifyGranularity(OpT op) {
  if (op.getGranularity() == Granularity::PerAxis &&
      getShape(op.getInput()).size() < 3)
    return op.emitOpError() << "quantizes a tensor of shape "
                            << toString(getShape(op.getInput()))
                            << " per axis; that needs a rank of 3 or more";
  return success();
}

//===----------------------------------------------------------------------===//
// InputQuantizerOp
//===----------------------------------------------------------------------===//

void InputQuantizerOp::build(OpBuilder &builder, OperationState &state,
                             StringRef name, Value input, int64_t bitwidth,
                             bool isUnsigned, Granularity granularity) {
  Properties &properties = state.getOrAddProperties<Properties>();
  properties.setLayerName(builder.getStringAttr(name));
  properties.setBitwidth(builder.getI64IntegerAttr(bitwidth));
  if (isUnsigned)
    properties.setIsUnsigned(builder.getUnitAttr());
  properties.setGranularity(
      GranularityAttr::get(builder.getContext(), granularity));
  state.addOperands(input);
  state.addTypes(input.getType());
}

std::string InputQuantizerOp::whyNotQuantizable() { return {}; }

FailureOr<SmallVector<int64_t>> InputQuantizerOp::inferResultShape(EmitError) {
  return getOperandShape(*this);
}

LogicalResult InputQuantizerOp::verify() {
  // input_quantizer_c1
  bool isInteger = !isFloatTensor(getResult());
  if (failed(verifyTensors(*this)) || failed(verifyResultShape(*this)))
    return failure();
  if (isInteger && failed(verifyMeaning(*this)))
    return failure();
  // input_quantizer_c2, input_quantizer_c3
  if (failed(verifyQuantizerBits(*this, 16)) ||
      failed(verifyGranularity(*this)))
    return failure();
  // input_quantizer_c4
  if (failed(verifyRange(*this, "range_min", getRangeMinAttr())) ||
      failed(verifyRange(*this, "range_max", getRangeMaxAttr())))
    return failure();
  if (static_cast<bool>(getRangeMinAttr()) !=
      static_cast<bool>(getRangeMaxAttr()))
    return emitOpError() << "has one of 'range_min' and 'range_max'; they come "
                            "together";
  if (ElementsAttr mins = getRangeMinAttr()) {
    ElementsAttr maxs = getRangeMaxAttr();
    auto *read =
        isRepeated(mins) && isRepeated(maxs) ? readDistinct : readFloats;
    for (auto [min, max] : llvm::zip(read(mins), read(maxs)))
      if (min > max || (getIsUnsigned() && isInteger && min > 0.0f))
        return emitOpError()
               << "has a range of " << showNumber(min) << " to "
               << showNumber(max)
               << (min > max ? "; the minimum must not be above the maximum"
                             : "; unsigned integer quantizers start at zero or "
                               "below");
  }
  // input_quantizer_c5
  if (getZeroPointsAttr() && (!getIsUnsigned() || !isInteger))
    return emitOpError()
           << "has zero points, which belong to unsigned integer quantizers";
  return verifyVector(*this, "zero_points", getZeroPointsAttr(),
                      getNumChannels(getInput()));
}

FailureOr<Meaning> InputQuantizerOp::inferMeaning() {
  return *getMeaning(getResult());
}

int InputQuantizerOp::toInteger(IntegerLowering &lowering) {
  Meaning meaning;
  meaning.valueBits = getValueBits();
  if (!getRangeMaxAttr()) {
    lowering.error(*this) << "it has no range; calibrate the network first";
    return meaning.valueBits;
  }
  InputScale scale = inputScale(
      readFloatChannels(getRangeMinAttr()),
      readFloatChannels(getRangeMaxAttr()), meaning.valueBits, !getIsUnsigned(),
      lowering.getRules(), lowering.getFracBitsLimit());
  meaning.fracBits = scale.fracBits;
  if (getIsUnsigned()) {
    setZeroPointsAttr(makeIntAttr(getContext(), getLayerName() + "_zero_points",
                                  scale.zeroPoints));
    meaning.scales = Channels<float>::scalar(1.0f);
  }
  lowering.setMeaning(*this, meaning);
  return meaning.valueBits;
}

void InputQuantizerOp::flatten(NetworkFlattener &flattener) {
  if (isFloatTensor(getResult()))
    return flattener.observe(*this, getLayerName(), getGranularity(),
                             /*minMax=*/true);
  InputQuantizer quantizer;
  quantizer.zeroPoints = readVector(getZeroPointsAttr());
  quantizer.isUnsigned = getIsUnsigned();
  Meaning meaning = *getMeaning(getResult());
  if (flattener.isAkida())
    for (int32_t bits : meaning.fracBits.values)
      quantizer.scales.push_back(std::ldexp(1.0f, bits));
  if (getRangeMaxAttr()) {
    Channels<float> mins = readFloatChannels(getRangeMinAttr());
    Channels<float> maxs = readFloatChannels(getRangeMaxAttr());
    Observed seen;
    seen.perAxis = getGranularity() == Granularity::PerAxis;
    for (int64_t c = 0, count = getNumChannels(getInput()); c != count; ++c) {
      seen.lower.push_back(mins[c]);
      seen.upper.push_back(maxs[c]);
    }
    flattener.noteObserved(getInput(), std::move(seen));
  }
  flattener.add(*this, std::move(quantizer));
}

//===----------------------------------------------------------------------===//
// OutputQuantizerOp
//===----------------------------------------------------------------------===//

void OutputQuantizerOp::build(OpBuilder &builder, OperationState &state,
                              Value input, int64_t bitwidth, bool isUnsigned,
                              Granularity granularity) {
  Properties &properties = state.getOrAddProperties<Properties>();
  properties.setBitwidth(builder.getI64IntegerAttr(bitwidth));
  if (isUnsigned)
    properties.setIsUnsigned(builder.getUnitAttr());
  properties.setGranularity(
      GranularityAttr::get(builder.getContext(), granularity));
  state.addOperands(input);
  state.addTypes(input.getType());
}

LayerOpInterface OutputQuantizerOp::getOwner() {
  return getInput().getDefiningOp<LayerOpInterface>();
}

void OutputQuantizerOp::getAsmResultNames(OpAsmSetValueNameFn setName) {
  if (LayerOpInterface owner = getOwner())
    setName(getResult(), (owner.getLayerName() + "_out").str());
}

LogicalResult OutputQuantizerOp::verify() {
  // output_quantizer_c1
  if (failed(verifyTensors(*this)) || failed(verifyStage(*this)))
    return failure();
  if (getShape(getInput()) != getShape(getResult()))
    return emitOpError() << "has a result of shape "
                         << toString(getShape(getResult()))
                         << "; its operands give "
                         << toString(getShape(getInput()));
  // output_quantizer_c3
  LayerOpInterface owner = getOwner();
  if (!owner)
    return emitOpError() << "doesn't follow a layer, whose result it quantizes";
  if (!owner->hasTrait<qml::OpTrait::RescalesResult>())
    return emitOpError() << "follows layer '" << owner.getLayerName()
                         << "' of class " << owner.getClassName()
                         << ", which can't rescale its result";
  // output_quantizer_c2, output_quantizer_c4
  if (failed(verifyQuantizerBits(*this, 32)) ||
      failed(verifyGranularity(*this)))
    return failure();
  // output_quantizer_c5
  if (failed(verifyRange(*this, "range_max", getRangeMaxAttr())) ||
      failed(verifyRange(*this, "rescaling_rate", getRescalingRateAttr())))
    return failure();
  if (getRangeMaxAttr())
    for (float range : readDistinct(getRangeMaxAttr()))
      if (range < 0.0f)
        return emitOpError() << "has a range of " << showNumber(range)
                             << "; it must not be negative";
  if (getRescalingRateAttr())
    for (float rate : readDistinct(getRescalingRateAttr()))
      if (!(rate > 0.0f))
        return emitOpError() << "has a rescaling rate of " << showNumber(rate)
                             << "; it must be positive";
  // output_quantizer_c7
  if (std::optional<StringRef> calibrator = getCalibrator();
      calibrator && !isCalibrator({calibrator->data(), calibrator->size()}))
    return emitOpError() << "has the calibrator " << quote(calibrator->str())
                         << "; allowed are " << calibratorNames;
  // output_quantizer_c6
  FixedAttr fixed = getFixed(getResult());
  if (static_cast<bool>(fixed) != static_cast<bool>(getShiftAttr()))
    return emitOpError() << "has a result of type " << getType() << " with"
                         << (fixed ? "out" : "")
                         << " 'shift'; integer quantizers have one, float ones "
                            "none";
  if (static_cast<bool>(getScalesAttr()) !=
      static_cast<bool>(getScalesFracBitsAttr()))
    return emitOpError() << "has one of 'scales' and 'scales_frac_bits'; they "
                            "come together";
  if (fixed && fixed.getScale())
    return emitOpError() << "has a result with a scale, of type " << getType()
                         << "; what it makes is in fixed point alone";
  int64_t channels = getNumChannels(getInput());
  if (failed(verifyScaleOutShifts(*this, "shift", getShiftAttr(), channels)) ||
      failed(verifyVector(*this, "scales", getScalesAttr(), channels)))
    return failure();
  if (failed(verifyVector(*this, "scales_frac_bits", getScalesFracBitsAttr(),
                          channels)))
    return failure();
  if (getScalesFracBitsAttr())
    for (int64_t bits : readIntegers(getScalesFracBitsAttr()))
      if (bits < -maxScaleFracBits || bits > maxScaleFracBits)
        return emitOpError()
               << "has the value " << bits << " in 'scales_frac_bits'; it is "
               << -maxScaleFracBits << " to " << maxScaleFracBits;
  return success();
}

FailureOr<Meaning> OutputQuantizerOp::inferMeaning() {
  return *getMeaning(getResult());
}

int OutputQuantizerOp::toInteger(IntegerLowering &lowering) {
  Meaning input = *getMeaning(getInput());
  // The chip's results from 5 bits on, and sums, are signed.
  bool isSum = !input.scales && lowering.isAkida();
  if (lowering.isAkida() && (getBitwidth() >= 5 || isSum))
    removeIsUnsignedAttr();
  Meaning meaning;
  meaning.valueBits = getValueBits();
  if (!getRangeMaxAttr()) {
    lowering.error(*this)
        << "its quantizer has no range; calibrate the network first";
    return meaning.valueBits;
  }
  if (input.valueBits <= meaning.valueBits) {
    lowering.error(*this) << "quantizing " << input.valueBits
                          << " value bits to " << meaning.valueBits
                          << " is pointless; use fewer output bits";
    return meaning.valueBits;
  }
  if (input.scales)
    lowering.checkPromotion(*this, input,
                            getBufferBitwidth() - (lowering.isAkida() ? 1 : 0));
  Channels<float> range = readFloatChannels(getRangeMaxAttr());
  const float widest =
      *std::max_element(range.values.begin(), range.values.end());
  Channels<float> rate = getRescalingRateAttr()
                             ? readFloatChannels(getRescalingRateAttr())
                             : Channels<float>::scalar(1.0f);
  // Channels that are always 0 need no precision: they take the widest range.
  if (lowering.isAkida())
    for (float &value : range.values)
      if (value == 0.0f)
        value = widest;
  Result<ScaleOut> out = scaleOut(
      range, rate, meaning.valueBits, getScaleBits(), input.fracBits,
      input.scales ? &*input.scales : nullptr, lowering.getFracBitsLimit());
  if (!out) {
    lowering.error(*this) << out.message();
    return meaning.valueBits;
  }
  // The chip shifts by no more than the bits of the layer's accumulator.
  if (lowering.isAkida())
    for (int32_t &shift : out->shift.values)
      shift = std::max(shift, 1 - getGroupAccumulatorBits(*this));
  StringRef name = getOwnerName(*this);
  setShiftAttr(makeIntAttr(getContext(), name + "_output_shift", out->shift));
  if (input.scales) {
    setScalesAttr(
        makeIntAttr(getContext(), name + "_output_scales", out->scales));
    setScalesFracBitsAttr(makeIntAttr(
        getContext(), name + "_output_scales_frac_bits", out->scalesFracBits));
  }
  meaning.fracBits = out->fracBits;
  // Up to 4 bits they are unsigned, at the scale that the quantizer was given
  // with its sign: what lies above its range has room, what is negative has
  // none.
  if (lowering.isAkida() && getBitwidth() <= 4 && !isSum) {
    setIsUnsigned(true);
    meaning.valueBits = getValueBits();
  }
  lowering.setMeaning(*this, meaning);
  return meaning.valueBits;
}

/// What the calibration saw of the input of an integer quantizer, in codes: its
/// range is what comes out, after the rescaling of equalized layers.
static std::optional<Observed> getSeen(OutputQuantizerOp quantizer) {
  if (!quantizer.getRangeMaxAttr())
    return std::nullopt;
  Channels<float> range = readFloatChannels(quantizer.getRangeMaxAttr());
  Channels<float> rate =
      quantizer.getRescalingRateAttr()
          ? readFloatChannels(quantizer.getRescalingRateAttr())
          : Channels<float>::scalar(1.0f);
  Meaning input = *getMeaning(quantizer.getInput());
  Channels<float> scales = input.scalesOr1();
  Observed seen;
  seen.perAxis = quantizer.getGranularity() == Granularity::PerAxis;
  seen.isMagnitude = true;
  for (int64_t c = 0, count = getNumChannels(quantizer.getInput()); c != count;
       ++c) {
    double codes =
        std::ldexp(double(range[c]) / rate[c] / scales[c], input.fracBits[c]);
    seen.lower.push_back(-codes);
    seen.upper.push_back(codes);
  }
  return seen;
}

void OutputQuantizerOp::flatten(NetworkFlattener &flattener) {
  if (isFloatTensor(getResult()))
    return flattener.observe(*this, getOwner().getLayerName(), getGranularity(),
                             /*minMax=*/false);
  OutputQuantizer quantizer;
  quantizer.bufferBits = getBufferBitwidth() - (flattener.isAkida() ? 1 : 0);
  quantizer.scales = readVector(getScalesAttr());
  quantizer.shift = readVector(getShiftAttr());
  quantizer.isUnsigned = getIsUnsigned();
  // The chip bounds products alone.
  if (flattener.isAkida() && quantizer.scales.empty())
    quantizer.bufferBits = 31;
  if (std::optional<Observed> seen = getSeen(*this))
    flattener.noteObserved(getInput(), std::move(*seen));
  flattener.add(*this, std::move(quantizer));
}

//===----------------------------------------------------------------------===//
// DequantizerOp
//===----------------------------------------------------------------------===//

void DequantizerOp::build(OpBuilder &builder, OperationState &state,
                          StringRef name, Value input) {
  state.getOrAddProperties<Properties>().setLayerName(
      builder.getStringAttr(name));
  state.addOperands(input);
  state.addTypes(getFloatType(cast<RankedTensorType>(input.getType())));
}

std::string DequantizerOp::whyNotQuantizable() { return {}; }

FailureOr<SmallVector<int64_t>> DequantizerOp::inferResultShape(EmitError) {
  return getOperandShape(*this);
}

LogicalResult DequantizerOp::verify() {
  // dequantizer_c1
  return failure(failed(verifyTensors(*this)) ||
                 failed(verifyResultShape(*this)));
}

FailureOr<Meaning> DequantizerOp::inferMeaning() { return failure(); }

int DequantizerOp::toInteger(IntegerLowering &) { return 0; }

void DequantizerOp::flatten(NetworkFlattener &flattener) {
  if (isFloatTensor(getInput()))
    return flattener.forward(*this);
  flattener.add(*this, Dequantizer());
}
