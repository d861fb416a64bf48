//===- Blocks.h - Layers that the hardware computes as one ------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QML_LIB_CONVERSION_QMLTOAKIDA_BLOCKS_H
#define QML_LIB_CONVERSION_QMLTOAKIDA_BLOCKS_H

#include "qml/Dialect/Akida/IR/AkidaOps.h"
#include "qml/Dialect/QML/IR/Network.h"

#include <string>

namespace qml {
namespace conversion {

/// One hardware layer to be, as layers of a network in any annotated stage.
struct Block {
  /// The layer that gives its name: a convolution, dense layer or addition, an
  /// input quantizer or a dequantizer.
  LayerOpInterface main;
  akida::LayerKind kind = akida::LayerKind::Conv2D;
  /// A flattening whose shifts the dense layer takes over.
  FlattenOp flatten;
  MaxPool2DOp maxPool;
  ReLUOp relu;
  GlobalAveragePool2DOp average;
  OutputQuantizerOp quantizer;
  /// What leaves the block.
  mlir::Value result;
  /// Whether no layer of the hardware reads the result.
  bool isLast = false;

  /// Operands of the hardware layer, as values of the network: results of other
  /// blocks, or its input.
  llvm::SmallVector<mlir::Value, 2> inputs;

  /// Whether it is a convolution of bytes, which is a layer of its own.
  bool isImageInput() const {
    return kind == akida::LayerKind::InputConv2D ||
           kind == akida::LayerKind::InputConvolutional;
  }
};

/// The blocks of a network in the order of its layers.
struct Blocks {
  llvm::SmallVector<Block> blocks;
  /// Layers in float behind the dequantizer.
  llvm::SmallVector<LayerOpInterface> left;
  /// What the network computes in integers: the last block's result.
  mlir::Value result;
  /// Whether every layer that counts is in a block.
  bool areComplete = true;
};

/// Finds the blocks; reports each layer that fits into none. Layers that
/// nothing uses don't count.
Blocks findBlocks(mlir::func::FuncOp network, akida::Version version);

/// Reports everything about the blocks that the hardware can't do. In stages
/// before integers, what follows from integers is left out.
mlir::LogicalResult checkBlocks(mlir::func::FuncOp network, Blocks &blocks,
                                akida::Version version);

/// Makes the model, behind the network. The network was checked.
mlir::FailureOr<akida::ModelOp>
lowerBlocks(mlir::func::FuncOp network, Blocks &blocks, akida::Version version);

/// The value before rescalings, dropouts and reshapes of vectors: what the
/// hardware sees in its place.
mlir::Value skipTransparent(mlir::Value value);

/// The padding that the hardware is told for a convolution: it makes no
/// difference for one cell, and padding values need it.
Padding getHardwarePadding(mlir::Operation *conv);

/// Starts the report of a limit that a layer violates.
mlir::InFlightDiagnostic violate(mlir::Operation *layer);

} // namespace conversion
} // namespace qml

#endif // QML_LIB_CONVERSION_QMLTOAKIDA_BLOCKS_H
