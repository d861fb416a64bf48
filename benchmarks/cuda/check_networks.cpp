//===- check_networks.cpp - Whole networks on a GPU and on the host -------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Random float networks: each kernel bit by bit on a mirrored device; the same
// plan as recordings, which has to give the same bits; and plain loops. Then
// networks of many channels, and well-known ones against the interpreter.
//
//===----------------------------------------------------------------------===//

#include "check.h"

#include "FloatExecutor.h"
#include "HostDevice.h"
#include "RandomNetwork.h"
#include "networks.h"

#include "qml/Calibration/Calibration.h"
#include "qml/Interpreter/Interpreter.h"

namespace qml {
namespace benchmark {

namespace {

using Keys = std::vector<int32_t>;

/// "auto" of what a group has, or null after a failure.
std::unique_ptr<FloatExecutor>
makeExecutor(Check &check, Result<std::unique_ptr<gpu::DeviceGroup>> group,
             const Program &program, const FloatExecutorOptions &options) {
  if (!check.succeeded(group) || !*group)
    return nullptr;
  auto executor = gpu::createExecutor(std::move(*group), program, options);
  return check.succeeded(executor) ? std::move(*executor) : nullptr;
}

std::unique_ptr<gpu::DeviceGroup> makeHost() {
  return std::make_unique<test::HostDeviceGroup>(1);
}

std::vector<uint64_t> countAll(Check &check, FloatExecutor &executor,
                               const SampleSource &samples,
                               const Batching &batches,
                               const BinScales &scales) {
  BatchSpan span{0, batches.steps};
  PieceSpan pieces{0, executor.numPieces(batches, span)};
  std::vector<uint64_t> counts(executor.layout().numHistograms() *
                               histogramBins);
  check.succeeded(
      executor.count(samples, batches, span, pieces, scales, counts, {}));
  return counts;
}

/// The ranges that the host finds by the same states.
Result<Ranges> rangesOf(const ObserverLayout &layout, const Keys &states,
                        const Batching &batches) {
  MovingRanges moving(layout, 0.9);
  for (int64_t batch = 0; batch < batches.steps; ++batch) {
    auto begin = states.begin() + batch * int64_t(layout.size());
    if (Status status = moving.update(
            Keys(begin, begin + int64_t(layout.size())), batches.nameOf(batch));
        !status)
      return status.takeError();
  }
  return std::move(moving).take();
}

/// Bit by bit.
bool areSame(const std::vector<float> &a, const std::vector<float> &b) {
  return a.size() == b.size() &&
         (a.empty() ||
          !std::memcmp(a.data(), b.data(), a.size() * sizeof(float)));
}
bool areSame(const Ranges &a, const Ranges &b) {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(),
                    [](const auto &x, const auto &y) {
                      return x.first == y.first &&
                             areSame(x.second.max, y.second.max) &&
                             areSame(x.second.min, y.second.min);
                    });
}

float valueOf(const ObserverLayout::Entry &entry, int32_t key, bool isMinimum) {
  return isMinimum      ? fromMinimumKey(key)
         : entry.minMax ? fromMaximumKey(key)
                        : fromMagnitudeKey(key);
}

/// The largest difference between the ranges of two states, each relative to
/// its tensor's largest value, or to a hundredth of the largest of all.
double difference(const ObserverLayout &layout, const Keys &a, const Keys &b) {
  std::vector<double> largest, distance;
  double largestOfAll = 0;
  for (size_t base = 0; base < a.size(); base += layout.size())
    for (const ObserverLayout::Entry &entry : layout.entries()) {
      double most = 0, far = 0;
      size_t keys = entry.count * (entry.minMax ? 2 : 1);
      for (size_t i = 0; i < keys; ++i) {
        size_t at = base + entry.offset + i;
        double x = valueOf(entry, a[at], i >= entry.count);
        double y = valueOf(entry, b[at], i >= entry.count);
        most = std::max(most, std::fabs(y));
        double here = std::fabs(x - y);
        far = here > far || std::isnan(here) ? here : far;
      }
      largest.push_back(most);
      distance.push_back(far);
      largestOfAll = std::max(largestOfAll, most);
    }
  double worst = 0;
  for (size_t i = 0; i < largest.size(); ++i) {
    double scale = std::max(largest[i], 0.01 * largestOfAll);
    double here = distance[i] == 0 ? 0 : distance[i] / scale;
    worst = here > worst || std::isnan(here) ? here : worst;
  }
  return worst;
}

/// What is promised of each network: see the head of the file.
class NetworkCheck {
public:
  NetworkCheck(Check &check, const Program &program,
               const SampleSource &samples, const Batching &batches,
               FloatExecutorOptions options)
      : check(check), program(program), samples(samples), batches(batches),
        options(std::move(options)) {}

