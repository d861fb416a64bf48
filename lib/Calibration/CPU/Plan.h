//===- Plan.h - A float program as steps over one arena ---------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What the CPU executor makes of a program once, and what a thread has while it
// runs it. The first steps take sample by sample, as long as activations are
// larger than weights and ought to stay in the cache; the rest take the whole
// micro-batch, so that weights are read once for all of its samples.
//
//===----------------------------------------------------------------------===//

#ifndef QML_LIB_CALIBRATION_CPU_PLAN_H
#define QML_LIB_CALIBRATION_CPU_PLAN_H

#include "FloatKernels.h"

#include "qml/Calibration/FloatExecutor.h"
#include "qml/Program/MemoryPlan.h"
#include "qml/Program/Moves.h"

#include <oneapi/dnnl/dnnl.hpp>

#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <vector>

namespace qml {
namespace cpu {

/// How a tensor lies in memory: for each sample, blocks of `inner` channels;
/// in each block, all cells of the image one after the other; at each cell, the
/// channels of the block. One block of all channels is the plain order (NHWC),
/// blocks of one channel are NCHW. The last block is filled up with zeros.
struct Layout {
  int64_t height = 1;
  int64_t width = 1; ///< all axes but the last, if the tensor is no image
  int64_t channels = 1;
  int64_t inner = 1;

  int64_t rows() const { return height * width; }
  int64_t blocks() const { return (channels + inner - 1) / inner; }
  int64_t elements() const { return rows() * blocks() * inner; }
  bool isPlain() const {
    return inner == channels || (rows() == 1 && channels % inner == 0);
  }
  bool operator==(const Layout &other) const {
    return height == other.height && width == other.width &&
           channels == other.channels &&
           (inner == other.inner || (isPlain() && other.isPlain()));
  }

  /// The plain layout of a tensor.
  static Layout plain(const Shape &shape);
  Layout withInner(int64_t inner) const {
    Layout layout = *this;
    layout.inner = inner;
    return layout;
  }
};

/// Memory in the arena, in one layout.
struct Operand {
  int buffer = -1;
  Layout layout;
};

struct BufferInfo {
  int64_t elements = 0; ///< of one sample
  /// Holds all samples of a micro-batch, since steps of both kinds use it;
  /// otherwise as many as its steps take at a time.
  bool isShared = false;
  int64_t samples = 1;
  Lifetime lifetime;
  size_t offset = 0;
};

/// Some samples of a micro-batch, all of one batch.
struct Segment {
  int64_t begin;
  int64_t end;
  int32_t *state;
};

/// Histograms that all threads count into.
struct SharedCounts {
  SharedCounts(const BinScales &scales, std::vector<uint64_t> &counts)
      : scales(scales), counts(counts), locks(1024) {}

  uint64_t *of(size_t histogram) {
    return counts.data() + histogram * size_t(histogramBins);
  }
  /// Of the histograms that a step counts together, by the first one: those are
  /// the same ones each time.
  std::mutex &lockOf(size_t first) { return locks[first % locks.size()]; }

  const BinScales &scales;
  std::vector<uint64_t> &counts;
  std::vector<std::mutex> locks;
};

/// What a thread works on.
struct Job {
  /// Samples of the micro-batch, by input, in the inputs' types.
  std::vector<const void *> samples;
  /// Of them: less than a micro-batch at the end of the set.
  int64_t count = 0;
  std::vector<Segment> segments;
  /// Of the segments.
  std::vector<ObserverState> states;
  /// Where the results of its first sample go; none while others observe.
  std::vector<float *> results;
  /// If set: values are gathered, of sample `sample` of the set and those after
  /// it; and the sums of each of them, sample by sample.
  Gathering *gathering = nullptr;
  int64_t sample = 0;
  std::vector<double> sums;
  /// If set: values are counted.
  SharedCounts *counts = nullptr;
};

struct Plan;

/// One thread's memory.
struct Worker {
  explicit Worker(const Plan &plan);

  const Plan &plan;
  dnnl::stream stream;
  std::vector<std::unordered_map<int, dnnl::memory>> arguments; ///< by step
  std::unique_ptr<char, void (*)(void *)> arena;
  /// Made when it is known where samples come from.
  std::optional<SampleBuffer> samples;
  /// Of the histograms that a step counts by itself; zeros between steps. Made
  /// when they are needed.
  std::vector<uint32_t> bins;
  /// By state: what the last sample left. Zeros at the start of a sequence.
  std::vector<std::vector<float>> memories;
  Job job;
  /// The samples that the current step takes: `first`, and how many.
  int64_t first = 0;
  int64_t count = 0;

  float *data(const Operand &operand) const;
  char *scratch() const;
  /// How many of the current samples are real.
  int64_t real() const {
    int64_t left = job.count - first;
    return left < 0 ? 0 : left < count ? left : count;
  }
};

/// One operation, ready to run.
class Step {
public:
  virtual ~Step() = default;
  virtual void run(Worker &worker) const = 0;
  virtual size_t scratchBytes() const { return 0; }
  /// For the table of a verbose plan.
  virtual std::string describe() const = 0;

  /// Position in the plan.
  size_t index = 0;
};

struct Plan {
  Plan() : engine(dnnl::engine::kind::cpu, 0) {}

