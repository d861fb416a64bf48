//===- LayerGroup.h - Layers that the hardware computes as one --*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A group begins at a layer with a kernel, an addition or a quantizer, and goes
// on along single users as long as the hardware's layer does. Knows the
// networks' dialect alone.
//
//===----------------------------------------------------------------------===//

#ifndef QML_LIB_CONVERSION_QMLTOAKIDA_LAYERGROUP_H
#define QML_LIB_CONVERSION_QMLTOAKIDA_LAYERGROUP_H

#include "qml/Dialect/QML/IR/Network.h"

namespace qml {

/// Whose layers a group is to be one of.
enum class ChipVersion : uint8_t { V1, V2 };

/// Layers of a network, in any annotated stage, that are one hardware layer.
struct LayerGroup {
  /// The layer that gives its name: a convolution, dense layer or addition, an
  /// input quantizer or a dequantizer.
  LayerOpInterface main;
  /// A flattening whose shifts the dense layer takes over.
  FlattenOp flatten;
  MaxPool2DOp maxPool;
  ReLUOp relu;
  /// A function that is looked up, and the quantizer of the codes for it.
  OutputQuantizerOp code;
  ActivationOp activation;
  GlobalAveragePool2DOp average;
  OutputQuantizerOp quantizer;
  /// A recurrence between two projections, of which the second one is main, and
  /// the quantizer of its states.
  StatefulProjectionOp input;
  StatefulRecurrentOp recurrent;
  OutputQuantizerOp states;
  /// What leaves the group.
  mlir::Value result;
  /// What the hardware layer reads, as values of the network: results of other
  /// groups, or its input.
  llvm::SmallVector<mlir::Value, 2> inputs;
  /// All layers of the group but the main one, in their order.
  llvm::SmallVector<mlir::Operation *, 4> members;
};

/// The group of a main layer: what follows it as long as the hardware's layer
/// goes on, and what is before a dense layer or the second projection of a
/// recurrence.
LayerGroup findGroup(LayerOpInterface main, ChipVersion version);

/// The projection and the recurrence before a projection, if the hardware can
/// take all for one layer: they are part of the group of this one.
bool followsRecurrence(StatefulProjectionOp projection);

} // namespace qml

#endif // QML_LIB_CONVERSION_QMLTOAKIDA_LAYERGROUP_H
