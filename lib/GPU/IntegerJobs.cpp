//===- IntegerJobs.cpp - Launches of an integer program -------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "IntegerSources.h"
#include "IntegerWeights.h"

#include "qml/Program/Kinds.h"

#include <algorithm>
#include <cmath>

namespace qml {
namespace gpu {

namespace {

/// What a constant is to its operation. Constants are found again by this.
enum class Role {
  First,
  Second,
  Wide,
  Scale,
  Scale2,
  Power,
  Threshold,
  FracBits,
  ZeroPoints,
  Offset,
  Shift,
  Bias,
  Weights,
  Padding,
};

/// Goes through the chains: to upload their constants, while nothing has an
/// address yet and nothing is launched, or to make the launches for a buffer.
class JobMaker {
public:
  JobMaker(const IntegerPlan &plan, Device &device, IntegerConstants &constants)
      : plan(plan), program(plan.program), device(device),
        constants(constants) {}

  Status makeConstants() {
    makeAll();
    return std::move(status);
  }

  /// `arena` holds what `memory` says, for chunks of that many samples.
  Status makeJobs(int64_t chunk, const MemoryPlan &memory, char *arena,
                  IntegerJobs &result) {
    samples = chunk;
    layout = SampleLayout(program, samples);
    this->memory = &memory;
    this->arena = arena;
    for (buffer = 0; buffer < Device::numBuffers && status; ++buffer) {
      jobs = &result.jobs[buffer];
      makeAll();
    }
    return std::move(status);
  }

private:
  void makeAll() {
    for (const Chain &chain : plan.chains)
      makeChain(chain);
    for (size_t i = 0; i < plan.deliveries.size(); ++i)
      if (plan.deliveries[i].isConverted)
        makeConversion(i);
  }

  //===--------------------------------------------------------------------===//
  // Memory
  //===--------------------------------------------------------------------===//

  const ChunkInfo *info() const {
    return jobs ? reinterpret_cast<const ChunkInfo *>(device.buffer(buffer))
                : nullptr;
  }

  char *data(int tensor) const {
    if (!jobs)
      return nullptr;
    int root = plan.tensors[tensor].root;
    int input = inputIndexOf(program, root);
    return input >= 0 ? device.buffer(buffer) + layout.offsetOf(size_t(input))
                      : arena + memory->offsets[size_t(root)];
  }

  Elements elements(int tensor) const {
    return {data(tensor), plan.tensors[tensor].type};
  }

  /// Memory with what `make` returns, a vector, which is made the first time.
  /// Null if there is none.
  template <typename Function>
  auto constant(const Operation &operation, Role role, Function make) {
    using T = typename decltype(make())::value_type;
    const T *none = nullptr;
    if (!status)
      return none;
    int64_t index = &operation - program.operations.data();
    MemoryPtr &memory = constants.memory[{int(index), int(role)}];
    if (memory)
      return static_cast<const T *>(memory->template as<T>());
    auto values = make();
    size_t bytes = values.size() * sizeof(T);
    Result<MemoryPtr> allocated = device.allocate(bytes);
    if (!allocated) {
      fail(allocated.takeError());
      return none;
    }
    T *to = (*allocated)->template as<T>();
    if (Status uploaded = device.upload(to, values.data(), bytes); !uploaded) {
      fail(uploaded.takeError());
      return none;
    }
    memory = std::move(*allocated);
    return static_cast<const T *>(to);
  }

  /// One for each channel.
  template <typename T>
  const T *spreadConstant(const Operation &operation, Role role,
                          const std::vector<T> &values, int64_t channels,
                          T none = T()) {
    return constant(operation, role,
                    [&] { return spread(values, channels, none); });
  }

  /// The first error is the one that is told.
  void fail(Error error) {
    if (!status)
      return;
    error.message = "program '" + program.name + "': " + error.message;
    status = std::move(error);
  }

  void launch(const Kernel &kernel) {
    if (jobs && status)
      jobs->push_back(device.makeLaunch(kernel));
  }

  //===--------------------------------------------------------------------===//
  // Epilogues
  //===--------------------------------------------------------------------===//

  int valueBits(const Operation &operation) const {
    return program.tensors[operation.output].fixed->valueBits;
  }
  IntegerRange rangeOf(int bits) const {
    return integerRange(bits, program.arithmetic);
  }
  static std::vector<float> powersOf(const std::vector<int32_t> &exponents,
                                     int sign) {
    std::vector<float> powers;
    for (int32_t exponent : exponents)
      powers.push_back(std::ldexp(1.0f, sign * exponent));
    return powers;
  }

