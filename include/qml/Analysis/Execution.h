//===- Execution.h - Programs and parts of them over samples ----*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QML_ANALYSIS_EXECUTION_H
#define QML_ANALYSIS_EXECUTION_H

#include "qml/Analysis/CutProgram.h"
#include "qml/Calibration/FloatExecutor.h"
#include "qml/Calibration/Samples.h"
#include "qml/Interpreter/Interpreter.h"

#include <functional>
#include <map>

namespace qml {

/// Some samples, in memory.
struct TakenSamples {
  std::vector<SampleArray> arrays; ///< one for each input
  int64_t count = 0;
  /// Of networks with memory, as SampleSet::sequenceLength.
  int64_t sequenceLength = 0;
};

/// `count` of the samples, or all if there are fewer: evenly from all of them.
/// Of programs with memory the first ones, and whole sequences alone if there
/// are that many.
Result<TakenSamples> takeSamples(const SampleSet &samples,
                                 const Program &program, int64_t count);

/// The values of a tensor for some samples, widened.
std::vector<int64_t> widen(const TensorArray &array);

/// Where the values of a tensor of the whole program lie, for the samples of a
/// block.
using Values = std::function<const void *(int tensor)>;

/// A program, or a part of one, on the interpreter.
class IntegerRunner {
public:
  /// Of the whole program, and more of its tensors than the outputs.
  static Result<IntegerRunner> create(const Program &whole,
                                      std::vector<int> keep, int threads);
  static Result<IntegerRunner> create(CutProgram part, int threads);

  /// Runs `count` samples; `values` knows each tensor that is read. Programs
  /// with memory start without any, and anew with each sequence.
  Status run(const Values &values, int64_t count, int64_t sequenceLength = 0);

  /// Of the whole program's tensor; of the part's output.
  const TensorArray &get(int tensor) const { return *found.at(tensor); }

private:
  /// The interpreter refers to it.
  std::unique_ptr<CutProgram> part;
  std::vector<int> sources;
  std::unique_ptr<Interpreter> interpreter;
  std::vector<TensorArray> results;
  /// Results by the whole program's tensors.
  std::map<int, const TensorArray *> found;
};

/// A float program, or a part of one, on the executor of the CPU.
class FloatRunner {
public:
  static Result<FloatRunner> create(const Program &whole, std::vector<int> keep,
                                    int threads);
  static Result<FloatRunner> create(CutProgram part, int threads);

  /// As IntegerRunner::run.
  Status run(const Values &values, int64_t count, int64_t sequenceLength = 0);

  const std::vector<float> &get(int tensor) const { return results.at(tensor); }

private:
  Status prepare(const Program &program, int threads);

  std::unique_ptr<CutProgram> part;
  const Program *program = nullptr;
  std::vector<int> sources;
  std::vector<int> keep;
  std::unique_ptr<FloatExecutor> executor;
  std::map<int, std::vector<float>> results;
};

} // namespace qml

#endif // QML_ANALYSIS_EXECUTION_H
