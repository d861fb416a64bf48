//===- LayerRunner.cpp - A network, one layer at a time -------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LayerRunner.h"

#include "qml/Calibration/Fingerprint.h"
#include "qml/Recovery/Moments.h"
#include "qml/Support/LargePages.h"
#include "qml/Support/Quote.h"
#include "qml/Support/Threads.h"

#include "llvm/ADT/StringExtras.h"

#include <cmath>
#include <cstring>

using namespace mlir;

namespace qml {

/// Bytes of results that a block of samples may have.
constexpr double blockBytes = 64 << 20;

/// Samples that the float network takes together: part of its results.
static const int64_t together = FloatExecutorOptions().microBatch;

/// Fewest samples that are taken, whatever the memory.
constexpr int64_t fewestSamples = 16;

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
    wantLargePages(block.data.get(), bytes);
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
  for (const FlatNetwork::Layer &layer : right.layers)
    tensors[layer.name] = layer.tensor;
  return {};
}

void LayerRunner::choose(
    int64_t available, int64_t numSamples, double memory,
    llvm::function_ref<double(int64_t count)> targetBytes) {
  count = std::min(numSamples, available);
  double each = findBytesPerSample();
  while (count > fewestSamples &&
         each * double(count) + targetBytes(count) > memory)
    count = std::max(fewestSamples, count - (count + 15) / 16);
  double largest = 1;
  for (const Tensor &tensor : right.program.tensors)
    largest = std::max(largest, 4.0 * double(numElements(tensor.shape)));
  // Without samples there is nothing to divide; that is reported elsewhere.
  block = std::max<int64_t>(1, std::min(count, int64_t(blockBytes / largest)));
  // Samples may be sorted.
  turn = std::clamp<int64_t>((count + 7) / 8, 1, block);
  // Shares begin where turns and what the float network computes together do.
  if (turn > together)
    turn -= turn % together;
  while (together % turn != 0 && turn % together != 0)
    --turn;
  own = shareOf();
}

/// The samples of this process: whole turns, so that what is gathered is the
/// same for any number of processes.
LayerRunner::Share LayerRunner::shareOf() const {
  int64_t unit = std::max(turn, together);
  int64_t units = (count + unit - 1) / unit;
  auto begin = [&](int64_t rank) {
    return std::min(units * rank / team.count() * unit, count);
  };
  Share share;
  share.first = begin(team.rank());
  share.count = begin(team.rank() + 1) - share.first;
  return share;
}

