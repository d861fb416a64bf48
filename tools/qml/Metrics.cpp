//===- Metrics.cpp - How results compare with what is right ---------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Metrics.h"

#include <algorithm>
#include <cmath>

namespace qml {

/// How many values of a row come before that of the label: the first of equal
/// values counts, as for argmax.
static int64_t findRank(const float *row, int64_t classes, int64_t label) {
  int64_t before = 0;
  for (int64_t c = 0; c != classes; ++c)
    before += row[c] > row[label] || (row[c] == row[label] && c < label);
  return before;
}

/// The class that a row says; -1 if its values are no numbers.
static int64_t findClass(const float *row, int64_t classes, double threshold) {
  if (classes == 1)
    return std::isnan(*row) ? -1 : int64_t(*row > float(threshold));
  int64_t best = -1;
  for (int64_t c = 0; c != classes; ++c)
    if (!std::isnan(row[c]) && (best < 0 || row[c] > row[best]))
      best = c;
  return best;
}

Accuracy measureAccuracy(const float *results,
                         const std::vector<int64_t> &labels, int64_t classes,
                         double threshold) {
  // How often results say a class, labels do, and both.
  size_t numClasses = size_t(std::max<int64_t>(classes, 2));
  std::vector<int64_t> said(numClasses), meant(numClasses), both(numClasses);
  Accuracy accuracy;
  accuracy.total = int64_t(labels.size());
  if (classes > 5)
    accuracy.top5 = 0;
  for (size_t i = 0; i != labels.size(); ++i) {
    const float *row = results + int64_t(i) * classes;
    int64_t label = labels[i], found = findClass(row, classes, threshold);
    ++meant[label];
    if (found >= 0)
      ++said[found];
    both[label] += found == label;
    accuracy.top1 += found == label;
    if (accuracy.top5 && !std::isnan(row[label]))
      *accuracy.top5 += findRank(row, classes, label) < 5;
  }
  int64_t occurring = 0;
  for (size_t c = 0; c != numClasses; ++c)
    if (int64_t either = said[c] + meant[c] - both[c]) {
      accuracy.meanIoU += double(both[c]) / double(either);
      ++occurring;
    }
  accuracy.meanIoU /= double(std::max<int64_t>(occurring, 1));
  return accuracy;
}

Deviation measureDeviation(const float *results,
                           const std::vector<double> &truth) {
  Deviation deviation;
  double squares = 0;
  for (size_t i = 0; i != truth.size(); ++i) {
    double difference = std::abs(results[i] - truth[i]);
    deviation.meanAbsolute += difference;
    squares += difference * difference;
    // What is no number stays.
    if (!(difference <= deviation.largest) && !std::isnan(deviation.largest))
      deviation.largest = difference;
  }
  double count = double(std::max<size_t>(truth.size(), 1));
  deviation.meanAbsolute /= count;
  deviation.rootMeanSquare = std::sqrt(squares / count);
  return deviation;
}

} // namespace qml
