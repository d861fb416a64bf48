//===- SamplesTest.cpp - Tests of sample sources and batches --------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
#include "qml/Calibration/Samples.h"

#include "gtest/gtest.h"

#include <cmath>
#include <cstring>
#include <limits>

using namespace qml;

template <typename T>
static Array arrayOf(ElementType type, Shape shape,
                     const std::vector<T> &data) {
  auto owner = std::make_shared<std::vector<T>>(data);
  Array array;
  array.type = type;
  array.shape = std::move(shape);
  array.data = owner->data();
  array.owner = owner;
  return array;
}

static Tensor input(ElementType type, Shape shape) {
  return {std::move(shape), type, {}};
}

/// Samples `first` to the end as type T, or the message.
template <typename T>
static std::string read(const Array &array, const Tensor &tensor,
                        std::vector<T> &values, int64_t first = 0) {
  auto source = samplesOf(array, tensor, "s.npy");
  if (!source)
    return source.message();
  int64_t count = (*source)->size() - first;
  values.resize(size_t(count * numElements(tensor.shape)));
  auto data = (*source)->get(first, count, values.data());
  if (!data)
    return data.message();
  std::memcpy(values.data(), *data, values.size() * sizeof(T));
  return "";
}

TEST(Samples, sameTypeIsNotCopied) {
  Array array = arrayOf<uint8_t>(ElementType::U8, {3, 2}, {1, 2, 3, 4, 5, 6});
  auto source = samplesOf(array, input(ElementType::U8, {2}), "s.npy");
  ASSERT_TRUE(bool(source)) << source.message();
  EXPECT_EQ((*source)->size(), 3);
  auto data = (*source)->get(1, 2, nullptr);
  ASSERT_TRUE(bool(data));
  EXPECT_EQ(*data, array.as<uint8_t>() + 2);
}

TEST(Samples, conversionsThatFit) {
  std::vector<float> floats;
  std::vector<uint8_t> bytes;
  std::vector<int8_t> chars;
  std::vector<int16_t> shorts;
  auto F = input(ElementType::F32, {2});
  auto U = input(ElementType::U8, {2});
  EXPECT_EQ(
      read(arrayOf<uint8_t>(ElementType::U8, {1, 2}, {0, 255}), F, floats), "");
  EXPECT_EQ(floats, (std::vector<float>{0, 255}));
  EXPECT_EQ(read(arrayOf<double>(ElementType::F64, {2, 2}, {0, 1, .1, -2.5}), F,
                 floats, 1),
            "");
  EXPECT_EQ(floats, (std::vector<float>{.1f, -2.5f}));
  EXPECT_EQ(read(arrayOf<double>(ElementType::F64, {1, 2}, {255, 3}), U, bytes),
            "");
  EXPECT_EQ(bytes, (std::vector<uint8_t>{255, 3}));
  EXPECT_EQ(read(arrayOf<float>(ElementType::F32, {1, 2}, {-128, 127}),
                 input(ElementType::I8, {2}), chars),
            "");
  EXPECT_EQ(chars, (std::vector<int8_t>{-128, 127}));
  EXPECT_EQ(read(arrayOf<int64_t>(ElementType::I64, {1, 2}, {-32768, 32767}),
                 input(ElementType::I16, {2}), shorts),
            "");
  EXPECT_EQ(shorts, (std::vector<int16_t>{-32768, 32767}));
  EXPECT_EQ(read(arrayOf<int64_t>(ElementType::I64, {1, 2},
                                  {int64_t(1) << 61, -(1 << 24)}),
                 F, floats),
            "");
  EXPECT_EQ(floats, (std::vector<float>{0x1p61f, -0x1p24f}));
  EXPECT_EQ(read(arrayOf<uint8_t>(ElementType::Bool, {1, 2}, {0, 2}), U, bytes),
            "");
  EXPECT_EQ(bytes, (std::vector<uint8_t>{0, 1}));
  EXPECT_EQ(read(arrayOf<uint16_t>(ElementType::F16, {2, 2},
                                   {0x3c00, 0xc100, 0x0001, 0x7bff}),
                 F, floats),
            "");
  EXPECT_EQ(floats, (std::vector<float>{1, -2.5f, 0x1p-24f, 65504}));
}

