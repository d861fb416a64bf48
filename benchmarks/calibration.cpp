//===- calibration.cpp - Speed of calibration -----------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Calibrates MobileNet (version 1) with random weights on random images, and
// says how many samples a second it observes:
//
//   calibration [--size=224] [--samples=128] [--batch-size=32] [--threads=0]
//               [--runs=3] [--micro-batch=4] [--forward]
//
// `--forward` computes the logits and observes nothing.
//
//===----------------------------------------------------------------------===//

#include "networks.h"

#include "qml/Calibration/Calibration.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>

using namespace qml;

namespace {

struct Options {
  int64_t size = 224, samples = 128, batchSize = 32, threads = 0, runs = 3,
          microBatch = 4;
  bool forward = false;

  bool parse(int argc, char **argv) {
    struct {
      const char *name;
      int64_t *value;
    } const known[] = {{"--size=", &size},
                       {"--samples=", &samples},
                       {"--batch-size=", &batchSize},
                       {"--threads=", &threads},
                       {"--runs=", &runs},
                       {"--micro-batch=", &microBatch}};
    for (int i = 1; i < argc; ++i) {
      bool found = forward |= !std::strcmp(argv[i], "--forward");
      for (const auto &option : known)
        if (size_t length = std::strlen(option.name);
            !std::strncmp(argv[i], option.name, length)) {
          *option.value = std::atoll(argv[i] + length);
          found = true;
        }
      if (!found) {
        std::fprintf(stderr, "unknown option %s\n", argv[i]);
        return false;
      }
    }
    return true;
  }
};

} // namespace

static int fail(const std::string &message) {
  std::fprintf(stderr, "%s\n", message.c_str());
  return 1;
}

static double now() {
  return std::chrono::duration<double>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

int main(int argc, char **argv) {
  Options options;
  if (!options.parse(argc, argv))
    return 2;
  benchmark::NetworkOptions shape;
  shape.size = options.size;
  auto network = benchmark::makeMobileNet(shape);
  const Program &program = network->program;
  const Tensor &input = program.tensors[size_t(program.inputs[0].tensor)];
  RandomOptions random;
  random.count = options.samples;
  auto generated = randomSamples(input, random);
  if (!generated)
    return fail(generated.message());
  // As if they came from a file.
  Array array;
  array.type = ElementType::U8;
  array.shape = {options.samples, options.size, options.size, 3};
  std::vector<uint8_t> images(array.numBytes());
  if (auto data = (*generated)->get(0, options.samples, images.data()); !data)
    return fail(data.message());
  array.data = images.data();
  auto source = samplesOf(array, input, "images");
  if (!source)
    return fail(source.message());

  double start = now();
  FloatExecutorOptions settings;
  settings.threads = int(options.threads);
  settings.microBatch = options.microBatch;
  settings.observe = !options.forward;
  if (options.forward)
    settings.keep = {network->logits};
  auto executor = createCPUExecutor(program, settings);
  if (!executor)
    return fail(executor.message());
  std::printf("%s, prepared in %.0f ms\n", (*executor)->arithmetic().c_str(),
              1000 * (now() - start));

  CalibrationOptions calibration;
  calibration.numSamples = options.samples;
  calibration.batchSize = options.batchSize;
  calibration.epochs = 1;
  std::vector<float> logits(size_t(options.samples) * 1000);
  double best = 0;
  for (int64_t run = 0; run < options.runs; ++run) {
    start = now();
    if (options.forward) {
      Status status =
          (*executor)->run(**source, 0, options.samples, {logits.data()});
      if (!status)
        return fail(status.message());
    } else {
      auto ranges = calibrate(**executor, **source, calibration);
      if (!ranges)
        return fail(ranges.message());
    }
    best = std::max(best, double(options.samples) / (now() - start));
  }
  std::printf("%.1f samples/s\n", best);
  return 0;
}
