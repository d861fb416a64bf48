//===- ShapeNumbers.h - Numbers that come of shapes -------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Keras 2 makes layers of what a model computes of shapes, too:
// `tf.reshape(x, (tf.shape(x)[0], 8))` is a layer that takes the shape, one
// that takes the first number of it, and a Reshape that has that as an input.
// The numbers are known when the model is imported, but for the batch, which is
// -1, as in the targets of reshapes.
//
//===----------------------------------------------------------------------===//

#ifndef QML_LIB_TARGET_KERAS_SHAPENUMBERS_H
#define QML_LIB_TARGET_KERAS_SHAPENUMBERS_H

#include "qml/Target/Keras/KerasModel.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/StringRef.h"

namespace qml {

class ShapeNumbers {
public:
  /// Whether a layer computes such numbers: it takes a tensor's shape, or
  /// numbers and no tensor.
  bool computes(const KerasLayer &layer, llvm::StringRef className) const;

  /// Notes what layer number `index` of the model computes; `shape` is that of
  /// its first input, with the batch, if that is a tensor. False if it can't be
  /// known; then layers that need it can't be imported.
  bool evaluate(const KerasLayer &layer, llvm::StringRef className,
                size_t index, llvm::ArrayRef<int64_t> shape);

  /// The layer with numbers in place of the inputs that are such.
  KerasLayer substitute(const KerasLayer &layer) const;

  /// Whether any of the layer's inputs is numbers, and whether any is not known
  /// by now.
  bool isNeededBy(const KerasLayer &layer) const;
  bool isMissedBy(const KerasLayer &layer) const;

private:
  struct Numbers {
    /// None if they can't be known.
    std::vector<int64_t> values;
    /// Of one number that is no list.
    bool isScalar = false;
  };

  std::optional<Numbers> compute(const KerasLayer &layer,
                                 llvm::StringRef function,
                                 llvm::ArrayRef<int64_t> shape) const;
  /// The layer's operands that are numbers, in their order.
  std::vector<Numbers> getOperands(const KerasLayer &layer) const;

  /// By the layers that compute them.
  llvm::DenseMap<size_t, Numbers> known;
};

} // namespace qml

#endif // QML_LIB_TARGET_KERAS_SHAPENUMBERS_H