TEST(Samples, valuesThatDoNotFit) {
  std::vector<float> floats;
  std::vector<uint8_t> bytes;
  std::vector<int8_t> chars;
  auto F = input(ElementType::F32, {2});
  auto U = input(ElementType::U8, {2});
  auto I = input(ElementType::I8, {2});
  constexpr float infinity = std::numeric_limits<float>::infinity();
  auto contains = [](const std::string &message, const char *part) {
    EXPECT_NE(message.find(part), std::string::npos) << message;
  };
  contains(
      read(arrayOf<float>(ElementType::F32, {2, 2}, {1, 2, 3, 3.5f}), U, bytes),
      "s.npy: sample 1 holds 3.5 at (1,), which uint8, the type of the "
      "model's input, does not hold (the samples are float32)");
  contains(read(arrayOf<int16_t>(ElementType::I16, {1, 2}, {1, 256}), U, bytes),
           "sample 0 holds 256 at (1,)");
  contains(read(arrayOf<int8_t>(ElementType::I8, {1, 2}, {1, -1}), U, bytes),
           "holds -1");
  contains(read(arrayOf<uint8_t>(ElementType::U8, {1, 2}, {1, 128}), I, chars),
           "holds 128");
  contains(read(arrayOf<uint64_t>(ElementType::U64, {1, 2}, {1, UINT64_MAX}), I,
                chars),
           "holds 18446744073709551615");
  contains(read(arrayOf<int32_t>(ElementType::I32, {1, 2}, {1, 16777217}), F,
                floats),
           "holds 16777217");
  contains(read(arrayOf<int64_t>(ElementType::I64, {1, 2}, {1, INT64_MAX}), F,
                floats),
           "holds 9223372036854775807");
  contains(read(arrayOf<int64_t>(ElementType::I64, {1, 2}, {INT64_MIN, 1}), F,
                floats),
           "holds -9223372036854775808");
  contains(read(arrayOf<uint64_t>(ElementType::U64, {1, 2}, {UINT64_MAX, 1}), F,
                floats),
           "holds 18446744073709551615");
  contains(
      read(arrayOf<double>(ElementType::F64, {1, 2}, {1e300, 1}), F, floats),
      "holds 1e+300");
  for (float bad : {infinity, -infinity, std::nanf("")}) {
    contains(
        read(arrayOf<float>(ElementType::F32, {3, 2}, {1, 2, 3, 4, bad, 5}), F,
             floats),
        "sample 2 holds");
    contains(
        read(arrayOf<float>(ElementType::F32, {1, 2}, {bad, 5}), F, floats),
        "finite");
    contains(read(arrayOf<double>(ElementType::F64, {1, 2}, {2, double(bad)}),
                  F, floats),
             "finite");
    contains(read(arrayOf<float>(ElementType::F32, {1, 2}, {2, bad}), U, bytes),
             "finite");
  }
}

