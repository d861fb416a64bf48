//===- IntegerPlan.cpp - Which kernels an integer program becomes ---------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "IntegerPlan.h"

#include "qml/GPU/IntegerExecutor.h"
#include "qml/Program/Verify.h"

#include <algorithm>

namespace qml {
namespace gpu {

using namespace interpreter;

bool isSupportedInput(ElementType type) {
  switch (type) {
  case ElementType::U8:
  case ElementType::I8:
  case ElementType::I16:
  case ElementType::I32:
  case ElementType::I64:
  case ElementType::F32:
    return true;
  default:
    return false;
  }
}

Cells cellsOf(ElementType type) {
  switch (type) {
  case ElementType::U8:
    return Cells::U8;
  case ElementType::I8:
    return Cells::I8;
  case ElementType::I16:
    return Cells::I16;
  case ElementType::I32:
    return Cells::I32;
  case ElementType::I64:
    return Cells::I64;
  default:
    return Cells::F32;
  }
}

static IntegerRange rangeOf(Cells cells) {
  switch (cells) {
  case Cells::I8:
    return {INT8_MIN, INT8_MAX};
  case Cells::U8:
    return {0, UINT8_MAX};
  case Cells::I16:
    return int16Range;
  case Cells::I32:
    return int32Range;
  default:
    return {INT64_MIN, INT64_MAX};
  }
}

/// The narrowest cells for the values; those of the declared type if the tensor
/// is delivered and they hold them, so that nothing has to be converted.
static Cells cellsFor(const PlannedTensor &tensor, ElementType declared) {
  if (tensor.isDelivered && contains(rangeOf(cellsOf(declared)), tensor.range))
    return cellsOf(declared);
  for (Cells cells : {Cells::I8, Cells::U8, Cells::I16, Cells::I32})
    if (contains(rangeOf(cells), tensor.range))
      return cells;
  return Cells::I64;
}

static Error refusal(const Operation &operation, const std::string &what) {
  return Error{"layer '" + operation.layer + "': " + what +
               ", which is not done on GPUs; use the CPU"};
}

/// Whether a result is computed in float32 of floats.
static bool isFloatOperation(const Program &program,
                             const Operation &operation) {
  const Tensor &result = program.tensors[operation.output];
  return !result.fixed && result.type == ElementType::F32 &&
         !operation.as<Dequantizer>() && !operation.as<StepDequantizer>();
}

/// Null for operations that there are kernels for, else what is not done.
static const char *findRefused(const Program &program,
                               const Operation &operation) {
  if (isFloatOperation(program, operation)) {
    bool isElementwise = operation.as<Rescaling>() ||
                         operation.as<BatchNorm>() || operation.as<ReLU>() ||
                         operation.as<Add>() || operation.as<View>();
    return isElementwise || operation.as<qml::Softmax>()
               ? nullptr
               : "computes windows or products in float32 in an integer "
                 "network";
  }
  return operation.as<Push>()          ? "pushes into a queue"
         : operation.as<TemporalSum>() ? "sums over time"
         : operation.as<Recurrence>()  ? "is a recurrence"
         : operation.as<DifferenceTest>()
             ? "tests how far predictions are from the truth"
             : nullptr;
}

//===----------------------------------------------------------------------===//
// Values
//===----------------------------------------------------------------------===//

Status IntegerPlan::describeResult(size_t index) {
  const Operation &operation = program.operations[index];
  PlannedTensor &result = tensors[operation.output];
  for (int tensor : operation.inputs)
    tensors[tensor].readers.push_back(int(index));
  if (const char *what = findRefused(program, operation))
    return refusal(operation, what);
  const Tensor &declared = program.tensors[operation.output];
  if (!declared.fixed && declared.type == ElementType::F32)
    return {};
  result.integer = true;
  if (isProduct(operation)) {
    products[index] =
        std::make_unique<Product>(makeProduct(program, operation));
    productRanges[index] =
        rangesOf(*products[index], tensors[operation.inputs[0]].range);
    result.range = productRanges[index].result;
  } else {
    std::vector<const ValueInfo *> inputs;
    for (int tensor : operation.inputs)
      inputs.push_back(&tensors[tensor]);
    result.range = resultRange(program, operation, inputs);
  }
  if (Status status = checkResultRange(program, operation, result.range);
      !status)
    return status;
  result.cells = cellsFor(result, declared.type);
  return {};
}

/// Finds the values' ranges and types, and who reads them.
Status IntegerPlan::describe(const std::vector<int> &keep) {
  tensors.resize(program.tensors.size());
  std::vector<char> isComputed(tensors.size(), 0);
  isComputed[program.input] = 1;
  for (const Operation &operation : program.operations)
    isComputed[operation.output] = 1;
  for (int tensor : keep) {
    if (tensor < 0 || size_t(tensor) >= tensors.size() || !isComputed[tensor])
      return Error{"tensor " + std::to_string(tensor) +
                   " is to be kept, but the program does not compute it"};
    tensors[tensor].isDelivered = true;
  }
  for (size_t i = 0; i < tensors.size(); ++i) {
    static_cast<ValueInfo &>(tensors[i]) = valueInfoOf(program.tensors[i]);
    tensors[i].root = int(i);
    // Elements of a chunk are counted in 32 bits.
    if (tensors[i].elements > INT32_MAX)
      return Error{"program '" + program.name +
                   "' has a tensor of more than 2^31 elements, which is too "
                   "large for GPUs; use the CPU"};
  }
  PlannedTensor &input = tensors[program.input];
  if (std::optional<IntegerRange> range = inputRange(program)) {
    input.integer = true;
    input.range = *range;
  }
  input.cells = cellsOf(program.tensors[program.input].type);
  products.resize(program.operations.size());
  productRanges.resize(program.operations.size());
  for (size_t i = 0; i < program.operations.size(); ++i)
    if (Status status = describeResult(i); !status)
      return status;
  return {};
}

//===----------------------------------------------------------------------===//
// Chains
//===----------------------------------------------------------------------===//

/// Whether the result is the input's elements as they are.
bool IntegerPlan::isAlias(const Operation &operation) const {
  const View *view = operation.as<View>();
  if (isFloatOperation(program, operation))
    return view && tensors[operation.inputs[0]].cells == Cells::F32;
  return operation.as<Rescaling>() || (view && view->inputShift.empty());
}

/// Whether an operation works on single integers, each for itself.
bool IntegerPlan::isStage(int index) const {
  const Operation &operation = program.operations[index];
  if (isFloatOperation(program, operation))
    return false;
  const View *view = operation.as<View>();
  return operation.as<ReLU>() || operation.as<OutputQuantizer>() ||
         operation.as<StepActivation>() || operation.as<LookUp>() ||
         operation.as<Dequantizer>() || operation.as<StepDequantizer>() ||
         (view && !view->inputShift.empty());
}

/// Takes the operations behind a chain into its epilogue.
void IntegerPlan::extend(Chain &chain, std::vector<char> &isDone,
                         const std::vector<char> &isComputed) const {
  for (;;) {
    const PlannedTensor &last = tensors[chain.output];
    if (!last.integer || last.isDelivered || last.readers.size() != 1 ||
        chain.stages.size() == Epilogue::maxStages)
      return;
    int next = last.readers.front();
    const Operation &operation = program.operations[next];
    // The other operand may come later: then its chain takes the addition.
    bool isSum = operation.as<Add>();
    for (int tensor : operation.inputs)
      isSum &= tensor == chain.output || isComputed[tensor];
    if ((!isSum && !isStage(next)) ||
        tensors[operation.output].channels != last.channels)
      return;
    isDone[next] = 1;
    chain.stages.push_back(next);
    chain.output = operation.output;
  }
}

void IntegerPlan::makeChains(bool fuse) {
  std::vector<char> isDone(program.operations.size(), 0);
  std::vector<char> isComputed(tensors.size(), 0);
  isComputed[program.input] = 1;
  for (size_t i = 0; i < program.operations.size(); ++i) {
    if (isDone[i])
      continue;
    const Operation &operation = program.operations[i];
    if (isAlias(operation)) {
      PlannedTensor &result = tensors[operation.output];
      result.root = tensors[operation.inputs[0]].root;
      result.cells = tensors[operation.inputs[0]].cells;
      isComputed[operation.output] = 1;
      continue;
    }
    Chain chain;
    chain.operation = int(i);
    chain.output = operation.output;
    chain.product = std::move(products[i]);
    chain.ranges = productRanges[i];
    if (isStage(int(i)))
      chain.stages.push_back(int(i));
    if (fuse && !isFloatOperation(program, operation))
      extend(chain, isDone, isComputed);
    isComputed[chain.output] = 1;
    chain.isNarrow = true;
    auto look = [&](const Operation &each) {
      auto isSmall = [&](int tensor) {
        return !tensors[tensor].integer ||
               contains(int32Range, tensors[tensor].range);
      };
      chain.isNarrow &=
          isSmall(each.output) &&
          std::all_of(each.inputs.begin(), each.inputs.end(), isSmall);
    };
    look(operation);
    for (int stage : chain.stages)
      look(program.operations[stage]);
    chains.push_back(std::move(chain));
  }
}

Result<std::unique_ptr<IntegerPlan>>
IntegerPlan::create(const Program &program, const std::vector<int> &keep,
                    bool fuse) {
  if (Status status = verify(program); !status)
    return status.takeError();
  if (!program.states.empty())
    return Error{"program '" + program.name +
                 "' has a memory, so that samples run one by one, which is not "
                 "done on GPUs; use the CPU"};
  ElementType type = program.tensors[program.input].type;
  if (!isSupportedInput(type))
    return Error{
        "input '" + program.inputName + "' of program '" + program.name +
        "' has the type " + nameOf(type) +
        ", GPUs take uint8, int8, int16, int32, int64 and float32; use "
        "the CPU"};
  std::unique_ptr<IntegerPlan> plan(new IntegerPlan(program));
  if (Status status = plan->describe(keep); !status)
    return status.takeError();
  plan->makeChains(fuse);
  for (int tensor : keep) {
    Delivery delivery;
    delivery.tensor = tensor;
    const PlannedTensor &planned = plan->tensors[tensor];
    bool isDeclared = planned.cells == cellsOf(program.tensors[tensor].type);
    delivery.isInput = planned.root == program.input && isDeclared;
    delivery.isConverted = !isDeclared;
    plan->deliveries.push_back(delivery);
  }
  return plan;
}

int64_t IntegerPlan::largest() const {
  int64_t most = 1;
  for (const PlannedTensor &tensor : tensors)
    most = std::max(most, tensor.elements);
  return most;
}

Result<MemoryPlan> IntegerPlan::planMemory(int64_t samples,
                                           size_t limit) const {
  std::vector<Lifetime> lifetimes(tensors.size());
  int64_t end = int64_t(chains.size());
  for (int64_t i = 0; i < end; ++i) {
    const Chain &chain = chains[size_t(i)];
    auto read = [&](int operation) {
      for (int tensor : program.operations[operation].inputs)
        lifetimes[tensors[tensor].root].last = i;
    };
    read(chain.operation);
    for (int stage : chain.stages)
      read(stage);
    lifetimes[chain.output] = {i, i,
                               tensors[chain.output].bytes() * size_t(samples)};
  }
  for (const Delivery &delivery : deliveries) {
    lifetimes[tensors[delivery.tensor].root].last = end;
    Lifetime converted;
    if (delivery.isConverted)
      converted = {end, end,
                   size_t(samples) * size_t(tensors[delivery.tensor].elements) *
                       sizeOf(program.tensors[delivery.tensor].type)};
    lifetimes.push_back(converted);
  }
  // Never stored: only read by the epilogue of the chain that made it.
  for (size_t i = 0; i < tensors.size(); ++i)
    if (!lifetimes[i].bytes)
      lifetimes[i] = {};
  // Lies in the buffer through which it came.
  lifetimes[program.input] = {};
  return qml::planMemory(lifetimes, 256, limit);
}

} // namespace gpu

Status canRunOnGPU(const Program &program) {
  auto plan = gpu::IntegerPlan::create(program, {}, true);
  if (!plan)
    return plan.takeError();
  return {};
}

} // namespace qml