  dnnl::engine engine;
  int64_t microBatch = 1;
  /// Steps before this one run once for each sample.
  size_t split = 0;
  std::vector<std::unique_ptr<Step>> steps;
  std::vector<BufferInfo> buffers;
  size_t scratchOffset = 0;
  size_t arenaBytes = 0;
  /// Sums that are gathered of a sample, of all tensors.
  size_t numSums = 0;
  /// Elements of each state.
  std::vector<int64_t> memories;

  int64_t samplesOf(size_t step) const { return step < split ? 1 : microBatch; }
  /// Takes the job of the worker through all steps.
  void run(Worker &worker) const;
};

/// May throw what oneDNN throws. `program` is one that `verify` accepts.
Result<std::unique_ptr<Plan>> makePlan(const Program &program,
                                       const FloatExecutorOptions &options,
                                       const ObserverLayout &observers);

//===----------------------------------------------------------------------===//
// Steps
//===----------------------------------------------------------------------===//

constexpr Clamp noClamp = {-__builtin_inff(), __builtin_inff()};

inline bool isNoClamp(Clamp bounds) {
  return bounds.lower == noClamp.lower && bounds.upper == noClamp.upper;
}

/// x * scale + shift, one or a value per channel.
struct Affine {
  std::vector<float> scale = {1.f};
  std::vector<float> shift = {0.f};
};

using StepPtr = std::unique_ptr<Step>;

/// Of the samples of an input of that type.
StepPtr makeLoad(size_t input, ElementType type, const Affine &affine,
                 Operand out);
StepPtr makeAffine(Operand in, const Affine &affine, Clamp bounds, Operand out);
StepPtr makeClamp(Operand in, Clamp bounds, Operand out);
StepPtr makeAdd(Operand a, Operand b, Clamp bounds, Operand out);
/// `b` has the layout of `a`, or is one cell of such blocks.
StepPtr makeMultiply(Operand a, Operand b, Operand out);
StepPtr makeScalarActivation(Operand in, const ScalarActivation &activation,
                             Operand out);
StepPtr makeMaxPool(Operand in, const Window &window, Clamp bounds,
                    Operand out);
StepPtr makeAveragePool(Operand in, const Window &window, Clamp bounds,
                        Operand out);
/// The result is plain.
StepPtr makeMean(Operand in, Operand out);
/// Around the image: `value`, one or one per channel.
StepPtr makePad(Operand in, const int64_t (&begin)[2],
                const std::vector<float> &value, Operand out);
/// Input and result are plain.
StepPtr makeMove(Operand in, const MoveGeometry &move, Operand out);
/// Inputs and result are plain.
StepPtr makeConcatenate(std::vector<Operand> inputs, Operand out);
/// A queue of `length` entries into number `memory` of the worker's memories.
/// Input and result are plain.
StepPtr makePush(Operand in, int64_t length, size_t memory, Operand out);
/// Input and result are plain.
StepPtr makeSoftmax(Operand in, bool isLogarithm, Operand out);
StepPtr makeRecurrence(Operand in, const Recurrence &recurrence, Operand out);
StepPtr makeDifferenceTest(Operand prediction, Operand truth,
                           const DifferenceTest &test, Operand out);
StepPtr makeReorder(Operand in, Operand out);
StepPtr makeObserve(Operand in, const ObserverLayout::Entry &entry);
/// Numbers that countBins wants in Worker::bins.
constexpr size_t binsOfWorker = size_t(16) * histogramBins;
/// Counts the values of the worker's current samples as its job says.
void countBins(Worker &worker, const Operand &in,
               const ObserverLayout::Entry &entry);
/// Adds up, by thread, what was gathered of one tensor: see
/// FloatExecutor::countGathered.
struct GatheredBins {
  const Gathered &values;
  const std::vector<char> &seen;
  const ObserverLayout::Entry &entry;
  int64_t channels;
  const BinScales &scales;
  std::vector<uint64_t> &counts;

  /// Parts that may be counted at the same time.
  int64_t numParts() const;
  void count(int64_t part) const;
};
/// Gathers what request number `request` asks for; its sums are those of a
/// sample from number `firstSum` on.
StepPtr makeGather(Operand in, const GatherRequest &asked, size_t request,
                   size_t firstSum);
/// To the caller's results number `result`, plain.
StepPtr makeStore(Operand in, size_t result);

/// A convolution that the library has chosen an implementation for.
struct ConvChoice {
  dnnl::convolution_forward::primitive_desc description;
  Layout in;
  Layout out;
  /// 0: none; 1: plain loops; 2: by matrix products; 3: made for the job.
  int quality = 0;
};

/// What makes up a convolution but its layouts.
struct ConvProblem {
  const Conv2D *conv;
  Layout in;  ///< `inner` is ignored
  Layout out; ///< `inner` is ignored
  int64_t samples;
  Clamp bounds;
  /// Adds to what lies in the result.
  bool accumulates;
};

/// With the layouts whose `inner` is given; 0 leaves the choice to the library.
ConvChoice chooseConv(const dnnl::engine &engine, const ConvProblem &problem,
                      int64_t inInner, int64_t outInner);
StepPtr makeConv(const dnnl::engine &engine, const ConvProblem &problem,
                 const ConvChoice &choice, Operand in, Operand out);
/// Over plain operands.
StepPtr makeConvTranspose(const Conv2DTranspose &conv, Clamp bounds, Operand in,
                          Operand out);
/// Over plain operands.
StepPtr makeDense(const dnnl::engine &engine, const Dense &dense,
                  int64_t samples, Clamp bounds, Operand in, Operand out);

} // namespace cpu
} // namespace qml

#endif // QML_LIB_CALIBRATION_CPU_PLAN_H
