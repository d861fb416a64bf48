//===- IntegerPlan.cpp - Which kernels an integer program becomes ---------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "IntegerPlan.h"

#include "qml/GPU/IntegerExecutor.h"
#include "qml/Program/Kinds.h"
#include "qml/Program/Verify.h"

#include <algorithm>

namespace qml {
namespace gpu {

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

StorageType storageTypeOf(ElementType type) {
  switch (type) {
  case ElementType::U8:
    return StorageType::U8;
  case ElementType::I8:
    return StorageType::I8;
  case ElementType::I16:
    return StorageType::I16;
  case ElementType::I32:
    return StorageType::I32;
  case ElementType::I64:
    return StorageType::I64;
  default:
    return StorageType::F32;
  }
}

static IntegerRange rangeOf(StorageType type) {
  switch (type) {
  case StorageType::I8:
    return {INT8_MIN, INT8_MAX};
  case StorageType::U8:
    return {0, UINT8_MAX};
  case StorageType::I16:
    return int16Range;
  case StorageType::I32:
    return int32Range;
  default:
    return {INT64_MIN, INT64_MAX};
  }
}

/// The narrowest type for the values; those of the declared type if the tensor
/// is delivered and they hold them, so that nothing has to be converted.
static StorageType storageTypeFor(const PlannedTensor &tensor,
                                  ElementType declared) {
  if (tensor.isDelivered &&
      contains(rangeOf(storageTypeOf(declared)), tensor.range))
    return storageTypeOf(declared);
  for (StorageType type :
       {StorageType::I8, StorageType::U8, StorageType::I16, StorageType::I32})
    if (contains(rangeOf(type), tensor.range))
      return type;
  return StorageType::I64;
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
         kindOf(operation).form != Form::Dequantizer;
}

namespace {

/// Null for operations that there are kernels for, else what is not done.
struct RefusalFinder {
  const Operation &operation;
  bool isFloat;

  /// These have kernels for integers and for floats.
  template <typename Kind>
  IfOneOf<const char *, Kind, Rescaling, BatchNorm, ReLU, Add, AlignedReshape,
          qml::Softmax, InputQuantizer, OutputQuantizer, Dequantizer, LookUp,
          Rows, StepActivation, StepDequantizer>
  operator()(const Kind &) const {
    return nullptr;
  }
  /// These are done in integers alone.
  template <typename Kind>
  IfOneOf<const char *, Kind, Conv2D, Dense, MaxPool2D, AveragePool2D,
          GlobalAveragePool2D, Conv2DTranspose, Multiply, Move>
  operator()(const Kind &) const {
    return isFloat ? "computes windows or products in float32 in an integer "
                     "network"
                   : nullptr;
  }
  const char *operator()(const Concatenate &) const {
    if (isFloat)
      return "joins tensors of float32 in an integer network";
    return operation.inputs.size() > size_t(Joined::maxInputs)
               ? "joins more than 32 tensors of integers"
               : nullptr;
  }
  const char *operator()(const ScalarActivation &) const {
    return "computes an activation in float32 in an integer network";
  }
  const char *operator()(const Push &) const { return "pushes into a queue"; }
  const char *operator()(const TemporalSum &) const { return "sums over time"; }
  const char *operator()(const Recurrence &) const { return "is a recurrence"; }
  const char *operator()(const DifferenceTest &) const {
    return "tests how far predictions are from the truth";
  }
};

} // namespace

//===----------------------------------------------------------------------===//
// Values
//===----------------------------------------------------------------------===//

Status IntegerPlan::describeResult(size_t index) {
  const Operation &operation = program.operations[index];
  PlannedTensor &result = tensors[operation.output];
  for (int tensor : operation.inputs)
    tensors[tensor].readers.push_back(int(index));
  RefusalFinder finder = {operation, isFloatOperation(program, operation)};
  if (const char *what = std::visit(finder, operation.kind))
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
  result.type = storageTypeFor(result, declared.type);
  return {};
}

/// Finds the values' ranges and types, and who reads them.
Status IntegerPlan::describe(const std::vector<int> &keep) {
  tensors.resize(program.tensors.size());
  std::vector<char> isComputed(tensors.size(), 0);
  for (const Input &input : program.inputs)
    isComputed[input.tensor] = 1;
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
  for (const Input &each : program.inputs) {
    PlannedTensor &input = tensors[each.tensor];
    if (std::optional<IntegerRange> range = inputRange(program, each.tensor)) {
      input.integer = true;
      input.range = *range;
    }
    input.type = storageTypeOf(program.tensors[each.tensor].type);
  }
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
  const AlignedReshape *reshape = operation.as<AlignedReshape>();
  if (isFloatOperation(program, operation))
    return reshape && tensors[operation.inputs[0]].type == StorageType::F32;
  return operation.as<Rescaling>() || (reshape && reshape->inputShift.empty());
}

/// Whether an operation works on single integers, each for itself.
bool IntegerPlan::isStage(int index) const {
  const Operation &operation = program.operations[index];
  if (isFloatOperation(program, operation))
    return false;
  const AlignedReshape *reshape = operation.as<AlignedReshape>();
  return operation.as<ReLU>() || operation.as<OutputQuantizer>() ||
         operation.as<StepActivation>() || operation.as<LookUp>() ||
         operation.as<Dequantizer>() || operation.as<StepDequantizer>() ||
         (reshape && !reshape->inputShift.empty());
}

/// Takes the operations after a chain into its epilogue.
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
  for (const Input &input : program.inputs)
    isComputed[input.tensor] = 1;
  for (size_t i = 0; i < program.operations.size(); ++i) {
    if (isDone[i])
      continue;
    const Operation &operation = program.operations[i];
    if (isAlias(operation)) {
      PlannedTensor &result = tensors[operation.output];
      result.root = tensors[operation.inputs[0]].root;
      result.type = tensors[operation.inputs[0]].type;
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
  for (const Input &input : program.inputs) {
    ElementType type = program.tensors[input.tensor].type;
    if (!isSupportedInput(type))
      return Error{
          "input '" + input.name + "' of program '" + program.name +
          "' has the type " + nameOf(type) +
          ", GPUs take uint8, int8, int16, int32, int64 and float32; use "
          "the CPU"};
  }
  std::unique_ptr<IntegerPlan> plan(new IntegerPlan(program));
  if (Status status = plan->describe(keep); !status)
    return status.takeError();
  plan->makeChains(fuse);
  for (int tensor : keep) {
    Delivery delivery;
    delivery.tensor = tensor;
    const PlannedTensor &planned = plan->tensors[tensor];
    bool isDeclared =
        planned.type == storageTypeOf(program.tensors[tensor].type);
    if (isDeclared)
      delivery.input = inputIndexOf(program, planned.root);
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
  // These lie in the buffer through which they came.
  for (const Input &input : program.inputs)
    lifetimes[input.tensor] = {};
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
