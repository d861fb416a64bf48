//===- Program.h - A model as a flat list of operations ---------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What executors run: operations in order, with shapes, plain pointers to
// weights, and everything that the IR leaves implicit (pads, broadcast vectors)
// spelled out. Flattened once from a module (qml/Target/Program/Flatten.h);
// knows nothing of MLIR, so that CUDA libraries and fuzzers need no LLVM.
//
// Tensors are NHWC. A shape here leaves out the batch, which is the outermost
// axis of every tensor. Weights belong to whoever made the program and outlive
// it.
//
// One operation stands for float and for integer execution: an operation is
// computed in integers exactly if its result carries a `Fixed`.
//
//===----------------------------------------------------------------------===//

#ifndef QML_PROGRAM_PROGRAM_H
#define QML_PROGRAM_PROGRAM_H

#include "qml/Quantization/FixedPoint.h"
#include "qml/Support/ElementType.h"

#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace qml {

/// How the integers of a tensor stand for real values:
/// v / 2^fracBits[c] * scales[c].
struct Fixed {
  int valueBits = 0;
  /// One for all channels, or one per channel of the last axis.
  std::vector<int32_t> fracBits;
  /// None, one, or one per channel.
  std::vector<float> scales;
};

/// A constant array: a view of memory that outlives the program.
struct Constant {
  ElementType type = ElementType::F32;
  Shape shape;
  const void *data = nullptr;

  template <typename T>
  const T *as() const {
    return static_cast<const T *>(data);
  }
  explicit operator bool() const { return data != nullptr; }
};

struct Tensor {
  /// Without the batch.
  Shape shape;
  ElementType type = ElementType::F32;
  /// Set exactly if the tensor holds integers with a binary point. A model
  /// input of an integer type has none, although it is an integer tensor.
  std::optional<Fixed> fixed;
};

/// Vertical first, then horizontal.
struct Window {
  int64_t kernel[2] = {1, 1};
  int64_t strides[2] = {1, 1};
  int64_t dilations[2] = {1, 1};
  int64_t padBegin[2] = {0, 0};
  int64_t padEnd[2] = {0, 0};
};

/// Float: x * scale + offset, element by element, in that order, each step
/// rounded to float32 (inputs of integer types are converted first). Integer:
/// the integers unchanged; the scale is in the result's `Fixed`.
struct Rescaling {
  std::vector<float> scale;  ///< one, or one per channel
  std::vector<float> offset; ///< one, or one per channel
};

/// Integer: clamp(rne(x * 2^fracBits)) + zeroPoints, clamped again.
struct InputQuantizer {
  std::vector<int32_t> zeroPoints; ///< none, one, or one per channel
};

/// What integer layers do with their input before they multiply: channel c is
/// shifted left by inputShift[c], saturated to `bufferBits`, which also bound
/// the accumulator, after the sum and again after the bias.
struct Buffer {
  int bufferBits = 0;              ///< value bits, without the sign
  std::vector<int32_t> inputShift; ///< none, one, or one per channel
};

/// Kernel (kh, kw, in, out), or (kh, kw, channels, 1) if depthwise. Float
/// kernels and biases are F32; integer kernels I8 or I16 (I32 above 16 bits),
/// integer biases I32 or I64, shifted to the accumulator's binary point.
struct Conv2D {
  bool depthwise = false;
  Constant kernel;
  Constant bias; ///< (out), or absent
  Window window;
  /// What stands in the padded cells. Empty: zeros. Else one value, or one per
  /// input channel; the integers are aligned with the shifted input.
  std::vector<float> paddingValue;
  std::vector<int64_t> integerPadding;
  Buffer buffer;
};

/// Over the last axis, for any rank: kernel (in, out).
struct Dense {
  Constant kernel;
  Constant bias; ///< (out), or absent
  Buffer buffer;
};

/// Float only, inference: x * scale + shift per channel of the last axis, with
/// scale = gamma / sqrt(variance + epsilon), shift = beta - mean * scale.
struct BatchNorm {
  std::vector<float> scale;
  std::vector<float> shift;
};

struct ReLU {
  /// Float: absent for none.
  std::optional<float> maxValue;
  /// Integer: none, one, or one per channel, aligned with the input.
  std::vector<int64_t> integerMaxValue;
};

/// Maximum over the window; padded cells do not take part.
struct MaxPool2D {
  Window window;
};

/// Float: the mean over height and width. Integer: the sum of the shifted
/// inputs, saturated to `bufferBits`; the division is in the result's scale.
struct GlobalAveragePool2D {
  Buffer buffer;
};

/// Integer: (a << aShift) + (b << bShift), each saturated to `bufferBits`.
struct Add {
  int bufferBits = 0;
  std::vector<int32_t> aShift; ///< one, or one per channel
  std::vector<int32_t> bShift;
};

/// Flatten, Reshape or Dropout: the same elements under the result's shape.
/// Integer: channel c of the *input's* last axis is first shifted left by
/// inputShift[c], saturated to the value bits of the result.
struct View {
  std::vector<int32_t> inputShift; ///< none, one, or one per channel
};

/// Integer: the scale-out of qml/Quantization/FixedPoint.h, channel by
/// channel, to the value bits of the result.
struct OutputQuantizer {
  int bufferBits = 0;
  std::vector<int32_t> scales; ///< none for inputs without a scale, one, or C
  std::vector<int32_t> shift;  ///< one, or one per channel
};

/// Integers to float: v / 2^fracBits * scales of the input's `Fixed`.
struct Dequantizer {};

/// (height, width) zeros around the image. Float only.
struct ZeroPadding2D {
  int64_t padBegin[2] = {0, 0};
  int64_t padEnd[2] = {0, 0};
};

/// Float only: exp(x - max) / sum over the last axis.
struct Softmax {};

using OperationKind =
    std::variant<Rescaling, InputQuantizer, Conv2D, Dense, BatchNorm, ReLU,
                 MaxPool2D, GlobalAveragePool2D, Add, View, OutputQuantizer,
                 Dequantizer, ZeroPadding2D, Softmax>;

struct Operation {
  OperationKind kind;
  /// Name of the source layer; an output quantizer carries its owner's.
  std::string layer;
  /// Indices into Program::tensors.
  std::vector<int> inputs;
  int output = -1;

  template <typename T>
  const T *as() const {
    return std::get_if<T>(&kind);
  }
};

/// Ask for the range of a tensor. `layer` is the layer whose quantizer wants
/// it (an array name in range files).
struct RangeRequest {
  int tensor = -1;
  std::string layer;
  bool perAxis = false; ///< one range per channel of the last axis
  /// Minimum and maximum (input quantizers) instead of max |x|.
  bool minMax = false;
};

struct Output {
  int tensor = -1;
  std::string layer; ///< that returns it
};

struct Program {
  std::string name;
  Arithmetic arithmetic = Arithmetic::QuantizeML;
  std::vector<Tensor> tensors;
  /// In an order in which each input is computed before it is read.
  std::vector<Operation> operations;
  int input = -1;
  std::string inputName;
  std::vector<Output> outputs;
  /// Float programs that are to be calibrated.
  std::vector<RangeRequest> ranges;
};

} // namespace qml

#endif // QML_PROGRAM_PROGRAM_H
