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

#include "qml/Analysis/Execution.h"
#include "qml/Target/Program/Flatten.h"

#include <map>
#include <memory>

namespace qml {

class LayerRunner {
public:
  /// `calibrated` is the float network, `integer` one that becomes integer,
  /// with layers of the same names.
  LayerRunner(mlir::func::FuncOp calibrated, mlir::func::FuncOp integer,
              int threads)
      : calibrated(calibrated), integer(integer), threads(threads) {}

  /// Takes up to `numSamples`, fewer if the results that are held at a time
  /// would need more than `memory` bytes.
  Status start(const std::vector<SampleArray> &arrays, int64_t numSamples,
               double memory);

  int64_t numSamples() const { return count; }

  /// Computes what the float layer of that name gives; nothing if it is known.
  Status runFloat(LayerOpInterface layer);

  /// Computes the integers of a value, whose operations were made integer; and
  /// forgets those that no operation needs any more.
  Status runInteger(mlir::Value value);

  /// Computes the integers of a value for a look at them: its operation is made
  /// anew after that, and `forget` is called.
  Status tryInteger(mlir::Value value);
  void forget(mlir::Value value) { codes.erase(value); }

  /// The values of the float layer, samples one after the other.
  const std::vector<float> &getFloats(LayerOpInterface layer) const {
    return floats.at(tensorOf(layer));
  }

  /// The integers of a value for some samples, if they fit into 16 bits.
  bool getCodes(mlir::Value value, int64_t first, int64_t size,
                std::vector<int16_t> &result) const;

  /// The integers of a value for some samples.
  std::vector<int64_t> getIntegers(mlir::Value value, int64_t first,
                                   int64_t size) const;

  /// The operation of the float program that computes a layer's sums.
  const Operation *findProduct(LayerOpInterface layer) const;

  /// Forgets floats that only operations up to this one needed.
  void release(mlir::Operation *op);

  /// Samples that are run together.
  int64_t blockSize() const { return block; }

private:
  struct Codes {
    Tensor tensor;
    std::shared_ptr<std::vector<char>> data;
    int64_t bytes = 0; ///< of a sample
  };

  int tensorOf(LayerOpInterface layer) const;
  const void *inputData(int tensor) const;
  bool isInput(int tensor) const;
  void findLastUses();
  double findBytesPerSample();
  Status compute(mlir::Value value,
                 const std::vector<mlir::Operation *> &chain);
  void collect(mlir::Value value, std::vector<mlir::Operation *> &chain,
               llvm::DenseSet<mlir::Operation *> &seen) const;
  void releaseCodes(mlir::ArrayRef<mlir::Operation *> computed);

  mlir::func::FuncOp calibrated, integer;
  int threads;
  FlatNetwork right;
  std::map<std::string, int> tensors;
  std::vector<SampleArray> inputs;
  int64_t count = 0, block = 16;
  std::map<int, std::vector<float>> floats;
  llvm::DenseMap<mlir::Value, Codes> codes;
  /// By operation of the integer network, what nobody reads after it.
  llvm::DenseMap<mlir::Operation *, std::vector<int>> lastFloats;
  /// Operations whose results were computed.
  llvm::DenseSet<mlir::Operation *> done;
};

} // namespace qml

#endif // QML_LIB_RECOVERY_LAYERRUNNER_H
