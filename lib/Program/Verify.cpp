//===- Verify.cpp - Refuses programs that cannot be run -------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One check for each kind of operation, and a few that they share.
//
//===----------------------------------------------------------------------===//

#include "Checker.h"

#include <set>

namespace qml {

/// Whether some tap of the window of result cell `cell` lies inside an image of
/// `extent` cells along the axis.
static bool touchesImage(const Window &window, int axis, int64_t cell,
                         int64_t extent) {
  int64_t start = cell * window.strides[axis] - window.padBegin[axis];
  int64_t dilation = window.dilations[axis];
  int64_t tap = start < 0 ? (-start + dilation - 1) / dilation : 0;
  return tap < window.kernel[axis] && start + tap * dilation < extent;
}

static bool isModelInteger(ElementType type) {
  return type == ElementType::U8 || type == ElementType::I8 ||
         type == ElementType::I16;
}

Status Checker::run() {
  for (size_t i = 0; i < program.tensors.size(); ++i)
    if (Status status = checkTensor(i); !status)
      return status;

  auto isTensor = [&](int index) {
    return index >= 0 && size_t(index) < program.tensors.size();
  };
  if (!isTensor(program.input))
    return Error{"the program's input is tensor " +
                 std::to_string(program.input) + ", which does not exist"};
  std::vector<char> computed(program.tensors.size(), 0);
  computed[program.input] = 1;
  if (Status status = checkStates(computed); !status)
    return status;
  for (const Operation &operation : program.operations) {
    bool isBinary = operation.as<Add>() || operation.as<Concatenate>() ||
                    operation.as<Push>() || operation.as<Recurrence>() ||
                    operation.as<DifferenceTest>();
    size_t arity = isBinary ? 2 : 1;
    if (operation.inputs.size() != arity)
      return failure(operation,
                     "has " + std::to_string(operation.inputs.size()) +
                         " inputs instead of " + std::to_string(arity));
    for (int tensor : operation.inputs)
      if (!isTensor(tensor) || !computed[tensor])
        return failure(operation, "reads tensor " + std::to_string(tensor) +
                                      ", which is not computed before it");
    if (!isTensor(operation.output) || computed[operation.output])
      return failure(operation, "writes tensor " +
                                    std::to_string(operation.output) +
                                    ", which does not exist or has a value");
    if (Status status = checkOperation(operation); !status)
      return status;
    computed[operation.output] = 1;
  }
  for (const Output &output : program.outputs)
    if (!isTensor(output.tensor) || !computed[output.tensor])
      return Error{"output '" + output.layer + "' is tensor " +
                   std::to_string(output.tensor) +
                   ", which no operation computes"};

  for (const State &state : program.states)
    if (!isTensor(state.after) || !computed[state.after] ||
        state.after == state.before || !program.tensors[state.after].fixed ||
        program.tensors[state.after].shape !=
            program.tensors[state.before].shape ||
        program.tensors[state.after].fixed->valueBits >
            program.tensors[state.before].fixed->valueBits)
      return Error{"a state becomes tensor " + std::to_string(state.after) +
                   ", which no operation computes, or which does not fit"};

  std::set<std::string> ranged;
  for (const RangeRequest &range : program.ranges) {
    auto fail = [&](const std::string &what) {
      return Error{"the range of layer '" + range.layer + "' " + what};
    };
    if (!isTensor(range.tensor) || !computed[range.tensor])
      return fail("is that of tensor " + std::to_string(range.tensor) +
                  ", which no operation computes");
    const Tensor &tensor = program.tensors[range.tensor];
    if (tensor.fixed || tensor.type != ElementType::F32)
      return fail(std::string("is that of a tensor of ") + nameOf(tensor.type) +
                  ", only float32 has one");
    if (!ranged.insert(range.layer).second)
      return fail("is asked for twice: layers need different names");
  }
  return {};
}

Status Checker::checkStates(std::vector<char> &computed) const {
  for (const State &state : program.states) {
    bool exists = state.before >= 0 &&
                  size_t(state.before) < program.tensors.size() &&
                  !computed[state.before];
    if (!exists || !program.tensors[state.before].fixed)
      return Error{"a state is tensor " + std::to_string(state.before) +
                   ", which does not exist, has a value, or is no integer"};
    computed[state.before] = 1;
  }
  return {};
}

Status Checker::checkTensor(size_t index) const {
  const Tensor &tensor = program.tensors[index];
  auto fail = [&](const std::string &what) {
    return Error{"tensor " + std::to_string(index) + " " +
                 textOf(tensor.shape) + ": " + what};
  };
  if (tensor.shape.size() > 8)
    return fail("has more than 8 axes");
  int64_t elements = 1;
  for (int64_t extent : tensor.shape) {
    if (extent < 1 || extent > maxExtent)
      return fail("extents have to be 1 to " + std::to_string(maxExtent));
    if (elements > maxElements / extent)
      return fail("has too many elements");
    elements *= extent;
  }
  if (!tensor.fixed)
    return {};
  const Fixed &fixed = *tensor.fixed;
  int fewest = program.arithmetic == Arithmetic::Akida ? 0 : 1;
  if (fixed.valueBits < fewest || fixed.valueBits > maxValueBits)
    return fail(std::to_string(fixed.valueBits) +
                " value bits, allowed are 1 to 32");
  bool isSigned =
      tensor.type >= ElementType::I8 && tensor.type <= ElementType::I64;
  // What the hardware's unsigned quantizers make. Its exact arithmetic needs no
  // place for 2^31 in results of 31 value bits.
  bool isAkida = program.arithmetic == Arithmetic::Akida;
  bool fits = isSigned &&
              (sizeOf(tensor.type) >= size_t(storageBytes(fixed.valueBits)) ||
               (isAkida && sizeOf(tensor.type) * 8 > size_t(fixed.valueBits)));
  bool fitsUnsigned =
      isAkida && tensor.type == ElementType::U8 && fixed.valueBits <= 8;
  if (!fits && !fitsUnsigned)
    return fail(std::to_string(fixed.valueBits) + " value bits do not fit " +
                nameOf(tensor.type));
  size_t channels = size_t(numChannels(tensor));
  if (fixed.fracBits.size() != 1 && fixed.fracBits.size() != channels)
    return fail("has " + std::to_string(fixed.fracBits.size()) +
                " numbers of fractional bits, needed is one, or one per "
                "channel");
  for (int32_t bits : fixed.fracBits)
    if (bits < -maxExponent || bits > maxExponent)
      return fail(std::to_string(bits) +
                  " fractional bits, allowed are -126 to 126");
  if (fixed.scales.size() > 1 && fixed.scales.size() != channels)
    return fail("has " + std::to_string(fixed.scales.size()) +
                " scales, allowed are none, one, or one per channel");
  return {};
}

/// Whether integer operations may read the tensor.
bool Checker::takesIntegers(int tensor) const {
  const Tensor &t = program.tensors[tensor];
  return t.fixed || isModelInteger(t.type);
}

/// Kinds that only integer programs for the hardware have.
static bool isHardwareKind(const Operation &operation) {
  return operation.as<Conv2DTranspose>() || operation.as<LookUp>() ||
         operation.as<Concatenate>() || operation.as<Push>() ||
         operation.as<TemporalSum>() || operation.as<Recurrence>() ||
         operation.as<DifferenceTest>() || operation.as<Rows>() ||
         operation.as<StepActivation>();
}

/// Integers or floats: each operation is all of one kind, but for quantizers.
Status Checker::checkTypes(const Operation &operation) const {
  const Tensor &result = output(operation);
  if (operation.as<InputQuantizer>()) {
    if (!result.fixed || input(operation).fixed)
      return failure(operation, "an input quantizer makes integers with a "
                                "fixed point of values that have none");
    return {};
  }
  if (operation.as<Dequantizer>() || operation.as<StepDequantizer>()) {
    if (result.fixed || result.type != ElementType::F32 ||
        !takesIntegers(operation.inputs[0]))
      return failure(operation, "a dequantizer makes float32 of integers");
    return {};
  }
  if (result.fixed) {
    if (operation.as<BatchNorm>() || operation.as<ZeroPadding2D>() ||
        operation.as<Softmax>())
      return failure(operation, "this kind of layer has no integer form");
    for (int tensor : operation.inputs)
      if (!takesIntegers(tensor))
        return failure(operation, std::string("computes integers, but reads ") +
                                      nameOf(program.tensors[tensor].type) +
                                      " without a fixed point");
    return {};
  }
  if (result.type != ElementType::F32) {
    const Tensor &source = input(operation);
    bool keepsValues = operation.as<View>() || operation.as<MaxPool2D>();
    if (!keepsValues || source.fixed || source.type != result.type ||
        !isModelInteger(result.type))
      return failure(operation, std::string("makes ") + nameOf(result.type) +
                                    " without a fixed point, which only views "
                                    "and pools of such inputs do");
    if (const View *view = operation.as<View>())
      if (!view->inputShift.empty())
        return failure(operation, "shifts integers without a fixed point");
    return {};
  }
  if (operation.as<OutputQuantizer>())
    return failure(operation, "an output quantizer makes integers");
  if (isHardwareKind(operation))
    return failure(operation, "hardware layers make integers");
  for (int tensor : operation.inputs)
    if (program.tensors[tensor].fixed)
      return failure(operation, "runs in float, but reads integers with a "
                                "fixed point: a dequantizer is missing");
  return {};
}

Status Checker::checkOperation(const Operation &operation) const {
  if (Status status = checkTypes(operation); !status)
    return status;
  return std::visit(
      [&](const auto &kind) -> Status { return check(operation, kind); },
      operation.kind);
}

//===----------------------------------------------------------------------===//
// Parts of operations
//===----------------------------------------------------------------------===//

Status Checker::checkBits(const Operation &operation, int bits) const {
  // The hardware's buffers may consist of a sign alone.
  int fewest = program.arithmetic == Arithmetic::Akida ? 0 : 1;
  if (bits < fewest || bits > maxValueBits)
    return failure(operation,
                   std::to_string(bits) + " buffer bits, allowed are 1 to 32");
  return {};
}

Status Checker::checkShifts(const Operation &operation,
                            const std::vector<int32_t> &shifts,
                            int64_t channels) const {
  for (int32_t shift : shifts)
    if (shift < 0 || shift > maxInputShift)
      return failure(operation, "an input is shifted by " +
                                    std::to_string(shift) +
                                    " bits, allowed are 0 to 255");
  return checkCount(operation, "input shifts", shifts, channels, true);
}

Status Checker::checkSameShape(const Operation &operation) const {
  for (int tensor : operation.inputs)
    if (program.tensors[tensor].shape != output(operation).shape)
      return failure(operation,
                     "input " + textOf(program.tensors[tensor].shape) +
                         " and result " + textOf(output(operation).shape) +
                         " have to have the same shape");
  return {};
}

Status Checker::checkImages(const Operation &operation) const {
  if (input(operation).shape.size() == 3 && output(operation).shape.size() == 3)
    return {};
  return failure(operation, "input " + textOf(input(operation).shape) +
                                " and result " +
                                textOf(output(operation).shape) +
                                " have to be images (height, width, channels)");
}

Status Checker::checkWindow(const Operation &operation,
                            const Window &window) const {
  if (Status status = checkImages(operation); !status)
    return status;
  const Shape &in = input(operation).shape;
  const Shape &out = output(operation).shape;
  for (int axis = 0; axis < 2; ++axis) {
    auto isSize = [](int64_t size) { return size >= 1 && size <= maxWindow; };
    auto isPad = [](int64_t size) { return size >= 0 && size <= maxWindow; };
    if (!isSize(window.kernel[axis]) || !isSize(window.strides[axis]) ||
        !isSize(window.dilations[axis]) || !isPad(window.padBegin[axis]) ||
        !isPad(window.padEnd[axis]))
      return failure(operation, "kernel extents, strides and dilations have to "
                                "be at least 1, pads at least 0, all at most " +
                                    std::to_string(maxWindow));
    int64_t room = in[axis] + window.padBegin[axis] + window.padEnd[axis] -
                   ((window.kernel[axis] - 1) * window.dilations[axis] + 1);
    int64_t expected = room < 0 ? 0 : room / window.strides[axis] + 1;
    if (out[axis] != expected)
      return failure(operation,
                     std::string(axis ? "width" : "height") +
                         " of the result is " + std::to_string(out[axis]) +
                         ", the window makes " + std::to_string(expected));
  }
  return {};
}

Status Checker::checkWeights(const Operation &operation, const Constant &kernel,
                             const Shape &expected, const Constant &bias,
                             int64_t outputs) const {
  if (!kernel || kernel.shape != expected)
    return failure(operation, "kernel " + textOf(kernel.shape) +
                                  " has to have the shape " + textOf(expected));
  if (bias && bias.shape != Shape{outputs})
    return failure(operation, "bias " + textOf(bias.shape) +
                                  " has to have the shape " +
                                  textOf({outputs}));
  bool typed;
  if (output(operation).fixed)
    typed =
        (kernel.type == ElementType::I8 || kernel.type == ElementType::I16 ||
         kernel.type == ElementType::I32) &&
        (!bias || bias.type == ElementType::I16 ||
         bias.type == ElementType::I32 || bias.type == ElementType::I64);
  else
    typed = kernel.type == ElementType::F32 &&
            (!bias || bias.type == ElementType::F32);
  if (!typed)
    return failure(operation,
                   std::string("weights of type ") + nameOf(kernel.type) +
                       (bias ? std::string(" and ") + nameOf(bias.type) : "") +
                       " do not go with a result of type " +
                       nameOf(output(operation).type));
  return {};
}

//===----------------------------------------------------------------------===//
// Operations
//===----------------------------------------------------------------------===//

Status Checker::check(const Operation &operation,
                      const Rescaling &rescaling) const {
  if (Status status = checkSameShape(operation); !status)
    return status;
  if (output(operation).fixed)
    return {};
  int64_t channels = numChannels(output(operation));
  if (Status status =
          checkCount(operation, "scales", rescaling.scale, channels, false);
      !status)
    return status;
  return checkCount(operation, "offsets", rescaling.offset, channels, false);
}

Status Checker::check(const Operation &operation,
                      const InputQuantizer &quantizer) const {
  if (Status status = checkSameShape(operation); !status)
    return status;
  for (int32_t zeroPoint : quantizer.zeroPoints)
    if (zeroPoint < -(1 << 30) || zeroPoint > 1 << 30)
      return failure(operation, "zero point " + std::to_string(zeroPoint) +
                                    " exceeds 30 bits");
  return checkCount(operation, "zero points", quantizer.zeroPoints,
                    numChannels(output(operation)), true);
}

Status Checker::check(const Operation &operation, const Conv2D &conv) const {
  if (Status status = checkWindow(operation, conv.window); !status)
    return status;
  int64_t inputs = input(operation).shape[2];
  int64_t outputs = output(operation).shape[2];
  if (conv.depthwise && inputs != outputs)
    return failure(operation, "depthwise, but has " + std::to_string(inputs) +
                                  " input and " + std::to_string(outputs) +
                                  " output channels");
  Shape expected = {conv.window.kernel[0], conv.window.kernel[1], inputs,
                    conv.depthwise ? 1 : outputs};
  if (Status status =
          checkWeights(operation, conv.kernel, expected, conv.bias, outputs);
      !status)
    return status;
  if (!output(operation).fixed)
    return checkCount(operation, "padding values", conv.paddingValue, inputs,
                      true);
  if (Status status = checkBits(operation, conv.buffer.bufferBits); !status)
    return status;
  for (int64_t value : conv.integerPadding)
    if (value < -maxInteger || value > maxInteger)
      return failure(operation, "padding value " + std::to_string(value) +
                                    " exceeds 33 bits");
  if (Status status = checkCount(operation, "padding values",
                                 conv.integerPadding, inputs, true);
      !status)
    return status;
  return checkShifts(operation, conv.buffer.inputShift, inputs);
}

Status Checker::check(const Operation &operation, const Dense &dense) const {
  Shape expected = input(operation).shape;
  const Shape &result = output(operation).shape;
  if (expected.empty() || result.empty())
    return failure(operation, "needs inputs and results with at least one "
                              "axis");
  int64_t inputs = expected.back();
  int64_t outputs = result.back();
  expected.back() = outputs;
  if (result != expected)
    return failure(operation, "result " + textOf(result) +
                                  " has to have the shape " + textOf(expected));
  if (Status status = checkWeights(operation, dense.kernel, {inputs, outputs},
                                   dense.bias, outputs);
      !status)
    return status;
  if (!output(operation).fixed)
    return {};
  if (Status status = checkBits(operation, dense.buffer.bufferBits); !status)
    return status;
  return checkShifts(operation, dense.buffer.inputShift, inputs);
}

Status Checker::check(const Operation &operation, const BatchNorm &norm) const {
  if (Status status = checkSameShape(operation); !status)
    return status;
  int64_t channels = numChannels(output(operation));
  if (Status status =
          checkCount(operation, "scales", norm.scale, channels, false);
      !status)
    return status;
  return checkCount(operation, "shifts", norm.shift, channels, false);
}

Status Checker::check(const Operation &operation, const ReLU &relu) const {
  if (Status status = checkSameShape(operation); !status)
    return status;
  if (!output(operation).fixed) {
    if (relu.maxValue && !(*relu.maxValue >= 0))
      return failure(operation, "the maximum of a ReLU is " +
                                    std::to_string(*relu.maxValue) +
                                    ", it must not be below 0");
    return {};
  }
  for (int64_t value : relu.integerMaxValue)
    if (value < -maxInteger || value > maxInteger)
      return failure(operation,
                     "maximum " + std::to_string(value) + " exceeds 33 bits");
  return checkCount(operation, "maxima", relu.integerMaxValue,
                    numChannels(output(operation)), true);
}

Status Checker::check(const Operation &operation, const MaxPool2D &pool) const {
  if (Status status = checkWindow(operation, pool.window); !status)
    return status;
  const Shape &in = input(operation).shape;
  const Shape &out = output(operation).shape;
  if (in[2] != out[2])
    return failure(operation, "has " + std::to_string(in[2]) + " input and " +
                                  std::to_string(out[2]) + " output channels");
  for (int axis = 0; axis < 2; ++axis)
    for (int64_t o = 0; o < out[axis]; ++o)
      if (!touchesImage(pool.window, axis, o, in[axis]))
        return failure(operation, "some windows lie in the padding alone");
  return {};
}

Status Checker::check(const Operation &operation,
                      const GlobalAveragePool2D &pool) const {
  const Shape &in = input(operation).shape;
  const Shape &out = output(operation).shape;
  if (in.size() != 3 || out.empty() || out.back() != in[2] ||
      numElements(out) != in[2])
    return failure(operation, "makes " + textOf(out) + " of " + textOf(in) +
                                  ", needed is one value per channel of an "
                                  "image");
  if (!output(operation).fixed)
    return {};
  if (Status status = checkBits(operation, pool.buffer.bufferBits); !status)
    return status;
  return checkShifts(operation, pool.buffer.inputShift, in[2]);
}

Status Checker::check(const Operation &operation, const Add &add) const {
  if (Status status = checkSameShape(operation); !status)
    return status;
  if (!output(operation).fixed)
    return {};
  if (Status status = checkBits(operation, add.bufferBits); !status)
    return status;
  int64_t channels = numChannels(output(operation));
  if (Status status = checkShifts(operation, add.aShift, channels); !status)
    return status;
  return checkShifts(operation, add.bShift, channels);
}

Status Checker::check(const Operation &operation, const View &view) const {
  if (numElements(input(operation).shape) !=
      numElements(output(operation).shape))
    return failure(operation, "makes " + textOf(output(operation).shape) +
                                  " of " + textOf(input(operation).shape) +
                                  ", the number of elements has to stay");
  return checkShifts(operation, view.inputShift, numChannels(input(operation)));
}

Status Checker::check(const Operation &operation,
                      const OutputQuantizer &quantizer) const {
  if (Status status = checkSameShape(operation); !status)
    return status;
  // Without a scale nothing can exceed the buffer, and 0 says just that.
  if (!quantizer.scales.empty() || quantizer.bufferBits != 0)
    if (Status status = checkBits(operation, quantizer.bufferBits); !status)
      return status;
  for (int32_t scale : quantizer.scales)
    if (scale < -maxScale || scale > maxScale)
      return failure(operation, "output scale " + std::to_string(scale) +
                                    " exceeds 24 bits");
  for (int32_t shift : quantizer.shift)
    if (shift < minShift || shift > maxShift)
      return failure(operation, "output shift " + std::to_string(shift) +
                                    ", allowed are -128 to 127");
  int64_t channels = numChannels(output(operation));
  if (Status status = checkCount(operation, "output scales", quantizer.scales,
                                 channels, true);
      !status)
    return status;
  return checkCount(operation, "output shifts", quantizer.shift, channels,
                    false);
}

Status Checker::check(const Operation &operation,
                      const Dequantizer &dequantizer) const {
  if (Status status = checkSameShape(operation); !status)
    return status;
  return checkCount(operation, "scales", dequantizer.scales,
                    numChannels(output(operation)), true);
}

Status Checker::check(const Operation &operation,
                      const ZeroPadding2D &pad) const {
  if (Status status = checkImages(operation); !status)
    return status;
  Shape expected = input(operation).shape;
  for (int axis = 0; axis < 2; ++axis) {
    if (pad.padBegin[axis] < 0 || pad.padBegin[axis] > maxWindow ||
        pad.padEnd[axis] < 0 || pad.padEnd[axis] > maxWindow)
      return failure(operation,
                     "pads have to be 0 to " + std::to_string(maxWindow));
    expected[axis] += pad.padBegin[axis] + pad.padEnd[axis];
  }
  if (output(operation).shape != expected)
    return failure(operation, "result " + textOf(output(operation).shape) +
                                  " has to have the shape " + textOf(expected));
  return {};
}

Status Checker::check(const Operation &operation, const Softmax &) const {
  return checkSameShape(operation);
}

Status verify(const Program &program) { return Checker(program).run(); }

Status verifyFloat(const Program &program) {
  for (const Operation &operation : program.operations) {
    const Tensor &result = program.tensors[operation.output];
    if (result.fixed || operation.as<Dequantizer>())
      return failure(operation, "computes with integers, but the network has "
                                "to run in float32: give the network as it is "
                                "before its conversion to integers");
  }
  return {};
}

} // namespace qml
