//===- Fingerprint.h - What a calibration depends on ------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Processes that calibrate together have to have the same network, samples and
// options. They compare a short text.
//
//===----------------------------------------------------------------------===//

#ifndef QML_CALIBRATION_FINGERPRINT_H
#define QML_CALIBRATION_FINGERPRINT_H

#include "qml/Calibration/Calibration.h"

namespace qml {

/// Says in a few lines, each with a key, what the network, its weights and the
/// samples are, of which the first and the last stand for all.
std::string describeInputs(const Program &program, const SampleSet &samples);

/// The same, and what else ranges depend on: how numbers are computed, and
/// options.
std::string describeCalibration(const FloatExecutor &executor,
                                const SampleSet &samples,
                                const Batching &batches,
                                const CalibrationOptions &options);

/// Fails if the descriptions of `workers` are not the same, and says which of
/// them differ, in what, and what to do.
Status compareDescriptions(const std::vector<std::string> &descriptions,
                           const Workers &workers);

} // namespace qml

#endif // QML_CALIBRATION_FINGERPRINT_H
