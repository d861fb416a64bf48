//===- ModuleIO.cpp - Files in and out of qml -----------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ModuleIO.h"
#include "Commands.h"
#include "Untrusted.h"

#include "qml/Dialect/Akida/IR/AkidaDialect.h"
#include "qml/Dialect/QML/IR/Network.h"
#include "qml/Dialect/QML/IR/PackedWeights.h"
#include "qml/Dialect/QML/IR/QMLDialect.h"
#include "qml/Support/AtomicFile.h"
#include "qml/Support/MappedFile.h"
#include "qml/Support/Quote.h"
#include "qml/Target/Keras/ImportKeras.h"
#include "qml/Target/ONNX/ImportONNX.h"

#include "mlir/Bytecode/BytecodeWriter.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/Parser/Parser.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/bit.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/SourceMgr.h"

using namespace mlir;
namespace cl = llvm::cl;

namespace qml {

//===----------------------------------------------------------------------===//
// Options of all commands that read models
//===----------------------------------------------------------------------===//

namespace {
struct ModelOptions {
  /// Those that take models, which are complete when main begins.
  cl::SubCommandGroup all{&importCommand,      &summaryCommand,
                          &quantizeCommand,    &getAnalyzeCommand(),
                          &getSearchCommand(), &runCommand,
                          &evaluateCommand,    &convertCommand};
  cl::sub commands{all};

