//===- IntegerMapsTest.cpp - Kernels on single integers, on the host ------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Each source and each stage by itself, for 1 to 4,096 channels, packs and
// single values, 32 and 64 bits, and fewer samples than the chunk holds.
//
//===----------------------------------------------------------------------===//

#include "Guarded.h"
#include "HostGrid.h"

#include "gtest/gtest.h"

#include <cmath>
#include <functional>
#include <limits>
#include <random>

using namespace qml;
using namespace qml::gpu;
using namespace qml::test;

namespace {

constexpr int chunkSamples = 3, realSamples = 2;

struct Random {
  std::mt19937_64 engine{5};
  int64_t integer(int64_t lower, int64_t upper) {
    return std::uniform_int_distribution<int64_t>(lower, upper)(engine);
  }
  template <typename T>
  std::vector<T> vector(int64_t count, int64_t lower, int64_t upper) {
    std::vector<T> values;
    for (int64_t i = 0; i < count; ++i)
      values.push_back(T(integer(lower, upper)));
    return values;
  }
};

/// Runs a source without stages on cells x channels; `expected` gives element
/// (row of the chunk, channel).
template <typename Value, int Width, typename Source>
void checkMap(const Source &source, int64_t cells, int channels,
              const std::function<int64_t(int64_t, int64_t)> &expected) {
  SCOPED_TRACE(std::to_string(channels) + " channels, width " +
               std::to_string(Width) + ", bytes " +
               std::to_string(sizeof(Value)));
  ChunkInfo info = {realSamples, 0};
  Guarded<int64_t> out(size_t(chunkSamples * cells * channels));
  IntegerMap<Source, Value, Width> kernel;
  kernel.info = &info;
  kernel.samples = chunkSamples;
  kernel.sampleElements = int32_t(cells * channels);
  kernel.source = source;
  kernel.epilogue.channels = channels;
  kernel.epilogue.type = StorageType::I64;
  kernel.epilogue.out = out.data();
  ASSERT_EQ(runGrid(kernel), "");
  int64_t used = realSamples * cells * channels;
  ASSERT_TRUE(out.isUntouchedAfter(size_t(used)));
  for (int64_t i = 0; i < used; ++i)
    ASSERT_EQ(out.data()[i], expected(i / channels, i % channels))
        << "row " << i / channels << ", channel " << i % channels;
}

/// In all widths and types.
template <typename Source>
void checkMaps(const Source &source, int64_t cells, int channels, bool fits32,
               const std::function<int64_t(int64_t, int64_t)> &expected) {
  checkMap<int64_t, 1>(source, cells, channels, expected);
  if (!fits32)
    return;
  checkMap<int32_t, 1>(source, cells, channels, expected);
  if (channels % 4 == 0)
    checkMap<int32_t, 4>(source, cells, channels, expected);
}

constexpr int channelCounts[] = {1, 3, 4, 7, 8, 20, 255, 4096};

/// One stage on `values`, one channel after the other.
template <typename Value>
std::vector<int64_t> applyStage(const Stage &stage, int channels,
                                const std::vector<int64_t> &values) {
  Epilogue epilogue;
  epilogue.stages[0] = stage;
  epilogue.numStages = 1;
  epilogue.channels = channels;
  std::vector<int64_t> results;
  for (size_t i = 0; i < values.size(); ++i) {
    Value two[2][1] = {{Value(values[i])}, {Value(values[i])}};
    applyStages(epilogue, int(i % size_t(channels)), RowSpan{0, 2}, two);
    EXPECT_EQ(two[0][0], two[1][0]);
    results.push_back(two[0][0]);
  }
  return results;
}

} // namespace

