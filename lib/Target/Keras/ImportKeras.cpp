//===- ImportKeras.cpp - Keras files to qml -------------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One row of a table for each class of layers, with the function that makes its
// operation. Shapes come from the functions that the verifiers use, too.
//
//===----------------------------------------------------------------------===//

#include "qml/Target/Keras/ImportKeras.h"

#include "LayerConfigReader.h"
#include "qml/Dialect/QML/IR/Network.h"
#include "qml/Dialect/QML/IR/ShapeInference.h"
#include "qml/Target/Keras/KerasModel.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Tools/mlir-translate/Translation.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/SourceMgr.h"

#include <cmath>

using namespace mlir;

namespace qml {

namespace {

/// Imports one model.
class KerasImporter {
public:
  KerasImporter(const KerasModel &model, StringRef path, MLIRContext *context)
      : model(model), path(path), builder(context) {}

  OwningOpRef<ModuleOp> run();

  /// Each makes the operation of one layer; null if a problem was reported.
  Value importAdd(LayerConfigReader &layer, ArrayRef<Value> inputs);
  Value importActivation(LayerConfigReader &layer, ArrayRef<Value> inputs);
  Value importBatchNorm(LayerConfigReader &layer, ArrayRef<Value> inputs);
  Value importConv2D(LayerConfigReader &layer, ArrayRef<Value> inputs);
  Value importDense(LayerConfigReader &layer, ArrayRef<Value> inputs);
  Value importDepthwise(LayerConfigReader &layer, ArrayRef<Value> inputs);
  Value importDropout(LayerConfigReader &layer, ArrayRef<Value> inputs);
  Value importFlatten(LayerConfigReader &layer, ArrayRef<Value> inputs);
  Value importGlobalPool(LayerConfigReader &layer, ArrayRef<Value> inputs);
  Value importMaxPool(LayerConfigReader &layer, ArrayRef<Value> inputs);
  Value importReLU(LayerConfigReader &layer, ArrayRef<Value> inputs);
  Value importRescaling(LayerConfigReader &layer, ArrayRef<Value> inputs);
  Value importReshape(LayerConfigReader &layer, ArrayRef<Value> inputs);
  Value importSeparable(LayerConfigReader &layer, ArrayRef<Value> inputs);
  Value importSoftmax(LayerConfigReader &layer, ArrayRef<Value> inputs);
  Value importZeroPadding(LayerConfigReader &layer, ArrayRef<Value> inputs);

private:
  Location getLocation(StringRef name) {
    return NameLoc::get(builder.getStringAttr(name),
                        FileLineColLoc::get(builder.getContext(), path, 0, 0));
  }
  Type getInputType();
  Value importLayer(const KerasLayer &layer, ArrayRef<Value> inputs);

  /// Weight number `index`, which must have `shape`; null if it hasn't.
  ElementsAttr importWeight(LayerConfigReader &layer, size_t index,
                            StringRef what, ArrayRef<int64_t> shape);
  ActivationAttr importOwnActivation(LayerConfigReader &layer, bool &valid);
  DenseI64ArrayAttr makePair(const std::array<int64_t, 2> &pair) {
    return builder.getDenseI64ArrayAttr(pair);
  }
  StringAttr getName(LayerConfigReader &layer) {
    return builder.getStringAttr(layer.name());
  }
  RankedTensorType makeType(ArrayRef<int64_t> shape) {
    return RankedTensorType::get(shape, builder.getF32Type());
  }

