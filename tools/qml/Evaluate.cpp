//===- Evaluate.cpp - qml evaluate ----------------------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Commands.h"
#include "Execution.h"
#include "JsonReport.h"
#include "Labels.h"
#include "Metrics.h"
#include "Softmax.h"
#include "qml/GPU/Devices.h"
#include "qml/Support/Npz.h"
#include "qml/Support/Quote.h"

#include "llvm/Support/Format.h"

#include <algorithm>
#include <chrono>
#include <cmath>

using namespace mlir;
using namespace qml;
namespace cl = llvm::cl;

cl::SubCommand
    qml::evaluateCommand("evaluate",
                         "Accuracy of a network, its error, or its noise "
                         "against another");

static cl::opt<std::string> model(cl::Positional, cl::desc("MODEL"),
                                  cl::Required, cl::sub(evaluateCommand));
static cl::opt<std::string> data(cl::Positional, cl::desc("DATA.npz[:x,y,...]"),
                                 cl::Required, cl::sub(evaluateCommand));
static cl::opt<std::string>
    reference("reference",
              cl::desc("Network to compare results with, instead of labels "
                       "(default: none)"),
              cl::value_desc("MODEL"), cl::sub(evaluateCommand));
static cl::opt<std::string>
    metric("metric",
           cl::desc("What to compare with labels: classes, also of each pixel "
                    "(accuracy), or numbers (error) (default: accuracy)"),
           cl::init("accuracy"), cl::sub(evaluateCommand));
static cl::opt<std::string>
    device("device",
           cl::desc("Where to run: auto, cpu or cuda (default: auto)"),
           cl::init("auto"), cl::sub(evaluateCommand));
static cl::opt<bool>
    tf32("tf32",
         cl::desc("On a GPU, round the operands of float products to 10 bits "
                  "(default: false)"),
         cl::sub(evaluateCommand));
static cl::opt<int>
    threads("threads",
            cl::desc("Most threads to use, 1 to 1024; 0 for all (default: 0)"),
            cl::init(0), cl::sub(evaluateCommand));

static cl::opt<std::string> jsonPath("json", cl::desc(jsonHelp),
                                     cl::value_desc("F"),
                                     cl::sub(evaluateCommand));

namespace {
struct Data {
  std::vector<SampleArray> inputs;
  /// One for each result of the network, and what messages call them.
  std::vector<NpyArray> labels;
  std::vector<std::string> labelNames;
};
} // namespace

/// The arrays that hold labels if none is named: y, or for several results
/// those of their names.
static std::vector<std::string> getUsualLabels(const Program &program) {
  if (program.outputs.size() == 1)
    return {"y"};
  std::vector<std::string> names;
  for (const Output &output : program.outputs)
    names.push_back(output.layer);
  return names;
}

/// For one input: the array x of an .npz file, or the first one it names; a
/// .npy file holds inputs alone. For several inputs: arrays by their names.
/// The other arrays that are named are labels, one for each result.
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
  Result<NpzFile> file = NpzFile::open(path->path);
  if (!file)
    return file.takeError();
  std::vector<std::string> labels = path->keys;
  if (isSingle) {
    // As for calibration, the only array needs no name.
    bool isOnly = !reference.empty() && file->keys().size() == 1;
    std::string input = !labels.empty() ? labels.front()
                        : isOnly        ? file->keys().front()
                                        : "x";
    if (labels.empty() && !isOnly)
      labels = getUsualLabels(program);
    else if (!labels.empty())
      labels.erase(labels.begin());
    Result<NpyArray> inputs = file->get(input);
    if (!inputs)
      return inputs.takeError();
    result.inputs.push_back({std::move(*inputs), path->path + ":" + input});
  } else {
    bool areNamed = !labels.empty();
    if (!areNamed)
      labels = getUsualLabels(program);
    Result<std::vector<SampleArray>> inputs =
        openSamples(path->path, program, labels);
    if (!inputs)
      return inputs.takeError();
    result.inputs = std::move(*inputs);
    if (!areNamed && !file->contains(labels.front()))
      return result;
  }
  if (!reference.empty())
    return result;
  if (!labels.empty() && labels.size() != program.outputs.size())
    return Error{data + ": names " + showCount(labels.size(), "array") +
                 " of labels for " +
                 showCount(program.outputs.size(), "result") +
                 "; name one for each"};
  for (const std::string &label : labels) {
    Result<NpyArray> array = file->get(label);
    if (!array)
      return array.takeError();
    result.labels.push_back(std::move(*array));
    result.labelNames.push_back(path->path + ":" + label);
  }
  return result;
}

