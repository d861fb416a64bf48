//===- IntegerMaps.h - Kernels that make values one by one ------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Each thread makes the values of some neighbouring channels, sends them
// through the epilogue and stores them. Where the values come from is the
// source:
//
//   template <int Width, typename Value>
//   void get(const Position &at, Value (&values)[Width]) const;
//
// The formulas are those of qml/Program/Program.h. Sums are made modulo 2^32
// where complete sums provably fit, else in 128 bits.
//
//===----------------------------------------------------------------------===//

#ifndef QML_LIB_GPU_INTEGERMAPS_H
#define QML_LIB_GPU_INTEGERMAPS_H

#include "IntegerValues.h"

#include "qml/Program/Moves.h"

#include <type_traits>

namespace qml {
namespace gpu {

/// Where values lie in the result.
struct Position {
  uint32_t element; ///< of the chunk
  uint32_t row;     ///< vector of channels, of the chunk
  int32_t channel;
};

template <typename Source, typename Value, int Width>
struct IntegerMap {
  static constexpr const char *name = Source::name;
  static constexpr int threads = 256;
  static constexpr bool cooperates = false;

  const ChunkInfo *info = nullptr;
  int32_t samples = 1;        ///< of the chunk
  int32_t sampleElements = 1; ///< of the result, a multiple of the channels
  Source source;
  Epilogue epilogue;

  Grid grid() const {
    int64_t packs = int64_t(samples) * sampleElements / Width;
    return {unsigned((packs + threads - 1) / threads)};
  }
  size_t sharedBytes() const { return 0; }

  template <typename Thread>
  QML_DEVICE void run(Thread &thread) const {
    uint32_t element =
        (thread.block().x * unsigned(threads) + unsigned(thread.index())) *
        unsigned(Width);
    if (element >= uint32_t(info->samples) * uint32_t(sampleElements))
      return;
    uint32_t channels = uint32_t(epilogue.channels);
    Position at = {element, element / channels, int32_t(element % channels)};
    Value values[1][Width] = {};
    source.get(at, values[0]);
    applyStages(epilogue, at.channel, RowSpan{int64_t(element), 1}, values);
    storeResult(epilogue, element, at.channel, values[0]);
  }
};

/// What bounds complete sums, and sums with the bias.
struct SumBounds {
  IntegerRange bounds = {0, 0};
  IntegerRange biasBounds = {0, 0};
  const int64_t *bias = nullptr; ///< one per channel
  bool wrapsAround = false;
  bool saturatesOnce = false;
};

/// `Sum` holds the sum, also with the bias. If it has 32 bits, the host has cut
/// the bounds to them; nothing wraps around then.
template <typename Value, typename Sum>
QML_DEVICE Value finishSum(const SumBounds &bounds, Sum sum, int channel) {
  if (sizeof(Sum) > 4 && bounds.wrapsAround)
    sum = static_cast<int32_t>(static_cast<uint32_t>(sum));
  if (!bounds.saturatesOnce)
    sum = clampTo(sum, bounds.bounds);
  return static_cast<Value>(
      clampTo(static_cast<Sum>(sum + static_cast<Sum>(bounds.bias[channel])),
              bounds.biasBounds));
}

/// The type of sums for values of a type, and the one in which they are added.
template <typename Value>
using SumOf = std::conditional_t<sizeof(Value) == 4, int32_t, Int128>;
template <typename Value>
using UnsignedSumOf = std::conditional_t<sizeof(Value) == 4, uint32_t, UInt128>;

//===----------------------------------------------------------------------===//
// Sources
//===----------------------------------------------------------------------===//

/// A tensor as it is.
struct Copy {
  static constexpr const char *name = "integer elements";
  Elements in;

  template <int Width, typename Value>
  QML_DEVICE void get(const Position &at, Value (&values)[Width]) const {
    loadElements(in, at.element, values);
  }
};

/// (a << aShift) + (b << bShift), each bounded.
struct ShiftedSum {
  static constexpr const char *name = "integer sum";
  Elements a, b;
  const int32_t *aShift = nullptr; ///< one per channel
  const int32_t *bShift = nullptr;
  IntegerRange bounds = {0, 0};
  bool isSmall = false; ///< see Stage::isSmall

