//===- KernelsTest.cpp - Kernels one by one, on the host ------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Each kernel against plain loops, over sizes at which index arithmetic goes
// wrong, and with its threads in several orders.
//
//===----------------------------------------------------------------------===//

#include "HostDevice.h"

#include "qml/Calibration/Observers.h"

#include "gtest/gtest.h"

#include <cmath>
#include <random>

using namespace qml;
using namespace qml::gpu;
using namespace qml::test;

namespace {

constexpr Order orders[] = {Order::Forward, Order::Backward, Order::Shuffled};

/// Floats in memory as a device gives it.
class Floats {
public:
  explicit Floats(size_t count) : count(count), memory(allocate(count)) {}
  Floats(size_t count, unsigned seed) : Floats(count) {
    std::mt19937 random(seed);
    for (size_t i = 0; i < count; ++i)
      data()[i] = float(int(random() % 513) - 256) / 64;
  }

  float *data() const { return memory->as<float>(); }
  float &operator[](size_t i) const { return data()[i]; }
  std::vector<float> values() const { return {data(), data() + count}; }

private:
  static MemoryPtr allocate(size_t count) {
    HostDevice device;
    return std::move(*device.allocate(count * sizeof(float)));
  }

  size_t count;
  MemoryPtr memory;
};

/// Two segments of two samples, of which three are there.
struct Chunk {
  static constexpr int segments = 2, segmentSamples = 2, samples = 3;
  ChunkInfo info = {samples, 0};

  template <typename Kernel>
  void aim(Kernel &kernel, int64_t sampleElements, int channels, int width) {
    kernel.walk = makeWalk(&info, segments, segmentSamples, sampleElements,
                           channels, width, 2);
  }
};

float clampTo(float x, const Bounds &bounds) {
  return std::min(std::max(x, bounds.lower), bounds.upper);
}

/// Calls `function` with packs of each width that fits.
template <typename Function>
void forEachWidth(int channels, Function function) {
  function(std::integral_constant<int, 1>());
  if (channels % 4 == 0)
    function(std::integral_constant<int, 4>());
}

struct WindowCase {
  int height, width, channels, kernel, stride, dilation, begin, end;
  /// So much wider than high is the window.
  int wider = 0;

