//===- Recovery.h - Accuracy at few bits, without labels --------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Chooses the weights and biases of a calibrated network so that its integers
// come near to what the float network gives: layer by layer from the input on,
// on the integers that the layers before give by then. Needs samples, but no
// labels, and trains nothing. docs/Recovery.md says what was measured.
//
//===----------------------------------------------------------------------===//

#ifndef QML_RECOVERY_RECOVERY_H
#define QML_RECOVERY_RECOVERY_H

#include "qml/Calibration/Pass.h"
#include "qml/Calibration/Samples.h"
#include "qml/Calibration/Workers.h"
#include "qml/Dialect/QML/IR/Network.h"

#include <functional>
#include <string>
#include <vector>

namespace qml {

struct RecoveryOptions {
  /// Fit weights anew to the float layer's results on the integer inputs.
  bool refit = false;
  /// Choose scales and integers of weights by the covariance of the inputs.
  bool round = false;
  /// Make the mean of each channel the float layer's.
  bool correctBiases = false;
  /// Samples to take, evenly from all that there are.
  int64_t numSamples = 1024;
  int threads = 0;
  /// The processes that recover this network together, all with the same
  /// options and samples: each takes a share of the samples, and has the same
  /// result, to the bit, as one that is alone. Of a network with memory the
  /// first does it all, and the others return at once, with nothing done.
  Workers *workers = nullptr;
  /// How much the refit keeps to the old weights; 0 for what fits one half of
  /// the samples best if it was fitted to the other.
  double ridge = 0;
  /// Most bytes of second moments of a layer; layers with more keep their
  /// weights.
  double memory = double(int64_t(2) << 30);
  /// Most bytes of results that are held at a time; fewer samples are taken
  /// where all would need more.
  double resultMemory = double(int64_t(3) << 30);
  /// What a calibration gathered of the samples, as `findFloatNeeds` asked for:
  /// taken if it is right, so that the float network need not run once more.
  FloatFacts *facts = nullptr;
  /// Steps that are done, and all.
  std::function<void(int64_t done, int64_t total)> progress;
};

/// What became of one layer.
struct RecoveredLayer {
  std::string layer;
  bool hasNewWeights = false;
  /// Why not, if they were asked for.
  std::string whyNot;
  /// Of the products with the weights: mean squares, before and after.
  double errorBefore = 0, errorAfter = 0;
  /// The largest change of its bias.
  double biasChange = 0;
};

struct RecoveryReport {
  int64_t samples = 0;
  std::vector<RecoveredLayer> layers;
};

/// What a recovery will ask of the float network, for a calibration to gather:
/// of a network with quantizers that need not know their ranges yet. Nothing if
/// not all of the samples would be taken.
std::vector<LayerGather> findFloatNeeds(mlir::func::FuncOp annotated,
                                        int64_t available,
                                        const RecoveryOptions &options);

/// Changes the weights (with `kernel_scales`) and biases of a calibrated
/// network: a float one, sanitized, with quantizers that know their ranges.
/// Problems are reported at the network, which then may have some of its new
/// weights.
mlir::FailureOr<RecoveryReport>
recoverAccuracy(mlir::func::FuncOp calibrated,
                const std::vector<SampleArray> &samples,
                const RecoveryOptions &options);

} // namespace qml

#endif // QML_RECOVERY_RECOVERY_H