namespace {
/// What ends a network at a result.
enum class Ending { Logits, Softmax, LogSoftmax };

/// What a network returns.
struct Results {
  std::vector<std::string> names;
  std::vector<TensorArray> arrays;
  std::vector<Ending> endings;
  /// The classes of all places, for each result; none with --reference.
  std::vector<std::vector<int64_t>> labels;
  /// Of results with one value, see findThreshold.
  std::vector<double> thresholds;
  /// With --metric=error, what is right, in place of classes.
  std::vector<std::vector<double>> truth;
  /// How many; steps of sequences count each.
  int64_t samples = 0;
};
} // namespace

/// "" for the only result, else what its lines begin with.
static std::string getPrefix(const Results &results, size_t index) {
  return results.names.size() == 1 ? ""
                                   : printable(results.names[index]) + ": ";
}

static void printAccuracy(const Results &results, size_t index, Json &entry) {
  const TensorArray &array = results.arrays[index];
  const std::vector<int64_t> &labels = results.labels[index];
  int64_t classes = numElements(array.shape) / int64_t(labels.size());
  double threshold = results.thresholds[index];
  Accuracy accuracy =
      measureAccuracy(array.as<float>(), labels, classes, threshold);
  auto print = [&](int k, int64_t right, const std::string &how) {
    double percent = 100.0 * double(right) / double(accuracy.total);
    textStream(jsonPath) << getPrefix(results, index)
                         << llvm::format(
                                "top-%d accuracy: %.2f %% (%lld of %lld)", k,
                                percent, static_cast<long long>(right),
                                static_cast<long long>(accuracy.total))
                         << how << "\n";
    entry["top_" + std::to_string(k)] = {{"correct", right},
                                         {"percent", percent}};
  };
  print(1, accuracy.top1,
        classes == 1 ? "; class 1 is above " + showNumber(threshold) : "");
  if (classes == 1)
    entry["threshold"] = threshold;
  if (accuracy.top5)
    print(5, *accuracy.top5, "");
  // What is asked of masks.
  if (accuracy.total == results.samples)
    return;
  textStream(jsonPath) << getPrefix(results, index)
                       << llvm::format("mean intersection over union: %.4f\n",
                                       accuracy.meanIoU);
  entry["places"] = accuracy.total;
  entry["mean_iou"] = accuracy.meanIoU;
}

static void printDeviation(const Results &results, size_t index, Json &entry) {
  Deviation deviation =
      measureDeviation(results.arrays[index].as<float>(), results.truth[index]);
  textStream(jsonPath) << getPrefix(results, index)
                       << llvm::format("mean absolute error: %g (root mean "
                                       "square %g, largest %g)\n",
                                       deviation.meanAbsolute,
                                       deviation.rootMeanSquare,
                                       deviation.largest);
  entry["mean_absolute_error"] = jsonNumber(deviation.meanAbsolute);
  entry["root_mean_square_error"] = jsonNumber(deviation.rootMeanSquare);
  entry["largest_error"] = jsonNumber(deviation.largest);
}

//===----------------------------------------------------------------------===//
// Noise
//===----------------------------------------------------------------------===//

static void print(const Noise &noise, const std::string &prefix) {
  llvm::raw_ostream &os = textStream(jsonPath);
  os << prefix << "signal-to-noise ratio: ";
  if (noise.noise == 0)
    os << "infinite (results are equal)\n";
  else
    os << llvm::format("%.2f dB (largest difference %g)\n", noise.decibels(),
                       noise.largest);
}

static Noise compareValues(const TensorArray &found,
                           const TensorArray &expected) {
  Noise noise;
  const float *a = found.as<float>(), *b = expected.as<float>();
  for (int64_t i = 0, e = numElements(found.shape); i != e; ++i)
    noise.add(b[i], a[i]);
  return noise;
}

