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
#include "qml/Quantization/ScalarFunctions.h"
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

/// Extent of the last axis, 1 for a scalar.
inline int64_t numChannels(const Tensor &tensor) {
  return tensor.shape.empty() ? 1 : tensor.shape.back();
}

/// Vertical first, then horizontal.
struct Window {
  int64_t kernel[2] = {1, 1};
  int64_t strides[2] = {1, 1};
  int64_t dilations[2] = {1, 1};
  int64_t padBegin[2] = {0, 0};
  int64_t padEnd[2] = {0, 0};
};

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

/// Float: x * scale + offset, element by element, in that order, each step
/// rounded to float32 (inputs of integer types are converted first). Integer:
/// the integers unchanged; the scale is in the result's `Fixed`.
struct Rescaling {
  std::vector<float> scale;  ///< one, or one per channel
  std::vector<float> offset; ///< one, or one per channel
};

/// Integer: clamp(rne(x * 2^fracBits)) + zeroPoints, clamped again. Under the
/// chip's rules quantizeOnChip of FixedPoint.h, with `scales` for 2^fracBits.
struct InputQuantizer {
  std::vector<int32_t> zeroPoints; ///< none, one, or one per channel
  std::vector<float> scales;       ///< Akida: one, or one per channel
  bool isUnsigned = false;         ///< see outputRange in FixedPoint.h
};

/// How an integer layer accumulates. Before it multiplies, channel c of its
/// input is shifted left by inputShift[c] and saturated to `bufferBits`. These
/// also bound the accumulator, after the sum and again after the bias.
struct AccumulatorRules {
  int bufferBits = 0;              ///< value bits, without the sign
  std::vector<int32_t> inputShift; ///< none, one, or one per channel
  /// What bounds the sum with the bias, if not `bufferBits`: the chip adds
  /// biases in its wider buffer of products.
  std::optional<int> biasBits = std::nullopt;
  /// Only the sum with the bias is bounded: the chip's input convolutions.
  bool saturatesOnce = false;
  /// Whether the shifted input is bounded, too. The chip keeps bytes of images
  /// and states of recurrences as they are.
  bool boundsInput = true;
  /// Sums of products wrap around to 32 bits before they are bounded: the
  /// chip's convolutions.
  bool wrapsAround = false;

  int getBiasBits() const { return biasBits.value_or(bufferBits); }
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
  AccumulatorRules accumulator;
};

/// Spreads an image: input cell (i, j) adds its products with the kernel to the
/// result cells (i s + u d - crop, j s + v d - crop) of all taps (u, v) that
/// are there, with strides s and dilations d. Kernel as in Conv2D.
struct Conv2DTranspose {
  bool depthwise = false;
  Constant kernel;
  Constant bias; ///< (out), or absent
  /// `padBegin` is what is cut off; `padEnd` follows from the result's shape.
  Window window;
  AccumulatorRules accumulator;
};

/// Over the last axis, for any rank: kernel (in, out).
struct Dense {
  Constant kernel;
  Constant bias; ///< (out), or absent
  AccumulatorRules accumulator;
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

/// The mean over the window; padded cells do not take part. Integer: the sum
/// of the n cells times round(denominator / n), saturated to `bufferBits`; the
/// division by the denominator is in the result's scale.
struct AveragePool2D {
  Window window;
  int64_t denominator = 1;
  int bufferBits = 0;
};

/// A denominator for which the factors of all numbers of cells are integers, if
/// it is below 2^16; else one whose factors have 8 bits at least.
int64_t chooseDenominator(const AveragePool2D &pool, const Shape &in,
                          const Shape &out);

/// Float: the mean over height and width. Integer: the sum of the shifted
/// inputs, saturated to `bufferBits` (under the chip's rules after each
/// addition, row by row); the division is in the result's scale.
struct GlobalAveragePool2D {
  AccumulatorRules accumulator;
};

/// Integer: (a << aShift) + (b << bShift), each saturated to `bufferBits`.
struct Add {
  int bufferBits = 0;
  std::vector<int32_t> aShift; ///< one, or one per channel
  std::vector<int32_t> bShift;
};

/// The product of two inputs. The second has the first one's shape, or is a
/// vector of its channels, whose other axes are 1 or not there. Integer: the
/// product saturated to `bufferBits`; fractional bits add up.
struct Multiply {
  int bufferBits = 0;
};

/// Joins its inputs, one or more of them, along the last axis. Integers stay as
/// they are: each channel of the result has the binary point and the scale of
/// the channel that it comes from.
struct Concatenate {};

/// Flatten, Reshape or Dropout: the same elements under the result's shape.
/// Integer: channel c of the *input's* last axis is first shifted left by
/// inputShift[c], saturated to the value bits of the result.
struct AlignedReshape {
  std::vector<int32_t> inputShift; ///< none, one, or one per channel
};

/// Integer: the scale-out of qml/Quantization/FixedPoint.h, channel by
/// channel, to the value bits of the result.
struct OutputQuantizer {
  /// Value bits of products; without scales 0 bounds nothing.
  int bufferBits = 0;
  std::vector<int32_t> scales; ///< none for inputs without a scale, one, or C
  std::vector<int32_t> shift;  ///< one, or one per channel
  bool isUnsigned = false;     ///< see outputRange in FixedPoint.h

