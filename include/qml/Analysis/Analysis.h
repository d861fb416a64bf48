//===- Analysis.h - Which layer loses accuracy, and why ---------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Holds the integers of a network against its float form, layer by layer, on
// some samples. The float network runs once; bitwidths are bound anew to the
// same calibrated network, whose ranges are known.
//
// What is looked at are results that have codes: those of quantizers, and what
// the network returns. All layers since the last codes make a group, which is
// known by its last layer.
//
//===----------------------------------------------------------------------===//

#ifndef QML_ANALYSIS_ANALYSIS_H
#define QML_ANALYSIS_ANALYSIS_H

#include "qml/Analysis/Changes.h"
#include "qml/Analysis/Noise.h"
#include "qml/Calibration/Samples.h"
#include "qml/Dialect/QML/IR/Network.h"
#include "qml/Support/Result.h"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace qml {

/// What is measured of each layer, each with all before it; the first two take
/// a fraction of the time.
enum class AnalysisDepth : uint8_t {
  Noise,  ///< that has accumulated
  Cuts,   ///< values that saturate
  Causes, ///< what it loses by itself, and why
  Changes ///< what helps, tried one by one and together
};

struct AnalysisOptions {
  /// Samples to take, evenly from all that there are.
  int64_t numSamples = 64;
  /// Most threads to use; 0 for one per core.
  int threads = 0;
  /// Most bytes of results that are held at a time.
  size_t memory = size_t(256) << 20;
  /// Most bytes of codes that are held so that variants start where they
  /// differ; what has more runs from the inputs on.
  size_t codesMemory = size_t(1) << 30;
  /// The network whose values are right, with the same layers; null for the
  /// calibrated one itself.
  mlir::func::FuncOp reference;
  /// What chose weights and biases of `reference` anew to make the calibrated
  /// network of it; null for nothing. Changes are tried without it, each by
  /// itself: weights that make up for the errors of some bits don't go with
  /// others. What they give together is measured with it.
  std::function<mlir::LogicalResult(mlir::ModuleOp)> recover;
  /// Binds ranges anew to the bits of a calibrated network; null where they
  /// don't depend on bits.
  std::function<mlir::LogicalResult(mlir::func::FuncOp)> bindRanges;
  AnalysisDepth depth = AnalysisDepth::Changes;
};

/// How many of some values are at the bounds that cut them.
struct Saturation {
  int64_t count = 0;
  int64_t total = 0;

  double percent() const { return total ? 100.0 * count / total : 0.0; }
};

/// One kernel of a layer.
struct KernelAnalysis {
  std::string layer;
  std::string key; ///< in configurations: "dw_weight_quantizer"
  int bits = 0;
  int64_t channels = 0;
  bool hasOneScale = false;
  bool isDepthwise = false;
  /// The largest weight of all over that of the middle channel.
  double spread = 1;
  /// Of the rounded weights.
  Noise noise;
};

/// A change, and what it gives when it is the only one.
struct TriedChange {
  Change change;
  double gain = 0; ///< of the network's result, in decibels
};

struct LayerAnalysis {
  std::string layer; ///< the last of the group
  /// Among all, from the inputs on.
  size_t position = 0;
  std::string className;
  /// Of the whole group, in order.
  std::vector<std::string> members;
  /// Bits of the result; 0 for what has no quantizer.
  int bits = 0;
  bool isPerAxis = false;
  std::vector<KernelAnalysis> kernels;

  /// Against the float network: with all layers before it in integers.
  Noise accumulated;
  /// Against the float layers of the group on the same inputs: the codes of the
  /// float network's results.
  Noise own;
  /// Only by writing the float network's results in codes.
  Noise coding;

  /// Codes at the bounds of their bits, whose values are beyond.
  Saturation results;
  /// Sums at the bounds of their accumulator.
  Saturation sums;
  /// Sums that leave the buffer of their quantizer when they are multiplied
  /// with its scales.
  Saturation products;
  /// Codes that the alignment of binary points moves out of their bits; how far
  /// it shifts, and which layer's result that is.
  Saturation aligned;
  int alignment = 0;
  std::string alignedLayer;
  /// Biases that do not fit into their accumulator.
  Saturation biases;

  int64_t channels = 0;
  /// Zero on all samples.
  int64_t deadChannels = 0;
  /// Codes are zero on all samples, the values are not.
  int64_t lostChannels = 0;
  /// The largest value of all over that of the middle channel.
  double channelSpread = 1;
  /// Codes that occur, of those that there are; 0 of results without bits.
  int64_t usedCodes = 0;
  int64_t numCodes = 0;
  /// Entropy of the codes.
  double effectiveBits = 0;

  /// By their gain, the best first.
  std::vector<TriedChange> changes;
  /// In words, what matters most first.
  std::vector<std::string> causes;

  /// The most that is gained by a change of the layer, or by one range for its
  /// input where that is aligned; 0 if nothing gives anything.
  double harm = 0;

  /// The best of the changes of weights, or of results.
  std::optional<double> gainOf(bool ofWeights) const;
};

struct Suggestion {
  std::vector<Change> changes;
  /// Of the network's result with all of them.
  Noise result;
  /// Complete, as --config takes it.
  std::string config;
};

struct NetworkAnalysis {
  int64_t samples = 0;
  /// Of all results of the network.
  Noise result;
  /// Those that hurt most first.
  std::vector<LayerAnalysis> layers;
  /// No changes if none is worth it.
  Suggestion suggestion;
};

/// Analyses a calibrated network: a float one, sanitized, with quantizers that
/// know their ranges. Problems are reported at the network.
mlir::FailureOr<NetworkAnalysis>
analyzeNetwork(mlir::func::FuncOp calibrated,
               const std::vector<SampleArray> &samples,
               const AnalysisOptions &options = {});

/// The noise of an integer network's results alone, against its calibrated
/// form: a quick check. `layers`, if given, gets what is cut in each layer, in
/// order, and nothing that takes more than one more run.
mlir::FailureOr<Noise> measureNoise(mlir::func::FuncOp calibrated,
                                    mlir::func::FuncOp integer,
                                    const std::vector<SampleArray> &samples,
                                    const AnalysisOptions &options = {},
                                    std::vector<LayerAnalysis> *layers = {});

/// What is cut in more than a few of a layer's values, in words; empty if
/// nothing is, or the layer's result is good for all that. `ofResults` has
/// results, too, which a calibrator may cut on purpose.
std::string describeCut(const LayerAnalysis &layer, bool ofResults);

} // namespace qml

#endif // QML_ANALYSIS_ANALYSIS_H