  WindowGeometry geometry() const {
    WindowGeometry result;
    int in[2] = {height, width};
    for (int axis = 0; axis < 2; ++axis) {
      result.in[axis] = in[axis];
      result.kernel[axis] = kernel + axis * wider;
      result.strides[axis] = stride;
      result.dilations[axis] = dilation;
      result.padBegin[axis] = begin;
      result.out[axis] =
          (in[axis] + begin + end - (result.kernel[axis] - 1) * dilation - 1) /
              stride +
          1;
    }
    return result;
  }
};

constexpr WindowCase windows[] = {
    {1, 1, 1, 1, 1, 1, 0, 0},    {5, 7, 3, 3, 1, 1, 1, 1},
    {6, 5, 4, 3, 2, 1, 0, 1},    {9, 9, 8, 3, 2, 2, 2, 2},
    {8, 3, 12, 2, 1, 1, 0, 0},   {7, 7, 5, 5, 3, 1, 2, 1},
    {4, 4, 1028, 3, 1, 1, 1, 1}, {3, 3, 4096, 3, 1, 1, 1, 1},
    {2, 3, 1025, 2, 1, 1, 1, 0}, {13, 11, 16, 3, 1, 1, 1, 1},
    {32, 31, 32, 3, 2, 1, 1, 1}, {6, 9, 4, 2, 1, 1, 1, 1, 2},
    {9, 8, 3, 4, 2, 1, 1, 2, -3}};

/// The values of one window: `outside` for what lies outside of the image.
template <typename Function>
void eachTap(const WindowGeometry &geometry, int oy, int ox,
             Function function) {
  for (int i = 0; i < geometry.kernel[0]; ++i)
    for (int j = 0; j < geometry.kernel[1]; ++j) {
      int y = oy * geometry.strides[0] - geometry.padBegin[0] +
              i * geometry.dilations[0];
      int x = ox * geometry.strides[1] - geometry.padBegin[1] +
              j * geometry.dilations[1];
      bool isInside =
          y >= 0 && y < geometry.in[0] && x >= 0 && x < geometry.in[1];
      function(i * geometry.kernel[1] + j,
               isInside ? int64_t(y) * geometry.in[1] + x : int64_t(-1));
    }
}

/// Runs a window kernel and compares its results, and what it observed of its
/// input and its result.
template <typename Source, typename Expected>
void checkWindow(const WindowCase &test, Source source, Expected expected) {
  WindowGeometry geometry = test.geometry();
  int channels = test.channels;
  int64_t inElements = int64_t(test.height) * test.width * channels;
  int64_t outElements = int64_t(geometry.out[0]) * geometry.out[1] * channels;
  constexpr int total = Chunk::segments * Chunk::segmentSamples;
  Floats in(size_t(total * inElements), 3);
  source.in.data = in.data();
  std::vector<float> bias(size_t(channels), .25f);
  source.in.bias = bias.data();
  source.in.bounds.lower = -1;
  source.in.bounds.upper = 2;
  auto input = [&](int64_t sample, int64_t cell, int channel) {
    float x = in[size_t(sample * inElements + cell * channels + channel)];
    return clampTo(x + .25f, source.in.bounds);
  };
  for (Order order : orders)
    forEachWidth(channels, [&](auto width) {
      Chunk chunk;
      ElementPass<Source, width> kernel;
      kernel.source = source;
      chunk.aim(kernel, outElements, channels, width);
      // Rubbish where nothing may be written.
      Floats out(size_t(total * outElements));
      for (int64_t i = 0; i < total * outElements; ++i)
        out[size_t(i)] = -77;
      kernel.source.out = out.data();
      int64_t size = 2 * channels;
      std::vector<int32_t> states(size_t(Chunk::segments * size), emptyKey);
      kernel.observer = {states.data(), size, channels,
                         ObserverKind::Magnitude};
      kernel.source.inputObservers[0] = {states.data() + channels, size,
                                         channels, ObserverKind::Magnitude};
      ASSERT_EQ(runGrid(kernel, order), "");

      std::vector<int32_t> seen(states.size(), emptyKey);
      for (int64_t n = 0; n < total; ++n) {
        int32_t *state = seen.data() + n / Chunk::segmentSamples * size;
        for (int64_t i = 0; i < outElements; ++i) {
          float found = out[size_t(n * outElements + i)];
          if (n >= Chunk::samples) {
            ASSERT_EQ(found, -77) << "sample " << n << " is not there";
            continue;
          }
          int channel = int(i % channels);
          int64_t cell = i / channels;
          float wanted = expected(geometry, n, int(cell / geometry.out[1]),
                                  int(cell % geometry.out[1]), channel, input);
          // The mean of no cells is not a number.
          ASSERT_TRUE(found == wanted ||
                      (std::isnan(found) && std::isnan(wanted)))
              << "sample " << n << ", element " << i << " is " << found
              << ", not " << wanted;
          state[channel] = larger(state[channel], magnitudeKey(found));
        }
        if (n >= Chunk::samples)
          continue;
        // What some window reads.
        for (int oy = 0; oy < geometry.out[0]; ++oy)
          for (int ox = 0; ox < geometry.out[1]; ++ox)
            eachTap(geometry, oy, ox, [&](int, int64_t cell) {
              for (int c = 0; c < channels && cell >= 0; ++c) {
                int32_t &key = state[channels + c];
                key = larger(key, magnitudeKey(input(n, cell, c)));
              }
            });
      }
      ASSERT_EQ(states, seen);
    });
}

} // namespace

