//===- IntegerValues.h - Integers in memory and in registers ----*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A tensor is kept in the narrowest type that provably holds its values; which
// one is data, not a template parameter: the test costs nothing beside the load
// or store that it chooses. In registers values are `Value`s: int32_t where all
// of a kernel's values provably fit, else int64_t.
//
//===----------------------------------------------------------------------===//

#ifndef QML_LIB_GPU_INTEGERVALUES_H
#define QML_LIB_GPU_INTEGERVALUES_H

#include "Walk.h"

#include "qml/Quantization/FixedPoint.h"

namespace qml {
namespace gpu {

__extension__ typedef __int128 Int128;
__extension__ typedef unsigned __int128 UInt128;

/// Types of elements in memory.
enum class StorageType : uint8_t { I8, U8, I16, I32, I64, F32 };

constexpr size_t bytesOf(StorageType type) {
  return type == StorageType::I8 || type == StorageType::U8 ? 1
         : type == StorageType::I16                         ? 2
         : type == StorageType::I64                         ? 8
                                                            : 4;
}

/// Elements of a tensor in the device's memory, dense, samples outermost.
struct Elements {
  const void *data = nullptr;
  StorageType type = StorageType::I8;
};

template <typename T, int Width, typename Value>
QML_DEVICE void loadAs(const void *data, int64_t at, Value (&values)[Width]) {
  Pack<T, Width> pack = load<Width>(static_cast<const T *>(data) + at);
  QML_UNROLL
  for (int i = 0; i < Width; ++i)
    values[i] = static_cast<Value>(pack[i]);
}

/// Elements `at` and so on; `at` is a multiple of `Width`.
template <int Width, typename Value>
QML_DEVICE void loadElements(const Elements &from, int64_t at,
                             Value (&values)[Width]) {
  switch (from.type) {
  case StorageType::I8:
    return loadAs<int8_t, Width>(from.data, at, values);
  case StorageType::U8:
    return loadAs<uint8_t, Width>(from.data, at, values);
  case StorageType::I16:
    return loadAs<int16_t, Width>(from.data, at, values);
  case StorageType::I32:
    return loadAs<int32_t, Width>(from.data, at, values);
  case StorageType::I64:
    return loadAs<int64_t, Width>(from.data, at, values);
  case StorageType::F32:
    break;
  }
  loadAs<float, Width>(from.data, at, values);
}

template <typename T, int Width, typename Value>
QML_DEVICE void storeAs(void *data, int64_t at, const Value (&values)[Width]) {
  Pack<T, Width> pack;
  QML_UNROLL
  for (int i = 0; i < Width; ++i)
    pack[i] = static_cast<T>(values[i]);
  store(static_cast<T *>(data) + at, pack);
}

/// What does not fit is cut.
template <int Width, typename Value>
QML_DEVICE void storeElements(void *to, StorageType type, int64_t at,
                              const Value (&values)[Width]) {
  switch (type) {
  case StorageType::I8:
    return storeAs<int8_t, Width>(to, at, values);
  case StorageType::U8:
    return storeAs<uint8_t, Width>(to, at, values);
  case StorageType::I16:
    return storeAs<int16_t, Width>(to, at, values);
  case StorageType::I32:
    return storeAs<int32_t, Width>(to, at, values);
  case StorageType::I64:
    return storeAs<int64_t, Width>(to, at, values);
  case StorageType::F32:
    break;
  }
  storeAs<float, Width>(to, at, values);
}

//===----------------------------------------------------------------------===//
// Stages: what follows in the registers of the kernel that made a value
//===----------------------------------------------------------------------===//

enum class StageKind : uint8_t {
  ReLU,            ///< min(max(v, 0), wide[c])
  Shift,           ///< shiftLeft by first[c]
  RequantizeFloat, ///< requantizeFloat32 with scale[c] and power[c]
  RequantizeExact, ///< requantizeExact with first[c] and second[c]
  StepActivation,  ///< activateByStep with first[c] and wide[c]
  LookUp,          ///< first[v - lower], `upper` is the last index
  Add              ///< (v << first[c]) + (other << second[c]), each bounded
};

/// One operation on single values. Constants are one per channel.
struct Stage {
  StageKind kind = StageKind::ReLU;
  int32_t bits = 0;
  IntegerRange buffer = {0, 0};
  IntegerRange bounds = {0, 0};
  const int64_t *wide = nullptr;
  const int32_t *first = nullptr;
  const int32_t *second = nullptr;
  const float *scale = nullptr;
  const float *power = nullptr;
  /// Of the result's shape.
  Elements other;
  /// Add: no operand leaves 32 bits or its bounds, nor does their sum leave
  /// those bits: only the sum is bounded.
  bool isSmall = false;
};

enum class ResultKind : uint8_t {
  Integers,
  Scaled,    ///< float32: v * scale[c] * scale2[c]
  Difference ///< float32: (v - threshold[c]) / scale[c]
};

/// What happens to values after the operation that a kernel is for: stages one
/// after the other, then they become elements.
struct Epilogue {
  static constexpr int maxStages = 6;

