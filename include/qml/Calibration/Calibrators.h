//===- Calibrators.h - Ranges from histograms -------------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Other ranges than the largest values: those with which the codes of a
// quantizer are right on the whole, while rare large values are cut.
//
//===----------------------------------------------------------------------===//

#ifndef QML_CALIBRATION_CALIBRATORS_H
#define QML_CALIBRATION_CALIBRATORS_H

#include "qml/Calibration/Histograms.h"
#include "qml/Support/Result.h"

#include <string>

namespace qml {

/// How the range of an output quantizer follows from what calibration saw.
enum class CalibratorKind : uint8_t {
  MovingMax,  ///< the largest magnitude of batches, moving: the reference's
  Max,        ///< the largest magnitude of all samples
  Percentile, ///< what a share of the magnitudes does not exceed
  MSE,        ///< the least mean square of the difference to the codes
};

struct Calibrator {
  CalibratorKind kind = CalibratorKind::MovingMax;
  /// Of CalibratorKind::Percentile.
  double percentile = 99.99;

  bool needsHistograms() const { return kind != CalibratorKind::MovingMax; }
};

/// "moving-max", "max", "percentile" or "mse", and the percentile, above 0 and
/// at most 100. The error lists what is allowed.
Result<Calibrator> parseCalibrator(const std::string &name, double percentile);

/// What a range means for codes.
struct RangeUse {
  int valueBits = 7; ///< without the sign
  int bitwidth = 8;
  /// Steps are r / (2^n (1 - 2^-b)), as equalization makes them; else
  /// 2^(clog2(r)
  /// - n).
  bool isEqualized = false;
};

/// The range for a histogram of magnitudes up to `largest`, of histogramBins
/// bins: at most 1.05 times `largest`.
float chooseRange(const Calibrator &calibrator, const uint64_t *bins,
                  float largest, const RangeUse &use);

} // namespace qml

#endif // QML_CALIBRATION_CALIBRATORS_H