  /// Bounds of a sum, and whether it is small: see Stage::isSmall.
  void boundSum(const Add &add, const Operation &operation, bool isNarrow,
                IntegerRange &bounds, bool &isSmall) const {
    bounds = rangeOf(add.bufferBits);
    // Sums of two such operands have 31 bits and a sign.
    IntegerRange half = {-(int64_t(1) << 30), (int64_t(1) << 30) - 1};
    IntegerRange limits = contains(half, bounds) ? bounds : half;
    isSmall =
        isNarrow &&
        staysInside(plan.tensors[operation.inputs[0]], add.aShift, limits) &&
        staysInside(plan.tensors[operation.inputs[1]], add.bShift, limits);
    if (isSmall)
      bounds = {clamp(bounds.lower, int32Range),
                clamp(bounds.upper, int32Range)};
  }

  void fill(Stage &stage, const ReLU &relu, const Operation &operation,
            int64_t channels, bool isNarrow) {
    stage.kind = StageKind::ReLU;
    stage.wide = constant(operation, Role::Wide, [&] {
      std::vector<int64_t> maxima =
          spread(relu.integerMaxValue, channels, INT64_MAX);
      if (isNarrow)
        for (int64_t &value : maxima)
          value = clamp(value, int32Range);
      return maxima;
    });
  }

  void fill(Stage &stage, const AlignedReshape &reshape,
            const Operation &operation, int64_t channels, bool) {
    stage.kind = StageKind::Shift;
    stage.first =
        spreadConstant(operation, Role::First, reshape.inputShift, channels);
    stage.bounds = rangeOf(valueBits(operation));
  }

  void fill(Stage &stage, const OutputQuantizer &quantizer,
            const Operation &operation, int64_t channels, bool) {
    stage.buffer = rangeOf(quantizer.getBufferBits());
    stage.bounds = outputRange(valueBits(operation), quantizer.isUnsigned,
                               program.arithmetic);
    std::vector<int32_t> scales = spread(quantizer.scales, channels, 1);
    std::vector<int32_t> shift = spread(quantizer.shift, channels);
    if (program.arithmetic == Arithmetic::Akida) {
      stage.kind = StageKind::RequantizeExact;
      stage.first = constant(operation, Role::First, [&] { return scales; });
      stage.second = constant(operation, Role::Second, [&] { return shift; });
      return;
    }
    stage.kind = StageKind::RequantizeFloat;
    stage.scale = constant(operation, Role::Scale, [&] {
      return std::vector<float>(scales.begin(), scales.end());
    });
    stage.power =
        constant(operation, Role::Power, [&] { return powersOf(shift, 1); });
  }

  void fill(Stage &stage, const StepActivation &activation,
            const Operation &operation, int64_t channels, bool) {
    stage.kind = StageKind::StepActivation;
    stage.bits = activation.bits;
    stage.first =
        spreadConstant(operation, Role::First, activation.threshold, channels);
    stage.wide =
        spreadConstant(operation, Role::Wide, activation.sixteenths, channels);
  }

  void fill(Stage &stage, const LookUp &lookUp, const Operation &operation,
            int64_t, bool) {
    stage.kind = StageKind::LookUp;
    stage.first =
        constant(operation, Role::First, [&] { return lookUp.table; });
    stage.bounds = {lookUp.first,
                    lookUp.first + int64_t(lookUp.table.size()) - 1};
  }

  void fill(Stage &stage, const Add &add, const Operation &operation,
            int64_t channels, bool isNarrow) {
    stage.kind = StageKind::Add;
    // Which operand the chain has made itself.
    bool isSecond = operation.inputs[1] == chainValue;
    stage.first = spreadConstant(operation, Role::First,
                                 isSecond ? add.bShift : add.aShift, channels);
    stage.second = spreadConstant(operation, Role::Second,
                                  isSecond ? add.aShift : add.bShift, channels);
    stage.other = elements(operation.inputs[isSecond ? 0 : 1]);
    boundSum(add, operation, isNarrow, stage.bounds, stage.isSmall);
  }

