//===- LookUpActivations.cpp - Functions that integers look up ------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../Verify.h"
#include "qml/Dialect/QML/IR/Flattening.h"
#include "qml/Dialect/QML/IR/IntegerLowering.h"
#include "qml/Support/Quote.h"

using namespace mlir;
using namespace qml;

/// Tables have an entry for each code.
static constexpr int maxInputBits = 15;

/// Bits of entries with the sign, where no configuration says others.
static constexpr int defaultTableBits = 14;

//===----------------------------------------------------------------------===//
// Functions
//===----------------------------------------------------------------------===//

std::optional<ScalarFunction> ActivationOp::getScalarFunction() {
  switch (getFunction()) {
  case Activation::ReLU:
  case Activation::Softmax:
  case Activation::LogSoftmax:
    return std::nullopt;
  case Activation::Gelu:
    return ScalarFunction::Gelu;
  case Activation::GeluTanh:
    return ScalarFunction::GeluTanh;
  case Activation::Swish:
    return ScalarFunction::Swish;
  case Activation::HardSilu:
    return ScalarFunction::HardSilu;
  case Activation::LeakyReLU:
    return ScalarFunction::LeakyReLU;
  case Activation::Sigmoid:
    return ScalarFunction::Sigmoid;
  case Activation::HardSigmoid:
    return ScalarFunction::HardSigmoid;
  case Activation::HardSigmoid6:
    return ScalarFunction::HardSigmoid6;
  case Activation::Tanh:
    return ScalarFunction::Tanh;
  case Activation::ELU:
    return ScalarFunction::ELU;
  case Activation::SELU:
    return ScalarFunction::SELU;
  case Activation::Softplus:
    return ScalarFunction::Softplus;
  case Activation::Softsign:
    return ScalarFunction::Softsign;
  case Activation::Mish:
    return ScalarFunction::Mish;
  case Activation::Exponential:
    return ScalarFunction::Exponential;
  }
  llvm_unreachable("all functions are handled");
}

float ActivationOp::getAlphaOrDefault() {
  if (FloatAttr alpha = getAlphaAttr())
    return alpha.getValue().convertToFloat();
  if (getFunction() == Activation::LeakyReLU)
    return 0.2f;
  return getFunction() == Activation::ELU ? 1.0f : 0.0f;
}

//===----------------------------------------------------------------------===//
// ActivationOp
//===----------------------------------------------------------------------===//

std::string ActivationOp::whyNotQuantizable() { return {}; }

FailureOr<SmallVector<int64_t>> ActivationOp::inferResultShape(EmitError) {
  return getOperandShape(*this);
}

/// activation_c4, activation_c5.
static LogicalResult verifyTable(ActivationOp op) {
  if (failed(verifyNoScales(op, "looks up")))
    return failure();
  Meaning input = *getMeaning(op.getInput());
  if (input.fracBits.size() != 1)
    return op.emitOpError()
           << "looks up integers with a binary point per "
              "channel, of type "
           << op.getInput().getType() << "; a table is for one";
  if (input.valueBits > maxInputBits)
    return op.emitOpError()
           << "looks up integers of " << input.valueBits
           << " value bits; tables are for at most " << maxInputBits;
  ElementsAttr table = op.getTableAttr();
  FloatAttr scale = op.getTableScaleAttr();
  if (!table || !scale || !op.getLutBitwidth())
    return op.emitOpError() << "computes integers without 'table', "
                               "'table_scale' and 'lut_bitwidth'";
  int64_t codes = int64_t(2) << input.valueBits;
  auto type = cast<ShapedType>(table.getType());
  if (type.getRank() != 1 || type.getNumElements() != codes)
    return op.emitOpError() << "has a table of type " << type
                            << "; its input has " << codes << " codes";
  int64_t most = int64_t(1) << (*op.getLutBitwidth() - 1);
  for (int64_t entry : readIntegers(table))
    if (entry < -most || entry >= most)
      return op.emitOpError()
             << "has an entry of " << entry
             << " in its table; 'lut_bitwidth' is " << *op.getLutBitwidth();
  float value = scale.getValue().convertToFloat();
  if (!(value > 0.0f) || std::isinf(value))
    return op.emitOpError()
           << "has a table with a scale of " << showNumber(value)
           << "; scales are positive and finite";
  return success();
}

