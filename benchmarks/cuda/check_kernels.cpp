//===- check_kernels.cpp - Kernels one by one -----------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Each is launched on a mirrored device, which compares all memory afterwards:
// there is nothing to be expected here. Networks launch the others.
//
//===----------------------------------------------------------------------===//

#include "check.h"

#include <random>

namespace qml {
namespace benchmark {

using namespace gpu;

namespace {

constexpr float infinity = __builtin_inff();

class Launcher {
public:
  Launcher(Check &check, Device &device, unsigned seed)
      : check(check), device(device), random(seed) {}

  int64_t pick(int64_t lower, int64_t upper) {
    return std::uniform_int_distribution<int64_t>(lower, upper)(random);
  }
  bool coin() { return pick(0, 1); }

  enum class Kind { Ordinary, Finite, Any };

  /// Ordinary values; now and then finite ones that are odd, or also those that
  /// calibration must notice. Arithmetic on the latter makes NaN, whose bits
  /// are not the same everywhere.
  std::vector<float> floats(int64_t count, Kind kind = Kind::Ordinary) {
    std::uniform_real_distribution<float> uniform(-3, 5);
    std::vector<float> values(static_cast<size_t>(count));
    for (float &value : values)
      value = uniform(random);
    static const float odd[] = {
        0.f,     -0.f,     1e-45f, -1e-45f,  -1.2e-38f, 1.0000001192f,
        3.4e38f, -3.4e38f, 1.f,    infinity, -infinity, __builtin_nanf("")};
    if (kind != Kind::Ordinary)
      for (size_t i = 0; i < values.size(); i += 1 + random() % 97)
        values[i] = odd[random() % (kind == Kind::Any ? 12 : 9)];
    return values;
  }

  /// Memory of the device with those values.
  template <typename T>
  T *put(const std::vector<T> &values) {
    size_t bytes = values.size() * sizeof(T);
    auto memory = device.allocate(bytes);
    if (!check.succeeded(memory))
      return nullptr;
    T *data = (*memory)->template as<T>();
    if (bytes)
      check.succeeded(device.upload(data, values.data(), bytes));
    memories.push_back(std::move(*memory));
    return data;
  }
  template <typename T>
  T *room(int64_t count) {
    return put(std::vector<T>(static_cast<size_t>(count)));
  }

  void launch(const Kernel &kernel, const std::string &what) {
    testing::Record::get().context = what;
    ++check.cases;
    check.succeeded(device.makeLaunch(kernel)->enqueue());
    testing::Record::get().context.clear();
  }

  /// A walk over a tensor whose last samples may be missing.
  Walk walk(int segments, int segmentSamples, int64_t elements, int channels,
            int width) {
    int all = segments * segmentSamples;
    int there = coin() ? all : int(pick(0, all));
    samples = all;
    text = std::to_string(there) + " samples in " + std::to_string(segments) +
           " segments of " + std::to_string(segmentSamples) + ", " +
           std::to_string(elements) + " elements, " + std::to_string(channels) +
           " channels, packs of " + std::to_string(width);
    return makeWalk(put<ChunkInfo>({{there, 0}}), segments, segmentSamples,
                    elements, channels, width, device.multiprocessors());
  }
  Observer observer(int segments, int channels) {
    Observer observer;
    observer.kind = ObserverKind(pick(0, 2));
    observer.count = coin() ? channels : 1;
    observer.segmentStride = 2 * int64_t(observer.count) + pick(0, 3);
    observer.state = put(std::vector<int32_t>(
        size_t(observer.segmentStride * segments + 2), emptyKey));
    ++observer.state;
    return observer;
  }
  PerChannel perChannel(int channels) {
    if (coin())
      return {};
    int count = coin() ? channels : 1;
    return {put(floats(count)), count};
  }
  SourceTensor input(int64_t elements, int channels) {
    SourceTensor input;
    input.data =
        put(floats(elements, pick(0, 3) ? Kind::Ordinary : Kind::Finite));
    if (coin())
      input.bias = put(floats(channels));
    input.bounds = bounds();
    return input;
  }
  Bounds bounds() {
    Bounds bounds;
    if (coin())
      bounds.lower = 0;
    if (coin())
      bounds.upper = 2.5f;
    return bounds;
  }