TEST(Samples, sequences) {
  Array array = arrayOf<uint8_t>(ElementType::U8, {2, 3, 2},
                                 {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11});
  auto sourceOf = [&](Shape shape) {
    return samplesOf(array, input(ElementType::U8, std::move(shape)), "s.npy",
                     /*channelsFirst=*/false, /*sequences=*/true);
  };
  auto sequences = sourceOf({2});
  ASSERT_TRUE(bool(sequences)) << sequences.message();
  EXPECT_EQ((*sequences)->size(), 6);
  EXPECT_EQ((*sequences)->sequenceLength(), 3);
  auto data = (*sequences)->get(4, 2, nullptr);
  ASSERT_TRUE(bool(data));
  EXPECT_EQ(static_cast<const uint8_t *>(*data)[0], 8);
  // Samples go before sequences.
  auto steps = sourceOf({3, 2});
  ASSERT_TRUE(bool(steps));
  EXPECT_EQ((*steps)->size(), 2);
  EXPECT_EQ((*steps)->sequenceLength(), 0);
  auto neither = sourceOf({4});
  ASSERT_FALSE(bool(neither));
  EXPECT_NE(neither.message().find("or one axis of steps more before it"),
            std::string::npos);
  array.shape = {12, 0, 2};
  EXPECT_FALSE(bool(sourceOf({2})));
}

TEST(Samples, shapes) {
  std::vector<uint8_t> data(100);
  auto accepts = [&](Shape array, Shape model) {
    return bool(samplesOf(arrayOf<uint8_t>(ElementType::U8, array, data),
                          input(ElementType::U8, model), "s.npy"));
  };
  EXPECT_TRUE(accepts({2, 4, 4, 1}, {4, 4, 1}));
  EXPECT_TRUE(accepts({2, 4, 4}, {4, 4, 1}));
  EXPECT_TRUE(accepts({5}, {1}));
  EXPECT_TRUE(accepts({5}, {}));
  EXPECT_FALSE(accepts({2, 4, 4}, {4, 4, 3}));
  EXPECT_FALSE(accepts({4, 4}, {4, 4, 1}));
  EXPECT_FALSE(accepts({2, 4, 4, 1}, {4, 4}));
  EXPECT_FALSE(accepts({2, 5, 4, 1}, {4, 5, 1}));
  EXPECT_FALSE(accepts({}, {4}));
  EXPECT_FALSE(accepts({2, 1 << 30, 1 << 30, 1 << 30}, {4}));
  EXPECT_FALSE(samplesOf(arrayOf<uint8_t>(ElementType::U8, {1, 2}, data),
                         input(ElementType::I64, {2}), "s.npy"));
}

TEST(Samples, randomSamplesDependOnTheirIndexAlone) {
  RandomOptions options;
  options.count = 20;
  options.seed = 3;
  auto source = randomSamples(input(ElementType::U8, {5, 7, 3}), options);
  ASSERT_TRUE(bool(source));
  size_t size = (*source)->bytesPerSample();
  ASSERT_EQ(size, 105u);
  std::vector<uint8_t> all(20 * size), some(3 * size);
  ASSERT_TRUE(bool((*source)->get(0, 20, all.data())));
  for (int64_t first = 0; first + 3 <= 20; ++first) {
    ASSERT_TRUE(bool((*source)->get(first, 3, some.data())));
    EXPECT_EQ(std::memcmp(some.data(), all.data() + size_t(first) * size,
                          some.size()),
              0);
  }
  options.seed = 4;
  auto other = randomSamples(input(ElementType::U8, {5, 7, 3}), options);
  ASSERT_TRUE(bool((*other)->get(0, 3, some.data())));
  EXPECT_NE(std::memcmp(some.data(), all.data(), some.size()), 0);
}

/// Extremes and mean of one sample of 3000 values.
struct Statistics {
  double lowest = 1e9, highest = -1e9, mean = 0;
};

static Statistics statisticsOf(const Tensor &tensor,
                               const RandomOptions &options) {
  auto source = randomSamples(tensor, options);
  Statistics result;
  if (!source) {
    ADD_FAILURE() << source.message();
    return result;
  }
  std::vector<char> buffer((*source)->bytesPerSample());
  EXPECT_TRUE(bool((*source)->get(0, 1, buffer.data())));
  int64_t count = numElements(tensor.shape);
  for (int64_t i = 0; i < count; ++i) {
    double value;
    const char *at = buffer.data() + size_t(i) * sizeOf(tensor.type);
    if (tensor.type == ElementType::F32) {
      float real;
      std::memcpy(&real, at, sizeof real);
      value = double(real);
    } else if (tensor.type == ElementType::I16) {
      int16_t integer;
      std::memcpy(&integer, at, sizeof integer);
      value = integer;
    } else {
      value = tensor.type == ElementType::U8 ? double(uint8_t(*at))
                                             : double(int8_t(*at));
    }
    EXPECT_EQ(value, std::floor(value));
    result.lowest = std::min(result.lowest, value);
    result.highest = std::max(result.highest, value);
    result.mean += value / double(count);
  }
  return result;
}

