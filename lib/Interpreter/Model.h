//===- Model.h - What the interpreter knows of a program --------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Shared by the files of the interpreter: tensors as they lie in memory, the
// steps that a program becomes, and the ranges that decide which integers may
// be narrow.
//
//===----------------------------------------------------------------------===//

#ifndef QML_LIB_INTERPRETER_MODEL_H
#define QML_LIB_INTERPRETER_MODEL_H

#include "qml/Program/Program.h"
#include "qml/Support/Result.h"

#include <memory>
#include <vector>

namespace qml {
namespace interpreter {

struct KernelTable;

__extension__ typedef __int128 Int128;

/// How the elements of a tensor are kept while the program runs: the narrowest
/// type that provably holds them, whatever Tensor::type says. Conversions
/// happen where values enter and leave.
enum class Storage : uint8_t { I16, I32, I64, F32 };

constexpr size_t bytesOf(Storage storage) {
  return storage == Storage::I16 ? 2 : storage == Storage::I64 ? 8 : 4;
}

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

struct TensorInfo {
  int64_t elements = 0;
  /// Extent of the last axis; 1 for scalars.
  int64_t channels = 1;
  /// Computed in integers: a fixed point, or a model input of an integer type.
  bool integer = false;
  /// Bounds of the integers that can occur.
  IntegerRange range = {0, 0};
  Storage storage = Storage::F32;
  /// Byte offset into the arena.
  size_t offset = 0;

  size_t bytes() const { return size_t(elements) * bytesOf(storage); }
};

/// An operation with a kernel, on integers, with everything spelled out. A
/// dense layer is a convolution of one row with a 1x1 kernel; the taps of a
/// temporal sum are its entries.
struct Product {
  bool depthwise = false;
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

  bool isPadded() const {
    return window.padBegin[0] || window.padBegin[1] || window.padEnd[0] ||
           window.padEnd[1];
  }
  int64_t taps() const { return window.kernel[0] * window.kernel[1]; }
};

/// What a product can reach.
struct ProductRanges {
  /// Of the inputs after the shift, padding included, over all channels.
  IntegerRange input = {0, 0};
  /// Whether the shift alone can saturate some input.
  bool shiftSaturates = false;
  /// Of the complete sums fit into 32 bits, also with the bias.
  bool fits32 = false;
  /// Of the complete sums and partial sums fit into 64 bits.
  bool fits64 = false;
  /// Whether bounding both the sums and the sums with the bias by `biasBounds`
  /// alone is right: all that fast kernels know.
  bool hasOneBound = false;
  IntegerRange result = {0, 0};
};

/// One thread's memory while it runs some samples.
struct Frame {
  char *arena;
  char *scratch;
  int64_t samples;
  const std::vector<TensorInfo> &tensors;

  template <typename T>
  T *data(int tensor) const {
    return reinterpret_cast<T *>(arena + tensors[tensor].offset);
  }
};

/// One operation, ready to run.
class Step {
public:
  virtual ~Step() = default;
  /// Computes the result for all samples of the frame.
  virtual void run(const Frame &frame) const = 0;
  /// Bytes of scratch memory for `samples` samples. Saturates, never overflows.
  virtual size_t scratchBytes(int64_t samples) const { return 0; }
};

using StepPtr = std::unique_ptr<Step>;

/// What the makers of steps need.
struct Planner {
  const Program &program;
  std::vector<TensorInfo> &tensors;
  const KernelTable &kernels;
};

/// `value` copied to all `channels`, or `values` itself; `none` where empty.
template <typename T>
std::vector<T> spread(const std::vector<T> &values, int64_t channels,
                      T none = T()) {
  if (int64_t(values.size()) == channels)
    return values;
  return std::vector<T>(channels, values.empty() ? none : values.front());
}

/// The taps [first, last) of a window along one axis that lie inside an image
/// of `extent` cells. `start` is where tap 0 lies.
struct TapSpan {
  int64_t first;
  int64_t last;
};

constexpr TapSpan tapsInside(int64_t start, int64_t dilation, int64_t kernel,
                             int64_t extent) {
  int64_t first = start < 0 ? (-start + dilation - 1) / dilation : 0;
  int64_t last = start < extent ? (extent - 1 - start) / dilation + 1 : 0;
  last = last < kernel ? last : kernel;
  return {first, last < first ? first : last};
}

//===----------------------------------------------------------------------===//
// Ranges.cpp
//===----------------------------------------------------------------------===//

/// Of shifted inputs.
inline IntegerRange inputBoundsOf(const Buffer &buffer, Arithmetic arithmetic) {
  return buffer.boundsInput ? integerRange(buffer.bufferBits, arithmetic)
                            : unbounded;
}

/// Whether an operation multiplies with a kernel.
bool isProduct(const Operation &operation);

Product makeProduct(const Program &program, const Operation &operation);

/// `input`: range of the input tensor.
ProductRanges rangesOf(const Product &product, IntegerRange input);

/// Range of the result of an operation on integers that is no product.
IntegerRange resultRange(const Program &program,
                         const std::vector<TensorInfo> &tensors,
                         const Operation &operation);

//===----------------------------------------------------------------------===//
// Steps
//===----------------------------------------------------------------------===//

/// Any operation with an integer result, and Dequantizer: plain loops.
/// `product` is set for products, and empty otherwise.
StepPtr makePlainStep(const Planner &planner, const Operation &operation,
                      std::unique_ptr<Product> product);

/// Null where the fast kernels do not apply.
StepPtr makeFastProduct(const Planner &planner, const Operation &operation,
                        const Product &product, const ProductRanges &ranges);

/// Integer operations that are no products, and Dequantizer. Null where the
/// fast kernels do not apply.
StepPtr makeFastStep(const Planner &planner, const Operation &operation);

/// Any operation with a float result but Dequantizer.
StepPtr makeFloatStep(const Planner &planner, const Operation &operation);

} // namespace interpreter
} // namespace qml

#endif // QML_LIB_INTERPRETER_MODEL_H