  const KerasModel &model;
  StringRef path;
  OpBuilder builder;
};

/// A class of layers.
struct LayerClass {
  StringRef name;
  Value (KerasImporter::*import)(LayerConfigReader &, ArrayRef<Value>);
  /// Number of inputs.
  unsigned inputs = 1;
  /// Rank that the input must have, with the batch; 0 for any.
  unsigned rank = 0;
};

} // namespace

static const LayerClass layerClasses[] = {
    {"Activation", &KerasImporter::importActivation},
    {"Add", &KerasImporter::importAdd, 2},
    {"BatchNormalization", &KerasImporter::importBatchNorm},
    {"Conv2D", &KerasImporter::importConv2D, 1, 4},
    {"Dense", &KerasImporter::importDense},
    {"DepthwiseConv2D", &KerasImporter::importDepthwise, 1, 4},
    {"Dropout", &KerasImporter::importDropout},
    {"Flatten", &KerasImporter::importFlatten},
    {"GlobalAveragePooling2D", &KerasImporter::importGlobalPool, 1, 4},
    {"MaxPooling2D", &KerasImporter::importMaxPool, 1, 4},
    {"ReLU", &KerasImporter::importReLU},
    {"Rescaling", &KerasImporter::importRescaling},
    {"Reshape", &KerasImporter::importReshape},
    {"SeparableConv2D", &KerasImporter::importSeparable, 1, 4},
    {"Softmax", &KerasImporter::importSoftmax},
    {"ZeroPadding2D", &KerasImporter::importZeroPadding, 1, 4},
};

SmallVector<StringRef> getSupportedKerasClasses() {
  SmallVector<StringRef> names;
  for (const LayerClass &layerClass : layerClasses)
    names.push_back(layerClass.name);
  return names;
}

static ArrayRef<int64_t> getShape(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape();
}

//===----------------------------------------------------------------------===//
// Weights
//===----------------------------------------------------------------------===//

static float halfToFloat(uint16_t half) {
  int sign = half >> 15, exponent = half >> 10 & 31, fraction = half & 1023;
  float magnitude =
      exponent == 31 ? (fraction ? std::nanf("") : INFINITY)
                     : std::ldexp(static_cast<float>(exponent ? fraction + 1024
                                                              : fraction),
                                  exponent ? exponent - 25 : -24);
  return sign ? -magnitude : magnitude;
}

/// Copies weights of another float type; empty if the type is none.
static std::vector<float> convertToFloat(const Array &array) {
  std::vector<float> values;
  int64_t count = array.size();
  if (array.type == ElementType::F64)
    values.assign(array.as<double>(), array.as<double>() + count);
  else if (array.type == ElementType::F16)
    for (int64_t i = 0; i != count; ++i)
      values.push_back(halfToFloat(array.as<uint16_t>()[i]));
  return values;
}

ElementsAttr KerasImporter::importWeight(LayerConfigReader &layer, size_t index,
                                         StringRef what,
                                         ArrayRef<int64_t> shape) {
  const std::vector<KerasWeight> &weights = layer.layer().weights;
  if (index >= weights.size()) {
    layer.error() << "its " << what << " is missing: the file has "
                  << weights.size() << " weights of it";
    return {};
  }
  const Array &array = weights[index].array;
  if (ArrayRef<int64_t>(array.shape) != shape) {
    layer.error() << "its " << what << " has shape " << toString(array.shape)
                  << " in the file; its configuration and input give "
                  << toString(Shape(shape.begin(), shape.end()));
    return {};
  }
  RankedTensorType type = makeType(shape);
  std::string name = (layer.name() + "_" + what).str();
  if (array.type != ElementType::F32 && array.type != ElementType::F16 &&
      array.type != ElementType::F64) {
    layer.error() << "its " << what << " is of " << nameOf(array.type)
                  << "; weights are float16, float32 or float64";
    return {};
  }
  std::vector<float> converted;
  const float *data = array.as<float>();
  if (array.type != ElementType::F32) {
    converted = convertToFloat(array);
    data = converted.data();
  }
  // A sum finds what isn't finite without a branch for each value.
  double sum = 0;
  for (int64_t i = 0, e = array.size(); i != e; ++i)
    sum += data[i] * 0.0f;
  if (sum != 0) {
    layer.error() << "its " << what
                  << " holds values that are infinite or not a number; train "
                     "or save the model again";
    return {};
  }
  if (array.type == ElementType::F32 && array.size() > 16)
    return makeResource(type, name, array.data, array.numBytes(), array.owner);
  if (converted.empty())
    converted.assign(data, data + array.size());
  return makeElements(type, name, std::move(converted));
}

ActivationAttr KerasImporter::importOwnActivation(LayerConfigReader &layer,
                                                  bool &valid) {
  std::string name = layer.getString("activation", "linear");
  if (name == "linear")
    return {};
  if (std::optional<Activation> activation = symbolizeActivation(name))
    return ActivationAttr::get(builder.getContext(), *activation);
  layer.error() << "its activation is '" << name
                << "'; supported are linear, relu and softmax (a ReLU with a "
                   "maximum is a layer of its own)";
  valid = false;
  return {};
}

//===----------------------------------------------------------------------===//
// Layers with weights
//===----------------------------------------------------------------------===//

Value KerasImporter::importConv2D(LayerConfigReader &layer,
                                  ArrayRef<Value> inputs) {
  ArrayRef<int64_t> image = getShape(inputs[0]);
  bool valid = true;
  int64_t filters = layer.getInteger("filters");
  int64_t groups = layer.getInteger("groups", 1);
  auto size = layer.getPair("kernel_size");
  auto strides = layer.getPair("strides", 1);
  auto dilations = layer.getPair("dilation_rate", 1);
  Padding padding = layer.getPadding();
  bool useBias = layer.getBool("use_bias", true);
  ActivationAttr activation = importOwnActivation(layer, valid);
  layer.expectChannelsLast();
  if (!valid || layer.failed())
    return {};
  if (image[3] % groups != 0) {
    layer.error() << "its input has " << image[3] << " channels in " << groups
                  << " groups; they must divide evenly";
    return {};
  }
  ElementsAttr kernel = importWeight(
      layer, 0, "kernel", {size[0], size[1], image[3] / groups, filters});
  ElementsAttr bias =
      useBias ? importWeight(layer, 1, "bias", filters) : ElementsAttr();
  auto shape = inferWindowShape(image, size, strides, dilations, padding,
                                filters, [&] { return layer.error(); });
  if (layer.failed() || failed(shape))
    return {};
  return Conv2DOp::create(
      builder, layer.location(), makeType(*shape), getName(layer), inputs[0],
      kernel, bias, makePair(strides), makePair(dilations),
      builder.getI64IntegerAttr(groups),
      PaddingAttr::get(builder.getContext(), padding),
      /*padding_value=*/nullptr, /*quantized_padding=*/nullptr,
      /*padding_shift=*/nullptr, activation, /*weight_quantizer=*/nullptr,
      /*bias_quantizer=*/nullptr, /*buffer_bitwidth=*/nullptr,
      /*kernel_scales=*/nullptr, /*bias_shift=*/nullptr,
      /*input_shift=*/nullptr, /*config_keys=*/nullptr, /*fixed=*/nullptr);
}

static void expectMultiplierOf1(LayerConfigReader &layer) {
  int64_t multiplier = layer.getInteger("depth_multiplier", 1);
  if (multiplier != 1)
    layer.error() << "its depth_multiplier is " << multiplier
                  << "; only 1 is supported";
}

Value KerasImporter::importDepthwise(LayerConfigReader &layer,
                                     ArrayRef<Value> inputs) {
  ArrayRef<int64_t> image = getShape(inputs[0]);
  bool valid = true;
  auto size = layer.getPair("kernel_size");
  auto strides = layer.getPair("strides", 1);
  auto dilations = layer.getPair("dilation_rate", 1);
  Padding padding = layer.getPadding();
  bool useBias = layer.getBool("use_bias", true);
  ActivationAttr activation = importOwnActivation(layer, valid);
  expectMultiplierOf1(layer);
  layer.expectChannelsLast();
  if (!valid || layer.failed())
    return {};
  ElementsAttr kernel =
      importWeight(layer, 0, "kernel", {size[0], size[1], image[3], 1});
  ElementsAttr bias =
      useBias ? importWeight(layer, 1, "bias", image[3]) : ElementsAttr();
  auto shape = inferWindowShape(image, size, strides, dilations, padding,
                                image[3], [&] { return layer.error(); });
  if (layer.failed() || failed(shape))
    return {};
  return DepthwiseConv2DOp::create(
      builder, layer.location(), makeType(*shape), getName(layer), inputs[0],
      kernel, bias, makePair(strides), makePair(dilations),
      PaddingAttr::get(builder.getContext(), padding), activation,
      /*weight_quantizer=*/nullptr, /*bias_quantizer=*/nullptr,
      /*buffer_bitwidth=*/nullptr, /*kernel_scales=*/nullptr,
      /*bias_shift=*/nullptr, /*input_shift=*/nullptr, /*config_keys=*/nullptr,
      /*fixed=*/nullptr);
}

Value KerasImporter::importSeparable(LayerConfigReader &layer,
                                     ArrayRef<Value> inputs) {
  ArrayRef<int64_t> image = getShape(inputs[0]);
  bool valid = true;
  int64_t filters = layer.getInteger("filters");
  auto size = layer.getPair("kernel_size");
  auto strides = layer.getPair("strides", 1);
  auto dilations = layer.getPair("dilation_rate", 1);
  Padding padding = layer.getPadding();
  bool useBias = layer.getBool("use_bias", true);
  ActivationAttr activation = importOwnActivation(layer, valid);
  expectMultiplierOf1(layer);
  layer.expectChannelsLast();
  if (!valid || layer.failed())
    return {};
  ElementsAttr depthwise = importWeight(layer, 0, "depthwise_kernel",
                                        {size[0], size[1], image[3], 1});
  ElementsAttr pointwise =
      importWeight(layer, 1, "pointwise_kernel", {1, 1, image[3], filters});
  ElementsAttr bias =
      useBias ? importWeight(layer, 2, "bias", filters) : ElementsAttr();
  auto shape = inferWindowShape(image, size, strides, dilations, padding,
                                filters, [&] { return layer.error(); });
  if (layer.failed() || failed(shape))
    return {};
  return SeparableConv2DOp::create(
      builder, layer.location(), makeType(*shape), getName(layer), inputs[0],
      depthwise, pointwise, bias, makePair(strides), makePair(dilations),
      PaddingAttr::get(builder.getContext(), padding), activation,
      /*dw_weight_quantizer=*/nullptr, /*pw_weight_quantizer=*/nullptr,
      /*bias_quantizer=*/nullptr, /*buffer_bitwidth=*/nullptr,
      /*dw_kernel_scales=*/nullptr, /*pw_kernel_scales=*/nullptr,
      /*bias_shift=*/nullptr, /*input_shift=*/nullptr, /*config_keys=*/nullptr,
      /*fixed=*/nullptr);
}

Value KerasImporter::importDense(LayerConfigReader &layer,
                                 ArrayRef<Value> inputs) {
  ArrayRef<int64_t> input = getShape(inputs[0]);
  bool valid = true;
  int64_t units = layer.getInteger("units");
  bool useBias = layer.getBool("use_bias", true);
  ActivationAttr activation = importOwnActivation(layer, valid);
  if (!valid || layer.failed())
    return {};
  ElementsAttr kernel = importWeight(layer, 0, "kernel", {input.back(), units});
  ElementsAttr bias =
      useBias ? importWeight(layer, 1, "bias", units) : ElementsAttr();
  if (layer.failed())
    return {};
  return DenseOp::create(
      builder, layer.location(), makeType(inferDenseShape(input, units)),
      getName(layer), inputs[0], kernel, bias, activation,
      /*weight_quantizer=*/nullptr, /*bias_quantizer=*/nullptr,
      /*buffer_bitwidth=*/nullptr, /*kernel_scales=*/nullptr,
      /*bias_shift=*/nullptr, /*input_shift=*/nullptr, /*config_keys=*/nullptr,
      /*fixed=*/nullptr);
}

Value KerasImporter::importBatchNorm(LayerConfigReader &layer,
                                     ArrayRef<Value> inputs) {
  ArrayRef<int64_t> input = getShape(inputs[0]);
  int64_t channels = input.back(), rank = input.size();
  int64_t axis = layer.getAxis("axis", -1);
  if (axis != -1 && axis != rank - 1)
    layer.error() << "it normalizes along axis " << axis
                  << "; only the last is supported, " << rank - 1 << " or -1";
  bool hasGamma = layer.getBool("scale", true);
  bool hasBeta = layer.getBool("center", true);
  double epsilon = layer.getNumber("epsilon", 1e-3);
  if (layer.failed())
    return {};
  size_t index = 0;
  auto weight = [&](bool isStored, StringRef what, float value) {
    if (isStored)
      return importWeight(layer, index++, what, channels);
    return makeElements(makeType(channels), (layer.name() + "_" + what).str(),
                        std::vector<float>(channels, value));
  };
  ElementsAttr gamma = weight(hasGamma, "gamma", 1.0f);
  ElementsAttr beta = weight(hasBeta, "beta", 0.0f);
  ElementsAttr mean = weight(true, "mean", 0.0f);
  ElementsAttr variance = weight(true, "variance", 1.0f);
  if (layer.failed())
    return {};
  return BatchNormOp::create(
      builder, layer.location(), inputs[0].getType(), getName(layer), inputs[0],
      gamma, beta, mean, variance, builder.getF32FloatAttr(epsilon),
      builder.getBoolAttr(hasGamma), builder.getBoolAttr(hasBeta));
}

//===----------------------------------------------------------------------===//
// Other layers
//===----------------------------------------------------------------------===//

Value KerasImporter::importAdd(LayerConfigReader &layer,
                               ArrayRef<Value> inputs) {
  if (inputs[0].getType() != inputs[1].getType()) {
    layer.error() << "it adds tensors of types " << inputs[0].getType()
                  << " and " << inputs[1].getType()
                  << "; only equal shapes are supported";
    return {};
  }
  return AddOp::create(builder, layer.location(), inputs[0].getType(),
                       getName(layer), inputs[0], inputs[1],
                       /*buffer_bitwidth=*/nullptr, /*a_shift=*/nullptr,
                       /*b_shift=*/nullptr, /*config_keys=*/nullptr,
                       /*fixed=*/nullptr);
}

static Value createReLU(OpBuilder &builder, Location loc, StringAttr name,
                        Value input, FloatAttr max) {
  return ReLUOp::create(builder, loc, input.getType(), name, input, max,
                        /*max_value_quantizer=*/nullptr,
                        /*buffer_bitwidth=*/nullptr,
                        /*quantized_max_value=*/nullptr,
                        /*max_value_shift=*/nullptr, /*config_keys=*/nullptr,
                        /*fixed=*/nullptr);
}

Value KerasImporter::importActivation(LayerConfigReader &layer,
                                      ArrayRef<Value> inputs) {
  std::string name = layer.getString("activation", "linear");
  if (layer.failed())
    return {};
  if (name == "linear")
    return inputs[0];
  if (name == "relu")
    return createReLU(builder, layer.location(), getName(layer), inputs[0], {});
  if (name == "softmax")
    return importSoftmax(layer, inputs);
  layer.error() << "its activation is '" << name
                << "'; supported are linear, relu and softmax";
  return {};
}

Value KerasImporter::importReLU(LayerConfigReader &layer,
                                ArrayRef<Value> inputs) {
  for (const char *key : {"negative_slope", "threshold"})
    if (double value = layer.getNumber(key, 0.0))
      layer.error() << "its " << key << " is " << std::to_string(value)
                    << "; only 0 is supported";
  FloatAttr max;
  if (layer.has("max_value")) {
    double value = layer.getNumber("max_value", 0.0);
    if (!layer.failed() && !(value > 0.0))
      layer.error() << "its max_value is " << std::to_string(value)
                    << "; it must be positive";
    max = builder.getF32FloatAttr(value);
  }
  if (layer.failed())
    return {};
  return createReLU(builder, layer.location(), getName(layer), inputs[0], max);
}

Value KerasImporter::importSoftmax(LayerConfigReader &layer,
                                   ArrayRef<Value> inputs) {
  int64_t axis = layer.getAxis("axis", -1);
  int64_t rank = getShape(inputs[0]).size();
  if (axis != -1 && axis != rank - 1)
    layer.error() << "its axis is " << axis << "; only the last is supported";
  if (layer.failed())
    return {};
  return SoftmaxOp::create(builder, layer.location(), inputs[0].getType(),
                           getName(layer), inputs[0]);
}

Value KerasImporter::importRescaling(LayerConfigReader &layer,
                                     ArrayRef<Value> inputs) {
  std::vector<double> scale = layer.getNumbers("scale", {1.0});
  std::vector<double> offset = layer.getNumbers("offset", {0.0});
  int64_t channels = getShape(inputs[0]).back();
  for (auto [name, values] :
       {std::pair("scale", &scale), std::pair("offset", &offset)})
    if (values->size() != 1 && int64_t(values->size()) != channels)
      layer.error() << "it has " << values->size() << " values of " << name
                    << "; its input has " << channels << " channels";
  if (layer.failed())
    return {};
  return RescalingOp::create(builder, layer.location(),
                             makeType(getShape(inputs[0])), getName(layer),
                             inputs[0], builder.getDenseF64ArrayAttr(scale),
                             builder.getDenseF64ArrayAttr(offset),
                             /*fixed=*/nullptr);
}

Value KerasImporter::importMaxPool(LayerConfigReader &layer,
                                   ArrayRef<Value> inputs) {
  ArrayRef<int64_t> image = getShape(inputs[0]);
  auto size = layer.getPair("pool_size", 2);
  auto strides = layer.has("strides") ? layer.getPair("strides") : size;
  Padding padding = layer.getPadding();
  layer.expectChannelsLast();
  if (layer.failed())
    return {};
  auto shape = inferWindowShape(image, size, strides, {1, 1}, padding, image[3],
                                [&] { return layer.error(); });
  if (failed(shape))
    return {};
  return MaxPool2DOp::create(builder, layer.location(), makeType(*shape),
                             getName(layer), inputs[0], makePair(size),
                             makePair(strides),
                             PaddingAttr::get(builder.getContext(), padding),
                             /*fixed=*/nullptr);
}

Value KerasImporter::importGlobalPool(LayerConfigReader &layer,
                                      ArrayRef<Value> inputs) {
  bool keepDims = layer.getBool("keepdims", false);
  layer.expectChannelsLast();
  if (layer.failed())
    return {};
  return GlobalAveragePool2DOp::create(
      builder, layer.location(),
      makeType(inferGlobalPoolShape(getShape(inputs[0]), keepDims)),
      getName(layer), inputs[0], keepDims ? builder.getUnitAttr() : nullptr,
      /*buffer_bitwidth=*/nullptr, /*input_shift=*/nullptr,
      /*config_keys=*/nullptr, /*fixed=*/nullptr);
}

Value KerasImporter::importFlatten(LayerConfigReader &layer,
                                   ArrayRef<Value> inputs) {
  layer.expectChannelsLast();
  if (layer.failed())
    return {};
  return FlattenOp::create(builder, layer.location(),
                           makeType(inferFlattenShape(getShape(inputs[0]))),
                           getName(layer), inputs[0], /*input_shift=*/nullptr,
                           /*fixed=*/nullptr);
}

Value KerasImporter::importReshape(LayerConfigReader &layer,
                                   ArrayRef<Value> inputs) {
  ArrayRef<int64_t> input = getShape(inputs[0]);
  std::vector<int64_t> target = layer.getIntegers("target_shape");
  if (layer.failed())
    return {};
  int64_t total = getNumElementsPerSample(input), known = 1;
  int64_t *unknown = nullptr;
  bool valid = !target.empty();
  for (int64_t &extent : target) {
    if (extent == -1 && !unknown) {
      unknown = &extent;
      continue;
    }
    valid &= extent > 0 && extent <= total / known;
    if (!valid)
      break;
    known *= extent;
  }
  if (valid && unknown)
    *unknown = total / known;
  if (!valid || total % known != 0 || (!unknown && known != total)) {
    layer.error() << "its target_shape " << toString(target)
                  << " doesn't fit its input of " << total << " elements";
    return {};
  }
  SmallVector<int64_t> shape = {input[0]};
  shape.append(target.begin(), target.end());
  return ReshapeOp::create(builder, layer.location(), makeType(shape),
                           getName(layer), inputs[0], /*fixed=*/nullptr);
}

Value KerasImporter::importDropout(LayerConfigReader &layer,
                                   ArrayRef<Value> inputs) {
  double rate = layer.getNumber("rate", 0.5);
  if (!layer.failed() && !(rate >= 0.0 && rate < 1.0))
    layer.error() << "its rate is " << std::to_string(rate)
                  << "; it must be at least 0 and below 1";
  if (layer.failed())
    return {};
  return DropoutOp::create(builder, layer.location(), inputs[0].getType(),
                           getName(layer), inputs[0],
                           builder.getF32FloatAttr(rate), /*fixed=*/nullptr);
}

Value KerasImporter::importZeroPadding(LayerConfigReader &layer,
                                       ArrayRef<Value> inputs) {
  std::array<int64_t, 4> pads = layer.getPads("padding");
  layer.expectChannelsLast();
  if (layer.failed())
    return {};
  SmallVector<int64_t> shape(getShape(inputs[0]));
  shape[1] += pads[0] + pads[1];
  shape[2] += pads[2] + pads[3];
  return ZeroPadding2DOp::create(builder, layer.location(), makeType(shape),
                                 getName(layer), inputs[0],
                                 builder.getDenseI64ArrayAttr(pads));
}

//===----------------------------------------------------------------------===//
// The model
//===----------------------------------------------------------------------===//

Type KerasImporter::getInputType() {
  switch (model.inputType) {
  case ElementType::F16:
  case ElementType::F32:
  case ElementType::F64:
    return builder.getF32Type();
  case ElementType::U8:
    return builder.getIntegerType(8, /*isSigned=*/false);
  case ElementType::I8:
    return builder.getI8Type();
  case ElementType::I16:
    return builder.getI16Type();
  default:
    return {};
  }
}

Value KerasImporter::importLayer(const KerasLayer &keras,
                                 ArrayRef<Value> inputs) {
  LayerConfigReader layer(keras, getLocation(keras.name));
  const LayerClass *layerClass =
      llvm::find_if(layerClasses, [&](const LayerClass &candidate) {
        return candidate.name == keras.className;
      });
  if (layerClass == std::end(layerClasses)) {
    layer.error() << "its class is " << keras.className << "; supported are "
                  << llvm::join(getSupportedKerasClasses(), ", ");
    return {};
  }
  if (llvm::is_contained(inputs, Value()))
    return {};
  if (inputs.size() != layerClass->inputs) {
    layer.error() << "it has " << inputs.size() << " inputs; layers of class "
                  << keras.className << " have " << layerClass->inputs;
    return {};
  }
  for (Value input : inputs) {
    auto type = cast<RankedTensorType>(input.getType());
    if (layerClass->rank && type.getRank() != layerClass->rank)
      layer.error() << "its input has shape "
                    << toString(Shape(type.getShape().begin() + 1,
                                      type.getShape().end()))
                    << " without the batch; layers of class " << keras.className
                    << " take images (height, width, channels)";
    if (!type.getElementType().isF32() && layerClass->name != "Rescaling")
      layer.error() << "its input is of " << nameOf(model.inputType)
                    << "; integer inputs need a Rescaling layer first";
  }
  if (layer.failed())
    return {};
  return (this->*layerClass->import)(layer, inputs);
}

OwningOpRef<ModuleOp> KerasImporter::run() {
  Location loc = FileLineColLoc::get(builder.getContext(), path, 0, 0);
  Type elementType = getInputType();
  if (!elementType) {
    emitError(loc) << "the model's input is of " << nameOf(model.inputType)
                   << "; supported are float32, uint8, int8 and int16";
    return {};
  }
  SmallVector<int64_t> inputShape = {ShapedType::kDynamic};
  inputShape.append(model.inputShape.begin(), model.inputShape.end());
  if (inputShape.size() < 2 ||
      llvm::any_of(model.inputShape, [](int64_t extent) {
        return extent < 1 || extent > (int64_t(1) << 31);
      })) {
    emitError(loc) << "the model's input has shape "
                   << toString(model.inputShape)
                   << " without the batch; one axis or more is needed, none of "
                      "them empty";
    return {};
  }

  OwningOpRef<ModuleOp> module = ModuleOp::create(
      loc, model.name.empty() ? StringRef("model") : StringRef(model.name));
  builder.setInsertionPointToEnd(module->getBody());
  auto inputType = RankedTensorType::get(inputShape, elementType);
  auto network = func::FuncOp::create(builder, loc, "main",
                                      builder.getFunctionType(inputType, {}));
  network.setArgAttr(0, inputNameAttrName,
                     builder.getStringAttr(model.layers.front().name));
  builder.setInsertionPointToStart(network.addEntryBlock());

  bool valid = true;
  std::vector<Value> results = {network.getArgument(0)};
  for (const KerasLayer &layer : llvm::drop_begin(model.layers)) {
    SmallVector<Value> inputs;
    for (size_t input : layer.inputs)
      inputs.push_back(results[input]);
    results.push_back(importLayer(layer, inputs));
    valid &= static_cast<bool>(results.back());
  }
  if (!valid)
    return {};

  SmallVector<Value> outputs;
  for (size_t output : model.outputs)
    outputs.push_back(results[output]);
  func::ReturnOp::create(builder, loc, outputs);
  network.setFunctionType(
      builder.getFunctionType(inputType, ValueRange(outputs).getTypes()));
  if (getNetworks(*module).empty()) {
    emitError(loc) << "the model has no layers";
    return {};
  }
  if (failed(verify(*module)) || failed(verifyLayerNames(network)))
    return {};
  return module;
}

OwningOpRef<ModuleOp> importKeras(StringRef path, MLIRContext *context) {
  context->loadDialect<QMLDialect, func::FuncDialect>();
  Result<KerasModel> model = readKerasModel(path.str());
  if (!model) {
    emitError(FileLineColLoc::get(context, path, 0, 0)) << model.message();
    return {};
  }
  return KerasImporter(*model, path, context).run();
}

void registerKerasTranslation() {
  TranslateToMLIRRegistration registration(
      "keras-to-qml", "Keras model (.h5 or .keras) to qml",
      [](llvm::SourceMgr &sources, MLIRContext *context) {
        StringRef path = sources.getMemoryBuffer(sources.getMainFileID())
                             ->getBufferIdentifier();
        return importKeras(path, context);
      },
      [](DialectRegistry &registry) {
        registry.insert<QMLDialect, func::FuncDialect>();
      });
}

} // namespace qml
