//===- CPU.h - Float networks on the CPU ------------------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Short ways for those who need no other device. They link oneDNN.
//
//===----------------------------------------------------------------------===//

#ifndef QML_CALIBRATION_CPU_H
#define QML_CALIBRATION_CPU_H

#include "qml/Calibration/Calibration.h"

namespace qml {

/// The ranges that Program::ranges ask for.
Result<Ranges> calibrate(const Program &program, const SampleSet &samples,
                         const CalibrationOptions &options = {});

/// The values of `tensors` for samples `first` to `first + count - 1`, each
/// dense with samples outermost.
Result<std::vector<std::vector<float>>>
runFloat(const Program &program, const SampleSet &samples, int64_t first,
         int64_t count, const std::vector<int> &tensors, int threads = 0);

} // namespace qml

#endif // QML_CALIBRATION_CPU_H
