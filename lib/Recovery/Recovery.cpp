//===- Recovery.cpp - Accuracy at few bits, without labels ----------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "qml/Recovery/Recovery.h"

#include "LayerRunner.h"

#include "qml/Analysis/Changes.h"
#include "qml/Calibration/Job.h"
#include "qml/Calibration/RangeMath.h"
#include "qml/Dialect/QML/IR/IntegerLowering.h"
#include "qml/Pipelines/Pipelines.h"
#include "qml/Pipelines/ReleaseWeights.h"
#include "qml/Pipelines/Target.h"
#include "qml/Program/Hash.h"
#include "qml/Recovery/Weights.h"
#include "qml/Transforms/Equalization.h"
#include "qml/Transforms/ObservedRanges.h"
#include "qml/Transforms/Passes.h"

#include <cmath>

using namespace mlir;

namespace qml {

namespace {

/// What the recovery of a layer found, for the calibrated network: as its
/// equalized form has them.
struct NewWeights {
  std::vector<float> kernel; ///< empty if it stays
  Channels<float> scales;
  std::vector<float> bias; ///< empty if it stays
};

class Recovery {
public:
  Recovery(func::FuncOp calibrated, const RecoveryOptions &options)
      : calibrated(calibrated), options(options), team(options.workers),
        threads(options.threads || team.isAlone() ? options.threads
                                                  : getThreads()) {}

  FailureOr<RecoveryReport> run(const std::vector<SampleArray> &samples);

private:
  LogicalResult fail(const Status &status) {
    return calibrated.emitError() << status.message();
  }
  FailureOr<OwningOpRef<ModuleOp>> equalize();
  LogicalResult start(const std::vector<SampleArray> &samples);
  bool foldsOffset(WeightedLayerOpInterface layer);
  LogicalResult visit(mlir::Operation &op, IntegerLowering &lowering);
  LogicalResult recover(WeightedLayerOpInterface layer,
                        IntegerLowering &lowering);
  bool findPadding(WeightedLayerOpInterface layer, ProductGeometry &geometry);
  LogicalResult runFloats(const std::vector<SampleArray> &samples);
  Status collect(WeightedLayerOpInterface layer, MomentCollector &means,
                 llvm::MutableArrayRef<MomentCollector> halves, bool &fits);
  Status share(const ProductGeometry &geometry, MomentCollector &means,
               llvm::MutableArrayRef<MomentCollector> halves, bool &fits);
  std::string describe() const;
  std::string nameStep() const;
  void chooseKernel(WeightedLayerOpInterface layer,
                    llvm::ArrayRef<MomentCollector> halves,
                    const ProductGeometry &geometry, IntegerLowering &lowering,
                    RecoveredLayer &report, NewWeights &found);
  Status shareKernel(const ProductGeometry &geometry, bool hasOneScale,
                     RecoveredLayer &entry, NewWeights &found);
  FailureOr<std::vector<double>> measureBias(WeightedLayerOpInterface layer);
  void release(ModuleOp copy);
  void applyKernels();
  LogicalResult applyBiases();