TEST(Samples, randomRanges) {
  RandomOptions options;
  auto expect = [&](ElementType type, int64_t channels, double lowest,
                    double highest) {
    Statistics found = statisticsOf(input(type, {3000, 1, channels}), options);
    double width = highest - lowest;
    EXPECT_GE(found.lowest, lowest);
    EXPECT_LE(found.highest, highest);
    EXPECT_LT(found.lowest, lowest + width / 100);
    EXPECT_GT(found.highest, highest - width / 100);
    EXPECT_NEAR(found.mean, (lowest + highest) / 2, width / 40);
  };
  expect(ElementType::U8, 2, 0, 255);
  expect(ElementType::I8, 2, -128, 127);
  expect(ElementType::I16, 2, -32768, 32767);
  expect(ElementType::F32, 2, 0, 255);
  options.inputType = ElementType::I8;
  expect(ElementType::F32, 3, -128, 127);
  options.inputType = ElementType::I16;
  expect(ElementType::F32, 3, -32768, 32767);
  options.rule = RandomRule::Channels;
  expect(ElementType::F32, 1, 0, 255);
  expect(ElementType::F32, 3, 0, 255);
  expect(ElementType::F32, 2, -128, 127);
  expect(ElementType::I8, 3, -128, 127);

  options.count = 0;
  EXPECT_FALSE(randomSamples(input(ElementType::U8, {3}), options));
  options = {};
  options.inputType = ElementType::F32;
  EXPECT_FALSE(randomSamples(input(ElementType::F32, {3}), options));
}

TEST(Samples, batches) {
  auto expect = [](int64_t available, int64_t numSamples, int64_t batchSize,
                   std::vector<int64_t> sizes) {
    auto batches = planBatches(available, numSamples, batchSize);
    ASSERT_TRUE(bool(batches)) << batches.message();
    ASSERT_EQ(batches->steps, int64_t(sizes.size()));
    int64_t total = 0;
    for (size_t i = 0; i < sizes.size(); ++i) {
      EXPECT_EQ(batches->sizeOf(int64_t(i)), sizes[i]);
      EXPECT_EQ(batches->batchOf(total), int64_t(i));
      total += sizes[i];
    }
    EXPECT_EQ(batches->samples, total);
  };
  expect(10, 10, 4, {4, 4, 2});
  expect(1000, 10, 4, {4, 4, 4}); // up to the end of the last batch
  expect(10, 100, 4, {4, 4, 2});
  expect(3, 100, 5, {3});
  expect(5, 5, 0, {1, 1, 1, 1, 1});
  expect(1024, 4, 0, {256, 256, 256, 256});
  expect(10, 4, 0, {3, 3, 3, 1});
  expect(9, 4, 0, {3, 3, 3}); // one batch less than asked for
  expect(3, 8, 0, {1, 1, 1});
  expect(10, int64_t(1) << 32, int64_t(1) << 32, {10});
  EXPECT_FALSE(planBatches(10, (int64_t(1) << 32) + 1, 1)); // a mistake
  EXPECT_FALSE(planBatches(10, 10, INT64_MAX));
  EXPECT_FALSE(planBatches(0, 10, 1));
  EXPECT_FALSE(planBatches(10, 0, 1));
  EXPECT_FALSE(planBatches(10, 10, -1));
}