/// Leaves some of the samples, without the memory of the others.
static void keepSamples(Array &array, int64_t first, int64_t count) {
  size_t bytes = array.numBytes() / size_t(array.shape.front());
  auto memory =
      std::make_shared<std::vector<int64_t>>((size_t(count) * bytes + 7) / 8);
  if (count)
    std::memcpy(memory->data(), array.as<char>() + size_t(first) * bytes,
                size_t(count) * bytes);
  array.shape.front() = count;
  array.data = memory->data();
  array.owner = memory;
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
  choose(samples.size(), numSamples, memory, targetBytes);
  auto taken = takeSamples(samples, right.program, count);
  if (!taken)
    return taken.takeError();
  inputs = std::move(taken->arrays);
  sequenceLength = taken->sequenceLength;
  if (taken->count != count)
    choose(taken->count, taken->count, memory, targetBytes);
  if (!team.isAlone()) {
    description = describeInputs(right.program, samples);
    for (SampleArray &input : inputs)
      keepSamples(input.array, own.first, own.count);
  }
  mlir::Operation *end = integer.front().getTerminator();
  for (const StatePair &state : getStates(integer))
    nextMemories[integer.getArgument(state.argument)] =
        end->getOperand(state.result);
  for (auto [i, argument] : llvm::enumerate(getInputs(integer))) {
    Codes &entry = codes[argument];
    entry.tensor = makeTensor(argument);
    entry.bytes =
        numElements(entry.tensor.shape) * int64_t(sizeOf(entry.tensor.type));
    entry.data = pool.take(own.count * entry.bytes);
    if (own.count)
      std::memcpy(entry.data.get(), inputs[i].array.data,
                  own.count * entry.bytes);
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
  result.values.sums =
      ExactSums(size_t(numChannels(right.program.tensors[tensor])));
  return {};
}

GatherRequest LayerRunner::requestOf(const FloatResult &result) const {
  GatherRequest request;
  request.tensor = result.tensor;
  request.sums = true;
  request.step = result.step;
  request.turn = turn;
  return request;
}

std::vector<LayerGather> LayerRunner::getRequests() const {
  std::vector<LayerGather> requests;
  for (const auto &[name, result] : floats) {
    GatherRequest request = requestOf(result);
    requests.push_back({name, request.step, request.turn});
  }
  return requests;
}

bool LayerRunner::takeFloats(FloatFacts &facts) {
  if (!team.isAlone() || facts.samples != count ||
      facts.layers.size() != floats.size())
    return false;
  for (const auto &[name, result] : floats) {
    auto found = facts.layers.find(name);
    if (found == facts.layers.end() || found->second.step != result.step ||
        found->second.turn != turn ||
        found->second.values.sums.size() != result.values.sums.size())
      return false;
  }
  for (auto &[name, result] : floats)
    result.values = std::move(facts.layers[name].values);
  facts.layers.clear();
  return true;
}

Status LayerRunner::runFloats() {
  if (floats.empty())
    return {};
  FloatExecutorOptions options;
  options.threads = threads;
  // As calibration runs the network: what is computed together changes bits.
  options.observe = true;
  for (const auto &[name, result] : floats)
    options.gather.push_back(requestOf(result));
  auto executor = createCPUExecutor(right.program, options);
  if (!executor)
    return executor.takeError();
  if (!team.isAlone())
    description =
        "arithmetic: " + (*executor)->arithmetic() + "\n" + description;
  if (Status status = (*executor)->startGathering(own.count); !status)
    return status;
  if (own.count) {
    Result<SampleSources> sources = samplesOf(inputs, right.program);
    if (!sources)
      return sources.takeError();
    if (Status status = (*executor)->run(*sources, 0, own.count, {}); !status)
      return status;
  }
  Gathering gathered = (*executor)->takeGathering();
  size_t at = 0;
  for (auto &[name, result] : floats)
    result.values = std::move(gathered.tensors[at++]);
  return {};
}

/// `largest` are the keys of the targets of each channel. Returns the first one
/// whose values are no numbers, or -1.
int64_t LayerRunner::takeExponents(FloatResult &result,
                                   const int32_t *largest) {
  const ExactSums &sums = result.values.sums;
  result.sums.clear();
  result.exponents.clear();
  for (size_t i = 0; i != sums.size(); ++i) {
    result.sums.push_back(sums.get(i));
    if (std::isnan(result.sums[i]) || largest[i] >= firstNonFiniteKey)
      return int64_t(i);
    result.exponents.push_back(findExponent(largest[i]));
  }
  return -1;
}

Status LayerRunner::shareFloats(const std::string &options) {
  if (Status status = team.compare(description + options); !status)
    return status;
  // One after the other: the states of all layers.
  std::vector<FloatResult *> results;
  std::vector<size_t> begins;
  size_t channels = 0;
  for (auto &[name, result] : floats) {
    results.push_back(&result);
    begins.push_back(channels);
    channels += result.values.sums.size();
  }
  std::vector<int32_t> largest(channels, 0);
  shareWork(int64_t(results.size()), threads, [&](int64_t i) {
    const Gathered &values = results[i]->values;
    if (int64_t width = int64_t(values.sums.size()))
      findLargest(values.cells.data(), int64_t(values.cells.size()) / width,
                  width, largest.data() + begins[i]);
  });
  if (!team.isAlone()) {
    std::vector<uint64_t> words;
    for (const FloatResult *result : results)
      words.insert(words.end(), result->values.sums.words().begin(),
                   result->values.sums.words().end());
    if (Status status = team.sum(words); !status)
      return status;
    if (Status status = team.maximum(largest); !status)
      return status;
    const uint64_t *from = words.data();
    for (FloatResult *result : results)
      for (uint64_t &word : result->values.sums.words())
        word = *from++;
  }
  std::vector<std::string> bad;
  size_t at = 0;
  for (auto &[name, result] : floats) {
    int64_t seen = result.values.sums.terms();
    if (seen != count || count > ExactSums::most)
      return Error{"of " + std::to_string(count) + " samples " +
                   std::to_string(seen) + " were summed up at layer " +
                   quote(name) + ": the result would be wrong"};
    int64_t channel = takeExponents(result, largest.data() + begins[at++]);
    if (channel >= 0)
      bad.push_back(quote(name) + " in channel " + std::to_string(channel));
  }
  if (bad.empty())
    return {};
  return Error{"of the float network's layers " + llvm::join(bad, ", ") +
               " reach NaN or infinity on these samples, for which no weights "
               "and biases can be chosen; correct the weights or the samples"};
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
  // An operation with memory reads it and computes the next one.
  SmallVector<std::pair<Value, Value>> states;
  for (mlir::Operation *op : chain)
    for (Value operand : op->getOperands())
      if (Value next = nextMemories.lookup(operand)) {
        states.emplace_back(operand, next);
        flattener.addTensor(operand);
      }
  for (mlir::Operation *op : chain)
    cast<LowerableOpInterface>(op).flatten(flattener);
  for (auto [before, after] : states)
    program.states.push_back(
        {flattener.getTensor(before), flattener.getTensor(after)});
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
    entry.data = pool.take(own.count * entry.bytes);
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
  Memory memory;
  memory.sequenceLength = sequenceLength;
  for (int64_t first = 0; first < own.count; first += block) {
    int64_t size = std::min(block, own.count - first);
    std::vector<const void *> sources;
    for (Value from : read) {
      const Codes &entry = codes.at(from);
      sources.push_back(entry.data.get() + first * entry.bytes);
    }
    std::vector<void *> parts;
    for (size_t i = 0; i != targets.size(); ++i)
      parts.push_back(static_cast<char *>(targets[i]) + first * bytes[i]);
    Status status = (*interpreter)->run(sources, size, parts.data(), &memory);
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

bool LayerRunner::getCodes(Value value, int64_t first, int64_t size,
                           std::vector<int16_t> &result) const {
  std::vector<int64_t> wide = getIntegers(value, first, size);
  result.resize(wide.size());
  for (size_t i = 0; i != wide.size(); ++i) {
    if (wide[i] < INT16_MIN || wide[i] > INT16_MAX)
      return false;
    result[i] = static_cast<int16_t>(wide[i]);
  }
  return true;
}

} // namespace qml