  /// These are no stages, see IntegerPlan::isStage.
  template <typename Kind>
  IfOneOf<void, Kind, Rescaling, InputQuantizer, Conv2D, Dense, BatchNorm,
          MaxPool2D, GlobalAveragePool2D, Concatenate, Dequantizer, Move,
          qml::Softmax, Conv2DTranspose, Push, TemporalSum, Recurrence,
          DifferenceTest, Rows, StepDequantizer, Multiply, ScalarActivation,
          AveragePool2D>
  fill(Stage &, const Kind &, const Operation &operation, int64_t, bool) {
    failWithout(operation);
  }

  void dequantize(Epilogue &epilogue, const Dequantizer &dequantizer,
                  const Operation &operation) {
    const std::optional<Fixed> &fixed =
        program.tensors[operation.inputs[0]].fixed;
    int64_t channels = epilogue.channels;
    epilogue.kind = ResultKind::Scaled;
    if (!dequantizer.scales.empty() || !fixed) {
      epilogue.scale = spreadConstant(operation, Role::Scale,
                                      dequantizer.scales, channels, 1.0f);
      return;
    }
    epilogue.scale = constant(operation, Role::Scale, [&] {
      return powersOf(spread(fixed->fracBits, channels), -1);
    });
    if (!fixed->scales.empty())
      epilogue.scale2 = spreadConstant(operation, Role::Scale2, fixed->scales,
                                       channels, 1.0f);
  }

  Epilogue epilogueOf(const Chain &chain) {
    Epilogue epilogue;
    const Operation &first = program.operations[chain.operation];
    // Stages that change the shape see the input's channels.
    bool isCopy =
        !chain.stages.empty() && chain.stages.front() == chain.operation;
    int64_t channels =
        plan.tensors[isCopy ? first.inputs[0] : first.output].channels;
    epilogue.channels = int32_t(channels);
    epilogue.type = plan.tensors[chain.output].type;
    epilogue.out = data(chain.output);
    chainValue = first.output;
    for (int index : chain.stages) {
      const Operation &operation = program.operations[index];
      if (const auto *dequantizer = operation.as<Dequantizer>()) {
        dequantize(epilogue, *dequantizer, operation);
        continue;
      }
      if (const auto *dequantizer = operation.as<StepDequantizer>()) {
        epilogue.kind = ResultKind::Difference;
        epilogue.scale =
            spreadConstant(operation, Role::Scale, dequantizer->step, channels);
        epilogue.threshold = spreadConstant(operation, Role::Threshold,
                                            dequantizer->threshold, channels);
        continue;
      }
      Stage &stage = epilogue.stages[epilogue.numStages++];
      std::visit(
          [&](const auto &kind) {
            fill(stage, kind, operation, channels, chain.isNarrow);
          },
          operation.kind);
      chainValue = operation.output;
    }
    return epilogue;
  }

  //===--------------------------------------------------------------------===//
  // Maps
  //===--------------------------------------------------------------------===//

  template <typename Value, int Width, typename Source>
  void launchMap(const Source &source, const Epilogue &epilogue,
                 int64_t sampleElements) {
    IntegerMap<Source, Value, Width> kernel;
    kernel.info = info();
    kernel.samples = int32_t(samples);
    kernel.sampleElements = int32_t(sampleElements);
    kernel.source = source;
    kernel.epilogue = epilogue;
    launch(Kernel(GroupOf<Source, Value, Width>(kernel)));
  }

  template <typename Source, typename Value, int Width>
  using GroupOf = std::conditional_t<isOneOf<Source, Joined, MovedIntegers>,
                                     SmallIntegers, IntegerMaps<Value, Width>>;

  /// Of sources without packs.
  template <typename Source>
  void mapOneByOne(const Source &source, const Chain &chain) {
    int64_t count = plan.tensors[chain.output].elements;
    if (chain.isNarrow)
      launchMap<int32_t, 1>(source, epilogueOf(chain), count);
    else
      launchMap<int64_t, 1>(source, epilogueOf(chain), count);
  }

  template <typename Source>
  void map(const Source &source, const Epilogue &epilogue,
           int64_t sampleElements, bool isNarrow) {
    if (!isNarrow)
      launchMap<int64_t, 1>(source, epilogue, sampleElements);
    else if (epilogue.channels % 4)
      launchMap<int32_t, 1>(source, epilogue, sampleElements);
    else
      launchMap<int32_t, 4>(source, epilogue, sampleElements);
  }

