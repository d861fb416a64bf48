//===- Run.cpp - qml run --------------------------------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Commands.h"
#include "Execution.h"
#include "qml/GPU/Devices.h"
#include "qml/Support/Npz.h"
#include "qml/Target/Program/RealValues.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"

#include <type_traits>

using namespace mlir;
using namespace qml;
namespace cl = llvm::cl;

cl::SubCommand qml::runCommand("run", "Run a network, store its results");

static cl::opt<std::string> model(cl::Positional, cl::desc("MODEL"),
                                  cl::Required, cl::sub(runCommand));
static cl::opt<std::string> inputs(cl::Positional, cl::desc("INPUTS.npy|.npz"),
                                   cl::Required, cl::sub(runCommand));
static cl::opt<std::string> output("o", cl::desc("File to write: .npz"),
                                   cl::value_desc("OUT.npz"),
                                   cl::sub(runCommand));
static cl::opt<std::string>
    layerNames("layers",
               cl::desc("Layers whose results to store: all, or names with "
                        "commas between (default: none)"),
               cl::sub(runCommand));
static cl::opt<bool>
    areReal("float",
            cl::desc("Write what integers stand for in the float network, as "
                     "float32 (default: false)"),
            cl::init(false), cl::sub(runCommand));
static cl::opt<std::string>
    device("device",
           cl::desc("Where to run: auto, cpu or cuda (default: auto)"),
           cl::init("auto"), cl::sub(runCommand));
static cl::opt<bool>
    tf32("tf32",
         cl::desc("On a GPU, round the operands of float products to 10 bits "
                  "(default: false)"),
         cl::sub(runCommand));
static cl::opt<int>
    threads("threads",
            cl::desc("Most threads to use, 1 to 1024; 0 for all (default: 0)"),
            cl::init(0), cl::sub(runCommand));

/// The layers that were asked for; reports names that there are none of.
static FailureOr<std::vector<FlatNetwork::Layer>>
selectLayers(LoadedNetwork &loaded) {
  std::vector<FlatNetwork::Layer> selected;
  if (layerNames.empty())
    return selected;
  SmallVector<StringRef> names, known;
  StringRef(layerNames).split(names, ',', -1, /*KeepEmpty=*/false);
  bool all = layerNames == "all";
  for (const FlatNetwork::Layer &layer : loaded.flat.layers) {
    bool isNamed = llvm::is_contained(names, layer.name);
    if (all ? !isa<DequantizerOp, akida::DequantizerOp>(layer.op) : isNamed)
      selected.push_back(layer);
    llvm::erase(names, layer.name);
    known.push_back(layer.name);
  }
  if (!all && !names.empty()) {
    mlir::Operation *network = loaded.hardware ? loaded.hardware.getOperation()
                                               : loaded.network.getOperation();
    network->emitError() << "the network has no layer '"
                         << llvm::join(names, "', '") << "'; its layers are "
                         << llvm::join(known, ", ");
    return failure();
  }
  return selected;
}

namespace {
/// Writes results under the names of their layers.
class ResultWriter {
public:
  ResultWriter(NpzWriter writer, const std::vector<TensorArray> &arrays)
      : writer(std::move(writer)), arrays(arrays) {}

  /// Values of these tensors are written as real ones.
  llvm::DenseMap<int, RealValues> reals;

  void addLayer(const FlatNetwork::Layer &layer);
  void addPrediction(const std::string &key, int tensor);
  Status finish() { return status ? writer.finish() : status; }

private:
  const TensorArray &find(int tensor) {
    return *llvm::find_if(arrays, [&](const TensorArray &array) {
      return array.tensor == tensor;
    });
  }
  void add(const std::string &key, ElementType type, const Shape &shape,
           const void *data) {
    if (status)
      status = writer.add(key, type, shape, data);
  }
  void addIntegers(const std::string &key, const Shape &shape,
                   ArrayRef<int64_t> values);
  void addValues(const std::string &key, const TensorArray &array);
  void addReals(const std::string &key, const TensorArray &array,
                const RealValues &real);

  NpzWriter writer;
  const std::vector<TensorArray> &arrays;
  Status status;
};
} // namespace

/// Calls `fn` with the values of an array of integers, as what they are.
template <typename Fn>
static void visitIntegers(const TensorArray &array, Fn fn) {
  switch (array.type) {
  case ElementType::U8:
    return fn(array.as<uint8_t>());
  case ElementType::I8:
    return fn(array.as<int8_t>());
  case ElementType::U16:
    return fn(array.as<uint16_t>());
  case ElementType::I16:
    return fn(array.as<int16_t>());
  case ElementType::U32:
    return fn(array.as<uint32_t>());
  case ElementType::I32:
    return fn(array.as<int32_t>());
  case ElementType::I64:
    return fn(array.as<int64_t>());
  default:
    llvm_unreachable("programs have no other integers");
  }
}

void ResultWriter::addIntegers(const std::string &key, const Shape &shape,
                               ArrayRef<int64_t> values) {
  bool isWide = llvm::any_of(values, [](int64_t value) {
    return value >= (int64_t(1) << 31) || value <= -(int64_t(1) << 31);
  });
  if (isWide)
    return add(key, ElementType::I64, shape, values.data());
  std::vector<int32_t> narrow(values.begin(), values.end());
  add(key, ElementType::I32, shape, narrow.data());
}

