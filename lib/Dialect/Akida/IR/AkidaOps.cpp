//===- AkidaOps.cpp - Models, sequences and types of results --------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "qml/Dialect/Akida/IR/AkidaOps.h"

#include "qml/Dialect/Akida/IR/LayerFlattener.h"
#include "qml/Dialect/Akida/IR/Limits.h"

#include "llvm/ADT/StringSet.h"

using namespace mlir;

#include "qml/Dialect/Akida/IR/AkidaInterfaces.cpp.inc"

#define GET_OP_CLASSES
#include "qml/Dialect/Akida/IR/AkidaOps.cpp.inc"

namespace qml {
namespace akida {

//===----------------------------------------------------------------------===//
// Types of results
//===----------------------------------------------------------------------===//

Type getResultElementType(MLIRContext *context, int bits) {
  if (bits <= 4)
    return IntegerType::get(context, 8, IntegerType::Unsigned);
  if (bits <= 8)
    return IntegerType::get(context, 8);
  return IntegerType::get(context, bits == 16 ? 16 : 32);
}

//===----------------------------------------------------------------------===//
// Layers in programs
//===----------------------------------------------------------------------===//

Shape getShapeOf(Value value) {
  ArrayRef<int64_t> shape = cast<RankedTensorType>(value.getType()).getShape();
  return Shape(shape.begin() + 1, shape.end());
}

int LayerFlattener::addResult(mlir::Operation *layer, OperationKind kind,
                              std::vector<int> inputs) {
  Value result = layer->getResult(0);
  Type type = cast<RankedTensorType>(result.getType()).getElementType();
  return add(std::move(kind), std::move(inputs), getShapeOf(result),
             *getElementType(type), getFormat(result).valueBits());
}

//===----------------------------------------------------------------------===//
// Models and sequences
//===----------------------------------------------------------------------===//

ModelOp getModel(ModuleOp module) {
  auto models = module.getOps<ModelOp>();
  return models.empty() ? ModelOp() : *models.begin();
}

SmallVector<LayerOpInterface> ModelOp::getLayers() {
  SmallVector<LayerOpInterface> layers;
  getBody().walk([&](LayerOpInterface layer) { layers.push_back(layer); });
  return layers;
}

Value ModelOp::getModelResult() {
  return getBody().front().getTerminator()->getOperand(0);
}

static bool isInputLayer(mlir::Operation *layer) {
  return isa<InputDataOp, QuantizerOp, InputConv2DOp, InputConvolutionalOp>(
      layer);
}

/// The layers of a model, as its block holds them; null for what is none.
static SmallVector<mlir::Operation *> listOperations(ModelOp model) {
  SmallVector<mlir::Operation *> operations;
  for (mlir::Operation &op : model.getBody().front().without_terminator()) {
    auto sequence = dyn_cast<SequenceOp>(op);
    if (!sequence) {
      operations.push_back(&op);
      continue;
    }
    for (mlir::Operation &inner :
         sequence.getBody().front().without_terminator())
      operations.push_back(&inner);
  }
  return operations;
}

/// (C1): an input, memories, and what is returned of each.
static LogicalResult verifySignature(ModelOp model) {
  Block &block = model.getBody().front();
  auto results = dyn_cast<ReturnOp>(block.getTerminator());
  if (!results || block.getNumArguments() == 0 ||
      results.getNumOperands() != block.getNumArguments())
    return model.emitOpError()
           << "(C1) has " << block.getNumArguments() << " arguments and "
           << (results ? results.getNumOperands() : 0)
           << " results; a model takes its input and the memories of its "
              "layers, and returns its result and the memories";
  auto input = dyn_cast<RankedTensorType>(block.getArgument(0).getType());
  if (!input || input.getRank() != 4)
    return model.emitOpError()
           << "(C1) has an input of type " << block.getArgument(0).getType()
           << "; models take images (batch, height, width, channels)";
  LogicalResult result = success();
  for (BlockArgument memory : llvm::drop_begin(block.getArguments())) {
    mlir::Operation *reader =
        memory.hasOneUse() ? *memory.user_begin() : (mlir::Operation *)nullptr;
    bool isMemory = isa_and_nonnull<LayerOpInterface>(reader) &&
                    reader->getNumResults() == 2 &&
                    memory.use_begin()->getOperandNumber() == 1;
    unsigned index = memory.getArgNumber();
    if (!isMemory)
      result = model.emitOpError()
               << "(C1) has the memory " << index
               << ", which not one layer with memory has for its own";
    else if (getLayerOf(results.getOperand(index)) != reader ||
             results.getOperand(index).getType() != memory.getType())
      result = model.emitOpError()
               << "(C1) must return as memory " << index << " what layer '"
               << cast<LayerOpInterface>(reader).getLayerName()
               << "' makes of it";
  }
  return result;
}

LogicalResult ModelOp::verifyRegions() {
  LogicalResult result = success();
  SmallVector<mlir::Operation *> operations = listOperations(*this);
  for (mlir::Operation *op : operations)
    if (!isa<LayerOpInterface>(op))
      result = op->emitError() << "'" << op->getName()
                               << "' is no layer of the hardware; models and "
                                  "sequences hold layers alone";
  if (failed(result) || failed(verifySignature(*this)))
    return failure();
  if (operations.empty())
    return emitOpError() << "(C3) has no layers";

  llvm::StringSet<> names;
  auto error = [&](LayerOpInterface layer, StringRef constraint) {
    result = failure();
    return layer->emitError()
           << "layer '" << layer.getLayerName() << "': (" << constraint << ") ";
  };
  for (mlir::Operation *op : operations) {
    auto layer = cast<LayerOpInterface>(op);
    if (!names.insert(layer.getLayerName()).second)
      error(layer, "C2") << "another layer has its name; names are unique";
    const LayerInfo &info = layer.getInfo();
    if (!(info.versions & static_cast<uint8_t>(getVersion())))
      error(layer, "C4") << "it is a layer of Akida "
                         << (info.versions == V1Only ? "1.0" : "2.0")
                         << ", in a model for Akida "
                         << getVersionName(getVersion());
    bool isFirst = layer->getOperand(0) == Value(getInput());
    bool readsQuantizer =
        isa_and_nonnull<QuantizerOp>(getLayerOf(layer->getOperand(0)));
    if (isFirst && !isInputLayer(layer))
      error(layer, "C3") << "it reads the model's input; only input layers do";
    if (!isFirst && isInputLayer(layer) && !readsQuantizer)
      error(layer, "C3") << "it is an input layer; those read the model's "
                            "input, or a quantizer";
  }
  if (operations.front()->getOperand(0) != Value(getInput()))
    error(cast<LayerOpInterface>(operations.front()), "C3")
        << "the first layer reads the model's input";
  mlir::Operation *last = getLayerOf(getModelResult());
  if (last != operations.back()) {
    auto layer = dyn_cast_or_null<LayerOpInterface>(last);
    error(cast<LayerOpInterface>(operations.back()), "C1")
        << "it is the last layer, whose result the model returns; found that "
           "of "
        << (layer ? "layer '" + layer.getLayerName().str() + "'"
                  : std::string("no layer"));
  }
  return result;
}

LogicalResult SequenceOp::verifyRegions() {
  auto yield = dyn_cast<YieldOp>(getBody().front().getTerminator());
  if (!yield || TypeRange(yield.getOperandTypes()) != getResultTypes())
    return emitOpError() << "'" << getSequenceName()
                         << "' (C1) must yield values of types "
                         << getResultTypes() << "; found "
                         << (yield ? TypeRange(yield.getOperandTypes())
                                   : TypeRange());
  if (getBody().front().getOperations().size() < 2)
    return emitOpError() << "'" << getSequenceName() << "' (C2) holds no layer";
  return success();
}

} // namespace akida
} // namespace qml
