//===- QMLToAkida.cpp - From integer networks to hardware models ----------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CheckMapping.h"
#include "Groups.h"

#include "qml/Conversion/InputDtype.h"
#include "qml/Conversion/Passes.h"
#include "qml/Pipelines/Pipelines.h"
#include "qml/Pipelines/ReleaseWeights.h"
#include "qml/Pipelines/Target.h"
#include "qml/Support/Quote.h"
#include "qml/Transforms/ObservedRanges.h"
#include "qml/Transforms/Passes.h"

#include "mlir/Pass/PassManager.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using qml::akida::Version;

namespace qml {
#define GEN_PASS_DEF_CONVERTQMLTOAKIDA
#define GEN_PASS_DEF_AKIDACHECK
#include "qml/Conversion/Passes.h.inc"
} // namespace qml

using namespace qml;
using namespace qml::conversion;

static FailureOr<Version> getVersion(ModuleOp module, int version) {
  if (akida::getModel(module))
    return module.emitError()
           << "the module holds a model for Akida already: it was converted";
  if (version == 1 || version == 2)
    return static_cast<Version>(version);
  return module.emitError()
         << "there is no Akida " << version << "; versions are 1 and 2";
}

/// Names of layers, not all if they are many.
static std::string listLayers(ArrayRef<LayerOpInterface> layers) {
  constexpr size_t most = 10;
  std::string list =
      llvm::join(llvm::map_range(layers.take_front(most),
                                 [](LayerOpInterface layer) {
                                   return (layer.getLayerName() + " (" +
                                           layer.getClassName() + ")")
                                       .str();
                                 }),
                 ", ");
  if (layers.size() > most)
    list += " and " + std::to_string(layers.size() - most) + " more";
  return list;
}

/// Reports layers that compute after the first dequantizer: they would be left
/// out. A softmax is no loss.
static LogicalResult checkLeft(const HardwareGroups &groups, bool floatTail) {
  SmallVector<LayerOpInterface> left;
  for (LayerOpInterface layer : groups.left)
    if (!isa<InputQuantizerOp, DequantizerOp, SoftmaxOp, LogSoftmaxOp,
             DropoutOp, ReshapeOp, FlattenOp>(*layer))
      left.push_back(layer);
  if (left.empty() || floatTail)
    return success();
  return reportLayer(left.front())
         << "it comes after layers that run in float; "
         << showCount(int64_t(left.size()), "layer")
         << " would be left out: " << listLayers(left)
         << "; end the network before, change what can't be quantized (qml "
            "quantize --strict names it), or allow it with --float-tail";
}

namespace {

struct ConvertQMLToAkidaPass
    : qml::impl::ConvertQMLToAkidaBase<ConvertQMLToAkidaPass> {
  using ConvertQMLToAkidaBase::ConvertQMLToAkidaBase;

  void runOnOperation() override {
    if (failed(convert()))
      signalPassFailure();
  }

  LogicalResult convert() {
    ModuleOp module = getOperation();
    FailureOr<Version> target = getVersion(module, version);
    if (failed(target))
      return failure();
    FailureOr<func::FuncOp> network = getNetwork(module);
    if (failed(network))
      return failure();
    if (!isInteger(*network))
      return network->emitError()
             << "the network is not in integers; quantize it first (qml "
                "quantize), or ask what the hardware couldn't do (qml convert "
                "--check, or the pass --akida-check)";
    HardwareGroups groups = findGroups(*network, *target);
    LogicalResult fits = checkGroups(*network, groups, *target);
    if (failed(checkLeft(groups, floatTail)) || failed(fits) ||
        !groups.areComplete)
      return failure();
    if (!groups.left.empty())
      network->emitWarning()
          << "layers after the first dequantizer are left out: "
          << listLayers(groups.left);
    FailureOr<akida::ModelOp> model = lowerGroups(*network, groups, *target);
    if (failed(model))
      return failure();
    if (failed(reportChipLosses(*network, groups.groups, *model)))
      return failure();
    numLayers += model->getLayers().size();
    network->erase();
    removeRules(module);
    return success();
  }
};

struct AkidaCheckPass : qml::impl::AkidaCheckBase<AkidaCheckPass> {
  using AkidaCheckBase::AkidaCheckBase;

  void runOnOperation() override {
    if (failed(check()))
      return signalPassFailure();
    markAllAnalysesPreserved();
  }

  LogicalResult check() {
    if (akida::ModelOp model = akida::getModel(getOperation()))
      return checkModel(model, /*withValues=*/true);
    FailureOr<Version> target = getVersion(getOperation(), version);
    if (failed(target))
      return failure();
    FailureOr<func::FuncOp> network = getNetwork(getOperation());
    if (failed(network))
      return failure();
    OwningOpRef<ModuleOp> copy = getOperation().clone();
    LogicalResult result = checkCopy(*copy, *network, *target);
    releaseWeights(*copy, {getOperation()});
    return result;
  }

