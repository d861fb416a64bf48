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
#include "Table.h"
#include "qml/Analysis/Analysis.h"
#include "qml/Calibration/Job.h"
#include "qml/Conversion/InputDtype.h"
#include "qml/GPU/Devices.h"
#include "qml/Pipelines/ReleaseWeights.h"
#include "qml/Pipelines/Target.h"
#include "qml/Quantization/Parameters.h"
#include "qml/Support/AtomicFile.h"
#include "qml/Support/Quote.h"
#include "qml/Target/Program/Flatten.h"
#include "qml/Target/Report/Report.h"
#include "qml/Transforms/Config.h"
#include "qml/Transforms/ObservedRanges.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/MemoryBuffer.h"

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
                                   cl::value_desc("OUT"),
                                   cl::sub(quantizeCommand));
QML_SHARED_OPTION(int, inputWeightBits, "input-weight-bits",
                  "Bitwidth of the first layer's weights, 2 to 16", 8)
QML_SHARED_OPTION(int, weightBits, "weight-bits",
                  "Bitwidth of other weights, 2 to 16", 8)
QML_SHARED_OPTION(
    int, activationBits, "activation-bits",
    "Bitwidth of ReLUs, 1 to 16; other activations take 2 or more", 8)
QML_SHARED_OPTION(int, outputBits, "output-bits",
                  "Bitwidth of other results, 2 to 16", 8)
QML_SHARED_OPTION(int, bufferBits, "buffer-bits",
                  "Bitwidth of accumulators, 16 to 32", 32)
QML_SHARED_OPTION(bool, perTensorActivations, "per-tensor-activations",
                  "One range for all channels of a result", false)
QML_SHARED_OPTION(std::string, inputDtype, "input-dtype",
                  "Type that float inputs are quantized to: uint8, int8 or "
                  "int16; --target takes int8 where the chip takes no bytes",
                  "uint8")
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
    cl::init("none"), cl::sub(quantizeCommand), cl::sub(getAnalyzeCommand()),
    cl::sub(getSearchCommand()));
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
            "  (%s, %.0f samples/s, %s)",
            showCount(calibration.samples, "sample").c_str(),
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
      &perTensorActivations, &lastOutputBits, &quantizeUntil,
      &splitSeparableConvs};
  return llvm::any_of(parameters, [](const cl::Option *option) {
    return option->getNumOccurrences() != 0;
  });
}

bool qml::hasArithmetic() {
  return arithmetic.getNumOccurrences() || target.getNumOccurrences();
}

bool qml::isQuiet() { return quiet; }

void qml::checkOptions(Usage &usage) {
  if (arithmetic != "quantizeml" && arithmetic != "akida")
    usage.wrong("--arithmetic=" + printable(arithmetic) +
                " is unknown; integers follow the rules of quantizeml or "
                "akida");
  if (!target.empty() && !parseTarget(target))
    usage.wrong("--target=" + printable(target) +
                " is unknown; targets are akida-2.0 and akida-1.0");
  if (!target.empty() && arithmetic == "quantizeml" &&
      arithmetic.getNumOccurrences())
    usage.refuse("--target has the arithmetic of the chip; leave out "
                 "--arithmetic=quantizeml");
  Result<Calibrator> named = parseCalibrator(calibrator, percentile);
  if (!named)
    usage.wrong(named.message());
  // Configurations may name it, too.
  else if (percentile.getNumOccurrences() &&
           named->kind != CalibratorKind::Percentile && config.empty())
    usage.refuse("--percentile goes with --calibrator=percentile; the "
                 "calibrator is " +
                 calibrator);
  if (randomRule != "dtype" && randomRule != "channels")
    usage.wrong("the rule of random samples is " + quote(randomRule) +
                "; allowed are dtype and channels");
  const cl::Option *ofRandomSamples[] = {&seed, &randomRule};
  for (const cl::Option *option : ofRandomSamples)
    if (option->getNumOccurrences() && !samples.empty())
      usage.refuse("--" + option->ArgStr +
                   " is about random samples, and --samples gives real ones; "
                   "leave one of them out");
  usage.check(checkDeviceName(device));
  usage.check(checkThreads(threads));
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
  noteRecovery(module, level);
}

void qml::noteRecovery(ModuleOp module, RecoveryLevel level) {
  if (level == RecoveryLevel::None)
    module->removeAttr(recoveryAttrName);
  else
    module->setAttr(recoveryAttrName,
                    StringAttr::get(module.getContext(), nameOf(level)));
}