  void run() {
    Keys mirrored = observeMirrored();
    if (mirrored.empty())
      return;
    auto plain = makeExecutor(check, check.open(), program, options);
    if (!plain)
      return;
    Keys states = test::observeAll(*plain, samples, batches);
    EXPECT_TRUE(states == mirrored) << "recordings give other bits";
    Keys again = test::observeAll(*plain, samples, batches);
    EXPECT_TRUE(states == again) << "a second run gives other bits";
    checkRanges(*plain, states);
    checkCounts(*plain, states);
    if (options.tf32)
      return;
    auto host = makeExecutor(check, makeHost(), program, options);
    if (!host)
      return;
    double far = difference(plain->layout(), states,
                            test::observeAll(*host, samples, batches));
    check.worst("ranges against plain loops", far);
    EXPECT_TRUE(far <= 1e-5) << "ranges differ by " << far;
  }

private:
  Keys observeMirrored() {
    auto mirrored = makeExecutor(check, check.openMirrored(), program, options);
    if (!mirrored)
      return {};
    Keys states = test::observeAll(*mirrored, samples, batches);
    if (states.empty())
      return {};
    // So that each kernel has been looked at.
    check.succeeded(mirrored->startRanges(0.9));
    check.succeeded(mirrored->moveRanges(batches));
    counts = countAll(check, *mirrored, samples, batches,
                      scalesOf(mirrored->layout(), states));
    return states;
  }

  BinScales scalesOf(const ObserverLayout &layout, const Keys &states) const {
    Keys all = emptyState(layout);
    for (size_t base = 0; base < states.size(); base += layout.size())
      merge(all, Keys(states.begin() + int64_t(base),
                      states.begin() + int64_t(base + layout.size())));
    return binScales(layout, all);
  }

  void checkRanges(FloatExecutor &executor, const Keys &states) {
    auto expected = rangesOf(executor.layout(), states, batches);
    CalibrationOptions calibration;
    calibration.numSamples = batches.samples;
    calibration.batchSize = batches.batchSize;
    calibration.epochs = 1;
    auto found = calibrate(executor, samples, calibration);
    if (check.succeeded(expected) && check.succeeded(found)) {
      EXPECT_TRUE(areSame(*expected, *found)) << "ranges move otherwise";
    }
  }

  void checkCounts(FloatExecutor &executor, const Keys &states) {
    std::vector<uint64_t> found = countAll(check, executor, samples, batches,
                                           scalesOf(executor.layout(), states));
    EXPECT_TRUE(found == counts) << "recordings count otherwise";
  }

