//===- FloatExecutor.cpp - What executors share ---------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// States and ranges in the host's memory, for executors without one of their
// own, and what all of them check.
//
//===----------------------------------------------------------------------===//

#include "qml/Calibration/FloatExecutor.h"

#include "qml/Program/Verify.h"
#include "qml/Support/LargePages.h"

#include <algorithm>
#include <new>

namespace qml {

Status checkFloatProgram(const Program &program,
                         const FloatExecutorOptions &options) {
  if (Status status = verify(program); !status)
    return status;
  if (Status status = verifyFloat(program); !status)
    return status;
  if (options.threads < 0 || options.threads > 1024)
    return Error{"the number of threads is " + std::to_string(options.threads) +
                 ", allowed are 1 to 1024, or 0 for one per core"};
  if (options.microBatch < 1 || options.microBatch > 1024)
    return Error{"the micro-batch has " + std::to_string(options.microBatch) +
                 " samples, allowed are 1 to 1024"};
  for (const State &state : program.states)
    for (const Operation &operation : program.operations) {
      bool reads = std::count(operation.inputs.begin(), operation.inputs.end(),
                              state.before) != 0;
      bool pushes = operation.as<Push>() && operation.output == state.after &&
                    operation.inputs[0] != state.before;
      if (reads && !pushes)
        return Error{"layer '" + operation.layer +
                     "': the network has a memory that is no queue of its last "
                     "inputs; networks in float32 have no others"};
    }
  std::vector<bool> isComputed(program.tensors.size(), false);
  for (const Input &each : program.inputs) {
    const Tensor &input = program.tensors[each.tensor];
    bool isInputType =
        input.type == ElementType::U8 || input.type == ElementType::I8 ||
        input.type == ElementType::I16 || input.type == ElementType::F32;
    if (!isInputType || input.fixed)
      return Error{std::string("the model's input is ") + nameOf(input.type) +
                   ", allowed are uint8, int8, int16 and float32"};
    isComputed[each.tensor] = true;
  }
  for (const Operation &operation : program.operations)
    isComputed[operation.output] = true;
  std::vector<int> wanted = options.keep;
  for (const GatherRequest &request : options.gather) {
    if (request.step < 0 || request.turn < 1)
      return Error{"each " + std::to_string(request.step) +
                   ". cell of turns of " + std::to_string(request.turn) +
                   " samples is to be gathered"};
    wanted.push_back(request.tensor);
  }
  for (int tensor : wanted)
    if (tensor < 0 || size_t(tensor) >= isComputed.size() ||
        !isComputed[tensor])
      return Error{"tensor " + std::to_string(tensor) +
                   " is asked for, which no operation computes"};
  return {};
}

Status FloatExecutor::checkResults(const std::vector<float *> &results) const {
  if (results.size() == settings.keep.size())
    return {};
  return Error{"there is memory for " + std::to_string(results.size()) +
               " results, the executor delivers " +
               std::to_string(settings.keep.size())};
}

Status FloatExecutor::checkSamples(const SampleSet &samples, int64_t first,
                                   int64_t count) const {
  if (Status status = checkSampleSet(samples, network); !status)
    return status;
  if (first < 0 || count < 0 || first > samples.size() - count)
    return Error{"samples " + std::to_string(first) + " to " +
                 std::to_string(first + count - 1) +
                 " are asked for, there are " + std::to_string(samples.size())};
  return {};
}

Result<int64_t> FloatExecutor::count(const SampleSet &, const Batching &,
                                     BatchSpan, PieceSpan, const BinScales &,
                                     std::vector<uint64_t> &,
                                     const Progress &) {
  return Error{arithmetic() + " counts no histograms"};
}

Status FloatExecutor::profile(
    const SampleSet &, const Batching &,
    const std::function<void(const std::string &, double)> &) {
  return Error{arithmetic() + " measures no single steps"};
}

static int64_t cellsOf(const Tensor &tensor) {
  return numElements(tensor.shape) / numChannels(tensor);
}

/// The cells that are gathered of so many samples, from the first of a turn on.
static int64_t gatheredCells(const Tensor &tensor, const GatherRequest &request,
                             int64_t samples) {
  return request.step
             ? (samples * cellsOf(tensor) + request.step - 1) / request.step
             : 0;
}

double FloatExecutor::gatheredBytes(const Program &program,
                                    const GatherRequest &request,
                                    int64_t samples) {
  const Tensor &tensor = program.tensors[request.tensor];
  int64_t turns = (samples + request.turn - 1) / request.turn;
  return double(sizeof(float)) *
         double(gatheredCells(tensor, request, request.turn)) * double(turns) *
         double(numChannels(tensor));
}

Status FloatExecutor::startGathering(int64_t samples) {
  if (!gathers())
    return Error{arithmetic() + " gathers no values"};
  try {
    gathering.emplace();
    gathering->seen.assign(size_t(samples), 0);
    for (const GatherRequest &request : settings.gather) {
      const Tensor &tensor = network.tensors[request.tensor];
      int64_t channels = numChannels(tensor), turn = request.turn;
      Gathered &made = gathering->tensors.emplace_back();
      if (request.sums)
        made.sums = ExactSums(size_t(channels));
      made.cellsPerTurn = gatheredCells(tensor, request, turn);
      size_t values = size_t((samples / turn * made.cellsPerTurn +
                              gatheredCells(tensor, request, samples % turn)) *
                             channels);
      made.cells.reserve(values);
      wantLargePages(made.cells.data(), values * sizeof(float));
      made.cells.resize(values);
    }
  } catch (const std::bad_alloc &) {
    gathering.reset();
    return Error{"there is not enough memory for the values of " +
                 std::to_string(samples) + " samples: take fewer"};
  }
  return {};
}

Gathering FloatExecutor::takeGathering() {
  Gathering result;
  if (gathering)
    result = std::move(*gathering);
  gathering.reset();
  return result;
}

Status FloatExecutor::countGathered(const std::vector<size_t> &,
                                    const BinScales &,
                                    std::vector<uint64_t> &) {
  return Error{arithmetic() + " gathers no values"};
}

Status FloatExecutor::startRanges(double momentum) {
  moving.emplace(observers, momentum);
  rangesStatus = {};
  return {};
}

Status FloatExecutor::moveRanges(const Batching &batches) {
  if (!moving)
    return Error{"ranges are to be moved before they were started"};
  if (held.size() != size_t(heldSpan.count) * observers.size())
    return Error{"there are " + std::to_string(held.size()) + " keys for " +
                 std::to_string(heldSpan.count) + " batches of " +
                 std::to_string(observers.size()) + " keys each"};
  for (int64_t i = 0; i < heldSpan.count && rangesStatus; ++i) {
    auto state = held.begin() + ptrdiff_t(size_t(i) * observers.size());
    rangesStatus = moving->update(
        ObserverState(state, state + ptrdiff_t(observers.size())),
        batches.nameOf(heldSpan.first + i));
  }
  return rangesStatus;
}

Result<Ranges> FloatExecutor::ranges() {
  if (!moving)
    return Error{"ranges are asked for before they were started"};
  if (!rangesStatus)
    return Error{rangesStatus.message()};
  return MovingRanges(*moving).take();
}

} // namespace qml
