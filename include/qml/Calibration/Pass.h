//===- Pass.h - Calibration as a pass ---------------------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QML_CALIBRATION_PASS_H
#define QML_CALIBRATION_PASS_H

#include "mlir/Pass/Pass.h"
#include "mlir/Pass/PassOptions.h"
#include "mlir/Pass/PassRegistry.h"
#include "qml/Calibration/Calibrators.h"
#include "qml/Calibration/FloatExecutor.h"
#include "qml/Dialect/QML/IR/Network.h"
#include "qml/Quantization/ObservedRanges.h"
#include "qml/Support/ElementType.h"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace qml {

/// Asks for what the float network gives at a layer: the sums by channel of all
/// samples, and some cells, see GatherRequest.
struct LayerGather {
  std::string layer;
  int64_t step = 0;
  int64_t turn = 1;
};

/// What the float network gave on samples 0 to `samples` - 1, all of them.
struct FloatFacts {
  struct Layer {
    int64_t step = 0;
    int64_t turn = 1;
    Gathered values;
  };
  int64_t samples = 0;
  std::map<std::string, Layer> layers;
};

/// Where calibration takes its samples from, and how it runs.
struct CalibratePassOptions {
  /// .npy, or .npz with `:key` if it holds several arrays; for several inputs
  /// .npz with an array for each, by its name; random if empty.
  std::string samples;
  int64_t numSamples = 1024;
  int64_t batchSize = 100;
  int64_t epochs = 2;
  double momentum = 0.9;
  /// See qml/Calibration/Calibrators.h.
  std::string calibrator = "moving-max";
  double percentile = 99.99;
  uint64_t seed = 0;
  /// "dtype" or "channels", for random samples.
  std::string randomRule = "dtype";
  /// Type of random samples for float inputs.
  ElementType inputType = ElementType::U8;
  int threads = 0;
  /// auto, cpu or cuda, see qml/GPU/Devices.h.
  std::string device = "auto";
  /// On a GPU, products may be taken of operands rounded to 10 bits.
  bool tf32 = false;
  /// Show progress on a terminal.
  bool progress = false;
  /// What `facts` are to tell, if the pass over the samples can gather it: on
  /// the CPU, in one process, and if all samples are taken.
  std::vector<LayerGather> gather;
  FloatFacts *facts = nullptr;
};

/// What a calibration did, for reports.
struct CalibrationReport {
  int64_t samples = 0;
  /// In the file, and those of them that an epoch takes.
  int64_t given = 0, used = 0;
  double seconds = 0;
  std::string arithmetic;
  /// Why device "auto" took the CPU; empty if it did not.
  std::string whyCPU;
  /// By process, if there are several.
  std::vector<int64_t> samplesSeen;
};

/// Observes the ranges that the quantizers of an annotated network ask for,
/// together with the other processes of this job (Job.h). Reports problems at
/// the network's location. `histograms` is filled, too, if it is given.
mlir::FailureOr<ObservedRanges>
observeRanges(mlir::func::FuncOp network, const CalibratePassOptions &options,
              CalibrationReport *report = nullptr,
              Histograms *histograms = nullptr);

/// Whether a quantizer of the network takes its range from histograms: the one
/// that `calibrator` says, or its own, says so.
bool needsHistograms(mlir::func::FuncOp network, const Calibrator &calibrator);

/// Chooses the ranges of output quantizers anew, for the bits that they have by
/// now, from histograms that a calibration with other bits has counted.
mlir::LogicalResult chooseRanges(mlir::func::FuncOp network,
                                 const Calibrator &calibrator,
                                 const Histograms &histograms);

std::unique_ptr<mlir::Pass>
createCalibratePass(const CalibratePassOptions &options = {});

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "qml/Calibration/Passes.h.inc"

} // namespace qml

#endif // QML_CALIBRATION_PASS_H
