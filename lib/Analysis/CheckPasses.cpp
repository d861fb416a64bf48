//===- CheckPasses.cpp - What passes change, by execution -----------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "qml/Analysis/CheckPasses.h"

#include "qml/Analysis/Execution.h"
#include "qml/Analysis/Noise.h"
#include "qml/Support/Quote.h"
#include "qml/Target/Program/Flatten.h"
#include "qml/Target/Program/RealValues.h"
#include "qml/Transforms/Passes.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/Format.h"

#include <map>
#include <utility>

using namespace mlir;

namespace qml {

/// Samples that are run; noise is an average over many more values.
static constexpr int64_t maxSamples = 16;

/// How far a pass that keeps the float network may change its results: rounding
/// in another order.
static constexpr double keptDecibels = 80;

static llvm::cl::opt<std::string> *option = nullptr;
static bool hasFailed = false;

//===----------------------------------------------------------------------===//
// Claims
//===----------------------------------------------------------------------===//

namespace {
/// What a pass says of the results of networks that it rewrites.
enum class Claim {
  Exact,  ///< the same bits
  Kept,   ///< the same but for rounding
  Changed ///< integers in place of floats, other ranges, ...
};
} // namespace

static Claim getClaim(Pass &pass) {
  return llvm::StringSwitch<Claim>(pass.getArgument())
      .Cases({"qml-split-activations", "qml-remove-reshapes",
              "qml-swap-relu-max-pool", "qml-absorb-zero-padding",
              "qml-split-concatenations", "qml-make-kernels-odd",
              "qml-split-separable-convs", "qml-apply-ranges",
              "qml-fold-rescaling", "qml-keep-calibrated", "qml-report-losses",
              "qml-calibrate", "akida-check"},
             Claim::Exact)
      .Cases({"canonicalize", "cse", "inline", "symbol-dce"}, Claim::Exact)
      .Cases({"qml-insert-quantizers", "qml-to-integer",
              "qml-restore-calibrated", "convert-qml-to-akida"},
             Claim::Changed)
      .Cases({"qml-correct-biases", "qml-refit-weights", "qml-round-weights",
              "qml-recover"},
             Claim::Changed)
      .Default(pass.getArgument().starts_with("qml-") ? Claim::Kept
                                                      : Claim::Changed);
}

//===----------------------------------------------------------------------===//
// Execution
//===----------------------------------------------------------------------===//

namespace {
/// What a network computes of the samples, as real values.
struct Results {
  struct Array {
    Shape shape;
    std::vector<double> values;
  };
  std::map<std::string, Array> layers;
  /// In the order of the network.
  std::vector<std::string> order;
  std::vector<Array> outputs;
  /// The layers that take a layer's result.
  std::map<std::string, std::vector<std::string>> users;
};
} // namespace

static Results::Array readArray(const TensorArray &array,
                                const RealValues *real) {
  Results::Array result{array.shape, {}};
  if (array.type == ElementType::F32) {
    const float *data = array.as<float>();
    result.values.assign(data, data + numElements(array.shape));
    return result;
  }
  std::vector<int64_t> integers = widen(array);
  size_t channels = array.shape.size() > 1 ? size_t(array.shape.back()) : 1;
  for (size_t i = 0; i != integers.size(); ++i)
    result.values.push_back(real ? real->of(double(integers[i]), i % channels)
                                 : double(integers[i]));
  return result;
}

static std::string nameOf(mlir::Operation *layer) {
  auto named = dyn_cast_or_null<LayerOpInterface>(layer);
  return named ? named.getLayerName().str() : "";
}

/// The layers that take what a layer gives; quantizers belong to their owner.
static std::vector<std::string> findUsers(LayerOpInterface layer) {
  std::vector<std::string> users;
  for (mlir::Operation *user : getOutput(layer).getUsers())
    if (std::string name = nameOf(user); !name.empty())
      users.push_back(std::move(name));
  return users;
}

static Result<Results>
execute(const FlatNetwork &flat, const std::string &inputs,
        const llvm::DenseMap<mlir::Operation *, RealValues> &reals) {
  auto arrays = openSamples(inputs, flat.program);
  if (!arrays)
    return arrays.takeError();
  auto sources = samplesOf(*arrays, flat.program);
  if (!sources)
    return sources.takeError();
  SampleSet samples(*sources);
  int64_t count = std::min(samples.size(), maxSamples);
  SampleBuffer buffer(samples, count);
  auto pointers = buffer.get(samples, 0, count);
  if (!pointers)
    return pointers.takeError();

  InterpreterOptions options;
  for (const FlatNetwork::Layer &layer : flat.layers)
    if (layer.tensor >= 0)
      options.keep.push_back(layer.tensor);
  llvm::sort(options.keep);
  options.keep.erase(llvm::unique(options.keep), options.keep.end());
  auto interpreter = Interpreter::create(flat.program, options);
  if (!interpreter)
    return interpreter.takeError();
  Memory memory;
  memory.sequenceLength = samples.sequenceLength();
  auto computed = (*interpreter)->run(*pointers, count, &memory);
  if (!computed)
    return computed.takeError();
  std::map<int, const TensorArray *> byTensor;
  for (const TensorArray &array : *computed)
    byTensor[array.tensor] = &array;

  Results results;
  for (const Output &output : flat.program.outputs)
    results.outputs.push_back(readArray(*byTensor.at(output.tensor), nullptr));
  for (const FlatNetwork::Layer &layer : flat.layers) {
    auto op = dyn_cast_or_null<LayerOpInterface>(layer.op);
    auto real = reals.find(layer.op);
    // What integers of the hardware's layers mean is not said.
    if (!op || layer.tensor < 0)
      continue;
    results.layers[layer.name] =
        readArray(*byTensor.at(layer.tensor),
                  real == reals.end() ? nullptr : &real->second);
    results.order.push_back(layer.name);
    results.users[layer.name] = findUsers(op);
  }
  return results;
}

static Result<Results> execute(mlir::Operation *network,
                               const std::string &inputs) {
  if (auto model = dyn_cast<akida::ModelOp>(network))
    return execute(flattenModel(model), inputs,
                   llvm::DenseMap<mlir::Operation *, RealValues>());
  // Executors take activations as layers. The weights of a copy are shared.
  OwningOpRef<ModuleOp> module = ModuleOp::create(network->getLoc());
  if (auto parent = network->getParentOfType<ModuleOp>())
    (*module)->setAttrs(parent->getAttrDictionary());
  module->push_back(network->clone());
  PassManager passes(network->getContext());
  passes.addNestedPass<func::FuncOp>(createSplitActivations());
  passes.addNestedPass<func::FuncOp>(createConvertGroupedConvs());
  if (failed(passes.run(*module)))
    return Error{"its activations can't be made layers"};
  auto copy = *module->getOps<func::FuncOp>().begin();
  FailureOr<FlatNetwork> flat = flattenNetwork(copy);
  if (failed(flat))
    return Error{"the network can't be executed"};
  return execute(*flat, inputs, findRealValues(copy));
}

//===----------------------------------------------------------------------===//
// Comparison
//===----------------------------------------------------------------------===//

static std::optional<Noise> compare(const Results::Array &before,
                                    const Results::Array &after) {
  // Images of one cell are vectors to the hardware.
  if (before.values.size() != after.values.size())
    return std::nullopt;
  Noise noise;
  for (size_t i = 0; i != before.values.size(); ++i)
    noise.add(before.values[i], after.values[i]);
  return noise;
}

/// What a layer's result is to be compared with: its own, or that of a layer
/// which went into it, whichever is closer.
static std::optional<std::pair<std::string, Noise>>
compareLayer(const std::string &name, const Results &before,
             const Results &after) {
  std::optional<std::pair<std::string, Noise>> best;
  std::vector<std::string> candidates = {name};
  for (size_t i = 0; i != candidates.size(); ++i) {
    std::string candidate = candidates[i];
    auto array = before.layers.find(candidate);
    if (array == before.layers.end())
      return best;
    std::optional<Noise> noise = compare(array->second, after.layers.at(name));
    if (noise && (!best || noise->decibels() > best->second.decibels()))
      best = {candidate, *noise};
    for (const std::string &user : before.users.at(candidate))
      if (!after.layers.count(user) && !llvm::is_contained(candidates, user))
        candidates.push_back(user);
  }
  return best;
}

static void print(llvm::raw_ostream &os, const Noise &noise) {
  os << "largest difference " << llvm::format("%.3g", noise.largest) << ", "
     << llvm::format("%.1f", noise.decibels()) << " dB";
}

namespace {
class PassChecker : public PassInstrumentation {
public:
  PassChecker(std::string inputs, bool isStrict)
      : inputs(std::move(inputs)), isStrict(isStrict) {}

