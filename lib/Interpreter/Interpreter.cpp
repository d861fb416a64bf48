//===- Interpreter.cpp - Execution of programs on the CPU -----------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Makes a program into steps with planned memory, and runs them: samples are
// cut into micro-batches, each of which one thread runs from start to end.
//
//===----------------------------------------------------------------------===//

#include "qml/Interpreter/Interpreter.h"

#include "IntegerKernels.h"
#include "Model.h"

#include "qml/Program/Kinds.h"
#include "qml/Program/MemoryPlan.h"
#include "qml/Program/ValueRanges.h"
#include "qml/Program/Verify.h"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <system_error>
#include <thread>

namespace qml {

using namespace interpreter;

/// Bytes of activations of a micro-batch that a core's caches hold well.
static constexpr size_t cacheBytes = size_t(512) << 10;
static constexpr int64_t maxMicroBatch = 32;
static constexpr size_t alignment = 64;
static constexpr unsigned maxThreads = 256;

namespace {

/// Memory of one thread. Zeros at first: kernels may read some bytes after a
/// tensor, which nothing depends on.
class Workspace {
public:
  Workspace(size_t arenaBytes, size_t scratchBytes)
      : memory(static_cast<char *>(
            std::calloc(1, arenaBytes + scratchBytes + 3 * alignment))) {
    if (!memory)
      return;
    uintptr_t address = reinterpret_cast<uintptr_t>(memory);
    arena = memory + (alignment - address % alignment);
    scratch = arena + arenaBytes;
  }
  ~Workspace() { std::free(memory); }
  Workspace(const Workspace &) = delete;
  Workspace &operator=(const Workspace &) = delete;

  explicit operator bool() const { return memory; }

  char *arena = nullptr;
  char *scratch = nullptr;

private:
  char *memory;
};

} // namespace

//===----------------------------------------------------------------------===//
// Making the interpreter
//===----------------------------------------------------------------------===//

struct Interpreter::Impl {
  Impl(const Program &program, InterpreterOptions options)
      : program(program), options(std::move(options)) {}

  Status build();
  Status findDelivered();
  Status describeInputs();
  Status describeResult(const Operation &operation, IntegerRange range);
  Status addStep(const Planner &planner, const Operation &operation);
  void joinSteps();
  void shareInputs();
  Status planArena(int64_t samples);
  Status run(const InputValues &inputs, int64_t samples, void *const *results);
  Status runInOrder(const InputValues &inputs, int64_t samples,
                    void *const *results, Memory *memory);
  Status runMicroBatch(Workspace &workspace, const InputValues &inputs,
                       int64_t first, int64_t count,
                       void *const *results) const;
  void deliverTensor(Workspace &workspace, int tensor, int64_t first,
                     int64_t count, void *const *results) const;
  std::unique_ptr<Workspace> takeWorkspace();
  void giveWorkspace(std::unique_ptr<Workspace> workspace);

  const Program &program;
  InterpreterOptions options;
  std::vector<TensorInfo> tensors;
  /// As Program::operations; null where an earlier step computes it.
  std::vector<StepPtr> steps;
  /// Which step computes each operation.
  std::vector<size_t> stepOf;
  /// How many operations read each tensor.
  std::vector<int> numReaders;
  /// Tensors that no memory is needed for: computed in parts alone, or read or
  /// written where the caller has them.
  std::vector<char> isOutside;
  std::vector<int> delivered;
  /// Where each tensor stands in `delivered`, or -1.
  std::vector<int> resultIndex;
  int64_t microBatch = 1;
  size_t arenaBytes = 0;
  size_t scratchBytes = 0;