  template <typename Source, int Width>
  void pass(const Source &source, const Walk &walk, const Observer &observer,
            const char *what) {
    ElementPass<Source, Width> kernel;
    kernel.walk = walk;
    kernel.source = source;
    kernel.observer = observer;
    launch(ElementPasses<Width>(kernel), std::string(what) + ", " + text);
  }

  template <int Width>
  void look(int segments, int segmentSamples, int64_t elements, int channels) {
    Walk over = walk(segments, segmentSamples, elements, channels, Width);
    Look source;
    source.in = put(floats(samples * elements, Kind::Any));
    for (int i = 0; i < 3; ++i)
      pass<Look, Width>(source, over, observer(segments, channels), "look");
  }

  template <int Width>
  void combine(int segments, int segmentSamples, int64_t elements,
               int channels) {
    Walk over = walk(segments, segmentSamples, elements, channels, Width);
    Combine source;
    source.a = input(samples * elements, channels);
    if (coin())
      source.b = input(samples * elements, channels);
    source.scale = perChannel(channels);
    source.shift = perChannel(channels);
    source.bounds = bounds();
    for (Observer &each : source.inputObservers) {
      each = observer(segments, channels);
      if (each.kind == ObserverKind::MinMax)
        each.kind = ObserverKind::Magnitude;
    }
    source.out = coin() ? const_cast<float *>(source.a.data)
                        : room<float>(samples * elements);
    pass<Combine, Width>(source, over, observer(segments, channels), "combine");
  }

  template <typename T, int Width>
  void load(int segments, int segmentSamples, int64_t elements, int channels) {
    Walk over = walk(segments, segmentSamples, elements, channels, Width);
    std::vector<T> values(static_cast<size_t>(samples * elements));
    for (T &value : values)
      value = T(pick(-32768, 32767));
    Samples<T> source;
    source.samples = put(values);
    source.scale = perChannel(channels);
    source.shift = perChannel(channels);
    source.out = room<float>(samples * elements);
    pass<Samples<T>, Width>(source, over, observer(segments, channels), "load");
  }

  void passes(int segments, int segmentSamples, int64_t cells, int channels) {
    memories.clear();
    int64_t elements = cells * channels;
    auto all = [&](auto packs) {
      constexpr int width = decltype(packs)::value;
      look<width>(segments, segmentSamples, elements, channels);
      combine<width>(segments, segmentSamples, elements, channels);
      load<uint8_t, width>(segments, segmentSamples, elements, channels);
      load<int8_t, width>(segments, segmentSamples, elements, channels);
      load<int16_t, width>(segments, segmentSamples, elements, channels);
      load<float, width>(segments, segmentSamples, elements, channels);
    };
    all(std::integral_constant<int, 1>());
    if (packWidth(segments, segmentSamples, elements) == 4)
      all(std::integral_constant<int, 4>());
    check.succeeded(device.wait());
  }

  void countBins(int channels, int64_t cells) {
    memories.clear();
    CountBins kernel;
    int samples = int(pick(1, 5));
    kernel.info = put<ChunkInfo>({{int32_t(pick(0, samples)), 0}});
    kernel.sampleElements = cells * channels;
    kernel.channels = channels;
    kernel.count = coin() ? channels : 1;
    kernel.magnitude = coin();
    kernel.data = put(floats(samples * kernel.sampleElements,
                             coin() ? Kind::Any : Kind::Ordinary));
    std::vector<float> lower, scale;
    for (int i = 0; i < kernel.count; ++i) {
      lower.push_back(kernel.magnitude ? 0.f : -3.f);
      scale.push_back(histogramBins / (coin() ? 8.f : 2.f));
    }
    kernel.lower = put(lower);
    kernel.scale = put(scale);
    kernel.counts = room<uint64_t>(int64_t(kernel.count) * histogramBins);
    kernel.rowBlocks = int32_t(pick(1, 5));
    launch(SmallKernels(kernel),
           "count bins of " + std::to_string(cells) + " cells, " +
               std::to_string(channels) + " channels, " +
               std::to_string(kernel.count) + " histograms");
  }

