//===- Elements.h - Reading and making constant arrays ----------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Weights and vectors of the dialect are ElementsAttrs: literals where they are
// short, resources (shared blobs of memory, never copied) where they are long.
// These functions hide which.
//
//===----------------------------------------------------------------------===//

#ifndef QML_DIALECT_QML_IR_ELEMENTS_H
#define QML_DIALECT_QML_IR_ELEMENTS_H

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/Support/WalkResult.h"
#include "qml/Support/ElementType.h"

#include <memory>
#include <optional>
#include <vector>

namespace qml {

/// Whether the array is one of f32 (integers of i8 to i64; either), with a
/// static shape: a literal or a resource. Only the type is looked at, since in
/// text the data of resources comes after their first use.
bool isElementsOfFloat(mlir::ElementsAttr elements);
bool isElementsOfInteger(mlir::ElementsAttr elements);
bool isElementsOfWeights(mlir::ElementsAttr elements);
/// Of f32, or of integers of 8 to 64 bits, signed, unsigned or neither.
bool isElementsOfNumbers(mlir::ElementsAttr elements);

/// Whether an array for which isElementsOfWeights holds can be read: a resource
/// has as many bytes as its type says, suitably aligned; a literal that repeats
/// a value doesn't stand for absurdly many. Operations verify that of all their
/// arrays.
mlir::LogicalResult
verifyElements(mlir::ElementsAttr elements,
               llvm::function_ref<mlir::InFlightDiagnostic()> emitError);

/// Calls `visit` on all arrays of the operation's inherent attributes, nested
/// ones included, until it interrupts. Makes no dictionary of the attributes,
/// which the context would hash and keep: verifiers do this after each pass.
mlir::WalkResult
walkArrays(mlir::Operation *op,
           llvm::function_ref<mlir::WalkResult(mlir::ElementsAttr)> visit);

/// The type of a file's or program's arrays that corresponds to an MLIR one:
/// f32 and signless or unsigned integers of 8 to 64 bits.
std::optional<ElementType> getElementType(mlir::Type type);

/// The other way round.
mlir::Type makeElementType(mlir::MLIRContext *context, ElementType type);

/// Bytes of an array for which verifyElements succeeds, or an empty range
/// for a literal that repeats one value.
llvm::ArrayRef<char> getRawData(mlir::ElementsAttr elements);

/// The values of an array, without a copy where memory holds them as they are.
template <typename T>
class ElementsView {
public:
  explicit ElementsView(mlir::ElementsAttr elements);

  llvm::ArrayRef<T> get() const {
    return copy.empty() ? view : llvm::ArrayRef<T>(copy);
  }
  const T *data() const { return get().data(); }
  size_t size() const { return get().size(); }
  T operator[](size_t index) const { return get()[index]; }
  auto begin() const { return get().begin(); }
  auto end() const { return get().end(); }

private:
  llvm::ArrayRef<T> view;
  std::vector<T> copy;
};

extern template class ElementsView<float>;

/// The integers of an array of any width.
std::vector<int64_t> readIntegers(mlir::ElementsAttr elements);

/// The floats of an array of f32.
std::vector<float> readFloats(mlir::ElementsAttr elements);

/// Extents of all axes.
llvm::ArrayRef<int64_t> getShape(mlir::ElementsAttr elements);

/// Number of values.
int64_t getNumElements(mlir::ElementsAttr elements);

/// Whether the array has rank 0: one value for all channels.
bool isScalar(mlir::ElementsAttr elements);

/// An array of `type` with the bytes of `data`: a literal if it is short, else
/// a new resource whose name starts with `name`. `data` must match the type.
mlir::ElementsAttr makeElements(mlir::RankedTensorType type,
                                llvm::StringRef name, std::vector<float> data);

/// Integers as elements of the given width in bits (8, 16, 32 or 64).
mlir::ElementsAttr makeIntegers(mlir::MLIRContext *context,
                                llvm::ArrayRef<int64_t> shape,
                                llvm::StringRef name,
                                llvm::ArrayRef<int64_t> values, unsigned width);

/// Integers of the type's elements, signed or not: a literal if all are equal
/// or there are few, else a resource.
mlir::ElementsAttr makeNumbers(mlir::RankedTensorType type,
                               llvm::StringRef name,
                               llvm::ArrayRef<int64_t> values);

/// The same for floats.
mlir::ElementsAttr makeFloatNumbers(mlir::RankedTensorType type,
                                    llvm::StringRef name,
                                    llvm::ArrayRef<float> values);

/// A resource over memory that `owner` keeps alive; a literal if it is short.
/// The memory of a resource is not copied if it is aligned for its elements,
/// else it is.
mlir::ElementsAttr makeResource(mlir::RankedTensorType type,
                                llvm::StringRef name, const void *data,
                                size_t bytes,
                                std::shared_ptr<const void> owner);

/// The same over the memory of a vector, which it takes.
template <typename T>
mlir::ElementsAttr makeResource(mlir::RankedTensorType type,
                                llvm::StringRef name, std::vector<T> values) {
  auto owner = std::make_shared<const std::vector<T>>(std::move(values));
  const void *data = owner->data();
  size_t bytes = owner->size() * sizeof(T);
  return makeResource(type, name, data, bytes, std::move(owner));
}

/// A rank-0 array if `scalar`, else one of rank 1.
mlir::ElementsAttr makeFloatVector(mlir::MLIRContext *context,
                                   llvm::StringRef name,
                                   llvm::ArrayRef<float> values, bool scalar);
mlir::ElementsAttr makeIntVector(mlir::MLIRContext *context,
                                 llvm::StringRef name,
                                 llvm::ArrayRef<int32_t> values, bool scalar);

} // namespace qml

#endif // QML_DIALECT_QML_IR_ELEMENTS_H