  func::FuncOp calibrated;
  const RecoveryOptions &options;
  Team team;
  /// Of what processes do at the same time.
  int threads;
  /// Of what was found so far: the same for all processes.
  Hash digest;
  /// As it was: others may still use the weights that it had.
  OwningOpRef<ModuleOp> before;
  OwningOpRef<ModuleOp> module;
  func::FuncOp integer; ///< of `module`; equalized, it becomes integer
  std::unique_ptr<LayerRunner> runner;
  /// The rate of each channel of the input that equalization divided by.
  llvm::StringMap<std::vector<float>> rates;
  /// Biases of the calibrated network.
  llvm::StringMap<std::vector<float>> biases;
  llvm::StringMap<NewWeights> weights;
  /// Of layers of `integer`, before they had integers or the last ones.
  ReplacedWeights replaced;
  RecoveryReport report;
};

} // namespace

/// Akida 1.0 has no lowest integer of fewer than 8 bits.
static bool needsSymmetricWeights(func::FuncOp network) {
  auto name = network->getParentOfType<ModuleOp>()->getAttrOfType<StringAttr>(
      targetAttrName);
  std::optional<Target> target = name ? parseTarget(name) : std::nullopt;
  return target && target->version == 1;
}

static void setKernel(WeightedLayerOpInterface layer,
                      std::vector<float> kernel) {
  KernelInfo info = layer.getKernels().front();
  auto type = RankedTensorType::get(getShape(info.kernel),
                                    Float32Type::get(layer.getContext()));
  layer->setAttr(info.name,
                 makeResource(type,
                              (layer.getLayerName() + "_" + info.name).str(),
                              std::move(kernel)));
}

static void setScales(WeightedLayerOpInterface layer,
                      const Channels<float> &scales) {
  KernelInfo info = layer.getKernels().front();
  layer->setAttr(
      info.getScalesName(),
      makeFloatAttr(layer.getContext(),
                    layer.getLayerName() + "_" + info.name + "_scales",
                    scales));
}

//===----------------------------------------------------------------------===//
// Layouts
//===----------------------------------------------------------------------===//

/// Where weight (block, input, output) of a problem lies in the kernel.
static int64_t kernelIndex(const ProductGeometry &geometry, int64_t block,
                           int64_t input, int64_t output) {
  if (geometry.depthwise)
    return input * geometry.channels + block;
  return input * geometry.outputs + output;
}

template <typename From, typename To>
static std::vector<To> toProblem(const ProductGeometry &geometry,
                                 const From &kernel) {
  std::vector<To> result;
  for (int64_t b = 0; b != geometry.numBlocks(); ++b)
    for (int64_t k = 0; k != geometry.numInputs(); ++k)
      for (int64_t f = 0; f != geometry.blockOutputs(); ++f)
        result.push_back(
            static_cast<To>(kernel[kernelIndex(geometry, b, k, f)]));
  return result;
}

/// What one code of each input of each block stands for.
static std::vector<double> findUnits(const ProductGeometry &geometry,
                                     const Meaning &input) {
  Channels<float> scales = input.scalesOr1();
  std::vector<double> units;
  for (int64_t b = 0; b != geometry.numBlocks(); ++b)
    for (int64_t k = 0; k != geometry.numInputs(); ++k) {
      int64_t channel = geometry.depthwise ? b : k % geometry.channels;
      units.push_back(
          std::ldexp(double(scales[channel]), -input.fracBits[channel]));
    }
  return units;
}

static std::optional<ProductGeometry>
findGeometry(const LayerRunner &runner, WeightedLayerOpInterface layer) {
  if (layer.getKernels().size() != 1)
    return std::nullopt;
  const Operation *op = runner.findProduct(layer);
  Value input = layer->getOperand(0);
  ArrayRef<int64_t> in = getShape(input), out = getShape(layer->getResult(0));
  ProductGeometry geometry;
  if (!op)
    return std::nullopt;
  if (op->as<Dense>()) {
    for (int64_t extent : in.drop_front().drop_back())
      geometry.height *= extent;
    geometry.outHeight = geometry.height;
    geometry.channels = in.back();
    geometry.outputs = out.back();
    return geometry;
  }
  const auto *conv = op->as<Conv2D>();
  if (!conv)
    return std::nullopt;
  geometry.window = conv->window;
  geometry.depthwise = conv->depthwise;
  geometry.height = in[1];
  geometry.width = in[2];
  geometry.channels = in[3];
  geometry.outHeight = out[1];
  geometry.outWidth = out[2];
  geometry.outputs = out[3];
  auto grouped = dyn_cast<Conv2DOp>(*layer);
  if (grouped && grouped.getGroups() != 1)
    return std::nullopt;
  return geometry;
}

/// The codes around images, once there are codes; false if no codes of 16 bits
/// say it.
bool Recovery::findPadding(WeightedLayerOpInterface layer,
                           ProductGeometry &geometry) {
  auto op = dyn_cast<Conv2DOp>(*layer);
  std::optional<ArrayRef<double>> padding =
      op ? op.getPaddingValue() : std::nullopt;
  if (!padding)
    return true;
  Meaning meaning = *getMeaning(layer->getOperand(0));
  Channels<float> scales = meaning.scalesOr1();
  for (int64_t c = 0; c != geometry.channels; ++c) {
    double value = (*padding)[padding->size() == 1 ? 0 : c];
    double code =
        std::nearbyint(std::ldexp(value / scales[c], meaning.fracBits[c]));
    if (!(std::fabs(code) <= INT16_MAX))
      return false;
    geometry.padding.push_back(int32_t(code));
  }
  return true;
}

static bool wantsWeights(const RecoveryOptions &options,
                         const ProductGeometry &geometry) {
  return (options.refit || options.round) &&
         3 * MomentCollector::bytesOf(geometry) <= options.memory;
}

//===----------------------------------------------------------------------===//
// Layers
//===----------------------------------------------------------------------===//

/// The sums of this process's samples.
Status Recovery::collect(WeightedLayerOpInterface layer, MomentCollector &means,
                         MutableArrayRef<MomentCollector> halves, bool &fits) {
  const LayerRunner::FloatResult &floats = runner->getFloats(layer);
  int64_t count = runner->numOwnSamples(), turn = runner->turnSize();
  int64_t firstTurn = runner->firstOwnSample() / turn;
  fits = true;
  // Turn by turn, for one half and the other.
  for (int64_t first = 0; first < count; first += turn) {
    int64_t size = std::min(turn, count - first), index = first / turn;
    Value input = layer->getOperand(0);
    const void *data = runner->getData(input, first);
    ElementType type = runner->getType(input);
    // Codes of wider types may still fit into 16 bits.
    std::vector<int16_t> codes;
    if (!means.add(data, type, nullptr, size)) {
      if (!runner->getCodes(input, first, size, codes)) {
        fits = false;
        return {};
      }
      data = codes.data();
      type = ElementType::I16;
      means.add(data, type, nullptr, size);
    }
    if (!halves.empty())
      halves[(firstTurn + index) % 2].add(data, type, floats.turn(index), size);
  }
  return {};
}

/// Makes them those of all processes. It is checked that each cell was seen
/// once.
Status Recovery::share(const ProductGeometry &geometry, MomentCollector &means,
                       MutableArrayRef<MomentCollector> halves, bool &fits) {
  std::vector<uint64_t> misfits = {!fits};
  if (Status status = team.sum(misfits); !status)
    return status;
  fits = misfits.front() == 0;
  if (!fits)
    return {};
  int64_t count = runner->numSamples(), turn = runner->turnSize();
  auto check = [](int64_t seen, int64_t expected) -> Status {
    if (seen == expected)
      return {};
    return Error{"of " + std::to_string(expected) + " cells " +
                 std::to_string(seen) +
                 " were summed up: the result would be wrong"};
  };
  auto shareOne = [&](Moments &moments) {
    Status status = team.sum(moments.words());
    return status ? moments.checkCount() : std::move(status);
  };
  Status status = shareOne(means.get());
  if (status)
    status = check(means.get().count(), count * geometry.cells());
  int64_t seen = 0, expected = 0;
  for (MomentCollector &half : halves) {
    if (status)
      status = shareOne(half.get());
    seen += half.get().count();
  }
  if (!status || halves.empty())
    return status;
  for (int64_t first = 0; first < count; first += turn)
    expected += MomentCollector::cellsOf(
        geometry, std::min(turn, count - first), halves.front().getStep());
  return check(seen, expected);
}

void Recovery::chooseKernel(WeightedLayerOpInterface layer,
                            ArrayRef<MomentCollector> halves,
                            const ProductGeometry &geometry,
                            IntegerLowering &lowering, RecoveredLayer &entry,
                            NewWeights &found) {
  KernelInfo info = layer.getKernels().front();
  auto quantizer =
      layer->getAttrOfType<WeightQuantizerAttr>(info.getQuantizerName());
  Meaning input = *getMeaning(layer->getOperand(0));
  Meaning aligned = geometry.depthwise ? input : input.aligned();
  Moments moments = halves[0].get();
  if (Status status = moments.merge(halves[1].get()); !status) {
    entry.whyNot = status.message();
    return;
  }
  WeightProblem problem;
  problem.moments = &moments;
  problem.halves[0] = &halves[0].get();
  problem.halves[1] = &halves[1].get();
  problem.units = findUnits(geometry, input);
  ElementsView<float> kernel(info.kernel);
  problem.weights = toProblem<ElementsView<float>, double>(geometry, kernel);
  problem.valueBits = quantizer.getValueBits();
  problem.isSymmetric =
      needsSymmetricWeights(calibrated) && quantizer.getBitwidth() < 8;
  problem.hasOneScale = !quantizer.getAxis();
  problem.adjustScales = [&](std::vector<float> &scales) {
    lowering.fitScales(layer, aligned, scales);
  };
  WeightSteps steps;
  steps.refit = options.refit;
  steps.round = options.round;
  steps.ridge = options.ridge;
  Result<ChosenWeights> chosen = chooseWeights(problem, steps, options.threads);
  if (!chosen) {
    entry.whyNot = chosen.message();
    return;
  }
  found.kernel.assign(problem.weights.size(), 0.0f);
  size_t at = 0;
  for (int64_t b = 0; b != geometry.numBlocks(); ++b)
    for (int64_t k = 0; k != geometry.numInputs(); ++k)
      for (int64_t f = 0; f != geometry.blockOutputs(); ++f, ++at) {
        size_t channel = geometry.depthwise ? b : f;
        float scale = chosen->scales[chosen->scales.size() == 1 ? 0 : channel];
        found.kernel[kernelIndex(geometry, b, k, f)] =
            scale * float(chosen->integers[at]);
      }
  found.scales = {std::move(chosen->scales), problem.hasOneScale};
  entry.hasNewWeights = true;
  entry.errorBefore = chosen->errorBefore;
  entry.errorAfter = chosen->errorAfter;
}

/// What the first process chose becomes what all have: they wait meanwhile, and
/// leave it their cores.
Status Recovery::shareKernel(const ProductGeometry &geometry, bool hasOneScale,
                             RecoveredLayer &entry, NewWeights &found) {
  if (team.isAlone())
    return {};
  if (Status status = team.agree({}, nameStep() + " weights"); !status)
    return status;
  size_t channels = size_t(geometry.numBlocks() * geometry.blockOutputs());
  size_t inputs = size_t(geometry.numInputs());
  size_t scales = hasOneScale ? 1 : channels;
  std::vector<uint64_t> words(1 + scales + channels * inputs, 0);
  if (team.isFirst() && entry.hasNewWeights) {
    words[0] = 1;
    auto put = [](float value) { return uint64_t(uint32_t(bitsOf(value))); };
    llvm::transform(found.scales.values, words.begin() + 1, put);
    llvm::transform(found.kernel, words.begin() + 1 + scales, put);
  }
  if (Status status = team.sum(words); !status)
    return status;
  entry.hasNewWeights = words[0] != 0;
  if (team.isFirst() || !entry.hasNewWeights)
    return {};
  auto get = [](uint64_t word) { return fromBits(int32_t(word)); };
  auto kernel = words.begin() + 1 + scales;
  found.scales.isScalar = hasOneScale;
  found.scales.values.clear();
  std::transform(words.begin() + 1, kernel,
                 std::back_inserter(found.scales.values), get);
  std::transform(kernel, words.end(), std::back_inserter(found.kernel), get);
  return {};
}

/// The bias with which the mean of each channel of an integer layer is the
/// float one's, by its results.
FailureOr<std::vector<double>>
Recovery::measureBias(WeightedLayerOpInterface layer) {
  Value result = layer->getResult(0);
  Meaning meaning = *getMeaning(result);
  Channels<float> scales = meaning.scalesOr1();
  size_t channels = getNumChannels(result);
  // Sums of 32 bits or less, and the number of cells.
  std::vector<uint64_t> sums(channels + 1, 0);
  int64_t count = runner->numOwnSamples(), turn = runner->turnSize();
  for (int64_t first = 0; first < count; first += turn) {
    std::vector<int64_t> values =
        runner->getIntegers(result, first, std::min(turn, count - first));
    for (size_t i = 0; i != values.size(); ++i)
      sums[i % channels] += uint64_t(values[i]);
    sums.back() += values.size() / channels;
  }
  if (Status status = team.sum(sums); !status)
    return fail(status);
  std::vector<double> changes = runner->getFloats(layer).sums;
  for (size_t c = 0; c != channels; ++c) {
    changes[c] -=
        std::ldexp(double(int64_t(sums[c])) * scales[c], -meaning.fracBits[c]);
    changes[c] /= double(sums.back());
  }
  return changes;
}

LogicalResult Recovery::recover(WeightedLayerOpInterface layer,
                                IntegerLowering &lowering) {
  RecoveredLayer entry;
  entry.layer = layer.getLayerName().str();
  NewWeights &found = weights[entry.layer];
  Status status = runner->runInteger(layer->getOperand(0));
  std::optional<ProductGeometry> geometry = findGeometry(*runner, layer);
  if (geometry && !findPadding(layer, *geometry))
    geometry.reset();
  bool takesWeights = geometry && wantsWeights(options, *geometry);
  if ((options.refit || options.round) && !takesWeights)
    entry.whyNot = geometry ? "its second moments need too much memory"
                            : "its class has no second moments";
  std::optional<MomentCollector> means;
  if (geometry) {
    const LayerRunner::FloatResult &floats = runner->getFloats(layer);
    means.emplace(*geometry, false, threads);
    std::vector<MomentCollector> halves;
    if (takesWeights)
      halves.assign(2,
                    {*geometry, true, threads, floats.step, floats.exponents});
    bool fits = false;
    if (status)
      status = collect(layer, *means, halves, fits);
    status = team.agree(std::move(status), nameStep());
    if (status)
      status = share(*geometry, *means, halves, fits);
    if (!status)
      return fail(status);
    replaced.add(layer);
    if (fits && takesWeights) {
      if (team.isFirst())
        chooseKernel(layer, halves, *geometry, lowering, entry, found);
      KernelInfo info = layer.getKernels().front();
      auto quantizer =
          layer->getAttrOfType<WeightQuantizerAttr>(info.getQuantizerName());
      status = shareKernel(*geometry, !quantizer.getAxis(), entry, found);
      if (!status)
        return fail(status);
      if (entry.hasNewWeights) {
        setKernel(layer, found.kernel);
        setScales(layer, found.scales);
      }
    }
    if (!fits) {
      means.reset();
      if (takesWeights)
        entry.whyNot = "its inputs have more than 16 bits";
    }
  } else if (status = team.agree(std::move(status), nameStep()); !status) {
    return fail(status);
  }

  // A zero point that is folded changes with the weights.
  bool changesBias =
      options.correctBiases || (entry.hasNewWeights && foldsOffset(layer));
  // Once to know the integers of the weights, and again with the new bias.
  DictionaryAttr attributes = layer->getAttrDictionary();
  replaced.add(layer);
  auto floatType = cast<RankedTensorType>(layer->getResult(0).getType());
  lowering.lower(cast<LowerableOpInterface>(*layer));
  if (lowering.hasFailed())
    return failure();
  if (changesBias) {
    std::vector<float> old;
    std::vector<double> bias;
    if (means) {
      KernelInfo info = layer.getKernels().front();
      Channels<float> scales = readFloatChannels(
          layer->getAttrOfType<ElementsAttr>(info.getScalesName()));
      std::vector<int64_t> integers = readIntegers(info.kernel);
      std::vector<double> kernel =
          toProblem<std::vector<int64_t>, double>(*geometry, integers);
      for (size_t i = 0; i != kernel.size(); ++i) {
        size_t block = i / (geometry->numInputs() * geometry->blockOutputs());
        kernel[i] *=
            scales[geometry->depthwise ? block : i % size_t(geometry->outputs)];
      }
      bias = meanBias(means->get(), runner->getFloats(layer).sums,
                      findUnits(*geometry, *getMeaning(layer->getOperand(0))),
                      kernel);
    } else {
      Value result = layer->getResult(0);
      status = runner->tryInteger(result);
      status = team.agree(std::move(status), nameStep() + " results");
      if (!status)
        return fail(status);
      FailureOr<std::vector<double>> measured = measureBias(layer);
      if (failed(measured))
        return failure();
      bias = std::move(*measured);
      runner->forget(result);
    }
    replaced.add(layer);
    layer->setAttrs(attributes);
    layer->getResult(0).setType(floatType);
    old = getBiasOrZeros(layer);
    found.bias.resize(old.size());
    for (size_t f = 0; f != old.size(); ++f) {
      found.bias[f] = float(means ? bias[f] : old[f] + bias[f]);
      entry.biasChange =
          std::max(entry.biasChange, std::fabs(double(found.bias[f]) - old[f]));
    }
    setBias(layer, found.bias);
    replaced.add(layer);
    lowering.lower(cast<LowerableOpInterface>(*layer));
    if (lowering.hasFailed())
      return failure();
  }
  digest.add(found.kernel);
  digest.add(found.scales.values);
  digest.add(found.bias);
  runner->forgetFloats(layer);
  report.layers.push_back(std::move(entry));
  return success();
}

LogicalResult Recovery::visit(mlir::Operation &op, IntegerLowering &lowering) {
  if (isa<DequantizerOp>(op))
    return success();
  if (!isa<InputQuantizerOp>(op) &&
      llvm::any_of(op.getOperands(), isFloatTensor))
    return success();
  if (auto layer = dyn_cast<WeightedLayerOpInterface>(op))
    return recover(layer, lowering);
  lowering.lower(cast<LowerableOpInterface>(op));
  return failure(lowering.hasFailed());
}

//===----------------------------------------------------------------------===//
// Networks
//===----------------------------------------------------------------------===//

/// A copy of the calibrated network, with zero points folded and ranges
/// equalized.
FailureOr<OwningOpRef<ModuleOp>> Recovery::equalize() {
  OwningOpRef<ModuleOp> copy = copyNetwork(calibrated);
  LogicalResult result =
      runPasses(*copy, {calibrated->getParentOfType<ModuleOp>(), *before},
                [](OpPassManager &pm) {
                  OpPassManager &networks = nestNetworks(pm);
                  networks.addPass(createFoldZeroPoints());
                  networks.addPass(createEqualize());
                });
  if (failed(result))
    return failure();
  return copy;
}

/// Frees weights that only a copy has.
void Recovery::release(ModuleOp copy) {
  releaseWeights(copy, {calibrated->getParentOfType<ModuleOp>(), *before});
}

LogicalResult Recovery::start(const std::vector<SampleArray> &samples) {
  before = copyNetwork(calibrated);
  FailureOr<OwningOpRef<ModuleOp>> equalized = equalize();
  if (failed(equalized))
    return failure();
  module = std::move(*equalized);
  integer = *module->getOps<func::FuncOp>().begin();
  for (auto quantizer : integer.getOps<OutputQuantizerOp>())
    if (WeightedLayerOpInterface layer = findEqualizedLayer(quantizer))
      rates[layer.getLayerName()] =
          readFloats(quantizer.getRescalingRateAttr());
  for (auto layer : calibrated.getOps<WeightedLayerOpInterface>())
    biases[layer.getLayerName()] = getBiasOrZeros(layer);
  runner = std::make_unique<LayerRunner>(calibrated, integer, threads, team);
  if (failed(runFloats(samples)))
    return failure();
  report.samples = runner->numSamples();
  return success();
}

namespace {
/// The layers of a network whose float results are needed.
struct FloatNeeds {
  std::vector<WeightedLayerOpInterface> layers;
  /// Of those that get new weights.
  std::vector<std::optional<ProductGeometry>> shapes;