  void runBeforePass(Pass *pass, mlir::Operation *op) override {
    if (isAdaptor(*pass))
      return;
    for (auto &[name, network] : findNetworks(op))
      if (!known.count(name))
        learn(name, network);
  }

  void runAfterPass(Pass *pass, mlir::Operation *op) override {
    if (isAdaptor(*pass))
      return;
    for (auto &[name, network] : findNetworks(op)) {
      if (isFinishedByIntegers(*pass)) {
        llvm::errs() << "check-passes: " << pass->getArgument() << " on "
                     << quote(name) << ": compared after qml-to-integer\n";
        continue;
      }
      auto before = known.find(name);
      if (before == known.end()) {
        learn(name, network);
        continue;
      }
      Results earlier = std::move(before->second);
      known.erase(before);
      if (const Results *now = learn(name, network))
        report(*pass, name, network, earlier, *now);
    }
  }

private:
  /// Only integers are divided by the rates that kernels are multiplied with,
  /// and moved by the zero points that biases make up for: they are compared
  /// with what the network was before.
  static bool isFinishedByIntegers(Pass &pass) {
    return pass.getArgument() == "qml-equalize" ||
           pass.getArgument() == "qml-fold-zero-points";
  }

  /// Passes on what is nested are passes of their own.
  static bool isAdaptor(Pass &pass) {
    return pass.getName().contains("OpToOpPassAdaptor");
  }