  cl::opt<InputLayout> inputLayout{
      "input-layout",
      cl::desc("Layout of the images that an ONNX model is given (default: as "
               "its first layers take them)"),
      cl::values(clEnumValN(InputLayout::ChannelsFirst, "nchw",
                            "channels first, as PyTorch's"),
                 clEnumValN(InputLayout::ChannelsLast, "nhwc",
                            "channels last, as TensorFlow's")),
      cl::init(InputLayout::FromFile), commands};
  cl::list<std::string> firstValues{
      "inputs",
      cl::desc("Values of an ONNX model where the network begins "
               "(default: the model's inputs)"),
      cl::value_desc("NAME,..."), cl::CommaSeparated, commands};
  cl::list<std::string> lastValues{
      "outputs",
      cl::desc("Values of an ONNX model where the network ends "
               "(default: the model's outputs)"),
      cl::value_desc("NAME,..."), cl::CommaSeparated, commands};
  cl::list<std::string> inputShapes{
      "input-shape",
      cl::desc("Shape of a Keras or ONNX model's input, without the batch, "
               "where the file leaves it open; once for each input if there "
               "are several (default: the file's)"),
      cl::value_desc("[NAME=]EXTENT,..."), commands};
};
} // namespace

static ModelOptions &modelOptions() {
  static ModelOptions options;
  return options;
}

void addModelOptions() { (void)modelOptions(); }

int fail(const Twine &message) {
  llvm::errs() << "error: " << printable(message.str(), maxMessageBytes)
               << "\n";
  return Failed;
}

static StringRef nameOf(DiagnosticSeverity severity) {
  switch (severity) {
  case DiagnosticSeverity::Error:
    return "error";
  case DiagnosticSeverity::Warning:
    return "warning";
  case DiagnosticSeverity::Note:
    return "note";
  case DiagnosticSeverity::Remark:
    return "remark";
  }
  return "error";
}

/// "file.mlir:3:5: ", "model.h5: ", or nothing.
static std::string formatLocation(Location loc) {
  auto file = loc->findInstanceOf<FileLineColLoc>();
  if (!file)
    return "";
  std::string text = file.getFilename().str();
  if (file.getLine() != 0)
    text += ":" + std::to_string(file.getLine()) + ":" +
            std::to_string(file.getColumn());
  return text + ": ";
}

/// One line, whatever the files that it quotes hold, and one for each note.
static std::string format(Diagnostic &diagnostic, StringRef model = "") {
  auto line = [&](Diagnostic &part) {
    std::string text = formatLocation(part.getLocation()) + part.str();
    if (!model.empty() && StringRef(text).starts_with("layer '"))
      text = (model + ": " + text).str();
    return nameOf(part.getSeverity()).str() + ": " +
           printable(text, maxMessageBytes) + "\n";
  };
  std::string lines = line(diagnostic);
  for (Diagnostic &note : diagnostic.getNotes())
    lines += line(note);
  return lines;
}

DiagnosticPrinter::DiagnosticPrinter(MLIRContext &context, bool quiet,
                                     std::string model)
    : context(context) {
  id = context.getDiagEngine().registerHandler([=](Diagnostic &diagnostic) {
    DiagnosticSeverity severity = diagnostic.getSeverity();
    if (quiet && severity != DiagnosticSeverity::Error &&
        severity != DiagnosticSeverity::Warning)
      return success();
    llvm::errs() << format(diagnostic, model);
    return success();
  });
}

DiagnosticPrinter::~DiagnosticPrinter() {
  context.getDiagEngine().eraseHandler(id);
}

void loadDialects(MLIRContext &context) {
  // The tool prints operations in messages of its own.
  context.printOpOnDiagnostic(false);
  context.printStackTraceOnDiagnostic(false);
  context.loadDialect<QMLDialect, akida::AkidaDialect, func::FuncDialect>();
}

/// More than any memory of weights has.
static constexpr uint32_t maxAlignment = 1 << 16;

/// Whether brackets in the text of a module nest so deeply that MLIR's parser,
/// which recurses, would run out of stack.
static bool isTooDeep(StringRef text) {
  constexpr int maxDepth = 1000;
  int depth = 0;
  for (size_t i = 0; i != text.size(); ++i) {
    char c = text[i];
    if (c == '"') {
      for (++i; i != text.size() && text[i] != '"' && text[i] != '\n'; ++i)
        i += text[i] == '\\' && i + 1 != text.size();
      if (i == text.size())
        return false;
    } else if (text.substr(i).starts_with("//")) {
      i = std::min(text.find('\n', i), text.size() - 1);
    } else if (c == '(' || c == '[' || c == '{' || c == '<') {
      if (++depth > maxDepth)
        return true;
    } else if (c == ')' || c == ']' || c == '}' ||
               (c == '>' && (i == 0 || text[i - 1] != '-'))) {
      depth = std::max(depth - 1, 0);
    }
  }
  return false;
}

/// Whether the text of a blob has an alignment that no memory has: "0x", and
/// four bytes of it, the lowest first. MLIR's parser would ask for such memory.
static bool hasBadAlignment(StringRef text) {
  size_t at = text.find("{-#");
  while ((at = text.find("\"0x", at)) != StringRef::npos) {
    StringRef digits = text.substr(at + 3, 8);
    at += 3;
    uint32_t alignment = 0;
    if (digits.size() == 8 && !digits.getAsInteger(16, alignment) &&
        text[at - 4] != '<' &&
        (alignment == 0 || !llvm::isPowerOf2_32(alignment) ||
         llvm::byteswap(alignment) > maxAlignment))
      return true;
  }
  return false;
}

/// Parses text or bytecode.
static OwningOpRef<ModuleOp> parse(const Bytes &bytes, const std::string &path,
                                   MLIRContext &context) {
  // The parser shares the buffer: weights in bytecode are views of the file,
  // which the source manager must keep mapped as long as they live.
  struct Kept {
    Bytes bytes;
    llvm::SourceMgr sources;
  };
  auto kept = std::make_shared<Kept>();
  kept->bytes = bytes;
  StringRef text(bytes.text().data(), bytes.size);
  std::unique_ptr<llvm::MemoryBuffer> buffer;
  if (text.starts_with("ML\xefR"))
    buffer = llvm::MemoryBuffer::getMemBuffer(text, path,
                                              /*RequiresNullTerminator=*/false);
  else
    buffer = llvm::MemoryBuffer::getMemBufferCopy(text, path);
  kept->sources.AddNewSourceBuffer(std::move(buffer), SMLoc());
  std::shared_ptr<llvm::SourceMgr> sources(kept, &kept->sources);
  return parseSourceFile<ModuleOp>(sources, ParserConfig(&context));
}

/// Shapes of inputs by their names, as the user gave them.
static LogicalResult readInputShapes(InputShapes &shapes) {
  for (StringRef given : modelOptions().inputShapes) {
    auto [name, extents] = given.contains('=')
                               ? given.rsplit('=')
                               : std::pair<StringRef, StringRef>("", given);
    Shape &shape = shapes[name.str()];
    shape.clear();
    for (StringRef part : llvm::split(extents, ',')) {
      int64_t extent = 0;
      if (part.getAsInteger(10, extent) || extent < 1) {
        fail("--input-shape=" + given +
             ": extents are whole numbers of 1 or more, with commas between, "
             "as in 224,224,3");
        return failure();
      }
      shape.push_back(extent);
    }
  }
  return success();
}

static OwningOpRef<ModuleOp> readKeras(const std::string &path,
                                       MLIRContext &context) {
  ImportKerasOptions options;
  if (failed(readInputShapes(options.inputShapes)))
    return {};
  return importKeras(path, &context, options);
}

/// Reads an ONNX model as the options say.
static OwningOpRef<ModuleOp> readONNX(const std::string &path,
                                      MLIRContext &context,
                                      ObservedRanges *ranges) {
  ImportONNXOptions options;
  options.ranges = ranges;
  options.inputLayout = modelOptions().inputLayout;
  options.inputs.assign(modelOptions().firstValues.begin(),
                        modelOptions().firstValues.end());
  options.outputs.assign(modelOptions().lastValues.begin(),
                         modelOptions().lastValues.end());
  if (failed(readInputShapes(options.inputShapes)))
    return {};
  return importONNX(path, &context, options);
}

/// The extension of models that begin like this text, which is none of ours;
/// empty if there is none.
static StringRef findExtension(StringRef text) {
  if (text.starts_with("\x89HDF\r\n\x1a\n"))
    return ".h5";
  if (text.starts_with("PK\x03\x04"))
    return ".keras";
  // The version of the format, the first field of an ONNX model: 1 to 31.
  if (text.size() > 2 && text[0] == '\x08' && text[1] > 0 && text[1] < 32)
    return ".onnx";
  return "";
}

OwningOpRef<ModuleOp> readModule(const std::string &path, MLIRContext &context,
                                 ObservedRanges *ranges) {
  StringRef name = path;
  bool isKeras = name.ends_with(".h5") || name.ends_with(".hdf5") ||
                 name.ends_with(".keras");
  if (!name.ends_with(".onnx")) {
    if (modelOptions().inputShapes.getNumOccurrences() && !isKeras) {
      fail("--input-shape is for .h5, .hdf5, .keras and .onnx files; " + path +
           " is none");
      return {};
    }
    const std::pair<const char *, int> given[] = {
        {"input-layout", modelOptions().inputLayout.getNumOccurrences()},
        {"inputs", modelOptions().firstValues.getNumOccurrences()},
        {"outputs", modelOptions().lastValues.getNumOccurrences()}};
    for (auto [option, count] : given)
      if (count != 0) {
        fail("--" + Twine(option) + " is for .onnx files; " + path +
             " is none");
        return {};
      }
  }
  if (isKeras)
    return readKeras(path, context);
  if (name.ends_with(".onnx"))
    return readONNX(path, context, ranges);

  if (name.ends_with(".fbz") || name.ends_with(".json")) {
    fail(path + ": files for BrainChip's engine are written, not read; give "
                "the .mlir or .mlirbc that it was made from");
    return {};
  }
  // Files of others, known by their names.
  static constexpr std::pair<StringLiteral, StringLiteral> others[] = {
      {".py", "a Python program, not the model that it makes"},
      {".ipynb", "a notebook, not the model that it makes"},
      {".pb", "a model of TensorFlow"},
      {".tflite", "a model of TensorFlow Lite"},
      {".pt", "a model of PyTorch"},
      {".pth", "a model of PyTorch"},
      {".npy", "an array"},
      {".npz", "arrays"}};
  for (auto [end, what] : others)
    if (name.ends_with(end)) {
      fail(path + ": is " + what +
           "; models are .h5, .hdf5 and .keras files of Keras (model.save), "
           ".onnx files (torch.onnx.export), and .mlir and .mlirbc files of "
           "ours");
      return {};
    }
  Result<Bytes> bytes = readFile(path);
  if (!bytes) {
    fail(bytes.message());
    return {};
  }
  if (StringRef extension = findExtension(bytes->text()); !extension.empty()) {
    fail(path + ": its content is that of a " + extension +
         " file; such models are read from files with that extension");
    return {};
  }
  bool isBytecode = bytes->text().substr(0, 4) == "ML\xefR";
  if (!isBytecode && isTooDeep(StringRef(bytes->text().data(), bytes->size))) {
    fail(path + ": brackets nest deeper than 1000 levels; this is no network");
    return {};
  }
  if (!isBytecode && hasBadAlignment(bytes->text())) {
    fail(path + ": a resource has an alignment that is no power of two up to " +
         Twine(maxAlignment) +
         "; the first 8 digits of its text say it, as in "
         "0x04000000");
    return {};
  }
  std::string problems =
      findProblems(path, bytes->size, [&](std::string &problems) {
        // Not destroyed in the other process: that takes time, and stack.
        auto *alone = new MLIRContext(MLIRContext::Threading::DISABLED);
        loadDialects(*alone);
        alone->getDiagEngine().registerHandler([&](Diagnostic &diagnostic) {
          std::string lines = format(diagnostic);
          if (diagnostic.getSeverity() == DiagnosticSeverity::Error)
            problems += lines;
          return success();
        });
        return parse(*bytes, path, *alone);
      });
  if (!problems.empty()) {
    llvm::errs() << problems;
    return {};
  }
  OwningOpRef<ModuleOp> module = parse(*bytes, path, context);
  // Also of commands that only copy it, as import does.
  if (module)
    for (func::FuncOp network : getNetworks(*module))
      if (failed(verifyNetwork(network)))
        return {};
  return module;
}

namespace {
/// Hands what is printed to a file that appears when it is complete.
class AtomicFileStream : public llvm::raw_ostream {
public:
  explicit AtomicFileStream(AtomicFile file) : file(std::move(file)) {
    SetBufferSize(1 << 16);
  }
  ~AtomicFileStream() override { flush(); }

