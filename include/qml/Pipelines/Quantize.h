//===- Quantize.h - From float to integers in one pipeline ------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QML_PIPELINES_QUANTIZE_H
#define QML_PIPELINES_QUANTIZE_H

#include "qml/Calibration/Pass.h"
#include "qml/Pipelines/Pipelines.h"

namespace qml {

/// Options of the whole way: those of its passes, by the same names.
struct QuantizeOptions : LowerOptions {
  Option<int> inputWeightBits{
      *this, "input-weight-bits",
      llvm::cl::desc("Bitwidth of the weights of the first layer that has any"),
      llvm::cl::init(8)};
  Option<int> weightBits{*this, "weight-bits",
                         llvm::cl::desc("Bitwidth of all other weights"),
                         llvm::cl::init(8)};
  Option<int> activationBits{*this, "activation-bits",
                             llvm::cl::desc("Bitwidth of the results of ReLUs"),
                             llvm::cl::init(8)};
  Option<int> outputBits{
      *this, "output-bits",
      llvm::cl::desc("Bitwidth of the results of other layers"),
      llvm::cl::init(8)};
  Option<int> bufferBits{
      *this, "buffer-bits",
      llvm::cl::desc("Bitwidth of accumulators and products"),
      llvm::cl::init(32)};
  Option<bool> perTensorActivations{
      *this, "per-tensor-activations",
      llvm::cl::desc("One range for all channels of a result"),
      llvm::cl::init(false)};
  Option<std::string> inputDtype{
      *this, "input-dtype",
      llvm::cl::desc("Type that float inputs are quantized to: uint8, int8 or "
                     "int16"),
      llvm::cl::init("uint8")};
  Option<int> lastOutputBits{
      *this, "last-output-bits",
      llvm::cl::desc("Bitwidth of the network's result; 0 for none"),
      llvm::cl::init(0)};
  Option<std::string> config{
      *this, "config",
      llvm::cl::desc("JSON file that has priority over the parameters, layer "
                     "by layer"),
      llvm::cl::init("")};
  Option<std::string> quantizeUntil{*this, "quantize-until",
                                    llvm::cl::desc("Last layer to quantize"),
                                    llvm::cl::init("")};
  Option<std::string> ranges{
      *this, "ranges",
      llvm::cl::desc("Take ranges from this .npz instead of calibrating"),
      llvm::cl::init("")};
  Option<std::string> samples{
      *this, "samples",
      llvm::cl::desc("Samples: .npy, or .npz with :key if it holds several "
                     "arrays"),
      llvm::cl::init("")};
  Option<int64_t> numSamples{
      *this, "num-samples", llvm::cl::desc("Number of samples to use, or make"),
      llvm::cl::init(1024)};
  Option<int64_t> batchSize{
      *this, "batch-size",
      llvm::cl::desc("Samples between two updates of the ranges"),
      llvm::cl::init(100)};
  Option<int64_t> epochs{*this, "epochs",
                         llvm::cl::desc("How often the samples are used"),
                         llvm::cl::init(2)};
  Option<double> momentum{
      *this, "momentum",
      llvm::cl::desc("Share of a range that stays when a batch comes"),
      llvm::cl::init(0.9)};
  Option<std::string> calibrator{
      *this, "calibrator",
      llvm::cl::desc("How ranges follow from the values: moving-max, max, "
                     "percentile or mse"),
      llvm::cl::init("moving-max")};
  Option<double> percentile{
      *this, "percentile",
      llvm::cl::desc("Percent of the values that calibrator=percentile does "
                     "not cut"),
      llvm::cl::init(99.99)};
  Option<uint64_t> seed{*this, "seed", llvm::cl::desc("Seed of random samples"),
                        llvm::cl::init(0)};
  Option<std::string> randomRule{
      *this, "random-rule",
      llvm::cl::desc("Rule of random samples: dtype or channels"),
      llvm::cl::init("dtype")};
  Option<int> threads{*this, "threads",
                      llvm::cl::desc("Most threads to use; 0 for all"),
                      llvm::cl::init(0)};
  Option<std::string> device{
      *this, "device",
      llvm::cl::desc("Where to run the float network: auto, cpu or cuda"),
      llvm::cl::init("auto")};
  Option<bool> tf32{
      *this, "tf32",
      llvm::cl::desc("On a GPU, round the operands of products to 10 bits"),
      llvm::cl::init(false)};
};

/// The options of single passes among them.
InsertQuantizersOptions getInsertQuantizersOptions(const QuantizeOptions &all);
CalibratePassOptions getCalibrateOptions(const QuantizeOptions &all);

/// --qml-quantize: from a float network to an integer one.
void buildQuantizePipeline(mlir::OpPassManager &pm,
                           const QuantizeOptions &options);

/// Registers it.
void registerQMLQuantizePipeline();

} // namespace qml

#endif // QML_PIPELINES_QUANTIZE_H
