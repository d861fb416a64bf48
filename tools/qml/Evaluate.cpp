//===- Evaluate.cpp - qml evaluate ----------------------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Commands.h"
#include "Execution.h"
#include "qml/Support/Npz.h"

#include "llvm/Support/Format.h"

#include <chrono>
#include <cmath>

using namespace mlir;
using namespace qml;
namespace cl = llvm::cl;

cl::SubCommand
    qml::evaluateCommand("evaluate",
                         "Accuracy of a network, or its noise against another");

static cl::opt<std::string> model(cl::Positional, cl::desc("MODEL"),
                                  cl::Required, cl::sub(evaluateCommand));
static cl::opt<std::string> data(cl::Positional, cl::desc("DATA.npz[:x,y]"),
                                 cl::Required, cl::sub(evaluateCommand));
static cl::opt<std::string>
    reference("reference",
              cl::desc("Network to compare results with, instead of labels"),
              cl::value_desc("MODEL"), cl::sub(evaluateCommand));
static cl::opt<std::string> device("device",
                                   cl::desc("Where to run: auto, cpu or cuda"),
                                   cl::init("auto"), cl::sub(evaluateCommand));
static cl::opt<bool>
    tf32("tf32",
         cl::desc("On a GPU, round the operands of float products to 10 bits"),
         cl::sub(evaluateCommand));
static cl::opt<int> threads("threads",
                            cl::desc("Most threads to use; 0 for all"),
                            cl::init(0), cl::sub(evaluateCommand));

namespace {
struct Data {
  std::vector<SampleArray> inputs;
  std::optional<NpyArray> labels;
};
} // namespace

/// For one input: arrays x and y of an .npz file, or those it names; a .npy
/// file holds inputs alone. For several inputs: arrays by their names; the
/// labels are array y, or the one it names.
static Result<Data> openData(const Program &program) {
  Result<NpzPath> path = splitNpzPath(data);
  if (!path)
    return path.takeError();
  Data result;
  bool isSingle = program.inputs.size() == 1;
  if (isSingle && StringRef(path->path).ends_with(".npy")) {
    Result<NpyArray> inputs = NpyArray::open(path->path);
    if (!inputs)
      return inputs.takeError();
    result.inputs.push_back({std::move(*inputs), path->path});
    return result;
  }
  std::vector<std::string> keys = path->keys;
  size_t most = isSingle ? 2 : 1;
  if (keys.size() > most)
    return Error{data + ": names " + std::to_string(keys.size()) +
                 (isSingle ? " arrays; inputs and labels are two"
                           : " arrays; inputs go by their own names, name the "
                             "labels alone")};
  Result<NpzFile> file = NpzFile::open(path->path);
  if (!file)
    return file.takeError();
  std::string labels = "y";
  if (isSingle) {
    // As for calibration, the only array needs no name.
    bool isOnly = !reference.empty() && file->keys().size() == 1;
    if (keys.empty())
      keys = isOnly ? file->keys() : std::vector<std::string>{"x", "y"};
    Result<NpyArray> inputs = file->get(keys[0]);
    if (!inputs)
      return inputs.takeError();
    result.inputs.push_back({std::move(*inputs), path->path + ":" + keys[0]});
    if (keys.size() < 2)
      return result;
    labels = keys[1];
  } else {
    if (!keys.empty())
      labels = keys[0];
    Result<std::vector<SampleArray>> inputs =
        openSamples(path->path, program, labels);
    if (!inputs)
      return inputs.takeError();
    result.inputs = std::move(*inputs);
    if (keys.empty() && !file->contains(labels))
      return result;
  }
  if (reference.empty()) {
    Result<NpyArray> array = file->get(labels);
    if (!array)
      return array.takeError();
    result.labels = std::move(*array);
  }
  return result;
}

template <typename T>
static std::vector<int64_t> widen(const NpyArray &array) {
  return std::vector<int64_t>(array.as<T>(), array.as<T>() + array.size());
}

static Result<std::vector<int64_t>> readLabels(const NpyArray &array) {
  switch (array.type) {
  case ElementType::U8:
    return widen<uint8_t>(array);
  case ElementType::U16:
    return widen<uint16_t>(array);
  case ElementType::U32:
    return widen<uint32_t>(array);
  case ElementType::I8:
    return widen<int8_t>(array);
  case ElementType::I16:
    return widen<int16_t>(array);
  case ElementType::I32:
    return widen<int32_t>(array);
  case ElementType::I64:
  case ElementType::U64:
    return widen<int64_t>(array);
  default:
    return Error{data + ": labels are of " + nameOf(array.type) +
                 "; they must be integers"};
  }
}

