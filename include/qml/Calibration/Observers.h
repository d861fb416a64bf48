//===- Observers.h - Ranges of tensors, seen sample by sample ---*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What executors collect while a network runs. The state of one batch is a flat
// array of 32-bit integers that merges by elementwise maximum, in any order:
// between threads, by MPI_MAX between processes, by atomicMax on a GPU. NaN and
// infinity outlast every merge. Across batches ranges move in sample order.
//
//===----------------------------------------------------------------------===//

#ifndef QML_CALIBRATION_OBSERVERS_H
#define QML_CALIBRATION_OBSERVERS_H

#include "qml/Calibration/RangeMath.h"
#include "qml/Program/Program.h"
#include "qml/Support/Result.h"

#include <map>
#include <string>
#include <vector>

namespace qml {

//===----------------------------------------------------------------------===//
// States
//===----------------------------------------------------------------------===//

/// Where the requests of a program lie in a state.
class ObserverLayout {
public:
  struct Entry {
    /// Of the keys of the maxima; those of the minima follow, if there are any.
    size_t offset = 0;
    /// Number of maxima: one per channel, or one.
    size_t count = 0;
    /// The first of `count` histograms.
    size_t histogram = 0;
    bool perAxis = false;
    bool minMax = false;
    std::string layer;
  };

  /// Of Program::ranges, in that order. `verify` has accepted the program.
  explicit ObserverLayout(const Program &program);

  const std::vector<Entry> &entries() const { return list; }
  /// Integers in one state.
  size_t size() const { return total; }
  /// Histograms of all entries: `count` each, in their order.
  size_t numHistograms() const { return histograms; }

private:
  std::vector<Entry> list;
  size_t total = 0;
  size_t histograms = 0;
};

/// Of one batch, or of any part of it: ObserverLayout::size() keys.
using ObserverState = std::vector<int32_t>;

inline ObserverState emptyState(const ObserverLayout &layout) {
  return ObserverState(layout.size(), emptyKey);
}

/// Takes the samples of `other`, too. Associative and commutative.
void merge(ObserverState &state, const ObserverState &other);

//===----------------------------------------------------------------------===//
// Ranges
//===----------------------------------------------------------------------===//

/// "layer 'x' reaches NaN in samples 0 to 99, channel 3; ..." for the key at
/// `index` of a state.
Error describeNonFinite(const ObserverLayout &layout, size_t index, bool isNaN,
                        const std::string &batch);

/// Of each histogram of a layout: where its first bin starts and its last one
/// ends, and the number of bins over the width of them all. Histograms are of
/// |x| where no minimum is asked for.
struct BinScales {
  std::vector<float> lower;
  std::vector<float> upper;
  /// 0 puts all values into the first bin: finite ones, as far as float32 holds
  /// their distance.
  std::vector<float> scale;
  /// Each how manyth cell of a sample is counted; empty for all of them. A
  /// layer's histograms have the same.
  std::vector<int64_t> steps;
};

/// Steps with which a histogram of so many samples still has values enough for
/// the choice of a range; one where there are few.
std::vector<int64_t> findCellSteps(const Program &program,
                                   const ObserverLayout &layout,
                                   int64_t samples);

/// Such that all values that went into `state` have a bin: from 0 to the
/// largest magnitude, or from the smallest to the largest value. The scale is 0
/// where all values are the same, or so close together (less than 1e-35) or so
/// far apart that float32 does not hold it.
BinScales binScales(const ObserverLayout &layout, const ObserverState &state);

/// What calibration finds out about one layer.
struct Range {
  /// One value, or one per channel of the last axis.
  std::vector<float> max;
  /// Of input quantizers, else empty.
  std::vector<float> min;
  /// Decides whether one value stands for a scalar or for a vector of one.
  bool perAxis = false;
};

/// By the name of the layer whose quantizer wants the range.
using Ranges = std::map<std::string, Range>;

/// `values` after one more batch, step by step in float32:
/// v - (v - new) * rate, but the batch's own values if all of `values` are
/// exactly 1, as they are at the start.
void moveRange(std::vector<float> &values, const std::vector<float> &batch,
               float rate);

/// Ranges that follow the batches.
class MovingRanges {
public:
  /// `momentum` is the share that stays at each batch, 0.9 in the reference.
  MovingRanges(const ObserverLayout &layout, double momentum);

  /// Takes the next batch. Fails, and names the first layer in question, if
  /// NaN or infinity was observed; `batch` is how the message calls it.
  Status update(const ObserverState &state, const std::string &batch);

  Ranges take() &&;

private:
  const ObserverLayout &layout;
  float rate;
  /// In the order of the layout.
  std::vector<Range> ranges;
};

} // namespace qml

#endif // QML_CALIBRATION_OBSERVERS_H
