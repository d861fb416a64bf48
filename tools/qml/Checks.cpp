//===- Checks.cpp - What quantize checks of its result --------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Quantize.h"
#include "qml/Analysis/Analysis.h"
#include "qml/Conversion/Passes.h"
#include "qml/Target/Program/Flatten.h"
#include "qml/Transforms/Losses.h"

#include "mlir/Pass/PassManager.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;

namespace qml {

namespace {
/// What some of the samples show.
struct QuickCheck {
  /// Of integers against the float network; none if it can't be
  /// measured, which is no problem of the network's.
  std::optional<Noise> noise;
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
  settings.numSamples = 8;
  settings.threads = options.threads;
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
                         std::optional<Noise> &measured) {
  QuickCheck check = checkSamples(calibrated, integer, options);
  measured = check.noise;
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
