//===- Kinds.h - What is known of each kind of operation --------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The answers of each kind of operation to the questions that every program is
// asked, whatever runs it. A kind's answers stand in one file of
// lib/Program/Kinds; one that leaves out an answer does not compile.
//
//===----------------------------------------------------------------------===//

#ifndef QML_PROGRAM_KINDS_H
#define QML_PROGRAM_KINDS_H

#include "qml/Program/Hash.h"
#include "qml/Program/Losses.h"
#include "qml/Program/ValueRanges.h"

namespace qml {

class Checker;

/// What a kind of operation computes with. All but quantizers and dequantizers
/// make of integers integers, and of floats floats.
enum class Form : uint8_t { Any, Floats, Integers, Quantizer, Dequantizer };

/// What the range of a result depends on.
struct RangeQuery {
  const Program &program;
  const Operation &operation;
  /// What is known of each input.
  const std::vector<const ValueInfo *> &inputs;
};

/// One sample of an operation with an integer result, or of a dequantizer:
/// formulas as they are written in Program.h, on 64-bit integers, sums in 128
/// bits.
struct IntegerEvaluation {
  const Program &program;
  const Operation &operation;
  /// Of operations that are one.
  const Product *product;
  /// int64_t, or float for an input quantizer.
  const std::vector<const void *> &inputs;
  /// int64_t, or float of a dequantizer.
  void *out;
};

/// One sample of an operation with a float result. Each step of a formula is
/// rounded, sums run in the order of the weights.
struct FloatEvaluation {
  const Program &program;
  const Operation &operation;
  /// Of operations that have them, else null.
  const float *kernel;
  const float *bias;
  const std::vector<const float *> &inputs;
  float *out;
};

/// The constants of operations that multiply with a kernel.
struct Weights {
  const Constant *kernel = nullptr;
  const Constant *bias = nullptr;
};

/// The answers of one kind. Functions take an operation of that kind.
struct KindInfo {
  /// As messages call it: "a convolution".
  const char *name;
  Form form;
  /// Also takes a model input's integers without a binary point, and makes
  /// such.
  bool keepsModelIntegers;
  size_t minInputs;
  size_t maxInputs;
  /// Whether shapes, sizes of vectors and numbers fit together. Inputs and
  /// result exist, and their types go with `form`.
  Status (*check)(const Checker &checker, const Operation &operation);
  Weights (*weights)(const Operation &operation);
  /// An operation with a kernel, on integers; null for other kinds.
  Product (*makeProduct)(const Program &program, const Operation &operation);
  /// Of the integers of the result; null for products, see rangesOf, and kinds
  /// without an integer result.
  IntegerRange (*valueRange)(const RangeQuery &query);
  /// What the values of the result reach, before anything is cut; reports what
  /// the operation loses. Null for kinds without an integer result, and those
  /// whose values no calibration sees.
  Reach (*reach)(ReachQuery &query);
  /// Adds all that the result depends on.
  void (*addTo)(ProgramHash &hash, const Operation &operation);
  /// Null for kinds without integers.
  void (*evaluateIntegers)(const IntegerEvaluation &evaluation);
  /// Null for kinds without a float form.
  void (*evaluateFloats)(const FloatEvaluation &evaluation);
};

/// The answers of a kind; each one's file instantiates it.
template <typename Kind>
const KindInfo &kindInfo();

/// The answers of an operation's kind.
const KindInfo &kindOf(const Operation &operation);

/// For visitors that treat several kinds alike: they name them all, so that a
/// new one does not compile until somebody has thought of it.
template <typename Kind, typename... Kinds>
constexpr bool isOneOf = (std::is_same_v<Kind, Kinds> || ...);

/// In place of a result.
template <typename Result, typename Kind, typename... Kinds>
using IfOneOf = std::enable_if_t<isOneOf<Kind, Kinds...>, Result>;

/// Kinds without a float form, for the planners of networks in float32.
template <typename Result, typename Kind>
using IfIntegersOnly =
    IfOneOf<Result, Kind, InputQuantizer, OutputQuantizer, Dequantizer, LookUp,
            TemporalSum, Rows, StepActivation, StepDequantizer>;

/// What these planners say of such an operation.
Error integersOnlyError(const Operation &operation);

} // namespace qml

#endif // QML_PROGRAM_KINDS_H
