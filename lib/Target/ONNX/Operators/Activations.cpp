//===- Activations.cpp - Functions of each element ------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Layers are made when the values are needed: only then is it known what
// several operators compute together.
//
//===----------------------------------------------------------------------===//

#include "Operators.h"

#include "qml/Dialect/QML/IR/Elements.h"
#include "qml/Quantization/ScalarFunctions.h"
#include "qml/Support/Quote.h"

#include <cmath>

using namespace mlir;

namespace qml {

/// The result is a function of the input.
static LogicalResult
setFunction(OperatorImport &node,
            const std::function<double(double)> &function) {
  if (node.failed() || !node.expectTensor())
    return failure();
  ONNXValue value = node.getInput();
  value.expression =
      makeFunction(node.index(), node.name(), value.expression, function);
  node.setResult(value);
  return success();
}

template <ScalarFunction Function>
static LogicalResult importFunction(OperatorImport &node) {
  return setFunction(node,
                     [](double x) { return applyFunction(Function, x, 0.0); });
}

static LogicalResult importSwish(OperatorImport &node) {
  double alpha = node.getFloat("alpha", 1.0);
  if (alpha != 1.0)
    node.error() << "its alpha is " << showNumber(alpha)
                 << "; only 1 is supported";
  return importFunction<ScalarFunction::Swish>(node);
}

static LogicalResult importRelu(OperatorImport &node) {
  return setFunction(node, [](double x) { return std::max(x, 0.0); });
}

static LogicalResult importElu(OperatorImport &node) {
  double alpha = node.getFloat("alpha", 1.0);
  return setFunction(node, [alpha](double x) {
    return applyFunction(ScalarFunction::ELU, x, alpha);
  });
}

/// An ELU of x / alpha, times alpha.
static LogicalResult importCelu(OperatorImport &node) {
  double alpha = node.getFloat("alpha", 1.0);
  if (!(alpha > 0.0)) {
    node.error() << "its alpha is " << showNumber(alpha)
                 << "; it must be above 0";
    return failure();
  }
  if (node.failed() || !node.expectTensor())
    return failure();
  ONNXValue value = node.getInput();
  auto then = [&](const std::string &suffix,
                  const std::function<double(double)> &function) {
    value.expression = makeFunction(node.index(), node.name() + suffix,
                                    value.expression, function);
  };
  bool isScaled = alpha != 1.0;
  if (isScaled)
    then("_scaled", [=](double x) { return x / alpha; });
  then(isScaled ? "_elu" : "",
       [](double x) { return applyFunction(ScalarFunction::ELU, x, 1.0); });
  if (isScaled)
    then("", [=](double x) { return x * alpha; });
  node.setResult(value);
  return success();
}

static LogicalResult importSelu(OperatorImport &node) {
  double alpha = node.getFloat("alpha", 1.67326319217681884765625);
  double gamma = node.getFloat("gamma", 1.05070102214813232421875);
  return setFunction(node, [=](double x) {
    return gamma * applyFunction(ScalarFunction::ELU, x, alpha);
  });
}

static LogicalResult importLeakyRelu(OperatorImport &node) {
  double alpha = node.getFloat("alpha", 0.01);
  return setFunction(node, [alpha](double x) { return x > 0 ? x : alpha * x; });
}

static LogicalResult importGelu(OperatorImport &node) {
  std::string rule = node.getString("approximate", "none");
  if (rule == "tanh")
    return importFunction<ScalarFunction::GeluTanh>(node);
  if (rule != "none")
    node.error() << "its approximate is " << quote(rule)
                 << "; allowed are none and tanh";
  return importFunction<ScalarFunction::Gelu>(node);
}

static LogicalResult importHardSigmoid(OperatorImport &node) {
  double alpha = node.getFloat("alpha", 0.2), beta = node.getFloat("beta", 0.5);
  if (node.failed() || !node.expectTensor())
    return failure();
  // In two steps: not all slopes have a layer of their own.
  ONNXValue value = node.getInput();
  value.expression =
      makeFunction(node.index(), node.name() + "_scaled", value.expression,
                   [=](double x) { return alpha * x + beta; });
  value.expression = makeFunction(node.index(), node.name(), value.expression,
                                  [](double x) { return within(x, 0.0, 1.0); });
  node.setResult(value);
  return success();
}

static LogicalResult importClip(OperatorImport &node) {
  double lower = -INFINITY, upper = INFINITY;
  if (node.opset() < 11) {
    lower = node.getFloat("min", lower);
    upper = node.getFloat("max", upper);
  } else if (node.has("min") || node.has("max")) {
    node.error() << "its bounds are attributes, which Clip has up to opset 10; "
                    "opset "
                 << node.opset() << " takes them as inputs";
  }
  for (size_t i : {1, 2}) {
    if (!node.hasInput(i))
      continue;
    const ONNXConstant *bound =
        node.expectConstant(i, i == 1 ? "lower bound" : "upper bound");
    if (!bound)
      continue;
    std::optional<double> number = bound->getScalar();
    if (!number)
      node.error() << "its bound has shape " << toString(bound->getShape())
                   << "; one number is needed";
    else
      (i == 1 ? lower : upper) = *number;
  }
  // Floats as large as they can be bound nothing.
  if (upper >= 3.4e38)
    upper = INFINITY;
  if (lower <= -3.4e38)
    lower = -INFINITY;
  return setFunction(
      node, [=](double x) { return std::min(std::max(x, lower), upper); });
}

template <double (*Function)(double)>
static LogicalResult importMath(OperatorImport &node) {
  return setFunction(node, [](double x) { return Function(x); });
}
static double negate(double x) { return -x; }
static double erf_(double x) { return std::erf(x); }
static double abs_(double x) { return std::abs(x); }
static double sqrt_(double x) { return std::sqrt(x); }
static double log_(double x) { return std::log(x); }
static double reciprocal(double x) { return 1 / x; }

/// Of a softmax it is a layer of its own, which doesn't take the logarithm of
/// what has become zero.
static LogicalResult importLog(OperatorImport &node) {
  if (!node.expectTensor())
    return failure();
  const ONNXValue &value = node.getInput();
  SoftmaxOp softmax;
  if (!value.expression)
    softmax = value.base.getDefiningOp<SoftmaxOp>();
  if (!softmax)
    return importMath<log_>(node);
  FailureOr<Value> result = node.make().makeLogSoftmax(softmax.getInput());
  if (failed(result))
    return failure();
  node.setResult(*result, value.layout);
  return success();
}

static LogicalResult importPow(OperatorImport &node) {
  const ONNXConstant *exponent = node.expectConstant(1, "exponent");
  if (!exponent)
    return failure();
  std::optional<double> number = exponent->getScalar();
  if (!number) {
    node.error() << "its exponent has shape " << toString(exponent->getShape())
                 << "; one number is needed";
    return failure();
  }
  if (*number != 2.0)
    return setFunction(node, [=](double x) { return std::pow(x, *number); });
  // A square is a product, unless it is part of a function.
  if (!node.expectTensor())
    return failure();
  ONNXValue value = node.getInput();
  value.expression = makeExpression(
      node.index(), node.name(), Expression::Kind::Product, value.expression,
      value.expression, [](double x, double y) { return x * y; });
  value.isOnlyUse = false;
  node.setResult(value);
  return success();
}

/// Slopes of each channel: slope * x + (1 - slope) * max(x, 0).
static LogicalResult importPRelu(OperatorImport &node) {
  const ONNXConstant *slopes = node.expectConstant(1, "slope");
  if (!slopes || !node.expectTensor())
    return failure();
  if (slopes->isInteger()) {
    node.error() << "its slopes are integers";
    return failure();
  }
  std::vector<double> values = slopes->getValues();
  if (!values.empty() && llvm::all_equal(values)) {
    double alpha = values.front();
    return setFunction(node,
                       [alpha](double x) { return x > 0 ? x : alpha * x; });
  }
  const Layout &layout = node.getInput().layout;
  Shape shape = slopes->getShape();
  while (shape.size() < layout.getRank())
    shape.insert(shape.begin(), 1);
  std::vector<size_t> axes;
  for (size_t axis = 0; axis != shape.size(); ++axis)
    if (shape[axis] != 1)
      axes.push_back(axis);
  if (shape.size() != layout.getRank() || axes.size() != 1 ||
      layout.getExtent(axes[0]) != Extent{shape[axes[0]], false}) {
    node.error() << "its slopes have shape " << toString(slopes->getShape())
                 << ", its input " << toString(layout.getShape())
                 << "; one slope for each channel is supported";
    return failure();
  }
  FailureOr<ONNXRows> rows = node.getRows(0, axes);
  if (failed(rows))
    return failure();
  values = reorder(values, rows->order);
  std::vector<double> rest, zeros(values.size(), 0.0);
  for (double value : values)
    rest.push_back(1.0 - value);
  FailureOr<Value> all =
      node.make("slope").makeRescaling(rows->value, values, zeros);
  FailureOr<Value> above = node.make("relu").makeReLU(rows->value);
  if (failed(all) || failed(above))
    return failure();
  above = node.make("above").makeRescaling(*above, rest, zeros);
  if (failed(above))
    return failure();
  FailureOr<Value> result = node.make().makeAdd(*all, *above);
  if (failed(result))
    return failure();
  node.setResult(*result, rows->layout);
  return success();
}

/// The lowest and the highest integer of a type of 8 or 16 bits.
static std::optional<std::pair<double, double>> findCodes(ElementType type) {
  if (type != ElementType::U8 && type != ElementType::I8 &&
      type != ElementType::U16 && type != ElementType::I16)
    return std::nullopt;
  double codes = std::ldexp(1.0, int(8 * sizeOf(type)));
  double lowest = isSigned(type) ? -codes / 2 : 0.0;
  return std::pair(lowest, lowest + codes - 1);
}

/// The integers of weights, as networks that were trained with them round them.
static LogicalResult quantizeWeights(OperatorImport &node,
                                     const ONNXConstant &weights,
                                     ElementType type) {
  const ONNXConstant *scale = node.expectConstant(1, "scale");
  const ONNXConstant *point =
      node.hasInput(2) ? node.expectConstant(2, "zero point") : nullptr;
  std::optional<std::pair<double, double>> codes = findCodes(type);
  if (!scale || node.failed())
    return failure();
  Numbers numbers = weights.getNumbers();
  std::vector<double> steps = scale->getValues(), zeros;
  if (point)
    zeros = point->getValues();
  int64_t rank = int64_t(numbers.shape.size()), axis = node.getInt("axis", 1);
  axis += axis < 0 ? rank : 0;
  bool isPerAxis = steps.size() != 1;
  if (!codes || weights.dependsOnBatch() ||
      (point && zeros.size() != steps.size()) ||
      (isPerAxis && (axis < 0 || axis >= rank ||
                     numbers.shape[size_t(axis)] != int64_t(steps.size())))) {
    node.error() << "it makes " << nameOf(type) << " of weights "
                 << toString(numbers.shape) << " with " << steps.size()
                 << " scales and " << zeros.size()
                 << " zero points; integers of 8 or 16 bits are supported, "
                    "with one of both, or one for each channel of 'axis'";
    return failure();
  }
  size_t inner = 1;
  for (int64_t i = axis + 1; isPerAxis && i < rank; ++i)
    inner *= size_t(numbers.shape[size_t(i)]);
  for (size_t i = 0; i != numbers.values.size(); ++i) {
    size_t channel = isPerAxis ? i / inner % steps.size() : 0;
    // In float32, which decides which of two integers is nearer.
    float ratio = float(numbers.values[i]) / float(steps[channel]);
    double zero = point ? zeros[channel] : 0.0;
    numbers.values[i] = std::clamp(double(std::nearbyint(ratio)) + zero,
                                   codes->first, codes->second);
  }
  numbers.isInteger = true;
  node.setResult(ONNXValue::makeConstant(ONNXConstant(numbers, numbers)));
  return success();
}

/// The scales and zero points of a node; none if they are computed.
static std::optional<ONNXCodes> findScales(const OperatorImport &node) {
  ONNXCodes codes;
  for (size_t index : {1, 2}) {
    if (!node.hasInput(index))
      continue;
    const ONNXConstant *constant = node.getConstant(index);
    if (!constant || constant->size() == 0)
      return std::nullopt;
    std::vector<double> values = constant->getValues();
    if (llvm::all_equal(values))
      values.resize(1);
    (index == 1 ? codes.scales : codes.zeros) = std::move(values);
  }
  return codes;
}

/// The type of a quantizer's codes: its zero point's, else the attribute's.
static ElementType findCodeType(OperatorImport &node) {
  if (node.hasInput(2))
    return node.getStoredType(2).value_or(ElementType::F32);
  // Numbers of TensorProto, of which 0 stands for none.
  switch (node.getInt("output_dtype", 0)) {
  case 0:
  case 2:
    return ElementType::U8;
  case 3:
    return ElementType::I8;
  case 4:
    return ElementType::U16;
  case 5:
    return ElementType::I16;
  }
  return ElementType::F32;
}

/// What a quantizer of a network that was quantized elsewhere hides: a zero
/// point at the end of the codes clips as the ReLU did that it replaced. Its
/// rounding is left to our own quantizers.
static LogicalResult importQuantize(OperatorImport &node) {
  ElementType type = findCodeType(node);
  if (const ONNXConstant *weights = node.getConstant(0))
    return quantizeWeights(node, *weights, type);
  const ONNXConstant *scale = node.expectConstant(1, "scale");
  if (!scale || !node.expectTensor())
    return failure();
  std::optional<double> step = scale->getScalar();
  double zero = 0;
  if (node.hasInput(2)) {
    const ONNXConstant *point = node.expectConstant(2, "zero point");
    std::optional<double> number = point ? point->getScalar() : std::nullopt;
    if (!number || isFloat(type)) {
      node.error() << "its zero point is no single integer";
      return failure();
    }
    zero = *number;
  }
  std::optional<std::pair<double, double>> bounds = findCodes(type);
  if (!step || !bounds) {
    node.error() << "it has " << scale->size() << " scales and makes "
                 << nameOf(type)
                 << "; one scale, and integers of 8 or 16 bits are supported";
    return failure();
  }
  double lowest = bounds->first, codes = bounds->second - lowest + 1;
  if (std::isfinite(*step) && *step > 0)
    node.noteRange((lowest - zero) * *step,
                   (lowest + codes - 1 - zero) * *step);
  node.noteCodes({{*step}, {zero}});
  if (zero != lowest) {
    node.setResult(node.getInput());
    return success();
  }
  double upper = (codes - 1) * *step;
  return setFunction(node, [=](double x) { return within(x, 0.0, upper); });
}

/// What was quantized before is floats already: others, if its integers are
/// read with another scale or zero point.
static LogicalResult readCodes(OperatorImport &node) {
  std::shared_ptr<const ONNXCodes> made = node.getInput().codes;
  std::optional<ONNXCodes> read;
  if (made)
    read = findScales(node);
  if (!made || (read && *made == *read)) {
    node.setResult(node.getInput());
    return success();
  }
  if (!read || !made->areSingle() || !read->areSingle()) {
    node.error() << "its scales or zero points are not those of the "
                    "QuantizeLinear that made its integers; one constant scale "
                    "and zero point each, or the same for each channel, are "
                    "supported";
    return failure();
  }
  double factor = read->scales[0] / made->scales[0];
  double offset = (made->zeros[0] - read->zeros[0]) * read->scales[0];
  return setFunction(node, [=](double x) { return x * factor + offset; });
}

/// The integers of an input of the network stand for floats; others are floats
/// already.
static LogicalResult importDequantize(OperatorImport &node) {
  if (!node.expectTensor())
    return failure();
  if (!node.getInput().isInteger)
    return readCodes(node);
  const ONNXConstant *scale = node.expectConstant(1, "scale");
  const ONNXConstant *point =
      node.hasInput(2) ? node.expectConstant(2, "zero point") : nullptr;
  if (node.failed())
    return failure();
  std::optional<double> step = scale->getScalar();
  std::optional<double> zero = point ? point->getScalar() : 0.0;
  if (!step || !zero) {
    node.error() << "it has " << scale->size()
                 << " scales for an input of the network; one scale, and one "
                    "zero point are supported";
    return failure();
  }
  FailureOr<ONNXArray> array = node.getArray();
  if (failed(array))
    return failure();
  FailureOr<Value> floats =
      node.make().makeRescaling(array->value, {*step}, {-*zero * *step});
  if (failed(floats))
    return failure();
  node.setResult(*floats, array->layout);
  return success();
}

ArrayRef<ONNXOperator> getActivationOperators() {
  static const ONNXOperator operators[] = {
      {"Abs", importMath<abs_>, "", "as part of a known function"},
      {"Clip", importClip, "max min", "with constant bounds"},
      {"Celu", importCelu, "alpha", ""},
      {"DequantizeLinear", importDequantize, "axis block_size output_dtype",
       "of weights, of the network's input, and after QuantizeLinear"},
      {"Elu", importElu, "alpha", ""},
      {"Erf", importMath<erf_>, "", "as part of GELU"},
      {"Exp", importFunction<ScalarFunction::Exponential>, "", ""},
      {"Gelu", importGelu, "approximate", ""},
      {"HardSigmoid", importHardSigmoid, "alpha beta", ""},
      {"HardSwish", importFunction<ScalarFunction::HardSilu>, "", ""},
      {"LeakyRelu", importLeakyRelu, "alpha", ""},
      {"Log", importLog, "", "of a Softmax, and as part of a known function"},
      {"Mish", importFunction<ScalarFunction::Mish>, "", ""},
      {"Neg", importMath<negate>, "", ""},
      {"PRelu", importPRelu, "", "with one slope, or one for each channel"},
      {"Pow", importPow, "", "by 2, and as part of a known function"},
      {"QuantizeLinear", importQuantize,
       "axis block_size output_dtype precision saturate",
       "as the clipping that its zero point hides, and its range for --ranges"},
      {"Reciprocal", importMath<reciprocal>, "", "as part of a known function"},
      {"Relu", importRelu, "", ""},
      {"Selu", importSelu, "alpha gamma", ""},
      {"Sigmoid", importFunction<ScalarFunction::Sigmoid>, "", ""},
      {"Softplus", importFunction<ScalarFunction::Softplus>, "", ""},
      {"Softsign", importFunction<ScalarFunction::Softsign>, "", ""},
      {"Sqrt", importMath<sqrt_>, "", "as part of a known function"},
      {"Swish", importSwish, "alpha", "with an alpha of 1"},
      {"Tanh", importFunction<ScalarFunction::Tanh>, "", ""},
  };
  return operators;
}

} // namespace qml
