//===- Calibrate.cpp - Calibration as a pass ------------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "qml/Calibration/Calibration.h"
#include "qml/Calibration/Calibrators.h"
#include "qml/Calibration/Job.h"
#include "qml/Calibration/Pass.h"
#include "qml/GPU/Devices.h"
#include "qml/Quantization/Parameters.h"
#include "qml/Target/Program/Flatten.h"
#include "qml/Transforms/Equalization.h"
#include "qml/Transforms/ObservedRanges.h"

#include "mlir/Pass/Pass.h"

#include <algorithm>
#include <chrono>

using namespace mlir;

namespace qml {
#define GEN_PASS_DEF_CALIBRATE
#include "qml/Calibration/Passes.h.inc"

static Result<SampleSources> makeSamples(const Program &program,
                                         const CalibratePassOptions &options) {
  if (options.samples.empty()) {
    RandomOptions random;
    random.count = options.numSamples;
    random.seed = options.seed;
    random.inputType = options.inputType;
    if (options.randomRule == "channels")
      random.rule = RandomRule::Channels;
    else if (options.randomRule != "dtype")
      return Error{"the rule of random samples is '" + options.randomRule +
                   "'; allowed are dtype and channels"};
    return randomSamples(program, random);
  }
  Result<std::vector<SampleArray>> arrays =
      openSamples(options.samples, program);
  if (!arrays)
    return arrays.takeError();
  return samplesOf(*arrays, program);
}

/// That of a quantizer, which may have one of its own.
static Calibrator calibratorOf(OutputQuantizerOp quantizer,
                               const Calibrator &ofAll) {
  std::optional<StringRef> own = quantizer.getCalibrator();
  // The verifier knows that it is one.
  return own ? *parseCalibrator(own->str(), ofAll.percentile) : ofAll;
}

bool needsHistograms(func::FuncOp network, const Calibrator &calibrator) {
  return llvm::any_of(
      network.getOps<OutputQuantizerOp>(), [&](OutputQuantizerOp quantizer) {
        return calibratorOf(quantizer, calibrator).needsHistograms();
      });
}

/// Whether histograms of some values do as well as those of all.
static bool takesSparseHistograms(func::FuncOp network,
                                  const Calibrator &calibrator) {
  return llvm::none_of(network.getOps<OutputQuantizerOp>(),
                       [&](OutputQuantizerOp quantizer) {
                         return calibratorOf(quantizer, calibrator).kind ==
                                CalibratorKind::Percentile;
                       });
}

/// The ranges of output quantizers that follow from histograms.
static void chooseRanges(func::FuncOp network, const Calibrator &ofAll,
                         const Histograms &histograms, ObservedRanges &ranges) {
  for (auto quantizer : network.getOps<OutputQuantizerOp>()) {
    Calibrator calibrator = calibratorOf(quantizer, ofAll);
    if (!calibrator.needsHistograms())
      continue;
    std::string name = quantizer.getOwner().getLayerName().str();
    auto counted = histograms.layers.find(name);
    if (counted == histograms.layers.end())
      continue;
    RangeUse use;
    use.valueBits = quantizer.getValueBits();
    use.bitwidth = quantizer.getBitwidth();
    use.isEqualized = static_cast<bool>(findEqualizedLayer(quantizer));
    const uint64_t *bins = histograms.countsOf(counted->second);
    std::vector<float> found;
    for (size_t i = 0; i != counted->second.count; ++i)
      found.push_back(chooseRange(calibrator, bins + i * size_t(histogramBins),
                                  histograms.upper[counted->second.first + i],
                                  use));
    std::vector<float> &values = ranges[name].max.values;
    // Channels that became one since they were counted have the largest range.
    if (values.size() != found.size())
      found.assign(values.size(),
                   *std::max_element(found.begin(), found.end()));
    values = std::move(found);
  }
}

LogicalResult chooseRanges(func::FuncOp network, const Calibrator &calibrator,
                           const Histograms &histograms) {
  ObservedRanges ranges = getRanges(network);
  chooseRanges(network, calibrator, histograms, ranges);
  return applyRanges(network, ranges, "the calibration");
}

/// Most bytes of values that histograms are counted of afterwards; where there
/// are more, the network runs once more.
constexpr double mostValueBytes = double(int64_t(2) << 30);

/// What the pass over the samples is to gather: what `options.facts` tell, then
/// the values for histograms.
static void askForValues(const FlatNetwork &flat,
                         const CalibratePassOptions &options,
                         CalibrationOptions &settings,
                         FloatExecutorOptions &execution) {
  const Program &program = flat.program;
  if (!execution.batches || !program.states.empty())
    return;
  // Other processes have other samples.
  if (options.facts && !settings.workers)
    for (const LayerGather &wanted : options.gather)
      for (const FlatNetwork::Layer &layer : flat.layers)
        if (layer.name == wanted.layer) {
          execution.gather.push_back(
              {layer.tensor, /*sums=*/true, wanted.step, wanted.turn});
          break;
        }
  if (!settings.sparseHistograms)
    return;
  int64_t samples = execution.batches->samples;
  ObserverLayout layout(program);
  std::vector<int64_t> steps = findCellSteps(program, layout, samples);
  std::vector<GatherRequest> requests;
  double bytes = 0;
  for (size_t i = 0; i != program.ranges.size(); ++i) {
    GatherRequest &request = requests.emplace_back();
    request.tensor = program.ranges[i].tensor;
    request.step = steps[layout.entries()[i].histogram];
    bytes += FloatExecutor::gatheredBytes(program, request, samples);
  }
  if (bytes > mostValueBytes)
    return;
  for (const GatherRequest &request : requests) {
    settings.rangeRequests.push_back(execution.gather.size());
    execution.gather.push_back(request);
  }
}

static void takeFacts(const CalibratePassOptions &options, Gathering gathered) {
  if (options.gather.size() > gathered.tensors.size() ||
      llvm::is_contained(gathered.seen, char(0)))
    return;
  options.facts->samples = int64_t(gathered.seen.size());
  for (size_t i = 0; i != options.gather.size(); ++i) {
    const LayerGather &wanted = options.gather[i];
    options.facts->layers[wanted.layer] = {wanted.step, wanted.turn,
                                           std::move(gathered.tensors[i])};
  }
}

FailureOr<ObservedRanges> observeRanges(func::FuncOp network,
                                        const CalibratePassOptions &options,
                                        CalibrationReport *report,
                                        Histograms *histograms) {
  auto fail = [&](const std::string &message) -> FailureOr<ObservedRanges> {
    network.emitError() << message;
    return failure();
  };
  if (Status status = checkDeviceName(options.device); !status)
    return fail(status.message());
  Result<Calibrator> calibrator =
      parseCalibrator(options.calibrator, options.percentile);
  if (!calibrator)
    return fail(calibrator.message());
  if (!isAnnotated(network))
    return fail("the network has no quantizers to calibrate; run "
                "--qml-insert-quantizers first");
  if (isInteger(network))
    return fail("the network is integer already: only float networks can be "
                "calibrated");
  Histograms own;
  bool usesHistograms = needsHistograms(network, *calibrator);
  if (usesHistograms && !histograms)
    histograms = &own;
  FailureOr<FlatNetwork> flat = flattenNetwork(network);
  if (failed(flat))
    return failure();
  Program &program = flat->program;
  Result<SampleSources> samples = makeSamples(program, options);
  if (!samples)
    return fail(samples.message());

  auto start = std::chrono::steady_clock::now();
  CalibrationOptions settings;
  settings.numSamples = options.numSamples;
  // As in the reference: samples are steps of whole sequences.
  int64_t given = SampleSet(*samples).size();
  if (!program.states.empty() && options.numSamples > 0 &&
      given > options.numSamples) {
    settings.numSamples = given;
    if (options.numSamples != CalibratePassOptions().numSamples)
      network.emitWarning()
          << "the network has a memory: all " << given
          << " samples are used, not " << options.numSamples
          << ", since they are steps of whole sequences; for fewer, give an "
             "array of fewer";
  }
  settings.batchSize = options.batchSize;
  settings.epochs = options.epochs;
  settings.momentum = options.momentum;
  settings.threads = options.threads;
  // A process that stops before this is heard of when it ends its job.
  settings.workers = getWorkers();
  std::vector<int64_t> samplesSeen;
  settings.samplesSeen = &samplesSeen;
  settings.histograms = histograms;
  settings.sparseHistograms =
      usesHistograms && takesSparseHistograms(network, *calibrator);
  int64_t done = 0;
  std::optional<ProgressLine> line;
  if (options.progress)
    line.emplace("Calibrating");
  settings.progress = [&](int64_t count, int64_t total) {
    done = std::max(done, count);
    if (line)
      line->update(count, total);
  };
  FloatExecutorOptions execution;
  execution.threads = options.threads ? options.threads : getThreads();
  execution.tf32 = options.tf32;
  // What is wrong with them, calibration reports.
  if (auto batches = planBatches(given, settings.numSamples, options.batchSize))
    execution.batches = *batches;
  askForValues(*flat, options, settings, execution);
  DeviceChoice device;
  device.name = options.device;
  if (settings.workers)
    device.localRank = settings.workers->localRank();
  std::string whyCPU;
  Result<std::unique_ptr<FloatExecutor>> executor =
      createFloatExecutor(program, execution, device, &whyCPU);
  if (!executor)
    return fail(executor.message());
  if (!(*executor)->gathers())
    settings.rangeRequests.clear();
  Gathering gathered;
  if (options.facts && (*executor)->gathers())
    settings.gathering = &gathered;
  Result<Ranges> ranges = calibrate(**executor, *samples, settings);
  if (!ranges)
    return fail(ranges.message());
  if (!gathered.tensors.empty())
    takeFacts(options, std::move(gathered));
  if (report) {
    report->samples = done;
    report->given = given;
    report->used = execution.batches
                       ? std::min(report->given, execution.batches->samples)
                       : report->given;
    report->seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start)
            .count();
    report->arithmetic = (*executor)->arithmetic();
    report->whyCPU = whyCPU;
    if (settings.workers)
      report->samplesSeen = samplesSeen;
  }