TEST(KernelsTest, Depthwise) {
  for (const WindowCase &test : windows) {
    SCOPED_TRACE(testing::Message() << test.height << " x " << test.width
                                    << " x " << test.channels);
    size_t taps = size_t(test.kernel * (test.kernel + test.wider));
    Floats weights(taps * size_t(test.channels), 5);
    Floats bias(size_t(test.channels), 6), padding(size_t(test.channels), 7);
    Depthwise source;
    source.geometry = test.geometry();
    source.kernel = weights.data();
    source.bias = {bias.data(), test.channels};
    source.padding = {padding.data(), test.channels};
    source.bounds.lower = 0;
    source.bounds.upper = 6;
    checkWindow(test, source,
                [&](const WindowGeometry &geometry, int64_t n, int oy, int ox,
                    int c, auto input) {
                  float sum = 0;
                  eachTap(geometry, oy, ox, [&](int tap, int64_t cell) {
                    float x = cell < 0 ? padding[size_t(c)] : input(n, cell, c);
                    sum += x * weights[size_t(tap * test.channels + c)];
                  });
                  return clampTo(sum + bias[size_t(c)], source.bounds);
                });
    if (HasFatalFailure())
      return;
  }
}

TEST(KernelsTest, MaxPool) {
  for (const WindowCase &test : windows) {
    SCOPED_TRACE(testing::Message() << test.height << " x " << test.width
                                    << " x " << test.channels);
    MaxPool source;
    source.geometry = test.geometry();
    source.bounds.upper = 1.5f;
    checkWindow(test, source,
                [&](const WindowGeometry &geometry, int64_t n, int oy, int ox,
                    int c, auto input) {
                  float best = -INFINITY;
                  eachTap(geometry, oy, ox, [&](int, int64_t cell) {
                    if (cell >= 0)
                      best = std::max(best, input(n, cell, c));
                  });
                  return clampTo(best, source.bounds);
                });
    if (HasFatalFailure())
      return;
  }
}

TEST(KernelsTest, AveragePool) {
  for (const WindowCase &test : windows) {
    SCOPED_TRACE(testing::Message() << test.height << " x " << test.width
                                    << " x " << test.channels);
    AveragePool source;
    source.geometry = test.geometry();
    source.bounds.upper = 1.5f;
    checkWindow(test, source,
                [&](const WindowGeometry &geometry, int64_t n, int oy, int ox,
                    int c, auto input) {
                  float total = 0, count = 0;
                  eachTap(geometry, oy, ox, [&](int, int64_t cell) {
                    if (cell < 0)
                      return;
                    total += input(n, cell, c);
                    ++count;
                  });
                  return clampTo(total / count, source.bounds);
                });
    if (HasFatalFailure())
      return;
  }
}

TEST(KernelsTest, Mean) {
  for (WindowCase test : windows) {
    SCOPED_TRACE(testing::Message() << test.height << " x " << test.width
                                    << " x " << test.channels);
    // The window is the whole image.
    int height = test.height, width = test.width, channels = test.channels;
    constexpr int total = Chunk::segments * Chunk::segmentSamples;
    size_t elements = size_t(height * width * channels);
    Floats in(total * elements, 11);
    for (Order order : orders)
      forEachWidth(channels, [&](auto packs) {
        Chunk chunk;
        ElementPass<Mean, packs> kernel;
        kernel.source.in.data = in.data();
        kernel.source.cells = height * width;
        Floats out(size_t(total * channels));
        kernel.source.out = out.data();
        std::vector<int32_t> state(size_t(2 * Chunk::segments), emptyKey);
        kernel.observer = {state.data(), 2, 1, ObserverKind::MinMax};
        chunk.aim(kernel, channels, channels, packs);
        ASSERT_EQ(runGrid(kernel, order), "");
        std::vector<int32_t> seen(state.size(), emptyKey);
        for (int n = 0; n < Chunk::samples; ++n)
          for (int c = 0; c < channels; ++c) {
            double sum = 0;
            for (int i = 0; i < height * width; ++i)
              sum +=
                  double(in[size_t(n) * elements + size_t(i * channels + c)]);
            float mean = float(sum / double(height * width));
            ASSERT_EQ(out[size_t(n * channels + c)], mean);
            int32_t *keys = seen.data() + n / Chunk::segmentSamples * 2;
            keys[0] = larger(keys[0], maximumKey(mean));
            keys[1] = larger(keys[1], minimumKey(mean));
          }
        ASSERT_EQ(state, seen);
      });
    if (HasFatalFailure())
      return;
  }
}

