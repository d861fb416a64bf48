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
#include "qml/Support/ExactSums.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace qml {

/// Asks for a part of what a tensor holds, which is gathered while samples run.
struct GatherRequest {
  int tensor = -1;
  /// The sums of all cells, by channel.
  bool sums = false;
  /// Each `step`-th cell, counted anew from each so many samples on; none if it
  /// is 0.
  int64_t step = 0;
  int64_t turn = 1;
};

/// What was gathered of one tensor.
struct Gathered {
  /// By channel, of samples in any order: of each one its cells in their order,
  /// in float64.
  ExactSums sums;
  std::vector<float> cells; ///< (turn, cell, channel)
  int64_t cellsPerTurn = 0;
};

/// What was gathered of some samples.
struct Gathering {
  /// As FloatExecutorOptions::gather.
  std::vector<Gathered> tensors;
  /// By sample: whether it ran.
  std::vector<char> seen;
};

struct FloatExecutorOptions {
  /// Most threads to use; 0 for one per core. Results do not depend on it.
  int threads = 0;
  /// Compute what Program::ranges ask for, so that `observe` can be called.
  bool observe = true;
  /// Tensors that `run` delivers, as indices into Program::tensors. Each has to
  /// be an input or computed by the program.
  std::vector<int> keep;
  /// What executors that gather make ready for it.
  std::vector<GatherRequest> gather;
  /// GPU: products may be taken of operands rounded to 10 bits (TF32).
  bool tf32 = false;
  /// GPU: samples that go through the network together, at most. Part of the
  /// results, to the last bit. Half as many, and half of that, where memory is
  /// short; `arithmetic` says so.
  int64_t chunk = 128;
  /// GPU: what will be observed (or run, where nothing is observed), if that is
  /// known: so the network is made ready once, for the chunks that will run.
  std::optional<Batching> batches;
  /// Samples that one thread takes through the network together. Part of the
  /// results, to the last bit: leave it as it is where bits count.
  int64_t microBatch = 4;
  /// Most bytes of activations and scratch memory for each thread. Programs
  /// that need more for single samples are refused.
  size_t memoryLimit = size_t(2) << 30;
};

/// What each executor refuses: programs that `verify` or `verifyFloat` refuse,
/// options out of range, results that nothing computes.
Status checkFloatProgram(const Program &program,
                         const FloatExecutorOptions &options);

/// Consecutive batches whose states an executor holds at the same time.
struct BatchSpan {
  int64_t first = 0;
  int64_t count = 0;
};

/// Consecutive pieces of a span of batches: what one of several workers does.
struct PieceSpan {
  int64_t first = 0;
  int64_t count = 0;
};

class FloatExecutor {
public:
  /// Called with the number of samples that are done.
  using Progress = std::function<void(int64_t done)>;

  virtual ~FloatExecutor() = default;

  const Program &program() const { return network; }
  const FloatExecutorOptions &options() const { return settings; }
  const ObserverLayout &layout() const { return observers; }

  /// Whoever computes with the same library and instructions gets the same
  /// bits: "oneDNN 2.6.3, avx512_core". Does not change after the executor was
  /// made.
  virtual std::string arithmetic() const = 0;

  /// Runs samples `first` to `first + count - 1`. results[i] is where the
  /// values of options().keep[i] go, as dense float32, samples outermost.
  virtual Status run(const SampleSet &samples, int64_t first, int64_t count,
                     const std::vector<float *> &results) = 0;

  //===--------------------------------------------------------------------===//
  // Observing: a span of batches after the other. Each is observed, its states
  // are put together with those of other workers, then the ranges move by them.
  // States and ranges stay where the executor computes until they are asked
  // for.
  //===--------------------------------------------------------------------===//

  /// How many pieces the samples of a span have: the least that can be dealt
  /// out. What is observed does not depend on who takes which piece, or when.
  virtual int64_t numPieces(const Batching &batches, BatchSpan span) const = 0;

  /// The first span of more than one must end at a multiple of so many batches,
  /// so that a piece never belongs to two spans.
  virtual int64_t spanGranularity(const Batching &batches) const = 0;

