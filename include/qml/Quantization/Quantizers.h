//===- Quantizers.h - From ranges and floats to integers --------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The formulas by which weights, biases, ranges and scales become integers.
// Each step is rounded to float32, in the order in which the reference
// (quantizeml 1.2.5, graph mode) computes it, so that results agree to the bit.
//
// `sat(v, n)` clamps to n value bits and a sign; `rne` rounds half to even;
// clog2 and flog2 are the logarithms of FixedPoint.h.
//
//===----------------------------------------------------------------------===//

#ifndef QML_QUANTIZATION_QUANTIZERS_H
#define QML_QUANTIZATION_QUANTIZERS_H

#include "qml/Quantization/FixedPoint.h"
#include "qml/Support/ElementType.h"
#include "qml/Support/Result.h"

#include <algorithm>
#include <optional>
#include <vector>

namespace qml {

/// One value for all channels, or one for each.
template <typename T>
struct Channels {
  std::vector<T> values;
  /// Whether the value is one by definition, not since there is one channel.
  bool isScalar = false;

  static Channels scalar(T value) { return {{value}, true}; }

  /// The value of a channel.
  T operator[](size_t channel) const {
    return values[values.size() == 1 ? 0 : channel];
  }
  size_t size() const { return values.size(); }
};

/// Result of an elementwise function of arguments that broadcast. A count that
/// is neither one nor the largest is the caller's error, and reads no further
/// than it goes: verifiers ask before they know.
template <typename Fn, typename... Args>
auto mapChannels(Fn fn, const Channels<Args> &...args)
    -> Channels<decltype(fn(args[0]...))> {
  Channels<decltype(fn(args[0]...))> result;
  size_t count = std::max({args.values.size()...});
  result.values.reserve(count);
  for (size_t i = 0; i != count; ++i)
    result.values.push_back(fn(args[std::min(i, args.size() - 1)]...));
  result.isScalar = (args.isScalar && ...);
  return result;
}

/// A kernel seen along its output channels: element (i, c, j) lies at
/// (i * channels + c) * inner + j. No channels of its own: `channels` is 1.
struct KernelView {
  const float *data = nullptr;
  int64_t outer = 1;
  int64_t channels = 1;
  int64_t inner = 1;

  /// Of an array of `shape`, along `axis`, or as a whole without one.
  static KernelView along(const float *data, const Shape &shape,
                          std::optional<int64_t> axis);

  /// Calls each(channel, element) for all elements in their order, in loops
  /// that a compiler makes vectors of.
  template <typename Fn>
  void visit(Fn each) const {
    // Copies, which no byte that `each` writes can change.
    const int64_t rows = outer, columns = channels, length = inner;
    int64_t element = 0;
    for (int64_t i = 0; i != rows; ++i) {
      if (length == 1) {
        for (int64_t c = 0; c != columns; ++c)
          each(c, element + c);
        element += columns;
        continue;
      }
      for (int64_t c = 0; c != columns; ++c, element += length)
        for (int64_t j = 0; j != length; ++j)
          each(c, element + j);
    }
  }
};

/// Scale of each output channel: max(max|w| * fl(1 / (2^n - 1)), 1e-6).
std::vector<float> weightScales(const KernelView &kernel, int valueBits);

/// sat(rne(w / scale), n), into `result` of as many elements as the kernel.
/// T is the storage type of n value bits.
template <typename T>
void quantizeWeights(const KernelView &kernel, const std::vector<float> &scales,
                     int valueBits, T *result);

/// What an accumulator's integers stand for: v / 2^fracBits * scales.
struct Accumulator {
  int valueBits = 0;
  Channels<int32_t> fracBits;
  Channels<float> scales;
};

/// Values at the scale of an accumulator, in few bits. Shifted left, saturated
/// to the accumulator's value bits, they are at its binary point.
struct AlignedValues {
  Channels<int64_t> values;
  Channels<int32_t> shift;
};

/// Biases, maxima, padding values: with r = |v| (max |v| for bitwidths up to
/// 4), n value bits and an accumulator of scale s and f fractional bits,
/// fb = min(max_frac_bits(n, r / s), f), q = sat(rne(v / s * 2^fb), n), and a
/// shift of f - fb. An error if the shift reaches the accumulator's bits.
Result<AlignedValues> alignValues(const Channels<float> &values, int bitwidth,
                                  int valueBits, const Accumulator &accumulator,
                                  Arithmetic arithmetic);

/// What limits the fractional bits of quantizers besides their range.
enum class FracBitsLimit : uint8_t {
  /// Their n value bits, as in the reference: values below 2^-n are lost.
  ValueBits,
  /// n more than those of the channel with the largest range, or n: alignment
  /// shifts by no more than n, and tensors of small values keep theirs.
  WidestChannel,
};

/// max_frac_bits(n, range), channel by channel, within the limit.
Channels<int32_t> fracBitsOf(const Channels<float> &range, int valueBits,
                             FracBitsLimit limit);

/// Integer form of an output quantizer.
struct ScaleOut {
  Channels<int32_t> fracBits; ///< of the result: fracBitsOf(range_max)
  /// Of inputs with a scale s: fs = b - clog2(s * rate) for b scale bits, and
  /// sat(rne(s * rate * 2^fs), b). Empty for inputs in fixed point.
  Channels<int32_t> scales;
  Channels<int32_t> scalesFracBits;
  /// fracBits - (input's fracBits + fs).
  Channels<int32_t> shift;
};

/// `scales` is empty for an input in fixed point. An error if a scale is not a
/// positive number, or a left shift saturates everything.
Result<ScaleOut> scaleOut(const Channels<float> &rangeMax,
                          const Channels<float> &rescalingRate, int valueBits,
                          int scaleBits, const Channels<int32_t> &fracBits,
                          const Channels<float> *scales,
                          FracBitsLimit limit = FracBitsLimit::ValueBits);

/// The same to a binary point that is given.
Result<ScaleOut> scaleOutTo(const Channels<int32_t> &resultFracBits,
                            const Channels<float> &rescalingRate, int valueBits,
                            int scaleBits, const Channels<int32_t> &fracBits,
                            const Channels<float> *scales);

/// Integer form of an input quantizer.
struct InputScale {
  Channels<int32_t> fracBits;
  Channels<int32_t> zeroPoints; ///< empty if signed
};

/// With R = max(|min|, |max|) if signed, else max - min: max_frac_bits(n, R),
/// and zero points sat(rne(-min * 2^fracBits), n).
InputScale inputScale(const Channels<float> &rangeMin,
                      const Channels<float> &rangeMax, int valueBits,
                      bool isSigned, Arithmetic arithmetic,
                      FracBitsLimit limit = FracBitsLimit::ValueBits);

/// The largest value that a quantizer of `bitwidth` bits holds in the octave of
/// `range`: (2^B - 1) / 2^(B - flog2(range)); zero for zero.
float idealRange(float range, int bitwidth);

/// max(fracBits) - fracBits, channel by channel: what brings a tensor to one
/// binary point.
std::vector<int32_t> alignmentShift(const Channels<int32_t> &fracBits);

/// The largest of the fractional bits.
int32_t maxOf(const Channels<int32_t> &fracBits);

} // namespace qml

#endif // QML_QUANTIZATION_QUANTIZERS_H
