//===- FlattenAkida.cpp - A hardware model as a plain program -------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Walks a model; what becomes of a layer is in the file of its family
// (LayerOpInterface::flatten), under Arithmetic::Akida: executors know no
// hardware layers, and their kernels serve both forms of a network.
//
//===----------------------------------------------------------------------===//

#include "qml/Target/Program/Flatten.h"

#include "qml/Dialect/Akida/IR/LayerFlattener.h"
#include "qml/Dialect/QML/IR/SampleLayout.h"

#include <cstring>

using namespace mlir;
using namespace qml::akida;

namespace qml {

namespace {

class ModelFlattener : public LayerFlattener {
public:
  explicit ModelFlattener(ModelOp model) : model(model) {}

  FlatNetwork run();

  using LayerFlattener::add;
  int lookup(Value value) override { return tensors.lookup(value); }
  void bind(Value value, int tensor) override { tensors[value] = tensor; }
  Tensor &getTensor(int tensor) override {
    return flat.program.tensors[tensor];
  }
  int add(OperationKind kind, std::vector<int> inputs, Shape shape,
          ElementType type, std::optional<int> valueBits) override;
  Constant makeConstant(ElementsAttr elements) override {
    return viewConstant(elements, flat.storage);
  }
  Constant makeConstant(ArrayRef<int64_t> values) override;

private:
  void flattenLayers(Block &block);
  int addTensor(Shape shape, ElementType type, std::optional<int> valueBits);

  ModelOp model;
  FlatNetwork flat;
  DenseMap<Value, int> tensors;
  std::string layerName;
};

} // namespace

int ModelFlattener::addTensor(Shape shape, ElementType type,
                              std::optional<int> valueBits) {
  Tensor tensor;
  tensor.shape = std::move(shape);
  tensor.type = type;
  if (valueBits)
    tensor.fixed = Fixed{*valueBits, {0}, {}};
  flat.program.tensors.push_back(std::move(tensor));
  return flat.program.tensors.size() - 1;
}

int ModelFlattener::add(OperationKind kind, std::vector<int> inputs,
                        Shape shape, ElementType type,
                        std::optional<int> valueBits) {
  int output = addTensor(std::move(shape), type, valueBits);
  flat.program.operations.push_back(
      {std::move(kind), layerName, std::move(inputs), output});
  return output;
}

Constant ModelFlattener::makeConstant(ArrayRef<int64_t> values) {
  std::vector<char> &storage = flat.storage.emplace_back(values.size() * 4);
  for (size_t i = 0; i != values.size(); ++i) {
    int32_t value = static_cast<int32_t>(values[i]);
    std::memcpy(storage.data() + i * 4, &value, 4);
  }
  return {
      ElementType::I32, {static_cast<int64_t>(values.size())}, storage.data()};
}

void ModelFlattener::flattenLayers(Block &block) {
  for (mlir::Operation &op : block.without_terminator()) {
    if (auto sequence = dyn_cast<SequenceOp>(op)) {
      Block &body = sequence.getBody().front();
      flattenLayers(body);
      for (auto [result, value] : llvm::zip(
               sequence.getResults(), body.getTerminator()->getOperands()))
        tensors[result] = tensors.lookup(value);
      continue;
    }
    auto layer = cast<akida::LayerOpInterface>(op);
    layerName = layer.getLayerName().str();
    int result = layer.flatten(*this);
    tensors[op.getResult(0)] = result;
    flat.layers.push_back({&op, layerName, result});
  }
}

FlatNetwork ModelFlattener::run() {
  Program &program = flat.program;
  program.name = model.getSymName().str();
  program.arithmetic = Arithmetic::Akida;
  Block &body = model.getBody().front();
  for (BlockArgument argument : body.getArguments()) {
    auto type = cast<RankedTensorType>(argument.getType());
    ElementType element = *getElementType(type.getElementType());
    if (argument.getArgNumber() == 0) {
      tensors[argument] =
          addTensor(getShapeOf(argument), element, std::nullopt);
      continue;
    }
    // A memory has no batch.
    Shape shape(type.getShape().begin(), type.getShape().end());
    int bits = sizeOf(element) * 8 - (element == ElementType::U8 ? 0 : 1);
    tensors[argument] = addTensor(shape, element, bits);
  }
  Attribute layout = model->getAttr(layoutAttrName);
  program.inputs.push_back(
      {tensors.lookup(model.getInput()), model.getInputName().str(),
       isLayout(layout, channelsFirstLayout), isLayout(layout, framesLayout)});

  flattenLayers(body);
  OperandRange results = body.getTerminator()->getOperands();
  for (unsigned i = 1; i != results.size(); ++i)
    program.states.push_back(
        {tensors.lookup(body.getArgument(i)), tensors.lookup(results[i])});

  // A prediction is the last layer's result, rescaled if the layer says so, and
  // is known by the layer that computes its integers.
  auto last = cast<akida::LayerOpInterface>(getLayerOf(results.front()));
  layerName = last.getLayerName().str();
  int result = last.flattenPrediction(*this, tensors.lookup(results.front()));
  if (isa<akida::DequantizerOp>(*last))
    if (auto before = dyn_cast_or_null<akida::LayerOpInterface>(
            getLayerOf(last->getOperand(0))))
      layerName = before.getLayerName().str();
  program.outputs.push_back({result, layerName});
  return std::move(flat);
}

FlatNetwork flattenModel(ModelOp model) { return ModelFlattener(model).run(); }

} // namespace qml
