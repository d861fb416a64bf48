//===- Verify.cpp - Refuses programs that cannot be run -------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What all programs have, and what kinds of operations share; the checks of a
// kind are in its own file.
//
//===----------------------------------------------------------------------===//

#include "Checker.h"

#include "qml/Program/Kinds.h"

#include <set>

namespace qml {

static bool isModelInteger(ElementType type) {
  return type == ElementType::U8 || type == ElementType::I8 ||
         type == ElementType::I16;
}

Status Checker::run() const {
  for (size_t i = 0; i < program.tensors.size(); ++i)
    if (Status status = checkTensor(i); !status)
      return status;
  std::vector<char> computed(program.tensors.size(), 0);
  if (Status status = checkInputs(computed); !status)
    return status;
  if (Status status = checkStates(computed); !status)
    return status;
  for (const Operation &operation : program.operations) {
    if (Status status = checkOperation(operation, computed); !status)
      return status;
    computed[operation.output] = 1;
  }
  if (Status status = checkResults(computed); !status)
    return status;
  return checkRanges(computed);
}

Status Checker::checkInputs(std::vector<char> &computed) const {
  if (program.inputs.empty())
    return Error{"the program has no input"};
  std::set<std::string> names;
  for (const Input &input : program.inputs) {
    if (!isTensor(input.tensor))
      return Error{"the program's input is tensor " +
                   std::to_string(input.tensor) + ", which does not exist"};
    if (computed[input.tensor])
      return Error{"input '" + input.name + "' is tensor " +
                   std::to_string(input.tensor) +
                   ", which is another input, too"};
    computed[input.tensor] = 1;
    if (!names.insert(input.name).second)
      return Error{"two inputs are called '" + input.name +
                   "', they need different names"};
  }
  return {};
}

Status Checker::checkResults(const std::vector<char> &computed) const {
  for (const Output &output : program.outputs)
    if (!isTensor(output.tensor) || !computed[output.tensor])
      return Error{"output '" + output.layer + "' is tensor " +
                   std::to_string(output.tensor) +
                   ", which no operation computes"};
  for (const State &state : program.states) {
    auto fits = [&] {
      const Tensor &before = program.tensors[state.before];
      const Tensor &after = program.tensors[state.after];
      if (before.shape != after.shape ||
          before.fixed.has_value() != after.fixed.has_value())
        return false;
      return before.fixed ? after.fixed->valueBits <= before.fixed->valueBits
                          : after.type == ElementType::F32;
    };
    if (!isTensor(state.after) || !computed[state.after] ||
        state.after == state.before || !fits())
      return Error{"a state becomes tensor " + std::to_string(state.after) +
                   ", which no operation computes, or which does not fit"};
  }
  return {};
}

Status Checker::checkRanges(const std::vector<char> &computed) const {
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

/// Integers with a binary point, or floats.
Status Checker::checkStates(std::vector<char> &computed) const {
  for (const State &state : program.states) {
    bool exists = isTensor(state.before) && !computed[state.before];
    if (!exists || (!program.tensors[state.before].fixed &&
                    program.tensors[state.before].type != ElementType::F32))
      return Error{"a state is tensor " + std::to_string(state.before) +
                   ", which does not exist, has a value, or is an integer "
                   "without a fixed point"};
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

/// Integers or floats: each operation is all of one kind, but for quantizers.
Status Checker::checkTypes(const Operation &operation) const {
  const KindInfo &kind = kindOf(operation);
  const Tensor &result = output(operation);
  if (kind.form == Form::Quantizer) {
    if (!result.fixed || input(operation).fixed)
      return failure(operation, std::string(kind.name) +
                                    " makes integers with a fixed point of "
                                    "values that have none");
    return {};
  }
  if (kind.form == Form::Dequantizer) {
    if (result.fixed || result.type != ElementType::F32 ||
        !takesIntegers(operation.inputs[0]))
      return failure(operation,
                     std::string(kind.name) + " makes float32 of integers");
    return {};
  }
  if (result.fixed) {
    if (kind.form == Form::Floats)
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
    if (!kind.keepsModelIntegers || source.fixed ||
        source.type != result.type || !isModelInteger(result.type))
      return failure(operation, std::string("makes ") + nameOf(result.type) +
                                    " without a fixed point, which only "
                                    "reshapes and pools of such inputs do");
    return {};
  }
  if (kind.form == Form::Integers)
    return failure(operation, std::string(kind.name) + " makes integers");
  for (int tensor : operation.inputs)
    if (program.tensors[tensor].fixed)
      return failure(operation, "runs in float, but reads integers with a "
                                "fixed point: a dequantizer is missing");
  return {};
}

Status Checker::checkOperation(const Operation &operation,
                               const std::vector<char> &computed) const {
  const KindInfo &kind = kindOf(operation);
  size_t count = operation.inputs.size();
  if (count < kind.minInputs || count > kind.maxInputs)
    return failure(operation,
                   "has " + std::to_string(count) + " inputs instead of " +
                       std::to_string(kind.minInputs) +
                       (kind.maxInputs > kind.minInputs ? " or more" : ""));
  for (int tensor : operation.inputs)
    if (!isTensor(tensor) || !computed[tensor])
      return failure(operation, "reads tensor " + std::to_string(tensor) +
                                    ", which is not computed before it");
  if (!isTensor(operation.output) || computed[operation.output])
    return failure(operation, "writes tensor " +
                                  std::to_string(operation.output) +
                                  ", which does not exist or has a value");
  if (Status status = checkTypes(operation); !status)
    return status;
  return kind.check(*this, operation);
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

Status Checker::checkAccumulator(const Operation &operation,
                                 const AccumulatorRules &rules,
                                 int64_t channels) const {
  if (Status status = checkBits(operation, rules.bufferBits); !status)
    return status;
  return checkShifts(operation, rules.inputShift, channels);
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

Status verify(const Program &program) { return Checker(program).run(); }

Status verifyFloat(const Program &program) {
  for (const Operation &operation : program.operations) {
    const Tensor &result = program.tensors[operation.output];
    if (result.fixed || kindOf(operation).form == Form::Dequantizer)
      return failure(operation, "computes with integers, but the network has "
                                "to run in float32: give the network as it is "
                                "before its conversion to integers");
  }
  return {};
}

} // namespace qml
