//===- Analyze.cpp - qml analyze ------------------------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Commands.h"
#include "JsonReport.h"
#include "ModuleIO.h"
#include "Quantize.h"
#include "Table.h"
#include "qml/Analysis/Analysis.h"
#include "qml/Calibration/Calibrators.h"
#include "qml/Pipelines/ReleaseWeights.h"
#include "qml/Support/AtomicFile.h"
#include "qml/Support/Quote.h"
#include "qml/Transforms/Config.h"
#include "qml/Transforms/ObservedRanges.h"

#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace qml;
namespace cl = llvm::cl;

// Options of two files belong to it, whichever is initialized first.
cl::SubCommand &qml::getAnalyzeCommand() {
  static cl::SubCommand command(
      "analyze", "Which layers lose accuracy, why, and what to change");
  return command;
}

static cl::opt<std::string> model(cl::Positional, cl::desc("MODEL"),
                                  cl::Required, cl::sub(getAnalyzeCommand()));
static cl::opt<std::string>
    reference("reference",
              cl::desc("The float model of an integer network that carries no "
                       "calibrated form (default: none)"),
              cl::value_desc("MODEL"), cl::sub(getAnalyzeCommand()));
static cl::opt<int64_t>
    noiseSamples("noise-samples",
                 cl::desc("Samples to measure noise with, evenly from all; 1 "
                          "or more (default: 64)"),
                 cl::init(64), cl::sub(getAnalyzeCommand()));
static cl::opt<std::string>
    suggest("suggest",
            cl::desc("Write the configuration that helps to this JSON file, "
                     "for --config (default: none)"),
            cl::value_desc("Q.json"), cl::sub(getAnalyzeCommand()));
static cl::opt<std::string> jsonPath("json", cl::desc(jsonHelp),
                                     cl::value_desc("F"),
                                     cl::sub(getAnalyzeCommand()));

//===----------------------------------------------------------------------===//
// The calibrated form
//===----------------------------------------------------------------------===//

/// The ranges that were observed for a network that is integer now.
static ObservedRanges findObserved(func::FuncOp network) {
  ObservedRanges ranges = getRanges(network);
  // Equalization multiplied them by its rates.
  for (auto quantizer : network.getOps<OutputQuantizerOp>())
    if (ElementsAttr rates = quantizer.getRescalingRateAttr()) {
      Channels<float> rate = readFloatChannels(rates);
      ObservedRange &range = ranges[quantizer.getOwner().getLayerName().str()];
      for (size_t c = 0; c != range.max.size(); ++c)
        range.max.values[c] /= rate[c];
    }
  return ranges;
}

/// The calibrated form of an integer network, of its float model, of its own
/// configuration and ranges.
static OwningOpRef<ModuleOp> rebuild(ModuleOp module, func::FuncOp network,
                                     QuantizeOptions &options) {
  OwningOpRef<ModuleOp> rebuilt = readModule(reference, *module.getContext());
  if (!rebuilt)
    return {};
  copyRules(module, *rebuilt);
  std::string config = dumpConfig(network);
  options.config = config;
  for (auto quantizer : network.getOps<InputQuantizerOp>()) {
    // Those after float layers are no inputs.
    if (!isa<BlockArgument>(quantizer.getInput()))
      continue;
    options.inputDtype = quantizer.getIsUnsigned()       ? "uint8"
                         : quantizer.getBitwidth() == 16 ? "int16"
                                                         : "int8";
    options.perTensorActivations =
        quantizer.getGranularity() == Granularity::PerTensor;
  }
  LogicalResult result = runPasses(*rebuilt, {}, [&](OpPassManager &pm) {
    buildSanitizePipeline(pm, *rebuilt);
    addQuantizers(pm, getInsertQuantizersOptions(options));
  });
  if (failed(result))
    return {};
  func::FuncOp calibrated = *getNetwork(*rebuilt);
  if (dumpConfig(calibrated) != config) {
    fail(reference + ": is not the float model of " + model +
         ": quantized by its configuration it has other layers or quantizers");
    return {};
  }
  if (failed(applyRanges(calibrated, findObserved(network), model)))
    return {};
  return rebuilt;
}

