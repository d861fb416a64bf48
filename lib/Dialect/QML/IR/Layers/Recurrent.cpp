//===- Recurrent.cpp - Layers of recurrent networks -----------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../Verify.h"
#include "qml/Dialect/QML/IR/Flattening.h"
#include "qml/Dialect/QML/IR/IntegerLowering.h"

#include <cmath>

using namespace mlir;
using namespace qml;

/// Value bits of a layer's buffer: without the sign.
template <typename OpT>
static int getBufferValueBits(OpT op) {
  return static_cast<int>(op.getBufferBitwidth().value_or(32)) - 1;
}

/// (C1) of both layers on sequences.
static LogicalResult verifySequence(mlir::Operation *op) {
  ArrayRef<int64_t> shape = getShape(op->getOperand(0));
  if (shape.size() != 3)
    return op->emitOpError()
           << "takes sequences (batch, steps, channels); found shape "
           << toString(shape);
  return success();
}

/// Whether there is a vector of scales exactly where the input has a scale.
static LogicalResult verifyScaled(mlir::Operation *op, StringRef name) {
  FixedAttr fixed = getFixed(op->getOperand(0));
  bool isScaled = fixed && fixed.getScale();
  if (isScaled == op->hasAttr(name))
    return success();
  return op->emitOpError() << "has an input of " << op->getOperand(0).getType()
                           << " and " << (isScaled ? "no '" : "a '") << name
                           << "'; inputs with a scale need one, others none";
}

//===----------------------------------------------------------------------===//
// StatefulProjectionOp
//===----------------------------------------------------------------------===//

SmallVector<KernelInfo, 1> StatefulProjectionOp::getKernels() {
  return {{"kernel", "", getKernel(), getOutputAxis(),
           /*hasExplicitAxis=*/false}};
}

std::string StatefulProjectionOp::whyNotQuantizable() {
  return whyNotWithActivation(getActivationAttr());
}

FailureOr<SmallVector<int64_t>>
StatefulProjectionOp::inferResultShape(EmitError emitError) {
  SmallVector<int64_t> shape =
      inferDenseShape(getShape(getInput()), getNumOutputChannels());
  int64_t subsample = getSubsample();
  if (subsample == 1)
    return shape;
  // stateful_projection_c3
  if (shape.size() != 3 || subsample < 1 || shape[1] % subsample != 0) {
    emitError() << "has a subsample of " << subsample
                << " for an input of shape " << toString(getShape(getInput()))
                << "; it must be 1, or divide the steps of a sequence (batch, "
                   "steps, channels)";
    return failure();
  }
  shape[1] /= subsample;
  return shape;
}

LogicalResult StatefulProjectionOp::verify() {
  // stateful_projection_c2
  if (failed(verifyKernelShape(*this, getKernel(), 2, "(in, out)")) ||
      failed(verifyWeights(*this, /*takesIntegerInput=*/true)))
    return failure();
  // stateful_projection_c1
  int64_t inputs = getShape(getKernel()).front();
  if (inputs != getNumChannels(getInput()))
    return emitOpError() << "has a kernel for " << inputs
                         << " inputs; the input's last axis has "
                         << getNumChannels(getInput());
  // stateful_projection_c4
  return verifyResultShape(*this);
}

FailureOr<Meaning> StatefulProjectionOp::inferMeaning() {
  Meaning sum = getMeaning(getInput())
                    ->aligned()
                    .scaledBy(readFloatChannels(getKernelScalesAttr()));
  sum.valueBits = getSumBits(*this);
  return sum;
}

int StatefulProjectionOp::toInteger(IntegerLowering &lowering) {
  Meaning input =
      lowering.align(*this, *getMeaning(getInput()), getSumBits(*this));
  lowering.expectOneScale(*this, input);
  return lowering.lowerWeights(*this, input);
}

