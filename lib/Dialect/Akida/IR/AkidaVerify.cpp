//===- AkidaVerify.cpp - Hardware layers within their limits --------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One verifier for all layers: what they have comes from Layers.h, what is
// allowed from Limits.h. Everything wrong with a layer is reported, not the
// first problem alone.
//
//===----------------------------------------------------------------------===//

#include "qml/Dialect/Akida/IR/AkidaOps.h"
#include "qml/Dialect/Akida/IR/Limits.h"

#include "llvm/ADT/TypeSwitch.h"

#include <cmath>

using namespace mlir;
using namespace qml;
using namespace qml::akida;

namespace {

class LayerVerifier {
public:
  explicit LayerVerifier(Operation *layer)
      : layer(layer), kind(cast<LayerOpInterface>(layer).getKind()),
        info(getLayerInfo(kind)) {
    if (auto model = layer->getParentOfType<ModelOp>())
      version = model.getVersion();
    else if (info.versions == V1Only)
      version = Version::V1;
  }

  LogicalResult run();

private:
  LogicalResult checkOperands();
  void checkParameters();
  void checkWindows();
  void checkV1Windows();
  void checkPool(int64_t width, int64_t height, int64_t strideX,
                 int64_t strideY);
  void checkNeighbours();
  void checkVariables();
  void checkVariable(const VariableInfo &variable, ElementsAttr values);
  void checkValues(const VariableInfo &variable, ElementsAttr values);
  void checkMemory();
  LogicalResult checkResult();

  bool has(StringRef name) { return hasParameter(layer, name); }
  int64_t get(StringRef name) { return getParameter(layer, name); }

  InFlightDiagnostic error() {
    failed = true;
    return layer->emitError()
           << "layer '" << cast<LayerOpInterface>(layer).getLayerName()
           << "': ";
  }
  void violate(Quantity quantity, const Twine &found, StringRef where = {}) {
    error() << describeViolation(quantity, version, kind, found, where);
  }
  /// Checks a number against the table.
  void limit(Quantity quantity, int64_t value, StringRef where = {}) {
    if (!isAllowed(quantity, version, kind, value))
      violate(quantity, Twine(value), where);
  }

  Operation *layer;
  LayerKind kind;
  const LayerInfo &info;
  Version version = Version::V2;
  bool failed = false;
};

} // namespace

LogicalResult LayerVerifier::checkOperands() {
  for (Value operand : layer->getOperands().take_front(
           isa<AddOp, ConcatenateOp, PicoPostProcessingOp>(layer) ? 2 : 1)) {
    auto type = cast<RankedTensorType>(operand.getType());
    bool isSound = type.getRank() == 4;
    int64_t elements = 1;
    for (int64_t axis = 1; isSound && axis != 4; ++axis) {
      int64_t extent = type.getDimSize(axis);
      isSound = extent >= 1 && extent <= (int64_t(1) << 28) &&
                elements <= (int64_t(1) << 40) / extent;
      elements *= extent;
    }
    if (isSound)
      continue;
    std::string text;
    llvm::raw_string_ostream(text) << type;
    violate(Quantity::Extents, text);
    return failure();
  }
  return success();
}

//===----------------------------------------------------------------------===//
// Parameters
//===----------------------------------------------------------------------===//

void LayerVerifier::checkParameters() {
  const std::pair<StringRef, Quantity> numbers[] = {
      {"weights_bits", Quantity::WeightBits},
      {"buffer_bits", Quantity::BufferBits},
      {"post_op_buffer_bits", Quantity::BufferBits},
      {"internal_state_bits", Quantity::StateBits},
      {"filters", Quantity::Filters},
      {"units", Quantity::Filters},
      {"output_channels", Quantity::Filters},
      {"stateful_channels", Quantity::Filters},
      {"kernel_size", Quantity::KernelSize},
      {"kernel_width", Quantity::KernelSize},
      {"kernel_height", Quantity::KernelSize},
      {"kernel_stride", Quantity::Stride},
      {"padding_value", Quantity::PaddingValue},
      {"fifo_size", Quantity::QueueLength},
  };
  for (auto [name, quantity] : numbers)
    // The padding value of 2.0 is a variable.
    if (layer->getAttrOfType<IntegerAttr>(name))
      limit(quantity, get(name), name);
  if (has("output_bits"))
    limit(isa<QuantizerOp>(layer) ? Quantity::QuantizerBits
                                  : Quantity::OutputBits,
          get("output_bits"));
  if (has("act_bits") && get("activation"))
    limit(Quantity::ActivationBits, get("act_bits"));
  if (has("kernel_size") && has("pool_type"))
    checkWindows();
  if (has("kernel_width"))
    checkV1Windows();
  if (auto recurrent = dyn_cast<StatefulRecurrentOp>(layer)) {
    if (int64_t rows = getImage(recurrent.getInput()).height; rows != 1)
      violate(Quantity::TimeImage, Twine(rows));
    int64_t steps = getImage(recurrent.getInput()).width;
    int64_t subsample = recurrent.getSubsample();
    if (subsample < 1 || steps % subsample != 0)
      violate(Quantity::Subsample,
              Twine(subsample) + " of " + Twine(steps) + " steps");
  }
}