TEST(KernelsTest, Pad) {
  for (int channels : {1, 3, 4, 1025, 4096}) {
    WindowGeometry geometry;
    int in[2] = {3, 2}, begin[2] = {1, 2}, end[2] = {0, 1};
    for (int axis = 0; axis < 2; ++axis) {
      geometry.in[axis] = in[axis];
      geometry.padBegin[axis] = begin[axis];
      geometry.out[axis] = in[axis] + begin[axis] + end[axis];
    }
    int cells = geometry.out[0] * geometry.out[1];
    constexpr int total = Chunk::segments * Chunk::segmentSamples;
    Floats image(size_t(total * in[0] * in[1] * channels), 2);
    Floats value(size_t(channels), 4);
    for (Order order : orders)
      forEachWidth(channels, [&](auto packs) {
        Chunk chunk;
        ElementPass<Pad, packs> kernel;
        kernel.source.in = image.data();
        kernel.source.value = {value.data(), channels};
        kernel.source.geometry = geometry;
        Floats out(size_t(total * cells * channels));
        kernel.source.out = out.data();
        chunk.aim(kernel, cells * channels, channels, packs);
        ASSERT_EQ(runGrid(kernel, order), "");
        for (int n = 0; n < Chunk::samples; ++n)
          for (int i = 0; i < cells; ++i)
            for (int c = 0; c < channels; ++c) {
              int y = i / geometry.out[1] - begin[0];
              int x = i % geometry.out[1] - begin[1];
              bool isInside = y >= 0 && y < in[0] && x >= 0 && x < in[1];
              float wanted =
                  isInside ? image[size_t(
                                 ((n * in[0] + y) * in[1] + x) * channels + c)]
                           : value[size_t(c)];
              ASSERT_EQ(out[size_t((n * cells + i) * channels + c)], wanted);
            }
      });
  }
}

TEST(KernelsTest, Patches) {
  for (const WindowCase &test : windows) {
    SCOPED_TRACE(testing::Message() << test.height << " x " << test.width
                                    << " x " << test.channels);
    WindowGeometry geometry = test.geometry();
    int channels = test.channels;
    int64_t fan = int64_t(test.kernel) * (test.kernel + test.wider) * channels;
    int64_t rows = int64_t(geometry.out[0]) * geometry.out[1];
    int64_t inElements = int64_t(test.height) * test.width * channels;
    constexpr int total = Chunk::segments * Chunk::segmentSamples;
    Floats in(size_t(total * inElements), 12);
    Floats padding(size_t(channels), 13);
    for (Order order : orders)
      forEachWidth(channels, [&](auto packs) {
        Chunk chunk;
        ElementPass<Patches, packs> kernel;
        kernel.source.in = in.data();
        kernel.source.padding = {padding.data(), channels};
        kernel.source.geometry = geometry;
        kernel.source.channels = channels;
        Floats out(size_t(total * rows * fan));
        kernel.source.out = out.data();
        chunk.aim(kernel, rows * fan, int(fan), packs);
        ASSERT_EQ(runGrid(kernel, order), "");
        for (int n = 0; n < Chunk::samples; ++n)
          for (int64_t row = 0; row < rows; ++row)
            eachTap(
                geometry, int(row / geometry.out[1]),
                int(row % geometry.out[1]), [&](int tap, int64_t cell) {
                  for (int c = 0; c < channels; ++c) {
                    float wanted =
                        cell < 0
                            ? padding[size_t(c)]
                            : in[size_t(n * inElements + cell * channels + c)];
                    ASSERT_EQ(out[size_t((n * rows + row) * fan +
                                         tap * channels + c)],
                              wanted);
                  }
                });
      });
    if (HasFatalFailure())
      return;
  }
}

