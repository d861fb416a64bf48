//===- Plan.cpp - A float program as steps over one arena -----------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Walks the program once, in order: decides what is computed together, in which
// layout and where, and emits the steps.
//
//===----------------------------------------------------------------------===//

#include "Plan.h"

#include "qml/Program/Kinds.h"
#include "qml/Program/Verify.h"

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <sys/mman.h>
#include <utility>

namespace qml {
namespace cpu {

Layout Layout::plain(const Shape &shape) {
  Layout layout;
  if (shape.size() == 3) {
    layout = {shape[0], shape[1], shape[2], shape[2]};
  } else if (!shape.empty()) {
    layout.channels = layout.inner = shape.back();
    layout.width = numElements(shape) / shape.back();
  }
  return layout;
}

//===----------------------------------------------------------------------===//
// Planner
//===----------------------------------------------------------------------===//

namespace {

class Planner {
public:
  Planner(const Program &program, const FloatExecutorOptions &options,
          const ObserverLayout &observers)
      : program(program), options(options), observers(observers),
        plan(std::make_unique<Plan>()), values(program.tensors.size()),
        lazy(program.tensors.size()), users(program.tensors.size()),
        wishes(program.tensors.size()),
        isDone(program.operations.size(), false) {}

  Result<std::unique_ptr<Plan>> run();

private:
  /// An input of the program, scaled as it is read.
  struct LazyInput {
    size_t input = 0;
    Affine affine;
  };

  Status checkSizes() const;
  void findUsers();
  size_t chooseSplit() const;
  Status layOut();

  // One overload for each kind of operation.
  void emitKind(int index, const Rescaling &rescaling);
  void emitKind(int index, const Conv2D &conv);
  void emitKind(int index, const Conv2DTranspose &conv);
  void emitKind(int index, const Dense &dense);
  void emitKind(int index, const BatchNorm &norm);
  void emitKind(int index, const ReLU &relu);
  void emitKind(int index, const Add &);
  void emitKind(int index, const Multiply &);
  void emitKind(int index, const Concatenate &);
  void emitKind(int index, const AlignedReshape &);
  void emitKind(int index, const MaxPool2D &pool);
  void emitKind(int index, const AveragePool2D &pool);
  void emitKind(int index, const Move &move);
  void emitKind(int index, const GlobalAveragePool2D &);
  void emitKind(int index, const Push &);
  void emitKind(int index, const Softmax &);
  void emitKind(int index, const ScalarActivation &activation);
  void emitKind(int index, const Recurrence &recurrence);
  void emitKind(int index, const DifferenceTest &test);
  template <typename Kind>
  IfIntegersOnly<void, Kind> emitKind(int index, const Kind &) {
    error = integersOnlyError(program.operations[index]);
  }

  void emitElementwise(int index, const Affine *affine, Clamp bounds);

  /// Values of `tensor` in an existing layout, whichever it is.
  Operand any(int tensor);
  /// Values of `tensor` in the layout with that `inner`.
  Operand require(int tensor, int64_t inner);
  Operand requirePlain(int tensor) {
    return require(tensor, plainOf(tensor).channels);
  }
  Operand newOperand(const Layout &layout);
  /// Memory for the result of an operation on `in`: that of `in`, if nobody
  /// needs its values after operation `index`.
  Operand inPlaceOf(const Operand &in, int index);
  bool isDeadAfter(const Operand &operand, int index, int other = -1) const;
  /// `operand` holds the values of `tensor`, which are complete.
  void define(int tensor, const Operand &operand);
  /// Observes and delivers the values, if somebody wants them.
  void serve(int tensor);

  void emit(StepPtr step, const Operand &operand) {
    emit(std::move(step), std::vector<Operand>{operand});
  }
  void emit(StepPtr step, const std::vector<Operand> &operands);

  /// The only operation that reads `tensor`, if nobody else wants its values;
  /// -1 if there is none such.
  int soleUser(int tensor) const;
  /// If all that happens to `tensor` is a ReLU: takes that over, and makes
  /// `tensor` its result.
  Clamp absorbReLU(int &tensor);
  ConvChoice choose(const ConvProblem &problem, int tensor, int64_t outInner);

