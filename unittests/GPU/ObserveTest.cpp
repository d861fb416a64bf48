//===- ObserveTest.cpp - Reductions of GPU kernels, on the host -----------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "HostGrid.h"

#include "gtest/gtest.h"

#include <cmath>
#include <limits>
#include <random>

using namespace qml;
using namespace qml::gpu;
using namespace qml::test;

namespace {

/// Values of every kind: ordinary ones, denormals, zeros of both signs, and
/// what calibration must notice.
std::vector<float> randomValues(size_t count, unsigned seed, bool special) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> uniform(-3, 5);
  std::vector<float> values(count);
  for (float &value : values)
    value = uniform(random);
  static const float odd[] = {0.f,
                              -0.f,
                              std::numeric_limits<float>::denorm_min(),
                              -std::numeric_limits<float>::denorm_min(),
                              std::numeric_limits<float>::max(),
                              std::numeric_limits<float>::infinity(),
                              -std::numeric_limits<float>::infinity(),
                              std::numeric_limits<float>::quiet_NaN()};
  if (special)
    for (size_t i = 0; i < count; i += 1 + random() % 97)
      values[i] = odd[random() % 8];
  return values;
}

struct Case {
  int segments;
  int segmentSamples;
  int realSamples;
  int64_t cells; ///< of one sample
  int channels;
  int multiprocessors;
};

/// Memory as a device gives it: aligned to 256 bytes.
template <typename T>
class Aligned {
public:
  explicit Aligned(const std::vector<T> &values)
      : count(values.size()), storage(count * sizeof(T) + 256) {
    std::copy(values.begin(), values.end(), data());
  }
  T *data() {
    uintptr_t address = reinterpret_cast<uintptr_t>(storage.data());
    return reinterpret_cast<T *>((address + 255) / 256 * 256);
  }

private:
  size_t count;
  std::vector<char> storage;
};

template <int Width>
void checkObserver(const Case &test, bool perAxis, ObserverKind kind,
                   Order order, bool special) {
  SCOPED_TRACE("segments " + std::to_string(test.segments) + " of " +
               std::to_string(test.segmentSamples) + ", samples " +
               std::to_string(test.realSamples) + ", cells " +
               std::to_string(test.cells) + ", channels " +
               std::to_string(test.channels) + ", width " +
               std::to_string(Width) + (perAxis ? ", per axis" : ""));
  int64_t elements = test.cells * test.channels;
  std::vector<float> values = randomValues(
      size_t(test.segments * test.segmentSamples * elements), 5, special);
  Aligned<float> data(values);
  int count = perAxis ? test.channels : 1;
  int64_t size = count * (kind == ObserverKind::MinMax ? 2 : 1);
  // A key on each side that nobody may touch.
  std::vector<int32_t> state(size_t(test.segments * (size + 2)), emptyKey);

  ChunkInfo info = {test.realSamples, 0};
  ElementPass<Look, Width> kernel;
  kernel.walk = makeWalk(&info, test.segments, test.segmentSamples, elements,
                         test.channels, Width, test.multiprocessors);
  kernel.source.in = data.data();
  kernel.observer = {state.data() + 1, size + 2, count, kind};
  ASSERT_EQ(runGrid(kernel, order), "");

  for (int segment = 0; segment < test.segments; ++segment) {
    std::vector<int32_t> expected(size_t(size + 2), emptyKey);
    int64_t first = int64_t(segment) * test.segmentSamples;
    for (int64_t n = first;
         n < std::min<int64_t>(first + test.segmentSamples, test.realSamples);
         ++n)
      for (int64_t i = 0; i < elements; ++i) {
        float x = values[size_t(n * elements + i)];
        size_t at = 1 + size_t(perAxis ? i % test.channels : 0);
        if (kind == ObserverKind::Magnitude) {
          expected[at] = std::max(expected[at], magnitudeKey(x));
          continue;
        }
        expected[at] = std::max(expected[at], maximumKey(x));
        expected[at + size_t(count)] =
            std::max(expected[at + size_t(count)], minimumKey(x));
      }
    std::vector<int32_t> found(state.begin() + segment * (size + 2),
                               state.begin() + (segment + 1) * (size + 2));
    ASSERT_EQ(found, expected) << "segment " << segment;
  }
}

