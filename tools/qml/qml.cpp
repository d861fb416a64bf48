//===- qml.cpp - The one command for people -------------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Commands.h"
#include "JsonReport.h"
#include "ModuleIO.h"
#include "qml/Calibration/Job.h"
#include "qml/Dialect/Akida/IR/Limits.h"
#include "qml/Dialect/QML/IR/Network.h"
#include "qml/GPU/Devices.h"
#include "qml/InitTool.h"
#include "qml/Support/AtomicFile.h"
#include "qml/Support/Process.h"
#include "qml/Support/Quote.h"
#include "qml/Target/Akida/ExportAkida.h"
#include "qml/Target/ONNX/ImportONNX.h"
#include "qml/Target/Report/Report.h"
#include "qml/Transforms/ObservedRanges.h"
#include "qml/Transforms/Passes.h"

#include "mlir/Pass/PassManager.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/InitLLVM.h"

#include <cstdlib>
#include <cstring>
#include <unistd.h>

using namespace mlir;
using namespace qml;
namespace cl = llvm::cl;

cl::SubCommand
    qml::importCommand("import",
                       "Read a Keras or ONNX model, write a float network");
cl::SubCommand qml::summaryCommand("summary", "Print the table of layers");

static cl::SubCommand limitsCommand("limits",
                                    "Print what Akida 1.0 and 2.0 can do");

static cl::SubCommand
    operatorsCommand("operators", "Print the operators of ONNX that are read");

static cl::opt<std::string> model(cl::Positional, cl::desc("MODEL"),
                                  cl::Required, cl::sub(importCommand),
                                  cl::sub(summaryCommand));
static cl::opt<std::string> output("o",
                                   cl::desc("File to write: .mlir or .mlirbc"),
                                   cl::value_desc("OUT"),
                                   cl::sub(importCommand));

static cl::opt<std::string> dumpRanges(
    "dump-ranges",
    cl::desc("Write the ranges that a quantized ONNX file has to this .npz "
             "file, for qml quantize --ranges"),
    cl::value_desc("R"), cl::sub(importCommand));

static cl::list<double> inputRescaling(
    "insert-rescaling",
    cl::desc("Compute SCALE * x + OFFSET of each input first, for networks "
             "that were trained on inputs of another scale"),
    cl::value_desc("SCALE[,OFFSET]"), cl::CommaSeparated,
    cl::sub(importCommand));

static LogicalResult insertRescaling(ModuleOp module) {
  InsertRescalingOptions options;
  options.scale = {inputRescaling[0]};
  if (inputRescaling.size() > 1)
    options.offset = {inputRescaling[1]};
  PassManager pm(module.getContext(), ModuleOp::getOperationName());
  pm.addNestedPass<func::FuncOp>(createInsertRescaling(options));
  return pm.run(module);
}

static int runImport() {
  Usage usage;
  usage.require(output);
  if (inputRescaling.size() > 2)
    usage.wrong("--insert-rescaling takes a scale, or a scale and an offset; "
                "found " +
                Twine(inputRescaling.size()) + " numbers");
  if (int code = usage.exitCode())
    return code;
  if (Status status = checkOutputs(
          {{output, moduleExtensions}, {dumpRanges, arrayExtensions}});
      !status)
    return fail(status.message());
  MLIRContext context;
  loadDialects(context);
  DiagnosticPrinter printer(context);
  ObservedRanges ranges;
  OwningOpRef<ModuleOp> module =
      readModule(model, context, dumpRanges.empty() ? nullptr : &ranges);
  if (!module)
    return Failed;
  if (!inputRescaling.empty() && failed(insertRescaling(*module)))
    return Failed;
  if (!dumpRanges.empty() && ranges.empty())
    return fail(model + ": has no ranges for --dump-ranges; quantized ONNX "
                        "files have, with QuantizeLinear and DequantizeLinear");
  OutputSet outputs;
  Status status = writeModule(*module, output);
  if (status && !dumpRanges.empty())
    status = writeRanges(dumpRanges, ranges);
  if (status)
    status = outputs.commit();
  if (!status)
    return fail(status.message());
  return Done;
}

