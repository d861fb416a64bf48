//===- CheckMapping.cpp - A hardware model against the mapper -------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Measures each layer of a model, and holds that against the table of what the
// engine's mapper brings onto a chip (MapperLimits.cpp).
//
//===----------------------------------------------------------------------===//

#include "CheckMapping.h"

#include "qml/Conversion/Passes.h"
#include "qml/Dialect/Akida/IR/MapperLimits.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallPtrSet.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>

using namespace mlir;

namespace qml {
#define GEN_PASS_DEF_AKIDACHECKMAPPING
#include "qml/Conversion/Passes.h.inc"

namespace conversion {

using akida::Image;
using akida::LayerInfo;
using akida::LayerKind;
using akida::MapperLimit;
using akida::Measure;
using akida::Measures;
using akida::PoolType;
using akida::Position;

namespace {

/// Takes the measures of one model's layers.
class LayerMeasurer {
public:
  LayerMeasurer(akida::ModelOp model, bool withValues);

  Measures measure(akida::LayerOpInterface layer);

private:
  void addWindow();
  void addV1Window();
  void addBits();
  void addExtents();
  void addNeighbours();
  void addValues();
  void addSumShifts(akida::AddOp sum);
  void addRange(Measure measure, ArrayRef<int64_t> values);
  bool needsWeights();

  std::optional<int64_t> find(StringRef name) {
    return akida::findParameter(layer, name);
  }
  void add(Measure measure, int64_t value) { measures.add(measure, value); }
  void addParameter(Measure measure, StringRef name) {
    if (std::optional<int64_t> value = find(name))
      add(measure, *value);
  }
  bool isLast() { return users.lookup(layer).empty(); }