  template <int Width, typename Value>
  QML_DEVICE void get(const Position &at, Value (&values)[Width]) const {
    Value left[Width], right[Width];
    loadElements(a, at.element, left);
    loadElements(b, at.element, right);
    QML_UNROLL
    for (int i = 0; i < Width; ++i) {
      int32_t aBits = aShift[at.channel + i], bBits = bShift[at.channel + i];
      values[i] = addShifted(left[i], aBits, right[i], bBits, bounds, isSmall);
    }
  }
};

/// a * b, bounded. b may have one value for each channel of a sample.
struct IntegerProduct {
  static constexpr const char *name = "integer product";
  Elements a, b;
  int32_t sampleElements = 1; ///< of a, and of the result
  int32_t channels = 1;
  bool isVector = false; ///< b
  IntegerRange bounds = {0, 0};

  template <int Width, typename Value>
  QML_DEVICE void get(const Position &at, Value (&values)[Width]) const {
    using Wide = std::conditional_t<sizeof(Value) == 4, int64_t, Int128>;
    int64_t sample = at.element / uint32_t(sampleElements);
    Value left[Width], right[Width];
    loadElements(a, at.element, left);
    loadElements(b, isVector ? sample * channels + at.channel : at.element,
                 right);
    QML_UNROLL
    for (int i = 0; i < Width; ++i)
      values[i] = static_cast<Value>(
          clampTo(static_cast<Wide>(left[i]) * right[i], bounds));
  }
};

/// A depthwise convolution, transposed or not.
struct IntegerDepthwise {
  static constexpr const char *name = "integer depthwise convolution";
  Elements in;
  IntegerWindow window;
  const int32_t *weights = nullptr; ///< (kh, kw, channels)
  /// One per channel; null where the weights contain the shifts.
  const int32_t *shift = nullptr;
  IntegerRange inputBounds = {0, 0};
  /// One per channel, what stands outside of the image; null for zeros.
  const int64_t *padding = nullptr;
  SumBounds sums;
  int32_t channels = 1;

  template <int Width, typename Value>
  QML_DEVICE void get(const Position &at, Value (&values)[Width]) const {
    using Unsigned = UnsignedSumOf<Value>;
    Unsigned sum[Width];
    QML_UNROLL
    for (int i = 0; i < Width; ++i)
      sum[i] = 0;
    IntegerTaps taps(window, at.row);
    const int32_t *weight = weights + at.channel;
    for (int32_t u = 0; u < window.kernel[0]; ++u)
      for (int32_t v = 0; v < window.kernel[1]; ++v, weight += channels) {
        int32_t cell = taps.cell(window, u, v);
        if (cell < 0 && !padding)
          continue;
        Value x[Width];
        if (cell >= 0)
          read(int64_t(cell) * channels + at.channel, at.channel, x);
        else
          for (int i = 0; i < Width; ++i)
            x[i] = static_cast<Value>(padding[at.channel + i]);
        Pack<int32_t, Width> w = load<Width>(weight);
        QML_UNROLL
        for (int i = 0; i < Width; ++i)
          sum[i] += static_cast<Unsigned>(x[i]) * static_cast<Unsigned>(w[i]);
      }
    QML_UNROLL
    for (int i = 0; i < Width; ++i)
      values[i] = finishSum<Value>(sums, static_cast<SumOf<Value>>(sum[i]),
                                   at.channel + i);
  }

private:
  template <int Width, typename Value>
  QML_DEVICE void read(int64_t element, int channel, Value (&x)[Width]) const {
    loadElements(in, element, x);
    if (!shift)
      return;
    QML_UNROLL
    for (int i = 0; i < Width; ++i)
      x[i] =
          static_cast<Value>(shiftLeft(x[i], shift[channel + i], inputBounds));
  }
};

/// The maximum over the window; cells outside take no part.
struct IntegerMaxPool {
  static constexpr const char *name = "integer maximum pooling";
  Elements in;
  IntegerWindow window;
  int32_t channels = 1;