/// A float network with quantizers that know their ranges, of whatever the
/// model is. `level` is that of its file where --recover is not given.
/// `histograms` are filled in if ranges follow from them.
static OwningOpRef<ModuleOp> readCalibrated(MLIRContext &context,
                                            QuantizeOptions &options,
                                            RecoveryLevel &level,
                                            const Calibrator &calibrator,
                                            Histograms &histograms) {
  OwningOpRef<ModuleOp> module = readModule(model, context);
  if (!module)
    return {};
  if (akida::getModel(*module)) {
    fail(model + ": is a model for the hardware; give the integer network "
                 "that it was made from");
    return {};
  }
  FailureOr<func::FuncOp> network = getNetwork(*module);
  if (failed(network))
    return {};
  bool wasInteger = isInteger(*network), wasAnnotated = isAnnotated(*network);
  if (!wasInteger && !reference.empty()) {
    fail(model + ": is a float network, which needs no --reference");
    return {};
  }
  if (wasAnnotated && hasParameters() && options.config.empty()) {
    fail(model + ": is quantized already: parameters apply to float networks "
                 "alone; to analyze it with others, give a complete "
                 "configuration with --config");
    return {};
  }
  if (wasAnnotated && !hasRecoveryLevel())
    level = findRecovery(*module);
  if (hasArithmetic() || !wasAnnotated)
    setRules(*module, level);
  if (wasInteger && !reference.empty())
    return rebuild(*module, *network, options);
  if (wasInteger && module->getOps<ModuleOp>().empty()) {
    fail(model + ": carries no calibrated form to hold its integers against; "
                 "give its float model with --reference=FLOAT, or quantize "
                 "that one with --keep-float");
    return {};
  }
  LogicalResult result = runPasses(*module, {}, [&](OpPassManager &pm) {
    if (wasInteger)
      pm.addPass(createRestoreCalibrated());
    else if (!wasAnnotated)
      buildSanitizePipeline(pm, *module);
  });
  if (failed(result))
    return {};
  // Quantizers stay as they are but for a configuration.
  if ((!wasAnnotated || !options.config.empty()) &&
      failed(addQuantizersTo(*module, options)))
    return {};
  CalibrationReport report;
  QuantizeOptions calibration;
  fillOptions(calibration);
  calibration.inputDtype = options.inputDtype.getValue();
  setCalibrator(calibration, level);
  // What was calibrated before has ranges.
  if (wasAnnotated)
    calibration.samples = "";
  bool binds = !calibration.samples.empty() && calibration.ranges.empty() &&
               needsHistograms(*getNetwork(*module), calibrator);
  if (failed(findRanges(*module, calibration, wasAnnotated, report,
                        binds ? &histograms : nullptr)))
    return {};
  if (choosesGranularity(*module, level) && failed(chooseGranularity(*module)))
    return {};
  return module;
}

//===----------------------------------------------------------------------===//
// The table
//===----------------------------------------------------------------------===//

static std::string formatGain(std::optional<double> gain) {
  return gain ? formatNumber("%+.1f", *gain) : "-";
}

/// Of weights and of the result: "8/4"; "8+4/8" for two kernels.
static std::string formatBits(const LayerAnalysis &layer) {
  std::string text;
  for (const KernelAnalysis &kernel : layer.kernels)
    text += (text.empty() ? "" : "+") + std::to_string(kernel.bits);
  return (text.empty() ? "-" : text) + "/" +
         (layer.bits ? std::to_string(layer.bits) : "-");
}

static std::string formatSaturation(const LayerAnalysis &layer) {
  double most = 0;
  bool any = false;
  for (const Saturation *cut : {&layer.results, &layer.sums, &layer.products,
                                &layer.aligned, &layer.biases}) {
    most = std::max(most, cut->percent());
    any |= cut->count != 0;
  }
  return !any ? "0" : most < 0.1 ? "<0.1" : formatNumber("%.1f", most);
}

static void printLayers(const NetworkAnalysis &analysis,
                        llvm::raw_ostream &os) {
  std::vector<std::vector<std::string>> rows = {{"Layer", "Bits W/A", "dB",
                                                 "Own dB", "Gain W", "Gain A",
                                                 "Cut %", "Cause"}};
  for (const LayerAnalysis &layer : analysis.layers)
    rows.push_back(
        {printable(layer.layer), formatBits(layer),
         formatDecibels(layer.accumulated), formatDecibels(layer.own),
         formatGain(layer.gainOf(true)), formatGain(layer.gainOf(false)),
         formatSaturation(layer),
         printable(llvm::join(layer.causes, "; "), maxMessageBytes)});
  printTable(rows, os);
}

