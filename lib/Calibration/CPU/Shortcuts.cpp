//===- Shortcuts.cpp - Jobs on the CPU in one call ------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "qml/Calibration/CPU.h"

#include <new>

namespace qml {

Result<Ranges> calibrate(const Program &program, const SampleSet &samples,
                         const CalibrationOptions &options) {
  FloatExecutorOptions settings;
  settings.threads = options.threads;
  auto executor = createCPUExecutor(program, std::move(settings));
  if (!executor)
    return executor.takeError();
  return calibrate(**executor, samples, options);
}

Result<std::vector<std::vector<float>>>
runFloat(const Program &program, const SampleSet &samples, int64_t first,
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

} // namespace qml