  template <int Width, typename Value>
  QML_DEVICE void get(const Position &at, Value (&values)[Width]) const {
    IntegerTaps taps(window, at.row);
    bool isFirst = true;
    taps.eachInside(window, [&](int32_t cell) {
      Value x[Width];
      loadElements(in, int64_t(cell) * channels + at.channel, x);
      QML_UNROLL
      for (int i = 0; i < Width; ++i)
        values[i] = isFirst || x[i] > values[i] ? x[i] : values[i];
      isFirst = false;
    });
  }
};

/// The sum over the cells of a window that lie inside, times a factor by their
/// number.
struct IntegerAveragePool {
  static constexpr const char *name = "integer average pooling";
  Elements in;
  IntegerWindow window;
  int32_t channels = 1;
  const int64_t *factors = nullptr; ///< by the number of cells
  IntegerRange bounds = {0, 0};

  template <int Width, typename Value>
  QML_DEVICE void get(const Position &at, Value (&values)[Width]) const {
    IntegerTaps taps(window, at.row);
    // Of values of 32 bits no sum of so many leaves 64.
    using Sum = std::conditional_t<sizeof(Value) == 4, int64_t, Int128>;
    Sum sums[Width];
    QML_UNROLL
    for (int i = 0; i < Width; ++i)
      sums[i] = 0;
    int32_t count = 0;
    taps.eachInside(window, [&](int32_t cell) {
      Value x[Width];
      loadElements(in, int64_t(cell) * channels + at.channel, x);
      QML_UNROLL
      for (int i = 0; i < Width; ++i)
        sums[i] += x[i];
      ++count;
    });
    QML_UNROLL
    for (int i = 0; i < Width; ++i)
      values[i] = static_cast<Value>(
          clampTo(static_cast<Int128>(sums[i]) * factors[count], bounds));
  }
};

/// The sum of each channel over the image.
struct ImageSum {
  static constexpr const char *name = "integer sum over images";
  Elements in;
  int32_t cells = 1; ///< of one image
  int32_t channels = 1;
  const int32_t *shift = nullptr; ///< one per channel
  IntegerRange inputBounds = {0, 0};
  IntegerRange bounds = {0, 0};
  /// The sum is bounded after each addition, not only at the end.
  bool saturatesAlways = false;
  /// No shift and no sum leaves 32 bits, nor its bounds before the end.
  bool isSmall = false;

  template <int Width, typename Value>
  QML_DEVICE void get(const Position &at, Value (&values)[Width]) const {
    int64_t element = int64_t(at.row) * cells * channels + at.channel;
    if (isSmall)
      sum<int32_t>(element, at.channel, values);
    else
      sum<Int128>(element, at.channel, values);
  }

private:
  template <typename Sum, int Width, typename Value>
  QML_DEVICE void sum(int64_t element, int channel,
                      Value (&values)[Width]) const {
    Sum sums[Width];
    QML_UNROLL
    for (int i = 0; i < Width; ++i)
      sums[i] = 0;
    for (int32_t cell = 0; cell < cells; ++cell, element += channels) {
      Value x[Width];
      loadElements(in, element, x);
      QML_UNROLL
      for (int i = 0; i < Width; ++i) {
        if (sizeof(Sum) == 4) {
          sums[i] += static_cast<Sum>(x[i]);
          continue;
        }
        sums[i] += shiftLeft(x[i], shift[channel + i], inputBounds);
        if (saturatesAlways)
          sums[i] = clampTo(sums[i], bounds);
      }
    }
    QML_UNROLL
    for (int i = 0; i < Width; ++i) {
      if (sizeof(Sum) == 4)
        sums[i] *= static_cast<Sum>(int64_t(1) << shift[channel + i]);
      values[i] = static_cast<Value>(clampTo(sums[i], bounds));
    }
  }
};

/// Floats become integers.
struct QuantizedInput {
  static constexpr const char *name = "quantize input";
  Elements in;
  bool isOnChip = false; ///< see quantizeOnChip
  int32_t valueBits = 0;
  IntegerRange bounds = {0, 0};
  const int32_t *fracBits = nullptr;   ///< one per channel; else
  const float *scale = nullptr;        ///< one per channel
  const int32_t *zeroPoints = nullptr; ///< one per channel