/// How many samples have the label among the `k` largest results.
static int64_t countTop(const float *results,
                        const std::vector<int64_t> &labels, int64_t classes,
                        int64_t k) {
  int64_t count = 0;
  for (size_t i = 0; i != labels.size(); ++i) {
    const float *row = results + i * classes;
    // The first of equal results counts, as for argmax.
    int64_t before = 0;
    for (int64_t c = 0; c != classes; ++c)
      before += row[c] > row[labels[i]] ||
                (row[c] == row[labels[i]] && c < labels[i]);
    count += before < k;
  }
  return count;
}

static int printAccuracy(const TensorArray &results, const NpyArray &labels) {
  int64_t samples = results.shape[0];
  int64_t classes = results.shape.back();
  if (numElements(results.shape) != samples * classes)
    return fail("accuracy needs one vector of results for each sample; the "
                "network returns shape " +
                toString(results.shape));
  Result<std::vector<int64_t>> values = readLabels(labels);
  if (!values)
    return fail(values.message());
  if (int64_t(values->size()) != samples)
    return fail(data + ": has " + Twine(values->size()) + " labels for " +
                Twine(samples) + " samples");
  for (int64_t label : *values)
    if (label < 0 || label >= classes)
      return fail(data + ": has the label " + Twine(label) +
                  "; the network has classes 0 to " + Twine(classes - 1));
  auto print = [&](int64_t k) {
    int64_t right = countTop(results.as<float>(), *values, classes, k);
    llvm::outs() << llvm::format(
        "top-%lld accuracy: %.2f %% (%lld of %lld)\n",
        static_cast<long long>(k), 100.0 * right / samples,
        static_cast<long long>(right), static_cast<long long>(samples));
  };
  print(1);
  if (classes > 5)
    print(5);
  return Done;
}

static int printNoise(const TensorArray &results, const TensorArray &expected) {
  // Hardware models return images of one cell for vectors.
  auto withoutOnes = [](Shape shape) {
    shape.erase(std::remove(shape.begin() + 1, shape.end(), 1), shape.end());
    return shape;
  };
  if (withoutOnes(results.shape) != withoutOnes(expected.shape))
    return fail("the network returns shape " + toString(results.shape) +
                ", the reference " + toString(expected.shape));
  double signal = 0, noise = 0, largest = 0;
  const float *a = results.as<float>(), *b = expected.as<float>();
  for (int64_t i = 0, e = numElements(results.shape); i != e; ++i) {
    double difference = double(a[i]) - b[i];
    signal += double(b[i]) * b[i];
    noise += difference * difference;
    largest = std::max(largest, std::fabs(difference));
  }
  if (noise == 0)
    llvm::outs() << "signal-to-noise ratio: infinite (results are equal)\n";
  else
    llvm::outs() << llvm::format(
        "signal-to-noise ratio: %.2f dB (largest difference %g)\n",
        10 * std::log10(signal / noise), largest);
  return Done;
}

int qml::runEvaluate() {
  MLIRContext context;
  loadDialects(context);
  DiagnosticPrinter printer(context);
  std::optional<NpyArray> labels;
  auto run = [&](const std::string &path) -> FailureOr<TensorArray> {
    FailureOr<LoadedNetwork> loaded = loadNetwork(path, context);
    if (failed(loaded))
      return failure();
    const Program &program = loaded->flat.program;
    Result<Data> opened = openData(program);
    if (!opened) {
      fail(opened.message());
      return failure();
    }
    if (reference.empty() && !opened->labels) {
      fail(data + ": holds no labels; name them (DATA.npz:x,y), or compare "
                  "with --reference=MODEL");
      return failure();
    }
    labels = std::move(opened->labels);
    auto start = std::chrono::steady_clock::now();
    std::string whyCPU;
    Result<std::vector<TensorArray>> arrays =
        execute(program, opened->inputs, {program.outputs.front().tensor},
                {threads, device, tf32}, &whyCPU);
    if (!arrays) {
      fail(arrays.message());
      return failure();
    }
    if (device.getNumOccurrences())
      noteDevice(whyCPU);
    double seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start)
            .count();
    if (arrays->front().type != ElementType::F32) {
      fail(path + ": the network returns integers; a dequantizer must be last");
      return failure();
    }
    llvm::errs() << llvm::format(
        "%s: %lld samples in %.3f s\n", path.c_str(),
        static_cast<long long>(arrays->front().shape[0]), seconds);
    return std::move(arrays->front());
  };
  FailureOr<TensorArray> results = run(model);
  if (failed(results))
    return Failed;
  if (reference.empty())
    return printAccuracy(*results, *labels);
  FailureOr<TensorArray> expected = run(reference);
  if (failed(expected))
    return Failed;
  return printNoise(*results, *expected);
}