  template <typename Source>
  void map(const Source &source, const Chain &chain) {
    map(source, epilogueOf(chain), plan.tensors[chain.output].elements,
        chain.isNarrow);
  }

  void make(const Chain &chain, const Operation &operation,
            const InputQuantizer &quantizer) {
    const Fixed &fixed = *program.tensors[operation.output].fixed;
    int64_t channels = plan.tensors[operation.output].channels;
    QuantizedInput source;
    source.in = elements(operation.inputs[0]);
    source.isOnChip = program.arithmetic == Arithmetic::Akida;
    source.valueBits = fixed.valueBits;
    source.bounds =
        outputRange(fixed.valueBits, quantizer.isUnsigned, program.arithmetic);
    if (source.isOnChip)
      source.scale = spreadConstant(operation, Role::Scale, quantizer.scales,
                                    channels, 1.0f);
    else
      source.fracBits =
          spreadConstant(operation, Role::FracBits, fixed.fracBits, channels);
    source.zeroPoints = spreadConstant(operation, Role::ZeroPoints,
                                       quantizer.zeroPoints, channels);
    map(source, chain);
  }

  void make(const Chain &chain, const Operation &operation,
            const MaxPool2D &pool) {
    IntegerMaxPool source;
    const Shape &in = program.tensors[operation.inputs[0]].shape;
    source.in = elements(operation.inputs[0]);
    source.window =
        gpu::windowOf(pool.window, in, program.tensors[operation.output].shape);
    source.channels = int32_t(in[2]);
    map(source, chain);
  }

  void make(const Chain &chain, const Operation &operation,
            const GlobalAveragePool2D &pool) {
    int in = operation.inputs[0];
    const PlannedTensor &input = plan.tensors[in];
    std::vector<int32_t> shift =
        spread(pool.accumulator.inputShift, input.channels);
    ImageSum source;
    source.in = elements(in);
    source.cells = int32_t(input.elements / input.channels);
    source.channels = int32_t(input.channels);
    source.shift = constant(operation, Role::Shift, [&] { return shift; });
    source.inputBounds = inputBoundsOf(pool.accumulator, program.arithmetic);
    source.bounds = rangeOf(pool.accumulator.bufferBits);
    source.saturatesAlways = program.arithmetic == Arithmetic::Akida;
    // No partial sum is larger than all values at once.
    Int128 most =
        std::max(-Int128(input.range.lower), Int128(input.range.upper)) *
        source.cells;
    int32_t longest = *std::max_element(shift.begin(), shift.end());
    source.isSmall = chain.isNarrow && longest <= 31 &&
                     (most << longest) <=
                         std::min<int64_t>(INT32_MAX, source.bounds.upper) &&
                     staysInside(input, shift, source.inputBounds);
    if (source.isSmall)
      source.bounds = {clamp(source.bounds.lower, int32Range),
                       clamp(source.bounds.upper, int32Range)};
    map(source, chain);
  }

  void make(const Chain &chain, const Operation &operation, const Add &add) {
    int64_t channels = plan.tensors[operation.output].channels;
    ShiftedSum source;
    source.a = elements(operation.inputs[0]);
    source.b = elements(operation.inputs[1]);
    source.aShift =
        spreadConstant(operation, Role::First, add.aShift, channels);
    source.bShift =
        spreadConstant(operation, Role::Second, add.bShift, channels);
    boundSum(add, operation, chain.isNarrow, source.bounds, source.isSmall);
    map(source, chain);
  }

  void make(const Chain &chain, const Operation &operation,
            const Multiply &multiply) {
    map(productOf(plan, operation, multiply, elements(operation.inputs[0]),
                  elements(operation.inputs[1])),
        chain);
  }

  void make(const Chain &chain, const Operation &operation,
            const AveragePool2D &pool) {
    IntegerAveragePool source =
        averageOf(plan, operation, pool, elements(operation.inputs[0]));
    source.factors = constant(operation, Role::Wide,
                              [&] { return factorsOf(plan, operation, pool); });
    map(source, chain);
  }

  void make(const Chain &chain, const Operation &operation,
            const Concatenate &) {
    Joined source;
    for (int input : operation.inputs)
      source.add(elements(input), int32_t(plan.tensors[input].channels));
    mapOneByOne(source, chain);
  }