static int runOperators() {
  printONNXOperators(llvm::outs());
  return Done;
}

static int runLimits() {
  akida::printLimits(llvm::outs());
  return Done;
}

static cl::opt<std::string> jsonPath("json", cl::desc(jsonHelp),
                                     cl::value_desc("F"),
                                     cl::sub(summaryCommand));

/// The layers of a network, for programs.
static Json summarizeNetwork(func::FuncOp network) {
  Json layers = Json::array();
  for (const LayerSummary &layer : summarize(network)) {
    Json json;
    json["name"] = jsonName(layer.name);
    json["class"] = jsonName(layer.type);
    json["shape"] =
        std::vector<int64_t>(layer.shape.begin(), layer.shape.end());
    json["parameters"] =
        layer.parameters.trainable + layer.parameters.nonTrainable;
    json["trainable"] = layer.parameters.trainable;
    json["inputs"] = Json::array();
    for (const std::string &input : layer.inputs)
      json["inputs"].push_back(jsonName(input));
    json["is_input"] = layer.isInput;
    json["quantized"] = layer.isQuantized;
    json["weight_bits"] = layer.weightBits;
    json["result_bits"] = layer.resultBits ? Json(layer.resultBits) : Json();
    json["weight_bytes"] = layer.weightBytes;
    json["loss"] = layer.loss.empty() ? Json() : Json(layer.loss);
    layers.push_back(std::move(json));
  }
  return layers;
}

/// Those of a model for the hardware.
static Json summarizeModel(akida::ModelOp hardware) {
  Json layers = Json::array();
  for (akida::LayerOpInterface layer : hardware.getLayers()) {
    Json json;
    json["name"] = jsonName(layer.getLayerName().str());
    json["class"] = layer.getInfo().summaryType.str();
    ArrayRef<int64_t> shape = getShape(layer->getResult(0)).drop_front();
    json["shape"] = std::vector<int64_t>(shape.begin(), shape.end());
    layers.push_back(std::move(json));
  }
  return layers;
}

static int runSummary() {
  if (Status status = checkOutputs({{jsonPath, jsonExtensions}}); !status)
    return fail(status.message());
  MLIRContext context;
  loadDialects(context);
  DiagnosticPrinter printer(context);
  OwningOpRef<ModuleOp> module = readModule(model, context);
  if (!module)
    return Failed;
  std::string text;
  llvm::raw_string_ostream os(text);
  Json report = makeReport("summary", model);
  if (akida::ModelOp hardware = akida::getModel(*module)) {
    printModelSummary(hardware, os);
    report["hardware"] = getVersionName(hardware.getVersion()).str();
    report["layers"] = summarizeModel(hardware);
  } else {
    FailureOr<func::FuncOp> network = getNetwork(*module);
    if (failed(network))
      return Failed;
    printSummary(*network, os);
    report["hardware"] = nullptr;
    report["layers"] = summarizeNetwork(*network);
  }
  if (Status status = writeReport(jsonPath, report); !status)
    return fail(status.message());
  textStream(jsonPath) << text;
  return Done;
}

/// Of several processes all would do the same work, and write the same files.
static int refuseToShare(StringRef command) {
  return fail("qml " + command +
              " does not share its work among processes; start it once, "
              "without mpirun");
}

