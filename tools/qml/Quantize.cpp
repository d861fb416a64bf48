//===- Quantize.cpp - qml quantize ----------------------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The same passes as --qml-quantize, in four steps, between which ranges and
// configurations are written.
//
//===----------------------------------------------------------------------===//

#include "qml/Pipelines/Quantize.h"
#include "Commands.h"
#include "Execution.h"
#include "JsonReport.h"
#include "ModuleIO.h"
#include "Quantize.h"

#include "Recover.h"
#include "qml/Analysis/Analysis.h"
#include "qml/Calibration/Job.h"
#include "qml/Conversion/Passes.h"
#include "qml/Pipelines/ReleaseWeights.h"
#include "qml/Pipelines/Target.h"
#include "qml/Quantization/Parameters.h"
#include "qml/Support/AtomicFile.h"
#include "qml/Target/Program/Flatten.h"
#include "qml/Target/Report/Report.h"
#include "qml/Transforms/Config.h"
#include "qml/Transforms/Losses.h"
#include "qml/Transforms/ObservedRanges.h"

#include "mlir/Pass/PassManager.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"

#include <chrono>

using namespace mlir;
using namespace qml;
namespace cl = llvm::cl;

cl::SubCommand qml::quantizeCommand("quantize",
                                    "Make an integer network of a float one");