  void make(const Chain &chain, const Operation &operation, const Move &move) {
    const Shape &from = program.tensors[operation.inputs[0]].shape;
    const Shape &to = program.tensors[operation.output].shape;
    mapOneByOne(MovedIntegers{elements(operation.inputs[0]),
                              MoveGeometry(move, from, to)},
                chain);
  }

  void make(const Chain &chain, const Operation &operation, const Rows &rows) {
    const PlannedTensor &in = plan.tensors[operation.inputs[0]];
    ChosenRows source;
    source.in = elements(operation.inputs[0]);
    source.channels = int32_t(in.channels);
    source.inRows = int32_t(in.elements / in.channels);
    source.rows =
        int32_t(plan.tensors[operation.output].elements / in.channels);
    source.first = int32_t(rows.first);
    source.stride = int32_t(std::min<int64_t>(rows.stride, INT32_MAX));
    map(source, chain);
  }

  //===--------------------------------------------------------------------===//
  // Products
  //===--------------------------------------------------------------------===//

  SumBounds boundsOf(const Operation &operation, const Product &product,
                     bool is32) {
    SumBounds bounds;
    bounds.bounds = product.bounds;
    bounds.biasBounds = product.biasBounds;
    if (is32)
      for (IntegerRange *range : {&bounds.bounds, &bounds.biasBounds})
        *range = {clamp(range->lower, int32Range),
                  clamp(range->upper, int32Range)};
    bounds.bias = constant(operation, Role::Bias, [&] { return product.bias; });
    bounds.wrapsAround = product.wrapsAround;
    bounds.saturatesOnce = product.saturatesOnce;
    return bounds;
  }

  static IntegerWindow windowOf(const Product &product) {
    IntegerWindow window =
        gpu::windowOf(product.window, {product.height, product.width},
                      {product.outHeight, product.outWidth});
    window.isTransposed = product.transposed;
    return window;
  }

  static bool hasPadding(const Product &product) {
    return product.isPadded() &&
           std::any_of(product.padding.begin(), product.padding.end(),
                       [](int64_t value) { return value != 0; });
  }

  void makeProduct(const Chain &chain, const Operation &operation) {
    const Product &product = *chain.product;
    bool is32 = chain.isNarrow && chain.ranges.fits32 &&
                contains(int32Range, chain.ranges.input);
    if (product.depthwise)
      return makeDepthwise(chain, operation, product, is32);
    TileRows tile;
    tile.info = info();
    tile.samples = int32_t(samples);
    tile.sampleRows = int32_t(product.outHeight * product.outWidth);
    tile.window = windowOf(product);
    tile.in = elements(operation.inputs[0]);
    tile.channels = int32_t(product.channels);
    tile.sums = boundsOf(operation, product, is32);
    tile.epilogue = epilogueOf(chain);
    bool isWide = product.outChannels > 32;
    if (std::optional<BytePlan> bytes =
            is32 ? planBytes(product, chain.ranges, tile.in.type)
                 : std::nullopt) {
      // Inputs of 16 bits are rare: one size of tiles is enough.
      if (tile.in.type == StorageType::I16)
        makeBytes<int16_t, 4>(operation, tile, product, *bytes);
      else
        isWide ? makeBytes<int8_t, 8>(operation, tile, product, *bytes)
               : makeBytes<int8_t, 4>(operation, tile, product, *bytes);
      return;
    }
    bool has32Inputs = contains(int32Range, chain.ranges.input);
    if (is32)
      makeWide<int32_t, int32_t, int32_t>(operation, tile, product);
    else if (has32Inputs && chain.ranges.fits64)
      makeWide<int32_t, int64_t, int64_t>(operation, tile, product);
    else
      makeWide<int64_t, Int128, int64_t>(operation, tile, product);
  }

  template <typename T, int Columns>
  void makeBytes(const Operation &operation, const TileRows &tile,
                 const Product &product, const BytePlan &plan) {
    ByteProduct<T, Columns> kernel;
    kernel.tile = tile;
    kernel.numPasses = int32_t(plan.passes.size());
    std::copy(plan.passes.begin(), plan.passes.end(), kernel.passes);
    kernel.lastShift = plan.lastShift;
    int64_t words = (product.taps() * product.channels + 3) / 4;
    words = (words + kernel.depth - 1) / kernel.depth * kernel.depth;
    kernel.words = int32_t(words);
    kernel.weights = constant(operation, Role::Weights, [&] {
      return packWeights(product, plan, words, kernel.tileColumns);
    });
    if (!plan.padding.empty())
      kernel.padding = constant(operation, Role::Padding, [&] {
        return std::vector<T>(plan.padding.begin(), plan.padding.end());
      });
    launch(Kernel(ByteProducts(kernel)));
  }