namespace {

/// bytes * scale + shift, and what is observed of it.
template <typename T>
void checkSamples(int channels, bool perAxis) {
  constexpr int total = Chunk::segments * Chunk::segmentSamples;
  constexpr int cells = 37;
  int64_t elements = int64_t(cells) * channels;
  Floats memory(size_t(total * elements));
  T *samples = reinterpret_cast<T *>(memory.data());
  std::mt19937 random(1);
  for (int64_t i = 0; i < total * elements; ++i)
    samples[i] = T(int(random() % 256) - (std::is_signed_v<T> ? 128 : 0));
  Floats scale(size_t(channels), 8), shift(size_t(channels), 9);
  auto check = [&](auto packs, Order order) {
    Chunk chunk;
    ElementPass<Samples<T>, packs> kernel;
    kernel.source.samples = samples;
    kernel.source.scale = {scale.data(), perAxis ? channels : 1};
    kernel.source.shift = {shift.data(), perAxis ? channels : 1};
    Floats out(size_t(total * elements));
    kernel.source.out = out.data();
    chunk.aim(kernel, elements, channels, packs);
    ASSERT_EQ(runGrid(kernel, order), "");
    for (int64_t i = 0; i < total * elements; ++i) {
      size_t c = perAxis ? size_t(i % channels) : 0;
      float scaled = float(samples[i]) * scale[c];
      float wanted = i < Chunk::samples * elements ? scaled + shift[c] : 0;
      ASSERT_EQ(out[size_t(i)], wanted) << "element " << i;
    }
  };
  for (Order order : orders) {
    check(std::integral_constant<int, 1>(), order);
    if (packWidth(Chunk::segments, Chunk::segmentSamples, elements) == 4)
      check(std::integral_constant<int, 4>(), order);
  }
}

} // namespace

TEST(KernelsTest, Samples) {
  for (int channels : {1, 2, 3, 4, 6, 300, 1024, 4096})
    for (bool perAxis : {false, true}) {
      SCOPED_TRACE(channels);
      checkSamples<uint8_t>(channels, perAxis);
      checkSamples<int8_t>(channels, perAxis);
      checkSamples<int16_t>(channels, perAxis);
      checkSamples<float>(channels, perAxis);
      if (HasFatalFailure())
        return;
    }
}

TEST(KernelsTest, CombineDoesAllInOrderAndInPlace) {
  for (int channels : {1, 3, 6, 8, 260, 4096}) {
    SCOPED_TRACE(channels);
    constexpr int total = Chunk::segments * Chunk::segmentSamples;
    int64_t elements = int64_t(channels) * 10;
    Floats biasA(size_t(channels), 1), biasB(size_t(channels), 2),
        scale(size_t(channels), 3), shift(size_t(channels), 4);
    auto check = [&](auto packs, Order order) {
      Floats a(size_t(total * elements), 5), b(size_t(total * elements), 6);
      std::vector<float> before = a.values();
      Chunk chunk;
      ElementPass<Combine, packs> kernel;
      Combine &source = kernel.source;
      source.a = {a.data(), biasA.data(), {0, 3}};
      source.b = {b.data(), biasB.data(), {-1, 1}};
      source.scale = {scale.data(), channels};
      source.shift = {shift.data(), channels};
      source.bounds = {-2, 5};
      source.out = a.data();
      int64_t size = 3 * channels;
      std::vector<int32_t> states(size_t(Chunk::segments * size), emptyKey);
      kernel.observer = {states.data(), size, channels,
                         ObserverKind::Magnitude};
      for (int i = 0; i < 2; ++i)
        source.inputObservers[i] = {states.data() + (i + 1) * channels, size,
                                    channels, ObserverKind::Magnitude};
      chunk.aim(kernel, elements, channels, packs);
      ASSERT_EQ(runGrid(kernel, order), "");
      std::vector<int32_t> seen(states.size(), emptyKey);
      for (int64_t i = 0; i < total * elements; ++i) {
        size_t c = size_t(i % channels);
        if (i >= Chunk::samples * elements) {
          ASSERT_EQ(a[size_t(i)], before[size_t(i)]);
          continue;
        }
        float x = clampTo(before[size_t(i)] + biasA[c], {0, 3});
        float y = clampTo(b[size_t(i)] + biasB[c], {-1, 1});
        float scaled = x * scale[c];
        float shifted = scaled + shift[c];
        float wanted = clampTo(shifted + y, {-2, 5});
        ASSERT_EQ(a[size_t(i)], wanted) << "element " << i;
        int32_t *state =
            seen.data() + i / elements / Chunk::segmentSamples * size;
        state[c] = larger(state[c], magnitudeKey(wanted));
        state[size_t(channels) + c] =
            larger(state[size_t(channels) + c], magnitudeKey(x));
        state[size_t(2 * channels) + c] =
            larger(state[size_t(2 * channels) + c], magnitudeKey(y));
      }
      ASSERT_EQ(states, seen);
    };
    for (Order order : orders) {
      check(std::integral_constant<int, 1>(), order);
      check(std::integral_constant<int, 4>(), order);
    }
    if (HasFatalFailure())
      return;
  }
}

