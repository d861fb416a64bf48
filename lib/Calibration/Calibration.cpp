//===- Calibration.cpp - Ranges of a float network ------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Calibration as a whole, and the line that shows how far it is.
//
//===----------------------------------------------------------------------===//

#include "qml/Calibration/Calibration.h"

#include "qml/Program/Verify.h"

#include <chrono>
#include <cmath>
#include <cstdio>
#include <new>
#include <unistd.h>

namespace qml {

/// States of batches are kept for later epochs up to this size, in bytes.
constexpr size_t maxKeptStates = size_t(256) << 20;

Result<Ranges> calibrate(const Program &program, const SampleSource &samples,
                         const CalibrationOptions &options) {
  FloatExecutorOptions settings;
  settings.threads = options.threads;
  auto executor = createCPUExecutor(program, std::move(settings));
  if (!executor)
    return executor.takeError();
  return calibrate(**executor, samples, options);
}

Result<Ranges> calibrate(FloatExecutor &executor, const SampleSource &samples,
                         const CalibrationOptions &options) {
  if (options.epochs < 1)
    return Error{"the number of epochs is " + std::to_string(options.epochs) +
                 ", it has to be at least 1"};
  if (!(options.momentum >= 0 && options.momentum <= 1))
    return Error{"the momentum is " + std::to_string(options.momentum) +
                 ", it has to be between 0 and 1"};
  auto batches =
      planBatches(samples.size(), options.numSamples, options.batchSize);
  if (!batches)
    return batches.takeError();

  const ObserverLayout &layout = executor.layout();
  bool keep = options.epochs > 1 && double(layout.size()) * sizeof(int32_t) *
                                            double(batches->steps) <=
                                        double(maxKeptStates);
  int64_t runs = keep ? 1 : options.epochs;
  std::vector<ObserverState> kept;
  MovingRanges ranges(layout, options.momentum);
  auto nameOfBatch = [&](int64_t batch) {
    int64_t first = batch * batches->batchSize;
    int64_t size = batches->sizeOf(batch);
    if (size == 1)
      return "sample " + std::to_string(first);
    return "samples " + std::to_string(first) + " to " +
           std::to_string(first + size - 1);
  };

  for (int64_t epoch = 0; epoch < runs; ++epoch) {
    auto onBatch = [&](int64_t batch, const ObserverState &state) {
      if (keep)
        kept.push_back(state);
      return ranges.update(state, nameOfBatch(batch));
    };
    auto onProgress = [&](int64_t done) {
      if (options.progress)
        options.progress(epoch * batches->samples + done,
                         runs * batches->samples);
    };
    if (Status status =
            executor.observe(samples, *batches, onBatch, onProgress);
        !status)
      return status.takeError();
  }
  for (int64_t epoch = runs; epoch < options.epochs; ++epoch)
    for (int64_t batch = 0; batch < batches->steps; ++batch)
      if (Status status =
              ranges.update(kept[size_t(batch)], nameOfBatch(batch));
          !status)
        return status.takeError();
  return std::move(ranges).take();
}

Result<std::vector<std::vector<float>>>
runFloat(const Program &program, const SampleSource &samples, int64_t first,
         int64_t count, const std::vector<int> &tensors, int threads) {
  FloatExecutorOptions settings;
  settings.threads = threads;
  settings.observe = false;
  settings.keep = tensors;
  auto executor = createCPUExecutor(program, std::move(settings));
  if (!executor)
    return executor.takeError();
  if (first < 0 || count < 0 || first > samples.size() - count)
    return Error{"samples " + std::to_string(first) + " to " +
                 std::to_string(first + count - 1) +
                 " are asked for, there are " + std::to_string(samples.size())};
  std::vector<std::vector<float>> values;
  std::vector<float *> results;
  try {
    for (int tensor : tensors) {
      int64_t elements = numElements(program.tensors[tensor].shape);
      if (count > (int64_t(1) << 45) / elements)
        throw std::bad_alloc();
      values.emplace_back(size_t(count) * size_t(elements));
      results.push_back(values.back().data());
    }
  } catch (const std::bad_alloc &) {
    return Error{"there is not enough memory for the results of " +
                 std::to_string(count) + " samples: ask for fewer at a time"};
  }
  if (Status status = (*executor)->run(samples, first, count, results); !status)
    return status.takeError();
  return values;
}

//===----------------------------------------------------------------------===//
// ProgressLine
//===----------------------------------------------------------------------===//

static double secondsNow() {
  return std::chrono::duration<double>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

ProgressLine::ProgressLine(std::string what)
    : what(std::move(what)), isTerminal(isatty(STDERR_FILENO)),
      start(secondsNow()) {}

ProgressLine::~ProgressLine() {
  if (width)
    std::fprintf(stderr, "\r%*s\r", int(width), "");
}

std::string ProgressLine::text(const std::string &what, int64_t done,
                               int64_t total, double seconds) {
  std::string line = what + ": " + std::to_string(done) + " of " +
                     std::to_string(total) + " samples";
  if (done <= 0 || seconds <= 0)
    return line;
  double rate = double(done) / seconds;
  char text[96];
  int64_t left = int64_t(std::ceil(double(total - done) / rate));
  std::snprintf(text, sizeof text, rate < 10 ? ", %.1f/s" : ", %.0f/s", rate);
  line += text;
  if (left >= 3600)
    std::snprintf(text, sizeof text, ", %lld:%02d:%02d h left",
                  static_cast<long long>(left / 3600), int(left / 60 % 60),
                  int(left % 60));
  else if (left >= 60)
    std::snprintf(text, sizeof text, ", %d:%02d min left", int(left / 60),
                  int(left % 60));
  else
    std::snprintf(text, sizeof text, ", %d s left", int(left));
  return line + text;
}

void ProgressLine::update(int64_t done, int64_t total) {
  if (!isTerminal)
    return;
  double seconds = secondsNow() - start;
  // Often enough for the eye.
  if (last >= 0 && seconds - last < .1 && done < total)
    return;
  last = seconds;
  std::string line = text(what, done, total, seconds);
  int padding = int(width > line.size() ? width - line.size() : 0);
  width = line.size();
  std::fprintf(stderr, "\r%s%*s", line.c_str(), padding, "");
}

} // namespace qml
