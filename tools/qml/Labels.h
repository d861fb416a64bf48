//===- Labels.h - What arrays of labels stand for ---------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QML_TOOLS_QML_LABELS_H
#define QML_TOOLS_QML_LABELS_H

#include "Execution.h"
#include "qml/Support/Npz.h"

namespace qml {

/// The results that labels belong to: (samples, classes), or images or
/// sequences of such, (samples, height, width, classes), with a label for each
/// place.
struct LabeledResults {
  int64_t samples = 0;
  /// In each sample.
  int64_t places = 1;
  int64_t classes = 0;
  /// Of all labels: (samples, height, width).
  Shape shape;

  /// `results` is the shape for each sample.
  LabeledResults(int64_t samples, const Shape &results);

  int64_t numLabels() const { return samples * places; }
};

/// The class of each place: one whole number for each, of any type, or one
/// column for each class, with a 1 in that of the place. A single result tells
/// two classes apart, 0 and 1. `name` is what messages call the array.
Result<std::vector<int64_t>> readLabels(const NpyArray &array,
                                        const std::string &name,
                                        const LabeledResults &results);

/// Numbers to compare results of `shape` with: of all samples.
Result<std::vector<double>>
readTruth(const NpyArray &array, const std::string &name, const Shape &shape);

/// Above which value the only value of result number `index` says class 1: 0.5
/// if the network ends in a sigmoid there, else 0, as for its logits. Models
/// for the hardware have tables, of which those count as a sigmoid that never
/// fall, and hold nothing below zero.
double findThreshold(const LoadedNetwork &loaded, size_t index);

} // namespace qml

#endif // QML_TOOLS_QML_LABELS_H