  Status commit() {
    flush();
    return status ? file.commit() : status;
  }

private:
  void write_impl(const char *data, size_t size) override {
    if (status)
      status = file.write(data, size);
    written += size;
  }
  uint64_t current_pos() const override { return written; }

  AtomicFile file;
  Status status;
  uint64_t written = 0;
};
} // namespace

static Status checkOutput(const PlannedOutput &output) {
  StringRef name = output.path;
  if (name.empty() || name == "-")
    return {};
  llvm::sys::fs::file_status file;
  auto type = llvm::sys::fs::file_type::file_not_found;
  if (!llvm::sys::fs::status(name, file))
    type = file.type();
  bool isFolder = type == llvm::sys::fs::file_type::directory_file;
  bool isNew = type == llvm::sys::fs::file_type::file_not_found;
  // Who reads a pipe must not see it end.
  if (!isNew && !isFolder && type != llvm::sys::fs::file_type::regular_file)
    return {};
  if (!isFolder && llvm::none_of(output.extensions, [&](StringRef end) {
        return name.ends_with(end);
      }))
    return Error{"cannot write '" + output.path +
                 "': what a file holds goes by the end of its name, which has "
                 "to be " +
                 llvm::join(output.extensions, " or ")};
  // Removed again, as it is not committed.
  Result<AtomicFile> trial = AtomicFile::create(output.path);
  return trial ? Status() : trial.takeError();
}

Status checkOutputs(const std::vector<PlannedOutput> &outputs) {
  std::vector<std::string> paths;
  for (const PlannedOutput &output : outputs)
    paths.push_back(output.path);
  if (Status status = checkOutputsDiffer(paths); !status)
    return status;
  for (const PlannedOutput &output : outputs)
    if (Status status = checkOutput(output); !status)
      return status;
  return {};
}

Status checkThreads(int threads) {
  constexpr int most = 1024;
  if (threads < 0 || threads > most)
    return Error{"the number of threads is " + std::to_string(threads) +
                 "; --threads takes 1 to " + std::to_string(most) +
                 ", and 0 for all"};
  return {};
}

Status writeModule(ModuleOp module, const std::string &path) {
  Result<AtomicFile> file = AtomicFile::create(path);
  if (!file)
    return file.takeError();
  AtomicFileStream stream(std::move(*file));
  if (StringRef(path).ends_with(".mlirbc")) {
    BytecodeWriterConfig config;
    packWeights(config);
    if (failed(writeBytecodeToFile(module, stream, config)))
      return Error{path + ": the module can't be written as bytecode"};
  } else {
    module->print(stream, OpPrintingFlags().useLocalScope(false));
    stream << "\n";
  }
  return stream.commit();
}

} // namespace qml