RecoveryLevel qml::findRecovery(ModuleOp module) {
  auto name = module->getAttrOfType<StringAttr>(recoveryAttrName);
  std::optional<RecoveryLevel> level;
  if (name)
    level = parseRecoveryLevel(name);
  return level.value_or(RecoveryLevel::None);
}

bool qml::hasRecoveryLevel() { return recoverLevel.getNumOccurrences() != 0; }

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
  if (splitSeparableConvs.getNumOccurrences())
    return module.emitError()
           << "the network is quantized already: its layers stay as they are; "
              "--split-separable-convs takes its float model";
  return runPasses(module, {}, [](OpPassManager &pm) {
    pm.addPass(createRestoreCalibrated());
  });
}

LogicalResult qml::addQuantizersTo(ModuleOp module, QuantizeOptions &options) {
  std::optional<Target> chip = getChip(module);
  if (chip && !inputDtype.getNumOccurrences())
    options.inputDtype =
        chooseInputDtype(module, *chip, getQuantizerOptions(module, options));
  InsertQuantizersOptions parameters = getQuantizerOptions(module, options);
  return runPasses(module, {},
                   [&](OpPassManager &pm) { addQuantizers(pm, parameters); });
}

/// Says which parameters have no effect beside a configuration.
static void warnOfIdleBits(func::FuncOp network) {
  const cl::opt<int> *weights[] = {&inputWeightBits, &weightBits},
                     *results[] = {&activationBits, &outputBits};
  auto isGiven = [](const cl::opt<int> *option) {
    return option->getNumOccurrences() != 0;
  };
  // A pipe can't be read twice.
  if (!(llvm::any_of(weights, isGiven) || llvm::any_of(results, isGiven)) ||
      !llvm::sys::fs::is_regular_file(config))
    return;
  auto text = llvm::MemoryBuffer::getFile(config);
  std::vector<std::string> problems;
  if (!text)
    return;
  Config known = parseConfig((*text)->getBuffer(), problems);
  auto warn = [&](ArrayRef<const cl::opt<int> *> options) {
    for (const cl::opt<int> *option : llvm::make_filter_range(options, isGiven))
      network.emitWarning()
          << "--" << option->ArgStr << "=" << int(*option)
          << " changes nothing: the configuration has the bits of all layers; "
             "change them there, or remove the layers' entries from it";
  };
  if (!leavesWeightBits(network, known))
    warn(weights);
  if (!leavesResultBits(network, known))
    warn(results);
}

LogicalResult qml::insertQuantizers(ModuleOp module, QuantizeOptions &options,
                                    bool &wasCalibrated) {
  if (failed(restoreIfQuantized(module, !options.config.empty())))
    return failure();
  wasCalibrated = isAnnotated(*getNetwork(module));
  if (!wasCalibrated && failed(runPasses(module, {}, [&](OpPassManager &pm) {
        buildSanitizePipeline(pm, module);
      })))
    return failure();
  if (failed(addQuantizersTo(module, options)))
    return failure();
  warnOfIdleBits(*getNetwork(module));
  return success();
}