  Layout plainOf(int tensor) const {
    return Layout::plain(program.tensors[tensor].shape);
  }
  ElementType typeOfInput(const LazyInput &lazy) const {
    return program.tensors[program.inputs[lazy.input].tensor].type;
  }
  bool isWanted(int tensor) const {
    const Wishes &of = wishes[tensor];
    return !of.ranges.empty() || !of.keep.empty() || !of.gather.empty();
  }
  int64_t samplesNow() const { return isSplit ? plan->microBatch : 1; }

  const Program &program;
  const FloatExecutorOptions &options;
  const ObserverLayout &observers;
  std::unique_ptr<Plan> plan;
  /// The values of each tensor, in one or more layouts.
  std::vector<std::vector<Operand>> values;
  /// Set for tensors that are read from the samples where they are needed.
  std::vector<std::optional<LazyInput>> lazy;
  /// The needed operations that read each tensor, one entry for each time.
  std::vector<std::vector<int>> users;
  /// Who wants a tensor's values, by places in the program and the options.
  struct Wishes {
    std::vector<size_t> ranges, keep;
    /// And where its sums begin among all sums.
    std::vector<std::pair<size_t, size_t>> gather;
  };
  std::vector<Wishes> wishes;
  /// Operations that others compute along, or that nobody needs.
  std::vector<bool> isDone;
  /// By buffer: the tensors whose values lie there.
  std::vector<std::vector<int>> tensorsIn;
  /// By buffer: whether steps before and after the split use it.
  std::vector<bool> usedBefore, usedAfter;
  bool isSplit = false;
  /// Set where an operation cannot be emitted.
  std::optional<Error> error;
};

} // namespace

static Layout withPads(Layout layout, const Window &window) {
  layout.height += window.padBegin[0] + window.padEnd[0];
  layout.width += window.padBegin[1] + window.padEnd[1];
  return layout;
}

static Clamp clampOf(const ReLU &relu) {
  return {0.f, relu.maxValue.value_or(noClamp.upper)};
}

Result<std::unique_ptr<Plan>> Planner::run() {
  plan->microBatch = options.microBatch;
  for (const GatherRequest &request : options.gather)
    if (request.sums)
      plan->numSums += size_t(numChannels(program.tensors[request.tensor]));
  for (const State &state : program.states)
    plan->memories.push_back(numElements(program.tensors[state.before].shape));
  findUsers();
  if (Status status = checkSizes(); !status)
    return status.takeError();
  for (size_t i = 0; i < program.inputs.size(); ++i)
    lazy[program.inputs[i].tensor] = {i, Affine()};
  size_t split = chooseSplit();
  isSplit = split == 0;
  for (const Input &input : program.inputs)
    serve(input.tensor);
  for (size_t i = 0; i < program.operations.size(); ++i) {
    if (i == split && !isSplit) {
      isSplit = true;
      plan->split = plan->steps.size();
    }
    if (!isDone[i])
      std::visit([&](const auto &kind) { emitKind(int(i), kind); },
                 program.operations[i].kind);
    if (error)
      return std::move(*error);
  }
  if (!isSplit)
    plan->split = plan->steps.size();
  if (Status status = layOut(); !status)
    return status.takeError();
  return std::move(plan);
}

/// Tensors that alone exceed the memory, before anything is made for them.
Status Planner::checkSizes() const {
  // In floating point nothing overflows. Blocks may have 16 channels where
  // there is one.
  auto fits = [&](const Layout &plain) {
    double channels = double(plain.withInner(16).blocks()) * 16;
    return double(plain.height) * double(plain.width) * channels *
               double(plan->microBatch) * sizeof(float) <=
           double(options.memoryLimit);
  };
  auto failure = [&](const std::string &what) {
    return Error{what + " needs more than the allowed " +
                 std::to_string(options.memoryLimit >> 20) +
                 " MiB of memory for each sample"};
  };
  for (const Input &input : program.inputs)
    if (!fits(plainOf(input.tensor)))
      return failure(program.inputs.size() == 1 ? "the input"
                                                : "input '" + input.name + "'");
  for (size_t i = 0; i < program.operations.size(); ++i) {
    const Operation &operation = program.operations[i];
    if (isDone[i])
      continue;
    bool isSmall = fits(plainOf(operation.output));
    if (const auto *conv = operation.as<Conv2D>())
      isSmall &= fits(withPads(plainOf(operation.inputs[0]), conv->window));
    if (!isSmall)
      return failure("layer '" + operation.layer + "'");
  }
  return {};
}

void Planner::findUsers() {
  if (options.observe)
    for (size_t i = 0; i < program.ranges.size(); ++i)
      wishes[program.ranges[i].tensor].ranges.push_back(i);
  for (size_t i = 0; i < options.keep.size(); ++i)
    wishes[options.keep[i]].keep.push_back(i);
  size_t firstSum = 0;
  for (size_t i = 0; i < options.gather.size(); ++i) {
    const GatherRequest &request = options.gather[i];
    wishes[request.tensor].gather.push_back({i, firstSum});
    if (request.sums)
      firstSum += size_t(numChannels(program.tensors[request.tensor]));
  }
  for (size_t i = program.operations.size(); i-- > 0;) {
    const Operation &operation = program.operations[i];
    if (!isWanted(operation.output) && users[operation.output].empty()) {
      isDone[i] = true;
      continue;
    }
    for (int input : operation.inputs)
      users[input].push_back(int(i));
  }
}

/// The first operation that takes whole micro-batches. Samples that go through
/// an operation one by one leave their activations in the cache, but read its
/// weights again and again: as many operations as pays on the whole go first.
/// Only the program decides, not the machine.
size_t Planner::chooseSplit() const {
  // Activations of a micro-batch that stay in the cache anyway, and what it
  // costs to call an operation more often, as bytes.
  constexpr int64_t cache = int64_t(256) << 10, call = int64_t(16) << 10;
  if (plan->microBatch == 1)
    return 0;
  int64_t gain = 0, best = 0;
  size_t split = 0;
  for (size_t i = 0; i < program.operations.size(); ++i) {
    const Operation &operation = program.operations[i];
    const auto *conv = operation.as<Conv2D>();
    const auto *dense = operation.as<Dense>();
    const auto *transposed = operation.as<Conv2DTranspose>();
    // What is left is mostly computed along with these.
    if (isDone[i] ||
        !(conv || dense || transposed || operation.as<MaxPool2D>() ||
          operation.as<AveragePool2D>() || operation.as<Add>()))
      continue;
    int64_t values = numElements(program.tensors[operation.output].shape);
    for (int input : operation.inputs)
      values += numElements(program.tensors[input].shape);
    int64_t weights = conv         ? numElements(conv->kernel.shape)
                      : dense      ? numElements(dense->kernel.shape)
                      : transposed ? numElements(transposed->kernel.shape)
                                   : 0;
    int64_t size = int64_t(sizeof(float));
    if (values * size * plan->microBatch > cache)
      gain += values * size;
    gain -= weights * size + call;
    if (gain <= best)
      continue;
    best = gain;
    split = i + 1;
  }
  return split;
}

Status Planner::layOut() {
  std::vector<Lifetime> lifetimes;
  for (size_t i = 0; i < plan->buffers.size(); ++i) {
    BufferInfo &buffer = plan->buffers[i];
    buffer.isShared = usedBefore[i] && usedAfter[i];
    buffer.samples = usedAfter[i] ? plan->microBatch : 1;
    if (buffer.isShared)
      buffer.lifetime.first = 0;
    buffer.lifetime.bytes =
        size_t(buffer.elements) * size_t(buffer.samples) * sizeof(float);
    lifetimes.push_back(buffer.lifetime);
  }
  size_t scratch = 0;
  for (const StepPtr &step : plan->steps)
    scratch = std::max(scratch, step->scratchBytes());
  Lifetime everywhere{0, int64_t(plan->steps.size()), scratch};
  lifetimes.push_back(everywhere);
  auto memory = planMemory(lifetimes, 64, options.memoryLimit);
  if (!memory)
    return memory.takeError();
  for (size_t i = 0; i < plan->buffers.size(); ++i)
    plan->buffers[i].offset = memory->offsets[i];
  plan->scratchOffset = memory->offsets.back();
  plan->arenaBytes = memory->size;
  return {};
}

//===----------------------------------------------------------------------===//
// Values
//===----------------------------------------------------------------------===//

Operand Planner::newOperand(const Layout &layout) {
  Operand operand;
  operand.buffer = int(plan->buffers.size());
  operand.layout = layout;
  BufferInfo buffer;
  buffer.elements = layout.elements();
  buffer.lifetime.first = INT64_MAX;
  plan->buffers.push_back(buffer);
  tensorsIn.emplace_back();
  usedBefore.push_back(false);
  usedAfter.push_back(false);
  return operand;
}

void Planner::emit(StepPtr step, const std::vector<Operand> &operands) {
  step->index = plan->steps.size();
  for (const Operand &operand : operands) {
    Lifetime &lifetime = plan->buffers[operand.buffer].lifetime;
    lifetime.first = std::min(lifetime.first, int64_t(step->index));
    lifetime.last = std::max(lifetime.last, int64_t(step->index));
    (isSplit ? usedAfter : usedBefore)[operand.buffer] = true;
  }
  plan->steps.push_back(std::move(step));
}

Operand Planner::any(int tensor) {
  return values[tensor].empty() ? requirePlain(tensor) : values[tensor].front();
}

Operand Planner::require(int tensor, int64_t inner) {
  Layout wanted = plainOf(tensor).withInner(inner);
  for (const Operand &operand : values[tensor])
    if (operand.layout == wanted)
      return operand;
  Operand operand = newOperand(wanted);
  if (values[tensor].empty())
    emit(makeLoad(lazy[tensor]->input, typeOfInput(*lazy[tensor]),
                  lazy[tensor]->affine, operand),
         operand);
  else
    emit(makeReorder(values[tensor].front(), operand),
         {values[tensor].front(), operand});
  values[tensor].push_back(operand);
  tensorsIn[operand.buffer].push_back(tensor);
  return operand;
}

bool Planner::isDeadAfter(const Operand &operand, int index, int other) const {
  for (int tensor : tensorsIn[operand.buffer])
    for (int user : users[tensor])
      if (user > index && user != other)
        return false;
  return true;
}

Operand Planner::inPlaceOf(const Operand &in, int index) {
  return isDeadAfter(in, index) ? in : newOperand(in.layout);
}

void Planner::define(int tensor, const Operand &operand) {
  values[tensor].push_back(operand);
  tensorsIn[operand.buffer].push_back(tensor);
  serve(tensor);
}

void Planner::serve(int tensor) {
  if (!isWanted(tensor))
    return;
  Operand operand = any(tensor);
  for (size_t i : wishes[tensor].ranges)
    emit(makeObserve(operand, observers.entries()[i]), operand);
  for (size_t i : wishes[tensor].keep)
    emit(makeStore(operand, i), operand);
  for (auto [i, firstSum] : wishes[tensor].gather)
    emit(makeGather(operand, options.gather[i], i, firstSum), operand);
}

int Planner::soleUser(int tensor) const {
  return !isWanted(tensor) && users[tensor].size() == 1 ? users[tensor].front()
                                                        : -1;
}

Clamp Planner::absorbReLU(int &tensor) {
  int user = soleUser(tensor);
  if (user < 0)
    return noClamp;
  const ReLU *relu = program.operations[user].as<ReLU>();
  if (!relu)
    return noClamp;
  isDone[user] = true;
  tensor = program.operations[user].output;
  return clampOf(*relu);
}

//===----------------------------------------------------------------------===//
// Operations
//===----------------------------------------------------------------------===//

void Planner::emitKind(int index, const Rescaling &rescaling) {
  const Operation &operation = program.operations[index];
  Affine affine{rescaling.scale, rescaling.offset};
  int input = inputIndexOf(program, operation.inputs[0]);
  if (input < 0) {
    emitElementwise(index, &affine, noClamp);
    return;
  }
  lazy[operation.output] = {size_t(input), std::move(affine)};
  serve(operation.output);
}
void Planner::emitKind(int index, const BatchNorm &norm) {
  Affine affine{norm.scale, norm.shift};
  emitElementwise(index, &affine, noClamp);
}

void Planner::emitKind(int index, const ReLU &relu) {
  emitElementwise(index, nullptr, clampOf(relu));
}

void Planner::emitElementwise(int index, const Affine *affine, Clamp bounds) {
  const Operation &operation = program.operations[index];
  Operand in = any(operation.inputs[0]);
  Operand out = inPlaceOf(in, index);
  int result = operation.output;
  if (affine)
    bounds = absorbReLU(result);
  emit(affine ? makeAffine(in, *affine, bounds, out)
              : makeClamp(in, bounds, out),
       {in, out});
  define(result, out);
}

void Planner::emitKind(int index, const Add &) {
  const Operation &operation = program.operations[index];
  Operand a = any(operation.inputs[0]);
  Operand b = require(operation.inputs[1], a.layout.inner);
  Operand out = inPlaceOf(a, index);
  int result = operation.output;
  Clamp bounds = absorbReLU(result);
  emit(makeAdd(a, b, bounds, out), {a, b, out});
  define(result, out);
}

void Planner::emitKind(int index, const Multiply &) {
  const Operation &operation = program.operations[index];
  Operand a = any(operation.inputs[0]);
  Operand b = require(operation.inputs[1], a.layout.inner);
  Operand out = inPlaceOf(a, index);
  emit(makeMultiply(a, b, out), {a, b, out});
  define(operation.output, out);
}

void Planner::emitKind(int index, const AlignedReshape &) {
  const Operation &operation = program.operations[index];
  Operand operand = requirePlain(operation.inputs[0]);
  operand.layout = plainOf(operation.output);
  define(operation.output, operand);
}

void Planner::emitKind(int index, const Dense &dense) {
  const Operation &operation = program.operations[index];
  Operand in = requirePlain(operation.inputs[0]);
  Operand out = newOperand(plainOf(operation.output));
  int result = operation.output;
  Clamp bounds = absorbReLU(result);
  emit(makeDense(plan->engine, dense, samplesNow(), bounds, in, out),
       {in, out});
  define(result, out);
}

void Planner::emitKind(int index, const Conv2DTranspose &conv) {
  const Operation &operation = program.operations[index];
  Operand in = requirePlain(operation.inputs[0]);
  Operand out = newOperand(plainOf(operation.output));
  int result = operation.output;
  Clamp bounds = absorbReLU(result);
  emit(makeConvTranspose(conv, bounds, in, out), {in, out});
  define(result, out);
}

void Planner::emitKind(int index, const Concatenate &) {
  const Operation &operation = program.operations[index];
  std::vector<Operand> inputs;
  for (int input : operation.inputs)
    inputs.push_back(requirePlain(input));
  Operand out = newOperand(plainOf(operation.output));
  std::vector<Operand> all = inputs;
  all.push_back(out);
  emit(makeConcatenate(std::move(inputs), out), all);
  define(operation.output, out);
}

void Planner::emitKind(int index, const MaxPool2D &pool) {
  const Operation &operation = program.operations[index];
  Operand in = any(operation.inputs[0]);
  int result = operation.output;
  Operand out = newOperand(plainOf(result).withInner(in.layout.inner));
  Clamp bounds = absorbReLU(result);
  emit(makeMaxPool(in, pool.window, bounds, out), {in, out});
  define(result, out);
}

void Planner::emitKind(int index, const AveragePool2D &pool) {
  const Operation &operation = program.operations[index];
  Operand in = any(operation.inputs[0]);
  int result = operation.output;
  Operand out = newOperand(plainOf(result).withInner(in.layout.inner));
  Clamp bounds = absorbReLU(result);
  emit(makeAveragePool(in, pool.window, bounds, out), {in, out});
  define(result, out);
}

void Planner::emitKind(int index, const Move &move) {
  const Operation &operation = program.operations[index];
  const Shape &from = program.tensors[operation.inputs[0]].shape;
  const Shape &to = program.tensors[operation.output].shape;
  if (std::optional<ZeroPads> pads = zeroPadsOf(move, from, to)) {
    Operand in = any(operation.inputs[0]);
    Operand out =
        newOperand(plainOf(operation.output).withInner(in.layout.inner));
    emit(makePad(in, pads->begin, {0.f}, out), {in, out});
    define(operation.output, out);
    return;
  }
  Operand in = requirePlain(operation.inputs[0]);
  Operand out = newOperand(plainOf(operation.output));
  emit(makeMove(in, MoveGeometry(move, from, to), out), {in, out});
  define(operation.output, out);
}

void Planner::emitKind(int index, const GlobalAveragePool2D &) {
  const Operation &operation = program.operations[index];
  Operand in = any(operation.inputs[0]);
  Operand out = newOperand(plainOf(operation.output));
  emit(makeMean(in, out), {in, out});
  define(operation.output, out);
}

void Planner::emitKind(int index, const Push &) {
  const Operation &operation = program.operations[index];
  size_t memory = 0;
  while (memory < program.states.size() &&
         program.states[memory].after != operation.output)
    ++memory;
  if (memory == program.states.size()) {
    error = Error{"layer '" + operation.layer +
                  "' pushes into a queue that is no memory of the network"};
    return;
  }
  Operand in = requirePlain(operation.inputs[0]);
  Operand out = newOperand(plainOf(operation.output));
  emit(makePush(in, out.layout.elements() / in.layout.elements(), memory, out),
       {in, out});
  define(operation.output, out);
}

void Planner::emitKind(int index, const Softmax &softmax) {
  const Operation &operation = program.operations[index];
  Operand in = requirePlain(operation.inputs[0]);
  Operand out = inPlaceOf(in, index);
  emit(makeSoftmax(in, softmax.isLogarithm, out), {in, out});
  define(operation.output, out);
}

void Planner::emitKind(int index, const ScalarActivation &activation) {
  const Operation &operation = program.operations[index];
  Operand in = any(operation.inputs[0]);
  Operand out = inPlaceOf(in, index);
  emit(makeScalarActivation(in, activation, out), {in, out});
  define(operation.output, out);
}

void Planner::emitKind(int index, const Recurrence &recurrence) {
  const Operation &operation = program.operations[index];
  if (operation.inputs.size() != 1) {
    error = Error{"layer '" + operation.layer +
                  "' is a recurrence that goes on from a state; networks in "
                  "float32 start each sequence anew"};
    return;
  }
  Operand in = requirePlain(operation.inputs[0]);
  Operand out = newOperand(plainOf(operation.output));
  emit(makeRecurrence(in, recurrence, out), {in, out});
  define(operation.output, out);
}

void Planner::emitKind(int index, const DifferenceTest &test) {
  const Operation &operation = program.operations[index];
  Operand in = requirePlain(operation.inputs[0]);
  Operand truth = requirePlain(operation.inputs[1]);
  Operand out = newOperand(plainOf(operation.output));
  emit(makeDifferenceTest(in, truth, test, out), {in, truth, out});
  define(operation.output, out);
}

//===----------------------------------------------------------------------===//
// Convolutions
//===----------------------------------------------------------------------===//

/// Whether the padded cells have to be written down: they hold something, or
/// there are more of them than a kernel covers.
static bool needsPaddedCopy(const Conv2D &conv) {
  const Window &window = conv.window;
  bool isPadded = false, isWide = false;
  for (int axis = 0; axis < 2; ++axis) {
    int64_t reach = (window.kernel[axis] - 1) * window.dilations[axis];
    int64_t most = std::max(window.padBegin[axis], window.padEnd[axis]);
    isPadded |= most > 0;
    isWide |= most > reach;
  }
  bool hasValue =
      std::any_of(conv.paddingValue.begin(), conv.paddingValue.end(),
                  [](float value) { return value != 0; });
  return isWide || (isPadded && hasValue);
}

ConvChoice Planner::choose(const ConvProblem &problem, int tensor,
                           int64_t outInner) {
  ConvChoice best = chooseConv(plan->engine, problem, 0, outInner);
  auto consider = [&](int64_t in, int64_t out) {
    if (best.quality == 3)
      return;
    ConvChoice choice = chooseConv(plan->engine, problem, in, out);
    if (choice.quality > best.quality)
      best = choice;
  };
  for (const Operand &operand : values[tensor])
    consider(operand.layout.inner, outInner);
  for (int64_t inner : {int64_t(16), int64_t(8)})
    consider(inner, outInner ? outInner : inner);
  consider(problem.in.channels, outInner ? outInner : problem.out.channels);
  return best;
}

void Planner::emitKind(int index, const Conv2D &conv) {
  const Operation &operation = program.operations[index];
  int input = operation.inputs[0];
  int result = operation.output;

  Conv2D unpadded = conv;
  ConvProblem problem{&conv,        plainOf(input), plainOf(result),
                      samplesNow(), noClamp,        false};
  bool isCopied = needsPaddedCopy(conv);
  if (isCopied) {
    Window &window = unpadded.window;
    problem.in = withPads(problem.in, window);
    std::fill_n(window.padBegin, 2, 0);
    std::fill_n(window.padEnd, 2, 0);
    problem.conv = &unpadded;
  }

  // A sum with values that are there already, and that nobody needs
  // afterwards, is added up in their memory.
  ConvChoice choice;
  std::optional<Operand> sum;
  int add = soleUser(result);
  if (add >= 0 && program.operations[add].as<Add>()) {
    const std::vector<int> &inputs = program.operations[add].inputs;
    int other = inputs[inputs[0] == result];
    // A convolution can't write into what it reads, as a view has it.
    auto isInput = [&](const Operand &into) {
      const std::vector<int> &in = tensorsIn[into.buffer];
      return std::count(in.begin(), in.end(), input) != 0;
    };
    if (!values[other].empty() &&
        isDeadAfter(values[other].front(), index, add) &&
        !isInput(values[other].front())) {
      Operand into = values[other].front();
      ConvProblem fused = problem;
      fused.accumulates = true;
      int total = program.operations[add].output;
      int user = soleUser(total);
      if (user >= 0)
        if (const auto *relu = program.operations[user].as<ReLU>())
          fused.bounds = clampOf(*relu);
      choice = choose(fused, input, into.layout.inner);
      if (choice.quality == 3) {
        problem = fused;
        sum = into;
        isDone[add] = true;
        result = total;
        absorbReLU(result);
      }
    }
  }
  if (!sum) {
    problem.bounds = absorbReLU(result);
    choice = choose(problem, input, 0);
  }

  if (!choice.quality) {
    error = Error{"layer '" + operation.layer +
                  "': oneDNN has no implementation of this convolution"};
    return;
  }

  Operand in = require(input, choice.in.inner);
  if (isCopied) {
    Operand padded = newOperand(choice.in);
    std::vector<float> value = conv.paddingValue;
    if (value.empty())
      value = {0.f};
    emit(makePad(in, conv.window.padBegin, value, padded), {in, padded});
    in = padded;
  }
  Operand out = sum ? *sum : newOperand(choice.out);
  emit(makeConv(plan->engine, problem, choice, in, out), {in, out});
  define(result, out);
}

Result<std::unique_ptr<Plan>> makePlan(const Program &program,
                                       const FloatExecutorOptions &options,
                                       const ObserverLayout &observers) {
  return Planner(program, options, observers).run();
}

//===----------------------------------------------------------------------===//
// Execution
//===----------------------------------------------------------------------===//

void Plan::run(Worker &worker) const {
  worker.count = 1;
  for (worker.first = 0; worker.first < worker.job.count; ++worker.first)
    for (size_t i = 0; i < split; ++i)
      steps[i]->run(worker);
  worker.first = 0;
  worker.count = microBatch;
  for (size_t i = split; i < steps.size(); ++i)
    steps[i]->run(worker);
}

/// Zeros, in large pages where the system has them.
static char *allocateArena(size_t bytes) {
  constexpr size_t page = size_t(1) << 21;
  size_t alignment = bytes >= page ? page : 64;
  bytes = (std::max<size_t>(bytes, 1) + alignment - 1) & ~(alignment - 1);
  void *memory = std::aligned_alloc(alignment, bytes);
  if (!memory)
    throw std::bad_alloc();
  if (alignment == page)
    madvise(memory, bytes, MADV_HUGEPAGE);
  std::fill_n(static_cast<char *>(memory), bytes, char(0));
  return static_cast<char *>(memory);
}

Worker::Worker(const Plan &plan)
    : plan(plan), stream(plan.engine), arguments(plan.steps.size()),
      arena(allocateArena(plan.arenaBytes), std::free) {
  for (int64_t elements : plan.memories)
    memories.emplace_back(size_t(elements), 0.f);
}

float *Worker::data(const Operand &operand) const {
  const BufferInfo &buffer = plan.buffers[operand.buffer];
  float *start = reinterpret_cast<float *>(arena.get() + buffer.offset);
  return buffer.isShared ? start + first * buffer.elements : start;
}

char *Worker::scratch() const { return arena.get() + plan.scratchOffset; }

} // namespace cpu
} // namespace qml