void ResultWriter::addReals(const std::string &key, const TensorArray &array,
                            const RealValues &real) {
  std::vector<float> values(numElements(array.shape));
  size_t channels = array.shape.size() > 1 ? array.shape.back() : 1;
  visitIntegers(array, [&](const auto *integers) {
    for (size_t i = 0; i != values.size(); ++i)
      values[i] = float(real.of(double(integers[i]), i % channels));
  });
  add(key, ElementType::F32, array.shape, values.data());
}

void ResultWriter::addValues(const std::string &key, const TensorArray &array) {
  if (array.type == ElementType::F32)
    return add(key, array.type, array.shape, array.data.data());
  if (auto real = reals.find(array.tensor); real != reals.end())
    return addReals(key, array, real->second);
  size_t count = numElements(array.shape);
  visitIntegers(array, [&](const auto *data) {
    using T = std::remove_cv_t<std::remove_pointer_t<decltype(data)>>;
    if constexpr (sizeof(T) < 4 || std::is_same_v<T, int32_t>) {
      std::vector<int32_t> values(data, data + count);
      add(key, ElementType::I32, array.shape, values.data());
    } else {
      addIntegers(key, array.shape, std::vector<int64_t>(data, data + count));
    }
  });
}

static Shape shapeOf(ElementsAttr elements) {
  ArrayRef<int64_t> shape = getShape(elements);
  return Shape(shape.begin(), shape.end());
}

void ResultWriter::addLayer(const FlatNetwork::Layer &layer) {
  const std::string &name = layer.name;
  addValues("out/" + name, find(layer.tensor));
  if (areReal)
    return;
  // Hardware layers have integers, whose meaning is the dequantizer's.
  auto op = dyn_cast<LayerOpInterface>(layer.op);
  if (!op)
    return;
  FixedAttr fixed = getFixed(getOutput(op));
  if (!fixed)
    return;
  addIntegers("out_frac_bits/" + name, shapeOf(fixed.getFracBits()),
              readIntegers(fixed.getFracBits()));
  if (fixed.getScale())
    add("out_scales/" + name, ElementType::F32, shapeOf(fixed.getScale()),
        readFloats(fixed.getScale()).data());
  addIntegers("out_value_bits/" + name, {}, {fixed.getValueBits()});
}

void ResultWriter::addPrediction(const std::string &key, int tensor) {
  addValues(key, find(tensor));
}

/// What results are called: a layer that is returned again gets `_1`, as Keras
/// calls it.
static std::vector<std::string> getPredictionKeys(const Program &program) {
  if (program.outputs.size() == 1)
    return {"prediction"};
  llvm::StringSet<> taken;
  for (const Output &result : program.outputs)
    taken.insert(result.layer);
  llvm::StringSet<> seen;
  std::vector<std::string> keys;
  for (const Output &result : program.outputs) {
    std::string name = result.layer;
    if (!seen.insert(name).second)
      for (int count = 1; !taken.insert(name).second; ++count)
        name = result.layer + "_" + std::to_string(count);
    keys.push_back("prediction/" + name);
  }
  return keys;
}

int qml::runRun() {
  Usage usage;
  usage.require(output);
  usage.check(checkDeviceName(device));
  usage.check(checkThreads(threads));
  if (int code = usage.exitCode())
    return code;
  if (Status status = checkOutputs({{output, arrayExtensions}}); !status)
    return fail(status.message());
  MLIRContext context;
  loadDialects(context);
  DiagnosticPrinter printer(context);
  FailureOr<LoadedNetwork> loaded = loadNetwork(model, context);
  if (failed(loaded))
    return Failed;
  FailureOr<std::vector<FlatNetwork::Layer>> layers = selectLayers(*loaded);
  if (failed(layers))
    return Failed;

  const Program &program = loaded->flat.program;
  bool hasIntegers = llvm::any_of(program.outputs, [&](const Output &result) {
    return program.tensors[result.tensor].type != ElementType::F32;
  });
  if (areReal && loaded->hardware && (!layers->empty() || hasIntegers))
    return fail(model + ": hardware layers say nothing of what their integers "
                        "stand for; run the integer network that it was "
                        "converted from with --float");
  std::vector<int> tensors;
  for (const FlatNetwork::Layer &layer : *layers)
    tensors.push_back(layer.tensor);
  for (const Output &result : program.outputs)
    tensors.push_back(result.tensor);
  Result<std::vector<SampleArray>> samples = openSamples(inputs, program);
  if (!samples)
    return fail(samples.message());
  std::string whyCPU;
  Result<std::vector<TensorArray>> arrays =
      execute(program, *samples, tensors, {threads, device, tf32}, &whyCPU);
  if (!arrays)
    return fail(arrays.message());
  if (device.getNumOccurrences())
    noteDevice(whyCPU);

  Result<NpzWriter> file = NpzWriter::create(output);
  if (!file)
    return fail(file.message());
  ResultWriter writer(std::move(*file), *arrays);
  if (areReal && loaded->network) {
    auto reals = findRealValues(loaded->network);
    for (const FlatNetwork::Layer &layer : loaded->flat.layers)
      if (auto found = reals.find(layer.op); found != reals.end())
        writer.reals[layer.tensor] = found->second;
  }
  for (const FlatNetwork::Layer &layer : *layers)
    writer.addLayer(layer);
  std::vector<std::string> keys = getPredictionKeys(program);
  for (size_t i = 0; i != keys.size(); ++i)
    writer.addPrediction(keys[i], program.outputs[i].tensor);
  if (Status status = writer.finish(); !status)
    return fail(status.message());
  return Done;
}
