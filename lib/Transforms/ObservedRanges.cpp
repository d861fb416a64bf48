//===- ObservedRanges.cpp - Observed ranges of a network ------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "qml/Transforms/ObservedRanges.h"

#include "qml/Support/Npz.h"
#include "qml/Support/Quote.h"

#include "llvm/ADT/StringExtras.h"

#include <cmath>

using namespace mlir;

namespace qml {

static Result<Channels<float>> readChannels(const NpzFile &file,
                                            const std::string &key) {
  Result<NpyArray> array = file.get(key);
  if (!array)
    return array.takeError();
  if (array->type != ElementType::F32 || array->shape.size() > 1)
    return Error{file.name() + ": array '" + key + "' is of " +
                 nameOf(array->type) + " and rank " +
                 std::to_string(array->shape.size()) +
                 "; ranges are scalars or vectors of float32"};
  Channels<float> result;
  result.isScalar = array->shape.empty();
  const float *data = static_cast<const float *>(array->data);
  result.values.assign(data, data + numElements(array->shape));
  return result;
}

Result<ObservedRanges> readRanges(const std::string &path) {
  Result<NpzFile> file = NpzFile::open(path);
  if (!file)
    return file.takeError();
  return readRanges(*file);
}

Result<ObservedRanges> readRanges(const NpzFile &file) {
  ObservedRanges ranges;
  for (const std::string &key : file.keys()) {
    auto [kind, layer] = StringRef(key).split('/');
    if (kind != "observed")
      continue;
    Result<Channels<float>> max = readChannels(file, key);
    if (!max)
      return max.takeError();
    ObservedRange &range = ranges[layer.str()];
    range.max = std::move(*max);
    std::string minKey = "observed_min/" + layer.str();
    if (!file.contains(minKey))
      continue;
    Result<Channels<float>> min = readChannels(file, minKey);
    if (!min)
      return min.takeError();
    range.min = std::move(*min);
  }
  return ranges;
}

static Status addChannels(NpzWriter &writer, const std::string &key,
                          const Channels<float> &channels) {
  Shape shape;
  if (!channels.isScalar)
    shape.push_back(channels.size());
  return writer.add(key, ElementType::F32, shape, channels.values.data());
}

Status writeRanges(const std::string &path, const ObservedRanges &ranges,
                   const std::string &arithmetic) {
  Result<NpzWriter> writer = NpzWriter::create(path);
  if (!writer)
    return writer.takeError();
  for (const auto &[layer, range] : ranges) {
    if (Status status = addChannels(*writer, "observed/" + layer, range.max);
        !status)
      return status;
    if (!range.min)
      continue;
    if (Status status =
            addChannels(*writer, "observed_min/" + layer, *range.min);
        !status)
      return status;
  }
  if (!arithmetic.empty())
    if (Status status =
            writer->add("arithmetic", ElementType::U8,
                        {int64_t(arithmetic.size())}, arithmetic.data());
        !status)
      return status;
  return writer->finish();
}

namespace {
/// Notes the ranges of one network.
class RangeApplier {
public:
  RangeApplier(const ObservedRanges &ranges, StringRef source)
      : ranges(ranges), source(source) {}

  void apply(InputQuantizerOp quantizer);
  void apply(OutputQuantizerOp quantizer);

  unsigned count = 0;
  bool failed = false;
  /// Layers whose ranges follow from others.
  SmallVector<StringRef> derived;

private:
  std::optional<Channels<float>> derive(Value value);
  const ObservedRange *find(Operation *op, StringRef layer);
  bool check(Operation *op, StringRef layer, const Channels<float> &values,
             Granularity axis, int64_t channels, bool isMagnitude);