void LayerVerifier::checkPool(int64_t width, int64_t height, int64_t strideX,
                              int64_t strideY) {
  auto type = static_cast<PoolType>(get("pool_type"));
  std::string size = std::to_string(width) + "x" + std::to_string(height);
  bool isMax = type == PoolType::Max;
  if (isMax ? width < 1 || height < 1 : width != -1 || height != -1)
    return violate(Quantity::PoolSize, size);
  auto isStride = [&](int64_t stride, int64_t extent) {
    return stride == -1 || (stride >= 1 && stride <= extent);
  };
  if (isMax && (!isStride(strideX, width) || !isStride(strideY, height)))
    violate(Quantity::PoolStride, Twine(strideX == -1 ? width : strideX) + "x" +
                                      Twine(strideY == -1 ? height : strideY) +
                                      " of a pool of " + size);
}

void LayerVerifier::checkWindows() {
  int64_t kernel = get("kernel_size"), stride = get("kernel_stride");
  auto pool = static_cast<PoolType>(get("pool_type"));
  if (stride == 2 &&
      !isAllowed(Quantity::StrideWithKernel, version, kind, kernel))
    violate(Quantity::StrideWithKernel, Twine(kernel));
  checkPool(get("pool_size"), get("pool_size"), get("pool_stride"),
            get("pool_stride"));
  if (static_cast<Padding>(get("padding")) == Padding::SameUpper &&
      (stride != 2 || pool != PoolType::NoPooling))
    violate(Quantity::UpperPadding,
            "stride " + Twine(stride) +
                (pool == PoolType::NoPooling ? "" : " and pooling"));
  if (pool == PoolType::Average && findLimit(Quantity::PoolType, version, kind))
    violate(Quantity::PoolType, "average");
}

void LayerVerifier::checkV1Windows() {
  int64_t width = get("kernel_width"), height = get("kernel_height");
  int64_t strideX = get("stride_x"), strideY = get("stride_y");
  bool isInput = isa<InputConvolutionalOp>(layer);
  if (strideX < 1 || strideY < 1 ||
      (!isInput && (strideX > width || strideY > height)))
    violate(Quantity::StrideOfKernel, Twine(strideX) + "x" + Twine(strideY) +
                                          " of a kernel of " + Twine(width) +
                                          "x" + Twine(height));
  checkPool(get("pooling_width"), get("pooling_height"),
            get("pooling_stride_x"), get("pooling_stride_y"));
  if (static_cast<Padding>(get("padding")) == Padding::SameUpper)
    error() << "padding same_upper: Akida 1.0 convolutions take same or valid";
}

//===----------------------------------------------------------------------===//
// What meets
//===----------------------------------------------------------------------===//

static std::string describe(IntegerFormat format) {
  return (format.isSigned ? "signed integers of " : "unsigned integers of ") +
         std::to_string(format.bits) + " bits";
}

