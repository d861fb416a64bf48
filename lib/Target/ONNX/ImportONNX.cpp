//===- ImportONNX.cpp - ONNX files to qml ---------------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Goes over the nodes of a model; what becomes of each stands in Operators/. A
// refused node returns values that are not known, so that all problems come out
// in one run.
//
//===----------------------------------------------------------------------===//

#include "qml/Target/ONNX/ImportONNX.h"
#include "../Import/Extremes.h"

#include "ONNXImporter.h"
#include "Operators/Operators.h"
#include "qml/Dialect/QML/IR/SampleLayout.h"
#include "qml/Dialect/QML/IR/ShapeInference.h"
#include "qml/Support/Quote.h"

#include "mlir/IR/Verifier.h"
#include "mlir/Tools/mlir-translate/Translation.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/SourceMgr.h"

#include <cmath>

using namespace mlir;

namespace qml {

Location ONNXImporter::getLocation(StringRef name) {
  return NameLoc::get(builder.getStringAttr(name),
                      FileLineColLoc::get(builder.getContext(), path, 0, 0));
}

LayerBuilder ONNXImporter::makeBuilder(size_t node, StringRef name) {
  Location loc =
      getLocation(node < names.size() ? StringRef(names[node]) : name);
  return LayerBuilder(builder, loc, name, /*sourceClass=*/"",
                      [loc] { return emitError(loc); });
}

//===----------------------------------------------------------------------===//
// Values
//===----------------------------------------------------------------------===//

const ONNXValue *ONNXImporter::findValue(std::string_view name) {
  auto found = values.find(name);
  if (found != values.end())
    return &found->second;
  auto tensor = initializers.find(name);
  ONNXValue value;
  if (tensor != initializers.end()) {
    Result<ONNXConstant> constant = ONNXConstant::read(*tensor->second);
    if (constant)
      value = ONNXValue::makeConstant(std::move(*constant));
    else
      emitError(getLocation(text(name))) << constant.message();
  }
  return &values.emplace(name, std::move(value)).first->second;
}

FailureOr<Value> ONNXImporter::reshape(Value value, ArrayRef<int64_t> shape,
                                       StringRef name, Location loc) {
  auto hasShape = [&](Value candidate) {
    return getShape(candidate).drop_front() == shape;
  };
  // What was reshaped before, and what that was.
  for (Operation *op = value.getDefiningOp();
       !hasShape(value) && isa_and_nonnull<ReshapeOp, FlattenOp>(op);
       op = value.getDefiningOp())
    value = op->getOperand(0);
  if (hasShape(value))
    return value;
  std::string key = "reshape";
  for (int64_t extent : shape)
    key += " " + std::to_string(extent);
  Value &known = made[{value.getAsOpaquePointer(), key}];
  if (known)
    return known;
  bool isFlat = shape.size() == 1;
  LayerBuilder make(
      builder, loc,
      claimName((name + (isFlat ? "_flatten" : "_reshape")).str()), "",
      [loc] { return emitError(loc); });
  FailureOr<Value> result =
      isFlat ? make.makeFlatten(value) : make.makeReshape(value, shape);
  if (succeeded(result))
    known = *result;
  return result;
}

FailureOr<Value> ONNXImporter::emitKnown(Value base,
                                         const KnownFunction &function,
                                         size_t node, StringRef name) {
  using Kind = KnownFunction::Kind;
  if (function.kind == Kind::Identity)
    return base;
  std::string key = "function " + std::to_string(int(function.kind)) + " " +
                    std::to_string(int(function.function)) + " " +
                    showNumber(function.first) + " " +
                    showNumber(function.second) + " " +
                    showNumber(function.alpha.value_or(0));
  Value &known = made[{base.getAsOpaquePointer(), key}];
  if (known)
    return known;
  auto part = [&](StringRef suffix) {
    return makeBuilder(node, claimName((name + "_" + suffix).str()));
  };
  LayerBuilder make = makeBuilder(node, name);
  FailureOr<Value> result = failure();
  double lower = function.first, upper = function.second;
  if (function.kind == Kind::Affine) {
    // Zero has no sign.
    result = make.makeRescaling(base, {lower}, {upper + 0.0});
  } else if (function.kind == Kind::Activation) {
    result = make.makeActivation(base, function.function, function.alpha);
  } else if (lower == 0.0) {
    result = make.makeReLU(base, upper);
  } else if (isWideClip(lower, upper)) {
    result = makeWideClip(make, part, base, lower, upper);
  } else {
    // A rectified linear unit between two shifts.
    bool isBelow = std::isinf(lower);
    double sign = isBelow ? -1.0 : 1.0, start = isBelow ? upper : lower;
    std::optional<double> max;
    if (!isBelow && !std::isinf(upper))
      max = upper - lower;
    result = part("shifted").makeRescaling(base, {sign}, {-sign * start});
    if (succeeded(result))
      result = part("relu").makeReLU(*result, max);
    if (succeeded(result))
      result = make.makeRescaling(*result, {sign}, {start});
  }
  if (succeeded(result))
    made[{base.getAsOpaquePointer(), key}] = *result;
  return result;
}

bool ONNXImporter::canEmit(const ExpressionPtr &expression) {
  if (!expression)
    return true;
  if (auto found = emittable.find(expression.get()); found != emittable.end())
    return found->second;
  kept.push_back(expression);
  bool result =
      llvm::any_of(findKnownParts(expression),
                   [&](const KnownPart &known) { return canEmit(known.part); });
  if (!result && expression->operands.size() == 2 &&
      expression->kind != Expression::Kind::Other)
    result =
        canEmit(expression->operands[0]) && canEmit(expression->operands[1]);
  emittable[expression.get()] = result;
  return result;
}

void ONNXImporter::reportFunction(const ExpressionPtr &expression) {
  if (!reported.insert(expression.get()).second)
    return;
  // Only what made the function can be changed, not what takes it.
  size_t taker = current;
  enter(expression->node);
  SetVector<size_t> makers;
  SmallVector<const Expression *> open = {expression.get()};
  DenseSet<const Expression *> seen;
  while (!open.empty()) {
    const Expression *next = open.pop_back_val();
    if (!next || !seen.insert(next).second)
      continue;
    if (next->node != expression->node)
      makers.insert(next->node);
    for (const ExpressionPtr &operand : next->operands)
      open.push_back(operand.get());
  }
  SmallVector<size_t> others = makers.takeVector();
  llvm::sort(others);
  constexpr size_t maxNames = 8;
  InFlightDiagnostic error = emitError(getLocation(expression->name));
  error << "the function that it computes of each element";
  for (size_t i = 0; i != std::min(others.size(), maxNames); ++i)
    error << (i == 0 ? " together with " : ", ") << quote(names[others[i]])
          << " (" << model.nodes[others[i]].op << ")";
  if (others.size() > maxNames)
    error << " and " << int64_t(others.size() - maxNames) << " more";
  error << " has no layer; use another, or end the network before with "
           "--outputs";
  error.report();
  enter(taker);
}

void ONNXImporter::enter(size_t node) {
  current = node;
  const ONNXNode &entered = model.nodes[node];
  problems->enter(names[node], (entered.domain.empty()
                                    ? std::string()
                                    : std::string(entered.domain) + "::") +
                                   std::string(entered.op));
}

FailureOr<Value> ONNXImporter::emit(Value base,
                                    const ExpressionPtr &expression) {
  if (!expression)
    return base;
  std::pair<const void *, std::string> key = {expression.get(), "expression"};
  if (auto found = made.find(key); found != made.end())
    return found->second;
  const std::string &name = expression->name;
  size_t node = expression->node;
  if (!canEmit(expression)) {
    reportFunction(expression);
    return failure();
  }
  std::vector<KnownPart> parts = findKnownParts(expression);
  auto part = llvm::find_if(
      parts, [&](const KnownPart &known) { return canEmit(known.part); });
  FailureOr<Value> result = failure();
  if (part != parts.end()) {
    FailureOr<Value> operand = emit(base, part->part);
    if (failed(operand))
      return failure();
    result = emitKnown(*operand, part->function, node, name);
  } else {
    FailureOr<Value> lhs = emit(base, expression->operands[0]);
    FailureOr<Value> rhs = emit(base, expression->operands[1]);
    if (failed(lhs) || failed(rhs))
      return failure();
    LayerBuilder make = makeBuilder(node, name);
    if (expression->kind == Expression::Kind::Difference)
      rhs = makeBuilder(node, claimName(name + "_negative"))
                .makeRescaling(*rhs, {-1.0}, {0.0});
    if (failed(rhs))
      return failure();
    if (expression->kind == Expression::Kind::Product)
      result = make.makeMultiply(*lhs, *rhs);
    else
      result = make.makeAdd(*lhs, *rhs);
  }
  if (succeeded(result))
    made[key] = *result;
  return result;
}

//===----------------------------------------------------------------------===//
// Nodes
//===----------------------------------------------------------------------===//

/// The shape of a tensor or of a constant; none if it isn't known.
static std::optional<std::vector<Extent>> shapeOf(const ONNXValue &value) {
  if (value.kind == ONNXValue::Kind::Tensor)
    return value.layout.getShape();
  const ONNXConstant &constant = value.constant;
  if (value.kind == ONNXValue::Kind::Unknown ||
      (constant.dependsOnBatch() &&
       constant.getNumbers(0).shape != constant.getNumbers(1).shape))
    return std::nullopt;
  std::vector<Extent> shape;
  for (int64_t extent : constant.getShape())
    shape.push_back({extent, false});
  return shape;
}

/// Evaluates a node of constants, or one that asks for a shape alone.
bool ONNXImporter::fold(size_t index) {
  const ONNXNode &node = model.nodes[index];
  auto setResult = [&](Result<ONNXConstant> constant) {
    ONNXValue value;
    if (constant)
      value = ONNXValue::makeConstant(std::move(*constant));
    else
      emitError(getLocation(names[index])) << constant.message();
    if (node.outputs.empty())
      return true;
    values[node.outputs.front()] = std::move(value);
    for (const auto &output : llvm::drop_begin(node.outputs)) {
      values[output] = ONNXValue();
      bool isUsed = !output.empty() &&
                    (consumers.count(output) || outputCounts.count(output));
      if (isUsed && constant)
        emitError(getLocation(names[index]))
            << "its result " << quote(output)
            << " is used; of operators on constants only the first result is "
               "supported";
    }
    return true;
  };
  if (node.op == "Constant" && !node.attributes.empty()) {
    const ONNXAttribute &attribute = node.attributes.front();
    Numbers numbers;
    numbers.isInteger = true;
    switch (attribute.kind) {
    case ONNXAttribute::Kind::Tensor:
      return setResult(ONNXConstant::read(attribute.tensor.front()));
    case ONNXAttribute::Kind::Float:
      numbers.isInteger = false;
      numbers.values = {attribute.number};
      break;
    case ONNXAttribute::Kind::Int:
      numbers.values = {double(attribute.integer)};
      break;
    case ONNXAttribute::Kind::Floats:
      numbers.isInteger = false;
      numbers.values.assign(attribute.numbers.begin(), attribute.numbers.end());
      numbers.shape = {int64_t(numbers.values.size())};
      break;
    case ONNXAttribute::Kind::Ints:
      numbers.values.assign(attribute.integers.begin(),
                            attribute.integers.end());
      numbers.shape = {int64_t(numbers.values.size())};
      break;
    default:
      return setResult(Error{"its value is of a kind that is not supported"});
    }
    return setResult(ONNXConstant(numbers, numbers));
  }
  if (node.op == "Shape" || node.op == "Size") {
    const ONNXValue *value = node.inputs.empty() || node.inputs[0].empty()
                                 ? nullptr
                                 : findValue(node.inputs[0]);
    std::optional<std::vector<Extent>> shape =
        value ? shapeOf(*value) : std::nullopt;
    if (!shape)
      return false;
    return setResult(foldShape(node, *shape));
  }
  std::vector<const ONNXConstant *> constants;
  for (std::string_view input : node.inputs) {
    const ONNXValue *value = input.empty() ? nullptr : findValue(input);
    if (value && value->kind != ONNXValue::Kind::Constant)
      return false;
    constants.push_back(value ? &value->constant : nullptr);
  }
  auto folded = foldNode(node, constants, budget);
  return folded && setResult(std::move(*folded));
}

/// What the integers of its result stand for that a node moves; null if it
/// makes others. Reports integers of several scales, or beside constants.
static std::shared_ptr<const ONNXCodes> checkCodes(OperatorImport &node,
                                                   ONNXIntegers kind) {
  if (kind != ONNXIntegers::Kept)
    return nullptr;
  std::shared_ptr<const ONNXCodes> codes;
  bool areAlike = true, isFirst = true;
  for (size_t i = 0; i != node.getNumInputs(); ++i) {
    if (!node.isTensor(i))
      continue;
    const std::shared_ptr<const ONNXCodes> &own = node.getInput(i).codes;
    areAlike &= isFirst || (codes && own ? *codes == *own : codes == own);
    codes = isFirst ? own : codes;
    isFirst = false;
  }
  bool joinsConstants = false;
  for (size_t i = 0; codes && node.op() == "Concat" && i != node.getNumInputs();
       ++i)
    joinsConstants |= !node.isTensor(i);
  if (!areAlike || joinsConstants)
    node.error() << "it takes integers of QuantizeLinear together with "
                 << (areAlike ? "constants" : "those of another scale")
                 << "; dequantize all of them before";
  return codes;
}

void ONNXImporter::importNode(size_t index) {
  const ONNXNode &node = model.nodes[index];
  if (node.domain.empty() &&
      (takeAdaptivePool(index) || fold(index) || takeBranch(index)))
    return;
  bool isKnown = llvm::all_of(node.inputs, [&](std::string_view input) {
    return input.empty() || findValue(input)->kind != ONNXValue::Kind::Unknown;
  });
  for (std::string_view output : node.outputs)
    values.emplace(output, ONNXValue());
  const ONNXOperator *found =
      node.domain.empty() ? findONNXOperator(text(node.op)) : nullptr;
  if (!found && (isKnown || !isFoldedONNXOperator(node.op)))
    problems->addUnsupported();
  if (!found || !isKnown)
    return;
  OperatorImport reader(*this, index);
  // Each is looked at by itself, and may become a layer.
  constexpr size_t maxInputs = 1 << 16;
  if (node.inputs.size() > maxInputs) {
    reader.error() << "it has " << int64_t(node.inputs.size())
                   << " inputs; at most " << int64_t(maxInputs)
                   << " are supported";
    return;
  }
  SmallVector<StringRef> known;
  found->attributes.split(known, ' ', -1, /*KeepEmpty=*/false);
  for (const ONNXAttribute &attribute : node.attributes)
    if (!llvm::is_contained(known, text(attribute.name)))
      reader.error() << "it has the attribute " << quote(attribute.name)
                     << ", which is not supported";
  auto integers = llvm::find_if(node.inputs, [&](std::string_view input) {
    return !input.empty() &&
           (findValue(input)->isInteger || findValue(input)->codes);
  });
  ONNXIntegers kind = integers == node.inputs.end() ? ONNXIntegers::Floats
                                                    : findONNXIntegers(*found);
  if (kind == ONNXIntegers::Arithmetic)
    reader.error() << "it computes with the integers of " << quote(*integers)
                   << ", where ONNX rounds and wraps around; cast "
                   << quote(*integers)
                   << " to float before, or begin the network after with "
                      "--inputs";
  std::shared_ptr<const ONNXCodes> codes = checkCodes(reader, kind);
  if (reader.failed())
    return;
  bool isImported = succeeded(found->import(reader)) && !reader.failed();
  for (auto [result, output] : llvm::enumerate(node.outputs)) {
    ONNXValue &value = values[output];
    value.codes = codes ? codes : reader.getCodes();
    if (value.kind == ONNXValue::Kind::Tensor)
      value.isInteger |= kind == ONNXIntegers::Kept && !codes;
    else if (isImported && value.kind == ONNXValue::Kind::Unknown &&
             reader.isUsed(result))
      reader.error() << "its result " << quote(output)
                     << " is used, which the operator has not";
  }
}

//===----------------------------------------------------------------------===//
// Networks
//===----------------------------------------------------------------------===//

std::string ONNXImporter::suggestOutputs(ArrayRef<size_t> order) {
  SetVector<StringRef> names;
  auto add = [&](std::string_view name) {
    auto found = values.find(name);
    if (found == values.end() || !producers.count(name))
      return;
    // Functions in pieces may be none as far as they have come.
    const ONNXValue &value = found->second;
    if (value.kind == ONNXValue::Kind::Tensor && !value.expression &&
        value.layout.isBatchFirst())
      names.insert(text(name));
  };
  for (const std::string &name : outputs)
    add(name);
  size_t whole = names.size();
  for (size_t index : order) {
    const ONNXNode &node = model.nodes[index];
    bool isLost = llvm::any_of(node.outputs, [&](std::string_view name) {
      auto found = values.find(name);
      return found != values.end() &&
             found->second.kind == ONNXValue::Kind::Unknown;
    });
    if (isLost)
      llvm::for_each(node.inputs, add);
  }
  // A list of more is nothing to copy, and one with commas in its names none.
  constexpr size_t maxNames = 16;
  bool isNew = names.size() != whole || (whole && whole < outputs.size());
  if (!isNew || names.size() > maxNames ||
      llvm::any_of(names, [](StringRef name) { return name.contains(','); }))
    return {};
  std::string list = llvm::join(names, ",");
  // As it can be copied into a shell.
  bool isPlain = llvm::all_of(list, [](char letter) {
    return llvm::isAlnum(letter) || StringRef("_./:,-").contains(letter);
  });
  return "--outputs=" + (isPlain ? list : quote(list, list.size())) +
         " ends the network before what is not supported";
}

bool ONNXImporter::makeOutputs(SmallVectorImpl<Value> &results) {
  for (const std::string &name : outputs) {
    const ONNXValue &value = *findValue(name);
    if (value.kind == ONNXValue::Kind::Unknown)
      return false;
    size_t producer = producers[name];
    enter(producer);
    Location loc = getLocation(names[producer]);
    if (value.kind == ONNXValue::Kind::Constant) {
      emitError(loc) << "the output " << quote(name)
                     << " is a constant; name others by --outputs";
      continue;
    }
    FailureOr<Value> result = emit(value.base, value.expression);
    if (failed(result))
      continue;
    // Images keep their channels last.
    Layout layout = value.layout;
    // One number for each sample.
    if (layout.getRank() == 1)
      layout = layout.withAxis(1);
    std::vector<Extent> shape = layout.getShape();
    if (!layout.isBatchFirst()) {
      emitError(loc) << "the output " << quote(name) << " has the shape "
                     << toString(shape)
                     << "; the batch comes first: leave out the Transpose that "
                        "moves it, or end the network before with --outputs";
      continue;
    }
    std::vector<std::vector<size_t>> own, image = {{0}};
    for (size_t axis = 0; axis != shape.size(); ++axis)
      own.push_back({axis});
    for (size_t axis = 2; axis < shape.size(); ++axis)
      image.push_back({axis});
    if (shape.size() > 2)
      image.push_back({1});
    auto getExtents = [&](const std::vector<std::vector<size_t>> &groups) {
      SmallVector<int64_t> extents;
      for (const std::vector<size_t> &group : groups)
        if (group.front() != 0)
          extents.push_back(shape[group.front()].factor);
      return extents;
    };
    // Of one cell both hold.
    bool isOwn = layout.isStoredAs(own, false);
    bool isImage = shape.size() > 2 && layout.isStoredAs(image, false) &&
                   (!isOwn || getShape(*result).drop_front() !=
                                  ArrayRef<int64_t>(getExtents(own)));
    if (!isImage && !isOwn) {
      OperatorImport last(*this, producer);
      isImage = shape.size() > 2;
      std::vector<size_t> order;
      for (const std::vector<size_t> &group : isImage ? image : own)
        order.push_back(group.front());
      result = last.move({*result, layout}, Layout(shape, order));
      if (failed(result))
        continue;
    }
    result = reshape(*result, getExtents(isImage ? image : own),
                     names[producer], loc);
    if (succeeded(result))
      results.push_back(*result);
  }
  return results.size() == outputs.size();
}

void ONNXImporter::findRanges() {
  ObservedRanges found;
  for (const FileRange &range : ranges) {
    const ONNXValue &value = *findValue(range.value);
    Value result = value.base;
    if (value.expression) {
      auto layer = made.find({value.expression.get(), "expression"});
      result = layer == made.end() ? Value() : layer->second;
    }
    if (!result)
      continue;
    auto scalar = [](double number) {
      return Channels<float>::scalar(float(number));
    };
    if (auto layer = result.getDefiningOp<LayerOpInterface>())
      found[layer.getLayerName().str()] = {
          scalar(std::max(std::abs(range.lower), std::abs(range.upper))),
          std::nullopt};
    else if (isa<BlockArgument>(result) && inputs.size() == 1)
      // The quantizer that all networks of one input get.
      found["input_quantizer"] = {scalar(range.upper), scalar(range.lower)};
  }
  if (options.ranges)
    *options.ranges = std::move(found);
  else if (!found.empty())
    emitRemark(FileLineColLoc::get(builder.getContext(), path, 0, 0))
        << "the file is quantized: this is the float network that it stands "
           "for. It says the ranges of "
        << showCount(int64_t(found.size()), "tensor")
        << ": qml import --dump-ranges=R.npz writes them for qml quantize "
           "--ranges=R.npz";
}

/// Layers whose results nothing uses.
void ONNXImporter::removeUnused(func::FuncOp network) {
  SmallVector<Operation *> layers;
  for (Operation &op : network.getBody().front().without_terminator())
    layers.push_back(&op);
  for (Operation *op : llvm::reverse(layers))
    if (op->use_empty())
      op->erase();
}

void ONNXImporter::reportMoves(func::FuncOp network) {
  SmallVector<StringRef> left;
  network.walk([&](PermuteOp op) { left.push_back(op.getLayerName()); });
  if (left.empty())
    return;
  emitRemark(FileLineColLoc::get(builder.getContext(), path, 0, 0))
      << left.size() << (left.size() == 1 ? " layer moves" : " layers move")
      << " elements in memory, which other layers can't take as they are "
         "stored: "
      << llvm::join(ArrayRef(left).take_front(20), ", ");
}

OwningOpRef<ModuleOp> ONNXImporter::run() {
  MLIRContext *context = builder.getContext();
  Location loc = FileLineColLoc::get(context, path, 0, 0);
  SmallVector<Type> inputTypes;
  if (!findNodes() || !addInputs(inputTypes))
    return {};
  nameNodes();

  OwningOpRef<ModuleOp> module = ModuleOp::create(
      loc, model.name.empty() ? StringRef("model") : text(model.name));
  builder.setInsertionPointToEnd(module->getBody());
  auto network = func::FuncOp::create(builder, loc, "main",
                                      builder.getFunctionType(inputTypes, {}));
  builder.setInsertionPointToStart(network.addEntryBlock());
  // All at once: one by one each would make a list of all.
  SmallVector<DictionaryAttr> attributes;
  for (auto [index, name] : llvm::enumerate(inputs)) {
    NamedAttrList own;
    own.set(nameAttrName, builder.getStringAttr(name));
    ONNXValue &value = values[name];
    value.base = network.getArgument(index);
    if (channelsFirst.contains(name))
      own.set(layoutAttrName, builder.getStringAttr(channelsFirstLayout));
    attributes.push_back(own.getDictionary(context));
  }
  network.setAllArgAttrs(attributes);

  SmallVector<Value> results;
  {
    LayerProblems found(context);
    problems = &found;
    for (size_t index : order) {
      enter(index);
      importNode(index);
    }
    bool isComplete = makeOutputs(results);
    problems = nullptr;
    if (failed(found.report(path, whyONNXUnsupported,
                            getSupportedONNXOperators(),
                            suggestOutputs(order))) ||
        !isComplete)
      return {};
  }
  func::ReturnOp::create(builder, loc, results);
  network.setFunctionType(
      builder.getFunctionType(inputTypes, ValueRange(results).getTypes()));
  attributes.clear();
  for (const std::string &name : outputs)
    attributes.push_back(builder.getDictionaryAttr(
        builder.getNamedAttr(nameAttrName, builder.getStringAttr(name))));
  network.setAllResultAttrs(attributes);
  findRanges();
  removeUnused(network);
  if (getNetworks(*module).empty()) {
    emitError(loc) << "the model has no layers";
    return {};
  }
  if (failed(verify(*module)) || failed(verifyNetwork(network)))
    return {};
  reportMoves(network);
  return module;
}

OwningOpRef<ModuleOp> importONNX(StringRef path, MLIRContext *context,
                                 const ImportONNXOptions &options) {
  context->loadDialect<QMLDialect, func::FuncDialect>();
  Result<ONNXModel> model = readONNXModel(path.str());
  if (!model) {
    emitError(FileLineColLoc::get(context, path, 0, 0)) << model.message();
    return {};
  }
  return ONNXImporter(std::move(*model), path, context, options).run();
}

void registerONNXTranslation() {
  TranslateToMLIRRegistration registration(
      "onnx-to-qml", "ONNX model (.onnx) to qml",
      [](llvm::SourceMgr &sources, MLIRContext *context) {
        StringRef path = sources.getMemoryBuffer(sources.getMainFileID())
                             ->getBufferIdentifier();
        return importONNX(path, context);
      },
      [](DialectRegistry &registry) {
        registry.insert<QMLDialect, func::FuncDialect>();
      });
}

} // namespace qml
