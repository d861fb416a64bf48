//===- Search.cpp - qml search --------------------------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "qml/Analysis/Search.h"
#include "Commands.h"
#include "JsonReport.h"
#include "ModuleIO.h"
#include "Quantize.h"
#include "Table.h"
#include "qml/Calibration/Calibration.h"
#include "qml/Calibration/Calibrators.h"
#include "qml/Conversion/Passes.h"
#include "qml/Pipelines/ReleaseWeights.h"
#include "qml/Support/AtomicFile.h"
#include "qml/Support/Quote.h"
#include "qml/Target/Program/Flatten.h"

#include "mlir/Pass/PassManager.h"
#include "llvm/ADT/StringExtras.h"

#include <cmath>
#include <set>

using namespace mlir;
using namespace qml;
namespace cl = llvm::cl;

// Options of two files belong to it, whichever is initialized first.
cl::SubCommand &qml::getSearchCommand() {
  static cl::SubCommand command("search",
                                "Which bits each layer needs, without labels");
  return command;
}

static cl::opt<std::string> model(cl::Positional, cl::desc("MODEL"),
                                  cl::Required, cl::sub(getSearchCommand()));
static cl::opt<std::string>
    output("o",
           cl::desc("Write the configuration to this JSON file, for --config "
                    "(default: none)"),
           cl::value_desc("Q.json"), cl::sub(getSearchCommand()));
static cl::opt<std::string> jsonPath("json", cl::desc(jsonHelp),
                                     cl::value_desc("F"),
                                     cl::sub(getSearchCommand()));
static cl::opt<std::string> budget(
    "budget",
    cl::desc("What weights may have: 64KB, packed, of 1,024 bytes (or 64), or "
             "4.5bits on average; raises what gives most for its bits "
             "(default: none)"),
    cl::value_desc("KB|BITS"), cl::sub(getSearchCommand()));
static cl::opt<double> targetNoise(
    "target-noise",
    cl::desc("Stop at this signal-to-noise ratio of the result against the "
             "float network, in dB (default: none)"),
    cl::value_desc("DB"), cl::sub(getSearchCommand()));
static cl::list<int>
    allowedBits("allowed-bits",
                cl::desc("Bitwidths to raise to, one after the other: 2 to 16, "
                         "for akida-2.0 to 8, for akida-1.0 to 4 (default: "
                         "2,4,8, as far as the target has them)"),
                cl::CommaSeparated, cl::value_desc("N,..."),
                cl::sub(getSearchCommand()));
static cl::opt<std::string>
    raise("raise",
          cl::desc("What to raise: weights, activations or all (default: all)"),
          cl::init("all"), cl::sub(getSearchCommand()));
static cl::opt<int64_t>
    noiseSamples("noise-samples",
                 cl::desc("Samples to measure noise with, evenly from all; 1 "
                          "or more (default: 256)"),
                 cl::init(256), cl::sub(getSearchCommand()));

//===----------------------------------------------------------------------===//
// Options
//===----------------------------------------------------------------------===//

/// Reads --budget; false if it is nothing that there is.
static bool parseBudget(SearchOptions &options) {
  StringRef text = StringRef(budget).trim();
  StringRef number =
      text.take_while([](char c) { return llvm::isDigit(c) || c == '.'; });
  StringRef unit = text.drop_front(number.size()).trim();
  double value = 0;
  if (number.getAsDouble(value) || !(value > 0) || value > 1e12)
    return false;
  if (unit.empty() || unit.equals_insensitive("kb"))
    options.mostBytes = int64_t(value * 1024);
  else if (unit.equals_insensitive("bits") || unit.equals_insensitive("bit"))
    options.mostBits = value;
  else
    return false;
  return true;
}