TEST(IntegerMapsTest, CopiesAndConverts) {
  Random random;
  for (int channels : channelCounts) {
    int64_t count = chunkSamples * 5 * channels;
    auto check = [&](auto zero, StorageType type, int64_t lower,
                     int64_t upper) {
      auto values = random.vector<decltype(zero)>(count, lower, upper);
      Guarded<decltype(zero)> in(values);
      checkMaps(Copy{{in.data(), type}}, 5, channels, sizeof zero < 8,
                [&](int64_t row, int64_t c) {
                  return int64_t(values[size_t(row * channels + c)]);
                });
    };
    check(int8_t(), StorageType::I8, INT8_MIN, INT8_MAX);
    check(uint8_t(), StorageType::U8, 0, UINT8_MAX);
    check(int16_t(), StorageType::I16, INT16_MIN, INT16_MAX);
    check(int32_t(), StorageType::I32, INT32_MIN, INT32_MAX);
    check(int64_t(), StorageType::I64, INT64_MIN, INT64_MAX);
  }
}

TEST(IntegerMapsTest, StoresEachType) {
  int64_t value = -3;
  auto stored = [&](auto zero, StorageType type) {
    Guarded<decltype(zero)> out(size_t(5));
    int32_t four[4] = {1, 2, int32_t(value), 4};
    storeElements(out.data(), type, 0, four);
    EXPECT_TRUE(out.isUntouchedAfter(4));
    return out.data()[2];
  };
  EXPECT_EQ(stored(int8_t(), StorageType::I8), -3);
  EXPECT_EQ(stored(uint8_t(), StorageType::U8), 253);
  EXPECT_EQ(stored(int16_t(), StorageType::I16), -3);
  EXPECT_EQ(stored(int32_t(), StorageType::I32), -3);
  EXPECT_EQ(stored(int64_t(), StorageType::I64), -3);
  EXPECT_EQ(stored(float(), StorageType::F32), -3.0f);
}

TEST(IntegerMapsTest, ShiftedSums) {
  Random random;
  for (int channels : channelCounts)
    for (bool isSmall : {true, false}) {
      int64_t count = chunkSamples * 3 * channels;
      auto a = random.vector<int16_t>(count, INT16_MIN, INT16_MAX);
      auto b = random.vector<int8_t>(count, INT8_MIN, INT8_MAX);
      Guarded<int16_t> inA(a);
      Guarded<int8_t> inB(b);
      int most = isSmall ? 9 : 60;
      auto aShift = random.vector<int32_t>(channels, 0, most);
      auto bShift = random.vector<int32_t>(channels, 0, most);
      ShiftedSum source;
      source.a = {inA.data(), StorageType::I16};
      source.b = {inB.data(), StorageType::I8};
      source.aShift = aShift.data();
      source.bShift = bShift.data();
      source.bounds = {-8000000, 7000000};
      source.isSmall = isSmall;
      // Single operands of small sums stay inside; here that is up to the test.
      if (isSmall)
        source.bounds = {-17000000, 17000000};
      checkMaps(source, 3, channels, true, [&](int64_t row, int64_t c) {
        size_t i = size_t(row * channels + c);
        return clamp(shiftLeft(a[i], aShift[size_t(c)], source.bounds) +
                         shiftLeft(b[i], bShift[size_t(c)], source.bounds),
                     source.bounds);
      });
    }
}

