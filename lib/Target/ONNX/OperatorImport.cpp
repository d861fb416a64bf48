//===- OperatorImport.cpp - One node on its way in ------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "OperatorImport.h"

#include "ONNXImporter.h"
#include "qml/Dialect/QML/IR/ShapeInference.h"
#include "qml/Support/Quote.h"

#include "llvm/ADT/StringExtras.h"

#include <numeric>

using namespace mlir;

namespace qml {

ONNXValue ONNXValue::makeConstant(ONNXConstant constant) {
  ONNXValue value;
  value.kind = Kind::Constant;
  value.constant = std::move(constant);
  return value;
}

ONNXValue ONNXValue::makeTensor(Value base, Layout layout) {
  ONNXValue value;
  value.kind = Kind::Tensor;
  value.base = base;
  value.layout = std::move(layout);
  return value;
}

static bool isInOrder(const std::vector<int64_t> &order) {
  for (size_t i = 0; i != order.size(); ++i)
    if (order[i] != int64_t(i))
      return false;
  return true;
}

bool ONNXImage::hasOwnOrder() const { return !isInOrder(order); }

OperatorImport::OperatorImport(ONNXImporter &importer, size_t index)
    : importer(importer), nodeIndex(index), source(importer.model.nodes[index]),
      ownName(importer.names[index]) {}

OperatorImport::OperatorImport(const OperatorImport &node, StringRef part,
                               std::vector<ONNXValue> inputs, ONNXValue &result)
    : importer(node.importer), nodeIndex(node.nodeIndex), source(node.source),
      ownName(part.empty()
                  ? node.ownName
                  : importer.claimName((node.ownName + "_" + part).str())),
      stepInputs(std::move(inputs)), stepResult(&result) {}

int64_t OperatorImport::opset() const { return importer.model.opset; }

InFlightDiagnostic OperatorImport::error() {
  hasFailed = true;
  return emitError(importer.getLocation(name()));
}

//===----------------------------------------------------------------------===//
// Attributes
//===----------------------------------------------------------------------===//

static std::string_view view(StringRef text) {
  return {text.data(), text.size()};
}

/// An attribute of that kind; reports another one.
static const ONNXAttribute *find(OperatorImport &node, StringRef name,
                                 ONNXAttribute::Kind kind, const char *what) {
  const ONNXAttribute *attribute = node.node().find(view(name));
  if (attribute && attribute->kind != kind) {
    node.error() << "its " << name << " is not " << what;
    return nullptr;
  }
  return attribute;
}

bool OperatorImport::has(StringRef attribute) const {
  return source.find(view(attribute));
}

int64_t OperatorImport::getInt(StringRef attribute, int64_t byDefault) {
  const ONNXAttribute *found =
      find(*this, attribute, ONNXAttribute::Kind::Int, "an integer");
  return found ? found->integer : byDefault;
}

double OperatorImport::getFloat(StringRef attribute, double byDefault) {
  const ONNXAttribute *found =
      find(*this, attribute, ONNXAttribute::Kind::Float, "a number");
  return found ? double(found->number) : byDefault;
}

std::string OperatorImport::getString(StringRef attribute,
                                      StringRef byDefault) {
  const ONNXAttribute *found =
      find(*this, attribute, ONNXAttribute::Kind::String, "a text");
  return found ? std::string(found->text) : byDefault.str();
}

std::vector<int64_t>
OperatorImport::getInts(StringRef attribute,
                        const std::vector<int64_t> &byDefault) {
  const ONNXAttribute *found =
      find(*this, attribute, ONNXAttribute::Kind::Ints, "a list of integers");
  return found ? found->integers : byDefault;
}

std::optional<std::vector<int64_t>>
OperatorImport::getIntsOrInput(StringRef attribute, size_t input) {
  if (has(attribute))
    return getInts(attribute, {});
  if (!hasInput(input))
    return std::nullopt;
  const ONNXConstant *constant = expectConstant(input, attribute);
  if (!constant)
    return std::nullopt;
  std::optional<std::vector<int64_t>> integers = constant->getIntegers();
  if (!integers)
    error() << "its " << attribute
            << (constant->isInteger() ? " depends on the size of the batch"
                                      : " are no integers");
  return integers;
}

bool OperatorImport::checkRank(size_t rank) {
  if (rank <= maxRank)
    return true;
  error() << describeRank(rank);
  return false;
}

std::optional<size_t> OperatorImport::getAxis(int64_t axis, size_t rank) {
  auto count = int64_t(rank);
  if (axis >= -count && axis < count)
    return size_t(axis < 0 ? axis + count : axis);
  error() << "it has the axis " << axis << ", its input has " << rank
          << " axes";
  return std::nullopt;
}

//===----------------------------------------------------------------------===//
// Inputs
//===----------------------------------------------------------------------===//

const ONNXValue &OperatorImport::getInput(size_t index) const {
  static const ONNXValue unknown;
  if (!hasInput(index))
    return unknown;
  return stepResult ? stepInputs[index]
                    : *importer.findValue(source.inputs[index]);
}

const ONNXConstant *OperatorImport::getConstant(size_t index) const {
  const ONNXValue &value = getInput(index);
  return value.kind == ONNXValue::Kind::Constant ? &value.constant : nullptr;
}

std::optional<ElementType> OperatorImport::getStoredType(size_t index) const {
  if (!hasInput(index))
    return std::nullopt;
  std::string_view name = source.inputs[index];
  if (auto found = importer.initializers.find(name);
      found != importer.initializers.end())
    return found->second->type;
  auto producer = importer.producers.find(name);
  if (producer == importer.producers.end())
    return std::nullopt;
  const ONNXAttribute *value =
      importer.model.nodes[producer->second].find("value");
  if (!value || value->tensor.empty())
    return std::nullopt;
  return value->tensor.front().type;
}

const ONNXConstant *OperatorImport::expectConstant(size_t index,
                                                   StringRef what) {
  const ONNXConstant *constant = getConstant(index);
  if (!constant)
    error() << "its " << what
            << (hasInput(index) ? " is computed by the network; only constants "
                                  "are supported"
                                : " is missing");
  return constant;
}

std::optional<std::vector<float>>
OperatorImport::expectFloats(size_t index, StringRef what,
                             ArrayRef<int64_t> shape) {
  const ONNXConstant *constant = expectConstant(index, what);
  if (!constant)
    return std::nullopt;
  if (ArrayRef<int64_t>(constant->getShape()) != shape ||
      constant->isInteger()) {
    error() << "its " << what << " has shape " << toString(constant->getShape())
            << "; floats of shape "
            << toString(Shape(shape.begin(), shape.end())) << " are needed";
    return std::nullopt;
  }
  const float *data = constant->getArray().as<float>();
  return std::vector<float>(data, data + constant->size());
}

bool OperatorImport::isTensor(size_t index) const {
  return getInput(index).kind == ONNXValue::Kind::Tensor;
}

std::optional<int64_t> OperatorImport::fileBatch() const {
  return importer.fileBatch;
}

StringRef OperatorImport::getMaker(size_t index) const {
  if (!hasInput(index) || stepResult)
    return {};
  auto maker = importer.producers.find(source.inputs[index]);
  if (maker == importer.producers.end())
    return {};
  std::string_view op = importer.model.nodes[maker->second].op;
  return {op.data(), op.size()};
}

std::string OperatorImport::describeInput(size_t index) const {
  const ONNXValue &value = getInput(index);
  std::string shape = value.kind == ONNXValue::Kind::Constant
                          ? toString(value.constant.getShape())
                          : toString(value.layout.getShape());
  std::string_view name =
      index < source.inputs.size() ? source.inputs[index] : std::string_view();
  return quote(name) + " of shape " + shape;
}

bool OperatorImport::expectTensor(size_t index) {
  if (isTensor(index))
    return true;
  if (hasInput(index))
    error() << "its input " << quote(source.inputs[index])
            << " is a constant; what the network computes is needed";
  else
    error() << "it has " << source.inputs.size() << " inputs; " << (index + 1)
            << " are needed";
  return false;
}

FailureOr<ONNXArray> OperatorImport::getArray(size_t index) {
  if (!expectTensor(index))
    return failure();
  return makeArray(getInput(index));
}

FailureOr<ONNXArray> OperatorImport::makeArray(const ONNXValue &value) {
  FailureOr<Value> emitted = importer.emit(value.base, value.expression);
  if (mlir::failed(emitted)) {
    hasFailed = true;
    return failure();
  }
  return ONNXArray{*emitted, value.layout};
}

FailureOr<Value> OperatorImport::reshape(Value value, ArrayRef<int64_t> shape) {
  return importer.reshape(value, shape, name(), importer.getLocation(name()));
}

FailureOr<Value> OperatorImport::move(const ONNXArray &array,
                                      const Layout &target) {
  Layout from = array.layout, to = target;
  if (!Layout::refine(from, to)) {
    error() << "its elements are stored in an order that can't be changed by "
               "moving axes";
    return failure();
  }
  if (from.isStoredLike(to))
    return array.value;
  // Atoms of `to` by their places in `from`.
  std::vector<int64_t> stored = from.getStoredAtoms(),
                       wanted = to.getStoredAtoms(),
                       extents = from.getStoredExtents();
  if (wanted.front() != stored.front()) {
    error() << "it takes the batch apart, or moves it";
    return failure();
  }
  SmallVector<int64_t> axes;
  for (int64_t atom : ArrayRef(wanted).drop_front())
    axes.push_back(std::find(stored.begin(), stored.end(), atom) -
                   stored.begin() - 1);
  FailureOr<Value> atoms =
      reshape(array.value, ArrayRef<int64_t>(extents).drop_front());
  if (mlir::failed(atoms))
    return failure();
  return make("moved").makePermute(*atoms, axes);
}

FailureOr<ONNXArray> OperatorImport::moveInOrder(const ONNXArray &array) {
  std::vector<size_t> order;
  for (size_t axis = 0; axis != array.layout.getRank(); ++axis)
    order.insert(array.layout.getExtent(axis).hasBatch ? order.begin()
                                                       : order.end(),
                 axis);
  Layout target(array.layout.getShape(), order);
  FailureOr<Value> moved = move(array, target);
  if (mlir::failed(moved))
    return failure();
  return ONNXArray{*moved, target};
}

FailureOr<ONNXImage> OperatorImport::getImage(size_t index, bool inOrder) {
  FailureOr<ONNXArray> array = getArray(index);
  if (mlir::failed(array))
    return failure();
  return makeImage(*array, inOrder);
}

/// Most elements of a sample, and most channels, that any network has.
constexpr double maxElements = 1e13;
constexpr int64_t maxChannels = 1 << 26;

bool OperatorImport::checkChannels(const Layout &layout,
                                   const std::vector<size_t> &axes) {
  double channels = 1;
  for (size_t axis : axes)
    channels *= double(layout.getExtent(axis).factor);
  if (channels <= double(maxChannels))
    return true;
  error() << "its input has the shape " << toString(layout.getShape())
          << "; up to " << maxChannels << " channels are supported";
  return false;
}

FailureOr<ONNXImage> OperatorImport::makeImage(const ONNXArray &from,
                                               bool inOrder) {
  ONNXArray array = from;
  ONNXImage image;
  Layout &layout = array.layout;
  size_t rank = layout.getRank();
  if (rank != 3 && rank != 4) {
    error() << "its input has the shape " << toString(layout.getShape())
            << "; images (N, channels, height, width) and sequences (N, "
               "channels, steps) are supported"
            << (rank > 4 ? ", volumes are not; end the network before with "
                           "--outputs"
                         : "");
    return failure();
  }
  if (!layout.isBatchFirst()) {
    error() << "its input has the shape " << toString(layout.getShape())
            << ", whose first axis is not the batch; "
            << (layout.getRank() != 0 && layout.getExtent(0).hasBatch
                    ? "take frames one by one (x[:, i]), or as channels, in "
                      "place of folding them into the batch"
                    : "put the batch first by a Transpose before it")
            << ", or end the network before with --outputs";
    return failure();
  }
  if (!checkChannels(layout, {1}))
    return failure();
  std::vector<std::vector<size_t>> groups = {{0}, {2}, {1}};
  if (rank == 4)
    groups = {{0}, {2}, {3}, {1}};
  bool fits = layout.isStoredAs(groups, !inOrder);
  if (!fits) {
    std::vector<size_t> order = {0, 2, 1};
    if (rank == 4)
      order = {0, 2, 3, 1};
    Layout target(layout.getShape(), order);
    FailureOr<Value> moved = move(array, target);
    if (mlir::failed(moved))
      return failure();
    array = ONNXArray{*moved, target};
  }
  image.layout = layout;
  image.channels = layout.getExtent(1).factor;
  image.width = layout.getExtent(rank - 1).factor;
  image.height = rank == 4 ? layout.getExtent(2).factor : 1;
  image.order = layout.getOrder({1});
  FailureOr<Value> value =
      reshape(array.value, {image.height, image.width, image.channels});
  if (mlir::failed(value))
    return failure();
  image.value = *value;
  return image;
}

FailureOr<ONNXRows> OperatorImport::makeRows(const ONNXArray &array,
                                             const std::vector<size_t> &axes,
                                             bool inOrder) {
  ONNXArray from = array;
  bool isBatch = llvm::any_of(
      axes, [&](size_t axis) { return from.layout.getExtent(axis).hasBatch; });
  if (isBatch) {
    error() << "its input has the shape " << toString(from.layout.getShape())
            << "; it acts along the batch";
    return failure();
  }
  if (!checkChannels(from.layout, axes))
    return failure();
  bool fits = from.layout.isTail(axes);
  if (fits && inOrder)
    fits = isInOrder(from.layout.getOrder(axes));
  if (!fits) {
    Layout target = from.layout.withTail(axes);
    FailureOr<Value> moved = move(from, target);
    if (mlir::failed(moved))
      return failure();
    from = {*moved, target};
  }
  ONNXRows rows{from.value, from.layout, from.layout.getOrder(axes)};
  auto width = int64_t(rows.order.size());
  ArrayRef<int64_t> shape = getShape(from.value);
  if (shape.back() == width)
    return rows;
  // Axes before, those that lie side by side as one.
  std::vector<size_t> owners = from.layout.getStoredAxes();
  std::vector<int64_t> extents = from.layout.getStoredExtents();
  SmallVector<int64_t> target;
  for (size_t i = 1; i < owners.size(); ++i) {
    if (llvm::is_contained(axes, owners[i]))
      break;
    if (i > 1 && owners[i] == owners[i - 1])
      target.back() *= extents[i];
    else
      target.push_back(extents[i]);
  }
  target.push_back(width);
  FailureOr<Value> value = reshape(from.value, target);
  if (mlir::failed(value))
    return failure();
  rows.value = *value;
  return rows;
}

FailureOr<ONNXRows> OperatorImport::getRows(size_t index,
                                            const std::vector<size_t> &axes,
                                            bool inOrder) {
  FailureOr<ONNXArray> array = getArray(index);
  if (mlir::failed(array))
    return failure();
  return makeRows(*array, axes, inOrder);
}

//===----------------------------------------------------------------------===//
// Results
//===----------------------------------------------------------------------===//

LayerBuilder OperatorImport::make() {
  return importer.makeBuilder(nodeIndex, name());
}

LayerBuilder OperatorImport::make(StringRef part) {
  return importer.makeBuilder(nodeIndex,
                              importer.claimName((name() + "_" + part).str()));
}

Type OperatorImport::getFloatType() const {
  return importer.builder.getF32Type();
}

bool OperatorImport::isUsed(size_t index) const {
  if (index >= source.outputs.size() || source.outputs[index].empty())
    return false;
  std::string_view name = source.outputs[index];
  return importer.consumers.count(name) || importer.outputCounts.count(name);
}

std::optional<SmallVector<const ONNXNode *>>
OperatorImport::findTakers() const {
  SmallVector<const ONNXNode *> takers;
  if (stepResult || source.outputs.empty() ||
      importer.outputCounts.count(source.outputs.front()))
    return std::nullopt;
  auto users = importer.consumers.find(source.outputs.front());
  if (users != importer.consumers.end())
    for (size_t user : users->second)
      takers.push_back(&importer.model.nodes[user]);
  return takers;
}

bool OperatorImport::feedsImages() const {
  static const llvm::StringSet<> through = {
      "Relu", "Clip", "Sigmoid", "HardSigmoid", "Add",
      "Mul",  "Cast", "Dropout", "HardSwish",   "Identity"};
  SmallVector<std::string_view> open(source.outputs.begin(),
                                     source.outputs.end());
  for (unsigned steps = 0; !open.empty() && steps != 64; ++steps) {
    auto users = importer.consumers.find(open.pop_back_val());
    if (users == importer.consumers.end())
      continue;
    for (size_t user : users->second) {
      const ONNXNode &node = importer.model.nodes[user];
      StringRef op(node.op.data(), node.op.size());
      if (op == "Conv" || op == "Resize" || op == "ConvTranspose")
        return true;
      if (through.contains(op))
        open.append(node.outputs.begin(), node.outputs.end());
    }
  }
  return false;
}

bool OperatorImport::isOwnRescaling(Operation *op) const {
  return importer.ownRescalings.contains(op);
}

void OperatorImport::noteOwnRescaling(Value value) {
  importer.ownRescalings.insert(value.getDefiningOp());
}

void OperatorImport::noteRange(double lower, double upper) {
  if (!source.outputs.empty())
    importer.ranges.push_back({source.outputs.front(), lower, upper});
}

std::optional<ONNXValue> OperatorImport::checkResult(const ONNXValue &value) {
  if (!checkRank(value.layout.getRank()))
    return std::nullopt;
  double elements = 1;
  for (const Extent &extent : value.layout.getShape())
    elements *= double(extent.factor);
  if (elements > maxElements) {
    error() << "its result has the shape " << toString(value.layout.getShape())
            << ", which is too large";
    return std::nullopt;
  }
  // No function that a layer computes is made of so many operators.
  constexpr unsigned maxDepth = 32;
  if (!value.expression || value.expression->depth <= maxDepth)
    return value;
  FailureOr<Value> emitted = importer.emit(value.base, value.expression);
  hasFailed |= mlir::failed(emitted);
  if (mlir::failed(emitted))
    return ONNXValue();
  return ONNXValue::makeTensor(*emitted, value.layout);
}

void OperatorImport::setResult(const ONNXValue &value, size_t index) {
  if (stepResult) {
    bool isNew = llvm::none_of(stepInputs, [&](const ONNXValue &input) {
      return input.base == value.base;
    });
    *stepResult = checkResult(value).value_or(ONNXValue());
    stepResult->isOnlyUse = isNew || value.isOnlyUse;
    return;
  }
  if (index >= source.outputs.size() || source.outputs[index].empty())
    return;
  std::string_view name = source.outputs[index];
  ONNXValue &result = importer.values[name];
  std::optional<ONNXValue> checked = checkResult(value);
  if (!checked)
    return;
  result = *checked;
  auto users = importer.consumers.find(name);
  size_t count = users == importer.consumers.end() ? 0 : users->second.size();
  if (auto found = importer.outputCounts.find(name);
      found != importer.outputCounts.end())
    count += found->second;
  // A value that was handed on is as lonely as what it came from.
  bool isNew = llvm::none_of(source.inputs, [&](std::string_view input) {
    auto found = importer.values.find(input);
    return found != importer.values.end() && found->second.base == value.base &&
           value.base;
  });
  result.isOnlyUse = count == 1 && (isNew || value.isOnlyUse);
}

Layout OperatorImport::makeImageLayout(const ONNXImage &like, int64_t channels,
                                       Value image) {
  ArrayRef<int64_t> shape = getShape(image);
  if (like.isSequence())
    return Layout({{1, true}, {channels, false}, {shape[2], false}}, {0, 2, 1});
  return Layout(
      {{1, true}, {channels, false}, {shape[1], false}, {shape[2], false}},
      {0, 2, 3, 1});
}

Layout OperatorImport::keepChannels(const ONNXImage &like, Value image) {
  Layout fresh = makeImageLayout(like, like.channels, image);
  std::vector<size_t> order = {0, 2, 1};
  if (!like.isSequence())
    order = {0, 2, 3, 1};
  return Layout::keeping(like.layout, 1, fresh.getShape(), order);
}

} // namespace qml
