//===- Elementwise.cpp - Layers that act on each cell ---------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Layers.h"

#include "../../Import/Extremes.h"

using namespace mlir;

namespace qml {

ImportedLayer repeatChannel(LayerBuilder make, Value map, int64_t channels) {
  bool isImage = getShape(map).size() == 4;
  SmallVector<int64_t> shape = {1, channels};
  if (isImage)
    shape = {1, 1, 1, channels};
  Type element = cast<RankedTensorType>(map.getType()).getElementType();
  auto ones = DenseElementsAttr::get(RankedTensorType::get(shape, element),
                                     ArrayRef<float>(1.0f));
  return isImage ? make.makeConv2D(map, ones, /*bias=*/{}, {})
                 : make.makeDense(map, ones, /*bias=*/{});
}

/// Repeats rows, columns and channels of which `input` has one where `shape`,
/// without the batch, has more.
static ImportedLayer repeatTo(LayerBuilder make, Value input,
                              ArrayRef<int64_t> shape) {
  SmallVector<int64_t> own(getShape(input).drop_front());
  bool repeatsCells =
      own.size() > 1 && ArrayRef<int64_t>(own).drop_back() != shape.drop_back();
  FailureOr<Value> result = input;
  if (own.back() != shape.back())
    result = repeatChannel(repeatsCells ? make.makePart("channel") : make,
                           input, shape.back());
  if (!repeatsCells || failed(result))
    return result;
  bool isImage = shape.size() == 3;
  if (isImage)
    return make.makeUpSampling2D(*result,
                                 {shape[0] / own[0], shape[1] / own[1]});
  // Steps of a sequence are columns.
  result = make.makePart("image").makeReshape(*result, {1, 1, shape.back()});
  if (succeeded(result))
    result = make.makePart("steps").makeUpSampling2D(*result, {1, shape[0]});
  if (failed(result))
    return failure();
  return make.makeReshape(*result, shape);
}

/// The inputs with as many axes each, as Keras's layers take them: a tensor of
/// fewer has axes of one element after the batch. None after a report, as of
/// one input alone, or of a layer that is not ready.
static SmallVector<Value> getInputs(LayerImport &layer) {
  if (layer.isReady() && layer.getNumInputs() < 2)
    layer.error() << "it has " << layer.getNumInputs()
                  << " inputs; layers of this class have 2 or more";
  if (!layer.isReady())
    return {};
  SmallVector<Value> inputs;
  size_t rank = 0;
  for (size_t i = 0; i != layer.getNumInputs(); ++i) {
    inputs.push_back(layer.getInput(i));
    rank = std::max(rank, getShape(inputs.back()).size());
  }
  for (auto [i, input] : llvm::enumerate(inputs)) {
    ArrayRef<int64_t> shape = getShape(input);
    if (shape.size() == rank)
      continue;
    SmallVector<int64_t> target(rank - shape.size(), 1);
    llvm::append_range(target, shape.drop_front());
    FailureOr<Value> same = layer.make()
                                .makePart("axes_" + std::to_string(i))
                                .makeReshape(input, target);
    if (failed(same))
      return {};
    input = *same;
  }
  return inputs;
}

/// The shape that all have after repeating what they have once, without the
/// batch; none after a report.
static std::optional<SmallVector<int64_t>>
findCommonShape(LayerImport &layer, StringRef verb, ArrayRef<Value> inputs) {
  SmallVector<int64_t> whole(getShape(inputs[0]).drop_front());
  for (Value input : inputs)
    for (auto [extent, own] : llvm::zip(whole, getShape(input).drop_front()))
      extent = std::max(extent, own);
  for (Value input : inputs) {
    ArrayRef<int64_t> shape = getShape(input).drop_front();
    if (shape == ArrayRef<int64_t>(whole))
      continue;
    bool isRepeated = shape.size() <= 3;
    for (auto [extent, own] : llvm::zip(whole, shape))
      isRepeated &= own == 1 || own == extent;
    if (isRepeated)
      continue;
    InFlightDiagnostic diagnostic = layer.error();
    diagnostic << "it " << verb << " tensors of shapes ";
    for (auto [i, other] : llvm::enumerate(inputs)) {
      ArrayRef<int64_t> extents = getShape(other).drop_front();
      diagnostic << (i == 0 ? "" : ", ")
                 << toString(Shape(extents.begin(), extents.end()));
    }
    diagnostic
        << " without the batch; equal shapes are supported, and one row, "
           "column or channel beside more";
    return std::nullopt;
  }
  return whole;
}

/// The inputs with the same shape: rows, columns and channels of one are
/// repeated, as the result of a global pool beside an image. None where
/// getInputs() has none, and after a report of other shapes.
static SmallVector<Value> getAlikeInputs(LayerImport &layer, StringRef verb) {
  SmallVector<Value> inputs = getInputs(layer);
  if (inputs.empty())
    return {};
  auto whole = findCommonShape(layer, verb, inputs);
  if (!whole)
    return {};
  for (auto [i, input] : llvm::enumerate(inputs)) {
    if (getShape(input).drop_front() == ArrayRef<int64_t>(*whole))
      continue;
    FailureOr<Value> repeated = repeatTo(
        layer.make().makePart("repeated_" + std::to_string(i)), input, *whole);
    if (failed(repeated))
      return {};
    input = *repeated;
  }
  return inputs;
}

/// The sum of all inputs, of two at a time: the last addition has the layer's
/// name.
static ImportedLayer makeSum(LayerImport &layer, ArrayRef<Value> inputs,
                             const LayerBuilder &last) {
  FailureOr<Value> sum = inputs[0];
  for (size_t i = 1; i != inputs.size(); ++i) {
    LayerBuilder make = i + 1 == inputs.size()
                            ? last
                            : layer.make().makePart("sum_" + std::to_string(i));
    sum = make.makeAdd(*sum, inputs[i]);
    if (failed(sum))
      return failure();
  }
  return sum;
}

static ImportedLayer importAverage(LayerImport &layer) {
  SmallVector<Value> inputs = getAlikeInputs(layer, "averages");
  if (inputs.empty())
    return failure();
  ImportedLayer sum = makeSum(layer, inputs, layer.make().makePart("sum"));
  if (failed(sum))
    return failure();
  return layer.make().makeRescaling(
      *sum, {1.0 / static_cast<double>(layer.getNumInputs())}, {0.0});
}

ImportedLayer importAdd(LayerImport &layer) {
  // The reference's own Add may be a mean, of two inputs.
  if (layer.getBool("average", false)) {
    if (layer.getNumInputs() != 2)
      return importAverage(layer);
    SmallVector<Value> inputs = getAlikeInputs(layer, "averages");
    if (inputs.empty())
      return failure();
    return layer.make().makeAdd(inputs[0], inputs[1], /*average=*/true);
  }
  SmallVector<Value> inputs = getAlikeInputs(layer, "adds");
  if (inputs.empty())
    return failure();
  return makeSum(layer, inputs, layer.make());
}

ImportedLayer importSubtract(LayerImport &layer) {
  SmallVector<Value> inputs = getAlikeInputs(layer, "subtracts");
  if (inputs.empty())
    return failure();
  ImportedLayer negative =
      layer.make().makePart("negative").makeRescaling(inputs[1], {-1.0}, {0.0});
  if (failed(negative))
    return failure();
  return layer.make().makeAdd(inputs[0], *negative);
}

/// The residual sums of InceptionResNetV2: the second input times `scale`.
static ImportedLayer importScaledSum(LayerImport &layer) {
  double scale = layer.getNumber("scale", 1.0);
  SmallVector<Value> inputs = getAlikeInputs(layer, "adds");
  if (inputs.empty())
    return failure();
  ImportedLayer scaled =
      layer.make().makePart("scaled").makeRescaling(inputs[1], {scale}, {0.0});
  if (failed(scaled))
    return failure();
  return layer.make().makeAdd(inputs[0], *scaled);
}

template <bool IsMaximum>
static ImportedLayer importExtreme(LayerImport &layer) {
  SmallVector<Value> inputs = getAlikeInputs(layer, "compares");
  if (inputs.empty())
    return failure();
  ImportedLayer result = inputs[0];
  for (size_t i = 1; i != inputs.size() && succeeded(result); ++i) {
    LayerBuilder make =
        i + 1 == inputs.size()
            ? layer.make()
            : layer.make().makePart("part_" + std::to_string(i));
    result = (IsMaximum ? makeMaximum : makeMinimum)(make, *result, inputs[i]);
  }
  return result;
}

ImportedLayer importMaximum(LayerImport &layer) {
  return importExtreme<true>(layer);
}

ImportedLayer importMinimum(LayerImport &layer) {
  return importExtreme<false>(layer);
}

/// Whether `value` has one number for each channel of a tensor of this shape.
static bool isVectorOf(Value value, ArrayRef<int64_t> shape) {
  ArrayRef<int64_t> own = getShape(value).drop_front();
  return own.back() == shape.back() &&
         llvm::all_of(own.drop_back(),
                      [](int64_t extent) { return extent == 1; });
}

/// The product of two tensors of as many axes; what neither has whole is
/// repeated, but for a vector of channels, which a product takes as it is.
static ImportedLayer makeProduct(LayerImport &layer, LayerBuilder make,
                                 std::array<Value, 2> operands) {
  auto whole = findCommonShape(layer, "multiplies", operands);
  if (!whole)
    return failure();
  auto isWhole = [&](Value value) {
    return getShape(value).drop_front() == ArrayRef<int64_t>(*whole);
  };
  const char *name = "repeated";
  for (size_t i : {0, 1}) {
    Value other = operands[1 - i];
    if (isWhole(operands[i]) ||
        (isWhole(other) && isVectorOf(operands[i], *whole)))
      continue;
    FailureOr<Value> repeated =
        repeatTo(make.makePart(name), operands[i], *whole);
    name = "repeated_1";
    if (failed(repeated))
      return failure();
    operands[i] = *repeated;
  }
  return make.makeMultiply(operands[0], operands[1]);
}

ImportedLayer importMultiply(LayerImport &layer) {
  SmallVector<Value> inputs = getInputs(layer);
  if (inputs.empty())
    return failure();
  ImportedLayer result = inputs[0];
  for (size_t i = 1; i != inputs.size() && succeeded(result); ++i)
    result =
        makeProduct(layer,
                    i + 1 == inputs.size()
                        ? layer.make()
                        : layer.make().makePart("product_" + std::to_string(i)),
                    {*result, inputs[i]});
  return result;
}

static int64_t getRank(Value value) {
  return cast<RankedTensorType>(value.getType()).getRank();
}

/// Tensors that are equal but for `axis`, one after the other: the sum of all
/// of them, each with zeros where the others are. Integers are brought to one
/// binary point by the sum.
static ImportedLayer joinCells(LayerImport &layer, size_t axis) {
  SmallVector<int64_t> shape = layer.getInputShape();
  for (size_t i = 1; i != layer.getNumInputs(); ++i) {
    SmallVector<int64_t> other = layer.getInputShape(i), first = shape;
    bool fits = other.size() == shape.size();
    if (fits)
      first[axis] = other[axis];
    if (!fits || first != other) {
      auto show = [](ArrayRef<int64_t> sample) {
        return toString(Shape(sample.begin() + 1, sample.end()));
      };
      layer.error() << "it joins tensors of shapes "
                    << show(layer.getInputShape(0)) << " and " << show(other)
                    << " without the batch along axis " << axis
                    << "; all other axes must be the same";
      return failure();
    }
    shape[axis] += other[axis];
  }
  // Of (batch, rows, channels) the rows are the columns of an image.
  bool isImage = shape.size() == 4;
  int64_t before = 0;
  ImportedLayer sum;
  for (size_t i = 0, last = layer.getNumInputs() - 1; i <= last; ++i) {
    SmallVector<int64_t> own = layer.getInputShape(i);
    auto makePart = [&](const char *suffix) {
      return layer.make().makePart(suffix + std::to_string(i));
    };
    ImportedLayer part = layer.getInput(i);
    if (getRank(*part) != 4)
      part = makePart("image_").makeReshape(*part, {1, own[1], own[2]});
    WindowPadding::Sides pads = {};
    size_t side = isImage && axis == 1 ? 0 : 2;
    pads[side] = before;
    pads[side + 1] = shape[axis] - before - own[axis];
    before += own[axis];
    if (succeeded(part))
      part = makePart("padded_").makeZeroPadding2D(*part, pads);
    if (failed(part))
      return failure();
    if (i == 0)
      sum = part;
    else if (i != last)
      sum = makePart("sum_").makeAdd(*sum, *part);
    else
      sum = layer.make().makeAdd(*sum, *part);
    if (failed(sum))
      return failure();
  }
  if (getRank(layer.getInput()) == 4)
    return sum;
  return layer.make().makePart("rows").makeReshape(
      *sum, ArrayRef<int64_t>(shape).drop_front());
}

static ImportedLayer importConcatenate(LayerImport &layer) {
  return importConcatenateAlong(layer, layer.getAxis("axis", -1));
}

ImportedLayer importConcatenateAlong(LayerImport &layer, int64_t axis) {
  if (!layer.isReady())
    return failure();
  auto rank = static_cast<int64_t>(layer.getInputShape().size());
  if (axis < 0)
    axis += rank;
  if (axis >= 1 && axis < rank - 1 && rank <= 4 && layer.getNumInputs() > 1)
    return joinCells(layer, static_cast<size_t>(axis));
  layer.expectLastAxis("it joins tensors along", axis);
  if (layer.failed())
    return failure();
  SmallVector<Value> inputs;
  for (size_t i = 0; i != layer.getNumInputs(); ++i)
    inputs.push_back(layer.getInput(i));
  return layer.make().makeConcatenate(inputs);
}

static ImportedLayer importRescaling(LayerImport &layer) {
  std::vector<double> scale = layer.getNumbers("scale", {1.0});
  std::vector<double> offset = layer.getNumbers("offset", {0.0});
  if (!layer.isReady())
    return failure();
  return layer.make().makeRescaling(layer.getInput(), scale, offset);
}

ArrayRef<LayerClass> getElementwiseClasses() {
  constexpr unsigned anyNumber = 0;
  static const LayerClass classes[] = {
      {"Add", importAdd, LayerForm::Cells, anyNumber},
      {"Average", importAverage, LayerForm::Cells, anyNumber},
      {"Concatenate", importConcatenate, LayerForm::Cells, anyNumber},
      {"CustomScaleLayer", importScaledSum, LayerForm::Cells, 2},
      {"Maximum", importMaximum, LayerForm::Cells, anyNumber},
      {"Minimum", importMinimum, LayerForm::Cells, anyNumber},
      {"Multiply", importMultiply, LayerForm::Cells, anyNumber},
      {"Rescaling", importRescaling, LayerForm::Cells, 1, 0,
       /*takesIntegers=*/true},
      {"Subtract", importSubtract, LayerForm::Cells, 2},
  };
  return classes;
}

} // namespace qml