  static std::vector<std::pair<std::string, mlir::Operation *>>
  findNetworks(mlir::Operation *op) {
    std::vector<std::pair<std::string, mlir::Operation *>> networks;
    op->walk<WalkOrder::PreOrder>([&](mlir::Operation *inner) {
      auto func = dyn_cast<func::FuncOp>(inner);
      if ((func && !func.isDeclaration() && isNetwork(func)) ||
          isa<akida::ModelOp>(inner)) {
        networks.emplace_back(SymbolTable::getSymbolName(inner).str(), inner);
        return WalkResult::skip();
      }
      return func ? WalkResult::skip() : WalkResult::advance();
    });
    return networks;
  }

  const Results *learn(const std::string &name, mlir::Operation *network) {
    Result<Results> results = execute(network, inputs);
    if (!results) {
      // Once, and not before and after each of the passes.
      if (std::exchange(problems[name], results.message()) != results.message())
        network->emitError() << "--qml-check-passes: " << results.message();
      hasFailed = true;
      return nullptr;
    }
    return &(known[name] = std::move(*results));
  }

  void report(Pass &pass, const std::string &name, mlir::Operation *network,
              const Results &before, const Results &after) {
    llvm::raw_ostream &os = llvm::errs();
    os << "check-passes: " << pass.getArgument() << " on " << quote(name)
       << ": ";
    Noise all;
    bool isComparable = before.outputs.size() == after.outputs.size();
    for (size_t i = 0; isComparable && i != before.outputs.size(); ++i) {
      std::optional<Noise> noise = compare(before.outputs[i], after.outputs[i]);
      isComparable = noise.has_value();
      if (noise)
        all.add(*noise);
    }
    if (!isComparable)
      os << "results of other shapes\n";
    else if (all.noise == 0)
      os << "same results\n";
    else
      print(os << "results differ: ", all), os << '\n';
    for (const std::string &layer : after.order) {
      auto noise = compareLayer(layer, before, after);
      if (!noise || noise->second.noise == 0)
        continue;
      os << "  " << quote(layer);
      if (noise->first != layer)
        os << " (before: " << quote(noise->first) << ")";
      print(os << ": ", noise->second);
      os << '\n';
    }
    if (!isStrict)
      return;
    Claim claim = getClaim(pass);
    if (claim == Claim::Exact && (!isComparable || all.noise != 0))
      fail(pass, network) << "changes results, and claims to be exact";
    else if (claim == Claim::Kept &&
             (!isComparable || all.decibels() < keptDecibels))
      fail(pass, network)
          << "changes results by more than rounding does, and claims to keep "
             "them";
  }

  InFlightDiagnostic fail(Pass &pass, mlir::Operation *network) {
    hasFailed = true;
    return network->emitError()
           << "--qml-check-passes: the pass '" << pass.getArgument() << "' ";
  }

  std::string inputs;
  bool isStrict;
  /// Why a network could not be run.
  std::map<std::string, std::string> problems;
  /// What each network computed after the last pass on it.
  std::map<std::string, Results> known;
};
} // namespace

//===----------------------------------------------------------------------===//
// The option
//===----------------------------------------------------------------------===//

void registerCheckPassesOption() {
  static llvm::cl::opt<std::string> registered(
      "qml-check-passes",
      llvm::cl::desc("Run networks on these inputs before and after each pass, "
                     "and say what differs; with ',strict' a pass that is "
                     "exact by its claim must not change a bit"),
      llvm::cl::value_desc("INPUTS.npy[,strict]"));
  option = &registered;
}

std::unique_ptr<PassInstrumentation> createPassChecker(std::string inputs,
                                                       bool isStrict) {
  return std::make_unique<PassChecker>(std::move(inputs), isStrict);
}

bool arePassesChecked() { return option && !option->empty(); }

void checkPasses(PassManager &passes) {
  StringRef inputs = *option;
  bool isStrict = inputs.consume_back(",strict");
  passes.addInstrumentation(createPassChecker(inputs.str(), isStrict));
}

bool haveCheckedPassesFailed() { return hasFailed; }

} // namespace qml
