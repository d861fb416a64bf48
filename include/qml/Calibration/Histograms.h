//===- Histograms.h - How often tensors take which values -------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What calibration counts once it knows the ranges of all samples: bins of
// equal width over them. See docs/Rationale.md for why.
//
//===----------------------------------------------------------------------===//

#ifndef QML_CALIBRATION_HISTOGRAMS_H
#define QML_CALIBRATION_HISTOGRAMS_H

#include "qml/Calibration/Observers.h"

#include <map>
#include <string>
#include <vector>

namespace qml {

/// The histograms of all layers whose quantizers want ranges. Channels of all
/// layers lie one after the other: there may be very many.
struct Histograms {
  struct Layer {
    /// Of `count` histograms: one for each channel, or one.
    size_t first = 0;
    size_t count = 0;
    /// Decides whether one histogram stands for a scalar or for a vector of
    /// one.
    bool perAxis = false;
    /// Of |x|, from 0 on; else of x.
    bool ofMagnitudes = false;
    /// Each how manyth cell of a sample was counted.
    int64_t step = 1;
  };

  std::map<std::string, Layer> layers;
  /// By histogram: where the first bin starts and the last one ends, which is
  /// the smallest value (0 for magnitudes) and the largest one. All values are
  /// in the first bin where these are the same or so close that binScales makes
  /// no difference.
  std::vector<float> lower;
  std::vector<float> upper;
  /// histogramBins for each histogram.
  std::vector<uint64_t> counts;

  const uint64_t *countsOf(const Layer &layer) const {
    return counts.data() + layer.first * size_t(histogramBins);
  }

  /// Empty ones with these bounds. Fails if there is not enough memory.
  Status start(const ObserverLayout &layout, const BinScales &scales);

  /// Fails unless each histogram has counted all values, of the cells that it
  /// counts, of so many samples.
  Status check(const Program &program, int64_t samples) const;
};

/// Writes an .npz file: for each layer `histogram/<layer>`, uint64 of shape
/// (histogramBins) or (channels, histogramBins), and `histogram_min/<layer>`
/// and `histogram_max/<layer>`, the bounds, scalars or vectors of float32; and
/// how they were computed, `arithmetic`, the text as bytes.
Status writeHistograms(const std::string &path, const Histograms &histograms,
                       const std::string &arithmetic);

} // namespace qml

#endif // QML_CALIBRATION_HISTOGRAMS_H
