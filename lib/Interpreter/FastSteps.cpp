//===- FastSteps.cpp - Vectorized integer operations ----------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Operations that are no products, on values of 16 and 32 bits. Each maker
// proves that the kernel holds every intermediate value, or makes nothing.
//
//===----------------------------------------------------------------------===//

#include "IntegerKernels.h"
#include "Model.h"

#include "qml/Program/Moves.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <type_traits>

namespace qml {
namespace interpreter {

namespace {

/// The same elements, in the same storage.
class CopyStep : public Step {
public:
  CopyStep(int input, int output) : input(input), output(output) {}

  void run(const Frame &frame) const override {
    std::memcpy(frame.data<char>(output), frame.data<char>(input),
                size_t(frame.samples) * frame.tensors[output].bytes());
  }

private:
  int input, output;
};

/// A kernel over all elements of all samples.
class ElementStep : public Step {
public:
  explicit ElementStep(const Operation &operation)
      : inputs(operation.inputs), output(operation.output) {}

  void run(const Frame &frame) const override {
    runOn(frame.data<char>(inputs.front()), frame.data<char>(inputs.back()),
          frame.data<char>(output),
          frame.samples * frame.tensors[output].elements);
  }

  bool isElementwise() const override { return inputs.size() == 1; }

  void runOn(const void *x, void *out, int64_t count) const override {
    runOn(x, x, out, count);
  }

  /// Repeats the parameters of the channels up to a length that is worth a
  /// vectorized loop.
  template <typename T>
  static std::vector<T> repeat(const std::vector<T> &values, int64_t channels,
                               T none) {
    std::vector<T> once = spread(values, channels, none), all;
    for (int64_t r = 0; r < std::max<int64_t>(1, 256 / channels); ++r)
      all.insert(all.end(), once.begin(), once.end());
    return all;
  }

  ElementKernel kernel = nullptr;
  ElementArguments arguments = {};
  std::vector<float> floats, floats2;
  std::vector<int32_t> integers, integers2;

private:
  void runOn(const void *x, const void *x2, void *out, int64_t count) const {
    ElementArguments all = arguments;
    all.x = x;
    all.x2 = x2;
    all.out = out;
    all.count = count;
    all.parameters = floats.empty() ? static_cast<const void *>(integers.data())
                                    : floats.data();
    all.parameters2 = !floats2.empty()
                          ? static_cast<const void *>(floats2.data())
                      : integers2.empty() ? nullptr
                                          : integers2.data();
    kernel(all);
  }

  std::vector<int> inputs;
  int output;
};

class PoolStep : public Step {
public:
  PoolStep(const Operation &operation, PoolKernel kernel, const Shape &in,
           const Shape &out)
      : input(operation.inputs[0]), output(operation.output),
        window(operation.as<MaxPool2D>()->window), kernel(kernel), in(in),
        out(out) {}

  void run(const Frame &frame) const override {
    PoolArguments arguments = {};
    arguments.height = in[0];
    arguments.width = in[1];
    arguments.channels = in[2];
    arguments.outHeight = out[0];
    arguments.outWidth = out[1];
    arguments.kernel = window.kernel;
    arguments.strides = window.strides;
    arguments.dilations = window.dilations;
    arguments.padBegin = window.padBegin;
    for (int64_t sample = 0; sample < frame.samples; ++sample) {
      arguments.x = frame.data<char>(input) +
                    size_t(sample) * frame.tensors[input].bytes();
      arguments.out = frame.data<char>(output) +
                      size_t(sample) * frame.tensors[output].bytes();
      kernel(arguments);
    }
  }

private:
  int input, output;
  Window window;
  PoolKernel kernel;
  Shape in, out;
};

/// Sums over the image; shifts of single values would not saturate, so that
/// the sums are shifted instead.
class SumStep : public Step {
public:
  SumStep(const Operation &operation, std::vector<int32_t> shift,
          IntegerRange bounds)
      : input(operation.inputs[0]), output(operation.output),
        shift(std::move(shift)), bounds(bounds) {}

  size_t scratchBytes(int64_t) const override {
    return shift.size() * sizeof(int64_t);
  }

