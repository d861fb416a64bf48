//===- Search.h - Mixed precision by the result's noise ---------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Raises the bits of single kernels and results of a calibrated network, one
// at a time, until the noise of the network's result is low enough or the
// weights are as large as they may be. Needs samples, but no labels.
//
// What a change gives depends on those before it: the order of changes tried
// alone is right at its head only. So the head is measured again after each.
//
//===----------------------------------------------------------------------===//

#ifndef QML_ANALYSIS_SEARCH_H
#define QML_ANALYSIS_SEARCH_H

#include "qml/Analysis/Analysis.h"

#include <functional>

namespace qml {

/// What the bits of a network add up to.
struct NetworkBits {
  /// Of kernels and biases, packed.
  int64_t weightBytes = 0;
  /// The mean over all weights that are quantized, and over all values of
  /// results that are.
  double weights = 0;
  double results = 0;
};

/// Of an annotated network.
NetworkBits countBits(mlir::func::FuncOp network);

struct SearchOptions {
  /// Samples that noise is measured with, threads and memory.
  AnalysisOptions analysis;
  /// Bitwidths to raise to, one after the other.
  std::vector<int> bits = {2, 4, 8};
  bool raiseWeights = true;
  bool raiseResults = true;

  /// Where to stop, in decibels of the network's result.
  std::optional<double> target;
  /// What the weights may have: bytes, and bits on average.
  std::optional<int64_t> mostBytes;
  std::optional<double> mostBits;

  /// Binds ranges anew to the bits of a calibrated network; null where they
  /// don't depend on bits.
  std::function<mlir::LogicalResult(mlir::func::FuncOp)> bindRanges;
  /// All else that is done to a calibrated module before it is lowered; null
  /// for nothing.
  std::function<mlir::LogicalResult(mlir::ModuleOp)> prepare;
  /// Whether integers may have such a form; null if any may. Where those of the
  /// start may not, any may.
  std::function<bool(mlir::ModuleOp)> isAllowed;
  /// Networks that were measured, and all that may be.
  std::function<void(int64_t done, int64_t total)> progress;
};

/// A network on the way.
struct SearchStep {
  /// What was raised, or taken back; none of the start.
  std::optional<Change> change;
  bool isTakenBack = false;
  NetworkBits bits;
  /// Of the network's result.
  Noise noise;
};

struct SearchResult {
  int64_t samples = 0;
  /// The start first, the result last.
  std::vector<SearchStep> steps;
  /// All together.
  std::vector<Change> changes;
  Noise noise;
  /// Whether the target was reached; true without one.
  bool isReached = true;
  /// The best that was measured, if it was not.
  Noise best;
  /// Complete, as --config takes it.
  std::string config;
};

/// Searches from the bits on that a calibrated network has, which stays as it
/// is. Problems are reported at the network.
mlir::FailureOr<SearchResult>
searchBits(mlir::func::FuncOp calibrated,
           const std::vector<SampleArray> &samples,
           const SearchOptions &options);

} // namespace qml

#endif // QML_ANALYSIS_SEARCH_H
