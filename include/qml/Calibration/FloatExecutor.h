//===- FloatExecutor.h - Networks in float32, on some device ----*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Runs a float program over samples to observe ranges, or for its results. The
// CPU's is made here; a GPU's comes in a library of its own.
//
//===----------------------------------------------------------------------===//

#ifndef QML_CALIBRATION_FLOATEXECUTOR_H
#define QML_CALIBRATION_FLOATEXECUTOR_H

#include "qml/Calibration/Observers.h"
#include "qml/Calibration/Samples.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace qml {

struct FloatExecutorOptions {
  /// Most threads to use; 0 for one per core. Results do not depend on it.
  int threads = 0;
  /// Compute what Program::ranges ask for, so that `observe` can be called.
  bool observe = true;
  /// Tensors that `run` delivers, as indices into Program::tensors. Each has to
  /// be the input or computed by the program.
  std::vector<int> keep;
  /// Samples that one thread takes through the network together. Part of the
  /// results, to the last bit: leave it as it is where bits count.
  int64_t microBatch = 4;
  /// Most bytes of activations and scratch memory for each thread. Programs
  /// that need more for single samples are refused.
  size_t memoryLimit = size_t(2) << 30;
};

class FloatExecutor {
public:
  /// Called with the number of samples that are done.
  using Progress = std::function<void(int64_t done)>;
  /// Called with the state of each batch, in order. A failure ends the run.
  using OnBatch =
      std::function<Status(int64_t batch, const ObserverState &state)>;

  virtual ~FloatExecutor() = default;

  const Program &program() const { return network; }
  const FloatExecutorOptions &options() const { return settings; }
  const ObserverLayout &layout() const { return observers; }

  /// Whoever computes with the same library and instructions gets the same
  /// bits: "oneDNN 2.6.3, avx512_core".
  virtual std::string arithmetic() const = 0;

  /// Runs all samples of all batches. Callbacks come from one thread at a time,
  /// but not always the same.
  virtual Status observe(const SampleSource &samples, const Batching &batches,
                         const OnBatch &onBatch, const Progress &progress) = 0;

  /// Runs samples `first` to `first + count - 1`. results[i] is where the
  /// values of options().keep[i] go, as dense float32, samples outermost.
  virtual Status run(const SampleSource &samples, int64_t first, int64_t count,
                     const std::vector<float *> &results) = 0;

protected:
  FloatExecutor(const Program &program, FloatExecutorOptions options)
      : network(program), settings(std::move(options)), observers(program) {}

  const Program &network;
  FloatExecutorOptions settings;
  ObserverLayout observers;
};

/// Makes `program` ready to run on the CPU. It has to outlive the executor, as
/// have its weights. Fails if `verify` refuses the program, it computes with
/// integers, or memory does not suffice.
Result<std::unique_ptr<FloatExecutor>>
createCPUExecutor(const Program &program, FloatExecutorOptions options = {});

} // namespace qml

#endif // QML_CALIBRATION_FLOATEXECUTOR_H
