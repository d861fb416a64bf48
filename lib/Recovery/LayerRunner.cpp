//===- LayerRunner.cpp - A network, one layer at a time -------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LayerRunner.h"

#include "Kernels.h"
#include "Threads.h"

#include "qml/Support/Quote.h"

#include <cstring>

using namespace mlir;

namespace qml {

/// Bytes of results that a block of samples may have.
constexpr double blockBytes = 64 << 20;

/// Fewest samples that are taken, whatever the memory.
constexpr int64_t fewestSamples = 16;

/// Bytes of float results that are computed together.
constexpr double floatBytes = 256 << 20;

std::shared_ptr<char> LayerRunner::Pool::take(size_t bytes) {
  auto best = spare.end();
  for (auto it = spare.begin(); it != spare.end(); ++it)
    if (it->bytes >= bytes && (best == spare.end() || it->bytes < best->bytes))
      best = it;
  Block block;
  if (best != spare.end()) {
    block = std::move(*best);
    spare.erase(best);
  } else {
    // What is too small now would only be held.
    spare.clear();
    block = {std::unique_ptr<char[]>(new char[std::max<size_t>(bytes, 1)]),
             bytes};
  }
  char *data = block.data.get();
  auto owner = std::make_shared<Block>(std::move(block));
  return {data, [this, owner](char *) { spare.push_back(std::move(*owner)); }};
}

/// The most codes of up to 16 bits that are held at a time for a sample: of
/// results that are still needed.
double LayerRunner::findBytesPerSample() {
  llvm::DenseMap<Value, mlir::Operation *> lastUses;
  for (mlir::Operation &op : integer.front())
    for (Value operand : op.getOperands())
      lastUses[operand] = &op;
  auto bytesOf = [](Value value) {
    return 2.0 * double(numElements(makeTensor(value).shape));
  };
  // Samples are held twice: as they are and as codes.
  double held = 0, most = 0;
  for (Value argument : integer.getArguments())
    held += 2 * bytesOf(argument);
  llvm::DenseMap<mlir::Operation *, double> freed;
  for (mlir::Operation &op : integer.front().without_terminator()) {
    for (Value result : op.getResults()) {
      held += bytesOf(result);
      mlir::Operation *last = lastUses.lookup(result);
      freed[last ? last : &op] += bytesOf(result);
    }
    most = std::max(most, held);
    held -= freed.lookup(&op);
  }
  return std::max(most, 1.0);
}

Status LayerRunner::open() {
  FailureOr<FlatNetwork> flat = flattenNetwork(calibrated);
  if (failed(flat))
    return Error{"the calibrated network can't be executed"};
  right = std::move(*flat);
  if (!right.program.states.empty())
    return Error{"networks with memory can't be recovered: each sample depends "
                 "on those before it"};
  for (const FlatNetwork::Layer &layer : right.layers)
    tensors[layer.name] = layer.tensor;
  return {};
}

Status
LayerRunner::start(const std::vector<SampleArray> &arrays, int64_t numSamples,
                   double memory,
                   llvm::function_ref<double(int64_t count)> targetBytes) {
  Result<SampleSources> sources = samplesOf(arrays, right.program);
  if (!sources)
    return sources.takeError();
  SampleSet samples(*sources);
  if (samples.size() == 0)
    return Error{arrays.front().name + ": holds no samples"};
  count = std::min(numSamples, samples.size());
  double each = findBytesPerSample();
  while (count > fewestSamples &&
         each * double(count) + targetBytes(count) > memory)
    count = std::max(fewestSamples, count - (count + 15) / 16);
  auto taken = takeEvenly(samples, right.program, count);
  if (!taken)
    return taken.takeError();
  inputs = std::move(*taken);
  count = inputs.front().array.shape.front();

  double largest = 1;
  for (const Tensor &tensor : right.program.tensors)
    largest = std::max(largest, 4.0 * double(numElements(tensor.shape)));
  block = std::min<int64_t>(
      count, std::max<int64_t>(1, int64_t(blockBytes / largest)));
  // Samples may be sorted.
  turn = std::min(block, (count + 7) / 8);
  for (auto [i, argument] : llvm::enumerate(integer.getArguments())) {
    Codes &entry = codes[argument];
    entry.tensor = makeTensor(argument);
    entry.bytes =
        numElements(entry.tensor.shape) * int64_t(sizeOf(entry.tensor.type));
    entry.data = pool.take(count * entry.bytes);
    std::memcpy(entry.data.get(), inputs[i].array.data, count * entry.bytes);
  }
  return {};
}

int LayerRunner::tensorOf(LayerOpInterface layer) const {
  auto found = tensors.find(layer.getLayerName().str());
  return found == tensors.end() ? -1 : found->second;
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

Status LayerRunner::want(LayerOpInterface layer, int64_t step) {
  std::string name = layer.getLayerName().str();
  int tensor = tensorOf(layer);
  if (tensor < 0)
    return Error{"the float network has no layer " + quote(name)};
  FloatResult &result = floats[name];
  result.tensor = tensor;
  result.step = step;
  const Tensor &type = right.program.tensors[tensor];
  result.sums.assign(numChannels(type), 0.0);
  int64_t cells = numElements(type.shape) / int64_t(result.sums.size());
  if (!step)
    return {};
  result.cellsPerTurn = (turn * cells + step - 1) / step;
  int64_t full = count / turn, rest = count % turn * cells;
  result.cells.resize((full * result.cellsPerTurn + (rest + step - 1) / step) *
                      result.sums.size());
  return {};
}

/// Takes samples of a turn, from its sample `first` on.
void LayerRunner::addFloats(FloatResult &result, const float *values,
                            int64_t turnIndex, int64_t first,
                            int64_t size) const {
  const Tensor &type = right.program.tensors[result.tensor];
  int64_t channels = int64_t(result.sums.size());
  int64_t cells = numElements(type.shape) / channels;
  recovery::kernels().addCells(values, size * cells, channels,
                               result.sums.data());
  int64_t step = result.step;
  if (!step)
    return;
  float *target =
      result.cells.data() + turnIndex * result.cellsPerTurn * channels;
  int64_t begin = first * cells, end = begin + size * cells;
  for (int64_t i = (begin + step - 1) / step; i * step < end; ++i)
    std::copy_n(values + (i * step - begin) * channels, channels,
                target + i * channels);
}

Status LayerRunner::runFloats() {
  std::vector<int> keep;
  std::vector<FloatResult *> results;
  double bytes = 1;
  for (auto &[name, result] : floats) {
    results.push_back(&result);
    if (llvm::is_contained(keep, result.tensor))
      continue;
    keep.push_back(result.tensor);
    bytes +=
        4.0 * double(numElements(right.program.tensors[result.tensor].shape));
  }
  if (keep.empty())
    return {};
  std::vector<int64_t> sampleBytes;
  for (const Input &input : right.program.inputs) {
    const Tensor &type = right.program.tensors[input.tensor];
    sampleBytes.push_back(numElements(type.shape) * int64_t(sizeOf(type.type)));
  }
  Result<FloatRunner> runner =
      FloatRunner::create(right.program, keep, threads);
  if (!runner)
    return runner.takeError();
  int64_t most = std::max<int64_t>(1, int64_t(floatBytes / bytes));
  for (int64_t begin = 0; begin < count; begin += turn) {
    int64_t end = std::min(begin + turn, count);
    for (int64_t first = begin; first < end; first += most) {
      int64_t size = std::min(most, end - first);
      Status status = runner->run(
          [&](int tensor) -> const void * {
            size_t i = 0;
            while (right.program.inputs[i].tensor != tensor)
              ++i;
            return static_cast<const char *>(inputs[i].array.data) +
                   first * sampleBytes[i];
          },
          size);
      if (!status)
        return status;
      recovery::shareWork(int64_t(results.size()), threads, [&](int64_t i) {
        addFloats(*results[i], runner->get(results[i]->tensor).data(),
                  begin / turn, first - begin, size);
      });
    }
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
    entry.data = pool.take(count * entry.bytes);
    targets.push_back(entry.data.get());
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
      sources.push_back(entry.data.get() + first * entry.bytes);
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
  const char *data = entry.data.get() + first * entry.bytes;
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
  const char *data = entry.data.get() + first * entry.bytes;
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
