//===- LayerFlattener.h - Layers as operations of programs ------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QML_DIALECT_AKIDA_IR_LAYERFLATTENER_H
#define QML_DIALECT_AKIDA_IR_LAYERFLATTENER_H

#include "qml/Dialect/Akida/IR/AkidaOps.h"
#include "qml/Program/Program.h"

namespace qml {
namespace akida {

/// The program that a layer adds its operations to (LayerOpInterface::flatten).
class LayerFlattener {
public:
  virtual ~LayerFlattener() = default;

  /// The tensor of a value that was computed before.
  virtual int lookup(mlir::Value value) = 0;
  /// Says which tensor a further result is: a memory's new value.
  virtual void bind(mlir::Value value, int tensor) = 0;
  virtual Tensor &getTensor(int tensor) = 0;
  /// An operation of the current layer; the tensor of its result.
  virtual int add(OperationKind kind, std::vector<int> inputs, Shape shape,
                  ElementType type, std::optional<int> valueBits) = 0;
  /// A view of an array, which must outlive the program.
  virtual Constant makeConstant(mlir::ElementsAttr elements) = 0;
  /// 32-bit integers that the program keeps.
  virtual Constant makeConstant(llvm::ArrayRef<int64_t> values) = 0;

  /// An operation with a result of 64 bits.
  int add(OperationKind kind, std::vector<int> inputs, Shape shape,
          int valueBits) {
    return add(std::move(kind), std::move(inputs), std::move(shape),
               ElementType::I64, valueBits);
  }
  /// An operation with the type of the layer's own result.
  int addResult(mlir::Operation *layer, OperationKind kind,
                std::vector<int> inputs);

  const Shape &shapeOf(int tensor) { return getTensor(tensor).shape; }
  int bitsOf(int tensor) { return getTensor(tensor).fixed->valueBits; }
};

/// Extents of a value without its batch.
Shape getShapeOf(mlir::Value value);

} // namespace akida
} // namespace qml

#endif // QML_DIALECT_AKIDA_IR_LAYERFLATTENER_H