/// Which result of the reference each result is held against: the one of its
/// name, or of its place if names differ.
static std::vector<size_t> pairResults(const Results &results,
                                       const Results &expected) {
  std::vector<size_t> byPlace(results.names.size()), byName;
  for (size_t i = 0; i != byPlace.size(); ++i)
    byPlace[i] = i;
  for (const std::string &name : results.names) {
    auto found = llvm::find(expected.names, name);
    if (found == expected.names.end() ||
        llvm::count(results.names, name) != 1 ||
        llvm::count(expected.names, name) != 1)
      return byPlace;
    byName.push_back(found - expected.names.begin());
  }
  return byName;
}

static int printNoise(Results &results, Results &expected, Json &report) {
  if (results.names.size() != expected.names.size())
    return fail("the network returns " +
                showCount(results.names.size(), "result") + ", the reference " +
                Twine(expected.names.size()));
  // Hardware models return images of one cell for vectors.
  auto withoutOnes = [](Shape shape) {
    shape.erase(std::remove(shape.begin() + 1, shape.end(), 1), shape.end());
    return shape;
  };
  std::vector<size_t> pairs = pairResults(results, expected);
  for (size_t i = 0; i != pairs.size(); ++i) {
    const Shape &shape = results.arrays[i].shape;
    const Shape &other = expected.arrays[pairs[i]].shape;
    if (withoutOnes(shape) != withoutOnes(other))
      return fail(getPrefix(results, i) + "the network returns shape " +
                  toString(shape) + ", the reference " + toString(other));
  }
  Noise all;
  for (size_t i = 0; i != pairs.size(); ++i) {
    TensorArray &found = results.arrays[i];
    TensorArray &right = expected.arrays[pairs[i]];
    // Hardware leaves the last softmax out.
    Ending ending = results.endings[i], other = expected.endings[pairs[i]];
    if (ending != other) {
      bool areLogarithms =
          ending != Ending::Softmax && other != Ending::Softmax;
      Ending kind = areLogarithms ? Ending::LogSoftmax : Ending::Softmax;
      TensorArray &logits = ending == kind ? right : found;
      applySoftmax(reinterpret_cast<float *>(logits.data.data()),
                   size_t(numElements(logits.shape)),
                   size_t(logits.shape.back()), areLogarithms);
      textStream(jsonPath) << getPrefix(results, i) << "one of both ends in a "
                           << (areLogarithms ? "log softmax; logarithms of "
                                             : "softmax; ")
                           << "probabilities are compared\n";
    }
    Noise noise = compareValues(found, right);
    print(noise, getPrefix(results, i));
    all.add(noise);
    report["results"].push_back(
        {{"name", jsonName(results.names[i])}, {"noise", jsonNoise(noise)}});
  }
  if (pairs.size() > 1)
    print(all, "all results: ");
  report["noise"] = jsonNoise(all);
  return Done;
}

//===----------------------------------------------------------------------===//
// The command
//===----------------------------------------------------------------------===//

static Ending findEnding(const Program &program, int tensor) {
  for (const qml::Operation &operation : program.operations)
    if (const auto *softmax = operation.as<qml::Softmax>();
        softmax && operation.output == tensor)
      return softmax->isLogarithm ? Ending::LogSoftmax : Ending::Softmax;
  return Ending::Logits;
}

/// Reads the labels of each result, and fits them to it: what is wrong with
/// them is told before the network runs.
static Status readAllLabels(const LoadedNetwork &loaded, const Data &opened,
                            Results &results) {
  const Program &program = loaded.flat.program;
  Result<SampleSources> sources = samplesOf(opened.inputs, program);
  if (!sources)
    return sources.takeError();
  int64_t samples = SampleSet(*sources).size();
  for (size_t i = 0; i != program.outputs.size(); ++i) {
    Shape shape = program.tensors[program.outputs[i].tensor].shape;
    if (metric == "error") {
      shape.insert(shape.begin(), samples);
      Result<std::vector<double>> truth =
          readTruth(opened.labels[i], opened.labelNames[i], shape);
      if (!truth)
        return truth.takeError();
      results.truth.push_back(std::move(*truth));
      continue;
    }
    Result<std::vector<int64_t>> labels = readLabels(
        opened.labels[i], opened.labelNames[i], LabeledResults(samples, shape));
    if (!labels)
      return labels.takeError();
    results.labels.push_back(std::move(*labels));
    results.thresholds.push_back(findThreshold(loaded, i));
  }
  return {};
}

