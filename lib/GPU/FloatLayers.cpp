//===- FloatLayers.cpp - What operations become on a GPU ------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FloatPlanner.h"

#include <algorithm>
#include <numeric>

namespace qml {
namespace gpu {

SourceTensor FloatPlanner::inputOf(const Places &places, const Value &value) {
  SourceTensor input;
  if (value.buffer < 0)
    return input;
  input.data = places.at(value.buffer);
  if (value.bias)
    input.bias = places.constants + value.bias.offset;
  input.bounds = value.bounds;
  return input;
}

PerChannel FloatPlanner::perChannel(const Places &places,
                                    ConstantRef constant) {
  if (!constant)
    return {};
  return {places.constants + constant.offset, constant.count};
}

template <typename Source>
void FloatPlanner::emitPass(const std::vector<int> &used,
                            int64_t sampleElements, int64_t channels,
                            int64_t unit, int range,
                            std::function<Source(const Places &)> makeSource,
                            bool readsSamples) {
  const ChunkShape &chunk = options.chunk;
  int width = packWidth(chunk.segments, chunk.segmentSamples, sampleElements);
  if (unit % width)
    width = 1;
  Walk walk =
      makeWalk(plan->info(), chunk.segments, chunk.segmentSamples,
               sampleElements, int(channels), width, device.multiprocessors());
  Observer observer = observerOf(range);
  emit(
      used,
      [=](const Places &places) {
        auto launch = [&](auto kernel) {
          kernel.walk = walk;
          kernel.source = makeSource(places);
          kernel.observer = observer;
          return kernel;
        };
        return device.makeLaunch(
            width == 4
                ? Kernel(ElementPasses<4>(launch(ElementPass<Source, 4>())))
                : Kernel(ElementPasses<1>(launch(ElementPass<Source, 1>()))));
      },
      readsSamples);
}

//===----------------------------------------------------------------------===//
// Input
//===----------------------------------------------------------------------===//

void FloatPlanner::emitHeader() {
  const ChunkInfo *to = plan->info();
  emit(
      {},
      [=](const Places &places) {
        TakeInfo take;
        take.from = reinterpret_cast<const ChunkInfo *>(places.samples);
        take.to = const_cast<ChunkInfo *>(to);
        return device.makeLaunch(SmallKernels(take));
      },
      /*readsSamples=*/true);
}

template <typename T>
void FloatPlanner::emitSamples(size_t input, int buffer, int tensor, int range,
                               ConstantRef scale, ConstantRef shift) {
  size_t offset = samples.offsetOf(input);
  emitPass<Samples<T>>(
      {buffer}, elementsOf(tensor), channelsOf(tensor), anyUnit, range,
      [=](const Places &places) {
        Samples<T> source;
        source.samples = reinterpret_cast<const T *>(places.samples + offset);
        source.scale = perChannel(places, scale);
        source.shift = perChannel(places, shift);
        source.out = places.at(buffer);
        return source;
      },
      /*readsSamples=*/true);
}

void FloatPlanner::emitInput(size_t input, int tensor,
                             const Rescaling *rescaling) {
  ConstantRef scale, shift;
  if (rescaling) {
    scale = addVector(rescaling->scale);
    shift = addVector(rescaling->offset);
  }
  int buffer = bufferFor(tensor);
  int range = rangeOf(tensor);
  switch (program.tensors[size_t(program.inputs[input].tensor)].type) {
  case ElementType::U8:
    emitSamples<uint8_t>(input, buffer, tensor, range, scale, shift);
    break;
  case ElementType::I8:
    emitSamples<int8_t>(input, buffer, tensor, range, scale, shift);
    break;
  case ElementType::I16:
    emitSamples<int16_t>(input, buffer, tensor, range, scale, shift);
    break;
  default:
    emitSamples<float>(input, buffer, tensor, range, scale, shift);
    break;
  }
  define(tensor, buffer, range);
}

//===----------------------------------------------------------------------===//
// Operations
//===----------------------------------------------------------------------===//

static WindowGeometry geometryOf(const Shape &in, const Shape &out,
                                 const Window &window) {
  WindowGeometry geometry;
  for (int axis = 0; axis < 2; ++axis) {
    geometry.in[axis] = int32_t(in[size_t(axis)]);
    geometry.out[axis] = int32_t(out[size_t(axis)]);
    geometry.kernel[axis] = int32_t(window.kernel[axis]);
    geometry.strides[axis] = int32_t(window.strides[axis]);
    geometry.dilations[axis] = int32_t(window.dilations[axis]);
    geometry.padBegin[axis] = int32_t(window.padBegin[axis]);
  }
  return geometry;
}

bool FloatPlanner::canFinish(int index) const {
  const Operation &op = operation(index);
  auto coversInput = [&](const Window &window) {
    return geometryOf(shapeOf(op.inputs[0]), shapeOf(op.output), window)
        .coversInput();
  };
  if (const auto *conv = op.as<Conv2D>())
    return conv->depthwise && coversInput(conv->window);
  if (const auto *pool = op.as<MaxPool2D>())
    return coversInput(pool->window);
  if (const auto *pool = op.as<AveragePool2D>())
    return coversInput(pool->window);
  return op.as<GlobalAveragePool2D>() || op.as<Add>() || op.as<BatchNorm>() ||
         op.as<Rescaling>() || op.as<ReLU>();
}

Status FloatPlanner::emitKind(int index, const Rescaling &rescaling) {
  const Operation &op = operation(index);
  int input = inputIndexOf(program, op.inputs[0]);
  if (input >= 0 && !values[size_t(op.inputs[0])])
    emitInput(size_t(input), op.output, &rescaling);
  else
    emitElementwise(index, addVector(rescaling.scale),
                    addVector(rescaling.offset), {});
  return {};
}

Status FloatPlanner::emitKind(int index, const Dense &dense) {
  return emitCellProduct(index, dense.kernel, dense.bias);
}

Status FloatPlanner::emitKind(int index, const BatchNorm &norm) {
  emitElementwise(index, addVector(norm.scale), addVector(norm.shift), {});
  return {};
}

Status FloatPlanner::emitKind(int index, const ReLU &relu) {
  emitElementwise(index, {}, {}, boundsOf(relu));
  return {};
}

Status FloatPlanner::emitKind(int index, const AlignedReshape &) {
  const Operation &op = operation(index);
  define(op.output, complete(op.inputs[0]), -1);
  return {};
}

Status FloatPlanner::emitKind(int index, const Move &move) {
  const Operation &op = operation(index);
  const Shape &from = shapeOf(op.inputs[0]), &to = shapeOf(op.output);
  if (std::optional<ZeroPads> pads = zeroPadsOf(move, from, to)) {
    define(op.output, emitPad(op.inputs[0], pads->begin, pads->end, {}), -1);
    return {};
  }
  MoveGeometry geometry(move, from, to);
  int in = complete(op.inputs[0]);
  int out = bufferFor(op.output);
  int range = rangeOf(op.output);
  emitPass<MovedElements>({in, out}, elementsOf(op.output),
                          channelsOf(op.output), geometry.run, range,
                          [=](const Places &places) {
                            MovedElements source;
                            source.in = places.at(in);
                            source.move = geometry;
                            source.out = places.at(out);
                            return source;
                          });
  define(op.output, out, range);
  return {};
}

int FloatPlanner::emitJoin(const std::vector<std::pair<int, int64_t>> &inputs,
                           int64_t cells, int tensor, int range) {
  // As many as a kernel takes become one, until there are few enough.
  size_t few = size_t(Concatenation::maxInputs);
  if (inputs.size() > few) {
    std::vector<std::pair<int, int64_t>> first(inputs.begin(),
                                               inputs.begin() + int64_t(few));
    int64_t channels = 0;
    for (auto &[buffer, count] : first)
      channels += count;
    std::vector<std::pair<int, int64_t>> rest = {
        {emitJoin(first, cells, -1, -1), channels}};
    rest.insert(rest.end(), inputs.begin() + int64_t(few), inputs.end());
    return emitJoin(rest, cells, tensor, range);
  }
  std::vector<int> used;
  // No pack of elements comes from two inputs.
  int64_t channels = 0, unit = 0;
  for (auto &[buffer, count] : inputs) {
    used.push_back(buffer);
    channels += count;
    unit = std::gcd(unit, count);
  }
  int out = tensor < 0 ? newBuffer(cells * channels, options.chunk.samples())
                       : bufferFor(tensor);
  used.push_back(out);
  emitPass<Concatenation>(used, cells * channels, channels, unit, range,
                          [=](const Places &places) {
                            Concatenation source;
                            for (auto &[buffer, count] : inputs)
                              source.add(places.at(buffer), int32_t(count));
                            source.out = places.at(out);
                            return source;
                          });
  return out;
}

Status FloatPlanner::emitKind(int index, const Concatenate &) {
  const Operation &op = operation(index);
  std::vector<std::pair<int, int64_t>> inputs;
  for (int input : op.inputs)
    inputs.push_back({complete(input), channelsOf(input)});
  int range = rangeOf(op.output);
  int out = emitJoin(inputs, elementsOf(op.output) / channelsOf(op.output),
                     op.output, range);
  define(op.output, out, range);
  return {};
}

void FloatPlanner::emitCombine(int tensor, const Value &a, const Value &b,
                               ConstantRef scale, ConstantRef shift,
                               Bounds bounds, int out, int range) {
  Observer observers[2] = {observerOf(a.range), observerOf(b.range)};
  emitPass<Combine>({a.buffer, b.buffer, out}, elementsOf(tensor),
                    channelsOf(tensor), anyUnit, range,
                    [=](const Places &places) {
                      Combine source;
                      source.a = inputOf(places, a);
                      source.b = inputOf(places, b);
                      source.scale = perChannel(places, scale);
                      source.shift = perChannel(places, shift);
                      source.bounds = bounds;
                      std::copy_n(observers, 2, source.inputObservers);
                      source.out = places.at(out);
                      return source;
                    });
}

void FloatPlanner::emitElementwise(int index, ConstantRef scale,
                                   ConstantRef shift, Bounds bounds) {
  const Operation &op = operation(index);
  Value in = take(op.inputs[0], index);
  int out = inPlace(op.inputs, op.output, index);
  int result = op.output;
  if (scale)
    bounds = absorbReLU(result);
  int range = rangeOf(result);
  emitCombine(result, in, {}, scale, shift, bounds, out, range);
  define(result, out, range);
}

Status FloatPlanner::emitKind(int index, const Add &) {
  const Operation &op = operation(index);
  Value a = take(op.inputs[0], index);
  Value b = take(op.inputs[1], index);
  int out = inPlace(op.inputs, op.output, index);
  int result = op.output;
  Bounds bounds = absorbReLU(result);
  int range = rangeOf(result);
  emitCombine(result, a, b, {}, {}, bounds, out, range);
  define(result, out, range);
  return {};
}

Status FloatPlanner::emitKind(int index, const Multiply &) {
  const Operation &op = operation(index);
  int a = complete(op.inputs[0]);
  int b = complete(op.inputs[1]);
  int out = inPlace({op.inputs[0]}, op.output, index);
  int range = rangeOf(op.output);
  int64_t elements = elementsOf(op.output);
  bool isVector = elementsOf(op.inputs[1]) != elements;
  emitPass<TensorProduct>({a, b, out}, elements, channelsOf(op.output),
                          isVector ? channelsOf(op.output) : anyUnit, range,
                          [=](const Places &places) {
                            TensorProduct source;
                            source.a = places.at(a);
                            source.b = places.at(b);
                            source.sampleElements = isVector ? elements : 0;
                            source.out = places.at(out);
                            return source;
                          });
  define(op.output, out, range);
  return {};
}

Status FloatPlanner::emitKind(int index, const ScalarActivation &activation) {
  const Operation &op = operation(index);
  int in = complete(op.inputs[0]);
  int out = inPlace(op.inputs, op.output, index);
  int range = rangeOf(op.output);
  emitPass<Apply>({in, out}, elementsOf(op.output), channelsOf(op.output),
                  anyUnit, range, [=](const Places &places) {
                    Apply source;
                    source.in = places.at(in);
                    source.function = activation.function;
                    source.alpha = activation.alpha;
                    source.out = places.at(out);
                    return source;
                  });
  define(op.output, out, range);
  return {};
}

template <typename Source>
void FloatPlanner::emitPool(int index, const Window &window) {
  const Operation &op = operation(index);
  Value in = take(op.inputs[0], index);
  int out = bufferFor(op.output);
  WindowGeometry geometry =
      geometryOf(shapeOf(op.inputs[0]), shapeOf(op.output), window);
  int result = op.output;
  Bounds bounds = absorbReLU(result);
  int range = rangeOf(result);
  Observer inputObserver = observerOf(in.range);
  emitPass<Source>({in.buffer, out}, elementsOf(result), channelsOf(result),
                   channelsOf(result), range, [=](const Places &places) {
                     Source source;
                     source.in = inputOf(places, in);
                     source.geometry = geometry;
                     source.bounds = bounds;
                     source.inputObservers[0] = inputObserver;
                     source.out = places.at(out);
                     return source;
                   });
  define(result, out, range);
}

Status FloatPlanner::emitKind(int index, const MaxPool2D &pool) {
  emitPool<MaxPool>(index, pool.window);
  return {};
}

Status FloatPlanner::emitKind(int index, const AveragePool2D &pool) {
  emitPool<AveragePool>(index, pool.window);
  return {};
}

Status FloatPlanner::emitKind(int index, const GlobalAveragePool2D &) {
  const Operation &op = operation(index);
  Value in = take(op.inputs[0], index);
  int out = bufferFor(op.output);
  int64_t cells = elementsOf(op.inputs[0]) / channelsOf(op.inputs[0]);
  int range = rangeOf(op.output);
  Observer inputObserver = observerOf(in.range);
  emitPass<Mean>({in.buffer, out}, elementsOf(op.output), channelsOf(op.output),
                 channelsOf(op.output), range, [=](const Places &places) {
                   Mean source;
                   source.in = inputOf(places, in);
                   source.cells = cells;
                   source.inputObservers[0] = inputObserver;
                   source.out = places.at(out);
                   return source;
                 });
  define(op.output, out, range);
  return {};
}

Status FloatPlanner::emitKind(int index, const Softmax &kind) {
  const Operation &op = operation(index);
  int in = complete(op.inputs[0]);
  int out = inPlace(op.inputs, op.output, index);
  int64_t channels = channelsOf(op.output);
  int64_t rows = elementsOf(op.output) / channels * options.chunk.samples();
  int32_t isLogarithm = kind.isLogarithm;
  emit({in, out}, [=](const Places &places) {
    SoftmaxRows softmax;
    softmax.in = places.at(in);
    softmax.out = places.at(out);
    softmax.rows = int32_t(rows);
    softmax.channels = int32_t(channels);
    softmax.isLogarithm = isLogarithm;
    return device.makeLaunch(SmallKernels(softmax));
  });
  define(op.output, out, -1);
  return {};
}

int FloatPlanner::emitPad(int input, const int64_t (&begin)[2],
                          const int64_t (&end)[2],
                          const std::vector<float> &value) {
  int in = complete(input);
  Shape shape = shapeOf(input);
  Window window;
  for (int axis = 0; axis < 2; ++axis) {
    window.padBegin[axis] = begin[axis];
    shape[size_t(axis)] += begin[axis] + end[axis];
  }
  WindowGeometry geometry = geometryOf(shapeOf(input), shape, window);
  ConstantRef around = addVector(value);
  int out = newBuffer(numElements(shape), options.chunk.samples());
  emitPass<Pad>({in, out}, numElements(shape), shape.back(), shape.back(), -1,
                [=](const Places &places) {
                  Pad source;
                  source.in = places.at(in);
                  source.value = perChannel(places, around);
                  source.geometry = geometry;
                  source.out = places.at(out);
                  return source;
                });
  return out;
}

/// What a library has left to be done, in place. What is observed is what it
/// becomes.
void FloatPlanner::emitFinish(int tensor, Value value) {
  int range = value.range;
  value.range = -1;
  emitCombine(tensor, value, {}, {}, {}, {}, value.buffer, range);
}

void FloatPlanner::emitLook(int tensor, int buffer, int range) {
  emitPass<Look>({buffer}, elementsOf(tensor), channelsOf(tensor), anyUnit,
                 range, [=](const Places &places) {
                   Look source;
                   source.in = places.at(buffer);
                   return source;
                 });
}

void FloatPlanner::emitCount(size_t range, int buffer, int tensor) {
  const ObserverLayout::Entry &entry = layout.entries()[range];
  size_t first = entry.histogram;
  CountBins count;
  count.info = plan->info();
  count.sampleElements = elementsOf(tensor);
  count.channels = int32_t(channelsOf(tensor));
  count.count = int32_t(entry.count);
  count.magnitude = !entry.minMax;
  count.lower = options.histograms.lower + first;
  count.scale = options.histograms.scale + first;
  count.counts = options.histograms.counts + first * histogramBins;
  // Each block clears and adds up all of its bins: few blocks, with much to do.
  int64_t cells = count.sampleElements * options.chunk.samples() /
                  (entry.count == 1 ? 1 : count.channels);
  int64_t useful = cells / (64 * histogramBins) + 1;
  int64_t room = device.multiprocessors() * 2 / count.tiles() + 1;
  count.rowBlocks = int32_t(std::min(useful, room));
  emit({buffer}, [=](const Places &places) {
    CountBins bound = count;
    bound.data = places.at(buffer);
    return device.makeLaunch(SmallKernels(bound));
  });
}

//===----------------------------------------------------------------------===//
// Products and convolutions
//===----------------------------------------------------------------------===//

void FloatPlanner::callLibrary(LibraryCall *call, int in, int out,
                               ConstantRef weights, ConstantRef bias) {
  workspaceBytes = std::max(workspaceBytes, call->workspaceBytes());
  emit({in, out}, [=](const Places &places) {
    LibraryCall::Operands operands;
    operands.x = places.at(in);
    operands.y = places.at(out);
    operands.weights = places.constants + weights.offset;
    if (bias)
      operands.bias = places.constants + bias.offset;
    operands.workspace = places.arena + workspaceOffset;
    return call->bind(operands);
  });
}

template <typename Problem, typename Make>
Result<LibraryCall *>
FloatPlanner::findCall(std::vector<std::pair<Problem, LibraryCall *>> &calls,
                       const Problem &problem, Make make) {
  for (auto &[known, call] : calls)
    if (known == problem)
      return call;
  Result<LibraryCallPtr> made = make();
  if (!made && made.kind() != ErrorKind::Unsupported)
    return made.takeError();
  calls.emplace_back(problem, made ? made->get() : nullptr);
  if (made)
    plan->calls.push_back(std::move(*made));
  return calls.back().second;
}

/// A product with the channels of each cell.
Status FloatPlanner::emitCellProduct(int index, const Constant &kernel,
                                     const Constant &bias) {
  int input = operation(index).inputs[0];
  int64_t channels = channelsOf(input);
  return emitProduct(index, complete(input), elementsOf(input) / channels,
                     channels, kernel, bias);
}

Status FloatPlanner::emitProduct(int index, int in, int64_t rows,
                                 int64_t inputs, const Constant &kernel,
                                 const Constant &bias) {
  const Operation &op = operation(index);
  int result = op.output;
  Bounds bounds = absorbReLU(result);
  // The library's ReLU may make a number of NaN, which observers have to see.
  bool canRectify = bounds.lower == 0 && ranges[size_t(result)].empty();
  ProductProblem problem;
  problem.rows = rows * int64_t(options.chunk.samples());
  problem.in = inputs;
  problem.out = channelsOf(op.output);
  problem.tf32 = options.tf32;
  // As much of what follows as the library has in one.
  LibraryCall *call = nullptr;
  for (int parts = 2; parts >= 0 && !call; --parts) {
    problem.hasBias = parts >= 1 && bias;
    problem.hasReLU = parts == 2 && canRectify;
    auto found = findCall(products, problem,
                          [&] { return device.makeProduct(problem); });
    if (!found)
      return found.takeError();
    call = *found;
  }
  if (!call)
    return Error{"layer '" + op.layer + "': " + device.name() +
                     " has no implementation of a product of " +
                     std::to_string(problem.rows) + " x " +
                     std::to_string(problem.in) + " and " +
                     std::to_string(problem.in) + " x " +
                     std::to_string(problem.out) + " elements",
                 ErrorKind::Unsupported};
  ConstantRef addend = addConstant(bias);
  Value value;
  value.buffer = bufferFor(result);
  value.bounds = bounds;
  if (problem.hasReLU)
    value.bounds.lower = Bounds().lower;
  if (!problem.hasBias)
    value.bias = addend;
  callLibrary(call, in, value.buffer, addConstant(kernel),
              problem.hasBias ? addend : ConstantRef());
  defer(result, value);
  return {};
}

void FloatPlanner::emitDepthwise(int index, const Conv2D &conv,
                                 const WindowGeometry &geometry) {
  const Operation &op = operation(index);
  Value in = take(op.inputs[0], index);
  int out = bufferFor(op.output);
  ConstantRef kernel = addConstant(conv.kernel);
  ConstantRef bias = addConstant(conv.bias);
  ConstantRef padding = addVector(conv.paddingValue);
  int result = op.output;
  Bounds bounds = absorbReLU(result);
  int range = rangeOf(result);
  Observer inputObserver = observerOf(in.range);
  emitPass<Depthwise>({in.buffer, out}, elementsOf(result), channelsOf(result),
                      channelsOf(result), range, [=](const Places &places) {
                        Depthwise source;
                        source.in = inputOf(places, in);
                        source.geometry = geometry;
                        source.kernel = places.constants + kernel.offset;
                        source.bias = perChannel(places, bias);
                        source.padding = perChannel(places, padding);
                        source.bounds = bounds;
                        source.inputObservers[0] = inputObserver;
                        source.out = places.at(out);
                        return source;
                      });
  define(result, out, range);
}

/// Whether a convolution is a product with each cell's channels.
static bool isPointwise(const Window &window) {
  for (int axis = 0; axis < 2; ++axis)
    if (window.kernel[axis] != 1 || window.strides[axis] != 1 ||
        window.padBegin[axis] || window.padEnd[axis])
      return false;
  return true;
}

/// For convolutions that the library lacks.
Status FloatPlanner::emitPatches(int index, const Conv2D &conv,
                                 const WindowGeometry &geometry) {
  const Operation &op = operation(index);
  int in = complete(op.inputs[0]);
  const Shape &shape = shapeOf(op.output);
  int64_t channels = channelsOf(op.inputs[0]);
  int64_t fan = conv.window.kernel[0] * conv.window.kernel[1] * channels;
  int64_t rows = shape[0] * shape[1];
  ConstantRef padding = addVector(conv.paddingValue);
  int patches = newBuffer(rows * fan, options.chunk.samples());
  emitPass<Patches>({in, patches}, rows * fan, fan, channels, -1,
                    [=](const Places &places) {
                      Patches source;
                      source.in = places.at(in);
                      source.padding = perChannel(places, padding);
                      source.geometry = geometry;
                      source.channels = int32_t(channels);
                      source.out = places.at(patches);
                      return source;
                    });
  return emitProduct(index, patches, rows, fan, conv.kernel, conv.bias);
}

/// A plain convolution over the spread image, whose cells are not written down.
Status FloatPlanner::emitKind(int index, const Conv2DTranspose &conv) {
  const Operation &op = operation(index);
  WindowGeometry geometry =
      geometryOf(shapeOf(op.inputs[0]), shapeOf(op.output), conv.window);
  geometry.isTransposed = true;
  Conv2D gathered;
  gathered.depthwise = conv.depthwise;
  gathered.kernel = conv.kernel;
  gathered.bias = conv.bias;
  gathered.window = conv.window;
  if (!conv.depthwise)
    return emitPatches(index, gathered, geometry);
  emitDepthwise(index, gathered, geometry);
  return {};
}

Status FloatPlanner::emitKind(int index, const Conv2D &conv) {
  const Operation &op = operation(index);
  WindowGeometry geometry =
      geometryOf(shapeOf(op.inputs[0]), shapeOf(op.output), conv.window);
  if (conv.depthwise) {
    emitDepthwise(index, conv, geometry);
    return {};
  }
  if (isPointwise(conv.window))
    return emitCellProduct(index, conv.kernel, conv.bias);

  const Window &window = conv.window;
  Shape shape = shapeOf(op.inputs[0]);
  bool isEven = window.padBegin[0] == window.padEnd[0] &&
                window.padBegin[1] == window.padEnd[1];
  bool hasPads = window.padBegin[0] || window.padEnd[0] || window.padBegin[1] ||
                 window.padEnd[1];
  bool hasValue =
      hasPads && std::any_of(conv.paddingValue.begin(), conv.paddingValue.end(),
                             [](float value) { return value != 0; });
  bool isCopied = !isEven || hasValue;
  ConvolutionProblem problem;
  if (isCopied)
    for (int axis = 0; axis < 2; ++axis)
      shape[size_t(axis)] += window.padBegin[axis] + window.padEnd[axis];
  else
    std::copy_n(window.padBegin, 2, problem.padding);
  int result = op.output;
  Bounds bounds = boundsAfter(result);
  problem.samples = options.chunk.samples();
  std::copy_n(shape.begin(), 3, problem.in);
  std::copy_n(shapeOf(op.output).begin(), 3, problem.out);
  std::copy_n(window.kernel, 2, problem.kernel);
  std::copy_n(window.strides, 2, problem.strides);
  std::copy_n(window.dilations, 2, problem.dilations);
  problem.tf32 = options.tf32;

  // As much of what follows as the library has in one.
  LibraryCall *call = nullptr;
  for (int parts = 2; parts >= 0 && !call; --parts) {
    problem.hasBias = parts >= 1 && conv.bias;
    problem.bounds = parts == 2 ? bounds : Bounds();
    problem.keepsNaN = !problem.bounds.isNone() && isObservedAfter(op.output);
    auto found = findCall(convolutions, problem,
                          [&] { return device.makeConvolution(problem); });
    if (!found)
      return found.takeError();
    call = *found;
  }
  if (!call)
    return emitPatches(index, conv, geometry);
  int in = isCopied ? emitPad(op.inputs[0], window.padBegin, window.padEnd,
                              conv.paddingValue)
                    : complete(op.inputs[0]);
  absorbReLU(result);
  ConstantRef bias = addConstant(conv.bias);
  Value value;
  value.buffer = bufferFor(result);
  if (!problem.hasBias)
    value.bias = bias;
  if (problem.bounds.isNone())
    value.bounds = bounds;
  callLibrary(call, in, value.buffer, addConvKernel(conv.kernel),
              problem.hasBias ? bias : ConstantRef());
  defer(result, value);
  return {};
}

} // namespace gpu
} // namespace qml
