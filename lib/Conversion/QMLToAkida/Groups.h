//===- Groups.h - Hardware layers to be -------------------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QML_LIB_CONVERSION_QMLTOAKIDA_GROUPS_H
#define QML_LIB_CONVERSION_QMLTOAKIDA_GROUPS_H

#include "LayerGroup.h"

#include "qml/Dialect/Akida/IR/AkidaOps.h"

#include <optional>

namespace qml {
namespace conversion {

/// A group of layers, and the hardware layer that it is to be.
struct HardwareGroup : LayerGroup {
  akida::LayerKind kind = akida::Conv2DOp::kind;
  /// Whether no layer of the hardware reads the result.
  bool isLast = false;

  /// Whether it is a convolution of bytes, which is a layer of its own.
  bool isImageInput() const {
    return kind == akida::InputConv2DOp::kind ||
           kind == akida::InputConvolutionalOp::kind;
  }
};

/// The groups of a network in the order of its layers.
struct HardwareGroups {
  llvm::SmallVector<HardwareGroup> groups;
  /// Layers in float after the dequantizer.
  llvm::SmallVector<LayerOpInterface> left;
  /// What the network computes in integers: the last group's result.
  mlir::Value result;
  /// Whether every layer that counts is in a group.
  bool areComplete = true;
};

/// Finds the groups; reports each layer that fits into none. Layers that
/// nothing uses don't count.
HardwareGroups findGroups(mlir::func::FuncOp network, akida::Version version);

/// Reports everything about the groups that the hardware can't do. In stages
/// before integers, what follows from integers is left out.
mlir::LogicalResult checkGroups(mlir::func::FuncOp network,
                                HardwareGroups &groups, akida::Version version);

/// Makes the model, after the network, which is left as it is. The network was
/// checked.
mlir::FailureOr<akida::ModelOp> lowerGroups(mlir::func::FuncOp network,
                                            HardwareGroups &groups,
                                            akida::Version version);

/// The padding that the hardware is told for a group with a window: the one
/// whose cells are those of the convolution and of its pool; nothing if there
/// is none.
std::optional<akida::Padding> findHardwarePadding(const HardwareGroup &group);

/// Warns of what the hardware's rules cut and the network's own did not.
mlir::LogicalResult reportChipLosses(mlir::func::FuncOp network,
                                     llvm::ArrayRef<HardwareGroup> groups,
                                     akida::ModelOp model);

/// Starts the report of what the hardware can't do about a layer.
mlir::InFlightDiagnostic reportLayer(mlir::Operation *layer);

} // namespace conversion
} // namespace qml

#endif // QML_LIB_CONVERSION_QMLTOAKIDA_GROUPS_H