  void run(const Frame &frame) const override {
    const TensorInfo &from = frame.tensors[input];
    const TensorInfo &to = frame.tensors[output];
    int64_t *sums = reinterpret_cast<int64_t *>(frame.scratch);
    for (int64_t sample = 0; sample < frame.samples; ++sample) {
      if (from.storage == Storage::I16)
        add(frame.data<int16_t>(input) + sample * from.elements, from, sums);
      else
        add(frame.data<int32_t>(input) + sample * from.elements, from, sums);
      for (int64_t c = 0; c < to.elements; ++c) {
        int64_t sum = shiftLeft(sums[c], shift[size_t(c)], bounds);
        if (to.storage == Storage::I16)
          frame.data<int16_t>(output)[sample * to.elements + c] = int16_t(sum);
        else
          frame.data<int32_t>(output)[sample * to.elements + c] = int32_t(sum);
      }
    }
  }

private:
  template <typename T>
  static void add(const T *x, const TensorInfo &info, int64_t *sums) {
    std::fill(sums, sums + info.channels, 0);
    for (int64_t i = 0; i < info.elements; i += info.channels)
      for (int64_t c = 0; c < info.channels; ++c)
        sums[c] += x[i + c];
  }

  int input, output;
  std::vector<int32_t> shift;
  IntegerRange bounds;
};

/// Inputs side by side, each in a storage of its own that the result's holds.
class JoinStep : public Step {
public:
  explicit JoinStep(const Operation &operation)
      : inputs(operation.inputs), output(operation.output) {}

  void run(const Frame &frame) const override {
    int64_t first = 0;
    for (int input : inputs) {
      const TensorInfo &from = frame.tensors[input];
      if (frame.tensors[output].storage == Storage::I16)
        copy(frame, frame.data<int16_t>(input), from,
             frame.data<int16_t>(output) + first);
      else if (from.storage == Storage::I16)
        copy(frame, frame.data<int16_t>(input), from,
             frame.data<int32_t>(output) + first);
      else
        copy(frame, frame.data<int32_t>(input), from,
             frame.data<int32_t>(output) + first);
      first += from.channels;
    }
  }

private:
  template <typename From, typename To>
  void copy(const Frame &frame, const From *x, const TensorInfo &from,
            To *y) const {
    int64_t cells = frame.samples * from.elements / from.channels;
    int64_t stride = frame.tensors[output].channels;
    for (int64_t cell = 0; cell < cells; ++cell)
      std::copy_n(x + cell * from.channels, from.channels, y + cell * stride);
  }

  std::vector<int> inputs;
  int output;
};

/// Calls `function` with a pointer to a tensor's elements in their type, which
/// has 16 or 32 bits.
template <typename Function>
void visitElements(const Frame &frame, int tensor, Function function) {
  if (frame.tensors[tensor].storage == Storage::I16)
    function(frame.data<int16_t>(tensor));
  else
    function(frame.data<int32_t>(tensor));
}

class MoveStep : public Step {
public:
  MoveStep(const Operation &operation, const MoveGeometry &move)
      : input(operation.inputs[0]), output(operation.output), move(move) {}

  /// The range of the result holds that of the input.
  void run(const Frame &frame) const override {
    visitElements(frame, input, [&](const auto *x) {
      visitElements(frame, output, [&](auto *y) {
        for (int64_t n = 0; n < frame.samples; ++n)
          moveElements(move, x + n * move.inElements, y + n * move.outElements);
      });
    });
  }

private:
  int input, output;
  MoveGeometry move;
};

class LookUpStep : public Step {
public:
  LookUpStep(const Operation &operation, const LookUp &lookUp)
      : input(operation.inputs[0]), output(operation.output),
        table(lookUp.table), first(lookUp.first) {}

  void run(const Frame &frame) const override {
    const int64_t count = frame.samples * frame.tensors[output].elements;
    const IntegerRange indices = {0, int64_t(table.size()) - 1};
    visitElements(frame, input, [&](const auto *x) {
      visitElements(frame, output, [&](auto *y) {
        using Result = std::remove_pointer_t<decltype(y)>;
        for (int64_t i = 0; i < count; ++i)
          y[i] = Result(table[size_t(clamp(x[i] - first, indices))]);
      });
    });
  }

private:
  int input, output;
  std::vector<int32_t> table;
  int64_t first;
};

class MultiplyStep : public Step {
public:
  MultiplyStep(const Operation &operation, IntegerRange bounds)
      : a(operation.inputs[0]), b(operation.inputs[1]),
        output(operation.output), bounds(bounds) {}