void StatefulProjectionOp::flatten(NetworkFlattener &flattener) {
  int input = flattener.getTensor(getInput());
  if (int64_t stride = getSubsample(); stride != 1) {
    // The last of each `stride` steps.
    ArrayRef<int64_t> shape = getShape(getInput());
    int64_t steps = shape[1] / stride, channels = shape[2];
    Tensor tensor = makeTensor(getInput());
    auto add = [&](OperationKind kind, Shape to) {
      tensor.shape = std::move(to);
      input = flattener.addInner(*this, std::move(kind), {input}, tensor);
    };
    Move last;
    last.axes = {{0, 0, 1}, {1, stride - 1, 1}, {2, 0, 1}};
    add(AlignedReshape(), {steps, stride, channels});
    add(std::move(last), {steps, 1, channels});
    add(AlignedReshape(), {steps, channels});
  }
  Dense dense;
  dense.kernel = flattener.makeConstant(getKernel());
  dense.bias = flattener.makeBias(*this);
  dense.accumulator =
      flattener.makeProductAccumulator(*this, /*wrapsAround=*/false);
  flattener.add(*this, std::move(dense), {input});
}

//===----------------------------------------------------------------------===//
// StatefulRecurrentOp
//===----------------------------------------------------------------------===//

/// Bits of the scale of inputs, as the reference has it.
static constexpr int stateScaleBits = 8;

std::string StatefulRecurrentOp::whyNotQuantizable() { return {}; }

ConfigKeys StatefulRecurrentOp::getConfigurableKeys() {
  return {"output_quantizer", "a_quantizer", "buffer_bitwidth"};
}

OutputQuantizerRule StatefulRecurrentOp::getOutputQuantizerRule() {
  OutputQuantizerRule rule;
  rule.ownBits = 16;
  return rule;
}

int64_t StatefulRecurrentOp::getNumTrainableParameters() {
  return getNumElements(getAReal()) + getNumElements(getAImag());
}

FailureOr<SmallVector<int64_t>>
StatefulRecurrentOp::inferResultShape(EmitError) {
  SmallVector<int64_t> shape = getOperandShape(*this);
  shape.push_back(2);
  return shape;
}

LogicalResult StatefulRecurrentOp::verify() {
  // stateful_recurrent_c1
  if (failed(verifyTensors(*this)) || failed(verifySequence(*this)))
    return failure();
  int64_t channels = getNumChannels(getInput());
  bool isInteger = !isFloatTensor(getResult());
  for (auto [name, factors] : {std::pair(StringRef("a_real"), getAReal()),
                               std::pair(StringRef("a_imag"), getAImag())}) {
    if (getShape(factors) != ArrayRef<int64_t>{channels})
      return emitOpError() << "has '" << name << "' of type "
                           << factors.getType()
                           << "; one value is needed for each of " << channels
                           << " channels";
    if (factors.getElementType().isF32() == isInteger)
      return emitOpError() << "has '" << name << "' of "
                           << factors.getElementType()
                           << "; integer layers have integers, float layers "
                              "floats";
  }
  // stateful_recurrent_c2
  if (isInteger && !(getStateBits() && getStateFracBits() && getAFracBits() &&
                     getNewStateShiftAttr() && getBufferBitwidth()))
    return emitOpError()
           << "computes integers without one of 'state_bits', "
              "'state_frac_bits', 'a_frac_bits', 'new_state_shift' and "
              "'buffer_bitwidth'";
  if (failed(
          verifyShifts(*this, "input_shift", getInputShiftAttr(), channels)) ||
      failed(verifyVector(*this, "new_state_scale", getNewStateScaleAttr(),
                          channels)) ||
      failed(verifyScaleOutShifts(*this, "new_state_shift",
                                  getNewStateShiftAttr(), channels)))
    return failure();
  for (auto [name, bits] :
       {std::pair(StringRef("a_frac_bits"), getAFracBitsAttr()),
        std::pair(StringRef("state_frac_bits"), getStateFracBitsAttr())})
    if (bits && (bits.getInt() < -maxExponent || bits.getInt() > maxExponent))
      return emitOpError() << "has " << bits.getInt() << " as '" << name
                           << "'; allowed are " << -maxExponent << " to "
                           << maxExponent;
  if (isInteger && failed(verifyScaled(*this, "new_state_scale")))
    return failure();
  // stateful_recurrent_c3
  return failure(failed(verifyStage(*this)) ||
                 failed(verifyResultShape(*this)));
}

