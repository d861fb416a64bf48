//===- Meaning.h - What the integers of a tensor stand for ------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Between the encodings of tensor types, `#qml.fixed`, and the formulas of
// qml/Quantization/Quantizers.h.
//
//===----------------------------------------------------------------------===//

#ifndef QML_DIALECT_QML_IR_MEANING_H
#define QML_DIALECT_QML_IR_MEANING_H

#include "qml/Dialect/QML/IR/Elements.h"
#include "qml/Dialect/QML/IR/QMLDialect.h"
#include "qml/Quantization/Quantizers.h"

#include <optional>

namespace qml {

/// An integer v in channel c of the last axis stands for
/// v / 2^fracBits[c] * scales[c].
struct Meaning {
  int valueBits = 0;
  Channels<int32_t> fracBits = Channels<int32_t>::scalar(0);
  /// Absent for values in fixed point.
  std::optional<Channels<float>> scales;

  bool isPerTensor() const {
    return fracBits.size() == 1 && (!scales || scales->isScalar);
  }
  /// Whether channels have scales of their own: they can't be added up.
  bool hasScalePerChannel() const { return scales && scales->size() != 1; }
  /// Whether it matters which channel an integer is of.
  bool isPerChannel() const {
    return fracBits.size() != 1 || hasScalePerChannel();
  }
  Channels<float> scalesOr1() const {
    return scales ? *scales : Channels<float>::scalar(1.0f);
  }
  /// With the binary points of all channels brought to the largest.
  Meaning aligned() const;
  /// The same values times a factor, one or one per channel.
  Meaning scaledBy(const Channels<float> &factor) const;
};

/// Whether two meanings have the same binary points and scales, channel by
/// channel; one value for all is the same as equal ones.
bool areSameButForBits(const Meaning &a, const Meaning &b);

/// The encoding of a value's type; null for floats, and for integers that stand
/// for themselves.
FixedAttr getFixed(mlir::Value value);

/// What the integers of a value stand for; none for floats. Those of a type
/// without an encoding stand for themselves.
std::optional<Meaning> getMeaning(mlir::Value value);
std::optional<Meaning> getMeaning(mlir::Type type);

/// Long vectors become resources whose names start with `name`.
FixedAttr makeFixed(mlir::MLIRContext *context, const llvm::Twine &name,
                    const Meaning &meaning);

/// The type of an integer tensor of the shape of `like`.
mlir::RankedTensorType getIntegerType(mlir::RankedTensorType like,
                                      FixedAttr fixed);

/// The type of a float tensor of the shape of `like`.
mlir::RankedTensorType getFloatType(mlir::RankedTensorType like);

/// Whether a value is a tensor of f32.
bool isFloatTensor(mlir::Value value);

/// The shape of a value, a ranked tensor.
llvm::ArrayRef<int64_t> getShape(mlir::Value value);

/// The extent of the last axis.
int64_t getNumChannels(mlir::Value value);

inline Channels<float> readFloatChannels(mlir::ElementsAttr elements) {
  return {readFloats(elements), isScalar(elements)};
}

inline Channels<int32_t> readIntChannels(mlir::ElementsAttr elements) {
  std::vector<int64_t> values = readIntegers(elements);
  return {std::vector<int32_t>(values.begin(), values.end()),
          isScalar(elements)};
}

inline mlir::ElementsAttr makeFloatAttr(mlir::MLIRContext *context,
                                        const llvm::Twine &name,
                                        const Channels<float> &channels) {
  return makeFloatVector(context, name.str(), channels.values,
                         channels.isScalar);
}

inline mlir::ElementsAttr makeIntAttr(mlir::MLIRContext *context,
                                      const llvm::Twine &name,
                                      const Channels<int32_t> &channels) {
  return makeIntVector(context, name.str(), channels.values, channels.isScalar);
}

/// Integers that are stored as few bits and a shift, as accumulators of
/// `valueBits` meet them: shifted left, and saturated. `shift` may be null.
/// Empty if there are no `values`.
std::vector<int64_t> readAligned(mlir::ElementsAttr values,
                                 mlir::ElementsAttr shift, int valueBits,
                                 Arithmetic arithmetic);

} // namespace qml

#endif // QML_DIALECT_QML_IR_MEANING_H