/// Says what samples show before they are used, and asks the calibration for
/// what a recovery needs of the float network.
static void lookAhead(func::FuncOp network, const QuantizeOptions &options,
                      RecoveryLevel level, CalibratePassOptions &settings) {
  FailureOr<FlatNetwork> flat = flattenNetwork(network);
  if (failed(flat))
    return;
  // What is wrong with the samples themselves, the calibration says.
  Result<std::vector<SampleArray>> arrays =
      openSamples(options.samples, flat->program);
  if (!arrays)
    return;
  Result<SampleSources> sources = samplesOf(*arrays, flat->program);
  if (!sources)
    return;
  SampleSet samples(*sources);
  warnOfAlikeSamples(network, flat->program, samples, options.numSamples);
  if (settings.facts && level != RecoveryLevel::None)
    settings.gather = findFloatNeeds(network, samples.size(),
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
  if (options.samples.empty())
    network->emitWarning()
        << "calibrating with random samples: ranges are not those of real "
           "inputs, and what leaves them is clipped; give --samples";
  else
    lookAhead(*network, options, level, settings);
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

RecoveryLevel qml::getRecoveryLevel(Usage &usage) {
  std::optional<RecoveryLevel> level = parseRecoveryLevel(recoverLevel);
  if (!level) {
    usage.refuse("--recover=" + printable(recoverLevel) +
                 " is unknown; allowed are none, bias and full");
    return RecoveryLevel::None;
  }
  if (!recoverLevel.getNumOccurrences() && !target.empty() && !samples.empty())
    return RecoveryLevel::Bias;
  if (*level != RecoveryLevel::None && samples.empty())
    usage.refuse("--recover=" + recoverLevel +
                 " needs real samples: on random ones it makes networks worse; "
                 "give --samples");
  return *level;
}

void qml::setCalibrator(QuantizeOptions &options, RecoveryLevel level) {
  // Clipped ranges move means, which the biases then take back.
  if (level != RecoveryLevel::None && !calibrator.getNumOccurrences())
    options.calibrator = "mse";
}

namespace {
/// One run of the command, step by step.
class Quantization {
public:
  explicit Quantization(RecoveryLevel level) : level(level) {
    fillOptions(options);
    setCalibrator(options, level);
    loadDialects(context);
  }

  /// Returns the exit code.
  int run();

private:
  LogicalResult read();
  LogicalResult calibrate();
  LogicalResult recoverAccuracy();
  LogicalResult lower();
  /// Writes all that was asked for; nothing changes if one file can't be
  /// written.
  LogicalResult write();
  /// What was done, for programs.
  Json describe();

  func::FuncOp network() { return *getNetwork(*module); }

  RecoveryLevel level;
  QuantizeOptions options;
  MLIRContext context;
  DiagnosticPrinter printer{context, quiet, model};
  OwningOpRef<ModuleOp> module;
  bool wasCalibrated = false;
  CalibrationReport calibration;
  Histograms histograms;
  ObservedRanges observed;
  FloatFacts facts;
  /// The float network, where there are samples to hold integers against it.
  OwningOpRef<ModuleOp> calibrated;
  std::optional<Recovered> recovered;
  std::optional<MeasuredNoise> noise;
};
} // namespace

LogicalResult Quantization::read() {
  module = readModule(model, context);
  if (!module)
    return failure();
  // A model that is quantized again follows the rules of this time.
  setRules(*module, level);
  return success();
}

LogicalResult Quantization::calibrate() {
  if (failed(findRanges(*module, options, wasCalibrated, calibration,
                        dumpHistograms.empty() ? nullptr : &histograms, level,
                        level == RecoveryLevel::None ? nullptr : &facts)))
    return failure();
  observed = getRanges(network());
  // Random samples have a warning of their own.
  if (getChip(*module) && samples.empty() && !hasRecoveryLevel() &&
      (wasCalibrated || !ranges.empty()))
    network().emitWarning()
        << "--target recovers accuracy (--recover=bias) from samples alone, "
           "and there are none; give --samples, or --recover=none if none "
           "shall be";
  return success();
}

LogicalResult Quantization::recoverAccuracy() {
  if (failed(chooseGranularity(*module)))
    return failure();
  calibrated = (*module).clone();
  // What may be quantized again has the weights that the model has.
  if (options.keepFloat && failed(runPasses(*module, {}, [](OpPassManager &pm) {
        pm.addPass(createKeepCalibrated());
      })))
    return failure();
  options.keepFloat = false;
  RecoverySettings settings;
  settings.level = level;
  settings.showsProgress = !quiet;
  settings.measures = isFirstProcess() && (!quiet || !jsonPath.empty());
  settings.facts = &facts;
  FailureOr<Recovered> found = recover(*module, *calibrated, settings, options);
  if (failed(found))
    return failure();
  recovered = std::move(*found);
  return success();
}

LogicalResult Quantization::lower() {
  if (choosesGranularity(*module, level) && failed(chooseGranularity(*module)))
    return failure();
  if (!options.samples.empty() && !calibrated)
    calibrated = (*module).clone();
  SmallVector<ModuleOp, 1> others;
  if (calibrated)
    others.push_back(*calibrated);
  if (failed(runPasses(*module, others, [&](OpPassManager &pm) {
        buildLowerPipeline(pm, options);
      })))
    return failure();
  if (calibrated &&
      failed(checkNoise(*getNetwork(*calibrated), network(), options, noise)))
    return failure();
  std::optional<Target> chip = getChip(*module);
  return chip ? checkChip(*module, *chip, strict) : success();
}

Json Quantization::describe() {
  Json json = makeReport("quantize", model);
  json["calibration"] = Json();
  if (calibration.samples)
    json["calibration"] = {{"samples", calibration.used},
                           {"samples_given", calibration.given},
                           {"arithmetic", calibration.arithmetic}};
  json["recover"] = nameOf(level).str();
  json["recovery"] = recovered ? jsonRecovered(*recovered) : Json();
  json["noise"] = noise ? jsonNoise(*noise) : Json();
  return json;
}

LogicalResult Quantization::write() {
  OutputSet outputs;
  Status status = writeModule(*module, output);
  auto writeOne = [&](const std::string &path,
                      llvm::function_ref<Status()> writer) {
    if (status && !path.empty())
      status = writer();
  };
  writeOne(configOutput, [&] {
    return writeFile(configOutput, dumpConfig(network()) + "\n");
  });
  writeOne(dumpRanges, [&] {
    return writeRanges(dumpRanges, observed, calibration.arithmetic);
  });
  writeOne(dumpHistograms, [&] {
    return writeHistograms(dumpHistograms, histograms, calibration.arithmetic);
  });
  writeOne(dumpVariables,
           [&] { return writeVariables(network(), dumpVariables); });
  writeOne(jsonPath, [&] { return writeReport(jsonPath, describe()); });
  if (status)
    status = outputs.commit();
  if (!status)
    return module->emitError() << status.message();
  return success();
}

/// Says what was made, in one line.
static void printWritten(func::FuncOp network,
                         const std::optional<MeasuredNoise> &noise) {
  llvm::raw_ostream &os = llvm::errs();
  uint64_t bytes = 0;
  os << "wrote " << printable(output, maxMessageBytes);
  if (output != "-" && llvm::sys::fs::is_regular_file(output) &&
      !llvm::sys::fs::file_size(output, bytes))
    os << ": " << withCommas(int64_t(bytes)) << " bytes";
  if (noise) {
    os << ", " << formatDecibels(*noise);
    os << (noise->noise == 0 ? " as" : " dB against")
       << " the float network on "
       << showCount(noise->samples, "calibration sample");
  }
  std::vector<std::string> floats;
  for (auto layer : network.getOps<LayerOpInterface>())
    if (!isa<DequantizerOp, InputQuantizerOp>(*layer) &&
        isa<FloatType>(getElementTypeOrSelf(layer->getResult(0))))
      floats.push_back(quote(layer.getLayerName().str()));
  if (!floats.empty())
    os << "; in float: " << llvm::join(floats, ", ");
  os << "\n";
}

int Quantization::run() {
  Steps steps;
  if (failed(steps.run("read", [&] { return read(); })) ||
      failed(steps.run(
          "sanitize",
          [&] { return insertQuantizers(*module, options, wasCalibrated); })) ||
      failed(steps.run("calibrate", [&] { return calibrate(); })))
    return Failed;
  if (level != RecoveryLevel::None &&
      failed(steps.run("recover", [&] { return recoverAccuracy(); })))
    return Failed;
  // What is left takes little time: the first process does it alone.
  if (!isFirstProcess())
    return Done;
  if (failed(steps.run("lower", [&] { return lower(); })))
    return Failed;
  beginWriting();
  if (failed(steps.run("write", [&] { return write(); })))
    return Failed;
  if (quiet)
    return Done;
  if (recovered)
    printRecovered(*recovered);
  steps.print(calibration);
  printWritten(network(), noise);
  return Done;
}

//===----------------------------------------------------------------------===//
// The command
//===----------------------------------------------------------------------===//

int qml::runQuantize() {
  Usage usage;
  usage.require(output);
  checkOptions(usage);
  RecoveryLevel level = getRecoveryLevel(usage);
  if (!ranges.empty() && !dumpHistograms.empty())
    usage.refuse("--ranges and --dump-histograms exclude each other: "
                 "histograms come from a calibration");
  if (int code = usage.exitCode())
    return code;
  if (Status status = checkOutputs({{output, moduleExtensions},
                                    {configOutput, jsonExtensions},
                                    {dumpRanges, arrayExtensions},
                                    {dumpHistograms, arrayExtensions},
                                    {dumpVariables, arrayExtensions},
                                    {jsonPath, jsonExtensions}});
      !status)
    return fail(status.message());
  return Quantization(level).run();
}