/// Fills in what was typed, and refuses what is wrong in it.
static void fillSearchOptions(SearchOptions &search,
                              const QuantizeOptions &options, Usage &usage) {
  if (options.samples.empty())
    usage.refuse("search needs real samples: give --samples=S.npy");
  if (budget.empty() && !targetNoise.getNumOccurrences())
    usage.refuse("search needs an end: give --target-noise=DB, "
                 "--budget=64KB or --budget=4.5bits, or both");
  if (!budget.empty() && !parseBudget(search))
    usage.refuse("--budget=" + printable(budget) +
                 " is no size: give the size of the weights, 64KB, or their "
                 "average, 4.5bits");
  if (targetNoise.getNumOccurrences()) {
    if (!std::isfinite(targetNoise))
      usage.refuse("--target-noise is a number of decibels, 25 for example");
    search.target = targetNoise;
  }
  if (noiseSamples < 1)
    usage.refuse("--noise-samples is 1 or more; found " +
                 Twine(int64_t(noiseSamples)));
  if (raise != "all" && raise != "weights" && raise != "activations")
    usage.refuse("--raise=" + printable(raise) +
                 " is unknown; allowed are weights, activations and all");
  search.raiseWeights = raise != "activations";
  search.raiseResults = raise != "weights";
}

/// Fills in the bits to raise to, with those of the chip.
static int fillBits(SearchOptions &search, ModuleOp module) {
  std::optional<Target> chip = getChip(module);
  int most = !chip ? 16 : chip->version == 1 ? 4 : 8;
  std::set<int> bits = {2, 4, 8};
  if (allowedBits.getNumOccurrences()) {
    bits = {allowedBits.begin(), allowedBits.end()};
    for (int each : bits)
      if (each < 2 || each > most) {
        llvm::errs() << "qml: --allowed-bits are 2 to " << most
                     << (chip ? " for this target" : "") << "; found " << each
                     << "\n";
        return WrongUsage;
      }
  }
  search.bits.clear();
  for (int each : bits)
    if (each <= most)
      search.bits.push_back(each);
  return Done;
}

//===----------------------------------------------------------------------===//
// As quantize does it
//===----------------------------------------------------------------------===//

/// The calibrated form of the model, as `qml quantize` makes it.
static OwningOpRef<ModuleOp> readCalibrated(MLIRContext &context,
                                            RecoveryLevel level,
                                            QuantizeOptions &options,
                                            const Calibrator &calibrator,
                                            Histograms *histograms) {
  OwningOpRef<ModuleOp> module = readModule(model, context);
  if (!module)
    return {};
  if (akida::getModel(*module)) {
    fail(model + ": is a model for the hardware; give the float network that "
                 "it was made from");
    return {};
  }
  setRules(*module, level);
  bool wasCalibrated = false;
  CalibrationReport report;
  if (failed(insertQuantizers(*module, options, wasCalibrated)))
    return {};
  // Only if they are of use: samples run once more for them.
  if (!needsHistograms(*getNetwork(*module), calibrator))
    histograms = nullptr;
  if (failed(findRanges(*module, options, wasCalibrated, report, histograms)))
    return {};
  return module;
}

/// What follows before it is lowered.
static LogicalResult prepare(ModuleOp module, RecoveryLevel level,
                             const QuantizeOptions &options) {
  if (choosesGranularity(module, level) && failed(chooseGranularity(module)))
    return failure();
  if (level == RecoveryLevel::None)
    return success();
  RecoverySettings settings;
  settings.level = level;
  return success(succeeded(recover(module, module, settings, options)));
}

/// Whether the chip can do it.
static bool fitsChip(ModuleOp integer, const Target &chip) {
  ScopedDiagnosticHandler silence(integer.getContext(),
                                  [](Diagnostic &) { return success(); });
  OwningOpRef<ModuleOp> copy = integer.clone();
  AkidaCheckOptions check;
  check.version = chip.version;
  // Bits change nothing about what follows the integers.
  check.floatTail = true;
  PassManager pm(integer.getContext());
  pm.addPass(createAkidaCheck(check));
  return succeeded(pm.run(*copy));
}

