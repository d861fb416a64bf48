//===- Network.h - A function of layers as a graph --------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Passes, reports and executors see a network as layers that feed layers;
// output quantizers belong to their layer and are looked through.
//
//===----------------------------------------------------------------------===//

#ifndef QML_DIALECT_QML_IR_NETWORK_H
#define QML_DIALECT_QML_IR_NETWORK_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "qml/Dialect/QML/IR/QMLOps.h"
#include "qml/Quantization/FixedPoint.h"

#include <string>

namespace qml {

/// The functions of a module that hold layers.
llvm::SmallVector<mlir::func::FuncOp> getNetworks(mlir::ModuleOp module);

/// The one network of a module: a function with one block, one tensor argument
/// and layers; reports what else is found.
mlir::FailureOr<mlir::func::FuncOp> getNetwork(mlir::ModuleOp module);

/// Layers in the order of Keras's functional models: by distance from the
/// outputs, farthest first; ties in the order of a depth-first walk from the
/// outputs. Parameters apply, and configurations list layers, in this order.
llvm::SmallVector<LayerOpInterface>
getLayersInOrder(mlir::func::FuncOp network);

/// The layer whose result `value` is, as it is or quantized; null for inputs.
LayerOpInterface getProducer(mlir::Value value);

/// The output quantizer of a layer, or null.
OutputQuantizerOp getOutputQuantizer(mlir::Operation *layer);

/// What leaves a layer: the result of its output quantizer, if it has one.
mlir::Value getOutput(mlir::Operation *layer);

/// The operation that is the only use of what leaves a layer, or null.
mlir::Operation *getOnlyUser(mlir::Operation *layer);

/// Layers that run in float although the network has quantizers: those behind a
/// dequantizer, the dequantizers left out.
llvm::DenseSet<mlir::Operation *> getFloatLayers(mlir::func::FuncOp network);

/// Whether any quantizer was inserted into the network.
bool isAnnotated(mlir::func::FuncOp network);

/// Whether the network computes integers.
bool isInteger(mlir::func::FuncOp network);

/// `base`, or `base_1`, `base_2`, ... if layers have such names.
std::string makeUniqueName(mlir::func::FuncOp network, llvm::StringRef base);

/// The rules that the integers of the network follow.
Arithmetic getArithmetic(mlir::Operation *op);

/// Names of all layers.
llvm::SmallVector<llvm::StringRef> getLayerNames(mlir::func::FuncOp network);

/// Reports operations that are not of this dialect.
mlir::LogicalResult verifyLayers(mlir::func::FuncOp network);

/// Reports names that two layers share.
mlir::LogicalResult verifyLayerNames(mlir::func::FuncOp network);

/// Whether a layer reads the input of a network as unsigned integers of 8 bits:
/// the first layer of images, which the hardware computes apart.
bool readsBytes(mlir::Operation *layer);

} // namespace qml

#endif // QML_DIALECT_QML_IR_NETWORK_H