LogicalResult ActivationOp::verify() {
  if (failed(verifyTensors(*this)))
    return failure();
  // activation_c1
  if (!getScalarFunction())
    return emitOpError() << "has the function "
                         << stringifyActivation(getFunction())
                         << ", which is an operation of its own: qml."
                         << stringifyActivation(getFunction());
  // activation_c2
  if (FloatAttr alpha = getAlphaAttr()) {
    bool hasAlpha = getFunction() == Activation::LeakyReLU ||
                    getFunction() == Activation::ELU;
    if (!hasAlpha)
      return emitOpError() << "has an alpha; leaky_relu and elu have one, not "
                           << stringifyActivation(getFunction());
    if (!alpha.getValue().isFinite())
      return emitOpError() << "has an alpha of "
                           << showNumber(alpha.getValue().convertToFloat())
                           << "; it must be finite";
  }
  // activation_c3
  if (failed(verifyResultShape(*this)))
    return failure();
  if (isFloatTensor(getResult())) {
    // activation_c5
    if (getTableAttr() || getTableScaleAttr())
      return emitOpError() << "computes floats, and has a table for integers";
    return verifyStage(*this);
  }
  // What is said of integers asks for those.
  if (isFloatTensor(getInput()))
    return verifyStage(*this);
  return failure(failed(verifyTable(*this)) || failed(verifyStage(*this)));
}

FailureOr<Meaning> ActivationOp::inferMeaning() {
  FloatAttr scale = getTableScaleAttr();
  if (!scale)
    return failure();
  Meaning result;
  result.valueBits =
      static_cast<int>(getLutBitwidth().value_or(defaultTableBits)) - 1;
  result.scales = Channels<float>::scalar(scale.getValue().convertToFloat());
  return result;
}

/// What the quantizer of a layer holds at least, in real values; infinity if it
/// has none that was calibrated.
static float findLargestResult(LayerOpInterface layer) {
  OutputQuantizerOp quantizer = getOutputQuantizer(layer);
  if (!quantizer || !quantizer.getRangeMaxAttr())
    return INFINITY;
  Channels<float> range = readFloatChannels(quantizer.getRangeMaxAttr());
  Channels<float> rate = Channels<float>::scalar(1.0f);
  if (quantizer.getRescalingRateAttr())
    rate = readFloatChannels(quantizer.getRescalingRateAttr());
  float largest = 0.0f;
  for (size_t c = 0; c != range.size(); ++c)
    largest = std::max(largest, range[c] / rate[c]);
  // Its codes go up to the next power of two.
  return largest > 0.0f ? 2.0f * largest : INFINITY;
}

int ActivationOp::toInteger(IntegerLowering &lowering) {
  int tableBits =
      static_cast<int>(getLutBitwidth().value_or(defaultTableBits)) - 1;
  setLutBitwidth(tableBits + 1);
  Meaning input = lowering.expectFixedPoint(*this, getInput());
  if (input.fracBits.size() != 1) {
    lowering.error(*this)
        << "it looks its input up in a table, which takes one binary point for "
           "all channels; quantize the input per tensor "
           "(--per-tensor-activations, or \"axis\": \"per-tensor\" in the "
           "configuration)";
    return tableBits;
  }
  if (input.valueBits > maxInputBits) {
    lowering.error(*this) << "it looks up an input of " << input.valueBits
                          << " value bits; tables are for at most "
                          << maxInputBits << ": use fewer bits before it";
    return tableBits;
  }
  Result<LookUpTable> table = makeLookUpTable(
      *getScalarFunction(), getAlphaOrDefault(), input.valueBits,
      input.fracBits[0], tableBits,
      // It grows so fast that codes which never occur would
      // take all of the table's bits.
      getFunction() == Activation::Exponential ? findLargestResult(*this)
                                               : INFINITY);
  if (!table) {
    lowering.error(*this) << table.message();
    return tableBits;
  }
  std::vector<int64_t> entries(table->values.begin(), table->values.end());
  setTableAttr(makeIntegers(getContext(), {int64_t(entries.size())},
                            (getLayerName() + "_table").str(), entries,
                            storageBytes(tableBits) * 8));
  setTableScaleAttr(
      FloatAttr::get(Float32Type::get(getContext()), table->scale));
  return tableBits;
}

void ActivationOp::flatten(NetworkFlattener &flattener) {
  if (isFloatTensor(getResult())) {
    flattener.add(*this,
                  ScalarActivation{*getScalarFunction(), getAlphaOrDefault()});
    return;
  }
  std::vector<int32_t> table = readVector(getTableAttr());
  int64_t first = -int64_t(table.size() / 2);
  flattener.add(*this, LookUp{std::move(table), first});
}
