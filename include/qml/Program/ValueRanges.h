//===- ValueRanges.h - Bounds of the integers that can occur ----*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What decides which integers may be narrow: the ranges of a program's values,
// and its products with everything spelled out. For all executors of integer
// programs.
//
//===----------------------------------------------------------------------===//

#ifndef QML_PROGRAM_VALUERANGES_H
#define QML_PROGRAM_VALUERANGES_H

#include "qml/Program/Program.h"
#include "qml/Support/Result.h"

#include <optional>
#include <vector>

namespace qml {
__extension__ typedef __int128 Int128;

constexpr bool contains(IntegerRange outer, IntegerRange inner) {
  return outer.lower <= inner.lower && inner.upper <= outer.upper;
}

constexpr IntegerRange unite(IntegerRange a, IntegerRange b) {
  return {a.lower < b.lower ? a.lower : b.lower,
          a.upper > b.upper ? a.upper : b.upper};
}

constexpr IntegerRange int16Range = {INT16_MIN, INT16_MAX};
constexpr IntegerRange int32Range = {INT32_MIN, INT32_MAX};
/// Of inputs that nothing bounds: beyond what any is shifted to.
constexpr IntegerRange unbounded = {-(int64_t(1) << 50), int64_t(1) << 50};

/// What is known of the values of a tensor.
struct ValueInfo {
  /// Of one sample.
  int64_t elements = 0;
  /// Extent of the last axis; 1 for scalars.
  int64_t channels = 1;
  /// Computed in integers: a fixed point, or a model input of an integer type.
  bool integer = false;
  /// Bounds of the integers that can occur.
  IntegerRange range = {0, 0};
};

inline int64_t clampWide(Int128 value, IntegerRange range) {
  return value < range.lower   ? range.lower
         : value > range.upper ? range.upper
                               : static_cast<int64_t>(value);
}

/// Elements and channels alone.
inline ValueInfo valueInfoOf(const Tensor &tensor) {
  ValueInfo info;
  info.elements = numElements(tensor.shape);
  info.channels = numChannels(tensor);
  return info;
}

/// What an input of the program, or a state, can hold, if operations on
/// integers may read it. Others are floats from the start.
std::optional<IntegerRange> inputRange(const Program &program, int tensor);

/// An operation with a kernel, on integers, with everything spelled out. A
/// dense layer is a convolution of one row with a 1x1 kernel; the taps of a
/// temporal sum are its entries.
struct Product {
  bool depthwise = false;
  /// A transposed convolution: see Conv2DTranspose.
  bool transposed = false;
  int64_t height = 1, width = 1, channels = 1;
  int64_t outHeight = 1, outWidth = 1, outChannels = 1;
  Window window;
  /// Window taps, then input channels (1 if depthwise), then output channels.
  std::vector<int32_t> weights;
  /// One per output channel, zeros for none.
  std::vector<int64_t> bias;
  /// One per input channel.
  std::vector<int32_t> shift;
  /// One per input channel.
  std::vector<int64_t> padding;
  /// Of the shifted inputs.
  IntegerRange inputBounds = {0, 0};
  /// Of the sums.
  IntegerRange bounds = {0, 0};
  /// Of the sums with the bias.
  IntegerRange biasBounds = {0, 0};
  /// Sums without the bias are not bounded.
  bool saturatesOnce = false;
  /// Sums wrap around to 32 bits first.
  bool wrapsAround = false;

  /// Whether sums leave out taps. Cells between the spread ones are zeros.
  bool isPadded() const {
    return transposed || window.padBegin[0] || window.padBegin[1] ||
           window.padEnd[0] || window.padEnd[1];
  }
  int64_t taps() const { return window.kernel[0] * window.kernel[1]; }
};

/// What a product can reach.
struct ProductRanges {
  /// Of the inputs after the shift, padding included, over all channels.
  IntegerRange input = {0, 0};
  /// Whether the shift alone can saturate some input.
  bool shiftSaturates = false;
  /// Whether the complete sums, and the bias, are exact in 32 bits: they fit,
  /// or wrap around by their rules.
  bool sumsFit32 = false;
  /// Whether some of them do wrap around.
  bool sumsWrap = false;
  /// Of the complete sums fit into 32 bits, also with the bias.
  bool fits32 = false;
  /// Whether all partial sums, in any order, are exact in float64.
  bool fits53 = false;
  /// Of the complete sums and partial sums fit into 64 bits.
  bool fits64 = false;
  IntegerRange result = {0, 0};
};

/// `value` copied to all `channels`, or `values` itself; `none` where empty.
template <typename T>
std::vector<T> spread(const std::vector<T> &values, int64_t channels,
                      T none = T()) {
  if (int64_t(values.size()) == channels)
    return values;
  return std::vector<T>(channels, values.empty() ? none : values.front());
}

/// Of shifted inputs.
inline IntegerRange inputBoundsOf(const AccumulatorRules &rules,
                                  Arithmetic arithmetic) {
  return rules.boundsInput ? integerRange(rules.bufferBits, arithmetic)
                           : unbounded;
}

/// Whether an operation multiplies with a kernel.
bool isProduct(const Operation &operation);

Product makeProduct(const Program &program, const Operation &operation);

/// `input`: range of the input tensor.
ProductRanges rangesOf(const Product &product, IntegerRange input);

/// Range of the result of an operation on integers that is no product.
/// `inputs`: what is known of each.
IntegerRange resultRange(const Program &program, const Operation &operation,
                         const std::vector<const ValueInfo *> &inputs);

/// Of samples with integers that an input of the network doesn't hold.
Error outsideInput(const Input &input, IntegerRange range);

/// Fails if a result can leave its value bits.
Status checkResultRange(const Program &program, const Operation &operation,
                        IntegerRange range);

} // namespace qml

#endif // QML_PROGRAM_VALUERANGES_H