/// The noise of what `qml quantize --config` makes of a configuration, all of
/// it from the file on.
static FailureOr<Noise> verify(const std::string &config, RecoveryLevel level,
                               const QuantizeOptions &given,
                               const Calibrator &calibrator) {
  MLIRContext context;
  loadDialects(context);
  DiagnosticPrinter printer(context, /*quiet=*/true, model);
  // Warnings were printed at the start.
  ScopedDiagnosticHandler silence(&context, [](Diagnostic &diagnostic) {
    return success(diagnostic.getSeverity() != DiagnosticSeverity::Error);
  });
  QuantizeOptions options;
  fillOptions(options);
  setCalibrator(options, level);
  options.config = config;
  options.keepFloat = false;
  OwningOpRef<ModuleOp> module =
      readCalibrated(context, level, options, calibrator, nullptr);
  if (!module)
    return failure();
  OwningOpRef<ModuleOp> calibrated = (*module).clone();
  if (failed(prepare(*module, level, given)))
    return failure();
  LowerOptions lower;
  lower.reportLosses = false;
  if (failed(runPasses(*module, {*calibrated}, [&](OpPassManager &pm) {
        buildLowerPipeline(pm, lower);
      })))
    return failure();
  func::FuncOp reference = *getNetwork(*calibrated);
  FailureOr<FlatNetwork> flat = flattenNetwork(reference);
  if (failed(flat))
    return failure();
  Result<std::vector<SampleArray>> samples =
      openSamples(options.samples, flat->program);
  if (!samples)
    return reference.emitError() << samples.message();
  AnalysisOptions settings;
  settings.numSamples = noiseSamples;
  settings.threads = options.threads;
  return measureNoise(reference, *getNetwork(*module), *samples, settings);
}

//===----------------------------------------------------------------------===//
// What is said
//===----------------------------------------------------------------------===//

static void printFrontier(const SearchResult &result, llvm::raw_ostream &os) {
  std::vector<std::vector<std::string>> rows = {
      {"Step", "Weights KB", "Bits W", "Bits A", "dB", "Change"}};
  for (const SearchStep &step : result.steps)
    rows.push_back(
        {std::to_string(rows.size() - 1),
         formatNumber("%.1f", double(step.bits.weightBytes) / 1024),
         formatNumber("%.2f", step.bits.weights),
         formatNumber("%.2f", step.bits.results), formatDecibels(step.noise),
         !step.change ? "the start"
                      : (step.isTakenBack ? "without " : "") +
                            printable(step.change->text(), maxMessageBytes)});
  printTable(rows, os);
}

static size_t countLayers(const std::vector<Change> &changes) {
  std::set<std::string> layers;
  for (const Change &change : changes)
    layers.insert(change.layer);
  return layers.size();
}

static void printResult(const SearchResult &result, const Noise &verified,
                        llvm::raw_ostream &os) {
  size_t layers = countLayers(result.changes);
  os << "\n" << showCount(int64_t(layers), "layer") << " with more bits\n";
  for (const Change &change : result.changes)
    os << "  " << printable(change.text(), maxMessageBytes) << "\n";
  os << "quantized by this configuration: " << formatDecibels(verified)
     << " dB (" << showCount(result.samples, "sample") << ")";
  if (output.empty())
    os << "; -o Q.json writes it";
  else
    os << "; use it with --config=" << printable(output, maxMessageBytes);
  os << "\n";
}

static Json toJson(const Change &change) {
  return {{"layer", jsonName(change.layer)},
          {"quantizer", change.key},
          {"bitwidth", change.bits},
          {"text", jsonName(change.text())}};
}

static Json toJson(const SearchResult &result, const Noise &verified,
                   const SearchOptions &options) {
  Json report = makeReport("search", model);
  report["samples"] = result.samples;
  report["target_db"] = options.target ? jsonNumber(*options.target) : Json();
  report["budget_bytes"] =
      options.mostBytes ? Json(*options.mostBytes) : Json();
  report["budget_bits"] = options.mostBits ? Json(*options.mostBits) : Json();
  report["frontier"] = Json::array();
  for (const SearchStep &step : result.steps) {
    Json json;
    json["weight_bytes"] = step.bits.weightBytes;
    json["weight_bits"] = step.bits.weights;
    json["result_bits"] = step.bits.results;
    json["noise"] = jsonNoise(step.noise);
    json["change"] = step.change ? toJson(*step.change) : Json();
    json["taken_back"] = step.isTakenBack;
    report["frontier"].push_back(std::move(json));
  }
  report["layers_raised"] = countLayers(result.changes);
  report["changes"] = Json::array();
  for (const Change &change : result.changes)
    report["changes"].push_back(toJson(change));
  report["result"] = jsonNoise(verified);
  report["config"] = Json::parse(result.config, nullptr,
                                 /*allow_exceptions=*/false);
  return report;
}