  template <int Width, typename Value>
  QML_DEVICE void get(const Position &at, Value (&values)[Width]) const {
    float x[Width];
    loadElements(in, at.element, x);
    QML_UNROLL
    for (int i = 0; i < Width; ++i) {
      int channel = at.channel + i;
      int64_t value =
          isOnChip ? quantizeOnChip(x[i], scale[channel], zeroPoints[channel],
                                    bounds)
                   : clamp(quantizeToFixed(x[i], valueBits, fracBits[channel],
                                           Arithmetic::QuantizeML) +
                               zeroPoints[channel],
                           bounds);
      values[i] = static_cast<Value>(value);
    }
  }
};

/// Tensors joined along the last axis.
struct Joined {
  static constexpr const char *name = "join";
  static constexpr int maxInputs = 32;
  Elements in[maxInputs];
  int32_t first[maxInputs + 1] = {}; ///< channel of each; at the end, of all
  int32_t count = 0;

  void add(const Elements &elements, int32_t channels) {
    in[count] = elements;
    first[count + 1] = first[count] + channels;
    ++count;
  }

  template <int Width, typename Value>
  QML_DEVICE void get(const Position &at, Value (&values)[Width]) const {
    static_assert(Width == 1, "packs may lie in several");
    int i = 0;
    while (first[i + 1] <= at.channel)
      ++i;
    int32_t channels = first[i + 1] - first[i];
    loadElements(in[i], int64_t(at.row) * channels + at.channel - first[i],
                 values);
  }
};

/// Elements at other places.
struct MovedIntegers {
  static constexpr const char *name = "integer move";
  Elements in;
  MoveGeometry move;

  template <int Width, typename Value>
  QML_DEVICE void get(const Position &at, Value (&values)[Width]) const {
    static_assert(Width == 1, "neighbours may be apart");
    int64_t sample = at.element / move.outElements;
    int64_t from = move.find(at.element % move.outElements);
    if (from < 0)
      values[0] = 0;
    else
      loadElements(in, sample * move.inElements + from, values);
  }
};

/// Each `stride`-th row of a tensor, from row `first` of each sample on.
struct ChosenRows {
  static constexpr const char *name = "rows";
  Elements in;
  int32_t rows = 1;   ///< of a sample of the result
  int32_t inRows = 1; ///< of a sample of the input
  int32_t first = 0;
  int32_t stride = 1;
  int32_t channels = 1;

  template <int Width, typename Value>
  QML_DEVICE void get(const Position &at, Value (&values)[Width]) const {
    uint32_t sample = at.row / uint32_t(rows), row = at.row % uint32_t(rows);
    int64_t from = int64_t(sample) * inRows + first + int64_t(row) * stride;
    loadElements(in, from * channels + at.channel, values);
  }
};

//===----------------------------------------------------------------------===//
// Floats in front of a quantizer, or after a dequantizer
//===----------------------------------------------------------------------===//

/// bounds(x * scale + shift [+ b]), each step rounded to float32.
struct FloatMap {
  static constexpr const char *name = "integers to floats";
  static constexpr int threads = 256;
  static constexpr bool cooperates = false;

  const ChunkInfo *info = nullptr;
  int32_t samples = 1;
  int32_t sampleElements = 1;
  int32_t channels = 1;
  Elements in;
  Elements in2;                 ///< data may be null
  const float *scale = nullptr; ///< one per channel, or null, as is
  const float *shift = nullptr;
  float lower = -__builtin_inff();
  float upper = __builtin_inff();
  float *out = nullptr;

  Grid grid() const {
    int64_t elements = int64_t(samples) * sampleElements;
    return {unsigned((elements + threads - 1) / threads)};
  }
  size_t sharedBytes() const { return 0; }

  template <typename Thread>
  QML_DEVICE void run(Thread &thread) const {
    uint32_t i =
        thread.block().x * unsigned(threads) + unsigned(thread.index());
    if (i >= uint32_t(info->samples) * uint32_t(sampleElements))
      return;
    float x[1];
    loadElements(in, i, x);
    float y = x[0];
    if (scale) {
      float scaled = y * scale[i % uint32_t(channels)];
      y = scaled + shift[i % uint32_t(channels)];
    }
    if (in2.data) {
      loadElements(in2, i, x);
      y = y + x[0];
    }
    y = y < lower ? lower : y;
    out[i] = y > upper ? upper : y;
  }
};

} // namespace gpu
} // namespace qml

#endif // QML_LIB_GPU_INTEGERMAPS_H
