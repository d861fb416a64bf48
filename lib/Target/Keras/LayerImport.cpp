//===- LayerImport.cpp - One layer on its way in --------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LayerImport.h"

#include "qml/Dialect/QML/IR/Elements.h"
#include "qml/Support/Half.h"
#include "qml/Support/Quote.h"

#include "llvm/ADT/StringSwitch.h"

using namespace mlir;

namespace qml {

SmallVector<int64_t> LayerValue::getShape() const {
  SmallVector<int64_t> shape(
      cast<RankedTensorType>(value.getType()).getShape());
  if (isSequence)
    shape.erase(shape.begin() + 1);
  if (frames)
    shape.insert(shape.begin() + 1, frames + past);
  if (isVector)
    shape.insert(shape.end() - 1, {1, 1});
  return shape;
}

bool LayerImport::isReady() const {
  return !failed() && llvm::all_of(inputs, [](const LayerValue &input) {
    return bool(input.value);
  });
}

std::string LayerImport::getClassName(const KerasLayer &layer) {
  StringRef name = layer.className;
  // Keras's package for classes that were registered without one.
  name.consume_front("Custom>");
  if (name != "TFOpLambda" && name != "SlicingOpLambda")
    return name.str();
  auto function = layer.config.find("function");
  if (function == layer.config.end() || !function->is_string())
    return name.str();
  return "tf." + function->get<std::string>();
}

LayerBuilder LayerImport::make() {
  return LayerBuilder(builder, location(), name(), getClassName(layer()),
                      [this] { return error(); });
}

void LayerImport::expectLastAxis(StringRef what, int64_t axis) {
  if (axis == -1 || !inputs[0].value)
    return;
  int64_t last = int64_t(getInputShape().size()) - 1;
  if (axis != last)
    error() << what << " axis " << axis << "; only the last is supported, "
            << last << " or -1";
}

const nlohmann::json *LayerImport::findConstant(size_t position,
                                                const char *name) const {
  const std::vector<KerasArgument> &arguments = layer().arguments;
  for (const KerasArgument &argument : arguments)
    if (argument.name == name && !argument.input)
      return &argument.value;
  if (position < arguments.size() && arguments[position].name.empty() &&
      !arguments[position].input)
    return &arguments[position].value;
  return nullptr;
}

//===----------------------------------------------------------------------===//
// Weights
//===----------------------------------------------------------------------===//

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

ElementsAttr LayerImport::getWeight(size_t index, StringRef what,
                                    ArrayRef<int64_t> shape,
                                    ArrayRef<int64_t> type) {
  const std::vector<KerasWeight> &weights = layer().weights;
  if (index >= weights.size()) {
    error() << "its " << what << " is missing: the file has " << weights.size()
            << " weights of it";
    return {};
  }
  const Array &array = weights[index].array;
  if (ArrayRef<int64_t>(array.shape) != shape) {
    error() << "its " << what << " has shape " << toString(array.shape)
            << " in the file; its configuration and input give "
            << toString(Shape(shape.begin(), shape.end()));
    return {};
  }
  if (array.type != ElementType::F32 && array.type != ElementType::F16 &&
      array.type != ElementType::F64) {
    error() << "its " << what << " is of " << nameOf(array.type)
            << "; weights are float16, bfloat16, float32 or float64";
    return {};
  }
  auto tensor =
      RankedTensorType::get(type.empty() ? shape : type, builder.getF32Type());
  std::string resource = (name() + "_" + what).str();
  if (array.type == ElementType::F32)
    return makeResource(tensor, resource, array.data, array.numBytes(),
                        array.owner);
  return makeElements(tensor, resource, convertToFloat(array));
}

std::optional<LayerActivation>
LayerImport::findActivation(StringRef name) const {
  if (name == "linear")
    return LayerActivation();
  if (name == "relu6")
    return LayerActivation{Activation::ReLU, 6.0};
  std::optional<Activation> function =
      llvm::StringSwitch<std::optional<Activation>>(name)
          .Case("silu", Activation::Swish)
          // TensorFlow's own name of what it calls tf.nn.log_softmax.
          .Case("log_softmax_v2", Activation::LogSoftmax)
          .Cases({"hard_swish", "hard_silu"}, Activation::HardSilu)
          // The two Kerases mean different functions.
          .Case("hard_sigmoid",
                isKeras2 ? Activation::HardSigmoid : Activation::HardSigmoid6)
          // Names of ours alone.
          .Cases({"gelu_tanh", "hard_sigmoid_6"}, std::nullopt)
          .Default(symbolizeActivation(name));
  if (!function)
    return std::nullopt;
  return LayerActivation{*function, std::nullopt};
}

std::optional<LayerActivation>
LayerImport::readInnerLayer(const std::string &className,
                            const nlohmann::json &config) {
  auto getNumber = [&](const char *key) -> std::optional<double> {
    auto found = config.find(key);
    if (found == config.end() || !found->is_number())
      return std::nullopt;
    return found->get<double>();
  };
  std::optional<double> slope = getNumber("negative_slope"),
                        max = getNumber("max_value");
  bool isLeaky = className == "LeakyReLU";
  if (isLeaky && !slope)
    slope = getNumber("alpha");
  bool isLayer = isLeaky || (className == "ReLU" && !slope.value_or(0.0) &&
                             !getNumber("threshold").value_or(0.0) &&
                             max.value_or(1.0) > 0.0);
  if (!isLayer) {
    error() << "its activation is a layer of class " << quote(className)
            << "; put that layer after it: inside of others LeakyReLU is "
               "supported, and ReLU without threshold and negative_slope";
    return std::nullopt;
  }
  if (isLeaky)
    return LayerActivation{Activation::LeakyReLU, std::nullopt,
                           slope.value_or(0.3)};
  return LayerActivation{Activation::ReLU, max};
}

LayerActivation LayerImport::getOwnActivation() {
  // A function of TensorFlow's is an object that has its name, a layer one that
  // has its configuration.
  const nlohmann::json &config = layer().config;
  auto function = config.find("activation");
  nlohmann::json inner, className;
  if (function != config.end() && function->is_object()) {
    inner = function->value("config", nlohmann::json());
    className = function->value("class_name", nlohmann::json());
  }
  if (className.is_string() && inner.is_object())
    return readInnerLayer(className.get<std::string>(), inner)
        .value_or(LayerActivation());
  std::string name = className == "function" && inner.is_string()
                         ? inner.get<std::string>()
                         : getString("activation", "linear");
  if (std::optional<LayerActivation> activation = findActivation(name))
    return *activation;
  error() << "its activation is '" << name
          << "'; supported are elu, exponential, gelu, hard_sigmoid, "
             "hard_silu, leaky_relu, linear, log_softmax, mish, relu, relu6, "
             "selu, sigmoid, silu, softmax, softplus, softsign, swish and tanh";
  return {};
}

void LayerImport::expectOneCall() {
  if (layer().calls != 1)
    error()
        << "it is called " << layer().calls
        << " times, and all calls have one memory, which no layer here has; "
           "give each call a layer of its own";
}

} // namespace qml