/// The rows are checked against double precision.
static void checkSoftmax(int channels, Order order, bool isLogarithm) {
  constexpr int rows = 3;
  Floats values(size_t(rows * channels), 1);
  // exp overflows without the maximum; the softmax of the others is zero.
  values[0] = 600;
  std::vector<float> x = values.values();
  SoftmaxRows kernel;
  kernel.in = kernel.out = values.data();
  kernel.rows = rows;
  kernel.channels = channels;
  kernel.isLogarithm = isLogarithm;
  ASSERT_EQ(runGrid(kernel, order), "");
  for (int row = 0; row < rows; ++row) {
    const float *from = x.data() + row * channels;
    double most = *std::max_element(from, from + channels), sum = 0;
    for (int c = 0; c < channels; ++c)
      sum += std::exp(double(from[c]) - most);
    for (int c = 0; c < channels; ++c) {
      double logarithm = double(from[c]) - most - std::log(sum);
      double expected = isLogarithm ? logarithm : std::exp(logarithm);
      ASSERT_NEAR(values[size_t(row * channels + c)], expected,
                  1e-6 * std::max(1.0, std::abs(expected)))
          << "row " << row << ", channel " << c << " of " << channels
          << (isLogarithm ? ", logarithm" : "");
    }
  }
}

TEST(KernelsTest, Softmax) {
  for (int channels : {1, 2, 31, 32, 127, 128, 129, 1000, 4096})
    for (Order order : orders)
      for (bool isLogarithm : {false, true}) {
        checkSoftmax(channels, order, isLogarithm);
        if (HasFatalFailure())
          return;
      }
}

//===----------------------------------------------------------------------===//
// States
//===----------------------------------------------------------------------===//

TEST(KernelsTest, CommitAddsSegmentsToTheirBatches) {
  for (int64_t size : {1, 255, 256, 257, 1000})
    for (int samples : {1, 2, 3, 4, 5, 6}) {
      constexpr int segments = 3, segmentSamples = 2, batches = 5;
      ChunkInfo info = {samples, 2};
      std::mt19937 random{unsigned(size)};
      std::vector<int32_t> chunk, states;
      for (int64_t i = 0; i < segments * size; ++i)
        chunk.push_back(int32_t(random()));
      for (int64_t i = 0; i < batches * size; ++i)
        states.push_back(int32_t(random()));
      std::vector<int32_t> expected = states, left = chunk;
      for (int s = 0; s * segmentSamples < samples; ++s)
        for (int64_t i = 0; i < size; ++i) {
          int32_t &state = expected[size_t((2 + s) * size + i)];
          state = std::max(state, chunk[size_t(s * size + i)]);
          left[size_t(s * size + i)] = emptyKey;
        }
      CommitKeys commit;
      commit.info = &info;
      commit.chunk = chunk.data();
      commit.states = states.data();
      commit.size = size;
      commit.segments = segments;
      commit.segmentSamples = segmentSamples;
      ASSERT_EQ(runGrid(commit, Order::Shuffled), "");
      EXPECT_EQ(states, expected);
      EXPECT_EQ(chunk, left);
    }
}

TEST(KernelsTest, ClearLeavesNothingAndNoMore) {
  for (int64_t count : {1, 255, 256, 257, 5000}) {
    std::vector<int32_t> keys(size_t(count + 1), 5);
    ASSERT_EQ(runGrid(ClearKeys{keys.data(), count}), "");
    for (int64_t i = 0; i < count; ++i)
      ASSERT_EQ(keys[size_t(i)], emptyKey);
    EXPECT_EQ(keys.back(), 5);
  }
}

TEST(KernelsTest, HeaderIsTaken) {
  ChunkInfo from = {3, 7}, to = {};
  ASSERT_EQ(runGrid(TakeInfo{&from, &to}), "");
  EXPECT_EQ(to.samples, 3);
  EXPECT_EQ(to.firstBatch, 7);
}