  /// The same of a copy, which becomes layers for the hardware.
  LogicalResult checkCopy(ModuleOp copy, func::FuncOp original,
                          Version target) {
    if (isAnnotated(original) || isInteger(original)) {
      if (failed(checkNetwork(original, target)))
        return failure();
      return checkLayers(copy, target);
    }
    SanitizeOptions sanitize;
    setDefaults(getChip(target), sanitize);
    if (failed(runOnCopy(copy, [&](OpPassManager &pm) {
          buildSanitizePipeline(pm, sanitize);
        })))
      return failure();
    InsertQuantizersOptions parameters;
    setDefaults(getChip(target), parameters);
    parameters.inputDtype =
        inputDtype.empty() ? chooseInputDtype(copy, getChip(target), parameters)
                           : inputDtype.getValue();
    if (failed(runOnCopy(
            copy, [&](OpPassManager &pm) { addQuantizers(pm, parameters); })))
      return failure();
    FailureOr<func::FuncOp> network = getNetwork(copy);
    if (failed(network) || failed(checkNetwork(*network, target)))
      return failure();
    return checkLayers(copy, target);
  }

  /// What passes make of a copy's weights goes when they are replaced; those of
  /// the module itself stay.
  LogicalResult runOnCopy(ModuleOp copy,
                          llvm::function_ref<void(OpPassManager &)> build) {
    return runPasses(copy, {getOperation()}, build);
  }

  LogicalResult checkModel(akida::ModelOp model, bool withValues) {
    MappingCheck check;
    check.hardwareOnly = hardwareOnly;
    check.withValues = withValues;
    unsigned problems = checkMapping(model, check);
    return success(!hardwareOnly || problems == 0);
  }

  /// Holds the layers that a network would become, which the hardware has,
  /// against the mapper. Changes the module.
  LogicalResult checkLayers(ModuleOp module, Version target) {
    FailureOr<func::FuncOp> network = getNetwork(module);
    if (failed(network))
      return failure();
    bool withValues = isInteger(*network) || isCalibrated(*network);
    FailureOr<akida::ModelOp> model = makeModel(module, *network, target);
    if (succeeded(model))
      return checkModel(*model, withValues);
    network->emitWarning()
        << "what the mapper takes was not checked: before calibration, no "
           "layers for the hardware could be made";
    return success();
  }

  static bool isCalibrated(func::FuncOp network) {
    return llvm::all_of(network.getOps<OutputQuantizerOp>(),
                        [](OutputQuantizerOp quantizer) {
                          return bool(quantizer.getRangeMaxAttr());
                        });
  }

  /// Reports nothing: what is wrong with the network itself was said before.
  FailureOr<akida::ModelOp> makeModel(ModuleOp module, func::FuncOp network,
                                      Version target) {
    ScopedDiagnosticHandler quiet(&getContext(),
                                  [](Diagnostic &) { return success(); });
    if (!isInteger(network) && failed(makeInteger(module, network)))
      return failure();
    FailureOr<func::FuncOp> integer = getNetwork(module);
    if (failed(integer))
      return failure();
    HardwareGroups groups = findGroups(*integer, target);
    if (failed(checkGroups(*integer, groups, target)) || !groups.areComplete)
      return failure();
    return lowerGroups(*integer, groups, target);
  }

  /// Makes integers of an annotated network, with any ranges where none are
  /// known.
  LogicalResult makeInteger(ModuleOp module, func::FuncOp network) {
    if (!isCalibrated(network) &&
        failed(applyRanges(network, makeUnitRanges(network), "no samples")))
      return failure();
    LowerOptions options;
    options.reportLosses = false;
    return runOnCopy(
        module, [&](OpPassManager &pm) { buildLowerPipeline(pm, options); });
  }

  static ObservedRanges makeUnitRanges(func::FuncOp network) {
    ObservedRanges ranges;
    auto all = [](Granularity granularity, Value value, float number) {
      Channels<float> channels;
      channels.isScalar = granularity == Granularity::PerTensor;
      channels.values.assign(channels.isScalar ? 1 : getNumChannels(value),
                             number);
      return channels;
    };
    for (auto quantizer : network.getOps<OutputQuantizerOp>())
      ranges[quantizer.getOwner().getLayerName().str()].max =
          all(quantizer.getGranularity(), quantizer.getInput(), 1);
    for (auto quantizer : network.getOps<InputQuantizerOp>()) {
      ObservedRange &range = ranges[quantizer.getLayerName().str()];
      range.max = all(quantizer.getGranularity(), quantizer.getInput(), 1);
      range.min = all(quantizer.getGranularity(), quantizer.getInput(), 0);
    }
    return ranges;
  }

  static Target getChip(Version version) { return {static_cast<int>(version)}; }

  LogicalResult checkNetwork(func::FuncOp network, Version target) {
    HardwareGroups groups = findGroups(network, target);
    LogicalResult result = checkGroups(network, groups, target);
    if (!groups.areComplete || failed(checkLeft(groups, floatTail)))
      result = failure();
    return result;
  }
};

} // namespace