  void run(const Frame &frame) const override {
    const int64_t others = frame.tensors[b].elements;
    const int64_t cells = frame.tensors[a].elements / others;
    visitElements(frame, a, [&](const auto *x) {
      visitElements(frame, b, [&](const auto *factors) {
        visitElements(frame, output, [&](auto *y) {
          using Result = std::remove_pointer_t<decltype(y)>;
          const auto *from = x;
          const auto *with = factors;
          Result *to = y;
          for (int64_t n = 0; n < frame.samples; ++n, with += others)
            for (int64_t i = 0; i < cells; ++i, from += others, to += others)
              for (int64_t j = 0; j < others; ++j)
                to[j] = Result(clamp(int64_t(from[j]) * with[j], bounds));
        });
      });
    });
  }

private:
  int a, b, output;
  IntegerRange bounds;
};

/// One overload for each kind of operation; null where it does not apply.
struct Maker {
  const Planner &planner;
  const Operation &operation;

  const TensorInfo &in(int index = 0) const {
    return planner.tensors[operation.inputs[index]];
  }
  const TensorInfo &out() const { return planner.tensors[operation.output]; }
  const Tensor &outTensor() const {
    return planner.program.tensors[operation.output];
  }
  const KernelTable &kernels() const { return planner.kernels; }
  Width inWidth(int index = 0) const {
    return in(index).storage == Storage::I16 ? Narrow : Wide;
  }
  Width outWidth() const {
    return out().storage == Storage::I16 ? Narrow : Wide;
  }

  std::unique_ptr<ElementStep> element(ElementKernel kernel,
                                       int64_t period) const {
    auto step = std::make_unique<ElementStep>(operation);
    step->kernel = kernel;
    step->arguments.period = period;
    return step;
  }

  static int64_t periodOf(int64_t channels) {
    return std::max<int64_t>(1, 256 / channels) * channels;
  }

  /// 2^shift for each shift, which are at most 30.
  static std::vector<int32_t> powersOf(std::vector<int32_t> shifts) {
    for (int32_t &shift : shifts)
      shift = int32_t(1) << shift;
    return shifts;
  }

  /// Whether no value of `range` leaves `bounds` when it is shifted.
  static bool staysInside(IntegerRange range,
                          const std::vector<int32_t> &shifts,
                          IntegerRange bounds) {
    return std::all_of(shifts.begin(), shifts.end(), [&](int32_t shift) {
      return shift <= 30 &&
             contains(bounds, {shiftLeft(range.lower, shift, unbounded),
                               shiftLeft(range.upper, shift, unbounded)});
    });
  }

  StepPtr copy() const {
    if (in().storage != out().storage)
      return nullptr;
    return std::make_unique<CopyStep>(operation.inputs[0], operation.output);
  }

  StepPtr make(const Rescaling &) const { return copy(); }

  StepPtr make(const InputQuantizer &quantizer) const {
    const Fixed &fixed = *outTensor().fixed;
    if (in().storage != Storage::F32 || fixed.valueBits > 24 ||
        planner.program.arithmetic == Arithmetic::Akida)
      return nullptr;
    int64_t channels = out().channels;
    auto step = element(kernels().quantize[outWidth()], periodOf(channels));
    for (int32_t bits : ElementStep::repeat(fixed.fracBits, channels, 0))
      step->floats.push_back(std::ldexp(1.0f, bits));
    step->integers2 = ElementStep::repeat(quantizer.zeroPoints, channels, 0);
    IntegerRange range =
        integerRange(fixed.valueBits, planner.program.arithmetic);
    step->arguments.lower = double(range.lower);
    step->arguments.upper = double(range.upper);
    return step;
  }

