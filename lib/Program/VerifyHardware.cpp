//===- VerifyHardware.cpp - Checks of hardware layers ---------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Checker.h"

namespace qml {

static int64_t numRows(const Shape &shape) {
  return shape.empty() ? 1 : numElements(shape) / shape.back();
}

Status Checker::check(const Operation &operation,
                      const Conv2DTranspose &conv) const {
  if (Status status = checkImages(operation); !status)
    return status;
  const Shape &in = input(operation).shape;
  const Shape &out = output(operation).shape;
  int64_t size = conv.kernel.shape.empty() ? 0 : conv.kernel.shape[0];
  if (size < 2 || size > maxWindow)
    return failure(operation, "a transposed kernel has extents of 2 and more");
  if (out[0] != 2 * in[0] || out[1] != 2 * in[1] ||
      (conv.depthwise && in[2] != out[2]))
    return failure(operation, "makes " + textOf(out) + " of " + textOf(in) +
                                  ", needed is an image of twice the extents");
  if (Status status = checkWeights(
          operation, conv.kernel,
          {size, size, in[2], conv.depthwise ? 1 : out[2]}, conv.bias, out[2]);
      !status)
    return status;
  if (Status status = checkBits(operation, conv.buffer.bufferBits); !status)
    return status;
  return checkShifts(operation, conv.buffer.inputShift, in[2]);
}

Status Checker::check(const Operation &operation, const LookUp &lookUp) const {
  if (lookUp.table.empty())
    return failure(operation, "the table is empty");
  return checkSameShape(operation);
}

Status Checker::check(const Operation &operation, const Concatenate &) const {
  Shape expected = input(operation).shape;
  const Shape &other = program.tensors[operation.inputs[1]].shape;
  if (!expected.empty() && !other.empty()) {
    Shape joined = other;
    joined.back() += expected.back();
    expected.back() = joined.back();
    if (joined == expected && output(operation).shape == expected)
      return {};
  }
  return failure(operation, "can't join " + textOf(input(operation).shape) +
                                " and " + textOf(other) + " to " +
                                textOf(output(operation).shape));
}

Status Checker::check(const Operation &operation, const Push &) const {
  const Shape &queue = program.tensors[operation.inputs[1]].shape;
  Shape entry = queue;
  if (entry.size() >= 2)
    entry.erase(entry.end() - 2);
  if (queue.size() < 2 || entry != input(operation).shape ||
      queue != output(operation).shape)
    return failure(operation, "can't push " + textOf(input(operation).shape) +
                                  " into a queue " + textOf(queue));
  return {};
}

Status Checker::check(const Operation &operation,
                      const TemporalSum &sum) const {
  Shape expected = input(operation).shape;
  if (expected.size() < 2)
    return failure(operation, "needs inputs with an axis of time");
  Shape kernel = {expected[expected.size() - 2], expected.back()};
  expected.erase(expected.end() - 2);
  if (output(operation).shape != expected)
    return failure(operation, "result " + textOf(output(operation).shape) +
                                  " has to have the shape " + textOf(expected));
  if (Status status = checkWeights(operation, sum.kernel, kernel, sum.bias,
                                   expected.back());
      !status)
    return status;
  if (Status status = checkBits(operation, sum.buffer.bufferBits); !status)
    return status;
  return checkShifts(operation, sum.buffer.inputShift, expected.back());
}

Status Checker::check(const Operation &operation,
                      const Recurrence &recurrence) const {
  const Shape &in = input(operation).shape;
  int64_t channels = numChannels(input(operation));
  Shape state = {2, channels};
  Shape expected = {2, numRows(in), channels};
  if (program.tensors[operation.inputs[1]].shape != state ||
      output(operation).shape != expected)
    return failure(operation, "makes " + textOf(output(operation).shape) +
                                  " of " + textOf(in) + ", needed are states " +
                                  textOf(state) + " and results " +
                                  textOf(expected));
  if (Status status = checkBits(operation, recurrence.bufferBits); !status)
    return status;
  if (Status status = checkBits(operation, recurrence.stateBits); !status)
    return status;
  for (int32_t shift : recurrence.shift)
    if (shift < minShift || shift > maxShift)
      return failure(operation, "state shift " + std::to_string(shift) +
                                    ", allowed are -128 to 127");
  for (const std::vector<int32_t> *values :
       {&recurrence.real, &recurrence.imaginary, &recurrence.shift})
    if (Status status =
            checkCount(operation, "factors", *values, channels, false);
        !status)
      return status;
  return {};
}

Status Checker::check(const Operation &operation,
                      const DifferenceTest &test) const {
  const Shape &in = input(operation).shape;
  int64_t channels = numChannels(input(operation));
  if (program.tensors[operation.inputs[1]].shape != in ||
      numElements(output(operation).shape) != channels)
    return failure(operation,
                   "can't compare " + textOf(in) + " and " +
                       textOf(program.tensors[operation.inputs[1]].shape));
  if (test.bufferBits < 0 || test.bufferBits > 43)
    return failure(operation, std::to_string(test.bufferBits) +
                                  " buffer bits, allowed are 0 to 43");
  for (int32_t shift : test.shift)
    if (shift < minShift || shift > maxShift)
      return failure(operation, "shift " + std::to_string(shift) +
                                    ", allowed are -128 to 127");
  for (const std::vector<int32_t> *values :
       {&test.scales, &test.shift, &test.threshold})
    if (Status status =
            checkCount(operation, "variables", *values, channels, false);
        !status)
      return status;
  return {};
}

Status Checker::check(const Operation &operation, const Rows &rows) const {
  const Shape &in = input(operation).shape;
  const Shape &out = output(operation).shape;
  int64_t count = numRows(out);
  bool fits = numChannels(input(operation)) == numChannels(output(operation)) &&
              rows.first >= 0 && rows.stride >= 1 && rows.first < numRows(in) &&
              count - 1 <= (numRows(in) - 1 - rows.first) / rows.stride;
  if (fits)
    return {};
  return failure(operation,
                 "can't take rows " + textOf(out) + " of " + textOf(in));
}

Status Checker::check(const Operation &operation,
                      const StepActivation &activation) const {
  if (Status status = checkSameShape(operation); !status)
    return status;
  if (activation.bits < 1 || activation.bits > 4)
    return failure(operation, std::to_string(activation.bits) +
                                  " activation bits, allowed are 1 to 4");
  for (int64_t step : activation.sixteenths)
    if (step < 1 || step >= int64_t(1) << 28)
      return failure(operation, "a step of " + std::to_string(step) +
                                    " sixteenths, allowed are 1 to 2^28 - 1");
  int64_t channels = numChannels(output(operation));
  if (Status status = checkCount(operation, "steps", activation.sixteenths,
                                 channels, false);
      !status)
    return status;
  return checkCount(operation, "thresholds", activation.threshold, channels,
                    false);
}

Status Checker::check(const Operation &operation,
                      const StepDequantizer &dequantizer) const {
  if (Status status = checkSameShape(operation); !status)
    return status;
  int64_t channels = numChannels(output(operation));
  if (Status status =
          checkCount(operation, "steps", dequantizer.step, channels, false);
      !status)
    return status;
  return checkCount(operation, "thresholds", dequantizer.threshold, channels,
                    false);
}

} // namespace qml
