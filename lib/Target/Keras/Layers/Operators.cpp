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

#include "../../Import/Extremes.h"
#include "../../Import/Products.h"
#include "NumberArray.h"
#include "OperatorParameters.h"
#include "ReshapeTarget.h"
#include "qml/Support/Quote.h"

using namespace mlir;
using Json = nlohmann::json;

namespace qml {

namespace {
enum class Operator { Add, Subtract, Multiply, Divide };

/// What an operator of two operands is applied to: two results, or one and a
/// constant.
struct Operands {
  std::optional<NumberArray> constant;
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
    std::optional<NumberArray> numbers = parseNumberArray(argument.value);
    if (!numbers)
      continue;
    operands.isReversed = count++ == 0;
    operands.constant = std::move(*numbers);
  }
  if (count == 2 && layer.getNumInputs() != 0)
    return operands;
  layer.error() << "it has " << count
                << " operands; supported are two results of layers, or one and "
                   "a constant";
  return std::nullopt;
}

/// Reports results of different ranks: operators repeat axes from the last on,
/// which is not the channels' of a vector and an image.
static void expectEqualRanks(LayerImport &layer) {
  for (size_t i = 1; i < layer.getNumInputs(); ++i)
    if (layer.getInputShape(0).size() != layer.getInputShape(i).size()) {
      auto show = [&](size_t input) {
        SmallVector<int64_t> shape = layer.getInputShape(input);
        return toString(Shape(shape.begin() + 1, shape.end()));
      };
      layer.error() << "its operands have the shapes " << show(0) << " and "
                    << show(i)
                    << " without the batch; operators take equal numbers of "
                       "axes: reshape one of them";
      return;
    }
}

template <Operator Kind>
static ImportedLayer importArithmetic(LayerImport &layer) {
  std::optional<Operands> operands = readOperands(layer);
  if (!operands)
    return failure();
  const std::optional<NumberArray> &constant = operands->constant;
  if (Kind == Operator::Divide && !constant)
    layer.error() << "it divides one result of a layer by another; only "
                     "additions, subtractions and products take two results";
  if (Kind == Operator::Divide && operands->isReversed)
    layer.error() << "it divides a constant by the result of a layer; only the "
                     "other way round is supported";
  if (Kind == Operator::Divide && constant &&
      llvm::is_contained(constant->values, 0.0))
    layer.error() << "it divides by zero";
  if (!layer.isReady())
    return failure();
  if (!constant) {
    expectEqualRanks(layer);
    return Kind == Operator::Multiply ? importMultiply(layer)
           : Kind == Operator::Add    ? importAdd(layer)
                                      : importSubtract(layer);
  }
  NumberArray scale = 1.0, offset = 0.0;
  switch (Kind) {
  case Operator::Add:
    offset = *constant;
    break;
  case Operator::Subtract:
    scale = operands->isReversed ? -1.0 : 1.0;
    offset = operands->isReversed ? *constant : constant->map(std::negate<>());
    break;
  case Operator::Multiply:
    scale = *constant;
    break;
  case Operator::Divide:
    scale = constant->map([](double value) { return 1.0 / value; });
    break;
  }
  return makeRescaled(layer, layer.make(), layer.getInput(), std::move(scale),
                      std::move(offset));
}

template <int Maximum>
static ImportedLayer importReLU(LayerImport &layer) {
  if (!layer.isReady())
    return failure();
  return layer.make().makeReLU(layer.getInput(),
                               Maximum ? std::optional<double>(Maximum)
                                       : std::nullopt);
}

const Json *findParameter(LayerImport &layer, size_t position,
                          const char *name) {
  if (const Json *constant = layer.findConstant(position, name))
    return constant;
  return layer.has(name) ? &layer.layer().config[name] : nullptr;
}

const Json *findParameter(LayerImport &layer, size_t position,
                          std::initializer_list<const char *> names) {
  for (const char *name : names)
    if (const Json *value = findParameter(layer, position, name))
      return value;
  return nullptr;
}

void expectChannelsLast(LayerImport &layer) {
  const Json *format = findParameter(layer, byNameAlone, "data_format");
  if (format && format->is_string() && *format != "NHWC" &&
      *format != "channels_last")
    layer.error() << "its data_format is '" << format->get<std::string>()
                  << "'; only channels_last is supported";
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
  const Json *value = findParameter(layer, 1, {"shape", "newshape"});
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

/// The larger or the smaller of results, or of one and a constant: x is at
/// least c as relu(x - c) + c, and at most c as c - relu(c - x).
template <bool IsMaximum>
static ImportedLayer importExtreme(LayerImport &layer) {
  std::optional<Operands> operands = readOperands(layer);
  if (!operands || !layer.isReady())
    return failure();
  if (!operands->constant) {
    expectEqualRanks(layer);
    return IsMaximum ? importMaximum(layer) : importMinimum(layer);
  }
  const NumberArray &bound = *operands->constant;
  if (IsMaximum &&
      llvm::all_of(bound.values, [](double c) { return c == 0.0; }))
    return layer.make().makeReLU(layer.getInput());
  double sign = IsMaximum ? 1.0 : -1.0;
  ImportedLayer more =
      makeRescaled(layer, layer.make().makePart("difference"), layer.getInput(),
                   sign, bound.map([=](double c) { return -sign * c; }));
  if (succeeded(more))
    more = layer.make().makePart("more").makeReLU(*more);
  if (failed(more))
    return failure();
  return makeRescaled(layer, layer.make(), *more, sign, bound);
}

/// Values from `low` to `high`: relu(x - low, high - low) + low.
static ImportedLayer importClip(LayerImport &layer) {
  auto read = [&](size_t position,
                  std::initializer_list<const char *> names) -> double {
    for (const char *name : names)
      if (const Json *value = findParameter(layer, position, name))
        if (value->is_number())
          return value->get<double>();
    layer.error() << "its bound " << *names.begin() << " is no number";
    return 0.0;
  };
  double low = read(1, {"clip_value_min", "x_min"});
  double high = read(2, {"clip_value_max", "x_max"});
  if (!layer.failed() && !(low < high))
    layer.error() << "it clips values from " << showNumber(low) << " to "
                  << showNumber(high) << "; the second must be larger";
  if (!layer.isReady())
    return failure();
  if (low == 0.0)
    return layer.make().makeReLU(layer.getInput(), high);
  if (isWideClip(low, high))
    return makeWideClip(
        layer.make(),
        [&](StringRef part) { return layer.make().makePart(part); },
        layer.getInput(), low, high);
  ImportedLayer value = layer.make()
                            .makePart("difference")
                            .makeRescaling(layer.getInput(), {1.0}, {-low});
  if (succeeded(value))
    value = layer.make().makePart("clipped").makeReLU(*value, high - low);
  if (failed(value))
    return failure();
  return layer.make().makeRescaling(*value, {1.0}, {low});
}

static ImportedLayer importNegative(LayerImport &layer) {
  if (!layer.isReady())
    return failure();
  return layer.make().makeRescaling(layer.getInput(), {-1.0}, {0.0});
}

static ImportedLayer importSquare(LayerImport &layer) {
  if (!layer.isReady())
    return failure();
  return layer.make().makeMultiply(layer.getInput(), layer.getInput());
}

static ImportedLayer importPower(LayerImport &layer) {
  std::optional<Operands> operands = readOperands(layer);
  if (!operands)
    return failure();
  const std::optional<NumberArray> &constant = operands->constant;
  bool isNumber = constant && constant->values.size() == 1;
  double exponent = isNumber ? constant->values.front() : 0.0;
  if (operands->isReversed ||
      !llvm::is_contained({1.0, 2.0, 3.0, 4.0}, exponent))
    layer.error() << "it is no power with an exponent of 1, 2, 3 or 4; these "
                     "are supported";
  if (!layer.isReady())
    return failure();
  Value base = layer.getInput();
  if (exponent == 1.0)
    return layer.make().makeDropout(base, 0.0);
  if (exponent == 2.0)
    return layer.make().makeMultiply(base, base);
  ImportedLayer square =
      layer.make().makePart("square").makeMultiply(base, base);
  if (failed(square))
    return failure();
  return layer.make().makeMultiply(*square, exponent == 3.0 ? base : *square);
}

/// The last axis times a constant matrix.
static ImportedLayer importMatrixProduct(LayerImport &layer) {
  std::optional<Operands> operands = readOperands(layer);
  if (!operands)
    return failure();
  for (const char *name : {"transpose_a", "transpose_b", "adjoint_a",
                           "adjoint_b", "a_is_sparse", "b_is_sparse"})
    if (const Json *value = findParameter(layer, byNameAlone, name))
      if (value->is_boolean() && value->get<bool>())
        layer.error() << "its " << name
                      << " is true; only the product as it stands is supported";
  const std::optional<NumberArray> &matrix = operands->constant;
  if (!matrix)
    layer.error() << "it multiplies results of layers as matrices, which has "
                     "no integer form here; products with a constant matrix "
                     "are supported";
  else if (operands->isReversed || matrix->shape.size() != 2)
    layer.error() << "its constant is no matrix on the right; only that is "
                     "supported";
  if (!layer.isReady())
    return failure();
  int64_t in = matrix->shape[0], out = matrix->shape[1];
  if (layer.getInputShape().back() != in) {
    layer.error() << "its constant has " << in << " rows, its input "
                  << layer.getInputShape().back() << " channels";
    return failure();
  }
  return makeProduct(
      layer.make(), layer.getInput(), out,
      [&](int64_t i, int64_t o) { return float(matrix->values[i * out + o]); },
      layer.name() + "_kernel", [&] { return layer.error(); });
}

static ImportedLayer importBiasAdd(LayerImport &layer) {
  expectChannelsLast(layer);
  return importArithmetic<Operator::Add>(layer);
}

/// |x| = relu(x) + relu(-x)
static ImportedLayer importAbsolute(LayerImport &layer) {
  if (!layer.isReady())
    return failure();
  ImportedLayer positive =
      layer.make().makePart("positive").makeReLU(layer.getInput());
  ImportedLayer negative = layer.make().makePart("turned").makeRescaling(
      layer.getInput(), {-1.0}, {0.0});
  if (succeeded(negative))
    negative = layer.make().makePart("negative").makeReLU(*negative);
  if (failed(positive) || failed(negative))
    return failure();
  return layer.make().makeAdd(*positive, *negative);
}

/// Casts to float types, and nothing at all.
static ImportedLayer importIdentity(LayerImport &layer) {
  const Json *type = findParameter(layer, 1, "dtype");
  if (type && type->is_string() &&
      !StringRef(type->get<std::string>()).contains("float"))
    layer.error() << "it casts what the network computes to '"
                  << type->get<std::string>()
                  << "'; casts to float types are supported";
  if (!layer.isReady())
    return failure();
  return layer.make().makeDropout(layer.getInput(), 0.0);
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
      makeOperatorClass("keras.ops.Absolute", importAbsolute, cells, 1),
      makeOperatorClass("keras.ops.Add", add, cells, any),
      makeOperatorClass("keras.ops.Cast", importIdentity, cells, 1),
      makeOperatorClass("keras.ops.Clip", importClip, cells, 1),
      makeOperatorClass("keras.ops.Divide", divide, cells, any),
      makeOperatorClass("keras.ops.Elu", importELU, cells, 1),
      makeOperatorClass("keras.ops.Exp",
                        importFunction<Activation::Exponential>, cells, 1),
      makeOperatorClass("keras.ops.Gelu", importGelu, cells, 1),
      makeOperatorClass("keras.ops.HardSigmoid", importHardSigmoid, cells, 1),
      makeOperatorClass("keras.ops.HardSilu",
                        importFunction<Activation::HardSilu>, cells, 1),
      makeOperatorClass("keras.ops.LeakyRelu", importLeakyReLU, cells, 1),
      makeOperatorClass("keras.ops.LogSoftmax",
                        importSoftmax<Activation::LogSoftmax>, cells, 1),
      makeOperatorClass("keras.ops.Matmul", importMatrixProduct, cells, any),
      makeOperatorClass("keras.ops.Maximum", importExtreme<true>, cells, any),
      makeOperatorClass("keras.ops.Minimum", importExtreme<false>, cells, any),
      makeOperatorClass("keras.ops.Multiply", multiply, cells, any),
      makeOperatorClass("keras.ops.Negative", importNegative, cells, 1),
      makeOperatorClass("keras.ops.Power", importPower, cells, any),
      makeOperatorClass("keras.ops.Relu", importReLU<0>, cells, 1),
      makeOperatorClass("keras.ops.Relu6", importReLU<6>, cells, 1),
      makeOperatorClass("keras.ops.Reshape", importReshape, tensors, 1),
      makeOperatorClass("keras.ops.Selu", importFunction<Activation::SELU>,
                        cells, 1),
      makeOperatorClass("keras.ops.Sigmoid",
                        importFunction<Activation::Sigmoid>, cells, 1),
      makeOperatorClass("keras.ops.Silu", importFunction<Activation::Swish>,
                        cells, 1),
      makeOperatorClass("keras.ops.Softmax", importSoftmax<Activation::Softmax>,
                        cells, 1),
      makeOperatorClass("keras.ops.Softplus",
                        importFunction<Activation::Softplus>, cells, 1),
      makeOperatorClass("keras.ops.Softsign",
                        importFunction<Activation::Softsign>, cells, 1),
      makeOperatorClass("keras.ops.Square", importSquare, cells, 1),
      makeOperatorClass("keras.ops.Subtract", subtract, cells, any),
      makeOperatorClass("keras.ops.Tanh", importFunction<Activation::Tanh>,
                        cells, 1),
      makeOperatorClass("keras.ops.TrueDivide", divide, cells, any),
      makeOperatorClass("tf.__operators__.add", add, cells, any),
      makeOperatorClass("tf.cast", importIdentity, cells, 1),
      makeOperatorClass("tf.clip_by_value", importClip, cells, 1),
      makeOperatorClass("tf.identity", importIdentity, cells, 1),
      makeOperatorClass("tf.linalg.matmul", importMatrixProduct, cells, any),
      makeOperatorClass("tf.math.abs", importAbsolute, cells, 1),
      makeOperatorClass("tf.math.add", add, cells, any),
      makeOperatorClass("tf.math.add_n", importAdd, cells, any),
      makeOperatorClass("tf.math.divide", divide, cells, any),
      makeOperatorClass("tf.math.exp", importFunction<Activation::Exponential>,
                        cells, 1),
      makeOperatorClass("tf.math.maximum", importExtreme<true>, cells, any),
      makeOperatorClass("tf.math.minimum", importExtreme<false>, cells, any),
      makeOperatorClass("tf.math.multiply", multiply, cells, any),
      makeOperatorClass("tf.math.negative", importNegative, cells, 1),
      makeOperatorClass("tf.math.pow", importPower, cells, any),
      makeOperatorClass("tf.math.sigmoid", importFunction<Activation::Sigmoid>,
                        cells, 1),
      makeOperatorClass("tf.math.softplus",
                        importFunction<Activation::Softplus>, cells, 1),
      makeOperatorClass("tf.math.square", importSquare, cells, 1),
      makeOperatorClass("tf.math.subtract", subtract, cells, any),
      makeOperatorClass("tf.math.tanh", importFunction<Activation::Tanh>, cells,
                        1),
      makeOperatorClass("tf.math.truediv", divide, cells, any),
      makeOperatorClass("tf.nn.bias_add", importBiasAdd, cells, any),
      makeOperatorClass("tf.nn.elu", importELU, cells, 1),
      makeOperatorClass("tf.nn.gelu", importGelu, cells, 1),
      makeOperatorClass("tf.nn.leaky_relu", importLeakyReLU, cells, 1),
      makeOperatorClass("tf.nn.log_softmax",
                        importSoftmax<Activation::LogSoftmax>, cells, 1),
      makeOperatorClass("tf.nn.relu", importReLU<0>, cells, 1),
      makeOperatorClass("tf.nn.relu6", importReLU<6>, cells, 1),
      makeOperatorClass("tf.nn.selu", importFunction<Activation::SELU>, cells,
                        1),
      makeOperatorClass("tf.nn.sigmoid", importFunction<Activation::Sigmoid>,
                        cells, 1),
      makeOperatorClass("tf.nn.silu", importFunction<Activation::Swish>, cells,
                        1),
      makeOperatorClass("tf.nn.softmax", importSoftmax<Activation::Softmax>,
                        cells, 1),
      makeOperatorClass("tf.nn.softplus", importFunction<Activation::Softplus>,
                        cells, 1),
      makeOperatorClass("tf.nn.softsign", importFunction<Activation::Softsign>,
                        cells, 1),
      makeOperatorClass("tf.nn.swish", importFunction<Activation::Swish>, cells,
                        1),
      makeOperatorClass("tf.nn.tanh", importFunction<Activation::Tanh>, cells,
                        1),
      makeOperatorClass("tf.reshape", importReshape, tensors, 1),
  };
  return classes;
}

} // namespace qml
