//===- Convert.cpp - qml convert ------------------------------------------===//
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
#include "qml/Conversion/Passes.h"
#include "qml/Dialect/Akida/IR/AkidaOps.h"
#include "qml/Dialect/Akida/IR/MapperLimits.h"
#include "qml/Support/AtomicFile.h"
#include "qml/Support/Quote.h"
#include "qml/Target/Akida/ExportAkida.h"

#include "mlir/Pass/PassManager.h"

using namespace mlir;
using namespace qml;
namespace cl = llvm::cl;

cl::SubCommand qml::convertCommand("convert",
                                   "Make an Akida model of an integer network");

static cl::opt<std::string> model(cl::Positional, cl::desc("MODEL"),
                                  cl::Required, cl::sub(convertCommand));
static cl::opt<std::string>
    output("o",
           cl::desc("File to write: .mlir or .mlirbc; .fbz or .json for "
                    "BrainChip's engine"),
           cl::value_desc("OUT"), cl::sub(convertCommand));
static cl::opt<std::string>
    versionName("akida-version",
                cl::desc("Version of the hardware: 1 or 2 (default: that of "
                         "quantize --target, else 2)"),
                cl::value_desc("N"), cl::sub(convertCommand));
static cl::opt<bool> check(
    "check",
    cl::desc("Only report what the hardware can't do, of a float model as "
             "it would be quantized by default (default: false)"),
    cl::sub(convertCommand));
static cl::opt<std::string>
    inputDtype("input-dtype",
               cl::desc("With --check: the type that float inputs are "
                        "quantized to: uint8, int8 or int16 "
                        "(default: as quantize --target chooses)"),
               cl::sub(convertCommand));

static cl::opt<std::string>
    jsonPath("json",
             cl::desc("With --check: write what was found to this file as "
                      "JSON, see docs/Reports.md; - prints it"),
             cl::value_desc("F"), cl::sub(convertCommand));

static cl::opt<bool> hardwareOnly(
    "hardware-only",
    cl::desc("Layers that the chip's mapper would leave to software are an "
             "error (default: false, a warning)"),
    cl::sub(convertCommand));

static cl::opt<bool> floatTail(
    "float-tail",
    cl::desc("Leave out any layer after the first dequantizer (default: false, "
             "a softmax alone)"),
    cl::sub(convertCommand));

static Status writeModel(ModuleOp module) {
  StringRef path = output;
  akida::ModelOp hardware = akida::getModel(module);
  if (path.ends_with(".json")) {
    std::string text;
    llvm::raw_string_ostream os(text);
    if (Status status = exportJSON(hardware, os); !status)
      return status;
    return writeFile(output, text);
  }
  if (path.ends_with(".fbz")) {
    Result<std::string> file = exportFBZ(hardware);
    if (!file)
      return file.takeError();
    return writeFile(output, *file);
  }
  return writeModule(module, output);
}

static bool isOfMapper(Diagnostic &diagnostic) {
  return llvm::any_of(
      diagnostic.getMetadata(), [](const DiagnosticArgument &argument) {
        return argument.getKind() ==
                   DiagnosticArgument::DiagnosticArgumentKind::String &&
               argument.getAsString() == akida::mapperSource;
      });
}

static Json toJson(Diagnostic &diagnostic) {
  Json json;
  json["source"] =
      isOfMapper(diagnostic) ? akida::mapperSource.str() : "converter";
  json["severity"] = diagnostic.getSeverity() == DiagnosticSeverity::Error
                         ? "error"
                         : "warning";
  json["message"] = jsonName(diagnostic.str());
  json["notes"] = Json::array();
  for (Diagnostic &note : diagnostic.getNotes())
    json["notes"].push_back(jsonName(note.str()));
  return json;
}

/// The version that was asked for, if any was; false if there is none of it.
static bool parseVersion(std::optional<int> &version) {
  if (!versionName.getNumOccurrences())
    return true;
  if (versionName == "1" || versionName == "1.0")
    version = 1;
  else if (versionName == "2" || versionName == "2.0")
    version = 2;
  return version.has_value();
}

