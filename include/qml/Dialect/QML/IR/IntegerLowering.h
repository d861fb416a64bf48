//===- IntegerLowering.h - How layers become integers -----------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What LowerableOpInterface::toInteger of each operation works with: the rules
// of the arithmetic, errors by the names of layers, and the steps that families
// of layers share. The pass --qml-to-integer walks the network.
//
//===----------------------------------------------------------------------===//

#ifndef QML_DIALECT_QML_IR_INTEGERLOWERING_H
#define QML_DIALECT_QML_IR_INTEGERLOWERING_H

#include "qml/Dialect/QML/IR/Network.h"

#include "llvm/ADT/StringSet.h"

namespace qml {

/// Lowers the operations of one network.
class IntegerLowering {
public:
  explicit IntegerLowering(mlir::func::FuncOp network)
      : arithmetic(getArithmetic(network)),
        fracBitsLimit(qml::getFracBitsLimit(network)) {}

  Arithmetic getRules() const { return arithmetic; }
  /// Whether integers follow the rules of the chip.
  bool isAkida() const { return arithmetic == Arithmetic::Akida; }
  /// How fine the steps of quantizers may be.
  FracBitsLimit getFracBitsLimit() const { return fracBitsLimit; }
  bool hasFailed() const { return failed; }

  /// Makes one operation integer, its result's type included.
  void lower(LowerableOpInterface op);

  /// Gives the result of an operation the type of integers that stand for
  /// `meaning`.
  void setMeaning(mlir::Operation *op, const Meaning &meaning);

  /// Reports a problem of a layer: `layer 'x': ...`; nothing after the first
  /// one of the layer and its quantizer.
  mlir::InFlightDiagnostic error(mlir::Operation *op);

  /// Reports inputs that have more bits than the buffer that takes them.
  void checkPromotion(mlir::Operation *op, const Meaning &input, int bits);

  /// Reports an operand that is not in fixed point, and returns what its
  /// integers stand for without the scale.
  Meaning expectFixedPoint(mlir::Operation *op, mlir::Value operand);

  /// Reports a layer that moves channels, of which each has a binary point or a
  /// scale; `verb` is what it does with the last axis.
  void expectKeptChannels(mlir::Operation *op, llvm::StringRef verb);

  /// Reports inputs with a scale per channel, of layers that add up channels.
  void expectOneScale(mlir::Operation *op, const Meaning &input);

  /// Brings inputs with a binary point per channel to one, within `bits`: sets
  /// `input_shift`.
  Meaning align(mlir::Operation *op, const Meaning &input, int bits);

  /// Quantizes the kernels and the bias of a layer whose input stands for
  /// `input`; returns the value bits of its sums.
  int lowerWeights(WeightedLayerOpInterface layer, const Meaning &input);

  /// Enlarges scales of weights, one or one per output channel, with which the
  /// chip could not hold the bias and the sums. Does nothing by other rules.
  void fitScales(WeightedLayerOpInterface layer, const Meaning &input,
                 std::vector<float> &scales) const;

  /// Quantizes values at an accumulator's scale and binary point, and sets the
  /// attributes `name` and `shiftName`. `what` is the word for messages.
  void setAligned(mlir::Operation *op, llvm::StringRef name,
                  llvm::StringRef shiftName, llvm::StringRef what,
                  const Channels<float> &values, AlignedQuantizerAttr quantizer,
                  const Accumulator &accumulator);

private:
  /// Quantizes one kernel; returns what products of the input with it are.
  Meaning lowerKernel(WeightedLayerOpInterface layer, const KernelInfo &info,
                      const Meaning &input);

  Arithmetic arithmetic;
  FracBitsLimit fracBitsLimit;
  bool failed = false;
  /// Layers with a problem.
  llvm::StringSet<> reported;
};

} // namespace qml

#endif // QML_DIALECT_QML_IR_INTEGERLOWERING_H
