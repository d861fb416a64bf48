//===- Limits.h - What the hardware can do ----------------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The limits of Akida 1.0 and 2.0 as one table: verifiers, the conversion's
// diagnostics and the documentation all read it, and word their messages by it.
//
//===----------------------------------------------------------------------===//

#ifndef QML_DIALECT_AKIDA_IR_LIMITS_H
#define QML_DIALECT_AKIDA_IR_LIMITS_H

#include "qml/Dialect/Akida/IR/AkidaDialect.h"
#include "qml/Dialect/Akida/IR/Layers.h"

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/raw_ostream.h"

#include <initializer_list>
#include <string>

namespace qml {
namespace akida {

/// What is limited.
enum class Quantity : uint8_t {
  // Numbers of bits.
  WeightBits,
  PairedWeightBits,
  WeightValues,
  AlignedBits,
  OutputBits,
  QuantizerBits,
  ActivationBits,
  BufferBits,
  InputBits,
  StateBits,
  // Windows.
  KernelSize,
  KernelShape,
  Stride,
  StrideShape,
  StrideWithKernel,
  StrideOfKernel,
  Dilation,
  ConvPadding,
  UpperPadding,
  PaddingValue,
  InnerPaddingValue,
  PaddingValuePerChannel,
  // Pools.
  PoolType,
  PoolSize,
  PoolShape,
  PoolStride,
  PoolPadding,
  AverageSize,
  // Extents.
  Filters,
  ImageChannels,
  OutputSize,
  QueueLength,
  Subsample,
  InputRank,
  // What meets.
  ImageShift,
  UnsignedInput,
  SignedInput,
  ImageLayers,
  QueueInputBits,
  AddInputBits,
  AddOutputBits,
  EqualInputs,
  JoinedInputs,
  DenseInput,
  PicoInputs,
  TimeImage,
  Extents,
  // Variables.
  Shift,
  SignedShift,
  Threshold,
  ActivationStep,
  ScaleBits,
  // Activations.
  BoundedActivation,
  QuantizedActivation,
  ActivationAxis,
  NegativeResults,
  UnsignedBits,
  LookUpBits,
  LookUpBuffer,
  // Networks.
  Branches,
  Inputs,
  Outputs,
};

/// Which values are allowed: some, or all from the lower to the upper one; none
/// for limits that aren't on one number, which `rule` words.
struct Allowed {
  int64_t lower = 0;
  int64_t upper = -1;
  /// Bit n: n is allowed.
  uint64_t some = 0;

  static constexpr Allowed range(int64_t lower, int64_t upper) {
    return {lower, upper, 0};
  }
  static constexpr Allowed oneOf(std::initializer_list<int> values) {
    Allowed allowed;
    for (int value : values)
      allowed.some |= uint64_t(1) << value;
    return allowed;
  }
  constexpr bool isRule() const { return some == 0 && upper < lower; }
  constexpr bool contains(int64_t value) const {
    return some ? value >= 0 && value < 64 && (some >> value & 1)
                : value >= lower && value <= upper;
  }
};

struct Limit {
  Quantity quantity;
  Versions versions;
  /// The layers that have it; none for those whose own list it is in.
  LayerClasses classes;
  /// What is limited: "weights of {} bits", with {} for the value that was
  /// found, which comes last if there is none.
  llvm::StringLiteral subject;
  /// What has the limit: "convolutions take".
  llvm::StringLiteral owner;
  Allowed allowed;
  /// What is allowed, where it is no number.
  llvm::StringLiteral rule;
  /// What a user can change; may be empty.
  llvm::StringLiteral advice;
  /// Who says so.
  llvm::StringLiteral source;
};

/// The row for a layer of a version; null where there is none. Rows are those
/// that layers share (Limits.cpp), and each family's own (its file in
/// lib/Dialect/Akida/IR/Layers).
const Limit *findLimit(Quantity quantity, Version version, LayerKind kind);

/// Whether the row, if there is one, allows a number.
bool isAllowed(Quantity quantity, Version version, LayerKind kind,
               int64_t value);

/// "1, 3, 5 or 7", "1 to 32", or the rule.
std::string describeAllowed(const Limit &limit);

/// "1, 3 or 5": the values whose bits are set, by their names; empty for none.
std::string listValues(uint64_t bits,
                       llvm::function_ref<std::string(int64_t)> name);

/// "kernel 4x4: Akida 2.0 convolutions take 1, 3, 5 or 7", and the advice.
/// There must be a row. `where` names the parameter.
std::string describeLimit(Quantity quantity, Version version, LayerKind kind,
                          const llvm::Twine &found, llvm::StringRef where = {});

/// "1.0" or "2.0".
llvm::StringRef getVersionName(Version version);

/// The whole table as Markdown.
void printLimits(llvm::raw_ostream &os);

} // namespace akida
} // namespace qml

#endif // QML_DIALECT_AKIDA_IR_LIMITS_H