  Check &check;
  const Program &program;
  const SampleSource &samples;
  const Batching &batches;
  FloatExecutorOptions options;
  std::vector<uint64_t> counts;
};

void checkRandom(Check &check, unsigned seed) {
  testing::Record::get().context = "random network " + std::to_string(seed);
  ++check.cases;
  constexpr int64_t samples = 7;
  test::RandomCase random(seed, samples);
  FloatExecutorOptions options;
  options.chunk = 1 + seed % 4;
  auto batches = planBatches(samples, samples, 1 + seed % 7);
  if (!check.succeeded(batches))
    return;
  NetworkCheck(check, random.program(), *random.source, *batches, options)
      .run();
  options.keep = random.kept;
  if (auto keeping =
          makeExecutor(check, check.open(), random.program(), options))
    random.expectValues(*keeping);
  if (seed % 5 == 0) {
    options.keep.clear();
    options.tf32 = true;
    NetworkCheck(check, random.program(), *random.source, *batches, options)
        .run();
  }
}

/// Each kind of kernel on that many channels.
void checkChannels(Check &check, int64_t channels) {
  testing::Record::get().context = std::to_string(channels) + " channels";
  ++check.cases;
  test::Network network({7, 9, 3}, ElementType::U8, unsigned(channels));
  network.weightScale = .25f;
  int x =
      network.rescaling(network.program.inputs[0].tensor, {1 / 64.f}, {-1.f});
  network.observe(x, true, true);
  auto conv = [&](int from, int64_t kernel, int64_t strides) {
    int y =
        network.conv(from, channels,
                     test::sameWindow(network.shapeOf(from), kernel, strides));
    network.observe(y);
    return y;
  };
  x = network.relu(conv(x, 1, 1), 6.f);
  network.observe(x);
  x = network.depthwise(x, test::sameWindow(network.shapeOf(x), 3, 1));
  network.observe(x, true, true);
  int y = network.depthwise(network.relu(x),
                            test::sameWindow(network.shapeOf(x), 3, 2));
  network.observe(y, false);
  x = network.maxPool(x, test::sameWindow(network.shapeOf(x), 3, 2));
  network.observe(x);
  x = network.relu(network.sum(x, y));
  network.observe(x);
  if (channels <= 256) {
    x = network.sum(conv(x, 3, 1), x);
    network.observe(x, false);
  }
  x = network.zeroPadding(network.batchNorm(x), 1, 0, 0, 2);
  network.observe(x);
  x = network.mean(x);
  network.observe(x, false);
  x = network.softmax(network.dense(x, 10));
  network.observe(x);
  auto samples = network.samples(5);
  FloatExecutorOptions options;
  options.chunk = 4;
  for (int64_t batchSize : {2, 4}) {
    auto batches = planBatches(5, 5, batchSize);
    if (check.succeeded(batches))
      NetworkCheck(check, network.program, *samples, *batches, options).run();
  }
}

//===----------------------------------------------------------------------===//
// Well-known networks
//===----------------------------------------------------------------------===//

/// The state of all samples by the interpreter.
Keys interpret(Check &check, const Program &program, const char *inputs,
               int64_t samples) {
  InterpreterOptions options;
  for (const RangeRequest &request : program.ranges)
    options.keep.push_back(request.tensor);
  auto interpreter = Interpreter::create(program, options);
  if (!check.succeeded(interpreter))
    return {};
  auto arrays = (*interpreter)->run(inputs, samples);
  if (!check.succeeded(arrays))
    return {};
  ObserverLayout layout(program);
  Keys state = emptyState(layout);
  for (size_t r = 0; r < program.ranges.size(); ++r) {
    const ObserverLayout::Entry &entry = layout.entries()[r];
    for (const TensorArray &array : *arrays) {
      if (array.tensor != program.ranges[r].tensor)
        continue;
      const float *values = array.as<float>();
      size_t count = array.data.size() / sizeof(float);
      for (size_t i = 0; i < count; ++i) {
        int32_t *key = &state[entry.offset + i % entry.count];
        if (!entry.minMax) {
          *key = larger(*key, magnitudeKey(values[i]));
          continue;
        }
        *key = larger(*key, maximumKey(values[i]));
        key[entry.count] = larger(key[entry.count], minimumKey(values[i]));
      }
    }
  }
  return state;
}

void checkReference(Check &check, const std::string &name, int64_t size,
                    int64_t count) {
  testing::Record::get().context = name;
  ++check.cases;
  NetworkOptions shape;
  shape.size = size;
  shape.observeEnds = true;
  auto network = makeNetwork(name, shape);
  const Program &program = network->program;
  RandomOptions random;
  random.count = count;
  auto samples =
      randomSamples(program.tensors[size_t(program.inputs[0].tensor)], random);
  auto batches = planBatches(count, count, count);
  if (!check.succeeded(samples) || !check.succeeded(batches))
    return;
  std::vector<char> buffer(size_t(count) * (*samples)->bytesPerSample());
  auto inputs = (*samples)->get(0, count, buffer.data());
  if (!check.succeeded(inputs))
    return;
  Keys expected =
      interpret(check, program, static_cast<const char *>(*inputs), count);
  if (expected.empty())
    return;
  for (bool tf32 : {false, true}) {
    FloatExecutorOptions options;
    options.tf32 = tf32;
    Keys states[2];
    for (Keys &state : states)
      if (auto executor = makeExecutor(check, check.open(), program, options))
        state = test::observeAll(*executor, **samples, *batches);
    if (states[0].size() != expected.size())
      return;
    EXPECT_TRUE(states[0] == states[1]) << "a second run gives other bits";
    double far = difference(ObserverLayout(program), states[0], expected);
    check.worst(name + (tf32 ? ", TF32" : ""), far);
    EXPECT_TRUE(far <= (tf32 ? 0.05 : 1e-5))
        << "ranges differ by " << far << (tf32 ? " with TF32" : "");
    if (check.onHost)
      return;
  }
}

} // namespace

void checkNetworks(Check &check) {
  for (unsigned seed = 0; seed < check.count(60); ++seed)
    if (check.isMine())
      checkRandom(check, seed);
  double due = 0;
  for (int64_t channels :
       {1, 2, 3, 5, 6, 7, 17, 64, 255, 257, 1001, 1024, 2047, 2050, 4096}) {
    due += std::min(check.share, 1.);
    if (due < 1)
      continue;
    due -= 1;
    if (check.isMine())
      checkChannels(check, channels);
  }
  check.notes.push_back("several GPUs in one process need as many: left out");
}

void checkReferences(Check &check) {
  for (const char *name : {"resnet50", "mobilenet"})
    if (check.isMine())
      checkReference(check, name, check.onHost ? 32 : 224,
                     check.onHost ? 1 : std::min(check.count(8), 8u));
}

} // namespace benchmark
} // namespace qml
