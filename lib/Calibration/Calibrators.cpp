//===- Calibrators.cpp - Ranges from histograms ---------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "qml/Calibration/Calibrators.h"

#include "qml/Quantization/FixedPoint.h"
#include "qml/Quantization/Parameters.h"
#include "qml/Support/Quote.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace qml {

Result<Calibrator> parseCalibrator(const std::string &name, double percentile) {
  Calibrator calibrator;
  calibrator.percentile = percentile;
  if (name == "max")
    calibrator.kind = CalibratorKind::Max;
  else if (name == "percentile")
    calibrator.kind = CalibratorKind::Percentile;
  else if (name == "mse")
    calibrator.kind = CalibratorKind::MSE;
  else if (name != "moving-max")
    return Error{"the calibrator is " + quote(name) + "; allowed are " +
                 calibratorNames};
  if (!(percentile > 0 && percentile <= 100))
    return Error{"the percentile is " + showNumber(percentile) +
                 "; it must be above 0 and at most 100"};
  return calibrator;
}

static float findPercentile(const uint64_t *bins, float largest,
                            double percentile) {
  uint64_t total = 0;
  for (int i = 0; i != histogramBins; ++i)
    total += bins[i];
  double wanted = double(total) * percentile / 100, seen = 0;
  for (int i = 0; i != histogramBins; ++i) {
    seen += double(bins[i]);
    if (seen >= wanted)
      return float(double(largest) * (i + 1) / histogramBins);
  }
  return largest;
}

/// The step of a quantizer whose range is r.
static double stepOf(double range, const RangeUse &use) {
  if (use.isEqualized)
    return range / (std::ldexp(1.0, use.valueBits) *
                    (1 - std::ldexp(1.0, -use.bitwidth)));
  return std::ldexp(1.0, ceilLog2(float(range)) - use.valueBits);
}

namespace {
/// Sums over the bins before each bin, of their counts times powers of their
/// middles, in halves of a bin's width: 1, 3, 5, ... They are exact, and give
/// the error of all values with one code at once.
class BinSums {
public:
  explicit BinSums(const uint64_t *bins) {
    for (int i = 0; i != histogramBins; ++i) {
      uint64_t middle = 2 * uint64_t(i) + 1;
      counts[i + 1] = counts[i] + bins[i];
      values[i + 1] = values[i] + bins[i] * middle;
      squares[i + 1] = squares[i] + bins[i] * middle * middle;
    }
  }

  /// The sum of squares of the differences to the codes, in halves of a bin's
  /// width; so is the step. Where it is above `limit`, any number above it.
  double errorOf(double step, const RangeUse &use, double limit) const;

private:
  uint64_t counts[histogramBins + 1] = {};
  uint64_t values[histogramBins + 1] = {};
  uint64_t squares[histogramBins + 1] = {};
};
} // namespace

double BinSums::errorOf(double step, const RangeUse &use, double limit) const {
  // Codes of more bits are never cut, and need no more for their error.
  int64_t most = (int64_t(1) << std::min(use.valueBits, 30)) - 1;
  double inverse = 1 / step, sum = 0;
  // Neither values nor codes are negative. From the largest on, whose error is
  // the one that grows most if the range is too small; no bin has two codes.
  for (int last = histogramBins; last > 0 && sum <= limit;) {
    // Conversions cut what nothing negative has: cheaper than to round down.
    int64_t code =
        int64_t(std::min(double(2 * last - 1) * inverse + 0.5, double(most)));
    double begin = (double(code) - 0.5) * step;
    int first = begin <= 1 ? 0 : std::min(last - 1, int((begin + 1) / 2));
    double at = double(code) * step;
    sum += double(squares[last] - squares[first]) -
           2 * at * double(values[last] - values[first]) +
           at * at * double(counts[last] - counts[first]);
    last = first;
  }
  return sum;
}

float chooseRange(const Calibrator &calibrator, const uint64_t *bins,
                  float largest, const RangeUse &use) {
  if (!(largest > 0) || !std::isfinite(largest))
    return largest;
  switch (calibrator.kind) {
  case CalibratorKind::MovingMax:
  case CalibratorKind::Max:
    return largest;
  case CalibratorKind::Percentile:
    return findPercentile(bins, largest, calibrator.percentile);
  case CalibratorKind::MSE:
    break;
  }
  // The same candidates as in docs/Recovery.md; none is above the largest value
  // by more than what steps of powers of two need.
  constexpr int candidates = 46;
  constexpr double narrowest = 0.15, widest = 1.05;
  BinSums sums(bins);
  double half = double(largest) / (2 * histogramBins);
  double best = largest, least = std::numeric_limits<double>::infinity();
  double lastStep = 0, bestStep = 0, error = 0;
  // From wide to narrow: most narrow ones are out at their first code.
  for (int i = candidates; i-- != 0;) {
    double range =
        largest * (narrowest + (widest - narrowest) * i / (candidates - 1));
    // Steps of powers of two are the same for many ranges, and so are errors.
    double step = stepOf(range, use);
    if (step != lastStep)
      error = sums.errorOf(step / half, use, least);
    lastStep = step;
    if (error <= least && step != bestStep) {
      least = error;
      best = range;
      bestStep = step;
    }
  }
  // Of ranges with one step the largest value says best how far values reach.
  return stepOf(largest, use) == bestStep ? largest : float(best);
}

} // namespace qml
