//===- calibration.cpp - Speed of calibration on a GPU --------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Calibrates a network with random weights on images in a file, from the file
// to ranges, and says how many samples a second that is; also without
// observers, which shows what they cost, and kernel by kernel. Ranges of all
// runs have to be the same bits.
//
//===----------------------------------------------------------------------===//

#include "CUDA/CudaDevice.h"
#include "FloatExecutor.h"
#include "networks.h"
#include "tools.h"

#include "qml/Calibration/Calibration.h"
#include "qml/Support/Npy.h"

using namespace qml;
using namespace qml::benchmark;

static const char usage[] =
    "calibration --samples=FILE.npy [--network=resnet50|mobilenet] [--tf32]\n"
    "            [--batch-size=128] [--count=0] [--runs=5]\n"
    "\n"
    "Calibrates on the first GPU, and writes JSON. --count takes that many of\n"
    "the images, 0 takes all.\n";

namespace {

/// One way to take samples through the network, with an executor of its own.
struct Job {
  const char *name;
  Program program;
  std::unique_ptr<FloatExecutor> executor;
  std::vector<double> rates;
  double prepared = 0;
  Ranges ranges;
};

} // namespace

static bool areSame(const std::vector<float> &a, const std::vector<float> &b) {
  return a.size() == b.size() &&
         (a.empty() ||
          !std::memcmp(a.data(), b.data(), a.size() * sizeof(float)));
}

static bool areSame(const Ranges &a, const Ranges &b) {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(),
                    [](const auto &x, const auto &y) {
                      return x.first == y.first &&
                             areSame(x.second.max, y.second.max) &&
                             areSame(x.second.min, y.second.min);
                    });
}

static Result<std::unique_ptr<FloatExecutor>>
makeExecutor(const Program &program, const FloatExecutorOptions &options) {
  auto group = cuda::openDevices(0, 1);
  if (!group)
    return group.takeError();
  return gpu::createExecutor(std::move(*group), program, options);
}

static Status writeProfile(JSON &out, FloatExecutor &executor,
                           const SampleSource &samples,
                           const Batching &batches) {
  out.open('[');
  Status status = executor.profile(
      samples, batches, [&](const std::string &step, double seconds) {
        out.open('[') << step << seconds;
        out.close(']');
      });
  out.close(']');
  return status;
}

static Status run(Arguments &arguments, const std::string &path) {
  std::string name = arguments.text("network", "resnet50");
  int64_t runs = arguments.number("runs", 5);
  NetworkOptions shape;
  shape.observeEnds = true;
  FloatExecutorOptions options;
  options.tf32 = arguments.flag("tf32");
  CalibrationOptions calibration;
  calibration.batchSize = arguments.number("batch-size", 128);
  calibration.epochs = 1;
  int64_t count = arguments.number("count", 0);

  auto array = NpyArray::open(path);
  if (!array)
    return array.takeError();
  if (array->shape.size() == 4)
    shape.size = array->shape[1];
  auto network = makeNetwork(name, shape);
  if (!network)
    return Error{"there is no network " + name +
                 ", only mobilenet and resnet50"};
  const Program &program = network->program;
  auto samples = samplesOf(
      *array, program.tensors[size_t(program.inputs[0].tensor)], path);
  if (!samples)
    return samples.takeError();
  if (count <= 0 || count > (*samples)->size())
    count = (*samples)->size();
  calibration.numSamples = count;
  auto batches = planBatches(count, count, calibration.batchSize);
  if (!batches)
    return batches.takeError();
  options.batches = *batches;

  // Without observers but one on the logits, so that the same is computed and
  // samples stream in the same way.
  Job jobs[2];
  jobs[0].name = "observe";
  jobs[0].program = program;
  jobs[1].name = "forward";
  jobs[1].program = program;
  jobs[1].program.ranges = {{network->logits, "logits", false, false}};
  for (Job &job : jobs) {
    double start = now();
    auto executor = makeExecutor(job.program, options);
    if (!executor)
      return executor.takeError();
    job.executor = std::move(*executor);
    job.prepared = now() - start;
  }
  bool areEqual = true;
  // The first run warms up the device and the file's pages.
  for (int64_t run = -1; run < runs; ++run)
    for (Job &job : jobs) {
      double start = now();
      auto ranges = calibrate(*job.executor, **samples, calibration);
      if (!ranges)
        return ranges.takeError();
      if (run >= 0)
        job.rates.push_back(double(count) / (now() - start));
      if (run >= 0)
        areEqual &= areSame(job.ranges, *ranges);
      job.ranges = std::move(*ranges);
    }
  auto anew = makeExecutor(program, options);
  if (!anew)
    return anew.takeError();
  auto ranges = calibrate(**anew, **samples, calibration);
  if (!ranges)
    return ranges.takeError();
  areEqual &= areSame(jobs[0].ranges, *ranges);

  JSON out;
  out.open('{').key("network") << name;
  out.key("tf32") << options.tf32;
  out.key("arithmetic") << jobs[0].executor->arithmetic();
  out.key("samples") << count;
  out.key("batch") << calibration.batchSize;
  out.key("size") << shape.size;
  out.key("keys") << int64_t(jobs[0].executor->layout().size());
  out.key("same_bits") << areEqual;
  for (Job &job : jobs) {
    out.key(job.name).open('{');
    out.key("prepared") << job.prepared;
    out.key("rates") << job.rates;
    out.key("profile");
    if (Status status = writeProfile(out, *job.executor, **samples, *batches);
        !status)
      return status;
    out.close('}');
  }
  out.close('}').print();
  if (!areEqual)
    return Error{"ranges differ from run to run"};
  return {};
}

int main(int argc, char **argv) {
  Arguments arguments(argc, argv);
  std::string path = arguments.text("samples", "");
  // Asked for here, too, so that they are known before anything is done.
  for (const char *name : {"network", "batch-size", "count", "runs"})
    arguments.text(name, "");
  arguments.flag("tf32");
  if (!arguments.areKnown(usage))
    return arguments.wantsHelp() ? 0 : 2;
  if (path.empty())
    return fail("--samples names a file of images");
  Status status = run(arguments, path);
  return status ? 0 : fail(status.message());
}