void checkObservers(const Case &test, Order order, bool special) {
  for (bool perAxis : {false, true})
    for (ObserverKind kind : {ObserverKind::Magnitude, ObserverKind::MinMax}) {
      checkObserver<1>(test, perAxis, kind, order, special);
      if (packWidth(test.segments, test.segmentSamples,
                    test.cells * test.channels) == 4)
        checkObserver<4>(test, perAxis, kind, order, special);
    }
}

} // namespace

TEST(ObserveTest, OddSizes) {
  for (int channels : {1, 2, 3, 5, 6, 7, 8, 17, 64, 100, 255, 257})
    for (int64_t cells : {1, 2, 3, 49, 121})
      checkObservers({1, 3, 3, cells, channels, 1}, Order::Forward, false);
}

TEST(ObserveTest, ManyChannels) {
  for (int channels : {1000, 1001, 1024, 1026, 2047, 4095, 4096})
    checkObservers({1, 5, 5, 3, channels, 2}, Order::Backward, true);
}

TEST(ObserveTest, Segments) {
  // The last ones lack samples, or have none; 5 * 7 elements a sample start
  // packs in the middle unless they are read one by one.
  for (int samples : {1, 3, 4, 7, 11, 12})
    for (int channels : {1, 5, 8})
      checkObservers({4, 3, samples, 7, channels, 3}, Order::Shuffled, true);
}

TEST(ObserveTest, SpecialValues) {
  for (int channels : {1, 3, 16, 300})
    checkObservers({2, 4, 7, 50, channels, 8}, Order::Forward, true);
}

TEST(ObserveTest, ManyBlocksInAnyOrder) {
  for (Order order : {Order::Forward, Order::Backward, Order::Shuffled}) {
    checkObservers({1, 8, 8, 3136, 3, 4}, order, false);
    checkObservers({1, 8, 8, 3136, 4, 4}, order, false);
    checkObservers({1, 4, 4, 100, 320, 4}, order, false);
  }
}

TEST(ObserveTest, NoSamples) {
  checkObservers({2, 3, 0, 5, 4, 1}, Order::Forward, false);
}

namespace {

/// A barrier that half of the threads skip.
struct Deadlock {
  static constexpr int threads = 64;
  static constexpr bool cooperates = true;
  Grid grid() const { return {}; }
  size_t sharedBytes() const { return 0; }
  template <typename Thread>
  void run(Thread &thread) const {
    if (thread.index() < 32)
      thread.sync();
  }
};

/// Reads what another thread may not have written yet.
struct Race {
  static constexpr int threads = 64;
  static constexpr bool cooperates = true;
  int32_t *out;
  bool isRepaired;
  Grid grid() const { return {}; }
  size_t sharedBytes() const { return threads * sizeof(int32_t); }
  template <typename Thread>
  void run(Thread &thread) const {
    int32_t *shared = thread.template shared<int32_t>();
    shared[thread.index()] = thread.index();
    if (isRepaired)
      thread.sync();
    out[thread.index()] = shared[(thread.index() + 1) % threads];
  }
};

} // namespace

TEST(HostGridTest, FindsBarriersThatNotAllReach) {
  EXPECT_NE(runGrid(Deadlock()), "");
}

TEST(HostGridTest, ShowsRaces) {
  auto results = [](bool isRepaired, Order order) {
    std::vector<int32_t> out(Race::threads);
    EXPECT_EQ(runGrid(Race{out.data(), isRepaired}, order), "");
    return out;
  };
  EXPECT_NE(results(false, Order::Forward), results(false, Order::Backward));
  EXPECT_EQ(results(true, Order::Forward), results(true, Order::Backward));
}
