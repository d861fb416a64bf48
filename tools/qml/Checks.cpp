//===- Checks.cpp - What quantize checks ----------------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Quantize.h"
#include "qml/Analysis/Analysis.h"
#include "qml/Calibration/Samples.h"
#include "qml/Conversion/Passes.h"
#include "qml/Target/Program/Flatten.h"
#include "qml/Transforms/Losses.h"

#include "mlir/Pass/PassManager.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;

namespace qml {

bool leavesWeightBits(func::FuncOp network, const Config &config) {
  for (auto layer : network.getOps<WeightedLayerOpInterface>())
    for (const KernelInfo &info : layer.getKernels()) {
      std::string key = info.getQuantizerName();
      const LayerConfig *entry = config.find(layer.getLayerName().str());
      if (layer->hasAttr(key) && (!entry || !entry->findWeightQuantizer(key)))
        return true;
    }
  return false;
}

bool leavesResultBits(func::FuncOp network, const Config &config) {
  return llvm::any_of(
      network.getOps<OutputQuantizerOp>(), [&](OutputQuantizerOp quantizer) {
        const LayerConfig *entry =
            config.find(quantizer.getOwner().getLayerName().str());
        return !entry || !entry->outputQuantizer;
      });
}

/// Whether all elements of a sample are equal; elements have `size` bytes.
static bool isConstant(ArrayRef<char> sample, size_t size) {
  return sample.drop_back(size) == sample.drop_front(size);
}

void warnOfAlikeSamples(func::FuncOp network, const Program &program,
                        const SampleSet &samples, int64_t mostUsed) {
  int64_t used = std::min(samples.size(), mostUsed);
  int64_t looked = std::min<int64_t>(used, 8);
  if (looked < 1)
    return;
  SampleBuffer buffer(samples, 1);
  std::vector<std::vector<char>> first(samples.numInputs());
  std::vector<char> areEqual(samples.numInputs(), true);
  for (int64_t i = 0; i != looked; ++i) {
    Result<std::vector<const void *>> data =
        buffer.get(samples, i * used / looked, 1);
    if (!data)
      return;
    for (size_t input = 0; input != samples.numInputs(); ++input) {
      ArrayRef<char> sample(static_cast<const char *>((*data)[input]),
                            samples[input].bytesPerSample());
      if (i == 0)
        first[input].assign(sample.begin(), sample.end());
      areEqual[input] &= sample == ArrayRef<char>(first[input]);
    }
  }
  for (size_t input = 0; input != samples.numInputs(); ++input) {
    bool isBlank = isConstant(first[input], sizeOf(samples[input].type()));
    // Of one sample, only what is in it can be alike.
    if (!areEqual[input] || (used == 1 && !isBlank))
      continue;
    network.emitWarning()
        << "input '" << program.inputs[input].name << "': the "
        << (isBlank ? "values of all samples are the same"
                    : "samples are all the same")
        << " (" << looked
        << " looked at), from which no ranges follow; give --samples that are "
           "like what the network will meet";
  }
}

namespace {
/// What some of the samples show.
struct QuickCheck {
  /// Of integers against the float network; none if it can't be
  /// measured, which is no problem of the network's.
  std::optional<Noise> noise;
  /// Of how many samples.
  int64_t samples = 0;
  std::vector<LayerAnalysis> layers;
};
} // namespace

static QuickCheck checkSamples(func::FuncOp calibrated, func::FuncOp integer,
                               const QuantizeOptions &options) {
  QuickCheck check;
  ScopedDiagnosticHandler handler(integer.getContext(),
                                  [](Diagnostic &) { return success(); });
  FailureOr<FlatNetwork> flat = flattenNetwork(calibrated);
  if (failed(flat))
    return check;
  Result<std::vector<SampleArray>> arrays =
      openSamples(options.samples, flat->program);
  if (!arrays)
    return check;
  AnalysisOptions settings;
  settings.numSamples = std::clamp<int64_t>(options.numSamples, 1, 8);
  settings.threads = options.threads;
  if (Result<SampleSources> sources = samplesOf(*arrays, flat->program))
    check.samples =
        std::min<int64_t>(settings.numSamples, SampleSet(*sources).size());
  FailureOr<Noise> noise =
      measureNoise(calibrated, integer, *arrays, settings, &check.layers);
  if (failed(noise)) {
    check.layers.clear();
    noise = measureNoise(calibrated, integer, *arrays, settings);
  }
  if (succeeded(noise))
    check.noise = *noise;
  return check;
}

/// Whether the calibrator leaves out values on purpose.
static bool cutsOnPurpose(const QuantizeOptions &options) {
  return options.calibrator == "mse" || options.calibrator == "percentile";
}

LogicalResult checkNoise(func::FuncOp calibrated, func::FuncOp integer,
                         const QuantizeOptions &options,
                         std::optional<MeasuredNoise> &measured) {
  QuickCheck check = checkSamples(calibrated, integer, options);
  if (check.noise)
    measured = MeasuredNoise{*check.noise, check.samples};
  llvm::erase_if(check.layers, [&](const LayerAnalysis &layer) {
    return describeCut(layer, !cutsOnPurpose(options)).empty();
  });
  llvm::StringSet<> told;
  llvm::StringMap<mlir::Operation *> layers;
  if (!check.layers.empty()) {
    if (FailureOr<std::vector<Loss>> losses = findLosses(integer);
        succeeded(losses))
      for (const Loss &loss : *losses)
        told.insert(loss.layer);
    for (auto layer : integer.getOps<LayerOpInterface>())
      layers[layer.getLayerName()] = layer;
  }
  bool isCut = false;
  for (const LayerAnalysis &layer : check.layers) {
    if (llvm::any_of(layer.members, [&](const std::string &member) {
          return told.contains(member);
        }))
      continue;
    std::string cut = describeCut(layer, !cutsOnPurpose(options));
    isCut = true;
    mlir::Operation *op = layers.lookup(layer.layer);
    InFlightDiagnostic diagnostic =
        options.strict ? op->emitError() : op->emitWarning();
    diagnostic << "layer '" << layer.layer << "': on calibration samples "
               << cut << "; 'qml analyze' says what that costs";
  }
  constexpr double tooLow = 15; // dB
  double noise = check.noise ? check.noise->decibels() : tooLow;
  if (noise < tooLow)
    integer.emitWarning()
        << llvm::formatv("the integer network is at {0:F1} dB of the float one "
                         "on calibration samples; 'qml analyze' says which "
                         "layers lose it, and what to change",
                         noise)
               .str();
  return success(!options.strict || !isCut);
}

LogicalResult checkChip(ModuleOp module, const Target &chip, bool strict) {
  MLIRContext *context = module.getContext();
  ScopedDiagnosticHandler handler(context, [&](Diagnostic &diagnostic) {
    if (strict || diagnostic.getSeverity() != DiagnosticSeverity::Error)
      return failure();
    emitWarning(diagnostic.getLocation()) << diagnostic.str();
    return success();
  });
  AkidaCheckOptions check;
  check.version = chip.version;
  PassManager pm(context);
  pm.addPass(createAkidaCheck(check));
  LogicalResult result = pm.run(module);
  return success(!strict || succeeded(result));
}

} // namespace qml
