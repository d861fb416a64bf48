//===- Target.h - Everything decided for one chip ---------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What `qml quantize --target` decides: the chip's arithmetic, the rewrites
// that it needs, the bits of its first version, and accuracy where the
// reference leaves a choice.
//
//===----------------------------------------------------------------------===//

#ifndef QML_PIPELINES_TARGET_H
#define QML_PIPELINES_TARGET_H

#include "qml/Pipelines/Pipelines.h"

#include <optional>

namespace qml {

struct Target {
  /// Of Akida.
  int version = 2;
};

/// "akida-2.0" or "akida-1.0"; none for other names.
std::optional<Target> parseTarget(llvm::StringRef name);

/// The rewrites of --qml-sanitize that the target needs.
void setDefaults(const Target &target, SanitizeOptions &options);

/// Bits and ranges that the target's version demands: all weights and
/// activations of 1.0 have 4 bits, and one range per result.
void setDefaults(const Target &target, InsertQuantizersOptions &options);

/// Gives quantizers of a calibrated module one range for all channels where
/// binary points per channel would cut values in integers: tries it out. With a
/// target, its channels of images of bytes get one binary point.
mlir::LogicalResult chooseGranularity(mlir::ModuleOp calibrated);

} // namespace qml

#endif // QML_PIPELINES_TARGET_H