TEST(IntegerMapsTest, DepthwiseAndPools) {
  Random random;
  for (int channels : channelCounts)
    for (int kind = 0; kind < 4; ++kind) {
      IntegerWindow window;
      window.in[0] = 4;
      window.in[1] = 3;
      window.kernel[0] = kind == 0 ? 1 : 3;
      window.kernel[1] = kind == 3 ? 3 : 2;
      window.strides[0] = kind == 2 ? 2 : 1;
      window.dilations[1] = kind == 1 ? 2 : 1;
      window.padBegin[0] = kind == 1 ? 2 : 0;
      window.padBegin[1] = kind == 2 ? 1 : 0;
      window.isTransposed = kind == 3;
      window.out[0] = kind == 3 ? 8 : kind == 1 ? 5 : 2;
      window.out[1] = kind == 3 ? 6 : kind == 2 ? 4 : 1;
      if (window.isTransposed) {
        window.strides[0] = window.strides[1] = 2;
        window.padBegin[0] = window.padBegin[1] = 0;
      }
      auto values = random.vector<int16_t>(chunkSamples * 12 * channels,
                                           INT16_MIN, INT16_MAX);
      Guarded<int16_t> in(values);
      int64_t taps = window.kernel[0] * window.kernel[1];
      Guarded<int32_t> weights(
          random.vector<int32_t>(taps * channels, -200, 200));
      auto shift = random.vector<int32_t>(channels, 0, 7);
      auto padding = random.vector<int64_t>(channels, -300000, 300000);
      auto bias = random.vector<int64_t>(channels, -1000, 1000);
      // The cell of a tap, or -1.
      auto cellOf = [&](int64_t row, int u, int v) -> int64_t {
        int64_t w = row % window.out[1], h = row / window.out[1];
        int64_t n = h / window.out[0];
        h %= window.out[0];
        int64_t y = h * window.strides[0] - window.padBegin[0] + u;
        int64_t x = w - window.padBegin[1] + v * window.dilations[1];
        if (window.isTransposed) {
          if ((h - u) % 2 || (w - v) % 2)
            return -1;
          y = (h - u) / 2;
          x = (w - v) / 2;
        }
        return y < 0 || y > 3 || x < 0 || x > 2 ? -1 : (n * 4 + y) * 3 + x;
      };
      int64_t cells = window.out[0] * window.out[1];
      for (bool isPadded : {false, true})
        for (bool isShifted : {false, true}) {
          IntegerDepthwise source;
          source.in = {in.data(), StorageType::I16};
          source.window = window;
          source.weights = weights.data();
          source.shift = isShifted ? shift.data() : nullptr;
          source.inputBounds = {-1000000, 1000000};
          source.padding = isPadded ? padding.data() : nullptr;
          source.sums.bounds = {-50000000, 60000000};
          source.sums.biasBounds = {-50000500, 60000500};
          source.sums.bias = bias.data();
          source.channels = channels;
          checkMaps(source, cells, channels, true, [&](int64_t row, int64_t c) {
            int64_t sum = 0;
            for (int u = 0; u < window.kernel[0]; ++u)
              for (int v = 0; v < window.kernel[1]; ++v) {
                int64_t cell = cellOf(row, u, v);
                int64_t x = cell >= 0 ? values[size_t(cell * channels + c)] : 0;
                if (cell >= 0 && isShifted)
                  x = clamp(x * (int64_t(1) << shift[size_t(c)]),
                            source.inputBounds);
                if (cell < 0 && isPadded)
                  x = padding[size_t(c)];
                sum +=
                    x *
                    weights.data()[(u * window.kernel[1] + v) * channels + c];
              }
            return clamp(clamp(sum, source.sums.bounds) + bias[size_t(c)],
                         source.sums.biasBounds);
          });
          if (HasFatalFailure())
            return;
        }
      if (window.isTransposed)
        continue;
      IntegerMaxPool pool;
      pool.in = {in.data(), StorageType::I16};
      pool.window = window;
      pool.channels = channels;
      checkMaps(pool, cells, channels, true, [&](int64_t row, int64_t c) {
        int64_t most = INT64_MIN;
        for (int u = 0; u < window.kernel[0]; ++u)
          for (int v = 0; v < window.kernel[1]; ++v)
            if (int64_t cell = cellOf(row, u, v); cell >= 0)
              most =
                  std::max<int64_t>(most, values[size_t(cell * channels + c)]);
        return most;
      });
    }
}

