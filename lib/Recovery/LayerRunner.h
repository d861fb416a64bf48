//===- LayerRunner.h - A network, one layer at a time -----------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Runs a calibrated network and an integer one side by side over all samples.
// The caller makes integer operations one after the other, and asks for what
// comes to a layer before it is made. Operations in between run as one program,
// which executors have fast forms for.
//
//===----------------------------------------------------------------------===//

#ifndef QML_LIB_RECOVERY_LAYERRUNNER_H
#define QML_LIB_RECOVERY_LAYERRUNNER_H

#include "Team.h"

#include "qml/Analysis/Execution.h"
#include "qml/Calibration/Pass.h"
#include "qml/Target/Program/Flatten.h"

#include "llvm/ADT/STLFunctionalExtras.h"

#include <map>
#include <memory>

namespace qml {

class LayerRunner {
public:
  /// `calibrated` is the float network, `integer` one that becomes integer,
  /// with layers of the same names. Each of the processes of a team runs its
  /// share of the samples.
  LayerRunner(mlir::func::FuncOp calibrated, mlir::func::FuncOp integer,
              int threads, Team team)
      : calibrated(calibrated), integer(integer), threads(threads), team(team) {
  }

  /// Makes the float program.
  Status open();

  /// Takes up to `numSamples`, of networks with memory whole sequences; fewer
  /// if the results that are held at a time, and what `targetBytes` says for a
  /// number of samples, would need more than `memory` bytes.
  Status start(const std::vector<SampleArray> &arrays, int64_t numSamples,
               double memory,
               llvm::function_ref<double(int64_t count)> targetBytes);

  /// Chooses how many of so many samples that would be, without them.
  void choose(int64_t available, int64_t numSamples, double memory,
              llvm::function_ref<double(int64_t count)> targetBytes);

  /// Of all processes.
  int64_t numSamples() const { return count; }
  /// Those of this process: consecutive turns.
  int64_t numOwnSamples() const { return own.count; }
  int64_t firstOwnSample() const { return own.first; }

  /// What the float network gives at a layer.
  struct FloatResult {
    int tensor = -1;
    /// Which cells are kept, turn by turn: each `step`-th; none if it is 0.
    int64_t step = 0;
    /// The sums by channel, of all cells, and some cells, of this process.
    Gathered values;
    /// Of all processes: the sums, and the steps of targets as Moments takes
    /// them.
    std::vector<double> sums;
    std::vector<int> exponents;

    /// Those of a turn of this process.
    const float *turn(int64_t index) const {
      return values.cells.data() +
             index * values.cellsPerTurn * int64_t(values.sums.size());
    }
  };

  /// Asks for the results of a layer, before all that were asked for come in
  /// one pass: from a calibration, if it ran on the same samples; else
  /// `runFloats` computes them.
  Status want(LayerOpInterface layer, int64_t step);
  std::vector<LayerGather> getRequests() const;
  bool takeFloats(FloatFacts &facts);
  Status runFloats();
  /// Puts together what processes have of these results. All of them ran on the
  /// same, or all of them fail; `options` is what else has to be the same.
  Status shareFloats(const std::string &options);
  const FloatResult &getFloats(LayerOpInterface layer) const {
    return floats.at(layer.getLayerName().str());
  }
  void forgetFloats(LayerOpInterface layer) {
    floats.erase(layer.getLayerName().str());
  }

  /// Computes the integers of a value, whose operations were made integer; and
  /// forgets those that no operation needs any more.
  Status runInteger(mlir::Value value);

  /// Computes the integers of a value for a look at them: its operation is made
  /// anew after that, and `forget` is called.
  Status tryInteger(mlir::Value value);
  void forget(mlir::Value value) { codes.erase(value); }

  /// The integers of a value for some samples of this process, as below, if
  /// they fit into 16 bits.
  bool getCodes(mlir::Value value, int64_t first, int64_t size,
                std::vector<int16_t> &result) const;

  /// Where those from sample `first` on lie, in a type of their own.
  const void *getData(mlir::Value value, int64_t first) const {
    const Codes &entry = codes.find(value)->second;
    return entry.data.get() + first * entry.bytes;
  }
  ElementType getType(mlir::Value value) const {
    return codes.find(value)->second.tensor.type;
  }

  /// The integers of a value for some samples.
  std::vector<int64_t> getIntegers(mlir::Value value, int64_t first,
                                   int64_t size) const;

  /// The operation of the float program that computes a layer's sums.
  const Operation *findProduct(LayerOpInterface layer) const;

  /// Samples that are looked at together, by one process. There are eight turns
  /// or more, if there are samples for them.
  int64_t turnSize() const { return turn; }

private:
  /// Memory for codes, which others had before: fresh memory costs the system
  /// more time than what is written into it.
  class Pool {
  public:
    std::shared_ptr<char> take(size_t bytes);

  private:
    struct Block {
      std::unique_ptr<char[]> data;
      size_t bytes;
    };
    std::vector<Block> spare;
  };
  struct Codes {
    Tensor tensor;
    std::shared_ptr<char> data;
    int64_t bytes = 0; ///< of a sample
  };

  /// Consecutive samples.
  struct Share {
    int64_t first = 0, count = 0;
  };

  int tensorOf(LayerOpInterface layer) const;
  Share shareOf() const;
  static int64_t takeExponents(FloatResult &result, const int32_t *largest);
  double findBytesPerSample();
  GatherRequest requestOf(const FloatResult &result) const;
  Status compute(mlir::Value value,
                 const std::vector<mlir::Operation *> &chain);
  void collect(mlir::Value value, std::vector<mlir::Operation *> &chain,
               llvm::DenseSet<mlir::Operation *> &seen) const;
  void releaseCodes(mlir::ArrayRef<mlir::Operation *> computed);

  mlir::func::FuncOp calibrated, integer;
  int threads;
  Team team;
  /// What processes have to have alike, if there are several.
  std::string description;
  FlatNetwork right;
  std::map<std::string, int> tensors;
  std::vector<SampleArray> inputs;
  int64_t count = 0, block = 16, turn = 1;
  Share own;
  /// Of networks with memory; 0 if all samples are one sequence.
  int64_t sequenceLength = 0;
  std::map<std::string, FloatResult> floats;
  Pool pool;
  llvm::DenseMap<mlir::Value, Codes> codes;
  /// What becomes of each memory of the integer network.
  llvm::DenseMap<mlir::Value, mlir::Value> nextMemories;
  /// Operations whose results were computed.
  llvm::DenseSet<mlir::Operation *> done;
};

} // namespace qml

#endif // QML_LIB_RECOVERY_LAYERRUNNER_H
