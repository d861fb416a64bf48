//===- Changes.h - Calibrated networks with other bitwidths -----*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Ranges are observed once: bitwidths are bound to the same calibrated network
// again and again, and each variant becomes integers by the usual passes.
//
//===----------------------------------------------------------------------===//

#ifndef QML_ANALYSIS_CHANGES_H
#define QML_ANALYSIS_CHANGES_H

#include "qml/Dialect/QML/IR/Network.h"
#include "qml/Target/Program/Flatten.h"

#include "mlir/IR/OwningOpRef.h"

#include <functional>
#include <string>
#include <vector>

namespace qml {

/// A change in the configuration of one layer.
struct Change {
  enum Kind {
    WeightBits, ///< of the kernel that `key` quantizes
    ResultBits, ///< of the output quantizer; signed from 8 on, as parameters
                ///< make them
    PerTensor,  ///< one range for all channels of the result
  };
  Kind kind = WeightBits;
  std::string layer;
  std::string key; ///< in configurations: "output_quantizer"
  int bits = 0;
  /// Results without a sign get none with 8 bits either: it would take one of
  /// the bits back. The chip's have one.
  bool keepsSign = false;

  bool ofWeights() const { return kind == WeightBits; }
  /// "weights of 'conv' in 8 bits", for people.
  std::string text() const;
};

/// Applies changes to a calibrated network that has these layers and
/// quantizers. Keys that were left out of the configuration are added to it.
void applyChanges(mlir::func::FuncOp calibrated,
                  llvm::ArrayRef<Change> changes);

/// The changes that may help a layer: weights and results of less than 8 bits
/// in 8, others in 16, and one range for results per axis.
std::vector<Change> listChanges(LayerOpInterface layer);

/// A module of its own with a copy of a network, with the same rules.
mlir::OwningOpRef<mlir::ModuleOp> copyNetwork(mlir::func::FuncOp network);

/// An integer network and its program.
struct Variant {
  mlir::OwningOpRef<mlir::ModuleOp> module;
  mlir::func::FuncOp network;
  FlatNetwork flat;
};

/// Makes integers of a calibrated network, which stays as it is, after the
/// changes, and after `prepare`, if there is any, of the changed copy.
mlir::FailureOr<Variant> makeVariant(
    mlir::func::FuncOp calibrated, llvm::ArrayRef<Change> changes = {},
    const std::function<mlir::LogicalResult(mlir::func::FuncOp)> &prepare = {});

/// The configuration of a calibrated network after changes.
std::string dumpConfig(mlir::func::FuncOp calibrated,
                       llvm::ArrayRef<Change> changes);

} // namespace qml

#endif // QML_ANALYSIS_CHANGES_H