TEST(IntegerMapsTest, ImageSums) {
  Random random;
  for (int channels : channelCounts)
    for (int kind = 0; kind < 3; ++kind) {
      const int cells = 7;
      auto values = random.vector<int16_t>(chunkSamples * cells * channels,
                                           INT16_MIN, INT16_MAX);
      Guarded<int16_t> in(values);
      auto shift = random.vector<int32_t>(channels, 0, kind == 0 ? 8 : 40);
      ImageSum source;
      source.in = {in.data(), StorageType::I16};
      source.cells = cells;
      source.channels = channels;
      source.shift = shift.data();
      source.inputBounds = {-(1 << 25), (1 << 25) - 1};
      source.bounds = {-(1 << 26), (1 << 26) - 1};
      source.saturatesAlways = kind == 1;
      source.isSmall = kind == 0;
      checkMaps(source, 1, channels, true, [&](int64_t row, int64_t c) {
        int64_t sum = 0;
        for (int64_t i = 0; i < cells; ++i) {
          int64_t x = values[size_t((row * cells + i) * channels + c)];
          sum += kind == 0 ? x * (int64_t(1) << shift[size_t(c)])
                           : shiftLeft(x, shift[size_t(c)], source.inputBounds);
          if (kind == 1)
            sum = clamp(sum, source.bounds);
        }
        return clamp(sum, source.bounds);
      });
    }
}

TEST(IntegerMapsTest, QuantizedInputs) {
  const float odd[] = {0.5f,        -0.5f,     1.5f,          2.5f,
                       -2.5f,       1e30f,     -1e30f,        INFINITY,
                       -INFINITY,   NAN,       2147483648.0f, -2147483648.0f,
                       0.49999997f, 8388609.5f};
  Random random;
  for (int channels : {1, 4, 5})
    for (bool isOnChip : {false, true}) {
      std::vector<float> values;
      for (int64_t i = 0; i < chunkSamples * 28 * channels; ++i)
        values.push_back(i % 2 ? odd[random.integer(0, 13)]
                               : float(random.integer(-4000, 4000)) / 16);
      Guarded<float> in(values);
      auto fracBits = random.vector<int32_t>(channels, -3, 5);
      auto zeroPoints = random.vector<int32_t>(channels, -50, 50);
      std::vector<float> scale(size_t(channels), 1.0f / 3);
      QuantizedInput source;
      source.in = {in.data(), StorageType::F32};
      source.isOnChip = isOnChip;
      source.valueBits = 9;
      source.bounds = {isOnChip ? 0 : -512, 511};
      source.fracBits = fracBits.data();
      source.scale = scale.data();
      source.zeroPoints = zeroPoints.data();
      checkMaps(source, 28, channels, true, [&](int64_t row, int64_t c) {
        float x = values[size_t(row * channels + c)];
        int32_t zero = zeroPoints[size_t(c)];
        return isOnChip ? quantizeOnChip(x, 1.0f / 3, zero, {0, 511})
                        : saturate(quantizeToFixed(x, 9, fracBits[size_t(c)],
                                                   Arithmetic::QuantizeML) +
                                       zero,
                                   9, Arithmetic::QuantizeML);
      });
    }
}

TEST(IntegerMapsTest, RowsAndJoins) {
  Random random;
  for (int channels : channelCounts) {
    auto a = random.vector<int8_t>(chunkSamples * 9 * channels, -128, 127);
    auto b = random.vector<int32_t>(chunkSamples * 9 * 6, -99999, 99999);
    Guarded<int8_t> inA(a);
    Guarded<int32_t> inB(b);
    ChosenRows rows;
    rows.in = {inA.data(), StorageType::I8};
    rows.rows = 3;
    rows.inRows = 9;
    rows.first = 2;
    rows.stride = 3;
    rows.channels = channels;
    checkMaps(rows, 3, channels, true, [&](int64_t row, int64_t c) {
      int64_t from = row / 3 * 9 + 2 + row % 3 * 3;
      return int64_t(a[size_t(from * channels + c)]);
    });
    Joined joined;
    joined.add({inA.data(), StorageType::I8}, channels);
    joined.add({inB.data(), StorageType::I32}, 6);
    joined.add({inA.data(), StorageType::I8}, channels);
    auto expected = [&](int64_t row, int64_t c) -> int64_t {
      return c < channels       ? a[size_t(row * channels + c)]
             : c < channels + 6 ? b[size_t(row * 6 + c - channels)]
                                : a[size_t(row * channels + c - channels - 6)];
    };
    checkMap<int32_t, 1>(joined, 9, 2 * channels + 6, expected);
    checkMap<int64_t, 1>(joined, 9, 2 * channels + 6, expected);
  }
}

