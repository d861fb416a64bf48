//===- Flatten.h - A network as a plain program -----------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QML_TARGET_PROGRAM_FLATTEN_H
#define QML_TARGET_PROGRAM_FLATTEN_H

#include "qml/Dialect/Akida/IR/AkidaOps.h"
#include "qml/Dialect/QML/IR/Flattening.h"

namespace qml {

/// A program, and what ties it to the network that it was made from. The
/// network must outlive it: weights are views.
struct FlatNetwork {
  Program program;

  /// The tensor that leaves each layer, after its output quantizer; networks'
  /// layers in the order of Keras.
  struct Layer {
    mlir::Operation *op = nullptr;
    std::string name;
    int tensor = -1;
  };
  std::vector<Layer> layers;

  /// Constants that had to be spelled out.
  ConstantStorage storage;
};

/// Flattens a network, float or integer or both. Quantizers of float networks
/// become range requests.
mlir::FailureOr<FlatNetwork> flattenNetwork(mlir::func::FuncOp network);

/// Flattens a model for the hardware. Its result is the prediction: floats
/// after a dequantizer, or of a last layer of 1.0 without activation, else
/// integers.
FlatNetwork flattenModel(akida::ModelOp model);

} // namespace qml

#endif // QML_TARGET_PROGRAM_FLATTEN_H
