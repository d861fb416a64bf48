//===- ChipParts.h - What the chip does with sums and inputs ----*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Parts of operations under Arithmetic::Akida, said once for whatever makes
// programs: integer networks and hardware models.
//
//===----------------------------------------------------------------------===//

#ifndef QML_PROGRAM_CHIPPARTS_H
#define QML_PROGRAM_CHIPPARTS_H

#include "qml/Program/Program.h"

#include <cmath>

namespace qml {

/// The accumulator of a layer that multiplies with weights, by its bits and
/// those of the buffer that biases are added in, signs included. Sums of
/// convolutions wrap around to 32 bits; those of dense and recurrent layers and
/// of depthwise ones over time don't.
inline AccumulatorRules makeChipAccumulator(int bufferBits, int postBits,
                                            bool isConvolution) {
  AccumulatorRules rules;
  rules.bufferBits = bufferBits - 1;
  rules.biasBits = postBits - 1;
  rules.wrapsAround = isConvolution;
  return rules;
}

/// What float inputs are multiplied with, by the binary points that they get.
template <typename IntegersT>
std::vector<float> makeInputScales(const IntegersT &fracBits) {
  std::vector<float> scales;
  for (auto bits : fracBits)
    scales.push_back(std::ldexp(1.0f, static_cast<int>(bits)));
  return scales;
}

} // namespace qml

#endif // QML_PROGRAM_CHIPPARTS_H
