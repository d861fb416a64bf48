//===- Flattening.h - How layers become programs ----------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What LowerableOpInterface::flatten of each operation works with. Executors
// know nothing of MLIR: they run the plain program of qml/Program/Program.h,
// whose constants are views of the network's weights.
//
//===----------------------------------------------------------------------===//

#ifndef QML_DIALECT_QML_IR_FLATTENING_H
#define QML_DIALECT_QML_IR_FLATTENING_H

#include "qml/Dialect/QML/IR/Network.h"
#include "qml/Dialect/QML/IR/ShapeInference.h"
#include "qml/Program/Program.h"

#include <deque>

namespace qml {

/// Constants of a program that had to be spelled out.
using ConstantStorage = std::deque<std::vector<char>>;

/// A view of an array, spelled out in `storage` if it repeats one value. No
/// array gives none.
Constant viewConstant(mlir::ElementsAttr elements, ConstantStorage &storage);

/// Integers in `storage`, as wide as `valueBits` and a sign need.
Constant storeIntegers(llvm::ArrayRef<int64_t> values, int valueBits,
                       ConstantStorage &storage);

/// The integers of an array of any width; none for null.
std::vector<int32_t> readVector(mlir::ElementsAttr elements);

/// A tensor of a program for a value.
Tensor makeTensor(mlir::Value value);

/// A window over the image `input`, with the pads of each side.
Window makeWindow(mlir::Value input, llvm::ArrayRef<int64_t> kernel,
                  llvm::ArrayRef<int64_t> strides,
                  llvm::ArrayRef<int64_t> dilations, PaddingAttr padding);

/// Flattens the operations of one network.
class NetworkFlattener {
public:
  NetworkFlattener(mlir::func::FuncOp network, Program &program,
                   ConstantStorage &storage);

  Arithmetic getRules() const { return program.arithmetic; }
  /// Whether integers follow the rules of the chip.
  bool isAkida() const { return program.arithmetic == Arithmetic::Akida; }

  /// Flattens all operations, inputs, outputs, states and range requests.
  mlir::LogicalResult run();

  /// Makes a tensor for a value that no operation computes; returns it.
  int addTensor(mlir::Value value);

  /// Makes a value an input of the program, called `name`; returns its tensor.
  int addInput(mlir::Value value, std::string name);

  /// The tensor of a value that was flattened.
  int getTensor(mlir::Value value) const { return tensors.lookup(value); }

  /// Adds the operation of a program that computes the result of `op` from
  /// its operands, or from `inputs`.
  void add(mlir::Operation *op, OperationKind kind);
  void add(mlir::Operation *op, OperationKind kind, std::vector<int> inputs);

  /// Adds an operation whose result is no value of the network.
  int addInner(mlir::Operation *op, OperationKind kind, std::vector<int> inputs,
               Tensor result);

  /// `value` is what `tensor` holds.
  void bind(mlir::Value value, int tensor) { tensors[value] = tensor; }

  /// The result of `op` is its operand: nothing is computed.
  void forward(mlir::Operation *op);

  /// Asks for the range of the operand of a quantizer, and forwards it.
  void observe(mlir::Operation *quantizer, llvm::StringRef layer,
               Granularity granularity, bool minMax);

  /// Notes what the calibration saw of a value of an integer network.
  void noteObserved(mlir::Value value, Observed observed);

  /// Integers that a layer stores in few bits, at the binary point of its
  /// accumulator of `valueBits`; notes those that are cut. `name` is what
  /// messages call them.
  std::vector<int64_t> readConstants(mlir::Operation *op, const char *name,
                                     mlir::ElementsAttr values,
                                     mlir::ElementsAttr shift, int valueBits);

  Constant makeConstant(mlir::ElementsAttr elements) {
    return viewConstant(elements, storage);
  }

  /// The bias of a layer at its accumulator's binary point.
  Constant makeBias(WeightedLayerOpInterface layer);

  /// The rules of a layer's accumulator, by its attributes.
  AccumulatorRules makeAccumulator(mlir::Operation *op) const;
  /// The same for sums of products, which the chip bounds before the bias.
  AccumulatorRules makeProductAccumulator(WeightedLayerOpInterface layer,
                                          bool wrapsAround) const;

private:
  mlir::func::FuncOp network;
  Program &program;
  ConstantStorage &storage;
  llvm::DenseMap<mlir::Value, int> tensors;
};

} // namespace qml

#endif // QML_DIALECT_QML_IR_FLATTENING_H