int qml::runEvaluate() {
  Usage usage;
  usage.check(checkDeviceName(device));
  usage.check(checkThreads(threads));
  if (metric.getNumOccurrences() && !reference.empty())
    usage.refuse("--metric compares with labels, and --reference with a "
                 "network; leave one of them out");
  if (metric != "accuracy" && metric != "error")
    usage.refuse("--metric=" + printable(metric) +
                 " is unknown; allowed are accuracy and error");
  if (int code = usage.exitCode())
    return code;
  if (Status status = checkOutputs({{jsonPath, jsonExtensions}}); !status)
    return fail(status.message());
  MLIRContext context;
  loadDialects(context);
  DiagnosticPrinter printer(context);
  Data opened;
  auto run = [&](const std::string &path) -> FailureOr<Results> {
    FailureOr<LoadedNetwork> loaded = loadNetwork(path, context);
    if (failed(loaded))
      return failure();
    const Program &program = loaded->flat.program;
    Result<Data> inputs = openData(program);
    if (!inputs) {
      fail(inputs.message());
      return failure();
    }
    opened = std::move(*inputs);
    if (reference.empty() && opened.labels.empty()) {
      fail(data + ": holds no labels; name them (DATA.npz:x,y), or compare "
                  "with --reference=MODEL");
      return failure();
    }
    Results results;
    // Two results may be one tensor.
    std::vector<int> tensors;
    for (const Output &output : program.outputs) {
      if (!llvm::is_contained(tensors, output.tensor))
        tensors.push_back(output.tensor);
      results.names.push_back(output.layer);
      results.endings.push_back(findEnding(program, output.tensor));
    }
    if (reference.empty())
      if (Status status = readAllLabels(*loaded, opened, results); !status) {
        fail(status.message());
        return failure();
      }
    auto start = std::chrono::steady_clock::now();
    std::string whyCPU;
    Result<std::vector<TensorArray>> arrays = execute(
        program, opened.inputs, tensors, {threads, device, tf32}, &whyCPU);
    if (!arrays) {
      fail(arrays.message());
      return failure();
    }
    if (device.getNumOccurrences())
      noteDevice(whyCPU);
    double seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start)
            .count();
    for (const Output &output : program.outputs)
      results.arrays.push_back(
          (*arrays)[llvm::find(tensors, output.tensor) - tensors.begin()]);
    const Output &first = program.outputs.front();
    results.samples = numElements(results.arrays.front().shape) /
                      numElements(program.tensors[first.tensor].shape);
    for (const TensorArray &array : results.arrays)
      if (array.type != ElementType::F32) {
        fail(path +
             ": the network returns integers; a dequantizer must be last");
        return failure();
      }
    llvm::errs() << llvm::format("%s: %s in %.3f s\n", path.c_str(),
                                 showCount(results.samples, "sample").c_str(),
                                 seconds);
    return results;
  };
  FailureOr<Results> results = run(model);
  if (failed(results))
    return Failed;
  Json report = makeReport("evaluate", model);
  report["data"] = jsonName(data);
  report["reference"] = reference.empty() ? Json() : jsonName(reference);
  report["samples"] = results->samples;
  report["results"] = Json::array();
  if (reference.empty()) {
    for (size_t i = 0; i != results->arrays.size(); ++i) {
      Json entry = {{"name", jsonName(results->names[i])},
                    {"labels", jsonName(opened.labelNames[i])}};
      if (metric == "error")
        printDeviation(*results, i, entry);
      else
        printAccuracy(*results, i, entry);
      report["results"].push_back(std::move(entry));
    }
  } else {
    FailureOr<Results> expected = run(reference);
    if (failed(expected))
      return Failed;
    if (int code = printNoise(*results, *expected, report))
      return code;
  }
  if (Status status = writeReport(jsonPath, report); !status)
    return fail(status.message());
  return Done;
}