  Stage stages[maxStages];
  int32_t numStages = 0;
  int32_t channels = 1;
  ResultKind kind = ResultKind::Integers;
  StorageType type = StorageType::I8;
  const float *scale = nullptr;
  const float *scale2 = nullptr; ///< may be null
  const int32_t *threshold = nullptr;
  void *out = nullptr;
};

template <typename T>
QML_DEVICE T clampTo(T value, IntegerRange range) {
  return value < static_cast<T>(range.lower)   ? static_cast<T>(range.lower)
         : value > static_cast<T>(range.upper) ? static_cast<T>(range.upper)
                                               : value;
}

/// (a << aShift) + (b << bShift). If it is small, see Stage::isSmall, the
/// bounds are cut to 32 bits.
template <typename Value>
QML_DEVICE Value addShifted(Value a, int32_t aShift, Value b, int32_t bShift,
                            IntegerRange bounds, bool isSmall) {
  if (isSmall)
    return clampTo(int32_t(uint32_t(a) << aShift) +
                       int32_t(uint32_t(b) << bShift),
                   bounds);
  return static_cast<Value>(clamp(
      shiftLeft(a, aShift, bounds) + shiftLeft(b, bShift, bounds), bounds));
}

/// A stage that few networks have: called for each value, not unrolled into
/// kernels that are large as they are.
template <typename Value>
QML_DEVICE_CALL Value applyRareStage(const Stage &stage, int channel,
                                     Value value) {
  switch (stage.kind) {
  case StageKind::Shift:
    return static_cast<Value>(
        shiftLeft(value, stage.first[channel], stage.bounds));
  case StageKind::RequantizeExact:
    return static_cast<Value>(requantizeExact(value, stage.first[channel],
                                              stage.second[channel],
                                              stage.buffer, stage.bounds));
  case StageKind::StepActivation:
    return static_cast<Value>(activateByStep(value, stage.first[channel],
                                             stage.wide[channel], stage.bits));
  case StageKind::LookUp: {
    // Bounded before the difference, which so fits into 64 bits.
    int64_t entry = clamp(value, stage.bounds) - stage.bounds.lower;
    return stage.first[entry];
  }
  default:
    return value;
  }
}

/// One stage for values of one channel. Others than Add.
template <typename Value, int Rows, int Width>
QML_DEVICE void applyStage(const Stage &stage, int lane, int channel,
                           Value (&values)[Rows][Width]) {
  switch (stage.kind) {
  case StageKind::ReLU: {
    Value most = static_cast<Value>(stage.wide[channel]);
    QML_UNROLL
    for (int r = 0; r < Rows; ++r) {
      Value &v = values[r][lane];
      v = v > 0 ? v : 0;
      v = v < most ? v : most;
    }
    return;
  }
  case StageKind::RequantizeFloat: {
    float scale = stage.scale[channel], power = stage.power[channel];
    float bufferLower = static_cast<float>(stage.buffer.lower);
    float bufferUpper = static_cast<float>(stage.buffer.upper);
    float lower = static_cast<float>(stage.bounds.lower);
    float upper = static_cast<float>(stage.bounds.upper);
    QML_UNROLL
    for (int r = 0; r < Rows; ++r)
      values[r][lane] = static_cast<Value>(
          requantizeFloat32(static_cast<float>(values[r][lane]), scale, power,
                            bufferLower, bufferUpper, lower, upper));
    return;
  }
  default:
    QML_UNROLL
    for (int r = 0; r < Rows; ++r)
      values[r][lane] = applyRareStage(stage, channel, values[r][lane]);
  }
}

/// Vectors of channels below each other in the result: where the first one
/// lies, and how many of them there are.
struct RowSpan {
  int64_t first;
  int32_t rows;
};

/// Adds another tensor. Packs are cut where the last channels are.
template <typename Value, int Rows, int Width>
QML_DEVICE void addOther(const Stage &stage, int channels, int channel,
                         const RowSpan &span, Value (&values)[Rows][Width]) {
  const bool isWhole = channels % Width == 0;
  QML_UNROLL
  for (int r = 0; r < Rows; ++r) {
    if (r >= span.rows || channel >= channels)
      continue;
    const int64_t at = span.first + int64_t(r) * channels;
    Value other[Width] = {};
    if (isWhole)
      loadElements(stage.other, at, other);
    QML_UNROLL
    for (int lane = 0; lane < Width; ++lane) {
      if (channel + lane >= channels)
        break;
      if (!isWhole) {
        Value one[1];
        loadElements(stage.other, at + lane, one);
        other[lane] = one[0];
      }
      values[r][lane] =
          addShifted(values[r][lane], stage.first[channel + lane], other[lane],
                     stage.second[channel + lane], stage.bounds, stage.isSmall);
    }
  }
}

/// Applies all stages to `Rows` vectors of channels `channel` and so on, which
/// are `span` of the result.
/// Channels after the last one compute something that nobody stores.
template <typename Value, int Rows, int Width>
QML_DEVICE void applyStages(const Epilogue &epilogue, int channel,
                            const RowSpan &span, Value (&values)[Rows][Width]) {
  for (int i = 0; i < epilogue.numStages; ++i) {
    const Stage &stage = epilogue.stages[i];
    if (stage.kind == StageKind::Add) {
      addOther(stage, epilogue.channels, channel, span, values);
      continue;
    }
    QML_UNROLL
    for (int lane = 0; lane < Width; ++lane) {
      int exact = channel + lane < epilogue.channels ? channel + lane
                                                     : epilogue.channels - 1;
      applyStage(stage, lane, exact, values);
    }
  }
}

/// What a dequantizer makes of a value.
template <typename Value>
QML_DEVICE float floatResult(const Epilogue &epilogue, Value value,
                             int channel) {
  if (epilogue.kind == ResultKind::Difference) {
    float difference = static_cast<float>(
        subtractModulo32(value, epilogue.threshold[channel]));
    return difference / epilogue.scale[channel];
  }
  float result = static_cast<float>(value) * epilogue.scale[channel];
  return epilogue.scale2 ? result * epilogue.scale2[channel] : result;
}

/// Stores values that went through the stages as elements `at` and so on.
template <typename Value, int Width>
QML_DEVICE void storeResult(const Epilogue &epilogue, int64_t at, int channel,
                            const Value (&values)[Width]) {
  if (epilogue.kind == ResultKind::Integers)
    return storeElements(epilogue.out, epilogue.type, at, values);
  float floats[Width];
  QML_UNROLL
  for (int i = 0; i < Width; ++i)
    floats[i] = floatResult(epilogue, values[i], channel + i);
  storeAs<float, Width>(epilogue.out, at, floats);
}

//===----------------------------------------------------------------------===//
// Windows
//===----------------------------------------------------------------------===//

/// Window and images; vertical first. A dense layer is an image of one row.
struct IntegerWindow {
  int32_t in[2] = {1, 1};
  int32_t out[2] = {1, 1};
  int32_t kernel[2] = {1, 1};
  int32_t strides[2] = {1, 1};
  int32_t dilations[2] = {1, 1};
  int32_t padBegin[2] = {0, 0}; ///< transposed: what is cut off
  /// Input cell (i, j) reaches the result cells of Conv2DTranspose.
  bool isTransposed = false;
};

/// The window of one cell of the result. Counts in 32 bits: the host makes
/// chunks accordingly.
class IntegerTaps {
public:
  /// `row` is the cell, counted over all samples.
  QML_DEVICE IntegerTaps(const IntegerWindow &window, uint32_t row) {
    uint32_t line = row / uint32_t(window.out[1]);
    int32_t w = int32_t(row % uint32_t(window.out[1]));
    int32_t h = int32_t(line % uint32_t(window.out[0]));
    image = int32_t(line / uint32_t(window.out[0])) * window.in[0];
    if (window.isTransposed) {
      top = h + window.padBegin[0];
      left = w + window.padBegin[1];
      return;
    }
    top = h * window.strides[0] - window.padBegin[0];
    left = w * window.strides[1] - window.padBegin[1];
  }

