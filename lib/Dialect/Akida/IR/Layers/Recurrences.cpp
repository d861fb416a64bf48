//===- Recurrences.cpp - Layers over time ---------------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LayerParts.h"

using namespace mlir;

namespace qml {
namespace akida {

//===----------------------------------------------------------------------===//
// StatefulRecurrent
//===----------------------------------------------------------------------===//

static VariableShape perState(mlir::Operation *layer) {
  return {cast<StatefulRecurrentOp>(layer).getStatefulChannels()};
}
static VariableShape inProjShape(mlir::Operation *layer) {
  return {getImage(layer->getOperand(0)).channels, perState(layer).front()};
}
static VariableShape outProjShape(mlir::Operation *layer) {
  return {perState(layer).front(), perOutput(layer).front()};
}

/// As the engine's summary shows them all.
static constexpr VariableInfo inProj =
    makeWeights(inProjShape, EngineLayout::Same, "in_proj");
static constexpr VariableInfo outProj =
    makeWeights(outProjShape, EngineLayout::Same, "out_proj");
static constexpr VariableInfo makeTransition(llvm::StringLiteral name) {
  return {name,
          ElementType::I16,
          perState,
          0,
          Presence::Always,
          EngineLayout::Same,
          /*summaryRow=*/1};
}
static constexpr VariableInfo real = makeTransition("A_real");
static constexpr VariableInfo imaginary = makeTransition("A_imag");
static constexpr VariableInfo newStateScale{"new_state_scale", ElementType::U8,
                                            perState, 1};
static constexpr VariableInfo newStateShift{"new_state_shift", ElementType::I8,
                                            perState};
static constexpr VariableInfo stateShift{"internal_state_outputs_shift",
                                         ElementType::I8, perState};

const LayerInfo &StatefulRecurrentOp::getInfo() {
  using namespace variables;
  static const VariableInfo infos[] = {inProj,
                                       inputShift,
                                       newStateScale,
                                       newStateShift,
                                       real,
                                       imaginary,
                                       stateShift,
                                       outProj,
                                       bias,
                                       biasShift,
                                       maxValue,
                                       maxValueShift,
                                       activationScales,
                                       activationShift,
                                       lutValues,
                                       outputScales,
                                       outputShift};
  static const Limit limits[] = {
      {Quantity::StateBits, V2Only, 0, "states of {} bits", "recurrences have",
       Allowed::range(9, 32), "", "", "engine"},
      {Quantity::Subsample, V2Only, 0, "subsampling", "recurrences take",
       Allowed(), "one of at least 1 that divides the steps of time", "",
       "engine"},
  };
  static const LayerInfo info = {kind,
                                 V2Only,
                                 engineType,
                                 engineType,
                                 LayerClass::Scaled | LayerClass::Rescaled |
                                     LayerClass::OverTime,
                                 infos,
                                 limits};
  return info;
}

LogicalResult StatefulRecurrentOp::inferReturnTypes(
    MLIRContext *context, std::optional<Location> location, Adaptor adaptor,
    SmallVectorImpl<Type> &types) {
  Image image = getImage(adaptor.getInput());
  if (failed(inferResult<StatefulRecurrentOp>(
          adaptor, {1, image.width / adaptor.getSubsample()},
          adaptor.getOutputChannels(),
          getResultElementType(context, adaptor.getOutputBits()), location,
          types)))
    return failure();
  types.push_back(RankedTensorType::get(
      {2, adaptor.getStatefulChannels()},
      IntegerType::get(context,
                       adaptor.getInternalStateBits() <= 16 ? 16 : 32)));
  return success();
}

std::optional<IntegerFormat> StatefulRecurrentOp::getResultFormat() {
  return formatOf(getOutputBits());
}

void StatefulRecurrentOp::checkParameters(LayerChecker &checker) {
  Image image = getImage(getInput());
  if (image.height != 1)
    checker.report(Quantity::TimeImage, Twine(image.height));
  if (getSubsample() < 1 || image.width % getSubsample() != 0)
    checker.report(Quantity::Subsample, Twine(getSubsample()) + " of " +
                                            Twine(image.width) + " steps");
}

void StatefulRecurrentOp::checkInputs(LayerChecker &) {}

/// A matrix product of the last axis.
static int addProjection(LayerFlattener &to, StatefulRecurrentOp op,
                         const VariableInfo &matrix, int input, Dense dense) {
  auto elements = op->getAttrOfType<ElementsAttr>(matrix.name);
  dense.kernel = elements ? to.makeConstant(elements)
                          : to.makeConstant(readVariable(op, matrix));
  VariableShape shape = matrix.getShape(op);
  dense.kernel.shape = {shape[0], shape[1]};
  Shape result = to.shapeOf(input);
  result.back() = shape[1];
  int bits = dense.accumulator.bufferBits;
  return to.add(std::move(dense), {input}, result, bits);
}

int StatefulRecurrentOp::flatten(LayerFlattener &to) {
  int64_t steps = getImage(getInput()).width, states = getStatefulChannels();
  int postBits = getPostOpBufferBits();
  Dense in, out;
  in.accumulator.bufferBits = out.accumulator.bufferBits = getBufferBits() - 1;
  in.accumulator.inputShift = readInts(*this, variables::inputShift);
  int tensor =
      addProjection(to, *this, inProj, to.lookup(getInput()), std::move(in));
  OutputQuantizer scale;
  scale.bufferBits = postBits - 1;
  scale.scales = readInts(*this, newStateScale);
  scale.shift = readInts(*this, newStateShift);
  scale.isUnsigned = !formatOf(postBits).isSigned;
  tensor = to.add(scale, {tensor}, to.shapeOf(tensor),
                  formatOf(postBits).valueBits());

  Recurrence recurrence;
  recurrence.real = readInts(*this, real);
  recurrence.imaginary = readInts(*this, imaginary);
  recurrence.shift = readInts(*this, stateShift);
  recurrence.bufferBits = postBits - 1;
  recurrence.stateBits = getInternalStateBits() - 1;
  int stateBits = recurrence.stateBits;
  int all = to.add(std::move(recurrence), {tensor, to.lookup(getMemory())},
                   {2, steps, states}, stateBits);
  to.bind(getNewMemory(),
          to.add(Rows{steps - 1, steps}, {all}, {2, states}, stateBits));
  int64_t subsample = getSubsample();
  tensor = to.add(Rows{subsample - 1, subsample}, {all},
                  {1, steps / subsample, states}, stateBits);
  out.accumulator.boundsInput = false;
  out.bias = makeBias(to, *this, getBufferBits());
  return finish(to, *this,
                addProjection(to, *this, outProj, tensor, std::move(out)));
}

int StatefulRecurrentOp::flattenPrediction(LayerFlattener &, int tensor) {
  return tensor;
}

//===----------------------------------------------------------------------===//
// PicoPostProcessing
//===----------------------------------------------------------------------===//

static constexpr VariableInfo inputScales{"input_scales", ElementType::U16,
                                          perInput};
static constexpr VariableInfo picoShift{"input_shift", ElementType::I8,
                                        perInput};
static constexpr VariableInfo picoThreshold{"threshold", ElementType::U16,
                                            perInput};

const LayerInfo &PicoPostProcessingOp::getInfo() {
  static const VariableInfo variables[] = {inputScales, picoShift,
                                           picoThreshold};
  static const Limit limits[] = {
      {Quantity::BufferBits, V2Only, 0, "buffers of {} bits",
       "post-processing has", Allowed::range(1, 44), "", "", "engine"},
      {Quantity::PicoInputs, V2Only, 0, "inputs", "post-processing takes",
       Allowed(),
       "a recurrence's result of more than 16 bits and the model's input of 16",
       "", "engine"},
  };
  static const LayerInfo info = {
      kind,      V2Only, engineType, engineType, LayerClass::OverTime,
      variables, limits};
  return info;
}

LogicalResult PicoPostProcessingOp::inferReturnTypes(
    MLIRContext *context, std::optional<Location> location, Adaptor adaptor,
    SmallVectorImpl<Type> &types) {
  return inferResult<PicoPostProcessingOp>(
      adaptor, {1, 1}, getImage(adaptor.getPrediction()).channels,
      IntegerType::get(context, 8), location, types);
}

std::optional<IntegerFormat> PicoPostProcessingOp::getResultFormat() {
  return IntegerFormat{8, true};
}

void PicoPostProcessingOp::checkParameters(LayerChecker &) {}

void PicoPostProcessingOp::checkInputs(LayerChecker &checker) {
  IntegerFormat prediction = getFormat(getPrediction());
  IntegerFormat truth = getFormat(getTruth());
  mlir::Operation *predictor = getLayerOf(getPrediction());
  mlir::Operation *source = getLayerOf(getTruth());
  auto of = [](mlir::Operation *op, IntegerFormat format) {
    auto layer = dyn_cast_or_null<LayerOpInterface>(op);
    return describe(format) + " of " +
           (layer ? "layer '" + layer.getLayerName().str() + "'"
                  : std::string("no layer"));
  };
  if (!isa_and_nonnull<StatefulRecurrentOp>(predictor) ||
      prediction.bits < 17 || !isa_and_nonnull<InputDataOp>(source) ||
      truth.bits != 16 ||
      getPrediction().getType().getShape() != getTruth().getType().getShape())
    checker.report(Quantity::PicoInputs,
                   of(predictor, prediction) + " and " + of(source, truth));
  if (int64_t rows = getImage(getPrediction()).height; rows != 1)
    checker.report(Quantity::TimeImage, Twine(rows));
}

int PicoPostProcessingOp::flatten(LayerFlattener &to) {
  DifferenceTest test;
  test.bufferBits = getBufferBits() - 1;
  test.scales = readInts(*this, inputScales);
  test.shift = readInts(*this, picoShift);
  test.threshold = readInts(*this, picoThreshold);
  return to.add(std::move(test),
                {to.lookup(getPrediction()), to.lookup(getTruth())},
                getShapeOf(getResult()), ElementType::I8, 7);
}

int PicoPostProcessingOp::flattenPrediction(LayerFlattener &, int tensor) {
  return tensor;
}

} // namespace akida
} // namespace qml