/// The version that a model is made for already, and in `what` how it came to
/// that; none if it is for any.
static std::optional<int> getOwnVersion(ModuleOp module, std::string &what) {
  if (akida::ModelOp converted = akida::getModel(module)) {
    what =
        ("was converted for Akida " + getVersionName(converted.getVersion()) +
         "; convert the integer network again")
            .str();
    return int(converted.getVersion());
  }
  std::optional<Target> chip = getChip(module);
  if (!chip)
    return std::nullopt;
  what = "was quantized with --target=akida-" + std::to_string(chip->version) +
         ".0, by that chip's rules; leave --akida-version out, or quantize the "
         "float model again with the target that you want";
  return chip->version;
}

int qml::runConvert() {
  Usage usage;
  if (check == !output.empty())
    usage.refuse("give -o OUT to convert, or --check to report alone");
  std::optional<int> asked;
  if (!parseVersion(asked))
    usage.refuse("--akida-version is 1 or 2; found " + printable(versionName));
  const cl::Option *ofChecks[] = {&inputDtype, &jsonPath};
  for (const cl::Option *option : ofChecks)
    if (option->getNumOccurrences() && !check)
      usage.refuse("--" + option->ArgStr + " goes with --check");
  if (int code = usage.exitCode())
    return code;
  static constexpr StringRef extensions[] = {".mlir", ".mlirbc", ".json",
                                             ".fbz"};
  if (Status status =
          checkOutputs({{output, extensions}, {jsonPath, jsonExtensions}});
      !status)
    return fail(status.message());
  MLIRContext context;
  loadDialects(context);
  DiagnosticPrinter printer(context, /*quiet=*/false, model);
  OwningOpRef<ModuleOp> module = readModule(model, context);
  if (!module)
    return Failed;
  std::string what;
  std::optional<int> own = getOwnVersion(*module, what);
  if (asked && own && *asked != *own)
    return fail(model + ": " + what);
  if (floatTail && !check && akida::getModel(*module))
    return fail(model + ": is converted already; --float-tail is about layers "
                        "that a conversion leaves out");
  int version = own ? *own : asked.value_or(2);
  PassManager pm(&context);
  if (check) {
    AkidaCheckOptions options;
    options.version = version;
    options.inputDtype = inputDtype;
    options.hardwareOnly = hardwareOnly;
    options.floatTail = floatTail;
    pm.addPass(createAkidaCheck(options));
  } else {
    // A model that was converted before can still be written in another form.
    ConvertQMLToAkidaOptions options;
    options.version = version;
    options.floatTail = floatTail;
    if (!akida::getModel(*module))
      pm.addPass(createConvertQMLToAkida(options));
    AkidaCheckMappingOptions mapping;
    mapping.hardwareOnly = hardwareOnly;
    pm.addPass(createAkidaCheckMapping(mapping));
  }
  Json report = makeReport("convert", model);
  report["akida_version"] =
      getVersionName(static_cast<akida::Version>(version)).str();
  report["problems"] = Json::array();
  bool maps = true;
  LogicalResult result = success();
  {
    ScopedDiagnosticHandler recorder(&context, [&](Diagnostic &diagnostic) {
      report["problems"].push_back(toJson(diagnostic));
      maps &= !isOfMapper(diagnostic);
      // Who prints them comes next.
      return failure();
    });
    result = pm.run(*module);
  }
  report["fits"] = succeeded(result);
  report["maps"] = succeeded(result) && maps;
  if (Status status = writeReport(jsonPath, report); !status)
    return fail(status.message());
  if (failed(result))
    return Failed;
  if (check) {
    textStream(jsonPath) << "Akida "
                         << akida::getVersionName(
                                static_cast<akida::Version>(version))
                         << " can run this network"
                         << (maps ? "\n" : ", layers of it in software\n");
    return Done;
  }
  if (Status status = writeModel(*module); !status)
    return fail(status.message());
  return Done;
}
