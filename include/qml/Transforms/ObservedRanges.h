//===- ObservedRanges.h - Observed ranges of a network ----------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QML_TRANSFORMS_OBSERVEDRANGES_H
#define QML_TRANSFORMS_OBSERVEDRANGES_H

#include "qml/Dialect/QML/IR/Network.h"
#include "qml/Quantization/ObservedRanges.h"

namespace qml {

class NpzFile;

/// Reads `observed/<layer>` and `observed_min/<layer>` of an .npz file: scalars
/// or vectors of float32. Other arrays are ignored.
Result<ObservedRanges> readRanges(const std::string &path);
Result<ObservedRanges> readRanges(const NpzFile &file);

/// Writes them, and how they were computed, if that is known: `arithmetic`, the
/// text as bytes.
Status writeRanges(const std::string &path, const ObservedRanges &ranges,
                   const std::string &arithmetic = "");

/// Notes ranges in the quantizers of an annotated network. Reports all that are
/// missing, have the wrong number of values, are negative or not finite, by the
/// name of their `source`; returns how many were set.
mlir::FailureOr<unsigned> applyRanges(mlir::func::FuncOp network,
                                      const ObservedRanges &ranges,
                                      llvm::StringRef source);

/// Whether there is a range for each quantizer of an annotated network.
bool hasAllRanges(mlir::func::FuncOp network, const ObservedRanges &ranges);

/// Puts ranges that are known in the place of those of a calibration; one for
/// all channels is that of each of them.
void replaceRanges(ObservedRanges &observed, const ObservedRanges &known);

/// Gives a quantizer that has a range for each channel the largest of them for
/// all, if it was calibrated.
void mergeRanges(OutputQuantizerOp quantizer);

/// The ranges that the quantizers of a calibrated network know. Before
/// equalization these are the observed ones.
ObservedRanges getRanges(mlir::func::FuncOp network);

} // namespace qml

#endif // QML_TRANSFORMS_OBSERVEDRANGES_H