  int getBufferBits() const {
    return bufferBits || !scales.empty() ? bufferBits : 32;
  }
};

/// Integers to float: v / 2^fracBits * scales of the input's `Fixed`; or, with
/// scales of its own, v * scales.
struct Dequantizer {
  std::vector<float> scales; ///< none, one, or one per channel
};

/// Where the elements of a Move's result come from, along one of its axes.
struct MoveAxis {
  int from = 0;       ///< axis of the input
  int64_t begin = 0;  ///< added to the result's index; negative for padding
  int64_t repeat = 1; ///< how often each element is there
};

/// Elements at other places: padding, cropping, repetition, axes in another
/// order. Along result axis a, index i is the input's
/// floor((i + begin) / repeat). Where that is outside: zero, or the nearest
/// element. Integers stay as they are.
struct Move {
  static constexpr int maxRank = 6;
  std::vector<MoveAxis> axes; ///< of the result
  bool clampsToEdge = false;
};

/// Float only: exp(x - max) / sum over the last axis, or its logarithm,
/// x - max - log(sum).
struct Softmax {
  bool isLogarithm = false;
};

/// Float only: a function of each value. Integers look it up.
struct ScalarActivation {
  ScalarFunction function = ScalarFunction::Swish;
  float alpha = 0; ///< of functions that have one
};

/// Integers only: table[v - first]; values outside take the nearest entry.
struct LookUp {
  std::vector<int32_t> table;
  int64_t first = 0;
};

/// A queue: input 1 (..., T, C) without its oldest entry, followed by input 0
/// (..., C). Executors of networks in float32 have it for memories alone: input
/// 1 is what a state was before, the result what it is after.
struct Push {};

/// A linear recurrence over time with complex states s = (r, i), for each step
/// t of x (T, C), with a of one value per channel:
///   r' = r Re(a) - i Im(a) + x[t],  i' = r Im(a) + i Re(a)
/// each step of the formula rounded to float32. Input 1 is the state (2, C), a
/// real part before an imaginary one; without it, it is zero. Result: all
/// states (2, T, C). Integer: all sums and products are saturated to
/// `bufferBits`, and what becomes the state is shifted by `shift`, rounded half
/// up, saturated to `stateBits`.
struct Recurrence {
  std::vector<int32_t> real;         ///< integer: Re(a), one per channel
  std::vector<int32_t> imaginary;    ///< integer: Im(a), one per channel
  std::vector<int32_t> shift;        ///< integer: one, or one per channel
  std::vector<float> floatReal;      ///< float: Re(a), one per channel
  std::vector<float> floatImaginary; ///< float: Im(a), one per channel
  int bufferBits = 0;
  int stateBits = 0; ///< value bits
  /// Integer: the result holds r' and i' as they are before the shift.
  bool keepsSums = false;
};

/// Whether a prediction is far from the truth, inputs 0 and 1, both (T, C): 1
/// for channels of which the mean of |prediction - truth| over T is
/// `floatThreshold` or more; else 0. Integer: 1 for channels where floor(sum of
/// |q - truth| / T) > threshold, with q the scale-out of the prediction to 15
/// value bits. `bufferBits` bound its products and the sum. The truth is
/// integers in either form.
struct DifferenceTest {
  std::vector<int32_t> scales;    ///< one per channel
  std::vector<int32_t> shift;     ///< one per channel
  std::vector<int32_t> threshold; ///< one per channel
  int bufferBits = 0;
  double floatThreshold = 0;
};

//===----------------------------------------------------------------------===//
// What only hardware layers do; integers under Arithmetic::Akida
//===----------------------------------------------------------------------===//

/// Input (..., T, C): the sum over T of products with kernel (T, C), saturated
/// after each addition; then the bias.
struct TemporalSum {
  Constant kernel;
  Constant bias; ///< (C), or absent
  AccumulatorRules accumulator;
};

/// Of a tensor seen as rows (N, C): row `first` and each `stride`-th that
/// follows, as many as the result holds.
struct Rows {
  int64_t first = 0;
  int64_t stride = 1;
};

/// activateByStep of FixedPoint.h, with steps of sixteenths.
struct StepActivation {
  std::vector<int32_t> threshold;  ///< one, or one per channel
  std::vector<int64_t> sixteenths; ///< one, or one per channel
  int bits = 0;
};

/// Integers to float: (v - threshold) / step.
struct StepDequantizer {
  std::vector<int32_t> threshold; ///< one, or one per channel
  std::vector<float> step;        ///< one, or one per channel
};

using OperationKind =
    std::variant<Rescaling, InputQuantizer, Conv2D, Dense, BatchNorm, ReLU,
                 MaxPool2D, GlobalAveragePool2D, Add, Multiply, Concatenate,
                 AlignedReshape, OutputQuantizer, Dequantizer, Move, Softmax,
                 ScalarActivation, Conv2DTranspose, LookUp, Push, TemporalSum,
                 Recurrence, DifferenceTest, Rows, StepActivation,
                 StepDequantizer, AveragePool2D>;

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

/// What the calibration saw of a tensor. Of integers in codes, before they are
/// cut; of a float input in real values.
struct Observed {
  int tensor = -1;
  /// One per channel of the last axis. Where only magnitudes are known they are
  /// opposite, and one of them was seen.
  std::vector<double> lower, upper;
  /// Each channel came to its bounds; else at least one of them did.
  bool perAxis = false;
  /// Lower bounds are magnitudes' opposites.
  bool isMagnitude = false;
};

/// Constants of a layer that its accumulator cuts.
struct CutConstant {
  std::string layer;
  const char *name = ""; ///< "bias" or "padding value"
  int64_t channels = 0;  ///< that are cut
  int64_t ofChannels = 0;
  double factor = 0; ///< the largest is so many times what fits
  int bits = 0;      ///< value bits of the accumulator
};

struct Input {
  int tensor = -1;
  std::string name; ///< as arrays of samples are called
  /// Whether arrays of samples have the channels before the other axes, as the
  /// model that the network was imported from; the tensor has them last.
  bool channelsFirst = false;
  /// Whether arrays may have an axis of frames, which are samples, before those
  /// of the tensor. Those of networks with states may in any case.
  bool hasFrames = false;
};

struct Output {
  int tensor = -1;
  std::string layer; ///< that returns it
};

/// A value that one sample leaves for the next: samples are steps in time.
struct State {
  int before = -1; ///< zeros for the first sample, then the last `after`
  int after = -1;
};

struct Program {
  std::string name;
  Arithmetic arithmetic = Arithmetic::QuantizeML;
  std::vector<Tensor> tensors;
  /// In an order in which each input is computed before it is read.
  std::vector<Operation> operations;
  /// One at least, of different names.
  std::vector<Input> inputs;
  std::vector<Output> outputs;
  /// Empty but for networks with memory, whose samples run one by one.
  std::vector<State> states;
  /// Float programs that are to be calibrated.
  std::vector<RangeRequest> ranges;
  /// Integer programs that were calibrated, for findLosses; executors need
  /// neither.
  std::vector<Observed> observed;
  std::vector<CutConstant> cutConstants;
};

/// The input that is `tensor`, or -1.
inline int inputIndexOf(const Program &program, int tensor) {
  for (size_t i = 0; i < program.inputs.size(); ++i)
    if (program.inputs[i].tensor == tensor)
      return int(i);
  return -1;
}

} // namespace qml

#endif // QML_PROGRAM_PROGRAM_H