#define QML_OPTION(TYPE, VARIABLE, NAME, HELP, DEFAULT)                        \
  static cl::opt<TYPE> VARIABLE(NAME,                                          \
                                cl::desc(HELP " (default: " #DEFAULT ")"),     \
                                cl::init(DEFAULT), cl::sub(quantizeCommand));

/// Options that analyze and search have, too: all that decides which integers
/// come out.
#define QML_SHARED_OPTION(TYPE, VARIABLE, NAME, HELP, DEFAULT)                 \
  static cl::opt<TYPE> VARIABLE(                                               \
      NAME, cl::desc(HELP " (default: " #DEFAULT ")"), cl::init(DEFAULT),      \
      cl::sub(quantizeCommand), cl::sub(getAnalyzeCommand()),                  \
      cl::sub(getSearchCommand()));

static cl::opt<std::string> model(cl::Positional, cl::desc("MODEL"),
                                  cl::Required, cl::sub(quantizeCommand));
static cl::opt<std::string> output("o",
                                   cl::desc("File to write: .mlir or .mlirbc"),
                                   cl::value_desc("OUT"), cl::Required,
                                   cl::sub(quantizeCommand));
QML_SHARED_OPTION(int, inputWeightBits, "input-weight-bits",
                  "Bitwidth of the first layer's weights, 2 to 16", 8)
QML_SHARED_OPTION(int, weightBits, "weight-bits",
                  "Bitwidth of other weights, 2 to 16", 8)
QML_SHARED_OPTION(int, activationBits, "activation-bits",
                  "Bitwidth of ReLUs, 1 to 16", 8)
QML_SHARED_OPTION(int, outputBits, "output-bits",
                  "Bitwidth of other results, 2 to 16", 8)
QML_SHARED_OPTION(int, bufferBits, "buffer-bits",
                  "Bitwidth of accumulators, 16 to 32", 32)
QML_SHARED_OPTION(bool, perTensorActivations, "per-tensor-activations",
                  "One range for all channels of a result", false)
QML_SHARED_OPTION(
    std::string, inputDtype, "input-dtype",
    "Type that float inputs are quantized to: uint8, int8 or int16", "uint8")
QML_SHARED_OPTION(int, lastOutputBits, "last-output-bits",
                  "Bitwidth of the network's result, 2 to 31; 0 leaves the "
                  "accumulator as it is",
                  0)
QML_SHARED_OPTION(std::string, config, "config",
                  "JSON file with priority over the parameters, layer by layer",
                  "")
QML_SHARED_OPTION(
    std::string, samples, "samples",
    "Calibration samples: .npy or .npz[:key]; several inputs: .npz with "
    "an array for each, by its name; random without",
    "")
QML_SHARED_OPTION(int64_t, numSamples, "num-samples",
                  "Samples to use or to make, 1 or more", 1024)
QML_SHARED_OPTION(int64_t, batchSize, "batch-size",
                  "Samples between two updates of the ranges, 1 or more", 100)
QML_SHARED_OPTION(int64_t, epochs, "epochs",
                  "How often the samples are used, 1 or more", 2)
QML_SHARED_OPTION(double, momentum, "momentum",
                  "Share of a range that stays when a batch comes, 0 to 1", 0.9)
QML_SHARED_OPTION(std::string, calibrator, "calibrator",
                  "How ranges follow from values: moving-max, max, percentile "
                  "or mse; mse is the default with --recover",
                  "moving-max")
QML_SHARED_OPTION(
    double, percentile, "percentile",
    "Percent of values that --calibrator=percentile keeps, above 0 to 100",
    99.99)
static cl::opt<std::string> recoverLevel(
    "recover",
    cl::desc("Choose biases (bias), or weights and biases (full), anew by what "
             "samples give: none, bias or full; bias with --target and "
             "--samples (default: \"none\")"),
    cl::init("none"), cl::sub(quantizeCommand), cl::sub(getSearchCommand()));
QML_OPTION(uint64_t, seed, "seed", "Seed of random samples", 0)
QML_OPTION(std::string, randomRule, "random-rule",
           "Rule of random samples: dtype (by the input's type) or channels",
           "dtype")
QML_SHARED_OPTION(
    std::string, ranges, "ranges",
    "Ranges (.npz) to use instead of calibrating; with --samples, "
    "those that are missing are calibrated",
    "")
QML_OPTION(std::string, configOutput, "dump-config",
           "Write the configuration to this JSON file", "")
static cl::opt<std::string> jsonPath(
    "json",
    cl::desc("Write what was calibrated and recovered, layer by layer, to this "
             "file as JSON, see docs/Reports.md; - prints it (default: none)"),
    cl::value_desc("F"), cl::sub(quantizeCommand));
QML_OPTION(std::string, dumpRanges, "dump-ranges",
           "Write the observed ranges to this .npz file", "")
QML_OPTION(std::string, dumpHistograms, "dump-histograms",
           "Count the values of results by bins, and write that to this .npz "
           "file; samples run once more",
           "")
QML_OPTION(std::string, dumpVariables, "dump-variables",
           "Write the integer variables to this .npz file", "")
QML_SHARED_OPTION(std::string, quantizeUntil, "quantize-until",
                  "Last layer to quantize", "")
QML_OPTION(bool, strict, "strict",
           "A layer left in float, or values that are known to be cut, are an "
           "error",
           false)
QML_OPTION(bool, keepFloat, "keep-float",
           "Carry the calibrated network along, to quantize it again", false)
QML_OPTION(bool, foldRescaling, "fold-rescaling",
           "Remove rescalings, whose scale the layers after them have", false)
QML_SHARED_OPTION(bool, splitSeparableConvs, "split-separable-convs",
                  "Make two layers of each separable convolution, so that each "
                  "depthwise kernel has a scale; --target=akida-2.0 and "
                  "--recover=full do, too",
                  false)
QML_SHARED_OPTION(std::string, arithmetic, "arithmetic",
                  "Whose rules integers follow: quantizeml or akida",
                  "quantizeml")
QML_SHARED_OPTION(std::string, target, "target",
                  "Decide everything for a chip: its arithmetic, its limits, "
                  "and accuracy: akida-2.0 or akida-1.0; none without",
                  "")
QML_SHARED_OPTION(std::string, device, "device",
                  "Where to run the float network: auto, cpu or cuda", "auto")
QML_SHARED_OPTION(bool, tf32, "tf32",
                  "On a GPU, round the operands of products to 10 bits", false)
QML_SHARED_OPTION(int, threads, "threads",
                  "Most threads to use, 1 to 1024; 0 for all", 0)
QML_SHARED_OPTION(bool, quiet, "quiet", "Print errors and warnings alone",
                  false)
#undef QML_OPTION
#undef QML_SHARED_OPTION

void qml::fillOptions(QuantizeOptions &options) {
  options.inputWeightBits = inputWeightBits;
  options.weightBits = weightBits;
  options.activationBits = activationBits;
  options.outputBits = outputBits;
  options.bufferBits = bufferBits;
  options.perTensorActivations = perTensorActivations;
  options.inputDtype = inputDtype;
  options.lastOutputBits = lastOutputBits;
  options.config = config;
  options.quantizeUntil = quantizeUntil;
  options.strict = strict;
  options.ranges = ranges;
  options.samples = samples;
  options.numSamples = numSamples;
  options.batchSize = batchSize;
  options.epochs = epochs;
  options.momentum = momentum;
  options.calibrator = calibrator;
  options.percentile = percentile;
  options.seed = seed;
  options.randomRule = randomRule;
  options.threads = threads;
  options.device = device;
  options.tf32 = tf32;
  options.keepFloat = keepFloat;
  options.foldRescaling = foldRescaling;
}

/// 3600 as "3,600".
static std::string withCommas(int64_t number) {
  std::string text = std::to_string(number);
  for (int64_t at = int64_t(text.size()) - 3; at > 0; at -= 3)
    text.insert(size_t(at), 1, ',');
  return text;
}

namespace {
/// Runs steps and notes what each cost.
class Steps {
public:
  LogicalResult run(StringRef name, llvm::function_ref<LogicalResult()> step) {
    auto start = std::chrono::steady_clock::now();
    LogicalResult result = step();
    costs.push_back({name.str(), std::chrono::duration<double>(
                                     std::chrono::steady_clock::now() - start)
                                     .count()});
    return result;
  }

  void print(const CalibrationReport &calibration) {
    double total = 0;
    for (auto &[name, seconds] : costs) {
      total += seconds;
      llvm::errs() << llvm::format("  %-12s %8.3f s", name.c_str(), seconds);
      if (name == "calibrate" && calibration.samples)
        llvm::errs() << llvm::format(
            "  (%lld samples, %.0f samples/s, %s)",
            static_cast<long long>(calibration.samples),
            calibration.samples / calibration.seconds,
            calibration.arithmetic.c_str());
      if (name == "calibrate" && !calibration.samplesSeen.empty()) {
        llvm::errs() << ", processes: " << calibration.samplesSeen.size()
                     << " (samples: ";
        llvm::interleaveComma(calibration.samplesSeen, llvm::errs());
        llvm::errs() << ")";
      }
      llvm::errs() << "\n";
    }
    llvm::errs() << llvm::format("  %-12s %8.3f s\n", "total", total);
    if (calibration.given > calibration.used)
      llvm::errs() << withCommas(calibration.given) << " samples given, "
                   << withCommas(calibration.used)
                   << " used; --num-samples=" << calibration.given
                   << " uses all\n";
    if (device.getNumOccurrences())
      noteDevice(calibration.whyCPU);
  }

private:
  std::vector<std::pair<std::string, double>> costs;
};
} // namespace

bool qml::hasParameters() {
  const cl::Option *parameters[] = {
      &inputWeightBits,      &weightBits,     &activationBits,
      &outputBits,           &bufferBits,     &inputDtype,
      &perTensorActivations, &lastOutputBits, &quantizeUntil};
  return llvm::any_of(parameters, [](const cl::Option *option) {
    return option->getNumOccurrences() != 0;
  });
}

bool qml::hasArithmetic() { return arithmetic.getNumOccurrences() != 0; }

bool qml::isQuiet() { return quiet; }

int qml::checkOptions() {
  if (arithmetic != "quantizeml" && arithmetic != "akida")
    return fail("--arithmetic=" + arithmetic +
                " is unknown; integers follow the rules of quantizeml or "
                "akida");
  if (!target.empty() && !parseTarget(target))
    return fail("--target=" + target +
                " is unknown; targets are akida-2.0 and akida-1.0");
  if (!target.empty() && arithmetic == "quantizeml" && hasArithmetic()) {
    llvm::errs() << "qml: --target has the arithmetic of the chip; leave out "
                    "--arithmetic="
                 << arithmetic << "\n";
    return WrongUsage;
  }
  return Done;
}

void qml::setRules(ModuleOp module, RecoveryLevel level) {
  MLIRContext *context = module.getContext();
  removeRules(module);
  if (!target.empty() || arithmetic == "akida")
    module->setAttr(arithmeticAttrName, StringAttr::get(context, "akida"));
  if (!target.empty())
    module->setAttr(targetAttrName, StringAttr::get(context, target));
  // The reference's limit cuts small values, which no weights can bring back.
  else if (level != RecoveryLevel::None)
    module->setAttr(fracBitsLimitAttrName,
                    StringAttr::get(context, "widest-channel"));
}

std::optional<Target> qml::getChip(ModuleOp module) {
  auto name = module->getAttrOfType<StringAttr>(targetAttrName);
  return name ? parseTarget(name) : std::nullopt;
}

void qml::buildSanitizePipeline(OpPassManager &pm, ModuleOp module) {
  SanitizeOptions options;
  if (std::optional<Target> chip = getChip(module))
    setDefaults(*chip, options);
  else
    options.splitSeparableConvs = recoverLevel == "full";
  if (splitSeparableConvs.getNumOccurrences())
    options.splitSeparableConvs = splitSeparableConvs;
  buildSanitizePipeline(pm, options);
}

bool qml::choosesGranularity(ModuleOp module, RecoveryLevel level) {
  return getChip(module) || level != RecoveryLevel::None;
}

InsertQuantizersOptions qml::getQuantizerOptions(ModuleOp module,
                                                 const QuantizeOptions &all) {
  InsertQuantizersOptions options = getInsertQuantizersOptions(all);
  std::optional<Target> chip = getChip(module);
  if (!chip)
    return options;
  setDefaults(*chip, options);
  if (inputWeightBits.getNumOccurrences())
    options.inputWeightBits = inputWeightBits;
  if (weightBits.getNumOccurrences())
    options.weightBits = weightBits;
  if (activationBits.getNumOccurrences())
    options.activationBits = activationBits;
  if (perTensorActivations.getNumOccurrences())
    options.perTensorActivations = perTensorActivations;
  return options;
}

LogicalResult qml::runPasses(ModuleOp module,
                             llvm::function_ref<void(OpPassManager &)> build) {
  PassManager pm(module.getContext());
  pm.addInstrumentation(createReleaseWeightsInstrumentation(module));
  build(pm);
  return pm.run(module);
}

namespace {
/// What some of the samples show.
struct QuickCheck {
  /// Of integers against the float network, in dB; none if it can't be
  /// measured, which is no problem of the network's.
  std::optional<double> decibels;
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
    check.decibels = noise->decibels();
  return check;
}

/// Whether the calibrator leaves out values on purpose.
static bool cutsOnPurpose(const QuantizeOptions &options) {
  return options.calibrator == "mse" || options.calibrator == "percentile";
}

/// Reports what samples show to be cut, where nothing was known without them,
/// and integers that are far from the float network, whatever the reason.
static LogicalResult checkNoise(func::FuncOp calibrated, func::FuncOp integer,
                                const QuantizeOptions &options) {
  QuickCheck check = checkSamples(calibrated, integer, options);
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
  double noise = check.decibels.value_or(tooLow);
  if (noise < tooLow)
    integer.emitWarning()
        << llvm::formatv("the integer network is at {0:F1} dB of the float one "
                         "on calibration samples; 'qml analyze' says which "
                         "layers lose it, and what to change",
                         noise)
               .str();
  return success(!options.strict || !isCut);
}

/// Says what the chip can't do: the network is still right, and may be split.
static LogicalResult checkChip(ModuleOp module, const Target &chip) {
  MLIRContext *context = module.getContext();
  ScopedDiagnosticHandler handler(context, [](Diagnostic &diagnostic) {
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

/// Puts the calibrated form in place of a network that is quantized already.
static LogicalResult restoreIfQuantized(ModuleOp module, bool hasConfig) {
  FailureOr<func::FuncOp> network = getNetwork(module);
  if (failed(network))
    return failure();
  if (!isInteger(*network))
    return success();
  if (!hasConfig)
    return module.emitError()
           << "the network is quantized already: parameters apply to float "
              "networks alone; to quantize it again, give a complete "
              "configuration with --config";
  return runPasses(
      module, [](OpPassManager &pm) { pm.addPass(createRestoreCalibrated()); });
}

LogicalResult qml::insertQuantizers(ModuleOp module,
                                    const QuantizeOptions &options,
                                    bool &wasCalibrated) {
  if (failed(restoreIfQuantized(module, !options.config.empty())))
    return failure();
  wasCalibrated = isAnnotated(*getNetwork(module));
  return runPasses(module, [&](OpPassManager &pm) {
    if (!wasCalibrated)
      buildSanitizePipeline(pm, module);
    addQuantizers(pm, getQuantizerOptions(module, options));
  });
}

/// Asks a calibration for what a recovery needs of the float network.
static void askForFacts(func::FuncOp network, const QuantizeOptions &options,
                        RecoveryLevel level, CalibratePassOptions &settings) {
  FailureOr<FlatNetwork> flat = flattenNetwork(network);
  if (failed(flat))
    return;
  Result<std::vector<SampleArray>> arrays =
      openSamples(options.samples, flat->program);
  if (!arrays)
    return;
  Result<SampleSources> sources = samplesOf(*arrays, flat->program);
  if (sources)
    settings.gather = findFloatNeeds(network, SampleSet(*sources).size(),
                                     getRecoveryOptions(level, options));
}

LogicalResult qml::findRanges(ModuleOp module, const QuantizeOptions &options,
                              bool wasCalibrated, CalibrationReport &report,
                              Histograms *histograms, RecoveryLevel level,
                              FloatFacts *facts) {
  FailureOr<func::FuncOp> network = getNetwork(module);
  if (failed(network))
    return failure();
  ObservedRanges known;
  if (!options.ranges.empty()) {
    Result<ObservedRanges> read = readRanges(options.ranges);
    if (!read)
      return module.emitError() << read.message();
    if (options.samples.empty() || hasAllRanges(*network, *read))
      return applyRanges(*network, *read, options.ranges);
    known = std::move(*read);
  }
  if (wasCalibrated && options.samples.empty()) {
    if (histograms)
      return module.emitError()
             << "the file holds ranges, with which there is nothing to count "
                "for --dump-histograms; give --samples to calibrate again";
    ObservedRanges kept = getRanges(*network);
    return applyRanges(*network, kept, "the calibrated form in the file");
  }
  CalibratePassOptions settings = getCalibrateOptions(options);
  settings.progress = !quiet;
  settings.facts = facts;
  if (facts && level != RecoveryLevel::None)
    askForFacts(*network, options, level, settings);
  if (options.samples.empty())
    network->emitWarning()
        << "calibrating with random samples: ranges are not those of real "
           "inputs, and what leaves them is clipped; give --samples";
  FailureOr<ObservedRanges> observed =
      observeRanges(*network, settings, &report, histograms);
  if (failed(observed))
    return failure();
  // A file that knows some of the ranges leaves the others to the samples.
  replaceRanges(*observed, known);
  return applyRanges(*network, *observed,
                     known.empty() ? StringRef("the calibration")
                                   : StringRef(options.ranges));
}

/// What was done, for programs.
static Json describeRun(RecoveryLevel level,
                        const std::optional<Recovered> &recovered,
                        const CalibrationReport &calibration) {
  Json json = makeReport("quantize", model);
  json["calibration"] = Json();
  if (calibration.samples)
    json["calibration"] = {{"samples", calibration.used},
                           {"samples_given", calibration.given},
                           {"arithmetic", calibration.arithmetic}};
  json["recover"] = nameOf(level).str();
  json["recovery"] = recovered ? jsonRecovered(*recovered) : Json();
  return json;
}

/// Writes all that was asked for; nothing changes if one file can't be written.
static LogicalResult writeOutputs(ModuleOp module, func::FuncOp network,
                                  const ObservedRanges &observed,
                                  const Histograms &histograms,
                                  const CalibrationReport &calibration,
                                  const Json &jsonReport) {
  OutputSet outputs;
  Status status = writeModule(module, output);
  auto write = [&](const std::string &path,
                   llvm::function_ref<Status()> writer) {
    if (status && !path.empty())
      status = writer();
  };
  write(configOutput,
        [&] { return writeFile(configOutput, dumpConfig(network) + "\n"); });
  write(dumpRanges, [&] {
    return writeRanges(dumpRanges, observed, calibration.arithmetic);
  });
  write(dumpHistograms, [&] {
    return writeHistograms(dumpHistograms, histograms, calibration.arithmetic);
  });
  write(dumpVariables, [&] { return writeVariables(network, dumpVariables); });
  write(jsonPath, [&] { return writeReport(jsonPath, jsonReport); });
  if (status)
    status = outputs.commit();
  if (!status)
    return module.emitError() << status.message();
  return success();
}

std::optional<RecoveryLevel> qml::getRecoveryLevel() {
  std::optional<RecoveryLevel> level = parseRecoveryLevel(recoverLevel);
  if (!level) {
    llvm::errs() << "qml: --recover=" << recoverLevel
                 << " is unknown; allowed are none, bias and full\n";
    return std::nullopt;
  }
  if (!recoverLevel.getNumOccurrences() && !target.empty() && !samples.empty())
    level = RecoveryLevel::Bias;
  if (*level != RecoveryLevel::None && samples.empty()) {
    llvm::errs() << "qml: --recover=" << recoverLevel
                 << " needs real samples: on random ones it makes networks "
                    "worse; give --samples\n";
    return std::nullopt;
  }
  return level;
}

void qml::setCalibrator(QuantizeOptions &options, RecoveryLevel level) {
  // Clipped ranges move means, which the biases then take back.
  if (level != RecoveryLevel::None && !calibrator.getNumOccurrences())
    options.calibrator = "mse";
}

int qml::runQuantize() {
  if (int code = checkOptions())
    return code;
  std::optional<RecoveryLevel> level = getRecoveryLevel();
  if (!level)
    return WrongUsage;
  if (!ranges.empty() && !dumpHistograms.empty()) {
    llvm::errs() << "qml: --ranges and --dump-histograms exclude each other: "
                    "histograms come from a calibration\n";
    return WrongUsage;
  }
  if (Status status =
          checkOutputsDiffer({output, configOutput, dumpRanges, dumpHistograms,
                              dumpVariables, jsonPath});
      !status)
    return fail(status.message());
  if (Status status = checkExtension(output, moduleExtensions); !status)
    return fail(status.message());
  for (const std::string &path :
       {std::string(configOutput), std::string(jsonPath)})
    if (Status status = checkExtension(path, {".json"}); !status)
      return fail(status.message());
  for (const std::string &path :
       std::vector<std::string>{dumpRanges, dumpHistograms, dumpVariables})
    if (Status status = checkExtension(path, {".npz"}); !status)
      return fail(status.message());
  QuantizeOptions options;
  fillOptions(options);
  setCalibrator(options, *level);

  MLIRContext context;
  loadDialects(context);
  DiagnosticPrinter printer(context, quiet);
  Steps steps;
  CalibrationReport report;
  Histograms histograms;
  FloatFacts facts;
  OwningOpRef<ModuleOp> module;
  bool wasCalibrated = false;
  auto network = [&] { return *getNetwork(*module); };

  LogicalResult result = steps.run("read", [&] {
    module = readModule(model, context);
    if (!module)
      return failure();
    // A model that is quantized again follows the rules of this time.
    setRules(*module, *level);
    return success();
  });
  if (failed(result))
    return Failed;
  result = steps.run("sanitize", [&] {
    return insertQuantizers(*module, options, wasCalibrated);
  });
  if (failed(result))
    return Failed;

  result = steps.run("calibrate", [&] {
    return findRanges(*module, options, wasCalibrated, report,
                      dumpHistograms.empty() ? nullptr : &histograms, *level,
                      *level == RecoveryLevel::None ? nullptr : &facts);
  });
  if (failed(result))
    return Failed;
  // What is left takes little time: the first process does it alone.
  if (!isFirstProcess())
    return Done;
  ObservedRanges observed = getRanges(network());

  std::optional<Target> chip = getChip(*module);
  std::optional<Recovered> recovered;
  // With samples, the float network is still needed.
  OwningOpRef<ModuleOp> calibrated;
  if (*level != RecoveryLevel::None) {
    result = steps.run("recover", [&]() -> LogicalResult {
      if (failed(chooseGranularity(*module)))
        return failure();
      calibrated = (*module).clone();
      // What may be quantized again has the weights that the model has.
      if (options.keepFloat && failed(runPasses(*module, [](OpPassManager &pm) {
            pm.addPass(createKeepCalibrated());
          })))
        return failure();
      options.keepFloat = false;
      RecoverySettings settings;
      settings.level = *level;
      settings.showsProgress = !quiet;
      settings.measures = !quiet || !jsonPath.empty();
      settings.facts = &facts;
      FailureOr<Recovered> found =
          recover(*module, *calibrated, settings, options);
      if (failed(found))
        return failure();
      recovered = std::move(*found);
      return success();
    });
    if (failed(result))
      return Failed;
  }

  result = steps.run("lower", [&] {
    if (choosesGranularity(*module, *level) &&
        failed(chooseGranularity(*module)))
      return failure();
    if (!options.samples.empty() && !calibrated)
      calibrated = (*module).clone();
    PassManager pm(&context);
    if (!calibrated)
      pm.addInstrumentation(createReleaseWeightsInstrumentation(*module));
    buildLowerPipeline(pm, options);
    if (failed(pm.run(*module)))
      return failure();
    if (calibrated &&
        failed(checkNoise(*getNetwork(*calibrated), network(), options)))
      return failure();
    return chip ? checkChip(*module, *chip) : success();
  });
  if (failed(result))
    return Failed;

  beginWriting();
  result = steps.run("write", [&] {
    return writeOutputs(*module, network(), observed, histograms, report,
                        describeRun(*level, recovered, report));
  });
  if (failed(result))
    return Failed;
  if (recovered && !quiet)
    printRecovered(*recovered);
  if (!quiet)
    steps.print(report);
  return Done;
}