  FloatNeeds(const LayerRunner &runner, func::FuncOp network,
             const RecoveryOptions &options) {
    llvm::DenseSet<mlir::Operation *> floats = getFloatLayers(network);
    for (auto layer : network.getOps<WeightedLayerOpInterface>())
      if (!floats.contains(layer)) {
        layers.push_back(layer);
        shapes.push_back(findGeometry(runner, layer));
        if (shapes.back() && !wantsWeights(options, *shapes.back()))
          shapes.back().reset();
      }
  }

  /// Bytes of the cells that are kept.
  double bytesOf(int64_t count) const {
    double bytes = 0;
    for (const std::optional<ProductGeometry> &shape : shapes)
      if (shape)
        bytes += 4.0 * double(shape->outputs) *
                 double(MomentCollector::cellsOf(
                     *shape, count, MomentCollector::stepFor(*shape, count)));
    return bytes;
  }

  Status ask(LayerRunner &runner) const {
    for (auto [layer, shape] : llvm::zip_equal(layers, shapes)) {
      int64_t step =
          shape ? MomentCollector::stepFor(*shape, runner.numSamples()) : 0;
      if (Status status = runner.want(layer, step); !status)
        return status;
    }
    return {};
  }
};
} // namespace

std::vector<LayerGather> findFloatNeeds(func::FuncOp annotated,
                                        int64_t available,
                                        const RecoveryOptions &options) {
  LayerRunner runner(annotated, annotated, options.threads, Team(nullptr));
  // What is wrong with the network, recovery says.
  ScopedDiagnosticHandler silence(annotated.getContext(),
                                  [](Diagnostic &) { return success(); });
  if (!runner.open())
    return {};
  FloatNeeds needs(runner, annotated, options);
  runner.choose(available, options.numSamples, options.resultMemory,
                [&](int64_t count) { return needs.bytesOf(count); });
  if (runner.numSamples() != available || !needs.ask(runner))
    return {};
  return runner.getRequests();
}

/// Takes samples, and what the float network gives for them at each layer with
/// weights.
LogicalResult Recovery::runFloats(const std::vector<SampleArray> &samples) {
  if (Status status = runner->open(); !status)
    return fail(status);
  FloatNeeds needs(*runner, integer, options);
  Status status =
      runner->start(samples, options.numSamples, options.resultMemory,
                    [&](int64_t count) { return needs.bytesOf(count); });
  if (status)
    status = needs.ask(*runner);
  if (status && !(options.facts && runner->takeFloats(*options.facts)))
    status = runner->runFloats();
  status = team.agree(std::move(status), "recovery");
  if (status)
    status = runner->shareFloats(describe());
  status = team.agree(std::move(status), "float results");
  if (!status)
    return fail(status);
  return success();
}

/// What processes have to have alike besides the network and samples.
std::string Recovery::describe() const {
  Hash ranges;
  for (auto &[layer, range] : getRanges(calibrated)) {
    ranges.add(layer);
    ranges.add(range.max.values);
    if (range.min)
      ranges.add(range.min->values);
  }
  std::string text;
  llvm::raw_string_ostream(text)
      << "ranges: " << ranges.text() << "\noptions: " << runner->numSamples()
      << " samples in turns of " << runner->turnSize() << ", refit "
      << options.refit << ", round " << options.round << ", biases "
      << options.correctBiases << ", ridge " << options.ridge << "\n";
  return text;
}

/// Where all processes are, and with what, if they agree.
std::string Recovery::nameStep() const {
  return "recovery, layer " + std::to_string(report.layers.size()) + ", " +
         digest.text();
}

/// Whether a zero point of the network's input was folded into the bias of a
/// layer, which is float yet.
bool Recovery::foldsOffset(WeightedLayerOpInterface layer) {
  return getBiasOrZeros(layer) != biases[layer.getLayerName()];
}

/// Brings new kernels to the network before equalization.
void Recovery::applyKernels() {
  for (auto layer : calibrated.getOps<WeightedLayerOpInterface>()) {
    auto found = weights.find(layer.getLayerName());
    if (found == weights.end() || found->second.kernel.empty())
      continue;
    NewWeights &made = found->second;
    const std::vector<float> &rate = rates[layer.getLayerName()];
    ArrayRef<int64_t> shape = getShape(layer.getInputKernel());
    int64_t inner = 1;
    for (int64_t extent : shape.drop_front(layer.getInputAxis() + 1))
      inner *= extent;
    for (size_t i = 0; i != made.kernel.size() && !rate.empty(); ++i)
      made.kernel[i] *= rate[(i / inner) % rate.size()];
    KernelInfo info = layer.getKernels().front();
    if (!rate.empty() && info.axis == layer.getInputAxis() &&
        !made.scales.isScalar)
      for (size_t c = 0; c != made.scales.size(); ++c)
        made.scales.values[c] *= rate[c % rate.size()];
    setKernel(layer, std::move(made.kernel));
    setScales(layer, made.scales);
  }
}

/// Brings new biases to the network before zero points are folded: less what
/// folding adds with the new kernels.
LogicalResult Recovery::applyBiases() {
  FailureOr<OwningOpRef<ModuleOp>> equalized = equalize();
  if (failed(equalized))
    return failure();
  llvm::StringMap<std::vector<float>> folded;
  for (auto layer : (*(*equalized)->getOps<func::FuncOp>().begin())
                        .getOps<WeightedLayerOpInterface>())
    folded[layer.getLayerName()] = getBiasOrZeros(layer);
  for (auto layer : calibrated.getOps<WeightedLayerOpInterface>()) {
    auto found = weights.find(layer.getLayerName());
    if (found == weights.end() || found->second.bias.empty())
      continue;
    std::vector<float> bias = getBiasOrZeros(layer);
    const std::vector<float> &old = folded[layer.getLayerName()];
    for (size_t f = 0; f != bias.size(); ++f)
      bias[f] = found->second.bias[f] - (old[f] - bias[f]);
    setBias(layer, bias);
  }
  release(**equalized);
  return success();
}

FailureOr<RecoveryReport>
Recovery::run(const std::vector<SampleArray> &samples) {
  if (failed(start(samples)))
    return failure();
  IntegerLowering lowering(integer);
  llvm::DenseSet<mlir::Operation *> floats = getFloatLayers(integer);
  auto &operations = integer.front().getOperations();
  int64_t total = int64_t(operations.size()) - 1, done = 0;
  for (mlir::Operation &op : integer.front().without_terminator()) {
    if (!floats.contains(&op) && failed(visit(op, lowering)))
      return failure();
    if (options.progress)
      options.progress(++done, total);
  }
  if (Status status = team.agree({}, nameStep()); !status)
    return fail(status);
  applyKernels();
  if (options.correctBiases && failed(applyBiases()))
    return failure();
  release(*module);
  replaced.release({calibrated->getParentOfType<ModuleOp>(), *before});
  return std::move(report);
}

FailureOr<RecoveryReport>
recoverAccuracy(func::FuncOp calibrated,
                const std::vector<SampleArray> &samples,
                const RecoveryOptions &options) {
  RecoveryOptions changed = options;
  // What has a memory sees its samples in their order.
  if (options.workers && !getStates(calibrated).empty()) {
    if (!options.workers->isFirst())
      return RecoveryReport();
    changed.workers = nullptr;
  }
  return Recovery(calibrated, changed).run(samples);
}

} // namespace qml