/// LLVM's parser suggests the option of the nearest spelling, be it one of its
/// own, and doesn't know that others have the one that was meant.
static std::string improveErrors(StringRef errors) {
  std::string text;
  bool isOfChip = false;
  for (StringRef line : llvm::split(errors.rtrim('\n'), '\n')) {
    if (line.contains("Did you mean '--print-options") ||
        line.contains("Did you mean '--print-all-options") ||
        line.contains("Did you mean '-h"))
      continue;
    if (isOfChip && line.contains("Did you mean"))
      continue;
    text += line.str() + "\n";
    StringRef option = line.split("Unknown command line argument '").second;
    option = option.take_until([](char c) { return c == '=' || c == '\''; });
    option = option.ltrim('-');
    std::vector<std::string> owners;
    for (cl::SubCommand *command : cl::getRegisteredSubcommands())
      if (!option.empty() && !command->getName().empty() &&
          command->OptionsMap.count(option))
        owners.push_back(("qml " + command->getName()).str());
    isOfChip = option == "target" && convertCommand;
    if (isOfChip) {
      text += "qml: convert takes the chip by --akida-version=1 or 2, and "
              "knows it of networks that were quantized with --target\n";
      continue;
    }
    llvm::sort(owners);
    if (!owners.empty())
      text += "qml: '--" + option.str() + "' is an option of " +
              llvm::join(owners, ", ") + "\n";
  }
  return text;
}

/// What commands print is their result, and was lost if it can't be written;
/// that is told, unless whoever read it, as `head` does, wanted no more.
static int finishPrinting(int exitCode) {
  llvm::outs().flush();
  if (std::error_code error = llvm::outs().error()) {
    llvm::outs().clear_error();
    if (exitCode == Done && error == std::errc::broken_pipe)
      exitCode = Failed;
    else if (exitCode == Done)
      exitCode = fail("cannot write '-': " + error.message());
  }
  forgetLostMessages();
  return exitCode;
}

/// LLVM's parser ends the process when it has printed help, and calls it a bug
/// if that could not be written.
static void finishHelp() {
  if (finishPrinting(Done) == Done)
    return;
  removeTemporaries();
  ::_exit(Failed);
}

static int runMain(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv, /*InstallPipeSignalExitHandler=*/false);
  ignoreFailingWrites();
  hideOptionsOfLibraries();
  // Before the stream that it looks at is destroyed.
  llvm::outs();
  std::atexit(finishHelp);
  addModelOptions();
  // As with other tools of commands.
  if (argc == 2 && StringRef(argv[1]) == "help") {
    static char help[] = "--help";
    argv[1] = help;
  }
  std::string errors;
  llvm::raw_string_ostream os(errors);
  if (!cl::ParseCommandLineOptions(argc, argv,
                                   "QML: neural networks to integers\n", &os)) {
    // What was typed may hold anything that a terminal obeys.
    for (int i = 1; i < argc; ++i)
      if (std::string shown = printable(argv[i]); shown != argv[i])
        for (size_t at = 0;
             (at = errors.find(argv[i], at)) != std::string::npos;
             at += shown.size())
          errors.replace(at, std::strlen(argv[i]), shown);
    llvm::errs() << improveErrors(errors);
    return WrongUsage;
  }
  const std::pair<cl::SubCommand *, int (*)()> commands[] = {
      {&importCommand, runImport},      {&summaryCommand, runSummary},
      {&quantizeCommand, runQuantize},  {&getAnalyzeCommand(), runAnalyze},
      {&getSearchCommand(), runSearch}, {&runCommand, runRun},
      {&evaluateCommand, runEvaluate},  {&compareCommand, runCompare},
      {&convertCommand, runConvert},    {&limitsCommand, runLimits},
      {&operatorsCommand, runOperators}};
  for (auto [command, run] : commands)
    if (*command)
      return getWorkers() && command != &quantizeCommand
                 ? refuseToShare(command->getName())
                 : run();
  llvm::errs() << "qml: no command was given; see 'qml --help'\n";
  return WrongUsage;
}

int main(int argc, char **argv) {
  prepareProcess();
  initTool();
  setCPUExecutor(qml::createCPUExecutor);
  startJob();
  int exitCode = finishPrinting(runMain(argc, argv));
  return endJob(exitCode);
}
