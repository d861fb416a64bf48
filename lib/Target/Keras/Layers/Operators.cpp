//===- Operators.cpp - Operations that are no layers ----------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Keras makes nodes of Python's operators on tensors, and of functions: a
// TFOpLambda in Keras 2, called "tf.<function>" here, an Operation in Keras 3,
// "keras.ops.<Class>". Their parameters are arguments of the call, or, in Keras
// 3, in a configuration.
//
//===----------------------------------------------------------------------===//

#include "Layers.h"
#include "ReshapeTarget.h"

using namespace mlir;
using Json = nlohmann::json;

namespace qml {

namespace {
enum class Operator { Add, Subtract, Multiply, Divide };

/// What an operator of two operands is applied to: two results, or one and a
/// constant.
struct Operands {
  /// Constants, one or one per channel; empty if both are results.
  std::vector<double> constants;
  /// Whether the constant is on the left.
  bool isReversed = false;
};
} // namespace

static std::optional<Operands> readOperands(LayerImport &layer) {
  Operands operands;
  size_t count = 0;
  for (const KerasArgument &argument : layer.layer().arguments) {
    if (argument.input) {
      ++count;
      continue;
    }
    std::optional<std::vector<double>> numbers = parseNumbers(argument.value);
    if (!numbers)
      continue;
    operands.isReversed = count++ == 0;
    operands.constants = std::move(*numbers);
  }
  if (count == 2 && layer.getNumInputs() != 0)
    return operands;
  layer.error() << "it has " << count
                << " operands; supported are two results of layers, or one and "
                   "a constant";
  return std::nullopt;
}

/// Operators repeat axes from the last on, which is not the channels' of a
/// vector and an image.
static ImportedLayer importProduct(LayerImport &layer) {
  size_t rank = layer.getInputShape(0).size();
  if (rank != layer.getInputShape(1).size()) {
    layer.error() << "it multiplies tensors of types "
                  << layer.getInput(0).getType() << " and "
                  << layer.getInput(1).getType()
                  << "; only equal ranks are supported: reshape one of them";
    return failure();
  }
  return importMultiply(layer);
}

template <Operator Kind>
static ImportedLayer importArithmetic(LayerImport &layer) {
  std::optional<Operands> operands = readOperands(layer);
  if (!operands)
    return failure();
  std::vector<double> &constants = operands->constants;
  constexpr bool takesResults = Kind != Operator::Divide;
  if (constants.empty() && !takesResults)
    layer.error() << "it divides one result of a layer by another; only "
                     "additions, subtractions and products take two results";
  if (Kind == Operator::Divide && operands->isReversed)
    layer.error() << "it divides a constant by the result of a layer; only the "
                     "other way round is supported";
  if (Kind == Operator::Divide && llvm::is_contained(constants, 0.0))
    layer.error() << "it divides by zero";
  if (!layer.isReady())
    return failure();
  if (constants.empty() && Kind == Operator::Multiply)
    return importProduct(layer);
  if (constants.empty())
    return Kind == Operator::Add ? importAdd(layer) : importSubtract(layer);
  std::vector<double> scale = {1.0}, offset = {0.0};
  switch (Kind) {
  case Operator::Add:
    offset = constants;
    break;
  case Operator::Subtract:
    scale = {operands->isReversed ? -1.0 : 1.0};
    offset = constants;
    if (!operands->isReversed)
      for (double &value : offset)
        value = -value;
    break;
  case Operator::Multiply:
    scale = constants;
    break;
  case Operator::Divide:
    scale = constants;
    for (double &value : scale)
      value = 1.0 / value;
    break;
  }
  return layer.make().makeRescaling(layer.getInput(), scale, offset);
}

template <int Maximum>
static ImportedLayer importReLU(LayerImport &layer) {
  if (!layer.isReady())
    return failure();
  return layer.make().makeReLU(layer.getInput(),
                               Maximum ? std::optional<double>(Maximum)
                                       : std::nullopt);
}

/// A parameter of the operation: an argument, or a value of the configuration.
static const Json *findParameter(LayerImport &layer, size_t position,
                                 const char *name) {
  if (const Json *constant = layer.findConstant(position, name))
    return constant;
  return layer.has(name) ? &layer.layer().config[name] : nullptr;
}

template <Activation Function>
static ImportedLayer importFunction(LayerImport &layer) {
  if (!layer.isReady())
    return failure();
  return layer.make().makeActivation(layer.getInput(), Function);
}

/// A function of the name that activations have in this version of Keras.
static ImportedLayer importHardSigmoid(LayerImport &layer) {
  if (!layer.isReady())
    return failure();
  return layer.make().makeActivation(
      layer.getInput(), *layer.findActivation("hard_sigmoid")->function);
}

/// A number among the parameters, by the names that the Kerases give it.
static double readNumber(LayerImport &layer,
                         std::initializer_list<const char *> names,
                         double byDefault) {
  for (const char *name : names)
    if (const Json *value = findParameter(layer, 1, name))
      if (value->is_number())
        return value->get<double>();
  return byDefault;
}

static ImportedLayer importGelu(LayerImport &layer) {
  const Json *value = findParameter(layer, 1, "approximate");
  bool isApproximate =
      StringRef(layer.layer().className).starts_with("keras.ops.");
  if (value && value->is_boolean())
    isApproximate = value->get<bool>();
  if (!layer.isReady())
    return failure();
  return layer.make().makeActivation(layer.getInput(),
                                     isApproximate ? Activation::GeluTanh
                                                   : Activation::Gelu);
}

static ImportedLayer importLeakyReLU(LayerImport &layer) {
  double alpha = readNumber(layer, {"alpha", "negative_slope"}, 0.2);
  if (!layer.isReady())
    return failure();
  return layer.make().makeActivation(layer.getInput(), Activation::LeakyReLU,
                                     alpha);
}

static ImportedLayer importELU(LayerImport &layer) {
  double alpha = readNumber(layer, {"alpha"}, 1.0);
  if (!layer.isReady())
    return failure();
  return layer.make().makeActivation(layer.getInput(), Activation::ELU, alpha);
}

template <Activation Function>
static ImportedLayer importSoftmax(LayerImport &layer) {
  const Json *axis = findParameter(layer, 1, "axis");
  if (axis && axis->is_number_integer())
    layer.expectLastAxis("its softmax is along", axis->get<int64_t>());
  return importFunction<Function>(layer);
}

static ImportedLayer importReshape(LayerImport &layer) {
  const Json *value = nullptr;
  for (const char *name : {"shape", "newshape"})
    if (!value)
      value = findParameter(layer, 1, name);
  std::optional<std::vector<double>> shape;
  if (value && value->is_array())
    shape = parseNumbers(*value);
  if (!shape || shape->front() != -1.0) {
    layer.error() << "its shape doesn't begin with -1, for the batch; only "
                     "that is supported";
    return failure();
  }
  std::vector<int64_t> target;
  for (double extent : llvm::drop_begin(*shape))
    target.push_back(extent >= -1.0 && extent < 1e9 ? int64_t(extent) : 0);
  return importReshapeTo(layer, target, "shape");
}

static ImportedLayer importMean(LayerImport &layer) {
  const Json *axes = findParameter(layer, 1, "axis");
  const Json *keep = findParameter(layer, 2, "keepdims");
  if (!axes || (*axes != Json({1, 2}) && *axes != Json({-3, -2})))
    layer.error() << "it averages over other axes than height and width; only "
                     "axis=[1, 2] is supported";
  if (!layer.isReady())
    return failure();
  bool keepDims = keep && keep->is_boolean() && keep->get<bool>();
  return layer.make().makeGlobalAveragePool2D(layer.getInput(), keepDims);
}

static constexpr LayerClass makeClass(StringRef name,
                                      ImportedLayer (*import)(LayerImport &),
                                      LayerForm form, unsigned inputs,
                                      unsigned rank = 0) {
  return {name,
          import,
          form,
          inputs,
          rank,
          /*takesIntegers=*/false,
          /*takesConstants=*/true};
}

ArrayRef<LayerClass> getOperatorClasses() {
  constexpr LayerForm cells = LayerForm::Cells;
  constexpr LayerForm tensors = LayerForm::Tensors;
  constexpr unsigned any = 0;
  constexpr auto add = importArithmetic<Operator::Add>;
  constexpr auto subtract = importArithmetic<Operator::Subtract>;
  constexpr auto multiply = importArithmetic<Operator::Multiply>;
  constexpr auto divide = importArithmetic<Operator::Divide>;
  static const LayerClass classes[] = {
      makeClass("keras.ops.Add", add, cells, any),
      makeClass("keras.ops.Divide", divide, cells, any),
      makeClass("keras.ops.Elu", importELU, cells, 1),
      makeClass("keras.ops.Exp", importFunction<Activation::Exponential>, cells,
                1),
      makeClass("keras.ops.Gelu", importGelu, cells, 1),
      makeClass("keras.ops.HardSigmoid", importHardSigmoid, cells, 1),
      makeClass("keras.ops.HardSilu", importFunction<Activation::HardSilu>,
                cells, 1),
      makeClass("keras.ops.LeakyRelu", importLeakyReLU, cells, 1),
      makeClass("keras.ops.LogSoftmax", importSoftmax<Activation::LogSoftmax>,
                cells, 1),
      makeClass("keras.ops.Mean", importMean, tensors, 1, 4),
      makeClass("keras.ops.Multiply", multiply, cells, any),
      makeClass("keras.ops.Relu", importReLU<0>, cells, 1),
      makeClass("keras.ops.Relu6", importReLU<6>, cells, 1),
      makeClass("keras.ops.Reshape", importReshape, tensors, 1),
      makeClass("keras.ops.Selu", importFunction<Activation::SELU>, cells, 1),
      makeClass("keras.ops.Sigmoid", importFunction<Activation::Sigmoid>, cells,
                1),
      makeClass("keras.ops.Silu", importFunction<Activation::Swish>, cells, 1),
      makeClass("keras.ops.Softmax", importSoftmax<Activation::Softmax>, cells,
                1),
      makeClass("keras.ops.Softplus", importFunction<Activation::Softplus>,
                cells, 1),
      makeClass("keras.ops.Softsign", importFunction<Activation::Softsign>,
                cells, 1),
      makeClass("keras.ops.Subtract", subtract, cells, any),
      makeClass("keras.ops.Tanh", importFunction<Activation::Tanh>, cells, 1),
      makeClass("keras.ops.TrueDivide", divide, cells, any),
      makeClass("tf.__operators__.add", add, cells, any),
      makeClass("tf.math.add", add, cells, any),
      makeClass("tf.math.divide", divide, cells, any),
      makeClass("tf.math.exp", importFunction<Activation::Exponential>, cells,
                1),
      makeClass("tf.math.multiply", multiply, cells, any),
      makeClass("tf.math.reduce_mean", importMean, tensors, 1, 4),
      makeClass("tf.math.sigmoid", importFunction<Activation::Sigmoid>, cells,
                1),
      makeClass("tf.math.softplus", importFunction<Activation::Softplus>, cells,
                1),
      makeClass("tf.math.subtract", subtract, cells, any),
      makeClass("tf.math.tanh", importFunction<Activation::Tanh>, cells, 1),
      makeClass("tf.math.truediv", divide, cells, any),
      makeClass("tf.nn.elu", importELU, cells, 1),
      makeClass("tf.nn.gelu", importGelu, cells, 1),
      makeClass("tf.nn.leaky_relu", importLeakyReLU, cells, 1),
      makeClass("tf.nn.log_softmax", importSoftmax<Activation::LogSoftmax>,
                cells, 1),
      makeClass("tf.nn.relu", importReLU<0>, cells, 1),
      makeClass("tf.nn.relu6", importReLU<6>, cells, 1),
      makeClass("tf.nn.selu", importFunction<Activation::SELU>, cells, 1),
      makeClass("tf.nn.sigmoid", importFunction<Activation::Sigmoid>, cells, 1),
      makeClass("tf.nn.silu", importFunction<Activation::Swish>, cells, 1),
      makeClass("tf.nn.softmax", importSoftmax<Activation::Softmax>, cells, 1),
      makeClass("tf.nn.softplus", importFunction<Activation::Softplus>, cells,
                1),
      makeClass("tf.nn.softsign", importFunction<Activation::Softsign>, cells,
                1),
      makeClass("tf.nn.swish", importFunction<Activation::Swish>, cells, 1),
      makeClass("tf.nn.tanh", importFunction<Activation::Tanh>, cells, 1),
      makeClass("tf.reshape", importReshape, tensors, 1),
  };
  return classes;
}

} // namespace qml