  /// States into ranges, as batches bring them.
  void states(int layers) {
    memories.clear();
    std::vector<StateEntry> entries;
    int64_t size = 0;
    for (int i = 0; i < layers; ++i) {
      int32_t count = coin() ? 1 : int32_t(pick(2, 600));
      int32_t minMax = pick(0, 3) == 0;
      entries.push_back({size, count, minMax});
      size += int64_t(count) * (1 + minMax);
    }
    int segments = int(pick(1, 6)), segmentSamples = int(pick(1, 4));
    int batches = segments + int(pick(0, 9));
    bool special = pick(0, 3) == 0;
    auto keys = [&](int64_t count) {
      std::vector<int32_t> values(static_cast<size_t>(count), emptyKey);
      for (int32_t &key : values)
        if (pick(0, 9))
          key = pick(0, 99) || !special ? int32_t(pick(0, 0x7f7fffff))
                                        : int32_t(0x7f800000 + pick(0, 3));
      return values;
    };

    ClearKeys clear;
    clear.count = pick(1, 3000);
    clear.keys = put(keys(clear.count + 3)) + 1;
    launch(SmallKernels(clear), "clear");

    TakeInfo take;
    int there = int(pick(0, segments * segmentSamples));
    int32_t firstBatch = int32_t(pick(0, batches - segments));
    take.from = put<ChunkInfo>({{there, firstBatch}});
    take.to = room<ChunkInfo>(1);
    launch(SmallKernels(take), "take header");

    CommitKeys commit;
    commit.info = take.to;
    commit.chunk = put(keys(segments * size));
    commit.states = put(keys(batches * size));
    commit.size = size;
    commit.segments = segments;
    commit.segmentSamples = segmentSamples;
    launch(SmallKernels(commit), "commit");

    MoveRanges move;
    move.entries = put(entries);
    move.numEntries = layers;
    move.states = commit.states;
    move.size = size;
    move.batches = batches;
    move.firstBatch = pick(0, 100);
    move.rate = 0.1f;
    move.ranges = put(std::vector<float>(size_t(size), freshRange));
    move.failure = put<uint64_t>({UINT64_MAX});
    for (int i = 0; i < 2; ++i)
      launch(SmallKernels(move), "move ranges");
  }

  void softmax(int rows, int channels) {
    memories.clear();
    SoftmaxRows kernel;
    kernel.rows = rows;
    kernel.channels = channels;
    kernel.isLogarithm = coin();
    kernel.in = put(floats(int64_t(rows) * channels));
    kernel.out = coin() ? const_cast<float *>(kernel.in)
                        : room<float>(int64_t(rows) * channels);
    launch(SmallKernels(kernel),
           (kernel.isLogarithm ? "log softmax of " : "softmax of ") +
               std::to_string(rows) + " x " + std::to_string(channels));
  }

private:
  Check &check;
  Device &device;
  std::mt19937 random;
  std::vector<MemoryPtr> memories;
  int64_t samples = 0;
  std::string text;
};

} // namespace

void checkKernels(Check &check) {
  auto group = check.openMirrored();
  if (!group)
    return;
  Launcher launcher(check, *group->devices.front(), unsigned(check.shard) + 1);
  static constexpr int channels[] = {1,    2,    3,    5,    6,    7,    8,
                                     17,   64,   100,  255,  256,  257,  1000,
                                     1001, 1024, 1026, 2047, 2048, 4095, 4096};
  // A share of the cases, spread over all of them.
  double due = 0;
  for (int count : channels)
    for (int64_t cells : {1, 3, 49}) {
      due += std::min(check.share, 1.);
      if (due < 1 || count * cells > 60000)
        continue;
      due -= 1;
      if (!check.isMine())
        continue;
      launcher.passes(1, 3, cells, count);
      launcher.passes(3, 2, cells, count);
    }
  if (check.share >= 0.5)
    for (int count : {3, 4, 320})
      if (check.isMine())
        launcher.passes(1, 4, 3136, count);
  for (unsigned i = 0; i < check.count(40); ++i) {
    if (!check.isMine())
      continue;
    launcher.countBins(int(launcher.pick(1, 40)), launcher.pick(1, 700));
    launcher.states(int(launcher.pick(1, 12)));
  }
  for (int count : {1, 2, 31, 32, 33, 127, 128, 129, 1000, 4097})
    launcher.softmax(int(launcher.pick(1, 9)), count);
}

} // namespace benchmark
} // namespace qml