FailureOr<Meaning> StatefulRecurrentOp::inferMeaning() {
  Meaning sums;
  sums.fracBits = Channels<int32_t>::scalar(
      static_cast<int32_t>(*getStateFracBits() + *getAFracBits()));
  sums.valueBits = getBufferValueBits(*this);
  return sums;
}

/// The largest magnitude of an array.
static float findLargest(ElementsAttr elements) {
  float largest = 0.0f;
  for (float value : ElementsView<float>(elements))
    largest = std::max(largest, std::fabs(value));
  return largest;
}

static ElementsAttr quantizeFactors(const Twine &name, ElementsAttr factors,
                                    int bits, int fracBits) {
  std::vector<int16_t> integers;
  for (float value : ElementsView<float>(factors))
    integers.push_back(static_cast<int16_t>(
        quantizeToFixed(value, bits, fracBits, Arithmetic::QuantizeML)));
  auto type = RankedTensorType::get(getShape(factors),
                                    IntegerType::get(factors.getContext(), 16));
  return makeResource(type, name.str(), std::move(integers));
}

int StatefulRecurrentOp::toInteger(IntegerLowering &lowering) {
  int bits = getBufferValueBits(*this);
  Meaning input = lowering.align(*this, *getMeaning(getInput()), bits);
  // The reference records a shift of inputs with a scale per channel, too.
  if (input.hasScalePerChannel() && !getInputShiftAttr())
    setInputShiftAttr(makeIntAttr(getContext(), getLayerName() + "_input_shift",
                                  Channels<int32_t>::scalar(0)));
  OutputQuantizerOp states = getOutputQuantizer(*this);
  // So that what follows finds the attributes, whatever is wrong.
  MLIRContext *context = getContext();
  IntegerType i64 = IntegerType::get(context, 64);
  auto set = [&](StringRef name, int64_t value) {
    (*this)->setAttr(name, IntegerAttr::get(i64, value));
  };
  set("state_bits", 15);
  set("state_frac_bits", 0);
  set("a_frac_bits", 0);
  StringRef name = getLayerName();
  setNewStateShiftAttr(makeIntAttr(context, name + "_new_state_shift",
                                   Channels<int32_t>::scalar(0)));
  if (!states || !getAQuantizerAttr()) {
    lowering.error(*this) << "its states or factors have no quantizer; run "
                             "--qml-insert-quantizers";
    return bits;
  }
  if (states.getGranularity() == Granularity::PerAxis ||
      states.getIsUnsigned() || states.getBitwidth() > 16) {
    lowering.error(*this) << "its states are quantized "
                          << (states.getIsUnsigned() ? "unsigned, " : "")
                          << "per "
                          << (states.getGranularity() == Granularity::PerAxis
                                  ? "axis"
                                  : "tensor")
                          << " to " << states.getBitwidth()
                          << " bits; they have a sign, one range for all, and "
                             "up to 16 bits";
    return bits;
  }
  if (!states.getRangeMaxAttr()) {
    lowering.error(*this)
        << "its quantizer has no range; calibrate the network first";
    return bits;
  }
  int stateBits = states.getValueBits();
  int32_t stateFracBits =
      fracBitsOf(readFloatChannels(states.getRangeMaxAttr()), stateBits,
                 lowering.getFracBitsLimit())[0];

  // The sums of products have one binary point.
  int factorBits = getAQuantizerAttr().getValueBits();
  int realFracBits = maxFracBits(factorBits, findLargest(getAReal()));
  int imagFracBits = maxFracBits(factorBits, findLargest(getAImag()));
  int factorFracBits = std::min(realFracBits, imagFracBits);
  if (realFracBits != imagFracBits && !lowering.isAkida()) {
    lowering.error(*this) << "the largest of its factors A_real need "
                          << realFracBits << " fractional bits, those of "
                          << "A_imag " << imagFracBits
                          << "; both must need the same, which they do where "
                             "no magnitude is above 1";
    return bits;
  }
  Result<ScaleOut> out =
      scaleOutTo(Channels<int32_t>::scalar(stateFracBits + factorFracBits),
                 Channels<float>::scalar(1.0f), bits, stateScaleBits,
                 input.fracBits, input.scales ? &*input.scales : nullptr);
  if (!out) {
    lowering.error(*this) << out.message();
    return bits;
  }
  setARealAttr(quantizeFactors(name + "_a_real", getAReal(), factorBits,
                               factorFracBits));
  setAImagAttr(quantizeFactors(name + "_a_imag", getAImag(), factorBits,
                               factorFracBits));
  if (input.scales)
    setNewStateScaleAttr(
        makeIntAttr(context, name + "_new_state_scale", out->scales));
  setNewStateShiftAttr(
      makeIntAttr(context, name + "_new_state_shift", out->shift));
  set("state_bits", stateBits);
  set("state_frac_bits", stateFracBits);
  set("a_frac_bits", factorFracBits);
  return bits;
}