  StepPtr make(const ReLU &relu) const {
    auto step =
        element(kernels().relu[inWidth()][outWidth()], periodOf(in().channels));
    if (!relu.integerMaxValue.empty()) {
      std::vector<int32_t> maxima;
      for (int64_t value : relu.integerMaxValue)
        maxima.push_back(static_cast<int32_t>(clamp(value, int32Range)));
      step->integers2 = ElementStep::repeat(maxima, in().channels, 0);
    }
    return step;
  }

  StepPtr make(const MaxPool2D &) const {
    if (in().storage != out().storage)
      return nullptr;
    const Program &program = planner.program;
    return std::make_unique<PoolStep>(
        operation, kernels().maxPool[inWidth()],
        program.tensors[operation.inputs[0]].shape, outTensor().shape);
  }

  StepPtr make(const GlobalAveragePool2D &pool) const {
    IntegerRange bounds =
        integerRange(pool.accumulator.bufferBits, planner.program.arithmetic);
    std::vector<int32_t> shift =
        spread(pool.accumulator.inputShift, in().channels);
    // Sums below 2^40 may be shifted.
    int64_t most = std::max(-in().range.lower, in().range.upper);
    int64_t pixels = in().elements / in().channels;
    if (!staysInside(
            in().range, shift,
            inputBoundsOf(pool.accumulator, planner.program.arithmetic)) ||
        (most && pixels > (int64_t(1) << 40) / most - 1))
      return nullptr;
    // Bounding each addition is bounding none where no sum reaches the bounds.
    int32_t longest = *std::max_element(shift.begin(), shift.end());
    if (planner.program.arithmetic == Arithmetic::Akida &&
        (longest > 20 ||
         !contains(bounds, {-most * pixels * (int64_t(1) << longest),
                            most * pixels * (int64_t(1) << longest)})))
      return nullptr;
    return std::make_unique<SumStep>(operation, std::move(shift), bounds);
  }

  StepPtr make(const Add &add) const {
    IntegerRange bounds =
        integerRange(add.bufferBits, planner.program.arithmetic);
    int64_t channels = out().channels;
    std::vector<int32_t> aShift = spread(add.aShift, channels);
    std::vector<int32_t> bShift = spread(add.bShift, channels);
    // Sums of two such operands have 31 bits and a sign.
    IntegerRange half = {-(int64_t(1) << 30), (int64_t(1) << 30) - 1};
    IntegerRange limits = contains(half, bounds) ? bounds : half;
    if (!staysInside(in(0).range, aShift, limits) ||
        !staysInside(in(1).range, bShift, limits))
      return nullptr;
    auto step = element(kernels().add[inWidth(0)][inWidth(1)][outWidth()],
                        periodOf(channels));
    step->integers = ElementStep::repeat(powersOf(aShift), channels, 0);
    step->integers2 = ElementStep::repeat(powersOf(bShift), channels, 0);
    step->arguments.lower = double(clamp(bounds.lower, int32Range));
    step->arguments.upper = double(clamp(bounds.upper, int32Range));
    return step;
  }

  StepPtr make(const AlignedReshape &reshape) const {
    if (reshape.inputShift.empty())
      return copy();
    int64_t channels = in().channels;
    std::vector<int32_t> shift = spread(reshape.inputShift, channels);
    IntegerRange bounds =
        integerRange(outTensor().fixed->valueBits, planner.program.arithmetic);
    bool exact = contains(int32Range, out().range) &&
                 staysInside(in().range, shift,
                             {std::max<int64_t>(bounds.lower, INT32_MIN),
                              std::min<int64_t>(bounds.upper, INT32_MAX)});
    auto step = element(
        (exact ? kernels().multiply : kernels().shift)[inWidth()][outWidth()],
        periodOf(channels));
    step->integers =
        ElementStep::repeat(exact ? powersOf(shift) : shift, channels, 0);
    step->arguments.lower = double(bounds.lower);
    step->arguments.upper = double(bounds.upper);
    return step;
  }