  bool withValues;
  /// The layers that read a layer's result; what makes floats of it is none of
  /// the chip's.
  DenseMap<mlir::Operation *, SmallVector<akida::LayerOpInterface>> users;
  int64_t numMerges = 0;
  /// What is being measured.
  akida::LayerOpInterface layer;
  Measures measures;
};

} // namespace

/// What is a convolution to the mapper: all of an image but the first.
static bool isConvolution(mlir::Operation *layer) {
  return isa_and_nonnull<akida::Conv2DOp, akida::DepthwiseConv2DOp,
                         akida::Conv2DTransposeOp,
                         akida::DepthwiseConv2DTransposeOp>(layer);
}

static bool isMerge(mlir::Operation *layer) {
  return isa_and_nonnull<akida::AddOp, akida::ConcatenateOp>(layer);
}

LayerMeasurer::LayerMeasurer(akida::ModelOp model, bool withValues)
    : withValues(withValues) {
  for (akida::LayerOpInterface user : model.getLayers()) {
    numMerges += isMerge(user);
    if (isa<akida::DequantizerOp>(*user))
      continue;
    for (Value operand : user->getOperands())
      if (mlir::Operation *producer = akida::getLayerOf(operand))
        users[producer].push_back(user);
  }
}

/// Of 2.0's layers, square.
void LayerMeasurer::addWindow() {
  addParameter(Measure::Kernel, "kernel_size");
  addParameter(Measure::Stride, "kernel_stride");
  std::optional<int64_t> size = find("pool_size"), steps = find("pool_stride");
  if (!size || !steps)
    return;
  add(Measure::PoolSize, *size);
  add(Measure::PoolStride, *steps == -1 ? *size : *steps);
}

/// Of 1.0's layers, with two extents each.
void LayerMeasurer::addV1Window() {
  std::optional<int64_t> width = find("kernel_width");
  if (!width)
    return;
  auto get = [&](StringRef name) { return *find(name); };
  auto addBoth = [&](Measure each, Measure difference, int64_t a, int64_t b) {
    add(each, a);
    add(each, b);
    add(difference, std::abs(a - b));
  };
  addBoth(Measure::Kernel, Measure::KernelDifference, *width,
          get("kernel_height"));
  addBoth(Measure::Stride, Measure::StrideDifference, get("stride_x"),
          get("stride_y"));
  std::array<int64_t, 2> size = {get("pooling_width"), get("pooling_height")};
  std::array<int64_t, 2> steps = {get("pooling_stride_x"),
                                  get("pooling_stride_y")};
  for (int axis : {0, 1}) {
    if (steps[axis] == -1)
      steps[axis] = size[axis];
    add(Measure::PoolOverlap, size[axis] - steps[axis]);
  }
  addBoth(Measure::PoolSize, Measure::PoolDifference, size[0], size[1]);
  add(Measure::PoolDifference, std::abs(steps[0] - steps[1]));
}

/// What both versions have of images.
void LayerMeasurer::addExtents() {
  Image image = akida::getImage(layer->getOperand(0));
  add(Measure::Height, image.height);
  add(Measure::Width, image.width);
  add(Measure::Channels, image.channels);
  add(Measure::Inputs, image.elements());
  add(Measure::RowValues, image.width * image.channels);
  add(Measure::ResultWidth, akida::getImage(layer->getResult(0)).width);
  if (std::optional<int64_t> entries = find("fifo_size")) {
    int64_t parts = *entries + 1, most = std::min<int64_t>(512, 4096 / parts);
    add(Measure::QueuedValues, image.channels * parts);
    // What one processor holds; more is split in fours.
    add(Measure::SplitRest, image.channels > most ? image.channels % 4 : 0);
  }
  addParameter(Measure::Filters, "filters");
  addParameter(Measure::Filters, "units");
  addParameter(Measure::Padding, "padding");
  std::optional<int64_t> pool = find("pool_type");
  if (!pool)
    return;
  add(Measure::Pool, *pool);
  add(Measure::PooledExtent, std::min(image.height, image.width));
  if (static_cast<PoolType>(*pool) != PoolType::Average)
    return;
  int bits = akida::getFormat(layer->getOperand(0)).bits;
  add(Measure::AveragedCells, image.height * image.width);
  add(Measure::AveragedHeight, image.height);
  // Of what the convolution makes; the pool leaves one cell.
  int64_t stride = find("stride_y").value_or(1);
  add(Measure::AveragedWidth, (image.width + stride - 1) / stride);
  // A column of an image is stored in words of 32 bits.
  add(Measure::AveragedBytes,
      image.width * image.channels * 4 * ((image.height * bits + 31) / 32));
}

void LayerMeasurer::addBits() {
  addParameter(Measure::Activation, "activation");
  addParameter(Measure::WeightBits, "weights_bits");
  bool hasMemory = layer->getNumResults() == 2;
  if (!isa<akida::InputDataOp, akida::QuantizerOp>(*layer))
    for (Value operand : layer->getOperands().drop_back(hasMemory ? 1 : 0))
      add(Measure::InputBits, akida::getFormat(operand).bits);
  if (std::optional<akida::IntegerFormat> format = layer.getResultFormat())
    add(Measure::OutputBits, format->bits);
  add(Measure::Position,
      static_cast<int64_t>(isLast() ? Position::Last : Position::Inner));
}

void LayerMeasurer::addNeighbours() {
  SmallVector<akida::LayerOpInterface> readers = users.lookup(layer);
  add(Measure::Users, readers.size());
  add(Measure::ConvolutionUsers, llvm::count_if(readers, isConvolution));
  for (akida::LayerOpInterface user : readers)
    add(Measure::NextLayer, static_cast<int64_t>(user.getKind()));
  if (readers.empty())
    add(Measure::NextLayer, akida::noLayer);

  llvm::SmallPtrSet<mlir::Operation *, 2> inputs;
  for (Value operand : layer->getOperands()) {
    auto input =
        dyn_cast_or_null<akida::LayerOpInterface>(akida::getLayerOf(operand));
    if (!input)
      continue;
    inputs.insert(input);
    add(Measure::InputLayer, static_cast<int64_t>(input.getKind()));
  }
  add(Measure::DistinctInputs, inputs.size());

  // Between two merges the mapper needs a layer more than this one, if the
  // first is also the second's other input.
  mlir::Operation *input = akida::getLayerOf(layer->getOperand(0));
  int64_t branches = 0;
  if (isMerge(input))
    for (akida::LayerOpInterface user : readers)
      branches +=
          isMerge(user) && llvm::is_contained(users.lookup(input), user);
  add(Measure::LoneBranches, branches);
  add(Measure::MergesInModel, numMerges);
}

void LayerMeasurer::addRange(Measure measure, ArrayRef<int64_t> values) {
  if (values.empty())
    return;
  auto [least, most] = std::minmax_element(values.begin(), values.end());
  add(measure, *least);
  add(measure, *most);
}

/// The values of the variables that there are.
void LayerMeasurer::addValues() {
  for (const akida::VariableInfo &variable : layer.getInfo().variables) {
    StringRef name = variable.name;
    if (!akida::hasVariable(layer, variable))
      continue;
    auto read = [&] { return akida::readVariable(layer, variable); };
    if (name == "input_shift" || name == "a_shift" || name == "b_shift") {
      addRange(Measure::InputShift, read());
    } else if (name == "output_scales") {
      addRange(Measure::OutputScale, read());
    } else if (name == "output_shift") {
      addRange(Measure::OutputShift, read());
    } else if (name == "lut_values") {
      addRange(Measure::TableEntry, read());
    } else if (name == "threshold") {
      addRange(Measure::Threshold, read());
    } else if (name == "act_step") {
      for (float step : akida::readFloatVariable(layer, variable))
        add(Measure::ActivationStep,
            static_cast<int64_t>(std::ceil(std::min(step, 1e9f))));
    } else if (name.starts_with("weights") && needsWeights()) {
      int64_t largest = 0;
      for (int64_t weight : read())
        largest = std::max(largest, std::abs(weight));
      add(Measure::LargestWeight, largest);
    }
  }
  if (auto sum = dyn_cast<akida::AddOp>(*layer))
    addSumShifts(sum);
}

/// Shifts of sums work together, channel by channel.
void LayerMeasurer::addSumShifts(akida::AddOp sum) {
  auto read = [&](StringRef name) {
    for (const akida::VariableInfo &variable : sum.getInfo().variables)
      if (variable.name == name)
        return akida::readVariable(sum, variable);
    llvm_unreachable("sums have these variables");
  };
  std::vector<int64_t> a = read("a_shift"), b = read("b_shift");
  std::vector<int64_t> total = read("output_shift");
  for (size_t i = 0; i != total.size(); ++i)
    total[i] += std::max(a[i], b[i]);
  addRange(Measure::SumShift, total);
}

/// Kernels can be large: they are read where a limit is on their values.
bool LayerMeasurer::needsWeights() {
  return llvm::any_of(akida::getMapperLimits(), [&](const MapperLimit &limit) {
    return limit.measure == Measure::LargestWeight &&
           limit.isFor(layer->getParentOfType<akida::ModelOp>().getVersion(),
                       layer.getKind());
  });
}

Measures LayerMeasurer::measure(akida::LayerOpInterface measured) {
  layer = measured;
  measures = Measures();
  addWindow();
  addV1Window();
  addExtents();
  addBits();
  addNeighbours();
  if (withValues)
    addValues();
  return std::move(measures);
}

unsigned checkMapping(akida::ModelOp model, const MappingCheck &check) {
  unsigned numProblems = 0;
  LayerMeasurer measurer(model, check.withValues);
  for (akida::LayerOpInterface layer : model.getLayers()) {
    Measures measures = measurer.measure(layer);
    for (const MapperLimit &limit : akida::getMapperLimits()) {
      if (!limit.isFor(model.getVersion(), layer.getKind()))
        continue;
      std::optional<int64_t> found = measures.findOutside(limit);
      if (!found)
        continue;
      ++numProblems;
      InFlightDiagnostic diagnostic =
          check.hardwareOnly ? layer->emitError() : layer->emitWarning();
      diagnostic.getUnderlyingDiagnostic()->getMetadata().push_back(
          DiagnosticArgument(akida::mapperSource));
      diagnostic << "layer '" << layer.getLayerName()
                 << "': " << describeMapperLimit(limit, measures, *found)
                 << "; the layer "
                 << (check.hardwareOnly ? "would run" : "runs")
                 << " in software";
      if (!limit.advice.empty())
        diagnostic << "; " << limit.advice;
    }
  }
  return numProblems;
}

} // namespace conversion
} // namespace qml

using namespace qml;
using namespace qml::conversion;

namespace {
struct AkidaCheckMappingPass
    : qml::impl::AkidaCheckMappingBase<AkidaCheckMappingPass> {
  using AkidaCheckMappingBase::AkidaCheckMappingBase;

  void runOnOperation() override {
    markAllAnalysesPreserved();
    akida::ModelOp model = akida::getModel(getOperation());
    if (!model)
      return;
    MappingCheck check;
    check.hardwareOnly = hardwareOnly;
    unsigned problems = checkMapping(model, check);
    numProblems += problems;
    if (hardwareOnly && problems)
      signalPassFailure();
  }
};
} // namespace