  std::mutex mutex;
  std::vector<std::unique_ptr<Workspace>> workspaces;
};

Status Interpreter::Impl::findDelivered() {
  std::vector<char> computed(program.tensors.size(), 0);
  for (const Input &input : program.inputs)
    computed[input.tensor] = 1;
  for (const Operation &operation : program.operations)
    computed[operation.output] = 1;
  resultIndex.assign(program.tensors.size(), -1);
  auto add = [&](int tensor) {
    if (resultIndex[tensor] >= 0)
      return;
    resultIndex[tensor] = int(delivered.size());
    delivered.push_back(tensor);
  };
  for (const Output &output : program.outputs)
    add(output.tensor);
  for (int tensor : options.keep) {
    if (tensor < 0 || size_t(tensor) >= computed.size() || !computed[tensor])
      return Error{"tensor " + std::to_string(tensor) +
                   " is to be kept, but the program does not compute it"};
    add(tensor);
  }
  return {};
}

static Storage storageFor(IntegerRange range, bool plain) {
  if (plain || !contains(int32Range, range))
    return Storage::I64;
  return contains(int16Range, range) ? Storage::I16 : Storage::I32;
}

/// What exists before any operation.
Status Interpreter::Impl::describeInputs() {
  auto describe = [&](int tensor) {
    // Others are floats from here on; integer operations do not read them.
    std::optional<IntegerRange> range = inputRange(program, tensor);
    if (!range)
      return;
    TensorInfo &info = tensors[tensor];
    info.range = *range;
    info.integer = true;
    info.storage = storageFor(info.range, options.plain);
  };
  for (const Input &input : program.inputs) {
    if (program.tensors[input.tensor].type == ElementType::F16)
      return Error{"inputs of type float16 are not supported, give float32"};
    describe(input.tensor);
  }
  for (const State &state : program.states)
    describe(state.before);
  return {};
}

Status Interpreter::Impl::describeResult(const Operation &operation,
                                         IntegerRange range) {
  TensorInfo &info = tensors[operation.output];
  info.integer = true;
  info.range = range;
  info.storage = storageFor(range, options.plain);
  return checkResultRange(program, operation, range);
}

Status Interpreter::Impl::addStep(const Planner &planner,
                                  const Operation &operation) {
  const Tensor &result = program.tensors[operation.output];
  if (!result.fixed && result.type == ElementType::F32) {
    StepPtr step;
    if (kindOf(operation).form != Form::Dequantizer)
      step = makeFloatStep(planner, operation);
    else if (!options.plain)
      step = makeFastStep(planner, operation);
    if (!step)
      step = makePlainStep(planner, operation, nullptr);
    steps.push_back(std::move(step));
    return {};
  }
  if (!isProduct(operation)) {
    std::vector<const ValueInfo *> inputs;
    for (int tensor : operation.inputs)
      inputs.push_back(&tensors[tensor]);
    IntegerRange range = resultRange(program, operation, inputs);
    if (Status status = describeResult(operation, range); !status)
      return status;
    StepPtr step = options.plain ? nullptr : makeFastStep(planner, operation);
    if (!step)
      step = makePlainStep(planner, operation, nullptr);
    steps.push_back(std::move(step));
    return {};
  }
  auto product = std::make_unique<Product>(makeProduct(program, operation));
  ProductRanges ranges = rangesOf(*product, tensors[operation.inputs[0]].range);
  if (Status status = describeResult(operation, ranges.result); !status)
    return status;
  StepPtr step = options.plain
                     ? nullptr
                     : makeFastProduct(planner, operation, *product, ranges);
  if (!step)
    step = makePlainStep(planner, operation, std::move(product));
  steps.push_back(std::move(step));
  return {};
}

/// Makes elementwise operations part of the step before them, so that values
/// in between never leave the caches.
void Interpreter::Impl::joinSteps() {
  // Which operation computes a tensor.
  std::vector<int> maker(tensors.size(), -1);
  for (size_t i = 0; i < steps.size(); ++i) {
    const Operation &operation = program.operations[i];
    maker[operation.output] = int(i);
    int from = operation.inputs.front();
    if (!steps[i]->isElementwise() || maker[from] < 0 ||
        numReaders[from] != 1 || resultIndex[from] >= 0)
      continue;
    size_t first = stepOf[maker[from]];
    // Followers go along the channels of the step that they follow, which a
    // reshape among them changes.
    int main = program.operations[first].output;
    if (!steps[first]->takesFollowers() ||
        numChannels(program.tensors[from]) !=
            numChannels(program.tensors[main]))
      continue;
    steps[first]->take(std::move(steps[i]), operation.output);
    stepOf[i] = first;
    isOutside[from] = true;
  }
  for (const Operation &operation : program.operations) {
    int output = operation.output;
    const StepPtr &step = steps[stepOf[maker[output]]];
    if (numReaders[output] == 0 && resultIndex[output] >= 0 &&
        step->takesFollowers()) {
      step->deliverDirectly();
      isOutside[output] = true;
    }
  }
}

/// Lets steps read inputs of bytes where they are.
void Interpreter::Impl::shareInputs() {
  for (const Input &input : program.inputs) {
    ElementType type = program.tensors[input.tensor].type;
    // Others have to be compared with their bounds first.
    if (!tensors[input.tensor].integer ||
        !holdsAll(tensors[input.tensor].range, type))
      continue;
    std::vector<Step *> readers;
    bool canShare = true;
    for (size_t i = 0; i < steps.size(); ++i)
      for (int tensor : program.operations[i].inputs)
        if (tensor == input.tensor) {
          canShare = canShare && steps[i] && steps[i]->canReadBytes();
          readers.push_back(steps[i].get());
        }
    if (!canShare)
      continue;
    for (Step *reader : readers)
      reader->readBytes(type);
    isOutside[input.tensor] = true;
  }
}

/// Places all tensors for `samples` samples: each lives from the step that
/// computes it to the last one that reads it.
Status Interpreter::Impl::planArena(int64_t samples) {
  std::vector<Lifetime> lifetimes(tensors.size());
  auto begin = [&](int tensor, int64_t first, int64_t last) {
    if (!isOutside[tensor])
      lifetimes[tensor] = {first, last,
                           tensors[tensor].bytes() * size_t(samples)};
  };
  for (const Input &input : program.inputs)
    begin(input.tensor, -1, -1);
  for (size_t i = 0; i < program.operations.size(); ++i) {
    const Operation &operation = program.operations[i];
    for (int tensor : operation.inputs)
      if (!isOutside[tensor])
        lifetimes[tensor].last = int64_t(i);
    // It is delivered after the operation, though a step before computes it.
    begin(operation.output, int64_t(stepOf[i]), int64_t(i));
  }
  // What crosses samples stays where it is from the first step to the last.
  for (const State &state : program.states) {
    begin(state.before, -1, -1);
    for (int tensor : {state.before, state.after})
      lifetimes[tensor].last = int64_t(program.operations.size());
  }
  size_t scratch = 0;
  for (const StepPtr &step : steps)
    if (step)
      scratch = std::max(scratch, step->scratchBytes(samples));
  size_t limit = size_t(std::max<int64_t>(options.memoryLimit, 0));
  auto failure = [&] {
    return Error{"program '" + program.name + "' needs more than the allowed " +
                 std::to_string(limit >> 20) +
                 " MiB of memory for the activations of one sample"};
  };
  if (scratch > limit)
    return failure();
  Result<MemoryPlan> plan = planMemory(lifetimes, alignment, limit - scratch);
  if (!plan)
    return failure();
  for (size_t i = 0; i < tensors.size(); ++i)
    tensors[i].offset = plan->offsets[i];
  arenaBytes = plan->size;
  scratchBytes = scratch;
  return {};
}

Status Interpreter::Impl::build() {
  if (Status status = verify(program); !status)
    return status;
  if (Status status = findDelivered(); !status)
    return status;
  tensors.resize(program.tensors.size());
  for (size_t i = 0; i < tensors.size(); ++i)
    static_cast<ValueInfo &>(tensors[i]) = valueInfoOf(program.tensors[i]);
  if (Status status = describeInputs(); !status)
    return status;
  Planner planner = {program, tensors, kernelsFor(options.instructionSet)};
  for (const Operation &operation : program.operations)
    if (Status status = addStep(planner, operation); !status)
      return status;
  for (size_t i = 0; i < steps.size(); ++i)
    stepOf.push_back(i);
  numReaders.assign(tensors.size(), 0);
  for (const Operation &operation : program.operations)
    for (int tensor : operation.inputs)
      ++numReaders[tensor];
  isOutside.assign(tensors.size(), false);
  // What crosses samples is read and written in memory of its own.
  if (program.states.empty()) {
    joinSteps();
    shareInputs();
  }

  // One sample has to fit into memory, more of them should fit into caches.
  if (Status status = planArena(1); !status)
    return status;
  if (!program.states.empty())
    return {};
  size_t single = std::max<size_t>(arenaBytes + scratchBytes, 1);
  microBatch =
      std::clamp<int64_t>(int64_t(cacheBytes / single), 1, maxMicroBatch);
  if (microBatch > 1 && !planArena(microBatch)) {
    microBatch = 1;
    return planArena(1);
  }
  return {};
}

Result<std::unique_ptr<Interpreter>>
Interpreter::create(const Program &program, InterpreterOptions options) {
  auto impl = std::make_unique<Impl>(program, std::move(options));
  if (Status status = impl->build(); !status)
    return status.takeError();
  return std::unique_ptr<Interpreter>(new Interpreter(std::move(impl)));
}

Interpreter::Interpreter(std::unique_ptr<Impl> impl) : impl(std::move(impl)) {}
Interpreter::~Interpreter() = default;

const std::vector<int> &Interpreter::delivered() const {
  return impl->delivered;
}

//===----------------------------------------------------------------------===//
// Running it
//===----------------------------------------------------------------------===//

std::unique_ptr<Workspace> Interpreter::Impl::takeWorkspace() {
  {
    std::lock_guard<std::mutex> lock(mutex);
    if (!workspaces.empty()) {
      std::unique_ptr<Workspace> workspace = std::move(workspaces.back());
      workspaces.pop_back();
      return workspace;
    }
  }
  return std::make_unique<Workspace>(arenaBytes, scratchBytes);
}

void Interpreter::Impl::giveWorkspace(std::unique_ptr<Workspace> workspace) {
  std::lock_guard<std::mutex> lock(mutex);
  workspaces.push_back(std::move(workspace));
}

void Interpreter::Impl::deliverTensor(Workspace &workspace, int tensor,
                                      int64_t first, int64_t count,
                                      void *const *results) const {
  if (resultIndex[tensor] < 0 || !results[resultIndex[tensor]] ||
      isOutside[tensor])
    return;
  const TensorInfo &info = tensors[tensor];
  const Tensor &declared = program.tensors[tensor];
  char *to = static_cast<char *>(results[resultIndex[tensor]]) +
             size_t(first * info.elements) * sizeOf(declared.type);
  deliver(declared, info, workspace.arena + info.offset, count * info.elements,
          to);
}

Status Interpreter::Impl::runMicroBatch(Workspace &workspace,
                                        const InputValues &inputs,
                                        int64_t first, int64_t count,
                                        void *const *results) const {
  std::vector<char *> outside(tensors.size(), nullptr);
  for (size_t i = 0; i < delivered.size(); ++i)
    if (results[i])
      outside[delivered[i]] = static_cast<char *>(results[i]) +
                              size_t(first * tensors[delivered[i]].elements) *
                                  sizeOf(program.tensors[delivered[i]].type);
  for (size_t i = 0; i < program.inputs.size(); ++i) {
    int tensor = program.inputs[i].tensor;
    const Tensor &input = program.tensors[tensor];
    const TensorInfo &info = tensors[tensor];
    size_t sampleBytes = size_t(info.elements) * sizeOf(input.type);
    const char *from =
        static_cast<const char *>(inputs[i]) + size_t(first) * sampleBytes;
    // In the type of the caller: some inputs become floats, which may round.
    if (resultIndex[tensor] >= 0 && outside[tensor])
      std::memcpy(outside[tensor], from, size_t(count) * sampleBytes);
    if (isOutside[tensor])
      // Nothing writes there.
      outside[tensor] = const_cast<char *>(from);
    else if (!readInput(input, info, from, count * info.elements,
                        workspace.arena + info.offset))
      return outsideInput(program.inputs[i], info.range);
  }
  Frame frame = {workspace.arena, workspace.scratch, count, tensors, outside};
  for (size_t i = 0; i < steps.size(); ++i) {
    if (steps[i])
      steps[i]->run(frame);
    deliverTensor(workspace, program.operations[i].output, first, count,
                  results);
  }
  return {};
}

Status Interpreter::Impl::run(const InputValues &inputs, int64_t samples,
                              void *const *results) {
  unsigned threads = options.threads > 0 ? unsigned(options.threads)
                                         : std::thread::hardware_concurrency();
  threads = std::clamp(threads, 1u, maxThreads);
  int64_t batch = std::min(microBatch, (samples + threads - 1) / threads);
  batch = std::max<int64_t>(batch, 1);
  int64_t batches = (samples + batch - 1) / batch;
  threads = unsigned(std::min<int64_t>(threads, batches));

  std::atomic<int64_t> next{0};
  std::atomic<bool> failed{false};
  std::mutex errorMutex;
  std::string message;
  auto work = [&] {
    auto fail = [&](const std::string &text) {
      std::lock_guard<std::mutex> lock(errorMutex);
      failed = true;
      message = text;
    };
    std::unique_ptr<Workspace> workspace = takeWorkspace();
    if (!*workspace)
      return fail("no memory for " +
                  std::to_string((arenaBytes + scratchBytes) >> 20) +
                  " MiB of activations");
    for (int64_t i = next++; i < batches && !failed; i = next++) {
      int64_t first = i * batch;
      Status status = runMicroBatch(*workspace, inputs, first,
                                    std::min(batch, samples - first), results);
      if (!status)
        fail(status.message());
    }
    giveWorkspace(std::move(workspace));
  };
  std::vector<std::thread> others;
  for (unsigned i = 1; i < threads; ++i) {
    try {
      others.emplace_back(work);
    } catch (const std::system_error &) {
      break; // as many as the system gives
    }
  }
  work();
  for (std::thread &other : others)
    other.join();
  if (failed)
    return Error{message};
  return {};
}

Status Interpreter::Impl::runInOrder(const InputValues &inputs, int64_t samples,
                                     void *const *results, Memory *memory) {
  Memory own;
  if (!memory)
    memory = &own;
  auto bytesOf = [&](const State &state) {
    return size_t(tensors[state.before].elements) *
           sizeOf(program.tensors[state.before].type);
  };
  std::vector<std::vector<char>> &values = memory->values;
  auto startSequence = [&] {
    values.clear();
    for (const State &state : program.states)
      values.emplace_back(bytesOf(state), 0);
    memory->seen = 0;
  };
  if (values.empty())
    startSequence();
  if (values.size() != program.states.size())
    return Error{"the memory of another program was given"};
  std::unique_ptr<Workspace> workspace = takeWorkspace();
  if (!*workspace)
    return Error{"no memory for " +
                 std::to_string((arenaBytes + scratchBytes) >> 20) +
                 " MiB of activations"};
  for (int64_t sample = 0; sample < samples; ++sample, ++memory->seen) {
    if (memory->seen == memory->sequenceLength && memory->seen != 0)
      startSequence();
    for (size_t i = 0; i < program.states.size(); ++i) {
      const State &state = program.states[i];
      const TensorInfo &info = tensors[state.before];
      if (values[i].size() != bytesOf(state) ||
          !readInput(program.tensors[state.before], info, values[i].data(),
                     info.elements, workspace->arena + info.offset))
        return Error{"the memory of another program was given"};
    }
    if (Status status = runMicroBatch(*workspace, inputs, sample, 1, results);
        !status)
      return status;
    for (size_t i = 0; i < program.states.size(); ++i) {
      const State &state = program.states[i];
      const TensorInfo &info = tensors[state.after];
      deliver(program.tensors[state.before], info,
              workspace->arena + info.offset, info.elements, values[i].data());
    }
  }
  giveWorkspace(std::move(workspace));
  return {};
}

Status Interpreter::run(const InputValues &inputs, int64_t samples,
                        void *const *results, Memory *memory) const {
  size_t wanted = impl->program.inputs.size();
  if (inputs.size() != wanted)
    return Error{"there are values for " + std::to_string(inputs.size()) +
                 " inputs, program '" + impl->program.name + "' has " +
                 std::to_string(wanted)};
  for (size_t i = 0; i < wanted; ++i)
    if (samples < 0 || (samples > 0 && !inputs[i]))
      return Error{"cannot run " + std::to_string(samples) +
                   " samples without their values"};
  if (samples == 0)
    return {};
  if (!impl->program.states.empty())
    return impl->runInOrder(inputs, samples, results, memory);
  return impl->run(inputs, samples, results);
}

Result<std::vector<TensorArray>> Interpreter::run(const InputValues &inputs,
                                                  int64_t samples,
                                                  Memory *memory) const {
  if (samples < 0)
    return Error{"cannot run " + std::to_string(samples) + " samples"};
  std::vector<TensorArray> arrays;
  std::vector<void *> results;
  for (int tensor : impl->delivered) {
    const Tensor &declared = impl->program.tensors[tensor];
    int64_t bytes = impl->tensors[tensor].elements * sizeOf(declared.type);
    if (samples > (int64_t(1) << 46) / bytes)
      return Error{"the results of " + std::to_string(samples) +
                   " samples are too large"};
    TensorArray array;
    array.tensor = tensor;
    array.type = declared.type;
    array.shape = declared.shape;
    array.shape.insert(array.shape.begin(), samples);
    array.data.resize(size_t(samples) * size_t(bytes));
    arrays.push_back(std::move(array));
  }
  for (TensorArray &array : arrays)
    results.push_back(array.data.data());
  if (Status status = run(inputs, samples, results.data(), memory); !status)
    return status.takeError();
  return arrays;
}

} // namespace qml