//===----------------------------------------------------------------------===//
// The command
//===----------------------------------------------------------------------===//

int qml::runSearch() {
  QuantizeOptions options;
  fillOptions(options);
  SearchOptions search;
  Usage usage;
  checkOptions(usage);
  fillSearchOptions(search, options, usage);
  RecoveryLevel level = getRecoveryLevel(usage);
  if (int code = usage.exitCode())
    return code;
  setCalibrator(options, level);
  Calibrator calibrator =
      *parseCalibrator(options.calibrator, options.percentile);
  if (Status status =
          checkOutputs({{output, jsonExtensions}, {jsonPath, jsonExtensions}});
      !status)
    return fail(status.message());

  MLIRContext context;
  loadDialects(context);
  DiagnosticPrinter printer(context, /*quiet=*/true, model);
  Histograms histograms;
  OwningOpRef<ModuleOp> module =
      readCalibrated(context, level, options, calibrator, &histograms);
  if (!module)
    return Failed;
  if (int code = fillBits(search, *module))
    return code;
  func::FuncOp network = *getNetwork(*module);
  FailureOr<FlatNetwork> flat = flattenNetwork(network);
  if (failed(flat))
    return Failed;
  Result<std::vector<SampleArray>> samples =
      openSamples(options.samples, flat->program);
  if (!samples)
    return fail(samples.message());

  std::optional<Target> chip = getChip(*module);
  search.analysis.numSamples = noiseSamples;
  search.analysis.threads = options.threads;
  // Ranges from a file are taken as they are, with any bits.
  if (options.ranges.empty() && needsHistograms(network, calibrator))
    search.bindRanges = [&](func::FuncOp bound) {
      return chooseRanges(bound, calibrator, histograms);
    };
  if (chip || level != RecoveryLevel::None)
    search.prepare = [&](ModuleOp prepared) {
      return prepare(prepared, level, options);
    };
  if (chip)
    search.isAllowed = [&](ModuleOp integer) {
      return fitsChip(integer, *chip);
    };
  std::optional<ProgressLine> line;
  if (!isQuiet()) {
    line.emplace("Searching", "networks");
    search.progress = [&](int64_t done, int64_t total) {
      line->update(done, total);
    };
  }
  FailureOr<SearchResult> result = searchBits(network, *samples, search);
  line.reset();
  if (failed(result))
    return Failed;
  llvm::raw_ostream &os = textStream(jsonPath);
  printFrontier(*result, os);
  os.flush();
  auto miss = [&](const Noise &best, const Twine &what) {
    return fail(Twine("no bits reach ") + formatNumber("%.1f", *search.target) +
                " dB" + (budget.empty() ? "" : " within the budget") + "; " +
                what + " " + formatDecibels(best) +
                " dB; 'qml analyze' says what else is lost" +
                (level == RecoveryLevel::Full
                     ? ""
                     : ", and --recover=full recovers some of it"));
  };
  if (!result->isReached)
    return miss(result->best, "the best that was found is");
  FailureOr<Noise> verified =
      verify(result->config, level, options, calibrator);
  if (failed(verified))
    return Failed;
  if (search.target && verified->decibels() < *search.target)
    return miss(*verified, "what was found has, quantized anew,");
  OutputSet outputs;
  Status status = writeReport(jsonPath, toJson(*result, *verified, search));
  if (status && !output.empty())
    status = writeFile(output, result->config + "\n");
  if (status)
    status = outputs.commit();
  if (!status)
    return fail(status.message());
  // Says that it was written.
  printResult(*result, *verified, os);
  return Done;
}