/// The stages are the functions of FixedPoint.h, with each channel's constants.
TEST(IntegerMapsTest, Stages) {
  Random random;
  const int channels = 3;
  auto values = random.vector<int64_t>(300, -100000, 100000);
  for (int64_t special : {0, 1, -1, 1 << 30, -(1 << 30)})
    values.push_back(special);
  auto check = [&](const Stage &stage, auto expected) {
    std::vector<int64_t> results;
    for (size_t i = 0; i < values.size(); ++i)
      results.push_back(expected(values[i], i % channels));
    EXPECT_EQ(applyStage<int32_t>(stage, channels, values), results);
    EXPECT_EQ(applyStage<int64_t>(stage, channels, values), results);
  };
  int64_t wide[] = {50, -7, INT32_MAX};
  int32_t first[] = {3, 60, 0}, second[] = {-5, 2, -70};
  float scale[] = {3, 1000, 1}, power[] = {1.0f / 32, 4, 0x1p-70f};
  Stage stage;
  stage.kind = StageKind::ReLU;
  stage.wide = wide;
  check(stage, [&](int64_t x, size_t c) {
    return std::min(std::max<int64_t>(x, 0), wide[c]);
  });
  stage.kind = StageKind::Shift;
  stage.first = first;
  stage.bounds = {-70000, 80000};
  check(stage, [&](int64_t x, size_t c) {
    return shiftLeft(x, first[c], stage.bounds);
  });
  stage.kind = StageKind::RequantizeExact;
  stage.second = second;
  stage.buffer = {-90000, 90000};
  stage.bounds = {-128, 1000};
  check(stage, [&](int64_t x, size_t c) {
    return requantizeExact(x, first[c], second[c], stage.buffer, stage.bounds);
  });
  stage.kind = StageKind::RequantizeFloat;
  stage.scale = scale;
  stage.power = power;
  check(stage, [&](int64_t x, size_t c) {
    return int64_t(requantizeFloat32(float(x), scale[c], power[c], -90000,
                                     90000, -128, 1000));
  });
  int64_t sixteenths[] = {1, 99999, 160};
  stage.kind = StageKind::StepActivation;
  stage.bits = 3;
  stage.wide = sixteenths;
  check(stage, [&](int64_t x, size_t c) {
    return activateByStep(x, first[c], sixteenths[c], 3);
  });
  int32_t table[] = {5, -6, 7, 8};
  stage.kind = StageKind::LookUp;
  stage.first = table;
  stage.bounds = {-1, 2};
  check(stage, [&](int64_t x, size_t) {
    return int64_t(table[x < -1 ? 0 : x > 2 ? 3 : x + 1]);
  });
}

