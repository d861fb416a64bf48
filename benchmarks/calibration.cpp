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

#include "qml/Calibration/Calibration.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <list>
#include <random>

using namespace qml;

namespace {

/// MobileNet 1.0, as it is calibrated: batch normalizations folded.
class MobileNet {
public:
  explicit MobileNet(int64_t size) {
    int x = program.input = tensor({size, size, 3}, ElementType::U8);
    program.inputName = "image";
    x = add("rescale", Rescaling{{1 / 127.5f}, {-1.f}}, x, shapeOf(x));
    x = block("conv_0", false, 3, 32, 2, x);
    static constexpr int64_t filters[13] = {64,  128, 128, 256, 256,  512, 512,
                                            512, 512, 512, 512, 1024, 1024};
    for (int i = 0; i < 13; ++i) {
      // Where the number of filters grows, but for the first time.
      int64_t strides = i == 1 || i == 3 || i == 5 || i == 11 ? 2 : 1;
      std::string number = std::to_string(i + 1);
      x = block("dw_" + number, true, 3, shapeOf(x)[2], strides, x);
      x = block("pw_" + number, false, 1, filters[i], 1, x);
    }
    x = add("gap", GlobalAveragePool2D{}, x, {1024});
    program.ranges.push_back({x, "gap", false, false});
    Dense dense;
    dense.kernel = constant({1024, 1000}, 1024);
    dense.bias = constant({1000}, 100);
    logits = add("logits", dense, x, {1000});
    program.outputs.push_back({logits, "logits"});
  }

  Program program;
  int logits;

private:
  const Shape &shapeOf(int tensor) const {
    return program.tensors[size_t(tensor)].shape;
  }

  int tensor(Shape shape, ElementType type = ElementType::F32) {
    program.tensors.push_back({std::move(shape), type, {}});
    return int(program.tensors.size()) - 1;
  }

  int add(const std::string &layer, OperationKind kind, int input,
          Shape shape) {
    int output = tensor(std::move(shape));
    program.operations.push_back({std::move(kind), layer, {input}, output});
    return output;
  }

  Constant constant(Shape shape, int64_t fanIn) {
    std::normal_distribution<float> normal(0, std::sqrt(2.f / float(fanIn)));
    weights.emplace_back(size_t(numElements(shape)));
    for (float &value : weights.back())
      value = normal(random);
    return {ElementType::F32, std::move(shape), weights.back().data()};
  }

  /// A convolution with 'same' padding, and a ReLU whose range is observed.
  int block(const std::string &layer, bool depthwise, int64_t kernel,
            int64_t filters, int64_t strides, int input) {
    Shape in = shapeOf(input);
    Shape out = {(in[0] + strides - 1) / strides,
                 (in[1] + strides - 1) / strides, filters};
    Conv2D conv;
    conv.depthwise = depthwise;
    conv.kernel = depthwise
                      ? constant({kernel, kernel, filters, 1}, kernel * kernel)
                      : constant({kernel, kernel, in[2], filters},
                                 kernel * kernel * in[2]);
    conv.bias = constant({filters}, 100);
    for (int axis = 0; axis < 2; ++axis) {
      int64_t total = std::max<int64_t>(
          (out[size_t(axis)] - 1) * strides + kernel - in[size_t(axis)], 0);
      conv.window.kernel[axis] = kernel;
      conv.window.strides[axis] = strides;
      conv.window.padBegin[axis] = total / 2;
      conv.window.padEnd[axis] = total - total / 2;
    }
    int x = add(layer, conv, input, out);
    ReLU relu;
    relu.maxValue = 6.f;
    x = add(layer + "_relu", relu, x, out);
    program.ranges.push_back({x, layer + "_relu", true, false});
    return x;
  }

  std::list<std::vector<float>> weights;
  std::mt19937 random{1};
};

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
  MobileNet network(options.size);
  RandomOptions random;
  random.count = options.samples;
  auto generated = randomSamples(
      network.program.tensors[size_t(network.program.input)], random);
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
  auto source = samplesOf(
      array, network.program.tensors[size_t(network.program.input)], "images");
  if (!source)
    return fail(source.message());

  double start = now();
  FloatExecutorOptions settings;
  settings.threads = int(options.threads);
  settings.microBatch = options.microBatch;
  settings.observe = !options.forward;
  if (options.forward)
    settings.keep = {network.logits};
  auto executor = createCPUExecutor(network.program, settings);
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