void LayerVerifier::checkNeighbours() {
  IntegerFormat input = getFormat(layer->getOperand(0));
  Image image = getImage(layer->getOperand(0));
  Type inputType =
      cast<RankedTensorType>(layer->getOperand(0).getType()).getElementType();
  if (isa<InputConv2DOp, InputConvolutionalOp>(layer)) {
    limit(Quantity::ImageChannels, image.channels);
    if (isa_and_nonnull<QuantizerOp>(getLayerOf(layer->getOperand(0))) &&
        input.bits != 8)
      error() << "its quantizer makes " << describe(input)
              << "; input convolutions take unsigned ones of 8";
  } else if (isa<ConvolutionalOp, SeparableConvolutionalOp, FullyConnectedOp>(
                 layer)) {
    if (input.isSigned || input.bits > 4)
      violate(Quantity::UnsignedInput, "of " + describe(input));
  } else if (isa<InputDataOp>(layer)) {
    int64_t bits = get("input_bits");
    Type expected = getResultElementType(layer->getContext(), bits);
    if (inputType != expected)
      error() << "inputs of " << bits << " bits are of type " << expected
              << ", found " << inputType;
    // Recurrences alone read 16 bits.
    bool isWide =
        bits == 16 && llvm::all_of(layer->getUsers(), [](Operation *user) {
          return isa<StatefulRecurrentOp, PicoPostProcessingOp>(user);
        });
    if (!isWide)
      limit(Quantity::InputBits, bits);
  } else if (isa<BufferTempConvOp, DepthwiseBufferTempConvOp>(layer)) {
    limit(Quantity::QueueInputBits, input.bits);
  } else if (isa<AddOp>(layer)) {
    IntegerFormat other = getFormat(layer->getOperand(1));
    Image second = getImage(layer->getOperand(1));
    for (IntegerFormat format : {input, other})
      limit(Quantity::AddInputBits, format.bits);
    if (!input.isSigned && !other.isSigned)
      limit(Quantity::AddOutputBits, get("output_bits"));
    if (image.height != second.height || image.width != second.width ||
        image.channels != second.channels)
      violate(Quantity::EqualInputs,
              Twine(image.height) + "x" + Twine(image.width) + "x" +
                  Twine(image.channels) + " and " + Twine(second.height) + "x" +
                  Twine(second.width) + "x" + Twine(second.channels));
  } else if (isa<ConcatenateOp>(layer)) {
    IntegerFormat other = getFormat(layer->getOperand(1));
    Image second = getImage(layer->getOperand(1));
    if (image.height != second.height || image.width != second.width ||
        input.bits != other.bits || input.isSigned != other.isSigned)
      violate(Quantity::JoinedInputs,
              Twine(image.height) + "x" + Twine(image.width) + " of " +
                  describe(input) + " and " + Twine(second.height) + "x" +
                  Twine(second.width) + " of " + describe(other));
  } else if (auto pico = dyn_cast<PicoPostProcessingOp>(layer)) {
    IntegerFormat truth = getFormat(pico.getTruth());
    Operation *predictor = getLayerOf(pico.getPrediction());
    Operation *source = getLayerOf(pico.getTruth());
    auto of = [](Operation *op, IntegerFormat format) {
      auto layer = dyn_cast_or_null<LayerOpInterface>(op);
      return describe(format) + " of " +
             (layer ? "layer '" + layer.getLayerName().str() + "'"
                    : std::string("no layer"));
    };
    if (!isa_and_nonnull<StatefulRecurrentOp>(predictor) || input.bits < 17 ||
        !isa_and_nonnull<InputDataOp>(source) || truth.bits != 16 ||
        pico.getPrediction().getType().getShape() !=
            pico.getTruth().getType().getShape())
      violate(Quantity::PicoInputs,
              of(predictor, input) + " and " + of(source, truth));
    if (image.height != 1)
      violate(Quantity::TimeImage, Twine(image.height));
  }
}

//===----------------------------------------------------------------------===//
// Variables
//===----------------------------------------------------------------------===//

void LayerVerifier::checkValues(const VariableInfo &variable,
                                ElementsAttr values) {
  auto findOutside = [&](int64_t lower,
                         int64_t upper) -> std::optional<int64_t> {
    for (int64_t value : readIntegers(values))
      if (value < lower || value > upper)
        return value;
    return std::nullopt;
  };
  StringRef name = variable.name;
  if (name.starts_with("weights")) {
    // The engine's 4-bit weights are symmetric in version 1.0.
    bool isV1 = info.versions == V1Only;
    int64_t bits = get("weights_bits");
    if (bits < 1 || bits > 8)
      return;
    int64_t upper = bits == 1 ? 1 : (int64_t(1) << (bits - 1)) - 1;
    int64_t lower = bits == 1 ? 0 : isV1 && bits != 8 ? -upper : -upper - 1;
    // All of 8 bits fits.
    if (bits == 8)
      return;
    if (std::optional<int64_t> value = findOutside(lower, upper))
      error() << "(A3) a value of '" << name << "' is " << *value
              << "; weights of " << bits << (bits == 1 ? " bit" : " bits")
              << " are " << lower << " to " << upper;
  } else if (name.ends_with("shift")) {
    Quantity quantity = variable.type == ElementType::U8
                            ? Quantity::Shift
                            : Quantity::SignedShift;
    const Allowed &allowed = findLimit(quantity, version, kind)->allowed;
    if (std::optional<int64_t> value =
            findOutside(allowed.lower, allowed.upper))
      violate(quantity, Twine(*value), name);
  } else if (name == "act_step") {
    bool activates = get("activation") != 0;
    for (float step : readFloats(values))
      if (!(step >= 0.0625f) || std::isinf(step) ||
          (activates && step >= 16777216.0f))
        return violate(Quantity::ActivationStep, std::to_string(step));
  }
}