static void printSuggestion(const NetworkAnalysis &analysis,
                            RecoveryLevel level, llvm::raw_ostream &os) {
  if (level == RecoveryLevel::Full) {
    os << "weights are chosen for the bits of all layers: 'qml search "
          "--recover=full' finds the bits that help\n";
    return;
  }
  const Suggestion &suggestion = analysis.suggestion;
  if (suggestion.changes.empty()) {
    os << "no change of the bits of one layer gives half a decibel\n";
    return;
  }
  os << "what helps:\n";
  for (const Change &change : suggestion.changes)
    os << "  " << change.text() << "\n";
  os << "with that: " << formatDecibels(suggestion.result) << " dB";
  if (suggest.empty())
    os << "; --suggest=Q.json writes the configuration for it";
  else
    os << "; use it with --config=" << printable(suggest, maxMessageBytes);
  os << "\n";
}

static void print(const NetworkAnalysis &analysis, RecoveryLevel level,
                  llvm::raw_ostream &os) {
  os << "signal-to-noise ratio of the result: "
     << formatDecibels(analysis.result)
     << (analysis.result.noise == 0 ? "" : " dB") << " ("
     << showCount(analysis.samples, "sample");
  if (level != RecoveryLevel::None)
    os << ", --recover=" << nameOf(level);
  os << ")\n\n";
  printLayers(analysis, os);
  os << "\n";
}

//===----------------------------------------------------------------------===//
// JSON
//===----------------------------------------------------------------------===//

static Json toJson(const Saturation &cut) {
  return {
      {"count", cut.count}, {"total", cut.total}, {"percent", cut.percent()}};
}

static Json toJson(const Change &change) {
  Json json;
  json["layer"] = jsonName(change.layer);
  json["quantizer"] = change.key;
  if (change.kind == Change::PerTensor)
    json["axis"] = "per-tensor";
  else
    json["bitwidth"] = change.bits;
  json["text"] = change.text();
  return json;
}

static Json toJson(const LayerAnalysis &layer) {
  Json json;
  json["name"] = jsonName(layer.layer);
  json["class"] = jsonName(layer.className);
  json["members"] = Json::array();
  for (const std::string &member : layer.members)
    json["members"].push_back(jsonName(member));
  json["result_bits"] = layer.bits ? Json(layer.bits) : Json();
  json["per_axis"] = layer.isPerAxis;
  json["kernels"] = Json::array();
  for (const KernelAnalysis &kernel : layer.kernels)
    json["kernels"].push_back({{"layer", jsonName(kernel.layer)},
                               {"quantizer", kernel.key},
                               {"bits", kernel.bits},
                               {"channels", kernel.channels},
                               {"one_scale", kernel.hasOneScale},
                               {"spread", jsonNumber(kernel.spread)},
                               {"noise", jsonNoise(kernel.noise)}});
  json["harm_db"] = jsonNumber(layer.harm);
  json["accumulated"] = jsonNoise(layer.accumulated);
  json["own"] = jsonNoise(layer.own);
  json["coding"] = jsonNoise(layer.coding);
  json["saturated_results"] = toJson(layer.results);
  json["saturated_sums"] = toJson(layer.sums);
  json["saturated_products"] = toJson(layer.products);
  json["saturated_inputs"] = toJson(layer.aligned);
  json["alignment_bits"] = layer.alignment;
  json["clipped_biases"] = toJson(layer.biases);
  json["channels"] = layer.channels;
  json["dead_channels"] = layer.deadChannels;
  json["lost_channels"] = layer.lostChannels;
  json["channel_spread"] = jsonNumber(layer.channelSpread);
  json["codes"] = layer.numCodes;
  json["used_codes"] = layer.usedCodes;
  json["effective_bits"] = layer.effectiveBits;
  json["changes"] = Json::array();
  for (const TriedChange &tried : layer.changes) {
    Json change = toJson(tried.change);
    change["gain_db"] = jsonNumber(tried.gain);
    json["changes"].push_back(std::move(change));
  }
  json["causes"] = Json::array();
  for (const std::string &cause : layer.causes)
    json["causes"].push_back(jsonName(cause));
  return json;
}