/// Another tensor is added to whole packs and to cut ones, where rows exist.
TEST(IntegerMapsTest, AddStages) {
  Random random;
  for (int channels : {1, 3, 4, 6, 8})
    for (bool isSmall : {true, false}) {
      auto other = random.vector<int16_t>(3 * channels, INT16_MIN, INT16_MAX);
      Guarded<int16_t> in(other);
      auto first = random.vector<int32_t>(channels, 0, 8);
      auto second = random.vector<int32_t>(channels, 0, 8);
      Epilogue epilogue;
      epilogue.channels = channels;
      epilogue.numStages = 1;
      Stage &stage = epilogue.stages[0];
      stage.kind = StageKind::Add;
      stage.first = first.data();
      stage.second = second.data();
      stage.other = {in.data(), StorageType::I16};
      stage.bounds = {-8000000, 8000000};
      stage.isSmall = isSmall;
      for (int channel = 0; channel < channels; channel += 4) {
        int32_t values[3][4], before[3][4];
        for (int r = 0; r < 3; ++r)
          for (int lane = 0; lane < 4; ++lane)
            values[r][lane] = before[r][lane] =
                int32_t(random.integer(-20000, 20000));
        RowSpan span = {channels + channel, 2};
        applyStages(epilogue, channel, span, values);
        for (int r = 0; r < 3; ++r)
          for (int lane = 0; lane < 4 && channel + lane < channels; ++lane) {
            auto c = size_t(channel) + size_t(lane);
            int64_t expected = before[r][lane];
            if (r < 2)
              expected = clamp(expected * (int64_t(1) << first[c]) +
                                   other[size_t(1 + r) * size_t(channels) + c] *
                                       (int64_t(1) << second[c]),
                               stage.bounds);
            EXPECT_EQ(values[r][lane], expected);
          }
      }
    }
}

TEST(IntegerMapsTest, Dequantizers) {
  float scale[] = {0.1f, 3}, scale2[] = {1.0f / 3, 7};
  int32_t threshold[] = {5, INT32_MIN};
  Guarded<float> out(size_t(2));
  Epilogue epilogue;
  epilogue.channels = 2;
  epilogue.kind = ResultKind::Scaled;
  epilogue.scale = scale;
  epilogue.out = out.data();
  int64_t values[2] = {16777217, -3};
  auto expect = [&](float a, float b) {
    storeResult(epilogue, 0, 0, values);
    EXPECT_EQ(out.values(), std::vector<float>({a, b}));
  };
  float product = 16777216.0f * 0.1f;
  expect(product, -9);
  epilogue.scale2 = scale2;
  expect(product * (1.0f / 3), -63);
  epilogue.kind = ResultKind::Difference;
  epilogue.threshold = threshold;
  expect(16777212.0f / 0.1f, 2147483648.0f / 3);
}

TEST(IntegerMapsTest, Floats) {
  Random random;
  for (int channels : {1, 3, 300}) {
    int64_t count = chunkSamples * 2 * channels;
    auto a = random.vector<uint8_t>(count, 0, 255);
    auto b = random.vector<float>(count, -100, 100);
    Guarded<uint8_t> inA(a);
    Guarded<float> inB(b), out(b.size());
    std::vector<float> scale, shift;
    for (int c = 0; c < channels; ++c) {
      scale.push_back(1.0f / float(c + 3));
      shift.push_back(float(c) / 7);
    }
    ChunkInfo info = {realSamples, 0};
    FloatMap kernel;
    kernel.info = &info;
    kernel.samples = chunkSamples;
    kernel.sampleElements = 2 * channels;
    kernel.channels = channels;
    kernel.in = {inA.data(), StorageType::U8};
    kernel.in2 = {inB.data(), StorageType::F32};
    kernel.scale = scale.data();
    kernel.shift = shift.data();
    kernel.lower = 0;
    kernel.upper = 90;
    kernel.out = out.data();
    ASSERT_EQ(runGrid(kernel), "");
    int64_t used = realSamples * 2 * channels;
    EXPECT_TRUE(out.isUntouchedAfter(size_t(used)));
    for (int64_t i = 0; i < used; ++i) {
      float scaled = float(a[size_t(i)]) * scale[size_t(i % channels)];
      float sum = scaled + shift[size_t(i % channels)];
      sum = sum + b[size_t(i)];
      ASSERT_EQ(out.data()[i], std::min(std::max(sum, 0.0f), 90.0f));
    }
  }
}
