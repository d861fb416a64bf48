//===- ObservedRanges.h - What calibration saw ------------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QML_QUANTIZATION_OBSERVEDRANGES_H
#define QML_QUANTIZATION_OBSERVEDRANGES_H

#include "qml/Quantization/Quantizers.h"

#include <map>
#include <optional>
#include <string>

namespace qml {

/// Range of one quantizer, before equalization: the largest magnitude; for
/// input quantizers the largest and the smallest value.
struct ObservedRange {
  Channels<float> max;
  std::optional<Channels<float>> min;
};

/// By the name of the layer that owns the quantizer.
using ObservedRanges = std::map<std::string, ObservedRange>;

} // namespace qml

#endif // QML_QUANTIZATION_OBSERVEDRANGES_H
