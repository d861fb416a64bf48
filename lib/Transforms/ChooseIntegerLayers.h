//===- ChooseIntegerLayers.h - What runs in integers ------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QML_LIB_TRANSFORMS_CHOOSEINTEGERLAYERS_H
#define QML_LIB_TRANSFORMS_CHOOSEINTEGERLAYERS_H

#include "qml/Dialect/QML/IR/QMLOps.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/SetVector.h"

namespace qml {

/// Which layers of a network run in integers.
struct IntegerLayers {
  llvm::DenseSet<mlir::Operation *> layers;
  /// Float results of layers from which integers begin again: each needs an
  /// input quantizer for those of its users that run in integers.
  llvm::SetVector<mlir::Value> beginnings;
};

/// A layer runs in integers if it can, and all layers before it do. After a
/// layer that can't, integers begin again where that pays: for layers with
/// kernels, and those that lead to one. Nothing does after the layer
/// `quantizeUntil`.
///
/// Each layer that can't is an error if `strict`, else a warning, unless the
/// user said where to stop; so is a network without any layer in integers.
mlir::FailureOr<IntegerLayers>
chooseIntegerLayers(mlir::func::FuncOp network,
                    llvm::ArrayRef<LayerOpInterface> layers,
                    llvm::StringRef quantizeUntil, bool strict);

} // namespace qml

#endif // QML_LIB_TRANSFORMS_CHOOSEINTEGERLAYERS_H