  template <typename Operand, typename Sum, typename Value>
  void makeWide(const Operation &operation, const TileRows &tile,
                const Product &product) {
    WideProduct<Operand, Sum, Value> kernel;
    kernel.tile = tile;
    kernel.terms = int32_t(product.taps() * product.channels);
    kernel.weights =
        constant(operation, Role::Weights, [&] { return product.weights; });
    kernel.shift =
        constant(operation, Role::Shift, [&] { return product.shift; });
    kernel.inputBounds = product.inputBounds;
    if (hasPadding(product))
      kernel.padding =
          constant(operation, Role::Padding, [&] { return product.padding; });
    launch(Kernel(WideProducts(kernel)));
  }

  void makeDepthwise(const Chain &chain, const Operation &operation,
                     const Product &product, bool is32) {
    IntegerDepthwise source;
    source.in = elements(operation.inputs[0]);
    source.window = windowOf(product);
    source.channels = int32_t(product.channels);
    source.sums = boundsOf(operation, product, is32);
    source.inputBounds = product.inputBounds;
    // Modulo 2^32 it is the same to shift the weights, unless something bounds
    // the inputs in between.
    bool folds =
        is32 && !chain.ranges.shiftSaturates && !hasPadding(product) &&
        *std::max_element(product.shift.begin(), product.shift.end()) <= 31;
    source.weights = constant(operation, Role::Weights, [&] {
      std::vector<int32_t> weights = product.weights;
      if (folds)
        for (size_t i = 0; i < weights.size(); ++i)
          weights[i] = int32_t(uint32_t(weights[i])
                               << product.shift[i % product.shift.size()]);
      return weights;
    });
    if (!folds)
      source.shift =
          constant(operation, Role::Shift, [&] { return product.shift; });
    if (hasPadding(product))
      source.padding =
          constant(operation, Role::Padding, [&] { return product.padding; });
    map(source, epilogueOf(chain), plan.tensors[chain.output].elements, is32);
  }

  //===--------------------------------------------------------------------===//
  // Floats
  //===--------------------------------------------------------------------===//

  FloatMap floatMap(const Operation &operation) const {
    const PlannedTensor &out = plan.tensors[operation.output];
    FloatMap kernel;
    kernel.info = info();
    kernel.samples = int32_t(samples);
    kernel.sampleElements = int32_t(out.elements);
    kernel.channels = int32_t(out.channels);
    kernel.in = elements(operation.inputs[0]);
    kernel.out = reinterpret_cast<float *>(data(operation.output));
    return kernel;
  }

  void setFloat(FloatMap &kernel, const Operation &operation,
                const Rescaling &rescaling) {
    kernel.scale = spreadConstant(operation, Role::Scale, rescaling.scale,
                                  kernel.channels);
    kernel.shift = spreadConstant(operation, Role::Offset, rescaling.offset,
                                  kernel.channels);
  }
  void setFloat(FloatMap &kernel, const Operation &operation,
                const BatchNorm &norm) {
    kernel.scale =
        spreadConstant(operation, Role::Scale, norm.scale, kernel.channels);
    kernel.shift =
        spreadConstant(operation, Role::Offset, norm.shift, kernel.channels);
  }
  void setFloat(FloatMap &kernel, const Operation &, const ReLU &relu) {
    kernel.lower = 0;
    if (relu.maxValue)
      kernel.upper = *relu.maxValue;
  }
  void setFloat(FloatMap &kernel, const Operation &operation, const Add &) {
    kernel.in2 = elements(operation.inputs[1]);
  }
  /// Integers become floats, and no more.
  void setFloat(FloatMap &, const Operation &, const AlignedReshape &) {}
  void setFloat(FloatMap &, const Operation &, const qml::Softmax &) {}
  /// What the plan has refused in float32, and what makes no floats of floats.
  template <typename Kind>
  IfOneOf<void, Kind, InputQuantizer, Conv2D, Dense, MaxPool2D,
          GlobalAveragePool2D, Concatenate, OutputQuantizer, Dequantizer, Move,
          Conv2DTranspose, LookUp, Push, TemporalSum, Recurrence,
          DifferenceTest, Rows, StepActivation, StepDequantizer, Multiply,
          ScalarActivation, AveragePool2D>
  setFloat(FloatMap &, const Operation &operation, const Kind &) {
    failWithout(operation);
  }

