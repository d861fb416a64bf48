//===- QMLVerify.cpp - Verifiers of qml operations ------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Labels such as conv_2d_c1 are those of the constraints in the operations'
// descriptions.
//
//===----------------------------------------------------------------------===//

#include "qml/Dialect/QML/IR/QMLOps.h"
#include "qml/Dialect/QML/IR/ShapeInference.h"

#include "mlir/IR/TypeUtilities.h"

#include <cmath>

using namespace mlir;
using namespace qml;

/// Extents, elements of a sample, and strides, dilations, windows and pads
/// beyond these mean a damaged file; below them no computation of a shape
/// overflows.
constexpr int64_t maxExtent = int64_t(1) << 28;
constexpr int64_t maxElements = int64_t(1) << 40;
constexpr int64_t maxWindow = int64_t(1) << 20;

static ArrayRef<int64_t> getShape(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape();
}

static bool isFloatTensor(Value value) {
  return cast<RankedTensorType>(value.getType()).getElementType().isF32();
}

/// Shapes agree where both are known.
static bool isCompatible(ArrayRef<int64_t> a, ArrayRef<int64_t> b) {
  return succeeded(verifyCompatibleShape(a, b));
}

static std::string toString(ArrayRef<int64_t> shape) {
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

/// The result has the shape that was inferred.
static LogicalResult verifyShape(Operation *op, ArrayRef<int64_t> inferred) {
  ArrayRef<int64_t> found = getShape(op->getResult(0));
  if (!isCompatible(found, inferred))
    return op->emitOpError() << "has a result of shape " << toString(found)
                             << "; its operands give " << toString(inferred);
  return success();
}

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

/// (L4), fixed_c4: all arrays of the operation, also those in `fixed`, can be
/// read.
static LogicalResult verifyArrays(Operation *op) {
  auto emitError = [&] { return op->emitOpError(); };
  WalkResult result =
      op->getPropertiesAsAttribute().walk([&](ElementsAttr elements) {
        // Lists of strides and the like are no arrays of ours.
        if (!isElementsOfWeights(elements))
          return WalkResult::advance();
        return WalkResult(verifyElements(elements, emitError));
      });
  return failure(result.wasInterrupted());
}

/// (L2), (L4): what each verifier starts with.
static LogicalResult verifyTensors(Operation *op) {
  if (failed(verifyArrays(op)))
    return failure();
  for (Value operand : op->getOperands())
    if (failed(verifyKnownShape(op, operand)))
      return failure();
  return verifyKnownShape(op, op->getResult(0));
}

static LogicalResult verifyRank4(Operation *op) {
  ArrayRef<int64_t> shape = getShape(op->getOperand(0));
  if (shape.size() != 4)
    return op->emitOpError()
           << "takes images (batch, height, width, channels); found shape "
           << toString(shape);
  return success();
}

/// (L4): `elements`, if any, holds one value, or one for each of `channels`.
static LogicalResult verifyVector(Operation *op, StringRef name,
                                  ElementsAttr elements, int64_t channels) {
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

/// (L3): types and `fixed` of one tensor that is the result of `op` agree.
static LogicalResult verifyFixed(Operation *op, FixedAttr fixed) {
  auto type = cast<RankedTensorType>(op->getResult(0).getType());
  if (!fixed) {
    if (type.getElementType().isF32())
      return success();
    return op->emitOpError()
           << "has an integer result, which needs the attribute 'fixed'";
  }
  Type storage = getStorageType(op->getContext(), fixed.getValueBits());
  if (type.getElementType() != storage)
    return op->emitOpError()
           << "has a result of " << type.getElementType() << "; "
           << fixed.getValueBits() << " value bits and a sign are stored as "
           << storage;
  int64_t channels = type.getShape().back();
  if (failed(verifyVector(op, "frac_bits", fixed.getFracBits(), channels)))
    return failure();
  return verifyVector(op, "scale", fixed.getScale(), channels);
}

/// (L1): operands and results are all float, or all integers.
static LogicalResult verifyStage(Operation *op, FixedAttr fixed,
                                 bool takesIntegerInput = false) {
  if (failed(verifyTensors(op)) || failed(verifyFixed(op, fixed)))
    return failure();
  for (Value operand : op->getOperands()) {
    if (isFloatTensor(operand) == !fixed)
      continue;
    if (!fixed && takesIntegerInput && isa<BlockArgument>(operand))
      continue;
    return op->emitOpError()
           << "has an operand of " << operand.getType() << " and a result of "
           << op->getResult(0).getType()
           << "; both must be f32, or both integers";
  }
  return success();
}

static LogicalResult verifyPositive(Operation *op, StringRef name,
                                    ArrayRef<int64_t> values) {
  if (llvm::all_of(values, [](int64_t value) {
        return value > 0 && value <= maxWindow;
      }))
    return success();
  return op->emitOpError() << "has " << name << " of " << toString(values)
                           << "; they must be 1 to " << maxWindow;
}

template <typename T>
static LogicalResult verifyFinite(Operation *op, StringRef name,
                                  ArrayRef<T> values) {
  for (T value : values)
    if (!std::isfinite(value))
      return op->emitOpError() << "has the value " << std::to_string(value)
                               << " in '" << name << "'; it must be finite";
  return success();
}

//===----------------------------------------------------------------------===//
// Layers with weights
//===----------------------------------------------------------------------===//

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
  if (isInteger != static_cast<bool>(scales))
    return op->emitOpError() << (isInteger ? "has an integer kernel without '"
                                           : "has a float kernel with '")
                             << name << "'";
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

/// (W1) to (W4).
template <typename OpT>
static LogicalResult verifyWeights(OpT op) {
  if (failed(verifyStage(op, op.getFixedAttr())))
    return failure();
  auto kernelType = cast<ShapedType>(op.getKernel().getType());
  int64_t outputs = kernelType.getDimSize(OpT::getOutputAxis());
  bool isInteger = static_cast<bool>(op.getFixedAttr());
  for (const KernelInfo &info : op.getKernels())
    if (failed(verifyKernel(op, info, isInteger)))
      return failure();
  if (failed(verifyVector(op, "bias_shift", op.getBiasShiftAttr(), outputs)) ||
      failed(verifyVector(op, "input_shift", op.getInputShiftAttr(),
                          getShape(op.getInput()).back())))
    return failure();
  if (isInteger && !op.getBufferBitwidthAttr())
    return op.emitOpError() << "computes integers without 'buffer_bitwidth'";
  if (ElementsAttr bias = op.getBiasAttr()) {
    auto type = cast<ShapedType>(bias.getType());
    if (type.getRank() != 1 || type.getNumElements() != outputs)
      return op.emitOpError() << "has a bias of type " << type
                              << "; one value is needed for each of " << outputs
                              << " output channels";
    if (bias.getElementType().isF32() == isInteger)
      return op.emitOpError()
             << "has a bias of " << bias.getElementType() << " and a kernel of "
             << kernelType.getElementType();
  }
  return success();
}

template <typename OpT>
static LogicalResult verifyWindow(OpT op) {
  ArrayRef<int64_t> strides = op.getStrides(), dilations = op.getDilations();
  if (failed(verifyPositive(op, "strides", strides)) ||
      failed(verifyPositive(op, "dilations", dilations)))
    return failure();
  auto above1 = [](int64_t value) { return value > 1; };
  if (llvm::any_of(strides, above1) && llvm::any_of(dilations, above1))
    return op.emitOpError()
           << "has strides of " << toString(strides) << " and dilations of "
           << toString(dilations) << "; only one of them may be above 1";
  return success();
}

static LogicalResult verifyKernelShape(Operation *op, ElementsAttr kernel,
                                       int64_t rank, StringRef axes) {
  auto type = cast<ShapedType>(kernel.getType());
  if (type.getRank() == rank &&
      llvm::all_of(type.getShape(), [](int64_t extent) { return extent > 0; }))
    return success();
  return op->emitOpError() << "has a kernel of type " << type << "; it must be "
                           << axes << ", none of them zero";
}

template <typename OpT>
static LogicalResult verifyWindowShape(OpT op, int64_t channels) {
  auto inferred = inferWindowShape(
      getShape(op.getInput()),
      cast<ShapedType>(op.getInputKernel().getType()).getShape(),
      op.getStrides(), op.getDilations(), op.getPadding(), channels,
      [&] { return op.emitOpError(); });
  if (failed(inferred))
    return failure();
  return verifyShape(op, *inferred);
}

LogicalResult Conv2DOp::verify() {
  // conv_2d_c2
  if (failed(verifyKernelShape(*this, getKernel(), 4,
                               "(height, width, in, out)")) ||
      failed(verifyWeights(*this)) || failed(verifyRank4(*this)))
    return failure();
  ArrayRef<int64_t> kernel = cast<ShapedType>(getKernel().getType()).getShape();
  int64_t groups = getGroups();
  if (kernel[3] % groups != 0)
    return emitOpError() << "has " << kernel[3] << " output channels in "
                         << groups << " groups; they must divide evenly";
  // conv_2d_c1; the division first, since the product may overflow
  int64_t channels = getShape(getInput())[3];
  if (channels % groups != 0 || kernel[2] != channels / groups)
    return emitOpError() << "has a kernel for " << kernel[2] << " channels in "
                         << groups << " group(s); the input has " << channels
                         << " channels";
  // conv_2d_c3
  if (failed(verifyWindow(*this)))
    return failure();
  // conv_2d_c4
  if (std::optional<ArrayRef<double>> value = getPaddingValue()) {
    if (getPadding() != Padding::Same)
      return emitOpError() << "has a padding value, which needs padding = same";
    if (value->size() != 1 && int64_t(value->size()) != channels)
      return emitOpError() << "has " << value->size()
                           << " padding values; one is allowed, or one for "
                              "each of "
                           << channels << " channels";
    if (failed(verifyFinite(*this, "padding_value", *value)))
      return failure();
  }
  if (failed(verifyVector(*this, "quantized_padding", getQuantizedPaddingAttr(),
                          channels)) ||
      failed(verifyVector(*this, "padding_shift", getPaddingShiftAttr(),
                          channels)))
    return failure();
  // conv_2d_c6
  if (getFixedAttr() && groups != 1)
    return emitOpError() << "has " << groups
                         << " groups; integer convolutions have one";
  // conv_2d_c5
  return verifyWindowShape(*this, kernel[3]);
}

LogicalResult DepthwiseConv2DOp::verify() {
  // depthwise_conv_2d_c2
  if (failed(verifyKernelShape(*this, getKernel(), 4,
                               "(height, width, channels, 1)")) ||
      failed(verifyWeights(*this)) || failed(verifyRank4(*this)))
    return failure();
  ArrayRef<int64_t> kernel = cast<ShapedType>(getKernel().getType()).getShape();
  if (kernel[3] != 1)
    return emitOpError() << "has a kernel with a last axis of " << kernel[3]
                         << "; one result per channel is supported";
  // depthwise_conv_2d_c1
  int64_t channels = getShape(getInput())[3];
  if (kernel[2] != channels)
    return emitOpError() << "has a kernel for " << kernel[2]
                         << " channels; the input has " << channels
                         << " channels";
  // depthwise_conv_2d_c3, depthwise_conv_2d_c4
  if (failed(verifyWindow(*this)))
    return failure();
  return verifyWindowShape(*this, channels);
}

LogicalResult SeparableConv2DOp::verify() {
  // separable_conv_2d_c2, separable_conv_2d_c4
  if (failed(verifyKernelShape(*this, getDepthwiseKernel(), 4,
                               "(height, width, channels, 1)")) ||
      failed(verifyKernelShape(*this, getPointwiseKernel(), 4,
                               "(1, 1, channels, out)")) ||
      failed(verifyWeights(*this)) || failed(verifyRank4(*this)))
    return failure();
  ArrayRef<int64_t> depthwise =
      cast<ShapedType>(getDepthwiseKernel().getType()).getShape();
  ArrayRef<int64_t> pointwise =
      cast<ShapedType>(getPointwiseKernel().getType()).getShape();
  if (depthwise[3] != 1)
    return emitOpError() << "has a depthwise kernel with a last axis of "
                         << depthwise[3]
                         << "; one result per channel is supported";
  if (pointwise[0] != 1 || pointwise[1] != 1 || pointwise[2] != depthwise[2])
    return emitOpError() << "has a pointwise kernel of shape "
                         << toString(pointwise) << " behind " << depthwise[2]
                         << " channels; it must be 1x1x" << depthwise[2]
                         << "xout";
  // separable_conv_2d_c1
  int64_t channels = getShape(getInput())[3];
  if (depthwise[2] != channels)
    return emitOpError() << "has kernels for " << depthwise[2]
                         << " channels; the input has " << channels
                         << " channels";
  // separable_conv_2d_c3, separable_conv_2d_c5
  if (failed(verifyWindow(*this)))
    return failure();
  return verifyWindowShape(*this, pointwise[3]);
}

LogicalResult DenseOp::verify() {
  // dense_c2
  if (failed(verifyKernelShape(*this, getKernel(), 2, "(in, out)")) ||
      failed(verifyWeights(*this)))
    return failure();
  // dense_c1
  ArrayRef<int64_t> kernel = cast<ShapedType>(getKernel().getType()).getShape();
  ArrayRef<int64_t> input = getShape(getInput());
  if (kernel[0] != input.back())
    return emitOpError() << "has a kernel for " << kernel[0]
                         << " inputs; the input's last axis has "
                         << input.back();
  // dense_c3
  return verifyShape(*this, inferDenseShape(input, kernel[1]));
}

//===----------------------------------------------------------------------===//
// Layers without weights
//===----------------------------------------------------------------------===//

static LogicalResult verifySameShape(Operation *op) {
  for (Value operand : op->getOperands())
    if (failed(verifyShape(op, getShape(operand))))
      return failure();
  return success();
}

LogicalResult RescalingOp::verify() {
  if (failed(verifyStage(*this, getFixedAttr(), /*takesIntegerInput=*/true)))
    return failure();
  // rescaling_c1
  int64_t channels = getShape(getInput()).back();
  for (auto [name, values] :
       {std::pair("scale", getScale()), std::pair("offset", getOffset())}) {
    if (values.size() != 1 && int64_t(values.size()) != channels)
      return emitOpError() << "has " << values.size() << " values of " << name
                           << "; one is allowed, or one for each of "
                           << channels << " channels";
    if (failed(verifyFinite(*this, name, values)))
      return failure();
  }
  // rescaling_c3
  if (getFixedAttr() && !whyNotQuantizable().empty())
    return emitOpError() << "computes integers, but has "
                         << whyNotQuantizable();
  // rescaling_c2
  return verifySameShape(*this);
}

LogicalResult BatchNormOp::verify() {
  if (failed(verifyStage(*this, {})))
    return failure();
  // batch_norm_c1
  int64_t channels = getShape(getInput()).back();
  for (auto [name, values] :
       {std::pair("gamma", getGamma()), std::pair("beta", getBeta()),
        std::pair("mean", getMean()), std::pair("variance", getVariance())}) {
    auto type = cast<ShapedType>(values.getType());
    if (type.getRank() != 1 || type.getNumElements() != channels)
      return emitOpError() << "has '" << name << "' of type " << type
                           << "; one value is needed for each of " << channels
                           << " channels";
  }
  // batch_norm_c2
  float epsilon = getEpsilon().convertToFloat();
  if (!(epsilon >= 0.0f) || std::isinf(epsilon))
    return emitOpError() << "has an epsilon of " << std::to_string(epsilon)
                         << "; it must be finite and not negative";
  // batch_norm_c3
  return verifySameShape(*this);
}

LogicalResult ReLUOp::verify() {
  if (failed(verifyStage(*this, getFixedAttr())))
    return failure();
  // relu_c1
  if (FloatAttr max = getMaxValueAttr()) {
    float value = max.getValue().convertToFloat();
    if (!(value > 0.0f) || std::isinf(value))
      return emitOpError() << "has a maximum of " << std::to_string(value)
                           << "; it must be positive and finite";
  }
  // relu_c3
  if (getFixedAttr() && getMaxValueAttr() && !getQuantizedMaxValueAttr())
    return emitOpError()
           << "computes integers up to a maximum without 'quantized_max_value'";
  int64_t channels = getShape(getInput()).back();
  if (failed(verifyVector(*this, "quantized_max_value",
                          getQuantizedMaxValueAttr(), channels)) ||
      failed(verifyVector(*this, "max_value_shift", getMaxValueShiftAttr(),
                          channels)))
    return failure();
  // relu_c2
  return verifySameShape(*this);
}

LogicalResult SoftmaxOp::verify() {
  if (failed(verifyStage(*this, {})))
    return failure();
  // softmax_c1
  return verifySameShape(*this);
}

LogicalResult ZeroPadding2DOp::verify() {
  // zero_padding_2d_c1
  if (failed(verifyStage(*this, {})) || failed(verifyRank4(*this)))
    return failure();
  // zero_padding_2d_c2
  ArrayRef<int64_t> pads = getPads();
  for (int64_t pad : pads)
    if (pad < 0 || pad > maxWindow)
      return emitOpError() << "has pads of " << toString(pads)
                           << "; they must be 0 to " << maxWindow;
  // zero_padding_2d_c3
  SmallVector<int64_t> shape(getShape(getInput()));
  shape[1] += pads[0] + pads[1];
  shape[2] += pads[2] + pads[3];
  return verifyShape(*this, shape);
}

LogicalResult MaxPool2DOp::verify() {
  // max_pool_2d_c1
  if (failed(verifyStage(*this, getFixedAttr())) || failed(verifyRank4(*this)))
    return failure();
  // max_pool_2d_c2
  if (failed(verifyPositive(*this, "pool_size", getPoolSize())) ||
      failed(verifyPositive(*this, "strides", getStrides())))
    return failure();
  // max_pool_2d_c3
  ArrayRef<int64_t> input = getShape(getInput());
  auto inferred =
      inferWindowShape(input, getPoolSize(), getStrides(), {1, 1}, getPadding(),
                       input[3], [&] { return emitOpError(); });
  if (failed(inferred))
    return failure();
  return verifyShape(*this, *inferred);
}

LogicalResult GlobalAveragePool2DOp::verify() {
  // global_average_pool_2d_c1
  if (failed(verifyStage(*this, getFixedAttr())) || failed(verifyRank4(*this)))
    return failure();
  ArrayRef<int64_t> input = getShape(getInput());
  if (failed(verifyVector(*this, "input_shift", getInputShiftAttr(), input[3])))
    return failure();
  // global_average_pool_2d_c2
  return verifyShape(*this, inferGlobalPoolShape(input, getKeepDims()));
}

LogicalResult AddOp::verify() {
  if (failed(verifyStage(*this, getFixedAttr())))
    return failure();
  // add_c1
  if (!isCompatible(getShape(getLhs()), getShape(getRhs())))
    return emitOpError() << "has operands of shapes "
                         << toString(getShape(getLhs())) << " and "
                         << toString(getShape(getRhs()))
                         << "; they must be equal";
  // add_c2
  if (getFixedAttr())
    for (Value operand : getOperands())
      if (auto layer = operand.getDefiningOp<LayerOpInterface>())
        if (layer.getResultFixed() && layer.getResultFixed().getScale())
          return emitOpError() << "adds integers with a scale, of layer '"
                               << layer.getLayerName()
                               << "'; an output quantizer must go between";
  int64_t channels = getShape(getResult()).back();
  if (failed(verifyVector(*this, "a_shift", getAShiftAttr(), channels)) ||
      failed(verifyVector(*this, "b_shift", getBShiftAttr(), channels)))
    return failure();
  return verifySameShape(*this);
}

LogicalResult FlattenOp::verify() {
  if (failed(verifyStage(*this, getFixedAttr())))
    return failure();
  ArrayRef<int64_t> input = getShape(getInput());
  if (failed(verifyVector(*this, "input_shift", getInputShiftAttr(),
                          input.back())))
    return failure();
  // flatten_c1
  return verifyShape(*this, inferFlattenShape(input));
}

LogicalResult ReshapeOp::verify() {
  if (failed(verifyStage(*this, getFixedAttr())))
    return failure();
  // reshape_c1
  ArrayRef<int64_t> input = getShape(getInput()),
                    result = getShape(getResult());
  if (getNumElementsPerSample(input) != getNumElementsPerSample(result) ||
      (!ShapedType::isDynamic(input[0]) && !ShapedType::isDynamic(result[0]) &&
       input[0] != result[0]))
    return emitOpError() << "makes a shape of " << toString(result)
                         << " from one of " << toString(input)
                         << "; a sample must keep its number of elements";
  // reshape_c2
  FixedAttr fixed = getFixedAttr();
  if (fixed && input.back() != result.back() &&
      (qml::getNumElements(fixed.getFracBits()) != 1 ||
       (fixed.getScale() && qml::getNumElements(fixed.getScale()) != 1)))
    return emitOpError() << "changes the last axis of integers that have a "
                            "binary point or a scale per channel";
  return success();
}

LogicalResult DropoutOp::verify() {
  if (failed(verifyStage(*this, getFixedAttr())))
    return failure();
  // dropout_c2
  float rate = getRate().convertToFloat();
  if (!(rate >= 0.0f && rate < 1.0f))
    return emitOpError() << "has a rate of " << std::to_string(rate)
                         << "; it must be at least 0 and below 1";
  // dropout_c1
  return verifySameShape(*this);
}

//===----------------------------------------------------------------------===//
// Quantizers
//===----------------------------------------------------------------------===//

template <typename OpT>
static LogicalResult verifyQuantizerBits(OpT op, int64_t maximum) {
  int64_t minimum = op.getIsUnsigned() ? 1 : 2;
  int64_t bitwidth = op.getBitwidth();
  if (bitwidth >= minimum && bitwidth <= maximum)
    return success();
  return op.emitOpError() << "has a bitwidth of " << bitwidth << "; "
                          << (op.getIsUnsigned() ? "unsigned" : "signed")
                          << " quantizers take " << minimum << " to "
                          << maximum;
}

/// Whether `elements` is a literal of one value, once or repeated. Checks look
/// at it once.
static bool isRepeated(ElementsAttr elements) {
  auto dense = dyn_cast<DenseElementsAttr>(Attribute(elements));
  return dense && dense.isSplat();
}

/// All values of an array that differ.
static std::vector<float> readDistinct(ElementsAttr elements) {
  if (isRepeated(elements))
    return {
        cast<DenseElementsAttr>(Attribute(elements)).getSplatValue<float>()};
  return readFloats(elements);
}

/// A range or rate: one value, or one per channel.
template <typename OpT>
static LogicalResult verifyRange(OpT op, StringRef name,
                                 ElementsAttr elements) {
  if (!elements)
    return success();
  auto type = cast<ShapedType>(elements.getType());
  int64_t channels = getShape(op.getInput()).back();
  bool perAxis = op.getAxis() == Granularity::PerAxis;
  if (perAxis ? type.getRank() != 1 || type.getNumElements() != channels
              : type.getRank() != 0)
    return op.emitOpError()
           << "has '" << name << "' of type " << type << "; "
           << (perAxis ? "per_axis quantizers have one value for each of "
                       : "per_tensor quantizers have one value for all of ")
           << channels << " channels";
  return verifyFinite(op, name, ArrayRef<float>(readDistinct(elements)));
}

template <typename OpT>
static LogicalResult verifyAxis(OpT op) {
  if (op.getAxis() == Granularity::PerAxis &&
      getShape(op.getInput()).size() < 3)
    return op.emitOpError() << "quantizes a tensor of shape "
                            << toString(getShape(op.getInput()))
                            << " per axis; that needs a rank of 3 or more";
  return success();
}

LogicalResult InputQuantizerOp::verify() {
  // input_quantizer_c1
  if (failed(verifyTensors(*this)) ||
      failed(verifyFixed(*this, getFixedAttr())) ||
      failed(verifySameShape(*this)))
    return failure();
  // input_quantizer_c2, input_quantizer_c3
  if (failed(verifyQuantizerBits(*this, 16)) || failed(verifyAxis(*this)))
    return failure();
  // input_quantizer_c4
  if (failed(verifyRange(*this, "range_min", getRangeMinAttr())) ||
      failed(verifyRange(*this, "range_max", getRangeMaxAttr())))
    return failure();
  if (static_cast<bool>(getRangeMinAttr()) !=
      static_cast<bool>(getRangeMaxAttr()))
    return emitOpError() << "has one of 'range_min' and 'range_max'; they come "
                            "together";
  if (ElementsAttr mins = getRangeMinAttr()) {
    ElementsAttr maxs = getRangeMaxAttr();
    auto *read =
        isRepeated(mins) && isRepeated(maxs) ? readDistinct : readFloats;
    for (auto [min, max] : llvm::zip(read(mins), read(maxs)))
      if (min > max || (getIsUnsigned() && getFixedAttr() && min > 0.0f))
        return emitOpError()
               << "has a range of " << std::to_string(min) << " to "
               << std::to_string(max)
               << (min > max ? "; the minimum must not be above the maximum"
                             : "; unsigned integer quantizers start at zero or "
                               "below");
  }
  // input_quantizer_c5
  if (getZeroPointsAttr() && (!getIsUnsigned() || !getFixedAttr()))
    return emitOpError()
           << "has zero points, which belong to unsigned integer quantizers";
  return verifyVector(*this, "zero_points", getZeroPointsAttr(),
                      getShape(getInput()).back());
}

LogicalResult OutputQuantizerOp::verify() {
  // output_quantizer_c1
  if (failed(verifyStage(*this, getFixedAttr())) ||
      failed(verifySameShape(*this)))
    return failure();
  // output_quantizer_c3
  LayerOpInterface owner = getOwner();
  if (!owner)
    return emitOpError() << "doesn't follow a layer, whose result it quantizes";
  if (!owner.mayOwnOutputQuantizer())
    return emitOpError() << "follows layer '" << owner.getLayerName()
                         << "' of class " << owner.getSourceClass()
                         << ", which can't rescale its result";
  // output_quantizer_c2, output_quantizer_c4
  if (failed(verifyQuantizerBits(*this, 32)) || failed(verifyAxis(*this)))
    return failure();
  // output_quantizer_c5
  if (failed(verifyRange(*this, "range_max", getRangeMaxAttr())) ||
      failed(verifyRange(*this, "rescaling_rate", getRescalingRateAttr())))
    return failure();
  if (getRangeMaxAttr())
    for (float range : readDistinct(getRangeMaxAttr()))
      if (range < 0.0f)
        return emitOpError() << "has a range of " << std::to_string(range)
                             << "; it must not be negative";
  if (getRescalingRateAttr())
    for (float rate : readDistinct(getRescalingRateAttr()))
      if (!(rate > 0.0f))
        return emitOpError() << "has a rescaling rate of "
                             << std::to_string(rate) << "; it must be positive";
  // output_quantizer_c6
  if (static_cast<bool>(getFixedAttr()) != static_cast<bool>(getShiftAttr()))
    return emitOpError() << "has 'fixed' without 'shift', or the other way "
                            "round";
  if (static_cast<bool>(getScalesAttr()) !=
      static_cast<bool>(getScalesFracBitsAttr()))
    return emitOpError() << "has one of 'scales' and 'scales_frac_bits'; they "
                            "come together";
  if (getFixedAttr() && getFixedAttr().getScale())
    return emitOpError() << "has a scale in 'fixed'; what it makes is in fixed "
                            "point alone";
  int64_t channels = getShape(getInput()).back();
  if (failed(verifyVector(*this, "shift", getShiftAttr(), channels)) ||
      failed(verifyVector(*this, "scales", getScalesAttr(), channels)))
    return failure();
  return verifyVector(*this, "scales_frac_bits", getScalesFracBitsAttr(),
                      channels);
}

LogicalResult DequantizerOp::verify() {
  // dequantizer_c1
  if (failed(verifyTensors(*this)))
    return failure();
  return verifySameShape(*this);
}