static Json toJson(const NetworkAnalysis &analysis, RecoveryLevel level) {
  Json report = makeReport("analyze", model);
  report["recover"] = nameOf(level).str();
  report["samples"] = analysis.samples;
  report["result"] = jsonNoise(analysis.result);
  report["layers"] = Json::array();
  for (const LayerAnalysis &layer : analysis.layers)
    report["layers"].push_back(toJson(layer));
  if (level == RecoveryLevel::Full) {
    report["suggestion"] = Json();
    return report;
  }
  Json &suggestion = report["suggestion"];
  suggestion["changes"] = Json::array();
  for (const Change &change : analysis.suggestion.changes)
    suggestion["changes"].push_back(toJson(change));
  suggestion["result"] = jsonNoise(analysis.suggestion.result);
  suggestion["config"] = Json::parse(analysis.suggestion.config, nullptr,
                                     /*allow_exceptions=*/false);
  return report;
}

//===----------------------------------------------------------------------===//
// The command
//===----------------------------------------------------------------------===//

int qml::runAnalyze() {
  QuantizeOptions options;
  fillOptions(options);
  Usage usage;
  if (options.samples.empty())
    usage.refuse("analyze needs real samples: give --samples=S.npy");
  if (noiseSamples < 1)
    usage.refuse("--noise-samples is 1 or more; found " +
                 Twine(int64_t(noiseSamples)));
  checkOptions(usage);
  RecoveryLevel level = getRecoveryLevel(usage);
  if (level == RecoveryLevel::Full && !suggest.empty())
    usage.wrong("--suggest tries bits one by one, which --recover=full "
                "chooses weights for; use 'qml search --recover=full', or "
                "--recover=bias");
  if (int code = usage.exitCode())
    return code;
  if (Status status =
          checkOutputs({{suggest, jsonExtensions}, {jsonPath, jsonExtensions}});
      !status)
    return fail(status.message());

  setCalibrator(options, level);
  Calibrator calibrator =
      *parseCalibrator(options.calibrator, options.percentile);

  MLIRContext context;
  loadDialects(context);
  DiagnosticPrinter printer(context, /*quiet=*/true, model);
  Histograms histograms;
  OwningOpRef<ModuleOp> module =
      readCalibrated(context, options, level, calibrator, histograms);
  if (!module)
    return Failed;
  bool triesChanges = level != RecoveryLevel::Full;
  func::FuncOp network = *getNetwork(*module);
  FailureOr<FlatNetwork> flat = flattenNetwork(network);
  if (failed(flat))
    return Failed;
  Result<std::vector<SampleArray>> samples =
      openSamples(options.samples, flat->program);
  if (!samples)
    return fail(samples.message());

  AnalysisOptions settings;
  settings.numSamples = noiseSamples;
  settings.threads = options.threads;
  if (!triesChanges)
    settings.depth = AnalysisDepth::Causes;
  if (!histograms.layers.empty())
    settings.bindRanges = [&](func::FuncOp bound) {
      return chooseRanges(bound, calibrator, histograms);
    };
  // As quantize does it: what is measured are the integers that it makes.
  OwningOpRef<ModuleOp> original;
  if (level != RecoveryLevel::None) {
    original = (*module).clone();
    settings.reference = *getNetwork(*original);
    RecoverySettings how;
    how.level = level;
    how.showsProgress = !isQuiet();
    if (failed(recover(*module, *original, how, options)))
      return Failed;
    how.showsProgress = false;
    settings.recover = [how, &options](ModuleOp changed) {
      return success(succeeded(recover(changed, changed, how, options)));
    };
  }
  FailureOr<NetworkAnalysis> analysis =
      analyzeNetwork(network, *samples, settings);
  if (failed(analysis))
    return Failed;
  llvm::raw_ostream &os = textStream(jsonPath);
  print(*analysis, level, os);
  os.flush();

  OutputSet outputs;
  Status status = writeReport(jsonPath, toJson(*analysis, level));
  if (status && !suggest.empty())
    status = writeFile(suggest, analysis->suggestion.config + "\n");
  if (status)
    status = outputs.commit();
  if (!status)
    return fail(status.message());
  // Says that it was written.
  printSuggestion(*analysis, level, os);
  return Done;
}