  /// The cell of tap (i, j), counted over all samples; -1 outside.
  QML_DEVICE int32_t cell(const IntegerWindow &window, int32_t i,
                          int32_t j) const {
    int32_t h = top + i * window.dilations[0];
    int32_t w = left + j * window.dilations[1];
    if (window.isTransposed) {
      h = top - i * window.dilations[0];
      w = left - j * window.dilations[1];
      if (h < 0 || w < 0 || h % window.strides[0] || w % window.strides[1])
        return -1;
      h /= window.strides[0];
      w /= window.strides[1];
    }
    bool isInside = h >= 0 && h < window.in[0] && w >= 0 && w < window.in[1];
    return isInside ? (image + h) * window.in[1] + w : -1;
  }

  /// Calls `function` with the cell of each tap that lies inside.
  template <typename Function>
  QML_DEVICE void eachInside(const IntegerWindow &window,
                             Function function) const {
    for (int32_t i = 0; i < window.kernel[0]; ++i)
      for (int32_t j = 0; j < window.kernel[1]; ++j)
        if (int32_t inside = cell(window, i, j); inside >= 0)
          function(inside);
  }

private:
  int32_t image, top, left;
};

} // namespace gpu
} // namespace qml

#endif // QML_LIB_GPU_INTEGERVALUES_H