  ObservedRanges result;
  for (auto &[layer, range] : *ranges) {
    ObservedRange &observed = result[layer];
    observed.max = {range.max, !range.perAxis};
    if (!range.min.empty())
      observed.min = {range.min, !range.perAxis};
  }
  if (usesHistograms)
    chooseRanges(network, *calibrator, *histograms, result);
  return result;
}

namespace {
struct CalibratePass : impl::CalibrateBase<CalibratePass> {
  CalibratePass() = default;
  explicit CalibratePass(const CalibratePassOptions &settings) {
    samples = settings.samples;
    numSamples = settings.numSamples;
    batchSize = settings.batchSize;
    epochs = settings.epochs;
    momentum = settings.momentum;
    calibrator = settings.calibrator;
    percentile = settings.percentile;
    seed = settings.seed;
    randomRule = settings.randomRule;
    inputDtype = nameOf(settings.inputType);
    threads = settings.threads;
    device = settings.device;
    tf32 = settings.tf32;
  }

  void runOnOperation() override {
    FailureOr<func::FuncOp> network = getNetwork(getOperation());
    if (failed(network))
      return signalPassFailure();
    CalibratePassOptions settings;
    settings.samples = samples;
    settings.numSamples = numSamples;
    settings.batchSize = batchSize;
    settings.epochs = epochs;
    settings.momentum = momentum;
    settings.calibrator = calibrator;
    settings.percentile = percentile;
    settings.seed = seed;
    settings.randomRule = randomRule;
    settings.threads = threads;
    settings.device = device;
    settings.tf32 = tf32;
    std::optional<ElementType> type = parseInputType(inputDtype);
    if (!type) {
      getOperation().emitError() << "input-dtype is '" << inputDtype
                                 << "'; allowed are uint8, int8 and int16";
      return signalPassFailure();
    }
    settings.inputType = *type;
    CalibrationReport report;
    FailureOr<ObservedRanges> ranges =
        observeRanges(*network, settings, &report);
    if (failed(ranges))
      return signalPassFailure();
    if (device.hasValue() && !report.whyCPU.empty())
      network->emitRemark() << "device 'auto' is the CPU: " << report.whyCPU;
    FailureOr<unsigned> count =
        applyRanges(*network, *ranges, "the calibration");
    if (failed(count))
      return signalPassFailure();
    numRanges += *count;
  }
};
} // namespace

std::unique_ptr<Pass> createCalibratePass(const CalibratePassOptions &options) {
  return std::make_unique<CalibratePass>(options);
}

} // namespace qml
