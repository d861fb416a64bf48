//===- LayerRunner.cpp - A network, one layer at a time -------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LayerRunner.h"

#include "qml/Support/Quote.h"

#include <cstring>

using namespace mlir;

namespace qml {

/// Bytes of results that a block of samples may have.
constexpr double blockBytes = 64 << 20;

/// Fewest samples that are taken, whatever the memory.
constexpr int64_t fewestSamples = 16;

/// The most that is held at a time for a sample: results that are still needed,
/// as floats and as codes of up to 16 bits.
double LayerRunner::findBytesPerSample() {
  double held = 0, most = 0;
  std::map<int, double> alive;
  for (const Input &input : right.program.inputs)
    held +=
        8.0 * double(numElements(right.program.tensors[input.tensor].shape));
  for (mlir::Operation &op : integer.front().without_terminator()) {
    if (auto layer = dyn_cast<LayerOpInterface>(op)) {
      int tensor = tensorOf(layer);
      if (tensor >= 0 && !alive.count(tensor) && !isInput(tensor)) {
        alive[tensor] =
            6.0 * double(numElements(right.program.tensors[tensor].shape));
        held += alive[tensor];
      }
    }
    most = std::max(most, held);
    for (int tensor : lastFloats.lookup(&op)) {
      held -= alive[tensor];
      alive[tensor] = 0;
    }
  }
  return std::max(most, 1.0);
}

Status LayerRunner::start(const std::vector<SampleArray> &arrays,
                          int64_t numSamples, double memory) {
  FailureOr<FlatNetwork> flat = flattenNetwork(calibrated);
  if (failed(flat))
    return Error{"the calibrated network can't be executed"};
  right = std::move(*flat);
  if (!right.program.states.empty())
    return Error{"networks with memory can't be recovered: each sample depends "
                 "on those before it"};
  for (const FlatNetwork::Layer &layer : right.layers)
    tensors[layer.name] = layer.tensor;
  Result<SampleSources> sources = samplesOf(arrays, right.program);
  if (!sources)
    return sources.takeError();
  SampleSet samples(*sources);
  if (samples.size() == 0)
    return Error{arrays.front().name + ": holds no samples"};
  findLastUses();
  int64_t affordable =
      std::max(fewestSamples, int64_t(memory / findBytesPerSample()));
  auto taken = takeEvenly(samples, right.program,
                          std::min({numSamples, samples.size(), affordable}));
  if (!taken)
    return taken.takeError();
  inputs = std::move(*taken);
  count = inputs.front().array.shape.front();

  double largest = 1;
  for (const Tensor &tensor : right.program.tensors)
    largest = std::max(largest, 4.0 * double(numElements(tensor.shape)));
  block = std::min<int64_t>(
      count, std::max<int64_t>(1, int64_t(blockBytes / largest)));
  for (auto [i, argument] : llvm::enumerate(integer.getArguments())) {
    Codes &entry = codes[argument];
    entry.tensor = makeTensor(argument);
    entry.bytes =
        numElements(entry.tensor.shape) * int64_t(sizeOf(entry.tensor.type));
    const char *data = static_cast<const char *>(inputs[i].array.data);
    entry.data =
        std::make_shared<std::vector<char>>(data, data + count * entry.bytes);
  }
  return {};
}

void LayerRunner::findLastUses() {
  std::map<int, mlir::Operation *> uses;
  for (mlir::Operation &op : integer.front().without_terminator()) {
    for (Value operand : op.getOperands())
      if (LayerOpInterface producer = getProducer(operand))
        uses[tensorOf(producer)] = &op;
    // A result is looked at even if nobody reads it.
    if (auto layer = dyn_cast<LayerOpInterface>(op))
      uses[tensorOf(layer)] = &op;
  }
  for (auto [tensor, op] : uses)
    lastFloats[op].push_back(tensor);
}

void LayerRunner::release(mlir::Operation *op) {
  for (int tensor : lastFloats.lookup(op))
    floats.erase(tensor);
}

int LayerRunner::tensorOf(LayerOpInterface layer) const {
  auto found = tensors.find(layer.getLayerName().str());
  return found == tensors.end() ? -1 : found->second;
}

bool LayerRunner::isInput(int tensor) const {
  return llvm::any_of(right.program.inputs, [&](const Input &input) {
    return input.tensor == tensor;
  });
}

const void *LayerRunner::inputData(int tensor) const {
  for (size_t i = 0; i != inputs.size(); ++i)
    if (right.program.inputs[i].tensor == tensor)
      return inputs[i].array.data;
  return nullptr;
}

const Operation *LayerRunner::findProduct(LayerOpInterface layer) const {
  int tensor = tensorOf(layer);
  for (const Operation &op : right.program.operations)
    if (op.output == tensor)
      return &op;
  return nullptr;
}

//===----------------------------------------------------------------------===//
// Floats
//===----------------------------------------------------------------------===//

Status LayerRunner::runFloat(LayerOpInterface layer) {
  int tensor = tensorOf(layer);
  if (tensor < 0)
    return Error{"the float network has no layer " +
                 quote(layer.getLayerName().str())};
  if (floats.count(tensor) || inputData(tensor))
    return {};
  std::vector<int> given;
  for (auto &[known, values] : floats)
    given.push_back(known);
  CutProgram part = cutProgram(right.program, given, {tensor});
  std::vector<int64_t> bytes;
  for (size_t i = 0; i != part.sources.size(); ++i) {
    const Tensor &input = part.program.tensors[part.program.inputs[i].tensor];
    bytes.push_back(numElements(input.shape) * int64_t(sizeOf(input.type)));
  }
  std::vector<int> sources = part.sources;
  Result<FloatRunner> runner = FloatRunner::create(std::move(part), threads);
  if (!runner)
    return runner.takeError();
  std::vector<float> &result = floats[tensor];
  int64_t each = numElements(right.program.tensors[tensor].shape);
  result.resize(count * each);
  for (int64_t first = 0; first < count; first += block) {
    int64_t size = std::min(block, count - first);
    Status status = runner->run(
        [&](int wanted) -> const void * {
          size_t i = llvm::find(sources, wanted) - sources.begin();
          auto found = floats.find(wanted);
          const void *data =
              found == floats.end() ? inputData(wanted) : found->second.data();
          return static_cast<const char *>(data) + first * bytes[i];
        },
        size);
    if (!status)
      return status;
    llvm::copy(runner->get(tensor), result.begin() + first * each);
  }
  return {};
}

//===----------------------------------------------------------------------===//
// Integers
//===----------------------------------------------------------------------===//

/// The operations from known values to this one, in order.
void LayerRunner::collect(Value value, std::vector<mlir::Operation *> &chain,
                          llvm::DenseSet<mlir::Operation *> &seen) const {
  mlir::Operation *op = value.getDefiningOp();
  if (codes.count(value) || !op || !seen.insert(op).second)
    return;
  for (Value operand : op->getOperands())
    collect(operand, chain, seen);
  chain.push_back(op);
}

void LayerRunner::releaseCodes(ArrayRef<mlir::Operation *> computed) {
  done.insert(computed.begin(), computed.end());
  SmallVector<Value> old;
  for (auto &[value, entry] : codes)
    if (!value.use_empty() &&
        llvm::all_of(value.getUsers(), [&](mlir::Operation *user) {
          return done.contains(user);
        }))
      old.push_back(value);
  for (Value value : old)
    codes.erase(value);
}

Status LayerRunner::runInteger(Value value) {
  std::vector<mlir::Operation *> chain;
  llvm::DenseSet<mlir::Operation *> seen;
  collect(value, chain, seen);
  Status status = compute(value, chain);
  if (status)
    releaseCodes(chain);
  return status;
}

Status LayerRunner::tryInteger(Value value) {
  std::vector<mlir::Operation *> chain;
  llvm::DenseSet<mlir::Operation *> seen;
  collect(value, chain, seen);
  return compute(value, chain);
}

Status LayerRunner::compute(Value value,
                            const std::vector<mlir::Operation *> &chain) {
  if (chain.empty())
    return {};
  llvm::DenseSet<mlir::Operation *> seen(chain.begin(), chain.end());
  Program program;
  ConstantStorage storage;
  NetworkFlattener flattener(integer, program, storage);
  std::vector<Value> read, made;
  for (mlir::Operation *op : chain) {
    for (Value operand : op->getOperands())
      if (codes.count(operand) && !llvm::is_contained(read, operand)) {
        flattener.addInput(operand, "input_" + std::to_string(read.size()));
        read.push_back(operand);
      }
    // Others than the chain's may read it later.
    Value result = op->getResult(0);
    if (result == value ||
        llvm::any_of(result.getUsers(), [&](mlir::Operation *user) {
          return !seen.contains(user);
        }))
      made.push_back(result);
  }
  for (mlir::Operation *op : chain)
    cast<LowerableOpInterface>(op).flatten(flattener);
  std::vector<void *> targets;
  std::vector<int64_t> bytes;
  for (Value result : made) {
    int tensor = flattener.getTensor(result);
    auto same = llvm::find_if(program.inputs, [&](const Input &input) {
      return input.tensor == tensor;
    });
    if (same != program.inputs.end()) {
      Codes copy = codes.at(read[same - program.inputs.begin()]);
      codes[result] = std::move(copy);
      continue;
    }
    bool isTwice = llvm::any_of(program.outputs, [&](const Output &output) {
      return output.tensor == tensor;
    });
    if (isTwice) {
      Codes copy;
      for (Value other : made)
        if (other != result && codes.count(other) &&
            flattener.getTensor(other) == tensor)
          copy = codes.at(other);
      codes[result] = std::move(copy);
      continue;
    }
    program.outputs.push_back({tensor, std::to_string(tensor)});
    Codes entry;
    entry.tensor = program.tensors[tensor];
    entry.bytes =
        numElements(entry.tensor.shape) * int64_t(sizeOf(entry.tensor.type));
    entry.data = std::make_shared<std::vector<char>>(count * entry.bytes);
    targets.push_back(entry.data->data());
    bytes.push_back(entry.bytes);
    codes[result] = std::move(entry);
  }
  if (targets.empty())
    return {};
  InterpreterOptions options;
  options.threads = threads;
  auto interpreter = Interpreter::create(program, options);
  if (!interpreter)
    return interpreter.takeError();
  for (int64_t first = 0; first < count; first += block) {
    int64_t size = std::min(block, count - first);
    std::vector<const void *> sources;
    for (Value from : read) {
      const Codes &entry = codes.at(from);
      sources.push_back(entry.data->data() + first * entry.bytes);
    }
    std::vector<void *> parts;
    for (size_t i = 0; i != targets.size(); ++i)
      parts.push_back(static_cast<char *>(targets[i]) + first * bytes[i]);
    Status status = (*interpreter)->run(sources, size, parts.data());
    if (!status)
      return status;
  }
  return {};
}

std::vector<int64_t> LayerRunner::getIntegers(Value value, int64_t first,
                                              int64_t size) const {
  const Codes &entry = codes.find(value)->second;
  TensorArray array;
  array.type = entry.tensor.type;
  array.shape = entry.tensor.shape;
  array.shape.insert(array.shape.begin(), size);
  const char *data = entry.data->data() + first * entry.bytes;
  array.data.assign(data, data + size * entry.bytes);
  return widen(array);
}

template <typename T>
static void copyAs(const char *data, std::vector<int16_t> &result) {
  const T *values = reinterpret_cast<const T *>(data);
  for (size_t i = 0; i != result.size(); ++i)
    result[i] = static_cast<int16_t>(values[i]);
}

bool LayerRunner::getCodes(Value value, int64_t first, int64_t size,
                           std::vector<int16_t> &result) const {
  const Codes &entry = codes.find(value)->second;
  result.resize(size * numElements(entry.tensor.shape));
  const char *data = entry.data->data() + first * entry.bytes;
  switch (entry.tensor.type) {
  case ElementType::U8:
    copyAs<uint8_t>(data, result);
    return true;
  case ElementType::I8:
    copyAs<int8_t>(data, result);
    return true;
  case ElementType::I16:
    copyAs<int16_t>(data, result);
    return true;
  default:
    break;
  }
  std::vector<int64_t> wide = getIntegers(value, first, size);
  for (size_t i = 0; i != wide.size(); ++i) {
    if (wide[i] < INT16_MIN || wide[i] > INT16_MAX)
      return false;
    result[i] = static_cast<int16_t>(wide[i]);
  }
  return true;
}

} // namespace qml