namespace {

/// Requests of a made-up program, some for many channels.
struct RangeCase {
  Program program;
  ObserverLayout layout;
  std::vector<StateEntry> entries;

  RangeCase() : program(make()), layout(program) {
    for (const ObserverLayout::Entry &entry : layout.entries())
      entries.push_back(
          {int64_t(entry.offset), int32_t(entry.count), entry.minMax});
  }

  static Program make() {
    Program program;
    for (int64_t channels : {1, 5, 127, 128, 129, 4096}) {
      int tensor = int(program.tensors.size());
      program.tensors.push_back({{2, 2, channels}, ElementType::F32, {}});
      std::string name = "layer" + std::to_string(channels);
      program.ranges.push_back({tensor, name, true, false});
      program.ranges.push_back({tensor, name + "_all", false, false});
      program.ranges.push_back({tensor, name + "_both", true, true});
    }
    return program;
  }

  MoveRanges kernel(const std::vector<int32_t> &states, int batches,
                    std::vector<float> &ranges, uint64_t &failure) const {
    MoveRanges move;
    move.entries = entries.data();
    move.numEntries = int32_t(entries.size());
    move.states = states.data();
    move.size = int64_t(layout.size());
    move.batches = batches;
    move.firstBatch = 3;
    move.rate = float(1 - .9);
    move.ranges = ranges.data();
    move.failure = &failure;
    return move;
  }
};

} // namespace

TEST(KernelsTest, RangesMoveAsOnTheHost) {
  RangeCase test;
  constexpr int batches = 4;
  size_t size = test.layout.size();
  std::mt19937 random(2);
  std::vector<int32_t> states;
  for (int batch = 0; batch < batches; ++batch)
    for (const ObserverLayout::Entry &entry : test.layout.entries())
      for (size_t i = 0; i < entry.count * (entry.minMax ? 2 : 1); ++i) {
        // Exactly 1 at the start: what comes next replaces it once more.
        float x = batch == 0 ? 1.f : float(random() % 1000) / 37;
        bool isMinimum = i >= entry.count;
        states.push_back(isMinimum      ? minimumKey(-x)
                         : entry.minMax ? maximumKey(x)
                                        : magnitudeKey(x));
      }
  MovingRanges expected(test.layout, .9);
  for (int batch = 0; batch < batches; ++batch)
    ASSERT_TRUE(bool(expected.update(
        ObserverState(states.begin() + batch * ptrdiff_t(size),
                      states.begin() + (batch + 1) * ptrdiff_t(size)),
        "batch")));
  Ranges wanted = std::move(expected).take();
  for (Order order : orders) {
    std::vector<float> ranges(size, freshRange);
    uint64_t failure = UINT64_MAX;
    ASSERT_EQ(runGrid(test.kernel(states, batches, ranges, failure), order),
              "");
    EXPECT_EQ(failure, UINT64_MAX);
    for (const ObserverLayout::Entry &entry : test.layout.entries()) {
      auto begin = ranges.begin() + ptrdiff_t(entry.offset);
      auto middle = begin + ptrdiff_t(entry.count);
      EXPECT_EQ(wanted[entry.layer].max, std::vector<float>(begin, middle));
      if (entry.minMax) {
        EXPECT_EQ(wanted[entry.layer].min,
                  std::vector<float>(middle, middle + ptrdiff_t(entry.count)));
      }
    }
  }
}

TEST(KernelsTest, FirstFailureIsRemembered) {
  RangeCase test;
  constexpr int batches = 3;
  size_t size = test.layout.size();
  std::vector<int32_t> states(batches * size, magnitudeKey(2.f));
  // Later batches fail earlier in the layout.
  states[2 * size + 1] = magnitudeKey(NAN);
  states[size + 5000] = magnitudeKey(INFINITY);
  states[size + 5001] = magnitudeKey(NAN);
  for (Order order : orders) {
    std::vector<float> ranges(size, freshRange);
    uint64_t failure = UINT64_MAX;
    ASSERT_EQ(runGrid(test.kernel(states, batches, ranges, failure), order),
              "");
    EXPECT_EQ(failure, 2 * ((3 + 1) * size + 5000));
  }
}
