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
#include "qml/Quantization/Quantizers.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"

#include <string>

namespace qml {

/// Whether a function is one block with layers.
bool isNetwork(mlir::func::FuncOp function);

/// The functions of a module that are networks.
llvm::SmallVector<mlir::func::FuncOp> getNetworks(mlir::ModuleOp module);

/// The one network of a module, verified as a whole; reports what else is
/// found.
mlir::FailureOr<mlir::func::FuncOp> getNetwork(mlir::ModuleOp module);

/// Reports what is wrong about a network as a whole; what is about one
/// operation alone is for its verifier. Operations are of this dialect and
/// layers' names differ; inputs are tensors, with names that differ; each state
/// is an argument and a result of one type.
mlir::LogicalResult verifyNetwork(mlir::func::FuncOp network);

/// The name of an argument: `qml.name`, or `input`, `input_1`, ... by position.
std::string getInputName(mlir::func::FuncOp network, unsigned argument);

/// A value that one step leaves for the next.
struct StatePair {
  unsigned argument; ///< that holds it
  unsigned result;   ///< what the next step finds there
};
llvm::SmallVector<StatePair> getStates(mlir::func::FuncOp network);

/// Whether a value is what the step before left.
bool isState(mlir::Value value);

/// The arguments of the network that are no states.
llvm::SmallVector<mlir::BlockArgument> getInputs(mlir::func::FuncOp network);

/// Whether a step of the network leaves something for the next.
bool hasMemory(mlir::func::FuncOp network);

/// What the network returns, but for what it leaves for the next step.
llvm::SmallVector<mlir::OpOperand *> getOutputs(mlir::func::FuncOp network);

/// Makes states of the memories of all layers that have one, and returns them
/// after the other results. Once, by who builds a network.
void returnStates(mlir::func::FuncOp network);

/// Makes the types of the function those of its arguments and results.
void updateFunctionType(mlir::func::FuncOp network);

/// Layers in the order of Keras's functional models: by distance from the
/// outputs, farthest first; ties in the order of a depth-first walk from the
/// outputs. Parameters apply, and configurations list layers, in this order.
llvm::SmallVector<LayerOpInterface>
getLayersInOrder(mlir::func::FuncOp network);

/// The layer whose result `value` is, as it is or quantized; null for inputs.
LayerOpInterface getProducer(mlir::Value value);

/// The name of a layer, or of the layer that an output quantizer belongs to.
llvm::StringRef getOwnerName(mlir::Operation *op);

/// The output quantizer of a layer, or null.
OutputQuantizerOp getOutputQuantizer(mlir::Operation *layer);

/// What leaves a layer: the result of its output quantizer, if it has one.
mlir::Value getOutput(mlir::Operation *layer);

/// The operation that is the only use of what leaves a layer, or null.
mlir::Operation *getOnlyUser(mlir::Operation *layer);

/// Whether a layer scales channels at most: a rescaling, a dropout, one that
/// leaves out or repeats cells, or a reshape of vectors, or one that leaves
/// channels side by side, over and over.
bool keepsChannels(mlir::Operation *layer);

/// Whether a layer makes other channels of the same elements: a reshape or a
/// permutation that changes the last axis.
bool movesChannels(mlir::Operation *layer);

/// What `value` is before layers that keep channels, or itself.
mlir::Value skipRescalings(mlir::Value value);

/// The operation that is the only one to use a value after layers that keep
/// channels, or null.
mlir::Operation *getFirstUser(mlir::Value value);

/// Layers that run in float although the network has quantizers: those between
/// a dequantizer and an input quantizer or the end, without these two.
llvm::DenseSet<mlir::Operation *> getFloatLayers(mlir::func::FuncOp network);

/// All operations after a dequantizer, those too where integers begin again.
llvm::DenseSet<mlir::Operation *>
getLayersAfterDequantizers(mlir::func::FuncOp network);

/// Whether any quantizer was inserted into the network.
bool isAnnotated(mlir::func::FuncOp network);

/// Whether the network computes integers.
bool isInteger(mlir::func::FuncOp network);

/// The names of a network's layers, for those who add many: each name is made
/// once. Layers that others add later are not known.
class LayerNames {
public:
  explicit LayerNames(mlir::func::FuncOp network);

  /// `base`, or `base_1`, `base_2`, ...: the first that is free, which is taken
  /// from then on.
  std::string make(const llvm::Twine &base);

private:
  llvm::StringSet<> taken;
  /// By base, the number to try first.
  llvm::StringMap<unsigned> next;
};

/// One name as LayerNames makes it; goes through the whole network.
std::string makeUniqueName(mlir::func::FuncOp network, llvm::StringRef base);

/// The rules that the integers of the network follow.
Arithmetic getArithmetic(mlir::Operation *op);

/// Whether the network is made for a chip, and the choices that this leaves
/// open are made for accuracy.
bool hasTarget(mlir::Operation *op);

/// What limits the fractional bits of the network's quantizers.
FracBitsLimit getFracBitsLimit(mlir::Operation *op);

/// Makes the integers of a module follow the rules of another one's.
void copyRules(mlir::ModuleOp from, mlir::ModuleOp to);

/// Takes what says which rules integers follow off a module.
void removeRules(mlir::ModuleOp module);

/// Names of all layers.
llvm::SmallVector<llvm::StringRef> getLayerNames(mlir::func::FuncOp network);

/// Whether a layer reads the input of a network as unsigned integers of 8 bits:
/// the first layer of images, which the hardware computes apart.
bool readsBytes(mlir::Operation *layer);

/// Whether a layer is a convolution that does.
bool isInputConvolution(mlir::Operation *layer);

/// The bias of a layer, or zeros for each of its output channels.
std::vector<float> getBiasOrZeros(WeightedLayerOpInterface layer);

/// Replaces the bias of a float layer.
void setBias(WeightedLayerOpInterface layer, llvm::ArrayRef<float> bias);

/// Value bits of a layer's sums: those of its accumulator, without the sign.
int getSumBits(WeightedLayerOpInterface layer);

/// Whether the hardware has no need of a layer: rescalings, dropouts, and
/// reshapes of vectors, which it takes for images of one cell.
bool isTransparent(mlir::Operation *op);

/// The value before transparent layers: what the hardware sees in its place.
mlir::Value skipTransparent(mlir::Value value);

/// The operation that is the only one to use a value after transparent layers,
/// or null: what the hardware computes next.
mlir::Operation *getUserInHardware(mlir::Value value);

/// Value bits of the products that the quantizer after a layer bounds: the
/// chip's layer has them for all that follows its sums. Pools and activations
/// are part of the hardware layer of what they follow.
int getGroupProductBits(mlir::Operation *layer);

/// The layer whose sums a layer's hardware layer begins with, or itself.
mlir::Operation *getGroupMain(mlir::Operation *layer);

/// Bits of the accumulator, with the sign, of the hardware layer that a
/// quantizer ends.
int getGroupAccumulatorBits(OutputQuantizerOp quantizer);

} // namespace qml

#endif // QML_DIALECT_QML_IR_NETWORK_H