void StatefulRecurrentOp::flatten(NetworkFlattener &flattener) {
  int input = flattener.getTensor(getInput());
  ArrayRef<int64_t> shape = getShape(getInput());
  Tensor states = makeTensor(getResult());
  Recurrence recurrence;
  if (isFloatTensor(getResult())) {
    recurrence.floatReal = readFloats(getAReal());
    recurrence.floatImaginary = readFloats(getAImag());
  } else {
    int bits = getBufferValueBits(*this);
    Tensor steps = states;
    steps.shape = {shape[1], shape[2]};
    std::vector<int32_t> shift = readVector(getInputShiftAttr());
    if (llvm::any_of(shift, [](int32_t bits) { return bits != 0; })) {
      Tensor shifted = makeTensor(getInput());
      shifted.fixed->valueBits = bits;
      shifted.fixed->fracBits = {*std::max_element(
          shifted.fixed->fracBits.begin(), shifted.fixed->fracBits.end())};
      shifted.type = *getElementType(getStorageType(getContext(), bits));
      input = flattener.addInner(*this, AlignedReshape{std::move(shift)},
                                 {input}, std::move(shifted));
    }
    OutputQuantizer scale;
    scale.bufferBits = bits;
    scale.scales = readVector(getNewStateScaleAttr());
    scale.shift = readVector(getNewStateShiftAttr());
    input = flattener.addInner(*this, std::move(scale), {input}, steps);
    recurrence.real = readVector(getAReal());
    recurrence.imaginary = readVector(getAImag());
    recurrence.shift = {static_cast<int32_t>(-*getAFracBits())};
    recurrence.bufferBits = bits;
    recurrence.stateBits = static_cast<int>(*getStateBits());
    recurrence.keepsSums = true;
  }
  states.shape = {2, shape[1], shape[2]};
  int all = flattener.addInner(*this, std::move(recurrence), {input}, states);
  // Both parts of a state side by side.
  Move move;
  move.axes = {{1, 0, 1}, {2, 0, 1}, {0, 0, 1}};
  flattener.add(*this, std::move(move), {all});
}

//===----------------------------------------------------------------------===//
// PicoPostProcessingOp
//===----------------------------------------------------------------------===//

/// Value bits of predictions and truths, and bits of the scales of predictions,
/// as the reference has them.
static constexpr int comparedBits = 15;
static constexpr int predictionScaleBits = 16;

std::string PicoPostProcessingOp::whyNotQuantizable() { return {}; }

ConfigKeys PicoPostProcessingOp::getConfigurableKeys() {
  return {"buffer_bitwidth"};
}

FailureOr<SmallVector<int64_t>>
PicoPostProcessingOp::inferResultShape(EmitError) {
  SmallVector<int64_t> shape = getOperandShape(*this);
  shape.erase(shape.begin() + 1);
  return shape;
}