void LayerVerifier::checkVariable(const VariableInfo &variable,
                                  ElementsAttr values) {
  SmallVector<int64_t> shape = getVariableShape(layer, variable);
  auto needed = RankedTensorType::get(
      shape, makeElementType(layer->getContext(), variable.type));
  if (values.getType() != needed) {
    error() << "(A3) the variable '" << variable.name << "' is of type "
            << values.getType() << ", needed is " << needed;
    return;
  }
  auto emit = [&] {
    InFlightDiagnostic diagnostic = error();
    diagnostic << "it ";
    return diagnostic;
  };
  if (succeeded(verifyElements(values, emit)))
    checkValues(variable, values);
}

void LayerVerifier::checkVariables() {
  for (const VariableInfo &variable : info.variables) {
    auto values = layer->getAttrOfType<ElementsAttr>(variable.name);
    if (!values)
      continue;
    if (hasVariable(layer, variable))
      checkVariable(variable, values);
    else
      error() << "(A3) has no variable '" << variable.name
              << "' with this activation; it belongs to activation = "
              << (variable.presence == Presence::WithReLU ? "relu" : "lut");
  }
}

void LayerVerifier::checkMemory() {
  if (layer->getNumResults() != 2)
    return;
  Image image = getImage(layer->getOperand(0));
  auto memory = cast<RankedTensorType>(layer->getOperand(1).getType());
  SmallVector<int64_t> shape = {2, 0};
  Type type =
      cast<RankedTensorType>(layer->getOperand(0).getType()).getElementType();
  if (isa<StatefulRecurrentOp>(layer)) {
    shape[1] = get("stateful_channels");
    int64_t bits = get("internal_state_bits");
    type = IntegerType::get(layer->getContext(), bits <= 16 ? 16 : 32);
  } else {
    shape = {image.height, image.width, get("fifo_size"), image.channels};
  }
  auto expected = RankedTensorType::get(shape, type);
  if (memory != expected || layer->getResult(1).getType() != expected)
    error() << "its memory is of type " << memory << ", needed is " << expected;
}

LogicalResult LayerVerifier::checkResult() {
  FailureOr<RankedTensorType> type = inferResultType(layer);
  if (mlir::failed(type))
    return failure();
  if (*type != layer->getResult(0).getType())
    return error() << "(A4) its result is of type "
                   << layer->getResult(0).getType() << ", needed is " << *type;
  return success();
}

LogicalResult LayerVerifier::run() {
  if (cast<LayerOpInterface>(layer).getLayerName().empty())
    error() << "(A1) layers have names";
  for (NamedAttribute attribute : layer->getDiscardableAttrs())
    if (!attribute.getName().strref().contains('.'))
      error() << "(A3) it has no parameter or variable '"
              << attribute.getName().strref() << "'";
  if (failed || mlir::failed(checkOperands()))
    return failure();
  checkParameters();
  // With extents that make no sense, shapes make none.
  if (failed)
    return failure();
  checkVariables();
  checkMemory();
  checkNeighbours();
  if (failed)
    return failure();
  return checkResult();
}

#define QML_VERIFY_LAYER(name)                                                 \
  LogicalResult name::verify() { return LayerVerifier(*this).run(); }
QML_VERIFY_LAYER(InputDataOp)
QML_VERIFY_LAYER(QuantizerOp)
QML_VERIFY_LAYER(DequantizerOp)
QML_VERIFY_LAYER(InputConv2DOp)
QML_VERIFY_LAYER(Conv2DOp)
QML_VERIFY_LAYER(DepthwiseConv2DOp)
QML_VERIFY_LAYER(Conv2DTransposeOp)
QML_VERIFY_LAYER(DepthwiseConv2DTransposeOp)
QML_VERIFY_LAYER(Dense1DOp)
QML_VERIFY_LAYER(AddOp)
QML_VERIFY_LAYER(ConcatenateOp)
QML_VERIFY_LAYER(BufferTempConvOp)
QML_VERIFY_LAYER(DepthwiseBufferTempConvOp)
QML_VERIFY_LAYER(StatefulRecurrentOp)
QML_VERIFY_LAYER(PicoPostProcessingOp)
QML_VERIFY_LAYER(InputConvolutionalOp)
QML_VERIFY_LAYER(ConvolutionalOp)
QML_VERIFY_LAYER(SeparableConvolutionalOp)
QML_VERIFY_LAYER(FullyConnectedOp)
#undef QML_VERIFY_LAYER
