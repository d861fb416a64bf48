//===- Measure.cpp - Integers held against floats -------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Measure.h"

#include "qml/Support/Quote.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/StringMap.h"

#include <algorithm>
#include <cmath>
#include <cstring>

using namespace mlir;

namespace qml {

static llvm::StringMap<int> tensorsByName(const FlatNetwork &flat) {
  llvm::StringMap<int> tensors;
  for (const FlatNetwork::Layer &layer : flat.layers)
    tensors.try_emplace(layer.name, layer.tensor);
  return tensors;
}

/// What computes each tensor; null for inputs.
static std::vector<const Operation *> makersOf(const Program &program) {
  std::vector<const Operation *> makers(program.tensors.size());
  for (const Operation &operation : program.operations)
    makers[operation.output] = &operation;
  return makers;
}

static double bytesOf(const Tensor &tensor) {
  return double(numElements(tensor.shape)) * double(sizeOf(tensor.type));
}

int64_t Measurement::blockSize(double bytesPerSample) const {
  // Runners forget what they have seen.
  if (!right.program.states.empty())
    return count;
  double most = double(options.memory) / std::max(1.0, bytesPerSample);
  return std::clamp<int64_t>(int64_t(most), 1, count);
}

//===----------------------------------------------------------------------===//
// Points
//===----------------------------------------------------------------------===//

Status Measurement::findPoints() {
  llvm::DenseMap<mlir::Operation *, RealValues> real =
      findRealValues(base->network);
  const Program &program = base->flat.program;
  llvm::StringMap<int> rightOf = tensorsByName(right),
                       codesOf = tensorsByName(base->flat);
  std::vector<const Operation *> floatMakers = makersOf(right.program),
                                 makers = makersOf(program);
  llvm::DenseSet<int> taken;
  for (ResultGroup &group : groups) {
    Point point;
    point.layer = group.last.getLayerName().str();
    auto tensor = rightOf.find(point.layer), codes = codesOf.find(point.layer);
    if (tensor == rightOf.end() || codes == codesOf.end())
      return Error{"one of its forms has no layer " + quote(point.layer)};
    point.right = tensor->second;
    point.codes = codes->second;
    point.real = real.lookup(group.last);
    point.isInput = isa<InputQuantizerOp>(*group.last);
    const Operation *maker = makers[point.codes];
    std::optional<bool> isUnsigned;
    if (auto *quantizer = maker ? maker->as<OutputQuantizer>() : nullptr)
      isUnsigned = quantizer->isUnsigned;
    else if (auto *quantizer = maker ? maker->as<InputQuantizer>() : nullptr)
      isUnsigned = quantizer->isUnsigned;
    if (isUnsigned)
      point.range = outputRange(program.tensors[point.codes].fixed->valueBits,
                                *isUnsigned, program.arithmetic);
    // Two layers with one tensor can't be told apart in a cut program.
    bool isAlone = taken.insert(point.right).second;
    point.isSplit =
        !point.isInput && isAlone && floatMakers[point.right] && maker;
    points.push_back(std::move(point));
  }
  return {};
}

Status Measurement::makeRunners() {
  const Program &program = base->flat.program;
  std::vector<int> keepFloats, keepIntegers, givenFloats, givenIntegers,
      wantedFloats, wantedIntegers;
  // Layers can be many.
  llvm::DenseSet<std::pair<const std::vector<int> *, int>> added;
  auto add = [&](std::vector<int> &list, int tensor) {
    if (added.insert({&list, tensor}).second)
      list.push_back(tensor);
  };
  double bytes = 0, codeBytes = 0;
  for (const Output &output : right.program.outputs)
    add(keepFloats, output.tensor);
  if (layers) {
    for (const Point &point : points) {
      add(keepFloats, point.right);
      add(keepIntegers, point.codes);
      if (point.range && looksFor(AnalysisDepth::Causes)) {
        add(givenFloats, point.right);
        add(givenIntegers, point.codes);
        codeBytes += bytesOf(program.tensors[point.codes]);
      }
      if (point.isSplit && looksFor(AnalysisDepth::Causes)) {
        wantedFloats.push_back(point.right);
        wantedIntegers.push_back(point.codes);
      }
    }
    if (looksFor(AnalysisDepth::Cuts))
      watches = findWatches(program);
    for (const Watch &watch : watches)
      add(keepIntegers, watch.tensor);
    if (!looksFor(AnalysisDepth::Causes) && checkResults(program)) {
      baseNoise.emplace();
      for (const Output &output : program.outputs)
        add(keepIntegers, output.tensor);
    }
    for (int tensor : keepIntegers)
      bytes += bytesOf(program.tensors[tensor]);
  }
  for (int tensor : keepFloats)
    bytes += 3 * bytesOf(right.program.tensors[tensor]);
  block = blockSize(bytes);

  auto take = [](auto &target, auto made) -> Status {
    if (!made)
      return made.takeError();
    target = std::move(*made);
    return {};
  };
  Status status = take(
      floats, FloatRunner::create(right.program, keepFloats, options.threads));
  if (!status || !layers)
    return status;
  if (status = take(integers, IntegerRunner::create(program, keepIntegers,
                                                    options.threads));
      !status)
    return status;
  if (looksFor(AnalysisDepth::Causes) &&
      codeBytes * double(count) <= double(options.codesMemory))
    codes.resize(points.size());
  if (wantedFloats.empty())
    return {};
  if (status = take(floatParts,
                    FloatRunner::create(
                        cutProgram(right.program, givenFloats, wantedFloats),
                        options.threads));
      !status)
    return status;
  return take(
      integerParts,
      IntegerRunner::create(cutProgram(program, givenIntegers, wantedIntegers),
                            options.threads));
}

//===----------------------------------------------------------------------===//
// Codes
//===----------------------------------------------------------------------===//

template <typename T>
static void store(const std::vector<int64_t> &values,
                  std::vector<char> &bytes) {
  bytes.resize(values.size() * sizeof(T));
  T *target = reinterpret_cast<T *>(bytes.data());
  for (size_t i = 0; i != values.size(); ++i)
    target[i] = static_cast<T>(values[i]);
}

/// The codes of real values, and what they stand for.
std::vector<char> Measurement::encode(const Point &point,
                                      const std::vector<float> &values,
                                      std::vector<float> &decoded) const {
  const Tensor &tensor = base->flat.program.tensors[point.codes];
  size_t channels = numChannels(tensor);
  std::vector<int64_t> integers(values.size());
  decoded.resize(values.size());
  for (size_t i = 0; i != values.size(); ++i) {
    size_t c = i % channels;
    double factor = point.real.factor[c % point.real.factor.size()];
    double zero = point.real.zero[c % point.real.zero.size()];
    double exact = std::nearbyint(values[i] / factor + zero);
    IntegerRange range = *point.range;
    integers[i] = exact >= double(range.upper)  ? range.upper
                  : exact > double(range.lower) ? int64_t(exact)
                                                : range.lower;
    decoded[i] = float(point.real.of(double(integers[i]), c));
  }
  std::vector<char> bytes;
  switch (sizeOf(tensor.type)) {
  case 1:
    store<int8_t>(integers, bytes);
    break;
  case 2:
    store<int16_t>(integers, bytes);
    break;
  case 4:
    store<int32_t>(integers, bytes);
    break;
  default:
    store<int64_t>(integers, bytes);
  }
  return bytes;
}

/// Adds the noise of codes, which stand for `real`.
template <typename T>
static void addNoise(const TensorArray &array, const RealValues &real,
                     size_t channels, const std::vector<float> &expected,
                     Noise &noise) {
  const T *values = array.as<T>();
  std::vector<double> factor, zero;
  for (size_t c = 0; c != channels; ++c) {
    factor.push_back(real.factor[c % real.factor.size()]);
    zero.push_back(real.zero[c % real.zero.size()]);
  }
  for (size_t i = 0; i + channels <= expected.size(); i += channels)
    for (size_t c = 0; c != channels; ++c)
      noise.add(expected[i + c], (double(values[i + c]) - zero[c]) * factor[c]);
}

void Measurement::addAccumulated(size_t group) {
  const Point &point = points[group];
  const std::vector<float> &expected = floats->get(point.right);
  const TensorArray &array = integers->get(point.codes);
  size_t channels = numChannels(base->flat.program.tensors[point.codes]);
  Noise &noise = (*layers)[group].accumulated;
  switch (array.type) {
  case ElementType::U8:
    return addNoise<uint8_t>(array, point.real, channels, expected, noise);
  case ElementType::I8:
    return addNoise<int8_t>(array, point.real, channels, expected, noise);
  case ElementType::I16:
    return addNoise<int16_t>(array, point.real, channels, expected, noise);
  case ElementType::I32:
    return addNoise<int32_t>(array, point.real, channels, expected, noise);
  default:
    break;
  }
  std::vector<int64_t> values = widen(array);
  for (size_t i = 0; i != values.size(); ++i)
    noise.add(expected[i], point.real.of(double(values[i]), i % channels));
}

void Measurement::lookAtCodes(size_t group, int64_t size) {
  const Point &point = points[group];
  LayerAnalysis &facts = (*layers)[group];
  Counts &seen = counts[group];
  const TensorArray &array = integers->get(point.codes);
  std::vector<int64_t> values = widen(array);
  const std::vector<float> &expected = floats->get(point.right);
  size_t channels = numChannels(base->flat.program.tensors[point.codes]);
  seen.largest.resize(channels);
  seen.hasCodes.resize(channels);
  constexpr int64_t maxHistogram = int64_t(1) << 17;
  if (point.range && point.range->upper - point.range->lower < maxHistogram)
    seen.histogram.resize(point.range->upper - point.range->lower + 1);
  for (size_t i = 0; i != values.size(); ++i) {
    size_t c = i % channels;
    double real = point.real.of(double(values[i]), c);
    facts.accumulated.add(expected[i], real);
    seen.largest[c] = std::max(seen.largest[c], std::fabs(double(expected[i])));
    seen.hasCodes[c] |= real != 0.0;
    if (!point.range)
      continue;
    if (!seen.histogram.empty())
      ++seen.histogram[values[i] - point.range->lower];
    // Only what is beyond the last code by more than its rounding is cut.
    double step = point.real.factor[c % point.real.factor.size()];
    facts.results.count +=
        (values[i] == point.range->upper && expected[i] > real + step / 2) ||
        (values[i] == point.range->lower && expected[i] < real - step / 2);
    ++facts.results.total;
  }
  if (!codes.empty() && point.range)
    codes[group].insert(codes[group].end(), array.data.begin(),
                        array.data.end());
}

void Measurement::lookAtSums() {
  const Program &program = base->flat.program;
  // A layer without codes may be in several groups.
  llvm::StringMap<SmallVector<size_t, 1>> groupsOf;
  for (size_t group = 0; group != groups.size(); ++group)
    for (const std::string &member : (*layers)[group].members)
      groupsOf[member].push_back(group);
  for (const Watch &watch : watches) {
    Saturation cut = watch.count(widen(integers->get(watch.tensor)),
                                 numChannels(program.tensors[watch.tensor]));
    for (size_t group : groupsOf.lookup(watch.operation->layer)) {
      LayerAnalysis &facts = (*layers)[group];
      Saturation &sum = watch.ofInput          ? facts.aligned
                        : watch.scales.empty() ? facts.sums
                                               : facts.products;
      sum.count += cut.count;
      sum.total += cut.total;
      if (!watch.ofInput)
        continue;
      int most = *std::max_element(watch.shift.begin(), watch.shift.end());
      if (most <= facts.alignment)
        continue;
      facts.alignment = most;
      facts.alignedLayer = findQuantizedLayer(program, watch.tensor);
    }
  }
}

/// Each group alone, on the codes of the float network's results.
Status Measurement::runParts(const Values &floatInputs, int64_t size) {
  std::map<int, std::vector<char>> encoded;
  std::map<int, std::vector<float>> decoded;
  for (size_t group = 0; group != points.size(); ++group) {
    const Point &point = points[group];
    if (!point.range)
      continue;
    const std::vector<float> &values = floats->get(point.right);
    std::vector<float> &real = decoded[point.right];
    encoded[point.codes] = encode(point, values, real);
    Noise &coding = (*layers)[group].coding;
    for (size_t i = 0; i != values.size(); ++i)
      coding.add(values[i], real[i]);
  }
  if (!floatParts)
    return {};
  // Tensors of inputs are numbered alike in both programs: first of all.
  Status status = floatParts->run(
      [&](int tensor) -> const void * {
        auto found = decoded.find(tensor);
        return found == decoded.end() ? floatInputs(tensor)
                                      : found->second.data();
      },
      size, sequenceLength);
  if (!status)
    return status;
  status = integerParts->run(
      [&](int tensor) -> const void * {
        auto found = encoded.find(tensor);
        return found == encoded.end() ? floatInputs(tensor)
                                      : found->second.data();
      },
      size, sequenceLength);
  if (!status)
    return status;
  for (size_t group = 0; group != points.size(); ++group) {
    const Point &point = points[group];
    if (!point.isSplit)
      continue;
    std::vector<int64_t> values = widen(integerParts->get(point.codes));
    const std::vector<float> &expected = floatParts->get(point.right);
    size_t channels = numChannels(base->flat.program.tensors[point.codes]);
    Noise &own = (*layers)[group].own;
    for (size_t i = 0; i != values.size(); ++i)
      own.add(expected[i], point.real.of(double(values[i]), i % channels));
  }
  return {};
}

/// What follows from the counts of all blocks.
void Measurement::finish() {
  for (size_t group = 0; group != points.size(); ++group) {
    LayerAnalysis &facts = (*layers)[group];
    const Counts &seen = counts[group];
    if (points[group].isInput)
      facts.own = facts.accumulated;
    facts.channels = seen.largest.size();
    facts.channelSpread = spreadOf(seen.largest);
    for (size_t c = 0; c != seen.largest.size(); ++c) {
      facts.deadChannels += seen.largest[c] == 0.0;
      facts.lostChannels += seen.largest[c] != 0.0 && !seen.hasCodes[c];
    }
    facts.numCodes = seen.histogram.size();
    double total = facts.results.total;
    for (int64_t number : seen.histogram) {
      facts.usedCodes += number != 0;
      if (number)
        facts.effectiveBits -= number / total * std::log2(number / total);
    }
  }
}

//===----------------------------------------------------------------------===//
// Blocks
//===----------------------------------------------------------------------===//

Status Measurement::runBlock(int64_t first, int64_t size) {
  SampleSet samples(sources);
  SampleBuffer buffer(samples, size);
  Result<std::vector<const void *>> data = buffer.get(samples, first, size);
  if (!data)
    return data.takeError();
  auto inputsOf = [&](const Program &program) -> Values {
    return [&](int tensor) { return (*data)[inputIndexOf(program, tensor)]; };
  };
  Values values = inputsOf(right.program);
  if (Status status = floats->run(values, size, sequenceLength); !status)
    return status;
  results.resize(right.program.outputs.size());
  for (size_t i = 0; i != results.size(); ++i) {
    const std::vector<float> &part =
        floats->get(right.program.outputs[i].tensor);
    results[i].insert(results[i].end(), part.begin(), part.end());
  }
  if (!layers)
    return {};
  if (Status status =
          integers->run(inputsOf(base->flat.program), size, sequenceLength);
      !status)
    return status;
  if (baseNoise)
    addResults(*integers, base->flat.program, first, size, *baseNoise);
  for (size_t group = 0; group != points.size(); ++group)
    if (looksFor(AnalysisDepth::Cuts))
      lookAtCodes(group, size);
    else
      addAccumulated(group);
  lookAtSums();
  return looksFor(AnalysisDepth::Causes) ? runParts(values, size) : Status();
}

Status Measurement::run(const std::vector<SampleArray> &arrays,
                        std::vector<LayerAnalysis> *toFill) {
  layers = toFill;
  Result<SampleSources> all = samplesOf(arrays, right.program);
  if (!all)
    return all.takeError();
  SampleSet samples(*all);
  if (samples.size() == 0)
    return Error{arrays.front().name + ": holds no samples"};
  auto taken = takeSamples(samples, right.program, options.numSamples);
  if (!taken)
    return taken.takeError();
  inputs = std::move(taken->arrays);
  count = taken->count;
  sequenceLength = taken->sequenceLength;
  Result<SampleSources> opened = samplesOf(inputs, right.program);
  if (!opened)
    return opened.takeError();
  sources = std::move(*opened);
  if (layers)
    if (Status status = findPoints(); !status)
      return status;
  if (Status status = makeRunners(); !status)
    return status;
  counts.resize(points.size());
  for (int64_t first = 0; first < count; first += block)
    if (Status status = runBlock(first, std::min(block, count - first));
        !status)
      return status;
  if (layers && looksFor(AnalysisDepth::Cuts))
    finish();
  return {};
}

Status Measurement::runSamples(
    IntegerRunner &runner, const Program &program,
    const std::map<int, const std::vector<char> *> &known,
    llvm::function_ref<void(int64_t first, int64_t size)> look) {
  SampleSet samples(sources);
  SampleBuffer buffer(samples, block);
  for (int64_t first = 0; first < count; first += block) {
    int64_t size = std::min(block, count - first);
    Result<std::vector<const void *>> data = buffer.get(samples, first, size);
    if (!data)
      return data.takeError();
    Status status = runner.run(
        [&](int tensor) -> const void * {
          auto found = known.find(tensor);
          if (found == known.end())
            return (*data)[inputIndexOf(program, tensor)];
          return found->second->data() +
                 first * size_t(bytesOf(program.tensors[tensor]));
        },
        size, sequenceLength);
    if (!status)
      return status;
    look(first, size);
  }
  return {};
}

Status Measurement::rebase(const Variant &variant) {
  base = &variant;
  groups = findGroups(variant.network);
  points.clear();
  codes.clear();
  if (Status status = findPoints(); !status)
    return status;
  const Program &program = variant.flat.program;
  std::vector<int> keep;
  double bytes = 0;
  for (const Point &point : points)
    if (point.range && !llvm::is_contained(keep, point.codes)) {
      keep.push_back(point.codes);
      bytes += bytesOf(program.tensors[point.codes]);
    }
  block = std::min(block, blockSize(bytes));
  if (keep.empty() || bytes * double(count) > double(options.codesMemory))
    return {};
  auto runner = IntegerRunner::create(program, keep, options.threads);
  if (!runner)
    return runner.takeError();
  codes.resize(points.size());
  return runSamples(*runner, program, /*known=*/{}, [&](int64_t, int64_t) {
    for (size_t group = 0; group != points.size(); ++group)
      if (points[group].range) {
        const TensorArray &array = runner->get(points[group].codes);
        codes[group].insert(codes[group].end(), array.data.begin(),
                            array.data.end());
      }
  });
}

Status Measurement::checkResults(const Program &program) const {
  for (const Output &output : program.outputs)
    if (program.tensors[output.tensor].type != ElementType::F32)
      return Error{"the network returns integers; a dequantizer must be last"};
  if (program.outputs.size() != right.program.outputs.size())
    return Error{"the networks have different numbers of results"};
  return {};
}

void Measurement::addResults(const IntegerRunner &runner,
                             const Program &program, int64_t first,
                             int64_t size, Noise &noise) const {
  for (size_t i = 0; i != results.size(); ++i) {
    const TensorArray &array = runner.get(program.outputs[i].tensor);
    int64_t each = numElements(array.shape) / size;
    const float *expected = results[i].data() + first * each;
    const float *found = array.as<float>();
    for (int64_t k = 0; k != size * each; ++k)
      noise.add(expected[k], found[k]);
  }
}

Result<Noise> Measurement::measureBase() {
  if (baseNoise)
    return *baseNoise;
  return measure(*base, std::vector<char>(groups.size(), true));
}

Result<Noise> Measurement::measure(const Variant &variant,
                                   const std::vector<char> &affected) {
  const Program &program = variant.flat.program;
  std::vector<int> given, wanted;
  std::map<int, const std::vector<char> *> known;
  llvm::StringMap<int> tensors;
  if (!codes.empty())
    tensors = tensorsByName(variant.flat);
  for (size_t group = 0; group != codes.size(); ++group)
    if (!affected[group] && points[group].range) {
      auto found = tensors.find(points[group].layer);
      if (found == tensors.end())
        continue;
      given.push_back(found->second);
      known[found->second] = &codes[group];
    }
  if (Status status = checkResults(program); !status)
    return status.takeError();
  for (const Output &output : program.outputs)
    if (!llvm::is_contained(wanted, output.tensor))
      wanted.push_back(output.tensor);
  auto runner = IntegerRunner::create(cutProgram(program, given, wanted),
                                      options.threads);
  if (!runner)
    return runner.takeError();
  Noise noise;
  auto add = [&](int64_t first, int64_t size) {
    addResults(*runner, program, first, size, noise);
  };
  if (Status status = runSamples(*runner, program, known, add); !status)
    return status.takeError();
  return noise;
}

} // namespace qml