LogicalResult PicoPostProcessingOp::verify() {
  if (failed(verifyTensors(*this)) || failed(verifySequence(*this)))
    return failure();
  // pico_post_processing_c1
  if (failed(verifyCompatibleShape(getShape(getInput()), getShape(getTruth()))))
    return emitOpError() << "has a prediction of shape "
                         << toString(getShape(getInput()))
                         << " and a truth of shape "
                         << toString(getShape(getTruth()))
                         << "; they must be equal";
  // pico_post_processing_c2
  auto integer = dyn_cast<IntegerType>(
      cast<RankedTensorType>(getTruth().getType()).getElementType());
  if (!integer || integer.getWidth() > 16 || getFixed(getTruth()))
    return emitOpError() << "has a truth of type " << getTruth().getType()
                         << "; it must be an input of the network, of "
                            "integers of 8 or 16 bits";
  // pico_post_processing_c3
  bool isInteger = !isFloatTensor(getResult());
  if (isInteger && !(getShiftAttr() && getBufferBitwidth()))
    return emitOpError()
           << "computes integers without 'shift' or 'buffer_bitwidth'";
  int64_t channels = getNumChannels(getInput());
  if (failed(verifyVector(*this, "scales", getScalesAttr(), channels)) ||
      failed(verifyScaleOutShifts(*this, "shift", getShiftAttr(), channels)) ||
      (isInteger && failed(verifyScaled(*this, "scales"))))
    return failure();
  // pico_post_processing_c4
  if (failed(verifyFinite<double>(*this, "threshold",
                                  {getThreshold().convertToDouble()})))
    return failure();
  // pico_post_processing_c5
  return failure(failed(verifyStage(*this, /*takesIntegerInput=*/true)) ||
                 failed(verifyResultShape(*this)));
}

FailureOr<Meaning> PicoPostProcessingOp::inferMeaning() {
  Meaning bits;
  bits.valueBits = 1;
  return bits;
}

int PicoPostProcessingOp::toInteger(IntegerLowering &lowering) {
  Meaning input = *getMeaning(getInput());
  Channels<int32_t> fracBits = Channels<int32_t>::scalar(0);
  setShiftAttr(makeIntAttr(getContext(), getLayerName() + "_shift", fracBits));
  if (input.valueBits <= comparedBits) {
    lowering.error(*this) << "its prediction has " << input.valueBits
                          << " value bits; it is quantized to " << comparedBits
                          << ", which takes more than that: leave out the "
                             "output quantizer of the layer before it";
    return 1;
  }
  // The chip shifts by no more than 31 bits: its scales have as many bits as
  // that leaves.
  auto scaleBy = [&](int scaleBits) {
    return scaleOutTo(fracBits, Channels<float>::scalar(1.0f), comparedBits,
                      scaleBits, input.fracBits,
                      input.scales ? &*input.scales : nullptr);
  };
  auto isFar = [](const ScaleOut &out) {
    return llvm::any_of(out.shift.values,
                        [](int32_t shift) { return shift < -31; });
  };
  int scaleBits = predictionScaleBits;
  Result<ScaleOut> out = scaleBy(scaleBits);
  while (out && lowering.isAkida() && isFar(*out) && scaleBits > 2)
    out = scaleBy(--scaleBits);
  if (!out) {
    lowering.error(*this) << out.message();
    return 1;
  }
  setShiftAttr(
      makeIntAttr(getContext(), getLayerName() + "_shift", out->shift));
  if (input.scales)
    setScalesAttr(
        makeIntAttr(getContext(), getLayerName() + "_scales", out->scales));
  return 1;
}

void PicoPostProcessingOp::flatten(NetworkFlattener &flattener) {
  DifferenceTest test;
  double threshold = getThreshold().convertToDouble();
  test.floatThreshold = threshold;
  if (!isFloatTensor(getResult())) {
    test.scales = readVector(getScalesAttr());
    test.shift = readVector(getShiftAttr());
    // Of integers, at least the threshold is above the one before it.
    constexpr double most = 1 << 30;
    test.threshold = {static_cast<int32_t>(
        std::ceil(std::clamp(threshold, -most, most)) - 1)};
    // The chip counts the sign among its bits, the reference's quantizer does
    // not.
    test.bufferBits =
        static_cast<int>(*getBufferBitwidth()) - (flattener.isAkida() ? 1 : 0);
  }
  flattener.add(*this, std::move(test));
}
