//===- Verify.cpp - Checks that verifiers of layers share -----------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Verify.h"
#include "qml/Support/Names.h"
#include "qml/Support/Quote.h"

#include "mlir/IR/TypeUtilities.h"

using namespace mlir;

namespace qml {

/// Extents and elements of a sample beyond these mean a damaged file.
constexpr int64_t maxExtent = int64_t(1) << 28;
constexpr int64_t maxElements = int64_t(1) << 40;

std::string toString(ArrayRef<int64_t> shape) {
  std::string text;
  llvm::raw_string_ostream os(text);
  llvm::interleave(
      shape, os,
      [&](int64_t extent) {
        if (ShapedType::isDynamic(extent))
          os << "?";
        else
          os << extent;
      },
      "x");
  return text;
}

SmallVector<int64_t> getOperandShape(Operation *op) {
  return llvm::to_vector(getShape(op->getOperand(0)));
}

//===----------------------------------------------------------------------===//
// Tensors
//===----------------------------------------------------------------------===//

/// (L2): all extents but the batch are known and positive, and none is absurd.
static LogicalResult verifyKnownShape(Operation *op, Value value) {
  ArrayRef<int64_t> shape = getShape(value);
  if (shape.size() < 2 || shape.front() == 0 ||
      llvm::any_of(shape.drop_front(),
                   [](int64_t extent) { return extent <= 0; }))
    return op->emitOpError()
           << "has a tensor of shape " << toString(shape)
           << "; layers take a batch and at least one more axis, all of them "
              "known and not empty but the batch";
  int64_t elements = 1;
  for (int64_t extent : shape) {
    if (extent > maxExtent ||
        (!ShapedType::isDynamic(extent) && extent > maxElements / elements))
      return op->emitOpError()
             << "has a tensor of shape " << toString(shape) << "; axes have at "
             << "most " << maxExtent << " elements, tensors " << maxElements;
    if (!ShapedType::isDynamic(extent))
      elements *= extent;
  }
  return success();
}

/// (L4): all arrays of the operation's attributes can be read.
static LogicalResult verifyArrays(Operation *op) {
  auto emitError = [&] { return op->emitOpError(); };
  WalkResult result = walkArrays(op, [&](ElementsAttr elements) {
    // Lists of strides and the like are no arrays of ours.
    if (!isElementsOfWeights(elements))
      return WalkResult::advance();
    return WalkResult(verifyElements(elements, emitError));
  });
  return failure(result.wasInterrupted());
}

/// fixed_c4: the vectors of an encoding can be read, and are what they should
/// be.
static LogicalResult verifyEncoding(Operation *op, Value value) {
  Attribute encoding = cast<RankedTensorType>(value.getType()).getEncoding();
  if (!encoding)
    return success();
  auto fixed = dyn_cast<FixedAttr>(encoding);
  if (!fixed)
    return op->emitOpError() << "has a tensor with the encoding " << encoding
                             << "; integers have #qml.fixed, floats none";
  auto emitError = [&] { return op->emitOpError(); };
  if (failed(verifyElements(fixed.getFracBits(), emitError)))
    return failure();
  for (int64_t bits : readIntegers(fixed.getFracBits()))
    if (bits < -maxExponent || bits > maxExponent)
      return op->emitOpError()
             << "has integers with " << bits << " fractional bits; allowed are "
             << -maxExponent << " to " << maxExponent;
  if (!fixed.getScale())
    return success();
  if (failed(verifyElements(fixed.getScale(), emitError)))
    return failure();
  for (float scale : ElementsView<float>(fixed.getScale()))
    if (!(scale > 0.0f) || std::isinf(scale))
      return op->emitOpError()
             << "has integers with a scale of " << showNumber(scale)
             << "; scales are positive and finite";
  return success();
}

LogicalResult verifyTensors(Operation *op) {
  if (auto layer = dyn_cast<LayerOpInterface>(op))
    if (Status status = checkLayerName(layer.getLayerName()); !status)
      return op->emitOpError() << status.message();
  if (failed(verifyArrays(op)))
    return failure();
  auto verifyTensor = [&](Value value) {
    return failure(failed(verifyKnownShape(op, value)) ||
                   failed(verifyEncoding(op, value)));
  };
  for (Value operand : op->getOperands())
    if (failed(verifyTensor(operand)))
      return failure();
  for (Value result : op->getResults())
    if (failed(verifyTensor(result)))
      return failure();
  return success();
}

LogicalResult verifyMeaning(Operation *op) {
  Value result = op->getResult(0);
  if (!getFixed(result))
    return op->emitOpError()
           << "has an integer result of type " << result.getType()
           << "; its type must say what the integers stand for, by the "
              "encoding "
              "#qml.fixed";
  FailureOr<Meaning> inferred = cast<LowerableOpInterface>(op).inferMeaning();
  if (failed(inferred))
    return op->emitOpError() << "has an integer result; it runs in float alone";
  if (areSameButForBits(*inferred, *getMeaning(result)))
    return success();
  return op->emitOpError() << "has a result of " << getFixed(result)
                           << "; its operands give "
                           << makeFixed(op->getContext(), "inferred",
                                        *inferred);
}

LogicalResult verifyStage(Operation *op, bool takesIntegerInput) {
  bool isFloat = isFloatTensor(op->getResult(0));
  for (Value operand : op->getOperands()) {
    if (isFloatTensor(operand) == isFloat)
      continue;
    if (isFloat && takesIntegerInput && !getFixed(operand))
      continue;
    return op->emitOpError()
           << "has an operand of " << operand.getType() << " and a result of "
           << op->getResult(0).getType()
           << "; both must be f32, or both integers";
  }
  return isFloat ? success() : verifyMeaning(op);
}

LogicalResult verifyNoScales(Operation *op, StringRef verb) {
  for (Value operand : op->getOperands())
    if (FixedAttr fixed = getFixed(operand); fixed && fixed.getScale())
      return op->emitOpError()
             << verb << " integers with a scale, of type " << operand.getType()
             << "; an output quantizer must go between";
  return success();
}

LogicalResult verifyResultShape(LayerOpInterface layer) {
  auto inferred = layer.inferResultShape([&] { return layer->emitOpError(); });
  if (failed(inferred))
    return failure();
  ArrayRef<int64_t> found = getShape(layer->getResult(0));
  // Shapes agree where both are known.
  if (failed(verifyCompatibleShape(found, *inferred)))
    return layer->emitOpError()
           << "has a result of shape " << toString(found)
           << "; its operands give " << toString(*inferred);
  return success();
}

LogicalResult verifyImage(Operation *op) {
  ArrayRef<int64_t> shape = getShape(op->getOperand(0));
  if (shape.size() != 4)
    return op->emitOpError()
           << "takes images (batch, height, width, channels); found shape "
           << toString(shape);
  return success();
}

//===----------------------------------------------------------------------===//
// Attributes
//===----------------------------------------------------------------------===//

LogicalResult verifyVector(Operation *op, StringRef name, ElementsAttr elements,
                           int64_t channels) {
  if (!elements)
    return success();
  auto type = cast<ShapedType>(elements.getType());
  // One value may come from a tensor of one channel, as a vector.
  if (type.getRank() == 0 ||
      (type.getRank() == 1 &&
       (type.getNumElements() == channels || type.getNumElements() == 1)))
    return success();
  return op->emitOpError() << "has '" << name << "' of type " << type
                           << "; one value is allowed, or one for each of "
                           << channels << " channels";
}

/// Vectors of shifts within a range; `what` these are is the subject of a
/// sentence.
static LogicalResult verifyShiftsWithin(Operation *op, StringRef name,
                                        ElementsAttr elements, int64_t channels,
                                        IntegerRange range, StringRef what) {
  if (!elements)
    return success();
  if (failed(verifyVector(op, name, elements, channels)))
    return failure();
  for (int64_t shift : readIntegers(elements))
    if (clamp(shift, range) != shift)
      return op->emitOpError()
             << "has a shift of " << shift << " in '" << name << "'; " << what
             << " are " << range.lower << " to " << range.upper;
  return success();
}

LogicalResult verifyShifts(Operation *op, StringRef name, ElementsAttr elements,
                           int64_t channels) {
  return verifyShiftsWithin(op, name, elements, channels, {0, maxStoredShift},
                            "shifts");
}

LogicalResult verifyInputShift(Operation *op) {
  Value input = op->getOperand(0);
  auto elements = op->getAttrOfType<ElementsAttr>("input_shift");
  if (failed(verifyShifts(op, "input_shift", elements, getNumChannels(input))))
    return failure();
  std::optional<Meaning> meaning = getMeaning(input);
  if (isFloatTensor(op->getResult(0)) || !meaning)
    return success();
  Channels<int64_t> found;
  if (elements)
    found.values = readIntegers(elements);
  else
    found = Channels<int64_t>::scalar(0);
  std::vector<int32_t> needed = alignmentShift(meaning->fracBits);
  for (size_t c = 0, e = std::max(needed.size(), found.size()); c != e; ++c) {
    int64_t shift = needed[needed.size() == 1 ? 0 : c];
    if (found[c] != shift)
      return op->emitOpError()
             << "shifts channel " << c << " of its input by " << found[c]
             << " ('input_shift'); the binary points of its channels need "
             << shift;
  }
  return success();
}

LogicalResult verifyScaleOutShifts(Operation *op, StringRef name,
                                   ElementsAttr elements, int64_t channels) {
  return verifyShiftsWithin(op, name, elements, channels, scaleOutShifts,
                            "those of scale-outs");
}

LogicalResult verifyPositive(Operation *op, StringRef name,
                             ArrayRef<int64_t> values) {
  if (llvm::all_of(values, [](int64_t value) {
        return value > 0 && value <= maxWindow;
      }))
    return success();
  return op->emitOpError() << "has " << name << " of " << toString(values)
                           << "; they must be 1 to " << maxWindow;
}

LogicalResult verifySteps(Operation *op, ArrayRef<int64_t> strides,
                          ArrayRef<int64_t> dilations) {
  if (failed(verifyPositive(op, "strides", strides)) ||
      failed(verifyPositive(op, "dilations", dilations)))
    return failure();
  auto above1 = [](int64_t value) { return value > 1; };
  if (llvm::any_of(strides, above1) && llvm::any_of(dilations, above1))
    return op->emitOpError()
           << "has strides of " << toString(strides) << " and dilations of "
           << toString(dilations) << "; only one of them may be above 1";
  return success();
}

//===----------------------------------------------------------------------===//
// Weights
//===----------------------------------------------------------------------===//

LogicalResult verifyKernelShape(Operation *op, ElementsAttr kernel,
                                int64_t rank, StringRef axes) {
  auto type = cast<ShapedType>(kernel.getType());
  if (type.getRank() == rank &&
      llvm::all_of(type.getShape(), [](int64_t extent) { return extent > 0; }))
    return success();
  return op->emitOpError() << "has a kernel of type " << type << "; it must be "
                           << axes << ", none of them zero";
}

/// (W1), (W2) and (W4) of one kernel.
static LogicalResult verifyKernel(Operation *op, const KernelInfo &info,
                                  bool isInteger) {
  Type elementType = info.kernel.getElementType();
  if (isInteger == elementType.isF32())
    return op->emitOpError() << "has a kernel of " << elementType
                             << "; integer layers have integer kernels, float "
                                "layers float ones";
  std::string name = info.getScalesName();
  auto scales = op->getAttrOfType<ElementsAttr>(name);
  if (isInteger && !scales)
    return op->emitOpError()
           << "has an integer kernel without '" << name << "'";
  if (scales && !isInteger && !op->hasAttr(info.getQuantizerName()))
    return op->emitOpError()
           << "has a float kernel with '" << name << "', and no '"
           << info.getQuantizerName() << "' that would use it";
  auto type = cast<ShapedType>(info.kernel.getType());
  int64_t channels = info.axis ? type.getDimSize(*info.axis) : 1;
  if (failed(verifyVector(op, name, scales, channels)))
    return failure();
  auto quantizer =
      op->getAttrOfType<WeightQuantizerAttr>(info.getQuantizerName());
  if (!quantizer || !quantizer.getAxis())
    return success();
  int64_t axis = *quantizer.getAxis();
  if (!info.axis)
    return op->emitOpError()
           << "has an axis of " << axis << " in '" << info.getQuantizerName()
           << "'; these weights have one scale for all";
  int64_t front = *info.axis, back = front - type.getRank();
  if (axis != front && axis != back)
    return op->emitOpError() << "quantizes weights along axis " << axis
                             << "; allowed are the output channel's, " << back
                             << " or " << front << ", or none";
  return success();
}

LogicalResult verifyWeights(WeightedLayerOpInterface layer,
                            bool takesIntegerInput) {
  Operation *op = layer;
  // Arrays can be read before anything looks at what they hold.
  if (failed(verifyTensors(op)))
    return failure();
  auto kernelType = cast<ShapedType>(layer.getKernel().getType());
  int64_t outputs = layer.getNumOutputChannels();
  bool isInteger = !isFloatTensor(op->getResult(0));
  for (const KernelInfo &info : layer.getKernels())
    if (failed(verifyKernel(op, info, isInteger)))
      return failure();
  if (failed(verifyShifts(op, "bias_shift",
                          op->getAttrOfType<ElementsAttr>("bias_shift"),
                          outputs)))
    return failure();
  if (isInteger && !layer.getBufferBitwidthAttr())
    return op->emitOpError() << "computes integers without 'buffer_bitwidth'";
  if (ElementsAttr bias = layer.getBiasAttr()) {
    auto type = cast<ShapedType>(bias.getType());
    if (type.getRank() != 1 || type.getNumElements() != outputs)
      return op->emitOpError() << "has a bias of type " << type
                               << "; one value is needed for each of "
                               << outputs << " output channels";
    if (bias.getElementType().isF32() == isInteger)
      return op->emitOpError()
             << "has a bias of " << bias.getElementType() << " and a kernel of "
             << kernelType.getElementType();
  }
  if (failed(verifyStage(op, takesIntegerInput)))
    return failure();
  // Its channels never meet, and need no common binary point.
  return isa<DepthwiseConv2DOp>(op) ? success() : verifyInputShift(op);
}

int64_t countWeights(WeightedLayerOpInterface layer) {
  int64_t count = 0;
  for (const KernelInfo &info : layer.getKernels())
    count += getNumElements(info.kernel);
  if (layer.getBiasAttr())
    count += getNumElements(layer.getBiasAttr());
  return count;
}

ConfigKeys getWeightedKeys(WeightedLayerOpInterface layer) {
  ConfigKeys keys = {"output_quantizer"};
  for (const KernelInfo &info : layer.getKernels())
    keys.push_back(info.getQuantizerName());
  keys.append({"bias_quantizer", "buffer_bitwidth"});
  return keys;
}

std::string whyNotWithActivation(ActivationAttr activation) {
  if (!activation)
    return {};
  return "an activation of its own (" +
         stringifyActivation(activation.getValue()).str() +
         "); --qml-split-activations makes it a layer";
}

} // namespace qml