  void makeFloat(const Operation &operation) {
    FloatMap kernel = floatMap(operation);
    int64_t channels = kernel.channels;
    std::visit([&](const auto &kind) { setFloat(kernel, operation, kind); },
               operation.kind);
    const auto *soft = operation.as<qml::Softmax>();
    if (!soft || kernel.in.type != StorageType::F32)
      launch(Kernel(SmallIntegers(kernel)));
    if (!soft)
      return;
    gpu::SoftmaxRows softmax;
    softmax.in = kernel.in.type == StorageType::F32
                     ? static_cast<const float *>(kernel.in.data)
                     : kernel.out;
    softmax.out = kernel.out;
    softmax.rows = int32_t(samples * kernel.sampleElements / channels);
    softmax.channels = kernel.channels;
    softmax.isLogarithm = soft->isLogarithm;
    launch(Kernel(SmallKernels(softmax)));
  }

  //===--------------------------------------------------------------------===//
  // Chains
  //===--------------------------------------------------------------------===//

  void failWithout(const Operation &operation) {
    fail({"layer '" + operation.layer + "' is " + kindOf(operation).name +
              ", for which there is no kernel here",
          ErrorKind::Unsupported});
  }

  /// Stages, products, and what the plan has refused.
  template <typename Kind>
  IfOneOf<void, Kind, Rescaling, Conv2D, Dense, BatchNorm, ReLU, AlignedReshape,
          OutputQuantizer, Dequantizer, qml::Softmax, Conv2DTranspose, LookUp,
          Push, TemporalSum, Recurrence, DifferenceTest, StepActivation,
          StepDequantizer, ScalarActivation>
  make(const Chain &, const Operation &operation, const Kind &) {
    failWithout(operation);
  }

  void makeChain(const Chain &chain) {
    const Operation &operation = program.operations[chain.operation];
    const Tensor &result = program.tensors[operation.output];
    bool isStage =
        !chain.stages.empty() && chain.stages.front() == chain.operation;
    if (isStage)
      map(Copy{elements(operation.inputs[0])}, chain);
    else if (chain.product)
      makeProduct(chain, operation);
    else if (!result.fixed && result.type == ElementType::F32)
      makeFloat(operation);
    else
      std::visit([&](const auto &kind) { make(chain, operation, kind); },
                 operation.kind);
  }

  /// A delivered tensor in its declared type.
  void makeConversion(size_t index) {
    int tensor = plan.deliveries[index].tensor;
    const PlannedTensor &values = plan.tensors[tensor];
    Epilogue epilogue;
    epilogue.channels = int32_t(values.channels);
    epilogue.type = storageTypeOf(program.tensors[tensor].type);
    if (jobs)
      epilogue.out = arena + memory->offsets[plan.tensors.size() + index];
    map(Copy{elements(tensor)}, epilogue, values.elements,
        values.type != StorageType::I64);
  }

  const IntegerPlan &plan;
  const Program &program;
  Device &device;
  IntegerConstants &constants;
  int64_t samples = 1;
  SampleLayout layout;
  const MemoryPlan *memory = nullptr;
  char *arena = nullptr;
  /// Of the buffer; null while there are only constants to be made.
  std::vector<JobPtr> *jobs = nullptr;

  int buffer = 0;
  /// The tensor that the stages of an epilogue have come to.
  int chainValue = -1;
  Status status;
};

} // namespace

Result<IntegerConstants> makeIntegerConstants(const IntegerPlan &plan,
                                              Device &device) {
  IntegerConstants constants;
  if (Status status = JobMaker(plan, device, constants).makeConstants();
      !status)
    return status.takeError();
  return constants;
}

Result<IntegerJobs> makeIntegerJobs(const IntegerPlan &plan, Device &device,
                                    IntegerConstants &constants,
                                    int64_t samples, const MemoryPlan &memory,
                                    char *arena) {
  IntegerJobs jobs;
  JobMaker maker(plan, device, constants);
  if (Status status = maker.makeJobs(samples, memory, arena, jobs); !status)
    return status.takeError();
  return jobs;
}

} // namespace gpu
} // namespace qml