  const ObservedRanges &ranges;
  StringRef source;
};
} // namespace

/// Whether a convolution changes nothing, as those that are inserted.
static bool isIdentity(Conv2DOp conv) {
  ArrayRef<int64_t> shape = getShape(conv.getKernel());
  if (shape[0] != 1 || shape[1] != 1 || shape[2] != shape[3] ||
      conv.getBiasAttr() || conv.getActivation() ||
      !isFloatTensor(conv.getResult()))
    return false;
  ElementsView<float> kernel(conv.getKernel());
  for (auto [i, value] : llvm::enumerate(kernel.get()))
    if (value != (i % size_t(shape[3] + 1) == 0 ? 1.0f : 0.0f))
      return false;
  return true;
}

/// How far values reach, where the ranges of layers before say it: a sum comes
/// to the sum of what it adds, and what moves, cuts or copies values keeps
/// them. None otherwise.
std::optional<Channels<float>> RangeApplier::derive(Value value) {
  Operation *op = value.getDefiningOp();
  if (!op)
    return std::nullopt;
  if (auto quantizer = dyn_cast<OutputQuantizerOp>(op)) {
    if (!quantizer.getRangeMaxAttr())
      return std::nullopt;
    return readFloatChannels(quantizer.getRangeMaxAttr());
  }
  if (auto add = dyn_cast<AddOp>(op)) {
    auto lhs = derive(add.getLhs()), rhs = derive(add.getRhs());
    if (!lhs || !rhs)
      return std::nullopt;
    float factor = add.getAverage() ? 0.5f : 1.0f;
    return mapChannels([=](float a, float b) { return (a + b) * factor; }, *lhs,
                       *rhs);
  }
  auto conv = dyn_cast<Conv2DOp>(op);
  bool keeps = isa<ReLUOp, MaxPool2DOp>(op) ||
               op->hasTrait<qml::OpTrait::CopiesElements>() ||
               (conv && isIdentity(conv));
  return keeps ? derive(op->getOperand(0)) : std::nullopt;
}

const ObservedRange *RangeApplier::find(Operation *op, StringRef layer) {
  auto found = ranges.find(layer.str());
  if (found != ranges.end())
    return &found->second;
  failed = true;
  op->emitError() << source << ": the range of layer '" << layer
                  << "' is missing (array 'observed/" << layer << "')";
  return nullptr;
}

bool RangeApplier::check(Operation *op, StringRef layer,
                         const Channels<float> &values, Granularity axis,
                         int64_t channels, bool isMagnitude) {
  bool perAxis = axis == Granularity::PerAxis;
  if (values.size() != 1 && (!perAxis || int64_t(values.size()) != channels)) {
    failed = true;
    op->emitError() << source << ": the range of layer '" << layer << "' has "
                    << values.size() << " values; its quantizer is "
                    << (perAxis
                            ? "per axis and needs one, or one for each of " +
                                  std::to_string(channels) + " channels"
                            : std::string("per tensor and needs one"));
    return false;
  }
  for (float value : values.values)
    if (!std::isfinite(value) || (isMagnitude && value < 0.0f)) {
      failed = true;
      op->emitError() << source << ": the range of layer '" << layer
                      << "' has the value " << showNumber(value)
                      << "; ranges are finite and not negative";
      return false;
    }
  return true;
}

/// As the quantizer has it: a scalar per tensor, however the file stores its
/// one value; that of all channels per axis.
static Channels<float> spread(Channels<float> values, Granularity axis,
                              int64_t channels) {
  values.isScalar = axis == Granularity::PerTensor;
  if (!values.isScalar && values.values.size() == 1)
    values.values.resize(size_t(channels), values.values.front());
  return values;
}

void RangeApplier::apply(OutputQuantizerOp quantizer) {
  StringRef layer = quantizer.getOwner().getLayerName();
  Granularity axis = quantizer.getGranularity();
  int64_t channels = getNumChannels(quantizer.getInput());
  std::optional<ObservedRange> own;
  if (!ranges.count(layer.str()))
    if (auto max = derive(quantizer.getInput())) {
      if (axis == Granularity::PerTensor)
        max->values = {*llvm::max_element(max->values)};
      own = ObservedRange{std::move(*max), std::nullopt};
      derived.push_back(layer);
    }
  const ObservedRange *range = own ? &*own : find(quantizer, layer);
  if (!range || !check(quantizer, layer, range->max, axis, channels, true))
    return;
  quantizer.setRangeMaxAttr(makeFloatAttr(quantizer.getContext(),
                                          layer + "_range_max",
                                          spread(range->max, axis, channels)));
  ++count;
}

void RangeApplier::apply(InputQuantizerOp quantizer) {
  StringRef layer = quantizer.getLayerName();
  const ObservedRange *range = find(quantizer, layer);
  if (!range)
    return;
  if (!range->min) {
    failed = true;
    quantizer.emitError() << source << ": the minimum of layer '" << layer
                          << "' is missing (array 'observed_min/" << layer
                          << "')";
    return;
  }
  Granularity axis = quantizer.getGranularity();
  int64_t channels = getNumChannels(quantizer.getInput());
  if (!check(quantizer, layer, range->max, axis, channels, false) ||
      !check(quantizer, layer, *range->min, axis, channels, false))
    return;
  Channels<float> max = spread(range->max, axis, channels),
                  min = spread(*range->min, axis, channels);
  for (size_t i = 0; i != max.values.size(); ++i)
    if (min.values[i] > max.values[i]) {
      failed = true;
      quantizer.emitError()
          << source << ": the range of layer '" << layer << "' goes from "
          << showNumber(min.values[i]) << " to " << showNumber(max.values[i])
          << "; the minimum must not be above the maximum";
      return;
    }
  quantizer.setRangeMaxAttr(
      makeFloatAttr(quantizer.getContext(), layer + "_range_max", max));
  quantizer.setRangeMinAttr(
      makeFloatAttr(quantizer.getContext(), layer + "_range_min", min));
  ++count;
}

FailureOr<unsigned> applyRanges(func::FuncOp network,
                                const ObservedRanges &ranges,
                                StringRef source) {
  RangeApplier applier(ranges, source);
  for (Operation &op : network.front()) {
    if (auto quantizer = dyn_cast<InputQuantizerOp>(op))
      applier.apply(quantizer);
    else if (auto quantizer = dyn_cast<OutputQuantizerOp>(op))
      applier.apply(quantizer);
  }
  if (applier.failed)
    return failure();
  if (!applier.derived.empty()) {
    SmallVector<std::string> names;
    for (StringRef layer : applier.derived)
      names.push_back(quote(layer.str()));
    network.emitRemark() << source << ": has no ranges of "
                         << llvm::join(names, ", ")
                         << "; they follow from those of the layers before: a "
                            "sum comes to the ranges of what it adds";
  }
  return applier.count;
}

bool hasAllRanges(func::FuncOp network, const ObservedRanges &ranges) {
  for (Operation &op : network.front()) {
    std::string layer;
    if (auto quantizer = dyn_cast<InputQuantizerOp>(op))
      layer = quantizer.getLayerName().str();
    else if (auto quantizer = dyn_cast<OutputQuantizerOp>(op))
      layer = quantizer.getOwner().getLayerName().str();
    else
      continue;
    if (!ranges.count(layer))
      return false;
  }
  return true;
}

void replaceRanges(ObservedRanges &observed, const ObservedRanges &known) {
  for (auto &[layer, range] : observed) {
    auto found = known.find(layer);
    if (found == known.end())
      continue;
    Granularity axis =
        range.max.isScalar ? Granularity::PerTensor : Granularity::PerAxis;
    auto channels = int64_t(range.max.size());
    ObservedRange replaced{spread(found->second.max, axis, channels),
                           std::nullopt};
    if (found->second.min)
      replaced.min = spread(*found->second.min, axis, channels);
    range = std::move(replaced);
  }
}

void mergeRanges(OutputQuantizerOp quantizer) {
  quantizer.setGranularity(Granularity::PerTensor);
  ElementsAttr ranges = quantizer.getRangeMaxAttr();
  if (!ranges)
    return;
  std::vector<float> values = readFloats(ranges);
  float largest = *std::max_element(values.begin(), values.end());
  quantizer.setRangeMaxAttr(makeFloatAttr(
      quantizer.getContext(), getOwnerName(quantizer) + "_range_max",
      Channels<float>::scalar(largest)));
}

ObservedRanges getRanges(func::FuncOp network) {
  ObservedRanges ranges;
  for (Operation &op : network.front()) {
    if (auto quantizer = dyn_cast<InputQuantizerOp>(op)) {
      if (quantizer.getRangeMaxAttr())
        ranges[quantizer.getLayerName().str()] = {
            readFloatChannels(quantizer.getRangeMaxAttr()),
            readFloatChannels(quantizer.getRangeMinAttr())};
    } else if (auto quantizer = dyn_cast<OutputQuantizerOp>(op)) {
      if (quantizer.getRangeMaxAttr())
        ranges[quantizer.getOwner().getLayerName().str()] = {
            readFloatChannels(quantizer.getRangeMaxAttr()), std::nullopt};
    }
  }
  return ranges;
}

} // namespace qml