  /// Observes the samples of `pieces`, and holds the states of the batches of
  /// `span`, empty where no sample was seen. Returns the number of samples.
  virtual Result<int64_t> observe(const SampleSet &samples,
                                  const Batching &batches, BatchSpan span,
                                  PieceSpan pieces,
                                  const Progress &progress) = 0;

  /// The states that are held: layout().size() keys for each batch.
  virtual Result<std::vector<int32_t>> states() { return held; }
  /// Replaces them by as many.
  virtual Status setStates(std::vector<int32_t> states) {
    held = std::move(states);
    return {};
  }

  /// Starts ranges anew; `momentum` is the share that stays at each batch.
  virtual Status startRanges(double momentum);
  /// Moves the ranges by the states that are held, batch by batch: those of the
  /// span that was observed last. May be called again, for another epoch.
  virtual Status moveRanges(const Batching &batches);
  /// Fails, and names the first layer in question, if NaN or infinity was
  /// observed in any batch.
  virtual Result<Ranges> ranges();

  //===--------------------------------------------------------------------===//
  // Gathering: values and sums of some tensors, while samples run for another
  // purpose.
  //===--------------------------------------------------------------------===//

  /// Whether `observe` and `run` can gather.
  virtual bool gathers() const { return false; }
  /// From now on they do, until it is taken, of a set of so many samples; each
  /// may run once. Fails if there is no memory.
  Status startGathering(int64_t samples);
  Gathering takeGathering();
  /// Bytes of the cells that would be gathered.
  static double gatheredBytes(const Program &program,
                              const GatherRequest &request, int64_t samples);

  /// The same as `count` from what was gathered so far, `requests` being those
  /// for the program's ranges, one for each.
  virtual Status countGathered(const std::vector<size_t> &requests,
                               const BinScales &scales,
                               std::vector<uint64_t> &counts);

  //===--------------------------------------------------------------------===//
  // Histograms: once ranges are known, in another pass over the samples.
  //===--------------------------------------------------------------------===//

  /// Whether `count` can leave cells out (BinScales::steps).
  virtual bool takesSteps() const { return false; }

  /// Counts the values of the samples of `pieces` by bins, and adds that to
  /// `counts`: histogramBins for each histogram of the layout, the first
  /// entry's first. Returns the number of samples. The counts are exact and do
  /// not depend on how many threads or devices count; after an error they are
  /// worth nothing. The states that are held stay.
  virtual Result<int64_t> count(const SampleSet &samples,
                                const Batching &batches, BatchSpan span,
                                PieceSpan pieces, const BinScales &scales,
                                std::vector<uint64_t> &counts,
                                const Progress &progress);

  /// Takes the first samples of a batch through the network step by step, and
  /// reports what each took, in seconds. For benchmarks.
  virtual Status profile(const SampleSet &samples, const Batching &batches,
                         const std::function<void(const std::string &step,
                                                  double seconds)> &report);

protected:
  /// Whether there is memory for each tensor that `run` delivers.
  Status checkResults(const std::vector<float *> &results) const;
  /// Whether the samples fit the network's input, and those are there.
  Status checkSamples(const SampleSet &samples, int64_t first,
                      int64_t count) const;

  FloatExecutor(const Program &program, FloatExecutorOptions options)
      : network(program), settings(std::move(options)), observers(program) {}

  const Program &network;
  FloatExecutorOptions settings;
  ObserverLayout observers;
  /// For executors that hold states and ranges in the host's memory.
  BatchSpan heldSpan;
  std::vector<int32_t> held;
  std::optional<MovingRanges> moving;
  /// The first error that moving them met.
  Status rangesStatus;
  /// While something is gathered.
  std::optional<Gathering> gathering;
};

/// Makes `program` ready to run on the CPU. It has to outlive the executor, as
/// have its weights. Fails if `verify` refuses the program, it computes with
/// integers, or memory does not suffice.
Result<std::unique_ptr<FloatExecutor>>
createCPUExecutor(const Program &program, FloatExecutorOptions options = {});

} // namespace qml

#endif // QML_CALIBRATION_FLOATEXECUTOR_H
