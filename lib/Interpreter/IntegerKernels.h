//===- IntegerKernels.h - Vectorized inner loops ----------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The inner loops of the fast integer operations, compiled once for each
// instruction set. All of them are exact: their callers have proved that no
// intermediate value leaves its type.
//
//===----------------------------------------------------------------------===//

#ifndef QML_LIB_INTERPRETER_INTEGERKERNELS_H
#define QML_LIB_INTERPRETER_INTEGERKERNELS_H

#include "qml/Interpreter/Interpreter.h"

#include <cstdint>

namespace qml {
namespace interpreter {

/// Output channels that a block of packed weights holds.
constexpr int64_t blockChannels = 16;

/// A run of output pixels of a product: for pixel m and output channel n,
///
///   out[m * outStride + n] =
///     clamp(clamp(sum over s, l of x[m * xStride + offsets[s] + l] *
///                 weights(n, s, l), sumLower, sumUpper) +
///           bias[n], lower, upper)
///
/// over segments s of `length` elements that follow each other in memory.
/// Sums wrap around in the accumulator. Weights are packed
/// [block][segment][element][16], missing channels zero; for 16-bit ones two
/// elements are interleaved, [block][segment][pair][16][2], and a segment of
/// odd length reads one input element more, times zero; so do four bytes,
/// [block][segment][four][16][4]. Depthwise: the segments
/// are taps, `length` is 1, weights are [tap][channels].
struct ProductArguments {
  const void *x;
  int64_t xStride;
  const int64_t *offsets;
  int64_t segments;
  int64_t length;
  const void *weights;
  /// What 32-bit sums start with, padded to whole blocks; null for zeros. For
  /// inputs of a byte alone.
  const int32_t *start;
  const void *bias; ///< as wide as the accumulator, padded to whole blocks
  int64_t sumLower, sumUpper;
  int64_t lower, upper;
  /// Whether 32-bit sums may leave 32 bits when the bias is added.
  bool biasOverflows;
  void *out;
  int64_t outStride;
  int64_t channels;
  int64_t pixels;
};

/// An operation on one element at a time, channel by channel: element i uses
/// parameter i % period.
struct ElementArguments {
  const void *x;
  const void *x2; ///< second operand of an addition
  void *out;
  int64_t count;
  int64_t period;
  const void *parameters;  ///< int32 or float, by the kernel
  const void *parameters2; ///< null where the kernel allows it
  double lower, upper;     ///< of the result
  double bufferLower, bufferUpper;
};

/// Maxima over windows of one sample: see the kernel.
struct PoolArguments {
  const void *x;
  void *out;
  int64_t height, width, channels, outHeight, outWidth;
  const int64_t *kernel, *strides, *dilations, *padBegin;
};

/// Index of a kernel for values of 16, of 32, or (results of products alone) of
/// 64 bits.
enum Width { Narrow, Wide, Long };

using ProductKernel = void (*)(const ProductArguments &);
using ElementKernel = void (*)(const ElementArguments &);
using PoolKernel = void (*)(const PoolArguments &);

/// Indices are the widths of the inputs, then that of the result.
struct KernelTable {
  /// Inputs of a byte without a sign, weights of one with a sign, sums modulo
  /// 2^32. Null where the machine has no instruction for it.
  ProductKernel product8[3];
  /// 16-bit inputs and weights, 32-bit sums.
  ProductKernel product16[3];
  /// 32-bit inputs and weights, 32-bit and 64-bit sums.
  ProductKernel product32[3];
  ProductKernel product53[3]; ///< in float64, which is exact up to 2^53
  ProductKernel product64[3];
  /// The same depthwise; weights lie in 32 bits.
  ProductKernel depthwise16[3];
  ProductKernel depthwise32[3];
  ProductKernel depthwise64[3];

  /// The scale-out in float32: parameters are scales, parameters2 powers.
  ElementKernel requantizeFloat[2][2];
  /// The scale-out in float64, which is exact for products of 53 bits.
  ElementKernel requantizeDouble[2][2];
  /// x * parameters, which are powers of two, nothing saturates.
  ElementKernel multiply[2][2];
  ElementKernel multiplyBytes[2][2]; ///< inputs: bytes without and with a sign
  /// x << parameters, saturated.
  ElementKernel shift[2][2];
  ElementKernel shiftBytes[2][2];
  /// clamp((x * parameters) + (x2 * parameters2)), in 32 bits.
  ElementKernel add[2][2][2];
  /// max(x, 0), then at most parameters2, if there are any.
  ElementKernel relu[2][2];
  /// Float32: x * parameters, and * parameters2 if there are any.
  ElementKernel dequantize[2];
  /// From float32: parameters are powers, parameters2 zero points.
  ElementKernel quantize[2];
  PoolKernel maxPool[2];
};

/// The kernels for the best instruction set of this machine up to `limit`.
const KernelTable &kernelsFor(InstructionSet limit);

} // namespace interpreter
} // namespace qml

#endif // QML_LIB_INTERPRETER_INTEGERKERNELS_H
