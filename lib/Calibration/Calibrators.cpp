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
#include <vector>

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
/// The bins that are not empty.
struct Filled {
  std::vector<double> values; ///< their middles
  std::vector<double> counts;
};
} // namespace

/// The sum of squares of the differences to the codes.
static double errorOf(const Filled &bins, double step, const RangeUse &use) {
  // Codes of more bits are never cut, and need no more for their error.
  double most = std::ldexp(1.0, std::min(use.valueBits, 30)) - 1;
  double inverse = 1 / step, sum = 0;
  for (size_t i = 0; i != bins.values.size(); ++i) {
    double value = bins.values[i];
    // Neither is negative.
    double code = int32_t(std::min(value * inverse + 0.5, most));
    double error = code * step - value;
    sum += bins.counts[i] * error * error;
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
  Filled filled;
  for (int i = 0; i != histogramBins; ++i)
    if (bins[i]) {
      filled.values.push_back(double(largest) * (i + 0.5) / histogramBins);
      filled.counts.push_back(double(bins[i]));
    }
  double best = largest, least = std::numeric_limits<double>::infinity();
  for (int i = 0; i != candidates; ++i) {
    double range =
        largest * (narrowest + (widest - narrowest) * i / (candidates - 1));
    double error = errorOf(filled, stepOf(range, use), use);
    if (error < least) {
      least = error;
      best = range;
    }
  }
  return float(best);
}

} // namespace qml