  StepPtr make(const OutputQuantizer &quantizer) const {
    Arithmetic arithmetic = planner.program.arithmetic;
    IntegerRange bounds = outputRange(outTensor().fixed->valueBits,
                                      quantizer.isUnsigned, arithmetic);
    IntegerRange buffer = integerRange(quantizer.getBufferBits(), arithmetic);
    if (!contains(int32Range, bounds))
      return nullptr;
    bool exact = arithmetic == Arithmetic::Akida;
    // Products of a 32-bit value and such a scale are exact in float64.
    for (int32_t scale : quantizer.scales)
      if (exact && (scale < -(1 << 22) || scale > 1 << 22))
        return nullptr;
    int64_t channels = out().channels;
    auto step =
        element((exact ? kernels().requantizeDouble
                       : kernels().requantizeFloat)[inWidth()][outWidth()],
                periodOf(channels));
    for (int32_t scale : ElementStep::repeat(quantizer.scales, channels, 1))
      step->floats.push_back(static_cast<float>(scale));
    for (int32_t shift : ElementStep::repeat(quantizer.shift, channels, 0))
      step->floats2.push_back(std::ldexp(1.0f, shift));
    step->arguments.lower = double(bounds.lower);
    step->arguments.upper = double(bounds.upper);
    step->arguments.bufferLower = double(buffer.lower);
    step->arguments.bufferUpper = double(buffer.upper);
    return step;
  }

  StepPtr make(const Dequantizer &dequantizer) const {
    const std::optional<Fixed> &fixed =
        planner.program.tensors[operation.inputs[0]].fixed;
    int64_t channels = in().channels;
    auto step = element(kernels().dequantize[inWidth()], periodOf(channels));
    if (!dequantizer.scales.empty()) {
      step->floats = ElementStep::repeat(dequantizer.scales, channels, 1.0f);
      return step;
    }
    if (!fixed) {
      step->floats = ElementStep::repeat<float>({}, channels, 1.0f);
      return step;
    }
    for (int32_t bits : ElementStep::repeat(fixed->fracBits, channels, 0))
      step->floats.push_back(std::ldexp(1.0f, -bits));
    if (!fixed->scales.empty())
      step->floats2 = ElementStep::repeat(fixed->scales, channels, 1.0f);
    return step;
  }

  /// The range of the result holds those of the inputs.
  StepPtr make(const Concatenate &) const {
    return std::make_unique<JoinStep>(operation);
  }

  StepPtr make(const Move &move) const {
    const Shape &from = planner.program.tensors[operation.inputs[0]].shape;
    return std::make_unique<MoveStep>(
        operation, MoveGeometry(move, from, outTensor().shape));
  }

  // Products: see makeFastProduct.
  StepPtr make(const Conv2D &) const { return nullptr; }
  StepPtr make(const Dense &) const { return nullptr; }
  StepPtr make(const Conv2DTranspose &) const { return nullptr; }
  StepPtr make(const TemporalSum &) const { return nullptr; }

  // These have no integer form.
  StepPtr make(const BatchNorm &) const { return nullptr; }
  StepPtr make(const Softmax &) const { return nullptr; }
  StepPtr make(const ScalarActivation &) const { return nullptr; }

  StepPtr make(const LookUp &lookUp) const {
    return std::make_unique<LookUpStep>(operation, lookUp);
  }

  StepPtr make(const Multiply &multiply) const {
    // Of values of 32 bits; the product has 64.
    return std::make_unique<MultiplyStep>(
        operation,
        integerRange(multiply.bufferBits, planner.program.arithmetic));
  }

  // Rare and small: plain loops serve.
  StepPtr make(const AveragePool2D &) const { return nullptr; }
  StepPtr make(const Push &) const { return nullptr; }
  StepPtr make(const Recurrence &) const { return nullptr; }
  StepPtr make(const DifferenceTest &) const { return nullptr; }
  StepPtr make(const Rows &) const { return nullptr; }
  StepPtr make(const StepActivation &) const { return nullptr; }
  StepPtr make(const StepDequantizer &) const { return nullptr; }
};

} // namespace

StepPtr makeFastStep(const Planner &planner, const Operation &operation) {
  auto isWide = [&](int tensor) {
    return planner.tensors[tensor].storage == Storage::I64;
  };
  if (isWide(operation.output) ||
      std::any_of(operation.inputs.begin(), operation.inputs.end(), isWide))
    return nullptr;
  Maker maker = {planner, operation};
  return std::visit([&](const auto &kind) { return maker.make(kind); },
                    operation.kind);
}

} // namespace interpreter
} // namespace qml
