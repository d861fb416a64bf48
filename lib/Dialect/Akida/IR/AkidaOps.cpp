//===- AkidaOps.cpp - Models, sequences and types of results --------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "qml/Dialect/Akida/IR/AkidaOps.h"

#include "qml/Dialect/Akida/IR/Limits.h"
#include "qml/Dialect/QML/IR/ShapeInference.h"

#include "llvm/ADT/StringSet.h"
#include "llvm/ADT/TypeSwitch.h"

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

/// Extent behind a window that moves over `extent` cells.
static int64_t windowExtent(int64_t extent, int64_t kernel, int64_t stride,
                            Padding padding) {
  Pads pads = padding == Padding::Valid
                  ? Pads()
                  : inferSamePads(extent, kernel, stride, /*dilation=*/1);
  return inferWindowExtent(extent, pads, kernel, stride, /*dilation=*/1);
}

Windows getWindows(Operation *layer) {
  auto get = [&](StringRef name) { return getParameter(layer, name); };
  Windows windows;
  if (hasParameter(layer, "kernel_width")) {
    windows = {{get("kernel_width"), get("kernel_height")},
               {get("stride_x"), get("stride_y")},
               {get("pooling_width"), get("pooling_height")},
               {get("pooling_stride_x"), get("pooling_stride_y")},
               Padding::Valid,
               PoolType::NoPooling};
  } else {
    int64_t kernel = get("kernel_size"), stride = get("kernel_stride"),
            pool = get("pool_size"), poolStride = get("pool_stride");
    windows = {{kernel, kernel},         {stride, stride}, {pool, pool},
               {poolStride, poolStride}, Padding::Valid,   PoolType::NoPooling};
  }
  windows.padding = static_cast<Padding>(get("padding"));
  windows.poolType = static_cast<PoolType>(get("pool_type"));
  for (int axis = 0; axis != 2; ++axis)
    if (windows.poolStrides[axis] == -1)
      windows.poolStrides[axis] = windows.pool[axis];
  return windows;
}

/// Height and width behind a convolution and its pool.
static SmallVector<int64_t> inferWindowShape(Operation *layer) {
  Windows windows = getWindows(layer);
  Image image = getImage(layer->getOperand(0));
  SmallVector<int64_t> shape = {image.height, image.width};
  for (int axis = 0; axis != 2; ++axis) {
    shape[axis] = windowExtent(shape[axis], windows.kernel[axis],
                               windows.strides[axis], windows.padding);
    if (windows.poolType == PoolType::Max)
      shape[axis] = windowExtent(shape[axis], windows.pool[axis],
                                 windows.poolStrides[axis], windows.padding);
    else if (windows.poolType == PoolType::Average)
      shape[axis] = shape[axis] > 0 ? 1 : 0;
  }
  return shape;
}

static SmallVector<int64_t> inferShape(Operation *layer) {
  Image image = getImage(layer->getOperand(0));
  int64_t outputs = getNumOutputs(layer);
  SmallVector<int64_t> shape =
      TypeSwitch<Operation *, SmallVector<int64_t>>(layer)
          .Case<InputConv2DOp, Conv2DOp, DepthwiseConv2DOp,
                InputConvolutionalOp, ConvolutionalOp,
                SeparableConvolutionalOp>(
              [](auto op) { return inferWindowShape(op); })
          .Case<Conv2DTransposeOp, DepthwiseConv2DTransposeOp>([&](auto) {
            return SmallVector<int64_t>{2 * image.height, 2 * image.width};
          })
          .Case<Dense1DOp, FullyConnectedOp, PicoPostProcessingOp>(
              [](auto) { return SmallVector<int64_t>{1, 1}; })
          .Case<StatefulRecurrentOp>([&](auto op) {
            return SmallVector<int64_t>{1, image.width / op.getSubsample()};
          })
          .Default([&](auto) {
            return SmallVector<int64_t>{image.height, image.width};
          });
  if (isa<ConcatenateOp>(layer))
    outputs += getImage(layer->getOperand(1)).channels;
  shape.push_back(outputs);
  return shape;
}

static Type inferElementType(Operation *layer) {
  MLIRContext *context = layer->getContext();
  auto input = cast<RankedTensorType>(layer->getOperand(0).getType());
  return TypeSwitch<Operation *, Type>(layer)
      .Case<InputDataOp, ConcatenateOp>(
          [&](auto) { return input.getElementType(); })
      .Case<DequantizerOp>(
          [&](auto) -> Type { return Float32Type::get(context); })
      .Case<QuantizerOp>([&](auto op) -> Type {
        return IntegerType::get(context, 8,
                                op.getOutputSigned() ? IntegerType::Signless
                                                     : IntegerType::Unsigned);
      })
      .Case<PicoPostProcessingOp>(
          [&](auto) -> Type { return IntegerType::get(context, 8); })
      .Case<AddOp>([&](auto op) -> Type {
        return IntegerType::get(context, op.getOutputBits() <= 8 ? 8 : 32);
      })
      .Case<InputConvolutionalOp, ConvolutionalOp, SeparableConvolutionalOp,
            FullyConnectedOp>([&](auto op) {
        return getResultElementType(context,
                                    op.getActivation() ? op.getActBits() : 32);
      })
      .Default([&](auto) {
        return getResultElementType(context,
                                    getParameter(layer, "output_bits"));
      });
}

FailureOr<RankedTensorType> inferResultType(Operation *layer) {
  auto input = cast<RankedTensorType>(layer->getOperand(0).getType());
  SmallVector<int64_t> shape = inferShape(layer);
  if (llvm::any_of(shape, [](int64_t extent) { return extent < 1; })) {
    auto op = cast<LayerOpInterface>(layer);
    Version version = getLayerInfo(op.getKind()).versions == V1Only
                          ? Version::V1
                          : Version::V2;
    Image image = getImage(layer->getOperand(0));
    return layer->emitError()
           << "layer '" << op.getLayerName() << "': "
           << describeViolation(Quantity::OutputSize, version, op.getKind(),
                                "of an image of " + Twine(image.height) + "x" +
                                    Twine(image.width));
  }
  shape.insert(shape.begin(), input.getShape().front());
  return RankedTensorType::get(shape, inferElementType(layer));
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

static bool isInputLayer(Operation *layer) {
  return isa<InputDataOp, QuantizerOp, InputConv2DOp, InputConvolutionalOp>(
      layer);
}

/// The layers of a model, as its block holds them; null for what is none.
static SmallVector<Operation *> listOperations(ModelOp model) {
  SmallVector<Operation *> operations;
  for (Operation &op : model.getBody().front().without_terminator()) {
    auto sequence = dyn_cast<SequenceOp>(op);
    if (!sequence) {
      operations.push_back(&op);
      continue;
    }
    for (Operation &inner : sequence.getBody().front().without_terminator())
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
    Operation *reader =
        memory.hasOneUse() ? *memory.user_begin() : (Operation *)nullptr;
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
  SmallVector<Operation *> operations = listOperations(*this);
  for (Operation *op : operations)
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
  for (Operation *op : operations) {
    auto layer = cast<LayerOpInterface>(op);
    if (!names.insert(layer.getLayerName()).second)
      error(layer, "C2") << "another layer has its name; names are unique";
    const LayerInfo &info = getLayerInfo(layer.getKind());
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
  Operation *last = getLayerOf(getModelResult());
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
